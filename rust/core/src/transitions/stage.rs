//! Where a person stands on the way: stage, grade of leave and route. The only writer of the three.

use crate::caseload::Case;
use crate::codes::{Event, Label, Purpose, Route, Stage};
use crate::ids::CaseId;
use crate::law::places::{self, PlaceKind};
use crate::world::World;

impl World {
    /// Sets the stage, and logs the change.
    pub(crate) fn set_stage(&mut self, i: CaseId, stage: Stage) {
        let from = self.case(i).stage;
        if from != stage {
            self.case_mut(i).stage = stage;
            self.event(i, Event::Stage, Label::stage(from), Label::stage(stage), None, Purpose::None);
            self.mark_rates_stale(i);
        }
    }

    /// Sets the stage of somebody for whom nobody works on a move; who is acutely ill in prison is still to be seen.
    pub(crate) fn rest(&mut self, i: CaseId) {
        let stage = at_rest(self.case(i));
        if stage == Stage::Unseen {
            self.set_route(i, Route::Prison);
        }
        self.set_stage(i, stage);
    }

    /// Sets the grade of leave that a patient holds, and keeps while ready to leave or referred.
    pub(crate) fn set_grade(&mut self, i: CaseId, grade: Stage) {
        self.case_mut(i).grade = grade;
    }

    /// Sets the route by which a person comes to the next place.
    pub(crate) fn set_route(&mut self, i: CaseId, route: Route) {
        self.case_mut(i).route = route;
    }
}

/// Whether nobody works on a move of somebody in the community: the stage says only who looks in.
pub fn at_home(s: Stage) -> bool {
    matches!(s, Stage::None | Stage::FollowUp | Stage::Settled)
}

/// Where somebody stands for whom nobody works on a move.
fn at_rest(c: &Case) -> Stage {
    match places::properties(c.place).kind {
        PlaceKind::Secure | PlaceKind::Ward | PlaceKind::Absent if c.grade == Stage::None => Stage::Treatment,
        PlaceKind::Secure | PlaceKind::Ward | PlaceKind::Absent => c.grade,
        PlaceKind::Prison if c.clinical.unwell => Stage::Unseen,
        PlaceKind::Prison | PlaceKind::Community if c.offending.charged => Stage::AwaitingCourt,
        PlaceKind::Community if c.follow_up.team.is_some() => Stage::FollowUp,
        PlaceKind::Community if c.past.discharged.is_some() => Stage::Settled,
        PlaceKind::Community | PlaceKind::Prison | PlaceKind::Gone => Stage::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Legal, Place};

    #[test]
    fn a_change_of_stage_is_logged_and_makes_rates_stale() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37);
        w.stale.clear();
        w.set_stage(i, Stage::EscortedLeave);
        assert_eq!(w.case(i).stage, Stage::EscortedLeave);
        assert_eq!(w.logged(i, Event::Stage), [(Label::stage(Stage::Treatment), Label::stage(Stage::EscortedLeave))]);
        assert_eq!(w.stale, [i]);
    }

    #[test]
    fn the_same_stage_again_is_no_change() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37);
        w.stale.clear();
        w.set_stage(i, Stage::Treatment);
        assert!(w.logged(i, Event::Stage).is_empty() && w.stale.is_empty());
    }
}
