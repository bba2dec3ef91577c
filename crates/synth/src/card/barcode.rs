//! Machine-readable codes: PDF417 with the data elements of driving licences, and QR with a short record.

use rxing::common::BitMatrix;
use rxing::pdf417::PDF417Writer;
use rxing::qrcode::QRCodeWriter;
use rxing::{BarcodeFormat, EncodeHints, Writer};
use serde::{Deserialize, Serialize};

use super::artwork::Rect;
use super::canvas::{Blend, Print};
use super::path::Contours;
use super::raster::{Coverage, Grid};
use super::value::Colour;
use crate::body::Sex;
use crate::persona::{Date, NATIONALITY, Persona, to_mrz};
use crate::{Error, Result};

/// A code of the holder's data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeSpec {
    /// Symbology, and with it what the code says.
    pub kind: CodeKind,
    /// The box that its modules fit into, mm; its quiet zone lies around it and must be light.
    pub area: Rect,
    /// The ink.
    pub ink: Colour,
}

/// Symbologies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    /// PDF417 (ISO/IEC 15438), error correction level 4, with the elements of the AAMVA DL/ID Card Design
    /// Standard (2020, annex D).
    Pdf417,
    /// QR (ISO/IEC 18004), error correction level M, with a short record of lines.
    Qr,
}

impl CodeKind {
    /// The text that the code of a persona holds, ASCII.
    pub fn text(self, persona: &Persona) -> String {
        match self {
            Self::Pdf417 => licence(persona),
            Self::Qr => record(persona),
        }
    }

    fn encode(self, text: &str) -> rxing::common::Result<BitMatrix> {
        let hints = |level: &str| EncodeHints {
            ErrorCorrection: Some(level.to_owned()),
            Margin: Some("0".to_owned()),
            ..EncodeHints::default()
        };
        match self {
            Self::Pdf417 => PDF417Writer.encode_with_hints(text, &BarcodeFormat::PDF_417, 1, 1, &hints("4")),
            Self::Qr => QRCodeWriter.encode_with_hints(text, &BarcodeFormat::QR_CODE, 1, 1, &hints("M")),
        }
    }
}

/// The plate of a persona's code, as large as its box allows, in the middle.
///
/// # Errors
/// [`Error::Invalid`] when the data do not fit into a code.
pub(super) fn plate(grid: &Grid, spec: &CodeSpec, persona: &Persona) -> Result<Print> {
    let encoded = spec.kind.encode(&spec.kind.text(persona));
    let bits = encoded.map_err(|e| Error::Invalid(format!("the holder's data fit into no code: {e}")))?;
    let (columns, rows) = (bits.getWidth(), bits.getHeight());
    let [x, y, w, h] = spec.area;
    let module = (w / f64::from(columns)).min(h / f64::from(rows));
    let left = x + (w - module * f64::from(columns)) / 2.0;
    let top = y + (h - module * f64::from(rows)) / 2.0;
    let at = |column: u32, row: u32| [left + module * f64::from(column), top + module * f64::from(row)];
    let mut contours = Contours::default();
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            let start = column;
            while column < columns && bits.get(column, row) {
                column += 1;
            }
            if column > start {
                contours.0.push(vec![
                    at(start, row),
                    at(column, row),
                    at(column, row + 1),
                    at(start, row + 1),
                ]);
            }
            column += 1;
        }
    }
    let coverage = Coverage::fill(grid, &contours);
    Ok(Print { coverage, inks: vec![spec.ink], span: [0.0, 1.0], opacity: 1.0, blend: Blend::Cover })
}

/// Capital letters and spaces.
fn plain(name: &str) -> String {
    to_mrz(name).replace('<', " ")
}

/// Data elements of a driving licence. The issuer's number is none that the association has given, and the
/// jurisdiction, `XX`, no state's.
fn licence(persona: &Persona) -> String {
    let day = |d: Date| format!("{:02}{:02}{:04}", d.month(), d.day(), d.year());
    let categories: Vec<_> = persona.driving.iter().map(|d| d.code.as_str()).collect();
    let given = plain(&persona.given_names);
    let (first, middle) = given.split_once(' ').unwrap_or((&given, "NONE"));
    let elements = [
        ("DAQ", persona.document_number.clone()),
        ("DCS", plain(&persona.surname)),
        ("DAC", first.to_owned()),
        ("DAD", middle.to_owned()),
        ("DBB", day(persona.birth_date)),
        ("DBD", day(persona.issue_date)),
        ("DBA", day(persona.expiry_date)),
        ("DBC", if persona.sex == Sex::Female { "2" } else { "1" }.to_owned()),
        ("DAU", format!("{} CM", persona.height_cm)),
        ("DCA", categories.join(" ")),
        ("DAG", address_line(&persona.address.street)),
        ("DAI", plain(&persona.address.town)),
        ("DAJ", "XX".to_owned()),
        ("DAK", format!("{:<11}", persona.address.postcode)),
        ("DCG", NATIONALITY.to_owned()),
        ("DDA", "N SPECIMEN".to_owned()),
    ];
    let body = elements.map(|(key, value)| format!("{key}{value}")).join("\n");
    // The subfile's offset counts from the start: 21 characters of header and 10 of its designator.
    let subfile = format!("DL{body}\r");
    format!("@\n\u{1e}\rANSI 000000100001DL0031{:04}{subfile}", subfile.len())
}

/// A street and its number in capital letters.
fn address_line(street: &str) -> String {
    let words = street
        .split(' ')
        .map(|word| if word.bytes().all(|b| b.is_ascii_digit()) { word.to_owned() } else { plain(word) });
    words.collect::<Vec<_>>().join(" ")
}

/// A short record: the document, its holder and its dates, a line each.
fn record(persona: &Persona) -> String {
    let lines = [
        format!("ISS:{NATIONALITY}"),
        format!("DOC:{}", persona.document_number),
        format!("NAM:{}<<{}", to_mrz(&persona.surname), to_mrz(&persona.given_names)),
        format!("DOB:{}", persona.birth_date),
        format!("EXP:{}", persona.expiry_date),
        "SPECIMEN".to_owned(),
    ];
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { px_per_mm: 12.0, width: 1027, height: 648, rows: [0, 648] };

    #[test]
    fn licences_have_the_header_of_the_standard() {
        for id in 0..50 {
            let persona = Persona::draw(1, id);
            let text = licence(&persona);
            assert!(text.is_ascii() && text.starts_with("@\n\u{1e}\rANSI ") && text.ends_with('\r'));
            // File type, issuer, two versions and the number of subfiles; then designator, offset and length.
            let designator = &text[21..31];
            let offset: usize = designator[2..6].parse().unwrap();
            let length: usize = designator[6..].parse().unwrap();
            assert_eq!(&text[offset..offset + 5], "DLDAQ", "{text:?}");
            assert_eq!(offset + length, text.len());
            assert!(text.contains(&format!("DAQ{}\n", persona.document_number)));
        }
    }

    /// Dark modules of a finder pattern stand where ISO/IEC 18004 puts them.
    #[test]
    fn codes_fill_their_box() {
        let persona = Persona::draw(1, 2);
        for (kind, area) in
            [(CodeKind::Qr, [20.0, 10.0, 18.0, 18.0]), (CodeKind::Pdf417, [5.0, 5.0, 74.0, 18.0])]
        {
            let spec = CodeSpec { kind, area, ink: Colour::BLACK };
            let plate = plate(&GRID, &spec, &persona).unwrap();
            let ink: f32 = plate.coverage.values.iter().sum();
            let share = f64::from(ink) / (area[2] * area[3] * 144.0);
            assert!((0.3..0.65).contains(&share), "{kind:?} {share}");
        }
        let bits = CodeKind::Qr.encode(&record(&persona)).unwrap();
        for [x, y] in [[0, 0], [bits.getWidth() - 7, 0], [0, bits.getHeight() - 7]] {
            assert!((0..7).all(|i| bits.get(x + i, y) && bits.get(x, y + i) && bits.get(x + i, y + 6)));
            assert!((1..6).all(|i| !bits.get(x + i, y + 1)) && bits.get(x + 3, y + 3));
        }
    }
}
