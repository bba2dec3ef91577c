//! Finding, reading and checking designs. Every fault has its line and column.

use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use toml::de::{DeTable, DeValue};

use super::design::{Align, Design, Face, Field, Side};
use super::raster::Grid;
use crate::persona::NATIONALITY;
use crate::{Error, Result, toml_file};

macro_rules! designs {
    ($($name:literal,)*) => {
        /// The designs that are built in, by name and file.
        const BUILT_IN: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../designs/", $name, "/design.toml")))),*];

        /// The designs that are built in, in the same order, read once.
        static READ: [OnceLock<Design>; BUILT_IN.len()] = [const { OnceLock::new() }; BUILT_IN.len()];
    };
}

// A new design is a folder in `designs` and a line here.
designs! {
    "td1_utopia_a",
    "td1_meridia",
    "dl_utopia",
    "td3_utopia",
    "td1_thalassia",
    "td1_belogoria",
    "td1_skaldoria",
    "td2_kastelia",
    "res_verana",
    "dl_valdoria",
    "svc_alvera",
}

/// Names of the designs that are built in.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

impl Design {
    /// A design by its built-in name, or by the path of its folder (anything with a `/` or a `\`, or `.`).
    ///
    /// # Errors
    /// [`Error::Unknown`] for a name that is not on the list; else as [`Self::load`].
    pub fn find(name: &str) -> Result<Self> {
        if let Some(number) = BUILT_IN.iter().position(|(built_in, _)| *built_in == name) {
            return Self::built_in(number);
        }
        if name.contains(['/', '\\']) || name.starts_with('.') {
            return Self::load(Path::new(name));
        }
        let known = names().collect::<Vec<_>>().join(", ");
        Err(Error::Unknown { kind: "card design", name: name.to_owned(), known })
    }

    /// A design that is built in. Whether its layers can be printed is tried by a test, not whenever the program starts.
    fn built_in(number: usize) -> Result<Self> {
        if let Some(design) = READ[number].get() {
            return Ok(design.clone());
        }
        let (name, text) = BUILT_IN[number];
        let path = format!("designs/{name}/design.toml");
        let design = Self::parse_with(name, Path::new(&path), text, check)?;
        Ok(READ[number].get_or_init(|| design).clone())
    }

    /// Reads the design of a folder, which gives it its name.
    ///
    /// # Errors
    /// [`Error::Io`] when `design.toml` cannot be read, [`Error::Toml`] when it does not hold a design.
    pub fn load(folder: &Path) -> Result<Self> {
        let path = folder.join("design.toml");
        let text =
            std::fs::read_to_string(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
        let name =
            folder.file_name().map_or_else(|| "design".to_owned(), |n| n.to_string_lossy().into_owned());
        Self::parse(&name, &path, &text)
    }

    /// Reads a design from text; `path` is for messages only.
    ///
    /// # Errors
    /// [`Error::Toml`], with the place, for unknown keys, wrong types and values that cannot be printed.
    pub fn parse(name: &str, path: &Path, text: &str) -> Result<Self> {
        Self::parse_with(name, path, text, |design| check(design).and_then(|()| check_layers(design)))
    }

    fn parse_with(
        name: &str,
        path: &Path,
        text: &str,
        check: impl FnOnce(&Self) -> Result<(), Fault>,
    ) -> Result<Self> {
        let mut design: Self = toml_file::parse(path, text)?;
        name.clone_into(&mut design.name);
        design.resolve_paths();
        if let Err(Fault { key, problem }) = check(&design) {
            let span = find_span(text, &key).unwrap_or(0..0);
            return Err(toml_file::complain(path, text, span, problem));
        }
        Ok(design)
    }
}

/// A value that has the right type and still cannot be: the way to it, and what is wrong.
struct Fault {
    key: Vec<Step>,
    problem: String,
}

enum Step {
    Key(&'static str),
    Item(usize),
}

/// The place of the value at the end of a way, or of the last step that exists.
fn find_span(text: &str, way: &[Step]) -> Option<Range<usize>> {
    let root = DeTable::parse(text).ok()?;
    let mut span = None;
    let mut here = DeValue::Table(root.into_inner());
    for step in way {
        let next = match (step, &mut here) {
            (Step::Key(key), DeValue::Table(table)) => table.remove(*key),
            (Step::Item(i), DeValue::Array(items)) if *i < items.len() => items.get(*i).cloned(),
            _ => None,
        };
        let Some(next) = next else { break };
        span = Some(next.span());
        here = next.into_inner();
    }
    span
}

/// What types cannot say: sizes and references.
fn check(design: &Design) -> Result<(), Fault> {
    let fault = |key, problem: String| Err(Fault { key, problem });
    let [width, height] = design.size;
    if !(20.0..=300.0).contains(&width) || !(20.0..=300.0).contains(&height) {
        return fault(vec![Step::Key("size")], "a card is 20 to 300 mm wide and high".to_owned());
    }
    if !(0.0..=width.min(height) / 2.0).contains(&design.corner_radius) {
        return fault(vec![Step::Key("corner_radius")], "at most half the shorter side, mm".to_owned());
    }
    if design.mrz.as_ref().is_some_and(|mrz| mrz.issuer != NATIONALITY) {
        return fault(
            vec![Step::Key("mrz"), Step::Key("issuer")],
            format!("no real state: the issuer is `{NATIONALITY}`, the code of specimens"),
        );
    }
    if design.mrz.is_none()
        && design.sides().iter().any(|s| design.face(*s).is_some_and(|f| f.mrz_at.is_some()))
    {
        return fault(
            vec![],
            "`mrz_at` needs a table `[mrz]` with format, document_code and issuer".to_owned(),
        );
    }
    for (name, style) in &design.styles {
        if !(0.2..=40.0).contains(&style.size) || !(0.3..=2.0).contains(&style.condense) {
            let problem = format!("style `{name}`: size is 0.2 to 40 mm, condense 0.3 to 2");
            return fault(vec![Step::Key("styles")], problem);
        }
    }
    for (key, face) in faces(design) {
        check_face(design, face).map_err(|mut fault| {
            fault.key.insert(0, Step::Key(key));
            fault
        })?;
    }
    Ok(())
}

/// The sides of a design, by their keys.
fn faces(design: &Design) -> impl Iterator<Item = (&'static str, &Face)> {
    let key = |side: Side| if side == Side::Front { "front" } else { "back" };
    design.sides().iter().filter_map(move |side| Some((key(*side), design.face(*side)?)))
}

fn check_face(design: &Design, face: &Face) -> Result<(), Fault> {
    check_texts(design, face)?;
    for (i, field) in face.fields.iter().enumerate() {
        let fault =
            |(key, problem)| Fault { key: vec![Step::Key("fields"), Step::Item(i), Step::Key(key)], problem };
        check_field(design, field).map_err(fault)?;
        if face.fields[..i].iter().any(|other| other.name == field.name) {
            return Err(fault(("name", format!("two fields are called `{}`", field.name))));
        }
    }
    let boxes = [
        ("portrait", face.portrait.as_ref().map(|p| p.area)),
        ("ghost", face.ghost.as_ref().map(|p| p.area)),
        ("signature", face.signature.as_ref().map(|p| p.area)),
    ];
    let codes = face.codes.iter().map(|code| ("codes", Some(code.area)));
    for (key, area) in boxes.into_iter().chain(codes) {
        let fits = |[x, y, w, h]: [f64; 4]| {
            w > 0.0 && h > 0.0 && inside(design, [x, y]) && inside(design, [x + w, y + h])
        };
        if area.is_some_and(|area| !fits(area)) {
            let problem = outside(design, "the box");
            return Err(Fault { key: vec![Step::Key(key), Step::Key("area")], problem });
        }
    }
    Ok(())
}

/// Whether every layer can be printed, tried at a coarse resolution.
fn check_layers(design: &Design) -> Result<(), Fault> {
    let coarse = Grid::new(design.size, 1.0);
    for (side, face) in faces(design) {
        for (key, layers) in [("layers", &face.layers), ("overlay", &face.overlay)] {
            for (i, layer) in layers.iter().enumerate() {
                let key = vec![Step::Key(side), Step::Key(key), Step::Item(i)];
                layer.plates(&coarse).map_err(|problem| Fault { key, problem })?;
            }
        }
    }
    Ok(())
}

fn check_texts(design: &Design, face: &Face) -> Result<(), Fault> {
    let specimen = |key: &[&'static str], problem| {
        let way = std::iter::once(&"specimen").chain(key);
        Fault { key: way.map(|k| Step::Key(k)).collect(), problem }
    };
    known_style(design, &face.specimen.style).map_err(|problem| specimen(&["style"], problem))?;
    if face.specimen.text.to_uppercase() != "SPECIMEN" {
        return Err(specimen(&["text"], "every side must be marked: the text is `SPECIMEN`".to_owned()));
    }
    for (i, label) in face.labels.iter().enumerate() {
        let fault =
            |key, problem| Fault { key: vec![Step::Key("labels"), Step::Item(i), Step::Key(key)], problem };
        known_style(design, &label.style).map_err(|problem| fault("style", problem))?;
        if !inside(design, label.at) {
            return Err(fault("at", outside(design, "the label")));
        }
    }
    Ok(())
}

/// The key that is wrong, and why.
fn check_field(design: &Design, field: &Field) -> Result<(), (&'static str, String)> {
    known_style(design, &field.style).map_err(|problem| ("style", problem))?;
    if field.caption.is_some() && !design.styles.contains_key("caption") {
        return Err(("caption", "captions need a style `caption`".to_owned()));
    }
    let start = match field.align {
        Align::Left => 0.0,
        Align::Centre => 0.5,
        Align::Right => 1.0,
    };
    let (sin, cos) = libm::sincos(field.angle.to_radians());
    let end = |t: f64| [field.at[0] + field.width * t * cos, field.at[1] + field.width * t * sin];
    if !(field.width > 0.0 && inside(design, end(-start)) && inside(design, end(1.0 - start))) {
        return Err(("at", outside(design, "the field, from `at` over its `width`,")));
    }
    Ok(())
}

fn inside(design: &Design, [x, y]: [f64; 2]) -> bool {
    (0.0..=design.size[0]).contains(&x) && (0.0..=design.size[1]).contains(&y)
}

fn outside(design: &Design, what: &str) -> String {
    let [width, height] = design.size;
    format!("{what} lies outside the card, which is {width} x {height} mm")
}

fn known_style(design: &Design, name: &str) -> Result<(), String> {
    if design.styles.contains_key(name) {
        return Ok(());
    }
    let known: Vec<_> = design.styles.keys().map(String::as_str).collect();
    Err(format!("there is no style `{name}`; there are: {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_of_the_designs_that_are_built_in_can_be_printed() {
        for (name, text) in BUILT_IN {
            let whole = Design::parse(name, Path::new("design.toml"), text).unwrap();
            assert_eq!(whole, Design::find(name).unwrap());
            assert_eq!(whole, Design::find(name).unwrap());
        }
    }
}
