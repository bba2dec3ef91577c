//! Writes a contact sheet of portraits: `portraits OUT.png [COUNT] [FIRST]`.

use std::time::Instant;

use retake_synth::body::{Appearance, Sex, portrait};
use retake_synth::color::encode_byte_scale;
use retake_synth::rng::Stream;

const WIDTH: usize = 413;
const HEIGHT: usize = 531;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: portraits OUT.png [COUNT] [FIRST]")?;
    let count: usize = args.next().map_or(Ok(24), |n| n.parse())?;
    let first: u64 = args.next().map_or(Ok(0), |n| n.parse())?;
    let columns = count.clamp(1, 6);
    let mut sheet = image::RgbImage::new((columns * WIDTH) as u32, (count.div_ceil(columns) * HEIGHT) as u32);
    let start = Instant::now();
    for k in 0..count {
        let rng = &mut Stream::new("persona", 1, first + k as u64);
        let sex = if rng.chance(0.5) { Sex::Female } else { Sex::Male };
        let age = rng.range(18.0, 80.0);
        let person = Appearance::draw(rng, sex, age);
        let picture = portrait(&person, k as u64, WIDTH, HEIGHT).image;
        let (left, top) = (k % columns * WIDTH, k / columns * HEIGHT);
        for (i, pixel) in picture.pixels.iter().enumerate() {
            let bytes = pixel.map(|v| encode_byte_scale(v).round() as u8);
            sheet.put_pixel((left + i % WIDTH) as u32, (top + i / WIDTH) as u32, image::Rgb(bytes));
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    sheet.save(&path)?;
    use std::io::Write as _;
    writeln!(std::io::stderr(), "{:.0} ms a portrait", seconds * 1000.0 / count as f64)?;
    Ok(())
}
