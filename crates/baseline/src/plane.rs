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
        let mut values = vec![0.0; width * height];
        for (y, rows) in self.values.chunks_exact(2 * self.width).take(height).enumerate() {
            let (upper, lower) = rows.split_at(self.width);
            half_row(upper, lower, &mut values[y * width..(y + 1) * width]);
        }
        Self { width, height, values }
    }
}

retake_simd::kernel! {
    /// Means of squares of two by two from two rows.
    fn half_row(upper: &[f32], lower: &[f32], out: &mut [f32]) {
        let squares = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
        for (out, (a, b)) in out.iter_mut().zip(squares) {
            *out = 0.25 * (a[0] + a[1] + b[0] + b[1]);
        }
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

/// The places that are marked, in their order, where most are not: many are passed at once.
pub(crate) fn marked(marks: &[u8]) -> impl Iterator<Item = usize> + '_ {
    const TOGETHER: usize = 16;
    let parts = marks.chunks(TOGETHER).enumerate();
    let some = parts.filter(|(_, part)| part.iter().fold(0, |any, mark| any | mark) != 0);
    some.flat_map(|(k, part)| (k * TOGETHER..).zip(part).filter(|(_, mark)| **mark != 0).map(|(at, _)| at))
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
    fn half_a_plane_has_the_means_of_its_squares() {
        let plane = Plane { width: 5, height: 3, values: (0..15).map(|v| v as f32).collect() };
        let half = plane.half();
        assert_eq!((half.width, half.height, half.values), (2, 1, vec![3.0, 5.0]));
    }
}
