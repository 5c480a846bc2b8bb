//! Counting everyone: once a period for the output, on any day for the invariants.

use super::census::Census;
use super::columns::{Bits, Presence};
use super::residents::{NEVER_STOP, Population};
use super::tally::Balance;
use crate::calendar::Day;
use crate::log;

impl Population {
    /// Returns the tally of the period that ends on `day`: who is there at its end, and what happened in it.
    ///
    /// To be called before the next [`Population::live`]. Days on which nobody ages count at the age of the clock.
    pub fn tally(&self, year: i32, day: Day, threads: usize) -> log::Tally {
        let mut balance = self.balance(day, threads);
        if let Some(others) = self.replay.as_ref().and_then(|replay| replay.others(day)) {
            balance.add(others);
        }
        balance.rows(year)
    }

    /// Returns the balance of the period that ends on `day`, over everyone in the columns.
    pub(super) fn balance(&self, day: Day, threads: usize) -> Balance {
        let refresh = self.living.refresh(threads, &NEVER_STOP);
        refresh.standing(&self.register.columns, day).close(&self.counts)
    }

    /// Counts everyone on a day of the period, row by row.
    pub fn census(&self, day: Day) -> Census {
        let mut census = Census { present: 0, ..self.before };
        let columns = &self.register.columns;
        for (bits, due) in columns.bits.iter().zip(columns.due.iter()) {
            let exit = Day::from(*due);
            let there = exit > day;
            // Whoever went before the period is in the totals already.
            let new = exit >= self.living.period.from;
            match Presence::ALL[Bits(*bits).presence() as usize] {
                Presence::Present => census.present += 1,
                Presence::Dead | Presence::Left if there => census.present += 1,
                Presence::Dead if new => census.dead += 1,
                Presence::Left if new => census.left += 1,
                Presence::Dead | Presence::Left | Presence::Vacant => {}
            }
        }
        for entry in &self.register.entered {
            if Day::from(entry.day) > day {
                census.present -= 1;
            } else if entry.born {
                census.born += 1;
            } else {
                census.arrived += 1;
            }
        }
        census
    }
}
