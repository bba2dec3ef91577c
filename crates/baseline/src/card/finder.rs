//! The quadrilateral among all that the lines form.

use super::edges::Edges;
use super::geometry::{Line, Point, Quad, area, clip, convex, dot, minus};
use super::{ID1, ID3, sides};
use crate::picture::Working;

/// Support that a side of the frame is credited with when it stands in for a side of the card.
const FRAME_SUPPORT: f32 = 0.45;

/// What an outline that leaves the picture must be better by than one that is whole.
const FRAME_PRICE: f32 = 1.5;

/// Least share of the frame that a card fills.
const SMALLEST: f32 = 0.06;

/// Below this score nothing in the picture looks like a card.
const LEAST_SCORE: f32 = 7.0;

/// Score at which an outline is as likely right as wrong, and how its log-odds rise from there: counted on the training
/// recipe, right being an overlap with the true outline of nine tenths.
const EVEN_SCORE: f32 = 11.6;
const SLOPE: f32 = 0.42;

/// Outlines that are looked at closely.
const MOST_CANDIDATES: usize = 100;

/// A card that was found.
pub(super) struct Found {
    pub(super) quad: Quad,
    pub(super) confidence: f32,
    /// Score of the best quadrilateral that reaches past the frame, less that of the best inside it.
    pub(super) cut_lead: f32,
    /// Which sides the frame stands in for: top, right, bottom, left.
    pub(super) framed: [bool; 4],
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

/// A quadrilateral that may be the card.
struct Candidate {
    quad: Quad,
    /// Whether part of it is outside the picture.
    cut: bool,
    /// Which sides the frame stands in for.
    framed: [bool; 4],
    score: f32,
}

/// The best quadrilateral, or the whole frame.
pub(super) fn best(work: &Working, edges: &Edges) -> Found {
    let size = [edges.width as f32, edges.height as f32];
    let [w, h] = size;
    let mut candidates = candidates(edges, size);
    for candidate in &mut candidates {
        candidate.score += Colours::along(work, candidate).score();
    }
    let lead = |cut: bool| {
        let scores = candidates.iter().filter(|c| c.cut == cut).map(|c| c.score);
        scores.fold(LEAST_SCORE, f32::max)
    };
    let cut_lead = lead(true) - lead(false);
    match candidates.iter().max_by(|a, b| a.score.total_cmp(&b.score)) {
        Some(c) if c.score > LEAST_SCORE => Found {
            quad: c.quad,
            confidence: 1.0 / (1.0 + libm::expf((EVEN_SCORE - c.score) * SLOPE)),
            cut_lead,
            framed: c.framed,
        },
        _ => Found {
            quad: [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]],
            confidence: 0.0,
            cut_lead: 0.0,
            framed: [true; 4],
        },
    }
}

/// The quadrilaterals whose edges look most like a card's.
fn candidates(edges: &Edges, size: Point) -> Vec<Candidate> {
    let [w, h] = size;
    let (mut flat, mut steep): (Vec<Side>, Vec<Side>) = (Vec::new(), Vec::new());
    for line in edges.lines() {
        let group = if line.normal[1].abs() >= line.normal[0].abs() { &mut flat } else { &mut steep };
        group.push(Side::along(line, edges));
    }
    flat.push(Side::frame([0.0, 1.0], 0.0));
    flat.push(Side::frame([0.0, -1.0], -h));
    steep.push(Side::frame([1.0, 0.0], 0.0));
    steep.push(Side::frame([-1.0, 0.0], -w));

    let middle = [0.5 * w, 0.5 * h];
    let rows = pairs(&flat, |line| at_x(line, middle[0]), 0.12 * h);
    let columns = pairs(&steep, |line| at_y(line, middle[1]), 0.12 * w);
    let mut found = Vec::new();
    for [top, bottom] in &rows {
        for [left, right] in &columns {
            let sides = [*top, *right, *bottom, *left];
            let Some((score, quad)) = judge(sides, size) else { continue };
            let outside = |p: &Point| p[0] < 0.0 || p[1] < 0.0 || p[0] > w || p[1] > h;
            let framed = sides.map(|side| side.frame);
            let cut = framed.contains(&true) || quad.iter().any(outside);
            found.push(Candidate { quad, cut, framed, score });
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(MOST_CANDIDATES);
    found
}

/// What the colours on both sides of an outline say.
struct Colours {
    /// How consistently they differ across a side, 0-1, mean of the sides. Lines of print and of a background have the
    /// same on both sides.
    mean: f32,
    /// The same of the weakest side.
    least: f32,
    /// How much what is outside differs from side to side, 0-1: a card lies on one background.
    outside: f32,
    /// The same of what is inside.
    inside: f32,
}

/// Places at which a side's colours are sampled.
const SAMPLES: usize = 24;

/// Distance from a side at which its colours are sampled, px.
const BESIDE: f32 = 3.0;

/// Difference of colours that counts a half, byte scale.
const HALF_DIFFERENT: f32 = 20.0;

impl Colours {
    fn along(work: &Working, candidate: &Candidate) -> Self {
        let (mut sum, mut least) = (0.0, 1.0f32);
        let (mut outer, mut inner) = (Vec::new(), Vec::new());
        for k in (0..4).filter(|k| !candidate.framed[*k]) {
            let pairs = beside(work, candidate.quad[k], candidate.quad[(k + 1) % 4]);
            if pairs.len() < SAMPLES / 6 {
                continue;
            }
            let differences: Vec<Rgb> =
                pairs.iter().map(|[i, o]| core::array::from_fn(|c| i[c] - o[c])).collect();
            let difference = length(mean(&differences));
            let value = difference / (difference + spread(&differences) + 1.0);
            sum += value;
            least = least.min(value);
            inner.push(mean(&pairs.iter().map(|pair| pair[0]).collect::<Vec<_>>()));
            outer.push(mean(&pairs.iter().map(|pair| pair[1]).collect::<Vec<_>>()));
        }
        if outer.is_empty() {
            return Self { mean: 0.0, least: 0.0, outside: 0.0, inside: 0.0 };
        }
        let share = |spread: f32| spread / (spread + HALF_DIFFERENT);
        Self {
            mean: sum / outer.len() as f32,
            least,
            outside: share(spread(&outer)),
            inside: share(spread(&inner)),
        }
    }

    fn score(&self) -> f32 {
        3.6 * self.mean + 4.2 * self.least - 4.6 * self.outside + 1.6 * self.inside
    }
}

type Rgb = [f32; 3];

/// Colours just inside and just outside of a side, where both are in the picture.
fn beside(work: &Working, a: Point, b: Point) -> Vec<[Rgb; 2]> {
    let along = minus(b, a);
    let length = dot(along, along).sqrt().max(1.0);
    let inward = [-along[1] / length * BESIDE, along[0] / length * BESIDE];
    let (limit_x, limit_y) = (work.width() as f32, work.height() as f32);
    let colour = |p: Point| {
        let seen = p[0] >= 0.0 && p[1] >= 0.0 && p[0] < limit_x && p[1] < limit_y;
        seen.then(|| work.colour(p[1] as usize * work.width() + p[0] as usize))
    };
    (0..SAMPLES)
        .filter_map(|i| {
            let t = 0.06 + 0.88 * (i as f32 + 0.5) / SAMPLES as f32;
            let p = [a[0] + along[0] * t, a[1] + along[1] * t];
            let inner = colour([p[0] + inward[0], p[1] + inward[1]])?;
            Some([inner, colour([p[0] - inward[0], p[1] - inward[1]])?])
        })
        .collect()
}

fn length(colour: Rgb) -> f32 {
    colour.iter().map(|v| v * v).sum::<f32>().sqrt()
}

fn mean(colours: &[Rgb]) -> Rgb {
    core::array::from_fn(|c| colours.iter().map(|v| v[c]).sum::<f32>() / colours.len() as f32)
}

/// Root of the mean square distance of colours from their mean.
fn spread(colours: &[Rgb]) -> f32 {
    let middle = mean(colours);
    let square = |v: &Rgb| (0..3).map(|c| (v[c] - middle[c]) * (v[c] - middle[c])).sum::<f32>();
    (colours.iter().map(square).sum::<f32>() / colours.len() as f32).sqrt()
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
        let (enter, leave) = inside(&line, [edges.width as f32, edges.height as f32]);
        let direction = line.direction();
        let base = line.normal.map(|v| v * line.offset);
        let steps = (leave - enter).max(0.0) as usize;
        let mut sums = Vec::with_capacity(steps + 1);
        let mut sum = 0;
        for k in 0..steps {
            sums.push(sum);
            let t = k as f32 + enter;
            let p = [base[0] + direction[0] * t, base[1] + direction[1] * t];
            let hit = [0.0, -1.0, 1.0].iter().any(|off| {
                let edge = edges.get(p[0] + line.normal[0] * off, p[1] + line.normal[1] * off);
                edge.is_some_and(|edge| dot(edge.normal, line.normal).abs() > 0.93)
            });
            sum += u32::from(hit);
        }
        sums.push(sum);
        Self { line, start: enter, sums, frame: false }
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
/// The weights, here and in [`Colours::score`], are log-odds: a conditional logit over the candidates of each picture of the
/// training recipe, those being right that overlap the true outline best.
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
    let price = if framed > 0 { FRAME_PRICE + 1.5 * framed as f32 } else { 0.0 };
    let outline = Outline::of(lines, &quad, size);
    let score = 5.4 * outline.support + 5.2 * outline.weakest - 2.1 * outline.beyond
        + 3.8 * proportion
        + 0.5 * outline.one_sided
        + 2.2 * libm::log2f(share.min(0.7) / 0.25)
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

/// The parameters along a line between which it is in the picture, a little inside its border; the first is the larger one where it
/// is nowhere.
fn inside(line: &Line, size: Point) -> (f32, f32) {
    let direction = line.direction();
    let base = line.normal.map(|v| v * line.offset);
    let (mut enter, mut leave) = (-size[0] - size[1], size[0] + size[1]);
    for k in 0..2 {
        if direction[k].abs() > 1e-6 {
            let [p, q] = [(2.0 - base[k]) / direction[k], (size[k] - 2.0 - base[k]) / direction[k]];
            enter = enter.max(p.min(q));
            leave = leave.min(p.max(q));
        }
    }
    (enter, leave)
}

/// Support between two corners and past them, and the share of the side that is in the picture.
fn along(side: &Side, a: Point, b: Point, size: Point) -> (f32, f32, f32) {
    let direction = side.line.direction();
    let (ta, tb) = (dot(direction, a), dot(direction, b));
    let (low, high) = (ta.min(tb), ta.max(tb));
    let (enter, leave) = inside(&side.line, size);
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

/// Gaussian, 1 at 0; 0 where it is below a thousandth.
fn bell(x: f32, sigma: f32) -> f32 {
    let z = (x / sigma) * (x / sigma);
    if z < 14.0 { libm::expf(-0.5 * z) } else { 0.0 }
}
