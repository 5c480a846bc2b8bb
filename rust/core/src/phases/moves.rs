//! Phase 8: admissions, transfers, discharges, remissions, recalls. The only place where a person's place changes.

use crate::calendar::Day;
use crate::caseload::Route;
use crate::caseload::agenda::Due;
use crate::codes::{Event, Label, Place, Reason, Stage};
use crate::draw::Purpose;
use crate::law::places;
use crate::transitions::{admission, discharge, readiness, waiting};
use crate::world::World;
use crate::{law, requests};

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
    let leaving = std::mem::take(&mut world.queues.leaving);
    for i in leaving {
        if world.case(i).arranged.is_some() && places::hospital(world.case(i).place) {
            discharge::discharge(world, i, Purpose::Discharge);
        }
    }
}

/// A warrant, or a court's time limit, has run out before admission.
pub fn lapse(world: &mut World, i: u32) {
    let today = world.today();
    if world.case(i).ordered.is_some() {
        // Adjourned: no bed within the court's limit.
        let wait = world.p.law.bed_within as Day;
        waiting::withdraw(world, i);
        world.case_mut(i).charged = true;
        world.set_stage(i, Stage::AwaitingCourt);
        world.caseload.plan(i, Due::Court, today + wait);
        world.event(
            i,
            Event::Clock,
            Label::stage(Stage::Accepted),
            Label::stage(Stage::AwaitingCourt),
            None,
            Purpose::CourtDelay,
        );
    } else if world.case(i).stage == Stage::Warranted {
        world.set_stage(i, Stage::Reported);
        requests::ministry(world, i, requests::ADMISSION);
    }
}

/// A stay on a ward comes to its end: on to what was waited for, back to prison, or ready for discharge.
pub fn ward_end(world: &mut World, i: u32) {
    let today = world.today();
    if world.case(i).since == today {
        // Moved on this very day: that stay is over.
        return;
    }
    let (legal, stage) = (world.case(i).legal, world.case(i).stage);
    if matches!(stage, Stage::Referred | Stage::Accepted | Stage::BedHeld | Stage::Identified) {
        let again = world.p.discharge.again as Day;
        world.caseload.plan(i, Due::WardEnd, today + again);
        return;
    }
    if law::transferred(legal) {
        if world.case(i).clinical.unwell {
            // Still ill: a secure bed is needed.
            world.case_mut(i).route = Route::Civil;
            world.case_mut(i).need = today;
            world.set_stage(i, Stage::Referred);
            waiting::ask_assessment(world, i, Place::Medium);
            let again = world.p.discharge.again as Day;
            world.caseload.plan(i, Due::WardEnd, today + again);
        } else {
            requests::ministry(world, i, requests::REMISSION);
        }
        return;
    }
    if matches!(world.case(i).place, Place::Acute | Place::Picu) {
        // An acute stay ends at home; what holds people up is the way out of secure and rehabilitation beds.
        discharge::discharge_in_law(world, i, None, Purpose::WardStay);
        return;
    }
    readiness::make_ready(
        world,
        i,
        readiness::lacks(Reason::Place) | readiness::lacks(Reason::Team) | readiness::lacks(Reason::Funding),
    );
    world.caseload.plan(i, Due::Discharge, today + 1);
}
