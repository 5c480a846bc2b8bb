//! Waiting for a bed: referred, accepted, a bed held, withdrawn.

use crate::calendar::NEVER;
use crate::caseload::agenda::Due;
use crate::caseload::{NO_ONE, NO_UNIT, Route};
use crate::codes::{Event, Label, Place, Stage};
use crate::draw::Purpose;
use crate::law::places;
use crate::requests;
use crate::world::World;
use crate::world::capacity::Ward;

/// Asks the team of the tier for an assessment.
pub fn ask_assessment(world: &mut World, i: u32, tier: Place) {
    let assessor = world.commissioner(world.case(i).area, tier);
    let c = world.case_mut(i);
    c.target = tier;
    c.assessor = assessor;
    c.assessments = 0;
    c.queued = -1;
    world.queues.assess[usize::from(assessor)].push(i);
}

/// Accepts a person at a tier: the bed queue, and for prisoners the two medical reports.
pub fn accept(world: &mut World, i: u32, tier: Place) {
    let today = world.today();
    let c = world.case_mut(i);
    c.target = tier;
    c.queued = today;
    if c.need < 0 {
        c.need = today;
    }
    if world.case(i).route != Route::StepDown {
        world.set_stage(i, Stage::Accepted);
    }
    if places::prison(world.case(i).place) && world.case(i).route == Route::Prison {
        let (median, sigma) = (world.p.referral.report_days, world.p.referral.report_sigma);
        let days = world.delay(i, Purpose::ReportDelay, median, sigma);
        world.caseload.plan(i, Due::Reports, today + days);
    }
    world.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Accepted), None, Purpose::Assessment);
    // A defendant on bail or remand whose bed waits for the court's order joins the queue when it is made.
    if world.case(i).route != Route::Court || world.case(i).ordered.is_some() {
        world.queues.beds.push(i);
    }
}

/// Both reports are in and a bed is held: the Ministry's clock starts.
pub fn apply_for_warrant(world: &mut World, i: u32) {
    let today = world.today();
    if world.case(i).ministry < 0 {
        world.case_mut(i).ministry = today;
    }
    world.set_stage(i, Stage::Reported);
    world.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Reported), None, Purpose::ReportDelay);
    requests::ministry(world, i, requests::ADMISSION);
}

/// Ends a wait for hospital: nobody waits for this person any more.
pub fn withdraw(world: &mut World, i: u32) {
    give_up_bed(world, i);
    let c = world.case_mut(i);
    c.need = -1;
    c.statutory = -1;
    c.ministry = -1;
    c.queued = -1;
    c.reports_in = false;
    c.refusals = 0;
    c.assessments = 0;
    c.assessor = NO_ONE;
    c.ordered = None;
    c.asked = NO_ONE;
    for due in [Due::Refer, Due::Assessed, Due::Reports, Due::Warrant, Due::Consent] {
        c.due[due as usize] = NEVER;
    }
    let stage = if places::hospital(c.place) {
        if c.grade == Stage::None { Stage::Treatment } else { c.grade }
    } else if c.charged {
        Stage::AwaitingCourt
    } else {
        Stage::None
    };
    world.set_stage(i, stage);
}

/// Gives a held bed back.
pub fn give_up_bed(world: &mut World, i: u32) {
    let held = world.case(i).held;
    // The bed of somebody absent is kept for the return.
    if held != NO_UNIT && world.case(i).place != Place::Awol {
        if world.case(i).held_ward {
            world.wards.give(Ward::Picu, held as u8);
        } else {
            world.units.all[usize::from(held)].held -= 1;
        }
        world.case_mut(i).held = NO_UNIT;
        world.caseload.cancel(i, Due::Admission);
        if world.case(i).awaits_ward {
            let today = world.today();
            world.caseload.plan(i, Due::Admission, today + 1);
        }
    }
    world.caseload.cancel(i, Due::Lapse);
}
