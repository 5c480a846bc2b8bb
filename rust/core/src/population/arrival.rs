//! What passes between the population and the caseload.

use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::codes::{Disorder, Ethnicity, Justice, Offence, Sex};

/// Why somebody is handed to the caseload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Contact {
    /// Charged. The population has counted the charge; what follows, remand and its reception too, is the caseload's.
    Charge {
        /// Main offence.
        offence: Offence,
        /// Bound for the Crown Court.
        crown: bool,
        /// Remanded in custody.
        remanded: bool,
    },
    /// Fell ill in prison, or is ill and was sent there for an older matter. Already counted among the prisoners.
    Custody {
        /// Stage.
        justice: Justice,
        /// Day of the court or of the release.
        until: Option<Day>,
        /// Fell ill there; the others were ill before.
        fell_ill: bool,
    },
    /// Came to need secure care by the civil route, through an acute ward.
    Civil,
}

/// Somebody who is handed to the caseload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Day of the contact.
    pub day: Day,
    /// Identity.
    pub person: u64,
    /// Row in the population.
    pub row: u32,
    /// Why.
    pub contact: Contact,
    /// Birth day.
    pub born: Day,
    /// Sex.
    pub sex: Sex,
    /// Area, an index.
    pub area: u8,
    /// Ethnic group.
    pub ethnicity: Ethnicity,
    /// Fifth of deprivation, 1 (most deprived) to 5.
    pub deprivation: u8,
    /// Disorder.
    pub disorder: Disorder,
    /// History of offending, 0 (none) to 3 (prolific).
    pub history: u8,
    /// How often the caseload gave the person back before, at most 7.
    pub contacts: u8,
}

/// What the caseload reports of somebody whom it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseloadReport {
    /// Charged again; the history grows.
    Charge,
    /// Received into prison for the first time in this matter.
    Reception,
}

/// Somebody who is handed to the caseload, by row or index: when, and why.
pub(super) type Handover = (u32, Day, Contact);
