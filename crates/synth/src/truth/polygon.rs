//! Polygons in the picture: areas, cuts and the pixels inside.

/// Area of a simple polygon (the shoelace formula), px2, positive whatever its direction.
pub(crate) fn area(points: &[[f64; 2]]) -> f64 {
    let next = points.iter().cycle().skip(1);
    let twice: f64 = points.iter().zip(next).map(|(a, b)| a[0] * b[1] - a[1] * b[0]).sum();
    twice.abs() / 2.0
}

/// The part of a convex polygon inside the picture `width` x `height` (Sutherland and Hodgman 1974).
pub(crate) fn clip_to_picture(points: &[[f64; 2]], width: f64, height: f64) -> Vec<[f64; 2]> {
    let mut kept = points.to_vec();
    for (axis, limit, sign) in [(0, 0.0, 1.0), (0, width, -1.0), (1, 0.0, 1.0), (1, height, -1.0)] {
        let inside = |p: &[f64; 2]| (p[axis] - limit) * sign;
        let mut next = Vec::with_capacity(kept.len() + 1);
        for (i, b) in kept.iter().enumerate() {
            let a = &kept[(i + kept.len() - 1) % kept.len()];
            let (da, db) = (inside(a), inside(b));
            if (da < 0.0) != (db < 0.0) {
                let t = da / (da - db);
                next.push([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]);
            }
            if db >= 0.0 {
                next.push(*b);
            }
        }
        kept = next;
    }
    kept
}

/// Share of a convex polygon that lies outside the picture, 0-1.
pub(crate) fn share_outside(points: &[[f64; 2]], width: u32, height: u32) -> f64 {
    let whole = area(points);
    if whole <= 0.0 {
        return 0.0;
    }
    let inside = area(&clip_to_picture(points, f64::from(width), f64::from(height)));
    (1.0 - inside / whole).clamp(0.0, 1.0)
}

/// Calls `visit` with `y` and the range of `x` of the pixels whose centres lie in a convex polygon.
pub(crate) fn for_each_row(
    points: &[[f64; 2]],
    width: u32,
    height: u32,
    mut visit: impl FnMut(usize, std::ops::Range<usize>),
) {
    let low = points.iter().fold(f64::MAX, |low, p| low.min(p[1])).max(0.0).floor() as usize;
    let high = points.iter().fold(0.0_f64, |high, p| high.max(p[1])).min(f64::from(height)).ceil() as usize;
    for y in low..high.min(height as usize) {
        let centre = y as f64 + 0.5;
        let (mut left, mut right) = (f64::MAX, f64::MIN);
        for (i, b) in points.iter().enumerate() {
            let a = &points[(i + points.len() - 1) % points.len()];
            if (a[1] <= centre) != (b[1] <= centre) {
                let x = a[0] + (b[0] - a[0]) * (centre - a[1]) / (b[1] - a[1]);
                left = left.min(x);
                right = right.max(x);
            }
        }
        let start = (left - 0.5).ceil().max(0.0) as usize;
        let end = (right - 0.5).ceil().clamp(0.0, f64::from(width)) as usize;
        if start < end {
            visit(y, start..end);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_square_half_outside() {
        let square = [[-5.0, 2.0], [5.0, 2.0], [5.0, 12.0], [-5.0, 12.0]];
        assert!((area(&square) - 100.0).abs() < 1e-12);
        assert!((share_outside(&square, 100, 100) - 0.5).abs() < 1e-12);
        assert_eq!(share_outside(&square.map(|[x, y]| [x + 300.0, y]), 100, 100), 1.0);
    }

    proptest! {
        /// Against brute force: the share of a grid of points in the polygon that lie outside.
        #[test]
        fn shares_match_counting(cx in -20.0..80.0f64, cy in -20.0..60.0f64, r in 8.0..30.0f64, turn in 0.0..1.5f64) {
            let quad: Vec<[f64; 2]> = (0..4)
                .map(|i| {
                    let a = turn + f64::from(i) * core::f64::consts::FRAC_PI_2;
                    [cx + r * libm::cos(a), cy + r * libm::sin(a)]
                })
                .collect();
            let inside = |x: f64, y: f64| (0..4).all(|i| {
                let (a, b) = (quad[i], quad[(i + 1) % 4]);
                (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) >= 0.0
            });
            let (mut all, mut out) = (0.0, 0.0);
            for i in -300..500 {
                for j in -300..450 {
                    let (x, y) = (f64::from(i) * 0.25, f64::from(j) * 0.25);
                    if inside(x, y) {
                        all += 1.0;
                        if !((0.0..60.0).contains(&x) && (0.0..40.0).contains(&y)) {
                            out += 1.0;
                        }
                    }
                }
            }
            prop_assert!((share_outside(&quad, 60, 40) - out / all).abs() < 0.02);
            let mut counted = 0usize;
            for_each_row(&quad, 60, 40, |_, xs| counted += xs.len());
            let brute = (0..60).flat_map(|x| (0..40).map(move |y| (x, y)))
                .filter(|(x, y)| inside(f64::from(*x) + 0.5, f64::from(*y) + 0.5)).count();
            prop_assert!(counted.abs_diff(brute) <= 2, "{counted} {brute}");
        }
    }
}
