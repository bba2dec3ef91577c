//! Independent work on all processors. Results come back in order, so threads cannot change a bit of what is made of them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::ScopedJoinHandle;

/// As many threads as there are processors.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What a thread made; its panic goes on here.
pub(crate) fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// What `make` gives for 0 to `count - 1`, in that order. A panic of one is a panic of all.
pub(crate) fn map<T: Send>(count: usize, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < count);
        std::iter::from_fn(take).map(|at| (at, make(at))).collect::<Vec<_>>()
    };
    let mut made: Vec<(usize, T)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads().min(count)).map(|_| scope.spawn(work)).collect();
        handles.into_iter().flat_map(joined).collect()
    });
    made.sort_by_key(|(at, _)| *at);
    made.into_iter().map(|(_, one)| one).collect()
}

/// Hands what `make` gives for 0 to `count - 1` to `take`, in that order, as soon as it is its turn: no more wait for theirs
/// than others take to be made. A panic of one is a panic of all.
pub(crate) fn in_order<T: Send>(count: usize, make: impl Fn(usize) -> T + Sync, take: impl FnMut(T) + Send) {
    let waiting = Mutex::new((0, BTreeMap::new(), take));
    map(count, |at| {
        let made = make(at);
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, others, take) = &mut *waiting;
        others.insert(at, made);
        while let Some(made) = others.remove(next) {
            take(made);
            *next += 1;
        }
    });
}

/// Does something to each of a few things.
pub(crate) fn each<T: Send>(things: &mut [T], work: impl Fn(&mut T) + Sync) {
    let left = Mutex::new(things.iter_mut());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..threads() {
            scope.spawn(|| std::iter::from_fn(next).for_each(&work));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_and_each_is_made_once() {
        for count in [0, 1, 2, 1000] {
            let calls = AtomicUsize::new(0);
            let made = map(count, |at| {
                calls.fetch_add(1, Ordering::Relaxed);
                at * at
            });
            assert_eq!(made, (0..count).map(|at| at * at).collect::<Vec<_>>());
            assert_eq!(calls.into_inner(), count);
        }
    }

    #[test]
    fn what_is_made_is_taken_in_order() {
        for count in [0, 1, 2, 1000] {
            let mut taken = Vec::new();
            in_order(count, |at| at * at, |made| taken.push(made));
            assert_eq!(taken, (0..count).map(|at| at * at).collect::<Vec<_>>());
        }
    }

    #[test]
    fn each_thing_is_worked_on_once() {
        let mut things: Vec<usize> = (0..1000).collect();
        each(&mut things, |thing| *thing *= 2);
        assert_eq!(things, (0..1000).map(|at| at * 2).collect::<Vec<_>>());
    }
}
