//! Generation: the images of a range, in parallel, into a corpus on disk.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use retake_label::corpus::Writer;

use crate::shot::Shots;
use crate::studio::Studio;
use crate::{Error, Result};

/// Renders the images of `range` that `writer` does not have yet, on the threads of the current pool.
/// Images of one sample are made by one thread in turn, so that they share the artwork. `progress` is
/// called after every image with the number that was just finished.
///
/// # Errors
/// The first that any thread meets; what was finished before it stays in the writer.
pub fn generate(
    shots: &Shots,
    range: Range<u64>,
    writer: &Writer,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<()> {
    let studio = Studio::new();
    let per_sample = shots.recipe().variants.per_sample();
    let stopped = AtomicBool::new(false);
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let samples = range.start / per_sample..range.end.div_ceil(per_sample);
    samples.into_par_iter().for_each(|sample| {
        let first = (sample * per_sample).max(range.start);
        let last = ((sample + 1) * per_sample).min(range.end);
        for index in first..last {
            if stopped.load(Ordering::Relaxed) {
                return;
            }
            if let Err(error) = one(shots, &studio, index, writer) {
                stopped.store(true, Ordering::Relaxed);
                failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
                return;
            }
            progress(index);
        }
    });
    failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).map_or(Ok(()), Err)
}

fn one(shots: &Shots, studio: &Studio, index: u64, writer: &Writer) -> Result<()> {
    if writer.is_done(index) {
        return Ok(());
    }
    let photo = studio.photograph(&shots.shot(index))?;
    writer.put(index, &photo.record, &photo.bytes)?;
    Ok(())
}
