//! Backlit face: how dark the face is, and what else a window behind a person does to a picture.
//!
//! The face is taken where a selfie has it: an ellipse in the middle, a little above half height; the background is
//! what is left of the upper part of the picture outside a larger ellipse that holds the head and its hair; the clothes are
//! at its lower end. All are measured in linear light. How bright a clipped window really is cannot be seen, so its share of the
//! background stands for it.
//!
//! A dark face need not be in the dark: skin may be. What tells the two apart is the light on everything else that faces
//! the camera (clothes, walls), and colour: dark skin is warmer in the same light, and flare takes warmth away.
//!
//! Known weaknesses: dark clothes on a person with dark skin; a face far from the middle; a window that is small or
//! hidden behind the head.

use retake_label::{BBox, Category, Role};

use super::{Detector, Evidence, percent};
use crate::model::{Model, Term};
use crate::picture::Picture;
use crate::plane::quantile;

/// A face before a window.
pub(crate) struct BacklitFace;

/// Height of the face's middle, share of the picture's.
const FACE_HEIGHT: f32 = 0.46;

/// Half width and half height of the face, shares of the root of the picture's area.
const FACE: [f32; 2] = [0.13, 0.17];

/// Half width and half height of the face from ear to ear and chin to hair, shares of the root of the picture's area, and the height of its
/// middle, share of the picture's: medians of the training selfies.
const WHOLE_FACE: [f64; 2] = [0.175, 0.231];
const WHOLE_FACE_HEIGHT: f64 = 0.482;

/// Half width and half height of the head with its hair, shares of the root of the picture's area.
const HEAD: [f32; 2] = [0.26, 0.32];

/// Lowest row of the background, share of the height: below are the shoulders.
const SHOULDERS: f32 = 0.62;

/// Highest row of the clothes, share of the height.
const CLOTHES: f32 = 0.85;

/// Linear light from which a background is clipped.
const CLIPPED: f32 = 0.93;

/// Light that is added to both sides before they are compared: the noise of black.
const BLACK: f32 = 0.002;

/// Fitted by `scripts/train-baseline`.
const MODEL: Model = Model {
    bias: -7.0468,
    terms: &[
        Term { measure: "light of the face, stops under white", weight: -1.6937 },
        Term { measure: "light of the wall, stops under white", weight: -0.7803 },
        Term { measure: "root of the clipped share of what is behind", weight: 2.7352 },
        Term { measure: "warmth of the face, red over blue, stops", weight: -1.9238 },
        Term { measure: "contrast within the face, stops", weight: -0.0063 },
        Term { measure: "light of the clothes, stops under white", weight: -0.6417 },
        Term { measure: "something behind is clipped", weight: 2.4396 },
        Term { measure: "light of the wall, squared", weight: -0.1393 },
        Term { measure: "light of the face above a quarter of white, stops", weight: -1.5616 },
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
            stops(light.face),
            stops(light.wall),
            f64::from(light.clipped).sqrt(),
            stops(light.red) - stops(light.blue),
            stops(light.face) - stops(light.shade),
            stops(light.clothes),
            f64::from(light.clipped > 0.005),
            stops(light.wall) * stops(light.wall),
            (stops(light.face) + 2.0).max(0.0),
        ];
        let stops_under = |light: f32| -stops(light);
        let reason = format!(
            "the face is {:.1} stops under white and what is behind it {:.1}, of which {} is clipped; the clothes are {:.1} under \
             white",
            stops_under(light.face),
            stops_under(light.wall),
            percent(light.clipped),
            stops_under(light.clothes)
        );
        Evidence { values, bbox: Some(face_box(picture)), reason }
    }
}

/// The box around the face, px.
fn face_box(picture: &Picture) -> BBox {
    let [w, h] = picture.size.map(|side| side as f64);
    let [half_w, half_h] = WHOLE_FACE.map(|v| v * (w * h).sqrt());
    let (left, right) = ((0.5 * w - half_w).max(0.0), (0.5 * w + half_w).min(w));
    let middle = WHOLE_FACE_HEIGHT * h;
    let (top, bottom) = ((middle - half_h).max(0.0), (middle + half_h).min(h));
    BBox { x: left, y: top, w: right - left, h: bottom - top }
}

/// Linear light of the two parts of a selfie.
#[derive(Debug)]
struct Light {
    /// Of the face: its brighter part, 0-1.
    face: f32,
    /// Of the face's darker part, 0-1.
    shade: f32,
    /// Red and blue of the face, medians, 0-1.
    red: f32,
    blue: f32,
    /// Of the brighter part of what is below the shoulders, 0-1.
    clothes: f32,
    /// Of what is behind and not clipped: the median, 0-1; white where all is clipped.
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
        let light_of = |value: f32| linear[(value + 0.5) as usize & 255];
        let [mut face, mut wall, mut clothes, mut red, mut blue] = [const { Vec::new() }; 5];
        let (mut clipped, mut count) = (0.0, 0.0f32);
        for (y, row) in luma.values.chunks_exact(luma.width).enumerate() {
            let row_start = y * luma.width;
            let y = y as f32 + 0.5;
            for (x, value) in row.iter().enumerate() {
                let i = row_start + x;
                let away = [(x as f32 + 0.5 - 0.5 * w) / unit, (y - FACE_HEIGHT * h) / unit];
                let beyond =
                    |[a, b]: [f32; 2]| (away[0] / a) * (away[0] / a) + (away[1] / b) * (away[1] / b) > 1.0;
                let light = light_of(*value);
                if !beyond(FACE) {
                    face.push(light);
                    let [r, _, b] = picture.work.colour(i);
                    red.push(light_of(r));
                    blue.push(light_of(b));
                } else if y > CLOTHES * h {
                    clothes.push(light);
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
            shade: quantile(&mut face, 0.1),
            red: quantile(&mut red, 0.5),
            blue: quantile(&mut blue, 0.5),
            clothes: quantile(&mut clothes, 0.8),
            face: quantile(&mut face, 0.7),
            wall: if wall.is_empty() { 1.0 } else { quantile(&mut wall, 0.5) },
            clipped: clipped / count.max(1.0),
        }
    }
}

/// Stops under white of linear light.
fn stops(light: f32) -> f64 {
    f64::from(libm::log2f(light + BLACK))
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
        assert!((stops(light.wall) - stops(light.face) - 2.2).abs() < 0.05, "{light:?}");
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
        let seen = BacklitFace.look(&portrait(70, 255));
        let face = seen.bbox.unwrap();
        assert!((face.x + 0.5 * face.w - 150.0).abs() < 1e-3 && face.h > face.w, "{face:?}");
        assert!(seen.reason.contains("of which 100.0 % is clipped"), "{}", seen.reason);
    }
}
