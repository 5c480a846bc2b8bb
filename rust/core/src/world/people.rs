//! Between caseload and population: whoever comes, is given back, dies or is known for life.

use std::sync::atomic::AtomicBool;

use super::World;
use crate::calendar::Day;
use crate::codes::{Justice, Sex};
use crate::error::SimError;
use crate::ids::CaseId;
use crate::plan::Demography;
use crate::population::Arrival;

impl World {
    /// Death rate of the life table [1/a].
    pub(crate) fn mortality(&self, sex: Sex, age: f64) -> f64 {
        let table = &self.plan.population.mortality[sex as usize];
        table[(age.max(0.0) as usize).min(table.len() - 1)]
    }

    /// Lets the population live through `from..to`, and takes whom it hands over.
    pub(crate) fn live_population(&mut self, from: Day, to: Day, stop: &AtomicBool) -> Result<(), SimError> {
        for a in self.population.live(from, to, self.threads, stop)? {
            self.expect(a);
        }
        Ok(())
    }

    /// Notes somebody who will come to the pathway's notice.
    fn expect(&mut self, a: Arrival) {
        self.population.take(a.row);
        self.arrivals.entry(a.day).or_default().push(a);
    }

    /// Gives a person back to the population, from tomorrow on.
    pub(crate) fn return_to_population(&mut self, i: CaseId) {
        let (row, fell_ill) = (self.case(i).row, self.case(i).fell_ill);
        self.population.set_justice(row, Justice::None);
        if let Some(a) = self.population.give_back(row, self.today + 1, None, fell_ill) {
            self.expect(a);
        }
    }

    /// Counts a person who died today out of the population.
    pub(crate) fn die(&mut self, i: CaseId) {
        let (row, known) = (self.case(i).row, self.case(i).past.ever_secure);
        self.population.die(row, self.today);
        let settling = self.today < self.plan.calendar.start;
        match self.plan.mode.demography {
            Demography::Frozen if !known => self.replace_with_equal(i),
            Demography::Moving if settling => self.replace_with_equal(i),
            _ => {}
        }
    }

    /// Replaces a person with an identical one without pathway history, so that frozen runs stay stationary.
    fn replace_with_equal(&mut self, i: CaseId) {
        let (row, fell_ill) = (self.case(i).row, self.case(i).fell_ill);
        if let Some(a) = self.population.replace_with_equal(row, self.today, fell_ill) {
            self.expect(a);
        }
    }

    /// Notes a first admission to secure care: the pathway knows the person for life, and the population never gets
    /// them back. Where it is to stand still, an equal takes their place now, and nobody does when they die.
    pub(crate) fn retain_for_life(&mut self, i: CaseId) {
        if !self.case(i).past.ever_secure {
            self.case_mut(i).past.ever_secure = true;
            if self.plan.mode.demography == Demography::Frozen {
                self.replace_with_equal(i);
            }
        }
    }

    /// Closes the year in the population's books.
    pub(crate) fn tally_year(&mut self, year: i32) {
        let tally = self.population.tally(year, self.today + 1, self.threads);
        self.counts.person_days += tally.person_days.iter().sum::<u64>();
        self.log.tally.extend(&tally);
    }
}
