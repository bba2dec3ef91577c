//! Writes a small corpus of plain pictures, for `scripts/peers/check_corpus.py` to open with other tools:
//! `cargo run --example tiny_corpus -- DIR [dir|webdataset]`.
//!
//! The pictures show nothing; what matters is that every key, type, state and empty list occurs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use retake_label::corpus::{Layout, Opened, Plan, Shard, Writer, file_name, image_id};
use retake_label::{
    Category, CategorySpec, Direction, Error, FieldTruth, Mask, MeasureSpec, PointSpread, Record, Region,
    Role, State, Thresholds,
};
use retake_synth::file::{self, Exif, Orientation};
use retake_synth::image::Rgb8;
use retake_synth::scene::{FileFormat, FileSpec};

const SIZE: [u32; 2] = [96, 72];
const TOTAL: u64 = 24;

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let dir: PathBuf = arguments.next().ok_or_else(|| Error::Invalid("say where to write".into()))?.into();
    let layout: Layout = arguments.next().as_deref().unwrap_or("dir").parse()?;
    let Opened::Unfinished(writer) = Writer::open(&dir, plan(layout))? else { return Ok(()) };
    for index in writer.range() {
        if !writer.is_done(index) {
            writer.put(index, &record(index), &photo(index))?;
        }
    }
    writer.finish().map(|_| ())
}

fn plan(layout: Layout) -> Plan {
    let spec = |id: Category, direction, absent, present, roles: &[Role]| CategorySpec {
        id,
        title: id.title().into(),
        measure: MeasureSpec {
            name: format!("{} measure", id.title()),
            unit: "share of the card".into(),
            direction,
        },
        thresholds: Thresholds { absent, present },
        roles: roles.to_vec(),
    };
    Plan {
        name: "tiny".into(),
        generator: format!("retake {}", env!("CARGO_PKG_VERSION")),
        recipe: serde_json::json!({"name": "tiny", "images": TOTAL}),
        seed: 7,
        total: TOTAL,
        split: "test".into(),
        shard: Shard::WHOLE,
        layout,
        categories: vec![
            spec(Category::BLUR, Direction::HigherIsWorse, 0.1, 0.2, &Role::ALL),
            spec(
                Category::GLARE,
                Direction::HigherIsWorse,
                0.01,
                0.02,
                &[Role::DocumentFront, Role::DocumentBack],
            ),
            spec(Category::BACKLIT_FACE, Direction::LowerIsWorse, -1.0, -2.0, &[Role::Selfie]),
        ],
    }
}

fn photo(index: u64) -> Vec<u8> {
    let [width, height] = SIZE.map(|side| side as usize);
    let pixel = |i: usize| [i % width * 2, i / width * 3, index as usize * 9].map(|v| v as u8);
    let picture = Rgb8 { width, height, data: (0..width * height).flat_map(pixel).collect() };
    let spec = FileSpec { format: FileFormat::Jpeg, quality: 92, subsample: true, history: vec![] };
    let exif = Exif {
        make: "Lumenza".into(),
        model: "Lumenza P5".into(),
        orientation: Orientation::Upright,
        taken: [2025, 3, 9, 14, 5, index as u16],
        exposure_time: 1.0 / 120.0,
        f_number: 1.8,
        iso: 100,
        focal_length: 4.25,
        focal_length_35mm: 26,
    };
    file::encode(&picture, &spec, Some(&exif))
}

fn record(index: u64) -> Record {
    let role = Role::ALL[[0, 1, 2, 0][index as usize % 4]];
    let document = role.is_document();
    let glare = if document && index > 8 { index as f64 / 800.0 } else { 0.0 };
    let backlit = if document { 0.0 } else { -(index as f64) / 8.0 };
    let plan = plan(Layout::Dir);
    let state = |spec: &CategorySpec, measure| match spec.roles.contains(&role) {
        true => spec.thresholds.state(measure, spec.measure.direction),
        false => State::NotApplicable,
    };
    let measures = [(Category::BLUR, 0.0), (Category::GLARE, glare), (Category::BACKLIT_FACE, backlit)];
    let field = FieldTruth {
        name: "surname".into(),
        text: "HALVORSEN".into(),
        quad: [[10.0, 12.5], [50.0, 12.0], [50.25, 20.0], [-3.0, 20.0]],
        legible: glare < 0.02,
        unreadable_by: if glare < 0.02 { vec![] } else { vec![Category::GLARE] },
        cropped: 0.125,
        covered: 0.0,
        glared: glare,
        faded: glare,
        contrast: 0.75,
        x_height_mm: 1.5,
        stroke_mm: 0.25,
        blur: 0.5,
        dpi: 300.0,
        expected_error: 0.125 + glare,
    };
    Record {
        file_name: file_name(index, "jpg"),
        image_id: image_id(index),
        sample_id: image_id(index / 2),
        twin_of: if index % 2 == 1 { image_id(index - 1) } else { String::new() },
        role,
        width: SIZE[0],
        height: SIZE[1],
        document: if document { "td1_utopia_a".into() } else { String::new() },
        persona: image_id(index / 4),
        labels: plan.categories.iter().zip(measures).map(|(spec, (id, m))| (id, state(spec, m))).collect(),
        measures: measures.into(),
        severities: measures.map(|(id, measure)| (id, f64::from(u8::from(measure != 0.0)))).into(),
        corners: if document { vec![[4.0, 5.0], [90.0, 5.5], [99.5, 70.0], [3.0, 71.0]] } else { vec![] },
        corners_lost: u32::from(document),
        point_spread: PointSpread::default(),
        fields: if document { vec![field] } else { vec![] },
        mrz: if document { vec!["I<UTO".into(), "HALVORSEN<<".into()] } else { vec![] },
        face: if document { vec![] } else { vec![20.0, 10.0, 40.0, 50.0] },
        regions: if glare >= 0.02 { vec![region(index)] } else { vec![] },
        scene: BTreeMap::from([(
            "surface".to_owned(),
            if document { "oak".to_owned() } else { String::new() },
        )]),
        blake3: String::new(),
    }
}

/// A disc and a bar, cut by the edge of the picture.
fn region(index: u64) -> Region {
    let mut mask = Mask::new(SIZE[0], SIZE[1]);
    for y in 0..SIZE[1] {
        for x in 0..SIZE[0] {
            let (dx, dy) = (i64::from(x) - 60 - index as i64, i64::from(y) - 8);
            mask.set(x, y, dx * dx + dy * dy < 150 || (y > 50 && x < 9));
        }
    }
    Region { category: Category::GLARE, bbox: mask.bbox().unwrap_or_default(), rle: mask.to_rle() }
}
