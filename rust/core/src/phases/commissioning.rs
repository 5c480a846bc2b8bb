//! Phase 10: commissioners. Programmes that open and close wards; levers and places follow their ramps.
//!
//! The quarterly decision `commissioning` is ordinary Python between two days: it sets the attributes that this phase obeys.

use crate::calendar::Days;
use crate::ids::UnitId;
use crate::law::places::bed_tier;
use crate::plan::BedChange;
use crate::transitions::{programmes, wards};
use crate::world::World;

/// Phase 10.
pub fn programmes(world: &mut World) {
    let today = world.today();
    let lead = Days::rounded_up(world.p.money.ward.open_days).count();
    let first = world.plan.calendar.first;
    let mut left = [[0; 2]; 3];
    for p in scaled(&world.plan.beds, world.plan.mode.fraction) {
        // A closing begins with its notice; an opening is begun so that the beds are there on the day.
        if p.change < 0 && p.day == today {
            close(world, UnitId(p.unit), -p.change, &mut left);
        } else if p.change > 0 && (p.day - lead).max(first) == today {
            wards::order_opening(world, UnitId(p.unit), p.change, p.day);
        }
    }
    // In a sample a unit can have fewer beds than fall to it: other units of the day's steps close the rest.
    for k in 0..world.plan.beds.len() {
        let (unit, change, day) = (UnitId(world.plan.beds[k].unit), world.plan.beds[k].change, world.plan.beds[k].day);
        if change < 0 && day == today {
            close(world, unit, 0, &mut left);
        }
    }
    wards::work(world);
    ramp(world);
    programmes::run(world);
    world.wards.refresh(&world.agents);
    world.programmes.open_in(&mut world.wards);
    world.refresh_levers();
}

/// Orders beds of a unit to close, and with them what is left over of its tier and sex; what it doesn't have is left over for others.
fn close(world: &mut World, unit: UnitId, beds: i32, left: &mut [[i32; 2]; 3]) {
    let u = &world.units[unit];
    let left = &mut left[bed_tier(u.tier)][u.sex as usize];
    let wanted = beds + std::mem::take(left);
    let ordered = wanted.min(u.beds - u.closing).max(0);
    *left = wanted - ordered;
    if ordered > 0 {
        wards::order_closing(world, unit, ordered);
    }
}

/// Returns the programmes' beds by day and unit; at a fraction of the population, scaled by cumulative rounding.
fn scaled(programmes: &[BedChange], fraction: f64) -> Vec<BedChange> {
    let mut sum = 0.0;
    let mut scale = |p: &BedChange| {
        let before = libm::floor(sum * fraction + 0.5);
        sum += f64::from(p.change);
        BedChange { change: (libm::floor(sum * fraction + 0.5) - before) as i32, ..p.clone() }
    };
    programmes.iter().map(&mut scale).filter(|p| p.change != 0).collect()
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
    use crate::calendar::Day;

    fn opening(day: Day, unit: u16, change: i32) -> BedChange {
        BedChange { day, unit, change }
    }

    #[test]
    fn a_whole_population_gets_its_programmes_as_planned() {
        let plan = [opening(1, 0, 12), opening(1, 1, -3), opening(2, 0, 5)];
        let found: Vec<_> = scaled(&plan, 1.0).iter().map(|p| (p.day, p.unit, p.change)).collect();
        assert_eq!(found, [(1, 0, 12), (1, 1, -3), (2, 0, 5)]);
    }

    #[test]
    fn what_a_unit_of_a_sample_does_not_have_another_of_its_tier_and_sex_closes() {
        let mut w = World::small();
        let today = w.today();
        // Units 2 and 6 are medium secure for men, 3 for women, of ten beds each.
        let stay = |w: &World| [2, 3, 6].map(|unit| w.units[UnitId(unit)].beds - w.units[UnitId(unit)].closing);
        assert_eq!(stay(&w), [10, 10, 10]);
        w.plan.beds = vec![opening(today, 2, -14), opening(today, 3, -1), opening(today, 6, -1)];
        programmes(&mut w);
        assert_eq!(stay(&w), [0, 9, 5]);
    }

    #[test]
    fn a_sample_gets_its_share_of_many_small_programmes() {
        let plan: Vec<BedChange> = (0..100).map(|unit| opening(1, unit, 3)).collect();
        let opened: i32 = scaled(&plan, 0.1).iter().map(|p| p.change).sum();
        assert_eq!(opened, 30);
    }
}
