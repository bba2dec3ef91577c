//! A run as columns: what every score, curve and comparison is computed from.
//!
//! A run folder holds a line per image with all that was said and is true. Here the same stands as one array per
//! quantity, at a few dozen bytes an image and category, so that runs of millions of images fit in memory. Rows are in
//! the order of the corpus, but for images of one sample, which always stand together.

use std::collections::HashMap;

use retake_label::{BBox, Category, CategorySpec, State};
use rustc_hash::FxBuildHasher;

use crate::analyzer::{Description, Outcome};
use crate::hash;
use crate::run::{Entry, Folder, Line, RunInfo};
use crate::texts::{Name, Numbers};
use crate::{Error, Result, Texts, parallel};

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

    /// The same, with a judgement decided by its score against a threshold.
    pub(crate) fn decided_at(self, threshold: f64, score: f64) -> Self {
        match self {
            Self::Clear | Self::Called if score >= threshold => Self::Called,
            Self::Clear | Self::Called => Self::Clear,
            none => none,
        }
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
    pub ids: Texts,
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
        let builder = folder.gather(&start, &Builder::push_line, Builder::append)?;
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
    sample_ids: Numbers,
    twin_ids: Numbers,
    /// By attribute, the code of each value.
    known: Vec<HashMap<String, u32, FxBuildHasher>>,
    /// The attribute after the one that was last looked up: images name their facts in the same order.
    likely: usize,
    /// Some of the sizes of pictures, as texts.
    sizes: Vec<([u32; 2], String)>,
}

/// Samples that a thread looks up before it takes the next.
const SAMPLES_AT_A_TIME: usize = 1 << 14;

/// Sizes of pictures that are remembered as texts.
const MOST_SIZES: usize = 16;

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
            ids: Texts::default(),
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
            sample_ids: Numbers::default(),
            twin_ids: Numbers::default(),
            known: Vec::new(),
            likely: 0,
            sizes: Vec::new(),
        }
    }

    /// Adds an outcome; in any order.
    pub fn push(&mut self, entry: &Entry) {
        self.push_line(&entry.into());
    }

    pub(crate) fn push_line(&mut self, line: &Line<'_>) {
        let row = self.table.ids.len();
        self.table.ids.push(&line.image_id);
        self.table.indices.push(line.index as u32);
        self.sample_ids.push(&line.sample_id);
        self.twin_ids.push(&line.twin_of);
        for column in &mut self.table.columns {
            push_cell(column, line, row as u32, self.decision, &self.description);
        }
        self.push_fact(row, "role", line.role.id());
        self.push_fact(row, "document", &line.document);
        self.push_size(row, line.size);
        line.scene.iter().for_each(|(key, value)| self.push_fact(row, key, value));
        for attribute in &mut self.table.attributes {
            // An image that does not know the fact has no value of it.
            if attribute.codes.len() == row {
                attribute.codes.push(0);
            }
        }
    }

    fn push_size(&mut self, row: usize, size: [u32; 2]) {
        // Sizes are few, and a text for each row would be dear.
        let known = self.sizes.iter().position(|(of, _)| *of == size).unwrap_or_else(|| {
            let [w, h] = size;
            let text = if w == 0 { String::new() } else { format!("{}x{}", w.max(h), w.min(h)) };
            self.sizes.truncate(MOST_SIZES - 1);
            self.sizes.push((size, text));
            self.sizes.len() - 1
        });
        let (_, text) = &mut self.sizes[known];
        let text = std::mem::take(text);
        self.push_fact(row, "size", &text);
        self.sizes[known].1 = text;
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
        let attributes = &mut self.table.attributes;
        let likely = self.likely;
        let position = if attributes.get(likely).is_some_and(|a| a.key == key) {
            likely
        } else {
            attributes.iter().position(|a| a.key == key).unwrap_or_else(|| {
                let attribute =
                    Attribute { key: key.to_owned(), values: vec![String::new()], codes: vec![0; rows] };
                attributes.push(attribute);
                self.known.push(HashMap::from_iter([(String::new(), 0)]));
                attributes.len() - 1
            })
        };
        self.likely = position + 1;
        position
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
        self.table.ids.append(&std::mem::take(&mut part.table.ids));
        self.table.indices.append(&mut part.table.indices);
        self.sample_ids.append(&std::mem::take(&mut part.sample_ids));
        self.twin_ids.append(&std::mem::take(&mut part.twin_ids));
        let mut columns: Vec<_> = self.table.columns.iter_mut().zip(&mut part.table.columns).collect();
        parallel::each(&mut columns, |(column, part)| {
            column.scored |= part.scored;
            column.states.append(&mut part.states);
            column.replies.append(&mut part.replies);
            column.scores.append(&mut part.scores);
            column.measures.append(&mut part.measures);
            column.severities.append(&mut part.severities);
            let overlaps = part.overlaps.iter().map(|(row, overlap)| (row + rows as u32, *overlap));
            column.overlaps.extend(overlaps);
        });
        let mut known = vec![None; self.table.attributes.len()];
        for of_part in &part.table.attributes {
            let position = self.attribute(rows, &of_part.key);
            let codes: Vec<u32> = of_part.values.iter().map(|value| self.code(position, value)).collect();
            known.resize(self.table.attributes.len(), None);
            known[position] = Some((&of_part.codes, codes));
        }
        let rows = self.table.ids.len();
        let mut attributes: Vec<_> = self.table.attributes.iter_mut().zip(known).collect();
        parallel::each(&mut attributes, |(attribute, of_part)| {
            if let Some((of_part, codes)) = of_part {
                attribute.codes.extend(of_part.iter().map(|code| codes[*code as usize]));
            }
            // An image that does not know the fact has no value of it.
            attribute.codes.resize(rows, 0);
        });
    }

    /// The table.
    ///
    /// # Errors
    /// When an image was added twice, in words.
    pub fn finish(self) -> Result<Table, String> {
        let by_index = self.by_index();
        match by_index.windows(2).find(|pair| pair[0] >> 32 == pair[1] >> 32) {
            Some(pair) => Err(format!("image {} stands twice", pair[0] >> 32)),
            None => Ok(self.ordered(by_index)),
        }
    }

    /// The table with its rows in order.
    pub(crate) fn sorted(self) -> Table {
        let by_index = self.by_index();
        self.ordered(by_index)
    }

    /// Index and row in one number, rising: numbers that are compared where they stand are sorted several times faster.
    fn by_index(&self) -> Vec<u64> {
        let indices = self.table.indices.iter().zip(0u64..);
        let mut by_index: Vec<u64> = indices.map(|(index, row)| u64::from(*index) << 32 | row).collect();
        by_index.sort_unstable();
        by_index
    }

    fn ordered(mut self, by_index: Vec<u64>) -> Table {
        let (order, samples) = self.order(by_index);
        let table = &mut self.table;
        table.samples = samples;
        let mut place = vec![0u32; order.len()];
        order.iter().enumerate().for_each(|(row, old)| place[*old as usize] = row as u32);
        let mut parts = vec![Part::Names(&mut table.ids, &mut table.indices)];
        parts.extend(table.columns.iter_mut().map(Part::Column));
        parts.extend(table.attributes.iter_mut().map(Part::Attribute));
        parallel::each(&mut parts, |part| part.permute(&order, &place));
        for (twins, draws) in self.of_samples(&order) {
            self.table.twins.extend(twins);
            self.table.draws.extend(draws);
        }
        self.table
    }

    /// The twins and the draws of the rows, in some parts, one after the other.
    fn of_samples(&self, order: &[u32]) -> Vec<(Vec<Option<u32>>, Vec<f32>)> {
        let table = &self.table;
        let starts: Vec<usize> = (0..order.len())
            .filter(|row| *row == 0 || table.samples[row - 1] != table.samples[*row])
            .chain([order.len()])
            .collect();
        let of_sample = |rows: std::ops::Range<usize>, twins: &mut Vec<_>, draws: &mut Vec<_>| {
            let sample = self.sample_ids.get(order[rows.start] as usize);
            let draw = hash::unit("split", &[sample.text().as_bytes()]) as f32;
            draws.extend(rows.clone().map(|_| draw));
            twins.extend(rows.clone().map(|row| {
                let twin = self.twin_ids.get(order[row] as usize);
                let twin = Some(twin.text()).filter(|twin| !twin.is_empty())?;
                rows.clone().find(|other| table.ids.get(*other) == twin).map(|row| row as u32)
            }));
        };
        let samples = starts.len() - 1;
        parallel::map(samples.div_ceil(SAMPLES_AT_A_TIME), |part| {
            let first = part * SAMPLES_AT_A_TIME;
            let last = (first + SAMPLES_AT_A_TIME).min(samples);
            let rows = starts[last] - starts[first];
            let (mut twins, mut draws) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
            (first..last).for_each(|at| of_sample(starts[at]..starts[at + 1], &mut twins, &mut draws));
            (twins, draws)
        })
    }

    /// The rows in the order of the corpus, those of one sample together, and the number of each one's sample.
    fn order(&self, by_index: Vec<u64>) -> (Vec<u32>, Vec<u32>) {
        let sample_of = |key: &u64| self.sample_ids.get(*key as u32 as usize);
        // As in every corpus of ours; then none comes again, and none has to be remembered.
        let rising = by_index.is_sorted_by_key(sample_of);
        let mut numbers: HashMap<Name<'_>, u32, FxBuildHasher> = HashMap::default();
        let mut last: Option<(Name<'_>, u32)> = None;
        let (mut order, mut keyed) = (Vec::with_capacity(by_index.len()), by_index);
        for (place, key) in keyed.iter_mut().enumerate() {
            let row = *key as u32;
            let sample = self.sample_ids.get(row as usize);
            let number = match last {
                Some((same, number)) if same == sample => number,
                Some((_, number)) if rising => number + 1,
                _ => {
                    let next = numbers.len() as u32;
                    *numbers.entry(sample).or_insert(next)
                }
            };
            last = Some((sample, number));
            // Within a sample the order of the corpus stays.
            order.push(row);
            *key = u64::from(number) << 32 | place as u64;
        }
        if !rising {
            keyed.sort_unstable();
        }
        keyed.into_iter().map(|key| (order[key as u32 as usize], (key >> 32) as u32)).unzip()
    }
}

/// What is put in order by itself.
enum Part<'a> {
    Names(&'a mut Texts, &'a mut Vec<u32>),
    Column(&'a mut Column),
    Attribute(&'a mut Attribute),
}

impl Part<'_> {
    /// Puts rows in an order, in which each has its `place`.
    fn permute(&mut self, order: &[u32], place: &[u32]) {
        match self {
            Self::Names(ids, indices) => {
                **ids = ids.permuted(order);
                **indices = permuted(indices, order);
            }
            Self::Column(column) => {
                column.states = permuted(&column.states, order);
                column.replies = permuted(&column.replies, order);
                column.scores = permuted(&column.scores, order);
                column.measures = permuted(&column.measures, order);
                column.severities = permuted(&column.severities, order);
                column.overlaps.iter_mut().for_each(|(row, _)| *row = place[*row as usize]);
                column.overlaps.sort_unstable_by_key(|(row, _)| *row);
            }
            Self::Attribute(attribute) => attribute.codes = permuted(&attribute.codes, order),
        }
    }
}

fn push_cell(column: &mut Column, line: &Line<'_>, row: u32, decision: Decision, description: &Description) {
    let category = column.category();
    let state = line.truth.get(category).unwrap_or(State::NotApplicable);
    let (reply, score) = reply(&line.outcome, category, decision);
    column.states.push(state);
    column.replies.push(reply);
    column.scores.push(score);
    column.measures.push(line.measures.get(category).unwrap_or(0.0));
    column.severities.push(line.severities.get(category).unwrap_or(0.0) as f32);
    let Outcome::Findings(findings) = &*line.outcome else { return };
    let mut of_category = findings.iter().filter(|finding| finding.category == category).peekable();
    if of_category.peek().is_none() || !description.supports(category) {
        return;
    }
    let mut corners = Vec::new();
    for finding in of_category {
        column.scored |= finding.score.is_some() && state != State::NotApplicable;
        corners.extend(finding.bbox.iter().flat_map(|b| [[b.x, b.y], [b.x + b.w, b.y + b.h]]));
    }
    if let (State::Present, Reply::Called, Some(region)) = (state, reply, line.regions.get(category)) {
        column.overlaps.push((row, BBox::around(&corners).map(|boxed| boxed.iou(&region))));
    }
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
