//! Phase 12: close. Clocks are reset, invariants are checked, the day and the year are counted.

use crate::agents::{Kind, commissioner};
use crate::caseload::agenda::Due;
use crate::choices::choice::Choice;
use crate::codes::Stage;
use crate::transitions::{place, programmes, wellbeing};
use crate::world::budgets::ends_quarter;
use crate::world::{World, accrual, incentives, invariants};

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
        && let Some(what) = invariants::broken(world, world.today()).or_else(|| invariants::stranded(world))
    {
        world.break_invariant(what);
    }
    // The settling period ends: what it booked is forgotten, and everybody on the books is introduced.
    if world.today() + 1 == world.plan.calendar.start {
        accrual::accrue_all(world);
        world.end_settling();
        world.accounts.forget();
    }
    if world.reported() && ends_quarter(world.today()) && !world.closes_year() {
        accrual::close_quarter(world);
    }
    if world.closes_year() {
        let year = world.year();
        wellbeing::close_year(world, year);
        if world.reported() {
            close_year(world);
        }
        world.accounts.incentives.turn();
        world.begin_budget_year();
    }
    if world.reported() && world.today() + 1 == world.plan.calendar.end {
        place::close_open_spells(world);
    }
}

/// Closes the year in the accounts and in the population's books.
fn close_year(world: &mut World) {
    accrual::accrue_all(world);
    let year = world.year();
    incentives::settle(world, year);
    programmes::close_year(world);
    accrual::close_quarter(world);
    let table = world.agents.of(Kind::Commissioner);
    let gain = |k: usize| table.get(k, commissioner::gain_share);
    let log = &mut world.log;
    world.accounts.close(year, gain, &mut log.ledger, &mut log.accounts, &mut log.contracts);
    world.accounts.incentives.write(year, &mut log.gaming);
    if world.accounts.total != world.accounts.closed {
        let (a, b) = (world.accounts.total, world.accounts.closed);
        world.break_invariant(format!("{a} pence were booked and {b} closed"));
    }
    world.tally_year(year);
}

/// Marks the rates of those stale whose rates have changed by the mere passing of time, or because a team notices more or less.
fn change_rates(world: &mut World) {
    for i in world.take_due(Due::RateChange) {
        world.keep_age(i);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{YEAR, year_start};
    use crate::codes::{Ending, Legal, Place, Purpose, Spend};
    use crate::hazards::Hazard;
    use crate::ids::UnitId;
    use crate::world::capacity::Ward;

    #[test]
    fn places_given_back_today_are_free_tomorrow() {
        let mut w = World::small();
        w.set_all(Kind::AftercareFunder, "supported_places", 1.0);
        w.wards.take(Ward::Supported, 0);
        w.wards.give(Ward::Supported, 0);
        w.units[UnitId(2)].vacated = 3;
        assert!(!w.wards.free(Ward::Supported, 0));
        day(&mut w);
        assert!(w.wards.free(Ward::Supported, 0));
        assert_eq!(w.units[UnitId(2)].free(), 10);
    }

    #[test]
    fn what_the_settling_period_booked_is_forgotten_on_its_last_day() {
        let mut w = World::small();
        for (before, total) in [(2, 12_300), (1, 0)] {
            w.today = w.plan.calendar.start - before;
            w.accounts.forget();
            let crime = w.accounts.crime();
            w.accounts.pay(0, 0, crime, Spend::Crime, 123.0);
            day(&mut w);
            assert_eq!(w.accounts.total, total);
        }
        assert!(w.booked(Spend::Crime).is_empty() && w.log.ledger.is_empty());
    }

    #[test]
    fn everybody_is_accrued_when_the_settling_period_ends() {
        let mut w = World::small();
        w.today = w.plan.calendar.start - 1;
        let i = w.put(Place::Supported, Legal::None);
        day(&mut w);
        assert_eq!(w.case(i).accrued, w.plan.calendar.start);
        assert!(w.booked(Spend::Supported).is_empty());
    }

    #[test]
    fn the_year_closes_on_its_last_day_with_everything_that_was_booked() {
        let mut w = World::small();
        w.today = year_start(w.year() + 1) - 10;
        let i = w.put(Place::Supported, Legal::None);
        for _ in 0..9 {
            day(&mut w);
            assert!(w.log.ledger.is_empty());
            w.pass(1);
        }
        day(&mut w);
        assert!(w.fault.is_none());
        assert_eq!((w.accounts.total, w.accounts.closed), (143_000, 143_000));
        assert_eq!(w.log.ledger.pence.iter().sum::<i64>(), 143_000);
        assert_eq!(w.case(i).accrued, w.today() + 1);
        assert!(!w.log.tally.is_empty());
    }

    #[test]
    fn pence_that_are_booked_and_not_closed_are_a_fault() {
        let mut w = World::small();
        w.today = year_start(w.year() + 1) - 1;
        w.accounts.total += 1;
        day(&mut w);
        assert!(w.fault.as_ref().is_some_and(|f| f.to_string().contains("pence")), "{:?}", w.fault);
    }

    #[test]
    fn spells_that_are_open_when_the_run_ends_are_written_then() {
        let mut w = World::small();
        w.today = w.plan.calendar.end - 2;
        let i = w.put(Place::Acute, Legal::S3);
        day(&mut w);
        assert!(w.log.spells.is_empty());
        w.pass(1);
        day(&mut w);
        assert_eq!(
            (w.log.spells.person.clone(), w.log.spells.ending.clone()),
            (vec![w.case(i).number], vec![Ending::Open as u8])
        );
    }

    #[test]
    fn a_world_that_is_broken_ends_the_day_with_a_fault() {
        let mut w = World::small();
        w.units[UnitId(2)].occupied = 1;
        w.check = false;
        day(&mut w);
        assert!(w.fault.is_none());
        w.check = true;
        day(&mut w);
        assert!(w.fault.as_ref().is_some_and(|f| f.to_string().contains("unit 2")), "{:?}", w.fault);
    }

    #[test]
    fn clocks_of_those_who_changed_are_reset_and_of_nobody_else() {
        let mut w = World::small();
        let [changed, same] = [0; 2].map(|_| w.put(Place::Home, Legal::None));
        day(&mut w);
        let rate = |w: &World, i| w.case(i).clocks[Hazard::Recovery as usize].rate();
        assert_eq!(rate(&w, changed), 0.0);
        w.unwell(changed, true);
        w.unwell(same, true);
        w.mark_rates_stale(changed);
        day(&mut w);
        assert_eq!((rate(&w, changed), rate(&w, same)), (w.p.recovery.community / YEAR, 0.0));
    }

    #[test]
    fn a_birthday_makes_rates_stale_and_plans_the_next_one() {
        let mut w = World::small();
        let born = w.today() - 10_954;
        let i = w.put_with(Place::Home, Legal::None, |c| c.born = born);
        let before = w.due_in(i, Due::RateChange).expect("a birthday");
        assert_eq!(before, 4);
        w.pass(before);
        w.stale.clear();
        w.due_today(i, Due::RateChange);
        day(&mut w);
        assert_eq!(w.due_in(i, Due::RateChange), Some(365));
        assert!(w.case(i).clocks[Hazard::Death as usize].rate() > 0.0);
    }

    #[test]
    fn when_teams_notice_more_those_who_are_unseen_are_noticed_sooner() {
        let mut w = World::small();
        let i = w.put_with(Place::Remand, Legal::None, |c| {
            c.stage = Stage::Unseen;
            c.clinical.unwell = true;
        });
        day(&mut w);
        let rate = |w: &World| w.case(i).clocks[Hazard::Noticed as usize].rate();
        let before = rate(&w);
        w.set_all(Kind::InReach, "notice", 52.0);
        assert!(w.agents.notices_changed && before > 0.0);
        day(&mut w);
        assert!(rate(&w) > before && !w.agents.notices_changed);
    }

    #[test]
    fn a_closed_day_leaves_a_bed_to_be_taken_by_the_next_in_line() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37);
        place::move_to(&mut w, i, Place::Dead, Ending::Death, Purpose::Death);
        w.inpatients.clear();
        assert_eq!(w.units[UnitId(2)].free(), 9);
        day(&mut w);
        assert_eq!(w.units[UnitId(2)].free(), 10);
        assert!(w.fault.is_none());
    }
}
