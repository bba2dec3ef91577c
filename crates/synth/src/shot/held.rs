//! Draws how a card is held up in a hand, far before the table that it would lie on.

use crate::body::hand::{Hold, Pose, Side, draw_hand};
use crate::rng::Stream;
use crate::scene::{Held, Scene, Stage};

/// Share of far tables that something lies about on.
pub(super) const CLUTTERED: f64 = 0.7;

/// Takes the card up with a hand of this skin. It hides no more than a strip of the card's rim.
pub(super) fn take_up(rng: &mut Stream, scene: &mut Scene, melanin: f64) {
    let held = Held { distance: rng.range(260.0, 800.0), tilt: rng.range(0.0, 0.5) };
    // The other hand has the phone, most often the right one.
    let side = [Side::Left, Side::Right, Side::Bottom][rng.weighted(&[0.45, 0.25, 0.3])];
    let mirrored = match side {
        Side::Left => true,
        Side::Right => false,
        Side::Bottom => rng.chance(0.65),
    };
    let along = if side == Side::Bottom { rng.range(-0.36, 0.36) } else { rng.range(-0.3, 0.22) };
    let upwards = match side {
        Side::Left => 0.35,
        Side::Right => -0.35,
        Side::Bottom => 0.0,
    };
    let hold = Hold { side, along, slant: upwards + rng.range(-0.25, 0.25) };
    let hand = draw_hand(rng, Pose::Pinch, mirrored, melanin);
    let share = rng.range(0.004, 0.0085);
    if let Stage::Document(desk) = &mut scene.stage {
        desk.held = Some(held);
    }
    let hand = hold.place(&hand, scene, share);
    if let Stage::Document(desk) = &mut scene.stage {
        desk.hands.push(hand);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::hand::{Cover, Posed};
    use crate::capture::testing;

    #[test]
    fn a_hand_that_holds_the_card_hides_its_rim_only() {
        for index in 0..24 {
            let mut scene = testing::scene();
            take_up(&mut Stream::new("held", 3, index), &mut scene, 0.5);
            let hand = &testing::desk(&scene).hands[0];
            let posed = Posed::new(hand);
            let cover = Cover::new(&scene).unwrap();
            let hidden = cover.share(&posed, hand, |_| true);
            let others = cover.share(&posed, hand, |part| part != 0);
            assert!((0.003..0.0095).contains(&hidden) && others < 0.002, "{index}: {hidden} {others}");
        }
    }
}
