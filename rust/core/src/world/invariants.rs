//! What must hold at the close of every day.

use crate::calendar::{Day, NEVER};
use crate::caseload::NO_UNIT;
use crate::codes::Legal;
use crate::law::places;
use crate::world::World;

/// What must hold at the close of a day, and doesn't.
pub(crate) fn broken(world: &World, today: Day) -> Option<String> {
    let mut occupied = vec![0i32; world.units.all.len()];
    let mut held = vec![0i32; world.units.all.len()];
    let mut faults = Vec::new();
    for c in &world.caseload.cases {
        if places::secure(c.place) {
            if c.unit == NO_UNIT {
                faults.push(format!("person {} is in a {} without a unit", c.person, c.place.name()));
            } else {
                occupied[usize::from(c.unit)] += 1;
                if world.units.all[usize::from(c.unit)].tier != c.place
                    || world.units.all[usize::from(c.unit)].sex != c.sex
                {
                    faults.push(format!("person {} is in a unit of another tier or sex", c.person));
                }
            }
        } else if c.unit != NO_UNIT {
            faults.push(format!("person {} has a unit and is in {}", c.person, c.place.name()));
        }
        if c.present() && c.held != NO_UNIT && !c.held_ward {
            held[usize::from(c.held)] += 1;
        }
        if c.present() && c.release == NEVER && !c.charged && c.ordered.is_none() && places::prison(c.place) {
            faults.push(format!("person {} is in prison without a charge, an order or a sentence", c.person));
        }
        if c.present() && c.legal == Legal::S48S49 && !c.charged {
            faults.push(format!("person {} is under s48/49 without a charge", c.person));
        }
        for since in [c.need, c.statutory, c.ministry, c.ready] {
            if since > today {
                faults.push(format!("person {} has a wait that begins after today", c.person));
            }
        }
        if c.present() && c.clinical.risk.is_nan() {
            faults.push(format!("person {} has no risk", c.person));
        }
    }
    for (k, u) in world.units.all.iter().enumerate() {
        if u.occupied != occupied[k] || u.held != held[k] {
            faults.push(format!(
                "unit {k} counts {} occupied and {} held, its people are {} and {}",
                u.occupied, u.held, occupied[k], held[k]
            ));
        }
        if u.occupied < 0 || u.held < 0 || (world.limited() && u.occupied + u.held > u.beds) {
            faults.push(format!("unit {k} has {} occupied and {} held of {} open beds", u.occupied, u.held, u.beds));
        }
    }
    let secure = (0..).zip(&world.caseload.cases).filter(|(_, c)| places::secure(c.place)).map(|(i, _)| i);
    if !world.inpatients.iter().copied().eq(secure) {
        faults.push("the inpatients are not those in secure beds".to_owned());
    }
    if world.wards.negative() {
        faults.push("more places were given back than taken".to_owned());
    }
    for (person, i) in &world.caseload.by_person {
        if world.case(*i).person != *person || !world.case(*i).present() {
            faults.push(format!("person {person} is listed and not present"));
        }
    }
    let census = world.population.census(today);
    if !census.balances() {
        faults.push(format!("people are lost or doubled: {census:?}"));
    }
    faults.into_iter().next()
}
