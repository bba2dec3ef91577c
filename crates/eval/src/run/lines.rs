//! Reads `findings.jsonl`: on all processors, in the order of the lines, and with a few of its millions of entries in memory at
//! once.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::Entry;
use crate::{Error, Result, parallel};

/// What each thread parses at a time, bytes.
const PIECE: usize = 1 << 20;

/// What went wrong in a piece: the line in it, from 0, and the problem.
type Problem = (usize, String);

/// Hands on the entry of every whole line. A last line without an end was cut off, and is left out.
///
/// # Errors
/// What `f` returns, and when a line is no entry, by its number.
pub(super) fn visit(path: &Path, f: &mut dyn FnMut(Entry) -> Result<()>) -> Result<()> {
    gather(path, &Vec::new, &|entries, entry| entries.push(entry), &mut |entries: Vec<Entry>| {
        entries.into_iter().try_for_each(&mut *f)
    })
}

/// Puts the entries of neighbouring lines together on the thread that parsed them, each piece from a new `start` by `push`, and
/// hands on the pieces in the order of the lines. So only what a piece amounts to goes from thread to thread.
///
/// # Errors
/// What `take` returns, and when a line is no entry, by its number.
pub(super) fn gather<A: Send>(
    path: &Path,
    start: &(dyn Fn() -> A + Sync),
    push: &(dyn Fn(&mut A, Entry) + Sync),
    take: &mut dyn FnMut(A) -> Result<()>,
) -> Result<()> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(Error::io(path, e)),
    };
    let threads = parallel::threads();
    let mut cut_off = Vec::new();
    let mut lines = 0;
    let mut parsed: Vec<Result<Piece<A>, Problem>> = Vec::new();
    loop {
        let block = next_block(&mut file, &mut cut_off, threads * PIECE).map_err(|e| Error::io(path, e))?;
        let pieces = pieces(&block, threads);
        // The last block's pieces are handed on while this one's are parsed.
        parsed = std::thread::scope(|scope| -> Result<_> {
            let parsing: Vec<_> =
                pieces.iter().map(|piece| scope.spawn(|| parse(piece, start(), push))).collect();
            for piece in parsed.drain(..) {
                let piece =
                    piece.map_err(|(line, problem)| Error::format(path, Some(lines + line + 1), problem))?;
                lines += piece.lines;
                take(piece.amount)?;
            }
            let joined = parsing.into_iter().map(|parsing| parsing.join());
            Ok(joined.map(|of| of.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect())
        })?;
        if parsed.is_empty() {
            return Ok(());
        }
    }
}

/// Neighbouring lines, and what they amount to.
struct Piece<A> {
    lines: usize,
    amount: A,
}

/// About `most` bytes of whole lines, after what was cut off from the last block; empty at the end of the file.
fn next_block(file: &mut File, cut_off: &mut Vec<u8>, most: usize) -> std::io::Result<Vec<u8>> {
    let mut block = std::mem::take(cut_off);
    loop {
        let before = block.len();
        file.take(most as u64).read_to_end(&mut block)?;
        let ended = block.len() == before;
        if let Some(end) = block.iter().rposition(|byte| *byte == b'\n') {
            *cut_off = block.split_off(end + 1);
            return Ok(block);
        }
        if ended {
            return Ok(Vec::new());
        }
    }
}

/// Cuts whole lines into at most `count` pieces of whole lines.
fn pieces(mut block: &[u8], count: usize) -> Vec<&[u8]> {
    let size = (block.len() / count).max(1 << 14);
    let mut pieces = Vec::new();
    while !block.is_empty() {
        let least = size.min(block.len()) - 1;
        let end =
            block[least..].iter().position(|byte| *byte == b'\n').map_or(block.len(), |at| least + at + 1);
        let (piece, rest) = block.split_at(end);
        pieces.push(piece);
        block = rest;
    }
    pieces
}

fn parse<A>(piece: &[u8], mut amount: A, push: &(dyn Fn(&mut A, Entry) + Sync)) -> Result<Piece<A>, Problem> {
    let whole = piece.strip_suffix(b"\n").unwrap_or(piece);
    let mut lines = 0;
    for line in whole.split(|byte| *byte == b'\n') {
        push(&mut amount, serde_json::from_slice(line).map_err(|e| (lines, e.to_string()))?);
        lines += 1;
    }
    Ok(Piece { lines, amount })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_pieces_are_whole_lines_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        let text: String = (0..9000).map(|i| format!("{}{i}\n", "x".repeat(i % 37))).collect();
        std::fs::write(&path, format!("{text}cut off")).unwrap();
        for most in [1, 1000, 100_000, 10_000_000] {
            let (mut file, mut cut_off, mut seen) = (File::open(&path).unwrap(), Vec::new(), Vec::new());
            loop {
                let block = next_block(&mut file, &mut cut_off, most).unwrap();
                if block.is_empty() {
                    break;
                }
                let pieces = pieces(&block, 3);
                assert!(pieces.len() <= 3 && pieces.iter().all(|piece| piece.ends_with(b"\n")));
                seen.extend(pieces.concat());
            }
            assert!(seen == text.as_bytes(), "{most}");
        }
    }
}
