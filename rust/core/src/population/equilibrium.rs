//! Who stands where with justice at the start: the balance that the rates of [`super::offending`] themselves lead to.
//!
//! A cohort is followed from its tenth birthday as shares of (history, justice stage), by sex and risk. So prisoners,
//! people on licence and old offenders are there from the first day in the numbers that the flows keep up. The base
//! hazard of each age is set on the way, so that charges in all are those of the evidence.
//! With frozen demography nobody ages: each age is then followed until it stands still, at a base hazard of its own.

use super::flows::{Flows, STAGES, STATES, Stage, liberty};
use super::illness::IllnessRates;
use super::inputs::Inputs;
use super::offending::OffendingRates;
use crate::plan::AGES;

/// Risks that are followed, evenly spaced on the logarithmic scale between the least and the greatest.
const GRID: usize = 20;
/// Rounds in which a frozen age finds its base hazard.
const ROUNDS: usize = 8;
/// Years for which a frozen age is followed in each round.
const YEARS_A_ROUND: usize = 8;

/// People of one sex and age as shares of (history, stage), by risk.
type Cohort = [[f64; STATES]; GRID];

/// Shares of people by sex, age, risk and (history, stage).
#[derive(Clone, Debug)]
pub(super) struct Equilibrium {
    /// States in order of lookup: prisoners first, those who are free without a history last.
    order: [usize; STATES],
    /// Number of states in custody, the first in `order`.
    prisoners: usize,
    /// Shares cumulated in `order`, by (sex, age, grid).
    cumulated: Vec<[f64; STATES]>,
    /// Logarithm of the least risk.
    low: f64,
    /// Steps of the grid, of the logarithm of the risk.
    step: f64,
    /// Factor on the custody of the ill by sex, so that their share of prisoners is that of the evidence [ratio].
    pub ill_custody: [f64; 2],
}

impl Equilibrium {
    /// Finds the balance, and sets the base hazard of `rates` by age on the way.
    pub(super) fn new(inputs: &Inputs, illness: &IllnessRates, rates: &mut OffendingRates) -> Equilibrium {
        let mut balance = Equilibrium::without_people(rates);
        let mut free = [0.0; STATES];
        free[0] = 1.0;
        for sex in 0..2 {
            let mut cohort = [free; GRID];
            for age in 0..AGES {
                let weight = balance.weights(&rates.mix(inputs, illness, sex, age));
                balance.live_year(rates, &mut cohort, &weight, (sex, age), inputs.frozen());
            }
        }
        balance.ill_custody = [0, 1].map(|sex| balance.balance_ill(inputs, illness, rates, sex));
        balance
    }

    /// Lays out the grid of risks and the order of lookup.
    fn without_people(rates: &OffendingRates) -> Equilibrium {
        let risks = rates.risk.iter().flat_map(|r| &r[1..]);
        let least = risks.clone().fold(f64::MAX, |a, b| a.min(*b))
            * rates.disorder.iter().flatten().fold(f64::MAX, |a, b| a.min(*b));
        let most =
            risks.fold(0.0f64, |a, b| a.max(*b)) * rates.disorder.iter().flatten().fold(0.0f64, |a, b| a.max(*b));
        let low = libm::log(least);
        let step = ((libm::log(most) - low) / (GRID - 1) as f64).max(1e-9);

        let mut order: Vec<usize> = (0..STATES).filter(|s| Stage::custody(s % STAGES)).collect();
        let prisoners = order.len();
        order.extend((1..STATES).filter(|s| !Stage::custody(s % STAGES)));
        order.push(0);
        Equilibrium {
            order: std::array::from_fn(|i| order[i]),
            prisoners,
            cumulated: vec![[0.0; STATES]; 2 * AGES * GRID],
            low,
            step,
            ill_custody: [1.0; 2],
        }
    }

    /// Spreads people by their risk over the grid.
    fn weights(&self, mix: &[(f64, f64)]) -> [f64; GRID] {
        let mut weight = [0.0; GRID];
        for (risk, share) in mix {
            let (k, part) = self.place(*risk);
            weight[k] += share * (1.0 - part);
            weight[k + 1] += share * part;
        }
        weight
    }

    /// Lets a cohort live the year after a birthday: sets the base hazard of that age, and keeps how its people stand.
    fn live_year(
        &mut self,
        rates: &mut OffendingRates,
        cohort: &mut Cohort,
        weight: &[f64; GRID],
        (sex, age): (usize, usize),
        frozen: bool,
    ) {
        let total = rates.total[sex][age];
        let base = self.solve_base(rates, cohort, weight, total);
        rates.base[sex][age] = base;
        let flows = Flows::new(rates, sex, age);
        let mut here = *cohort;
        for (k, shares) in cohort.iter_mut().enumerate() {
            flows.follow(shares, &self.charges(rates, k, base), 1);
            // People of this age are half a year past their birthday.
            for (h, s) in here[k].iter_mut().zip(shares) {
                *h = 0.5 * (*h + *s);
            }
        }
        if frozen && base > 0.0 {
            rates.base[sex][age] = self.stand_still(rates, &flows, &mut here, weight, (base, total));
        }
        for (k, shares) in here.iter().enumerate() {
            let mut sum = 0.0;
            let all: f64 = shares.iter().sum();
            self.cumulated[(sex * AGES + age) * GRID + k] = self.order.map(|state| {
                sum += shares[state] / all;
                sum
            });
        }
    }

    /// Hazard of a charge by history at a risk of the grid, for a base hazard.
    fn charges(&self, rates: &OffendingRates, k: usize, base: f64) -> [f64; 4] {
        let risk = libm::exp(self.low + self.step * k as f64);
        rates.history.map(|h| (base * h * risk).min(rates.parameters.ceiling))
    }

    /// Returns the base hazard at which people of these shares have `total` charges a year, by bisection.
    fn solve_base(&self, rates: &OffendingRates, cohort: &Cohort, weight: &[f64; GRID], total: f64) -> f64 {
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
        here: &mut Cohort,
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
    pub(super) fn place(&self, risk: f64) -> (usize, f64) {
        let at = ((libm::log(risk) - self.low) / self.step).clamp(0.0, (GRID - 1) as f64);
        let k = (at as usize).min(GRID - 2);
        (k, at - k as f64)
    }

    /// Returns the cumulated shares of people of this sex, age and risk, by number in the order of lookup.
    fn lookup(&self, sex: usize, age: usize, place: (usize, f64)) -> impl Fn(usize) -> f64 + '_ {
        let row = (sex * AGES + age) * GRID + place.0;
        let (low, high) = (&self.cumulated[row], &self.cumulated[row + 1]);
        move |i: usize| low[i] + place.1 * (high[i] - low[i])
    }

    /// Share of people of this sex, age and risk who are in prison.
    fn custody(&self, sex: usize, age: usize, risk: f64) -> f64 {
        self.lookup(sex, age, self.place(risk))(self.prisoners - 1)
    }

    /// Returns the factor on the custody of the ill that makes them the evidence's share of all prisoners of a sex.
    fn balance_ill(&self, inputs: &Inputs, illness: &IllnessRates, rates: &OffendingRates, sex: usize) -> f64 {
        let (mut ill, mut well) = (0.0, 0.0);
        for age in 0..AGES {
            let persons = inputs.tables.persons.iter().map(|area| f64::from(area[sex][age])).sum::<f64>();
            for (i, (risk, share)) in rates.mix(inputs, illness, sex, age).into_iter().enumerate() {
                let prisoners = persons * share * self.custody(sex, age, risk);
                if i % 4 == 1 { ill += prisoners } else { well += prisoners }
            }
        }
        let share = inputs.illness.custody_share.of(sex);
        if ill > 0.0 { share * well / ((1.0 - share) * ill) } else { 1.0 }
    }

    /// Draws (history, stage) of somebody at the start.
    pub(super) fn draw(&self, sex: usize, age: usize, place: (usize, f64), ill: bool, u: f64) -> (usize, Stage) {
        let of = self.lookup(sex, age, place);
        let u = if ill {
            let custody = of(self.prisoners - 1);
            let scaled = (custody * self.ill_custody[sex]).min(0.9);
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
