//! A line of `findings.jsonl` in the words and the order that this program writes.
//!
//! Reading is most of the work of a report on millions of images, and most of reading is not to know what comes next. Here it is known. A
//! line that differs in anything, be it a space or an escape in a text, is left to the general reader, which also says what
//! is wrong with it.

use std::borrow::Cow;

use memchr::memchr2;
use retake_label::{BBox, Category, Finding, Role, State};

use super::Timing;
use super::line::{ByCategory, Facts, Line};
use crate::analyzer::Outcome;

/// A comma and a key, as one word to compare with.
macro_rules! key {
    ($name:literal) => {
        concat!(",\"", $name, "\":")
    };
}

/// The entry in a line; `None` for anything that this program would have written in another way.
pub(super) fn line(text: &str) -> Option<Line<'_>> {
    let mut rest = Rest { text, likely: 0 };
    rest.skip("{\"index\":")?;
    let index = rest.integer()?.try_into().ok()?;
    let image_id = rest.named(key!("image_id"))?;
    let sample_id = rest.named(key!("sample_id"))?;
    let twin_of = rest.named(key!("twin_of")).unwrap_or_default();
    let role = rest.named(key!("role"))?;
    let role = Role::ALL.into_iter().find(|known| known.id() == role)?;
    rest.skip(key!("truth"))?;
    let truth = rest.by_category(|rest| state(rest.text()?))?;
    rest.skip(key!("measures"))?;
    let measures = rest.by_category(Rest::number)?;
    let severities = match rest.skip(key!("severities")) {
        Some(()) => rest.by_category(Rest::number)?,
        None => ByCategory::default(),
    };
    let scene = match rest.skip(key!("scene")) {
        Some(()) => rest.facts()?,
        None => Facts::new(),
    };
    let document = rest.named(key!("document")).unwrap_or_default();
    let size = match rest.skip(key!("size")) {
        Some(()) => rest.list(|rest| rest.integer()?.try_into().ok())?,
        None => [0; 2],
    };
    let regions = match rest.skip(key!("regions")) {
        Some(()) => rest.by_category(Rest::bbox)?,
        None => ByCategory::default(),
    };
    rest.skip(key!("outcome"))?;
    let outcome = Cow::Owned(rest.outcome()?);
    rest.skip(key!("timing"))?;
    let timing = rest.timing()?;
    rest.skip("}")?;
    rest.text.is_empty().then(|| Line {
        index,
        image_id: image_id.into(),
        sample_id: sample_id.into(),
        twin_of: twin_of.into(),
        role,
        truth,
        measures,
        severities,
        scene,
        document: document.into(),
        size,
        regions,
        outcome,
        timing,
    })
}

fn state(id: &str) -> Option<State> {
    let states = [State::Absent, State::Present, State::Borderline, State::NotApplicable];
    states.into_iter().find(|state| state.id() == id)
}

/// Digits that a number of 64 bits always holds.
const MOST_DIGITS: usize = 19;
/// All whole numbers up to this one are kept exactly.
const EXACT: u64 = 1 << 53;
/// The powers of ten for so many decimals, all of them exact.
const POWERS: [f64; MOST_DIGITS + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19,
];

/// What is left of a line. What is asked for and not there is `None`; a word that is not there is not passed over.
struct Rest<'a> {
    text: &'a str,
    /// The category after the one that was last read: answers name them in their order.
    likely: usize,
}

impl<'a> Rest<'a> {
    #[inline]
    fn skip(&mut self, word: &str) -> Option<()> {
        self.text = self.text.strip_prefix(word)?;
        Some(())
    }

    /// A key and its text.
    #[inline]
    fn named(&mut self, key: &str) -> Option<&'a str> {
        self.skip(key)?;
        self.text()
    }

    /// A text without escapes.
    fn text(&mut self) -> Option<&'a str> {
        let rest = self.text.strip_prefix('"')?;
        let end = memchr2(b'"', b'\\', rest.as_bytes())?;
        let (text, rest) = rest.split_at(end);
        self.text = rest.strip_prefix('"')?;
        // JSON has no bare control characters.
        text.bytes().all(|byte| byte >= b' ').then_some(text)
    }

    /// The letters of a number.
    fn digits(&mut self) -> Option<&'a str> {
        let is_of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E');
        let end = self.text.bytes().position(|byte| !is_of_number(&byte))?;
        let (digits, rest) = self.text.split_at(end);
        self.text = rest;
        Some(digits)
    }

    fn integer(&mut self) -> Option<u64> {
        let digits = self.digits()?;
        let is_plain =
            digits.bytes().all(|b| b.is_ascii_digit()) && (digits.len() == 1 || !digits.starts_with('0'));
        is_plain.then(|| digits.parse().ok())?
    }

    fn number(&mut self) -> Option<f64> {
        let bytes = self.text.as_bytes();
        let sign = usize::from(bytes.first() == Some(&b'-'));
        let (mut digits, mut mantissa) = (0, 0u64);
        let mut run = |from: usize| {
            let found =
                bytes[from..].iter().map(|byte| byte.wrapping_sub(b'0')).take_while(|digit| *digit < 10);
            let count = found.fold(0, |count, digit| {
                mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
                count + 1
            });
            digits += count;
            from + count
        };
        let mut end = run(sign);
        let whole = end - sign;
        // Rust reads more than JSON allows: `+1`, `01`, `.5` and `5.`.
        if whole == 0 || (whole > 1 && bytes[sign] == b'0') {
            return None;
        }
        let point = end;
        if bytes.get(point) == Some(&b'.') {
            end = run(point + 1);
            if end == point + 1 {
                return None;
            }
        }
        if matches!(bytes.get(end)?, b'e' | b'E') || digits > MOST_DIGITS || mantissa > EXACT {
            return self.digits()?.parse().ok();
        }
        let decimals = (end - point).saturating_sub(1);
        self.text = &self.text[end..];
        // Of two numbers that are kept exactly, the quotient is the nearest there is (Clinger 1990).
        let number = mantissa as f64 / POWERS[decimals];
        Some(if sign == 1 { -number } else { number })
    }

    /// What stands between brackets, with commas.
    fn all(&mut self, [open, close]: [&str; 2], mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.skip(open)?;
        if self.skip(close).is_some() {
            return Some(());
        }
        loop {
            item(self)?;
            if self.skip(",").is_none() {
                return self.skip(close);
            }
        }
    }

    fn list<T: Copy + Default, const N: usize>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<[T; N]> {
        let (mut list, mut n) = ([T::default(); N], 0);
        self.all(["[", "]"], |rest| {
            *list.get_mut(n)? = item(rest)?;
            n += 1;
            Some(())
        })?;
        (n == N).then_some(list)
    }

    fn bbox(&mut self) -> Option<BBox> {
        self.list(Self::number).map(<[f64; 4]>::into)
    }

    fn category(&mut self) -> Option<Category> {
        let id = self.text()?;
        let is_named = |at: &usize| Category::ALL.get(*at).is_some_and(|category| category.id() == id);
        let at = Some(self.likely).filter(is_named).or_else(|| (0..Category::ALL.len()).find(is_named))?;
        self.likely = at + 1;
        Some(Category::ALL[at])
    }

    fn by_category<T>(&mut self, mut value: impl FnMut(&mut Self) -> Option<T>) -> Option<ByCategory<T>> {
        let mut pairs = Vec::with_capacity(8);
        self.all(["{", "}"], |rest| {
            let category = rest.category()?;
            rest.skip(":")?;
            pairs.push((category, value(rest)?));
            Some(())
        })?;
        Some(ByCategory::of(pairs))
    }

    fn facts(&mut self) -> Option<Facts<'a>> {
        let mut facts = Facts::with_capacity(8);
        self.all(["{", "}"], |rest| {
            let name = rest.text()?;
            rest.skip(":")?;
            facts.push((name.into(), rest.text()?.into()));
            Some(())
        })?;
        Some(facts)
    }

    fn outcome(&mut self) -> Option<Outcome> {
        if self.skip("\"abstained\"").is_some() {
            return Some(Outcome::Abstained);
        }
        self.skip("{\"findings\":")?;
        let mut findings = Vec::with_capacity(8);
        self.all(["[", "]"], |rest| {
            findings.push(rest.finding()?);
            Some(())
        })?;
        self.skip("}")?;
        Some(Outcome::Findings(findings))
    }

    fn finding(&mut self) -> Option<Finding> {
        self.skip("{\"category\":")?;
        let category = self.category()?;
        let score = match self.skip(key!("score")) {
            Some(()) => Some(self.number()?),
            None => None,
        };
        let present = match self.skip(key!("present")) {
            Some(()) if self.skip("true").is_some() => Some(true),
            Some(()) => {
                self.skip("false")?;
                Some(false)
            }
            None => None,
        };
        let bbox = match self.skip(key!("bbox")) {
            Some(()) => Some(self.bbox()?),
            None => None,
        };
        if self.skip(key!("reason")).is_some() {
            self.text()?;
        }
        self.skip("}")?;
        Some(Finding { category, score, present, bbox, reason: None })
    }

    fn timing(&mut self) -> Option<Timing> {
        self.skip("{\"session\":")?;
        let session = self.integer()?.try_into().ok()?;
        self.skip(key!("latency_ms"))?;
        let latency_ms = self.number()?;
        self.skip(key!("done_ms"))?;
        let done_ms = self.number()?;
        let attempts = match self.skip(key!("attempts")) {
            Some(()) => self.integer()?.try_into().ok()?,
            None => 1,
        };
        self.skip("}")?;
        Some(Timing { session, latency_ms, done_ms, attempts })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Entry;
    use super::*;
    use crate::analyzer::FailureKind;

    /// Everything that may stand in an entry, as it is written.
    fn full() -> Entry {
        serde_json::from_str(super::super::line::FULL).unwrap()
    }

    fn written(edit: impl Fn(&mut Entry)) -> String {
        let mut entry = full();
        entry.sample_id = "000000003".to_owned();
        entry.scene.insert("phone".to_owned(), "Q 10 é".to_owned());
        if let Outcome::Findings(findings) = &mut entry.outcome {
            findings[0].reason = Some("a lamp".to_owned());
        }
        edit(&mut entry);
        serde_json::to_string(&entry).unwrap()
    }

    #[test]
    fn what_this_program_writes_is_read_as_the_general_reader_does() {
        let mut numbers =
            vec![0.0, -0.0, 1.0, 1e-9, 0.1 + 0.2, 1.797e308, 5e-324, 123_456_789.123_456_79, -2.5, 1e16];
        numbers.extend([9_007_199_254_740_992.0, 9_007_199_254_740_994.0, 0.000_01, 65.43e-7, 1e-15]);
        // With every number of decimals, above and below what is exact.
        let drawn = |i: u32| crate::hash::unit("number", &[&i.to_le_bytes()]);
        numbers.extend((0..4000u32).map(|i| drawn(i) * POWERS[i as usize % 12] / 1e4));
        numbers.extend((0..2000u32).map(|i| (drawn(i) * 1e7).floor() / POWERS[i as usize % 8]));
        let mut texts: Vec<String> = vec![
            written(|_| {}),
            written(|entry| {
                entry.twin_of.clear();
                entry.severities.clear();
                entry.scene.clear();
                entry.document.clear();
                entry.regions.clear();
                entry.timing.attempts = 1;
            }),
            written(|entry| entry.outcome = Outcome::Abstained),
            written(|entry| entry.outcome = Outcome::Findings(Vec::new())),
            written(|entry| entry.truth.clear()),
        ];
        texts.extend(numbers.into_iter().map(|number| {
            written(|entry| {
                entry.measures.values_mut().for_each(|value| *value = number);
                entry.timing.done_ms = number;
            })
        }));
        for text in &texts {
            let quick = line(text).unwrap_or_else(|| panic!("not read: {text}"));
            let general: Line<'_> = serde_json::from_str(text).unwrap();
            assert_eq!(format!("{quick:?}"), format!("{general:?}"));
        }
    }

    #[test]
    fn the_rest_is_left_to_the_general_reader() {
        let plain = written(|_| {});
        let others = [
            format!(" {plain}"),
            format!("{plain} "),
            plain[..plain.len() - 1].to_owned(),
            plain.replace(":", ": "),
            plain.replace("Q 10", "Q \\\"10\\\""),
            plain.replace("a lamp", "a\\nlamp"),
            plain.replace("a lamp", "a\u{1}lamp"),
            plain.replace("\"blur\":\"absent\"", "\"blurr\":\"absent\""),
            plain.replace("\"blur\":0.1", "\"blur\":00.1"),
            plain.replace("\"blur\":0.1", "\"blur\":+0.1"),
            plain.replace("\"blur\":0.1", "\"blur\":.1"),
            plain.replace("\"blur\":0.1", "\"blur\":1."),
            plain.replace("\"blur\":0.1", "\"blur\":1.e5"),
            plain.replace("\"blur\":0.1", "\"blur\":-"),
            plain.replace("\"blur\":0.1", "\"blur\":--0.1"),
            plain.replace("\"blur\":0.1", "\"blur\":0.1.2"),
            plain.replace("\"blur\":0.1", "\"blur\":1e"),
            plain.replace("\"blur\":0.1", "\"blur\":null"),
            plain.replace("\"index\":7", "\"index\":07"),
            plain.replace("\"index\":7", "\"index\":-7"),
            plain.replace("[1600,1200]", "[1600]"),
            plain.replace("\"document\"", "\"documents\""),
            written(|entry| entry.outcome = Outcome::failed(FailureKind::Crash, "gone")),
        ];
        for text in others {
            assert_ne!(text, plain);
            assert!(line(&text).is_none(), "read: {text}");
        }
    }
}
