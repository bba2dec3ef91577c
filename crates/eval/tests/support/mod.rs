//! A small labelled corpus without pictures worth looking at, and the folders of runs on it.

#![allow(dead_code, clippy::allow_attributes, reason = "every test file uses a part of it")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use retake_eval::analyzer::{Analyzer, ImageSource, Limits, Registry, Setup, scored};
use retake_eval::corpus::{CorpusInfo, Images, InMemory, Sample};
use retake_eval::run::{Conditions, Folder, run};
use retake_label::{
    Category, CategorySpec, Direction, Finding, MeasureSpec, PointSpread, Record, Role, State, Thresholds,
};

pub(crate) const CATEGORIES: [Category; 3] = [Category::BLUR, Category::GLARE, Category::BACKLIT_FACE];

/// Numbers without a pattern (SplitMix64's finaliser).
pub(crate) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Uniform in `[0, 1)`.
pub(crate) fn unit(seed: u64) -> f64 {
    (mix(seed) >> 11) as f64 / (1u64 << 53) as f64
}

fn spec(category: Category) -> CategorySpec {
    CategorySpec {
        id: category,
        title: category.title().to_owned(),
        measure: MeasureSpec {
            name: "share".to_owned(),
            unit: "share of the card".to_owned(),
            direction: Direction::HigherIsWorse,
        },
        thresholds: Thresholds { absent: 0.2, present: 0.3 },
        roles: Role::ALL.into_iter().filter(|role| category.can_apply_to(*role)).collect(),
    }
}

/// Every fourth image is a selfie; about a third of what applies is present, a tenth borderline.
pub(crate) fn record(index: usize) -> Record {
    let role = if index % 4 == 3 { Role::Selfie } else { Role::DocumentFront };
    let mut labels = BTreeMap::new();
    let mut measures = BTreeMap::new();
    for (i, category) in CATEGORIES.into_iter().enumerate() {
        let measure = 0.45 * unit((index * CATEGORIES.len() + i) as u64);
        let applies = category.can_apply_to(role);
        let state = spec(category).thresholds.state(measure, Direction::HigherIsWorse);
        labels.insert(category, if applies { state } else { State::NotApplicable });
        measures.insert(category, if applies { measure } else { 0.0 });
    }
    Record {
        file_name: format!("images/{index:09}.jpg"),
        image_id: format!("{index:09}"),
        sample_id: format!("{index:09}"),
        twin_of: String::new(),
        role,
        width: 4,
        height: 3,
        document: if role == Role::Selfie { String::new() } else { "td1_utopia_a".to_owned() },
        persona: format!("{index:09}"),
        severities: measures.clone(),
        labels,
        measures,
        corners: if role == Role::Selfie {
            vec![]
        } else {
            vec![[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 3.0]]
        },
        corners_lost: 0,
        point_spread: PointSpread::default(),
        fields: Vec::new(),
        mrz: Vec::new(),
        face: Vec::new(),
        regions: Vec::new(),
        scene: BTreeMap::new(),
        blake3: String::new(),
    }
}

pub(crate) fn info(name: &str) -> CorpusInfo {
    CorpusInfo {
        name: name.to_owned(),
        digest: format!("blake3:{name}"),
        images: 0,
        categories: CATEGORIES.map(spec).to_vec(),
    }
}

/// A corpus of `count` images whose pictures are their index in words.
pub(crate) fn corpus(count: usize) -> InMemory {
    let samples = (0..count).map(|index| Sample {
        record: record(index),
        image: ImageSource::Bytes { bytes: format!("picture {index}").into_bytes(), extension: "jpg".into() },
    });
    InMemory::new(info("test"), samples.collect())
}

/// Limits that make a hanging analyzer a matter of moments.
pub(crate) fn impatient() -> Limits {
    Limits {
        start: Duration::from_secs(20),
        answer: Duration::from_millis(1500),
        grace: Duration::from_millis(300),
        line: 100_000,
        log: 4096,
    }
}

pub(crate) fn setup(jobs: usize) -> Setup {
    Setup { limits: impatient(), in_flight: 1, ..Setup::new(CATEGORIES.to_vec(), jobs) }
}

pub(crate) fn open(spec: &str, setup: &Setup) -> retake_eval::Result<Box<dyn Analyzer>> {
    Registry::default().open(spec, setup)
}

/// How often to simulate what is a matter of chance: `RETAKE_SIMULATIONS`, or so many times.
pub(crate) fn simulations(usually: u32) -> u32 {
    std::env::var("RETAKE_SIMULATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(usually)
}

/// Opens `spec` and runs it to the end.
pub(crate) fn run_all(
    folder: &Path,
    spec: &str,
    images: &dyn Images,
    setup: &Setup,
) -> retake_eval::Result<Folder> {
    let analyzer = open(spec, setup)?;
    let conditions = Conditions::new(&setup.limits);
    run(folder, spec, images, &*analyzer, setup, &conditions, |_| ControlFlow::Continue(()))
}

pub(crate) fn finding(category: Category, score: f64) -> Finding {
    scored(category, score)
}
