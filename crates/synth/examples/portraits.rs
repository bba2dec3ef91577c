//! Writes a contact sheet of people: `portraits OUT.png [COUNT] [FIRST] [booth|selfie|backlit]`.

use std::io::Write as _;
use std::time::Instant;

use glam::{DMat3, DVec2, DVec3};
use retake_synth::body::{Appearance, Room, Sex, portrait, render_selfie};
use retake_synth::color::encode_byte_scale;
use retake_synth::image::LinearImage;
use retake_synth::rng::Stream;
use retake_synth::scene::Camera;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: portraits OUT.png [COUNT] [FIRST] [booth|selfie|backlit]")?;
    let count: usize = args.next().map_or(Ok(24), |n| n.parse())?;
    let first: u64 = args.next().map_or(Ok(0), |n| n.parse())?;
    let kind = args.next().unwrap_or_else(|| "booth".to_owned());
    let start = Instant::now();
    let pictures: Vec<LinearImage> = (first..first + count as u64).map(|i| picture(&kind, i)).collect();
    let seconds = start.elapsed().as_secs_f64();
    let (width, height) = pictures.first().map_or((1, 1), |p| (p.width, p.height));
    let columns = count.clamp(1, 6);
    let mut sheet = image::RgbImage::new((columns * width) as u32, (count.div_ceil(columns) * height) as u32);
    for (k, picture) in pictures.iter().enumerate() {
        let (left, top) = (k % columns * width, k / columns * height);
        for (i, pixel) in picture.pixels.iter().enumerate() {
            let bytes = pixel.map(|v| encode_byte_scale(v).round() as u8);
            sheet.put_pixel((left + i % width) as u32, (top + i / width) as u32, image::Rgb(bytes));
        }
    }
    sheet.save(&path)?;
    writeln!(std::io::stderr(), "{:.0} ms a picture", seconds * 1000.0 / count as f64)?;
    Ok(())
}

fn picture(kind: &str, index: u64) -> LinearImage {
    let rng = &mut Stream::new("persona", 1, index);
    let sex = if rng.chance(0.5) { Sex::Female } else { Sex::Male };
    let age = rng.range(18.0, 80.0);
    let person = Appearance::draw(rng, sex, age);
    if kind == "booth" {
        return portrait(&person, index, 413, 531).image;
    }
    let mut room = Room::draw(rng, person);
    let mut white = 1.1 * room.ambient[1] / std::f64::consts::PI + 0.25 * room.lights[0].lux[1];
    if kind == "backlit" {
        room.window = Some(room.draw_window(rng, 3500.0));
        white = 3000.0;
    }
    render_selfie(&room, &phone(rng), white).frame
}

/// A front camera at arm's length.
fn phone(rng: &mut Stream) -> Camera {
    let distance = rng.range(360.0, 480.0);
    let position =
        DVec3::new(rng.normal_within(0.0, 40.0, 2.0), 110.0 + rng.range(-60.0, 60.0), 120.0 + distance);
    let forward = (DVec3::new(0.0, 105.0, 60.0) - position).normalize();
    let right = forward.cross(DVec3::Y).normalize();
    let size = [900u32, 1200];
    Camera {
        model: "front".to_owned(),
        position,
        axes: DMat3::from_cols(right, forward.cross(right), forward),
        focal_length: 2.9,
        f_number: 2.2,
        size,
        pixel_pitch: 3.0 / f64::from(size[0]),
        principal_point: DVec2::new(f64::from(size[0]) / 2.0, f64::from(size[1]) / 2.0),
        focus_distance: distance,
        exposure_time: 0.02,
        iso: 200.0,
        shake: Vec::new(),
        distortion: 0.0,
        vignetting: 0.0,
        veiling: 0.0,
    }
}
