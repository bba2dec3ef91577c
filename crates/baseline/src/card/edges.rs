//! Edges of the working copy, and the straight lines that they form.

use super::geometry::{Line, Point, Quad, convex, distance, dot, minus};
use crate::picture::Working;
use crate::plane::{Plane, marked};

/// Weakest edge, byte scale per pixel: above the noise that averaging leaves.
const WEAKEST: f32 = 1.8;

/// Edges stronger than this all count alike, so that a faint long side can win over bold print.
const STRONG: f32 = 5.0;

/// Lines that are looked at, at most, of those nearer to level and of those nearer to upright: the grain of wood has many of one
/// direction.
const MOST_PER_DIRECTION: usize = 24;

/// Votes per unit of an edge's strength.
const VOTE: f32 = 8.0;

/// Directions told apart, per turn.
const BINS: usize = 360;

/// Directions by which edges are sorted for fitting, per turn.
const SECTORS: usize = 24;

/// A pixel on an edge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    /// Middle of the pixel.
    pub(crate) at: Point,
    /// Unit direction towards the brighter (or redder) side.
    pub(crate) normal: Point,
    /// Strength, byte scale per pixel.
    pub(crate) strength: f32,
}

/// The edges of a picture: as a list, and by pixel.
#[derive(Debug)]
pub(crate) struct Edges {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) list: Vec<Edge>,
    /// Index into the list plus one; 0 where there is no edge.
    pub(crate) index: Vec<u32>,
}

impl Edges {
    /// Sobel's differences on luma and on red minus blue, whichever is steeper, thinned to their ridges.
    pub(crate) fn of(work: &Working) -> Self {
        let (width, height) = (work.width(), work.height());
        let mut edges = Self { width, height, list: Vec::new(), index: vec![0; width * height] };
        if width <= 4 || height <= 4 {
            return edges;
        }
        let row = |plane: &'_ Plane, y: usize| y * plane.width..(y + 1) * plane.width;
        let luma = |y: usize| &work.luma.values[row(&work.luma, y)];
        // The rows round the one that is looked at: no plane of differences is kept.
        let mut chroma = [(); 3].map(|()| vec![0.0; width]);
        let mut slopes = [(); 3].map(|()| Slopes::new(width));
        let mut ridges = vec![0; width];
        for y in 0..height {
            chroma.rotate_left(1);
            let [red, _, blue] = &work.rgb;
            half_difference(&red.values[row(red, y)], &blue.values[row(blue, y)], &mut chroma[2]);
            if y < 2 {
                continue;
            }
            slopes.rotate_left(1);
            slopes[2].fill([y - 2, y - 1, y].map(luma), chroma.each_ref().map(Vec::as_slice));
            if y < 4 {
                continue;
            }
            let [above, here, below] = &slopes;
            let own = [&here.x, &here.y, &here.squares].map(Vec::as_slice);
            mark_ridges(own, [&above.squares, &below.squares], &mut ridges);
            edges.gather(here, &ridges, y - 2);
        }
        edges
    }

    /// Takes the marked pixels of a row.
    fn gather(&mut self, slopes: &Slopes, ridges: &[u8], y: usize) {
        for x in marked(ridges) {
            let strength = slopes.squares[x].sqrt();
            self.list.push(Edge {
                at: [x as f32 + 0.5, y as f32 + 0.5],
                normal: [slopes.x[x] / strength, slopes.y[x] / strength],
                strength,
            });
            self.index[y * self.width + x] = self.list.len() as u32;
        }
    }

    /// The edge at a pixel.
    #[inline]
    pub(crate) fn get(&self, x: f32, y: f32) -> Option<&Edge> {
        if x < 0.0 || y < 0.0 || x >= self.width as f32 || y >= self.height as f32 {
            return None;
        }
        let i = self.index[y as usize * self.width + x as usize] as usize;
        i.checked_sub(1).map(|i| &self.list[i])
    }

    /// The lines with most edges on them, best first (Hough transform in normal form, Duda and Hart 1972; each edge
    /// votes near its own direction only, so that the two sides of a stroke do not add up).
    pub(crate) fn lines(&self) -> Vec<Line> {
        let reach = ((self.width * self.width + self.height * self.height) as f32).sqrt() as usize + 2;
        let span = 2 * reach;
        let mut votes = vec![0u16; BINS * span];
        let turns: Vec<Point> = (0..BINS).map(direction).collect();
        let mut sectors: Vec<Vec<Edge>> = vec![Vec::new(); SECTORS];
        for edge in &self.list {
            let angle = libm::atan2f(edge.normal[1], edge.normal[0]);
            let bin = (angle * (BINS as f32 / core::f32::consts::TAU) + BINS as f32 + 0.5) as usize;
            sectors[bin % BINS * SECTORS / BINS].push(*edge);
            let weight = (edge.strength.min(STRONG) * VOTE) as u16;
            for k in bin + BINS - 2..=bin + BINS + 2 {
                let k = k % BINS;
                let offset = dot(turns[k], edge.at) + reach as f32;
                let vote = &mut votes[k * span + offset as usize];
                *vote = vote.saturating_add(weight);
            }
        }
        let least = 0.045 * STRONG * VOTE * self.width.min(self.height) as f32;
        let peaks = peaks(&votes, span, least as u32);
        let mut lines: Vec<Line> = Vec::new();
        for (k, offset) in peaks {
            let rough = Line { normal: turns[k], offset: offset as f32 + 0.5 - reach as f32 };
            // Edges within some 15 degrees of the line's direction.
            let sector = k * SECTORS / BINS;
            let near = [SECTORS - 1, 0, 1].map(|turn| sectors[(sector + turn) % SECTORS].as_slice());
            let line = fit(&near, &fit(&near, &rough, 3.0), 2.0);
            if !lines.iter().any(|other| alike(&line, other, self.width as f32, self.height as f32)) {
                lines.push(line);
            }
        }
        lines
    }
}

impl Edges {
    /// A quadrilateral with each side but the framed ones moved onto the edges beside it.
    pub(crate) fn refine(&self, quad: &Quad, framed: [bool; 4]) -> Quad {
        let sides: [Line; 4] = core::array::from_fn(|k| {
            let line = Line::through(quad[k], quad[(k + 1) % 4]);
            if framed[k] { line } else { self.refined(&line, quad[k], quad[(k + 1) % 4]) }
        });
        let refined = core::array::from_fn(|k| sides[(k + 3) % 4].meet(&sides[k]).unwrap_or(quad[k]));
        let moved = (0..4).map(|k| distance(refined[k], quad[k])).fold(0.0, f32::max);
        if moved < FARTHEST && convex(&refined) { refined } else { *quad }
    }

    /// The line through the edges beside a side.
    fn refined(&self, line: &Line, a: Point, b: Point) -> Line {
        let along = minus(b, a);
        let steps = distance(a, b) as usize;
        let mut beside = Vec::new();
        for k in steps / 20..steps * 19 / 20 {
            let t = k as f32 / steps as f32;
            for off in [0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0] {
                let p = [0, 1].map(|c| a[c] + along[c] * t + line.normal[c] * off);
                beside.extend(self.get(p[0], p[1]).copied());
            }
        }
        // The side's brighter part may be on either hand.
        let outward = beside.iter().filter(|e| dot(e.normal, line.normal) < 0.0).count();
        let turned = Line { normal: line.normal.map(|v| -v), offset: -line.offset };
        let line = if 2 * outward > beside.len() { &turned } else { line };
        let beside = [beside.as_slice()];
        fit(&beside, &fit(&beside, line, 3.0), 2.0)
    }
}

/// Farthest that a corner moves when an outline is refined, px.
const FARTHEST: f32 = 12.0;

/// The line through the edges within `near` px of a line, by total least squares.
fn fit(edges: &[&[Edge]], line: &Line, near: f32) -> Line {
    let mut sum = [0.0f32; 6];
    for edge in edges.iter().copied().flatten() {
        if line.distance(edge.at).abs() <= near && dot(line.normal, edge.normal) > 0.95 {
            let w = edge.strength.min(STRONG);
            let [x, y] = edge.at;
            for (s, v) in sum.iter_mut().zip([1.0, x, y, x * x, x * y, y * y]) {
                *s += w * v;
            }
        }
    }
    let [n, x, y, xx, xy, yy] = sum;
    if n <= 0.0 {
        return *line;
    }
    let (mx, my) = (x / n, y / n);
    let (a, b, c) = (xx / n - mx * mx, xy / n - mx * my, yy / n - my * my);
    // The normal is the direction of least variance.
    let angle = 0.5 * libm::atan2f(2.0 * b, a - c) + core::f32::consts::FRAC_PI_2;
    let mut normal = [libm::cosf(angle), libm::sinf(angle)];
    if dot(normal, line.normal) < 0.0 {
        normal = normal.map(|v| -v);
    }
    if dot(normal, line.normal) < 0.99 {
        return *line;
    }
    Line { normal, offset: normal[0] * mx + normal[1] * my }
}

/// Votes that are looked at together.
const VOTES: usize = 16;

/// The slopes of a row: of luma or of chroma, whichever is steeper. Nothing stands at its two ends.
#[derive(Debug)]
struct Slopes {
    x: Vec<f32>,
    y: Vec<f32>,
    squares: Vec<f32>,
}

impl Slopes {
    fn new(width: usize) -> Self {
        let [x, y, squares] = [(); 3].map(|()| vec![0.0; width]);
        Self { x, y, squares }
    }

    /// From three rows of both planes.
    fn fill(&mut self, luma: [&[f32]; 3], chroma: [&[f32]; 3]) {
        steeper(luma, chroma, [&mut self.x, &mut self.y, &mut self.squares]);
    }
}

retake_simd::kernel! {
    /// Half the difference of two rows.
    fn half_difference(a: &[f32], b: &[f32], out: &mut [f32]) {
        for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
            *out = 0.5 * (a - b);
        }
    }
}

retake_simd::kernel! {
    /// Slopes and squared strengths of a row from it and its neighbours in two planes.
    fn steeper(a: [&[f32]; 3], b: [&[f32]; 3], out: [&mut [f32]; 3]) {
        let [xs, ys, squares] = out;
        let n = xs.len();
        let ([a0, a1, a2], [b0, b1, b2]) = (a, b);
        let (a0, a1, a2) = (&a0[..n], &a1[..n], &a2[..n]);
        let (b0, b1, b2) = (&b0[..n], &b1[..n], &b2[..n]);
        let (ys, squares) = (&mut ys[..n], &mut squares[..n]);
        for i in 1..n - 1 {
            let (ax, ay) = sobel(a0, a1, a2, i);
            let (bx, by) = sobel(b0, b1, b2, i);
            let (of_a, of_b) = (ax * ax + ay * ay, bx * bx + by * by);
            let second = of_b > of_a;
            xs[i] = if second { bx } else { ax };
            ys[i] = if second { by } else { ay };
            squares[i] = if second { of_b } else { of_a };
        }
    }
}

/// Sobel's differences across and down at a place of the middle row of three, per pixel.
#[inline(always)]
fn sobel(up: &[f32], row: &[f32], down: &[f32], i: usize) -> (f32, f32) {
    let x = up[i + 1] - up[i - 1] + 2.0 * (row[i + 1] - row[i - 1]) + down[i + 1] - down[i - 1];
    let y = down[i - 1] - up[i - 1] + 2.0 * (down[i] - up[i]) + down[i + 1] - up[i + 1];
    (x * 0.125, y * 0.125)
}

retake_simd::kernel! {
    /// Marks the places of a row that are on a ridge across their own direction.
    fn mark_ridges(here: [&[f32]; 3], beside: [&[f32]; 2], marks: &mut [u8]) {
        let n = marks.len();
        let ([xs, ys, row], [up, down]) = (here, beside);
        let (xs, ys, row, up, down) = (&xs[..n], &ys[..n], &row[..n], &up[..n], &down[..n]);
        for i in 2..n - 2 {
            let square = row[i];
            let level = xs[i] * xs[i] > ys[i] * ys[i];
            let across = (square >= row[i - 1]) & (square > row[i + 1]);
            let along = (square >= up[i]) & (square > down[i]);
            let ridge = (level & across) | (!level & along);
            marks[i] = u8::from(ridge & (square >= WEAKEST * WEAKEST));
        }
    }
}

fn direction(bin: usize) -> Point {
    let angle = bin as f32 * (core::f32::consts::TAU / BINS as f32);
    [libm::cosf(angle), libm::sinf(angle)]
}

/// The highest votes, each without its surroundings.
fn peaks(votes: &[u16], span: usize, least: u32) -> Vec<(usize, usize)> {
    let mut candidates = Vec::new();
    // A peak is at least a third of itself and its neighbours.
    let high = (least / 3).min(u32::from(u16::MAX)) as u16;
    for (k, row) in votes.chunks_exact(span).enumerate() {
        for (chunk, part) in row.chunks(VOTES).enumerate() {
            if !part.iter().fold(false, |any, vote| any | (*vote > high)) {
                continue;
            }
            let first = chunk * VOTES;
            for i in first.max(1)..(first + part.len()).min(span - 1) {
                let v = [row[i - 1], row[i], row[i + 1]].map(u32::from).iter().sum::<u32>();
                if v > least && row[i] >= row[i - 1] && row[i] > row[i + 1] {
                    candidates.push((v, k, i));
                }
            }
        }
    }
    candidates.sort_unstable_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut kept: Vec<(usize, usize)> = Vec::new();
    let mut counts = [0; 2];
    for (_, k, i) in candidates {
        if counts == [MOST_PER_DIRECTION; 2] {
            break;
        }
        let apart = |other: &(usize, usize)| {
            let turn = k.abs_diff(other.0);
            turn.min(BINS - turn) > 4 || i.abs_diff(other.1) > 6
        };
        let upright = usize::from(is_upright(k));
        if counts[upright] < MOST_PER_DIRECTION && kept.iter().all(apart) {
            kept.push((k, i));
            counts[upright] += 1;
        }
    }
    kept
}

/// Whether lines whose normal has this bin are nearer to upright than to level.
fn is_upright(bin: usize) -> bool {
    let normal = direction(bin);
    normal[0].abs() > normal[1].abs()
}

/// Whether two lines of the same polarity run within two pixels of each other in the middle of the picture.
fn alike(a: &Line, b: &Line, w: f32, h: f32) -> bool {
    let middle = [0.5 * w, 0.5 * h];
    dot(a.normal, b.normal) > 0.9995 && (a.distance(middle) - b.distance(middle)).abs() < 2.0
}
