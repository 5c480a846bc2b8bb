//! Files of snapshots: written beside their place, synced and renamed; read together with the files that they carry.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use stepdown_core::calendar::Day;
use stepdown_core::container::Reader;
use stepdown_core::error::SimError;
use stepdown_core::plan::Plan;
use stepdown_core::world::World;

use crate::describe::source;
use crate::enter::{EnterSim, Fault};

/// Names the path of a failed call to the system.
fn at(path: &Path) -> impl Fn(io::Error) -> SimError + '_ {
    move |source| SimError::Io { path: path.display().to_string(), source }
}

/// Writes a snapshot of `world` to `path`, with `files` (name, path) carried along. Returns its bytes.
pub(crate) fn write(world: &World, path: &Path, files: &[(String, PathBuf)]) -> Result<u64, SimError> {
    let mut aside = OsString::from(path);
    aside.push(".aside");
    let aside = PathBuf::from(aside);
    let written = write_aside(world, path, &aside, files);
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&aside);
    }
    written
}

/// Writes a snapshot to `aside`, syncs and renames it to `path`.
fn write_aside(world: &World, path: &Path, aside: &Path, files: &[(String, PathBuf)]) -> Result<u64, SimError> {
    let file = File::create(aside).map_err(at(path))?;
    let mut writer = world.save(file, &path.display().to_string(), source())?;
    for (name, file) in files {
        writer.attach(name, File::open(file).map_err(at(file))?)?;
    }
    let file = writer.finish()?;
    file.sync_all().map_err(at(path))?;
    let bytes = file.metadata().map_err(at(path))?.len();
    fs::rename(aside, path).map_err(at(path))?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|f| f.sync_all()).map_err(at(folder))?;
    Ok(bytes)
}

/// A file that can't be read any more once somebody wants to stop.
struct Stoppable<'a> {
    /// The file.
    file: File,
    /// Raised when somebody wants to stop.
    stop: &'a AtomicBool,
}

impl io::Read for Stoppable<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("stopped"));
        }
        self.file.read(buffer)
    }
}

/// Opens a snapshot, if this build wrote it.
fn open<'a>(path: &Path, stop: &'a AtomicBool) -> Result<Reader<Stoppable<'a>>, SimError> {
    let file = File::open(path).map_err(at(path))?;
    let facts = file.metadata().map_err(at(path))?;
    if facts.is_dir() {
        return Err(SimError::Corrupt(format!("{}: it is a folder, not a snapshot", path.display())));
    }
    Reader::open(Stoppable { file, stop }, facts.len(), &path.display().to_string(), source())
}

/// Reads a snapshot, to go on with its own plan or with `policy`; the files that it carries go to `folder`, if one is given.
pub(crate) fn read(
    path: &Path,
    policy: Option<Plan>,
    threads: usize,
    check: bool,
    folder: Option<&Path>,
    stop: &AtomicBool,
) -> Result<World, SimError> {
    let mut reader = open(path, stop)?;
    let world = World::restore(&mut reader, policy, threads, check)?;
    reader.finish(|name| {
        let Some(folder) = folder else { return Ok(Sink::Nothing) };
        let to = folder.join(name);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(at(parent))?;
        }
        File::create(&to).map(Sink::File).map_err(at(&to))
    })?;
    Ok(world)
}

/// Where a file that is carried along goes.
enum Sink {
    /// Nowhere.
    Nothing,
    /// To a file.
    File(File),
}

impl io::Write for Sink {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Sink::Nothing => Ok(buffer.len()),
            Sink::File(file) => file.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::Nothing => Ok(()),
            Sink::File(file) => file.sync_all(),
        }
    }
}

/// Returns what a snapshot says of itself: who wrote it, seed and replicate, day and date, rows and cases. Reads only its head.
#[pyfunction]
pub(crate) fn snapshot_head(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyDict>> {
    let head = py.enter_sim(|stop| Ok(open(&path, stop)?.head), || Ok(()))?;
    let dict = PyDict::new(py);
    dict.set_item("stepdown", head.stepdown)?;
    dict.set_item("source", head.source)?;
    dict.set_item("seed", head.seed)?;
    dict.set_item("replicate", head.replicate)?;
    dict.set_item("day", head.day)?;
    dict.set_item("date", head.date)?;
    dict.set_item("since", head.since)?;
    dict.set_item("plan", head.plan)?;
    dict.set_item("rows", head.rows)?;
    dict.set_item("cases", head.cases)?;
    Ok(dict)
}

/// Returns what of a plan the days before `day` depend on, as canonical JSON.
#[pyfunction]
pub(crate) fn past(plan: &[u8], day: Day) -> PyResult<Vec<u8>> {
    let past = stepdown_core::snapshot::past(plan, day).map_err(Fault::from)?;
    Ok(past.to_string().into_bytes())
}
