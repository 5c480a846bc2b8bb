//! Money and health of a case, accrued up to a day.

use super::accounts::Accounts;
use super::capacity::Unit;
use super::{World, settlement};
use crate::agents::{Kind, commissioner};
use crate::calendar::{Day, YEAR};
use crate::caseload::{Bed, Case, Grant, Granted, Team};
use crate::codes::{Contract, Place, Spend};
use crate::ids::{CaseId, CommissionerId, UnitId};
use crate::law;
use crate::law::places::{self, Payer, Utility, Ward};
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
    pay_package(world, i, days);
    let (c, p) = (world.case(i), &world.p);
    let (area, casework) = (c.area, p.money.casework);
    let utility = utility(&p.utility, c);
    if law::restricted(c.legal) && casework > 0.0 {
        let (justice, courts) = (world.accounts.justice(), world.accounts.courts());
        world.accounts.pay(area, justice, courts, Spend::Casework, casework * days);
    }
    world.accounts.live(area, utility * days / YEAR);
    world.case_mut(i).accrued = day;
}

/// Books the days in a place to whoever pays for it.
fn pay_place(world: &mut World, i: CaseId, days: f64) {
    let (c, p) = (world.case(i), &world.p.money);
    // The bed of somebody absent without leave is kept, and paid for on the same terms.
    let kept = c.held.filter(|_| c.place == Place::Awol).and_then(|bed| c.absence.from.map(|place| (place, bed)));
    let (place, spot) = kept.map_or((c.place, c.placement.spot), |(place, bed)| (place, bed.spot));
    let unit = match kept.map(|(_, held)| held.bed) {
        Some(Bed::Unit(unit)) => Some(unit),
        Some(Bed::Picu { .. }) => None,
        None => c.placement.unit,
    };
    let what = places::properties(place);
    let area = c.area;
    let payer = match what.payer {
        Payer::Commissioner => c.placement.payer.unwrap_or_else(|| world.commissioner(area, place)).index(),
        Payer::Aftercare => c.placement.payer.map_or_else(|| world.accounts.aftercare(area), CommissionerId::index),
        Payer::Justice => world.accounts.justice(),
    };
    let (price, ward_area) = (settlement::price(p, place), c.placement.ward_area);
    let prison = p.prison + if c.clinical.unwell { p.prison_unwell } else { 0.0 };
    match (what.spend, unit) {
        (Some(kind), Some(unit)) => pay_unit(world, i, Stay { unit, place, spot, kind }, days),
        (Some(kind), None) if what.counted == Some(Ward::Supported) => {
            let housing = world.accounts.housing();
            world.accounts.pay(area, payer, housing, kind, price * days);
            reimburse(world, i, Granted::PLACE, price * days, days);
        }
        (Some(kind), None) => {
            let trust = world.units.trust(ward_area);
            world.accounts.buy(area, payer, trust, kind, price * days);
            reimburse(world, i, Granted::PLACE, price * days, days);
        }
        (None, _) if places::prison(place) => {
            let courts = world.accounts.courts();
            world.accounts.pay(area, payer, courts, Spend::Prison, prison * days);
        }
        (None, _) => {}
    }
}

/// In which bed of a unit somebody is.
#[derive(Clone, Copy)]
struct Stay {
    unit: UnitId,
    place: Place,
    spot: bool,
    kind: Spend,
}

/// Books days in a unit's bed by the contract of the commissioner that holds it: [`settlement`].
fn pay_unit(world: &mut World, i: CaseId, stay: Stay, days: f64) {
    let (c, p) = (world.case(i), &world.p.money);
    let (area, complex) = (c.area, settlement::complex(c));
    let mine = c.placement.payer.unwrap_or_else(|| world.commissioner(area, stay.place));
    let unit = &world.units[stay.unit];
    let (host, there, provider) = (unit.commissioner, unit.area, unit.provider);
    let terms = world.accounts.terms(host);
    let price = settlement::price(p, stay.place);
    let cost = settlement::variable_cost(p, price, complex);
    let (reach, coded) = (world.accounts.reach(host), c.placement.coded.unwrap_or(complex));
    let bought = settlement::spot(p, price);
    let standing = settlement::clustered(reach, settlement::standing(p, terms, stay.place), 0.0);
    let daily = settlement::daily(p, terms, price, complex);
    let daily = settlement::clustered(reach, daily, settlement::group_price(p, price, coded));
    let books = &mut world.accounts;
    let payee = books.provider(provider);
    books.run(provider, Spend::Variable, cost * days);
    if stay.spot {
        books.pay(area, mine.index(), payee, Spend::Spot, bought * days);
        // The holder of the contract owes nothing for a bed that another has bought: what it pays for open beds comes back.
        let back = books.pay(there, host.index(), payee, stay.kind, -standing * days);
        books.own_mut(host).paid += back;
        return;
    }
    let payer = if terms == Contract::Results { mine } else { host };
    let paid = books.pay(area, payer.index(), payee, stay.kind, daily * days);
    if payer != mine {
        books.recharge(area, mine, host, price * days);
    }
    let own = books.own_mut(host);
    own.paid += paid;
    own.occupied += days as i64;
    own.value += libm::round(price * days * 100.0) as i64;
}

/// Books the days of follow-up by a team.
fn pay_team(world: &mut World, i: CaseId, days: f64) {
    let (c, p) = (world.case(i), &world.p.money);
    let (area, aftercare) = (c.area, world.accounts.aftercare(c.area));
    let Some(team) = c.follow_up.team else { return };
    let kind = match team {
        Team::Forensic => Spend::Forensic,
        Team::Mainstream => Spend::Mainstream,
    };
    let pounds = settlement::team_price(p, team);
    let aftercare_pays = c.follow_up.aftercare_pays || c.granted.now[Granted::TEAM].is_some();
    let payer = if aftercare_pays { aftercare } else { world.collaborative(area).index() };
    let trust = world.units.trust(area);
    world.accounts.buy(area, payer, trust, kind, pounds * days);
    reimburse(world, i, Granted::TEAM, pounds * days, days);
}

/// Books what a programme gives the area's aftercare funder for a place or team that the funder has just paid; what the bed that
/// the person came from would have cost in those days is divided between place and team, where programmes pay for both.
fn reimburse(world: &mut World, i: CaseId, which: usize, pounds: f64, days: f64) {
    let c = world.case(i);
    let Some(grant) = c.granted.now[which] else { return };
    let (area, p) = (c.area, &world.p.money);
    let price = |grant: &Grant| world.programmes.price(p, grant.line);
    let both: f64 = c.granted.now.iter().flatten().map(price).sum();
    let bed = if places::secure(grant.from) { settlement::price(p, grant.from) } else { 0.0 };
    let released = libm::round(bed * days * 100.0 * price(&grant) / both) as i64;
    let holder = world.accounts.aftercare(area);
    let payer = world.programmes.payer(grant.line, area).unwrap_or(world.accounts.public());
    let spent = world.accounts.transfer(payer, holder, Spend::Programme, pounds);
    let here = world.programmes.here_mut(grant.line, area);
    here.spent += spent;
    here.released += released;
}

/// Whether a package pays for a person: in medium or low secure care, or followed up by a team after secure care.
pub fn in_package(c: &Case) -> bool {
    let followed = places::community(c.place) && c.follow_up.team.is_some() && c.past.secure_exit.is_some();
    matches!(c.place, Place::Medium | Place::Low) || followed
}

/// Books what public funds pay the holder of a package for a person's days, wherever the person is.
fn pay_package(world: &mut World, i: CaseId, days: f64) {
    let c = world.case(i);
    let holder = world.collaborative(c.area);
    if world.accounts.terms(holder) == Contract::Package && in_package(c) {
        let pounds = world.accounts.package(holder) * days;
        let public = world.accounts.public();
        world.accounts.transfer(public, holder.index(), Spend::Package, pounds);
    }
}

/// Books the present day of every unit, occupied or not: what its contract pays for open beds, and what its open wards cost.
pub fn settle_units(world: &mut World) {
    let limited = world.limited();
    for k in 0..world.units.all.len() {
        let (u, p) = (&world.units.all[k], &world.p.money);
        // Where nothing runs out, as many beds are open as are asked for.
        let beds = if limited { u.standing() } else { u.standing().max(u.occupied + u.held) };
        let works: f64 = u.works.iter().map(|w| w.daily).sum();
        let (host, area, provider, tier) = (u.commissioner, u.area, u.provider, u.tier);
        let terms = world.accounts.terms(host);
        let open = f64::from(beds);
        let fixed = settlement::fixed_cost(p, tier);
        let standing = settlement::clustered(world.accounts.reach(host), settlement::standing(p, terms, tier), 0.0);
        let first = f64::from(world.accounts.first_beds.get(k).copied().unwrap_or(0));
        let share = world.agents.of(Kind::Commissioner).get(host.index(), commissioner::cquin);
        let reference = first * settlement::norm(p, tier) * settlement::price(p, tier);
        let Some(kind) = places::properties(tier).spend else { continue };
        let at_risk = settlement::at_risk(p, share, tier) * open;
        let books = &mut world.accounts;
        let payee = books.provider(provider);
        books.incentives.risk(k, at_risk);
        if beds > 0 {
            let paid = books.pay(area, host.index(), payee, kind, standing * open);
            books.run(provider, Spend::Fixed, fixed * open);
            books.own_mut(host).paid += paid;
        }
        if works > 0.0 {
            let spent = books.pay(area, host.index(), payee, Spend::Wards, works);
            books.run(provider, Spend::Wards, works);
            books.own_mut(host).wards += spent;
        }
        let own = books.own_mut(host);
        own.open += i64::from(beds);
        own.reference += libm::round(reference * 100.0) as i64;
    }
}

/// Puts the contracts in force that the commissioners' attributes say; what has accrued is booked under those before.
pub fn adopt_contracts(world: &mut World) {
    let agreed = Accounts::agreed(&world.agents);
    let places: Vec<CommissionerId> = (0..agreed.len() as u8).map(CommissionerId).collect();
    let reach = Accounts::clustering(&world.agents);
    let other = |who: &CommissionerId| {
        let in_force = world.accounts.reach(*who);
        world.accounts.terms(*who) != agreed[who.index()] || in_force.to_bits() != reach[who.index()].to_bits()
    };
    if places.iter().any(other) {
        for i in world.caseload.ids() {
            accrue(world, i);
        }
        world.accounts.agree(agreed);
        world.accounts.cluster(reach);
    }
}

/// Opens the accounts on the first reported day: draws up budgets, and notes what beds there are. A package is such that it would pay
/// as much as the budget for those who are there.
pub fn open_budgets(world: &mut World) {
    world.draw_up_budgets();
    world.grant_budgets();
    let people = in_packages(world);
    for (k, people) in people.iter().enumerate() {
        let budget = world.accounts.budget(k) / YEAR;
        world.accounts.set_package(CommissionerId(k as u8), if *people > 0 { budget / *people as f64 } else { 0.0 });
    }
    world.count_packages(people);
    world.accounts.first_beds = world.units.all.iter().map(Unit::standing).collect();
}

/// Counts for whom packages would pay, by the commissioner that would hold them.
fn in_packages(world: &World) -> Vec<i64> {
    let mut people = vec![0; world.plan.commissioners.len()];
    for (_, c) in world.caseload.iter().filter(|(_, c)| c.present() && in_package(c)) {
        people[world.collaborative(c.area).index()] += 1;
    }
    people
}

/// Closes the quarter: everybody is accrued, and each payer's spending is held against its budget.
pub fn close_quarter(world: &mut World) {
    accrue_all(world);
    let people = in_packages(world);
    world.count_packages(people);
    world.close_quarter();
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
    use crate::codes::{Diagnosis, Legal, PayerKind, Place};
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
            (Place::High, national, Spend::HighBed, p.block_release * p.high),
            (Place::Medium, collaborative, Spend::MediumBed, (1.0 - p.fixed_share) * p.medium),
            (Place::Low, collaborative, Spend::LowBed, (1.0 - p.fixed_share) * p.low),
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
    fn a_bed_outside_the_contract_costs_the_premium_and_its_holder_nothing() {
        for contract in Contract::ALL {
            let mut w = World::small();
            w.accounts.agree(vec![*contract; 3]);
            let i = w.put_with(Place::Low, Legal::S37, |c| c.placement.spot = true);
            let unit = w.case(i).placement.unit.expect("a bed");
            let host = w.units[unit].commissioner;
            ten_days(&mut w, i);
            assert_eq!(w.booked(Spend::Spot), [(0, 720_000)]);
            let back = libm::round(-settlement::standing(&w.p.money, *contract, Place::Low) * 1000.0) as i64;
            let expected = if back == 0 { vec![] } else { vec![(host.index(), back)] };
            assert_eq!(w.booked(Spend::LowBed), expected, "{}", contract.name());
            assert_eq!((w.accounts.own(host).paid, w.accounts.own(host).occupied), (back, 0));
        }
    }

    /// What ten days in a medium secure bed are to its holder, whose patient it may not be, and to the provider: pence paid by
    /// the first two commissioners in the ledger, and earned and spent by the provider.
    fn ten_days_under(contract: Contract, mine: u8, diagnosis: Diagnosis) -> ([i64; 2], i64, i64) {
        let mut w = World::small();
        w.accounts.agree(vec![contract; 3]);
        let i = w.put_with(Place::Medium, Legal::S37, |c| c.primary = diagnosis);
        w.case_mut(i).placement.payer = Some(CommissionerId(mine));
        ten_days(&mut w, i);
        let [bed, recharge] = [Spend::MediumBed, Spend::Recharge].map(|kind| w.booked(kind));
        let paid = |k: usize| bed.iter().chain(&recharge).filter(|(who, _)| *who == k).map(|(_, pence)| pence).sum();
        let provider = w.accounts.provider(w.units[UnitId(2)].provider);
        assert_eq!(w.accounts.unbalanced(), None);
        ([paid(0), paid(1)], w.accounts.income(provider, None), w.accounts.spending(provider, None))
    }

    #[test]
    fn a_day_is_paid_by_the_contract_of_whoever_holds_the_bed() {
        let p = World::small().p.money;
        let pence = |share: f64| libm::round(share * p.medium * 1000.0) as i64;
        let varying = 1.0 - p.fixed_share;
        for (contract, daily, dearer) in [
            (Contract::Block, p.block_release, 1.0),
            (Contract::Results, 1.0, p.cluster_price),
            (Contract::Package, varying, p.cluster_cost),
            (Contract::Led, varying, p.cluster_cost),
        ] {
            let own = ten_days_under(contract, 0, Diagnosis::Psychosis);
            assert_eq!(own, ([pence(daily), 0], pence(daily), pence(varying)), "{}", contract.name());
            let dear = ten_days_under(contract, 0, Diagnosis::Personality);
            let cost = pence(varying * p.cluster_cost);
            assert_eq!(dear, ([pence(daily * dearer), 0], pence(daily * dearer), cost), "{}", contract.name());
            // Another's patient: whoever has bought the bed is paid its price; nobody has under payment by results.
            let ([holder, other], earned, _) = ten_days_under(contract, 1, Diagnosis::Psychosis);
            let bought = contract != Contract::Results;
            let expected = if bought { [pence(daily) - pence(1.0), pence(1.0)] } else { [0, pence(1.0)] };
            assert_eq!(([holder, other], earned), (expected, pence(daily)), "{}", contract.name());
        }
    }

    #[test]
    fn open_beds_are_paid_full_or_empty_and_cost_their_provider_the_same() {
        let mut w = World::small();
        w.accounts.agree(vec![Contract::Led, Contract::Results, Contract::Block]);
        open_budgets(&mut w);
        settle_units(&mut w);
        let p = &w.p.money;
        let fixed = settlement::fixed_cost(p, Place::Medium);
        let pence = |pounds: f64| libm::round(pounds * 100.0) as i64;
        // Two units of ten beds, for men and for women.
        assert_eq!(w.booked(Spend::MediumBed), [(0, 2 * pence(10.0 * fixed))]);
        let high = p.norm.high * (1.0 - p.block_release) * p.high;
        assert_eq!(w.booked(Spend::HighBed), [(2, 2 * pence(10.0 * high))]);
        let provider = w.accounts.provider(w.units[UnitId(6)].provider);
        assert_eq!(w.accounts.income(provider, None), 0, "payment by results pays for no empty bed");
        assert!(w.accounts.spending(provider, Some(Spend::Fixed)) > 0);
        let own = w.accounts.own(CommissionerId(1));
        assert_eq!((own.open, own.paid, own.occupied), (40, 0, 0));
        let at_norm = p.norm.medium * p.medium + p.norm.low * p.low;
        assert_eq!(own.reference, 20 * pence(at_norm));
        assert_eq!(w.accounts.unbalanced(), None);
    }

    #[test]
    fn a_package_pays_its_holder_for_people_in_secure_care_and_after_it() {
        let mut w = World::small();
        w.accounts.agree(vec![Contract::Package; 3]);
        w.accounts.set_package(CommissionerId(0), 300.0);
        let after = |c: &mut Case| (c.past.secure_exit, c.follow_up.aftercare_pays) = (Some(c.placement.since), true);
        let inside = w.put(Place::Medium, Legal::S37);
        let followed = w.put_with(Place::Home, Legal::None, after);
        follow_up::take_on(&mut w, followed, Team::Mainstream);
        let others =
            [w.put(Place::High, Legal::S37), w.put(Place::Home, Legal::None), w.put(Place::Prison, Legal::None)];
        w.pass(10);
        for i in [inside, followed].into_iter().chain(others) {
            accrue(&mut w, i);
        }
        assert_eq!(w.accounts.income(0, Some(Spend::Package)), 2 * 300_000);
        assert_eq!(w.accounts.unbalanced(), None);
    }

    #[test]
    fn a_package_pays_as_much_as_the_contract_before_for_those_who_are_there() {
        let mut w = World::small();
        for _ in 0..4 {
            w.put(Place::Low, Legal::S37);
        }
        w.reckon_commitments();
        open_budgets(&mut w);
        let budget = w.accounts.budget(0);
        assert!(budget > 1e6 && (w.accounts.package(CommissionerId(0)) * 4.0 * YEAR - budget).abs() < 1e-6);
        assert_eq!(w.accounts.package(CommissionerId(1)), 0.0, "nobody is there");
    }

    #[test]
    fn another_contract_settles_what_comes_and_not_what_has_been() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37);
        w.pass(10);
        w.set_all(Kind::Commissioner, "contract", f64::from(Contract::Results as u8));
        adopt_contracts(&mut w);
        let before = libm::round((1.0 - w.p.money.fixed_share) * w.p.money.medium * 1000.0) as i64;
        assert_eq!((w.booked(Spend::MediumBed), w.case(i).accrued), (vec![(0, before)], w.today()));
        ten_days(&mut w, i);
        let after = before + libm::round(w.p.money.medium * 1000.0) as i64;
        assert_eq!(w.booked(Spend::MediumBed), [(0, after)]);
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
            let price = settlement::team_price(&w.p.money, team);
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
