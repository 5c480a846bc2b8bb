//! The stages of justice, and the flows between them: people as shares of (history, stage), moved on in small steps.

use super::offending::OffendingRates;
use super::sentences::Term;
use super::tried::age_group;
use crate::calendar::YEAR;
use crate::plan::{BANDS, Defendants};

/// Stages: free, bail and remand by court, six bands of sentence, licence and recall by length, order, life licence and
/// recall from it.
pub(super) const STAGES: usize = 12 + BANDS;
/// Under no charge or order.
const FREE: usize = 0;
/// On bail: magistrates' court, then Crown Court.
const BAIL: usize = 1;
/// On remand: magistrates' court, then Crown Court.
const REMAND: usize = 3;
/// In prison, by band of sentence.
const SENTENCE: usize = 5;
/// On licence: after a short sentence, then a long one.
const LICENCE: usize = 5 + BANDS;
/// Recalled: from a short licence, then a long one.
const RECALLED: usize = 7 + BANDS;
/// Recalled from a long licence.
const LONG_RECALLED: usize = RECALLED + 1;
/// Serving a community order.
const ORDER: usize = 9 + BANDS;
/// On licence for life.
const LIFE_LICENCE: usize = 10 + BANDS;
/// Recalled from it.
const LIFE_RECALLED: usize = 11 + BANDS;
/// States: history × stage.
pub(super) const STATES: usize = 4 * STAGES;
/// Steps a year in which shares are moved; the fastest stage (remand at the magistrates' court) lasts longer than a step.
const STEPS: usize = 16;

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
    /// On licence for life.
    LifeLicence,
    /// Recalled from it.
    LifeRecalled,
}

impl Stage {
    /// Returns the stage with this number.
    pub(super) fn new(stage: usize) -> Stage {
        match stage {
            FREE => Stage::Free,
            BAIL..REMAND => Stage::Bail(stage > BAIL),
            REMAND..SENTENCE => Stage::Remand(stage > REMAND),
            SENTENCE..LICENCE => Stage::Sentence(stage - SENTENCE),
            LICENCE..RECALLED => Stage::Licence(stage > LICENCE),
            RECALLED | LONG_RECALLED => Stage::Recalled(stage == LONG_RECALLED),
            ORDER => Stage::Order,
            LIFE_LICENCE => Stage::LifeLicence,
            _ => Stage::LifeRecalled,
        }
    }

    /// Whether the stage with this number is spent in prison.
    pub(super) fn custody(stage: usize) -> bool {
        matches!(Stage::new(stage), Stage::Remand(_) | Stage::Sentence(_) | Stage::Recalled(_) | Stage::LifeRecalled)
    }
}

/// Rates between stages of one sex and age [1/a].
pub(super) struct Flows {
    /// Charges that go to the Crown Court [share].
    crown: f64,
    /// Remanded in custody at a charge, by court [share].
    remand: [f64; 2],
    /// Prison sentences by court and band [share].
    sentence_share: [[f64; BANDS]; 2],
    /// Release from a sentence, by band [1/a].
    served: [f64; BANDS],
    /// The licence that follows, by band.
    licensed: [usize; BANDS],
    /// The court sits, by remand and court [1/a].
    end: [[f64; 2]; 2],
    /// Sent to prison by the court, by remand and court [share].
    custody: [[f64; 2]; 2],
    /// Community order, of those not sent to prison [share].
    order: f64,
    /// End of supervision, after a short sentence and a long one [1/a].
    licence: [f64; 2],
    /// Recall of a person on licence [1/a].
    recall: f64,
    /// Release after a recall [1/a].
    recalled: f64,
    /// End of a community order [1/a].
    order_end: f64,
    /// Recall from a life licence [1/a].
    life_recall: f64,
    /// Release after such a recall [1/a].
    life_recalled: f64,
    /// Fading of history, by history [1/a].
    decay: [f64; 4],
}

impl Flows {
    /// Follows shares for some years, with hazard of a charge by history.
    pub(super) fn follow(&self, shares: &mut [f64; STATES], charge: &[f64; 4], years: usize) {
        for _ in 0..STEPS * years {
            self.advance(shares, charge, 1.0 / STEPS as f64);
        }
    }

    /// Prepares the rates of a sex and age.
    pub(super) fn new(rates: &OffendingRates, sex: usize, age: usize) -> Flows {
        let p = &rates.parameters;
        let a_year = |days: f64| YEAR / days;
        let by = |of: &Defendants| [[of.of(false, false), of.of(false, true)], [of.of(true, false), of.of(true, true)]];
        Flows {
            crown: rates.tried.crown(sex, age_group(age)),
            remand: [p.remand.magistrates, p.remand.crown].map(|share| share * rates.remand_ratio(sex, age)),
            sentence_share: [false, true].map(|crown| *rates.sentences.mixed(sex, age_group(age), crown)),
            served: std::array::from_fn(|k| a_year(rates.sentences.mean_served(k))),
            licensed: std::array::from_fn(|k| match rates.sentences.term(k) {
                Term::Short => LICENCE,
                Term::Long => LICENCE + 1,
                Term::Life => LIFE_LICENCE,
            }),
            end: by(&p.delay).map(|row| row.map(a_year)),
            custody: by(&p.custody).map(|row| row.map(|share| share * rates.custody_ratio(sex, age))),
            order: p.order,
            licence: [a_year(p.licence.short), a_year(p.licence.long)],
            recall: p.recall,
            recalled: a_year(p.recalled),
            order_end: a_year(p.community_order),
            life_recall: p.life.recall,
            life_recalled: a_year(p.life.recalled),
            decay: rates.decay,
        }
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
                    // A charge recalls whoever is on licence for life.
                    let courts = if stage == LIFE_LICENCE { [0.0; 2] } else { [1.0 - self.crown, self.crown] };
                    if stage == LIFE_LICENCE {
                        go(up * STAGES + LIFE_RECALLED, *hazard);
                    }
                    for (court, share) in courts.into_iter().enumerate() {
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
                        for (k, share) in self.sentence_share[court].iter().enumerate() {
                            go(base + SENTENCE + k, end * custody * share);
                        }
                        go(base + ORDER, end * (1.0 - custody) * self.order);
                        go(base, end * (1.0 - custody) * (1.0 - self.order));
                    }
                    SENTENCE..LICENCE => {
                        let band = stage - SENTENCE;
                        go(base + self.licensed[band], self.served[band]);
                    }
                    LICENCE..RECALLED => {
                        go(base, self.licence[stage - LICENCE]);
                        go(base + RECALLED + stage - LICENCE, self.recall);
                    }
                    RECALLED..ORDER => go(base + LICENCE + stage - RECALLED, self.recalled),
                    ORDER => go(base, self.order_end),
                    LIFE_LICENCE => go(base + LIFE_RECALLED, self.life_recall),
                    LIFE_RECALLED => go(base + LIFE_LICENCE, self.life_recalled),
                    _ => {}
                }
            }
        }
        *shares = next;
    }
}

/// Part of each history that is at liberty.
pub(super) fn liberty(shares: &[f64; STATES]) -> [f64; 4] {
    let mut out = [0.0; 4];
    for (s, share) in shares.iter().enumerate().filter(|(s, _)| !Stage::custody(s % STAGES)) {
        out[s / STAGES] += share;
    }
    out
}
