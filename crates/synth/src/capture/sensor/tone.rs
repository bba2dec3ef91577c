//! The tone curve: linear light to the scale of bytes.

#![expect(
    clippy::manual_clamp,
    reason = "max and min are one instruction each; clamp branches for its checks"
)]

/// sRGB with a soft shoulder: above the shoulder `s` light is bent by a parabola that reaches 1 with no slope
/// at `2 - s`.
pub(super) struct ToneCurve {
    shoulder: f32,
    rest: f32,
    per_rest: f32,
}

/// The steep part of sRGB's curve on the byte scale (IEC 61966-2-1) as a polynomial of the light's fourth root, lowest power
/// first: least greatest error (0.009 of a step) from the end of the straight part to white.
const CURVE: [f32; 5] = [-16.476_292, 50.016_907, 286.279, -85.548_874, 20.738_081];
/// Light up to which sRGB is straight, and its slope on the byte scale.
const STRAIGHT: f32 = 0.003_130_8;
const SLOPE: f32 = 12.92 * 255.0;

impl ToneCurve {
    pub(super) fn new(shoulder: f32) -> Self {
        let rest = (1.0 - shoulder).max(1e-6);
        Self { shoulder, rest, per_rest: 1.0 / rest }
    }

    #[inline(always)]
    pub(super) fn tone(&self, light: f32) -> f32 {
        let t = ((light - self.shoulder) * self.per_rest).max(0.0).min(2.0);
        light.min(self.shoulder) + self.rest * (t - 0.25 * t * t)
    }

    /// Byte scale, not rounded. The foot of sRGB goes on below black, so that dark noise keeps its mean until it is
    /// stored.
    #[inline(always)]
    pub(super) fn encode(&self, light: f32) -> f32 {
        let toned = self.tone(light);
        let root = toned.max(0.0).sqrt().sqrt();
        let [a, b, c, d, e] = CURVE;
        let curved = a + root * (b + root * (c + root * (d + root * e)));
        if toned < STRAIGHT { toned * SLOPE } else { curved }
    }
}

/// Light, share of white, as the tone curve with this shoulder stores it, share of 255 in linear light.
pub(super) fn toned(light: f32, shoulder: f32) -> f32 {
    ToneCurve::new(shoulder).tone(light)
}
