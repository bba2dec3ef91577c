//! Light at the nodes of a cell: all of it but what the print and the table's texture do to it at every pixel.

#![expect(clippy::needless_range_loop, reason = "lanes side by side, by index, become vectors")]

use glam::DVec2;
use retake_simd::array;

use super::set::{CARD, Rgb, Set, TABLE, TABLE_LAMP};
use crate::capture::film::{Film, FilmSpots, film_at};
use crate::capture::grid::Mesh;
use crate::capture::hologram::{self, Foil};
use crate::capture::lamps::{Lamp, POINTS};
use crate::capture::lanes::{LANES, Lane};
use crate::capture::mirror::Outlines;
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

    /// The card under smooth light, from the values of a node of the card's grid.
    pub(super) fn smooth_card(&self, node: &[f32], out: &mut [f32]) {
        let (room, fresnel) = (node[3], node[4]);
        let mut mirrored = [0.0; 3];
        for (i, lamp) in self.lights.iter().enumerate() {
            add(&mut mirrored, lamp.luminance, fresnel * node[CARD + i]);
        }
        for k in 0..3 {
            let veil = self.ambient[k] * room * fresnel / PI;
            out[WHITE + k] = node[k] / PI;
            out[ADDED + k] = mirrored[k] + veil;
        }
        out[HOLOGRAM] = 0.0;
        out[MIRRORED] = luminance(mirrored);
        out[VEIL] = luminance(self.ambient) * room * fresnel / PI;
        out[PAPER] = WHITE_CARD * luminance([node[0], node[1], node[2]]) / PI;
    }

    /// The card at points of one mesh of its grid, with the laminate's relief, and with the hologram if it is there.
    #[inline(always)]
    pub(super) fn card_nodes(
        &self,
        mesh: &Mesh<'_>,
        px: &[Lane; 2],
        hologram: bool,
        out: &mut [Lane; CARD_VALUES],
    ) {
        let [e_red, e_green, e_blue, room, fresnel]: [Lane; CARD] = mesh.lanes(px, 0);
        let e = [e_red, e_green, e_blue];
        let at = self.card_lanes.at_points(px);
        let slope = self.laminate.lanes(&at);
        let mirrored = self.mirrored_lamps(mesh, px, &slope, &fresnel, self.roughness);
        let holograms = if hologram { self.holograms(mesh, px, &at, &slope) } else { [[0.0; LANES]; 3] };
        for i in 0..LANES {
            for k in 0..3 {
                let veil = self.ambient[k] * room[i] * fresnel[i] / PI;
                out[WHITE + k][i] = e[k][i] / PI;
                out[ADDED + k][i] = mirrored[k][i] + holograms[k][i] + veil;
            }
            let shine = luminance([holograms[0][i], holograms[1][i], holograms[2][i]]);
            out[HOLOGRAM][i] = shine;
            out[MIRRORED][i] = luminance([mirrored[0][i], mirrored[1][i], mirrored[2][i]]) + shine;
            out[VEIL][i] = luminance(self.ambient) * room[i] * fresnel[i] / PI;
            out[PAPER][i] = WHITE_CARD * luminance([e[0][i], e[1][i], e[2][i]]) / PI;
        }
    }

    /// Light of the lamps that a layer of this roughness over the card mirrors, leaning by `slope`.
    #[inline(always)]
    fn mirrored_lamps(
        &self,
        mesh: &Mesh<'_>,
        px: &[Lane; 2],
        slope: &[Lane; 2],
        fresnel: &Lane,
        roughness: f32,
    ) -> [Lane; 3] {
        let mut mirrored = [[0.0; LANES]; 3];
        for (l, lamp) in self.lights.iter().enumerate() {
            let outlines = lamp.outlines(mesh.lanes(px, CARD + self.lights.len() + POINTS * l));
            let shares = outlines.shares(slope, roughness);
            for k in 0..3 {
                for i in 0..LANES {
                    mirrored[k][i] += lamp.luminance[k] * fresnel[i] * shares[i];
                }
            }
        }
        mirrored
    }

    /// The light of the hologram. Not inlined: it is a small part of few cards.
    #[inline(never)]
    fn holograms(&self, mesh: &Mesh<'_>, px: &[Lane; 2], at: &[Lane; 2], slope: &[Lane; 2]) -> [Lane; 3] {
        let mut out = [[0.0; LANES]; 3];
        let foils: Vec<Foil> = self.face.hologram().iter().filter_map(|patch| Foil::of(patch, at)).collect();
        if foils.is_empty() {
            return out;
        }
        let white: [Lane; 3] = mesh.lanes(px, 0);
        let white = array!(3, |k| array!(LANES, |i| white[k][i] / PI));
        let first = CARD + self.lights.len();
        let outlines =
            |(l, lamp): (usize, &Lamp)| (lamp.luminance, lamp.outlines(mesh.lanes(px, first + POINTS * l)));
        let lights: Vec<(Rgb, Outlines)> = self.lights.iter().enumerate().map(outlines).collect();
        for foil in &foils {
            hologram::shine(foil, slope, &white, &lights, &mut out);
        }
        out
    }

    /// The table where the card takes no light from it, from the values of a node of the table's grid.
    pub(super) fn open_table(&self, node: &[f32], out: &mut [f32]) {
        let at: [Lane; TABLE] = array!(TABLE, |k| [node[k]; LANES]);
        let lamp = |l: usize| {
            let values = array!(TABLE_LAMP, |k| [node[TABLE + TABLE_LAMP * l + k]; LANES]);
            (values, [0.0; LANES])
        };
        let mut lanes = [[0.0; LANES]; TABLE_VALUES];
        self.table_of(&at, &[0.0; LANES], lamp, &mut lanes);
        for (out, lane) in out.iter_mut().zip(lanes) {
            *out = lane[0];
        }
    }

    /// The table at points of one mesh of its grid, with the card's shadow.
    #[inline(always)]
    pub(super) fn table_nodes(&self, mesh: &Mesh<'_>, px: &[Lane; 2], out: &mut [Lane; TABLE_VALUES]) {
        let base = mesh.lanes(px, 0);
        let at = self.table_lanes.at_points(px);
        let dome = self.shadow.of_dome_at(&at);
        let lamp = |l: usize| (mesh.lanes(px, TABLE + TABLE_LAMP * l), self.shadow.of_lamp_at(l, &at));
        self.table_of(&base, &dome, lamp, out);
    }

    /// The table from its grid's values: those of each lamp, with the share of it that is hidden, from `lamp`; of the dome
    /// the share `dome` is hidden.
    #[inline(always)]
    fn table_of(
        &self,
        [seen, room, fresnel, _]: &[Lane; TABLE],
        dome: &Lane,
        lamp: impl Fn(usize) -> ([Lane; TABLE_LAMP], Lane),
        out: &mut [Lane; TABLE_VALUES],
    ) {
        for i in 0..LANES {
            let open = (seen[i] - dome[i]).max(0.0) / PI;
            for k in 0..3 {
                out[LIT + k][i] = self.ambient[k] * open;
                out[SHEEN + k][i] = self.ambient[k] * open * room[i] * fresnel[i];
                out[GLOSS + k][i] = 0.0;
            }
            (out[FACING][i], out[FACING + 1][i]) = (0.0, 0.0);
        }
        for (l, light) in self.lights.iter().enumerate() {
            let ([factor, share, across, down], hidden) = lamp(l);
            let bright = luminance(light.luminance);
            for i in 0..LANES {
                let free = 1.0 - hidden[i];
                let shown = fresnel[i] * free;
                for k in 0..3 {
                    out[LIT + k][i] += light.luminance[k] * factor[i] * free / PI;
                    out[GLOSS + k][i] += light.luminance[k] * shown * share[i];
                }
                out[FACING][i] += bright * shown * across[i];
                out[FACING + 1][i] += bright * shown * down[i];
            }
        }
        for i in 0..LANES {
            let gloss = luminance([out[GLOSS][i], out[GLOSS + 1][i], out[GLOSS + 2][i]]);
            let per = 1.0 / gloss.max(1e-6);
            out[FACING][i] *= per;
            out[FACING + 1][i] *= per;
        }
    }

    /// The film at points of one mesh of the card's grid, where a pixel has this footprint, mm; `plain` where no edge of
    /// it is near, see [`Film::is_plain`].
    #[inline(always)]
    pub(super) fn film_nodes(
        &self,
        film: &Film,
        mesh: &Mesh<'_>,
        px: &[Lane; 2],
        footprint: f32,
        plain: bool,
        out: &mut [Lane; FILM_VALUES],
    ) {
        let at = self.card_lanes.at_points(px);
        let mut spots = FilmSpots::NONE;
        if plain {
            film.within(&at, &mut spots);
        } else {
            film_at(film, &at, footprint, &mut spots);
        }
        let [e_red, e_green, e_blue, room, fresnel]: [Lane; CARD] = mesh.lanes(px, 0);
        let e = [e_red, e_green, e_blue];
        let fresnel = array!(LANES, |i| (fresnel[i] * self.film_ratio * spots.gloss[i]).min(1.0));
        let mirrored = self.mirrored_lamps(mesh, px, &spots.slope, &fresnel, self.film_roughness);
        for i in 0..LANES {
            let (coverage, hazy, shade) = (spots.coverage[i], spots.veil[i], spots.shade[i]);
            // Light passes the film twice and is scattered out of its way by the haze.
            let clear = ((1.0 - fresnel[i]) * (1.0 - fresnel[i]) * (1.0 - hazy)).max(0.0);
            let (mut shine, mut veil) = ([0.0; 3], [0.0; 3]);
            for k in 0..3 {
                let white = e[k][i] / PI;
                shine[k] = coverage * (mirrored[k][i] + spots.edge[i] * white);
                let sheen = self.ambient[k] * room[i] * fresnel[i] / PI;
                veil[k] = coverage * (hazy * white + sheen);
                out[FILM_ADDED + k][i] = shine[k] + veil[k];
            }
            out[PASS][i] = shade * (1.0 - coverage * (1.0 - clear));
            out[FILM_MIRRORED][i] = luminance(shine);
            out[FILM_VEIL][i] = luminance(veil);
            out[THERE][i] = if coverage > 0.0 || shade < 1.0 { 1.0 } else { 0.0 };
        }
    }
}

#[inline]
fn add(sum: &mut Rgb, color: Rgb, share: f32) {
    for (sum, v) in sum.iter_mut().zip(color) {
        *sum += share * v;
    }
}
