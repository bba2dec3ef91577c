//! A clear sleeve around the card: one more glossy layer, with waves, clinging patches, a welded seam,
//! edges, scratches and dust.

use retake_simd::{array, kernel, split};

use super::lanes::{LANES, Lane};
use super::noise::{gradient, lattice, smoothstep, unit};
use super::outline::{RoundedRect, coverage};
use super::relief::Map;
use crate::scene::{CardPose, Sleeve};

/// How far outside its edge a sleeve darkens what it lies on, mm.
const EDGE_SHADOW: f32 = 0.9;
/// How far an edge strays from a straight line, mm, twice over.
const WOBBLE: f32 = 0.9;
/// How far outside its outline a sleeve can change anything, mm.
pub(crate) const REACH: f32 = EDGE_SHADOW + WOBBLE;
/// Half width of the thin lines along edges, mm.
const LINE: f32 = 0.3;
/// How far the weld's rim strays from a straight line, mm, twice over.
const SEAM_BEND: f32 = 0.5;
/// Radius of the thumb notch in the open side, mm.
const NOTCH: f32 = 8.5;

/// A sleeve, ready to be looked at. All places are millimetres on the card, x right and y down.
#[derive(Clone, Debug)]
pub(crate) struct Film {
    outline: RoundedRect,
    rect: [f32; 4],
    seam: f32,
    haze: f32,
    seed: u32,
    /// Lean of the normal (right, down), share of clinging 0-1, factor on haze.
    waves: Map<4>,
    /// Light scattered by scratches and dust, share of a white surface.
    marks: Map<1>,
}

/// The film at points side by side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FilmSpots {
    /// Share of the pixel that is under film. Where it is 0, only `shade` means something.
    pub(crate) coverage: Lane,
    /// How the film's normal leans.
    pub(crate) slope: [Lane; 2],
    /// Factor on the film's Fresnel reflectance.
    pub(crate) gloss: Lane,
    /// Light scattered back, as the albedo of a white veil.
    pub(crate) veil: Lane,
    /// Light that an edge pipes towards the camera, as an albedo.
    pub(crate) edge: Lane,
    /// Factor on all light from below.
    pub(crate) shade: Lane,
}

kernel! {
    /// The film at places on the card, with its edges.
    pub(crate) fn film_at(film: &Film, at: &[Lane; 2], footprint: f32, out: &mut FilmSpots) {
        film.at(at, footprint, out);
    }
}

impl FilmSpots {
    /// Where no film is.
    pub(crate) const NONE: Self = Self {
        coverage: [0.0; LANES],
        slope: [[0.0; LANES]; 2],
        gloss: [0.0; LANES],
        veil: [0.0; LANES],
        edge: [0.0; LANES],
        shade: [1.0; LANES],
    };
}

impl Film {
    pub(crate) fn new(card: &CardPose, sleeve: &Sleeve) -> Self {
        let [w, h] = card.size.map(|s| s as f32);
        let [left, top, right, bottom] = sleeve.margins.map(|m| m as f32);
        let rect = [-left, -top, w + right, h + bottom];
        let seed = (sleeve.seed ^ (sleeve.seed >> 32)) as u32;
        Self {
            outline: RoundedRect::new(rect, 2.2),
            rect,
            seam: sleeve.seam as f32,
            haze: sleeve.haze as f32,
            seed,
            waves: waves(rect, sleeve, card, seed),
            marks: marks(rect, seed),
        }
    }

    /// Distance to the film's outline, mm, negative inside; the notch is not cut out.
    pub(crate) fn distance(&self, p: [f32; 2]) -> f32 {
        self.outline.distance(p)
    }

    /// Whether a line that is thinner than the film's waves runs within this distance: its cut edge, or the rim of the
    /// weld.
    pub(crate) fn has_line(&self, p: [f32; 2], within: f32) -> bool {
        let near = |distance: f32, width: f32| distance.abs() < within + width;
        let distance = self.outline.distance(p);
        near(self.cut(p, distance), LINE) || self.seam > 0.0 && near(distance + self.seam, LINE + SEAM_BEND)
    }

    /// Distance to the film's cut edge, mm, negative inside, where that to its outline is given.
    #[inline(always)]
    fn cut(&self, p: [f32; 2], distance: f32) -> f32 {
        // Cut by hand or stretched in use: no edge is quite straight.
        let bent = distance + WOBBLE * gradient(p[0] / 26.0, p[1] / 26.0, self.seed ^ 0x9a);
        let distance = if distance > -WOBBLE - 1.0 { bent } else { distance };
        // The thumb notch is cut out of the open side, the top.
        distance.max(self.in_notch(p))
    }

    /// Whether nothing of its edges, its weld or its notch is within this distance.
    pub(crate) fn is_plain(&self, p: [f32; 2], within: f32) -> bool {
        self.outline.distance(p).max(self.in_notch(p)) + within < -(self.seam.max(WOBBLE) + 1.0)
    }

    /// How far inside of the notch's circle a place is, mm.
    #[inline(always)]
    fn in_notch(&self, p: [f32; 2]) -> f32 {
        let (x, y) = (p[0] - 0.5 * (self.rect[0] + self.rect[2]), p[1] - self.rect[1] + 0.35 * NOTCH);
        NOTCH - (x * x + y * y).sqrt()
    }

    /// What [`Self::at`] is at places that are [plain](Self::is_plain).
    #[inline(always)]
    pub(crate) fn within(&self, at: &[Lane; 2], out: &mut FilmSpots) {
        let [right, down, cling, haze] = self.waves.lanes(at);
        let [mark] = self.marks.lanes(at);
        for i in 0..LANES {
            out.slope[0][i] = right[i] * (1.0 - 0.75 * cling[i]);
            out.slope[1][i] = down[i] * (1.0 - 0.75 * cling[i]);
            out.gloss[i] = 1.0 - 0.45 * cling[i];
            out.veil[i] = self.haze * haze[i] * (1.0 - 0.4 * cling[i]) + mark[i];
            (out.coverage[i], out.edge[i], out.shade[i]) = (1.0, 0.0, 1.0);
        }
    }

    #[inline(always)]
    fn at(&self, at: &[Lane; 2], footprint: f32, out: &mut FilmSpots) {
        self.within(at, out);
        let seam = self.seam_at(at, footprint);
        let mut line = [0.0; LANES];
        for i in 0..LANES {
            let p = [at[0][i], at[1][i]];
            let around = self.outline.distance(p);
            let distance = self.cut(p, around);
            let inside = coverage(distance, footprint);
            let shade = 1.0 - 0.13 * smoothstep(EDGE_SHADOW, 0.0, distance) * (1.0 - inside);
            let (there, beyond) = (inside > 0.0, around > REACH + footprint);
            let welded = shade * (1.0 - 0.05 * seam.weld[i]);
            let shade = if there { welded } else { shade };
            out.coverage[i] = if beyond { 0.0 } else { inside };
            out.shade[i] = if beyond { 1.0 } else { shade };
            // The cut edge pipes light where it happens to face some: a fine line in pieces, with nothing between them.
            line[i] = (0.22 / footprint).min(1.0)
                * (1.0 - ((distance + 0.14).abs() - 0.11).max(0.0) / footprint).max(0.0);
            out.slope[0][i] += seam.lean[0][i];
            out.slope[1][i] += seam.lean[1][i];
            out.gloss[i] *= 1.0 - 0.3 * seam.weld[i];
            out.veil[i] = out.veil[i] + 0.07 * seam.weld[i] + 0.10 * seam.rim[i];
        }
        if line.iter().any(|line| *line > 0.0) {
            let uneven = self.glints(at, 0x97);
            for i in 0..LANES {
                out.edge[i] = 0.30 * (2.6 * uneven[i]) * line[i];
            }
        }
    }

    /// How much of an edge shines here, 0-1: long pieces that fade in and out, most of it dull.
    #[inline(always)]
    fn glints(&self, [x, y]: &[Lane; 2], tag: u32) -> Lane {
        array!(LANES, |i| {
            let long = gradient(x[i] / 17.0, y[i] / 17.0, self.seed ^ tag);
            let short = gradient(x[i] / 4.0, y[i] / 4.0, self.seed ^ tag ^ 0x40);
            smoothstep(0.02, 0.5, long + 0.25 * short)
        })
    }

    /// The welded seam along the left, right and bottom sides.
    #[inline(always)]
    fn seam_at(&self, at: &[Lane; 2], footprint: f32) -> Seam {
        let mut seam = Seam { weld: [0.0; LANES], rim: [0.0; LANES], lean: [[0.0; LANES]; 2] };
        if self.seam <= 0.0 {
            return seam;
        }
        let [left, _, right, bottom] = self.rect;
        let sides = [[1.0, 0.0, -left], [-1.0, 0.0, right], [0.0, -1.0, bottom]];
        let mut shines = None;
        for [nx, ny, far] in sides {
            let (over, along) = if ny == 0.0 { (&at[0], &at[1]) } else { (&at[1], &at[0]) };
            let depth = array!(LANES, |i| (nx + ny) * over[i] + far);
            let reach = self.seam + 1.0;
            if !depth.iter().any(|depth| (0.0..=reach).contains(depth)) {
                continue;
            }
            let shines = shines.get_or_insert_with(|| self.glints(at, 0x9c));
            self.add_side(&mut seam, [nx, ny], &depth, along, shines, footprint);
        }
        seam
    }

    /// Adds the weld of a side with this inward normal, where points are so deep inside of it and so far along it, mm.
    #[inline(always)]
    fn add_side(
        &self,
        seam: &mut Seam,
        [nx, ny]: [f32; 2],
        depth: &Lane,
        along: &Lane,
        shines: &Lane,
        footprint: f32,
    ) {
        let keep = super::noise::resolved(0.9, footprint);
        for i in 0..LANES {
            let (depth, along) = (depth[i], along[i]);
            let inner = self.seam + SEAM_BEND * gradient(along / 14.0, nx + 2.0 * ny, self.seed ^ 0x9b);
            let weld = coverage(depth - inner, footprint);
            let bright = 0.15 + 0.85 * shines[i];
            let rim = bright * (1.0 - (depth - inner).abs() / 0.22f32.max(0.7 * footprint)).max(0.0);
            // Ribs of the welding bar.
            let phase = along / 0.9 + 0.3 * gradient(along / 5.0, depth, self.seed ^ 0x96);
            let rib = 2.0 * split(phase).1 - 1.0;
            let near = (depth >= 0.0) & (depth <= self.seam + 1.0);
            let (weld, rim) = (if near { weld } else { 0.0 }, if near { rim } else { 0.0 });
            seam.weld[i] = seam.weld[i].max(weld);
            seam.rim[i] = seam.rim[i].max(rim);
            let lip = 0.09 * rim;
            seam.lean[0][i] += lip * nx + 0.05 * keep * rib * weld * ny.abs();
            seam.lean[1][i] += lip * ny + 0.05 * keep * rib * weld * nx.abs();
        }
    }
}

/// The weld at points side by side.
struct Seam {
    weld: Lane,
    rim: Lane,
    lean: [Lane; 2],
}

/// A pocket of air under the film: middle, radius and height, mm.
struct Bubble {
    at: [f32; 2],
    radius: f32,
    height: f32,
}

impl Bubble {
    /// Pockets all over, a few large ones among many small.
    fn draw(rect: [f32; 4], seed: u32) -> Vec<Self> {
        let [left, top, right, bottom] = rect;
        let at = |i: i32, tag: i32| unit(i, tag, seed ^ 0xb1);
        let count = 5 + (9.0 * at(0, 9)) as i32;
        (0..count)
            .map(|i| {
                let radius = 1.2 + 4.5 * at(i, 2) * at(i, 3);
                Self {
                    at: [left + (right - left) * at(i, 0), top + (bottom - top) * at(i, 1)],
                    radius,
                    height: radius * (0.006 + 0.014 * at(i, 4)),
                }
            })
            .collect()
    }

    #[inline(always)]
    fn rise(&self, x: f32, y: f32) -> f32 {
        let (dx, dy) = (x - self.at[0], y - self.at[1]);
        let t = (1.0 - (dx * dx + dy * dy) / (self.radius * self.radius)).max(0.0);
        self.height * t * t
    }
}

/// Distance of the nodes of the waves, mm.
const CELL: f32 = 0.4;

/// The shape of a film.
struct Waves {
    seed: u32,
    /// Cosine and sine of the direction that the waves run in.
    turn: [f32; 2],
    height: f32,
    length: f32,
    /// Share of the film that clings.
    cling: f32,
    bubbles: Vec<Bubble>,
    card: RoundedRect,
    /// How far it comes down beside the card, mm.
    drop: f32,
}

/// Waves are long: they run across one direction and bend a little. Bubbles stand between them, and beside the card the
/// film comes down from its edge.
fn waves(rect: [f32; 4], sleeve: &Sleeve, card: &CardPose, seed: u32) -> Map<4> {
    let [card_w, card_h] = card.size.map(|s| s as f32);
    let waves = Waves {
        seed,
        turn: [libm::cos(sleeve.wave_turn) as f32, libm::sin(sleeve.wave_turn) as f32],
        height: sleeve.wave_height as f32,
        length: sleeve.wave_length as f32,
        cling: sleeve.cling as f32,
        bubbles: Bubble::draw(rect, seed),
        card: RoundedRect::new([0.0, 0.0, card_w, card_h], card.corner_radius as f32),
        drop: 0.5 * card.thickness as f32,
    };
    // Heights once at every node; leans are their central differences.
    let [left, top, right, bottom] = rect;
    let around = [left - CELL, top - CELL, right + 2.0 * CELL, bottom + 2.0 * CELL];
    let heights = Map::<1>::of_lanes(around, CELL, |at, [out]| rise(&waves, at, out));
    Map::of_lanes(rect, CELL, |at, out| lie(&waves, &heights, at, out))
}

kernel! {
    /// Heights of the film at places, mm.
    fn rise(waves: &Waves, at: &[Lane; 2], out: &mut Lane) {
        let mut pockets = [0.0; LANES];
        for bubble in &waves.bubbles {
            for i in 0..LANES {
                pockets[i] += bubble.rise(at[0][i], at[1][i]);
            }
        }
        for i in 0..LANES {
            out[i] = waves.surface(at[0][i], at[1][i], pockets[i]);
        }
    }
}

kernel! {
    /// How the film leans, clings and scatters at places.
    fn lie(waves: &Waves, heights: &Map<1>, at: &[Lane; 2], out: &mut [Lane; 4]) {
        let [x, y] = at;
        let [right, down] = heights.falls(at, CELL);
        (out[0], out[1]) = (right, down);
        for i in 0..LANES {
            out[2][i] = waves.cling(x[i], y[i]);
            out[3][i] = 1.0 + 0.35 * gradient(x[i] / 31.0, y[i] / 31.0, waves.seed ^ 0x98);
        }
    }
}

impl Waves {
    #[inline(always)]
    fn cling(&self, x: f32, y: f32) -> f32 {
        let patch = gradient(x / 24.0, y / 24.0, self.seed ^ 0x93)
            + 0.4 * gradient(x / 9.0, y / 9.0, self.seed ^ 0x94);
        let threshold = 0.75 - 1.5 * self.cling;
        if self.cling > 0.0 { smoothstep(threshold, threshold + 0.07, patch) } else { 0.0 }
    }

    /// Height at a place, mm, where pockets of air lift it by this much.
    #[inline(always)]
    fn surface(&self, x: f32, y: f32, pockets: f32) -> f32 {
        let Self { seed, turn: [c, s], height, length, .. } = *self;
        let bend = 0.35 * length * gradient(x / 55.0, y / 55.0, seed ^ 0x91);
        let (across, along) = (c * x + s * y + bend, c * y - s * x);
        let (u, v) = (across / length, along / (6.0 * length));
        let fold = gradient(2.0 * u, v, seed);
        let crease = gradient(5.3 * u, 1.7 * v, seed ^ 0x92);
        // Creases: sharp but rounded crests, which catch a lamp as thin lines.
        let crest = gradient(3.6 * u, 0.8 * v, seed ^ 0x99);
        let crests = (crest * crest + 0.004).sqrt();
        let wide = 3.5 + 2.0 * gradient(x / 19.0, y / 19.0, seed ^ 0x9d);
        let step = self.drop * smoothstep(-0.6, wide, self.card.distance([x, y]));
        pockets - step
            + height
                * (0.55 * fold + 0.16 * crease - 0.45 * crests
                    + 0.02 * gradient(x / 3.1, y / 3.1, seed ^ 0x95))
    }
}

/// Fine scratches and specks of dust, drawn into a finer map.
fn marks(rect: [f32; 4], seed: u32) -> Map<1> {
    let cell = 0.09;
    let mut map = Map::flat(rect, cell);
    let (w, h) = (rect[2] - rect[0], rect[3] - rect[1]);
    let at = |i: i32, tag: i32| unit(i, tag, seed ^ 0xa1);
    for i in 0..34 {
        let (x, y) = (rect[0] + w * at(i, 0), rect[1] + h * at(i, 1));
        let (dx, dy) = (2.0 * at(i, 2) - 1.0, 2.0 * at(i, 3) - 1.0);
        let norm = 1.0 / (dx * dx + dy * dy).sqrt().max(1e-3);
        let length = 3.0 + 22.0 * at(i, 4) * at(i, 5);
        let curve = 0.02 * (at(i, 6) - 0.5);
        let strength = 0.02 + 0.10 * at(i, 7) * at(i, 8);
        let steps = (length / cell) as i32;
        for k in 0..steps {
            let t = k as f32 * cell;
            let (u, v) = (t * norm, curve * t * t);
            let fade = 1.0 - (2.0 * k as f32 / steps as f32 - 1.0) * (2.0 * k as f32 / steps as f32 - 1.0);
            if let Some(value) = map.cell_mut([x + dx * u - dy * norm * v, y + dy * u + dx * norm * v]) {
                value[0] = value[0].max(strength * fade);
            }
        }
    }
    for i in 0..60 {
        let p = [rect[0] + w * at(i, 11), rect[1] + h * at(i, 12)];
        let strength = 0.05 + 0.25 * at(i, 13) * at(i, 14);
        let fibre = lattice(i, 15, seed).is_multiple_of(5);
        let [tx, ty] = [at(i, 16) - 0.5, at(i, 17) - 0.5];
        let length = if fibre { 14 } else { 1 };
        for k in 0..length {
            let t = k as f32 * cell;
            let bend = 0.5 * t * t * (at(i, 18) - 0.5);
            if let Some(value) =
                map.cell_mut([p[0] + 1.4 * tx * t - ty * bend, p[1] + 1.4 * ty * t + tx * bend])
            {
                value[0] = value[0].max(strength);
            }
        }
    }
    map
}
