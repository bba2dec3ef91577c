//! `retake shrink` through the program: a miss and a false alarm, each made as small as it goes.

mod common;

use std::path::Path;

use common::{Place, evaluate, json, retake};
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;
use serde_json::Value;

/// The first image of a run whose finding of a category is as wished, among images on which it is truly so.
fn image(run: &Path, category: &str, truth: &str) -> Value {
    let lines = std::fs::read_to_string(run.join("findings.jsonl")).unwrap();
    let mut entries: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    entries.sort_by_key(|entry| entry["index"].as_u64());
    entries.into_iter().find(|entry| entry["truth"][category] == truth).unwrap()
}

#[test]
fn a_miss_is_brought_down_to_the_least_that_is_still_missed() {
    let place = Place::new();
    let recipe = place.recipe();
    let source = ["--recipe", recipe.to_str().unwrap()];
    let run = place.path("run");
    evaluate("builtin:oracle?miss=1", &source, &run);
    let missed = image(&run, "finger_occlusion", "present");
    let id = missed["image_id"].as_str().unwrap();
    let picture = place.path("small.png");
    let shrink = |id: &str, category: &str, out: &Path| {
        let mut command = retake();
        command.arg("shrink").arg(&run).args(["--image", id, "--category", category]).args(source);
        command.arg("--out").arg(out).assert()
    };
    let said = shrink(id, "finger_occlusion", &picture).success();
    said.stdout(contains("a miss of finger_occlusion").and(contains("still wrong")));
    let shot = json(&picture.with_extension("json"));
    let severity = shot["defects"]["finger_occlusion"]["severity"].as_f64().unwrap();
    let asked_for = missed["severities"]["finger_occlusion"].as_f64().unwrap();
    assert!(severity > 0.0 && severity < asked_for, "{severity} of {asked_for}");
    let others = shot["defects"].as_object().unwrap().iter().filter(|(name, _)| *name != "finger_occlusion");
    assert!(others.into_iter().all(|(_, setting)| setting["severity"] == 0.0), "{shot}");

    // The shot is the picture.
    let again = place.path("again.png");
    let mut render = retake();
    render.args(["render", "--shot"]).arg(picture.with_extension("json")).arg("--out").arg(&again);
    render.assert().success();
    assert!(image::open(&again).unwrap() == image::open(&picture).unwrap());
    let clean = image(&run, "finger_occlusion", "absent");
    let nothing = shrink(clean["image_id"].as_str().unwrap(), "finger_occlusion", &place.path("none.png"));
    nothing.code(2).stderr(contains("nothing wrong"));
    assert!(!place.path("none.png").exists());
    shrink("999", "glare", &place.path("none.png")).code(2).stderr(contains("no image 000000999"));
}

#[test]
fn a_false_alarm_loses_whatever_it_does_not_need() {
    let place = Place::new();
    let corpus = place.generate("corpus", &["--count", "12"]);
    let run = place.path("run");
    evaluate("builtin:oracle?false_alarm=1", &["--corpus", corpus.to_str().unwrap()], &run);
    let cried = image(&run, "blur", "absent");
    let picture = place.path("small.jpg");
    let mut command = retake();
    command.arg("shrink").arg(&run).args([
        "--image",
        cried["image_id"].as_str().unwrap(),
        "--category",
        "blur",
    ]);
    command.arg("--corpus").arg(&corpus).arg("--out").arg(&picture);
    command.assert().success().stdout(contains("a false alarm of blur"));
    let shot = json(&picture.with_extension("json"));
    // It cries at everything, so nothing is needed.
    assert!(shot["scene"]["lights"].as_array().unwrap().is_empty(), "{}", shot["scene"]["lights"]);
    assert!(
        shot["defects"].as_object().unwrap().values().all(|setting| setting["severity"] == 0.0),
        "{shot}"
    );
    assert!(picture.is_file());
}
