//! A number and how sure it is.

use serde::{Deserialize, Serialize};

/// The two-sided 95 % quantile of the standard normal distribution.
pub const Z95: f64 = 1.959_963_984_540_054;

/// A quantity in 0-1 with its 95 % interval.
///
/// Where there is nothing to measure (recall without a single positive) all three numbers are absent
/// (`null` in JSON) and `method` is [`Method::None`]; a value never stands without its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The value, 0-1.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval, 0-1, at most `value`.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval, 0-1, at least `value`.
    pub high: Option<f64>,
    /// What the value is an average over: images for a proportion, categories for a macro average.
    pub n: u64,
    /// How the interval was made.
    pub method: Method,
}

/// How an interval was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// There was nothing to measure.
    None,
    /// Wilson's score interval of a proportion of independent images (Wilson 1927).
    Wilson,
    /// Wilson's interval with the sample size divided by the design effect, since images of one sample (twins)
    /// are alike (Rao and Scott 1992; Dean and Pagano 2015).
    WilsonClustered,
    /// Wilson's interval at the sample size at which a proportion would have the variance that the
    /// infinitesimal jackknife over samples gives (Jaeckel 1972; Efron 1982).
    WilsonJackknife,
    /// Bonett and Price's interval of the difference of two paired proportions (2012), at the number of pairs divided
    /// by the design effect.
    BonettPrice,
    /// Percentiles of a bootstrap that draws whole samples (Efron 1979; Field and Welsh 2007).
    Bootstrap,
    /// From the intervals of two independent estimates (MOVER: Zou and Donner 2008).
    Mover,
}

impl Estimate {
    /// Nothing to measure.
    pub const NONE: Self = Self { value: None, low: None, high: None, n: 0, method: Method::None };

    /// Wilson's interval of `value` at an effective sample size.
    ///
    /// `value` must lie in 0-1 and `effective` be positive.
    pub(crate) fn wilson(value: f64, effective: f64, n: u64, method: Method) -> Self {
        let (low, high) = wilson(value, effective);
        Self { value: Some(value), low: Some(low), high: Some(high), n, method }
    }

    /// The estimate of an increasing function of the quantity.
    pub(crate) fn map(self, increasing: impl Fn(f64) -> f64) -> Self {
        let map = |v: Option<f64>| v.map(&increasing);
        Self { value: map(self.value), low: map(self.low), high: map(self.high), ..self }
    }

    /// Half the width of the interval; `None` where there is nothing to measure.
    pub fn margin(&self) -> Option<f64> {
        Some((self.high? - self.low?) / 2.0)
    }
}

/// A change of a quantity in 0-1, so itself in -1 to 1, with its 95 % interval; absent where there is nothing to measure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The value, -1 to 1.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
    /// What the value is taken over: pairs, or images.
    pub n: u64,
    /// How the interval was made.
    pub method: Method,
}

impl Difference {
    /// Nothing to measure.
    pub const NONE: Self = Self { value: None, low: None, high: None, n: 0, method: Method::None };

    /// Of two paired proportions: of `n` pairs, `gained` were hit only the second time and `lost` only the first, and the
    /// pairs are worth `effective` independent ones.
    ///
    /// Bonett and Price 2012 (doi:10.1080/00031305.2012.703495): Wald's interval after one more of either kind.
    pub fn paired(gained: u64, lost: u64, n: u64, effective: f64) -> Self {
        if n == 0 {
            return Self::NONE;
        }
        let value = (gained as f64 - lost as f64) / n as f64;
        let scale = effective / n as f64;
        let [up, down] = [gained, lost].map(|k| (k as f64 * scale + 1.0) / (effective + 2.0));
        let centre = up - down;
        let half = Z95 * ((up + down - centre * centre) / (effective + 2.0)).sqrt();
        Self {
            value: Some(value),
            low: Some((centre - half).clamp(-1.0, value)),
            high: Some((centre + half).clamp(value, 1.0)),
            n,
            method: Method::BonettPrice,
        }
    }

    /// `b - a` of two independent estimates, by the method of variance estimates recovery.
    pub fn independent(a: &Estimate, b: &Estimate) -> Self {
        let all = |e: &Estimate| Some((e.value?, e.low?, e.high?));
        let (Some((a, a_low, a_high)), Some((b, b_low, b_high))) = (all(a), all(b)) else {
            return Self::NONE;
        };
        let value = b - a;
        let span = |x: f64, y: f64| (x * x + y * y).sqrt();
        Self {
            value: Some(value),
            low: Some((value - span(b - b_low, a_high - a)).max(-1.0)),
            high: Some((value + span(b_high - b, a - a_low)).min(1.0)),
            n: 0,
            method: Method::Mover,
        }
    }
}

/// Wilson's 95 % score interval of a proportion `p` seen in `n` trials (Wilson 1927, doi:10.2307/2276774); `n` need
/// not be whole.
pub fn wilson(p: f64, n: f64) -> (f64, f64) {
    let z2 = Z95 * Z95;
    let scale = 1.0 / (1.0 + z2 / n);
    let centre = (p + z2 / (2.0 * n)) * scale;
    let half = Z95 * scale * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // At the ends the interval touches the value; rounding must not part them.
    ((centre - half).clamp(0.0, p), (centre + half).clamp(p, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_gives_published_values() {
        // proportion_confint(k, n, method="wilson") of statsmodels.
        for (k, n, low, high) in [
            (0.0, 10.0, 0.0, 0.277_532_799_862_889_26),
            (10.0, 10.0, 0.722_467_200_137_110_6, 1.0),
            (81.0, 263.0, 0.255_288_519_878_274_2, 0.366_209_576_982_800_04),
        ] {
            let (l, h) = wilson(k / n, n);
            assert!((l - low).abs() < 1e-12 && (h - high).abs() < 1e-12, "{k}/{n}: {l} {h}");
        }
    }

    #[test]
    fn the_ends_solve_the_score_equation() {
        for n in [1.0, 7.0, 33.5, 1e6] {
            for p in [0.0, 0.01, 0.5, 0.97, 1.0] {
                let (low, high) = wilson(p, n);
                assert!((0.0..=p).contains(&low) && (p..=1.0).contains(&high));
                for end in [low, high] {
                    let score = (p - end) * (p - end) * n - Z95 * Z95 * end * (1.0 - end);
                    assert!(score.abs() < 1e-9 * n.max(1.0), "{p} {n} {end}: {score}");
                }
            }
        }
    }
}
