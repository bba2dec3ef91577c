//! Machine-readable zones: ICAO Doc 9303, parts 4 (TD3), 5 (TD1) and 6 (TD2).

use serde::{Deserialize, Serialize};

use crate::body::Sex;
use crate::persona::{Persona, to_mrz};

/// A layout of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MrzFormat {
    /// Cards of ID-1 size: three lines of 30.
    Td1,
    /// Documents of ID-2 size: two lines of 36.
    Td2,
    /// Passports: two lines of 44.
    Td3,
}

impl MrzFormat {
    /// Number of lines, and characters on each.
    pub fn shape(self) -> (usize, usize) {
        match self {
            Self::Td1 => (3, 30),
            Self::Td2 => (2, 36),
            Self::Td3 => (2, 44),
        }
    }

    /// The zone of a persona's document, line by line.
    ///
    /// `document_code` is one or two letters (`ID`, `P`); `issuer` is the three letters of the state.
    pub fn write(self, document_code: &str, issuer: &str, persona: &Persona) -> Vec<String> {
        let code = filled(document_code, 2);
        let issuer = filled(issuer, 3);
        let (_, width) = self.shape();
        let number = checked(&persona.document_number, 9);
        let birth = checked(&persona.birth_date.yymmdd(), 6);
        let expiry = checked(&persona.expiry_date.yymmdd(), 6);
        let sex = if persona.sex == Sex::Female { 'F' } else { 'M' };
        let nationality = filled(&persona.nationality, 3);
        let name = |width| name_field(&persona.surname, &persona.given_names, width);
        match self {
            Self::Td1 => {
                let first = format!("{code}{issuer}{number}{}", filled(&persona.personal_number, 15));
                let optional = filled("", 11);
                let composite = check_digit(&format!("{}{birth}{expiry}{optional}", &first[5..]));
                vec![first, format!("{birth}{sex}{expiry}{nationality}{optional}{composite}"), name(width)]
            }
            Self::Td2 | Self::Td3 => {
                let optional =
                    if self == Self::Td3 { checked(&persona.personal_number, 14) } else { filled("", 7) };
                let composite = check_digit(&format!("{number}{birth}{expiry}{optional}"));
                let second = format!("{number}{nationality}{birth}{sex}{expiry}{optional}{composite}");
                vec![format!("{code}{issuer}{}", name(width - 5)), second]
            }
        }
    }
}

/// The check digit: weights 7, 3, 1 over the values of the characters, modulo 10 (Doc 9303, part 3,
/// section 4.9). Digits count as themselves, `A`-`Z` as 10-35, everything else as the filler, 0.
pub fn check_digit(text: &str) -> char {
    let sum: u32 = text.chars().zip([7, 3, 1].into_iter().cycle()).map(|(c, w)| w * value(c)).sum();
    char::from(b'0' + (sum % 10) as u8)
}

fn value(c: char) -> u32 {
    match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        'A'..='Z' => u32::from(c) - u32::from('A') + 10,
        _ => 0,
    }
}

/// The text in the zone's characters, cut or filled with `<` to `width`. Letters and digits stay, a
/// hyphen inside a number is a filler (part 3, section 4.2.2).
fn filled(text: &str, width: usize) -> String {
    let upper = text.chars().map(|c| c.to_ascii_uppercase());
    let cells = upper.map(|c| if c.is_ascii_alphanumeric() { c } else { '<' });
    cells.chain(std::iter::repeat('<')).take(width).collect()
}

fn checked(text: &str, width: usize) -> String {
    let field = filled(text, width);
    let digit = check_digit(&field);
    format!("{field}{digit}")
}

/// The name field: primary identifier, `<<`, secondary identifier, filled up.
///
/// A name that is too long is truncated as part 4, section 4.2.3 (and parts 5 and 6 alike) lays down: the
/// ends of the identifiers' words give way, so that the last cell holds a letter and some of both
/// identifiers stays. Here the secondary identifier keeps at least the initials of its words when they fit
/// in the half of the field, and the primary is cut to the rest.
fn name_field(surname: &str, given_names: &str, width: usize) -> String {
    let (primary, secondary) = (to_mrz(surname), to_mrz(given_names));
    if secondary.is_empty() {
        return filled(&primary, width);
    }
    if primary.len() + 2 + secondary.len() <= width {
        return filled(&format!("{primary}<<{secondary}"), width);
    }
    let initials = secondary.split('<').count() * 2 - 1;
    let kept = initials.min(secondary.len()).min(width / 2);
    let primary = &primary[..primary.len().min(width - 2 - kept)];
    let primary = primary.trim_end_matches('<');
    let room = width - 2 - primary.len();
    filled(&format!("{primary}<<{}", shortened(&secondary, room)), width)
}

/// The words cut to `room` cells: whole if they fit, else first words whole and later ones shortened to
/// what leaves an initial for each word after them.
fn shortened(words: &str, room: usize) -> String {
    let words: Vec<&str> = words.split('<').collect();
    let mut out = String::new();
    for (i, word) in words.iter().enumerate() {
        let separator = usize::from(i > 0);
        let reserved = 2 * (words.len() - i - 1);
        let left = room.saturating_sub(out.len() + separator);
        if left == 0 {
            break;
        }
        if i > 0 {
            out.push('<');
        }
        let cells = left.saturating_sub(reserved).clamp(1, word.len());
        out.push_str(&word[..cells]);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORMATS: [(MrzFormat, &str); 3] =
        [(MrzFormat::Td1, "ID"), (MrzFormat::Td2, "ID"), (MrzFormat::Td3, "P")];

    fn oracle(format: MrzFormat, lines: &[String]) -> mrz::MrzData {
        match format {
            MrzFormat::Td1 => mrz::parse_td1(&lines[0], &lines[1], &lines[2]),
            MrzFormat::Td2 => mrz::parse_td2(&lines[0], &lines[1]),
            MrzFormat::Td3 => mrz::parse_td3(&lines[0], &lines[1]),
        }
        .unwrap()
    }

    /// The specimens printed in Doc 9303, parts 4 and 5.
    #[test]
    fn specimens_of_the_standard() {
        let mut anna = Persona::draw(0, 0);
        anna.sex = Sex::Female;
        anna.surname = "Eriksson".into();
        anna.given_names = "Anna Maria".into();
        anna.birth_date = "1974-08-12".parse().unwrap();
        anna.expiry_date = "2012-04-15".parse().unwrap();
        anna.document_number = "L898902C3".into();
        anna.personal_number = "ZE184226B".into();
        assert_eq!(
            MrzFormat::Td3.write("P", "UTO", &anna),
            ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]
        );
        anna.document_number = "D23145890".into();
        anna.personal_number = String::new();
        assert_eq!(
            MrzFormat::Td1.write("I", "UTO", &anna),
            [
                "I<UTOD231458907<<<<<<<<<<<<<<<",
                "7408122F1204159UTO<<<<<<<<<<<6",
                "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
            ]
        );
        assert_eq!(
            MrzFormat::Td2.write("I", "UTO", &anna),
            ["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"]
        );
    }

    #[test]
    fn every_zone_passes_the_oracle() {
        for id in 0..2000 {
            let persona = Persona::draw(5, id);
            for (format, code) in FORMATS {
                let lines = format.write(code, "UTO", &persona);
                let (count, width) = format.shape();
                assert_eq!(lines.len(), count);
                assert!(lines.iter().all(|l| l.len() == width), "{lines:?}");
                let read = oracle(format, &lines);
                assert!(read.valid(), "{lines:?} {:?}", read.checks);
                assert_eq!(read.document_number, persona.document_number);
                let plain = |name: &str| to_mrz(name).replace('<', " ");
                assert!(plain(&persona.surname).starts_with(&read.surname), "{lines:?}");
                if persona.surname.len() + persona.given_names.len() < width - 12 {
                    assert_eq!(read.surname, plain(&persona.surname));
                    assert_eq!(read.given_names, plain(&persona.given_names));
                }
            }
        }
    }

    #[test]
    fn long_names_keep_some_of_both() {
        let name = |s, g, w| name_field(s, g, w);
        assert_eq!(
            name("Nilavadhanananda", "Chayapa Dejthamrong Krasuang", 30),
            "NILAVADHANANANDA<<CHAYAPA<DE<K"
        );
        assert_eq!(
            name("Wolfeschlegelsteinhausenbergerdorff", "Hubert Blaine", 30),
            "WOLFESCHLEGELSTEINHAUSENB<<H<B"
        );
        assert_eq!(name("Ng", "", 6), "NG<<<<");
    }

    proptest! {
        /// A single wrong character changes the sum by weight times difference, which must not be 0 mod 10.
        #[test]
        fn check_digit_is_brute_force(text in "[A-Z0-9<]{1,44}") {
            const CELLS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
            let mut sum = 0;
            for (i, c) in text.chars().enumerate() {
                let weight = match i % 3 { 0 => 7, 1 => 3, _ => 1 };
                sum += weight * CELLS.find(c).unwrap_or(0);
            }
            prop_assert_eq!(check_digit(&text), char::from_digit((sum % 10) as u32, 10).unwrap());
        }

        #[test]
        fn name_fields_fill_their_width(surname in "[A-Z][a-zA-Z -]{0,40}", given in "[A-Z][a-zA-Z -]{0,40}", width in 30usize..40) {
            let field = name_field(&surname, &given, width);
            prop_assert_eq!(field.len(), width);
            prop_assert!(field.contains("<<"));
            let (primary, secondary) = field.split_once("<<").unwrap();
            prop_assert!(!primary.is_empty() && to_mrz(&surname).starts_with(primary));
            prop_assert!(secondary.starts_with(&to_mrz(&given)[..1]));
        }
    }
}
