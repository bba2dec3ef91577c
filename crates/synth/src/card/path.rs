//! Outlines as flattened polylines, and the small part of SVG's path language that designs use.

use ab_glyph::OutlineCurve;

/// A point or vector, mm (or ems before scaling), y down.
pub(super) type Point = [f64; 2];

/// An affine map: `x' = a x + c y + e`, `y' = b x + d y + f`, as SVG's `matrix(a b c d e f)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Transform(pub [f64; 6]);

impl Transform {
    pub(super) fn scale(x: f64, y: f64) -> Self {
        Self([x, 0.0, 0.0, y, 0.0, 0.0])
    }

    pub(super) fn translate(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// Turned clockwise as seen on the card, degrees.
    pub(super) fn rotate(degrees: f64) -> Self {
        let (sin, cos) = libm::sincos(degrees.to_radians());
        Self([cos, sin, -sin, cos, 0.0, 0.0])
    }

    /// This map, and then `next`.
    pub(super) fn then(self, next: Self) -> Self {
        let [a, b, c, d, e, f] = self.0;
        let n = next.0;
        let linear = |x: f64, y: f64| [n[0] * x + n[2] * y, n[1] * x + n[3] * y];
        let ([a2, b2], [c2, d2]) = (linear(a, b), linear(c, d));
        let [e2, f2] = next.apply([e, f]);
        Self([a2, b2, c2, d2, e2, f2])
    }

    pub(super) fn apply(&self, [x, y]: Point) -> Point {
        let [a, b, c, d, e, f] = self.0;
        [a * x + c * y + e, b * x + d * y + f]
    }
}

/// Polylines; each closes on itself when filled.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Contours(pub Vec<Vec<Point>>);

impl Contours {
    /// Left, top, right, bottom of all points; `None` without any.
    pub(super) fn bounds(&self) -> Option<[f64; 4]> {
        let mut points = self.0.iter().flatten();
        let [x, y] = *points.next()?;
        Some(points.fold([x, y, x, y], |[l, t, r, b], [x, y]| [l.min(*x), t.min(*y), r.max(*x), b.max(*y)]))
    }

    pub(super) fn map(&mut self, f: impl Fn(Point) -> Point) {
        self.0.iter_mut().flatten().for_each(|p| *p = f(*p));
    }

    pub(super) fn transformed(mut self, transform: &Transform) -> Self {
        self.map(|p| transform.apply(p));
        self
    }

    /// Where the closed contours cross the horizontal line at `y`, sorted.
    pub(super) fn crossings(&self, y: f64) -> Vec<f64> {
        let mut found = Vec::new();
        for contour in &self.0 {
            for (i, [x0, y0]) in contour.iter().enumerate() {
                let [x1, y1] = contour[(i + 1) % contour.len()];
                if (*y0 <= y) != (y1 <= y) {
                    found.push(x0 + (x1 - x0) * (y - y0) / (y1 - y0));
                }
            }
        }
        found.sort_by(f64::total_cmp);
        found
    }

    /// Adds a glyph's outline, mapped, flattened to `tolerance` (in the units after mapping).
    pub(super) fn add_outline(&mut self, curves: &[OutlineCurve], map: &Transform, tolerance: f64) {
        let at = |p: &ab_glyph::Point| map.apply([f64::from(p.x), f64::from(p.y)]);
        for curve in curves {
            let (points, start) = match curve {
                OutlineCurve::Line(a, b) => (vec![at(b)], at(a)),
                OutlineCurve::Quad(a, b, c) => (flatten_quad(at(a), at(b), at(c), tolerance), at(a)),
                OutlineCurve::Cubic(a, b, c, d) => {
                    (flatten_cubic([at(a), at(b), at(c), at(d)], tolerance), at(a))
                }
            };
            match self.0.last_mut() {
                Some(contour) if contour.last() == Some(&start) => contour.extend(points),
                _ => self.0.push(std::iter::once(start).chain(points).collect()),
            }
        }
    }
}

/// Points of a quadratic curve after its first, no chord further from the curve than `tolerance`.
fn flatten_quad(a: Point, b: Point, c: Point, tolerance: f64) -> Vec<Point> {
    let bend = length([a[0] - 2.0 * b[0] + c[0], a[1] - 2.0 * b[1] + c[1]]);
    let n = (bend / (4.0 * tolerance)).sqrt().ceil().clamp(1.0, 200.0) as usize;
    let at = |i: usize| {
        let t = i as f64 / n as f64;
        let s = 1.0 - t;
        [0, 1].map(|k| s * s * a[k] + 2.0 * s * t * b[k] + t * t * c[k])
    };
    (1..=n).map(|i| if i == n { c } else { at(i) }).collect()
}

/// Points of a cubic curve after its first (bound of the second difference, Wang 1984).
fn flatten_cubic([a, b, c, d]: [Point; 4], tolerance: f64) -> Vec<Point> {
    let bend = |a: Point, b: Point, c: Point| length([a[0] - 2.0 * b[0] + c[0], a[1] - 2.0 * b[1] + c[1]]);
    let most = bend(a, b, c).max(bend(b, c, d));
    let n = (0.75 * most / tolerance).sqrt().ceil().clamp(1.0, 200.0) as usize;
    let at = |i: usize| {
        let t = i as f64 / n as f64;
        let s = 1.0 - t;
        [0, 1].map(|k| s * s * s * a[k] + 3.0 * s * t * (s * b[k] + t * c[k]) + t * t * t * d[k])
    };
    (1..=n).map(|i| if i == n { d } else { at(i) }).collect()
}

fn length([x, y]: Point) -> f64 {
    (x * x + y * y).sqrt()
}

/// Reads an SVG path of the commands `M L H V C Q Z`, absolute or relative, flattened to `tolerance`.
///
/// # Errors
/// What is wrong with the path, for a person.
pub(super) fn parse(text: &str, tolerance: f64) -> Result<Contours, String> {
    let mut reader = Reader { rest: text };
    let mut contours = Contours::default();
    let mut command = None;
    let (mut pen, mut start) = ([0.0, 0.0], [0.0, 0.0]);
    while !reader.at_end() {
        if let Some(letter) = reader.command() {
            command = Some(letter);
        }
        let letter = command.ok_or_else(|| no_start(text))?;
        let origin = if letter.is_ascii_lowercase() { pen } else { [0.0, 0.0] };
        let upper = letter.to_ascii_uppercase();
        if upper != 'M' && contours.0.is_empty() {
            return Err(no_start(text));
        }
        let mut points = Vec::new();
        match upper {
            'M' => {
                pen = reader.point(origin)?;
                start = pen;
                contours.0.push(vec![pen]);
                command = Some(if letter == 'm' { 'l' } else { 'L' });
            }
            'L' => points.push(reader.point(origin)?),
            'H' => points.push([origin[0] + reader.number()?, pen[1]]),
            'V' => points.push([pen[0], origin[1] + reader.number()?]),
            'Q' => {
                let (b, c) = (reader.point(origin)?, reader.point(origin)?);
                points = flatten_quad(pen, b, c, tolerance);
            }
            'C' => {
                let curve = [pen, reader.point(origin)?, reader.point(origin)?, reader.point(origin)?];
                points = flatten_cubic(curve, tolerance);
            }
            'Z' => {
                points.push(start);
                command = None;
            }
            _ => return Err(format!("paths know M L H V C Q Z, not `{letter}`")),
        }
        if let (Some(last), Some(contour)) = (points.last(), contours.0.last_mut()) {
            pen = *last;
            contour.extend(&points);
        }
    }
    Ok(contours)
}

fn no_start(text: &str) -> String {
    let shown: String = text.chars().take(20).collect();
    format!("a path begins with `M x y` or is a name from `[paths]`; `{shown}` is neither")
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', ',', '\n', '\r', '\t']);
    }

    fn at_end(&mut self) -> bool {
        self.skip_blanks();
        self.rest.is_empty()
    }

    fn command(&mut self) -> Option<char> {
        self.skip_blanks();
        let letter = self.rest.chars().next().filter(char::is_ascii_alphabetic)?;
        self.rest = &self.rest[1..];
        Some(letter)
    }

    fn number(&mut self) -> Result<f64, String> {
        self.skip_blanks();
        let mut seen_dot = false;
        let ends = |(i, c): (usize, char)| match c {
            '0'..='9' => false,
            '-' | '+' => i > 0,
            '.' => std::mem::replace(&mut seen_dot, true),
            _ => true,
        };
        let mut ends = ends;
        let end = self.rest.char_indices().find(|&(i, c)| ends((i, c))).map_or(self.rest.len(), |(i, _)| i);
        let (token, rest) = self.rest.split_at(end);
        let value = token.parse().map_err(|_| {
            let near: String = self.rest.chars().take(12).collect();
            format!("a number is missing in the path before `{near}`")
        })?;
        self.rest = rest;
        Ok(value)
    }

    fn point(&mut self, origin: Point) -> Result<Point, String> {
        Ok([origin[0] + self.number()?, origin[1] + self.number()?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_and_relative_paths_agree() {
        let absolute = parse("M1,2 L4 2 L4 6 H1 Z", 0.01).unwrap();
        assert_eq!(parse("m1 2 h3 v4 l-3 0z", 0.01).unwrap(), absolute);
        assert_eq!(absolute.bounds(), Some([1.0, 2.0, 4.0, 6.0]));
        assert_eq!(absolute.crossings(4.0), [1.0, 4.0]);
    }

    #[test]
    fn flattening_keeps_to_its_tolerance() {
        // A quarter of the unit circle by the usual cubic, which itself is off by 0.0003.
        let k = 0.552_285;
        let arc = parse(&format!("M1 0 C1 {k} {k} 1 0 1"), 0.001).unwrap();
        for pair in arc.0[0].windows(2) {
            let middle = [(pair[0][0] + pair[1][0]) / 2.0, (pair[0][1] + pair[1][1]) / 2.0];
            assert!((length(middle) - 1.0).abs() < 0.0014, "{middle:?}");
        }
    }

    #[test]
    fn faults_are_named() {
        assert!(parse("L1 2", 0.01).unwrap_err().contains("begins"));
        assert!(parse("M1 2 A3", 0.01).unwrap_err().contains("not `A`"));
        assert!(parse("M1 x", 0.01).unwrap_err().contains("number"));
    }

    #[test]
    fn maps_compose_in_order() {
        let map =
            Transform::scale(2.0, 2.0).then(Transform::rotate(90.0)).then(Transform::translate(1.0, 0.0));
        let [x, y] = map.apply([1.0, 0.0]);
        assert!((x - 1.0).abs() < 1e-12 && (y - 2.0).abs() < 1e-12);
    }
}
