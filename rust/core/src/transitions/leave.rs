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
    world.set_grade(i, next);
    let step = world.p.clinical.hope_step;
    world.case_mut(i).clinical.change_hope(step);
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
    world.set_grade(i, stage);
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
    world.set_grade(i, Stage::Treatment);
}

/// Begins anew with a grade of leave: setbacks of an earlier place don't count.
pub fn begin(world: &mut World, i: CaseId, grade: Stage) {
    world.case_mut(i).setbacks = 0;
    world.set_grade(i, grade);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Event, Legal, Place, Reason};

    fn with_leave(w: &mut World, stage: Stage) -> CaseId {
        w.put_with(Place::Medium, Legal::S37, |c| {
            (c.stage, c.grade) = (stage, stage);
            c.clinical.hope = 0.5;
        })
    }

    #[test]
    fn more_leave_is_the_next_grade_and_gives_hope() {
        let mut w = World::small();
        let i = with_leave(&mut w, Stage::Treatment);
        let mut hope = w.case(i).clinical.hope;
        for stage in [Stage::EscortedLeave, Stage::UnescortedLeave, Stage::Trial] {
            more_leave(&mut w, i);
            let c = w.case(i);
            assert_eq!((c.stage, c.grade), (stage, stage));
            assert!((c.clinical.hope - hope - w.p.clinical.hope_step).abs() < 1e-12);
            hope = c.clinical.hope;
        }
        more_leave(&mut w, i);
        assert_eq!((w.case(i).stage, w.case(i).clinical.hope), (Stage::Trial, hope));
    }

    #[test]
    fn hope_never_grows_beyond_one() {
        let mut w = World::small();
        let i = with_leave(&mut w, Stage::Treatment);
        w.case_mut(i).clinical.hope = 0.99;
        more_leave(&mut w, i);
        assert_eq!(w.case(i).clinical.hope, 1.0);
    }

    #[test]
    fn less_leave_is_the_grade_below_down_to_none() {
        let mut w = World::small();
        let i = with_leave(&mut w, Stage::UnescortedLeave);
        for stage in [Stage::EscortedLeave, Stage::Treatment, Stage::Treatment] {
            less_leave(&mut w, i);
            assert_eq!((w.case(i).stage, w.case(i).grade), (stage, stage));
        }
    }

    #[test]
    fn who_was_ready_keeps_the_leave_held_before_and_is_ready_no_more() {
        let mut w = World::small();
        let i = with_leave(&mut w, Stage::UnescortedLeave);
        readiness::make_ready(&mut w, i, Reason::Place.into());
        less_leave(&mut w, i);
        let c = w.case(i);
        assert_eq!((c.stage, c.grade, c.readiness.since), (Stage::UnescortedLeave, Stage::UnescortedLeave, None));
        assert!(c.readiness.missing.is_empty());
    }

    #[test]
    fn a_setback_starts_the_way_out_again() {
        let mut w = World::small();
        for stage in [Stage::Treatment, Stage::EscortedLeave, Stage::Trial, Stage::Ready] {
            let i = with_leave(&mut w, Stage::EscortedLeave);
            if stage == Stage::Ready {
                readiness::make_ready(&mut w, i, Reason::Place.into());
            } else {
                w.set_stage(i, stage);
            }
            setback(&mut w, i);
            let c = w.case(i);
            assert_eq!((c.stage, c.grade, c.setbacks), (Stage::Treatment, Stage::Treatment, 1), "{}", stage.name());
            assert_eq!(c.readiness.since, None);
        }
    }

    #[test]
    fn who_is_not_in_treatment_has_no_setback() {
        let mut w = World::small();
        for stage in [Stage::Admission, Stage::Referred, Stage::BedHeld, Stage::Unseen] {
            let i = with_leave(&mut w, stage);
            setback(&mut w, i);
            assert_eq!((w.case(i).stage, w.case(i).setbacks), (stage, 0));
            assert!(w.logged(i, Event::Stage).is_empty());
        }
    }
}
