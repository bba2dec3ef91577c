//! The examples work as the documentation shows them.
#![cfg(unix)]

mod common;

use std::fs;
use std::process::Command;

use common::{Place, retake};
use retake_eval::analyzer::{Registry, Setup, http_presets};
use serde_json::Value;

const PAGE: &str = include_str!("../docs/analyzers.md");

/// The code blocks of a language in the page.
fn blocks(language: &str) -> Vec<String> {
    let start = format!("```{language}\n");
    PAGE.split(&start).skip(1).filter_map(|rest| Some(rest.split_once("```")?.0.to_owned())).collect()
}

fn evaluate(spec: &str) -> Value {
    let place = Place::new();
    let run = place.path("run");
    retake()
        .args(["evaluate", "--count", "8", "--analyzer", spec, "--recipe"])
        .arg(place.recipe())
        .arg("--out")
        .arg(&run)
        .assert()
        .success();
    serde_json::from_slice(&fs::read(run.join("report.json")).unwrap()).unwrap()
}

#[test]
fn the_pages_code_is_the_examples() {
    let files = [
        ("python", include_str!("../examples/analyzer.py")),
        ("python", include_str!("../examples/opencv_blur.py")),
        ("rust", include_str!("../examples/small_files.rs")),
    ];
    for (language, file) in files {
        let found = blocks(language).iter().any(|block| file.contains(block.trim_end()));
        assert!(found, "an example differs from the page:\n{file}");
    }
}

#[test]
fn the_python_examples_judge_every_image() {
    let mut scripts = vec!["analyzer.py"];
    let has_opencv = Command::new("python3").args(["-c", "import cv2"]).output();
    if has_opencv.is_ok_and(|output| output.status.success()) {
        scripts.push("opencv_blur.py");
    }
    for script in scripts {
        let report = evaluate(&format!("cmd:python3 {}/examples/{script}", env!("CARGO_MANIFEST_DIR")));
        assert_eq!(report["outcomes"]["judged"], 8, "{script}: {}", report["outcomes"]);
    }
}

/// The file on the page is read to the end: what is missing is only what the environment lacks.
#[test]
fn the_pages_service_is_described_rightly() {
    let place = Place::new();
    let path = place.path("service.toml");
    fs::write(&path, &blocks("toml")[0]).unwrap();
    let open = |spec: &str| Registry::default().open(spec, &Setup::new(Vec::new(), 1)).map(|_| ());
    let problem = open(&format!("http:{}", path.display())).unwrap_err().to_string();
    assert!(problem.contains("the environment variable ACME_HOST is not set"), "{problem}");
    for (name, summary) in http_presets() {
        assert!(PAGE.contains(&format!("`http:{name}`")) && !summary.is_empty(), "{name}");
    }
}
