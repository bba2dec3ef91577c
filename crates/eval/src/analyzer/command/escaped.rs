//! Descendants that left their process group, as daemons do.
//!
//! A process is started with a mark in its environment, which all that it starts inherit; what still carries the mark
//! after its group was killed is killed too. Build servers find stray processes in the same way.

use std::path::Path;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// The variable that carries the mark.
pub(super) const VARIABLE: &str = "RETAKE_ANALYZER_PROCESS";

/// A descendant may start another while one is being killed.
const ROUNDS: usize = 8;

/// Kills every process whose environment carries the mark.
pub(super) fn kill(mark: &str) {
    let entry = format!("{VARIABLE}={mark}");
    for _ in 0..ROUNDS {
        if kill_round(entry.as_bytes()) == 0 {
            return;
        }
    }
}

fn kill_round(entry: &[u8]) -> usize {
    let Ok(processes) = std::fs::read_dir("/proc") else { return 0 };
    let marked = processes.flatten().filter(|process| {
        let pid = process.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
        pid.is_some_and(|pid| kill_marked(pid, &process.path(), entry))
    });
    marked.count()
}

/// Kills a process if it carries the mark. The handle is taken before the look, so that the number cannot have come to
/// stand for another process in between.
fn kill_marked(pid: Pid, folder: &Path, entry: &[u8]) -> bool {
    // Other people's processes cannot be read, and are not ours. One that is over (a zombie) has no environment.
    let carries = || {
        std::fs::read(folder.join("environ"))
            .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|variable| variable == entry))
    };
    if !carries() {
        return false;
    }
    let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { return false };
    carries() && pidfd_send_signal(handle, Signal::KILL).is_ok()
}
