//! Paints a picture cell by cell: nodes first, then the rows of pixels between them.

#![expect(
    clippy::manual_clamp,
    reason = "max and min are one instruction each; clamp branches for its checks"
)]
#![expect(clippy::needless_range_loop, reason = "lanes side by side, by index, become vectors")]

use retake_simd::{array, kernel};

use super::nodes::{
    ADDED, CARD_VALUES, FACING, FILM_ADDED, FILM_MIRRORED, FILM_VALUES, FILM_VEIL, GLOSS, HOLOGRAM, LIT,
    MIRRORED, PAPER, PASS, SHEEN, TABLE_VALUES, THERE, VEIL, WHITE,
};
use super::set::{Rgb, Set};
use crate::capture::clutter::Near;
use crate::capture::film::REACH;
use crate::capture::lanes::{Cell, LANES, Lane};
use crate::capture::layers::Layers;
use crate::capture::plane::NOWHERE;
use crate::capture::surface::{FINE, Paints, SLOW};
use crate::color::luminance;
use crate::image::LightRows;

/// How far from the card's outline its cut edge can be seen, mm.
const EDGE_REACH: f32 = 4.0;
/// How far apart nodes may lie where the laminate's relief or a shadow matters, mm.
const RELIEF_PITCH: f32 = 0.28;
/// How far apart nodes may lie on a hologram and on film, mm.
const FILM_PITCH: f32 = 0.28;
const HOLOGRAM_PITCH: f32 = 0.15;
/// Share of the ambient light that the far side of the room sends, over the horizon.
const ROOM_BEYOND: f32 = 0.4;

const ZERO: Lane = [0.0; LANES];

/// Works down the rows of cells of a picture.
pub(super) struct Painter<'a> {
    set: &'a Set<'a>,
    /// The table's slow values at the corners of the current row of cells, above and below.
    slow: [Vec<[f32; SLOW]>; 2],
    /// What these corners see.
    corners: [Vec<Corner>; 2],
    card: Cell<CARD_VALUES>,
    table: Cell<TABLE_VALUES>,
    film: Cell<FILM_VALUES>,
    fine: Cell<FINE>,
    slow_cell: Cell<SLOW>,
    /// What lies about on the cell's part of the table.
    near: Near,
    /// The table's row, and the card's print.
    paint: Paints,
    albedo: [Lane; 3],
    row: Row,
    shows: Shows,
}

/// What of a scene is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    /// The table, and nothing on it.
    Table,
    /// The card before what the picture shows already.
    Card,
    /// All of it.
    All,
}

/// Where a corner of a cell sees the card's plane and the table, mm.
#[derive(Clone, Copy, Debug, Default)]
struct Corner {
    card: Option<[f32; 2]>,
    table: Option<[f32; 2]>,
}

/// The pixels of one row of a cell.
struct Row {
    light: [Lane; 3],
    /// Luminances for the layers.
    body: Lane,
    mirrored: Lane,
    veil: Lane,
    hologram: Lane,
    paper: Lane,
    card: [bool; LANES],
    sleeve: [bool; LANES],
}

/// What a cell shows.
#[derive(Clone, Copy)]
struct Shown {
    card: bool,
    table: bool,
    /// Near enough to the card's outline to see its cut edge.
    edge: bool,
    film: bool,
    /// A thin line of the film.
    line: bool,
    /// Nothing of the film but its waves and marks.
    plain: bool,
    hologram: bool,
    /// Over the horizon of the table, at least in part.
    sky: bool,
    /// Side of a pixel on the card and on the table, mm.
    footprint: [f32; 2],
}

kernel! {
    /// Paints the row of cells from row `top` of pixels on.
    pub(super) fn paint_cells(painter: &mut Painter<'_>, top: usize, frame: &mut LightRows, layers: &mut Layers) {
        painter.seek(top);
        for left in (0..frame.width).step_by(LANES) {
            painter.cell(left, top, frame, layers);
        }
    }
}

/// The widest spacing of nodes, px, a power of two, that is no wider than `pitch` mm.
fn spacing(pitch: f32, footprint: f32) -> usize {
    let most = (pitch / footprint).clamp(1.0, LANES as f32) as usize;
    1 << most.ilog2()
}

impl<'a> Painter<'a> {
    pub(super) fn new(set: &'a Set<'a>, shows: Shows) -> Self {
        let corners = vec![[0.0; SLOW]; set.scene.camera.size[0] as usize / LANES + 2];
        let row = Row {
            light: [ZERO; 3],
            body: ZERO,
            mirrored: ZERO,
            veil: ZERO,
            hologram: ZERO,
            paper: ZERO,
            card: [false; LANES],
            sleeve: [false; LANES],
        };
        let seen = vec![Corner::default(); corners.len()];
        let mut painter = Self {
            set,
            slow: [corners.clone(), corners],
            corners: [seen.clone(), seen],
            card: Cell::new(),
            table: Cell::new(),
            film: Cell::new(),
            fine: Cell::new(),
            slow_cell: Cell::new(),
            near: Near::default(),
            paint: Paints::default(),
            albedo: [ZERO; 3],
            row,
            shows,
        };
        painter.fill_slow(0);
        painter.fill_corners(0);
        painter
    }

    /// Moves to the row of cells from `top` on.
    fn seek(&mut self, top: usize) {
        self.slow.swap(0, 1);
        self.fill_slow(top + LANES);
        self.corners.swap(0, 1);
        self.fill_corners(top + LANES);
    }

    fn fill_corners(&mut self, y: usize) {
        let (set, shows) = (self.set, self.shows);
        for (column, corner) in self.corners[1].iter_mut().enumerate() {
            let at = [(column * LANES) as f32, y as f32];
            let card = if shows == Shows::Table { None } else { set.on_card(at) };
            *corner = Corner { card: card.map(|seen| seen.at), table: set.on_table(at).map(|seen| seen.at) };
        }
    }

    fn fill_slow(&mut self, y: usize) {
        let set = self.set;
        for (batch, nodes) in self.slow[1].chunks_mut(LANES).enumerate() {
            let x: Lane = array!(LANES, |i| ((batch * LANES + i) * LANES) as f32);
            let at = set.table_lanes.at_points(&[x, [y as f32; LANES]]);
            let mut values = [ZERO; SLOW];
            let mut footprint = [0.0];
            set.table_grid.at([x[LANES / 2], y as f32], 3, &mut footprint);
            set.ground.slow(&at, footprint[0], &mut values);
            for (i, node) in nodes.iter_mut().enumerate() {
                *node = array!(SLOW, |k| values[k][i]);
            }
        }
    }

    #[inline(always)]
    fn cell(&mut self, left: usize, top: usize, frame: &mut LightRows, layers: &mut Layers) {
        let shown = self.shown(left, top);
        if self.shows == Shows::Card && !(shown.card || shown.edge || shown.film) {
            return;
        }
        self.fill(left, top, &shown);
        let width = frame.width;
        let count = LANES.min(width - left);
        for y in 0..LANES.min(frame.height - top) {
            let at = (top + y) * width + left;
            let pixels = &mut frame.row_mut(top + y)[left..][..count];
            if self.shows == Shows::Card {
                self.row.load(at, pixels, layers);
            }
            self.paint_row(left, top, y, &shown);
            self.row.store(at, pixels, &shown, layers);
        }
    }

    /// The corners of the cell, row by row.
    fn corners_of(&self, left: usize) -> [Corner; 4] {
        let [above, below] = self.corners.each_ref().map(|row| &row[left / LANES..][..2]);
        [above[0], above[1], below[0], below[1]]
    }

    /// What the cell shows, from its corners: the distance to a convex outline is largest at one of them, and at
    /// most as much smaller inside as the way there.
    fn shown(&self, left: usize, top: usize) -> Shown {
        let set = self.set;
        let place = |x: usize, y: usize| [(left + x) as f32, (top + y) as f32];
        let corners = self.corners_of(left);
        let middle = place(LANES / 2, LANES / 2);
        let table = set.on_table(middle);
        let far = table.map_or(1.0, |seen| seen.footprint());
        let sky = corners[..2].iter().any(|corner| corner.table.is_none());
        let none = Shown {
            card: false,
            table: true,
            edge: false,
            film: false,
            line: false,
            plain: false,
            hologram: false,
            sky,
            footprint: [far; 2],
        };
        if self.shows == Shows::Table {
            return none;
        }
        let Some(seen) = set.on_card(middle) else { return none };
        if corners.iter().any(|corner| corner.card.is_none()) {
            return none;
        }
        let footprint = seen.footprint();
        let corners = corners.map(|corner| corner.card.unwrap_or(seen.at));
        let reach = corners.iter().fold(0.0f32, |reach, [x, y]| {
            let (dx, dy) = (x - seen.at[0], y - seen.at[1]);
            reach.max((dx * dx + dy * dy).sqrt())
        });
        let most = corners.iter().fold(f32::MIN, |most, p| most.max(set.outline.distance(*p)));
        let least = set.outline.distance(seen.at) - reach;
        let hologram = set.face.hologram().iter().any(|patch| {
            let [x, y, w, h] = patch.area.map(|v| v as f32);
            let [dx, dy] = [x + w / 2.0 - seen.at[0], y + h / 2.0 - seen.at[1]];
            dx.abs() < w / 2.0 + reach && dy.abs() < h / 2.0 + reach
        });
        let card = least < footprint;
        Shown {
            card,
            table: most > -footprint,
            edge: least < EDGE_REACH && most > -footprint,
            film: set.film.as_ref().is_some_and(|film| film.distance(seen.at) - reach < REACH + footprint),
            line: set.film.as_ref().is_some_and(|film| film.has_line(seen.at, reach)),
            plain: set.film.as_ref().is_some_and(|film| film.is_plain(seen.at, reach + footprint)),
            hologram: hologram && card,
            sky,
            footprint: [footprint, far],
        }
    }

    #[inline(always)]
    fn fill(&mut self, left: usize, top: usize, shown: &Shown) {
        let set = self.set;
        let px = |[x, y]: &[Lane; 2]| {
            [array!(LANES, |i| x[i] + left as f32), array!(LANES, |i| y[i] + top as f32)]
        };
        if shown.card {
            let step = set.card_grid.step();
            if shown.hologram || set.card_near.any(left / step, top / step) {
                let pitch = if shown.hologram { HOLOGRAM_PITCH } else { RELIEF_PITCH };
                let apart = spacing(pitch, shown.footprint[0]);
                let mesh = set.card_grid.mesh(left, top);
                self.card.fill_batches(apart, |at, out| set.card_nodes(&mesh, &px(at), shown.hologram, out));
            } else {
                self.card.fill_smooth(&set.smooth_card, left, top);
            }
        }
        if shown.table && self.shows != Shows::Card {
            self.fill_table(left, top, shown);
        }
        if let (true, Some(film)) = (shown.film, &set.film) {
            let footprint = shown.footprint[0];
            let mesh = set.card_grid.mesh(left, top);
            let apart = if shown.line { 1 } else { spacing(FILM_PITCH, footprint) };
            self.film.fill_batches(apart, |at, out| {
                set.film_nodes(film, &mesh, &px(at), footprint, shown.plain, out);
            });
        }
    }

    #[inline(always)]
    fn fill_table(&mut self, left: usize, top: usize, shown: &Shown) {
        let set = self.set;
        let seen = self.corners_of(left).map(|corner| corner.table);
        let shaded = set.shadow.reaches(seen.into_iter().flatten());
        self.find_things(&seen);
        let apart = spacing(RELIEF_PITCH, shown.footprint[1]);
        if shaded {
            let mesh = set.table_grid.mesh(left, top);
            self.table.fill_batches(apart, |[x, y], out| {
                let at = [array!(LANES, |i| x[i] + left as f32), array!(LANES, |i| y[i] + top as f32)];
                set.table_nodes(&mesh, &at, out);
            });
        } else {
            self.table.fill_smooth(&set.open_table, left, top);
        }
        let column = left / LANES;
        let slow = &self.slow;
        let [above, below] = slow.each_ref().map(|row| &row[column..][..2]);
        self.slow_cell.fill_corners([above[0], above[1], below[0], below[1]]);
        if let (false, Some(step)) = (self.near.hidden, set.fine_step) {
            let [[a, b], [c, d]] = [&slow[0], &slow[1]].map(|row| [row[column], row[column + 1]]);
            self.fine.fill_batches(step, |[x, y], out| {
                let mut slow = [ZERO; SLOW];
                for k in 0..SLOW {
                    for i in 0..LANES {
                        let (tx, ty) = (x[i] / LANES as f32, y[i] / LANES as f32);
                        let (above, below) = (a[k] + (b[k] - a[k]) * tx, c[k] + (d[k] - c[k]) * tx);
                        slow[k][i] = above + (below - above) * ty;
                    }
                }
                let at = set.table_lanes.at_points(&[
                    array!(LANES, |i| x[i] + left as f32),
                    array!(LANES, |i| y[i] + top as f32),
                ]);
                set.ground.fine(&at, shown.footprint[1], &slow, out);
            });
        }
    }

    /// Finds what lies about on a cell with these corners on the table; anywhere, if it reaches over the horizon.
    fn find_things(&mut self, corners: &[Option<[f32; 2]>; 4]) {
        let ground = &self.set.ground;
        let [Some(a), Some(b), Some(c), Some(d)] = *corners else {
            return ground.near([0.0; 2], f32::INFINITY, &mut self.near);
        };
        let middle = array!(2, |k| 0.25 * (a[k] + b[k] + c[k] + d[k]));
        let reach = [a, b, c, d].iter().fold(0.0f32, |reach, corner| {
            let (x, y) = (corner[0] - middle[0], corner[1] - middle[1]);
            reach.max((x * x + y * y).sqrt())
        });
        ground.near(middle, reach, &mut self.near);
    }

    #[inline(always)]
    fn paint_row(&mut self, left: usize, top: usize, y: usize, shown: &Shown) {
        let set = self.set;
        let near_card = shown.card || shown.edge;
        let on_card = if near_card { set.card_lanes.at(left, top + y) } else { [[NOWHERE; LANES]; 2] };
        let mut cover = [if shown.table { 0.0 } else { 1.0 }; LANES];
        if shown.table && shown.card {
            for i in 0..LANES {
                let distance = set.outline.distance([on_card[0][i], on_card[1][i]]);
                cover[i] = (0.5 - distance / shown.footprint[0]).max(0.0).min(1.0);
            }
        }
        if shown.table && self.shows == Shows::Card {
            self.backdrop_row(left, top + y, shown);
        } else if shown.table {
            self.table_row(left, top, y, shown);
        }
        if shown.card {
            self.card_row(y, &on_card, &cover, shown.table);
        } else {
            (self.row.veil, self.row.hologram, self.row.paper) = (ZERO, ZERO, ZERO);
        }
        for i in 0..LANES {
            self.row.card[i] = cover[i] >= 0.5;
        }
        if shown.film {
            self.film_row(y);
        }
    }

    /// The table, with the card's cut edge where that is near.
    #[inline(always)]
    fn table_row(&mut self, left: usize, top: usize, y: usize, shown: &Shown) {
        let set = self.set;
        let at = set.table_lanes.at(left, top + y);
        let slow = self.slow_cell.row(y);
        let fine = match set.fine_step {
            Some(_) if !self.near.hidden => self.fine.row(y),
            _ => &[ZERO; FINE],
        };
        set.ground.paint(&at, shown.footprint[1], slow, fine, &self.near, &mut self.paint);
        let (values, paint) = (self.table.row(y), &self.paint);
        let [a, b] = &paint.slope;
        let mut body = [ZERO; 3];
        let mut gloss = [ZERO; 3];
        for i in 0..LANES {
            let relief = (1.0 + a[i] * set.lean[0] + b[i] * set.lean[1]).max(0.0);
            let facing = (1.0 + a[i] * values[FACING][i] + b[i] * values[FACING + 1][i]).max(0.0);
            for k in 0..3 {
                let lit = paint.albedo[k][i] * values[LIT + k][i] * relief;
                body[k][i] = lit + paint.gloss[i] * values[SHEEN + k][i];
                gloss[k][i] = paint.gloss[i] * facing * values[GLOSS + k][i];
            }
        }
        if shown.sky {
            for i in (0..LANES).filter(|i| at[0][*i] >= NOWHERE) {
                for k in 0..3 {
                    (body[k][i], gloss[k][i]) = (ROOM_BEYOND * set.ambient[k] / core::f32::consts::PI, 0.0);
                }
            }
        }
        if shown.edge {
            self.edge_row(left, top + y, shown.footprint[0], &mut body, &mut gloss);
        }
        self.lay_ground(&body, &gloss);
    }

    /// What the picture shows already, with the card's cut edge where that is near.
    #[inline(always)]
    fn backdrop_row(&mut self, left: usize, y: usize, shown: &Shown) {
        if !shown.edge {
            return;
        }
        let mut gloss = [self.row.mirrored; 3];
        let mut body = self.row.light;
        for k in 0..3 {
            for i in 0..LANES {
                body[k][i] -= gloss[k][i];
            }
        }
        self.edge_row(left, y, shown.footprint[0], &mut body, &mut gloss);
        self.lay_ground(&body, &gloss);
    }

    #[inline(always)]
    fn lay_ground(&mut self, body: &[Lane; 3], gloss: &[Lane; 3]) {
        let row = &mut self.row;
        for i in 0..LANES {
            row.body[i] = luminance([body[0][i], body[1][i], body[2][i]]);
            row.mirrored[i] = luminance([gloss[0][i], gloss[1][i], gloss[2][i]]);
            for k in 0..3 {
                row.light[k][i] = body[k][i] + gloss[k][i];
            }
        }
    }

    /// Puts the card's cut edge, lit from its side, before the table.
    #[inline(always)]
    fn edge_row(&self, left: usize, y: usize, footprint: f32, body: &mut [Lane; 3], gloss: &mut [Lane; 3]) {
        let set = self.set;
        let [u, v] = set.under_lanes.at(left, y);
        for i in 0..LANES {
            let at = [u[i], v[i]];
            let cover = (0.5 - set.outline.distance(at) / footprint).max(0.0).min(1.0);
            let [right, bottom] = set.outline.side(at);
            let sideways = if right < 0.0 { set.edges[0] } else { set.edges[1] };
            let lengthways = if bottom < 0.0 { set.edges[2] } else { set.edges[3] };
            let edge: Rgb = array!(3, |k| if right != 0.0 { sideways[k] } else { lengthways[k] });
            for k in 0..3 {
                body[k][i] += (edge[k] - body[k][i]) * cover;
                gloss[k][i] *= 1.0 - cover;
            }
        }
    }

    /// The card, over the table where it does not cover all.
    #[inline(always)]
    fn card_row(&mut self, y: usize, at: &[Lane; 2], cover: &Lane, over: bool) {
        let values = self.card.row(y);
        if let Some(level) = self.set.level {
            level.sample(at, &mut self.albedo);
        }
        let (albedo, row) = (&self.albedo, &mut self.row);
        let mut body = [ZERO; 3];
        for k in 0..3 {
            for i in 0..LANES {
                body[k][i] = albedo[k][i] * values[WHITE + k][i];
                let light = body[k][i] + values[ADDED + k][i];
                let below = row.light[k][i];
                row.light[k][i] = if over { below + (light - below) * cover[i] } else { light };
            }
        }
        for i in 0..LANES {
            let body = luminance([body[0][i], body[1][i], body[2][i]]);
            let mirrored = values[MIRRORED][i];
            let c = cover[i];
            row.body[i] = if over { row.body[i] + (body - row.body[i]) * c } else { body };
            row.mirrored[i] =
                if over { row.mirrored[i] + (mirrored - row.mirrored[i]) * c } else { mirrored };
            row.veil[i] = values[VEIL][i] * c;
            row.hologram[i] = values[HOLOGRAM][i] * c;
            row.paper[i] = if c > 0.0 { values[PAPER][i] } else { 0.0 };
        }
    }

    /// Puts the sleeve's film over what is there.
    #[inline(always)]
    fn film_row(&mut self, y: usize) {
        let values = self.film.row(y);
        let row = &mut self.row;
        for i in 0..LANES {
            let pass = values[PASS][i];
            for k in 0..3 {
                row.light[k][i] = row.light[k][i] * pass + values[FILM_ADDED + k][i];
            }
            row.body[i] *= pass;
            row.mirrored[i] = row.mirrored[i] * pass + values[FILM_MIRRORED][i];
            row.hologram[i] *= pass;
            row.veil[i] = row.veil[i] * pass + values[FILM_VEIL][i];
            row.sleeve[i] = values[THERE][i] > 0.0;
        }
    }
}

impl Row {
    /// Takes the first pixels, from pixel `at` of the picture on, as what is behind all else.
    #[inline(always)]
    fn load(&mut self, at: usize, pixels: &[[f32; 3]], layers: &Layers) {
        let count = pixels.len();
        for (i, pixel) in pixels.iter().enumerate() {
            for k in 0..3 {
                self.light[k][i] = pixel[k];
            }
        }
        layers.body.load(at, &mut self.body[..count]);
        layers.mirrored.load(at, &mut self.mirrored[..count]);
    }

    /// Stores the first pixels, from pixel `at` of the picture on; what is nothing is left out.
    #[inline(always)]
    fn store(&self, at: usize, pixels: &mut [[f32; 3]], shown: &Shown, layers: &mut Layers) {
        let count = pixels.len();
        for (i, pixel) in pixels.iter_mut().enumerate() {
            *pixel = [self.light[0][i], self.light[1][i], self.light[2][i]];
        }
        layers.body.store(at, &self.body[..count]);
        layers.mirrored.store(at, &self.mirrored[..count]);
        if shown.card || shown.film {
            layers.veil.store(at, &self.veil[..count]);
        }
        if shown.card && !layers.paper.is_none() {
            layers.paper.store(at, &self.paper[..count]);
        }
        if shown.card {
            layers.card.store(at, &self.card[..count]);
        }
        if shown.hologram {
            layers.hologram.store(at, &self.hologram[..count]);
        }
        if shown.film {
            layers.sleeve.store(at, &self.sleeve[..count]);
        }
    }
}
