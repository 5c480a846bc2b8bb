//! Legal status: the only writer of it.

use crate::caseload::agenda::Due;
use crate::codes::{Event, Label, Legal, Purpose};
use crate::ids::CaseId;
use crate::law::{self, moves};
use crate::requests;
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
        self.case_mut(i).legal = legal;
        self.event(i, Event::Status, Label::legal(from), Label::legal(legal), None, cause);
        match law::expires(&self.p.law, legal, self.today()) {
            Some(day) => self.caseload.schedule(i, Due::Expiry, day),
            None => self.caseload.cancel(i, Due::Expiry),
        }
        if law::detained(legal) {
            requests::reference(self, i);
        } else {
            self.caseload.cancel(i, Due::Apply);
        }
        self.mark_rates_stale(i);
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
            (Legal::S48S49, Legal::S38, Some(365)),
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
        assert_eq!(w.due_in(i, Due::Apply), Some(1096));
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
