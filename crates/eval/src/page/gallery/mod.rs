//! The gallery: misses and false alarms with the truth drawn over them, beside the twin that lacks the defect.

mod answer;
mod choose;
mod drawing;
mod outline;
mod picture;

use std::collections::{BTreeMap, BTreeSet};

use answer::{Answer, Said};
use choose::{Group, Kind};
use drawing::Overlay;
use picture::Album;
use retake_label::{Category, State};
use serde::Serialize;

use super::svg::Markup;
use super::{Page, Pictures, words};
use crate::run::Entry;

/// A fact with more values than this is none to filter by.
const VALUES: usize = 24;

/// The gallery.
#[derive(Serialize)]
pub(super) struct Gallery {
    /// What there is to say about the pictures as a whole.
    notes: Vec<String>,
    definitions: Option<Markup>,
    groups: Vec<GroupView>,
    /// Shown errors.
    shown: usize,
    categories: Vec<Choice>,
    kinds: Vec<Choice>,
    facts: Vec<Fact>,
    has_baseline: bool,
}

/// What can be chosen in a filter.
#[derive(Serialize)]
struct Choice {
    id: String,
    title: String,
}

/// A fact to filter by.
#[derive(Serialize)]
struct Fact {
    title: String,
    values: Vec<Choice>,
}

#[derive(Serialize)]
struct GroupView {
    id: String,
    category: &'static str,
    category_title: &'static str,
    kind: &'static str,
    kind_title: &'static str,
    /// How many there are, how many are shown, and why these.
    note: String,
    items: Vec<Item>,
}

/// An error.
#[derive(Serialize)]
struct Item {
    id: String,
    image: String,
    /// The numbers of the facts that hold, to filter by.
    facts: Vec<usize>,
    /// Whether the baseline erred too: `new`, `old` or empty.
    change: &'static str,
    figure: Figure,
    twin: Option<Figure>,
    answer: Said,
    before: Option<Said>,
    truth: String,
    /// Names and values.
    details: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Figure {
    drawing: Option<Markup>,
    /// Why there is no drawing.
    missing: String,
    caption: String,
}

impl Gallery {
    pub(super) fn of(page: &Page<'_>, progress: &(dyn Fn(usize, usize) + Sync)) -> Self {
        let groups = choose::choose(page.run, page.baseline, page.limits.per_kind);
        let siblings = siblings(page.run.entries);
        let hang = Hang { page, siblings: &siblings, album: album(page, &groups, &siblings, progress) };
        let numbers = Facts::of(page.run.entries, &groups);
        let groups: Vec<GroupView> = groups.iter().map(|group| hang.group(group, &numbers)).collect();
        let shown = groups.iter().map(|group| group.items.len()).sum();
        let unique = |choices: Vec<Choice>| {
            let mut seen = BTreeSet::new();
            choices.into_iter().filter(|choice| seen.insert(choice.id.clone())).collect()
        };
        let choice = |id: &str, title: &str| Choice { id: id.to_owned(), title: title.to_owned() };
        let kinds = Kind::ALL.iter().filter(|kind| groups.iter().any(|group| group.kind == kind.id()));
        Self {
            notes: hang.notes(shown),
            definitions: (!hang.album.pictures.is_empty())
                .then(|| drawing::definitions(hang.album.pictures.iter().map(|(index, p)| (*index, p)))),
            categories: unique(groups.iter().map(|g| choice(g.category, g.category_title)).collect()),
            kinds: kinds.map(|kind| choice(kind.id(), kind.title())).collect(),
            facts: numbers.finish(),
            has_baseline: page.baseline.is_some(),
            shown,
            groups,
        }
    }
}

/// Positions of the entries of each sample.
type Siblings<'a> = BTreeMap<&'a str, Vec<usize>>;

fn siblings(entries: &[Entry]) -> Siblings<'_> {
    let mut siblings: Siblings<'_> = BTreeMap::new();
    for (position, entry) in entries.iter().enumerate() {
        siblings.entry(&entry.sample_id).or_default().push(position);
    }
    siblings
}

/// The image to show beside an error: of the same sample, best one that lacks the defect, best the twin itself.
fn twin<'a>(
    entries: &'a [Entry],
    siblings: &Siblings<'_>,
    position: usize,
    category: Category,
) -> Option<&'a Entry> {
    let entry = &entries[position];
    let others = siblings.get(entry.sample_id.as_str())?.iter().filter(|other| **other != position);
    let merit = |other: &Entry| {
        let is_twin =
            other.twin_of == entry.image_id || (!entry.twin_of.is_empty() && entry.twin_of == other.image_id);
        let differs = other.truth.get(&category) != entry.truth.get(&category);
        (differs, is_twin, std::cmp::Reverse(other.index))
    };
    others.map(|other| &entries[*other]).max_by_key(|other| merit(other))
}

/// The pictures, in the order in which they matter: the first of each group before the second of any.
fn album(
    page: &Page<'_>,
    groups: &[Group],
    siblings: &Siblings<'_>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Album {
    let Pictures::From(images) = page.pictures else { return Album::default() };
    let entries = page.run.entries;
    let mut wanted = Vec::new();
    let mut seen = BTreeSet::new();
    for rank in 0..page.limits.per_kind {
        for group in groups {
            let Some(position) = group.chosen.get(rank) else { continue };
            let twin = twin(entries, siblings, *position, group.category);
            for index in [Some(&entries[*position]), twin].into_iter().flatten().map(|entry| entry.index) {
                if seen.insert(index) {
                    wanted.push(index);
                }
            }
        }
    }
    Album::of(images, &wanted, page.limits, progress)
}

/// Hangs errors on the wall.
struct Hang<'a> {
    page: &'a Page<'a>,
    siblings: &'a Siblings<'a>,
    album: Album,
}

impl Hang<'_> {
    fn group(&self, group: &Group, facts: &Facts) -> GroupView {
        let Group { category, kind, chosen, total } = group;
        let shown = chosen.len();
        let order = kind.order(self.page.baseline.is_some());
        let note = match shown == *total {
            true => format!("{}, {order}.", words::count(*total as u64)),
            false => format!(
                "{} of {}, {order}; {} are left out.",
                shown,
                words::count(*total as u64),
                words::count((*total - shown) as u64)
            ),
        };
        GroupView {
            id: format!("{}-{}", category.id(), kind.id()),
            category: category.id(),
            category_title: category.title(),
            kind: kind.id(),
            kind_title: kind.title(),
            note,
            items: chosen.iter().map(|position| self.item(*position, *category, *kind, facts)).collect(),
        }
    }

    fn item(&self, position: usize, category: Category, kind: Kind, facts: &Facts) -> Item {
        let run = self.page.run;
        let entry = &run.entries[position];
        let before = self.page.baseline.and_then(|side| choose::same_image(side, entry).map(|e| (side, e)));
        let before = before.map(|(side, entry)| Answer::of(side, entry, category));
        let answer = Answer::of(run, entry, category);
        let truth = self.truth(entry, category);
        let caption = format!("Image {}", entry.image_id);
        let label = format!(
            "{}: {}, image {}. Truth: {truth}. The analyzer {}.",
            kind.title(),
            words::lower_title(category),
            entry.image_id,
            answer.said.words
        );
        let right = entry.truth.get(&category) == Some(&State::Present);
        let change = match (kind, before.as_ref().and_then(|before| before.called)) {
            (Kind::Fixed, _) | (_, None) => "",
            (_, Some(called)) if called == right => "new",
            (_, Some(_)) => "old",
        };
        Item {
            id: format!("e{}-{}", entry.index, category.id()),
            image: entry.image_id.clone(),
            facts: facts.of_entry(entry),
            change,
            figure: self.figure(entry, category, Some(&answer), before.as_ref(), caption, &label),
            twin: self.twin(position, category),
            answer: answer.said,
            before: before.map(|before| before.said),
            truth,
            details: details(entry, category),
        }
    }

    /// The twin, with what the analyzer said of it.
    fn twin(&self, position: usize, category: Category) -> Option<Figure> {
        let entry = twin(self.page.run.entries, self.siblings, position, category)?;
        let answer = Answer::of(self.page.run, entry, category);
        let truth = self.truth(entry, category);
        // Where the pair was made for another defect, this one may be on both.
        let of = &self.page.run.entries[position];
        let twin = if entry.truth.get(&category) == of.truth.get(&category) { "Same sample" } else { "Twin" };
        let caption =
            format!("{twin}, image {}: {truth}; the analyzer {}", entry.image_id, answer.said.words);
        Some(self.figure(entry, category, Some(&answer), None, caption.clone(), &caption))
    }

    fn figure(
        &self,
        entry: &Entry,
        category: Category,
        answer: Option<&Answer>,
        before: Option<&Answer>,
        caption: String,
        label: &str,
    ) -> Figure {
        let boxes = |answer: Option<&Answer>| answer.map(|answer| answer.boxes.clone()).unwrap_or_default();
        let (boxes, boxes_before) = (boxes(answer), boxes(before));
        let overlay = Overlay { category, boxes: &boxes, boxes_before: &boxes_before };
        let picture = self.album.pictures.get(&entry.index);
        let drawing = picture.map(|picture| drawing::draw(entry.index, picture, &overlay, label));
        let missing = match (self.page.pictures, self.album.problems.get(&entry.index)) {
            (Pictures::None(_), _) => "no picture".to_owned(),
            (_, Some(problem)) => format!("no picture: {}", words::cut(problem, 160)),
            (_, None) => "left out to keep the page small".to_owned(),
        };
        Figure { drawing, missing, caption }
    }

    /// What is true, in words.
    fn truth(&self, entry: &Entry, category: Category) -> String {
        let state = match entry.truth.get(&category) {
            Some(State::Present) => "present",
            Some(State::Absent) => "absent",
            Some(State::Borderline) => "borderline",
            Some(State::NotApplicable) | None => "not applicable",
        };
        let spec = words::spec(self.page.run.report, category);
        match (entry.measures.get(&category), spec) {
            (Some(measure), Some(spec)) => {
                format!("{state}, {}", words::measure(*measure, &spec.measure.unit))
            }
            _ => state.to_owned(),
        }
    }

    fn notes(&self, shown: usize) -> Vec<String> {
        let mut notes = Vec::new();
        if let (Pictures::None(reason), true) = (self.page.pictures, shown > 0) {
            notes.push(format!("Without pictures: {reason}."));
        }
        let problems = self.album.problems.len() as u64;
        if problems > 0 {
            notes.push(format!("{} could not be had.", words::counted(problems, "picture")));
        }
        notes
    }
}

fn details(entry: &Entry, category: Category) -> Vec<(String, String)> {
    let mut details = vec![("Sample".to_owned(), entry.sample_id.clone())];
    if let Some(severity) = entry.severities.get(&category) {
        details.push(("Severity asked for".to_owned(), words::three_digits(*severity)));
    }
    let present = entry.truth.iter().filter(|(c, state)| **state == State::Present && **c != category);
    let others: Vec<String> = present.map(|(other, _)| words::lower_title(*other)).collect();
    if !others.is_empty() {
        details.push(("Also present".to_owned(), words::list(&others)));
    }
    details.push(("Role".to_owned(), entry.role.id().replace('_', " ")));
    let scene = entry.scene.iter().filter(|(_, value)| !value.is_empty());
    details.extend(scene.map(|(key, value)| (words::heading(key), value.replace('_', " "))));
    details
}

/// Facts to filter by, as numbers in the order of their names.
struct Facts {
    numbers: BTreeMap<(String, String), usize>,
}

impl Facts {
    /// Those of the chosen errors that are not as many as the errors themselves.
    fn of(entries: &[Entry], groups: &[Group]) -> Self {
        let chosen = groups.iter().flat_map(|group| &group.chosen).map(|position| &entries[*position]);
        let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (key, value) in chosen.flat_map(facts_of) {
            values.entry(key).or_default().insert(value);
        }
        let of_use = values.into_iter().filter(|(_, values)| (2..=VALUES).contains(&values.len()));
        let pairs =
            of_use.flat_map(|(key, values)| values.into_iter().map(move |value| (key.clone(), value)));
        Self { numbers: pairs.enumerate().map(|(number, pair)| (pair, number)).collect() }
    }

    fn of_entry(&self, entry: &Entry) -> Vec<usize> {
        facts_of(entry).filter_map(|pair| self.numbers.get(&pair).copied()).collect()
    }

    fn finish(self) -> Vec<Fact> {
        let mut facts: Vec<Fact> = Vec::new();
        for ((key, value), number) in self.numbers {
            let title = words::heading(&key);
            if facts.last().is_none_or(|fact| fact.title != title) {
                facts.push(Fact { title, values: Vec::new() });
            }
            if let Some(fact) = facts.last_mut() {
                fact.values.push(Choice { id: number.to_string(), title: value.replace('_', " ") });
            }
        }
        facts
    }
}

fn facts_of(entry: &Entry) -> impl Iterator<Item = (String, String)> {
    let role = ("role".to_owned(), entry.role.id().to_owned());
    let scene = entry.scene.iter().map(|(key, value)| (key.clone(), value.clone()));
    std::iter::once(role).chain(scene)
}
