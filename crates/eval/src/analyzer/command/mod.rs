//! `cmd:PROGRAM ARGS`: analyzers as processes that speak JSON Lines, in any language.
//!
//! ```text
//! askers -> pool (who may ask which worker) -> worker (a process and its three threads) -> desk (open questions)
//! ```
//!
//! A process that hangs, dies or answers nonsense is killed with all that it has started, and replaced. The picture at
//! fault fails; the other pictures never notice.

mod desk;
#[cfg(target_os = "linux")]
mod escaped;
mod log;
mod pool;
mod process;
mod protocol;
mod worker;

use desk::Broken;
pub use log::Logs;
use pool::Pool;
use tempfile::TempDir;

use super::{Analyzer, Answered, Description, FailureKind, Kind, Outcome, Registry, Request, Setup};
use crate::{Error, Result};

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

/// Processes, and the folder where their pictures lie.
struct CommandAnalyzer {
    pool: Pool,
    pictures: TempDir,
}

impl CommandAnalyzer {
    fn start(command: Vec<String>, setup: Setup) -> Result<Self, Broken> {
        let pictures = tempfile::Builder::new()
            .prefix("retake-")
            .tempdir()
            .map_err(|e| Broken::crash(format!("no folder for its pictures: {e}")))?;
        if pictures.path().to_str().is_none() {
            return Err(Broken::crash(
                "the folder for temporary files is not Unicode; set TMPDIR to one that is",
            ));
        }
        Ok(Self { pool: Pool::start(command, setup)?, pictures })
    }
}

impl Analyzer for CommandAnalyzer {
    fn describe(&self) -> Description {
        self.pool.description().clone()
    }

    fn analyze(&self, request: &Request<'_>) -> Outcome {
        self.answer(request).outcome
    }

    fn concurrency(&self) -> Option<usize> {
        Some(self.pool.room())
    }

    fn answer(&self, request: &Request<'_>) -> Answered {
        match request.image.copy_in(self.pictures.path(), request.id) {
            Ok(picture) => self.pool.answer(request, &picture),
            Err(e) => Answered {
                outcome: Outcome::failed(FailureKind::Error, format!("no copy of the picture: {e}")),
                latency: std::time::Duration::ZERO,
                attempts: 0,
            },
        }
    }
}
