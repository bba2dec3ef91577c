//! How many images it takes.

use crate::stats::{binomial_cdf, binomial_pmf, sign_test};
use crate::{Z95, wilson};

/// The level of the tests of [`crate::compare`] and [`crate::gate`].
const LEVEL: f64 = 0.05;
/// More images than anyone renders.
const MOST: u64 = 20_000_000;

/// A drop of a rate between two releases that are judged on the same images, as shares of the images that count (those with
/// the defect for recall, those without it for specificity).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drop {
    /// Images that become wrong.
    pub broken: f64,
    /// Images that become right.
    pub fixed: f64,
}

impl Drop {
    /// The new release errs on the same images as the old one, and on some more.
    pub fn of_errors_added(drop: f64) -> Self {
        Self { broken: drop, fixed: 0.0 }
    }

    /// The new release's errors have nothing to do with the old one's, whose rate was `rate`.
    pub fn of_independent_errors(rate: f64, drop: f64) -> Self {
        let after = (rate - drop).max(0.0);
        Self { broken: rate * (1.0 - after), fixed: after * (1.0 - rate) }
    }

    /// The chance that the exact test notices the drop on `n` images: a sum over the discordant images that may be met.
    pub fn power(&self, n: u64) -> f64 {
        let discordant = self.broken + self.fixed;
        if discordant <= 0.0 {
            return 0.0;
        }
        let mean = n as f64 * discordant;
        let spread = 9.0 * (mean * (1.0 - discordant).max(0.0)).sqrt() + 9.0;
        let (from, to) = ((mean - spread).max(0.0) as u64, ((mean + spread) as u64).min(n));
        let (mut power, mut critical) = (0.0, 0u64);
        for m in from..=to {
            // The most fixed images of m at which the test still rejects; it rises with m by at most one.
            while critical + 1 < m && sign_test(critical + 1, m - critical - 1) <= LEVEL && critical < m / 2 {
                critical += 1;
            }
            if sign_test(critical.min(m), m - critical.min(m)) <= LEVEL {
                power += binomial_pmf(m, n, discordant) * binomial_cdf(critical, m, self.fixed / discordant);
            }
        }
        power
    }

    /// The fewest images at which the drop is noticed with this chance; `None` beyond all reason. Connor's formula (1987)
    /// says where to look; the exact test decides.
    pub fn images_needed(&self, power: f64) -> Option<u64> {
        let (psi, delta) = (self.broken + self.fixed, self.broken - self.fixed);
        if delta <= 0.0 {
            return None;
        }
        let z = crate::stats::normal_quantile(power);
        let root = Z95 * psi.sqrt() + z * (psi - delta * delta).max(0.0).sqrt();
        let guess = (root * root / (delta * delta)) as u64;
        search(guess.max(4), |n| self.power(n) >= power)
    }
}

/// The fewest images at which a rate that is truly `rate` gets a lower bound of at least `minimum` with this chance; `None` when
/// it hardly ever does.
pub fn images_for_minimum(rate: f64, minimum: f64, power: f64) -> Option<u64> {
    if rate <= minimum {
        return None;
    }
    let spread = Z95 + crate::stats::normal_quantile(power);
    let guess = (spread * spread * rate * (1.0 - rate) / ((rate - minimum) * (rate - minimum))) as u64;
    search(guess.max(perfect_images(minimum)), |n| {
        // The fewest hits whose bound is high enough.
        let (mut low, mut high) = (0, n + 1);
        while low < high {
            let middle = u64::midpoint(low, high);
            if middle <= n && wilson(middle as f64 / n as f64, n as f64).0 < minimum {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low <= n && (low == 0 || 1.0 - binomial_cdf(low - 1, n, rate) >= power)
    })
}

/// The fewest images on which even a perfect result has a lower bound of at least `minimum`: from Wilson's `n / (n + z^2)`.
pub fn perfect_images(minimum: f64) -> u64 {
    (Z95 * Z95 * minimum / (1.0 - minimum)).ceil() as u64
}

/// The least number for which a property that comes with size holds, by doubling and halving from a guess.
fn search(guess: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    let mut high = guess.max(1);
    while !holds(high) {
        high = high.saturating_add(high / 2 + 1);
        if high > MOST {
            return None;
        }
    }
    let mut low = high;
    while low > 1 && holds(low) {
        low = low * 2 / 3;
    }
    while low + 1 < high {
        let middle = u64::midpoint(low, high);
        if holds(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::unit;

    #[test]
    fn power_is_how_often_the_test_rejects() {
        let drop = Drop { broken: 0.06, fixed: 0.02 };
        for n in [100u64, 400] {
            let trials = 3000u64;
            let rejects = (0..trials).filter(|trial| {
                let (mut broken, mut fixed) = (0, 0);
                for i in 0..n {
                    let u = unit("power", &[&trial.to_le_bytes(), &n.to_le_bytes(), &i.to_le_bytes()]);
                    broken += u64::from(u < drop.broken);
                    fixed += u64::from(u >= drop.broken && u < drop.broken + drop.fixed);
                }
                broken > fixed && sign_test(fixed, broken) <= LEVEL
            });
            let rate = rejects.count() as f64 / trials as f64;
            assert!((rate - drop.power(n)).abs() < 0.03, "{n}: {rate} {}", drop.power(n));
        }
    }

    #[test]
    fn what_is_needed_is_enough_and_not_much_more() {
        for drop in [Drop::of_errors_added(0.02), Drop::of_independent_errors(0.9, 0.02)] {
            let n = drop.images_needed(0.8).unwrap();
            assert!(drop.power(n) >= 0.8 && drop.power(n * 9 / 10) < 0.8, "{drop:?}: {n}");
        }
        let fewest = Drop::of_errors_added(0.02).images_needed(0.8).unwrap();
        let most = Drop::of_independent_errors(0.9, 0.02).images_needed(0.8).unwrap();
        assert!((350..480).contains(&fewest) && (3000..5000).contains(&most), "{fewest} {most}");
        assert_eq!(Drop { broken: 0.1, fixed: 0.1 }.images_needed(0.8), None);
    }

    #[test]
    fn a_minimum_takes_at_least_a_perfect_result() {
        assert_eq!(perfect_images(0.9), 35);
        assert!(wilson(1.0, 35.0).0 >= 0.9 && wilson(1.0, 34.0).0 < 0.9);
        let n = images_for_minimum(0.95, 0.9, 0.8).unwrap();
        assert!((200..320).contains(&n), "{n}");
        assert_eq!(images_for_minimum(0.9, 0.9, 0.8), None);
    }
}
