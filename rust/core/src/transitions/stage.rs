//! Stage: the only writer of it.

use crate::codes::{Event, Label, Stage};
use crate::draw::Purpose;
use crate::world::World;

impl World {
    /// Sets the stage.
    pub(crate) fn set_stage(&mut self, i: u32, stage: Stage) {
        let from = self.case(i).stage;
        if from != stage {
            self.case_mut(i).stage = stage;
            self.event(i, Event::Stage, Label::stage(from), Label::stage(stage), None, Purpose::None);
            self.touch(i);
        }
    }
}
