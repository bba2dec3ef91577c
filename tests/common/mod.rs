//! What the whole-program tests share: the built program, and a recipe small enough to render often.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "every test binary compiles this, and uses a part of it"
)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// The built program.
pub(crate) fn retake() -> Command {
    Command::new(env!("CARGO_BIN_EXE_retake"))
}

/// A folder for one test, and the small recipe in it.
pub(crate) struct Place {
    folder: TempDir,
}

/// Every category with twins, on pictures of the smallest size.
pub(crate) const SMALL: &str = r#"
version = 1
name = "small"
description = "Every category, small."
seed = 11
count = 24
personas = 3
companions = 0.1
selfies = 0.2

[variants]
kind = "twins"
near_miss = [0.05, 0.2]

[mix]
clean = 1.0
blur = 1.0
glare = 1.0
cropped_corner = 1.0
finger_occlusion = 1.0
low_resolution = 1.0
sleeve_reflection = 1.0
backlit_face = 1.0

[documents]
"td1_utopia_a/front" = 1.0
"td1_utopia_a/back" = 1.0
"dl_utopia/front" = 1.0
"td3_utopia/front" = 1.0

[[sizes]]
long = 320
short = 240
weight = 1.0
"#;

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("small.toml"), SMALL).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn recipe(&self) -> PathBuf {
        self.path("small.toml")
    }

    /// Generates the small recipe into the folder `name` and returns it.
    pub(crate) fn generate(&self, name: &str, more: &[&str]) -> PathBuf {
        let out = self.path(name);
        retake().arg("generate").arg(self.recipe()).arg("--out").arg(&out).args(more).assert().success();
        out
    }
}

/// Reads a JSON file.
pub(crate) fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Evaluates an analyzer on a corpus or recipe (`--corpus DIR`, `--recipe RECIPE`) and returns the report.
pub(crate) fn evaluate(spec: &str, source: &[&str], out: &Path) -> serde_json::Value {
    retake().args(["evaluate", "--analyzer", spec]).args(source).arg("--out").arg(out).assert().success();
    json(&out.join("report.json"))
}

/// Photos labelled by hand: every third has glare, every fourth blur. All are the same tiny picture; the oracle looks at none.
pub(crate) fn photos(folder: &Path, count: usize) {
    std::fs::create_dir_all(folder).unwrap();
    let mut lines = String::new();
    for i in 0..count {
        let name = format!("{i:04}.png");
        image::RgbImage::new(8, 6).save(folder.join(&name)).unwrap();
        let [glare, blur] = [i % 3 == 0, i % 4 == 0];
        lines += &format!(
            "{{\"file_name\":\"{name}\",\"labels\":{{\"glare\":{glare},\"blur\":{blur}}},\"surface\":\"{}\"}}\n",
            ["wood", "cloth"][i % 2]
        );
    }
    std::fs::write(folder.join("metadata.jsonl"), lines).unwrap();
}

/// The digest that a corpus's manifest states.
pub(crate) fn digest(corpus: &Path) -> String {
    let manifest = std::fs::read_to_string(corpus.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    manifest["digest"].as_str().unwrap().to_owned()
}

/// Every file below a folder with its bytes, by relative path.
pub(crate) fn tree(folder: &Path) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
    let mut files = std::collections::BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}
