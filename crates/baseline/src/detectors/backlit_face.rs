//! Backlit face: how much brighter what is behind the person is than the face, in stops.
//!
//! The face is taken where a selfie has it: an ellipse in the middle, a little above half height; the background is
//! what is left of the upper part of the picture outside a larger ellipse that holds the head and its hair. Both are
//! compared in linear light. How bright a clipped window really is cannot be seen, so each share of the background that
//! is clipped adds stops. The face counts by its brighter part, so that hair, beard and a dark side weigh less.
//!
//! No colour is asked for: the measure must not know skin of one tone better than of another.
//!
//! Known weaknesses: the face's own albedo is not known, so a dark face before a white wall scores higher than a light
//! one; a face far from the middle; a window that is small or hidden behind the head.

use retake_label::{Category, Role};

use super::{Detector, Evidence};
use crate::model::{Model, Term};
use crate::picture::Picture;
use crate::plane::quantile;

/// A face before a window.
pub(crate) struct BacklitFace;

/// Height of the face's middle, share of the picture's.
const FACE_HEIGHT: f32 = 0.46;

/// Half width and half height of the face, shares of the root of the picture's area.
const FACE: [f32; 2] = [0.13, 0.17];

/// The same of the head with its hair.
const HEAD: [f32; 2] = [0.26, 0.32];

/// Lowest row of the background, share of the height: below are the shoulders.
const SHOULDERS: f32 = 0.62;

/// Linear light from which a background is clipped.
const CLIPPED: f32 = 0.93;

/// Light that is added to both sides before they are compared: the noise of black.
const BLACK: f32 = 0.002;

/// Fitted by `scripts/train-baseline`.
const MODEL: Model = Model {
    bias: -9.9955,
    terms: &[
        Term { measure: "light of the face, stops under white", weight: -1.3014 },
        Term { measure: "light of the wall, stops under white", weight: -0.9061 },
        Term { measure: "root of the clipped share of what is behind", weight: 5.7781 },
        Term { measure: "something behind is clipped", weight: 2.0826 },
    ],
};

impl Detector for BacklitFace {
    fn category(&self) -> Category {
        Category::BACKLIT_FACE
    }

    fn roles(&self) -> &'static [Role] {
        &[Role::Selfie]
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn look(&self, picture: &Picture) -> Evidence {
        let light = Light::of(picture);
        let values = vec![
            light.face_stops(),
            light.wall_stops(),
            f64::from(light.clipped).sqrt(),
            f64::from(light.clipped > 0.005),
        ];
        Evidence { values, bbox: None }
    }
}

/// Linear light of the two parts of a selfie.
#[derive(Debug)]
struct Light {
    /// Of the face: its brighter part, 0-1.
    face: f32,
    /// Of what is behind and not clipped: the median, 0-1.
    wall: f32,
    /// Share of what is behind that is clipped.
    clipped: f32,
}

impl Light {
    fn of(picture: &Picture) -> Self {
        let luma = &picture.work.luma;
        let (w, h) = (luma.width as f32, luma.height as f32);
        let unit = (w * h).sqrt();
        let linear: Vec<f32> = (0..=255).map(|v| libm::powf(v as f32 / 255.0, 2.2)).collect();
        let (mut face, mut wall, mut clipped, mut count) = (Vec::new(), Vec::new(), 0.0, 0.0f32);
        for (y, row) in luma.values.chunks_exact(luma.width).enumerate() {
            let y = y as f32 + 0.5;
            for (x, value) in row.iter().enumerate() {
                let away = [(x as f32 + 0.5 - 0.5 * w) / unit, (y - FACE_HEIGHT * h) / unit];
                let beyond =
                    |[a, b]: [f32; 2]| (away[0] / a) * (away[0] / a) + (away[1] / b) * (away[1] / b) > 1.0;
                let light = linear[(value + 0.5) as usize & 255];
                if !beyond(FACE) {
                    face.push(light);
                } else if y < SHOULDERS * h && beyond(HEAD) {
                    count += 1.0;
                    if light > CLIPPED {
                        clipped += 1.0;
                    } else {
                        wall.push(light);
                    }
                }
            }
        }
        Self {
            face: quantile(&mut face, 0.7),
            wall: quantile(&mut wall, 0.5),
            clipped: clipped / count.max(1.0),
        }
    }

    fn face_stops(&self) -> f64 {
        f64::from(libm::log2f(self.face + BLACK))
    }

    fn wall_stops(&self) -> f64 {
        f64::from(libm::log2f(self.wall + BLACK))
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    /// A face of one light before a wall of another, 3:4.
    fn portrait(face: u8, wall: u8) -> Picture {
        let image = RgbImage::from_fn(300, 400, |x, y| {
            let (dx, dy) = ((x as f32 - 150.0) / 346.0, (y as f32 - 184.0) / 346.0);
            let head = (dx / 0.25) * (dx / 0.25) + (dy / 0.31) * (dy / 0.31) < 1.0;
            Rgb([if head { face } else { wall }; 3])
        });
        Picture::new(image).unwrap()
    }

    #[test]
    fn light_is_measured_in_stops_of_linear_light() {
        let of = |face, wall| Light::of(&portrait(face, wall));
        // 2.2 log2(180 / 90), without the addend for black.
        let light = of(90, 180);
        assert!((light.wall_stops() - light.face_stops() - 2.2).abs() < 0.05, "{light:?}");
        assert_eq!(light.clipped, 0.0);
        // Of a wall that is clipped all over nothing is left to measure.
        assert_eq!(of(90, 255).clipped, 1.0);
    }

    #[test]
    fn a_face_before_a_window_is_backlit_and_one_before_a_wall_is_not() {
        let score = |face, wall| BacklitFace.score(&portrait(face, wall));
        assert!(score(70, 255) > 0.9, "{}", score(70, 255));
        assert!(score(170, 160) < 0.1, "{}", score(170, 160));
        assert!(score(60, 255) > score(150, 255));
    }
}
