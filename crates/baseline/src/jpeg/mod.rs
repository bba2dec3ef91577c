//! Photos as cameras write them, decoded to what is measured: brightness at full resolution, and colour differences as stored.
//!
//! A general decoder enlarges the colour differences, turns every pixel into red, green and blue and interleaves them, which the
//! measures undo again. This one reads the sequential kind with Huffman codes of 8 bits a sample (ITU-T T.81, baseline) with three
//! components in one scan, of brightness and colour differences (JFIF). For any other, and for whatever is not right to the last
//! marker, it gives nothing, and the library decides.

mod huffman;
mod idct;

use huffman::{Bits, Table};
use idct::{Blocks, Steps};

/// A decoded photo.
#[derive(Debug)]
pub(crate) struct Photo {
    /// Width and height, px.
    pub(crate) size: [usize; 2],
    /// Brightness.
    pub(crate) luma: Samples,
    /// Blue and red less brightness, 128 for none.
    pub(crate) chroma: [Samples; 2],
    /// Pixels per sample of the differences, across and down: 1 or 2.
    pub(crate) factor: [usize; 2],
}

/// Samples of one component, with what fills up the last blocks.
#[derive(Debug)]
pub(crate) struct Samples {
    /// Samples from row to row.
    pub(crate) stride: usize,
    /// Row by row.
    pub(crate) values: Vec<u8>,
}

impl Samples {
    /// A row, with its filling.
    pub(crate) fn row(&self, y: usize) -> &[u8] {
        &self.values[y * self.stride..][..self.stride]
    }
}

/// The position of each coefficient in zigzag order (T.81, figure A.6), column by column.
#[rustfmt::skip]
const ZIGZAG: [u8; 64] = [
    0, 8, 1, 2, 9, 16, 24, 17, 10, 3, 4, 11, 18, 25, 32, 40, 33, 26, 19, 12, 5, 6, 13, 20, 27, 34, 41, 48, 56, 49, 42, 35, 28, 21,
    14, 7, 15, 22, 29, 36, 43, 50, 57, 58, 51, 44, 37, 30, 23, 31, 38, 45, 52, 59, 60, 53, 46, 39, 47, 54, 61, 62, 55, 63,
];

/// What the header says of a component.
struct Component {
    id: u8,
    /// Blocks of a unit, across and down.
    blocks: [usize; 2],
    quantisation: usize,
}

/// Decodes a photo of at most `most` pixels. The samples go where those of `memory` were. None for what is not of the usual kind
/// or not whole.
pub(crate) fn decode(file: &[u8], most: usize, memory: &mut [Vec<u8>; 3]) -> Option<Photo> {
    let mut header = Header::default();
    let scan = header.read(file)?;
    let [width, height] = header.size;
    if width * height > most {
        return None;
    }
    let [first, others @ ..] = header.components.as_slice() else { return None };
    let factor = first.blocks;
    if others.len() != 2
        || others.iter().any(|c| c.blocks != [1, 1])
        || factor.iter().any(|f| !(1..=2).contains(f))
    {
        return None;
    }
    let units = [width.div_ceil(8 * factor[0]), height.div_ceil(8 * factor[1])];
    let planes = [factor, [1, 1], [1, 1]].map(|blocks| [8 * blocks[0] * units[0], 8 * blocks[1] * units[1]]);
    let mut planes = core::array::from_fn(|k| {
        let [stride, rows] = planes[k];
        let mut values = std::mem::take(&mut memory[k]);
        values.resize(stride * rows, 0);
        Samples { stride, values }
    });
    if header.blocks(&scan, units, &mut planes).is_none() {
        *memory = planes.map(|plane| plane.values);
        return None;
    }
    let [first, blue, red] = planes;
    Some(Photo { size: header.size, luma: first, chroma: [blue, red], factor })
}

/// Tables and sizes, as read so far.
#[derive(Default)]
struct Header {
    size: [usize; 2],
    components: Vec<Component>,
    steps: [Option<Steps>; 4],
    /// Tables of differences of means (DC) and of the other coefficients (AC).
    codes: [[Option<Table>; 4]; 2],
    /// Units between restarts, 0 for none.
    restart: usize,
}

/// Where the coded data begin, and each component's tables.
struct Scan<'a> {
    data: &'a [u8],
    tables: [[usize; 2]; 3],
}

impl Header {
    /// Reads up to the coded data.
    fn read<'a>(&mut self, file: &'a [u8]) -> Option<Scan<'a>> {
        let mut rest = file.strip_prefix(&[0xff, 0xd8])?;
        loop {
            let [0xff, marker, high, low, ..] = *rest else { return None };
            let length = usize::from(u16::from_be_bytes([high, low]));
            let (body, after) = rest[2..].split_at_checked(length)?;
            let body = body.get(2..)?;
            rest = after;
            match marker {
                0xc0 => self.frame(body)?,
                0xc4 => self.huffman(body)?,
                0xdb => self.quantisation(body)?,
                0xdd => self.restart = usize::from(u16::from_be_bytes(body.try_into().ok()?)),
                0xda => return self.scan(body, rest),
                // Adobe's, which may say that the colours are others.
                0xee => return None,
                0xe0..=0xef | 0xfe => {}
                _ => return None,
            }
        }
    }

    fn frame(&mut self, body: &[u8]) -> Option<()> {
        let [8, h0, h1, w0, w1, 3, components @ ..] = body else { return None };
        let size = [[*w0, *w1], [*h0, *h1]].map(|bytes| usize::from(u16::from_be_bytes(bytes)));
        let (components, []) = components.as_chunks::<3>() else { return None };
        if !self.components.is_empty() || size.contains(&0) || components.len() != 3 {
            return None;
        }
        self.size = size;
        self.components.extend(components.iter().map(|[id, sampling, table]| Component {
            id: *id,
            blocks: [usize::from(sampling >> 4), usize::from(sampling & 15)],
            quantisation: usize::from(*table),
        }));
        // Without a word on the colours, these names say what they are.
        (self.components.iter().map(|c| c.id).ne(*b"RGB")).then_some(())
    }

    fn quantisation(&mut self, mut body: &[u8]) -> Option<()> {
        while let [place, rest @ ..] = body {
            let (steps, rest) = rest.split_first_chunk::<64>()?;
            *self.steps.get_mut(usize::from(*place))? = Some(Steps::new(steps));
            body = rest;
        }
        Some(())
    }

    fn huffman(&mut self, mut body: &[u8]) -> Option<()> {
        while let [place, rest @ ..] = body {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let total = counts.iter().map(|count| usize::from(*count)).sum();
            let (symbols, rest) = rest.split_at_checked(total)?;
            let class = usize::from(place >> 4);
            *self.codes.get_mut(class)?.get_mut(usize::from(place & 15))? =
                Some(Table::new(counts, symbols)?);
            body = rest;
        }
        Some(())
    }

    fn scan<'a>(&self, body: &[u8], data: &'a [u8]) -> Option<Scan<'a>> {
        let [3, a, of_a, b, of_b, c, of_c, 0, 63, 0] = *body else { return None };
        if self.components.iter().map(|c| c.id).ne([a, b, c]) {
            return None;
        }
        let tables = [of_a, of_b, of_c].map(|of| [usize::from(of >> 4), usize::from(of & 15)]);
        Some(Scan { data, tables })
    }

    /// Decodes all blocks into the planes.
    fn blocks(&self, scan: &Scan<'_>, units: [usize; 2], planes: &mut [Samples; 3]) -> Option<()> {
        let mut parts = Vec::new();
        for (component, [dc, ac]) in self.components.iter().zip(scan.tables) {
            let steps = self.steps.get(component.quantisation)?.as_ref()?;
            let tables = [self.codes[0].get(dc)?.as_ref()?, self.codes[1].get(ac)?.as_ref()?];
            parts.push((component.blocks, steps, tables));
        }
        units_of(&parts, Bits::new(scan.data), self.restart, units, planes)
    }
}

/// What is the same for all blocks of a component: how many a unit has, steps, and tables of codes.
type Part<'a> = ([usize; 2], &'a Steps, [&'a Table; 2]);

retake_simd::kernel! {
    /// Decodes unit by unit.
    fn units_of(
        parts: &[Part<'_>],
        bits: Bits<'_>,
        restart: usize,
        units: [usize; 2],
        planes: &mut [Samples; 3],
    ) -> Option<()> {
        let mut bits = bits;
        let mut means = [0i32; 3];
        let mut rows: Vec<Vec<Blocks>> = parts
            .iter()
            .map(|([across, down], ..)| (0..*down).map(|_| Blocks::new(across * units[0])).collect())
            .collect();
        let mut until = restart;
        let mut restarts = 0;
        for y in 0..units[1] {
            for x in 0..units[0] {
                if restart > 0 {
                    if until == 0 {
                        bits.restart(restarts % 8)?;
                        means = [0; 3];
                        (until, restarts) = (restart, restarts + 1);
                    }
                    until -= 1;
                }
                for (((blocks, steps, tables), rows), mean) in parts.iter().zip(&mut rows).zip(&mut means) {
                    for row in rows {
                        for k in 0..blocks[0] {
                            let (block, last) = row.block(x * blocks[0] + k);
                            *last = bits.block(*tables, mean, &steps.0, block)?;
                        }
                    }
                }
            }
            for (rows, plane) in rows.iter().zip(planes.iter_mut()) {
                for (k, row) in rows.iter().enumerate() {
                    let start = 8 * (y * rows.len() + k) * plane.stride;
                    row.put(&mut plane.values[start..], plane.stride);
                }
            }
        }
        bits.end()
    }
}

#[cfg(test)]
mod tests;
