//! Glare: how much of the card is at the sensor's end.
//!
//! White print in a picture that is exposed well stays below it, a mirrored lamp or window does not: measured is the
//! share of the card whose darkest channel is nearly full. All three channels clip in a mirrored light, so a
//! bright but coloured print does not count.
//!
//! Known weaknesses: a picture exposed so high that white print clips as well; a strongly coloured lamp; glare that
//! veils print without clipping.

use retake_label::{BBox, Category, Role};

use super::{DOCUMENTS, Detector, Evidence};
use crate::card::CardView;
use crate::model::{Model, Term};
use crate::picture::Picture;

/// Glare of a light in the laminate.
pub(crate) struct Glare;

/// Darkest channel of a clipped pixel, byte scale: averaging and compression take a little off.
const CLIPPED: f32 = 242.0;

/// Fitted by `scripts/train-baseline`.
const MODEL: Model = Model {
    bias: -5.2057,
    terms: &[
        Term { measure: "root of the share that is bright and flat", weight: 5.6023 },
        Term { measure: "share that is bright and flat, saturating", weight: 4.0504 },
        Term { measure: "root of the share that is full in all channels", weight: 9.4019 },
        Term { measure: "root of the bright and flat share of the surroundings", weight: -4.6165 },
    ],
};

/// Luma from which a place may be clipped, byte scale: a clipped channel keeps its place under the white balance.
const BRIGHT: f32 = 222.0;

/// Difference between neighbours that noise stays above and clipping leaves nothing of, byte scale.
const FLAT: f32 = 1.2;

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
        Evidence { values, bbox: spot.bbox }
    }
}

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
        let [x, y, radius] = [700.0, 400.0, 90.0f32];
        let disc = |px: f32, py: f32, colour: [f32; 3]| {
            let inside = (px - x) * (px - x) + (py - y) * (py - y) < radius * radius;
            if inside { [255.0; 3] } else { colour }
        };
        let lit = Picture::new(Scene::default().paint_over(disc)).unwrap();
        let found = Glare.look(&lit);
        // The disc is 4.9 per cent of the card.
        assert!(Glare.score(&lit) > 0.9, "{found:?}");
        let truth = BBox { x: 610.0, y: 310.0, w: 180.0, h: 180.0 };
        assert!(found.bbox.unwrap().iou(&truth) > 0.85, "{:?}", found.bbox);

        let white = Scene { paper: [236.0; 3], ..Scene::default() };
        assert!(Glare.score(&white.picture()) < 0.1);
        let yellow = Scene { paper: [255.0, 255.0, 200.0], ..Scene::default() };
        assert!(Glare.score(&yellow.picture()) < 0.1);
    }
}
