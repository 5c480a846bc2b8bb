//! Discharges: to what is arranged, in law at once, or back to prison and court.

use crate::calendar::{Day, NEVER};
use crate::caseload::agenda::Due;
use crate::codes::{Ending, Legal, Place, Stage};
use crate::draw::Purpose;
use crate::law::places;
use crate::transitions::{place, readiness};
use crate::world::World;
use crate::world::capacity::Ward;
use crate::{law, requests};

/// Discharges a patient to what is arranged.
pub fn discharge(world: &mut World, i: u32, cause: Purpose) {
    let today = world.today();
    let Some(place) = world.case(i).arranged else { return };
    let c = world.case(i);
    let (legal, forensic, team, ward_area, from) =
        (c.legal, c.arranged_forensic, c.arranged_team, c.ward_area_arranged, c.place);
    // The arrangement is taken up, not given back.
    world.case_mut(i).arranged = None;
    if matches!(place, Place::OpenRehab | Place::LockedRehab) {
        place::move_to(world, i, place, Ending::Transfer, cause);
        let c = world.case_mut(i);
        c.ward_area = ward_area;
        c.provider_since = today;
        c.site = u16::MAX;
        c.consent = false;
        world.set_stage(i, Stage::Treatment);
        requests::ward_end(world, i, place);
        return;
    }
    let status = status_after(world, i, legal);
    place::move_to(world, i, place, Ending::Discharge, cause);
    if let Some(l) = status {
        world.set_legal(i, l, cause);
    }
    let months = world.p.aftercare.contact_days as Day;
    let c = world.case_mut(i);
    c.ward_area = ward_area;
    c.forensic_team = team && forensic;
    c.mainstream_team = team && !forensic;
    c.discharged = today;
    c.consent = false;
    c.spell_legal = c.legal;
    if c.ever_secure {
        c.secure_exit = today;
    }
    if places::secure(from) && from != Place::Low {
        c.discharged_secure = true;
    }
    world.set_stage(i, if team { Stage::FollowUp } else { Stage::Settled });
    world.caseload.plan(i, Due::Contact, today + months);
    requests::closing(world, i);
}

/// Discharges at once, as a tribunal or a court may: to what is arranged, else home with the team that has room.
pub fn discharge_in_law(world: &mut World, i: u32, status: Option<Legal>, cause: Purpose) {
    let area = world.case(i).area;
    if world.case(i).arranged.is_none_or(|p| !places::community(p)) {
        readiness::give_up_arrangement(world, i);
        let team = world.wards.free(Ward::Mainstream, area);
        if team {
            world.wards.take(Ward::Mainstream, area);
        }
        let c = world.case_mut(i);
        c.arranged = Some(Place::Home);
        c.arranged_forensic = false;
        c.arranged_team = team;
    }
    if let Some(l) = status {
        world.set_legal(i, l, cause);
    }
    discharge(world, i, cause);
}

/// The status after a discharge to the community.
fn status_after(world: &mut World, i: u32, legal: Legal) -> Option<Legal> {
    let key = world.key;
    match legal {
        Legal::S37S41 | Legal::Cpia => {
            let lawful = f64::from(world.today()) >= world.p.law.dol_from;
            let share = world.p.discharge.dol_share;
            let dol = world.case_mut(i).draw(key, Purpose::Discharge) < share;
            Some(if lawful && dol { Legal::CdDol } else { Legal::Cd })
        }
        Legal::S3 | Legal::S37 | Legal::Notional37 => {
            let share = world.p.discharge.cto_share;
            let cto = world.case_mut(i).draw(key, Purpose::Discharge) < share;
            Some(if cto { Legal::Cto } else { Legal::None })
        }
        Legal::S45A | Legal::S47S49 | Legal::S47 => Some(Legal::Licence),
        // Detention ends with the stay; an order in the community that went on during it goes on.
        l if law::detained(l) => Some(Legal::None),
        _ => None,
    }
}

/// Takes a patient back to prison, or to court.
pub fn remit(world: &mut World, i: u32) {
    let c = world.case(i);
    if !places::hospital(c.place) || !law::transferred(c.legal) {
        return;
    }
    let sentenced = c.release != NEVER;
    let place = if sentenced { Place::Prison } else { Place::Remand };
    place::move_to(world, i, place, Ending::Remission, Purpose::RemitDelay);
    world.set_legal(i, Legal::None, Purpose::RemitDelay);
    let c = world.case_mut(i);
    c.grade = Stage::None;
    let stage = if c.charged { Stage::AwaitingCourt } else { Stage::None };
    c.spell_legal = Legal::None;
    world.set_stage(i, stage);
}
