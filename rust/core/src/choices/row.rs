//! A row of a declared choice, compiled.

use super::language::{Factor, MAX_FACTORS};
use super::nulls::Nulls;
use super::view::Slot;

/// A row as declared, compiled.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The option whose score it adds to.
    pub option: usize,
    /// The factors of its term; none for the term `1`.
    pub factors: [Option<Factor<Slot>>; MAX_FACTORS],
    /// Columns of the case that it needs and that can be null: the term reads 0 where one is.
    pub needs: Nulls,
    /// Value of the parameter [logit per unit of the term].
    pub value: f64,
    /// The term, as declared.
    pub text: String,
    /// Id of the parameter.
    pub parameter: String,
}
