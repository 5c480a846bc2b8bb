//! **Absolute discharge**: does the Ministry consider ending a conditional discharge?
//!
//! Who: conditionally discharged people who are well. Evidence: `absolute.*`.
//! Draws: [`crate::draw::Purpose::AbsoluteEnd`], a budget; then the decision `consent`.

use serde::Deserialize;

/// Consideration of an absolute discharge by years since the conditional one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbsoluteParams {
    /// Second year [1/a].
    pub year2: f64,
    /// Third to fifth year [1/a].
    pub year3: f64,
    /// Later [1/a].
    pub year6: f64,
}

/// Returns the hazard [1/a] by years since discharge [a].
pub fn rate(p: &AbsoluteParams, years: f64) -> f64 {
    match years {
        y if y < 1.0 => 0.0,
        y if y < 2.0 => p.year2,
        y if y < 5.0 => p.year3,
        _ => p.year6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: AbsoluteParams = AbsoluteParams { year2: 0.06, year3: 0.14, year6: 0.18 };

    #[test]
    fn nobody_is_considered_in_the_first_year() {
        assert_eq!(rate(&P, 0.0), 0.0);
        assert_eq!(rate(&P, 0.999), 0.0);
    }

    #[test]
    fn a_year_begins_on_its_anniversary() {
        assert_eq!([1.0, 1.999, 2.0, 4.999, 5.0, 30.0].map(|y| rate(&P, y)), [0.06, 0.06, 0.14, 0.14, 0.18, 0.18]);
    }
}
