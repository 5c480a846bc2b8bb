//! What can go wrong in the engine: one enum, which the binding maps to Python's exceptions in one place.

use thiserror::Error;

/// An error of the engine. The message says what, where, what was found and what is allowed.
#[derive(Debug, Error)]
pub enum SimError {
    /// The plan can't be read or contradicts itself.
    #[error("plan: {0}")]
    Plan(String),
    /// A stated limit (people, memory, days) was passed.
    #[error("limit: {0}")]
    Limit(String),
    /// An invariant broke: a bug in the model.
    #[error("invariant broken on {date}: {what}")]
    Invariant {
        /// The day, as YYYY-MM-DD.
        date: String,
        /// What was found.
        what: String,
    },
    /// A rule outside the engine broke its contract.
    #[error("rule {rule} on {date}: {what}")]
    Rule {
        /// Name of the rule.
        rule: String,
        /// The day, as YYYY-MM-DD.
        date: String,
        /// What was found and what is allowed.
        what: String,
    },
    /// A name or code that doesn't exist.
    #[error("{what}: {found} is not known; allowed: {allowed}")]
    Unknown {
        /// What kind of thing was asked for.
        what: &'static str,
        /// What was found.
        found: String,
        /// What is allowed.
        allowed: String,
    },
    /// A call that can't be followed: the whole sentence.
    #[error("{0}")]
    Usage(String),
    /// Files and folders.
    #[error("{path}: {source}")]
    Io {
        /// Which file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Bytes that are not, or no longer, what they should be.
    #[error("{0}")]
    Corrupt(String),
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
}
