//! Which row of one run is which row of the other.

use std::collections::HashMap;

use retake_label::State;

use super::{Changed, Columns, Side};
use crate::metrics::Cases;
use crate::score::score_rows;
use crate::table::Table;
use crate::{Error, Result};

/// Two runs joined by image.
#[derive(Debug)]
pub struct Pairing<'a> {
    sides: [Side<'a>; 2],
    /// Rows in the first run, rising, and in the second.
    rows: Vec<(usize, usize)>,
}

impl<'a> Pairing<'a> {
    /// Joins two runs.
    ///
    /// # Errors
    /// When they are on different corpora, have no image in common, or disagree about the truth of an image.
    pub fn new(before: Side<'a>, after: Side<'a>) -> Result<Self> {
        let [a, b] = [before, after].map(|side| &side.info.corpus);
        if a.digest != b.digest {
            return Err(Error::Runs(format!(
                "the runs are on different corpora: {} ({}) and {} ({}); paired figures need the same images. `--unpaired` \
                 compares the figures alone, and notices only much larger changes",
                a.name, a.digest, b.name, b.digest
            )));
        }
        let places: HashMap<&str, usize> =
            after.table.ids.iter().enumerate().map(|(row, id)| (id, row)).collect();
        let joined = before.table.ids.iter().enumerate();
        let rows: Vec<_> = joined.filter_map(|(row, id)| Some((row, *places.get(id)?))).collect();
        if rows.is_empty() {
            return Err(Error::Runs("the runs have no image in common".to_owned()));
        }
        let pairing = Self { sides: [before, after], rows };
        for columns in pairing.columns() {
            if let Some((row, _)) =
                pairing.rows.iter().find(|(a, b)| columns[0].states[*a] != columns[1].states[*b])
            {
                return Err(Error::Runs(format!(
                    "the runs disagree about the truth of {} on image {}; one of the folders was changed",
                    columns[0].category(),
                    before.table.ids.get(*row)
                )));
            }
        }
        Ok(pairing)
    }

    /// Images in both runs.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none; never so.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Images in one run only.
    pub fn left_out(&self) -> u64 {
        let all: usize = self.sides.iter().map(|side| side.table.len()).sum();
        (all - 2 * self.rows.len()) as u64
    }

    /// The columns of the categories that both analyzers know.
    pub(super) fn columns(&self) -> Vec<Columns<'a>> {
        let [before, after] = self.sides.map(|side| side.table);
        let known = before.columns.iter().filter(|column| column.supported);
        let both = known.filter_map(|a| Some([a, after.column(a.category()).filter(|b| b.supported)?]));
        both.collect()
    }

    /// The cases of both runs, in the same order and with the same samples.
    pub(super) fn cases(&self, columns: Columns<'_>) -> [Cases; 2] {
        let [before, after] = self.sides.map(|side| side.table);
        let first = self.rows.iter().map(|(a, _)| *a);
        let mut joined = score_rows(before, columns[0], first.clone(), |row| columns[0].replies[row]);
        let second = self.rows.iter().map(|(_, b)| *b);
        let other = score_rows(after, columns[1], second, |row| columns[1].replies[row]);
        // Samples are numbered by run, and runs may be unfinished in different places: the first one's numbers hold.
        let mut cases = other.cases.as_slice().to_vec();
        for (case, same) in cases.iter_mut().zip(joined.cases.as_slice()) {
            case.cluster = same.cluster;
        }
        let other = Cases::new(cases, before.sample_count(), other.cases.scored());
        [std::mem::take(&mut joined.cases), other]
    }

    /// The decisions that became right or wrong.
    pub(super) fn changes(&self, columns: Columns<'_>) -> Vec<Changed> {
        let table: &Table = self.sides[0].table;
        let changed = self.rows.iter().filter_map(|(a, b)| {
            let truth = columns[0].truth(*a)?;
            let right = |column: usize, row: usize| {
                let reply = columns[column].replies[row];
                reply.answered() && reply.called() == truth
            };
            let (was, is) = (right(0, *a), right(1, *b));
            (was != is).then(|| Changed {
                category: columns[0].category(),
                image_id: table.ids.get(*a).to_owned(),
                truth: if truth { State::Present } else { State::Absent },
                fixed: is,
                file: None,
            })
        });
        changed.collect()
    }
}
