//! Levers: what a policy changes, from when, how fast and where. Neutral is zero.
//!
//! The phases read a [`Lever`] of the engine by [`Levers::value`]; the terms of choices read every lever of the plan by its
//! index, from [`Levers::values`]. What a lever means to a user is in `evidence/tables/levers.csv`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::calendar::Day;
use crate::codes::codes;

/// One step of a lever: a value from a day on, reached over a ramp.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeverStep {
    /// First day [d].
    pub from: Day,
    /// Day on which it ends, if it does [d].
    pub until: Option<Day>,
    /// Days until the full value [d].
    pub ramp: u32,
    /// Value at full strength.
    pub value: f64,
    /// Areas, as indices; all if absent.
    pub areas: Option<Vec<u8>>,
}

codes! {
    /// A lever that the engine itself reads. Others are read only by the terms of choices (`lever.NAME`), by their names.
    Lever {
        StandardisedTreatment = 0, "standardised_treatment", "Reach of programmes that are the same in every tier.";
        RecoveryTraining = 1, "recovery_training", "Staff and patients trained in Recovery.";
        RemissionSpeed = 2, "remission_speed", "Strength of a faster remission process.";
        PersonalityDisorderInclusion = 3, "personality_disorder_inclusion", "Services that no longer exclude personality disorder.";
        EmploymentSupport = 4, "employment_support", "Reach of individual placement and support.";
        SingleAssessment = 5, "single_assessment", "Referrals whose first assessment holds for every unit and tier: no second look, and no passing on to a unit of another tier.";
        ReportsOnTime = 6, "reports_on_time", "Part of the time for both medical reports on a prisoner that is saved.";
        TransferPriority = 7, "transfer_priority", "Days taken for an acceptable wait of those without a transfer limit: in the lists of teams and beds a prisoner goes before them by the days that the limit is shorter; 0 for no order by limits.";
    }
}

/// The levers of a run.
#[derive(Clone, Debug)]
pub struct Levers {
    /// Names of the plan's levers, in order of index.
    names: Vec<String>,
    /// Steps of each.
    steps: Vec<Vec<LeverStep>>,
    /// Where each lever of the engine stands in these lists, if the plan has it.
    places: [Option<usize>; Lever::ALL.len()],
}

impl Levers {
    /// Reads the plan's levers.
    pub fn new(plan: &BTreeMap<String, Vec<LeverStep>>) -> Levers {
        let place = |lever: usize| plan.keys().position(|name| name == Lever::ALL[lever].name());
        Levers {
            names: plan.keys().cloned().collect(),
            steps: plan.values().cloned().collect(),
            places: std::array::from_fn(place),
        }
    }

    /// Names, in order of index.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Writes today's values for an area into `out`, in order of index.
    pub fn values(&self, today: Day, area: u8, out: &mut Vec<f64>) {
        out.clear();
        out.extend(self.steps.iter().map(|steps| value(steps, today, area)));
    }

    /// Today's value of a lever in an area; 0 if the plan doesn't have it.
    pub fn value(&self, lever: Lever, today: Day, area: u8) -> f64 {
        self.places[lever as usize].map_or(0.0, |place| value(&self.steps[place], today, area))
    }
}

/// Today's value of the steps of a lever in an area.
fn value(steps: &[LeverStep], today: Day, area: u8) -> f64 {
    steps
        .iter()
        .filter(|s| today >= s.from && s.until.is_none_or(|u| today < u))
        .filter(|s| s.areas.as_ref().is_none_or(|a| a.contains(&area)))
        .map(|s| {
            let elapsed = f64::from(today - s.from + 1);
            s.value * (elapsed / f64::from(s.ramp.max(1))).min(1.0)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOLD: Lever = Lever::EmploymentSupport;
    const QUIET: Lever = Lever::RecoveryTraining;
    const STEP: LeverStep = LeverStep { from: 100, until: None, ramp: 0, value: 10.0, areas: None };

    fn levers(steps: Vec<LeverStep>) -> Levers {
        Levers::new(&BTreeMap::from([(BOLD.name().to_owned(), steps), (QUIET.name().to_owned(), Vec::new())]))
    }

    #[test]
    fn a_lever_is_neutral_before_its_day_and_full_on_it() {
        let l = levers(vec![STEP]);
        assert_eq!([99, 100, 5000].map(|day| l.value(BOLD, day, 0)), [0.0, 10.0, 10.0]);
    }

    #[test]
    fn a_ramp_rises_by_equal_parts_from_its_first_day() {
        let l = levers(vec![LeverStep { ramp: 4, ..STEP }]);
        assert_eq!([99, 100, 101, 102, 103, 104].map(|day| l.value(BOLD, day, 0)), [0.0, 2.5, 5.0, 7.5, 10.0, 10.0]);
    }

    #[test]
    fn it_ends_on_the_day_until_which_it_holds() {
        let l = levers(vec![LeverStep { until: Some(110), ..STEP }]);
        assert_eq!([109, 110].map(|day| l.value(BOLD, day, 0)), [10.0, 0.0]);
    }

    #[test]
    fn it_reaches_its_areas_and_no_other() {
        let l = levers(vec![LeverStep { areas: Some(vec![3, 5]), ..STEP }]);
        assert_eq!([3, 4, 5].map(|area| l.value(BOLD, 100, area)), [10.0, 0.0, 10.0]);
    }

    #[test]
    fn steps_add_up() {
        let l = levers(vec![STEP, LeverStep { from: 200, value: -4.0, ..STEP }]);
        assert_eq!([150, 200].map(|day| l.value(BOLD, day, 0)), [10.0, 6.0]);
    }

    #[test]
    fn a_lever_without_steps_or_not_in_the_plan_is_neutral() {
        let l = levers(vec![STEP]);
        assert_eq!((l.value(QUIET, 100, 0), l.value(Lever::RemissionSpeed, 100, 0)), (0.0, 0.0));
        let mut out = vec![1.0];
        l.values(100, 0, &mut out);
        assert_eq!((l.names().len(), out), (2, vec![10.0, 0.0]));
    }
}
