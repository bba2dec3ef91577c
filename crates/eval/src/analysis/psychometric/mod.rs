//! From where on a defect is found: recall as a curve over the measure.
//!
//! Every image on which the category applies takes part, whatever its state: an absent one with its near miss, a borderline
//! one, a strong one. The curve is a logistic function of the measure or of its logarithm, whichever is likelier, between the
//! rate of false alarms and what is missed however bad the defect is. Its interval takes images of one sample as alike (a
//! sandwich estimate, Liang and Zeger 1986), and a threshold's interval is where the curve's band crosses it, on either scale
//! if the data do not tell which is right.

mod fit;

use retake_label::{Direction, State};
use serde::{Deserialize, Serialize};

pub use fit::{Curve, Group, fit};

use crate::metrics::Tally;
use crate::stats::{binomial_cdf, inverse, quadratic};
use crate::table::{Column, Table};
use crate::{Estimate, Z95};

/// Recall that thresholds are given for.
pub const LEVELS: [f64; 2] = [0.5, 0.9];
/// Images with the defect, and without it, below which no curve is fitted.
const FEWEST: usize = 8;
/// Points of the curve in the report.
const POINTS: usize = 41;
/// Steps in which a band is searched for where it crosses a level.
const SEARCH: usize = 400;
/// Groups of images that the fit works on when there are more different measures.
const GROUPS: usize = 2000;
/// Twice the gain in log-likelihood over a constant from which on recall is said to rise: the 99.9 % quantile of chi squared
/// with three degrees of freedom.
const RISES: f64 = 16.27;

/// Recall over the measure of a category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Psychometric {
    /// Images that it is fitted to.
    pub images: u64,
    /// Whether the curve is logistic in the measure or in its logarithm.
    pub scale: Scale,
    /// Whether recall rises with the defect beyond chance. Without it the thresholds are unclear.
    pub rises: bool,
    /// The rate of calls far below the thresholds: false alarms, 0-1.
    pub guess: f64,
    /// The rate of misses however bad the defect is, 0-1.
    pub lapse: f64,
    /// Where the curve is halfway between the two, in the measure's unit.
    pub midpoint: f64,
    /// The logarithm of the odds that one more unit of the measure (or of its natural logarithm) multiplies into.
    pub slope: f64,
    /// The log-likelihood of the fit.
    pub log_likelihood: f64,
    /// From where on half and nine tenths are found.
    pub thresholds: Vec<Threshold>,
    /// The curve, from the mildest measure to the worst.
    pub curve: Vec<Point>,
    /// What was seen, in bins of neighbouring measures.
    pub observed: Vec<Bin>,
    /// What the thresholds say, in words.
    pub sentence: String,
}

/// How the measure enters the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// As it is.
    Linear,
    /// By its logarithm.
    Log,
}

/// From where on recall is at least `recall`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// The level, 0-1.
    pub recall: f64,
    /// Whether it is reached within the measures that occur.
    pub status: Status,
    /// Where, in the measure's unit; absent unless it is reached.
    pub measure: Option<f64>,
    /// The mild end of the 95 % interval; absent where the interval reaches beyond the mildest measure that occurs.
    pub mild: Option<f64>,
    /// The bad end of the 95 % interval; absent where the interval reaches beyond the worst measure that occurs.
    pub bad: Option<f64>,
}

/// Whether a threshold exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It lies within the measures that occur.
    Reached,
    /// Not even the worst measure that occurs reaches it.
    NotReached,
    /// Even the mildest measure that occurs is above it.
    Always,
    /// Recall does not rise with the measure beyond chance.
    Unclear,
}

/// A point of the curve with its band.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// The measure.
    pub measure: f64,
    /// The rate of calls.
    pub value: f64,
    /// The lower end of the pointwise 95 % band; absent where the data do not determine the curve's steepness.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// Images of neighbouring measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// The mildest measure in it.
    pub from: f64,
    /// The worst measure in it.
    pub to: f64,
    /// The mean measure in it.
    pub mean: f64,
    /// The share of calls.
    pub called: Estimate,
}

/// An image: its measure, its sample, and whether it was called.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The measure.
    pub measure: f64,
    /// The sample.
    pub sample: u32,
    /// Whether the defect was called.
    pub called: bool,
}

impl Psychometric {
    /// Of a category; `None` when too few images have the defect, or none lacks it.
    pub fn of(table: &Table, column: &Column) -> Option<Self> {
        let count = |state| column.states.iter().filter(|s| **s == state).count();
        if !column.supported || count(State::Present) < FEWEST || count(State::Absent) < FEWEST {
            return None;
        }
        let rows = (0..table.len()).filter(|row| column.states[*row] != State::NotApplicable);
        let seen: Vec<Seen> = rows
            .map(|row| Seen {
                measure: column.measures[row],
                sample: table.samples[row],
                called: column.replies[row].called(),
            })
            .collect();
        let mut found = Self::fitted(&seen, column.spec.measure.direction)?;
        found.sentence = found.in_words(column.category().title(), &column.spec.measure.unit);
        Some(found)
    }

    /// Of images sorted by sample; `None` when all measures are the same.
    pub fn fitted(seen: &[Seen], direction: Direction) -> Option<Self> {
        let scales = [Scale::Linear, Scale::Log].into_iter();
        let rising = from_mild_to_bad(seen, direction);
        let mut fits: Vec<Fitted> = scales
            .filter_map(|scale| Fitted::new(seen, &rising, Axis::new(seen, direction, scale)?))
            .collect();
        fits.sort_by(|a, b| b.height.total_cmp(&a.height));
        let fitted = fits.first()?;
        let [shift, slope, guess, lapse] = fitted.curve.parameters;
        let axis = &fitted.axis;
        Some(Self {
            images: seen.len() as u64,
            scale: axis.scale,
            rises: fitted.rises,
            guess,
            lapse,
            midpoint: axis.measure(if slope > 0.0 { -shift / slope } else { 0.0 }),
            slope: slope / axis.spread,
            log_likelihood: fitted.height,
            thresholds: LEVELS.map(|level| threshold(&fits, level, &rising)).to_vec(),
            curve: fitted.points(),
            observed: observed(seen, &rising, axis),
            sentence: String::new(),
        })
    }

    /// `finds half of glare spots from 2.1 % of the card on (1.7-2.6) and nine tenths from 4 % on (3.4-4.9)`.
    fn in_words(&self, title: &str, unit: &str) -> String {
        let worst = self.curve.last().map_or(0.0, |p| p.measure);
        let falls = self.curve.first().is_some_and(|first| first.measure > worst);
        let title = title.to_lowercase();
        if !self.rises {
            return format!("whether {title} is called does not depend on its measure beyond chance");
        }
        let (half, most) = (&self.thresholds[0], &self.thresholds[1]);
        let clause = |threshold: &Threshold, share: &str| match threshold.status {
            Status::Reached => {
                let measure = threshold.measure.unwrap_or(0.0);
                let (of, by) = if unit.starts_with("share") {
                    (unit.replacen("share", "%", 1), 100.0)
                } else {
                    (unit.to_owned(), 1.0)
                };
                let number =
                    |value: Option<f64>, open: &str| value.map_or(open.to_owned(), |v| significant(v * by));
                let (mild, bad) = (number(threshold.mild, ""), number(threshold.bad, ""));
                let range = match (mild.is_empty(), bad.is_empty()) {
                    (false, false) => format!("{mild}-{bad}"),
                    (true, false) => format!("at the latest {bad}"),
                    (false, true) => format!("at the earliest {mild}"),
                    (true, true) => "its place is open".to_owned(),
                };
                let on = if falls { "down" } else { "on" };
                format!("{share} from {} {of} {on} ({range})", significant(measure * by))
            }
            Status::Always => format!("{share} even of the mildest"),
            Status::NotReached | Status::Unclear => format!("never {share} within the measures that occur"),
        };
        format!("finds {title}: {}, {}", clause(half, "half"), clause(most, "nine tenths"))
    }
}

/// The images by rising defect, those of equal measure by sample: the same order on every scale.
fn from_mild_to_bad(seen: &[Seen], direction: Direction) -> Vec<Seen> {
    let mut rising = seen.to_vec();
    rising.sort_by(|a, b| match direction {
        Direction::HigherIsWorse => a.measure.total_cmp(&b.measure),
        Direction::LowerIsWorse => b.measure.total_cmp(&a.measure),
    });
    rising
}

/// A threshold by the likeliest fit. Its interval is wide enough for that of every fit that the data cannot tell from it
/// (twice the log-likelihood within the 95 % quantile of chi squared).
fn threshold(fits: &[Fitted], level: f64, rising: &[Seen]) -> Threshold {
    let mut found = fits[0].threshold(level, rising);
    let rivals = fits[1..].iter().filter(|fit| 2.0 * (fits[0].height - fit.height) < Z95 * Z95);
    for other in
        rivals.map(|fit| fit.threshold(level, rising)).filter(|other| other.status != Status::Unclear)
    {
        let sign = fits[0].axis.sign;
        let end = |a: Option<f64>, b: Option<f64>, bad: bool| {
            let (a, b) = (a?, b?);
            Some(if (sign * a > sign * b) == bad { a } else { b })
        };
        found.mild = end(found.mild, other.mild, false);
        found.bad = end(found.bad, other.bad, true);
    }
    found
}

/// Two significant digits, three above 10.
fn significant(value: f64) -> String {
    let digits = match value.abs() {
        v if v >= 99.5 => 0,
        v if v >= 0.995 => 1,
        v if v >= 0.0995 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

/// A function of measures that remembers some of what it gave: millions of images share a few thousand measures, and a logarithm
/// is dear.
struct Memo<T, F> {
    function: F,
    known: Vec<Option<(u64, T)>>,
}

impl<T: Copy, F: Fn(f64) -> T> Memo<T, F> {
    const BITS: u32 = 12;

    fn new(function: F) -> Self {
        Self { function, known: vec![None; 1 << Self::BITS] }
    }

    fn of(&mut self, measure: f64) -> T {
        let bits = measure.to_bits();
        // Fibonacci's hash (Knuth 1973).
        let slot = &mut self.known[(bits.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - Self::BITS)) as usize];
        match *slot {
            Some((of, value)) if of == bits => value,
            _ => {
                let value = (self.function)(measure);
                *slot = Some((bits, value));
                value
            }
        }
    }
}

/// From measures to positions: rising with the defect, of mean 0 and deviation 1.
#[derive(Clone, Copy, Debug)]
struct Axis {
    scale: Scale,
    sign: f64,
    mean: f64,
    spread: f64,
    /// The mildest and the worst finite position that occur.
    range: [f64; 2],
}

impl Axis {
    fn new(seen: &[Seen], direction: Direction, scale: Scale) -> Option<Self> {
        let sign = if direction == Direction::HigherIsWorse { 1.0 } else { -1.0 };
        let mut axis =
            Self { scale, sign, mean: 0.0, spread: 1.0, range: [f64::INFINITY, f64::NEG_INFINITY] };
        if scale == Scale::Log && seen.iter().any(|s| s.measure < 0.0) {
            return None;
        }
        let mut known = Memo::new(|measure| axis.position(measure));
        let positions: Vec<f64> =
            seen.iter().map(|s| known.of(s.measure)).filter(|t| t.is_finite()).collect();
        let n = positions.len() as f64;
        let mean = positions.iter().sum::<f64>() / n;
        let spread = (positions.iter().map(|t| (t - mean) * (t - mean)).sum::<f64>() / n).sqrt();
        if !(spread > 0.0 && spread.is_finite()) {
            return None;
        }
        let range = positions.iter().fold(axis.range, |[low, high], t| [low.min(*t), high.max(*t)]);
        axis.range = range.map(|t| (t - mean) / spread);
        (axis.mean, axis.spread) = (mean, spread);
        Some(axis)
    }

    fn position(&self, measure: f64) -> f64 {
        let on_scale = if self.scale == Scale::Log { libm::log(measure) } else { measure };
        (self.sign * on_scale - self.mean) / self.spread
    }

    fn measure(&self, t: f64) -> f64 {
        let on_scale = self.sign * (t * self.spread + self.mean);
        if self.scale == Scale::Log { libm::exp(on_scale) } else { on_scale }
    }

    /// A position within the range, for a share of it in 0-1.
    fn at(&self, share: f64) -> f64 {
        self.range[0] + (self.range[1] - self.range[0]) * share
    }
}

/// A fit with what its interval needs.
struct Fitted {
    axis: Axis,
    curve: Curve,
    height: f64,
    rises: bool,
    free: Vec<usize>,
    /// Of the free parameters: as if images were independent, and with samples as the unit. Absent where the data do not
    /// determine them.
    covariance: Option<[Vec<Vec<f64>>; 2]>,
}

impl Fitted {
    /// Of images by sample and the same by rising defect.
    fn new(seen: &[Seen], rising: &[Seen], axis: Axis) -> Option<Self> {
        let groups = grouped(rising, &axis);
        let curve = fit(&groups, [false; 4]);
        let height = curve.log_likelihood(&groups);
        let (score, information) = curve.information(&groups);
        let free = curve.free(&score, [false; 4]);
        let (n, k) = groups.iter().fold((0.0, 0.0), |(n, k), g| (n + g.n, k + g.k));
        let constant = Curve { parameters: [0.0, 0.0, k / n, 1.0 - k / n] }.log_likelihood(&groups);
        let bread: Vec<Vec<f64>> =
            free.iter().map(|i| free.iter().map(|j| information[*i][*j]).collect()).collect();
        let determined = |inverse: &Vec<Vec<f64>>| {
            let slope = free.iter().position(|i| *i == 1);
            slope.is_some_and(|at| inverse[at][at].sqrt() < curve.parameters[1])
        };
        let covariance = inverse(&bread).filter(determined).map(|independent| {
            let clustered = sandwich(&independent, &curve, &free, seen, &axis);
            [independent, clustered]
        });
        height.is_finite().then(|| Self {
            axis,
            curve,
            height,
            rises: 2.0 * (height - constant) > RISES && curve.parameters[1] > 0.0,
            free,
            covariance,
        })
    }

    /// The rate and its 95 % band at a position, on the scale of log odds.
    fn band(&self, t: f64) -> (f64, Option<[f64; 2]>) {
        let (rate, gradient) = self.curve.rate_and_gradient(t);
        let band = self.covariance.as_ref().map(|covariance| {
            let gradient: Vec<f64> = self.free.iter().map(|i| gradient[*i]).collect();
            // With few samples the sandwich is too narrow, with twins the other one.
            let variance = |of: &Vec<Vec<f64>>| quadratic(of, &gradient);
            let deviation = variance(&covariance[0]).max(variance(&covariance[1])).max(0.0).sqrt();
            let inner = rate.clamp(1e-9, 1.0 - 1e-9);
            let (odds, width) = (libm::log(inner / (1.0 - inner)), Z95 * deviation / (inner * (1.0 - inner)));
            [odds - width, odds + width].map(|o| 1.0 / (1.0 + libm::exp(-o)))
        });
        (rate, band)
    }

    fn points(&self) -> Vec<Point> {
        let at = |i: usize| {
            let t = self.axis.at(i as f64 / (POINTS - 1) as f64);
            let (value, band) = self.band(t);
            Point { measure: self.axis.measure(t), value, low: band.map(|b| b[0]), high: band.map(|b| b[1]) }
        };
        (0..POINTS).map(at).collect()
    }

    fn threshold(&self, level: f64, rising: &[Seen]) -> Threshold {
        let none = Threshold { recall: level, status: Status::Unclear, measure: None, mild: None, bad: None };
        if !self.rises {
            return none;
        }
        let [mildest, worst] = self.axis.range.map(|t| self.curve.rate(t));
        let status = match () {
            () if mildest >= level => Status::Always,
            () if worst < level => Status::NotReached,
            () => Status::Reached,
        };
        let crossing =
            (status == Status::Reached).then(|| self.crossing(level, &|t| self.curve.rate(t))).flatten();
        let (mild, bad) = if self.covariance.is_some() {
            // Where the band lies above the level already at its mild end, the interval is open there.
            let end = |side: usize| {
                let bound = |t: f64| self.band(t).1.map_or(0.0, |band| band[side]);
                let inside = bound(self.axis.range[0]) < level;
                inside.then(|| self.crossing(level, &bound)).flatten()
            };
            (end(1), end(0))
        } else {
            crossing.map_or((None, None), |at| self.counted(level, at, rising))
        };
        let in_unit = |t: Option<f64>| t.map(|t| self.axis.measure(t));
        Threshold { status, measure: in_unit(crossing), mild: in_unit(mild), bad: in_unit(bad), ..none }
    }

    /// The mildest position at which a rising function reaches a level.
    fn crossing(&self, level: f64, f: &dyn Fn(f64) -> f64) -> Option<f64> {
        let step = |i: usize| self.axis.at(i as f64 / SEARCH as f64);
        let first = (0..=SEARCH).find(|i| f(step(*i)) >= level)?;
        if first == 0 {
            return Some(step(0));
        }
        let (mut below, mut above) = (step(first - 1), step(first));
        for _ in 0..60 {
            let middle = f64::midpoint(below, above);
            if f(middle) >= level { above = middle } else { below = middle }
        }
        Some(above)
    }

    /// The interval of a threshold where calls begin so abruptly that the curve's steepness is unknown: the ends are where
    /// enough images in a row would be unlikely, on either side, if the threshold lay beyond.
    fn counted(&self, level: f64, at: f64, rising: &[Seen]) -> (Option<f64>, Option<f64>) {
        const TAIL: f64 = 0.025;
        let placed: Vec<(f64, bool)> =
            rising.iter().map(|s| (self.axis.position(s.measure), s.called)).collect();
        let split = placed.partition_point(|(t, _)| *t < at);
        let (mut n, mut hits) = (0u64, 0u64);
        let mild = placed[..split].iter().rev().find(|(_, called)| {
            n += 1;
            hits += u64::from(*called);
            binomial_cdf(hits, n, level) <= TAIL
        });
        let mild = mild.map(|(t, _)| *t);
        (n, hits) = (0, 0);
        let bad = placed[split..].iter().find(|(_, called)| {
            n += 1;
            hits += u64::from(*called);
            binomial_cdf(n - hits, n, 1.0 - level) <= TAIL
        });
        (mild.filter(|t| t.is_finite()), bad.map(|(t, _)| *t).filter(|t| t.is_finite()))
    }
}

/// Images by position, rising; neighbours together when there are many.
fn grouped(rising: &[Seen], axis: &Axis) -> Vec<Group> {
    let mut placed: Vec<Group> = Vec::new();
    let mut last = None;
    for seen in rising {
        // A logarithm is dear where millions of images share a measure.
        if last != Some(seen.measure) {
            last = Some(seen.measure);
            let t = axis.position(seen.measure);
            if placed.last().is_none_or(|group| group.t != t) {
                placed.push(Group { t, n: 0.0, k: 0.0 });
            }
        }
        if let Some(group) = placed.last_mut() {
            group.n += 1.0;
            group.k += f64::from(u8::from(seen.called));
        }
    }
    if placed.len() <= 2 * GROUPS {
        return placed;
    }
    let (infinite, finite): (Vec<Group>, Vec<Group>) = placed.into_iter().partition(|g| g.t.is_infinite());
    let merged = finite.chunks(finite.len().div_ceil(GROUPS)).map(|chunk| {
        let (n, k) = chunk.iter().fold((0.0, 0.0), |(n, k), g| (n + g.n, k + g.k));
        Group { t: chunk.iter().map(|g| g.t * g.n).sum::<f64>() / n, n, k }
    });
    let mut groups: Vec<Group> = infinite.into_iter().chain(merged).collect();
    groups.sort_by(|a, b| a.t.total_cmp(&b.t));
    groups
}

/// The covariance of the free parameters with samples as the unit.
fn sandwich(bread: &[Vec<f64>], curve: &Curve, free: &[usize], seen: &[Seen], axis: &Axis) -> Vec<Vec<f64>> {
    let size = free.len();
    let mut meat = [[0.0; 4]; 4];
    let mut samples = 0.0;
    let mut known = Memo::new(|measure| curve.rate_and_gradient(axis.position(measure)));
    for sample in seen.chunk_by(|a, b| a.sample == b.sample) {
        let mut score = [0.0; 4];
        for image in sample {
            let (rate, gradient) = known.of(image.measure);
            let rate = rate.clamp(1e-12, 1.0 - 1e-12);
            let residual = (f64::from(u8::from(image.called)) - rate) / (rate * (1.0 - rate));
            score.iter_mut().zip(free).for_each(|(s, i)| *s += residual * gradient[*i]);
        }
        for (row, a) in meat.iter_mut().zip(&score) {
            row.iter_mut().zip(&score).for_each(|(cell, b)| *cell += a * b);
        }
        samples += 1.0;
    }
    let scale: f64 = samples / (samples - 1.0f64).max(1.0);
    let product = |a: &[Vec<f64>], b: &[Vec<f64>]| -> Vec<Vec<f64>> {
        a.iter()
            .map(|row| (0..size).map(|j| row.iter().zip(b).map(|(x, other)| x * other[j]).sum()).collect())
            .collect()
    };
    let meat: Vec<Vec<f64>> = meat[..size].iter().map(|row| row[..size].to_vec()).collect();
    let mut covariance = product(&product(bread, &meat), bread);
    covariance.iter_mut().flatten().for_each(|cell| *cell *= scale);
    covariance
}

/// What was seen, in up to ten bins of equal mass; a measure that a tenth of the images share has a bin to itself.
fn observed(seen: &[Seen], rising: &[Seen], axis: &Axis) -> Vec<Bin> {
    let bins = binned(rising, axis);
    let worst: Vec<f64> = bins.iter().map(|bin| axis.sign * bin[bin.len() - 1].measure).collect();
    // A tally takes images sample by sample.
    let mut called = vec![Tally::default(); bins.len()];
    for image in seen {
        let bin = worst.partition_point(|worst| *worst < axis.sign * image.measure);
        called[bin].add(image.sample, image.called);
    }
    let bin = |(images, called): (&[Seen], Tally)| Bin {
        from: images[0].measure,
        to: images[images.len() - 1].measure,
        mean: images.iter().map(|s| s.measure).sum::<f64>() / images.len() as f64,
        called: called.estimate(),
    };
    bins.into_iter().zip(called).map(bin).collect()
}

/// The images of each bin, none of them empty.
fn binned<'a>(rising: &'a [Seen], axis: &Axis) -> Vec<&'a [Seen]> {
    const BINS: usize = 10;
    let mut bins = Vec::new();
    // The images from `start` to `end` are in the bin that is open.
    let (mut start, mut end) = (0, 0);
    for group in of_position(rising, axis) {
        let wanted = (rising.len() - start).div_ceil(BINS - bins.len().min(BINS - 1));
        if end > start && group.len() >= rising.len().div_ceil(BINS) {
            bins.push(&rising[start..end]);
            start = end;
        }
        end += group.len();
        if end - start >= wanted {
            bins.push(&rising[start..end]);
            start = end;
        }
    }
    if end > start {
        bins.push(&rising[start..end]);
    }
    bins
}

/// Images that are sorted, those of one position together.
fn of_position<'a>(rising: &'a [Seen], axis: &Axis) -> impl Iterator<Item = &'a [Seen]> {
    // A logarithm is dear where millions of images share a measure.
    let mut groups = rising.chunk_by(|a, b| a.measure == b.measure).peekable();
    let (axis, mut start) = (*axis, 0);
    std::iter::from_fn(move || {
        let first = groups.next()?;
        let (at, mut end) = (axis.position(first[0].measure), start + first.len());
        while let Some(next) = groups.next_if(|next| axis.position(next[0].measure) == at) {
            end += next.len();
        }
        let group = &rising[start..end];
        start = end;
        Some(group)
    })
}

#[cfg(test)]
mod tests;
