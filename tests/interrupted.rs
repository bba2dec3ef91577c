//! A run whose harness is killed at any moment goes on where it was, and its report is the same to the byte.
//!
//! `RETAKE_KILLS=50 cargo test --test interrupted` kills more often.
#![cfg(unix)]

mod common;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::Place;

/// Answers slowly enough to be interrupted, by the picture's own bytes.
const ANALYZER: &str = r#"
import json, sys, time, zlib
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "hello":
        answer = {"type": "ready", "name": "slow", "version": "1", "categories": message["categories"]}
    else:
        time.sleep(0.01)
        n = zlib.crc32(open(message["images"][0]["path"], "rb").read())
        found = [{"category": "blur", "score": n % 1000 / 1000}, {"category": "glare", "present": n % 3 == 0}]
        answer = {"type": "result", "id": message["id"], "findings": found}
        if n % 7 == 0:
            answer = {"type": "error", "id": message["id"], "message": "not this one"}
    print(json.dumps(answer), flush=True)
"#;

#[test]
fn a_killed_run_goes_on_and_reports_the_same() {
    let kills: u64 = std::env::var("RETAKE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(4);
    let place = Place::new();
    let corpus = place.generate("corpus", &["--count", "60"]);
    std::fs::write(place.path("slow.py"), ANALYZER).unwrap();
    let spec = format!("cmd:python3 {}", place.path("slow.py").display());
    let evaluate = |run: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_retake"));
        command.args(["evaluate", "--workers", "2", "--analyzer", &spec, "--corpus"]).arg(&corpus);
        command.arg("--out").arg(place.path(run)).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let report = |run: &str| std::fs::read(place.path(run).join("report.json")).unwrap();
    let start = Instant::now();
    assert!(evaluate("whole").status().unwrap().success());
    let whole = start.elapsed();
    for kill in 0..kills {
        // Somewhere between the start of the program and the end of its report, several times for each run.
        let run = format!("killed-{}", kill / 3);
        let mut harness = evaluate(&run).spawn().unwrap();
        let share = (kill * 7919 % 1000) as f64 / 1000.0;
        std::thread::sleep(whole.mul_f64(share).min(Duration::from_secs(60)));
        // One that is done already cannot be killed, which is fine.
        let _ = harness.kill();
        harness.wait().unwrap();
    }
    for run in 0..kills.div_ceil(3) {
        let run = format!("killed-{run}");
        assert!(evaluate(&run).status().unwrap().success());
        assert_eq!(report(&run), report("whole"), "{run}");
    }
}
