//! From the scene's light to light on the sensor: focus, shake, scatter, vignetting and flare.
//!
//! Everything acts on linear light before it is clipped, so that a lamp's image grows into a disc or a streak as
//! bright as life makes it.

use glam::{DVec2, DVec3};

use retake_simd::kernel;

use super::blur::{Convolution, TILE, path_variance};
use super::halo::{self, Halo, SCATTER_FROM};
use crate::image::LightRows;
use crate::scene::{Camera, Desk, Scene, Stage};

/// Blur below this diameter or path length is left out, px.
const VISIBLE: f64 = 0.3;

/// A point in the middle of the face in the world of a selfie, mm.
pub(crate) const FACE: DVec3 = DVec3::new(0.0, 170.0, 90.0);

/// The point-spread function at a point of the card.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Psf {
    /// Diameter of the defocus disc in the plane of the point, mm.
    pub defocus_diameter_mm: f64,
    /// Diameter of the defocus disc, output px.
    pub defocus_diameter_px: f64,
    /// Greatest extent of the motion path, mm in the plane of the point.
    pub motion_extent_mm: f64,
    /// Greatest extent of the motion path, output px.
    pub motion_extent_px: f64,
    /// Root of the mean squared distance of the light from its centroid, output px. A disc of diameter `d` has
    /// `d / sqrt(8)`, a straight even motion over a length `l` has `l / sqrt(12)`; squares add up.
    pub rms_radius_px: f64,
    /// The same in the plane of the point, mm.
    pub rms_radius_mm: f64,
}

/// The point-spread function (focus and shake) at a point of the card, mm from its top left corner as printed,
/// y down; on a selfie at a point of the world's plane through the face, mm. `None` behind the camera.
pub fn psf_at(scene: &Scene, point: DVec2) -> Option<Psf> {
    let world = match &scene.stage {
        Stage::Document(desk) => desk.card.at(point),
        Stage::Selfie(_) => point.extend(FACE.z),
    };
    psf_at_world(&scene.camera, world)
}

/// [`psf_at`] for any point of the world.
pub fn psf_at_world(camera: &Camera, world: DVec3) -> Option<Psf> {
    let ideal = camera.project(world)?;
    let depth = camera.to_camera(world).z;
    let mm_per_px = depth / camera.focal_px();
    let disc = camera.blur_disc_px(depth);
    let path = motion_path(camera, ideal);
    let extent = extent(&path);
    let rms = libm::sqrt(disc * disc / 8.0 + path_variance(&path));
    Some(Psf {
        defocus_diameter_mm: disc * mm_per_px,
        defocus_diameter_px: disc,
        motion_extent_mm: extent * mm_per_px,
        motion_extent_px: extent,
        rms_radius_px: rms,
        rms_radius_mm: rms * mm_per_px,
    })
}

/// How far a local change of the scene can reach in the developed picture, px: focus, shake, and the neighbours that
/// denoising, sharpening and enlarging look at. The halo of clipped light goes [`HALO_REACH`] further.
pub fn reach_px(scene: &Scene) -> f64 {
    let [w, h] = scene.camera.size.map(f64::from);
    let places = [[0.5, 0.5], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
    let depth = |p: DVec2| match &scene.stage {
        Stage::Document(desk) => document_depth(scene, desk)(p),
        Stage::Selfie(_) => scene.camera.to_camera(FACE).z,
    };
    let optics = places.iter().fold(0.0, |most: f64, [x, y]| {
        let p = DVec2::new(x * w, y * h);
        let disc = 0.5 * scene.camera.blur_disc_px(depth(p));
        let path = motion_path(&scene.camera, scene.camera.undistort(p));
        most.max(disc + path.iter().fold(0.0, |m: f64, p| m.max(DVec2::from_array(*p).length())) + 1.0)
    });
    optics + super::sensor::REACH / scene.sensor.sampling.min(1.0)
}

/// How far the halo of clipped light reaches, px.
pub const HALO_REACH: f64 = 100.0;

/// Path of the image of a point during the exposure, px from its mean place, at even times. First order in
/// the angles: a turn `w` of the camera moves a direction `p` by `-w x p`.
fn motion_path(camera: &Camera, ideal: DVec2) -> Vec<[f64; 2]> {
    let f = camera.focal_px();
    let p = (ideal - camera.principal_point) / f;
    let p = DVec3::new(p.x, p.y, 1.0);
    let mut path: Vec<DVec2> = camera
        .shake
        .iter()
        .map(|[yaw, pitch, roll]| {
            let q = p - DVec3::new(*pitch, *yaw, *roll).cross(p);
            DVec2::new(q.x / q.z - p.x, q.y / q.z - p.y) * f
        })
        .collect();
    if path.is_empty() {
        return vec![];
    }
    let mean = time_mean(&path);
    path.iter_mut().for_each(|q| *q -= mean);
    path.into_iter().map(|q| q.to_array()).collect()
}

/// Mean over time of a path of straight pieces.
fn time_mean(path: &[DVec2]) -> DVec2 {
    if path.len() < 2 {
        return path[0];
    }
    path.windows(2).map(|ends| (ends[0] + ends[1]) * 0.5).sum::<DVec2>() / (path.len() - 1) as f64
}

/// Greatest distance between two points of a path.
fn extent(path: &[[f64; 2]]) -> f64 {
    let mut most = 0.0f64;
    for (i, a) in path.iter().enumerate() {
        for b in &path[..i] {
            most = most.max((DVec2::from_array(*a) - DVec2::from_array(*b)).length());
        }
    }
    most
}

/// Depth of what a document's picture shows at a place in it, mm along the axis: the card's plane on the card, else
/// the table's. Behind a card that is held up all comes blurred by its distance, and the lens's focus on the card is what
/// is left.
pub(crate) fn document_depth<'a>(scene: &'a Scene, desk: &'a Desk) -> impl Fn(DVec2) -> f64 + 'a {
    let (camera, card) = (&scene.camera, &desk.card);
    move |picture| {
        let sight = camera.sight(picture);
        // A sight line has forward part 1, so its parameter is the depth.
        let meet = |origin: DVec3, normal: DVec3| {
            let t = normal.dot(origin - camera.position) / normal.dot(sight);
            (t > 0.0 && t < 1e5).then_some(t)
        };
        let on_card = meet(card.centre, card.normal()).filter(|t| {
            let local = card.axes.transpose() * (camera.position + sight * *t - card.centre);
            let near = local.x.abs() < card.size[0] / 2.0 + 4.0 && local.y.abs() < card.size[1] / 2.0 + 4.0;
            near || desk.held.is_some()
        });
        on_card.or_else(|| meet(DVec3::ZERO, DVec3::Z)).unwrap_or(2000.0)
    }
}

/// Who takes the light on the sensor: those of its rows that are final, as a number from the top.
pub(crate) type Taker<'a> = dyn FnMut(&LightRows, usize) + 'a;

/// Carries light, as a share of white, through the lens, row by row behind who makes it.
pub(crate) struct Lens {
    /// What focus and shake spread over more than a pixel, and how far each has come.
    spreads: Vec<(Convolution, usize)>,
    softness: Softness,
    passage: Passage,
    /// The light behind that.
    light: LightRows,
}

impl Lens {
    /// The most rows that may be handed over at a time.
    pub(crate) const BATCH: usize = TILE;

    /// `expected` is the scene's expected mean light, which makes the flare; it must not depend on what a local defect puts
    /// into the picture. `depth` is that of places in the picture, mm along the axis.
    pub(crate) fn new(scene: &Scene, expected: [f64; 3], depth: impl Fn(DVec2) -> f64) -> Self {
        let camera = &scene.camera;
        let [w, h] = camera.size.map(f64::from);
        let size = camera.size.map(|s| s as usize);
        let places =
            [[0.5, 0.5], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]].map(|[x, y]| [x * w, y * h]);
        let diameters = places.map(|[x, y]| camera.blur_disc_px(depth(DVec2::new(x, y))));
        let paths = places.map(|[x, y]| motion_path(camera, camera.undistort(DVec2::new(x, y))));
        let discs = diameters.map(|d| d * d / 8.0);
        let motions = paths.each_ref().map(|path| path_variance(path));
        let most = |variances: &[f64; 5]| variances.iter().fold(0.0f64, |most, v| most.max(*v));
        let (widest, longest) = (most(&discs), most(&motions));
        let (defocus, motion) = (widest > VISIBLE * VISIBLE / 8.0, longest > VISIBLE * VISIBLE / 12.0);
        // What is small enough for shares of the neighbours needs no convolution, nor does the lesser beside the greater.
        let both = widest + longest < Softness::MOST;
        let soft_disc = both || widest <= longest && Softness::stands_for(&discs);
        let soft_path = both || longest < widest && Softness::stands_for(&motions);
        let mut softness = Softness::default();
        if defocus && soft_disc || motion && soft_path {
            let diameter = if soft_disc { diameters[0] } else { 0.0 };
            softness = Softness::of(diameter, if soft_path { &paths[0] } else { &[] });
        }
        let mut spreads = Vec::new();
        if defocus && !soft_disc {
            let radius = |[x, y]: [f64; 2]| 0.5 * camera.blur_disc_px(depth(DVec2::new(x, y)));
            spreads.push((Convolution::discs(size, Self::BATCH, radius), 0));
        }
        if motion && !soft_path {
            let path = |[x, y]: [f64; 2]| motion_path(camera, camera.undistort(DVec2::new(x, y)));
            spreads.push((Convolution::motions(size, Self::BATCH, path), 0));
        }
        let flare = expected.map(|v| (v * camera.veiling) as f32);
        // Rows that wait for their halo, and those that a sensor with larger samples waits for.
        let kept = Self::BATCH + halo::ROWS + 8 + (1.0 / scene.sensor.sampling.min(1.0)).ceil() as usize;
        Self { spreads, softness, passage: Passage::new(camera, flare), light: LightRows::new(size, kept) }
    }

    /// Where the rows of light go that come to the lens.
    pub(crate) fn light(&mut self) -> &mut LightRows {
        match self.spreads.first_mut() {
            Some((first, _)) => &mut first.source,
            None => &mut self.light,
        }
    }

    /// Takes the rows before `end`, which will not change any more.
    pub(crate) fn follow(&mut self, end: usize, taker: &mut Taker<'_>) {
        match self.spreads.first_mut() {
            Some((first, _)) => {
                first.take(end);
                self.spread(0, taker);
            }
            None => self.pass(end, taker),
        }
    }

    /// Takes a whole picture.
    #[cfg(test)]
    pub(crate) fn follow_all(mut self, light: &crate::image::LinearImage, taker: &mut Taker<'_>) {
        for first in (0..light.height).step_by(Self::BATCH) {
            let end = (first + Self::BATCH).min(light.height);
            let rows = light.pixels.chunks_exact(light.width).skip(first);
            (first..end).zip(rows).for_each(|(y, row)| self.light().row_mut(y).copy_from_slice(row));
            self.follow(end, taker);
        }
    }

    /// Takes what can be taken from the convolution of this number on.
    fn spread(&mut self, k: usize, taker: &mut Taker<'_>) {
        loop {
            let (before, after) = self.spreads.split_at_mut(k + 1);
            let (convolution, done) = &mut before[k];
            let out = after.first_mut().map_or(&mut self.light, |(next, _)| &mut next.source);
            if !convolution.give(out, done) {
                return;
            }
            let done = *done;
            match after.first_mut() {
                Some((next, _)) => {
                    next.take(done);
                    self.spread(k + 1, taker);
                }
                None => self.pass(done, taker),
            }
        }
    }

    /// Takes the rows before `end` behind focus and shake.
    fn pass(&mut self, end: usize, taker: &mut Taker<'_>) {
        let Self { softness, passage, light, .. } = self;
        let end = if end == light.height { end } else { end.saturating_sub(1) };
        pass_lens(light, *softness, passage, end);
        let ready = passage.halo.ready(passage.next);
        add_halo(light, passage, ready);
        taker(light, ready);
    }
}

/// A point-spread function of less than a pixel: shares of the neighbours that have its variances.
#[derive(Clone, Copy, Debug, Default)]
struct Softness {
    /// Variance along the row less the diagonal's part, down, and along a diagonal, px2.
    across: f32,
    down: f32,
    diagonal: f32,
    /// Whether the diagonal falls to the right.
    falling: bool,
}

impl Softness {
    /// The most variance, both axes together, that shares of the neighbours can stand for, px2.
    const MOST: f64 = 0.9;
    /// The most by which variances may differ over a picture that has one softness beside a convolution, px2.
    const EVEN: f64 = 0.25;

    /// Whether one softness can stand for functions of these variances, that of the middle first, px2.
    fn stands_for(variances: &[f64; 5]) -> bool {
        variances.iter().all(|v| *v < Self::MOST && (v - variances[0]).abs() < Self::EVEN)
    }

    fn of(diameter: f64, path: &[[f64; 2]]) -> Self {
        let disc = diameter * diameter / 16.0;
        let along = |k: usize| path_variance(&path.iter().map(|p| [p[k], 0.0]).collect::<Vec<_>>());
        let (x, y) = (along(0), along(1));
        let turned: Vec<[f64; 2]> = path.iter().map(|p| [p[0] + p[1], 0.0]).collect();
        let both = 0.5 * (path_variance(&turned) - x - y);
        let (x, y) = (disc + x, disc + y);
        let diagonal = both.abs().min(x).min(y);
        Self {
            across: (x - diagonal) as f32,
            down: (y - diagonal) as f32,
            diagonal: diagonal as f32,
            falling: both > 0.0,
        }
    }
}

/// What the lens takes and adds. Light falls by `vignetting` stops to the corners as `1 / (1 + a r^2)^2`, the shape of
/// cos^4; the flare's veil comes on top.
struct Falloff {
    /// `a` for each squared pixel.
    rate: f32,
    middle: [f32; 2],
    flare: [f32; 3],
}

impl Falloff {
    fn new(camera: &Camera, flare: [f32; 3]) -> Self {
        let a = (libm::exp2(camera.vignetting / 2.0) - 1.0) as f32;
        let [w, h] = camera.size.map(|s| s as f32);
        Self { rate: a * 4.0 / (w * w + h * h), middle: [0.5 * w, 0.5 * h], flare }
    }

    #[inline(always)]
    fn keep(&self, x: i32, dy2: f32) -> f32 {
        let dx = x as f32 + 0.5 - self.middle[0];
        let q = 1.0 + self.rate * (dx * dx + dy2);
        1.0 / (q * q)
    }

    /// Squared distance of a row from the middle.
    #[inline(always)]
    fn dy2(&self, y: usize) -> f32 {
        let dy = y as f32 + 0.5 - self.middle[1];
        dy * dy
    }
}

/// How far rows have come through the lens.
struct Passage {
    falloff: Falloff,
    halo: Halo,
    room: halo::Room,
    /// The rows about the next one as they were, with the border repeated.
    above: Vec<[f32; 3]>,
    row: Vec<[f32; 3]>,
    below: Vec<[f32; 3]>,
    keeps: Vec<f32>,
    /// The next row, and the next one for its halo.
    next: usize,
    haloed: usize,
}

impl Passage {
    fn new(camera: &Camera, flare: [f32; 3]) -> Self {
        let [width, height] = camera.size.map(|s| s as usize);
        let line = || vec![[0.0f32; 3]; width + 2];
        Self {
            falloff: Falloff::new(camera, flare),
            halo: Halo::new([width, height]),
            room: halo::Room::new(width),
            above: line(),
            row: line(),
            below: line(),
            keeps: vec![0.0; width],
            next: 0,
            haloed: 0,
        }
    }
}

kernel! {
    /// Softens, finds what will be scattered, darkens the corners and adds the flare: one way over the rows before `end`. The
    /// row at `end` must be final, if there is one.
    fn pass_lens(light: &mut LightRows, softness: Softness, passage: &mut Passage, end: usize) {
        let (w, h) = (light.width, light.height);
        let Passage { falloff, halo, above, row, below, keeps, next, .. } = passage;
        let load = |to: &mut [[f32; 3]], from: &[[f32; 3]]| {
            to[1..=w].copy_from_slice(from);
            (to[0], to[w + 1]) = (from[0], from[w - 1]);
        };
        if *next == 0 && end > 0 {
            load(row, light.row(0));
            above.copy_from_slice(row);
        }
        for y in *next..end {
            let under = (y + 1).min(h - 1);
            load(below, light.row(under));
            let out = light.row_mut(y);
            soften([above, row, below], softness, out);
            let mut bright = false;
            for v in out.as_flattened() {
                bright |= *v > SCATTER_FROM;
            }
            halo.take(y, out, bright);
            let dy2 = falloff.dy2(y);
            for (x, keep) in (0..).zip(keeps.iter_mut()) {
                *keep = falloff.keep(x, dy2);
            }
            let flare = falloff.flare;
            for (pixel, keep) in out.iter_mut().zip(&*keeps) {
                for k in 0..3 {
                    pixel[k] = pixel[k] * keep + flare[k];
                }
            }
            core::mem::swap(above, row);
            core::mem::swap(row, below);
        }
        *next = end.max(*next);
    }
}

/// One row of a soft picture from three rows with a pixel of border.
#[inline(always)]
fn soften([above, row, below]: [&[[f32; 3]]; 3], softness: Softness, out: &mut [[f32; 3]]) {
    let Softness { across, down, diagonal, falling } = softness;
    let (a, b, c) = (0.5 * across, 0.5 * down, 0.5 * diagonal);
    let middle = 1.0 - across - down - diagonal;
    let out = out.as_flattened_mut();
    let n = out.len();
    let [above, row, below] = [above, row, below].map(|row| row.as_flattened());
    let (first, last) =
        if falling { (&above[..n], &below[6..6 + n]) } else { (&above[6..6 + n], &below[..n]) };
    let (up, under) = (&above[3..3 + n], &below[3..3 + n]);
    let (left, here, right) = (&row[..n], &row[3..3 + n], &row[6..6 + n]);
    for i in 0..n {
        let sides = a * (left[i] + right[i]) + b * (up[i] + under[i]);
        out[i] = middle * here[i] + sides + c * (first[i] + last[i]);
    }
}

kernel! {
    /// Adds the halo of the rows before `end`. Its light is taken from the core, which does not show it.
    fn add_halo(light: &mut LightRows, passage: &mut Passage, end: usize) {
        let Passage { falloff, halo, room, keeps, haloed, .. } = passage;
        for y in *haloed..end {
            let Some(add) = halo.row(y, room) else { continue };
            let dy2 = falloff.dy2(y);
            for (x, keep) in (0..).zip(keeps.iter_mut()) {
                *keep = falloff.keep(x, dy2);
            }
            for ((pixel, add), keep) in light.row_mut(y).iter_mut().zip(add).zip(&*keeps) {
                for k in 0..3 {
                    pixel[k] += add[k] * keep;
                }
            }
        }
        *haloed = end.max(*haloed);
    }
}
