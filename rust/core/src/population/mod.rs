//! Everyone in England: compact columns, lived a year at a time.
//!
//! [`Population::live`] lets everybody whom the caseload doesn't hold live through a period, normally a financial year, and
//! hands over those whose life in it ends there: ill people who are charged, imprisoned, or come to need secure care
//! ([`Arrival`]). The caseload gives people back when it is done with them ([`Population::give_back`]), and meanwhile reports
//! what it does to them, so that the yearly counts are of everyone ([`Population::tally`]).
//!
//! Nothing here knows of the pathway: what the population reads is [`Inputs`], and nothing else. So its inflow can be
//! recorded once and replayed under any policy ([`Inflow`]).
//!
//! From the bottom up: who a resident is (`columns`); the rates at which they live (`demography`, `illness`, `offending`
//! with what courts try and pass and whom prisons hold, `tried`, `sentences` and `prisoners`; joined in `rates`) and where
//! they start from (`flows`, `equilibrium`, `start`); one resident's year (`life` and `events`; `daily` is the reference for
//! tests); everybody's year (`bounds`, `refresh`); the whole (`residents`), its exchange with the caseload (`exchange`), its
//! counts (`tally`, `counting`), its snapshot (`state`).

#![cfg_attr(not(test), warn(clippy::missing_docs_in_private_items))]

mod arrival;
mod bounds;
mod census;
mod columns;
mod counting;
mod daily;
mod demography;
mod equilibrium;
mod events;
mod exchange;
mod flows;
mod illness;
mod inflow;
mod inputs;
mod lanes;
mod life;
mod offending;
mod outcome;
mod period;
mod prisoners;
mod rates;
pub mod readout;
mod refresh;
mod register;
mod replay;
mod residents;
mod sentences;
mod start;
mod state;
mod tally;
mod tried;

pub use crate::codes::Disorder;
pub use arrival::{Arrival, CaseloadReport, Contact};
pub use bounds::YEARS_AHEAD;
pub use census::Census;
pub use columns::{REPORTED, Resident};
pub use inflow::Inflow;
pub use inputs::Inputs;
pub use period::period_end;
pub use prisoners::Held;
pub use residents::Population;
pub use sentences::{Sentence, Term};
