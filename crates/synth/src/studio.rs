//! The studio: from a shot to a photo, with the artwork of the last few cards kept at hand.

use std::collections::VecDeque;
use std::mem::take;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use retake_label::Record;
use retake_label::corpus::file_name;

use crate::body::{self, Portrait};
use crate::capture::{self, CardFace, Rendered};
use crate::card::{self, Blank, PrintedField, Rect};
use crate::defects::View;
use crate::file::{self, Exif, Orientation};
use crate::image::Rgb8;
use crate::scene::{FileFormat, Scene};
use crate::shot::Shot;
use crate::truth;
use crate::{Error, Result};

/// Resolution of a card's artwork, px per mm (600 dpi).
pub const ARTWORK_RESOLUTION: f64 = 600.0 / 25.4;

/// Resolution of a portrait before it is printed, px per mm (300 dpi).
const PORTRAIT_RESOLUTION: f64 = 300.0 / 25.4;

/// Cards whose artwork is kept, and those that more threads are at work with; images of one sample follow one another.
const KEPT: usize = 2;

/// A photo and the truth about it.
#[derive(Clone, Debug)]
pub struct Photo {
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// The truth.
    pub record: Record,
    /// The eight-bit picture before it was encoded.
    pub picture: Rgb8,
}

/// A printed card: its face for the camera, and what stands on it.
#[derive(Debug)]
pub struct PrintedCard {
    /// The kind of document, such as `driving_licence`.
    pub kind: String,
    /// What the camera sees.
    pub face: CardFace,
    /// The printed fields.
    pub fields: Vec<PrintedField>,
    /// The lines of the machine-readable zone; empty without one.
    pub mrz: Vec<String>,
    /// The face of the portrait: left, top, width, height, mm on the card.
    pub face_mm: Option<Rect>,
}

type Slot = Arc<OnceLock<Result<Arc<PrintedCard>, String>>>;

/// Takes photos of shots. Shared between threads.
#[derive(Debug)]
pub struct Studio {
    /// Designs printed without anyone's data, with the side's name; those that were asked for last come last.
    blanks: Mutex<Vec<(String, Arc<Blank>)>>,
    most_blanks: usize,
    cards: Mutex<VecDeque<(String, Slot)>>,
}

impl Default for Studio {
    fn default() -> Self {
        Self::new()
    }
}

impl Studio {
    /// A studio with nothing prepared, which keeps the background of every document that it meets.
    pub fn new() -> Self {
        Self::keeping(usize::MAX)
    }

    /// A studio that keeps the backgrounds of so many documents, those of the last photos. Each takes some 3 MB, and a third
    /// of a photo's time to be printed anew: enough for shots in the order of their documents, one more than there are threads.
    pub(crate) fn keeping(most_blanks: usize) -> Self {
        Self { blanks: Mutex::default(), most_blanks, cards: Mutex::default() }
    }

    /// Takes the photo of a shot and measures the truth about it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an edited shot that cannot be rendered, [`Error::Unknown`] for a design
    /// that does not exist.
    pub fn photograph(&self, shot: &Shot) -> Result<Photo> {
        self.photograph_staged(shot, &shot.staged()?)
    }

    /// [`Self::photograph`] of a shot that was staged already.
    pub(crate) fn photograph_staged(&self, shot: &Shot, scene: &Scene) -> Result<Photo> {
        let card = self.card(shot, scene)?;
        let (picture, layers) = capture::photograph(scene, card.as_deref().map(|c| &c.face))?;
        let record = record(shot, &View { scene, layers: &layers }, card.as_deref());
        drop(layers);
        let bytes = file::encode(&picture, &scene.file, Some(&exif(shot, scene)));
        Ok(Photo { bytes, record, picture })
    }

    /// [`Self::photograph`] of two shots of one card that were staged already, in less time than one after the other. Their
    /// scenes must be [painted alike](capture::are_painted_alike).
    pub(crate) fn photograph_both(&self, shots: [&Shot; 2], scenes: [&Scene; 2]) -> Result<Vec<Photo>> {
        let card = self.card(shots[0], scenes[0])?;
        let card = card.ok_or_else(|| Error::Invalid("a selfie shows no card".into()))?;
        let mut records = Vec::with_capacity(2);
        let pictures = capture::photograph_both(scenes, &card.face, &mut |k, layers| {
            records.push(record(shots[k], &View { scene: scenes[k], layers }, Some(&card)));
        })?;
        let photos = pictures.into_iter().zip(records).enumerate().map(|(k, (picture, record))| {
            let bytes = file::encode(&picture, &scenes[k].file, Some(&exif(shots[k], scenes[k])));
            Photo { bytes, record, picture }
        });
        Ok(photos.collect())
    }

    /// The frame of a shot before sensor and file, with its layers, and the scene that it shows.
    ///
    /// # Errors
    /// As [`Self::photograph`].
    pub fn render(&self, shot: &Shot) -> Result<(Scene, Rendered)> {
        let scene = shot.staged()?;
        let card = self.card(shot, &scene)?;
        let rendered = capture::render(&scene, card.as_deref().map(|c| &c.face))?;
        Ok((scene, rendered))
    }

    /// The card of a shot, ready for its scene; `None` for a selfie. Two threads that want the same card wait for one to make
    /// it.
    fn card(&self, shot: &Shot, scene: &Scene) -> Result<Option<Arc<PrintedCard>>> {
        let Some(document) = &shot.document else {
            self.make_room(KEPT - 1);
            return Ok(None);
        };
        let key = serde_json::to_string(&(document, &shot.persona, &shot.appearance))
            .map_err(|e| Error::Invalid(e.to_string()))?;
        let slot = self.slot(key);
        let made =
            slot.get_or_init(|| self.print(shot, document, scene).map(Arc::new).map_err(|e| e.to_string()));
        let card = made.clone().map_err(Error::Invalid)?;
        capture::prepare(scene, &card.face, |take| {
            let blank = self.blank(document)?;
            let portrait = sitting(shot, &blank);
            blank.press(&shot.persona, portrait.as_ref().map(|p| &p.image))?.bands(take);
            Ok(())
        })?;
        Ok(Some(card))
    }

    /// Prints a shot's card, ready for its scene.
    fn print(&self, shot: &Shot, document: &str, scene: &Scene) -> Result<PrintedCard> {
        let blank = self.blank(document)?;
        let portrait = sitting(shot, &blank);
        let mut pressing = blank.press(&shot.persona, portrait.as_ref().map(|p| &p.image))?;
        let face_mm = pressing.portrait_mm.zip(portrait.as_ref()).map(|([x, y, w, h], portrait)| {
            let (sx, sy) = (w / portrait.image.width as f64, h / portrait.image.height as f64);
            let [fx, fy, fw, fh] = portrait.face_box;
            [x + fx * sx, y + fy * sy, fw * sx, fh * sy]
        });
        drop(portrait);
        let face = CardFace::unprinted(pressing.size(), blank.size_mm(), blank.holograms()?.to_vec())?;
        let (fields, mrz) = (take(&mut pressing.fields), take(&mut pressing.mrz));
        capture::prepare(scene, &face, |take| {
            pressing.bands(take);
            Ok(())
        })?;
        Ok(PrintedCard { kind: blank.kind(), face, fields, mrz, face_mm })
    }

    fn blank(&self, document: &str) -> Result<Arc<Blank>> {
        let mut blanks = self.blanks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = blanks.iter().position(|(name, _)| name == document) {
            let known = blanks.remove(place);
            let blank = known.1.clone();
            blanks.push(known);
            return Ok(blank);
        }
        // What is let go makes room for the new one.
        let over = (blanks.len() + 1).saturating_sub(self.most_blanks).min(blanks.len());
        blanks.drain(..over);
        let (design, side) = card::find_side(document)?;
        let blank = Arc::new(Blank::new(&design, side, ARTWORK_RESOLUTION)?);
        blanks.push((document.to_owned(), blank.clone()));
        Ok(blank)
    }

    /// The place of a card, made or not; others make room for it.
    fn slot(&self, key: String) -> Slot {
        let mut kept = self.cards.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().position(|(k, _)| *k == key).and_then(|i| kept.remove(i));
        let (key, slot) = known.unwrap_or_else(|| (key, Slot::default()));
        kept.push_back((key, slot.clone()));
        drop(kept);
        self.make_room(KEPT);
        slot
    }

    /// Lets go of the cards that no thread is at work with and that were asked for longest ago, down to so many of all.
    fn make_room(&self, most: usize) {
        let mut kept = self.cards.lock().unwrap_or_else(PoisonError::into_inner);
        while kept.len() > most
            && let Some(oldest) = kept.iter().position(|(_, slot)| is_idle(slot))
        {
            kept.remove(oldest);
        }
    }
}

/// The truth about a photo.
fn record(shot: &Shot, view: &View<'_>, card: Option<&PrintedCard>) -> Record {
    truth::record(shot, view, card, file_name(shot.index, extension(view.scene)))
}

/// The portrait of a shot's holder for a side that has one.
fn sitting(shot: &Shot, blank: &Blank) -> Option<Portrait> {
    blank.portrait_area().map(|[_, _, w, h]| {
        let [width, height] = [w, h].map(|side| (side * PORTRAIT_RESOLUTION).round() as usize);
        body::portrait(&shot.appearance, shot.persona.signature_seed, width, height)
    })
}

/// Whether no thread makes a card or photographs it.
fn is_idle(slot: &Slot) -> bool {
    let made = slot.get().and_then(|made| made.as_ref().ok());
    Arc::strong_count(slot) == 1 && made.is_none_or(|card| Arc::strong_count(card) == 1)
}

/// What a phone writes about the shot into the file.
fn exif(shot: &Shot, scene: &Scene) -> Exif {
    let camera = &scene.camera;
    let [width, height] = camera.size.map(f64::from);
    let diagonal = (width * width + height * height).sqrt();
    // The diagonal of 36 x 24 mm film is 43.27 mm.
    let film = 43.27 * camera.focal_px() / diagonal;
    let (make, model) = camera.model.split_once(' ').unwrap_or(("", &camera.model));
    Exif {
        make: make.to_owned(),
        model: model.to_owned(),
        orientation: Orientation::Upright,
        taken: shot.taken,
        exposure_time: camera.exposure_time,
        f_number: camera.f_number,
        iso: camera.iso.round() as u16,
        focal_length: camera.focal_length,
        focal_length_35mm: film.round() as u16,
    }
}

/// The file name's ending for a scene's format.
fn extension(scene: &Scene) -> &'static str {
    match scene.file.format {
        FileFormat::Jpeg => "jpg",
        FileFormat::Png => "png",
    }
}
