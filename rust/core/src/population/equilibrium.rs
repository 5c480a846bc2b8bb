//! Who stands where with justice at the start: the balance that the rates of [`super::offending`] themselves lead to.
//!
//! A cohort is followed from its tenth birthday as shares of (history, justice stage), by sex and risk. So prisoners,
//! people on licence and old offenders are there from the first day in the numbers that the flows keep up. The base
//! hazard of each age is set on the way, so that charges in all are those of the evidence.
//! With frozen demography nobody ages: each age is then followed until it stands still, at a base hazard of its own.

use super::illness::IllnessRates;
use super::inputs::Inputs;
use super::offending::{OffendingRates, age_group};
use crate::plan::{AGES, BANDS};

/// Risks that are followed, evenly spaced on the logarithmic scale between the least and the greatest.
const GRID: usize = 20;
/// Stages: free, bail and remand by court, six bands of sentence, licence and recall by length, order.
const STAGES: usize = 10 + BANDS;
const FREE: usize = 0;
const BAIL: usize = 1;
const REMAND: usize = 3;
const SENTENCE: usize = 5;
const LICENCE: usize = 5 + BANDS;
const RECALLED: usize = 7 + BANDS;
const ORDER: usize = 9 + BANDS;
/// States: history × stage.
const STATES: usize = 4 * STAGES;
/// Steps a year in which shares are moved; the fastest stage (remand at the magistrates' court) lasts longer than a step.
const STEPS: usize = 16;
/// Rounds in which a frozen age finds its base hazard, and years that it is followed in each.
const ROUNDS: usize = 8;
const YEARS_A_ROUND: usize = 8;

/// Where somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Under no charge or order.
    Free,
    /// On bail; bound for the Crown Court or not.
    Bail(bool),
    /// On remand; bound for the Crown Court or not.
    Remand(bool),
    /// In prison, in a band of sentence.
    Sentence(usize),
    /// On licence after a long sentence or a short one.
    Licence(bool),
    /// Recalled, from a long licence or a short one.
    Recalled(bool),
    /// Serving a community order.
    Order,
}

impl Stage {
    fn new(stage: usize) -> Stage {
        match stage {
            FREE => Stage::Free,
            BAIL..REMAND => Stage::Bail(stage > BAIL),
            REMAND..SENTENCE => Stage::Remand(stage > REMAND),
            SENTENCE..LICENCE => Stage::Sentence(stage - SENTENCE),
            LICENCE..RECALLED => Stage::Licence(stage > LICENCE),
            RECALLED..ORDER => Stage::Recalled(stage > RECALLED),
            _ => Stage::Order,
        }
    }

    fn custody(stage: usize) -> bool {
        matches!(Stage::new(stage), Stage::Remand(_) | Stage::Sentence(_) | Stage::Recalled(_))
    }
}

/// Shares of people by sex, age, risk and (history, stage).
#[derive(Clone, Debug)]
pub(super) struct Equilibrium {
    /// States in order of lookup: prisoners first, those who are free without a history last.
    order: [usize; STATES],
    /// Number of states in custody, the first in `order`.
    prisoners: usize,
    /// Shares cumulated in `order`, by (sex, age, grid).
    cumulated: Vec<[f64; STATES]>,
    low: f64,
    step: f64,
    /// Factor on the custody of the ill, so that their share of prisoners is that of the evidence [ratio].
    pub ill_custody: f64,
}

/// Rates between stages of one sex and age [1/a].
struct Flows {
    crown: f64,
    remand: [f64; 2],
    sentence_share: [f64; BANDS],
    served: [f64; BANDS],
    long: [usize; BANDS],
    end: [[f64; 2]; 2],
    custody: [[f64; 2]; 2],
    order: f64,
    licence: [f64; 2],
    recall: f64,
    recalled: f64,
    order_end: f64,
    decay: [f64; 4],
}

impl Flows {
    /// Follows shares for some years, with hazard of a charge by history.
    fn follow(&self, shares: &mut [f64; STATES], charge: &[f64; 4], years: usize) {
        for _ in 0..STEPS * years {
            self.advance(shares, charge, 1.0 / STEPS as f64);
        }
    }

    fn new(rates: &OffendingRates, sex: usize, age: usize) -> Flows {
        let p = &rates.parameters;
        let a_year = |days: f64| crate::calendar::YEAR / days;
        let by = |of: &crate::plan::Defendants| {
            [[of.of(false, false), of.of(false, true)], [of.of(true, false), of.of(true, true)]]
        };
        let mut flows = Flows {
            crown: rates.crown_share[sex][age_group(age)],
            remand: [p.remand.magistrates, p.remand.crown].map(|share| share * rates.custody_ratio(age)),
            sentence_share: [0.0; BANDS],
            served: [0.0; BANDS],
            long: [0; BANDS],
            end: by(&p.delay).map(|row| row.map(a_year)),
            custody: by(&p.custody).map(|row| row.map(|share| share * rates.custody_ratio(age))),
            order: p.order,
            licence: [a_year(p.licence.short), a_year(p.licence.long)],
            recall: p.recall,
            recalled: a_year(p.recalled),
            order_end: a_year(p.community_order),
            decay: rates.decay,
        };
        let all: f64 = rates.bands.iter().map(|b| b.share[sex]).sum();
        for (k, band) in rates.bands.iter().enumerate() {
            flows.sentence_share[k] = band.share[sex] / all;
            flows.served[k] = a_year((band.from + band.to) / 2.0 * p.served);
            flows.long[k] = usize::from(band.long);
        }
        flows
    }

    /// Moves shares on by `dt` years, with hazard of a charge by history.
    fn advance(&self, shares: &mut [f64; STATES], charge: &[f64; 4], dt: f64) {
        let mut next = *shares;
        for (history, hazard) in charge.iter().enumerate() {
            let up = (history + 1).min(3);
            for stage in 0..STAGES {
                let from = history * STAGES + stage;
                let here = shares[from] * dt;
                if here == 0.0 {
                    continue;
                }
                let mut go = |to: usize, rate: f64| {
                    next[from] -= here * rate;
                    next[to] += here * rate;
                };
                if !Stage::custody(stage) {
                    if history > 0 {
                        go(from - STAGES, self.decay[history]);
                    }
                    for (court, share) in [1.0 - self.crown, self.crown].into_iter().enumerate() {
                        let remanded = share * self.remand[court];
                        go(up * STAGES + REMAND + court, hazard * remanded);
                        let stays = stage == BAIL || stage == BAIL + 1;
                        let bail = if stays { stage } else { BAIL + court };
                        go(up * STAGES + bail, hazard * (share - remanded));
                    }
                }
                let base = history * STAGES;
                match stage {
                    BAIL..SENTENCE => {
                        let (remanded, court) = (usize::from(stage >= REMAND), (stage - BAIL) % 2);
                        let (end, custody) = (self.end[remanded][court], self.custody[remanded][court]);
                        for (k, share) in self.sentence_share.iter().enumerate() {
                            go(base + SENTENCE + k, end * custody * share);
                        }
                        go(base + ORDER, end * (1.0 - custody) * self.order);
                        go(base, end * (1.0 - custody) * (1.0 - self.order));
                    }
                    SENTENCE..LICENCE => {
                        let band = stage - SENTENCE;
                        go(base + LICENCE + self.long[band], self.served[band]);
                    }
                    LICENCE..RECALLED => {
                        go(base, self.licence[stage - LICENCE]);
                        go(base + RECALLED + stage - LICENCE, self.recall);
                    }
                    RECALLED..ORDER => go(base + LICENCE + stage - RECALLED, self.recalled),
                    ORDER => go(base, self.order_end),
                    _ => {}
                }
            }
        }
        *shares = next;
    }
}

/// Part of each history that is at liberty.
fn liberty(shares: &[f64; STATES]) -> [f64; 4] {
    let mut out = [0.0; 4];
    for (s, share) in shares.iter().enumerate().filter(|(s, _)| !Stage::custody(s % STAGES)) {
        out[s / STAGES] += share;
    }
    out
}

impl Equilibrium {
    /// Finds the balance, and sets the base hazard of `rates` by age on the way.
    pub fn new(inputs: &Inputs, illness: &IllnessRates, rates: &mut OffendingRates) -> Equilibrium {
        let risks = rates.risk.iter().flat_map(|r| &r[1..]);
        let least =
            risks.clone().fold(f64::MAX, |a, b| a.min(*b)) * rates.disorder.iter().fold(f64::MAX, |a, b| a.min(*b));
        let most = risks.fold(0.0f64, |a, b| a.max(*b)) * rates.disorder.iter().fold(0.0f64, |a, b| a.max(*b));
        let low = libm::log(least);
        let step = ((libm::log(most) - low) / (GRID - 1) as f64).max(1e-9);

        let mut order: Vec<usize> = (0..STATES).filter(|s| Stage::custody(s % STAGES)).collect();
        let prisoners = order.len();
        order.extend((1..STATES).filter(|s| !Stage::custody(s % STAGES)));
        order.push(0);
        let mut out = Equilibrium {
            order: std::array::from_fn(|i| order[i]),
            prisoners,
            cumulated: vec![[0.0; STATES]; 2 * AGES * GRID],
            low,
            step,
            ill_custody: 1.0,
        };

        let mut free = [0.0; STATES];
        free[0] = 1.0;
        for sex in 0..2 {
            let mut cohort = [free; GRID];
            for age in 0..AGES {
                let mut weight = [0.0; GRID];
                for (risk, share) in rates.mix(inputs, illness, sex, age) {
                    let (k, part) = out.place(risk);
                    weight[k] += share * (1.0 - part);
                    weight[k + 1] += share * part;
                }
                rates.base[sex][age] = out.solve_base(rates, &cohort, &weight, rates.total[sex][age]);
                let flows = Flows::new(rates, sex, age);
                let base = rates.base[sex][age];
                let mut here = cohort;
                for (k, shares) in cohort.iter_mut().enumerate() {
                    let charge = out.charges(rates, k, base);
                    flows.follow(shares, &charge, 1);
                    // People of this age are half a year past their birthday.
                    for (h, s) in here[k].iter_mut().zip(shares) {
                        *h = 0.5 * (*h + *s);
                    }
                }
                if inputs.frozen() && base > 0.0 {
                    rates.base[sex][age] =
                        out.stand_still(rates, &flows, &mut here, &weight, (base, rates.total[sex][age]));
                }
                for (k, shares) in here.iter().enumerate() {
                    let mut sum = 0.0;
                    let all: f64 = shares.iter().sum();
                    out.cumulated[(sex * AGES + age) * GRID + k] = std::array::from_fn(|i| {
                        sum += shares[out.order[i]] / all;
                        sum
                    });
                }
            }
        }
        out.ill_custody = out.balance_ill(inputs, illness, rates);
        out
    }

    /// Hazard of a charge by history at a risk of the grid, for a base hazard.
    fn charges(&self, rates: &OffendingRates, k: usize, base: f64) -> [f64; 4] {
        let risk = libm::exp(self.low + self.step * k as f64);
        rates.history.map(|h| (base * h * risk).min(rates.parameters.ceiling))
    }

    /// Returns the base hazard at which people of these shares have `total` charges a year, by bisection.
    fn solve_base(
        &self,
        rates: &OffendingRates,
        cohort: &[[f64; STATES]; GRID],
        weight: &[f64; GRID],
        total: f64,
    ) -> f64 {
        let liberty = cohort.each_ref().map(liberty);
        let charges = |base: f64| self.total_charges(rates, &liberty, weight, base);
        let (mut below, mut above) = (0.0, total);
        for _ in 0..50 {
            let middle = 0.5 * (below + above);
            if charges(middle) < total { below = middle } else { above = middle }
        }
        0.5 * (below + above)
    }

    /// Charges a year of people at liberty, over the grid.
    fn total_charges(
        &self,
        rates: &OffendingRates,
        liberty: &[[f64; 4]; GRID],
        weight: &[f64; GRID],
        base: f64,
    ) -> f64 {
        let mut sum = 0.0;
        for (k, (of, w)) in liberty.iter().zip(weight).enumerate() {
            let by_history = self.charges(rates, k, base);
            sum += w * of.iter().zip(by_history).map(|(share, rate)| share * rate).sum::<f64>();
        }
        sum
    }

    /// Follows an age in which nobody grows older until it stands still with `total` charges a year; returns its base hazard.
    fn stand_still(
        &self,
        rates: &OffendingRates,
        flows: &Flows,
        here: &mut [[f64; STATES]; GRID],
        weight: &[f64; GRID],
        (mut base, total): (f64, f64),
    ) -> f64 {
        for _ in 0..ROUNDS {
            for (k, shares) in here.iter_mut().enumerate() {
                flows.follow(shares, &self.charges(rates, k, base), YEARS_A_ROUND);
            }
            base *= libm::sqrt(total / self.total_charges(rates, &here.each_ref().map(liberty), weight, base));
        }
        base
    }

    /// Returns the place of a risk: the point of the grid below it, and the part of the way to the next.
    pub fn place(&self, risk: f64) -> (usize, f64) {
        let at = ((libm::log(risk) - self.low) / self.step).clamp(0.0, (GRID - 1) as f64);
        let k = (at as usize).min(GRID - 2);
        (k, at - k as f64)
    }

    fn lookup(&self, sex: usize, age: usize, place: (usize, f64)) -> impl Fn(usize) -> f64 + '_ {
        let row = (sex * AGES + age) * GRID + place.0;
        let (low, high) = (&self.cumulated[row], &self.cumulated[row + 1]);
        move |i: usize| low[i] + place.1 * (high[i] - low[i])
    }

    /// Share of people of this sex, age and risk who are in prison.
    fn custody(&self, sex: usize, age: usize, risk: f64) -> f64 {
        self.lookup(sex, age, self.place(risk))(self.prisoners - 1)
    }

    /// Returns the factor on the custody of the ill that makes them the evidence's share of all prisoners.
    fn balance_ill(&self, inputs: &Inputs, illness: &IllnessRates, rates: &OffendingRates) -> f64 {
        let (mut ill, mut well) = (0.0, 0.0);
        for sex in 0..2 {
            for age in 0..AGES {
                let persons = inputs.plan.persons.iter().map(|area| f64::from(area[sex][age])).sum::<f64>();
                for (i, (risk, share)) in rates.mix(inputs, illness, sex, age).into_iter().enumerate() {
                    let prisoners = persons * share * self.custody(sex, age, risk);
                    if i % 4 == 1 { ill += prisoners } else { well += prisoners }
                }
            }
        }
        let share = inputs.illness.custody_share;
        if ill > 0.0 { share * well / ((1.0 - share) * ill) } else { 1.0 }
    }

    /// Draws (history, stage) of somebody at the start.
    pub fn draw(&self, sex: usize, age: usize, place: (usize, f64), ill: bool, u: f64) -> (usize, Stage) {
        let of = self.lookup(sex, age, place);
        let u = if ill {
            let custody = of(self.prisoners - 1);
            let scaled = (custody * self.ill_custody).min(0.9);
            if u < scaled { u / scaled * custody } else { custody + (u - scaled) / (1.0 - scaled) * (1.0 - custody) }
        } else {
            u
        };
        if u >= of(STATES - 2) {
            return (0, Stage::Free);
        }
        let i = (0..STATES).find(|i| u < of(*i)).unwrap_or(STATES - 1);
        (self.order[i] / STAGES, Stage::new(self.order[i] % STAGES))
    }
}
