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
