//! Being ready to leave: what is missing, what is arranged, and how readiness ends without a move. The only writer of a
//! case's readiness.

use enumset::EnumSet;

use crate::caseload::agenda::Due;
use crate::caseload::{Arrangement, Team};
use crate::codes::{Event, Label, Legal, Purpose, Reason, Stage};
use crate::ids::CaseId;
use crate::law;
use crate::transitions::waiting;
use crate::world::World;
use crate::world::capacity::Ward;

/// What somebody who is to leave hospital lacks at first, by legal status.
pub fn to_leave(legal: Legal) -> EnumSet<Reason> {
    let consent = if law::restricted(legal) { EnumSet::only(Reason::Consent) } else { EnumSet::empty() };
    Reason::Place | Reason::Team | Reason::Funding | consent
}

/// Makes a patient ready to leave, and logs what is missing.
pub fn make_ready(world: &mut World, i: CaseId, missing: EnumSet<Reason>) {
    let today = world.today();
    let c = world.case_mut(i);
    if c.stage != Stage::Ready {
        c.grade = c.stage;
    }
    c.readiness.since.get_or_insert(today);
    world.set_stage(i, Stage::Ready);
    set_missing(world, i, missing);
}

/// Ends readiness: what was arranged is given up.
pub fn unready(world: &mut World, i: CaseId) {
    give_up_arrangement(world, i);
    waiting::leave_queue(world, i);
    let c = world.case_mut(i);
    c.readiness.since = None;
    c.readiness.consent = false;
    c.due.set(Due::Discharge, None);
    c.due.set(Due::Remission, None);
    set_missing(world, i, EnumSet::empty());
}

/// Ends readiness because consent or a warrant was refused: back to the leave that was held.
pub fn back_to_leave(world: &mut World, i: CaseId) {
    unready(world, i);
    let grade = world.case(i).grade;
    world.set_stage(i, if grade == Stage::None { Stage::Treatment } else { grade });
}

/// Notes that the tribunal has agreed, to take effect when place and team are there.
pub fn consent(world: &mut World, i: CaseId) {
    world.case_mut(i).readiness.consent = true;
}

/// Notes that the Ministry has agreed: consent is no longer missing.
pub fn agree(world: &mut World, i: CaseId) {
    consent(world, i);
    no_longer_missing(world, i, EnumSet::only(Reason::Consent));
}

/// Takes what is arranged, place and team, out of what is free.
pub fn arrange(world: &mut World, i: CaseId, arrangement: Arrangement) {
    for ward in wards(&arrangement).into_iter().flatten() {
        world.wards.take(ward, arrangement.area);
    }
    world.case_mut(i).readiness.arranged = Some(arrangement);
}

/// What an arrangement takes up of the places and teams that are counted by area.
pub fn wards(arrangement: &Arrangement) -> [Option<Ward>; 2] {
    [Ward::of(arrangement.place), arrangement.team.map(ward_of)]
}

/// The caseload of a community team, as it is counted by area.
pub const fn ward_of(team: Team) -> Ward {
    match team {
        Team::Forensic => Ward::Forensic,
        Team::Mainstream => Ward::Mainstream,
    }
}

/// Gives an arranged place and team back.
pub fn give_up_arrangement(world: &mut World, i: CaseId) {
    if let Some(arrangement) = take_up(world, i) {
        for ward in wards(&arrangement).into_iter().flatten() {
            world.wards.give(ward, arrangement.area);
        }
    }
}

/// Takes up what is arranged: it is no longer only arranged.
pub fn take_up(world: &mut World, i: CaseId) -> Option<Arrangement> {
    world.case_mut(i).readiness.arranged.take()
}

/// Ends readiness with the move: what it rested on is used up.
pub fn end(world: &mut World, i: CaseId) {
    world.case_mut(i).readiness.consent = false;
}

/// Forgets since when a person is ready: the move ends it.
pub fn forget_since(world: &mut World, i: CaseId) {
    world.case_mut(i).readiness.since = None;
}

/// Takes reasons off what is missing.
pub fn no_longer_missing(world: &mut World, i: CaseId, reasons: EnumSet<Reason>) {
    set_missing(world, i, world.case(i).readiness.missing - reasons);
}

/// Sets what is missing, and logs it when it changes.
pub fn set_missing(world: &mut World, i: CaseId, missing: EnumSet<Reason>) {
    let before = world.case(i).readiness.missing;
    if before != missing {
        world.case_mut(i).readiness.missing = missing;
        world.event(i, Event::Blocked, Label::reasons(before), Label::reasons(missing), None, Purpose::None);
    }
}
