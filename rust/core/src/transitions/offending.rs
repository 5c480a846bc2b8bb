//! Charges, convictions and sentences: the only writer of a case's offending.

use crate::calendar::{Day, Days};
use crate::caseload::agenda::Due;
use crate::codes::Offence;
use crate::ids::CaseId;
use crate::world::World;

/// Opens a charge.
pub fn charge(world: &mut World, i: CaseId, offence: Offence, grave: bool, crown: bool) {
    let o = &mut world.case_mut(i).offending;
    o.offence = offence;
    o.grave = grave;
    o.crown = crown;
    o.charged = true;
    o.history = (o.history + 1).min(3);
}

/// Opens the present charge again: a court has still to dispose.
pub fn reopen_charge(world: &mut World, i: CaseId) {
    world.case_mut(i).offending.charged = true;
}

/// Lets the charge fall.
pub fn drop_charge(world: &mut World, i: CaseId) {
    world.case_mut(i).offending.charged = false;
}

/// Counts a conviction.
pub fn convict(world: &mut World, i: CaseId) {
    let o = &mut world.case_mut(i).offending;
    o.convictions = (o.convictions + 1).min(3);
}

/// Closes the charge, for the court has disposed of it; after an interim order it stays open until the court sits again.
pub fn settle(world: &mut World, i: CaseId, interim: bool) {
    world.case_mut(i).offending.charged = interim;
}

/// Begins a sentence that keeps the person in custody, or under a direction, for so many days from today on.
pub fn sentence(world: &mut World, i: CaseId, days: Days) {
    let release = world.today() + days;
    sentence_until(world, i, release);
}

/// Begins a sentence that ends on a day.
pub fn sentence_until(world: &mut World, i: CaseId, release: Day) {
    world.case_mut(i).offending.release = Some(release);
    world.caseload.schedule(i, Due::Release, release);
}

/// Ends a sentence.
pub fn end_sentence(world: &mut World, i: CaseId) {
    world.case_mut(i).offending.release = None;
    world.caseload.cancel(i, Due::Release);
}

/// Lets the history of offending fade a step, here and in the population.
pub fn fade(world: &mut World, i: CaseId) {
    let c = world.case_mut(i);
    c.offending.history -= 1;
    let row = c.row;
    world.population.fade(row);
    world.mark_rates_stale(i);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caseload::case::Offending;
    use crate::codes::{Legal, Place};

    /// Somebody in prison, with what has been done to the case.
    fn after(act: impl FnOnce(&mut World, CaseId)) -> (World, CaseId, Offending) {
        let mut w = World::small();
        let i = w.put(Place::Prison, Legal::None);
        act(&mut w, i);
        let offending = w.case(i).offending;
        (w, i, offending)
    }

    #[test]
    fn a_charge_says_of_what_and_before_which_court_and_lengthens_the_history() {
        let (_, _, o) = after(|w, i| charge(w, i, Offence::Arson, true, true));
        assert_eq!((o.offence, o.grave, o.crown, o.charged, o.history), (Offence::Arson, true, true, true, 1));
        assert_eq!(o.convictions, 0, "nobody is convicted yet");
    }

    #[test]
    fn a_history_is_no_longer_than_prolific() {
        let (_, _, o) = after(|w, i| (0..9).for_each(|_| charge(w, i, Offence::Theft, false, false)));
        assert_eq!(o.history, 3);
        let (_, _, o) = after(|w, i| (0..9).for_each(|_| convict(w, i)));
        assert_eq!(o.convictions, 3);
    }

    #[test]
    fn a_conviction_closes_the_charge_but_for_an_interim_order() {
        for interim in [false, true] {
            let (_, _, o) = after(|w, i| {
                charge(w, i, Offence::Theft, false, false);
                convict(w, i);
                settle(w, i, interim);
            });
            assert_eq!((o.charged, o.convictions), (interim, 1));
        }
    }

    #[test]
    fn a_charge_that_falls_is_no_conviction_and_can_be_opened_again() {
        let (_, _, o) = after(|w, i| {
            charge(w, i, Offence::Theft, false, false);
            drop_charge(w, i);
        });
        assert_eq!((o.charged, o.convictions, o.history), (false, 0, 1));
        let (_, _, o) = after(reopen_charge);
        assert!(o.charged);
    }

    #[test]
    fn a_sentence_has_its_day_of_release_from_today_on() {
        let (w, i, o) = after(|w, i| {
            w.pass(5);
            sentence(w, i, Days::rounded_up(100.0));
        });
        assert_eq!(o.release, Some(w.today() + 100));
        assert_eq!(w.due_in(i, Due::Release), Some(100));
    }

    #[test]
    fn a_new_sentence_takes_the_place_of_the_old_one() {
        let (w, i, o) = after(|w, i| {
            sentence(w, i, Days::rounded_up(100.0));
            sentence(w, i, Days::rounded_up(30.0));
        });
        assert_eq!((o.release, w.due_in(i, Due::Release)), (Some(w.today() + 30), Some(30)));
    }

    #[test]
    fn a_sentence_that_has_ended_holds_nobody() {
        let (w, i, _) = after(end_sentence);
        assert!(!w.case(i).sentenced());
    }

    #[test]
    fn a_quiet_time_fades_the_history_by_a_step() {
        let (_, _, o) = after(|w, i| {
            (0..3).for_each(|_| charge(w, i, Offence::Theft, false, false));
            fade(w, i);
        });
        assert_eq!(o.history, 2);
    }
}
