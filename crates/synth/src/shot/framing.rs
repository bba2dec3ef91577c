//! How people hold a phone over a card: from where, how tilted, how close, and what the picture keeps of it.

use core::f64::consts::{FRAC_PI_2, TAU};

use glam::{DMat3, DVec2, DVec3};

use super::phone::Phone;
use crate::recipe::Size;
use crate::rng::Stream;
use crate::scene::{Camera, CardPose};

/// Pixels on the card per mm that a sharp picture has at least: 250 dpi.
const FINEST: f64 = 250.0 / 25.4;
/// The least share of the frame's side that the card takes, however many pixels there are.
const SMALLEST: f64 = 0.27;
/// The share of the frame's side that the card takes at most.
const LARGEST: f64 = 0.93;

/// What a capture is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// The phone is held over the card, tilted as it comes.
    Casual,
    /// The phone leans so far towards the person that its own flash is not mirrored.
    Leaning,
    /// The card is tilted against the phone by about 8 degrees, to move a lamp's mirror image off.
    Dodging,
}

/// A pose as people hold a phone over a card, and a zoom between what leaves the card sharp enough to read and what
/// fills the frame. With `quarters` the phone is turned against the card by so many quarters, clockwise.
pub(super) fn draw(
    rng: &mut Stream,
    phone: &Phone,
    card: &CardPose,
    size: Size,
    habit: Habit,
    quarters: usize,
) -> Camera {
    // A phone turned by a quarter is most often held upright, so that the card lies along the picture.
    let across = card.size[quarters % 2];
    let fits = f64::from(size.short) * LARGEST > 1.1 * FINEST * across;
    // Tall cards are photographed with the phone upright.
    let tall = (quarters % 2 == 1) != (card.size[1] > card.size[0]);
    let upright = rng.chance(if tall { 0.75 } else { 0.15 }) && fits;
    let [width, height] = if upright { [size.short, size.long] } else { [size.long, size.short] };
    let direction = draw_direction(rng, card, habit);
    let distance = rng.normal_within(232.0, 34.0, 2.0).max(1.3 * card.size[0]);
    let roll = rng.normal_within(0.0, 0.035, 2.5) + quarters as f64 * FRAC_PI_2;
    let position = card.centre + direction * distance;
    let axes = look(-direction, roll);
    let half = DVec2::new(f64::from(width), f64::from(height)) / 2.0;
    // How far the corners reach from the axis, in focal lengths.
    let reach = card.corners().iter().fold(DVec2::ZERO, |reach, corner| {
        let p = axes.transpose() * (*corner - position);
        reach.max(DVec2::new((p.x / p.z).abs(), (p.y / p.z).abs()))
    });
    let filling = (half / reach).min_element();
    let widest = LARGEST * filling;
    let narrowest = (FINEST * distance).max(SMALLEST * filling).min(widest);
    // Near the frame's sides more often than far from them: a guide frame, or the wish to be read.
    let share = libm::pow(rng.unit(), 0.75);
    let focal_px = narrowest * libm::exp(share * libm::log(widest / narrowest));
    let margin = half - reach * focal_px;
    let off = DVec2::new(rng.normal_within(0.0, 0.5, 1.5), rng.normal_within(0.0, 0.5, 1.5));
    let miss = rng.normal_within(0.0, 0.008, 2.0);
    Camera {
        model: phone.model.to_owned(),
        position,
        axes,
        focal_length: phone.focal_length,
        f_number: phone.f_number,
        size: [width, height],
        pixel_pitch: phone.focal_length / focal_px,
        principal_point: half + margin * off,
        focus_distance: distance * (1.0 + miss),
        exposure_time: 1.0 / 60.0,
        iso: 100.0,
        shake: Vec::new(),
        distortion: rng.range(-0.006, 0.004),
        vignetting: rng.range(0.25, 0.7),
        veiling: rng.range(0.005, 0.02),
    }
}

/// Unit vector from the card to the camera.
fn draw_direction(rng: &mut Stream, card: &CardPose, habit: Habit) -> DVec3 {
    let casual = libm::fabs(rng.normal_within(0.0, 0.11, 2.4));
    let heading = rng.range(0.0, TAU);
    let (tilt, heading) = match habit {
        Habit::Casual => (casual, heading),
        Habit::Leaning => (0.30 + 0.2 * casual, -FRAC_PI_2 + 0.3 * (heading / TAU - 0.5)),
        Habit::Dodging => (0.14 + 0.2 * (casual - 0.08).clamp(-0.1, 0.1), heading),
    };
    let local = DVec3::new(
        libm::sin(tilt) * libm::cos(heading),
        // People stand on the near side, so the phone leans over from there.
        -libm::sin(tilt) * libm::fabs(libm::sin(heading)),
        libm::cos(tilt),
    );
    let normal = card.normal();
    if normal == DVec3::Z { local } else { (local + normal - DVec3::Z).normalize() }
}

/// The axes of a camera that looks along `forward`, its top towards `+y`, then rolled.
pub(super) fn look(forward: DVec3, roll: f64) -> DMat3 {
    let right = forward.cross(DVec3::Y).normalize();
    let down = forward.cross(right);
    let (s, c) = (libm::sin(roll), libm::cos(roll));
    DMat3::from_cols(right * c + down * s, down * c - right * s, forward)
}

/// The steady hand: a short arc, as long as the exposure lets it grow. What is left after stabilisation is a turn of
/// some milliradians a second.
pub(super) fn resting_shake(rng: &mut Stream, exposure_time: f64) -> Vec<[f64; 3]> {
    let phase = rng.range(0.0, TAU);
    let size = rng.log_range(0.0015, 0.006) * exposure_time;
    (0..9)
        .map(|i| {
            let t = f64::from(i) / 8.0 - 0.5;
            let (s, c) = (libm::sin(phase + 0.8 * t), libm::cos(phase + 0.8 * t));
            [size * t * c, size * t * s, 0.0]
        })
        .collect()
}
