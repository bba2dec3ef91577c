//! Drawings of numbers. Every one stands beside the numbers themselves, so none is the only way to read them.

pub(super) mod histogram;
pub(super) mod interval;
