//! What the population reads of a plan: its tables, and the parameters `people.*`, `illness.*`, `justice.*`.

use serde::{Deserialize, Serialize};

use crate::codes::Sex;
use crate::hazards::fading::Histories;
use crate::plan::levels::Levels;

/// Ages that rates are given for: 0 to 99, and 100 and over.
pub const AGES: usize = 101;

/// Greatest number of areas that a row can name.
pub const MOST_AREAS: usize = 64;

/// Offences that a charge can name, from [`crate::codes::Offence`] 1 to 10.
pub const OFFENCES: usize = 10;

/// Bands of custodial sentences.
pub const BANDS: usize = 6;

/// Tables of the population: lists by area, sex (male, female) and single age.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationPlan {
    /// Residents on the first reported day, by area, sex and age [persons].
    pub persons: Vec<[Vec<u32>; 2]>,
    /// Death rate by sex and age [1/a].
    pub mortality: [Vec<f64>; 2],
    /// Births per woman by age [1/a], scaled to `people.births`.
    pub fertility: Vec<f64>,
    /// People who arrive, by age [share].
    pub arrivals: Vec<f64>,
    /// People who arrive, by ethnic group [share].
    pub arrival_ethnicity: [f64; 5],
    /// People who leave, by age [share].
    pub departures: Vec<f64>,
    /// Moves to another area, by age [1/a].
    pub moves: Vec<f64>,
    /// Ethnic mix by area [share].
    pub ethnicity: Vec<[f64; 5]>,
    /// Register of severe mental illness per adult, by area [share], scaled to `illness.register`.
    pub register: Vec<f64>,
    /// First onsets of severe mental illness by sex and age [1/a], scaled to `illness.incidence`.
    pub incidence: [Vec<f64>; 2],
    /// Arrests by sex and age [1/a], scaled to `justice.arrests`.
    pub arrests: [Vec<f64>; 2],
    /// Offences by sex and age group: 10 to 17, 18 to 20, 21 and over [share].
    pub offences: [[[f64; OFFENCES]; 3]; 2],
    /// Charges tried at the Crown Court, by offence [share].
    pub crown: [f64; OFFENCES],
    /// Cases of the Crown Court that are grave, by offence [share].
    pub grave: [f64; OFFENCES],
    /// Bands of custodial sentences, from short to long.
    pub sentences: [Band; BANDS],
    /// Frequency of the bands by offence, before they are balanced against the bands of all offences [share].
    pub lengths: [[f64; BANDS]; OFFENCES],
    /// What differs from year to year, in order of year; where there is nothing, all is as at the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub years: Vec<Levels>,
}

/// A band of custodial sentences.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Shortest sentence [d].
    pub from: f64,
    /// Longest sentence [d].
    pub to: f64,
    /// Whether a long licence follows.
    pub long: bool,
    /// Whether the sentence has no release date: `from` and `to` are then days in prison until the Parole Board releases.
    pub life: bool,
    /// Whether many of them are released late, after two thirds.
    pub late: bool,
    /// Sentences in this band, by sex [share].
    pub share: [f64; 2],
}

/// How people come and go.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// People who move to England [persons/a] -- scenario input.
    pub immigration: f64,
    /// People who leave England at the start [persons/a] -- scenario input.
    pub emigration: f64,
    /// Births at the start [persons/a].
    pub births: f64,
    /// Boys per girl [ratio].
    pub sex_ratio: f64,
    /// Illness among people who arrive, relative to residents [ratio].
    pub arrival_illness: f64,
    /// Men among people who arrive [share].
    pub arrival_men: f64,
    /// Youngest of the residents among whom people who arrive settle [a].
    pub settle_from: f64,
    /// Age from which residents draw nobody [a].
    pub settle_until: f64,
}

/// Risk relative to the White group [ratio].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ethnicities {
    /// Asian.
    pub asian: f64,
    /// Black.
    pub black: f64,
    /// Mixed.
    pub mixed: f64,
    /// Any other.
    pub other: f64,
}

/// One value for each sex.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sexes {
    /// Men.
    pub men: f64,
    /// Women.
    pub women: f64,
}

/// Criminal justice for women, relative to men on the same charge before the same court [ratio].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WomenJustice {
    /// Remand in custody.
    pub remand: f64,
    /// Prison by sentence, of those who were remanded and of those on bail alike.
    pub custody: f64,
    /// What severe mental illness adds to charges: its ratio in women over its ratio in men.
    pub psychosis: f64,
}

/// One value for each disorder.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Disorders {
    /// Severe mental illness.
    pub psychosis: f64,
    /// Severe personality disorder.
    pub personality: f64,
    /// Intellectual disability or autism.
    pub disability: f64,
}

/// Mortality of the ill relative to the life table [ratio].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IllMortality {
    /// Until old age.
    pub working: f64,
    /// In old age.
    pub old: f64,
}

/// Severe mental disorder.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Illness {
    /// Residents with severe mental illness at the start [persons].
    pub register: f64,
    /// First onsets at 16 to 64 [1/a].
    pub incidence: f64,
    /// Mortality of the ill.
    pub mortality: IllMortality,
    /// Age from which the ratio of old age holds [a].
    pub old_age: f64,
    /// Risk by ethnic group.
    pub ethnicity: Ethnicities,
    /// Risk in the most deprived fifth relative to the least [ratio].
    pub deprivation: f64,
    /// Onset in prison relative to outside [ratio].
    pub custody_incidence: f64,
    /// Prisoners with severe mental illness at the start, by sex.
    pub custody_share: Sexes,
    /// People with severe personality disorder [share].
    pub personality: f64,
    /// People with intellectual disability or autism [share].
    pub disability: f64,
    /// Coming to need secure care by the civil route [1/a].
    pub need: Disorders,
    /// Age from which that happens [a].
    pub need_from: f64,
    /// Age until which that happens [a].
    pub need_until: f64,
    /// Ratio per ten years of age above the reference [ratio].
    pub need_age: f64,
    /// Reference age, at which `need` holds [a].
    pub need_reference_age: f64,
    /// Need of women relative to men, in whom `need` holds [ratio].
    pub need_women: f64,
}

/// A value for each level of court.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Courts {
    /// Magistrates' court.
    pub magistrates: f64,
    /// Crown Court.
    pub crown: f64,
}

/// A value for each level of court, on bail and on remand.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Defendants {
    /// Bail, magistrates' court.
    pub bailed_magistrates: f64,
    /// Bail, Crown Court.
    pub bailed_crown: f64,
    /// Remand, magistrates' court.
    pub remanded_magistrates: f64,
    /// Remand, Crown Court.
    pub remanded_crown: f64,
}

/// Mean days under supervision after release [d].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Licences {
    /// After a short sentence.
    pub short: f64,
    /// After a long one.
    pub long: f64,
}

/// Sentences without a release date.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LifeSentences {
    /// Recall of a person on life licence [1/a].
    pub recall: f64,
    /// Mean days in prison after such a recall [d].
    pub recalled: f64,
    /// Days after which the Parole Board looks again at somebody whom it couldn't release [d].
    pub again: f64,
}

/// Offending and criminal justice.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Justice {
    /// Arrests in a year at the start [persons/a].
    pub arrests: f64,
    /// Charges per arrest [share].
    pub charged: f64,
    /// Charges by ethnic group.
    pub ethnicity: Ethnicities,
    /// Charges in the most deprived fifth relative to the least [ratio].
    pub deprivation: f64,
    /// Charges by disorder, relative to none [ratio].
    pub disorder: Disorders,
    /// Charges by history, relative to none [ratio].
    pub history: Histories,
    /// How fast a history fades to the next lower [1/a].
    pub decay: Histories,
    /// Greatest hazard of a charge [1/a].
    pub ceiling: f64,
    /// Remanded in custody at a charge [share].
    pub remand: Courts,
    /// Sent to prison by the court [share].
    pub custody: Defendants,
    /// Custody of children, on remand and by sentence, relative to adults [ratio].
    pub youth: f64,
    /// Women before the courts, relative to men.
    pub women: WomenJustice,
    /// Community order, of those not sent to prison [share].
    pub order: f64,
    /// Mean days from charge to the end of the case [d].
    pub delay: Defendants,
    /// Part of a sentence served in prison [share].
    pub served: f64,
    /// The same of sentences many of which are released late [share].
    pub served_late: f64,
    /// Longest sentence that magistrates may pass [d].
    pub magistrates_longest: f64,
    /// Sentences without a release date.
    pub life: LifeSentences,
    /// Supervision after release.
    pub licence: Licences,
    /// Recall of a person on licence [1/a].
    pub recall: f64,
    /// Mean days in prison after a recall [d].
    pub recalled: f64,
    /// Mean days of a community order [d].
    pub community_order: f64,
}

impl Ethnicities {
    /// Ratios in the order of [`crate::codes::Ethnicity`].
    pub(crate) fn ratios(&self) -> [f64; 5] {
        [1.0, self.asian, self.black, self.mixed, self.other]
    }
}

impl Sexes {
    /// The value for a sex, by its code.
    pub(crate) fn of(&self, sex: usize) -> f64 {
        if sex == Sex::Female as usize { self.women } else { self.men }
    }
}

impl WomenJustice {
    /// Remand in custody of a sex, by its code, relative to men [ratio].
    pub(crate) fn remand_of(&self, sex: usize) -> f64 {
        if sex == Sex::Female as usize { self.remand } else { 1.0 }
    }

    /// Prison by sentence of a sex relative to men [ratio].
    pub(crate) fn custody_of(&self, sex: usize) -> f64 {
        if sex == Sex::Female as usize { self.custody } else { 1.0 }
    }
}

impl Defendants {
    /// Returns the value for somebody who was `remanded` or not, tried at the Crown Court or not.
    pub(crate) fn of(&self, remanded: bool, crown: bool) -> f64 {
        match (remanded, crown) {
            (false, false) => self.bailed_magistrates,
            (false, true) => self.bailed_crown,
            (true, false) => self.remanded_magistrates,
            (true, true) => self.remanded_crown,
        }
    }
}
