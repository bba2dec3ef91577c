//! Many short texts in one piece of memory.

use std::borrow::Cow;

/// A list of texts. Each costs its bytes and eight more, where a `String` costs some fifty.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    bytes: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Texts {
    /// Adds one at the end.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    /// Adds all of another list.
    pub(crate) fn append(&mut self, other: &Self) {
        let before = self.bytes.len();
        self.bytes.push_str(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| before + end));
    }

    /// The number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text at a place, from 0.
    ///
    /// # Panics
    /// When the list is shorter.
    pub fn get(&self, at: usize) -> &str {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[at]]
    }

    /// All in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|at| self.get(at))
    }

    /// The texts at these places, in this order.
    pub(crate) fn permuted(&self, order: &[u32]) -> Self {
        let mut permuted =
            Self { bytes: String::with_capacity(self.bytes.len()), ends: Vec::with_capacity(order.len()) };
        order.iter().for_each(|at| permuted.push(self.get(*at as usize)));
        permuted
    }
}

/// A list of texts that are mostly numbers of nine digits, as the corpora of this program number images and samples: four bytes each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    /// The number; from [`OTHERS`] on the place of another text.
    codes: Vec<u32>,
    others: Texts,
}

/// One more than the greatest number of nine digits.
const OTHERS: u32 = 1_000_000_000;

/// One of [`Numbers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Name<'a> {
    /// A number of nine digits.
    Number(u32),
    /// Any other text.
    Other(&'a str),
}

impl<'a> Name<'a> {
    /// As it was put.
    pub(crate) fn text(self) -> Cow<'a, str> {
        match self {
            Self::Number(number) => format!("{number:09}").into(),
            Self::Other(text) => text.into(),
        }
    }
}

impl Numbers {
    /// Adds one at the end.
    pub(crate) fn push(&mut self, text: &str) {
        let is_number = text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| text.parse().ok()).flatten();
        let code = number.unwrap_or_else(|| {
            // Most often no text at all.
            if self.others.is_empty() {
                self.others.push("");
            }
            if text.is_empty() {
                return OTHERS;
            }
            self.others.push(text);
            OTHERS + (self.others.len() - 1) as u32
        });
        self.codes.push(code);
    }

    /// Adds all of another list.
    pub(crate) fn append(&mut self, other: &Self) {
        let before = self.others.len() as u32;
        self.others.append(&other.others);
        let moved = |code: &u32| if *code < OTHERS { *code } else { code + before };
        self.codes.extend(other.codes.iter().map(moved));
    }

    /// The text at a place, from 0.
    pub(crate) fn get(&self, at: usize) -> Name<'_> {
        match self.codes[at] {
            number if number < OTHERS => Name::Number(number),
            code => Name::Other(self.others.get((code - OTHERS) as usize)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_other_texts_come_back_as_they_were_put() {
        let texts = [
            "000000000",
            "",
            "999999999",
            "1000000000",
            "00000001",
            "+00000012",
            "abc",
            "12345678\u{664}",
            "",
        ];
        let (mut numbers, mut second) = (Numbers::default(), Numbers::default());
        texts.iter().for_each(|text| numbers.push(text));
        texts.iter().rev().for_each(|text| second.push(text));
        numbers.append(&second);
        let all: Vec<&str> = texts.into_iter().chain(texts.into_iter().rev()).collect();
        for (at, text) in all.iter().enumerate() {
            assert_eq!(numbers.get(at).text(), *text);
            for (other, same) in all.iter().enumerate() {
                assert_eq!(numbers.get(at) == numbers.get(other), text == same, "{text} {same}");
            }
        }
        assert_eq!(numbers.codes.iter().filter(|code| **code < OTHERS).count(), 4);
    }

    #[test]
    fn texts_come_back_as_they_were_put() {
        let (mut first, mut second) = (Texts::default(), Texts::default());
        ["a", "", "bc\u{e9}"].iter().for_each(|text| first.push(text));
        ["", "d"].iter().for_each(|text| second.push(text));
        first.append(&second);
        assert_eq!(first.iter().collect::<Vec<_>>(), ["a", "", "bc\u{e9}", "", "d"]);
        assert_eq!(first.permuted(&[4, 1, 2]).iter().collect::<Vec<_>>(), ["d", "", "bc\u{e9}"]);
        assert!(!first.is_empty() && Texts::default().is_empty() && first.len() == 5);
    }
}
