//! Takes the XMP packet out of a picture before an analyzer sees it.
//!
//! Generated pictures state there that they are synthetic (the IPTC's digital source type), which no photo that a user takes
//! does. What a phone writes, EXIF, stays. Anything that is not a well-formed JPEG or PNG is handed on as it is: what to
//! make of a damaged file is the analyzer's business.

/// What an XMP segment of a JPEG begins with (XMP specification, part 3, section 1.1.3).
const XMP_SEGMENT: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// The keyword of an XMP chunk of a PNG.
const XMP_CHUNK: &[u8] = b"XML:com.adobe.xmp\0";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The file without its XMP; `None` when it has none.
pub(super) fn without_xmp(file: &[u8]) -> Option<Vec<u8>> {
    let stripped = if file.starts_with(PNG) { png(file) } else { jpeg(file) };
    stripped.filter(|stripped| stripped.len() < file.len())
}

/// Copies segments up to the start of the scan, and all from there on.
fn jpeg(file: &[u8]) -> Option<Vec<u8>> {
    let mut rest = file.strip_prefix(b"\xff\xd8")?;
    let mut out = Vec::with_capacity(file.len());
    out.extend_from_slice(b"\xff\xd8");
    loop {
        let &[0xff, marker, high, low, ..] = rest else { return None };
        if marker == 0xda {
            out.extend_from_slice(rest);
            return Some(out);
        }
        let length = 2 + usize::from(u16::from_be_bytes([high, low]));
        let (segment, after) = rest.split_at_checked(length)?;
        if marker != 0xe1 || !segment.get(4..)?.starts_with(XMP_SEGMENT) {
            out.extend_from_slice(segment);
        }
        rest = after;
    }
}

fn png(file: &[u8]) -> Option<Vec<u8>> {
    let mut rest = file.strip_prefix(PNG)?;
    let mut out = Vec::with_capacity(file.len());
    out.extend_from_slice(PNG);
    while !rest.is_empty() {
        let length = usize::try_from(u32::from_be_bytes(*rest.first_chunk()?)).ok()?;
        // Length, type, data, check sum.
        let (chunk, after) = rest.split_at_checked(length.checked_add(12)?)?;
        if &chunk[4..8] != b"iTXt" || !chunk[8..].starts_with(XMP_CHUNK) {
            out.extend_from_slice(chunk);
        }
        rest = after;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
        let length = (data.len() as u16 + 2).to_be_bytes();
        [&[0xff, marker], &length[..], data].concat()
    }

    fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
        [&(data.len() as u32).to_be_bytes()[..], kind, data, b"crc!"].concat()
    }

    #[test]
    fn only_the_packet_goes() {
        let exif = segment(0xe1, b"Exif\0\0MM");
        let xmp = segment(0xe1, &[XMP_SEGMENT, b"<x/>"].concat());
        let tables = segment(0xdb, &[7; 65]);
        let scan =
            [&segment(0xda, b"..")[..], b"\xff\xe1\0\x1fhttp://ns.adobe.com/xap/1.0/\0 by chance\xff\xd9"]
                .concat();
        let with = [b"\xff\xd8", &exif[..], &xmp, &tables, &scan].concat();
        assert_eq!(without_xmp(&with).unwrap(), [b"\xff\xd8", &exif[..], &tables, &scan].concat());

        let (ihdr, idat, iend) = (chunk(b"IHDR", &[0; 13]), chunk(b"IDAT", b"data"), chunk(b"IEND", b""));
        let xmp = chunk(b"iTXt", &[XMP_CHUNK, b"\0\0\0\0<x/>"].concat());
        let comment = chunk(b"iTXt", b"Comment\0\0\0\0\0kept");
        let with = [PNG, &ihdr, &xmp, &comment, &idat, &iend].concat();
        assert_eq!(without_xmp(&with).unwrap(), [PNG, &ihdr, &comment, &idat, &iend].concat());

        for damaged in [
            &b"picture 7"[..],
            b"",
            b"\xff\xd8",
            b"\xff\xd8\xff\xe1\xff\xff",
            PNG,
            b"\x89PNG\r\n\x1a\n\xff\xff\xff\xff",
        ] {
            assert_eq!(without_xmp(damaged), None);
        }
    }
}
