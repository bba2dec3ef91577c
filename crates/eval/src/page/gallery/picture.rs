//! Small copies of the pictures that the gallery shows, with the truth about them.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use image::{DynamicImage, ImageReader};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use retake_label::{Category, Record, State};

use super::super::Limits;
use super::outline::outline;
use crate::corpus::Images;
use crate::parallel;

/// The longer side of a small copy, px.
const LONG: u32 = 480;
const QUALITY: u8 = 68;
/// The most memory that a picture may decode to, bytes; larger ones are not shown.
const DECODED: u64 = 512 << 20;

/// A picture as the page shows it.
pub(super) struct Picture {
    /// The picture's size before it was made small, px.
    pub(super) size: [u32; 2],
    /// The small copy, as a `data:` address.
    pub(super) address: String,
    /// The card's corners, px; empty without a card.
    pub(super) corners: Vec<[f64; 2]>,
    /// Lines around where each defect is that is present, px.
    pub(super) regions: Vec<(Category, Vec<Vec<[f64; 2]>>)>,
}

/// The pictures by index, or why one could not be had; an index that is in neither was over the limit.
#[derive(Default)]
pub(super) struct Album {
    pub(super) pictures: BTreeMap<usize, Picture>,
    pub(super) problems: BTreeMap<usize, String>,
}

impl Album {
    /// Makes the pictures of these indices, in this order, until the limit is reached. Works on all processors; the result
    /// does not depend on how many there are.
    pub(super) fn of(
        images: &dyn Images,
        wanted: &[usize],
        limits: Limits,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Self {
        let mut album = Self::default();
        let mut spent = 0;
        let done = AtomicUsize::new(0);
        for batch in wanted.chunks(8 * parallel::threads()) {
            let made = parallel::map(batch.len(), |at| {
                let made = picture(images, batch[at]);
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, wanted.len());
                made
            });
            for (index, made) in batch.iter().zip(made) {
                match made {
                    Ok(picture) if spent + picture.address.len() <= limits.picture_bytes => {
                        spent += picture.address.len();
                        album.pictures.insert(*index, picture);
                    }
                    Ok(_) => return album,
                    Err(problem) => {
                        album.problems.insert(*index, problem);
                    }
                }
            }
        }
        album
    }
}

fn picture(images: &dyn Images, index: usize) -> Result<Picture, String> {
    if index >= images.len() {
        return Err("the corpus has no such image".to_owned());
    }
    let sample = images.get(index).map_err(|e| e.to_string())?;
    let bytes = sample.image.bytes().map_err(|e| e.to_string())?;
    let decoded = decode(&bytes).map_err(|e| e.to_string())?;
    let address = address(&decoded).map_err(|e| e.to_string())?;
    Ok(Picture {
        size: [decoded.width(), decoded.height()],
        address,
        corners: sample.record.corners.clone(),
        regions: regions(&sample.record),
    })
}

fn decode(bytes: &[u8]) -> image::ImageResult<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(DECODED);
    reader.limits(limits);
    reader.decode()
}

fn address(picture: &DynamicImage) -> Result<String, jpeg_encoder::EncodingError> {
    let long = picture.width().max(picture.height());
    let small = if long > LONG { picture.thumbnail(LONG, LONG) } else { picture.clone() }.into_rgb8();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_optimized_huffman_tables(true);
    encoder.set_progressive(true);
    // At most `LONG`, so it fits.
    encoder.encode(small.as_raw(), small.width() as u16, small.height() as u16, ColorType::Rgb)?;
    Ok(format!("data:image/jpeg;base64,{}", base64::engine::general_purpose::STANDARD.encode(bytes)))
}

/// The outlines of what is present; a mask that cannot be read is left out.
fn regions(record: &Record) -> Vec<(Category, Vec<Vec<[f64; 2]>>)> {
    let present = |c: &Category| record.labels.get(c) == Some(&State::Present);
    let shown = record.regions.iter().filter(|region| present(&region.category));
    shown.filter_map(|region| Some((region.category, outline(&region.rle.to_mask().ok()?)))).collect()
}
