//! A period: the days that everybody lives in one go, and how old they are in it.

use super::columns::NOTHING_DUE;
use crate::calendar::{Day, NEVER, age, date, day, financial_year, year_start};
use crate::plan::{AGES, Demography, Mode};

/// Returns the end of the period that begins on a day of a run: the next 1 April, or the end of the run.
pub fn period_end(from: Day, end: Day) -> Day {
    year_start(financial_year(from) + 1).min(end)
}

/// A stretch of days that is lived in one go: a financial year, or a part of one.
#[derive(Clone, Debug)]
pub(super) struct Period {
    /// First day [d].
    pub from: Day,
    /// Day after the last [d].
    pub to: Day,
    /// Ordinal of its draws: the financial year.
    pub year: u64,
    /// People are born, die, move, and fall ill outside prison.
    pub renews: bool,
    /// People grow older.
    pub ageing: bool,
    /// Age on the first day, by birth day [a].
    ages: Vec<u8>,
    /// Days from the first day to the next birthday, by birth day [d].
    birthdays: Vec<u16>,
}

impl Period {
    /// Prepares a period of a run whose reported days begin on `start`; before, the population doesn't renew itself.
    pub(super) fn of_run(mode: Mode, start: Day, from: Day, to: Day) -> Period {
        let frozen = mode.demography == Demography::Frozen;
        Period::new(from, to, !frozen && from >= start, frozen.then_some(start))
    }

    /// Prepares a period. With `clock`, everybody keeps the age of that day.
    fn new(from: Day, to: Day, renews: bool, clock: Option<Day>) -> Period {
        let today = clock.unwrap_or(from);
        let (year, _, _) = date(today);
        let mut ages = Vec::with_capacity(1 << 16);
        let mut birthdays = Vec::with_capacity(1 << 16);
        for born in 0..1 << 16 {
            ages.push(age(born, today).clamp(0, AGES as i32 - 1) as u8);
            let (_, month, of) = date(born);
            // 29 February falls on 1 March in a common year.
            let next = [year, year + 1].map(|y| day(y, month, of)).into_iter().find(|d| *d > today).unwrap_or(NEVER);
            let wait = if clock.is_some() || born > today { Day::from(NOTHING_DUE) } else { next - today };
            birthdays.push(wait.min(Day::from(NOTHING_DUE)) as u16);
        }
        Period { from, to, year: financial_year(from) as u64, renews, ageing: clock.is_none(), ages, birthdays }
    }

    /// Age on the first day [a].
    #[inline]
    pub(super) fn age(&self, born: u16) -> usize {
        usize::from(self.ages[usize::from(born)])
    }

    /// The next birthday after the first day; far away where nobody ages.
    #[inline]
    pub(super) fn birthday(&self, born: u16) -> Day {
        self.from + Day::from(self.birthdays[usize::from(born)])
    }

    /// Age on a day of the period [a].
    #[inline]
    pub(super) fn age_on(&self, born: u16, day: Day) -> usize {
        (self.age(born) + usize::from(day >= self.birthday(born))).min(AGES - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_follow_birthdays() {
        let from = day(2024, 4, 1);
        let period = Period::new(from, day(2025, 4, 1), true, None);
        for born in (0..=from).step_by(37) {
            for at in (from..period.to).step_by(11) {
                assert_eq!(period.age_on(born as u16, at), age(born, at).min(100) as usize, "{born} {at}");
            }
        }
    }

    #[test]
    fn nobody_ages_when_time_is_frozen() {
        let clock = day(2024, 4, 1);
        let period = Period::new(day(2030, 4, 1), day(2031, 4, 1), false, Some(clock));
        let born = day(1990, 6, 1) as u16;
        assert_eq!(period.age_on(born, day(2031, 3, 31)), 33);
    }
}
