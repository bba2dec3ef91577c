//! The order in which images are fetched and handed out: without meaning, and with twins apart.
//!
//! Images of one sample have neighbouring numbers in every corpus. An analyzer that sees two of them in a row could compare them, and
//! tell the defect by the difference; so images whose numbers are near never come near each other in time. A source that makes its
//! pictures, though, makes those of one sample with less work one after the other. So there the samples are shuffled, and the images
//! change places on the way from the source to the analyzer.
//!
//! A picture is handed out at an arrival that is not its own: an analyzer that is quicker than its source would else see in the pause
//! before a picture how long it took to fetch or to render, which tells what is in it.

use std::collections::VecDeque;

use crate::hash;

/// Images whose numbers differ by less than this may be of one sample.
const NEAR: usize = 16;
/// Such images come at least so many places apart.
const APART: usize = 8;
/// Pictures of a source that only finds them are handed on together, so many at a time.
pub(super) const GROUP: usize = 16;
/// Places between two images of a sample that were made one after the other, before others change places with them.
const STEP: usize = 16;

/// What is fetched when, and what is handed out when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// Indices, in the order in which they are fetched.
    pub(super) fetch: Vec<usize>,
    /// What is handed out, one after the other.
    pub(super) hand: Vec<Turn>,
}

/// An image's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// Its place in [`Order::fetch`].
    pub(super) place: usize,
    /// How many must have been fetched before it is handed out.
    pub(super) due: usize,
}

/// The order of those of `count` images that are wanted; `together` says how many with neighbouring numbers share the work of making
/// them, `group` how many of a source that does not make them are handed on at a time.
pub(super) fn order(
    seed: u64,
    count: usize,
    together: usize,
    group: usize,
    wanted: impl Fn(usize) -> bool,
) -> Order {
    if together <= 1 {
        let fetch: Vec<_> = scattered(seed, count).into_iter().filter(|index| wanted(*index)).collect();
        let n = fetch.len();
        let due = |place: usize| n.min((place / group + 1) * group);
        return Order { hand: (0..n).map(|place| Turn { place, due: due(place) }).collect(), fetch };
    }
    let samples = hash::shuffled(seed, count.div_ceil(together));
    let of_sample =
        |sample: usize| (sample * together..((sample + 1) * together).min(count)).filter(|i| wanted(*i));
    let (mut fetch, mut keyed) = (Vec::new(), Vec::new());
    for (number, sample) in samples.into_iter().enumerate() {
        let images: Vec<usize> = of_sample(sample).collect();
        let seed = hash::word("sample", &[&seed.to_le_bytes(), &(sample as u64).to_le_bytes()]);
        // The first are not held back for long: nobody has anything to do before they come.
        let late = (seed >> 32) as usize % (2 * STEP).min(1 + 4 * number);
        for (turn, which) in hash::shuffled(seed, images.len()).into_iter().enumerate() {
            keyed.push((fetch.len() + late + turn * STEP, fetch.len() + which));
        }
        fetch.extend(images);
    }
    keyed.sort_unstable();
    let places = spread(keyed.into_iter().map(|(_, place)| place), |place| fetch[place] / together);
    let mut latest = 0;
    let turn = |place: usize| {
        latest = latest.max(place + together);
        Turn { place, due: fetch.len().min(latest + 1) }
    };
    Order { hand: places.into_iter().map(turn).collect(), fetch }
}

/// Moves what is of the sample of one of the last few back to where it is not, as far as there is something else.
fn spread(places: impl Iterator<Item = usize>, sample: impl Fn(usize) -> usize) -> Vec<usize> {
    let mut out: Vec<usize> = Vec::new();
    let mut waiting: VecDeque<usize> = VecDeque::new();
    let clashes = |out: &[usize], place: usize| {
        out.iter().rev().take(APART - 1).any(|other| sample(*other) == sample(place))
    };
    for place in places {
        waiting.push_back(place);
        while let Some(at) = waiting.iter().position(|place| !clashes(&out, *place)) {
            out.extend(waiting.remove(at));
        }
    }
    // What is left clashes with the end and with each other.
    out.extend(waiting);
    out
}

/// The indices below `count`. In a corpus too small for the full distances they shrink with it.
fn scattered(seed: u64, count: usize) -> Vec<usize> {
    let apart = APART.min(count / 8);
    let near = NEAR.min(count / (4 * apart.max(1)));
    let clash = |a: usize, b: usize| a.abs_diff(b) < near;
    let mut rest = VecDeque::from(hash::shuffled(seed, count));
    let mut order: Vec<usize> = Vec::with_capacity(count);
    while !rest.is_empty() {
        let recent = &order[order.len().saturating_sub(apart - apart.min(1))..];
        let fits = |index: &usize| !recent.iter().any(|other| clash(*index, *other));
        let Some(at) = rest.iter().position(fits) else { break };
        order.extend(rest.remove(at));
    }
    // What is left clashes with the end: it goes to where it does not.
    for index in rest {
        let free = |at: &usize| {
            let around = at.saturating_sub(apart)..(at + apart).min(order.len());
            !order[around].iter().any(|other| clash(index, *other))
        };
        let at = (0..order.len()).find(free).unwrap_or(order.len());
        order.insert(at, index);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: [usize; 8] = [0, 1, 2, 7, 24, 100, 600, 5000];

    fn all(seed: u64, count: usize, together: usize) -> Order {
        order(seed, count, together, GROUP, |_| true)
    }

    /// The indices as they are handed out.
    fn handed(order: &Order) -> Vec<usize> {
        order.hand.iter().map(|turn| order.fetch[turn.place]).collect()
    }

    #[test]
    fn it_is_complete_hangs_on_the_seed_and_keeps_twins_apart() {
        for (count, together) in COUNTS.into_iter().flat_map(|count| [(count, 1), (count, 2), (count, 5)]) {
            let order = all(3, count, together);
            for list in [&order.fetch, &handed(&order)] {
                let mut sorted = list.clone();
                sorted.sort_unstable();
                assert!(sorted.into_iter().eq(0..count), "{count}");
            }
            assert_eq!(order, all(3, count, together));
            if count < 24 {
                continue;
            }
            assert_ne!(order, all(4, count, together));
            let order = handed(&order);
            let (apart, near) = if count >= 600 { (APART, NEAR) } else { (2, 2) };
            // Near the end there may be nothing else left to hand out.
            let end = if together == 1 { count } else { count.saturating_sub(2 * STEP * together) };
            for window in order[..end].windows(apart) {
                for (i, a) in window.iter().enumerate() {
                    let is_far = |b: &usize| {
                        if together == 1 { a.abs_diff(*b) >= near } else { a / together != *b / together }
                    };
                    assert!(window[i + 1..].iter().all(is_far), "{count} {together}: {window:?}");
                }
            }
        }
    }

    #[test]
    fn all_are_handed_out_soon_and_none_by_its_own_arrival() {
        for (count, together) in [(600, 1), (600, 2), (5000, 5), (5000, 2)] {
            let order = all(7, count, together);
            let mut own = 0;
            for (k, turn) in order.hand.iter().enumerate() {
                assert!(turn.due > turn.place && turn.due <= count);
                // What waits is little: it is in memory.
                assert!(turn.due <= k + 4 * STEP * together, "{together}: {k} {turn:?}");
                own += usize::from(turn.due == turn.place + 1);
            }
            assert!(own <= count / GROUP + together + 1, "{own}");
            assert!(together == 1 || order.hand[0].due <= 2 * together + 1, "{:?}", order.hand[0]);
        }
    }

    #[test]
    fn images_of_a_sample_are_made_one_after_the_other() {
        let order = order(7, 600, 3, GROUP, |index| index % 7 > 0);
        let samples: Vec<usize> = order.fetch.iter().map(|index| index / 3).collect();
        let changes = samples.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert_eq!(changes, 199);
        assert_eq!(order.hand.len(), order.fetch.len());
        assert!(order.fetch.iter().all(|index| index % 7 > 0));
    }
}
