//! **Work**: does a discharged person start, or lose, paid work?
//!
//! Who: everyone in the community. Evidence: `work.*`.
//! Draws: [`crate::draw::Purpose::Work`], a budget.

use serde::Deserialize;

/// Paid work.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkParams {
    /// Starting, without support [1/a].
    pub start: f64,
    /// Losing [1/a].
    pub end: f64,
    /// Ratio of starting while taking part in employment support [ratio].
    pub support: f64,
}

/// Returns the hazard [1/a] of starting (or losing) work.
pub fn rate(p: &WorkParams, employed: bool, unwell: bool, supported: bool) -> f64 {
    match (employed, unwell) {
        (true, _) => p.end,
        (false, true) => 0.0,
        (false, false) => p.start * if supported { p.support } else { 1.0 },
    }
}
