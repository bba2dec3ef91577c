//! Releases against each other through the program: compare, gate, power and history, on photos labelled by hand, which
//! need no rendering.

mod common;

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use common::{Place, evaluate, json, photos, retake};
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;

const GOOD: &str = "builtin:oracle?miss=0.05&false_alarm=0.02&seed=1";
const BAD: &str = "builtin:oracle?miss=0.4&false_alarm=0.02&seed=2";

/// A corpus of photos, and runs on it.
struct Releases {
    place: Place,
    photos: PathBuf,
}

impl Releases {
    fn new(count: usize) -> Self {
        let place = Place::new();
        let folder = place.path("photos");
        photos(&folder, count);
        Self { place, photos: folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path(name)
    }

    fn run(&self, spec: &str, name: &str) -> PathBuf {
        let out = self.path(name);
        evaluate(spec, &["--corpus", self.photos.to_str().unwrap()], &out);
        out
    }
}

fn compare(arguments: &[&Path]) -> Command {
    let mut command = retake();
    command.arg("compare").args(arguments);
    command
}

fn out(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

#[test]
fn a_comparison_tells_what_got_worse_and_names_the_pictures() {
    let releases = Releases::new(360);
    let [good, bad, same] = [(GOOD, "good"), (BAD, "bad"), (GOOD, "same")].map(|(s, n)| releases.run(s, n));

    compare(&[&good, &same]).assert().success().stdout(contains("no change beyond chance"));
    let [markdown, file] = ["comparison.md", "comparison.json"].map(|name| releases.path(name));
    let mut command = compare(&[&good, &same, &bad]);
    command.args(["--list", "2", "--corpus"]).arg(&releases.photos);
    command.arg("--markdown").arg(&markdown).arg("--json").arg(&file);
    let said = out(&command.assert().code(1));
    for wanted in ["paired by image", "REGRESSED glare, misses", "REGRESSED beyond chance", "and 3"] {
        assert!(said.contains(wanted), "`{wanted}` is not in:\n{said}");
    }
    assert!(std::fs::read_to_string(markdown).unwrap().contains("| `glare` |"));
    let comparisons = json(&file);
    assert_eq!(comparisons.as_array().unwrap().len(), 2, "each later run against the first");
    let changes = comparisons[1]["changes"].as_array().unwrap();
    let broken: Vec<_> = changes.iter().filter(|c| c["fixed"] == false && c["category"] == "glare").collect();
    let test = &comparisons[1]["categories"][1]["recall"];
    assert!(test["broken"].as_u64().unwrap() <= broken.len() as u64 && broken.len() > 20);
    for change in changes {
        assert!(Path::new(change["file"].as_str().unwrap()).is_file(), "{change}");
    }
    // The other way round everything was fixed, and an improvement is no failure.
    compare(&[&bad, &good]).assert().success().stdout(contains("IMPROVED glare, misses"));
}

#[test]
fn runs_on_other_images_are_compared_only_when_that_is_asked_for_and_said() {
    let (here, there) = (Releases::new(300), Releases::new(240));
    let (good, bad) = (here.run(GOOD, "good"), there.run(BAD, "bad"));
    compare(&[&good, &bad])
        .assert()
        .code(2)
        .stderr(contains("different corpora").and(contains("--unpaired")));
    let unpaired = compare(&[&good, &bad]).arg("--unpaired").assert().code(1);
    unpaired.stdout(contains("UNPAIRED: as if on different images").and(contains("REGRESSED glare, misses")));
}

#[test]
fn synthetic_figures_are_set_beside_real_ones() {
    let (synthetic, real) = (Releases::new(240), Releases::new(180));
    let specs = ["miss=0.05", "miss=0.25", "miss=0.5&false_alarm=0.2"];
    let mut runs = Vec::new();
    for (i, options) in specs.iter().enumerate() {
        let spec = format!("builtin:oracle?{options}&seed={i}");
        runs.extend([synthetic.run(&spec, &format!("s{i}")), real.run(&spec, &format!("r{i}"))]);
    }
    let paths: Vec<&Path> = runs.iter().map(PathBuf::as_path).collect();
    let file = synthetic.path("corpora.json");
    let assert = compare(&paths).arg("--corpora").arg("--json").arg(&file).assert().success();
    // Three of one name and version are told apart by their options.
    let assert = assert.stdout(contains("builtin:oracle?miss=0.25&seed=1: synthetic, real"));
    assert.stdout(contains("rank correlation over the analyzers: glare recall +1.00"));
    let corpora = json(&file);
    assert_eq!(corpora["analyzers"].as_array().unwrap().len(), 3);
    assert_eq!(corpora["rank_correlation"]["glare"]["recall"], 1.0);
    compare(&paths[..3]).arg("--corpora").assert().code(2).stderr(contains("pairs of runs"));
}

#[test]
fn a_gate_lets_a_good_release_pass_and_stops_a_bad_one() {
    let releases = Releases::new(600);
    let [good, bad] = [(GOOD, "good"), (BAD, "bad")].map(|(spec, name)| releases.run(spec, name));
    let policy = releases.path("gate.toml");
    let init = |run: &Path| {
        let mut command = retake();
        command.args(["gate", "--init"]).arg(run).arg("--policy").arg(&policy);
        command.assert()
    };
    init(&good).success();
    init(&good).code(2).stderr(contains("there is a policy already"));
    let gate = |run: &Path, more: &[&Path]| {
        let mut command = retake();
        command.arg("gate").arg(run).arg("--policy").arg(&policy).args(more);
        command.assert()
    };
    let against = |baseline| [Path::new("--baseline"), baseline];
    // The speed of a machine is no matter of this test.
    let text = std::fs::read_to_string(&policy).unwrap();
    let slow = |line: &&str| !line.starts_with("min_images") && !line.starts_with("max_p99");
    let text = text.lines().filter(slow).collect::<Vec<_>>().join("\n");
    std::fs::write(&policy, &text).unwrap();

    gate(&good, &[]).success().stdout(contains("passed the gate"));
    let drops = ["[drop]", "recall = 0.0", "specificity = 0.0"];
    let with_drops = drops.iter().fold(text, |text, line| text.replacen(&format!("# {line}"), line, 1));
    std::fs::write(&policy, with_drops).unwrap();
    gate(&good, &against(&good)).success().stdout(contains("passed the gate"));
    gate(&good, &[]).code(2).stderr(contains("[drop] needs the run of an earlier release: give --baseline"));
    let [junit, markdown, verdict] = ["junit.xml", "summary.md", "gate.json"].map(|name| releases.path(name));
    let mut more = against(&good).to_vec();
    more.extend([
        Path::new("--junit"),
        &junit,
        Path::new("--markdown"),
        &markdown,
        Path::new("--json"),
        &verdict,
    ]);
    let said = gate(&bad, &more).code(1);
    said.stdout(contains("FAILED  drop.glare recall").and(contains("FAILED  category.glare recall")));
    let xml = std::fs::read_to_string(junit).unwrap();
    assert!(xml.contains("<testsuite name=\"drop.glare\"") && xml.contains("<failure"), "{xml}");
    let summary = std::fs::read_to_string(markdown).unwrap();
    assert!(summary.starts_with("### ") && summary.contains("**failed**") && summary.len() < 1 << 20);
    let verdict = json(&verdict);
    let failed =
        verdict["checks"].as_array().unwrap().iter().filter(|check| check["passed"] == false).count();
    assert!(verdict["passed"] == false && failed >= 4, "{verdict}");
}

#[test]
fn a_policy_of_the_worst_run_is_one_that_it_passes() {
    let releases = Releases::new(60);
    let run = releases.run("builtin:oracle?miss=1&false_alarm=1", "run");
    let policy = releases.path("gate.toml");
    let gate = |arguments: &[&str]| {
        let mut command = retake();
        command.arg("gate").args(arguments).arg(&run).arg("--policy").arg(&policy);
        command.assert()
    };
    gate(&["--init"]).success();
    assert!(std::fs::read_to_string(&policy).unwrap().contains("# recall: the run reached nothing"));
    gate(&[]).success().stdout(contains("passed the gate"));
}

#[test]
fn a_gate_says_when_it_cannot_tell() {
    let releases = Releases::new(36);
    let run = releases.run("builtin:oracle", "run");
    let policy = releases.path("gate.toml");
    std::fs::write(&policy, "version = 1\n[category.glare]\nrecall = 0.95\n[drop]\nrecall = 0.01\n").unwrap();
    let gate = || {
        let mut command = retake();
        command.arg("gate").arg(&run).arg("--policy").arg(&policy).arg("--baseline").arg(&run);
        command.assert()
    };
    let said = out(&gate().code(1));
    assert!(said.contains("even a perfect result on 12 images has a lower bound below 0.950"), "{said}");
    assert!(said.contains("a fall of 2.0 points would be noticed in"), "{said}");

    // A run that was cut short is not let through, and one without a single judgement is the analyzer's failure.
    let findings = run.join("findings.jsonl");
    let lines = std::fs::read_to_string(&findings).unwrap();
    let half: String = lines.split_inclusive('\n').take(18).collect();
    std::fs::write(&findings, half).unwrap();
    std::fs::write(&policy, "version = 1\n[run]\nmax_failures = 1.0\n").unwrap();
    gate().code(1).stdout(contains("the run is unfinished: 18 of 36 images"));
    let outcome = "\"outcome\":{\"failed\":{\"kind\":\"error\",\"message\":\"no\"}}";
    let failed = lines.lines().map(|line| {
        let (before, rest) = line.split_once("\"outcome\":").unwrap();
        format!("{before}{outcome},{}\n", &rest[rest.find("\"timing\"").unwrap()..])
    });
    std::fs::write(&findings, failed.collect::<String>()).unwrap();
    gate().code(3);
    std::fs::write(&findings, "").unwrap();
    gate().code(2).stderr(contains("the run has no outcome yet"));
}

#[test]
fn power_says_how_many_images_it_takes() {
    let releases = Releases::new(240);
    let run = releases.run(GOOD, "run");
    let power = |more: &[&str]| {
        let mut command = retake();
        command.args(["power", "--category", "glare", "--run"]).arg(&run).args(more);
        command.assert()
    };
    let said = out(&power(&["--drop", "0.02"]).success());
    assert!(said.contains("with the defect on, when the release only adds errors"), "{said}");
    assert!(said.contains("the run has 80,") && said.contains("TOO SMALL: a corpus like it needs"), "{said}");
    power(&["--minimum", "0.8"]).success().stdout(contains("the lower bound reaches 0.8 in 80 % of cases"));
    power(&["--drop", "0.99"]).code(2).stderr(contains("give a smaller --drop"));
    power(&[]).code(2);
    // Without a run there is no rate, so an answer for several.
    let mut several = retake();
    several.args(["power", "--category", "glare", "--drop", "0.02", "--minimum", "0.85"]);
    let said = out(&several.assert().success());
    let at = |rate: &str| {
        said.lines().find(|line| line.trim_start().starts_with(rate)).unwrap_or_default().to_owned()
    };
    assert!(
        at("0.90").contains("to notice a drop by 2.0 points")
            && at("0.90").contains("for a lower bound of 0.85"),
        "{said}"
    );
    assert!(at("0.80").contains("more than any number of for a lower bound"), "{said}");
    let mut by_hand = retake();
    by_hand.args(["power", "--category", "glare", "--rate", "0.9", "--drop", "0.02"]);
    by_hand.assert().success().stdout(contains("recall of glare: 0.900").and(contains("the run has").not()));
}

#[test]
fn history_shows_the_trend_as_table_plot_and_data() {
    let releases = Releases::new(120);
    let rates = [0.5, 0.3, 0.1];
    let runs = rates.map(|miss| releases.run(&format!("builtin:oracle?miss={miss}"), &format!("v{miss}")));
    let [svg, data] = ["history.svg", "history.json"].map(|name| releases.path(name));
    let mut command = retake();
    command
        .arg("history")
        .args(&runs)
        .args(["--metric", "recall", "--svg"])
        .arg(&svg)
        .arg("--json")
        .arg(&data);
    let said = out(&command.assert().success());
    assert!(said.contains("glare") && said.contains("macro"), "{said}");
    let plot = std::fs::read_to_string(svg).unwrap();
    assert!(plot.starts_with("<svg") && plot.trim_end().ends_with("</svg>"), "{plot}");
    assert!(json(&data).to_string().contains("recall"));
    retake()
        .arg("history")
        .args(&runs)
        .args(["--metric", "recal"])
        .assert()
        .code(2)
        .stderr(contains("recall"));
}

/// The steps of `action.yml`, as the runner carries them out: Bash with inputs in the environment.
#[cfg(unix)]
#[test]
fn the_action_evaluates_and_gates() {
    let releases = Releases::new(4);
    let run = releases.path("run");
    let summary = releases.path("step-summary.md");
    let program = Path::new(env!("CARGO_BIN_EXE_retake")).parent().unwrap();
    let search = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let policy = releases.path("gate.toml");
    let recipe = releases.place.recipe();
    let inputs = |analyzer: &str| {
        [
            ("analyzer", analyzer.to_owned()),
            ("recipe", recipe.display().to_string()),
            ("count", "16".to_owned()),
            ("policy", policy.display().to_string()),
            ("baseline", String::new()),
            ("run", run.display().to_string()),
        ]
    };
    let steps = action_steps();
    assert_eq!(steps.len(), 3, "install, evaluate, gate");
    let carry_out = |analyzer: &str| -> Vec<Option<i32>> {
        let mut codes = Vec::new();
        for step in &steps {
            let mut bash = std::process::Command::new("bash");
            bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &step.run]);
            bash.env("PATH", &search).env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"));
            bash.env("GITHUB_STEP_SUMMARY", &summary);
            for (name, value) in &step.environment {
                let input = inputs(analyzer).into_iter().find(|(input, _)| input == value);
                bash.env(name, input.unwrap_or_else(|| panic!("no input `{value}`")).1);
            }
            codes.push(bash.status().unwrap().code());
            if codes.last() != Some(&Some(0)) {
                break;
            }
        }
        codes
    };
    std::fs::write(&policy, "version = 1\n[macro]\nrecall = { at_least = 0.99, on = \"point\" }\n").unwrap();
    assert_eq!(carry_out("builtin:oracle"), [Some(0); 3]);
    assert!(std::fs::read_to_string(&summary).unwrap().contains("passed the gate"));
    for file in ["report.json", "junit.xml", "summary.md", "gate.json"] {
        assert!(run.join(file).is_file(), "{file}");
    }
    std::fs::remove_dir_all(&run).unwrap();
    assert_eq!(carry_out("builtin:oracle?miss=0.5"), [Some(0), Some(0), Some(1)]);
    assert!(std::fs::read_to_string(&summary).unwrap().contains("FAILED the gate"));
    std::fs::remove_dir_all(&run).unwrap();
    assert_eq!(carry_out("builtin:nobody"), [Some(0), Some(2)]);
}

/// A step of the action.
struct Step {
    /// Names of variables, and the inputs that they come from.
    environment: Vec<(String, String)>,
    run: String,
}

fn action_steps() -> Vec<Step> {
    let text = include_str!("../action.yml");
    let steps = text.split("    - name: ").skip(1);
    steps
        .map(|step| {
            let environment = step.lines().filter_map(|line| {
                let (name, value) = line.trim().split_once(": ${{ inputs.")?;
                Some((name.to_owned(), value.trim_end_matches(" }}").to_owned()))
            });
            let run = step.split_once("run: ").unwrap().1;
            Step {
                environment: environment.collect(),
                run: run.strip_prefix("|\n").unwrap_or(run).to_owned(),
            }
        })
        .collect()
}
