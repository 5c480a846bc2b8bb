//! Follow-up by a community team: the only writer of it. A team's caseload is counted by area.

use crate::caseload::{FollowUp, Team};
use crate::ids::CaseId;
use crate::transitions::readiness::ward_of;
use crate::world::World;

/// Begins follow-up by a team whose place has been taken already, or by none.
pub fn begin(world: &mut World, i: CaseId, follow_up: FollowUp) {
    world.case_mut(i).follow_up = follow_up;
}

/// Has a team that has room take a person on.
pub fn take_on(world: &mut World, i: CaseId, team: Team) {
    world.wards.take(ward_of(team), world.case(i).area);
    world.case_mut(i).follow_up.team = Some(team);
}

/// Ends follow-up: the team's place is free from tomorrow on.
pub fn end(world: &mut World, i: CaseId) {
    let area = world.case(i).area;
    if let Some(team) = world.case_mut(i).follow_up.team.take() {
        world.wards.give(ward_of(team), area);
    }
}
