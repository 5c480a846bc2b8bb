//! **Charges and what follows**: bail or remand, court, prison, release, licence, recall, community order.
//!
//! Who: everyone from 10 years on; for the ill a charge ends their life in the population, the caseload goes on.
//! Evidence: tables `arrests`, `offences`, `sentences`, parameters `justice.*`.
//! Draws: [`Purpose::Year`](crate::draw::Purpose::Year) for charge, recall and the fading of history;
//! [`Purpose::Offence`], [`Purpose::Verdict`], [`Purpose::Supervised`](crate::draw::Purpose::Supervised) for what follows.
//!
//! Delays, licences, recalls and orders have exponential lengths: the stock at the start needs no memory of its own.
//! Sentences are those of [`super::sentences`]. Days on remand are taken off the mean of the part served, not off one person's.

use super::columns::Bits;
use super::demography::{cumulate, pick, to_array};
use super::illness::{IllnessRates, risks};
use super::inputs::Inputs;
use super::prisoners::Prisoners;
use super::sentences::{Sentence, Sentences};
use super::tried::{Tried, age_group};
use crate::calendar::Days;
use crate::codes::{Disorder, Offence};
use crate::draw::{Key, Ordinal, Purpose, exponential, unit};
use crate::plan::{AGES, Justice as JusticeParameters, Levels, OFFENCES};

/// Least age of criminal responsibility [a].
pub(super) const RESPONSIBLE: usize = 10;

/// Hazards of offending [1/a] and what courts do.
#[derive(Clone, Debug)]
pub(super) struct OffendingRates {
    /// Charge by sex and age without history or disorder, at mean risk; set by [`super::equilibrium`].
    pub base: [[f64; AGES]; 2],
    /// Charges in all by sex and age: what `base` has to give.
    pub total: [[f64; AGES]; 2],
    /// Risk by ethnic group and deprivation, mean 1.
    pub risk: [[f64; 6]; 5],
    /// Charges by sex and disorder, relative to none [ratio].
    pub disorder: [[f64; 4]; 2],
    /// Charges by history, relative to none [ratio].
    pub history: [f64; 4],
    /// Fading of history.
    pub decay: [f64; 4],
    /// Offences by sex and age group, cumulated [share].
    offences: [[[f64; OFFENCES]; 3]; 2],
    /// Crown Court share by offence [share].
    crown: [f64; OFFENCES],
    /// Which charges are tried where.
    pub tried: Tried,
    /// What sentences courts pass.
    pub sentences: Sentences,
    /// What those are charged with, or sentenced for, who are in prison.
    pub prisoners: Prisoners,
    /// Parameters.
    pub parameters: JusticeParameters,
}

/// A charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    /// Main offence.
    pub offence: Offence,
    /// Bound for the Crown Court.
    pub crown: bool,
    /// Remanded in custody.
    pub remanded: bool,
    /// Days until the end of the case, were it tried here.
    pub delay: Days,
}

/// What a court decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Prison.
    Custody(Sentence),
    /// A community order of so many days.
    Order(Days),
    /// No order.
    Free,
}

/// Draws days with an exponential length of this mean [d].
#[inline]
pub(super) fn days(mean: f64, u: f64) -> Days {
    Days::rounded_up(mean * exponential(u))
}

impl OffendingRates {
    /// Compiles the tables; `base` is still that of people at mean risk.
    pub(super) fn new(inputs: &Inputs) -> OffendingRates {
        let (tables, justice) = (inputs.tables, inputs.justice);
        let mut arrests = 0.0;
        for area in &tables.persons {
            for (sex, counts) in area.iter().enumerate() {
                arrests += counts.iter().zip(&tables.arrests[sex]).map(|(n, r)| f64::from(*n) * r).sum::<f64>();
            }
        }
        let scale = if arrests > 0.0 { justice.charged * justice.arrests / arrests } else { 0.0 };
        let total = [0, 1].map(|sex: usize| to_array::<AGES>(&tables.arrests[sex]).map(|r| r * scale));
        let tried = Tried::new(inputs, &total);
        let sentences = Sentences::new(tables, justice, &tried);
        let prisoners = Prisoners::new(&sentences, &tried);
        OffendingRates {
            base: total,
            total,
            risk: risks(inputs, justice.ethnicity.ratios(), justice.deprivation),
            disorder: [1.0, justice.women.psychosis].map(|ratio| {
                let of = &justice.disorder;
                [1.0, of.psychosis * ratio, of.personality, of.disability]
            }),
            history: [1.0, justice.history.some, justice.history.repeated, justice.history.prolific],
            decay: [0.0, justice.decay.some, justice.decay.repeated, justice.decay.prolific],
            offences: tables.offences.map(|sex| sex.map(|group| cumulate(&group))),
            crown: tables.crown,
            tried,
            sentences,
            prisoners,
            parameters: justice.clone(),
        }
    }

    /// Risk of a charge of a person relative to nobody's history and disorder at mean risk [ratio].
    #[inline]
    pub(super) fn risk_of(&self, bits: Bits) -> f64 {
        self.risk[bits.ethnicity() as usize][bits.deprivation() as usize]
            * self.disorder[bits.sex() as usize][bits.disorder() as usize]
    }

    /// Hazard of a charge [1/a] of somebody at liberty.
    #[inline]
    pub(super) fn charge(&self, risk: f64, history: usize, sex: usize, age: usize) -> f64 {
        self.uncapped(risk, history, sex, age).min(self.parameters.ceiling)
    }

    /// The same without its ceiling, which is in proportion to the risk [1/a].
    #[inline]
    pub(super) fn uncapped(&self, risk: f64, history: usize, sex: usize, age: usize) -> f64 {
        if age < RESPONSIBLE { 0.0 } else { self.base[sex][age] * self.history[history] * risk }
    }

    /// Draws the charge number `ordinal` of a person.
    pub(super) fn draw_charge(
        &self,
        key: Key,
        (person, ordinal): (u64, Ordinal),
        (sex, age): (usize, usize),
        levels: &Levels,
    ) -> Charge {
        let [offence, crown, remanded, delay] = key.block(person, Purpose::Offence, ordinal).map(unit);
        let offence = self.offence((sex, age), offence);
        let crown = self.tried_at_crown(offence, crown);
        let remanded = remanded < self.remanded((sex, age), offence, crown, levels);
        Charge { offence, crown, remanded, delay: days(self.parameters.delay.of(remanded, crown), delay) }
    }

    /// Offence of a charge of people of this sex and age, by a uniform number.
    #[inline]
    pub(super) fn offence(&self, (sex, age): (usize, usize), u: f64) -> Offence {
        Offence::ALL[pick(&self.offences[sex][age_group(age)], u) + 1]
    }

    /// Whether a charge is bound for the Crown Court, by a uniform number.
    #[inline]
    pub(super) fn tried_at_crown(&self, offence: Offence, u: f64) -> bool {
        u < self.crown[offence as usize - 1]
    }

    /// Charges on which people of this sex and age are remanded in custody [share]: all of murder.
    #[inline]
    pub(super) fn remanded(&self, (sex, age): (usize, usize), offence: Offence, crown: bool, levels: &Levels) -> f64 {
        let remand = &self.parameters.remand;
        let share = if crown { remand.crown } else { remand.magistrates };
        if offence == Offence::Murder { 1.0 } else { share * self.remand_ratio(sex, age) * levels.custody }
    }

    /// Remand in custody of a sex at an age relative to men [ratio].
    #[inline]
    pub(super) fn remand_ratio(&self, sex: usize, age: usize) -> f64 {
        self.parameters.women.remand_of(sex) * self.youth_ratio(age)
    }

    /// Prison by sentence of a sex at an age relative to men [ratio].
    #[inline]
    pub(super) fn custody_ratio(&self, sex: usize, age: usize) -> f64 {
        self.parameters.women.custody_of(sex) * self.youth_ratio(age)
    }

    /// Custody at an age relative to adults [ratio].
    #[inline]
    fn youth_ratio(&self, age: usize) -> f64 {
        if age_group(age) == 0 { self.parameters.youth } else { 1.0 }
    }

    /// Draws the verdict number `ordinal` of a person of this sex and age, who was `remanded` or not, tried at the
    /// Crown Court or not.
    pub(super) fn draw_verdict(
        &self,
        key: Key,
        (person, ordinal): (u64, Ordinal),
        (sex, age): (usize, usize),
        (remanded, crown): (bool, bool),
        levels: &Levels,
    ) -> Verdict {
        let [custody, band, length, other] = key.block(person, Purpose::Verdict, ordinal).map(unit);
        if custody < self.parameters.custody.of(remanded, crown) * self.custody_ratio(sex, age) * levels.custody {
            let shares = self.sentences.mixed(sex, age_group(age), crown);
            Verdict::Custody(self.sentences.draw(shares, [band, length], levels))
        } else if other < self.parameters.order {
            Verdict::Order(days(self.parameters.community_order, length))
        } else {
            Verdict::Free
        }
    }

    /// Mean days under supervision after release [d].
    pub(super) fn licence(&self, long: bool) -> f64 {
        if long { self.parameters.licence.long } else { self.parameters.licence.short }
    }

    /// Whether a charge of somebody with this disorder is for the caseload: every charge of the ill, and of the others
    /// those that can lead to custody.
    pub(super) fn for_caseload(disorder: Disorder, charge: Charge) -> bool {
        match disorder {
            Disorder::None => false,
            Disorder::Psychosis => true,
            Disorder::Personality | Disorder::Disability => charge.crown || charge.remanded,
        }
    }

    /// Shares of the risk of a charge among people of a sex and age: (risk, share of people), everyone at the start.
    pub(super) fn mix(&self, inputs: &Inputs, illness: &IllnessRates, sex: usize, age: usize) -> Vec<(f64, f64)> {
        let mut groups = [0.0; 5];
        for (area, mix) in inputs.tables.persons.iter().zip(&inputs.tables.ethnicity) {
            let persons = area.iter().flatten().map(|n| f64::from(*n)).sum::<f64>();
            let shares: f64 = mix.iter().sum();
            for (g, m) in groups.iter_mut().zip(mix) {
                *g += persons * m / shares;
            }
        }
        let all: f64 = groups.iter().sum();
        let mut out = Vec::with_capacity(100);
        for (ethnicity, persons) in groups.iter().enumerate() {
            for deprivation in 1..6 {
                let share = persons / all.max(1.0) / 5.0;
                let ill = (illness.prevalence[sex][age] * illness.risk[ethnicity][deprivation]).min(1.0);
                let (personality, disability) = (illness.others.0, illness.others.1 - illness.others.0);
                let kinds = [1.0 - ill - personality - disability, ill, personality, disability];
                for (kind, of) in kinds.into_iter().enumerate() {
                    out.push((self.risk[ethnicity][deprivation] * self.disorder[sex][kind], share * of));
                }
            }
        }
        out
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::plan::Plan;

    /// The rates of the small world, whose charges and sentences are those of the evidence.
    pub(in crate::population) fn rates() -> OffendingRates {
        let plan = Plan::read(include_bytes!("../world/small.json")).expect("the small world can be read");
        OffendingRates::new(&Inputs::of(&plan, Key { seed: 1, replicate: 0 }))
    }

    #[test]
    fn every_charge_is_tried_somewhere() {
        let tried = rates().tried;
        for (sex, group) in [(0, 0), (0, 2), (1, 1)] {
            let all: f64 = tried.charges(sex, group).iter().flatten().sum();
            assert!((all - 1.0).abs() < 1e-3, "{all}");
        }
    }
}
