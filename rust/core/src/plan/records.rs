//! The records of a plan: days and switches, areas and units, choices and rules, and what changes on a date.

use serde::{Deserialize, Serialize};

use crate::calendar::Day;

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
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Exact {
    /// From event to event: each hazard has a budget, and the event falls on the day that exhausts it.
    Events,
    /// Everyone, every day, a Bernoulli draw: the reference, for tests.
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
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
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
    /// From event to event, or day by day.
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
    /// NHS trust that runs its PICU, acute and rehabilitation wards.
    pub trust: String,
}

/// A unit: beds of one tier and sex on one site.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitPlan {
    /// Name.
    pub name: String,
    /// Organisation that runs it, the provider: a trust or a company, with all of its sites.
    pub provider: String,
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
    /// Choices that some agents have in place of this one.
    #[serde(default)]
    pub variants: Vec<VariantPlan>,
}

/// A choice that some agents of the kind have in place of the declared one; the delay is the same.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariantPlan {
    /// The agents, as indices within their kind; for patients the home areas.
    pub agents: Vec<usize>,
    /// Options that they have, by name.
    pub options: Vec<String>,
    /// Scores.
    pub rows: Vec<ScoreRow>,
}

/// A rule outside the engine that has the last word on a decision of some agents.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulePlan {
    /// Decision.
    pub decision: String,
    /// Name, as errors and the manifest have it.
    pub name: String,
    /// SHA-256 of its code: a snapshot is resumed with the same rules only.
    pub sha256: String,
    /// The agents, as indices within their kind; for patients the home areas.
    pub agents: Vec<usize>,
    /// Columns that it reads: `case.x`, `agent.x`, `lever.x`, `option.x`.
    pub reads: Vec<String>,
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

/// A change of an agent's attribute: towards a value, over a ramp.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeChange {
    /// First day [d].
    pub day: Day,
    /// Days until the full value [d].
    pub ramp: u32,
    /// Kind of the agent.
    pub kind: String,
    /// Attribute.
    pub attribute: String,
    /// Agent, an index.
    pub agent: usize,
    /// Value at the end of the ramp.
    pub value: f64,
}

/// How a programme's places are shared among areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sharing {
    /// By how many people are ready to leave a secure bed there and lack what is bought.
    Need,
    /// To the areas whose bids are judged best.
    Bidding,
    /// By weight.
    Weight,
}

/// Money of a financial year.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearMoney {
    /// Financial year, named by its 1 April.
    pub year: i32,
    /// Money [£].
    pub pounds: f64,
}

/// Money that comes from wards that have closed.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reinvestment {
    /// Share of what closed wards release [share].
    pub share: f64,
    /// Days from the release until the money can be spent [d].
    pub days: i32,
}

/// One thing that a programme buys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgrammePlan {
    /// Name of the programme.
    pub name: String,
    /// First day [d].
    pub day: Day,
    /// What is bought, by name of [`crate::codes::Bought`].
    pub buys: String,
    /// Who pays, an index into the payers; public funds if absent.
    pub payer: Option<u16>,
    /// Money by year; nothing where it comes from wards.
    pub pounds: Vec<YearMoney>,
    /// Money from closed wards, where it isn't given by year.
    pub from_wards: Option<Reinvestment>,
    /// How it is shared among areas.
    pub sharing: Sharing,
    /// Weight of each area; 0 where nothing is bought.
    pub weights: Vec<f64>,
    /// Pounds of each year, which lose their value from the first reported year on; else at the prices of the run.
    pub cash: bool,
    /// What isn't spent in a year is added to the next year's money.
    pub carried: bool,
    /// What commissioners order ([`crate::transitions::orders`]), and not a programme of its own: the areas' collaboratives pay.
    #[serde(default)]
    pub ordered: bool,
}
