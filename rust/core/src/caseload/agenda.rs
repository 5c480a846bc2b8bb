//! The agenda: which case has what due on which day.

use crate::calendar::Day;
use crate::codes::codes;

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
        Warrant = 8, "warrant", "The Ministry answers on a warrant.";
        Admission = 9, "admission", "The day of admission to a held bed.";
        Lapse = 10, "lapse", "A warrant or a court's limit lapses.";
        Hearing = 11, "hearing", "A tribunal hearing is ready to be held.";
        Apply = 12, "apply", "A right to apply, or an automatic reference, falls due.";
        Consent = 13, "consent", "The Ministry answers on leave, transfer or discharge.";
        Remission = 14, "remission", "Prison or court takes a patient back.";
        WardEnd = 15, "ward end", "A stay on an acute, PICU or rehabilitation ward ends.";
        Discharge = 16, "discharge", "Funders look at a ready patient again.";
        Close = 17, "close", "The books close on somebody long without contact.";
        Release = 18, "release", "A sentence in prison reaches its release day.";
        Turn = 19, "turn", "A birthday, or a year more since discharge: rates change.";
    }
}

/// Number of kinds of due things.
pub const DUES: usize = Due::ALL.len();

/// One entry: a case, and what is due. It counts only if the case still says so.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Index of the case.
    pub case: u32,
    /// What is due: [`Due`], with the hazard's index for [`Due::Hazard`].
    pub due: u8,
    /// Hazard, for [`Due::Hazard`].
    pub hazard: u8,
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

    const ENTRY: Entry = Entry { case: 7, due: Due::Review as u8, hazard: 0 };

    fn cases(entries: &[Entry]) -> Vec<u32> {
        entries.iter().map(|e| e.case).collect()
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
            a.add(0, Entry { case, ..ENTRY });
        }
        assert_eq!(cases(&a.take(0)), [3, 1, 2]);
    }

    #[test]
    fn the_first_and_the_last_day_count_and_what_lies_outside_is_forgotten() {
        let mut a = Agenda::new(100, 110);
        for day in [99, 100, 109, 110, crate::calendar::NEVER] {
            a.add(day, ENTRY);
        }
        assert_eq!([99, 100, 109, 110].map(|day| a.take(day).len()), [0, 1, 1, 0]);
    }
}
