//! Wall time by phase. It is measured and reported; no result depends on it.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "timings are reported, and no result depends on them"
)]

use std::time::Instant;

/// Phases of a day.
pub const PHASES: usize = 12;

/// Seconds by phase.
#[derive(Clone, Debug)]
pub struct Timings {
    /// Seconds spent building the population at the start [s].
    pub start: f64,
    /// Seconds by phase, in the order of the day [s].
    pub phases: Vec<f64>,
}

impl Timings {
    /// No time yet.
    pub fn new(phases: usize) -> Timings {
        Timings { start: 0.0, phases: vec![0.0; phases] }
    }

    /// Times the start.
    pub fn start_up<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let t = Instant::now();
        let out = f();
        self.start += t.elapsed().as_secs_f64();
        out
    }
}

/// Times one phase.
pub fn timed<T>(f: impl FnOnce() -> T) -> (T, f64) {
    let t = Instant::now();
    let out = f();
    (out, t.elapsed().as_secs_f64())
}
