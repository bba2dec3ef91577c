//! Golden digests: the bytes of a cut of every shipped recipe, for this version of the generator.
//!
//! `RETAKE_BLESS=1 cargo test --test golden` writes them anew. A change is a new version and a line in the
//! changelog.

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::{Place, digest, retake};

const IMAGES: &str = "10";

#[test]
fn every_recipe_gives_its_golden_digest() {
    let bless = std::env::var_os("RETAKE_BLESS").is_some();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let place = Place::new();
    let mut expected = BTreeSet::new();
    let mut wrong = Vec::new();
    for recipe in retake_synth::recipe::BUILTIN {
        let out = place.path(recipe.name);
        retake().args(["generate", recipe.name, "--count", IMAGES, "--out"]).arg(&out).assert().success();
        let name = format!("{}.digest", recipe.name);
        let found = format!("{}\n", digest(&out));
        let file = folder.join(&name);
        expected.insert(name);
        if bless {
            std::fs::write(&file, &found).unwrap();
        } else if std::fs::read_to_string(&file).unwrap_or_default() != found {
            wrong.push(format!("{}: {}", recipe.name, found.trim()));
        }
    }
    let there: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| !n.starts_with('.'))
        .collect();
    assert_eq!(there, expected, "tests/golden holds exactly one digest for each recipe");
    assert!(
        wrong.is_empty(),
        "the bytes have changed:\n{}\nif that is meant, bless them (RETAKE_BLESS=1), raise the version and say so in \
         the changelog",
        wrong.join("\n")
    );
}
