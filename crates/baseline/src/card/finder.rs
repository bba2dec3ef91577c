//! The quadrilateral among all that the lines form.

use super::edges::Edges;
use super::geometry::{Line, Point, Quad, area, clip, convex, distance, dot, minus};
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

/// How far a corner may be past the frame in an outline that counts as whole, px: lines are not placed more finely.
const SLACK: f32 = 1.0;

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
    let meets: Vec<Vec<Option<Point>>> =
        flat.iter().map(|a| steep.iter().map(|b| a.line.meet(&b.line)).collect()).collect();
    let mut shortlist = Shortlist::default();
    for [top, bottom] in rows {
        let [upper, lower] = [&meets[top], &meets[bottom]];
        for [left, right] in &columns {
            let (Some(a), Some(b), Some(c), Some(d)) =
                (upper[*left], upper[*right], lower[*right], lower[*left])
            else {
                continue;
            };
            let sides = [&flat[top], &steep[*right], &flat[bottom], &steep[*left]];
            let quad = [a, b, c, d];
            let Some(score) = judge(sides, &quad, size, shortlist.least) else { continue };
            let outside = |p: &Point| p[0] < -SLACK || p[1] < -SLACK || p[0] > w + SLACK || p[1] > h + SLACK;
            let framed = sides.map(|side| side.frame);
            let cut = framed.contains(&true) || quad.iter().any(outside);
            shortlist.add(Candidate { quad, cut, framed, score });
        }
    }
    shortlist.best()
}

/// The best outlines so far.
struct Shortlist {
    found: Vec<Candidate>,
    /// Below this score an outline is not among them.
    least: f32,
}

impl Default for Shortlist {
    fn default() -> Self {
        Self { found: Vec::new(), least: f32::MIN }
    }
}

impl Shortlist {
    fn add(&mut self, candidate: Candidate) {
        self.found.push(candidate);
        if self.found.len() == 2 * MOST_CANDIDATES {
            self.cut();
            self.least = self.found[MOST_CANDIDATES - 1].score;
        }
    }

    /// Best first; of equals the one that was found first.
    fn cut(&mut self) {
        self.found.sort_by(|a, b| b.score.total_cmp(&a.score));
        self.found.truncate(MOST_CANDIDATES);
    }

    fn best(mut self) -> Vec<Candidate> {
        self.cut();
        self.found
    }
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
        let (mut outer, mut inner) = (Spread::default(), Spread::default());
        for k in (0..4).filter(|k| !candidate.framed[*k]) {
            let side = Beside::of(work, candidate.quad[k], candidate.quad[(k + 1) % 4]);
            if side.inner.count < SAMPLES as f32 / 6.0 {
                continue;
            }
            let difference = length(side.differences.mean());
            let value = difference / (difference + side.differences.deviation() + 1.0);
            sum += value;
            least = least.min(value);
            inner.add(side.inner.mean());
            outer.add(side.outer.mean());
        }
        if outer.count == 0.0 {
            return Self { mean: 0.0, least: 0.0, outside: 0.0, inside: 0.0 };
        }
        let share = |spread: f32| spread / (spread + HALF_DIFFERENT);
        Self {
            mean: sum / outer.count,
            least,
            outside: share(outer.deviation()),
            inside: share(inner.deviation()),
        }
    }

    fn score(&self) -> f32 {
        3.6 * self.mean + 4.2 * self.least - 4.6 * self.outside + 1.6 * self.inside
    }
}

type Rgb = [f32; 3];

/// Colours just inside and just outside of a side, where both are in the picture.
#[derive(Default)]
struct Beside {
    inner: Spread,
    outer: Spread,
    differences: Spread,
}

impl Beside {
    fn of(work: &Working, a: Point, b: Point) -> Self {
        let along = minus(b, a);
        let length = dot(along, along).sqrt().max(1.0);
        let inward = [-along[1] / length * BESIDE, along[0] / length * BESIDE];
        let (limit_x, limit_y) = (work.width() as f32, work.height() as f32);
        let colour = |p: Point| {
            let seen = p[0] >= 0.0 && p[1] >= 0.0 && p[0] < limit_x && p[1] < limit_y;
            seen.then(|| work.colour(p[1] as usize * work.width() + p[0] as usize))
        };
        let mut beside = Self::default();
        for i in 0..SAMPLES {
            let t = 0.06 + 0.88 * (i as f32 + 0.5) / SAMPLES as f32;
            let p = [a[0] + along[0] * t, a[1] + along[1] * t];
            let [inner, outer] =
                [1.0, -1.0].map(|by: f32| colour([p[0] + by * inward[0], p[1] + by * inward[1]]));
            if let (Some(inner), Some(outer)) = (inner, outer) {
                beside.inner.add(inner);
                beside.outer.add(outer);
                beside.differences.add([0, 1, 2].map(|c| inner[c] - outer[c]));
            }
        }
        beside
    }
}

fn length(colour: Rgb) -> f32 {
    colour.iter().map(|v| v * v).sum::<f32>().sqrt()
}

/// Colours, summed up.
#[derive(Default)]
struct Spread {
    count: f32,
    sum: Rgb,
    squares: f32,
}

impl Spread {
    fn add(&mut self, colour: Rgb) {
        self.count += 1.0;
        for (sum, v) in self.sum.iter_mut().zip(colour) {
            *sum += v;
            self.squares += v * v;
        }
    }

    fn mean(&self) -> Rgb {
        self.sum.map(|v| v / self.count)
    }

    /// Root of the mean square distance of the colours from their mean.
    fn deviation(&self) -> f32 {
        let of_mean: f32 = self.mean().iter().map(|v| v * v).sum();
        (self.squares / self.count - of_mean).max(0.0).sqrt()
    }
}

fn at_x(line: &Line, x: f32) -> f32 {
    (line.offset - line.normal[0] * x) / line.normal[1]
}

fn at_y(line: &Line, y: f32) -> f32 {
    (line.offset - line.normal[1] * y) / line.normal[0]
}

/// Ordered pairs of roughly parallel lines that are far enough apart, by their places in the list.
fn pairs(sides: &[Side], place: impl Fn(&Line) -> f32, least: f32) -> Vec<[usize; 2]> {
    let mut found = Vec::new();
    for (i, a) in sides.iter().enumerate() {
        for (k, b) in sides.iter().enumerate() {
            let parallel = dot(a.line.normal, b.line.normal).abs() > 0.94;
            if parallel && place(&b.line) - place(&a.line) > least && !(a.frame && b.frame) {
                found.push([i, k]);
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

/// How much the quadrilateral of four lines looks like a card. None for what cannot be one, nor for most of what scores below
/// `floor`.
///
/// The weights, here and in [`Colours::score`], are log-odds: a conditional logit over the candidates of each picture of the
/// training recipe, those being right that overlap the true outline best.
fn judge(lines: [&Side; 4], quad: &Quad, size: Point, floor: f32) -> Option<f32> {
    let [top, right, bottom, left] = lines;
    let share = area(quad) / (size[0] * size[1]);
    if share < SMALLEST || !convex(quad) || !mostly_seen(quad, size) {
        return None;
    }
    let proportion = proportion(quad, [top.frame || bottom.frame, left.frame || right.frame]);
    if proportion < 0.05 {
        return None;
    }
    let framed = lines.iter().filter(|side| side.frame).count();
    let price = if framed > 0 { FRAME_PRICE + 1.5 * framed as f32 } else { 0.0 };
    let form = 3.8 * proportion + 2.2 * libm::log2f(share.min(0.7) / 0.25) - price;
    if form + Outline::MOST < floor {
        return None;
    }
    Some(Outline::of(lines, quad, size).score() + form)
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
    /// The best score of any.
    const MOST: f32 = 5.4 + 5.2 + 0.5;

    fn score(&self) -> f32 {
        5.4 * self.support + 5.2 * self.weakest - 2.1 * self.beyond + 0.5 * self.one_sided
    }

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
    let [top, right, bottom, left] = core::array::from_fn(|i| distance(quad[i], quad[(i + 1) % 4]));
    let skew = |a: f32, b: f32| (a / b.max(1.0)).max(b / a.max(1.0));
    let skewed = skew(top, bottom).max(skew(right, left)) - 1.0;
    if skewed > MOST_SKEWED {
        return 0.0;
    }
    let ratio = libm::logf((top + bottom) / (left + right).max(1.0));
    let near = |ideal: f32| {
        let off = ratio - ideal;
        let tolerance = if (cut[0] && off > 0.0) || (cut[1] && off < 0.0) { 0.5 } else { 0.07 };
        bell(off, tolerance)
    };
    let [id1, id3] = LOG_RATIOS;
    near(id1).max(near(id3)).max(0.9 * near(-id1)).max(0.9 * near(-id3)) * bell(skewed, 0.25)
}

/// Ratio of opposite sides, less 1, from which an outline is no card's.
const MOST_SKEWED: f32 = 0.9;

/// Natural logarithms of [`ID1`] and [`ID3`].
const LOG_RATIOS: [f32; 2] = [0.461_071_67, 0.350_976_9];

/// Gaussian, 1 at 0; 0 where it is below a thousandth.
fn bell(x: f32, sigma: f32) -> f32 {
    let z = (x / sigma) * (x / sigma);
    if z < 14.0 { libm::expf(-0.5 * z) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{ID1, ID3};

    #[test]
    fn the_logarithms_are_those_of_the_standards_proportions() {
        for (written, ratio) in LOG_RATIOS.into_iter().zip([ID1, ID3]) {
            assert!((written - libm::logf(ratio)).abs() < 1e-6, "{ratio}");
        }
    }
}
