//! Where agents are asked: what they see of a case, and a day's queue of a decision answered at once.

pub mod ask;
pub mod gaming;
pub mod observation;
pub(crate) mod queue;
