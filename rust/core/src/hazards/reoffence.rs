//! **Reoffence**: does a person in the community come to an offence?
//!
//! Who: everyone on the caseload who is in the community or absent. Evidence: `reoffence.*`. The rate is that of somebody whom
//! nobody supervises: a team with the power of recall may see the breach before the offence (`supervision.*`, phase 9).
//! Draws: [`crate::draw::Purpose::Reoffence`], a budget.

use serde::Deserialize;

/// Offences by time since discharge, and what bears on them.
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
    /// Ratio for people discharged from secure care whom nobody supervises [ratio].
    pub unsupervised: f64,
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
    /// Ratio without a settled home, in the community, to with one [ratio].
    pub unsettled: f64,
    /// People without one among whom the other rates hold [share].
    pub unsettled_share: f64,
    /// Ratio while acutely ill [ratio].
    pub unwell: f64,
    /// Ratio under a mental health treatment requirement [ratio].
    pub requirement: f64,
    /// Variance of frailty between people [1].
    pub frailty: f64,
    /// Charges that are of the kind of the person's last one [share].
    pub same: f64,
    /// Homicide among violent charges of people who were in secure care [share].
    pub homicide: f64,
    /// Remand in custody of people on the caseload relative to everybody's on the same charge [ratio].
    pub remand: f64,
}

/// What the rate depends on.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Years since discharge from secure care; negative if never [a].
    pub years: f64,
    /// Latent risk [SD].
    pub risk: f64,
    /// Personality disorder.
    pub personality: bool,
    /// Substance use: part of its effect that is left [0-1].
    pub substance: f64,
    /// Age [a].
    pub age: f64,
    /// In paid work.
    pub employed: bool,
    /// Without a settled home.
    pub unsettled: bool,
    /// Acutely ill.
    pub unwell: bool,
    /// Under a mental health treatment requirement.
    pub requirement: bool,
    /// Frailty [ratio].
    pub frailty: f64,
}

/// Returns the hazard of an offence that is charged, if nobody prevents it [1/a].
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
        r *= p.unsupervised;
    }
    if f.personality {
        r *= p.personality;
    }
    r *= libm::exp(libm::log(p.substance) * f.substance);
    if f.employed {
        r *= p.employed;
    }
    r *= super::apart(p.unsettled, p.unsettled_share, f.unsettled);
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
        unsupervised: 1.35,
        personality: 1.4,
        substance: 1.3,
        age: 0.72,
        reference_age: 38.0,
        employed: 0.75,
        unsettled: 1.0,
        unsettled_share: 0.3,
        unwell: 1.5,
        requirement: 0.9,
        frailty: 0.8,
        same: 0.2,
        homicide: 0.01,
        remand: 1.5,
    };
    const NEVER: Facts = Facts {
        years: -1.0,
        risk: 0.0,
        personality: false,
        substance: 0.0,
        age: 38.0,
        employed: false,
        unsettled: false,
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
        let found = [0.0, 0.999, 1.0, 2.0, 5.0, 10.0].map(|years| rate(&P, Facts { years, ..NEVER }) / P.unsupervised);
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
    fn a_home_parts_people_and_leaves_the_mean() {
        let p = ReoffenceParams { unsettled: 1.25, ..P };
        let [with, without] = [false, true].map(|unsettled| rate(&p, Facts { unsettled, ..NEVER }));
        assert!((without / with - 1.25).abs() < 1e-12);
        assert!((0.7 * with + 0.3 * without - rate(&P, NEVER)).abs() < 1e-12);
    }

    #[test]
    fn work_lowers_it_and_illness_and_substances_raise_it() {
        let out = Facts { years: 0.5, ..NEVER };
        assert!(rate(&P, Facts { employed: true, ..out }) < rate(&P, out));
        assert!(rate(&P, Facts { requirement: true, ..out }) < rate(&P, out));
        for more in
            [Facts { unwell: true, ..out }, Facts { personality: true, ..out }, Facts { substance: 1.0, ..out }]
        {
            assert!(rate(&P, more) > rate(&P, out), "{more:?}");
        }
    }
}
