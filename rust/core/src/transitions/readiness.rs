//! Being ready to leave: what is missing, what is arranged, and how a wait ends without a move.

use crate::calendar::NEVER;
use crate::caseload::agenda::Due;
use crate::caseload::{NO_ONE, NO_UNIT};
use crate::codes::{Event, Label, Reason, Stage};
use crate::draw::Purpose;
use crate::law::places;
use crate::transitions::waiting;
use crate::world::World;
use crate::world::capacity::Ward;

/// Makes a patient ready to leave, and logs what is missing.
pub fn make_ready(world: &mut World, i: u32, missing: u8) {
    let today = world.today();
    let c = world.case_mut(i);
    if c.stage != Stage::Ready {
        c.grade = c.stage;
        c.ready = today;
    }
    world.set_stage(i, Stage::Ready);
    blocked(world, i, missing);
}

/// Ends readiness: what was arranged is given up.
pub fn unready(world: &mut World, i: u32) {
    give_up_arrangement(world, i);
    let in_queue = world.case(i).queued >= 0;
    if in_queue && world.case(i).held != NO_UNIT {
        waiting::give_up_bed(world, i);
    }
    let c = world.case_mut(i);
    c.ready = -1;
    c.queued = -1;
    c.consent = false;
    c.assessor = NO_ONE;
    c.due[Due::Discharge as usize] = NEVER;
    c.due[Due::Remission as usize] = NEVER;
    blocked(world, i, 0);
}

/// Gives an arranged place and team back.
pub fn give_up_arrangement(world: &mut World, i: u32) {
    let c = world.case(i);
    let (arranged, forensic, area, ward_area) = (c.arranged, c.arranged_forensic, c.area, c.ward_area_arranged);
    if let Some(place) = arranged {
        if let Some(ward) = Ward::of(place) {
            world.wards.give(ward, ward_area);
        }
        if places::community(place) && world.case(i).arranged_team {
            world.wards.give(if forensic { Ward::Forensic } else { Ward::Mainstream }, area);
        }
        world.case_mut(i).arranged = None;
    }
}

/// Logs what is missing, when it changes.
pub fn blocked(world: &mut World, i: u32, missing: u8) {
    let before = world.case(i).missing;
    if before != missing {
        world.case_mut(i).missing = missing;
        world.event(i, Event::Blocked, Label::reasons(before), Label::reasons(missing), None, Purpose::None);
    }
}

/// A bit of [`Case::missing`](crate::caseload::Case::missing).
pub const fn lacks(r: Reason) -> u8 {
    1 << r as u8
}
