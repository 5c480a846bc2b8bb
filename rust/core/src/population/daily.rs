//! The referee: everybody, every day, one Bernoulli draw for each hazard.
//!
//! Same hazards, same events, same order within the day as [`super::life`]; only the clock differs. For small populations.

use crate::calendar::Day;
use crate::draw::{Ordinal, Purpose, daily};

use super::Contact;
use super::columns::{NOTHING_DUE, Person};
use super::life::{Asked, Outcome, Walk};
use super::rates::{Hazard, lane_unit, lanes};

impl Walk<'_> {
    /// Walks a person from `start` to the end of the period. Returns why and when the caseload takes over, if it does.
    pub fn walk(&self, p: &mut Person, start: Day, out: &mut Outcome) -> Option<(Day, Contact)> {
        let mut asked = Asked::new(self.period, p.bits.contacts());
        for today in start..self.period.to {
            let age = self.period.age_on(p.born, today);
            let hazards = self.rates.hazards(p.bits, age, self.period.quiet);
            if p.due != NOTHING_DUE
                && Day::from(p.due) <= today
                && let Some(contact) = self.apply_due(p, today, &mut asked, out)
            {
                return Some((today, contact));
            }
            // Days are far above the years that number the budgets.
            let drawn = lanes(self.key.block(p.id, Purpose::Year, Ordinal::counted(today as u64))).map(lane_unit);
            for (i, hazard) in Hazard::ALL.into_iter().enumerate() {
                if hazards[i] > 0.0 && drawn[i] < daily(hazards[i]) {
                    if let Some(contact) = self.apply_hazard(p, hazard, today, &mut asked, out) {
                        return Some((today, contact));
                    }
                    if !p.bits.present() {
                        return None;
                    }
                }
            }
        }
        None
    }
}
