//! One process that speaks the protocol.
//!
//! Three threads stand between it and its askers, so that nothing it does or leaves undone can hold one of them up: one
//! writes questions, one reads answers, one takes in its log.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use retake_label::{Category, Role};

use super::super::{Description, FailureKind, Limits, Setup};
use super::desk::{Broken, Desk, Reply};
use super::log::Log;
use super::process::Process;
use super::protocol::{Picture, Say, VERSION};

/// How long to wait for the end of a dead process's log.
const LOG_PATIENCE: Duration = Duration::from_millis(200);

/// A started process that has said `ready`.
#[derive(Debug)]
pub(super) struct Worker {
    desk: Arc<Mutex<Desk>>,
    description: Description,
    limits: Limits,
    in_flight: usize,
    /// `None` once it has been ended, which closes the process's input.
    questions: Mutex<Option<Sender<Vec<u8>>>>,
    process: Mutex<Option<Process>>,
    log: Arc<Log>,
    log_end: Mutex<Receiver<()>>,
    verdict: OnceLock<Broken>,
}

/// What became of a question.
pub(super) enum Asked {
    /// It was answered.
    Answered(Reply),
    /// The process broke while this was open.
    Broke(Broken),
    /// The process was broken already; this was never asked.
    Refused,
}

impl Worker {
    pub(super) fn start(command: &[String], setup: &Setup, log: &Arc<Log>) -> Result<Self, Broken> {
        let (process, streams) = Process::spawn(command)
            .map_err(|e| Broken::crash(format!("cannot start `{}`: {e}", command[0])))?;
        let (desk, ready) = Desk::new();
        let desk = Arc::new(Mutex::new(desk));
        let (questions, to_write) = channel::<Vec<u8>>();
        let (log_sender, log_end) = sync_channel(1);
        // No thread is waited for: a grandchild that escaped the group may hold a pipe open.
        let mut stdin = streams.stdin;
        std::thread::spawn(move || {
            for line in to_write {
                // A process that has closed its input says so by not answering, or by its end.
                if stdin.write_all(&line).and_then(|()| stdin.flush()).is_err() {
                    return;
                }
            }
        });
        let longest = setup.limits.line;
        std::thread::spawn({
            let desk = Arc::clone(&desk);
            move || {
                let broken = read_lines(streams.stdout, longest, |line| lock(&desk).hear(line));
                lock(&desk).break_off(broken);
            }
        });
        std::thread::spawn({
            let log = Arc::clone(log);
            move || {
                log.take_in(streams.stderr);
                // Nobody waits when the worker is gone.
                let _ = log_sender.send(());
            }
        });
        let mut worker = Self {
            desk,
            description: Description::new("", "", []),
            limits: setup.limits,
            in_flight: setup.in_flight,
            questions: Mutex::new(Some(questions)),
            process: Mutex::new(Some(process)),
            log: Arc::clone(log),
            log_end: Mutex::new(log_end),
            verdict: OnceLock::new(),
        };
        worker.description = worker.shake_hands(&setup.categories, &ready)?;
        Ok(worker)
    }

    pub(super) fn description(&self) -> &Description {
        &self.description
    }

    pub(super) fn is_broken(&self) -> bool {
        lock(&self.desk).broken().is_some()
    }

    /// Whether it was asked about any picture yet.
    pub(super) fn was_asked(&self) -> bool {
        lock(&self.desk).was_asked()
    }

    fn shake_hands(
        &self,
        categories: &[Category],
        ready: &Receiver<Description>,
    ) -> Result<Description, Broken> {
        self.say(&Say::Hello { protocol: VERSION, categories });
        ready.recv_timeout(self.limits.start).map_err(|error| {
            if error == RecvTimeoutError::Timeout {
                let message = format!("did not say `ready` within {:?}", self.limits.start);
                lock(&self.desk).break_off(Broken::new(FailureKind::Timeout, message));
            }
            self.verdict()
        })
    }

    /// Asks about one picture and waits for the answer.
    pub(super) fn ask(&self, id: &str, role: Role, path: &Path) -> Asked {
        let Some(answer) = lock(&self.desk).ask(id) else { return Asked::Refused };
        self.say(&Say::Analyze { id, images: [Picture { role, path: &path.to_string_lossy() }] });
        loop {
            let deadline = lock(&self.desk).deadline(id, self.limits.answer, self.in_flight);
            let now = Instant::now();
            // What is not open any more has been answered, or its process is broken: either is waiting here.
            let left = deadline.map_or(Duration::ZERO, |deadline| deadline.saturating_duration_since(now));
            match answer.recv_timeout(left) {
                Ok(reply) => return Asked::Answered(reply),
                Err(RecvTimeoutError::Disconnected) => return Asked::Broke(self.verdict()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let mut desk = lock(&self.desk);
            let overdue = desk.deadline(id, self.limits.answer, self.in_flight);
            if overdue.is_some_and(|deadline| deadline <= Instant::now()) {
                let message = format!("no answer within {:?}", self.limits.answer);
                desk.break_off(Broken::new(FailureKind::Timeout, message));
            }
        }
    }

    fn say(&self, message: &Say<'_>) {
        let Ok(mut line) = serde_json::to_vec(message) else { return };
        line.push(b'\n');
        if let Some(questions) = &*lock(&self.questions) {
            // The writer is gone when the input is closed: then no answer comes, or the end has come already.
            let _ = questions.send(line);
        }
    }

    /// Ends a broken process, once, and says why it broke, how it ended and what the last line of its log was.
    fn verdict(&self) -> Broken {
        let verdict = self.verdict.get_or_init(|| {
            let broken = lock(&self.desk).broken().cloned();
            self.post_mortem(broken.unwrap_or_else(|| Broken::crash("ended")))
        });
        verdict.clone()
    }

    fn post_mortem(&self, mut broken: Broken) -> Broken {
        lock(&self.questions).take();
        let grace = self.limits.grace;
        if let Some(mut process) = lock(&self.process).take() {
            if broken.kind != FailureKind::Crash {
                process.stop(grace);
            } else if process.exits_within(grace) {
                broken.message = format!("{} ({})", broken.message, process.kill());
            }
        }
        self.close_log(grace);
        if let Some(last) = self.log.last_line() {
            broken.message = format!("{}; log: {last}", broken.message);
        }
        broken
    }

    /// With the process gone its log ends too, except where a grandchild that escaped holds on to it.
    fn close_log(&self, grace: Duration) {
        let _ = lock(&self.log_end).recv_timeout(grace.min(LOG_PATIENCE));
        self.log.keep();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        lock(&self.questions).take();
        if let Some(process) = lock(&self.process).take() {
            process.end(self.limits.grace);
            self.close_log(self.limits.grace);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hands on the lines of a stream until it ends, a line is longer than `most` bytes, or one is not understood.
fn read_lines(stream: impl Read, most: usize, mut hear: impl FnMut(&[u8]) -> Result<(), Broken>) -> Broken {
    let mut stream = BufReader::with_capacity(1 << 16, stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        match stream.by_ref().take(most as u64 + 1).read_until(b'\n', &mut line) {
            Ok(1..) if line.len() > most => {
                return Broken::protocol(format!("a line of more than {most} bytes"));
            }
            Ok(1..) => {}
            _ => return Broken::crash("closed its output"),
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match hear(text) {
            Err(_) if line.last() != Some(&b'\n') => {
                return Broken::crash("closed its output in the middle of a line");
            }
            Err(broken) => return broken,
            Ok(()) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_handed_on_up_to_the_limit() {
        let listen = |text: &'static [u8]| {
            let mut heard = Vec::new();
            let broken = read_lines(text, 6, |line| {
                heard.push(String::from_utf8_lossy(line).into_owned());
                if line == b"bad" { Err(Broken::protocol("bad")) } else { Ok(()) }
            });
            (heard.join(","), broken.message)
        };
        let (heard, end) = listen(b"one\n\ntwo23\ntoolong\nnever\n");
        assert!(heard == "one,two23" && end.contains("more than 6 bytes"), "{heard}: {end}");
        assert_eq!(listen(b"one\nbad\nnever\n"), ("one,bad".into(), "bad".into()));
        assert_eq!(listen(b"one\nlast"), ("one,last".into(), "closed its output".into()));
        assert_eq!(listen(b"bad").1, "closed its output in the middle of a line");
    }
}
