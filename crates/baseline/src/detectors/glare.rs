//! Glare: how much of the card is at the sensor's end.
//!
//! White print in a picture that is exposed well stays below it, a mirrored lamp or window does not: measured is the
//! share of the card whose darkest channel is nearly full. All three channels clip in a mirrored light, so a
//! bright but coloured print does not count.
//!
//! Known weaknesses: a picture exposed so high that white print clips as well; a strongly coloured lamp; glare that
//! veils print without clipping.

use retake_label::{BBox, Category, Role};

use super::{DOCUMENTS, Detector, Score};
use crate::picture::Picture;
use crate::plane::logistic;

/// Glare of a light in the laminate.
pub(crate) struct Glare;

/// Darkest channel of a clipped pixel, byte scale: averaging and compression take a little off.
const CLIPPED: f32 = 242.0;

impl Detector for Glare {
    fn category(&self) -> Category {
        Category::GLARE
    }

    fn roles(&self) -> &'static [Role] {
        DOCUMENTS
    }

    fn score(&self, picture: &Picture) -> Score {
        let view = &picture.card().view;
        let clipped = |i: usize| view.rgb[i].iter().all(|v| *v >= CLIPPED);
        let (mut count, mut places) = (0, Vec::new());
        for (x, y, i) in view.card_pixels() {
            if view.seen[i] && clipped(i) {
                count += 1;
                places.push(view.in_picture(x as f32 + 0.5, y as f32 + 0.5));
            }
        }
        let [w, h] = view.inner();
        let share = count as f32 / (w * h) as f32;
        Score { score: logistic(share, 0.02, 0.012), bbox: BBox::around(&places) }
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
        let found = Glare.score(&lit);
        // The disc is 4.9 per cent of the card.
        assert!(found.score > 0.9, "{}", found.score);
        let truth = BBox { x: 610.0, y: 310.0, w: 180.0, h: 180.0 };
        assert!(found.bbox.unwrap().iou(&truth) > 0.85, "{:?}", found.bbox);

        let white = Scene { paper: [236.0; 3], ..Scene::default() };
        assert!(Glare.score(&white.picture()).score < 0.1);
        let yellow = Scene { paper: [255.0, 255.0, 200.0], ..Scene::default() };
        assert!(Glare.score(&yellow.picture()).score < 0.1);
    }
}
