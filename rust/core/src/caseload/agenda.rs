//! The agenda: which case has what due on which day.

use serde::{Deserialize, Serialize};

use crate::calendar::{Day, NEVER};
use crate::codes::codes;
use crate::ids::CaseId;

codes! {
    /// What can fall due for a case.
    Due {
        Hazard = 0, "hazard", "One of its hazard clocks has run out.";
        Court = 1, "court", "The court sits.";
        Expiry = 2, "expiry", "A legal status, a remand or a sentence ends by law.";
        Review = 3, "review", "The responsible clinician reviews.";
        Contact = 4, "contact", "The community team sees the person.";
        Refer = 5, "refer", "An identified person may be referred.";
        Assessed = 6, "assessed", "An assessment that was begun ends.";
        Reports = 7, "reports", "Both medical reports are in.";
        Admission = 8, "admission", "The day of admission to a held bed.";
        Lapse = 9, "lapse", "A warrant or a court's limit lapses.";
        Hearing = 10, "hearing", "A tribunal hearing is ready to be held.";
        Apply = 11, "apply", "A right to apply, or an automatic reference, falls due.";
        Consent = 12, "consent", "The Ministry answers on leave, transfer or discharge.";
        Remission = 13, "remission", "Prison or court takes a patient back.";
        WardEnd = 14, "ward end", "A stay on an acute, PICU or rehabilitation ward ends.";
        Discharge = 15, "discharge", "Funders look at a ready patient again.";
        Close = 16, "close", "The books close on somebody long without contact.";
        Release = 17, "release", "A sentence reaches its release day, or the Parole Board looks at one without.";
        RateChange = 18, "rate change", "A birthday, or a year more since discharge: rates change.";
    }
}

/// Number of kinds of due things.
const DUES: usize = Due::ALL.len();

/// On which day each kind of thing falls due for a case.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Schedule([Day; DUES]);

impl Default for Schedule {
    fn default() -> Schedule {
        Schedule([NEVER; DUES])
    }
}

impl Schedule {
    /// Returns the day on which something falls due, if it does.
    #[inline(always)]
    pub fn get(&self, due: Due) -> Option<Day> {
        let day = self.0[due as usize];
        (day != NEVER).then_some(day)
    }

    /// Returns whether something falls due on a day.
    #[inline(always)]
    pub fn is_on(&self, due: Due, day: Day) -> bool {
        self.0[due as usize] == day
    }

    /// Sets the day on which something falls due, or that it doesn't. [`super::Caseload::schedule`] tells the agenda too.
    pub fn set(&mut self, due: Due, day: Option<Day>) {
        self.0[due as usize] = day.unwrap_or(NEVER);
    }

    /// Returns everything that falls due, with its day.
    pub fn all(&self) -> impl Iterator<Item = (Due, Day)> + '_ {
        Due::ALL.iter().zip(self.0).filter(|(_, day)| *day != NEVER).map(|(due, day)| (*due, day))
    }
}

/// One entry: a case, and what is due. It counts only if the case still says so.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The case.
    pub case: CaseId,
    /// What is due.
    pub due: Due,
    /// Place of the hazard in its list, for [`Due::Hazard`].
    pub hazard: u8,
}

impl Entry {
    /// Something that is due for a case.
    pub const fn due(case: CaseId, due: Due) -> Entry {
        Entry { case, due, hazard: 0 }
    }

    /// A hazard's clock that runs out, by the hazard's place in the list.
    pub const fn hazard(case: CaseId, hazard: usize) -> Entry {
        Entry { case, due: Due::Hazard, hazard: hazard as u8 }
    }
}

/// Entries by day.
#[derive(Clone, Debug)]
pub struct Agenda {
    first: Day,
    days: Vec<Vec<Entry>>,
}

impl Agenda {
    /// An empty agenda for the days `first..end`; what falls later is forgotten.
    pub fn new(first: Day, end: Day) -> Agenda {
        Agenda { first, days: vec![Vec::new(); (end - first).max(0) as usize] }
    }

    /// Notes an entry.
    pub fn add(&mut self, day: Day, entry: Entry) {
        if day >= self.first
            && let Some(bucket) = self.days.get_mut((day - self.first) as usize)
        {
            bucket.push(entry);
        }
    }

    /// Takes the entries of a day.
    pub fn take(&mut self, day: Day) -> Vec<Entry> {
        self.days.get_mut((day - self.first) as usize).map(std::mem::take).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: Entry = Entry::due(CaseId(7), Due::Review);

    fn cases(entries: &[Entry]) -> Vec<u32> {
        entries.iter().map(|e| e.case.0).collect()
    }

    #[test]
    fn what_is_noted_comes_back_on_its_day_once() {
        let mut a = Agenda::new(100, 110);
        a.add(104, ENTRY);
        assert!(a.take(103).is_empty());
        assert_eq!(cases(&a.take(104)), [7]);
        assert!(a.take(104).is_empty());
    }

    #[test]
    fn a_day_keeps_the_order_in_which_things_were_noted() {
        let mut a = Agenda::new(0, 1);
        for case in [3, 1, 2] {
            a.add(0, Entry { case: CaseId(case), ..ENTRY });
        }
        assert_eq!(cases(&a.take(0)), [3, 1, 2]);
    }

    #[test]
    fn the_first_and_the_last_day_count_and_what_lies_outside_is_forgotten() {
        let mut a = Agenda::new(100, 110);
        for day in [99, 100, 109, 110, NEVER] {
            a.add(day, ENTRY);
        }
        assert_eq!([99, 100, 109, 110].map(|day| a.take(day).len()), [0, 1, 1, 0]);
    }
}
