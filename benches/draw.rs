//! Drawing shots: what planning costs besides pixels.

use criterion::{Criterion, criterion_group, criterion_main};
use retake_synth::recipe::BUILTIN;
use retake_synth::shot::Shots;

fn draw(c: &mut Criterion) {
    let builtin = BUILTIN.iter().find(|b| b.name == "standard").expect("a shipped recipe");
    let recipe = builtin.recipe().expect("the recipe is right");
    let shots = Shots::new(recipe).expect("its designs exist");
    let mut index = 0;
    c.bench_function("shot from recipe and index", |b| {
        b.iter(|| {
            index = (index + 1) % shots.len();
            shots.shot(index)
        });
    });
}

criterion_group!(benches, draw);
criterion_main!(benches);
