//! The workers of one analyzer: who may ask which, and what happens when one breaks.
//!
//! Up to [`Setup::in_flight`](super::super::Setup::in_flight) pictures are with a worker at once. When a process breaks, all
//! that were with it are suspects and are asked again, each alone with a process, so that an innocent one is never blamed
//! and the culprit always found. A picture that was alone with a process that broke is done with, except after a first crash: that may
//! have been the process's own weakness, so only a second one counts, in a process that was asked nothing before.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::super::{Answered, Description, FailureKind, Outcome, Request, Setup};
use super::desk::Broken;
use super::log::Log;
use super::worker::{Asked, Worker};

/// After so many starts in a row that fail, no other is tried.
const FAILED_STARTS: u32 = 3;
/// After so many pictures in a row that broke their process for good, with no answer between, no other is tried.
const FAILED_PICTURES: u32 = 20;

/// See the module.
pub(super) struct Pool {
    command: Vec<String>,
    setup: Setup,
    description: Description,
    slots: Vec<Slot>,
    loads: Mutex<Loads>,
    freed: Condvar,
}

/// The place of one worker, empty after it broke until the next one is needed.
struct Slot {
    worker: Mutex<Option<Arc<Worker>>>,
    log: Arc<Log>,
}

struct Loads {
    /// Pictures with each worker.
    of: Vec<Load>,
    /// Suspects that wait for a worker of their own; nobody else is let in before them.
    suspects: usize,
    broken_in_a_row: u32,
    given_up: Option<String>,
}

#[derive(Clone, Copy, Default)]
struct Load {
    pictures: usize,
    alone: bool,
}

/// The right to ask the worker of one slot; given back when dropped.
struct Lease<'a> {
    pool: &'a Pool,
    slot: usize,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut loads = self.pool.loads();
        let load = &mut loads.of[self.slot];
        load.pictures -= 1;
        load.alone = false;
        drop(loads);
        self.pool.freed.notify_all();
    }
}

impl Pool {
    /// Starts all processes at once, since loading a model may take each of them a while.
    ///
    /// # Errors
    /// When one does not start, or they do not agree on what they are.
    pub(super) fn start(command: Vec<String>, setup: Setup) -> Result<Self, Broken> {
        let count = setup.workers.max(1);
        let log = |n| Arc::new(Log::new(Arc::clone(&setup.logs), n, setup.limits.log));
        let logs: Vec<_> = (0..count).map(log).collect();
        let started: Vec<_> = std::thread::scope(|scope| {
            let (command, setup) = (&command, &setup);
            let start = |log| scope.spawn(move || Worker::start(command, setup, log));
            let handles: Vec<_> = logs.iter().map(start).collect();
            let broken = |_| Err(Broken::crash("could not be started"));
            handles.into_iter().map(|handle| handle.join().unwrap_or_else(broken)).collect()
        });
        let workers = started.into_iter().collect::<Result<Vec<_>, _>>()?;
        let description = workers[0].description().clone();
        if workers.iter().any(|worker| *worker.description() != description) {
            return Err(Broken::protocol("its processes describe themselves differently in `ready`"));
        }
        let slot = |(worker, log)| Slot { worker: Mutex::new(Some(Arc::new(worker))), log };
        Ok(Self {
            command,
            description,
            slots: workers.into_iter().zip(logs).map(slot).collect(),
            loads: Mutex::new(Loads {
                of: vec![Load::default(); count],
                suspects: 0,
                broken_in_a_row: 0,
                given_up: None,
            }),
            freed: Condvar::new(),
            setup,
        })
    }

    pub(super) fn description(&self) -> &Description {
        &self.description
    }

    /// How many pictures can be with its workers at once.
    pub(super) fn room(&self) -> usize {
        self.slots.len() * self.setup.in_flight.max(1)
    }

    /// Asks about a picture, again where the rules in the module's documentation say so.
    pub(super) fn answer(&self, request: &Request<'_>, path: &std::path::Path) -> Answered {
        let (mut attempts, mut refusals, mut crashes, mut suspect) = (0, 0, 0, false);
        let broken = loop {
            let asked = self.lease(suspect).and_then(|lease| {
                let worker = self.worker(lease.slot, crashes > 0)?;
                attempts += 1;
                Ok(worker.ask(request.id, request.role, path))
            });
            match asked {
                Ok(Asked::Answered(reply)) => {
                    self.loads().broken_in_a_row = 0;
                    return Answered { outcome: reply.outcome, latency: reply.latency, attempts };
                }
                Ok(Asked::Broke(broken)) => {
                    crashes += u32::from(broken.kind == FailureKind::Crash);
                    let alone = broken.open <= 1;
                    if alone && (broken.kind != FailureKind::Crash || crashes > 1) {
                        self.note_failure();
                        break broken;
                    }
                    suspect = true;
                }
                // It broke before it was asked: nobody's fault, unless it always does.
                Ok(Asked::Refused) => {
                    attempts -= 1;
                    refusals += 1;
                    if refusals > FAILED_STARTS {
                        break Broken::crash("its process ended before it could be asked, again and again");
                    }
                }
                Err(broken) => break broken,
            }
        };
        let latency = std::time::Duration::ZERO;
        Answered { outcome: Outcome::failed(broken.kind, broken.message), latency, attempts }
    }

    fn loads(&self) -> MutexGuard<'_, Loads> {
        self.loads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place at a worker; `alone`, for a worker that nobody else is with.
    fn lease(&self, alone: bool) -> Result<Lease<'_>, Broken> {
        let mut loads = self.loads();
        loads.suspects += usize::from(alone);
        let slot = loop {
            if let Some(reason) = &loads.given_up {
                let broken = Broken::crash(reason.clone());
                loads.suspects -= usize::from(alone);
                return Err(broken);
            }
            if let Some(slot) = loads.place(alone, self.setup.in_flight.max(1)) {
                break slot;
            }
            loads = self.freed.wait(loads).unwrap_or_else(PoisonError::into_inner);
        };
        loads.suspects -= usize::from(alone);
        loads.of[slot].pictures += 1;
        loads.of[slot].alone = alone;
        drop(loads);
        if alone {
            // Others may take what it has left.
            self.freed.notify_all();
        }
        Ok(Lease { pool: self, slot })
    }

    /// The worker of a slot, started anew where the last one broke; `fresh`, also where it was asked something.
    fn worker(&self, slot: usize, fresh: bool) -> Result<Arc<Worker>, Broken> {
        let slot = &self.slots[slot];
        let mut place = slot.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let usable = |worker: &&Arc<Worker>| !(worker.is_broken() || fresh && worker.was_asked());
        if let Some(worker) = place.as_ref().filter(usable) {
            return Ok(Arc::clone(worker));
        }
        *place = None;
        let mut last = None;
        for _ in 0..FAILED_STARTS {
            if let Some(reason) = &self.loads().given_up {
                return Err(Broken::crash(reason.clone()));
            }
            match Worker::start(&self.command, &self.setup, &slot.log) {
                Ok(worker) if *worker.description() == self.description => {
                    return Ok(Arc::clone(place.insert(Arc::new(worker))));
                }
                Ok(_) => {
                    last = Some("a restarted process describes itself differently in `ready`".to_owned());
                }
                Err(broken) => last = Some(broken.message),
            }
        }
        let last = last.unwrap_or_default();
        Err(self.give_up(format!("given up after {FAILED_STARTS} starts in a row that failed: {last}")))
    }

    fn note_failure(&self) {
        let mut loads = self.loads();
        loads.broken_in_a_row += 1;
        let hopeless = loads.broken_in_a_row >= FAILED_PICTURES;
        drop(loads);
        if hopeless {
            self.give_up(format!(
                "given up after {FAILED_PICTURES} pictures in a row that broke its process"
            ));
        }
    }

    /// From now on nothing is asked any more.
    fn give_up(&self, reason: String) -> Broken {
        let reason = self.loads().given_up.get_or_insert(reason).clone();
        self.freed.notify_all();
        Broken::crash(reason)
    }
}

impl Loads {
    /// A slot with a place, the emptiest first.
    fn place(&self, alone: bool, in_flight: usize) -> Option<usize> {
        if !alone && self.suspects > 0 {
            return None;
        }
        let most = if alone { 1 } else { in_flight };
        let open = |load: &Load| !load.alone && load.pictures < most;
        let slots = self.of.iter().enumerate().filter(|(_, load)| open(load));
        slots.min_by_key(|(_, load)| load.pictures).map(|(slot, _)| slot)
    }
}

impl Drop for Pool {
    /// Ends all processes at the same time, so that the grace is waited for once.
    fn drop(&mut self) {
        std::thread::scope(|scope| {
            for slot in self.slots.drain(..) {
                scope.spawn(move || drop(slot));
            }
        });
    }
}
