//! Clinical state: what a person is really like. Deciders see noisy readings of it, outcomes follow it.

use serde::{Deserialize, Serialize};

use crate::calendar::{Day, YEAR};
use crate::draw::normal;

/// How latent risk, illness and recovery evolve.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClinicalParams {
    /// Mean reversion of dynamic risk towards the person's target [1/a].
    pub reversion: f64,
    /// Standard deviation that a year adds to dynamic risk [SD].
    pub volatility: f64,
    /// Spread of lasting risk between people [SD].
    pub spread: f64,
    /// Change of risk with ten years of age above the reference [SD].
    pub age: f64,
    /// Age at which lasting risk holds [a].
    pub reference_age: f64,
    /// Lasting risk of an offender with a grave offence above others [SD].
    pub grave_shift: f64,
    /// Mean lasting risk on the reading scale, before treatment [SD].
    pub level: f64,
    /// Lasting risk of women above that of men [SD].
    pub women: f64,
    /// Shift of the target while acutely ill and untreated in prison [SD].
    pub untreated: f64,
    /// Shift of the target while acutely ill elsewhere [SD].
    pub unwell: f64,
    /// Shift of the target when the treatment programme is complete [SD].
    pub programme: f64,
    /// Shift of the target with full engagement [SD].
    pub engagement: f64,
    /// Shift of the target of a person with substance use in the community [SD].
    pub substance: f64,
    /// Time that a programme takes an engaged patient in one tier [a].
    pub programme_years: f64,
    /// Share of a completed programme that counts again after a step down [share].
    pub programme_kept: f64,
    /// Spread of the pace of treatment between people, of its logarithm [ln].
    pub pace_spread: f64,
    /// Share of psychotic illnesses that don't respond to treatment [share].
    pub resistant_share: f64,
    /// Pace of treatment of somebody with such an illness relative to others [ratio].
    pub resistant_pace: f64,
    /// Pace of a programme without engagement, to which engagement is added [ratio].
    pub pace_unengaged: f64,
    /// Mean engagement [0-1].
    pub engagement_mean: f64,
    /// Reversion of engagement to its mean [1/a].
    pub engagement_reversion: f64,
    /// Step of engagement when a patient engages or withholds [0-1].
    pub engagement_step: f64,
    /// Hope to which a person at home is drawn who has nobody close and no work [0-1].
    pub hope_mean: f64,
    /// Step of hope with each grade of leave, or lost when waiting ready for a quarter [0-1].
    pub hope_step: f64,
    /// Chance that a programme's end and training in recovery lift hope [0-1 per unit of lever].
    pub hope_training: f64,
    /// Noise of a community team's or prison's reading [SD].
    pub reading_noise: f64,
    /// Reading of the need for security at zero risk [0-4].
    pub security_mean: f64,
    /// Its rise per SD of risk [0-4].
    pub security_slope: f64,
    /// Difference of symptoms between acutely ill and remitted [SD].
    pub symptom_gap: f64,
    /// Share with substance use among people with psychosis on the pathway [share].
    pub substance_share: f64,
    /// Share with personality disorder among people with psychosis on the pathway [share].
    pub personality_share: f64,
}

/// Latent state of one person.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Clinical {
    /// Lasting risk [SD] -- internal state.
    pub lasting: f64,
    /// Dynamic risk [SD] -- internal state.
    pub risk: f64,
    /// Acutely ill -- internal state.
    pub unwell: bool,
    /// Engagement with treatment [0-1] -- internal state.
    pub engagement: f64,
    /// Hope, recovery [0-1] -- internal state.
    pub hope: f64,
    /// Share of the programme completed [0-1] -- internal state.
    pub programme: f64,
    /// Pace of treatment relative to others [ratio] -- internal state.
    pub pace: f64,
    /// The psychotic illness doesn't respond to treatment -- internal state.
    pub resistant: bool,
    /// Frailty: proneness to reconviction relative to others [ratio] -- internal state.
    pub frailty: f64,
    /// Proneness to abscond relative to others [ratio] -- internal state.
    pub flight: f64,
    /// Day up to which the state is brought forward [d] -- internal state.
    pub at: Day,
    /// The latest reading, if there was one.
    pub reading: Option<Reading>,
}

/// What a team saw on a day: noisy readings of the latent state.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Dynamic risk [SD].
    pub risk: f64,
    /// Symptoms [SD].
    pub symptoms: f64,
    /// Engagement [0-1].
    pub engagement: f64,
    /// Need for security [0-4].
    pub security: f64,
    /// Day on which it was taken [d].
    pub day: Day,
}

/// What bears on the target of risk since the last update.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// In prison.
    pub prison: bool,
    /// In a hospital bed.
    pub hospital: bool,
    /// In the community, with substance use: part of its effect that is left [0-1].
    pub substance_outside: f64,
    /// Age [a].
    pub age: f64,
    /// What hope is drawn to [0-1].
    pub hope: f64,
}

impl ClinicalParams {
    /// Risk that `age` adds to what lasts of it [SD].
    pub fn ageing(&self, age: f64) -> f64 {
        self.age * (age - self.reference_age) / 10.0
    }
}

impl Clinical {
    /// Brings the state forward to `today`: risk reverts towards its target (Ornstein–Uhlenbeck, exact for the step).
    pub fn advance(&mut self, p: &ClinicalParams, today: Day, setting: Setting, u: [f64; 4]) {
        let years = f64::from(today - self.at) / YEAR;
        if years <= 0.0 {
            return;
        }
        self.at = today;
        if setting.hospital {
            self.programme = (self.programme + years * self.pace_now(p)).min(1.0);
        }
        let unwell = if !self.unwell {
            0.0
        } else if setting.prison {
            p.untreated
        } else {
            p.unwell
        };
        let target = self.lasting
            + p.ageing(setting.age)
            + unwell
            + p.programme * self.programme
            + p.engagement * self.engagement
            + p.substance * setting.substance_outside;
        let keep = libm::exp(-p.reversion * years);
        let sd = p.volatility * libm::sqrt((1.0 - keep * keep) / (2.0 * p.reversion));
        self.risk = target + (self.risk - target) * keep + sd * normal(u[0]);
        let back = 1.0 - libm::exp(-p.engagement_reversion * years);
        self.engagement = (self.engagement
            + (p.engagement_mean - self.engagement) * back
            + p.engagement_step * libm::sqrt(back) * normal(u[1]))
        .clamp(0.0, 1.0);
        self.hope = (self.hope + (setting.hope - self.hope) * back + p.hope_step * libm::sqrt(back) * normal(u[2]))
            .clamp(0.0, 1.0);
    }

    /// Hope that is expected on a day, drawn to a target since the last look [0-1].
    pub fn hope_on(&self, p: &ClinicalParams, day: Day, target: f64) -> f64 {
        let years = f64::from(day - self.at).max(0.0) / YEAR;
        target + (self.hope - target) * libm::exp(-p.engagement_reversion * years)
    }

    /// How fast the treatment programme goes today [1/a].
    pub fn pace_now(&self, p: &ClinicalParams) -> f64 {
        let response = if self.resistant { p.resistant_pace } else { 1.0 };
        self.pace * response * (p.pace_unengaged + self.engagement) / p.programme_years
    }

    /// Takes readings with noise [SD], by four uniform numbers: what a team sees today.
    pub fn read(&mut self, p: &ClinicalParams, u: [f64; 4], noise: f64, today: Day) {
        self.reading = Some(Reading {
            risk: self.risk + noise * normal(u[0]),
            symptoms: if self.unwell { p.symptom_gap } else { 0.0 } + noise * normal(u[1]),
            engagement: (self.engagement + p.engagement_step * noise * normal(u[2])).clamp(0.0, 1.0),
            security: (p.security_mean + p.security_slope * (self.risk + noise * normal(u[3]))).clamp(0.0, 4.0),
            day: today,
        });
    }

    /// Gives or takes hope, between none and full.
    pub fn change_hope(&mut self, step: f64) {
        self.hope = (self.hope + step).clamp(0.0, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Key, Ordinal, Purpose};

    const P: ClinicalParams = ClinicalParams {
        reversion: 0.6,
        volatility: 0.35,
        spread: 0.8,
        age: -0.2,
        reference_age: 40.0,
        grave_shift: 0.5,
        level: 0.0,
        women: 0.0,
        untreated: 0.8,
        unwell: 0.5,
        programme: -0.8,
        engagement: 0.0,
        substance: 0.3,
        programme_years: 1.5,
        pace_unengaged: 0.5,
        programme_kept: 0.5,
        pace_spread: 0.3,
        resistant_share: 0.25,
        resistant_pace: 0.4,
        engagement_mean: 0.5,
        engagement_reversion: 0.5,
        engagement_step: 0.1,
        hope_mean: 0.5,
        hope_step: 0.1,
        hope_training: 0.1,
        reading_noise: 0.5,
        security_mean: 2.0,
        security_slope: 0.5,
        symptom_gap: 1.0,
        substance_share: 0.5,
        personality_share: 0.3,
    };
    const MIDDLE: [f64; 4] = [0.5; 4];
    const OUTSIDE: Setting = Setting { prison: false, hospital: false, substance_outside: 0.0, age: 40.0, hope: 0.5 };

    fn someone(risk: f64) -> Clinical {
        Clinical { lasting: 0.2, risk, engagement: 0.5, hope: 0.5, pace: 1.0, ..Clinical::default() }
    }

    fn after(mut k: Clinical, days: &[Day], setting: Setting, u: [f64; 4]) -> Clinical {
        for day in days {
            k.advance(&P, *day, setting, u);
        }
        k
    }

    #[test]
    fn the_gap_between_risk_and_its_target_shrinks_exponentially() {
        let found = after(someone(2.2), &[731], OUTSIDE, MIDDLE).risk;
        let expected = 0.2 + 2.0 * libm::exp(-P.reversion * 731.0 / YEAR);
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }

    #[test]
    fn many_small_steps_lead_where_one_large_step_leads() {
        let one = after(someone(2.0), &[900], OUTSIDE, MIDDLE);
        let many = after(someone(2.0), &(1..=900).collect::<Vec<Day>>(), OUTSIDE, MIDDLE);
        assert!((one.risk - many.risk).abs() < 1e-9);
    }

    #[test]
    fn the_spread_of_two_steps_adds_up_to_that_of_one() {
        let sd = |days: Day| {
            let high = [0.841_344_746_068_543, 0.5, 0.5, 0.5];
            after(someone(0.2), &[days], OUTSIDE, high).risk - after(someone(0.2), &[days], OUTSIDE, MIDDLE).risk
        };
        let keep = libm::exp(-P.reversion * 200.0 / YEAR);
        let both = libm::sqrt(sd(200) * sd(200) * (keep * keep + 1.0));
        assert!((sd(400) - both).abs() < 1e-7, "{} {both}", sd(400));
        let long = P.volatility / libm::sqrt(2.0 * P.reversion);
        assert!((sd(200_000) - long).abs() < 1e-7);
    }

    #[test]
    fn an_ill_person_who_waits_in_prison_gets_worse_than_elsewhere() {
        let ill = Clinical { unwell: true, ..someone(0.2) };
        let prison = after(ill, &[200], Setting { prison: true, ..OUTSIDE }, MIDDLE).risk;
        let elsewhere = after(ill, &[200], OUTSIDE, MIDDLE).risk;
        assert!(prison > elsewhere && elsewhere > 0.2);
    }

    #[test]
    fn a_programme_goes_on_in_hospital_only_and_ends_at_one() {
        let hospital = Setting { hospital: true, ..OUTSIDE };
        let months: Vec<Day> = (1..=120).map(|m| 30 * m).collect();
        assert_eq!(after(someone(0.2), &months, OUTSIDE, MIDDLE).programme, 0.0);
        let treated = after(someone(0.2), &months, hospital, MIDDLE);
        assert_eq!(treated.programme, 1.0);
        assert!(treated.risk < 0.2);
    }

    #[test]
    fn a_programme_goes_slowly_where_the_illness_does_not_respond() {
        let hospital = Setting { hospital: true, ..OUTSIDE };
        let resistant = Clinical { resistant: true, ..someone(0.2) };
        let [slow, other] = [resistant, someone(0.2)].map(|k| after(k, &[100], hospital, MIDDLE).programme);
        assert!((slow - P.resistant_pace * other).abs() < 1e-12 && other > 0.0);
    }

    #[test]
    fn risk_falls_as_people_grow_old() {
        let old = after(someone(0.2), &[20_000], Setting { age: 60.0, ..OUTSIDE }, MIDDLE).risk;
        assert!((old - (0.2 + 2.0 * P.age)).abs() < 1e-9, "{old}");
    }

    #[test]
    fn no_time_changes_nothing() {
        let k = after(someone(1.0), &[0], OUTSIDE, [0.9; 4]);
        assert_eq!((k.risk, k.hope, k.engagement), (1.0, 0.5, 0.5));
    }

    #[test]
    fn shares_stay_between_zero_and_one_whatever_is_drawn() {
        for u in [1e-12, 1.0 - 1e-12] {
            let k = after(someone(0.0), &[4000, 8000], OUTSIDE, [u; 4]);
            for share in [k.engagement, k.hope] {
                assert!((0.0..=1.0).contains(&share), "{share}");
            }
        }
    }

    #[test]
    fn hope_is_drawn_to_its_target_and_expected_there_between_two_looks() {
        let high = Setting { hope: 0.8, ..OUTSIDE };
        let found = after(someone(0.0), &[365], high, MIDDLE).hope;
        let expected = 0.8 - 0.3 * libm::exp(-P.engagement_reversion * 365.0 / YEAR);
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        let before = someone(0.0);
        assert!((before.hope_on(&P, 365, 0.8) - expected).abs() < 1e-9);
        assert_eq!(before.hope_on(&P, 0, 0.8), before.hope);
    }

    #[test]
    fn readings_are_noisy_and_leave_what_is_read_alone() {
        let key = Key { seed: 1, replicate: 0 };
        let readings: Vec<f64> = (0..4000)
            .map(|person| {
                let mut k = someone(0.7);
                k.read(&P, key.uniforms(person, Purpose::Reading, Ordinal::ONCE), 0.5, 10);
                let read = k.reading.expect("a reading");
                assert_eq!((k.risk, k.engagement, read.day), (0.7, 0.5, 10));
                read.risk
            })
            .collect();
        let mean = readings.iter().sum::<f64>() / 4000.0;
        let variance = readings.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / 4000.0;
        assert!((mean - 0.7).abs() < 4.0 * 0.5 / libm::sqrt(4000.0), "{mean}");
        assert!((libm::sqrt(variance) - 0.5).abs() < 0.03, "{variance}");
    }

    #[test]
    fn a_reading_without_noise_is_the_truth() {
        let mut k = someone(0.7);
        k.read(&P, [0.1, 0.2, 0.3, 0.4], 0.0, 10);
        let security = P.security_mean + P.security_slope * 0.7;
        assert_eq!(k.reading, Some(Reading { risk: 0.7, symptoms: 0.0, engagement: 0.5, security, day: 10 }));
    }
}
