//! The recorded inflow of a run, as Python sees it.

use std::sync::atomic::{AtomicI32, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use stepdown_core::draw::Key;
use stepdown_core::plan::Plan;
use stepdown_core::population;

use crate::enter::{EnterSim, Fault};

/// Everybody whom the pathway can meet, and the yearly counts of all the others: see `stepdown.inflow`.
#[pyclass(frozen, module = "stepdown._core")]
pub struct Inflow {
    /// The record.
    pub(crate) inflow: population::Inflow,
}

#[pymethods]
impl Inflow {
    /// Records the inflow of a compiled plan: its population lives once, without the pathway. Calls `progress(day)` some ten
    /// times a second.
    #[staticmethod]
    #[pyo3(signature = (plan, *, seed, replicate, threads, progress = None))]
    fn record(
        py: Python<'_>,
        plan: &[u8],
        seed: u64,
        replicate: u64,
        threads: usize,
        progress: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Inflow> {
        let today = AtomicI32::new(0);
        py.enter_sim(
            |stop| {
                let plan = Plan::read(plan)?;
                plan.validate()?;
                today.store(plan.calendar.first, Ordering::Relaxed);
                let inputs = population::Inputs::of(&plan, Key { seed, replicate });
                let each = |day| today.store(day, Ordering::Relaxed);
                Ok(Inflow { inflow: population::Inflow::record(&inputs, threads.max(1), stop, each)? })
            },
            || match (&progress, today.load(Ordering::Relaxed)) {
                (None, _) | (_, 0) => Ok(()),
                (Some(progress), day) => progress.call1((day,)).map(drop),
            },
        )
    }

    /// Reads a record from the bytes of its file.
    #[staticmethod]
    fn read(py: Python<'_>, data: &[u8]) -> PyResult<Inflow> {
        py.enter_sim(|_| Ok(Inflow { inflow: population::Inflow::from_bytes(data)? }), || Ok(()))
    }

    /// Returns the bytes of its file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.enter_sim(|_| Ok(self.inflow.to_bytes()), || Ok(()))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Refuses a compiled plan whose population would not live as the recorded one.
    #[pyo3(signature = (plan, *, seed, replicate))]
    fn check(&self, plan: &[u8], seed: u64, replicate: u64) -> PyResult<()> {
        let plan = Plan::read(plan).map_err(Fault::from)?;
        Ok(self.inflow.check(&population::Inputs::of(&plan, Key { seed, replicate })).map_err(Fault::from)?)
    }

    /// People in the record: those who were there at the start, and those who come later.
    #[getter]
    fn people(&self) -> (usize, usize) {
        self.inflow.people()
    }
}
