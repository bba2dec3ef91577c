//! The vocabulary of Retake and its contract on disk.
//!
//! Everything that crosses a boundary is named here once: the failure categories, the truth about an
//! image, an analyzer's findings, and the folder that holds a corpus. The renderer writes these types
//! and the harness reads them; neither sees the other, so what is not in this crate cannot leak.

mod category;
pub mod corpus;
mod error;
mod finding;
mod geometry;
mod manifest;
mod mask;
mod record;
mod state;

pub use category::{Category, Remedy, Subject};
pub use error::{Error, Result};
pub use finding::Finding;
pub use geometry::{BBox, Quad};
pub use manifest::{CategorySpec, MANIFEST_FORMAT, Manifest};
pub use mask::{Mask, Rle};
pub use record::{FieldTruth, PointSpread, Record, Region, Role};
pub use state::{Direction, MeasureSpec, State, Thresholds};
