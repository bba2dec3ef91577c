//! One channel of a picture.

/// A rectangle of numbers, row by row.
#[derive(Clone, Debug)]
pub(crate) struct Plane {
    /// Width, px.
    pub(crate) width: usize,
    /// Height, px.
    pub(crate) height: usize,
    /// The numbers.
    pub(crate) values: Vec<f32>,
}

impl Plane {
    /// A plane of zeros.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self { width, height, values: vec![0.0; width * height] }
    }

    /// Means of squares of two by two; what is left over at the right and the bottom is left out.
    pub(crate) fn half(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut values = Vec::with_capacity(width * height);
        for rows in self.values.chunks_exact(2 * self.width).take(height) {
            let (upper, lower) = rows.split_at(self.width);
            let squares = upper.chunks_exact(2).zip(lower.chunks_exact(2));
            values.extend(squares.map(|(a, b)| 0.25 * (a[0] + a[1] + b[0] + b[1])));
        }
        Self { width, height, values }
    }
}

/// The value that a share `q`, 0-1, of the values lies below; 0 without values. Reorders them.
pub(crate) fn quantile(values: &mut [f32], q: f32) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let k = ((values.len() - 1) as f32 * q.clamp(0.0, 1.0) + 0.5) as usize;
    *values.select_nth_unstable_by(k, f32::total_cmp).1
}

/// A measure as a score: 0.5 at `middle`, 0.88 at `middle + width` and 0.12 at `middle - width` (logistic).
/// A negative `width` turns the direction round.
pub(crate) fn logistic(measure: f32, middle: f32, width: f32) -> f64 {
    let z = f64::from((measure - middle) / width) * 2.0;
    if z.is_nan() { 0.0 } else { 1.0 / (1.0 + libm::exp(-z)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_known_lists() {
        let mut list: Vec<f32> = (0..=100).rev().map(|v| v as f32).collect();
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|q| quantile(&mut list, q)), [0.0, 25.0, 50.0, 100.0]);
        assert_eq!(quantile(&mut [], 0.5), 0.0);
    }

    #[test]
    fn the_logistic_is_a_half_at_its_middle_and_never_leaves_its_range() {
        assert_eq!(logistic(3.0, 3.0, 0.5), 0.5);
        assert!((logistic(3.5, 3.0, 0.5) - 0.8808).abs() < 1e-4);
        assert!((logistic(3.5, 3.0, -0.5) - 0.1192).abs() < 1e-4);
        for wild in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MAX, f32::MIN] {
            assert!((0.0..=1.0).contains(&logistic(wild, 0.0, 1.0)), "{wild}");
        }
    }
}
