//! The journal of an unfinished corpus: an append-only file that survives a killed process.
//!
//! Every line is `CHECKSUM PAYLOAD`, where the checksum is the first 16 hexadecimal digits of the payload's
//! BLAKE3. The first payload is the plan, every other one `INDEX METADATA_LINE`. What was torn by the
//! end of a process fails its checksum: the file is cut there, and those images are rendered again.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::Plan;
use super::atomic::{self, Durability};
use crate::{Error, Result};

/// Where a metadata line stands in the journal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    offset: u64,
    length: usize,
}

/// A journal open for appending; the file is locked against other processes.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
    broken: bool,
}

const CHECKSUM: usize = 16;

impl Journal {
    /// Begins a journal for this plan.
    pub(super) fn create(path: &Path, plan: &Plan) -> Result<Self> {
        let plan = serde_json::to_string(plan).map_err(|e| Error::Invalid(e.to_string()))?;
        atomic::write(path, Durability::Synced, |out| out.bytes(framed(&plan).as_bytes()))?;
        Self::open(path, &mut |_, _, _| {}).map(|(journal, _)| journal)
    }

    /// Opens a journal, cuts off what was torn, and tells `visit` of every line: index, line and span.
    pub(super) fn open(path: &Path, visit: &mut dyn FnMut(u64, &str, Span)) -> Result<(Self, Plan)> {
        let at = |e| Error::io(path, e);
        let file = OpenOptions::new().read(true).append(true).open(path).map_err(at)?;
        file.try_lock().map_err(|e| match e {
            std::fs::TryLockError::WouldBlock => {
                Error::format(path, None, "another process is writing this corpus; wait for it or end it")
            }
            std::fs::TryLockError::Error(e) => at(e),
        })?;
        let mut reader = BufReader::with_capacity(1 << 16, &file);
        let mut bytes = Vec::new();
        let mut plan = None;
        let mut length = 0u64;
        loop {
            bytes.clear();
            let read = reader.read_until(b'\n', &mut bytes).map_err(at)?;
            let Some(payload) = unframed(&bytes) else { break };
            if plan.is_none() {
                let read: Plan = serde_json::from_str(payload)
                    .map_err(|e| Error::format(path, Some(1), format!("no plan of a corpus: {e}")))?;
                plan = Some(read);
            } else {
                let Some((index, line)) = indexed(payload) else { break };
                let offset = length + (read - 1 - line.len()) as u64;
                visit(index, line, Span { offset, length: line.len() });
            }
            length += read as u64;
        }
        let plan = plan.ok_or_else(|| Error::format(path, Some(1), "no journal of a corpus"))?;
        file.set_len(length).map_err(at)?;
        Ok((Self { path: path.to_owned(), file, length, broken: false }, plan))
    }

    /// Adds a line. After an error the journal takes no more lines, but what it held is safe.
    pub(super) fn append(&mut self, index: u64, line: &str) -> Result<Span> {
        if self.broken {
            return Err(Error::format(&self.path, None, "writing failed before; run again to resume"));
        }
        let framed = framed(&format!("{index} {line}"));
        if let Err(e) = self.file.write_all(framed.as_bytes()) {
            self.broken = self.file.set_len(self.length).is_err();
            return Err(Error::io(&self.path, e));
        }
        self.length += framed.len() as u64;
        Ok(Span { offset: self.length - 1 - line.len() as u64, length: line.len() })
    }

    /// A second view of the journal, to read lines while others append.
    pub(super) fn reader(&self) -> Result<JournalReader> {
        let file = File::open(&self.path).map_err(|e| Error::io(&self.path, e))?;
        Ok(JournalReader { path: self.path.clone(), file })
    }
}

/// Reads lines of a journal at their spans.
pub(super) struct JournalReader {
    path: PathBuf,
    file: File,
}

impl JournalReader {
    pub(super) fn line(&mut self, span: Span) -> Result<String> {
        let mut bytes = vec![0; span.length];
        self.file
            .seek(SeekFrom::Start(span.offset))
            .and_then(|_| self.file.read_exact(&mut bytes))
            .map_err(|e| Error::io(&self.path, e))?;
        String::from_utf8(bytes).map_err(|_| Error::format(&self.path, None, "changed while it was read"))
    }
}

fn checksum(payload: &str) -> String {
    blake3::hash(payload.as_bytes()).to_hex()[..CHECKSUM].to_owned()
}

fn framed(payload: &str) -> String {
    format!("{} {payload}\n", checksum(payload))
}

/// The payload of a whole, unharmed line.
fn unframed(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes.strip_suffix(b"\n")?).ok()?;
    let (sum, payload) = text.split_once(' ')?;
    (sum == checksum(payload)).then_some(payload)
}

fn indexed(payload: &str) -> Option<(u64, &str)> {
    let (index, line) = payload.split_once(' ')?;
    Some((index.parse().ok()?, line))
}
