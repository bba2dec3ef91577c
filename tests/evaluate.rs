//! Evaluation through the program: analyzers of every kind, on disk and from a recipe, resumed and scored.

mod common;

use std::fs;

use common::{Place, evaluate, retake};
use serde_json::Value;

fn category<'a>(report: &'a Value, id: &str) -> &'a Value {
    report["categories"].as_array().unwrap().iter().find(|c| c["category"] == id).unwrap()
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

/// An analyzer that is out of order at first: its failures are kept until they are asked about again.
#[cfg(unix)]
#[test]
fn failures_are_asked_about_again_when_that_is_wished() {
    let place = Place::new();
    common::photos(&place.path("photos"), 10);
    let script = r#"
import json, os, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "hello":
        answer = {"type": "ready", "name": "moody", "version": "1", "categories": ["glare"]}
    elif os.path.exists(sys.argv[1]) or int(message["id"], 16) % 2:
        answer = {"type": "result", "id": message["id"], "findings": []}
    else:
        answer = {"type": "error", "id": message["id"], "message": "out of order"}
    print(json.dumps(answer), flush=True)
"#;
    fs::write(place.path("moody.py"), script).unwrap();
    let [program, repaired] = [place.path("moody.py"), place.path("repaired")];
    let spec = format!("cmd:python3 {} {}", program.display(), repaired.display());
    let photos = place.path("photos");
    let source = ["--corpus", photos.to_str().unwrap()];
    let run = place.path("run");
    let failed = |report: &Value| report["outcomes"]["failed"]["error"].as_u64().unwrap();
    let first = failed(&evaluate(&spec, &source, &run));
    assert!((1..10).contains(&first), "{first}");
    fs::write(&repaired, "").unwrap();
    assert_eq!(failed(&evaluate(&spec, &source, &run)), first, "nothing is asked twice");
    let again = evaluate(&spec, &[&source[..], &["--retry-errors"]].concat(), &run);
    assert_eq!((failed(&again), again["outcomes"]["judged"].as_u64()), (0, Some(10)));
    let lines = fs::read_to_string(run.join("findings.jsonl")).unwrap();
    let asked = lines.lines().filter(|line| line.contains("\"session\":1")).count() as u64;
    assert_eq!(asked, first, "only those that failed");
}
