//! Columns of the caseload and of the population, as Python sees them between two days.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;
use std::sync::Arc;

use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use stepdown_core::caseload::readout::{self, Read};
use stepdown_core::caseload::user_columns::{Filled, GivenValues, UserValues};
use stepdown_core::codes::Vocabulary;
use stepdown_core::draw::{Ordinal, Purpose};
use stepdown_core::error::SimError;
use stepdown_core::population::readout as residents;

use crate::enter::Fault;
use crate::simulation::Simulation;

/// The memory of a column: numpy reads it without a copy, and can't write to it.
enum Memory {
    /// Rows.
    U32(Vec<u32>),
    /// Days.
    U16(Arc<Vec<u16>>),
    /// Whole numbers.
    I64(Vec<i64>),
    /// Whole numbers.
    I32(Vec<i32>),
    /// Codes.
    I16(Vec<i16>),
    /// Codes and small numbers.
    I8(Vec<i8>),
    /// Real numbers.
    F64(Vec<f64>),
    /// Yes or no.
    Bool(Vec<bool>),
}

/// A column of the engine: `numpy.asarray` takes it without a copy.
///
/// Its memory stays where it is and as it is while anybody holds it; a later day is another column.
#[pyclass(frozen, module = "stepdown._core")]
pub struct View(Memory);

/// Where a column lies: its first byte, its number of items, the size of one, and its format.
fn span<T>(items: &[T], format: &'static CStr) -> (*const c_void, usize, usize, &'static CStr) {
    (items.as_ptr().cast(), items.len(), size_of::<T>(), format)
}

impl Memory {
    /// Where it lies: see [`span`].
    fn span(&self) -> (*const c_void, usize, usize, &'static CStr) {
        match self {
            Memory::U32(v) => span(v, c"I"),
            Memory::U16(v) => span(v, c"H"),
            Memory::I64(v) => span(v, c"q"),
            Memory::I32(v) => span(v, c"i"),
            Memory::I16(v) => span(v, c"h"),
            Memory::I8(v) => span(v, c"b"),
            Memory::F64(v) => span(v, c"d"),
            Memory::Bool(v) => span(v, c"?"),
        }
    }
}

#[pymethods]
impl View {
    /// Number of items.
    fn __len__(&self) -> usize {
        self.0.span().1
    }

    /// Lends the memory, for reading.
    ///
    /// # Safety
    /// Python calls it with a `view` to fill in. The memory is never written, and lives as long as the column, to which the
    /// view holds a reference.
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        if view.is_null() {
            return Err(PyBufferError::new_err("there is no view to fill in"));
        }
        if flags & ffi::PyBUF_WRITABLE == ffi::PyBUF_WRITABLE {
            return Err(PyBufferError::new_err("a column of the engine is read-only"));
        }
        let (memory, items, size, format) = slf.get().0.span();
        // One block for shape and stride: given back in `__releasebuffer__`.
        let layout = Box::into_raw(Box::new([items as ffi::Py_ssize_t, size as ffi::Py_ssize_t]));
        // SAFETY: `view` is valid for writes, as Python promises; `layout` was made just now.
        unsafe {
            (*view).buf = memory.cast_mut();
            (*view).len = (items * size) as ffi::Py_ssize_t;
            (*view).itemsize = size as ffi::Py_ssize_t;
            (*view).readonly = 1;
            (*view).ndim = 1;
            (*view).format = if flags & ffi::PyBUF_FORMAT == ffi::PyBUF_FORMAT {
                format.as_ptr().cast_mut()
            } else {
                ptr::null_mut()
            };
            (*view).shape = layout.cast();
            (*view).strides = layout.cast::<ffi::Py_ssize_t>().add(1);
            (*view).suboffsets = ptr::null_mut();
            (*view).internal = layout.cast();
            (*view).obj = slf.into_ptr();
        }
        Ok(())
    }

    /// Takes the memory back.
    ///
    /// # Safety
    /// Python calls it once with each `view` that `__getbuffer__` has filled in.
    #[expect(clippy::unused_self, reason = "Python calls it with one")]
    unsafe fn __releasebuffer__(&self, view: *mut ffi::Py_buffer) {
        // SAFETY: `internal` is the block that `__getbuffer__` made for this view.
        drop(unsafe { Box::from_raw((*view).internal.cast::<[ffi::Py_ssize_t; 2]>()) });
    }
}

impl From<readout::Values> for View {
    fn from(values: readout::Values) -> View {
        View(match values {
            readout::Values::Person(v) => Memory::I64(v),
            readout::Values::Word(v) => Memory::I16(v),
            readout::Values::Flag(v) => Memory::Bool(v),
            readout::Values::Whole(v) => Memory::I32(v),
            readout::Values::Real(v) => Memory::F64(v),
        })
    }
}

impl From<residents::Values> for View {
    fn from(values: residents::Values) -> View {
        View(match values {
            residents::Values::Person(v) => Memory::I64(v),
            residents::Values::Day(v) => Memory::U16(v),
            residents::Values::Flag(v) => Memory::Bool(v),
            residents::Values::Code(v) => Memory::I8(v),
        })
    }
}

/// An error that names what is not known and what is allowed.
fn unknown(what: &'static str, found: &str, allowed: Vec<&str>) -> PyErr {
    Fault::World(SimError::Unknown { what, found: found.to_owned(), allowed: allowed.join(", ") }).into()
}

/// Copies memory that Python lends.
fn copied<T: Element>(py: Python<'_>, buffer: &Bound<'_, PyAny>) -> PyResult<Vec<T>> {
    PyBuffer::<T>::get(buffer)?.to_vec(py)
}

/// Returns the rows of those who are on the caseload's books, in order.
#[pyfunction]
pub(crate) fn caseload_rows(simulation: &Bound<'_, Simulation>) -> PyResult<View> {
    Ok(View(Memory::U32(simulation.get().world()?.caseload.on_books().into_iter().map(u32::from).collect())))
}

/// Returns the row of a person who is on the caseload's books, if they are.
#[pyfunction]
pub(crate) fn caseload_row(simulation: &Bound<'_, Simulation>, person: i64) -> PyResult<Option<u32>> {
    Ok(simulation.get().world()?.caseload.find(person).map(|i| i.0))
}

/// Returns a column of the caseload for some rows.
#[pyfunction]
pub(crate) fn caseload_column(
    py: Python<'_>,
    simulation: &Bound<'_, Simulation>,
    name: &str,
    rows: &Bound<'_, PyAny>,
) -> PyResult<View> {
    let rows: Vec<u32> = copied(py, rows)?;
    let world = simulation.get().world()?;
    let all = world.caseload.cases.len();
    if let Some(row) = rows.iter().find(|row| **row as usize >= all) {
        return Err(unknown("row of the caseload", &row.to_string(), vec![&format!("0 to {}", all.saturating_sub(1))]));
    }
    if let Some(column) = readout::Column::find(name) {
        let cases = rows.iter().map(|row| &world.caseload.cases[*row as usize]);
        return Ok(column.gather(cases, world.today()).into());
    }
    let Some(own) = world.caseload.own.find(name) else {
        let own = world.caseload.own.all().iter().map(|c| c.name.as_str());
        return Err(unknown("column", name, readout::COLUMNS.iter().map(|c| c.name).chain(own).collect()));
    };
    Ok(View(match &own.values {
        UserValues::Real(v) => Memory::F64(rows.iter().map(|row| v.get(*row)).collect()),
        UserValues::Whole(v) => Memory::I64(rows.iter().map(|row| v.get(*row)).collect()),
        UserValues::Flag(v) => Memory::Bool(rows.iter().map(|row| v.get(*row)).collect()),
    }))
}

/// A default of an own column; its type is the column's.
#[derive(FromPyObject)]
pub(crate) enum Default {
    /// Yes or no.
    Flag(bool),
    /// Whole number.
    Whole(i64),
    /// Real number.
    Real(f64),
}

/// Attaches a column of one's own to the caseload.
#[pyfunction]
pub(crate) fn declare_column(simulation: &Bound<'_, Simulation>, name: &str, default: Default) -> PyResult<()> {
    let values = match default {
        Default::Flag(v) => UserValues::Flag(Filled::new(v)),
        Default::Whole(v) => UserValues::Whole(Filled::new(v)),
        Default::Real(v) => UserValues::Real(Filled::new(v)),
    };
    Ok(simulation.get().changed()?.caseload.own.declare(name, values).map_err(Fault::from)?)
}

/// Writes into a column of one's own: values of its type, one for each row.
#[pyfunction]
pub(crate) fn write_column(
    py: Python<'_>,
    simulation: &Bound<'_, Simulation>,
    name: &str,
    rows: &Bound<'_, PyAny>,
    values: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let rows: Vec<u32> = copied(py, rows)?;
    let mut world = simulation.get().changed()?;
    let own = &mut world.caseload.own;
    let written = match own.find(name).map(|c| &c.values) {
        Some(UserValues::Whole(_)) => own.write(name, &rows, GivenValues::Whole(&copied::<i64>(py, values)?)),
        Some(UserValues::Flag(_)) => {
            let flags: Vec<bool> = copied::<u8>(py, values)?.into_iter().map(|v| v != 0).collect();
            own.write(name, &rows, GivenValues::Flag(&flags))
        }
        _ => own.write(name, &rows, GivenValues::Real(&copied::<f64>(py, values)?)),
    };
    Ok(written.map_err(Fault::from)?)
}

/// Returns a column of the population at the close of the last day.
#[pyfunction]
pub(crate) fn population_column(simulation: &Bound<'_, Simulation>, name: &str) -> PyResult<View> {
    let world = simulation.get().world()?;
    let column = residents::Column::find(name)
        .ok_or_else(|| unknown("column", name, residents::COLUMNS.iter().map(|c| c.name).collect()))?;
    let mut values = world.population.column(column, world.today() - 1);
    if let residents::Values::Person(numbers) = &mut values {
        for case in world.caseload.renumbered.keys().filter_map(|p| world.caseload.by_person.get(p)) {
            let case = &world.caseload.cases[case.0 as usize];
            numbers[case.row as usize] = case.number;
        }
    }
    Ok(values.into())
}

/// Returns the words of a vocabulary, in order of code.
#[pyfunction]
pub(crate) fn words(simulation: &Bound<'_, Simulation>, vocabulary: &str) -> PyResult<Vec<String>> {
    let found = Vocabulary::from_name(vocabulary)
        .ok_or_else(|| unknown("vocabulary", vocabulary, Vocabulary::ALL.iter().map(|v| v.name()).collect()))?;
    let world = simulation.get().world()?;
    Ok(match found {
        Vocabulary::Area => world.plan.areas.iter().map(|a| a.name.clone()).collect(),
        Vocabulary::Unit => world.plan.units.iter().map(|u| u.name.clone()).collect(),
        Vocabulary::Commissioner => world.plan.commissioners.clone(),
        fixed => fixed.words().into_iter().map(|(_, word, _)| word).collect(),
    })
}

/// Returns the columns of the caseload: name, kind, unit, vocabulary and meaning of each.
#[pyfunction]
pub(crate) fn caseload_columns(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let list = PyList::empty(py);
    for column in readout::COLUMNS {
        let (kind, words) = match column.read {
            Read::Person(_) => ("identity", None),
            Read::Word(words, _) => ("word", Some(words)),
            Read::Flag(_) => ("flag", None),
            Read::Date(_) => ("date", None),
            Read::Count(..) => ("count", None),
            Read::Real(_) => ("number", None),
        };
        list.append(described(py, (column.name, kind, column.unit, column.doc), words)?)?;
    }
    Ok(list)
}

/// Returns the columns of the population: name, kind, unit, vocabulary and meaning of each.
#[pyfunction]
pub(crate) fn population_columns(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let list = PyList::empty(py);
    for column in residents::COLUMNS {
        let kind = match column.unit {
            "identity" | "word" | "flag" | "date" => column.unit,
            _ => "count",
        };
        list.append(described(py, (column.name, kind, column.unit, column.doc), column.words)?)?;
    }
    Ok(list)
}

/// Describes a column.
fn described<'py>(
    py: Python<'py>,
    (name, kind, unit, doc): (&str, &str, &str, &str),
    words: Option<Vocabulary>,
) -> PyResult<Bound<'py, PyDict>> {
    let row = PyDict::new(py);
    row.set_item("name", name)?;
    row.set_item("kind", kind)?;
    row.set_item("unit", unit)?;
    row.set_item("vocabulary", words.map(Vocabulary::name))?;
    row.set_item("description", doc)?;
    Ok(row)
}

/// Returns the order of a shuffle: positions by the keyed hash of (identity, activation, ordinal), then by identity.
#[pyfunction]
pub(crate) fn shuffled(
    py: Python<'_>,
    simulation: &Bound<'_, Simulation>,
    ids: &Bound<'_, PyAny>,
    ordinal: u64,
) -> PyResult<View> {
    let ids: Vec<i64> = copied(py, ids)?;
    let key = simulation.get().world()?.key;
    let hashed = ids.iter().map(|id| (key.hash(*id as u64, Purpose::Activation, Ordinal::counted(ordinal)), *id));
    let mut order: Vec<((u64, i64), i64)> = hashed.zip(0..).collect();
    order.sort_unstable();
    Ok(View(Memory::I64(order.into_iter().map(|(_, position)| position).collect())))
}
