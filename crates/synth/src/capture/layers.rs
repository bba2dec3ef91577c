//! What the renderer knows of each pixel besides its colour: the ground that every measure stands on.

use glam::DVec2;
use retake_label::Mask;

use crate::image::{LightPlane, LinearImage};

/// A rendered scene: light at the sensor, with the geometry still attached.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Light after the optics, as a share of the sensor's white (1.0 clips), linear.
    pub frame: LinearImage,
    /// What each pixel shows, before the optics.
    pub layers: Layers,
}

/// What each pixel shows, at the picture's own size and before the optics blur it.
/// Luminances are shares of the sensor's white, weighted over the channels.
#[derive(Clone, Debug)]
pub struct Layers {
    /// The card's printed face, with hands and sleeve thought away. Empty on a selfie.
    pub card: Mask,
    /// Pixels that a hand hides.
    pub hand: Mask,
    /// Pixels that the shadow of a hand makes darker.
    pub hand_shade: Mask,
    /// Light of the print itself (what would be there with nothing mirrored and no veil).
    pub body: LightPlane,
    /// Light that white card (albedo 0.8) would send from here: what contrast is measured against. Only
    /// where a sleeve may cut it.
    pub paper: LightPlane,
    /// Lamps and windows mirrored towards the camera by laminate, sleeve and the table's gloss, added on top.
    pub mirrored: LightPlane,
    /// The part of `mirrored` that the laminate's and sleeve's mirror of *lights* makes in the hologram only
    /// (which is no glare).
    pub hologram: LightPlane,
    /// Light that lies evenly over the print: the room in the laminate, and the sleeve's haze.
    pub veil: LightPlane,
    /// Pixels under the sleeve.
    pub sleeve: Mask,
    /// Pixels of the face (skin of head, no neck, no hair). Empty on a document.
    pub face: Mask,
    /// Pixels of what is behind the person. Empty on a document.
    pub background: Mask,
    /// The card's corners in the picture, px, after distortion, also when outside; empty on a selfie.
    pub corners: Vec<DVec2>,
    /// The face as left, top, width, height, px: from chin to hairline, ear to ear. Of the person on a selfie.
    pub face_box: Option<[f64; 4]>,
}
