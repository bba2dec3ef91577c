//! Measures every picture of a corpus, as `scripts/train-baseline` reads it: a JSON object a line, with what each
//! detector measured, the outline that was found, and the truth.
//!
//! ```sh
//! cargo run --release -p retake-baseline --example measures CORPUS > measures.jsonl
//! ```

use std::error::Error;
use std::io::{BufWriter, Write as _};

use retake_baseline::{Picture, detectors};
use retake_label::corpus::Corpus;
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let folders: Vec<_> = std::env::args_os().skip(1).collect();
    let [folder] = &folders[..] else { return Err("usage: measures CORPUS".into()) };
    let corpus = Corpus::open(folder)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for (position, record) in corpus.records.iter().enumerate() {
        let picture = Picture::decode(&corpus.image_bytes(position)?)?;
        let mut measured = Map::new();
        for detector in detectors::ALL.iter().filter(|d| d.roles().contains(&record.role)) {
            let evidence = detector.look(&picture);
            let values: Map<String, Value> = detector
                .model()
                .terms
                .iter()
                .zip(&evidence.values)
                .map(|(term, value)| (term.measure.to_owned(), json!(value)))
                .collect();
            let score = detector.model().probability(&evidence.values);
            measured.insert(
                detector.category().id().to_owned(),
                json!({ "score": score, "values": values, "bbox": evidence.bbox, "reason": evidence.reason }),
            );
        }
        let outline = record.role.is_document().then(|| picture.outline()).flatten();
        let line = json!({
            "file": corpus.image_path(position), "sample": record.sample_id, "outline": outline, "measured": measured,
            "labels": record.labels, "truth": record.measures, "corners": record.corners, "face": record.face,
            "severities": record.severities, "scene": record.scene, "document": record.document,
            "width": record.width, "height": record.height,
        });
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}
