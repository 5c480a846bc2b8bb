//! Places and legal statuses: what may follow what.
//!
//! The table of legal moves is the law as the model knows it. A move that is not here breaks an invariant.

use crate::codes::{Legal, Place};

/// Whether a place is a secure hospital tier.
pub const fn secure(p: Place) -> bool {
    matches!(p, Place::High | Place::Medium | Place::Low)
}

/// Whether a place is a hospital bed of any kind.
pub const fn hospital(p: Place) -> bool {
    secure(p) || matches!(p, Place::Picu | Place::Acute | Place::OpenRehab | Place::LockedRehab)
}

/// Whether a place is in the community.
pub const fn community(p: Place) -> bool {
    matches!(p, Place::Home | Place::Supported)
}

/// Whether a place is prison.
pub const fn prison(p: Place) -> bool {
    matches!(p, Place::Remand | Place::Prison)
}

/// The next tier down, if there is one.
pub const fn below(p: Place) -> Option<Place> {
    match p {
        Place::High => Some(Place::Medium),
        Place::Medium => Some(Place::Low),
        _ => None,
    }
}

/// The next tier up, if there is one.
pub const fn above(p: Place) -> Option<Place> {
    match p {
        Place::Low | Place::Picu | Place::Acute | Place::LockedRehab | Place::OpenRehab => Some(Place::Medium),
        Place::Medium => Some(Place::High),
        _ => None,
    }
}

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
    fn a_place_is_of_one_kind_or_of_none() {
        for p in Place::ALL {
            let kinds = [hospital(*p), community(*p), prison(*p)];
            let none = matches!(p, Place::Awol | Place::Dead | Place::Left);
            assert_eq!(kinds.iter().filter(|k| **k).count(), usize::from(!none), "{}", p.name());
        }
    }

    #[test]
    fn the_tier_above_the_tier_below_is_the_tier() {
        for tier in [Place::High, Place::Medium] {
            assert_eq!(below(tier).and_then(above), Some(tier));
        }
        assert_eq!((above(Place::High), below(Place::Low)), (None, None));
    }

    #[test]
    fn every_detention_can_end_in_law() {
        for from in Legal::ALL.iter().copied().filter(|l| super::super::law::detained(*l)) {
            let out = Legal::ALL.iter().any(|to| !super::super::law::detained(*to) && lawful(from, *to));
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
