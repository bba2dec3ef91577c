//! COCO object detection: a JSON file of images, categories and annotations in the folder or in `annotations/`. An image has what
//! is annotated on it, and no other category of the file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use retake_label::{Category, State};
use serde::Deserialize;

use super::{Form, Photo, Place, below, category, entries_of};
use crate::{Error, Result};

/// See the module.
pub(super) struct Coco;

/// The parts of a COCO file that say what is where.
#[derive(Deserialize)]
struct File {
    images: Vec<Image>,
    categories: Vec<Class>,
    annotations: Vec<Annotation>,
}

#[derive(Deserialize)]
struct Image {
    id: u64,
    file_name: String,
}

#[derive(Deserialize)]
struct Class {
    id: u64,
    name: String,
}

#[derive(Deserialize)]
struct Annotation {
    image_id: u64,
    category_id: u64,
}

impl Form for Coco {
    fn usage(&self) -> &'static str {
        "a COCO file with images, categories and annotations"
    }

    fn read(&self, folder: &Path) -> Result<Option<Vec<Photo>>> {
        let mut candidates = entries_of(folder)?;
        if folder.join("annotations").is_dir() {
            candidates.extend(entries_of(&folder.join("annotations"))?);
        }
        candidates.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        let mut photos = Vec::new();
        let mut found = false;
        for path in candidates {
            let text = std::fs::read_to_string(&path).map_err(|e| Error::io(&path, e))?;
            // Another file's business, unless it has the three keys.
            if !["\"images\"", "\"annotations\"", "\"categories\""].iter().all(|key| text.contains(key)) {
                continue;
            }
            let file: File = serde_json::from_str(&text)
                .map_err(|e| Error::format(&path, Some(e.line()), format!("no COCO file: {e}")))?;
            found = true;
            read_file(&file, &path, folder, &mut photos)?;
        }
        Ok(found.then_some(photos))
    }
}

fn read_file(file: &File, path: &Path, folder: &Path, photos: &mut Vec<Photo>) -> Result<()> {
    let place = Place { file: path.to_owned(), line: None };
    let mut classes: BTreeMap<u64, Category> = BTreeMap::new();
    for class in &file.categories {
        classes.insert(class.id, category(&class.name, &place)?);
    }
    // All categories of the file were looked for on all of its images.
    let absent: BTreeMap<_, _> = classes.values().map(|category| (*category, State::Absent)).collect();
    let mut of_file: BTreeMap<u64, Photo> = BTreeMap::new();
    for image in &file.images {
        let mut photo = Photo::new(below(&find(&image.file_name, path, folder), folder), place.clone());
        photo.image_id = Some(image.id.to_string());
        photo.said.clone_from(&absent);
        if of_file.insert(image.id, photo).is_some() {
            return Err(place.error(format!("a second image with the id {}", image.id)));
        }
    }
    for annotation in &file.annotations {
        let wrong =
            |what: &str, id| place.error(format!("an annotation of {what} {id}, which is not listed"));
        let photo =
            of_file.get_mut(&annotation.image_id).ok_or_else(|| wrong("image", annotation.image_id))?;
        let class = classes.get(&annotation.category_id);
        let class = class.ok_or_else(|| wrong("category", annotation.category_id))?;
        photo.said.insert(*class, State::Present);
    }
    photos.extend(of_file.into_values());
    Ok(())
}

/// Where an image lies: in the folder, beside the file, or in `images` of either. Where it is nowhere, the first place is told.
fn find(name: &str, path: &Path, folder: &Path) -> PathBuf {
    let beside = path.parent().unwrap_or(folder);
    let places = [
        folder.join(name),
        folder.join("images").join(name),
        beside.join(name),
        beside.join("images").join(name),
    ];
    places.iter().find(|place| place.is_file()).unwrap_or(&places[0]).clone()
}
