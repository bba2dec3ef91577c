//! The tone curve: linear light to the scale of bytes.

#![expect(
    clippy::manual_clamp,
    reason = "max and min are one instruction each; clamp branches for its checks"
)]

/// sRGB with a toe and a soft shoulder: the toe keeps some of the light in shadow, see [`Self::lift`], and above the shoulder `s`
/// light is bent by a parabola that reaches 1 with no slope at `2 - s`.
pub(super) struct ToneCurve {
    toe: f32,
    /// What makes up for the toe at white.
    white: f32,
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
/// Light, share of white, where the toe ends by half.
const KNEE: f32 = 0.06;

impl ToneCurve {
    pub(super) fn new(shoulder: f32, toe: f32) -> Self {
        let rest = (1.0 - shoulder).max(1e-6);
        let white = (1.0 + KNEE) / (1.0 + KNEE - toe * KNEE);
        Self { toe, white, shoulder, rest, per_rest: 1.0 / rest }
    }

    pub(super) fn has_toe(&self) -> bool {
        self.toe > 0.0
    }

    /// What the toe lets through: deep in shadow a share of `1 - toe`, half of the rest at the knee, and all at white.
    #[inline(always)]
    pub(super) fn lift(&self, light: f32) -> f32 {
        light * self.white * (1.0 - self.toe * KNEE / (light.max(0.0) + KNEE))
    }

    /// The light that the toe makes this of.
    pub(super) fn before_toe(&self, lifted: f64) -> f64 {
        let [toe, white, knee] = [self.toe, self.white, KNEE].map(f64::from);
        // light^2 + light (knee (1 - toe) - y) - y knee = 0, with y the value before white is made up for.
        let y = lifted / white;
        let half = (y - knee * (1.0 - toe)) / 2.0;
        half + libm::sqrt(half * half + y * knee)
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

/// Light, share of white, as a tone curve stores it, share of 255 in linear light.
pub(super) fn toned(light: f32, curve: &ToneCurve) -> f32 {
    curve.tone(if curve.has_toe() { curve.lift(light) } else { light })
}
