//! Leave from hospital: grades of it gained, and lost by a setback.

use crate::codes::Stage;
use crate::ids::CaseId;
use crate::law::stages;
use crate::transitions::readiness;
use crate::world::World;

/// Gives the next grade of leave, and with it hope.
pub fn more_leave(world: &mut World, i: CaseId) {
    let Some(next) = stages::next_leave(world.case(i).stage) else { return };
    world.set_stage(i, next);
    let step = world.p.clinical.hope_step;
    let c = world.case_mut(i);
    c.grade = next;
    c.clinical.hope = (c.clinical.hope + step).min(1.0);
}

/// Takes a grade of leave away; who is ready to leave keeps the leave that was held before.
pub fn less_leave(world: &mut World, i: CaseId) {
    let stage = if world.case(i).stage == Stage::Ready {
        readiness::unready(world, i);
        world.case(i).grade
    } else {
        stages::less_leave(world.case(i).stage)
    };
    world.set_stage(i, stage);
    world.case_mut(i).grade = stage;
}

/// Takes leave away and starts the way out again, for a patient in treatment.
pub fn setback(world: &mut World, i: CaseId) {
    let c = world.case_mut(i);
    if !stages::in_treatment(c.stage) && c.stage != Stage::Ready {
        return;
    }
    c.setbacks = c.setbacks.saturating_add(1);
    if c.stage == Stage::Ready {
        readiness::unready(world, i);
    }
    world.set_stage(i, Stage::Treatment);
    world.case_mut(i).grade = Stage::Treatment;
}
