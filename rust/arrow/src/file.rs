//! Arrow IPC files: one per table and year, whole or not at all, the same bytes for the same rows.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use sha2::{Digest, Sha256};

use crate::batch::batches;
use crate::error::OutputError;
use crate::schema::Table;
use crate::words::Dictionary;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Table.
    pub table: &'static str,
    /// Rows.
    pub rows: u64,
    /// Size [bytes].
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// Passes bytes on, and counts and hashes them.
struct Hashed<W> {
    inner: W,
    bytes: u64,
    hash: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(buffer)?;
        self.bytes += n as u64;
        self.hash.update(&buffer[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Writes the rows of a table to `path`: aside, then synced, then renamed, so that a file that is there is whole.
pub fn write(table: &dyn Table, dictionary: &Dictionary, path: &Path) -> Result<Written, OutputError> {
    let name = table.name();
    let aside = path.with_extension("arrow.aside");
    let fault = |source| OutputError::of(name, &aside, source);

    let file = File::create(&aside).map_err(OutputError::at(&aside))?;
    let hashed = Hashed { inner: file, bytes: 0, hash: Sha256::new() };
    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME)).map_err(fault)?;
    let sink = BufWriter::with_capacity(1 << 20, hashed);
    let mut writer = FileWriter::try_new_with_options(sink, &table.schema(), options).map_err(fault)?;
    for batch in batches(table, dictionary) {
        writer.write(&batch?).map_err(fault)?;
    }
    writer.finish().map_err(fault)?;
    let hashed =
        writer.into_inner().map_err(fault)?.into_inner().map_err(|e| OutputError::at(&aside)(e.into_error()))?;
    hashed.inner.sync_all().map_err(OutputError::at(&aside))?;
    fs::rename(&aside, path).map_err(OutputError::at(path))?;

    let sha256 = hashed.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Written { table: name, rows: table.rows() as u64, bytes: hashed.bytes, sha256 })
}
