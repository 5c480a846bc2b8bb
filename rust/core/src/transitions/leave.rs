//! Leave from hospital: grades of it gained, and lost by a setback.

use crate::codes::Stage;
use crate::transitions::readiness;
use crate::world::World;

/// Gives the next grade of leave.
pub fn more_leave(world: &mut World, i: u32) {
    let next = match world.case(i).stage {
        Stage::Treatment => Stage::EscortedLeave,
        Stage::EscortedLeave => Stage::UnescortedLeave,
        Stage::UnescortedLeave => Stage::Trial,
        _ => return,
    };
    world.set_stage(i, next);
    let step = world.p.clinical.hope_step;
    let c = world.case_mut(i);
    c.grade = next;
    c.clinical.hope = (c.clinical.hope + step).min(1.0);
}

/// Takes leave away and starts the way out again, for a patient in treatment.
pub fn setback(world: &mut World, i: u32, to: Stage) {
    let c = world.case_mut(i);
    if !matches!(
        c.stage,
        Stage::Treatment | Stage::EscortedLeave | Stage::UnescortedLeave | Stage::Trial | Stage::Ready
    ) {
        return;
    }
    c.setbacks = c.setbacks.saturating_add(1);
    if c.stage == Stage::Ready {
        readiness::unready(world, i);
    }
    world.set_stage(i, to);
    world.case_mut(i).grade = to;
}
