//! A person to pixels: light is gathered at vertices, visibility resolved by the rasteriser with 2x2 samples
//! per pixel, and each pixel shaded once per surface that it shows; inside of smooth surfaces only at nodes.

use std::rc::Rc;

use glam::{Mat3, Vec3, Vec4};

use super::accessories::glasses;
use super::appearance::{Appearance, rgb};
use super::cloth;
use super::drawn::Drawn;
use super::eyes;
use super::face_hair::{beard, brows, lashes};
use super::figure::{Eyeball, Figure, Surface};
use super::gloss::{Gloss, mirrored};
use super::hair::{Guides, coverage, shade_of_scalp};
use super::light::{CLOTH, Caster, EYE, Lights, Lit, Receiver, SKIN, gather};
use super::lips;
use super::noise::smooth;
use super::parts::{LAYER_BITS, Layer, Outline, PARTS, Part, screen, surface_of};
use super::raster::{Fragment, Raster, ScreenVertex};
use super::shaded::{Nodes, Shaded, is_close, nodes};
use super::skin::{Painter, grain, mouth_corner, pores};
use super::strands::{Ribbons, above_hairline};
use super::threads::{Coat, LEAST_OPEN, Threads};
use super::topology::Topology;
use super::trim::Trimmed;
use crate::color::luminance;

/// A camera as the renderer of people uses it: mm and px.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lens {
    /// The centre of projection.
    pub(super) position: Vec3,
    /// Right, down and forward as columns.
    pub(super) axes: Mat3,
    /// Focal length, px.
    pub(super) focal: f32,
    /// The optical axis in the picture, px.
    pub(super) principal: [f32; 2],
    /// Width and height, px.
    pub(super) size: [usize; 2],
}

impl Lens {
    /// A point of the world in the picture, at `scale` samples per pixel.
    pub(super) fn project(&self, point: Vec3, scale: f32) -> ScreenVertex {
        let camera = self.axes.transpose() * (point - self.position);
        ScreenVertex::perspective(camera, self.focal * scale, self.principal.map(|c| c * scale))
    }

    /// A point of the world in the picture, px.
    pub(super) fn pixel(&self, point: Vec3) -> [f32; 2] {
        let v = self.project(point, 1.0);
        [v.x, v.y]
    }
}

/// Samples along the side of a pixel.
pub(super) const SAMPLES: usize = 2;
/// Samples drawn at a time, in whole rows: what stays near the processor.
const STRIP_SAMPLES: usize = 1 << 19;

/// Pores that turn the normal by less are not drawn: they change a pixel by less than a hundredth.
const FAINT: f32 = 0.03;

/// Everything that shading asks for.
pub(super) struct Shading<'a> {
    person: &'a Appearance,
    figure: &'a Figure,
    lights: &'a Lights,
    lens: &'a Lens,
    painter: Painter<'a>,
    threads: &'a Threads,
    /// Rows of pixels in a strip.
    strip: usize,
    layers: Vec<Layer<'a>>,
    /// Bits of the layers that may be interpolated.
    smooth: u32,
    cloth: cloth::Cloth,
    /// Corners and lids of each eye: inner, outer, middles of the upper and the lower lid.
    lids: [eyes::Lids; 2],
    /// Share of the light that comes in between the lips, 0-1.
    mouth: f32,
    /// Irradiance of an open surface that faces forward, lx.
    front: Vec3,
    /// Detail of the face, px per mm.
    fine: f32,
}

/// Draws a person.
pub(super) fn draw(person: &Appearance, figure: &Figure, lights: &Lights, lens: &Lens) -> Drawn {
    let guides = Guides::grow(person, figure, lens);
    let lits = light_up(person, figure, &guides, lights);
    let mut ribbons = Ribbons::default();
    let [skin_lit, .., hair_lit] = &lits;
    guides.comb(person, figure, hair_lit, lights, lens, &mut ribbons);
    brows(person, figure, skin_lit, lights, lens.position, &mut ribbons);
    beard(person, figure, skin_lit, lights, lens.position, &mut ribbons);
    glasses(person, figure, lights, &mut ribbons);
    lashes(person, figure, &lits[2], &mut ribbons);
    let [width, height] = lens.size;
    let strip = (STRIP_SAMPLES / (width * SAMPLES * SAMPLES).max(1)).clamp(1, height.max(1));
    let threads = Threads::new(ribbons, lens, strip);
    let mut shading = Shading {
        person,
        figure,
        lights,
        lens,
        painter: Painter::new(person),
        threads: &threads,
        strip,
        layers: Vec::new(),
        smooth: 0,
        cloth: cloth::Cloth::new(&person.clothes),
        fine: lens.focal / (lens.position - figure.landmark("nose_tip")).length().max(1.0),
        mouth: mouth(figure),
        front: lights.list.iter().map(|l| l.lux * l.towards.z.max(0.0)).sum(),
        lids: ["l", "r"].map(|side| {
            ["eye_inner", "eye_outer", "lid_upper", "lid_lower"]
                .map(|n| figure.landmark(&format!("{n}_{side}")))
        }),
    };
    for (k, part) in PARTS.into_iter().enumerate() {
        shading.add(part, lits[k].as_slice());
    }
    shading.add(Part::Jaw, skin_lit);
    resolve(&shading)
}

/// Share of the light that comes in between the lips of this figure, 0-1.
fn mouth(figure: &Figure) -> f32 {
    0.12 + 0.78 * smooth(0.3, 9.0, lips::gap(&figure.grown.positions))
}

/// Gathers light at all surfaces, in the order of [`PARTS`], and at the guides in the end.
fn light_up(person: &Appearance, figure: &Figure, guides: &Guides, lights: &Lights) -> [Vec<Lit>; 7] {
    let (hull, hull_triangles) = guides.hull();
    let cloth = cloth::Cloth::new(&person.clothes);
    let shirt_mesh = figure.shirt.topology.mesh;
    let worn: Vec<[u32; 3]> = shirt_mesh
        .triangles
        .iter()
        .copied()
        .filter(|t| t.iter().all(|i| cloth.covers(shirt_mesh.positions[*i as usize])))
        .collect();
    let coarse = |s: &'_ Surface| s.positions[..s.topology.mesh.positions.len()].to_vec();
    let (skin, shirt) = (coarse(&figure.skin), coarse(&figure.shirt));
    let casters = [
        Caster { positions: &skin, triangles: &figure.skin.topology.mesh.triangles, loose: false },
        Caster { positions: &shirt, triangles: &worn, loose: false },
        Caster { positions: &hull, triangles: &hull_triangles, loose: true },
    ];
    let mut receivers: Vec<Receiver<'_>> = PARTS
        .iter()
        .map(|part| {
            let surface = surface_of(figure, *part);
            let response = match part {
                Part::Skin | Part::Jaw | Part::Teeth | Part::Tongue => SKIN,
                Part::Eye(_) => EYE,
                Part::Shirt => CLOTH,
            };
            let midpoints = &surface.topology.midpoints;
            Receiver { positions: &surface.positions, normals: &surface.normals, midpoints, response }
        })
        .collect();
    receivers.push(guides.receiver());
    let mut gathered = gather(lights, &casters, &receivers).into_iter();
    let mut lits: [Vec<Lit>; 7] = core::array::from_fn(|_| gathered.next().unwrap_or_default());
    let Surface { topology, positions, normals } = &figure.skin;
    let open = topology.openness(positions, normals);
    topology.diffuse(&mut lits[0]);
    // Light that is caught in a fold comes out of it in the skin's own colour (Jimenez et al. 2016).
    let albedo = rgb(person.skin.albedo) * 0.92;
    let hair = shade_of_scalp(&person.hair);
    for (i, ((lit, open), rest)) in lits[0].iter_mut().zip(open).zip(&topology.rest).enumerate() {
        // The curve from neck to shoulder is no hollow.
        let open = 1.0 - (1.0 - open) * smooth(0.0, 45.0, rest.y);
        let grown = if rest.y > 45.0 { hair * coverage(&person.hair, *rest, above_hairline(i)) } else { 0.0 };
        let open = open * (1.0 - 0.42 * cloth.touch(*rest)) * (1.0 - grown);
        lit.lux *= (Vec3::ONE - albedo * (1.0 - open)).recip() * open;
        lit.open = lit.open.map(|share| share * open);
    }
    lits
}

/// Draws and shades strip by strip.
fn resolve(shading: &Shading<'_>) -> Drawn {
    let [width, height] = shading.lens.size;
    let mut drawn = Drawn::new(shading.lens.size);
    let mut row = vec![[0.0f32; 4]; width];
    let mut nodes = nodes(width, shading.fine);
    let strip = shading.strip;
    let mut raster = Raster::strip(width * SAMPLES, 0, (strip + nodes.reach()) * SAMPLES);
    let mut coat = Coat::new(width, strip);
    let rows = [strip, nodes.reach(), height].map(|rows| rows * SAMPLES);
    let seen: Vec<_> = shading.layers.iter().map(|layer| layer.by_strips(rows)).collect();
    for (k, top) in (0..height).step_by(strip).enumerate() {
        raster.restart(top * SAMPLES);
        for (layer, seen) in shading.layers.iter().zip(&seen) {
            let Outline { screen, sides, levels, .. } = layer.outline();
            raster.draw_numbered(screen, &seen[k], sides, levels);
        }
        coat.restart(&raster, top);
        shading.threads.draw(k, top, &raster, &mut coat);
        for y in top..(top + strip).min(height) {
            nodes.seek(y);
            for (x, pixel) in row.iter_mut().enumerate() {
                let (hair, hidden) = coat.at(x, y - top);
                if 1.0 - hidden < LEAST_OPEN {
                    *pixel = hair.extend(1.0).into();
                    continue;
                }
                let (color, covered, is_face) = shading.pixel(&raster, &mut nodes, x, y);
                let cover = hidden + covered * (1.0 - hidden);
                *pixel = (hair + color * (1.0 - hidden)).extend(cover).into();
                if is_face && hidden < 0.5 {
                    drawn.face.put(y * width + x);
                }
            }
            drawn.push(&row);
        }
    }
    drawn.face_box = face_box(shading);
    drawn
}

/// The box round the face's vertices: chin to hairline, ear to ear, whatever hides them.
fn face_box(shading: &Shading<'_>) -> [f64; 4] {
    let skin = &shading.figure.skin;
    let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
    for (i, (&rest, &point)) in skin.topology.rest.iter().zip(&skin.positions).enumerate() {
        if is_face(rest) && above_hairline(i) < 0.5 {
            for (k, value) in shading.lens.pixel(point).into_iter().enumerate() {
                low[k] = low[k].min(value);
                high[k] = high[k].max(value);
            }
        }
    }
    [low[0], low[1], high[0] - low[0], high[1] - low[1]].map(f64::from)
}

/// Whether a point of the default shape lies on the head rather than on the neck.
pub(super) fn is_face(rest: Vec3) -> bool {
    let jaw = 29.0 + (124.0 - rest.z).max(0.0) * 0.74;
    rest.y > jaw && rest.z > 18.0
}

impl<'a> Shading<'a> {
    /// The next layer.
    fn add(&mut self, part: Part, lits: &'a [Lit]) {
        let surface = surface_of(self.figure, part);
        let topology = surface.topology;
        let (skull, jaw) = topology.triangles.split_at(topology.jaw);
        let (screen, soft) = match self.layers.first() {
            Some(skin) if part == Part::Jaw => (Rc::clone(&skin.screen), Rc::clone(&skin.soft)),
            _ => (screen(part, surface, &self.cloth, self.lens), self.soft(part, topology)),
        };
        let trimmed = (part == Part::Shirt)
            .then(|| Trimmed::new(surface, &screen, self.lens, |rest| self.cloth.below_edge(rest)));
        let number = self.layers.len() as u32;
        let smooth = match part {
            Part::Shirt => is_close(self.fine) && !self.cloth.is_mottled(),
            _ => part.is_skin(),
        };
        self.smooth |= u32::from(smooth) << number;
        let triangles = if part == Part::Jaw { jaw } else { skull };
        self.layers.push(Layer {
            part,
            first: number << LAYER_BITS,
            screen,
            triangles,
            surface,
            lits,
            soft,
            trimmed,
        });
    }

    /// What paint knows at vertices already.
    fn soft(&self, part: Part, topology: &Topology) -> Rc<[Vec4]> {
        match part {
            Part::Skin => self.painter.soft(&topology.rest, &topology.masks).into(),
            Part::Shirt => {
                let own = (self.person.seed & 31) as f32;
                topology.rest.iter().map(|p| cloth::folds(*p, own)).collect()
            }
            _ => Rc::new([]),
        }
    }

    /// Colour times cover, cover, and whether the pixel is mostly face.
    fn pixel(&self, raster: &Raster, nodes: &mut Nodes, x: usize, y: usize) -> (Vec3, f32, bool) {
        const COUNT: usize = SAMPLES * SAMPLES;
        let (x, y) = (x * SAMPLES, y * SAMPLES);
        let numbers = raster.quad(x, y);
        // All bits are set where there is nothing.
        if numbers.iter().all(|number| *number == u32::MAX) {
            return (Vec3::ZERO, 0.0, false);
        }
        let layer = numbers[0] >> LAYER_BITS;
        if self.is_smooth(layer) && numbers.iter().all(|number| number >> LAYER_BITS == layer) {
            let nearness = raster.get(x, y).map_or(0.0, |(nearness, _)| nearness);
            if let Some(shaded) = Shaded::between(nodes, self, raster, x / SAMPLES, layer, nearness) {
                return (self.finish(&shaded, layer), 1.0, shaded.face > 0.5);
            }
        }
        let mut sum = Vec3::ZERO;
        let (mut covered, mut face) = (0, 0);
        let mut known: Option<(u32, f32, Vec3, bool)> = None;
        for k in 0..COUNT {
            let (x, y) = (x + k % SAMPLES, y + k / SAMPLES);
            let Some((nearness, number)) = raster.get(x, y) else { continue };
            let layer = number >> LAYER_BITS;
            let (color, is_face) = match known {
                // Smooth surfaces are shaded once per pixel.
                Some((l, near, color, is_face)) if l == layer && (near / nearness - 1.0).abs() < 0.01 => {
                    (color, is_face)
                }
                _ => self.shade(&self.fragment(number, nearness, x, y), layer),
            };
            known = Some((layer, nearness, color, is_face));
            sum += color;
            covered += 1;
            face += usize::from(is_face);
        }
        (sum / COUNT as f32, covered as f32 / COUNT as f32, 2 * face > COUNT)
    }

    /// Where on its triangle a sample lies.
    pub(super) fn fragment(&self, number: u32, nearness: f32, x: usize, y: usize) -> Fragment {
        let layer = &self.layers[(number >> LAYER_BITS) as usize];
        let drawn = number - layer.first;
        let triangle = layer.trimmed.as_ref().map_or(drawn, |part| part.parents[drawn as usize]);
        let [a, b, c] = layer.triangles[triangle as usize];
        let screen = |i: u32| layer.screen[i as usize];
        Fragment::of(triangle, nearness, [screen(a), screen(b), screen(c)], x, y)
    }

    /// Whether a layer's surface may be interpolated between places.
    #[inline]
    pub(super) fn is_smooth(&self, layer: u32) -> bool {
        self.smooth >> layer & 1 == 1
    }

    fn place(&self, fragment: &Fragment, layer: &Layer<'_>) -> (Place, [u32; 3]) {
        let surface = layer.surface;
        let corners = layer.triangles[fragment.triangle as usize];
        let at = Place {
            position: fragment.at(&surface.positions, corners),
            normal: fragment.at(&surface.normals, corners).normalize_or_zero(),
            rest: fragment.at(&surface.topology.rest, corners),
            lit: fragment.at(layer.lits, corners),
        };
        (at, corners)
    }

    fn shade(&self, fragment: &Fragment, number: u32) -> (Vec3, bool) {
        if self.is_smooth(number) {
            let shaded = self.surface(fragment, number);
            return (self.finish(&shaded, number), shaded.face > 0.5);
        }
        let layer = &self.layers[number as usize];
        let (at, corners) = self.place(fragment, layer);
        match layer.part {
            Part::Eye(k) => (self.eye(&at, &self.figure.eyeballs[k], &self.lids[k]), true),
            Part::Teeth => (self.wet(&at, Vec3::new(0.62, 0.57, 0.47) * self.mouth, 0.8 * self.mouth), true),
            Part::Tongue => (self.wet(&at, Vec3::new(0.36, 0.13, 0.12) * self.mouth, 0.5 * self.mouth), true),
            Part::Skin | Part::Jaw | Part::Shirt => {
                let folds = fragment.at(&layer.soft, corners);
                (self.shirt(&at, folds, cloth::Cloth::weave(at.rest)).1, false)
            }
        }
    }

    /// A smooth layer's surface at a place.
    pub(super) fn surface(&self, fragment: &Fragment, number: u32) -> Shaded {
        let layer = &self.layers[number as usize];
        let (at, corners) = self.place(fragment, layer);
        let soft = fragment.at(&layer.soft, corners);
        if layer.part.is_skin() {
            let mask = |k: usize| Vec4::from(layer.surface.topology.masks[corners[k] as usize]);
            let masks = fragment.mix([mask(0), mask(1), mask(2)]);
            return self.skin(&at, masks.into(), soft, fragment.nearness);
        }
        let (albedo, color) = self.shirt(&at, soft, 0.0);
        let (woven, _) = self.cloth.paint(at.rest, soft, 1.0);
        Shaded {
            rest: at.rest,
            nearness: fragment.nearness,
            color,
            fine: self.lens.focal * fragment.nearness,
            tilt: Vec3::ZERO,
            face: 0.0,
            grain: woven / albedo.max(Vec3::splat(1e-4)) - Vec3::ONE,
            pores: 0.0,
        }
    }

    /// The colour of a smooth layer's pixel.
    fn finish(&self, shaded: &Shaded, layer: u32) -> Vec3 {
        if self.layers[layer as usize].part == Part::Shirt {
            return shaded.color * (Vec3::ONE + shaded.grain * cloth::Cloth::weave(shaded.rest));
        }
        if pores(shaded.fine) <= FAINT {
            return shaded.color;
        }
        let detail = self.painter.detail(shaded.rest);
        let turned = (1.0 + shaded.tilt.dot(detail.truncate())).clamp(0.4, 2.5);
        let pore = shaded.pores * smooth(0.12, 0.55, -detail.w);
        shaded.color * (Vec3::ONE + shaded.grain * (0.35 * detail.w - pore)) * turned
    }

    fn skin(&self, at: &Place, masks: [f32; 4], soft: Vec4, nearness: f32) -> Shaded {
        let fine = self.lens.focal * nearness;
        let paint = self.painter.at(at.rest, masks, soft);
        let normal = (at.normal + paint.relief).normalize_or_zero();
        let mut lux = at.lit.turned(at.normal, normal);
        if masks[2] > 0.0 {
            // Lips that touch leave no black hole between them.
            lux = lux.max(self.front * (0.30 * mouth_corner(at.rest) * smooth(0.0, 0.4, masks[2])));
        }
        if masks[3] > 0.0 {
            lux += self.through(normal, masks[3]);
        }
        let diffuse = paint.albedo * lux * core::f32::consts::FRAC_1_PI;
        let (mirrored, lean) = mirrored(self.lights, &at.lit, normal, self.to_eye(at), paint.gloss);
        let color = diffuse + mirrored;
        let light = |color: Vec3| luminance(color.into());
        let change = at.lit.steepness(at.normal, normal) * light(diffuse) + lean;
        let change = change - normal * normal.dot(change);
        let above = (masks[1] - 0.5) * 80.0;
        let bare = coverage(&self.person.hair, at.rest, above) < 0.4 && above < 6.0;
        Shaded {
            rest: at.rest,
            nearness,
            color,
            fine,
            tilt: change * (pores(fine) / light(color).max(1e-6)),
            face: if bare && is_face(at.rest) && masks[2] < 0.9 { 1.0 } else { 0.0 },
            grain: grain(fine) * diffuse / color.max(Vec3::splat(1e-6)),
            pores: paint.pores,
        }
    }

    /// Unit vector from a place to the camera.
    fn to_eye(&self, at: &Place) -> Vec3 {
        (self.lens.position - at.position).normalize_or_zero()
    }

    /// Light of lamps behind the head that shines through thin skin which no hair hangs over, lx per channel.
    fn through(&self, normal: Vec3, thin: f32) -> Vec3 {
        if self.person.hair.style.hangs() {
            return Vec3::ZERO;
        }
        let behind = self.lights.highlights.iter().filter(|(towards, _)| towards.z < 0.0);
        let reaches = |(towards, lux): &(Vec3, Vec3)| *lux * (0.15 - normal.dot(*towards)).clamp(0.0, 1.0);
        // Blood takes all but red; glare in the lens would drown more of it.
        let light = behind.map(reaches).sum::<Vec3>() * Vec3::new(0.17, 0.030, 0.016) * thin;
        light * (0.8 * self.front.x / light.x.max(1e-6)).min(1.0)
    }

    fn eye(&self, at: &Place, ball: &Eyeball, lids: &eyes::Lids) -> Vec3 {
        let out = (at.position - ball.centre).normalize_or_zero();
        let lux = at.lit.turned(at.normal, out);
        let spot = eyes::Spot { position: at.position, out, to_eye: self.to_eye(at), lit: at.lit, lux };
        eyes::shade(self.person, ball, lids, self.lights, &spot)
    }

    /// Albedo and colour of the garment where its weave is this.
    fn shirt(&self, at: &Place, folds: Vec4, weave: f32) -> (Vec3, Vec3) {
        let (albedo, relief) = self.cloth.paint(at.rest, folds, weave);
        let normal = (at.normal + relief).normalize_or_zero();
        // The inside of a collar, which stands away from the neck, gets what comes past the chin.
        let inside = smooth(0.05, -0.12, at.normal.dot(self.to_eye(at)));
        let lux = at.lit.turned(at.normal, normal).lerp(self.front * 0.28, inside);
        (albedo, albedo * lux * core::f32::consts::FRAC_1_PI)
    }

    fn wet(&self, at: &Place, albedo: Vec3, amount: f32) -> Vec3 {
        let gloss = Gloss { amount, oil: 0.5 };
        albedo * at.lit.lux * (core::f32::consts::FRAC_1_PI * 0.7)
            + mirrored(self.lights, &at.lit, at.normal, self.to_eye(at), gloss).0 * 0.5
    }
}

/// A place on a surface.
struct Place {
    position: Vec3,
    normal: Vec3,
    rest: Vec3,
    lit: Lit,
}

/// The steepest relative change of irradiance with the normal that relief is shaded with.
const MOST_SLOPE: f32 = 1.3;

impl Lit {
    /// The irradiance when the normal turns from the one that light was gathered with.
    fn turned(&self, from: Vec3, to: Vec3) -> Vec3 {
        self.lux * (1.0 + self.gentle_slope().dot(to - from)).clamp(0.25, 2.0)
    }

    /// Relative change of what [`Self::turned`] gives with the normal that is turned to.
    fn steepness(&self, from: Vec3, to: Vec3) -> Vec3 {
        let slope = self.gentle_slope();
        slope / (1.0 + slope.dot(to - from)).clamp(0.25, 2.0)
    }

    /// On the dark side little light comes from far round: there, the first order holds for small turns only.
    fn gentle_slope(&self) -> Vec3 {
        self.slope / (self.slope.length() / MOST_SLOPE).max(1.0)
    }
}
