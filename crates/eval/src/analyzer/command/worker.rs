//! One process that speaks the protocol.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::Path;
use std::process::ChildStdin;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use retake_label::Role;

use super::super::predictions::on_this_line;
use super::super::{Description, FailureKind, Limits, Outcome, Setup};
use super::process::Process;
use super::protocol::{Hear, Picture, Say, VERSION};

/// Lines that may wait before the process has to.
const BACKLOG: usize = 64;
/// Answered ids that are remembered, so that a second answer is told from nonsense.
const MEMORY: usize = 256;
/// How long to wait for the end of a dead process's log.
const LOG_PATIENCE: Duration = Duration::from_millis(200);

/// Why a process is of no use any more.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) kind: FailureKind,
    pub(super) message: String,
}

impl Broken {
    pub(super) fn protocol(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Protocol, message: message.into() }
    }

    pub(super) fn crash(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Crash, message: message.into() }
    }

    pub(super) fn panicked() -> Self {
        Self::crash("could not be started")
    }
}

/// A started process that has said `ready`.
#[derive(Debug)]
pub(super) struct Worker {
    /// `None` once it has been ended.
    process: Option<Process>,
    stdin: Option<ChildStdin>,
    lines: Receiver<Line>,
    log: Arc<Mutex<Tail>>,
    log_end: Receiver<()>,
    setup: Setup,
    description: Description,
    answered: VecDeque<String>,
}

#[derive(Debug)]
enum Line {
    Text(Vec<u8>),
    TooLong,
}

impl Worker {
    pub(super) fn start(command: &[String], setup: &Setup) -> Result<Self, Broken> {
        let (process, streams) = Process::spawn(command)
            .map_err(|e| Broken::crash(format!("cannot start `{}`: {e}", command[0])))?;
        let Limits { line, log, start, .. } = setup.limits;
        let (sender, lines) = sync_channel(BACKLOG);
        let tail = Arc::new(Mutex::new(Tail { bytes: VecDeque::new(), most: log }));
        // Neither thread is waited for: a grandchild that escaped the group may hold a pipe open.
        std::thread::spawn(move || read_lines(streams.stdout, line, &sender));
        let (log_sender, log_end) = sync_channel(1);
        std::thread::spawn({
            let tail = Arc::clone(&tail);
            move || {
                read_log(streams.stderr, &tail);
                // Nobody waits when the worker is gone.
                let _ = log_sender.send(());
            }
        });
        let mut worker = Self {
            process: Some(process),
            stdin: Some(streams.stdin),
            lines,
            log: tail,
            log_end,
            setup: setup.clone(),
            description: Description::new("", "", []),
            answered: VecDeque::new(),
        };
        let shaken = worker.shake_hands(Instant::now() + start);
        shaken.map_err(|broken| worker.post_mortem(broken))?;
        Ok(worker)
    }

    pub(super) fn description(&self) -> &Description {
        &self.description
    }

    fn shake_hands(&mut self, deadline: Instant) -> Result<(), Broken> {
        let categories = self.setup.categories.clone();
        self.say(&Say::Hello { protocol: VERSION, categories: &categories })?;
        match self.hear(deadline) {
            Ok(Hear::Ready { name, version, categories }) => {
                self.description = Description::new(name, version, categories);
                Ok(())
            }
            Ok(_) => Err(Broken::protocol("answered before it said `ready`")),
            Err(broken) if broken.kind == FailureKind::Timeout => Err(Broken {
                kind: FailureKind::Timeout,
                message: format!("did not say `ready` within {:?}", self.setup.limits.start),
            }),
            Err(broken) => Err(broken),
        }
    }

    /// Asks about one picture. After an error the worker is of no use and should be dropped.
    pub(super) fn ask(&mut self, id: &str, role: Role, path: &Path) -> Result<Outcome, Broken> {
        self.exchange(id, role, path).map_err(|broken| self.post_mortem(broken))
    }

    fn exchange(&mut self, id: &str, role: Role, path: &Path) -> Result<Outcome, Broken> {
        let Some(path) = path.to_str() else {
            return Ok(Outcome::failed(FailureKind::Error, "the folder for temporary files is not Unicode"));
        };
        let deadline = Instant::now() + self.setup.limits.answer;
        self.say(&Say::Analyze { id, images: [Picture { role, path }] })?;
        loop {
            let (answered, outcome) = match self.hear(deadline)? {
                Hear::Result { id, findings: Some(findings), abstain: false } => (id, findings.into()),
                Hear::Result { id, findings: None, abstain: true } => (id, Outcome::Abstained),
                Hear::Result { .. } => {
                    return Err(Broken::protocol("a result needs `findings` or `abstain`"));
                }
                Hear::Error { id, message } => (id, Outcome::failed(FailureKind::Error, message)),
                Hear::Ready { .. } => return Err(Broken::protocol("said `ready` a second time")),
            };
            if answered == id {
                if self.answered.len() == MEMORY {
                    self.answered.pop_front();
                }
                self.answered.push_back(answered);
                return Ok(outcome);
            }
            // A second answer to an earlier question changes nothing.
            if !self.answered.contains(&answered) {
                return Err(Broken::protocol(format!("answered `{answered}`, which was not asked")));
            }
        }
    }

    fn say(&mut self, message: &Say<'_>) -> Result<(), Broken> {
        let mut line = serde_json::to_vec(message).map_err(|e| Broken::protocol(e.to_string()))?;
        line.push(b'\n');
        let stdin = self.stdin.as_mut().ok_or_else(|| Broken::crash("its input is closed"))?;
        stdin.write_all(&line).and_then(|()| stdin.flush()).map_err(|e| Broken::crash(format!("input: {e}")))
    }

    fn hear(&self, deadline: Instant) -> Result<Hear, Broken> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.late());
            }
            let line = match self.lines.recv_timeout(left) {
                Ok(Line::Text(line)) => line,
                Ok(Line::TooLong) => {
                    let most = self.setup.limits.line;
                    return Err(Broken::protocol(format!("a line of more than {most} bytes")));
                }
                Err(RecvTimeoutError::Timeout) => return Err(self.late()),
                Err(RecvTimeoutError::Disconnected) => return Err(Broken::crash("closed its output")),
            };
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            return serde_json::from_slice(line).map_err(|e| {
                let start: String = String::from_utf8_lossy(line).chars().take(80).collect();
                Broken::protocol(format!("{} in `{start}`", on_this_line(&e)))
            });
        }
    }

    fn late(&self) -> Broken {
        let message = format!("no answer within {:?}", self.setup.limits.answer);
        Broken { kind: FailureKind::Timeout, message }
    }

    /// Ends the process, and adds to what happened how it ended and the last line of its log.
    fn post_mortem(&mut self, mut broken: Broken) -> Broken {
        self.stdin = None;
        let grace = self.setup.limits.grace;
        if let Some(mut process) = self.process.take() {
            if broken.kind != FailureKind::Crash {
                process.stop(grace);
            } else if process.exits_within(grace) {
                broken.message = format!("{} ({})", broken.message, process.kill());
            }
        }
        // With the process gone its log ends too, except where a grandchild that escaped holds on to it.
        let _ = self.log_end.recv_timeout(grace.min(LOG_PATIENCE));
        if let Some(last) = self.tail().last_line() {
            broken.message = format!("{}; log: {last}", broken.message);
        }
        self.keep_log();
        broken
    }

    fn tail(&self) -> std::sync::MutexGuard<'_, Tail> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_log(&self) {
        let mut tail = self.tail();
        let bytes: Vec<u8> = tail.bytes.drain(..).collect();
        if let Some(path) = &self.setup.log
            && !bytes.is_empty()
        {
            // A log that cannot be kept is no reason to fail a run.
            let file = OpenOptions::new().create(true).append(true).open(path);
            let _ = file.and_then(|mut file| file.write_all(&bytes));
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stdin = None;
        if let Some(process) = self.process.take() {
            process.end(self.setup.limits.grace);
            let _ = self.log_end.recv_timeout(LOG_PATIENCE);
            self.keep_log();
        }
    }
}

/// Hands on the lines of a stream until it ends, a line is longer than `most` bytes, or nobody listens.
fn read_lines(stream: impl Read, most: usize, lines: &SyncSender<Line>) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        match stream.by_ref().take(most as u64 + 1).read_until(b'\n', &mut line) {
            Ok(1..) if line.len() > most => {
                // Nobody listening is fine: there is nothing to do but to end.
                let _ = lines.send(Line::TooLong);
                return;
            }
            Ok(1..) if lines.send(Line::Text(line)).is_ok() => {}
            _ => return,
        }
    }
}

/// The end of a log.
#[derive(Debug)]
struct Tail {
    bytes: VecDeque<u8>,
    most: usize,
}

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        let excess = self.bytes.len().saturating_sub(self.most);
        self.bytes.drain(..excess);
    }

    fn last_line(&self) -> Option<String> {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
        Some(line.chars().take(200).collect())
    }
}

fn read_log(mut stream: impl Read, tail: &Mutex<Tail>) {
    let mut buffer = [0; 8192];
    while let Ok(n @ 1..) = stream.read(&mut buffer) {
        tail.lock().unwrap_or_else(PoisonError::into_inner).push(&buffer[..n]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_keeps_its_end() {
        let mut tail = Tail { bytes: VecDeque::new(), most: 10 };
        tail.push(b"0123456789abc\nlast\n");
        assert_eq!(tail.bytes.len(), 10);
        assert_eq!(tail.last_line().unwrap(), "last");
    }

    #[test]
    fn lines_are_handed_on_up_to_the_limit() {
        let (sender, lines) = sync_channel(8);
        read_lines(&b"one\n\ntwo23\ntoolong\nnever\n"[..], 6, &sender);
        drop(sender);
        let heard: Vec<_> = lines.iter().collect();
        assert!(matches!(&heard[..], [Line::Text(a), Line::Text(_), Line::Text(b), Line::TooLong]
            if a == b"one\n" && b == b"two23\n"));
    }
}
