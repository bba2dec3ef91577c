//! A picture at rest: sRGB colours, packed without loss.
//!
//! Blanks of all designs are kept for as long as photos are taken. Fine lines on flat ground have few colours and many runs
//! of one: numbers of colours and lengths of runs take a third of the bytes, and unpack as fast as bytes turn into light.

use rustc_hash::FxHashMap;

use super::canvas::Canvas;
use super::raster::Grid;
use super::reflectance::{from_code, to_code};
use crate::color::{ByteScale, linear_rgb};

/// Pixels like the one before them that are worth a run.
const LEAST_RUN: usize = 4;
/// The most that a word can number or count.
const MOST: usize = u16::MAX as usize;

/// A packed picture on its grid.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    grid: Grid,
    bands: Vec<Band>,
}

/// A part of a picture, pixel after pixel, with no more colours than a word can number.
#[derive(Clone, Debug, Default, PartialEq)]
struct Band {
    /// The colours as a face has them, in the order in which they appear.
    palette: Vec<[u16; 3]>,
    /// In turns: how many pixels come by the number of their colour, those numbers, and how many more are like the last.
    words: Vec<u16>,
}

/// What each code of a face becomes when it is packed: there are far fewer codes than points.
pub(super) struct Codes(Vec<u16>);

impl Codes {
    pub(super) fn new() -> Self {
        let scale = ByteScale::new();
        let byte = |code| (scale.of(from_code(code)) + 0.5) as u8;
        Self((0..=u16::MAX).map(|code| to_code(linear_rgb([byte(code); 3])[0])).collect())
    }
}

impl Stored {
    /// Nothing of a picture on this grid.
    pub(super) fn new(grid: Grid) -> Self {
        Self { grid, bands: Vec::new() }
    }

    /// Adds the rows below those that were added before.
    pub(super) fn add(&mut self, canvas: &Canvas, codes: &Codes) {
        // Most points are like the one before them.
        let mut last = ([0; 3], [codes.0[0]; 3]);
        let points = canvas.image.points.iter().map(|point| {
            if *point != last.0 {
                last = (*point, point.map(|code| codes.0[usize::from(code)]));
            }
            last.1
        });
        self.bands.extend(pack(points));
    }

    pub(super) fn grid(&self) -> Grid {
        self.grid
    }

    /// The picture, to be printed on from the top.
    pub(super) fn unpacking(&self) -> Unpacking<'_> {
        Unpacking::new(&self.bands)
    }
}

fn pack(points: impl Iterator<Item = [u16; 3]>) -> Vec<Band> {
    let mut points = points.peekable();
    let mut bands = Vec::new();
    while points.peek().is_some() {
        let mut band = pack_band(&mut points);
        band.palette.shrink_to_fit();
        band.words.shrink_to_fit();
        bands.push(band);
    }
    bands
}

/// Packs points until there are no more, or more colours than can be numbered.
fn pack_band(points: &mut core::iter::Peekable<impl Iterator<Item = [u16; 3]>>) -> Band {
    let mut band = Band::default();
    let mut numbers = FxHashMap::default();
    let mut fresh: Vec<u16> = Vec::new();
    while let Some(&point) = points.peek() {
        if band.palette.len() == MOST && !numbers.contains_key(&point) {
            break;
        }
        let number = *numbers.entry(point).or_insert_with(|| {
            band.palette.push(point);
            (band.palette.len() - 1) as u16
        });
        points.next();
        let mut more = 0;
        while more < MOST && points.next_if_eq(&point).is_some() {
            more += 1;
        }
        fresh.push(number);
        if more < LEAST_RUN {
            fresh.extend(core::iter::repeat_n(number, more));
            more = 0;
        }
        if more > 0 || fresh.len() + LEAST_RUN > MOST {
            band.put(&mut fresh, more);
        }
    }
    band.put(&mut fresh, 0);
    band
}

impl Band {
    /// Adds pixels by the numbers of their colours, and so many more like the last.
    fn put(&mut self, numbers: &mut Vec<u16>, more: usize) {
        if !numbers.is_empty() {
            self.words.push(numbers.len() as u16);
            self.words.append(numbers);
            self.words.push(more as u16);
        }
    }
}

/// A packed picture that is read from the first pixel on.
#[derive(Clone, Debug)]
pub(super) struct Unpacking<'a> {
    /// Those that follow.
    bands: core::slice::Iter<'a, Band>,
    palette: &'a [[u16; 3]],
    words: &'a [u16],
    /// Colours that come next, and then so many more like the last.
    numbers: &'a [u16],
    more: usize,
    last: [u16; 3],
}

impl<'a> Unpacking<'a> {
    fn new(bands: &'a [Band]) -> Self {
        Self { bands: bands.iter(), palette: &[], words: &[], numbers: &[], more: 0, last: [0; 3] }
    }

    /// Gets the next pixels; what is behind the last one stays as it is.
    pub(super) fn fill(&mut self, mut out: &mut [[u16; 3]]) {
        while !out.is_empty() {
            if !self.numbers.is_empty() {
                let (now, later) = self.numbers.split_at(self.numbers.len().min(out.len()));
                let (points, after) = out.split_at_mut(now.len());
                for (point, number) in points.iter_mut().zip(now) {
                    *point = self.palette[usize::from(*number)];
                }
                self.last = points.last().copied().unwrap_or_default();
                (self.numbers, out) = (later, after);
            } else if self.more > 0 {
                let (same, after) = out.split_at_mut(self.more.min(out.len()));
                same.fill(self.last);
                self.more -= same.len();
                out = after;
            } else if let [count, rest @ ..] = self.words {
                let (numbers, rest) = rest.split_at(usize::from(*count));
                self.numbers = numbers;
                (self.more, self.words) =
                    rest.split_first().map_or((0, rest), |(run, rest)| (usize::from(*run), rest));
            } else if let Some(Band { palette, words }) = self.bands.next() {
                (self.palette, self.words) = (palette, words);
            } else {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::pixel_hash;

    fn comes_back(points: &[[u16; 3]]) -> Vec<Band> {
        let bands = pack(points.iter().copied());
        let mut back = vec![[1; 3]; points.len()];
        Unpacking::new(&bands).fill(&mut back);
        assert!(back == points);
        let mut unpacking = Unpacking::new(&bands);
        back.fill([2; 3]);
        back.chunks_mut(37).for_each(|part| unpacking.fill(part));
        assert!(back == points);
        bands
    }

    #[test]
    fn runs_and_single_points_of_any_length_come_back() {
        let noise = |i: usize, k: u32| pixel_hash(5, i as u32, k, 0) as usize;
        let mut points = Vec::new();
        for i in 0..3000 {
            let point = core::array::from_fn(|k| (noise(i, k as u32) % 6 * 1000) as u16);
            let longest = [1, 2, 6, 100][noise(i, 3) % 4];
            points.extend(core::iter::repeat_n(point, 1 + noise(i, 4) % longest));
        }
        assert_eq!(comes_back(&points).len(), 1);
        comes_back(&[]);
        comes_back(&points[..1]);
    }

    #[test]
    fn flat_ground_takes_next_to_nothing() {
        let [band] = comes_back(&[[7, 8, 9]; 200_000]).try_into().unwrap();
        assert!(band.palette.len() == 1 && band.words.len() < 20, "{}", band.words.len());
    }

    #[test]
    fn more_colours_than_can_be_numbered_go_on_in_another_band() {
        let points: Vec<[u16; 3]> = (0..150_000u32).map(|i| [(i >> 16) as u16, i as u16, 3]).collect();
        assert_eq!(comes_back(&points).len(), 3);
    }
}
