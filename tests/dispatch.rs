//! The same bytes at every level of the processor that the code is compiled for.

mod common;

use common::{Place, digest, retake};

#[test]
fn every_forced_level_gives_the_same_digest() {
    let place = Place::new();
    let best = place.generate("best", &["--count", "10"]);
    let forced = place.path("baseline");
    retake()
        .env("RETAKE_SIMD", "baseline")
        .arg("generate")
        .arg(place.recipe())
        .args(["--count", "10", "--out"])
        .arg(&forced)
        .assert()
        .success();
    assert_eq!(digest(&best), digest(&forced));
}
