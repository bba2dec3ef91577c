//! Skin under the chin that stays whole.
//!
//! The model's old corners and its targets of jaw and neck each move the few points between chin and neck their own way, so that
//! together they tear lumps and spikes out of it. Skin there is moved as the skin around it is.

use glam::Vec3;

use super::noise::smooth;
use super::topology::Topology;

/// How many times movement is averaged with that of neighbours.
const STEPS: usize = 16;

/// How much of the movement of a point of the default shape is that of its surroundings, 0-1.
fn share(rest: Vec3) -> f32 {
    let high = smooth(49.0, 36.0, rest.y) * smooth(-60.0, -30.0, rest.y);
    high * smooth(-10.0, 20.0, rest.z) * smooth(85.0, 60.0, rest.x.abs())
}

/// Evens how a morphed skin has moved from the default shape.
pub(super) fn even(skin: &Topology, positions: &mut [Vec3]) {
    let rest = &skin.mesh.positions;
    let moved: Vec<Vec3> = positions.iter().zip(rest).map(|(position, rest)| *position - *rest).collect();
    let evened = skin.evened(&moved, STEPS);
    for (((position, rest), moved), evened) in positions.iter_mut().zip(rest).zip(moved).zip(evened) {
        *position += (evened - moved) * share(*rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::mesh::Weights;
    use crate::body::topology::SKIN;

    #[test]
    fn the_chin_stays_and_what_is_below_it_moves_with_its_surroundings() {
        let weights = Weights::from([("macro/asian-female-old".to_owned(), 1.0)]);
        let torn = SKIN.mesh.morphed(&weights);
        let mut whole = torn.clone();
        even(&SKIN, &mut whole);
        let rest = &SKIN.mesh.positions;
        let unevenness = |positions: &[Vec3]| {
            let moved: Vec<Vec3> = positions.iter().zip(rest).map(|(p, r)| *p - *r).collect();
            let evened = SKIN.evened(&moved, 1);
            let off = moved.iter().zip(&evened).zip(rest).filter(|(_, rest)| share(**rest) > 0.9);
            off.map(|((m, e), _)| f64::from((*m - *e).length_squared())).sum::<f64>()
        };
        assert!(unevenness(&whole) < 0.3 * unevenness(&torn), "{} {}", unevenness(&whole), unevenness(&torn));
        let elsewhere = torn.iter().zip(&whole).zip(rest).filter(|(_, rest)| rest.y > 50.0);
        assert!(elsewhere.clone().count() > 500 && elsewhere.clone().all(|((a, b), _)| a == b));
    }
}
