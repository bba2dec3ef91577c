//! The order in which images are handed out: without meaning, and with twins apart.
//!
//! Images of one sample have neighbouring numbers in every corpus. An analyzer that sees two of them in a row could compare them, and
//! tell the defect by the difference; so images whose numbers are near never come near each other in time.

use std::collections::VecDeque;

use crate::hash;

/// Images whose numbers differ by less than this may be of one sample.
const NEAR: usize = 16;
/// Such images come at least so many places apart.
const APART: usize = 8;

/// The indices below `count`. In a corpus too small for the full distances they shrink with it.
pub(super) fn order(seed: u64, count: usize) -> Vec<usize> {
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

    #[test]
    fn it_is_complete_hangs_on_the_seed_and_keeps_twins_apart() {
        for count in [0, 1, 2, 7, 24, 100, 600, 5000] {
            let order_of = order(3, count);
            let mut sorted = order_of.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..count), "{count}");
            assert_eq!(order_of, order(3, count));
            if count < 24 {
                continue;
            }
            assert_ne!(order_of, order(4, count));
            let (apart, near) = if count >= 600 { (APART, NEAR) } else { (2, 2) };
            for window in order_of.windows(apart) {
                for (i, a) in window.iter().enumerate() {
                    assert!(window[i + 1..].iter().all(|b| a.abs_diff(*b) >= near), "{count}: {window:?}");
                }
            }
        }
    }
}
