//! Hard negatives: captures that look like a failure to a careless analyzer, and are none.

use serde::{Deserialize, Serialize};

use super::framing::Habit;
use super::lights::Lighting;
use crate::rng::Stream;
use crate::scene::Surface;

/// A capture without fault that invites a false alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HardNegative {
    /// A light card on a white table: its outline hardly shows.
    WhiteTable,
    /// A card on a black table, which metering makes too bright.
    DarkTable,
    /// The card is tilted by some eight degrees against the phone, to move a lamp's mirror image off it.
    TiltedOffGlare,
    /// A hologram shines in the light of a flash that the laminate does not mirror.
    ShiningHologram,
    /// A bright window beside a face that is lit well.
    WindowBesideFace,
}

impl HardNegative {
    /// Those of documents.
    pub const OF_DOCUMENTS: &[Self] =
        &[Self::WhiteTable, Self::DarkTable, Self::TiltedOffGlare, Self::ShiningHologram];
    /// Those of selfies.
    pub const OF_SELFIES: &[Self] = &[Self::WindowBesideFace];

    /// The name that labels call it by.
    pub fn id(self) -> &'static str {
        match self {
            Self::WhiteTable => "white_table",
            Self::DarkTable => "dark_table",
            Self::TiltedOffGlare => "tilted_off_glare",
            Self::ShiningHologram => "shining_hologram",
            Self::WindowBesideFace => "window_beside_face",
        }
    }

    /// One of these for a `share` of all samples. Takes the same number of random words whatever comes out.
    pub(super) fn draw(rng: &mut Stream, share: f64, of: &[Self]) -> Option<Self> {
        let wanted = rng.chance(share);
        let kind = *rng.pick(of);
        wanted.then_some(kind)
    }

    /// The light that it needs, if not any will do.
    pub(super) fn lighting(self) -> Option<Lighting> {
        match self {
            Self::TiltedOffGlare => Some(Lighting::Overhead),
            Self::ShiningHologram => Some(Lighting::Flash),
            _ => None,
        }
    }

    /// How the phone is held.
    pub(super) fn habit(self) -> Habit {
        match self {
            Self::TiltedOffGlare => Habit::Dodging,
            _ => Habit::Casual,
        }
    }

    /// Changes what the card lies on.
    pub(super) fn lay(self, surface: &mut Surface) {
        match self {
            Self::WhiteTable => {
                surface.kind = "plain_light".to_owned();
                surface.tint = surface.tint.map(|t| t.clamp(1.05, 1.15));
            }
            Self::DarkTable => {
                surface.kind = "plain_dark".to_owned();
                surface.tint = surface.tint.map(|t| (0.6 * t).clamp(0.5, 0.7));
            }
            _ => {}
        }
    }
}
