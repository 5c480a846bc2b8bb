//! **Fading**: does a history of offending fade a step, as it does in everybody else?
//!
//! Who: everyone on the caseload at liberty with a history. Evidence: `justice.decay.*`.
//! Draws: [`crate::draw::Purpose::Fading`], a budget.

use serde::{Deserialize, Serialize};

/// A value for each history of offending [ratio or 1/a].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Histories {
    /// Some offences.
    pub some: f64,
    /// Repeated offences.
    pub repeated: f64,
    /// Prolific.
    pub prolific: f64,
}

/// Returns the hazard [1/a] of a history of offending, 0 (none) to 3 (prolific).
pub fn rate(p: &Histories, history: u8) -> f64 {
    match history {
        0 => 0.0,
        1 => p.some,
        2 => p.repeated,
        _ => p.prolific,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_history_fades_at_its_own_rate_and_none_has_nothing_to_fade() {
        let p = Histories { some: 0.25, repeated: 0.4, prolific: 0.5 };
        assert_eq!([0, 1, 2, 3].map(|h| rate(&p, h)), [0.0, 0.25, 0.4, 0.5]);
    }
}
