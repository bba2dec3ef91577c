//! The pictures of `docs/defects.md`: a small sheet for each defect, the same shots at rising severity.
//!
//! usage: `defect_pictures FOLDER`, normally through `scripts/defects-pictures`

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use retake_synth::defects;
use retake_synth::look::{Cell, Row, draw_sheet};
use retake_synth::recipe::Recipe;
use retake_synth::shot::Shots;
use retake_synth::studio::Studio;

const RUNGS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// Shots of each defect.
const SHOTS: u64 = 3;
/// Size of a picture on the sheet, px.
const CELL: [u32; 2] = [232, 174];
const QUALITY: u8 = 78;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("usage: defect_pictures FOLDER")?;
    std::fs::create_dir_all(&folder)?;
    let ladder = Recipe::find("ladder")?;
    let studio = Studio::new();
    for defect in defects::ALL {
        let category = defect.profile().category;
        let mut recipe = ladder.clone();
        recipe.mix.retain(|focus, _| *focus == retake_synth::recipe::Focus::On(category));
        let shots = Shots::new(recipe)?;
        let per_sample = shots.recipe().variants.per_sample();
        let mut rows = Vec::new();
        for sample in 0..SHOTS {
            let shot = shots.shot(sample * per_sample);
            let mut cells = Vec::new();
            for severity in RUNGS {
                let photo = studio.photograph(&shot.clone().with(category, severity)?)?;
                let measure = photo.record.measures[&category];
                let unit = defect.profile().unit;
                let [width, height] = [photo.picture.width as u32, photo.picture.height as u32];
                let picture = RgbImage::from_raw(width, height, photo.picture.data)
                    .ok_or("a picture of another size")?;
                cells.push(Cell { picture, caption: format!("severity {severity}: {measure:.3} {unit}") });
            }
            rows.push(Row { title: shot.document.unwrap_or_else(|| shot.role.to_string()), cells });
        }
        save(&draw_sheet(&rows, CELL), &folder.join(format!("{category}.jpg")))?;
    }
    Ok(())
}

fn save(sheet: &RgbImage, path: &Path) -> Result<(), Box<dyn Error>> {
    let out = BufWriter::new(File::create(path)?);
    JpegEncoder::new_with_quality(out, QUALITY).encode_image(sheet)?;
    Ok(())
}
