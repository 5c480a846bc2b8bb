//! What each legal status allows, and when it ends.

#[cfg(test)]
pub(crate) mod act;
pub mod moves;
pub mod places;
pub mod stages;

use serde::Deserialize;

use crate::calendar::{Day, Days};
use crate::codes::{Legal, Offence};

/// Terms fixed by statute (Mental Health Act 1983, Criminal Justice Acts).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Law {
    /// Length of detention for assessment under s2 [d].
    pub s2_days: f64,
    /// First period of detention under s3, s37 and notional s37 [d].
    pub s3_first: f64,
    /// Second period [d].
    pub s3_second: f64,
    /// Later periods [d].
    pub s3_later: f64,
    /// One block of a remand to hospital under s35 or s36 [d].
    pub remand_block: f64,
    /// First period of an interim hospital order under s38 [d].
    pub interim_first: f64,
    /// Each renewal of it [d].
    pub interim_later: f64,
    /// Longest interim hospital order in all [d].
    pub interim_longest: f64,
    /// Days within which a bed must be available for s37, s38 and s45A [d].
    pub bed_within: f64,
    /// Days within which a bed must be available for s35 and s36 [d].
    pub remand_bed_within: f64,
    /// Days after which a transfer warrant lapses [d].
    pub warrant_lapses: f64,
    /// First and second period of a community treatment order [d].
    pub cto_days: f64,
    /// Longest mental health treatment requirement [d].
    pub requirement_longest: f64,
    /// Longest supervision order after a finding of unfitness or insanity [d].
    pub supervision_longest: f64,
    /// Day from which a conditional discharge may deprive of liberty [d since 1900-01-01].
    pub dol_from: f64,
}

/// Whether a status carries restrictions (the Ministry's consent to leave, transfer and discharge).
pub const fn restricted(l: Legal) -> bool {
    matches!(l, Legal::S37S41 | Legal::Cpia | Legal::S45A | Legal::S47S49 | Legal::S48S49)
}

/// Whether a status is a conditional discharge, with or without deprivation of liberty.
pub const fn conditional(l: Legal) -> bool {
    matches!(l, Legal::Cd | Legal::CdDol)
}

/// Whether a person is detained as if the restricted order were a sentence's or a trial's companion:
/// a tribunal can then only notify, and remission is possible.
pub const fn transferred(l: Legal) -> bool {
    matches!(l, Legal::S45A | Legal::S47S49 | Legal::S47 | Legal::S48S49)
}

/// Whether the court alone moves, gives leave and ends the detention: remands and interim orders. The tribunal doesn't hear
/// of them.
pub const fn by_court_alone(l: Legal) -> bool {
    matches!(l, Legal::S35 | Legal::S36 | Legal::S38)
}

/// The order that lies under a new status, and that comes back with recall or when the new status ends: that of a patient
/// who is discharged on conditions or under a community treatment order, and the restriction order under a transfer from
/// prison (s41(4)). `before` is what lay under the status that ends.
pub const fn lies_under(from: Legal, to: Legal, before: Option<Legal>) -> Option<Legal> {
    let discharge = conditional(to);
    if discharge && restricted(from) && before.is_none() || matches!(to, Legal::Cto) && detained(from) {
        Some(from)
    } else if conditional(from) && (discharge || matches!(to, Legal::S47S49 | Legal::S48S49)) {
        Some(recalled(from, before))
    } else if discharge || matches!((from, to), (Legal::S48S49, Legal::S47S49)) {
        before
    } else {
        None
    }
}

/// The status that recall restores: the order that lies under a conditional discharge or a community treatment order. Of an
/// order from before the run nothing is known: then the commonest.
pub const fn recalled(l: Legal, under: Option<Legal>) -> Legal {
    match under {
        Some(order) => order,
        None if conditional(l) => Legal::S37S41,
        None => Legal::S3,
    }
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

/// Whether a status ends when the person is taken into custody: all but a conditional discharge, which the Ministry
/// holds.
pub const fn ends_in_custody(l: Legal) -> bool {
    !matches!(l, Legal::None | Legal::Cd | Legal::CdDol)
}

/// Whether a hospital order is lawful for this offence: the sentence for murder is fixed.
pub const fn hospital_order_lawful(o: Offence) -> bool {
    !matches!(o, Offence::Murder)
}

/// Returns the day on which a status that starts today ends by itself, if it does.
pub fn expires(law: &Law, l: Legal, today: Day) -> Option<Day> {
    let days = match l {
        Legal::S2 => law.s2_days,
        Legal::S3 | Legal::S37 | Legal::Notional37 | Legal::S47 => law.s3_first,
        Legal::S35 | Legal::S36 => law.remand_block,
        Legal::S38 => law.interim_first,
        Legal::Cto => law.cto_days,
        Legal::Mhtr => law.requirement_longest,
        Legal::Supervision => law.supervision_longest,
        Legal::None
        | Legal::S37S41
        | Legal::Cpia
        | Legal::S45A
        | Legal::S47S49
        | Legal::S48S49
        | Legal::Cd
        | Legal::CdDol
        | Legal::Licence
        | Legal::AbsoluteDischarge => return None,
    };
    Some(today + Days::rounded_up(days))
}

/// Returns for how long a status can be renewed whose period ends so many days after it began; nothing where it can't be.
pub fn renewal(law: &Law, l: Legal, held: i32) -> Option<Days> {
    let held = f64::from(held);
    let yearly = |first: f64| Some(if held < first + law.s3_second { law.s3_second } else { law.s3_later });
    let days = match l {
        Legal::S3 | Legal::S37 | Legal::Notional37 | Legal::S47 => yearly(law.s3_first),
        Legal::Cto => yearly(law.cto_days),
        Legal::S38 => (held + law.interim_later <= law.interim_longest).then_some(law.interim_later),
        Legal::None
        | Legal::S2
        | Legal::S35
        | Legal::S36
        | Legal::S37S41
        | Legal::Cpia
        | Legal::S45A
        | Legal::S47S49
        | Legal::S48S49
        | Legal::Cd
        | Legal::CdDol
        | Legal::Mhtr
        | Legal::Licence
        | Legal::AbsoluteDischarge
        | Legal::Supervision => None,
    };
    days.map(Days::rounded_up)
}

/// Returns the day after `today` on which the present period of a status ends that began on `since` and was renewed ever since.
pub fn period_ends(law: &Law, l: Legal, since: Day, today: Day) -> Option<Day> {
    let mut end = expires(law, l, since)?;
    while end <= today {
        end = end + renewal(law, l, end - since)?;
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAW: Law = Law {
        s2_days: 28.0,
        s3_first: 183.0,
        s3_second: 183.0,
        s3_later: 365.0,
        remand_block: 28.0,
        interim_first: 84.0,
        interim_later: 28.0,
        interim_longest: 365.0,
        bed_within: 28.0,
        remand_bed_within: 7.0,
        warrant_lapses: 14.0,
        cto_days: 183.0,
        requirement_longest: 1095.0,
        supervision_longest: 730.0,
        dol_from: 46_000.0,
    };

    /// Where the functions of this file depart from the tables of [`act`]: which function, which statuses, and why.
    const KNOWN_DEPARTURES: &[(&str, &[Legal], &str)] = &[
        (
            "restricted",
            &[Legal::Cd, Legal::CdDol],
            "A restricted patient in the words of s79(1), but here only those whom a restriction keeps in hospital.",
        ),
        (
            "ends_in_custody",
            &[Legal::S37S41, Legal::Cpia],
            "The Act keeps a restricted hospital order alive in prison (s41(3)(a), (4)). The model's courts send no such inpatient there.",
        ),
        (
            "ends_in_custody",
            &[Legal::S3, Legal::S37, Legal::Notional37, Legal::S47, Legal::Cto],
            "The Act keeps it for up to six months of custody (s22); the model ends it at once.",
        ),
        ("ends_in_custody", &[Legal::S2], "The Act lets its 28 days run out; the model ends it at once."),
        (
            "ends_in_custody",
            &[Legal::Mhtr, Legal::Licence, Legal::Supervision],
            "Only a court or recall revokes it; the model ends it on remand.",
        ),
    ];

    /// Checks that a function departs from the Act for exactly the statuses that are listed.
    fn departs_only_as_listed(function: &str, agrees: impl Fn(Legal) -> bool) {
        let mut listed: Vec<Legal> = Vec::new();
        for (name, statuses, reason) in KNOWN_DEPARTURES {
            assert!(reason.ends_with('.'), "a sentence: {reason}");
            if *name == function {
                listed.extend(*statuses);
            }
        }
        listed.sort_unstable();
        let found: Vec<Legal> = Legal::ALL.iter().copied().filter(|l| !agrees(*l)).collect();
        assert_eq!(found, listed, "departures of `{function}` from the Act (found, listed)");
    }

    #[test]
    fn what_a_status_is_agrees_with_the_act_but_for_the_known_departures() {
        departs_only_as_listed("restricted", |l| restricted(l) == act::standing(l).restricted);
        departs_only_as_listed("transferred", |l| transferred(l) == act::standing(l).transferred);
        departs_only_as_listed("awaits_court", |l| awaits_court(l) == act::standing(l).awaits_court);
        departs_only_as_listed("detained", |l| detained(l) == act::standing(l).detained);
    }

    #[test]
    fn what_custody_ends_agrees_with_the_act_but_for_the_known_departures() {
        departs_only_as_listed("ends_in_custody", |l| {
            let (_, custody, _) = act::CUSTODY.iter().find(|(key, ..)| *key == l).expect("every status has a row");
            ends_in_custody(l) == (*custody == act::InCustody::Ends)
        });
    }

    #[test]
    fn the_first_term_agrees_with_the_act_but_for_the_known_departures() {
        departs_only_as_listed("expires", |l| {
            let term = act::TERMS.iter().find(|t| t.legal == l).expect("every status has a row");
            let end = expires(&LAW, l, 100);
            match term.first {
                Some(first) => end.is_some_and(|end| first.days().contains(&(end - 100))),
                None => end.is_none(),
            }
        });
    }

    #[test]
    fn renewals_are_as_long_as_in_the_act_and_together_no_longer_than_it_allows() {
        for term in act::TERMS {
            let Some(first) = expires(&LAW, term.legal, 0) else { continue };
            let mut held = first;
            for length in std::iter::once(term.second).chain(std::iter::repeat_n(term.later, 20)) {
                let renewed = renewal(&LAW, term.legal, held);
                let Some(days) = renewed else {
                    let most = term.at_most.map_or(i32::MAX, |most| *most.days().end());
                    let next = length.map_or(0, |length| *length.days().start());
                    // A remand isn't renewed in the model: the court disposes.
                    assert!(matches!(term.legal, Legal::S35 | Legal::S36) || length.is_none() || held + next > most);
                    break;
                };
                assert!(length.is_some_and(|l| l.days().contains(&days.count())), "{}: {held}", term.legal.name());
                held = held + days;
                assert!(term.at_most.is_none_or(|most| held <= *most.days().end()), "{}", term.legal.name());
            }
        }
    }

    #[test]
    fn a_period_under_way_ends_on_a_day_of_renewal() {
        for (held, left) in [(0, 183), (182, 1), (183, 183), (366, 365), (400, 331), (731, 365)] {
            assert_eq!(period_ends(&LAW, Legal::S37, 1000, 1000 + held), Some(1000 + held + left), "{held}");
        }
        assert_eq!(period_ends(&LAW, Legal::S37S41, 0, 5000), None);
    }

    #[test]
    fn recall_brings_back_the_order_that_was_suspended() {
        for order in [Legal::S37S41, Legal::Cpia] {
            let under = lies_under(order, Legal::Cd, None);
            assert_eq!(recalled(Legal::Cd, under), order);
            // Through a variation of the conditions, and through a sentence.
            assert_eq!(recalled(Legal::CdDol, lies_under(Legal::Cd, Legal::CdDol, under)), order);
            let sentenced = lies_under(Legal::Cd, Legal::S47S49, under);
            assert_eq!((sentenced, lies_under(Legal::S47S49, Legal::Cd, sentenced)), (Some(order), Some(order)));
        }
        for order in [Legal::S3, Legal::S37, Legal::Notional37, Legal::S47] {
            assert_eq!(recalled(Legal::Cto, lies_under(order, Legal::Cto, None)), order);
        }
    }

    #[test]
    fn detention_for_assessment_ends_after_28_days() {
        assert_eq!(expires(&LAW, Legal::S2, 100), Some(128));
    }

    #[test]
    fn restricted_orders_and_conditional_discharges_have_no_term() {
        for l in [Legal::S37S41, Legal::Cpia, Legal::Cd, Legal::CdDol, Legal::S47S49, Legal::None] {
            assert_eq!(expires(&LAW, l, 100), None, "{}", l.name());
        }
    }

    #[test]
    fn every_order_with_a_term_ends_after_the_day_on_which_it_starts() {
        for l in Legal::ALL {
            assert!(expires(&LAW, *l, 100).is_none_or(|day| day > 100), "{}", l.name());
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
