//! From a placed hand to pixels: what it covers, the light it sends, and the light it takes away.

use glam::{DVec2, Vec3};

use super::drawing::{Drawn, SkinSurface, draw};
use super::light::{Ground, Lighting, TEXEL, light};
use super::model::surface;
use super::placement::{HandPlacement, Posed, Support};
use super::skin::Shader;
use super::view::Projection;
use crate::body::mesh::{Part, smooth_normals};
use crate::body::raster::ScreenVertex;
use crate::capture::{Overlay, Shade};
use crate::image::Plane;
use crate::scene::{CardPose, Scene};

/// How far around the hand its shade is worked out, mm.
const SHADE_REACH: f32 = 95.0;
/// How far beyond the picture, mm: as far as the shade takes to fade.
const BEYOND: f32 = 26.0;
/// Less shade than this is none, so that a shadow has an end.
const LEAST_SHADE: f32 = 0.01;

/// Draws a hand as the scene's camera and lights see it. `None` when it is out of the picture and its shadow, too.
pub fn hand_layer(hand: &HandPlacement, scene: &Scene) -> Option<Overlay> {
    let support = Support::of(&scene.stage);
    let posed = Posed::new(hand);
    let surface = surface();
    let (points, above) = posed.placed(hand, support);
    let view = Projection::new(&scene.camera);
    let ground = ground(&view, &points, support.card())?;

    let coarse = surface.coarse_points();
    let mut casters = oriented(&surface.triangles, posed.mirrored());
    let [coarse_normals] =
        smooth_normals([Part { positions: &points[..coarse], triangles: &casters, weld: &[] }]);
    let held = if let Support::Held(card) = support { Some(card) } else { None };
    let mut solid = points[..coarse].to_vec();
    if let Some(card) = held {
        // The card keeps light from the fingers behind it.
        let first = solid.len() as u32;
        solid.extend(card.corners().map(|corner| corner.as_vec3()));
        casters.extend([[0, 1, 2], [0, 2, 3]].map(|t| t.map(|i: u32| first + i)));
    }
    let (lighting, reach) = light(scene, ground, &solid, &coarse_normals, &casters);
    let seen: Vec<ScreenVertex> = points.iter().map(|p| view.vertex(*p)).collect();
    let crop = Crop::around(&view, &seen, &lighting, ground)?;
    let shade = shade(&view, &lighting, ground, crop);
    let crop = crop.of_skin(&seen);

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
        held: held.is_some(),
    };
    let shader = Shader::new(&hand.skin, &hand.nails, &lighting.keys, scene.ambient.map(|v| v as f32));
    let Drawn { coverage, radiance, behind } = draw(&skin, &shader, &seen, crop);
    Some(Overlay { origin: [crop.left, crop.top], light: radiance, alpha: coverage, shade, behind })
}

/// Triangles that run counter-clockwise from outside, also on a mirrored hand.
fn oriented(triangles: &[[u32; 3]], mirrored: bool) -> Vec<[u32; 3]> {
    triangles.iter().map(|&[a, b, c]| if mirrored { [a, c, b] } else { [a, b, c] }).collect()
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
        low[k] = (frame_low - BEYOND).max(hand_low - SHADE_REACH);
        high[k] = (frame_high + BEYOND).min(hand_high + SHADE_REACH);
    }
    (low[0] < high[0] && low[1] < high[1]).then_some(Ground { low, high, z: z as f32 })
}

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crop {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Crop {
    /// The pixels that the hand covers or shades.
    fn around(
        view: &Projection<'_>,
        seen: &[ScreenVertex],
        lighting: &Lighting,
        ground: Ground,
    ) -> Option<Self> {
        let [width, height] = view.camera.size.map(|v| v as usize);
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        let mut include = |x: f32, y: f32| {
            low = [low[0].min(x), low[1].min(y)];
            high = [high[0].max(x), high[1].max(y)];
        };
        for v in seen.iter().filter(|v| v.weight > 0.0) {
            include(v.x, v.y);
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

    /// Its part that the hand covers, which begins a whole number of [`GRAIN`]s from its corner; without pixels where the
    /// hand is out of the picture. All of it where some of the hand is behind the camera and has no place in the picture.
    fn of_skin(self, seen: &[ScreenVertex]) -> Self {
        if seen.iter().any(|v| v.weight <= 0.0) {
            return self;
        }
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for v in seen {
            low = [low[0].min(v.x), low[1].min(v.y)];
            high = [high[0].max(v.x), high[1].max(v.y)];
        }
        let side = |k: usize, from: usize, length: usize| {
            let start = (low[k].floor().max(0.0) as usize).saturating_sub(from).min(length) / GRAIN * GRAIN;
            let end = (high[k].ceil().max(0.0) as usize).saturating_sub(from).clamp(start, length);
            (from + start, end - start)
        };
        let ((left, width), (top, height)) = (side(0, self.left, self.width), side(1, self.top, self.height));
        Self { left, top, width, height }
    }
}

/// Pixels between the places where the part that shows skin may begin: nodes of its lattice, and pixels that are worked out
/// side by side, lie where they lie in all of the crop.
const GRAIN: usize = 16;

/// Shade of each pixel of the crop. The plane is looked up every few pixels, and interpolated as a place in
/// between, not as a shade, so that the shade keeps its edges; the shade itself only where it has pixels finer than
/// its own.
fn shade(view: &Projection<'_>, lighting: &Lighting, ground: Ground, crop: Crop) -> Shade {
    const STEP: usize = 16;
    let z = f64::from(ground.z);
    let columns = crop.width.div_ceil(STEP) + 1;
    let rows = crop.height.div_ceil(STEP) + 1;
    let places: Vec<DVec2> = (0..rows * columns)
        .map(|i| {
            let [x, y] = [crop.left + i % columns * STEP, crop.top + i / columns * STEP];
            view.on_plane(x as f64 + 0.5, y as f64 + 0.5, z).unwrap_or(DVec2::MAX)
        })
        .collect();
    let pitch = (places.chunks_exact(columns).flat_map(|row| row.windows(2)))
        .map(|pair| (pair[1] - pair[0]).length() as f32 / STEP as f32)
        .fold(0.0, f32::max);
    let skip = [4, 2, 1].into_iter().find(|skip| pitch * *skip as f32 <= TEXEL).unwrap_or(1);
    let mut nodes = Plane::filled((columns - 1) * STEP / skip, (rows - 1) * STEP / skip, 0.0);
    for (y, row) in nodes.values.chunks_exact_mut(nodes.width).enumerate() {
        let (band, ty) = (y * skip / STEP, (y * skip % STEP) as f32 / STEP as f32);
        let (above, below) = (&places[band * columns..], &places[(band + 1) * columns..]);
        for (i, cell) in row.chunks_exact_mut(STEP / skip).enumerate() {
            let from = above[i].as_vec2() + (below[i] - above[i]).as_vec2() * ty;
            let to = above[i + 1].as_vec2() + (below[i + 1] - above[i + 1]).as_vec2() * ty;
            for (x, value) in cell.iter_mut().enumerate() {
                let p = from + (to - from) * ((x * skip) as f32 / STEP as f32);
                *value = (lighting.shade(p.x, p.y) - LEAST_SHADE).clamp(0.0, 0.97);
            }
        }
    }
    Shade { origin: [crop.left, crop.top], size: [crop.width, crop.height], nodes, step: skip }
}

#[cfg(test)]
mod tests {
    use glam::{DMat3, DVec3};

    use super::*;
    use crate::body::hand::model::FINGERS;
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
            let points = Posed::new(&hand).placed(&hand, Support::Bare).0;
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
        let deepest = overlay.shade.nodes.values.iter().copied().fold(0.0, f32::max);
        assert!((0.2..=0.97).contains(&deepest), "{deepest}");
    }
}
