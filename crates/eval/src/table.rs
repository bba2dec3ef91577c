//! A run as columns: what every score, curve and comparison is computed from.
//!
//! A run folder holds a line per image with all that was said and is true. Here the same stands as one array per
//! quantity, at a few dozen bytes an image and category, so that runs of millions of images fit in memory. Rows are in
//! the order of the corpus, but for images of one sample, which always stand together.

use std::collections::{BTreeMap, HashMap};

use retake_label::{BBox, Category, CategorySpec, State};

use crate::analyzer::{Description, Outcome};
use crate::hash;
use crate::run::{Entry, Folder, RunInfo};
use crate::{Error, Result};

/// What the analyzer made of one category on one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It judged that the defect is not there.
    Clear,
    /// It judged that the defect is there.
    Called,
    /// It declined to judge the image.
    Abstained,
    /// It gave no usable answer.
    Failed,
}

impl Reply {
    /// Whether the defect was called present.
    pub fn called(self) -> bool {
        self == Self::Called
    }

    /// Whether there is a judgement.
    pub fn answered(self) -> bool {
        matches!(self, Self::Clear | Self::Called)
    }
}

/// Where decisions come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision {
    /// The analyzer's own `present`; where it gives none, its score against this threshold.
    Own(f64),
    /// Its score against this threshold, whatever it decided; without a score its decision.
    At(f64),
}

/// One category of a run, by row.
#[derive(Clone, Debug)]
pub struct Column {
    /// The category, and how it is measured.
    pub spec: CategorySpec,
    /// Whether the analyzer knows it.
    pub supported: bool,
    /// Whether it gave any score at all for it.
    pub scored: bool,
    /// The truth.
    pub states: Vec<State>,
    /// The decisions.
    pub replies: Vec<Reply>,
    /// The ranks, 0-1: the score; without one the decision as 1 or 0.
    pub scores: Vec<f64>,
    /// The measures; 0 where the category does not apply.
    pub measures: Vec<f64>,
    /// The severities that were asked for; 0 where the defect is off.
    pub severities: Vec<f32>,
    /// Where the defect is present and was called: the row, and the overlap of the box around what the analyzer boxed
    /// with the box around the true region (intersection over union), or `None` where it gave no box.
    pub overlaps: Vec<(u32, Option<f64>)>,
}

impl Column {
    /// The category.
    pub fn category(&self) -> Category {
        self.spec.id
    }

    /// Whether the defect is there, on the images where that is clear and the analyzer knows the category.
    pub fn truth(&self, row: usize) -> Option<bool> {
        match self.states[row] {
            _ if !self.supported => None,
            State::Present => Some(true),
            State::Absent => Some(false),
            State::Borderline | State::NotApplicable => None,
        }
    }
}

/// A fact about the images, such as the surface that the card lies on, as a number per row.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub key: String,
    /// The values that occur, in no particular order; `""` where the fact does not apply.
    pub values: Vec<String>,
    /// By row, the position of its value.
    pub codes: Vec<u32>,
}

/// A run as columns.
#[derive(Clone, Debug)]
pub struct Table {
    /// The images' ids.
    pub ids: Vec<Box<str>>,
    /// The images' numbers in the corpus.
    pub indices: Vec<u32>,
    /// The sample of each image, counted from 0, never falling.
    pub samples: Vec<u32>,
    /// A number in 0-1 that is drawn per sample, to split a run in two.
    pub draws: Vec<f32>,
    /// The row of the image that each is the twin of.
    pub twins: Vec<Option<u32>>,
    /// The categories, in the order of the corpus.
    pub columns: Vec<Column>,
    /// Facts to slice by.
    pub attributes: Vec<Attribute>,
}

impl Table {
    /// The columns of what is in a run folder. Without `decision` the analyzer's own at the threshold of the run.
    ///
    /// # Errors
    /// When the folder cannot be read or an image stands twice.
    pub fn read(folder: &Folder, decision: Option<Decision>) -> Result<Self> {
        let start = || Builder::new(folder.info(), decision);
        let mut builder = start();
        folder.gather(&start, &|part, entry| part.push(&entry), &mut |part| {
            builder.append(part);
            Ok(())
        })?;
        builder.finish().map_err(|problem| Error::format(folder.findings(), None, problem))
    }

    /// The columns of these outcomes, each of another image, in any order.
    pub fn of(info: &RunInfo, entries: &[Entry]) -> Self {
        let mut builder = Builder::new(info, None);
        entries.iter().for_each(|entry| builder.push(entry));
        builder.sorted()
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The number of samples.
    pub fn sample_count(&self) -> u32 {
        self.samples.last().map_or(0, |last| last + 1)
    }

    /// The column of a category.
    pub fn column(&self, category: Category) -> Option<&Column> {
        self.columns.iter().find(|column| column.category() == category)
    }
}

/// Puts a table together, outcome by outcome.
#[derive(Debug)]
pub struct Builder {
    description: Description,
    decision: Decision,
    table: Table,
    sample_ids: Vec<Box<str>>,
    twin_ids: Vec<Box<str>>,
    known: Vec<HashMap<String, u32>>,
}

impl Builder {
    /// Without outcomes yet. Without `decision` the analyzer's own at the threshold of the run.
    pub fn new(info: &RunInfo, decision: Option<Decision>) -> Self {
        let columns = info.corpus.categories.iter().map(|spec| Column {
            supported: info.analyzer.supports(spec.id),
            spec: spec.clone(),
            scored: false,
            states: Vec::new(),
            replies: Vec::new(),
            scores: Vec::new(),
            measures: Vec::new(),
            severities: Vec::new(),
            overlaps: Vec::new(),
        });
        let table = Table {
            ids: Vec::new(),
            indices: Vec::new(),
            samples: Vec::new(),
            draws: Vec::new(),
            twins: Vec::new(),
            columns: columns.collect(),
            attributes: Vec::new(),
        };
        Self {
            description: info.analyzer.clone(),
            decision: decision.unwrap_or(Decision::Own(info.conditions.threshold)),
            table,
            sample_ids: Vec::new(),
            twin_ids: Vec::new(),
            known: Vec::new(),
        }
    }

    /// Adds an outcome; in any order.
    pub fn push(&mut self, entry: &Entry) {
        let row = self.table.ids.len();
        self.table.ids.push(entry.image_id.as_str().into());
        self.table.indices.push(entry.index as u32);
        self.sample_ids.push(entry.sample_id.as_str().into());
        self.twin_ids.push(entry.twin_of.as_str().into());
        for column in &mut self.table.columns {
            push_cell(column, entry, row as u32, self.decision, &self.description);
        }
        let [w, h] = entry.size;
        let size = if w == 0 { String::new() } else { format!("{}x{}", w.max(h), w.min(h)) };
        let known = [("role", entry.role.id()), ("document", &entry.document), ("size", &size)];
        let scene = entry.scene.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        for (key, value) in known.into_iter().chain(scene) {
            self.push_fact(row, key, value);
        }
        for attribute in &mut self.table.attributes {
            // An image that does not know the fact has no value of it.
            if attribute.codes.len() == row {
                attribute.codes.push(0);
            }
        }
    }

    fn push_fact(&mut self, row: usize, key: &str, value: &str) {
        let position = self.attribute(row, key);
        if self.table.attributes[position].codes.len() > row {
            return; // The record's own field goes before a fact of the same name.
        }
        let code = self.code(position, value);
        self.table.attributes[position].codes.push(code);
    }

    /// The position of a fact; one that is new has no value on the `rows` so far.
    fn attribute(&mut self, rows: usize, key: &str) -> usize {
        self.table.attributes.iter().position(|a| a.key == key).unwrap_or_else(|| {
            let attribute =
                Attribute { key: key.to_owned(), values: vec![String::new()], codes: vec![0; rows] };
            self.table.attributes.push(attribute);
            self.known.push(HashMap::from([(String::new(), 0)]));
            self.table.attributes.len() - 1
        })
    }

    /// The number of a fact's value.
    fn code(&mut self, attribute: usize, value: &str) -> u32 {
        if let Some(code) = self.known[attribute].get(value) {
            return *code;
        }
        let values = &mut self.table.attributes[attribute].values;
        let next = values.len() as u32;
        values.push(value.to_owned());
        self.known[attribute].insert(value.to_owned(), next);
        next
    }

    /// Adds the outcomes of another builder for the same run, after those that are here.
    pub fn append(&mut self, mut part: Self) {
        let rows = self.table.ids.len();
        self.table.ids.append(&mut part.table.ids);
        self.table.indices.append(&mut part.table.indices);
        self.sample_ids.append(&mut part.sample_ids);
        self.twin_ids.append(&mut part.twin_ids);
        for (column, part) in self.table.columns.iter_mut().zip(&mut part.table.columns) {
            column.scored |= part.scored;
            column.states.append(&mut part.states);
            column.replies.append(&mut part.replies);
            column.scores.append(&mut part.scores);
            column.measures.append(&mut part.measures);
            column.severities.append(&mut part.severities);
            let overlaps = part.overlaps.iter().map(|(row, overlap)| (row + rows as u32, *overlap));
            column.overlaps.extend(overlaps);
        }
        for of_part in &part.table.attributes {
            let position = self.attribute(rows, &of_part.key);
            let codes: Vec<u32> = of_part.values.iter().map(|value| self.code(position, value)).collect();
            let renumbered = of_part.codes.iter().map(|code| codes[*code as usize]);
            self.table.attributes[position].codes.extend(renumbered);
        }
        let rows = self.table.ids.len();
        // An image that does not know the fact has no value of it.
        self.table.attributes.iter_mut().for_each(|attribute| attribute.codes.resize(rows, 0));
    }

    /// The table.
    ///
    /// # Errors
    /// When an image was added twice, in words.
    pub fn finish(self) -> Result<Table, String> {
        let mut indices = self.table.indices.clone();
        indices.sort_unstable();
        match indices.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("image {} stands twice", pair[0])),
            None => Ok(self.sorted()),
        }
    }

    /// The table with its rows in order.
    pub(crate) fn sorted(mut self) -> Table {
        let (order, samples) = self.order();
        let table = &mut self.table;
        table.samples = samples;
        table.indices = permuted(&table.indices, &order);
        let ids = &mut table.ids;
        table.ids = order.iter().map(|row| std::mem::take(&mut ids[*row as usize])).collect();
        let mut place = vec![0u32; order.len()];
        order.iter().enumerate().for_each(|(row, old)| place[*old as usize] = row as u32);
        for column in &mut table.columns {
            column.states = permuted(&column.states, &order);
            column.replies = permuted(&column.replies, &order);
            column.scores = permuted(&column.scores, &order);
            column.measures = permuted(&column.measures, &order);
            column.severities = permuted(&column.severities, &order);
            column.overlaps.iter_mut().for_each(|(row, _)| *row = place[*row as usize]);
            column.overlaps.sort_unstable_by_key(|(row, _)| *row);
        }
        for attribute in &mut table.attributes {
            attribute.codes = permuted(&attribute.codes, &order);
        }
        let mut start = 0;
        for group in table.samples.chunk_by(|a, b| a == b) {
            let sample = &self.sample_ids[order[start] as usize];
            let draw = hash::unit("split", &[sample.as_bytes()]) as f32;
            let rows = start..start + group.len();
            for row in rows.clone() {
                let twin = &self.twin_ids[order[row] as usize];
                let of = || rows.clone().find(|other| table.ids[*other] == *twin);
                table.twins.push(if twin.is_empty() { None } else { of().map(|row| row as u32) });
                table.draws.push(draw);
            }
            start = rows.end;
        }
        self.table
    }

    /// The rows in the order of the corpus, those of one sample together, and the number of each one's sample.
    fn order(&self) -> (Vec<u32>, Vec<u32>) {
        let mut by_index: Vec<u32> = (0..self.table.indices.len() as u32).collect();
        by_index.sort_unstable_by_key(|row| self.table.indices[*row as usize]);
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut keyed: Vec<(u32, u32)> = Vec::with_capacity(by_index.len());
        for row in by_index {
            let next = numbers.len() as u32;
            keyed.push((*numbers.entry(&self.sample_ids[row as usize]).or_insert(next), row));
        }
        // Stable: within a sample the order of the corpus stays.
        keyed.sort_by_key(|(sample, _)| *sample);
        keyed.into_iter().map(|(sample, row)| (row, sample)).unzip()
    }
}

fn push_cell(column: &mut Column, entry: &Entry, row: u32, decision: Decision, description: &Description) {
    let category = column.category();
    let state = entry.truth.get(&category).copied().unwrap_or(State::NotApplicable);
    let (reply, score) = reply(&entry.outcome, category, decision);
    column.states.push(state);
    column.replies.push(reply);
    column.scores.push(score);
    column.measures.push(value_of(&entry.measures, category));
    column.severities.push(value_of(&entry.severities, category) as f32);
    let Outcome::Findings(findings) = &entry.outcome else { return };
    let mut of_category = findings.iter().filter(|finding| finding.category == category).peekable();
    if of_category.peek().is_none() || !description.supports(category) {
        return;
    }
    let mut corners = Vec::new();
    for finding in of_category {
        column.scored |= finding.score.is_some() && state != State::NotApplicable;
        corners.extend(finding.bbox.iter().flat_map(|b| [[b.x, b.y], [b.x + b.w, b.y + b.h]]));
    }
    if let (State::Present, Reply::Called, Some(region)) = (state, reply, entry.regions.get(&category)) {
        column.overlaps.push((row, BBox::around(&corners).map(|boxed| boxed.iou(region))));
    }
}

fn value_of(map: &BTreeMap<Category, f64>, category: Category) -> f64 {
    map.get(&category).copied().unwrap_or(0.0)
}

/// What the answer to an image says about one category, and its rank.
///
/// Several findings of the category count as the worst. Without a finding it was looked for and not found, at rank 0.
pub fn reply(outcome: &Outcome, category: Category, decision: Decision) -> (Reply, f64) {
    let findings = match outcome {
        Outcome::Findings(findings) => findings,
        Outcome::Abstained => return (Reply::Abstained, 0.0),
        Outcome::Failed(_) => return (Reply::Failed, 0.0),
    };
    let (mut present, mut score) = (false, 0.0f64);
    for finding in findings.iter().filter(|finding| finding.category == category) {
        let by_score = |threshold| finding.score.map(|s| s >= threshold);
        let called = match decision {
            Decision::Own(threshold) => finding.present.or_else(|| by_score(threshold)),
            Decision::At(threshold) => by_score(threshold).or(finding.present),
        };
        let called = called.unwrap_or(false);
        present |= called;
        score = score.max(finding.score.unwrap_or(f64::from(u8::from(called))));
    }
    (if present { Reply::Called } else { Reply::Clear }, score)
}

fn permuted<T: Clone>(values: &[T], order: &[u32]) -> Vec<T> {
    order.iter().map(|row| values[*row as usize].clone()).collect()
}
