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
