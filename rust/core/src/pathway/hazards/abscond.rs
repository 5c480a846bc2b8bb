//! **Absconding**: does a patient with leave abscond, or fail to return?
//!
//! Who: secure patients with leave. Evidence: `abscond.*`.
//! Draws: [`crate::draw::Purpose::Abscond`], a budget; proneness is a lasting trait.

use serde::Deserialize;

/// Absconding by leave.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbscondParams {
    /// With escorted leave [1/a].
    pub escorted: f64,
    /// With unescorted or trial leave [1/a].
    pub unescorted: f64,
    /// Without leave [1/a].
    pub none: f64,
    /// Ratio in high security [ratio].
    pub high: f64,
    /// Variance of proneness between people [1].
    pub spread: f64,
    /// Chance of an offence while absent [share].
    pub offend: f64,
    /// Rate of return [1/a].
    pub returning: f64,
}
