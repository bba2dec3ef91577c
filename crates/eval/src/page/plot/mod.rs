//! Drawings of numbers. Every one stands beside the numbers themselves, so none is the only way to read them.

mod axes;
pub(super) mod histogram;
pub(super) mod interval;
pub(super) mod precision_recall;
pub(super) mod reliability;
pub(super) mod severity;
