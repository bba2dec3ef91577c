//! How much the lens spreads a point of the card: the figure that blur is measured by.

use glam::DVec2;

use crate::capture::psf_at;
use crate::scene::Scene;

/// The spread of light from a point of the card.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    /// Standard deviation of the point-spread function, mean of both axes, mm on the card.
    pub(crate) sigma_mm: f64,
    /// Size of an output pixel there, mm on the card.
    pub(crate) mm_per_px: f64,
}

/// The spread at a point of the card, mm from its top left corner as printed. Behind the camera, without end.
pub(crate) fn spread_at(scene: &Scene, point: DVec2) -> Spread {
    let Some(psf) = psf_at(scene, point) else {
        return Spread { sigma_mm: f64::INFINITY, mm_per_px: f64::INFINITY };
    };
    let depth = match &scene.stage {
        crate::scene::Stage::Document(desk) => scene.camera.to_camera(desk.card.at(point)).z,
        crate::scene::Stage::Selfie(_) => scene.camera.to_camera(point.extend(0.0)).z,
    };
    // The radial root mean square is the root of the sum of both axes' variances.
    Spread {
        sigma_mm: psf.rms_radius_mm * core::f64::consts::FRAC_1_SQRT_2,
        mm_per_px: depth / scene.camera.focal_px(),
    }
}
