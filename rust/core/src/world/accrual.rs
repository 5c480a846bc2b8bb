//! Money and health of a case, accrued up to a day.

use super::{World, accounts};
use crate::calendar::{Day, YEAR};
use crate::caseload::{Case, Team};
use crate::codes::{Place, Spend};
use crate::ids::{CaseId, CommissionerId};
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
    // The bed of somebody absent without leave is kept, and paid for on the same terms.
    let kept = c.held.filter(|_| c.place == Place::Awol).and_then(|bed| c.absence.from.map(|place| (place, bed.spot)));
    let (place, spot) = kept.unwrap_or((c.place, c.placement.spot));
    let what = places::properties(place);
    let area = c.area;
    let payer = match what.payer {
        Payer::Commissioner => c.placement.payer.unwrap_or_else(|| world.commissioner(area, place)).index(),
        Payer::Aftercare => c.placement.payer.map_or_else(|| world.accounts.aftercare(area), CommissionerId::index),
        Payer::Justice => world.accounts.justice(),
    };
    let bed = accounts::price(p, place) * if spot { p.spot_premium } else { 1.0 };
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
    let (kind, pounds) = match team {
        Team::Forensic => (Spend::Forensic, p.forensic),
        Team::Mainstream => (Spend::Mainstream, p.mainstream),
    };
    let payer = if c.follow_up.aftercare_pays { aftercare } else { world.collaborative(area).index() };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Legal, PayerKind, Place};
    use crate::transitions::follow_up;

    /// What ten days of somebody cost.
    fn ten_days(w: &mut World, i: CaseId) {
        w.pass(10);
        accrue(w, i);
    }

    #[test]
    fn each_place_is_paid_by_its_payer_under_its_kind() {
        let w = World::small();
        let p = w.p.money.clone();
        let (collaborative, national, aftercare, justice) = (0, 2, w.accounts.aftercare(0), w.accounts.justice());
        for (place, payer, kind, price) in [
            (Place::High, national, Spend::HighBed, p.high),
            (Place::Medium, collaborative, Spend::MediumBed, p.medium),
            (Place::Low, collaborative, Spend::LowBed, p.low),
            (Place::Picu, aftercare, Spend::PicuBed, p.picu),
            (Place::Acute, aftercare, Spend::AcuteBed, p.acute),
            (Place::OpenRehab, aftercare, Spend::RehabBed, p.rehab),
            (Place::LockedRehab, aftercare, Spend::RehabBed, p.rehab),
            (Place::Supported, aftercare, Spend::Supported, p.supported),
            (Place::Remand, justice, Spend::Prison, p.prison),
            (Place::Prison, justice, Spend::Prison, p.prison),
        ] {
            let mut w = World::small();
            let i = w.put(place, Legal::None);
            ten_days(&mut w, i);
            let pence = libm::round(price * 1000.0) as i64;
            assert_eq!(w.booked(kind), [(payer, pence)], "{}", place.name());
            assert_eq!(w.accounts.total, pence, "{}", place.name());
        }
    }

    #[test]
    fn a_home_costs_nothing_and_neither_do_the_dead_or_absent() {
        for place in [Place::Home, Place::Awol, Place::Dead, Place::Left] {
            let mut w = World::small();
            let i = w.put(place, Legal::None);
            ten_days(&mut w, i);
            assert_eq!(w.accounts.total, 0, "{}", place.name());
            let lives = matches!(place, Place::Home | Place::Awol);
            assert_eq!(w.booked(Spend::Qaly).is_empty(), !lives, "{}", place.name());
        }
    }

    #[test]
    fn a_prisoner_who_is_acutely_ill_costs_a_supplement() {
        let mut w = World::small();
        let i = w.put_with(Place::Remand, Legal::None, |c| c.clinical.unwell = true);
        ten_days(&mut w, i);
        let both = (w.p.money.prison + w.p.money.prison_unwell) * 1000.0;
        assert_eq!(w.booked(Spend::Prison), [(w.accounts.justice(), both as i64)]);
    }

    #[test]
    fn a_bed_outside_the_contract_costs_the_premium_and_is_booked_apart() {
        let mut w = World::small();
        let i = w.put_with(Place::Low, Legal::S37, |c| c.placement.spot = true);
        ten_days(&mut w, i);
        assert_eq!(w.booked(Spend::Spot), [(0, 720_000)]);
        assert!(w.booked(Spend::LowBed).is_empty());
    }

    #[test]
    fn a_team_is_paid_by_whoever_took_it_on() {
        for (team, aftercare_pays, kind, collaborative) in [
            (Team::Forensic, false, Spend::Forensic, true),
            (Team::Forensic, true, Spend::Forensic, false),
            (Team::Mainstream, false, Spend::Mainstream, true),
            (Team::Mainstream, true, Spend::Mainstream, false),
        ] {
            let mut w = World::small();
            let i = w.put_with(Place::Home, Legal::None, |c| c.area = 1);
            follow_up::begin(&mut w, i, crate::caseload::FollowUp { team: Some(team), aftercare_pays, breach: false });
            ten_days(&mut w, i);
            let payer = if collaborative { 1 } else { w.accounts.aftercare(1) };
            let price = accounts::team_price(&w.p.money, team);
            assert_eq!(w.booked(kind), [(payer, libm::round(price * 1000.0) as i64)]);
        }
    }

    #[test]
    fn a_team_that_was_arranged_with_nobody_is_paid_by_its_usual_payer() {
        for (team, kind, collaborative) in
            [(Team::Forensic, Spend::Forensic, true), (Team::Mainstream, Spend::Mainstream, false)]
        {
            let mut w = World::small();
            let i = w.put_with(Place::Home, Legal::None, |c| c.area = 1);
            follow_up::take_on(&mut w, i, team);
            ten_days(&mut w, i);
            let payer = if collaborative { 1 } else { w.accounts.aftercare(1) };
            assert_eq!(w.booked(kind).iter().map(|(payer, _)| *payer).collect::<Vec<_>>(), [payer]);
        }
    }

    #[test]
    fn a_restriction_costs_the_ministry_casework() {
        for (legal, pence) in [(Legal::S37S41, 2500), (Legal::S37, 0)] {
            let mut w = World::small();
            let i = w.put(Place::Medium, legal);
            ten_days(&mut w, i);
            assert_eq!(w.booked(Spend::Casework).iter().map(|(_, p)| p).sum::<i64>(), pence);
        }
    }

    #[test]
    fn days_are_booked_once_and_never_backwards() {
        let mut w = World::small();
        let i = w.put(Place::Supported, Legal::None);
        ten_days(&mut w, i);
        let total = w.accounts.total;
        accrue(&mut w, i);
        let earlier = w.today() - 5;
        accrue_until(&mut w, i, earlier);
        assert_eq!((w.accounts.total, w.case(i).accrued), (total, w.today()));
        ten_days(&mut w, i);
        assert_eq!(w.accounts.total, 2 * total);
    }

    #[test]
    fn at_the_years_end_today_counts_too() {
        let mut w = World::small();
        let all = [0; 3].map(|_| w.put(Place::Supported, Legal::None));
        w.pass(9);
        accrue_all(&mut w);
        assert_eq!(w.booked(Spend::Supported), [(w.accounts.aftercare(0), 3 * 143_000)]);
        assert!(all.iter().all(|i| w.case(*i).accrued == w.today() + 1));
    }

    #[test]
    fn health_is_the_utility_of_the_place_less_illness_and_with_work() {
        let mut w = World::small();
        let p = w.p.utility.clone();
        for (place, unwell, employed, expected) in [
            (Place::Home, false, false, p.home),
            (Place::Home, true, false, p.home - p.unwell),
            (Place::Home, false, true, p.home + p.employed),
            (Place::Supported, false, false, p.supported),
            (Place::High, false, false, p.high),
            (Place::Medium, true, false, p.medium - p.unwell),
            (Place::Low, false, false, p.low),
            (Place::Acute, false, false, p.low),
            (Place::Remand, false, false, p.prison),
            (Place::Prison, true, false, p.prison_unwell),
        ] {
            let i = w.put_with(place, Legal::None, |c| {
                (c.clinical.unwell, c.work.employed) = (unwell, employed);
            });
            assert!((utility(&p, w.case(i)) - expected).abs() < 1e-12, "{}", place.name());
        }
    }

    #[test]
    fn health_is_booked_in_qalys_with_society() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        ten_days(&mut w, i);
        let micro = libm::round(w.p.utility.home * 10.0 / YEAR * 1e6) as i64;
        assert_eq!(w.booked(Spend::Qaly), [(w.accounts.society(), micro)]);
        assert_eq!(PayerKind::ALL.len(), 5);
    }
}
