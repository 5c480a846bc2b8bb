//! Declared decisions, evaluated without a world.
//!
//! - [`language`]: how scores are written; the one parser.
//! - [`columns`] and [`view`]: what a decider can see.
//! - [`options`]: a set of options of a decision.
//! - [`choice`] and [`explain`]: the evaluator, and how an answer came about; `compile` makes a choice from a plan.
//! - [`deciders`]: who makes each decision, and by what.
//! - [`rules`] and [`batch`]: decisions that are made outside the engine.

pub mod batch;
pub mod choice;
pub mod columns;
mod compile;
pub mod deciders;
pub mod explain;
#[cfg(test)]
mod fixture;
pub mod language;
mod nulls;
pub mod options;
mod row;
pub mod rules;
pub mod view;
