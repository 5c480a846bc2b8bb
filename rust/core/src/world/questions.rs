//! Random numbers about a case or a person: every question goes through here, so that none is asked twice.
//!
//! In check mode each (person, purpose, ordinal) is recorded, and a second use breaks an invariant.

use std::collections::BTreeSet;

use super::World;
use crate::calendar::Day;
use crate::codes::Purpose;
use crate::draw::Ordinal;
use crate::hazards::Hazard;
use crate::hazards::clock::Clock;
use crate::ids::{CaseId, PersonId};

/// The questions that were asked since the run began, or was taken up: person, purpose, ordinal.
pub type AskedQuestions = BTreeSet<(u64, Purpose, Ordinal)>;

impl World {
    /// Counts the next question of this purpose about a case.
    pub(crate) fn question(&mut self, i: CaseId, purpose: Purpose) -> Ordinal {
        let c = self.case_mut(i);
        let (person, ordinal) = (c.person, c.questions.next(purpose));
        self.record(person.0, purpose, ordinal);
        ordinal
    }

    /// Draws a uniform number in (0, 1) for the next question of this purpose about a case.
    pub(crate) fn draw(&mut self, i: CaseId, purpose: Purpose) -> f64 {
        self.draw_four(i, purpose)[0]
    }

    /// Draws four uniform numbers in (0, 1) for the next question of this purpose about a case.
    pub(crate) fn draw_four(&mut self, i: CaseId, purpose: Purpose) -> [f64; 4] {
        let ordinal = self.question(i, purpose);
        self.key.uniforms(self.case(i).person.0, purpose, ordinal)
    }

    /// Draws a uniform number in (0, 1) for what one of several (`whom`) makes of a person in a round that began on a day: within a
    /// round the answer is the same however often it is asked for, so the question isn't recorded.
    pub(crate) fn draw_in_round(&self, i: CaseId, purpose: Purpose, whom: u16, began: Day) -> f64 {
        let ordinal = Ordinal::counted(u64::from(began.max(0).unsigned_abs()) << 16 | u64::from(whom));
        self.key.uniform(self.case(i).person.0, purpose, ordinal)
    }

    /// Draws four uniform numbers in (0, 1) for a question that is asked each time that a person comes onto the caseload.
    pub(crate) fn draw_on_entry(&mut self, person: PersonId, purpose: Purpose) -> [f64; 4] {
        let ordinal = Ordinal::counted(u64::from(self.visits.get(&person).copied().unwrap_or(0)));
        self.record(person.0, purpose, ordinal);
        self.key.uniforms(person.0, purpose, ordinal)
    }

    /// Draws four uniform numbers in (0, 1) for a question about a slot of the first day, which belongs to no person yet.
    pub(crate) fn draw_for_slot(&mut self, slot: u64, question: u64) -> [f64; 4] {
        let ordinal = Ordinal::counted(question);
        self.record(slot, Purpose::Slot, ordinal);
        self.key.uniforms(slot, Purpose::Slot, ordinal)
    }

    /// Winds the clock of a case's hazard with the budget of its next question.
    pub(crate) fn wind(&mut self, i: CaseId, hazard: Hazard) {
        let ordinal = self.question(i, hazard.purpose());
        let (key, today) = (self.key, self.today());
        let c = self.case_mut(i);
        c.clocks[hazard as usize] = Clock::wind(key, c.person.0, hazard.purpose(), ordinal, today);
    }

    /// Records a question, where invariants are checked.
    fn record(&mut self, person: u64, purpose: Purpose, ordinal: Ordinal) {
        if self.check && !self.asked.insert((person, purpose, ordinal)) {
            let what = format!("person {person} is asked {:?} number {} twice", purpose.name(), ordinal.number());
            self.break_invariant(what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Legal, Place};

    #[test]
    fn a_question_that_is_asked_twice_is_a_fault() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37);
        w.draw(i, Purpose::Reading);
        w.draw(i, Purpose::Reading);
        assert!(!w.faulty());
        let again = crate::caseload::questions::Questions::new(0);
        w.case_mut(i).questions = again;
        w.draw(i, Purpose::Reading);
        assert!(w.faulty());
    }

    #[test]
    fn another_visit_to_the_caseload_has_questions_of_its_own() {
        let mut w = World::small();
        let person = PersonId(77);
        let first = w.draw_on_entry(person, Purpose::Charged);
        w.visits.insert(person, 1);
        assert_ne!(first, w.draw_on_entry(person, Purpose::Charged));
        assert!(!w.faulty());
    }
}
