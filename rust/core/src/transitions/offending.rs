//! Charges, convictions and sentences: the only writer of a case's offending.

use crate::calendar::{Day, Days};
use crate::caseload::agenda::Due;
use crate::caseload::case::Life;
use crate::codes::Offence;
use crate::ids::CaseId;
use crate::population::{Sentence, Term};
use crate::world::World;

/// Opens a charge.
pub fn charge(world: &mut World, i: CaseId, offence: Offence, grave: bool, crown: bool) {
    let o = &mut world.case_mut(i).offending;
    o.offence = offence;
    o.grave = grave;
    o.crown = crown;
    o.charged = true;
    o.breach = false;
    o.history = (o.history + 1).min(3);
}

/// Brings somebody back before the court that made a treatment requirement, for the offence that it was made for.
pub fn breach(world: &mut World, i: CaseId) {
    let o = &mut world.case_mut(i).offending;
    o.charged = true;
    o.breach = true;
}

/// Opens the present charge again: a court has still to dispose.
pub fn reopen_charge(world: &mut World, i: CaseId) {
    world.case_mut(i).offending.charged = true;
}

/// Lets the charge fall.
pub fn drop_charge(world: &mut World, i: CaseId) {
    settle(world, i, false);
}

/// Counts a conviction.
pub fn convict(world: &mut World, i: CaseId) {
    let o = &mut world.case_mut(i).offending;
    o.convictions = (o.convictions + 1).min(3);
}

/// Closes the charge, for the court has disposed of it; after an interim order it stays open until the court sits again.
pub fn settle(world: &mut World, i: CaseId, interim: bool) {
    let o = &mut world.case_mut(i).offending;
    o.charged = interim;
    o.breach = false;
}

/// Begins a sentence that the court passes today: it keeps the person in custody, or under a direction.
pub fn sentence(world: &mut World, i: CaseId, passed: Sentence) {
    let release = world.today() + passed.days;
    match passed.term {
        Term::Short | Term::Long => sentence_until(world, i, release),
        Term::Life => life_until(world, i, release),
    }
}

/// Begins a sentence that ends on a day. Whoever was on licence for life is recalled by it, and no earlier release counts.
pub fn sentence_until(world: &mut World, i: CaseId, release: Day) {
    if world.case(i).offending.life == Life::No {
        world.case_mut(i).offending.release = Some(release);
        world.caseload.schedule(i, Due::Release, release);
    } else {
        life_until(world, i, release);
    }
}

/// Begins a sentence without a release date, or a recall to one: the Parole Board looks at it on a day, and not before the
/// day on which it was to look anyway.
pub fn life_until(world: &mut World, i: CaseId, board: Day) {
    let c = world.case(i);
    let due = if c.offending.life == Life::Serving { c.due.get(Due::Release) } else { None };
    let o = &mut world.case_mut(i).offending;
    o.release = None;
    o.life = Life::Serving;
    world.caseload.schedule(i, Due::Release, due.map_or(board, |day| day.max(board)));
}

/// Ends a sentence: of one without a release date the licence lasts for life.
pub fn end_sentence(world: &mut World, i: CaseId) {
    let o = &mut world.case_mut(i).offending;
    o.release = None;
    if o.life == Life::Serving {
        o.life = Life::Licence;
    }
    world.caseload.cancel(i, Due::Release);
}

/// The Parole Board can't release a person today, and looks again.
pub fn parole_again(world: &mut World, i: CaseId) {
    world.schedule_in(i, Due::Release, Days::rounded_up(world.p.justice.life.again));
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

    fn passed(days: f64, term: Term) -> Sentence {
        Sentence { days: Days::rounded_up(days), term }
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
            sentence(w, i, passed(100.0, Term::Short));
        });
        assert_eq!(o.release, Some(w.today() + 100));
        assert_eq!(w.due_in(i, Due::Release), Some(100));
    }

    #[test]
    fn a_new_sentence_takes_the_place_of_the_old_one() {
        let (w, i, o) = after(|w, i| {
            sentence(w, i, passed(100.0, Term::Long));
            sentence(w, i, passed(30.0, Term::Short));
        });
        assert_eq!((o.release, w.due_in(i, Due::Release)), (Some(w.today() + 30), Some(30)));
    }

    #[test]
    fn a_sentence_that_has_ended_holds_nobody() {
        let (w, i, _) = after(end_sentence);
        assert!(!w.case(i).sentenced());
    }

    #[test]
    fn a_life_sentence_has_no_release_date_and_the_parole_board_looks_at_it() {
        let (w, i, o) = after(|w, i| {
            end_sentence(w, i);
            sentence(w, i, passed(4000.0, Term::Life));
        });
        assert_eq!((o.release, o.life, w.due_in(i, Due::Release)), (None, Life::Serving, Some(4000)));
        assert!(w.case(i).sentenced());
    }

    #[test]
    fn a_further_sentence_brings_no_release_date_to_a_lifer_and_no_earlier_board() {
        for (days, board) in [(100.0, 4000), (9000.0, 9000)] {
            let (w, i, o) = after(|w, i| {
                sentence(w, i, passed(4000.0, Term::Life));
                sentence(w, i, passed(days, Term::Long));
            });
            assert_eq!((o.release, o.life, w.due_in(i, Due::Release)), (None, Life::Serving, Some(board)));
        }
    }

    #[test]
    fn the_licence_of_a_life_sentence_is_for_life_and_a_new_sentence_recalls_from_it() {
        let (w, i, o) = after(|w, i| {
            sentence(w, i, passed(4000.0, Term::Life));
            end_sentence(w, i);
        });
        assert_eq!((o.life, w.case(i).sentenced(), w.due_in(i, Due::Release)), (Life::Licence, false, None));
        let (w, i, o) = after(|w, i| {
            sentence(w, i, passed(4000.0, Term::Life));
            end_sentence(w, i);
            sentence(w, i, passed(200.0, Term::Short));
        });
        assert_eq!((o.release, o.life, w.due_in(i, Due::Release)), (None, Life::Serving, Some(200)));
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
