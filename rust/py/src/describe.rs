//! What the engine can say about itself without running: vocabulary, schema, columns of a case, options, draws.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use stepdown_arrow::schema::tables;
use stepdown_core::choices::columns::CaseColumn;
use stepdown_core::codes::{Decision, Legal, Place, Vocabulary};
use stepdown_core::day::PHASES;
use stepdown_core::draw;
use stepdown_core::law::{self, places};
use stepdown_core::levers::Lever;

/// Returns the version of the engine.
#[pyfunction]
pub(crate) fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Returns the SHA-256 of the source that the engine was built from, in hexadecimal.
#[pyfunction]
pub(crate) fn source() -> &'static str {
    env!("STEPDOWN_SOURCE")
}

/// Returns the days between which a run may report: the first day, a 1 April, and the day after the last [d since 1900-01-01].
#[pyfunction]
pub(crate) fn calendar() -> (i32, i32) {
    stepdown_core::population::REPORTED
}

/// Returns the public schema: for each table its name, its description and its columns.
#[pyfunction]
pub(crate) fn schema(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let list = PyList::empty(py);
    for table in tables() {
        let columns = PyList::empty(py);
        for column in table.columns() {
            let row = PyDict::new(py);
            row.set_item("name", column.name)?;
            row.set_item("type", column.type_name())?;
            row.set_item("nullable", column.kind.is_nullable())?;
            row.set_item("unit", column.kind.unit())?;
            row.set_item("vocabulary", column.kind.vocabulary().map(Vocabulary::name))?;
            row.set_item("description", column.doc)?;
            columns.append(row)?;
        }
        let row = PyDict::new(py);
        row.set_item("table", table.name())?;
        row.set_item("description", table.doc())?;
        row.set_item("columns", columns)?;
        list.append(row)?;
    }
    Ok(list)
}

/// Returns the permanent vocabularies: name → list of (code, word, meaning).
#[pyfunction]
pub(crate) fn codes(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    for vocabulary in Vocabulary::ALL {
        let words = vocabulary.words();
        if !words.is_empty() {
            dict.set_item(vocabulary.name(), words)?;
        }
    }
    Ok(dict)
}

/// Returns words that belong together in law: vocabulary → group → words, in order of code.
#[pyfunction]
pub(crate) fn groups(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let of_places = |group: fn(Place) -> bool| {
        let members = Place::ALL.iter().filter(|place| group(**place));
        members.map(|place| place.name()).collect::<Vec<&str>>()
    };
    let of_legal = |group: fn(Legal) -> bool| {
        let members = Legal::ALL.iter().filter(|legal| group(**legal));
        members.map(|legal| legal.name()).collect::<Vec<&str>>()
    };
    let (place, legal) = (PyDict::new(py), PyDict::new(py));
    place.set_item("secure", of_places(places::secure))?;
    place.set_item("hospital", of_places(places::hospital))?;
    place.set_item("prison", of_places(places::prison))?;
    place.set_item("community", of_places(places::community))?;
    legal.set_item("detained", of_legal(law::detained))?;
    legal.set_item("restricted", of_legal(law::restricted))?;
    legal.set_item("transferred", of_legal(law::transferred))?;
    let dict = PyDict::new(py);
    dict.set_item(Vocabulary::Place.name(), place)?;
    dict.set_item(Vocabulary::Legal.name(), legal)?;
    Ok(dict)
}

/// Returns the table of places and moves: (place, its kind, places to which a person may go straight from it), in order of code.
#[pyfunction]
pub(crate) fn moves() -> Vec<(&'static str, String, Vec<&'static str>)> {
    let places = Place::ALL.iter().copied();
    let row = |from: Place| {
        let to = Place::ALL.iter().filter(|to| places::may_move(from, **to)).map(|to| to.name());
        (from.name(), format!("{:?}", places::properties(from).kind).to_lowercase(), to.collect())
    };
    places.map(row).collect()
}

/// Returns what a decision may look at: (name, unit, meaning) of each column `case.NAME`.
#[pyfunction]
pub(crate) fn columns() -> Vec<(&'static str, &'static str, &'static str)> {
    CaseColumn::ALL.iter().map(|c| (c.name(), c.unit(), c.doc())).collect()
}

/// Returns the options of each decision, in order of code.
#[pyfunction]
pub(crate) fn options(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    for decision in Decision::ALL {
        dict.set_item(decision.name(), decision.options().to_vec())?;
    }
    Ok(dict)
}

/// Returns the answers of each decision, in order of code: (name in Python, label in the data, meaning).
#[pyfunction]
pub(crate) fn answers(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    for decision in Decision::ALL {
        let answers = decision.answers().iter().zip(decision.options());
        let answers = answers.map(|((name, meaning), label)| (screaming(name), *label, *meaning));
        dict.set_item(decision.name(), answers.collect::<Vec<_>>())?;
    }
    Ok(dict)
}

/// Returns the name of a Rust variant as Python writes a constant: `MoreLeave` as `MORE_LEAVE`, `S37S41` as it is.
fn screaming(variant: &str) -> String {
    let mut out = String::new();
    for letter in variant.chars() {
        if letter.is_uppercase() && out.ends_with(|before: char| before.is_lowercase()) {
            out.push('_');
        }
        out.push(letter);
    }
    out.to_uppercase()
}

/// Returns the order of the day: (name, what happens, module and function of the engine that do it) of each phase.
#[pyfunction]
pub(crate) fn phases() -> Vec<(&'static str, &'static str, &'static str)> {
    PHASES.iter().map(|phase| (phase.name, phase.what, phase.function)).collect()
}

/// Returns the levers that the engine itself reads: (name, meaning); all others are read by terms of choices only.
#[pyfunction]
pub(crate) fn levers() -> Vec<(&'static str, &'static str)> {
    Lever::ALL.iter().map(|lever| (lever.name(), lever.doc())).collect()
}

/// Returns the four words of a Philox4x64-10 counter under a key.
///
/// `numpy.random.Philox(key=key, counter=counter)` increments before it draws: its first four words are those of
/// counter + 1.
#[pyfunction]
pub(crate) fn philox(key: [u64; 2], counter: [u64; 4]) -> [u64; 4] {
    draw::philox(key, counter)
}
