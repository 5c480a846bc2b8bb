//! The compiled plan: everything that a run reads.
