//! A person to pixels: light is gathered at vertices, visibility resolved by the rasteriser with 2x2 samples
//! per pixel, and each pixel shaded once per surface that it shows.

use glam::{Mat3, Vec3, Vec4};
use retake_label::Mask;

use super::accessories::glasses;
use super::appearance::{Appearance, rgb};
use super::cloth;
use super::face_hair::{beard, brows};
use super::figure::{Eyeball, Figure, Surface};
use super::hair::{Guides, coverage};
use super::light::{CLOTH, Caster, EYE, Lights, Lit, Receiver, SKIN, gather};
use super::noise::{hash01, smooth};
use super::raster::{Fragment, Raster, ScreenVertex, Sides};
use super::skin::{Painter, eye};
use super::strands::{Ribbons, above_hairline};
use crate::image::{LinearImage, Plane};

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
    fn project(&self, point: Vec3, scale: f32) -> ScreenVertex {
        let camera = self.axes.transpose() * (point - self.position);
        ScreenVertex::perspective(camera, self.focal * scale, self.principal.map(|c| c * scale))
    }

    /// A point of the world in the picture, px.
    pub(super) fn pixel(&self, point: Vec3) -> [f32; 2] {
        let v = self.project(point, 1.0);
        [v.x, v.y]
    }
}

/// A person in a picture, without what is behind.
pub(super) struct Drawn {
    /// Light of the person times `cover`, cd/m2.
    pub(super) image: LinearImage,
    /// The person's share of the pixel, 0-1.
    pub(super) cover: Plane,
    /// Pixels that show the face.
    pub(super) face: Mask,
    /// Left, top, width and height of the face, px.
    pub(super) face_box: [f64; 4],
}

/// Samples along the side of a pixel.
const SAMPLES: usize = 2;
/// Samples drawn at a time, in whole rows: what stays near the processor.
const STRIP_SAMPLES: usize = 1 << 19;

/// What a triangle belongs to, in the order in which they are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Skin,
    Shirt,
    Eye(usize),
    Lashes,
    Teeth,
    Tongue,
    Ribbons,
}

const PARTS: [Part; 8] = [
    Part::Skin,
    Part::Shirt,
    Part::Eye(0),
    Part::Eye(1),
    Part::Lashes,
    Part::Teeth,
    Part::Tongue,
    Part::Ribbons,
];

/// A part ready to be drawn.
struct Layer<'a> {
    part: Part,
    first: u32,
    screen: Vec<ScreenVertex>,
    triangles: &'a [[u32; 3]],
    surface: Option<&'a Surface>,
    lits: &'a [Lit],
    /// What paint knows at vertices already: see [`Painter::soft`] and [`cloth::folds`].
    soft: Vec<Vec4>,
}

/// Everything that shading asks for.
struct Shading<'a> {
    person: &'a Appearance,
    figure: &'a Figure,
    lights: &'a Lights,
    lens: &'a Lens,
    painter: Painter<'a>,
    ribbons: &'a Ribbons,
    threads: &'a Threads,
    layers: Vec<Layer<'a>>,
    cloth: cloth::Cloth,
    /// Corners and upper lid of each eye: inner, outer, middle of the lid.
    lids: [[Vec3; 3]; 2],
}

/// Draws a person.
pub(super) fn draw(person: &Appearance, figure: &Figure, lights: &Lights, lens: &Lens) -> Drawn {
    let guides = Guides::grow(person, figure);
    let lits = light_up(person, figure, &guides, lights);
    let mut ribbons = Ribbons::default();
    let [skin_lit, .., hair_lit] = &lits;
    guides.comb(person, figure, hair_lit, lights, lens, &mut ribbons);
    brows(person, figure, skin_lit, lights, lens.position, &mut ribbons);
    beard(person, figure, skin_lit, lights, lens.position, &mut ribbons);
    glasses(person, figure, lights, &mut ribbons);
    let threads = Threads::new(&ribbons, lens);
    let mut shading = Shading {
        person,
        figure,
        lights,
        lens,
        painter: Painter::new(person),
        ribbons: &ribbons,
        threads: &threads,
        layers: Vec::new(),
        cloth: cloth::Cloth::new(&person.clothes),
        lids: ["l", "r"].map(|side| {
            ["eye_inner", "eye_outer", "lid_upper"].map(|n| figure.landmark(&format!("{n}_{side}")))
        }),
    };
    let mut first = 0;
    for (k, part) in PARTS.into_iter().enumerate() {
        let surface = surface_of(figure, part);
        let triangles = surface.map_or(&[][..], |s| s.topology.triangles.as_slice());
        let project = |s: &Surface| s.positions.iter().map(|p| lens.project(*p, SAMPLES as f32)).collect();
        let screen = surface.map(project).unwrap_or_default();
        let lits = if surface.is_some() { lits[k].as_slice() } else { &[] };
        let soft = match (part, surface) {
            (Part::Skin, Some(s)) => shading.painter.soft(&s.topology.rest, &s.topology.masks),
            (Part::Shirt, Some(s)) => s.topology.rest.iter().map(|p| cloth::folds(*p)).collect(),
            _ => Vec::new(),
        };
        shading.layers.push(Layer { part, first, screen, triangles, surface, lits, soft });
        first += triangles.len() as u32;
    }
    resolve(&shading)
}

fn surface_of(figure: &Figure, part: Part) -> Option<&Surface> {
    match part {
        Part::Skin => Some(&figure.skin),
        Part::Shirt => Some(&figure.shirt),
        Part::Eye(k) => Some(&figure.eyes[k]),
        Part::Lashes => Some(&figure.lashes),
        Part::Teeth => Some(&figure.teeth),
        Part::Tongue => Some(&figure.tongue),
        Part::Ribbons => None,
    }
}

/// Gathers light at all surfaces, in the order of [`PARTS`], and at the guides in the end.
fn light_up(person: &Appearance, figure: &Figure, guides: &Guides, lights: &Lights) -> [Vec<Lit>; 8] {
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
        .filter_map(|part| {
            let surface = surface_of(figure, *part)?;
            let response = match part {
                Part::Skin | Part::Teeth | Part::Tongue => SKIN,
                Part::Eye(_) | Part::Lashes => EYE,
                Part::Shirt | Part::Ribbons => CLOTH,
            };
            let midpoints = &surface.topology.midpoints;
            Some(Receiver { positions: &surface.positions, normals: &surface.normals, midpoints, response })
        })
        .collect();
    receivers.push(guides.receiver());
    let mut gathered = gather(lights, &casters, &receivers).into_iter();
    let mut lits: [Vec<Lit>; 8] = core::array::from_fn(|_| gathered.next().unwrap_or_default());
    let Surface { topology, positions, normals } = &figure.skin;
    let open = topology.openness(positions, normals);
    for ((lit, open), rest) in lits[0].iter_mut().zip(open).zip(&topology.rest) {
        // The curve from neck to shoulder is no hollow.
        let open = 1.0 - (1.0 - open) * smooth(0.0, 45.0, rest.y);
        // Red light finds its way through the flesh beside a crease.
        lit.lux *= Vec3::new(0.12 + 0.88 * open, open, open);
        lit.open = lit.open.map(|share| share * open);
    }
    lits
}

/// Strands on the screen: their points in order, the thickness there, and the rows that each strand spans,
/// all in samples.
struct Threads {
    screen: Vec<ScreenVertex>,
    widths: Vec<f32>,
    rows: Vec<[f32; 2]>,
}

impl Threads {
    fn new(ribbons: &Ribbons, lens: &Lens) -> Self {
        let scale = SAMPLES as f32;
        let screen: Vec<_> = ribbons.points.iter().map(|p| lens.project(*p, scale)).collect();
        let mut widths = Vec::with_capacity(screen.len());
        let mut rows = Vec::with_capacity(ribbons.widths.len());
        for (strand, &[root, tip]) in ribbons.starts.windows(2).zip(&ribbons.widths) {
            let points = &screen[strand[0] as usize..strand[1] as usize];
            let mut span = [f32::INFINITY, f32::NEG_INFINITY];
            for (k, point) in points.iter().enumerate() {
                let s = k as f32 / (points.len() - 1).max(1) as f32;
                // Thick for most of its length, then quickly thin.
                let width = root + (tip - root) * s * s;
                let thick = width * lens.focal * scale * point.weight;
                widths.push(thick);
                span = [span[0].min(point.y - thick - 1.0), span[1].max(point.y + thick + 1.0)];
            }
            rows.push(span);
        }
        Self { screen, widths, rows }
    }

    /// Draws all strands, the piece that ends at point `i` as number `first + i`.
    fn draw(&self, starts: &[u32], first: u32, raster: &mut Raster, rows: [usize; 2]) {
        for ((strand, span), own) in starts.windows(2).zip(&self.rows).zip(0..) {
            if span[1] < rows[0] as f32 || span[0] > rows[1] as f32 {
                continue;
            }
            for i in strand[0] as usize + 1..strand[1] as usize {
                let widths = [self.widths[i - 1], self.widths[i]];
                raster.strand([&self.screen[i - 1], &self.screen[i]], widths, first + i as u32, own);
            }
        }
    }
}

/// Draws and shades strip by strip.
fn resolve(shading: &Shading<'_>) -> Drawn {
    let [width, height] = shading.lens.size;
    let mut image = LinearImage::filled(width, height, [0.0; 3]);
    let mut cover = Plane::filled(width, height, 0.0);
    let mut face = Mask::new(width as u32, height as u32);
    let strip = (STRIP_SAMPLES / (width * SAMPLES * SAMPLES).max(1)).clamp(1, height.max(1));
    for top in (0..height).step_by(strip) {
        let rows = strip.min(height - top);
        let mut raster = Raster::strip(width * SAMPLES, top * SAMPLES, rows * SAMPLES);
        for layer in &shading.layers {
            shading.rasterise(layer, &mut raster, [top, top + rows].map(|y| y * SAMPLES));
        }
        for y in top..top + rows {
            for x in 0..width {
                let (color, covered, is_face) = shading.pixel(&raster, x, y);
                image.pixels[y * width + x] = color.into();
                cover.values[y * width + x] = covered;
                if is_face {
                    face.set(x as u32, y as u32, true);
                }
            }
        }
    }
    Drawn { image, cover, face, face_box: face_box(shading) }
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

impl Shading<'_> {
    fn rasterise(&self, layer: &Layer<'_>, raster: &mut Raster, rows: [usize; 2]) {
        let Some(surface) = layer.surface else {
            self.threads.draw(&self.ribbons.starts, layer.first, raster, rows);
            return;
        };
        let rest = |f: &Fragment| {
            f.mix(
                layer.triangles[(f.triangle - layer.first) as usize]
                    .map(|i| surface.topology.rest[i as usize]),
            )
        };
        match layer.part {
            Part::Shirt => raster.draw(&layer.screen, layer.triangles, layer.first, Sides::Both, |f| {
                self.cloth.covers(rest(f))
            }),
            Part::Lashes => raster
                .draw(&layer.screen, layer.triangles, layer.first, Sides::Both, |f| lash(rest(f)).is_some()),
            _ => raster.draw(&layer.screen, layer.triangles, layer.first, Sides::Front, |_| true),
        }
    }

    /// Colour times cover, cover, and whether the pixel is mostly face.
    fn pixel(&self, raster: &Raster, x: usize, y: usize) -> (Vec3, f32, bool) {
        const COUNT: usize = SAMPLES * SAMPLES;
        let mut found: [Option<(Fragment, usize)>; COUNT] = [None; COUNT];
        for (k, slot) in found.iter_mut().enumerate() {
            let fragment = raster.get(x * SAMPLES + k % SAMPLES, y * SAMPLES + k / SAMPLES);
            *slot = fragment.map(|f| (f, self.layers.partition_point(|l| l.first <= f.triangle) - 1));
        }
        let mut sum = Vec3::ZERO;
        let (mut covered, mut face) = (0, 0);
        let mut known: Option<(usize, f32, Vec3, bool)> = None;
        for (fragment, layer) in found.into_iter().flatten() {
            let (color, is_face) = match known {
                // Smooth surfaces are shaded once per pixel; ribbons at every sample.
                Some((l, near, color, is_face))
                    if l == layer
                        && self.layers[l].part != Part::Ribbons
                        && (near / fragment.nearness - 1.0).abs() < 0.01 =>
                {
                    (color, is_face)
                }
                _ => self.shade(&fragment, layer),
            };
            known = Some((layer, fragment.nearness, color, is_face));
            sum += color;
            covered += 1;
            face += usize::from(is_face);
        }
        (sum / COUNT as f32, covered as f32 / COUNT as f32, 2 * face > COUNT)
    }

    fn shade(&self, fragment: &Fragment, layer: usize) -> (Vec3, bool) {
        let layer = &self.layers[layer];
        let number = (fragment.triangle - layer.first) as usize;
        let Some(surface) = layer.surface else {
            let [a, b] = [self.ribbons.colors[number - 1], self.ribbons.colors[number]];
            return (a * fragment.shares[0] + b * fragment.shares[1], false);
        };
        let corners = layer.triangles[number];
        let at = Place {
            position: fragment.mix(corners.map(|i| surface.positions[i as usize])),
            normal: fragment.mix(corners.map(|i| surface.normals[i as usize])).normalize_or_zero(),
            rest: fragment.mix(corners.map(|i| surface.topology.rest[i as usize])),
            lit: fragment.mix(corners.map(|i| layer.lits[i as usize])),
        };
        match layer.part {
            Part::Skin => {
                let masks = corners.map(|i| Vec4::from(surface.topology.masks[i as usize]));
                let soft = fragment.mix(corners.map(|i| layer.soft[i as usize]));
                self.skin(&at, fragment.mix(masks).into(), soft, fragment.nearness)
            }
            Part::Eye(k) => (self.eye(&at, &self.figure.eyeballs[k], &self.lids[k]), true),
            Part::Shirt => (self.shirt(&at, fragment.mix(corners.map(|i| layer.soft[i as usize]))), false),
            Part::Lashes => {
                // A thin fringe: what lies behind shines through.
                let seen = rgb(self.person.skin.albedo) * lash(at.rest).unwrap_or(1.0) + Vec3::splat(0.008);
                (seen * at.lit.lux * core::f32::consts::FRAC_1_PI, true)
            }
            Part::Teeth => (self.wet(&at, Vec3::new(0.62, 0.57, 0.47), 0.8), true),
            Part::Tongue | Part::Ribbons => (self.wet(&at, Vec3::new(0.36, 0.13, 0.12), 0.5), true),
        }
    }

    fn skin(&self, at: &Place, masks: [f32; 4], soft: Vec4, nearness: f32) -> (Vec3, bool) {
        let paint = self.painter.at(at.rest, masks, soft, self.lens.focal * nearness);
        let normal = (at.normal + paint.relief).normalize_or_zero();
        let diffuse = paint.albedo * at.lit.turned(at.normal, normal) * core::f32::consts::FRAC_1_PI;
        let color = diffuse + self.mirrored(at, normal, paint.gloss);
        let above = (masks[1] - 0.5) * 80.0;
        let bare = coverage(&self.person.hair, at.rest, above) < 0.4 && above < 6.0;
        (color, bare && is_face(at.rest) && masks[2] < 0.9)
    }

    /// Light that skin mirrors: a broad lobe for every highlight, and a sheen at grazing angles.
    fn mirrored(&self, at: &Place, normal: Vec3, gloss: f32) -> Vec3 {
        let to_eye = (self.lens.position - at.position).normalize_or_zero();
        let facing = 1.0 - normal.dot(to_eye).clamp(0.0, 1.0);
        let graze = facing * facing * facing * facing * facing;
        let mut sum = at.lit.lux * (0.012 + 0.16 * graze) * (0.35 * core::f32::consts::FRAC_1_PI * gloss);
        for (k, (towards, lux)) in self.lights.highlights.iter().enumerate() {
            if at.lit.open[k] <= 0.0 {
                continue;
            }
            let half = (*towards + to_eye).normalize_or_zero();
            let cos = normal.dot(half).max(0.0);
            let p2 = cos * cos;
            let p4 = p2 * p2;
            let p16 = p4 * p4 * p4 * p4;
            let fresnel = 0.026 + 0.5 * graze;
            let incoming = normal.dot(*towards).max(0.0);
            let p32 = p16 * p16;
            // A broad lobe of rough skin and a narrow one of its oil (Weyrich et al. 2006), each of unit energy.
            sum += *lux
                * (at.lit.open[k]
                    * incoming
                    * gloss
                    * fresnel
                    * (p4 * p4 * p2 * 0.50 + p32 * p16 * gloss * 0.55));
        }
        sum
    }

    fn eye(&self, at: &Place, ball: &Eyeball, &[inner, outer, upper]: &[Vec3; 3]) -> Vec3 {
        let out = (at.position - ball.centre).normalize_or_zero();
        let cos = out.dot(ball.gaze);
        let around = (out - ball.gaze * cos).normalize_or_zero();
        let paint = eye(self.person, cos, around);
        let t = ((at.position.x - inner.x) / (outer.x - inner.x)).clamp(0.0, 1.0);
        let base = inner.y + (outer.y - inner.y) * t;
        let lid = base + (upper.y - (inner.y + outer.y) / 2.0) * 4.0 * t * (1.0 - t);
        let under_lid = 0.22 + 0.78 * smooth(-0.4, 4.2, lid - at.position.y);
        let corners = 0.50 + 0.50 * smooth(0.0, 0.24, t.min(1.0 - t));
        let mut sum = paint.albedo
            * at.lit.turned(at.normal, out)
            * (under_lid * corners * core::f32::consts::FRAC_1_PI);
        let to_eye = (self.lens.position - at.position).normalize_or_zero();
        // The cornea bulges: 8 mm of radius on a ball of twice that.
        let bulge = smooth(0.50, 0.30, (out - ball.gaze * out.dot(ball.gaze)).length());
        let cornea = (out + (out - ball.gaze * out.dot(ball.gaze)) * (0.9 * bulge)).normalize_or_zero();
        let mirror = cornea * (2.0 * cornea.dot(to_eye)) - to_eye;
        for (towards, lux) in &self.lights.highlights {
            let spot = smooth(0.966, 0.984, mirror.dot(*towards));
            sum += *lux * (spot * 0.42 * paint.gloss * smooth(0.0, 0.8, lid - at.position.y));
        }
        sum + at.lit.lux * (0.003 * paint.gloss)
    }

    fn shirt(&self, at: &Place, folds: Vec4) -> Vec3 {
        let (albedo, relief) = self.cloth.paint(at.rest, folds);
        let normal = (at.normal + relief).normalize_or_zero();
        albedo * at.lit.turned(at.normal, normal) * core::f32::consts::FRAC_1_PI
    }

    fn wet(&self, at: &Place, albedo: Vec3, gloss: f32) -> Vec3 {
        albedo * at.lit.lux * (core::f32::consts::FRAC_1_PI * 0.7) + self.mirrored(at, at.normal, gloss) * 0.5
    }
}

/// Share of light that comes through the lashes at a point of the default shape; `None` beyond their ends.
fn lash(rest: Vec3) -> Option<f32> {
    let from_eye = (Vec3::new(rest.x.abs(), rest.y, rest.z) - Vec3::new(28.9, 139.6, 113.0)).length();
    let upper = rest.y > 137.5;
    let (end, through, pitch) = if upper { (19.4, 0.14, 0.62) } else { (17.0, 0.45, 0.9) };
    let way = (from_eye - 15.2) / (end - 15.2);
    // Hairs that fan out, thin towards their ends and differ in length.
    let fan = (rest.x.abs() - 28.9) * (1.0 - 0.25 * way) / pitch;
    let cell = fan - fan.floor();
    let own = hash01(3, fan.floor() as i32 as u32, u32::from(upper));
    let hair = (cell - 0.5 - 0.25 * (own - 0.5)).abs() < 0.40 * (1.0 - 0.75 * way.max(0.0));
    (way < 0.12 || (hair && way < 0.65 + 0.5 * own)).then_some(through)
}

/// A place on a surface.
struct Place {
    position: Vec3,
    normal: Vec3,
    rest: Vec3,
    lit: Lit,
}

impl Lit {
    /// The irradiance when the normal turns from the one that light was gathered with.
    fn turned(&self, from: Vec3, to: Vec3) -> Vec3 {
        self.lux * (1.0 + self.slope.dot(to - from)).clamp(0.25, 2.0)
    }
}
