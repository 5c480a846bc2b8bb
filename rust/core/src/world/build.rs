//! A world built from a plan: with nobody on the caseload, or taken up between two days.

use std::collections::{BTreeMap, BTreeSet};

use super::Counts;
use super::World;
use super::accounts::Accounts;
use super::budgets::Budgets;
use super::capacity::{Units, Wards};
use super::programmes::Programmes;
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
use crate::log::{Areas, Daily, Log};
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
        let accounts = Accounts::new(&plan, &agents, &units);
        let programmes = Programmes::new(&plan)?;
        let budgets = Budgets::new(plan.commissioners.len(), plan.areas.len());
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
            programmes,
            budgets,
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
            closed_areas: Areas::default(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Legal, Place};
    use crate::draw::Key;
    use crate::levers::Lever;
    use std::sync::atomic::AtomicBool;

    fn around(change: impl FnOnce(&mut Plan)) -> Result<World, SimError> {
        let mut plan = World::small_plan();
        change(&mut plan);
        let key = Key { seed: 1, replicate: 0 };
        World::around(plan, key, 0, true, |inputs| Population::start(inputs, 1, &AtomicBool::new(false)))
    }

    #[test]
    fn a_new_world_stands_on_its_first_day_with_nobody_on_the_caseload() {
        let mut w = around(|_| {}).expect("it can be built");
        let c = w.plan.calendar;
        assert_eq!((w.today(), w.since, w.reported()), (c.first, c.start, false));
        assert!(w.caseload.cases.is_empty() && w.inpatients.is_empty() && w.log.events.is_empty());
        assert_eq!(w.due.len(), Due::ALL.len());
        assert!(w.threads >= 1);
        w.must_hold();
    }

    #[test]
    fn beds_places_and_queues_are_those_of_the_plan() {
        let w = around(|plan| plan.units[2].beds = 7).expect("it can be built");
        let beds: Vec<i32> = w.units.all.iter().map(|u| u.beds).collect();
        assert_eq!(beds, [10, 10, 7, 10, 10, 10, 10, 10, 10, 10]);
        assert_eq!((w.queues.refer.len(), w.queues.assess.len()), (2, 3));
        assert!(w.queues.fits(2, 3, 0));
    }

    #[test]
    fn a_plan_that_contradicts_itself_is_refused_before_anybody_is_made() {
        let refused = |change: fn(&mut Plan)| around(change).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(refused(|p| p.mode.fraction = 0.0).contains("mode.fraction"));
        assert!(refused(|p| p.calendar.end = p.calendar.start).contains("calendar"));
        assert!(refused(|p| p.units[0].tier = "attic".to_owned()).contains("units[0].tier"));
        let missing = refused(|p| {
            p.choices.remove("review");
        });
        assert!(missing.contains("choices.review"));
    }

    #[test]
    fn a_run_that_is_taken_up_has_its_cases_on_the_agenda_and_the_levers_of_the_evening_before() {
        let mut before = World::small();
        before.pass(10);
        let i = before.put(Place::Medium, Legal::S37);
        let today = before.today();
        before.caseload.schedule(i, Due::Review, today);
        let cases = before.caseload.cases.clone();
        let mut w = around(|plan| {
            let step = |from, value| crate::plan::LeverStep { from, until: None, ramp: 0, value, areas: None };
            let day = plan.calendar.start + 10;
            plan.levers.insert(Lever::RemissionSpeed.name().to_owned(), vec![step(day, 1.0)]);
        })
        .expect("it can be built");
        let head = Head {
            stepdown: String::new(),
            source: String::new(),
            seed: 1,
            replicate: 0,
            day: before.today(),
            date: String::new(),
            since: before.today() - 3,
            plan: String::new(),
            rows: 0,
            cases: 1,
        };
        w.resume(&head, cases, UserColumns::default());
        assert_eq!((w.today(), w.since, w.lever_values[0].clone()), (before.today(), head.since, vec![0.0]));
        w.open_agenda();
        assert_eq!(w.take_due(Due::Review), [i]);
    }
}
