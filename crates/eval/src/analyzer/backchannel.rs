//! The private way by which the oracle and the player of predictions learn which image is asked about.
//!
//! A request carries nothing but an opaque id. While an image is being analyzed, the harness leaves its record here under
//! that id; reading it is possible inside this crate only, so no analyzer from outside can.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use retake_label::Record;

/// Records of the images under analysis, by request id.
#[derive(Debug, Default)]
pub struct Backchannel {
    open: Mutex<BTreeMap<String, Arc<Record>>>,
}

impl Backchannel {
    /// Leaves a record until the returned value is dropped.
    pub(crate) fn leave(&self, id: &str, record: Arc<Record>) -> Left<'_> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), record);
        Left { channel: self, id: id.to_owned() }
    }

    /// The record of the image under analysis.
    pub(crate) fn look(&self, id: &str) -> Option<Arc<Record>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

/// A record that was left.
#[derive(Debug)]
pub(crate) struct Left<'a> {
    channel: &'a Backchannel,
    id: String,
}

impl Drop for Left<'_> {
    fn drop(&mut self) {
        self.channel.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
