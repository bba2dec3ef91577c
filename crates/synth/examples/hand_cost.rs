//! What a hand costs: placing it and drawing it, on this machine.
//! `cargo run --release --example hand_cost -p retake-synth`

use std::time::Instant;

use retake_label::Category;
use retake_synth::body::hand::hand_layer;
use retake_synth::recipe::Recipe;
use retake_synth::scene::Stage;
use retake_synth::shot::Shots;

#[expect(clippy::print_stdout, reason = "an example may speak")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut recipe = Recipe::find("standard")?;
    recipe.mix.retain(|focus, _| *focus == retake_synth::recipe::Focus::On(Category::FINGER_OCCLUSION));
    let shots = Shots::new(recipe)?;
    let (mut place, mut draw, mut count) = (0.0, 0.0, 0);
    for index in 0..24 {
        let shot = shots.shot(2 * index);
        let start = Instant::now();
        let scene = shot.staged()?;
        let placed = Instant::now();
        let Stage::Document(desk) = &scene.stage else { continue };
        let drawn = desk.hands.iter().filter_map(|hand| hand_layer(hand, &scene)).count();
        if index > 0 {
            place += (placed - start).as_secs_f64() * 1e3;
            draw += placed.elapsed().as_secs_f64() * 1e3;
            count += drawn;
        }
    }
    let count = count.max(1) as f64;
    println!("placing {:.1} ms, drawing {:.1} ms a hand", place / count, draw / count);
    Ok(())
}
