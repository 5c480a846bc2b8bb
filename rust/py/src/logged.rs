//! Rows that the engine has logged, taken from it: written to files, or handed on as Arrow.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};
use stepdown_arrow::batch::batches;
use stepdown_arrow::file;
use stepdown_arrow::schema::{Kind, Slice, Table};
use stepdown_arrow::words::Dictionary;
use stepdown_core::error::SimError;
use stepdown_core::log::Log;

use crate::enter::{EnterSim, Fault};

/// Rows that were logged since the last `Simulation.drain()`.
#[pyclass(frozen, module = "stepdown._core")]
pub struct Logged {
    /// The rows.
    log: Log,
    /// Words of the run.
    dictionary: Arc<Dictionary>,
}

impl Logged {
    /// Takes rows with the words of their run.
    pub(crate) fn new(log: Log, dictionary: Arc<Dictionary>) -> Logged {
        Logged { log, dictionary }
    }

    /// All tables.
    fn tables(&self) -> [&dyn Table; 17] {
        let log = &self.log;
        [
            &log.events,
            &log.spells,
            &log.people,
            &log.daily,
            &log.areas,
            &log.ledger,
            &log.accounts,
            &log.contracts,
            &log.goals,
            &log.gaming,
            &log.wards,
            &log.programmes,
            &log.budgets,
            &log.refusals,
            &log.orders,
            &log.tally,
            &log.wellbeing,
        ]
    }

    /// Returns the table with a name.
    fn find(&self, name: &str) -> Result<&dyn Table, Fault> {
        self.tables().into_iter().find(|t| t.name() == name).ok_or_else(|| {
            Fault::World(SimError::Unknown {
                what: "table",
                found: name.to_owned(),
                allowed: self.tables().map(Table::name).join(", "),
            })
        })
    }
}

#[pymethods]
impl Logged {
    /// Writes one table as an Arrow IPC file: aside, then synced, then renamed. Returns its rows, bytes and SHA-256.
    ///
    /// `metadata` is added to the table's own.
    fn write<'py>(
        &self,
        py: Python<'py>,
        table: &str,
        path: PathBuf,
        metadata: Vec<(String, String)>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let written =
            py.enter_sim(|_| Ok(file::write(self.find(table)?, &self.dictionary, &metadata, &path)?), || Ok(()))?;
        let dict = PyDict::new(py);
        dict.set_item("rows", written.rows)?;
        dict.set_item("bytes", written.bytes)?;
        dict.set_item("sha256", written.sha256)?;
        Ok(dict)
    }

    /// Returns one table, ready to leave through `__arrow_c_stream__`.
    fn table(&self, name: &str) -> PyResult<Rows> {
        let table = self.find(name)?;
        let batches = batches(table, &self.dictionary).collect::<Result<Vec<_>, _>>().map_err(Fault::from)?;
        Ok(Rows { schema: Arc::new(table.schema()), batches })
    }

    /// Returns the number of rows of each table.
    fn rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for table in self.tables() {
            dict.set_item(table.name(), table.rows())?;
        }
        Ok(dict)
    }
}

/// Returns the rows of a small table as dictionaries, with words and numbers; dates are left out.
pub(crate) fn records<'py>(
    py: Python<'py>,
    table: &dyn Table,
    dictionary: &Dictionary,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let rows: Vec<Bound<'py, PyDict>> = (0..table.rows()).map(|_| PyDict::new(py)).collect();
    for (column, slice) in table.columns().into_iter().zip(table.slices()) {
        for (k, row) in rows.iter().enumerate() {
            match (column.kind, slice) {
                (Kind::Word(vocabulary), Slice::U8(codes)) => {
                    row.set_item(column.name, dictionary.words(vocabulary).word(usize::from(codes[k])))?;
                }
                (Kind::Number(_), Slice::I32(values)) => row.set_item(column.name, values[k])?,
                (Kind::Number(_), Slice::I64(values)) => row.set_item(column.name, values[k])?,
                (Kind::Flag, Slice::U8(flags)) => row.set_item(column.name, flags[k] != 0)?,
                _ => {}
            }
        }
    }
    Ok(rows)
}

/// Rows of one table; any reader of Arrow's stream interface takes them without a copy.
#[pyclass(frozen, module = "stepdown._core")]
pub struct Rows {
    /// Their schema.
    schema: arrow_schema::SchemaRef,
    /// The rows.
    batches: Vec<RecordBatch>,
}

#[pymethods]
impl Rows {
    /// Exports the rows through Arrow's C stream interface; a requested schema is not honoured, as the interface allows.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let reader = RecordBatchIterator::new(self.batches.clone().into_iter().map(Ok), self.schema.clone());
        let stream = FFI_ArrowArrayStream::new(Box::new(reader));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }
}
