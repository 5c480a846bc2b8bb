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
    /// At home, of somebody who was never in secure care [1/a].
    pub home: f64,
    /// In prison [1/a].
    pub prison: f64,
    /// In hospital [1/a].
    pub hospital: f64,
    /// Ratio while acutely ill [ratio].
    pub unwell: f64,
    /// Ratio between no hope and full hope [ratio].
    pub hopeless: f64,
    /// Hope at which the rates hold [0-1].
    pub hope_at: f64,
}

/// Returns the hazard [1/a] for a base by place, illness, and hope [0-1].
pub fn rate(p: &SuicideParams, base: f64, unwell: bool, hope: f64) -> f64 {
    base * if unwell { p.unwell } else { 1.0 } * (1.0 + (p.hopeless - 1.0) * (p.hope_at - hope))
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: SuicideParams =
        SuicideParams { community: 0.003, home: 0.0008, prison: 0.0012, hospital: 0.0008, unwell: 1.5, hopeless: 2.0, hope_at: 0.5 };

    #[test]
    fn with_middling_hope_in_remission_it_is_the_base() {
        assert_eq!(rate(&P, P.community, false, 0.5), P.community);
    }

    #[test]
    fn hope_never_adds_to_it_and_never_takes_it_below_zero() {
        let by_tenths: Vec<f64> = (0..=10).map(|h| rate(&P, P.prison, true, f64::from(h) / 10.0)).collect();
        assert!(by_tenths.windows(2).all(|w| w[1] < w[0]) && by_tenths[10] > 0.0);
    }

    #[test]
    fn acute_illness_multiplies_it() {
        assert_eq!(
            rate(&P, P.hospital, true, 0.3),
            P.hospital * P.unwell * (1.0 + (P.hopeless - 1.0) * (P.hope_at - 0.3))
        );
    }
}
