//! Files in the corpus folder that open it in other tools. Each is derived from manifest and labels alone.
//!
//! Adding one is a file here and a line in `ALL`.

mod card;
mod coco;
mod croissant;
mod schema;

use super::atomic::Output;
use super::{Contents, Layout};
use crate::Result;

/// Writes one derived file.
pub(super) trait Exporter: Sync {
    /// The file's name in the corpus folder.
    fn file_name(&self) -> &'static str;

    /// The layouts that the file can describe.
    fn layouts(&self) -> &'static [Layout];

    /// Writes the file: the same bytes for the same contents.
    fn write(&self, contents: &Contents, out: &mut Output<'_>) -> Result<()>;
}

/// Every exporter.
pub(super) static ALL: &[&dyn Exporter] = &[&card::DatasetCard, &croissant::Croissant, &coco::Coco];

/// The exporters for this layout.
pub(super) fn for_layout(layout: Layout) -> impl Iterator<Item = &'static dyn Exporter> {
    ALL.iter().copied().filter(move |exporter| exporter.layouts().contains(&layout))
}

/// The names of the files that accompany a corpus of this layout.
pub fn file_names(layout: Layout) -> Vec<&'static str> {
    for_layout(layout).map(|exporter| exporter.file_name()).collect()
}
