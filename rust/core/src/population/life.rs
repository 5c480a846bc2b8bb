//! One resident's period, from event to event.
//!
//! Each hazard has a budget, a unit exponential; its event falls on the day on which the integrated hazard exceeds the budget.
//! When a rate changes (on a birthday, or after an event), what has been used of a budget stays used, so that only the events
//! of the hazards concerned move. After its event a hazard gets a new budget. Rates are those at the start of a day for
//! everything that happens on it; what was due comes first, then events in the order of [`Hazard`].

use super::arrival::Contact;
use super::columns::{NOTHING_DUE, Person};
use super::events::{Ordinals, Walk};
use super::lanes::lane_unit;
use super::outcome::Outcome;
use super::rates::Hazard;
use crate::calendar::{Day, YEAR};
use crate::draw::{Purpose, unit};

/// Hazards of a person from a day on, as long as nothing happens: until the next birthday, and after it.
struct RatesAhead {
    /// Day from which they hold [d].
    today: Day,
    /// The next birthday; the end, if there is none in the period [d].
    birthday: Day,
    /// End of the period [d].
    end: Day,
    /// Until the birthday [1/d].
    young: [f64; Hazard::COUNT],
    /// From the birthday on [1/d].
    old: [f64; Hazard::COUNT],
}

impl RatesAhead {
    /// Integrated hazard from today up to a day.
    #[inline]
    fn integral(&self, hazard: usize, until: Day) -> f64 {
        let young = f64::from(until.min(self.birthday) - self.today);
        self.young[hazard] * young + self.old[hazard] * f64::from((until - self.birthday).max(0))
    }
}

/// Budgets of the hazards: what was drawn, and what of it is used up.
struct Budgets {
    /// Uniform numbers; a budget is the unit exponential `-ln(1 - u)`.
    drawn: [f64; Hazard::COUNT],
    /// Integrated hazard that is used up; below 0 for a budget that begins later than the rates ahead.
    spent: [f64; Hazard::COUNT],
}

impl Budgets {
    /// Returns the day on which a hazard uses its budget up; the end if it doesn't.
    #[inline]
    fn falls(&self, i: usize, ahead: &RatesAhead) -> Day {
        let total = self.spent[i] + ahead.integral(i, ahead.end);
        // 1 - exp(-x) ≤ x: most budgets need no logarithm.
        if self.drawn[i] >= total {
            return ahead.end;
        }
        let budget = -libm::log1p(-self.drawn[i]);
        if budget >= total {
            return ahead.end;
        }
        let (left, first) = (budget - self.spent[i], ahead.young[i] * f64::from(ahead.birthday - ahead.today));
        // The event falls within the day on which the budget runs out: whole days before it are counted, no delay is drawn.
        if left < first {
            (ahead.today + (left / ahead.young[i]) as Day).clamp(ahead.today, ahead.birthday - 1)
        } else {
            (ahead.birthday + ((left - first) / ahead.old[i]) as Day).min(ahead.end - 1)
        }
    }
}

impl Walk<'_> {
    /// Lives a person from `start` to the end of the period. Returns why and when the caseload takes over, if it does.
    pub(super) fn live(
        &self,
        p: &mut Person,
        lanes: [u32; Hazard::COUNT],
        start: Day,
        out: &mut Outcome,
    ) -> Option<(Day, Contact)> {
        let mut ordinals = Ordinals::new(self.period, p.bits.contacts());
        let mut budgets = Budgets { drawn: lanes.map(lane_unit), spent: [0.0; Hazard::COUNT] };
        let mut again = [0; Hazard::COUNT];
        let mut today = start;
        while today < self.period.to {
            let ahead = self.rates_ahead(p, today);
            let mut falls: [Day; Hazard::COUNT] = std::array::from_fn(|i| budgets.falls(i, &ahead));
            let before = p.bits;
            // As long as no rate changes, the days of all other events stand.
            while p.bits.same_rates(before) {
                let due = if p.due == NOTHING_DUE { ahead.end } else { Day::from(p.due).max(today) };
                let next = falls.iter().fold(due, |a, b| a.min(*b));
                if next >= ahead.end {
                    return None;
                }
                if due == next
                    && let Some(contact) = self.apply_due(p, next, &mut ordinals, out)
                {
                    return Some((next, contact));
                }
                for (i, hazard) in Hazard::ALL.iter().enumerate() {
                    if falls[i] != next {
                        continue;
                    }
                    if let Some(contact) = self.apply_hazard(p, *hazard, next, &mut ordinals, out) {
                        return Some((next, contact));
                    }
                    if !p.bits.present() {
                        return None;
                    }
                    again[i] += 1;
                    budgets.drawn[i] = unit(self.key.block(p.id, Purpose::Again, ordinals.budget(i, again[i]))[0]);
                    // Begins on the next day: what the hazard runs up till then is not its own.
                    budgets.spent[i] = -ahead.integral(i, next + 1);
                    falls[i] = budgets.falls(i, &ahead).max(next + 1);
                }
                if !p.bits.same_rates(before) {
                    for (i, spent) in budgets.spent.iter_mut().enumerate() {
                        *spent += ahead.integral(i, next + 1);
                    }
                    today = next + 1;
                }
            }
        }
        None
    }

    /// Returns the person's hazards from today on, as long as nothing happens.
    fn rates_ahead(&self, p: &Person, today: Day) -> RatesAhead {
        let end = self.period.to;
        let age = self.period.age_on(p.born, today);
        let next = self.period.birthday(p.born);
        let birthday = if next > today && next < end { next } else { end };
        let hazards = |age: usize| self.rates.hazards(p.bits, age, self.period.renews).map(|h| h * (1.0 / YEAR));
        let young = hazards(age);
        let old = if birthday < end { hazards(age + 1) } else { young };
        RatesAhead { today, birthday, end, young, old }
    }
}
