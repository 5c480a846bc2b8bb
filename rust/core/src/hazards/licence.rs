//! **Licence recall**: is somebody on licence recalled to prison?
//!
//! Who: people on licence in the community. Evidence: `licence.*`, `justice.life.recall`.
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

/// Returns the hazard [1/a]; `life` is that of a licence for life, of somebody who is on one.
pub fn rate(p: &LicenceParams, life: Option<f64>) -> f64 {
    life.unwrap_or(p.recall)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recall_is_at_the_rate_of_the_licence() {
        let p = LicenceParams { recall: 0.45, recall_days: 75.0, recall_sigma: 1.0 };
        assert_eq!((rate(&p, None), rate(&p, Some(0.08))), (0.45, 0.08));
    }
}
