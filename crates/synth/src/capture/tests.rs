//! Whole captures: geometry, light and twins.

use super::testing::{desk, desk_mut, face, scene};
use super::*;
use crate::image::Rgb8;
use glam::DVec3;

/// Pictures for people, written only when `RETAKE_LOOK` names a folder.
#[test]
fn pictures_for_people() {
    let Ok(folder) = std::env::var("RETAKE_LOOK") else { return };
    let only = std::env::var("RETAKE_LOOK_ONLY").unwrap_or_default();
    let face = face();
    let save = |name: &str, scene: &Scene| {
        if !name.contains(&only) {
            return;
        }
        let rendered = render(scene, Some(&face)).unwrap();
        let Rgb8 { width, height, data } = develop(&rendered, scene);
        let path = format!("{folder}/{name}.png");
        image::save_buffer(path, &data, width as u32, height as u32, image::ColorType::Rgb8).unwrap();
    };
    for kind in SURFACES {
        let mut scene = scene();
        desk_mut(&mut scene).surface.kind = (*kind).into();
        save(&format!("surface-{kind}"), &scene);
    }
    let mut glare = scene();
    put_lamp(&mut glare, DVec2::new(60.0, 20.0), 900.0, [130.0, 60.0], false, 6000.0);
    save("glare-panel", &glare);
    let mut bulb = scene();
    put_lamp(&mut bulb, DVec2::new(40.0, 30.0), 1200.0, [30.0, 30.0], true, 150_000.0);
    save("glare-bulb", &bulb);
    desk_mut(&mut bulb).card.roughness = 0.25;
    save("glare-matte", &bulb);
    let mut sleeved = scene();
    put_lamp(&mut sleeved, DVec2::new(90.0, -8.0), 1000.0, [150.0, 150.0], true, 6000.0);
    desk_mut(&mut sleeved).sleeve = Some(sleeve());
    desk_mut(&mut sleeved).surface.kind = "desk".into();
    save("sleeve", &sleeved);
    let mut blurred = glare.clone();
    blurred.camera.focus_distance = 330.0;
    save("defocus", &blurred);
    let mut moved = bulb.clone();
    moved.camera.shake = (0..9).map(|i| [0.0006 * f64::from(i), 0.00006 * f64::from(i * i), 0.0]).collect();
    save("motion", &moved);
    let mut noisy = scene();
    noisy.camera.iso = 1600.0;
    noisy.sensor.sampling = 0.4;
    save("coarse", &noisy);
    let mut held = scene();
    let card = &mut desk_mut(&mut held).card;
    card.centre = DVec3::new(0.0, 0.0, 40.0);
    card.axes = glam::DMat3::from_rotation_x(0.3) * card.axes;
    save("raised", &held);
}

use glam::DVec2;

/// Replaces the lamp by one whose image falls on a point of the card.
fn put_lamp(scene: &mut Scene, at: DVec2, distance: f64, half: [f64; 2], round: bool, luminance: f64) {
    let card = &desk(scene).card;
    let world = card.at(at);
    let direction = mirror_direction(scene.camera.position, world, card.normal());
    let u = direction.cross(DVec3::Y).normalize();
    let v = direction.cross(u);
    let lamp = &mut scene.lights[1];
    lamp.centre = world + direction * distance;
    (lamp.half_u, lamp.half_v) = (u * half[0], v * half[1]);
    lamp.round = round;
    lamp.luminance = [luminance, luminance * 0.95, luminance * 0.85];
}

fn sleeve() -> crate::scene::Sleeve {
    crate::scene::Sleeve {
        margins: [5.0, 4.0, 5.0, 6.0],
        haze: 0.07,
        wave_height: 0.15,
        wave_length: 22.0,
        wave_turn: 0.5,
        cling: 0.25,
        seam: 2.5,
        refractive_index: 1.5,
        roughness: 0.04,
        seed: 4,
    }
}
