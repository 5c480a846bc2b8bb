//! **Recovery**: does an acute illness remit?
//!
//! Who: everyone on the caseload who is acutely ill. Evidence: `recovery.*`.
//! Draws: [`crate::draw::Purpose::Recovery`], a budget.

use serde::Deserialize;

/// Recovery by place.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecoveryParams {
    /// In prison [1/a].
    pub prison: f64,
    /// In hospital [1/a].
    pub hospital: f64,
    /// In the community [1/a].
    pub community: f64,
    /// Ratio where the illness doesn't respond to treatment [ratio].
    pub resistant: f64,
}

/// Returns the hazard [1/a] by place: prison, hospital, or neither; and by whether the illness responds to treatment.
pub fn rate(p: &RecoveryParams, prison: bool, hospital: bool, resistant: bool) -> f64 {
    let usual = if prison {
        p.prison
    } else if hospital {
        p.hospital
    } else {
        p.community
    };
    usual * if resistant { p.resistant } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: RecoveryParams = RecoveryParams { prison: 1.2, hospital: 3.0, community: 2.5, resistant: 0.5 };

    #[test]
    fn each_place_has_its_own_rate_and_prison_goes_before_hospital() {
        let found = [(true, false), (false, true), (false, false), (true, true)].map(|(a, b)| rate(&P, a, b, false));
        assert_eq!(found, [1.2, 3.0, 2.5, 1.2]);
    }

    #[test]
    fn an_illness_that_does_not_respond_remits_more_slowly_everywhere() {
        let found = [(true, false), (false, true), (false, false)].map(|(a, b)| rate(&P, a, b, true));
        assert_eq!(found, [0.6, 1.5, 1.25]);
    }
}
