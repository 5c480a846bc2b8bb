//! **Prisoners**: for which offence is somebody in prison of whom only it is known why they are held?
//!
//! Evidence: tables `offences` and those of [`sentences`](super::sentences), parameters `justice.custody.*`, `justice.remand.*`.
//! Draws: those of whoever asks.

use super::demography::{cumulate, pick};
use super::sentences::{Sentences, Term};
use super::tried::{GROUPS, Tried};
use crate::codes::{Justice, Offence, Sex};
use crate::plan::{BANDS, OFFENCES};

/// Why somebody is in prison, as far as the population knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// On remand; bound for the Crown Court or not.
    Remand(bool),
    /// Serving a sentence, or recalled from one.
    Sentence(Term),
}

impl Held {
    /// Why somebody is held who stands so with justice; `serious` is the Crown Court on remand, and a long sentence.
    pub fn of(justice: Justice, serious: bool) -> Held {
        match justice {
            Justice::Remand => Held::Remand(serious),
            Justice::Life => Held::Sentence(Term::Life),
            Justice::None
            | Justice::Bail
            | Justice::Sentenced
            | Justice::Licence
            | Justice::Recalled
            | Justice::Order => Held::Sentence(if serious { Term::Long } else { Term::Short }),
        }
    }
}

/// Frequency of somebody's offence by why they are held: who came to be held today, or everybody who is held.
#[derive(Clone, Debug)]
pub(super) struct Prisoners {
    /// By sex, age group, reason and, for those who came today and for all, offence and court [share], cumulated.
    cumulated: [[[[[f64; 2 * OFFENCES]; 2]; REASONS]; GROUPS]; 2],
}

/// Reasons why somebody is held.
const REASONS: usize = 5;

/// Number of a reason.
fn reason(held: Held) -> usize {
    match held {
        Held::Remand(crown) => usize::from(crown),
        Held::Sentence(Term::Short) => 2,
        Held::Sentence(Term::Long) => 3,
        Held::Sentence(Term::Life) => 4,
    }
}

impl Prisoners {
    /// Weighs the charges of each offence by what they lead to.
    pub(super) fn new(sentences: &Sentences, tried: &Tried) -> Prisoners {
        let of = |sex: usize, group: usize, why: usize, everybody: usize| {
            let charges = tried.charges(sex, group);
            let mut weights = [0.0; 2 * OFFENCES];
            for o in 0..OFFENCES {
                for court in 0..2 {
                    let shares = sentences.of(sex, o, court == 1);
                    let serves = |k: usize| if everybody == 1 { sentences.mean_served(k) } else { 1.0 };
                    let term = |want: usize| {
                        let there = (0..BANDS).filter(|k| reason(Held::Sentence(sentences.term(*k))) == want);
                        there.map(|k| shares[k] * serves(k)).sum::<f64>() * tried.custody(sex, o, court)
                    };
                    weights[2 * o + court] = charges[o][court]
                        * match why {
                            0 | 1 if why == court => tried.remand(sex, o, court),
                            0 | 1 => 0.0,
                            sentence => term(sentence),
                        };
                }
            }
            cumulate(&weights)
        };
        Prisoners {
            cumulated: std::array::from_fn(|sex| {
                std::array::from_fn(|group| {
                    std::array::from_fn(|why| std::array::from_fn(|everybody| of(sex, group, why, everybody)))
                })
            }),
        }
    }

    /// Draws the offence of somebody in prison, and whether it was tried at the Crown Court. `everybody`: one of all who are
    /// held so, not of those who came to be held today.
    pub(super) fn draw(&self, (sex, group): (Sex, usize), held: Held, everybody: bool, u: f64) -> (Offence, bool) {
        let at = pick(&self.cumulated[sex as usize][group][reason(held)][usize::from(everybody)], u);
        (Offence::ALL[at / 2 + 1], at % 2 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::offending::tests::rates;
    use super::super::sentences::tests::even;
    use super::*;

    #[test]
    fn who_serves_life_is_a_murderer_more_often_than_not_and_nobody_serves_it_for_theft() {
        let r = rates();
        let held = Held::Sentence(Term::Life);
        for everybody in [false, true] {
            let found: Vec<Offence> =
                even(1000).map(|u| r.prisoners.draw((Sex::Male, 2), held, everybody, u).0).collect();
            let murder = found.iter().filter(|o| **o == Offence::Murder).count();
            assert!((350..900).contains(&murder), "{murder} of 1000");
            assert!(!found.contains(&Offence::Theft) && !found.contains(&Offence::Drugs));
        }
    }

    #[test]
    fn on_remand_the_court_is_the_one_that_the_population_knows() {
        let r = rates();
        for crown in [false, true] {
            for u in even(200) {
                let (offence, tried) = r.prisoners.draw((Sex::Male, 2), Held::Remand(crown), true, u);
                assert_eq!(tried, crown);
                assert!(crown || offence != Offence::Murder);
            }
        }
    }
}
