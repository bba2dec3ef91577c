//! A capture from shot to file: without a defect, with each defect, and at several sizes.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use retake_label::Category;
use retake_synth::defects;
use retake_synth::recipe::{BUILTIN, Recipe, Size};
use retake_synth::shot::{Shot, Shots};
use retake_synth::studio::Studio;

const SIZES: [(u32, u32); 3] = [(1600, 1200), (2016, 1512), (4032, 3024)];

/// A shot that `category` can happen to, with that defect alone at this severity.
fn shot(category: Category, severity: f64, (long, short): (u32, u32)) -> Shot {
    let builtin = BUILTIN.iter().find(|b| b.name == "smoke").expect("a shipped recipe");
    let recipe = Recipe {
        companions: 0.0,
        sizes: vec![Size { long, short, weight: 1.0 }],
        ..builtin.recipe().expect("the recipe is right")
    };
    let shots = Shots::new(recipe).expect("its designs exist");
    let fits = |shot: &Shot| shot.defects.contains_key(&category);
    let mut shot = (0..).map(|i| shots.shot(i)).find(fits).expect("endless");
    for setting in shot.defects.values_mut() {
        setting.severity = 0.0;
    }
    shot.with(category, severity).expect("the defect fits")
}

/// The card's artwork is made before the clock starts, as for the second image of every sample.
fn prepared(shot: &Shot) -> Studio {
    let studio = Studio::new();
    studio.photograph(shot).expect("it renders");
    studio
}

fn per_defect(c: &mut Criterion) {
    let mut group = c.benchmark_group("capture");
    group.sample_size(10);
    for defect in defects::ALL {
        let category = defect.profile().category;
        for severity in [0.0, 0.6] {
            let shot = shot(category, severity, SIZES[0]);
            let studio = prepared(&shot);
            group.bench_with_input(BenchmarkId::new(category.id(), severity), &shot, |b, shot| {
                b.iter(|| studio.photograph(shot).expect("it renders"));
            });
        }
    }
    group.finish();
}

fn per_size(c: &mut Criterion) {
    let mut group = c.benchmark_group("capture size");
    group.sample_size(10);
    for size in SIZES {
        let shot = shot(Category::BLUR, 0.4, size);
        let studio = prepared(&shot);
        group.throughput(Throughput::Elements(u64::from(size.0) * u64::from(size.1)));
        group.bench_with_input(
            BenchmarkId::from_parameter(format!("{}x{}", size.0, size.1)),
            &shot,
            |b, shot| {
                b.iter(|| studio.photograph(shot).expect("it renders"));
            },
        );
    }
    group.finish();
}

fn persona(c: &mut Criterion) {
    let shot = shot(Category::GLARE, 0.0, (480, 360));
    let mut group = c.benchmark_group("persona");
    group.sample_size(10);
    group.bench_function("portrait, artwork and a small capture", |b| {
        b.iter(|| prepared(&shot));
    });
    group.finish();
}

criterion_group!(benches, per_defect, per_size, persona);
criterion_main!(benches);
