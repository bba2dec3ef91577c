//! The quadrilateral among all that the lines form.

use super::edges::Edges;
use super::geometry::{Line, Point, Quad, area, clip, convex, dot, minus};
use super::{ID1, ID3, sides};

/// Lines of each direction that are combined.
const MOST_PER_DIRECTION: usize = 15;

/// Support that a side of the frame is credited with when it stands in for a side of the card.
const FRAME_SUPPORT: f32 = 0.45;

/// What an outline that leaves the picture must be better by than one that is whole.
const FRAME_PRICE: f32 = 0.15;

/// Least share of the frame that a card fills.
const SMALLEST: f32 = 0.06;

/// Below this score nothing in the picture looks like a card.
const LEAST_SCORE: f32 = 0.35;

/// A card that was found.
pub(super) struct Found {
    pub(super) quad: Quad,
    pub(super) confidence: f32,
    /// Score of the best quadrilateral that reaches past the frame, less that of the best inside it.
    pub(super) cut_lead: f32,
}

/// A line, with the edges along it summed up.
struct Side {
    line: Line,
    /// Parameter of the first sample along the line's direction.
    start: f32,
    /// Number of edge samples before each sample, one sample per pixel.
    sums: Vec<u32>,
    frame: bool,
}

/// The best quadrilateral, or the whole frame.
pub(super) fn best(edges: &Edges) -> Found {
    let size = [edges.width as f32, edges.height as f32];
    let [w, h] = size;
    let frame = Found { quad: [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]], confidence: 0.0, cut_lead: 0.0 };
    let (mut flat, mut steep): (Vec<Side>, Vec<Side>) = (Vec::new(), Vec::new());
    for line in edges.lines() {
        let group = if line.normal[1].abs() >= line.normal[0].abs() { &mut flat } else { &mut steep };
        if group.len() < MOST_PER_DIRECTION {
            group.push(Side::along(line, edges));
        }
    }
    flat.push(Side::frame([0.0, 1.0], 0.0));
    flat.push(Side::frame([0.0, -1.0], -h));
    steep.push(Side::frame([1.0, 0.0], 0.0));
    steep.push(Side::frame([-1.0, 0.0], -w));

    let middle = [0.5 * w, 0.5 * h];
    let rows = pairs(&flat, |line| at_x(line, middle[0]), 0.12 * h);
    let columns = pairs(&steep, |line| at_y(line, middle[1]), 0.12 * w);
    let mut winner = (LEAST_SCORE, frame);
    let mut best = [LEAST_SCORE; 2];
    for [top, bottom] in &rows {
        for [left, right] in &columns {
            let sides = [*top, *right, *bottom, *left];
            let Some((score, quad)) = judge(sides, size) else { continue };
            let outside = |p: &Point| p[0] < 0.0 || p[1] < 0.0 || p[0] > w || p[1] > h;
            let cut = usize::from(sides.iter().any(|side| side.frame) || quad.iter().any(outside));
            best[cut] = best[cut].max(score);
            if score > winner.0 {
                winner = (score, Found { quad, confidence: score.min(1.0), cut_lead: 0.0 });
            }
        }
    }
    Found { cut_lead: best[1] - best[0], ..winner.1 }
}

fn at_x(line: &Line, x: f32) -> f32 {
    (line.offset - line.normal[0] * x) / line.normal[1]
}

fn at_y(line: &Line, y: f32) -> f32 {
    (line.offset - line.normal[1] * y) / line.normal[0]
}

/// Ordered pairs of roughly parallel lines that are far enough apart.
fn pairs(sides: &[Side], place: impl Fn(&Line) -> f32, least: f32) -> Vec<[&Side; 2]> {
    let mut found = Vec::new();
    for a in sides {
        for b in sides {
            let parallel = dot(a.line.normal, b.line.normal).abs() > 0.94;
            if parallel && place(&b.line) - place(&a.line) > least && !(a.frame && b.frame) {
                found.push([a, b]);
            }
        }
    }
    found
}

impl Side {
    fn along(line: Line, edges: &Edges) -> Self {
        let reach = (edges.width + edges.height) as f32;
        let direction = line.direction();
        let base = line.normal.map(|v| v * line.offset);
        let mut sums = Vec::with_capacity(2 * reach as usize + 1);
        let mut sum = 0;
        for k in 0..2 * reach as usize {
            sums.push(sum);
            let t = k as f32 - reach;
            let p = [base[0] + direction[0] * t, base[1] + direction[1] * t];
            let hit = [0.0, -1.0, 1.0, -2.0, 2.0].iter().any(|off| {
                let edge = edges.get(p[0] + line.normal[0] * off, p[1] + line.normal[1] * off);
                edge.is_some_and(|edge| dot(edge.normal, line.normal).abs() > 0.93)
            });
            sum += u32::from(hit);
        }
        sums.push(sum);
        Self { line, start: -reach, sums, frame: false }
    }

    fn frame(normal: Point, offset: f32) -> Self {
        Self { line: Line { normal, offset }, start: 0.0, sums: Vec::new(), frame: true }
    }

    /// Share of the samples between two parameters that are edge.
    fn support(&self, from: f32, to: f32) -> f32 {
        let last = self.sums.len() - 1;
        let index = |t: f32| ((t - self.start).max(0.0) as usize).min(last);
        let (a, b) = (index(from.min(to)), index(from.max(to)));
        if b > a { (self.sums[b] - self.sums[a]) as f32 / (b - a) as f32 } else { 0.0 }
    }
}

/// How much four lines look like a card, and its corners. None for what cannot be one.
///
/// The weights were chosen by eye on rendered cards: support counts most, and one weak side is worse than four middling
/// ones.
fn judge(lines: [&Side; 4], size: Point) -> Option<(f32, Quad)> {
    let [top, right, bottom, left] = lines;
    let quad = [
        left.line.meet(&top.line)?,
        top.line.meet(&right.line)?,
        right.line.meet(&bottom.line)?,
        bottom.line.meet(&left.line)?,
    ];
    let share = area(&quad) / (size[0] * size[1]);
    if !convex(&quad) || share < SMALLEST || !mostly_seen(&quad, size) {
        return None;
    }
    let proportion = proportion(&quad, [top.frame || bottom.frame, left.frame || right.frame]);
    if proportion < 0.05 {
        return None;
    }
    let framed = lines.iter().filter(|side| side.frame).count();
    let price = if framed > 0 { FRAME_PRICE + 0.05 * framed as f32 } else { 0.0 };
    let outline = Outline::of(lines, &quad, size);
    let score = 0.6 * outline.support + 0.25 * outline.weakest - 0.25 * outline.beyond
        + 0.25 * proportion
        + 0.06 * outline.one_sided
        + 0.07 * libm::log2f(share.min(0.7) / 0.25)
        - price;
    Some((score, quad))
}

/// Whether a good part of a quadrilateral is in the picture, and none of it far outside.
fn mostly_seen(quad: &Quad, size: Point) -> bool {
    let outside = |p: &Point, far: f32| (0..2).any(|k| p[k] < -far * size[k] || p[k] > (1.0 + far) * size[k]);
    if !quad.iter().any(|p| outside(p, 0.0)) {
        return true;
    }
    !quad.iter().any(|p| outside(p, 0.6)) && area(&clip(quad, size)) >= 0.4 * area(quad)
}

/// What the edges say about an outline, each 0-1.
struct Outline {
    /// Share of it that is edge, mean of the sides.
    support: f32,
    /// The same of the weakest side; those that the frame stands in for do not count.
    weakest: f32,
    /// Edge on the sides' lines past the corners, mean of the sides.
    beyond: f32,
    /// 1 when all sides are brighter inside, or all darker; 0 when they disagree.
    one_sided: f32,
}

impl Outline {
    fn of(lines: [&Side; 4], quad: &Quad, size: Point) -> Self {
        let mean = |axis: usize| 0.25 * quad.iter().map(|p| p[axis]).sum::<f32>();
        let middle = [mean(0), mean(1)];
        let (mut support, mut weakest, mut beyond) = (0.0, 1.0f32, 0.0);
        let (mut inward, mut sides) = (0.0, 0.0f32);
        for (i, side) in lines.iter().enumerate() {
            if side.frame {
                support += 0.25 * FRAME_SUPPORT;
                continue;
            }
            let (a, b) = (i, (i + 1) % 4);
            let (mut edge, past, visible) = along(side, quad[a], quad[b], size);
            for (neighbour, corner, other) in [((i + 3) % 4, a, b), (b, b, a)] {
                if lines[neighbour].frame {
                    // The card leaves the picture here: its side must be seen right up to the frame.
                    let toward = [0, 1].map(|k| quad[corner][k] + 0.2 * (quad[other][k] - quad[corner][k]));
                    edge = edge.min(along(side, quad[corner], toward, size).0);
                }
            }
            if visible < 0.25 {
                // A side of which little is in the picture proves little.
                edge = edge.min(FRAME_SUPPORT);
            }
            support += 0.25 * edge;
            weakest = weakest.min(edge);
            beyond += past;
            inward += f32::from(side.line.distance(middle) > 0.0);
            sides += 1.0;
        }
        let sides = sides.max(1.0);
        Self { support, weakest, beyond: beyond / sides, one_sided: 2.0 * (inward / sides - 0.5).abs() }
    }
}

/// Support between two corners and past them, and the share of the side that is in the picture.
fn along(side: &Side, a: Point, b: Point, size: Point) -> (f32, f32, f32) {
    let direction = side.line.direction();
    let (ta, tb) = (dot(direction, a), dot(direction, b));
    let (low, high) = (ta.min(tb), ta.max(tb));
    // The part of the line inside the frame.
    let base = side.line.normal.map(|v| v * side.line.offset);
    let (mut enter, mut leave) = (f32::MIN, f32::MAX);
    for k in 0..2 {
        if direction[k].abs() > 1e-6 {
            let [p, q] = [(2.0 - base[k]) / direction[k], (size[k] - 2.0 - base[k]) / direction[k]];
            enter = enter.max(p.min(q));
            leave = leave.min(p.max(q));
        }
    }
    let length = high - low;
    // Corners are rounded: an outline need not reach them.
    let inset = 0.05 * length;
    let (from, to) = ((low + inset).max(enter), (high - inset).min(leave));
    if to <= from {
        return (0.0, 0.0, 0.0);
    }
    let inside = side.support(from, to);
    let reach = 0.15 * length;
    let gap = 0.02 * length + 2.0;
    let mut beyond = 0.0f32;
    for (from, to) in [((low - reach).max(enter), low - gap), (high + gap, (high + reach).min(leave))] {
        if to - from > 0.03 * length {
            beyond += 0.5 * side.support(from, to);
        }
    }
    (inside, beyond, (to - from) / (length - 2.0 * inset))
}

/// How near the proportions are to a document's, 0-1. A card that is cut at its top or bottom (first) or at its
/// left or right (second) may be flatter or narrower than whole.
fn proportion(quad: &Quad, cut: [bool; 2]) -> f32 {
    let [w, h] = sides(quad);
    let skew = |i: usize| {
        let [a, b] = [minus(quad[(i + 1) % 4], quad[i]), minus(quad[(i + 2) % 4], quad[(i + 3) % 4])];
        let ratio = dot(a, a).sqrt() / dot(b, b).sqrt().max(1.0);
        ratio.max(1.0 / ratio.max(1e-3))
    };
    let tapered = bell(skew(0).max(skew(1)) - 1.0, 0.25);
    let ratio = w / h.max(1.0);
    let near = |ideal: f32| {
        let off = libm::logf(ratio / ideal);
        let tolerance = if (cut[0] && off > 0.0) || (cut[1] && off < 0.0) { 0.5 } else { 0.07 };
        bell(off, tolerance)
    };
    let upright = |ideal: f32| 0.9 * near(1.0 / ideal);
    near(ID1).max(near(ID3)).max(upright(ID1)).max(upright(ID3)) * tapered
}

/// Gaussian, 1 at 0.
fn bell(x: f32, sigma: f32) -> f32 {
    libm::expf(-0.5 * (x / sigma) * (x / sigma))
}
