//! A folder per class, as the imagefolder loaders of Hugging Face and torchvision read it: `glare/1.jpg`, `clean/2.jpg`, also
//! below a folder per split. The class is the one defect of its pictures; one of the names for "none" means that they have none.

use std::path::Path;

use retake_label::State;

use super::{Form, Photo, Place, below, entries_of, named};
use crate::Result;

/// Folders of pictures without a defect.
const NONE: [&str; 6] = ["clean", "good", "ok", "none", "absent", "no_defect"];
/// Folders that hold folders of classes.
const SPLITS: [&str; 6] = ["train", "test", "validation", "val", "dev", "data"];
const PICTURES: [&str; 5] = ["jpg", "jpeg", "png", "webp", "bmp"];

/// See the module.
pub(super) struct Folders;

impl Form for Folders {
    fn usage(&self) -> &'static str {
        "a folder per category, and one called `clean`"
    }

    fn read(&self, folder: &Path) -> Result<Option<Vec<Photo>>> {
        let mut photos = Vec::new();
        for path in entries_of(folder)?.into_iter().filter(|path| path.is_dir()) {
            if SPLITS.contains(&name(&path).as_str()) {
                for class in entries_of(&path)?.into_iter().filter(|path| path.is_dir()) {
                    read_class(&class, folder, &mut photos)?;
                }
            } else {
                read_class(&path, folder, &mut photos)?;
            }
        }
        Ok((!photos.is_empty()).then_some(photos))
    }
}

fn read_class(class: &Path, folder: &Path, photos: &mut Vec<Photo>) -> Result<()> {
    let pictures: Vec<_> = entries_of(class)?.into_iter().filter(|path| is_picture(path)).collect();
    if pictures.is_empty() {
        return Ok(());
    }
    let place = Place { file: class.to_owned(), line: None };
    let class = if NONE.contains(&name(class).as_str()) {
        None
    } else {
        let hint =
            |problem: String| place.error(format!("{problem}; pictures without a defect lie in `clean`"));
        Some(named(&name(class)).map_err(hint)?)
    };
    photos.extend(pictures.into_iter().map(|path| {
        let mut photo = Photo::new(below(&path, folder), place.clone());
        photo.said.extend(class.map(|class| (class, State::Present)));
        photo
    }));
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().to_lowercase()
}

fn is_picture(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    PICTURES.contains(&extension.as_str())
}
