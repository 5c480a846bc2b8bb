//! **Notice**: do staff notice that somebody acutely ill needs hospital?
//!
//! Who: acutely ill prisoners, and patients of acute wards who need more security. Evidence: the attributes
//! `notice` of in-reach teams and acute wards, and `notice.*`.
//! Draws: [`crate::draw::Purpose::Noticed`], a budget.

use serde::Deserialize;

/// What bears on being noticed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeParams {
    /// Ratio where the primary disorder is of personality [ratio].
    pub personality: f64,
    /// Ratio where liaison and diversion has reported [ratio].
    pub report: f64,
}

/// Returns the hazard [1/a] for the team's own rate [1/a].
pub fn rate(p: &NoticeParams, team: f64, primary_pd: bool, report: bool) -> f64 {
    team * if primary_pd { p.personality } else { 1.0 } * if report { p.report } else { 1.0 }
}
