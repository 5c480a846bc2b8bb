//! Places: one table of what each is. To add a place, add its code and its row here; the build names every decision about it
//! that is still missing.

use crate::codes::{Place, Spend};

/// Of what kind a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    /// In the community.
    Community,
    /// Prison.
    Prison,
    /// A secure hospital tier: beds are those of units.
    Secure,
    /// Any other hospital ward.
    Ward,
    /// Absent from hospital without leave; the bed is kept.
    Absent,
    /// No longer on the pathway's books.
    Gone,
}

/// Places and teams that are counted by area: what a place takes up there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[repr(usize)]
pub enum Ward {
    /// Supported accommodation.
    Supported = 0,
    /// PICU beds for pathway patients.
    Picu = 1,
    /// Acute beds.
    Acute = 2,
    /// Open rehabilitation.
    OpenRehab = 3,
    /// Locked rehabilitation.
    LockedRehab = 4,
    /// Caseload of the specialist community forensic team.
    Forensic = 5,
    /// Caseload of the mainstream team.
    Mainstream = 6,
}

impl Ward {
    /// Number of kinds.
    pub const COUNT: usize = 7;

    /// The ward of a place, if it is counted by area.
    pub const fn of(place: Place) -> Option<Ward> {
        properties(place).counted
    }
}

/// Which price a day there has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tariff {
    /// A high secure bed.
    High,
    /// A medium secure bed.
    Medium,
    /// A low secure bed.
    Low,
    /// A PICU bed.
    Picu,
    /// An acute bed.
    Acute,
    /// A rehabilitation bed.
    Rehabilitation,
    /// A supported place.
    Supported,
}

/// Who pays for a day there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payer {
    /// The commissioner of the bed.
    Commissioner,
    /// The area's NHS and councils together.
    Aftercare,
    /// The justice system.
    Justice,
}

/// Which utility a day there has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Utility {
    /// High secure care.
    High,
    /// Medium secure care.
    Medium,
    /// Low secure care and other hospital wards.
    Ward,
    /// Supported accommodation.
    Supported,
    /// Prison.
    Prison,
    /// One's own home.
    Home,
}

/// What a place is: everything that the model decides by place.
#[derive(Clone, Copy, Debug)]
pub struct Properties {
    /// Kind.
    pub kind: PlaceKind,
    /// What it takes up in its area; nothing where a unit, a prison or a home holds the person.
    pub counted: Option<Ward>,
    /// Price of a day.
    pub tariff: Option<Tariff>,
    /// What a day is booked under.
    pub spend: Option<Spend>,
    /// Who pays for it.
    pub payer: Payer,
    /// Utility of a day.
    pub utility: Utility,
    /// The next tier down.
    pub below: Option<Place>,
    /// The next tier up.
    pub above: Option<Place>,
}

/// A place at home: what others differ from.
const HOME: Properties = Properties {
    kind: PlaceKind::Community,
    counted: None,
    tariff: None,
    spend: None,
    payer: Payer::Aftercare,
    utility: Utility::Home,
    below: None,
    above: None,
};

/// A ward outside secure care, of one kind of bed; from it the next tier up is medium secure care.
const fn ward(counted: Ward, tariff: Tariff, spend: Spend) -> Properties {
    Properties {
        kind: PlaceKind::Ward,
        counted: Some(counted),
        tariff: Some(tariff),
        spend: Some(spend),
        utility: Utility::Ward,
        above: Some(Place::Medium),
        ..HOME
    }
}

/// A secure tier.
const fn tier(
    tariff: Tariff,
    spend: Spend,
    utility: Utility,
    below: Option<Place>,
    above: Option<Place>,
) -> Properties {
    Properties {
        kind: PlaceKind::Secure,
        tariff: Some(tariff),
        spend: Some(spend),
        payer: Payer::Commissioner,
        utility,
        below,
        above,
        ..HOME
    }
}

/// Tiers of beds that people wait for, in the order of the daily table.
pub const BED_TIERS: [Place; 4] = [Place::High, Place::Medium, Place::Low, Place::Picu];

/// Returns the place of a tier in [`BED_TIERS`]; what is none of them is counted with the last.
pub const fn bed_tier(place: Place) -> usize {
    match properties(place).tariff {
        Some(Tariff::High) => 0,
        Some(Tariff::Medium) => 1,
        Some(Tariff::Low) => 2,
        Some(Tariff::Picu | Tariff::Acute | Tariff::Rehabilitation | Tariff::Supported) | None => 3,
    }
}

/// Returns what a place is.
pub const fn properties(place: Place) -> Properties {
    match place {
        Place::Home => HOME,
        Place::Supported => Properties {
            counted: Some(Ward::Supported),
            tariff: Some(Tariff::Supported),
            spend: Some(Spend::Supported),
            utility: Utility::Supported,
            ..HOME
        },
        Place::Remand | Place::Prison => {
            Properties { kind: PlaceKind::Prison, payer: Payer::Justice, utility: Utility::Prison, ..HOME }
        }
        Place::High => tier(Tariff::High, Spend::HighBed, Utility::High, Some(Place::Medium), None),
        Place::Medium => tier(Tariff::Medium, Spend::MediumBed, Utility::Medium, Some(Place::Low), Some(Place::High)),
        Place::Low => tier(Tariff::Low, Spend::LowBed, Utility::Ward, None, Some(Place::Medium)),
        Place::Picu => ward(Ward::Picu, Tariff::Picu, Spend::PicuBed),
        Place::Acute => ward(Ward::Acute, Tariff::Acute, Spend::AcuteBed),
        Place::OpenRehab => ward(Ward::OpenRehab, Tariff::Rehabilitation, Spend::RehabBed),
        Place::LockedRehab => ward(Ward::LockedRehab, Tariff::Rehabilitation, Spend::RehabBed),
        Place::Awol => Properties { kind: PlaceKind::Absent, ..HOME },
        Place::Dead | Place::Left => Properties { kind: PlaceKind::Gone, ..HOME },
    }
}

/// Whether a place is a secure hospital tier.
pub const fn secure(p: Place) -> bool {
    matches!(properties(p).kind, PlaceKind::Secure)
}

/// Whether a place is a hospital bed of any kind.
pub const fn hospital(p: Place) -> bool {
    matches!(properties(p).kind, PlaceKind::Secure | PlaceKind::Ward)
}

/// Whether a place is in the community.
pub const fn community(p: Place) -> bool {
    matches!(properties(p).kind, PlaceKind::Community)
}

/// Whether a place is prison.
pub const fn prison(p: Place) -> bool {
    matches!(properties(p).kind, PlaceKind::Prison)
}

/// The next tier down, if there is one.
pub const fn below(p: Place) -> Option<Place> {
    properties(p).below
}

/// The next tier up, if there is one.
pub const fn above(p: Place) -> Option<Place> {
    properties(p).above
}

/// Whether a person may go straight from one place to another: the table of moves, from which `docs/pathway.svg` is drawn.
pub fn may_move(from: Place, to: Place) -> bool {
    use PlaceKind::{Absent, Community, Gone, Prison, Secure, Ward};
    let kind = properties(to).kind;
    let rehabilitation = matches!(to, Place::OpenRehab | Place::LockedRehab);
    if from == to || properties(from).kind == Gone {
        return false;
    }
    if to == Place::Dead {
        return true;
    }
    match properties(from).kind {
        // Any secure tier or prison; an acute ward in a relapse; on from supported accommodation; the books close on the rest.
        Community => matches!(kind, Secure | Prison) || matches!(to, Place::Acute | Place::Home | Place::Left),
        // Transfer to hospital, sentence, or release.
        Prison => kind == Secure || matches!(to, Place::Picu | Place::Home) || to == Place::Prison,
        // A tier up or down, absent, remitted, discharged, or on to rehabilitation but from high secure care.
        Secure => {
            below(from) == Some(to)
                || above(from) == Some(to)
                || matches!(kind, Absent | Prison | Community)
                || (rehabilitation && from != Place::High)
        }
        // From acute and PICU up into any tier, and from acute to PICU; a transferred prisoner is remitted; discharge.
        Ward => {
            let acute = matches!(from, Place::Acute | Place::Picu);
            kind == Community
                || (kind == Secure && acute)
                || (kind == Prison && from != Place::Acute)
                || (from == Place::Acute && to == Place::Picu)
        }
        // Back to the bed that was kept.
        Absent => kind == Secure,
        Gone => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_every_place_that_is_lived_in_a_person_may_move_on_and_from_the_others_never() {
        for from in Place::ALL {
            let on = Place::ALL.iter().filter(|to| may_move(*from, **to)).count();
            assert_eq!(on > 1, properties(*from).kind != PlaceKind::Gone, "{}: {on}", from.name());
            assert!(!may_move(*from, *from));
        }
    }

    #[test]
    fn secure_tiers_are_climbed_and_left_one_at_a_time() {
        assert!(may_move(Place::High, Place::Medium) && may_move(Place::Medium, Place::High));
        assert!(!may_move(Place::High, Place::Low) && !may_move(Place::Low, Place::High));
        assert!(!may_move(Place::Prison, Place::Remand) && !may_move(Place::Home, Place::Supported));
    }

    #[test]
    fn the_tier_above_the_tier_below_is_the_tier() {
        for tier in [Place::High, Place::Medium] {
            assert_eq!(below(tier).and_then(above), Some(tier));
        }
        assert_eq!((above(Place::High), below(Place::Low)), (None, None));
    }

    #[test]
    fn what_has_a_price_has_a_kind_of_spending_and_the_other_way_round() {
        for p in Place::ALL.iter().map(|p| properties(*p)) {
            assert_eq!(p.tariff.is_some(), p.spend.is_some());
            assert!(p.counted.is_none() || p.tariff.is_some());
        }
    }

    #[test]
    fn secure_beds_are_paid_by_their_commissioner_and_no_other() {
        for place in Place::ALL {
            assert_eq!(properties(*place).payer == Payer::Commissioner, secure(*place), "{}", place.name());
        }
    }
}
