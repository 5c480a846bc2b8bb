//! Names the source that the engine is built from by its SHA-256, so that a run can say which code it came from.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

/// What the engine is built from.
const SOURCES: [&str; 4] = ["rust/core/src", "rust/arrow/src", "rust/py/src", "Cargo.lock"];

/// Lists the files below a path, or the path itself if it is one.
fn files(path: PathBuf, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            files(entry?.path(), found)?;
        }
    } else {
        found.push(path);
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let here = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let root = Path::new(&here).join("../..");
    let mut found = Vec::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
        files(root.join(source), &mut found)?;
    }
    found.sort();
    let mut hash = Sha256::new();
    for file in found {
        let name = file.strip_prefix(&root).map_err(io::Error::other)?;
        let bytes = fs::read(&file)?;
        hash.update(format!("{} {}\n", name.display(), bytes.len()));
        hash.update(bytes);
    }
    let digits = hash.finalize().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digest: String = digits.map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])).collect();
    println!("cargo::rustc-env=STEPDOWN_SOURCE={digest}");
    Ok(())
}
