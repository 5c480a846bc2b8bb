//! Phase 10: commissioners. Programmes that open and close beds on their dates; levers and places follow their ramps.
//!
//! The quarterly decision `commissioning` is ordinary Python between two days: it sets the attributes that this phase obeys.

use crate::sim::Sim;

/// Phase 10.
pub fn programmes(sim: &mut Sim) {
    let today = sim.today();
    let changes: Vec<(u16, i32)> =
        sim.plan.beds.iter().filter(|b| b.day == today).map(|b| (b.unit, b.change)).collect();
    for (unit, change) in changes {
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
