//! The vocabulary: every place, status, stage, reason, decision, answer and event that a row of output can name.
//!
//! Codes are permanent: never reuse or renumber one. Names are what a reader of the data sees.

mod decision;
mod declare;
mod events;
mod label;
mod money;
mod people;
mod purpose;
mod states;
mod vocabulary;

pub use decision::{
    Assessment, Coding, Commissioning, Consent, Decision, Discharge, Disposal, Engagement, Hearing, Placement,
    Question, Recall, Referral, Review, Warrant,
};
pub use events::{Ending, Event, WardEvent};
pub use label::Label;
pub use money::{Bought, Contract, Goal, Order, OrderReason, PartyKind, PayerKind, Refusal, Side, Spend};
pub use people::{Diagnosis, Disorder, Ethnicity, Justice, Offence, Sex};
pub use purpose::Purpose;
pub use states::{AskedFor, Legal, Place, Reason, Route, Stage};
pub use vocabulary::Vocabulary;

pub(crate) use declare::codes;
