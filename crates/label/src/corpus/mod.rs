//! The corpus as a folder: written by several threads, resumable, sharded, and proved by one digest.
//!
//! ```text
//! DIR/manifest.json        what the corpus is; written last, so a folder without it is unfinished
//! DIR/README.md            dataset card        DIR/croissant.json        DIR/coco.json
//! DIR/test/metadata.jsonl  one line per image  DIR/test/images/000000012.jpg
//! DIR/test/test-000000.tar the `webdataset` layout: 000000012.jpg and 000000012.json, a bounded number a tar
//! ```
//!
//! Invariants:
//! - What stands under its final name is whole: everything is written beside it and renamed.
//! - A finished folder depends on recipe, seed and generator only: not on the number of threads, the order
//!   of writing, interruptions, or the shards it was joined from.
//! - The digest covers every image byte and every label, and is the same in both layouts.

mod atomic;
mod check;
mod contents;
mod digest;
pub mod export;
mod journal;
mod layout;
mod merge;
mod plan;
mod reader;
mod tarball;
#[cfg(test)]
mod tests;
mod verify;
mod writer;

pub use check::check_record;
pub use contents::{Contents, Entry};
pub use digest::{Digest, metadata_line};
pub use layout::{
    IMAGES_PER_TAR, JOURNAL, Layout, MANIFEST, METADATA, Shard, file_name, image_id, shard_range,
};
pub use merge::merge;
pub use plan::Plan;
pub use reader::Corpus;
pub use verify::{Report, verify};
pub use writer::{Opened, Writer};
