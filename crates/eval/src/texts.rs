//! Many short texts in one piece of memory.

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

#[cfg(test)]
mod tests {
    use super::*;

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
