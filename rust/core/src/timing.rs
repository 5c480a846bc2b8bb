//! The only clock: how long each phase took. Timings go to the manifest, never into the data.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "what is measured here never reaches a draw or a row"
)]

use std::time::Instant;

/// A running clock.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts.
    pub fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    /// Returns the seconds since the last call or the start, and starts again [s].
    pub fn lap(&mut self) -> f64 {
        let now = Instant::now();
        let seconds = now.duration_since(self.0).as_secs_f64();
        self.0 = now;
        seconds
    }
}
