//! Sleeve reflection: print that has lost its contrast over broad parts of the card, paper whose light is uneven, and a second
//! outline along the card's own.
//!
//! A film mirrors the room in waves and scatters light, so that even the darkest print of most places on the card is
//! light and the paper is not lit evenly; its seams run along the card's sides, a few per cent of its width outside (or inside, where the
//! finder took the sleeve's outline for the card's), straight ones and [wavy ones](crate::card::Seams). Blur takes contrast as well, so the width of steps is weighed with it.
//!
//! The measures explain each other, so some stand as products as well: light in dark print is a veil only where the contrast went with
//! it, and lost print is a film's only where there is a seam, else glare's.
//!
//! Known weaknesses: large glare takes contrast as well; a sleeve that mirrors little and fits tightly; a card
//! that lies along the lines of its background.

use retake_label::{Category, Role};

use super::{DOCUMENTS, Detector, Evidence, percent};
use crate::card::geometry::{Point, distance, dot, minus};
use crate::card::{Card, CardView, Edges, MARGIN, Seams};
use crate::model::{Model, Term};
use crate::picture::Picture;
use crate::plane::quantile;

/// Reflections of a clear sleeve.
pub(crate) struct SleeveReflection;

/// Cells that the card is cut into, across and down.
const CELLS: [usize; 2] = [10, 6];

/// Nearest and farthest seam that is looked for, shares of the card's width.
const SEAM: [f32; 2] = [0.018, 0.133];

/// Distances between them that are tried.
const STEPS: usize = 24;

/// Fitted by `scripts/train-baseline`.
const MODEL: Model = Model {
    bias: -16.2244,
    terms: &[
        Term { measure: "second outline outside, best side", weight: 1.9411 },
        Term { measure: "second outline outside", weight: 0.1503 },
        Term { measure: "second outline inside", weight: 2.1372 },
        Term { measure: "blackest print", weight: 4.6387 },
        Term { measure: "darkest print", weight: 2.6337 },
        Term { measure: "contrast of the print, median", weight: -6.3968 },
        Term { measure: "contrast of the print, strongest", weight: -0.9891 },
        Term { measure: "unevenness of the paper", weight: 37.8711 },
        Term { measure: "root of the share without print", weight: -0.4105 },
        Term { measure: "width of steps, log2 mm", weight: 0.4810 },
        Term { measure: "confidence of the outline", weight: -2.4966 },
        Term { measure: "darkest print times median contrast", weight: 63.9074 },
        Term { measure: "second outline outside times the root of the share without print", weight: 7.9857 },
        Term { measure: "second outline outside, best side, squared", weight: 1.0317 },
        Term { measure: "unevenness of the paper times strongest contrast", weight: -15.7060 },
        Term { measure: "line outside from which it darkens outwards, mean side", weight: 3.9379 },
        Term { measure: "line outside, second clearest side", weight: -2.0586 },
        Term { measure: "line inside from which it brightens outwards, mean side", weight: 3.8913 },
        Term { measure: "share of the card on which contrast is halved", weight: 1.9006 },
        Term { measure: "streaks in the paper's light", weight: 47.3441 },
    ],
};

impl Detector for SleeveReflection {
    fn category(&self) -> Category {
        Category::SLEEVE_REFLECTION
    }

    fn roles(&self) -> &'static [Role] {
        DOCUMENTS
    }

    fn model(&self) -> &'static Model {
        &MODEL
    }

    fn look(&self, picture: &Picture) -> Evidence {
        let card = picture.card();
        let veil = Veil::of(&card.view);
        let [best, outer, inner] = second_outline(card);
        let seams = Seams::of(&card.view);
        let sharpness = picture.sharpness();
        let [x, y] = sharpness.edge_widths;
        let width = (0.5 * (x + y) / picture.px_per_mm().max(1e-3)).clamp(0.05, 3.0);
        let values = [
            best,
            outer,
            inner,
            veil.blackest / 255.0,
            veil.darkest / 255.0,
            veil.typical,
            veil.strongest,
            veil.unevenness / 255.0,
            veil.clipped.sqrt(),
            libm::log2f(width),
            card.confidence,
            veil.darkest / 255.0 * veil.typical,
            outer * veil.clipped.sqrt(),
            best * best,
            veil.unevenness / 255.0 * veil.strongest,
            seams.film_ends,
            seams.outside,
            seams.inside,
            veil.halved,
            streaks(&card.view) / 255.0,
        ];
        let seam = match best.max(inner) {
            ..CLEAR => "no second outline beside the card's",
            _ if inner > best => "a second outline within the card's",
            _ => "a second outline round the card's",
        };
        let reason = format!(
            "{seam}; the print's darkest places are at {} of white, their contrast to the paper is {}, and the paper's light differs by \
             {} from place to place",
            percent(veil.blackest / 255.0),
            percent(veil.typical),
            percent(veil.unevenness / 255.0)
        );
        let bbox = picture.card_box().map(|card| picture.with_rim(card, FILM));
        Evidence { values: values.map(f64::from).to_vec(), bbox, reason }
    }
}

/// How far a sleeve and its shadow reach past the card, shares of its longer side: counted on `standard`.
const FILM: f64 = 0.1;

/// Support from which a second outline is spoken of.
const CLEAR: f32 = 0.4;

/// Contrast of the print, cell by cell.
struct Veil {
    /// Darkest print of a cell, the 5th percentile over the cells, byte scale.
    blackest: f32,
    /// Darkest print of a cell, the 30th percentile over the cells, byte scale.
    darkest: f32,
    /// Contrast (light less dark, over light), median over the cells.
    typical: f32,
    /// Contrast, the 80th percentile over the cells.
    strongest: f32,
    /// How much the light of neighbouring cells' paper differs, mean, byte scale.
    unevenness: f32,
    /// Share of cells whose dark and light are both full.
    clipped: f32,
    /// Share of cells in which black print has at most half the contrast that it has on bare paper.
    halved: f32,
}

impl Veil {
    fn of(view: &CardView) -> Self {
        let [w, h] = view.inner();
        let [across, down] = CELLS;
        let (mut darks, mut contrasts, mut cell) = (Vec::new(), Vec::new(), Vec::new());
        let mut lights = [[f32::NAN; CELLS[0]]; CELLS[1]];
        let (mut clipped, mut halved) = (0, 0);
        for k in 0..across * down {
            let (cx, cy) = (k % across, k / across);
            cell.clear();
            for y in MARGIN + h * cy / down..MARGIN + h * (cy + 1) / down {
                for x in MARGIN + w * cx / across..MARGIN + w * (cx + 1) / across {
                    let i = y * view.width + x;
                    if view.seen[i] {
                        cell.push(view.luma[i]);
                    }
                }
            }
            if cell.len() > 20 {
                let (dark, light) = (quantile(&mut cell, 0.04), quantile(&mut cell, 0.9));
                lights[cy][cx] = light;
                halved += u32::from(dark > HALVED * light);
                if dark > FULL {
                    clipped += 1;
                    continue;
                }
                darks.push(dark);
                contrasts.push((light - dark) / light.max(1.0));
            }
        }
        Self {
            blackest: quantile(&mut darks, 0.05),
            darkest: quantile(&mut darks, 0.3),
            typical: quantile(&mut contrasts, 0.5),
            strongest: quantile(&mut contrasts, 0.8),
            unevenness: unevenness(&lights),
            clipped: clipped as f32 / (across * down) as f32,
            halved: halved as f32 / (across * down) as f32,
        }
    }
}

/// Dark over light, as encoded, where a film's light halves the contrast (Michelson) of black on white: a third in linear light.
const HALVED: f32 = 0.607;

/// Dark of a cell that has no print left, byte scale.
const FULL: f32 = 235.0;

/// Mean difference between neighbouring cells.
fn unevenness(lights: &[[f32; CELLS[0]]; CELLS[1]]) -> f32 {
    let (mut sum, mut count) = (0.0, 0.0f32);
    for (y, row) in lights.iter().enumerate() {
        for (x, light) in row.iter().enumerate() {
            let right = row.get(x + 1).copied().unwrap_or(f32::NAN);
            let below = lights.get(y + 1).map_or(f32::NAN, |row| row[x]);
            for difference in [light - right, light - below] {
                if difference.is_finite() {
                    sum += difference.abs();
                    count += 1.0;
                }
            }
        }
    }
    sum / count.max(1.0)
}

/// Side of the cells that the paper's light is taken from to find streaks, px of the view.
const FINE: usize = 6;

/// Light of a cell from which it says nothing, byte scale.
const LIT: f32 = 240.0;

/// How much the paper's light bends from place to place, mean, byte scale: a film's streaks are a few mm wide, glare and shadow
/// are smooth.
fn streaks(view: &CardView) -> f32 {
    let [across, down] = view.inner().map(|side| side / FINE);
    let mut cell = [0.0; FINE * FINE];
    let mut lights = Vec::with_capacity(across * down);
    for k in 0..across * down {
        let (left, top) = (MARGIN + k % across * FINE, MARGIN + k / across * FINE);
        for (y, row) in cell.chunks_exact_mut(FINE).enumerate() {
            let start = (top + y) * view.width + left;
            row.copy_from_slice(&view.luma[start..start + FINE]);
        }
        let corners = [0, FINE - 1].map(|y| (top + y) * view.width + left);
        let seen = corners.iter().all(|i| view.seen[*i] && view.seen[*i + FINE - 1]);
        lights.push(if seen { quantile(&mut cell, 0.85) } else { f32::NAN });
    }
    let (mut sum, mut count) = (0.0, 0.0f32);
    for y in 1..down.saturating_sub(1) {
        for k in y * across + 1..(y + 1) * across - 1 {
            if lights[k] < LIT {
                let beside = lights[k - 1] + lights[k + 1] + lights[k - across] + lights[k + across];
                if beside.is_finite() {
                    sum += (lights[k] - 0.25 * beside).abs();
                    count += 1.0;
                }
            }
        }
    }
    sum / count.max(1.0)
}

/// How clearly one parallel beside the card's sides stands out among the others: the best side outside, the second
/// and third best together, and the second best inside, 0-1.
fn second_outline(card: &Card) -> [f32; 3] {
    let mut outer = [0, 1, 2, 3].map(|side| standing_out(card, side, 1.0));
    let mut inner = [0, 1, 2, 3].map(|side| standing_out(card, side, -1.0));
    outer.sort_by(f32::total_cmp);
    inner.sort_by(f32::total_cmp);
    [outer[3], outer[1] + outer[2], inner[1]]
}

/// Support of the best parallel to a side less that of a usual one.
fn standing_out(card: &Card, side: usize, outward: f32) -> f32 {
    let (a, b) = (card.quad[side], card.quad[(side + 1) % 4]);
    let length = distance(a, b).max(1.0);
    let along = minus(b, a).map(|v| v / length);
    let [w, h] = card.size();
    let width = w.max(h);
    let normal = [along[1] * outward, -along[0] * outward];
    let mut supports: Vec<f32> = (0..STEPS)
        .filter_map(|k| {
            let away = width * (SEAM[0] + (SEAM[1] - SEAM[0]) * k as f32 / (STEPS - 1) as f32);
            let start = [a[0] + normal[0] * away, a[1] + normal[1] * away];
            support(&card.edges, start, along, normal, length)
        })
        .collect();
    if supports.len() < STEPS / 4 {
        return 0.0;
    }
    quantile(&mut supports, 1.0) - quantile(&mut supports, 0.4)
}

/// Share of a parallel that is edge; none where less than a third of it is in the picture.
fn support(edges: &Edges, start: Point, along: Point, normal: Point, length: f32) -> Option<f32> {
    const BORDER: f32 = 3.0;
    let steps = (length * 0.9) as usize;
    let (mut hits, mut seen) = (0, 0);
    for k in (0..steps).step_by(2) {
        let t = 0.05 * length + k as f32;
        let p = [start[0] + along[0] * t, start[1] + along[1] * t];
        let (right, bottom) = (edges.width as f32 - BORDER, edges.height as f32 - BORDER);
        if p[0] < BORDER || p[1] < BORDER || p[0] > right || p[1] > bottom {
            continue;
        }
        seen += 1;
        let hit = [0.0, -1.0, 1.0].iter().any(|off| {
            let edge = edges.get(p[0] + normal[0] * off, p[1] + normal[1] * off);
            edge.is_some_and(|edge| dot(edge.normal, normal).abs() > 0.93)
        });
        hits += usize::from(hit);
    }
    (seen * 6 > steps).then(|| hits as f32 / seen as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scene;

    fn sleeved(margin: f32, veil: f32) -> Picture {
        let scene = Scene::default();
        let [left, top, w, h] = scene.card;
        let over = move |x: f32, y: f32, colour: [f32; 3]| {
            let out = (left - x).max(x - left - w).max(top - y).max(y - top - h);
            if out > margin {
                return colour;
            }
            let seam = if out > margin - 5.0 { 60.0 } else { 0.0 };
            colour.map(|v| v + (215.0 - v) * veil + seam)
        };
        Picture::new(scene.paint_over(over)).unwrap()
    }

    #[test]
    fn a_veil_raises_black_by_its_share_and_takes_contrast() {
        let of = |veil| Veil::of(&sleeved(0.0, veil).card().view);
        let (bare, veiled) = (of(0.0), of(0.5));
        // Ink of 40 to 45 goes half the way to the veil's 215.
        assert!((bare.blackest - 42.0).abs() < 5.0, "{}", bare.blackest);
        assert!((veiled.blackest - 128.0).abs() < 5.0, "{}", veiled.blackest);
        assert!(veiled.typical < 0.6 * bare.typical && veiled.strongest < 0.6 * bare.strongest);
        assert!(bare.unevenness < 2.0 && bare.clipped == 0.0);
    }

    #[test]
    fn a_seam_beside_the_card_is_a_second_outline() {
        let [bare, sleeved] = [0.0, 40.0].map(|margin| second_outline(sleeved(margin, 0.0).card()));
        assert!(bare.iter().all(|found| *found < 0.3), "{bare:?}");
        // Whichever of the two outlines was taken for the card's.
        let [best, ..] = sleeved;
        assert!(best > 0.6 || sleeved[2] > 0.6, "{sleeved:?}");
    }

    #[test]
    fn a_bare_card_is_not_in_a_sleeve() {
        let score = |margin, veil| SleeveReflection.score(&sleeved(margin, veil));
        assert!(score(0.0, 0.0) < 0.05);
        assert!(score(40.0, 0.0) > score(0.0, 0.0));
    }
}
