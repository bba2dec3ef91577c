//! From the scene's light to light on the sensor: focus, shake, scatter, vignetting and flare.
//!
//! Everything acts on linear light before it is clipped, so that a lamp's image grows into a disc or a streak as
//! bright as life makes it.

use glam::{DVec2, DVec3};

use retake_simd::{array, kernel};

use super::blur::{self, path_variance};
use crate::image::{Enlarged, LinearImage};
use crate::scene::{Camera, Desk, Scene, Stage};

/// Blur below this diameter or path length is left out, px.
const VISIBLE: f64 = 0.3;
/// Light above this share of white is scattered into a halo.
const SCATTER_FROM: f32 = 1.4;
/// Shares of that light in the near and in the wide halo, and the box radii that make them, in quarter pixels.
const HALOS: [(f32, usize); 2] = [(0.012, 2), (0.009, 7)];

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

/// Carries light, as a share of white, through the lens: row by row behind who makes it, or a whole picture at once.
pub(crate) struct Lens<Depth> {
    camera: Camera,
    depth: Depth,
    blur: Blur,
    passage: Passage,
}

/// What focus and shake do to a picture.
#[derive(Clone, Copy, Debug)]
enum Blur {
    /// Less than a pixel, done on the way of the rows.
    Soft(Softness),
    /// More: rows wait for the whole picture. Whether focus and shake have a part in it.
    Wide { defocus: bool, motion: bool },
}

impl<Depth: Fn(DVec2) -> f64> Lens<Depth> {
    /// `expected` is the scene's expected mean light, which makes the flare; it must not depend on what a local defect puts
    /// into the picture. `depth` is that of places in the picture, mm along the axis.
    pub(crate) fn new(scene: &Scene, expected: [f64; 3], depth: Depth) -> Self {
        let camera = scene.camera.clone();
        let [w, h] = camera.size.map(f64::from);
        let places =
            [[0.5, 0.5], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]].map(|[x, y]| [x * w, y * h]);
        let diameters = places.map(|[x, y]| camera.blur_disc_px(depth(DVec2::new(x, y))));
        let paths = places.map(|[x, y]| motion_path(&camera, camera.undistort(DVec2::new(x, y))));
        let widest = diameters.iter().fold(0.0f64, |most, d| most.max(*d));
        let longest = paths.iter().fold(0.0f64, |most, path| most.max(path_variance(path)));
        let (defocus, motion) = (widest > VISIBLE, longest > VISIBLE * VISIBLE / 12.0);
        let blur = if widest * widest / 8.0 + longest >= Softness::MOST {
            Blur::Wide { defocus, motion }
        } else if defocus || motion {
            Blur::Soft(Softness::of(diameters[0], &paths[0]))
        } else {
            Blur::Soft(Softness::default())
        };
        let flare = expected.map(|v| (v * camera.veiling) as f32);
        let passage = Passage::new(&camera, flare);
        Self { camera, depth, blur, passage }
    }

    /// Takes the rows before `end`, which will not change any more.
    pub(crate) fn follow(&mut self, light: &mut LinearImage, end: usize) {
        if let Blur::Soft(softness) = self.blur {
            pass_lens(light, softness, &mut self.passage, end.saturating_sub(1));
        }
    }

    /// Takes what is left of a picture, and gives the light on the sensor.
    pub(crate) fn finish(self, mut light: LinearImage) -> LinearImage {
        let Self { camera, depth, blur, mut passage } = self;
        let mut softness = Softness::default();
        match blur {
            Blur::Soft(soft) => softness = soft,
            Blur::Wide { defocus, motion } => {
                if defocus {
                    let radius = |[x, y]: [f64; 2]| 0.5 * camera.blur_disc_px(depth(DVec2::new(x, y)));
                    light = blur::discs(light, radius);
                }
                if motion {
                    light = blur::motions(light, |[x, y]| {
                        motion_path(&camera, camera.undistort(DVec2::new(x, y)))
                    });
                }
            }
        }
        let height = light.height;
        pass_lens(&mut light, softness, &mut passage, height);
        if passage.excess.any {
            scatter(&mut light, &passage.excess.cells, &passage.falloff);
        }
        light
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

/// Side of the cells that scattered light is gathered in, px.
const CELL: usize = 4;

/// Light above what is scattered into a halo, means of cells.
struct Excess {
    any: bool,
    cells: LinearImage,
}

impl Excess {
    fn new(width: usize, height: usize) -> Self {
        let cells = LinearImage::filled(width.div_ceil(CELL), height.div_ceil(CELL), [0.0; 3]);
        Self { any: false, cells }
    }

    #[inline(always)]
    fn add(&mut self, y: usize, row: &[[f32; 3]]) {
        self.any = true;
        let cells = &mut self.cells.pixels[y / CELL * self.cells.width..][..self.cells.width];
        for (cell, pixels) in cells.iter_mut().zip(row.chunks(CELL)) {
            for pixel in pixels {
                for k in 0..3 {
                    cell[k] += (pixel[k] - SCATTER_FROM).max(0.0) * (1.0 / (CELL * CELL) as f32);
                }
            }
        }
    }
}

/// How far rows have come through the lens.
struct Passage {
    falloff: Falloff,
    excess: Excess,
    /// The rows about the next one as they were, with the border repeated.
    above: Vec<[f32; 3]>,
    row: Vec<[f32; 3]>,
    below: Vec<[f32; 3]>,
    keeps: Vec<f32>,
    /// The next row.
    next: usize,
}

impl Passage {
    fn new(camera: &Camera, flare: [f32; 3]) -> Self {
        let [width, height] = camera.size.map(|s| s as usize);
        let line = || vec![[0.0f32; 3]; width + 2];
        Self {
            falloff: Falloff::new(camera, flare),
            excess: Excess::new(width, height),
            above: line(),
            row: line(),
            below: line(),
            keeps: vec![0.0; width],
            next: 0,
        }
    }
}

kernel! {
    /// Softens, finds what will be scattered, darkens the corners and adds the flare: one way over the rows before `end`. The
    /// row at `end` must be final, if there is one.
    fn pass_lens(light: &mut LinearImage, softness: Softness, passage: &mut Passage, end: usize) {
        let (w, h) = (light.width, light.height);
        let Passage { falloff, excess, above, row, below, keeps, next } = passage;
        let load = |to: &mut [[f32; 3]], from: &[[f32; 3]]| {
            to[1..=w].copy_from_slice(from);
            (to[0], to[w + 1]) = (from[0], from[w - 1]);
        };
        if *next == 0 {
            load(row, &light.pixels[..w]);
            above.copy_from_slice(row);
        }
        for y in *next..end {
            let under = (y + 1).min(h - 1);
            load(below, &light.pixels[under * w..][..w]);
            let out = &mut light.pixels[y * w..][..w];
            soften([above, row, below], softness, out);
            let mut bright = false;
            for v in out.as_flattened() {
                bright |= *v > SCATTER_FROM;
            }
            if bright {
                excess.add(y, out);
            }
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

/// Scatters a part of clipped light into a halo. The halo's light is taken from the core, which does not
/// show it.
fn scatter(light: &mut LinearImage, excess: &LinearImage, falloff: &Falloff) {
    let Some((origin, excess)) = surroundings(excess, HALO_CELLS) else { return };
    let mut halo = LinearImage::filled(excess.width, excess.height, [0.0; 3]);
    for (share, radius) in HALOS {
        let blurred = (0..3).fold(excess.clone(), |image, _| box_blur(&image, radius));
        for (sum, v) in halo.pixels.as_flattened_mut().iter_mut().zip(blurred.pixels.as_flattened()) {
            *sum += share * v;
        }
    }
    add_halo(light, &halo, origin, falloff);
}

/// How far the halo of a cell reaches, cells: three times the widest box, and one that is dark.
const HALO_CELLS: usize = 3 * HALOS[1].1 + 1;

/// The part of a picture that has light, with this many pixels around it, and its left top corner; `None` of a dark one.
fn surroundings(image: &LinearImage, around: usize) -> Option<([usize; 2], LinearImage)> {
    let (w, h) = (image.width, image.height);
    let (mut left, mut right, mut top, mut bottom) = (w, 0, h, 0);
    for (y, row) in image.pixels.chunks_exact(w).enumerate() {
        let lit = |pixel: &[f32; 3]| *pixel != [0.0; 3];
        let (Some(first), Some(last)) = (row.iter().position(lit), row.iter().rposition(lit)) else {
            continue;
        };
        (left, right) = (left.min(first), right.max(last + 1));
        (top, bottom) = (top.min(y), y + 1);
    }
    if right == 0 {
        return None;
    }
    let (left, top) = (left.saturating_sub(around), top.saturating_sub(around));
    let (right, bottom) = ((right + around).min(w), (bottom + around).min(h));
    let mut part = LinearImage::unset(right - left, bottom - top);
    let rows = image.pixels.chunks_exact(w).skip(top);
    for (to, from) in part.pixels.chunks_exact_mut(right - left).zip(rows) {
        to.copy_from_slice(&from[left..right]);
    }
    Some(([left, top], part))
}

kernel! {
    /// Adds the enlarged halo, which begins at these cells of the picture.
    fn add_halo(light: &mut LinearImage, halo: &LinearImage, origin: [usize; 2], falloff: &Falloff) {
        let [left, top] = origin;
        let first = CELL * left;
        let count = (CELL * halo.width).min(light.width - first);
        let (mut wide, mut keeps) = (vec![[0.0; 3]; count], vec![0.0; count]);
        let rows = light.pixels.chunks_exact_mut(light.width).enumerate().skip(CELL * top);
        let height = CELL * halo.height;
        let mut halo = Enlarged::new(halo, CELL);
        for (down, (y, row)) in rows.take(height).enumerate() {
            halo.seek(down);
            if halo.is_dark() {
                continue;
            }
            halo.fill::<CELL>(&mut wide);
            let dy2 = falloff.dy2(y);
            for (x, keep) in (first as i32..).zip(&mut keeps) {
                *keep = falloff.keep(x, dy2);
            }
            for ((pixel, add), keep) in row[first..first + count].iter_mut().zip(&wide).zip(&keeps) {
                for k in 0..3 {
                    pixel[k] += add[k] * keep;
                }
            }
        }
    }
}

/// Mean over `2 radius + 1` pixels along both axes; outside is dark.
fn box_blur(image: &LinearImage, radius: usize) -> LinearImage {
    let mut out = LinearImage::unset(image.width, image.height);
    blur_box(image, radius, &mut out);
    out
}

kernel! {
    fn blur_box(image: &LinearImage, radius: usize, out: &mut LinearImage) {
        let (w, h) = (image.width, image.height);
        let side = (2 * radius + 1) as f64;
        let scale = 1.0 / (side * side);
        // Running sums down the columns, then along the row of them.
        let mut columns = vec![[0.0f64; 3]; w];
        for y in 0..radius.min(h) {
            add_row(image, y, 1.0, &mut columns);
        }
        for (y, out) in out.pixels.chunks_exact_mut(w).enumerate() {
            if y + radius < h {
                add_row(image, y + radius, 1.0, &mut columns);
            }
            if y > radius {
                add_row(image, y - radius - 1, -1.0, &mut columns);
            }
            let mut sum = [0.0f64; 3];
            for column in &columns[..radius.min(w)] {
                sum = array!(3, |k| sum[k] + column[k]);
            }
            for (x, out) in out.iter_mut().enumerate() {
                if let Some(column) = columns.get(x + radius) {
                    sum = array!(3, |k| sum[k] + column[k]);
                }
                if x > radius {
                    sum = array!(3, |k| sum[k] - columns[x - radius - 1][k]);
                }
                *out = array!(3, |k| (sum[k] * scale) as f32);
            }
        }
    }
}

/// Adds a row of a picture, times `sign`, to sums.
#[inline(always)]
fn add_row(image: &LinearImage, y: usize, sign: f64, sums: &mut [[f64; 3]]) {
    let row = &image.pixels[y * image.width..][..image.width];
    for (sum, v) in sums.as_flattened_mut().iter_mut().zip(row.as_flattened()) {
        *sum += sign * f64::from(*v);
    }
}
