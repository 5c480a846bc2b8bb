//! Discharges: to what is arranged, in law at once, or back to prison and court.

use serde::Deserialize;

use crate::calendar::{Day, NEVER};
use crate::caseload::agenda::Due;
use crate::codes::{Ending, Legal, Place, Stage};
use crate::draw::Purpose;
use crate::pathway::beds::Ward;
use crate::pathway::{admissions, law, moves, readiness, states};
use crate::sim::Sim;

/// Leaving hospital.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DischargeParams {
    /// Days after which funders look again at a patient who is ready [d].
    pub again: f64,
    /// Share of unrestricted patients discharged under a community treatment order [share].
    pub cto_share: f64,
    /// Share of conditional discharges that deprive of liberty, once lawful [share].
    pub dol_share: f64,
    /// Median days until prison or court takes a patient back [d].
    pub remit_days: f64,
    /// Spread of its logarithm [ln d].
    pub remit_sigma: f64,
    /// Median days on an acute ward [d].
    pub acute_days: f64,
    /// Median days on a PICU [d].
    pub picu_days: f64,
    /// Median days on a rehabilitation ward [d].
    pub rehab_days: f64,
    /// Spread of the logarithm of a ward stay [ln d].
    pub ward_sigma: f64,
    /// Days after which a person who was never in secure care, and has no order or charge, leaves the books [d].
    pub books_days: f64,
    /// Share of a rehabilitation ward's patients on a locked one [share].
    pub locked_share: f64,
}

/// Discharges a patient to what is arranged.
pub fn discharge(sim: &mut Sim, i: u32, cause: Purpose) {
    let today = sim.today();
    let Some(place) = sim.case(i).arranged else { return };
    let c = sim.case(i);
    let (legal, forensic, team, ward_area, from) =
        (c.legal, c.arranged_forensic, c.arranged_team, c.ward_area_arranged, c.place);
    // The arrangement is taken up, not given back.
    sim.case_mut(i).arranged = None;
    if matches!(place, Place::OpenRehab | Place::LockedRehab) {
        moves::to(sim, i, place, Ending::Transfer, cause);
        let c = sim.case_mut(i);
        c.ward_area = ward_area;
        c.provider_since = today;
        c.site = u16::MAX;
        c.consent = false;
        sim.set_stage(i, Stage::Treatment);
        admissions::plan_ward_end(sim, i, place);
        return;
    }
    let status = status_after(sim, i, legal);
    moves::to(sim, i, place, Ending::Discharge, cause);
    if let Some(l) = status {
        sim.set_legal(i, l, cause);
    }
    let months = sim.p.aftercare.contact_days as Day;
    let c = sim.case_mut(i);
    c.ward_area = ward_area;
    c.forensic_team = team && forensic;
    c.mainstream_team = team && !forensic;
    c.discharged = today;
    c.consent = false;
    c.spell_legal = c.legal;
    if c.ever_secure {
        c.secure_exit = today;
    }
    if states::secure(from) && from != Place::Low {
        c.discharged_secure = true;
    }
    sim.set_stage(i, if team { Stage::FollowUp } else { Stage::Settled });
    sim.caseload.plan(i, Due::Contact, today + months);
    moves::plan_close(sim, i);
}

/// Discharges at once, as a tribunal or a court may: to what is arranged, else home with the team that has room.
pub fn discharge_in_law(sim: &mut Sim, i: u32, status: Option<Legal>, cause: Purpose) {
    let area = sim.case(i).area;
    if sim.case(i).arranged.is_none_or(|p| !states::community(p)) {
        readiness::give_up_arrangement(sim, i);
        let team = sim.wards.free(Ward::Mainstream, area);
        if team {
            sim.wards.take(Ward::Mainstream, area);
        }
        let c = sim.case_mut(i);
        c.arranged = Some(Place::Home);
        c.arranged_forensic = false;
        c.arranged_team = team;
    }
    if let Some(l) = status {
        sim.set_legal(i, l, cause);
    }
    discharge(sim, i, cause);
}

/// The status after a discharge to the community.
fn status_after(sim: &mut Sim, i: u32, legal: Legal) -> Option<Legal> {
    let key = sim.key;
    match legal {
        Legal::S37S41 | Legal::Cpia => {
            let lawful = f64::from(sim.today()) >= sim.p.law.dol_from;
            let share = sim.p.discharge.dol_share;
            let dol = sim.case_mut(i).draw(key, Purpose::Discharge) < share;
            Some(if lawful && dol { Legal::CdDol } else { Legal::Cd })
        }
        Legal::S3 | Legal::S37 | Legal::Notional37 => {
            let share = sim.p.discharge.cto_share;
            let cto = sim.case_mut(i).draw(key, Purpose::Discharge) < share;
            Some(if cto { Legal::Cto } else { Legal::None })
        }
        Legal::S45A | Legal::S47S49 | Legal::S47 => Some(Legal::Licence),
        // Detention ends with the stay; an order in the community that went on during it goes on.
        l if law::detained(l) => Some(Legal::None),
        _ => None,
    }
}

/// Takes a patient back to prison, or to court.
pub fn remit(sim: &mut Sim, i: u32) {
    let c = sim.case(i);
    if !states::hospital(c.place) || !law::transferred(c.legal) {
        return;
    }
    let sentenced = c.release != NEVER;
    let place = if sentenced { Place::Prison } else { Place::Remand };
    moves::to(sim, i, place, Ending::Remission, Purpose::RemitDelay);
    sim.set_legal(i, Legal::None, Purpose::RemitDelay);
    let c = sim.case_mut(i);
    c.grade = Stage::None;
    let stage = if c.charged { Stage::AwaitingCourt } else { Stage::None };
    c.spell_legal = Legal::None;
    sim.set_stage(i, stage);
}
