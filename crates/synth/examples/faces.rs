//! Writes people for `scripts/peers/check_faces.py` to look at: `faces DIR [COUNT] [SEED] [LONG]`.
//!
//! Of each person there are `N-card.png`, the portrait as it is printed, `N-again.png`, another sitting, and
//! `N-selfie.png`, a photo from a phone with the longer side of `LONG` px; `people.json` tells about them.

use std::path::{Path, PathBuf};

use retake_synth::Error;
use retake_synth::body::portrait;
use retake_synth::color::encode_byte_scale;
use retake_synth::image::LinearImage;
use retake_synth::recipe::Recipe;
use retake_synth::shot::Shots;
use retake_synth::studio::Studio;

const BOOTH: [usize; 2] = [413, 531];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let out: PathBuf = args.next().ok_or("usage: faces DIR [COUNT] [SEED] [LONG]")?.into();
    let count: u64 = args.next().map_or(Ok(24), |n| n.parse())?;
    let seed: u64 = args.next().map_or(Ok(1), |n| n.parse())?;
    let long: u32 = args.next().map_or(Ok(1200), |n| n.parse())?;
    std::fs::create_dir_all(&out)?;
    let shots = Shots::new(recipe(count, seed, long)?)?;
    let studio = Studio::new();
    let mut people = Vec::new();
    for i in 0..count {
        let shot = shots.shot(i);
        let photo = studio.photograph(&shot)?;
        let size = [photo.picture.width, photo.picture.height].map(|s| s as u32);
        let picture = image::RgbImage::from_raw(size[0], size[1], photo.picture.data);
        picture.ok_or("a picture of another size")?.save(out.join(format!("{i:04}-selfie.png")))?;
        let person = &shot.appearance;
        let sitting = shot.persona.signature_seed;
        for (name, seed) in [("card", sitting), ("again", sitting ^ 1)] {
            let taken = portrait(person, seed, BOOTH[0], BOOTH[1]);
            save(&taken.image, &out.join(format!("{i:04}-{name}.png")))?;
        }
        people.push(serde_json::json!({
            "sex": person.sex, "age": person.age, "monk_tone": person.skin.monk_tone,
        }));
    }
    std::fs::write(out.join("people.json"), serde_json::to_string_pretty(&people)?)?;
    Ok(())
}

fn recipe(count: u64, seed: u64, long: u32) -> Result<Recipe, Error> {
    let short = long * 3 / 4;
    let text = format!(
        "version = 1\nname = \"faces\"\ndescription = \"People.\"\nseed = {seed}\ncount = {count}\n\
         personas = 1000000\nselfies = 1.0\n[mix]\nclean = 1.0\n[documents]\n\"td1_utopia_a/front\" = 1.0\n\
         [[sizes]]\nlong = {long}\nshort = {short}\nweight = 1.0\n"
    );
    Recipe::parse(Path::new("faces.toml"), &text)
}

fn save(picture: &LinearImage, path: &Path) -> Result<(), image::ImageError> {
    let bytes = picture.pixels.as_flattened().iter().map(|v| encode_byte_scale(*v).round() as u8).collect();
    image::RgbImage::from_raw(picture.width as u32, picture.height as u32, bytes)
        .map_or(Ok(()), |image| image.save(path))
}
