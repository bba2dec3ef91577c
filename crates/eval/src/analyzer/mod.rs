//! The analyzer's side of the harness: what it is handed, and what it may answer.
//!
//! An analyzer in Rust is a type with two functions:
//!
//! ```
//! use retake_eval::analyzer::{Analyzer, Description, Outcome, Request, scored};
//! use retake_label::Category;
//!
//! struct SmallFiles;
//!
//! impl Analyzer for SmallFiles {
//!     fn describe(&self) -> Description {
//!         Description::new("small-files", "1.0", [Category::LOW_RESOLUTION])
//!     }
//!
//!     fn analyze(&self, request: &Request<'_>) -> Outcome {
//!         let judged = request.image.bytes().map(|file| {
//!             vec![scored(Category::LOW_RESOLUTION, 1.0 / (1.0 + file.len() as f64 / 2e5))]
//!         });
//!         Outcome::from(judged)
//!     }
//! }
//! ```

mod backchannel;
mod builtin;
mod command;
mod http;
mod image;
mod metadata;
mod oracle;
mod outcome;
mod predictions;
mod spec;

use std::time::{Duration, Instant};

pub use backchannel::Backchannel;
pub use command::Logs;
pub use http::http_presets;
pub use image::ImageSource;
pub use outcome::{Failure, FailureKind, Outcome, scored};
use retake_label::{Category, Role};
use serde::{Deserialize, Serialize};
pub use spec::{KINDS, Kind, Limits, Registry, Setup};

/// Something that looks at a picture and says which defects it sees.
///
/// # Contract
/// - `analyze` is called from several threads at once, in any order of images, and once per image.
/// - Nothing in a [`Request`] depends on the truth: ids are opaque, and the same picture may come under another
///   id in another run.
/// - A category that [`Description::categories`] does not list is *unsupported*: never asked about, no miss.
///   A listed category without a finding was looked for and not found: score 0, not present.
/// - A panic is caught by the harness and counts as [`FailureKind::Crash`] on that image.
pub trait Analyzer: Sync {
    /// Who it is, and which categories it can judge. Constant over its life.
    fn describe(&self) -> Description;

    /// Judges one picture.
    fn analyze(&self, request: &Request<'_>) -> Outcome;

    /// How many pictures it takes at once, where the work is done outside of this process: each then waits in a
    /// thread of its own while others read or render what comes next. `None`, the default: it works on the
    /// thread that calls it, and as many are called as the run has jobs.
    fn concurrency(&self) -> Option<usize> {
        None
    }

    /// Judges one picture and says what it took. The default times [`Analyzer::analyze`]; one that waits for its turn, or
    /// asks twice, knows better.
    fn answer(&self, request: &Request<'_>) -> Answered {
        let start = Instant::now();
        let outcome = self.analyze(request);
        Answered { outcome, latency: start.elapsed(), attempts: 1 }
    }
}

impl<A: Analyzer + ?Sized> Analyzer for Box<A> {
    fn describe(&self) -> Description {
        (**self).describe()
    }

    fn analyze(&self, request: &Request<'_>) -> Outcome {
        (**self).analyze(request)
    }

    fn concurrency(&self) -> Option<usize> {
        (**self).concurrency()
    }

    fn answer(&self, request: &Request<'_>) -> Answered {
        (**self).answer(request)
    }
}

/// An outcome, and what it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// What came of the request.
    pub outcome: Outcome,
    /// From the request, or from when the analyzer could turn to it, to the answer.
    pub latency: Duration,
    /// How often it was asked; more than once where the first asking broke a process or met a busy service.
    pub attempts: u32,
}

/// Who an analyzer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Its name, as it shall stand in reports.
    pub name: String,
    /// Its version, as it writes it.
    pub version: String,
    /// The categories that it can judge, sorted, each once.
    pub categories: Vec<Category>,
    /// The digest of what configures it, as `blake3:...`, where that is a file; else `""`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub configuration: String,
}

impl Description {
    /// A description; the categories may come in any order.
    pub fn new(
        name: impl Into<String>,
        version: impl Into<String>,
        categories: impl IntoIterator<Item = Category>,
    ) -> Self {
        let mut categories: Vec<_> = categories.into_iter().collect();
        categories.sort_unstable();
        categories.dedup();
        Self { name: name.into(), version: version.into(), categories, configuration: String::new() }
    }

    /// The same, configured by a file with this text.
    #[must_use]
    pub fn configured(self, text: &str) -> Self {
        Self { configuration: format!("blake3:{}", blake3::hash(text.as_bytes())), ..self }
    }

    /// Whether it can judge this category.
    pub fn supports(&self, category: Category) -> bool {
        self.categories.binary_search(&category).is_ok()
    }
}

/// One picture to judge.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Names the request: hexadecimal, without meaning, unique within the run.
    pub id: &'a str,
    /// What the picture is meant to show.
    pub role: Role,
    /// The picture, as a phone would have stored it.
    pub image: &'a ImageSource,
}
