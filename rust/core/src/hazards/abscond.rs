//! **Absconding**: does a patient with leave abscond, or fail to return?
//!
//! Who: secure patients with leave. Evidence: `abscond.*`.
//! Draws: [`crate::draw::Purpose::Abscond`], a budget; proneness is a lasting trait.

use serde::Deserialize;

/// Absconding by leave.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbscondParams {
    /// With escorted leave [1/a].
    pub escorted: f64,
    /// With unescorted or trial leave [1/a].
    pub unescorted: f64,
    /// Without leave [1/a].
    pub none: f64,
    /// Ratio in high security [ratio].
    pub high: f64,
    /// Variance of proneness between people [1].
    pub spread: f64,
    /// Chance of an offence while absent [share].
    pub offend: f64,
    /// Rate of return [1/a].
    pub returning: f64,
}

/// Leave that a patient has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// None.
    None,
    /// Escorted.
    Escorted,
    /// Unescorted, or on trial.
    Unescorted,
}

/// Returns the hazard [1/a] by leave, proneness [ratio], and security.
pub fn rate(p: &AbscondParams, leave: Leave, flight: f64, high: bool) -> f64 {
    let base = match leave {
        Leave::None => p.none,
        Leave::Escorted => p.escorted,
        Leave::Unescorted => p.unescorted,
    };
    base * flight * if high { p.high } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: AbscondParams = AbscondParams {
        escorted: 0.1,
        unescorted: 0.4,
        none: 0.01,
        high: 0.02,
        spread: 2.5,
        offend: 0.0,
        returning: 40.0,
    };

    #[test]
    fn more_leave_gives_more_chances_to_abscond() {
        let [none, escorted, unescorted] =
            [Leave::None, Leave::Escorted, Leave::Unescorted].map(|l| rate(&P, l, 1.0, false));
        assert!(0.0 < none && none < escorted && escorted < unescorted);
    }

    #[test]
    fn a_person_who_never_absconds_has_no_hazard() {
        assert_eq!(rate(&P, Leave::Unescorted, 0.0, false), 0.0);
        assert!(rate(&P, Leave::Escorted, 2.0, false) > rate(&P, Leave::Escorted, 1.0, false));
    }

    #[test]
    fn high_security_all_but_prevents_it() {
        assert!(rate(&P, Leave::Unescorted, 1.0, true) < rate(&P, Leave::Unescorted, 1.0, false) / 10.0);
    }
}
