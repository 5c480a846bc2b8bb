//! What a run leaves behind, as Arrow: the public schema, record batches and IPC files.
//!
//! The engine logs codes in plain columns ([`stepdown_core::log`]); here they become what a reader of the data sees:
//! dates, nulls, and dictionaries whose words are fixed before the first row. Nothing here decides or draws.

#![cfg_attr(not(test), warn(clippy::missing_docs_in_private_items))]

pub mod batch;
pub mod error;
pub mod file;
pub mod schema;
pub mod words;
