//! A selfie: the person before the room, in luminance, as a share of the sensor's white.

use glam::{Mat3, Vec3};
use retake_label::Mask;
use retake_simd::{array, kernel};

use super::appearance::rgb;
use super::backdrop::Backdrop;
use super::drawn::Drawn;
use super::figure::{Figure, Posture};
use super::light::{Lamp, Lights};
use super::render::{Lens, draw};
use super::room::Room;
use crate::capture::{Layers, Rendered, discs};
use crate::color::luminance;
use crate::image::{Enlarged, LightPlane, LinearImage, forget_spares};
use crate::scene::Camera;

/// Renders a person in a room. `white` is the luminance that the sensor stores as white, cd/m2; the frame is
/// not clipped, so that a window may be many times 1. The room is blurred by its distance from the focus;
/// blur of the whole picture, vignetting and noise are the optics' and the sensor's part. Distortion is not
/// applied.
pub fn render_selfie(room: &Room, camera: &Camera, white: f64) -> Rendered {
    let [width, height] = camera.size.map(|s| s as usize);
    let mut frame = LinearImage::unset(width, height);
    let layers = expose_selfie(room, camera, white, &mut |y, row| {
        frame.pixels[y * width..][..width].copy_from_slice(row);
    });
    Rendered { frame, layers }
}

/// [`render_selfie`] without a frame: its rows are handed over one after the other from the top, each with its number.
pub(crate) fn expose_selfie(
    room: &Room,
    camera: &Camera,
    white: f64,
    take: &mut dyn FnMut(usize, &[[f32; 3]]),
) -> Layers {
    let [width, height] = camera.size.map(|s| s as usize);
    // A head of hair takes more memory than all else: no photo of a document may take it besides.
    forget_spares();
    let lens = lens(camera);
    let drawn = {
        let held = Posture { head: room.head, trunk: room.trunk, gaze: room.gaze };
        let figure = Figure::new(&room.appearance.shape, &room.expression, &held);
        draw(&room.appearance, &figure, &lights(room, &lens), &lens)
    };
    let behind = background(room, camera, &lens, &drawn);
    let (share, scale) = (room.flare as f32, (1.0 / white.max(1e-3)) as f32);
    let halo = halo(&drawn, &behind, share);
    let mut halo = halo.as_ref().map(|halo| Enlarged::new(halo, HALO_CELL));
    let (mut spread, mut seen) = (vec![[0.0; 3]; width], vec![0.0; width]);
    let mut body = LightPlane::unset(width * height);
    let mut far = Mask::new(width as u32, height as u32);
    let mut stand = Stand::new(&drawn, &behind);
    for y in 0..height {
        stand.seek(y);
        far.store(y * width, &stand.far);
        if let Some(halo) = &mut halo {
            halo.seek(y);
            spill(&mut stand.light, halo, &mut spread, share);
        }
        expose(&mut stand.light, scale, &mut seen);
        body.store(y * width, &seen);
        take(y, &stand.light);
    }
    drop(stand);
    let no_mask = || Mask::new(width as u32, height as u32);
    Layers {
        card: no_mask(),
        hand: no_mask(),
        hand_shade: no_mask(),
        body,
        paper: LightPlane::none(),
        mirrored: LightPlane::none(),
        hologram: LightPlane::none(),
        veil: LightPlane::none(),
        sleeve: no_mask(),
        face: drawn.face,
        background: far,
        corners: Vec::new(),
        face_box: Some(drawn.face_box),
    }
}

fn lens(camera: &Camera) -> Lens {
    let vector = |v: glam::DVec3| Vec3::new(v.x as f32, v.y as f32, v.z as f32);
    let axes = camera.axes;
    Lens {
        position: vector(camera.position),
        axes: Mat3::from_cols(vector(axes.x_axis), vector(axes.y_axis), vector(axes.z_axis)),
        focal: camera.focal_px() as f32,
        principal: [camera.principal_point.x as f32, camera.principal_point.y as f32],
        size: camera.size.map(|s| s as usize),
    }
}

/// Illuminance that the screen of the phone gives as a share of the room's: it dims itself with the room.
const SCREEN: f32 = 0.055;
/// Angular radius of a screen of some 7 by 15 cm at arm's length, radians.
const SCREEN_RADIUS: f32 = 0.13;

/// The room's lights as the person meets them; the window shines from behind with its own size.
fn lights(room: &Room, lens: &Lens) -> Lights {
    let mut lights = Lights::default();
    let head = Vec3::new(0.0, 130.0, 50.0);
    let mut sum = rgb(room.ambient);
    for (light, samples) in room.lights.iter().zip([7, 3].into_iter().chain(core::iter::repeat(2))) {
        let (sa, ca) = (libm::sin(light.azimuth) as f32, libm::cos(light.azimuth) as f32);
        let (se, ce) = (libm::sin(light.elevation) as f32, libm::cos(light.elevation) as f32);
        let towards = Vec3::new(sa * ce, se, ca * ce);
        sum += rgb(light.lux);
        lights.lamp(&Lamp { towards, radius: light.radius as f32, lux: rgb(light.lux), samples });
    }
    if let Some(window) = &room.window {
        let middle = Vec3::new(window.centre[0] as f32, window.centre[1] as f32, -room.walls.distance as f32);
        let to = middle - head;
        let distance = to.length();
        let facing = -to.z / distance;
        let solid_angle = (window.size[0] * window.size[1]) as f32 * facing / (distance * distance);
        let radius = (solid_angle / core::f32::consts::PI).sqrt().min(0.8);
        lights.lamp(&Lamp {
            towards: to / distance,
            radius,
            lux: rgb(window.luminance) * solid_angle.min(2.0),
            samples: 5,
        });
    }
    let towards = (lens.position - head).normalize_or_zero();
    let cool = Vec3::new(0.94, 1.0, 1.08) * (SCREEN * luminance(sum.into()));
    lights.screen(Lamp { towards, radius: SCREEN_RADIUS, lux: cool, samples: 1 });
    // An even dome of luminance E / pi gives an upright surface E; more comes from the ceiling, and little from the
    // floor and from the wall that the person hides.
    let ambient = rgb(room.ambient) * core::f32::consts::FRAC_1_PI;
    // The side of the strongest light is brighter: the walls there are lit by it too.
    let side = room.lights.first().map_or(0.0, |light| libm::sin(light.azimuth) as f32);
    lights.dome(14, |d| ambient * (1.0 + 0.85 * d.y + 0.55 * side * d.x).max(0.08));
    lights
}

/// A picture with fewer pixels.
struct Coarse {
    image: LinearImage,
    /// Pixels of the full picture to one of its own.
    step: usize,
}

/// The person before what is behind, row by row.
struct Stand<'a> {
    drawn: &'a Drawn,
    behind: Enlarged<'a>,
    step: usize,
    /// Light of all in the row, cd/m2.
    light: Vec<[f32; 3]>,
    /// Which pixels of the row show what is behind.
    far: Vec<bool>,
}

impl<'a> Stand<'a> {
    fn new(drawn: &'a Drawn, behind: &'a Coarse) -> Self {
        let width = drawn.size[0];
        Self {
            drawn,
            behind: Enlarged::new(&behind.image, behind.step),
            step: behind.step,
            light: vec![[0.0; 3]; width],
            far: vec![false; width],
        }
    }

    /// Moves to a row.
    fn seek(&mut self, y: usize) {
        self.behind.seek(y);
        fill(&self.behind, self.step, &mut self.light);
        let (first, person) = self.drawn.row(y);
        self.far.fill(true);
        let here = first..first + person.len();
        stand_before(person, &mut self.light[here.clone()], &mut self.far[here]);
    }
}

kernel! {
    /// What is behind in a row of a picture that is `step` times as large, two or four.
    fn fill(behind: &Enlarged<'_>, step: usize, light: &mut [[f32; 3]]) {
        if step == 2 { behind.fill::<2>(light) } else { behind.fill::<4>(light) }
    }
}

kernel! {
    /// Puts the person before what is behind, and says where it is still seen.
    fn stand_before(person: &[[f32; 4]], light: &mut [[f32; 3]], far: &mut [bool]) {
        for (light, [r, g, b, cover]) in light.iter_mut().zip(person) {
            let open = 1.0 - cover;
            let person = [*r, *g, *b];
            *light = array!(3, |k| if open > 0.0 { person[k] + light[k] * open } else { person[k] });
        }
        for (far, [.., cover]) in far.iter_mut().zip(person) {
            *far = 1.0 - cover > 0.5;
        }
    }
}

/// What is behind, in focus or not, cd/m2; black deep behind the person.
fn background(room: &Room, camera: &Camera, lens: &Lens, drawn: &Drawn) -> Coarse {
    let backdrop = Backdrop::new(room);
    let depth = camera.position.z + room.walls.distance;
    let disc = camera.blur_disc_px(depth).max(0.0) as f32;
    // A small lens is never quite sharp at the wall when it is focused on a face, and fewer samples show as much.
    let step = if disc > 10.0 { 4 } else { 2 };
    let disc = disc.max(0.007 * lens.size[0].max(lens.size[1]) as f32);
    let step = if disc > 8.0 { 4 } else { step };
    let [width, height] = lens.size.map(|s| s.div_ceil(step));
    let mut sharp = LinearImage::filled(width, height, [0.0; 3]);
    // A window's edge is so bright that one look for a coarse sample shows stairs.
    let looks = [[0.25, 0.35], [0.75, 0.65], [0.65, 0.15], [0.35, 0.85]];
    let looks = &looks[..if step > 2 { 4 } else { 2 }];
    let radius = disc / step as f32 / 2.0;
    let hidden = hidden(drawn, step, 2 * radius as usize + width / 20 + 4);
    for (i, pixel) in sharp.pixels.iter_mut().enumerate().filter(|(i, _)| !hidden[*i]) {
        let mut sum = Vec3::ZERO;
        for [dx, dy] in looks {
            let x = ((i % width) as f32 + dx) * step as f32 - lens.principal[0];
            let y = ((i / width) as f32 + dy) * step as f32 - lens.principal[1];
            sum += backdrop.look(lens.position, lens.axes * Vec3::new(x / lens.focal, y / lens.focal, 1.0));
        }
        *pixel = (sum / looks.len() as f32).into();
    }
    let mut blurred = disc_blur(sharp, radius);
    // Bright panes spill over their frames, in the lens and in the sensor.
    let spilt = disc_blur(blurred.clone(), width as f32 / 30.0);
    for (value, spilt) in blurred.pixels.as_flattened_mut().iter_mut().zip(spilt.pixels.as_flattened()) {
        *value += 0.14 * (spilt - *value);
    }
    Coarse { image: blurred, step }
}

/// Squares of `step` pixels that are covered as far as `reach` squares around them.
fn hidden(drawn: &Drawn, step: usize, reach: usize) -> Vec<bool> {
    let [width, height] = drawn.size.map(|s| s.div_ceil(step));
    let mut open = vec![false; width * height];
    let mut row = vec![[0.0; 4]; drawn.size[0]];
    for y in 0..drawn.size[1] {
        drawn.copy_row(y, &mut row);
        let cells = &mut open[y / step * width..][..width];
        for (cell, pixels) in cells.iter_mut().zip(row.chunks(step)) {
            *cell |= pixels.iter().any(|[.., cover]| *cover < 1.0);
        }
    }
    for (length, stride, lines, next) in [(width, 1, height, width), (height, width, width, 1)] {
        for line in 0..lines {
            let cell = |k: usize| line * next + k * stride;
            let seen: Vec<usize> = (0..length).filter(|k| open[cell(*k)]).collect();
            let mut done = 0;
            for k in seen {
                let end = (k + reach + 1).min(length);
                (k.saturating_sub(reach).max(done)..end).for_each(|k| open[cell(k)] = true);
                done = end;
            }
        }
    }
    open.into_iter().map(|open| !open).collect()
}

/// The mean over a disc with a soft rim, px: the image of a point out of focus.
fn disc_blur(image: LinearImage, radius: f32) -> LinearImage {
    if radius < 0.4 { image } else { discs(image, |_| f64::from(radius) + 0.5) }
}

/// Pixels of the picture to one of the halo's.
const HALO_CELL: usize = 16;

/// The share of the light that scatter in the lens spreads widely.
fn halo(drawn: &Drawn, behind: &Coarse, share: f32) -> Option<LinearImage> {
    const CELL: usize = HALO_CELL;
    if share <= 0.0 {
        return None;
    }
    let [width, height] = drawn.size.map(|s| s.div_ceil(CELL));
    let mut small = LinearImage::filled(width, height, [0.0; 3]);
    let mut stand = Stand::new(drawn, behind);
    for (band, cells) in small.pixels.chunks_exact_mut(width).enumerate() {
        let rows = band * CELL..((band + 1) * CELL).min(drawn.size[1]);
        for y in rows.clone() {
            stand.seek(y);
            for (cell, pixels) in cells.iter_mut().zip(stand.light.chunks(CELL)) {
                let sum = pixels.iter().fold(Vec3::from(*cell), |sum, pixel| sum + Vec3::from(*pixel));
                *cell = sum.into();
            }
        }
        for (i, cell) in cells.iter_mut().enumerate() {
            let columns = CELL.min(drawn.size[0] - i * CELL);
            *cell = (Vec3::from(*cell) / (rows.len() * columns) as f32).into();
        }
    }
    let near = disc_blur(disc_blur(small.clone(), 2.0), 1.5);
    let wide = disc_blur(disc_blur(small, width as f32 / 9.0), width as f32 / 11.0);
    let mut halo = near;
    for (sum, v) in halo.pixels.as_flattened_mut().iter_mut().zip(wide.pixels.as_flattened()) {
        *sum = share * (0.45 * *sum + 0.55 * v);
    }
    Some(halo)
}

kernel! {
    /// Exchanges a share of the light of a row for its halo; `spread` is room for that.
    fn spill(row: &mut [[f32; 3]], halo: &Enlarged<'_>, spread: &mut [[f32; 3]], share: f32) {
        halo.fill::<HALO_CELL>(spread);
        for (light, halo) in row.as_flattened_mut().iter_mut().zip(spread.as_flattened()) {
            *light = *light * (1.0 - share) + halo;
        }
    }
}

kernel! {
    /// Scales the light of a row, and gives its luminances.
    fn expose(row: &mut [[f32; 3]], scale: f32, seen: &mut [f32]) {
        for light in row.as_flattened_mut() {
            *light *= scale;
        }
        for (seen, pixel) in seen.iter_mut().zip(row) {
            *seen = luminance(*pixel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::room::FaceLight;
    use crate::body::{Appearance, HeadPose, Sex};
    use crate::rng::Stream;
    use crate::shot::{MEDIUM_SKIN, face_luminance};
    use glam::{DMat3, DVec2, DVec3};

    fn room(index: u64) -> Room {
        let rng = &mut Stream::new("selfie", 9, index);
        let person = Appearance::draw(rng, Sex::Female, 30.0);
        Room::draw(rng, person)
    }

    fn phone() -> Camera {
        Camera {
            model: "test".to_owned(),
            position: DVec3::new(10.0, 130.0, 520.0),
            axes: DMat3::from_cols(DVec3::X, -DVec3::Y, -DVec3::Z),
            focal_length: 2.9,
            f_number: 2.2,
            size: [150, 200],
            pixel_pitch: 0.016,
            principal_point: DVec2::new(75.0, 100.0),
            focus_distance: 400.0,
            exposure_time: 0.02,
            iso: 200.0,
            shake: Vec::new(),
            distortion: 0.0,
            vignetting: 0.0,
            veiling: 0.0,
        }
    }

    /// Mean light under a mask, share of white.
    fn mean(layers: &Layers, mask: &Mask) -> f64 {
        let inside = layers.body.iter().zip(mask.bits()).filter(|(_, bit)| *bit);
        let (sum, count) = inside.fold((0.0, 0.0), |(s, n), (v, _)| (s + f64::from(v), n + 1.0));
        sum / count
    }

    /// Stops by which the background outshines the face.
    fn stops(Rendered { layers, .. }: &Rendered) -> f64 {
        libm::log2(mean(layers, &layers.background) / mean(layers, &layers.face))
    }

    #[test]
    fn twice_the_light_is_twice_the_frame() {
        let dim = room(1);
        let mut bright = dim.clone();
        let twice = |v: &mut [f64; 3]| *v = v.map(|c| 2.0 * c);
        bright.lights.iter_mut().for_each(|l| twice(&mut l.lux));
        twice(&mut bright.ambient);
        twice(&mut bright.walls.lux);
        bright.window.iter_mut().for_each(|w| twice(&mut w.luminance));
        let [a, b] = [&dim, &bright].map(|room| render_selfie(room, &phone(), 150.0));
        for (p, q) in a.frame.pixels.iter().zip(&b.frame.pixels) {
            for k in 0..3 {
                assert!((2.0 * p[k] - q[k]).abs() <= 2e-4 * q[k].abs() + 1e-6, "{p:?} {q:?}");
            }
        }
    }

    #[test]
    fn a_brighter_window_lowers_the_face_against_the_background() {
        let mut room = room(2);
        let mut last = f64::NEG_INFINITY;
        for luminance in [100.0, 500.0, 2000.0, 8000.0] {
            room.window = Some(room.draw_window(&mut Stream::new("window", 1, 1), luminance));
            let now = stops(&render_selfie(&room, &phone(), luminance));
            assert!(now > last + 0.3, "{luminance}: {now} after {last}");
            last = now;
        }
        assert!(last > 2.0, "{last}");
    }

    #[test]
    fn layers_tell_face_from_background() {
        for i in 0..4 {
            let rendered = render_selfie(&room(i), &phone(), 200.0);
            let layers = &rendered.layers;
            let both = layers.face.common(&layers.background);
            assert_eq!(both, 0);
            assert!(layers.face.area() > 1500 && layers.background.area() > 3000, "{i}");
            let [x, y, w, h] = layers.face_box.unwrap();
            let inside = layers.face.bbox().unwrap();
            // Anti-aliasing may push the mask by a pixel.
            assert!(inside.x >= x - 1.5 && inside.x + inside.w <= x + w + 1.5, "{i}");
            assert!(inside.y >= y - 0.12 * h && inside.y + inside.h <= y + h + 1.5, "{i}");
            assert!(layers.card.is_empty() && layers.corners.is_empty());
        }
    }

    #[test]
    fn a_disc_keeps_the_light_and_spreads_a_point_over_its_area() {
        let mut image = LinearImage::filled(41, 41, [0.0; 3]);
        image.pixels[20 * 41 + 20] = [1.0, 2.0, 3.0];
        // Wider discs are made on smaller copies; their second moment is tested where they are made.
        let out = disc_blur(image, 2.0);
        let sum: f32 = out.pixels.iter().map(|p| p[1]).sum();
        assert!((sum - 2.0).abs() < 1e-3, "{sum}");
        let area = core::f32::consts::PI * 2.5 * 2.5;
        let middle = out.pixels[20 * 41 + 20][0] * area;
        assert!((middle - 1.0).abs() < 0.05, "{middle}");
        assert_eq!(out.pixels[20 * 41 + 24][0], 0.0);
        let flat = LinearImage::filled(9, 7, [0.25; 3]);
        assert!(disc_blur(flat, 3.0).pixels.iter().all(|p| (p[0] - 0.25).abs() < 1e-5));
    }

    #[test]
    fn a_meter_knows_what_a_face_sends_of_light_from_anywhere() {
        let lit_by = |towards: Option<[f64; 2]>, index: u64| {
            let mut room = room(index);
            (room.window, room.appearance.glasses, room.flare, room.head) =
                (None, None, 0.0, HeadPose::default());
            let light = |[azimuth, elevation]: [f64; 2]| FaceLight {
                azimuth,
                elevation,
                radius: 0.25,
                lux: [100.0; 3],
            };
            room.lights = towards.map(light).into_iter().collect();
            room.ambient = if towards.is_some() { [0.0; 3] } else { [100.0; 3] };
            let layers = render_selfie(&room, &phone(), 100.0).layers;
            let face = 100.0 * mean(&layers, &layers.face) * MEDIUM_SKIN / room.appearance.skin.reflectance();
            face / face_luminance(&room)
        };
        for towards in [None, Some([0.0, 0.3]), Some([0.8, 0.0]), Some([1.2, 0.6]), Some([0.4, 0.9])] {
            let people = [0, 1, 2, 3].map(|index| lit_by(towards, index));
            let mean = people.iter().sum::<f64>() / 4.0;
            assert!((mean - 1.0).abs() < 0.12, "{towards:?}: {people:?}");
        }
    }
}
