//! `retake report` through the program: from the corpus and from the recipe, and what it refuses.

mod common;

use std::fs;

use common::{Place, evaluate, photos, retake};
use predicates::str::contains;

#[test]
fn the_page_is_the_same_from_the_corpus_and_from_the_recipe() {
    let place = Place::new();
    let corpus = place.generate("corpus", &[]);
    let recipe = place.recipe();
    let [disk, memory] = ["disk", "memory"].map(|name| place.path(name));
    let spec = "builtin:oracle?miss=0.5&false_alarm=0.2&seed=1";
    let evaluate = |source: &str, from: &std::path::Path, out: &std::path::Path| {
        let command = ["evaluate", "--analyzer", spec, source];
        retake().args(command).arg(from).arg("--out").arg(out).assert().success();
    };
    evaluate("--corpus", &corpus, &disk);
    evaluate("--recipe", &recipe, &memory);
    let page = |run: &std::path::Path, source: &str, from: &std::path::Path| {
        let file = run.join("report.html");
        retake().arg("report").arg(run).arg("--html").arg(&file).arg(source).arg(from).assert().success();
        let html = fs::read_to_string(file).unwrap();
        assert!(html.contains("data:image/jpeg;base64,") && html.ends_with("</html>"), "{}", html.len());
        // The gallery holds no time of day and no place, so it is the same either way.
        html.split("id=\"errors\"").nth(1).unwrap().split("id=\"method\"").next().unwrap().to_owned()
    };
    assert!(page(&disk, "--corpus", &corpus) == page(&memory, "--recipe", &recipe), "the galleries differ");

    retake().arg("report").arg(&disk).assert().success().stdout(contains("Precision"));
    retake().arg("report").arg(&disk).arg("--json").assert().success().stdout(contains("\"categories\""));
    let html = place.path("other.html");
    let other = ["--recipe", "demo", "--html"];
    let refused = retake().arg("report").arg(&disk).args(other).arg(&html).assert().code(2);
    refused.stderr(contains("other images"));
    assert!(!html.exists(), "nothing half-made is left");
}

#[test]
fn photos_of_ones_own_have_a_page_too() {
    let place = Place::new();
    let (folder, run, html) = (place.path("photos"), place.path("run"), place.path("page.html"));
    photos(&folder, 60);
    evaluate("builtin:oracle?miss=0.3&false_alarm=0.1", &["--corpus", folder.to_str().unwrap()], &run);
    retake().arg("report").arg(&run).arg("--corpus").arg(&folder).arg("--html").arg(&html).assert().success();
    let page = fs::read_to_string(&html).unwrap();
    assert!(
        page.contains("data:image/jpeg;base64,") && page.contains("id=\"glare-missed\""),
        "{}",
        page.len()
    );
    // Another label is another corpus.
    let lines = fs::read_to_string(folder.join("metadata.jsonl")).unwrap();
    fs::write(folder.join("metadata.jsonl"), lines.replacen("\"glare\":true", "\"glare\":false", 1)).unwrap();
    let refused =
        retake().arg("report").arg(&run).arg("--corpus").arg(&folder).arg("--html").arg(&html).assert();
    refused.code(2).stderr(contains("other images"));
}
