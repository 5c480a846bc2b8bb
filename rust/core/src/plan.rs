//! The compiled plan: everything that a run reads, in one document.
//!
//! Python compiles it from a scenario and the evidence; nothing else reaches the engine. Unknown keys are refused,
//! so a parameter that no hazard reads can't hide in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::caseload::clinical::ClinicalParams;
use crate::draw::Key;
use crate::error::SimError;
use crate::pathway::aftercare::AftercareParams;
use crate::pathway::beds::BedsParams;
use crate::pathway::courts::CourtParams;
use crate::pathway::discharges::DischargeParams;
use crate::pathway::illness::ReferralParams;
use crate::pathway::money::{MoneyParams, UtilityParams};
use crate::pathway::reviews::InpatientParams;
use crate::pathway::{hazards, law};
use crate::population::{self, PopulationPlan};
use crate::start::StartParams;

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

/// Every parameter, grouped as the ids are: `relapse.prison` is `relapse` here and `prison` there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// How people come and go.
    pub people: population::People,
    /// Severe mental disorder in the population.
    pub illness: population::Illness,
    /// Offending and criminal justice in the population.
    pub justice: population::Justice,
    /// Terms fixed by statute.
    pub law: law::Law,
    /// Latent state.
    pub clinical: ClinicalParams,
    /// Natural death.
    pub death: hazards::death::DeathParams,
    /// Suicide.
    pub suicide: hazards::suicide::SuicideParams,
    /// Relapse.
    pub relapse: hazards::relapse::RelapseParams,
    /// Recovery.
    pub recovery: hazards::recovery::RecoveryParams,
    /// Reoffending.
    pub reoffence: hazards::reoffence::ReoffenceParams,
    /// Absconding and return.
    pub abscond: hazards::abscond::AbscondParams,
    /// Assaults.
    pub assault: hazards::assault::AssaultParams,
    /// Being noticed.
    pub notice: hazards::noticed::NoticeParams,
    /// Paid work.
    pub work: hazards::work::WorkParams,
    /// Applications and hearings.
    pub tribunal: hazards::application::TribunalParams,
    /// Absolute discharge.
    pub absolute: hazards::absolute::AbsoluteParams,
    /// Licence.
    pub licence: hazards::licence::LicenceParams,
    /// Referral and assessment.
    pub referral: ReferralParams,
    /// Inpatient care.
    pub inpatient: InpatientParams,
    /// Courts and sentences.
    pub court: CourtParams,
    /// Beds and queues.
    pub beds: BedsParams,
    /// Leaving hospital.
    pub discharge: DischargeParams,
    /// Life after discharge.
    pub aftercare: AftercareParams,
    /// Prices and costs.
    pub money: MoneyParams,
    /// Utilities.
    pub utility: UtilityParams,
    /// The cross-section at the start.
    pub start: StartParams,
}

/// Everything that a run reads.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this form.
    pub format: u32,
    /// Name of the scenario.
    pub name: String,
    /// Days.
    pub calendar: Calendar,
    /// Switches.
    pub mode: Mode,
    /// Parameters.
    pub parameters: Parameters,
    /// Tables of the population.
    pub population: PopulationPlan,
    /// Areas.
    pub areas: Vec<AreaPlan>,
    /// Names of the regions.
    pub regions: Vec<String>,
    /// Names of the commissioners, NHS England last.
    pub commissioners: Vec<String>,
    /// Units.
    pub units: Vec<UnitPlan>,
    /// Agents by kind.
    pub agents: BTreeMap<String, AgentPlan>,
    /// Choices by decision.
    pub choices: BTreeMap<String, ChoicePlan>,
    /// Rules outside the engine; they are answered for by what [`crate::sim::Sim::answer_with`] is given.
    #[serde(default)]
    pub rules: Vec<RulePlan>,
    /// Levers by name.
    pub levers: BTreeMap<String, Vec<LeverStep>>,
    /// Beds that open and close.
    pub beds: Vec<BedChange>,
    /// Attributes that change by policy; none if absent.
    #[serde(default)]
    pub changes: Vec<AttributeChange>,
    /// The document that all this was read from, which snapshots carry.
    #[serde(skip)]
    pub document: Vec<u8>,
}

/// The version of the plan that this engine reads.
pub const FORMAT: u32 = 1;

impl Plan {
    /// Reads a plan; an error names the key.
    pub fn read(json: &[u8]) -> Result<Plan, SimError> {
        let mut reader = serde_json::Deserializer::from_slice(json);
        let plan: Plan = serde_path_to_error::deserialize(&mut reader)
            .map_err(|e| SimError::Plan(format!("{}: {}", e.path(), e.inner())))?;
        Ok(Plan { document: json.to_vec(), ..plan })
    }

    /// What the population reads.
    pub fn inputs(&self, key: Key) -> population::Inputs<'_> {
        population::Inputs {
            plan: &self.population,
            people: &self.parameters.people,
            illness: &self.parameters.illness,
            justice: &self.parameters.justice,
            calendar: self.calendar,
            mode: self.mode,
            key,
        }
    }

    /// Refuses what contradicts itself.
    pub fn validate(&self) -> Result<(), SimError> {
        let fault = |what: String| Err(SimError::Plan(what));
        if self.format != FORMAT {
            return fault(format!("format: {} is not the version that is read; allowed: {FORMAT}", self.format));
        }
        let c = &self.calendar;
        if !(c.first <= c.start && c.start < c.end) {
            return fault(format!("calendar: first {} ≤ start {} < end {} does not hold", c.first, c.start, c.end));
        }
        if crate::calendar::year_start(crate::calendar::financial_year(c.start)) != c.start {
            return fault(format!("calendar.start: {} is not a 1 April", c.start));
        }
        if !(self.mode.fraction > 0.0 && self.mode.fraction <= 1.0) {
            return fault(format!("mode.fraction: {} is not above 0 and at most 1", self.mode.fraction));
        }
        let (areas, commissioners) = (self.areas.len(), self.commissioners.len());
        for (k, a) in self.areas.iter().enumerate() {
            if usize::from(a.region) >= self.regions.len() || usize::from(a.collaborative) + 1 >= commissioners {
                return fault(format!("areas[{k}]: region or collaborative doesn't exist"));
            }
        }
        for (k, u) in self.units.iter().enumerate() {
            if usize::from(u.commissioner) >= commissioners || usize::from(u.area) >= areas {
                return fault(format!("units[{k}]: commissioner or area doesn't exist"));
            }
        }
        for (k, b) in self.beds.iter().enumerate() {
            if usize::from(b.unit) >= self.units.len() {
                return fault(format!("beds[{k}].unit: {} doesn't exist", b.unit));
            }
        }
        Ok(())
    }
}
