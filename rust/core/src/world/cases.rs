//! Cases opened, described and kept in step with the population.

use super::World;
use crate::calendar::{Day, YEAR};
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::caseload::questions::Questions;
use crate::codes::{Event, Justice, Label, Legal, Place, Purpose};
use crate::hazards::Hazard;
use crate::ids::CaseId;
use crate::log::PersonRow;
use crate::plan::Demography;

impl World {
    /// Opens a case.
    pub(crate) fn open(&mut self, mut case: Case) -> CaseId {
        let i = CaseId(self.caseload.cases.len() as u32);
        let visits = self.visits.entry(case.person).or_default();
        case.questions = Questions::new(*visits);
        *visits += 1;
        self.caseload.by_person.insert(case.person, i);
        self.caseload.cases.push(case);
        self.counts.cases += 1;
        for hazard in Hazard::ALL {
            self.wind(i, hazard);
        }
        if self.reported() {
            self.log_person(i, false);
            self.event(i, Event::Enter, Label::NONE, Label::place(self.case(i).place), None, Purpose::None);
        }
        self.schedule_rate_change(i);
        self.mark_rates_stale(i);
        i
    }

    /// Logs a person at first contact, or when the reported period begins; somebody who comes back has a row already.
    pub(crate) fn log_person(&mut self, i: CaseId, from_start: bool) {
        let c = &self.caseload[i];
        if !self.described.insert(c.person) {
            return;
        }
        self.log.people.push(PersonRow {
            person: c.person.0,
            sex: c.sex as u8,
            born: c.born,
            ethnicity: c.ethnicity as u8,
            deprivation: c.deprivation,
            area: c.area,
            diagnoses: c.diagnoses.as_u8(),
            primary: enumset::EnumSet::only(c.primary).as_u8(),
            first_contact: self.today,
            from_start: u8::from(from_start),
        });
    }

    /// Schedules the next day on which a rate changes by itself: a birthday, or a year more since discharge.
    pub(crate) fn schedule_rate_change(&mut self, i: CaseId) {
        let today = self.today();
        let next = |since: Day| since + libm::ceil((libm::floor(f64::from(today - since) / YEAR) + 1.0) * YEAR) as Day;
        let c = self.case(i);
        let years_since = [Some(c.born), c.past.secure_exit, c.past.discharged];
        if let Some(day) = years_since.into_iter().flatten().map(next).min() {
            self.caseload.schedule(i, Due::RateChange, day);
        }
    }

    /// Keeps the population's view of a person's custody in step with the place.
    pub(crate) fn sync_justice(&mut self, i: CaseId) {
        let c = self.case(i);
        let justice = if c.place == Place::Remand {
            Justice::Remand
        } else if c.place == Place::Prison {
            Justice::Sentenced
        } else if c.legal == Legal::Licence {
            Justice::Licence
        } else if c.offending.charged {
            Justice::Bail
        } else {
            Justice::None
        };
        let row = c.row;
        self.population.set_justice(row, justice);
    }

    /// Birth day of somebody who comes to the pathway today. Where demography is frozen nobody outside grows older, so that
    /// whoever comes is as old as on the first day; on the pathway people age as they do anywhere, or it couldn't stand still.
    pub(crate) fn born(&self, born: Day) -> Day {
        match self.plan.mode.demography {
            Demography::Frozen => born + self.today - self.plan.calendar.start,
            Demography::Moving => born,
        }
    }
}
