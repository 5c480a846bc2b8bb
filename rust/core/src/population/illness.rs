//! **Severe mental illness**: who falls ill, and which of the ill come to need secure care outside the courts.
//!
//! Who: every resident without a disorder; every resident with one who is under no order or charge.
//! Evidence: tables `illness_incidence`, `illness_areas`, parameters `illness.*`.
//! Draws: [`Purpose::Year`](crate::draw::Purpose::Year), one lane per hazard.

use super::columns::Bits;
use super::inputs::Inputs;
use crate::codes::Disorder;
use crate::plan::{AGES, Illness};

/// Hazards of illness [1/a] and how common it is at the start.
#[derive(Clone, Debug)]
pub(super) struct IllnessRates {
    /// First onset by sex and age, at mean risk.
    pub onset: [[f64; AGES]; 2],
    /// Severe mental illness at the start by sex and age, all England [share].
    pub prevalence: [[f64; AGES]; 2],
    /// Risk by ethnic group and deprivation, mean 1.
    pub risk: [[f64; 6]; 5],
    /// Prevalence in an area relative to England, at mean risk [ratio].
    pub area: Vec<f64>,
    /// Onset in prison relative to outside [ratio].
    pub custody: f64,
    /// Need of secure care by disorder and age [1/a].
    pub need: [[[f64; AGES]; 4]; 2],
    /// Age from which that need arises [a].
    pub need_from: usize,
    /// Severe personality disorder, and with it disability [share].
    pub others: (f64, f64),
    /// Illness among people who arrive, relative to residents [ratio].
    pub arrivals: f64,
    /// Mortality of the ill relative to the life table, until old age and in it [ratio].
    smr: (f64, f64),
    /// Age from which the ratio of old age holds [a].
    old_age: usize,
}

/// Returns a gradient over the fifths of deprivation with equal steps on the logarithmic scale, from `ratio` (1) to 1 (5).
pub(super) fn gradient(ratio: f64) -> [f64; 6] {
    let step = |fifth: f64| libm::pow(ratio, (5.0 - fifth) / 4.0);
    [1.0, step(1.0), step(2.0), step(3.0), step(4.0), step(5.0)]
}

/// Returns the risk by ethnic group and deprivation, with mean 1 over residents.
pub(super) fn risks(inputs: &Inputs, ethnicity: [f64; 5], deprivation: f64) -> [[f64; 6]; 5] {
    let fifths = gradient(deprivation);
    let mean_fifth = fifths[1..].iter().sum::<f64>() / 5.0;
    let (mut sum, mut all) = (0.0, 0.0);
    for (area, mix) in inputs.tables.persons.iter().zip(&inputs.tables.ethnicity) {
        let persons = area.iter().flatten().map(|n| f64::from(*n)).sum::<f64>();
        let shares: f64 = mix.iter().sum();
        sum += persons * mix.iter().zip(ethnicity).map(|(m, r)| m * r).sum::<f64>() / shares;
        all += persons;
    }
    let mean = if all > 0.0 { sum / all } else { 1.0 };
    ethnicity.map(|e| fifths.map(|f| e * f / (mean * mean_fifth)))
}

/// Returns the need of secure care by age, of people with a disorder who have it at `need` at the age of reference [1/a].
fn needs(illness: &Illness, need: f64) -> [f64; AGES] {
    let ages = illness.need_from as usize..illness.need_until as usize;
    let at = |age: usize| need * libm::pow(illness.need_age, (age as f64 - illness.need_reference_age) / 10.0);
    std::array::from_fn(|age| if ages.contains(&age) { at(age) } else { 0.0 })
}

impl IllnessRates {
    /// Compiles the tables. Prevalence by age follows from incidence and excess mortality, then is scaled to the register.
    pub(super) fn new(inputs: &Inputs) -> IllnessRates {
        let (tables, illness) = (inputs.tables, inputs.illness);
        let by_age = |sex: usize, age: usize| tables.persons.iter().map(|area| f64::from(area[sex][age])).sum::<f64>();

        let (mut cases, mut working) = (0.0, 0.0);
        for sex in 0..2 {
            for age in 16..65 {
                cases += by_age(sex, age) * tables.incidence[sex][age];
                working += by_age(sex, age);
            }
        }
        let scale = if cases > 0.0 { illness.incidence * working / cases } else { 0.0 };

        let mut rates = IllnessRates {
            onset: [[0.0; AGES]; 2],
            prevalence: [[0.0; AGES]; 2],
            risk: risks(inputs, illness.ethnicity.ratios(), illness.deprivation),
            area: Vec::new(),
            custody: illness.custody_incidence,
            need: [1.0, illness.need_women].map(|ratio| {
                let of = &illness.need;
                [0.0, of.psychosis, of.personality, of.disability].map(|need| needs(illness, need * ratio))
            }),
            need_from: illness.need_from as usize,
            others: (illness.personality, illness.personality + illness.disability),
            arrivals: inputs.people.arrival_illness,
            smr: (illness.mortality.working, illness.mortality.old),
            old_age: illness.old_age as usize,
        };
        for sex in 0..2 {
            let mut share = 0.0;
            for age in 0..AGES {
                rates.onset[sex][age] = tables.incidence[sex][age] * scale;
                rates.prevalence[sex][age] = share;
                let excess = tables.mortality[sex][age] * (rates.mortality_ratio(age) - 1.0);
                share += rates.onset[sex][age] * (1.0 - share) - excess * share * (1.0 - share);
            }
        }

        rates.scale_to_register(inputs);
        rates
    }

    /// Scales prevalence to the register: what is published by area holds for its own mix of people, all areas together for
    /// England.
    fn scale_to_register(&mut self, inputs: &Inputs) {
        let tables = inputs.tables;
        let adults = |area: &[Vec<u32>; 2]| area.iter().flat_map(|s| &s[18..]).map(|n| f64::from(*n)).sum::<f64>();
        let all: f64 =
            tables.persons.iter().flat_map(|area| area.iter().flat_map(|s| &s[18..])).map(|n| f64::from(*n)).sum();
        let registered = tables.persons.iter().zip(&tables.register).map(|(area, register)| register * adults(area));
        let mean = registered.sum::<f64>() / all.max(1.0);
        let mut ill = 0.0;
        for ((area, register), mix) in tables.persons.iter().zip(&tables.register).zip(&tables.ethnicity) {
            let ratio = register / mean;
            self.area.push(ratio / self.mean_risk(mix));
            for (sex, counts) in area.iter().enumerate() {
                ill += counts.iter().zip(self.prevalence[sex]).map(|(n, p)| f64::from(*n) * p * ratio).sum::<f64>();
            }
        }
        let scale = if ill > 0.0 { inputs.illness.register / ill } else { 0.0 };
        for share in self.prevalence.iter_mut().flatten() {
            *share *= scale;
        }
    }

    /// Risk of an ethnic mix relative to the mean, over all fifths of deprivation [ratio].
    fn mean_risk(&self, mix: &[f64; 5]) -> f64 {
        let shares: f64 = mix.iter().sum();
        let of = |e: &[f64; 6]| e[1..].iter().sum::<f64>() / 5.0;
        mix.iter().zip(&self.risk).map(|(m, e)| m * of(e)).sum::<f64>() / shares
    }

    /// Mortality of the ill relative to the life table [ratio].
    pub(super) fn mortality_ratio(&self, age: usize) -> f64 {
        if age < self.old_age { self.smr.0 } else { self.smr.1 }
    }

    /// Risk of illness of a person relative to the mean [ratio].
    #[inline]
    pub(super) fn risk_of(&self, bits: Bits) -> f64 {
        self.risk[bits.ethnicity() as usize][bits.deprivation() as usize]
    }

    /// Returns the disorder of somebody at the start, or who arrives, whose chance of severe mental illness is `ill`.
    pub(super) fn disorder(&self, ill: f64, u: f64) -> Disorder {
        if u < ill {
            Disorder::Psychosis
        } else if u < ill + self.others.0 {
            Disorder::Personality
        } else if u < ill + self.others.1 {
            Disorder::Disability
        } else {
            Disorder::None
        }
    }

    /// Need of secure care by the civil route [1/a] of somebody under no order or charge.
    #[inline]
    pub(super) fn need_of(&self, bits: Bits, age: usize) -> f64 {
        self.need[bits.sex() as usize][bits.disorder() as usize][age]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_need_falls_with_age_and_ends() {
        #[derive(serde::Deserialize)]
        struct Baseline {
            illness: Illness,
        }
        let base: Baseline = serde_json::from_str(include_str!("../../tests/data/population.json")).expect("readable");
        let illness = base.illness;
        let found = needs(&illness, 0.002);
        let (from, until) = (illness.need_from as usize, illness.need_until as usize);
        assert_eq!((found[from - 1], found[until]), (0.0, 0.0));
        assert!((found[illness.need_reference_age as usize] - 0.002).abs() < 1e-15);
        assert!((from..until - 10).all(|age| (found[age + 10] - illness.need_age * found[age]).abs() < 1e-15));
    }
}
