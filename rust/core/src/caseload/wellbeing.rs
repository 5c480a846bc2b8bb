//! What a life is made of besides illness and risk: a settled home, somebody close, physical health, and the hope that a person
//! reports.
//!
//! Each of the first three is there or isn't, and drifts towards the share of people in the same situation who have it: a
//! two-state process, exact for any step. The shares come from the evidence, and what bears on one person moves the odds.

use serde::{Deserialize, Serialize};

use crate::calendar::{Day, YEAR};
use crate::draw::normal;

/// How homes, relationships, physical health and hope come and go.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WellbeingParams {
    /// Settled among people at home whom no team follows up, in the long run [share].
    pub settled: f64,
    /// Pace at which homes are found and lost [1/a].
    pub settled_pace: f64,
    /// Change of its odds with a team [logit].
    pub settled_team: f64,
    /// Change of its odds while acutely ill [logit].
    pub settled_unwell: f64,
    /// Change of its odds with substance use [logit].
    pub settled_substance: f64,
    /// Settled on leaving prison for home [share].
    pub settled_release: f64,
    /// Settled on leaving hospital for home [share].
    pub settled_discharge: f64,
    /// Somebody close, in the long run [share].
    pub close: f64,
    /// Pace at which relationships are made and lost [1/a].
    pub close_pace: f64,
    /// Change of its odds with the logarithm of one plus the years away from home [logit].
    pub close_away: f64,
    /// Change of its odds in a unit outside one's own collaborative [logit].
    pub close_far: f64,
    /// Change of its odds in paid work [logit].
    pub close_work: f64,
    /// Change of its odds while acutely ill [logit].
    pub close_unwell: f64,
    /// Metabolic syndrome in the community at the reference age [share].
    pub metabolic: f64,
    /// Metabolic syndrome in hospital [share].
    pub metabolic_hospital: f64,
    /// Metabolic syndrome in prison [share].
    pub metabolic_prison: f64,
    /// Change of its odds per ten years of age [logit].
    pub metabolic_age: f64,
    /// Age at which the shares hold [a].
    pub reference_age: f64,
    /// Pace at which it comes and goes [1/a].
    pub metabolic_pace: f64,
    /// Hope with somebody close above that without [0-1].
    pub hope_close: f64,
    /// Hope in paid work above that without [0-1].
    pub hope_work: f64,
    /// Hope without a settled home, in the community, below that with one [0-1].
    pub hope_unsettled: f64,
    /// Hope in prison or hospital below that in the community [0-1].
    pub hope_away: f64,
    /// Hope in a unit outside one's own collaborative below that in one inside [0-1].
    pub hope_far: f64,
    /// Hope while acutely ill below that in remission [0-1].
    pub hope_unwell: f64,
    /// Noise of the hope that is reported [0-1].
    pub hope_noise: f64,
}

/// A person's home, relationships and physical health, and the hope that was last reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wellbeing {
    /// In the community, has a settled home: security of tenure, or a supported place.
    pub settled: bool,
    /// Has somebody close: a partner, relative or friend in regular contact.
    pub close: bool,
    /// Has the metabolic syndrome.
    pub metabolic: bool,
    /// Hope as reported at the end of a year, if it was asked for [0-1].
    pub hope: Option<f32>,
    /// Day up to which the state is brought forward, once it has begun [d] -- internal state.
    pub at: Option<Day>,
}

/// What bears on a person's home, relationships, physical health and hope.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    /// At home, in a place of one's own.
    pub home: bool,
    /// In supported accommodation.
    pub supported: bool,
    /// In prison.
    pub prison: bool,
    /// In a hospital bed.
    pub hospital: bool,
    /// Years in prison or secure care without a break; 0 in the community [a].
    pub away: f64,
    /// In a unit outside one's own collaborative.
    pub far: bool,
    /// Followed up by a team.
    pub team: bool,
    /// In paid work.
    pub employed: bool,
    /// Acutely ill.
    pub unwell: bool,
    /// Substance use.
    pub substance: bool,
    /// Age [a].
    pub age: f64,
}

/// Returns a share whose odds are moved by so much [logit].
fn moved(share: f64, by: f64) -> f64 {
    let odds = share / (1.0 - share).max(f64::MIN_POSITIVE) * libm::exp(by);
    if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 }
}

/// Returns whether a state is there after `years`, if it drifts to the `share` at a `pace` [1/a]; at once, if it has not begun.
fn drift(now: bool, share: f64, pace: f64, years: Option<f64>, u: f64) -> bool {
    let keep = years.map_or(0.0, |years| libm::exp(-pace * years));
    u < share + (f64::from(u8::from(now)) - share) * keep
}

impl WellbeingParams {
    /// Settled in the long run, at home [share].
    pub fn settled_of(&self, s: &Situation) -> f64 {
        let mut by = 0.0;
        if s.team {
            by += self.settled_team;
        }
        if s.unwell {
            by += self.settled_unwell;
        }
        if s.substance {
            by += self.settled_substance;
        }
        moved(self.settled, by)
    }

    /// Somebody close in the long run [share].
    pub fn close_of(&self, s: &Situation) -> f64 {
        let mut by = self.close_away * libm::log1p(s.away.max(0.0));
        if s.far {
            by += self.close_far;
        }
        if s.employed {
            by += self.close_work;
        }
        if s.unwell {
            by += self.close_unwell;
        }
        moved(self.close, by)
    }

    /// Metabolic syndrome in the long run [share].
    pub fn metabolic_of(&self, s: &Situation) -> f64 {
        let share = if s.hospital {
            self.metabolic_hospital
        } else if s.prison {
            self.metabolic_prison
        } else {
            self.metabolic
        };
        moved(share, self.metabolic_age * (s.age - self.reference_age) / 10.0)
    }

    /// How far hope is drawn from its mean by the situation [0-1].
    pub fn hope_of(&self, w: &Wellbeing, s: &Situation) -> f64 {
        let outside = s.home || s.supported;
        let weigh = |there: bool, size: f64| if there { size } else { 0.0 };
        weigh(w.close, self.hope_close) + weigh(s.employed, self.hope_work)
            - weigh(outside && !w.settled, self.hope_unsettled)
            - weigh(s.prison || s.hospital, self.hope_away)
            - weigh(s.far, self.hope_far)
            - weigh(s.unwell, self.hope_unwell)
    }

    /// Hope that somebody reports whose hope is `hope` [0-1].
    pub fn reported(&self, hope: f64, u: f64) -> f32 {
        (hope + self.hope_noise * normal(u)).clamp(0.0, 1.0) as f32
    }
}

impl Wellbeing {
    /// Brings the state forward to `today` for somebody who has been in one situation since it was last; a state that has not
    /// begun begins as that of people who have long been there.
    pub fn advance(&mut self, p: &WellbeingParams, today: Day, s: &Situation, u: [f64; 4]) {
        let years = self.at.map(|at| f64::from(today - at) / YEAR);
        self.at = Some(today);
        if s.supported {
            self.settled = true;
        } else if s.home {
            self.settled = drift(self.settled, p.settled_of(s), p.settled_pace, years, u[0]);
        }
        self.close = drift(self.close, p.close_of(s), p.close_pace, years, u[1]);
        self.metabolic = drift(self.metabolic, p.metabolic_of(s), p.metabolic_pace, years, u[2]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: WellbeingParams = WellbeingParams {
        settled: 0.6,
        settled_pace: 0.7,
        settled_team: 0.5,
        settled_unwell: -0.5,
        settled_substance: -0.5,
        settled_release: 0.7,
        settled_discharge: 0.9,
        close: 0.6,
        close_pace: 0.3,
        close_away: -0.25,
        close_far: -0.2,
        close_work: 0.4,
        close_unwell: -0.3,
        metabolic: 0.3,
        metabolic_hospital: 0.5,
        metabolic_prison: 0.2,
        metabolic_age: 0.3,
        reference_age: 40.0,
        metabolic_pace: 0.25,
        hope_close: 0.06,
        hope_work: 0.05,
        hope_unsettled: 0.05,
        hope_away: 0.04,
        hope_far: 0.03,
        hope_unwell: 0.08,
        hope_noise: 0.03,
    };
    const HOME: Situation = Situation {
        home: true,
        supported: false,
        prison: false,
        hospital: false,
        away: 0.0,
        far: false,
        team: false,
        employed: false,
        unwell: false,
        substance: false,
        age: 40.0,
    };
    const WARD: Situation = Situation { home: false, hospital: true, ..HOME };

    /// The share of people with a state after a step, from `now`, by evenly spread numbers.
    fn share(now: bool, years: Option<f64>) -> f64 {
        let n = 10_000;
        let there = (0..n).filter(|k| drift(now, 0.4, 0.5, years, (f64::from(*k) + 0.5) / f64::from(n)));
        there.count() as f64 / f64::from(n)
    }

    #[test]
    fn what_has_not_begun_begins_at_the_share() {
        assert_eq!((share(false, None), share(true, None)), (0.4, 0.4));
    }

    #[test]
    fn a_state_stays_for_no_time_and_drifts_to_the_share_exactly() {
        assert_eq!((share(false, Some(0.0)), share(true, Some(0.0))), (0.0, 1.0));
        for years in [0.5, 2.0, 9.0] {
            let keep = libm::exp(-0.5 * years);
            assert!((share(true, Some(years)) - (0.4 + 0.6 * keep)).abs() < 1e-3);
            assert!((share(false, Some(years)) - (0.4 - 0.4 * keep)).abs() < 1e-3);
        }
    }

    #[test]
    fn two_steps_lead_where_one_leads() {
        let (first, then) = (share(true, Some(1.0)), [share(false, Some(2.0)), share(true, Some(2.0))]);
        let both = first * then[1] + (1.0 - first) * then[0];
        assert!((both - share(true, Some(3.0))).abs() < 1e-3);
    }

    #[test]
    fn odds_are_moved_and_stay_odds() {
        assert!((moved(0.5, 0.0) - 0.5).abs() < 1e-12);
        assert!((moved(0.6, libm::log(2.0)) - 0.75).abs() < 1e-12);
        for share in [0.0, 0.3, 1.0] {
            for by in [-900.0, 0.0, 900.0] {
                assert!((0.0..=1.0).contains(&moved(share, by)), "{share} {by}");
            }
        }
    }

    #[test]
    fn each_thing_that_bears_on_a_share_moves_it_its_way() {
        let more = |of: fn(&WellbeingParams, &Situation) -> f64, s: Situation| of(&P, &s) - of(&P, &HOME);
        let settled = WellbeingParams::settled_of;
        assert!(more(settled, Situation { team: true, ..HOME }) > 0.0);
        assert!(more(settled, Situation { unwell: true, ..HOME }) < 0.0);
        assert!(more(settled, Situation { substance: true, ..HOME }) < 0.0);
        let close = WellbeingParams::close_of;
        assert!(more(close, Situation { away: 3.0, ..WARD }) < more(close, Situation { away: 1.0, ..WARD }));
        assert!(more(close, Situation { far: true, ..WARD }) < 0.0);
        assert!(more(close, Situation { employed: true, ..HOME }) > 0.0);
        assert!(more(close, Situation { unwell: true, ..HOME }) < 0.0);
        let metabolic = WellbeingParams::metabolic_of;
        assert!(more(metabolic, WARD) > 0.0);
        assert!(more(metabolic, Situation { home: false, prison: true, ..HOME }) < 0.0);
        assert!(more(metabolic, Situation { age: 60.0, ..HOME }) > 0.0);
    }

    #[test]
    fn hope_is_drawn_up_by_people_work_and_a_home_and_down_by_the_rest() {
        let somebody = Wellbeing { settled: true, close: true, ..Wellbeing::default() };
        let hope = |w: Wellbeing, s: Situation| P.hope_of(&w, &s);
        let at_home = hope(somebody, HOME);
        assert!(hope(Wellbeing { close: false, ..somebody }, HOME) < at_home);
        assert!(hope(Wellbeing { settled: false, ..somebody }, HOME) < at_home);
        assert!(hope(somebody, Situation { employed: true, ..HOME }) > at_home);
        assert!(hope(somebody, Situation { unwell: true, ..HOME }) < at_home);
        let on_a_ward = hope(somebody, WARD);
        assert!(on_a_ward < at_home && hope(somebody, Situation { far: true, ..WARD }) < on_a_ward);
        // Who lives in no home of their own lacks none.
        assert_eq!(hope(Wellbeing { settled: false, ..somebody }, WARD), on_a_ward);
    }

    #[test]
    fn a_supported_place_is_a_settled_home_and_nobody_finds_one_in_hospital() {
        let mut w = Wellbeing::default();
        w.advance(&P, 100, &WARD, [0.0; 4]);
        assert!(!w.settled);
        w.advance(&P, 200, &Situation { home: false, supported: true, ..HOME }, [0.999; 4]);
        assert!(w.settled);
        assert_eq!(w.at, Some(200));
    }

    #[test]
    fn reported_hope_is_noisy_and_on_its_scale() {
        assert_eq!(P.reported(0.4, 0.5), 0.4);
        assert!(P.reported(0.4, 0.9) > 0.4);
        assert_eq!((P.reported(1.0, 0.99), P.reported(0.0, 0.01)), (1.0, 0.0));
    }
}
