//! Evaluation through the program: analyzers of every kind, on disk and from a recipe, resumed and scored.

mod common;

use std::fs;
use std::path::Path;

use common::{Place, retake};
use serde_json::Value;

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn category<'a>(report: &'a Value, id: &str) -> &'a Value {
    report["categories"].as_array().unwrap().iter().find(|c| c["category"] == id).unwrap()
}

fn evaluate(spec: &str, source: &[&str], out: &Path) -> Value {
    retake().args(["evaluate", "--analyzer", spec]).args(source).arg("--out").arg(out).assert().success();
    json(&out.join("report.json"))
}

#[test]
fn an_oracle_that_never_errs_is_perfect() {
    let place = Place::new();
    let corpus = place.generate("corpus", &[]);
    let report = evaluate(
        "builtin:oracle?miss=0&false_alarm=0&seed=1",
        &["--corpus", corpus.to_str().unwrap()],
        &place.path("run"),
    );
    for row in report["categories"].as_array().unwrap() {
        for metric in ["precision", "recall", "f1", "specificity"] {
            let estimate = &row["metrics"][metric];
            if estimate["n"].as_f64().unwrap() > 0.0 && !estimate["value"].is_null() {
                assert_eq!(estimate["value"], 1.0, "{metric} of {}", row["category"]);
            }
        }
    }
    let text = fs::read_to_string(place.path("run/report.json")).unwrap();
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    assert!(!words.any(|word| ["NaN", "inf"].contains(&word)), "JSON has no such numbers");
}

#[test]
fn from_disk_and_from_the_recipe_are_the_same_evaluation() {
    let place = Place::new();
    let corpus = place.generate("corpus", &[]);
    let recipe = place.recipe();
    let spec = "builtin:baseline";
    let disk = evaluate(spec, &["--corpus", corpus.to_str().unwrap()], &place.path("disk"));
    let memory = evaluate(spec, &["--recipe", recipe.to_str().unwrap()], &place.path("memory"));
    assert_eq!(disk["categories"], memory["categories"]);
    assert!(category(&disk, "blur")["metrics"]["recall"].is_object());
}

#[test]
fn a_torn_run_goes_on_and_reports_the_same() {
    let place = Place::new();
    let corpus = place.generate("corpus", &[]);
    let spec = "builtin:oracle?miss=0.3&false_alarm=0.2&seed=3";
    let source = ["--corpus", corpus.to_str().unwrap()];
    let run = place.path("run");
    evaluate(spec, &source, &run);
    let whole = fs::read(run.join("report.json")).unwrap();
    let findings = fs::read(run.join("findings.jsonl")).unwrap();
    for keep in [findings.len() - 3, findings.len() / 2, findings.len() / 3] {
        fs::write(run.join("findings.jsonl"), &findings[..keep]).unwrap();
        fs::remove_file(run.join("report.json")).unwrap();
        evaluate(spec, &source, &run);
        assert_eq!(fs::read(run.join("report.json")).unwrap(), whole);
    }
    retake()
        .args(["evaluate", "--analyzer", "builtin:oracle?seed=4"])
        .args(source)
        .arg("--out")
        .arg(&run)
        .assert()
        .code(2);
}

/// An analyzer in a few lines of shell: it calls everything glare, and never sees a name that tells.
#[cfg(unix)]
#[test]
fn a_command_is_asked_and_answers() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let corpus = place.generate("corpus", &["--count", "8"]);
    let script = place.path("analyzer.sh");
    let log = place.path("paths.log");
    fs::write(
        &script,
        format!(
            r#"#!/bin/sh
read -r hello
echo '{{"type":"ready","name":"shell","version":"1","categories":["glare"]}}'
while read -r line; do
    echo "$line" >> {log}
    id=$(echo "$line" | sed 's/.*"id":"\([^"]*\)".*/\1/')
    echo "{{\"type\":\"result\",\"id\":\"$id\",\"findings\":[{{\"category\":\"glare\",\"score\":0.9}}]}}"
done
"#,
            log = log.display()
        ),
    )
    .unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let spec = format!("cmd:{}", script.display());
    let report = evaluate(&spec, &["--corpus", corpus.to_str().unwrap()], &place.path("run"));
    let glare = category(&report, "glare");
    assert_eq!(glare["counts"]["fn"], 0);
    assert!(glare["counts"]["tp"].as_u64().unwrap() + glare["counts"]["fp"].as_u64().unwrap() > 0);
    let asked = fs::read_to_string(log).unwrap();
    assert!(!asked.contains("0000000") && !asked.contains(corpus.to_str().unwrap()), "{asked}");
}

#[test]
fn predictions_are_scored() {
    let place = Place::new();
    let corpus = place.generate("corpus", &["--count", "6"]);
    let lines: String = (0..6)
        .map(|i| {
            format!("{{\"image_id\":\"{i:09}\",\"findings\":[{{\"category\":\"blur\",\"score\":0.1}}]}}\n")
        })
        .collect();
    fs::write(place.path("predictions.jsonl"), lines).unwrap();
    let spec = format!("predictions:{}", place.path("predictions.jsonl").display());
    let report = evaluate(&spec, &["--corpus", corpus.to_str().unwrap()], &place.path("run"));
    assert_eq!(category(&report, "blur")["counts"]["fp"], 0);
}
