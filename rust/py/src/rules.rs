//! Rules in Python: the engine's thread asks them for a whole queue at once, and hands columns over as plain memory.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};
use stepdown_core::calendar::Day;
use stepdown_core::choices::batch::{self, Answers};

/// Where the exception of a rule waits until the engine has returned.
pub(crate) type Raised = Arc<Mutex<Option<PyErr>>>;

/// Who answers for the rules of a plan, if anybody: shared by the run, where Python's garbage collector finds it, and the engine.
#[derive(Clone, Default)]
pub(crate) struct Answering(Arc<Mutex<Option<Py<PyAny>>>>);

impl Answering {
    /// Has a callable answer from now on.
    pub(crate) fn set(&self, callable: Py<PyAny>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(callable);
    }

    /// Has nobody answer any more.
    pub(crate) fn forget(&self) {
        // What is dropped may call back: the lock is let go of first.
        let forgotten = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(forgotten);
    }

    /// Shows the callable to Python's garbage collector.
    pub(crate) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Who holds the lock is just taking the callable from it, so that it is no garbage.
        self.0.try_lock().map_or(Ok(()), |callable| visit.call(&*callable))
    }

    fn callable(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let callable = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = callable.as_ref().map(|callable| callable.clone_ref(py));
        found.ok_or_else(|| PyValueError::new_err("nobody answers for the rules any more"))
    }
}

/// Has a Python callable answer for the rules of a plan.
pub(crate) struct Callable {
    answering: Answering,
    raised: Raised,
}

impl Callable {
    pub(crate) fn new(answering: Answering, raised: Raised) -> Callable {
        Callable { answering, raised }
    }

    fn call<T: Element>(&self, batch: Arc<batch::Batch>) -> Result<Vec<T>, String> {
        Python::attach(|py| {
            let said = self.answering.callable(py).and_then(|callable| callable.call1(py, (Batch { batch },)));
            said.and_then(|said| PyBuffer::<T>::get(said.bind(py))?.to_vec(py)).map_err(|error| {
                let what = error.to_string();
                *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                what
            })
        })
    }
}

impl Answers for Callable {
    fn options(&mut self, batch: Arc<batch::Batch>) -> Result<Vec<u8>, String> {
        self.call(batch)
    }

    fn scores(&mut self, batch: Arc<batch::Batch>) -> Result<Vec<f64>, String> {
        self.call(batch)
    }
}

/// The cases of a day's queue that a rule is asked about at once; for `placement` the free beds for them.
///
/// Columns are memory in the machine's byte order, for `numpy.frombuffer`. A value for each option stands option by option.
#[pyclass(frozen, module = "stepdown._core")]
pub(crate) struct Batch {
    batch: Arc<batch::Batch>,
}

/// Returns numbers as memory that Python may read.
fn read_only<const N: usize>(
    py: Python<'_>,
    values: impl ExactSizeIterator<Item = [u8; N]>,
) -> PyResult<Bound<'_, PyBytes>> {
    PyBytes::new_with(py, values.len() * N, |memory| {
        memory.chunks_exact_mut(N).zip(values).for_each(|(to, value)| to.copy_from_slice(&value));
        Ok(())
    })
}

#[pymethods]
impl Batch {
    /// The rule, an index into the plan's rules.
    #[getter]
    fn rule(&self) -> usize {
        self.batch.rule
    }

    /// The decision.
    #[getter]
    fn decision(&self) -> &'static str {
        self.batch.decision.name()
    }

    /// The day [d since 1900-01-01].
    #[getter]
    fn day(&self) -> Day {
        self.batch.day
    }

    fn __len__(&self) -> usize {
        self.batch.len()
    }

    /// Returns the columns that the rule reads, one after the other (64-bit real numbers, null as nan).
    fn reads<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        read_only(py, self.batch.reads.iter().map(|v| v.to_ne_bytes()))
    }

    /// Returns the declared choice's score of each option and row, to be changed (64-bit real numbers).
    fn scores<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyByteArray>> {
        PyByteArray::new_with(py, self.batch.scores.len() * 8, |memory| {
            let to = memory.chunks_exact_mut(8);
            to.zip(&self.batch.scores).for_each(|(to, value)| to.copy_from_slice(&value.to_ne_bytes()));
            Ok(())
        })
    }

    /// Returns which options are allowed: for each option and row 1, or 0 where it is not (8 bits). Empty for `placement`.
    fn allowed<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let options = 0..self.batch.decision.options().len() as u8;
        let allowed = |option| self.batch.allowed.iter().map(move |allowed| u8::from(allowed.contains(option)));
        PyBytes::new(py, &options.flat_map(allowed).collect::<Vec<u8>>())
    }

    /// Returns what taking each bed would answer; empty but for `placement` (32 bits).
    fn answers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        read_only(py, self.batch.answers.iter().map(|v| u32::from(*v).to_ne_bytes()))
    }

    /// Returns the published number of each row's person (64 bits, signed).
    fn persons<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        read_only(py, self.batch.numbers.iter().map(|v| v.to_ne_bytes()))
    }

    /// Returns who is asked: an index within the kind, for patients the home area (32 bits).
    fn agents<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        read_only(py, self.batch.agents.iter().map(|v| v.to_ne_bytes()))
    }

    /// Returns the unit of each bed; empty but for `placement` (16 bits).
    fn units<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        read_only(py, self.batch.units.iter().map(|v| v.to_ne_bytes()))
    }

    /// Chooses by score as the declared choice does, with the same numbers; returns an option for each row (8 bits).
    ///
    /// Raises `ValueError`, with the row, where a score is not a number or nothing lawful is left.
    fn choose<'py>(&self, py: Python<'py>, scores: PyBuffer<f64>) -> PyResult<Bound<'py, PyBytes>> {
        let scores = scores.to_vec(py)?;
        let wanted = self.batch.decision.options().len() * self.batch.len();
        if scores.len() != wanted {
            return Err(PyValueError::new_err(format!("{} scores; allowed: {wanted}", scores.len())));
        }
        Ok(PyBytes::new(py, &self.batch.choose(&scores).map_err(PyValueError::new_err)?))
    }

    /// Chooses by score for one row.
    ///
    /// Raises `ValueError`, with the row, where a score is not a number or nothing lawful is left.
    fn choose_one(&self, row: usize, scores: Vec<f64>) -> PyResult<u8> {
        let wanted = self.batch.decision.options().len();
        if scores.len() != wanted || row >= self.batch.len() {
            return Err(PyValueError::new_err(format!("{} scores; allowed: {wanted}", scores.len())));
        }
        self.batch.choose_one(row, &scores).map_err(PyValueError::new_err)
    }

    /// Draws a number in (0, 1) for each row, of a stream that the rule names (64-bit real numbers).
    fn uniforms<'py>(&self, py: Python<'py>, stream: u64) -> PyResult<Bound<'py, PyBytes>> {
        read_only(py, self.batch.uniforms(stream).into_iter().map(f64::to_ne_bytes))
    }

    /// Writes a column of people's own, once the answers are accepted: a number for each row.
    fn write(&self, py: Python<'_>, column: String, values: PyBuffer<f64>) -> PyResult<()> {
        let values = values.to_vec(py)?;
        self.batch.writes.lock().unwrap_or_else(PoisonError::into_inner).push((column, values));
        Ok(())
    }

    /// Returns a sentence about a row, which names the person.
    fn at(&self, row: usize, what: &str) -> String {
        self.batch.at(row, what)
    }
}
