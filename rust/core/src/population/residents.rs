//! All residents: made at the start, and lived a period at a time.

use std::sync::atomic::{AtomicBool, Ordering};

use super::arrival::{Arrival, Handover};
use super::bounds::{Bounds, YEARS_AHEAD};
use super::census::Census;
use super::columns::{Bits, Columns, Resident};
use super::inputs::Inputs;
use super::outcome::Entrant;
use super::period::Period;
use super::rates::Rates;
use super::refresh::{Living, share};
use super::register::Register;
use super::replay::Replay;
use super::start;
use super::tally::{Count, Counts};
use crate::calendar::{Day, YEAR, financial_year, year_start};
use crate::codes::{Disorder, Justice, Sex};
use crate::error::SimError;
use crate::plan::{AGES, Demography, Levels};

/// Nobody stops what is done in less than a second.
pub(super) static NEVER_STOP: AtomicBool = AtomicBool::new(false);

/// Room kept for those who replace people of the caseload while the population stands still [rows].
const REPLACEMENTS: usize = 1 << 14;

/// All residents, and the rates at which they live.
pub struct Population {
    /// Who they are.
    pub(super) register: Register,
    /// How they live.
    pub(super) living: Living,
    /// Bounds of the period, once it has been lived.
    pub(super) bounds: Option<Bounds>,
    /// Counts of the period.
    pub(super) counts: Counts,
    /// Totals up to the start of the period.
    pub(super) before: Census,
    /// What is known of the others, where only those whom the pathway can meet are lived.
    pub(super) replay: Option<Replay>,
    /// Whether the population renews itself.
    demography: Demography,
    /// First reported day [d].
    start: Day,
    /// What differs from year to year.
    years: Vec<Levels>,
}

/// Returns how many rows the newcomers of a run may need: those of people who go are used again a year later, so a year's
/// newcomers and the growth of the years come on top of the people who are there.
pub(super) fn room(inputs: &Inputs) -> usize {
    if inputs.frozen() {
        return REPLACEMENTS;
    }
    let years = f64::from(inputs.calendar.end - inputs.calendar.start).max(0.0) / YEAR;
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
        let areas = inputs.tables.persons.len();
        let cells = start::cells(inputs);
        let total: usize = cells.iter().map(|n| *n as usize).sum();

        let mut columns = Columns::default();
        columns.reserve(total + room(inputs));

        let founder = start::Founder::new(inputs, &rates);
        let people = |area: usize| {
            let cells = &cells[area * 2 * AGES..(area + 1) * 2 * AGES];
            let mut people = Columns::default();
            people.reserve(cells.iter().map(|n| *n as usize).sum());
            let mut open = people.open();
            for (cell, count) in cells.iter().enumerate() {
                founder.people((area, cell / AGES, cell % AGES), 0, *count, |person| {
                    open.push(person);
                });
            }
            people
        };
        // A few areas at a time, so that the people in the making take little memory.
        let order: Vec<usize> = (0..areas).collect();
        for some in order.chunks(threads.max(1)) {
            for made in share(threads, some.to_vec(), stop, people) {
                columns.extend(&made);
            }
            if stop.load(Ordering::Relaxed) {
                return Err(SimError::Stopped);
            }
        }
        Ok(Population::of(inputs, rates, columns, None))
    }

    /// Makes a population of people who are known already, before its first period.
    pub(super) fn of(inputs: &Inputs, rates: Rates, columns: Columns, replay: Option<Replay>) -> Population {
        let calendar = inputs.calendar;
        let period = Period::of_run(inputs.mode, calendar.start, calendar.first, calendar.first);
        let living = Living::new(inputs, rates, period);
        Population {
            before: Census { start: columns.id.len() as u64, ..Census::default() },
            register: Register { columns, vacant: Vec::new(), entered: Vec::new() },
            bounds: None,
            counts: Counts::new(living.areas),
            living,
            replay,
            demography: inputs.mode.demography,
            start: calendar.start,
            years: inputs.tables.years.clone(),
        }
    }

    /// Adds one more person to a cell of the start, before the first period; returns the row. Nobody else is touched.
    pub fn insert(&mut self, inputs: &Inputs, area: usize, sex: Sex, age: usize) -> u32 {
        let cell = (area * 2 + sex as usize) * AGES + age;
        let next = start::cells(inputs)[cell];
        let founder = start::Founder::new(inputs, &self.living.rates);
        let mut columns = self.register.columns.open();
        founder.people((area, sex as usize, age), next, next + 1, |person| {
            columns.push(person);
        });
        self.before.start += 1;
        self.register.rows() as u32 - 1
    }

    /// Sets how many rows a thread takes at a time. Nothing but speed depends on it.
    pub fn set_chunk(&mut self, rows: usize) {
        self.living.chunk = rows.max(1);
    }

    /// Enters a period: its rates are those of its year.
    pub(super) fn enter_period(&mut self, from: Day, to: Day) {
        let living = &mut self.living;
        living.period = Period::of_run(living.mode, self.start, from, to);
        living.rates.levels = Levels::of(&self.years, living.period.year as i32);
    }

    /// Prepares the bounds of the period, which look as far ahead as the rates are known.
    pub(super) fn bounds_of_period(&self) -> Bounds {
        let Living { rates, period, .. } = &self.living;
        let levels = |later: i32| Levels::of(&self.years, period.year as i32 + later);
        let greatest = (1..=YEARS_AHEAD).fold(levels(0), |most, later| most.or_greater(levels(later)));
        let ahead = period.renews || self.demography == Demography::Frozen;
        Bounds::new(rates, period, ahead, &greatest)
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
    pub(super) fn live_observing(
        &mut self,
        from: Day,
        to: Day,
        threads: usize,
        stop: &AtomicBool,
        mut observe: impl FnMut(&Entrant),
    ) -> Result<Vec<Arrival>, SimError> {
        assert!(to <= year_start(financial_year(from) + 1), "a period ends on the next 1 April at the latest");
        self.before = Census { start: self.before.start, ..self.census_totals() };
        self.register.entered.clear();
        self.counts = Counts::new(self.living.areas);
        self.enter_period(from, to);
        let bounds = self.bounds_of_period();
        let refresh = self.living.refresh(threads, stop);

        let going_on = || if stop.load(Ordering::Relaxed) { Err(SimError::Stopped) } else { Ok(()) };
        let residents = refresh.residents(&mut self.register.columns, &bounds);
        going_on()?;
        self.counts.merge(&residents.counts);
        self.register.vacant.extend(residents.vacated);
        let mut handed = residents.handed;

        let mut entrants = residents.births;
        match &self.replay {
            Some(replay) => entrants.extend(replay.newcomers(from, to)),
            None if self.living.period.renews => {
                entrants.extend(start::arrivals(&self.living.rates, &self.living.period));
            }
            None => {}
        }
        // Children whose mothers came in this period come in the next round.
        while !entrants.is_empty() {
            entrants.iter().for_each(&mut observe);
            let newcomers = refresh.newcomers(&entrants, &bounds);
            going_on()?;
            self.counts.merge(&newcomers.outcome.counts);
            let people = newcomers.people.iter().zip(&entrants);
            let born = |entrant: &Entrant| matches!(entrant, Entrant::Born { .. });
            let rows = self.register.settle(people.map(|((person, day), entrant)| (*person, *day, born(entrant))));
            let theirs = newcomers.outcome.handed.into_iter();
            handed.extend(theirs.map(|(index, day, contact)| (rows[index as usize], day, contact)));
            entrants = newcomers.outcome.births;
        }

        let mut arrivals: Vec<Arrival> = handed.into_iter().map(|h| self.arrival(h)).collect();
        arrivals.sort_by_key(|a| (a.day, a.person));
        self.bounds = Some(bounds);
        Ok(arrivals)
    }

    /// Totals up to the end of the period that was lived last.
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

    /// Returns what the caseload is told of somebody whom it gets.
    pub(super) fn arrival(&self, (row, day, contact): Handover) -> Arrival {
        let r = self.resident(row);
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
        self.register.rows()
    }

    /// Bytes held by the columns.
    pub fn bytes(&self) -> usize {
        self.register.columns.id.capacity() * 16
    }

    /// Returns the person in a row.
    pub fn resident(&self, row: u32) -> Resident {
        Resident::from(self.register.columns.get(row as usize))
    }

    /// Returns somebody whom justice keeps and nothing lets go: a charge, a sentence or an order ends on a day after what has
    /// been lived, and a licence without an end is for life. Nobody, if all is well.
    pub fn kept_for_nothing(&self) -> Option<Resident> {
        let lived_to = self.living.period.to;
        let columns = &self.register.columns;
        let kept = |row: &usize| {
            let p = columns.get(*row);
            let endless = matches!(p.justice(), Justice::None | Justice::Licence);
            p.bits.resident() && p.justice() != Justice::None && p.due_day().map_or(!endless, |day| day < lived_to)
        };
        let row = (0..columns.id.len()).filter(|row| Bits(columns.bits[*row]).troubled()).find(kept)?;
        Some(Resident::from(columns.get(row)))
    }

    /// Returns the rows of everyone present with a disorder, by identity.
    pub fn ill_rows(&self) -> Vec<u32> {
        self.register.rows_where(|bits| bits.disorder() != Disorder::None as u32)
    }

    /// Returns the rows of prisoners with a disorder, by identity: the caseload begins with them.
    pub fn ill_prisoners(&self) -> Vec<u32> {
        self.register.rows_where(|bits| bits.disorder() != Disorder::None as u32 && bits.in_custody())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::day;
    use crate::codes::Justice as Standing;
    use crate::draw::Key;
    use crate::plan::{Calendar, Capacity, Exact, Illness, Justice, Mode, People, PopulationPlan};
    use crate::population::rates::Hazard;

    #[derive(serde::Deserialize)]
    struct Baseline {
        population: PopulationPlan,
        people: People,
        illness: Illness,
        justice: Justice,
    }

    impl Baseline {
        fn read() -> Baseline {
            let text = include_str!("../../tests/data/population.json");
            serde_json::from_str(text).expect("the baseline is readable")
        }

        fn inputs(&self, fraction: f64, demography: Demography, end: Day) -> Inputs<'_> {
            Inputs {
                tables: &self.population,
                people: &self.people,
                illness: &self.illness,
                justice: &self.justice,
                calendar: Calendar { first: day(2023, 4, 1), start: day(2024, 4, 1), end },
                mode: Mode { exact: Exact::Events, capacity: Capacity::Limited, fraction, demography },
                key: Key { seed: 5, replicate: 0 },
            }
        }
    }

    #[test]
    fn who_is_kept_and_never_let_go_is_found() {
        let base = Baseline::read();
        let inputs = base.inputs(0.001, Demography::Moving, day(2025, 4, 1));
        let mut population = Population::start(&inputs, 1, &NEVER_STOP).expect("the baseline is complete");
        population.live(day(2023, 4, 1), day(2024, 4, 1), 1, &NEVER_STOP).expect("nobody stops it");
        assert_eq!(population.kept_for_nothing(), None);
        let free = |p: &Resident| p.present && !p.on_caseload && p.justice == Standing::None;
        let row = (0..population.rows() as u32).find(|row| free(&population.resident(*row))).expect("most are free");
        let day = population.living.period.to;
        for (justice, until, kept) in [
            (Standing::Sentenced, None, true),
            (Standing::Sentenced, Some(day - 1), true),
            (Standing::Sentenced, Some(day), false),
            (Standing::Bail, None, true),
            (Standing::Life, None, true),
            (Standing::Order, Some(day - 1), true),
            (Standing::Licence, None, false),
            (Standing::Licence, Some(day - 1), true),
            (Standing::None, None, false),
        ] {
            population.register.change(row, |p| p.begin(justice, false, until));
            let found = population.kept_for_nothing().map(|r| r.person);
            assert_eq!(found, kept.then(|| population.resident(row).person), "{justice:?}, {until:?}");
        }
    }

    #[test]
    fn whoever_draws_an_event_of_the_year_is_lived_exactly() {
        let base = Baseline::read();
        let inputs = base.inputs(0.001, Demography::Moving, day(2032, 4, 1));
        let rates = Rates::new(&inputs);
        let period = Period::of_run(inputs.mode, day(2024, 4, 1), day(2025, 4, 1), day(2026, 4, 1));
        let bounds = Bounds::new(&rates, &period, true, &Levels::START);
        let years = f64::from(period.to - period.from) / YEAR;
        let cells = (0..8).flat_map(|justice| {
            (0..4).flat_map(move |disorder| (0..4).map(move |history| (justice, disorder, history)))
        });
        for (justice, disorder, history) in cells {
            for (sex, ethnicity, deprivation) in (0..50).map(|k| (k % 2, k / 2 % 5, k / 10 + 1)) {
                let mut bits = Bits::default();
                bits.set_justice(justice);
                bits.set_disorder(disorder);
                bits.set_history(history);
                bits.set_sex(sex);
                bits.set_ethnicity(ethnicity);
                bits.set_deprivation(deprivation);
                for age in 0..AGES {
                    for (hazard, rate) in
                        rates.hazards(bits, age, true).into_iter().enumerate().filter(|(_, h)| *h > 0.0)
                    {
                        // The greatest draws with which the event falls into the year.
                        let mut lanes = [u32::MAX; Hazard::COUNT];
                        lanes[hazard] = ((rate * years * 4_294_967_296.0) as u32).saturating_sub(1);
                        let who = (justice, disorder, history, sex, ethnicity, deprivation, age, hazard);
                        assert!(bounds.may_have_event(bits, age, &lanes), "{who:?}: {rate}");
                        let draw = ((rate * years * 128.0).ceil() as u64 - 1).min(127);
                        let word = (0x7f7f_7f7f_7f7f_7f7f & !(0xff << (8 * hazard))) | draw << (8 * hazard);
                        assert_eq!(bounds.quiet_years(bits, age, [word; 4], period.year), 0, "{who:?}: {rate}");
                    }
                }
            }
        }
    }

    #[test]
    fn years_told_ahead_to_be_quiet_are_quiet() {
        let mut base = Baseline::read();
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
                let inputs = base.inputs(0.002, demography, day(2032, 4, 1));
                let mut population = Population::start(&inputs, 1, &NEVER_STOP).expect("the baseline is complete");
                let mut seen = Vec::new();
                for year in 2023..2032 {
                    if forget {
                        for bits in population.register.columns.bits.iter_mut() {
                            let mut all = Bits(*bits);
                            all.set_quiet_years(0);
                            *bits = all.0;
                        }
                    }
                    let arrivals =
                        population.live(day(year, 4, 1), day(year + 1, 4, 1), 1, &NEVER_STOP).expect("nobody stops it");
                    let kept = population.kept_for_nothing();
                    assert!(kept.is_none(), "{demography:?}, {year}: {kept:?}");
                    seen.push((arrivals, population.tally(year, day(year + 1, 4, 1), 1)));
                }
                seen
            };
            assert!(world(false) == world(true), "{demography:?}");
        }
    }
}
