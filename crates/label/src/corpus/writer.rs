//! Writing a corpus: from several threads, in any order, and on from where an earlier run ended.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::atomic::{self, Durability};
use super::export;
use super::journal::{Journal, Span};
use super::layout::{Paths, base_name};
use super::{
    Contents, Digest, IMAGES_PER_TAR, JOURNAL, Layout, MANIFEST, Plan, check_record, file_name, image_id,
    metadata_line, tarball,
};
use crate::{Error, Manifest, Record, Result};

/// What [`Writer::open`] found.
#[derive(Debug)]
pub enum Opened {
    /// A fresh or unfinished folder, ready for more images.
    Unfinished(Box<Writer>),
    /// The folder holds exactly this corpus already.
    Finished(Box<Manifest>),
}

/// A corpus folder that is being filled. All methods may be called from several threads.
#[derive(Debug)]
pub struct Writer {
    paths: Paths,
    plan: Plan,
    range: Range<u64>,
    state: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    journal: Journal,
    done: BTreeMap<u64, Span>,
    /// Being written by some thread.
    busy: BTreeSet<u64>,
    /// What all records must share: the keys of `scene` and, in tars, the image files' extension.
    shape: Option<Shape>,
}

#[derive(Clone, Debug, PartialEq)]
struct Shape {
    scene_keys: Vec<String>,
    extension: Option<String>,
}

impl Writer {
    /// Opens a folder for the corpus of this plan: a new or empty one, or one that an earlier run of the
    /// same plan left unfinished. Images that are there already are checked against their hashes.
    ///
    /// # Errors
    /// [`Error::Format`] when the folder holds something else, naming what differs; [`Error::Invalid`] when
    /// the plan cannot be carried out; [`Error::Io`].
    pub fn open(dir: &Path, plan: Plan) -> Result<Opened> {
        plan.check()?;
        fs::create_dir_all(dir).map_err(|e| Error::io(dir, e))?;
        let journal = dir.join(JOURNAL);
        if dir.join(MANIFEST).exists() {
            let manifest = Contents::open(dir)?.manifest;
            let there =
                Plan::of(&manifest).map_err(|e| Error::format(dir.join(MANIFEST), None, e.to_string()))?;
            same_plan(dir, &plan, &there)?;
            remove_if_there(&journal)?;
            return Ok(Opened::Finished(Box::new(manifest)));
        }
        if !journal.exists() {
            check_empty(dir)?;
        }
        let paths = Paths::new(dir, &plan.split);
        for folder in folders(&paths, plan.layout) {
            fs::create_dir_all(&folder).map_err(|e| Error::io(&folder, e))?;
        }
        let progress = if journal.exists() {
            resume(&journal, &plan, &paths)?
        } else {
            let journal = Journal::create(&journal, &plan)?;
            Progress { journal, done: BTreeMap::new(), busy: BTreeSet::new(), shape: None }
        };
        let range = plan.shard.range(plan.total);
        Ok(Opened::Unfinished(Box::new(Self { paths, plan, range, state: Mutex::new(progress) })))
    }

    /// The indices that belong into this folder.
    pub fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    /// Whether the image is there already.
    pub fn is_done(&self, index: u64) -> bool {
        self.lock().done.contains_key(&index)
    }

    /// How many images are there already.
    pub fn done(&self) -> u64 {
        self.lock().done.len() as u64
    }

    /// Stores an image and its label; `record.blake3` is filled in.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the index is not of this shard or was put before, or the record breaks an
    /// invariant; [`Error::Io`] when the disk does not take it.
    pub fn put(&self, index: u64, record: &Record, image: &[u8]) -> Result<()> {
        let extension = self.check(index, record)?;
        let mut record = record.clone();
        let line = metadata_line(&mut record, image)?;
        self.claim(index, &record, &extension)?;
        let stored = self.store(index, &record.file_name, &line, image);
        self.lock().busy.remove(&index);
        if let Some(tar) = stored? {
            self.pack(tar)?;
        }
        Ok(())
    }

    /// Checks a record and gives its image file's extension.
    fn check(&self, index: u64, record: &Record) -> Result<String> {
        if !self.range.contains(&index) {
            let Range { start, end } = self.range;
            return Err(Error::Invalid(format!(
                "image {index} is not of shard {}: {start}..{end}",
                self.plan.shard
            )));
        }
        if record.image_id != image_id(index) {
            let id = &record.image_id;
            return Err(Error::Invalid(format!(
                "image {index} has the id `{id}`, not `{}`",
                image_id(index)
            )));
        }
        let extension = record.file_name.rsplit('.').next().unwrap_or_default();
        if !["jpg", "png"].contains(&extension) || record.file_name != file_name(index, extension) {
            let (name, right) = (&record.file_name, file_name(index, "jpg"));
            return Err(Error::Invalid(format!(
                "image {index} has the file name `{name}`, not `{right}` or .png"
            )));
        }
        check_record(record, &self.plan.categories)?;
        Ok(extension.to_owned())
    }

    /// Reserves the index for this thread.
    fn claim(&self, index: u64, record: &Record, extension: &str) -> Result<()> {
        let shape = Shape {
            scene_keys: record.scene.keys().cloned().collect(),
            extension: (self.plan.layout == Layout::WebDataset).then(|| extension.to_owned()),
        };
        let mut state = self.lock();
        let first = state.shape.get_or_insert_with(|| shape.clone());
        if *first != shape {
            return Err(Error::Invalid(format!(
                "image {index} has the scene keys or suffix {shape:?}, others {first:?}; every line must have the \
                 same keys, and in tars every image the same suffix"
            )));
        }
        if state.done.contains_key(&index) || !state.busy.insert(index) {
            return Err(Error::Invalid(format!("image {index} was put twice")));
        }
        Ok(())
    }

    /// Writes the image, then its line; gives the number of the tar that is complete by it.
    fn store(&self, index: u64, file_name: &str, line: &str, image: &[u8]) -> Result<Option<u64>> {
        let path = self.paths.image(self.plan.layout, file_name);
        atomic::write(&path, Durability::Cached, |out| out.bytes(image))?;
        let mut state = self.lock();
        let span = state.journal.append(index, line)?;
        state.done.insert(index, span);
        let tar = index / IMAGES_PER_TAR;
        let members = self.members(tar);
        let complete = state.done.range(members.clone()).count() as u64 == members.end - members.start;
        Ok((self.plan.layout == Layout::WebDataset && complete).then_some(tar))
    }

    /// The indices of a tar that are of this shard.
    fn members(&self, tar: u64) -> Range<u64> {
        members_within(tar, &self.range)
    }

    /// Packs the images of a complete tar and removes the loose ones.
    fn pack(&self, number: u64) -> Result<()> {
        let path = self.paths.tar(number);
        let (spans, mut reader) = {
            let state = self.lock();
            let spans: Vec<Span> = state.done.range(self.members(number)).map(|(_, span)| *span).collect();
            (spans, state.journal.reader()?)
        };
        let mut staged = Vec::with_capacity(spans.len());
        let samples = spans.iter().map(|span| {
            let line = reader.line(*span)?;
            let name = brief(&line)?.file_name;
            let from = self.paths.image(self.plan.layout, &name);
            let image = fs::read(&from).map_err(|e| Error::io(&from, e))?;
            staged.push(from);
            Ok(tarball::Sample { image_name: base_name(&name).to_owned(), image, line })
        });
        atomic::write(&path, Durability::Synced, |out| tarball::pack(out, samples))?;
        staged.iter().try_for_each(|path| remove_if_there(path))
    }

    /// Completes the folder: labels in order, the exports, the manifest last, and the journal goes.
    ///
    /// # Errors
    /// [`Error::Invalid`] when images are missing; [`Error::Io`]. The folder can be resumed after either.
    pub fn finish(self) -> Result<Manifest> {
        self.check_complete()?;
        let mut manifest = self.plan.manifest();
        manifest.digest = match self.plan.layout {
            Layout::Dir => {
                let mut digest = String::new();
                atomic::write(&self.paths.metadata(), Durability::Synced, |out| {
                    digest = self.each_line(&mut |line| {
                        out.bytes(line.as_bytes())?;
                        out.bytes(b"\n")
                    })?;
                    Ok(())
                })?;
                digest
            }
            Layout::WebDataset => {
                self.pack_missing()?;
                self.each_line(&mut |_| Ok(()))?
            }
        };
        let contents = Contents::of(&self.paths.dir, manifest)?;
        for exporter in export::for_layout(self.plan.layout) {
            let path = self.paths.dir.join(exporter.file_name());
            atomic::write(&path, Durability::Synced, |out| exporter.write(&contents, out))?;
        }
        let manifest = contents.manifest.to_file()?;
        let path = self.paths.manifest();
        atomic::write(&path, Durability::Synced, |out| out.bytes(manifest.as_bytes()))?;
        drop(self.state);
        remove_if_there(&self.paths.dir.join(JOURNAL))?;
        Contents::open(&self.paths.dir).map(|contents| contents.manifest)
    }

    fn check_complete(&self) -> Result<()> {
        let state = self.lock();
        let missing = self.range.end - self.range.start - state.done.len() as u64;
        match self.range.clone().find(|index| !state.done.contains_key(index)) {
            None => Ok(()),
            Some(first) => {
                let dir = self.paths.dir.display();
                Err(Error::Invalid(format!(
                    "{dir}: {missing} images are missing, the first is {}",
                    image_id(first)
                )))
            }
        }
    }

    /// Packs what an interrupted run left loose.
    fn pack_missing(&self) -> Result<()> {
        if !self.range.is_empty() {
            for tar in self.range.start / IMAGES_PER_TAR..=(self.range.end - 1) / IMAGES_PER_TAR {
                if !self.paths.tar(tar).exists() {
                    self.pack(tar)?;
                }
            }
        }
        let staging = self.paths.staging();
        fs::remove_dir_all(&staging).map_err(|e| Error::io(&staging, e))
    }

    /// Hands out all lines by rising index and gives the digest over them.
    fn each_line(&self, f: &mut dyn FnMut(&str) -> Result<()>) -> Result<String> {
        let state = self.lock();
        let mut reader = state.journal.reader()?;
        let mut digest = Digest::new();
        for span in state.done.values() {
            let line = reader.line(*span)?;
            let brief = brief(&line)?;
            digest.push_parts(&brief.image_id, &brief.blake3, &line)?;
            f(&line)?;
        }
        Ok(digest.finish())
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        // A panic elsewhere cannot leave the maps half-changed: each is touched by single calls.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The keys of a line that writing needs.
#[derive(serde::Deserialize)]
struct Brief {
    file_name: String,
    image_id: String,
    blake3: String,
    #[serde(default)]
    scene: BTreeMap<String, serde::de::IgnoredAny>,
}

fn brief(line: &str) -> Result<Brief> {
    serde_json::from_str(line)
        .map_err(|e| Error::Invalid(format!("the journal holds a line that is no label: {e}")))
}

fn folders(paths: &Paths, layout: Layout) -> Vec<PathBuf> {
    match layout {
        Layout::Dir => vec![paths.data().join("images")],
        Layout::WebDataset => vec![paths.data(), paths.staging()],
    }
}

fn same_plan(dir: &Path, plan: &Plan, there: &Plan) -> Result<()> {
    plan.difference(there, true).map_or(Ok(()), |difference| {
        let problem = format!("holds another corpus: {difference}; choose another folder or remove it");
        Err(Error::format(dir, None, problem))
    })
}

fn check_empty(dir: &Path) -> Result<()> {
    for entry in fs::read_dir(dir).map_err(|e| Error::io(dir, e))? {
        let name = entry.map_err(|e| Error::io(dir, e))?.file_name().to_string_lossy().into_owned();
        if !atomic::is_part(&name) {
            let problem = format!("neither empty nor a corpus (there is `{name}`); choose a new folder");
            return Err(Error::format(dir, None, problem));
        }
    }
    Ok(())
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io(path, e)),
        _ => Ok(()),
    }
}

/// Reads the journal and keeps the images whose files are whole.
fn resume(journal: &Path, plan: &Plan, paths: &Paths) -> Result<Progress> {
    let range = plan.shard.range(plan.total);
    let mut found: BTreeMap<u64, (Span, Brief)> = BTreeMap::new();
    let (journal, there) = Journal::open(journal, &mut |index, line, span| {
        if let (true, Ok(brief)) = (range.contains(&index), brief(line)) {
            found.insert(index, (span, brief));
        }
    })?;
    same_plan(&paths.dir, plan, &there)?;
    sweep(paths, plan.layout)?;
    let shape = found.values().next().map(|(_, brief)| Shape {
        scene_keys: brief.scene.keys().cloned().collect(),
        extension: (plan.layout == Layout::WebDataset)
            .then(|| brief.file_name.rsplit('.').next().unwrap_or_default().to_owned()),
    });
    let mut done = BTreeMap::new();
    let tarred = match plan.layout {
        Layout::Dir => BTreeSet::new(),
        Layout::WebDataset => whole_tars(paths, &found, &range)?,
    };
    for (index, (span, brief)) in found {
        let path = paths.image(plan.layout, &brief.file_name);
        if tarred.contains(&index) {
            remove_if_there(&path)?;
            done.insert(index, span);
        } else if fs::read(&path).is_ok_and(|image| is_hash(&image, &brief.blake3)) {
            done.insert(index, span);
        }
    }
    Ok(Progress { journal, done, busy: BTreeSet::new(), shape })
}

fn is_hash(image: &[u8], hash: &str) -> bool {
    blake3::hash(image).to_hex().as_str() == hash
}

/// The images in whole tars. A tar that is not whole is removed, also one that was cut off between two images.
fn whole_tars(
    paths: &Paths,
    found: &BTreeMap<u64, (Span, Brief)>,
    range: &Range<u64>,
) -> Result<BTreeSet<u64>> {
    let mut tarred = BTreeSet::new();
    for tar in tarball::list(&paths.data(), &paths.split)? {
        match members_of(&tar, found).filter(|members| are_a_whole_tar(members, range)) {
            Some(members) => tarred.extend(members),
            None => remove_if_there(&tar)?,
        }
    }
    Ok(tarred)
}

/// Whether images, in the order of a tar, are all that it has of a range.
fn are_a_whole_tar(members: &[u64], range: &Range<u64>) -> bool {
    members
        .first()
        .is_some_and(|first| members.iter().copied().eq(members_within(first / IMAGES_PER_TAR, range)))
}

/// The indices of a tar that are in a range.
fn members_within(tar: u64, range: &Range<u64>) -> Range<u64> {
    let start = tar * IMAGES_PER_TAR;
    start.max(range.start)..(start + IMAGES_PER_TAR).min(range.end)
}

fn members_of(tar: &Path, found: &BTreeMap<u64, (Span, Brief)>) -> Option<Vec<u64>> {
    let file = fs::File::open(tar).ok()?;
    let member = |pair: tarball::Pair| {
        let index: u64 = pair.image.name.split('.').next()?.parse().ok()?;
        let image = pair.image.read_from(&file, tar).ok()?;
        is_hash(&image, &found.get(&index)?.1.blake3).then_some(index)
    };
    tarball::scan(tar).ok()?.into_iter().map(member).collect()
}

/// Removes what a killed process left half-written.
fn sweep(paths: &Paths, layout: Layout) -> Result<()> {
    let mut all = folders(paths, layout);
    all.extend([paths.dir.clone(), paths.data()]);
    for folder in all {
        for entry in fs::read_dir(&folder).map_err(|e| Error::io(&folder, e))? {
            let entry = entry.map_err(|e| Error::io(&folder, e))?;
            if atomic::is_part(&entry.file_name().to_string_lossy()) {
                remove_if_there(&entry.path())?;
            }
        }
    }
    Ok(())
}
