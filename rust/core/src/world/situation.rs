//! What bears on how a person lives: on home, relationships, physical health and hope.

use super::World;
use crate::calendar::{Day, YEAR};
use crate::caseload::Case;
use crate::caseload::wellbeing::Situation;
use crate::codes::{Diagnosis, Place};
use crate::law::places::{self, PlaceKind};

/// What bears on a case on a day.
pub fn of(c: &Case, today: Day) -> Situation {
    let kind = places::properties(c.place).kind;
    let (prison, hospital) = (places::prison(c.place), places::hospital(c.place));
    let since = match kind {
        PlaceKind::Prison => Some(c.placement.since),
        PlaceKind::Secure | PlaceKind::Ward => c.placement.secure_since,
        PlaceKind::Community | PlaceKind::Absent | PlaceKind::Gone => None,
    };
    Situation {
        home: c.place == Place::Home,
        supported: c.place == Place::Supported,
        prison,
        hospital,
        away: since.map_or(0.0, |since| f64::from(today - since) / YEAR),
        far: hospital && c.placement.out_of_area,
        team: c.follow_up.team.is_some(),
        employed: c.work.employed,
        unwell: c.clinical.unwell,
        substance: c.has(Diagnosis::Substance),
        age: c.age(today),
    }
}

/// What the hope of a case is drawn to [0-1].
pub fn hope_target(world: &World, c: &Case, day: Day) -> f64 {
    let by = world.p.wellbeing.hope_of(&c.wellbeing, &of(c, day));
    (world.p.clinical.hope_mean + by).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Legal;

    #[test]
    fn years_away_are_those_in_prison_or_in_secure_care() {
        let mut w = World::small();
        let all = [Place::Prison, Place::Medium, Place::Home, Place::Acute].map(|place| w.put(place, Legal::None));
        w.pass(730);
        let away = all.map(|i| of(w.case(i), w.today()).away);
        assert!((away[0] - 2.0).abs() < 0.01 && (away[1] - 2.0).abs() < 0.01);
        assert_eq!(away[2..], [0.0, 0.0]);
    }

    #[test]
    fn hope_is_drawn_further_up_with_somebody_close() {
        let mut w = World::small();
        let target = |w: &mut World, close: bool| {
            let i = w.put_with(Place::Home, Legal::None, |c| c.wellbeing.close = close);
            hope_target(w, w.case(i), w.today())
        };
        let (with, without) = (target(&mut w, true), target(&mut w, false));
        assert!((with - without - w.p.wellbeing.hope_close).abs() < 1e-12);
    }
}
