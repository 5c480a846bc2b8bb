//! Cases opened, described and kept in step with the population.

use crate::calendar::{Day, YEAR};
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::codes::{Event, Justice, Label, Legal, Place};
use crate::draw::Purpose;
use crate::hazards::Hazard;
use crate::hazards::clock::Clock;
use crate::log::PersonRow;
use crate::plan::records::Demography;
use crate::world::World;

impl World {
    /// Opens a case and returns its index.
    pub(crate) fn open(&mut self, case: Case) -> u32 {
        let i = self.caseload.cases.len() as u32;
        self.caseload.by_person.insert(case.person, i);
        self.caseload.cases.push(case);
        self.counts.cases += 1;
        let key = self.key;
        let today = self.today;
        for h in Hazard::ALL {
            let c = self.case_mut(i);
            let ordinal = c.next(h.purpose());
            c.clocks[h as usize] = Clock::wind(key, c.person, h.purpose(), ordinal, today);
        }
        if self.reported() {
            self.log_person(i, false);
            self.event(i, Event::Enter, Label::NONE, Label::place(self.case(i).place), None, Purpose::None);
        }
        plan_turn(self, i);
        self.touch(i);
        i
    }

    /// Logs a person at first contact, or when the reported period begins; somebody who comes back has a row already.
    pub(crate) fn log_person(&mut self, i: u32, from_start: bool) {
        let c = &self.caseload.cases[i as usize];
        if !self.described.insert(c.person) {
            return;
        }
        self.log.people.push(PersonRow {
            person: c.person,
            sex: c.sex as u8,
            born: c.born,
            ethnicity: c.ethnicity as u8,
            deprivation: c.deprivation,
            area: c.area,
            diagnoses: c.diagnoses,
            primary: c.primary,
            first_contact: self.today,
            from_start: u8::from(from_start),
        });
    }

    /// Keeps the population's view of a person's custody in step with the place.
    pub(crate) fn sync_justice(&mut self, i: u32) {
        let c = self.case(i);
        let justice = match c.place {
            Place::Remand => Justice::Remand,
            Place::Prison => Justice::Sentenced,
            _ if c.legal == Legal::Licence => Justice::Licence,
            _ if c.charged => Justice::Bail,
            _ => Justice::None,
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

/// Plans the next day on which a rate changes by itself: a birthday, or a year more since discharge.
pub fn plan_turn(world: &mut World, i: u32) {
    let today = world.today();
    let next = |since: Day| since + libm::ceil((libm::floor(f64::from(today - since) / YEAR) + 1.0) * YEAR) as Day;
    let c = world.case(i);
    let mut day = next(c.born);
    for since in [c.secure_exit, c.discharged] {
        if since >= 0 {
            day = day.min(next(since));
        }
    }
    world.caseload.plan(i, Due::Turn, day);
}
