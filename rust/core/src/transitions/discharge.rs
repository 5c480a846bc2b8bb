//! Discharges: to what is arranged, in law at once, or back to prison and court.

use crate::calendar::Days;
use crate::caseload::agenda::Due;
use crate::caseload::{Arrangement, FollowUp, Team};
use crate::codes::{Ending, Legal, Place, Purpose, Stage};
use crate::ids::CaseId;
use crate::law;
use crate::law::places;
use crate::requests;
use crate::transitions::{follow_up, place, readiness};
use crate::world::World;
use crate::world::capacity::Ward;

/// Discharges a patient to what is arranged.
pub fn discharge(world: &mut World, i: CaseId, cause: Purpose) {
    // The arrangement is taken up, not given back.
    let Some(to) = readiness::take_up(world, i) else { return };
    if places::hospital(to.place) {
        to_rehabilitation(world, i, to, cause);
    } else {
        to_community(world, i, to, cause);
    }
}

fn to_rehabilitation(world: &mut World, i: CaseId, to: Arrangement, cause: Purpose) {
    place::move_to(world, i, to.place, Ending::Transfer, cause);
    place::occupy_ward(world, i, to.area);
    readiness::end(world, i);
    world.set_stage(i, Stage::Treatment);
    requests::ward_end(world, i, to.place);
}

fn to_community(world: &mut World, i: CaseId, to: Arrangement, cause: Purpose) {
    let today = world.today();
    let status = status_after(world, i);
    place::move_to(world, i, to.place, Ending::Discharge, cause);
    if let Some(legal) = status {
        world.set_legal(i, legal, cause);
    }
    place::occupy_home(world, i, to.area);
    readiness::end(world, i);
    follow_up::begin(world, i, FollowUp { team: to.team, aftercare_pays: to.aftercare_pays });
    let c = world.case_mut(i);
    c.past.discharged = Some(today);
    if c.past.ever_secure {
        c.past.secure_exit = Some(today);
    }
    world.set_stage(i, if to.team.is_some() { Stage::FollowUp } else { Stage::Settled });
    world.schedule_in(i, Due::Contact, Days::rounded_up(world.p.aftercare.contact_days));
    requests::closing(world, i);
}

/// Discharges at once, as a tribunal or a court may: to what is arranged, else home with the team that has room.
pub fn discharge_in_law(world: &mut World, i: CaseId, status: Option<Legal>, cause: Purpose) {
    let area = world.case(i).area;
    if world.case(i).readiness.arranged.is_none_or(|to| !places::community(to.place)) {
        readiness::give_up_arrangement(world, i);
        let team = world.wards.free(Ward::Mainstream, area).then_some(Team::Mainstream);
        readiness::arrange(world, i, Arrangement { place: Place::Home, area, team, aftercare_pays: true });
    }
    if let Some(legal) = status {
        world.set_legal(i, legal, cause);
    }
    discharge(world, i, cause);
}

/// The status after a discharge to the community, where it is another than before.
fn status_after(world: &mut World, i: CaseId) -> Option<Legal> {
    let legal = world.case(i).legal;
    match legal {
        Legal::S37S41 | Legal::Cpia => {
            let lawful = f64::from(world.today()) >= world.p.law.dol_from;
            let dol = world.draw(i, Purpose::Deprivation) < world.p.discharge.dol_share;
            Some(if lawful && dol { Legal::CdDol } else { Legal::Cd })
        }
        Legal::S3 | Legal::S37 | Legal::Notional37 => {
            let cto = world.draw(i, Purpose::CommunityOrder) < world.p.discharge.cto_share;
            Some(if cto { Legal::Cto } else { Legal::None })
        }
        Legal::S45A | Legal::S47S49 | Legal::S47 => Some(Legal::Licence),
        // Detention ends with the stay.
        Legal::S2 | Legal::S35 | Legal::S36 | Legal::S38 | Legal::S48S49 => Some(Legal::None),
        // An order in the community that went on during the stay goes on.
        Legal::None
        | Legal::Cd
        | Legal::CdDol
        | Legal::Cto
        | Legal::Mhtr
        | Legal::Licence
        | Legal::AbsoluteDischarge
        | Legal::Supervision => None,
    }
}

/// Takes a patient back to prison, or to court.
pub fn remit(world: &mut World, i: CaseId) {
    let c = world.case(i);
    if !places::hospital(c.place) || !law::transferred(c.legal) {
        return;
    }
    let place = if c.sentenced() { Place::Prison } else { Place::Remand };
    place::move_to(world, i, place, Ending::Remission, Purpose::RemitDelay);
    world.set_legal(i, Legal::None, Purpose::RemitDelay);
    place::note_status(world, i);
    let c = world.case_mut(i);
    c.grade = Stage::None;
    let stage = if c.offending.charged { Stage::AwaitingCourt } else { Stage::None };
    world.set_stage(i, stage);
}
