//! The folder that a run is kept in.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Entry, Line, lines};
use crate::analyzer::{Description, Limits, Outcome};
use crate::corpus::CorpusInfo;
use crate::{Error, Result};

/// The version of the folder's format.
pub const FORMAT: u32 = 1;

const RUN: &str = "run.json";
const FINDINGS: &str = "findings.jsonl";
/// What tells that a folder holds pictures and labels, which a run's files would spoil.
const OF_A_CORPUS: [&str; 2] = ["manifest.json", "metadata.jsonl"];

/// Under which conditions a run is made; part of its identity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// From this score on a finding without a decision of its own counts as present, 0-1.
    pub threshold: f64,
    /// Draws order and opaque ids.
    pub seed: u64,
    /// Time that an analyzer had for an image, s.
    pub answer_seconds: f64,
}

impl Conditions {
    /// Threshold 0.5, and the time limit of `limits`.
    pub fn new(limits: &Limits) -> Self {
        Self { threshold: 0.5, seed: 0, answer_seconds: limits.answer.as_secs_f64() }
    }
}

/// `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunInfo {
    /// [`FORMAT`].
    pub format: u32,
    /// The version of the harness.
    pub harness: String,
    /// What the analyzer was opened from.
    pub spec: String,
    /// Who the analyzer says it is.
    pub analyzer: Description,
    /// On what.
    pub corpus: CorpusInfo,
    /// Under which conditions.
    pub conditions: Conditions,
}

impl RunInfo {
    /// The identity of a run by this harness.
    pub fn new(spec: &str, analyzer: &Description, corpus: &CorpusInfo, conditions: &Conditions) -> Self {
        Self {
            format: FORMAT,
            harness: concat!("retake ", env!("CARGO_PKG_VERSION")).to_owned(),
            spec: spec.to_owned(),
            analyzer: analyzer.clone(),
            corpus: corpus.clone(),
            conditions: *conditions,
        }
    }

    /// The first difference that forbids to resume a run, in words.
    fn difference(&self, other: &Self) -> Option<String> {
        let named = |d: &Description| {
            let configuration = if d.configuration.is_empty() { "" } else { ", configuration " };
            format!("{} {}{configuration}{}", d.name, d.version, d.configuration)
        };
        let differs = |what: &str, here: String, now: String| format!("{what} {here} there, {now} now");
        if self.corpus.digest != other.corpus.digest {
            let text = |c: &CorpusInfo| format!("{} ({})", c.name, c.digest);
            return Some(differs("corpus", text(&self.corpus), text(&other.corpus)));
        }
        if self.spec != other.spec {
            return Some(differs("analyzer", format!("`{}`", self.spec), format!("`{}`", other.spec)));
        }
        if self.analyzer != other.analyzer {
            return Some(differs("analyzer", named(&self.analyzer), named(&other.analyzer)));
        }
        if self.harness != other.harness {
            return Some(differs("harness", self.harness.clone(), other.harness.clone()));
        }
        let text = |c: &Conditions| serde_json::to_string(c).unwrap_or_default();
        (self != other).then(|| differs("conditions", text(&self.conditions), text(&other.conditions)))
    }
}

/// A run folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    info: RunInfo,
}

impl Folder {
    /// Creates the folder for a run, or opens it when it holds this very run. An answer that was cut off by the end of an
    /// earlier session is dropped when the first new one is appended.
    ///
    /// # Errors
    /// [`Error::OtherRun`] when it holds another run, or something else.
    pub fn open(path: &Path, info: &RunInfo) -> Result<Self> {
        std::fs::create_dir_all(path).map_err(|e| Error::io(path, e))?;
        if path.join(RUN).exists() {
            let folder = Self::read(path)?;
            if let Some(difference) = folder.info.difference(info) {
                let problem = format!("holds another run: {difference}; give this one a folder of its own");
                return Err(Error::OtherRun { folder: path.to_owned(), problem });
            }
            return Ok(folder);
        }
        if path.join(FINDINGS).exists() {
            let problem = format!("holds `{FINDINGS}` without `{RUN}`, so nobody can tell whose they are");
            return Err(Error::OtherRun { folder: path.to_owned(), problem });
        }
        if let Some(file) = OF_A_CORPUS.iter().find(|file| path.join(file).exists()) {
            let problem = format!("is a corpus (it holds `{file}`); give the run a folder of its own");
            return Err(Error::OtherRun { folder: path.to_owned(), problem });
        }
        let folder = Self { path: path.to_owned(), info: info.clone() };
        folder.write_json(RUN, info)?;
        Ok(folder)
    }

    /// Opens a folder that holds a run, whichever.
    ///
    /// # Errors
    /// When `run.json` is missing, no run, or of another format.
    pub fn read(path: &Path) -> Result<Self> {
        let file = path.join(RUN);
        let text = std::fs::read_to_string(&file).map_err(|e| match e.kind() {
            ErrorKind::NotFound => {
                let problem = if path.exists() {
                    format!("there is no `{RUN}` in it")
                } else {
                    "there is no such folder".to_owned()
                };
                Error::format(path, None, format!("not a run: {problem}; `retake evaluate --out` makes one"))
            }
            _ => Error::io(&file, e),
        })?;
        #[derive(Deserialize)]
        struct Versioned {
            format: u32,
        }
        let wrong = |e: serde_json::Error| Error::format(&file, Some(e.line()), e.to_string());
        let Versioned { format } = serde_json::from_str(&text).map_err(wrong)?;
        if format != FORMAT {
            let problem = format!("format {format}; this program reads format {FORMAT}");
            return Err(Error::format(&file, None, problem));
        }
        Ok(Self { path: path.to_owned(), info: serde_json::from_str(&text).map_err(wrong)? })
    }

    /// What run it is.
    pub fn info(&self) -> &RunInfo {
        &self.info
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file that outcomes are appended to.
    pub(crate) fn findings(&self) -> PathBuf {
        self.path.join(FINDINGS)
    }

    /// All outcomes so far, by index.
    ///
    /// # Errors
    /// When a line is no outcome or an image stands twice. A last line that was cut off is no error.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        self.visit(&mut |entry| {
            entries.push(entry);
            Ok(())
        })?;
        entries.sort_by_key(|entry: &Entry| entry.index);
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].index == pair[1].index) {
            let problem = format!("image {} stands twice", pair[0].index);
            return Err(Error::format(self.findings(), None, problem));
        }
        Ok(entries)
    }

    /// Hands on every outcome so far, one at a time, in the order in which they came.
    ///
    /// # Errors
    /// What `f` returns, or when a line is no outcome. A last line that was cut off is no error.
    pub fn visit(&self, f: &mut dyn FnMut(Entry) -> Result<()>) -> Result<()> {
        lines::visit(&self.findings(), f)
    }

    /// What the outcomes so far amount to, put together by `push` on all processors, a part on each from lines in no particular
    /// order, and joined by `append`. For runs of millions of images.
    ///
    /// # Errors
    /// When a line is no outcome. A last line that was cut off is no error.
    pub(crate) fn gather<A: Send>(
        &self,
        start: &(dyn Fn() -> A + Sync),
        push: &(dyn Fn(&mut A, &Line<'_>) + Sync),
        append: impl Fn(&mut A, A),
    ) -> Result<A> {
        let mut parts = lines::gather(&self.findings(), start, push)?.into_iter();
        let mut whole = parts.next().unwrap_or_else(start);
        parts.for_each(|part| append(&mut whole, part));
        Ok(whole)
    }

    /// Which images have an outcome.
    pub(super) fn finished(&self) -> Result<Finished> {
        let mut finished = Finished { indices: Vec::new(), sessions: 0 };
        self.visit(&mut |entry| {
            finished.indices.push(entry.index);
            finished.sessions = finished.sessions.max(entry.timing.session + 1);
            Ok(())
        })?;
        finished.indices.sort_unstable();
        if let Some(pair) = finished.indices.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::format(self.findings(), None, format!("image {} stands twice", pair[0])));
        }
        Ok(finished)
    }

    /// Takes the failures of the analyzer out of the findings, so that their images are asked about again.
    pub(super) fn forget_failures(&self) -> Result<()> {
        let entries = self.entries()?;
        let judged = entries.iter().filter(|entry| !matches!(entry.outcome, Outcome::Failed(_)));
        let path = self.findings();
        let write = || -> std::io::Result<()> {
            let mut file = BufWriter::new(tempfile::NamedTempFile::new_in(&self.path)?);
            for entry in judged {
                serde_json::to_writer(&mut file, entry)?;
                file.write_all(b"\n")?;
            }
            file.into_inner().map_err(std::io::IntoInnerError::into_error)?.persist(&path)?;
            Ok(())
        };
        write().map_err(|e| Error::io(&path, e))
    }

    /// Opens the findings for appending, and drops a last line that was cut off.
    pub(super) fn append(&mut self) -> Result<Writer> {
        let path = self.path.join(FINDINGS);
        let open = || -> std::io::Result<File> {
            let mut file =
                OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
            file.try_lock()?;
            let whole = whole_lines(&mut file)?;
            file.set_len(whole)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        let file = open().map_err(|e| match e.kind() {
            std::io::ErrorKind::WouldBlock => Error::OtherRun {
                folder: self.path.clone(),
                problem: "another process is writing this run".to_owned(),
            },
            _ => Error::io(&path, e),
        })?;
        Ok(Writer { file, path })
    }

    /// Writes a derived file as readable JSON, whole or not at all.
    pub(crate) fn write_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let path = self.path.join(name);
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&self.path)?;
            serde_json::to_writer_pretty(&mut file, value)?;
            file.write_all(b"\n")?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|e| Error::io(&path, e))
    }
}

/// The length of a file up to the end of its last whole line.
fn whole_lines(file: &mut File) -> std::io::Result<u64> {
    const BLOCK: u64 = 1 << 16;
    let mut end = file.seek(SeekFrom::End(0))?;
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        let mut block = vec![0; (end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut block)?;
        if let Some(at) = block.iter().rposition(|b| *b == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// Which images have an outcome.
#[derive(Debug)]
pub(super) struct Finished {
    indices: Vec<usize>,
    sessions: u32,
}

impl Finished {
    pub(super) fn contains(&self, index: usize) -> bool {
        self.indices.binary_search(&index).is_ok()
    }

    pub(super) fn next_session(&self) -> u32 {
        self.sessions
    }
}

/// Appends outcomes.
#[derive(Debug)]
pub(super) struct Writer {
    file: File,
    path: PathBuf,
}

impl Writer {
    /// Appends a line in one piece, so that only the last line of a file can be torn.
    pub(super) fn write(&mut self, entry: &Entry) -> Result<()> {
        let mut line = serde_json::to_vec(entry).map_err(|e| Error::io(&self.path, e.into()))?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(|e| Error::io(&self.path, e))
    }
}
