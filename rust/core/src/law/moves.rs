//! Places and legal statuses: what may follow what.
//!
//! The table of legal moves is the law as the model knows it. A move that is not here breaks an invariant.

use crate::codes::Legal;

/// Whether the law lets a person go from one legal status to another.
///
/// Death and leaving the books end any status and are not moves of it.
pub fn lawful(from: Legal, to: Legal) -> bool {
    use Legal::*;
    if from == to {
        return false;
    }
    match from {
        // From no order: any detention, any court disposal, transfer from prison, release on licence.
        None | Licence | Mhtr | Supervision | AbsoluteDischarge => matches!(
            to,
            None | S2
                | S3
                | S35
                | S36
                | S37
                | S38
                | S37S41
                | Cpia
                | S45A
                | S47S49
                | S47
                | S48S49
                | Mhtr
                | Licence
                | Supervision
        ),
        S2 => matches!(to, None | S3 | S37 | S37S41 | Cpia | Mhtr | Supervision),
        S3 => matches!(to, None | Cto | S37 | S37S41 | Cpia | Mhtr | Supervision | S48S49),
        // Remands and interim orders end in a disposal, or lapse.
        S35 | S36 | S38 => {
            matches!(to, None | S3 | S35 | S36 | S37 | S38 | S37S41 | Cpia | S45A | Mhtr | Supervision | S48S49)
        }
        S37 | Notional37 => matches!(to, None | Cto | S3 | S37S41 | S48S49 | S47S49 | AbsoluteDischarge),
        // Restricted hospital orders end in a conditional or absolute discharge; the restriction may be lifted.
        S37S41 | Cpia => matches!(to, Cd | CdDol | AbsoluteDischarge | Notional37 | S47S49),
        S45A => matches!(to, None | Notional37 | Cd | Licence),
        S47S49 | S47 => matches!(to, None | Notional37 | S47 | Licence),
        S48S49 => matches!(to, None | S3 | S37 | S37S41 | Cpia | S45A | S38 | S47S49 | Mhtr | Supervision),
        Cd | CdDol => matches!(to, S37S41 | Cpia | AbsoluteDischarge | CdDol | Cd | S47S49 | S48S49),
        Cto => matches!(to, None | S3 | S35 | S36 | S37 | S38 | S37S41 | S45A | S48S49 | S47S49 | Cpia),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restricted_patient_never_leaves_without_a_discharge() {
        for to in [Legal::None, Legal::Cto, Legal::Licence, Legal::S3, Legal::S2] {
            assert!(!lawful(Legal::S37S41, to), "{}", to.name());
        }
        assert!(lawful(Legal::S37S41, Legal::Cd));
    }

    #[test]
    fn recall_restores_the_restricted_hospital_order() {
        assert!(lawful(Legal::Cd, Legal::S37S41));
        assert!(!lawful(Legal::Cd, Legal::S3));
    }

    #[test]
    fn every_detention_can_end_in_law() {
        for from in Legal::ALL.iter().copied().filter(|l| crate::law::detained(*l)) {
            let out = Legal::ALL.iter().any(|to| !crate::law::detained(*to) && lawful(from, *to));
            assert!(out, "{}", from.name());
        }
    }

    #[test]
    fn every_status_can_come_about_in_law() {
        for to in Legal::ALL {
            assert!(Legal::ALL.iter().any(|from| lawful(*from, *to)), "{}", to.name());
        }
    }

    #[test]
    fn nobody_is_conditionally_discharged_who_was_not_restricted() {
        for from in [Legal::None, Legal::S2, Legal::S3, Legal::S37, Legal::S47, Legal::Cto, Legal::Licence] {
            assert!(!lawful(from, Legal::Cd), "{}", from.name());
        }
    }

    #[test]
    fn nothing_follows_itself() {
        for l in Legal::ALL {
            assert!(!lawful(*l, *l));
        }
    }
}
