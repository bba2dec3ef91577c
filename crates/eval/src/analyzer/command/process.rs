//! A child process that can be ended together with everything it has started.
//!
//! On Unix it leads a process group of its own, which is signalled as a whole, and on Linux what has left the group is
//! found by a mark in its environment; elsewhere only the child itself is killed.

use std::io;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// How often a process that was asked to end is looked at.
const POLL: Duration = Duration::from_millis(2);

/// A running child. Dropping it kills it at once; see [`Process::end`] for the polite way.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    over: bool,
    #[cfg(target_os = "linux")]
    mark: String,
}

/// The child's ends of the three standard streams.
pub(super) struct Streams {
    pub(super) stdin: ChildStdin,
    pub(super) stdout: ChildStdout,
    pub(super) stderr: ChildStderr,
}

impl Process {
    pub(super) fn spawn(words: &[String]) -> io::Result<(Self, Streams)> {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        #[cfg(target_os = "linux")]
        let mark = new_mark();
        #[cfg(target_os = "linux")]
        command.env(super::escaped::VARIABLE, &mark);
        let mut child = command.spawn()?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let process = Self {
            child,
            over: false,
            #[cfg(target_os = "linux")]
            mark,
        };
        match (stdin, stdout, stderr) {
            (Some(stdin), Some(stdout), Some(stderr)) => Ok((process, Streams { stdin, stdout, stderr })),
            _ => Err(io::Error::other("the process has no standard streams")),
        }
    }

    /// Waits for the child to end by itself (its input should be closed by now), then stops it. Returns how it ended.
    pub(super) fn end(mut self, grace: Duration) -> String {
        if self.exits_within(grace) { self.kill() } else { self.stop(grace) }
    }

    /// Asks the group to end, and kills what is left after `grace`. Returns how the child ended.
    pub(super) fn stop(mut self, grace: Duration) -> String {
        self.signal(Signal::Ask);
        self.exits_within(grace);
        self.kill()
    }

    /// Kills the group and reaps the child. Returns how it ended.
    pub(super) fn kill(&mut self) -> String {
        self.signal(Signal::Kill);
        #[cfg(target_os = "linux")]
        super::escaped::kill(&self.mark);
        self.over = true;
        self.child.wait().map_or_else(|e| e.to_string(), |status| status.to_string())
    }

    /// Whether the child is over, without reaping it, so that its group's id stays its own.
    #[cfg(unix)]
    fn exited(&mut self) -> bool {
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(self.group()), options), Ok(None))
    }

    #[cfg(not(unix))]
    fn exited(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    pub(super) fn exits_within(&mut self, time: Duration) -> bool {
        let start = Instant::now();
        while !self.exited() {
            if start.elapsed() >= time {
                return false;
            }
            std::thread::sleep(POLL);
        }
        true
    }

    #[cfg(unix)]
    fn group(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    #[cfg(unix)]
    fn signal(&mut self, signal: Signal) {
        let signal = match signal {
            Signal::Ask => rustix::process::Signal::TERM,
            Signal::Kill => rustix::process::Signal::KILL,
        };
        // A group that is gone already needs no signal.
        let _ = rustix::process::kill_process_group(self.group(), signal);
    }

    #[cfg(not(unix))]
    fn signal(&mut self, signal: Signal) {
        if matches!(signal, Signal::Kill) {
            // A child that is gone already needs no killing.
            let _ = self.child.kill();
        }
    }
}

enum Signal {
    Ask,
    Kill,
}

/// Tells the processes of this one from all others on the machine.
#[cfg(target_os = "linux")]
fn new_mark() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{number}-{:?}", std::process::id(), Instant::now())
        .replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.over {
            self.kill();
        }
    }
}
