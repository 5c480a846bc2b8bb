//! Every hazard of a resident, from the rates of demography, illness and offending.

use super::columns::Bits;
use super::demography::DemographyRates;
use super::equilibrium::Equilibrium;
use super::illness::IllnessRates;
use super::inputs::Inputs;
use super::offending::{OffendingRates, RESPONSIBLE};
use crate::codes::{Disorder, Justice};
use crate::plan::{AGES, Levels};

/// What can happen to a resident. In this order when several fall on one day; each has its lane of the year's block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumCount, strum::VariantArray)]
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
    pub(super) const COUNT: usize = <Hazard as strum::EnumCount>::COUNT;
    /// Every hazard, in order.
    pub(super) const ALL: &'static [Hazard] = <Hazard as strum::VariantArray>::VARIANTS;
}

/// Where somebody stands with justice, as far as their hazards go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JusticeClass {
    /// Under no charge or order.
    Free,
    /// On bail, or under a community order.
    Bound,
    /// On licence.
    Licence,
    /// In prison.
    Custody,
}

impl JusticeClass {
    /// Every class, in order.
    pub(super) const ALL: [JusticeClass; 4] =
        [JusticeClass::Free, JusticeClass::Bound, JusticeClass::Licence, JusticeClass::Custody];

    /// The class of each code that three bits can hold.
    const BY_CODE: [JusticeClass; 8] = {
        let mut classes = [JusticeClass::Free; 8];
        let mut code = 0;
        while code < Justice::ALL.len() {
            classes[code] = match Justice::ALL[code] {
                Justice::None => JusticeClass::Free,
                Justice::Bail | Justice::Order => JusticeClass::Bound,
                Justice::Licence => JusticeClass::Licence,
                Justice::Remand | Justice::Sentenced | Justice::Recalled | Justice::Life => JusticeClass::Custody,
            };
            code += 1;
        }
        classes
    };

    /// Returns the class of somebody.
    #[inline(always)]
    pub(super) const fn of(bits: Bits) -> JusticeClass {
        JusticeClass::BY_CODE[bits.justice() as usize]
    }
}

/// All rates of a run.
#[derive(Clone, Debug)]
pub(super) struct Rates {
    /// Births, deaths and moves.
    pub demography: DemographyRates,
    /// Severe mental illness.
    pub illness: IllnessRates,
    /// Charges and what follows.
    pub offending: OffendingRates,
    /// Who stands where with justice at the start.
    pub equilibrium: Equilibrium,
    /// Levels of the year that is lived.
    pub levels: Levels,
}

impl Rates {
    /// Compiles the rates.
    pub(super) fn new(inputs: &Inputs) -> Rates {
        let illness = IllnessRates::new(inputs);
        let demography = DemographyRates::new(inputs, &illness);
        let mut offending = OffendingRates::new(inputs);
        let equilibrium = Equilibrium::new(inputs, &illness, &mut offending);
        Rates { demography, illness, offending, equilibrium, levels: Levels::START }
    }

    /// Age from which somebody can come to the pathway's notice [a].
    pub(super) fn youngest(&self) -> i32 {
        RESPONSIBLE.min(self.illness.need_from) as i32
    }

    /// Hazards of a resident of an age [1/a]. Unless the population `renews` itself there are no births, deaths, moves, nor
    /// onsets outside prison.
    #[inline(always)]
    pub(super) fn hazards(&self, bits: Bits, age: usize, renews: bool) -> [f64; Hazard::COUNT] {
        let risk = (self.illness.risk_of(bits), self.offending.risk_of(bits));
        self.hazards_at(bits, JusticeClass::of(bits), age.min(AGES - 1), risk, renews, &self.levels)
    }

    /// Hazards [1/a] of somebody of a class of justice and an age, at risks of illness and of a charge relative to the mean,
    /// and at levels of a year.
    #[inline(always)]
    pub(super) fn hazards_at(
        &self,
        bits: Bits,
        class: JusticeClass,
        age: usize,
        (illness, charge): (f64, f64),
        renews: bool,
        levels: &Levels,
    ) -> [f64; Hazard::COUNT] {
        let (sex, history, disorder) = (bits.sex() as usize, bits.history() as usize, bits.disorder() as usize);
        let liberty = class != JusticeClass::Custody;
        let mut out = [0.0; Hazard::COUNT];
        if liberty {
            out[Hazard::Fade as usize] = self.offending.decay[history];
            out[Hazard::Charge as usize] = self.offending.charge(charge * levels.arrests, history, sex, age);
        }
        out[Hazard::Call as usize] = match class {
            JusticeClass::Licence => self.offending.parameters.recall,
            JusticeClass::Free => self.illness.need_of(bits, age),
            JusticeClass::Bound | JusticeClass::Custody => 0.0,
        };
        if disorder == Disorder::None as usize && (renews || !liberty) {
            let custody = if liberty { 1.0 } else { self.illness.custody };
            out[Hazard::Onset as usize] = self.illness.onset[sex][age] * illness * custody;
        }
        if renews {
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
