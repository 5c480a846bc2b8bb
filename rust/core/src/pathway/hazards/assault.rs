//! **Assault**: does a secure patient commit a serious assault on the ward?
//!
//! Who: secure patients. Evidence: `assault.*`.
//! Draws: [`crate::draw::Purpose::Assault`], a budget.

use serde::Deserialize;

/// Serious assaults.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssaultParams {
    /// At average latent risk, in remission [1/a].
    pub base: f64,
    /// Ratio per SD of latent risk [ratio].
    pub risk: f64,
    /// Ratio while acutely ill [ratio].
    pub unwell: f64,
}

/// Returns the hazard [1/a] at latent risk [SD].
pub fn rate(p: &AssaultParams, risk: f64, unwell: bool) -> f64 {
    p.base * libm::exp(libm::log(p.risk) * risk) * if unwell { p.unwell } else { 1.0 }
}
