//! Prisoners with a disorder on the first day.

use crate::codes::Purpose;
use crate::ids::CaseId;
use crate::transitions::entry;
use crate::world::World;

use super::outside::{Outside, left_secure_care};

/// Prisoners with a disorder, with the time that they have left.
pub(super) fn prisoners(world: &mut World) {
    for row in world.population.ill_prisoners() {
        let r = world.population.resident(row);
        world.population.take(row);
        let i = entry::enter_prison(world, &r, row, (r.justice, r.due), true);
        history(world, i);
    }
}

/// What lies behind a prisoner of the first day: secure care.
fn history(world: &mut World, i: CaseId) {
    let (s, clinical) = (world.p.start.clone(), world.p.clinical.clone());
    let b = world.draw_on_entry(world.case(i).person, Purpose::StartKnown);
    if b[0] < s.prisoners_known {
        let years = Outside::of(world).years(b[1]);
        left_secure_care(world.case_mut(i), &clinical, &s, years);
    }
}
