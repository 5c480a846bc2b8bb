//! Phase 12: close. Clocks are reset, invariants are checked, the day and the year are counted.

use crate::calendar::{Day, NEVER, YEAR};
use crate::caseload::NO_UNIT;
use crate::caseload::agenda::Due;
use crate::choice::Choice;
use crate::codes::{Legal, Stage};
use crate::pathway::{books, moves, states};
use crate::sim::Sim;

/// Phase 12.
pub fn day(sim: &mut Sim) {
    if let Some(what) = sim.deciders.iter().flatten().flat_map(|d| &d.choices).find_map(Choice::fault) {
        sim.break_invariant(what.to_owned());
    }
    turn(sim);
    sim.reset_clocks();
    // Beds and places that fell empty today can be matched tomorrow.
    for unit in &mut sim.units.all {
        unit.vacated = 0;
    }
    sim.wards.close_day();
    if sim.check
        && let Some(what) = broken(sim, sim.today())
    {
        sim.break_invariant(what);
    }
    // The settling period ends: what it booked is forgotten, and everybody on the books is introduced.
    if sim.today() + 1 == sim.plan.calendar.start {
        books::accrue_all(sim);
        sim.books.forget();
    }
    if sim.reported() && sim.closes_year() {
        books::accrue_all(sim);
        let year = sim.year();
        sim.books.close(year, &mut sim.log.ledger);
        if sim.books.total != sim.books.closed {
            let (a, b) = (sim.books.total, sim.books.closed);
            sim.break_invariant(format!("{a} pence were booked and {b} closed"));
        }
        sim.tally_year(year);
    }
    if sim.reported() && sim.today() + 1 == sim.plan.calendar.end {
        moves::close_open_spells(sim);
    }
}

/// Touches those whose rates have changed by the mere passing of time, or because a team notices more or less.
fn turn(sim: &mut Sim) {
    for i in sim.take_due(Due::Turn) {
        sim.touch(i);
        plan_turn(sim, i);
    }
    if std::mem::take(&mut sim.agents.notices_changed) {
        for i in 0..sim.caseload.cases.len() as u32 {
            if sim.case(i).stage == Stage::Unseen {
                sim.touch(i);
            }
        }
    }
}

/// Plans the next day on which a rate changes by itself: a birthday, or a year more since discharge.
pub fn plan_turn(sim: &mut Sim, i: u32) {
    let today = sim.today();
    let next = |since: Day| since + libm::ceil((libm::floor(f64::from(today - since) / YEAR) + 1.0) * YEAR) as Day;
    let c = sim.case(i);
    let mut day = next(c.born);
    for since in [c.secure_exit, c.discharged] {
        if since >= 0 {
            day = day.min(next(since));
        }
    }
    sim.caseload.plan(i, Due::Turn, day);
}

/// What must hold at the close of a day, and doesn't.
pub(crate) fn broken(sim: &Sim, today: Day) -> Option<String> {
    let mut occupied = vec![0i32; sim.units.all.len()];
    let mut held = vec![0i32; sim.units.all.len()];
    let mut faults = Vec::new();
    for c in &sim.caseload.cases {
        if states::secure(c.place) {
            if c.unit == NO_UNIT {
                faults.push(format!("person {} is in a {} without a unit", c.person, c.place.name()));
            } else {
                occupied[usize::from(c.unit)] += 1;
                if sim.units.all[usize::from(c.unit)].tier != c.place || sim.units.all[usize::from(c.unit)].sex != c.sex
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
        if c.present() && c.release == NEVER && !c.charged && c.ordered.is_none() && states::prison(c.place) {
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
    for (k, u) in sim.units.all.iter().enumerate() {
        if u.occupied != occupied[k] || u.held != held[k] {
            faults.push(format!(
                "unit {k} counts {} occupied and {} held, its people are {} and {}",
                u.occupied, u.held, occupied[k], held[k]
            ));
        }
        if u.occupied < 0 || u.held < 0 || (sim.limited() && u.occupied + u.held > u.beds) {
            faults.push(format!("unit {k} has {} occupied and {} held of {} open beds", u.occupied, u.held, u.beds));
        }
    }
    let secure = (0..).zip(&sim.caseload.cases).filter(|(_, c)| states::secure(c.place)).map(|(i, _)| i);
    if !sim.inpatients.iter().copied().eq(secure) {
        faults.push("the inpatients are not those in secure beds".to_owned());
    }
    if sim.wards.negative() {
        faults.push("more places were given back than taken".to_owned());
    }
    for (person, i) in &sim.caseload.by_person {
        if sim.case(*i).person != *person || !sim.case(*i).present() {
            faults.push(format!("person {person} is listed and not present"));
        }
    }
    let census = sim.population.census(today);
    if !census.balances() {
        faults.push(format!("people are lost or doubled: {census:?}"));
    }
    faults.into_iter().next()
}
