//! Stages: what leave each means.

use crate::codes::Stage;

/// Whether a stage means leave with an escort, or more.
pub fn escorted(s: Stage) -> bool {
    matches!(s, Stage::EscortedLeave | Stage::UnescortedLeave | Stage::Trial)
}

/// Whether a stage means leave without an escort, or more.
pub fn unescorted(s: Stage) -> bool {
    matches!(s, Stage::UnescortedLeave | Stage::Trial)
}
