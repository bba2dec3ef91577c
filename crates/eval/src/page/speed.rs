//! Throughput and latency.

use serde::Serialize;

use super::Page;
use super::plot::histogram;
use super::svg::Markup;
use super::words::{count, three_digits};
use crate::analyzer::Outcome;

/// How fast the run was.
#[derive(Serialize)]
pub(super) struct Speed {
    /// Title, this run's value, the baseline's.
    rows: Vec<[String; 3]>,
    has_baseline: bool,
    drawing: Option<Markup>,
}

impl Speed {
    /// `None` where nothing was timed.
    pub(super) fn of(page: &Page<'_>) -> Option<Self> {
        let now = page.run.timing?;
        let before = page.baseline.and_then(|side| side.timing);
        let latency = |get: fn(&crate::report::Latency) -> f64| {
            let text = |t: &crate::report::TimingReport| {
                t.latency.as_ref().map(|l| format!("{} ms", three_digits(get(l)))).unwrap_or_default()
            };
            [text(now), before.map(text).unwrap_or_default()]
        };
        let rate =
            |t: &crate::report::TimingReport| t.images_per_second.map(three_digits).unwrap_or_default();
        let time = |t: &crate::report::TimingReport| format!("{} s", three_digits(t.seconds));
        let quantiles = [
            ("Latency, median", latency(|l| l.p50_ms)),
            ("Latency, 90 % within", latency(|l| l.p90_ms)),
            ("Latency, 99 % within", latency(|l| l.p99_ms)),
        ];
        let row = |title: &str, [now, before]: [String; 2]| [title.to_owned(), now, before];
        let mut rows = vec![
            row("Images per second", [rate(now), before.map(rate).unwrap_or_default()]),
            row("Time of the run", [time(now), before.map(time).unwrap_or_default()]),
        ];
        rows.extend(quantiles.map(|(title, values)| row(title, values)));
        Some(Self { rows, has_baseline: before.is_some(), drawing: drawing(page) })
    }
}

fn drawing(page: &Page<'_>) -> Option<Markup> {
    let latency = page.run.timing?.latency?;
    let judged = page.run.entries.iter().filter(|entry| matches!(entry.outcome, Outcome::Findings(_)));
    let times: Vec<f64> =
        judged.map(|entry| entry.timing.latency_ms).filter(|ms| ms.is_finite() && *ms >= 0.0).collect();
    let longest = times.iter().copied().fold(0.0, f64::max);
    // Rare long ones would press all others into the first bins.
    let end = (1.25 * latency.p99_ms).min(longest).max(1e-3);
    let [p50, p90, p99] = [latency.p50_ms, latency.p90_ms, latency.p99_ms];
    let label = format!(
        "Latency of {} judged images: half within {} ms, 90 % within {} ms, 99 % within {} ms, the longest {} ms",
        count(times.len() as u64),
        three_digits(p50),
        three_digits(p90),
        three_digits(p99),
        three_digits(longest)
    );
    Some(histogram::draw(&times, end, " ms", &[("median", p50), ("90 %", p90), ("99 %", p99)], &label))
}
