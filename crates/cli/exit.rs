//! What the program's exit codes mean. They are part of its interface: CI jobs branch on them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The command did what it was asked to do.
    Passed = 0,
    /// A gate failed, or a release regressed.
    Failed = 1,
    /// It could not run: bad input or bad usage.
    CouldNotRun = 2,
    /// The analyzer failed: it could not be started, or answered not one image.
    AnalyzerFailed = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The exit code of an error that ended a command.
pub(crate) fn of_error(error: &anyhow::Error) -> Exit {
    match error.downcast_ref::<retake_eval::Error>() {
        Some(retake_eval::Error::Analyzer { .. }) => Exit::AnalyzerFailed,
        _ => Exit::CouldNotRun,
    }
}
