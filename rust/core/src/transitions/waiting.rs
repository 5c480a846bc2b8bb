//! Waiting for a bed: identified, referred, assessed, accepted, a bed held, withdrawn. The only writer of a case's wait and of
//! the bed that is held for it.

use crate::calendar::Days;
use crate::caseload::agenda::Due;
use crate::caseload::{Bed, HeldBed, Wait};
use crate::codes::{AskedFor, Event, Label, Legal, Place, Purpose, Route, Stage};
use crate::ids::CaseId;
use crate::law::places;
use crate::requests;
use crate::world::World;
use crate::world::capacity::Ward;

/// The wait of a case, which begins here if there is none.
fn wait(world: &mut World, i: CaseId) -> &mut Wait {
    world.case_mut(i).wait.get_or_insert_default()
}

/// Notes that the need for a bed is identified today: the clinical clock starts.
pub fn identify(world: &mut World, i: CaseId) {
    let today = world.today();
    wait(world, i).identified = Some(today);
}

/// Notes that a bed is needed from today on, unless that was known before.
pub fn need(world: &mut World, i: CaseId) {
    let today = world.today();
    wait(world, i).identified.get_or_insert(today);
}

/// Refers to a tier: the statutory clock starts, and the team of the tier is asked for an assessment.
pub fn refer(world: &mut World, i: CaseId, tier: Place) {
    let today = world.today();
    wait(world, i).requested.get_or_insert(today);
    world.set_stage(i, Stage::Referred);
    ask_assessment(world, i, tier);
}

/// Asks the team of a tier for an assessment.
pub fn ask_assessment(world: &mut World, i: CaseId, tier: Place) {
    let assessor = world.commissioner(world.case(i).area, tier);
    world.case_mut(i).target = tier;
    let w = wait(world, i);
    w.assessor = Some(assessor);
    w.assessments = 0;
    w.queued = None;
    world.queues.assess[assessor.index()].push(i);
}

/// Counts an assessment that was made.
pub fn count_assessment(world: &mut World, i: CaseId) {
    let w = wait(world, i);
    w.assessments = w.assessments.saturating_add(1);
}

/// Counts a refusal, and returns how many there were in this referral.
pub fn count_refusal(world: &mut World, i: CaseId) -> u8 {
    let w = wait(world, i);
    w.refusals = w.refusals.saturating_add(1);
    w.refusals
}

/// Accepts a person at a tier: the bed queue, and for prisoners the two medical reports.
pub fn accept(world: &mut World, i: CaseId, tier: Place) {
    let today = world.today();
    world.case_mut(i).target = tier;
    let w = wait(world, i);
    w.queued = Some(today);
    w.identified.get_or_insert(today);
    let route = world.case(i).route;
    if route != Route::StepDown {
        world.set_stage(i, Stage::Accepted);
    }
    if places::prison(world.case(i).place) && route == Route::Prison {
        let days = world.delay(i, Purpose::ReportDelay, world.p.referral.report_days, world.p.referral.report_sigma);
        world.schedule_in(i, Due::Reports, days);
    }
    world.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Accepted), None, Purpose::Assessment);
    // A defendant on bail or remand whose bed waits for the court's order joins the queue when it is made.
    if route != Route::Court || world.case(i).ordered().is_some() {
        world.queues.beds.push(i);
    }
}

/// Notes a court's order to hospital: admitted as soon as there is a bed, within so many days.
pub fn order(world: &mut World, i: CaseId, status: Legal, within: Days) {
    let today = world.today();
    let w = wait(world, i);
    w.ordered = Some(status);
    w.identified.get_or_insert(today);
    world.case_mut(i).route = Route::Court;
    world.set_stage(i, Stage::Accepted);
    if !world.queues.beds.contains(&i) {
        world.queues.beds.push(i);
    }
    world.schedule_in(i, Due::Lapse, within);
}

/// Notes that both medical reports are in; where a bed is held already, the Ministry is asked for a warrant.
pub fn reports_arrive(world: &mut World, i: CaseId) {
    wait(world, i).reports_in = true;
    if world.case(i).stage == Stage::BedHeld {
        apply_for_warrant(world, i);
    }
}

/// Holds a bed for a case: the admission is scheduled, or first a warrant asked for.
pub fn hold(world: &mut World, i: CaseId, held: HeldBed) {
    let c = world.case_mut(i);
    c.held = Some(held);
    if c.stage == Stage::Ready {
        requests::admission(world, i);
        return;
    }
    let warrant = c.route == Route::Prison && places::prison(c.place) && c.ordered().is_none();
    let reports_in = c.wait.is_some_and(|w| w.reports_in);
    world.set_stage(i, Stage::BedHeld);
    if !warrant {
        requests::admission(world, i);
    } else if reports_in {
        apply_for_warrant(world, i);
    }
}

/// Both reports are in and a bed is held: the Ministry's clock starts.
fn apply_for_warrant(world: &mut World, i: CaseId) {
    let today = world.today();
    wait(world, i).at_ministry.get_or_insert(today);
    world.set_stage(i, Stage::Reported);
    world.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Reported), None, Purpose::ReportDelay);
    requests::ministry(world, i, AskedFor::Admission);
}

/// Ends a wait for hospital: nobody waits for this person any more.
pub fn withdraw(world: &mut World, i: CaseId) {
    give_up_bed(world, i);
    let c = world.case_mut(i);
    c.wait = None;
    c.asked = None;
    for due in [Due::Refer, Due::Assessed, Due::Reports, Due::Consent] {
        c.due.set(due, None);
    }
    let stage = if places::hospital(c.place) {
        if c.grade == Stage::None { Stage::Treatment } else { c.grade }
    } else if c.offending.charged {
        Stage::AwaitingCourt
    } else {
        Stage::None
    };
    world.set_stage(i, stage);
}

/// Ends the wait of an inpatient for the next tier: leaves the queue, and gives a held bed back.
pub fn leave_queue(world: &mut World, i: CaseId) {
    let c = world.case(i);
    if c.queued().is_some() && c.held.is_some() {
        give_up_bed(world, i);
    }
    end(world, i);
}

/// Gives a held bed back.
pub fn give_up_bed(world: &mut World, i: CaseId) {
    // The bed of somebody absent is kept for the return.
    if let Some(held) = world.case(i).held.filter(|_| world.case(i).place != Place::Awol) {
        match held.bed {
            Bed::Unit(unit) => world.units[unit].held -= 1,
            Bed::Picu { area } => world.wards.give(Ward::Picu, area),
        }
        world.case_mut(i).held = None;
        world.caseload.cancel(i, Due::Admission);
        if world.case(i).awaits_ward {
            world.schedule_in(i, Due::Admission, Days::ONE);
        }
    }
    world.caseload.cancel(i, Due::Lapse);
}

/// Keeps the bed of somebody who is absent without leave.
pub fn keep_bed(world: &mut World, i: CaseId, bed: Bed) {
    world.case_mut(i).held = Some(HeldBed { bed, other: false, spot: false });
}

/// Takes up the held bed: the wait is over.
pub fn take_bed(world: &mut World, i: CaseId) -> Option<HeldBed> {
    world.case_mut(i).held.take()
}

/// Ends the wait with an admission.
pub fn end(world: &mut World, i: CaseId) {
    world.case_mut(i).wait = None;
}
