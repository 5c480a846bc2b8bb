//! Between caseload and population: whoever comes, is given back, dies or is known for decades.

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

    /// Gives a person back to the population, from tomorrow on. While the population stands still, an equal of somebody who was
    /// in secure care has long been there: this one goes.
    pub(crate) fn return_to_population(&mut self, i: CaseId) {
        let (row, fell_ill) = (self.case(i).row, self.case(i).fell_ill);
        self.population.set_justice(row, Justice::None);
        if self.case(i).past.ever_secure && self.plan.mode.demography == Demography::Frozen {
            self.population.depart(row, self.today);
            return;
        }
        if let Some(a) = self.population.give_back(row, self.today + 1, None, fell_ill) {
            self.expect(a);
        }
    }

    /// Counts a person who died today out of the population.
    pub(crate) fn die(&mut self, i: CaseId) {
        let (row, known) = (self.case(i).row, self.case(i).past.ever_secure);
        self.population.die(row, self.today);
        let settling = self.today < self.plan.calendar.start;
        let replaced = match self.plan.mode.demography {
            Demography::Frozen => !known,
            Demography::Moving => settling,
        };
        if replaced {
            self.replace_with_equal(i);
        }
    }

    /// Replaces a person with an identical one without pathway history, so that frozen runs stay stationary.
    fn replace_with_equal(&mut self, i: CaseId) {
        let (row, fell_ill) = (self.case(i).row, self.case(i).fell_ill);
        if let Some(a) = self.population.replace_with_equal(row, self.today, fell_ill) {
            self.expect(a);
        }
    }

    /// Notes a first admission to secure care: the pathway knows the person for decades. Where the population is to stand still,
    /// an equal takes their place now, and nobody does when they die or are let go.
    pub(crate) fn retain(&mut self, i: CaseId) {
        if !self.case(i).past.ever_secure {
            self.case_mut(i).past.ever_secure = true;
            if self.plan.mode.demography == Demography::Frozen {
                self.replace_with_equal(i);
            }
        }
    }

    /// Where the population stands still, somebody who was never in secure care stays as old as they are there, however long the
    /// books are open: nobody grows up to take the place of those who grow old.
    pub(crate) fn keep_age(&mut self, i: CaseId) {
        let c = self.case(i);
        if self.plan.mode.demography == Demography::Frozen && !c.past.ever_secure {
            let born = self.born(self.population.resident(c.row).born);
            self.case_mut(i).born = born;
        }
    }

    /// Closes the year in the population's books.
    pub(crate) fn tally_year(&mut self, year: i32) {
        let tally = self.population.tally(year, self.today + 1, self.threads);
        self.counts.person_days += tally.person_days.iter().sum::<i64>() as u64;
        self.log.tally.extend(&tally);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Legal, Place};

    /// A world that lives its first reported year, in which nobody comes or goes by themselves.
    fn first_year() -> World {
        let mut w = World::of_plan(World::small_plan());
        w.today = w.plan.calendar.start;
        let (from, to) = (w.today, w.today + 365);
        w.live_population(from, to, &AtomicBool::new(false)).expect("nobody stops it");
        w
    }

    #[test]
    fn mortality_is_that_of_the_life_table_from_birth_to_its_last_age() {
        let w = World::small();
        for sex in Sex::ALL {
            let table = &w.plan.population.mortality[*sex as usize];
            let last = table.len() - 1;
            for (age, row) in [(-1.0, 0), (0.0, 0), (0.99, 0), (50.5, 50), (last as f64, last), (250.0, last)] {
                assert_eq!(w.mortality(*sex, age), table[row], "{age}");
            }
        }
    }

    #[test]
    fn who_is_given_back_is_at_liberty_and_met_once_more_at_most() {
        let mut w = first_year();
        let i = w.put(Place::Home, Legal::None);
        let row = w.case(i).row;
        w.population.set_justice(row, Justice::Licence);
        w.return_to_population(i);
        let r = w.population.resident(row);
        assert_eq!((r.justice, r.contacts), (Justice::None, 1));
    }

    #[test]
    fn a_death_is_counted_and_in_a_reported_year_nobody_takes_the_place() {
        let mut w = first_year();
        let i = w.put(Place::Home, Legal::None);
        let before = w.population.census(w.today());
        w.die(i);
        let after = w.population.census(w.today());
        assert_eq!((after.dead, after.present, after.arrived), (before.dead + 1, before.present - 1, before.arrived));
    }

    #[test]
    fn while_the_population_stands_still_an_equal_takes_the_place_of_who_dies() {
        for (demography, settling, known, replaced) in [
            (Demography::Frozen, false, false, true),
            (Demography::Frozen, false, true, false),
            (Demography::Moving, true, false, true),
            (Demography::Moving, true, true, true),
            (Demography::Moving, false, false, false),
        ] {
            let mut w = first_year();
            w.plan.mode.demography = demography;
            w.plan.calendar.start += if settling { 100 } else { 0 };
            let i = w.put_with(Place::Home, Legal::None, |c| c.past.ever_secure = known);
            let before = w.population.census(w.today());
            w.die(i);
            let after = w.population.census(w.today() + 1);
            assert_eq!(after.arrived - before.arrived, u64::from(replaced), "{demography:?} {settling} {known}");
            assert!(after.balances());
        }
    }

    #[test]
    fn whoever_is_admitted_to_secure_care_is_known_for_life_and_replaced_once() {
        for (demography, arrived) in [(Demography::Frozen, 1), (Demography::Moving, 0)] {
            let mut w = first_year();
            w.plan.mode.demography = demography;
            let i = w.put(Place::Home, Legal::None);
            let before = w.population.census(w.today());
            w.retain(i);
            w.retain(i);
            assert!(w.case(i).past.ever_secure);
            assert_eq!(w.population.census(w.today() + 1).arrived - before.arrived, arrived, "{demography:?}");
        }
    }

    #[test]
    fn where_nobody_grows_up_nobody_grows_old_but_who_was_in_secure_care() {
        for (demography, secure, years) in [
            (Demography::Frozen, false, 0),
            (Demography::Frozen, true, 10),
            (Demography::Moving, false, 10),
            (Demography::Moving, true, 10),
        ] {
            let mut w = first_year();
            w.plan.mode.demography = demography;
            let i = w.put(Place::Home, Legal::None);
            let born = w.born(w.population.resident(w.case(i).row).born);
            (w.case_mut(i).born, w.case_mut(i).past.ever_secure) = (born, secure);
            let before = w.age(i);
            w.pass(3653);
            w.keep_age(i);
            assert_eq!((w.age(i) - before).round() as i32, years, "{demography:?} {secure}");
        }
    }

    #[test]
    fn a_year_that_closes_counts_everybody_and_their_days() {
        let mut w = first_year();
        let people = w.population.census(w.today()).present;
        w.today += 364;
        let year = w.year();
        w.tally_year(year);
        assert_eq!(w.log.tally.alive.iter().sum::<i64>(), w.population.census(w.today() + 1).present as i64);
        let deaths = people - w.population.census(w.today() + 1).present;
        let most = people * 365;
        assert!(w.counts.person_days <= most && w.counts.person_days >= most - 365 * deaths);
        assert!(w.log.tally.year.iter().all(|y| *y == year));
    }
}
