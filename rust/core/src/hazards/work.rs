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
    /// Ratio of starting without a settled home [ratio].
    pub unsettled: f64,
    /// Age from which nobody starts [a].
    pub until: f64,
}

/// What the rate depends on.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// In paid work.
    pub employed: bool,
    /// Acutely ill.
    pub unwell: bool,
    /// Takes part in employment support.
    pub supported: bool,
    /// Without a settled home.
    pub unsettled: bool,
    /// Age [a].
    pub age: f64,
}

/// Returns the hazard [1/a] of starting (or losing) work.
pub fn rate(p: &WorkParams, f: Facts) -> f64 {
    if f.employed {
        return p.end;
    }
    if f.unwell || f.age >= p.until {
        return 0.0;
    }
    p.start * if f.supported { p.support } else { 1.0 } * if f.unsettled { p.unsettled } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: WorkParams = WorkParams { start: 0.02, end: 0.25, support: 8.0, unsettled: 0.5, until: 66.0 };
    const IDLE: Facts = Facts { employed: false, unwell: false, supported: false, unsettled: false, age: 40.0 };

    #[test]
    fn nobody_starts_work_while_acutely_ill_or_at_pension_age() {
        assert_eq!(rate(&P, Facts { unwell: true, supported: true, ..IDLE }), 0.0);
        assert_eq!([65.9, 66.0].map(|age| rate(&P, Facts { age, ..IDLE })), [P.start, 0.0]);
    }

    #[test]
    fn support_helps_to_start_and_changes_nothing_for_those_at_work() {
        let at_work = Facts { employed: true, ..IDLE };
        assert_eq!(rate(&P, Facts { supported: true, ..IDLE }), P.support * rate(&P, IDLE));
        assert_eq!(rate(&P, Facts { supported: true, ..at_work }), rate(&P, Facts { unwell: true, ..at_work }));
    }

    #[test]
    fn a_settled_home_helps_to_start() {
        assert_eq!(rate(&P, Facts { unsettled: true, ..IDLE }), P.unsettled * P.start);
    }
}
