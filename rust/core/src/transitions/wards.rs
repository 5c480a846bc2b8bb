//! Wards of secure units: orders to open and close them, and what becomes of their patients.
//!
//! A ward is what opens and closes. From the order to close it on nobody is admitted to its beds; after some months its patients are
//! moved to free beds of the same unit, of others of the commissioner, then of anybody; once it is empty, and its notice is over, it
//! closes, and only then does its fixed cost end. Beds that are fewer than a ward are shut as they fall empty, and release no fixed
//! cost. A ward that is ordered opens when it is fitted out and staffed.

use crate::calendar::{Day, Days};
use crate::codes::{Refusal, WardEvent};
use crate::ids::{CaseId, UnitId};
use crate::log::WardRow;
use crate::transitions::place;
use crate::world::accounts::pence;
use crate::world::budgets::Refused;
use crate::world::capacity::{UnitWard, Works};
use crate::world::{World, settlement};

/// Orders beds of a unit to be opened (positive) or closed (negative), on the terms of a commissioner's order of today; returns how
/// many it comes to. A commissioner opens beds only if it has the money; beds that were to close stay open without asking.
pub fn order(world: &mut World, unit: UnitId, change: i32) -> i32 {
    if change < 0 {
        return -order_closing(world, unit, -change);
    }
    let kept = call_off(world, unit, change);
    let more = change - kept;
    let lead = Days::rounded_up(world.p.money.ward.open_days).count();
    let who = world.units[unit].commissioner;
    let cost = cost_of_opening(world, unit, more, lead);
    if !world.affords(who.index(), cost) {
        let what = Refused { what: Refusal::Ward, person: None, unit: Some(unit) };
        world.log_refusal(who.index(), what, cost, None, true);
        return kept;
    }
    order_opening(world, unit, more, world.today() + lead);
    change
}

/// What it costs a day to open beds [pence/d]: to fit them out and staff them for so many days, or to keep them open afterwards,
/// whichever is more.
fn cost_of_opening(world: &World, unit: UnitId, beds: i32, lead: i32) -> i64 {
    let (u, p) = (&world.units[unit], &world.p.money);
    let open = settlement::standing(p, world.accounts.terms(u.commissioner), u.tier);
    pence((p.ward.open_cost / f64::from(lead.max(1))).max(open) * f64::from(beds))
}

/// Orders so many beds of a unit to close: whole wards as long as there are any of so many beds, then beds of a ward that stays open.
/// Returns how many it comes to.
pub fn order_closing(world: &mut World, unit: UnitId, beds: i32) -> i32 {
    let (today, p) = (world.today(), &world.p.money.ward);
    let (notice, cost) = (Days::rounded_up(p.notice).count(), p.close_cost);
    let u = &mut world.units[unit];
    let can_close = beds.min(u.beds - u.closing);
    let (mut left, mut whole) = (can_close, 0);
    let closes = |w: &UnitWard, left: i32| w.closing.is_none() && w.to_shut == 0 && w.live() > 0 && w.live() <= left;
    // The ward of just so many beds, if there is one, else the last.
    while let Some(k) = (u.wards.iter().rposition(|w| closes(w, left) && w.live() == left))
        .or_else(|| u.wards.iter().rposition(|w| closes(w, left)))
    {
        let ward = &mut u.wards[k];
        ward.closing = Some((today, today + notice));
        ward.moved = 0;
        (left, whole) = (left - ward.live(), whole + ward.beds);
        u.closing += ward.live();
    }
    for ward in u.wards.iter_mut().rev() {
        let more = left.min(ward.live() - ward.to_shut);
        if ward.closing.is_none() && more > 0 {
            ward.to_shut += more;
            u.closing += more;
            left -= more;
        }
    }
    if whole > 0 {
        u.works.push(Works { until: today + notice, daily: cost * f64::from(whole) / f64::from(notice) });
    }
    note(world, unit, WardEvent::Ordered, can_close - left, 0);
    can_close - left
}

/// Keeps up to so many beds open that were to close; returns how many.
fn call_off(world: &mut World, unit: UnitId, beds: i32) -> i32 {
    let u = &mut world.units[unit];
    let mut left = beds;
    for ward in &mut u.wards {
        let kept = ward.to_shut.min(left);
        ward.to_shut -= kept;
        (left, u.closing) = (left - kept, u.closing - kept);
        let live = ward.live();
        if ward.closing.is_some() && live <= left {
            ward.closing = None;
            (left, u.closing) = (left - live, u.closing - live);
        }
    }
    note(world, unit, WardEvent::CalledOff, beds - left, 0);
    beds - left
}

/// Orders so many beds of a unit, in wards of its usual size, which open on a day; what they cost is spent until then.
pub fn order_opening(world: &mut World, unit: UnitId, beds: i32, opens: Day) {
    let (today, cost) = (world.today(), world.p.money.ward.open_cost);
    if beds <= 0 {
        return;
    }
    let u = &mut world.units[unit];
    let (size, mut left) = (u.ward.max(1), beds);
    while left > 0 {
        let beds = left.min(size);
        u.wards.push(UnitWard { open: false, opens: Some(opens), ..UnitWard::open(beds) });
        left -= beds;
    }
    let days = (opens - today).max(1);
    u.works.push(Works { until: today + days, daily: cost * f64::from(beds) / f64::from(days) });
    note(world, unit, WardEvent::Building, beds, 0);
}

/// Does what is due in every unit with something to open or close: beds are shut, wards open, patients move, wards close.
pub fn work(world: &mut World) {
    let today = world.today();
    for k in 0..world.units.all.len() {
        let unit = UnitId(k as u16);
        let u = &mut world.units[unit];
        u.works.retain(|w| w.until > today);
        if u.wards.iter().any(|w| w.opens.is_some_and(|day| day <= today)) {
            open(world, unit);
        }
        if world.units[unit].closing > 0 {
            shut(world, unit);
            move_patients(world, unit);
            close(world, unit);
        }
    }
}

/// Opens the wards that are ready.
fn open(world: &mut World, unit: UnitId) {
    let today = world.today();
    for k in 0..world.units[unit].wards.len() {
        let ward = &mut world.units[unit].wards[k];
        if ward.opens.is_some_and(|day| day <= today) {
            (ward.opens, ward.open) = (None, true);
            let beds = ward.beds;
            world.units[unit].beds += beds;
            note(world, unit, WardEvent::Opened, beds, 0);
        }
    }
}

/// Shuts empty beds of wards that stay open.
fn shut(world: &mut World, unit: UnitId) {
    let u = &mut world.units[unit];
    let mut done = 0;
    for k in 0..u.wards.len() {
        let now = u.wards[k].to_shut.min(u.empty());
        if now > 0 {
            u.wards[k].to_shut -= now;
            u.wards[k].shut += now;
            (u.beds, u.closing, done) = (u.beds - now, u.closing - now, done + now);
        }
    }
    note(world, unit, WardEvent::Shut, done, 0);
}

/// Moves as many patients as the wards have that are to close and whose time has come, as far as there are beds for them.
fn move_patients(world: &mut World, unit: UnitId) {
    let (today, after) = (world.today(), Days::rounded_up(world.p.money.ward.moves_after).count());
    let u = &world.units[unit];
    let due = |w: &UnitWard| w.closing.is_some_and(|(ordered, _)| ordered + after <= today);
    let leaving: i32 = u.wards.iter().filter(|w| due(w)).map(UnitWard::live).sum();
    let excess = u.occupied + u.held - (u.beds - leaving);
    if leaving == 0 || excess <= 0 {
        return;
    }
    let Some(ward) = u.wards.iter().position(due) else { return };
    let late = u.wards[ward].closing.is_some_and(|(_, closes)| closes <= today);
    let mut moved = 0;
    for i in movable(world, unit, late) {
        if moved == excess {
            break;
        }
        let Some(to) = destination(world, i, unit) else { continue };
        place::relocate(world, i, to);
        moved += 1;
    }
    world.units[unit].wards[ward].moved += moved;
}

/// Patients of a unit who can be moved: who came last goes first. Somebody who is about to leave is left alone until the day has come
/// on which the ward was to close; who has a bed elsewhere goes there.
fn movable(world: &World, unit: UnitId, late: bool) -> Vec<CaseId> {
    let inside = |i: &CaseId| world.case(*i).placement.unit == Some(unit);
    let free = |i: &CaseId| {
        let c = world.case(*i);
        c.held.is_none() && (late || c.readiness.arranged.is_none())
    };
    let mut found: Vec<CaseId> = world.inpatients.iter().copied().filter(inside).filter(free).collect();
    found.sort_by_key(|i| (std::cmp::Reverse(world.case(*i).placement.since), world.case(*i).person));
    found.dedup();
    found
}

/// The unit with a free bed to which a patient is moved: one of the commissioner's, or of the patient's own, else of anybody; the
/// nearest to home.
fn destination(world: &World, i: CaseId, from: UnitId) -> Option<UnitId> {
    let c = world.case(i);
    let (host, mine) = (world.units[from].commissioner, world.commissioner(c.area, c.place));
    let region = |area: u8| world.plan.areas[usize::from(area)].region;
    let pool = world.units.pool(c.place, c.sex).iter().copied();
    let with_room = pool.filter(|unit| *unit != from && (world.units[*unit].free() > 0 || !world.limited()));
    with_room.min_by_key(|unit| {
        let u = &world.units[*unit];
        let elsewhere = u.commissioner != host && u.commissioner != mine;
        (elsewhere, u.area != c.area, u.region != region(c.area), *unit)
    })
}

/// Closes the wards whose notice is over and whose beds are empty.
fn close(world: &mut World, unit: UnitId) {
    let today = world.today();
    for k in 0..world.units[unit].wards.len() {
        let u = &mut world.units[unit];
        let (ward, empty) = (u.wards[k], u.empty());
        let over = ward.closing.is_some_and(|(_, closes)| closes <= today);
        if over && ward.live() <= empty {
            let live = ward.live();
            u.wards[k] = UnitWard { open: false, closing: None, ..ward };
            (u.beds, u.closing) = (u.beds - live, u.closing - live);
            note(world, unit, WardEvent::Closed, ward.beds, ward.moved);
        }
    }
}

/// Logs what happened to beds of a unit.
fn note(world: &mut World, unit: UnitId, event: WardEvent, beds: i32, moved: i32) {
    if beds == 0 || !world.reported() {
        return;
    }
    let (year, day, u) = (world.year(), world.today(), &world.units[unit]);
    let (commissioner, tier, sex) = (u.commissioner.0, u.tier as u8, u.sex as u8);
    let event = event as u8;
    world.log.wards.push(WardRow { year, day, unit: unit.0, commissioner, tier, sex, event, beds, moved });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Contract, Event, Label, Legal, Place, Spend, Stage};
    use crate::phases::commissioning;
    use crate::world::accrual;

    const HERE: UnitId = UnitId(2);
    const THERE: UnitId = UnitId(6);

    /// Three wards of 4, 3 and 3 beds in the first medium secure unit for men, with so many patients.
    fn unit(patients: usize) -> (World, Vec<CaseId>) {
        let mut w = World::small();
        w.units[HERE].wards = [4, 3, 3].map(UnitWard::open).to_vec();
        let all = (0..patients).map(|_| w.put(Place::Medium, Legal::S37)).collect();
        (w, all)
    }

    /// Lets so many days of the tenth phase go by.
    fn days(w: &mut World, n: i32) {
        for _ in 0..n {
            work(w);
            w.must_hold();
            w.pass(1);
        }
    }

    fn events(w: &World) -> Vec<(u8, i32, i32)> {
        (0..w.log.wards.len()).map(|k| w.log.wards.row(k)).map(|r| (r.event, r.beds, r.moved)).collect()
    }

    #[test]
    fn nobody_is_admitted_to_a_ward_that_is_to_close() {
        let (mut w, _) = unit(5);
        assert_eq!(w.units[HERE].free(), 5);
        order(&mut w, HERE, -3);
        assert_eq!((w.units[HERE].free(), w.units[HERE].beds, w.units[HERE].standing()), (2, 10, 10));
        order(&mut w, HERE, -3);
        assert_eq!(w.units[HERE].free(), -1, "one patient is too many already");
    }

    #[test]
    fn an_order_counts_only_the_beds_that_are_there_to_close() {
        let (mut w, _) = unit(0);
        order(&mut w, HERE, -12);
        order(&mut w, HERE, -1);
        assert_eq!((w.units[HERE].closing, events(&w)), (10, vec![(WardEvent::Ordered as u8, 10, 0)]));
    }

    #[test]
    fn a_ward_closes_after_its_notice_and_no_earlier_though_it_is_empty() {
        let (mut w, _) = unit(5);
        let notice = w.p.money.ward.notice as i32;
        order(&mut w, HERE, -3);
        days(&mut w, notice);
        assert_eq!((w.units[HERE].beds, w.units[HERE].standing()), (10, 10));
        days(&mut w, 1);
        assert_eq!((w.units[HERE].beds, w.units[HERE].standing(), w.units[HERE].closing), (7, 7, 0));
        assert_eq!(events(&w), [(WardEvent::Ordered as u8, 3, 0), (WardEvent::Closed as u8, 3, 0)]);
    }

    #[test]
    fn patients_move_to_other_units_first_and_their_care_goes_on() {
        let (mut w, all) = unit(10);
        w.units[THERE].commissioner = w.units[HERE].commissioner;
        let after = w.p.money.ward.moves_after as i32;
        w.case_mut(all[9]).stage = Stage::EscortedLeave;
        w.case_mut(all[9]).placement.since += 1;
        order(&mut w, HERE, -3);
        days(&mut w, after);
        assert_eq!((w.units[HERE].occupied, w.units[THERE].occupied), (10, 0), "until then they only leave");
        days(&mut w, 1);
        assert_eq!((w.units[HERE].occupied, w.units[THERE].occupied), (7, 3));
        let c = w.case(all[9]);
        assert_eq!((c.placement.unit, c.stage, c.place), (Some(THERE), Stage::EscortedLeave, Place::Medium));
        let tier = Label::place(Place::Medium);
        assert_eq!(w.logged(all[9], Event::WardClosed), [(tier, tier)]);
        assert!(w.logged(all[9], Event::Move).is_empty(), "no step up or down");
        let left = w.p.money.ward.notice as i32 - after;
        days(&mut w, left);
        assert_eq!(events(&w)[1], (WardEvent::Closed as u8, 3, 3));
        assert_eq!(w.caseload.iter().filter(|(_, c)| c.place == Place::Medium).count(), 10);
    }

    #[test]
    fn a_ward_stays_open_as_long_as_there_is_nowhere_to_go() {
        let (mut w, _) = unit(10);
        for id in w.units.pool(Place::Medium, crate::codes::Sex::Male).to_vec() {
            w.units[id].beds = if id == HERE { 10 } else { 0 };
        }
        order(&mut w, HERE, -4);
        let twice = 2 * w.p.money.ward.notice as i32;
        days(&mut w, twice);
        assert_eq!((w.units[HERE].occupied, w.units[HERE].standing()), (10, 10));
        w.units[THERE].beds = 4;
        days(&mut w, 1);
        assert_eq!((w.units[HERE].occupied, w.units[HERE].standing(), w.units[THERE].occupied), (6, 6, 4));
    }

    #[test]
    fn beds_of_a_commissioners_own_come_before_nearer_ones_of_others() {
        let (mut w, all) = unit(10);
        assert_eq!(destination(&w, all[0], HERE), Some(THERE));
        w.units[THERE].area = 0;
        w.units.all[1].tier = Place::Medium;
        assert_eq!(destination(&w, all[0], HERE), Some(THERE), "there is no other with room");
        w.units[THERE].occupied = 10;
        assert_eq!(destination(&w, all[0], HERE), None);
    }

    #[test]
    fn fewer_beds_than_a_ward_are_shut_as_they_fall_empty_and_release_no_fixed_cost() {
        let (mut w, all) = unit(9);
        order(&mut w, HERE, -2);
        days(&mut w, 400);
        assert_eq!((w.units[HERE].beds, w.units[HERE].closing, w.units[HERE].standing()), (9, 1, 10));
        place::move_to(&mut w, all[0], Place::Home, crate::codes::Ending::Discharge, crate::codes::Purpose::None);
        days(&mut w, 1);
        assert_eq!((w.units[HERE].beds, w.units[HERE].closing, w.units[HERE].standing()), (8, 0, 10));
        assert!(events(&w).iter().all(|(event, ..)| *event != WardEvent::Closed as u8));
        assert!(w.units[HERE].works.is_empty());
    }

    #[test]
    fn a_ward_that_is_ordered_opens_when_it_is_ready() {
        let (mut w, _) = unit(0);
        w.units[HERE].ward = 4;
        order(&mut w, HERE, 6);
        let lead = w.p.money.ward.open_days as i32;
        days(&mut w, lead);
        assert_eq!((w.units[HERE].beds, w.units[HERE].standing(), w.units[HERE].works.len()), (10, 10, 1));
        days(&mut w, 1);
        assert_eq!((w.units[HERE].beds, w.units[HERE].standing(), w.units[HERE].works.len()), (16, 16, 0));
        let opened = WardEvent::Opened as u8;
        assert_eq!(events(&w), [(WardEvent::Building as u8, 6, 0), (opened, 4, 0), (opened, 2, 0)]);
    }

    #[test]
    fn a_commissioner_without_money_opens_no_ward_and_keeps_one_that_was_to_close() {
        let (mut w, _) = unit(0);
        w.set_all(crate::agents::Kind::Commissioner, "funding", 0.0);
        accrual::open_budgets(&mut w);
        order(&mut w, HERE, -3);
        assert_eq!(order(&mut w, HERE, 6), 3, "three were to close");
        assert_eq!((w.units[HERE].closing, w.units[HERE].works.len()), (0, 1), "only the closing was paid for");
        let row = w.log.refusals.row(0);
        assert_eq!((row.what, row.unit, row.person), (Refusal::Ward as u8, HERE.0, -1));
        w.set_all(crate::agents::Kind::Commissioner, "funding", 1e9);
        w.reckon_commitments();
        w.draw_up_budgets();
        w.grant_budgets();
        assert_eq!(order(&mut w, HERE, 6), 6);
    }

    #[test]
    fn an_order_to_open_first_calls_off_what_was_to_close() {
        let (mut w, _) = unit(10);
        order(&mut w, HERE, -3);
        order(&mut w, HERE, 3);
        assert_eq!((w.units[HERE].closing, w.units[HERE].wards.len()), (0, 3));
        order(&mut w, HERE, -2);
        order(&mut w, HERE, 3);
        assert_eq!((w.units[HERE].closing, w.units[HERE].wards.len()), (0, 4), "one bed more than was to close");
    }

    #[test]
    fn a_closed_ward_ends_its_fixed_cost_and_its_closing_is_paid_once() {
        for contract in [Contract::Block, Contract::Led] {
            let (mut w, _) = unit(0);
            w.accounts.agree(vec![contract; 3]);
            accrual::open_budgets(&mut w);
            order(&mut w, HERE, -3);
            let notice = w.p.money.ward.notice as i32;
            for _ in 0..notice {
                accrual::settle_units(&mut w);
                work(&mut w);
                w.pass(1);
            }
            let cost: i64 = w.booked(Spend::Wards).iter().map(|(_, pence)| pence).sum();
            let expected = 3.0 * 100.0 * w.p.money.ward.close_cost;
            assert!((cost as f64 - expected).abs() < 400.0, "{cost}");
            let daily = |w: &mut World| {
                let before = w.accounts.own(w.units[HERE].commissioner).paid;
                accrual::settle_units(w);
                w.accounts.own(w.units[HERE].commissioner).paid - before
            };
            let before = daily(&mut w);
            work(&mut w);
            let released = before - daily(&mut w);
            let standing = settlement::standing(&w.p.money, contract, Place::Medium);
            assert!((released as f64 - 300.0 * standing).abs() < 3.0, "{}", contract.name());
            w.must_hold();
        }
    }

    #[test]
    fn a_programme_orders_a_closing_on_its_day_and_an_opening_so_that_it_is_open_then() {
        let (mut w, _) = unit(0);
        let day = w.today() + 500;
        let change = |unit: UnitId, change| crate::plan::BedChange { day, unit: unit.0, change };
        w.plan.beds = vec![change(HERE, -3), change(THERE, 5)];
        while w.today() < day {
            commissioning::programmes(&mut w);
            assert_eq!((w.units[HERE].closing, w.units[THERE].beds), (0, 10));
            w.pass(1);
        }
        assert_eq!(w.units[THERE].works.len(), 1, "it is being built");
        commissioning::programmes(&mut w);
        assert_eq!((w.units[HERE].closing, w.units[THERE].beds), (3, 15));
        w.must_hold();
    }
}
