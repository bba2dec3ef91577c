//! Nothing but the picture tells: an analyzer that judges by a file's name, the order of arrival, times, the place on disk or the
//! metadata does no better than a coin.
#![cfg(unix)]

mod common;

use common::{Place, retake};
use serde_json::Value;

/// Scores every category by one thing that is not the picture.
const CHEAT: &str = r#"
import json, os, sys, time
by, seen, last = sys.argv[1], 0, time.time()

def metadata(data):
    """The application segments of a JPEG, up to its tables."""
    at, found = 2, b""
    while data[at] == 0xFF and 0xE0 <= data[at + 1] <= 0xEF:
        end = at + 2 + int.from_bytes(data[at + 2:at + 4], "big")
        found, at = found + data[at:end], end
    return found

def score(request, pause):
    path = request["images"][0]["path"]
    data, stat = open(path, "rb").read(), os.stat(path)
    kept = metadata(data)
    assert b"xap" not in kept and b"algorithmicMedia" not in data and b"etake" not in data, "metadata of the generator"
    assert os.listdir(os.path.dirname(path)) and len(os.listdir(os.path.dirname(path))) <= 8, "other pictures in sight"
    return {
        "name": int(request["id"], 16) / 2**64,
        "order": seen / 1000,
        "twin": seen % 2,
        "modified": stat.st_mtime % 1,
        "inode": stat.st_ino % 1000 / 1000,
        "pause": min(1, 10 * pause),
        "metadata": len(kept) % 1000 / 1000,
        "padding": (len(data) - data.rfind(b"\xff\xd9")) / 1000,
    }[by]

for line in sys.stdin:
    # Before the picture is read: how long that takes is the picture's own.
    pause = time.time() - last
    message = json.loads(line)
    if message["type"] == "hello":
        answer = {"type": "ready", "name": by, "version": "1", "categories": message["categories"]}
    else:
        seen += 1
        findings = [{"category": category, "score": score(message, pause)} for category in categories]
        answer = {"type": "result", "id": message["id"], "findings": findings}
    categories = answer.get("categories") or categories
    last = time.time()
    print(json.dumps(answer), flush=True)
"#;

#[test]
fn what_is_not_the_picture_tells_nothing() {
    let place = Place::new();
    let corpus = place.generate("corpus", &["--count", "480"]);
    std::fs::write(place.path("cheat.py"), CHEAT).unwrap();
    for by in ["name", "order", "twin", "modified", "inode", "pause", "metadata", "padding"] {
        let run = place.path(by);
        let spec = format!("cmd:python3 {} {by}", place.path("cheat.py").display());
        retake()
            .args(["evaluate", "--workers", "1", "--analyzer", &spec, "--corpus"])
            .arg(&corpus)
            .arg("--out")
            .arg(&run)
            .assert()
            .success();
        let report: Value = serde_json::from_slice(&std::fs::read(run.join("report.json")).unwrap()).unwrap();
        assert_eq!(report["outcomes"]["judged"], 480, "{by}: {}", report["outcomes"]);
        for row in report["categories"].as_array().unwrap() {
            let auroc = &row["metrics"]["auroc"];
            let [value, low, high] = ["value", "low", "high"].map(|key| auroc[key].as_f64());
            let (Some(value), Some(low), Some(high)) = (value, low, high) else { continue };
            // Twice the half-width of a 95 % interval: with dozens of comparisons one or two leave the interval by chance.
            let room = (high - low).max(0.1);
            assert!((value - 0.5).abs() <= room, "{by} tells {}: {value} ({low}-{high})", row["category"]);
        }
    }
}
