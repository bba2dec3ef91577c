//! Phones: lenses, sensors and habits of processing that photos are taken with.
//!
//! The models are fictional; focal lengths, f-numbers and sensor sizes are those of phones on the market.

use crate::rng::Stream;

/// A camera of a phone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phone {
    /// The model, as EXIF names it.
    pub(super) model: &'static str,
    /// Focal length, mm.
    pub(super) focal_length: f64,
    /// The f-number.
    pub(super) f_number: f64,
    /// Longer side of the sensor, mm.
    pub(super) sensor: f64,
    /// Pixels along it.
    pub(super) pixels: f64,
    /// Electrons that a pixel holds.
    pub(super) full_well: f64,
    /// Read noise, electrons.
    pub(super) read_noise: f64,
    /// How the maker develops and stores pictures.
    pub(super) look: Look,
}

/// A maker's taste.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Strength of denoising.
    pub(super) denoise: f64,
    /// Amount of the unsharp mask.
    pub(super) sharpen: f64,
    /// Where the tone curve's shoulder begins.
    pub(super) shoulder: f64,
    /// The tone curve's toe in pictures of faces.
    pub(super) toe: f64,
    /// JPEG quality, from the lowest (0) to the highest (1) that the recipe allows.
    pub(super) quality: f64,
    /// Chroma at half resolution.
    pub(super) subsample: bool,
    /// The longest exposure before the ISO speed is raised, s.
    pub(super) slowest: f64,
}

impl Phone {
    /// Side of a pixel, mm.
    pub(super) fn pitch(&self) -> f64 {
        self.sensor / self.pixels
    }

    fn looks(self, look: Look) -> Self {
        Self { look, ..self }
    }
}

/// Strong smoothing and sharpening, as cheap phones have them.
const HARSH: Look = Look {
    denoise: 0.66,
    sharpen: 0.82,
    shoulder: 0.78,
    toe: 0.5,
    quality: 0.2,
    subsample: true,
    slowest: 1.0 / 30.0,
};
/// Bright and crisp.
const CRISP: Look = Look {
    denoise: 0.5,
    sharpen: 0.62,
    shoulder: 0.7,
    toe: 0.42,
    quality: 0.6,
    subsample: true,
    slowest: 1.0 / 50.0,
};
/// Restrained, with fine files.
const GENTLE: Look = Look {
    denoise: 0.36,
    sharpen: 0.42,
    shoulder: 0.67,
    toe: 0.28,
    quality: 0.85,
    subsample: false,
    slowest: 1.0 / 60.0,
};

fn main_cameras() -> [Phone; 9] {
    let phone = |model, focal_length, f_number, sensor, pixels, full_well, read_noise| Phone {
        model,
        focal_length,
        f_number,
        sensor,
        pixels,
        full_well,
        read_noise,
        look: CRISP,
    };
    [
        phone("Utopia One", 4.25, 1.8, 5.64, 4032.0, 5200.0, 2.6),
        phone("Utopia One Lite", 3.95, 2.0, 5.12, 4000.0, 4800.0, 3.0).looks(HARSH),
        phone("Utopia Go", 3.6, 2.2, 4.7, 4160.0, 4200.0, 3.2).looks(HARSH),
        phone("Arkadia P7", 5.43, 1.8, 7.06, 4080.0, 6800.0, 2.1),
        phone("Arkadia P9", 6.9, 1.7, 9.8, 4096.0, 9800.0, 1.6).looks(GENTLE),
        phone("Arkadia Mini", 4.6, 1.9, 6.2, 4000.0, 5600.0, 2.5).looks(HARSH),
        phone("Lumen 12", 5.1, 1.6, 7.0, 4032.0, 6500.0, 2.0).looks(GENTLE),
        phone("Lumen 15 Max", 6.86, 1.78, 9.6, 4032.0, 9500.0, 1.6).looks(GENTLE),
        phone("Lumen SE", 4.0, 1.8, 5.3, 4032.0, 4900.0, 2.7),
    ]
}

fn front_cameras() -> [Phone; 4] {
    let phone = |model, focal_length, f_number, sensor, pixels, full_well, read_noise, look| Phone {
        model,
        focal_length,
        f_number,
        sensor,
        pixels,
        full_well,
        read_noise,
        look,
    };
    [
        phone("Utopia One", 2.7, 2.2, 3.6, 3264.0, 3600.0, 2.8, CRISP),
        phone("Utopia Go", 2.75, 2.4, 3.7, 3264.0, 3200.0, 3.2, HARSH),
        phone("Arkadia P7", 3.0, 2.2, 4.0, 3648.0, 4200.0, 2.4, CRISP),
        phone("Lumen 15 Max", 3.3, 2.0, 4.8, 4032.0, 5000.0, 2.0, GENTLE),
    ]
}

/// A main camera.
pub(super) fn draw_main(rng: &mut Stream) -> Phone {
    *rng.pick(&main_cameras())
}

/// A front camera.
pub(super) fn draw_front(rng: &mut Stream) -> Phone {
    *rng.pick(&front_cameras())
}
