//! Edges of the working copy, and the straight lines that they form.

use super::geometry::{Line, Point, Quad, convex, distance, dot, minus};
use crate::picture::Working;

/// Weakest edge, byte scale per pixel: above the noise that averaging leaves.
const WEAKEST: f32 = 1.8;

/// Edges stronger than this all count alike, so that a faint long side can win over bold print.
const STRONG: f32 = 5.0;

/// Lines that are looked at, at most, of those nearer to level and of those nearer to upright: the grain of wood has many of one
/// direction.
const MOST_PER_DIRECTION: usize = 24;

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
        let luma = &work.luma.values;
        let chroma: Vec<f32> =
            work.rgb[0].values.iter().zip(&work.rgb[2].values).map(|(r, b)| 0.5 * (r - b)).collect();
        let squares = squares(luma, &chroma, width, height);
        for y in 2..height - 2 {
            let [up, row, down] = rows(&squares, y, width);
            for x in 2..width - 2 {
                let square = row[x];
                if square < WEAKEST * WEAKEST {
                    continue;
                }
                // Most are on no ridge in either direction, and their own need not be known.
                let ridges =
                    [square >= row[x - 1] && square > row[x + 1], square >= up[x] && square > down[x]];
                if ridges == [false; 2] {
                    continue;
                }
                let i = y * width + x;
                let [a, b] = [sobel(luma, i, width), sobel(&chroma, i, width)];
                let [gx, gy] = if dot(a, a) >= dot(b, b) { a } else { b };
                if ridges[usize::from(gx.abs() <= gy.abs())] {
                    let strength = square.sqrt();
                    edges.list.push(Edge {
                        at: [x as f32 + 0.5, y as f32 + 0.5],
                        normal: [gx / strength, gy / strength],
                        strength,
                    });
                    edges.index[i] = edges.list.len() as u32;
                }
            }
        }
        edges
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
        let mut votes = vec![0.0f32; BINS * span];
        let turns: Vec<Point> = (0..BINS).map(direction).collect();
        let mut sectors: Vec<Vec<Edge>> = vec![Vec::new(); SECTORS];
        for edge in &self.list {
            let angle = libm::atan2f(edge.normal[1], edge.normal[0]);
            let bin = (angle * (BINS as f32 / core::f32::consts::TAU) + BINS as f32 + 0.5) as usize;
            sectors[bin % BINS * SECTORS / BINS].push(*edge);
            let weight = edge.strength.min(STRONG);
            for k in bin + BINS - 2..=bin + BINS + 2 {
                let k = k % BINS;
                let offset = dot(turns[k], edge.at) + reach as f32;
                votes[k * span + offset as usize] += weight;
            }
        }
        let peaks = peaks(&mut votes, span, 0.045 * STRONG * self.width.min(self.height) as f32);
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

/// Squared strengths: the larger of two planes'. 0 along the border.
fn squares(a: &[f32], b: &[f32], width: usize, height: usize) -> Vec<f32> {
    let mut squares = vec![0.0; width * height];
    for y in 1..height - 1 {
        let (a, b) = (rows(a, y, width), rows(b, y, width));
        let out = &mut squares[y * width + 1..(y + 1) * width - 1];
        square_row(a, out, |_, square| square);
        square_row(b, out, |a, b| if b > a { b } else { a });
    }
    squares
}

/// A row and its neighbours.
fn rows(plane: &[f32], y: usize, width: usize) -> [&[f32]; 3] {
    [y - 1, y, y + 1].map(|k| &plane[k * width..(k + 1) * width])
}

/// Squared strengths of a row from it and its neighbours, put together with what stands there. Plain slices, so that the
/// compiler takes several pixels at once.
fn square_row([up, row, down]: [&[f32]; 3], out: &mut [f32], put: impl Fn(f32, f32) -> f32) {
    let n = out.len();
    let [u0, u1, u2] = [0, 1, 2].map(|by| &up[by..by + n]);
    let [m0, m2] = [0, 2].map(|by| &row[by..by + n]);
    let [d0, d1, d2] = [0, 1, 2].map(|by| &down[by..by + n]);
    for i in 0..n {
        let x = (u2[i] - u0[i] + 2.0 * (m2[i] - m0[i]) + d2[i] - d0[i]) * 0.125;
        let y = (d0[i] - u0[i] + 2.0 * (d1[i] - u1[i]) + d2[i] - u2[i]) * 0.125;
        out[i] = put(out[i], x * x + y * y);
    }
}

fn direction(bin: usize) -> Point {
    let angle = bin as f32 * (core::f32::consts::TAU / BINS as f32);
    [libm::cosf(angle), libm::sinf(angle)]
}

fn sobel(p: &[f32], i: usize, w: usize) -> Point {
    let (up, down) = (i - w, i + w);
    let x = p[up + 1] - p[up - 1] + 2.0 * (p[i + 1] - p[i - 1]) + p[down + 1] - p[down - 1];
    let y = p[down - 1] - p[up - 1] + 2.0 * (p[down] - p[up]) + p[down + 1] - p[up + 1];
    [x * 0.125, y * 0.125]
}

/// The highest votes, each without its surroundings.
fn peaks(votes: &mut [f32], span: usize, least: f32) -> Vec<(usize, usize)> {
    let mut candidates = Vec::new();
    for (k, row) in votes.chunks_exact(span).enumerate() {
        for i in 1..span - 1 {
            let v = row[i - 1] + row[i] + row[i + 1];
            if v > least && row[i] >= row[i - 1] && row[i] > row[i + 1] {
                candidates.push((v, k, i));
            }
        }
    }
    candidates.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
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
