//! Documents as recipes name them: a design and a side.

use super::{Design, Side, names};
use crate::{Error, Result};

impl Side {
    /// Both sides.
    pub const ALL: [Self; 2] = [Self::Front, Self::Back];

    /// The side as recipes name it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Back => "back",
        }
    }
}

/// Finds the side of a design that a recipe names as `design/front`. The design is the name of a built-in
/// one or the path of a folder.
///
/// # Errors
/// [`Error::Invalid`] when the name is of another form or the design lacks that side; else as [`Design::find`].
pub fn find_side(document: &str) -> Result<(Design, Side)> {
    let side_named = |name: &str| Side::ALL.into_iter().find(|side| side.id() == name);
    let parts = document.rsplit_once('/').and_then(|(design, side)| Some((design, side_named(side)?)));
    let (design, side) = parts.ok_or_else(|| {
        let example = names().next().unwrap_or_default();
        Error::Invalid(format!("`{document}` names no side of a design; write it as `{example}/front`"))
    })?;
    let design = Design::find(design)?;
    if design.face(side).is_none() {
        return Err(Error::Invalid(format!("design `{}` has no {}", design.name, side.id())));
    }
    Ok((design, side))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_side_is_found_by_its_name_and_nothing_else_is() {
        for name in names() {
            let design = Design::find(name).unwrap();
            for side in Side::ALL {
                let found = find_side(&format!("{name}/{}", side.id()));
                assert_eq!(found.is_ok(), design.sides().contains(&side), "{name} {side:?}");
            }
            assert!(find_side(name).is_err());
        }
        assert!(find_side("nowhere/front").unwrap_err().to_string().contains("nowhere"));
        assert!(find_side("nowhere/top").unwrap_err().to_string().contains("/front"));
    }
}
