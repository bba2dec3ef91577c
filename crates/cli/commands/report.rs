//! `retake report`: a run as text, data or page.

use std::path::{Path, PathBuf};

use retake_eval::analysis::prevalence::Profile;
use retake_eval::compare::{self, Comparison, Plan};
use retake_eval::corpus::{self, CorpusInfo, Images};
use retake_eval::page::{Limits, Page, Pictures, Side};
use retake_eval::report::{self, Report, TimingReport};
use retake_eval::run::{Entry, Folder};
use retake_eval::table::Table;

use super::{RecipeChoice, evaluate};
use crate::exit::Exit;
use crate::output::{say, write_whole};
use crate::progress;

/// Report on a run: as a table, as Markdown, as JSON, or as one HTML page that needs no network.
///
/// The page shows the misses and false alarms when it is given the images: the corpus's folder, or the recipe
/// that the run was rendered from.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The run's folder
    #[arg(value_name = "RUN")]
    run: PathBuf,

    /// An earlier run on the same images, to show beside it on the page
    #[arg(long, value_name = "RUN", requires = "html")]
    baseline: Option<PathBuf>,

    /// Write a page: one file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Where the images are
    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    choice: RecipeChoice,

    /// Pictures per category and kind of error on the page
    #[arg(long, value_name = "N", default_value_t = Limits::default().per_kind, requires = "html")]
    pictures: usize,

    /// Write the table as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,

    /// Restate precision for production's mix of failures: a shipped profile (published_g1, published_g4) or a TOML file
    #[arg(long, value_name = "PROFILE", conflicts_with = "json")]
    prevalence: Vec<String>,

    /// Show the figures at thresholds chosen on other samples of the run
    #[arg(long, conflicts_with = "json")]
    calibrate: bool,

    /// Show from where on each defect is found, and the worst slices
    #[arg(long, conflicts_with = "json")]
    details: bool,

    /// Write the report as JSON to standard output, instead of the table
    #[arg(long)]
    json: bool,
}

/// Where a page's pictures come from.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Source {
    /// The corpus of the run, to show pictures of
    #[arg(long, value_name = "DIR", requires = "html")]
    corpus: Option<PathBuf>,

    /// The recipe of the run, to render pictures from
    #[arg(long, value_name = "RECIPE", requires = "html")]
    recipe: Option<String>,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let profiles: Vec<Profile> =
            self.prevalence.iter().map(|name| Profile::find(name)).collect::<Result<_, _>>()?;
        let (report, timing) = match &self.html {
            Some(file) => {
                let run = Loaded::read(&self.run)?;
                let baseline = self.baseline.as_deref().map(Loaded::read).transpose()?;
                write_whole(file, self.page(&run, baseline.as_ref())?.as_bytes())?;
                (run.report, run.timing)
            }
            // Without the page nothing but figures is wanted, and millions of images fit into memory.
            None => report::read(&Folder::read(&self.run)?, None)?,
        };
        ensure_outcomes(&self.run, &report)?;
        if let Some(file) = &self.markdown {
            write_whole(file, report::markdown(&report, Some(&timing)).as_bytes())?;
        }
        if self.json {
            say(serde_json::to_string_pretty(&report)?)?;
        } else if let Some(file) = &self.html {
            say(file.display())?;
        } else if self.markdown.is_none() {
            say(report::table(&report, Some(&timing)).trim_end())?;
        }
        self.say_more(&report, &profiles)?;
        Ok(Exit::Passed)
    }

    fn say_more(&self, report: &Report, profiles: &[Profile]) -> anyhow::Result<()> {
        if self.calibrate {
            let calibrated = report.calibrated.as_ref();
            let text = calibrated
                .map_or("no category has scores to choose a threshold for".into(), report::calibrated_table);
            say(format_args!("\n{}", text.trim_end()))?;
        }
        for profile in profiles {
            let restated = report.restated(profile);
            say(format_args!("\n{}", report::prevalence_table(&restated).trim_end()))?;
        }
        if self.details {
            say(format_args!("\n{}", report::details(report).trim_end()))?;
        }
        Ok(())
    }

    fn page(&self, run: &Loaded, baseline: Option<&Loaded>) -> anyhow::Result<String> {
        let images = self.images(&run.report.run.corpus)?;
        let pictures = match &images {
            Some(images) => Pictures::From(&**images),
            None => Pictures::None("the report was made without --corpus or --recipe"),
        };
        let limits = Limits { per_kind: self.pictures, ..Limits::default() };
        let comparison = baseline.map(|baseline| baseline.against(run)).transpose()?;
        let (comparison, baseline) = (comparison.as_ref(), baseline.map(Loaded::side));
        render(&Page { run: run.side(), baseline, comparison, pictures, limits })
    }

    /// The images, which must be those of the run: other pictures under the same numbers would show lies.
    fn images(&self, of_run: &CorpusInfo) -> anyhow::Result<Option<Box<dyn Images>>> {
        let (images, what): (Box<dyn Images>, _) = match (&self.source.corpus, &self.source.recipe) {
            (Some(folder), _) => (corpus::open(folder)?, folder.display().to_string()),
            (None, Some(recipe)) => {
                (Box::new(evaluate::Rendered::new(self.choice.find(recipe)?)?), format!("recipe `{recipe}`"))
            }
            (None, None) => return Ok(None),
        };
        let given = images.corpus();
        anyhow::ensure!(
            given.digest == of_run.digest,
            "{what} holds other images than the run was made on: {} ({}) there, {} ({}) in the run",
            given.name,
            given.digest,
            of_run.name,
            of_run.digest
        );
        Ok(Some(images))
    }
}

fn ensure_outcomes(run: &Path, report: &Report) -> anyhow::Result<()> {
    anyhow::ensure!(report.images > 0, "{}: the run has no outcome yet", run.display());
    Ok(())
}

/// Writes the page of a run on these images.
pub(crate) fn write_page(run: &Path, images: &dyn Images, file: &Path) -> anyhow::Result<()> {
    let run = Loaded::read(run)?;
    let pictures = Pictures::From(images);
    let limits = Limits::default();
    let html = render(&Page { run: run.side(), baseline: None, comparison: None, pictures, limits })?;
    write_whole(file, html.as_bytes())
}

/// Makes a page, with a progress bar.
fn render(page: &Page<'_>) -> anyhow::Result<String> {
    let bar = progress::bar(0, "pictures");
    let html = page.html(&|done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    Ok(html)
}

/// A run folder, read.
struct Loaded {
    report: Report,
    timing: TimingReport,
    entries: Vec<Entry>,
}

impl Loaded {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let folder = Folder::read(path)?;
        let entries = folder.entries()?;
        let (report, timing) = report::score_all(folder.info(), &entries);
        ensure_outcomes(path, &report)?;
        Ok(Self { report, timing, entries })
    }

    fn side(&self) -> Side<'_> {
        Side { report: &self.report, timing: Some(&self.timing), entries: &self.entries }
    }

    /// This run as the baseline of a later one.
    fn against(&self, later: &Self) -> anyhow::Result<Comparison> {
        let [before, after] = [self, later].map(|run| Table::of(&run.report.run, &run.entries));
        let before = compare::Side { info: &self.report.run, table: &before };
        let after = compare::Side { info: &later.report.run, table: &after };
        Ok(Comparison::paired(before, after, &Plan::default())?)
    }
}
