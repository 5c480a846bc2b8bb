//! The pathway: what the law allows, who waits for what, and one file for each phase of the day.

pub mod admissions;
pub mod aftercare;
pub mod beds;
pub mod books;
pub mod close;
pub mod commissioning;
pub mod courts;
pub mod discharges;
pub mod entry;
pub mod hazards;
pub mod illness;
pub mod law;
pub mod matching;
pub mod money;
pub mod moves;
pub mod queues;
pub mod rates;
pub mod readiness;
pub mod referrals;
pub mod reviews;
pub mod states;
pub mod tribunals;
pub mod view;
