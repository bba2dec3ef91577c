//! A run that is interrupted gives the same report as one that is not.

mod support;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use retake_eval::analyzer::{Analyzer, Description, FailureKind, Outcome, Request};
use retake_eval::corpus::{CorpusInfo, Images, InMemory, Sample};
use retake_eval::report::{self, Report};
use retake_eval::run::{Conditions, Folder, run};
use retake_eval::{Error, Result};
use support::{CATEGORIES, corpus, open, run_all, setup};

const SPEC: &str = "builtin:oracle?miss=0.2&false_alarm=0.1&abstain=0.05";

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}

#[test]
fn interruptions_leave_no_trace_in_the_report() {
    let images = corpus(120);
    let whole = tempfile::tempdir().unwrap();
    report::write(&run_all(whole.path(), SPEC, &images, &setup(1)).unwrap()).unwrap();

    let pieces = tempfile::tempdir().unwrap();
    let findings = pieces.path().join("findings.jsonl");
    for stop_at in [30, 70] {
        let setup = setup(2);
        let analyzer = open(SPEC, &setup).unwrap();
        let folder = run(
            pieces.path(),
            SPEC,
            &images,
            &*analyzer,
            &setup,
            &Conditions::new(&setup.limits),
            |progress| {
                if progress.done >= stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        )
        .unwrap();
        let done = folder.entries().unwrap().len();
        assert!((stop_at as usize..120).contains(&done), "{done}");
        // The end of a killed process: half a line, with a cut in the middle of everything.
        let text = std::fs::read(&findings).unwrap();
        std::fs::write(&findings, &text[..text.len() - 40]).unwrap();
        assert_eq!(folder.entries().unwrap().len(), done - 1);
        assert!(report::write(&folder).is_ok());
    }
    let resumed = run_all(pieces.path(), SPEC, &images, &setup(2)).unwrap();
    let entries = resumed.entries().unwrap();
    assert_eq!(entries.iter().map(|e| e.index).collect::<Vec<_>>(), (0..120).collect::<Vec<_>>());
    assert_eq!(entries.iter().map(|e| e.timing.session).collect::<BTreeSet<_>>().len(), 3);
    report::write(&resumed).unwrap();
    assert_eq!(bytes(whole.path(), "run.json"), bytes(pieces.path(), "run.json"));
    assert_eq!(bytes(whole.path(), report::FILE), bytes(pieces.path(), report::FILE));

    std::fs::remove_file(pieces.path().join(report::FILE)).unwrap();
    let timing = bytes(pieces.path(), report::TIMING_FILE);
    report::write(&Folder::read(pieces.path()).unwrap()).unwrap();
    assert_eq!(bytes(whole.path(), report::FILE), bytes(pieces.path(), report::FILE));
    assert_eq!(bytes(pieces.path(), report::TIMING_FILE), timing);
}

#[test]
fn a_folder_of_another_run_is_refused_with_the_difference() {
    let folder = tempfile::tempdir().unwrap();
    run_all(folder.path(), SPEC, &corpus(4), &setup(1)).unwrap();
    let refused = |spec: &str, images: &dyn Images| {
        let error = run_all(folder.path(), spec, images, &setup(1)).unwrap_err();
        assert!(matches!(error, Error::OtherRun { .. }), "{error}");
        error.to_string()
    };
    let message = refused("builtin:oracle?seed=2", &corpus(4));
    assert!(message.contains(SPEC) && message.contains("builtin:oracle?seed=2"), "{message}");
    let other = InMemory::new(support::info("other"), Vec::new());
    let message = refused(SPEC, &other);
    assert!(message.contains("blake3:test") && message.contains("blake3:other"), "{message}");

    let images = corpus(4);
    let setup = setup(1);
    let conditions = Conditions { threshold: 0.7, ..Conditions::new(&setup.limits) };
    let analyzer = open(SPEC, &setup).unwrap();
    let go_on = |_| ControlFlow::Continue(());
    let error = run(folder.path(), SPEC, &images, &*analyzer, &setup, &conditions, go_on).unwrap_err();
    assert!(error.to_string().contains("0.7"), "{error}");
}

#[test]
fn damage_in_the_middle_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_all(folder.path(), SPEC, &corpus(4), &setup(1)).unwrap();
    let path = folder.path().join("findings.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let kept = lines[1];
    lines[1] = "{}";
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    for problem in [run.entries().unwrap_err(), Report::build(&run).unwrap_err()] {
        let problem = problem.to_string();
        assert!(problem.contains("findings.jsonl:2: ") && !problem.contains("line 1"), "{problem}");
    }
    lines[1] = kept;
    lines[2] = kept;
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    assert!(run.entries().unwrap_err().to_string().contains("stands twice"));
}

#[test]
fn failures_are_asked_about_again_when_that_is_wished() {
    let folder = tempfile::tempdir().unwrap();
    let images = corpus(40);
    let answers = |count: usize| {
        let lines = (0..count).map(|i| format!("{{\"image_id\":\"{i:09}\",\"abstain\":true}}\n"));
        let ready =
            "{\"type\":\"ready\",\"name\":\"a\",\"version\":\"1\",\"categories\":[\"blur\"]}\n".to_owned();
        std::iter::once(ready).chain(lines).collect::<String>()
    };
    let path = folder.path().join("answers.jsonl");
    let spec = format!("predictions:{}", path.display());
    std::fs::write(&path, answers(30)).unwrap();
    let run = folder.path().join("run");
    let failed = |folder: &Folder| Report::build(folder).unwrap().outcomes.failures();
    assert_eq!(failed(&run_all(&run, &spec, &images, &setup(1)).unwrap()), 10);
    assert_eq!(failed(&run_all(&run, &spec, &images, &setup(1)).unwrap()), 10);
    let again = retake_eval::analyzer::Setup { retry_errors: true, ..setup(1) };
    let run = run_all(&run, &spec, &images, &again).unwrap();
    assert_eq!(failed(&run), 10);
    let sessions = run.entries().unwrap().iter().filter(|e| e.timing.session == 1).count();
    assert_eq!(sessions, 10, "only those that failed were asked about again");

    // Another file is another configuration, whatever it calls itself.
    std::fs::write(&path, answers(40)).unwrap();
    let error = run_all(run.path(), &spec, &images, &again).unwrap_err().to_string();
    assert!(error.contains("configuration"), "{error}");
}

/// Notes what it is handed, and panics on every tenth picture.
#[derive(Default)]
struct Curious {
    seen: Mutex<Vec<String>>,
}

impl Analyzer for Curious {
    fn describe(&self) -> Description {
        Description::new("curious", "1", CATEGORIES)
    }

    fn analyze(&self, request: &Request<'_>) -> Outcome {
        self.seen.lock().unwrap().push(request.id.to_owned());
        let text = String::from_utf8(request.image.bytes().unwrap().into_owned()).unwrap();
        assert!(!text.ends_with('0'), "no zeros, please");
        Outcome::Findings(vec![support::finding(CATEGORIES[0], 0.25)])
    }
}

#[test]
fn nothing_that_an_analyzer_sees_tells_which_image_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let images = corpus(60);
    let analyzer = Curious::default();
    let setup = setup(1);
    let conditions = Conditions::new(&setup.limits);
    let go_on = |_| ControlFlow::Continue(());
    let run = run(folder.path(), "curious", &images, &analyzer, &setup, &conditions, go_on).unwrap();
    let seen = analyzer.seen.into_inner().unwrap();
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 60);
    assert!(seen.iter().all(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit())));
    let order: Vec<usize> = std::fs::read_to_string(folder.path().join("findings.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<retake_eval::run::Entry>(line).unwrap().index)
        .collect();
    let rising = order.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!((15..45).contains(&rising), "the order is not shuffled: {order:?}");

    // A panic is the failure of one image.
    let report = Report::build(&run).unwrap();
    assert_eq!(report.outcomes.failed[&FailureKind::Crash], 6);
    assert_eq!(report.outcomes.judged, 54);
    assert!(report.outcomes.examples[&FailureKind::Crash].contains("no zeros, please"));
}

/// Fails to read one image until it is told otherwise.
struct Broken {
    images: InMemory,
    reads: AtomicUsize,
}

impl Images for Broken {
    fn corpus(&self) -> &CorpusInfo {
        self.images.corpus()
    }

    fn len(&self) -> usize {
        self.images.len()
    }

    fn get(&self, index: usize) -> Result<Sample> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if index == 7 {
            return Err(Error::Image { index, problem: "unreadable".to_owned() });
        }
        self.images.get(index)
    }
}

#[test]
fn an_unreadable_image_ends_the_run_and_keeps_what_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let images = Broken { images: corpus(40), reads: AtomicUsize::new(0) };
    let error = run_all(folder.path(), SPEC, &images, &setup(1)).unwrap_err();
    assert!(error.to_string().contains("image 7: unreadable"), "{error}");
    let done = Folder::read(folder.path()).unwrap().entries().unwrap().len();
    let resumed = run_all(folder.path(), SPEC, &corpus(40), &setup(1)).unwrap();
    assert_eq!(resumed.entries().unwrap().len(), 40);
    assert!(done < 40 && images.reads.into_inner() <= done + 3);
}
