//! A run: made from a plan, stepped day by day, drained of what it has logged, resumed and forked.

use std::sync::atomic::AtomicBool;

use crate::calendar::Day;
use crate::choices::batch::Answers;
use crate::codes::Sex;
use crate::draw::Key;
use crate::error::SimError;
use crate::log::{Areas, Daily, Log};
use crate::plan::Plan;
use crate::population::{Inflow, Inputs, Population};
use crate::start;
use crate::world::World;

impl World {
    /// Builds the world of a plan on the first day of its settling period.
    ///
    /// # Errors
    /// [`SimError::Plan`] if the plan contradicts itself, [`SimError::Stopped`] if `stop` was raised meanwhile.
    pub fn new(plan: Plan, key: Key, threads: usize, check: bool, stop: &AtomicBool) -> Result<World, SimError> {
        World::with_more(plan, key, threads, check, &[], stop)
    }

    /// Builds the world of a plan with more people in it: one for each area, sex and age given, each cell once.
    ///
    /// # Errors
    /// As [`World::new`].
    pub fn with_more(
        plan: Plan,
        key: Key,
        threads: usize,
        check: bool,
        more: &[(usize, Sex, usize)],
        stop: &AtomicBool,
    ) -> Result<World, SimError> {
        World::peopled(plan, key, threads, check, |inputs| {
            let mut population = Population::start(inputs, threads, stop)?;
            for (area, sex, age) in more {
                population.insert(inputs, *area, *sex, *age);
            }
            Ok(population)
        })
    }

    /// Builds the world of a plan with the people of a record alone: the pathway is the same as with everyone.
    ///
    /// # Errors
    /// As [`World::new`]; [`SimError::Usage`] if the record is of another population.
    pub fn replaying(plan: Plan, key: Key, threads: usize, check: bool, inflow: &Inflow) -> Result<World, SimError> {
        World::peopled(plan, key, threads, check, |inputs| Population::replay(inputs, inflow))
    }

    fn peopled(
        plan: Plan,
        key: Key,
        threads: usize,
        check: bool,
        people: impl FnOnce(&Inputs) -> Result<Population, SimError>,
    ) -> Result<World, SimError> {
        let mut world = World::around(plan, key, threads, check, people)?;
        world.counts.started = world.population.started();
        world.refresh_levers();
        start::cross_section(&mut world);
        Ok(world)
    }

    /// First day whose rows have not been taken yet [d].
    pub fn since(&self) -> Day {
        self.since
    }

    /// Takes everything that was logged since the last time.
    pub fn drain(&mut self) -> Log {
        let log = std::mem::take(&mut self.log);
        self.closed = log.daily.last_day();
        self.closed_areas = log.areas.last_day();
        self.since = self.today.max(self.plan.calendar.start);
        log
    }

    /// The daily figures at the close of the last day, whether they were taken or not.
    pub fn figures(&self) -> Daily {
        let open = self.log.daily.last_day();
        if open.is_empty() { self.closed.clone() } else { open }
    }

    /// The daily figures of areas at the close of the last day, likewise.
    pub fn area_figures(&self) -> Areas {
        let open = self.log.areas.last_day();
        if open.is_empty() { self.closed_areas.clone() } else { open }
    }

    /// Whether the run is over.
    pub fn over(&self) -> bool {
        self.today >= self.plan.calendar.end
    }

    /// Lives one day.
    ///
    /// # Errors
    /// [`SimError::Invariant`] if an invariant broke, [`SimError::Stopped`] if `stop` was raised during the yearly refresh.
    pub fn step(&mut self, stop: &AtomicBool) -> Result<(), SimError> {
        if self.over() {
            return Err(SimError::Limit("the run is over".to_owned()));
        }
        crate::day::live(self, stop)?;
        match self.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }

    /// Has the plan's rules answered for from now on.
    pub fn answer_with(&mut self, answers: Box<dyn Answers>) {
        self.answers = Some(answers);
    }

    /// Watches one person: from now on each of that person's decisions is explained.
    pub fn trace(&mut self, person: i64) {
        self.traced = Some(person);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Legal, Place};
    use crate::ids::UnitId;

    const KEY: Key = Key { seed: 1, replicate: 0 };

    fn going_on() -> AtomicBool {
        AtomicBool::new(false)
    }

    #[test]
    fn a_run_begins_on_the_first_day_of_the_settling_period_with_everybody_there() {
        let mut w = World::of_plan(World::small_plan());
        assert_eq!((w.today(), w.since()), (w.plan.calendar.first, w.plan.calendar.start));
        assert_eq!((w.counts.started, w.population.census(w.today()).present), (320, 320));
        assert!(!w.over() && w.log.events.is_empty());
        assert_eq!(w.lever_values.len(), 2);
        w.must_hold();
    }

    #[test]
    fn one_more_person_makes_one_more_and_leaves_the_others_who_they_are() {
        let (plan, more) = (World::small_plan(), [(1, Sex::Female, 30)]);
        let w = World::with_more(plan, KEY, 1, true, &more, &going_on()).expect("it can be built");
        let before = World::of_plan(World::small_plan());
        assert_eq!(w.counts.started, before.counts.started + 1);
        let people = |w: &World, n: u32| (0..n).map(|row| w.population.resident(row).person).collect::<Vec<u64>>();
        assert_eq!(people(&w, 320), people(&before, 320));
        let added = w.population.resident(320);
        assert_eq!((added.sex, added.area), (Sex::Female, 1));
    }

    #[test]
    fn a_day_is_lived_at_a_time_until_the_run_is_over() {
        let mut plan = World::small_plan();
        plan.calendar.start = plan.calendar.first;
        plan.calendar.end = plan.calendar.first + 3;
        let mut w = World::of_plan(plan);
        for day in 1..=3 {
            assert!(!w.over());
            w.step(&going_on()).expect("nothing is wrong");
            assert_eq!(w.today(), w.plan.calendar.first + day);
        }
        assert!(w.over());
        let refused = w.step(&going_on()).expect_err("it is over");
        assert_eq!(refused.to_string(), SimError::Limit("the run is over".to_owned()).to_string());
        assert_eq!(w.today(), w.plan.calendar.end);
    }

    #[test]
    fn what_went_wrong_in_a_day_is_said_once() {
        let mut w = World::small();
        w.pass(1);
        w.units[UnitId(2)].occupied = 3;
        let fault = w.step(&going_on()).expect_err("a unit counts people who aren't there");
        assert!(fault.to_string().contains("unit 2"));
        assert!(!w.faulty());
        w.units[UnitId(2)].occupied = 0;
        w.step(&going_on()).expect("nothing is wrong any more");
    }

    #[test]
    fn a_run_that_is_stopped_says_so() {
        let mut w = World::of_plan(World::small_plan());
        let stopped = w.step(&AtomicBool::new(true)).expect_err("stopped while the year was lived");
        assert!(matches!(stopped, SimError::Stopped));
        let refused = World::new(World::small_plan(), KEY, 1, true, &AtomicBool::new(true)).err();
        assert!(matches!(refused, Some(SimError::Stopped)));
    }

    #[test]
    fn what_was_taken_is_not_there_to_be_taken_again() {
        let mut w = World::small();
        w.put(Place::Medium, Legal::S37);
        w.settle_in();
        w.live_tomorrow();
        let first = w.today();
        let log = w.drain();
        assert!(!log.events.is_empty() && !log.daily.is_empty() && log.is_whole());
        assert_eq!((w.since(), w.log.clone()), (first, Log::default()));
        assert!(w.drain().events.is_empty());
    }

    #[test]
    fn rows_that_are_taken_in_the_settling_period_are_those_from_its_end_on() {
        let mut w = World::of_plan(World::small_plan());
        w.drain();
        assert_eq!(w.since(), w.plan.calendar.start);
    }

    #[test]
    fn the_figures_of_the_last_day_are_there_whether_they_were_taken_or_not() {
        let mut w = World::small();
        assert!(w.figures().is_empty());
        w.put(Place::Medium, Legal::S37);
        for _ in 0..2 {
            w.settle_in();
            w.live_tomorrow();
        }
        let (figures, areas) = (w.figures(), w.area_figures());
        let last = w.today() - 1;
        assert!(!areas.is_empty() && areas.day.iter().all(|day| *day == last));
        assert!(!figures.is_empty() && figures.day.iter().all(|day| *day == last));
        w.drain();
        assert_eq!((w.figures(), w.area_figures()), (figures, areas));
    }

    #[test]
    fn a_person_is_traced_from_then_on() {
        let mut w = World::small();
        w.trace(7);
        assert_eq!(w.traced, Some(7));
    }
}
