//! The harness: what it costs to ask an analyzer, and to score what it said.

use std::ops::ControlFlow;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use retake_eval::analyzer::{Analyzer, Description, ImageSource, Outcome, Registry, Request, Setup};
use retake_eval::corpus::{CorpusInfo, Images as _, InMemory, Sample};
use retake_eval::metrics::{self, Answer, Case, Cases};
use retake_eval::report;
use retake_eval::run::{self, Conditions};
use retake_label::{Category, Record};
use retake_synth::recipe::BUILTIN;
use retake_synth::rng::pixel_hash;

/// A corpus of records without pictures: the oracle looks at none.
fn corpus(images: usize) -> InMemory {
    let recipe = BUILTIN[0].recipe().expect("the recipe is right");
    let categories = recipe.category_specs();
    let info = CorpusInfo {
        name: "bench".to_owned(),
        digest: "bench".to_owned(),
        images: 0,
        categories: categories.clone(),
    };
    let samples = (0..images).map(|i| {
        let labels: serde_json::Map<String, serde_json::Value> = categories
            .iter()
            .enumerate()
            .map(|(k, spec)| {
                let present = pixel_hash(1, i as u32, k as u32, 0).is_multiple_of(4);
                (spec.id.id().to_owned(), if present { "present" } else { "absent" }.into())
            })
            .collect();
        let zeros: serde_json::Map<_, _> = labels.keys().map(|id| (id.clone(), 0.0.into())).collect();
        let record = serde_json::json!({
            "file_name": format!("images/{i:09}.jpg"), "image_id": format!("{i:09}"),
            "sample_id": format!("{:09}", i / 2), "twin_of": "", "role": "document_front", "width": 1, "height": 1,
            "document": "", "persona": "", "labels": labels, "measures": zeros, "severities": zeros, "corners": [],
            "fields": [], "mrz": [], "face": [], "regions": [],
        });
        let record: Record = serde_json::from_value(record).expect("a record");
        Sample { record, image: ImageSource::Bytes { bytes: Vec::new(), extension: "jpg".to_owned() } }
    });
    InMemory::new(info, samples.collect())
}

fn oracle(c: &mut Criterion) {
    const IMAGES: usize = 2000;
    let images = corpus(IMAGES);
    let spec = "builtin:oracle?miss=0.1&false_alarm=0.02&seed=1";
    let mut group = c.benchmark_group("evaluate");
    group.sample_size(10);
    group.throughput(Throughput::Elements(IMAGES as u64));
    group.bench_function("oracle in memory", |b| {
        b.iter_batched(
            || tempfile::tempdir().expect("a folder"),
            |folder| {
                let setup = Setup::new(images.corpus().categories(), 2);
                let analyzer = Registry::default().open(spec, &setup).expect("the oracle");
                let conditions = Conditions::new(&setup.limits);
                let go_on = |_| ControlFlow::Continue(());
                run::run(folder.path(), spec, &images, &*analyzer, &setup, &conditions, go_on).expect("a run")
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// Does nothing.
struct Idle(Vec<Category>);

impl Analyzer for Idle {
    fn describe(&self) -> Description {
        Description::new("idle", "1", self.0.iter().copied())
    }

    fn analyze(&self, _: &Request<'_>) -> Outcome {
        Outcome::Abstained
    }
}

/// The same as a process: what is left is the protocol, the pipes, the picture's copy, and Python.
const IDLE: &str = r#"
import sys
read, write = sys.stdin.readline, sys.stdout.write
read()
write('{"type":"ready","name":"idle","version":"1","categories":["blur"]}\n')
sys.stdout.flush()
while line := read():
    at = line.index('"id":"') + 6
    write('{"type":"result","id":"' + line[at:at + 16] + '","abstain":true}\n')
    sys.stdout.flush()
"#;

/// What the harness itself costs per image.
fn overhead(c: &mut Criterion) {
    const IMAGES: usize = 2000;
    let images = corpus(IMAGES);
    let setup = || Setup::new(images.corpus().categories(), 1);
    let run = |analyzer: &dyn Analyzer, setup: &Setup| {
        let folder = tempfile::tempdir().expect("a folder");
        let conditions = Conditions::new(&setup.limits);
        let go_on = |_| ControlFlow::Continue(());
        run::run(folder.path(), "idle", &images, analyzer, setup, &conditions, go_on).expect("a run");
    };
    let mut group = c.benchmark_group("an analyzer that does nothing");
    group.sample_size(10);
    group.throughput(Throughput::Elements(IMAGES as u64));
    group.bench_function("in process", |b| {
        let analyzer = Idle(images.corpus().categories());
        b.iter(|| run(&analyzer, &setup()));
    });
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("idle.py");
    std::fs::write(&script, IDLE).expect("a script");
    let analyzer = Registry::default().open(&format!("cmd:python3 {}", script.display()), &setup());
    let analyzer = analyzer.expect("a process");
    group.bench_function("over JSON Lines", |b| b.iter(|| run(&*analyzer, &setup())));
    group.finish();
}

/// A million answers about one category, every tenth image with the defect, scores with ties.
fn million() -> Cases {
    const IMAGES: u32 = 1_000_000;
    let case = |i: u32| {
        let truth = i.is_multiple_of(10);
        let noise = f64::from(pixel_hash(2, i, 0, 0) % 1000) / 1000.0;
        let score = if truth { 0.3 + 0.7 * noise } else { 0.7 * noise };
        Case::new(i / 2, truth, Answer::Decided { present: score >= 0.5, score })
    };
    Cases::new((0..IMAGES).map(case).collect(), IMAGES / 2, true)
}

fn scoring(c: &mut Criterion) {
    let mut group = c.benchmark_group("metrics on a million findings");
    group.sample_size(10);
    for metric in metrics::ALL {
        group.bench_function(metric.id(), |b| {
            b.iter_batched(million, |cases| metric.assess(&cases), BatchSize::PerIteration);
        });
    }
    group.finish();
}

/// A run folder of findings on every category, read and scored: ten million of them shall take less than five seconds.
fn reporting(c: &mut Criterion) {
    const IMAGES: usize = 20_000;
    let images = corpus(IMAGES);
    let spec = "builtin:oracle?miss=0.1&false_alarm=0.02&noise=0.3&seed=1";
    let setup = Setup::new(images.corpus().categories(), 2);
    let analyzer = Registry::default().open(spec, &setup).expect("the oracle");
    let folder = tempfile::tempdir().expect("a folder");
    let conditions = Conditions::new(&setup.limits);
    let go_on = |_| ControlFlow::Continue(());
    let run = run::run(folder.path(), spec, &images, &*analyzer, &setup, &conditions, go_on).expect("a run");
    let mut group = c.benchmark_group("report on a run folder");
    group.sample_size(10);
    group.throughput(Throughput::Elements((IMAGES * images.corpus().categories.len()) as u64));
    group.bench_function("findings", |b| b.iter(|| report::read(&run, None).expect("a report")));
    group.finish();
}

criterion_group!(benches, oracle, overhead, scoring, reporting);
criterion_main!(benches);
