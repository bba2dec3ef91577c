//! The taxonomy: what can go wrong with a submission, each failure named once.
//!
//! A category's id is the same string in recipes, labels, findings, metrics and plots, and is never
//! reused. The list holds every category the project knows of, rendered already or not, so that a
//! corpus of real photos and a vendor's answers can be labelled with names that will not change.
//! What a category *measures* belongs to the defect that renders it, and travels in the manifest.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Error, Result, Role};

/// What part of a submission a failure is seen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The photo of a document.
    Document,
    /// The photo of a face.
    Face,
    /// Either kind of photo.
    Photo,
    /// The submitted data, beyond any single photo.
    Submission,
    /// The live capture session.
    Liveness,
}

/// Whether trying again can cure a rejection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// A new photo or corrected data may pass.
    Retryable,
    /// The rejection stands.
    Final,
}

struct Entry {
    id: &'static str,
    title: &'static str,
    subject: Subject,
    remedy: Remedy,
}

/// A failure category: a small, ordered handle into the taxonomy, written as its id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Category(u8);

macro_rules! taxonomy {
    ($($name:ident $id:literal $title:literal $subject:ident $remedy:ident;)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "the index mirrors the constants' names")]
        #[repr(u8)]
        enum Index { $($name),* }

        const ENTRIES: &[Entry] = &[$(Entry {
            id: $id, title: $title, subject: Subject::$subject, remedy: Remedy::$remedy,
        }),*];

        impl Category {
            $(#[doc = $title] pub const $name: Self = Self(Index::$name as u8);)*

            /// Every category, in the order of the taxonomy, which is also the order of `Ord`.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

taxonomy! {
    BLUR "blur" "Blur" Photo Retryable;
    GLARE "glare" "Glare spots" Document Retryable;
    CROPPED_CORNER "cropped_corner" "Cropped corners" Document Retryable;
    FINGER_OCCLUSION "finger_occlusion" "Finger occlusion" Document Retryable;
    LOW_RESOLUTION "low_resolution" "Low resolution" Photo Retryable;
    SLEEVE_REFLECTION "sleeve_reflection" "Sleeve reflection" Document Retryable;
    BACKLIT_FACE "backlit_face" "Backlit face" Face Retryable;
    TOO_FAR "too_far" "Too far away" Document Retryable;
    TOO_DARK "too_dark" "Too dark" Photo Retryable;
    UNEVEN_LIGHT "uneven_light" "Uneven light" Photo Retryable;
    HARSH_SHADOW "harsh_shadow" "Harsh shadow" Photo Retryable;
    TILTED "tilted" "Tilted" Document Retryable;
    BUSY_BACKGROUND "busy_background" "Busy background" Document Retryable;
    SCREENSHOT "screenshot" "Screenshot" Photo Retryable;
    SCREEN_RECAPTURE "screen_recapture" "Photo of a screen" Photo Retryable;
    PHOTOCOPY "photocopy" "Photocopy" Document Retryable;
    MISSING_CAPTURE_METADATA "missing_capture_metadata" "Missing capture metadata" Photo Retryable;
    WRONG_FILE "wrong_file" "Wrong file" Photo Retryable;
    DAMAGED "damaged" "Damaged document" Document Retryable;
    EDITED "edited" "Edited image" Photo Retryable;
    DIRTY_LENS "dirty_lens" "Dirty lens" Photo Retryable;
    FACE_DIM "face_dim" "Face too dim" Face Retryable;
    FACE_SHADOW "face_shadow" "Shadow on the face" Face Retryable;
    FACE_GLASSES "face_glasses" "Glasses" Face Retryable;
    FACE_SUNGLASSES "face_sunglasses" "Sunglasses" Face Retryable;
    FACE_HAT "face_hat" "Hat" Face Retryable;
    FACE_MASK "face_mask" "Face mask" Face Retryable;
    FACE_FRINGE "face_fringe" "Fringe over the eyes" Face Retryable;
    FACE_EYES_CLOSED "face_eyes_closed" "Eyes closed" Face Retryable;
    FACE_TURNED "face_turned" "Face turned away" Face Retryable;
    FACE_CUT_OFF "face_cut_off" "Face cut off" Face Retryable;
    FACE_SMOOTHED "face_smoothed" "Beauty filter" Face Retryable;
    FACE_HEAVY_MAKEUP "face_heavy_makeup" "Heavy make-up" Face Retryable;
    FACE_MISMATCH "face_mismatch" "Face mismatch" Face Retryable;
    NAME_MISMATCH "name_mismatch" "Name mismatch" Submission Retryable;
    BIRTH_DATE_MISMATCH "birth_date_mismatch" "Birth date mismatch" Submission Retryable;
    DOCUMENT_NUMBER_MISMATCH "document_number_mismatch" "Document number mismatch" Submission Retryable;
    NATIONALITY_MISMATCH "nationality_mismatch" "Nationality mismatch" Submission Retryable;
    ADDRESS_MISMATCH "address_mismatch" "Address mismatch" Submission Retryable;
    EXPIRED "expired" "Expired document" Document Retryable;
    EXPIRING_SOON "expiring_soon" "Document expires soon" Document Retryable;
    UNACCEPTED_TYPE "unaccepted_type" "Unaccepted document type" Document Retryable;
    TEMPORARY_DOCUMENT "temporary_document" "Temporary document" Document Retryable;
    STALE_ADDRESS_PROOF "stale_address_proof" "Stale proof of address" Document Retryable;
    UNDER_AGE "under_age" "Under age" Submission Final;
    RESTRICTED_REGION "restricted_region" "Restricted region" Submission Final;
    DUPLICATE_DOCUMENT "duplicate_document" "Duplicate document" Submission Final;
    LIVENESS_LAG "liveness_lag" "Lagging feed" Liveness Retryable;
    LIVENESS_WRONG_ACTION "liveness_wrong_action" "Wrong action" Liveness Retryable;
    LIVENESS_REPLAY "liveness_replay" "Filmed replay" Liveness Retryable;
}

impl Category {
    fn entry(self) -> &'static Entry {
        &ENTRIES[usize::from(self.0)]
    }

    /// The category's id, `snake_case`.
    pub fn id(self) -> &'static str {
        self.entry().id
    }

    /// A short name for people.
    pub fn title(self) -> &'static str {
        self.entry().title
    }

    /// The part of a submission the failure is seen on.
    pub fn subject(self) -> Subject {
        self.entry().subject
    }

    /// Whether trying again can cure it.
    pub fn remedy(self) -> Remedy {
        self.entry().remedy
    }

    /// Whether the category can be judged on a photo of this role at all.
    pub fn can_apply_to(self, role: Role) -> bool {
        match self.subject() {
            Subject::Document => role.is_document(),
            Subject::Face => role == Role::Selfie,
            Subject::Photo => true,
            Subject::Submission | Subject::Liveness => false,
        }
    }

    /// The category with this id.
    ///
    /// # Errors
    /// [`Error::UnknownCategory`], with the nearest known id, when there is none.
    pub fn from_id(id: &str) -> Result<Self> {
        Self::ALL.iter().copied().find(|category| category.id() == id).ok_or_else(|| Error::UnknownCategory {
            id: id.to_owned(),
            hint: nearest(id, Self::ALL.iter().map(|c| c.id())),
        })
    }
}

/// The candidate that a mistyped `word` most likely meant: at most two letters in five differ
/// (Jaro-Winkler would do as well; Damerau's distance is easier to state a limit for).
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    candidates
        .map(|candidate| (edit_distance(word, candidate), candidate))
        .min()
        .filter(|(distance, _)| *distance * 5 <= word.len().max(3) * 2)
        .map(|(_, candidate)| candidate.to_owned())
}

fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl fmt::Debug for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl std::str::FromStr for Category {
    type Err = Error;

    fn from_str(id: &str) -> Result<Self> {
        Self::from_id(id)
    }
}

impl Serialize for Category {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Category {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        /// Looks at the id where it stands: runs have millions of them.
        struct Id;

        impl serde::de::Visitor<'_> for Id {
            type Value = Category;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the id of a category")
            }

            fn visit_str<E: serde::de::Error>(self, id: &str) -> std::result::Result<Category, E> {
                Category::from_id(id).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_snake_case_and_read_back() {
        for (i, category) in Category::ALL.iter().enumerate() {
            let id = category.id();
            assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{id}");
            assert_eq!(Category::from_id(id).unwrap(), *category);
            assert_eq!(usize::from(category.0), i, "{id} is out of order");
        }
    }

    #[test]
    fn a_typo_is_answered_with_what_was_meant() {
        let message = Category::from_id("glair").unwrap_err().to_string();
        assert!(message.contains("`glair`") && message.contains("did you mean `glare`"), "{message}");
        let message = Category::from_id("quux_of_something").unwrap_err().to_string();
        assert!(!message.contains("did you mean"), "{message}");
    }
}
