//! Phones: lenses and sensors that photos are taken with.
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
}

impl Phone {
    /// Side of a pixel, mm.
    pub(super) fn pitch(&self) -> f64 {
        self.sensor / self.pixels
    }
}

const fn phone(
    model: &'static str,
    focal_length: f64,
    f_number: f64,
    sensor: f64,
    pixels: f64,
    full_well: f64,
    read_noise: f64,
) -> Phone {
    Phone { model, focal_length, f_number, sensor, pixels, full_well, read_noise }
}

const MAIN: &[Phone] = &[
    phone("Utopia One", 4.25, 1.8, 5.64, 4032.0, 5200.0, 2.6),
    phone("Utopia One Lite", 3.95, 2.0, 5.12, 4000.0, 4800.0, 3.0),
    phone("Arkadia P7", 5.43, 1.8, 7.06, 4080.0, 6800.0, 2.1),
    phone("Arkadia P9", 6.9, 1.7, 9.8, 4096.0, 9800.0, 1.6),
    phone("Lumen 12", 5.1, 1.6, 7.0, 4032.0, 6500.0, 2.0),
    phone("Lumen 15 Max", 6.86, 1.78, 9.6, 4032.0, 9500.0, 1.6),
];

const FRONT: &[Phone] = &[
    phone("Utopia One", 2.7, 2.2, 3.6, 3264.0, 3600.0, 2.8),
    phone("Arkadia P7", 3.0, 2.2, 4.0, 3648.0, 4200.0, 2.4),
    phone("Lumen 15 Max", 3.3, 2.0, 4.8, 4032.0, 5000.0, 2.0),
];

/// A main camera.
pub(super) fn draw_main(rng: &mut Stream) -> Phone {
    *rng.pick(MAIN)
}

/// A front camera.
pub(super) fn draw_front(rng: &mut Stream) -> Phone {
    *rng.pick(FRONT)
}
