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
mod image;
mod oracle;
mod outcome;
mod predictions;
mod spec;

pub use backchannel::Backchannel;
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
}

impl<A: Analyzer + ?Sized> Analyzer for Box<A> {
    fn describe(&self) -> Description {
        (**self).describe()
    }

    fn analyze(&self, request: &Request<'_>) -> Outcome {
        (**self).analyze(request)
    }
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
        Self { name: name.into(), version: version.into(), categories }
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
