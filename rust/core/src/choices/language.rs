//! The language in which scores are written, and its one parser.
//!
//! A choice is declared in rows. Each row gives an option, a term and a parameter: the value of the parameter times what the
//! term reads is added to the score of the option. The language of terms, all of it:
//!
//! ```text
//! term    1 | factor | factor*factor
//! factor  ref | ref-ref | log1p(ref) | pos(ref-ref) | is(ref,CODE) | known(ref)
//! ref     case.x | agent.x | lever.x | option.x
//! ```
//!
//! The columns of a case and of an option are the engine's own, so that the parser knows their names. Attributes of agents and
//! levers come with a plan: the parser takes any name, and [`Names`](super::view::Names) checks it.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::columns::{CaseColumn, OptionColumn};
use crate::codes::Contract;

/// The greatest number of factors of a term.
pub const MAX_FACTORS: usize = 2;

/// Why a text is not a term. The message says what was found and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LanguageError {
    /// The product has too many factors.
    #[error("a term is a product of at most two factors")]
    TooManyFactors,
    /// A reference is of no group.
    #[error("{0:?} is not a reference; allowed: case.x, agent.x, lever.x, option.x")]
    NotAReference(String),
    /// There is no such column, attribute or lever.
    #[error("{group}.{name} is not known; allowed after {group}.: {}{}", list(.allowed), nearest(.name, .allowed, .group))]
    UnknownName {
        /// `case`, `agent`, `lever` or `option`.
        group: &'static str,
        /// What was found after the dot.
        name: String,
        /// What is allowed after the dot.
        allowed: Vec<String>,
    },
    /// There is no such function.
    #[error("{0:?} is not a function; allowed: log1p, pos, is, known")]
    UnknownFunction(String),
    /// `pos` is asked about something else than a difference.
    #[error("pos({0}) needs a difference: pos(ref-ref)")]
    NoDifference(String),
    /// `is` is given no code to compare with.
    #[error("is({0}) needs a code: is(ref,CODE)")]
    NoCode(String),
    /// `is` is asked about a column that holds a quantity.
    #[error("{0} holds no code, so is() can't compare it")]
    HoldsNoCode(String),
    /// The column holds codes, but not this one.
    #[error("{code:?} is not a code of {reference}; allowed: {}{}", list(.allowed), nearest(.code, .allowed, ""))]
    UnknownCode {
        /// The column.
        reference: String,
        /// What was found.
        code: String,
        /// The names of its codes.
        allowed: Vec<String>,
    },
    /// A column of codes is read as if it were a quantity.
    #[error("{0} holds a code: compare it with is({0},CODE)")]
    HoldsACode(String),
}

/// Returns what is allowed, as a message lists it.
fn list(allowed: &[String]) -> String {
    if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") }
}

/// Returns a hint that names the nearest of the allowed names, or nothing where none is near.
fn nearest(name: &str, allowed: &[String], group: &str) -> String {
    let close = |word: &&String| distance(name, word) <= name.chars().count().max(3) / 3;
    let Some(found) = allowed.iter().filter(close).min_by_key(|word| distance(name, word)) else {
        return String::new();
    };
    let dot = if group.is_empty() { "" } else { "." };
    format!("; did you mean {group}{dot}{found}?")
}

/// Returns how many letters have to be added, left out or changed to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = (0..=b.len()).collect();
    for (row, letter) in a.chars().enumerate() {
        let mut now = vec![row + 1];
        for (column, other) in b.iter().enumerate() {
            let changed = before[column] + usize::from(letter != *other);
            now.push(changed.min(before[column + 1] + 1).min(now[column] + 1));
        }
        before = now;
    }
    before[b.len()]
}

/// What a factor names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// `case.x`: a column of the case.
    Case(CaseColumn),
    /// `agent.x`: an attribute of the agent that decides, by name.
    Agent(String),
    /// `lever.x`: a lever, by name.
    Lever(String),
    /// `option.x`: a column of what is on offer.
    Offer(OptionColumn),
}

impl Reference {
    /// Returns the names of the codes that the column holds, in order of code; nothing where it holds a quantity.
    pub fn vocabulary(&self) -> Option<Vec<&'static str>> {
        match self {
            Reference::Case(column) => column.vocabulary(),
            Reference::Agent(name) if name == "contract" => Some(Contract::ALL.iter().map(|v| v.name()).collect()),
            Reference::Agent(_) | Reference::Lever(_) | Reference::Offer(_) => None,
        }
    }

    /// Reads a reference that is used as a quantity.
    fn quantity(text: &str) -> Result<Reference, LanguageError> {
        let found: Reference = text.parse()?;
        if found.vocabulary().is_some() { Err(LanguageError::HoldsACode(found.to_string())) } else { Ok(found) }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Case(column) => write!(f, "case.{}", column.name()),
            Reference::Agent(name) => write!(f, "agent.{name}"),
            Reference::Lever(name) => write!(f, "lever.{name}"),
            Reference::Offer(column) => write!(f, "option.{}", column.name()),
        }
    }
}

impl FromStr for Reference {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Reference, LanguageError> {
        let text = text.trim();
        let unknown = |group, name: &str, allowed: Vec<&str>| {
            let allowed = allowed.into_iter().map(str::to_owned).collect();
            LanguageError::UnknownName { group, name: name.to_owned(), allowed }
        };
        match text.split_once('.') {
            Some(("case", name)) => CaseColumn::from_name(name)
                .map(Reference::Case)
                .ok_or_else(|| unknown("case", name, CaseColumn::ALL.iter().map(|c| c.name()).collect())),
            Some(("option", name)) => OptionColumn::from_name(name)
                .map(Reference::Offer)
                .ok_or_else(|| unknown("option", name, OptionColumn::ALL.iter().map(|c| c.name()).collect())),
            Some(("agent", name)) => Ok(Reference::Agent(name.to_owned())),
            Some(("lever", name)) => Ok(Reference::Lever(name.to_owned())),
            _ => Err(LanguageError::NotAReference(text.to_owned())),
        }
    }
}

/// A factor of a term. `R` is how it names what it reads: a [`Reference`], or where the value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor<R> {
    /// `ref`: the value.
    Value(R),
    /// `ref-ref`: the first value less the second.
    Difference(R, R),
    /// `log1p(ref)`: the natural logarithm of 1 + the value.
    Log1p(R),
    /// `pos(ref-ref)`: the difference where it is positive, else 0.
    Positive(R, R),
    /// `is(ref,CODE)`: 1 where the value is this code, else 0.
    Is(R, u8),
    /// `known(ref)`: 1 where there is a value, else 0.
    Known(R),
}

impl<R> Factor<R> {
    /// Returns the name of what is done with the references.
    pub const fn function(&self) -> &'static str {
        match self {
            Factor::Value(_) => "value",
            Factor::Difference(..) => "difference",
            Factor::Log1p(_) => "log1p",
            Factor::Positive(..) => "pos",
            Factor::Is(..) => "is",
            Factor::Known(_) => "known",
        }
    }

    /// Returns what the factor names, in order.
    pub fn references(&self) -> impl Iterator<Item = &R> {
        let (a, b) = match self {
            Factor::Value(a) | Factor::Log1p(a) | Factor::Is(a, _) | Factor::Known(a) => (a, None),
            Factor::Difference(a, b) | Factor::Positive(a, b) => (a, Some(b)),
        };
        std::iter::once(a).chain(b)
    }

    /// Returns what the factor names and has to have a value.
    pub fn needs(&self) -> impl Iterator<Item = &R> {
        let known = matches!(self, Factor::Known(_));
        self.references().filter(move |_| !known)
    }

    /// Returns the code that `is` compares with.
    pub const fn code(&self) -> Option<u8> {
        if let Factor::Is(_, code) = self { Some(*code) } else { None }
    }

    /// Returns the same factor, with what it names replaced.
    ///
    /// # Errors
    /// Returns the first error of `replace`.
    pub fn try_map<S, E>(&self, replace: impl Fn(&R) -> Result<S, E>) -> Result<Factor<S>, E> {
        Ok(match self {
            Factor::Value(a) => Factor::Value(replace(a)?),
            Factor::Difference(a, b) => Factor::Difference(replace(a)?, replace(b)?),
            Factor::Log1p(a) => Factor::Log1p(replace(a)?),
            Factor::Positive(a, b) => Factor::Positive(replace(a)?, replace(b)?),
            Factor::Is(a, code) => Factor::Is(replace(a)?, *code),
            Factor::Known(a) => Factor::Known(replace(a)?),
        })
    }
}

/// Reads `ref-ref`; nothing where the text is no difference.
fn difference(text: &str) -> Result<Option<(Reference, Reference)>, LanguageError> {
    let Some((first, second)) = text.split_once('-') else { return Ok(None) };
    Ok(Some((Reference::quantity(first)?, Reference::quantity(second)?)))
}

impl FromStr for Factor<Reference> {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Factor<Reference>, LanguageError> {
        let text = text.trim();
        let Some((function, inner)) = text.strip_suffix(')').and_then(|t| t.split_once('(')) else {
            return Ok(match difference(text)? {
                Some((a, b)) => Factor::Difference(a, b),
                None => Factor::Value(Reference::quantity(text)?),
            });
        };
        let inner = inner.trim();
        match function.trim() {
            "log1p" => Ok(Factor::Log1p(Reference::quantity(inner)?)),
            "known" => Ok(Factor::Known(inner.parse()?)),
            "pos" => match difference(inner)? {
                Some((a, b)) => Ok(Factor::Positive(a, b)),
                None => Err(LanguageError::NoDifference(inner.to_owned())),
            },
            "is" => {
                let (name, code) = inner.split_once(',').ok_or_else(|| LanguageError::NoCode(inner.to_owned()))?;
                let (reference, code): (Reference, &str) = (name.parse()?, code.trim());
                let Some(names) = reference.vocabulary() else {
                    return Err(LanguageError::HoldsNoCode(reference.to_string()));
                };
                match (0..).zip(&names).find(|(_, name)| **name == code) {
                    Some((at, _)) => Ok(Factor::Is(reference, at)),
                    None => Err(LanguageError::UnknownCode {
                        reference: reference.to_string(),
                        code: code.to_owned(),
                        allowed: names.into_iter().map(str::to_owned).collect(),
                    }),
                }
            }
            other => Err(LanguageError::UnknownFunction(other.to_owned())),
        }
    }
}

/// A term: a product of factors, of none for the term `1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// At most [`MAX_FACTORS`] factors.
    pub factors: Vec<Factor<Reference>>,
}

impl FromStr for Term {
    type Err = LanguageError;

    fn from_str(text: &str) -> Result<Term, LanguageError> {
        if text.trim() == "1" {
            return Ok(Term { factors: Vec::new() });
        }
        let parts: Vec<&str> = text.split('*').collect();
        if parts.len() > MAX_FACTORS {
            return Err(LanguageError::TooManyFactors);
        }
        Ok(Term { factors: parts.into_iter().map(str::parse).collect::<Result<_, _>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(text: &str) -> Vec<Factor<Reference>> {
        text.parse::<Term>().expect("a term").factors
    }

    fn refused(text: &str) -> String {
        text.parse::<Term>().expect_err("refused").to_string()
    }

    #[test]
    fn every_form_of_a_factor_is_read() {
        let threshold = || Reference::Agent("threshold".to_owned());
        let reading = || Reference::Case(CaseColumn::Reading);
        assert_eq!(factors("1"), []);
        assert_eq!(factors("lever.cquin"), [Factor::Value(Reference::Lever("cquin".to_owned()))]);
        assert_eq!(factors("agent.threshold - case.reading"), [Factor::Difference(threshold(), reading())]);
        assert_eq!(factors("pos(case.reading-agent.threshold)"), [Factor::Positive(reading(), threshold())]);
        assert_eq!(factors("log1p( option.price )"), [Factor::Log1p(Reference::Offer(OptionColumn::Price))]);
        assert_eq!(
            factors("is(case.legal, s3)*known(case.reading)"),
            [Factor::Is(Reference::Case(CaseColumn::Legal), 2), Factor::Known(reading())]
        );
        assert_eq!(factors("is(agent.contract,provider-led)"), [Factor::Is(Reference::Agent("contract".into()), 3)]);
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        for text in ["case.tier_days", "agent.threshold", "lever.risk_aversion", "option.price"] {
            assert_eq!(text.parse::<Reference>().expect("a reference").to_string(), text);
        }
    }

    #[test]
    fn a_factor_needs_what_it_names_unless_it_asks_whether_it_is_known() {
        let (plain, known) = (&factors("case.reading-agent.threshold")[0], &factors("known(case.reading)")[0]);
        assert_eq!((plain.references().count(), plain.needs().count()), (2, 2));
        assert_eq!((known.references().count(), known.needs().count()), (1, 0));
        assert_eq!((plain.code(), factors("is(case.stage,ready)")[0].code()), (None, Some(14)));
        assert_eq!((plain.function(), known.function()), ("difference", "known"));
    }

    #[test]
    fn what_is_not_in_the_language_is_refused_with_what_is_allowed() {
        for (text, said) in [
            ("2", "\"2\" is not a reference; allowed: case.x, agent.x, lever.x, option.x"),
            ("hope", "\"hope\" is not a reference"),
            ("log1p(case.age", "\"log1p(case.age\" is not a reference"),
            ("case.risk", "case.risk is not known; allowed after case.: age, female"),
            ("option.colour", "allowed after option.: price, release, cost, distance, free"),
            ("exp(case.age)", "\"exp\" is not a function; allowed: log1p, pos, is, known"),
            ("pos(case.age)", "pos(case.age) needs a difference: pos(ref-ref)"),
            ("is(case.legal)", "is(case.legal) needs a code: is(ref,CODE)"),
            ("is(case.age,s37)", "case.age holds no code, so is() can't compare it"),
            ("is(case.legal,s99)", "\"s99\" is not a code of case.legal; allowed: none, s2, s3"),
            ("case.legal", "case.legal holds a code: compare it with is(case.legal,CODE)"),
            ("agent.contract", "agent.contract holds a code: compare it with is(agent.contract,CODE)"),
            ("log1p(case.stage)", "case.stage holds a code"),
            ("case.legal-case.stage", "case.legal holds a code"),
            ("case.age*case.female*case.black", "a term is a product of at most two factors"),
            ("case.age*", "\"\" is not a reference"),
        ] {
            assert!(refused(text).contains(said), "{text}: {}", refused(text));
        }
    }

    #[test]
    fn a_slip_of_the_pen_gets_the_name_that_was_meant() {
        assert!(refused("case.readin").ends_with("; did you mean case.reading?"));
        assert!(refused("is(case.place,medium secur)").ends_with("; did you mean medium secure?"));
        assert!(!refused("case.zzz").contains("did you mean"));
        assert_eq!([distance("", "abc"), distance("kitten", "sitting"), distance("same", "same")], [3, 3, 0]);
    }
}
