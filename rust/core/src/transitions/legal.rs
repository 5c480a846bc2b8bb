//! Legal status: the only writer of it.

use crate::caseload::agenda::Due;
use crate::codes::{Event, Label, Legal};
use crate::draw::Purpose;
use crate::law;
use crate::law::moves;
use crate::world::{World, accrual};

impl World {
    /// Sets the legal status; a move that the law doesn't know is a fault.
    pub(crate) fn set_legal(&mut self, i: u32, legal: Legal, cause: Purpose) {
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
        let expiry = law::expires(&self.p.law, legal, self.today);
        self.caseload.plan(i, Due::Expiry, expiry);
        if law::detained(legal) {
            self.plan_reference(i);
        } else {
            self.caseload.cancel(i, Due::Apply);
        }
        self.touch(i);
    }
}
