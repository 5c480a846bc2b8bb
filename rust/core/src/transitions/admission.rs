//! Admissions: to a held bed, to a ward, and what follows when a warrant or a stay runs out.

use crate::calendar::{Day, NEVER};
use crate::caseload::agenda::Due;
use crate::caseload::{NO_ONE, NO_UNIT, Route};
use crate::codes::{Ending, Event, Label, Legal, Place, Stage};
use crate::draw::Purpose;
use crate::law::{places, stages};
use crate::levers::Lever;
use crate::transitions::place;
use crate::world::World;
use crate::world::capacity::Ward;
use crate::{law, requests};

/// Admits a person to the held bed, or to an acute ward that has been waited for.
pub fn admit(world: &mut World, i: u32) {
    let held = world.case(i).held;
    if held == NO_UNIT {
        if world.case(i).awaits_ward {
            to_ward(world, i, Place::Acute, Purpose::Relapse);
        }
        return;
    }
    let (route, today, ward) = (world.case(i).route, world.today(), world.case(i).held_ward);
    let target = if ward { Place::Picu } else { world.units.all[usize::from(held)].tier };
    let from = world.case(i).place;
    let c = world.case(i);
    let wait = |since: Day| if since < 0 { -1 } else { today - since };
    let waits = if matches!(route, Route::StepDown | Route::StepUp) {
        [-1; 3]
    } else {
        [wait(c.need), wait(c.ministry), wait(c.statutory)]
    };
    let (other, spot) = (c.held_other, c.held_spot);
    let ordered = c.ordered;
    world.case_mut(i).held = NO_UNIT;
    let ending = if places::hospital(from) { Ending::Transfer } else { Ending::Admission };
    world.case_mut(i).ordered = None;
    let unescorted =
        stages::unescorted(if world.case(i).stage == Stage::Ready { world.case(i).grade } else { world.case(i).stage });
    place::move_to(world, i, target, ending, Purpose::MoveDelay);
    let site = if ward {
        world.case_mut(i).ward_area = held as u8;
        None
    } else {
        let unit = usize::from(held);
        world.units.all[unit].held -= 1;
        world.units.all[unit].occupied += 1;
        Some(world.units.all[unit].site)
    };
    let legal = admission_status(world, i, route, ordered);
    if let Some(l) = legal {
        world.set_legal(i, l, Purpose::MoveDelay);
    }
    let payer = if ward { NO_ONE } else { world.commissioner(world.case(i).area, target) };
    let kept = world.p.clinical.programme_kept + world.lever(Lever::StandardisedTreatment, world.case(i).area);
    let secure = places::secure(target);
    let c = world.case_mut(i);
    if site.is_some() {
        c.unit = held;
        world.know_for_life(i);
        world.inpatients.push(i);
    }
    let c = world.case_mut(i);
    if c.provider_since < 0 || from == Place::Home || !same_site(site, c.site) {
        c.provider_since = today;
    }
    c.site = site.unwrap_or(u16::MAX);
    if secure && c.secure_since < 0 {
        c.secure_since = today;
    }
    c.payer = payer;
    c.waits = waits;
    c.out_of_area = other;
    c.spot = spot;
    c.spell_legal = c.legal;
    c.need = -1;
    c.statutory = -1;
    c.ministry = -1;
    c.queued = -1;
    c.reports_in = false;
    c.refusals = 0;
    c.setbacks = 0;
    c.assessor = NO_ONE;
    c.consent = false;
    if route == Route::Recall {
        c.recalls = c.recalls.saturating_add(1);
    }
    if route == Route::StepDown {
        c.clinical.programme *= kept.clamp(0.0, 1.0);
    } else {
        c.clinical.programme = 0.0;
    }
    c.grade = if route == Route::StepDown && unescorted { Stage::EscortedLeave } else { Stage::Treatment };
    world.caseload.cancel(i, Due::Lapse);
    if route == Route::StepDown {
        let grade = world.case(i).grade;
        world.set_stage(i, grade);
    } else {
        world.set_stage(i, Stage::Admission);
    }
    if secure {
        requests::review(world, i);
    } else {
        requests::ward_end(world, i, target);
    }
    world.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Admission), None, Purpose::MoveDelay);
}

fn same_site(site: Option<u16>, before: u16) -> bool {
    site == Some(before)
}

/// The status under which a person is admitted.
fn admission_status(world: &World, i: u32, route: Route, ordered: Option<Legal>) -> Option<Legal> {
    let c = world.case(i);
    match route {
        Route::Prison if c.release == NEVER => Some(Legal::S48S49),
        Route::Prison => Some(Legal::S47S49),
        Route::Court => ordered,
        Route::Recall => match c.legal {
            Legal::Cd | Legal::CdDol => Some(Legal::S37S41),
            l if law::detained(l) => None,
            _ => Some(Legal::S3),
        },
        Route::Civil | Route::StepDown | Route::StepUp => match c.legal {
            Legal::None | Legal::S2 | Legal::Cto if route == Route::Civil => Some(Legal::S3),
            _ => None,
        },
    }
}

/// Admits to an acute or PICU ward in the nearest area with a free bed; without one, tries again tomorrow.
pub fn to_ward(world: &mut World, i: u32, place: Place, cause: Purpose) {
    let Some(ward) = Ward::of(place) else { return };
    let today = world.today();
    match world.wards.anywhere(ward, world.case(i).area) {
        Some(area) => {
            world.wards.take(ward, area);
            let ending = if places::hospital(world.case(i).place) { Ending::Transfer } else { Ending::Admission };
            place::move_to(world, i, place, ending, cause);
            let c = world.case_mut(i);
            c.ward_area = area;
            c.provider_since = today;
            c.site = u16::MAX;
            c.awaits_ward = false;
            requests::ward_end(world, i, place);
        }
        None => {
            world.case_mut(i).awaits_ward = true;
            world.caseload.plan(i, Due::Admission, today + 1);
        }
    }
}
