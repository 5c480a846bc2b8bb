//! The part of a snapshot that is neither people nor cases nor rows.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::agents::Agents;
use crate::calendar::Day;
use crate::caseload::user_columns::UserColumns;
use crate::ids::{CaseId, PersonId};
use crate::log::{Areas, Daily};
use crate::population::Arrival;
use crate::world::Counts;
use crate::world::accounts::Accounts;
use crate::world::budgets::Budgets;
use crate::world::capacity::{Unit, Wards};
use crate::world::programmes::Line;
use crate::world::queues::Queues;

/// What a day leaves behind besides people, cases and rows.
#[derive(Serialize, Deserialize)]
pub(super) struct Pathway<'a> {
    /// The institutions' attributes.
    pub agents: Cow<'a, Agents>,
    /// Secure units.
    pub units: Cow<'a, [Unit]>,
    /// Other wards, places and teams.
    pub wards: Cow<'a, Wards>,
    /// Who waits for what.
    pub queues: Cow<'a, Queues>,
    /// Money and health of the year.
    pub accounts: Cow<'a, Accounts>,
    /// What programmes have bought.
    pub programmes: Cow<'a, [Line]>,
    /// What payers may still commit themselves to.
    pub budgets: Cow<'a, Budgets>,
    /// Counts.
    pub counts: Counts,
    /// Who will come to the pathway's notice, by day.
    pub arrivals: Cow<'a, BTreeMap<Day, Vec<Arrival>>>,
    /// Who is in a secure bed.
    pub inpatients: Cow<'a, [CaseId]>,
    /// Columns that a researcher has attached.
    pub own: Cow<'a, UserColumns>,
    /// Whose rates are stale.
    pub stale: Cow<'a, [CaseId]>,
    /// Who has a row among the people.
    pub described: Cow<'a, BTreeSet<PersonId>>,
    /// How often each person was on the caseload.
    pub visits: Cow<'a, BTreeMap<PersonId, u16>>,
    /// Whoever has another number than their identity gives.
    pub renumbered: Cow<'a, BTreeMap<PersonId, i64>>,
    /// Daily figures of the last day that a file has.
    pub closed: Cow<'a, Daily>,
    /// Daily figures of areas of that day.
    pub closed_areas: Cow<'a, Areas>,
}
