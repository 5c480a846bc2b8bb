//! **Death**: does a person on the caseload die of natural causes?
//!
//! Who: everyone on the caseload. Evidence: the life table, and `death.*`.
//! Draws: [`crate::draw::Purpose::Death`], a budget.

use serde::Deserialize;

/// Mortality relative to the life table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeathParams {
    /// Risk of natural death relative to the population at the reference age [ratio].
    pub ratio: f64,
    /// Age at which the ratio holds [a].
    pub reference_age: f64,
    /// Fall of the logarithm of the ratio per year of age [1/a].
    pub ratio_fall: f64,
    /// Lowest ratio, in old age [ratio].
    pub ratio_least: f64,
    /// Ratio for people with substance use, on top [ratio].
    pub substance: f64,
    /// Ratio with the metabolic syndrome to without [ratio].
    pub metabolic: f64,
    /// People with the metabolic syndrome among whom the other ratios hold [share].
    pub metabolic_share: f64,
}

/// Returns the hazard [1/a] given the life table's rate `table` [1/a] at this age and sex.
pub fn rate(p: &DeathParams, table: f64, age: f64, substance: bool, metabolic: bool) -> f64 {
    let ratio = (p.ratio * libm::exp(-p.ratio_fall * (age - p.reference_age))).min(p.ratio).max(p.ratio_least);
    let share = super::apart(p.metabolic, p.metabolic_share, metabolic);
    table * ratio * share * if substance { p.substance } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: DeathParams =
        DeathParams { ratio: 3.0, reference_age: 40.0, ratio_fall: 0.015, ratio_least: 2.0, substance: 1.4, metabolic: 1.0, metabolic_share: 0.4 };

    #[test]
    fn at_the_reference_age_it_is_the_ratio_times_the_life_table() {
        assert_eq!(rate(&P, 0.002, P.reference_age, false, false), 0.002 * P.ratio);
    }

    #[test]
    fn the_excess_falls_with_age_and_never_below_the_least_or_above_the_ratio() {
        let ratios: Vec<f64> = (0..=110).map(|age| rate(&P, 1.0, f64::from(age), false, false)).collect();
        assert!(ratios.windows(2).all(|w| w[1] <= w[0]));
        assert_eq!((ratios[0], ratios[110]), (P.ratio, P.ratio_least));
    }

    #[test]
    fn the_metabolic_syndrome_parts_people_and_leaves_the_mean() {
        let p = DeathParams { metabolic: 1.6, ..P };
        let (with, without) = (rate(&p, 0.01, 50.0, false, true), rate(&p, 0.01, 50.0, false, false));
        assert!((with / without - 1.6).abs() < 1e-12);
        assert!((0.4 * with + 0.6 * without - rate(&P, 0.01, 50.0, false, false)).abs() < 1e-12);
    }

    #[test]
    fn substance_use_adds_to_it_and_a_certain_life_has_none() {
        assert!(rate(&P, 0.01, 50.0, true, false) > rate(&P, 0.01, 50.0, false, false));
        assert_eq!(rate(&P, 0.0, 50.0, true, false), 0.0);
    }
}
