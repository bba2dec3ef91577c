//! Values of a design file that need more than a type: each refuses what it cannot be, at its place in the
//! file, and says what would be right.

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

use super::font::Font;
use crate::body::Sex;
use crate::color::linear_rgb;
use crate::persona::{Date, Persona, Script, transcribe};

/// Reflectance of the blackest print, of the 0.03-0.05 that offset and laser engraving reach.
pub(super) const BLACK: f32 = 0.035;
/// Reflectance of unprinted card.
pub(super) const WHITE: f32 = 0.80;

/// A printed colour; `#rrggbb` in files, as it should look on white card beside white.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Colour([u8; 3]);

impl Colour {
    /// The ink of the machine-readable zone.
    pub(super) const BLACK: Self = Self([0x12, 0x12, 0x12]);
    /// A scratch in handled plastic.
    pub(super) const HAIRLINE: Self = Self([0xe2, 0xe0, 0xda]);
    /// The grey of an optically variable foil that no light strikes at its angle.
    pub(super) const FOIL: Self = Self([0xb8, 0xc0, 0xc8]);

    /// Linear reflectance: card white is 0.80 and full black 0.035, since no print is blacker.
    pub fn reflectance(self) -> [f32; 3] {
        linear_rgb(self.0).map(|v| BLACK + (WHITE - BLACK) * v)
    }
}

impl From<Colour> for String {
    fn from(Colour([r, g, b]): Colour) -> Self {
        format!("#{r:02x}{g:02x}{b:02x}")
    }
}

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let digits =
            text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = digits.and_then(|d| u32::from_str_radix(d, 16).ok());
        let [_, rgb @ ..] = number
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no colour; write it as \"#1f4e79\"")))?
            .to_be_bytes();
        Ok(Self(rgb))
    }
}

/// A font by its name on the list of built-in fonts.
#[derive(Clone, Copy, Debug)]
pub struct FontName(pub(super) &'static Font);

impl PartialEq for FontName {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Serialize for FontName {
    fn serialize<S: serde::Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.serialize_str(self.0.name)
    }
}

impl<'de> Deserialize<'de> for FontName {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let name = String::deserialize(input)?;
        super::font::find(&name).map(Self).ok_or_else(|| {
            let known: Vec<_> = super::font::FONTS.iter().map(|f| f.name).collect();
            D::Error::custom(format!("there is no font `{name}`; there are: {}", known.join(", ")))
        })
    }
}

/// What of a persona a field prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Surname.
    Surname,
    /// Given names.
    GivenNames,
    /// Given names and surname.
    FullName,
    /// Surname and given names in the original script; not printed when that is Latin.
    OriginalName,
    /// Surname in another script: as its bearer writes it, or by sound.
    SurnameIn(Script),
    /// Given names in another script.
    GivenNamesIn(Script),
    /// Town of birth in another script.
    BirthPlaceIn(Script),
    /// `F` or `M`.
    Sex,
    /// Three letters.
    Nationality,
    /// Day of birth.
    BirthDate,
    /// Town of birth.
    BirthPlace,
    /// Day of issue.
    IssueDate,
    /// Last day of validity.
    ExpiryDate,
    /// Issuing office.
    Authority,
    /// Number of the document.
    DocumentNumber,
    /// Number of the person.
    PersonalNumber,
    /// Height with its unit.
    Height,
    /// Street and house number.
    Street,
    /// Postcode and town.
    Town,
    /// Codes of the vehicles they may drive.
    DrivingCategories,
    /// The first day of the right to drive this category; not printed without the right.
    DrivingSince(String),
    /// Last day of the right to drive this category; not printed without the right.
    DrivingUntil(String),
}

impl Source {
    /// The text for a persona, or `None` when there is nothing to print.
    pub fn text(&self, persona: &Persona, dates: DateFormat) -> Option<String> {
        let right = |code: &str| persona.driving.iter().find(|d| d.code == code);
        Some(match self {
            Self::Surname => persona.surname.clone(),
            Self::GivenNames => persona.given_names.clone(),
            Self::FullName => format!("{} {}", persona.given_names, persona.surname),
            Self::OriginalName => {
                let name = persona.original_name.as_ref()?;
                format!("{} {}", name.surname, name.given_names)
            }
            Self::SurnameIn(script) => persona.name_in(*script).surname,
            Self::GivenNamesIn(script) => persona.name_in(*script).given_names,
            Self::BirthPlaceIn(script) => transcribe(&persona.birth_place, *script),
            Self::Sex => if persona.sex == Sex::Female { "F" } else { "M" }.to_owned(),
            Self::Nationality => persona.nationality.clone(),
            Self::BirthDate => dates.write(persona.birth_date),
            Self::BirthPlace => persona.birth_place.clone(),
            Self::IssueDate => dates.write(persona.issue_date),
            Self::ExpiryDate => dates.write(persona.expiry_date),
            Self::Authority => persona.authority.clone(),
            Self::DocumentNumber => persona.document_number.clone(),
            Self::PersonalNumber => persona.personal_number.clone(),
            Self::Height => format!("{} cm", persona.height_cm),
            Self::Street => persona.address.street.clone(),
            Self::Town => format!("{} {}", persona.address.postcode, persona.address.town),
            Self::DrivingCategories => {
                persona.driving.iter().map(|d| d.code.as_str()).collect::<Vec<_>>().join("  ")
            }
            Self::DrivingSince(code) => dates.write(right(code)?.since),
            Self::DrivingUntil(code) => {
                right(code)?;
                dates.write(persona.expiry_date)
            }
        })
    }
}

/// How a design writes dates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateFormat {
    /// `27.03.1994`
    #[default]
    Dots,
    /// `27.03.94`
    ShortDots,
    /// `27 03 1994`
    Spaces,
    /// `27 MAR 1994`
    Month,
    /// `1994-03-27`
    Iso,
}

impl DateFormat {
    /// The date as printed.
    pub fn write(self, date: Date) -> String {
        const MONTHS: [&str; 12] =
            ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
        let (y, m, d) = (date.year(), date.month(), date.day());
        match self {
            Self::Dots => format!("{d:02}.{m:02}.{y:04}"),
            Self::ShortDots => format!("{d:02}.{m:02}.{:02}", y % 100),
            Self::Spaces => format!("{d:02} {m:02} {y:04}"),
            Self::Month => format!("{d:02} {} {y:04}", MONTHS[usize::from(m) - 1]),
            Self::Iso => date.to_string(),
        }
    }
}
