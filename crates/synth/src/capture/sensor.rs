//! From light on the sensor to the eight bits that a phone's processing makes of it.
//!
//! Sampling, shot and read noise, white balance, tone curve, then denoising and sharpening on luma and chroma, as a
//! phone does before it encodes.

use crate::color::{ByteScale, linear_to_srgb};
use crate::image::{LinearImage, Plane, Rgb8};
use crate::rng::pixel_hashes;
use crate::scene::{Scene, Sensor};

use super::layers::Rendered;
use super::resample::{area_average, enlarge};

/// Light that a photosite can hold beyond what is stored as 255, so that white balance does not tint clipped light.
const HEADROOM: f32 = 1.25;

/// How many samples around it the processing of a sample looks at: denoising, sharpening and enlarging together.
pub(crate) const REACH: f64 = 6.0;

/// Develops a frame into the picture that is handed to the encoder.
pub fn develop(rendered: &Rendered, scene: &Scene) -> Rgb8 {
    let sensor = &scene.sensor;
    let frame = &rendered.frame;
    let (w, h) = (frame.width, frame.height);
    if sensor.sampling >= 1.0 {
        return process(frame, sensor, scene.camera.iso);
    }
    let small = |n: usize| ((n as f64 * sensor.sampling + 0.5) as usize).max(8);
    let coarse = area_average(frame, small(w), small(h));
    enlarge(&process(&coarse, sensor, scene.camera.iso), w, h)
}

fn process(frame: &LinearImage, sensor: &Sensor, iso: f64) -> Rgb8 {
    let noise = Noise::new(sensor, iso);
    let curve = ToneCurve::new(sensor.shoulder as f32);
    let gains = sensor.white_balance.map(|g| g as f32);
    let (w, h) = (frame.width, frame.height);
    let mut luma = Plane::filled(w, h, 0.0);
    let mut blue = Plane::filled(w, h, 0.0);
    let mut red = Plane::filled(w, h, 0.0);
    let mut row = vec![[0.0; 3]; w];
    for y in 0..h {
        row.copy_from_slice(&frame.pixels[y * w..][..w]);
        noise.add(y, &mut row);
        for (pixel, i) in row.iter().zip(y * w..) {
            let [r, g, b]: [f32; 3] = core::array::from_fn(|k| curve.encode(pixel[k] * gains[k]));
            let y = 0.299 * r + 0.587 * g + 0.114 * b;
            luma.values[i] = y;
            blue.values[i] = b - y;
            red.values[i] = r - y;
        }
    }
    let strength = sensor.denoise as f32;
    // Interpolating the colour mosaic alone softens chroma over neighbouring pixels.
    let chroma = 1 + (2.0 * strength + 0.5) as usize;
    box_mean(&mut blue, chroma);
    box_mean(&mut red, chroma);
    if strength > 0.0 {
        denoise_luma(&mut luma, strength, &noise_levels(sensor, iso, &curve));
    }
    if sensor.sharpen > 0.0 {
        unsharp(&mut luma, sensor.sharpen as f32);
    }
    let mut data = Vec::with_capacity(3 * w * h);
    for ((y, b), r) in luma.values.iter().zip(&blue.values).zip(&red.values) {
        let green = y - (0.299 * r + 0.114 * b) * (1.0 / 0.587);
        data.extend([y + r, green, y + b].map(|v| (v + 0.5).clamp(0.0, 255.0) as u8));
    }
    Rgb8 { width: w, height: h, data }
}

/// Electrons that white makes at an ISO speed.
fn electrons(sensor: &Sensor, iso: f64) -> f64 {
    sensor.full_well * 100.0 / iso
}

/// Variance of the noise at a light level, share of white squared: Poisson shot noise plus read noise.
pub(crate) fn noise_variance(sensor: &Sensor, iso: f64, light: f64) -> f64 {
    let n = electrons(sensor, iso);
    light.max(0.0) / n + (sensor.read_noise / n) * (sensor.read_noise / n)
}

/// What the photosites add to light. Every sample's noise hangs on seed, place and channel only.
struct Noise {
    seed: u64,
    /// Variance for each unit of light, and without light.
    shot: f32,
    read: f32,
    /// Light at which a photosite is full.
    full: f32,
}

impl Noise {
    fn new(sensor: &Sensor, iso: f64) -> Self {
        let n = electrons(sensor, iso);
        Self {
            seed: sensor.noise_seed,
            shot: (1.0 / n) as f32,
            read: (sensor.read_noise / n * (sensor.read_noise / n)) as f32,
            full: (2.0 - sensor.shoulder as f32) * HEADROOM,
        }
    }

    /// Adds noise to row `y` and clips it.
    fn add(&self, y: usize, row: &mut [[f32; 3]]) {
        for (x, pixel) in row.iter_mut().enumerate() {
            let hashes = pixel_hashes(self.seed, x as u32, y as u32);
            for (v, hash) in pixel.iter_mut().zip(hashes) {
                let light = v.max(0.0);
                let deviation = (light * self.shot + self.read).sqrt();
                *v = (light + deviation * normal(hash)).clamp(-0.05, self.full);
            }
        }
    }
}

/// A nearly normal number from a hash: the sum of its four bytes (Irwin-Hall), mean 0 and variance 1.
#[inline]
fn normal(hash: u32) -> f32 {
    // Bytes have variance (256^2 - 1) / 12.
    const SCALE: f32 = 0.006_766_1;
    let pairs = (hash & 0x00ff_00ff) + ((hash >> 8) & 0x00ff_00ff);
    let sum = (pairs & 0xffff) + (pairs >> 16);
    (sum as i32 as f32 - 510.0) * SCALE
}

/// Light, share of white, as the tone curve with this shoulder stores it, share of 255 in linear light.
pub(crate) fn toned(light: f32, shoulder: f32) -> f32 {
    tone(light, shoulder, (1.0 - shoulder).max(1e-6))
}

/// A soft shoulder: above the shoulder `s` light is bent by a parabola that reaches 1 with no slope at `2 - s`.
#[inline]
fn tone(light: f32, shoulder: f32, rest: f32) -> f32 {
    if light <= shoulder {
        return light;
    }
    let t = ((light - shoulder) / rest).min(2.0);
    shoulder + rest * (t - 0.25 * t * t)
}

/// sRGB with a soft shoulder.
struct ToneCurve {
    shoulder: f32,
    rest: f32,
    bytes: ByteScale,
}

impl ToneCurve {
    fn new(shoulder: f32) -> Self {
        Self { shoulder, rest: (1.0 - shoulder).max(1e-6), bytes: ByteScale::new() }
    }

    fn tone(&self, light: f32) -> f32 {
        tone(light, self.shoulder, self.rest)
    }

    /// Byte scale, not rounded.
    #[inline]
    fn encode(&self, light: f32) -> f32 {
        if light < 0.0 {
            // The foot of sRGB goes on below black, so that dark noise keeps its mean until it is stored.
            return light * (12.92 * 255.0);
        }
        self.bytes.of(self.tone(light))
    }
}

/// Deviation of the noise of luma on the byte scale, for each byte of luma.
fn noise_levels(sensor: &Sensor, iso: f64, curve: &ToneCurve) -> Vec<f32> {
    // Luma's weights squared: how much of a channel's variance it keeps.
    let keep = 0.299 * 0.299 + 0.587 * 0.587 + 0.114 * 0.114;
    let slope = |x: f64| {
        let at = |v: f64| linear_to_srgb(f64::from(curve.tone(v as f32))) * 255.0;
        (at(x + 2e-3) - at((x - 2e-3).max(0.0))) / (x + 2e-3 - (x - 2e-3).max(0.0))
    };
    (0..256)
        .map(|byte| {
            let light = crate::color::srgb_to_linear(f64::from(byte) / 255.0);
            (libm::sqrt(keep * noise_variance(sensor, iso, light)) * slope(light)) as f32
        })
        .collect()
}

/// Rows of a plane about the current one, kept while the plane is changed in place.
struct Window {
    radius: usize,
    height: usize,
    loaded: usize,
    rows: Vec<Vec<f32>>,
}

impl Window {
    fn new(plane: &Plane, radius: usize) -> Self {
        let rows = vec![vec![0.0; plane.width]; 2 * radius + 1];
        Self { radius, height: plane.height, loaded: 0, rows }
    }

    /// Moves to row `y`; `prepare` makes the kept row of a row of the plane that is new in the window.
    fn seek(&mut self, plane: &Plane, y: usize, mut prepare: impl FnMut(&[f32], &mut [f32])) {
        let count = self.rows.len();
        while self.loaded <= (y + self.radius).min(self.height - 1) {
            let source = &plane.values[self.loaded * plane.width..][..plane.width];
            prepare(source, &mut self.rows[self.loaded % count]);
            self.loaded += 1;
        }
    }

    /// The kept rows about row `y` from top to bottom, the border repeated.
    fn about(&self, y: usize) -> impl Iterator<Item = &[f32]> {
        (0..self.rows.len()).map(move |d| {
            let row = (y + d).saturating_sub(self.radius).min(self.height - 1);
            self.rows[row % self.rows.len()].as_slice()
        })
    }
}

/// Copies a row with its ends repeated `pad` times.
fn pad(row: &[f32], pad: usize, line: &mut Vec<f32>) {
    line.clear();
    line.extend(core::iter::repeat_n(row[0], pad));
    line.extend_from_slice(row);
    line.extend(core::iter::repeat_n(row[row.len() - 1], pad));
}

/// Means over `2 radius + 1` pixels along both axes, the border repeated.
fn box_mean(plane: &mut Plane, radius: usize) {
    let side = (2 * radius + 1) as f32;
    let scale = 1.0 / (side * side);
    let mut window = Window::new(plane, radius);
    let mut line = Vec::new();
    for y in 0..plane.height {
        window.seek(plane, y, |row, sums| {
            pad(row, radius, &mut line);
            sums.fill(0.0);
            for d in 0..=2 * radius {
                for (sum, v) in sums.iter_mut().zip(&line[d..]) {
                    *sum += v;
                }
            }
        });
        let out = &mut plane.values[y * plane.width..][..plane.width];
        out.fill(0.0);
        for row in window.about(y) {
            for (out, v) in out.iter_mut().zip(row) {
                *out += scale * v;
            }
        }
    }
}

/// Lee's filter (1980): pulls luma to its local mean by the share of the local variance that is noise.
fn denoise_luma(luma: &mut Plane, strength: f32, levels: &[f32]) {
    const NINTH: f32 = 1.0 / 9.0;
    let w = luma.width;
    let mut window = Window::new(luma, 1);
    let (mut sums, mut squares) = (vec![0.0f32; w + 2], vec![0.0f32; w + 2]);
    for y in 0..luma.height {
        window.seek(luma, y, |row, kept| kept.copy_from_slice(row));
        sums.fill(0.0);
        squares.fill(0.0);
        for row in window.about(y) {
            for ((sum, square), v) in sums[1..].iter_mut().zip(&mut squares[1..]).zip(row) {
                *sum += v;
                *square += v * v;
            }
        }
        for columns in [&mut sums, &mut squares] {
            columns[0] = columns[1];
            columns[w + 1] = columns[w];
        }
        let around = sums.windows(3).zip(squares.windows(3));
        for (v, (s, q)) in luma.values[y * w..][..w].iter_mut().zip(around) {
            let mean = (s[0] + s[1] + s[2]) * NINTH;
            let variance = ((q[0] + q[1] + q[2]) * NINTH - mean * mean).max(1e-6);
            let sigma = levels[mean.clamp(0.0, 255.0) as usize];
            // Noise alone often looks twice its variance in nine pixels.
            let noise = 2.0 * sigma * sigma;
            let keep = 1.0 - strength * (noise / variance).min(1.0);
            *v = mean + (*v - mean) * keep;
        }
    }
}

/// Unsharp mask with a binomial blur of one pixel's deviation.
fn unsharp(luma: &mut Plane, amount: f32) {
    const WEIGHTS: [f32; 5] = [1.0 / 16.0, 4.0 / 16.0, 6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0];
    let mut window = Window::new(luma, 2);
    let mut line = Vec::new();
    let mut soft = vec![0.0f32; luma.width];
    for y in 0..luma.height {
        window.seek(luma, y, |row, kept| {
            pad(row, 2, &mut line);
            kept.fill(0.0);
            for (d, weight) in WEIGHTS.iter().enumerate() {
                for (sum, v) in kept.iter_mut().zip(&line[d..]) {
                    *sum += weight * v;
                }
            }
        });
        soft.fill(0.0);
        for (row, weight) in window.about(y).zip(WEIGHTS) {
            for (sum, v) in soft.iter_mut().zip(row) {
                *sum += weight * v;
            }
        }
        for (v, s) in luma.values[y * luma.width..][..luma.width].iter_mut().zip(&soft) {
            *v += amount * (*v - s);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::testing;
    use crate::rng::pixel_hash;

    fn sensor() -> Sensor {
        Sensor { denoise: 0.0, sharpen: 0.0, ..testing::scene().sensor }
    }

    fn expose(frame: &mut LinearImage, sensor: &Sensor, iso: f64) {
        let noise = Noise::new(sensor, iso);
        for (y, row) in frame.pixels.chunks_exact_mut(frame.width).enumerate() {
            noise.add(y, row);
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
        let curve = ToneCurve::new(0.7);
        assert_eq!(curve.tone(0.5), 0.5);
        assert!((curve.tone(1.3) - 1.0).abs() < 1e-6 && (curve.tone(9.0) - 1.0).abs() < 1e-6);
        let mut last = 0.0;
        for i in 0..=130 {
            let v = curve.tone(i as f32 * 0.01);
            assert!(v >= last);
            last = v;
        }
        // A hard clip when there is no shoulder.
        assert!((ToneCurve::new(1.0).tone(1.5) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn sharpening_makes_halos_at_edges_only() {
        let mut plane = Plane::filled(40, 20, 50.0);
        for row in plane.values.chunks_exact_mut(40) {
            row[20..].fill(200.0);
        }
        unsharp(&mut plane, 0.8);
        let row = &plane.values[10 * 40..][..40];
        assert!(row[19] < 45.0 && row[20] > 205.0);
        assert!((row[5] - 50.0).abs() < 1e-3 && (row[35] - 200.0).abs() < 1e-3);
    }

    #[test]
    fn denoising_removes_noise_and_keeps_edges() {
        let sensor = sensor();
        let curve = ToneCurve::new(0.7);
        let levels = noise_levels(&sensor, 800.0, &curve);
        let sigma = levels[128];
        let mut plane = Plane::filled(60, 60, 0.0);
        for (i, v) in plane.values.iter_mut().enumerate() {
            let edge = if i % 60 < 30 { 128.0 } else { 220.0 };
            *v = edge + sigma * normal(pixel_hash(5, (i % 60) as u32, (i / 60) as u32, 0));
        }
        denoise_luma(&mut plane, 1.0, &levels);
        let flat: Vec<f32> =
            plane.values.iter().enumerate().filter(|(i, _)| i % 60 < 27).map(|(_, v)| v - 128.0).collect();
        let deviation = (flat.iter().map(|v| v * v).sum::<f32>() / flat.len() as f32).sqrt();
        assert!(deviation < 0.6 * sigma, "{deviation} {sigma}");
        let step = plane.values[30 * 60 + 31] - plane.values[30 * 60 + 28];
        assert!(step > 75.0, "{step}");
    }
}
