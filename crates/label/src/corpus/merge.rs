//! Joining the shards of one corpus.

use std::path::Path;

use super::reader::check_hash;
use super::{Contents, Entry, MANIFEST, Opened, Plan, Shard, Writer};
use crate::{Error, Manifest, Result};

/// Joins finished shards `1/N` to `N/N`, given in any order, into a new folder: the same bytes and digest as
/// one run would have given. An interrupted join is resumed by the same call. `progress` is told how many
/// images are done, and of how many.
///
/// # Errors
/// [`Error::Format`] when a folder is no finished shard, when two differ in anything but their part, or when
/// one is missing or there twice; [`Error::Io`].
pub fn merge(
    shards: &[impl AsRef<Path>],
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Manifest> {
    let mut parts = Vec::new();
    for dir in shards {
        let contents = Contents::open(dir.as_ref())?;
        let plan = Plan::of(&contents.manifest)
            .map_err(|e| Error::format(contents.dir().join(MANIFEST), None, e.to_string()))?;
        parts.push((plan, contents));
    }
    parts.sort_by_key(|(plan, _)| plan.shard);
    check_parts(&parts)?;
    let (first, _) = &parts[0];
    let plan = Plan { shard: Shard::WHOLE, ..first.clone() };
    let total = plan.total;
    let writer = match Writer::open(out, plan)? {
        Opened::Finished(manifest) => return Ok(*manifest),
        Opened::Unfinished(writer) => writer,
    };
    for (plan, contents) in &parts {
        copy(plan, contents, &writer, &mut |done| progress(done, total))?;
    }
    writer.finish()
}

fn copy(plan: &Plan, contents: &Contents, writer: &Writer, progress: &mut dyn FnMut(u64)) -> Result<()> {
    let range = plan.shard.range(plan.total);
    let mut indices = range.clone();
    contents.visit(&mut |entry: Entry<'_>| {
        let index =
            indices.next().ok_or_else(|| entry.error("there are more labels than its shard has images"))?;
        if !writer.is_done(index) {
            let image = entry.image()?;
            check_hash(&image, entry.record, entry.image)?;
            writer.put(index, entry.record, &image).map_err(|e| match e {
                Error::Invalid(problem) => entry.error(problem),
                other => other,
            })?;
        }
        progress(index + 1);
        Ok(())
    })?;
    if indices.start != range.end {
        let problem = format!("holds {} of {} images", indices.start - range.start, range.end - range.start);
        return Err(Error::format(contents.dir(), None, problem));
    }
    Ok(())
}

fn check_parts(parts: &[(Plan, Contents)]) -> Result<()> {
    let Some((first, contents)) = parts.first() else {
        return Err(Error::Invalid("no shards were given to join".into()));
    };
    for (plan, other) in parts {
        if let Some(difference) = first.difference(plan, false) {
            let problem = format!("no part of the corpus of {}: {difference}", contents.dir().display());
            return Err(Error::format(other.dir(), None, problem));
        }
        if plan.shard.parts() != first.shard.parts() {
            let problem = format!("is shard {}, others are of {}", plan.shard, first.shard.parts());
            return Err(Error::format(other.dir(), None, problem));
        }
    }
    for part in 1..=first.shard.parts() {
        let mut given =
            parts.iter().filter(|(plan, _)| plan.shard.part() == part).map(|(_, contents)| contents.dir());
        let Some(dir) = given.next() else {
            return Err(Error::Invalid(format!("shard {part}/{} is missing", first.shard.parts())));
        };
        if let Some(twice) = given.next() {
            let problem = format!("shard {part}/{} is also in {}", first.shard.parts(), dir.display());
            return Err(Error::format(twice, None, problem));
        }
    }
    Ok(())
}
