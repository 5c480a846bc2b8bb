//! Money and health of a case, accrued up to a day.

use crate::calendar::{Day, YEAR};
use crate::codes::{Place, Spend};
use crate::law;
use crate::law::places;
use crate::world::{World, accounts};

/// Accrues money and health of a case up to today: called before any change that bears on them, and at the year's end.
pub fn accrue(world: &mut World, i: u32) {
    accrue_until(world, i, world.today());
}

/// Accrues money and health of a case up to a day.
pub fn accrue_until(world: &mut World, i: u32, day: Day) {
    let c = world.case(i);
    let days = f64::from(day - c.accrued);
    if days <= 0.0 || !c.present() {
        return;
    }
    let (area, place, unwell, p, u) = (c.area, c.place, c.clinical.unwell, &world.p.money, &world.p.utility);
    let payer = if places::secure(place) {
        usize::from(c.payer)
    } else if places::prison(place) {
        world.books.justice()
    } else {
        world.books.aftercare(area)
    };
    let bed = accounts::price(p, place) * if c.spot { p.spot_premium } else { 1.0 };
    let team = if c.forensic_team {
        Some((Spend::Forensic, p.forensic))
    } else if c.mainstream_team {
        Some((Spend::Mainstream, p.mainstream))
    } else {
        None
    };
    let team_payer = if c.aftercare_payer || !c.forensic_team {
        world.books.aftercare(area)
    } else {
        usize::from(world.collaborative(area))
    };
    let prison = p.prison + if unwell { p.prison_unwell } else { 0.0 };
    let casework = if law::restricted(c.legal) { p.casework } else { 0.0 };
    let utility = match place {
        Place::High => u.high,
        Place::Medium => u.medium,
        Place::Low | Place::Picu | Place::Acute | Place::OpenRehab | Place::LockedRehab => u.low,
        Place::Supported => u.supported,
        Place::Remand | Place::Prison if unwell => u.prison_unwell,
        Place::Remand | Place::Prison => u.prison,
        _ => u.home,
    } - if unwell && !places::prison(place) { u.unwell } else { 0.0 }
        + if c.employed { u.employed } else { 0.0 };
    let spot = c.spot;
    if let Some(kind) = accounts::spend(place) {
        world.books.pay(area, payer, if spot { Spend::Spot } else { kind }, bed * days);
    }
    if places::prison(place) {
        world.books.pay(area, payer, Spend::Prison, prison * days);
    }
    if let Some((kind, pounds)) = team {
        world.books.pay(area, team_payer, kind, pounds * days);
    }
    if casework > 0.0 {
        let justice = world.books.justice();
        world.books.pay(area, justice, Spend::Casework, casework * days);
    }
    world.books.live(area, utility * days / YEAR);
    world.case_mut(i).accrued = day;
}
