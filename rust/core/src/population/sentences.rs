//! **Sentences**: how long, by offence, court and sex, and which have no release date. One table for everybody: the
//! population draws from it without knowing the offence, the caseload by the offence that it knows.
//!
//! Evidence: tables `sentences` (bands by sex), `sentence_lengths` (lengths by offence), parameters `justice.served`, `justice.served_late`,
//! `justice.magistrates_longest`, `justice.life.*`.
//! Draws: those of whoever asks.
//!
//! The lengths by offence are balanced against the bands, so that sentences of all offences, as the model's own courts
//! pass them, fall into the bands as published: bands are weighted until the sum over offences and courts fits
//! (iterative proportional fitting). Magistrates pass none that is longer than the law lets them.

use super::demography::{cumulate, pick};
use super::tried::{GROUPS, Tried};
use crate::calendar::Days;
use crate::plan::{BANDS, Band, Justice as JusticeParameters, Levels, OFFENCES, PopulationPlan};

/// Rounds in which the bands are balanced.
const ROUNDS: usize = 200;

/// What a sentence means for the time after it, and whether it has a release date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Term {
    /// Less than two years: a short time under supervision follows.
    Short,
    /// Two years and more: a long licence follows.
    Long,
    /// Life, or imprisonment for public protection: only the Parole Board releases, and the licence is for life.
    Life,
}

impl Term {
    /// The term of a band.
    fn of(band: &Band) -> Term {
        match (band.life, band.long) {
            (true, _) => Term::Life,
            (false, true) => Term::Long,
            (false, false) => Term::Short,
        }
    }
}

/// A custodial sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Days in custody from the sentence on; of an indeterminate one, until the Parole Board would release [d].
    pub days: Days,
    /// What it means for later.
    pub term: Term,
}

/// Sentences by band [share], by court: magistrates, Crown.
type ByCourt = [[f64; BANDS]; 2];

/// What sentences courts pass.
#[derive(Clone, Debug)]
pub(super) struct Sentences {
    /// Bands.
    bands: [Band; BANDS],
    /// Part of a sentence that is served in prison, unless it is indeterminate: of most, and of those many of which are
    /// released late [share].
    served: [f64; 2],
    /// By sex and offence.
    by_offence: [[ByCourt; OFFENCES]; 2],
    /// By sex and age group, of all offences that a court sentences.
    mixed: [[ByCourt; GROUPS]; 2],
    /// Cases of the Crown Court that are grave, by offence [share].
    grave: [f64; OFFENCES],
}

impl Sentences {
    /// Balances the lengths by offence for the charges that courts try.
    pub(super) fn new(tables: &PopulationPlan, justice: &JusticeParameters, tried: &Tried) -> Sentences {
        let bands = tables.sentences.clone();
        let lawful = |court: usize, band: &Band| court == 1 || !band.life && band.to <= justice.magistrates_longest;
        let seed: [ByCourt; OFFENCES] = std::array::from_fn(|o| {
            [0, 1]
                .map(|court| std::array::from_fn(|b| if lawful(court, &bands[b]) { tables.lengths[o][b] } else { 0.0 }))
        });
        let by_offence =
            [0, 1].map(|sex: usize| balanced(&seed, &tried.sentenced(sex), &bands.each_ref().map(|b| b.share[sex])));
        let mixed = [0, 1].map(|sex: usize| {
            std::array::from_fn(|group| {
                let sentenced: [[f64; 2]; OFFENCES] = std::array::from_fn(|o| {
                    [0, 1].map(|court: usize| tried.charges(sex, group)[o][court] * tried.custody(sex, o, court))
                });
                [0, 1].map(|court: usize| {
                    let all: f64 = sentenced.iter().map(|of| of[court]).sum();
                    let mut mix = [0.0; BANDS];
                    for (of, shares) in sentenced.iter().zip(&by_offence[sex]) {
                        for (m, s) in mix.iter_mut().zip(&shares[court]) {
                            *m += of[court] / all.max(f64::MIN_POSITIVE) * s;
                        }
                    }
                    mix
                })
            })
        });
        Sentences { bands, served: [justice.served, justice.served_late], by_offence, mixed, grave: tables.grave }
    }

    /// Sentences of one offence by band [share].
    pub(super) fn of(&self, sex: usize, offence: usize, crown: bool) -> &[f64; BANDS] {
        &self.by_offence[sex][offence][usize::from(crown)]
    }

    /// Sentences of grave, or of other, cases of one offence at the Crown Court by band [share]: the grave have the longest
    /// of those that the offence has, all of two years and more while there are enough of these.
    pub(super) fn of_gravity(&self, sex: usize, offence: usize, grave: bool) -> [f64; BANDS] {
        let all = &self.by_offence[sex][offence][1];
        let share = self.grave[offence];
        let long: f64 = (0..BANDS).filter(|k| self.term(*k) > Term::Short).map(|k| all[k]).sum();
        let of_long = if long > 0.0 { (share / long).min(1.0) } else { 0.0 };
        let of_short = if long < 1.0 { ((share - long) / (1.0 - long)).max(0.0) } else { 0.0 };
        let part = |k: usize| if self.term(k) > Term::Short { of_long } else { of_short };
        let weights: [f64; BANDS] = std::array::from_fn(|k| all[k] * if grave { part(k) } else { 1.0 - part(k) });
        // An offence that is never grave, or always, has one mix only.
        if weights.iter().sum::<f64>() > 0.0 { weights } else { *all }
    }

    /// Whether somebody who was sentenced at the Crown Court for an offence, to such a term, did something grave, by a uniform
    /// number.
    pub(super) fn is_grave(&self, sex: usize, offence: usize, term: Term, u: f64) -> bool {
        let (all, grave) = (&self.by_offence[sex][offence][1], self.of_gravity(sex, offence, true));
        let sum: f64 = grave.iter().sum();
        let of = |shares: &[f64; BANDS]| (0..BANDS).filter(|k| self.term(*k) == term).map(|k| shares[k]).sum::<f64>();
        u * of(all) < self.grave[offence] * of(&grave) / sum
    }

    /// Cases of the Crown Court that are grave, by offence [share].
    pub(super) fn grave(&self, offence: usize) -> f64 {
        self.grave[offence]
    }

    /// Sentences of all offences by band [share].
    pub(super) fn mixed(&self, sex: usize, group: usize, crown: bool) -> &[f64; BANDS] {
        &self.mixed[sex][group][usize::from(crown)]
    }

    /// What a band means for later.
    pub(super) fn term(&self, band: usize) -> Term {
        Term::of(&self.bands[band])
    }

    /// Mean days in custody of a sentence in a band [d].
    pub(super) fn mean_served(&self, band: usize) -> f64 {
        f64::midpoint(self.bands[band].from, self.bands[band].to) * self.part(band)
    }

    /// Part of a sentence in a band that is served in prison [share]; of an indeterminate one the table says the days themselves.
    fn part(&self, band: usize) -> f64 {
        let of = &self.bands[band];
        if of.life { 1.0 } else { self.served[usize::from(of.late)] }
    }

    /// Draws a sentence by shares of the bands and two uniform numbers.
    pub(super) fn draw(&self, shares: &[f64; BANDS], [band, length]: [f64; 2], levels: &Levels) -> Sentence {
        let k = pick(&cumulate(shares), band);
        let of = &self.bands[k];
        let level = if of.life { 1.0 } else { levels.sentences };
        let days = (of.from + length * (of.to - of.from)) * level * self.part(k);
        Sentence { days: Days::rounded_up(days), term: Term::of(of) }
    }

    /// Draws what is left of a sentence in a band that is met on any day of it [d]: a longer one is the more likely to be
    /// met, and what is left of it is even.
    pub(super) fn left(&self, k: usize, [length, left]: [f64; 2]) -> Days {
        let of = &self.bands[k];
        let squares = of.from * of.from + length * (of.to * of.to - of.from * of.from);
        Days::rounded_up(libm::sqrt(squares) * self.part(k) * left)
    }

    /// Draws a sentence of one offence that is being served: its term, and what is left of it.
    pub(super) fn draw_serving(&self, shares: &[f64; BANDS], u: [f64; 3]) -> Sentence {
        let stock: [f64; BANDS] = std::array::from_fn(|k| shares[k] * self.mean_served(k));
        let k = pick(&cumulate(&stock), u[0]);
        Sentence { days: self.left(k, [u[1], u[2]]), term: self.term(k) }
    }
}

/// Shares of the bands by offence and court, from frequencies and from the sentences that are passed for each, so that
/// over all they are those of `published`.
fn balanced(
    seed: &[ByCourt; OFFENCES],
    passed: &[[f64; 2]; OFFENCES],
    published: &[f64; BANDS],
) -> [ByCourt; OFFENCES] {
    let mut weight = [1.0; BANDS];
    let row = |of: &[f64; BANDS], weight: &[f64; BANDS]| {
        let all: f64 = of.iter().zip(weight).map(|(s, w)| s * w).sum();
        std::array::from_fn(|k| if all > 0.0 { of[k] * weight[k] / all } else { 0.0 })
    };
    let all: f64 = passed.iter().flatten().sum();
    let sum: f64 = published.iter().sum();
    for _ in 0..ROUNDS {
        let mut found = [0.0; BANDS];
        for (of, passed) in seed.iter().zip(passed) {
            for (of, passed) in of.iter().zip(passed) {
                let shares: [f64; BANDS] = row(of, &weight);
                for (f, s) in found.iter_mut().zip(shares) {
                    *f += passed / all * s;
                }
            }
        }
        for k in 0..BANDS {
            if found[k] > 0.0 {
                weight[k] *= published[k] / sum / found[k];
            }
        }
    }
    seed.map(|of| of.map(|of| row(&of, &weight)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::offending::tests::rates;
    use super::*;
    use crate::codes::Offence;
    use crate::draw::{Key, Ordinal, Purpose, unit};

    /// Even numbers between 0 and 1.
    pub(in crate::population) fn even(n: u32) -> impl Iterator<Item = f64> {
        (0..n).map(move |k| (f64::from(k) + 0.5) / f64::from(n))
    }

    #[test]
    fn sentences_of_all_offences_fall_into_the_published_bands() {
        let r = rates();
        for sex in 0..2 {
            let passed = r.tried.sentenced(sex);
            let all: f64 = passed.iter().flatten().sum();
            for (k, band) in r.sentences.bands.iter().enumerate() {
                let found: f64 = (0..OFFENCES)
                    .flat_map(|o| [0, 1].map(|court| passed[o][court] / all * r.sentences.by_offence[sex][o][court][k]))
                    .sum();
                assert!((found - band.share[sex]).abs() < 0.002, "{sex} {k}: {found} for {}", band.share[sex]);
            }
        }
    }

    #[test]
    fn a_murderer_is_sentenced_for_life_and_magistrates_pass_no_long_sentence() {
        let r = rates();
        let murder = Offence::Murder as usize - 1;
        for sex in 0..2 {
            for u in even(50) {
                let term = r.sentences.draw(r.sentences.of(sex, murder, true), [u, 0.5], &Levels::START).term;
                assert_eq!(term, Term::Life);
                for o in (0..OFFENCES).filter(|o| *o != murder) {
                    let s = r.sentences.draw(r.sentences.of(sex, o, false), [u, 1.0], &Levels::START);
                    let longest = r.parameters.magistrates_longest * r.parameters.served;
                    assert!(s.term == Term::Short && f64::from(s.days.count()) <= longest + 1.0, "{s:?}");
                }
            }
        }
    }

    #[test]
    fn drawn_lengths_are_those_of_the_bands_by_offence() {
        let r = rates();
        let key = Key { seed: 7, replicate: 0 };
        for offence in [Offence::Violence, Offence::Sexual, Offence::Theft, Offence::Robbery] {
            let o = offence as usize - 1;
            let shares = r.sentences.of(0, o, true);
            let expected: f64 = (0..BANDS).map(|k| shares[k] * r.sentences.mean_served(k)).sum();
            let n = 20_000;
            let drawn: Vec<Sentence> = (0..n)
                .map(|p| key.block(p, Purpose::Sentence, Ordinal::ONCE).map(unit))
                .map(|u| r.sentences.draw(shares, [u[0], u[1]], &Levels::START))
                .collect();
            let mean = drawn.iter().map(|s| f64::from(s.days.count())).sum::<f64>() / n as f64;
            assert!((mean / expected - 1.0).abs() < 0.04, "{}: {mean} d for {expected} d", offence.name());
            let life = drawn.iter().filter(|s| s.term == Term::Life).count() as f64 / n as f64;
            let share: f64 = (0..BANDS).filter(|k| r.sentences.term(*k) == Term::Life).map(|k| shares[k]).sum();
            assert!((life - share).abs() < 4.0 * libm::sqrt(share.max(1e-4) / n as f64), "{life} for {share}");
        }
    }

    #[test]
    fn a_grave_offence_is_met_by_a_longer_sentence_than_a_common_one() {
        let r = rates();
        let mean = |o: Offence| {
            let shares = r.sentences.of(0, o as usize - 1, true);
            (0..BANDS).map(|k| shares[k] * r.sentences.mean_served(k)).sum::<f64>()
        };
        let order = [
            Offence::Murder,
            Offence::Sexual,
            Offence::Robbery,
            Offence::Violence,
            Offence::Theft,
            Offence::PublicOrder,
        ];
        let means = order.map(mean);
        assert!(means.is_sorted_by(|a, b| a > b), "{means:?}");
    }

    #[test]
    fn grave_and_other_cases_together_have_the_sentences_of_the_offence() {
        let r = rates();
        for o in 0..OFFENCES {
            let share = r.sentences.grave(o);
            let [grave, other] = [true, false].map(|grave| {
                let weights = r.sentences.of_gravity(0, o, grave);
                let sum: f64 = weights.iter().sum();
                weights.map(|w| w / sum)
            });
            for k in 0..BANDS {
                let all = r.sentences.of(0, o, true)[k];
                let found = share * grave[k] + (1.0 - share) * other[k];
                assert!((found - all).abs() < 1e-9, "{o} {k}: {found} for {all}");
            }
        }
    }

    #[test]
    fn a_prisoner_is_there_for_something_grave_as_often_as_the_court_finds_it() {
        let r = rates();
        for offence in [Offence::Violence, Offence::Sexual, Offence::Robbery, Offence::Murder, Offence::Drugs] {
            let o = offence as usize - 1;
            let shares = r.sentences.of(0, o, true);
            let found: f64 = [Term::Short, Term::Long, Term::Life]
                .iter()
                .map(|term| {
                    let there: f64 = (0..BANDS).filter(|k| r.sentences.term(*k) == *term).map(|k| shares[k]).sum();
                    let grave = even(1000).filter(|u| r.sentences.is_grave(0, o, *term, *u)).count();
                    there * grave as f64 / 1000.0
                })
                .sum();
            assert!((found - r.sentences.grave(o)).abs() < 0.003, "{}: {found}", offence.name());
        }
    }

    #[test]
    fn the_level_of_sentences_lengthens_those_with_a_release_date_only() {
        let r = rates();
        let levels = Levels { sentences: 2.0, ..Levels::START };
        let days = |o: Offence, l: &Levels| {
            r.sentences.draw(r.sentences.of(0, o as usize - 1, true), [0.3, 0.5], l).days.count()
        };
        assert_eq!(days(Offence::Murder, &levels), days(Offence::Murder, &Levels::START));
        let (twice, once) = (days(Offence::Theft, &levels), days(Offence::Theft, &Levels::START));
        assert!((twice - 2 * once).abs() <= 1, "{twice} for {once}");
    }

    #[test]
    fn what_is_left_of_a_sentence_is_less_than_it() {
        let r = rates();
        for k in 0..BANDS {
            for u in even(20) {
                let left = f64::from(r.sentences.left(k, [u, 0.999]).count());
                assert!(left <= r.sentences.bands[k].to * r.sentences.part(k) + 1.0);
            }
        }
    }
}
