//! What a capture costs: processor time per stage and per photo, artwork cached, as JSON on one line per case.
//!
//! `capture_cost ROUNDS [LONG SHORT]` times, in turn, a photo without a defect and one with each defect. The time is the
//! thread's own (`/proc/self/schedstat`), so that neighbours on the machine count little. Linux only. `ONLY=NAME` takes the
//! cases with this in their names. `--stages` adds what the parts of a photo cost, `--pictures` writes the photos instead.

#![expect(clippy::print_stdout, reason = "an example prints what it measured")]

use std::collections::BTreeMap;
use std::time::Instant;

use retake_synth::defects;
use retake_synth::recipe::{BUILTIN, Recipe, Size};
use retake_synth::shot::{Shot, Shots};
use retake_synth::studio::Studio;

/// Shots of each case that are timed in turn.
const SHOTS: usize = 4;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<_> = args.iter().filter(|a| !a.starts_with("--")).collect();
    let number = |i: usize, default: u32| numbers.get(i).map_or(default, |a| a.parse().expect("a number"));
    let (rounds, size) = (number(0, 5), (number(1, 1600), number(2, 1200)));
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut cases = vec![("none", shots(None, size))];
    cases.extend(defects::ALL.iter().map(|d| (d.profile().category.id(), shots(Some(*d), size))));
    cases.retain(|(name, _)| name.contains(&only));
    let studios: Vec<Vec<Studio>> =
        cases.iter().map(|(_, shots)| shots.iter().map(prepared).collect()).collect();
    if args.iter().any(|a| a == "--pictures") {
        for ((name, shots), studios) in cases.iter().zip(&studios) {
            for (i, (shot, studio)) in shots.iter().zip(studios).enumerate() {
                let bytes = studio.photograph(shot).expect("it renders").bytes;
                std::fs::write(format!("{name}-{i}.jpg"), bytes).expect("the folder can be written to");
            }
        }
        return;
    }
    let with_stages = args.iter().any(|a| a == "--stages");
    let mut stages: BTreeMap<&str, Vec<[f64; 3]>> = BTreeMap::new();
    let mut times: BTreeMap<&str, Vec<[f64; 2]>> = BTreeMap::new();
    for _ in 0..rounds {
        for ((name, shots), studios) in cases.iter().zip(&studios) {
            let (wall, cpu) = (Instant::now(), cpu_ns());
            for (shot, studio) in shots.iter().zip(studios) {
                std::hint::black_box(studio.photograph(shot).expect("it renders"));
            }
            let wall = wall.elapsed().as_secs_f64() * 1e3 / SHOTS as f64;
            let cpu = (cpu_ns() - cpu) as f64 / 1e6 / SHOTS as f64;
            times.entry(name).or_default().push([cpu, wall]);
            if with_stages {
                stages.entry(name).or_default().push(staged(shots, studios));
            }
        }
    }
    for (name, _) in &cases {
        let [cpu, wall] = [0, 1].map(|k| median(times[name].iter().map(|t| t[k]).collect()));
        let mut line = serde_json::json!({"case": name, "cpu_ms": cpu, "wall_ms": wall});
        if let Some(stages) = stages.get(name) {
            let [light, develop, file] = [0, 1, 2].map(|k| median(stages.iter().map(|t| t[k]).collect()));
            let truth = (cpu - light - develop - file).max(0.0);
            line["stages"] =
                serde_json::json!({"light": light, "sensor": develop, "truth": truth, "file": file});
        }
        println!("{line}");
    }
}

/// Processor time of the light through the lens, the sensor, and the file, ms; the truth is what is left of a photo.
fn staged(shots: &[Shot], studios: &[Studio]) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for (shot, studio) in shots.iter().zip(studios) {
        let mut last = cpu_ns();
        let mut lap = |k: usize| {
            let now = cpu_ns();
            sums[k] += (now - last) as f64 / 1e6 / SHOTS as f64;
            last = now;
        };
        let (scene, rendered) = studio.render(shot).expect("it renders");
        lap(0);
        let picture = retake_synth::capture::develop(&rendered, &scene);
        lap(1);
        std::hint::black_box(retake_synth::file::encode(&picture, &scene.file, None));
        lap(2);
    }
    sums
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Time that this thread ran, ns.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("Linux");
    text.split(' ').next().and_then(|n| n.parse().ok()).expect("a number")
}

/// Photos of JPEG quality 90 with this defect alone.
fn shots(defect: Option<&dyn defects::Defect>, (long, short): (u32, u32)) -> Vec<Shot> {
    let builtin = BUILTIN.iter().find(|b| b.name == "standard").expect("a shipped recipe");
    let mut recipe = Recipe {
        companions: 0.0,
        sizes: vec![Size { long, short, weight: 1.0 }],
        ..builtin.recipe().expect("the recipe is right")
    };
    recipe.file.quality = [90, 90];
    let shots = Shots::new(recipe).expect("its designs exist");
    let fits = |shot: &Shot| match defect {
        Some(defect) => defect.profile().roles.contains(&shot.role),
        None => shot.document.is_some(),
    };
    (0..)
        .map(|i| shots.shot(i * 2))
        .filter(fits)
        .take(SHOTS)
        .map(|mut shot| {
            for setting in shot.defects.values_mut() {
                setting.severity = 0.0;
            }
            shot.scene.file.history.clear();
            match defect {
                Some(defect) => shot.with(defect.profile().category, 0.6).expect("the defect fits"),
                None => shot,
            }
        })
        .collect()
}

/// The card's artwork is made before the clock starts, as for the second image of every sample.
fn prepared(shot: &Shot) -> Studio {
    let studio = Studio::new();
    if shot.document.is_some() {
        studio.photograph(shot).expect("it renders");
    }
    studio
}
