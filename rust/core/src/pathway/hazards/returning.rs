//! **Return**: does an absent patient come back, or is brought back?
//!
//! Who: everyone absent without leave. Evidence: `abscond.returning`.
//! Draws: [`crate::draw::Purpose::Return`], a budget.

use super::abscond::AbscondParams;

/// Returns the hazard [1/a].
pub fn rate(p: &AbscondParams) -> f64 {
    p.returning
}
