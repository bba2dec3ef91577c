//! What the processes of an analyzer write to standard error: the end of it is kept, a file per worker.

use std::collections::VecDeque;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Where logs go. Known only when the run's folder is open, which is after the analyzer has started.
#[derive(Debug, Default)]
pub struct Logs {
    folder: OnceLock<PathBuf>,
}

impl Logs {
    /// From now on the end of worker `N`'s log is kept in `FOLDER/worker-N.log`. A second folder is ignored.
    pub fn keep_in(&self, folder: PathBuf) {
        self.folder.get_or_init(|| folder);
    }
}

/// The log of one worker, over all of its processes.
#[derive(Debug)]
pub(super) struct Log {
    place: Arc<Logs>,
    worker: usize,
    tail: Mutex<Tail>,
}

impl Log {
    /// The log of a worker; at most its last `most` bytes are kept.
    pub(super) fn new(place: Arc<Logs>, worker: usize, most: usize) -> Self {
        let tail = Tail { bytes: VecDeque::new(), most, read_back: false };
        Self { place, worker, tail: Mutex::new(tail) }
    }

    /// Takes in a stream to its end.
    pub(super) fn take_in(&self, mut stream: impl Read) {
        let mut buffer = [0; 8192];
        while let Ok(n @ 1..) = stream.read(&mut buffer) {
            self.tail().push(&buffer[..n]);
        }
    }

    /// The last line, cut to a readable length.
    pub(super) fn last_line(&self) -> Option<String> {
        self.tail().last_line()
    }

    /// Writes what is kept to the worker's file. Behind what an earlier session of the run left there.
    pub(super) fn keep(&self) {
        let Some(folder) = self.place.folder.get() else { return };
        let path = folder.join(format!("worker-{}.log", self.worker));
        let mut tail = self.tail();
        if !tail.read_back {
            tail.read_back = true;
            let earlier = std::fs::read(&path).unwrap_or_default();
            tail.put_before(&earlier);
        }
        if !tail.bytes.is_empty() {
            // A log that cannot be kept is no reason to fail a run.
            let _ = std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(&path, tail.bytes.make_contiguous()));
        }
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of a log.
#[derive(Debug)]
struct Tail {
    bytes: VecDeque<u8>,
    most: usize,
    read_back: bool,
}

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        let excess = self.bytes.len().saturating_sub(self.most);
        self.bytes.drain(..excess);
    }

    fn put_before(&mut self, earlier: &[u8]) {
        let room = self.most.saturating_sub(self.bytes.len()).min(earlier.len());
        for byte in earlier[earlier.len() - room..].iter().rev() {
            self.bytes.push_front(*byte);
        }
    }

    fn last_line(&mut self) -> Option<String> {
        let text = String::from_utf8_lossy(self.bytes.make_contiguous());
        let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
        Some(line.chars().take(200).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_keeps_its_end_over_sessions() {
        let folder = tempfile::tempdir().unwrap();
        let session = |text: &[u8]| {
            let place = Arc::new(Logs::default());
            let log = Log::new(Arc::clone(&place), 3, 16);
            log.take_in(text);
            log.keep();
            place.keep_in(folder.path().join("logs"));
            log.keep();
            (log.last_line(), std::fs::read(folder.path().join("logs/worker-3.log")).unwrap())
        };
        assert_eq!(
            session(b"0123456789abc\nlast\n"),
            (Some("last".into()), b"3456789abc\nlast\n"[..].into())
        );
        assert_eq!(session(b"again\n").1, b"9abc\nlast\nagain\n");
    }
}
