//! Prints every side of a design for some personas as PNG files, to be looked at.
//!
//! `cargo run --release --example card_sheet -- DESIGN FOLDER [PERSONAS]`

use std::path::Path;
use std::time::Instant;

use retake_synth::body::{Appearance, portrait};
use retake_synth::card::{Artwork, Blank, Design, Side};
use retake_synth::color::encode_byte_scale;
use retake_synth::image::LinearImage;
use retake_synth::persona::Persona;
use retake_synth::rng::Stream;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (name, folder) = (arguments.next().ok_or("which design?")?, arguments.next().ok_or("which folder?")?);
    let count: u64 = arguments.next().map_or(Ok(1), |n| n.parse())?;
    std::fs::create_dir_all(&folder)?;
    let design = Design::find(&name)?;
    let portraits: Vec<_> = (0..count).map(|id| portrait_of(&Persona::draw(1, id))).collect();
    for side in design.sides() {
        let start = Instant::now();
        let blank = Blank::new(&design, *side, 600.0 / 25.4)?;
        report(&format!("blank {side:?}: {:?}", start.elapsed()));
        for id in 0..count {
            let persona = Persona::draw(1, id);
            let start = Instant::now();
            let artwork = blank.personalise(&persona, Some(&portraits[id as usize]))?;
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

/// The portrait of a persona, as a booth takes it.
fn portrait_of(persona: &Persona) -> LinearImage {
    let mut rng = Stream::new("appearance", persona.id, 0);
    let appearance = Appearance::draw(&mut rng, persona.sex, f64::from(persona.age()));
    portrait(&appearance, persona.id, 480, 600).image
}

fn save(artwork: &Artwork, path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let albedo = &artwork.albedo;
    let bytes = (0..albedo.points.len()).flat_map(|i| albedo.get(i));
    let bytes = bytes.map(|v| encode_byte_scale(v / 0.85).round() as u8).collect();
    let picture = image::RgbImage::from_raw(albedo.width as u32, albedo.height as u32, bytes);
    picture.ok_or("size")?.save(path.with_extension("png"))?;
    let lines: Vec<String> =
        artwork.fields.iter().map(|f| format!("{}\t{}\t{:?}", f.name, f.text, f.quad_mm)).collect();
    std::fs::write(path.with_extension("txt"), lines.join("\n"))?;
    Ok(())
}
