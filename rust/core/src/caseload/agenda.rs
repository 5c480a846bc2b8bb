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
