//! Which charges are tried where, and how often custody follows: what courts have before them, by offence, sex and age group.
//!
//! Evidence: tables `offences`, `arrests`, parameters `justice.remand.*`, `justice.custody.*`, `justice.women.*`. Draws: none.

use super::inputs::Inputs;
use crate::codes::Offence;
use crate::plan::{AGES, OFFENCES};

/// Groups of ages that offences are counted by.
pub(super) const GROUPS: usize = 3;

/// Which charges are tried where, and how often custody follows.
#[derive(Clone, Debug)]
pub(super) struct Tried {
    /// Charges by sex, age group, offence and court: magistrates, Crown [share].
    charges: [[[[f64; 2]; OFFENCES]; GROUPS]; 2],
    /// Charges by sex and offence, at all ages [persons/a].
    all_ages: [[[f64; 2]; OFFENCES]; 2],
    /// Sent to prison by a court, whether remanded before or not, by sex and court [share].
    custody: [[f64; 2]; 2],
    /// Sent to prison by the Crown Court from remand, by sex [share].
    remanded_custody: [f64; 2],
    /// Remanded in custody, by sex and court [share].
    remanded: [[f64; 2]; 2],
}

impl Tried {
    /// Takes charges apart by court; `total` is how many there are by sex and age [1/a].
    pub(super) fn new(inputs: &Inputs, total: &[[f64; AGES]; 2]) -> Tried {
        let (tables, p) = (inputs.tables, inputs.justice);
        let charges: [[[[f64; 2]; OFFENCES]; GROUPS]; 2] = tables.offences.map(|sex| {
            sex.map(|shares| {
                std::array::from_fn(|o| [shares[o] * (1.0 - tables.crown[o]), shares[o] * tables.crown[o]])
            })
        });
        let mut all_ages = [[[0.0; 2]; OFFENCES]; 2];
        for area in &tables.persons {
            for (sex, counts) in area.iter().enumerate() {
                for (age, persons) in counts.iter().enumerate().filter(|(age, _)| age_group(*age) > 0) {
                    for (all, of) in all_ages[sex].iter_mut().zip(&charges[sex][age_group(age)]) {
                        for (all, of) in all.iter_mut().zip(of) {
                            *all += f64::from(*persons) * total[sex][age] * of;
                        }
                    }
                }
            }
        }
        let remanded = [0, 1].map(|sex| [p.remand.magistrates, p.remand.crown].map(|of| of * p.women.remand_of(sex)));
        let custody = [0, 1].map(|sex: usize| {
            [false, true].map(|crown| {
                let remanded = remanded[sex][usize::from(crown)];
                let sent = remanded * p.custody.of(true, crown) + (1.0 - remanded) * p.custody.of(false, crown);
                sent * p.women.custody_of(sex)
            })
        });
        let remanded_custody = [0, 1].map(|sex| p.custody.of(true, true) * p.women.custody_of(sex));
        Tried { charges, all_ages, custody, remanded_custody, remanded }
    }

    /// Charges of a sex and age group by offence and court [share].
    pub(super) fn charges(&self, sex: usize, group: usize) -> &[[f64; 2]; OFFENCES] {
        &self.charges[sex][group]
    }

    /// Charges of a sex and age group that are tried at the Crown Court [share].
    pub(super) fn crown(&self, sex: usize, group: usize) -> f64 {
        self.charges[sex][group].iter().map(|of| of[1]).sum()
    }

    /// Sent to prison for an offence by a court [share]. Whoever is charged with murder was remanded.
    pub(super) fn custody(&self, sex: usize, offence: usize, court: usize) -> f64 {
        if Offence::ALL[offence + 1] == Offence::Murder { self.remanded_custody[sex] } else { self.custody[sex][court] }
    }

    /// Prison sentences of adults by offence and court [persons/a].
    pub(super) fn sentenced(&self, sex: usize) -> [[f64; 2]; OFFENCES] {
        std::array::from_fn(|o| [0, 1].map(|court: usize| self.all_ages[sex][o][court] * self.custody(sex, o, court)))
    }

    /// Remanded in custody on a charge [share].
    pub(super) fn remand(&self, sex: usize, offence: usize, court: usize) -> f64 {
        if Offence::ALL[offence + 1] == Offence::Murder { 1.0 } else { self.remanded[sex][court] }
    }
}

/// Group of ages that offences are counted by.
#[inline]
pub(super) fn age_group(age: usize) -> usize {
    match age {
        0..18 => 0,
        18..21 => 1,
        _ => 2,
    }
}
