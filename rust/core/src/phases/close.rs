//! Phase 12: close. Clocks are reset, invariants are checked, the day and the year are counted.

use crate::caseload::agenda::Due;
use crate::choices::choice::Choice;
use crate::codes::Stage;
use crate::transitions::place;
use crate::world::{World, accrual, invariants};

/// Phase 12.
pub fn day(world: &mut World) {
    if let Some(what) = world.deciders.iter().flatten().flat_map(|d| &d.choices).find_map(Choice::fault) {
        world.break_invariant(what.to_owned());
    }
    change_rates(world);
    world.reset_clocks();
    // Beds and places that fell empty today can be matched tomorrow.
    for unit in &mut world.units.all {
        unit.vacated = 0;
    }
    world.wards.close_day();
    if world.check
        && let Some(what) = invariants::broken(world, world.today())
    {
        world.break_invariant(what);
    }
    // The settling period ends: what it booked is forgotten, and everybody on the books is introduced.
    if world.today() + 1 == world.plan.calendar.start {
        accrual::accrue_all(world);
        world.accounts.forget();
    }
    if world.reported() && world.closes_year() {
        close_year(world);
    }
    if world.reported() && world.today() + 1 == world.plan.calendar.end {
        place::close_open_spells(world);
    }
}

/// Closes the year in the accounts and in the population's books.
fn close_year(world: &mut World) {
    accrual::accrue_all(world);
    let year = world.year();
    world.accounts.close(year, &mut world.log.ledger);
    if world.accounts.total != world.accounts.closed {
        let (a, b) = (world.accounts.total, world.accounts.closed);
        world.break_invariant(format!("{a} pence were booked and {b} closed"));
    }
    world.tally_year(year);
}

/// Marks the rates of those stale whose rates have changed by the mere passing of time, or because a team notices more or less.
fn change_rates(world: &mut World) {
    for i in world.take_due(Due::RateChange) {
        world.mark_rates_stale(i);
        world.schedule_rate_change(i);
    }
    if std::mem::take(&mut world.agents.notices_changed) {
        for i in world.caseload.ids() {
            if world.case(i).stage == Stage::Unseen {
                world.mark_rates_stale(i);
            }
        }
    }
}
