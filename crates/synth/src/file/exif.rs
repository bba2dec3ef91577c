//! Capture metadata: a small EXIF writer (CIPA DC-008, Exif 2.32; the container is TIFF 6.0).

/// Which side of the stored picture is up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Orientation {
    /// As stored.
    #[default]
    Upright,
    /// To be turned by half.
    HalfTurn,
    /// To be turned clockwise by a quarter.
    QuarterTurn,
    /// To be turned anticlockwise by a quarter.
    ThreeQuarterTurn,
}

/// What a camera says of a photo. The picture's size is added when the file is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Exif {
    /// The maker of the camera, ASCII.
    pub make: String,
    /// The camera, ASCII.
    pub model: String,
    /// Which side is up.
    pub orientation: Orientation,
    /// Local time of the capture: year, month, day, hour, minute, second.
    pub taken: [u16; 6],
    /// Exposure time, s.
    pub exposure_time: f64,
    /// Focal length over aperture diameter.
    pub f_number: f64,
    /// ISO speed.
    pub iso: u16,
    /// Focal length, mm.
    pub focal_length: f64,
    /// Focal length that gives the same view on 36 x 24 mm film, mm.
    pub focal_length_35mm: u16,
}

/// A value of a tag, by its TIFF type.
enum Value {
    Ascii(String),
    Short(u16),
    Long(u32),
    Rational(u32, u32),
    Undefined([u8; 4]),
}

impl Value {
    /// TIFF's number of the type, the count of values, and the bytes.
    fn encode(&self) -> (u16, u32, Vec<u8>) {
        match self {
            Self::Ascii(text) => {
                let mut bytes: Vec<u8> = text.bytes().filter(u8::is_ascii).collect();
                bytes.push(0);
                (2, bytes.len() as u32, bytes)
            }
            Self::Short(value) => (3, 1, value.to_le_bytes().to_vec()),
            Self::Long(value) => (4, 1, value.to_le_bytes().to_vec()),
            Self::Rational(n, d) => (5, 1, [n.to_le_bytes(), d.to_le_bytes()].concat()),
            Self::Undefined(bytes) => (7, 4, bytes.to_vec()),
        }
    }
}

/// Where the first directory begins, behind the header.
const FIRST: u32 = 8;

impl Exif {
    /// The TIFF structure for a picture of this size, px.
    pub(super) fn to_tiff(&self, width: u32, height: u32) -> Vec<u8> {
        let [year, month, day, hour, minute, second] = self.taken;
        let taken = format!("{year:04}:{month:02}:{day:02} {hour:02}:{minute:02}:{second:02}");
        let orientation = match self.orientation {
            Orientation::Upright => 1,
            Orientation::HalfTurn => 3,
            Orientation::QuarterTurn => 6,
            Orientation::ThreeQuarterTurn => 8,
        };
        let image = |pointer| {
            directory(
                FIRST,
                &[
                    (0x010f, Value::Ascii(self.make.clone())),
                    (0x0110, Value::Ascii(self.model.clone())),
                    (0x0112, Value::Short(orientation)),
                    (0x011a, Value::Rational(72, 1)),
                    (0x011b, Value::Rational(72, 1)),
                    (0x0128, Value::Short(2)),
                    (0x0132, Value::Ascii(taken.clone())),
                    (0x0213, Value::Short(1)),
                    (0x8769, Value::Long(pointer)),
                ],
            )
        };
        // The pointer's size does not depend on its value.
        let pointer = FIRST + image(0).len() as u32;
        let photo = directory(
            pointer,
            &[
                (0x829a, exposure(self.exposure_time)),
                (0x829d, hundredths(self.f_number)),
                (0x8827, Value::Short(self.iso)),
                (0x9000, Value::Undefined(*b"0232")),
                (0x9003, Value::Ascii(taken.clone())),
                (0x9004, Value::Ascii(taken.clone())),
                (0x9101, Value::Undefined([1, 2, 3, 0])),
                (0x920a, hundredths(self.focal_length)),
                (0xa000, Value::Undefined(*b"0100")),
                (0xa001, Value::Short(1)),
                (0xa002, Value::Long(width)),
                (0xa003, Value::Long(height)),
                (0xa405, Value::Short(self.focal_length_35mm)),
            ],
        );
        [b"II\x2a\0".as_slice(), &FIRST.to_le_bytes(), &image(pointer), &photo].concat()
    }
}

/// A directory that begins at `offset`, with the values that do not fit into its entries behind it.
fn directory(offset: u32, entries: &[(u16, Value)]) -> Vec<u8> {
    let mut out = (entries.len() as u16).to_le_bytes().to_vec();
    let mut behind = Vec::new();
    let behind_offset = offset + 2 + 12 * entries.len() as u32 + 4;
    for (tag, value) in entries {
        let (kind, count, mut bytes) = value.encode();
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        if bytes.len() <= 4 {
            bytes.resize(4, 0);
            out.extend(bytes);
        } else {
            out.extend((behind_offset + behind.len() as u32).to_le_bytes());
            behind.extend(bytes);
            if behind.len() % 2 == 1 {
                behind.push(0);
            }
        }
    }
    out.extend(0u32.to_le_bytes());
    out.extend(behind);
    out
}

/// An exposure time as cameras write it: one over a whole number where it is short.
fn exposure(seconds: f64) -> Value {
    if seconds > 0.0 && seconds < 0.4 {
        Value::Rational(1, (1.0 / seconds).round() as u32)
    } else {
        Value::Rational((seconds * 10.0).round() as u32, 10)
    }
}

fn hundredths(value: f64) -> Value {
    Value::Rational((value * 100.0).round() as u32, 100)
}
