//! Maximum likelihood of a psychometric function.

use crate::stats::solve;

/// `guess + (1 - guess - lapse) / (1 + exp(-(shift + slope t)))`: the chance that a defect is called at position `t`
/// (Wichmann and Hill 2001). `guess` is what is called without any defect, `lapse` what is missed however bad it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve {
    /// Shift, slope, guess, lapse.
    pub parameters: [f64; 4],
}

/// Images at one position: how many, and how many of them were called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// The position; may be infinite.
    pub t: f64,
    /// Images.
    pub n: f64,
    /// Called.
    pub k: f64,
}

/// What the parameters may be.
const LOW: [f64; 4] = [-1e4, 0.0, 0.0, 0.0];
const HIGH: [f64; 4] = [1e4, 1e4, 1.0, 1.0];
/// Guess and lapse leave at least this much to the curve.
const AMPLITUDE: f64 = 0.01;
/// Rates nearer to 0 or 1 than this are taken to be so far away.
const NEAREST: f64 = 1e-12;

impl Curve {
    /// The rate at a position.
    pub fn rate(&self, t: f64) -> f64 {
        self.rate_and_gradient(t).0
    }

    /// The rate at a position, and how it changes with the parameters.
    pub fn rate_and_gradient(&self, t: f64) -> (f64, [f64; 4]) {
        let [shift, slope, guess, lapse] = self.parameters;
        let amplitude = 1.0 - guess - lapse;
        let (core, steepness, moment) = if t.is_infinite() {
            (if t > 0.0 { 1.0 } else { 0.0 }, 0.0, 0.0)
        } else {
            let core = 1.0 / (1.0 + libm::exp(-(shift + slope * t)));
            let steepness = core * (1.0 - core);
            (core, steepness, steepness * t)
        };
        let gradient = [amplitude * steepness, amplitude * moment, 1.0 - core, -core];
        (guess + amplitude * core, gradient)
    }

    /// The log-likelihood of what was seen.
    pub fn log_likelihood(&self, groups: &[Group]) -> f64 {
        log_likelihood(groups, &self.rates(groups))
    }

    /// The log-likelihood's gradient, and Fisher's information.
    pub fn information(&self, groups: &[Group]) -> ([f64; 4], [[f64; 4]; 4]) {
        information(groups, &self.rates(groups))
    }

    fn rates(&self, groups: &[Group]) -> Vec<Rate> {
        groups.iter().map(|group| self.rate_and_gradient(group.t)).collect()
    }

    /// The parameters that are not held by the end of their range; only these have a variance.
    pub fn free(&self, score: &[f64; 4], fixed: [bool; 4]) -> Vec<usize> {
        let at_an_end = |i: usize| {
            let value = self.parameters[i];
            (value <= LOW[i] && score[i] <= 0.0) || (value >= HIGH[i] && score[i] >= 0.0)
        };
        (0..4).filter(|i| !fixed[*i] && !at_an_end(*i)).collect()
    }
}

/// The rate of a group's position, and how it changes with the parameters.
type Rate = (f64, [f64; 4]);

/// The log-likelihood of what was seen, from the rates of a curve.
fn log_likelihood(groups: &[Group], rates: &[Rate]) -> f64 {
    let term = |(group, (rate, _)): (&Group, &Rate)| {
        let rate = rate.clamp(NEAREST, 1.0 - NEAREST);
        group.k * libm::log(rate) + (group.n - group.k) * libm::log1p(-rate)
    };
    groups.iter().zip(rates).map(term).sum()
}

/// Its gradient, and Fisher's information.
fn information(groups: &[Group], rates: &[Rate]) -> ([f64; 4], [[f64; 4]; 4]) {
    let (mut score, mut information) = ([0.0; 4], [[0.0; 4]; 4]);
    for (group, (rate, gradient)) in groups.iter().zip(rates) {
        let rate = rate.clamp(NEAREST, 1.0 - NEAREST);
        let weight = 1.0 / (rate * (1.0 - rate));
        for (i, gi) in gradient.iter().enumerate() {
            score[i] += (group.k - group.n * rate) * weight * gi;
            for (j, gj) in gradient.iter().enumerate() {
                information[i][j] += group.n * weight * gi * gj;
            }
        }
    }
    (score, information)
}

/// The parameters of the highest likelihood, by Fisher's scoring with Levenberg's damping from several starts. Those in
/// `fixed` keep the value 0.
pub fn fit(groups: &[Group], fixed: [bool; 4]) -> Curve {
    let share = |from: f64, to: f64| {
        let total: f64 = groups.iter().map(|g| g.n).sum();
        let (mut passed, mut n, mut k) = (0.0, 0.0, 0.0);
        for group in groups {
            let middle = (passed + group.n / 2.0) / total;
            if middle >= from && middle <= to {
                n += group.n;
                k += group.k;
            }
            passed += group.n;
        }
        if n > 0.0 { k / n } else { 0.0 }
    };
    let guess = if fixed[2] { 0.0 } else { share(0.0, 0.2).min(0.4) };
    let lapse = if fixed[3] { 0.0 } else { (1.0 - share(0.8, 1.0)).min(0.5) };
    let starts = [(0.0, 1.0), (0.0, 4.0), (-2.0, 2.0), (2.0, 2.0), (-8.0, 8.0)];
    let starts = starts.map(|(shift, slope)| Curve { parameters: [shift, slope, guess, lapse] });
    let none = Curve { parameters: [0.0, 1.0, 0.0, 0.0] };
    let fits = starts.iter().chain([&none]).map(|start| climb(groups, *start, fixed));
    let fits: Vec<(Curve, f64)> = fits.collect();
    fits.into_iter()
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map_or(none, |(curve, _)| curve)
}

fn climb(groups: &[Group], start: Curve, fixed: [bool; 4]) -> (Curve, f64) {
    let mut curve = start;
    let rates = curve.rates(groups);
    let mut height = log_likelihood(groups, &rates);
    // Rates are dear: each curve's are worked out once, and what follows from them once.
    let (mut score, mut information) = information(groups, &rates);
    let mut damping = 1e-3;
    for _ in 0..500 {
        let free = curve.free(&score, fixed);
        let matrix: Vec<Vec<f64>> = free
            .iter()
            .map(|i| {
                free.iter().map(|j| information[*i][*j] * if i == j { 1.0 + damping } else { 1.0 }).collect()
            })
            .collect();
        let gradient: Vec<f64> = free.iter().map(|i| score[*i]).collect();
        let Some(step) = solve(&matrix, &gradient) else {
            damping *= 10.0;
            if damping > 1e12 {
                break;
            }
            continue;
        };
        let next = moved(&curve, &free, &step);
        let rates = next.rates(groups);
        let reached = log_likelihood(groups, &rates);
        let moves = next.parameters.iter().zip(&curve.parameters);
        let moved = moves.map(|(a, b)| (a - b).abs() / (1.0 + b.abs())).fold(0.0, f64::max);
        if reached >= height {
            (curve, height) = (next, reached);
            (score, information) = self::information(groups, &rates);
            damping = (damping / 10.0).max(1e-14);
        } else {
            damping *= 10.0;
        }
        if moved < 1e-13 || damping > 1e12 {
            break;
        }
    }
    (curve, height)
}

fn moved(curve: &Curve, free: &[usize], step: &[f64]) -> Curve {
    let mut parameters = curve.parameters;
    for (i, change) in free.iter().zip(step) {
        parameters[*i] = (parameters[*i] + change).clamp(LOW[*i], HIGH[*i]);
    }
    let excess = parameters[2] + parameters[3] - (1.0 - AMPLITUDE);
    if excess > 0.0 {
        let scale = (1.0 - AMPLITUDE) / (parameters[2] + parameters[3]);
        parameters[2] *= scale;
        parameters[3] *= scale;
    }
    Curve { parameters }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(curve: &Curve, each: f64) -> Vec<Group> {
        let at = |i: i32| {
            let t = f64::from(i) / 10.0;
            Group { t, n: each, k: each * curve.rate(t) }
        };
        (-30..=30).map(at).collect()
    }

    #[test]
    fn what_follows_a_curve_exactly_gives_the_curve_back() {
        for parameters in
            [[0.0, 2.0, 0.0, 0.0], [-1.0, 3.0, 0.05, 0.1], [2.0, 1.5, 0.0, 0.3], [0.5, 6.0, 0.2, 0.0]]
        {
            let curve = Curve { parameters };
            let found = fit(&groups(&curve, 100.0), [false; 4]);
            for (a, b) in found.parameters.iter().zip(parameters) {
                assert!((a - b).abs() < 1e-6, "{found:?} {parameters:?}");
            }
        }
    }

    #[test]
    fn the_gradient_is_that_of_the_likelihood() {
        let seen = groups(&Curve { parameters: [-1.0, 3.0, 0.05, 0.1] }, 10.0);
        let curve = Curve { parameters: [0.3, 2.0, 0.1, 0.2] };
        let (score, _) = curve.information(&seen);
        for i in 0..4 {
            let height = |by: f64| {
                let mut parameters = curve.parameters;
                parameters[i] += by;
                Curve { parameters }.log_likelihood(&seen)
            };
            let slope = (height(1e-6) - height(-1e-6)) / 2e-6;
            assert!((slope - score[i]).abs() < 1e-5 * slope.abs().max(1.0), "{i}: {slope} {}", score[i]);
        }
    }
}
