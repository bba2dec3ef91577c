//! Outlines of flat things: signed distance to a rounded rectangle, and coverage of a pixel by it.

/// A rounded rectangle on the card: `left, top, right, bottom`, mm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoundedRect {
    middle: [f32; 2],
    half: [f32; 2],
    radius: f32,
}

impl RoundedRect {
    pub(crate) fn new([left, top, right, bottom]: [f32; 4], radius: f32) -> Self {
        let half = [0.5 * (right - left), 0.5 * (bottom - top)];
        Self {
            middle: [0.5 * (left + right), 0.5 * (top + bottom)],
            half,
            radius: radius.clamp(0.0, half[0].min(half[1])),
        }
    }

    /// Distance to the outline, mm, negative inside.
    #[inline(always)]
    pub(crate) fn distance(&self, p: [f32; 2]) -> f32 {
        let x = (p[0] - self.middle[0]).abs() - self.half[0] + self.radius;
        let y = (p[1] - self.middle[1]).abs() - self.half[1] + self.radius;
        let (ox, oy) = (x.max(0.0), y.max(0.0));
        x.max(y).min(0.0) + (ox * ox + oy * oy).sqrt() - self.radius
    }

    /// The side that a place is nearest to, as an outward unit vector along an axis.
    #[inline(always)]
    pub(crate) fn side(&self, p: [f32; 2]) -> [f32; 2] {
        let (x, y) = (p[0] - self.middle[0], p[1] - self.middle[1]);
        if x.abs() - self.half[0] > y.abs() - self.half[1] { [x.signum(), 0.0] } else { [0.0, y.signum()] }
    }
}

/// Share of a pixel of this footprint that lies inside an outline at this distance.
#[inline(always)]
pub(crate) fn coverage(distance: f32, footprint: f32) -> f32 {
    (0.5 - distance / footprint).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_outline() {
        let card = RoundedRect::new([0.0, 0.0, 85.6, 53.98], 3.18);
        assert!((card.distance([42.8, 27.0]) + 26.98).abs() < 0.02);
        assert!((card.distance([90.6, 27.0]) - 5.0).abs() < 1e-4);
        // The corner's arc bulges less than the square corner.
        assert!((card.distance([0.0, 0.0]) - 3.18 * (2.0f32.sqrt() - 1.0)).abs() < 1e-4);
        assert_eq!(card.side([90.0, 20.0]), [1.0, 0.0]);
    }
}
