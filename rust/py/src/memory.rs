//! Memory that can't be had: the process ends with one sentence and the exit code for that, and not by an abort.
//!
//! Rust can't hand on that an allocation failed in the middle of a vector's growth. What a run has kept on disk stays, as after a
//! kill, and is gone on with.

use std::alloc::{GlobalAlloc, Layout, System};

/// Exit code of a process that lacks memory: that of `stepdown.errors.ResourceError`.
const LACKING: i32 = 9;

/// What is said. It is written as it stands: there is no memory for anything else.
const SENTENCE: &str = "stepdown: there is too little memory to go on; allowed: fewer people (--population), fewer \
                        threads, or a larger machine; what a run has kept, stepdown resume goes on with\n";

/// The system's allocator, but for what happens where that has nothing left.
pub(crate) struct Ending;

// SAFETY: each call is handed on to the system's allocator as it came, and what that returns is returned.
unsafe impl GlobalAlloc for Ending {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        or_end(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        or_end(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's.
        or_end(unsafe { System.realloc(old, layout, size) })
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(old, layout) }
    }
}

/// Returns memory, or ends the process if there is none.
fn or_end(found: *mut u8) -> *mut u8 {
    if found.is_null() {
        end();
    }
    found
}

/// Ends the process without asking anybody to clear up, which would take memory.
#[cold]
fn end() -> ! {
    // SAFETY: the text lives for ever, and `_exit` may be called at any time.
    unsafe {
        libc::write(2, SENTENCE.as_ptr().cast(), SENTENCE.len());
        libc::_exit(LACKING)
    }
}
