//! The rows of a population: who is in them, which are vacant, and who came in this period.

use serde::{Deserialize, Serialize};

use super::columns::{Bits, Columns, Person};
use crate::calendar::Day;

/// Somebody who came in this period.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Row.
    pub row: u32,
    /// Day [d since 1900].
    pub day: u16,
    /// Born, not arrived.
    pub born: bool,
}

/// The rows of a population.
#[derive(Debug)]
pub(super) struct Register {
    /// Everybody who has a row.
    pub columns: Columns,
    /// Rows without anybody, which newcomers get first; the last is taken first.
    pub vacant: Vec<u32>,
    /// Who came in this period.
    pub entered: Vec<Entry>,
}

impl Register {
    /// Number of rows, vacant ones included.
    pub(super) fn rows(&self) -> usize {
        self.columns.id.len()
    }

    /// Puts newcomers into rows that have fallen vacant, or new ones; returns the rows. Each comes with the day, and whether
    /// they were born on it.
    pub(super) fn settle(&mut self, newcomers: impl IntoIterator<Item = (Person, Day, bool)>) -> Vec<u32> {
        let mut columns = self.columns.open();
        let place = |(person, day, born): (Person, Day, bool)| {
            let row = match self.vacant.pop() {
                Some(row) => {
                    columns.set(row as usize, person);
                    row
                }
                None => columns.push(person) as u32,
            };
            self.entered.push(Entry { row, day: day as u16, born });
            row
        };
        newcomers.into_iter().map(place).collect()
    }

    /// Returns the rows of those present whose attributes are wanted, by identity.
    pub(super) fn rows_where(&self, wanted: impl Fn(Bits) -> bool) -> Vec<u32> {
        let all = self.columns.bits.iter().enumerate();
        let mut rows: Vec<u32> =
            all.filter(|(_, b)| Bits(**b).present() && wanted(Bits(**b))).map(|(row, _)| row as u32).collect();
        rows.sort_by_key(|row| self.columns.id[*row as usize]);
        rows
    }

    /// Changes what can change of the person in a row; years that were known to be quiet are so no more.
    pub(super) fn change(&mut self, row: u32, how: impl FnOnce(&mut Person)) {
        let mut person = self.columns.get(row as usize);
        how(&mut person);
        person.bits.set_quiet_years(0);
        self.columns.update(row as usize, person);
    }
}
