//! Cases opened, described and kept in step with the population.

use super::World;
use crate::calendar::{Day, YEAR};
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::caseload::case::Life;
use crate::caseload::questions::Questions;
use crate::codes::{Event, Justice, Label, Legal, Place, Purpose};
use crate::hazards::Hazard;
use crate::ids::{CaseId, PersonId};
use crate::log::PersonRow;
use crate::plan::Demography;

impl World {
    /// Opens a case.
    pub(crate) fn open(&mut self, mut case: Case) -> CaseId {
        let i = CaseId(self.caseload.cases.len() as u32);
        case.number = self.number(case.person);
        let visits = self.visits.entry(case.person).or_default();
        case.questions = Questions::new(*visits);
        *visits += 1;
        self.caseload.by_person.insert(case.person, i);
        self.caseload.cases.push(case);
        self.counts.cases += 1;
        for hazard in Hazard::ALL {
            self.wind(i, hazard);
        }
        if self.reported() {
            self.log_person(i, false);
            self.event(i, Event::Enter, Label::NONE, Label::place(self.case(i).place), None, Purpose::None);
        }
        self.schedule_rate_change(i);
        self.mark_rates_stale(i);
        i
    }

    /// Returns the number of somebody who comes to the pathway: that of their identity, or the next that nobody has.
    fn number(&mut self, person: PersonId) -> i64 {
        if self.visits.contains_key(&person) {
            return self.caseload.renumbered.get(&person).copied().unwrap_or(person.number());
        }
        let mut number = person.number();
        while self.has_number(number) {
            number = (number + 1) % PersonId::NUMBERS;
        }
        if number != person.number() {
            self.caseload.renumbered.insert(person, number);
        }
        number
    }

    /// Whether somebody who was on the pathway has a number.
    fn has_number(&self, number: i64) -> bool {
        let (first, last) = PersonId::sharing(number);
        let renumbered = &self.caseload.renumbered;
        self.visits.range(first..=last).any(|(person, _)| !renumbered.contains_key(person))
            || renumbered.values().any(|n| *n == number)
    }

    /// Logs a person at first contact, or when the reported period begins; somebody who comes back has a row already.
    pub(crate) fn log_person(&mut self, i: CaseId, from_start: bool) {
        let c = &self.caseload[i];
        if !self.described.insert(c.person) {
            return;
        }
        self.log.people.push(PersonRow {
            person: c.number,
            sex: c.sex as u8,
            born: c.born,
            ethnicity: c.ethnicity as u8,
            deprivation: i32::from(c.deprivation),
            area: c.area,
            diagnoses: c.diagnoses.as_u8(),
            primary: enumset::EnumSet::only(c.primary).as_u8(),
            first_contact: self.today,
            from_start: u8::from(from_start),
        });
    }

    /// Schedules the next day on which a rate changes by itself: a birthday, or a year more since discharge.
    pub(crate) fn schedule_rate_change(&mut self, i: CaseId) {
        let today = self.today();
        let next = |since: Day| since + libm::ceil((libm::floor(f64::from(today - since) / YEAR) + 1.0) * YEAR) as Day;
        let c = self.case(i);
        let years_since = [Some(c.born), c.past.secure_exit, c.past.discharged];
        if let Some(day) = years_since.into_iter().flatten().map(next).min() {
            self.caseload.schedule(i, Due::RateChange, day);
        }
    }

    /// Keeps the population's view of a person's custody in step with the place.
    pub(crate) fn sync_justice(&mut self, i: CaseId) {
        let c = self.case(i);
        let justice = if c.place == Place::Remand {
            Justice::Remand
        } else if c.place == Place::Prison && c.offending.life == Life::Serving {
            Justice::Life
        } else if c.place == Place::Prison {
            Justice::Sentenced
        } else if c.legal == Legal::Licence {
            Justice::Licence
        } else if c.offending.charged {
            Justice::Bail
        } else {
            Justice::None
        };
        let row = c.row;
        self.population.set_justice(row, justice);
    }

    /// Birth day of somebody who comes to the pathway today. Where demography is frozen nobody outside grows older, so that
    /// whoever comes is as old as on the first day; on the pathway people age as they do anywhere, or it couldn't stand still.
    pub(crate) fn born(&self, born: Day) -> Day {
        match self.plan.mode.demography {
            Demography::Frozen => born + self.today - self.plan.calendar.start,
            Demography::Moving => born,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::NEVER;

    #[test]
    fn a_case_that_is_opened_is_found_counted_wound_and_described() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        let person = w.case(i).person;
        assert_eq!((w.caseload.by_person[&person], w.counts.cases), (i, 1));
        assert_eq!(w.logged(i, Event::Enter), [(Label::NONE, Label::place(Place::Home))]);
        assert_eq!(
            (w.log.people.person.clone(), w.log.people.first_contact.clone()),
            (vec![person.number()], vec![w.today()])
        );
        assert_eq!(w.stale, [i]);
        // Wound, and standing still until rates are set.
        let today = w.today();
        for hazard in Hazard::ALL {
            let mut clock = w.case(i).clocks[hazard as usize];
            assert_eq!(clock.due(), NEVER);
            assert!(clock.set(1.0, today) > today);
        }
    }

    #[test]
    fn of_two_people_whose_identities_give_one_number_the_second_has_the_next_and_keeps_it() {
        let mut w = World::small();
        let first = w.put(Place::Home, Legal::None);
        let person = w.case(first).person;
        let other = PersonId(person.0 ^ 1);
        let mut opened = |person| w.open(Case { person, ..w.case(first).clone() });
        let (second, again) = (opened(other), opened(other));
        let (back, third) = (opened(person), opened(PersonId(person.0 ^ 2)));
        let number = |i| w.case(i).number;
        assert_eq!(number(first), person.number());
        assert_eq!([second, again].map(number), [person.number() + 1; 2]);
        assert_eq!([back, third].map(number), [person.number(), person.number() + 2]);
        assert_eq!([0, 1, 2].map(|k| w.caseload.find(person.number() + k)), [back, again, third].map(Some));
        assert_eq!(w.caseload.find(person.number() + 3), None);
    }

    #[test]
    fn in_the_settling_period_nobody_is_described() {
        let mut w = World::small();
        w.pass(-1);
        let i = w.put(Place::Home, Legal::None);
        assert!(w.log.people.is_empty() && w.logged(i, Event::Enter).is_empty());
        w.pass(1);
        w.log_person(i, true);
        w.log_person(i, false);
        assert_eq!(w.log.people.from_start, [1]);
    }

    #[test]
    fn a_person_is_described_as_the_case_says() {
        use crate::codes::{Diagnosis, Ethnicity, Sex};
        let mut w = World::small();
        let i = w.put_with(Place::Home, Legal::None, |c| {
            (c.sex, c.ethnicity, c.deprivation, c.area) = (Sex::Female, Ethnicity::Black, 2, 1);
            c.primary = Diagnosis::Personality;
            c.diagnoses = Diagnosis::Personality | Diagnosis::Substance;
        });
        let row = w.log.people.row(0);
        assert_eq!((row.sex, row.ethnicity, row.deprivation, row.area), (1, Ethnicity::Black as u8, 2, 1));
        assert_eq!((row.diagnoses, row.primary, row.born), (2 + 8, 2, w.case(i).born));
    }

    #[test]
    fn rates_change_at_the_next_birthday_or_year_since_discharge() {
        let mut w = World::small();
        let today = w.today();
        let mut next = |born, discharged: Option<Day>, exit: Option<Day>| {
            let i = w.put_with(Place::Home, Legal::None, |c| {
                (c.born, c.past.discharged, c.past.secure_exit) = (born, discharged, exit);
            });
            w.due_in(i, Due::RateChange)
        };
        // Thirty years of 365.25 days are 10,957.5.
        assert_eq!(next(today - 10_900, None, None), Some(58));
        assert_eq!(next(today - 10_900, Some(today - 360), None), Some(6));
        assert_eq!(next(today - 10_900, Some(today - 360), Some(today - 363)), Some(3));
        assert_eq!(next(today - 10_900, Some(today - 300), None), Some(58));
    }

    #[test]
    fn the_population_knows_where_somebody_stands_with_justice() {
        let mut w = World::small();
        for (place, legal, charged, justice) in [
            (Place::Remand, Legal::None, true, Justice::Remand),
            (Place::Prison, Legal::None, true, Justice::Sentenced),
            (Place::Home, Legal::Licence, false, Justice::Licence),
            (Place::Home, Legal::Licence, true, Justice::Licence),
            (Place::Home, Legal::Cd, true, Justice::Bail),
            (Place::Medium, Legal::S48S49, true, Justice::Bail),
            (Place::Medium, Legal::S37, false, Justice::None),
        ] {
            let i = w.put_with(place, legal, |c| c.offending.charged = charged);
            w.sync_justice(i);
            let row = w.case(i).row;
            assert_eq!(w.population.resident(row).justice, justice, "{} {}", place.name(), legal.name());
        }
    }

    #[test]
    fn where_nobody_outside_grows_older_newcomers_are_as_old_as_on_the_first_day() {
        let mut w = World::small();
        w.pass(1000);
        assert_eq!(w.born(20_000), 20_000);
        w.plan.mode.demography = Demography::Frozen;
        assert_eq!(w.born(20_000), 21_000);
    }
}
