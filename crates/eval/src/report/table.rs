//! A report as text, for a terminal of 100 columns and for Markdown.

use std::fmt::Write as _;

use super::{CategoryReport, Report, TimingReport};
use crate::Estimate;
use crate::metrics;
use crate::score::Coincidence;

/// The metrics that get a column; all are in `report.json`.
const COLUMNS: [&str; 6] = ["precision", "recall", "f1", "specificity", "average_precision", "auroc"];
const CELL: usize = 13;
const COUNT: usize = 5;

/// The report as aligned text, in percent with 95 % intervals, followed by notes on what the table leaves out.
pub fn table(report: &Report, timing: Option<&TimingReport>) -> String {
    let rows = rows(report);
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max("category".len());
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write!(out, "{:width$}{:>COUNT$}", "category", "n+");
    for title in titles() {
        let _ = write!(out, "{title:>CELL$}");
    }
    out.push('\n');
    for row in &rows {
        if row.is_average && !out.ends_with("-\n") && row.name == "micro" {
            let _ = writeln!(out, "{}", "-".repeat(width + COUNT + COLUMNS.len() * CELL));
        }
        let _ = write!(out, "{:width$}{:>COUNT$}", row.name, row.count);
        for cell in &row.cells {
            let _ = write!(out, "{cell:>CELL$}");
        }
        out.push('\n');
    }
    for note in notes(report, timing) {
        let _ = writeln!(out, "{note}");
    }
    out
}

/// The report as a Markdown table with the same notes.
pub fn markdown(report: &Report, timing: Option<&TimingReport>) -> String {
    let mut out = String::from("| category | n+ |");
    for title in titles() {
        let _ = write!(out, " {title} |");
    }
    let _ = writeln!(out, "\n|---|---:|{}", "---:|".repeat(COLUMNS.len()));
    for row in rows(report) {
        let name = if row.is_average { format!("*{}*", row.name) } else { format!("`{}`", row.name) };
        let _ = writeln!(out, "| {name} | {} | {} |", row.count, row.cells.join(" | "));
    }
    for note in notes(report, timing) {
        let _ = write!(out, "\n- {note}");
    }
    out.push('\n');
    out
}

struct Row {
    name: String,
    count: String,
    cells: Vec<String>,
    is_average: bool,
}

fn titles() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().filter_map(|id| metrics::by_id(id)).map(|metric| metric.title())
}

fn rows(report: &Report) -> Vec<Row> {
    let cells = |of: &std::collections::BTreeMap<String, Estimate>| -> Vec<String> {
        COLUMNS.iter().map(|id| of.get(*id).map_or_else(|| "-".to_owned(), percent)).collect()
    };
    let categories = report.categories.iter().map(|category| Row {
        name: category.category.id().to_owned(),
        count: short(category.counts.present()),
        cells: if category.supported {
            cells(&category.metrics)
        } else {
            std::iter::once("unsupported".to_owned())
                .chain(std::iter::repeat_n(String::new(), COLUMNS.len() - 1))
                .collect()
        },
        is_average: false,
    });
    let averages = [("micro", &report.micro), ("macro", &report.r#macro)];
    let averages = averages.map(|(name, of)| Row {
        name: name.to_owned(),
        count: String::new(),
        cells: cells(of),
        is_average: true,
    });
    categories.chain(averages).collect()
}

/// `93.1 88-96`: the value with one decimal, the ends rounded outwards to whole percent.
pub(crate) fn percent(estimate: &Estimate) -> String {
    match (estimate.value, estimate.low, estimate.high) {
        (Some(value), Some(low), Some(high)) => {
            format!("{:.1} {:.0}-{:.0}", 100.0 * value, (100.0 * low).floor(), (100.0 * high).ceil())
        }
        _ => "-".to_owned(),
    }
}

/// A count in at most four characters.
fn short(count: u64) -> String {
    match count {
        0..=9_999 => count.to_string(),
        10_000..=999_999 => format!("{}k", count / 1_000),
        _ => format!("{}M", count / 1_000_000),
    }
}

fn notes(report: &Report, timing: Option<&TimingReport>) -> Vec<String> {
    let mut notes = vec!["percent with 95 % interval; n+: images with the defect".to_owned()];
    let total = report.run.corpus.images;
    if report.images < total {
        notes.push(format!("unfinished: {} of {total} images", report.images));
    }
    let list = |of: &dyn Fn(&CategoryReport) -> Option<String>| -> Option<String> {
        let items: Vec<String> = report.categories.iter().filter_map(of).collect();
        (!items.is_empty()).then(|| items.join(", "))
    };
    notes.extend(
        list(&|c| (c.counts.borderline > 0).then(|| format!("{} {}", c.category, c.counts.borderline)))
            .map(|items| format!("borderline, left out: {items}")),
    );
    notes.extend(
        list(&|c| (!c.supported).then(|| c.category.to_string()))
            .map(|items| format!("not supported by the analyzer, left out: {items}")),
    );
    notes.extend(
        list(&confusion).map(|items| format!("false alarms that coincide with another defect: {items}")),
    );
    let outcomes = &report.outcomes;
    if outcomes.abstained > 0 {
        notes.push(format!(
            "abstained on {} images: counted as misses and as not cleared",
            outcomes.abstained
        ));
    }
    if outcomes.failures() > 0 {
        let kinds = outcomes.failed.iter().filter(|(_, n)| **n > 0).map(|(kind, n)| format!("{n} {kind}"));
        let kinds = kinds.collect::<Vec<_>>().join(", ");
        let failures = outcomes.failures();
        notes.push(format!("failed on {failures} images ({kinds}): counted as misses and as not cleared"));
        notes.extend(outcomes.examples.iter().map(|(kind, example)| format!("  {kind}, image {example}")));
    }
    notes.extend(timing.and_then(throughput));
    notes
}

/// The other defect on which a category's false alarms are the most common, if they are more so than elsewhere.
fn confusion(category: &CategoryReport) -> Option<String> {
    let absent = category.counts.absent();
    let overall = category.counts.fp as f64 / absent.max(1) as f64;
    let rate = |of: &Coincidence| of.false_alarms as f64 / of.images as f64;
    let confused = category.confused_with.iter().filter(|(_, of)| of.exceeds(overall));
    let (other, worst) = confused.max_by(|a, b| rate(a.1).total_cmp(&rate(b.1)))?;
    let percent = 100.0 * rate(worst);
    Some(format!(
        "{}: false alarms on {percent:.0} % of images with {other}, on {:.0} % of all",
        category.category,
        100.0 * overall
    ))
}

fn throughput(timing: &TimingReport) -> Option<String> {
    let rate = timing.images_per_second?;
    let mut line = format!("{rate:.1} images/s over {:.1} s", timing.seconds);
    if let Some(latency) = timing.latency {
        let _ = write!(
            line,
            "; latency p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms",
            latency.p50_ms, latency.p90_ms, latency.p99_ms
        );
    }
    Some(line)
}
