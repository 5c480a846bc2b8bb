//! Admissions: to a held bed of a unit or a PICU, or to an acute ward.

use crate::calendar::Days;
use crate::caseload::agenda::Due;
use crate::caseload::{Bed, Case, HeldBed, Waits};
use crate::codes::{Ending, Event, Label, Legal, Place, Purpose, Route, Stage};
use crate::ids::CaseId;
use crate::law::{self, places, stages};
use crate::levers::Lever;
use crate::requests;
use crate::transitions::{place, readiness, waiting};
use crate::world::World;
use crate::world::capacity::Ward;

/// Admits a person to the held bed, or to an acute ward that has been waited for.
pub fn admit(world: &mut World, i: CaseId) {
    match waiting::take_bed(world, i) {
        Some(held) => into_held_bed(world, i, held),
        None if world.case(i).awaits_ward => to_ward(world, i, Place::Acute, Purpose::Relapse),
        None => {}
    }
}

fn into_held_bed(world: &mut World, i: CaseId, held: HeldBed) {
    let c = world.case(i);
    let (route, from, leave) = (c.route, c.place, c.leave());
    let waits = waits(c, world.today());
    let status = admission_status(c);
    let (target, site) = match held.bed {
        Bed::Unit(unit) => (world.units[unit].tier, Some(world.units[unit].site)),
        Bed::Picu { .. } => (Place::Picu, None),
    };
    place::move_to(world, i, target, ending(from), Purpose::MoveDelay);
    if let Some(legal) = status {
        world.set_legal(i, legal, Purpose::MoveDelay);
    }
    let p = &world.case(i).placement;
    let same_provider = p.provider_since.is_some() && from != Place::Home && site.is_some() && site == p.site;
    match held.bed {
        Bed::Unit(unit) => {
            let payer = world.commissioner(world.case(i).area, target);
            place::occupy_unit(world, i, unit, payer, held.other);
            world.retain_for_life(i);
        }
        Bed::Picu { area } => place::occupy_ward(world, i, area),
    }
    place::note_admission(world, i, waits, held, same_provider);
    waiting::end(world, i);
    readiness::end(world, i);
    world.caseload.cancel(i, Due::Lapse);
    begin_treatment(world, i, route, leave);
    if places::secure(target) {
        requests::review(world, i);
    } else {
        requests::ward_end(world, i, target);
    }
    world.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Admission), None, Purpose::MoveDelay);
}

/// The waits that end with an admission today; a move between tiers ends none.
fn waits(c: &Case, today: i32) -> Waits {
    let wait = c.wait.filter(|_| !matches!(c.route, Route::StepDown | Route::StepUp)).unwrap_or_default();
    let days = |since: Option<i32>| since.map(|day| today - day);
    Waits { clinical: days(wait.identified), ministry: days(wait.at_ministry), statutory: days(wait.requested) }
}

/// How a spell ends with an admission, by where the person comes from.
fn ending(from: Place) -> Ending {
    if places::hospital(from) { Ending::Transfer } else { Ending::Admission }
}

/// Begins treatment in a new place: after a step down some of it counts again, and some leave is kept.
fn begin_treatment(world: &mut World, i: CaseId, route: Route, leave: Stage) {
    let kept = world.p.clinical.programme_kept + world.lever(Lever::StandardisedTreatment, world.case(i).area);
    let step_down = route == Route::StepDown;
    let c = world.case_mut(i);
    c.setbacks = 0;
    if route == Route::Recall {
        c.past.recalls = c.past.recalls.saturating_add(1);
    }
    c.clinical.programme *= if step_down { kept.clamp(0.0, 1.0) } else { 0.0 };
    c.grade = if step_down && stages::unescorted(leave) { Stage::EscortedLeave } else { Stage::Treatment };
    let stage = if step_down { c.grade } else { Stage::Admission };
    world.set_stage(i, stage);
}

/// The status under which a person is admitted, where it is another than before.
fn admission_status(c: &Case) -> Option<Legal> {
    match c.route {
        Route::Prison if c.sentenced() => Some(Legal::S47S49),
        Route::Prison => Some(Legal::S48S49),
        Route::Court => c.ordered(),
        Route::Recall if c.conditional() => Some(Legal::S37S41),
        Route::Recall => (!law::detained(c.legal)).then_some(Legal::S3),
        Route::Civil => matches!(c.legal, Legal::None | Legal::S2 | Legal::Cto).then_some(Legal::S3),
        Route::StepDown | Route::StepUp => None,
    }
}

/// Admits to an acute or PICU ward in the nearest area with a free bed; without one, tries again tomorrow.
pub fn to_ward(world: &mut World, i: CaseId, to: Place, cause: Purpose) {
    let Some(ward) = Ward::of(to) else { return };
    match world.wards.anywhere(ward, world.case(i).area) {
        Some(area) => {
            world.wards.take(ward, area);
            let from = world.case(i).place;
            place::move_to(world, i, to, ending(from), cause);
            place::occupy_ward(world, i, area);
            place::await_ward(world, i, false);
            requests::ward_end(world, i, to);
        }
        None => {
            place::await_ward(world, i, true);
            world.schedule_in(i, Due::Admission, Days::ONE);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The status under which a person would be after an admission.
    pub(crate) fn status_after(c: &Case) -> Legal {
        admission_status(c).unwrap_or(c.legal)
    }
}
