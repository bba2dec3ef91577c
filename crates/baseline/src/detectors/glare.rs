//! Glare: how much of the card is at the sensor's end.
//!
//! White print in a picture that is exposed well stays below it, a mirrored lamp or window does not. A clipped place is bright
//! and has no noise left: neighbours differ by next to nothing. It need not be white, since a clipped channel keeps
//! its place under the white balance. Beside the share of the card that is bright and flat stand the share whose
//! darkest channel is full, and how much of the surroundings is bright and flat: a bright table, or a hand in the sun.
//!
//! Known weaknesses: a picture exposed so high that white or yellow print clips as well; a hand over the card that clips; many small ridges of a
//! sleeve, which are not flat at this scale; glare that veils print without clipping.

use retake_label::{BBox, Category, Role};

use super::{DOCUMENTS, Detector, Evidence, percent};
use crate::card::CardView;
use crate::model::{Model, Term};
use crate::picture::Picture;

/// Glare of a light in the laminate.
pub(crate) struct Glare;

/// Darkest channel of a clipped pixel, byte scale: averaging and compression take a little off.
const CLIPPED: f32 = 242.0;

/// Fitted by `scripts/train-baseline`.
const MODEL: Model = Model {
    bias: -4.6431,
    terms: &[
        Term { measure: "root of the share that is bright and flat", weight: 3.1292 },
        Term { measure: "share that is bright and flat, saturating", weight: 2.6957 },
        Term { measure: "root of the share that is full in all channels", weight: 13.9189 },
        Term { measure: "root of the bright and flat share of the surroundings", weight: -0.9903 },
    ],
};

/// Luma from which a place may be clipped, byte scale: a clipped channel keeps its place under the white balance.
const BRIGHT: f32 = 222.0;

/// Difference between neighbours that noise stays above and clipping leaves nothing of, byte scale.
const FLAT: f32 = 0.8;

impl Detector for Glare {
    fn category(&self) -> Category {
        Category::GLARE
    }

    fn roles(&self) -> &'static [Role] {
        DOCUMENTS
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn look(&self, picture: &Picture) -> Evidence {
        let spot = Spot::of(&picture.card().view);
        let values = vec![
            f64::from(spot.share).sqrt(),
            f64::from(spot.share) / (f64::from(spot.share) + HALF),
            f64::from(spot.clipped).sqrt(),
            f64::from(spot.beside).sqrt(),
        ];
        let bbox = spot.bbox.map(|core| picture.with_rim(core, VEIL));
        Evidence { values, bbox, reason: spot.reason() }
    }
}

/// How far the light of a clipped highlight veils what is round it, shares of the card's longer side: counted on `standard`.
const VEIL: f64 = 0.2;

/// Share that weighs half of what all of the card does: between the thresholds that the category is labelled by.
const HALF: f64 = 0.04;

/// What is at the sensor's end.
#[derive(Debug)]
struct Spot {
    /// Share of the card that is bright and flat.
    share: f32,
    /// Share of the card whose darkest channel is nearly full.
    clipped: f32,
    /// Share of the card's surroundings that is bright and flat.
    beside: f32,
    bbox: Option<BBox>,
}

impl Spot {
    /// What was seen, in words.
    fn reason(&self) -> String {
        if self.share == 0.0 && self.clipped == 0.0 {
            return "no place on the card is bright and without noise".to_owned();
        }
        let lit = percent(self.share);
        let full = percent(self.clipped);
        let beside = match self.beside {
            ..0.01 => "; what lies round the card is not clipped".to_owned(),
            share => format!("; so is {} of what lies round it", percent(share)),
        };
        format!(
            "{lit} of the card is bright and without noise, as a clipped highlight is, {full} full in all channels{beside}"
        )
    }

    fn of(view: &CardView) -> Self {
        let (mut share, mut clipped, mut beside, mut places) = (0u32, 0u32, 0u32, Vec::new());
        for y in 1..view.height - 1 {
            for x in 1..view.width - 1 {
                let i = y * view.width + x;
                let flat = view.luma[i] >= BRIGHT
                    && [i - 1, i + 1, i - view.width, i + view.width]
                        .iter()
                        .all(|k| view.seen[*k] && (view.luma[*k] - view.luma[i]).abs() < FLAT);
                if !view.seen[i] {
                    continue;
                }
                if !view.on_card(x, y) {
                    beside += u32::from(flat);
                    continue;
                }
                clipped += u32::from(view.rgb[i].iter().all(|v| *v >= CLIPPED));
                if flat {
                    share += 1;
                    places.push(view.in_picture(x as f32 + 0.5, y as f32 + 0.5));
                }
            }
        }
        let [w, h] = view.inner();
        let inner = (w * h) as f32;
        let outer = (view.width * view.height) as f32 - inner;
        Self {
            share: share as f32 / inner,
            clipped: clipped as f32 / inner,
            beside: beside as f32 / outer,
            bbox: BBox::around(&places),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scene;

    #[test]
    fn a_clipped_disc_is_found_where_it_is_and_white_paper_is_not() {
        let [x, y, radius] = [700.0, 400.0, 130.0f32];
        // Where the sensor is full there is no noise.
        let mut image = Scene::default().paint();
        for (px, py, pixel) in image.enumerate_pixels_mut() {
            let (dx, dy) = (px as f32 + 0.5 - x, py as f32 + 0.5 - y);
            if dx * dx + dy * dy < radius * radius {
                *pixel = image::Rgb([255; 3]);
            }
        }
        let lit = Picture::new(image).unwrap();
        // The disc is 10.4 per cent of the card; its rim is not flat.
        let share = Spot::of(&lit.card().view).share;
        assert!((0.09..0.105).contains(&share), "{share}");
        let found = Glare.look(&lit);
        assert!(Glare.score(&lit) > 0.5, "{found:?}");
        let [left, top, width, height] = [x - radius, y - radius, 2.0 * radius, 2.0 * radius].map(f64::from);
        let clipped = BBox { x: left, y: top, w: width, h: height };
        assert!(Spot::of(&lit.card().view).bbox.unwrap().iou(&clipped) > 0.85);
        // The box holds the veil as well.
        let veil = VEIL * f64::from(Scene::default().card[2]);
        let veiled = BBox { x: left - veil, y: top - veil, w: width + 2.0 * veil, h: height + 2.0 * veil };
        assert!(found.bbox.unwrap().iou(&veiled) > 0.9, "{:?}", found.bbox);

        // White that is exposed well stays under the sensor's end.
        let white = Scene { paper: [219.0; 3], ..Scene::default() };
        assert!(Glare.score(&white.picture()) < 0.5);
    }
}
