//! Phase 10: commissioners. Programmes that open and close beds on their dates; levers and places follow their ramps.
//!
//! The quarterly decision `commissioning` is ordinary Python between two days: it sets the attributes that this phase obeys.

use crate::calendar::Day;
use crate::plan::BedChange;
use crate::sim::Sim;

/// Phase 10.
pub fn programmes(sim: &mut Sim) {
    let today = sim.today();
    for (unit, change) in due(&sim.plan.beds, sim.plan.mode.fraction, today) {
        sim.change_beds(unit, change);
    }
    // Beds that are to close do so when they fall empty: nobody is put out.
    for unit in &mut sim.units.all {
        let now = unit.closing.min(unit.free().max(0));
        unit.beds -= now;
        unit.closing -= now;
    }
    ramp(sim);
    sim.wards.refresh(&sim.agents);
    sim.refresh_levers();
}

/// Returns the programmes' beds of a day by unit; at a fraction of the population, scaled by cumulative rounding.
fn due(programmes: &[BedChange], fraction: f64, today: Day) -> Vec<(u16, i32)> {
    let mut sum = 0.0;
    let mut found = Vec::new();
    for p in programmes {
        let before = libm::floor(sum * fraction + 0.5);
        sum += f64::from(p.change);
        let change = (libm::floor(sum * fraction + 0.5) - before) as i32;
        if p.day == today && change != 0 {
            found.push((p.unit, change));
        }
    }
    found
}

/// Moves attributes that a policy changes: each day the same step, from where they stand to the value that is meant.
fn ramp(sim: &mut Sim) {
    let today = sim.today();
    for k in 0..sim.plan.changes.len() {
        let c = &sim.plan.changes[k];
        let left = c.day + c.ramp.max(1) as i32 - today;
        if today < c.day || left < 1 {
            continue;
        }
        let (kind, attribute, agent, value) = (c.kind.clone(), c.attribute.clone(), c.agent, c.value);
        let moved = sim.agents.value(&kind, agent, &attribute).map(|now| now + (value - now) / f64::from(left));
        if let Err(fault) = moved.and_then(|v| sim.agents.set(&kind, agent, &attribute, v)) {
            sim.break_invariant(format!("changes[{k}]: {fault}"));
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
        assert_eq!(due(&plan, 1.0, 1), [(0, 12), (1, -3)]);
        assert_eq!(due(&plan, 1.0, 2), [(0, 5)]);
        assert_eq!(due(&plan, 1.0, 3), []);
    }

    #[test]
    fn a_sample_gets_its_share_of_many_small_programmes() {
        let plan: Vec<BedChange> = (0..100).map(|unit| opening(1, unit, 3)).collect();
        let opened: i32 = due(&plan, 0.1, 1).iter().map(|(_, change)| change).sum();
        assert_eq!(opened, 30);
    }
}
