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
}
