//! Reads `findings.jsonl`, line by line: in their order, or on all processors with no order at all.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Entry, Line, quick};
use crate::error::on_this_line;
use crate::{Error, Result, parallel};

/// What each thread reads at a time, bytes.
const PIECE: u64 = 8 << 20;

/// Hands on the entry of every whole line. A last line without an end was cut off, and is left out.
///
/// # Errors
/// What `f` returns, and when a line is no entry, by its number.
pub(super) fn visit(path: &Path, f: &mut dyn FnMut(Entry) -> Result<()>) -> Result<()> {
    let Some(file) = open(path)? else { return Ok(()) };
    let mut lines = Lines::new(file, 0..u64::MAX).map_err(|e| Error::io(path, e))?;
    let mut number = 0;
    while let Some((_, line)) = lines.next().map_err(|e| Error::io(path, e))? {
        number += 1;
        f(serde_json::from_slice(line).map_err(|e| Error::format(path, Some(number), on_this_line(&e)))?)?;
    }
    Ok(())
}

/// What the lines amount to, put together by `push` from a new `start` on each processor: a part for each, of lines in no
/// particular order. A last line without an end was cut off, and is left out.
///
/// # Errors
/// When a line is no entry, by the number of the first.
pub(super) fn gather<A: Send>(
    path: &Path,
    start: &(dyn Fn() -> A + Sync),
    push: &(dyn Fn(&mut A, &Line<'_>) + Sync),
) -> Result<Vec<A>> {
    gather_by(PIECE, path, start, push)
}

fn gather_by<A: Send>(
    piece: u64,
    path: &Path,
    start: &(dyn Fn() -> A + Sync),
    push: &(dyn Fn(&mut A, &Line<'_>) + Sync),
) -> Result<Vec<A>> {
    let Some(file) = open(path)? else { return Ok(Vec::new()) };
    let length = file.metadata().map_err(|e| Error::io(path, e))?.len();
    let next = AtomicU64::new(0);
    let parts = parallel::map(parallel::threads(), |_| {
        let mut part = start();
        loop {
            let from = next.fetch_add(1, Ordering::Relaxed) * piece;
            if from >= length {
                return Ok(part);
            }
            if let Err(problem) = read(path, from..from + piece, &mut |line| push(&mut part, line)) {
                // The others stop after the piece that they are at: those before this one are all read then.
                next.store(length.div_ceil(piece), Ordering::Relaxed);
                return Err(problem);
            }
        }
    });
    let (mut whole, mut first): (Vec<A>, Option<Problem>) = (Vec::new(), None);
    for part in parts {
        match part {
            Ok(part) => whole.push(part),
            Err(problem) if first.as_ref().is_none_or(|first| problem.at < first.at) => first = Some(problem),
            Err(_) => {}
        }
    }
    match first {
        None => Ok(whole),
        Some(problem) => Err(problem.in_file(path)),
    }
}

/// Why a piece of a file could not be read.
struct Problem {
    /// Where the line starts that it is about, bytes from the file's start.
    at: u64,
    what: Trouble,
}

enum Trouble {
    Unreadable(std::io::Error),
    NoEntry(serde_json::Error),
}

impl Problem {
    fn in_file(self, path: &Path) -> Error {
        match self.what {
            Trouble::Unreadable(error) => Error::io(path, error),
            Trouble::NoEntry(error) => {
                Error::format(path, lines_before(path, self.at).map(|n| n + 1), on_this_line(&error))
            }
        }
    }
}

/// The number of lines before a place in a file, if it can be read again.
fn lines_before(path: &Path, at: u64) -> Option<usize> {
    let mut before = BufReader::new(File::open(path).ok()?.take(at));
    let (mut lines, mut line) = (0, Vec::new());
    while before.read_until(b'\n', &mut line).ok()? > 0 {
        lines += 1;
        line.clear();
    }
    Some(lines)
}

/// Hands on the lines that start in this part of a file.
fn read(path: &Path, range: std::ops::Range<u64>, f: &mut dyn FnMut(&Line<'_>)) -> Result<(), Problem> {
    let mut at = range.start;
    let unreadable = |at| move |error| Problem { at, what: Trouble::Unreadable(error) };
    let file = File::open(path).map_err(unreadable(at))?;
    let mut lines = Lines::new(file, range).map_err(unreadable(at))?;
    while let Some((start, line)) = lines.next().map_err(unreadable(at))? {
        at = start;
        let no_entry = |error| Problem { at: start, what: Trouble::NoEntry(error) };
        // Looking at the encoding once is quicker than text by text.
        match std::str::from_utf8(line) {
            Ok(text) => match quick::line(text) {
                Some(line) => f(&line),
                None => f(&serde_json::from_str(text).map_err(no_entry)?),
            },
            Err(_) => f(&serde_json::from_slice(line).map_err(no_entry)?),
        }
    }
    Ok(())
}

fn open(path: &Path) -> Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::io(path, e)),
    }
}

/// The whole lines that start in a part of a file.
struct Lines {
    file: BufReader<File>,
    at: u64,
    end: u64,
    /// Bytes of the buffer that were handed on.
    seen: usize,
    /// A line that does not stand in the buffer as a whole.
    line: Vec<u8>,
}

impl Lines {
    fn new(file: File, range: std::ops::Range<u64>) -> std::io::Result<Self> {
        let mut lines = Self {
            file: BufReader::with_capacity(1 << 18, file),
            at: range.start,
            end: range.end,
            seen: 0,
            line: Vec::new(),
        };
        if range.start > 0 {
            // A line that starts before belongs to the part before.
            lines.at -= 1;
            lines.file.seek(SeekFrom::Start(lines.at))?;
            lines.at += lines.file.read_until(b'\n', &mut lines.line)? as u64;
        }
        Ok(lines)
    }

    /// Where the next one starts, and its bytes without its end.
    fn next(&mut self) -> std::io::Result<Option<(u64, &[u8])>> {
        let start = self.at;
        if start >= self.end {
            return Ok(None);
        }
        self.file.consume(std::mem::take(&mut self.seen));
        if let Some(length) = memchr::memchr(b'\n', self.file.fill_buf()?) {
            self.seen = length + 1;
            self.at += self.seen as u64;
            return Ok(Some((start, &self.file.buffer()[..length])));
        }
        self.line.clear();
        self.at += self.file.read_until(b'\n', &mut self.line)? as u64;
        Ok(self.line.strip_suffix(b"\n").map(|line| (start, line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn parts_of_a_file_have_each_whole_line_once() {
        let text: String = (0..900).map(|i| format!("{}{i}\n", "x".repeat(i % 37))).collect();
        let file = file(&format!("{text}cut off"));
        let length = text.len() as u64 + 7;
        for piece in [1, 2, 100, 3001, 1 << 20] {
            let mut seen = Vec::new();
            for k in 0..length.div_ceil(piece) {
                let range = k * piece..(k + 1) * piece;
                let mut lines = Lines::new(File::open(file.path()).unwrap(), range.clone()).unwrap();
                while let Some((start, line)) = lines.next().unwrap() {
                    assert!(range.contains(&start));
                    assert!(text.as_bytes()[start as usize..].starts_with(line));
                    seen.extend_from_slice(line);
                    seen.push(b'\n');
                }
            }
            assert!(seen == text.as_bytes(), "{piece}");
        }
    }

    fn entry(index: usize) -> String {
        format!(
            r#"{{"index":{index},"image_id":"{index}","sample_id":"a","role":"selfie","truth":{{}},"measures":{{}},"outcome":"abstained","timing":{{"session":0,"latency_ms":0.0,"done_ms":0.0}}}}"#
        )
    }

    #[test]
    fn what_processors_gather_is_all_and_the_first_bad_line_is_named() {
        let mut lines: Vec<String> = (0..500).map(entry).collect();
        let gathered = |lines: &[String]| {
            let file = file(&(lines.join("\n") + "\n"));
            let push = |part: &mut Vec<usize>, line: &Line<'_>| part.push(line.index);
            gather_by(700, file.path(), &Vec::new, &push)
        };
        let mut indices = gathered(&lines).unwrap().concat();
        indices.sort_unstable();
        assert_eq!(indices, (0..500).collect::<Vec<_>>());
        for bad in [499, 333, 41] {
            lines[bad] = "{}".to_owned();
            let problem = gathered(&lines).unwrap_err().to_string();
            assert!(
                problem.contains(&format!(":{}", bad + 1)) && problem.contains("missing field"),
                "{problem}"
            );
        }
    }
}
