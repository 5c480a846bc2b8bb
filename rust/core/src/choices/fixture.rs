//! For the tests of this floor: a review that is declared in a few rows, and a case of which nothing is known.

use super::choice::Choice;
use super::columns::{CaseColumn, CaseRow};
use super::view::View;
use crate::codes::Decision;
use crate::draw::Key;
use crate::error::SimError;
use crate::plan::{ChoicePlan, ScoreRow};

/// A key.
pub(super) const KEY: Key = Key { seed: 7, replicate: 1 };

/// Returns a row of a plan.
pub(super) fn row(option: &str, term: &str, value: f64) -> ScoreRow {
    ScoreRow { option: option.into(), term: term.into(), parameter: "choice.review.x".into(), value }
}

/// Compiles a review by clinicians who have a threshold, in a run with one lever.
pub(super) fn review(rows: Vec<ScoreRow>) -> Result<Choice, SimError> {
    let plan = ChoicePlan { agent: "responsible_clinician".into(), rows, delay: None, variants: Vec::new() };
    Choice::new(Decision::Review, &plan, &["threshold".into()], &["risk_aversion".into()])
}

/// Returns a case whose columns are null where they can be, and 0 elsewhere.
pub(super) fn unknown() -> CaseRow {
    let mut case = [0.0; CaseColumn::COUNT];
    for c in CaseColumn::ALL.iter().filter(|c| c.nullable()) {
        case[*c as usize] = f64::NAN;
    }
    case
}

/// Returns what a clinician sees of a case.
pub(super) fn view(case: &CaseRow) -> View<'_> {
    View { case, agent: &[0.5], lever: &[0.0], option: &[] }
}
