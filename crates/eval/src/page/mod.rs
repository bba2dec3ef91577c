//! The report as a page: one HTML file that holds all that it shows, asks no network and needs no script to be read.
//!
//! Data goes one way: a run's report and entries become *views* (plain structures of words, numbers and drawings), a
//! template lays the views out, and the style and the script are put in at the end. Nothing statistical is computed here.
//!
//! Whatever an analyzer, a corpus or a recipe says is escaped where it enters the page: by the template engine in HTML and by
//! `svg` in drawings. A Content-Security-Policy names the one style and the one script by their hashes and allows nothing
//! else, so that even a hole in the escaping could not run.

mod cards;
mod comparison;
mod confusion;
mod gallery;
mod heat;
mod overview;
mod plot;
mod prevalence;
mod slices;
mod speed;
mod svg;
mod template;
mod thresholds;
mod verdict;
mod words;

pub(crate) use svg::escape;

use serde::Serialize;

use crate::compare::Comparison;
use crate::corpus::Images;
use crate::report::{Report, TimingReport};
use crate::run::Entry;
use crate::{Error, Result};

/// What a page shows.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    /// The run.
    pub run: Side<'a>,
    /// An earlier run on the same images, to show beside it.
    pub baseline: Option<Side<'a>>,
    /// The paired comparison of the baseline with the run.
    pub comparison: Option<&'a Comparison>,
    /// Where the pictures are.
    pub pictures: Pictures<'a>,
    /// How much to show.
    pub limits: Limits,
}

/// A run: its report, and what the report was made from.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The report.
    pub report: &'a Report,
    /// How fast it was, where that is known.
    pub timing: Option<&'a TimingReport>,
    /// The outcomes, by index.
    pub entries: &'a [Entry],
}

/// Where a page's pictures come from.
#[derive(Clone, Copy)]
pub enum Pictures<'a> {
    /// The images of the run's corpus, read or rendered as they are needed.
    From(&'a dyn Images),
    /// There are none, for this reason; the page says so and works without.
    None(&'a str),
}

/// How much a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Images shown per category and kind of error.
    pub per_kind: usize,
    /// Bytes of all pictures as they stand in the page; when they are spent, errors are listed without a picture.
    pub picture_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_kind: 12, picture_bytes: 8_000_000 }
    }
}

impl Page<'_> {
    /// The page as one HTML file.
    ///
    /// `progress` is told how many of how many pictures are done. A picture that cannot be had is said to be missing, and is
    /// no error.
    ///
    /// # Errors
    /// [`Error::Page`] when the baseline is a run on other images.
    pub fn html(&self, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<String> {
        if let Some(baseline) = self.baseline {
            let [run, other] = [self.run, baseline].map(|side| &side.report.run.corpus);
            if run.digest != other.digest {
                return Err(Error::Page(format!(
                    "the baseline is a run on other images ({}, {}) than the run ({}, {})",
                    other.name, other.digest, run.name, run.digest
                )));
            }
        }
        template::fill(&View {
            about: overview::About::of(self),
            verdict: verdict::sentences(self),
            overview: overview::Overview::of(self),
            comparison: self.comparison.map(comparison::Comparison::of),
            cards: cards::all(self),
            confusion: confusion::Confusion::of(self.run.report),
            slices: slices::Slices::of(self.run.report),
            thresholds: thresholds::Thresholds::of(self.run.report),
            prevalence: prevalence::Prevalence::of(self.run.report),
            speed: speed::Speed::of(self),
            gallery: gallery::Gallery::of(self, progress),
        })
    }
}

/// All that the template is given.
#[derive(Serialize)]
struct View {
    about: overview::About,
    verdict: Vec<String>,
    overview: overview::Overview,
    comparison: Option<comparison::Comparison>,
    cards: Vec<cards::Card>,
    confusion: confusion::Confusion,
    slices: slices::Slices,
    thresholds: Option<thresholds::Thresholds>,
    prevalence: prevalence::Prevalence,
    speed: Option<speed::Speed>,
    gallery: gallery::Gallery,
}
