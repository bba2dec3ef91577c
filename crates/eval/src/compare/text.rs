//! Comparisons as text.

use std::fmt::Write as _;

use super::{Change, Comparison, Corpora, Test, Verdict};
use crate::Difference;

/// Metrics that get a column.
const COLUMNS: [&str; 4] = ["recall", "specificity", "precision", "f1"];

/// The comparison as aligned text, in percent.
pub fn table(comparison: &Comparison) -> String {
    let heads = std::iter::once("category").chain(COLUMNS).map(str::to_owned);
    let mut rows: Vec<Vec<String>> = vec![heads.collect()];
    for category in &comparison.categories {
        let cells = COLUMNS.iter().map(|metric| change(&category.metrics[*metric]));
        rows.push(std::iter::once(category.category.to_string()).chain(cells).collect());
    }
    if comparison.paired {
        let cells = COLUMNS.iter().map(|metric| points(&comparison.r#macro[*metric]));
        rows.push(std::iter::once("macro".to_owned()).chain(cells).collect());
    }
    let width = |at: usize| rows.iter().map(|row| row[at].len()).max().unwrap_or(0);
    let mut out = heading(comparison);
    for row in &rows {
        let _ = write!(out, "{:1$}", row[0], width(0));
        for (at, cell) in row.iter().enumerate().skip(1) {
            let _ = write!(out, "  {cell:>0$}", width(at));
        }
        out.push('\n');
    }
    for note in notes(comparison) {
        let _ = writeln!(out, "{note}");
    }
    out
}

/// The comparison as Markdown.
pub fn markdown(comparison: &Comparison) -> String {
    let mut out = heading(comparison);
    let _ = writeln!(out, "\n| category | {} |\n|---|{}", COLUMNS.join(" | "), "---:|".repeat(COLUMNS.len()));
    for category in &comparison.categories {
        let cells = COLUMNS.map(|metric| change(&category.metrics[metric]));
        let _ = writeln!(out, "| `{}` | {} |", category.category, cells.join(" | "));
    }
    for note in notes(comparison) {
        let _ = write!(out, "\n- {note}");
    }
    out.push('\n');
    out
}

fn heading(comparison: &Comparison) -> String {
    let runs = [&comparison.before, &comparison.after];
    let names = runs.map(|run| format!("{} {}", run.analyzer.name, run.analyzer.version));
    // One version with two sets of options is told apart by these.
    let alike = names[0] == names[1] && runs[0].spec != runs[1].spec;
    let [before, after] = if alike { runs.map(|run| run.spec.clone()) } else { names };
    let how = if comparison.paired { "paired by image" } else { "UNPAIRED: as if on different images" };
    format!("{after} against {before} on {} images, {how}\n", comparison.images)
}

/// `91.0 +2.5 (0.4 4.6)`: after, the change in points, and its interval.
fn change(change: &Change) -> String {
    match change.after.value {
        Some(after) => format!("{:.1} {}", 100.0 * after, points(&change.difference)),
        None => "-".to_owned(),
    }
}

fn points(difference: &Difference) -> String {
    match (difference.value, difference.low, difference.high) {
        (Some(value), Some(low), Some(high)) => {
            format!("{:+.1} ({:+.1} {:+.1})", 100.0 * value, 100.0 * low, 100.0 * high)
        }
        _ => "-".to_owned(),
    }
}

fn notes(comparison: &Comparison) -> Vec<String> {
    let mut notes = vec!["percent after, change in points with 95 % interval".to_owned()];
    if comparison.left_out > 0 {
        notes.push(format!("{} images are in one run only, and left out", comparison.left_out));
    }
    notes.extend(comparison.tests().filter_map(|(category, what, test)| {
        said(category.as_ref().map_or("all categories", |category| category.id()), test, what)
    }));
    let verdict = match (comparison.regressed(), comparison.improved()) {
        (true, _) => "REGRESSED beyond chance",
        (false, true) => "improved beyond chance, and regressed nowhere",
        (false, false) => "no change beyond chance",
    };
    notes.push(verdict.to_owned());
    notes
}

fn said(of: &str, test: &Test, what: &str) -> Option<String> {
    let verdict = match test.verdict {
        Verdict::Improved => "IMPROVED ",
        Verdict::Regressed => "REGRESSED ",
        Verdict::Unchanged => "",
    };
    // No chance is none.
    let chance = |p: f64| if p < 0.0005 { "< 0.001".to_owned() } else { format!("{p:.3}") };
    let numbers = format!("p {}, adjusted {}", chance(test.p), chance(test.adjusted_p));
    let moved = test.fixed + test.broken > 0;
    let counts = format!("{} fixed, {} broken; ", test.fixed, test.broken);
    (moved || !verdict.is_empty())
        .then(|| format!("{verdict}{of}, {what}: {}{numbers}", if moved { &counts } else { "" }))
}

/// What carries over from one corpus to another, as aligned text.
pub fn carried_table(corpora: &Corpora) -> String {
    let mut out = String::new();
    for analyzer in &corpora.analyzers {
        let _ = writeln!(
            out,
            "{}: synthetic, real, and the difference in points with 95 % interval",
            analyzer.analyzer
        );
        for category in &analyzer.categories {
            for (metric, figures) in &category.metrics {
                if let (Some(a), Some(b)) = (figures.synthetic.value, figures.real.value) {
                    let (a, b, difference) = (100.0 * a, 100.0 * b, points(&figures.difference));
                    let _ =
                        writeln!(out, "  {:20} {metric:12} {a:5.1} {b:5.1}  {difference}", category.category);
                }
            }
        }
    }
    for (category, metrics) in &corpora.rank_correlation {
        for (metric, rho) in metrics {
            let _ = writeln!(out, "rank correlation over the analyzers: {category} {metric} {rho:+.2}");
        }
    }
    out
}
