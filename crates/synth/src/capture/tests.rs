//! Whole captures: geometry, light and twins.

use glam::{DMat3, DVec2, DVec3};

use super::testing::{desk, desk_mut, face, plain_face, scene, small_scene};
use super::*;
use crate::color::luminance;
use crate::image::{LinearImage, Plane, Rgb8};
use crate::scene::{Held, Sleeve};

/// Pictures for people, written only when `RETAKE_LOOK` names a folder.
#[test]
fn pictures_for_people() {
    let Ok(folder) = std::env::var("RETAKE_LOOK") else { return };
    let only = std::env::var("RETAKE_LOOK_ONLY").unwrap_or_default();
    let face = artwork();
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
    desk_mut(&mut bulb).surface.kind = "stone".into();
    save("glare-matte", &bulb);
    desk_mut(&mut bulb).card.roughness = 0.03;
    desk_mut(&mut bulb).surface.kind = "patterned_cloth".into();
    let mut sleeved = scene();
    put_lamp(&mut sleeved, DVec2::new(66.0, 14.0), 1000.0, [40.0, 150.0], false, 9000.0);
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
    noisy.camera.iso = 1250.0;
    noisy.sensor.white_balance = [1.06, 1.0, 0.93];
    noisy.sensor.sampling = 0.4;
    save("coarse", &noisy);
    let mut held = scene();
    let card = &mut desk_mut(&mut held).card;
    card.centre = DVec3::new(0.0, 0.0, 40.0);
    card.axes = glam::DMat3::from_rotation_x(0.3) * card.axes;
    save("raised", &held);
}

/// A printed card.
fn artwork() -> CardFace {
    use crate::card::{Blank, Design, Side, names};
    let design = Design::find(names().next().unwrap()).unwrap();
    let blank = Blank::new(&design, Side::Front, 600.0 / 25.4).unwrap();
    let persona = crate::persona::Persona::draw(1, 3);
    let printed = blank.personalise(&persona, None).unwrap();
    CardFace::new(printed.albedo, printed.size_mm, printed.holograms).unwrap()
}

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

/// Dims the lights, so that their mirror images are no brighter than white and have no halo.
fn dim(scene: &mut Scene) {
    for light in &mut scene.lights {
        light.luminance = light.luminance.map(|v| 0.1 * v);
    }
}

fn sleeve() -> Sleeve {
    Sleeve {
        margins: [5.0, 4.0, 5.0, 6.0],
        haze: 0.07,
        wave_height: 0.15,
        wave_length: 22.0,
        wave_turn: 0.5,
        cling: 0.25,
        seam: 2.5,
        refractive_index: 1.5,
        roughness: 0.02,
        seed: 4,
    }
}

/// Where light differs, px: the middle of what `weight` gives.
fn centroid(width: usize, weights: impl Iterator<Item = f64>) -> DVec2 {
    let (mut sum, mut total) = (DVec2::ZERO, 0.0);
    for (i, weight) in weights.enumerate() {
        sum += DVec2::new((i % width) as f64 + 0.5, (i / width) as f64 + 0.5) * weight;
        total += weight;
    }
    sum / total
}

#[test]
fn a_dot_on_the_card_is_seen_where_the_camera_projects_it() {
    for (at, distortion) in [([60.0, 15.0], 0.0), ([9.0, 47.0], 0.009), ([80.0, 50.0], -0.009)] {
        let mut scene = small_scene();
        scene.camera.distortion = distortion;
        let card = &mut desk_mut(&mut scene).card;
        card.axes = DMat3::from_rotation_x(0.2) * card.axes;
        card.centre.z = 8.0;
        let white = LinearImage::filled(856, 540, [0.8; 3]);
        let mut dotted = white.clone();
        for (i, p) in dotted.pixels.iter_mut().enumerate() {
            let (x, y) =
                (((i % 856) as f64 + 0.5) / 10.0 - at[0], ((i / 856) as f64 + 0.5) * 53.98 / 540.0 - at[1]);
            if x * x + y * y < 1.0 {
                *p = [0.0; 3];
            }
        }
        let [a, b] = [white, dotted].map(|albedo| {
            let face = CardFace::new((&albedo).into(), [85.6, 53.98], vec![]).unwrap();
            render(&scene, Some(&face)).unwrap().layers.body
        });
        let seen = centroid(400, a.iter().zip(b.iter()).map(|(a, b)| f64::from(a - b)));
        let projected = scene.camera.picture_of(desk(&scene).card.at(at.into())).unwrap();
        assert!((seen - projected).length() < 0.1, "{seen} {projected}");
    }
}

#[test]
fn glare_stands_where_reflected_sight_lines_meet_the_lamp() {
    let mut scene = small_scene();
    let card = &mut desk_mut(&mut scene).card;
    card.roughness = 0.01;
    card.bow = 0.3;
    put_lamp(&mut scene, DVec2::new(50.0, 22.0), 900.0, [30.0, 30.0], true, 50_000.0);
    scene.lights.remove(0);
    let rendered = render(&scene, Some(&face())).unwrap();
    let mirrored = &rendered.layers.mirrored;
    let peak = mirrored.iter().fold(0.0f32, f32::max);
    let seen = centroid(400, mirrored.iter().map(|v| f64::from((v - 0.5 * peak).max(0.0))));

    let (card, lamp) = (&desk(&scene).card, &scene.lights[0]);
    let relief = relief::laminate(card);
    let hits = (0..400 * 300).map(|i| {
        let sight =
            scene.camera.sight(DVec2::new(f64::from(i % 400) + 0.5, f64::from(i / 400) + 0.5)).normalize();
        let t = card.normal().dot(card.centre - scene.camera.position) / card.normal().dot(sight);
        let at = scene.camera.position + sight * t;
        let local = card.axes.transpose() * (at - card.centre);
        let (x, y) = (local.x + card.size[0] / 2.0, card.size[1] / 2.0 - local.y);
        if !(0.0..card.size[0]).contains(&x) || !(0.0..card.size[1]).contains(&y) {
            return 0.0;
        }
        let [sx, sy] = relief.at([x as f32, y as f32]).map(f64::from);
        let normal = (card.normal() + card.axes.x_axis * sx - card.axes.y_axis * sy).normalize();
        let out = sight - normal * (2.0 * sight.dot(normal));
        let plane = lamp.half_u.cross(lamp.half_v);
        let t = plane.dot(lamp.centre - at) / plane.dot(out);
        let d = at + out * t - lamp.centre;
        let (u, v) = (
            d.dot(lamp.half_u) / lamp.half_u.length_squared(),
            d.dot(lamp.half_v) / lamp.half_v.length_squared(),
        );
        if t > 0.0 && u * u + v * v < 1.0 { 1.0 } else { 0.0 }
    });
    let traced = centroid(400, hits);
    assert!((seen - traced).length() < 1.5, "{seen} {traced}");
}

#[test]
fn layers_add_up_to_the_frame() {
    let mut scene = small_scene();
    desk_mut(&mut scene).sleeve = Some(sleeve());
    let Rendered { frame, layers } = render(&scene, Some(&face())).unwrap();
    for (i, pixel) in frame.pixels.iter().enumerate() {
        let sum = layers.body.get(i) + layers.mirrored.get(i) + layers.veil.get(i);
        if sum < 1.2 {
            assert!((luminance(*pixel) - sum).abs() < 0.05 * sum + 1e-4, "{i}: {pixel:?} {sum}");
        }
        assert!(layers.hologram.get(i) <= layers.mirrored.get(i) + 1e-6);
        assert!(layers.sleeve.at(i) || layers.paper.get(i) > 0.0 || layers.veil.get(i) == 0.0);
    }
}

#[test]
fn a_held_card_comes_before_a_table_that_is_far_and_soft() {
    let mut lying = small_scene();
    desk_mut(&mut lying).surface.kind = "patterned_cloth".into();
    let mut held = lying.clone();
    desk_mut(&mut held).held = Some(Held { distance: 500.0, tilt: 0.3 });
    let [lying, held] = [lying, held].map(|scene| render(&scene, Some(&plain_face())).unwrap());
    assert_eq!(lying.layers.card, held.layers.card);
    let width = held.frame.width;
    let inner = |i: usize| {
        let (card, count) = (&held.layers.card, held.frame.pixels.len());
        (0..5).all(|d| {
            let near = |i: usize| i < count && card.at(i);
            near(i + d) && near(i - d) && near(i + d * width) && near(i - d * width)
        })
    };
    // On the card nothing changes; beside it the pattern's detail is gone.
    let (mut on_card, mut steps) = (0, [0.0, 0.0]);
    for i in 6 * width..held.frame.pixels.len() - 6 * width {
        let [a, b] = [&lying, &held].map(|r| luminance(r.frame.pixels[i]));
        if inner(i) {
            on_card += 1;
            assert!((a - b).abs() < 2e-3 * a.max(0.1), "{i}: {a} {b}");
        } else if !(0..5).any(|d| held.layers.card.at(i + d)) {
            for (sum, r) in steps.iter_mut().zip([&lying, &held]) {
                *sum += (luminance(r.frame.pixels[i + 1]) - luminance(r.frame.pixels[i])).abs();
            }
        }
    }
    assert!(on_card > 1000 && steps[1] < 0.5 * steps[0], "{on_card} {steps:?}");
}

#[test]
fn the_card_is_exposed_as_metered_and_masked_where_it_is() {
    let scene = small_scene();
    let Layers { card, body, corners, .. } = render(&scene, Some(&face())).unwrap().layers;
    // 78 % of white by the face's own paint, 80 % in the metering, 0.66 of the range, less the phone's shadow.
    let paper = scene.camera.picture_of(desk(&scene).card.at(DVec2::new(33.0, 30.0))).unwrap();
    let seen = body.get(paper.y as usize * 400 + paper.x as usize);
    assert!((0.58..0.70).contains(&seen), "{seen}");
    let [a, b, c, d] = [corners[0], corners[1], corners[2], corners[3]];
    let quad = 0.5 * ((c - a).perp_dot(d - b)).abs();
    let share = card.area() as f64 / quad;
    // Rounded corners take (4 - pi) r^2.
    let expected = 1.0 - (4.0 - core::f64::consts::PI) * 3.18 * 3.18 / (85.6 * 53.98);
    assert!((share - expected).abs() < 0.003, "{share} {expected}");
}

#[test]
fn corners_outside_the_picture_are_still_told() {
    let mut scene = small_scene();
    scene.camera.position.x += 70.0;
    let layers = render(&scene, Some(&face())).unwrap().layers;
    assert!(layers.corners[0].x < 0.0 && layers.corners[3].x < 0.0, "{:?}", layers.corners);
}

#[test]
fn a_sleeve_changes_only_pixels_under_it() {
    let mut scene = small_scene();
    scene.camera.veiling = 0.05;
    dim(&mut scene);
    let bare = render(&scene, Some(&face())).unwrap();
    desk_mut(&mut scene).sleeve = Some(sleeve());
    let sleeved = render(&scene, Some(&face())).unwrap();
    let mut changed = 0;
    for (i, (a, b)) in bare.frame.pixels.iter().zip(&sleeved.frame.pixels).enumerate() {
        if a != b {
            changed += 1;
            assert!(sleeved.layers.sleeve.at(i), "{i}");
        }
    }
    assert!(changed > 10_000);
    assert_eq!(bare.layers.card, sleeved.layers.card);
}

/// Keeps all of a picture before the optics.
struct Whole(LightRows);

impl document::Taker for Whole {
    fn light(&mut self) -> &mut LightRows {
        &mut self.0
    }

    fn follow(&mut self, _: &mut Layers, _: std::ops::Range<usize>) {}
}

#[test]
fn a_hand_changes_only_its_own_pixels_and_its_shadows() {
    let scene = small_scene();
    let mut frame = Whole(LightRows::new([400, 300], 300));
    let mut layers = document::render(&scene, desk(&scene), &face(), &mut frame).unwrap();
    let mut frame = frame.0;
    let before = frame.clone().into_image();
    let mut alpha = Plane::filled(20, 10, 0.0);
    let mut shade = Plane::filled(20, 10, 0.0);
    alpha.values[15] = 1.0;
    shade.values[16] = 0.5;
    let mut light = LinearImage::filled(20, 10, [0.0; 3]);
    light.pixels[15] = [9.0; 3];
    overlay::lay(
        &mut frame,
        &mut layers,
        &Overlay {
            origin: [390, 295],
            light: light.clone(),
            alpha,
            shade: Shade::of_pixels([390, 295], shade),
            behind: vec![],
        },
        0..300,
    );
    // The column of the overlay beyond the picture is cut off.
    assert!(layers.hand.is_empty() && frame.clone().into_image() == before);
    let at = |x: usize, y: usize| y * 400 + x;
    let mut alpha = Plane::filled(20, 10, 0.0);
    let mut shade = Plane::filled(20, 10, 0.0);
    alpha.values[15] = 1.0;
    shade.values[16] = 0.5;
    overlay::lay(
        &mut frame,
        &mut layers,
        &Overlay {
            origin: [100, 50],
            light,
            alpha,
            shade: Shade::of_pixels([100, 50], shade),
            behind: vec![],
        },
        0..300,
    );
    let frame = frame.into_image();
    assert_eq!(frame.pixels[at(115, 50)], [9.0; 3]);
    assert_eq!(frame.pixels[at(116, 50)], before.pixels[at(116, 50)].map(|v| 0.5 * v));
    assert_eq!(layers.hand.area(), 1);
    assert!(layers.hand_shade.get(116, 50));
    let changed = frame.pixels.iter().zip(&before.pixels).filter(|(a, b)| a != b).count();
    assert_eq!(changed, 2);
}

#[test]
fn a_lamp_counted_in_the_ambient_is_mirrored_but_does_not_light() {
    let mut scene = small_scene();
    put_lamp(&mut scene, DVec2::new(40.0, 30.0), 900.0, [60.0, 60.0], false, 8000.0);
    let lit = render(&scene, Some(&face())).unwrap().layers;
    scene.lights[1].in_ambient = true;
    let counted = render(&scene, Some(&face())).unwrap().layers;
    scene.lights.pop();
    let without = render(&scene, Some(&face())).unwrap().layers;
    let middle = 150 * 400 + 200;
    assert_eq!(counted.mirrored.get(middle), lit.mirrored.get(middle));
    assert!(counted.mirrored.get(middle) > 2.0 * without.mirrored.get(middle));
    let (a, b) = (counted.body.get(middle), without.body.get(middle));
    // Nodes lie nearer to each other where a lamp is mirrored.
    assert!((a - b).abs() < 1e-5 * b, "{a} {b}");
    assert!(lit.body.get(middle) > 1.05 * without.body.get(middle));
}

#[test]
fn the_defocus_disc_is_that_of_a_thin_lens() {
    let mut scene = scene();
    scene.camera.focus_distance = 600.0;
    let point = DVec2::new(42.8, 27.0);
    let psf = psf_at(&scene, point).unwrap();
    let depth = scene.camera.to_camera(desk(&scene).card.at(point)).z;
    let expected = scene.camera.aperture() * (1.0 - depth / 600.0);
    assert!((psf.defocus_diameter_mm - expected).abs() < 1e-9);
    assert!((psf.rms_radius_mm - expected / 8f64.sqrt()).abs() < 1e-9);
    // Depth varies over a tilted view, and the disc with it.
    let near = psf_at(&scene, DVec2::new(42.8, 54.0)).unwrap();
    assert!(near.defocus_diameter_px > psf.defocus_diameter_px);
}

#[test]
fn motion_reaches_as_far_as_the_angles_say() {
    let mut scene = scene();
    let angle = 0.002;
    scene.camera.shake = vec![[0.0; 3], [angle, 0.0, 0.0]];
    let psf = psf_at(&scene, DVec2::new(42.8, 27.0)).unwrap();
    let expected = angle * scene.camera.focal_px();
    assert!((psf.motion_extent_px / expected - 1.0).abs() < 0.02, "{psf:?} {expected}");
    assert!((psf.rms_radius_px - psf.motion_extent_px / 12f64.sqrt()).abs() < 0.02 + psf.defocus_diameter_px);
    // Roll moves nothing on the axis and more the further out.
    scene.camera.shake = vec![[0.0; 3], [0.0, 0.0, angle]];
    let at = |x: f64| psf_at(&scene, DVec2::new(x, 27.0)).unwrap().motion_extent_px;
    assert!(at(42.8) < 0.2 && at(0.0) > 0.8);
}

#[test]
fn optics_keep_the_mean_light() {
    let mut scene = small_scene();
    scene.camera.f_number = 1.8;
    scene.camera.focus_distance = 300.0;
    scene.camera.shake = vec![[0.0; 3], [0.002, 0.001, 0.0], [0.003, -0.001, 0.001]];
    let mut light = LinearImage::filled(400, 300, [0.0; 3]);
    for pixel in &mut light.pixels[150 * 400 + 150..][..50] {
        *pixel = [1.0; 3];
    }
    let lens = optics::Lens::new(&scene, [0.0; 3], optics::document_depth(&scene, desk(&scene)));
    let (mut done, mut total) = (0, 0.0);
    lens.follow_all(&light, &mut |light, ready| {
        for pixel in (done..ready).flat_map(|y| light.row(y)) {
            total += f64::from(pixel[0]);
            assert!(pixel[0] < 0.9);
        }
        done = ready;
    });
    assert!(done == 300 && (total / 50.0 - 1.0).abs() < 0.01, "{done} {total}");
}

#[test]
fn a_lesser_blur_beside_a_greater_adds_its_variance() {
    const DEPTH: f64 = 300.0;
    for (disc, length) in [(2.6, 9.0), (9.0, 2.4), (9.0, 9.0)] {
        let mut scene = small_scene();
        let camera = &mut scene.camera;
        camera.focus_distance = DEPTH / (1.0 + disc * DEPTH / (camera.aperture() * camera.focal_px()));
        camera.shake = vec![[0.0; 3], [length / camera.focal_px(), 0.0, 0.0]];
        let mut light = LinearImage::filled(400, 300, [0.0; 3]);
        light.pixels[150 * 400 + 200] = [1.0; 3];
        let (mut done, mut spot) = (0, Vec::new());
        optics::Lens::new(&scene, [0.0; 3], |_| DEPTH).follow_all(&light, &mut |light, ready| {
            for y in done..ready {
                let row = light.row(y).iter().enumerate();
                spot.extend(row.map(|(x, pixel)| (DVec2::new(x as f64, y as f64), f64::from(pixel[0]))));
            }
            done = ready;
        });
        let total: f64 = spot.iter().map(|(_, v)| v).sum();
        let middle = spot.iter().map(|(p, v)| *p * (v / total)).sum::<DVec2>();
        let variance: f64 = spot.iter().map(|(p, v)| (*p - middle).length_squared() * v / total).sum();
        let expected = disc * disc / 8.0 + length * length / 12.0;
        assert!(
            (variance - expected).abs() < 0.02 * expected + 0.17,
            "{disc} {length}: {variance} {expected}"
        );
    }
}

#[test]
fn the_same_scene_gives_the_same_bytes_on_any_thread() {
    let mut scene = small_scene();
    desk_mut(&mut scene).sleeve = Some(sleeve());
    scene.camera.f_number = 1.8;
    scene.camera.focus_distance = 300.0;
    let face = face();
    let photo = || photograph(&scene, Some(&face)).unwrap().0;
    let alone = photo();
    let together = std::thread::scope(|s| [s.spawn(photo), s.spawn(photo)].map(|t| t.join().unwrap()));
    assert!(together.iter().all(|t| *t == alone));
    assert_eq!(develop(&render(&scene, Some(&face)).unwrap(), &scene), alone);
}

#[test]
fn scenes_that_cannot_be_rendered_say_why() {
    let message = |scene: &Scene, face: Option<&CardFace>| render(scene, face).unwrap_err().to_string();
    let face = face();
    let mut scene = small_scene();
    assert!(message(&scene, None).contains("face"));
    scene.sensor.white = 0.0;
    assert!(message(&scene, Some(&face)).contains("sensor.white"));
    let mut scene = small_scene();
    desk_mut(&mut scene).surface.kind = "velvet".into();
    assert!(message(&scene, Some(&face)).contains("velvet"));
    let mut scene = small_scene();
    desk_mut(&mut scene).card.size = [125.0, 88.0];
    assert!(message(&scene, Some(&face)).contains("125"));
    let mut scene = small_scene();
    scene.camera.position.z = -5.0;
    assert!(!message(&scene, Some(&face)).is_empty());
}

#[test]
fn a_local_change_reaches_no_further_than_told() {
    for (focus, sampling) in [(253.0, 1.0), (300.0, 1.0), (262.0, 0.6)] {
        let mut scene = small_scene();
        scene.camera.f_number = 1.8;
        scene.camera.focus_distance = focus;
        scene.sensor.sampling = sampling;
        scene.sensor.denoise = 1.0;
        dim(&mut scene);
        let photo = |scene: &Scene| {
            let rendered = render(scene, Some(&plain_face())).unwrap();
            assert!(rendered.frame.pixels.iter().flatten().all(|v| *v < 1.3), "no halo");
            (develop(&rendered, scene), rendered.layers)
        };
        let (bare, _) = photo(&scene);
        desk_mut(&mut scene).sleeve = Some(Sleeve { seam: 0.0, wave_height: 0.0, ..sleeve() });
        let (sleeved, layers) = photo(&scene);
        let reach = reach_px(&scene).ceil() as i64;
        let near = |i: usize| {
            let (x, y) = ((i % 400) as i64, (i / 400) as i64);
            (-reach..=reach).any(|dy| {
                (-reach..=reach).any(|dx| {
                    x + dx >= 0 && y + dy >= 0 && layers.sleeve.get((x + dx) as u32, (y + dy) as u32)
                })
            })
        };
        for i in 0..400 * 300 {
            let changed = bare.data[3 * i..3 * i + 3] != sleeved.data[3 * i..3 * i + 3];
            assert!(!changed || near(i), "focus {focus}, sampling {sampling}: {} {}", i % 400, i / 400);
        }
    }
}
