//! What is asked of a later day: a court, a review, a hearing, the Ministry, an admission, the end of a stay.
//!
//! Each function draws how long it takes and puts it on the case's agenda; the phase that answers takes it from there.

use crate::agents::{Kind, criminal_court, ministry, responsible_clinician};
use crate::calendar::Days;
use crate::caseload::agenda::Due;
use crate::codes::{AskedFor, Decision, Place, Purpose};
use crate::decisions::ask;
use crate::ids::CaseId;
use crate::law;
use crate::world::World;

/// Lists a defendant before the court.
pub fn court_sitting(world: &mut World, i: CaseId) {
    let table = world.agents.of(Kind::CriminalCourt);
    let at = ask::decider(world, Kind::CriminalCourt, i);
    let median = if world.case(i).offending.crown {
        table.get(at, criminal_court::crown_delay)
    } else {
        table.get(at, criminal_court::magistrates_delay)
    };
    let days = world.delay(i, Purpose::CourtDelay, median, world.p.court.delay_sigma);
    world.schedule_in(i, Due::Court, days);
}

/// Schedules the next review of an inpatient.
pub fn review(world: &mut World, i: CaseId) {
    let at = ask::decider(world, Kind::ResponsibleClinician, i);
    let every = world.agents.of(Kind::ResponsibleClinician).get(at, responsible_clinician::interval);
    let jitter = world.p.inpatient.review_jitter;
    let u = world.draw(i, Purpose::ReviewDay);
    let days = Days::rounded_up(every * (1.0 + jitter * (2.0 * u - 1.0)));
    world.schedule_in(i, Due::Review, days);
}

/// Asks the Ministry; it answers when its time and capacity allow.
pub fn ministry(world: &mut World, i: CaseId, what: AskedFor) {
    world.case_mut(i).asked = Some(what);
    let (decision, purpose) = match what {
        AskedFor::Admission | AskedFor::Remission => (Decision::Warrant, Purpose::WarrantDelay),
        AskedFor::Leave | AskedFor::Transfer | AskedFor::Discharge | AskedFor::AbsoluteDischarge => {
            (Decision::Consent, Purpose::ConsentDelay)
        }
    };
    let days = ask::answer_days(world, decision, i, purpose);
    let least = Days::rounded_up(world.agents.of(Kind::Ministry).get(0, ministry::minimum));
    world.schedule_in(i, Due::Consent, days.max(least));
}

/// Schedules the next automatic reference to the tribunal.
pub fn reference(world: &mut World, i: CaseId) {
    let t = &world.p.tribunal;
    let after = if law::restricted(world.case(i).legal) { t.reference_restricted } else { t.reference_other };
    world.schedule_in(i, Due::Apply, Days::rounded_up(after));
}

/// Schedules the admission to a held bed.
pub fn admission(world: &mut World, i: CaseId) {
    let days = world.delay(i, Purpose::MoveDelay, world.p.beds.admission_days, world.p.beds.admission_sigma);
    world.schedule_in(i, Due::Admission, days);
}

/// Schedules the end of a stay on a ward.
pub fn ward_end(world: &mut World, i: CaseId, place: Place) {
    let d = &world.p.discharge;
    let median = if place == Place::Picu {
        d.picu_days
    } else if place == Place::Acute {
        d.acute_days
    } else {
        d.rehab_days
    };
    let days = world.delay(i, Purpose::WardStay, median, d.ward_sigma);
    world.schedule_in(i, Due::WardEnd, days);
}

/// Schedules the day on which the books may close on a person.
pub fn closing(world: &mut World, i: CaseId) {
    if !world.case(i).past.ever_secure {
        world.schedule_in(i, Due::Close, Days::rounded_up(world.p.discharge.books_days));
    }
}
