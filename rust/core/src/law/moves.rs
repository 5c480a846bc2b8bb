//! Places and legal statuses: what may follow what.
//!
//! The table of legal moves is the law as the model knows it. A move that is not here breaks an invariant.

use crate::codes::Legal;

/// Whether the law lets a person go from one legal status to another.
///
/// Death and leaving the books end any status and are not moves of it.
pub fn lawful(from: Legal, to: Legal) -> bool {
    use Legal::{
        AbsoluteDischarge, Cd, CdDol, Cpia, Cto, Licence, Mhtr, None, Notional37, S2, S3, S35, S36, S37, S37S41, S38,
        S45A, S47, S47S49, S48S49, Supervision,
    };
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
        S37 | Notional37 => matches!(to, None | Cto | S37S41 | S48S49 | S47S49 | AbsoluteDischarge),
        // Restricted hospital orders end in a conditional or absolute discharge; the restriction may be lifted.
        S37S41 | Cpia => matches!(to, Cd | CdDol | AbsoluteDischarge | Notional37 | S47S49),
        S45A => matches!(to, None | Notional37 | Cd | Licence),
        // A restriction order that lay under the transfer comes back when it ends.
        S47S49 => matches!(to, None | Notional37 | S47 | Licence | Cd | S37S41 | Cpia),
        S47 => matches!(to, None | Notional37 | Licence),
        S48S49 => matches!(to, None | Cd | S3 | S37 | S37S41 | Cpia | S45A | S38 | S47S49 | Mhtr | Supervision),
        Cd | CdDol => matches!(to, S37S41 | Cpia | AbsoluteDischarge | CdDol | Cd | S47S49 | S48S49),
        Cto => {
            matches!(to, None | S3 | Notional37 | S47 | S35 | S36 | S37 | S38 | S37S41 | S45A | S48S49 | S47S49 | Cpia)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Legal::*;
    use super::*;
    use crate::law::act;

    /// How [`lawful`] departs from the Act.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    enum Departure {
        /// It allows what the Act doesn't.
        Wider,
        /// It forbids what the Act allows.
        Narrower,
    }
    use Departure::{Narrower, Wider};

    /// Every pair on which [`lawful`] and [`act::LEGAL_MOVES`] differ: from any of the first to any of the second.
    ///
    /// "Narrower" does no harm as long as no phase asks for the move. A phase that comes to need one takes it out of
    /// this list.
    const KNOWN_DEPARTURES: &[(Departure, &[Legal], &[Legal], &str)] = &[
        (
            Wider,
            &[S37S41, Cpia],
            &[Notional37],
            "A restriction order that is lifted leaves the hospital order of the court, s37 (s42(1), s41(5)). No phase lifts one.",
        ),
        (Narrower, &[S37S41, Cpia], &[S37], "See above: written as a notional s37."),
        (
            Narrower,
            &[None, S2, S3, S35, S36, S38, S47, S48S49, Cto, Mhtr, Licence, Supervision],
            &[AbsoluteDischarge],
            "The model's courts discharge nobody absolutely: after a finding they make a supervision order (CPIA s5(2)(b)).",
        ),
        (
            Narrower,
            &[S2, S3, S37, Notional37, S37S41, Cpia, S45A, S47S49, Cd, CdDol],
            &[S35, S36, S38],
            "The model's courts don't remand, or put under an interim order, somebody who is detained or conditionally discharged.",
        ),
        (Narrower, &[S48S49], &[S35, S36], "A transferred prisoner isn't remanded to hospital by the court as well."),
        (
            Narrower,
            &[S2, S3, S37, Notional37, S37S41, Cpia, S47S49, Cd, CdDol],
            &[S45A],
            "Somebody who is detained or conditionally discharged gets no hospital direction in the model; nor is one restored by recall.",
        ),
        (
            Narrower,
            &[S2, S3, S35, S36, S38],
            &[S47S49, S47],
            "In the model custody ends these at once, and the transfer starts from no order.",
        ),
        (Narrower, &[S2], &[S48S49], "In the model custody ends it at once, and the transfer starts from no order."),
        (Narrower, &[S37, Notional37, S48S49, S45A], &[S47], "Nobody is transferred without restriction in the model."),
        (
            Narrower,
            &[S2, S3, S35, S36, S37, Notional37, S38, S48S49, Cto],
            &[Licence],
            "A licence that runs beside a detention is forgotten: the detention ends in no order.",
        ),
        (
            Narrower,
            &[S48S49],
            &[CdDol, Cto],
            "A conditional discharge revives without what deprived of liberty; a community treatment order ends with custody.",
        ),
        (
            Narrower,
            &[S35, S36, S38],
            &[Cd, CdDol, Cto],
            "The order from before the charge isn't kept, so it can't revive (s41(4), s22).",
        ),
        (
            Narrower,
            &[S35, S36, S38, S48S49],
            &[S2],
            "Whom the court lets go, and who is still ill, comes under s3 at once.",
        ),
        (
            Narrower,
            &[S37, Notional37],
            &[Cpia, Mhtr, Supervision],
            "The model's courts leave a hospital order as it is, or restrict it.",
        ),
        (
            Narrower,
            &[Notional37],
            &[S37],
            "The model's courts make no new hospital order on one who is under the like.",
        ),
        (
            Narrower,
            &[S37S41, Cpia, S45A],
            &[S37S41, Cpia],
            "The model's courts make no second restricted order on a restricted inpatient.",
        ),
        (Narrower, &[S37S41, Cpia], &[S48S49], "The model remands no restricted inpatient to prison."),
        (Narrower, &[Cpia], &[None], "The model has no remission for trial of those who become fit (CPIA s5A(4))."),
        (Narrower, &[S45A], &[S47S49], "The model passes no second sentence on one who is under a hospital direction."),
        (
            Narrower,
            &[S45A, S47S49],
            &[CdDol, AbsoluteDischarge],
            "The model has no discharge by the Secretary of State's notice (s74(2)).",
        ),
        (
            Narrower,
            &[S47],
            &[S37, S37S41, Cpia, S45A, S35, S36, S38, Cto, Mhtr, Supervision, S47S49],
            "Nobody is transferred without restriction in the model, so nothing follows it but the end.",
        ),
        (
            Narrower,
            &[Cto],
            &[Mhtr, Supervision],
            "In the model a community treatment order goes on beside a community sentence.",
        ),
    ];

    #[test]
    fn the_moves_are_those_of_the_act_but_for_the_known_departures() {
        let mut known = Vec::new();
        for (departure, froms, tos, reason) in KNOWN_DEPARTURES {
            assert!(reason.ends_with('.'), "a sentence: {reason}");
            for from in *froms {
                known.extend(tos.iter().filter(|to| *to != from).map(|to| (*from, *to, *departure)));
            }
        }
        let mut found = Vec::new();
        for from in Legal::ALL.iter().copied() {
            for to in Legal::ALL.iter().copied() {
                match (lawful(from, to), act::may_follow(from, to)) {
                    (true, Option::None) => found.push((from, to, Wider)),
                    (false, Some(_)) => found.push((from, to, Narrower)),
                    _ => {}
                }
            }
        }
        let say = |(from, to, departure): &(Legal, Legal, Departure)| {
            let law = act::may_follow(*from, *to).unwrap_or("no provision");
            format!("{departure:?}: {} to {} ({law})", from.name(), to.name())
        };
        let added: Vec<String> = found.iter().filter(|pair| !known.contains(pair)).map(say).collect();
        let mended: Vec<String> = known.iter().filter(|pair| !found.contains(pair)).map(say).collect();
        assert!(added.is_empty(), "new departures from the Act: {added:#?}");
        assert!(mended.is_empty(), "no departures any more, so strike them from the list: {mended:#?}");
        let listed = known.len();
        known.sort_unstable();
        known.dedup();
        assert_eq!(known.len(), listed, "no pair is listed twice");
    }

    #[test]
    fn a_restricted_patient_never_leaves_without_a_discharge() {
        for to in [None, Cto, Licence, S3, S2] {
            assert!(!lawful(S37S41, to), "{}", to.name());
        }
        assert!(lawful(S37S41, Cd));
    }

    #[test]
    fn recall_restores_the_restricted_hospital_order() {
        assert!(lawful(Cd, S37S41));
        assert!(!lawful(Cd, S3));
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
        for from in [None, S2, S3, S37, S47, Cto, Licence] {
            assert!(!lawful(from, Cd), "{}", from.name());
        }
    }

    #[test]
    fn nothing_follows_itself() {
        for l in Legal::ALL {
            assert!(!lawful(*l, *l));
        }
    }
}
