//! A set of options of a decision, where it is known only at run time which decision that is.
//!
//! Where the decision is known by its type, the set is an [`EnumSet`] of its answers; [`Options::from`] makes this set of it.

use enumset::EnumSet;

use crate::codes::{Decision, Question};

/// The greatest number of options that a decision can have.
pub const MAX_OPTIONS: usize = u16::BITS as usize;

/// A set of options of one decision, by code: what the law allows, or what an agent leaves open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options(u16);

impl Options {
    /// No option.
    pub const NONE: Options = Options(0);

    /// Returns every option of a decision.
    ///
    /// # Panics
    /// If a decision has more than 16 options, which a test of every decision rules out.
    pub const fn all(decision: Decision) -> Options {
        let count = decision.options().len();
        assert!(count <= MAX_OPTIONS, "a decision has at most 16 options");
        Options((((1_u32) << count) - 1) as u16)
    }

    /// Returns the set of some options of a decision, by code.
    ///
    /// # Errors
    /// Returns the first code that is not an option of the decision.
    pub fn of(decision: Decision, codes: impl IntoIterator<Item = u8>) -> Result<Options, u8> {
        let all = Options::all(decision);
        codes.into_iter().try_fold(Options::NONE, |set, code| {
            if all.contains(code) { Ok(Options(set.0 | 1 << code)) } else { Err(code) }
        })
    }

    /// Whether the option is in the set.
    pub const fn contains(self, option: u8) -> bool {
        (option as usize) < MAX_OPTIONS && self.0 & (1 << option) != 0
    }

    /// Takes an option out of the set, if it is there.
    pub const fn remove(&mut self, option: u8) {
        if self.contains(option) {
            self.0 &= !(1 << option);
        }
    }

    /// Returns the options that are in both sets.
    #[must_use]
    pub const fn intersection(self, other: Options) -> Options {
        Options(self.0 & other.0)
    }

    /// Whether there is no option in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the number of options in the set.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Returns the option with the lowest code, if there is one.
    pub const fn first(self) -> Option<u8> {
        if self.is_empty() { None } else { Some(self.0.trailing_zeros() as u8) }
    }

    /// Returns the option of a set that has exactly one.
    pub const fn only(self) -> Option<u8> {
        if self.0.is_power_of_two() { self.first() } else { None }
    }

    /// Returns the codes of the options, in order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        let mut left = self;
        std::iter::from_fn(move || {
            let option = left.first()?;
            left.0 &= left.0 - 1;
            Some(option)
        })
    }
}

impl<Q: Question> From<EnumSet<Q>> for Options {
    fn from(answers: EnumSet<Q>) -> Options {
        Options(answers.iter().fold(0, |set, answer| set | 1 << answer.code()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Consent, Review};

    #[test]
    fn every_decision_has_few_enough_options() {
        for decision in Decision::ALL {
            assert_eq!(Options::all(*decision).len(), decision.options().len());
        }
    }

    #[test]
    fn a_set_of_answers_becomes_the_set_of_their_codes() {
        let set = Options::from(Review::Ready | Review::StepUp);
        assert_eq!(set.iter().collect::<Vec<u8>>(), [3, 5]);
        assert_eq!(set, Options::of(Decision::Review, [5, 3, 3]).expect("options of a review"));
        assert_eq!(Options::from(EnumSet::<Consent>::all()), Options::all(Decision::Consent));
        assert_eq!(Options::from(EnumSet::<Consent>::empty()), Options::NONE);
    }

    #[test]
    fn a_code_that_is_not_an_option_of_the_decision_makes_no_set() {
        assert_eq!(Options::of(Decision::Consent, [1, 2]), Err(2));
        assert_eq!(Options::of(Decision::Review, [200]), Err(200));
        assert!(!Options::all(Decision::Review).contains(200));
    }

    #[test]
    fn what_is_taken_out_is_gone_and_nothing_else() {
        let mut set = Options::all(Decision::Review);
        set.remove(5);
        set.remove(5);
        set.remove(200);
        assert_eq!((set.len(), set.contains(5), set.first()), (6, false, Some(0)));
    }

    #[test]
    fn only_a_set_of_one_has_an_only_option() {
        let one = Options::from(EnumSet::only(Review::Remit));
        assert_eq!((one.only(), one.is_empty()), (Some(6), false));
        assert_eq!(Options::all(Decision::Review).only(), None);
        assert_eq!((Options::NONE.only(), Options::NONE.first()), (None, None));
        assert_eq!(one.intersection(Options::from(EnumSet::only(Review::Ready))), Options::NONE);
    }
}
