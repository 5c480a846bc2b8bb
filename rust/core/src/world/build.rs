//! A world built from a plan: with nobody on the caseload, or taken up between two days.

use std::collections::{BTreeMap, BTreeSet};

use super::Counts;
use super::World;
use super::accounts::Accounts;
use super::capacity::{Units, Wards};
use super::questions::AskedQuestions;
use super::queues::Queues;
use crate::agents::Agents;
use crate::caseload::agenda::Due;
use crate::caseload::user_columns::UserColumns;
use crate::caseload::{Case, Caseload};
use crate::choices::{deciders, rules};
use crate::container::Head;
use crate::draw::Key;
use crate::error::SimError;
use crate::levers::Levers;
use crate::log::{Daily, Log};
use crate::plan::Plan;
use crate::population::{Inputs, Population};
use crate::timing::{PHASES, Timings};

impl World {
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
        let deciders = deciders::deciders(&plan, &agents, levers.names())?;
        let rules = rules::rules(&plan, &deciders, &agents, levers.names())?;
        let units = Units::new(&plan)?;
        let wards = Wards::new(&plan, &agents);
        let queues = Queues::new(plan.areas.len(), plan.commissioners.len());
        let accounts = Accounts::new(&plan);
        let mut timings = Timings::new(PHASES);
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
            accounts,
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
            due: vec![Vec::new(); Due::ALL.len()],
            ran_out: Vec::new(),
            stale: Vec::new(),
            inpatients: Vec::new(),
            described: BTreeSet::new(),
            visits: BTreeMap::new(),
            asked: AskedQuestions::default(),
            since: plan.calendar.start,
            closed: Daily::default(),
            fault: None,
            traced: None,
            plan,
        })
    }

    /// Takes up a run between two days: draws up the agenda, which follows from the cases, and what the levers said last.
    pub(crate) fn resume(&mut self, head: &Head, cases: Vec<Case>, own: UserColumns) {
        let calendar = self.plan.calendar;
        // As on the evening before: phases up to the tenth see the values of the day before.
        self.today = (head.day - 1).max(calendar.first);
        self.refresh_levers();
        self.today = head.day;
        self.since = head.since;
        self.caseload = Caseload::of(cases, own, head.day, calendar.end + 1);
    }
}
