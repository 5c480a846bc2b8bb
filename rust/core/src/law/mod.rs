//! What each legal status allows, and when it ends.

#[cfg(test)]
pub(crate) mod act;
pub mod moves;
pub mod places;
pub mod stages;

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

#[cfg(test)]
mod tests {
    use super::*;

    const LAW: Law = Law {
        s2_days: 28.0,
        s3_first: 183.0,
        s3_later: 365.0,
        remand_block: 28.0,
        interim_longest: 365.0,
        bed_within: 28.0,
        remand_bed_within: 7.0,
        warrant_lapses: 14.0,
        cto_days: 183.0,
        dol_from: 46_000.0,
    };

    #[test]
    fn detention_for_assessment_ends_after_28_days() {
        assert_eq!(expires(&LAW, Legal::S2, 100), 128);
    }

    #[test]
    fn restricted_orders_and_conditional_discharges_have_no_term() {
        for l in [Legal::S37S41, Legal::Cpia, Legal::Cd, Legal::CdDol, Legal::S47S49, Legal::None] {
            assert_eq!(expires(&LAW, l, 100), NEVER, "{}", l.name());
        }
    }

    #[test]
    fn every_order_with_a_term_ends_after_the_day_on_which_it_starts() {
        for l in Legal::ALL {
            assert!(expires(&LAW, *l, 100) > 100, "{}", l.name());
        }
    }

    #[test]
    fn restrictions_and_transfers_are_forms_of_detention() {
        for l in Legal::ALL.iter().copied().filter(|l| restricted(*l) || transferred(*l) || awaits_court(*l)) {
            assert!(detained(l), "{}", l.name());
        }
    }

    #[test]
    fn custody_ends_every_detention_and_no_conditional_discharge() {
        assert!(Legal::ALL.iter().filter(|l| detained(**l)).all(|l| ends_in_custody(*l)));
        assert!(!ends_in_custody(Legal::Cd) && !ends_in_custody(Legal::CdDol));
    }

    #[test]
    fn murder_alone_forbids_a_hospital_order() {
        let forbidden: Vec<&Offence> = Offence::ALL.iter().filter(|o| !hospital_order_lawful(**o)).collect();
        assert_eq!(forbidden, [&Offence::Murder]);
    }
}
