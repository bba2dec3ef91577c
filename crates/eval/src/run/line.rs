//! A line of `findings.jsonl`, read where it stands.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use retake_label::{BBox, Category, Finding, Role, State};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Entry, Timing};
use crate::analyzer::{Failure, Outcome};

/// An [`Entry`] that borrows its texts from the line, and leaves out the reasons of the findings: what scores are computed
/// from, for runs of millions of images.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line<'a> {
    pub(crate) index: usize,
    #[serde(borrow)]
    pub(crate) image_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) sample_id: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) twin_of: Cow<'a, str>,
    pub(crate) role: Role,
    pub(crate) truth: ByCategory<State>,
    pub(crate) measures: ByCategory<f64>,
    #[serde(default)]
    pub(crate) severities: ByCategory<f64>,
    #[serde(borrow, default, deserialize_with = "facts")]
    pub(crate) scene: Facts<'a>,
    #[serde(borrow, default)]
    pub(crate) document: Cow<'a, str>,
    #[serde(default)]
    pub(crate) size: [u32; 2],
    #[serde(default)]
    pub(crate) regions: ByCategory<BBox>,
    #[serde(deserialize_with = "without_reasons")]
    pub(crate) outcome: Cow<'a, Outcome>,
    pub(crate) timing: Timing,
}

impl<'a> From<&'a Entry> for Line<'a> {
    fn from(entry: &'a Entry) -> Self {
        let fact = |(key, value): (&'a String, &'a String)| (key.into(), value.into());
        Self {
            index: entry.index,
            image_id: (&entry.image_id).into(),
            sample_id: (&entry.sample_id).into(),
            twin_of: (&entry.twin_of).into(),
            role: entry.role,
            truth: (&entry.truth).into(),
            measures: (&entry.measures).into(),
            severities: (&entry.severities).into(),
            scene: entry.scene.iter().map(fact).collect(),
            document: (&entry.document).into(),
            size: entry.size,
            regions: (&entry.regions).into(),
            outcome: Cow::Borrowed(&entry.outcome),
            timing: entry.timing,
        }
    }
}

/// A value for some of the categories: few, so looked up one by one.
#[derive(Debug)]
pub(crate) struct ByCategory<T>(Vec<(Category, T)>);

impl<T> ByCategory<T> {
    pub(super) fn of(pairs: Vec<(Category, T)>) -> Self {
        Self(pairs)
    }
}

impl<T: Copy> ByCategory<T> {
    pub(crate) fn get(&self, category: Category) -> Option<T> {
        // As in a map, the last of two values for a category holds.
        self.0.iter().rev().find(|(of, _)| *of == category).map(|(_, value)| *value)
    }
}

impl<T> Default for ByCategory<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy> From<&BTreeMap<Category, T>> for ByCategory<T> {
    fn from(map: &BTreeMap<Category, T>) -> Self {
        Self(map.iter().map(|(category, value)| (*category, *value)).collect())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ByCategory<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pairs(PhantomData)).map(Self)
    }
}

/// Names and values.
pub(crate) type Facts<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

fn facts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Facts<'de>, D::Error> {
    let pairs: Vec<(Text<'de>, Text<'de>)> = deserializer.deserialize_map(Pairs(PhantomData))?;
    Ok(pairs.into_iter().map(|(key, value)| (key.0, value.0)).collect())
}

/// A text that is borrowed where it can be.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads a map as the list of its pairs.
struct Pairs<K, V>(PhantomData<(K, V)>);

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Pairs<K, V> {
    type Value = Vec<(K, V)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // As many as there usually are.
        let mut pairs = Vec::with_capacity(8);
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

fn without_reasons<'de, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'a, Outcome>, D::Error> {
    Short::deserialize(deserializer).map(Cow::Owned)
}

/// [`Outcome`] with [findings](Unexplained) that have no reason.
#[derive(Deserialize)]
#[serde(remote = "Outcome", rename_all = "snake_case")]
enum Short {
    Findings(#[serde(deserialize_with = "findings")] Vec<Finding>),
    Abstained,
    Failed(Failure),
}

/// [`Finding`] without its reason.
#[derive(Deserialize)]
struct Unexplained {
    category: Category,
    #[serde(default)]
    score: Option<f64>,
    #[serde(default)]
    present: Option<bool>,
    #[serde(default)]
    bbox: Option<BBox>,
    #[serde(default, rename = "reason")]
    _reason: IgnoredAny,
}

fn findings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Finding>, D::Error> {
    struct Findings;

    impl<'de> Visitor<'de> for Findings {
        type Value = Vec<Finding>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of findings")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut findings = Vec::with_capacity(8);
            while let Some(Unexplained { category, score, present, bbox, .. }) = list.next_element()? {
                findings.push(Finding { category, score, present, bbox, reason: None });
            }
            Ok(findings)
        }
    }
    deserializer.deserialize_seq(Findings)
}

/// A line with everything that may stand in one.
#[cfg(test)]
pub(super) const FULL: &str = r#"{"index":7,"image_id":"000000007","sample_id":"0\u00e9","twin_of":"000000006",
    "role":"document_front","truth":{"blur":"absent","glare":"present"},"measures":{"blur":0.1,"glare":0.07},
    "severities":{"glare":0.6},"scene":{"phone":"Q \"10\"","surface":"wood"},"document":"td1","size":[1600,1200],
    "regions":{"glare":[1.0,2.0,3.0,4.0]},"outcome":{"findings":[{"category":"glare","score":0.9,"present":true,
    "bbox":[1.0,2.0,3.0,4.0],"reason":"a \"lamp\""},{"category":"blur","score":0.2}]},
    "timing":{"session":1,"latency_ms":2.5,"done_ms":3.5,"attempts":2}}"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzer::FailureKind;

    fn same(text: &str) {
        let entry: Entry = serde_json::from_str(text).unwrap();
        let mut plain = entry.clone();
        if let Outcome::Findings(findings) = &mut plain.outcome {
            findings.iter_mut().for_each(|finding| finding.reason = None);
        }
        let line: Line<'_> = serde_json::from_str(text).unwrap();
        assert_eq!(format!("{line:?}"), format!("{:?}", Line::from(&plain)));
    }

    #[test]
    fn a_line_says_what_its_entry_says() {
        same(FULL);
        let bare = r#"{"index":0,"image_id":"a","sample_id":"a","role":"selfie","truth":{},"measures":{},"outcome":"abstained",
            "timing":{"session":0,"latency_ms":0.0,"done_ms":0.0}}"#;
        same(bare);
        let failure = Outcome::failed(FailureKind::Crash, "gone");
        same(&bare.replace(r#""abstained""#, &serde_json::to_string(&failure).unwrap()));
    }

    #[test]
    fn what_is_no_entry_is_no_line() {
        let without = |key: &str| {
            let mut value: serde_json::Value = serde_json::from_str(FULL).unwrap();
            value.as_object_mut().unwrap().remove(key);
            value.to_string()
        };
        let wrong = [
            FULL.replace("\"index\"", "\"indices\""),
            FULL.replace("\"blur\":\"absent\"", "\"blurr\":\"absent\""),
            FULL.replace("\"present\":true", "\"present\":1"),
            without("outcome"),
            without("truth"),
        ];
        for text in &wrong {
            let [line, entry] =
                [serde_json::from_str::<Line<'_>>(text).err(), serde_json::from_str::<Entry>(text).err()]
                    .map(|e| e.expect("an error").to_string());
            assert_eq!(line, entry);
        }
    }
}
