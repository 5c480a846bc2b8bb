//! What differs from year to year: how many people arrive, leave, are born and are charged, and how severe courts are.
//!
//! The parameters hold at the start; a level is relative to them. Evidence: table `years`. Draws: none.

use serde::{Deserialize, Serialize};

use crate::error::SimError;

/// Levels from a financial year on, relative to the start [ratio].
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// First financial year, named by its 1 April.
    pub year: i32,
    /// People who arrive.
    pub immigration: f64,
    /// Hazard of leaving England.
    pub emigration: f64,
    /// Hazard of a birth.
    pub fertility: f64,
    /// Hazard of a charge.
    pub arrests: f64,
    /// Remand and prison, of those charged.
    pub custody: f64,
    /// Length of sentences.
    pub sentences: f64,
}

impl Levels {
    /// Everything as at the start.
    pub const START: Levels = Levels {
        year: i32::MIN,
        immigration: 1.0,
        emigration: 1.0,
        fertility: 1.0,
        arrests: 1.0,
        custody: 1.0,
        sentences: 1.0,
    };

    /// Returns the levels of a financial year: those of the last row up to it, or of the start.
    pub fn of(years: &[Levels], year: i32) -> Levels {
        years.iter().take_while(|row| row.year <= year).last().copied().unwrap_or(Levels::START)
    }

    /// Returns the greater of two, level by level.
    #[must_use]
    pub fn or_greater(self, other: Levels) -> Levels {
        Levels {
            year: self.year,
            immigration: self.immigration.max(other.immigration),
            emigration: self.emigration.max(other.emigration),
            fertility: self.fertility.max(other.fertility),
            arrests: self.arrests.max(other.arrests),
            custody: self.custody.max(other.custody),
            sentences: self.sentences.max(other.sentences),
        }
    }

    /// Refuses rows that don't follow each other, and levels that are none.
    ///
    /// # Errors
    ///
    /// [`SimError::Plan`], which names the row.
    pub fn check(years: &[Levels]) -> Result<(), SimError> {
        if !years.is_sorted_by(|a, b| a.year < b.year) {
            return Err(SimError::Plan("population.years: not in order of year".to_owned()));
        }
        for row in years {
            let levels = [row.immigration, row.emigration, row.fertility, row.arrests, row.custody, row.sentences];
            if let Some(level) = levels.iter().find(|level| !(level.is_finite() && **level >= 0.0 && **level <= 100.0))
            {
                let year = row.year;
                return Err(SimError::Plan(format!("population.years: {year}: {level}; allowed: 0 to 100")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_holds_until_the_next() {
        let years = [2014, 2017].map(|year| Levels { year, arrests: f64::from(year - 2010), ..Levels::START });
        let of = |year| Levels::of(&years, year).arrests;
        assert_eq!([2013, 2014, 2016, 2017, 2030].map(of), [1.0, 4.0, 4.0, 7.0, 7.0]);
        assert!(Levels::check(&years).is_ok());
        assert!(Levels::check(&[years[1], years[0]]).is_err());
        assert!(Levels::check(&[Levels { arrests: -1.0, ..years[0] }]).is_err());
    }
}
