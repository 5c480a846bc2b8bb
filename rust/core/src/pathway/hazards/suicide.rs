//! **Suicide**: does a person on the caseload die by suicide?
//!
//! Who: everyone on the caseload, by place. Evidence: `suicide.*`.
//! Draws: [`crate::draw::Purpose::Suicide`], a budget.

use serde::Deserialize;

/// Suicide by place.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuicideParams {
    /// After discharge, in the community [1/a].
    pub community: f64,
    /// In prison [1/a].
    pub prison: f64,
    /// In hospital [1/a].
    pub hospital: f64,
    /// Ratio while acutely ill [ratio].
    pub unwell: f64,
    /// Ratio between no hope and full hope [ratio].
    pub hopeless: f64,
}

/// Returns the hazard [1/a] for a base by place, illness, and hope [0-1].
pub fn rate(p: &SuicideParams, base: f64, unwell: bool, hope: f64) -> f64 {
    base * if unwell { p.unwell } else { 1.0 } * (1.0 + (p.hopeless - 1.0) * (0.5 - hope))
}
