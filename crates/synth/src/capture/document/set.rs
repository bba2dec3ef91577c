//! What is computed once a photo: maps between picture and planes, and coarse grids of all that is smooth over it.

use glam::{DMat3, DVec2, DVec3};

use super::cells::Shows;
use super::nodes::{CARD_VALUES, TABLE_VALUES};
use crate::capture::film::Film;
use crate::capture::grid::Grid;
use crate::capture::lamps::{self, Gloss, Lamp, Near, POINTS};
use crate::capture::lanes::LANES;
use crate::capture::light::{self, form_factor};
use crate::capture::mirror::{self, Outline};
use crate::capture::outline::RoundedRect;
use crate::capture::plane::{PlaneLanes, PlaneMap};
use crate::capture::relief::{self, Map};
use crate::capture::screens;
use crate::capture::shadow::Shadow;
use crate::capture::surface::Ground;
use crate::capture::texture::{CardFace, Level};
use crate::scene::{Desk, Scene};
use crate::{Error, Result};

/// Values a card node has before those of the lights: illuminance, mirrored room, Fresnel reflectance.
pub(super) const CARD: usize = 5;
/// Values a table node has before those of the lights: open share of the dome, mirrored room, Fresnel reflectance,
/// footprint.
pub(super) const TABLE: usize = 4;
/// Values of each lamp at a table node: pi times its form factor, the share of facets that mirror it, and how that grows
/// as the table leans along its two axes.
pub(super) const TABLE_LAMP: usize = 4;
/// Lean at which that growth is measured, as a share of the table's roughness.
const LEAN: f32 = 0.25;
/// Size of the phone that takes the photo, mm: it hides a part of the room from the table.
const PHONE: [f64; 2] = [76.0, 160.0];
/// Share of the ambient light's mean luminance that the room has where a card lying on a table mirrors it.
const ROOM: f32 = 0.7;
/// Albedo of a card's cut edge.
const EDGE_ALBEDO: f32 = 0.72;
/// Nodes of the coarse grids across the longer side of a picture, about.
const NODES: usize = 48;

pub(super) type Rgb = [f32; 3];

/// A scene with all that is computed once a photo.
pub(super) struct Set<'a> {
    pub(super) scene: &'a Scene,
    pub(super) face: &'a CardFace,
    /// The face's picture whose texels fit the pixels, if the card is shown.
    pub(super) level: Option<&'a Level>,
    pub(super) ground: Ground,
    pub(super) film: Option<Film>,
    pub(super) laminate: Map<2>,
    pub(super) outline: RoundedRect,
    pub(super) shadow: Shadow,
    pub(super) card_map: PlaneMap,
    pub(super) table_map: PlaneMap,
    pub(super) card_lanes: PlaneLanes,
    pub(super) under_lanes: PlaneLanes,
    pub(super) table_lanes: PlaneLanes,
    pub(super) card_grid: Grid,
    pub(super) table_grid: Grid,
    /// The values of cells, at the nodes of these grids.
    pub(super) smooth_card: Grid,
    pub(super) open_table: Grid,
    pub(super) card_near: Near,
    /// How the table's illuminance grows with the lean of its relief.
    pub(super) lean: [f32; 2],
    /// Luminance of the card's cut edges: left, right, top, bottom, share of white.
    pub(super) edges: [Rgb; 4],
    /// The lights, luminances as shares of white.
    pub(super) lights: Vec<Lamp>,
    /// Illuminance of the rest, share of white.
    pub(super) ambient: Rgb,
    pub(super) roughness: f32,
    pub(super) film_roughness: f32,
    /// Ratio of the film's reflectance to the laminate's: two faces of another index.
    pub(super) film_ratio: f32,
    /// Pixels between the nodes of the table's fine values.
    pub(super) fine_step: Option<usize>,
}

impl<'a> Set<'a> {
    /// For what of the scene is shown: nothing of the card is worked out where it is not.
    pub(super) fn new(scene: &'a Scene, desk: &Desk, face: &'a CardFace, shows: Shows) -> Result<Self> {
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
        let to_share = 1.0 / scene.sensor.white;
        let lights: Vec<Lamp> = scene.lights.iter().map(|light| Lamp::new(light, to_share)).collect();
        let roughness = card.roughness as f32;
        let with_card = shows != Shows::Table;
        let card_grid = match shows {
            Shows::Table => Grid::none(),
            _ => card_grid(scene, origin, &axes, card.refractive_index, roughness),
        };
        let bow = (4.0 * card.bow.abs() / card.size[0]) as f32;
        let gloss = Gloss { roughness, relief: relief::WAVES + bow };
        let side = |axis: DVec3| {
            let e = light::illuminance(scene, card.centre, axis);
            e.map(|e| EDGE_ALBEDO * (0.6 * e * to_share) as f32 / core::f32::consts::PI)
        };
        let film = desk.sleeve.as_ref();
        let film_f0 = |index: f64| mirror::fresnel(index, 1.0);
        let card_map = PlaneMap::new(camera, origin, &axes);
        let (table, table_axes) = desk.ground();
        let table_map = PlaneMap::new(camera, table, &table_axes);
        let middle = camera.undistort(DVec2::from(camera.size.map(f64::from)) * 0.5);
        let level = with_card.then(|| face.level_for(footprint(scene, desk))).transpose()?;
        let mut set = Self {
            smooth_card: Grid::none(),
            open_table: Grid::none(),
            scene,
            face,
            level,
            film: film.filter(|_| with_card).map(|sleeve| Film::new(card, sleeve)),
            laminate: if with_card { relief::laminate(card) } else { Map::flat([0.0; 4], 1.0) },
            outline: RoundedRect::new([0.0, 0.0, fw as f32, fh as f32], card.corner_radius as f32),
            shadow: Shadow::new(card, &scene.lights),
            card_lanes: PlaneLanes::new(&card_map, camera),
            under_lanes: PlaneLanes::new(
                &PlaneMap::new(camera, origin - normal * card.thickness, &axes),
                camera,
            ),
            table_lanes: PlaneLanes::new(&table_map, camera),
            card_near: Near::new(&card_grid, &lights, 4, CARD, gloss, 1.0),
            table_grid: table_grid(scene, &ground, table, &table_axes),
            card_grid,
            lean: light::lean(scene, table + DVec3::new(card.centre.x, card.centre.y, 0.0), &table_axes),
            edges: [-axes.x_axis, axes.x_axis, -axes.y_axis, axes.y_axis].map(side),
            lights,
            ambient: scene.ambient.map(|v| (v * to_share) as f32),
            roughness,
            film_roughness: film.map_or(0.1, |f| f.roughness as f32),
            film_ratio: film
                .map_or(0.0, |f| (2.0 * film_f0(f.refractive_index) / film_f0(card.refractive_index)) as f32),
            fine_step: table_map.seen(middle).and_then(|seen| ground.step(seen.footprint())),
            card_map,
            table_map,
            ground,
        };
        set.smooth_card = set.card_grid.map(CARD_VALUES, |node, out| set.smooth_card(node, out));
        set.open_table = set.table_grid.map(TABLE_VALUES, |node, out| set.open_table(node, out));
        Ok(set)
    }
}

/// Side of the pixel that shows the card's middle, mm on the card.
pub(in crate::capture) fn footprint(scene: &Scene, desk: &Desk) -> f32 {
    let (camera, card) = (&scene.camera, &desk.card);
    let axes = DMat3::from_cols(card.axes.x_axis, -card.axes.y_axis, card.axes.z_axis);
    let map = PlaneMap::new(camera, card.at(DVec2::ZERO), &axes);
    let middle = camera.undistort(DVec2::from(camera.size.map(f64::from)) * 0.5);
    map.seen(camera.project(card.centre).unwrap_or(middle)).map_or(1.0, |seen| seen.footprint())
}

/// Pixels between the nodes of the coarse grids: a whole number of cells.
fn step([width, height]: [u32; 2]) -> usize {
    (width.max(height) as usize / NODES / LANES).max(1) * LANES
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

/// Card nodes: illuminance (3), mirrored room (1), Fresnel (1), then the lamps' values. Light is in shares of white.
fn card_grid(scene: &Scene, origin: DVec3, axes: &DMat3, index: f64, roughness: f32) -> Grid {
    let normal = axes.z_axis;
    let phone = phone(scene);
    let polygons: Vec<_> = scene.lights.iter().map(|l| l.outline()).collect();
    let size = scene.camera.size;
    Grid::new(size, step(size), CARD + (1 + POINTS) * scene.lights.len(), |px, out| {
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
        out[..3].copy_from_slice(&e.map(|v| (v / scene.sensor.white) as f32));
        out[3] = room(scene, axes, at);
        out[4] = mirror::fresnel(index, (scene.camera.position - at).normalize().dot(normal)) as f32;
        lamps::values(scene, axes, at, roughness, &mut out[CARD..]);
    })
}

/// Table nodes: open share of the dome (1), mirrored room (1), Fresnel (1), footprint (1), then each lamp's
/// [`TABLE_LAMP`] values.
fn table_grid(scene: &Scene, ground: &Ground, origin: DVec3, axes: &DMat3) -> Grid {
    let normal = axes.z_axis;
    let index = ground.kind.refractive_index;
    let phone = phone(scene);
    let polygons: Vec<_> = scene.lights.iter().map(|l| l.outline()).collect();
    let roughness = ground.kind.roughness;
    let lean = LEAN * roughness;
    let size = scene.camera.size;
    Grid::new(size, step(size), TABLE + TABLE_LAMP * scene.lights.len(), |px, out| {
        let at = foot(scene, origin, normal, px);
        out[0] = (1.0 - form_factor(&phone, at, normal)) as f32;
        out[1] = room(scene, axes, at);
        let view = scene.camera.position - at;
        out[2] = mirror::fresnel(index, view.normalize().dot(normal)) as f32;
        out[3] = (view.length() / scene.camera.focal_px()) as f32;
        let lamps = out[TABLE..].as_chunks_mut::<TABLE_LAMP>().0.iter_mut();
        for (out, (light, polygon)) in lamps.zip(scene.lights.iter().zip(&polygons)) {
            let open = if light.in_ambient { 0.0 } else { screens::open(&scene.screens, light, at) };
            let outline = Outline::of(light, axes, at, scene.camera.position);
            let share = |u: f32, v: f32| outline.share([u, v], roughness);
            *out = [
                (core::f64::consts::PI * form_factor(polygon, at, normal) * open) as f32,
                share(0.0, 0.0),
                (share(lean, 0.0) - share(-lean, 0.0)) * (0.5 / lean),
                (share(0.0, lean) - share(0.0, -lean)) * (0.5 / lean),
            ];
        }
    })
}
