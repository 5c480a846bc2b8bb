//! Legal status: the only writer of it.

use crate::calendar::{Day, Days};
use crate::caseload::agenda::Due;
use crate::caseload::case::Life;
use crate::codes::{Event, Label, Legal, Purpose};
use crate::ids::CaseId;
use crate::law::{self, moves};
use crate::requests;
use crate::transitions::requirement;
use crate::world::{World, accrual};

impl World {
    /// Sets the legal status, and with it when it ends and when the tribunal hears of it; a move that the law doesn't know is
    /// a fault.
    pub(crate) fn set_legal(&mut self, i: CaseId, legal: Legal, cause: Purpose) {
        let from = self.case(i).legal;
        if from == legal {
            return;
        }
        if !moves::lawful(from, legal) {
            let person = self.case(i).person;
            self.break_invariant(format!(
                "person {person} moved from {} to {}: not a legal move",
                from.name(),
                legal.name()
            ));
        }
        accrual::accrue(self, i);
        let today = self.today();
        let c = self.case_mut(i);
        c.legal = legal;
        c.legal_since = today;
        c.legal_under = law::lies_under(from, legal, c.legal_under);
        requests::hearings_anew(self, i);
        self.event(i, Event::Status, Label::legal(from), Label::legal(legal), None, cause);
        if from == Legal::Mhtr {
            requirement::end(self, i);
        } else if legal == Legal::Mhtr {
            requirement::begin(self, i);
        }
        match term(self, i) {
            Some(day) => self.caseload.schedule(i, Due::Expiry, day),
            None => self.caseload.cancel(i, Due::Expiry),
        }
        if law::detained(legal) && !law::by_court_alone(legal) {
            requests::first_reference(self, i, law::conditional(from));
        } else {
            self.caseload.cancel(i, Due::Apply);
        }
        self.mark_rates_stale(i);
    }

    /// Renews the present status where the law allows it, and says whether it does.
    pub(crate) fn renew(&mut self, i: CaseId) -> bool {
        let c = self.case(i);
        let days = law::renewal(&self.p.law, c.legal, self.today() - c.legal_since);
        if let Some(days) = days {
            self.schedule_in(i, Due::Expiry, days);
        }
        days.is_some()
    }
}

/// The day on which the status ends that has just begun, if it does: as the Act says, as the court has said, or with the sentence.
fn term(world: &mut World, i: CaseId) -> Option<Day> {
    let (legal, today) = (world.case(i).legal, world.today());
    let last = law::expires(&world.p.law, legal, today);
    if legal == Legal::Licence && world.case(i).offending.life != Life::No {
        None
    } else if legal == Legal::Licence {
        Some(today + Days::rounded_up(world.p.court.licence_over))
    } else if legal == Legal::Mhtr {
        let (median, sigma) = (world.p.court.requirement_days, world.p.court.requirement_sigma);
        let days = world.delay(i, Purpose::OrderLength, median, sigma);
        last.map(|last| last.min(today + days))
    } else {
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Place;

    /// Somebody who was under one status comes under another today.
    fn becomes(place: Place, from: Legal, to: Legal) -> (World, CaseId) {
        let mut w = World::small();
        let i = w.put(place, from);
        w.set_legal(i, to, Purpose::None);
        (w, i)
    }

    #[test]
    fn a_change_of_status_is_logged_with_what_it_was_before() {
        let (w, i) = becomes(Place::Acute, Legal::S2, Legal::S3);
        assert_eq!(w.case(i).legal, Legal::S3);
        assert_eq!(w.logged(i, Event::Status), [(Label::legal(Legal::S2), Label::legal(Legal::S3))]);
    }

    #[test]
    fn the_same_status_again_is_no_change() {
        let (w, i) = becomes(Place::Medium, Legal::S3, Legal::S3);
        assert!(w.logged(i, Event::Status).is_empty());
        assert_eq!(w.due_in(i, Due::Expiry), None, "no new term begins");
    }

    #[test]
    fn a_status_brings_the_day_on_which_it_ends() {
        for (from, to, days) in [
            (Legal::None, Legal::S2, Some(28)),
            (Legal::S2, Legal::S3, Some(183)),
            (Legal::S48S49, Legal::S38, Some(84)),
            (Legal::S3, Legal::Cto, Some(183)),
            (Legal::S2, Legal::None, None),
        ] {
            let (w, i) = becomes(Place::Medium, from, to);
            assert_eq!(w.due_in(i, Due::Expiry), days, "{}", to.name());
        }
    }

    #[test]
    fn a_status_without_a_term_ends_the_term_of_the_one_before() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::None);
        w.set_legal(i, Legal::S3, Purpose::None);
        w.set_legal(i, Legal::S37S41, Purpose::None);
        assert_eq!(w.due_in(i, Due::Expiry), None);
    }

    #[test]
    fn the_tribunal_hears_of_the_detained_and_of_nobody_else() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::None);
        w.set_legal(i, Legal::S3, Purpose::None);
        assert_eq!(w.due_in(i, Due::Apply), Some(183));
        w.set_legal(i, Legal::Cto, Purpose::None);
        assert_eq!(w.due_in(i, Due::Apply), None);
    }

    #[test]
    fn a_move_that_the_law_doesnt_know_is_a_fault() {
        let (w, _) = becomes(Place::Home, Legal::None, Legal::Cd);
        let said = w.fault.expect("a fault").to_string();
        assert!(said.contains("none") && said.contains("conditional discharge"), "{said}");
    }

    #[test]
    fn a_lawful_move_is_no_fault() {
        let (mut w, _) = becomes(Place::Medium, Legal::S48S49, Legal::S37S41);
        w.must_hold();
    }
}
