//! Where a person stands on the way: stage, grade of leave and route. The only writer of the three.

use crate::codes::{Event, Label, Purpose, Route, Stage};
use crate::ids::CaseId;
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

    /// Sets the grade of leave that a patient holds, and keeps while ready to leave or referred.
    pub(crate) fn set_grade(&mut self, i: CaseId, grade: Stage) {
        self.case_mut(i).grade = grade;
    }

    /// Sets the route by which a person comes to the next place.
    pub(crate) fn set_route(&mut self, i: CaseId, route: Route) {
        self.case_mut(i).route = route;
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
