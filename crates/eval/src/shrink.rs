//! From an image that an analyzer gets wrong to the smallest one that it still gets wrong.
//!
//! A wrong answer on a busy photo tells little. Here parts of the scene are taken away one at a time, as long as the answer
//! stays wrong (delta debugging, Zeller and Hildebrandt 2002, one part at a time), and then the severity is brought down. How
//! a case is rendered is the caller's business.

use serde::{Deserialize, Serialize};

use crate::analyzer::{Analyzer, Outcome, Request, Setup};
use crate::corpus::Sample;
use crate::hash;

/// What is tried on the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// What was changed.
    pub change: String,
    /// Whether the answer is still wrong.
    pub still_wrong: bool,
}

/// A case made smaller.
#[derive(Clone, Debug)]
pub struct Shrunk<C> {
    /// The smallest case that is still wrong.
    pub case: C,
    /// Everything that was tried, in order.
    pub attempts: Vec<Attempt>,
}

/// Takes parts away as long as the case stays wrong. `simpler` gives the cases that lack one more part, each with what it
/// lacks; `wrong` says whether the answer to a case is still wrong.
///
/// # Errors
/// What `wrong` returns.
pub fn take_away<C, E>(
    start: C,
    simpler: &dyn Fn(&C) -> Vec<(String, C)>,
    wrong: &mut dyn FnMut(&C) -> Result<bool, E>,
) -> Result<Shrunk<C>, E> {
    let mut case = start;
    let mut attempts: Vec<Attempt> = Vec::new();
    loop {
        let mut taken = None;
        for (change, candidate) in simpler(&case) {
            // What could not be taken away stays for this pass; it may go once others are gone.
            let still_wrong = wrong(&candidate)?;
            attempts.push(Attempt { change, still_wrong });
            if still_wrong {
                taken = Some(candidate);
                break;
            }
        }
        match taken {
            Some(smaller) => case = smaller,
            None => return Ok(Shrunk { case, attempts }),
        }
    }
}

/// The least severity, of `steps` equal steps up to `highest` and then by halving, at which a case is still wrong; `None` when
/// it is wrong at none. What is tried is told to `wrong` in rising order first, so that a curve comes along.
///
/// # Errors
/// What `wrong` returns.
pub fn least_severity<E>(
    highest: f64,
    steps: u32,
    wrong: &mut dyn FnMut(f64) -> Result<bool, E>,
) -> Result<Option<f64>, E> {
    const HALVINGS: u32 = 4;
    let mut before = 0.0;
    for step in 1..=steps {
        let severity = highest * f64::from(step) / f64::from(steps);
        if wrong(severity)? {
            let (mut below, mut above) = (before, severity);
            for _ in 0..HALVINGS {
                let middle = f64::midpoint(below, above);
                if wrong(middle)? { above = middle } else { below = middle }
            }
            return Ok(Some(above));
        }
        before = severity;
    }
    Ok(None)
}

/// Asks an analyzer about one image outside of a run. `number` tells requests apart.
pub fn ask(analyzer: &dyn Analyzer, setup: &Setup, sample: &Sample, number: usize) -> Outcome {
    let id = hash::opaque_id(0, number);
    let record = std::sync::Arc::new(sample.record.clone());
    let request = Request { id: &id, role: record.role, image: &sample.image };
    let left = setup.backchannel.leave(&id, record);
    let outcome = analyzer.answer(&request).outcome;
    drop(left);
    outcome.checked(&analyzer.describe())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_stays_and_the_rest_goes() {
        let simpler = |case: &Vec<u32>| {
            let without = |i: usize| {
                let mut rest = case.clone();
                let part = rest.remove(i);
                (format!("without {part}"), rest)
            };
            (0..case.len()).map(without).collect::<Vec<_>>()
        };
        // Wrong as long as 3 and one of 5 and 7 are there.
        let mut wrong = |case: &Vec<u32>| -> Result<bool, ()> {
            Ok(case.contains(&3) && (case.contains(&5) || case.contains(&7)))
        };
        let shrunk = take_away((0..10).collect(), &simpler, &mut wrong).unwrap();
        assert_eq!(shrunk.case, [3, 7]);
        assert!(shrunk.attempts.iter().filter(|a| a.still_wrong).count() == 8);
    }

    #[test]
    fn the_least_severity_is_found_between_steps() {
        let mut tried = Vec::new();
        let found = least_severity(0.8, 8, &mut |severity| -> Result<bool, ()> {
            tried.push(severity);
            Ok(severity >= 0.33)
        });
        let found = found.unwrap().unwrap();
        assert!((0.33..0.34).contains(&found), "{found}");
        assert_eq!(least_severity(0.8, 8, &mut |_| -> Result<bool, ()> { Ok(false) }), Ok(None));
        assert!(tried.len() == 8);
    }
}
