//! Commissioners' orders: beds to open and close, places and teams, money for beds outside the contract. The only writer of their log.
//!
//! Orders are given between two days, at the end of a quarter, and each says why. What is bought here is a line of programmes of its
//! own ([`super::programmes`]) that the area's collaborative pays for: it costs nothing while it is empty, but the collaborative is
//! committed to it from the order on. An order that there is no money for is refused, and logged as a refusal too.

use crate::agents::{Kind, commissioner};
use crate::calendar::YEAR;
use crate::codes::{Bought, Order, OrderReason, Place, Reason, Refusal, Stage};
use crate::error::SimError;
use crate::ids::{CommissionerId, UnitId};
use crate::law::places::Ward;
use crate::log::OrderRow;
use crate::transitions::{programmes, wards};
use crate::world::accounts::pence;
use crate::world::budgets::Refused;
use crate::world::{World, settlement};

/// What an order is about.
#[derive(Clone, Copy, Debug)]
struct Ordered {
    what: Order,
    unit: Option<UnitId>,
    area: Option<u8>,
    /// Beds, places, or people whom a team follows up: below 0 if there are to be fewer.
    wanted: i32,
}

/// People of an area in medium and low secure beds who are ready to leave and for whom nothing is arranged, and what they lack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepDown {
    /// How many [persons].
    pub ready: i32,
    /// ... who lack a place [persons].
    pub no_place: i32,
    /// ... who lack a team [persons].
    pub no_team: i32,
    /// ... for whom nobody has money [persons].
    pub no_funding: i32,
    /// Free and to open, of what has been bought of each kind [count].
    pub bought: [i32; 4],
}

/// Counts by area of a collaborative who is ready to step down from medium and low secure care, and what of each kind programmes and
/// orders have free there or are going to open.
pub fn step_down(world: &World, who: CommissionerId) -> Vec<(usize, StepDown)> {
    let mut found = vec![StepDown::default(); world.plan.areas.len()];
    let mut people = world.inpatients.clone();
    people.sort_unstable();
    people.dedup();
    for i in people {
        let c = world.case(i);
        let secure = matches!(c.place, Place::Medium | Place::Low);
        if secure && c.stage == Stage::Ready && c.readiness.arranged.is_none() {
            let here = &mut found[usize::from(c.area)];
            here.ready += 1;
            here.no_place += i32::from(c.readiness.missing.contains(Reason::Place));
            here.no_team += i32::from(c.readiness.missing.contains(Reason::Team));
            here.no_funding += i32::from(c.readiness.missing.contains(Reason::Funding));
        }
    }
    for (area, here) in found.iter_mut().enumerate() {
        here.bought = [Ward::Supported, Ward::Forensic, Ward::Mainstream, Ward::OpenRehab]
            .map(|ward| world.programmes.spare(ward, area));
    }
    found.into_iter().enumerate().filter(|(area, _)| world.collaborative(*area as u8) == who).collect()
}

/// Says that a commissioner orders nothing in this quarter, and why.
pub fn keep(world: &mut World, who: CommissionerId, why: OrderReason) {
    let left = world.left_over(who.index());
    note(world, who, Ordered { what: Order::Keep, unit: None, area: None, wanted: 0 }, 0, 0, left, why);
}

/// Orders beds of a unit to be opened (positive) or closed (negative); returns how many it comes to.
pub fn beds(world: &mut World, unit: UnitId, change: i32, why: OrderReason) -> i32 {
    if over(world) {
        return 0;
    }
    let u = &world.units[unit];
    let (who, tier) = (u.commissioner, u.tier);
    let left = world.left_over(who.index());
    let done = wards::order(world, unit, change);
    let standing = settlement::standing(&world.p.money, world.accounts.terms(who), tier);
    let what = if change < 0 { Order::CloseBeds } else { Order::OpenBeds };
    let ordered = Ordered { what, unit: Some(unit), area: None, wanted: change };
    note(world, who, ordered, done, pence(standing * f64::from(done)), left, why);
    world.reckon_commitments();
    done
}

/// Orders places in an area of a collaborative's, or people for whom a team there is to have room (positive), or gives up such as it
/// has ordered (negative); returns how many it comes to: all or none of those that are wanted, as many as there are of the others.
///
/// # Errors
///
/// [`SimError::Unknown`] if the area isn't the commissioner's, or nothing of the kind can be ordered in this run.
pub fn places(
    world: &mut World,
    who: CommissionerId,
    what: Bought,
    area: u8,
    change: i32,
    why: OrderReason,
) -> Result<i32, SimError> {
    if usize::from(area) >= world.plan.areas.len() || world.collaborative(area) != who {
        let mine = |k: &usize| world.collaborative(*k as u8) == who;
        let names = (0..world.plan.areas.len()).filter(mine).map(|k| world.plan.areas[k].name.clone());
        let found = world.plan.areas.get(usize::from(area)).map_or(area.to_string(), |area| area.name.clone());
        let allowed = names.collect::<Vec<_>>().join(", ");
        return Err(SimError::Unknown { what: "area of the commissioner", found, allowed });
    }
    let Some(line) = world.programmes.ordered(what) else {
        let allowed = "what the plan has a line of orders for".to_owned();
        return Err(SimError::Unknown { what: "thing to order", found: what.name().to_owned(), allowed });
    };
    if over(world) {
        return Ok(0);
    }
    let left = world.left_over(who.index());
    let cost = programmes::costs(world, line);
    let each = pence(cost.price);
    let done = if change < 0 {
        -programmes::give_up_places(world, line, area, -change)
    } else {
        let daily = pence((cost.price + cost.set_up / YEAR) * f64::from(change));
        if change == 0 || world.affords(who.index(), daily) {
            programmes::order_places(world, line, area, change);
            change
        } else {
            world.log_refusal(
                who.index(),
                Refused { what: Refusal::Purchase, person: None, unit: None },
                daily,
                None,
                true,
            );
            0
        }
    };
    let what = match what {
        Bought::Supported => Order::Supported,
        Bought::Forensic => Order::Forensic,
        Bought::Mainstream => Order::Mainstream,
        Bought::Rehabilitation => Order::Rehabilitation,
        Bought::MediumWards | Bought::LowWards | Bought::InReach | Bought::Assessment => return Ok(done),
    };
    let ordered = Ordered { what, unit: None, area: Some(area), wanted: change };
    note(world, who, ordered, done, each * i64::from(done), left, why);
    world.reckon_commitments();
    Ok(done)
}

/// Moves money of a commissioner to beds outside the contract, as much as so many beds cost in a year at the price of a tier, or back
/// from there (negative).
///
/// # Errors
///
/// [`SimError`] if the attribute can't hold the sum.
pub fn spot(world: &mut World, who: CommissionerId, tier: Place, beds: i32, why: OrderReason) -> Result<(), SimError> {
    if over(world) {
        return Ok(());
    }
    let left = world.left_over(who.index());
    let p = &world.p.money;
    let each = settlement::spot(p, settlement::price(p, tier));
    let now = world.agents.of(Kind::Commissioner).get(who.index(), commissioner::spot_budget);
    // Attributes are those of all of England; the beds are those of the run's sample.
    let more = each * YEAR * f64::from(beds) / world.plan.mode.fraction;
    world.agents.set("commissioner", who.index(), "spot_budget", (now + more).max(0.0))?;
    let ordered = Ordered { what: Order::Spot, unit: None, area: None, wanted: beds };
    note(world, who, ordered, beds, pence(each * f64::from(beds)), left, why);
    Ok(())
}

/// Whether the run has ended: nothing can come of an order any more.
fn over(world: &World) -> bool {
    world.today() >= world.plan.calendar.end
}

/// Logs an order, what it came to and what it costs a day.
fn note(
    world: &mut World,
    who: CommissionerId,
    ordered: Ordered,
    done: i32,
    cost: i64,
    available: i64,
    why: OrderReason,
) {
    if !world.reported() || over(world) {
        return;
    }
    world.log.orders.push(OrderRow {
        year: world.year(),
        day: world.today(),
        commissioner: who.0,
        what: ordered.what as u8,
        unit: ordered.unit.map_or(u16::MAX, |unit| unit.0),
        area: ordered.area.unwrap_or(u8::MAX),
        wanted: ordered.wanted,
        done,
        cost,
        available,
        why: why as u8,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caseload::{Arrangement, Team};
    use crate::codes::{Legal, Spend};
    use crate::draw::Purpose;
    use crate::log::Orders;
    use crate::transitions::{discharge, readiness};
    use crate::world::accrual;

    const MINE: CommissionerId = CommissionerId(0);
    const UNIT: UnitId = UnitId(2);

    /// A small world whose budgets are `funding` times what is committed on its first day.
    fn world(funding: f64) -> World {
        let mut w = World::small();
        (w.p.money.formula, w.p.money.overdraft) = (0.0, 0.0);
        w.set_all(Kind::Commissioner, "funding", funding);
        w.reckon_commitments();
        accrual::open_budgets(&mut w);
        w
    }

    fn rows(orders: &Orders) -> Vec<(u8, i32, i32, u8)> {
        (0..orders.len()).map(|k| orders.row(k)).map(|r| (r.what, r.wanted, r.done, r.why)).collect()
    }

    #[test]
    fn places_are_paid_by_the_collaborative_from_the_day_on_which_they_open_and_are_taken() {
        let mut w = world(2.0);
        let (before, committed) = (w.wards.open_in(Ward::Supported, 0), w.left_over(0));
        let done = places(&mut w, MINE, Bought::Supported, 0, 3, OrderReason::Pays).expect("its area");
        assert_eq!((done, rows(&w.log.orders)), (3, vec![(Order::Supported as u8, 3, 3, OrderReason::Pays as u8)]));
        assert_eq!(w.booked(Spend::SetUp), [(w.accounts.aftercare(0), pence(3.0 * w.p.money.programme.place_cost))]);
        let daily = pence(w.p.money.supported) * 3;
        assert_eq!(w.log.orders.row(0).cost, daily);
        let set_up = 3.0 * w.p.money.programme.place_cost * 100.0;
        let fewer = (committed - w.left_over(0)) as f64;
        assert!((fewer - daily as f64 * YEAR).abs() < set_up + 1e4, "it is committed to them at once: {fewer}");
        // Once they are open, whoever comes to one is paid for by the collaborative, through the funder.
        let lead = w.p.money.programme.place_days as i32;
        for _ in 0..=lead {
            programmes::run(&mut w);
            w.wards.refresh(&w.agents);
            w.programmes.open_in(&mut w.wards);
            w.pass(1);
        }
        assert_eq!(w.wards.open_in(Ward::Supported, 0), before + 3);
        let i = w.put_with(Place::Low, Legal::S3, |c| c.stage = Stage::UnescortedLeave);
        readiness::make_ready(&mut w, i, Reason::Place.into());
        assert_eq!(
            step_down(&w, MINE),
            [(0, StepDown { ready: 1, no_place: 1, bought: [3, 0, 0, 0], ..StepDown::default() })]
        );
        let to = Arrangement { place: Place::Supported, area: 0, team: Some(Team::Forensic), aftercare_pays: true };
        readiness::arrange(&mut w, i, to);
        discharge::discharge(&mut w, i, Purpose::Discharge);
        let paid = |w: &World| w.accounts.spending(MINE.index(), Some(Spend::Programme));
        let at_first = paid(&w);
        w.pass(10);
        accrual::accrue(&mut w, i);
        assert_eq!(paid(&w) - at_first, 10 * pence(w.p.money.supported));
        assert_eq!(w.accounts.unbalanced(), None);
        w.must_hold();
    }

    #[test]
    fn what_there_is_no_money_for_is_refused_and_logged() {
        let mut w = world(1.0);
        let done = places(&mut w, MINE, Bought::Forensic, 0, 5, OrderReason::Pays).expect("its area");
        assert_eq!((done, rows(&w.log.orders)), (0, vec![(Order::Forensic as u8, 5, 0, OrderReason::Pays as u8)]));
        let refused = w.log.refusals.row(0);
        assert_eq!((refused.what, refused.payer, refused.person), (Refusal::Purchase as u8, 0, -1));
        assert!(w.booked(Spend::SetUp).is_empty());
    }

    #[test]
    fn what_was_ordered_can_be_given_up_and_no_more_than_that() {
        let mut w = world(2.0);
        places(&mut w, MINE, Bought::Mainstream, 0, 4, OrderReason::Unsaid).expect("its area");
        let left = w.left_over(0);
        let done =
            [3, 3].map(|n| places(&mut w, MINE, Bought::Mainstream, 0, -n, OrderReason::Unsaid).expect("its area"));
        assert_eq!(done, [-3, -1]);
        assert!(w.left_over(0) > left);
        w.must_hold();
    }

    #[test]
    fn nothing_is_ordered_for_the_area_of_another() {
        let mut w = world(2.0);
        let fault = places(&mut w, MINE, Bought::Supported, 1, 1, OrderReason::Unsaid).expect_err("another's");
        assert!(fault.to_string().contains(&w.plan.areas[1].name) && fault.to_string().contains(&w.plan.areas[0].name));
        assert!(places(&mut w, MINE, Bought::Supported, 200, 1, OrderReason::Unsaid).is_err());
        assert!(w.log.orders.is_empty());
    }

    #[test]
    fn beds_are_logged_with_what_they_release_and_cost() {
        let mut w = world(5.0);
        let standing = settlement::standing(&w.p.money, w.accounts.terms(MINE), Place::Medium);
        assert_eq!(beds(&mut w, UNIT, -10, OrderReason::Empty), -10);
        assert_eq!(beds(&mut w, UNIT, 12, OrderReason::Queue), 12);
        let costs: Vec<i64> = (0..2).map(|k| w.log.orders.row(k).cost).collect();
        assert_eq!(costs, [pence(-10.0 * standing), pence(12.0 * standing)]);
        keep(&mut w, MINE, OrderReason::NoNeed);
        assert_eq!(rows(&w.log.orders)[2], (Order::Keep as u8, 0, 0, OrderReason::NoNeed as u8));
    }

    #[test]
    fn money_moves_to_beds_outside_the_contract_and_back_but_not_below_nothing() {
        let mut w = world(1.0);
        let held = |w: &World| w.agents.of(Kind::Commissioner).get(0, commissioner::spot_budget);
        let before = held(&w);
        let one = settlement::spot(&w.p.money, w.p.money.low) * YEAR;
        spot(&mut w, MINE, Place::Low, 2, OrderReason::Queue).expect("an attribute");
        assert!((held(&w) - before - 2.0 * one).abs() < 1e-6);
        spot(&mut w, MINE, Place::Low, -1000, OrderReason::Unsaid).expect("an attribute");
        assert_eq!(held(&w), 0.0);
    }
}
