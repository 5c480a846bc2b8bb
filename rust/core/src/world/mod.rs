//! The state of a run: everyone, the institutions, the day, and what has been logged.
//!
//! [`World`] is what each phase of the day is handed. Facts about it are asked here; it is changed by the floors above.

pub mod accounts;
pub mod accrual;
pub mod agenda;
pub mod budgets;
mod build;
pub mod capacity;
pub mod cases;
pub mod goals;
pub mod incentives;
pub mod invariants;
pub mod people;
pub mod priority;
pub mod programmes;
pub mod questions;
pub mod queues;
pub mod rates;
pub mod settlement;
pub mod situation;
#[cfg(test)]
pub(crate) mod small;
pub mod stranded;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::agents::Agents;
use crate::calendar::{Day, Days, date, financial_year, year_start};
use crate::caseload::agenda::Due;
use crate::caseload::{Case, Caseload};
use crate::choices::batch::Answers;
use crate::choices::deciders::Decider;
use crate::choices::explain::Explained;
use crate::choices::rules::Rule;
use crate::codes::{Decision, Event, Label, Place, Purpose};
use crate::draw::{Key, normal};
use crate::error::SimError;
use crate::hazards::Hazard;
use crate::ids::{CaseId, CommissionerId, PersonId};
use crate::levers::{Lever, Levers};
use crate::log::{Areas, Daily, EventRow, Log};
use crate::plan::{Capacity, Parameters, Plan};
use crate::population::{Arrival, Population};
use crate::timing::Timings;
use accounts::Accounts;
use budgets::Budgets;
use capacity::{Units, Ward, Wards};
use programmes::Programmes;
use questions::AskedQuestions;
use queues::Queues;

/// What the evaluator said, for the person that is traced.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Day of the decision [d].
    pub day: Day,
    /// Decision.
    pub decision: Decision,
    /// Name of the agent that decided.
    pub agent: String,
    /// Inputs, scores, draws, answer.
    pub explained: Explained,
}

/// Counts that the invariants are checked against, and that users see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// People at the start [persons].
    pub started: u64,
    /// Cases opened so far [count].
    pub cases: u64,
    /// Events logged so far, reported period only [rows].
    pub events: u64,
    /// Decisions taken so far [count].
    pub decisions: u64,
    /// Decisions for which the law left no option [count].
    pub anomalies: u64,
    /// Person-days lived so far, reported period only [d].
    pub person_days: u64,
}

/// A run.
pub struct World {
    /// The parameters, typed.
    pub p: Parameters,
    /// The plan, less what has been taken out of it.
    pub plan: Plan,
    /// Key of all draws.
    pub key: Key,
    /// Threads for the population.
    pub threads: usize,
    /// Whether invariants are checked every day.
    pub check: bool,
    /// The institutions' attributes.
    pub agents: Agents,
    /// Everyone.
    pub population: Population,
    /// Everyone the pathway knows.
    pub caseload: Caseload,
    /// Secure beds.
    pub units: Units,
    /// Other wards, supported places and teams, by area.
    pub wards: Wards,
    /// Who waits for what.
    pub queues: Queues,
    /// What has been logged.
    pub log: Log,
    /// Money and health of the year.
    pub accounts: Accounts,
    /// What programmes have bought.
    pub programmes: Programmes,
    /// What payers may still commit themselves to.
    pub budgets: Budgets,
    /// Wall time by phase.
    pub timings: Timings,
    /// Counts.
    pub counts: Counts,
    /// Traces of the traced person.
    pub traces: Vec<Trace>,
    pub(crate) today: Day,
    pub(crate) levers: Levers,
    pub(crate) lever_values: Vec<Vec<f64>>,
    pub(crate) deciders: Vec<Option<Decider>>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) answers: Option<Box<dyn Answers>>,
    pub(crate) arrivals: BTreeMap<Day, Vec<Arrival>>,
    pub(crate) due: Vec<Vec<CaseId>>,
    pub(crate) ran_out: Vec<(Hazard, CaseId)>,
    pub(crate) stale: Vec<CaseId>,
    pub(crate) inpatients: Vec<CaseId>,
    pub(crate) described: BTreeSet<PersonId>,
    /// How often each person was on the caseload.
    pub(crate) visits: BTreeMap<PersonId, u16>,
    /// Every question that was asked, where invariants are checked.
    pub(crate) asked: AskedQuestions,
    /// First day whose rows are in the log, not yet taken [d].
    pub(crate) since: Day,
    /// Daily figures of the last day that was taken.
    pub(crate) closed: Daily,
    /// Daily figures of areas of that day.
    pub(crate) closed_areas: Areas,
    pub(crate) fault: Option<SimError>,
    pub(crate) traced: Option<i64>,
}

impl World {
    /// The day that the next step will live.
    pub fn today(&self) -> Day {
        self.today
    }

    /// Whether the present day is reported.
    pub fn reported(&self) -> bool {
        self.today >= self.plan.calendar.start
    }

    pub(crate) fn case(&self, i: CaseId) -> &Case {
        &self.caseload[i]
    }

    pub(crate) fn case_mut(&mut self, i: CaseId) -> &mut Case {
        &mut self.caseload[i]
    }

    /// Whether capacity limits anybody.
    pub(crate) fn limited(&self) -> bool {
        self.plan.mode.capacity == Capacity::Limited
    }

    /// Commissioner of an area's medium and low secure care.
    pub(crate) fn collaborative(&self, area: u8) -> CommissionerId {
        CommissionerId(self.plan.areas[usize::from(area)].collaborative)
    }

    /// Whether a bed in `there` is outside the collaborative of somebody of `area`.
    pub(crate) fn out_of_area(&self, area: u8, there: u8) -> bool {
        self.collaborative(there) != self.collaborative(area)
    }

    /// The nearest area with a free place: one's own, else of one's collaborative, else of one's region.
    pub(crate) fn nearest(&self, ward: Ward, area: u8) -> Option<u8> {
        let region = |a: u8| self.plan.areas[usize::from(a)].region;
        self.wards.nearest(ward, area, |a| (a != area, self.out_of_area(area, a), region(a) != region(area)))
    }

    /// The commissioner that would pay for a bed of this tier for somebody of this area.
    pub(crate) fn commissioner(&self, area: u8, tier: Place) -> CommissionerId {
        if tier == Place::High { self.national() } else { self.collaborative(area) }
    }

    /// NHS England, the last commissioner.
    pub fn national(&self) -> CommissionerId {
        CommissionerId((self.plan.commissioners.len() - 1) as u8)
    }

    /// Today's value of a lever in an area.
    pub(crate) fn lever(&self, lever: Lever, area: u8) -> f64 {
        self.levers.value(lever, self.today, area)
    }

    pub(crate) fn refresh_levers(&mut self) {
        self.lever_values.resize(self.plan.areas.len(), Vec::new());
        for area in 0..self.plan.areas.len() {
            self.levers.values(self.today, area as u8, &mut self.lever_values[area]);
        }
    }

    /// Logs an event of a case.
    pub(crate) fn event(
        &mut self,
        i: CaseId,
        event: Event,
        from: Label,
        to: Label,
        decision: Option<Decision>,
        cause: Purpose,
    ) {
        if !self.reported() {
            return;
        }
        let c = &self.caseload[i];
        self.counts.events += 1;
        self.log.events.push(EventRow {
            person: c.number,
            day: self.today,
            event: event as u8,
            from: from.0,
            to: to.0,
            unit: c.placement.unit.map_or(u16::MAX, |u| u.0),
            area: c.area,
            decision: decision.map_or(u8::MAX, |d| d as u8),
            cause: cause as u8,
        });
    }

    /// Marks a case whose hazards may have changed: its clocks are reset at the close of the day.
    pub(crate) fn mark_rates_stale(&mut self, i: CaseId) {
        self.stale.push(i);
    }

    /// Records a broken invariant; the day ends with it.
    pub(crate) fn break_invariant(&mut self, what: String) {
        if self.fault.is_none() {
            let (y, m, d) = date(self.today);
            self.fault = Some(SimError::Invariant { date: format!("{y}-{m:02}-{d:02}"), what });
        }
    }

    /// Records that a rule broke its contract; the day ends with it.
    pub(crate) fn break_rule(&mut self, rule: usize, what: String) {
        if self.fault.is_none() {
            let (y, m, d) = date(self.today);
            let rule = self.rules[rule].name.clone();
            self.fault = Some(SimError::Rule { rule, date: format!("{y}-{m:02}-{d:02}"), what });
        }
    }

    /// Whether something has gone wrong today.
    pub(crate) fn faulty(&self) -> bool {
        self.fault.is_some()
    }

    /// Age of a case's person [a].
    pub(crate) fn age(&self, i: CaseId) -> f64 {
        self.case(i).age(self.today)
    }

    /// The financial year of the present day.
    pub fn year(&self) -> i32 {
        financial_year(self.today)
    }

    /// Whether the present day is the last of a financial year, or of the run.
    pub fn closes_year(&self) -> bool {
        self.today + 1 == year_start(self.year() + 1) || self.today + 1 == self.plan.calendar.end
    }
}

impl World {
    /// Puts something on a case's agenda so many days from today.
    pub(crate) fn schedule_in(&mut self, i: CaseId, due: Due, days: Days) {
        let day = self.today + days;
        self.caseload.schedule(i, due, day);
    }

    /// Draws a lognormal delay with a median [d] and spread of the logarithm [ln d].
    pub(crate) fn delay(&mut self, i: CaseId, purpose: Purpose, median: f64, sigma: f64) -> Days {
        let u = self.draw(i, purpose);
        Days::rounded_up(median * libm::exp(sigma * normal(u)))
    }
}
