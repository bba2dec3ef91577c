//! From indices to entries: pictures are read or rendered, judged and handed on, each stage bounded by the next.
//!
//! An analyzer in this process works on the thread that fetched the picture. One outside of it has threads of its own that
//! wait for its answers, fed by those that fetch ahead; so the two overlap, and no more pictures are in memory than
//! are with the analyzer, and three groups.
//!
//! Pictures go to such an analyzer a group at a time. One that is quicker than its source would else see in the pause before
//! a picture how long it took to fetch or to render, which tells what is in it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;
use std::time::{Duration, Instant};

use super::{Entry, Timing};
use crate::analyzer::{Analyzer, Answered, Description, FailureKind, Outcome, Request, Setup};
use crate::corpus::{Images, Sample};
use crate::{Result, hash};

/// What every thread works with.
pub(super) struct Pipeline<'a> {
    pub(super) images: &'a dyn Images,
    pub(super) analyzer: &'a dyn Analyzer,
    pub(super) setup: &'a Setup,
    pub(super) description: Description,
    pub(super) seed: u64,
    /// The number of this session of the run.
    pub(super) session: u32,
    pub(super) start: Instant,
    /// The indices that are to be done.
    pub(super) rest: Vec<usize>,
    pub(super) next: AtomicUsize,
    pub(super) stop: AtomicBool,
}

/// Pictures that are handed on together.
const GROUP: usize = 16;

/// A picture that waits for the analyzer.
struct Fetched {
    index: usize,
    sample: Sample,
}

impl Pipeline<'_> {
    /// Starts the threads; entries arrive in the order in which they are done. After `stop` only those that the analyzer
    /// was asked about already still come.
    pub(super) fn start<'s>(&'s self, scope: &'s Scope<'s, '_>) -> Receiver<Result<Entry>> {
        let jobs = self.setup.jobs.min(self.rest.len());
        let (sender, entries) = sync_channel(2 * self.setup.jobs);
        let Some(askers) = self.analyzer.concurrency() else {
            for _ in 0..jobs {
                let sender = sender.clone();
                scope.spawn(move || {
                    self.fetch(&mut |fetched| {
                        sender.send(fetched.map(|fetched| self.judge(fetched))).is_ok()
                    });
                });
            }
            return entries;
        };
        let askers = askers.clamp(1, self.rest.len().max(1));
        let (fetched, single) = sync_channel(GROUP);
        let (group, waiting) = sync_channel(GROUP);
        scope.spawn(move || release(&single, &group));
        for _ in 0..jobs {
            let (fetched, sender) = (fetched.clone(), sender.clone());
            scope.spawn(move || {
                self.fetch(&mut |sample| match sample {
                    Ok(sample) => fetched.send(sample).is_ok(),
                    Err(error) => sender.send(Err(error)).is_ok(),
                });
            });
        }
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..askers {
            let (waiting, sender) = (Arc::clone(&waiting), sender.clone());
            scope.spawn(move || self.ask(&waiting, &sender));
        }
        entries
    }

    /// Fetches pictures as long as somebody takes them.
    fn fetch(&self, take: &mut dyn FnMut(Result<Fetched>) -> bool) {
        while !self.stop.load(Ordering::Relaxed) {
            let Some(index) = self.rest.get(self.next.fetch_add(1, Ordering::Relaxed)) else { return };
            let fetched = self.images.get(*index).map(|mut sample| {
                sample.image.strip();
                Fetched { index: *index, sample }
            });
            if !take(fetched) {
                return;
            }
        }
    }

    fn ask(&self, waiting: &Mutex<Receiver<Fetched>>, entries: &SyncSender<Result<Entry>>) {
        loop {
            // In a statement of its own, so that the lock is not held while the analyzer works.
            let fetched = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(fetched) = fetched else { return };
            // Once stopped, what waits is thrown away, to the end, so that nobody is left who wants to hand on more.
            if !self.stop.load(Ordering::Relaxed) && entries.send(Ok(self.judge(fetched))).is_err() {
                return;
            }
        }
    }

    fn judge(&self, fetched: Fetched) -> Entry {
        let Fetched { index, sample } = fetched;
        let record = Arc::new(sample.record);
        let id = hash::opaque_id(self.seed, index);
        let request = Request { id: &id, role: record.role, image: &sample.image };
        let left = self.setup.backchannel.leave(&id, Arc::clone(&record));
        let answered = catch_unwind(AssertUnwindSafe(|| self.analyzer.answer(&request)));
        drop(left);
        let answered = answered.unwrap_or_else(|panic| Answered {
            outcome: Outcome::failed(FailureKind::Crash, panic_message(&*panic)),
            latency: Duration::ZERO,
            attempts: 1,
        });
        let timing = Timing {
            session: self.session,
            latency_ms: answered.latency.as_secs_f64() * 1e3,
            done_ms: self.start.elapsed().as_secs_f64() * 1e3,
            attempts: answered.attempts,
        };
        Entry::new(index, &record, answered.outcome.checked(&self.description), timing)
    }
}

/// Hands pictures on, a group at a time, until nobody brings or takes any more.
fn release(single: &Receiver<Fetched>, group: &SyncSender<Fetched>) {
    loop {
        let together: Vec<_> = single.iter().take(GROUP).collect();
        if together.is_empty() || together.into_iter().any(|fetched| group.send(fetched).is_err()) {
            return;
        }
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the analyzer panicked: {}", text.unwrap_or("without a message"))
}
