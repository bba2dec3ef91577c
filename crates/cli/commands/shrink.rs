//! `retake shrink`: the smallest case that an analyzer still gets wrong.

use std::path::PathBuf;

use anyhow::Context as _;
use retake_eval::analyzer::{Analyzer, ImageSource, Outcome, Setup};
use retake_eval::corpus::Sample;
use retake_eval::run::{Folder, RunInfo};
use retake_eval::shrink::{Attempt, ask, least_severity, take_away};
use retake_eval::table::{Decision, reply};
use retake_label::{Category, Manifest, Record, State};
use retake_synth::look;
use retake_synth::recipe::Recipe;
use retake_synth::scene::Stage;
use retake_synth::shot::{Shot, Shots};
use retake_synth::studio::Studio;

use super::{RecipeChoice, evaluate, generate};
use crate::exit::Exit;
use crate::output::{decode, say, write_picture, write_whole};

/// Make a miss or a false alarm of a run smaller, for as long as the analyzer gets it wrong.
///
/// Other defects and parts of the scene are taken away, then the severity is brought down. The smallest case is written as
/// picture and as shot, which `retake render --shot` renders again.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The run's folder
    #[arg(value_name = "RUN")]
    run: PathBuf,

    /// The image's id, such as 000000012 or just 12
    #[arg(long, value_name = "ID")]
    image: String,

    /// The category that the analyzer gets wrong, where it is more than one
    #[arg(long, value_name = "CATEGORY")]
    category: Option<Category>,

    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    choice: RecipeChoice,

    /// The picture's file (.png or .jpg); the shot is written beside it as .json
    #[arg(long, value_name = "FILE", default_value = "shrunk.png")]
    out: PathBuf,

    /// Draw the truth over the picture
    #[arg(long)]
    truth: bool,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Source {
    /// The corpus of the run, which names its recipe
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,

    /// The recipe of the run
    #[arg(long, value_name = "RECIPE")]
    recipe: Option<String>,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let folder = Folder::read(&self.run)?;
        let info = folder.info();
        let id = format!("{:0>9}", self.image);
        let entry = folder.entries()?.into_iter().find(|entry| entry.image_id == id);
        let entry = entry.with_context(|| format!("{}: the run has no image {id}", self.run.display()))?;
        let shots = Shots::new(self.recipe(info)?)?;
        let setup = Setup::new(info.corpus.categories(), 1);
        let analyzer = evaluate::registry().open(&info.spec, &setup)?;
        let mut bench = Bench {
            studio: Studio::new(),
            analyzer: &*analyzer,
            setup: &setup,
            decision: Decision::Own(info.conditions.threshold),
            asked: 0,
        };
        let shot = shots.shot(entry.index as u64);
        let (record, outcome) = bench.ask(&shot)?;
        let fault =
            find_fault(&record, &outcome, info, bench.decision, self.category).with_context(|| {
                format!("image {id}: the analyzer gets nothing wrong on it that could be shrunk")
            })?;
        say(format_args!(
            "{id}: {} of {}",
            if fault.miss { "a miss" } else { "a false alarm" },
            fault.category
        ))?;
        let shrunk = take_away(shot, &simpler(fault), &mut |shot| bench.is_wrong(shot, fault))?;
        for Attempt { change, still_wrong } in &shrunk.attempts {
            say(format_args!(
                "  {change}: {}",
                if *still_wrong { "still wrong" } else { "right, so it stays" }
            ))?;
        }
        let case = bench.brought_down(shrunk.case, fault)?;
        self.write(&bench, &case, fault)?;
        Ok(Exit::Passed)
    }

    /// The recipe of the run, which must be the one that made its images.
    fn recipe(&self, info: &RunInfo) -> anyhow::Result<Recipe> {
        if let Some(recipe) = &self.source.recipe {
            let recipe = self.choice.find(recipe)?;
            let images = evaluate::Rendered::new(recipe.clone())?;
            let plan_digest = retake_eval::corpus::Images::corpus(&images).digest.clone();
            // A run on a corpus on disk has the images' digest, which only rendering them all would tell.
            anyhow::ensure!(
                plan_digest == info.corpus.digest
                    || info.corpus.digest.starts_with("blake3:") && info.corpus.name == recipe.name,
                "the run is on `{}` ({}), not on this recipe ({plan_digest})",
                info.corpus.name,
                info.corpus.digest
            );
            return Ok(recipe);
        }
        let dir = self.source.corpus.as_deref().context("give --corpus or --recipe")?;
        let manifest: Manifest = retake_label::corpus::Contents::open(dir)?.manifest().clone();
        anyhow::ensure!(
            manifest.digest == info.corpus.digest,
            "{}: holds other images ({}) than the run was made on ({})",
            dir.display(),
            manifest.digest,
            info.corpus.digest
        );
        let recipe: Recipe = serde_json::from_value(manifest.recipe.clone()).with_context(|| {
            format!("{}: its manifest has no recipe that this program knows", dir.display())
        })?;
        let plan = generate::plan(
            &recipe,
            "test".to_owned(),
            retake_label::corpus::Shard::WHOLE,
            retake_label::corpus::Layout::Dir,
        )?;
        anyhow::ensure!(
            plan.generator == manifest.generator,
            "{}: was made by {}, this program is {}; its images would come out otherwise",
            dir.display(),
            manifest.generator,
            plan.generator
        );
        Ok(recipe)
    }

    fn write(&self, bench: &Bench<'_>, case: &Shot, fault: Fault) -> anyhow::Result<()> {
        let photo = bench.studio.photograph(case)?;
        let name = PathBuf::from(&photo.record.file_name);
        let mut picture = decode(&photo.bytes, &name)?;
        if self.truth {
            look::draw_truth(&mut picture, &photo.record)?;
        }
        write_picture(&self.out, &picture)?;
        let shot = self.out.with_extension("json");
        write_whole(&shot, (serde_json::to_string_pretty(case)? + "\n").as_bytes())?;
        let measure = photo.record.measures.get(&fault.category).copied().unwrap_or(0.0);
        say(format_args!("{} measures {measure}\n{}\n{}", fault.category, self.out.display(), shot.display()))
    }
}

/// What the analyzer gets wrong.
#[derive(Clone, Copy, Debug)]
struct Fault {
    category: Category,
    /// A defect that is missed; otherwise one that is called and is not there.
    miss: bool,
}

fn find_fault(
    record: &Record,
    outcome: &Outcome,
    info: &RunInfo,
    decision: Decision,
    wanted: Option<Category>,
) -> Option<Fault> {
    let categories =
        info.analyzer.categories.iter().copied().filter(|c| wanted.is_none_or(|wanted| wanted == *c));
    categories.map(|category| (category, reply(outcome, category, decision).0)).find_map(
        |(category, reply)| match record.labels.get(&category)? {
            State::Present if reply.answered() && !reply.called() => Some(Fault { category, miss: true }),
            State::Absent if reply.called() => Some(Fault { category, miss: false }),
            _ => None,
        },
    )
}

/// Renders a shot and asks about it.
struct Bench<'a> {
    studio: Studio,
    analyzer: &'a dyn Analyzer,
    setup: &'a Setup,
    decision: Decision,
    asked: usize,
}

impl Bench<'_> {
    fn ask(&mut self, shot: &Shot) -> anyhow::Result<(Record, Outcome)> {
        let photo = self.studio.photograph(shot)?;
        let extension = photo.record.file_name.rsplit_once('.').map_or("", |(_, ext)| ext).to_owned();
        let sample =
            Sample { image: ImageSource::Bytes { bytes: photo.bytes, extension }, record: photo.record };
        self.asked += 1;
        let outcome = ask(self.analyzer, self.setup, &sample, self.asked);
        Ok((sample.record, outcome))
    }

    fn is_wrong(&mut self, shot: &Shot, fault: Fault) -> anyhow::Result<bool> {
        let (record, outcome) = self.ask(shot)?;
        let reply = reply(&outcome, fault.category, self.decision).0;
        let state = record.labels.get(&fault.category).copied().unwrap_or(State::NotApplicable);
        Ok(if fault.miss {
            state == State::Present && reply.answered() && !reply.called()
        } else {
            state == State::Absent && reply.called()
        })
    }

    /// The severities that are left, brought down as far as the answer stays wrong.
    fn brought_down(&mut self, mut case: Shot, fault: Fault) -> anyhow::Result<Shot> {
        let on = |case: &Shot| -> Vec<(Category, f64)> {
            case.defects.iter().filter(|(_, s)| s.severity > 0.0).map(|(c, s)| (*c, s.severity)).collect()
        };
        for (category, severity) in on(&case) {
            let mut wrong = |severity: f64| -> anyhow::Result<bool> {
                let shot = case.clone().with(category, severity)?;
                let wrong = self.is_wrong(&shot, fault)?;
                say(format_args!(
                    "  {category} at severity {severity:.3}: {}",
                    if wrong { "still wrong" } else { "right, or of another truth" }
                ))?;
                Ok(wrong)
            };
            if let Some(least) = least_severity(severity, 8, &mut wrong)? {
                case = case.with(category, least)?;
            }
        }
        Ok(case)
    }
}

/// The shots that lack one more part of the scene, each with what it lacks.
fn simpler(fault: Fault) -> impl Fn(&Shot) -> Vec<(String, Shot)> {
    move |shot| {
        let mut candidates = Vec::new();
        let mut offer = |name: String, edit: &dyn Fn(&mut Shot)| {
            let mut edited = shot.clone();
            edit(&mut edited);
            if edited != *shot {
                candidates.push((name, edited));
            }
        };
        for (category, setting) in &shot.defects {
            let own = fault.miss && *category == fault.category;
            if setting.severity > 0.0 && !own {
                offer(format!("without {category}"), &|shot| {
                    shot.defects.entry(*category).and_modify(|setting| setting.severity = 0.0);
                });
            }
        }
        for (i, light) in shot.scene.lights.iter().enumerate() {
            offer(format!("without the {} light {}", light.kind, i + 1), &|shot| {
                shot.scene.lights.remove(i);
            });
        }
        offer("without hands".to_owned(), &|shot| {
            if let Stage::Document(desk) = &mut shot.scene.stage {
                desk.hands.clear();
            }
        });
        offer("without a sleeve".to_owned(), &|shot| {
            if let Stage::Document(desk) = &mut shot.scene.stage {
                desk.sleeve = None;
            }
        });
        offer("with a flat card".to_owned(), &|shot| {
            if let Stage::Document(desk) = &mut shot.scene.stage {
                desk.card.bow = 0.0;
            }
        });
        candidates
    }
}
