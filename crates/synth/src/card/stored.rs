//! A picture at rest: sRGB colours, packed without loss.
//!
//! Blanks of all designs are kept for as long as photos are taken. Fine lines on flat ground have few colours and many runs
//! of one: numbers of colours and lengths of runs take a third of the bytes, and unpack as fast as bytes turn into light.

use rustc_hash::FxHashMap;

use super::canvas::Canvas;
use super::raster::Grid;
use super::reflectance::{Reflectance, from_code, to_code};
use crate::color::{ByteScale, linear_rgb};
use crate::image::Buffer;

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

impl Stored {
    pub(super) fn new(canvas: &Canvas) -> Self {
        let scale = ByteScale::new();
        // What each code becomes: there are far fewer codes than points.
        let byte = |code| (scale.of(from_code(code)) + 0.5) as u8;
        let codes: Vec<u16> = (0..=u16::MAX).map(|code| to_code(linear_rgb([byte(code); 3])[0])).collect();
        // Most points are like the one before them.
        let mut last = ([0; 3], [codes[0]; 3]);
        let points = canvas.image.points.iter().map(|point| {
            if *point != last.0 {
                last = (*point, point.map(|code| codes[usize::from(code)]));
            }
            last.1
        });
        let bands = pack(points);
        Self { grid: canvas.grid, bands }
    }

    /// The picture, to be printed on.
    pub(super) fn canvas(&self) -> Canvas {
        let mut points = Buffer::unset(self.grid.width * self.grid.height, [0; 3]);
        unpack(&self.bands, &mut points);
        let image = Reflectance { width: self.grid.width, height: self.grid.height, points };
        Canvas { grid: self.grid, image }
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

fn unpack(bands: &[Band], mut out: &mut [[u16; 3]]) {
    for Band { palette, words } in bands {
        let mut words = words.as_slice();
        while let [count, rest @ ..] = words {
            let (numbers, rest) = rest.split_at(usize::from(*count));
            let (run, rest) = rest.split_first().map_or((0, rest), |(run, rest)| (usize::from(*run), rest));
            let (points, after) = out.split_at_mut(numbers.len());
            for (point, number) in points.iter_mut().zip(numbers) {
                *point = palette[usize::from(*number)];
            }
            let (same, after) = after.split_at_mut(run);
            same.fill(points.last().copied().unwrap_or_default());
            (out, words) = (after, rest);
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
        unpack(&bands, &mut back);
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
