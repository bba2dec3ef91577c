//! Bad input: exit code 2, one clear message, nothing lost, nothing half-written that looks whole.

mod common;

use std::fs;
use std::path::Path;

use assert_cmd::assert::Assert;
use common::{Place, SMALL, retake, tree};
use predicates::str::contains;

/// Exit code 2 and a message of one line that starts with the program's name and holds all of these.
fn refused(assert: Assert, wanted: &[&str]) {
    let assert = assert.code(2);
    let message = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert_eq!(message.trim_end().lines().count(), 1, "one message: {message}");
    assert!(message.starts_with("retake: "), "{message}");
    for part in wanted {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
}

#[test]
fn recipes_are_refused_with_line_column_and_what_would_be_right() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("seed = 11", "sead = 11", &["bad.toml:5:1", "sead", "seed"]),
        ("seed = 11", "seed = \"eleven\"", &["bad.toml:5:8", "u64"]),
        ("count = 24", "count = 0", &["bad.toml:6:1", "1 to 999999999"]),
        ("glare = 1.0", "glair = 1.0", &["glair", "did you mean `glare`"]),
        ("glare = 1.0", "expired = 1.0", &["bad.toml:", "expired", "cannot be rendered", "glare"]),
        ("glare = 1.0", "glare = -1.0", &["bad.toml:", "no weight"]),
        ("companions = 0.1", "companions = 1.5", &["bad.toml:8:1", "0.0 to 1.0"]),
        ("\"dl_utopia/front\"", "\"dl_utopia/top\"", &["bad.toml:", "dl_utopia/top"]),
        ("\"dl_utopia/front\"", "\"dl_atlantis/front\"", &["bad.toml:", "dl_atlantis", "td1_utopia_a"]),
        ("near_miss = [0.05, 0.2]", "near_miss = [0.2, 0.05]", &["bad.toml:13:1", "no range"]),
        ("long = 320", "long = 32000", &["bad.toml:", "8192"]),
        ("version = 1", "version = 2", &["bad.toml:2:1", "version 1"]),
    ];
    let place = Place::new();
    for (from, to, wanted) in cases {
        let text = SMALL.replace(from, to);
        assert_ne!(text, SMALL, "{from}");
        fs::write(place.path("bad.toml"), text).unwrap();
        let out = place.path("out");
        refused(retake().arg("generate").arg(place.path("bad.toml")).arg("--out").arg(&out).assert(), wanted);
        assert!(!out.exists(), "a bad recipe leaves no folder");
    }
}

#[test]
fn a_recipe_that_is_not_there() {
    let place = Place::new();
    let out = place.path("out");
    refused(
        retake().args(["generate", "smokey", "--out"]).arg(&out).assert(),
        &["smokey", "smoke", "standard"],
    );
    refused(retake().args(["generate", "no/such.toml", "--out"]).arg(&out).assert(), &["no/such.toml"]);
}

/// Every command that reads a corpus, given a folder.
fn readers(place: &Place, folder: &Path) -> Vec<Assert> {
    let out = place.path("reader-out");
    vec![
        retake().arg("verify").arg(folder).assert(),
        retake().arg("show").arg(folder).arg("0").assert(),
        retake().arg("sheet").arg(folder).arg("--out").arg(place.path("sheet.png")).assert(),
        retake().arg("merge").arg(folder).arg("--out").arg(&out).assert(),
        retake()
            .args(["evaluate", "--analyzer", "builtin:oracle", "--corpus"])
            .arg(folder)
            .arg("--out")
            .arg(&out)
            .assert(),
    ]
}

#[test]
fn folders_that_are_no_corpus() {
    let place = Place::new();
    let missing = place.path("missing");
    let empty = place.path("empty");
    fs::create_dir(&empty).unwrap();
    let foreign = place.path("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("manifest.json"), "{\"name\": \"someone else's\"}").unwrap();
    fs::write(foreign.join("notes.txt"), "mine").unwrap();
    for (folder, name) in [(&missing, "missing"), (&empty, "empty"), (&foreign, "foreign")] {
        for assert in readers(&place, folder) {
            refused(assert, &[name]);
        }
    }
    refused(retake().arg("generate").arg(place.recipe()).arg("--out").arg(&foreign).assert(), &["foreign"]);
    assert_eq!(fs::read_to_string(foreign.join("notes.txt")).unwrap(), "mine");
    for made in ["sheet.png", "reader-out/report.json", "reader-out/manifest.json"] {
        assert!(!place.path(made).exists(), "{made}");
    }
}

#[test]
fn an_unfinished_corpus_is_no_corpus() {
    let place = Place::new();
    let corpus = place.generate("corpus", &["--count", "2"]);
    fs::remove_file(corpus.join("manifest.json")).unwrap();
    for assert in readers(&place, &corpus) {
        refused(assert, &["corpus"]);
    }
}

#[test]
fn damage_is_found_and_named() {
    let place = Place::new();
    let corpus = place.generate("corpus", &["--count", "4"]);
    let image = corpus.join("test/images/000000002.jpg");
    let whole = fs::read(&image).unwrap();

    fs::write(&image, &whole[..whole.len() / 2]).unwrap();
    refused(retake().arg("verify").arg(&corpus).assert(), &["000000002.jpg"]);
    refused(
        retake().arg("show").arg(&corpus).args(["2", "--out"]).arg(place.path("x.jpg")).assert(),
        &["000000002.jpg"],
    );
    assert!(!place.path("x.jpg").exists());

    fs::remove_file(&image).unwrap();
    refused(retake().arg("verify").arg(&corpus).assert(), &["000000002.jpg"]);
    fs::write(&image, &whole).unwrap();
    retake().arg("verify").arg(&corpus).assert().success();

    let labels = corpus.join("test/metadata.jsonl");
    let text = fs::read_to_string(&labels).unwrap();
    for (damaged, wanted) in [
        (text.replacen("\"absent\"", "\"present\"", 1), "metadata.jsonl"),
        (text.replacen('{', "{]", 1), "metadata.jsonl:1"),
        (text.replacen("\"glare\":", "\"glair\":", 1), "metadata.jsonl:1"),
        (String::new(), "metadata.jsonl"),
    ] {
        fs::write(&labels, damaged).unwrap();
        refused(retake().arg("verify").arg(&corpus).assert(), &[wanted]);
    }
}

#[test]
fn what_a_command_line_cannot_ask_for() {
    let place = Place::new();
    let recipe = place.recipe();
    let out = place.path("out.png");
    let render = || {
        let mut command = retake();
        command.arg("render").arg(&recipe).arg("--out").arg(&out);
        command
    };
    refused(render().args(["--index", "24"]).assert(), &["24", "0 to 23"]);
    refused(render().args(["--index", "0", "--set", "too_dark=0.5"]).assert(), &["too_dark"]);
    render().args(["--set", "glare=2"]).assert().code(2).stderr(contains("0.0 to 1.0"));
    render().args(["--set", "glair=0.2"]).assert().code(2).stderr(contains("did you mean `glare`"));
    render().args(["--without", "nothing"]).assert().code(2).stderr(contains("nothing"));
    assert!(!out.exists());
    let text = place.path("picture.txt");
    refused(retake().arg("render").arg(&recipe).arg("--out").arg(&text).assert(), &[".png or .jpg"]);
    retake().arg("generate").arg(&recipe).args(["--shard", "8/7", "--out", "x"]).assert().code(2);
    retake().arg("generate").arg(&recipe).assert().code(2).stderr(contains("--out"));
    retake().args(["evaluate", "--analyzer", "builtin:oracle", "--out", "x"]).assert().code(2);
}

#[test]
fn analyzers_that_are_none() {
    let place = Place::new();
    let corpus = place.generate("corpus", &["--count", "2"]);
    let evaluate = |spec: &str| {
        retake()
            .args(["evaluate", "--analyzer", spec, "--corpus"])
            .arg(&corpus)
            .arg("--out")
            .arg(place.path("run"))
            .assert()
    };
    refused(evaluate("baseline"), &["baseline", "builtin:"]);
    refused(evaluate("builtin:nobody"), &["nobody", "baseline", "oracle"]);
    refused(evaluate("builtin:oracle?mist=0.1"), &["mist", "miss"]);
    refused(evaluate("builtin:oracle?miss=7"), &["miss"]);
    refused(evaluate("predictions:no-such.jsonl"), &["no-such.jsonl"]);
    evaluate("cmd:/no/such/program").code(3).stderr(contains("/no/such/program"));
}

#[test]
fn runs_that_are_none_and_places_that_are_taken() {
    let place = Place::new();
    let corpus = place.generate("corpus", &["--count", "2"]);
    let before = tree(&corpus);
    let evaluate = |out: &Path| {
        let mut command = retake();
        command
            .args(["evaluate", "--analyzer", "builtin:oracle", "--corpus"])
            .arg(&corpus)
            .arg("--out")
            .arg(out);
        command.assert()
    };
    refused(evaluate(&corpus), &["is a corpus", "manifest.json", "a folder of its own"]);
    assert_eq!(before, tree(&corpus));
    let missing = place.path("missing");
    for (folder, why) in [(&missing, "no such folder"), (&corpus, "no `run.json` in it")] {
        refused(retake().arg("report").arg(folder).assert(), &["not a run", why, "retake evaluate --out"]);
    }
    let run = place.path("run");
    evaluate(&run).success();
    let report = retake().arg("report").arg(&run).args(["--prevalence", "nosuch"]).assert();
    assert!(report.get_output().stdout.is_empty(), "a wrong profile is noticed before anything is said");
    refused(report, &["nosuch", "no such profile", "published_g1", "TOML"]);
}

#[cfg(unix)]
#[test]
fn places_that_cannot_be_written() {
    let place = Place::new();
    let corpus = place.generate("corpus", &["--count", "2"]);
    let before = tree(&corpus);
    // A device takes no folder, whoever asks: the tests may run as a user who ignores permissions.
    let nowhere = Path::new("/dev/null/corpus");
    refused(retake().arg("generate").arg(place.recipe()).arg("--out").arg(nowhere).assert(), &["/dev/null"]);
    refused(retake().arg("merge").arg(&corpus).arg("--out").arg(nowhere).assert(), &["/dev/null"]);
    refused(
        retake().arg("sheet").arg(&corpus).args(["--out", "/dev/null/sheet.png"]).assert(),
        &["/dev/null"],
    );
    refused(
        retake()
            .args(["evaluate", "--analyzer", "builtin:oracle", "--out", "/dev/null/run", "--corpus"])
            .arg(&corpus)
            .assert(),
        &["/dev/null"],
    );
    assert_eq!(before, tree(&corpus));
}
