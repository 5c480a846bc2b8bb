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
}

/// Returns the hazard [1/a] by place: prison, hospital, or neither.
pub fn rate(p: &RecoveryParams, prison: bool, hospital: bool) -> f64 {
    if prison {
        p.prison
    } else if hospital {
        p.hospital
    } else {
        p.community
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_its_own_rate_and_prison_goes_before_hospital() {
        let p = RecoveryParams { prison: 1.2, hospital: 3.0, community: 2.5 };
        assert_eq!([rate(&p, true, false), rate(&p, false, true), rate(&p, false, false)], [1.2, 3.0, 2.5]);
        assert_eq!(rate(&p, true, true), 1.2);
    }
}
