//! A run: everyone, the institutions, the day, and what has been logged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use crate::agents::Agents;
use crate::calendar::{Day, YEAR, date, financial_year, year_start};
use crate::caseload::agenda::{DUES, Due, Entry};
use crate::caseload::clock::Clock;
use crate::caseload::own::OwnColumns;
use crate::caseload::{Case, Caseload};
use crate::choice::{Explained, options};
use crate::codes::{Decision, Event, Justice, Label, Legal, Place, Sex, Stage};
use crate::columns::CaseColumn;
use crate::draw::{Key, Purpose};
use crate::error::SimError;
use crate::levers::Levers;
use crate::log::{Daily, EventRow, Log, PersonRow};
use crate::pathway::beds::{Units, Wards};
use crate::pathway::hazards::Hazard;
use crate::pathway::money::Books;
use crate::pathway::queues::Queues;
use crate::pathway::{books, law, states};
use crate::plan::{Capacity, Demography, Exact, Parameters, Plan};
use crate::population::{Arrival, Inflow, Inputs, Population};
use crate::rules::{self, Answers, Decider, Rule};
use crate::snapshot::Head;
use crate::timing::Timings;

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

/// Cases that the memory is asked for at once.
const AT_ONCE: usize = 8;

/// A run.
pub struct Sim {
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
    pub books: Books,
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
    pub(crate) due: Vec<Vec<u32>>,
    pub(crate) ran_out: Vec<(Hazard, u32)>,
    pub(crate) touched: Vec<u32>,
    pub(crate) inpatients: Vec<u32>,
    pub(crate) described: BTreeSet<u64>,
    /// First day whose rows are in the log, not yet taken [d].
    pub(crate) since: Day,
    /// Daily figures of the last day that was taken.
    pub(crate) closed: Daily,
    fault: Option<SimError>,
    pub(crate) traced: Option<u64>,
}

impl Sim {
    /// Builds the world of a plan on the first day of its settling period.
    ///
    /// # Errors
    /// [`SimError::Plan`] if the plan contradicts itself, [`SimError::Stopped`] if `stop` was raised meanwhile.
    pub fn new(plan: Plan, key: Key, threads: usize, check: bool, stop: &AtomicBool) -> Result<Sim, SimError> {
        Sim::with_more(plan, key, threads, check, &[], stop)
    }

    /// Builds the world of a plan with more people in it: one for each area, sex and age given, each cell once.
    ///
    /// # Errors
    /// As [`Sim::new`].
    pub fn with_more(
        plan: Plan,
        key: Key,
        threads: usize,
        check: bool,
        more: &[(usize, Sex, usize)],
        stop: &AtomicBool,
    ) -> Result<Sim, SimError> {
        Sim::peopled(plan, key, threads, check, |inputs| {
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
    /// As [`Sim::new`]; [`SimError::Usage`] if the record is of another population.
    pub fn replaying(plan: Plan, key: Key, threads: usize, check: bool, inflow: &Inflow) -> Result<Sim, SimError> {
        Sim::peopled(plan, key, threads, check, |inputs| Population::replay(inputs, inflow))
    }

    fn peopled(
        plan: Plan,
        key: Key,
        threads: usize,
        check: bool,
        people: impl FnOnce(&Inputs) -> Result<Population, SimError>,
    ) -> Result<Sim, SimError> {
        let mut sim = Sim::around(plan, key, threads, check, people)?;
        sim.counts.started = sim.population.started();
        sim.refresh_levers();
        crate::start::cross_section(&mut sim)?;
        Ok(sim)
    }

    /// Compiles a plan around a population, with nobody on the caseload, on the first day.
    pub(crate) fn around(
        plan: Plan,
        key: Key,
        threads: usize,
        check: bool,
        people: impl FnOnce(&Inputs) -> Result<Population, SimError>,
    ) -> Result<Sim, SimError> {
        plan.validate()?;
        let p = plan.parameters.clone();
        let agents = Agents::new(&plan.agents)?;
        let levers = Levers::new(&plan.levers);
        let deciders = rules::deciders(&plan, &agents, levers.names())?;
        let rules = rules::rules(&plan, &deciders, &agents, levers.names())?;
        let units = Units::new(&plan)?;
        let wards = Wards::new(&plan, &agents);
        let queues = Queues::new(plan.areas.len(), plan.commissioners.len());
        let books = Books::new(&plan);
        let mut timings = Timings::new(crate::day::PHASES.len());
        let population = timings.start_up(|| people(&plan.inputs(key)))?;
        let first = plan.calendar.first;
        let caseload = Caseload::new(first, plan.calendar.end + 1);
        Ok(Sim {
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

    /// The day that the next step will live.
    pub fn today(&self) -> Day {
        self.today
    }

    /// Whether the run is over.
    pub fn over(&self) -> bool {
        self.today >= self.plan.calendar.end
    }

    /// Whether the present day is reported.
    pub fn reported(&self) -> bool {
        self.today >= self.plan.calendar.start
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

    // ---- Facts -------------------------------------------------------------------------------------------------

    pub(crate) fn case(&self, i: u32) -> &Case {
        &self.caseload.cases[i as usize]
    }

    pub(crate) fn case_mut(&mut self, i: u32) -> &mut Case {
        &mut self.caseload.cases[i as usize]
    }

    /// Whether capacity limits anybody.
    pub(crate) fn limited(&self) -> bool {
        self.plan.mode.capacity == Capacity::Limited
    }

    /// Commissioner of an area's medium and low secure care.
    pub(crate) fn collaborative(&self, area: u8) -> u8 {
        self.plan.areas[area as usize].collaborative
    }

    /// The commissioner that would pay for a bed of this tier for somebody of this area.
    pub(crate) fn commissioner(&self, area: u8, tier: Place) -> u8 {
        if tier == Place::High { self.national() } else { self.collaborative(area) }
    }

    /// Index of NHS England, the last commissioner.
    pub(crate) fn national(&self) -> u8 {
        (self.plan.commissioners.len() - 1) as u8
    }

    /// Today's value of a lever in an area.
    pub(crate) fn lever(&self, name: &str, area: u8) -> f64 {
        self.levers.value(name, self.today, area)
    }

    pub(crate) fn refresh_levers(&mut self) {
        self.lever_values.resize(self.plan.areas.len(), Vec::new());
        for area in 0..self.plan.areas.len() {
            self.levers.values(self.today, area as u8, &mut self.lever_values[area]);
        }
    }

    /// The row of columns that a decision about a case may look at today.
    pub(crate) fn columns(&self, i: u32) -> [f64; CaseColumn::COUNT] {
        crate::pathway::view::columns(self, i)
    }

    /// Opens (positive) or closes (negative) beds of a unit; a closing bed closes when it falls empty.
    pub fn change_beds(&mut self, unit: u16, change: i32) {
        let u = &mut self.units.all[usize::from(unit)];
        if change >= 0 {
            let kept = change.min(u.closing);
            u.closing -= kept;
            u.beds += change - kept;
        } else {
            u.closing += (-change).min(u.beds - u.closing);
        }
    }

    // ---- Changes: the only places where a state changes -----------------------------------------------------------

    /// Logs an event of a case.
    pub(crate) fn event(
        &mut self,
        i: u32,
        event: Event,
        from: Label,
        to: Label,
        decision: Option<Decision>,
        cause: Purpose,
    ) {
        if !self.reported() {
            return;
        }
        let c = &self.caseload.cases[i as usize];
        self.counts.events += 1;
        self.log.events.push(EventRow {
            person: c.person,
            day: self.today,
            event: event as u8,
            from: from.0,
            to: to.0,
            unit: c.unit,
            area: c.area,
            decision: decision.map_or(u8::MAX, |d| d as u8),
            cause: cause as u8,
        });
    }

    /// Sets the stage.
    pub(crate) fn set_stage(&mut self, i: u32, stage: Stage) {
        let from = self.case(i).stage;
        if from != stage {
            self.case_mut(i).stage = stage;
            self.event(i, Event::Stage, Label::stage(from), Label::stage(stage), None, Purpose::None);
            self.touch(i);
        }
    }

    /// Sets the legal status; a move that the law doesn't know is a fault.
    pub(crate) fn set_legal(&mut self, i: u32, legal: Legal, cause: Purpose) {
        let from = self.case(i).legal;
        if from == legal {
            return;
        }
        if !states::lawful(from, legal) {
            let person = self.case(i).person;
            self.break_invariant(format!(
                "person {person} moved from {} to {}: not a legal move",
                from.name(),
                legal.name()
            ));
        }
        books::accrue(self, i);
        self.case_mut(i).legal = legal;
        self.event(i, Event::Status, Label::legal(from), Label::legal(legal), None, cause);
        let expiry = law::expires(&self.p.law, legal, self.today);
        self.caseload.plan(i, Due::Expiry, expiry);
        if law::detained(legal) {
            self.plan_reference(i);
        } else {
            self.caseload.cancel(i, Due::Apply);
        }
        self.touch(i);
    }

    /// Plans the next automatic reference to the tribunal.
    pub(crate) fn plan_reference(&mut self, i: u32) {
        let t = &self.p.tribunal;
        let after = if law::restricted(self.case(i).legal) { t.reference_restricted } else { t.reference_other };
        self.caseload.plan(i, Due::Apply, self.today + after as Day);
    }

    /// Marks a case whose hazards may have changed: its clocks are reset at the close of the day.
    pub(crate) fn touch(&mut self, i: u32) {
        self.touched.push(i);
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

    /// Opens a case and returns its index.
    pub(crate) fn open(&mut self, case: Case) -> u32 {
        let i = self.caseload.cases.len() as u32;
        self.caseload.by_person.insert(case.person, i);
        self.caseload.cases.push(case);
        self.counts.cases += 1;
        let key = self.key;
        let today = self.today;
        for h in Hazard::ALL {
            let c = self.case_mut(i);
            let ordinal = c.next(h.purpose());
            c.clocks[h as usize] = Clock::wind(key, c.person, h.purpose(), ordinal, today);
        }
        if self.reported() {
            self.log_person(i, false);
            self.event(i, Event::Enter, Label::NONE, Label::place(self.case(i).place), None, Purpose::None);
        }
        crate::pathway::close::plan_turn(self, i);
        self.touch(i);
        i
    }

    /// Logs a person at first contact, or when the reported period begins; somebody who comes back has a row already.
    pub(crate) fn log_person(&mut self, i: u32, from_start: bool) {
        let c = &self.caseload.cases[i as usize];
        if !self.described.insert(c.person) {
            return;
        }
        self.log.people.push(PersonRow {
            person: c.person,
            sex: c.sex as u8,
            born: c.born,
            ethnicity: c.ethnicity as u8,
            deprivation: c.deprivation,
            area: c.area,
            diagnoses: c.diagnoses,
            primary: c.primary,
            first_contact: self.today,
            from_start: u8::from(from_start),
        });
    }

    /// Keeps the population's view of a person's custody in step with the place.
    pub(crate) fn sync_justice(&mut self, i: u32) {
        let c = self.case(i);
        let justice = match c.place {
            Place::Remand => Justice::Remand,
            Place::Prison => Justice::Sentenced,
            _ if c.legal == Legal::Licence => Justice::Licence,
            _ if c.charged => Justice::Bail,
            _ => Justice::None,
        };
        let row = c.row;
        self.population.set_justice(row, justice);
    }

    // ---- The population ---------------------------------------------------------------------------------------------

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
    pub(crate) fn return_to_population(&mut self, i: u32) {
        let (row, fell_ill) = (self.case(i).row, self.case(i).fell_ill);
        self.population.set_justice(row, Justice::None);
        if let Some(a) = self.population.give_back(row, self.today + 1, None, fell_ill) {
            self.expect(a);
        }
    }

    /// Counts a person who died today out of the population.
    pub(crate) fn die(&mut self, i: u32) {
        let (row, known) = (self.case(i).row, self.case(i).ever_secure);
        self.population.die(row, self.today);
        let settling = self.today < self.plan.calendar.start;
        match self.plan.mode.demography {
            Demography::Frozen if !known => self.succeed(i),
            Demography::Moving if settling => self.succeed(i),
            _ => {}
        }
    }

    /// Lets an equal come who never met the pathway, in the place of somebody who has died or is known to it for life.
    fn succeed(&mut self, i: u32) {
        let (row, fell_ill) = (self.case(i).row, self.case(i).fell_ill);
        if let Some(a) = self.population.succeed(row, self.today, fell_ill) {
            self.expect(a);
        }
    }

    /// Notes a first admission to secure care: the pathway knows the person for life, and the population never gets
    /// them back. Where it is to stand still, an equal takes their place now, and nobody does when they die.
    pub(crate) fn know_for_life(&mut self, i: u32) {
        if !self.case(i).ever_secure {
            self.case_mut(i).ever_secure = true;
            if self.plan.mode.demography == Demography::Frozen {
                self.succeed(i);
            }
        }
    }

    /// Birth day of somebody who comes to the pathway today. Where demography is frozen nobody outside grows older, so that
    /// whoever comes is as old as on the first day; on the pathway people age as they do anywhere, or it couldn't stand still.
    pub(crate) fn born(&self, born: Day) -> Day {
        match self.plan.mode.demography {
            Demography::Frozen => born + self.today - self.plan.calendar.start,
            Demography::Moving => born,
        }
    }

    /// Age of a case's person [a].
    pub(crate) fn age(&self, i: u32) -> f64 {
        self.case(i).age(self.today)
    }

    /// Closes the year in the population's books.
    pub(crate) fn tally_year(&mut self, year: i32) {
        let tally = self.population.tally(year, self.today + 1, self.threads);
        self.counts.person_days += tally.person_days.iter().sum::<u64>();
        self.log.tally.extend(&tally);
    }

    // ---- Hazards --------------------------------------------------------------------------------------------------

    /// Resets the clocks of the cases that were touched today, in event mode; in daily mode rates are read afresh each day.
    pub(crate) fn reset_clocks(&mut self) {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        if self.plan.mode.exact == Exact::Events {
            for some in touched.chunks(AT_ONCE) {
                self.caseload.fetch(some.iter().copied());
                for i in some {
                    let rates = crate::pathway::rates::rates(self, *i).map(|a_year| a_year / YEAR);
                    let case = &mut self.caseload.cases[*i as usize];
                    // What runs out after the next turn is looked at again then: most of it will have moved by that day.
                    let (noted, turn) = (case.noted, case.due[Due::Turn as usize]);
                    case.noted = turn;
                    for (h, rate) in rates.into_iter().enumerate() {
                        let before = case.clocks[h];
                        let same = rate == before.rate();
                        if same && (noted == turn || rate == 0.0) {
                            continue;
                        }
                        let due = case.clocks[h].set(rate, self.today);
                        let known = due <= noted && (same || due == before.due());
                        if due <= turn && !known {
                            self.caseload.agenda.add(due, Entry { case: *i, due: Due::Hazard as u8, hazard: h as u8 });
                        }
                    }
                }
            }
        }
        touched.clear();
        self.touched = touched;
    }

    /// Sorts what is due today by kind, each in order of person; the hazards whose clock has run out likewise.
    pub(crate) fn open_agenda(&mut self) {
        for list in &mut self.due {
            list.clear();
        }
        self.ran_out.clear();
        for entries in self.caseload.agenda.take(self.today).chunks(AT_ONCE) {
            self.caseload.fetch(entries.iter().map(|e| e.case));
            for e in entries {
                let c = &self.caseload.cases[e.case as usize];
                if e.due == Due::Hazard as u8 {
                    if c.present() && c.clocks[e.hazard as usize].due() == self.today {
                        self.ran_out.push((Hazard::ALL[e.hazard as usize], e.case));
                    }
                } else if c.due[e.due as usize] == self.today && c.present() {
                    self.due[e.due as usize].push(e.case);
                }
            }
        }
        if self.plan.mode.exact == Exact::Daily {
            self.draw_hazards_daily();
        }
        let cases = &self.caseload.cases;
        for list in &mut self.due {
            list.sort_unstable_by_key(|i| cases[*i as usize].person);
            list.dedup();
        }
        self.ran_out.sort_unstable_by_key(|(h, i)| (*h as u8, cases[*i as usize].person));
        self.ran_out.dedup();
    }

    /// The referee: every person, every hazard, a Bernoulli draw keyed by the day.
    fn draw_hazards_daily(&mut self) {
        for i in 0..self.caseload.cases.len() as u32 {
            if !self.case(i).present() {
                continue;
            }
            let rates = crate::pathway::rates::rates(self, i);
            for (hazard, rate) in Hazard::ALL.into_iter().zip(rates) {
                let ordinal = 1 << 40 | self.today as u64;
                let p = crate::draw::daily(rate);
                if p > 0.0 && self.key.uniform(self.case(i).person, hazard.purpose(), ordinal) < p {
                    self.ran_out.push((hazard, i));
                }
            }
        }
    }

    /// Takes a list of what is due today; each case once.
    pub(crate) fn take_due(&mut self, due: Due) -> Vec<u32> {
        std::mem::take(&mut self.due[due as usize])
    }

    /// Takes today's events of one hazard and winds their clocks anew.
    pub(crate) fn take_hazard(&mut self, hazard: Hazard) -> Vec<u32> {
        let out: Vec<u32> =
            self.ran_out.iter().filter(|(h, i)| *h == hazard && self.case(*i).present()).map(|(_, i)| *i).collect();
        let (key, today) = (self.key, self.today);
        for i in &out {
            let c = self.case_mut(*i);
            let ordinal = c.next(hazard.purpose());
            c.clocks[hazard as usize] = Clock::wind(key, c.person, hazard.purpose(), ordinal, today);
            self.touch(*i);
        }
        out
    }

    /// The financial year of the present day.
    pub fn year(&self) -> i32 {
        financial_year(self.today)
    }

    /// Whether the present day is the last of a financial year, or of the run.
    pub fn closes_year(&self) -> bool {
        self.today + 1 == year_start(self.year() + 1) || self.today + 1 == self.plan.calendar.end
    }

    /// Names of the options of a decision.
    pub fn options(decision: Decision) -> &'static [&'static str] {
        options(decision)
    }
}
