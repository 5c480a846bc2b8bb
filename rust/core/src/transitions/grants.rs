//! Who has a place or room in a team that a programme has bought: the only writer of it.

use crate::caseload::Grant;
use crate::ids::CaseId;
use crate::law::places::{self, Ward};
use crate::world::World;

/// Gives somebody for whom a place or team is arranged one that a programme has free, if there is one.
pub fn arrange(world: &mut World, i: CaseId, which: usize, ward: Ward) -> bool {
    let granted = grant(world, i, ward);
    world.case_mut(i).granted.arranged[which] = granted;
    granted.is_some()
}

/// Takes back what was given for an arrangement that comes to nothing; returns whether anything was.
pub fn give_up(world: &mut World, i: CaseId, which: usize, ward: Ward) -> bool {
    let granted = world.case_mut(i).granted.arranged[which].take();
    give_back(world, i, granted, ward)
}

/// Gives somebody who comes to a place or team at once one that a programme has free, if there is one.
pub fn begin(world: &mut World, i: CaseId, which: usize, ward: Ward) -> bool {
    let granted = grant(world, i, ward);
    world.case_mut(i).granted.now[which] = granted;
    granted.is_some()
}

/// Takes back a place or team that somebody has; returns whether a programme paid for it.
pub fn end(world: &mut World, i: CaseId, which: usize, ward: Ward) -> bool {
    let granted = world.case_mut(i).granted.now[which].take();
    give_back(world, i, granted, ward)
}

/// Notes that somebody has what was arranged.
pub fn take_up(world: &mut World, i: CaseId) {
    let c = world.case_mut(i);
    c.granted.now = std::mem::take(&mut c.granted.arranged);
    let (area, granted) = (c.area, c.granted.now);
    for grant in granted.into_iter().flatten().filter(|grant| places::secure(grant.from)) {
        world.programmes.here_mut(grant.line, area).moved += 1;
    }
}

/// A programme's place for somebody, if there is one: the area's aftercare funder pays nothing for it out of its own money.
fn grant(world: &mut World, i: CaseId, ward: Ward) -> Option<Grant> {
    let (area, from) = (world.case(i).area, world.case(i).place);
    let line = world.programmes.room(ward, area)?;
    world.programmes.here_mut(line, area).taken += 1;
    world.wards.commission(ward, area, true);
    Some(Grant { line, from })
}

fn give_back(world: &mut World, i: CaseId, granted: Option<Grant>, ward: Ward) -> bool {
    let area = world.case(i).area;
    if let Some(grant) = granted {
        world.programmes.here_mut(grant.line, area).taken -= 1;
        world.wards.commission(ward, area, false);
    }
    granted.is_some()
}
