//! Precision for the mix of failures that production sees.
//!
//! A corpus holds each defect far more often than production does, so its precision says little about how many of the
//! analyzer's calls will be right there. Recall and specificity do not depend on the mix; from them and a profile of how
//! common each failure is, precision follows by Bayes' rule.

use std::collections::BTreeMap;
use std::path::Path;

use retake_label::Category;
use serde::{Deserialize, Serialize};

use crate::{Error, Estimate, Method, Result, toml_file};

/// How common failures are, as a TOML file says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The version of the file's format.
    pub version: u32,
    /// A short name.
    pub name: String,
    /// What mix it is, one sentence.
    pub description: String,
    /// The share of submissions that have any of the causes, 0-1. With 1 the figures are for submissions that were
    /// rejected anyway.
    #[serde(default = "one")]
    pub rejected: f64,
    /// Causes, as shares of what is rejected.
    #[serde(default, rename = "cause", skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// Share of the images that have a category, 0-1, stated outright; goes before the causes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prevalence: BTreeMap<Category, f64>,
}

fn one() -> f64 {
    1.0
}

/// A published reason for rejections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// As it is published.
    pub name: String,
    /// Its share of all rejections, 0-1.
    pub share: f64,
    /// The categories that it is made of, in equal parts, or by their weights.
    pub categories: Vec<Category>,
    /// Weights of categories that are not 1.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<Category, f64>,
}

/// The profiles that ship with the program, by name and text. A new one is a file in `datasets/prevalence` and a line here.
pub const BUILTIN: &[(&str, &str)] = &[
    ("published_g1", include_str!("../../../../datasets/prevalence/published_g1.toml")),
    ("published_g4", include_str!("../../../../datasets/prevalence/published_g4.toml")),
];

const VERSION: u32 = 1;

impl Profile {
    /// A shipped profile by its name, or the one in a file.
    ///
    /// # Errors
    /// When the file cannot be read, or is no profile, with line and key.
    pub fn find(name_or_path: &str) -> Result<Self> {
        if let Some((name, text)) = BUILTIN.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(name.as_ref(), text);
        }
        let path = Path::new(name_or_path);
        let text = std::fs::read_to_string(path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => {
                let names = BUILTIN.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                let problem = format!("there is no such profile and no such file; profiles: {names} (or give the path of a TOML file)");
                Error::format(path, None, problem)
            }
            _ => Error::io(path, e),
        })?;
        Self::parse(path, &text)
    }

    /// All shipped profiles.
    pub fn shipped() -> Vec<Self> {
        BUILTIN.iter().filter_map(|(name, text)| Self::parse(name.as_ref(), text).ok()).collect()
    }

    /// Parses a profile; `path` stands in complaints.
    ///
    /// # Errors
    /// When it is no profile, with line and key.
    pub fn parse(path: &Path, text: &str) -> Result<Self> {
        let profile: Self = toml_file::parse(path, text)?;
        let complain = |key: &[&str], problem: &str| Err(toml_file::complain(path, text, key, problem));
        if profile.version != VERSION {
            return complain(&["version"], &format!("this program reads version {VERSION}"));
        }
        if !(profile.rejected > 0.0 && profile.rejected <= 1.0) {
            return complain(&["rejected"], "give a share above 0.0, at most 1.0");
        }
        for (category, share) in &profile.prevalence {
            if !(*share > 0.0 && *share < 1.0) {
                return complain(&["prevalence", category.id()], "give a share between 0.0 and 1.0");
            }
        }
        for cause in &profile.causes {
            let weights =
                cause.weights.iter().all(|(c, w)| cause.categories.contains(c) && *w > 0.0 && w.is_finite());
            if !(cause.share > 0.0 && cause.share <= 1.0) || cause.categories.is_empty() || !weights {
                let problem = format!(
                    "cause `{}` needs a share above 0.0 and at most 1.0, at least one category, and weights above 0.0 \
                     only for categories that it lists",
                    cause.name
                );
                return complain(&["cause"], &problem);
            }
        }
        if profile.causes.iter().map(|cause| cause.share).sum::<f64>() > 1.0 + 1e-9 {
            return complain(&["cause"], "the shares add up to more than 1.0");
        }
        if profile.causes.is_empty() && profile.prevalence.is_empty() {
            return complain(
                &["prevalence"],
                "say how common at least one category is, here or as a [[cause]]",
            );
        }
        Ok(profile)
    }

    /// The share of images that have a category, where the profile says so.
    pub fn prevalence(&self, category: Category) -> Option<f64> {
        if let Some(share) = self.prevalence.get(&category) {
            return Some(*share);
        }
        let of_cause = |cause: &Cause| {
            let weight = |c: &Category| cause.weights.get(c).copied().unwrap_or(1.0);
            let part = cause.categories.contains(&category).then(|| weight(&category))?;
            let whole: f64 = cause.categories.iter().map(weight).sum();
            Some(self.rejected * cause.share * part / whole)
        };
        let parts: Vec<f64> = self.causes.iter().filter_map(of_cause).collect();
        (!parts.is_empty()).then(|| parts.iter().sum::<f64>().min(1.0 - 1e-9))
    }
}

/// Precision under a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restated {
    /// The profile's name.
    pub profile: String,
    /// What mix it is.
    pub description: String,
    /// The categories that the profile speaks of.
    pub categories: BTreeMap<Category, RestatedCategory>,
    /// Precision of all calls of these categories together.
    pub overall: Estimate,
}

/// One category under a profile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestatedCategory {
    /// Share of the images that have the defect.
    pub prevalence: f64,
    /// Of the images that would be called, the share that has the defect.
    pub precision: Estimate,
}

/// How a category is judged: its recall and specificity.
#[derive(Clone, Copy, Debug)]
struct Rates {
    prevalence: f64,
    recall: Estimate,
    specificity: Estimate,
}

impl Restated {
    /// Restates the precision of categories that are given with their recall and specificity.
    pub fn of(
        profile: &Profile,
        categories: impl IntoIterator<Item = (Category, Estimate, Estimate)>,
    ) -> Self {
        let rates: Vec<(Category, Rates)> = categories
            .into_iter()
            .filter(|(_, recall, specificity)| recall.value.is_some() && specificity.value.is_some())
            .filter_map(|(category, recall, specificity)| {
                Some((category, Rates { prevalence: profile.prevalence(category)?, recall, specificity }))
            })
            .collect();
        let each = rates.iter().map(|(category, rates)| {
            let precision = precision(std::slice::from_ref(rates));
            (*category, RestatedCategory { prevalence: rates.prevalence, precision })
        });
        let all: Vec<Rates> = rates.iter().map(|(_, rates)| *rates).collect();
        Self {
            profile: profile.name.clone(),
            description: profile.description.clone(),
            categories: each.collect(),
            overall: precision(&all),
        }
    }
}

/// The precision of all calls, with an interval from those of recall and specificity: on the scale of log odds the
/// distances that each of them alone would move it are added as squares (MOVER: Zou and Donner 2008).
fn precision(rates: &[Rates]) -> Estimate {
    let chosen = |pick: &dyn Fn(&Estimate) -> Option<f64>,
                  flipped: &dyn Fn(&Estimate) -> Option<f64>|
     -> Vec<[f64; 2]> {
        rates.iter().map(|r| [pick(&r.recall), flipped(&r.specificity)].map(|v| v.unwrap_or(0.0))).collect()
    };
    let value_of = |points: &[[f64; 2]]| {
        let (mut right, mut wrong) = (0.0, 0.0);
        for (rate, [recall, specificity]) in rates.iter().zip(points) {
            right += rate.prevalence * recall;
            wrong += (1.0 - rate.prevalence) * (1.0 - specificity);
        }
        (right + wrong > 0.0).then(|| right / (right + wrong))
    };
    let middle = chosen(&|e| e.value, &|e| e.value);
    let (worst, best) = (chosen(&|e| e.low, &|e| e.low), chosen(&|e| e.high, &|e| e.high));
    let Some(value) = value_of(&middle) else { return Estimate::NONE };
    let odds = |p: f64| libm::log(p / (1.0 - p));
    let end = |extreme: &[[f64; 2]]| {
        if value <= 0.0 || value >= 1.0 {
            // No odds to add distances to: all moves at once, which is the widest that can be.
            return value_of(extreme).unwrap_or(value);
        }
        let mut squares = 0.0;
        for (i, side) in (0..rates.len()).flat_map(|i| [(i, 0), (i, 1)]) {
            let mut moved = middle.clone();
            moved[i][side] = extreme[i][side];
            let moved = value_of(&moved).map_or(0.0, |p| odds(p) - odds(value));
            squares += moved * moved;
        }
        let sign = if value_of(extreme) < Some(value) { -1.0 } else { 1.0 };
        1.0 / (1.0 + libm::exp(-(odds(value) + sign * squares.sqrt())))
    };
    let n = rates.iter().map(|r| r.recall.n + r.specificity.n).sum();
    let (low, high) = (end(&worst).min(value), end(&best).max(value));
    Estimate { value: Some(value), low: Some(low), high: Some(high), n, method: Method::Mover }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(k: u64, n: u64) -> Estimate {
        Estimate::wilson(k as f64 / n as f64, n as f64, n, Method::Wilson)
    }

    #[test]
    fn shipped_profiles_are_right_and_sum_to_their_shares() {
        assert_eq!(Profile::shipped().len(), BUILTIN.len());
        let g1 = Profile::find("published_g1").unwrap();
        let unclear: f64 = g1.causes[0].categories.iter().filter_map(|c| g1.prevalence(*c)).sum();
        assert!((unclear - 0.38).abs() < 1e-12, "{unclear}");
        assert_eq!(g1.prevalence(Category::SCREENSHOT), None);
    }

    #[test]
    fn precision_follows_bayes() {
        let profile =
            "version = 1\nname = \"p\"\ndescription = \"d\"\n[prevalence]\nblur = 0.01\nglare = 0.02\n";
        let profile = Profile::parse("p.toml".as_ref(), profile).unwrap();
        let rates = [
            (Category::BLUR, share(90, 100), share(95, 100)),
            (Category::GLARE, share(80, 100), share(1000, 1000)),
        ];
        let restated = Restated::of(&profile, rates);
        let blur = restated.categories[&Category::BLUR].precision;
        assert!((blur.value.unwrap() - 0.009 / (0.009 + 0.0495)).abs() < 1e-12);
        assert!(
            blur.low.unwrap() > 0.05
                && blur.high.unwrap() < 0.4
                && blur.low < blur.value
                && blur.value < blur.high
        );
        let glare = restated.categories[&Category::GLARE].precision;
        assert!(glare.value == Some(1.0) && glare.high == Some(1.0) && glare.low.unwrap() < 0.9);
        let right = 0.009 + 0.016;
        assert!((restated.overall.value.unwrap() - right / (right + 0.0495)).abs() < 1e-12);
    }

    #[test]
    fn mistakes_are_answered_with_line_and_key() {
        let head = "version = 1\nname = \"p\"\ndescription = \"d\"\n";
        for (rest, needle) in [
            ("[prevalence]\nblur = 1.5\n", "p.toml:5: `prevalence.blur`: give a share"),
            ("[prevalence]\nblurr = 0.5\n", "p.toml:5: "),
            ("colour = 1\n", "p.toml:4: unknown field `colour`"),
            ("", "`prevalence`: say how common"),
            ("rejected = 0.0\n[prevalence]\nblur = 0.5\n", "p.toml:4: `rejected`"),
        ] {
            let message =
                Profile::parse("p.toml".as_ref(), &format!("{head}{rest}")).unwrap_err().to_string();
            assert!(message.contains(needle), "{rest}: {message}");
        }
    }
}
