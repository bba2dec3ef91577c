//! Baseline JPEG in integers, after ITU-T T.81: the same bytes on every processor.
//!
//! Every stage computes what libjpeg computes by default (its accurate integer transform `islow`, averaged
//! chroma, the standard tables scaled by quality, edges repeated into incomplete blocks), so a file is
//! equal to libjpeg's byte by byte, for every size; `scripts/peers/check_jpeg.py` proves it against
//! libjpeg-turbo. [`round_trip`] gives the pixels that libjpeg decodes, without entropy coding.

mod color;
mod decode;
mod entropy;
mod fdct;
mod idct;
mod tables;

use retake_simd::kernel;

use crate::image::Rgb8;
use color::Strip;
use entropy::BlockWriter;
use fdct::Work;
use tables::{Quantizer, ZIGZAG};

pub use decode::round_trip;

/// The application segment of EXIF and XMP.
pub(super) const APP1: u8 = 0xe1;

/// libjpeg's JFIF segment: version 1.1, no density.
pub const JFIF: [u8; 18] = *b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00";

/// Resolution of the two colour difference planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chroma {
    /// One sample for 2x2 pixels: 4:2:0.
    Half,
    /// One sample per pixel: 4:4:4.
    Full,
}

impl Chroma {
    /// Half resolution if `subsample`.
    pub fn of(subsample: bool) -> Self {
        if subsample { Self::Half } else { Self::Full }
    }

    /// Blocks in a unit.
    fn blocks(self) -> usize {
        self.factor() * self.factor() + 2
    }

    /// Samples of luma for one of chroma, along one axis.
    fn factor(self) -> usize {
        match self {
            Self::Half => 2,
            Self::Full => 1,
        }
    }
}

/// Eight by eight coefficients, row by row.
type Block = [i16; 64];

/// How a picture is divided into blocks.
#[derive(Clone, Copy, Debug)]
struct Grid {
    chroma: Chroma,
    /// Minimum coded units across and down.
    units: [usize; 2],
    /// Luma blocks across and down that hold pixels.
    blocks: [usize; 2],
}

impl Grid {
    fn new(picture: &Rgb8, chroma: Chroma) -> Self {
        let (size, unit) = ([picture.width, picture.height], 8 * chroma.factor());
        assert!(size.iter().all(|side| (1..=65500).contains(side)), "a side of {size:?} px cannot be stored");
        assert_eq!(picture.data.len(), 3 * size[0] * size[1], "three bytes a pixel");
        Self { chroma, units: size.map(|s| s.div_ceil(unit)), blocks: size.map(|s| s.div_ceil(8)) }
    }
}

/// Transforms and quantises the picture; hands out unit after unit: its luma blocks row by row (4 or 1),
/// then one block of each colour difference.
fn for_each_unit(
    picture: &Rgb8,
    grid: Grid,
    luma: &Quantizer,
    chroma: &Quantizer,
    f: &mut dyn FnMut(usize, usize, &[Block]),
) {
    for_each_row(picture, grid, luma, chroma, &mut |row, blocks| {
        for (column, unit) in blocks.chunks_exact(grid.chroma.blocks()).enumerate() {
            f(column, row, unit);
        }
    });
}

/// As [`for_each_unit`], a row of units at a time, which may be changed.
fn for_each_row(
    picture: &Rgb8,
    grid: Grid,
    luma: &Quantizer,
    chroma: &Quantizer,
    f: &mut dyn FnMut(usize, &mut [Block]),
) {
    let mut strip = Strip::new(grid.units[0], grid.chroma);
    let count = grid.chroma.blocks() * grid.units[0];
    let (mut work, mut blocks) = (vec![[[0; 8]; 8]; count], vec![[0i16; 64]; count]);
    for row in 0..grid.units[1] {
        color::fill_strip(&mut strip, picture, row);
        transform_row(&strip, grid, row, luma, chroma, &mut work, &mut blocks);
        f(row, &mut blocks);
    }
}

kernel! {
    /// Transforms and quantises one row of units.
    fn transform_row(
        strip: &Strip,
        grid: Grid,
        row: usize,
        luma: &Quantizer,
        chroma: &Quantizer,
        work: &mut [Work],
        blocks: &mut [Block],
    ) {
        let factor = grid.chroma.factor();
        let count = grid.chroma.blocks();
        for (column, unit) in work.chunks_exact_mut(count).enumerate() {
            let (lumas, differences) = unit.split_at_mut(count - 2);
            for (i, block) in lumas.iter_mut().enumerate() {
                let x = column * factor + i % factor;
                fdct::load(&strip.luma, strip.luma_width, 8 * x, 8 * (i / factor), block);
            }
            for (plane, block) in strip.chroma.iter().zip(differences) {
                fdct::load(plane, strip.chroma_width, 8 * column, 0, block);
            }
        }
        fdct::forward(work);
        for (work, blocks) in work.chunks_exact(count).zip(blocks.chunks_exact_mut(count)) {
            for (i, (work, block)) in work.iter().zip(blocks).enumerate() {
                let quantizer = if i < count - 2 { luma } else { chroma };
                quantizer.quantize(work.as_flattened(), block);
            }
        }
        for (column, blocks) in blocks.chunks_exact_mut(count).enumerate() {
            fill_outside(grid, [column, row], blocks);
        }
    }
}

/// Luma blocks of a unit without any pixel cost the least when they repeat the mean of the one before.
#[inline(always)]
fn fill_outside(grid: Grid, [column, row]: [usize; 2], blocks: &mut [Block]) {
    let factor = grid.chroma.factor();
    for v in 0..factor {
        for h in 0..factor {
            let (x, y, i) = (column * factor + h, row * factor + v, v * factor + h);
            if x >= grid.blocks[0] || y >= grid.blocks[1] {
                let last = if y < grid.blocks[1] { i - 1 } else { v * factor - 1 };
                let mean = blocks[last][0];
                blocks[i] = [0; 64];
                blocks[i][0] = mean;
            }
        }
    }
}

/// Encodes a picture. `quality` is 1-100 as libjpeg scales it; `segments` are whole application segments
/// that follow the start of the image.
///
/// # Panics
/// When the picture is empty, has a side above 65500 px, or its data do not fit its size.
pub fn encode(picture: &Rgb8, quality: u8, chroma: Chroma, segments: &[u8]) -> Vec<u8> {
    let grid = Grid::new(picture, chroma);
    let luma_table = tables::scaled(&tables::LUMA, quality);
    let chroma_table = tables::scaled(&tables::CHROMA, quality);
    let mut out = Vec::with_capacity(1024 + segments.len() + picture.data.len() / 8);
    out.extend([0xff, 0xd8]);
    out.extend(segments);
    write_headers(&mut out, picture, chroma, [&luma_table, &chroma_table]);

    let luma_codes = entropy::Codes::new(&tables::DC_LUMA, &tables::AC_LUMA);
    let chroma_codes = entropy::Codes::new(&tables::DC_CHROMA, &tables::AC_CHROMA);
    let mut writer = BlockWriter::new(out);
    let mut means = [0i16; 3];
    let quantizers = [Quantizer::new(&luma_table), Quantizer::new(&chroma_table)];
    let count = chroma.blocks();
    let mut masks = vec![0u64; count * grid.units[0]];
    for_each_row(picture, grid, &quantizers[0], &quantizers[1], &mut |_, blocks| {
        entropy::order(blocks, &mut masks);
        for (i, (block, mask)) in blocks.iter().zip(&masks).enumerate() {
            // Luma comes first; the last two blocks of a unit are the colour differences.
            let component = (i % count + 3).saturating_sub(count);
            let codes = if component == 0 { &luma_codes } else { &chroma_codes };
            writer.block(block, *mask, &mut means[component], codes);
        }
    });
    let mut out = writer.finish();
    out.extend([0xff, 0xd9]);
    out
}

/// A marker segment of these parts.
///
/// # Panics
/// When the parts exceed the 65533 bytes that a segment can hold.
pub(super) fn segment(marker: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = 2 + parts.iter().map(|part| part.len()).sum::<usize>();
    let length = u16::try_from(length).expect("a marker segment holds at most 65533 bytes");
    let mut out = vec![0xff, marker];
    out.extend(length.to_be_bytes());
    for part in parts {
        out.extend(*part);
    }
    out
}

/// Quantisation tables, frame, Huffman tables and scan, in libjpeg's order.
fn write_headers(out: &mut Vec<u8>, picture: &Rgb8, chroma: Chroma, quantization: [&[u16; 64]; 2]) {
    for (id, table) in (0u8..).zip(quantization) {
        let zigzag = ZIGZAG.map(|natural| table[natural] as u8);
        out.extend(segment(0xdb, &[&[id], &zigzag]));
    }
    let size = |side: usize| (side as u16).to_be_bytes();
    let sampling = (chroma.factor() << 4 | chroma.factor()) as u8;
    let components = [1, sampling, 0, 2, 0x11, 1, 3, 0x11, 1];
    out.extend(segment(0xc0, &[&[8], &size(picture.height), &size(picture.width), &[3], &components]));
    let huffman = [
        (0x00, &tables::DC_LUMA),
        (0x10, &tables::AC_LUMA),
        (0x01, &tables::DC_CHROMA),
        (0x11, &tables::AC_CHROMA),
    ];
    for (id, table) in huffman {
        out.extend(segment(0xc4, &[&[id], &table.counts, table.symbols]));
    }
    out.extend(segment(0xda, &[&[3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]]));
}
