//! **Return**: does an absent patient come back, or is brought back?
//!
//! Who: everyone absent without leave. Evidence: `abscond.returning`.
//! Draws: [`crate::draw::Purpose::Return`], a budget.

use super::abscond::AbscondParams;

/// Returns the hazard [1/a].
pub fn rate(p: &AbscondParams) -> f64 {
    p.returning
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_absent_returns_at_one_rate() {
        let p = AbscondParams {
            escorted: 0.1,
            unescorted: 0.4,
            none: 0.01,
            high: 0.02,
            spread: 2.5,
            offend: 0.0,
            returning: 40.0,
        };
        assert_eq!(rate(&p), 40.0);
    }
}
