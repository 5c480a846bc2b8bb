//! The reference: everybody, every day, one Bernoulli draw for each hazard.
//!
//! Same hazards, same events, same order within the day as [`super::life`]; only the clock differs. For small populations:
//! a test holds that both agree in distribution.

use super::arrival::Contact;
use super::columns::Person;
use super::events::{Ordinals, Walk};
use super::lanes::{lane_unit, lanes};
use super::outcome::Outcome;
use super::rates::Hazard;
use crate::calendar::Day;
use crate::draw::{Ordinal, Purpose, daily};

impl Walk<'_> {
    /// Walks a person from `start` to the end of the period. Returns why and when the caseload takes over, if it does.
    pub(super) fn walk(&self, p: &mut Person, start: Day, out: &mut Outcome) -> Option<(Day, Contact)> {
        let mut ordinals = Ordinals::new(self.period, p.bits.contacts());
        for today in start..self.period.to {
            let age = self.period.age_on(p.born, today);
            let hazards = self.rates.hazards(p.bits, age, self.period.renews);
            if p.due_day().is_some_and(|due| due <= today)
                && let Some(contact) = self.apply_due(p, today, &mut ordinals, out)
            {
                return Some((today, contact));
            }
            // Days are far above the years that number the budgets.
            let drawn = lanes(self.key.block(p.id, Purpose::Year, Ordinal::counted(today as u64))).map(lane_unit);
            for (i, hazard) in Hazard::ALL.iter().enumerate() {
                // A day's probability is below a year's hazard: nearly every draw is told from it without an exponential.
                if drawn[i] < hazards[i] && drawn[i] < daily(hazards[i]) {
                    if let Some(contact) = self.apply_hazard(p, *hazard, today, &mut ordinals, out) {
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
