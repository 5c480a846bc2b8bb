//! Money and health of a case, accrued up to a day.

use super::{World, accounts};
use crate::calendar::{Day, YEAR};
use crate::caseload::{Case, Team};
use crate::codes::Spend;
use crate::ids::CaseId;
use crate::law;
use crate::law::places::{self, Payer, Utility};
use crate::plan::UtilityParams;

/// Accrues money and health of a case up to today: called before any change that bears on them, and at the year's end.
pub fn accrue(world: &mut World, i: CaseId) {
    accrue_until(world, i, world.today());
}

/// Accrues money and health of a case up to a day.
pub fn accrue_until(world: &mut World, i: CaseId, day: Day) {
    let days = f64::from(day - world.case(i).accrued);
    if days <= 0.0 || !world.case(i).present() {
        return;
    }
    pay_place(world, i, days);
    pay_team(world, i, days);
    let (c, p) = (world.case(i), &world.p);
    let (area, casework) = (c.area, p.money.casework);
    let utility = utility(&p.utility, c);
    if law::restricted(c.legal) && casework > 0.0 {
        let justice = world.accounts.justice();
        world.accounts.pay(area, justice, Spend::Casework, casework * days);
    }
    world.accounts.live(area, utility * days / YEAR);
    world.case_mut(i).accrued = day;
}

/// Books the days in a place to whoever pays for it.
fn pay_place(world: &mut World, i: CaseId, days: f64) {
    let (c, p) = (world.case(i), &world.p.money);
    let what = places::properties(c.place);
    let (area, spot) = (c.area, c.placement.spot);
    let payer = match what.payer {
        Payer::Commissioner => c.placement.payer.map_or(world.accounts.aftercare(area), |payer| payer.index()),
        Payer::Aftercare => world.accounts.aftercare(area),
        Payer::Justice => world.accounts.justice(),
    };
    let bed = accounts::price(p, c.place) * if spot { p.spot_premium } else { 1.0 };
    let prison = p.prison + if c.clinical.unwell { p.prison_unwell } else { 0.0 };
    let in_prison = places::prison(c.place);
    if let Some(kind) = what.spend {
        world.accounts.pay(area, payer, if spot { Spend::Spot } else { kind }, bed * days);
    }
    if in_prison {
        world.accounts.pay(area, payer, Spend::Prison, prison * days);
    }
}

/// Books the days of follow-up by a team.
fn pay_team(world: &mut World, i: CaseId, days: f64) {
    let (c, p) = (world.case(i), &world.p.money);
    let (area, aftercare) = (c.area, world.accounts.aftercare(c.area));
    let Some(team) = c.follow_up.team else { return };
    let (kind, pounds, payer) = match team {
        Team::Forensic if c.follow_up.aftercare_pays => (Spend::Forensic, p.forensic, aftercare),
        Team::Forensic => (Spend::Forensic, p.forensic, world.collaborative(area).index()),
        Team::Mainstream => (Spend::Mainstream, p.mainstream, aftercare),
    };
    world.accounts.pay(area, payer, kind, pounds * days);
}

/// Utility of a case's present state [QALY/a].
fn utility(p: &UtilityParams, c: &Case) -> f64 {
    let unwell = c.clinical.unwell;
    let place = match places::properties(c.place).utility {
        Utility::High => p.high,
        Utility::Medium => p.medium,
        Utility::Ward => p.low,
        Utility::Supported => p.supported,
        Utility::Prison if unwell => p.prison_unwell,
        Utility::Prison => p.prison,
        Utility::Home => p.home,
    };
    place - if unwell && !places::prison(c.place) { p.unwell } else { 0.0 }
        + if c.work.employed { p.employed } else { 0.0 }
}

/// Accrues everybody, today included: at the close of the settling period, and at the end of each year.
pub fn accrue_all(world: &mut World) {
    for i in world.caseload.ids() {
        accrue_until(world, i, world.today() + 1);
    }
}
