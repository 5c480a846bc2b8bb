//! **Application**: does a patient apply to the tribunal?
//!
//! Who: detained patients and conditionally discharged ones, once the right exists, with no hearing listed.
//! Evidence: `tribunal.rate_*`. Draws: [`crate::draw::Purpose::Application`], a budget.

use serde::Deserialize;

/// Applications and hearings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TribunalParams {
    /// Applications of restricted patients [1/a].
    pub rate_restricted: f64,
    /// Applications of conditionally discharged patients [1/a].
    pub rate_conditional: f64,
    /// Applications of other detained patients [1/a].
    pub rate_other: f64,
    /// Share of restricted patients' applications withdrawn [share].
    pub withdrawn: f64,
    /// Median days from application to hearing, restricted [d].
    pub wait_restricted: f64,
    /// Median days, s3 and s37 [d].
    pub wait_other: f64,
    /// Median days after recall [d].
    pub wait_recall: f64,
    /// Spread of the logarithm of those waits [ln d].
    pub wait_sigma: f64,
    /// Days after a hospital order before the first application [d].
    pub first_right: f64,
    /// Days of a detention for assessment in which the patient may apply [d].
    pub right_assessment: f64,
    /// Length of each later period with one application [d].
    pub right_later: f64,
    /// Days after a conditional discharge before the first application [d].
    pub first_right_conditional: f64,
    /// Length of the first period with one application after it [d].
    pub right_conditional_first: f64,
    /// Length of each later one [d].
    pub right_conditional: f64,
    /// Days without a hearing after which a case is referred, restricted [d].
    pub reference_restricted: f64,
    /// Days without a hearing after which a case is referred, others [d].
    pub reference_other: f64,
    /// Days of a civil section after which a case that was not heard is referred for the first time [d].
    pub reference_first: f64,
    /// Days after a recall until the case is referred [d].
    pub reference_recall: f64,
    /// Days after which a deferred discharge is heard again [d].
    pub deferred_again: f64,
}

/// Returns the hazard of an application [1/a] of a detained patient, restricted or another.
pub fn rate(p: &TribunalParams, restricted: bool) -> f64 {
    if restricted { p.rate_restricted } else { p.rate_other }
}

/// Returns the hazard of an application [1/a] of a conditionally discharged patient.
pub fn rate_conditional(p: &TribunalParams) -> f64 {
    p.rate_conditional
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_patient_applies_at_its_own_rate() {
        let p = TribunalParams {
            rate_restricted: 0.6,
            rate_conditional: 0.1,
            rate_other: 0.8,
            withdrawn: 0.3,
            wait_restricted: 105.0,
            wait_other: 50.0,
            wait_recall: 45.0,
            wait_sigma: 0.3,
            first_right: 183.0,
            right_assessment: 14.0,
            right_later: 365.0,
            first_right_conditional: 365.0,
            right_conditional_first: 365.0,
            right_conditional: 730.0,
            reference_restricted: 1096.0,
            reference_other: 1096.0,
            reference_first: 183.0,
            reference_recall: 30.0,
            deferred_again: 120.0,
        };
        assert_eq!((rate(&p, true), rate(&p, false), rate_conditional(&p)), (0.6, 0.8, 0.1));
    }
}
