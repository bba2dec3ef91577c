//! The truth about a photo, measured on the scene that was rendered.
//!
//! No label repeats a wish: the states follow from the measures, the measures from masks, geometry and
//! point-spread functions, whatever the shot asked for.

mod field;
pub(crate) mod legibility;
pub(crate) mod letters;
pub(crate) mod optics;
pub(crate) mod polygon;

use std::collections::BTreeMap;

use glam::DVec2;
use retake_label::corpus::image_id;
use retake_label::{PointSpread, Record, Region, Role, State};

use crate::defects::{self, View};
use crate::scene::{CardPose, Scene, Stage};
use crate::shot::{HardNegative, Shot};
use crate::studio::PrintedCard;
use optics::Spread;

/// Measures a rendered shot. `file_name` the image's path in its split.
///
/// The image's hash is left empty: it is known only when the file is written.
pub fn record(shot: &Shot, view: &View<'_>, card: Option<&PrintedCard>, file_name: String) -> Record {
    let mut labels = BTreeMap::new();
    let mut measures = BTreeMap::new();
    let mut severities = BTreeMap::new();
    let mut regions = Vec::new();
    for defect in defects::ALL {
        let profile = defect.profile();
        let category = profile.category;
        let applies = profile.roles.contains(&shot.role);
        let measure = if applies { round(defect.measure(view), 1e5) } else { 0.0 };
        let thresholds = shot.thresholds.get(&category).unwrap_or(&profile.thresholds);
        let state = if applies { thresholds.state(measure, profile.direction) } else { State::NotApplicable };
        labels.insert(category, state);
        measures.insert(category, measure);
        severities.insert(category, shot.defects.get(&category).map_or(0.0, |s| round(s.severity, 1e6)));
        if matches!(state, State::Present | State::Borderline) {
            let mask = defect.region(view);
            if let Some(bbox) = mask.bbox() {
                regions.push(Region { category, bbox, rle: mask.to_rle() });
            }
        }
    }
    let [width, height] = view.scene.camera.size;
    Record {
        file_name,
        image_id: image_id(shot.index),
        sample_id: image_id(shot.sample),
        twin_of: shot.twin_of.map(image_id).unwrap_or_default(),
        role: shot.role,
        width,
        height,
        document: document(shot),
        persona: image_id(shot.persona_id),
        labels,
        measures,
        severities,
        corners_lost: corners_lost(view),
        point_spread: point_spread(view),
        corners: view.layers.corners.iter().map(|c| pixel(*c)).collect(),
        fields: card.map(|card| field::truths(shot, view, &card.fields)).unwrap_or_default(),
        mrz: card.map(|c| c.mrz.clone()).unwrap_or_default(),
        face: face(view, card),
        regions,
        scene: facts(shot, card),
        blake3: String::new(),
    }
}

fn corners_lost(view: &View<'_>) -> u32 {
    let [width, height] = view.scene.camera.size.map(f64::from);
    let inside = |c: &DVec2| (0.0..=width).contains(&c.x) && (0.0..=height).contains(&c.y);
    view.layers.corners.iter().filter(|corner| !inside(corner)).count() as u32
}

/// Both kinds of blur, averaged over the card as the measure of blur is.
fn point_spread(view: &View<'_>) -> PointSpread {
    let Stage::Document(desk) = &view.scene.stage else { return PointSpread::default() };
    let spots = optics::spots(&desk.card).map(|spot| optics::spread_at(view.scene, spot));
    let mean = |of: fn(&Spread) -> f64| round(spots.iter().map(of).sum::<f64>() / spots.len() as f64, 1e5);
    PointSpread {
        defocus_mm: mean(|s| s.defocus_mm),
        motion_mm: mean(|s| s.motion_mm),
        defocus_px: mean(|s| s.defocus_mm / s.mm_per_px),
        motion_px: mean(|s| s.motion_mm / s.mm_per_px),
    }
}

fn document(shot: &Shot) -> String {
    let name = shot.document.as_deref().and_then(|d| d.rsplit_once('/')).map_or("", |(design, _)| design);
    name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

fn round(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

fn pixel(point: DVec2) -> [f64; 2] {
    [round(point.x, 100.0), round(point.y, 100.0)]
}

/// A rectangle or quad on the card, mm from its top left corner, as the picture shows it, px.
fn quad_in_picture(scene: &Scene, card: &CardPose, quad: [[f64; 2]; 4]) -> [[f64; 2]; 4] {
    let camera = &scene.camera;
    quad.map(|corner| {
        let ideal = camera.project(card.at(corner.into())).unwrap_or(camera.principal_point);
        pixel(camera.distort(ideal))
    })
}

/// The face: of the person on a selfie, of the portrait on a card.
fn face(view: &View<'_>, card: Option<&PrintedCard>) -> Vec<f64> {
    if let Some(face) = view.layers.face_box {
        return face.map(|v| round(v, 100.0)).to_vec();
    }
    let Stage::Document(desk) = &view.scene.stage else { return Vec::new() };
    let Some([x, y, w, h]) = card.and_then(|c| c.face_mm) else { return Vec::new() };
    let corners = [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
    let quad = quad_in_picture(view.scene, &desk.card, corners);
    retake_label::BBox::around(&quad)
        .map(|b| [b.x, b.y, b.w, b.h].map(|v| round(v, 100.0)).to_vec())
        .unwrap_or_default()
}

/// Facts to slice results by; every image has every key.
fn facts(shot: &Shot, card: Option<&PrintedCard>) -> BTreeMap<String, String> {
    let scene = &shot.scene;
    let kinds: Vec<&str> = scene.lights.iter().map(|l| l.kind.as_str()).collect();
    let surface = match &scene.stage {
        Stage::Document(desk) if desk.held.is_some() => "held".to_owned(),
        Stage::Document(desk) => desk.surface.kind.clone(),
        Stage::Selfie(_) => String::new(),
    };
    let skin = if shot.role == Role::Selfie || shot.role == Role::DocumentFront {
        shot.appearance.skin.monk_tone.to_string()
    } else {
        String::new()
    };
    [
        ("document_kind", card.map(|card| card.kind.clone()).unwrap_or_default()),
        ("surface", surface),
        ("lights", kinds.join("+")),
        ("phone", scene.camera.model.clone()),
        ("skin_tone", skin),
        ("hard_negative", shot.hard_negative.map_or("", HardNegative::id).to_owned()),
        ("sex", shot.persona.sex.id().to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}
