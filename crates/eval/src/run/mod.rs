//! A run: one analyzer on one corpus, kept in a folder so that it can be resumed.
//!
//! ```text
//! run.json        who, on what, under which conditions: a folder is resumed only under the same
//! findings.jsonl  a line per image, appended as answers come in; all that a report needs, the truth included
//! report.json     derived from the two, and the same to the byte however often the run was interrupted
//! timing.json     derived too, and apart, since no two runs take the same time
//! logs/           the end of what each process of an analyzer wrote to standard error
//! ```

mod entry;
mod exchange;
mod folder;
mod line;
mod lines;
mod order;
mod pipeline;
mod quick;

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

pub use entry::{Entry, Timing};
pub use folder::{Conditions, FORMAT, Folder, RunInfo};

use exchange::Exchange;
pub(crate) use line::Line;
use pipeline::Pipeline;

use crate::Result;
use crate::analyzer::{Analyzer, Outcome, Setup};
use crate::corpus::Images;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Images with an outcome, those of earlier sessions included.
    pub done: u64,
    /// All images.
    pub total: u64,
    /// Outcomes of this session that are failures of the analyzer.
    pub failed: u64,
}

/// Where the logs of processes are kept in the run's folder.
const LOGS: &str = "logs";

/// Runs an analyzer over all images that the folder has no outcome of yet.
///
/// Creates the folder, or resumes the run in it. `spec` is what the analyzer was opened from. After
/// each image `progress` is told, on the calling thread; when it breaks, the images under way are finished and the
/// run can be resumed later.
///
/// # Errors
/// [`Error::OtherRun`](crate::Error::OtherRun) when the folder holds a run of another analyzer, corpus or conditions; any
/// error of the folder or of an image. Failures of the analyzer are outcomes, never errors.
pub fn run(
    folder: &Path,
    spec: &str,
    images: &dyn Images,
    analyzer: &dyn Analyzer,
    setup: &Setup,
    conditions: &Conditions,
    mut progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Folder> {
    let description = analyzer.describe();
    let info = RunInfo::new(spec, &description, images.corpus(), conditions);
    let mut folder = Folder::open(folder, &info)?;
    if setup.retry_errors {
        folder.forget_failures()?;
    }
    let done = folder.finished()?;
    let total = images.len();
    // An analyzer in this process gets a picture from the thread that fetched it.
    let group = if analyzer.concurrency().is_some() { order::GROUP } else { 1 };
    let order = order::order(conditions.seed, total, images.together(), group, |index| !done.contains(index));
    let mut state = Progress { done: (total - order.fetch.len()) as u64, total: total as u64, failed: 0 };
    setup.logs.keep_in(folder.path().join(LOGS));
    let mut writer = folder.append()?;
    let pipeline = Pipeline {
        images,
        analyzer,
        setup,
        description,
        seed: conditions.seed,
        session: done.next_session(),
        start: Instant::now(),
        exchange: Exchange::new(order),
    };
    std::thread::scope(|scope| {
        let entries = pipeline.start(scope);
        let mut result = Ok(());
        // To the end of the channel even after an error or a break: the images under way are not lost.
        for entry in entries {
            let kept = entry.and_then(|entry| {
                writer.write(&entry)?;
                Ok(entry.outcome)
            });
            match kept {
                Ok(outcome) => {
                    state.done += 1;
                    state.failed += u64::from(matches!(outcome, Outcome::Failed(_)));
                    if progress(state).is_break() {
                        pipeline.exchange.stop();
                    }
                }
                Err(error) => {
                    pipeline.exchange.stop();
                    if result.is_ok() {
                        result = Err(error);
                    }
                }
            }
        }
        result
    })?;
    drop(writer);
    Ok(folder)
}
