//! Scores cases from standard input: the door through which `scripts/peers/check_metrics.py` compares
//! the metrics with those of other libraries.
//!
//! A line is `{"columns": [[{"cluster": 0, "truth": true, "present": true, "score": 0.7}, ...], ...]}`, one column per
//! category; a case with neither `present` nor `score` was not answered. The answer is a line
//! `{"columns": [{"recall": ESTIMATE, ...}, ...], "micro": {...}, "macro": {...}}`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _};

use retake_eval::Estimate;
use retake_eval::metrics::{self, Answer, Case, Cases, Macro};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Input {
    columns: Vec<Vec<InputCase>>,
}

#[derive(Deserialize)]
struct InputCase {
    cluster: u32,
    truth: bool,
    present: Option<bool>,
    score: Option<f64>,
}

#[derive(Serialize)]
struct Output {
    columns: Vec<BTreeMap<&'static str, Estimate>>,
    micro: BTreeMap<&'static str, Estimate>,
    r#macro: BTreeMap<&'static str, Estimate>,
}

fn cases(column: &[InputCase]) -> Cases {
    let answer = |case: &InputCase| match (case.present, case.score) {
        (None, None) => Answer::Failed,
        (present, score) => {
            let present = present.unwrap_or(score >= Some(0.5));
            Answer::Decided { present, score: score.unwrap_or(f64::from(u8::from(present))) }
        }
    };
    let clusters = column.iter().map(|case| case.cluster + 1).max().unwrap_or(0);
    let scored = column.iter().any(|case| case.score.is_some());
    let cases = column.iter().map(|case| Case::new(case.cluster, case.truth, answer(case)));
    Cases::new(cases.collect(), clusters, scored)
}

fn score(input: &Input) -> Output {
    let columns: Vec<Cases> = input.columns.iter().map(|column| cases(column)).collect();
    let all = columns.iter().flat_map(|cases| cases.as_slice()).copied().collect();
    let clusters = columns.iter().map(Cases::clusters).max().unwrap_or(0);
    let pooled = Cases::new(all, clusters, columns.iter().any(Cases::scored));
    let of = |cases: &Cases| metrics::ALL.iter().map(|m| (m.id(), m.assess(cases).estimate)).collect();
    let macro_of = |metric: &dyn metrics::Metric| {
        let mut mean = Macro::default();
        columns.iter().for_each(|cases| mean.add(&metric.assess(cases)));
        mean.finish()
    };
    let pooling = metrics::ALL.iter().filter(|m| m.pools());
    Output {
        columns: columns.iter().map(of).collect(),
        micro: pooling.map(|m| (m.id(), m.assess(&pooled).estimate)).collect(),
        r#macro: metrics::ALL.iter().map(|m| (m.id(), macro_of(*m))).collect(),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let input: Input = serde_json::from_str(&line?)?;
        serde_json::to_writer(&mut out, &score(&input))?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(())
}
