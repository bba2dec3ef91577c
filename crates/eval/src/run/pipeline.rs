//! From indices to entries: pictures are read or rendered, judged and handed on, each stage bounded by the next.
//!
//! An analyzer in this process works on the threads that fetch the pictures. One outside of it has threads of its own that
//! wait for its answers, fed by those that fetch ahead; so the two overlap.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;
use std::time::{Duration, Instant};

use super::exchange::{Duty, Exchange, Fetched, Job};
use super::{Entry, Timing};
use crate::analyzer::{Analyzer, Answered, Description, FailureKind, Outcome, Request, Setup};
use crate::corpus::Images;
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
    /// What is to be done.
    pub(super) exchange: Exchange,
}

impl Pipeline<'_> {
    /// Starts the threads; entries arrive in the order in which they are done. After a stop only those that the analyzer
    /// was asked about already still come.
    pub(super) fn start<'s>(&'s self, scope: &'s Scope<'s, '_>) -> Receiver<Result<Entry>> {
        let jobs = self.setup.jobs.min(self.exchange.len());
        let (sender, entries) = sync_channel(2 * self.setup.jobs);
        let threads = match self.analyzer.concurrency() {
            None => vec![(Duty::Both, jobs)],
            Some(askers) => {
                vec![(Duty::Fetch, jobs), (Duty::Ask, askers.clamp(1, self.exchange.len().max(1)))]
            }
        };
        for (duty, count) in threads {
            for _ in 0..count {
                let sender = sender.clone();
                scope.spawn(move || self.work(duty, &sender));
            }
        }
        entries
    }

    /// Fetches pictures and asks about them, as long as there is something to do and somebody takes what comes of it.
    fn work(&self, duty: Duty, entries: &SyncSender<Result<Entry>>) {
        while let Some(job) = self.exchange.job(duty) {
            let sent = match job {
                Job::Ask(fetched) => entries.send(Ok(self.judge(fetched))),
                Job::Fetch(claim) => match self.images.get(claim.index) {
                    Ok(mut sample) => {
                        sample.image.strip();
                        claim.bring(sample);
                        continue;
                    }
                    Err(error) => entries.send(Err(error)),
                },
            };
            if sent.is_err() {
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

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the analyzer panicked: {}", text.unwrap_or("without a message"))
}
