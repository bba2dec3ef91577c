//! People: the head of portraits and selfies, and the hand that holds a card.

use serde::{Deserialize, Serialize};

/// A hand in the world of a document. (Placeholder: owned by the hand's module.)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandPlacement {}

/// A person in a room. (Placeholder: owned by the selfie's module.)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Room {}
