//! Charges, convictions and sentences: the only writer of a case's offending.

use crate::calendar::{Day, Days};
use crate::caseload::agenda::Due;
use crate::codes::Offence;
use crate::ids::CaseId;
use crate::world::World;

/// Opens a charge.
pub fn charge(world: &mut World, i: CaseId, offence: Offence, grave: bool, crown: bool) {
    let o = &mut world.case_mut(i).offending;
    o.offence = offence;
    o.grave = grave;
    o.crown = crown;
    o.charged = true;
    o.history = (o.history + 1).min(3);
}

/// Opens the present charge again: a court has still to dispose.
pub fn reopen_charge(world: &mut World, i: CaseId) {
    world.case_mut(i).offending.charged = true;
}

/// Lets the charge fall.
pub fn drop_charge(world: &mut World, i: CaseId) {
    world.case_mut(i).offending.charged = false;
}

/// Counts a conviction; after an interim order the charge stays open until the court sits again.
pub fn convict(world: &mut World, i: CaseId, interim: bool) {
    let o = &mut world.case_mut(i).offending;
    o.charged = interim;
    o.convictions = (o.convictions + 1).min(3);
}

/// Begins a sentence that keeps the person in custody, or under a direction, for so many days from today on.
pub fn sentence(world: &mut World, i: CaseId, days: Days) {
    let release = world.today() + days;
    sentence_until(world, i, release);
}

/// Begins a sentence that ends on a day.
pub fn sentence_until(world: &mut World, i: CaseId, release: Day) {
    world.case_mut(i).offending.release = Some(release);
    world.caseload.schedule(i, Due::Release, release);
}

/// Ends a sentence.
pub fn end_sentence(world: &mut World, i: CaseId) {
    world.case_mut(i).offending.release = None;
}

/// Lets the history of offending fade a step, here and in the population.
pub fn fade(world: &mut World, i: CaseId) {
    let c = world.case_mut(i);
    c.offending.history -= 1;
    let row = c.row;
    world.population.fade(row);
    world.mark_rates_stale(i);
}
