//! Every hazard of a resident in one place, and the bounds that tell quickly who has a quiet year.

use crate::calendar::{Day, NEVER, YEAR, age, date, day, financial_year};
use crate::codes::{Disorder, Justice};
use crate::draw::{Key, Ordinal, Purpose};

use super::columns::{Bits, NOTHING_DUE};
use super::demography::DemographyRates;
use super::equilibrium::Equilibrium;
use super::illness::IllnessRates;
use super::inputs::Inputs;
use super::offending::{OffendingRates, RESPONSIBLE};
use crate::plan::AGES;
use crate::plan::Levels;

/// What can happen to a resident. In this order when several fall on one day; each has its lane of the year's block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hazard {
    /// The history of offending fades.
    Fade,
    /// A charge.
    Charge,
    /// Recall to prison of somebody on licence; need of secure care of somebody with a disorder under no order.
    Call,
    /// First onset of severe mental illness.
    Onset,
    /// A birth.
    Birth,
    /// A move to another area.
    Move,
    /// Leaving England.
    Leave,
    /// Death.
    Death,
}

impl Hazard {
    /// Number of hazards.
    pub const COUNT: usize = 8;
    /// Every hazard, in order.
    pub const ALL: [Hazard; Self::COUNT] = [
        Hazard::Fade,
        Hazard::Charge,
        Hazard::Call,
        Hazard::Onset,
        Hazard::Birth,
        Hazard::Move,
        Hazard::Leave,
        Hazard::Death,
    ];
}

/// Where somebody stands, as far as hazards care: free, bail or order, licence, custody. Indexed by code of justice.
const STANDING: [usize; 8] = [0, 1, 3, 3, 2, 3, 1, 0];
const FREE: usize = 0;
const LICENCE: usize = 2;
const CUSTODY: usize = 3;
/// Number of classes: disorder × history × standing.
const CLASSES: usize = 4 * 4 * 4;

/// All rates of a run.
#[derive(Clone, Debug)]
pub(super) struct Rates {
    pub demography: DemographyRates,
    pub illness: IllnessRates,
    pub offending: OffendingRates,
    pub equilibrium: Equilibrium,
    /// Levels of the year that is lived.
    pub levels: Levels,
}

impl Rates {
    /// Compiles the rates.
    pub fn new(inputs: &Inputs) -> Rates {
        let illness = IllnessRates::new(inputs);
        let demography = DemographyRates::new(inputs, &illness);
        let mut offending = OffendingRates::new(inputs);
        let equilibrium = Equilibrium::new(inputs, &illness, &mut offending);
        Rates { demography, illness, offending, equilibrium, levels: Levels::START }
    }

    /// Age from which somebody can come to the pathway's notice [a].
    pub fn youngest(&self) -> i32 {
        RESPONSIBLE.min(self.illness.need_from) as i32
    }

    /// Hazards of a resident of an age [1/a]. `quiet`: no births, deaths, moves, nor onsets outside prison.
    #[inline(always)]
    pub fn hazards(&self, bits: Bits, age: usize, quiet: bool) -> [f64; Hazard::COUNT] {
        let standing = STANDING[bits.justice() as usize];
        let risk = (self.illness.risk_of(bits), self.offending.risk_of(bits));
        self.hazards_of(bits, standing, age.min(AGES - 1), risk, quiet, &self.levels)
    }

    #[inline(always)]
    fn hazards_of(
        &self,
        bits: Bits,
        standing: usize,
        age: usize,
        risk: (f64, f64),
        quiet: bool,
        levels: &Levels,
    ) -> [f64; Hazard::COUNT] {
        let (sex, history, disorder) = (bits.sex() as usize, bits.history() as usize, bits.disorder() as usize);
        let liberty = standing != CUSTODY;
        let mut out = [0.0; Hazard::COUNT];
        if liberty {
            out[Hazard::Fade as usize] = self.offending.decay[history];
            out[Hazard::Charge as usize] = self.offending.charge(risk.1 * levels.arrests, history, sex, age);
        }
        out[Hazard::Call as usize] = match standing {
            LICENCE => self.offending.parameters.recall,
            FREE => self.illness.need_of(bits, age),
            _ => 0.0,
        };
        if disorder == Disorder::None as usize && !(quiet && liberty) {
            let custody = if liberty { 1.0 } else { self.illness.custody };
            out[Hazard::Onset as usize] = self.illness.onset[sex][age] * risk.0 * custody;
        }
        if !quiet {
            if sex == 1 && bits.parity() < 7 {
                out[Hazard::Birth as usize] = self.demography.birth[age] * levels.fertility;
            }
            if liberty {
                out[Hazard::Move as usize] = self.demography.moves[age];
                out[Hazard::Leave as usize] = self.demography.leave[age] * levels.emigration;
            }
            let ill = usize::from(disorder == Disorder::Psychosis as usize);
            out[Hazard::Death as usize] = self.demography.death[ill][sex][age];
        }
        out
    }
}

/// A stretch of days that is lived in one go: a financial year, or a part of one.
#[derive(Clone, Debug)]
pub(super) struct Period {
    /// First day.
    pub from: Day,
    /// Day after the last.
    pub to: Day,
    /// Ordinal of its draws: the financial year.
    pub year: u64,
    /// No births, deaths, moves, nor onsets outside prison.
    pub quiet: bool,
    /// Nobody ages.
    still: bool,
    /// Age on the first day, by birth day [a].
    ages: Vec<u8>,
    /// Days from the first day to the next birthday, by birth day [d].
    birthdays: Vec<u16>,
}

impl Period {
    /// Prepares a period. With `clock`, everybody keeps the age of that day.
    pub fn new(from: Day, to: Day, quiet: bool, clock: Option<Day>) -> Period {
        let today = clock.unwrap_or(from);
        let (year, _, _) = date(today);
        let mut ages = Vec::with_capacity(1 << 16);
        let mut birthdays = Vec::with_capacity(1 << 16);
        for born in 0..1 << 16 {
            ages.push(age(born, today).clamp(0, AGES as i32 - 1) as u8);
            let (_, month, of) = date(born);
            // 29 February falls on 1 March in a common year.
            let next = [year, year + 1].map(|y| day(y, month, of)).into_iter().find(|d| *d > today).unwrap_or(NEVER);
            let wait = if clock.is_some() || born > today { Day::from(NOTHING_DUE) } else { next - today };
            birthdays.push(wait.min(Day::from(NOTHING_DUE)) as u16);
        }
        Period { from, to, year: financial_year(from) as u64, quiet, still: clock.is_some(), ages, birthdays }
    }

    /// Age on the first day [a].
    #[inline]
    pub fn age(&self, born: u16) -> usize {
        usize::from(self.ages[usize::from(born)])
    }

    /// The next birthday after the first day; far away where nobody ages.
    #[inline]
    pub fn birthday(&self, born: u16) -> Day {
        self.from + Day::from(self.birthdays[usize::from(born)])
    }

    /// Age on a day of the period [a].
    #[inline]
    pub fn age_on(&self, born: u16, day: Day) -> usize {
        (self.age(born) + usize::from(day >= self.birthday(born))).min(AGES - 1)
    }
}

/// Years that one block of draws covers.
pub(super) const YEARS_A_BLOCK: u64 = 4;
/// Ordinals of the finer part of the year's draws stand above those of the blocks of years.
const FINE: u64 = 1 << 32;
/// High bits of the bytes of a word.
const HIGH: u64 = 0x8080_8080_8080_8080;
/// Steps of the coarse part of a draw: seven bits.
const COARSE: f64 = 128.0;

/// Returns the year's draws of some people, one 32-bit lane per hazard.
///
/// The upper seven bits are a byte of the block of four years, the lower 25 come from a block of that year alone. So most
/// people need one block in four years: their coarse draws already lie above every bound.
#[inline]
pub(super) fn year_lanes<const N: usize>(key: Key, people: [(u64, u64); N], year: u64) -> [[u32; Hazard::COUNT]; N] {
    let fine = key.blocks(people.map(|(person, _)| (person, Purpose::Year, Ordinal::counted(FINE | year))));
    std::array::from_fn(|k| join(people[k].1, lanes(fine[k])))
}

/// Joins the coarse draws of a year with the fine ones.
#[inline]
fn join(coarse: u64, fine: [u32; Hazard::COUNT]) -> [u32; Hazard::COUNT] {
    let bytes = coarse.to_le_bytes();
    std::array::from_fn(|i| u32::from(bytes[i] & 0x7F) << 25 | fine[i] >> 7)
}

/// For each class, sex and age, what a person's draws have to fall below for anything to happen in the period.
///
/// A bound, not a rate: whoever falls below is lived exactly, and may still have a quiet year.
pub(super) struct Bounds {
    /// Of the year's lanes, at mean risk.
    fine: Vec<[u32; Hazard::COUNT]>,
    /// Of the coarse draws, a byte per hazard, at the greatest risk and for a whole year; ages run on past the last.
    coarse: Vec<u64>,
    /// Risks of illness and of a charge by (ethnicity, deprivation), in units of 2^-16.
    risk: [(u64, u64); 64],
    /// Quiet years that can be told ahead: this one only, or as many as a block has if the rates stay.
    most: u32,
    /// Years that people age in a year: 1, or 0 where time is frozen.
    ageing: usize,
}

/// Ages of the coarse bounds: a block looks a few years ahead.
const COARSE_AGES: usize = AGES + YEARS_A_BLOCK as usize;

impl Bounds {
    /// Prepares the bounds of a period. `ahead`: whether the rates of the years after it are known; `greatest` are then the
    /// greatest levels of the years that a block has.
    pub fn new(rates: &Rates, period: &Period, ahead: bool, greatest: &Levels) -> Bounds {
        let years = f64::from(period.to - period.from) / YEAR;
        let longest = 366.0 / YEAR;
        let worst = |of: &[[f64; 6]; 5]| of.iter().flat_map(|r| &r[1..]).fold(0.0f64, |a, b| a.max(*b));
        let (illness, charge) = (worst(&rates.illness.risk), worst(&rates.offending.risk));
        let mut fine = vec![[0; Hazard::COUNT]; CLASSES * 2 * AGES];
        let mut coarse = vec![0; CLASSES * 2 * COARSE_AGES];
        for class in 0..CLASSES {
            for sex in 0..2 {
                let mut bits = Bits::default();
                bits.set_disorder(class as u32 & 3);
                bits.set_history(class as u32 >> 2 & 3);
                bits.set_sex(sex as u32);
                let disorder = rates.offending.disorder[bits.disorder() as usize];
                let of = |age: usize| {
                    rates.hazards_of(bits, class >> 4, age.min(AGES - 1), (1.0, disorder), period.quiet, greatest)
                };
                let mut now = of(0);
                for age in 0..COARSE_AGES {
                    let then = of(age + 1);
                    let most: [f64; Hazard::COUNT] = std::array::from_fn(|i| now[i].max(then[i]));
                    if age < AGES {
                        fine[(class * 2 + sex) * AGES + age] =
                            most.map(|h| (h * years * 4_294_967_296.0).ceil() as u32);
                    }
                    let mut risky = most.map(|h| h * longest);
                    risky[Hazard::Charge as usize] *= charge;
                    risky[Hazard::Onset as usize] *= illness;
                    let bytes = risky.map(|h| (h * COARSE).ceil().min(COARSE) as u8);
                    coarse[(class * 2 + sex) * COARSE_AGES + age] = u64::from_le_bytes(bytes);
                    now = then;
                }
            }
        }
        let mut risk = [(1 << 16, 1 << 16); 64];
        for ethnicity in 0..5 {
            for deprivation in 1..6 {
                let units = |of: &[[f64; 6]; 5]| (of[ethnicity][deprivation] * 65_536.0).ceil() as u64 + 1;
                risk[deprivation << 3 | ethnicity] = (units(&rates.illness.risk), units(&rates.offending.risk));
            }
        }
        Bounds {
            fine,
            coarse,
            risk,
            most: if ahead { YEARS_A_BLOCK as u32 } else { 1 },
            ageing: usize::from(!period.still),
        }
    }

    #[inline(always)]
    fn class(bits: Bits) -> usize {
        let standing = STANDING[bits.justice() as usize];
        (((bits.0 >> 13 & 15) as usize | standing << 4) << 1) | bits.sex() as usize
    }

    /// Returns how many years of the block are quiet, from `year` on: 0 if this year may not be.
    #[inline(always)]
    pub fn quiet_years(&self, bits: Bits, age: usize, block: [u64; 4], year: u64) -> u32 {
        let slot = (year % YEARS_A_BLOCK) as usize;
        let from = Self::class(bits) * COARSE_AGES + age;
        // All four years at once: no branch depends on a draw.
        let mut quiet = 0u32;
        for (k, word) in block.into_iter().enumerate() {
            let bounds = self.coarse[from + k.saturating_sub(slot) * self.ageing];
            // A byte's high bit stays up if its draw is not below its bound.
            quiet |= u32::from(((word | HIGH) - bounds) & HIGH == HIGH) << k;
        }
        (quiet >> slot).trailing_ones().min(self.most)
    }

    /// Whether something may happen to this person in the period, by the year's lanes.
    #[inline]
    pub fn may_have_event(&self, bits: Bits, age: usize, lanes: &[u32; Hazard::COUNT]) -> bool {
        let row = &self.fine[Self::class(bits) * AGES + age];
        let (illness, charge) = self.risk[(bits.0 >> 7 & 63) as usize];
        let mut hit = false;
        for hazard in [Hazard::Fade, Hazard::Call, Hazard::Birth, Hazard::Move, Hazard::Leave, Hazard::Death] {
            hit |= lanes[hazard as usize] < row[hazard as usize];
        }
        let scaled = |hazard: Hazard, risk: u64| {
            u64::from(lanes[hazard as usize]) << 16 < u64::from(row[hazard as usize]) * risk
        };
        hit | scaled(Hazard::Charge, charge) | scaled(Hazard::Onset, illness)
    }
}

/// Returns the lanes of a block, one 32-bit word per hazard.
#[inline(always)]
pub(super) fn lanes(block: [u64; 4]) -> [u32; Hazard::COUNT] {
    let [a, b, c, d] = block;
    let (low, high) = (|w: u64| w as u32, |w: u64| (w >> 32) as u32);
    [low(a), high(a), low(b), high(b), low(c), high(c), low(d), high(d)]
}

/// Returns the uniform number in (0, 1) of a lane.
#[inline(always)]
pub(super) fn lane_unit(lane: u32) -> f64 {
    (f64::from(lane) + 0.5) * (1.0 / 4_294_967_296.0)
}

/// The code that [`Bits::justice`] holds.
pub(super) const fn code(justice: Justice) -> u32 {
    justice as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_follow_birthdays() {
        let from = day(2024, 4, 1);
        let period = Period::new(from, day(2025, 4, 1), false, None);
        for born in (0..=from).step_by(37) {
            for at in (from..period.to).step_by(11) {
                assert_eq!(period.age_on(born as u16, at), age(born, at).min(100) as usize, "{born} {at}");
            }
        }
    }

    #[test]
    fn nobody_ages_when_time_is_frozen() {
        let clock = day(2024, 4, 1);
        let period = Period::new(day(2030, 4, 1), day(2031, 4, 1), true, Some(clock));
        let born = day(1990, 6, 1) as u16;
        assert_eq!(period.age_on(born, day(2031, 3, 31)), 33);
    }
}
