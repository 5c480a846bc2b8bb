//! A clock: one hazard of one person, a unit-exponential budget that the hazard's rate uses up.

use serde::{Deserialize, Serialize};

use crate::calendar::{Day, Days, NEVER};
use crate::draw::{Key, Ordinal, Purpose, exponential};

/// One hazard of one person.
///
/// The event falls on the first day on which the integrated rate reaches the budget. A change of rate leaves
/// what is left of the budget alone, so that it never redraws a life.
///
/// Packed, because a case has a clock for each hazard: four bytes of padding each would be a line of the cache.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[repr(Rust, packed(4))]
pub struct Clock {
    /// Budget left [1] -- internal state.
    left: f64,
    /// Rate since `since` [1/d] -- internal state.
    rate: f64,
    /// Day whose close the budget and rate refer to [d] -- internal state.
    since: Day,
}

impl Clock {
    /// Winds the clock with the budget of (person, purpose, ordinal); it stands still until a rate is set.
    pub fn wind(key: Key, person: u64, purpose: Purpose, ordinal: Ordinal, today: Day) -> Clock {
        Clock { left: exponential(key.uniform(person, purpose, ordinal)), rate: 0.0, since: today }
    }

    /// Sets the rate [1/d] that holds from tomorrow on, and returns the day of the event at that rate.
    pub fn set(&mut self, rate: f64, today: Day) -> Day {
        if rate != self.rate {
            self.left = (self.left - self.rate * f64::from(today - self.since)).max(f64::MIN_POSITIVE);
            self.rate = rate;
            self.since = today;
        }
        self.due()
    }

    /// Whether budget and rate can be.
    pub fn is_sound(&self) -> bool {
        let numbers = [self.left, self.rate];
        numbers.iter().all(|x| x.is_finite() && *x >= 0.0) && (-200_000..200_000).contains(&self.since)
    }

    /// Rate in force [1/d].
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Day of the event at the present rate.
    pub fn due(&self) -> Day {
        if self.rate <= 0.0 {
            return NEVER;
        }
        let days = self.left / self.rate;
        if days > 1e6 { NEVER } else { self.since + Days::rounded_up(days) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key { seed: 1, replicate: 0 };

    #[test]
    fn an_unchanged_rate_leaves_the_event_where_it_was() {
        for person in 0..500 {
            let mut a = Clock::wind(KEY, person, Purpose::Relapse, Ordinal::ONCE, 100);
            let due = a.set(0.01, 100);
            assert_eq!(a.set(0.01, 150.min(due - 1)), due);
        }
    }

    #[test]
    fn a_larger_rate_never_delays() {
        for person in 0..500 {
            let mut slow = Clock::wind(KEY, person, Purpose::Relapse, Ordinal::ONCE, 0);
            let mut fast = slow;
            assert!(fast.set(0.02, 0) <= slow.set(0.01, 0));
        }
    }

    #[test]
    fn the_wait_is_geometric_with_the_daily_probability() {
        let rate = 0.05;
        let n = 40_000;
        let first = (0..n)
            .filter(|p| Clock::wind(KEY, *p, Purpose::Relapse, Ordinal::ONCE, 0).set(rate, 0) == 1)
            .count() as f64;
        let p = 1.0 - libm::exp(-rate);
        let sd = libm::sqrt(f64::from(n as u32) * p * (1.0 - p));
        assert!((first - f64::from(n as u32) * p).abs() < 4.0 * sd);
    }
}
