//! What the photosites add to light.

use super::{Sensor, full};
use crate::rng::pixel_hash;

/// Electrons that white makes at an ISO speed.
fn electrons(sensor: &Sensor, iso: f64) -> f64 {
    sensor.full_well * 100.0 / iso
}

/// Variance of the noise at a light level, share of white squared: Poisson shot noise plus read noise.
pub(super) fn noise_variance(sensor: &Sensor, iso: f64, light: f64) -> f64 {
    let n = electrons(sensor, iso);
    light.max(0.0) / n + (sensor.read_noise / n) * (sensor.read_noise / n)
}

/// The photosites' noise. That of every sample hangs on seed, place and channel only.
pub(super) struct Noise {
    seed: u64,
    /// Variance for each unit of light, and without light.
    shot: f32,
    read: f32,
    /// Light at which a photosite of each channel is full.
    full: [f32; 3],
}

impl Noise {
    pub(super) fn new(sensor: &Sensor, iso: f64) -> Self {
        let n = electrons(sensor, iso);
        Self {
            seed: sensor.noise_seed,
            shot: (1.0 / n) as f32,
            read: (sensor.read_noise / n * (sensor.read_noise / n)) as f32,
            full: sensor.white_balance.map(|gain| full(sensor.shoulder as f32, gain as f32)),
        }
    }

    /// Adds noise to one channel of row `y` and clips it.
    #[inline(always)]
    pub(super) fn add(&self, y: usize, channel: u32, row: &mut [f32]) {
        let seed = pixel_hash(self.seed, 0, y as u32, channel);
        let full = self.full[channel as usize];
        for (x, v) in row.iter_mut().enumerate() {
            let light = v.max(0.0);
            let deviation = (light * self.shot + self.read).sqrt();
            *v = (light + deviation * normal(hash(seed, x as u32))).max(-0.05).min(full);
        }
    }
}

/// 32 random bits for a place in a row (the finaliser of MurmurHash3, Appleby 2008).
#[inline(always)]
fn hash(seed: u32, x: u32) -> u32 {
    let mut h = x.wrapping_mul(0x9e37_79b9) ^ seed;
    h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

/// A nearly normal number from a hash: the sum of its four bytes (Irwin-Hall), mean 0 and variance 1.
#[inline(always)]
pub(super) fn normal(hash: u32) -> f32 {
    // Bytes have variance (256^2 - 1) / 12.
    const SCALE: f32 = 0.006_766_1;
    let pairs = (hash & 0x00ff_00ff) + ((hash >> 8) & 0x00ff_00ff);
    let sum = (pairs & 0xffff) + (pairs >> 16);
    (sum as i32 as f32 - 510.0) * SCALE
}
