//! One run of the engine, as Python sees it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use pyo3::exceptions::PyKeyError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use stepdown_arrow::words::{Dictionary, Names, Vocabulary};
use stepdown_core::agents::{Kind, commissioner};
use stepdown_core::calendar::Day;
use stepdown_core::codes::{Bought, OrderReason, Place, Sex};
use stepdown_core::draw::Key;
use stepdown_core::error::SimError;
use stepdown_core::ids::{CommissionerId, UnitId};
use stepdown_core::plan::Plan;
use stepdown_core::transitions::{orders, programmes};
use stepdown_core::world::{World, settlement};

use crate::engine::{Engine, InUse, not_whole};
use crate::enter::{EnterSim, Fault};
use crate::inflow::Inflow;
use crate::logged::{Logged, records};
use crate::rules::{Answering, Callable, Raised};
use crate::snapshots;

/// A day that has begun is lived to its end: whoever wants to stop waits for it, so that the engine is always whole.
static NEVER_STOP: AtomicBool = AtomicBool::new(false);

/// A run of the engine: everyone, the institutions, the day.
#[pyclass(frozen, module = "stepdown._core")]
pub struct Simulation {
    /// The engine.
    engine: Engine,
    /// The day that the next step will live [d since 1900-01-01].
    today: AtomicI32,
    /// How often Python has changed the state.
    changes: AtomicU64,
    /// Who answers for the rules; here, so that Python's garbage collector sees it.
    answering: Answering,
    /// What a rule raised, until the engine has returned.
    raised: Raised,
    /// Words of the run.
    dictionary: Arc<Dictionary>,
    /// First day of the settling period [d since 1900-01-01].
    #[pyo3(get)]
    first: Day,
    /// First reported day [d since 1900-01-01].
    #[pyo3(get)]
    start: Day,
    /// Day after the last [d since 1900-01-01].
    #[pyo3(get)]
    end: Day,
}

impl Simulation {
    /// The engine between two days. While it lives one, and when it is gone, that is an error.
    pub(crate) fn world(&self) -> PyResult<InUse<'_>> {
        Ok(self.engine.between_days().map_err(Fault::from)?)
    }

    /// The engine between two days, to be changed by Python.
    pub(crate) fn changed(&self) -> PyResult<InUse<'_>> {
        let world = self.world()?;
        self.changes.fetch_add(1, Ordering::Relaxed);
        Ok(world)
    }

    /// A run as Python sees it.
    fn around(world: World) -> Simulation {
        let plan = &world.plan;
        let names = Names {
            areas: plan.areas.iter().map(|a| a.name.clone()).collect(),
            units: plan.units.iter().map(|u| u.name.clone()).collect(),
            commissioners: plan.commissioners.clone(),
            providers: world.units.providers.clone(),
            programmes: plan.programmes.iter().map(|p| p.name.clone()).collect(),
        };
        let calendar = plan.calendar;
        Simulation {
            today: AtomicI32::new(world.today()),
            changes: AtomicU64::new(0),
            engine: Engine::new(world),
            answering: Answering::default(),
            raised: Raised::default(),
            dictionary: Arc::new(Dictionary::new(&names)),
            first: calendar.first,
            start: calendar.start,
            end: calendar.end,
        }
    }
}

#[pymethods]
impl Simulation {
    /// Builds the world of a compiled plan, on the first day of its settling period.
    /// `more` adds people, one for each (area, sex, age), each cell once: for tests of what one person changes.
    /// With `inflow`, only the people of a record live, and nobody can be added.
    #[new]
    #[pyo3(signature = (plan, *, seed, replicate, threads, check, more = Vec::new(), inflow = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords of a Python class")]
    fn new(
        py: Python<'_>,
        plan: &[u8],
        seed: u64,
        replicate: u64,
        threads: usize,
        check: bool,
        more: Vec<(usize, String, usize)>,
        inflow: Option<Bound<'_, Inflow>>,
    ) -> PyResult<Simulation> {
        let inflow = inflow.as_ref().map(Bound::get);
        py.enter_sim(
            |stop| {
                let plan = Plan::read(plan)?;
                let more = more.into_iter().map(|(area, sex, age)| {
                    let ages =
                        |sex: Sex| plan.population.persons.get(area).map_or(0, |by_sex| by_sex[sex as usize].len());
                    let found = Sex::from_name(&sex).filter(|sex| age < ages(*sex)).map(|sex| (area, sex, age));
                    found.ok_or_else(|| SimError::Plan(format!("more: no {sex} of age {age} in area {area}")))
                });
                let more = more.collect::<Result<Vec<_>, _>>()?;
                let key = Key { seed, replicate };
                let world = match inflow {
                    None => World::with_more(plan, key, threads, check, &more, stop)?,
                    Some(_) if !more.is_empty() => {
                        return Err(
                            SimError::Usage("more: the people of a record; allowed: nobody more".to_owned()).into()
                        );
                    }
                    Some(inflow) => World::replaying(plan, key, threads, check, &inflow.inflow)?,
                };
                Ok(Simulation::around(world))
            },
            || Ok(()),
        )
    }

    /// Goes on from a snapshot, with its own plan or with `plan`, which must share its past. The files that the snapshot
    /// carries are written into `folder`, if one is given.
    #[staticmethod]
    #[pyo3(signature = (path, *, plan = None, threads, check, folder = None))]
    fn restore(
        py: Python<'_>,
        path: PathBuf,
        plan: Option<&[u8]>,
        threads: usize,
        check: bool,
        folder: Option<PathBuf>,
    ) -> PyResult<Simulation> {
        py.enter_sim(
            |stop| {
                let plan = plan.map(Plan::read).transpose()?;
                Ok(Simulation::around(snapshots::read(&path, plan, threads, check, folder.as_deref(), stop)?))
            },
            || Ok(()),
        )
    }

    /// Writes the state between two days to a file, whole or not at all, and carries `files` (name, path) along. Returns its
    /// bytes.
    #[pyo3(signature = (path, files = Vec::new()))]
    fn snapshot(&self, py: Python<'_>, path: PathBuf, files: Vec<(String, PathBuf)>) -> PyResult<u64> {
        drop(self.world()?);
        py.enter_sim(|_| Ok(snapshots::write(&*self.engine.wait()?, &path, &files)?), || Ok(()))
    }

    /// Room that a snapshot needs at most, roughly [bytes].
    #[getter]
    fn size(&self) -> PyResult<usize> {
        let world = self.world()?;
        Ok(world.population.rows() * 16 + world.caseload.cases.len() * 1024 + (1 << 20))
    }

    /// The plan that is lived: canonical JSON.
    #[getter]
    fn plan(&self) -> PyResult<Vec<u8>> {
        Ok(self.world()?.plan.document.clone())
    }

    /// First day whose rows have not been drained yet [d since 1900-01-01].
    #[getter]
    fn since(&self) -> PyResult<Day> {
        Ok(self.world()?.since())
    }

    /// The day that the next step will live [d since 1900-01-01]; also while one is lived, and when the engine is gone.
    #[getter]
    fn day(&self) -> Day {
        self.today.load(Ordering::Relaxed)
    }

    /// How often Python has set an attribute, changed beds, or declared or written a column.
    #[getter]
    fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// Lives every day before `day`; calls `progress(day)` some ten times a second, and ends early, between two days, when that
    /// returns true. Whatever is raised meanwhile is passed on between two days. Where a day can't be lived to its end, the
    /// engine is gone.
    #[pyo3(signature = (day, progress = None))]
    fn run_until(&self, py: Python<'_>, day: Day, progress: Option<Bound<'_, PyAny>>) -> PyResult<()> {
        drop(self.world()?);
        let enough = AtomicBool::new(false);
        let lived = py.enter_sim(
            |stop| {
                let mut world = self.engine.wait()?;
                while world.today() < day && !enough.load(Ordering::Relaxed) {
                    if stop.load(Ordering::Relaxed) {
                        return Err(SimError::Stopped.into());
                    }
                    if let Err(error) = world.step(&NEVER_STOP) {
                        if !matches!(error, SimError::Limit(_)) {
                            world.give_up(not_whole(&format!("the engine stopped in the middle of a day ({error})")));
                        }
                        return Err(error.into());
                    }
                    self.today.store(world.today(), Ordering::Relaxed);
                }
                Ok(())
            },
            || match &progress {
                Some(progress) => {
                    if progress.call1((self.day(),))?.is_truthy()? {
                        enough.store(true, Ordering::Relaxed);
                    }
                    Ok(())
                }
                None => Ok(()),
            },
        );
        // A rule's own exception says more than that the engine stopped for it.
        let raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner).take();
        raised.filter(|_| lived.is_err()).map_or(lived, Err)
    }

    /// Gives the engine and its memory up: every later call, but for the day, is refused with the sentence `why`. Does
    /// nothing if it is gone already.
    fn give_up(&self, why: String) -> PyResult<()> {
        match self.engine.between_days() {
            Ok(engine) => engine.give_up(why),
            Err(error) if self.engine.is_gone() => drop(error),
            Err(error) => return Err(Fault::from(error).into()),
        }
        self.answering.forget();
        Ok(())
    }

    /// Refuses, with the reason, if the engine is gone.
    fn must_be_whole(&self) -> PyResult<()> {
        self.world().map(drop)
    }

    /// Has a callable answer for the rules of the plan: it is given a `Batch` and returns memory with an option for each row
    /// (8 bits), for `placement` a score (64-bit real numbers).
    fn answer_with(&self, callable: Py<PyAny>) -> PyResult<()> {
        self.answering.set(callable);
        self.world()?.answer_with(Box::new(Callable::new(self.answering.clone(), self.raised.clone())));
        Ok(())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.answering.visit(&visit)
    }

    fn __clear__(&self) {
        self.answering.forget();
    }

    /// Takes everything that was logged since the last call.
    fn drain(&self) -> PyResult<Logged> {
        Ok(Logged::new(self.world()?.drain(), self.dictionary.clone()))
    }

    /// Returns the close of the last day, as in the table `daily`: one row per commissioner, tier and sex.
    fn figures<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        records(py, &self.world()?.figures(), &self.dictionary)
    }

    /// Returns the close of the last day by area, as in the table `areas`: who waits in prison, and places and teams, open and taken.
    fn area_figures<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        records(py, &self.world()?.area_figures(), &self.dictionary)
    }

    /// Returns the rows of the last quarter that has ended, as in the table `budgets`.
    fn budgets<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        records(py, &self.world()?.budgets.closed, &self.dictionary)
    }

    /// Returns what a payer, by its index, may still commit itself to in a year; below 0 if it is committed to more [£/a].
    fn left_over(&self, payer: usize) -> PyResult<f64> {
        Ok(self.world()?.left_over(payer) as f64 / 100.0)
    }

    /// Returns what of the money for beds outside the contract is left after one more of a tier; below 0 if it doesn't pay for one [£/a].
    fn spot_left(&self, commissioner: u8, tier: &str) -> PyResult<f64> {
        let tier = named("tier", tier, Place::from_name, Place::WORDS)?;
        Ok(self.world()?.spot_left(CommissionerId(commissioner), tier))
    }

    /// Returns what a commissioner's contract makes of a bed of each tier [£/d].
    fn terms<'py>(&self, py: Python<'py>, commissioner: u8) -> PyResult<Bound<'py, PyDict>> {
        let (world, who) = (self.world()?, CommissionerId(commissioner));
        let gain = world.agents.of(Kind::Commissioner).get(who.index(), commissioner::gain_share);
        let tiers: &[Place] = if who == world.national() { &[Place::High] } else { &[Place::Medium, Place::Low] };
        let found = PyDict::new(py);
        for tier in tiers {
            let terms = settlement::terms(&world.p.money, world.accounts.terms(who), gain, *tier);
            let row = PyDict::new(py);
            row.set_item("price", terms.price)?;
            row.set_item("open_bed", terms.open_bed)?;
            row.set_item("occupied_day", terms.occupied_day)?;
            row.set_item("released", terms.released)?;
            row.set_item("spot", terms.spot)?;
            row.set_item("close_cost", world.p.money.ward.close_cost)?;
            row.set_item("open_cost", world.p.money.ward.open_cost)?;
            found.set_item(tier.name(), row)?;
        }
        Ok(found)
    }

    /// Returns by area of a collaborative who is ready to step down, what they lack, and what has been bought of each kind and is free
    /// or to open.
    fn step_down<'py>(&self, py: Python<'py>, commissioner: u8) -> PyResult<Bound<'py, PyDict>> {
        let (world, found) = (self.world()?, PyDict::new(py));
        for (area, here) in orders::step_down(&world, CommissionerId(commissioner)) {
            let row = PyDict::new(py);
            row.set_item("ready", here.ready)?;
            row.set_item("no_place", here.no_place)?;
            row.set_item("no_team", here.no_team)?;
            row.set_item("no_funding", here.no_funding)?;
            for (what, bought) in Bought::ALL.iter().zip(here.bought) {
                row.set_item(what.name(), bought)?;
            }
            found.set_item(&world.plan.areas[area].name, row)?;
        }
        Ok(found)
    }

    /// Returns what can be ordered beside beds: the price of a day [£/d], what setting one up costs [£], and days until it is open [d].
    fn on_offer<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (world, found) = (self.world()?, PyDict::new(py));
        for what in Bought::ALL {
            let Some(line) = world.programmes.ordered(*what) else { continue };
            let (costs, row) = (programmes::costs(&world, line), PyDict::new(py));
            row.set_item("price", costs.price)?;
            row.set_item("set_up", costs.set_up)?;
            row.set_item("days", costs.lead)?;
            found.set_item(what.name(), row)?;
        }
        Ok(found)
    }

    /// Orders places or room in teams in an area, by the names of what is bought and of the area; returns how many it comes to.
    fn order_places(&self, commissioner: u8, what: &str, area: &str, change: i32, why: &str) -> PyResult<i32> {
        let (what, why) = (
            named("thing to order", what, Bought::from_name, Bought::WORDS)?,
            named("reason", why, OrderReason::from_name, OrderReason::WORDS)?,
        );
        let mut world = self.changed()?;
        let area = world.plan.areas.iter().position(|a| a.name == area).map_or(u8::MAX, |k| k as u8);
        Ok(orders::places(&mut world, CommissionerId(commissioner), what, area, change, why).map_err(Fault::from)?)
    }

    /// Moves money to beds outside the contract, as much as so many beds of a tier cost in a year.
    fn order_spot(&self, commissioner: u8, tier: &str, beds: i32, why: &str) -> PyResult<()> {
        let (tier, why) = (
            named("tier", tier, Place::from_name, Place::WORDS)?,
            named("reason", why, OrderReason::from_name, OrderReason::WORDS)?,
        );
        let mut world = self.changed()?;
        Ok(orders::spot(&mut world, CommissionerId(commissioner), tier, beds, why).map_err(Fault::from)?)
    }

    /// Logs that a commissioner orders nothing, and why.
    fn order_nothing(&self, commissioner: u8, why: &str) -> PyResult<()> {
        let why = named("reason", why, OrderReason::from_name, OrderReason::WORDS)?;
        orders::keep(&mut *self.world()?, CommissionerId(commissioner), why);
        Ok(())
    }

    /// Returns the secure units: index, name, commissioner, tier, sex, beds of a ward, and beds that are open, occupied, held, closing
    /// and to open.
    fn units<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let name_of = |vocabulary, code| self.dictionary.words(vocabulary).word(code);
        let world = self.world()?;
        let rows = world.units.all.iter().enumerate().map(|(index, unit)| {
            let row = PyDict::new(py);
            row.set_item("index", index)?;
            row.set_item("name", name_of(Vocabulary::Unit, index))?;
            row.set_item("commissioner", name_of(Vocabulary::Commissioner, unit.commissioner.index()))?;
            row.set_item("tier", unit.tier.name())?;
            row.set_item("sex", unit.sex.name())?;
            row.set_item("beds", unit.beds)?;
            row.set_item("occupied", unit.occupied)?;
            row.set_item("held", unit.held)?;
            row.set_item("closing", unit.closing)?;
            row.set_item("opening", unit.opening())?;
            row.set_item("ward", unit.ward)?;
            Ok(row)
        });
        rows.collect()
    }

    /// Orders beds of a unit to be opened (positive) or closed (negative), by its index: whole wards, where it comes to that. Returns
    /// how many it comes to.
    fn change_beds(&self, unit: u16, change: i32, why: &str) -> PyResult<i32> {
        let why = named("reason", why, OrderReason::from_name, OrderReason::WORDS)?;
        let mut world = self.changed()?;
        let units = world.units.all.len();
        if usize::from(unit) >= units {
            let allowed = format!("0 to {}", units - 1);
            return Err(Fault::World(SimError::Unknown { what: "unit", found: unit.to_string(), allowed }).into());
        }
        Ok(orders::beds(&mut world, UnitId(unit), change, why))
    }

    /// Returns one attribute of every agent of a kind, in order of index.
    fn attribute(&self, kind: &str, name: &str) -> PyResult<Vec<f64>> {
        let world = self.world()?;
        let table = world.agents.named(kind).map_err(Fault::from)?;
        let column = table.column(name).map_err(Fault::from)?;
        Ok((0..table.len()).map(|agent| table.row(agent)[column]).collect())
    }

    /// Sets one attribute of one agent: the next day obeys.
    fn set_attribute(&self, kind: &str, index: usize, name: &str, value: f64) -> PyResult<()> {
        Ok(self.changed()?.agents.set(kind, index, name, value).map_err(Fault::from)?)
    }

    /// Returns seconds of wall time: of the start, and of each phase of the day [s].
    fn timings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let world = self.world()?;
        let dict = PyDict::new(py);
        dict.set_item("start", world.timings.start)?;
        for (phase, seconds) in stepdown_core::day::PHASES.iter().zip(&world.timings.phases) {
            dict.set_item(phase.name, seconds)?;
        }
        Ok(dict)
    }

    /// Returns what was counted so far.
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = self.world()?.counts;
        let dict = PyDict::new(py);
        dict.set_item("started", counts.started)?;
        dict.set_item("cases", counts.cases)?;
        dict.set_item("events", counts.events)?;
        dict.set_item("decisions", counts.decisions)?;
        dict.set_item("anomalies", counts.anomalies)?;
        dict.set_item("person_days", counts.person_days)?;
        Ok(dict)
    }

    /// Watches one person: from now on each of that person's decisions is explained in `traces()`.
    fn trace(&self, person: i64) -> PyResult<()> {
        self.world()?.trace(person);
        Ok(())
    }

    /// Returns the explained decisions of the watched person: inputs, scores, draws, probabilities, answer.
    fn traces<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let world = self.world()?;
        world
            .traces
            .iter()
            .map(|trace| {
                let names = trace.decision.options();
                let explained = &trace.explained;
                let name = |k: usize| names.get(k).copied().ok_or_else(|| PyKeyError::new_err(k));
                let by_option = |values: &[f64]| {
                    let dict = PyDict::new(py);
                    for (k, value) in values.iter().enumerate() {
                        dict.set_item(name(k)?, value)?;
                    }
                    PyResult::Ok(dict)
                };
                let rows = explained
                    .rows
                    .iter()
                    .map(|row| {
                        let dict = PyDict::new(py);
                        dict.set_item("option", name(usize::from(row.option))?)?;
                        dict.set_item("term", &row.term)?;
                        dict.set_item("parameter", &row.parameter)?;
                        dict.set_item("value", row.value)?;
                        dict.set_item("read", row.read)?;
                        Ok(dict)
                    })
                    .collect::<PyResult<Vec<_>>>()?;
                let inputs = PyDict::new(py);
                for (reference, value) in &explained.inputs {
                    inputs.set_item(reference, (!value.is_nan()).then_some(*value))?;
                }
                let allowed = explained.allowed.iter().map(usize::from);
                let dict = PyDict::new(py);
                dict.set_item("day", trace.day)?;
                dict.set_item("decision", trace.decision.name())?;
                dict.set_item("agent", &trace.agent)?;
                dict.set_item("inputs", inputs)?;
                dict.set_item("rows", rows)?;
                dict.set_item("scores", by_option(&explained.scores)?)?;
                dict.set_item("draws", by_option(&explained.draws)?)?;
                dict.set_item("probabilities", by_option(&explained.probabilities)?)?;
                dict.set_item("allowed", allowed.map(name).collect::<PyResult<Vec<_>>>()?)?;
                dict.set_item("answer", name(usize::from(explained.answer.option))?)?;
                dict.set_item("anomaly", explained.answer.anomaly)?;
                Ok(dict)
            })
            .collect()
    }
}

/// Returns the code of a word, or says which there are.
fn named<T>(
    what: &'static str,
    word: &str,
    from_name: fn(&str) -> Option<T>,
    words: &[(u8, &str, &str)],
) -> Result<T, Fault> {
    from_name(word).ok_or_else(|| {
        let allowed = words.iter().map(|(_, name, _)| *name).collect::<Vec<_>>().join(", ");
        Fault::World(SimError::Unknown { what, found: word.to_owned(), allowed })
    })
}
