//! Finger occlusion: a broad, warm region that comes from outside over the card's edge.
//!
//! Skin of every tone is warmer than paper in the same light, so colours are taken relative to the card's own paper. Print that is as
//! warm is either thin (letters) or does not go on outside the card (the portrait). On a warm table, such as of wood, what has the table's
//! colour does not count, unless it is on the card, where no table is. So: warm regions, opened to drop thin things, that begin well outside the card and reach well
//! inside.
//!
//! Known weaknesses: gloves; hands that clip; a hand of a wooden table's colour; an outline that was taken wrong.

use image::{GrayImage, Luma};
use imageproc::region_labelling::{Connectivity, connected_components};
use retake_label::{BBox, Category, Role};

use super::{DOCUMENTS, Detector, Evidence, percent};
use crate::card::geometry::{distance, dot, minus};
use crate::card::{Card, CardView, MARGIN};
use crate::model::{Model, Term};
use crate::picture::Picture;
use crate::plane::quantile;

/// A hand over the card.
pub(crate) struct FingerOcclusion;

/// Fitted by `scripts/train-baseline`.
const MODEL: Model = Model {
    bias: -1.7640,
    terms: &[
        Term { measure: "root of the covered share", weight: 6.6050 },
        Term { measure: "covered share, saturating", weight: 3.7880 },
        Term { measure: "root of the warm share of the surroundings", weight: 1.2727 },
        Term { measure: "longest gap in the outline, 0-1", weight: 0.1776 },
        Term { measure: "confidence of the outline", weight: -4.0747 },
        Term { measure: "root of the covered share times that of the warm surroundings", weight: -21.8985 },
        Term { measure: "root of the covered share, a warm table's colour included", weight: 8.2513 },
        Term {
            measure: "root of the covered share, a warm table's colour included, times the confidence of the outline",
            weight: 14.1133,
        },
        Term { measure: "share of the outline that the region crosses", weight: -9.6355 },
        Term {
            measure: "difference of the region's colour from the table's, sum of channels",
            weight: 0.3686,
        },
    ],
};

impl Detector for FingerOcclusion {
    fn category(&self) -> Category {
        Category::FINGER_OCCLUSION
    }

    fn roles(&self) -> &'static [Role] {
        DOCUMENTS
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn look(&self, picture: &Picture) -> Evidence {
        let card = picture.card();
        let skin = Skin::of(&card.view);
        let warm = skin.mask(&card.view);
        let mut covered = covered(&card.view, &warm);
        let over_any = if skin.table_is_warm {
            // On the card lies no table: what has its colour there is a hand as well, if the outline is right.
            let any = Skin { table_is_warm: false, ..skin };
            let over_any = self::covered(&card.view, &any.mask(&card.view));
            let share = over_any.share;
            if share > covered.share {
                covered = Covered { share: covered.share, ..over_any };
            }
            share
        } else {
            covered.share
        };
        let warm_beside = f64::from(warm_surroundings(&card.view, &warm));
        let gap = longest_gap(card);
        let values = vec![
            f64::from(covered.share).sqrt(),
            f64::from(covered.share) / (f64::from(covered.share) + HALF),
            warm_beside.sqrt(),
            f64::from(gap.min(LONGEST_GAP) / LONGEST_GAP),
            f64::from(card.confidence),
            (f64::from(covered.share) * warm_beside).sqrt(),
            f64::from(over_any).sqrt(),
            f64::from(over_any).sqrt() * f64::from(card.confidence),
            f64::from(covered.crossing),
            f64::from(covered.colour.map_or(0.0, |colour| skin.off_table(colour))),
        ];
        let reason = match covered.share.max(over_any) {
            0.0 => {
                format!("nothing as warm as skin comes over the card's edge; its longest gap is {gap:.0} mm")
            }
            share => format!(
                "a region as warm as skin comes over the card's edge and covers {} of the card; the edge's longest gap is \
                 {gap:.0} mm",
                percent(share)
            ),
        };
        let bbox = skin.grown(picture, &covered.places).map(|skin| picture.with_rim(skin, SHADOW));
        Evidence { values, bbox, reason }
    }
}

/// How far a hand darkens what is round it, shares of the card's longer side: counted on `standard`.
const SHADOW: f64 = 0.3;

/// Covered share that weighs half of what all of the card does: between the thresholds that the category is labelled by.
const HALF: f64 = 0.02;

/// Gap beyond which an outline says no more, mm: two fingers.
const LONGEST_GAP: f32 = 40.0;

/// Pixels of a region that must be outside of the card: a hand comes from somewhere, a portrait does not.
const LEAST_OUTSIDE: u32 = 40;

/// The part of the card under warm regions that come over its edge.
struct Covered {
    share: f32,
    /// Share of the card's outline on both hands of which they are.
    crossing: f32,
    /// Their median colour well within the outline; none where hardly anything is covered.
    colour: Option<[f32; 3]>,
    /// Pixels of the picture.
    places: Vec<[f64; 2]>,
}

/// Distance from the outline at which it is crossed, px of the view: beyond the edge's own pixels.
const HANDS: usize = 5;

/// Pixels from which a region has a colour.
const COLOURED: usize = 50;

fn covered(view: &CardView, mask: &GrayImage) -> Covered {
    let labels = connected_components(&opened(mask), Connectivity::Four, Luma([0]));
    let count = labels.pixels().map(|p| p[0]).max().unwrap_or(0) as usize + 1;
    let mut area = vec![0u32; count];
    let mut outside = vec![0u32; count];
    let mut deepest = vec![0usize; count];
    let mut shallowest = vec![usize::MAX; count];
    for (x, y, label) in labels.enumerate_pixels() {
        let k = label[0] as usize;
        let (x, y) = (x as usize, y as usize);
        if k == 0 {
            continue;
        }
        if !view.on_card(x, y) {
            outside[k] += u32::from(away_from_card(view, x, y) >= 5);
            continue;
        }
        let depth = depth(view, x, y);
        deepest[k] = deepest[k].max(depth);
        shallowest[k] = shallowest[k].min(depth);
        area[k] += u32::from(depth >= HANDS);
    }
    let comes_in = |k: usize| shallowest[k] <= 5 && deepest[k] >= 12 && outside[k] >= LEAST_OUTSIDE;
    let total: u32 = (1..count).filter(|k| comes_in(*k)).map(|k| area[k]).sum();
    let places: Vec<[f64; 2]> = labels
        .enumerate_pixels()
        .filter(|(x, y, label)| {
            label[0] > 0 && comes_in(label[0] as usize) && view.on_card(*x as usize, *y as usize)
        })
        .map(|(x, y, _)| view.in_picture(x as f32 + 0.5, y as f32 + 0.5))
        .collect();
    let [w, h] = view.inner();
    let is_in = |x: usize, y: usize| {
        let k = labels.get_pixel(x as u32, y as u32)[0] as usize;
        k > 0 && comes_in(k)
    };
    let within: Vec<usize> = view
        .card_pixels()
        .filter(|(x, y, _)| depth(view, *x, *y) >= HANDS && is_in(*x, *y))
        .map(|(_, _, i)| i)
        .collect();
    let median = |c: usize| quantile(&mut within.iter().map(|i| view.rgb[*i][c]).collect::<Vec<_>>(), 0.5);
    Covered {
        share: total as f32 / (w * h) as f32,
        crossing: crossing(view, is_in),
        colour: (within.len() > COLOURED).then(|| core::array::from_fn(median)),
        places,
    }
}

/// Share of the outline on both hands of which something is.
fn crossing(view: &CardView, is_in: impl Fn(usize, usize) -> bool) -> f32 {
    let [w, h] = view.inner();
    let near = [MARGIN - HANDS, MARGIN + HANDS - 1];
    let far = |size: usize| near.map(|at| size - 1 - at);
    let (left, right, top, bottom) = (near, far(view.width), near, far(view.height));
    let across = (MARGIN..MARGIN + w).flat_map(|x| [top, bottom].map(|ys| ys.map(|y| [x, y])));
    let down = (MARGIN..MARGIN + h).flat_map(|y| [left, right].map(|xs| xs.map(|x| [x, y])));
    let crossed = across.chain(down).filter(|hands| hands.iter().all(|[x, y]| is_in(*x, *y))).count();
    crossed as f32 / (2 * (w + h)) as f32
}

/// Distance of a place on the card from its outline, px of the view.
fn depth(view: &CardView, x: usize, y: usize) -> usize {
    (x - MARGIN).min(view.width - MARGIN - 1 - x).min(y - MARGIN).min(view.height - MARGIN - 1 - y)
}

/// Half the side of the squares that a region is made of, px of the view: thinner things are print.
const REACH: usize = 3;

/// What squares within a mask cover (morphological opening); beyond the mask's rim anything is taken to be in it.
fn opened(mask: &GrayImage) -> GrayImage {
    let not = |mut mask: Vec<u8>| {
        mask.iter_mut().for_each(|v| *v = !*v);
        mask
    };
    let width = mask.width() as usize;
    let eroded = not(dilated(&not(mask.as_raw().clone()), width));
    GrayImage::from_raw(mask.width(), mask.height(), dilated(&eroded, width)).expect("of the same size")
}

/// What squares round the places of a mask cover.
fn dilated(mask: &[u8], width: usize) -> Vec<u8> {
    let both_ways = |out: &mut [u8], values: &[u8], by: usize| {
        let overlap = values.len().saturating_sub(by);
        out.iter_mut().skip(by).zip(values).for_each(|(out, v)| *out |= v);
        out[..overlap].iter_mut().zip(&values[values.len() - overlap..]).for_each(|(out, v)| *out |= v);
    };
    let mut across = mask.to_vec();
    for (out, row) in across.chunks_exact_mut(width).zip(mask.chunks_exact(width)) {
        (1..=REACH).for_each(|by| both_ways(out, row, by));
    }
    let mut all = across.clone();
    (1..=REACH).for_each(|by| both_ways(&mut all, &across, by * width));
    all
}

/// Distance of a place in the surroundings from the card (the larger of across and down), px of the view.
fn away_from_card(view: &CardView, x: usize, y: usize) -> usize {
    let beyond =
        |at: usize, size: usize| MARGIN.saturating_sub(at).max((at + MARGIN + 1).saturating_sub(size));
    beyond(x, view.width).max(beyond(y, view.height))
}

/// Warm share of what is round the card: of wood nearly all, of a hand a part.
fn warm_surroundings(view: &CardView, mask: &GrayImage) -> f32 {
    let (mut warm, mut count) = (0u32, 0u32);
    for (x, y, pixel) in mask.enumerate_pixels() {
        let (x, y) = (x as usize, y as usize);
        if view.seen[y * view.width + x] && !view.on_card(x, y) {
            warm += u32::from(pixel[0] > 0);
            count += 1;
        }
    }
    warm as f32 / count.max(1) as f32
}

/// Longest part of the card's sides without an edge, mm: where something lies over it.
fn longest_gap(card: &Card) -> f32 {
    let mut longest = 0;
    for k in (0..4).filter(|k| !card.framed[*k]) {
        let (a, b) = (card.quad[k], card.quad[(k + 1) % 4]);
        let length = distance(a, b).max(1.0);
        let along = minus(b, a).map(|v| v / length);
        let normal = [along[1], -along[0]];
        let mut gap = 0;
        for step in (0.06 * length) as usize..(0.94 * length) as usize {
            let p = [a[0] + along[0] * step as f32, a[1] + along[1] * step as f32];
            let seen = (0..2).all(|c| p[c] > 3.0)
                && p[0] < card.edges.width as f32 - 3.0
                && p[1] < card.edges.height as f32 - 3.0;
            let edge = [0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0].iter().any(|off| {
                let edge = card.edges.get(p[0] + normal[0] * off, p[1] + normal[1] * off);
                edge.is_some_and(|edge| dot(edge.normal, normal).abs() > 0.9)
            });
            gap = if seen && !edge { gap + 1 } else { 0 };
            longest = longest.max(gap);
        }
    }
    longest as f32 / card.px_per_mm().max(1e-3)
}

/// What skin looks like on this picture.
#[derive(Clone, Copy)]
struct Skin {
    /// One over the colour of the card's paper, which tells the colour of the light.
    unpaper: [f32; 3],
    table: [f32; 3],
    table_is_warm: bool,
}

impl Skin {
    fn of(view: &CardView) -> Self {
        let unpaper = paper(view).map(|v| 1.0 / v);
        let mut skin = Self { unpaper, table: table(view), table_is_warm: false };
        skin.table_is_warm = skin.is(skin.table);
        skin
    }

    /// How far a colour is from the table's, sum of the channels, 1 for a channel's whole range.
    fn off_table(&self, colour: [f32; 3]) -> f32 {
        (0..3).map(|c| (colour[c] - self.table[c]).abs()).sum::<f32>() / 255.0
    }

    /// Whether a colour is warmer than the paper, and not a warm table's.
    fn is(&self, colour: [f32; 3]) -> bool {
        // Most places are not warm at all.
        if colour[0] - colour[2] <= WARM_AT_ALL * colour[0] {
            return false;
        }
        let [r, g, b] = [0, 1, 2].map(|c| colour[c] * self.unpaper[c]);
        let like_table = || (0..3).all(|c| (colour[c] - self.table[c]).abs() < LIKE_TABLE);
        r > REDDER * g && g > 0.94 * b && r - b > WARMER * r && !(self.table_is_warm && like_table())
    }

    /// Where the view shows it.
    fn mask(&self, view: &CardView) -> GrayImage {
        let places = view.seen.iter().zip(&view.rgb);
        let mask = places.map(|(seen, colour)| u8::from(*seen && self.is(*colour)) * 255).collect();
        GrayImage::from_raw(view.width as u32, view.height as u32, mask).expect("of the view's size")
    }

    /// The box around these places and the skin of the whole picture that they are a part of, px.
    fn grown(&self, picture: &Picture, places: &[[f64; 2]]) -> Option<BBox> {
        let work = &picture.work;
        let (columns, rows) = (work.width() / COARSE, work.height() / COARSE);
        let pitch = COARSE as f64 * f64::from(work.scale);
        let middle = |at: usize| at * COARSE + COARSE / 2;
        let mut left: Vec<bool> = (0..columns * rows)
            .map(|k| self.is(work.colour(middle(k / columns) * work.width() + middle(k % columns))))
            .collect();
        let mut open: Vec<[usize; 2]> = places.iter().map(|p| p.map(|v| (v / pitch) as usize)).collect();
        let mut found = places.to_vec();
        while let Some([x, y]) = open.pop() {
            if x >= columns || y >= rows || !std::mem::take(&mut left[y * columns + x]) {
                continue;
            }
            found.extend([[x, y], [x + 1, y + 1]].map(|corner| corner.map(|v| v as f64 * pitch)));
            open.extend([[x + 1, y], [x.wrapping_sub(1), y], [x, y + 1], [x, y.wrapping_sub(1)]]);
        }
        BBox::around(&found)
    }
}

/// Pitch of the places that are looked at for the rest of a hand, px of the working copy.
const COARSE: usize = 4;

/// Difference from a warm table's colour up to which a place may be the table, byte scale: wood has grain.
const LIKE_TABLE: f32 = 34.0;

/// Pitch of the places that a median is taken of, px of the view.
const SPARSE: usize = 2;

/// Median colour of what is round the card.
fn table(view: &CardView) -> [f32; 3] {
    let rows = (0..view.height).step_by(SPARSE);
    let places = rows.flat_map(|y| (0..view.width).step_by(SPARSE).map(move |x| (x, y)));
    let beside = places.filter(|(x, y)| !view.on_card(*x, *y)).map(|(x, y)| y * view.width + x);
    let beside: Vec<usize> = beside.filter(|i| view.seen[*i]).collect();
    core::array::from_fn(|c| quantile(&mut beside.iter().map(|i| view.rgb[*i][c]).collect::<Vec<_>>(), 0.5))
}

/// Red over green of skin, under light in which paper is white.
const REDDER: f32 = 1.07;

/// Red less blue over red of skin, under the same light.
const WARMER: f32 = 0.17;

/// The same in the picture, whatever the light: paper under the mirror image of a bluish window makes all else look warm.
const WARM_AT_ALL: f32 = 0.1;

/// Red and blue of paper, at most and at least, as shares of green: what is more coloured is no white paper (a dark card, a
/// hand over most of it).
const WHITE: f32 = 1.1;

/// Median colour of the brighter part of the card, kept near to grey.
fn paper(view: &CardView) -> [f32; 3] {
    let sparse = view.card_pixels().filter(|(x, y, _)| x % SPARSE == 0 && y % SPARSE == 0);
    let inside: Vec<usize> = sparse.map(|(_, _, i)| i).filter(|i| view.seen[*i]).collect();
    let mut lumas: Vec<f32> = inside.iter().map(|i| view.luma[*i]).collect();
    let [low, high] = [0.5, 0.95].map(|q| quantile(&mut lumas, q));
    let [r, g, b] = core::array::from_fn(|c| {
        let bright = inside.iter().filter(|i| (low..=high).contains(&view.luma[**i]));
        quantile(&mut bright.map(|i| view.rgb[*i][c]).collect::<Vec<_>>(), 0.5).max(1.0)
    });
    let near_grey = |v: f32| v.clamp(g / WHITE, g * WHITE);
    [near_grey(r), g, near_grey(b)]
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
        FingerOcclusion.score(&Picture::new(Scene::default().paint_over(over)).unwrap())
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
