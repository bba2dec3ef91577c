//! The verdict in plain words: what a release manager reads first.

use super::words::{self, counted, in_words, lower_title};
use super::{Page, overview};
use crate::Estimate;
use crate::report::{CategoryReport, Report};

/// The sentences, the most important first. Never empty.
pub(super) fn sentences(page: &Page<'_>) -> Vec<String> {
    let report = page.run.report;
    let all = [
        Some(average(report)),
        weakest(report),
        false_alarms(report),
        unanswered(report),
        unsupported(report),
    ];
    all.into_iter().flatten().collect()
}

fn metric<'a>(row: &'a CategoryReport, id: &str) -> &'a Estimate {
    row.metrics.get(id).unwrap_or(&Estimate::NONE)
}

fn average(report: &Report) -> String {
    let mean = |id: &str| report.r#macro.get(id).unwrap_or(&Estimate::NONE);
    let finds = in_words(mean("recall")).map(|recall| format!("finds {recall} of the defects"));
    let clears = in_words(mean("specificity")).map(|rate| format!("clears {rate} of the images without"));
    match [finds, clears].into_iter().flatten().collect::<Vec<_>>().as_slice() {
        [] => "There is nothing to measure: no image with a clear truth was judged.".to_owned(),
        parts => {
            let n = mean("recall").n.max(mean("specificity").n);
            let over = if n == 1 { String::new() } else { format!(", on average over {n} categories") };
            let mut sentence = parts.join(" and ") + &over + ".";
            sentence[..1].make_ascii_uppercase();
            sentence
        }
    }
}

fn weakest(report: &Report) -> Option<String> {
    let with_recall = report.categories.iter().filter_map(|row| Some((row, metric(row, "recall").value?)));
    let mut rows: Vec<_> = with_recall.collect();
    rows.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (row, recall) = *rows.first()?;
    if recall >= 1.0 {
        return Some("It missed nothing.".to_owned());
    }
    let told = in_words(metric(row, "recall"))?;
    // Others are as weak for all one can tell when their value lies in the weakest one's interval.
    let high = metric(row, "recall").high?;
    let close: Vec<_> =
        rows[1..].iter().filter(|(_, v)| *v <= high).map(|(r, _)| lower_title(r.category)).collect();
    let also = match close.len() {
        0 => String::new(),
        1 | 2 => format!("; {} may be no better", words::list(&close)),
        n => format!("; {n} others may be no better"),
    };
    Some(format!("Weakest: {}, of which it finds {told}{also}.", lower_title(row.category)))
}

fn false_alarms(report: &Report) -> Option<String> {
    let supported = || report.categories.iter().filter(|row| row.supported);
    let total: u64 = supported().map(|row| row.counts.fp).sum();
    if supported().all(|row| row.counts.absent() == 0) {
        return None;
    }
    if total == 0 {
        return Some("It raised no false alarm.".to_owned());
    }
    let worst = supported().max_by_key(|row| row.counts.fp)?;
    let fp = worst.counts.fp;
    let share = if 2 * fp > total { "most of them" } else { "the largest part of them" };
    let of = if fp == total { "all of them".to_owned() } else { format!("{share} ({fp})") };
    let cause = cause(worst).map_or_else(String::new, |cause| format!(", {cause}"));
    Some(format!("{}, {of} for {}{cause}.", counted(total, "false alarm"), lower_title(worst.category)))
}

/// On which other defect a category's false alarms gather, where they do so beyond chance.
fn cause(row: &CategoryReport) -> Option<String> {
    let overall = row.counts.fp as f64 / row.counts.absent().max(1) as f64;
    let beyond = row.confused_with.iter().filter(|(_, of)| of.exceeds(overall));
    let (other, of) = beyond.max_by_key(|(_, of)| of.false_alarms)?;
    Some(format!("{} of these on images with {}", words::count(of.false_alarms), lower_title(*other)))
}

fn unanswered(report: &Report) -> Option<String> {
    let outcomes = &report.outcomes;
    let mut kinds = Vec::new();
    if outcomes.abstained > 0 {
        kinds.push(counted(outcomes.abstained, "abstention"));
    }
    let failed = outcomes.failed.iter().filter(|(_, n)| **n > 0);
    kinds.extend(failed.map(|(kind, n)| format!("{} {kind}", words::count(*n))));
    let n = outcomes.abstained + outcomes.failures();
    (n > 0).then(|| format!("No answer on {}: {}.", counted(n, "image"), words::list(&kinds)))
}

fn unsupported(report: &Report) -> Option<String> {
    let names = overview::unsupported(&report.categories);
    (!names.is_empty()).then(|| format!("Not judged by it: {}.", words::list(&names)))
}
