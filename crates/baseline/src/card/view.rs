//! The card seen straight on.

use super::geometry::{Homography, Quad};
use crate::picture::{Working, luma_of};

/// Pixels along the card's longer axis.
const LONG: usize = 240;

/// Surroundings on each side, pixels of the view.
pub(crate) const MARGIN: usize = 30;

/// The card and a rim of its surroundings, resampled to a fixed size along its longer axis.
#[derive(Debug)]
pub(crate) struct CardView {
    /// Width with margins, px.
    pub(crate) width: usize,
    /// Height with margins, px.
    pub(crate) height: usize,
    /// Colours on the byte scale.
    pub(crate) rgb: Vec<[f32; 3]>,
    /// Luma.
    pub(crate) luma: Vec<f32>,
    /// Whether the place is inside the picture.
    pub(crate) seen: Vec<bool>,
    map: Homography,
    scale: f32,
}

impl CardView {
    /// Resamples (nearest pixel: the working copy is finer than the view).
    pub(super) fn of(work: &Working, quad: &Quad) -> Self {
        let [w, h] = super::sides(quad);
        let long = LONG as f32;
        let across = |side: f32| (long * side / w.max(h).max(1.0) + 0.5).clamp(24.0, long) as usize;
        let (inner_w, inner_h) = (across(w), across(h));
        let (width, height) = (inner_w + 2 * MARGIN, inner_h + 2 * MARGIN);
        let map = Homography::onto(quad);
        let mut view = Self {
            width,
            height,
            rgb: vec![[0.0; 3]; width * height],
            luma: vec![0.0; width * height],
            seen: vec![false; width * height],
            map,
            scale: work.scale,
        };
        let (limit_x, limit_y) = (work.width() as f32, work.height() as f32);
        let [us, vs] = [(width, inner_w), (height, inner_h)].map(|(count, inner)| {
            (0..count).map(|at| across_card(at as f32 + 0.5, inner)).collect::<Vec<f32>>()
        });
        let mut at = [(); 2].map(|()| vec![0.0; width]);
        for (y, v) in vs.into_iter().enumerate() {
            view.map.row(&us, v, at.each_mut().map(Vec::as_mut_slice));
            let row = y * width..(y + 1) * width;
            let places = view.rgb[row.clone()].iter_mut().zip(&mut view.luma[row.clone()]);
            for (((rgb, luma), seen), (&px, &py)) in
                places.zip(&mut view.seen[row]).zip(at[0].iter().zip(&at[1]))
            {
                *seen = px >= 0.0 && py >= 0.0 && px < limit_x && py < limit_y;
                if *seen {
                    *rgb = work.colour(py as usize * work.width() + px as usize);
                    *luma = luma_of(*rgb);
                }
            }
        }
        view
    }

    /// Where a place of the view is in the working copy.
    fn in_work(&self, x: f32, y: f32) -> [f32; 2] {
        let [w, h] = self.inner();
        self.map.at(across_card(x, w), across_card(y, h))
    }

    /// Whether a pixel of the view is on the card.
    pub(crate) fn on_card(&self, x: usize, y: usize) -> bool {
        (MARGIN..self.width - MARGIN).contains(&x) && (MARGIN..self.height - MARGIN).contains(&y)
    }

    /// Where a place of the view is in the picture, px.
    pub(crate) fn in_picture(&self, x: f32, y: f32) -> [f64; 2] {
        self.in_work(x, y).map(|v| f64::from(v * self.scale))
    }

    /// The pixels of the view that are on the card: column, row, index.
    pub(crate) fn card_pixels(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let columns = MARGIN..self.width - MARGIN;
        (MARGIN..self.height - MARGIN)
            .flat_map(move |y| columns.clone().map(move |x| (x, y, y * self.width + x)))
    }

    /// Size of the card in the view, px.
    pub(crate) fn inner(&self) -> [usize; 2] {
        [self.width - 2 * MARGIN, self.height - 2 * MARGIN]
    }
}

/// A coordinate of the view as a share of the card, which is `inner` px of the view long.
fn across_card(at: f32, inner: usize) -> f32 {
    (at - MARGIN as f32) / inner as f32
}
