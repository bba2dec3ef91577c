//! Clipped light scattered into a halo, row by row: gathered in cells, spread by boxes, and added some rows later.

use retake_simd::{array, kernel};

use crate::image::{LightRows, widen};

/// Light above this share of white is scattered.
pub(super) const SCATTER_FROM: f32 = 1.4;
/// Shares of that light in the near and in the wide halo, and the box radii that make them, in cells.
const HALOS: [(f32, usize); 2] = [(0.012, 2), (0.009, 7)];
/// Boxes one after the other in each.
const BOXES: usize = 3;
/// Side of the cells that scattered light is gathered in, px.
const CELL: usize = 4;
/// How far the halo of a cell reaches, cells: that of the widest boxes, and one that is dark.
const REACH: usize = BOXES * HALOS[1].1 + 1;
/// Rows of pixels above a bright one that its halo reaches.
pub(super) const ROWS: usize = CELL * (REACH + 2);

type Pixel = [f32; 3];

/// The halo of a picture whose rows come from the top.
pub(super) struct Halo {
    /// Size of the picture, cells.
    size: [usize; 2],
    /// Height of the picture, px.
    height: usize,
    /// The row of cells that is being gathered.
    cells: Vec<Pixel>,
    /// What spreads it, from the first light on.
    glow: Option<Glow>,
}

impl Halo {
    /// Of a picture of this size, px.
    pub(super) fn new([width, height]: [usize; 2]) -> Self {
        let size = [width.div_ceil(CELL), height.div_ceil(CELL)];
        Self { size, height, cells: vec![[0.0; 3]; size[0]], glow: None }
    }

    /// Takes row `y` of light, which is the next one. Whether any of it is bright is known.
    #[inline(always)]
    pub(super) fn take(&mut self, y: usize, row: &[Pixel], bright: bool) {
        if bright {
            self.gather(y, row);
        }
        let last = y + 1 == self.height;
        let full = y % CELL == CELL - 1 || last;
        if full && let Some(glow) = &mut self.glow {
            glow.take(&self.cells);
            self.cells.fill([0.0; 3]);
            if last {
                glow.end();
            }
        }
    }

    #[inline(always)]
    fn gather(&mut self, y: usize, row: &[Pixel]) {
        self.glow.get_or_insert_with(|| Glow::new(self.size, y / CELL));
        for (cell, pixels) in self.cells.iter_mut().zip(row.chunks(CELL)) {
            for pixel in pixels {
                for k in 0..3 {
                    cell[k] += (pixel[k] - SCATTER_FROM).max(0.0) * (1.0 / (CELL * CELL) as f32);
                }
            }
        }
    }

    /// How many rows of the picture can be given their halo when so many have been taken.
    pub(super) fn ready(&self, taken: usize) -> usize {
        let known = taken.saturating_sub(ROWS);
        if taken == self.height { taken } else { known }
    }

    /// Writes the halo of a row that is ready; none if it is dark.
    #[inline(always)]
    pub(super) fn row<'a>(&self, y: usize, room: &'a mut Room) -> Option<&'a [Pixel]> {
        let glow = self.glow.as_ref()?;
        let place = ((y as f32 + 0.5) * (1.0 / CELL as f32) - 0.5).max(0.0);
        let first = (place as usize).min(self.size[1] - 1);
        let (second, t) = ((first + 1).min(self.size[1] - 1), place - first as f32);
        if second < glow.first {
            return None;
        }
        let dark = &room.dark[..];
        let at = |cell: usize| if cell < glow.first { dark } else { glow.halo.row(cell) };
        for (out, (a, b)) in room.cells.iter_mut().zip(at(first).iter().zip(at(second))) {
            *out = array!(3, |k| a[k] + (b[k] - a[k]) * t);
        }
        if room.cells.iter().flatten().all(|v| *v == 0.0) {
            return None;
        }
        widen::<CELL>(&room.cells, &mut room.pixels);
        Some(&room.pixels)
    }
}

/// Room for a row of halo.
pub(super) struct Room {
    dark: Vec<Pixel>,
    cells: Vec<Pixel>,
    pixels: Vec<Pixel>,
}

impl Room {
    /// For a picture so many pixels wide.
    pub(super) fn new(width: usize) -> Self {
        let cells = vec![[0.0; 3]; width.div_ceil(CELL)];
        Self { dark: cells.clone(), cells, pixels: vec![[0.0; 3]; width] }
    }
}

/// Rows of cells, blurred by boxes and added up.
struct Glow {
    /// The first row that is not dark.
    first: usize,
    boxes: [[Means; BOXES]; 2],
    halo: LightRows,
}

impl Glow {
    /// Of a picture of this size whose first row with light is given.
    fn new(size: [usize; 2], lit: usize) -> Self {
        let first = lit.saturating_sub(REACH);
        let boxes = HALOS.map(|(_, radius)| core::array::from_fn(|_| Means::new(size, first, radius)));
        let mut glow = Self { first, boxes, halo: LightRows::new(size, 4 * REACH) };
        let dark = vec![[0.0; 3]; size[0]];
        (first..lit).for_each(|_| glow.take(&dark));
        glow
    }

    fn take(&mut self, row: &[Pixel]) {
        let Self { boxes, halo, .. } = self;
        for (k, chain) in boxes.iter_mut().enumerate() {
            pass_on(chain, Some(row), &mut |y, blurred| add_share(k, blurred, halo.row_mut(y)));
        }
    }

    /// No more rows come.
    fn end(&mut self) {
        let Self { boxes, halo, .. } = self;
        for (k, chain) in boxes.iter_mut().enumerate() {
            for done in 0..BOXES {
                pass_on(&mut chain[done..], None, &mut |y, blurred| add_share(k, blurred, halo.row_mut(y)));
            }
        }
    }
}

/// Adds the share of one of the halos, of which the near one, the first, comes first.
fn add_share(k: usize, blurred: &[Pixel], halo: &mut [Pixel]) {
    let share = HALOS[k].0;
    for (sum, v) in halo.as_flattened_mut().iter_mut().zip(blurred.as_flattened()) {
        let before = if k == 0 { 0.0 } else { *sum };
        *sum = before + share * v;
    }
}

/// Sends a row, or the end of all rows, through boxes one after the other.
fn pass_on(chain: &mut [Means], row: Option<&[Pixel]>, out: &mut dyn FnMut(usize, &[Pixel])) {
    let Some((first, rest)) = chain.split_first_mut() else { return };
    let mut give = |y: usize, means: &[Pixel]| {
        if rest.is_empty() { out(y, means) } else { pass_on(rest, Some(means), out) }
    };
    match row {
        Some(row) => first.take(row, &mut give),
        None => first.end(&mut give),
    }
}

/// Means over `2 radius + 1` cells along both axes, of rows that come one after the other; outside is dark.
struct Means {
    radius: usize,
    height: usize,
    /// The first row, and how many have come and gone, counted from the top.
    first: usize,
    taken: usize,
    given: usize,
    rows: LightRows,
    /// Sums down the columns.
    columns: Vec<[f64; 3]>,
    out: Vec<Pixel>,
}

impl Means {
    fn new([width, height]: [usize; 2], first: usize, radius: usize) -> Self {
        Self {
            radius,
            height,
            first,
            taken: first,
            given: first,
            rows: LightRows::new([width, height], 2 * radius + 2),
            columns: vec![[0.0; 3]; width],
            out: vec![[0.0; 3]; width],
        }
    }

    fn take(&mut self, row: &[Pixel], give: &mut dyn FnMut(usize, &[Pixel])) {
        self.rows.row_mut(self.taken).copy_from_slice(row);
        add_row(self.rows.row(self.taken), 1.0, &mut self.columns);
        self.taken += 1;
        if self.taken > self.given + self.radius {
            self.give(give);
        }
    }

    fn end(&mut self, give: &mut dyn FnMut(usize, &[Pixel])) {
        while self.given < self.height {
            self.give(give);
        }
    }

    fn give(&mut self, give: &mut dyn FnMut(usize, &[Pixel])) {
        let y = self.given;
        if y - self.first > self.radius {
            add_row(self.rows.row(y - self.radius - 1), -1.0, &mut self.columns);
        }
        means_along(&self.columns, self.radius, &mut self.out);
        self.given += 1;
        give(y, &self.out);
    }
}

kernel! {
    /// Adds a row, times `sign`, to sums.
    fn add_row(row: &[[f32; 3]], sign: f64, sums: &mut [[f64; 3]]) {
        for (sum, v) in sums.as_flattened_mut().iter_mut().zip(row.as_flattened()) {
            *sum += sign * f64::from(*v);
        }
    }
}

kernel! {
    /// Means along a row of sums down the columns, by a running sum.
    fn means_along(columns: &[[f64; 3]], radius: usize, out: &mut [[f32; 3]]) {
        let side = (2 * radius + 1) as f64;
        let scale = 1.0 / (side * side);
        let mut sum = [0.0f64; 3];
        for column in &columns[..radius.min(columns.len())] {
            sum = array!(3, |k| sum[k] + column[k]);
        }
        for (x, out) in out.iter_mut().enumerate() {
            if let Some(column) = columns.get(x + radius) {
                sum = array!(3, |k| sum[k] + column[k]);
            }
            if x > radius {
                sum = array!(3, |k| sum[k] - columns[x - radius - 1][k]);
            }
            *out = array!(3, |k| (sum[k] * scale) as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The halo of a picture, row by row.
    fn halo(size: [usize; 2], light: impl Fn(usize, usize) -> f32) -> Vec<Option<Vec<Pixel>>> {
        let [width, height] = size;
        let (mut halo, mut room, mut rows) = (Halo::new(size), Room::new(width), Vec::new());
        for y in 0..height {
            let row: Vec<Pixel> = (0..width).map(|x| [light(x, y); 3]).collect();
            halo.take(y, &row, row.iter().any(|pixel| pixel[0] > SCATTER_FROM));
            for y in rows.len()..halo.ready(y + 1) {
                rows.push(halo.row(y, &mut room).map(<[Pixel]>::to_vec));
            }
        }
        rows
    }

    #[test]
    fn the_halo_of_a_spot_has_its_share_of_light_about_the_spot() {
        let spot = |x: usize, y: usize| {
            if (160..164).contains(&x) && (200..204).contains(&y) { SCATTER_FROM + 100.0 } else { 0.5 }
        };
        let rows = halo([320, 403], spot);
        assert_eq!(rows.len(), 403);
        let (mut sum, mut right, mut down) = (0.0, 0.0, 0.0);
        for (y, row) in rows.iter().enumerate() {
            for (x, pixel) in row.iter().flatten().enumerate() {
                let v = f64::from(pixel[1]);
                (sum, right, down) = (sum + v, right + v * x as f64, down + v * y as f64);
            }
        }
        let share: f64 = HALOS.iter().map(|(share, _)| f64::from(*share)).sum();
        assert!((sum / (1600.0 * share) - 1.0).abs() < 1e-3, "{sum}");
        let middle = [right / sum, down / sum];
        assert!((middle[0] - 161.5).abs() < 0.01 && (middle[1] - 201.5).abs() < 0.01, "{middle:?}");
        let lit = |y: usize| rows[y].as_ref().is_some_and(|row| row[161][0] > 1e-6);
        assert!(lit(201 - 80) && lit(201 + 80) && !lit(201 - ROWS) && !lit(201 + ROWS));
    }

    #[test]
    fn a_picture_without_clipped_light_has_none() {
        assert!(halo([64, 50], |_, _| SCATTER_FROM).iter().all(Option::is_none));
    }
}
