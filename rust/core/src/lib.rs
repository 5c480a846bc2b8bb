//! The engine of stepdown: everyone in England, day by day, and the pathway that some of them walk.
//!
//! No Python and no Arrow here. Start at [`day`]: the order of the day, the only caller of everything else.

pub mod agents;
mod asking;
pub mod calendar;
pub mod caseload;
pub mod choice;
pub mod codes;
pub mod columns;
pub mod day;
pub mod draw;
pub mod error;
pub mod levers;
pub mod log;
pub mod pathway;
pub mod plan;
pub mod population;
pub mod rules;
pub mod shared;
pub mod sim;
pub mod snapshot;
pub mod start;
pub mod timing;
