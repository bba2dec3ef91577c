//! What one process was asked and has not answered yet.
//!
//! Askers leave a question and wait for its reply; the thread that reads the process's output hands replies out. When the
//! process breaks, whoever still waits learns it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::super::{Description, FailureKind, Outcome};
use super::protocol::Hear;
use crate::error::on_this_line;

/// Answered ids that are remembered, so that a second answer is told from nonsense.
const MEMORY: usize = 1024;

/// Why a process is of no use any more.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    pub(super) kind: FailureKind,
    pub(super) message: String,
    /// Questions that were open when it broke: with one, its culprit is known.
    pub(super) open: usize,
}

impl Broken {
    pub(super) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), open: 0 }
    }

    pub(super) fn protocol(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Protocol, message)
    }

    pub(super) fn crash(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Crash, message)
    }
}

/// An answer, and how long the process took for it.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) outcome: Outcome,
    pub(super) latency: Duration,
}

#[derive(Debug)]
struct Question {
    asked: Instant,
    number: u64,
    reply: SyncSender<Reply>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Desk {
    ready: Option<SyncSender<Description>>,
    open: BTreeMap<String, Question>,
    answered: VecDeque<String>,
    numbers: u64,
    last_answer: Instant,
    broken: Option<Broken>,
}

impl Desk {
    /// An empty desk, and where the description arrives once the process is ready.
    pub(super) fn new() -> (Self, Receiver<Description>) {
        let (sender, ready) = sync_channel(1);
        let desk = Self {
            ready: Some(sender),
            open: BTreeMap::new(),
            answered: VecDeque::new(),
            numbers: 0,
            last_answer: Instant::now(),
            broken: None,
        };
        (desk, ready)
    }

    /// Notes a question; its reply, or the end of the process, arrives at the returned end. `None` when it is broken.
    pub(super) fn ask(&mut self, id: &str) -> Option<Receiver<Reply>> {
        if self.broken.is_some() {
            return None;
        }
        let (reply, answer) = sync_channel(1);
        self.numbers += 1;
        self.open.insert(id.to_owned(), Question { asked: Instant::now(), number: self.numbers, reply });
        Some(answer)
    }

    /// Whether there was any question yet.
    pub(super) fn was_asked(&self) -> bool {
        self.numbers > 0
    }

    /// When the answer to a question is overdue; `None` when it is not open any more.
    ///
    /// A process that works through its questions one by one has the whole time for each: the clock starts with the
    /// question or the last answer, whichever is later. One that goes on answering others must come to this one
    /// within the time that all who may be before it have.
    pub(super) fn deadline(&self, id: &str, time: Duration, in_flight: usize) -> Option<Instant> {
        let asked = self.open.get(id)?.asked;
        Some((asked.max(self.last_answer) + time).min(asked + time * in_flight as u32))
    }

    /// Declares the process broken, once; whoever waits for an answer is told.
    pub(super) fn break_off(&mut self, broken: Broken) {
        if self.broken.is_none() {
            self.broken = Some(Broken { open: self.open.len(), ..broken });
        }
        self.ready = None;
        self.open.clear();
    }

    /// Why it is broken, if it is.
    pub(super) fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    /// Takes in a line of the process's output.
    ///
    /// # Errors
    /// When the process is of no use after this line.
    pub(super) fn hear(&mut self, line: &[u8]) -> Result<(), Broken> {
        let hear: Hear = match serde_json::from_slice(line) {
            Ok(hear) => hear,
            Err(error) => return self.misheard(line, &error),
        };
        let (id, outcome) = match hear {
            Hear::Ready { name, version, categories } => {
                let ready = self.ready.take();
                let ready = ready.ok_or_else(|| Broken::protocol("said `ready` a second time"))?;
                // Nobody waiting means that the time for it is over, which is said there.
                let _ = ready.send(Description::new(name, version, categories));
                return Ok(());
            }
            Hear::Result { id, findings: Some(findings), abstain: false } => (id, findings.into()),
            Hear::Result { id, findings: None, abstain: true } => (id, Outcome::Abstained),
            Hear::Result { id, .. } => {
                let problem = "a result needs `findings` or `\"abstain\": true`, and not both";
                (id, Outcome::failed(FailureKind::Protocol, problem))
            }
            Hear::Error { id, message } => (id, Outcome::failed(FailureKind::Error, message)),
        };
        if self.ready.is_some() {
            return Err(Broken::protocol("answered before it said `ready`"));
        }
        self.settle(id, outcome)
    }

    /// A line that is no message costs the image that it names, else the process.
    fn misheard(&mut self, line: &[u8], error: &serde_json::Error) -> Result<(), Broken> {
        #[derive(Deserialize)]
        struct Named {
            id: String,
        }
        let start: String = String::from_utf8_lossy(line).chars().take(80).collect();
        let problem = format!("{} in `{start}`", on_this_line(error));
        match serde_json::from_slice(line) {
            Ok(Named { id }) if error.is_data() && self.open.contains_key(&id) => {
                self.settle(id, Outcome::failed(FailureKind::Protocol, problem))
            }
            _ => Err(Broken::protocol(problem)),
        }
    }

    fn settle(&mut self, id: String, outcome: Outcome) -> Result<(), Broken> {
        let Some(question) = self.open.remove(&id) else {
            // A second answer to an earlier question changes nothing.
            if self.answered.contains(&id) {
                return Ok(());
            }
            let id: String = id.chars().take(80).collect();
            return Err(Broken::protocol(format!("answered `{id}`, which was not asked")));
        };
        let now = Instant::now();
        // In its turn, it was begun when the one before was done.
        let in_turn = self.open.values().all(|other| other.number > question.number);
        let begun = if in_turn { question.asked.max(self.last_answer) } else { question.asked };
        self.last_answer = now;
        if self.answered.len() == MEMORY {
            self.answered.pop_front();
        }
        self.answered.push_back(id);
        // An asker that has gone has given up on the process, and said why.
        let _ = question.reply.send(Reply { outcome, latency: now - begun });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Desk {
        let (mut desk, ready) = Desk::new();
        desk.hear(br#"{"type":"ready","name":"a","categories":["blur"]}"#).unwrap();
        assert_eq!(ready.recv().unwrap().name, "a");
        desk
    }

    #[test]
    fn answers_find_their_askers_in_any_order() {
        let mut desk = ready();
        let [first, second] = ["1", "2"].map(|id| desk.ask(id).unwrap());
        desk.hear(br#"{"type":"result","id":"2","abstain":true}"#).unwrap();
        assert_eq!(second.recv().unwrap().outcome, Outcome::Abstained);
        desk.hear(br#"{"type":"result","id":"2","findings":[]}"#).unwrap();
        desk.hear(br#"{"type":"result","id":"1","findings":[]}"#).unwrap();
        assert_eq!(first.recv().unwrap().outcome, Outcome::Findings(vec![]));
        assert!(desk.hear(br#"{"type":"result","id":"3","findings":[]}"#).is_err());
    }

    #[test]
    fn a_bad_answer_costs_its_image_and_nonsense_the_process() {
        let mut desk = ready();
        let [first, second] = ["1", "2"].map(|id| desk.ask(id).unwrap());
        desk.hear(br#"{"type":"result","id":"1","findings":[{"category":"glair","score":1}]}"#).unwrap();
        let Outcome::Failed(failure) = first.recv().unwrap().outcome else { panic!() };
        assert!(failure.kind == FailureKind::Protocol && failure.message.contains("glair"));
        let broken = desk.hear(b"Loading model ...").unwrap_err();
        desk.break_off(broken);
        assert!(second.recv().is_err() && desk.ask("3").is_none());
        assert_eq!(desk.broken().unwrap().open, 1);
    }

    #[test]
    fn the_clock_of_a_question_starts_when_the_process_could_turn_to_it() {
        let mut desk = ready();
        let time = Duration::from_secs(30);
        let _answers = ["1", "2", "3"].map(|id| desk.ask(id).unwrap());
        let before = desk.deadline("2", time, 3).unwrap();
        desk.last_answer += Duration::from_secs(20);
        assert!(desk.deadline("2", time, 3).unwrap() >= before + Duration::from_secs(19));
        desk.last_answer += Duration::from_secs(200);
        assert_eq!(desk.deadline("2", time, 3).unwrap(), desk.open["2"].asked + 3 * time);
        assert_eq!(desk.deadline("4", time, 3), None);
    }
}
