//! Proof that a corpus is what it was when it was finished.
//!
//! Every byte counts: images by their hashes, labels by the digest, the manifest by its checksum, and what
//! is derived (the exports, the tars around their files) by deriving it again.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use super::atomic::Output;
use super::export;
use super::layout::base_name;
use super::reader::check_hash;
use super::{
    Contents, Digest, Entry, IMAGES_PER_TAR, Layout, MANIFEST, METADATA, Plan, check_record, image_id,
    tarball,
};
use crate::{Error, Record, Result};

/// What [`verify`] has proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Images, each with a matching hash and a label that holds its invariants.
    pub images: u64,
    /// Bytes of all image files.
    pub bytes: u64,
    /// The digest, recomputed.
    pub digest: String,
}

/// Checks a corpus folder: every file there and no other, every hash, every label, the digest, the exports.
/// `progress` is told how many images are done, and of how many.
///
/// # Errors
/// The first problem found, naming the file (and line) it is in.
pub fn verify(dir: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Report> {
    let contents = Contents::open(dir)?;
    check_manifest(&contents)?;
    let (report, names) = check_images(&contents, progress)?;
    let labels = match contents.layout {
        Layout::Dir => contents.paths.metadata(),
        Layout::WebDataset => contents.paths.data(),
    };
    if report.images != contents.manifest.count {
        let problem = format!("{} images, but the manifest says {}", report.images, contents.manifest.count);
        return Err(Error::format(labels, None, problem));
    }
    if report.digest != contents.manifest.digest {
        let problem =
            format!("the labels give {}, the manifest says {}", report.digest, contents.manifest.digest);
        return Err(Error::format(labels, None, problem));
    }
    if contents.layout == Layout::WebDataset {
        check_tars(&contents)?;
    }
    for exporter in export::for_layout(contents.layout) {
        let path = dir.join(exporter.file_name());
        if !is_same(&path, |out| exporter.write(&contents, out))? {
            return Err(Error::format(
                &path,
                None,
                "is not what the manifest and the labels give; it was changed",
            ));
        }
    }
    check_strays(&contents, &names)?;
    Ok(report)
}

fn check_manifest(contents: &Contents) -> Result<()> {
    let path = contents.paths.manifest();
    let manifest = &contents.manifest;
    let bad = |problem: String| Error::format(&path, None, problem);
    let text = fs::read_to_string(&path).map_err(|e| Error::io(&path, e))?;
    if manifest.to_file()? != text {
        return Err(bad("does not match its own checksum; it was changed".into()));
    }
    let plan =
        Plan::of(manifest).and_then(|plan| plan.check().map(|()| plan)).map_err(|e| bad(e.to_string()))?;
    let expected = plan.manifest();
    if (&expected.recipe_digest, expected.count) != (&manifest.recipe_digest, manifest.count) {
        return Err(
            bad("its recipe digest or count does not follow from its recipe, total and shard".into()),
        );
    }
    Ok(())
}

/// Checks images and labels in one pass; gives the names of the image files as well.
fn check_images(
    contents: &Contents,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(Report, BTreeSet<String>)> {
    let plan = Plan::of(&contents.manifest)?;
    let mut expected = plan.shard.range(plan.total);
    let mut digest = Digest::new();
    let mut names = BTreeSet::new();
    let mut scene_keys: Option<Vec<String>> = None;
    let mut bytes = 0;
    progress(0, contents.manifest.count);
    contents.visit(&mut |entry: Entry<'_>| {
        let index =
            expected.next().ok_or_else(|| entry.error("there are more labels than the manifest says"))?;
        check_label(&entry, index, &plan, &mut scene_keys)?;
        let image = entry.image()?;
        check_hash(&image, entry.record, entry.image)?;
        digest.push(entry.record, entry.line).map_err(|e| entry.error(e.to_string()))?;
        bytes += image.len() as u64;
        names.insert(base_name(&entry.record.file_name).to_owned());
        progress(names.len() as u64, contents.manifest.count);
        Ok(())
    })?;
    Ok((Report { images: names.len() as u64, bytes, digest: digest.finish() }, names))
}

fn check_label(
    entry: &Entry<'_>,
    index: u64,
    plan: &Plan,
    scene_keys: &mut Option<Vec<String>>,
) -> Result<()> {
    let record: &Record = entry.record;
    if record.image_id != image_id(index) {
        let problem = format!("`image_id` is `{}` where `{}` is due", record.image_id, image_id(index));
        return Err(entry.error(problem));
    }
    if record.file_name.split_once('.').is_none_or(|(stem, _)| stem != format!("images/{}", record.image_id))
    {
        return Err(entry.error(format!("`file_name` is `{}`, not that of its image", record.file_name)));
    }
    check_record(record, &plan.categories).map_err(|e| entry.error(e.to_string()))?;
    let keys: Vec<String> = record.scene.keys().cloned().collect();
    if *scene_keys.get_or_insert_with(|| keys.clone()) != keys {
        return Err(entry.error("the keys of `scene` are not those of the first line"));
    }
    Ok(())
}

/// Packs every tar again from its contents and compares, and checks that each holds what is its own.
fn check_tars(contents: &Contents) -> Result<()> {
    let plan = Plan::of(&contents.manifest)?;
    let range = plan.shard.range(plan.total);
    for tar in tarball::list(&contents.paths.data(), &contents.paths.split)? {
        let pairs = tarball::scan(&tar)?;
        let first: Option<u64> =
            pairs.first().and_then(|pair| pair.image.name.split('.').next()?.parse().ok());
        let number = first.map(|index| index / IMAGES_PER_TAR);
        let due =
            number.map(|n| (n * IMAGES_PER_TAR).max(range.start)..((n + 1) * IMAGES_PER_TAR).min(range.end));
        if number.map(|n| contents.paths.tar(n)).as_ref() != Some(&tar)
            || due.is_none_or(|due| due.end - due.start != pairs.len() as u64)
        {
            return Err(Error::format(&tar, None, "does not hold the images that its number stands for"));
        }
        let samples = pairs.iter().map(|pair| {
            let line = String::from_utf8(pair.label.read(&tar)?)
                .map_err(|_| Error::format(&tar, None, format!("{} is not UTF-8 text", pair.label.name)))?;
            Ok(tarball::Sample { image_name: pair.image.name.clone(), image: pair.image.read(&tar)?, line })
        });
        if !is_same(&tar, |out| tarball::pack(out, samples))? {
            return Err(Error::format(&tar, None, "was changed around the files in it"));
        }
    }
    Ok(())
}

/// Files and folders that do not belong to the corpus.
fn check_strays(contents: &Contents, names: &BTreeSet<String>) -> Result<()> {
    let paths = &contents.paths;
    let exports = export::for_layout(contents.layout).map(|exporter| exporter.file_name());
    let top: BTreeSet<&str> = exports.chain([MANIFEST, contents.manifest.split.as_str()]).collect();
    check_folder(&paths.dir, &|name| top.contains(name))?;
    match contents.layout {
        Layout::Dir => {
            check_folder(&paths.data(), &|name| name == METADATA || name == "images")?;
            check_folder(&paths.data().join("images"), &|name| names.contains(name))
        }
        Layout::WebDataset => {
            let tars: BTreeSet<PathBuf> = tarball::list(&paths.data(), &paths.split)?.into_iter().collect();
            check_folder(&paths.data(), &|name| tars.contains(&paths.data().join(name)))
        }
    }
}

fn check_folder(folder: &Path, belongs: &dyn Fn(&str) -> bool) -> Result<()> {
    let mut strays = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(|e| Error::io(folder, e))? {
        let name = entry.map_err(|e| Error::io(folder, e))?.file_name().to_string_lossy().into_owned();
        if !belongs(&name) {
            strays.insert(name);
        }
    }
    strays.first().map_or(Ok(()), |stray| {
        Err(Error::format(folder.join(stray), None, "does not belong to the corpus; remove it"))
    })
}

/// Whether a file holds exactly what `fill` writes.
fn is_same(path: &Path, fill: impl FnOnce(&mut Output<'_>) -> Result<()>) -> Result<bool> {
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    let mut compare =
        Compare { expected: BufReader::with_capacity(1 << 16, file), buffer: Vec::new(), same: true };
    fill(&mut Output::new(path, &mut compare))?;
    let ended = compare.expected.read(&mut [0]).map_err(|e| Error::io(path, e))? == 0;
    Ok(compare.same && ended)
}

/// A sink that compares what is written with a file.
struct Compare {
    expected: BufReader<File>,
    buffer: Vec<u8>,
    same: bool,
}

impl Write for Compare {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.same {
            self.buffer.resize(bytes.len(), 0);
            match self.expected.read_exact(&mut self.buffer) {
                Ok(()) => self.same = self.buffer == bytes,
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => self.same = false,
                Err(e) => return Err(e),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
