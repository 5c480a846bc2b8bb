//! **Death**: does a person on the caseload die of natural causes?
//!
//! Who: everyone on the caseload. Evidence: the life table, and `death.*`.
//! Draws: [`crate::draw::Purpose::Death`], a budget.

use serde::Deserialize;

/// Mortality relative to the life table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeathParams {
    /// Risk of natural death relative to the population at the reference age [ratio].
    pub ratio: f64,
    /// Age at which the ratio holds [a].
    pub reference_age: f64,
    /// Fall of the logarithm of the ratio per year of age [1/a].
    pub ratio_fall: f64,
    /// Lowest ratio, in old age [ratio].
    pub ratio_least: f64,
    /// Ratio for people with substance use, on top [ratio].
    pub substance: f64,
}

/// Returns the hazard [1/a] given the life table's rate `table` [1/a] at this age and sex.
pub fn rate(p: &DeathParams, table: f64, age: f64, substance: bool) -> f64 {
    let ratio = (p.ratio * libm::exp(-p.ratio_fall * (age - p.reference_age))).min(p.ratio).max(p.ratio_least);
    table * ratio * if substance { p.substance } else { 1.0 }
}
