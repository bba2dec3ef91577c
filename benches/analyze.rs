//! The reference analyzer: decoding a photo of a phone, and what there is to be seen on it. One thread; a target of the
//! analyzer is sixty photos of 1600 x 1200 per second and core with decoding.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use retake_baseline::{Baseline, Picture};
use retake_eval::analyzer::{Analyzer, ImageSource, Outcome, Request};
use retake_label::Role;
use retake_synth::recipe::{BUILTIN, Recipe, Size};
use retake_synth::shot::Shots;
use retake_synth::studio::Studio;

/// Photos that are taken in turn.
const PHOTOS: u64 = 12;

/// Photos of documents as `standard` has them, at 1600 x 1200.
fn photos() -> Vec<Vec<u8>> {
    let builtin = BUILTIN.iter().find(|b| b.name == "standard").expect("a shipped recipe");
    let recipe = Recipe {
        companions: 0.0,
        selfies: 0.0,
        sizes: vec![Size { long: 1600, short: 1200, weight: 1.0 }],
        ..builtin.recipe().expect("the recipe is right")
    };
    let shots = Shots::new(recipe).expect("its designs exist");
    let studio = Studio::new();
    // Every other image is a twin.
    (0..PHOTOS).map(|i| studio.photograph(&shots.shot(2 * i)).expect("it renders").bytes).collect()
}

fn analyze(c: &mut Criterion) {
    let photos = photos();
    let sources: Vec<ImageSource> = photos
        .iter()
        .map(|bytes| ImageSource::Bytes { bytes: bytes.clone(), extension: "jpg".into() })
        .collect();
    let mut group = c.benchmark_group("builtin:baseline at 1600 x 1200");
    group.sample_size(10);
    group.throughput(Throughput::Elements(PHOTOS));
    group.bench_function("decode", |b| {
        b.iter(|| photos.iter().filter(|bytes| Picture::decode(bytes).is_ok()).count());
    });
    group.bench_function("decode and analyze", |b| {
        b.iter(|| {
            let asked = |image| Request { id: "a", role: Role::DocumentFront, image };
            let outcomes = sources.iter().map(|image| Baseline::new().analyze(&asked(image)));
            outcomes.filter(|outcome| matches!(outcome, Outcome::Findings(_))).count()
        });
    });
    group.finish();
}

criterion_group!(benches, analyze);
criterion_main!(benches);
