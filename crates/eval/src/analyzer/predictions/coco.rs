//! COCO results: a list of `image_id`, `category_id`, `bbox` and `score`, as detectors write it and `pycocotools` reads it.
//!
//! Category ids are those of a COCO file given as `?categories=FILE`, else of the corpus's own `coco.json`, which numbers its
//! categories from 1. A results file holds what was found and nothing else, so an image without results was looked at and is clean.

use std::collections::BTreeMap;

use retake_label::{BBox, Category, Finding};
use serde::Deserialize;

use super::{Answers, Format, Options, Problem};
use crate::analyzer::Outcome;

/// See the module.
pub(super) struct Coco;

#[derive(Deserialize)]
struct Detection {
    image_id: u64,
    category_id: u64,
    #[serde(default)]
    bbox: Option<BBox>,
    score: f64,
}

#[derive(Deserialize)]
struct Classes {
    categories: Vec<Class>,
}

#[derive(Deserialize)]
struct Class {
    id: u64,
    name: String,
}

impl Format for Coco {
    fn extension(&self) -> &'static str {
        "json"
    }

    fn read(&self, text: &str, options: &Options<'_>) -> Result<Answers, Problem> {
        let detections: Vec<Detection> = serde_json::from_str(text).map_err(|e| {
            (Some(e.line()), format!("no list of COCO results (image_id, category_id, bbox, score): {e}"))
        })?;
        let classes = classes(options).map_err(|problem| (None, problem))?;
        let mut found: BTreeMap<u64, Vec<Finding>> = BTreeMap::new();
        for detection in detections {
            let Detection { image_id, category_id, bbox, score } = detection;
            let wrong = |problem| (None, format!("result on image {image_id}: {problem}"));
            let category = *classes.get(&category_id).ok_or_else(|| {
                wrong(format!(
                    "category_id {category_id} is not one of {:?}",
                    classes.keys().collect::<Vec<_>>()
                ))
            })?;
            if !(0.0..=1.0).contains(&score) {
                return Err(wrong(format!("score {score} is outside 0-1")));
            }
            let finding = Finding { category, score: Some(score), present: None, bbox, reason: None };
            found.entry(image_id).or_default().push(finding);
        }
        let outcomes = found.into_iter().map(|(id, findings)| (id.to_string(), Outcome::Findings(findings)));
        // A file of categories says what the detector was trained to look for.
        let declared = options.categories.map(|_| classes.into_values().collect());
        Ok(Answers { declared, outcomes: outcomes.collect(), unnamed_are_clean: true, ..Answers::default() })
    }
}

fn classes(options: &Options<'_>) -> Result<BTreeMap<u64, Category>, String> {
    let Some(text) = options.categories else {
        return Ok((1..).zip(options.corpus.iter().copied()).collect());
    };
    let classes: Classes = serde_json::from_str(text).map_err(|e| format!("the file of categories: {e}"))?;
    let known = |class: &Class| {
        let id = class.name.trim().to_lowercase().replace([' ', '-'], "_");
        Some((class.id, Category::from_id(&id).ok()?))
    };
    // A detector may know more than we do: what it says of that is refused above, by its id.
    Ok(classes.categories.iter().filter_map(known).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, categories: Option<&str>) -> Result<Answers, Problem> {
        Coco.read(text, &Options { categories, corpus: &[Category::BLUR, Category::GLARE] })
    }

    const TWO: &str = r#"[{"image_id":7,"category_id":2,"bbox":[1,2,3,4],"score":0.9},
                          {"image_id":7,"category_id":2,"bbox":[5,6,7,8],"score":0.4}]"#;

    #[test]
    fn results_are_findings_on_their_image() {
        let answers = read(TWO, None).unwrap();
        let Outcome::Findings(findings) = &answers.outcomes["7"] else { panic!() };
        assert!(findings.len() == 2 && findings.iter().all(|f| f.category == Category::GLARE));
        assert_eq!(findings[0].bbox, Some([1.0, 2.0, 3.0, 4.0].into()));
        assert!(answers.unnamed_are_clean && answers.declared.is_none());
        let names = r#"{"categories":[{"id":2,"name":"Low-Resolution"},{"id":3,"name":"blur"}]}"#;
        let answers = read(TWO, Some(names)).unwrap();
        assert_eq!(answers.declared, Some(vec![Category::LOW_RESOLUTION, Category::BLUR]));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, reason) in [
            (r#"{"annotations":[]}"#, "no list of COCO results"),
            (r#"[{"image_id":7,"category_id":9,"bbox":[1,2,3,4],"score":0.9}]"#, "category_id 9"),
            (r#"[{"image_id":7,"category_id":1,"score":7}]"#, "image 7: score 7 is outside 0-1"),
        ] {
            let (_, problem) = read(text, None).unwrap_err();
            assert!(problem.contains(reason), "{problem}");
        }
    }
}
