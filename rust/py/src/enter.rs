//! The one way into the engine: releases the interpreter, answers Ctrl-C meanwhile, maps errors.

use std::any::Any;
use std::ffi::c_long;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::{PyKeyboardInterrupt, PyOSError};
use pyo3::prelude::*;
use pyo3::{ffi, import_exception};
use stepdown_arrow::error::OutputError;
use stepdown_core::error::SimError;

import_exception!(stepdown.errors, CorruptError);
import_exception!(stepdown.errors, Insisted);
import_exception!(stepdown.errors, InvariantError);
import_exception!(stepdown.errors, LimitError);
import_exception!(stepdown.errors, ResourceError);
import_exception!(stepdown.errors, RuleError);
import_exception!(stepdown.errors, ScenarioError);
import_exception!(stepdown.errors, StepdownError);
import_exception!(stepdown.errors, UsageError);

/// How long the interpreter waits before it looks for signals again.
const SIGNAL_POLL: Duration = Duration::from_millis(100);

/// What can go wrong behind the border.
pub(crate) enum Fault {
    /// In the engine.
    World(SimError),
    /// In the output.
    Output(OutputError),
}

impl From<SimError> for Fault {
    fn from(error: SimError) -> Fault {
        Fault::World(error)
    }
}

impl From<OutputError> for Fault {
    fn from(error: OutputError) -> Fault {
        Fault::Output(error)
    }
}

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> PyErr {
        let io = |path: String, source: std::io::Error| match source.raw_os_error() {
            Some(code) => PyOSError::new_err((code, source.to_string(), path)),
            None => PyOSError::new_err(format!("{path}: {source}")),
        };
        match fault {
            Fault::World(SimError::Io { path, source }) => io(path, source),
            Fault::Output(OutputError::Io { path, source }) => io(path.display().to_string(), source),
            Fault::Output(error) => InvariantError::new_err(error.to_string()),
            Fault::World(error) => {
                let message = error.to_string();
                match error {
                    SimError::Plan(_) => ScenarioError::new_err(message),
                    SimError::Limit(_) => LimitError::new_err(message),
                    SimError::Invariant { .. } => InvariantError::new_err(message),
                    SimError::Unknown { .. } | SimError::Usage(_) => UsageError::new_err(message),
                    SimError::Rule { .. } => RuleError::new_err(message),
                    SimError::Corrupt(_) => CorruptError::new_err(message),
                    SimError::Stopped | SimError::Io { .. } => StepdownError::new_err(message),
                }
            }
        }
    }
}

/// Returns what a panic said.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}

/// Raises `KeyboardInterrupt` in the Python code that a thread is in the middle of; does nothing where it is in none.
fn interrupt(py: Python<'_>, thread: c_long) {
    let kind = py.get_type::<PyKeyboardInterrupt>();
    // SAFETY: the interpreter is held, as `py` shows, and takes a reference of its own to the type.
    unsafe { ffi::PyThreadState_SetAsyncExc(thread, kind.as_ptr()) };
}

/// Enters the engine from Python.
pub(crate) trait EnterSim {
    /// Runs `work` on a thread of its own without the interpreter. Meanwhile looks for signals ten times a second and
    /// calls `tick`; if either raises, raises the stop flag that `work` was given, waits for it, and passes that on. A panic
    /// of `work` is a broken invariant.
    ///
    /// Whoever insists, by a second signal, also interrupts the Python code that `work` has called: a rule may never return.
    ///
    /// Locks are taken inside `work`, never around it.
    fn enter_sim<T, W, K>(self, work: W, tick: K) -> PyResult<T>
    where
        T: Send,
        W: FnOnce(&AtomicBool) -> Result<T, Fault> + Send,
        K: FnMut() -> PyResult<()>;
}

impl EnterSim for Python<'_> {
    fn enter_sim<T, W, K>(self, work: W, mut tick: K) -> PyResult<T>
    where
        T: Send,
        W: FnOnce(&AtomicBool) -> Result<T, Fault> + Send,
        K: FnMut() -> PyResult<()>,
    {
        let stop = AtomicBool::new(false);
        let number = OnceLock::new();
        thread::scope(|scope| {
            let (done, mut finished) = mpsc::channel::<()>();
            let (flag, number) = (&stop, &number);
            let worker = thread::Builder::new().spawn_scoped(scope, move || {
                // Dropped at the end, also by a panic: that wakes the interpreter.
                let _done = done;
                // SAFETY: needs neither the interpreter nor a state of the thread.
                let _ = number.set(unsafe { ffi::PyThread_get_thread_ident() }.cast_signed());
                work(flag)
            });
            let worker = worker.map_err(|error| {
                ResourceError::new_err(format!(
                    "there are too few threads or processes for the engine ({error}); allowed: a higher limit (ulimit -u), \
                     or a larger machine"
                ))
            })?;
            let mut raised = None;
            loop {
                let outcome;
                (finished, outcome) = self.detach(move || {
                    let outcome = finished.recv_timeout(SIGNAL_POLL);
                    (finished, outcome)
                });
                if outcome != Err(RecvTimeoutError::Timeout) {
                    break;
                }
                let again = raised.is_some();
                let heard = self.check_signals().and_then(|()| if again { Ok(()) } else { tick() });
                if let Err(error) = heard {
                    stop.store(true, Ordering::Relaxed);
                    if again || error.is_instance_of::<Insisted>(self) {
                        number.get().copied().into_iter().for_each(|thread| interrupt(self, thread));
                    }
                    raised.get_or_insert(error);
                }
            }
            let result = worker.join();
            match (raised, result) {
                (Some(error), _) => Err(error),
                (None, Ok(result)) => Ok(result?),
                (None, Err(panic)) => Err(InvariantError::new_err(format!("the engine broke: {}", words(&*panic)))),
            }
        })
    }
}
