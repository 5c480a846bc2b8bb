//! Upper bounds that show cheaply that a resident has no event this year, or for some years.
//!
//! A bound, not a rate: whoever draws below it is lived exactly, and may still have a quiet year.

use super::columns::Bits;
use super::lanes::YEARS_A_BLOCK;
use super::period::Period;
use super::rates::{Hazard, JusticeClass, Rates};
use crate::calendar::YEAR;
use crate::plan::{AGES, Levels};

/// Years after the one that is lived whose levels bear on what is found out now: quiet years are told ahead.
pub const YEARS_AHEAD: i32 = YEARS_A_BLOCK as i32 - 1;

/// Number of classes: disorder × history × class of justice.
const CLASSES: usize = 4 * 4 * JusticeClass::ALL.len();
/// Ages of the coarse bounds: a block looks a few years ahead.
const COARSE_AGES: usize = AGES + YEARS_A_BLOCK as usize;
/// Steps of the coarse part of a draw: seven bits.
const COARSE: f64 = 128.0;
/// High bits of the bytes of a word.
const HIGH: u64 = 0x8080_8080_8080_8080;

/// For each class, sex and age, what a person's draws have to fall below for anything to happen in the period.
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

impl Bounds {
    /// Prepares the bounds of a period. `ahead`: whether the rates of the years after it are known; `greatest` are then the
    /// greatest levels of the years that a block has.
    pub(super) fn new(rates: &Rates, period: &Period, ahead: bool, greatest: &Levels) -> Bounds {
        let mut bounds = Bounds {
            fine: vec![[0; Hazard::COUNT]; CLASSES * 2 * AGES],
            coarse: vec![0; CLASSES * 2 * COARSE_AGES],
            risk: risks(rates),
            most: if ahead { YEARS_A_BLOCK as u32 } else { 1 },
            ageing: usize::from(period.ageing),
        };
        for class in 0..CLASSES {
            for sex in 0..2 {
                bounds.fill(rates, period, greatest, (class, sex));
            }
        }
        bounds
    }

    /// Fills in the bounds of a class and sex, by age.
    fn fill(&mut self, rates: &Rates, period: &Period, greatest: &Levels, (class, sex): (usize, usize)) {
        let years = f64::from(period.to - period.from) / YEAR;
        let longest = 366.0 / YEAR;
        let worst = |of: &[[f64; 6]; 5]| of.iter().flat_map(|r| &r[1..]).fold(0.0f64, |a, b| a.max(*b));
        let (illness, charge) = (worst(&rates.illness.risk), worst(&rates.offending.risk));
        let mut bits = Bits::default();
        bits.set_disorder(class as u32 & 3);
        bits.set_history(class as u32 >> 2 & 3);
        bits.set_sex(sex as u32);
        let disorder = rates.offending.disorder[sex][bits.disorder() as usize];
        let justice = JusticeClass::ALL[class >> 4];
        let of = |age: usize| {
            let age = age.min(AGES - 1);
            let mut hazards = rates.hazards_at(bits, justice, age, (1.0, disorder), period.renews, greatest);
            // A person's own risk scales the bound: the ceiling of the hazard must not come first.
            if hazards[Hazard::Charge as usize] > 0.0 {
                let risk = disorder * greatest.arrests;
                hazards[Hazard::Charge as usize] = rates.offending.uncapped(risk, bits.history() as usize, sex, age);
            }
            hazards
        };
        let mut now = of(0);
        for age in 0..COARSE_AGES {
            let then = of(age + 1);
            let most: [f64; Hazard::COUNT] = std::array::from_fn(|i| now[i].max(then[i]));
            if age < AGES {
                self.fine[(class * 2 + sex) * AGES + age] = most.map(|h| (h * years * 4_294_967_296.0).ceil() as u32);
            }
            let mut risky = most.map(|h| h * longest);
            risky[Hazard::Charge as usize] *= charge;
            risky[Hazard::Onset as usize] *= illness;
            let bytes = risky.map(|h| (h * COARSE).ceil().min(COARSE) as u8);
            self.coarse[(class * 2 + sex) * COARSE_AGES + age] = u64::from_le_bytes(bytes);
            now = then;
        }
    }

    /// Place of somebody's class and sex among the bounds.
    #[inline(always)]
    fn class(bits: Bits) -> usize {
        let disorder_and_history = (bits.0 >> 13 & 15) as usize;
        ((disorder_and_history | (JusticeClass::of(bits) as usize) << 4) << 1) | bits.sex() as usize
    }

    /// Returns how many years of the block are quiet, from `year` on: 0 if this year may not be.
    #[inline(always)]
    pub(super) fn quiet_years(&self, bits: Bits, age: usize, block: [u64; 4], year: u64) -> u32 {
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
    pub(super) fn may_have_event(&self, bits: Bits, age: usize, lanes: &[u32; Hazard::COUNT]) -> bool {
        let row = &self.fine[Self::class(bits) * AGES + age];
        let (illness, charge) = self.risk[(bits.0 >> 7 & 63) as usize];
        let mut hit = false;
        for hazard in [Hazard::Fade, Hazard::Call, Hazard::Birth, Hazard::Move, Hazard::Leave, Hazard::Death] {
            hit |= lanes[hazard as usize] < row[hazard as usize];
        }
        // A bound that has no room for more is one of somebody who is lived exactly in any case.
        let scaled = |hazard: Hazard, risk: u64| {
            let bound = row[hazard as usize];
            bound == u32::MAX || u64::from(lanes[hazard as usize]) << 16 < u64::from(bound) * risk
        };
        hit | scaled(Hazard::Charge, charge) | scaled(Hazard::Onset, illness)
    }
}

/// Returns the risks of illness and of a charge by deprivation and ethnicity, as they stand in [`Bits`], in units of 2^-16.
fn risks(rates: &Rates) -> [(u64, u64); 64] {
    let mut risk = [(1 << 16, 1 << 16); 64];
    for ethnicity in 0..5 {
        for deprivation in 1..6 {
            let units = |of: &[[f64; 6]; 5]| (of[ethnicity][deprivation] * 65_536.0).ceil() as u64 + 1;
            risk[deprivation << 3 | ethnicity] = (units(&rates.illness.risk), units(&rates.offending.risk));
        }
    }
    risk
}
