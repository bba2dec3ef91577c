//! `retake bench`: images per second on this machine.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use retake_eval::analyzer::{Analyzer, ImageSource, Outcome, Request, Setup};
use retake_synth::shot::Shots;
use retake_synth::studio::{Photo, Studio};

use super::{Jobs, RecipeChoice, evaluate};
use crate::exit::Exit;
use crate::output::say;

/// Measure images per second of generation and of an analyzer, on this machine, after a warm-up.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A shipped recipe or the path of a TOML file
    #[arg(default_value = "standard")]
    recipe: String,

    #[command(flatten)]
    choice: RecipeChoice,

    /// The analyzer; it gets the images that generation made, over and over
    #[arg(long, value_name = "SPEC", default_value = "builtin:baseline")]
    analyzer: String,

    #[command(flatten)]
    jobs: Jobs,

    /// Seconds to measure each; a third of it goes before as warm-up
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let shots = Shots::new(self.choice.find(&self.recipe)?)?;
        let studio = Studio::new();
        let jobs = self.jobs.count();
        let (warm_up, time) = (Duration::from_millis(self.seconds * 333), Duration::from_secs(self.seconds));
        let photograph = |i: usize| -> anyhow::Result<Photo> {
            Ok(studio.photograph(&shots.shot(i as u64 % shots.len()))?)
        };

        let photos = repeat(jobs, warm_up, &photograph)?.results;
        let generated = repeat(jobs, time, &photograph)?;
        say(format_args!("generate   {}", generated.rate(jobs)))?;

        let categories = shots.recipe().category_specs().iter().map(|spec| spec.id).collect();
        let setup = Setup::new(categories, jobs);
        let analyzer = evaluate::registry().open(&self.analyzer, &setup)?;
        let judge = |i: usize| {
            let photo = &photos[i % photos.len()];
            Ok(judge(&*analyzer, i, photo))
        };
        repeat(jobs, warm_up, &judge)?;
        let judged = repeat(jobs, time, &judge)?;
        let failed = judged.results.iter().filter(|o| matches!(o, Outcome::Failed(_))).count();
        say(format_args!("{:10} {}", self.analyzer, judged.rate(jobs)))?;
        if failed > 0 {
            say(format_args!("           the analyzer failed on {failed} of them"))?;
        }
        Ok(if failed == judged.results.len() { Exit::AnalyzerFailed } else { Exit::Passed })
    }
}

fn judge(analyzer: &dyn Analyzer, i: usize, photo: &Photo) -> Outcome {
    let id = format!("{i:08x}");
    let image = ImageSource::Bytes { bytes: photo.bytes.clone(), extension: "jpg".to_owned() };
    analyzer.analyze(&Request { id: &id, role: photo.record.role, image: &image })
}

/// What was done in a stretch of time.
struct Stretch<T> {
    results: Vec<T>,
    seconds: f64,
}

impl<T> Stretch<T> {
    fn rate(&self, jobs: usize) -> String {
        let n = self.results.len();
        let per_second = n as f64 / self.seconds;
        format!(
            "{per_second:8.1} images/s on {jobs} threads, {:8.1} a thread ({n} images in {:.1} s)",
            per_second / jobs as f64,
            self.seconds
        )
    }
}

/// Does `work` on rising numbers, `jobs` at once, until the time is over; what is under way is finished.
fn repeat<T: Send>(
    jobs: usize,
    time: Duration,
    work: &(dyn Fn(usize) -> anyhow::Result<T> + Sync),
) -> anyhow::Result<Stretch<T>> {
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    let worker = || -> anyhow::Result<Vec<T>> {
        let mut results = Vec::new();
        while results.is_empty() || start.elapsed() < time {
            results.push(work(next.fetch_add(1, Ordering::Relaxed))?);
        }
        Ok(results)
    };
    let results = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(worker)).collect();
        let mut results = Vec::new();
        for thread in threads {
            results.extend(thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))??);
        }
        anyhow::Ok(results)
    })?;
    Ok(Stretch { results, seconds: start.elapsed().as_secs_f64() })
}
