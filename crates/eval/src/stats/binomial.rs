//! The binomial distribution and the sign test.

/// The probability of exactly `k` hits in `n` trials, by Loader's saddle-point expansion (2000), exact to a few units
/// in the last place for every `n`.
pub fn binomial_pmf(k: u64, n: u64, p: f64) -> f64 {
    if k > n {
        return 0.0;
    }
    let (q, kf, nf) = (1.0 - p, k as f64, n as f64);
    if p <= 0.0 || q <= 0.0 {
        return f64::from(u8::from(k == if p <= 0.0 { 0 } else { n }));
    }
    if k == 0 {
        return libm::exp(nf * libm::log1p(-p));
    }
    if k == n {
        return libm::exp(nf * libm::log(p));
    }
    let rest = nf - kf;
    let exponent = stirling_error(nf)
        - stirling_error(kf)
        - stirling_error(rest)
        - deviance(kf, nf * p)
        - deviance(rest, nf * q);
    libm::exp(exponent) * (nf / (std::f64::consts::TAU * kf * rest)).sqrt()
}

/// The probability of at most `k` hits in `n` trials, summed from the mode outwards in the smaller tail.
pub fn binomial_cdf(k: u64, n: u64, p: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    let below = (k as f64) < n as f64 * p;
    let tail = if below { lower_tail(k, n, p) } else { lower_tail(n - k - 1, n, 1.0 - p) };
    (if below { tail } else { 1.0 - tail }).clamp(0.0, 1.0)
}

/// The sum of the probabilities from `k`, below the mean, downwards, each from its neighbour.
fn lower_tail(k: u64, n: u64, p: f64) -> f64 {
    let odds = (1.0 - p) / p;
    let mut term = binomial_pmf(k, n, p);
    let mut sum = term;
    for i in (1..=k).rev() {
        term *= i as f64 / (n - i + 1) as f64 * odds;
        sum += term;
        if term < sum * 1e-18 {
            break;
        }
    }
    sum
}

/// The exact two-sided sign test: the probability that a fair coin splits `a + b` tosses at least as unevenly. On discordant
/// pairs this is McNemar's exact test.
pub fn sign_test(a: u64, b: u64) -> f64 {
    (2.0 * binomial_cdf(a.min(b), a + b, 0.5)).min(1.0)
}

/// The exact one-sided sign test: the probability that a fair coin gives at most `a` of `a + b`.
pub fn sign_test_one_sided(a: u64, b: u64) -> f64 {
    binomial_cdf(a, a + b, 0.5)
}

/// `ln n! - ln (sqrt(2 pi n) (n / e)^n)`.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        return libm::lgamma(n + 1.0) - (n + 0.5) * libm::log(n) + n - 0.5 * libm::log(std::f64::consts::TAU);
    }
    let square = n * n;
    (1.0 / 12.0
        - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square) / square) / square)
        / n
}

/// `x ln(x / m) + m - x`, without loss where the two are near.
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * libm::log(x / m) + m - x;
    }
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut term = 2.0 * x * v;
    for j in 1..1000 {
        term *= v * v;
        let next = sum + term / f64::from(2 * j + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_pascal() {
        for n in [1u64, 2, 7, 30] {
            let mut choose = 1.0;
            for k in 0..=n {
                for p in [0.1, 0.5, 0.93] {
                    let direct = choose * libm::pow(p, k as f64) * libm::pow(1.0 - p, (n - k) as f64);
                    assert!((binomial_pmf(k, n, p) / direct - 1.0).abs() < 1e-12, "{k} {n} {p}");
                }
                choose *= (n - k) as f64 / (k + 1) as f64;
            }
        }
        for n in [10u64, 1000, 100_000] {
            let total: f64 = (0..=n).map(|k| binomial_pmf(k, n, 0.3)).sum();
            assert!((total - 1.0).abs() < 1e-10, "{n}: {total}");
            let half = binomial_cdf(n / 3, n, 0.3) + binomial_cdf(n - n / 3 - 1, n, 0.7);
            assert!((half - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_sign_test_gives_published_values() {
        // scipy.stats.binomtest(59, 180).
        assert!(
            (sign_test(59, 121) / 4.434_449_263_755_164_5e-6 - 1.0).abs() < 1e-9,
            "{:e}",
            sign_test(59, 121)
        );
        assert_eq!(sign_test(0, 0), 1.0);
        assert!((sign_test(0, 5) - 0.0625).abs() < 1e-15 && (sign_test(3, 3) - 1.0).abs() < 1e-15);
    }
}
