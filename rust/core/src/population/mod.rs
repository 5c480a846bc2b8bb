//! Everyone in England: compact columns, lived a year at a time.
//!
//! [`Population::live`] lets everybody whom the caseload doesn't hold live through a period, normally a financial year,
//! and hands over those whose life in it ends: ill people who are charged, imprisoned, or come to need secure care.
//! The caseload gives people back when it is done with them.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use crate::calendar::{Day, financial_year, year_start};
use crate::codes::{Ethnicity, Justice as JusticeCode, Offence, Sex};
use crate::draw::{Key, Ordinal, Purpose};
use crate::error::SimError;
use crate::log;
use crate::plan::{Demography, Exact, Levels, Mode};

mod columns;
mod daily;
mod demography;
mod equilibrium;
mod illness;
mod inflow;
mod inputs;
mod life;
mod offending;
mod rates;
pub mod readout;
mod refresh;
mod start;
mod state;
mod tally;

pub use crate::codes::Disorder;
pub use columns::{Bits, Presence, Resident};
pub use inflow::Inflow;
pub use inputs::Inputs;

use columns::{Columns, NOTHING_DUE, Open, Person};
use inflow::Replay;
use life::{Entrant, Outcome, Walk};
use rates::{Bounds, Period, Rates, YEARS_A_BLOCK, lanes};
use refresh::{Handover, Refresh, share};
use tally::{Balance, Count, Counts};

/// Nobody stops what is done in less than a second.
static NEVER_STOP: AtomicBool = AtomicBool::new(false);

/// Rows that a thread takes at a time.
const CHUNK: usize = 1 << 16;

/// Room kept for those who replace people of the caseload while the population stands still [rows].
const REPLACEMENTS: usize = 1 << 14;

/// Ordinal of the identity of somebody's replacement: a person's children have those before it.
const REPLACEMENT: u64 = 7;

/// Why somebody is handed to the caseload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Contact {
    /// Charged. The population has counted the charge; what follows, remand and its reception too, is the caseload's.
    Charge {
        /// Main offence.
        offence: Offence,
        /// Bound for the Crown Court.
        crown: bool,
        /// Remanded in custody.
        remanded: bool,
    },
    /// Fell ill in prison, or is ill and was sent there for an older matter. Already counted among the prisoners.
    Custody {
        /// Stage.
        justice: JusticeCode,
        /// Day of the court or of the release.
        until: Option<Day>,
        /// Fell ill there; the others were ill before.
        fell_ill: bool,
    },
    /// Came to need secure care by the civil route, through an acute ward.
    Civil,
}

/// Somebody who is handed to the caseload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Day of the contact.
    pub day: Day,
    /// Identity.
    pub person: u64,
    /// Row in the population.
    pub row: u32,
    /// Why.
    pub contact: Contact,
    /// Birth day.
    pub born: Day,
    /// Sex.
    pub sex: Sex,
    /// Area, an index.
    pub area: u8,
    /// Ethnic group.
    pub ethnicity: Ethnicity,
    /// Fifth of deprivation, 1 (most deprived) to 5.
    pub deprivation: u8,
    /// Disorder.
    pub disorder: Disorder,
    /// History of offending, 0 (none) to 3 (prolific).
    pub history: u8,
    /// How often the caseload gave the person back before, at most 7.
    pub contacts: u8,
}

/// What the caseload reports of somebody whom it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseloadReport {
    /// Charged again; the history grows.
    Charge,
    /// Received into prison for the first time in this matter.
    Reception,
}

/// Where everyone is: start + born + arrived = present + dead + left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Census {
    /// There at the start.
    pub start: u64,
    /// Born since.
    pub born: u64,
    /// Arrived since.
    pub arrived: u64,
    /// Present, counted row by row.
    pub present: u64,
    /// Died since.
    pub dead: u64,
    /// Left since.
    pub left: u64,
}

impl Census {
    /// Whether nobody is lost or doubled.
    pub fn balances(&self) -> bool {
        self.start + self.born + self.arrived == self.present + self.dead + self.left
    }
}

/// All residents, and the rates at which they live.
pub struct Population {
    columns: Columns,
    rates: Rates,
    key: Key,
    mode: Mode,
    first: Day,
    start: Day,
    areas: usize,
    chunk: usize,
    period: Period,
    /// Bounds of the period, once it has been lived.
    bounds: Option<Bounds>,
    /// What differs from year to year.
    years: Vec<Levels>,
    vacant: Vec<u32>,
    /// Row and day of those who came in this period; true for births.
    entered: Vec<(u32, u16, bool)>,
    counts: Counts,
    /// Totals up to the start of the period.
    before: Census,
    /// What is known of the others, where only those whom the pathway can meet are lived.
    replay: Option<Replay>,
}

/// Returns the end of the period that begins on a day of a run: the next 1 April, or the end of the run.
pub fn period_end(from: Day, end: Day) -> Day {
    year_start(financial_year(from) + 1).min(end)
}

/// Years after the one that is lived whose levels bear on what is found out now: quiet years are told ahead.
pub(crate) const YEARS_AHEAD: i32 = YEARS_A_BLOCK as i32 - 1;

/// Prepares a period of a run whose reported days begin on `start`.
fn period_of(mode: Mode, start: Day, from: Day, to: Day) -> Period {
    let frozen = mode.demography == Demography::Frozen;
    Period::new(from, to, frozen || from < start, frozen.then_some(start))
}

/// Puts a newcomer into a slot that has fallen vacant, or a new one; returns the row.
fn settle(columns: &mut Open, vacant: &mut Vec<u32>, person: Person) -> u32 {
    match vacant.pop() {
        Some(row) => {
            columns.set(row as usize, person);
            row
        }
        None => columns.push(person) as u32,
    }
}

/// Rows that the newcomers of a run may need: slots of those who go are used again a year later, so a year's newcomers and
/// the growth of the years come on top of the people who are there.
fn room(inputs: &Inputs) -> usize {
    if inputs.frozen() {
        return REPLACEMENTS;
    }
    let years = f64::from(inputs.calendar.end - inputs.calendar.start).max(0.0) / crate::calendar::YEAR;
    let newcomers = (inputs.people.immigration + inputs.people.births) * inputs.mode.fraction;
    let growth = (inputs.people.immigration - inputs.people.emigration).max(0.0) * inputs.mode.fraction;
    (1.5 * newcomers + 1.1 * growth * years) as usize + REPLACEMENTS
}

impl Population {
    /// Makes the people who are there on the first day of the run.
    ///
    /// # Errors
    ///
    /// [`SimError::Plan`] if a table has the wrong size or shares don't sum to 1, [`SimError::Stopped`] if `stop` is
    /// raised meanwhile.
    pub fn start(inputs: &Inputs, threads: usize, stop: &AtomicBool) -> Result<Population, SimError> {
        inputs.check()?;
        let rates = Rates::new(inputs);
        let areas = inputs.plan.persons.len();
        let cells = start::cells(inputs);
        let total: usize = cells.iter().map(|n| *n as usize).sum();

        let mut columns = Columns::default();
        columns.reserve(total + room(inputs));

        let founder = start::Founder::new(inputs, &rates);
        let per_area = 2 * crate::plan::AGES;
        let people = |area: usize| {
            let mut people = Columns::default();
            people.reserve(cells[area * per_area..(area + 1) * per_area].iter().map(|n| *n as usize).sum());
            let mut open = people.open();
            for (i, count) in cells[area * per_area..(area + 1) * per_area].iter().enumerate() {
                founder.people((area, i / crate::plan::AGES, i % crate::plan::AGES), 0, *count, |person| {
                    open.push(person);
                });
            }
            people
        };
        // A few areas at a time, so that the people in the making take little memory.
        let order: Vec<usize> = (0..areas).collect();
        for some in order.chunks(threads.max(1)) {
            for made in share(threads, some.to_vec(), stop, people) {
                columns.id.extend_from_slice(&made.id);
                columns.born.extend_from_slice(&made.born);
                columns.due.extend_from_slice(&made.due);
                columns.bits.extend_from_slice(&made.bits);
            }
            if stop.load(Ordering::Relaxed) {
                return Err(SimError::Stopped);
            }
        }

        Ok(Population::of(inputs, rates, columns, None))
    }

    /// Makes those whom the pathway can meet, and takes the others from the record: see [`Inflow`].
    ///
    /// # Errors
    ///
    /// [`SimError::Usage`] if the population would not live as it did when the inflow was recorded.
    pub fn replay(inputs: &Inputs, inflow: &Inflow) -> Result<Population, SimError> {
        inputs.check()?;
        inflow.check(inputs)?;
        Ok(Population::of(inputs, Rates::new(inputs), inflow.founders.clone(), Some(inflow.replay.clone())))
    }

    fn of(inputs: &Inputs, rates: Rates, columns: Columns, replay: Option<Replay>) -> Population {
        let (areas, calendar) = (inputs.plan.persons.len(), inputs.calendar);
        Population {
            before: Census { start: columns.id.len() as u64, ..Census::default() },
            columns,
            rates,
            key: inputs.key,
            mode: inputs.mode,
            first: calendar.first,
            start: calendar.start,
            areas,
            chunk: CHUNK,
            period: period_of(inputs.mode, calendar.start, calendar.first, calendar.first),
            bounds: None,
            years: inputs.plan.years.clone(),
            vacant: Vec::new(),
            entered: Vec::new(),
            counts: Counts::new(areas),
            replay,
        }
    }

    /// Adds one more person to a cell of the start, before the first period; returns the row. Nobody else is touched.
    pub fn insert(&mut self, inputs: &Inputs, area: usize, sex: Sex, age: usize) -> u32 {
        let cell = (area * 2 + sex as usize) * crate::plan::AGES + age;
        let next = start::cells(inputs)[cell];
        let founder = start::Founder::new(inputs, &self.rates);
        let mut columns = self.columns.open();
        founder.people((area, sex as usize, age), next, next + 1, |person| {
            columns.push(person);
        });
        self.before.start += 1;
        self.columns.id.len() as u32 - 1
    }

    /// Sets how many rows a thread takes at a time. Nothing but speed depends on it.
    pub fn set_chunk(&mut self, rows: usize) {
        self.chunk = rows.max(1);
    }

    /// Levels of the year that begins so many years after the one that is lived.
    fn levels(&self, later: i32) -> Levels {
        Levels::of(&self.years, self.period.year as i32 + later)
    }

    /// The greatest levels of the years that can be told ahead to be quiet.
    fn greatest_levels(&self) -> Levels {
        (1..=YEARS_AHEAD).fold(self.levels(0), |most, later| most.or_greater(self.levels(later)))
    }

    fn refresh<'a>(&'a self, threads: usize, stop: &'a AtomicBool) -> Refresh<'a> {
        Refresh {
            rates: &self.rates,
            period: &self.period,
            key: self.key,
            exact: self.mode.exact,
            threads,
            chunk: self.chunk,
            areas: self.areas,
            stop,
        }
    }

    /// Lets everybody whom the caseload doesn't hold live from `from` to `to`, and returns whom it gets, by (day, person).
    ///
    /// `to` is at most the next 1 April. Periods follow on each other; those before the start of the calendar settle
    /// the courts and prisons, and nobody is born, dies or moves in them.
    ///
    /// # Panics
    ///
    /// If the period is longer than a year: draws are keyed by the financial year.
    ///
    /// # Errors
    ///
    /// [`SimError::Stopped`] if `stop` is raised meanwhile: then nobody's year is whole, and the run is over.
    pub fn live(&mut self, from: Day, to: Day, threads: usize, stop: &AtomicBool) -> Result<Vec<Arrival>, SimError> {
        self.live_observing(from, to, threads, stop, |_| {})
    }

    /// As [`Population::live`], and shows each newcomer, mothers before their children.
    fn live_observing(
        &mut self,
        from: Day,
        to: Day,
        threads: usize,
        stop: &AtomicBool,
        mut observe: impl FnMut(&Entrant),
    ) -> Result<Vec<Arrival>, SimError> {
        assert!(to <= year_start(financial_year(from) + 1), "a period ends on the next 1 April at the latest");
        self.before = Census { start: self.before.start, ..self.census_totals() };
        self.entered.clear();
        self.counts = Counts::new(self.areas);
        self.period = period_of(self.mode, self.start, from, to);
        self.rates.levels = self.levels(0);
        let refresh = Refresh {
            rates: &self.rates,
            period: &self.period,
            key: self.key,
            exact: self.mode.exact,
            threads,
            chunk: self.chunk,
            areas: self.areas,
            stop,
        };

        let ahead = !self.period.quiet || self.mode.demography == Demography::Frozen;
        let bounds = Bounds::new(&self.rates, &self.period, ahead, &self.greatest_levels());
        let going_on = || if stop.load(Ordering::Relaxed) { Err(SimError::Stopped) } else { Ok(()) };
        let residents = refresh.residents(&mut self.columns, &bounds);
        going_on()?;
        self.counts.merge(&residents.counts);
        self.vacant.extend(residents.vacated);
        let mut handed = residents.handed;

        let mut entrants = residents.births;
        match &self.replay {
            Some(replay) => entrants.extend(replay.newcomers(from, to)),
            None if self.period.quiet => {}
            None => entrants.extend(start::arrivals(&self.rates, &self.period)),
        }
        while !entrants.is_empty() {
            entrants.iter().for_each(&mut observe);
            let newcomers = refresh.newcomers(&entrants, &bounds);
            going_on()?;
            self.counts.merge(&newcomers.outcome.counts);
            let mut columns = self.columns.open();
            let rows: Vec<u32> = newcomers
                .people
                .iter()
                .zip(&entrants)
                .map(|((person, day), entrant)| {
                    let row = settle(&mut columns, &mut self.vacant, *person);
                    self.entered.push((row, *day as u16, matches!(entrant, Entrant::Born { .. })));
                    row
                })
                .collect();
            handed
                .extend(newcomers.outcome.handed.into_iter().map(|(i, day, contact)| (rows[i as usize], day, contact)));
            entrants = newcomers.outcome.births;
        }

        let mut arrivals: Vec<Arrival> = handed.into_iter().map(|h| self.arrival(h)).collect();
        arrivals.sort_by_key(|a| (a.day, a.person));
        self.bounds = Some(bounds);
        Ok(arrivals)
    }

    fn arrival(&self, (row, day, contact): Handover) -> Arrival {
        let r = Resident::from(self.columns.get(row as usize));
        Arrival {
            day,
            person: r.person,
            row,
            contact,
            born: r.born,
            sex: r.sex,
            area: r.area,
            ethnicity: r.ethnicity,
            deprivation: r.deprivation,
            disorder: r.disorder,
            history: r.history,
            contacts: r.contacts,
        }
    }

    /// Number of people at the start of the run, those too of whom only a record is known.
    pub fn started(&self) -> u64 {
        self.replay.as_ref().map_or(self.before.start, |replay| replay.started)
    }

    /// Number of rows, vacant ones included.
    pub fn rows(&self) -> usize {
        self.columns.id.len()
    }

    /// Bytes held by the columns.
    pub fn bytes(&self) -> usize {
        self.columns.id.capacity() * 16
    }

    /// Returns the person in a row.
    pub fn resident(&self, row: u32) -> Resident {
        Resident::from(self.columns.get(row as usize))
    }

    /// Returns the rows of everyone present with a disorder, by identity.
    pub fn ill_rows(&self) -> Vec<u32> {
        self.rows_where(|bits| bits.disorder() != Disorder::None as u32)
    }

    /// Returns the rows of prisoners with a disorder, by identity: the caseload begins with them.
    pub fn ill_prisoners(&self) -> Vec<u32> {
        self.rows_where(|bits| bits.disorder() != Disorder::None as u32 && bits.in_custody())
    }

    fn rows_where(&self, wanted: impl Fn(Bits) -> bool) -> Vec<u32> {
        let all = self.columns.bits.iter().enumerate();
        let mut rows: Vec<u32> =
            all.filter(|(_, b)| Bits(**b).present() && wanted(Bits(**b))).map(|(row, _)| row as u32).collect();
        rows.sort_by_key(|row| self.columns.id[*row as usize]);
        rows
    }

    /// Takes somebody to the caseload: the population does nothing with the row until it is given back.
    pub fn take(&mut self, row: u32) {
        self.change(row, |p| p.bits.set_on_caseload(1));
    }

    /// Sets where somebody on the caseload stands with justice.
    pub fn set_justice(&mut self, row: u32, justice: JusticeCode) {
        self.change(row, |p| {
            p.bits.set_justice(justice as u32);
            p.due = NOTHING_DUE;
        });
    }

    /// Sets the area of somebody on the caseload.
    pub fn set_area(&mut self, row: u32, area: u8) {
        self.change(row, |p| p.bits.set_area(u32::from(area)));
    }

    /// Gives somebody back on `day`: they live the rest of the period in the population, unless a contact comes at once.
    ///
    /// Who is given back at liberty with a stage of justice that the caseload knows the end of passes it as `until`.
    /// `fell_ill` says that the person fell ill in prison: while the population stands still, as many are ill as were.
    pub fn give_back(&mut self, row: u32, day: Day, until: Option<Day>, fell_ill: bool) -> Option<Arrival> {
        let mut person = self.columns.get(row as usize);
        person.bits.set_contacts((person.bits.contacts() + 1).min(7));
        person.due = until.map_or(NOTHING_DUE, |d| d.min(Day::from(NOTHING_DUE - 1)) as u16);
        self.recover(&mut person, fell_ill);
        self.rejoin(row, person, day)
    }

    fn recover(&self, person: &mut Person, fell_ill: bool) {
        if fell_ill && self.period.quiet {
            person.bits.set_disorder(Disorder::None as u32);
        }
    }

    /// Lets somebody live the rest of the period in the population from a day on, unless a contact comes at once.
    fn rejoin(&mut self, row: u32, mut person: Person, day: Day) -> Option<Arrival> {
        person.bits.set_on_caseload(0);
        person.bits.set_quiet_years(0);
        let counts = std::mem::replace(&mut self.counts, Counts::new(0));
        let mut out = Outcome { births: Vec::new(), handed: Vec::new(), vacated: Vec::new(), counts };
        let walk = Walk { rates: &self.rates, period: &self.period, key: self.key };
        let handed = match self.mode.exact {
            Exact::Events => {
                // A budget of its own: the year's first one may be used up.
                let ordinal =
                    Ordinal::counted(self.period.year << 24 | u64::from(person.bits.contacts()) << 16 | 0xFFFF);
                let budgets = lanes(self.key.block(person.id, Purpose::Again, ordinal));
                walk.live(&mut person, budgets, day, &mut out)
            }
            Exact::Daily => walk.walk(&mut person, day, &mut out),
        };
        if handed.is_some() {
            person.bits.set_on_caseload(1);
        }
        self.columns.update(row as usize, person);
        self.counts = out.counts;
        self.let_in(&out.births);
        handed.map(|(day, contact)| self.arrival((row, day, contact)))
    }

    /// Lets in the children of somebody who came back; a newborn meets nobody from the caseload within the year.
    fn let_in(&mut self, births: &[Entrant]) {
        let Some(bounds) = self.bounds.as_ref().filter(|_| !births.is_empty()) else { return };
        let refresh = self.refresh(1, &NEVER_STOP);
        let mut out = Outcome::new(self.areas);
        let newcomers = refresh.let_in(births, bounds, &mut out);
        self.counts.merge(&out.counts);
        let mut columns = self.columns.open();
        for (person, day) in newcomers {
            let row = settle(&mut columns, &mut self.vacant, person);
            self.entered.push((row, day as u16, true));
        }
    }

    /// Somebody on the caseload dies.
    pub fn die(&mut self, row: u32, day: Day) {
        self.exit(row, day, Presence::Dead);
    }

    /// An equal comes in the place of somebody who is on the caseload for good, or has died there: somebody else of the same
    /// area, sex, age, ethnic group, illness and history, who never met the pathway and may be its next contact.
    pub fn replace_with_equal(&mut self, row: u32, day: Day, fell_ill: bool) -> Option<Arrival> {
        let mut person = self.columns.get(row as usize);
        person.id = self.key.hash(person.id, Purpose::Identity, Ordinal::counted(REPLACEMENT));
        person.due = NOTHING_DUE;
        person.bits.set_presence(Presence::Present as u32);
        person.bits.set_justice(JusticeCode::None as u32);
        person.bits.set_grave(0);
        person.bits.set_parity(0);
        person.bits.set_contacts(0);
        self.recover(&mut person, fell_ill);
        self.counts.enter(&self.period, person.bits, person.born, Count::Arrived, day);
        let row = settle(&mut self.columns.open(), &mut self.vacant, person);
        self.entered.push((row, day as u16, false));
        self.rejoin(row, person, day + 1)
    }

    /// Somebody on the caseload leaves England.
    pub fn depart(&mut self, row: u32, day: Day) {
        self.exit(row, day, Presence::Left);
    }

    fn exit(&mut self, row: u32, day: Day, how: Presence) {
        let mut person = self.columns.get(row as usize);
        self.counts.exit(&self.period, person.bits, person.born, how, day);
        person.bits.set_presence(how as u32);
        person.due = day as u16;
        self.columns.update(row as usize, person);
    }

    /// Counts something that the caseload did to somebody whom it holds.
    pub fn report(&mut self, row: u32, what: CaseloadReport, day: Day) {
        let mut person = self.columns.get(row as usize);
        let count = match what {
            CaseloadReport::Charge => {
                person.bits.raise_history();
                Count::Charges
            }
            CaseloadReport::Reception => Count::Receptions,
        };
        self.counts.add(count, person.bits, self.period.age_on(person.born, day));
        person.bits.set_quiet_years(0);
        self.columns.update(row as usize, person);
    }

    /// The offending history of somebody on the caseload fades a step.
    pub fn fade(&mut self, row: u32) {
        self.change(row, |p| p.bits.set_history(p.bits.history().saturating_sub(1)));
    }

    fn change(&mut self, row: u32, how: impl FnOnce(&mut Person)) {
        let mut person = self.columns.get(row as usize);
        how(&mut person);
        person.bits.set_quiet_years(0);
        self.columns.update(row as usize, person);
    }

    /// Returns the tally of the period that ends on `day`: who is there at its end, and what happened in it.
    ///
    /// To be called before the next [`Population::live`]. Days on which nobody ages count at the age of the clock.
    pub fn tally(&self, year: i32, day: Day, threads: usize) -> log::Tally {
        let mut balance = self.balance(day, threads);
        if let Some(others) = self.replay.as_ref().and_then(|replay| replay.others(day)) {
            balance.add(others);
        }
        balance.rows(year)
    }

    /// Closes the books of the period that ends on `day`, over everyone in the columns.
    fn balance(&self, day: Day, threads: usize) -> Balance {
        self.refresh(threads, &NEVER_STOP).standing(&self.columns, day).close(&self.counts)
    }

    /// Counts everyone on a day of the period, row by row.
    pub fn census(&self, day: Day) -> Census {
        let mut census = self.before;
        census.present = 0;
        for (bits, due) in self.columns.bits.iter().zip(self.columns.due.iter()) {
            let bits = Bits(*bits);
            let gone = Day::from(*due) <= day;
            let earlier = Day::from(*due) < self.period.from;
            match Presence::ALL[bits.presence() as usize] {
                Presence::Present => census.present += 1,
                Presence::Vacant => {}
                _ if !gone => census.present += 1,
                _ if earlier => {}
                Presence::Dead => census.dead += 1,
                _ => census.left += 1,
            }
        }
        for (_, entry, born) in &self.entered {
            if Day::from(*entry) > day {
                census.present -= 1;
            } else if *born {
                census.born += 1;
            } else {
                census.arrived += 1;
            }
        }
        census
    }

    fn census_totals(&self) -> Census {
        Census {
            start: self.before.start,
            born: self.before.born + self.counts.total(Count::Births),
            arrived: self.before.arrived + self.counts.total(Count::Arrived),
            present: 0,
            dead: self.before.dead + self.counts.total(Count::Deaths),
            left: self.before.left + self.counts.total(Count::Departed),
        }
    }

    /// First day of the run.
    pub fn first(&self) -> Day {
        self.first
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::day;
    use crate::plan::{Calendar, Capacity, Illness, Justice, People, PopulationPlan};

    #[derive(serde::Deserialize)]
    struct Baseline {
        population: PopulationPlan,
        people: People,
        illness: Illness,
        justice: Justice,
    }

    #[test]
    fn years_told_ahead_to_be_quiet_are_quiet() {
        let text = include_str!("../../tests/data/population.json");
        let mut base: Baseline = serde_json::from_str(text).expect("the baseline is readable");
        let change = |year, to| Levels { year, arrests: to, fertility: to, emigration: to, ..Levels::START };
        let changing = vec![change(2025, 4.0), change(2027, 0.5), change(2030, 2.0)];
        for (demography, years) in [
            (Demography::Moving, vec![]),
            (Demography::Moving, changing.clone()),
            (Demography::Frozen, vec![]),
            (Demography::Frozen, changing),
        ] {
            base.population.years = years;
            let world = |forget: bool| {
                let inputs = Inputs {
                    plan: &base.population,
                    people: &base.people,
                    illness: &base.illness,
                    justice: &base.justice,
                    calendar: Calendar { first: day(2023, 4, 1), start: day(2024, 4, 1), end: day(2032, 4, 1) },
                    mode: Mode { exact: Exact::Events, capacity: Capacity::Limited, fraction: 0.002, demography },
                    key: Key { seed: 5, replicate: 0 },
                };
                let mut population = Population::start(&inputs, 1, &NEVER_STOP).expect("the baseline is complete");
                let mut seen = Vec::new();
                for year in 2023..2032 {
                    if forget {
                        for bits in population.columns.bits.iter_mut() {
                            let mut all = Bits(*bits);
                            all.set_quiet_years(0);
                            *bits = all.0;
                        }
                    }
                    let arrivals =
                        population.live(day(year, 4, 1), day(year + 1, 4, 1), 1, &NEVER_STOP).expect("nobody stops it");
                    seen.push((arrivals, population.tally(year, day(year + 1, 4, 1), 1)));
                }
                seen
            };
            assert!(world(false) == world(true), "{demography:?}");
        }
    }
}
