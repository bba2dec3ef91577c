//! Two shares of different images.

use super::normal_cdf;
use crate::{Z95, wilson};

/// The two-sided p-value of the difference of two shares, each worth so many independent images: the larger of the pooled
/// score test's and of that of Newcombe's interval, which does not break down for rare events.
pub fn two_proportions(p: f64, n: f64, q: f64, m: f64) -> f64 {
    let pooled = (p * n + q * m) / (n + m);
    let spread = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    if p == q || spread == 0.0 {
        return 1.0;
    }
    let two_sided = |z: f64| 2.0 * normal_cdf(-z.abs());
    let ((p_low, p_high), (q_low, q_high)) = (wilson(p, n), wilson(q, m));
    let (a, b) = if p > q { (p - p_low, q_high - q) } else { (p_high - p, q - q_low) };
    let newcombe = (a * a + b * b).sqrt() / Z95;
    two_sided((p - q) / spread).max(two_sided((p - q) / newcombe))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_shares_do_not_differ_and_rare_events_take_many_images() {
        assert_eq!(two_proportions(0.5, 10.0, 0.5, 20.0), 1.0);
        assert!(two_proportions(1.0, 5.0, 0.9, 50.0) > 0.3);
        assert!(two_proportions(0.5, 200.0, 0.7, 200.0) < 1e-3);
    }
}
