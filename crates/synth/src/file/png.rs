//! PNG with capture metadata: `eXIf` and the XMP packet in an `iTXt` chunk (PNG specification, third edition).

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _};

use crate::image::Rgb8;

/// Signature and image header: the chunks behind may come in any order.
const HEAD: usize = 8 + 25;

/// Encodes a picture, losslessly.
///
/// # Panics
/// When the picture is empty or its data do not fit its size.
pub(super) fn encode(picture: &Rgb8, tiff: Option<&[u8]>, xmp: &str) -> Vec<u8> {
    let mut plain = Vec::new();
    PngEncoder::new_with_quality(&mut plain, CompressionType::Fast, FilterType::Adaptive)
        .write_image(&picture.data, picture.width as u32, picture.height as u32, ExtendedColorType::Rgb8)
        .expect("a picture in memory fits its size");
    let mut out = plain[..HEAD].to_vec();
    chunk(&mut out, b"sRGB", &[0]);
    if let Some(tiff) = tiff {
        chunk(&mut out, b"eXIf", tiff);
    }
    chunk(&mut out, b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", xmp.as_bytes()].concat());
    out.extend(&plain[HEAD..]);
    out
}

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    out.extend((data.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend(kind);
    out.extend(data);
    let sum = crc32(&out[start..]);
    out.extend(sum.to_be_bytes());
}

/// The cyclic redundancy check of ISO 3309, polynomial 0xedb88320 reflected.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    };
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    #[test]
    fn crc_of_the_standard_check_string() {
        assert_eq!(super::crc32(b"123456789"), 0xcbf4_3926);
    }
}
