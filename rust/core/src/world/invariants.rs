//! What must hold at the close of every day.

use super::World;
use crate::calendar::Day;
use crate::caseload::{Bed, Case};
use crate::codes::Legal;
use crate::law::places;

/// Returns the first thing that must hold at the close of a day, and doesn't.
pub(crate) fn broken(world: &World, today: Day) -> Option<String> {
    let (mut occupied, mut held) = (vec![0i32; world.units.all.len()], vec![0i32; world.units.all.len()]);
    let mut faults = Vec::new();
    for c in &world.caseload.cases {
        if let Some(unit) = c.placement.unit {
            occupied[unit.index()] += i32::from(places::secure(c.place));
        }
        if let (true, Some(Bed::Unit(unit))) = (c.present(), c.held.map(|h| h.bed)) {
            held[unit.index()] += 1;
        }
        of_case(world, c, today, &mut faults);
    }
    of_units(world, &occupied, &held, &mut faults);
    let secure = world.caseload.iter().filter(|(_, c)| places::secure(c.place)).map(|(i, _)| i);
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

/// What must hold of one case.
fn of_case(world: &World, c: &Case, today: Day, faults: &mut Vec<String>) {
    let mut fault = |what: String| faults.push(format!("person {} {what}", c.person));
    match c.placement.unit {
        None if places::secure(c.place) => fault(format!("is in a {} without a unit", c.place.name())),
        Some(_) if !places::secure(c.place) => fault(format!("has a unit and is in {}", c.place.name())),
        Some(unit) if world.units[unit].tier != c.place || world.units[unit].sex != c.sex => {
            fault("is in a unit of another tier or sex".to_owned());
        }
        Some(_) | None => {}
    }
    if !c.present() {
        return;
    }
    if places::prison(c.place) && !c.sentenced() && !c.offending.charged && c.ordered().is_none() {
        fault("is in prison without a charge, an order or a sentence".to_owned());
    }
    if c.legal == Legal::S48S49 && !c.offending.charged {
        fault("is under s48/49 without a charge".to_owned());
    }
    let waits = c.wait.map(|w| [w.identified, w.requested, w.at_ministry, w.queued]).into_iter().flatten();
    if waits.chain([c.readiness.since]).flatten().any(|since| since > today) {
        fault("has a wait that begins after today".to_owned());
    }
    if c.clinical.risk.is_nan() {
        fault("has no risk".to_owned());
    }
}

/// What must hold of the units, given how many people are in each and how many have a bed held.
fn of_units(world: &World, occupied: &[i32], held: &[i32], faults: &mut Vec<String>) {
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
}
