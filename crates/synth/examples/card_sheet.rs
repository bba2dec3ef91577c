//! Prints every side of a design for some personas as PNG files, to be looked at.
//!
//! `cargo run --release --example card_sheet -- DESIGN FOLDER [PERSONAS]`

use std::path::Path;
use std::time::Instant;

use retake_synth::card::{Artwork, Blank, Design, Side};
use retake_synth::color::encode_byte_scale;
use retake_synth::image::LinearImage;
use retake_synth::persona::Persona;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (name, folder) = (arguments.next().ok_or("which design?")?, arguments.next().ok_or("which folder?")?);
    let count: u64 = arguments.next().map_or(Ok(1), |n| n.parse())?;
    std::fs::create_dir_all(&folder)?;
    let design = Design::find(&name)?;
    let portrait = placeholder();
    for side in design.sides() {
        let start = Instant::now();
        let blank = Blank::new(&design, *side, 600.0 / 25.4)?;
        report(&format!("blank {side:?}: {:?}", start.elapsed()));
        for id in 0..count {
            let persona = Persona::draw(1, id);
            let start = Instant::now();
            let artwork = blank.personalise(&persona, Some(&portrait))?;
            report(&format!("persona {id}: {:?}", start.elapsed()));
            let side = if *side == Side::Front { "front" } else { "back" };
            save(&artwork, &Path::new(&folder).join(format!("{}-{side}-{id}", design.name)))?;
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example may speak")]
fn report(line: &str) {
    println!("{line}");
}

/// A head and shoulders of two ellipses.
fn placeholder() -> LinearImage {
    let mut picture = LinearImage::filled(360, 450, [0.78, 0.8, 0.82]);
    for (i, pixel) in picture.pixels.iter_mut().enumerate() {
        let (x, y) = ((i % 360) as f32, (i / 360) as f32);
        let ellipse = |cx: f32, cy: f32, rx: f32, ry: f32| ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2);
        if ellipse(180.0, 470.0, 170.0, 130.0) < 1.0 {
            *pixel = [0.05, 0.07, 0.12];
        }
        if ellipse(180.0, 210.0, 88.0, 120.0) < 1.0 {
            let light = 1.0 - 0.4 * (x - 90.0) / 180.0;
            *pixel = [0.55 * light, 0.36 * light, 0.27 * light];
        }
    }
    picture
}

fn save(artwork: &Artwork, path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let albedo = &artwork.albedo;
    let bytes = albedo.pixels.iter().flatten().map(|v| encode_byte_scale(v / 0.85).round() as u8).collect();
    let picture = image::RgbImage::from_raw(albedo.width as u32, albedo.height as u32, bytes);
    picture.ok_or("size")?.save(path.with_extension("png"))?;
    let lines: Vec<String> =
        artwork.fields.iter().map(|f| format!("{}\t{}\t{:?}", f.name, f.text, f.quad_mm)).collect();
    std::fs::write(path.with_extension("txt"), lines.join("\n"))?;
    Ok(())
}
