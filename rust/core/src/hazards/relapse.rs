//! **Relapse**: does a remitted person's illness become acute?
//!
//! Who: everyone on the caseload in remission. Evidence: `relapse.*`.
//! Draws: [`crate::draw::Purpose::Relapse`], a budget.

use serde::Deserialize;

/// Relapse by place and time since discharge.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelapseParams {
    /// In prison, with a severe mental illness [1/a].
    pub prison: f64,
    /// In a secure or rehabilitation bed [1/a].
    pub hospital: f64,
    /// In the community, first year after discharge [1/a].
    pub year1: f64,
    /// Second year [1/a].
    pub year2: f64,
    /// Third to fifth year [1/a].
    pub year3: f64,
    /// Sixth to tenth year [1/a].
    pub year6: f64,
    /// Later, and people never in secure care [1/a].
    pub later: f64,
    /// Ratio with substance use [ratio].
    pub substance: f64,
    /// Ratio under a specialist community forensic team [ratio].
    pub forensic_team: f64,
    /// Ratio without any team [ratio].
    pub no_team: f64,
    /// Fall of the logarithm of the rate with full engagement [1].
    pub engagement: f64,
    /// Engagement at which the rates hold [0-1].
    pub engagement_at: f64,
    /// Ratio per ten years of age above the reference, outside hospital [ratio].
    pub age: f64,
    /// Reference age [a].
    pub reference_age: f64,
    /// Ratio for people whose only disorder is of personality or disability [ratio].
    pub without_psychosis: f64,
    /// Ratio in hospital where the illness doesn't respond to treatment [ratio].
    pub resistant: f64,
}

/// What the rate depends on.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// In prison.
    pub prison: bool,
    /// In hospital.
    pub hospital: bool,
    /// Years since discharge from secure care; negative if never [a].
    pub years: f64,
    /// Substance use.
    pub substance: bool,
    /// Under a forensic team.
    pub forensic: bool,
    /// Under any team.
    pub team: bool,
    /// Engagement [0-1].
    pub engagement: f64,
    /// Has a psychotic illness.
    pub psychosis: bool,
    /// ... that doesn't respond to treatment.
    pub resistant: bool,
    /// Age [a].
    pub age: f64,
}

impl RelapseParams {
    /// How readily an illness becomes acute at an age, outside hospital, relative to the age of reference [ratio].
    pub fn by_age(&self, age: f64) -> f64 {
        libm::exp(libm::log(self.age) * (age - self.reference_age) / 10.0)
    }
}

/// Returns the hazard [1/a].
pub fn rate(p: &RelapseParams, f: Facts) -> f64 {
    let mut r = if f.prison {
        p.prison * p.by_age(f.age)
    } else if f.hospital {
        // Others are kept well there by treatment.
        p.hospital * if f.resistant { p.resistant } else { 1.0 }
    } else {
        let base = match f.years {
            y if y < 0.0 => p.later,
            y if y < 1.0 => p.year1,
            y if y < 2.0 => p.year2,
            y if y < 5.0 => p.year3,
            y if y < 10.0 => p.year6,
            _ => p.later,
        };
        base * p.by_age(f.age)
            * if f.forensic {
            p.forensic_team
        } else if f.team {
            1.0
        } else {
            p.no_team
        }
    };
    if f.substance && !f.hospital {
        r *= p.substance;
    }
    if !f.psychosis {
        r *= p.without_psychosis;
    }
    r * libm::exp(-p.engagement * (f.engagement - p.engagement_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: RelapseParams = RelapseParams {
        prison: 0.4,
        hospital: 0.12,
        year1: 0.36,
        year2: 0.25,
        year3: 0.16,
        year6: 0.1,
        later: 0.065,
        substance: 1.3,
        forensic_team: 0.85,
        no_team: 1.2,
        age: 0.75,
        reference_age: 38.0,
        engagement: 0.8,
        engagement_at: 0.5,
        without_psychosis: 0.5,
        resistant: 3.0,
    };
    const OUT: Facts = Facts {
        prison: false,
        hospital: false,
        years: 0.0,
        substance: false,
        forensic: false,
        team: true,
        engagement: 0.5,
        psychosis: true,
        resistant: false,
        age: 38.0,
    };

    #[test]
    fn a_year_begins_on_its_anniversary() {
        let found = [0.0, 0.999, 1.0, 2.0, 5.0, 10.0].map(|years| rate(&P, Facts { years, ..OUT }));
        assert_eq!(found, [0.36, 0.36, 0.25, 0.16, 0.1, 0.065]);
    }

    #[test]
    fn people_never_in_secure_care_relapse_like_those_long_out_of_it() {
        assert_eq!(rate(&P, Facts { years: -1.0, ..OUT }), rate(&P, Facts { years: 20.0, ..OUT }));
    }

    #[test]
    fn engagement_never_adds_to_it() {
        let by_tenths: Vec<f64> =
            (0..=10).map(|e| rate(&P, Facts { engagement: f64::from(e) / 10.0, ..OUT })).collect();
        assert!(by_tenths.windows(2).all(|w| w[1] < w[0]));
    }

    #[test]
    fn a_forensic_team_is_better_than_a_team_and_a_team_better_than_none() {
        let forensic = rate(&P, Facts { forensic: true, ..OUT });
        let none = rate(&P, Facts { team: false, ..OUT });
        assert!(forensic < rate(&P, OUT) && rate(&P, OUT) < none);
    }

    #[test]
    fn older_people_relapse_less_outside_hospital() {
        let (young, inside) = (Facts { prison: true, ..OUT }, Facts { hospital: true, ..OUT });
        for f in [OUT, young] {
            assert!((rate(&P, Facts { age: 58.0, ..f }) - P.age * P.age * rate(&P, f)).abs() < 1e-12);
        }
        assert_eq!(rate(&P, Facts { age: 58.0, ..inside }), rate(&P, inside));
    }

    #[test]
    fn substance_use_counts_everywhere_but_in_hospital() {
        let with = Facts { substance: true, ..OUT };
        assert!(rate(&P, with) > rate(&P, OUT));
        assert!(rate(&P, Facts { prison: true, ..with }) > rate(&P, Facts { prison: true, ..OUT }));
        assert_eq!(rate(&P, Facts { hospital: true, ..with }), rate(&P, Facts { hospital: true, ..OUT }));
    }

    #[test]
    fn in_hospital_an_illness_that_does_not_respond_comes_back_more_often() {
        let resistant = Facts { resistant: true, ..OUT };
        assert_eq!(rate(&P, Facts { hospital: true, ..resistant }), 3.0 * rate(&P, Facts { hospital: true, ..OUT }));
        assert_eq!(rate(&P, resistant), rate(&P, OUT));
    }

    #[test]
    fn without_psychosis_there_is_less_to_relapse_into() {
        assert!(rate(&P, Facts { psychosis: false, ..OUT }) < rate(&P, OUT));
    }
}
