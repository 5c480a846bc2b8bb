//! The only writers of place, legal status, stage and placement.

pub mod admission;
pub mod discharge;
pub mod entry;
pub mod follow_up;
pub mod grants;
pub mod leave;
pub mod legal;
pub mod offending;
pub mod orders;
pub mod place;
pub mod programmes;
pub mod readiness;
pub mod refusals;
pub mod requirement;
pub mod stage;
pub mod waiting;
pub mod wards;
pub mod wards_and_posts;
pub mod wellbeing;
