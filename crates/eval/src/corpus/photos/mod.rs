//! Real photos: a folder of a user's own pictures with nothing but labels.
//!
//! Three forms are understood; a new one is a file beside this and a line in [`FORMS`]. What such a corpus cannot have is
//! everything that only the maker of a picture knows: measures, severities, twins, masks and printed fields.

mod coco;
mod folders;
mod lines;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use retake_label::{
    Category, CategorySpec, Direction, MeasureSpec, PointSpread, Record, Role, State, Thresholds,
};

use super::{CorpusInfo, Images, Sample};
use crate::analyzer::ImageSource;
use crate::{Error, Result, parallel};

/// The name of the measure of a category that was labelled by hand.
pub(super) const BY_HAND: &str = "label by hand";

/// A way to lay labels beside pictures.
trait Form: Sync {
    /// How it is recognised, for people.
    fn usage(&self) -> &'static str;

    /// Reads a folder; `None` when it is not of this form.
    fn read(&self, folder: &Path) -> Result<Option<Vec<Photo>>>;
}

/// The forms, in the order in which they are tried.
const FORMS: &[&dyn Form] = &[&lines::Lines, &coco::Coco, &folders::Folders];

/// One picture and what a person said about it.
struct Photo {
    /// From the corpus folder.
    file: PathBuf,
    /// Where its label stands, for errors.
    place: Place,
    image_id: Option<String>,
    sample_id: Option<String>,
    role: Option<Role>,
    document: String,
    /// What was said of some categories.
    said: BTreeMap<Category, State>,
    /// Whether the categories that nothing was said of are absent, as in a list of what is there.
    complete: bool,
    scene: BTreeMap<String, String>,
}

/// The file and line of a label.
#[derive(Clone)]
struct Place {
    file: PathBuf,
    line: Option<usize>,
}

impl Place {
    fn error(&self, problem: impl Into<String>) -> Error {
        Error::format(&self.file, self.line, problem)
    }
}

impl Photo {
    fn new(file: PathBuf, place: Place) -> Self {
        Self {
            file,
            place,
            image_id: None,
            sample_id: None,
            role: None,
            document: String::new(),
            said: BTreeMap::new(),
            complete: true,
            scene: BTreeMap::new(),
        }
    }

    /// What the picture shows: what was said, else a face where only a face can have what is there.
    fn role(&self) -> Role {
        let present = |category: &Category| self.said[category] == State::Present;
        let of_a_face = |category: &Category| !category.can_apply_to(Role::DocumentFront);
        let guess = || {
            if self.said.keys().any(|c| present(c) && of_a_face(c))
                || self.said.keys().all(of_a_face) && !self.said.is_empty()
            {
                Role::Selfie
            } else {
                Role::DocumentFront
            }
        };
        self.role.unwrap_or_else(guess)
    }

    fn record(&self, index: usize, categories: &[Category], header: Header) -> Result<Record> {
        let role = self.role();
        let mut labels = BTreeMap::new();
        for category in categories {
            let applies = category.can_apply_to(role);
            let unsaid = if applies && self.complete { State::Absent } else { State::NotApplicable };
            let state = self.said.get(category).copied().unwrap_or(unsaid);
            if !applies && matches!(state, State::Present | State::Borderline) {
                return Err(self
                    .place
                    .error(format!("`{category}` cannot be on a picture of role `{role}`")));
            }
            labels.insert(*category, if applies { state } else { State::NotApplicable });
        }
        let image_id = self.image_id.clone().unwrap_or_else(|| retake_label::corpus::image_id(index as u64));
        Ok(Record {
            file_name: self.file.to_string_lossy().replace('\\', "/"),
            sample_id: self.sample_id.clone().unwrap_or_else(|| image_id.clone()),
            image_id,
            twin_of: String::new(),
            role,
            width: header.width,
            height: header.height,
            document: self.document.clone(),
            persona: String::new(),
            labels,
            measures: BTreeMap::new(),
            severities: BTreeMap::new(),
            corners: Vec::new(),
            corners_lost: 0,
            point_spread: PointSpread::default(),
            fields: Vec::new(),
            mrz: Vec::new(),
            face: Vec::new(),
            regions: Vec::new(),
            scene: self.scene.clone(),
            blake3: header.blake3,
        })
    }
}

/// What is computed from a picture's file.
struct Header {
    width: u32,
    height: u32,
    blake3: String,
}

impl Header {
    fn read(path: &Path, place: &Place) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => place.error(format!("there is no picture {}", path.display())),
            _ => Error::io(path, e),
        })?;
        let size = imagesize::blob_size(&bytes)
            .map_err(|e| Error::format(path, None, format!("not a picture that is known here: {e}")))?;
        let [width, height] = [size.width, size.height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
        Ok(Self { width, height, blake3: blake3::hash(&bytes).to_hex().to_string() })
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Photos {
    info: CorpusInfo,
    folder: PathBuf,
    records: Vec<Record>,
}

impl Photos {
    /// Opens a folder of labelled photos. Every file is read once, for its size and hash.
    ///
    /// # Errors
    /// When the folder has none of the known forms, or a label or picture is wrong.
    pub fn open(folder: &Path) -> Result<Self> {
        if !folder.is_dir() {
            let problem = if folder.exists() { "not a folder" } else { "there is no such folder" };
            return Err(Error::format(folder, None, format!("{problem}; a corpus is a folder")));
        }
        for form in FORMS {
            if let Some(photos) = form.read(folder)? {
                return Self::of(folder, &photos);
            }
        }
        let usages: Vec<_> = FORMS.iter().map(|form| form.usage()).collect();
        let problem = format!(
            "not a corpus: neither a manifest.json in it, as of a generated one, nor labels of your own: {}",
            usages.join("; ")
        );
        Err(Error::format(folder, None, problem))
    }

    fn of(folder: &Path, photos: &[Photo]) -> Result<Self> {
        if photos.is_empty() {
            return Err(Error::format(folder, None, "the corpus holds no images"));
        }
        let said: BTreeSet<Category> = photos.iter().flat_map(|photo| photo.said.keys().copied()).collect();
        let categories: Vec<Category> = said.into_iter().collect();
        if categories.is_empty() {
            return Err(Error::format(
                folder,
                None,
                "no label names any category, so there is nothing to score",
            ));
        }
        let headers = read_headers(folder, photos)?;
        let mut records = Vec::with_capacity(photos.len());
        let mut ids = BTreeSet::new();
        for (index, (photo, header)) in photos.iter().zip(headers).enumerate() {
            let record = photo.record(index, &categories, header)?;
            if !ids.insert(record.image_id.clone()) {
                return Err(photo.place.error(format!("a second image `{}`", record.image_id)));
            }
            records.push(record);
        }
        let info = CorpusInfo {
            name: folder
                .file_name()
                .map_or_else(|| "photos".into(), |name| name.to_string_lossy().into_owned()),
            digest: digest(&records)?,
            images: records.len() as u64,
            categories: categories.into_iter().map(by_hand).collect(),
        };
        Ok(Self { info, folder: folder.to_owned(), records })
    }
}

fn by_hand(category: Category) -> CategorySpec {
    let measure =
        MeasureSpec { name: BY_HAND.to_owned(), unit: String::new(), direction: Direction::HigherIsWorse };
    CategorySpec {
        id: category,
        title: category.title().to_owned(),
        measure,
        thresholds: Thresholds { absent: 0.0, present: 1.0 },
        roles: Role::ALL.into_iter().filter(|role| category.can_apply_to(*role)).collect(),
    }
}

/// Reads all files.
fn read_headers(folder: &Path, photos: &[Photo]) -> Result<Vec<Header>> {
    let read = |at: usize| Header::read(&folder.join(&photos[at].file), &photos[at].place);
    parallel::map(photos.len(), read).into_iter().collect()
}

/// Covers every picture and every label.
fn digest(records: &[Record]) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    for record in records {
        let line = serde_json::to_vec(record).map_err(|e| Error::io(&record.file_name, e.into()))?;
        hasher.update(&line).update(b"\n");
    }
    Ok(format!("blake3:{}", hasher.finalize().to_hex()))
}

impl Images for Photos {
    fn corpus(&self) -> &CorpusInfo {
        &self.info
    }

    fn len(&self) -> usize {
        self.records.len()
    }

    fn get(&self, index: usize) -> Result<Sample> {
        let record = self.records[index].clone();
        let path = self.folder.join(&record.file_name);
        let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, e))?;
        if blake3::hash(&bytes).to_hex().as_str() != record.blake3 {
            return Err(Error::format(path, None, "the picture was changed while it was evaluated"));
        }
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
        Ok(Sample { record, image: ImageSource::Bytes { bytes, extension } })
    }

    fn file(&self, index: usize) -> Option<PathBuf> {
        Some(self.folder.join(&self.records[index].file_name))
    }
}

/// A category, or what is wrong with it and where.
fn category(name: &str, place: &Place) -> Result<Category> {
    named(name).map_err(|problem| place.error(problem))
}

/// A category as people write it: `Glare`, `low-resolution`.
fn named(name: &str) -> Result<Category, String> {
    let id = name.trim().to_lowercase().replace([' ', '-'], "_");
    Category::from_id(&id).map_err(|e| e.to_string())
}

/// The folders in which a split may lie: the folder itself and those in it, by name.
fn folders_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = vec![folder.to_owned()];
    folders.extend(entries_of(folder)?.into_iter().filter(|path| path.is_dir()));
    Ok(folders)
}

/// What lies in a folder, by name, hidden files left out.
fn entries_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io(folder, e))?;
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    if let Ok(paths) = &mut paths {
        paths.retain(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')));
        paths.sort_unstable();
    }
    paths.map_err(|e| Error::io(folder, e))
}

/// A path below a folder, counted from there.
fn below(path: &Path, folder: &Path) -> PathBuf {
    path.strip_prefix(folder).unwrap_or(path).to_owned()
}
