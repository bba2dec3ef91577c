//! A card on a table, in linear light: row by row, every pixel from its own sight line.
//!
//! What is smooth over the picture (illuminance, the lights' outlines in slope space, Fresnel) is computed on a
//! coarse grid; what is fine (print, texture, relief, edges, contact shadow) at every pixel.

use glam::{DMat3, DVec2, DVec3};
use retake_label::Mask;

use super::film::{Film, FilmSpot};
use super::grid::{Grid, GridRow};
use super::hologram;
use super::lamps::{self, Gloss, Lamp, Near, POINTS};
use super::layers::Layers;
use super::light::{self, form_factor};
use super::mirror::{self, Outline};
use super::outline::{RoundedRect, coverage};
use super::plane::{PlaneMap, Seen};
use super::relief::{self, Map};
use super::screens;
use super::shadow::Shadow;
use super::surface::{Fine, FineRows, Ground, SLOW};
use super::texture::CardFace;
use crate::color::luminance;
use crate::image::{LinearImage, Plane};
use crate::scene::{Desk, Scene};
use crate::{Error, Result};

/// Distance between the nodes of the coarse grids, px.
const STEP: usize = 24;
/// Values a card node has before those of the lights.
const CARD: usize = 5;
/// Values a table node has before those of the lights.
const TABLE: usize = 3 + SLOW;
/// Albedo of a card's cut edge.
const EDGE_ALBEDO: f32 = 0.72;
/// Albedo that contrast is measured against: white card stock.
const WHITE_CARD: f32 = 0.8;
/// Size of the phone that takes the photo, mm: it hides a part of the room from the table.
const PHONE: [f64; 2] = [76.0, 160.0];
/// Share of the ambient light's mean luminance that the room has where a card lying on a table mirrors it.
const ROOM: f32 = 0.7;

type Rgb = [f32; 3];

/// Light that leaves towards the camera, cd/m2, apart by where it comes from.
#[derive(Clone, Copy, Debug, Default)]
struct Light {
    body: Rgb,
    mirrored: Rgb,
    hologram: Rgb,
    veil: Rgb,
    /// Of white card in the same place; black off the card.
    paper: Rgb,
}

/// Renders the light of a document scene before the optics, cd/m2, with its layers.
pub(super) fn render(scene: &Scene, desk: &Desk, face: &CardFace) -> Result<(LinearImage, Layers)> {
    let stage = Set::new(scene, desk, face)?;
    let [width, height] = scene.camera.size.map(|s| s as usize);
    let mut frame = LinearImage::filled(width, height, [0.0; 3]);
    let mut layers = blank(scene, desk)?;
    let mut row = Row::new(&stage);
    let to_share = (1.0 / scene.sensor.white) as f32;
    for y in 0..height {
        row.seek(y);
        for x in 0..width {
            let (light, card, sleeve) = row.pixel(x, y);
            let i = y * width + x;
            frame.pixels[i] = core::array::from_fn(|k| light.body[k] + light.mirrored[k] + light.veil[k]);
            layers.body.values[i] = luminance(light.body) * to_share;
            layers.paper.values[i] = luminance(light.paper) * to_share;
            layers.mirrored.values[i] = luminance(light.mirrored) * to_share;
            layers.hologram.values[i] = luminance(light.hologram) * to_share;
            layers.veil.values[i] = luminance(light.veil) * to_share;
            layers.card.bits_mut()[i] = card;
            layers.sleeve.bits_mut()[i] = sleeve;
        }
    }
    Ok((frame, layers))
}

fn blank(scene: &Scene, desk: &Desk) -> Result<Layers> {
    let [w, h] = scene.camera.size;
    let plane = || Plane::filled(w as usize, h as usize, 0.0);
    let corners = desk.card.corners().into_iter().map(|corner| scene.camera.picture_of(corner));
    let corners = corners
        .collect::<Option<Vec<DVec2>>>()
        .ok_or_else(|| Error::Invalid("a corner of the card lies behind the camera".into()))?;
    Ok(Layers {
        card: Mask::new(w, h),
        hand: Mask::new(w, h),
        hand_shade: plane(),
        body: plane(),
        paper: plane(),
        mirrored: plane(),
        hologram: plane(),
        veil: plane(),
        sleeve: Mask::new(w, h),
        face: Mask::new(w, h),
        background: Mask::new(w, h),
        corners,
        face_box: None,
    })
}

/// A scene with all that is computed once a photo.
struct Set<'a> {
    scene: &'a Scene,
    face: &'a CardFace,
    ground: Ground,
    film: Option<Film>,
    laminate: Map<2>,
    outline: RoundedRect,
    shadow: Shadow,
    card_map: PlaneMap,
    under_map: PlaneMap,
    table_map: PlaneMap,
    card_grid: Grid,
    table_grid: Grid,
    card_near: Near,
    table_near: Near,
    /// How the table's illuminance grows with the lean of its relief.
    lean: [f32; 2],
    /// Illuminance of the card's cut edges: left, right, top, bottom.
    edges: [Rgb; 4],
    lights: Vec<Lamp>,
    ambient: Rgb,
    roughness: f32,
    film_roughness: f32,
    /// Ratio of the film's reflectance to the laminate's: two faces of another index.
    film_ratio: f32,
}

impl<'a> Set<'a> {
    fn new(scene: &'a Scene, desk: &Desk, face: &'a CardFace) -> Result<Self> {
        let card = &desk.card;
        let [fw, fh] = face.size_mm();
        if (fw - card.size[0]).abs() > 0.01 || (fh - card.size[1]).abs() > 0.01 {
            return Err(Error::Invalid(format!(
                "the artwork is {fw} x {fh} mm, the card {:?} mm",
                card.size
            )));
        }
        let camera = &scene.camera;
        let ground = Ground::new(&desk.surface)?;
        let axes = DMat3::from_cols(card.axes.x_axis, -card.axes.y_axis, card.axes.z_axis);
        let origin = card.at(DVec2::ZERO);
        let normal = card.normal();
        let lights: Vec<Lamp> = scene.lights.iter().map(Lamp::new).collect();
        let roughness = card.roughness as f32;
        let card_grid = card_grid(scene, origin, &axes, card.refractive_index, roughness);
        let table_grid = table_grid(scene, &ground);
        let white = scene.sensor.white as f32;
        let bow = (4.0 * card.bow.abs() / card.size[0]) as f32;
        let card_gloss = Gloss { roughness, relief: relief::WAVES + bow };
        let table_gloss = Gloss { roughness: ground.kind.roughness, relief: ground.kind.relief };
        let side = |axis: DVec3| light::illuminance(scene, card.centre, axis).map(|e| (0.6 * e) as f32);
        let film = desk.sleeve.as_ref();
        let film_f0 = |index: f64| mirror::fresnel(index, 1.0);
        Ok(Self {
            scene,
            face,
            film: film.map(|sleeve| Film::new(card, sleeve)),
            laminate: relief::laminate(card),
            outline: RoundedRect::new([0.0, 0.0, fw as f32, fh as f32], card.corner_radius as f32),
            shadow: Shadow::new(card, &scene.lights),
            card_map: PlaneMap::new(camera, origin, &axes),
            under_map: PlaneMap::new(camera, origin - normal * card.thickness, &axes),
            table_map: PlaneMap::new(camera, DVec3::ZERO, &DMat3::IDENTITY),
            card_near: Near::new(&card_grid, &lights, 4, CARD, card_gloss, white),
            table_near: Near::new(&table_grid, &lights, 2, TABLE + lights.len(), table_gloss, white),
            card_grid,
            table_grid,
            lean: light::lean(scene, DVec3::new(card.centre.x, card.centre.y, 0.0), &DMat3::IDENTITY),
            edges: [-axes.x_axis, axes.x_axis, -axes.y_axis, axes.y_axis].map(side),
            lights,
            ambient: scene.ambient.map(|v| v as f32),
            roughness,
            film_roughness: film.map_or(0.1, |f| f.roughness as f32),
            film_ratio: film
                .map_or(0.0, |f| (2.0 * film_f0(f.refractive_index) / film_f0(card.refractive_index)) as f32),
            ground,
        })
    }
}

impl Set<'_> {
    /// Rows of the table's fine values, with nodes as far apart as the material allows in the middle of the picture.
    fn fine_rows(&self) -> Option<FineRows> {
        let camera = &self.scene.camera;
        let [width, height] = camera.size;
        let middle = DVec2::new(f64::from(width), f64::from(height)) * 0.5;
        let seen = self.table_map.seen(camera.undistort(middle))?;
        self.ground.step(seen.footprint()).map(|step| FineRows::new(width as usize, step))
    }

    /// The fine values at a row of nodes; those that only show card are left out.
    fn fill_fine(&self, slow: &mut GridRow<'_>, y: usize, step: usize, nodes: &mut [Fine]) {
        let camera = &self.scene.camera;
        let [right, bottom] = camera.size.map(|s| s as usize - 1);
        slow.seek(y.min(bottom));
        for (i, node) in nodes.iter_mut().enumerate() {
            let ideal = camera.undistort(DVec2::new((i * step) as f64 + 0.5, y as f64 + 0.5));
            let hidden = self.card_map.seen(ideal).is_some_and(|seen| {
                self.outline.distance(seen.at) < -2.0 * (step + 1) as f32 * seen.footprint()
            });
            let seen = self.table_map.seen(ideal).filter(|_| !hidden);
            *node = seen.map_or([0.0; 6], |seen| {
                let mut values = [0.0; SLOW];
                slow.part((i * step).min(right), 3, &mut values);
                self.ground.fine(seen.at, seen.footprint(), values)
            });
        }
    }
}

/// The phone's back as the table sees it, a rectangle about the camera.
fn phone(scene: &Scene) -> [DVec3; 4] {
    let camera = &scene.camera;
    let (u, v) = (camera.axes.x_axis * (PHONE[0] / 2.0), camera.axes.y_axis * (PHONE[1] / 2.0));
    // The lens sits near one end of the phone.
    let middle = camera.position + v * 0.75;
    [middle - u - v, middle + u - v, middle + u + v, middle - u + v]
}

/// What the room gives to a mirror at a point, as a share of the ambient light's mean luminance: the phone and who
/// holds it are dark.
fn room(scene: &Scene, axes: &DMat3, at: DVec3) -> f32 {
    let corners =
        phone(scene).map(|p| mirror::half_slope(axes, at, scene.camera.position, p).as_vec2().to_array());
    ROOM * (1.0 - 0.85 * Outline::Quad(corners).share([0.0; 2], 0.12))
}

/// Where the sight line of a grid node meets a plane; far away where it does not.
fn foot(scene: &Scene, origin: DVec3, normal: DVec3, px: [f64; 2]) -> DVec3 {
    let direction = scene.camera.sight(DVec2::from_array(px));
    let eye = scene.camera.position;
    let t = normal.dot(origin - eye) / normal.dot(direction);
    eye + direction * if t > 0.0 && t < 2e4 { t } else { 2e4 }
}

/// Card nodes: illuminance (3), mirrored room (1), Fresnel (1), then the lamps' values.
fn card_grid(scene: &Scene, origin: DVec3, axes: &DMat3, index: f64, roughness: f32) -> Grid {
    let normal = axes.z_axis;
    let phone = phone(scene);
    let polygons: Vec<_> = scene.lights.iter().map(|l| l.outline()).collect();
    Grid::new(scene.camera.size, STEP, CARD + (1 + POINTS) * scene.lights.len(), |px, out| {
        let at = foot(scene, origin, normal, px);
        let open = 1.0 - form_factor(&phone, at, normal);
        let mut e = scene.ambient.map(|v| v * open);
        for (light, polygon) in scene.lights.iter().zip(&polygons).filter(|(light, _)| !light.in_ambient) {
            let open = screens::open(&scene.screens, light, at);
            let share = core::f64::consts::PI * form_factor(polygon, at, normal) * open;
            for (sum, luminance) in e.iter_mut().zip(light.luminance) {
                *sum += share * luminance;
            }
        }
        out[..3].copy_from_slice(&e.map(|v| v as f32));
        out[3] = room(scene, axes, at);
        out[4] = mirror::fresnel(index, (scene.camera.position - at).normalize().dot(normal)) as f32;
        lamps::values(scene, axes, at, roughness, &mut out[CARD..]);
    })
}

/// Table nodes: open share of the dome (1), mirrored room (1), Fresnel (1), the material's slow values, pi times each
/// light's form factor, then the lamps' values.
fn table_grid(scene: &Scene, ground: &Ground) -> Grid {
    let index = ground.kind.refractive_index;
    let phone = phone(scene);
    let polygons: Vec<_> = scene.lights.iter().map(|l| l.outline()).collect();
    let lights = scene.lights.len();
    Grid::new(scene.camera.size, STEP, TABLE + (2 + POINTS) * lights, |px, out| {
        let at = foot(scene, DVec3::ZERO, DVec3::Z, px);
        out[0] = (1.0 - form_factor(&phone, at, DVec3::Z)) as f32;
        out[1] = room(scene, &DMat3::IDENTITY, at);
        let view = scene.camera.position - at;
        out[2] = mirror::fresnel(index, view.normalize().z) as f32;
        let footprint = (view.length() / scene.camera.focal_px()) as f32;
        out[3..TABLE].copy_from_slice(&ground.slow([at.x as f32, at.y as f32], footprint));
        for (out, (light, polygon)) in out[TABLE..].iter_mut().zip(scene.lights.iter().zip(&polygons)) {
            let open = if light.in_ambient { 0.0 } else { screens::open(&scene.screens, light, at) };
            *out = (core::f64::consts::PI * form_factor(polygon, at, DVec3::Z) * open) as f32;
        }
        lamps::values(scene, &DMat3::IDENTITY, at, ground.kind.roughness, &mut out[TABLE + lights..]);
    })
}

/// Works along one row of pixels.
struct Row<'a> {
    set: &'a Set<'a>,
    card: GridRow<'a>,
    table: GridRow<'a>,
    y: usize,
    card_values: Vec<f32>,
    table_values: Vec<f32>,
    fine: Option<FineRows>,
    /// Reads the slow values that fine ones need.
    slow: GridRow<'a>,
}

impl<'a> Row<'a> {
    fn new(set: &'a Set<'a>) -> Self {
        let n = set.lights.len();
        Self {
            set,
            card: set.card_grid.rows(),
            table: set.table_grid.rows(),
            y: 0,
            card_values: vec![0.0; CARD + n],
            table_values: vec![0.0; TABLE + 2 * n],
            fine: set.fine_rows(),
            slow: set.table_grid.rows(),
        }
    }

    fn seek(&mut self, y: usize) {
        self.y = y;
        self.card.seek(y);
        self.table.seek(y);
        let (set, slow) = (self.set, &mut self.slow);
        if let Some(fine) = &mut self.fine {
            fine.seek(y, |y, step, nodes| set.fill_fine(slow, y, step, nodes));
        }
    }

    /// Light of a pixel, and whether it shows the card and lies under the sleeve.
    fn pixel(&mut self, x: usize, y: usize) -> (Light, bool, bool) {
        let set = self.set;
        let middle = DVec2::new(x as f64 + 0.5, y as f64 + 0.5);
        let camera = &set.scene.camera;
        let ideal = if camera.distortion == 0.0 { middle } else { camera.undistort(middle) };
        let seen = set.card_map.seen(ideal);
        let (distance, cover) = seen.map_or((f32::MAX, 0.0), |seen| {
            let distance = set.outline.distance(seen.at);
            (distance, coverage(distance, seen.footprint()))
        });
        let mut light = Light::default();
        if cover < 1.0 {
            self.table.at(x, &mut self.table_values);
            (light.body, light.mirrored) = self.off_card(x, ideal, distance);
        }
        let Some(seen) = seen else { return (light, false, false) };
        let film = set.film.as_ref().and_then(|film| film.at(seen.at, seen.footprint()));
        if cover > 0.0 || film.is_some() {
            self.card.at(x, &mut self.card_values);
        }
        if cover > 0.0 {
            let card = self.on_card(x, &seen);
            for k in 0..3 {
                light.paper[k] = card.paper[k];
                light.body[k] += (card.body[k] - light.body[k]) * cover;
                light.mirrored[k] += (card.mirrored[k] - light.mirrored[k]) * cover;
                light.hologram[k] = card.hologram[k] * cover;
                light.veil[k] = card.veil[k] * cover;
            }
        }
        if let Some(film) = &film {
            self.under_film(x, &mut light, film);
        }
        (light, cover >= 0.5, film.is_some())
    }

    /// Table, or the card's cut edge; and the lamps in the table's own gloss.
    fn off_card(&self, x: usize, ideal: DVec2, distance: f32) -> (Rgb, Rgb) {
        let set = self.set;
        let (table, gloss) = match set.table_map.seen(ideal) {
            Some(seen) => self.on_table(x, &seen),
            // Over the horizon: the far side of the room.
            None => (set.ambient.map(|a| 0.4 * a / core::f32::consts::PI), [0.0; 3]),
        };
        if distance > 4.0 {
            return (table, gloss);
        }
        let Some(under) = set.under_map.seen(ideal) else { return (table, gloss) };
        let cover = coverage(set.outline.distance(under.at), under.footprint());
        let side = set.outline.side(under.at);
        let e = set.edges[match (side[0] < 0.0, side[0] > 0.0, side[1] < 0.0) {
            (true, _, _) => 0,
            (_, true, _) => 1,
            (_, _, true) => 2,
            _ => 3,
        }];
        let edge = e.map(|e| EDGE_ALBEDO * e / core::f32::consts::PI);
        (core::array::from_fn(|k| table[k] + (edge[k] - table[k]) * cover), gloss.map(|g| g * (1.0 - cover)))
    }

    fn on_table(&self, column: usize, seen: &Seen) -> (Rgb, Rgb) {
        let set = self.set;
        let [x, y] = seen.at;
        let values = &self.table_values;
        let slow = core::array::from_fn(|i| values[3 + i]);
        let fine = self.fine.as_ref().map_or([0.0; 6], |fine| fine.at(column));
        let paint = set.ground.paint(seen.at, seen.footprint(), slow, fine);
        let n = set.lights.len();
        let near = set.table_near.at(column / STEP, self.y / STEP);
        let open = (values[0] - set.shadow.of_dome(x, y)).max(0.0);
        let shine = values[2] * paint.gloss;
        let mut e = set.ambient.map(|a| a * open);
        let sheen = set.ambient.map(|a| a * open * values[1] * shine / core::f32::consts::PI);
        let mut gloss = [0.0; 3];
        for (i, lamp) in set.lights.iter().enumerate() {
            let free = 1.0 - set.shadow.of_lamp(i, x, y);
            let share = values[TABLE + i] * free;
            let facets = if near.has(i) {
                let mut points = [0.0; POINTS];
                self.table.part(column, TABLE + 2 * n + POINTS * i, &mut points);
                lamp.outline(&points).share(paint.slope, set.ground.kind.roughness)
            } else {
                values[TABLE + n + i]
            };
            add(&mut e, lamp.luminance, share);
            add(&mut gloss, lamp.luminance, shine * free * facets);
        }
        let relief = (1.0 + paint.slope[0] * set.lean[0] + paint.slope[1] * set.lean[1]).max(0.0);
        let body = |k: usize| paint.albedo[k] * e[k] * relief / core::f32::consts::PI + sheen[k];
        (core::array::from_fn(body), gloss)
    }

    fn on_card(&self, x: usize, seen: &Seen) -> Light {
        let set = self.set;
        let values = &self.card_values;
        let white = self.white();
        let albedo = set.face.sample(seen.at, seen.across, seen.down);
        let slope = set.laminate.at(seen.at);
        let (room, fresnel) = (values[3], values[4]);
        let sheen = set.ambient.map(|a| a * room * fresnel / core::f32::consts::PI);
        let mut mirrored = [0.0; 3];
        let near = set.card_near.at(x / STEP, self.y / STEP);
        for (i, lamp) in set.lights.iter().enumerate() {
            let facets =
                if near.has(i) { self.outline(x, i).share(slope, set.roughness) } else { values[CARD + i] };
            add(&mut mirrored, lamp.luminance, fresnel * facets);
        }
        let lights = set.lights.iter().enumerate().map(|(i, l)| (l.luminance, self.outline(x, i)));
        let hologram = hologram::light(set.face.hologram(), seen.at, slope, white, lights);
        Light {
            body: core::array::from_fn(|k| albedo[k] * white[k]),
            mirrored: core::array::from_fn(|k| mirrored[k] + hologram[k]),
            hologram,
            veil: sheen,
            paper: white.map(|w| w * WHITE_CARD),
        }
    }

    /// The outline of a lamp in the card's slope space at a pixel of the row.
    fn outline(&self, x: usize, lamp: usize) -> Outline {
        let lamps = &self.set.lights;
        let mut points = [0.0; POINTS];
        self.card.part(x, CARD + lamps.len() + POINTS * lamp, &mut points);
        lamps[lamp].outline(&points)
    }

    /// Luminance of a perfectly white diffuse card here.
    fn white(&self) -> Rgb {
        core::array::from_fn(|k| self.card_values[k] / core::f32::consts::PI)
    }

    /// Puts the sleeve's film over what is there.
    fn under_film(&self, x: usize, light: &mut Light, film: &FilmSpot) {
        let set = self.set;
        let values = &self.card_values;
        let white = self.white();
        let fresnel = (values[4] * set.film_ratio * film.gloss).min(1.0);
        let sheen = set.ambient.map(|a| a * values[3] * fresnel / core::f32::consts::PI);
        let mut mirrored = [0.0; 3];
        for (i, lamp) in set.lights.iter().enumerate() {
            let share = fresnel * self.outline(x, i).share(film.slope, set.film_roughness);
            add(&mut mirrored, lamp.luminance, share);
        }
        // Light passes the film twice and is scattered out of its way by the haze.
        let clear = ((1.0 - fresnel) * (1.0 - fresnel) * (1.0 - film.veil)).max(0.0);
        let pass = film.shade * (1.0 - film.coverage * (1.0 - clear));
        for k in 0..3 {
            light.body[k] *= pass;
            light.mirrored[k] =
                light.mirrored[k] * pass + film.coverage * (mirrored[k] + film.edge * white[k]);
            light.hologram[k] *= pass;
            light.veil[k] = light.veil[k] * pass + film.coverage * (film.veil * white[k] + sheen[k]);
        }
    }
}

#[inline]
fn add(sum: &mut Rgb, color: Rgb, share: f32) {
    for (sum, v) in sum.iter_mut().zip(color) {
        *sum += share * v;
    }
}
