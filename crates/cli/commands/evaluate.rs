//! `retake evaluate`: an analyzer, scored.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use retake_eval::analyzer::{ImageSource, Limits, Registry, Setup};
use retake_eval::corpus::{self, CorpusInfo, Images, Sample};
use retake_eval::report::{self, Report};
use retake_eval::run::{self, Conditions};
use retake_label::corpus::{Layout, Shard};
use retake_synth::recipe::Recipe;
use retake_synth::shot::Shots;
use retake_synth::studio::Studio;

use super::{Jobs, RecipeChoice, generate};
use crate::exit::Exit;
use crate::output::{say, write_whole};
use crate::progress;

/// Score an analyzer: precision, recall and more per category, each with its interval, and throughput.
///
/// A run that was stopped goes on where it was when it is started again.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    choice: RecipeChoice,

    /// The analyzer, such as builtin:baseline, "cmd:./analyzer --fast" or predictions:FILE.jsonl (see `retake analyzers`)
    #[arg(long, value_name = "SPEC")]
    analyzer: String,

    /// The run's folder
    #[arg(long, value_name = "RUN")]
    out: PathBuf,

    #[command(flatten)]
    asking: Asking,

    /// Ask again about the images that the analyzer failed on in an earlier session of this run
    #[arg(long)]
    retry_errors: bool,

    /// From this score on a finding that brings no decision of its own counts as present
    #[arg(long, value_name = "SCORE", default_value_t = 0.5, value_parser = share)]
    threshold: f64,

    /// Also write the table as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

/// How the analyzer is asked.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Asking {
    #[command(flatten)]
    jobs: Jobs,

    /// Processes of a `cmd:` analyzer [default: as many as jobs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,

    /// Images that each process is asked about before it has answered
    #[arg(long, value_name = "N", default_value_t = Setup::IN_FLIGHT as u16, value_parser = clap::value_parser!(u16).range(1..=256))]
    in_flight: u16,

    /// Time that the analyzer has for one image, seconds
    #[arg(long, value_name = "S", default_value_t = 30.0, value_parser = seconds)]
    timeout: f64,

    /// Time that a process has from its start until it is ready, seconds
    #[arg(long, value_name = "S", default_value_t = 60.0, value_parser = seconds)]
    start_timeout: f64,
}

impl Asking {
    fn limits(self) -> Limits {
        Limits {
            answer: Duration::from_secs_f64(self.timeout),
            start: Duration::from_secs_f64(self.start_timeout),
            ..Limits::default()
        }
    }

    fn setup(self, images: &dyn Images) -> Setup {
        let jobs = self.jobs.count();
        Setup {
            limits: self.limits(),
            workers: self.workers.map_or(jobs, usize::from),
            in_flight: usize::from(self.in_flight),
            ..Setup::new(images.corpus().categories(), jobs)
        }
    }
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Source {
    /// Evaluate on the corpus in this folder: a generated one, or photos of your own with labels
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,

    /// Evaluate on this recipe, rendered in memory
    #[arg(long, value_name = "RECIPE")]
    recipe: Option<String>,
}

fn seconds(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.001..=86_400.0).contains(&value) {
        Ok(value)
    } else {
        Err("give 0.001 to 86400 seconds".to_owned())
    }
}

fn share(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err("give 0.0 to 1.0".to_owned()) }
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let images: Box<dyn Images> = match (&self.source.corpus, &self.source.recipe) {
            (Some(folder), _) => corpus::open(folder)?,
            (None, Some(recipe)) => Box::new(Rendered::new(self.choice.find(recipe)?)?),
            (None, None) => anyhow::bail!("give --corpus or --recipe"),
        };
        let setup = Setup { retry_errors: self.retry_errors, ..self.asking.setup(&*images) };
        let conditions = Conditions { threshold: self.threshold, ..Conditions::new(&setup.limits) };
        let report = evaluate(&*images, &self.analyzer, &self.out, &setup, &conditions)?;
        if let Some(path) = &self.markdown {
            write_whole(path, report.markdown.as_bytes())?;
        }
        say(report.table.trim_end())?;
        if let Some(lacks) = images.corpus().lacks() {
            say(lacks)?;
        }
        Ok(exit_of(&report.report))
    }
}

/// 3 when the analyzer failed on every image that it was asked about.
pub(crate) fn exit_of(report: &Report) -> Exit {
    let outcomes = &report.outcomes;
    if outcomes.judged == 0 && outcomes.failures() > 0 { Exit::AnalyzerFailed } else { Exit::Passed }
}

/// The built-in analyzers.
pub(crate) fn registry() -> Registry {
    Registry::default().with("baseline", retake_baseline::SUMMARY, |_| retake_baseline::Baseline::new())
}

/// A finished run, as data and as text.
pub(crate) struct Evaluated {
    pub(crate) report: Report,
    pub(crate) table: String,
    markdown: String,
}

/// Runs an analyzer over images, with a progress bar, and writes the run folder.
pub(crate) fn evaluate(
    images: &dyn Images,
    spec: &str,
    out: &Path,
    setup: &Setup,
    conditions: &Conditions,
) -> anyhow::Result<Evaluated> {
    let analyzer = registry().open(spec, setup)?;
    let bar = progress::bar(images.len() as u64, "evaluate");
    let folder = run::run(out, spec, images, &*analyzer, setup, conditions, |progress| {
        bar.set_position(progress.done);
        ControlFlow::Continue(())
    })?;
    bar.finish_and_clear();
    let (report, timing) = report::write(&folder)?;
    Ok(Evaluated {
        table: report::table(&report, Some(&timing)),
        markdown: report::markdown(&report, Some(&timing)),
        report,
    })
}

/// A recipe's images, rendered when they are asked for.
pub(crate) struct Rendered {
    info: CorpusInfo,
    shots: Shots,
    studio: Studio,
}

impl Rendered {
    pub(crate) fn new(recipe: Recipe) -> anyhow::Result<Self> {
        let plan = generate::plan(&recipe, "test".to_owned(), Shard::WHOLE, Layout::Dir)?;
        let info = CorpusInfo {
            name: plan.name.clone(),
            // The images' own digest is known only after all were rendered; generator and recipe determine it.
            digest: format!("{} by {}", plan.recipe_digest(), plan.generator),
            images: plan.total,
            categories: plan.categories,
        };
        Ok(Self { info, shots: Shots::new(recipe)?, studio: Studio::new() })
    }
}

impl Images for Rendered {
    fn corpus(&self) -> &CorpusInfo {
        &self.info
    }

    fn len(&self) -> usize {
        self.shots.len() as usize
    }

    fn together(&self) -> usize {
        self.shots.recipe().variants.per_sample() as usize
    }

    fn get(&self, index: usize) -> retake_eval::Result<Sample> {
        let photo = self.studio.photograph(&self.shots.shot(index as u64));
        let photo = photo.map_err(|e| retake_eval::Error::Image { index, problem: e.to_string() })?;
        let extension = photo.record.file_name.rsplit_once('.').map_or("", |(_, ext)| ext).to_owned();
        Ok(Sample { image: ImageSource::Bytes { bytes: photo.bytes, extension }, record: photo.record })
    }
}
