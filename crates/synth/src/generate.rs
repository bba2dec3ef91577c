//! Generation: the images of a range, in parallel, into a corpus on disk or one after the other to whoever wants them.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use retake_label::Record;
use retake_label::corpus::{Writer, metadata_line};

use crate::capture::are_painted_alike;
use crate::scene::Scene;
use crate::shot::{Shot, Shots};
use crate::studio::{Photo, Studio};
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
/// Images of one sample are made by one thread, so that they share the artwork, two at a time where these are painted alike;
/// idle threads take others from those at work. Samples of one document come one after the other, so that few backgrounds are
/// kept at a time, and among them those of one person, whose card is printed once. `progress` is called after every image with
/// the number that was just finished.
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
    let put = |index: u64, photo: Result<Photo>| match photo
        .and_then(|photo| Ok(writer.put(index, &photo.record, &photo.bytes)?))
    {
        Ok(()) => progress(index),
        Err(error) => {
            stopped.store(true, Ordering::Relaxed);
            failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    };
    let wanted = |index: &u64| !stopped.load(Ordering::Relaxed) && !writer.is_done(*index);
    let take = |images: Range<u64>| make(shots, &studio, images, &wanted, &put);
    let samples = range.start / per_sample..range.end.div_ceil(per_sample);
    for first in samples.clone().step_by(SORTED as usize) {
        let mut order: Vec<u64> = (first..samples.end.min(first + SORTED)).collect();
        order.sort_by_cached_key(|sample| shots.card(sample * per_sample));
        each(0..order.len() as u64, &|place| {
            let sample = order[place as usize];
            let images = (sample * per_sample).max(range.start)..((sample + 1) * per_sample).min(range.end);
            take(images);
        });
    }
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
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
                let made = Mutex::new(Vec::new());
                make(shots, &studio, images, &|_| true, &|index, photo| {
                    made.lock().unwrap_or_else(PoisonError::into_inner).push((index, finished(index, photo)));
                });
                let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
                made.sort_by_key(|(index, _)| *index);
                made.into_iter().map(|(_, made)| made).collect()
            })
            .collect();
        for sample in made {
            sample?.into_iter().try_for_each(&mut *take)?;
        }
        first = last;
    }
    Ok(())
}

fn finished(index: u64, photo: Result<Photo>) -> Result<Made> {
    let Photo { bytes, mut record, .. } = photo?;
    let line = metadata_line(&mut record, &bytes)?;
    Ok(Made { index, record, line })
}

/// Makes images of one sample, those that are wanted: two neighbours at a time where they are painted alike, else each on the
/// next idle thread.
fn make(
    shots: &Shots,
    studio: &Studio,
    images: Range<u64>,
    wanted: &(dyn Fn(&u64) -> bool + Sync),
    put: &(dyn Fn(u64, Result<Photo>) + Sync),
) {
    each(0..(images.end - images.start).div_ceil(2), &|pair| {
        let first = images.start + 2 * pair;
        let staged = |index: u64| {
            let shot = shots.shot(index);
            shot.staged().map(|scene| (shot, scene)).map_err(|error| put(index, Err(error))).ok()
        };
        let pair: Vec<(Shot, Scene)> =
            (first..images.end.min(first + 2)).filter(wanted).filter_map(staged).collect();
        if let [(a, of_a), (b, of_b)] = &pair[..]
            && are_painted_alike(of_a, of_b)
        {
            match studio.photograph_both([a, b], [of_a, of_b]) {
                Ok(photos) => [a, b].iter().zip(photos).for_each(|(shot, photo)| put(shot.index, Ok(photo))),
                Err(error) => put(a.index, Err(error)),
            }
            return;
        }
        each(0..pair.len() as u64, &|place| {
            let (shot, scene) = &pair[place as usize];
            if wanted(&shot.index) {
                put(shot.index, studio.photograph_staged(shot, scene));
            }
        });
    });
}
