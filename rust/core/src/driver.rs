//! A run: made from a plan, stepped day by day, drained of what it has logged, resumed and forked.

use crate::log::Daily;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

use crate::agents::Agents;
use crate::calendar::Day;
use crate::caseload::agenda::DUES;
use crate::caseload::user_columns::OwnColumns;
use crate::caseload::{Case, Caseload};
use crate::choices::deciders::deciders;
use crate::choices::rules::{self, Answers};
use crate::codes::Sex;
use crate::container::Head;
use crate::draw::Key;
use crate::error::SimError;
use crate::levers::Levers;
use crate::log::Log;
use crate::plan::Plan;
use crate::population::{Inflow, Inputs, Population};
use crate::start;
use crate::timing::Timings;
use crate::world::accounts::Books;
use crate::world::capacity::{Units, Wards};
use crate::world::queues::Queues;
use crate::world::{Counts, World};

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

    /// Compiles a plan around a population, with nobody on the caseload, on the first day.
    pub(crate) fn around(
        plan: Plan,
        key: Key,
        threads: usize,
        check: bool,
        people: impl FnOnce(&Inputs) -> Result<Population, SimError>,
    ) -> Result<World, SimError> {
        plan.validate()?;
        let p = plan.parameters.clone();
        let agents = Agents::new(&plan.agents)?;
        let levers = Levers::new(&plan.levers);
        let deciders = deciders(&plan, &agents, levers.names())?;
        let rules = rules::rules(&plan, &deciders, &agents, levers.names())?;
        let units = Units::new(&plan)?;
        let wards = Wards::new(&plan, &agents);
        let queues = Queues::new(plan.areas.len(), plan.commissioners.len());
        let books = Books::new(&plan);
        let mut timings = Timings::new(crate::day::PHASES.len());
        let population = timings.start_up(|| people(&Inputs::of(&plan, key)))?;
        let first = plan.calendar.first;
        let caseload = Caseload::new(first, plan.calendar.end + 1);
        Ok(World {
            p,
            key,
            threads: threads.max(1),
            check,
            agents,
            population,
            caseload,
            units,
            wards,
            queues,
            log: Log::default(),
            books,
            timings,
            counts: Counts::default(),
            traces: Vec::new(),
            today: first,
            levers,
            lever_values: Vec::new(),
            deciders,
            rules,
            answers: None,
            arrivals: BTreeMap::new(),
            due: vec![Vec::new(); DUES],
            ran_out: Vec::new(),
            touched: Vec::new(),
            inpatients: Vec::new(),
            described: BTreeSet::new(),
            since: plan.calendar.start,
            closed: Daily::default(),
            fault: None,
            traced: None,
            plan,
        })
    }

    /// Takes up a run between two days: draws up the agenda, which follows from the cases, and what the levers said last.
    pub(crate) fn resume(&mut self, head: &Head, cases: Vec<Case>, own: OwnColumns) {
        let calendar = self.plan.calendar;
        // As on the evening before: phases up to the tenth see the values of the day before.
        self.today = (head.day - 1).max(calendar.first);
        self.refresh_levers();
        self.today = head.day;
        self.since = head.since;
        self.caseload = Caseload::of(cases, own, head.day, calendar.end + 1);
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
