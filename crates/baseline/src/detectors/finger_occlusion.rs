//! Finger occlusion: a broad, warm region that comes over the card's edge.
//!
//! Skin of every tone is warm (red over green over blue) and more saturated than the pastel ground of a document; print
//! that is as warm is either thin (letters) or does not reach the card's edge (the portrait). So: warm pixels that are
//! darker than the card's white, opened to drop thin things, connected to the card's edge, and reaching well inside.
//!
//! Known weaknesses: a wooden table where the outline was taken too wide; gloves; very pale hands in cold light.

use image::{GrayImage, Luma};
use imageproc::distance_transform::Norm;
use imageproc::morphology::open;
use imageproc::region_labelling::{Connectivity, connected_components};
use retake_label::{Category, Role};

use super::{DOCUMENTS, Detector, Score};
use crate::card::{CardView, MARGIN};
use crate::picture::Picture;
use crate::plane::{logistic, quantile};

/// A hand over the card.
pub(crate) struct FingerOcclusion;

impl Detector for FingerOcclusion {
    fn category(&self) -> Category {
        Category::FINGER_OCCLUSION
    }

    fn roles(&self) -> &'static [Role] {
        DOCUMENTS
    }

    fn score(&self, picture: &Picture) -> Score {
        Score::whole(logistic(measure(picture), 0.02, 0.012))
    }
}

/// Share of the card under the region.
pub(crate) fn measure(picture: &Picture) -> f32 {
    let view = &picture.card().view;
    let mask = skin(view);
    let opened = open(&mask, Norm::LInf, 3);
    let labels = connected_components(&opened, Connectivity::Four, Luma([0]));
    let count = labels.pixels().map(|p| p[0]).max().unwrap_or(0) as usize + 1;
    let mut area = vec![0u32; count];
    let mut deepest = vec![0usize; count];
    let mut shallowest = vec![usize::MAX; count];
    for (x, y, label) in labels.enumerate_pixels() {
        let k = label[0] as usize;
        let (x, y) = (x as usize, y as usize);
        if k == 0 || !view.on_card(x, y) {
            continue;
        }
        let depth =
            (x - MARGIN).min(view.width - MARGIN - 1 - x).min(y - MARGIN).min(view.height - MARGIN - 1 - y);
        deepest[k] = deepest[k].max(depth);
        shallowest[k] = shallowest[k].min(depth);
        area[k] += u32::from(depth >= 5);
    }
    let covered: u32 = (1..count).filter(|k| shallowest[*k] <= 5 && deepest[*k] >= 12).map(|k| area[k]).sum();
    let [w, h] = view.inner();
    covered as f32 / (w * h) as f32
}

fn skin(view: &CardView) -> GrayImage {
    let mut inside: Vec<f32> =
        view.card_pixels().filter(|(_, _, i)| view.seen[*i]).map(|(_, _, i)| view.luma[i]).collect();
    let white = quantile(&mut inside, 0.9);
    GrayImage::from_fn(view.width as u32, view.height as u32, |x, y| {
        let i = y as usize * view.width + x as usize;
        let [r, g, b] = view.rgb[i];
        let warm = r > 1.06 * g && g >= 0.97 * b && (r - b) > 0.22 * r;
        Luma([u8::from(view.seen[i] && warm && view.luma[i] < 0.86 * white) * 255])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scene;

    /// Light, medium and dark skin.
    const TONES: [[f32; 3]; 3] = [[196.0, 150.0, 126.0], [150.0, 100.0, 72.0], [72.0, 46.0, 34.0]];

    fn with_bar(tone: [f32; 3], top: f32, bottom: f32) -> f64 {
        let over = |x: f32, y: f32, colour: [f32; 3]| {
            if (500.0..640.0).contains(&x) && (top..bottom).contains(&y) { tone } else { colour }
        };
        FingerOcclusion.score(&Picture::new(Scene::default().paint_over(over)).unwrap()).score
    }

    #[test]
    fn fingers_of_every_tone_that_come_over_the_edge_are_found_and_a_portrait_is_not() {
        for tone in TONES {
            let finger = with_bar(tone, 500.0, 900.0);
            assert!(finger > 0.5, "{tone:?}: {finger}");
            let portrait = with_bar(tone, 300.0, 520.0);
            assert!(portrait < 0.1, "{tone:?}: {portrait}");
        }
    }
}
