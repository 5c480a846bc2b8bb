//! Phase 8: admissions, transfers, discharges, remissions. Who has a bed, a warrant or a place moves today.

use crate::calendar::Days;
use crate::caseload::agenda::Due;
use crate::codes::{AskedFor, Event, Label, Place, Purpose, Reason, Route, Stage};
use crate::ids::CaseId;
use crate::law::{self, places};
use crate::requests;
use crate::transitions::{admission, discharge, offending, readiness, waiting};
use crate::world::World;

/// Phase 8.
pub fn make(world: &mut World) {
    for i in world.take_due(Due::Lapse) {
        lapse(world, i);
    }
    for i in world.take_due(Due::Admission) {
        admission::admit(world, i);
    }
    for i in world.take_due(Due::Remission) {
        discharge::remit(world, i);
    }
    for i in world.take_due(Due::WardEnd) {
        ward_end(world, i);
    }
    for i in std::mem::take(&mut world.queues.leaving) {
        if world.case(i).readiness.arranged.is_some() && places::hospital(world.case(i).place) {
            discharge::discharge(world, i, Purpose::Discharge);
        }
    }
}

/// A warrant, or a court's time limit, has run out before admission.
fn lapse(world: &mut World, i: CaseId) {
    if world.case(i).ordered().is_some() {
        // Adjourned: no bed within the court's limit.
        waiting::withdraw(world, i);
        offending::reopen_charge(world, i);
        world.set_stage(i, Stage::AwaitingCourt);
        world.schedule_in(i, Due::Court, Days::rounded_up(world.p.law.bed_within));
        let (from, to) = (Label::stage(Stage::Accepted), Label::stage(Stage::AwaitingCourt));
        world.event(i, Event::Clock, from, to, None, Purpose::CourtDelay);
    } else if world.case(i).stage == Stage::Warranted {
        world.set_stage(i, Stage::Reported);
        requests::ministry(world, i, AskedFor::Admission);
    }
}

/// A stay on a ward comes to its end: on to what was waited for, back to prison, or ready for discharge.
fn ward_end(world: &mut World, i: CaseId) {
    let c = world.case(i);
    let again = Days::rounded_up(world.p.discharge.again);
    if c.placement.since == world.today() {
        // Moved on this very day: that stay is over.
    } else if matches!(c.stage, Stage::Referred | Stage::Accepted | Stage::BedHeld | Stage::Identified) {
        world.schedule_in(i, Due::WardEnd, again);
    } else if law::transferred(c.legal) && c.clinical.unwell {
        // A prisoner who is still ill: a secure bed is needed.
        world.case_mut(i).route = Route::Civil;
        waiting::identify(world, i);
        world.set_stage(i, Stage::Referred);
        waiting::ask_assessment(world, i, Place::Medium);
        world.schedule_in(i, Due::WardEnd, again);
    } else if law::transferred(c.legal) {
        requests::ministry(world, i, AskedFor::Remission);
    } else if matches!(c.place, Place::Acute | Place::Picu) {
        // An acute stay ends at home; what holds people up is the way out of secure and rehabilitation beds.
        discharge::discharge_in_law(world, i, None, Purpose::WardStay);
    } else {
        readiness::make_ready(world, i, Reason::Place | Reason::Team | Reason::Funding);
        world.schedule_in(i, Due::Discharge, Days::ONE);
    }
}
