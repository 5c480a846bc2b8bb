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

#[cfg(test)]
mod tests {
    use super::*;

    const P: NoticeParams = NoticeParams { personality: 0.6, report: 1.5 };

    #[test]
    fn a_team_that_never_looks_never_notices() {
        assert_eq!(rate(&P, 0.0, false, true), 0.0);
    }

    #[test]
    fn a_keener_team_notices_sooner() {
        for (pd, report) in [(false, false), (false, true), (true, false), (true, true)] {
            assert!(rate(&P, 6.0, pd, report) > rate(&P, 5.0, pd, report));
        }
    }

    #[test]
    fn a_report_is_seen_sooner_and_a_personality_disorder_later() {
        assert!(rate(&P, 5.0, false, true) > rate(&P, 5.0, false, false));
        assert!(rate(&P, 5.0, true, false) < rate(&P, 5.0, false, false));
    }
}
