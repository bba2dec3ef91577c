//! From a specification, such as `cmd:./analyzer --fast`, to an analyzer.

use std::sync::Arc;
use std::time::Duration;

use retake_label::Category;

use super::{Analyzer, Backchannel, Logs, builtin, command, http, predictions};
use crate::{Error, Result};

/// The kinds of analyzer, by the word before the colon. A new one is a file beside this one and a line here.
pub const KINDS: &[&dyn Kind] = &[&builtin::Builtin, &command::Cmd, &http::Http, &predictions::Predictions];

/// A way to plug an analyzer in.
pub trait Kind: Sync {
    /// The word before the colon.
    fn scheme(&self) -> &'static str;

    /// What stands behind the colon, as it is shown to people.
    fn usage(&self) -> &'static str;

    /// One sentence for the listing.
    fn summary(&self) -> &'static str;

    /// Starts the analyzer that `rest`, all behind the colon, describes.
    ///
    /// # Errors
    /// [`Error::Spec`] when it cannot be understood, [`Error::Analyzer`] when it cannot be started.
    fn open(&self, rest: &str, setup: &Setup, registry: &Registry) -> Result<Box<dyn Analyzer>>;
}

/// What an analyzer is started with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The categories that the run will ask about.
    pub categories: Vec<Category>,
    /// Threads that read or render pictures, and call an analyzer that works inside of this process.
    pub jobs: usize,
    /// Processes of an analyzer that is a command.
    pub workers: usize,
    /// Pictures that each of them is asked about before it has answered.
    pub in_flight: usize,
    /// Whether images that failed in an earlier session of the run are asked about again.
    pub retry_errors: bool,
    /// How long to wait for an analyzer, and how much to take from it.
    pub limits: Limits,
    /// Where the logs of an analyzer that runs as processes go: into the run's folder, once it is open.
    pub logs: Arc<Logs>,
    /// The way by which built-in analyzers learn which image is asked about.
    pub backchannel: Arc<Backchannel>,
}

impl Setup {
    /// The default of [`Setup::in_flight`]: the next question waits at the process when it has answered the last one.
    pub const IN_FLIGHT: usize = 2;

    /// The default limits, and as many workers as jobs.
    pub fn new(categories: Vec<Category>, jobs: usize) -> Self {
        Self {
            categories,
            jobs: jobs.max(1),
            workers: jobs.max(1),
            in_flight: Self::IN_FLIGHT,
            retry_errors: false,
            limits: Limits::default(),
            logs: Arc::default(),
            backchannel: Arc::default(),
        }
    }
}

/// What an analyzer may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time from the start of a process to its `ready`.
    pub start: Duration,
    /// Time for one image.
    pub answer: Duration,
    /// Time between being asked to end and being killed.
    pub grace: Duration,
    /// Longest line of an answer, bytes.
    pub line: usize,
    /// How much of the end of a process's log is kept, bytes.
    pub log: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(60),
            answer: Duration::from_secs(30),
            grace: Duration::from_secs(2),
            line: 1 << 20,
            log: 64 << 10,
        }
    }
}

type Factory = Box<dyn Fn(&Setup) -> Box<dyn Analyzer> + Send + Sync>;

/// The analyzers that the program brings along, behind `builtin:`.
#[derive(Default)]
pub struct Registry {
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    summary: String,
    make: Factory,
}

impl Registry {
    /// Adds an analyzer as `builtin:NAME`.
    #[must_use]
    pub fn with<A: Analyzer + 'static>(
        mut self,
        name: impl Into<String>,
        summary: impl Into<String>,
        make: impl Fn(&Setup) -> A + Send + Sync + 'static,
    ) -> Self {
        let make: Factory = Box::new(move |setup| Box::new(make(setup)));
        self.entries.push(Entry { name: name.into(), summary: summary.into(), make });
        self
    }

    /// Starts the analyzer that a specification names.
    ///
    /// # Errors
    /// [`Error::Spec`] when it cannot be understood, [`Error::Analyzer`] when it cannot be started.
    pub fn open(&self, spec: &str, setup: &Setup) -> Result<Box<dyn Analyzer>> {
        let known =
            || KINDS.iter().map(|k| format!("{}:{}", k.scheme(), k.usage())).collect::<Vec<_>>().join(", ");
        let (scheme, rest) = spec
            .split_once(':')
            .ok_or_else(|| Error::spec(spec, format!("an analyzer is one of {}", known())))?;
        let kind = KINDS.iter().find(|kind| kind.scheme() == scheme).ok_or_else(|| {
            Error::spec(spec, format!("no kind `{scheme}`; an analyzer is one of {}", known()))
        })?;
        kind.open(rest, setup, self)
    }

    /// Names and summaries of everything behind `builtin:`, the oracle first.
    pub fn builtins(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = std::iter::once((builtin::ORACLE, builtin::ORACLE_SUMMARY));
        own.chain(self.entries.iter().map(|entry| (entry.name.as_str(), entry.summary.as_str())))
    }

    pub(super) fn make(&self, name: &str, setup: &Setup) -> Option<Box<dyn Analyzer>> {
        self.entries.iter().find(|entry| entry.name == name).map(|entry| (entry.make)(setup))
    }
}
