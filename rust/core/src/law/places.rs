//! Places: of which kind each is.

use crate::codes::Place;

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
