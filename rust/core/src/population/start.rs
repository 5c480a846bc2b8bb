//! The people who are there at the start, and the attributes of everyone who comes later.
//!
//! Evidence: tables `population`, `ethnicity`, `illness_areas`. Draws: [`Purpose::Cell`], [`Purpose::Born`],
//! [`Purpose::Arrived`]; identities, [`Purpose::Identity`].

use super::columns::{Bits, NOTHING_DUE, Person, first_birth_day};
use super::demography::{cumulate, pick};
use super::flows::Stage;
use super::inputs::Inputs;
use super::lanes::{lane_unit, lanes};
use super::offending::days;
use super::outcome::Entrant;
use super::period::Period;
use super::rates::Rates;
use super::sentences::Term;
use crate::calendar::{Day, date, day};
use crate::codes::{Disorder, Justice, Sex};
use crate::draw::{Key, Ordinal, Purpose};
use crate::plan::AGES;

/// Identities of people who arrive are drawn under numbers above those of the cells at the start.
const ARRIVALS: u64 = 1 << 48;

/// Returns how many people each cell holds: area by sex by age. Sums are rounded, so the total is right at any fraction.
pub(super) fn cells(inputs: &Inputs) -> Vec<u32> {
    let mut before = 0.0;
    let fraction = inputs.mode.fraction;
    let counts = inputs.tables.persons.iter().flatten().flatten();
    counts
        .map(|n| {
            let after = before + f64::from(*n) * fraction;
            let count = (after + 0.5).floor() - (before + 0.5).floor();
            before = after;
            count as u32
        })
        .collect()
}

/// People who are made together: their blocks overlap.
pub(super) const TOGETHER: usize = 4;

/// Returns what is asked of the first few of some; where they are fewer, of the last one again.
#[inline(always)]
pub(super) fn together<T, O>(some: &[T], of: impl Fn(&T) -> O) -> [O; TOGETHER] {
    std::array::from_fn(|k| of(&some[k.min(some.len() - 1)]))
}

/// Places in the equilibrium of a sex, by ethnic group, deprivation and disorder.
type Places = [[[(usize, f64); 4]; 6]; 5];

/// Makes the people at the start, cell by cell.
pub(super) struct Founder<'a> {
    /// What the population reads.
    inputs: &'a Inputs<'a>,
    /// Rates of the run.
    rates: &'a Rates,
    /// Ethnic mix by area, cumulated [share].
    ethnicity: Vec<[f64; 5]>,
    /// Birth days of an age on the start: the first, and how many there are [d].
    births: Vec<(Day, f64)>,
    /// Places in the equilibrium by sex, ethnic group, deprivation and disorder.
    places: [Places; 2],
}

impl<'a> Founder<'a> {
    /// Prepares to make people.
    pub(super) fn new(inputs: &'a Inputs<'a>, rates: &'a Rates) -> Founder<'a> {
        let offending = &rates.offending;
        let place = |risk: f64, disorder: f64| rates.equilibrium.place(risk * disorder);
        Founder {
            inputs,
            rates,
            ethnicity: inputs.tables.ethnicity.iter().map(cumulate).collect(),
            births: (0..AGES).map(|age| birth_days(age, inputs.calendar.start)).collect(),
            places: offending
                .disorder
                .map(|of| offending.risk.map(|by| by.map(|risk| of.map(|disorder| place(risk, disorder))))),
        }
    }

    /// Makes the people `from` to `to` of a cell.
    pub(super) fn people(
        &self,
        (area, sex, age): (usize, usize, usize),
        from: u32,
        to: u32,
        mut each: impl FnMut(Person),
    ) {
        let key = self.inputs.key;
        let cell = ((area * 2 + sex) * AGES + age) as u64;
        for first in (from..to).step_by(TOGETHER) {
            let numbers: [u64; TOGETHER] = std::array::from_fn(|i| u64::from(first) + i as u64);
            let ids = key.blocks(numbers.map(|n| (cell, Purpose::Identity, Ordinal::counted(n)))).map(|block| block[0]);
            let draws = key.blocks(ids.map(|id| (id, Purpose::Cell, Ordinal::ONCE)));
            for (id, block) in ids.into_iter().zip(draws).take((to - first) as usize) {
                each(self.person((area, sex, age), id, lanes(block).map(lane_unit)));
            }
        }
    }

    /// Makes somebody again, by the row in which everyone was at the start; `until` cumulates the cells.
    pub(super) fn again(&self, until: &[u32], row: u32) -> Person {
        let cell = until.partition_point(|end| *end <= row);
        let number = row - if cell == 0 { 0 } else { until[cell - 1] };
        let mut made = Person { id: 0, born: 0, due: NOTHING_DUE, bits: Bits::default() };
        let of = (cell / (2 * AGES), cell / AGES % 2, cell % AGES);
        self.people(of, number, number + 1, |person| made = person);
        made
    }

    /// Makes somebody of a cell, by identity and uniform numbers.
    #[inline]
    fn person(&self, (area, sex, age): (usize, usize, usize), id: u64, u: [f64; 8]) -> Person {
        let (first, days) = self.births[age];
        let born = first + (u[0] * days) as Day;
        let mut bits = Bits::default();
        bits.set_area(area as u32);
        bits.set_sex(sex as u32);
        bits.set_ethnicity(pick(&self.ethnicity[area], u[1]) as u32);
        bits.set_deprivation((u[2] * 5.0) as u32 + 1);
        let illness = &self.rates.illness;
        let ill = illness.prevalence[sex][age] * illness.area[area] * illness.risk_of(bits);
        bits.set_disorder(illness.disorder(ill, u[3]) as u32);

        let mut person = Person { id, born: born as u16, due: NOTHING_DUE, bits };
        self.stand(&mut person, sex, age, u);
        person
    }

    /// Draws where somebody stands with justice at the start, and how much of it is left.
    fn stand(&self, person: &mut Person, sex: usize, age: usize, u: [f64; 8]) {
        let offending = &self.rates.offending;
        let equilibrium = &self.rates.equilibrium;
        let of = person.bits;
        let place = self.places[sex][of.ethnicity() as usize][of.deprivation() as usize][of.disorder() as usize];
        let ill = person.bits.disorder() == Disorder::Psychosis as u32;
        let (history, stage) = equilibrium.draw(sex, age, place, ill, u[4]);
        let p = &offending.parameters;
        let (justice, serious, left) = match stage {
            Stage::Free => {
                person.bits.set_history(history as u32);
                return;
            }
            Stage::Bail(crown) => (Justice::Bail, crown, days(p.delay.of(false, crown), u[5])),
            Stage::Remand(crown) => (Justice::Remand, crown, days(p.delay.of(true, crown), u[5])),
            Stage::Sentence(k) => {
                let left = offending.sentences.left(k, [u[5], u[6]]);
                match offending.sentences.term(k) {
                    Term::Short => (Justice::Sentenced, false, left),
                    Term::Long => (Justice::Sentenced, true, left),
                    Term::Life => (Justice::Life, true, left),
                }
            }
            Stage::Licence(long) => (Justice::Licence, long, days(offending.licence(long), u[5])),
            Stage::Recalled(long) => (Justice::Recalled, long, days(p.recalled, u[5])),
            Stage::Order => (Justice::Order, false, days(p.community_order, u[5])),
            Stage::LifeRecalled => (Justice::Life, true, days(p.life.recalled, u[5])),
            Stage::LifeLicence => {
                person.bits.set_history(history as u32);
                person.begin(Justice::Licence, true, None);
                return;
            }
        };
        person.bits.set_history(history as u32);
        person.begin(justice, serious, Some(self.inputs.calendar.first + left));
    }
}

/// Returns the identities of newcomers.
pub(super) fn identities(key: Key, entrants: [Entrant; TOGETHER]) -> [u64; TOGETHER] {
    let blocks = key.blocks(entrants.map(|entrant| match entrant {
        Entrant::Born { mother, before, .. } => (mother, Purpose::Identity, Ordinal::counted(u64::from(before))),
        Entrant::Arrived { area, day, number } => {
            (ARRIVALS | u64::from(area) << 32 | day as u64, Purpose::Identity, Ordinal::counted(u64::from(number)))
        }
    }));
    blocks.map(|block| block[0])
}

/// Makes newcomers.
pub(super) fn newcomers(rates: &Rates, key: Key, entrants: [Entrant; TOGETHER]) -> [Person; TOGETHER] {
    let ids = identities(key, entrants);
    let draws: [_; TOGETHER] = key.blocks(std::array::from_fn(|k| match entrants[k] {
        Entrant::Born { .. } => (ids[k], Purpose::Born, Ordinal::ONCE),
        Entrant::Arrived { .. } => (ids[k], Purpose::Arrived, Ordinal::ONCE),
    }));
    std::array::from_fn(|k| newcomer(rates, entrants[k], ids[k], lanes(draws[k]).map(lane_unit)))
}

/// Makes a newcomer, by identity and uniform numbers.
#[inline]
fn newcomer(rates: &Rates, entrant: Entrant, id: u64, u: [f64; 8]) -> Person {
    let mut bits = Bits::default();
    match entrant {
        Entrant::Born { day, bits: of, .. } => {
            bits.set_area(of.area());
            bits.set_sex(if u[0] < rates.demography.boys { Sex::Male as u32 } else { Sex::Female as u32 });
            bits.set_ethnicity(of.ethnicity());
            bits.set_deprivation(of.deprivation());
            bits.set_disorder(rates.illness.disorder(0.0, u[1]) as u32);
            Person { id, born: day as u16, due: NOTHING_DUE, bits }
        }
        Entrant::Arrived { area, day, .. } => {
            let age = pick(&rates.demography.arrival_ages, u[0]);
            bits.set_area(u32::from(area));
            bits.set_sex(if u[2] < rates.demography.arrival_men { Sex::Male as u32 } else { Sex::Female as u32 });
            bits.set_ethnicity(pick(&rates.demography.arrival_ethnicity, u[3]) as u32);
            bits.set_deprivation((u[4] * 5.0) as u32 + 1);
            let illness = &rates.illness;
            let ill = illness.prevalence[bits.sex() as usize][age] * illness.risk_of(bits) * illness.arrivals;
            bits.set_disorder(illness.disorder(ill, u[5]) as u32);
            let (first, days) = birth_days(age, day);
            let born = (first + (u[1] * days) as Day).max(0) as u16;
            Person { id, born, due: NOTHING_DUE, bits }
        }
    }
}

/// Returns the first birth day of somebody who is `age` today, and how many there are [d].
fn birth_days(age: usize, today: Day) -> (Day, f64) {
    let (y, m, d) = date(today);
    let first = first_birth_day(age, today);
    (first, f64::from(day(y - age as i32, m, d) - first + 1))
}

/// Returns who arrives in a period: so many in each area on each day, the same in every run with these inputs.
pub(super) fn arrivals(rates: &Rates, period: &Period) -> Vec<Entrant> {
    let mut out = Vec::new();
    for (area, a_day) in rates.demography.arrivals_a_day.iter().enumerate() {
        // Areas with few arrivals don't all have them on the same day.
        let phase = (area as f64 + 0.5) / rates.demography.arrivals_a_day.len() as f64;
        let up_to = |d: Day| (f64::from(d) * (a_day * rates.levels.immigration) + phase).floor();
        for day in period.from..period.to {
            let count = (up_to(day + 1) - up_to(day)) as u32;
            out.extend((0..count).map(|number| Entrant::Arrived { area: area as u8, day, number }));
        }
    }
    out
}
