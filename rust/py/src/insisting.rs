//! The second Ctrl-C ends the process, also where Python can't.

use std::fs::File;
use std::io::Read;
use std::os::fd::{FromRawFd, RawFd};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;

/// Ends the process with `code`, after writing `message` to stderr, `grace` [s] after a second SIGINT: also where the code that it
/// waits for never returns to Python, keeps the interpreter for itself, or catches every exception.
///
/// `fd` is the reading end of a pipe into which Python writes the number of each signal (`signal.set_wakeup_fd`). Returns false if
/// there is no thread to watch it.
#[pyfunction]
#[pyo3(signature = (fd, *, grace, code, message))]
pub(crate) fn end_at_the_second_interrupt(fd: RawFd, grace: f64, code: i32, message: Vec<u8>) -> bool {
    // SAFETY: the caller hands the descriptor over; nobody else reads or closes it.
    let mut heard = unsafe { File::from_raw_fd(fd) };
    let watch = thread::Builder::new().spawn(move || {
        let (mut number, mut interrupts) = ([0], 0);
        while interrupts < 2 && heard.read_exact(&mut number).is_ok() {
            interrupts += i32::from(i32::from(number[0]) == libc::SIGINT);
        }
        if interrupts == 2 {
            thread::sleep(Duration::from_secs_f64(grace));
            // SAFETY: the memory is alive for as long as it is read, and nothing of the process goes on after the end.
            unsafe {
                libc::write(libc::STDERR_FILENO, message.as_ptr().cast(), message.len());
                libc::_exit(code);
            }
        }
    });
    watch.is_ok()
}
