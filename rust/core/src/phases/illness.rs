//! Phase 3: illness and risk. Deaths too, so that nobody acts who has died today.

use crate::calendar::Days;
use crate::caseload::agenda::Due;
use crate::codes::{Ending, Event, Label, Place, Purpose, Route, Stage};
use crate::hazards::Hazard;
use crate::ids::CaseId;
use crate::law::places;
use crate::readings;
use crate::transitions::{leave, place, waiting};
use crate::world::{World, accrual};

/// Phase 3.
pub fn evolve(world: &mut World) {
    for (hazard, event) in [(Hazard::Death, Event::Death), (Hazard::Suicide, Event::Suicide)] {
        for i in world.take_hazard(hazard) {
            die(world, i, event, hazard.purpose());
        }
    }
    for i in world.take_hazard(Hazard::Relapse) {
        relapse(world, i);
    }
    for i in world.take_hazard(Hazard::Recovery) {
        recover(world, i);
    }
    for i in world.take_hazard(Hazard::Assault) {
        world.event(i, Event::Assault, Label::NONE, Label::NONE, None, Purpose::Assault);
        leave::setback(world, i);
    }
    for i in world.take_hazard(Hazard::Noticed) {
        // Whom the court has let go, or who has recovered, on this very day is no longer looked for.
        if world.case(i).stage == Stage::Unseen {
            notice(world, i);
        }
    }
}

fn die(world: &mut World, i: CaseId, event: Event, cause: Purpose) {
    world.event(i, event, Label::place(world.case(i).place), Label::place(Place::Dead), None, cause);
    place::move_to(world, i, Place::Dead, Ending::Death, cause);
}

/// The illness becomes acute.
fn relapse(world: &mut World, i: CaseId) {
    readings::advance(world, i);
    accrual::accrue(world, i);
    world.case_mut(i).clinical.unwell = true;
    world.event(i, Event::Unwell, Label::NONE, Label::NONE, None, Purpose::Relapse);
    let place = world.case(i).place;
    if places::prison(place) {
        if matches!(world.case(i).stage, Stage::None | Stage::AwaitingCourt) {
            world.case_mut(i).route = Route::Prison;
            world.set_stage(i, Stage::Unseen);
        }
    } else if places::hospital(place) {
        leave::setback(world, i);
    } else if places::community(place) {
        // The team sees it soon: a contact out of turn.
        world.schedule_in(i, Due::Contact, Days::ONE);
    }
    world.mark_rates_stale(i);
}

/// The acute illness remits.
fn recover(world: &mut World, i: CaseId) {
    readings::advance(world, i);
    accrual::accrue(world, i);
    world.case_mut(i).clinical.unwell = false;
    world.event(i, Event::Recovered, Label::NONE, Label::NONE, None, Purpose::Recovery);
    let c = world.case(i);
    // Treated in prison before a bed was found: the referral is withdrawn, a held bed is not.
    let waiting = matches!(c.stage, Stage::Unseen | Stage::Identified | Stage::Referred | Stage::Accepted);
    if places::prison(c.place) && waiting && c.ordered().is_none() {
        waiting::withdraw(world, i);
    }
    world.mark_rates_stale(i);
}

/// The need for hospital is identified; some are referred late.
fn notice(world: &mut World, i: CaseId) {
    waiting::identify(world, i);
    world.set_stage(i, Stage::Identified);
    world.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Identified), None, Purpose::Noticed);
    let late = world.draw(i, Purpose::Late) < world.p.referral.late_share;
    let wait = if late {
        Days::ONE + world.delay(i, Purpose::ReferralDelay, world.p.referral.late_days, world.p.referral.late_sigma)
    } else {
        Days::ONE
    };
    world.schedule_in(i, Due::Refer, wait);
}
