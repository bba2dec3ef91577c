use super::*;
use crate::gate::policy::Policy;

fn parse(text: &str) -> crate::Result<Policy> {
    Policy::parse("gate.toml".as_ref(), text)
}

#[test]
fn mistakes_are_answered_with_line_and_key() {
    for (text, needle) in [
        ("version = 2\n[all]\nrecall = 0.9\n", "gate.toml:1: `version`"),
        ("version = 1\n", "asks for nothing"),
        ("version = 1\n[all]\nrecal = 0.9\n", "gate.toml:3: `all.recal`: there is no metric `recal`"),
        ("version = 1\n[all]\nrecall = 1.5\n", "gate.toml:3: `all.recall`"),
        ("version = 1\n[all]\nrecall = \"high\"\n", "gate.toml:3: "),
        ("version = 1\n[all]\nrecall = { at_least = 0.9, of = \"point\" }\n", "gate.toml:3: "),
        ("version = 1\n[category.glair]\nrecall = 0.9\n", "gate.toml:2: "),
        ("version = 1\n[run]\nmax_p99_ms = 0.0\n", "gate.toml:3: `run.max_p99_ms`"),
        ("version = 1\n[drop]\nrecall = -0.1\n", "gate.toml:3: `drop.recall`"),
        ("version = 1\ncolour = 3\n", "gate.toml:2: unknown field `colour`"),
    ] {
        let message = parse(text).unwrap_err().to_string();
        assert!(message.contains(needle), "{text}: {message}");
    }
}

#[test]
fn a_minimum_is_tested_on_the_bound_unless_it_says_otherwise() {
    let policy =
        parse("version = 1\n[all]\nrecall = 0.9\nf1 = { at_least = 0.9, on = \"point\" }\n").unwrap();
    let estimate = Estimate::wilson(0.95, 40.0, 40, crate::Method::Wilson);
    let bound = minimum_check("g", "recall", &estimate, &policy.all["recall"], Some(40));
    assert!(!bound.passed && bound.too_small.is_none(), "{bound:?}");
    assert!(minimum_check("g", "f1", &estimate, &policy.all["f1"], Some(40)).passed);
    let perfect = Estimate::wilson(1.0, 20.0, 20, crate::Method::Wilson);
    let small = minimum_check("g", "recall", &perfect, &policy.all["recall"], Some(20));
    assert!(!small.passed && small.too_small.as_ref().unwrap().contains("at least 35"), "{small:?}");
    assert!(!minimum_check("g", "recall", &Estimate::NONE, &policy.all["recall"], None).passed);
}

#[test]
fn a_summary_stays_below_its_limit_and_junit_escapes() {
    let check = Check {
        group: "run".to_owned(),
        name: "a<b".to_owned(),
        passed: false,
        message: "x & y | z ".repeat(100),
        too_small: None,
    };
    let verdict =
        Verdict { analyzer: "a 1".to_owned(), baseline: None, passed: false, checks: vec![check; 3000] };
    let markdown = markdown(&verdict);
    assert!(markdown.len() < 1 << 20 && markdown.contains("more checks are left out"));
    let xml = junit(&verdict).unwrap();
    assert!(xml.contains("a&lt;b") && xml.contains("failures=\"3000\""));
}

#[test]
fn the_documented_policy_is_one() {
    let page = include_str!("../../../../docs/gate.md");
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let policy = parse(example).unwrap();
    assert_eq!(policy.all["precision"].on(), On::Point);
    assert_eq!(policy.category[&Category::GLARE]["recall"].at_least(), 0.85);
}
