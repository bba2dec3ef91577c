//! `cmd:PROGRAM ARGS`: analyzers as processes that speak JSON Lines, in any language.
//!
//! One process per job, and one picture at a time in each: whatever happens to the process then has exactly one culprit.
//! A process that hangs, dies or answers nonsense fails that picture, is killed with all its children,
//! and is replaced; the other pictures never notice.

mod process;
mod protocol;
mod worker;

use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;
use worker::{Broken, Worker};

use super::{Analyzer, Description, FailureKind, Kind, Outcome, Registry, Request, Setup};
use crate::{Error, Result};

/// After so many starts in a row that fail, no other is tried.
const PATIENCE: u32 = 3;

/// `cmd:PROGRAM ARGS`
#[derive(Clone, Copy, Debug)]
pub(super) struct Cmd;

impl Kind for Cmd {
    fn scheme(&self) -> &'static str {
        "cmd"
    }

    fn usage(&self) -> &'static str {
        "PROGRAM [ARGS]"
    }

    fn summary(&self) -> &'static str {
        "a program that speaks JSON Lines on its standard input and output"
    }

    fn open(&self, rest: &str, setup: &Setup, _: &Registry) -> Result<Box<dyn Analyzer>> {
        let spec = || format!("cmd:{rest}");
        let words = shlex::split(rest).ok_or_else(|| Error::spec(spec(), "a quote is left open"))?;
        if words.is_empty() {
            return Err(Error::spec(spec(), "names no program"));
        }
        Ok(Box::new(
            CommandAnalyzer::start(words, setup.clone())
                .map_err(|broken| Error::Analyzer { analyzer: spec(), problem: broken.message })?,
        ))
    }
}

/// A pool of processes.
struct CommandAnalyzer {
    command: Vec<String>,
    setup: Setup,
    description: Description,
    pictures: TempDir,
    pool: Mutex<Pool>,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Worker>,
    failed_starts: u32,
}

impl CommandAnalyzer {
    /// Starts all processes at once, since loading a model may take each of them a while.
    fn start(command: Vec<String>, setup: Setup) -> Result<Self, Broken> {
        let pictures = tempfile::Builder::new().prefix("retake-").tempdir().map_err(|e| Broken {
            kind: FailureKind::Error,
            message: format!("no folder for its pictures: {e}"),
        })?;
        let started: Vec<_> = std::thread::scope(|scope| {
            let handles: Vec<_> =
                (0..setup.jobs).map(|_| scope.spawn(|| Worker::start(&command, &setup))).collect();
            handles
                .into_iter()
                .map(|handle| handle.join().unwrap_or_else(|_| Err(Broken::panicked())))
                .collect()
        });
        let idle = started.into_iter().collect::<Result<Vec<_>, _>>()?;
        let described: Vec<&Description> = idle.iter().map(Worker::description).collect();
        if described.windows(2).any(|pair| pair[0] != pair[1]) {
            return Err(Broken::protocol("its processes describe themselves differently in `ready`"));
        }
        let description = described[0].clone();
        Ok(Self { command, setup, description, pictures, pool: Mutex::new(Pool { idle, failed_starts: 0 }) })
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An idle process, or a new one in the place of one that broke.
    fn take(&self) -> Result<Worker, Broken> {
        {
            let mut pool = self.pool();
            if let Some(worker) = pool.idle.pop() {
                return Ok(worker);
            }
            if pool.failed_starts >= PATIENCE {
                return Err(Broken::crash(format!("given up after {PATIENCE} starts that failed in a row")));
            }
        }
        let started = Worker::start(&self.command, &self.setup).and_then(|worker| {
            if *worker.description() == self.description {
                Ok(worker)
            } else {
                Err(Broken::protocol("a restarted process describes itself differently in `ready`"))
            }
        });
        let mut pool = self.pool();
        pool.failed_starts = if started.is_ok() { 0 } else { pool.failed_starts + 1 };
        started
    }

    fn ask(&self, request: &Request<'_>) -> Result<Outcome, Broken> {
        let picture = request.image.copy_in(self.pictures.path(), request.id);
        let picture = match picture {
            Ok(picture) => picture,
            Err(e) => return Ok(Outcome::failed(FailureKind::Error, format!("no copy of the picture: {e}"))),
        };
        let mut worker = self.take()?;
        let outcome = worker.ask(request.id, request.role, &picture)?;
        self.pool().idle.push(worker);
        Ok(outcome)
    }
}

impl Analyzer for CommandAnalyzer {
    fn describe(&self) -> Description {
        self.description.clone()
    }

    fn analyze(&self, request: &Request<'_>) -> Outcome {
        self.ask(request).unwrap_or_else(|broken| Outcome::failed(broken.kind, broken.message))
    }
}

impl Drop for CommandAnalyzer {
    /// Ends all processes at the same time, so that the grace is waited for once.
    fn drop(&mut self) {
        let idle = std::mem::take(&mut self.pool().idle);
        std::thread::scope(|scope| {
            for worker in idle {
                scope.spawn(move || drop(worker));
            }
        });
    }
}
