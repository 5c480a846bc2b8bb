//! Being ready to leave: what is missing, what is arranged, and how a wait ends without a move.

use crate::calendar::NEVER;
use crate::caseload::agenda::Due;
use crate::caseload::{NO_ONE, NO_UNIT};
use crate::codes::{Event, Label, Reason, Stage};
use crate::draw::Purpose;
use crate::pathway::beds::Ward;
use crate::pathway::{moves, states};
use crate::sim::Sim;

/// Ends a wait for hospital: nobody waits for this person any more.
pub fn withdraw(sim: &mut Sim, i: u32) {
    moves::give_up_bed(sim, i);
    let c = sim.case_mut(i);
    c.need = -1;
    c.statutory = -1;
    c.ministry = -1;
    c.queued = -1;
    c.reports_in = false;
    c.refusals = 0;
    c.assessments = 0;
    c.assessor = NO_ONE;
    c.ordered = None;
    c.asked = NO_ONE;
    for due in [Due::Refer, Due::Assessed, Due::Reports, Due::Warrant, Due::Consent] {
        c.due[due as usize] = NEVER;
    }
    let stage = if states::hospital(c.place) {
        if c.grade == Stage::None { Stage::Treatment } else { c.grade }
    } else if c.charged {
        Stage::AwaitingCourt
    } else {
        Stage::None
    };
    sim.set_stage(i, stage);
}

/// Makes a patient ready to leave, and logs what is missing.
pub fn make_ready(sim: &mut Sim, i: u32, missing: u8) {
    let today = sim.today();
    let c = sim.case_mut(i);
    if c.stage != Stage::Ready {
        c.grade = c.stage;
        c.ready = today;
    }
    sim.set_stage(i, Stage::Ready);
    blocked(sim, i, missing);
}

/// Ends readiness: what was arranged is given up.
pub fn unready(sim: &mut Sim, i: u32) {
    give_up_arrangement(sim, i);
    let in_queue = sim.case(i).queued >= 0;
    if in_queue && sim.case(i).held != NO_UNIT {
        moves::give_up_bed(sim, i);
    }
    let c = sim.case_mut(i);
    c.ready = -1;
    c.queued = -1;
    c.consent = false;
    c.assessor = NO_ONE;
    c.due[Due::Discharge as usize] = NEVER;
    c.due[Due::Remission as usize] = NEVER;
    blocked(sim, i, 0);
}

/// Gives an arranged place and team back.
pub fn give_up_arrangement(sim: &mut Sim, i: u32) {
    let c = sim.case(i);
    let (arranged, forensic, area, ward_area) = (c.arranged, c.arranged_forensic, c.area, c.ward_area_arranged);
    if let Some(place) = arranged {
        if let Some(ward) = Ward::of(place) {
            sim.wards.give(ward, ward_area);
        }
        if states::community(place) && sim.case(i).arranged_team {
            sim.wards.give(if forensic { Ward::Forensic } else { Ward::Mainstream }, area);
        }
        sim.case_mut(i).arranged = None;
    }
}

/// Logs what is missing, when it changes.
pub fn blocked(sim: &mut Sim, i: u32, missing: u8) {
    let before = sim.case(i).missing;
    if before != missing {
        sim.case_mut(i).missing = missing;
        sim.event(i, Event::Blocked, Label::reasons(before), Label::reasons(missing), None, Purpose::None);
    }
}

/// A bit of [`Case::missing`](crate::caseload::Case::missing).
pub const fn lacks(r: Reason) -> u8 {
    1 << r as u8
}
