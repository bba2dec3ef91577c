//! The same corpus from memory, from a folder and from tars; and answers that come from a file.

mod support;

use std::fmt::Write as _;

use retake_eval::analyzer::FailureKind;
use retake_eval::corpus::{Images, OnDisk};
use retake_eval::report::Report;
use retake_label::corpus::{Layout, Opened, Plan, Shard, Writer};
use retake_label::{State, corpus::Corpus};
use support::{corpus, info, run_all, setup};

const IMAGES: usize = 24;

fn write_corpus(folder: &std::path::Path, layout: Layout) {
    let plan = Plan {
        name: "test".to_owned(),
        generator: "test".to_owned(),
        recipe: serde_json::json!({}),
        seed: 1,
        total: IMAGES as u64,
        split: "test".to_owned(),
        shard: Shard::new(1, 1).unwrap(),
        layout,
        categories: info("test").categories,
    };
    let Opened::Unfinished(writer) = Writer::open(folder, plan).unwrap() else { panic!("not new") };
    let images = corpus(IMAGES);
    for index in 0..IMAGES {
        let sample = images.get(index).unwrap();
        writer.put(index as u64, &sample.record, &sample.image.bytes().unwrap()).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn a_corpus_is_the_same_wherever_it_lies() {
    let memory = corpus(IMAGES);
    let spec = "builtin:oracle?miss=0.3";
    let folder = tempfile::tempdir().unwrap();
    let expected = Report::build(&run_all(folder.path(), spec, &memory, &setup(1)).unwrap()).unwrap();
    for layout in [Layout::Dir, Layout::WebDataset] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("corpus");
        write_corpus(&path, layout);
        let disk = OnDisk::open(&path).unwrap();
        assert_eq!(disk.len(), IMAGES);
        for index in [0, 5, IMAGES - 1] {
            let (ours, theirs) = (disk.get(index).unwrap(), memory.get(index).unwrap());
            assert_eq!(ours.image, theirs.image);
            assert_eq!(ours.record.labels, theirs.record.labels);
        }
        let run = run_all(&folder.path().join("run"), spec, &disk, &setup(2)).unwrap();
        let report = Report::build(&run).unwrap();
        assert_eq!(report.run.corpus.digest, Corpus::open(&path).unwrap().manifest.digest);
        assert_eq!(report.categories, expected.categories);
    }
}

#[test]
fn a_changed_picture_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_corpus(folder.path(), Layout::Dir);
    let record = OnDisk::open(folder.path()).unwrap().get(2).unwrap().record;
    std::fs::write(folder.path().join("test").join(record.file_name), b"another").unwrap();
    let error = OnDisk::open(folder.path()).unwrap().get(2).unwrap_err().to_string();
    assert!(error.contains("hash"), "{error}");
}

#[test]
fn predictions_are_scored_and_forgotten_images_are_not_forgiven() {
    let folder = tempfile::tempdir().unwrap();
    let images = corpus(IMAGES);
    let mut text = String::new();
    for index in 0..IMAGES - 5 {
        let record = images.get(index).unwrap().record;
        let findings: Vec<_> = record
            .labels
            .iter()
            .filter(|(_, state)| **state == State::Present)
            .map(|(category, _)| format!(r#"{{"category":"{category}","score":0.8}}"#))
            .collect();
        // The three ways to name an image.
        let name = match index % 3 {
            0 => format!(r#""image_id":"{}""#, record.image_id),
            1 => format!(r#""file_name":"{}""#, record.file_name),
            _ => format!(r#""file_name":"{}.jpg""#, record.image_id),
        };
        writeln!(text, r#"{{{name},"findings":[{}]}}"#, findings.join(",")).unwrap();
    }
    let path = folder.path().join("answers.jsonl");
    std::fs::write(&path, text).unwrap();
    let spec = format!("predictions:{}", path.display());
    let run = run_all(&folder.path().join("run"), &spec, &images, &setup(2)).unwrap();
    let report = Report::build(&run).unwrap();
    assert_eq!(report.outcomes.failed[&FailureKind::Error], 5);
    assert_eq!(report.outcomes.judged, IMAGES as u64 - 5);
    assert!(report.outcomes.examples[&FailureKind::Error].contains("no prediction"));
    assert_eq!(report.micro["precision"].value, Some(1.0));
    let recall = report.micro["recall"];
    let counts =
        |f: fn(&retake_eval::score::Counts) -> u64| report.categories.iter().map(|c| f(&c.counts)).sum();
    let (found, present): (u64, u64) = (counts(|c| c.tp), counts(|c| c.present()));
    assert!(recall.n == present && found < present);
    assert_eq!(recall.value, Some(found as f64 / present as f64));
}
