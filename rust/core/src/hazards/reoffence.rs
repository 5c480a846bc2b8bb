//! **Reoffence**: is a person in the community charged again?
//!
//! Who: everyone on the caseload who is in the community or absent. Evidence: `reoffence.*`.
//! Draws: [`crate::draw::Purpose::Reoffence`], a budget.

use serde::Deserialize;

/// Charges by time since discharge, and what bears on them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReoffenceParams {
    /// First year after discharge [1/a].
    pub year1: f64,
    /// Second year [1/a].
    pub year2: f64,
    /// Third to fifth year [1/a].
    pub year3: f64,
    /// Sixth to tenth year [1/a].
    pub year6: f64,
    /// Later [1/a].
    pub later: f64,
    /// People who were never in secure care: charged people on the books [1/a].
    pub never_secure: f64,
    /// Ratio per SD of latent risk [ratio].
    pub risk: f64,
    /// Ratio for people discharged under restrictions [ratio].
    pub restricted: f64,
    /// Ratio for others discharged from secure care [ratio].
    pub unrestricted: f64,
    /// Ratio with personality disorder [ratio].
    pub personality: f64,
    /// Ratio with substance use [ratio].
    pub substance: f64,
    /// Ratio per ten years of age above the reference [ratio].
    pub age: f64,
    /// Reference age [a].
    pub reference_age: f64,
    /// Ratio in paid work [ratio].
    pub employed: f64,
    /// Ratio while acutely ill [ratio].
    pub unwell: f64,
    /// Ratio under a mental health treatment requirement [ratio].
    pub requirement: f64,
    /// Variance of frailty between people [1].
    pub frailty: f64,
    /// Share of charges tried in the Crown Court [share].
    pub crown: f64,
    /// Share of charges that are violent or sexual [share].
    pub violent: f64,
    /// Share of violent charges that are grave [share].
    pub grave: f64,
    /// Share of charged people remanded in custody [share].
    pub remanded: f64,
}

/// What the rate depends on.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Years since discharge from secure care; negative if never [a].
    pub years: f64,
    /// Latent risk [SD].
    pub risk: f64,
    /// Conditionally discharged.
    pub restricted: bool,
    /// Personality disorder.
    pub personality: bool,
    /// Substance use.
    pub substance: bool,
    /// Age [a].
    pub age: f64,
    /// In paid work.
    pub employed: bool,
    /// Acutely ill.
    pub unwell: bool,
    /// Under a mental health treatment requirement.
    pub requirement: bool,
    /// Frailty [ratio].
    pub frailty: f64,
}

/// Returns the hazard of a charge [1/a].
pub fn rate(p: &ReoffenceParams, f: Facts) -> f64 {
    let base = match f.years {
        y if y < 0.0 => p.never_secure,
        y if y < 1.0 => p.year1,
        y if y < 2.0 => p.year2,
        y if y < 5.0 => p.year3,
        y if y < 10.0 => p.year6,
        _ => p.later,
    };
    let mut r = base * f.frailty * libm::exp(libm::log(p.risk) * f.risk);
    r *= libm::exp(libm::log(p.age) * (f.age - p.reference_age) / 10.0);
    if f.years >= 0.0 {
        r *= if f.restricted { p.restricted } else { p.unrestricted };
    }
    if f.personality {
        r *= p.personality;
    }
    if f.substance {
        r *= p.substance;
    }
    if f.employed {
        r *= p.employed;
    }
    if f.unwell {
        r *= p.unwell;
    }
    if f.requirement {
        r *= p.requirement;
    }
    r
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: ReoffenceParams = ReoffenceParams {
        year1: 0.098,
        year2: 0.092,
        year3: 0.08,
        year6: 0.061,
        later: 0.043,
        never_secure: 0.18,
        risk: 1.3,
        restricted: 0.6,
        unrestricted: 1.35,
        personality: 1.4,
        substance: 1.3,
        age: 0.72,
        reference_age: 38.0,
        employed: 0.75,
        unwell: 1.5,
        requirement: 0.9,
        frailty: 0.8,
        crown: 0.25,
        violent: 0.42,
        grave: 0.06,
        remanded: 0.25,
    };
    const NEVER: Facts = Facts {
        years: -1.0,
        risk: 0.0,
        restricted: false,
        personality: false,
        substance: false,
        age: 38.0,
        employed: false,
        unwell: false,
        requirement: false,
        frailty: 1.0,
    };

    #[test]
    fn at_the_reference_it_is_the_base() {
        assert_eq!(rate(&P, NEVER), P.never_secure);
    }

    #[test]
    fn a_year_begins_on_its_anniversary() {
        let found = [0.0, 0.999, 1.0, 2.0, 5.0, 10.0].map(|years| rate(&P, Facts { years, ..NEVER }) / P.unrestricted);
        for (a, b) in found.into_iter().zip([0.098, 0.098, 0.092, 0.08, 0.061, 0.043]) {
            assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
    }

    #[test]
    fn it_rises_with_risk_and_frailty_and_falls_with_age() {
        for k in 0..10 {
            let (a, b) = (f64::from(k), f64::from(k + 1));
            assert!(rate(&P, Facts { risk: b, ..NEVER }) > rate(&P, Facts { risk: a, ..NEVER }));
            assert!(rate(&P, Facts { frailty: b, ..NEVER }) > rate(&P, Facts { frailty: a, ..NEVER }));
            assert!(rate(&P, Facts { age: 20.0 + b, ..NEVER }) < rate(&P, Facts { age: 20.0 + a, ..NEVER }));
        }
    }

    #[test]
    fn restrictions_and_work_lower_it_and_illness_raises_it() {
        let out = Facts { years: 0.5, ..NEVER };
        assert!(rate(&P, Facts { restricted: true, ..out }) < rate(&P, out));
        assert!(rate(&P, Facts { employed: true, ..out }) < rate(&P, out));
        assert!(rate(&P, Facts { requirement: true, ..out }) < rate(&P, out));
        for more in
            [Facts { unwell: true, ..out }, Facts { personality: true, ..out }, Facts { substance: true, ..out }]
        {
            assert!(rate(&P, more) > rate(&P, out), "{more:?}");
        }
    }
}
