//! Phase 3: illness and risk. Deaths too, so that nobody acts who has died today.

use crate::caseload::Route;
use crate::caseload::agenda::Due;
use crate::codes::{Ending, Event, Label, Place, Stage};
use crate::draw::Purpose;
use crate::hazards::Hazard;
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
        leave::setback(world, i, Stage::Treatment);
    }
    for i in world.take_hazard(Hazard::Noticed) {
        // Whom the court has let go, or who has recovered, on this very day is no longer looked for.
        if world.case(i).stage == Stage::Unseen {
            notice(world, i);
        }
    }
}

fn die(world: &mut World, i: u32, event: Event, cause: Purpose) {
    world.event(i, event, Label::place(world.case(i).place), Label::place(Place::Dead), None, cause);
    place::move_to(world, i, Place::Dead, Ending::Death, cause);
}

fn relapse(world: &mut World, i: u32) {
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
        leave::setback(world, i, Stage::Treatment);
    } else if places::community(place) {
        // The team sees it soon: a contact out of turn.
        let today = world.today();
        world.caseload.plan(i, Due::Contact, today + 1);
    }
    world.touch(i);
}

fn recover(world: &mut World, i: u32) {
    readings::advance(world, i);
    accrual::accrue(world, i);
    world.case_mut(i).clinical.unwell = false;
    world.event(i, Event::Recovered, Label::NONE, Label::NONE, None, Purpose::Recovery);
    if places::prison(world.case(i).place) {
        // Treated in prison before a bed was found: the referral is withdrawn, a held bed is not.
        let waiting =
            matches!(world.case(i).stage, Stage::Unseen | Stage::Identified | Stage::Referred | Stage::Accepted);
        if waiting && world.case(i).ordered.is_none() {
            waiting::withdraw(world, i);
        }
    }
    world.touch(i);
}

fn notice(world: &mut World, i: u32) {
    let today = world.today();
    world.case_mut(i).need = today;
    world.set_stage(i, Stage::Identified);
    world.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Identified), None, Purpose::Noticed);
    let (key, share) = (world.key, world.p.referral.late_share);
    let late = world.case_mut(i).draw(key, Purpose::Noticed) < share;
    let wait = if late {
        let (median, sigma) = (world.p.referral.late_days, world.p.referral.late_sigma);
        1 + world.delay(i, Purpose::AssessDelay, median, sigma)
    } else {
        1
    };
    world.caseload.plan(i, Due::Refer, today + wait);
}
