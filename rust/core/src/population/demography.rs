//! **Births, deaths, moves**: who comes, who goes, and when.
//!
//! Who: every resident. Evidence: tables `life_table`, `fertility`, `migration`, parameters `people.*`.
//! Draws: [`Purpose::Year`](crate::draw::Purpose::Year), one lane per hazard; where to, [`Purpose::Moved`](crate::draw::Purpose::Moved).

use super::illness::IllnessRates;
use super::inputs::Inputs;
use crate::plan::AGES;

/// Hazards of the life course [1/a], and where people go.
#[derive(Clone, Debug)]
pub(super) struct DemographyRates {
    /// Death, of the well and of the ill, by sex and age.
    pub death: [[[f64; AGES]; 2]; 2],
    /// Birth, per woman by age.
    pub birth: [f64; AGES],
    /// Leaving England, by age.
    pub leave: [f64; AGES],
    /// Moving to another area, by age.
    pub moves: [f64; AGES],
    /// Residents at the start up to and with each area [share]: where people move to.
    pub destinations: Vec<f64>,
    /// Ages of people who arrive, cumulated [share].
    pub arrival_ages: [f64; AGES],
    /// Ethnic groups of people who arrive, cumulated [share].
    pub arrival_ethnicity: [f64; 5],
    /// People who arrive in an area on a day [persons/d].
    pub arrivals_a_day: Vec<f64>,
    /// Newborns that are boys [share].
    pub boys: f64,
    /// People who arrive that are men [share].
    pub arrival_men: f64,
}

/// Cumulates `shares` so that the last is exactly 1.
pub(super) fn cumulate<const N: usize>(shares: &[f64; N]) -> [f64; N] {
    let total: f64 = shares.iter().sum();
    let mut sum = 0.0;
    let mut out = shares.map(|s| {
        sum += s;
        sum / total
    });
    out[N - 1] = 1.0;
    out
}

/// Returns the index of `u` in cumulated shares.
#[inline]
pub(super) fn pick(cumulated: &[f64], u: f64) -> usize {
    cumulated.partition_point(|c| *c <= u).min(cumulated.len() - 1)
}

impl DemographyRates {
    /// Compiles the tables; births and departures are scaled to their totals at the start.
    pub(super) fn new(inputs: &Inputs, illness: &IllnessRates) -> DemographyRates {
        let tables = inputs.tables;
        let people = inputs.people;
        let by_age = |sex: usize, age: usize| tables.persons.iter().map(|area| f64::from(area[sex][age])).sum::<f64>();

        let births: f64 = (0..AGES).map(|a| by_age(1, a) * tables.fertility[a]).sum();
        let mut birth = [0.0; AGES];
        let mut leave = [0.0; AGES];
        let mut moves = [0.0; AGES];
        for age in 0..AGES {
            birth[age] = if births > 0.0 { tables.fertility[age] * people.births / births } else { 0.0 };
            let persons = by_age(0, age) + by_age(1, age);
            leave[age] = if persons > 0.0 { people.emigration * tables.departures[age] / persons } else { 0.0 };
            moves[age] = tables.moves[age];
        }

        // The ill die at their ratio, the well at what is left: together they stay on the life table.
        let mut death = [[[0.0; AGES]; 2]; 2];
        for (sex, age) in (0..2).flat_map(|sex| (0..AGES).map(move |age| (sex, age))) {
            let mortality = tables.mortality[sex][age];
            let (share, ratio) = (illness.prevalence[sex][age], illness.mortality_ratio(age));
            death[1][sex][age] = mortality * ratio;
            death[0][sex][age] = mortality * (1.0 - share * ratio) / (1.0 - share);
        }

        let settled = people.settle_from as usize..people.settle_until.ceil() as usize;
        let young =
            |area: &[Vec<u32>; 2]| area.iter().flat_map(|s| &s[settled.clone()]).map(|n| f64::from(*n)).sum::<f64>();
        let everyone = |area: &[Vec<u32>; 2]| area.iter().flatten().map(|n| f64::from(*n)).sum::<f64>();
        let (all_young, all): (f64, f64) =
            (tables.persons.iter().map(young).sum(), tables.persons.iter().map(everyone).sum());
        let a_day = people.immigration * inputs.mode.fraction / crate::calendar::YEAR;
        let mut sum = 0.0;
        DemographyRates {
            death,
            birth,
            leave,
            moves,
            destinations: tables
                .persons
                .iter()
                .map(|area| {
                    sum += everyone(area) / all.max(1.0);
                    sum
                })
                .collect(),
            arrival_ages: cumulate(&to_array(&tables.arrivals)),
            arrival_ethnicity: cumulate(&tables.arrival_ethnicity),
            arrivals_a_day: tables.persons.iter().map(|area| a_day * young(area) / all_young.max(1.0)).collect(),
            boys: people.sex_ratio / (1.0 + people.sex_ratio),
            arrival_men: people.arrival_men,
        }
    }

    /// Returns the area that somebody from `area` moves to: any other, in proportion to its residents.
    pub(super) fn destination(&self, area: usize, u: f64) -> usize {
        let below = if area == 0 { 0.0 } else { self.destinations[area - 1] };
        let own = self.destinations[area] - below;
        let last = self.destinations.len() - 1;
        let v = u * (self.destinations[last] - own);
        // Skip one's own stretch of the line.
        let to = pick(&self.destinations, if v < below { v } else { v + own });
        if to == area { if area == last { last.saturating_sub(1) } else { area + 1 } } else { to }
    }
}

/// Returns a list of `N` as an array; the length is checked with the inputs.
pub(super) fn to_array<const N: usize>(list: &[f64]) -> [f64; N] {
    let mut out = [0.0; N];
    out.copy_from_slice(list);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_moves_to_where_they_are() {
        let rates = |destinations| DemographyRates {
            death: [[[0.0; AGES]; 2]; 2],
            birth: [0.0; AGES],
            leave: [0.0; AGES],
            moves: [0.0; AGES],
            destinations,
            arrival_ages: [1.0; AGES],
            arrival_ethnicity: [1.0; 5],
            arrivals_a_day: vec![],
            boys: 0.5,
            arrival_men: 0.5,
        };
        let three = rates(vec![0.2, 0.5, 1.0]);
        for area in 0..3 {
            let mut reached = [0; 3];
            for i in 0..1000 {
                reached[three.destination(area, (f64::from(i) + 0.5) / 1000.0)] += 1;
            }
            assert_eq!(reached[area], 0);
            assert!(reached.iter().enumerate().all(|(a, n)| a == area || *n > 200));
        }
    }
}
