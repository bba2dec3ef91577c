//! From light on the sensor to the eight bits that a phone's processing makes of it.
//!
//! Sampling, shot and read noise, white balance, tone curve, then denoising and sharpening on luma and chroma, as a
//! phone does before it encodes.

mod noise;
mod rows;
mod tone;

use self::noise::{Noise, noise_variance};
use self::rows::Development;
use self::tone::{ToneCurve, toned};
use crate::color::{linear_to_srgb, srgb_to_linear};
use crate::image::{LightRows, LinearImage, Rgb8};
use crate::scene::{Scene, Sensor};

use super::layers::Rendered;

/// How many samples around it the processing of a sample looks at: denoising, sharpening and enlarging together.
pub(crate) const REACH: f64 = 6.0;

/// What is stored of one channel's `light`, share of white, in linear light: what a photosite holds of it, times the white
/// balance's `gain`, as the tone curve with this shoulder and toe bends it.
pub(crate) fn stored(light: f32, gain: f32, shoulder: f32, toe: f32) -> f32 {
    toned(light.min(full(shoulder, gain)) * gain, &ToneCurve::new(shoulder, toe))
}

/// Light at which a photosite is full, share of white: raw converters let no gain lie under one, so that clipped light is
/// stored as white whatever the balance is.
fn full(shoulder: f32, gain: f32) -> f32 {
    (2.0 - shoulder) / gain.min(1.0)
}

/// Develops a frame into the picture that is handed to the encoder.
pub fn develop(rendered: &Rendered, scene: &Scene) -> Rgb8 {
    process(&rendered.frame, scene)
}

fn process(frame: &LinearImage, scene: &Scene) -> Rgb8 {
    let mut exposure = Exposure::new([frame.width, frame.height], scene);
    let mut light = LightRows::new([frame.width, frame.height], frame.height);
    for (y, row) in frame.pixels.chunks_exact(frame.width).enumerate() {
        light.row_mut(y).copy_from_slice(row);
        exposure.take(&light, y + 1);
    }
    exposure.finish()
}

/// A picture that is developed while its light still comes.
pub(crate) struct Exposure {
    development: Development,
    picture: Rgb8,
}

impl Exposure {
    /// Of a picture of this size, px.
    pub(crate) fn new([w, h]: [usize; 2], scene: &Scene) -> Self {
        let sensor = &scene.sensor;
        let small = |n: usize| ((n as f64 * sensor.sampling + 0.5) as usize).max(8);
        let size = if sensor.sampling < 1.0 { [small(w), small(h)] } else { [w, h] };
        let iso = scene.camera.iso;
        let curve = ToneCurve::new(sensor.shoulder as f32, sensor.toe as f32);
        let variances = noise_levels(sensor, iso, &curve);
        let noise = Noise::new(sensor, iso);
        let development = Development::new([w, h], size, sensor, noise, curve, variances);
        Self { development, picture: Rgb8 { width: w, height: h, data: vec![0; 3 * w * h] } }
    }

    /// Takes the light before row `ready`, which is final.
    pub(crate) fn take(&mut self, light: &LightRows, ready: usize) {
        rows::develop(&mut self.development, light, ready, &mut self.picture);
    }

    /// The picture, once all of its light has come.
    pub(crate) fn finish(self) -> Rgb8 {
        self.picture
    }
}

/// Variance of the noise of luma on the byte scale, for each byte of luma.
fn noise_levels(sensor: &Sensor, iso: f64, curve: &ToneCurve) -> [f32; 256] {
    // Luma's weights squared: how much of a channel's variance it keeps.
    let keep = 0.299 * 0.299 + 0.587 * 0.587 + 0.114 * 0.114;
    let slope = |x: f64| {
        let at = |v: f64| linear_to_srgb(f64::from(toned(v as f32, curve))) * 255.0;
        (at(x + 2e-3) - at((x - 2e-3).max(0.0))) / (x + 2e-3 - (x - 2e-3).max(0.0))
    };
    core::array::from_fn(|byte| {
        let stored = srgb_to_linear(byte as f64 / 255.0);
        let light = if curve.has_toe() { curve.before_toe(stored) } else { stored };
        (keep * noise_variance(sensor, iso, light) * slope(light) * slope(light)) as f32
    })
}

#[cfg(test)]
mod tests {
    use super::noise::{Noise, noise_variance, normal};
    use super::rows::{denoise, unsharp};
    use super::tone::ToneCurve;
    use super::*;
    use crate::capture::testing;
    use crate::color::linear_to_srgb;
    use crate::rng::pixel_hash;

    fn sensor() -> Sensor {
        Sensor { denoise: 0.0, sharpen: 0.0, ..testing::scene().sensor }
    }

    fn expose(frame: &mut LinearImage, sensor: &Sensor, iso: f64) {
        let noise = Noise::new(sensor, iso);
        let mut channel = vec![0.0; frame.width];
        for (y, row) in frame.pixels.chunks_exact_mut(frame.width).enumerate() {
            for k in 0..3 {
                channel.iter_mut().zip(row.iter()).for_each(|(v, pixel)| *v = pixel[k]);
                noise.add(y, k as u32, &mut channel);
                channel.iter().zip(row.iter_mut()).for_each(|(v, pixel)| pixel[k] = *v);
            }
        }
    }

    #[test]
    fn noise_has_the_variance_of_shot_and_read_noise() {
        let sensor = sensor();
        for (iso, light) in [(100.0, 0.5), (800.0, 0.2), (3200.0, 0.4)] {
            let mut frame = LinearImage::filled(200, 200, [light as f32; 3]);
            expose(&mut frame, &sensor, iso);
            for k in 0..3 {
                let n = frame.pixels.len() as f64;
                let mean = frame.pixels.iter().map(|p| f64::from(p[k])).sum::<f64>() / n;
                let variance = frame
                    .pixels
                    .iter()
                    .map(|p| (f64::from(p[k]) - mean) * (f64::from(p[k]) - mean))
                    .sum::<f64>()
                    / n;
                let expected = noise_variance(&sensor, iso, light);
                assert!((mean - light).abs() < 4.0 * (expected / n).sqrt(), "{mean} {light}");
                assert!((variance / expected - 1.0).abs() < 0.05, "{variance} {expected}");
            }
        }
    }

    #[test]
    fn noise_does_not_depend_on_other_pixels() {
        let sensor = sensor();
        let mut a = LinearImage::filled(40, 40, [0.4; 3]);
        let mut b = a.clone();
        b.pixels[17] = [3.0; 3];
        expose(&mut a, &sensor, 400.0);
        expose(&mut b, &sensor, 400.0);
        let differing = a.pixels.iter().zip(&b.pixels).filter(|(a, b)| a != b).count();
        assert_eq!(differing, 1);
    }

    #[test]
    fn the_tone_curve_is_identity_then_bends_to_white() {
        let curve = ToneCurve::new(0.7, 0.0);
        assert_eq!(curve.tone(0.5), 0.5);
        assert!((curve.tone(1.3) - 1.0).abs() < 1e-6 && (curve.tone(9.0) - 1.0).abs() < 1e-6);
        let mut last = 0.0;
        for i in 0..=130 {
            let v = curve.tone(i as f32 * 0.01);
            assert!(v >= last);
            last = v;
        }
        for i in 0..=1000 {
            let light = f64::from(i) * 6e-4;
            let exact = linear_to_srgb(light) * 255.0;
            assert!((f64::from(curve.encode(light as f32)) - exact).abs() < 0.02, "{light}");
        }
        // A hard clip when there is no shoulder.
        assert!((ToneCurve::new(1.0, 0.0).tone(1.5) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn a_toe_darkens_shadows_alone_and_can_be_undone() {
        let curve = ToneCurve::new(0.7, 0.5);
        assert_eq!(curve.lift(0.0), 0.0);
        assert!((curve.lift(1e-4) / 1e-4 - 0.5).abs() < 0.03 && (curve.lift(1.0) - 1.0).abs() < 1e-6);
        // What clipped without a toe clips with one.
        assert!((toned(1.3, &curve) - 1.0).abs() < 1e-6);
        let mut last = f32::NEG_INFINITY;
        for i in -50..=1300 {
            let light = i as f32 * 1e-3;
            let lifted = curve.lift(light);
            assert!(lifted > last, "{light}");
            last = lifted;
            if light > 0.0 {
                assert!((curve.before_toe(f64::from(lifted)) - f64::from(light)).abs() < 1e-5, "{light}");
            }
        }
    }

    #[test]
    fn sharpening_makes_halos_at_edges_only() {
        let line: Vec<f32> = (0..40).map(|x| if x < 20 { 50.0 } else { 200.0 }).collect();
        let mut row = vec![0.0; 40];
        let mut soft = vec![0.0; 40];
        unsharp([&line; 5], 0.8, &mut soft, &mut row);
        assert!(row[19] < 45.0 && row[20] > 205.0);
        assert!((row[5] - 50.0).abs() < 1e-3 && (row[35] - 200.0).abs() < 1e-3);
        assert!((row[0] - 50.0).abs() < 1e-3 && (row[39] - 200.0).abs() < 1e-3);
    }

    #[test]
    fn denoising_removes_noise_and_keeps_edges() {
        let sensor = sensor();
        let curve = ToneCurve::new(0.7, 0.0);
        let variances = noise_levels(&sensor, 800.0, &curve);
        let sigma = variances[128].sqrt();
        let noisy = |x: usize, y: usize| {
            let edge = if x < 30 { 128.0 } else { 220.0 };
            edge + sigma * normal(pixel_hash(5, x as u32, y as u32, 0))
        };
        let rows: Vec<Vec<f32>> = (0..60).map(|y| (0..60).map(|x| noisy(x, y)).collect()).collect();
        let (mut sums, mut out) = ([vec![0.0; 60], vec![0.0; 60]], vec![0.0; 60]);
        let mut squares = 0.0;
        for y in 1..59 {
            denoise([&rows[y - 1], &rows[y], &rows[y + 1]], 1.0, &variances, &mut sums, &mut out);
            squares += out[..27].iter().map(|v| (v - 128.0) * (v - 128.0)).sum::<f32>();
            assert!(out[31] - out[28] > 70.0, "{}", out[31] - out[28]);
        }
        let deviation = (squares / (27.0 * 58.0)).sqrt();
        assert!(deviation < 0.6 * sigma, "{deviation} {sigma}");
    }

    #[test]
    fn a_flat_grey_stays_flat_and_grey() {
        let mut scene = testing::scene();
        scene.sensor = Sensor { white_balance: [1.0; 3], full_well: 1e12, read_noise: 0.0, ..scene.sensor };
        let frame = LinearImage::filled(37, 23, [0.2; 3]);
        scene.camera.iso = 100.0;
        let picture = process(&frame, &scene);
        let byte = (linear_to_srgb(0.2) * 255.0).round() as u8;
        assert!(picture.data.iter().all(|v| *v == byte), "{byte} {:?}", &picture.data[..12]);
    }
}
