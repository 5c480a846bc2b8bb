//! The language of choices, and the evaluator asked about a case that somebody describes.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use stepdown_core::choices::choice::Choice;
use stepdown_core::choices::columns::{CaseColumn, OptionColumn};
use stepdown_core::choices::language::{Factor, LanguageError, Reference, Term};
use stepdown_core::choices::options::Options;
use stepdown_core::choices::view::{Names, OptionRow, View};
use stepdown_core::codes::Decision;
use stepdown_core::draw::{Key, Ordinal};
use stepdown_core::plan::ChoicePlan;

/// Returns what a decision may look at of a place on offer: (name, unit, meaning) of each column `option.NAME`.
#[pyfunction]
pub(crate) fn option_columns() -> Vec<(&'static str, &'static str, &'static str)> {
    OptionColumn::ALL.iter().map(|c| (c.name(), c.unit(), c.doc())).collect()
}

/// Returns the references that can be null.
#[pyfunction]
pub(crate) fn nullable() -> Vec<String> {
    let case = CaseColumn::ALL.iter().filter(|c| c.nullable()).map(|c| Reference::Case(*c));
    let option = OptionColumn::ALL.iter().filter(|c| c.nullable()).map(|c| Reference::Offer(*c));
    case.chain(option).map(|reference| reference.to_string()).collect()
}

/// Returns the names of the codes of a reference such as `case.legal`, in order of code; nothing where it holds no code.
#[pyfunction]
pub(crate) fn vocabulary(reference: &str) -> Option<Vec<&'static str>> {
    reference.parse::<Reference>().ok()?.vocabulary()
}

/// A factor as Python sees it: what is done (`value`, `difference`, `log1p`, `pos`, `is` or `known`), with which references, and
/// the code that `is` compares with.
type ParsedFactor = (&'static str, Vec<String>, Option<u8>);

/// Reads a term of the language of choices: its factors, none for the term `1`.
///
/// `attributes` and `levers` are the names that may follow `agent.` and `lever.`. Raises `ValueError`, with what was found and what
/// is allowed.
#[pyfunction]
#[pyo3(signature = (text, *, attributes, levers))]
pub(crate) fn parse_term(text: &str, attributes: Vec<String>, levers: Vec<String>) -> PyResult<Vec<ParsedFactor>> {
    let names = Names { attributes: &attributes, levers: &levers };
    let refused = |e: LanguageError| PyValueError::new_err(e.to_string());
    let term: Term = text.parse().map_err(refused)?;
    names.check(&term).map_err(refused)?;
    let described = |factor: &Factor<Reference>| {
        (factor.function(), factor.references().map(Reference::to_string).collect(), factor.code())
    };
    Ok(term.factors.iter().map(described).collect())
}

/// Asks a declared choice about one case; the values are in the order of the columns, null as nan.
///
/// `plan` is the choice as a plan holds it, in JSON. `offers` has one row per option, or none; `allowed` are the
/// options that may be answered, by code; `key` is seed and replicate.
#[pyfunction]
#[pyo3(signature = (decision, plan, *, agent_columns, levers, case, agent, lever, offers, allowed, key, person, ordinal))]
#[expect(clippy::too_many_arguments, reason = "all of what a decision sees, by name")]
pub(crate) fn evaluate<'py>(
    py: Python<'py>,
    decision: &str,
    plan: &str,
    agent_columns: Vec<String>,
    levers: Vec<String>,
    case: Vec<f64>,
    agent: Vec<f64>,
    lever: Vec<f64>,
    offers: Vec<OptionRow>,
    allowed: Vec<u8>,
    key: (u64, u64),
    person: u64,
    ordinal: u64,
) -> PyResult<Bound<'py, PyDict>> {
    let invalid = |e: String| PyValueError::new_err(e);
    let which = Decision::from_name(decision).ok_or_else(|| invalid(format!("{decision}: not a decision")))?;
    let plan: ChoicePlan = serde_json::from_str(plan).map_err(|e| invalid(format!("{decision}: {e}")))?;
    let choice = Choice::new(which, &plan, &agent_columns, &levers).map_err(|e| invalid(e.to_string()))?;
    let case = case
        .try_into()
        .map_err(|c: Vec<f64>| invalid(format!("case: {} values; allowed: {}", c.len(), CaseColumn::COUNT)))?;
    if agent.len() != agent_columns.len() || lever.len() != levers.len() {
        return Err(invalid("agent, lever: one value per name".to_owned()));
    }
    let allowed = Options::of(which, allowed).map_err(|code| {
        invalid(format!("allowed: {code} is not an option of {decision}; allowed: 0 to {}", choice.count() - 1))
    })?;
    let view = View { case: &case, agent: &agent, lever: &lever, option: &offers };
    let key = Key { seed: key.0, replicate: key.1 };
    let explained = choice.explain(&view, allowed, key, person, Ordinal::counted(ordinal));
    if let Some(what) = choice.fault() {
        return Err(invalid(what.to_owned()));
    }
    let out = PyDict::new(py);
    out.set_item("inputs", explained.inputs)?;
    let rows: Vec<_> = explained.rows.iter().map(|r| (r.option, &r.term, &r.parameter, r.value, r.read)).collect();
    out.set_item("rows", rows)?;
    out.set_item("scores", explained.scores)?;
    out.set_item("draws", explained.draws)?;
    out.set_item("probabilities", explained.probabilities)?;
    out.set_item("answer", explained.answer.option)?;
    out.set_item("anomaly", explained.answer.anomaly)?;
    Ok(out)
}
