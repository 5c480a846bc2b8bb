//! The stages of justice, and the flows between them: people as shares of (history, stage), moved on in small steps.

use super::offending::{OffendingRates, age_group};
use crate::calendar::YEAR;
use crate::plan::{BANDS, Defendants};

/// Stages: free, bail and remand by court, six bands of sentence, licence and recall by length, order.
pub(super) const STAGES: usize = 10 + BANDS;
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
/// Serving a community order.
const ORDER: usize = 9 + BANDS;
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
            RECALLED..ORDER => Stage::Recalled(stage > RECALLED),
            _ => Stage::Order,
        }
    }

    /// Whether the stage with this number is spent in prison.
    pub(super) fn custody(stage: usize) -> bool {
        matches!(Stage::new(stage), Stage::Remand(_) | Stage::Sentence(_) | Stage::Recalled(_))
    }
}

/// Rates between stages of one sex and age [1/a].
pub(super) struct Flows {
    /// Charges that go to the Crown Court [share].
    crown: f64,
    /// Remanded in custody at a charge, by court [share].
    remand: [f64; 2],
    /// Prison sentences by band [share].
    sentence_share: [f64; BANDS],
    /// Release from a sentence, by band [1/a].
    served: [f64; BANDS],
    /// Whether a long licence follows, by band.
    long: [usize; BANDS],
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
            flows.served[k] = a_year(f64::midpoint(band.from, band.to) * p.served);
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
pub(super) fn liberty(shares: &[f64; STATES]) -> [f64; 4] {
    let mut out = [0.0; 4];
    for (s, share) in shares.iter().enumerate().filter(|(s, _)| !Stage::custody(s % STAGES)) {
        out[s / STAGES] += share;
    }
    out
}
