//! What people leave behind when they have lived a period: births, whom the caseload gets, and counts.

use serde::{Deserialize, Serialize};

use super::arrival::{Contact, Handover};
use super::columns::{Bits, Person};
use super::tally::Counts;
use crate::calendar::Day;

/// A newborn, or somebody who arrives: what their identity and attributes follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Entrant {
    /// Born.
    Born {
        /// Identity of the mother.
        mother: u64,
        /// Her births before.
        before: u8,
        /// Day [d].
        day: Day,
        /// Her attributes: area, ethnic group and deprivation are the child's.
        bits: Bits,
    },
    /// Arrived.
    Arrived {
        /// Area, an index.
        area: u8,
        /// Day [d].
        day: Day,
        /// Number among those who arrive in the area on that day.
        number: u32,
    },
}

impl Entrant {
    /// Day on which they come [d].
    pub(super) fn day(&self) -> Day {
        match *self {
            Entrant::Born { day, .. } | Entrant::Arrived { day, .. } => day,
        }
    }
}

/// What a stretch of people leaves behind.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Births.
    pub births: Vec<Entrant>,
    /// Who is handed to the caseload, by index within the stretch.
    pub handed: Vec<Handover>,
    /// Slots whose people died or left in an earlier period: index within the stretch.
    pub vacated: Vec<u32>,
    /// Counts of events.
    pub counts: Counts,
}

impl Outcome {
    /// Starts an empty outcome.
    pub(super) fn new(areas: usize) -> Outcome {
        Outcome::counting(Counts::new(areas))
    }

    /// Starts an outcome that adds to counts.
    pub(super) fn counting(counts: Counts) -> Outcome {
        Outcome { births: Vec::new(), handed: Vec::new(), vacated: Vec::new(), counts }
    }

    /// Hands somebody over, if the caseload gets them.
    #[inline]
    pub(super) fn hand_over(&mut self, person: &mut Person, index: u32, handed: Option<(Day, Contact)>) {
        if let Some((day, contact)) = handed {
            person.bits.set_on_caseload(1);
            self.handed.push((index, day, contact));
        }
    }
}
