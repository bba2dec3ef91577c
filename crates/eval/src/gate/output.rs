//! A verdict as text, Markdown and JUnit.

use std::fmt::Write as _;

use quick_junit::{NonSuccessKind, Report as JunitReport, TestCase, TestCaseStatus, TestSuite};

use super::{Check, Verdict};

/// What a step summary may hold, with room to spare (its limit is 1 MiB).
const MARKDOWN_LIMIT: usize = 1_000_000;

/// The verdict as text: failed checks first.
pub fn text(verdict: &Verdict) -> String {
    let mut out = format!("{}\n", heading(verdict));
    for check in sorted(verdict) {
        let mark = if check.passed { "passed" } else { "FAILED" };
        let _ = writeln!(out, "{mark}  {} {}: {}", check.group, check.name, check.message);
        if let Some(too_small) = &check.too_small {
            let _ = writeln!(out, "        the corpus is too small: {too_small}");
        }
    }
    out
}

/// The verdict as Markdown, below the limit of a step summary.
pub fn markdown(verdict: &Verdict) -> String {
    let mut out = format!("### {}\n\n| | check | found |\n|---|---|---|\n", heading(verdict));
    let checks = sorted(verdict);
    for (done, check) in checks.iter().enumerate() {
        let mark = if check.passed { "passed" } else { "**failed**" };
        let small =
            check.too_small.as_ref().map(|s| format!(" *The corpus is too small: {s}.*")).unwrap_or_default();
        let row = format!(
            "| {mark} | `{}` {} | {}{small} |\n",
            check.group,
            check.name,
            check.message.replace('|', "\\|")
        );
        if out.len() + row.len() > MARKDOWN_LIMIT {
            let _ = writeln!(out, "\n{} more checks are left out here.", checks.len() - done);
            break;
        }
        out.push_str(&row);
    }
    out
}

/// The verdict as JUnit XML: a suite per group, a case per check.
///
/// # Errors
/// Never for what a gate finds; the writer may refuse.
pub fn junit(verdict: &Verdict) -> Result<String, quick_junit::SerializeError> {
    let mut report = JunitReport::new("retake gate");
    let mut groups: Vec<&str> = verdict.checks.iter().map(|check| check.group.as_str()).collect();
    groups.dedup();
    for group in groups {
        let mut suite = TestSuite::new(group);
        for check in verdict.checks.iter().filter(|check| check.group == group) {
            let mut case = TestCase::new(check.name.as_str(), status(check));
            case.set_classname(format!("retake.gate.{group}"));
            let small = check
                .too_small
                .as_ref()
                .map(|s| format!("\nthe corpus is too small: {s}"))
                .unwrap_or_default();
            case.set_system_out(format!("{}{small}", check.message));
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn status(check: &Check) -> TestCaseStatus {
    if check.passed {
        return TestCaseStatus::success();
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type("gate").set_message(check.message.as_str());
    status
}

fn heading(verdict: &Verdict) -> String {
    let failed = verdict.checks.iter().filter(|check| !check.passed).count();
    let against =
        verdict.baseline.as_ref().map(|baseline| format!(" against {baseline}")).unwrap_or_default();
    let all = verdict.checks.len();
    match failed {
        0 => format!("{}{against} passed the gate: {all} checks", verdict.analyzer),
        _ => format!("{}{against} FAILED the gate: {failed} of {all} checks", verdict.analyzer),
    }
}

fn sorted(verdict: &Verdict) -> Vec<&Check> {
    let mut checks: Vec<&Check> = verdict.checks.iter().collect();
    checks.sort_by_key(|check| check.passed);
    checks
}
