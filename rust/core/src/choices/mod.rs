//! Declared decisions, evaluated without a world: the language of scores, the evaluator, who decides by what.

pub mod choice;
pub mod columns;
pub mod rules;
