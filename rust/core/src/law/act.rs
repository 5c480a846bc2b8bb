//! The law as Parliament wrote it, for tests: which status may follow which, which answers the law leaves open, and
//! how long each status lasts.
//!
//! These tables were written from the statutes and not from this program, so that a test can hold the program against
//! them. Nothing here runs in a simulation.
//!
//! Sources. A bare section is of the Mental Health Act 1983 as amended up to 18 February 2026, when sections 30(2),
//! 32, 35, 36(1), 36(3)(b), 38 and 39 of the Mental Health Act 2025 came into force. `CPIA` is the Criminal Procedure
//! (Insanity) Act 1964, `SA` the Sentencing Act 2020, `CJA` the Criminal Justice Act 2003.
//!
//! Conventions.
//! - A move is a change of the one status that the model keeps for a person. Renewals, death and leaving are not moves.
//! - The status names the authority under which a person is held or supervised now. An unrestricted order or
//!   application doesn't end a restriction (section 41(4)), so a restricted status never gives way to an unrestricted
//!   one that way.
//! - What is arguable is allowed, and the row says that it is arguable.
//! - Appeals, guardianship, and removal from or to other countries are outside the model.
//! - Every charge is punishable with imprisonment, and the medical evidence that an order needs is before the court.

use crate::codes::{Decision, Legal, Place};

/// A status that may come next, and the provision that brings it.
pub(crate) type Move = (Legal, &'static str);

/// A civil section. It needs no other status first.
const CIVIL: &[Move] = &[
    (Legal::S2, "s2: application for admission for assessment"),
    (Legal::S3, "s3: application for admission for treatment"),
];

/// What a criminal court may do with a person on whom no restriction lies.
const COURT: &[Move] = &[
    (Legal::S35, "s35(1): remand to hospital for a report"),
    (Legal::S36, "s36(1): remand to hospital for treatment, by the Crown Court"),
    (Legal::S37, "s37(1), (3), s51(5); CPIA s5(2)(a): hospital order; s40(5) ends what went before"),
    (Legal::S38, "s38(1): interim hospital order"),
    (Legal::S37S41, "s37 with s41(1): restriction order, by the Crown Court; s40(5) ends what went before"),
    (Legal::Cpia, "CPIA s5(2)(a): hospital order with restriction after a special verdict or a finding of unfitness"),
    (
        Legal::S45A,
        "s45A(3): hospital and limitation directions with a sentence; s45B(2), s47(3), s40(5) end what went before",
    ),
    (
        Legal::Mhtr,
        "SA s201, Sch 9 Pt 9: community order with a mental health treatment requirement, made or still running",
    ),
    (Legal::Supervision, "CPIA s5(2)(b), Sch 1A: supervision order, made or still running"),
    (Legal::AbsoluteDischarge, "CPIA s5(2)(c); SA s79: absolute discharge"),
];

/// The orders that keep a person restricted, which a court may make on somebody who is restricted already.
const COURT_RESTRICTED: &[Move] = &[
    (Legal::S37S41, "s37 with s41(1): a further restricted order, on a new charge"),
    (Legal::Cpia, "CPIA s5(2)(a): a further restricted order, on a new charge"),
    (Legal::S45A, "s45A(3): hospital and limitation directions, on a new charge"),
];

/// A court's order for the time being. Arguable as a change of status: the earlier order isn't ended by it, and
/// revives.
const COURT_FOR_NOW: &[Move] = &[
    (Legal::S35, "s35(1): remand on a new charge; arguable, because the restricted order lies under it (s41(4))"),
    (Legal::S36, "s36(1): remand on a new charge; arguable, because the restricted order lies under it (s41(4))"),
    (
        Legal::S38,
        "s38(1): interim order on a new charge; arguable, because the restricted order lies under it (s41(4))",
    ),
];

/// A transfer from prison of a person whose sentence runs.
const FROM_SENTENCE: &[Move] = &[
    (Legal::S47S49, "s47(1) with s49(1): sentenced, sent to prison, transferred with restriction"),
    (Legal::S47, "s47(1): sentenced, sent to prison, transferred without restriction"),
];

/// A transfer from prison of a person who isn't sentenced: always with restriction where the person is on remand.
const FROM_REMAND: &[Move] = &[(Legal::S48S49, "s48(1), (2)(a), (b) with s49(1): remanded to prison, transferred")];

/// Release from a sentence, or a licence that still runs when the detention in hospital ends.
const ON_LICENCE: &[Move] =
    &[(Legal::Licence, "CJA s244, s249; R (Miah) v SSHD [2004] EWHC 2569 (Admin): licence begins or goes on")];

/// An order that a remand, an interim order or a transfer from remand left standing, and that revives when that ends.
const REVIVED: &[Move] = &[
    (
        Legal::Cd,
        "s41(4), s42(3), s51(2): a conditional discharge from before the charge revives; only for such a person",
    ),
    (
        Legal::CdDol,
        "s41(4), s42(3), s51(2): a conditional discharge from before the charge revives; only for such a person",
    ),
    (Legal::Cto, "s17C, s22(1), s40(5): a community treatment order from before the charge revives, within six months"),
];

/// Discharge of a patient under a restriction order.
const DISCHARGED: &[Move] = &[
    (Legal::Cd, "s42(2), s73(2), (7): conditional discharge"),
    (Legal::CdDol, "s42(2), (2A), s73(2)(c)(ii), (5A): conditions that deprive of liberty, from 18 February 2026"),
    (Legal::AbsoluteDischarge, "s42(2), s73(1), (3): absolute discharge"),
];

/// Discharge of a transferred prisoner, which needs the tribunal's notice and the Secretary of State's leave.
const DISCHARGED_BY_LEAVE: &[Move] = &[
    (Legal::Cd, "s74(2), s42(2) through s49(2): only with the Secretary of State's notice; rare"),
    (Legal::CdDol, "s74(2), (6), s73(4)(b), (5A): only with the Secretary of State's notice; rare"),
    (Legal::AbsoluteDischarge, "s74(2), s42(2) through s49(2): only with the Secretary of State's notice; rare"),
];

/// What may follow a conditional discharge: recall to the order from before, a transfer from prison, or the end of it.
const AFTER_CONDITIONS: &[Move] = &[
    (Legal::S37S41, "s42(3), (4)(a): recall restores the hospital order and restriction order"),
    (Legal::Cpia, "s42(3), (4)(a): recall restores the hospital order and restriction order"),
    (Legal::S45A, "s42(3), s45B(2): recall of one who was discharged under s74(2) restores the directions"),
    (
        Legal::S47S49,
        "s42(3), s49(2): recall of one discharged under s74(2); or s47(1), s49(1): sentenced on a new charge, then transferred",
    ),
    (
        Legal::AbsoluteDischarge,
        "s42(2), (5), s73(6), s75(3)(b), s71(4A)(b): absolute discharge, or the restriction ends",
    ),
];

/// For each status, those that may follow it in law. Every status is a key.
pub(crate) const LEGAL_MOVES: &[(Legal, &[&[Move]])] = &[
    (Legal::None, &[CIVIL, COURT, FROM_SENTENCE, FROM_REMAND, ON_LICENCE]),
    (
        Legal::S2,
        &[
            &[
                (Legal::None, "s2(4), s23, s72(1)(a): 28 days end, or discharge"),
                (Legal::S3, "s3, s2(4): application for treatment"),
            ],
            COURT,
            // Arguable: a section 2 has ended by the time that most transfers are made.
            FROM_SENTENCE,
            FROM_REMAND,
            ON_LICENCE,
        ],
    ),
    (
        Legal::S3,
        &[
            &[
                (Legal::None, "s20, s22, s23, s72(1)(b): lapse, six months' custody, or discharge"),
                (Legal::Cto, "s17A(1): community treatment order"),
            ],
            COURT,
            FROM_SENTENCE,
            FROM_REMAND,
            ON_LICENCE,
        ],
    ),
    (
        Legal::S35,
        &[
            &[(Legal::None, "s35(7): the remand ends, to custody, bail or release")],
            // Arguable: a civil section beside the remand is lawful, and carries on alone when the remand ends.
            CIVIL,
            COURT,
            // Arguable as one step: in law the person is a prisoner between the two.
            FROM_SENTENCE,
            FROM_REMAND,
            ON_LICENCE,
            REVIVED,
        ],
    ),
    (
        Legal::S36,
        &[
            &[(Legal::None, "s36(6): the remand ends, to custody, bail or release")],
            // Arguable, as for section 35.
            CIVIL,
            COURT,
            FROM_SENTENCE,
            FROM_REMAND,
            ON_LICENCE,
            REVIVED,
        ],
    ),
    (
        Legal::S37,
        &[
            &[
                (Legal::None, "s20, s22, s23, s72(1)(b), s40(4): lapse, six months' custody, or discharge"),
                (Legal::Cto, "s17A(1), s40(4), Sch 1 Pt I para 1: community treatment order"),
            ],
            COURT,
            FROM_SENTENCE,
            FROM_REMAND,
            ON_LICENCE,
        ],
    ),
    (
        Legal::Notional37,
        &[
            &[
                (Legal::None, "s20, s22, s23, s72(1)(b), s41(5): lapse, discharge, or recall to prison on licence"),
                (Legal::Cto, "s17A(1), s41(5), s47(3), Sch 1 Pt I para 1: community treatment order"),
            ],
            COURT,
            FROM_SENTENCE,
            FROM_REMAND,
            ON_LICENCE,
        ],
    ),
    (
        Legal::S38,
        &[
            &[(Legal::None, "s38(5): the order ends, and the court deals with the offender otherwise")],
            // Arguable, as for section 35.
            CIVIL,
            COURT,
            FROM_SENTENCE,
            // Arguable: an unsentenced offender may be remanded to prison when the interim order ends.
            FROM_REMAND,
            ON_LICENCE,
            REVIVED,
        ],
    ),
    (
        Legal::S37S41,
        &[
            &[
                (Legal::S37, "s42(1), s41(5): the restriction is lifted; the hospital order stays"),
                (
                    Legal::S47S49,
                    "s47(1), s49(1): sentenced on a new charge, then transferred; s41(4) keeps the old order",
                ),
            ],
            DISCHARGED,
            COURT_RESTRICTED,
            COURT_FOR_NOW,
            FROM_REMAND,
        ],
    ),
    (
        Legal::Cpia,
        &[
            &[
                (Legal::None, "CPIA s5A(4): found fit, remitted for trial; the order and the restriction end"),
                (Legal::S37, "s42(1), s41(5): the restriction is lifted; the hospital order stays"),
                (
                    Legal::S47S49,
                    "s47(1), s49(1): sentenced on a new charge, then transferred; s41(4) keeps the old order",
                ),
            ],
            DISCHARGED,
            COURT_RESTRICTED,
            COURT_FOR_NOW,
            FROM_REMAND,
        ],
    ),
    (
        Legal::S45A,
        &[
            &[
                (
                    Legal::Notional37,
                    "s50(2), (3), (5), s45B(2), s41(5): the limitation direction ends on the release date",
                ),
                (Legal::None, "s50(1)(a), (5), s74(3): remitted to prison"),
                (
                    Legal::Licence,
                    "s50(1)(b), (5): released on licence from hospital, where the Parole Board or the date allows",
                ),
                (
                    Legal::S47,
                    "s42(1), s45B(2): the limitation direction is lifted while the sentence runs; arguable, rare",
                ),
                (Legal::S47S49, "s47(1), s49(1): a new sentence, then transferred; arguable"),
            ],
            DISCHARGED_BY_LEAVE,
            COURT_RESTRICTED,
            COURT_FOR_NOW,
        ],
    ),
    (
        Legal::S47S49,
        &[
            &[
                (Legal::Notional37, "s50(2), (3), s41(5), s47(3): the restriction direction ends on the release date"),
                (Legal::None, "s50(1)(a), s74(3): remitted to prison"),
                (
                    Legal::Licence,
                    "s50(1)(b): released on licence from hospital, where the Parole Board or the date allows",
                ),
                (Legal::S47, "s42(1), s49(2): the restriction direction is lifted while the sentence runs"),
            ],
            DISCHARGED_BY_LEAVE,
            COURT_RESTRICTED,
            COURT_FOR_NOW,
        ],
    ),
    (
        Legal::S47,
        &[
            &[
                (
                    Legal::None,
                    "s23, s72(1)(b), s20, s47(3): discharge or lapse; there is no power to remit (s50(1) needs a restriction)",
                ),
                (Legal::Cto, "s17A(1), s47(3), s55(4), Sch 1 Pt I para 1: community treatment order"),
                (Legal::Notional37, "s47(3): the sentence ends; the direction has effect as a hospital order"),
            ],
            COURT,
            // A restriction direction given after the transfer direction is arguable (s49(1): "further direct").
            FROM_SENTENCE,
            ON_LICENCE,
        ],
    ),
    (
        Legal::S48S49,
        &[
            &[(Legal::None, "s51(2)-(4), s52(2), (5), s53, s74(4): disposed of, remitted, released or bailed")],
            // Arguable as one step: a civil section made when the charge ends.
            CIVIL,
            COURT,
            FROM_SENTENCE,
            ON_LICENCE,
            REVIVED,
        ],
    ),
    (
        Legal::Cd,
        &[
            AFTER_CONDITIONS,
            &[(Legal::CdDol, "s73(4)(b), (5), (5B), s75(3)(a), s71(4A): conditions varied, from 18 February 2026")],
            COURT_FOR_NOW,
            FROM_REMAND,
        ],
    ),
    (
        Legal::CdDol,
        &[
            AFTER_CONDITIONS,
            &[(
                Legal::Cd,
                "s73(5), s75(3)(a), s71(4A)(a): conditions varied so that they no longer deprive of liberty",
            )],
            COURT_FOR_NOW,
            FROM_REMAND,
        ],
    ),
    (
        Legal::Cto,
        &[
            &[
                (Legal::None, "s17C, s20A, s22, s23, s72(1)(c): lapse, six months' custody, or discharge"),
                (Legal::S3, "s17F(4), s17G: recalled and revoked; detained as before"),
                (Legal::S37, "s17F(4), s17G, Sch 1 Pt I para 2B: recalled and revoked; detained as before"),
                (Legal::Notional37, "s17F(4), s17G, Sch 1 Pt I para 2B: recalled and revoked; detained as before"),
                (Legal::S47, "s17F(4), s17G, Sch 1 Pt I para 2B: recalled and revoked; or s47(1): transferred"),
            ],
            COURT,
            FROM_SENTENCE,
            FROM_REMAND,
            ON_LICENCE,
        ],
    ),
    (
        Legal::Mhtr,
        &[
            &[(Legal::None, "SA s220, Sch 10: the order ends or is revoked")],
            CIVIL,
            COURT,
            FROM_SENTENCE,
            FROM_REMAND,
            ON_LICENCE,
        ],
    ),
    (
        Legal::Licence,
        // A person on licence from one sentence may be serving another.
        &[
            &[(Legal::None, "CJA s249, s254: the licence ends, or recall to prison")],
            CIVIL,
            COURT,
            FROM_SENTENCE,
            FROM_REMAND,
        ],
    ),
    (
        Legal::AbsoluteDischarge,
        &[
            &[(Legal::None, "s42(2), s73(3): nothing is left of the order")],
            CIVIL,
            COURT,
            FROM_SENTENCE,
            FROM_REMAND,
            ON_LICENCE,
        ],
    ),
    (
        Legal::Supervision,
        &[
            &[(Legal::None, "CPIA Sch 1A para 1(1), Pt 3: the order ends or is revoked")],
            CIVIL,
            COURT,
            FROM_SENTENCE,
            FROM_REMAND,
            ON_LICENCE,
        ],
    ),
];

/// Returns the provision by which `to` may follow `from`, if there is one.
pub(crate) fn may_follow(from: Legal, to: Legal) -> Option<&'static str> {
    if from == to {
        return None;
    }
    let (_, groups) = LEGAL_MOVES.iter().find(|(key, _)| *key == from)?;
    groups.iter().copied().flatten().find(|(next, _)| *next == to).map(|(_, law)| *law)
}

/// What a status is, in the words of the Act.
pub(crate) struct Standing {
    pub(crate) legal: Legal,
    /// Subject to a restriction order, a limitation direction or a restriction direction (section 79(1)), in hospital
    /// or discharged on conditions.
    pub(crate) restricted: bool,
    /// Under a transfer direction, or under a direction that has effect as one (sections 45B(2), 47 and 48).
    pub(crate) transferred: bool,
    /// Ends when a criminal court disposes of the case.
    pub(crate) awaits_court: bool,
    /// Liable to be detained in hospital.
    pub(crate) detained: bool,
    pub(crate) law: &'static str,
}

/// Makes a row of [`STANDING`].
const fn row(
    legal: Legal,
    restricted: u8,
    transferred: u8,
    awaits_court: u8,
    detained: u8,
    law: &'static str,
) -> Standing {
    Standing {
        legal,
        restricted: restricted == 1,
        transferred: transferred == 1,
        awaits_court: awaits_court == 1,
        detained: detained == 1,
        law,
    }
}

/// Every status: restricted, transferred, awaits a court, detained.
pub(crate) const STANDING: &[Standing] = &[
    row(Legal::None, 0, 0, 0, 0, "s131: informal; or a prisoner, whom the Act doesn't detain"),
    row(Legal::S2, 0, 0, 0, 1, "s2(4), s6(2)"),
    row(Legal::S3, 0, 0, 0, 1, "s3, s6(2)"),
    row(Legal::S35, 0, 0, 1, 1, "s35(1), (9)"),
    row(Legal::S36, 0, 0, 1, 1, "s36(1), (8)"),
    row(Legal::S37, 0, 0, 0, 1, "s37(1), s40(1)"),
    row(Legal::Notional37, 0, 0, 0, 1, "s41(5), s47(3): no direction is left that can send the person back"),
    row(Legal::S38, 0, 0, 1, 1, "s38(1), s40(3)"),
    row(Legal::S37S41, 1, 0, 0, 1, "s41(1), (3)"),
    row(Legal::Cpia, 1, 0, 0, 1, "CPIA s5(2)(a), s41(3)"),
    row(Legal::S45A, 1, 1, 0, 1, "s45B(2): as a transfer direction with a restriction direction"),
    row(Legal::S47S49, 1, 1, 0, 1, "s47(3), s49(2)"),
    row(Legal::S47, 0, 1, 0, 1, "s47(3)"),
    row(Legal::S48S49, 1, 1, 1, 1, "s48(1), (3), s49(1), (2), s51(2), s52(2)"),
    row(Legal::Cd, 1, 0, 0, 0, "s42(2), (3), s73(4), s79(1): restricted, and at liberty until recalled"),
    row(Legal::CdDol, 1, 0, 0, 0, "s42(2A), s73(5A): deprived of liberty, but not detained in hospital"),
    row(Legal::Cto, 0, 0, 0, 0, "s17D(2)(a): the authority to detain is suspended"),
    row(Legal::Mhtr, 0, 0, 0, 0, "SA s201, Sch 9 Pt 9"),
    row(Legal::Licence, 0, 0, 0, 0, "CJA s249"),
    row(Legal::AbsoluteDischarge, 0, 0, 0, 0, "s42(2), s73(3); CPIA s5(2)(c)"),
    row(Legal::Supervision, 0, 0, 0, 0, "CPIA s5(2)(b), Sch 1A"),
];

/// Returns what a status is in law.
pub(crate) fn standing(legal: Legal) -> &'static Standing {
    STANDING.iter().find(|s| s.legal == legal).expect("every status has a row: a test proves it")
}

/// What becomes of a status when a court sends the person to prison, on remand or for a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InCustody {
    /// It ends there and then.
    Ends,
    /// It goes on for up to six months of custody in all.
    SixMonths,
    /// It goes on as long as it would at liberty.
    GoesOn,
}

/// Every status: what becomes of it in custody.
pub(crate) const CUSTODY: &[(Legal, InCustody, &str)] = &[
    (Legal::None, InCustody::GoesOn, "no order: there is nothing to end"),
    (Legal::S2, InCustody::GoesOn, "s22(2) reaches only treatment and community patients: s2(4) ends it after 28 days"),
    (Legal::S3, InCustody::SixMonths, "s22(1), (2)(a)"),
    (Legal::S35, InCustody::Ends, "s35(7): the court ends the remand"),
    (Legal::S36, InCustody::Ends, "s36(6): the court ends the remand"),
    (Legal::S37, InCustody::SixMonths, "s22(1), s40(4), Sch 1 Pt I para 2"),
    (Legal::Notional37, InCustody::SixMonths, "s22(1), s41(5), Sch 1 Pt I para 2"),
    (Legal::S38, InCustody::Ends, "s38(5): the court ends the order"),
    (Legal::S37S41, InCustody::GoesOn, "s41(3)(a), (4), Sch 1 Pt II"),
    (Legal::Cpia, InCustody::GoesOn, "s41(3)(a), (4), Sch 1 Pt II"),
    (Legal::S45A, InCustody::Ends, "s50(1), (5): on arrival in prison"),
    (Legal::S47S49, InCustody::Ends, "s50(1): on arrival in prison"),
    (Legal::S47, InCustody::SixMonths, "s22(1), s47(3), Sch 1 Pt I para 2"),
    (Legal::S48S49, InCustody::Ends, "s51(3), (4): on arrival in prison"),
    (Legal::Cd, InCustody::GoesOn, "s42(2), (5), s41(4)"),
    (Legal::CdDol, InCustody::GoesOn, "s42(2A), (5), s41(4)"),
    (Legal::Cto, InCustody::SixMonths, "s22(1), (2)(c)"),
    (Legal::Mhtr, InCustody::GoesOn, "SA Sch 10: only a court revokes it"),
    (Legal::Licence, InCustody::GoesOn, "CJA s254: only recall revokes it"),
    (Legal::AbsoluteDischarge, InCustody::Ends, "nothing is left"),
    (Legal::Supervision, InCustody::GoesOn, "CPIA Sch 1A Pt 3: only a court revokes it"),
];

/// A length of time as the statutes give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    Days(i32),
    Months(i32),
}

impl Length {
    /// Returns the fewest and the most days that it can be.
    pub(crate) fn days(self) -> std::ops::RangeInclusive<i32> {
        match self {
            Length::Days(days) => days..=days,
            // Six months have 181 to 184 days.
            Length::Months(6) => 181..=184,
            Length::Months(months) => months * 365 / 12..=months * 366 / 12,
        }
    }
}

/// How long a status lasts by itself. Nothing given: it has no term of its own.
pub(crate) struct Term {
    pub(crate) legal: Legal,
    pub(crate) first: Option<Length>,
    /// The first renewal, if there can be one.
    pub(crate) second: Option<Length>,
    /// Each later renewal.
    pub(crate) later: Option<Length>,
    /// The longest that all of it may last.
    pub(crate) at_most: Option<Length>,
    pub(crate) law: &'static str,
}

const DAYS_28: Option<Length> = Some(Length::Days(28));
const WEEKS_12: Option<Length> = Some(Length::Days(84));
const MONTHS_6: Option<Length> = Some(Length::Months(6));
const MONTHS_12: Option<Length> = Some(Length::Months(12));
const MONTHS_24: Option<Length> = Some(Length::Months(24));
const MONTHS_36: Option<Length> = Some(Length::Months(36));

/// Makes a row of [`TERMS`].
const fn term(
    legal: Legal,
    first: Option<Length>,
    second: Option<Length>,
    later: Option<Length>,
    at_most: Option<Length>,
    law: &'static str,
) -> Term {
    Term { legal, first, second, later, at_most, law }
}

/// Every status: its first period, its first renewal, its later renewals, and the limit of all together.
pub(crate) const TERMS: &[Term] = &[
    term(Legal::None, None, None, None, None, "no order"),
    term(Legal::S2, DAYS_28, None, None, DAYS_28, "s2(4)"),
    term(
        Legal::S3,
        MONTHS_6,
        MONTHS_6,
        MONTHS_12,
        None,
        "s20(1), (2); the shorter periods of the 2025 Act s29 are not in force",
    ),
    term(Legal::S35, DAYS_28, DAYS_28, DAYS_28, WEEKS_12, "s35(7)"),
    term(Legal::S36, DAYS_28, DAYS_28, DAYS_28, WEEKS_12, "s36(6)"),
    term(Legal::S37, MONTHS_6, MONTHS_6, MONTHS_12, None, "s20(1), (2), s40(4), Sch 1 Pt I para 6"),
    term(
        Legal::Notional37,
        MONTHS_6,
        MONTHS_6,
        MONTHS_12,
        None,
        "s41(5), s20(1), (2): counted from the day on which the restriction ended",
    ),
    term(Legal::S38, WEEKS_12, DAYS_28, DAYS_28, MONTHS_12, "s38(5)"),
    term(Legal::S37S41, None, None, None, None, "s41(3)(a)"),
    term(Legal::Cpia, None, None, None, None, "CPIA s5(2)(a), s41(3)(a)"),
    term(Legal::S45A, None, None, None, None, "s45B(2), s50(2), (3): until the release date"),
    term(
        Legal::S47S49,
        None,
        None,
        None,
        None,
        "s49(2), s50(2), (3): until the release date; a life sentence has none",
    ),
    term(Legal::S47, MONTHS_6, MONTHS_6, MONTHS_12, None, "s47(3), s20(1), (2)"),
    term(
        Legal::S48S49,
        None,
        None,
        None,
        None,
        "s51(2), s52(2): until the court has disposed of the case, or the remand ends",
    ),
    term(Legal::Cd, None, None, None, None, "s42(2), (5), s73(4), (6): as long as the restriction"),
    term(Legal::CdDol, None, None, None, None, "s42(2A), (5), s73(4), (6): as long as the restriction"),
    term(Legal::Cto, MONTHS_6, MONTHS_6, MONTHS_12, None, "s20A(1), (3)"),
    term(Legal::Mhtr, MONTHS_36, None, None, MONTHS_36, "SA s220: up to three years, as the court says"),
    term(Legal::Licence, None, None, None, None, "CJA s249: until the sentence ends"),
    term(Legal::AbsoluteDischarge, None, None, None, None, "s42(2), s73(3)"),
    term(
        Legal::Supervision,
        MONTHS_24,
        None,
        None,
        MONTHS_24,
        "CPIA Sch 1A para 1(1): up to two years, as the court says",
    ),
];

/// Days after which a transfer direction lapses unless the person has been received (section 47(2), section 48(3)).
pub(crate) const WARRANT_DAYS: i32 = 14;

/// Days within which a court must be promised a bed for a hospital order, an interim order or a hospital direction
/// (sections 37(4), 38(4), 45A(5)).
pub(crate) const ORDER_BED_DAYS: i32 = 28;

/// Days within which a court must be promised a bed for a remand to hospital (sections 35(4), 36(3)).
pub(crate) const REMAND_BED_DAYS: i32 = 7;

/// The day from which conditions of discharge may deprive of liberty: year, month, day (2025 Act section 35).
pub(crate) const DEPRIVATION_OF_LIBERTY_FROM: (i32, u32, u32) = (2026, 2, 18);

/// What the answer depends on beside the status and the place. All false unless a test says otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Circumstances {
    /// The Crown Court sits. Otherwise it is a magistrates' court.
    pub(crate) crown: bool,
    /// The charge is murder.
    pub(crate) murder: bool,
    /// Found unfit to be tried, or not guilty by reason of insanity.
    pub(crate) unfit: bool,
    /// Not yet 21: a sentence of imprisonment can't be passed.
    pub(crate) under_21: bool,
    /// A hospital has promised a bed within 28 days.
    pub(crate) bed_in_28_days: bool,
    /// A hospital has promised a bed within seven days.
    pub(crate) bed_in_7_days: bool,
    /// The remand or interim order under which the person is has lasted as long as its section allows in all.
    pub(crate) time_used: bool,
    /// The patient has leave of absence now.
    pub(crate) on_leave: bool,
    /// The patient has all the leave that there is.
    pub(crate) most_leave: bool,
    /// A sentence runs, and its release date hasn't come.
    pub(crate) sentence_running: bool,
    /// A criminal court has still to dispose of the case.
    pub(crate) court_awaited: bool,
    /// The tribunal has notified that the patient would be entitled to be discharged (section 74(1)(a)).
    pub(crate) notified: bool,
    /// The patient would come of their own will, and isn't to be detained.
    pub(crate) voluntary: bool,
    /// Two medical reports are with the Ministry.
    pub(crate) two_reports: bool,
    /// What the Ministry is asked for: the name of a code of [`crate::codes::AskedFor`].
    pub(crate) asked: &'static str,
}

/// One answer, the provision on which it rests, and when that provision allows it.
struct Rule {
    option: &'static str,
    /// The provision, shown when a test fails.
    law: &'static str,
    when: fn(Legal, Place, Circumstances) -> bool,
}

/// Returns the answers that the law leaves open, in the order of [`Decision::options`].
///
/// The law forbids the others. An answer that is here may still be out of reach for want of a bed or of money.
/// An empty list means that the decision can't be put for this person at all.
pub(crate) fn allowed(decision: Decision, legal: Legal, place: Place, c: Circumstances) -> Vec<&'static str> {
    let open: Vec<&str> = match decision {
        Decision::Disposal => by_rule(DISPOSAL, legal, place, c),
        Decision::Review => by_rule(REVIEW, legal, place, c),
        Decision::Hearing => by_status(HEARING, legal),
        Decision::Consent => by_request(CONSENT, legal, place, c),
        Decision::Warrant => by_request(WARRANT, legal, place, c),
        Decision::Recall if in_community(place) => by_status(RECALL, legal),
        Decision::Recall => vec![],
        Decision::Assessment => by_rule(ASSESSMENT, legal, place, c),
        Decision::Discharge => by_rule(DISCHARGE, legal, place, c),
        // The Act says nothing on these: to refer is only to ask, a patient's will is free, and money is for the payer.
        Decision::Referral
        | Decision::Engagement
        | Decision::Placement
        | Decision::Coding
        | Decision::Commissioning => decision.options().to_vec(),
    };
    decision.options().iter().copied().filter(|o| open.contains(o)).collect()
}

fn by_rule(rules: &[Rule], legal: Legal, place: Place, c: Circumstances) -> Vec<&'static str> {
    rules.iter().filter(|rule| (rule.when)(legal, place, c)).map(|rule| rule.option).collect()
}

fn by_status(rows: &[(&[Legal], &'static [&'static str], &str)], legal: Legal) -> Vec<&'static str> {
    rows.iter().find(|(statuses, ..)| statuses.contains(&legal)).map(|(_, open, _)| open.to_vec()).unwrap_or_default()
}

fn by_request(rows: &[Request], legal: Legal, place: Place, c: Circumstances) -> Vec<&'static str> {
    let fits = |row: &&Request| row.asked == c.asked && row.of.contains(&legal) && (row.when)(place, c);
    rows.iter().find(fits).map(|row| row.answers.to_vec()).unwrap_or_default()
}

const fn in_hospital(place: Place) -> bool {
    use Place::*;
    matches!(place, High | Medium | Low | Picu | Acute | OpenRehab | LockedRehab)
}

const fn in_prison(place: Place) -> bool {
    matches!(place, Place::Remand | Place::Prison)
}

const fn in_community(place: Place) -> bool {
    matches!(place, Place::Home | Place::Supported)
}

/// Held in custody in law: in prison, remanded to hospital, or transferred from prison.
fn in_custody(legal: Legal, place: Place) -> bool {
    in_prison(place) || matches!(legal, Legal::S35 | Legal::S36) || standing(legal).transferred
}

fn bed_in_28_days(c: Circumstances) -> bool {
    c.bed_in_28_days || c.bed_in_7_days
}

/// A criminal court disposes of a case, or remands. Murder is always before the Crown Court (Crime and Disorder Act
/// 1998 section 51).
///
/// The question is put when the court has convicted, or has found the defendant unfit or insane: so does the model.
///
/// The court may make a hospital order on somebody who is under a civil section, a community treatment order or a
/// conditional discharge: section 40(5) ends the first two, and section 41(4) keeps a restriction alive under the new
/// order.
const DISPOSAL: &[Rule] = &[
    Rule {
        option: "community",
        // Murder: the sentence is fixed (Murder (Abolition of Death Penalty) Act 1965 s1), and after a finding CPIA
        // s5(3) compels a restricted order.
        law: "SA ss79, 80, 118, 204, 277; CPIA s5(2)(c)",
        when: |_, _, c| !c.murder,
    },
    Rule {
        option: "community with treatment",
        // After a finding this is the supervision order, which only the Crown Court makes.
        law: "SA s201, Sch 9 Pt 9; CPIA s5(2)(b)",
        when: |_, _, c| !c.murder && (c.crown || !c.unfit),
    },
    Rule {
        option: "custody",
        // Nobody is sentenced after a special verdict or a finding of unfitness.
        law: "SA s230; CPIA s5(2)",
        when: |_, _, c| !c.unfit,
    },
    Rule {
        option: "s35",
        // Closed once a person is convicted of murder (s35(3), closing words). A further remand, up to 12 weeks in all
        // (s35(7)), counts as s35.
        law: "s35(2), (3), (4), (7); CPIA s5A(2)(a)",
        when: |legal, _, c| c.bed_in_7_days && (!c.murder || c.unfit) && !(legal == Legal::S35 && c.time_used),
    },
    Rule {
        option: "s36",
        // Only a person in custody for trial by the Crown Court, or after a finding. Not for murder, except after a
        // finding. An interim order means that the trial is over.
        law: "s36(1), (2), (3), (6); CPIA s5A(2)(b), (c)",
        when: |legal, place, c| {
            c.crown
                && c.bed_in_7_days
                && (in_custody(legal, place) || c.unfit)
                && legal != Legal::S38
                && (!c.murder || c.unfit)
                && !(legal == Legal::S36 && c.time_used)
        },
    },
    Rule {
        option: "s38",
        // After conviction by either court; by the Crown Court also after a finding, and then for murder too.
        law: "s38(1), (4), (5); CPIA s5A(2)(d)",
        when: |legal, _, c| {
            bed_in_28_days(c)
                && (c.crown || !c.unfit)
                && (!c.murder || c.unfit)
                && !(legal == Legal::S38 && c.time_used)
        },
    },
    Rule {
        option: "s37",
        // A magistrates' court may make it without convicting (s37(3)). After a finding the named hospital must admit,
        // promise or not (CPIA s5A(1)(c)). Murder is excluded; after a finding on murder the order must be restricted
        // (CPIA s5(3)).
        law: "s37(1), (3), (4), s51(5); CPIA s5(2)(a), (3), s5A(1)",
        when: |_, _, c| !c.murder && (bed_in_28_days(c) || c.crown && c.unfit),
    },
    Rule {
        option: "s37/41",
        // Only the Crown Court restricts. A magistrates' court can but commit for it (s43). For murder: only after a
        // finding, and then it must.
        law: "s41(1), s37(4); CPIA s5(2)(a), (3), s5A(1)",
        when: |_, _, c| c.crown && (c.unfit || !c.murder && bed_in_28_days(c)),
    },
    Rule {
        option: "s45A",
        // Needs a conviction by the Crown Court and a sentence of imprisonment, so 21 years of age, that isn't fixed
        // by law.
        law: "s45A(1), (2), (3), (5); Attorney General's Reference (No 54 of 2011) [2011] EWCA Crim 2276; R v Fort [2013] EWCA Crim 2332",
        when: |_, _, c| c.crown && !c.murder && !c.unfit && !c.under_21 && bed_in_28_days(c),
    },
];

/// The responsible clinician reviews an inpatient. For a restricted patient an answer that moves the patient is a
/// request to the Secretary of State (section 41(3)(c)); an open request forbids no further one in law.
const REVIEW: &[Rule] = &[
    Rule { option: "stay", law: "s17, s23: the powers need not be used", when: |_, place, _| in_hospital(place) },
    Rule {
        option: "more leave",
        // s17 is a power over patients detained under Part II, and under Part III through s40(4), s47(3): not over
        // remands and interim orders, where only the court can say so. An informal patient needs no leave.
        law: "s17(1), s40(4), s41(3)(c)(i), s49(2)",
        when: |legal, place, c| in_hospital(place) && !by_court_alone(legal) && !c.most_leave,
    },
    Rule {
        option: "less leave",
        law: "s17(4), s41(3)(d)",
        when: |legal, place, c| in_hospital(place) && !by_court_alone(legal) && c.on_leave,
    },
    Rule {
        option: "step up",
        // s19 doesn't reach remands and interim orders: the court names the hospital. High security takes only those
        // who are liable to be detained.
        law: "s19(1)-(3), s41(3)(c)(ii), s49(2); National Health Service Act 2006 s4(1)",
        when: |legal, place, _| {
            in_hospital(place)
                && place != Place::High
                && !by_court_alone(legal)
                && (place != Place::Medium || standing(legal).detained)
        },
    },
    Rule {
        option: "step down",
        // Nothing is lower than open rehabilitation but discharge.
        law: "s19(1)-(3), s41(3)(c)(ii), s49(2)",
        when: |legal, place, _| in_hospital(place) && place != Place::OpenRehab && !by_court_alone(legal),
    },
    Rule {
        option: "ready",
        // Ready for the community. The clinician can't discharge from a remand, an interim order or a transfer from
        // remand. While a sentence runs a restricted prisoner goes back, or out on licence (s50(1)), or is discharged
        // with the Secretary of State's leave (s74(2)). An unrestricted prisoner may be discharged at any time (s23).
        law: "s23(2), s41(3)(c)(iii), s42(2), s50(1), s74(2)",
        when: |legal, place, c| {
            let held_for_prison = matches!(legal, Legal::S47S49 | Legal::S45A) && c.sentence_running && !c.notified;
            in_hospital(place) && !standing(legal).awaits_court && !held_for_prison
        },
    },
    Rule {
        option: "remit",
        // To prison before the release date; to prison or court while the court is awaited. An unrestricted transfer
        // can't be undone (s50(1) needs a restriction). Remission for trial after a finding of unfitness is for the
        // Secretary of State, who consults the clinician.
        law: "s50(1), (5), s51(3), s52(5), s35(7), s36(6), s38(5); CPIA s5A(4)",
        when: |legal, place, c| {
            in_hospital(place)
                && match legal {
                    Legal::S47S49 | Legal::S45A => c.sentence_running,
                    Legal::S48S49 | Legal::S35 | Legal::S36 | Legal::S38 => c.court_awaited,
                    Legal::Cpia => true,
                    _ => false,
                }
        },
    },
];

/// The court alone names the hospital and ends the detention: sections 35, 36 and 38.
const fn by_court_alone(legal: Legal) -> bool {
    matches!(legal, Legal::S35 | Legal::S36 | Legal::S38)
}

/// The tribunal hears a case. A status that isn't here gives no right to a hearing and can't be referred.
const HEARING: &[(&[Legal], &[&str], &str)] = &[
    (
        &[Legal::S2, Legal::S3, Legal::S37, Legal::Notional37, Legal::S47],
        &["no discharge", "discharge"],
        "s66, s68, s69, s72(1), (3): discharge at once or on a later day",
    ),
    (&[Legal::Cto], &["no discharge", "discharge"], "s66(1)(ca), s68, s72(1)(c): discharge from the order"),
    (
        &[Legal::S37S41, Legal::Cpia],
        &["no discharge", "conditional discharge", "deferred conditional discharge", "absolute discharge"],
        "s70, s71, s73(1), (2), (7)",
    ),
    (
        &[Legal::Cd],
        &["no discharge", "absolute discharge"],
        "s75(2), (3), s71(4A): ends the restriction, or varies the conditions",
    ),
    (
        &[Legal::CdDol],
        &["no discharge", "conditional discharge", "absolute discharge"],
        "s75(2), (2C), (3), s71(4A): as above; to lift the deprivation of liberty is to vary the conditions, written here as a conditional discharge (arguable)",
    ),
    (
        &[Legal::S45A, Legal::S47S49, Legal::S48S49],
        &["notify: not entitled", "notify: entitled"],
        "s74(1): the tribunal can't discharge; it notifies the Secretary of State",
    ),
];

/// A request to the Ministry: what is asked, of whom, when, and with which answers.
struct Request {
    asked: &'static str,
    of: &'static [Legal],
    when: fn(Place, Circumstances) -> bool,
    answers: &'static [&'static str],
    /// The provision, shown when a test fails.
    law: &'static str,
}

/// Those whom a restriction keeps in hospital.
const RESTRICTED_IN_HOSPITAL: &[Legal] = &[Legal::S37S41, Legal::Cpia, Legal::S45A, Legal::S47S49, Legal::S48S49];

/// The Secretary of State's consent for restricted patients.
const CONSENT: &[Request] = &[
    Request {
        asked: "leave",
        of: RESTRICTED_IN_HOSPITAL,
        when: |place, _| in_hospital(place),
        answers: &["refuse", "grant"],
        law: "s41(3)(c)(i), s49(2), s45B(2)",
    },
    Request {
        asked: "transfer",
        of: RESTRICTED_IN_HOSPITAL,
        when: |place, _| in_hospital(place),
        answers: &["refuse", "grant"],
        law: "s41(3)(c)(ii), s49(2), s45B(2)",
    },
    Request {
        asked: "discharge",
        of: &[Legal::S37S41, Legal::Cpia],
        when: |place, _| in_hospital(place),
        answers: &["refuse", "grant"],
        law: "s42(2), s41(3)(c)(iii)",
    },
    Request {
        asked: "discharge",
        // The letter of s42(2) reaches them at any time through s49(2); the scheme of ss50 and 74 is that the tribunal
        // has notified first.
        of: &[Legal::S45A, Legal::S47S49],
        when: |place, c| in_hospital(place) && c.notified,
        answers: &["refuse", "grant"],
        law: "s74(2)",
    },
    Request {
        asked: "absolute discharge",
        of: &[Legal::S37S41, Legal::Cpia],
        when: |place, _| in_hospital(place),
        answers: &["refuse", "grant"],
        law: "s42(2)",
    },
    Request {
        asked: "absolute discharge",
        of: &[Legal::S45A, Legal::S47S49],
        when: |place, c| in_hospital(place) && c.notified,
        answers: &["refuse", "grant"],
        law: "s74(2)",
    },
    Request {
        asked: "absolute discharge",
        of: &[Legal::Cd, Legal::CdDol],
        when: |place, _| !in_prison(place),
        answers: &["refuse", "grant"],
        law: "s42(2)",
    },
];

/// Those who may be in prison: nobody is there under a status that detains in hospital alone, unless a restricted
/// order lies under the custody.
const IN_PRISON: &[Legal] = &[
    Legal::None,
    Legal::S3,
    Legal::S37,
    Legal::S37S41,
    Legal::Cpia,
    Legal::Cd,
    Legal::CdDol,
    Legal::Cto,
    Legal::Mhtr,
    Legal::Licence,
    Legal::AbsoluteDischarge,
    Legal::Supervision,
];

/// The Secretary of State's warrant to transfer a prisoner, and to send one back.
const WARRANT: &[Request] = &[
    Request {
        asked: "admission",
        of: IN_PRISON,
        when: |place, c| in_prison(place) && c.two_reports,
        answers: &["query", "grant", "refuse"],
        law: "s47(1), s48(1), (2), s49(1): satisfied by reports from at least two doctors",
    },
    Request {
        asked: "admission",
        of: IN_PRISON,
        when: |place, c| in_prison(place) && !c.two_reports,
        answers: &["query", "refuse"],
        law: "s47(1), s48(1): no direction without two reports",
    },
    Request {
        asked: "remission",
        // s74(3): unless the tribunal has also recommended that the patient stay in hospital, or the Secretary of
        // State allows discharge.
        of: &[Legal::S45A, Legal::S47S49],
        when: |place, c| in_hospital(place) && c.sentence_running && c.notified,
        answers: &["grant"],
        law: "s74(3): must be sent back after 90 days",
    },
    Request {
        asked: "remission",
        of: &[Legal::S45A, Legal::S47S49],
        when: |place, c| in_hospital(place) && c.sentence_running,
        answers: &["query", "grant", "refuse"],
        law: "s50(1), (5): \"may by warrant\", before the release date",
    },
    Request {
        asked: "remission",
        of: &[Legal::S48S49],
        when: |place, c| in_hospital(place) && c.court_awaited && c.notified,
        answers: &["grant"],
        law: "s74(4): \"shall by warrant direct\"",
    },
    Request {
        asked: "remission",
        // While the case is before the magistrates only that court can end the direction (s52(5)).
        of: &[Legal::S48S49],
        when: |place, c| in_hospital(place) && c.court_awaited && c.crown,
        answers: &["query", "grant", "refuse"],
        law: "s51(3)",
    },
    Request {
        asked: "remission",
        // For trial, after a finding of unfitness; not after a special verdict.
        of: &[Legal::Cpia],
        when: |place, c| in_hospital(place) && c.crown,
        answers: &["query", "grant", "refuse"],
        law: "CPIA s5A(4)",
    },
];

/// The community team watches a person who was discharged. A status that isn't here is detained in hospital, and there
/// is nobody to recall.
const RECALL: &[(&[Legal], &[&str], &str)] = &[
    (
        &[Legal::Cd, Legal::CdDol],
        &["watch", "ask for recall", "voluntary admission"],
        "s42(3): the Secretary of State recalls; s131: voluntary admission",
    ),
    (
        &[Legal::Cto],
        &["watch", "recall under CTO", "voluntary admission"],
        "s17E(1): the responsible clinician recalls; s131: voluntary admission",
    ),
    (
        &[Legal::Licence],
        &["watch", "ask for recall", "voluntary admission"],
        "CJA s254: probation asks and the Secretary of State recalls to prison; the team can but ask probation",
    ),
    (
        &[Legal::None, Legal::Mhtr, Legal::AbsoluteDischarge, Legal::Supervision],
        &["watch", "voluntary admission"],
        "s131: nobody can be recalled; a civil section needs an application of its own",
    ),
];

/// The receiving unit assesses. The Act leaves the tier to it, save that high security takes only those who are liable
/// to be detained.
const ASSESSMENT: &[Rule] = &[
    Rule { option: "refuse", law: "s140: no hospital need admit", when: |_, _, _| true },
    Rule { option: "accept at high", law: "National Health Service Act 2006 s4(1)", when: |_, _, c| !c.voluntary },
    Rule { option: "accept at medium", law: "s145(1): a hospital", when: |_, _, _| true },
    Rule { option: "accept at low", law: "s145(1): a hospital", when: |_, _, _| true },
    Rule { option: "accept at PICU", law: "s145(1): a hospital", when: |_, _, _| true },
    Rule { option: "another assessment", law: "no provision", when: |_, _, _| true },
];

/// The funders pay for a discharge. The law limits where a person may be sent, not who pays (section 117 binds the NHS
/// and the council jointly).
const DISCHARGE: &[Rule] = &[
    Rule { option: "not yet", law: "s117(2): arrangements take time", when: |_, place, _| in_hospital(place) },
    Rule { option: "collaborative: home, forensic team", law: "s117(2)", when: to_community },
    Rule { option: "collaborative: supported, forensic team", law: "s117(2)", when: to_community },
    Rule { option: "collaborative: supported, mainstream team", law: "s117(2)", when: to_community },
    Rule { option: "aftercare: home, forensic team", law: "s117(2)", when: to_community },
    Rule { option: "aftercare: home, mainstream team", law: "s117(2)", when: to_community },
    Rule { option: "aftercare: supported, forensic team", law: "s117(2)", when: to_community },
    Rule { option: "aftercare: supported, mainstream team", law: "s117(2)", when: to_community },
    Rule {
        option: "aftercare: rehabilitation ward",
        // A ward is a hospital: a patient whom a restriction keeps in hospital goes there by transfer, to which the
        // Secretary of State consents, and not by discharge.
        law: "s19, s41(3)(c)(ii), s49(2)",
        when: |legal, place, _| in_hospital(place) && !by_court_alone(legal),
    },
];

/// Whether a patient may be discharged to the community at all: not from a remand, an interim order or a transfer from
/// remand, and a restricted prisoner only when the tribunal has notified (s74(2)) or the sentence no longer holds.
fn to_community(legal: Legal, place: Place, c: Circumstances) -> bool {
    let held_for_prison = matches!(legal, Legal::S47S49 | Legal::S45A) && c.sentence_running && !c.notified;
    in_hospital(place) && !standing(legal).awaits_court && !held_for_prison
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar;
    use crate::codes::AskedFor;

    #[test]
    fn every_status_has_one_row_in_every_table() {
        for legal in Legal::ALL {
            assert_eq!(LEGAL_MOVES.iter().filter(|(key, _)| key == legal).count(), 1, "{}", legal.name());
            assert_eq!(STANDING.iter().filter(|s| s.legal == *legal).count(), 1, "{}", legal.name());
            assert_eq!(TERMS.iter().filter(|t| t.legal == *legal).count(), 1, "{}", legal.name());
            assert_eq!(CUSTODY.iter().filter(|(key, ..)| key == legal).count(), 1, "{}", legal.name());
        }
    }

    #[test]
    fn every_move_and_every_status_rests_on_a_provision() {
        for (from, groups) in LEGAL_MOVES {
            for (to, law) in groups.iter().copied().flatten() {
                let number = law.chars().any(|letter| letter.is_ascii_digit());
                assert!(number, "{} to {}: {law}", from.name(), to.name());
            }
        }
        assert!(STANDING.iter().all(|s| !s.law.is_empty()) && TERMS.iter().all(|t| !t.law.is_empty()));
    }

    #[test]
    fn no_period_is_longer_than_all_of_them_together() {
        for t in TERMS {
            for period in [t.first, t.second, t.later].into_iter().flatten() {
                let most = t.at_most.map_or(i32::MAX, |most| *most.days().end());
                assert!(*period.days().end() <= most, "{}: {}", t.legal.name(), t.law);
            }
        }
    }

    #[test]
    fn the_evidence_table_gives_the_terms_of_the_statutes() {
        let table = include_str!("../../../../python/stepdown/evidence/parameters/law.csv");
        let days = |name: &str| -> i32 {
            let line = table.lines().find(|line| line.split(',').next() == Some(name)).expect("the table has the term");
            line.split(',').nth(1).and_then(|value| value.parse().ok()).expect("a number of days")
        };
        let first =
            |legal: Legal| TERMS.iter().find(|t| t.legal == legal).and_then(|t| t.first).expect("a term").days();
        assert!(first(Legal::S2).contains(&days("law.s2_days")));
        assert!(first(Legal::S3).contains(&days("law.s3_first")));
        assert!(first(Legal::S35).contains(&days("law.remand_block")));
        assert!(first(Legal::Cto).contains(&days("law.cto_days")));
        assert!(MONTHS_12.expect("a year").days().contains(&days("law.s3_later")));
        assert!(MONTHS_12.expect("a year").days().contains(&days("law.interim_longest")));
        assert_eq!(days("law.bed_within"), ORDER_BED_DAYS);
        assert_eq!(days("law.remand_bed_within"), REMAND_BED_DAYS);
        assert_eq!(days("law.warrant_lapses"), WARRANT_DAYS);
        let (year, month, date) = DEPRIVATION_OF_LIBERTY_FROM;
        assert_eq!(days("law.dol_from"), calendar::day(year, month, date));
    }

    #[test]
    fn every_answer_is_an_option_of_its_decision() {
        let of_rules = |decision: Decision, rules: &[Rule]| {
            for rule in rules {
                assert!(decision.options().contains(&rule.option), "{}", rule.option);
                assert!(!rule.law.is_empty(), "{}", rule.option);
            }
            assert_eq!(rules.len(), decision.options().len(), "one rule for each answer");
        };
        of_rules(Decision::Disposal, DISPOSAL);
        of_rules(Decision::Review, REVIEW);
        of_rules(Decision::Assessment, ASSESSMENT);
        of_rules(Decision::Discharge, DISCHARGE);
        for (decision, rows) in [(Decision::Hearing, HEARING), (Decision::Recall, RECALL)] {
            for (_, open, law) in rows {
                assert!(open.iter().all(|o| decision.options().contains(o)), "{law}");
            }
        }
        for (decision, rows) in [(Decision::Consent, CONSENT), (Decision::Warrant, WARRANT)] {
            for request in rows {
                assert!(request.answers.iter().all(|o| decision.options().contains(o)), "{}", request.law);
                assert!(AskedFor::from_name(request.asked).is_some(), "{}", request.asked);
            }
        }
    }

    #[test]
    fn a_restriction_ends_only_by_the_ways_of_section_41_42_50_or_73_to_75() {
        // The unrestricted statuses that a restricted hospital order can become: lifted, discharged absolutely, or a
        // new remand lying over it.
        use Legal::*;
        let free = |from: Legal| -> Vec<Legal> {
            let unrestricted = |to: &&Legal| may_follow(from, **to).is_some() && !standing(**to).restricted;
            Legal::ALL.iter().filter(unrestricted).copied().collect()
        };
        assert_eq!(free(S37S41), [S35, S36, S37, S38, AbsoluteDischarge]);
        assert_eq!(free(Cpia), [None, S35, S36, S37, S38, AbsoluteDischarge]);
        assert_eq!(free(Cd), [S35, S36, S38, AbsoluteDischarge]);
        assert_eq!(free(CdDol), free(Cd));
    }

    #[test]
    fn the_courts_answers_are_those_of_the_statutes() {
        let nothing = Circumstances::default();
        let at = |c| allowed(Decision::Disposal, Legal::None, Place::Remand, c);
        let bed = Circumstances { bed_in_7_days: true, ..nothing };
        assert_eq!(at(Circumstances { crown: true, ..bed }), Decision::Disposal.options(), "Crown Court, bed promised");
        assert_eq!(at(bed), ["community", "community with treatment", "custody", "s35", "s38", "s37"], "magistrates");
        assert_eq!(at(nothing), ["community", "community with treatment", "custody"], "no bed");
        let murder = Circumstances { crown: true, murder: true, ..bed };
        assert_eq!(at(murder), ["custody"], "murder");
        assert!(!at(Circumstances { crown: true, under_21: true, ..bed }).contains(&"s45A"), "20 years of age");
        assert_eq!(at(Circumstances { unfit: true, ..murder }), ["s35", "s36", "s38", "s37/41"], "murder, unfit");
        let unfit = Circumstances { crown: true, unfit: true, ..nothing };
        assert_eq!(at(unfit), ["community", "community with treatment", "s37", "s37/41"], "unfit, no bed promised");
    }

    #[test]
    fn a_patient_on_bail_is_not_remanded_for_treatment() {
        let c = Circumstances { crown: true, bed_in_7_days: true, ..Default::default() };
        assert!(!allowed(Decision::Disposal, Legal::None, Place::Home, c).contains(&"s36"));
        assert!(!allowed(Decision::Disposal, Legal::S3, Place::Acute, c).contains(&"s36"));
        assert!(allowed(Decision::Disposal, Legal::S48S49, Place::Medium, c).contains(&"s36"));
    }

    #[test]
    fn a_tribunal_hears_all_detained_but_remands_and_interim_orders() {
        for legal in Legal::ALL {
            let heard = !allowed(Decision::Hearing, *legal, Place::Medium, Circumstances::default()).is_empty();
            let named = matches!(legal, Legal::Cto | Legal::Cd | Legal::CdDol);
            assert_eq!(heard, named || standing(*legal).detained && !by_court_alone(*legal), "{}", legal.name());
        }
    }
}
