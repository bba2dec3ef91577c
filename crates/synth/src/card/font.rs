//! The fonts, and their layout: shaping by `rustybuzz` (kerning, marks), outlines by `ab_glyph`.

use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, GlyphId};
use rustybuzz::{Face, UnicodeBuffer};

use super::path::{Contours, Transform};

/// How far a flattened glyph may be from its curves, ems.
const TOLERANCE: f64 = 5e-4;

/// A font that is compiled in.
pub(super) struct Font {
    pub name: &'static str,
    outlines: FontRef<'static>,
    face: Face<'static>,
    /// Units of the em square.
    units: f64,
    /// Height of lower case letters, of capitals, and width of an upright stroke, all in ems.
    pub x_height: f64,
    pub capital_height: f64,
    pub stroke: f64,
}

impl std::fmt::Debug for Font {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! fonts {
    ($($name:literal = $file:literal,)*) => {
        /// Every font. A new one is a file in `assets/fonts` and a line here.
        pub(super) static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
            vec![$(Font::built_in($name, include_bytes!(concat!("../../assets/fonts/", $file)))),*]
        });
    };
}

fonts! {
    "ocr-b" = "OCRB.otf",
    "noto-sans" = "NotoSans-Regular.ttf",
    "noto-sans-bold" = "NotoSans-Bold.ttf",
    "noto-serif" = "NotoSerif-Regular.ttf",
    "liberation-sans" = "LiberationSans-Regular.ttf",
    "liberation-sans-bold" = "LiberationSans-Bold.ttf",
    "karla-medium" = "Karla-Medium.otf",
    "karla-bold" = "Karla-Bold.otf",
    "gentium" = "GenBasR.ttf",
    "gentium-bold" = "GenBasB.ttf",
    "dancing-script" = "DancingScript-Regular.otf",
}

/// The font of this name.
pub(super) fn find(name: &str) -> Option<&'static Font> {
    FONTS.iter().find(|font| font.name == name)
}

/// The font that steps in for a text with characters which another font lacks.
const FALLBACK: &str = "noto-sans";

/// A line of text as outlines, ems, y down, from the start of its baseline.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub contours: Contours,
    /// Distance to the end of the line.
    pub advance: f64,
    /// The font that was used.
    pub font: &'static Font,
}

impl Font {
    fn built_in(name: &'static str, data: &'static [u8]) -> Self {
        let (Ok(outlines), Some(face)) = (FontRef::try_from_slice(data), Face::from_slice(data, 0)) else {
            panic!("built-in font {name} is damaged")
        };
        let units = f64::from(face.units_per_em());
        let x_height = face.x_height().map_or(0.5, |h| f64::from(h) / units);
        let capital_height = face.capital_height().map_or(0.7, |h| f64::from(h) / units);
        let mut font = Self { name, outlines, face, units, x_height, capital_height, stroke: 0.0 };
        font.stroke = font.measure_stroke();
        font
    }

    /// Whether the font has every character of the text.
    pub(super) fn covers(&self, text: &str) -> bool {
        text.chars().all(|c| self.face.glyph_index(c).is_some())
    }

    /// Lays out a line, with `spacing` (ems) between characters.
    pub(super) fn run(&'static self, text: &str, spacing: f64) -> Run {
        let font = if self.covers(text) { self } else { find(FALLBACK).unwrap_or(self) };
        let (contours, advance) = font.lay_out(text, spacing);
        Run { contours, advance, font }
    }

    fn lay_out(&self, text: &str, spacing: f64) -> (Contours, f64) {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        let shaped = rustybuzz::shape(&self.face, &[], buffer);
        let em = |v: i32| f64::from(v) / self.units;
        let mut contours = Contours::default();
        let mut x = 0.0;
        for (info, position) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            if let Some(outline) = self.outlines.outline(GlyphId(info.glyph_id as u16)) {
                let map = Transform::scale(1.0 / self.units, -1.0 / self.units)
                    .then(Transform::translate(x + em(position.x_offset), -em(position.y_offset)));
                contours.add_outline(&outline.curves, &map, TOLERANCE);
            }
            x += em(position.x_advance) + spacing;
        }
        (contours, (x - spacing).max(0.0))
    }

    /// Width of the upright of `l`, ems: where a line at half its height crosses the outline.
    fn measure_stroke(&self) -> f64 {
        let (letter, _) = self.lay_out("l", 0.0);
        let height = letter.bounds().map_or(0.7, |[_, top, _, bottom]| bottom - top);
        match letter.crossings(-0.5 * height)[..] {
            [left, right, ..] => right - left,
            _ => 0.09,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_font_has_plausible_proportions() {
        for font in FONTS.iter() {
            assert!((0.04..0.2).contains(&font.stroke), "{font:?} {}", font.stroke);
            assert!((0.3..0.6).contains(&font.x_height), "{font:?}");
            assert!((0.6..0.8).contains(&font.capital_height), "{font:?}");
            assert!(font.covers("ABCXYZ 0123456789<") || font.name != "ocr-b", "{font:?}");
        }
    }

    #[test]
    fn kerning_and_spacing_move_letters() {
        // One font with the old `kern` table and one with kerning in GPOS.
        for font in ["liberation-sans", "noto-serif"].map(|name| find(name).unwrap()) {
            let apart = font.run("A", 0.0).advance + font.run("V", 0.0).advance;
            let pair = font.run("AV", 0.0).advance;
            assert!(pair < apart - 0.01, "{font:?}");
            assert!((font.run("AV", 0.1).advance - pair - 0.1).abs() < 1e-9);
        }
    }

    #[test]
    fn missing_characters_change_the_font() {
        let script = find("dancing-script").unwrap();
        assert_eq!(script.run("Anna", 0.0).font.name, "dancing-script");
        assert_eq!(script.run("Łukasz", 0.0).font.name, FALLBACK);
    }
}
