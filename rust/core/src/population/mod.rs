//! Everyone in England.
