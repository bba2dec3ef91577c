//! Light on a person: directional lights with shadow maps, gathered once at every vertex.
//!
//! Soft light on soft surfaces changes slowly, so visibility is gathered at the vertices of the refined
//! meshes (a few millimetres apart) instead of at pixels; a first-order term (Ramamoorthi and Hanrahan's
//! irradiance gradient in the normal) keeps fine relief alive between them.

use glam::Vec3;

use super::raster::{DepthMap, ScreenVertex};

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
pub(super) const HIGHLIGHTS: usize = 2;

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
        let open = [self.open[0] + o.open[0], self.open[1] + o.open[1]];
        Self { lux: self.lux + o.lux, slope: self.slope + o.slope, open }
    }
}

impl core::ops::Mul<f32> for Lit {
    type Output = Self;
    fn mul(self, s: f32) -> Self {
        Self { lux: self.lux * s, slope: self.slope * s, open: [self.open[0] * s, self.open[1] * s] }
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
pub(super) const SKIN: Response = Response { wrap: Vec3::new(0.32, 0.16, 0.11), offset: 3.0 };
pub(super) const CLOTH: Response = Response { wrap: Vec3::new(0.1, 0.1, 0.1), offset: 4.0 };
pub(super) const EYE: Response = Response { wrap: Vec3::new(0.25, 0.22, 0.2), offset: 3.0 };
pub(super) const HAIR: Response = Response { wrap: Vec3::new(0.45, 0.45, 0.45), offset: 7.0 };

/// All lights of a picture.
#[derive(Clone, Debug, Default)]
pub(super) struct Lights {
    pub(super) list: Vec<Light>,
    /// The middles of the highlights and their illuminance.
    pub(super) highlights: Vec<(Vec3, Vec3)>,
}

impl Lights {
    /// Adds a lamp; the first [`HIGHLIGHTS`] of them give highlights.
    pub(super) fn lamp(&mut self, lamp: &Lamp) {
        let highlight = (self.highlights.len() < HIGHLIGHTS).then_some(self.highlights.len());
        if highlight.is_some() {
            self.highlights.push((lamp.towards, lamp.lux));
        }
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

    fn open(&self, point: Vec3) -> f32 {
        let at = self.project(point);
        self.map.unshadowed(at.x, at.y, at.nearness + 0.32 / self.scale)
    }
}

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
    let mut gathered: Vec<Vec<Lit>> =
        receivers.iter().map(|r| vec![Lit::default(); r.positions.len()]).collect();
    let mut counts = [0usize; HIGHLIGHTS];
    let mut open = Vec::new();
    for (i, light) in lights.list.iter().enumerate() {
        if let Some(k) = light.highlight {
            counts[k] += 1;
        }
        let shadow = Shadow::new(light, casters.iter().filter(|c| !c.loose || i % 2 == 0));
        for (receiver, lits) in receivers.iter().zip(&mut gathered) {
            add_light(light, &shadow, receiver, &mut open, lits);
        }
    }
    for lit in gathered.iter_mut().flatten() {
        let total = lit.lux.max_element().max(1e-6);
        lit.slope /= total;
        for (open, count) in lit.open.iter_mut().zip(counts) {
            *open /= count.max(1) as f32;
        }
    }
    gathered
}

/// Adds one light to a receiver; `open` is room to work in.
fn add_light(light: &Light, shadow: &Shadow, receiver: &Receiver<'_>, open: &mut Vec<f32>, lits: &mut [Lit]) {
    let Response { wrap, offset } = receiver.response;
    let widest = wrap.max_element();
    let one = Vec3::ONE + wrap;
    let scale = light.lux / (one * one);
    let strength = light.lux.max_element();
    let own = receiver.positions.len() - receiver.midpoints.len();
    open.clear();
    open.extend(receiver.positions[..own].iter().zip(receiver.normals).map(|(&position, &normal)| {
        if normal.dot(light.towards) <= -widest { 0.0 } else { shadow.open(position + normal * offset) }
    }));
    for &[a, b] in receiver.midpoints {
        open.push((open[a as usize] + open[b as usize]) / 2.0);
    }
    for ((&open, &normal), lit) in open.iter().zip(receiver.normals).zip(lits) {
        if open > 0.0 {
            let cos = normal.dot(light.towards);
            lit.lux += scale * (Vec3::splat(cos) + wrap).max(Vec3::ZERO) * open;
            lit.slope += light.towards * (strength * open);
            if let Some(k) = light.highlight {
                lit.open[k] += open;
            }
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
