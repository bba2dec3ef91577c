//! Where pictures wait between those who fetch them and those who ask about them: handed out in their order, and no more of
//! them in memory than that needs.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::order::Order;
use crate::corpus::Sample;

/// Pictures that are due before nobody fetches more. Those whose turn comes later do not count: if they did, nobody would fetch while
/// anybody is asked, since the order holds more of them back than this.
const AHEAD: usize = 16;

/// A picture that was fetched.
pub(super) struct Fetched {
    pub(super) index: usize,
    pub(super) sample: Sample,
}

/// What a thread does next.
pub(super) enum Job<'a> {
    Fetch(Claim<'a>),
    Ask(Fetched),
}

/// What a thread is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    Fetch,
    Ask,
    /// To ask when something is to be handed out, and to fetch otherwise.
    Both,
}

/// The exchange.
pub(super) struct Exchange {
    order: Order,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Places of the order that somebody fetches or has fetched.
    claimed: usize,
    /// How many of them have arrived.
    arrived: usize,
    /// Those that wait, by their place.
    waiting: HashMap<usize, Fetched>,
    /// Turns that have been taken.
    handed: usize,
    /// Turns that have come, those that have been taken among them.
    due: usize,
    stopped: bool,
}

/// The promise to fetch an image. Dropped without a picture, its turn is passed over.
pub(super) struct Claim<'a> {
    exchange: &'a Exchange,
    place: usize,
    /// What is to be fetched.
    pub(super) index: usize,
    sample: Option<Sample>,
}

impl Claim<'_> {
    /// Keeps the promise.
    pub(super) fn bring(mut self, sample: Sample) {
        self.sample = Some(sample);
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut state = self.exchange.state();
        state.arrived += 1;
        if let Some(sample) = self.sample.take() {
            state.waiting.insert(self.place, Fetched { index: self.index, sample });
        }
        drop(state);
        self.exchange.changed.notify_all();
    }
}

impl Exchange {
    pub(super) fn new(order: Order) -> Self {
        Self { order, state: Mutex::default(), changed: Condvar::new() }
    }

    /// How many pictures pass.
    pub(super) fn len(&self) -> usize {
        self.order.fetch.len()
    }

    /// The next job of a thread; waits until there is one. `None` when there will be none.
    pub(super) fn job(&self, duty: Duty) -> Option<Job<'_>> {
        let mut state = self.state();
        loop {
            if state.stopped {
                return None;
            }
            let is_due = self.skip(&mut state);
            if is_due && duty != Duty::Fetch {
                let place = self.order.hand[state.handed].place;
                state.handed += 1;
                let fetched = state.waiting.remove(&place);
                drop(state);
                // The next may be due as well, and there is room for one more.
                self.changed.notify_all();
                return fetched.map(Job::Ask);
            }
            let is_all = state.claimed == self.len();
            if !is_all && duty != Duty::Ask && !self.is_full(&mut state) {
                let place = state.claimed;
                state.claimed += 1;
                return Some(Job::Fetch(Claim {
                    exchange: self,
                    place,
                    index: self.order.fetch[place],
                    sample: None,
                }));
            }
            if is_all && (duty == Duty::Fetch || (state.arrived == state.claimed && !is_due)) {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether enough pictures are due.
    fn is_full(&self, state: &mut State) -> bool {
        while self.order.hand.get(state.due).is_some_and(|turn| turn.due <= state.arrived) {
            state.due += 1;
        }
        state.due.saturating_sub(state.handed) >= AHEAD
    }

    /// Whether a picture is due. Passes over the turns of those that never came.
    fn skip(&self, state: &mut State) -> bool {
        while let Some(turn) = self.order.hand.get(state.handed) {
            if state.arrived < turn.due {
                return false;
            }
            if state.waiting.contains_key(&turn.place) {
                return true;
            }
            // It is still on its way, since others arrived before it, or it was given up.
            if state.arrived < state.claimed {
                return false;
            }
            state.handed += 1;
        }
        false
    }

    /// Ends it: what waits is not handed out any more.
    pub(super) fn stop(&self) {
        self.state().stopped = true;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::order;
    use super::*;

    #[test]
    fn fetching_goes_on_until_enough_is_due_whatever_the_order_holds_back() {
        let exchange = Exchange::new(order::order(3, 400, 2, 1, |_| true));
        let mut state = exchange.state();
        while !exchange.is_full(&mut state) {
            state.arrived += 1;
        }
        let fetched = state.arrived;
        // Others wait for their turn beside them.
        assert!(fetched > AHEAD + 4 && fetched < 8 * AHEAD, "{fetched}");
    }
}
