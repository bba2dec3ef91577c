//! One digest: whatever the number of threads, the shards, the layout, and however often a run was killed.

mod common;

use std::process::{Command, Stdio};
use std::time::Duration;

use common::{Place, digest, retake, tree};

#[test]
fn one_and_three_threads_give_the_same_files() {
    let place = Place::new();
    let one = place.generate("one", &["--jobs", "1"]);
    let three = place.generate("three", &["--jobs", "3"]);
    assert_eq!(tree(&one), tree(&three));
}

#[test]
fn shards_join_to_what_one_run_makes() {
    let place = Place::new();
    let whole = place.generate("whole", &[]);
    let shards: Vec<_> =
        (1..=7).map(|i| place.generate(&format!("s{i}"), &["--shard", &format!("{i}/7")])).collect();
    let merged = place.path("merged");
    retake().arg("merge").args(shards.iter().rev()).arg("--out").arg(&merged).assert().success();
    assert_eq!(tree(&whole), tree(&merged));
    retake().arg("verify").arg(&merged).assert().success();
}

#[test]
fn tars_hold_the_same_corpus() {
    let place = Place::new();
    let folder = place.generate("folder", &["--count", "8"]);
    let tars = place.generate("tars", &["--count", "8", "--format", "webdataset"]);
    assert_eq!(digest(&folder), digest(&tars));
    retake().arg("verify").arg(&tars).assert().success();
}

/// Kills (SIGKILL on Unix) a run at rising moments, then lets it finish.
#[test]
fn a_killed_run_goes_on_and_ends_the_same() {
    let place = Place::new();
    let whole = place.generate("whole", &[]);
    let out = place.path("killed");
    for attempt in 1..=10 {
        let mut run = Command::new(env!("CARGO_BIN_EXE_retake"))
            .arg("generate")
            .arg(place.recipe())
            .arg("--out")
            .arg(&out)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(37 * attempt));
        run.kill().unwrap();
        run.wait().unwrap();
    }
    let out = place.generate("killed", &[]);
    assert_eq!(tree(&whole), tree(&out));
}

#[test]
fn a_finished_corpus_says_so_and_is_left_alone() {
    let place = Place::new();
    let out = place.generate("corpus", &["--count", "2"]);
    let before = tree(&out);
    let again = retake()
        .arg("generate")
        .arg(place.recipe())
        .args(["--count", "2", "--out"])
        .arg(&out)
        .assert()
        .success();
    let said = String::from_utf8(again.get_output().stdout.clone()).unwrap();
    assert!(said.contains("finished"), "{said}");
    assert_eq!(before, tree(&out));
}

#[test]
fn another_recipe_does_not_touch_a_corpus() {
    let place = Place::new();
    let out = place.generate("corpus", &["--count", "2"]);
    let before = tree(&out);
    retake()
        .arg("generate")
        .arg(place.recipe())
        .args(["--count", "2", "--seed", "12", "--out"])
        .arg(&out)
        .assert()
        .code(2)
        .stderr(predicates::str::contains("seed"));
    assert_eq!(before, tree(&out));
}

#[test]
fn one_image_alone_is_the_one_of_the_corpus() {
    let place = Place::new();
    let out = place.generate("corpus", &["--count", "12"]);
    let alone = place.path("alone.jpg");
    retake()
        .arg("render")
        .arg(place.recipe())
        .args(["--index", "11", "--out"])
        .arg(&alone)
        .assert()
        .success();
    assert_eq!(std::fs::read(alone).unwrap(), std::fs::read(out.join("test/images/000000011.jpg")).unwrap());
}
