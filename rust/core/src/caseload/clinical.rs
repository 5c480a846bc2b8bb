//! Clinical state: what a person is really like. Deciders see noisy readings of it, outcomes follow it.

use serde::Deserialize;

use crate::calendar::{Day, YEAR};
use crate::draw::{Key, Purpose, normal};

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
    /// Lasting risk of an offender with a grave offence above others [SD].
    pub grave_shift: f64,
    /// Mean lasting risk on the reading scale, before treatment [SD].
    pub level: f64,
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
    /// Mean engagement [0-1].
    pub engagement_mean: f64,
    /// Reversion of engagement to its mean [1/a].
    pub engagement_reversion: f64,
    /// Step of engagement when a patient engages or withholds [0-1].
    pub engagement_step: f64,
    /// Mean hope [0-1].
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
    /// Relative level of physical health with routine checks [0-1].
    pub physical_mean: f64,
    /// Mean quality of relationships with family and staff [0-1].
    pub relationships_mean: f64,
}

/// Latent state of one person.
#[derive(Clone, Copy, Debug, Default)]
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
    /// Frailty: proneness to reconviction relative to others [ratio] -- internal state.
    pub frailty: f64,
    /// Proneness to abscond relative to others [ratio] -- internal state.
    pub flight: f64,
    /// Physical health [0-1] -- internal state.
    pub physical: f64,
    /// Relationships [0-1] -- internal state.
    pub relationships: f64,
    /// Day up to which the state is brought forward [d] -- internal state.
    pub at: Day,
    /// Latest reading of risk [SD]; NaN before the first.
    pub reading: f64,
    /// Latest reading of symptoms [SD]; NaN before the first.
    pub symptom_reading: f64,
    /// Latest reading of engagement [0-1]; NaN before the first.
    pub engagement_reading: f64,
    /// Latest reading of the need for security [0-4]; NaN before the first.
    pub security: f64,
    /// Day of the latest reading [d].
    pub read_on: Day,
}

/// What bears on the target of risk since the last update.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// In prison.
    pub prison: bool,
    /// In a hospital bed.
    pub hospital: bool,
    /// In the community, with substance use.
    pub substance_outside: bool,
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
            let pace = self.pace * (0.5 + self.engagement) / p.programme_years;
            self.programme = (self.programme + years * pace).min(1.0);
        }
        let unwell = if !self.unwell {
            0.0
        } else if setting.prison {
            p.untreated
        } else {
            p.unwell
        };
        let target = self.lasting
            + unwell
            + p.programme * self.programme
            + p.engagement * self.engagement
            + if setting.substance_outside { p.substance } else { 0.0 };
        let keep = libm::exp(-p.reversion * years);
        let sd = p.volatility * libm::sqrt((1.0 - keep * keep) / (2.0 * p.reversion));
        self.risk = target + (self.risk - target) * keep + sd * normal(u[0]);
        let back = 1.0 - libm::exp(-p.engagement_reversion * years);
        self.engagement = (self.engagement
            + (p.engagement_mean - self.engagement) * back
            + p.engagement_step * libm::sqrt(back) * normal(u[1]))
        .clamp(0.0, 1.0);
        self.hope = (self.hope + (p.hope_mean - self.hope) * back + p.hope_step * libm::sqrt(back) * normal(u[2]))
            .clamp(0.0, 1.0);
        self.physical = (self.physical + (p.physical_mean - self.physical) * back).clamp(0.0, 1.0);
        self.relationships = (self.relationships
            + (p.relationships_mean - self.relationships) * back
            + p.hope_step * libm::sqrt(back) * normal(u[3]))
        .clamp(0.0, 1.0);
    }

    /// Takes readings with noise [SD]: what a team sees today.
    pub fn read(&mut self, p: &ClinicalParams, key: Key, person: u64, ordinal: u64, noise: f64, today: Day) {
        let u = key.uniforms(person, Purpose::Reading, ordinal);
        self.reading = self.risk + noise * normal(u[0]);
        self.symptom_reading = if self.unwell { p.symptom_gap } else { 0.0 } + noise * normal(u[1]);
        self.engagement_reading = (self.engagement + p.engagement_step * noise * normal(u[2])).clamp(0.0, 1.0);
        self.security = (p.security_mean + p.security_slope * (self.risk + noise * normal(u[3]))).clamp(0.0, 4.0);
        self.read_on = today;
    }
}
