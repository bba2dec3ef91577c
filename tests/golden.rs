//! Golden digests: every shipped recipe gives the bytes of its lock, which is of this version of the generator.
//!
//! `scripts/bless` writes the locks anew, for a new version and with a line in the changelog.

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use common::{Place, SMALL, retake};
use predicates::str::contains;
use retake_label::corpus::{Contents, Opened, Plan, Writer};
use retake_synth::generate::generate;
use retake_synth::lock::Lock;
use retake_synth::recipe::{BUILTIN, Recipe};
use retake_synth::shot::Shots;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The shortest cut of each; `scripts/test locks` checks the long ones.
#[test]
fn every_recipe_gives_the_bytes_of_its_lock() {
    for recipe in BUILTIN {
        let shortest = Lock::find(recipe.name).unwrap().cuts[0].images.to_string();
        retake().args(["verify", "--recipe", recipe.name, "--count", &shortest]).assert().success();
    }
}

#[test]
fn locks_are_of_this_version_and_the_changelog_has_it() {
    for recipe in BUILTIN {
        assert_eq!(
            Lock::find(recipe.name).unwrap().generator,
            format!("retake {VERSION}"),
            "{}",
            recipe.name
        );
    }
    let changelog = std::fs::read_to_string(root("CHANGELOG.md")).unwrap();
    assert!(changelog.contains(&format!("\n## {VERSION}\n")), "CHANGELOG.md has no section {VERSION}");
}

#[test]
fn datasets_holds_a_recipe_and_a_lock_of_each_name_and_nothing_else() {
    let wanted: BTreeSet<String> =
        BUILTIN.iter().flat_map(|b| ["lock", "toml"].map(|ending| format!("{}.{ending}", b.name))).collect();
    let there: BTreeSet<String> = std::fs::read_dir(root("datasets"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(there, wanted);
}

#[test]
fn a_lock_notices_other_bytes_and_is_not_overwritten_by_them() {
    let place = Place::new();
    retake().arg("lock").arg(place.recipe()).args(["--cut", "2", "--cut", "4"]).assert().success();
    let file = place.path("small.lock");
    let locked = std::fs::read_to_string(&file).unwrap();
    retake().args(["verify", "--recipe"]).arg(place.recipe()).assert().success().stdout(contains("4 images"));

    std::fs::write(place.recipe(), SMALL.replace("seed = 11", "seed = 12")).unwrap();
    let wrong =
        retake().args(["verify", "--recipe"]).arg(place.recipe()).args(["--count", "3"]).assert().code(2);
    wrong.stderr(contains("the first 2 images"));
    retake()
        .arg("lock")
        .arg(place.recipe())
        .args(["--cut", "2"])
        .assert()
        .code(2)
        .stderr(contains("a new version"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), locked);
}

#[test]
fn a_corpus_is_rendered_again_and_compared() {
    let place = Place::new();
    let out = place.generate("corpus", &["--count", "4", "--shard", "2/2"]);
    retake()
        .arg("verify")
        .arg(&out)
        .arg("--regenerate")
        .assert()
        .success()
        .stdout(contains("the same bytes"));

    // A corpus that is whole in itself, but was rendered with another seed than its manifest says.
    let other = place.path("other");
    let plan = Plan::of(Contents::open(&out).unwrap().manifest()).unwrap();
    let recipe = Recipe::parse(&place.recipe(), &SMALL.replace("seed = 11", "seed = 12")).unwrap();
    let Opened::Unfinished(writer) = Writer::open(&other, plan).unwrap() else { panic!("the folder is new") };
    generate(&Shots::new(recipe).unwrap(), writer.range(), &writer, &|_| ()).unwrap();
    writer.finish().unwrap();
    retake().arg("verify").arg(&other).assert().success();
    retake()
        .arg("verify")
        .arg(&other)
        .arg("--regenerate")
        .assert()
        .code(2)
        .stderr(contains("rendered again"));
}
