//! **Work**: does a discharged person start, or lose, paid work?
//!
//! Who: everyone in the community. Evidence: `work.*`.
//! Draws: [`crate::draw::Purpose::Work`], a budget.

use serde::Deserialize;

/// Paid work.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkParams {
    /// Starting, without support [1/a].
    pub start: f64,
    /// Losing [1/a].
    pub end: f64,
    /// Ratio of starting while taking part in employment support [ratio].
    pub support: f64,
}

/// Returns the hazard [1/a] of starting (or losing) work.
pub fn rate(p: &WorkParams, employed: bool, unwell: bool, supported: bool) -> f64 {
    match (employed, unwell) {
        (true, _) => p.end,
        (false, true) => 0.0,
        (false, false) => p.start * if supported { p.support } else { 1.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: WorkParams = WorkParams { start: 0.02, end: 0.25, support: 8.0 };

    #[test]
    fn nobody_starts_work_while_acutely_ill() {
        assert_eq!(rate(&P, false, true, true), 0.0);
    }

    #[test]
    fn support_helps_to_start_and_changes_nothing_for_those_at_work() {
        assert_eq!(rate(&P, false, false, true), P.support * rate(&P, false, false, false));
        assert_eq!(rate(&P, true, false, true), rate(&P, true, true, false));
    }
}
