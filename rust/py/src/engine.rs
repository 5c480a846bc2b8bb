//! The engine of a run behind its lock: whole between two days, or gone, with the sentence that says why.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, TryLockError};

use stepdown_core::error::SimError;
use stepdown_core::world::World;

/// What there is of an engine.
enum State {
    /// A state between two days.
    Whole(Box<World>),
    /// Nothing any more, since what it held was not whole or was given up: why, as a whole sentence.
    Gone(String),
}

/// An engine that one caller at a time may use.
pub(crate) struct Engine(Mutex<State>);

/// The engine as long as one caller uses it.
pub(crate) struct InUse<'a>(MutexGuard<'a, State>);

impl Engine {
    /// Puts a world behind a lock.
    pub(crate) fn new(world: World) -> Engine {
        Engine(Mutex::new(State::Whole(Box::new(world))))
    }

    /// Returns the engine between two days.
    ///
    /// # Errors
    /// [`SimError::Usage`] if it lives a day just now, since whoever asks meanwhile would wait for themselves; and if it is gone.
    pub(crate) fn between_days(&self) -> Result<InUse<'_>, SimError> {
        match self.0.try_lock() {
            Ok(state) => InUse(state).whole(),
            Err(TryLockError::Poisoned(_)) => Err(broke()),
            Err(TryLockError::WouldBlock) => Err(SimError::Usage(
                "the engine is living a day: it can be asked and changed between two days; in a rule, read what it \
                 declares"
                    .to_owned(),
            )),
        }
    }

    /// Whether there is nothing any more.
    pub(crate) fn is_gone(&self) -> bool {
        match self.0.try_lock() {
            Ok(state) => matches!(*state, State::Gone(_)),
            Err(TryLockError::Poisoned(_)) => true,
            Err(TryLockError::WouldBlock) => false,
        }
    }

    /// Waits for the engine, for living days.
    ///
    /// # Errors
    /// [`SimError::Usage`] if it is gone.
    pub(crate) fn wait(&self) -> Result<InUse<'_>, SimError> {
        self.0.lock().map_err(|_| broke()).and_then(|state| InUse(state).whole())
    }
}

/// What is said of an engine that panicked in the middle of a day.
fn broke() -> SimError {
    SimError::Usage(not_whole("the engine broke in the middle of a day"))
}

/// Returns the sentence for an engine that holds half a day, after what has happened.
pub(crate) fn not_whole(what: &str) -> String {
    format!("{what}: what it holds is not whole, so it can't be used any more; make the model anew, or from a snapshot")
}

impl<'a> InUse<'a> {
    fn whole(self) -> Result<InUse<'a>, SimError> {
        match &*self.0 {
            State::Whole(_) => Ok(self),
            State::Gone(why) => Err(SimError::Usage(why.clone())),
        }
    }

    /// Gives the engine and its memory up: from now on whoever asks is told why.
    pub(crate) fn give_up(mut self, why: String) {
        *self.0 = State::Gone(why);
    }
}

impl Deref for InUse<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        match &*self.0 {
            State::Whole(world) => world,
            State::Gone(_) => unreachable!("only a whole engine is handed out"),
        }
    }
}

impl DerefMut for InUse<'_> {
    fn deref_mut(&mut self) -> &mut World {
        match &mut *self.0 {
            State::Whole(world) => world,
            State::Gone(_) => unreachable!("only a whole engine is handed out"),
        }
    }
}
