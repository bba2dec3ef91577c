//! The camera as hands are drawn with it: many points, near and far outside of the picture.

use glam::{DVec2, DVec3, Vec3};

use crate::body::raster::ScreenVertex;
use crate::scene::Camera;

/// The camera, ready for many points.
pub(super) struct Projection<'a> {
    pub(super) camera: &'a Camera,
    focal: f64,
    /// Distance from the principal point up to which distortion is followed, px.
    limit: f64,
    /// What distortion does at that distance, and is taken to do beyond.
    at_limit: f64,
    /// The lens's distortion for coordinates in px.
    k1: f64,
}

impl<'a> Projection<'a> {
    pub(super) fn new(camera: &'a Camera) -> Self {
        // Far outside of the picture the polynomial means nothing, and its inverse may not exist.
        let [w, h] = camera.size.map(f64::from);
        let limit = (w * w + h * h).sqrt();
        let at_limit = camera.distort(camera.principal_point + DVec2::X * limit).x - camera.principal_point.x;
        let k1 = camera.distortion * 4.0 / (w * w + h * h);
        Self { camera, focal: camera.focal_px(), limit, at_limit: at_limit / limit, k1 }
    }

    /// As [`Camera::distort`], from the principal point on, in as many rounds as leave a thousandth of a pixel.
    fn bend(&self, flat: DVec2) -> DVec2 {
        const ROUNDS: usize = 2;
        if flat.length_squared() > self.limit * self.limit {
            return flat * self.at_limit + self.camera.principal_point;
        }
        let first = flat * (1.0 - self.k1 * flat.length_squared());
        let bent = (0..ROUNDS).fold(first, |d, _| flat * (1.0 / (1.0 + self.k1 * d.length_squared())));
        bent + self.camera.principal_point
    }

    /// A vertex in the picture, px.
    pub(super) fn vertex(&self, p: Vec3) -> ScreenVertex {
        self.vertex_through(p, |flat| self.bend(flat))
    }

    /// A vertex in a picture that nothing distorts, px: for what is worked out coarsely.
    pub(super) fn straight(&self, p: Vec3) -> ScreenVertex {
        self.vertex_through(p, |flat| flat + self.camera.principal_point)
    }

    /// A vertex, given what the lens makes of a place from the principal point on, px.
    #[inline(always)]
    fn vertex_through(&self, p: Vec3, lens: impl Fn(DVec2) -> DVec2) -> ScreenVertex {
        let c = self.camera.to_camera(p.as_dvec3());
        if c.z < 1.0 {
            return ScreenVertex { x: 0.0, y: 0.0, nearness: -1.0, weight: -1.0 };
        }
        let at = lens(DVec2::new(c.x, c.y) * (self.focal / c.z));
        let weight = (1.0 / c.z) as f32;
        ScreenVertex { x: at.x as f32, y: at.y as f32, nearness: weight, weight }
    }

    /// Where a pixel's ray meets the plane at height `z`.
    pub(super) fn on_plane(&self, x: f64, y: f64, z: f64) -> Option<DVec2> {
        let ray: DVec3 = self.camera.sight(DVec2::new(x, y));
        let t = (z - self.camera.position.z) / ray.z;
        (t > 0.0 && t.is_finite()).then(|| {
            let hit = self.camera.position + ray * t;
            DVec2::new(hit.x, hit.y)
        })
    }
}
