//! Days and dates.
//!
//! A [`Day`] is the number of days since 1 January 1900, so that a birth day fits 16 bits. Financial years begin on 1 April
//! and are named by the calendar year of that day.

/// A day, counted from 1 January 1900 [d].
pub type Day = i32;

/// A day that never comes.
pub const NEVER: Day = Day::MAX;

/// Days from 1 January 1900 to 1 January 1970, the epoch of Arrow's `date32` [d].
pub const UNIX_EPOCH: Day = 25_567;

/// Days in a mean year [d].
pub const YEAR: f64 = 365.25;

/// Returns the day of a date of the Gregorian calendar.
pub const fn day(year: i32, month: u32, date: u32) -> Day {
    // Days since 1 March of year 0, the civil calendar's easy form.
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let shifted = (month as i32 + 9) % 12;
    let doy = (153 * shifted + 2) / 5 + date as i32 - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468 + UNIX_EPOCH
}

/// Returns (year, month, date) of a day.
pub const fn date(day: Day) -> (i32, u32, u32) {
    let z = day - UNIX_EPOCH + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let d = doy - (153 * mp + 2) / 5 + 1;
    let m = if mp < 10 { mp + 3 } else { mp - 9 };
    let y = yoe + era * 400 + if m <= 2 { 1 } else { 0 };
    (y, m as u32, d as u32)
}

/// Returns the financial year that a day falls in, named by the calendar year of its 1 April.
pub const fn financial_year(d: Day) -> i32 {
    let (y, m, _) = date(d);
    if m >= 4 { y } else { y - 1 }
}

/// Returns the first day (1 April) of a financial year.
pub const fn year_start(financial_year: i32) -> Day {
    day(financial_year, 4, 1)
}

/// Returns the age in completed years [a] on `today` of somebody born on `born`.
pub const fn age(born: Day, today: Day) -> i32 {
    let (by, bm, bd) = date(born);
    let (y, m, d) = date(today);
    let had_birthday = m > bm || (m == bm && d >= bd);
    y - by - if had_birthday { 0 } else { 1 }
}

/// A number of whole days, at least one: how long something takes.
///
/// There is one way to make one of a number that isn't whole: up to the next day, since what takes half a day isn't done
/// before tomorrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days(i32);

impl Days {
    /// One day: tomorrow.
    pub const ONE: Days = Days(1);

    /// Returns a length of time in whole days, rounded up, at least one; beyond some thousand years, that.
    pub fn rounded_up(days: f64) -> Days {
        Days((libm::ceil(days).min(1e6) as i32).max(1))
    }

    /// Returns the number [d].
    pub const fn count(self) -> i32 {
        self.0
    }
}

impl std::ops::Add<Days> for Day {
    type Output = Day;

    fn add(self, days: Days) -> Day {
        self + days.0
    }
}

impl std::ops::Add for Days {
    type Output = Days;

    fn add(self, more: Days) -> Days {
        Days(self.0 + more.0)
    }
}

/// Returns how many whole days of a span of the past are over [d].
pub fn elapsed(days: f64) -> Day {
    days as Day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days_are_inverse() {
        for d in 0..80_000 {
            let (y, m, dd) = date(d);
            assert_eq!(day(y, m, dd), d);
        }
        assert_eq!(day(1900, 1, 1), 0);
        assert_eq!(day(1970, 1, 1), UNIX_EPOCH);
        assert_eq!(day(2024, 4, 1), 45_381);
    }

    #[test]
    fn the_financial_year_turns_on_1_april() {
        assert_eq!(financial_year(day(2025, 3, 31)), 2024);
        assert_eq!(financial_year(day(2025, 4, 1)), 2025);
    }

    #[test]
    fn age_counts_completed_years() {
        let born = day(1990, 6, 15);
        assert_eq!(age(born, day(2024, 6, 14)), 33);
        assert_eq!(age(born, day(2024, 6, 15)), 34);
    }

    #[test]
    fn what_takes_part_of_a_day_is_done_the_next_day() {
        for (given, whole) in
            [(0.0, 1), (0.2, 1), (1.0, 1), (1.01, 2), (27.5, 28), (28.0, 28), (-3.0, 1), (f64::MAX, 1_000_000)]
        {
            assert_eq!(Days::rounded_up(given).count(), whole, "{given}");
        }
        assert_eq!(100 + Days::rounded_up(2.5) + Days::ONE, 104);
    }
}
