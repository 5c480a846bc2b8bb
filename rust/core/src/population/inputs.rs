//! Everything that the population reads, and nothing else: a lever that is to reach it has to come in through here.

use super::columns::REPORTED;
use crate::calendar::{Day, date};
use crate::draw::Key;
use crate::error::SimError;
use crate::plan::{
    AGES, Calendar, Demography, Illness, Justice, MOST_AREAS, Mode, People, Plan, PopulationPlan, levels::Levels,
};

/// Everything that the population reads.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// Tables.
    pub tables: &'a PopulationPlan,
    /// How people come and go.
    pub people: &'a People,
    /// Severe mental disorder.
    pub illness: &'a Illness,
    /// Offending and criminal justice.
    pub justice: &'a Justice,
    /// Days of the run.
    pub calendar: Calendar,
    /// Switches of the run.
    pub mode: Mode,
    /// Key of the run.
    pub key: Key,
}

impl Inputs<'_> {
    /// What the population reads of a plan.
    pub fn of(plan: &Plan, key: Key) -> Inputs<'_> {
        Inputs {
            tables: &plan.population,
            people: &plan.parameters.people,
            illness: &plan.parameters.illness,
            justice: &plan.parameters.justice,
            calendar: plan.calendar,
            mode: plan.mode,
            key,
        }
    }

    /// Whether nobody outside the caseload is born, ages, dies or moves.
    pub(super) fn frozen(&self) -> bool {
        self.mode.demography == Demography::Frozen
    }

    /// Refuses tables of the wrong size, and shares that don't sum to 1.
    pub(super) fn check(&self) -> Result<(), SimError> {
        let tables = self.tables;
        Levels::check(&tables.years)?;
        let areas = tables.persons.len();
        let wrong = |what: &str, found: usize, want: usize| {
            Err(SimError::Plan(format!("population.{what}: {found} entries; allowed: {want}")))
        };
        if areas == 0 || areas > MOST_AREAS {
            return wrong("persons", areas, MOST_AREAS);
        }
        for (what, found) in [("ethnicity", tables.ethnicity.len()), ("register", tables.register.len())] {
            if found != areas {
                return wrong(what, found, areas);
            }
        }
        let by_age = [&tables.fertility, &tables.arrivals, &tables.departures, &tables.moves];
        let by_sex = [&tables.mortality, &tables.incidence, &tables.arrests];
        for list in by_age.into_iter().chain(by_sex.into_iter().flatten()) {
            if list.len() != AGES || list.iter().any(|x| !x.is_finite() || *x < 0.0) {
                return wrong("rates by age", list.len(), AGES);
            }
        }
        for list in tables.persons.iter().flatten() {
            if list.len() != AGES {
                return wrong("persons by age", list.len(), AGES);
            }
        }
        let sums = [
            tables.arrivals.iter().sum::<f64>(),
            tables.departures.iter().sum(),
            tables.arrival_ethnicity.iter().sum(),
            tables.sentences.iter().map(|b| b.share[0]).sum(),
            tables.sentences.iter().map(|b| b.share[1]).sum(),
        ];
        let mixes = tables.ethnicity.iter().map(|mix| mix.iter().sum());
        let offences = tables.offences.iter().flatten().map(|o| o.iter().sum());
        if let Some(sum) = sums.into_iter().chain(mixes).chain(offences).find(|s: &f64| (s - 1.0).abs() > 0.01) {
            return Err(SimError::Plan(format!("population: shares sum to {sum}; allowed: 1")));
        }
        if !(self.mode.fraction > 0.0 && self.mode.fraction <= 1.0) {
            let found = self.mode.fraction;
            return Err(SimError::Plan(format!("mode.fraction: {found}; allowed: above 0, at most 1")));
        }
        let (from, until) = (self.people.settle_from, self.people.settle_until);
        if !(0.0 <= from && from < until && until <= AGES as f64) {
            let allowed = format!("0 ≤ people.settle_from < people.settle_until ≤ {AGES}");
            return Err(SimError::Plan(format!("people: settle from {from} until {until}; allowed: {allowed}")));
        }
        let (earliest, latest) = REPORTED;
        let told = |d: Day| {
            // Whatever day is asked for has a name, also one that no run can reach.
            let (y, m, d) = date(d.clamp(-1_000_000, 10_000_000));
            format!("{y}-{m:02}-{d:02}")
        };
        let Calendar { first, start, end } = self.calendar;
        if !(start >= earliest && first >= 0 && first <= start && start < end && end <= latest) {
            let (first, start, end) = (told(first), told(start), told(end));
            let (earliest, latest) = (told(earliest), told(latest));
            return Err(SimError::Limit(format!(
                "calendar: from {first}, reported from {start}, to {end}; allowed: reported from {earliest}, to {latest}"
            )));
        }
        Ok(())
    }
}
