//! A run: made from a plan, stepped day by day, drained of what it has logged, resumed and forked.

use std::sync::atomic::AtomicBool;

use crate::calendar::Day;
use crate::choices::rules::Answers;
use crate::codes::Sex;
use crate::draw::Key;
use crate::error::SimError;
use crate::log::{Daily, Log};
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
        start::cross_section(&mut world)?;
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
        self.since = self.today.max(self.plan.calendar.start);
        log
    }

    /// The daily figures at the close of the last day, whether they were taken or not.
    pub fn figures(&self) -> Daily {
        let open = self.log.daily.last_day();
        if open.is_empty() { self.closed.clone() } else { open }
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
    pub fn trace(&mut self, person: u64) {
        self.traced = Some(person);
    }
}
