//! Fictional people: everything that a document says of its holder.
//!
//! A persona is plain data, drawn from a seed and an id, consistent in itself (sex and name, birth and
//! validity dates), and never meant to be anyone: names are common ones paired at random, the state and
//! its towns do not exist.

mod date;
mod names;
mod transcribe;
mod translit;

pub use date::{Date, REFERENCE};
use serde::{Deserialize, Serialize};
pub use transcribe::{Script, transcribe};
pub use translit::to_mrz;

use crate::body::Sex;
use crate::rng::Stream;
use names::{AUTHORITIES, CULTURES, Name, STREETS, TOWNS};

/// The code of the fictional state (ICAO Doc 9303, part 3, section 5: Utopia, reserved for specimens).
pub const NATIONALITY: &str = "UTO";

/// The youngest and oldest holders, years.
pub const AGES: (i32, i32) = (18, 85);

/// A fictional person, as their documents describe them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Which persona of its seed.
    pub id: u64,
    /// Sex; name and portrait follow it.
    pub sex: Sex,
    /// Surname in Latin letters, with diacritics, as people write it.
    pub surname: String,
    /// Given names in Latin letters, parted by spaces.
    pub given_names: String,
    /// The name in its original script, when that is not Latin.
    pub original_name: Option<OriginalName>,
    /// Day of birth.
    pub birth_date: Date,
    /// Town of birth.
    pub birth_place: String,
    /// Nationality, three letters.
    pub nationality: String,
    /// Height, cm.
    pub height_cm: u16,
    /// Where they live.
    pub address: Address,
    /// Number of the document: two letters and seven digits.
    pub document_number: String,
    /// Number of the person: ten digits, a hyphen after the sixth.
    pub personal_number: String,
    /// Day of issue.
    pub issue_date: Date,
    /// Last day of validity.
    pub expiry_date: Date,
    /// The office that issued the document.
    pub authority: String,
    /// Vehicles they may drive, in the order of the licence.
    pub driving: Vec<DrivingCategory>,
    /// Seed of their handwriting.
    pub signature_seed: u64,
}

/// A name in another script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginalName {
    /// Surname.
    pub surname: String,
    /// Given names.
    pub given_names: String,
}

/// Where a persona lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Street and house number.
    pub street: String,
    /// Five digits.
    pub postcode: String,
    /// Town.
    pub town: String,
}

/// A class of vehicles on a driving licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrivingCategory {
    /// Such as `B`.
    pub code: String,
    /// First day of the right.
    pub since: Date,
}

impl Persona {
    /// Draws the persona `id` of `seed`.
    pub fn draw(seed: u64, id: u64) -> Self {
        let mut rng = Stream::new("persona", seed, id);
        let sex = if rng.chance(0.5) { Sex::Female } else { Sex::Male };
        let drawn = DrawnName::draw(&mut rng, sex);
        let birth_date = draw_birth(&mut rng);
        let (issue_date, expiry_date) = draw_validity(&mut rng);
        let (mean_height, deviation) = if sex == Sex::Female { (165.0, 6.5) } else { (178.0, 7.2) };
        let document_number = draw_document_number(&mut rng);
        let personal_number = format!("{}-{:04}", birth_date.yymmdd(), rng.below(10_000));
        let address = Address {
            street: format!("{} {}", rng.pick(STREETS), rng.integer(1, 148)),
            postcode: format!("{:05}", rng.integer(1000, 98_999)),
            town: (*rng.pick(TOWNS)).to_owned(),
        };
        Self {
            id,
            sex,
            surname: drawn.surname,
            given_names: drawn.given_names,
            original_name: drawn.original,
            birth_date,
            birth_place: (*rng.pick(TOWNS)).to_owned(),
            nationality: NATIONALITY.to_owned(),
            height_cm: rng.normal_within(mean_height, deviation, 2.5).round() as u16,
            address,
            document_number,
            personal_number,
            issue_date,
            expiry_date,
            authority: (*rng.pick(AUTHORITIES)).to_owned(),
            driving: draw_driving(&mut rng, birth_date, issue_date),
            signature_seed: rng.word(),
        }
    }

    /// Age on the reference day, years.
    pub fn age(&self) -> i32 {
        REFERENCE.years_since(self.birth_date)
    }
}

struct DrawnName {
    surname: String,
    given_names: String,
    original: Option<OriginalName>,
}

impl DrawnName {
    fn draw(rng: &mut Stream, sex: Sex) -> Self {
        let female = sex == Sex::Female;
        let culture = rng.pick(CULTURES);
        let (two_surnames, two_given) = (rng.unit(), rng.unit());
        let given = if female { culture.female } else { culture.male };
        let surnames = draw_pair(rng, culture.surnames, two_surnames < culture.second_surname, female);
        let given = draw_pair(rng, given, two_given < culture.second_name, female);
        let latin = |names: &[Name]| names.iter().map(|n| n.latin).collect::<Vec<_>>().join(" ");
        let original = |names: &[Name]| {
            names.iter().map(|n| n.original).collect::<Option<Vec<_>>>().map(|names| names.join(" "))
        };
        Self {
            surname: latin(&surnames),
            given_names: latin(&given),
            original: original(&surnames)
                .zip(original(&given))
                .map(|(surname, given_names)| OriginalName { surname, given_names }),
        }
    }
}

/// One name, or two different ones.
fn draw_pair(rng: &mut Stream, list: &'static [&'static str], two: bool, female: bool) -> Vec<Name> {
    let first = rng.below(list.len());
    let second = (first + 1 + rng.below(list.len() - 1)) % list.len();
    let chosen = if two { vec![first, second] } else { vec![first] };
    chosen.into_iter().map(|i| Name::read(list[i], female)).collect()
}

/// A day of birth: ages of holders thin out towards the oldest.
fn draw_birth(rng: &mut Stream) -> Date {
    let (low, high) = AGES;
    let age = low + (f64::from(high - low + 1) * rng.unit().min(rng.unit() + 0.08)) as i32;
    REFERENCE.plus_years(-age.min(high)).plus_days(-rng.integer(0, 364))
}

/// Ten years of validity that hold on the reference day, counted from a day of the last nine years.
fn draw_validity(rng: &mut Stream) -> (Date, Date) {
    let issue = REFERENCE.plus_days(-rng.integer(20, 9 * 365));
    (issue, issue.plus_years(10).plus_days(-1))
}

/// Two letters and seven digits. No vowels, so no words; no `O` or `I`, which read as digits.
fn draw_document_number(rng: &mut Stream) -> String {
    const LETTERS: &[u8] = b"BCDFGHJKLMNPRTVWXYZ";
    let letters: String = (0..2).map(|_| char::from(*rng.pick(LETTERS))).collect();
    format!("{letters}{:07}", rng.below(10_000_000))
}

/// Rights to drive: cars for all, others for some, each from an age of 18 on and before the issue.
fn draw_driving(rng: &mut Stream, birth: Date, issue: Date) -> Vec<DrivingCategory> {
    const CHANCES: [(&str, f64); 7] =
        [("AM", 0.9), ("A1", 0.25), ("A", 0.2), ("B", 1.0), ("BE", 0.3), ("C", 0.12), ("D", 0.05)];
    let adult = birth.plus_years(18).min(issue);
    let span = issue.days_since(adult).clamp(0, 12 * 365);
    let mut rights = Vec::new();
    for (code, chance) in CHANCES {
        let (has, wait) = (rng.chance(chance), rng.integer(0, span));
        if has {
            rights.push(DrivingCategory { code: code.to_owned(), since: adult.plus_days(wait) });
        }
    }
    rights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many() -> impl Iterator<Item = Persona> {
        (0..3000).map(|id| Persona::draw(11, id))
    }

    #[test]
    fn a_persona_is_consistent() {
        for p in many() {
            assert!((AGES.0..=AGES.1).contains(&p.age()), "{} {}", p.birth_date, p.age());
            assert!(p.issue_date < REFERENCE && REFERENCE < p.expiry_date);
            assert!((145..=200).contains(&p.height_cm));
            assert!(p.driving.iter().any(|d| d.code == "B"));
            assert!(p.driving.iter().all(|d| d.since <= p.issue_date && d.since > p.birth_date));
            assert_eq!(p.document_number.len(), 9);
            assert!(p.personal_number.starts_with(&p.birth_date.yymmdd()));
            assert!(!to_mrz(&p.surname).is_empty() && !to_mrz(&p.given_names).is_empty());
        }
    }

    #[test]
    fn a_draw_depends_on_seed_and_id_alone() {
        assert_eq!(Persona::draw(3, 5), Persona::draw(3, 5));
        assert_ne!(Persona::draw(3, 5), Persona::draw(3, 6));
        assert_ne!(Persona::draw(3, 5), Persona { id: 5, ..Persona::draw(4, 5) });
        let p = Persona::draw(3, 5);
        assert_eq!(serde_json::from_str::<Persona>(&serde_json::to_string(&p).unwrap()).unwrap(), p);
    }

    #[test]
    fn the_draws_are_varied() {
        let share = |test: fn(&Persona) -> bool| many().filter(test).count() as f64 / 3000.0;
        assert!((share(|p| p.sex == Sex::Female) - 0.5).abs() < 0.04);
        assert!((0.08..0.25).contains(&share(|p| p.original_name.is_some())));
        assert!(share(|p| p.age() < 35) > 0.15 && share(|p| p.age() >= 60) > 0.05);
        assert!((0.3..0.8).contains(&share(|p| !p.surname.is_ascii() || !p.given_names.is_ascii())));
    }

    #[test]
    fn both_names_follow_the_sex() {
        for culture in CULTURES {
            for entry in culture.surnames.iter().chain(culture.female).chain(culture.male) {
                for female in [false, true] {
                    let name = Name::read(entry, female);
                    assert!(!name.latin.contains(['/', '=']) && !to_mrz(name.latin).is_empty(), "{entry}");
                }
            }
        }
        assert_eq!(Name::read("Makris=Μακρής/Makri=Μακρή", true).original, Some("Μακρή"));
    }
}
