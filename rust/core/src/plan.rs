//! The compiled plan: everything that a run reads, in one document.
//!
//! Python compiles it from a scenario and the evidence; nothing else reaches the engine. Unknown keys are refused,
//! so a parameter that no hazard reads can't hide in it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::calendar::Day;
use crate::error::SimError;

/// The days of a run.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// First day of the settling period, which is not reported [d].
    pub first: Day,
    /// First reported day, a 1 April [d].
    pub start: Day,
    /// Day after the last [d].
    pub end: Day,
}

/// How the days are walked.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Exact {
    /// From event to event: each hazard has a budget, and the event falls on the day that exhausts it.
    Events,
    /// Everyone, every day, a Bernoulli draw: the referee.
    Daily,
}

/// Whether beds, places and teams can run out.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Capacity {
    /// As the plan says.
    Limited,
    /// Nobody ever waits for a place: people no longer meet in queues.
    Unlimited,
}

/// Whether the population renews itself.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Demography {
    /// Births, deaths, ageing, moves.
    Moving,
    /// Nobody outside the caseload is born, ages, dies or moves.
    Frozen,
}

/// Switches of a run.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mode {
    /// Events or the daily referee.
    pub exact: Exact,
    /// Whether places run out.
    pub capacity: Capacity,
    /// Share of the population that is simulated, with capacities scaled [share].
    pub fraction: f64,
    /// Whether the population renews itself.
    pub demography: Demography,
}

/// One of the 42 areas.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaPlan {
    /// Name.
    pub name: String,
    /// Region, an index.
    pub region: u8,
    /// Collaborative that commissions its medium and low secure care, an index into the commissioners.
    pub collaborative: u8,
}

/// A unit: beds of one tier and sex on one site.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitPlan {
    /// Name.
    pub name: String,
    /// Site; units of one site are one provider.
    pub site: String,
    /// Commissioner that holds its contract, an index.
    pub commissioner: u8,
    /// Area where it stands, an index.
    pub area: u8,
    /// Tier, by name of [`crate::codes::Place`].
    pub tier: String,
    /// Sex of its patients, by name of [`crate::codes::Sex`].
    pub sex: String,
    /// `NHS` or `independent`.
    pub sector: String,
    /// Open beds at the start [beds].
    pub beds: u32,
    /// Beds of one ward: the step in which costs are released [beds].
    pub ward: u32,
}

/// The agents of one kind: declared attributes as columns.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentPlan {
    /// Names of the attributes.
    pub columns: Vec<String>,
    /// Names of the agents.
    pub names: Vec<String>,
    /// One row of attributes per agent.
    pub values: Vec<Vec<f64>>,
}

/// One row of a declared choice: `value × term` is added to the score of `option`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreRow {
    /// Option, by name.
    pub option: String,
    /// Term, in the language of choices.
    pub term: String,
    /// Id of the parameter.
    pub parameter: String,
    /// Its value [logit per unit of the term].
    pub value: f64,
}

/// One row of a declared delay: `value × term` is added to the logarithm of the days.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelayRow {
    /// Term, in the language of choices.
    pub term: String,
    /// Id of the parameter.
    pub parameter: String,
    /// Its value [ln d per unit of the term].
    pub value: f64,
}

/// A declared delay.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelayPlan {
    /// Rows of the mean of ln days.
    pub rows: Vec<DelayRow>,
    /// Standard deviation of ln days [ln d].
    pub sigma: f64,
}

/// A declared choice.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoicePlan {
    /// Kind of the agent that decides.
    pub agent: String,
    /// Scores.
    pub rows: Vec<ScoreRow>,
    /// How long the answer takes, if it takes time.
    pub delay: Option<DelayPlan>,
}

/// One step of a lever: a value from a day on, reached over a ramp.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeverStep {
    /// First day [d].
    pub from: Day,
    /// Day on which it ends, if it does [d].
    pub until: Option<Day>,
    /// Days until the full value [d].
    pub ramp: u32,
    /// Value at full strength.
    pub value: f64,
    /// Areas, as indices; all if absent.
    pub areas: Option<Vec<u8>>,
}

/// Beds that open or close on a day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BedChange {
    /// Day [d].
    pub day: Day,
    /// Unit, an index.
    pub unit: u16,
    /// Beds opened (positive) or closed (negative) [beds].
    pub change: i32,
}
