//! The engine of stepdown: everyone in England, day by day, and the pathway that some of them walk.
//!
//! No Python and no Arrow here. The modules are floors, from the top down; imports run down only, and a test holds them to
//! that. Start at [`day`]: the order of the day, the only caller of the phases.

#![allow(
    unreachable_pub,
    unused_qualifications,
    clippy::enum_glob_use,
    clippy::if_not_else,
    clippy::match_same_arms,
    clippy::missing_errors_doc,
    clippy::needless_for_each,
    clippy::redundant_closure_for_method_calls,
    clippy::single_match_else,
    reason = "files that are being rewritten don't hold these yet"
)]

pub mod driver;

pub mod day;
pub mod snapshot;
pub mod start;

pub mod phases;

pub mod transitions;

pub mod readings;
pub mod requests;

pub mod decisions;

pub mod world;

pub mod population;

pub mod choices;

pub mod plan;

pub mod caseload;

pub mod hazards;

pub mod agents;
pub mod container;
pub mod draw;
pub mod law;
pub mod levers;
pub mod log;

pub mod calendar;
pub mod codes;
pub mod error;
pub mod shared;
pub mod timing;
