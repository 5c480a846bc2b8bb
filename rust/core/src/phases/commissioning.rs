//! Phase 10: commissioners. Programmes that open and close beds on their dates; levers and places follow their ramps.
//!
//! The quarterly decision `commissioning` is ordinary Python between two days: it sets the attributes that this phase obeys.

use crate::calendar::Day;
use crate::ids::UnitId;
use crate::plan::BedChange;
use crate::world::World;

/// Phase 10.
pub fn programmes(world: &mut World) {
    let today = world.today();
    for (unit, change) in due(&world.plan.beds, world.plan.mode.fraction, today) {
        world.change_beds(unit, change);
    }
    // Beds that are to close do so when they fall empty: nobody is put out.
    for unit in &mut world.units.all {
        let now = unit.closing.min(unit.free().max(0));
        unit.beds -= now;
        unit.closing -= now;
    }
    ramp(world);
    world.wards.refresh(&world.agents);
    world.refresh_levers();
}

/// Returns the programmes' beds of a day by unit; at a fraction of the population, scaled by cumulative rounding.
fn due(programmes: &[BedChange], fraction: f64, today: Day) -> Vec<(UnitId, i32)> {
    let mut sum = 0.0;
    let mut found = Vec::new();
    for p in programmes {
        let before = libm::floor(sum * fraction + 0.5);
        sum += f64::from(p.change);
        let change = (libm::floor(sum * fraction + 0.5) - before) as i32;
        if p.day == today && change != 0 {
            found.push((UnitId(p.unit), change));
        }
    }
    found
}

/// Moves attributes that a policy changes: each day the same step, from where they stand to the value that is meant.
fn ramp(world: &mut World) {
    let today = world.today();
    for k in 0..world.plan.changes.len() {
        let c = &world.plan.changes[k];
        let left = c.day + c.ramp.max(1) as i32 - today;
        if today < c.day || left < 1 {
            continue;
        }
        let (kind, attribute, agent, value) = (c.kind.clone(), c.attribute.clone(), c.agent, c.value);
        let moved = world.agents.value(&kind, agent, &attribute).map(|now| now + (value - now) / f64::from(left));
        if let Err(fault) = moved.and_then(|v| world.agents.set(&kind, agent, &attribute, v)) {
            world.break_invariant(format!("changes[{k}]: {fault}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening(day: Day, unit: u16, change: i32) -> BedChange {
        BedChange { day, unit, change }
    }

    #[test]
    fn a_whole_population_gets_its_programmes_as_planned() {
        let plan = [opening(1, 0, 12), opening(1, 1, -3), opening(2, 0, 5)];
        assert_eq!(due(&plan, 1.0, 1), [(UnitId(0), 12), (UnitId(1), -3)]);
        assert_eq!(due(&plan, 1.0, 2), [(UnitId(0), 5)]);
        assert_eq!(due(&plan, 1.0, 3), []);
    }

    #[test]
    fn a_sample_gets_its_share_of_many_small_programmes() {
        let plan: Vec<BedChange> = (0..100).map(|unit| opening(1, unit, 3)).collect();
        let opened: i32 = due(&plan, 0.1, 1).iter().map(|(_, change)| change).sum();
        assert_eq!(opened, 30);
    }
}
