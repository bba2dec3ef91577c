//! From a placed hand to pixels: what it covers, the light it sends, and the light it takes away.

use glam::{DVec2, DVec3, Vec3};

use super::light::{Ground, Lighting, Reach, light};
use super::model::{FINGERS, Paint, Surface, surface};
use super::placement::{HandPlacement, Posed};
use super::skin::{Shader, Spot};
use crate::body::mesh::{Part, smooth_normals};
use crate::body::raster::{DepthMap, Fragment, Raster, ScreenVertex, Sides};
use crate::capture::Overlay;
use crate::image::{LinearImage, Plane};
use crate::scene::{Camera, CardPose, Scene, Stage};

/// Subpixels along each axis.
const SUB: usize = 2;
/// How far around the hand its shade is worked out, mm.
const SHADE_REACH: f32 = 70.0;
/// Less shade than this is none, so that a shadow has an end.
const LEAST_SHADE: f32 = 0.01;

/// Draws a hand as the scene's camera and lights see it. `None` when it is out of the picture and its shadow, too.
pub fn hand_layer(hand: &HandPlacement, scene: &Scene) -> Option<Overlay> {
    let card = match &scene.stage {
        Stage::Document(desk) => Some(&desk.card),
        Stage::Selfie(_) => None,
    };
    let posed = Posed::new(hand);
    let surface = surface();
    let (points, above) = posed.placed(hand, card);
    let view = Projection::new(&scene.camera);
    let ground = ground(&view, &points, card)?;

    let coarse = surface.coarse_points();
    let caster_triangles = oriented(&surface.triangles, posed.mirrored());
    let [coarse_normals] =
        smooth_normals([Part { positions: &points[..coarse], triangles: &caster_triangles, weld: &[] }]);
    let (lighting, reach) = light(scene, ground, &points[..coarse], &coarse_normals, &caster_triangles);
    let crop = Crop::around(&view, &points, &lighting, ground)?;
    let shade = shade(&view, &lighting, ground, crop);

    let triangles = oriented(surface.fine_triangles(), posed.mirrored());
    let [normals] = smooth_normals([Part { positions: &points, triangles: &triangles, weld: &[] }]);
    let skin = SkinSurface {
        surface,
        points: &points,
        normals: &normals,
        triangles: &triangles,
        reach: &surface.refine(&reach),
        eye: scene.camera.position.as_vec3(),
        above: &above,
    };
    let shader = Shader::new(&hand.skin, &hand.nails, &lighting.keys, scene.ambient.map(|v| v as f32));
    let (coverage, radiance) = draw(&skin, &shader, &view, crop);
    Some(Overlay { origin: [crop.left, crop.top], light: radiance, alpha: coverage, shade })
}

/// Triangles that run counter-clockwise from outside, also on a mirrored hand.
fn oriented(triangles: &[[u32; 3]], mirrored: bool) -> Vec<[u32; 3]> {
    triangles.iter().map(|&[a, b, c]| if mirrored { [a, c, b] } else { [a, b, c] }).collect()
}

/// The camera, ready for many points.
pub(super) struct Projection<'a> {
    camera: &'a Camera,
    focal: f64,
    /// Distance from the principal point up to which distortion is followed, px.
    limit: f64,
    /// What distortion does at that distance, and is taken to do beyond.
    at_limit: f64,
}

impl<'a> Projection<'a> {
    pub(super) fn new(camera: &'a Camera) -> Self {
        // Far outside of the picture the polynomial means nothing, and its inverse may not exist.
        let [w, h] = camera.size.map(f64::from);
        let limit = (w * w + h * h).sqrt();
        let at_limit = camera.distort(camera.principal_point + DVec2::X * limit).x - camera.principal_point.x;
        Self { camera, focal: camera.focal_px(), limit, at_limit: at_limit / limit }
    }

    fn bend(&self, flat: DVec2) -> DVec2 {
        if flat.length_squared() > self.limit * self.limit {
            return flat * self.at_limit + self.camera.principal_point;
        }
        self.camera.distort(flat + self.camera.principal_point)
    }

    /// A vertex in the picture, px times `scale`, from the corner `(left, top)`.
    fn vertex(&self, p: Vec3, left: f64, top: f64, scale: f64) -> ScreenVertex {
        let c = self.camera.to_camera(p.as_dvec3());
        if c.z < 1.0 {
            return ScreenVertex { x: 0.0, y: 0.0, nearness: -1.0, weight: -1.0 };
        }
        let at = self.bend(DVec2::new(c.x, c.y) * (self.focal / c.z));
        let weight = (1.0 / c.z) as f32;
        ScreenVertex {
            x: ((at.x - left) * scale) as f32,
            y: ((at.y - top) * scale) as f32,
            nearness: weight,
            weight,
        }
    }

    /// Where a pixel's ray meets the plane at height `z`.
    fn on_plane(&self, x: f64, y: f64, z: f64) -> Option<DVec2> {
        let ray: DVec3 = self.camera.sight(DVec2::new(x, y));
        let t = (z - self.camera.position.z) / ray.z;
        (t > 0.0 && t.is_finite()).then(|| {
            let hit = self.camera.position + ray * t;
            DVec2::new(hit.x, hit.y)
        })
    }
}

/// The part of the card's plane where the hand can take light away from what the camera sees.
fn ground(view: &Projection<'_>, points: &[Vec3], card: Option<&CardPose>) -> Option<Ground> {
    let z = card.map_or(0.0, |card| card.centre.z);
    let [width, height] = view.camera.size.map(f64::from);
    let seen: Option<Vec<DVec2>> = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
        .into_iter()
        .map(|(x, y)| view.on_plane(x, y, z))
        .collect();
    let seen = seen?;
    let mut low = [0.0f32; 2];
    let mut high = [0.0f32; 2];
    for k in 0..2 {
        let frame = seen.iter().map(|p| p[k] as f32);
        let (frame_low, frame_high) = frame.fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(v), h.max(v)));
        let hand = points.iter().filter(|p| p.z < z as f32 + 90.0).map(|p| p[k]);
        let (hand_low, hand_high) = hand.fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(v), h.max(v)));
        low[k] = (frame_low - 12.0).max(hand_low - SHADE_REACH);
        high[k] = (frame_high + 12.0).min(hand_high + SHADE_REACH);
    }
    (low[0] < high[0] && low[1] < high[1]).then_some(Ground { low, high, z: z as f32 })
}

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug)]
struct Crop {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Crop {
    /// The pixels that the hand covers or shades.
    fn around(view: &Projection<'_>, points: &[Vec3], lighting: &Lighting, ground: Ground) -> Option<Self> {
        let [width, height] = view.camera.size.map(|v| v as usize);
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        let mut include = |x: f32, y: f32| {
            low = [low[0].min(x), low[1].min(y)];
            high = [high[0].max(x), high[1].max(y)];
        };
        for p in points {
            let v = view.vertex(*p, 0.0, 0.0, 1.0);
            if v.weight > 0.0 {
                include(v.x, v.y);
            }
        }
        const STEP: usize = 16;
        for y in (0..height + STEP).step_by(STEP) {
            for x in (0..width + STEP).step_by(STEP) {
                let hit = view.on_plane(x as f64, y as f64, f64::from(ground.z));
                if hit.is_some_and(|p| lighting.shade(p.x as f32, p.y as f32) > LEAST_SHADE) {
                    include((x as f32) - STEP as f32, (y as f32) - STEP as f32);
                    include((x + STEP) as f32, (y + STEP) as f32);
                }
            }
        }
        let start = |v: f32| v.floor().max(0.0) as usize;
        let (left, top) = (start(low[0]), start(low[1]));
        let right = (high[0].ceil().max(0.0) as usize).min(width);
        let bottom = (high[1].ceil().max(0.0) as usize).min(height);
        (left < right && top < bottom).then(|| Self { left, top, width: right - left, height: bottom - top })
    }
}

/// Shade of each pixel of the crop. The plane is looked up every few pixels, and interpolated as a place in
/// between, not as a shade, so that the shade keeps its edges.
fn shade(view: &Projection<'_>, lighting: &Lighting, ground: Ground, crop: Crop) -> Plane {
    const STEP: usize = 16;
    let mut out = Plane::filled(crop.width, crop.height, 0.0);
    let z = f64::from(ground.z);
    let row_at = |y: usize| -> Vec<DVec2> {
        (0..=crop.width.div_ceil(STEP))
            .map(|i| {
                let x = (crop.left + i * STEP) as f64 + 0.5;
                view.on_plane(x, (crop.top + y) as f64 + 0.5, z).unwrap_or(DVec2::MAX)
            })
            .collect()
    };
    let mut above = row_at(0);
    for band in (0..crop.height).step_by(STEP) {
        let below = row_at(band + STEP);
        for y in band..(band + STEP).min(crop.height) {
            let ty = (y - band) as f32 / STEP as f32;
            let row = &mut out.values[y * crop.width..(y + 1) * crop.width];
            for (i, cell) in row.chunks_mut(STEP).enumerate() {
                let from = above[i].as_vec2() + (below[i] - above[i]).as_vec2() * ty;
                let to = above[i + 1].as_vec2() + (below[i + 1] - above[i + 1]).as_vec2() * ty;
                for (x, value) in cell.iter_mut().enumerate() {
                    let p = from + (to - from) * (x as f32 / STEP as f32);
                    let shade = lighting.shade(p.x, p.y);
                    *value = (shade - LEAST_SHADE).clamp(0.0, 0.97);
                }
            }
        }
        above = below;
    }
    out
}

/// The hand's surface in the world with all that its skin depends on.
struct SkinSurface<'a> {
    surface: &'a Surface,
    points: &'a [Vec3],
    normals: &'a [Vec3],
    triangles: &'a [[u32; 3]],
    reach: &'a [Reach],
    eye: Vec3,
    /// Height of each point above card or table, mm.
    above: &'a [f32],
}

impl SkinSurface<'_> {
    fn spot(&self, fragment: &Fragment) -> Spot<'_> {
        let t = self.triangles[fragment.triangle as usize].map(|i| i as usize);
        let corners = t.map(|i| self.points[i]);
        let paint = t.map(|i| self.surface.paint[i]);
        let at = fragment.mix(corners);
        let finger = usize::from(self.surface.finger[fragment.triangle as usize / 16]);
        Spot {
            rest: fragment.mix(t.map(|i| self.surface.rest[i])),
            normal: fragment.mix(t.map(|i| self.normals[i])).normalize_or_zero(),
            view: (self.eye - at).normalize_or_zero(),
            along: gradient(corners, paint.map(|p: Paint| p.along)),
            paint: fragment.mix(paint),
            reach: fragment.mix(t.map(|i| self.reach[i])),
            nail: (finger < FINGERS).then(|| &self.surface.nails[finger]),
            height: fragment.mix(t.map(|i| self.above[i])),
        }
    }
}

/// Gradient in space of a value that is linear over a triangle.
fn gradient([a, b, c]: [Vec3; 3], [u, v, w]: [f32; 3]) -> Vec3 {
    let normal = (b - a).cross(c - a);
    let twice = normal.length_squared().max(1e-9);
    (normal.cross(c - b) * u + normal.cross(a - c) * v + normal.cross(b - a) * w) * (1.0 / twice)
}

/// Coverage of the crop, and radiance weighted with it.
fn draw(
    skin: &SkinSurface<'_>,
    shader: &Shader<'_>,
    view: &Projection<'_>,
    crop: Crop,
) -> (Plane, LinearImage) {
    let mut raster = Raster::new(crop.width * SUB, crop.height * SUB);
    let vertices: Vec<ScreenVertex> = (skin.points.iter())
        .map(|p| view.vertex(*p, crop.left as f64, crop.top as f64, SUB as f64))
        .collect();
    // What is below the card or the table is hidden by it.
    raster.draw(&vertices, skin.triangles, 0, Sides::Front, |f| {
        let t = skin.triangles[f.triangle as usize];
        f.mix(t.map(|i| skin.above[i as usize])) >= -0.05
    });
    let mut coverage = Plane::filled(crop.width, crop.height, 0.0);
    let mut radiance = LinearImage::filled(crop.width, crop.height, [0.0; 3]);
    for y in 0..crop.height {
        for x in 0..crop.width {
            let fragments: [Option<Fragment>; SUB * SUB] =
                core::array::from_fn(|k| raster.get(x * SUB + k % SUB, y * SUB + k / SUB));
            let hits = fragments.iter().flatten().count();
            if hits == 0 {
                continue;
            }
            let i = y * crop.width + x;
            coverage.values[i] = hits as f32 / (SUB * SUB) as f32;
            let share = coverage.values[i];
            radiance.pixels[i] = pixel(skin, shader, &fragments, hits).map(|v| v * share);
        }
    }
    (coverage, radiance)
}

/// Mean radiance of a pixel's fragments; one stands for all inside of a smooth surface.
fn pixel(
    skin: &SkinSurface<'_>,
    shader: &Shader<'_>,
    fragments: &[Option<Fragment>],
    hits: usize,
) -> [f32; 3] {
    let mut covered = fragments.iter().flatten();
    if hits == fragments.len() {
        let nearness = fragments.iter().flatten().map(|f| f.nearness);
        let (low, high) = nearness.fold((f32::MAX, f32::MIN), |(l, h), n| (l.min(n), h.max(n)));
        // Within two per mille of the distance there is no edge between them.
        if high - low < 0.002 * high {
            return covered.next().map_or([0.0; 3], |f| shader.radiance(&skin.spot(f)));
        }
    }
    let mut sum = [0.0; 3];
    for fragment in covered {
        let one = shader.radiance(&skin.spot(fragment));
        for k in 0..3 {
            sum[k] += one[k] / hits as f32;
        }
    }
    sum
}

/// Points of the coarse surface that went through card or table, within the picture or, with `anywhere`, at all,
/// and those as high as the phone, which no arm reaches round.
pub(crate) fn sunk_points(posed: &Posed, hand: &HandPlacement, scene: &Scene, anywhere: bool) -> usize {
    let Stage::Document(desk) = &scene.stage else { return 0 };
    let view = Projection::new(&scene.camera);
    let [width, height] = scene.camera.size.map(|v| v as f32);
    let (points, above) = posed.placed_coarse(hand, Some(&desk.card));
    let seen = |p: &Vec3| {
        let v = view.vertex(*p, 0.0, 0.0, 1.0);
        v.weight > 0.0 && (0.0..width).contains(&v.x) && (0.0..height).contains(&v.y)
    };
    let too_near = |p: &Vec3| scene.camera.to_camera(p.as_dvec3()).z < NEAREST;
    let wrong = |p: &Vec3, above: f32| too_near(p) || above < -SUNK && (anywhere || seen(p));
    points.iter().zip(&above).filter(|(p, above)| wrong(p, **above)).count()
}

/// Depth before the camera that a hand keeps, mm.
const NEAREST: f64 = 70.0;

/// Depth from which a part of the hand counts as gone through it, mm.
const SUNK: f32 = 2.5;

/// Share of the card's pixels that a hand hides, worked out at a low resolution. For finding how far a hand
/// must reach: cheap, and rising with the reach.
///
/// Only the parts of the hand that `counts` says are looked at: fingers by number, the thumb first, then the rest.
pub(crate) fn covered_share(
    posed: &Posed,
    hand: &HandPlacement,
    scene: &Scene,
    counts: impl Fn(usize) -> bool,
) -> f64 {
    let Stage::Document(desk) = &scene.stage else { return 0.0 };
    let card = &desk.card;
    let view = Projection::new(&scene.camera);
    let corners = card.corners().map(|c| view.vertex(c.as_vec3(), 0.0, 0.0, 1.0));
    let bounds = |f: fn(&ScreenVertex) -> f32| {
        corners.iter().map(f).fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(v), h.max(v)))
    };
    let ((left, right), (top, bottom)) = (bounds(|v| v.x), bounds(|v| v.y));
    const ACROSS: f32 = 130.0;
    let scale = ACROSS / (right - left).max(bottom - top).max(1.0);
    let size = |low: f32, high: f32| ((high - low) * scale).ceil() as usize + 1;
    let (width, height) = (size(left, right), size(top, bottom));
    let flat = |v: ScreenVertex| ScreenVertex { x: (v.x - left) * scale, y: (v.y - top) * scale, ..v };
    let mut on_card = DepthMap::new(width, height);
    on_card.draw(&corners.map(flat), &[[0, 1, 2], [0, 2, 3]]);
    let surface = surface();
    let (points, above) = posed.placed_coarse(hand, Some(card));
    let vertices: Vec<ScreenVertex> = points.iter().map(|p| flat(view.vertex(*p, 0.0, 0.0, 1.0))).collect();
    let shown: Vec<[u32; 3]> = (surface.triangles.iter().zip(&surface.finger))
        .filter(|(_, finger)| counts(usize::from(**finger)))
        .map(|(t, _)| *t)
        .filter(|t| t.iter().all(|i| above[*i as usize] >= -0.05))
        .collect();
    let mut covered = DepthMap::new(width, height);
    covered.draw(&vertices, &shown);
    let (mut all, mut hidden) = (0u32, 0u32);
    for y in 0..height as isize {
        for x in 0..width as isize {
            if on_card.get(x, y) > f32::NEG_INFINITY {
                all += 1;
                hidden += u32::from(covered.get(x, y) > f32::NEG_INFINITY);
            }
        }
    }
    f64::from(hidden) / f64::from(all.max(1))
}

#[cfg(test)]
mod tests {
    use glam::DMat3;

    use super::*;
    use crate::body::hand::{Nails, Pose, Skin};
    use crate::body::mesh::Weights;
    use crate::capture::testing;

    /// A flat hand that hovers over the card, palm down.
    fn hovering() -> HandPlacement {
        HandPlacement {
            pose: Pose::Flat,
            mirrored: false,
            curl: [0.0; FINGERS],
            spread: -0.05,
            scale: 1.0,
            shape: Weights::new(),
            skin: Skin { melanin: 0.4, redness: 0.0, roughness: 1.0, shine: 0.2, seed: 9 },
            nails: Nails { free_edge: 0.8, polish: None },
            forearm: DVec3::NEG_Y,
            position: DVec3::new(10.0, -150.0, 75.0),
            axes: DMat3::IDENTITY,
        }
    }

    fn small_scene() -> Scene {
        let mut scene = testing::scene();
        scene.camera.size = [96, 72];
        scene.camera.pixel_pitch *= 1600.0 / 96.0;
        scene.camera.principal_point = DVec2::new(48.0, 36.0);
        scene
    }

    #[test]
    fn coverage_is_that_of_points_in_projected_triangles() {
        for mirrored in [false, true] {
            let (hand, mut scene) = (HandPlacement { mirrored, ..hovering() }, small_scene());
            scene.camera.distortion = 0.0;
            let overlay = hand_layer(&hand, &scene).unwrap();
            let points = Posed::new(&hand).placed(&hand, None).0;
            let at: Vec<[f64; 2]> =
                points.iter().map(|p| scene.camera.picture_of(p.as_dvec3()).unwrap().into()).collect();
            let mut covered = vec![false; 96 * 72 * 4];
            for t in surface().fine_triangles() {
                let [a, b, c] = t.map(|i| at[i as usize]);
                let cross = |p: [f64; 2], q: [f64; 2], x: f64, y: f64| {
                    (q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0])
                };
                let range = |k: usize, limit: f64| {
                    let low = a[k].min(b[k]).min(c[k]).clamp(0.0, limit) * 2.0;
                    let high = a[k].max(b[k]).max(c[k]).clamp(0.0, limit) * 2.0;
                    low as usize..(high as usize + 1).min(limit as usize * 2)
                };
                for j in range(1, 72.0) {
                    for i in range(0, 96.0) {
                        let (x, y) = ((i as f64 + 0.5) / 2.0, (j as f64 + 0.5) / 2.0);
                        let sides = [cross(a, b, x, y), cross(b, c, x, y), cross(c, a, x, y)];
                        covered[j * 192 + i] |=
                            sides.iter().all(|s| *s > 0.0) || sides.iter().all(|s| *s < 0.0);
                    }
                }
            }
            let (mut off, mut all) = (0, 0);
            for y in 0..overlay.alpha.height {
                for x in 0..overlay.alpha.width {
                    let (px, py) = (x + overlay.origin[0], y + overlay.origin[1]);
                    let hits = [(0, 0), (1, 0), (0, 1), (1, 1)]
                        .into_iter()
                        .filter(|(i, j)| covered[(2 * py + j) * 192 + 2 * px + i])
                        .count();
                    all += hits;
                    let drawn = overlay.alpha.values[y * overlay.alpha.width + x] * 4.0;
                    off += (drawn as i32 - hits as i32).unsigned_abs() as usize;
                }
            }
            // Vertices are snapped to 1/256 of a subpixel, so samples on an edge may differ.
            assert!(all > 2000 && off * 300 < all, "{off} of {all}");
        }
    }

    #[test]
    fn a_mirrored_hand_looks_like_the_mirror_image() {
        let mut scene = small_scene();
        scene.lights.clear();
        scene.camera.position.x = 0.0;
        scene.camera.axes = testing::look_at(scene.camera.position, DVec3::ZERO);
        testing::desk_mut(&mut scene).card.axes = DMat3::IDENTITY;
        let right = hand_layer(&hovering(), &scene).unwrap();
        let mut left = HandPlacement { mirrored: true, ..hovering() };
        left.position.x = -left.position.x;
        let left = hand_layer(&left, &scene).unwrap();
        let (mut difference, mut sum) = (0.0, 0.0);
        for y in 0..72usize {
            for x in 0..96usize {
                let get = |o: &Overlay, x: usize| {
                    let inside = x >= o.origin[0] && y >= o.origin[1];
                    let (cx, cy) = (x.wrapping_sub(o.origin[0]), y.wrapping_sub(o.origin[1]));
                    if inside && cx < o.alpha.width && cy < o.alpha.height {
                        o.light.pixels[cy * o.alpha.width + cx][1]
                    } else {
                        0.0
                    }
                };
                let (a, b) = (get(&right, x), get(&left, 95 - x));
                difference += (a - b).abs();
                sum += a;
            }
        }
        // The directions of the dome have no mirror symmetry; a normal turned inside out would lose all light.
        assert!(sum > 0.0 && difference < 0.12 * sum, "{difference} of {sum}");
    }

    #[test]
    fn light_and_shade_stay_within_physics() {
        let scene = small_scene();
        let overlay = hand_layer(&hovering(), &scene).unwrap();
        let up = crate::capture::illuminance(&scene, DVec3::ZERO, DVec3::Z)[1] as f32;
        for (light, alpha) in overlay.light.pixels.iter().zip(&overlay.alpha.values) {
            assert!((0.0..=1.0).contains(alpha) && light.iter().all(|v| v.is_finite() && *v >= 0.0));
            // Brighter than a white sheet facing all lights at once it cannot be.
            assert!(light[1] <= 2.5 * up * core::f32::consts::FRAC_1_PI, "{light:?}");
        }
        let deepest = overlay.shade.values.iter().copied().fold(0.0, f32::max);
        assert!((0.2..=0.97).contains(&deepest), "{deepest}");
    }
}
