//! What a population that is replayed knows beyond its rows: who comes later, and the yearly balance of all the others.

use serde::{Deserialize, Serialize};

use super::outcome::Entrant;
use super::tally::Balance;
use crate::calendar::Day;

/// What a population that is replayed knows beyond its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Replay {
    /// Everyone at the start, the others too [persons].
    pub started: u64,
    /// Newcomers whose mothers, if any, are not in the record; in order of their day.
    pub newcomers: Vec<Entrant>,
    /// The others, by the day on which each period ends.
    pub others: Vec<(Day, Balance)>,
}

impl Replay {
    /// Newcomers of the days from `from` to before `to`.
    pub(super) fn newcomers(&self, from: Day, to: Day) -> impl Iterator<Item = Entrant> + '_ {
        let at = |day: Day| self.newcomers.partition_point(|entrant| entrant.day() < day);
        self.newcomers[at(from)..at(to)].iter().copied()
    }

    /// Whether it can be a record of so many areas, for a run that ends on `end`.
    pub(super) fn fits(&self, areas: usize, end: Day) -> bool {
        let known = |entrant: &Entrant| match *entrant {
            Entrant::Born { bits, .. } => bits.fits(areas),
            Entrant::Arrived { area, .. } => usize::from(area) < areas,
        };
        self.newcomers.is_sorted_by_key(Entrant::day)
            && self.newcomers.iter().all(known)
            && self.others.iter().all(|(_, balance)| balance.fits(areas))
            && self.others(end).is_some()
    }

    /// The balance of the others in the period that ends on `day`.
    pub(super) fn others(&self, day: Day) -> Option<&Balance> {
        self.others.iter().find(|(to, _)| *to == day).map(|(_, balance)| balance)
    }
}
