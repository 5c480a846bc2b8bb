//! Stage: the only writer of it.

use crate::codes::{Event, Label, Purpose, Stage};
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
