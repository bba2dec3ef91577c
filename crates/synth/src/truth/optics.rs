//! How finely the card is seen: how much the lens spreads a point of it, and how densely it is sampled.

use glam::DVec2;

use crate::capture::psf_at;
use crate::scene::{CardPose, Scene, Stage};

/// Millimetres in an inch.
pub(crate) const MM_PER_INCH: f64 = 25.4;

/// The spread of light from a point of the card: standard deviations of the point-spread function, mean of both axes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    /// Of defocus, mm on the card.
    pub(crate) defocus_mm: f64,
    /// Of motion, mm on the card.
    pub(crate) motion_mm: f64,
    /// Size of an output pixel there, mm on the card.
    pub(crate) mm_per_px: f64,
}

impl Spread {
    /// Of both together, mm on the card: variances add up.
    pub(crate) fn sigma_mm(&self) -> f64 {
        (self.defocus_mm * self.defocus_mm + self.motion_mm * self.motion_mm).sqrt()
    }
}

/// The spread at a point of the card, mm from its top left corner as printed. Behind the camera, without end.
pub(crate) fn spread_at(scene: &Scene, point: DVec2) -> Spread {
    let Some(psf) = psf_at(scene, point) else {
        return Spread { defocus_mm: f64::INFINITY, motion_mm: f64::INFINITY, mm_per_px: f64::INFINITY };
    };
    let depth = match &scene.stage {
        Stage::Document(desk) => scene.camera.to_camera(desk.card.at(point)).z,
        Stage::Selfie(_) => scene.camera.to_camera(point.extend(0.0)).z,
    };
    // A uniform disc of diameter D has a standard deviation of D / 4 along each axis. The radial mean square is the
    // sum of both axes' variances.
    let defocus = psf.defocus_diameter_mm / 4.0;
    let both = psf.rms_radius_mm * psf.rms_radius_mm / 2.0;
    Spread {
        defocus_mm: defocus,
        motion_mm: (both - defocus * defocus).max(0.0).sqrt(),
        mm_per_px: depth / scene.camera.focal_px(),
    }
}

/// Where on the card its blur is measured, mm: the middle, and the middles of its quarters.
pub(crate) fn spots(card: &CardPose) -> [DVec2; 5] {
    let [w, h] = card.size;
    [(0.5, 0.5), (0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)]
        .map(|(x, y)| DVec2::new(w * x, h * y))
}

/// True samples per inch at a point of the card, mm from its top left corner as printed; geometric mean of both
/// directions. The file's own pixels do not count.
pub(crate) fn dpi_at(scene: &Scene, card: &CardPose, point: DVec2) -> f64 {
    let camera = &scene.camera;
    let step = |along: DVec2| {
        let ends = [-0.5, 0.5].map(|t| camera.project(card.at(point + along * t)).unwrap_or_default());
        ends[1] - ends[0]
    };
    let px_per_mm = step(DVec2::X).perp_dot(step(DVec2::Y)).abs().sqrt();
    px_per_mm * scene.true_sampling() * MM_PER_INCH
}
