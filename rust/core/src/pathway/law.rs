//! What each legal status allows, and when it ends.

use serde::Deserialize;

use crate::calendar::{Day, NEVER};
use crate::codes::{Legal, Offence};

/// Terms fixed by statute (Mental Health Act 1983, Criminal Justice Acts).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Law {
    /// Length of detention for assessment under s2 [d].
    pub s2_days: f64,
    /// First period of detention under s3, s37 and notional s37 [d].
    pub s3_first: f64,
    /// Later periods [d].
    pub s3_later: f64,
    /// One block of a remand to hospital under s35 or s36 [d].
    pub remand_block: f64,
    /// Longest interim hospital order under s38 [d].
    pub interim_longest: f64,
    /// Days within which a bed must be available for s37, s38 and s45A [d].
    pub bed_within: f64,
    /// Days within which a bed must be available for s35 and s36 [d].
    pub remand_bed_within: f64,
    /// Days after which a transfer warrant lapses [d].
    pub warrant_lapses: f64,
    /// Length of a community treatment order [d].
    pub cto_days: f64,
    /// Day from which a conditional discharge may deprive of liberty [d since 1900-01-01].
    pub dol_from: f64,
}

/// Whether a status carries restrictions (the Ministry's consent to leave, transfer and discharge).
pub const fn restricted(l: Legal) -> bool {
    matches!(l, Legal::S37S41 | Legal::Cpia | Legal::S45A | Legal::S47S49 | Legal::S48S49)
}

/// Whether a person is detained as if the restricted order were a sentence's or a trial's companion:
/// a tribunal can then only notify, and remission is possible.
pub const fn transferred(l: Legal) -> bool {
    matches!(l, Legal::S45A | Legal::S47S49 | Legal::S47 | Legal::S48S49)
}

/// Whether the person awaits a court's disposal under this status.
pub const fn awaits_court(l: Legal) -> bool {
    matches!(l, Legal::S35 | Legal::S36 | Legal::S38 | Legal::S48S49)
}

/// Whether the status detains in hospital.
pub const fn detained(l: Legal) -> bool {
    matches!(
        l,
        Legal::S2
            | Legal::S3
            | Legal::S35
            | Legal::S36
            | Legal::S37
            | Legal::Notional37
            | Legal::S38
            | Legal::S37S41
            | Legal::Cpia
            | Legal::S45A
            | Legal::S47S49
            | Legal::S47
            | Legal::S48S49
    )
}

/// Whether a status ends when the person is taken into custody: all but a conditional discharge, which the Ministry holds.
pub const fn ends_in_custody(l: Legal) -> bool {
    !matches!(l, Legal::None | Legal::Cd | Legal::CdDol)
}

/// Whether a hospital order is lawful for this offence: the sentence for murder is fixed.
pub const fn hospital_order_lawful(o: Offence) -> bool {
    !matches!(o, Offence::Murder)
}

/// Returns the day on which a status that starts today ends by itself, or [`NEVER`].
pub fn expires(law: &Law, l: Legal, today: Day) -> Day {
    match l {
        Legal::S2 => today + law.s2_days as Day,
        Legal::S3 | Legal::S37 | Legal::Notional37 => today + law.s3_first as Day,
        Legal::S35 | Legal::S36 => today + law.remand_block as Day,
        Legal::S38 => today + law.interim_longest as Day,
        Legal::Cto => today + law.cto_days as Day,
        _ => NEVER,
    }
}
