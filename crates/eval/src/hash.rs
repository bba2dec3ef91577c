//! Small deterministic draws: opaque names, orders and the oracle's errors.

use std::sync::LazyLock;

/// 32 bytes that depend on a purpose and some parts, and on nothing else.
fn digest(purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    static START: LazyLock<blake3::Hasher> =
        LazyLock::new(|| blake3::Hasher::new_derive_key("retake evaluation draws"));
    let mut hasher = START.clone();
    for part in [purpose.as_bytes()].iter().chain(parts) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

/// 64 bits, uniform.
pub(crate) fn word(purpose: &str, parts: &[&[u8]]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = digest(purpose, parts);
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// Uniform in `[0, 1)`, 53 bits.
pub(crate) fn unit(purpose: &str, parts: &[&[u8]]) -> f64 {
    (word(purpose, parts) >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// A name without meaning for the image at `index`: 16 hexadecimal digits.
pub(crate) fn opaque_id(seed: u64, index: usize) -> String {
    format!("{:016x}", word("request id", &[&seed.to_le_bytes(), &(index as u64).to_le_bytes()]))
}

/// The indices below `count` in an order without meaning.
pub(crate) fn shuffled(seed: u64, count: usize) -> Vec<usize> {
    let mut order: Vec<(u64, usize)> =
        (0..count).map(|i| (word("order", &[&seed.to_le_bytes(), &(i as u64).to_le_bytes()]), i)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, i)| i).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn orders_and_ids_are_complete_and_hang_on_the_seed() {
        let order = shuffled(7, 1000);
        assert_eq!(order.iter().copied().collect::<BTreeSet<_>>().len(), 1000);
        assert_eq!(order, shuffled(7, 1000));
        assert_ne!(order, shuffled(8, 1000));
        assert_ne!(order, (0..1000).collect::<Vec<_>>());
        let ids: BTreeSet<_> = (0..1000).flat_map(|i| [opaque_id(7, i), opaque_id(8, i)]).collect();
        assert_eq!(ids.len(), 2000);
    }
}
