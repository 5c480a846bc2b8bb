//! **Licence recall**: is somebody on licence recalled to prison?
//!
//! Who: people on licence in the community. Evidence: `licence.*`.
//! Draws: [`crate::draw::Purpose::LicenceRecall`], a budget.

use serde::Deserialize;

/// Licence and recall to prison.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceParams {
    /// Recall [1/a].
    pub recall: f64,
    /// Median time back in prison after recall [d].
    pub recall_days: f64,
    /// Spread of its logarithm [ln d].
    pub recall_sigma: f64,
}

/// Returns the hazard [1/a].
pub fn rate(p: &LicenceParams) -> f64 {
    p.recall
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recall_is_at_its_own_rate_for_everybody_on_licence() {
        assert_eq!(rate(&LicenceParams { recall: 0.45, recall_days: 75.0, recall_sigma: 1.0 }), 0.45);
    }
}
