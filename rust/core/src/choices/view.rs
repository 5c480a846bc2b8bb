//! What a decider sees: the values of a case, of the agent, of the levers and of what is on offer.

use super::columns::{CaseColumn, CaseRow, OptionColumn};
use super::language::{LanguageError, Reference, Term};

/// The values of one thing on offer, in the order of [`OptionColumn::ALL`].
pub type OptionRow = [f64; OptionColumn::COUNT];

/// What a decider sees when it decides, at the start of the phase.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The case.
    pub case: &'a CaseRow,
    /// Attributes of the agent, in the order of its kind's columns.
    pub agent: &'a [f64],
    /// Levers on the day, in the order of the names that the choice was built with; neutral is 0.
    pub lever: &'a [f64],
    /// What is on offer: one row per option, or empty where the decision looks at none.
    pub option: &'a [OptionRow],
}

/// Where a value stands in a [`View`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Case(usize),
    Agent(usize),
    Lever(usize),
    Offer(usize),
}

impl Slot {
    /// Returns the value; that of a thing on offer is null where nothing is on offer.
    #[inline]
    pub(super) fn value(self, view: &View, offer: Option<&OptionRow>) -> f64 {
        match self {
            Slot::Case(c) => view.case[c],
            Slot::Agent(c) => view.agent[c],
            Slot::Lever(c) => view.lever[c],
            Slot::Offer(c) => offer.map_or(f64::NAN, |o| o[c]),
        }
    }
}

/// The names that come with a plan, in the order in which a [`View`] gives their values.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Attributes of the kind of agent that decides.
    pub attributes: &'a [String],
    /// Levers of the run.
    pub levers: &'a [String],
}

impl Names<'_> {
    /// Refuses a term that names an attribute or lever that isn't there.
    ///
    /// # Errors
    /// [`LanguageError::UnknownName`], which says what is allowed.
    pub fn check(self, term: &Term) -> Result<(), LanguageError> {
        let mut named = term.factors.iter().flat_map(super::language::Factor::references);
        named.try_for_each(|reference| self.slot(reference).map(drop))
    }

    /// Returns where a reference's value stands.
    ///
    /// # Errors
    /// As [`Names::check`].
    pub(super) fn slot(self, reference: &Reference) -> Result<Slot, LanguageError> {
        let find = |group, name: &str, names: &[String]| {
            names.iter().position(|known| known == name).ok_or_else(|| LanguageError::UnknownName {
                group,
                name: name.to_owned(),
                allowed: names.to_vec(),
            })
        };
        match reference {
            Reference::Case(column) => Ok(Slot::Case(*column as usize)),
            Reference::Offer(column) => Ok(Slot::Offer(*column as usize)),
            Reference::Agent(name) => find("agent", name, self.attributes).map(Slot::Agent),
            Reference::Lever(name) => find("lever", name, self.levers).map(Slot::Lever),
        }
    }

    /// Returns the reference whose value stands in a place.
    pub(super) fn reference(self, slot: Slot) -> Reference {
        match slot {
            Slot::Case(c) => Reference::Case(CaseColumn::ALL[c]),
            Slot::Agent(c) => Reference::Agent(self.attributes[c].clone()),
            Slot::Lever(c) => Reference::Lever(self.levers[c].clone()),
            Slot::Offer(c) => Reference::Offer(OptionColumn::ALL[c]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_own_place_and_each_place_its_name() {
        let (attributes, levers) = (["threshold".to_owned(), "noise".to_owned()], ["cquin".to_owned()]);
        let names = Names { attributes: &attributes, levers: &levers };
        for text in ["case.age", "case.over_limit", "agent.noise", "lever.cquin", "option.free"] {
            let slot = names.slot(&text.parse().expect("a reference")).expect("a known name");
            assert_eq!(names.reference(slot).to_string(), text);
        }
        let offer = [7.0; OptionColumn::COUNT];
        let view = View { case: &[1.0; CaseColumn::COUNT], agent: &[2.0, 3.0], lever: &[4.0], option: &[] };
        let seen = |text: &str, offer| {
            names.slot(&text.parse().expect("a reference")).expect("a known name").value(&view, offer)
        };
        assert_eq!([seen("case.age", None), seen("agent.noise", None), seen("lever.cquin", None)], [1.0, 3.0, 4.0]);
        assert!(seen("option.price", Some(&offer)) == 7.0 && seen("option.price", None).is_nan());
    }

    #[test]
    fn a_name_that_the_plan_does_not_have_is_refused_with_those_that_it_has() {
        let levers = ["cquin".to_owned(), "risk_aversion".to_owned()];
        let names = Names { attributes: &[], levers: &levers };
        let refused = |text: &str| names.check(&text.parse().expect("a term")).expect_err("refused").to_string();
        assert_eq!(refused("agent.noise"), "agent.noise is not known; allowed after agent.: nothing");
        assert_eq!(
            refused("lever.cquinn"),
            "lever.cquinn is not known; allowed after lever.: cquin, risk_aversion; did you mean lever.cquin?"
        );
    }
}
