//! Everyone the pathway knows: one row a person, and what falls due for whom.

pub mod agenda;
pub mod case;
pub mod clinical;
pub mod questions;
pub mod readout;
pub mod user_columns;
pub mod wellbeing;

pub use case::{Arrangement, Bed, Case, FollowUp, Grant, Granted, HeldBed, RefusedThings, Team, Wait, Waits};

use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

use crate::calendar::Day;
use crate::ids::{CaseId, PersonId};
use agenda::{Agenda, Due, Entry};
use user_columns::UserColumns;

/// All cases.
#[derive(Clone, Debug)]
pub struct Caseload {
    /// Rows; a row keeps its index for the whole run.
    pub cases: Vec<Case>,
    /// Row of a person.
    pub by_person: BTreeMap<PersonId, CaseId>,
    /// Whoever has another number than their identity gives, since somebody else had it before.
    pub renumbered: BTreeMap<PersonId, i64>,
    /// What falls due when.
    pub agenda: Agenda,
    /// Columns that a researcher has attached.
    pub own: UserColumns,
}

impl Index<CaseId> for Caseload {
    type Output = Case;

    #[inline(always)]
    fn index(&self, i: CaseId) -> &Case {
        &self.cases[i.index()]
    }
}

impl IndexMut<CaseId> for Caseload {
    #[inline(always)]
    fn index_mut(&mut self, i: CaseId) -> &mut Case {
        &mut self.cases[i.index()]
    }
}

impl Caseload {
    /// An empty caseload for the days `first..end`.
    pub fn new(first: Day, end: Day) -> Caseload {
        Caseload {
            cases: Vec::new(),
            by_person: BTreeMap::new(),
            renumbered: BTreeMap::new(),
            agenda: Agenda::new(first, end),
            own: UserColumns::default(),
        }
    }

    /// A caseload of these cases and user columns, with the agenda from `today` on: what falls due follows from the cases.
    pub fn of(cases: Vec<Case>, own: UserColumns, today: Day, end: Day) -> Caseload {
        let mut agenda = Agenda::new(today, end);
        let mut by_person = BTreeMap::new();
        for (i, c) in (0..).map(CaseId).zip(&cases).filter(|(_, c)| c.present()) {
            by_person.insert(c.person, i);
            for (due, day) in c.due.all() {
                agenda.add(day, Entry::due(i, due));
            }
            for (hazard, clock) in c.clocks.iter().enumerate() {
                agenda.add(clock.due(), Entry::hazard(i, hazard));
            }
        }
        Caseload { cases, by_person, renumbered: BTreeMap::new(), agenda, own }
    }

    /// Finds who is on the books under a published number.
    pub fn find(&self, number: i64) -> Option<CaseId> {
        let (first, last) = PersonId::sharing(number);
        let renumbered =
            self.renumbered.iter().filter(|(_, n)| **n == number).filter_map(|(p, _)| self.by_person.get(p));
        let own = self.by_person.range(first..=last).map(|(_, i)| i);
        own.chain(renumbered).copied().find(|i| self[*i].number == number)
    }

    /// Every row, in order, whether the person is still on the books or not.
    pub fn ids(&self) -> impl Iterator<Item = CaseId> + use<> {
        (0..self.cases.len() as u32).map(CaseId)
    }

    /// Every row with its case, in order.
    pub fn iter(&self) -> impl Iterator<Item = (CaseId, &Case)> {
        self.ids().zip(&self.cases)
    }

    /// Returns the rows of those who are on the books, in order.
    pub fn on_books(&self) -> Vec<CaseId> {
        self.iter().filter(|(_, case)| case.present()).map(|(i, _)| i).collect()
    }

    /// Prefetches several cases, so that their cache misses overlap: a case takes a dozen lines of a cache that holds few of
    /// them.
    pub fn fetch(&self, cases: impl Iterator<Item = CaseId>) {
        let mut sum = 0.0;
        for i in cases {
            let c = &self[i];
            sum += c.clocks.iter().step_by(3).map(crate::hazards::clock::Clock::rate).sum::<f64>();
            sum += c.clinical.risk + f64::from(c.scheduled_until) + f64::from(c.accrued) + f64::from(c.area);
        }
        std::hint::black_box(sum);
    }

    /// Puts something on a case's agenda, in place of what of this kind was there.
    pub fn schedule(&mut self, i: CaseId, due: Due, day: Day) {
        self[i].due.set(due, Some(day));
        self.agenda.add(day, Entry::due(i, due));
    }

    /// Takes something off a case's agenda.
    pub fn cancel(&mut self, i: CaseId, due: Due) {
        self[i].due.set(due, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Sex;

    #[test]
    fn a_new_day_takes_the_place_of_the_one_that_was_planned() {
        let mut c = Caseload::new(100, 200);
        c.cases.push(Case::new(PersonId(7), 0, 10_000, Sex::Female, 100));
        c.schedule(CaseId(0), Due::Review, 120);
        c.schedule(CaseId(0), Due::Review, 150);
        assert_eq!(c.cases[0].due.get(Due::Review), Some(150));
        c.cancel(CaseId(0), Due::Review);
        assert_eq!(c.cases[0].due.get(Due::Review), None);
    }
}
