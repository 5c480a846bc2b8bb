//! What is asked of a later day: a court, a review, the Ministry, an admission, the end of a stay.

use crate::agents::{Kind, ministry, responsible_clinician};
use crate::calendar::Day;
use crate::caseload::agenda::Due;
use crate::codes::{Decision, Place};
use crate::draw::Purpose;
use crate::law;
use crate::world::World;

/// Lists a defendant before the court.
pub fn court_sitting(world: &mut World, i: u32) {
    let (kind, at) = (crate::agents::Kind::CriminalCourt, world.decider(crate::agents::Kind::CriminalCourt, i));
    let table = world.agents.of(kind);
    let median = if world.case(i).crown {
        table.get(at, crate::agents::criminal_court::crown_delay)
    } else {
        table.get(at, crate::agents::criminal_court::magistrates_delay)
    };
    let sigma = world.p.court.delay_sigma;
    let days = world.delay(i, Purpose::CourtDelay, median, sigma);
    let today = world.today();
    world.caseload.plan(i, Due::Court, today + days);
}

/// Plans the next review.
pub fn review(world: &mut World, i: u32) {
    let unit = usize::from(world.case(i).unit);
    let every = world.agents.of(Kind::ResponsibleClinician).get(unit, responsible_clinician::interval);
    let (key, jitter) = (world.key, world.p.inpatient.review_jitter);
    let u = world.case_mut(i).draw(key, Purpose::Reading);
    let days = libm::ceil(every * (1.0 + jitter * (2.0 * u - 1.0))) as Day;
    let today = world.today();
    world.caseload.plan(i, Due::Review, today + days.max(1));
}

/// Asks the Ministry; it answers when its time and capacity allow.
pub fn ministry(world: &mut World, i: u32, what: u8) {
    world.case_mut(i).asked = what;
    let warrant = matches!(what, ADMISSION | REMISSION);
    let days = if warrant {
        world.answer_days(Decision::Warrant, i, Purpose::WarrantDelay)
    } else {
        world.answer_days(Decision::Consent, i, Purpose::ConsentDelay)
    };
    let least = world.agents.of(Kind::Ministry).get(0, ministry::minimum) as Day;
    let today = world.today();
    world.caseload.plan(i, Due::Consent, today + days.max(least).max(1));
}

/// Asked for leave.
pub const LEAVE: u8 = 0;

/// Asked for a transfer to another hospital.
pub const TRANSFER: u8 = 1;

/// Asked for a conditional discharge.
pub const DISCHARGE: u8 = 2;

/// Asked for an absolute discharge.
pub const ABSOLUTE: u8 = 3;

/// Asked for a warrant of transfer from prison.
pub const ADMISSION: u8 = 4;

/// Asked for a warrant of remission.
pub const REMISSION: u8 = 5;

/// Plans the admission to a held bed.
pub fn admission(world: &mut World, i: u32) {
    let (median, sigma) = (world.p.beds.admission_days, world.p.beds.admission_sigma);
    let days = world.delay(i, Purpose::MoveDelay, median, sigma);
    let today = world.today();
    world.caseload.plan(i, Due::Admission, today + days);
}

/// Plans the end of a stay on a ward.
pub fn ward_end(world: &mut World, i: u32, place: Place) {
    let d = &world.p.discharge;
    let median = match place {
        Place::Picu => d.picu_days,
        Place::Acute => d.acute_days,
        _ => d.rehab_days,
    };
    let sigma = d.ward_sigma;
    let days = world.delay(i, Purpose::WardStay, median, sigma);
    let today = world.today();
    world.caseload.plan(i, Due::WardEnd, today + days);
}

/// Plans the day on which the books may close on a person.
pub fn closing(world: &mut World, i: u32) {
    if !world.case(i).ever_secure {
        let days = world.p.discharge.books_days as Day;
        let today = world.today();
        world.caseload.plan(i, Due::Close, today + days);
    }
}

impl World {
    /// Plans the next automatic reference to the tribunal.
    pub(crate) fn plan_reference(&mut self, i: u32) {
        let t = &self.p.tribunal;
        let after = if law::restricted(self.case(i).legal) { t.reference_restricted } else { t.reference_other };
        self.caseload.plan(i, Due::Apply, self.today + after as Day);
    }
}
