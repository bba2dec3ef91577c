//! Lines, quadrilaterals, and the plane projective map between a card and its picture.

/// A point or direction, px.
pub(crate) type Point = [f32; 2];

/// Four corners, clockwise in the picture: top left, top right, bottom right, bottom left.
pub(crate) type Quad = [Point; 4];

/// A line in normal form: the points `p` with `normal . p = offset`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    /// Unit normal.
    pub(crate) normal: Point,
    /// Distance from the origin along the normal, px.
    pub(crate) offset: f32,
}

impl Line {
    /// The line through two points; its normal points to the right of the way from `a` to `b` in the picture.
    pub(crate) fn through(a: Point, b: Point) -> Self {
        let along = minus(b, a);
        let length = dot(along, along).sqrt().max(1e-6);
        let normal = [-along[1] / length, along[0] / length];
        Self { normal, offset: dot(normal, a) }
    }

    /// Where two lines meet; none for lines that are nearly parallel.
    pub(crate) fn meet(&self, other: &Self) -> Option<Point> {
        let det = cross(self.normal, other.normal);
        if det.abs() < 0.05 {
            return None;
        }
        Some([
            (self.offset * other.normal[1] - other.offset * self.normal[1]) / det,
            (other.offset * self.normal[0] - self.offset * other.normal[0]) / det,
        ])
    }

    /// Signed distance of a point, px.
    pub(crate) fn distance(&self, p: Point) -> f32 {
        dot(self.normal, p) - self.offset
    }

    /// Unit direction: the normal, turned by a quarter.
    pub(crate) fn direction(&self) -> Point {
        [-self.normal[1], self.normal[0]]
    }
}

pub(crate) fn dot(a: Point, b: Point) -> f32 {
    a[0] * b[0] + a[1] * b[1]
}

pub(crate) fn cross(a: Point, b: Point) -> f32 {
    a[0] * b[1] - a[1] * b[0]
}

pub(crate) fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

pub(crate) fn distance(a: Point, b: Point) -> f32 {
    let d = minus(a, b);
    dot(d, d).sqrt()
}

/// Area, px^2 (shoelace formula); positive for corners that run clockwise in the picture.
pub(crate) fn area(points: &[Point]) -> f32 {
    let next = points.iter().cycle().skip(1);
    points.iter().zip(next).map(|(a, b)| cross(*a, *b)).sum::<f32>() * 0.5
}

/// Whether every corner turns the same way, clockwise.
pub(crate) fn convex(quad: &Quad) -> bool {
    (0..4).all(|i| {
        let [a, b, c] = [quad[i], quad[(i + 1) % 4], quad[(i + 2) % 4]];
        cross(minus(b, a), minus(c, b)) > 0.0
    })
}

/// The part of a polygon inside the rectangle from the origin to `size` (Sutherland and Hodgman, 1974).
pub(crate) fn clip(quad: &[Point], size: Point) -> Vec<Point> {
    let mut polygon = quad.to_vec();
    for (axis, limit, sign) in [(0, 0.0, 1.0), (0, size[0], -1.0), (1, 0.0, 1.0), (1, size[1], -1.0)] {
        let inside = |p: Point| (p[axis] - limit) * sign;
        let mut kept = Vec::with_capacity(polygon.len() + 1);
        for (i, b) in polygon.iter().enumerate() {
            let a = polygon[(i + polygon.len() - 1) % polygon.len()];
            let (da, db) = (inside(a), inside(*b));
            if (da < 0.0) != (db < 0.0) {
                let t = da / (da - db);
                kept.push([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]);
            }
            if db >= 0.0 {
                kept.push(*b);
            }
        }
        polygon = kept;
    }
    polygon
}

/// The projective map from the unit square to a quadrilateral (Heckbert, Fundamentals of Texture Mapping, 1989).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Homography([f32; 8]);

impl Homography {
    /// Takes (0, 0), (1, 0), (1, 1), (0, 1) to the corners of a convex quadrilateral.
    pub(crate) fn onto(quad: &Quad) -> Self {
        let [p0, p1, p2, p3] = *quad;
        let d1 = minus(p1, p2);
        let d2 = minus(p3, p2);
        let s = [p0[0] - p1[0] + p2[0] - p3[0], p0[1] - p1[1] + p2[1] - p3[1]];
        let det = cross(d1, d2);
        let (g, h) = if det == 0.0 { (0.0, 0.0) } else { (cross(s, d2) / det, cross(d1, s) / det) };
        Self([
            p1[0] - p0[0] + g * p1[0],
            p3[0] - p0[0] + h * p3[0],
            p0[0],
            p1[1] - p0[1] + g * p1[1],
            p3[1] - p0[1] + h * p3[1],
            p0[1],
            g,
            h,
        ])
    }

    /// Where points of the square go that are side by side: `x` and `y` of each.
    pub(crate) fn row(&self, us: &[f32], v: f32, out: [&mut [f32]; 2]) {
        map_row(*self, us, v, out);
    }

    /// Where a point of the square goes.
    #[inline(always)]
    pub(crate) fn at(&self, u: f32, v: f32) -> Point {
        let [a, b, c, d, e, f, g, h] = self.0;
        let w = 1.0 / (g * u + h * v + 1.0);
        [(a * u + b * v + c) * w, (d * u + e * v + f) * w]
    }
}

retake_simd::kernel! {
    /// [`Homography::at`], point by point.
    fn map_row(map: Homography, us: &[f32], v: f32, out: [&mut [f32]; 2]) {
        let [xs, ys] = out;
        let n = us.len();
        let (xs, ys) = (&mut xs[..n], &mut ys[..n]);
        for i in 0..n {
            let [x, y] = map.at(us[i], v);
            xs[i] = x;
            ys[i] = y;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_hits_the_corners_and_keeps_lines() {
        let quad = [[10.0, 12.0], [200.0, 30.0], [190.0, 150.0], [20.0, 130.0]];
        let map = Homography::onto(&quad);
        for ([u, v], corner) in [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]].into_iter().zip(quad) {
            assert!(distance(map.at(u, v), corner) < 1e-3);
        }
        // The diagonals of the square meet in its middle, and so do their images.
        let middle = map.at(0.5, 0.5);
        for (a, b) in [(0, 2), (1, 3)] {
            let off = cross(minus(quad[b], quad[a]), minus(middle, quad[a])) / distance(quad[a], quad[b]);
            assert!(off.abs() < 1e-3, "{off}");
        }
    }

    #[test]
    fn clipping_keeps_the_known_area() {
        let square = [[-5.0, 2.0], [5.0, 2.0], [5.0, 8.0], [-5.0, 8.0]];
        assert_eq!(area(&square), 60.0);
        assert_eq!(area(&clip(&square, [100.0, 100.0])), 30.0);
        assert_eq!(area(&clip(&square, [3.0, 4.0])), 6.0);
        assert!(clip(&[[-9.0, 0.0], [-5.0, 0.0], [-5.0, 5.0], [-9.0, 5.0]], [10.0, 10.0]).is_empty());
    }

    #[test]
    fn lines_meet_where_they_cross() {
        let x = Line { normal: [1.0, 0.0], offset: 3.0 };
        let y = Line { normal: [0.0, -1.0], offset: -7.0 };
        assert_eq!(x.meet(&y), Some([3.0, 7.0]));
        assert_eq!(x.meet(&Line { normal: [-1.0, 0.0], offset: 0.0 }), None);
    }
}
