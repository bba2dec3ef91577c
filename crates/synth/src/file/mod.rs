//! The photo as a phone would store it: JPEG or PNG with capture metadata, and nothing that tells the label.
//!
//! The same picture gives the same bytes on every processor: the JPEG encoder is our own and works in
//! integers, and earlier generations (a messenger that shrank and re-encoded the photo) are computed without a
//! foreign decoder. Every file carries the IPTC digital source type of synthetic media.

mod exif;
pub mod jpeg;
mod png;
mod resize;
#[cfg(test)]
mod tests;
mod xmp;

pub use exif::{Exif, Orientation};

use std::borrow::Cow;

use crate::image::Rgb8;
use crate::scene::{FileFormat, FileSpec};

/// Encodes a picture as `spec` asks: its earlier generations first, then the file with its metadata.
/// Without `exif` the file has no capture metadata, as after a messenger.
///
/// The stored picture has the size of `picture`: what a messenger shrank is enlarged again, as a screen or an upload
/// form does, so that labels in pixels hold.
///
/// # Panics
/// When the picture is empty, has a side above 65500 px, or its data do not fit its size.
pub fn encode(picture: &Rgb8, spec: &FileSpec, exif: Option<&Exif>) -> Vec<u8> {
    let picture = age(picture, spec);
    let tiff = exif.map(|exif| exif.to_tiff(picture.width as u32, picture.height as u32));
    match spec.format {
        FileFormat::Jpeg => {
            let mut segments = match &tiff {
                Some(tiff) => jpeg::segment(jpeg::APP1, &[b"Exif\0\0", tiff]),
                None => jpeg::JFIF.to_vec(),
            };
            segments.extend(jpeg::segment(jpeg::APP1, &[xmp::SIGNATURE, xmp::PACKET.as_bytes()]));
            jpeg::encode(&picture, spec.quality, jpeg::Chroma::of(spec.subsample), &segments)
        }
        FileFormat::Png => png::encode(&picture, tiff.as_deref(), xmp::PACKET),
    }
}

/// The picture after its earlier generations, at its own size again.
fn age<'a>(picture: &'a Rgb8, spec: &FileSpec) -> Cow<'a, Rgb8> {
    let mut aged = Cow::Borrowed(picture);
    for (longer, quality) in &spec.history {
        let size = [aged.width as u32, aged.height as u32];
        let [width, height] = resize::fitted(size, *longer).map(|side| side as usize);
        if (width, height) != (aged.width, aged.height) {
            aged = Cow::Owned(resize::resized(&aged, width, height));
        }
        aged = Cow::Owned(jpeg::round_trip(&aged, *quality, jpeg::Chroma::Half));
    }
    if (aged.width, aged.height) != (picture.width, picture.height) {
        aged = Cow::Owned(resize::resized(&aged, picture.width, picture.height));
    }
    aged
}
