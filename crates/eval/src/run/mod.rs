//! A run: one analyzer on one corpus, kept in a folder so that it can be resumed.
//!
//! ```text
//! run.json        who, on what, under which conditions: a folder is resumed only under the same
//! findings.jsonl  a line per image, appended as answers come in; all that a report needs, the truth included
//! report.json     derived from the two, and the same to the byte however often the run was interrupted
//! timing.json     derived too, and apart, since no two runs take the same time
//! ```

mod entry;
mod folder;

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Instant;

pub use entry::{Entry, Timing};
pub use folder::{Conditions, FORMAT, Folder, RunInfo};

use crate::analyzer::{Analyzer, Description, FailureKind, Outcome, Request, Setup};
use crate::corpus::Images;
use crate::{Result, hash};

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

/// Runs an analyzer over all images that the folder has no outcome of yet, `setup.jobs` at once.
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
    let done = folder.finished()?;
    let total = images.len();
    let rest: Vec<usize> =
        hash::shuffled(conditions.seed, total).into_iter().filter(|i| !done.contains(*i)).collect();
    let mut state = Progress { done: (total - rest.len()) as u64, total: total as u64, failed: 0 };
    let bench = Bench { images, analyzer, setup, description, seed: conditions.seed };
    let session = Session { number: done.next_session(), start: Instant::now() };
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let mut writer = folder.append()?;
    std::thread::scope(|scope| {
        let (sender, entries) = sync_channel(2 * setup.jobs);
        for _ in 0..setup.jobs.min(rest.len()) {
            let sender = sender.clone();
            scope.spawn(|| bench.work(&rest, &next, &stop, session, sender));
        }
        drop(sender);
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
                        stop.store(true, Ordering::Relaxed);
                    }
                }
                Err(error) => {
                    stop.store(true, Ordering::Relaxed);
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

#[derive(Clone, Copy)]
struct Session {
    number: u32,
    start: Instant,
}

/// What every job works with.
struct Bench<'a> {
    images: &'a dyn Images,
    analyzer: &'a dyn Analyzer,
    setup: &'a Setup,
    description: Description,
    seed: u64,
}

impl Bench<'_> {
    fn work(
        &self,
        rest: &[usize],
        next: &AtomicUsize,
        stop: &AtomicBool,
        session: Session,
        entries: SyncSender<Result<Entry>>,
    ) {
        while !stop.load(Ordering::Relaxed) {
            let Some(index) = rest.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
            if entries.send(self.judge(*index, session)).is_err() {
                return;
            }
        }
    }

    fn judge(&self, index: usize, session: Session) -> Result<Entry> {
        let sample = self.images.get(index)?;
        let record = Arc::new(sample.record);
        let id = hash::opaque_id(self.seed, index);
        let request = Request { id: &id, role: record.role, image: &sample.image };
        let left = self.setup.backchannel.leave(&id, Arc::clone(&record));
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| self.analyzer.analyze(&request)));
        let latency = start.elapsed();
        drop(left);
        let outcome =
            outcome.unwrap_or_else(|panic| Outcome::failed(FailureKind::Crash, panic_message(&*panic)));
        let timing = Timing {
            session: session.number,
            latency_ms: latency.as_secs_f64() * 1e3,
            done_ms: session.start.elapsed().as_secs_f64() * 1e3,
        };
        Ok(Entry::new(index, &record, outcome.checked(&self.description), timing))
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the analyzer panicked: {}", text.unwrap_or("without a message"))
}
