//! Analyzers that hang, die, lie and shout: each costs itself an image, and the run nothing.
#![cfg(unix)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use retake_eval::analyzer::{FailureKind, Limits, Outcome, Setup};
use retake_eval::run::Entry;
use support::{corpus, open, run_all, setup};

const IMAGES: usize = 12;

/// What all analyzers here share. `bad(request, n)` does its harm to the n-th picture that any process was asked about, and
/// says whether it has answered itself; `n` is counted in a file, so that it goes on over restarts. `victim` makes the
/// picture that came third the victim for good: whoever is asked about it, and however often, does harm.
const PRELUDE: &str = r#"
import fcntl, json, os, signal, subprocess, sys, time

os.environ["HOSTILE"] = sys.argv[1]  # so that the test finds what it starts

def say(message):
    sys.stdout.write(message if isinstance(message, str) else json.dumps(message))
    sys.stdout.write("\n")
    sys.stdout.flush()

def count():
    with open(sys.argv[1] + ".count", "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        n = len(file.read()) + 1
        file.write(".")
        return n

def victim(request, n):
    name = sys.argv[1] + ".victim"
    if n == 3:
        open(name, "w").write(request["id"])
    return os.path.exists(name) and open(name).read() == request["id"]

def ready(**more):
    say({"type": "ready", "name": "hostile", "version": "1", "categories": ["blur", "glare"], **more})

def result(request, score=0.25):
    return {"type": "result", "id": request["id"], "findings": [{"category": "blur", "score": score}]}

def serve(bad):
    hello = json.loads(sys.stdin.readline())
    assert hello["protocol"] == 1 and "glare" in hello["categories"]
    ready()
    for line in sys.stdin:
        request = json.loads(line)
        assert os.path.exists(request["images"][0]["path"])
        if not bad(request, count()):
            say(result(request))
"#;

struct Script {
    folder: tempfile::TempDir,
}

impl Script {
    fn new(body: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("analyzer.py"), format!("{PRELUDE}\n{body}\n")).unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("analyzer.py")
    }

    fn spec(&self) -> String {
        let path = self.path();
        format!("cmd:python3 '{0}' '{0}'", path.display())
    }

    fn run(&self, setup: &Setup) -> Vec<Entry> {
        let images = corpus(IMAGES);
        let entries = run_all(&self.folder.path().join("run"), &self.spec(), &images, setup).unwrap();
        let entries = entries.entries().unwrap();
        assert_eq!(entries.len(), IMAGES);
        entries
    }
}

fn failures(entries: &[Entry]) -> BTreeMap<FailureKind, Vec<String>> {
    let mut failures: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for entry in entries {
        if let Outcome::Failed(failure) = &entry.outcome {
            failures.entry(failure.kind).or_default().push(failure.message.clone());
        }
    }
    failures
}

/// Runs an analyzer that misbehaves whenever it meets one certain picture; exactly that one must fail, in the way that is
/// expected, however many pictures are with its processes, and whoever else is with them.
fn victim_fails(bad: &str, kind: FailureKind, reason: &str) {
    for (workers, in_flight) in [(1, 1), (2, 3)] {
        let script = Script::new(&format!(
            "def bad(request, n):\n    if not victim(request, n):\n        return False\n{bad}\n    return True\nserve(bad)"
        ));
        let entries = script.run(&Setup { in_flight, ..setup(workers) });
        let failures = failures(&entries);
        assert_eq!(failures.keys().copied().collect::<Vec<_>>(), [kind], "{bad}: {failures:?}");
        assert_eq!(failures[&kind].len(), 1, "{bad}: {failures:?}");
        assert!(failures[&kind][0].contains(reason), "{bad}: {failures:?}");
        assert_no_process_is_left(&script.path());
    }
}

/// No process on the machine has this script among its words or in its environment.
fn assert_no_process_is_left(script: &Path) {
    let script = script.to_str().unwrap().as_bytes();
    let left = || -> Vec<String> {
        let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
        let mentions = |path: &Path, file: &str| {
            std::fs::read(path.join(file)).is_ok_and(|text| text.windows(script.len()).any(|w| w == script))
        };
        let paths = processes.flatten().map(|process| process.path());
        paths
            .filter(|path| mentions(path, "cmdline") || mentions(path, "environ"))
            .map(|path| path.display().to_string())
            .collect()
    };
    let start = Instant::now();
    while !left().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(10), "still there: {:?}", left());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_hang_is_a_timeout() {
    victim_fails("    time.sleep(3600)", FailureKind::Timeout, "no answer within 1.5s");
}

#[test]
fn chatter_without_an_answer_is_a_timeout() {
    victim_fails("    while True: say('')", FailureKind::Timeout, "no answer within 1.5s");
}

#[test]
fn an_exit_is_a_crash_with_status_and_log() {
    let bad = "    sys.stderr.write('out of ideas\\n'); sys.exit(7)";
    victim_fails(bad, FailureKind::Crash, "exit status: 7");
    victim_fails(bad, FailureKind::Crash, "log: out of ideas");
}

#[test]
fn a_signal_is_a_crash() {
    victim_fails("    os.kill(os.getpid(), signal.SIGSEGV)", FailureKind::Crash, "signal: 11");
}

#[test]
fn a_closed_output_is_a_crash() {
    victim_fails("    os.close(1); time.sleep(3600)", FailureKind::Crash, "closed its output");
}

#[test]
fn a_closed_input_costs_nobody_anything() {
    let script = Script::new(
        "def bad(request, n):\n    if n != 3: return False\n    os.close(0); say(result(request)); sys.exit(0)\n\
         serve(bad)",
    );
    assert!(failures(&script.run(&setup(1))).is_empty());
    // One that closes it and lives on is found out when it does not answer.
    let script = Script::new(
        "def bad(request, n):\n    if n != 3: return False\n    os.close(0); say(result(request)); time.sleep(3600)\n\
         serve(bad)",
    );
    let failures = failures(&script.run(&setup(1)));
    assert_eq!(failures.keys().copied().collect::<Vec<_>>(), [FailureKind::Timeout]);
    assert_eq!(failures[&FailureKind::Timeout].len(), 1);
    assert_no_process_is_left(&script.path());
}

/// A process that crashes at its third picture, whichever that is, is weak; its pictures are not to blame.
#[test]
fn a_process_that_dies_every_third_time_scores_everything() {
    for (workers, in_flight) in [(1, 1), (2, 3)] {
        let script = Script::new(
            "mine = 0\n\
             def bad(request, n):\n    global mine\n    mine += 1\n    if mine == 3: os.abort()\n\
             serve(bad)",
        );
        let entries = script.run(&Setup { in_flight, ..setup(workers) });
        assert!(failures(&entries).is_empty(), "{:?}", failures(&entries));
        assert!(entries.iter().any(|entry| entry.timing.attempts == 2));
        assert!(entries.iter().all(|entry| entry.timing.attempts <= 2));
    }
}

/// Many threads in one process: answers come in any order, and several questions are with it at once.
#[test]
fn several_questions_are_with_a_process_at_once() {
    let script = Script::new(
        "import random, threading\n\
         lock = threading.Lock()\n\
         waiting = []\n\
         def bad(request, n):\n    waiting.append(request)\n    if len(waiting) == 4:\n        \
         random.shuffle(waiting)\n        for each in waiting: say(result(each))\n        waiting.clear()\n    return True\n\
         serve(bad)",
    );
    let entries = script.run(&Setup { in_flight: 4, ..setup(1) });
    assert!(failures(&entries).is_empty(), "{:?}", failures(&entries));
}

#[test]
fn a_drip_of_bytes_is_no_answer() {
    let bad = "    while True:\n        sys.stdout.write(' '); sys.stdout.flush(); time.sleep(0.02)";
    victim_fails(bad, FailureKind::Timeout, "no answer within 1.5s");
}

#[test]
fn a_line_without_end_is_cut() {
    let bad = "    for _ in range(1 << 20): sys.stdout.write('x' * 1024)";
    victim_fails(bad, FailureKind::Protocol, "more than 100000 bytes");
}

#[test]
fn one_that_never_reads_holds_nobody_up() {
    let script = Script::new("ready()\ntime.sleep(3600)");
    let entries = script.run(&Setup { in_flight: 64, ..setup(1) });
    assert_eq!(failures(&entries)[&FailureKind::Timeout].len(), IMAGES);
    assert_no_process_is_left(&script.path());
}

#[test]
fn one_that_always_hangs_is_given_up() {
    let limits = Limits { answer: Duration::from_millis(50), ..support::impatient() };
    let script = Script::new("serve(lambda request, n: time.sleep(3600))");
    let images = corpus(200);
    let setup = Setup { limits, ..setup(2) };
    let run = run_all(&script.folder.path().join("run"), &script.spec(), &images, &setup).unwrap();
    let failures = failures(&run.entries().unwrap());
    assert!((20..=22).contains(&failures[&FailureKind::Timeout].len()), "{failures:?}");
    assert!(failures[&FailureKind::Crash].iter().all(|m| m.contains("given up after 20 pictures")));
    assert_no_process_is_left(&script.path());
}

#[test]
fn nonsense_is_a_protocol_failure() {
    for (bad, reason) in [
        ("    say('Loading model ...')", "`Loading model ...`"),
        ("    sys.stdout.buffer.write(b'\\xff\\x00\\xfe\\n'); sys.stdout.flush()", "expected value"),
        ("    say('x' * 200_000)", "more than 100000 bytes"),
        ("    say('{\"type\": \"result\"')", "EOF while parsing"),
        ("    say({'type': 'outcome', 'id': request['id']})", "unknown variant `outcome`"),
        ("    say({**result(request), 'id': 'somebody else'})", "`somebody else`, which was not asked"),
        ("    say({'type': 'result', 'id': request['id']})", "needs `findings` or"),
        ("    ready()", "`ready` a second time"),
        ("    say(result(request, float('nan')))", "expected value"),
        ("    say(result(request, float('inf')))", "expected value"),
        ("    say(json.dumps(result(request)).replace('0.25', '1e999'))", "number out of range"),
        ("    say(result(request, 1.01))", "outside 0-1"),
        (
            "    r = result(request); r['findings'][0]['category'] = 'glair'; say(r)",
            "unknown category `glair`",
        ),
        ("    r = result(request); r['findings'][0]['category'] = 'backlit_face'; say(r)", "did not declare"),
        ("    r = result(request); del r['findings'][0]['score']; say(r)", "neither `score` nor `present`"),
    ] {
        victim_fails(bad, FailureKind::Protocol, reason);
    }
}

#[test]
fn its_own_error_is_an_error() {
    let bad = "    say({'type': 'error', 'id': request['id'], 'message': 'cannot decode'})";
    victim_fails(bad, FailureKind::Error, "cannot decode");
}

#[test]
fn answers_that_come_twice_or_with_more_keys_are_fine() {
    let script = Script::new(
        "def bad(request, n):\n    say({**result(request), 'note': 1}); say(result(request, 0.75)); return True\n\
         serve(bad)",
    );
    let entries = script.run(&setup(2));
    for entry in entries {
        let Outcome::Findings(findings) = entry.outcome else { panic!("{:?}", entry.outcome) };
        assert_eq!(findings[0].score, Some(0.25));
    }
}

#[test]
fn a_flood_of_log_is_bounded_and_kept() {
    let script = Script::new(
        "def bad(request, n):\n    sys.stderr.write('noise\\n' * 200_000); sys.stderr.write('end\\n')\nserve(bad)",
    );
    assert!(failures(&script.run(&setup(2))).is_empty());
    for worker in 0..2 {
        let log = script.folder.path().join(format!("run/logs/worker-{worker}.log"));
        let kept = std::fs::read_to_string(log).unwrap();
        assert!(kept.ends_with("noise\nend\n") && kept.len() <= 4096, "{}", kept.len());
    }
}

/// A child in the group, one that ignores the request to end, and a daemon that has left the group; all hold the pipes open.
#[test]
fn children_die_with_their_process() {
    for start in [
        "subprocess.Popen(['sleep', '3600'])",
        "subprocess.Popen([sys.executable, '-c', 'import signal,time; signal.signal(15, signal.SIG_IGN); time.sleep(3600)'])",
        "subprocess.Popen(['sleep', '3600'], start_new_session=True)",
    ] {
        if cfg!(not(target_os = "linux")) && start.contains("new_session") {
            continue;
        }
        for end in ["time.sleep(3600)", "os.abort()"] {
            let script = Script::new(&format!(
                "def bad(request, n):\n    if not victim(request, n): return False\n    {start}\n    {end}\nserve(bad)"
            ));
            let failed = failures(&script.run(&setup(1)));
            assert_eq!(failed.values().map(Vec::len).sum::<usize>(), 1, "{start} {end}: {failed:?}");
            assert_no_process_is_left(&script.path());
        }
    }
    // One that behaves, but leaves something behind.
    let script = Script::new(
        "subprocess.Popen(['sleep', '3600'], start_new_session=True)\nserve(lambda request, n: False)",
    );
    assert!(failures(&script.run(&setup(1))).is_empty());
    if cfg!(target_os = "linux") {
        assert_no_process_is_left(&script.path());
    }
}

#[test]
fn one_that_cannot_be_restarted_ends_the_run_all_the_same() {
    let script = Script::new(
        "if os.path.exists(sys.argv[1] + '.count'): sys.exit('no licence')\n\
         def bad(request, n):\n    if n == 3: sys.exit(1)\nserve(bad)",
    );
    let failures = failures(&script.run(&setup(1)));
    let crashes = &failures[&FailureKind::Crash];
    assert_eq!(crashes.len(), IMAGES - 2);
    let reason = |m: &&String| m.contains("given up after 3 starts") && m.contains("log: no licence");
    assert_eq!(crashes.iter().filter(reason).count(), IMAGES - 2, "{crashes:?}");
}

#[test]
fn one_that_never_starts_is_an_error_before_the_run() {
    for (body, reason) in [
        ("sys.exit('no model')", "no model"),
        ("say('hi')", "`hi`"),
        ("say({'type': 'ready', 'name': 'a', 'categories': ['glair']})", "unknown category `glair`"),
        ("say({'type': 'result', 'id': '1', 'abstain': True})", "answered before it said `ready`"),
        ("ready(version=str(os.getpid())); time.sleep(3600)", "describe themselves differently"),
    ] {
        let error = open(&Script::new(body).spec(), &setup(2)).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(reason), "{body}: {error}");
    }
    let limits = Limits { start: Duration::from_millis(300), ..support::impatient() };
    let quick = Setup { limits, ..setup(2) };
    let error = open(&Script::new("time.sleep(3600)").spec(), &quick).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("did not say `ready` within 300ms"), "{error}");
    let error = open("cmd:/no/such/program", &setup(1)).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("/no/such/program"), "{error}");
}

#[test]
fn categories_that_are_not_declared_are_no_misses() {
    let script = Script::new("serve(lambda request, n: False)");
    let images = corpus(IMAGES);
    let run = run_all(&script.folder.path().join("run"), &script.spec(), &images, &setup(1)).unwrap();
    let report = retake_eval::report::Report::build(&run).unwrap();
    let backlit = report.categories.iter().find(|c| c.category.id() == "backlit_face").unwrap();
    assert!(!backlit.supported && backlit.counts.unsupported > 0 && backlit.counts.present() == 0);
    assert!(backlit.metrics.values().all(|estimate| estimate.value.is_none()));
    assert_eq!(report.r#macro["recall"].n, 2);
    let table = retake_eval::report::table(&report, None);
    assert!(table.contains("not supported by the analyzer, left out: backlit_face"), "{table}");
}

#[test]
fn specs_that_mean_nothing_are_answered_with_what_would() {
    for (spec, reason) in [
        ("python3", "an analyzer is one of builtin:NAME"),
        ("exe:python3", "no kind `exe`"),
        ("cmd:", "names no program"),
        ("cmd:python3 'x", "a quote is left open"),
        ("builtin:baselin", "there is no built-in `baselin`; there are: oracle"),
        ("predictions:/no/such/file.jsonl", "/no/such/file.jsonl: "),
    ] {
        let error = open(spec, &setup(1)).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(reason), "{spec}: {error}");
    }
}
