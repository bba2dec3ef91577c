//! Scenes for tests: a checkered card on a table under a window and a ceiling lamp.

use glam::{DMat3, DVec2, DVec3};

use super::CardFace;
use crate::card::{HologramKind, HologramPatch};
use crate::image::LinearImage;
use crate::scene::*;

/// The parts of a document scene.
pub(crate) struct Parts<'a> {
    pub(crate) camera: &'a Camera,
    pub(crate) desk: &'a Desk,
}

pub(crate) fn parts(scene: &Scene) -> Parts<'_> {
    Parts { camera: &scene.camera, desk: desk(scene) }
}

pub(crate) fn desk(scene: &Scene) -> &Desk {
    match &scene.stage {
        Stage::Document(desk) => desk,
        Stage::Selfie(_) => panic!("a document scene"),
    }
}

pub(crate) fn desk_mut(scene: &mut Scene) -> &mut Desk {
    match &mut scene.stage {
        Stage::Document(desk) => desk,
        Stage::Selfie(_) => panic!("a document scene"),
    }
}

/// Points a camera at a target, with the top of the picture away from the person.
pub(crate) fn look_at(position: DVec3, target: DVec3) -> DMat3 {
    let forward = (target - position).normalize();
    let right = forward.cross(DVec3::Y).normalize();
    let right = if right.x < 0.0 { -right } else { right };
    DMat3::from_cols(right, forward.cross(right), forward)
}

/// The typical scene: camera 25 cm above an ID-1 card that fills two thirds of a 1600 x 1200 frame.
pub(crate) fn scene() -> Scene {
    let turn = DMat3::from_rotation_z(0.05);
    let position = DVec3::new(12.0, -38.0, 250.0);
    let mut scene = Scene {
        stage: Stage::Document(Box::new(Desk {
            card: CardPose {
                size: [85.6, 53.98],
                corner_radius: 3.18,
                thickness: 0.76,
                centre: DVec3::new(0.0, 0.0, 0.76),
                axes: turn,
                roughness: 0.05,
                refractive_index: 1.585,
                bow: 0.12,
                seed: 11,
            },
            surface: Surface { kind: "wood".into(), tint: [1.0; 3], turn: 0.4, seed: 5, clutter: vec![] },
            sleeve: None,
            hands: vec![],
            held: None,
        })),
        lights: vec![
            AreaLight {
                kind: "window".into(),
                centre: DVec3::new(-1500.0, 700.0, 900.0),
                half_u: DVec3::new(250.0, 540.0, 0.0),
                half_v: DVec3::new(0.0, 0.0, 650.0),
                round: false,
                luminance: [2300.0, 2500.0, 2800.0],
                in_ambient: false,
            },
            AreaLight {
                kind: "lamp".into(),
                centre: DVec3::new(500.0, 600.0, 1500.0),
                half_u: DVec3::new(150.0, 0.0, 0.0),
                half_v: DVec3::new(0.0, 150.0, 0.0),
                round: true,
                luminance: [9000.0, 8000.0, 6600.0],
                in_ambient: false,
            },
        ],
        screens: vec![],
        ambient: [150.0, 150.0, 148.0],
        camera: Camera {
            model: "test".into(),
            position,
            axes: look_at(position, DVec3::new(0.0, 0.0, 0.0)),
            focal_length: 5.6,
            f_number: 1.8,
            size: [1600, 1200],
            pixel_pitch: 5.6 / 3150.0,
            principal_point: DVec2::new(800.0, 600.0),
            focus_distance: 253.0,
            exposure_time: 1.0 / 60.0,
            iso: 100.0,
            shake: vec![],
            distortion: -0.004,
            vignetting: 0.5,
            veiling: 0.012,
        },
        sensor: Sensor {
            white: 1.0,
            white_balance: [1.0; 3],
            sampling: 1.0,
            full_well: 7000.0,
            read_noise: 2.5,
            denoise: 0.5,
            sharpen: 0.6,
            shoulder: 0.7,
            toe: 0.0,
            noise_seed: 3,
        },
        file: FileSpec { format: FileFormat::Png, quality: 92, subsample: false, history: vec![] },
    };
    let centre = desk(&scene).card.centre;
    let e = super::illuminance(&scene, centre, DVec3::Z);
    scene.sensor.white = e[1] * 0.8 / core::f64::consts::PI / 0.66;
    scene
}

/// [`scene`] at a quarter of its size, through an ideal lens: no flare, no vignetting, no distortion, and wholly
/// in focus.
pub(crate) fn small_scene() -> Scene {
    let mut scene = scene();
    let camera = &mut scene.camera;
    camera.size = [400, 300];
    camera.pixel_pitch *= 4.0;
    camera.principal_point = DVec2::new(200.0, 150.0);
    camera.f_number = 1e4;
    (camera.distortion, camera.vignetting, camera.veiling) = (0.0, 0.0, 0.0);
    scene
}

/// A white card with a checkered field, lines of several widths, and grey steps.
pub(crate) fn face() -> CardFace {
    face_with(vec![patch()])
}

/// The same card without its hologram, which flashes under a lamp.
pub(crate) fn plain_face() -> CardFace {
    face_with(Vec::new())
}

fn face_with(hologram: Vec<HologramPatch>) -> CardFace {
    let density = 600.0 / 25.4;
    let (w, h) = ((85.6 * density) as usize, (53.98 * density) as usize);
    let mut image = LinearImage::filled(w, h, [0.78, 0.80, 0.76]);
    for (i, p) in image.pixels.iter_mut().enumerate() {
        let (x, y) = ((i % w) as f32 / density as f32, (i / w) as f32 / density as f32);
        if y < 9.0 {
            *p = [0.06, 0.16, 0.42];
        } else if x < 30.0 && y > 14.0 && y < 40.0 {
            let steps = ((x / 4.0) as usize + (y / 4.0) as usize) % 2;
            *p = if steps == 0 { [0.5, 0.1, 0.08] } else { [0.75, 0.66, 0.3] };
        } else if x > 36.0 && y > 14.0 && y < 36.0 {
            let pitch = [2.0, 1.2, 0.8, 0.5][((y - 14.0) / 5.5) as usize % 4];
            if (x / pitch).fract() < 0.4 {
                *p = [0.04; 3];
            }
        } else if y > 44.0 {
            *p = [((x / 8.56) as usize) as f32 / 10.0 * 0.8 + 0.04; 3];
        }
    }
    CardFace::new((&image).into(), [85.6, 53.98], hologram).expect("a face with area")
}

/// A hologram over the fine lines.
pub(crate) fn patch() -> HologramPatch {
    HologramPatch { area: [60.0, 30.0, 20.0, 14.0], kind: HologramKind::Rosette, seed: 3 }
}
