//! Whether the analyzer points at the defect, where it points at all.

use serde::{Deserialize, Serialize};

use crate::Estimate;
use crate::metrics::Tally;
use crate::table::{Column, Table};

/// The overlap from which on a box counts as right: the lowest of the COCO thresholds.
pub const RIGHT: f64 = 0.5;

/// How well the analyzer's boxes agree with the box around the true region, on images where the defect is there and was
/// called. Of several boxes the one around them all is taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Localisation {
    /// The share of these images for which it gave a box.
    pub boxed: Estimate,
    /// The mean intersection over union, of those with a box.
    pub iou: Estimate,
    /// The share with an intersection over union of at least [`RIGHT`], of those with a box.
    pub right: Estimate,
}

impl Localisation {
    /// Of a category; `None` when the analyzer gives no boxes for it.
    pub fn of(table: &Table, column: &Column) -> Option<Self> {
        let [mut boxed, mut iou, mut right] = [Tally::default(); 3];
        for (row, overlap) in &column.overlaps {
            let sample = table.samples[*row as usize];
            boxed.add(sample, overlap.is_some());
            if let Some(overlap) = overlap {
                iou.add_value(sample, *overlap);
                right.add(sample, *overlap >= RIGHT);
            }
        }
        let any = iou.images() > 0;
        any.then(|| Self { boxed: boxed.estimate(), iou: iou.estimate(), right: right.estimate() })
    }
}
