//! `stepdown._core`: the border between Python and the engine. No model logic.

#![allow(clippy::needless_pass_by_value, reason = "what Python hands over is handed over by value")]

mod choices;
mod describe;
mod engine;
mod enter;
mod inflow;
mod insisting;
mod logged;
mod memory;
mod rules;
mod simulation;
mod snapshots;
mod views;

use pyo3::prelude::*;

/// Who hands out memory in this library.
#[global_allocator]
static MEMORY: memory::Ending = memory::Ending;

/// The engine of stepdown. Use it through `stepdown.SecureCareModel` and `stepdown.run`.
#[pymodule]
mod _core {
    #[pymodule_export]
    use crate::choices::{evaluate, nullable, option_columns, parse_term, vocabulary};
    #[pymodule_export]
    use crate::describe::{
        answers, calendar, codes, columns, groups, levers, moves, options, phases, philox, schema, source, version,
    };
    #[pymodule_export]
    use crate::inflow::Inflow;
    #[pymodule_export]
    use crate::insisting::end_at_the_second_interrupt;
    #[pymodule_export]
    use crate::logged::{Logged, Rows};
    #[pymodule_export]
    use crate::rules::Batch;
    #[pymodule_export]
    use crate::simulation::Simulation;
    #[pymodule_export]
    use crate::snapshots::{past, snapshot_head};
    #[pymodule_export]
    use crate::views::{
        View, caseload_column, caseload_columns, caseload_row, caseload_rows, declare_column, population_column,
        population_columns, shuffled, words, write_column,
    };
}
