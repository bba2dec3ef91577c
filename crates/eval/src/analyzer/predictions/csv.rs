//! CSV with a header row, in one of two shapes.
//!
//! Wide, a row per image: `file_name,glare,blur`, each cell the score 0-1, or empty where nothing was found. Long, a row per finding:
//! `file_name,category,score,present`, where a row with an empty category names an image on which nothing was found. The image may
//! be named by `image_id` or `id` instead. A column `abstain` with `true`, and a column `error` with a message, say that there are no
//! findings.

use std::collections::BTreeMap;

use csv::StringRecord;
use retake_label::{Category, Finding};

use super::{Answers, Format, Options, Problem};
use crate::analyzer::{FailureKind, Outcome};

/// See the module.
pub(super) struct Csv;

impl Format for Csv {
    fn extension(&self) -> &'static str {
        "csv"
    }

    fn read(&self, text: &str, _: &Options<'_>) -> Result<Answers, Problem> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let of_csv = |e: csv::Error| (e.position().map(|p| p.line() as usize), e.to_string());
        let columns = Columns::of(reader.headers().map_err(of_csv)?).map_err(|problem| (Some(1), problem))?;
        let mut answers = Answers { declared: columns.declared(), ..Answers::default() };
        let mut findings: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
        for row in reader.records() {
            let row = row.map_err(of_csv)?;
            let wrong = |problem: String| (row.position().map(|p| p.line() as usize), problem);
            let key = row[columns.image].to_owned();
            if key.is_empty() {
                return Err(wrong("names no image".into()));
            }
            match columns.read(&row).map_err(wrong)? {
                Outcome::Findings(found) if columns.long.is_some() => {
                    findings.entry(key).or_default().extend(found);
                }
                outcome => answers.put(key, outcome).map_err(wrong)?,
            }
        }
        for (key, found) in findings {
            answers.put(key, Outcome::Findings(found)).map_err(|problem| (None, problem))?;
        }
        Ok(answers)
    }
}

/// The columns of the long shape.
const LONG: [&str; 8] = ["file_name", "image_id", "id", "category", "score", "present", "abstain", "error"];

/// Whether a title looks like a known one that was misspelt: other letter cases, a plural, or a letter short.
fn is_slip(title: &str, known: &str) -> bool {
    let title = title.to_lowercase();
    let shorter = |long: &str, short: &str| {
        long.len() == short.len() + 1
            && (0..long.len()).any(|at| long[..at] == short[..at] && long[at + 1..] == short[at..])
    };
    title.is_ascii()
        && (title == known || (known.len() > 3 && (shorter(&title, known) || shorter(known, &title))))
}

/// What the columns are.
struct Columns {
    image: usize,
    abstain: Option<usize>,
    error: Option<usize>,
    /// Category, score and decision of the long shape.
    long: Option<(usize, Option<usize>, Option<usize>)>,
    /// Scores of the wide shape.
    wide: Vec<(usize, Category)>,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, String> {
        let column = |name: &str| header.iter().position(|title| title == name);
        let image = ["file_name", "image_id", "id"].iter().find_map(|name| column(name));
        let image = image.ok_or("the header needs a column `file_name` or `image_id`")?;
        let (abstain, error) = (column("abstain"), column("error"));
        let long = column("category").map(|category| (category, column("score"), column("present")));
        let known = [Some(image), abstain, error];
        let mut wide = Vec::new();
        for (at, title) in header.iter().enumerate() {
            if long.is_none() && !known.contains(&Some(at)) {
                wide.push((at, Category::from_id(title).map_err(|e| format!("column `{title}`: {e}"))?));
            }
        }
        if long.is_some()
            && let Some(title) = header
                .iter()
                .find(|title| !LONG.contains(title) && LONG.iter().any(|known| is_slip(title, known)))
        {
            return Err(format!("there is no column `{title}`; there are: {}", LONG.join(", ")));
        }
        if let Some((_, None, None)) = long {
            return Err("beside `category` a column `score` or `present` is needed".into());
        }
        Ok(Self { image, abstain, error, long, wide })
    }

    /// In the wide shape every column was looked for.
    fn declared(&self) -> Option<Vec<Category>> {
        self.long.is_none().then(|| self.wide.iter().map(|(_, category)| *category).collect())
    }

    fn read(&self, row: &StringRecord) -> Result<Outcome, String> {
        let cell = |at: Option<usize>| at.map_or("", |at| &row[at]);
        if decision(cell(self.abstain))? == Some(true) {
            return Ok(Outcome::Abstained);
        }
        if !cell(self.error).is_empty() {
            return Ok(Outcome::failed(FailureKind::Error, cell(self.error)));
        }
        let mut findings = Vec::new();
        if let Some((category, score_at, present_at)) = self.long
            && !row[category].is_empty()
        {
            let category = Category::from_id(&row[category]).map_err(|e| e.to_string())?;
            let (score, present) = (score(cell(score_at))?, decision(cell(present_at))?);
            findings.push(Finding { category, score, present, bbox: None, reason: None });
        }
        for (at, category) in &self.wide {
            if let Some(score) = score(&row[*at])? {
                findings.push(Finding {
                    category: *category,
                    score: Some(score),
                    present: None,
                    bbox: None,
                    reason: None,
                });
            }
        }
        Ok(Outcome::Findings(findings))
    }
}

fn score(text: &str) -> Result<Option<f64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let score = text.parse().ok().filter(|score| (0.0..=1.0).contains(score));
    score.map(Some).ok_or_else(|| format!("score `{text}` is not a number in 0-1"))
}

fn decision(text: &str) -> Result<Option<bool>, String> {
    match text.to_lowercase().as_str() {
        "" => Ok(None),
        "true" | "1" | "yes" => Ok(Some(true)),
        "false" | "0" | "no" => Ok(Some(false)),
        _ => Err(format!("`{text}` is neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzer::scored;

    fn read(text: &str) -> Result<Answers, Problem> {
        Csv.read(text, &Options { categories: None, corpus: &[] })
    }

    #[test]
    fn both_shapes_are_read() {
        let wide = read("file_name,glare,blur,abstain,error\n1.jpg,0.9,,,\n2.jpg,0.1,0.2,,\n3.jpg,,,true,\n4.jpg,,,,cut off\n")
            .unwrap();
        assert_eq!(wide.declared, Some(vec![Category::GLARE, Category::BLUR]));
        assert_eq!(wide.outcomes["1.jpg"], Outcome::Findings(vec![scored(Category::GLARE, 0.9)]));
        assert_eq!(wide.outcomes["3.jpg"], Outcome::Abstained);
        assert_eq!(wide.outcomes["4.jpg"], Outcome::failed(FailureKind::Error, "cut off"));

        let long = read("image_id,category,score,present\n7,glare,0.9,true\n7,blur,0.4,\n8,,,\n").unwrap();
        assert_eq!(long.declared, None);
        let Outcome::Findings(findings) = &long.outcomes["7"] else { panic!() };
        assert_eq!(findings[0].present, Some(true));
        assert_eq!(findings[1], scored(Category::BLUR, 0.4));
        assert_eq!(long.outcomes["8"], Outcome::Findings(vec![]));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, line, reason) in [
            ("name,glare\n", 1, "needs a column"),
            ("id,glair\n", 1, "unknown category `glair`"),
            ("id,category\n", 1, "`score` or `present`"),
            ("id,category,scor,present\n", 1, "no column `scor`; there are: file_name"),
            ("id,category,Score\n", 1, "no column `Score`"),
            ("id,category,score,error,errors\n", 1, "no column `errors`"),
            ("id,glare\n1,0.5\n2,1.5\n", 3, "not a number in 0-1"),
            ("id,glare\n1,NaN\n", 2, "not a number in 0-1"),
            ("id,glare\n1,0.5\n1,0.5\n", 3, "a second answer"),
            ("id,glare\n1,0.5,0.5\n", 2, "fields"),
            ("id,category,present\n1,glare,maybe\n", 2, "neither true nor false"),
        ] {
            let (at, problem) = read(text).unwrap_err();
            assert!(at == Some(line) && problem.contains(reason), "{text}: {at:?} {problem}");
        }
    }
}
