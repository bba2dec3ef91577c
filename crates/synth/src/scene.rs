//! The scene: everything about one photo in physical units, with nothing left to chance.
//!
//! Lengths are millimetres, angles radians, times seconds, luminance cd/m2, illuminance lux. The world of a
//! document has the table at `z = 0`, `+x` to the right and `+y` away from the person, `+z` up. The world of a
//! selfie has its origin at the base of the neck, `+y` up, `+z` out of the face. A camera's
//! own axes are right, down and forward, so that its picture has `x` to the right and `y` down.
//!
//! A defect is a change to this description (a hand put in, a lamp moved, a lens focused elsewhere), never
//! a filter over the picture.

use glam::{DMat3, DVec2, DVec3};
use serde::{Deserialize, Serialize};

use crate::body::{HandPlacement, Room};

/// One photo before it is taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// What stands before the camera.
    pub stage: Stage,
    /// Lights with an extent, which laminate can mirror.
    pub lights: Vec<AreaLight>,
    /// Things out of sight that keep the lights from what is seen. The ambient light has lost their part already.
    #[serde(default)]
    pub screens: Vec<Screen>,
    /// Illuminance from everything else (walls, sky), lx per linear sRGB channel.
    pub ambient: [f64; 3],
    /// The camera.
    pub camera: Camera,
    /// What turns light into eight bits.
    pub sensor: Sensor,
    /// What is stored.
    pub file: FileSpec,
}

/// What stands before the camera.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A card on a table, or held up before one.
    Document(Box<Desk>),
    /// A person in a room.
    Selfie(Box<Room>),
}

/// A card on a table, or held up before one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    /// The card.
    pub card: CardPose,
    /// What it lies on.
    pub surface: Surface,
    /// The sleeve around it.
    pub sleeve: Option<Sleeve>,
    /// Hands that hold or press it.
    pub hands: Vec<HandPlacement>,
    /// Held up instead of lying: the surface is far behind it.
    #[serde(default)]
    pub held: Option<Held>,
}

impl Desk {
    /// The surface: a point of it, and its axes as columns, the third its normal.
    pub fn ground(&self) -> (DVec3, DMat3) {
        let Some(held) = &self.held else { return (DVec3::ZERO, DMat3::IDENTITY) };
        let (s, c) = (libm::sin(held.tilt), libm::cos(held.tilt));
        let axes = DMat3::from_cols(DVec3::X, DVec3::new(0.0, c, -s), DVec3::new(0.0, s, c));
        (DVec3::new(0.0, 0.0, -held.distance), axes)
    }
}

/// How a card is held up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// How far behind the card the surface is, mm.
    pub distance: f64,
    /// How far the surface falls away from the person against the card's plane, radians.
    pub tilt: f64,
}

/// A flat card in space. Its artwork gives colour and gloss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardPose {
    /// Width and height as printed, mm.
    pub size: [f64; 2],
    /// Radius of the corners, mm (3.18 by ISO/IEC 7810 for ID-1).
    pub corner_radius: f64,
    /// Thickness, mm.
    pub thickness: f64,
    /// The middle of its printed face.
    pub centre: DVec3,
    /// Its axes as columns: right and up as printed, and the normal.
    pub axes: DMat3,
    /// GGX alpha of the laminate, 0.02 (glossy) to 0.35 (matte).
    pub roughness: f64,
    /// Refractive index of the laminate.
    pub refractive_index: f64,
    /// How far the middle of the long side rises over its ends, mm: bends mirror images.
    pub bow: f64,
    /// Seed of the laminate's fine waves.
    pub seed: u64,
}

impl CardPose {
    /// The point in space of a point on the card, mm from its top left corner as printed, y down.
    pub fn at(&self, card: DVec2) -> DVec3 {
        let local = DVec3::new(card.x - self.size[0] / 2.0, self.size[1] / 2.0 - card.y, 0.0);
        self.centre + self.axes * local
    }

    /// The card's corners in space: top left, top right, bottom right, bottom left as printed.
    pub fn corners(&self) -> [DVec3; 4] {
        let [w, h] = self.size;
        [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]].map(|c| self.at(c.into()))
    }

    /// The unit normal of the printed face.
    pub fn normal(&self) -> DVec3 {
        self.axes.z_axis
    }
}

/// What the card lies on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Surface {
    /// A name from [`crate::capture::SURFACES`].
    pub kind: String,
    /// Overall colour: factor on the kind's own albedo, linear.
    pub tint: [f64; 3],
    /// Turn of the texture, radians.
    pub turn: f64,
    /// Seed of the texture.
    pub seed: u64,
    /// What lies about on it, the lowest first.
    #[serde(default)]
    pub clutter: Vec<Thing>,
}

/// A flat thing on the table beside or under the card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thing {
    /// What it is.
    pub kind: ThingKind,
    /// Its middle on the table, mm.
    pub centre: [f64; 2],
    /// Turn of its first axis, radians.
    pub turn: f64,
    /// Half of its length and width, mm.
    pub half: [f64; 2],
    /// Its colour, linear reflectance.
    pub tint: [f64; 3],
    /// From its foot to the end of its shadow on the table, mm.
    pub shadow: [f64; 2],
    /// Width of that shadow's edge at its end, mm.
    pub softness: f64,
    /// Share of the light that the shadow's core lacks, 0-1.
    pub darkness: f64,
    /// Seed of its details.
    pub seed: u64,
}

/// Kinds of things that lie on tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThingKind {
    /// A printed sheet.
    Paper,
    /// A sticky note.
    Note,
    /// A coin, as wide as its length.
    Coin,
    /// A ball pen.
    Pen,
    /// A cable.
    Cable,
    /// A keyboard.
    Keyboard,
}

impl ThingKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Paper, Self::Note, Self::Coin, Self::Pen, Self::Cable, Self::Keyboard];
}

/// A clear sleeve or film around the card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sleeve {
    /// How far it reaches beyond the card: left, top, right, bottom as printed, mm.
    pub margins: [f64; 4],
    /// Share of light that the film scatters back as a veil, 0-0.3.
    pub haze: f64,
    /// Height of the film's waves, mm (0.05-0.3).
    pub wave_height: f64,
    /// Length of the waves, mm (10-40).
    pub wave_length: f64,
    /// Direction across the waves, radians on the card.
    pub wave_turn: f64,
    /// Share of the area where film clings to the card and mirrors less, 0-1.
    pub cling: f64,
    /// Width of the welded seam, mm.
    pub seam: f64,
    /// Refractive index of the film.
    pub refractive_index: f64,
    /// GGX alpha of the film.
    pub roughness: f64,
    /// Seed of waves, scratches and dust.
    pub seed: u64,
}

/// A light with an extent: a parallelogram or an ellipse that shines to both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaLight {
    /// What it is, for people: `window`, `lamp`, `tube`, `flash`.
    pub kind: String,
    /// Its middle.
    pub centre: DVec3,
    /// Half of its width, as a vector.
    pub half_u: DVec3,
    /// Half of its height, as a vector.
    pub half_v: DVec3,
    /// An ellipse instead of a parallelogram.
    pub round: bool,
    /// Its own luminance, cd/m2 per linear sRGB channel.
    pub luminance: [f64; 3],
    /// Its illumination is already counted in [`Scene::ambient`], so only its mirror image is added:
    /// a lamp that a defect turns into view lit the room before, too, and must not brighten the twin.
    #[serde(default)]
    pub in_ambient: bool,
}

/// A flat thing between lights and card that casts a shadow and is not seen itself: the phone and the arm that holds it,
/// the person, the frame of a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Screen {
    /// Its middle.
    pub centre: DVec3,
    /// Half of its width, as a vector.
    pub half_u: DVec3,
    /// Half of its height, as a vector at a right angle to `half_u`.
    pub half_v: DVec3,
    /// An ellipse instead of a rectangle.
    pub round: bool,
    /// A hole in a wall instead of a thing: light that crosses the plane beside it is kept.
    pub opening: bool,
}

/// Lens, pose and exposure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    /// The phone's model, fictional.
    pub model: String,
    /// The centre of projection.
    pub position: DVec3,
    /// Unit vectors right, down and forward in the world, as columns.
    pub axes: DMat3,
    /// Focal length, mm.
    pub focal_length: f64,
    /// The f-number: focal length over aperture diameter.
    pub f_number: f64,
    /// Width and height of the picture, px.
    pub size: [u32; 2],
    /// Side of an output pixel on the sensor, mm (a digital zoom makes it smaller).
    pub pixel_pitch: f64,
    /// The optical axis in the picture, px; off the middle when the picture was cropped.
    pub principal_point: DVec2,
    /// Distance along the axis that is in focus, mm.
    pub focus_distance: f64,
    /// Exposure time, s.
    pub exposure_time: f64,
    /// ISO speed.
    pub iso: f64,
    /// Path of the image over the sensor during the exposure, from hand shake: rotation about the
    /// camera's down and right axes and about its forward axis, radians, at even times. Empty: still.
    pub shake: Vec<[f64; 3]>,
    /// Radial distortion k1 on coordinates scaled by half the diagonal (Brown 1966), -0.01 to 0.01.
    pub distortion: f64,
    /// Light lost at the corners, stops.
    pub vignetting: f64,
    /// Share of the expected mean light that veils the whole picture (lens flare), 0.005-0.2.
    pub veiling: f64,
}

impl Camera {
    /// Focal length in output pixels.
    pub fn focal_px(&self) -> f64 {
        self.focal_length / self.pixel_pitch
    }

    /// A point in the camera's own axes: right, down, forward, mm.
    pub fn to_camera(&self, world: DVec3) -> DVec3 {
        self.axes.transpose() * (world - self.position)
    }

    /// Where a point of the world falls in the picture, px, without distortion; `None` behind the camera.
    pub fn project(&self, world: DVec3) -> Option<DVec2> {
        let p = self.to_camera(world);
        (p.z > 1e-6).then(|| DVec2::new(p.x, p.y) * (self.focal_px() / p.z) + self.principal_point)
    }

    /// Direction in the world that a picture point looks along without distortion, not normalised
    /// (forward part 1).
    pub fn ray(&self, picture: DVec2) -> DVec3 {
        let p = (picture - self.principal_point) / self.focal_px();
        self.axes * DVec3::new(p.x, p.y, 1.0)
    }

    /// Where a point of the picture would be without the lens's distortion, px: `d (1 + k1 |d|^2)` with `d`
    /// from the principal point in half diagonals (Brown 1966: observed to corrected).
    pub fn undistort(&self, picture: DVec2) -> DVec2 {
        let d = picture - self.principal_point;
        self.principal_point + d * (1.0 + self.distortion * d.length_squared() / self.half_diagonal_squared())
    }

    /// The inverse of [`Self::undistort`], by fixed-point iteration (a contraction for every allowed k1).
    pub fn distort(&self, ideal: DVec2) -> DVec2 {
        let target = ideal - self.principal_point;
        let scale = self.distortion / self.half_diagonal_squared();
        let mut d = target;
        for _ in 0..12 {
            d = target / (1.0 + scale * d.length_squared());
        }
        self.principal_point + d
    }

    /// Where a point of the world is seen in the picture, px, with distortion; `None` behind the camera.
    pub fn picture_of(&self, world: DVec3) -> Option<DVec2> {
        self.project(world).map(|ideal| self.distort(ideal))
    }

    /// Direction in the world that a picture point is seen in, with distortion, not normalised (forward part 1).
    pub fn sight(&self, picture: DVec2) -> DVec3 {
        self.ray(self.undistort(picture))
    }

    /// Half of the picture's diagonal, squared, px.
    fn half_diagonal_squared(&self) -> f64 {
        let [w, h] = self.size.map(f64::from);
        (w * w + h * h) / 4.0
    }

    /// Aperture diameter, mm.
    pub fn aperture(&self) -> f64 {
        self.focal_length / self.f_number
    }

    /// Diameter, in output pixels, of the blur disc of a point at `depth` mm along the axis
    /// (thin lens: aperture times `|1 - depth / focus|` in the plane of the point).
    pub fn blur_disc_px(&self, depth: f64) -> f64 {
        self.aperture() * (1.0 - depth / self.focus_distance).abs() * self.focal_px() / depth
    }
}

impl Scene {
    /// True samples per pixel of the file along one axis, at most 1: those of the sensor, or what the smallest of the
    /// file's earlier generations kept of them.
    pub fn true_sampling(&self) -> f64 {
        let longer = f64::from(self.camera.size[0].max(self.camera.size[1]));
        let kept = self.file.history.iter().map(|(side, _)| f64::from(*side) / longer);
        kept.fold(self.sensor.sampling.min(1.0), f64::min)
    }
}

/// From light on the sensor to eight bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sensor {
    /// Luminance that is stored as white, cd/m2: the exposure.
    pub white: f64,
    /// Gain of each channel against a perfect white balance, about 1.
    pub white_balance: [f64; 3],
    /// True samples per output pixel along one axis, at most 1: below 1 the sensor was coarser than the
    /// file and the phone or a messenger enlarged it.
    pub sampling: f64,
    /// Electrons at white for ISO 100.
    pub full_well: f64,
    /// Read noise, electrons.
    pub read_noise: f64,
    /// Strength of the phone's denoising, 0-1.
    pub denoise: f64,
    /// Amount of unsharp mask.
    pub sharpen: f64,
    /// Where the shoulder of the tone curve begins, share of white, 0-1. Light of `2 - shoulder` times white
    /// and above is stored as 255.
    pub shoulder: f64,
    /// How much of the light deep in shadow the tone curve's toe takes, 0 (none) to below 1: phones give pictures of faces more
    /// contrast than they saw.
    #[serde(default)]
    pub toe: f64,
    /// Seed of the pixel noise.
    pub noise_seed: u64,
}

impl Default for Sensor {
    /// A perfect sensor: exposed for 100 cd/m2, without noise or processing.
    fn default() -> Self {
        Self {
            white: 100.0,
            white_balance: [1.0; 3],
            sampling: 1.0,
            full_well: 1e9,
            read_noise: 0.0,
            denoise: 0.0,
            sharpen: 0.0,
            shoulder: 1.0,
            toe: 0.0,
            noise_seed: 0,
        }
    }
}

/// How the picture is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSpec {
    /// File format.
    pub format: FileFormat,
    /// JPEG quality, 1-100, as libjpeg scales it.
    pub quality: u8,
    /// JPEG with chroma at half resolution both ways (4:2:0) instead of full (4:4:4).
    pub subsample: bool,
    /// Earlier JPEG generations by messengers, first to last: longer side in px (at most) and quality. The file is
    /// enlarged to the picture's size again.
    pub history: Vec<(u32, u8)>,
}

/// File formats of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Baseline JPEG.
    Jpeg,
    /// PNG.
    Png,
}
