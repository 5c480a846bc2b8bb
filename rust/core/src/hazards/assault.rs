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

#[cfg(test)]
mod tests {
    use super::*;

    const P: AssaultParams = AssaultParams { base: 0.05, risk: 1.6, unwell: 2.5 };

    #[test]
    fn at_average_risk_in_remission_it_is_the_base() {
        assert_eq!(rate(&P, 0.0, false), P.base);
    }

    #[test]
    fn it_rises_by_the_ratio_with_each_sd_of_latent_risk() {
        for k in -4..4 {
            let ratio = rate(&P, f64::from(k + 1), false) / rate(&P, f64::from(k), false);
            assert!((ratio - P.risk).abs() < 1e-12, "{ratio}");
        }
    }

    #[test]
    fn acute_illness_multiplies_it() {
        assert_eq!(rate(&P, 1.0, true), P.unwell * rate(&P, 1.0, false));
    }
}
