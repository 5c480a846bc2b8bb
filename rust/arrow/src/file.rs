//! Arrow IPC files: one per table and year, whole or not at all, the same bytes for the same rows.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use sha2::{Digest, Sha256};
use stepdown_core::container::hex;

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
    /// Where they go.
    inner: W,
    /// Bytes so far.
    bytes: u64,
    /// Hash of them.
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

/// Writes the rows of a table, with `metadata` added to its own, to `path`: aside, then synced, then renamed, so that a file that is there is whole, and
/// nothing is left of one that could not be written.
///
/// # Errors
///
/// [`OutputError::Io`] if the disk failed, the others if the engine has logged what the schema can't hold.
pub fn write(
    table: &dyn Table,
    dictionary: &Dictionary,
    metadata: &[(String, String)],
    path: &Path,
) -> Result<Written, OutputError> {
    let aside = path.with_extension("arrow.aside");
    let written = write_aside(table, dictionary, metadata, path, &aside);
    if written.is_err() {
        // The first error is the one to tell; a folder that is resumed is swept again.
        let _ = fs::remove_file(&aside);
    }
    written
}

/// Writes the rows to `aside`, syncs and renames it to `path`.
fn write_aside(
    table: &dyn Table,
    dictionary: &Dictionary,
    metadata: &[(String, String)],
    path: &Path,
    aside: &Path,
) -> Result<Written, OutputError> {
    let name = table.name();
    let fault = |source| OutputError::of(name, path, source);

    let mut schema = table.schema();
    schema.metadata.extend(metadata.iter().cloned());
    let file = File::create(aside).map_err(OutputError::at(path))?;
    let hashed = Hashed { inner: file, bytes: 0, hash: Sha256::new() };
    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME)).map_err(fault)?;
    let sink = BufWriter::with_capacity(1 << 20, hashed);
    let mut writer = FileWriter::try_new_with_options(sink, &schema, options).map_err(fault)?;
    for batch in batches(table, dictionary) {
        writer.write(&batch?).map_err(fault)?;
    }
    writer.finish().map_err(fault)?;
    let hashed = writer.into_inner().map_err(fault)?.into_inner().map_err(|e| OutputError::at(path)(e.into_error()))?;
    hashed.inner.sync_all().map_err(OutputError::at(path))?;
    fs::rename(aside, path).map_err(OutputError::at(path))?;
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|f| f.sync_all()).map_err(OutputError::at(folder))?;
    }

    let sha256 = hex(&hashed.hash.finalize());
    Ok(Written { table: name, rows: table.rows() as u64, bytes: hashed.bytes, sha256 })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use arrow_ipc::reader::FileReader;
    use stepdown_core::container::sha256;
    use stepdown_core::log::{Ledger, LedgerRow};

    use super::*;
    use crate::words::Names;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("stepdown-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn ledger(rows: usize) -> Ledger {
        let mut ledger = Ledger::default();
        for k in 0..rows {
            ledger.push(LedgerRow {
                year: 2024,
                area: (k % 2) as u8,
                payer: (k % 5) as u8,
                payer_kind: 0,
                spend: 1,
                pence: k as i64,
                micro_qaly: -1,
            });
        }
        ledger
    }

    fn dictionary() -> Dictionary {
        let names = |list: [&str; 2]| list.map(str::to_owned).to_vec();
        let (areas, commissioners) = (names(["Kent", "Devon"]), names(["A", "B"]));
        Dictionary::new(&Names { areas, units: vec![], commissioners, providers: vec![], programmes: vec![] })
    }

    #[test]
    fn the_same_rows_give_the_same_bytes_and_the_hash_is_theirs() {
        let folder = folder("bytes");
        let (a, b) = (folder.join("a.arrow"), folder.join("b.arrow"));
        let first = write(&ledger(1000), &dictionary(), &[], &a).unwrap();
        let second = write(&ledger(1000), &dictionary(), &[], &b).unwrap();
        assert_eq!(first, second);
        let bytes = fs::read(&a).unwrap();
        assert_eq!(bytes, fs::read(&b).unwrap());
        let hash = sha256(&bytes);
        assert_eq!((first.sha256, first.bytes, first.rows), (hash, bytes.len() as u64, 1000));
        assert_ne!(write(&ledger(999), &dictionary(), &[], &b).unwrap().sha256, second.sha256);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_of_no_rows_still_says_its_columns() {
        let folder = folder("empty");
        let path = folder.join("empty.arrow");
        assert_eq!(write(&ledger(0), &dictionary(), &[], &path).unwrap().rows, 0);
        let reader = FileReader::try_new(File::open(&path).unwrap(), None).unwrap();
        assert_eq!(*reader.schema(), Ledger::default().schema());
        assert_eq!(reader.count(), 0);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn nothing_is_left_where_a_file_cannot_be_written() {
        let folder = folder("missing");
        let path = folder.join("nowhere").join("a.arrow");
        let fault = write(&ledger(1), &dictionary(), &[], &path).unwrap_err();
        assert!(matches!(fault, OutputError::Io { .. }), "{fault}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir_all(folder).unwrap();
    }
}
