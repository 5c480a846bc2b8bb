//! Goals: the part of a unit's income that depends on stays, waits, readmissions, outcomes and feedback (CQUIN, outcome payments).
//!
//! The holder of a contract puts a share of its value at risk ([`super::settlement::at_risk`]), divided among the goals by their weights. A
//! goal pays nothing at its threshold, all at its full level, and in proportion between; what it doesn't pay is withheld at the
//! year's close. What is measured is counted every year, whether money depends on it or not. What a decision is worth to the
//! provider ([`worth`]) is the derivative of what last year would have paid, at today's share: it sees last year's figures, because
//! this year's aren't there yet. What the world makes of it is in [`super::incentives`].
//!
//! What money does to decisions is counted as a difference of probabilities, with it and without, over everybody who is asked.

use serde::{Deserialize, Serialize};

use crate::codes::{Goal, Place};
use crate::ids::{CommissionerId, UnitId};
use crate::law::places::{self, BED_TIERS, Tariff, bed_tier};
use crate::log::{self, GamingRow};
use crate::plan::{GoalParams, GoalsParams};

/// Number of goals.
const GOALS: usize = Goal::ALL.len();
/// Whole numbers that a person, or full hope, is counted as.
const MILLION: f64 = 1e6;

/// What was counted for a goal of a unit in a year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// What was measured, in all; hope in millionths.
    pub sum: i64,
    /// Of how many bed-days, admissions or patients.
    pub of: i64,
}

impl Tally {
    fn add(&mut self, sum: i64, of: i64) {
        self.sum += sum;
        self.of += of;
    }
}

/// What decisions about a commissioner's units of a tier were other than they would have been without the money, in millionths; and
/// who moved on early, in persons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gaming {
    /// Moves on more.
    pub moved: i64,
    /// ... of patients who in truth aren't ready.
    pub early: i64,
    /// Refusals more of people whose day costs more than it pays.
    pub refused: i64,
    /// Codes above a patient's true group more.
    pub coded_up: i64,
    /// Patients who moved on and in truth weren't ready, whatever made them move: whole persons.
    pub left_early: i64,
    /// ... of them, those who came back soon, by the day on which they did: whole persons.
    pub returned: i64,
}

/// What goals have measured, what depends on them, and what money has done to decisions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Incentives {
    /// Counted so far this year, by unit.
    year: Vec<[Tally; GOALS]>,
    /// Counted in the year before, by unit.
    last: Vec<[Tally; GOALS]>,
    /// At risk so far this year, by unit [pence].
    at_risk: Vec<i64>,
    /// By commissioner and tier.
    gaming: Vec<[Gaming; BED_TIERS.len()]>,
}

impl Incentives {
    /// Nothing counted yet.
    pub fn new(units: usize, commissioners: usize) -> Incentives {
        Incentives {
            year: vec![[Tally::default(); GOALS]; units],
            last: vec![[Tally::default(); GOALS]; units],
            at_risk: vec![0; units],
            gaming: vec![[Gaming::default(); BED_TIERS.len()]; commissioners],
        }
    }

    /// Whether both are of the same units and commissioners.
    pub fn fits(&self, other: &Incentives) -> bool {
        let shape = |a: &Incentives| [a.year.len(), a.last.len(), a.at_risk.len(), a.gaming.len()];
        shape(self) == shape(other)
    }

    /// Counts for a goal of a unit.
    pub fn count(&mut self, unit: UnitId, goal: Goal, sum: i64, of: i64) {
        self.year[unit.index()][goal as usize].add(sum, of);
    }

    /// Puts more of a unit's income at risk [£].
    pub fn risk(&mut self, unit: usize, pounds: f64) {
        self.at_risk[unit] += libm::round(pounds * 100.0) as i64;
    }

    /// What a goal of a unit came to so far this year.
    pub fn this_year(&self, unit: usize, goal: Goal) -> Tally {
        self.year[unit][goal as usize]
    }

    /// What a goal of a unit came to in the year before.
    pub fn last_year(&self, unit: UnitId, goal: Goal) -> Tally {
        self.last[unit.index()][goal as usize]
    }

    /// What is at risk in a unit so far this year [pence].
    pub fn at_risk(&self, unit: usize) -> i64 {
        self.at_risk[unit]
    }

    /// What money has done to decisions about a commissioner's units of a tier.
    pub fn gaming_mut(&mut self, who: CommissionerId, tier: Place) -> &mut Gaming {
        &mut self.gaming[who.index()][bed_tier(tier)]
    }

    /// The year is over.
    pub fn turn(&mut self) {
        std::mem::swap(&mut self.year, &mut self.last);
        self.year.fill([Tally::default(); GOALS]);
        self.at_risk.fill(0);
        self.gaming.fill([Gaming::default(); BED_TIERS.len()]);
    }

    /// Writes what money has done to decisions.
    pub fn write(&self, year: i32, table: &mut log::Gaming) {
        for (commissioner, tiers) in (0..).zip(&self.gaming) {
            for (tier, g) in BED_TIERS.iter().zip(tiers).filter(|(_, g)| **g != Gaming::default()) {
                let Gaming { moved, early, refused, coded_up, left_early, returned } = *g;
                let tier = *tier as u8;
                table.push(GamingRow {
                    year,
                    commissioner,
                    tier,
                    moved,
                    early,
                    refused,
                    coded_up,
                    left_early,
                    returned,
                });
            }
        }
    }
}

/// Terms of a goal.
fn terms(p: &GoalsParams, goal: Goal) -> &GoalParams {
    match goal {
        Goal::Stay => &p.stay,
        Goal::Wait => &p.wait,
        Goal::Readmission => &p.readmission,
        Goal::Recovery => &p.recovery,
        Goal::Feedback => &p.feedback,
    }
}

/// Part of what is at risk that goes with a goal [share].
pub fn part(p: &GoalsParams, goal: Goal) -> f64 {
    let all: f64 = Goal::ALL.iter().map(|g| terms(p, *g).weight).sum();
    if all > 0.0 { terms(p, goal).weight / all } else { 0.0 }
}

/// What a goal is measured in: hope is counted in millionths.
pub fn scale(goal: Goal) -> f64 {
    match goal {
        Goal::Feedback => MILLION,
        Goal::Stay | Goal::Wait | Goal::Readmission | Goal::Recovery => 1.0,
    }
}

/// Level of a goal; nothing where there was nothing to measure it of.
pub fn level(goal: Goal, tally: Tally) -> Option<f64> {
    (tally.of > 0).then(|| tally.sum as f64 / (tally.of as f64 * scale(goal)))
}

/// How far a level has come from the threshold, 0, to the full level, 1; less or more than that outside.
fn way(p: &GoalParams, level: f64) -> f64 {
    let span = p.full - p.threshold;
    if span == 0.0 { 1.0 } else { (level - p.threshold) / span }
}

/// Share of the money of a goal that is paid; all of it where there was nothing to measure [share].
pub fn reached(p: &GoalsParams, goal: Goal, tally: Tally) -> f64 {
    level(goal, tally).map_or(1.0, |level| way(terms(p, goal), level).clamp(0.0, 1.0))
}

/// What it is worth to a unit to have `sum` more measured of `of` more, of a year in which `at_risk` pounds depend on all goals [£]:
/// the derivative of what is paid, and nothing beyond the threshold and the full level.
pub fn worth(p: &GoalsParams, goal: Goal, at_risk: f64, tally: Tally, sum: f64, of: f64) -> f64 {
    let terms = terms(p, goal);
    let Some(level) = level(goal, tally) else { return 0.0 };
    let (way, span) = (way(terms, level), terms.full - terms.threshold);
    if !(0.0..=1.0).contains(&way) || span == 0.0 {
        return 0.0;
    }
    at_risk * part(p, goal) / span * (sum / scale(goal) - level * of) / tally.of as f64
}

/// Days in a unit of a tier after which a day is a long one [d].
pub fn long(p: &GoalsParams, tier: Place) -> f64 {
    match places::properties(tier).tariff {
        Some(Tariff::High) => p.long.high,
        Some(Tariff::Medium) => p.long.medium,
        Some(Tariff::Low | Tariff::Picu | Tariff::Acute | Tariff::Rehabilitation | Tariff::Supported) | None => {
            p.long.low
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    const AT_RISK: f64 = 100_000.0;

    fn params() -> GoalsParams {
        World::small().p.money.goal
    }

    #[test]
    fn a_goal_pays_nothing_at_its_threshold_all_at_its_full_level_and_in_proportion_between() {
        let mut p = params();
        p.wait = GoalParams { weight: 1.0, threshold: 100.0, full: 20.0 };
        let paid = |sum, of| reached(&p, Goal::Wait, Tally { sum, of });
        assert_eq!(
            [paid(1200, 10), paid(1000, 10), paid(600, 10), paid(200, 10), paid(0, 10)],
            [0.0, 0.0, 0.5, 1.0, 1.0]
        );
        assert_eq!(paid(0, 0), 1.0, "nothing to be measured");
        p.feedback = GoalParams { weight: 1.0, threshold: 0.25, full: 0.75 };
        assert_eq!(reached(&p, Goal::Feedback, Tally { sum: 1_000_000, of: 2 }), 0.5, "hope is in millionths");
    }

    #[test]
    fn what_something_is_worth_is_the_derivative_of_what_is_paid() {
        let p = params();
        for (goal, sum, of) in [
            (Goal::Stay, 2_000_000, 10_000_000),
            (Goal::Wait, 600_000, 10_000),
            (Goal::Readmission, 50_000, 1_000_000),
            (Goal::Recovery, 900_000, 1_000_000),
            (Goal::Feedback, 500_000_000, 1_000),
        ] {
            let paid = |t: Tally| AT_RISK * part(&p, goal) * reached(&p, goal, t);
            let tally = Tally { sum, of };
            for (more, one) in [(1, 0), (0, 1), (3, 2)] {
                let found = worth(&p, goal, AT_RISK, tally, f64::from(more), f64::from(one));
                let after = Tally { sum: sum + i64::from(more), of: of + i64::from(one) };
                let difference = paid(after) - paid(tally);
                assert!((found - difference).abs() <= 1e-2 * difference.abs(), "{}: {found} {difference}", goal.name());
                assert!(difference != 0.0, "{}", goal.name());
            }
        }
    }

    #[test]
    fn beyond_the_threshold_and_the_full_level_nothing_is_worth_anything() {
        let p = params();
        for (sum, of) in [(9_000, 10), (10, 10), (0, 0)] {
            assert_eq!(worth(&p, Goal::Wait, AT_RISK, Tally { sum, of }, 7.0, 0.0), 0.0);
        }
    }

    #[test]
    fn the_parts_of_the_goals_make_up_the_whole() {
        let mut p = params();
        assert!((Goal::ALL.iter().map(|g| part(&p, *g)).sum::<f64>() - 1.0).abs() < 1e-12);
        p.stay.weight = 3.0;
        assert!((Goal::ALL.iter().map(|g| part(&p, *g)).sum::<f64>() - 1.0).abs() < 1e-12);
        for goal in [&mut p.stay, &mut p.wait, &mut p.readmission, &mut p.recovery, &mut p.feedback] {
            goal.weight = 0.0;
        }
        assert_eq!(part(&p, Goal::Stay), 0.0);
    }

    #[test]
    fn the_closed_year_is_what_the_next_one_goes_by() {
        let mut a = Incentives::new(2, 1);
        a.count(UnitId(1), Goal::Recovery, 3, 4);
        a.risk(1, 5.0);
        a.gaming_mut(CommissionerId(0), Place::Low).early = 7;
        a.turn();
        assert_eq!((a.last[1][Goal::Recovery as usize], a.at_risk[1]), (Tally { sum: 3, of: 4 }, 0));
        assert_eq!((a.year[1][Goal::Recovery as usize], a.gaming[0][2]), (Tally::default(), Gaming::default()));
    }
}
