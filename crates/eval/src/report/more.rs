//! What a report shows on request, as text.

use std::fmt::Write as _;

use super::Report;
use super::table::percent;
use crate::analysis::prevalence::Restated;
use crate::analysis::threshold::Calibrated;

/// Precision under a profile, as aligned text.
pub fn prevalence_table(restated: &Restated) -> String {
    let mut out = format!(
        "precision under profile `{}`: {}\n{:20}{:>12}{:>18}\n",
        restated.profile, restated.description, "category", "prevalence", "precision"
    );
    for (category, of) in &restated.categories {
        let prevalence = format!("{:.2} %", 100.0 * of.prevalence);
        let _ = writeln!(out, "{category:20}{prevalence:>12}{:>18}", percent(&of.precision));
    }
    let _ = writeln!(out, "{:20}{:>12}{:>18}", "all calls", "", percent(&restated.overall));
    out
}

/// The metrics at thresholds that were chosen on other samples, as aligned text.
pub fn calibrated_table(calibrated: &Calibrated) -> String {
    let columns = ["precision", "recall", "f1", "specificity"];
    let mut out = format!(
        "thresholds chosen on {} images, judged on the {} of other samples\n{:20}{:>10}",
        calibrated.chosen_on, calibrated.judged_on, "category", "threshold"
    );
    for column in columns {
        let _ = write!(out, "{column:>16}");
    }
    out.push('\n');
    for category in &calibrated.categories {
        let _ = write!(out, "{:20}{:>10.3}", category.category, category.threshold);
        for column in columns {
            let _ = write!(out, "{:>16}", percent(&category.metrics[column]));
        }
        out.push('\n');
    }
    let _ = write!(out, "{:20}{:>10}", "macro", "");
    for column in columns {
        let _ = write!(out, "{:>16}", percent(&calibrated.r#macro[column]));
    }
    out.push('\n');
    out
}

/// From where on each defect is found, and the worst slices, a line each.
pub fn details(report: &Report) -> String {
    let mut out = String::new();
    for psychometric in report.categories.iter().filter_map(|category| category.psychometric.as_ref()) {
        let _ = writeln!(out, "{}", psychometric.sentence);
    }
    for worst in &report.slices.worst {
        let surely = if worst.beyond_chance { "" } else { " (not beyond chance)" };
        let _ = writeln!(
            out,
            "worst {} of {}: {} = {}, {} (n {}) against {} elsewhere{surely}",
            worst.metric,
            worst.category,
            worst.attribute,
            worst.value,
            percent(&worst.estimate),
            worst.estimate.n,
            percent(&worst.rest)
        );
    }
    if out.is_empty() {
        let _ = writeln!(out, "too few images to say from where on a defect is found, or to rank slices");
    }
    out
}
