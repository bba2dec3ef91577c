//! placeholder
pub mod mrz;
