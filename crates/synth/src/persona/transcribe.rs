//! Names of people from elsewhere as a state of another script writes them: by sound, as its registers do.
//!
//! The opposite of [`super::to_mrz`], and without a standard: it only has to give each holder the same plausible
//! spelling every time.

use serde::{Deserialize, Serialize};

use super::{OriginalName, Persona};

/// A script that documents are printed in beside Latin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Script {
    /// Greek.
    Greek,
    /// Cyrillic, with the letters of Bulgarian.
    Cyrillic,
}

impl Persona {
    /// The name in a script, as documents print it: the holder's own spelling if it is theirs, else by sound.
    pub fn name_in(&self, script: Script) -> OriginalName {
        let own = self.original_name.as_ref().filter(|name| script.has(&name.surname));
        own.map_or_else(
            || OriginalName {
                surname: transcribe(&self.surname, script),
                given_names: transcribe(&self.given_names, script),
            },
            |name| OriginalName {
                surname: script.document_case(&name.surname),
                given_names: script.document_case(&name.given_names),
            },
        )
    }
}

impl Script {
    fn has(self, name: &str) -> bool {
        let letters = match self {
            Self::Greek => '\u{370}'..='\u{3ff}',
            Self::Cyrillic => '\u{400}'..='\u{4ff}',
        };
        name.chars().any(|c| letters.contains(&c))
    }

    /// Capitals; Greek ones carry no stress mark, but keep their dialytika.
    fn document_case(self, name: &str) -> String {
        let bare = |c: char| match c {
            'Ά' => 'Α',
            'Έ' => 'Ε',
            'Ή' => 'Η',
            'Ί' => 'Ι',
            'Ό' => 'Ο',
            'Ύ' => 'Υ',
            'Ώ' => 'Ω',
            other => other,
        };
        // `ΐ` and `ΰ` have no capital of their own and fall apart into letter and marks.
        let name = name.replace('ΐ', "ϊ").replace('ΰ', "ϋ");
        name.to_uppercase().chars().map(bare).collect()
    }

    /// Sounds and their letters; of several that fit, the first.
    fn sounds(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Greek => GREEK,
            Self::Cyrillic => CYRILLIC,
        }
    }
}

/// A name or place in Latin letters, by sound, in capitals.
pub fn transcribe(latin: &str, script: Script) -> String {
    let plain: String = latin.chars().flat_map(char::to_uppercase).map(spelling).collect();
    let mut rest = plain.as_str();
    let mut out = String::new();
    while let Some(first) = rest.chars().next() {
        let sound = script.sounds().iter().find(|(sound, _)| rest.starts_with(sound));
        match sound {
            Some((sound, letters)) => {
                out.push_str(letters);
                rest = &rest[sound.len()..];
            }
            None => {
                if matches!(first, ' ' | '-' | '.' | '0'..='9') {
                    out.push(first);
                }
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

/// The sound of an upper case Latin letter in plain letters.
fn spelling(c: char) -> String {
    let sound = match c {
        'Á' | 'À' | 'Â' | 'Ã' | 'Ă' | 'Ą' | 'Ā' => "A",
        'Å' | 'Ó' | 'Ò' | 'Ô' | 'Õ' | 'Ő' | 'Ō' | 'Ö' | 'Ø' | 'Œ' => "O",
        'Ä' | 'Æ' | 'É' | 'È' | 'Ê' | 'Ë' | 'Ě' | 'Ė' | 'Ē' | 'Ę' => "E",
        'Č' | 'Ĉ' | 'Ć' => "CH",
        'Ç' | 'Ş' | 'Ș' | 'Š' | 'Ŝ' | 'Ś' => "SH",
        'Ð' | 'Ď' | 'Đ' => "D",
        'Ğ' | 'Ģ' => "G",
        'Ĝ' | 'Ĵ' => "J",
        'Ĥ' => "H",
        'Í' | 'Ì' | 'Î' | 'Ï' | 'İ' | 'Ī' | 'Į' => "I",
        'Ķ' => "K",
        'Ł' | 'Ľ' | 'Ļ' | 'Ĺ' => "L",
        'Ń' | 'Ñ' | 'Ň' | 'Ņ' => "N",
        'Ř' | 'Ŕ' => "R",
        'ẞ' => "SS",
        'Ť' | 'Ț' | 'Ţ' => "T",
        'Þ' => "TH",
        'Ú' | 'Ù' | 'Û' | 'Ŭ' | 'Ů' | 'Ű' | 'Ū' | 'Ų' => "U",
        'Ü' | 'Ý' | 'Ÿ' => "Y",
        'Ź' | 'Ż' | 'Ž' => "ZH",
        other => return other.to_string(),
    };
    sound.to_owned()
}

const GREEK: &[(&str, &str)] = &[
    ("ND", "ΝΤ"),
    ("MB", "ΜΠ"),
    ("NG", "ΓΚ"),
    ("SCH", "Σ"),
    ("SH", "Σ"),
    ("CH", "ΤΣ"),
    ("ZH", "Ζ"),
    ("KH", "Χ"),
    ("TH", "Θ"),
    ("PH", "Φ"),
    ("CK", "Κ"),
    ("CE", "ΣΕ"),
    ("CI", "ΣΙ"),
    ("PS", "Ψ"),
    ("OU", "ΟΥ"),
    ("OO", "ΟΥ"),
    ("A", "Α"),
    ("B", "ΜΠ"),
    ("C", "Κ"),
    ("D", "ΝΤ"),
    ("E", "Ε"),
    ("F", "Φ"),
    ("G", "ΓΚ"),
    ("H", "Χ"),
    ("I", "Ι"),
    ("J", "ΤΖ"),
    ("K", "Κ"),
    ("L", "Λ"),
    ("M", "Μ"),
    ("N", "Ν"),
    ("O", "Ο"),
    ("P", "Π"),
    ("Q", "Κ"),
    ("R", "Ρ"),
    ("S", "Σ"),
    ("T", "Τ"),
    ("U", "ΟΥ"),
    ("V", "Β"),
    ("W", "ΟΥ"),
    ("X", "Ξ"),
    ("Y", "Ι"),
    ("Z", "Ζ"),
];

const CYRILLIC: &[(&str, &str)] = &[
    ("SHCH", "Щ"),
    ("SCH", "Ш"),
    ("SH", "Ш"),
    ("CH", "Ч"),
    ("ZH", "Ж"),
    ("KH", "Х"),
    ("TS", "Ц"),
    ("TH", "Т"),
    ("PH", "Ф"),
    ("CK", "К"),
    ("CE", "СЕ"),
    ("CI", "СИ"),
    ("YA", "Я"),
    ("YU", "Ю"),
    ("YE", "Е"),
    ("YO", "ЙО"),
    ("OU", "У"),
    ("OO", "У"),
    ("A", "А"),
    ("B", "Б"),
    ("C", "К"),
    ("D", "Д"),
    ("E", "Е"),
    ("F", "Ф"),
    ("G", "Г"),
    ("H", "Х"),
    ("I", "И"),
    ("J", "ДЖ"),
    ("K", "К"),
    ("L", "Л"),
    ("M", "М"),
    ("N", "Н"),
    ("O", "О"),
    ("P", "П"),
    ("Q", "К"),
    ("R", "Р"),
    ("S", "С"),
    ("T", "Т"),
    ("U", "У"),
    ("V", "В"),
    ("W", "У"),
    ("X", "КС"),
    ("Y", "И"),
    ("Z", "З"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_their_sound() {
        for (latin, greek, cyrillic) in [
            ("Halvorsen", "ΧΑΛΒΟΡΣΕΝ", "ХАЛВОРСЕН"),
            ("Lindqvist", "ΛΙΝΤΚΒΙΣΤ", "ЛИНДКВИСТ"),
            ("Šimková", "ΣΙΜΚΟΒΑ", "ШИМКОВА"),
            ("O'Brien-Łuk", "ΟΜΠΡΙΕΝ-ΛΟΥΚ", "ОБРИЕН-ЛУК"),
            ("Yuna", "ΙΟΥΝΑ", "ЮНА"),
        ] {
            assert_eq!(transcribe(latin, Script::Greek), greek);
            assert_eq!(transcribe(latin, Script::Cyrillic), cyrillic);
        }
    }

    #[test]
    fn own_spelling_comes_first() {
        let named = |original: Option<(&str, &str)>| {
            let mut p = Persona::draw(0, 0);
            (p.surname, p.given_names) = ("Nikolaidis".into(), "Ilias".into());
            p.original_name =
                original.map(|(s, g)| OriginalName { surname: s.into(), given_names: g.into() });
            p
        };
        let greek = named(Some(("Νικολαΐδης", "Ηλίας")));
        assert_eq!(greek.name_in(Script::Greek).surname, "ΝΙΚΟΛΑΪΔΗΣ");
        assert_eq!(greek.name_in(Script::Greek).given_names, "ΗΛΙΑΣ");
        assert_eq!(greek.name_in(Script::Cyrillic).surname, "НИКОЛАИДИС");
        assert_eq!(named(None).name_in(Script::Greek).given_names, "ΙΛΙΑΣ");
    }

    #[test]
    fn everybody_has_a_name_in_every_script() {
        for id in 0..500 {
            let persona = Persona::draw(3, id);
            for script in [Script::Greek, Script::Cyrillic] {
                let name = persona.name_in(script);
                for part in [&name.surname, &name.given_names, &transcribe(&persona.birth_place, script)] {
                    assert!(script.has(part) && !part.chars().any(|c| c.is_ascii_alphabetic()), "{part}");
                }
            }
        }
    }
}
