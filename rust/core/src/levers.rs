//! Levers: what a policy changes, from when, how fast and where. Neutral is zero.

use std::collections::BTreeMap;

use crate::calendar::Day;
use crate::plan::LeverStep;

/// The levers of a run.
#[derive(Clone, Debug)]
pub struct Levers {
    names: Vec<String>,
    steps: Vec<Vec<LeverStep>>,
}

impl Levers {
    /// Reads the plan's levers.
    pub fn new(plan: &BTreeMap<String, Vec<LeverStep>>) -> Levers {
        Levers { names: plan.keys().cloned().collect(), steps: plan.values().cloned().collect() }
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

    /// Today's value of a lever by name; 0 if the plan doesn't name it.
    pub fn value(&self, name: &str, today: Day, area: u8) -> f64 {
        self.names.iter().position(|n| n == name).map_or(0.0, |k| value(&self.steps[k], today, area))
    }
}

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
