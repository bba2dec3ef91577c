//! Light on a person: directional lights with shadow maps, gathered once at every vertex.
//!
//! Soft light on soft surfaces changes slowly, so visibility is gathered at the vertices of the refined
//! meshes (a few millimetres apart) instead of at pixels; a first-order term (Ramamoorthi and Hanrahan's
//! irradiance gradient in the normal) keeps fine relief alive between them.

use glam::Vec3;
use retake_simd::kernel;

use super::depth_map::DepthMap;
use super::raster::ScreenVertex;

/// A distant light.
#[derive(Clone, Copy, Debug)]
pub(super) struct Light {
    /// Unit vector towards it.
    pub(super) towards: Vec3,
    /// Illuminance on a surface that faces it, lx per linear sRGB channel.
    pub(super) lux: Vec3,
    /// Which highlight it is a sample of, if of any.
    pub(super) highlight: Option<usize>,
}

/// A light of a certain angular size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lamp {
    /// Unit vector towards its middle.
    pub(super) towards: Vec3,
    /// Angular radius, radians.
    pub(super) radius: f32,
    /// Illuminance on a surface that faces it, lx per linear sRGB channel.
    pub(super) lux: Vec3,
    /// How many directions stand for it.
    pub(super) samples: usize,
}

/// Most highlights that are kept apart.
pub(super) const HIGHLIGHTS: usize = 3;

/// Light gathered at a vertex.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lit {
    /// Irradiance, lx per channel.
    pub(super) lux: Vec3,
    /// Its relative change as the normal turns.
    pub(super) slope: Vec3,
    /// Visible share of each highlight, 0-1.
    pub(super) open: [f32; HIGHLIGHTS],
}

impl core::ops::Add for Lit {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        let open = core::array::from_fn(|k| self.open[k] + o.open[k]);
        Self { lux: self.lux + o.lux, slope: self.slope + o.slope, open }
    }
}

impl core::ops::Mul<f32> for Lit {
    type Output = Self;
    fn mul(self, s: f32) -> Self {
        Self { lux: self.lux * s, slope: self.slope * s, open: self.open.map(|open| open * s) }
    }
}

/// How a material takes light: how far it reaches round the terminator per channel (0 is Lambert), and how
/// far a vertex is moved along its normal before it asks for shadow, mm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Response {
    pub(super) wrap: Vec3,
    pub(super) offset: f32,
}

/// Skin scatters red light farthest (Jensen et al. 2001; here as wrapped diffuse).
pub(super) const SKIN: Response = Response { wrap: Vec3::new(0.17, 0.055, 0.03), offset: 3.0 };
pub(super) const CLOTH: Response = Response { wrap: Vec3::new(0.1, 0.1, 0.1), offset: 4.0 };
pub(super) const EYE: Response = Response { wrap: Vec3::new(0.25, 0.22, 0.2), offset: 3.0 };
pub(super) const HAIR: Response = Response { wrap: Vec3::new(0.45, 0.45, 0.45), offset: 7.0 };

/// All lights of a picture.
#[derive(Clone, Debug, Default)]
pub(super) struct Lights {
    pub(super) list: Vec<Light>,
    /// The middles of the highlights and their illuminance.
    pub(super) highlights: Vec<(Vec3, Vec3)>,
    /// Angular radii of the highlights, radians.
    pub(super) radii: Vec<f32>,
    /// The screen of the phone that takes the picture: wet eyes mirror it.
    pub(super) screen: Option<Lamp>,
}

impl Lights {
    /// Adds a lamp; the first [`HIGHLIGHTS`] of them give highlights.
    pub(super) fn lamp(&mut self, lamp: &Lamp) {
        let highlight = (self.highlights.len() < HIGHLIGHTS).then_some(self.highlights.len());
        if highlight.is_some() {
            self.highlights.push((lamp.towards, lamp.lux));
            self.radii.push(lamp.radius);
        }
        self.spread(lamp, highlight);
    }

    /// Adds the screen of the phone that takes the picture.
    pub(super) fn screen(&mut self, lamp: Lamp) {
        self.spread(&lamp, None);
        self.screen = Some(lamp);
    }

    fn spread(&mut self, lamp: &Lamp, highlight: Option<usize>) {
        let (u, v) = lamp.towards.any_orthonormal_pair();
        let share = lamp.lux / lamp.samples as f32;
        for i in 0..lamp.samples {
            let (dx, dy) = sunflower(i, lamp.samples);
            let towards = (lamp.towards + (u * dx + v * dy) * lamp.radius).normalize();
            self.list.push(Light { towards, lux: share, highlight });
        }
    }

    /// Adds everything around as `count` directions; `luminance` gives cd/m2 per channel.
    pub(super) fn dome(&mut self, count: usize, luminance: impl Fn(Vec3) -> Vec3) {
        let solid_angle = core::f32::consts::TAU * 2.0 / count as f32;
        for i in 0..count {
            let y = 1.0 - 2.0 * (i as f32 + 0.5) / count as f32;
            let r = (1.0 - y * y).max(0.0).sqrt();
            let (s, c) = sin_cos(i as f32 * GOLDEN_ANGLE);
            let towards = Vec3::new(r * c, y, r * s);
            let lux = luminance(towards) * solid_angle;
            if lux.max_element() > 0.0 {
                self.list.push(Light { towards, lux, highlight: None });
            }
        }
    }
}

const GOLDEN_ANGLE: f32 = 2.399_963_2;

fn sin_cos(angle: f32) -> (f32, f32) {
    (libm::sinf(angle), libm::cosf(angle))
}

/// Point `i` of `count` spread evenly over the unit disc (Vogel 1979).
fn sunflower(i: usize, count: usize) -> (f32, f32) {
    let r = ((i as f32 + 0.5) / count as f32).sqrt();
    let (s, c) = sin_cos(i as f32 * GOLDEN_ANGLE);
    (r * c, r * s)
}

/// Triangles that cast shadows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caster<'a> {
    pub(super) positions: &'a [Vec3],
    pub(super) triangles: &'a [[u32; 3]],
    /// Lets half of the light through: it shades only every other direction. It has two sides; other casters are
    /// skins, whose nearest side to a light faces it.
    pub(super) loose: bool,
}

/// A shadow map of one light.
struct Shadow {
    right: Vec3,
    down: Vec3,
    towards: Vec3,
    /// Pixels per mm.
    scale: f32,
    map: DepthMap,
}

/// The middle of what casts shadows, mm, and its radius.
const MIDDLE: Vec3 = Vec3::new(0.0, 50.0, 30.0);
const REACH: f32 = 300.0;
/// Pixels along the side of the shadow map of a lamp, and of a direction of the dome, where many coarse
/// ones make up for each other.
const SIDES: [usize; 2] = [192, 96];

impl Shadow {
    fn new<'a>(light: &Light, casters: impl Iterator<Item = &'a Caster<'a>>) -> Self {
        let (right, down) = light.towards.any_orthonormal_pair();
        let side = SIDES[usize::from(light.highlight.is_none())];
        let scale = side as f32 / (2.0 * REACH);
        let mut shadow = Self { right, down, towards: light.towards, scale, map: DepthMap::new(side, side) };
        let mut screen = Vec::new();
        for caster in casters {
            screen.clear();
            screen.extend(caster.positions.iter().map(|p| shadow.project(*p)));
            let facing = if caster.loose { 0.0 } else { right.cross(down).dot(light.towards) };
            shadow.map.draw_facing(&screen, caster.triangles, facing);
        }
        shadow
    }

    fn project(&self, point: Vec3) -> ScreenVertex {
        let p = point - MIDDLE;
        let half = REACH * self.scale;
        ScreenVertex::orthographic(
            p.dot(self.right) * self.scale + half,
            p.dot(self.down) * self.scale + half,
            -p.dot(self.towards),
        )
    }

    /// Where points lie in the map, and their nearness with the bias that keeps a surface out of its own shadow.
    fn places(&self, points: &Three, at: &mut Three) {
        let [x, y, nearness] = at;
        let half = REACH * self.scale;
        along(points, MIDDLE, self.right, self.scale, half, x);
        along(points, MIDDLE, self.down, self.scale, half, y);
        along(points, MIDDLE, self.towards, 1.0, BIAS / self.scale, nearness);
    }
}

/// How much nearer than it is a point may be shadowed, shadow map's px.
const BIAS: f32 = 0.32;

/// Points that take light, each with its normal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Receiver<'a> {
    pub(super) positions: &'a [Vec3],
    pub(super) normals: &'a [Vec3],
    /// Ends of edges in whose middle the last of the points lie: their shadow is the mean of the ends'.
    pub(super) midpoints: &'a [[u32; 2]],
    pub(super) response: Response,
}

/// Gathers light at all receivers, one shadow map at a time.
pub(super) fn gather(lights: &Lights, casters: &[Caster<'_>], receivers: &[Receiver<'_>]) -> Vec<Vec<Lit>> {
    let mut lit: Vec<Gathering<'_>> = receivers.iter().map(Gathering::new).collect();
    let mut counts = [0usize; HIGHLIGHTS];
    for (i, light) in lights.list.iter().enumerate() {
        if let Some(k) = light.highlight {
            counts[k] += 1;
        }
        let shadow = Shadow::new(light, casters.iter().filter(|c| !c.loose || i % 2 == 0));
        lit.iter_mut().for_each(|receiver| receiver.add(light, &shadow));
    }
    lit.iter().map(|receiver| receiver.finish(counts)).collect()
}

/// One value in each of three planes: `x`, `y` and `z`, or the three channels.
type Three = [Vec<f32>; 3];

fn planes(values: impl ExactSizeIterator<Item = Vec3> + Clone) -> Three {
    core::array::from_fn(|k| values.clone().map(|v| v[k]).collect())
}

/// A receiver while light is gathered: every coordinate by itself, so that points are worked on side by side.
struct Gathering<'a> {
    receiver: &'a Receiver<'a>,
    /// Where points ask for shadow, of those that do.
    asking: Three,
    normals: Three,
    lux: Three,
    slope: Three,
    highlights: [Vec<f32>; HIGHLIGHTS],
    /// Cosine to the light, and the place in the shadow map: room to work in.
    cos: Vec<f32>,
    at: Three,
    open: Vec<f32>,
}

impl<'a> Gathering<'a> {
    fn new(receiver: &'a Receiver<'a>) -> Self {
        let Receiver { positions, normals, midpoints, response } = *receiver;
        let (count, own) = (positions.len(), positions.len() - midpoints.len());
        let asking = positions[..own].iter().zip(normals).map(|(p, n)| *p + *n * response.offset);
        let line = |count: usize| vec![0.0f32; count];
        Self {
            receiver,
            asking: planes(asking),
            normals: planes(normals[..count].iter().copied()),
            lux: [(); 3].map(|()| line(count)),
            slope: [(); 3].map(|()| line(count)),
            highlights: [(); HIGHLIGHTS].map(|()| line(count)),
            cos: line(count),
            at: [(); 3].map(|()| line(own)),
            open: line(count),
        }
    }

    /// Adds one light.
    fn add(&mut self, light: &Light, shadow: &Shadow) {
        let Response { wrap, .. } = self.receiver.response;
        let widest = wrap.max_element();
        let one = Vec3::ONE + wrap;
        let scale = light.lux / (one * one);
        along(&self.normals, Vec3::ZERO, light.towards, 1.0, 0.0, &mut self.cos);
        shadow.places(&self.asking, &mut self.at);
        let [x, y, nearness] = &self.at;
        let own = x.len();
        let (open, middles) = self.open.split_at_mut(own);
        for (i, (open, cos)) in open.iter_mut().zip(&self.cos).enumerate() {
            *open = if *cos <= -widest { 0.0 } else { shadow.map.unshadowed(x[i], y[i], nearness[i]) };
        }
        for (middle, &[a, b]) in middles.iter_mut().zip(self.receiver.midpoints) {
            *middle = (open[a as usize] + open[b as usize]) / 2.0;
        }
        for k in 0..3 {
            add_lux(&mut self.lux[k], &self.cos, &self.open, scale[k], wrap[k]);
            add_share(&mut self.slope[k], &self.open, light.towards[k], light.lux.max_element());
        }
        if let Some(k) = light.highlight {
            add_share(&mut self.highlights[k], &self.open, 1.0, 1.0);
        }
    }

    /// What was gathered from highlights of so many samples.
    fn finish(&self, counts: [usize; HIGHLIGHTS]) -> Vec<Lit> {
        let three = |planes: &Three, i: usize| Vec3::new(planes[0][i], planes[1][i], planes[2][i]);
        let lit = |i: usize| {
            let lux = three(&self.lux, i);
            let slope = three(&self.slope, i) / lux.max_element().max(1e-6);
            let open = core::array::from_fn(|k| self.highlights[k][i] / counts[k].max(1) as f32);
            Lit { lux, slope, open }
        };
        (0..self.cos.len()).map(lit).collect()
    }
}

kernel! {
    /// How far vectors reach along an axis from a point, times a scale and moved by an offset.
    fn along(vectors: &Three, from: Vec3, axis: Vec3, scale: f32, offset: f32, out: &mut [f32]) {
        let [x, y, z] = vectors;
        for (((out, x), y), z) in out.iter_mut().zip(x).zip(y).zip(z) {
            let v = [x - from.x, y - from.y, z - from.z];
            *out = (v[0] * axis.x + v[1] * axis.y + v[2] * axis.z) * scale + offset;
        }
    }
}

kernel! {
    /// Adds the irradiance of one channel: the light's, and how far it reaches round the terminator.
    fn add_lux(lux: &mut [f32], cos: &[f32], open: &[f32], scale: f32, wrap: f32) {
        for ((lux, cos), open) in lux.iter_mut().zip(cos).zip(open) {
            *lux += scale * (cos + wrap).max(0.0) * open;
        }
    }
}

kernel! {
    fn add_share(sums: &mut [f32], open: &[f32], way: f32, strength: f32) {
        for (sum, open) in sums.iter_mut().zip(open) {
            *sum += way * (strength * open);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(response: Response) -> Lit {
        let mut lights = Lights::default();
        lights.dome(256, |_| Vec3::splat(100.0));
        let receiver = Receiver { positions: &[MIDDLE], normals: &[Vec3::Y], midpoints: &[], response };
        gather(&lights, &[], &[receiver])[0][0]
    }

    #[test]
    fn an_even_dome_gives_pi_times_its_luminance() {
        let lit = flat(Response { wrap: Vec3::ZERO, offset: 0.0 });
        assert!((lit.lux.x / (100.0 * core::f32::consts::PI) - 1.0).abs() < 0.01, "{}", lit.lux);
        // Wrapping spreads light, and neither makes nor loses any over all directions.
        let sum: f32 = (0..100)
            .map(|i| {
                let cos = (i as f32 + 0.5) / 50.0 - 1.0;
                (cos + 0.32f32).max(0.0) / (1.32 * 1.32) * 0.02
            })
            .sum();
        assert!((sum - 0.5).abs() < 0.01, "{sum}");
    }

    #[test]
    fn a_roof_takes_the_light_of_a_lamp_above_it() {
        let mut lights = Lights::default();
        lights.lamp(&Lamp { towards: Vec3::Y, radius: 0.0, lux: Vec3::splat(500.0), samples: 4 });
        let roof = [Vec3::new(-50.0, 90.0, -50.0), Vec3::new(0.0, 90.0, 90.0), Vec3::new(50.0, 90.0, -50.0)];
        let caster = Caster { positions: &roof, triangles: &[[0, 1, 2]], loose: false };
        let below = Vec3::new(0.0, 50.0, 0.0);
        let beside = Vec3::new(150.0, 50.0, 0.0);
        let above = Vec3::new(0.0, 100.0, 0.0);
        let receiver = Receiver {
            positions: &[below, beside, above],
            normals: &[Vec3::Y; 3],
            midpoints: &[],
            response: Response { wrap: Vec3::ZERO, offset: 0.0 },
        };
        let lits = &gather(&lights, &[caster], &[receiver])[0];
        assert_eq!(lits[0].lux.x, 0.0);
        assert!((lits[1].lux.x - 500.0).abs() < 1e-3 && (lits[2].lux.x - 500.0).abs() < 1e-3);
        assert!((lits[1].open[0] - 1.0).abs() < 1e-6 && lits[0].open[0] == 0.0);
    }
}
