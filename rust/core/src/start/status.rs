//! Legal status on the first day, what lies behind it, and when it ends.

use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::codes::{Legal, Offence, Sex};
use crate::ids::CaseId;
use crate::law;
use crate::plan::{GraveMix, OffenceMix, StartParams, TierStart};
use crate::world::World;

/// Draws the status of a patient of a tier, by two uniform numbers; a share of those under restricted hospital orders was found
/// unfit or insane, and a share of orders without restriction are what is left of a sentence.
pub(super) fn legal_at_start(t: &TierStart, s: &StartParams, [u, notional]: [f64; 2]) -> Legal {
    let found = s.unfit * t.s37_41;
    let mut left = u;
    for (share, legal) in [
        (found, Legal::Cpia),
        (t.s37_41 - found, Legal::S37S41),
        (t.s47_49, Legal::S47S49),
        (t.s48_49, Legal::S48S49),
        (t.s45a, Legal::S45A),
        (t.s37, if notional < s.notional { Legal::Notional37 } else { Legal::S37 }),
    ] {
        left -= share;
        if left < 0.0 {
            return legal;
        }
    }
    Legal::S3
}

/// What a status has become after so many years in hospital: by then a court has decided, and of sentences only life is still served.
pub(super) fn status_after(legal: Legal, s: &StartParams, years: f64, life: bool) -> Legal {
    let (awaited, served) = (legal == Legal::S48S49, matches!(legal, Legal::S47S49 | Legal::S45A));
    if awaited && years > s.awaited_longest {
        Legal::S37S41
    } else if served && years > s.served_longest && !life {
        Legal::Notional37
    } else {
        legal
    }
}

/// Gives somebody the convictions before: whom a court has sent, or who was discharged under its order, has more of them.
pub(super) fn convicted_at_start(c: &mut Case, s: &StartParams, u: f64) {
    let more: f64 = if matches!(c.legal, Legal::S3 | Legal::None) { s.convicted_other } else { s.convicted };
    let drawn = (1..=3).filter(|n| u < libm::pow(more, f64::from(*n))).count() as u8;
    let o = &mut c.offending;
    o.convictions = o.convictions.max(drawn);
    o.history = o.history.max(drawn);
}

/// The offence that lies behind somebody's care, and whether it was grave, by two uniform numbers: restriction is for what
/// was done, by sex; other orders are for less, and a civil section often for nothing.
pub(super) fn offence_at_start(s: &StartParams, sex: Sex, legal: Legal, [kind, grave]: [f64; 2]) -> (Offence, bool) {
    let restricted = law::restricted(legal) || law::conditional(legal);
    let civil = matches!(legal, Legal::S3 | Legal::Cto | Legal::None);
    if civil && kind < s.no_offence {
        return (Offence::None, false);
    }
    let mix: &OffenceMix = match (restricted, sex) {
        (true, Sex::Male) => &s.restricted_men,
        (true, Sex::Female) => &s.restricted_women,
        (false, _) => &s.unrestricted,
    };
    let mut left = if civil { (kind - s.no_offence) / (1.0 - s.no_offence) } else { kind };
    let kinds = [
        (mix.violence, Offence::Violence),
        (mix.sexual, Offence::Sexual),
        (mix.arson, Offence::Arson),
        (mix.robbery, Offence::Robbery),
        (mix.weapons, Offence::Weapons),
        (mix.theft, Offence::Theft),
        (mix.public_order, Offence::PublicOrder),
    ];
    let found = kinds.into_iter().find(|(share, _)| {
        left -= share;
        left < 0.0
    });
    let offence = found.map_or(Offence::Other, |(_, offence)| offence);
    let among: &GraveMix = &s.grave;
    let share = match offence {
        Offence::Murder | Offence::Robbery => 1.0,
        Offence::Violence if restricted => among.violence,
        Offence::Sexual if restricted => among.sexual,
        Offence::Arson if restricted => among.arson,
        Offence::None
        | Offence::Violence
        | Offence::Sexual
        | Offence::Arson
        | Offence::Theft
        | Offence::Drugs
        | Offence::Weapons
        | Offence::PublicOrder
        | Offence::Other => 0.0,
    };
    let share = if law::conditional(legal) { share * among.discharged } else { share };
    (offence, grave < share)
}

/// Schedules the day on which the legal status ends by itself, if it does.
pub(super) fn schedule_expiry(world: &mut World, i: CaseId) {
    let c = world.case(i);
    if let Some(day) = law::period_ends(&world.p.law, c.legal, c.legal_since, world.today()) {
        world.caseload.schedule(i, Due::Expiry, day);
    }
}
