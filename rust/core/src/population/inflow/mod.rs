//! Recorded inflow: everybody whom the pathway can meet, and the yearly counts of all the others.
//!
//! A resident's life is drawn from their own keys alone, and the pathway changes nobody's life but that of the people
//! whom it has met. So whom it meets for the first time, when and why, is the same under every policy that leaves the
//! population's own inputs as they are. A record holds, as they were when the run began or they came:
//!
//! * everybody with a disorder on the first day: the cross-section takes its patients from them;
//! * everybody else who comes to the pathway's notice by themselves until the end of the record.
//!
//! Children of these are born again, as their mothers live again. All the others never meet the pathway whatever it
//! does; of them a record has the balance of each period, by area, sex and age band. A replay is an ordinary run whose
//! population holds only the people of the record.
//!
//! What the population reads is [`Inputs`] and nothing else, and a record carries all of it ([`Upstream`]). A lever that
//! is to reach the population has to come in through there, and then a record without it is refused.

mod bytes;
mod record;

use serde::Serialize;
use serde_json::Value;

use super::columns::Columns;
use super::inputs::Inputs;
use super::rates::Rates;
use super::replay::Replay;
use super::residents::Population;
use crate::calendar::{Day, date};
use crate::error::SimError;
use crate::plan::{Calendar, Demography, Exact, Illness, Justice, Mode, People, PopulationPlan};

/// The recorded inflow of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inflow {
    /// What the population read, as JSON.
    upstream: String,
    /// People of the start, as they were.
    founders: Columns,
    /// Who comes later, and the balance of the others.
    replay: Replay,
}

/// Everything that the life of the population follows from, but the day on which the run ends.
#[derive(Serialize)]
struct Upstream<'a> {
    /// Version of the engine.
    version: &'static str,
    /// Seed of the run.
    seed: u64,
    /// Replicate under that seed.
    replicate: u64,
    /// Share of the population that is simulated [share].
    population: f64,
    /// Whether the population renews itself.
    demography: Demography,
    /// From event to event, or day by day.
    exact: Exact,
    /// First day of the settling period.
    settling: String,
    /// First reported day.
    start: String,
    /// How people come and go.
    people: &'a People,
    /// Severe mental disorder.
    illness: &'a Illness,
    /// Offending and criminal justice.
    justice: &'a Justice,
    /// Tables.
    tables: &'a PopulationPlan,
}

/// A day as YYYY-MM-DD.
fn iso(day: Day) -> String {
    let (year, month, date) = date(day);
    format!("{year}-{month:02}-{date:02}")
}

/// Writes down everything that a population reads. Each field is named, so that none that is added can be forgotten.
fn upstream(inputs: &Inputs) -> String {
    let Inputs { tables, people, illness, justice, calendar, mode, key } = *inputs;
    let Calendar { first, start, end: _ } = calendar;
    // Whether places run out is the pathway's business.
    let Mode { exact, capacity: _, fraction, demography } = mode;
    let of = Upstream {
        version: env!("CARGO_PKG_VERSION"),
        seed: key.seed,
        replicate: key.replicate,
        population: fraction,
        demography,
        exact,
        settling: iso(first),
        start: iso(start),
        people,
        illness,
        justice,
        tables,
    };
    // Plain structs of numbers and text: there is nothing that JSON couldn't hold.
    serde_json::to_string(&of).unwrap_or_default()
}

/// Returns the first key at which two documents part, with both values; lists are told apart as a whole.
fn parting(here: &Value, there: &Value, path: &str) -> Option<(String, String, String)> {
    match (here, there) {
        (Value::Object(a), Value::Object(b)) => {
            a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))).find_map(|key| {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                parting(a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null), &path)
            })
        }
        (Value::Array(_), _) | (_, Value::Array(_)) => {
            (here != there).then(|| (path.to_owned(), "another table".to_owned(), "its own".to_owned()))
        }
        _ => (here != there).then(|| (path.to_owned(), here.to_string(), there.to_string())),
    }
}

impl Inflow {
    /// Refuses a run whose population would not live as it did when the inflow was recorded.
    ///
    /// # Errors
    ///
    /// [`SimError::Usage`], which names what differs.
    pub fn check(&self, inputs: &Inputs) -> Result<(), SimError> {
        let here = upstream(inputs);
        if here != self.upstream {
            let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
            let (key, ours, theirs) = parting(&read(&here), &read(&self.upstream), "").unwrap_or_default();
            return Err(SimError::Usage(format!(
                "recorded inflow: {key}: {ours}, and the record has {theirs}; allowed: a run whose population lives as \
                 the recorded one, or no record"
            )));
        }
        let end = inputs.calendar.end;
        if self.replay.others(end).is_none() {
            let last = self.replay.others.last().map_or(inputs.calendar.first, |(to, _)| *to);
            return Err(SimError::Usage(format!(
                "recorded inflow: end: {}, and the record ends on {}; allowed: whole years up to that day",
                iso(end),
                iso(last)
            )));
        }
        Ok(())
    }

    /// People in the record: those of the start, and newcomers.
    pub fn people(&self) -> (usize, usize) {
        (self.founders.id.len(), self.replay.newcomers.len())
    }
}

impl Population {
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
}
