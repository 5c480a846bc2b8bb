//! What can go wrong between the engine's columns and a file.

use std::path::{Path, PathBuf};

use arrow_schema::ArrowError;
use thiserror::Error;

/// An error of the output.
#[derive(Debug, Error)]
pub enum OutputError {
    /// A column holds a code that its vocabulary lacks: a bug in the model.
    #[error("{table}.{column}, row {row}: code {code} is not in the vocabulary '{vocabulary}'")]
    Code {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// Row, counted from 0 in what was logged since the last year was written.
        row: usize,
        /// The code found.
        code: i64,
        /// Name of the vocabulary.
        vocabulary: &'static str,
    },
    /// Columns of one table differ in length: a bug in the model.
    #[error("{table}: {source}")]
    Arrow {
        /// Table.
        table: &'static str,
        /// What Arrow said.
        source: ArrowError,
    },
    /// Files and folders.
    #[error("{path}: {source}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl OutputError {
    /// Returns a closure that names the path of a failed call to the system.
    pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> OutputError + '_ {
        move |source| OutputError::Io { path: path.to_owned(), source }
    }

    /// Names the table, or the path if it was the disk that failed.
    pub(crate) fn of(table: &'static str, path: &Path, source: ArrowError) -> OutputError {
        match source {
            ArrowError::IoError(_, source) => OutputError::Io { path: path.to_owned(), source },
            source => OutputError::Arrow { table, source },
        }
    }
}
