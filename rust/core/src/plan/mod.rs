//! The compiled plan: everything that a run reads, in one document.
//!
//! Python compiles it from a scenario and the evidence; nothing else reaches the engine. [`Plan::read`] parses it and
//! [`Plan::validate`] checks that its parts fit each other. Unknown keys are refused, so that no parameter can be there that
//! nothing reads.

#![cfg_attr(not(test), warn(clippy::missing_docs_in_private_items))]

mod document;
pub mod levels;
pub mod parameters;
pub mod population;
pub mod records;

pub use crate::agents::AgentPlan;
pub use crate::hazards::fading::Histories;
pub use crate::levers::LeverStep;
pub use levels::Levels;
pub use parameters::{
    AftercareParams, BedsParams, CourtParams, CrimeParams, DischargeParams, GoalParams, GoalsParams, GraveMix,
    InpatientParams, MoneyParams, OffenceMix, Parameters, ProgrammeParams, ReferralParams, StartParams,
    SupervisionParams, TierStart, UtilityParams,
};
pub use population::{
    AGES, BANDS, Band, Courts, Defendants, Disorders, Ethnicities, IllMortality, Illness, Justice, Licences,
    MOST_AREAS, OFFENCES, People, PopulationPlan, Sexes, WomenJustice,
};
pub use records::{
    AreaPlan, AttributeChange, BedChange, Calendar, Capacity, ChoicePlan, DelayPlan, DelayRow, Demography, Exact, Mode,
    ProgrammePlan, Reinvestment, RulePlan, ScoreRow, Sharing, UnitPlan, VariantPlan, YearMoney,
};

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::calendar::{financial_year, year_start};
use crate::codes::Bought;
use crate::error::SimError;

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
    /// Rules outside the engine; they are answered for by what [`answer_with`](crate::world::World::answer_with) is given.
    #[serde(default)]
    pub rules: Vec<RulePlan>,
    /// Levers by name.
    pub levers: BTreeMap<String, Vec<LeverStep>>,
    /// Beds that open and close.
    pub beds: Vec<BedChange>,
    /// Attributes that change by policy; none if absent.
    #[serde(default)]
    pub changes: Vec<AttributeChange>,
    /// Programmes with money, in order of their first day: a line for each thing that one buys; none if absent.
    #[serde(default)]
    pub programmes: Vec<ProgrammePlan>,
    /// The document that all this was read from, which snapshots carry.
    #[serde(skip)]
    pub document: Vec<u8>,
}

/// The version of the plan that this engine reads.
pub const FORMAT: u32 = 1;

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    ///
    /// [`SimError::Plan`] if it can't be read: it names the key.
    pub fn read(json: &[u8]) -> Result<Plan, SimError> {
        let plan: Plan = document::read(json).map_err(SimError::Plan)?;
        Ok(Plan { document: json.to_vec(), ..plan })
    }

    /// Refuses what contradicts itself.
    ///
    /// # Errors
    ///
    /// [`SimError::Plan`], which names the place and what is allowed there.
    pub fn validate(&self) -> Result<(), SimError> {
        let fault = |what: String| Err(SimError::Plan(what));
        if self.format != FORMAT {
            return fault(format!("format: {} is not the version that is read; allowed: {FORMAT}", self.format));
        }
        let c = &self.calendar;
        if !(c.first <= c.start && c.start < c.end) {
            return fault(format!("calendar: first {} ≤ start {} < end {} does not hold", c.first, c.start, c.end));
        }
        if year_start(financial_year(c.start)) != c.start {
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
        for (k, line) in self.programmes.iter().enumerate() {
            let fault = |what: String| Err(SimError::Plan(format!("programmes[{k}].{what}")));
            if Bought::from_name(&line.buys).is_none() {
                return fault(format!("buys: {} is nothing that a programme buys", line.buys));
            }
            if line.payer.is_some_and(|payer| usize::from(payer) >= commissioners + areas) {
                return fault("payer: doesn't exist".to_owned());
            }
            let money = line.pounds.iter().map(|of| of.pounds);
            let share = line.from_wards.map_or(0.0, |from| from.share);
            if line.weights.len() != areas
                || line
                    .weights
                    .iter()
                    .chain([&share])
                    .chain(&money.collect::<Vec<_>>())
                    .any(|x| !(x.is_finite() && *x >= 0.0))
            {
                return fault("weights, pounds or share: not a number from 0 on, one weight for each area".to_owned());
            }
        }
        Ok(())
    }
}
