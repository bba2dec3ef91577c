//! What a hand hides, and where it goes through things: worked out coarsely, to find a place for it.

use glam::Vec3;

use super::model::surface;
use super::placement::{HandPlacement, Posed, Support};
use super::view::Projection;
use crate::body::depth_map::DepthMap;
use crate::body::raster::ScreenVertex;
use crate::scene::{Scene, Stage};

/// Depth before the camera that a hand keeps, mm.
const NEAREST: f64 = 70.0;

/// Depth from which a part of the hand counts as gone through it, mm.
const SUNK: f32 = 2.5;

/// The card of a scene at a low resolution, to find out what a hand hides of it.
pub(crate) struct Cover<'a> {
    scene: &'a Scene,
    view: Projection<'a>,
    on_card: DepthMap,
    /// Pixels of the card.
    all: u32,
    size: [usize; 2],
    corner: [f32; 2],
    scale: f32,
}

impl<'a> Cover<'a> {
    /// Of a document's scene; a selfie has no card.
    pub(crate) fn new(scene: &'a Scene) -> Option<Self> {
        const ACROSS: f32 = 130.0;
        let Stage::Document(desk) = &scene.stage else { return None };
        let view = Projection::new(&scene.camera);
        let corners = desk.card.corners().map(|c| view.straight(c.as_vec3()));
        let bounds = |f: fn(&ScreenVertex) -> f32| {
            corners.iter().map(f).fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(v), h.max(v)))
        };
        let ((left, right), (top, bottom)) = (bounds(|v| v.x), bounds(|v| v.y));
        let scale = ACROSS / (right - left).max(bottom - top).max(1.0);
        let [width, height] =
            [(left, right), (top, bottom)].map(|(low, high)| ((high - low) * scale).ceil() as usize + 1);
        let on_card = DepthMap::new(width, height);
        let mut cover =
            Self { scene, view, on_card, all: 0, size: [width, height], corner: [left, top], scale };
        let corners = corners.map(|v| cover.flat(v));
        cover.on_card.draw(&corners, &[[0, 1, 2], [0, 2, 3]]);
        cover.all = cover.count(|_, _| true);
        Some(cover)
    }

    fn flat(&self, v: ScreenVertex) -> ScreenVertex {
        ScreenVertex { x: (v.x - self.corner[0]) * self.scale, y: (v.y - self.corner[1]) * self.scale, ..v }
    }

    /// Pixels of the card for which `test` holds.
    fn count(&self, test: impl Fn(isize, isize) -> bool) -> u32 {
        let [width, height] = self.size.map(|n| n as isize);
        let row = |y: isize| {
            (0..width)
                .map(|x| u32::from(self.on_card.get(x, y) > f32::NEG_INFINITY && test(x, y)))
                .sum::<u32>()
        };
        (0..height).map(row).sum()
    }

    /// Points of the coarse surface that went through card or table, within the picture or, with `anywhere`, at all,
    /// and those as high as the phone, which no arm reaches round.
    pub(crate) fn sunk_points(&self, posed: &Posed, hand: &HandPlacement, anywhere: bool) -> usize {
        let (camera, stage) = (&self.scene.camera, &self.scene.stage);
        let held = matches!(stage, Stage::Document(desk) if desk.held.is_some());
        let [width, height] = camera.size.map(|v| v as f32);
        let (points, above) = posed.placed_coarse(hand, Support::of(stage));
        let seen = |p: &Vec3| {
            let v = self.view.vertex(*p);
            v.weight > 0.0 && (0.0..width).contains(&v.x) && (0.0..height).contains(&v.y)
        };
        let too_near = |p: &Vec3| camera.to_camera(p.as_dvec3()).z < NEAREST;
        let wrong = |p: &Vec3, above: f32| too_near(p) || !held && above < -SUNK && (anywhere || seen(p));
        points.iter().zip(&above).filter(|(p, above)| wrong(p, **above)).count()
    }

    /// Share of the card's pixels that a hand hides: rising with its reach.
    ///
    /// Only the parts of the hand that `counts` says are looked at: fingers by number, the thumb first, then the rest.
    pub(crate) fn share(&self, posed: &Posed, hand: &HandPlacement, counts: impl Fn(usize) -> bool) -> f64 {
        let surface = surface();
        let (points, above) = posed.placed_coarse(hand, Support::of(&self.scene.stage));
        let vertices: Vec<ScreenVertex> = points.iter().map(|p| self.flat(self.view.straight(*p))).collect();
        let shown: Vec<[u32; 3]> = (surface.triangles.iter().zip(&surface.finger))
            .filter(|(_, finger)| counts(usize::from(**finger)))
            .map(|(t, _)| *t)
            .filter(|t| t.iter().all(|i| above[*i as usize] >= -0.05))
            .collect();
        let mut covered = DepthMap::new(self.size[0], self.size[1]);
        covered.draw(&vertices, &shown);
        let hidden = self.count(|x, y| covered.get(x, y) > f32::NEG_INFINITY);
        f64::from(hidden) / f64::from(self.all.max(1))
    }

    /// How far in, between two depths, mm, the hand that `at` places there hides this share of the card: to `within`
    /// millimetres, or to a pixel of it.
    ///
    /// The Illinois algorithm (Dowell and Jarratt 1971): the share rises with the depth nearly in a line.
    pub(crate) fn depth(
        &self,
        posed: &Posed,
        at: impl Fn(f64) -> HandPlacement,
        [mut near, mut far]: [f64; 2],
        share: f64,
        within: f64,
    ) -> f64 {
        const STEPS: usize = 16;
        let lacking = |depth: f64| self.share(posed, &at(depth), |_| true) - share;
        let (mut too_little, mut too_much) = (-share, lacking(far));
        if too_much <= 0.0 {
            return far;
        }
        let pixel = 0.75 / f64::from(self.all.max(1));
        let mut before = 0;
        for _ in 0..STEPS {
            let straight = near + (far - near) * too_little / (too_little - too_much);
            // Not so near to an end that it stays where it is.
            let margin = 0.02 * (far - near);
            let middle = straight.clamp(near + margin, far - margin);
            let value = lacking(middle);
            if value.abs() <= pixel {
                return middle;
            }
            if value < 0.0 {
                (near, too_little) = (middle, value);
                if before < 0 {
                    too_much /= 2.0;
                }
                before = -1;
            } else {
                (far, too_much) = (middle, value);
                if before > 0 {
                    too_little /= 2.0;
                }
                before = 1;
            }
            if far - near <= within {
                break;
            }
        }
        near
    }
}
