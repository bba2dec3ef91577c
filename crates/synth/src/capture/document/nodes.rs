//! Light at the nodes of a cell: all of it but what the print and the table's texture do to it at every pixel.

use glam::DVec2;

use super::set::{CARD, Rgb, Set, TABLE};
use crate::capture::hologram;
use crate::capture::lamps::POINTS;
use crate::capture::mirror::Outline;
use crate::capture::plane::Seen;
use crate::color::luminance;

/// Values of the card at a node: its light is `albedo * white + added`.
pub(super) const CARD_VALUES: usize = 10;
/// Luminance of a perfectly white diffuse card.
pub(super) const WHITE: usize = 0;
/// Light added by laminate and hologram.
pub(super) const ADDED: usize = 3;
/// Luminances, for the layers: of mirrored lights, of the hologram's part in it, of the veil, and of white card stock.
pub(super) const MIRRORED: usize = 6;
pub(super) const HOLOGRAM: usize = 7;
pub(super) const VEIL: usize = 8;
pub(super) const PAPER: usize = 9;

/// Values of the table at a node: its light is `albedo * lit * relief + gloss * (sheen + mirrored * facing)`.
pub(super) const TABLE_VALUES: usize = 11;
/// Luminance of a perfectly white table.
pub(super) const LIT: usize = 0;
/// The room in its gloss.
pub(super) const SHEEN: usize = 3;
/// The lights in its gloss, where it does not lean.
pub(super) const GLOSS: usize = 6;
/// How these grow as it leans, relative, along its two axes.
pub(super) const FACING: usize = 9;

/// Values of the film at a node: it makes `light * pass + added` of what is below.
pub(super) const FILM_VALUES: usize = 7;
pub(super) const PASS: usize = 0;
pub(super) const FILM_ADDED: usize = 1;
/// Luminances added to the layers of mirrored light and of the veil.
pub(super) const FILM_MIRRORED: usize = 4;
pub(super) const FILM_VEIL: usize = 5;
/// 1 where the film changes anything, else 0.
pub(super) const THERE: usize = 6;

/// Albedo that contrast is measured against: white card stock.
const WHITE_CARD: f32 = 0.8;
/// Lean at which the growth of the table's gloss is measured, as a share of its roughness.
const LEAN: f32 = 0.25;

const PI: f32 = core::f32::consts::PI;

impl Set<'_> {
    /// Where a point of the picture sees the card's plane.
    pub(super) fn on_card(&self, [x, y]: [f32; 2]) -> Option<Seen> {
        self.card_map.seen(self.scene.camera.undistort(DVec2::new(x.into(), y.into())))
    }

    /// Where a point of the picture sees the table.
    pub(super) fn on_table(&self, [x, y]: [f32; 2]) -> Option<Seen> {
        self.table_map.seen(self.scene.camera.undistort(DVec2::new(x.into(), y.into())))
    }

    /// The outline of a lamp in the card's slope space.
    fn outline_of(&self, px: [f32; 2], lamp: usize) -> Outline {
        let mut points = [0.0; POINTS];
        self.card_grid.at(px, CARD + self.lamps() + POINTS * lamp, &mut points);
        self.lights[lamp].outline(&points)
    }

    /// The card at a point of the picture. `fine`: with the laminate's relief and the hologram.
    pub(super) fn card_node(&self, px: [f32; 2], fine: bool) -> [f32; CARD_VALUES] {
        let mut base = [0.0; CARD];
        self.card_grid.at(px, 0, &mut base);
        let [room, fresnel] = [base[3], base[4]];
        let white: Rgb = core::array::from_fn(|k| base[k] / PI);
        let veil = self.ambient.map(|a| a * room * fresnel / PI);
        let seen = if fine { self.on_card(px) } else { None };
        let slope = seen.map_or([0.0; 2], |seen| self.laminate.at(seen.at));
        let mut mirrored = [0.0; 3];
        for (i, lamp) in self.lights.iter().enumerate() {
            let facets = if seen.is_some() {
                self.outline_of(px, i).share(slope, self.roughness)
            } else {
                let mut share = [0.0];
                self.card_grid.at(px, CARD + i, &mut share);
                share[0]
            };
            add(&mut mirrored, lamp.luminance, fresnel * facets);
        }
        let hologram = seen.map_or([0.0; 3], |seen| {
            let lights = self.lights.iter().enumerate().map(|(i, l)| (l.luminance, self.outline_of(px, i)));
            hologram::light(self.face.hologram(), seen.at, slope, white, lights)
        });
        let mut out = [0.0; CARD_VALUES];
        for k in 0..3 {
            out[WHITE + k] = white[k];
            out[ADDED + k] = mirrored[k] + hologram[k] + veil[k];
        }
        out[HOLOGRAM] = luminance(hologram);
        out[MIRRORED] = luminance(mirrored) + out[HOLOGRAM];
        out[VEIL] = luminance(veil);
        out[PAPER] = WHITE_CARD * luminance(white);
        out
    }

    /// The table at a point of the picture. `shaded`: where the card may take light from it.
    pub(super) fn table_node(&self, px: [f32; 2], shaded: bool) -> [f32; TABLE_VALUES] {
        let mut base = [0.0; TABLE];
        self.table_grid.at(px, 0, &mut base);
        let at = if shaded { self.on_table(px).map(|seen| seen.at) } else { None };
        let dome = at.map_or(0.0, |[x, y]| self.shadow.of_dome(x, y));
        let (open, fresnel, n) = ((base[0] - dome).max(0.0), base[2], self.lamps());
        let mut lit = self.ambient.map(|a| a * open / PI);
        let sheen = self.ambient.map(|a| a * open * base[1] * fresnel / PI);
        let roughness = self.ground.kind.roughness;
        let lean = LEAN * roughness;
        let (mut gloss, mut facing) = ([0.0; 3], [0.0; 2]);
        for (i, lamp) in self.lights.iter().enumerate() {
            let free = 1.0 - at.map_or(0.0, |[x, y]| self.shadow.of_lamp(i, x, y));
            let mut share = [0.0];
            self.table_grid.at(px, TABLE + i, &mut share);
            add(&mut lit, lamp.luminance, share[0] * free / PI);
            let mut points = [0.0; POINTS];
            self.table_grid.at(px, TABLE + 2 * n + POINTS * i, &mut points);
            let outline = lamp.outline(&points);
            add(&mut gloss, lamp.luminance, fresnel * free * outline.share([0.0; 2], roughness));
            let bright = luminance(lamp.luminance) * fresnel * free * (0.5 / lean);
            let grows = |s: [f32; 2]| {
                bright * (outline.share(s, roughness) - outline.share(s.map(|v| -v), roughness))
            };
            facing[0] += grows([lean, 0.0]);
            facing[1] += grows([0.0, lean]);
        }
        let per = 1.0 / luminance(gloss).max(1e-6);
        let mut out = [0.0; TABLE_VALUES];
        out[LIT..LIT + 3].copy_from_slice(&lit);
        out[SHEEN..SHEEN + 3].copy_from_slice(&sheen);
        out[GLOSS..GLOSS + 3].copy_from_slice(&gloss);
        out[FACING..FACING + 2].copy_from_slice(&facing.map(|f| f * per));
        out
    }

    /// The film at a point of the picture.
    pub(super) fn film_node(&self, px: [f32; 2]) -> [f32; FILM_VALUES] {
        let mut out = [0.0; FILM_VALUES];
        out[PASS] = 1.0;
        let Some(film) = &self.film else { return out };
        let Some(spot) = self.on_card(px).and_then(|seen| film.at(seen.at, seen.footprint())) else {
            return out;
        };
        let mut base = [0.0; CARD];
        self.card_grid.at(px, 0, &mut base);
        let white: Rgb = core::array::from_fn(|k| base[k] / PI);
        let fresnel = (base[4] * self.film_ratio * spot.gloss).min(1.0);
        let mut mirrored = white.map(|w| spot.edge * w);
        for (i, lamp) in self.lights.iter().enumerate() {
            let share = self.outline_of(px, i).share(spot.slope, self.film_roughness);
            add(&mut mirrored, lamp.luminance, fresnel * share);
        }
        let sheen = self.ambient.map(|a| a * base[3] * fresnel / PI);
        // Light passes the film twice and is scattered out of its way by the haze.
        let clear = ((1.0 - fresnel) * (1.0 - fresnel) * (1.0 - spot.veil)).max(0.0);
        let veil: Rgb = core::array::from_fn(|k| spot.veil * white[k] + sheen[k]);
        out[PASS] = spot.shade * (1.0 - spot.coverage * (1.0 - clear));
        for k in 0..3 {
            out[FILM_ADDED + k] = spot.coverage * (mirrored[k] + veil[k]);
        }
        out[FILM_MIRRORED] = spot.coverage * luminance(mirrored);
        out[FILM_VEIL] = spot.coverage * luminance(veil);
        out[THERE] = 1.0;
        out
    }
}

#[inline]
fn add(sum: &mut Rgb, color: Rgb, share: f32) {
    for (sum, v) in sum.iter_mut().zip(color) {
        *sum += share * v;
    }
}
