//! Generation: the images of a range, in parallel, into a corpus on disk or one after the other to whoever wants them.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use retake_label::Record;
use retake_label::corpus::{Writer, metadata_line};

use crate::shot::Shots;
use crate::studio::Studio;
use crate::{Error, Result};

/// Samples that [`replay`] renders before it hands them on: enough to keep every thread busy, few enough to
/// hold their labels.
const BATCH: u64 = 64;

/// Samples that [`generate`] puts in the order of their documents: so many that a document's background is hardly ever printed
/// more than once for some hundred photos, few enough that a tar of neighbours does not wait for the end of the corpus.
const SORTED: u64 = 4096;

/// An image that was rendered and not kept.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its number.
    pub index: u64,
    /// Its label, with the hash of the file.
    pub record: Record,
    /// Its line of the metadata.
    pub line: String,
}

/// Renders the images of `range` that `writer` does not have yet, on the threads of the current pool.
/// Images of one sample are made by one thread in turn, so that they share the artwork, but for the last ones, which idle
/// threads take from those at work. Samples of one document come one after the other, so that few backgrounds are kept at a
/// time. `progress` is called after every image with the number that was just finished.
///
/// # Errors
/// The first that any thread meets; what was finished before it stays in the writer.
pub fn generate(
    shots: &Shots,
    range: Range<u64>,
    writer: &Writer,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<()> {
    let studio = Studio::keeping(rayon::current_num_threads() + 1);
    let per_sample = shots.recipe().variants.per_sample();
    let stopped = AtomicBool::new(false);
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let take = |index: u64| {
        if stopped.load(Ordering::Relaxed) {
            return;
        }
        match one(shots, &studio, index, writer) {
            Ok(()) => progress(index),
            Err(error) => {
                stopped.store(true, Ordering::Relaxed);
                failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
            }
        }
    };
    let samples = range.start / per_sample..range.end.div_ceil(per_sample);
    for first in samples.clone().step_by(SORTED as usize) {
        let mut order: Vec<u64> = (first..samples.end.min(first + SORTED)).collect();
        order.sort_by_cached_key(|sample| shots.document(sample * per_sample));
        each(0..order.len() as u64, &|place| {
            let sample = order[place as usize];
            let images = (sample * per_sample).max(range.start)..((sample + 1) * per_sample).min(range.end);
            each(images, &take);
        });
    }
    failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).map_or(Ok(()), Err)
}

/// Does something for every number of a range on the threads of the current pool. A thread goes on with the number after its
/// last one; one without work takes half of the longest run of another, down to a single number.
fn each(range: Range<u64>, act: &(dyn Fn(u64) + Sync)) {
    match range.end - range.start {
        0 => {}
        1 => act(range.start),
        count => {
            let middle = range.start + count / 2;
            rayon::join(|| each(range.start..middle, act), || each(middle..range.end, act));
        }
    }
}

/// Renders the images of `range` on the threads of the current pool and hands them to `take` in order, without their
/// pixels. Nothing is written.
///
/// # Errors
/// The first of rendering, or of `take`.
pub fn replay(shots: &Shots, range: Range<u64>, take: &mut dyn FnMut(Made) -> Result<()>) -> Result<()> {
    let studio = Studio::new();
    let per_sample = shots.recipe().variants.per_sample();
    let mut first = range.start;
    while first < range.end {
        let last = ((first / per_sample + BATCH) * per_sample).min(range.end);
        let samples: Vec<u64> = (first / per_sample..last.div_ceil(per_sample)).collect();
        let made: Vec<Result<Vec<Made>>> = samples
            .into_par_iter()
            .map(|sample| {
                let images = (sample * per_sample).max(first)..((sample + 1) * per_sample).min(last);
                images.map(|index| make(shots, &studio, index)).collect()
            })
            .collect();
        for sample in made {
            sample?.into_iter().try_for_each(&mut *take)?;
        }
        first = last;
    }
    Ok(())
}

fn make(shots: &Shots, studio: &Studio, index: u64) -> Result<Made> {
    let photo = studio.photograph(&shots.shot(index))?;
    let mut record = photo.record;
    let line = metadata_line(&mut record, &photo.bytes)?;
    Ok(Made { index, record, line })
}

fn one(shots: &Shots, studio: &Studio, index: u64, writer: &Writer) -> Result<()> {
    if writer.is_done(index) {
        return Ok(());
    }
    let photo = studio.photograph(&shots.shot(index))?;
    writer.put(index, &photo.record, &photo.bytes)?;
    Ok(())
}
