//! The phases of the day, one file each. A phase never calls another; what they share is on the floors below.

pub mod accounts;
pub mod aftercare;
pub mod close;
pub mod commissioning;
pub mod courts;
pub mod entry;
pub mod illness;
#[cfg(test)]
mod law_table;
pub mod matching;
pub mod moves;
pub mod referrals;
pub mod reviews;
pub mod tribunals;
