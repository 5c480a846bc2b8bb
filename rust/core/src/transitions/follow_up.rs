//! Follow-up by a community team: the only writer of it. A team's caseload is counted by area.

use crate::caseload::{FollowUp, Granted, Team};
use crate::ids::CaseId;
use crate::transitions::grants;
use crate::transitions::readiness::ward_of;
use crate::world::World;

/// Begins follow-up by a team whose place has been taken already, or by none.
pub fn begin(world: &mut World, i: CaseId, follow_up: FollowUp) {
    world.case_mut(i).follow_up = follow_up;
}

/// Has a team that has room take a person on, at the expense of its usual payer.
pub fn take_on(world: &mut World, i: CaseId, team: Team) {
    let area = world.case(i).area;
    world.wards.take(ward_of(team), area);
    let follow_up = FollowUp::usual(team);
    let granted = grants::begin(world, i, Granted::TEAM, ward_of(team));
    if !follow_up.aftercare_pays && !granted {
        world.wards.commission(ward_of(team), area, true);
    }
    begin(world, i, follow_up);
}

/// Notes that a breach of conditions, or a deterioration, points to an offence; or that it is dealt with.
pub fn note_breach(world: &mut World, i: CaseId, seen: bool) {
    world.case_mut(i).follow_up.breach = seen;
}

/// Ends follow-up: the team's place is free from tomorrow on.
pub fn end(world: &mut World, i: CaseId) {
    let area = world.case(i).area;
    let follow_up = std::mem::take(&mut world.case_mut(i).follow_up);
    if let Some(team) = follow_up.team {
        world.wards.give(ward_of(team), area);
        let granted = grants::end(world, i, Granted::TEAM, ward_of(team));
        if !follow_up.aftercare_pays && !granted {
            world.wards.commission(ward_of(team), area, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Legal, Place};
    use crate::world::capacity::Ward;

    #[test]
    fn a_team_that_takes_somebody_on_gives_up_a_place_until_follow_up_ends() {
        for (team, ward) in [(Team::Forensic, Ward::Forensic), (Team::Mainstream, Ward::Mainstream)] {
            let mut w = World::small();
            let i = w.put_with(Place::Home, Legal::None, |c| c.area = 1);
            take_on(&mut w, i, team);
            assert_eq!((w.case(i).follow_up.team, w.wards.used_in(ward, 1)), (Some(team), 1));
            end(&mut w, i);
            assert_eq!((w.case(i).follow_up.team, w.wards.used_in(ward, 1)), (None, 1));
            w.wards.close_day();
            assert_eq!(w.wards.used_in(ward, 1), 0);
        }
    }

    #[test]
    fn follow_up_that_begins_takes_no_second_place() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        begin(&mut w, i, FollowUp { team: Some(Team::Forensic), aftercare_pays: true, breach: false });
        assert_eq!(w.wards.used(Ward::Forensic), 0);
        assert!(w.case(i).follow_up.forensic() && w.case(i).follow_up.aftercare_pays);
    }

    #[test]
    fn to_end_what_nobody_has_begun_changes_nothing() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        end(&mut w, i);
        w.wards.close_day();
        w.must_hold();
    }
}
