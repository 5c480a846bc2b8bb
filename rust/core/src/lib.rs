//! The engine of stepdown: everyone in England, day by day, and the pathway that some of them walk.
//!
//! No Python and no Arrow here. The modules are floors, from the top down; imports run down only, and a test holds them to
//! that. Start at [`day`]: the order of the day, the only caller of the phases.

// A new place, status or answer has to be thought of wherever one is decided about.
#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

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
pub mod ids;
pub mod shared;
pub mod timing;
