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
