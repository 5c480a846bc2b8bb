//! Programmes: money by year for places and teams. The only writer of what they have bought; who has it is in `grants.rs`.
//!
//! On the first day of each quarter a line turns money that isn't set aside into whole places: as many as the year in which they
//! open can pay for, and as this year's money is enough for, each with its set-up and the days of the year that are left once it is
//! open. They are shared by need, to the best bids, or by weight. When the money of a year doesn't pay for what is open, places are
//! given up: nobody leaves for it, but the programme no longer pays, and nobody comes into the place of somebody who has left.
//!
//! An area's aftercare funder holds what is bought there. It pays for the days, and is given as much by whoever pays for the
//! programme (`world/accrual.rs`): a place that is empty costs the programme nothing, as elsewhere in this model.

use std::cmp::Reverse;

use crate::calendar::{Day, Days, date, financial_year, year_start};
use crate::caseload::{Case, Grant, Granted};
use crate::codes::{Bought, Place, Purpose, Reason, Spend, Stage};
use crate::draw::{Ordinal, normal};
use crate::ids::CommissionerId;
use crate::law::places::{self, Ward};
use crate::log::ProgrammeRow;
use crate::plan::Sharing;
use crate::transitions::{grants, wards_and_posts};
use crate::world::accounts::pence;
use crate::world::programmes::{Lot, Pot, Released, Thing};
use crate::world::{World, accrual, settlement};
use enumset::EnumSet;

/// Does what is due of the programmes today.
pub fn run(world: &mut World) {
    if world.programmes.is_empty() || !world.reported() {
        return;
    }
    let today = world.today();
    let (_, month, date) = date(today);
    let quarter = date == 1 && month % 3 == 1;
    for k in 0..world.programmes.lines.len() {
        open(world, k);
        if world.plan.programmes[k].ordered {
            continue;
        }
        if world.plan.programmes[k].from_wards.is_some() {
            let released = released(world);
            receive(world, k, released);
            if quarter {
                reinvest(world, k);
            }
            continue;
        }
        if today == year_start(world.year()) {
            begin_year(world, k);
        }
        if quarter {
            buy(world, k);
        }
    }
    wards_and_posts::pay(world);
}

/// What things of a line cost.
#[derive(Clone, Copy, Debug)]
pub struct Costs {
    /// A day [£/d].
    pub price: f64,
    /// Setting one up [£].
    pub set_up: f64,
    /// From the award until it is open [d].
    pub lead: i32,
}

impl Costs {
    /// What a place costs that is open on so many days, with setting it up [pence].
    fn of(self, days: i32, set_up: bool) -> i64 {
        pence(self.price * f64::from(days) + if set_up { self.set_up } else { 0.0 })
    }
}

/// What things of a line cost.
pub fn costs(world: &World, k: usize) -> Costs {
    let p = &world.p.money;
    let (set_up, days) = match Bought::from_name(&world.plan.programmes[k].buys) {
        Some(Bought::Forensic) => (p.programme.forensic_cost, p.programme.team_days),
        Some(Bought::Mainstream) => (p.programme.mainstream_cost, p.programme.team_days),
        Some(Bought::Rehabilitation) => (p.programme.bed_cost, p.programme.place_days),
        Some(Bought::MediumWards | Bought::LowWards) => (p.ward.open_cost, p.ward.open_days),
        Some(Bought::InReach | Bought::Assessment) => (p.programme.post_cost, p.programme.post_days),
        Some(Bought::Supported) | None => (p.programme.place_cost, p.programme.place_days),
    };
    Costs { price: world.programmes.price(p, k as u8), set_up, lead: Days::rounded_up(days).count() }
}

/// Money of a line in a financial year, at the prices of the run and in its sample [pence].
fn money(world: &World, k: usize, year: i32) -> i64 {
    let plan = &world.plan.programmes[k];
    let gone = f64::from(year - financial_year(world.plan.calendar.start));
    let worth = if plan.cash { libm::pow(1.0 + world.p.money.programme.inflation, -gone) } else { 1.0 };
    let pounds = plan.pounds.iter().find(|of| of.year == year).map_or(0.0, |of| of.pounds);
    pence(pounds * worth * world.plan.mode.fraction)
}

fn days_of(year: i32) -> i32 {
    year_start(year + 1) - year_start(year)
}

/// Begins a year: its money, and what of it is set aside for what is there; what it doesn't pay for is given up.
fn begin_year(world: &mut World, k: usize) {
    let (year, cost) = (world.year(), costs(world, k));
    let whole = cost.of(days_of(year), false);
    let given = money(world, k, year);
    let line = &mut world.programmes.lines[k];
    line.money = given + line.carried;
    let excess = line.has(|_| true) - whole_places(line.money, whole);
    if excess > 0 {
        shrink(world, k, excess, |_| true);
    }
    set_aside(world, k, cost);
}

/// Sets money aside for what is there, for the rest of the year.
fn set_aside(world: &mut World, k: usize, cost: Costs) {
    let (today, end) = (world.today(), year_start(world.year() + 1));
    let line = &mut world.programmes.lines[k];
    for here in &mut line.areas {
        here.awarded = cost.of(end - today, false) * i64::from(here.open);
    }
    for lot in &line.lots {
        line.areas[usize::from(lot.area)].awarded += cost.of((end - lot.opens).max(0), false) * i64::from(lot.places);
    }
}

/// How many whole things money pays for.
fn whole_places(money: i64, each: i64) -> i32 {
    (money.max(0) / each.max(1)).min(1 << 20) as i32
}

/// Opens what is due.
fn open(world: &mut World, k: usize) {
    let today = world.today();
    let line = &mut world.programmes.lines[k];
    for lot in line.lots.iter().filter(|lot| lot.opens <= today) {
        line.areas[usize::from(lot.area)].open += lot.places;
    }
    line.lots.retain(|lot| lot.opens > today);
}

/// Gives up so many places, in proportion to where they are: first those that are still to open, then free ones, then those of
/// whoever came last.
fn shrink(world: &mut World, k: usize, excess: i32, within: impl Fn(usize) -> bool) {
    let (thing, line) = (world.programmes.thing(k), &world.programmes.lines[k]);
    let has = |area: usize| if within(area) { f64::from(line.has(|there| there == area)) } else { 0.0 };
    let weights: Vec<f64> = (0..line.areas.len()).map(has).collect();
    for (area, mut left) in apportion(excess, &weights).into_iter().enumerate() {
        let line = &mut world.programmes.lines[k];
        if matches!(thing, Thing::Beds(_)) && left > 0 {
            give_up_wards(world, k, area as u8, left);
            continue;
        }
        for lot in line.lots.iter_mut().rev().filter(|lot| usize::from(lot.area) == area) {
            let cut = lot.places.min(left);
            (lot.places, left) = (lot.places - cut, left - cut);
        }
        line.lots.retain(|lot| lot.places > 0);
        let here = &mut line.areas[area];
        let open = here.open - left;
        let too_many = here.taken - open;
        if too_many > 0 {
            leave_to_funders(world, k, area as u8, too_many as usize);
        }
        world.programmes.lines[k].areas[area].open = open;
    }
}

/// Gives up whole wards of an area, until so many beds are given up: those that are still to open, too, are ordered to close.
fn give_up_wards(world: &mut World, k: usize, area: u8, beds: i32) {
    let mut left = wards_and_posts::close_wards(world, k, area, beds);
    let line = &mut world.programmes.lines[k];
    for lot in line.lots.iter_mut().rev().filter(|lot| lot.area == area) {
        let cut = lot.places.min(left);
        (lot.places, left) = (lot.places - cut, left - cut);
    }
    line.lots.retain(|lot| lot.places > 0);
    line.areas[usize::from(area)].open -= left;
}

/// Leaves so many people whom a line pays for to those who would pay without it: those for whom something is only arranged, then
/// those who came last.
fn leave_to_funders(world: &mut World, k: usize, area: u8, count: usize) {
    let Thing::Ward(ward) = world.programmes.thing(k) else { return };
    let of_line = |grant: &Option<Grant>| grant.is_some_and(|grant| usize::from(grant.line) == k);
    let mut found = Vec::new();
    for (i, c) in world.caseload.iter().filter(|(_, c)| c.present() && c.area == area) {
        for which in [Granted::PLACE, Granted::TEAM] {
            if of_line(&c.granted.arranged[which]) {
                found.push((false, Reverse(c.placement.since), c.person, i, which));
            }
            if of_line(&c.granted.now[which]) {
                found.push((true, Reverse(c.placement.since), c.person, i, which));
            }
        }
    }
    found.sort();
    for (has_it, _, _, i, which) in found.into_iter().take(count) {
        accrual::accrue(world, i);
        let collaborative = collaborative_pays(world.case(i), which, has_it);
        if has_it {
            grants::end(world, i, which, ward);
        } else {
            grants::give_up(world, i, which, ward);
        }
        if collaborative {
            world.wards.commission(ward, area, true);
        }
    }
}

/// Whether a collaborative pays for what a programme no longer pays for, and not the area's aftercare funder: a team, or whatever it
/// has arranged. In a place that somebody has already, the aftercare funder follows the programme.
fn collaborative_pays(c: &Case, which: usize, has_it: bool) -> bool {
    if has_it {
        which == Granted::TEAM && !c.follow_up.aftercare_pays
    } else {
        c.readiness.arranged.is_some_and(|to| !to.aftercare_pays)
    }
}

/// Divides whole things in proportion to weights, by largest remainder; the first of equals gets more. Nothing without any weight.
fn apportion(total: i32, weights: &[f64]) -> Vec<i32> {
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 || total <= 0 {
        return vec![0; weights.len()];
    }
    let exact: Vec<f64> = weights.iter().map(|w| f64::from(total) * w / sum).collect();
    let mut parts: Vec<i32> = exact.iter().map(|x| libm::floor(*x) as i32).collect();
    let mut order: Vec<usize> = (0..weights.len()).filter(|k| weights[*k] > 0.0).collect();
    order.sort_by(|a, b| {
        (exact[*b] - f64::from(parts[*b])).total_cmp(&(exact[*a] - f64::from(parts[*a]))).then(a.cmp(b))
    });
    let left = total - parts.iter().sum::<i32>();
    for k in order.into_iter().cycle().take(left.max(0) as usize) {
        parts[k] += 1;
    }
    parts
}

/// People of an area who are ready to leave a secure bed and lack something, beyond what is free or ordered there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Need {
    /// How many [persons].
    people: i32,
    /// Mean price of their beds [£/d].
    bed: f64,
}

/// What is missing where a thing would help.
fn lacking(ward: Ward) -> EnumSet<Reason> {
    match ward {
        Ward::Supported | Ward::Picu | Ward::Acute | Ward::OpenRehab | Ward::LockedRehab => {
            Reason::Place | Reason::Funding
        }
        Ward::Forensic | Ward::Mainstream => Reason::Team | Reason::Funding,
    }
}

/// Published need for what a line buys, by area.
fn needs(world: &World, k: usize) -> Vec<Need> {
    let p = &world.p.money;
    let waiting = |people: Vec<i32>, bed: f64| people.into_iter().map(|people| Need { people, bed }).collect();
    match world.programmes.thing(k) {
        Thing::Ward(ward) => who_lacks(world, ward),
        Thing::Beds(tier) => waiting(wards_and_posts::waiting_for(world, tier), settlement::price(p, tier)),
        Thing::Post(_) => waiting(wards_and_posts::waiting_in_prison(world), p.prison),
    }
}

/// Who is ready to leave and lacks a place or team of a kind, by area.
fn who_lacks(world: &World, ward: Ward) -> Vec<Need> {
    let mut found = vec![Need::default(); world.plan.areas.len()];
    let mut people = world.inpatients.clone();
    people.sort_unstable();
    people.dedup();
    for i in people {
        let c = world.case(i);
        let waits = places::secure(c.place) && c.stage == Stage::Ready && c.readiness.arranged.is_none();
        if waits && !c.readiness.missing.is_disjoint(lacking(ward)) {
            let need = &mut found[usize::from(c.area)];
            need.people += 1;
            need.bed += settlement::price(&world.p.money, c.place);
        }
    }
    for (area, need) in found.iter_mut().enumerate() {
        need.bed /= f64::from(need.people.max(1));
        need.people = (need.people - world.programmes.spare(ward, area)).max(0);
    }
    found
}

/// Turns money that isn't set aside into places.
fn buy(world: &mut World, k: usize) {
    let (today, year, cost) = (world.today(), world.year(), costs(world, k));
    let (opens, end) = (today + cost.lead, year_start(year + 1));
    let opening = financial_year(opens);
    let (line, plan) = (&world.programmes.lines[k], &world.plan.programmes[k]);
    let each = cost.of((end - opens).max(0), true);
    let lasting = money(world, k, opening);
    let can_run = whole_places(lasting, cost.of(days_of(opening), false)) - line.has(|_| true);
    let most = whole_places(line.money - line.awarded(), each).min(can_run);
    if most <= 0 {
        return;
    }
    let (sharing, weights) = (plan.sharing, plan.weights.clone());
    let parts = match sharing {
        Sharing::Weight => apportion(most, &weights),
        Sharing::Need => {
            let people: Vec<i32> = needs(world, k).iter().map(|need| need.people).collect();
            let weights: Vec<f64> = people.iter().map(|people| f64::from(*people)).collect();
            apportion(most.min(people.iter().sum()), &weights)
        }
        Sharing::Bidding => judge(world, k, most, cost),
    };
    let parts = match world.programmes.thing(k) {
        Thing::Beds(tier) => whole_wards(world, tier, most, &parts),
        Thing::Ward(_) | Thing::Post(_) => parts,
    };
    for (area, places) in parts.into_iter().enumerate().filter(|(_, places)| *places > 0) {
        order(world, k, area as u8, places, opens, cost);
        world.programmes.lines[k].areas[area].awarded += each * i64::from(places);
    }
}

/// Turns beds that areas would have into whole wards, the largest part first, as far as so many beds go and there are units for them.
fn whole_wards(world: &World, tier: Place, most: i32, parts: &[i32]) -> Vec<i32> {
    let size = wards_and_posts::ward_of(world, tier);
    let unit = |area: usize| wards_and_posts::unit_for(world, tier, area as u8);
    let weights: Vec<f64> = parts
        .iter()
        .enumerate()
        .map(|(area, beds)| if unit(area).is_some() { f64::from(*beds) } else { 0.0 })
        .collect();
    let wanted: i32 = parts.iter().sum();
    apportion(wanted.min(most) / size, &weights)
        .into_iter()
        .enumerate()
        .map(|(area, wards)| wards * unit(area).map_or(0, |unit| world.units[unit].ward))
        .collect()
}

/// Judges the areas' bids, each for as many places as people wait for there; the best have them until all are given.
fn judge(world: &mut World, k: usize, most: i32, cost: Costs) -> Vec<i32> {
    let p = world.p.money.programme.clone();
    let (today, needs) = (world.today(), needs(world, k));
    let days = f64::from(days_of(world.year()));
    let asked = cost.set_up + cost.price * days;
    let mut bids = Vec::new();
    for (area, need) in needs.iter().enumerate().filter(|(_, need)| need.people > 0) {
        let ordinal = Ordinal::counted(u64::from(today.unsigned_abs()) << 8 | k as u64);
        let noise = p.bid_noise * normal(world.key.uniform(area as u64, Purpose::Bid, ordinal));
        let benefit = libm::log(need.bed * days / asked);
        let score = benefit + p.bid_size * libm::log(f64::from(need.people)) + noise;
        bids.push((score, area, *need));
    }
    bids.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let (mut parts, mut left) = (vec![0; needs.len()], most);
    for (score, area, need) in bids {
        let places = need.people.min(left);
        if places == 0 {
            break;
        }
        (parts[area], left) = (places, left - places);
        let here = &mut world.programmes.lines[k].areas[area];
        let thousandths = libm::round(score * 1000.0) as i64;
        here.score = if here.bought == 0 { thousandths } else { here.score.max(thousandths) };
        here.promised += pence(need.bed * days * f64::from(places));
    }
    parts
}

/// Orders places in an area, and pays for setting them up.
fn order(world: &mut World, k: usize, area: u8, places: i32, opens: Day, cost: Costs) {
    let line = &mut world.programmes.lines[k];
    line.lots.push(Lot { area, places, opens });
    line.areas[usize::from(area)].bought += places;
    let pounds = cost.set_up * f64::from(places);
    let (thing, payer) = (world.programmes.thing(k), world.programmes.payer(k as u8, area));
    let collaborative = world.collaborative(area).index();
    let books = &mut world.accounts;
    let holder = if matches!(thing, Thing::Beds(_)) { collaborative } else { books.aftercare(area) };
    let payer = payer.unwrap_or(books.public());
    let spent = books.transfer(payer, holder, Spend::Programme, pounds);
    match thing {
        Thing::Ward(Ward::Supported) => {
            let housing = books.housing();
            books.pay(area, holder, housing, Spend::SetUp, pounds);
        }
        Thing::Ward(_) | Thing::Post(_) => {
            let trust = world.units.trust(area);
            books.buy(area, holder, trust, Spend::SetUp, pounds);
        }
        // The collaborative pays for opening them day by day.
        Thing::Beds(tier) => {
            let mut left = places;
            while left > 0
                && let Some(unit) = wards_and_posts::unit_for(world, tier, area)
            {
                left -= wards_and_posts::open_ward(world, k, area, unit, cost.lead);
            }
        }
    }
    let here = &mut world.programmes.lines[k].areas[usize::from(area)];
    (here.spent, here.set_up) = (here.spent + spent, here.set_up + spent);
}

/// What wards that are closed release today, by commissioner: what their contract no longer pays for them, full or empty.
fn released(world: &World) -> Vec<Released> {
    let mut found = vec![Released::default(); world.plan.commissioners.len()];
    for (unit, first) in world.units.all.iter().zip(&world.accounts.first_beds) {
        let terms = world.accounts.terms(unit.commissioner);
        let fewer = f64::from(first - unit.standing());
        let daily = pence(settlement::standing(&world.p.money, terms, unit.tier) * fewer);
        let works: f64 = unit.works.iter().map(|w| w.daily).sum();
        let of = &mut found[unit.commissioner.index()];
        (of.daily, of.net) = (of.daily + daily, of.net + daily - pence(works));
    }
    found
}

/// Takes in what wards released so many days ago, and sets aside what the day costs of what is open.
fn receive(world: &mut World, k: usize, today: Vec<Released>) {
    let Some(from) = world.plan.programmes[k].from_wards else { return };
    let each = costs(world, k).of(1, false);
    let commissioner: Vec<usize> = world.plan.areas.iter().map(|area| usize::from(area.collaborative)).collect();
    let line = &mut world.programmes.lines[k];
    line.delayed.push_back(today);
    if line.delayed.len() <= from.days as usize {
        return;
    }
    let share = |pence: i64| libm::round(pence as f64 * from.share) as i64;
    let Some(then) = line.delayed.pop_front() else { return };
    for (pot, then) in line.pots.iter_mut().zip(&then) {
        *pot = Pot { cash: pot.cash + share(then.net), daily: share(then.daily), given: pot.given + share(then.net) };
    }
    for (area, here) in line.areas.iter_mut().enumerate() {
        let pence = each * i64::from(here.open);
        here.awarded += pence;
        line.pots[commissioner[area]].cash -= pence;
    }
}

/// Turns what closed wards release into places where they were released: as many as the daily money pays for, once there is enough
/// to set them up. Where wards open again, places are given up.
fn reinvest(world: &mut World, k: usize) {
    let cost = costs(world, k);
    let (opens, each) = (world.today() + cost.lead, pence(cost.set_up));
    for commissioner in 0..world.programmes.lines[k].pots.len() - 1 {
        let pot = world.programmes.lines[k].pots[commissioner];
        let mine: Vec<bool> = (0..world.plan.areas.len())
            .map(|area| world.collaborative(area as u8) == CommissionerId(commissioner as u8))
            .collect();
        let has = world.programmes.lines[k].has(|area| mine[area]);
        let can_run = whole_places(pot.daily, cost.of(1, false)) - has;
        if can_run < 0 {
            shrink(world, k, -can_run, |area| mine[area]);
        }
        let most = can_run.min(whole_places(pot.cash, each));
        if most <= 0 {
            continue;
        }
        let needs = needs(world, k);
        let of = |weight: &dyn Fn(usize) -> f64| -> Vec<f64> {
            mine.iter().enumerate().map(|(area, mine)| if *mine { weight(area) } else { 0.0 }).collect()
        };
        let mut weights = of(&|area| f64::from(needs[area].people));
        if weights.iter().sum::<f64>() <= 0.0 {
            weights = of(&|area| world.plan.programmes[k].weights[area]);
        }
        for (area, places) in apportion(most, &weights).into_iter().enumerate().filter(|(_, places)| *places > 0) {
            order(world, k, area as u8, places, opens, cost);
            let paid = each * i64::from(places);
            let line = &mut world.programmes.lines[k];
            line.areas[area].awarded += paid;
            line.pots[commissioner].cash -= paid;
        }
    }
}

/// Orders so many of what a line buys in an area.
pub(super) fn order_places(world: &mut World, k: usize, area: u8, places: i32) {
    let cost = costs(world, k);
    if places > 0 {
        order(world, k, area, places, world.today() + cost.lead, cost);
        if let Some(payer) = world.programmes.payer(k as u8, area) {
            world.note_spent(payer, pence(cost.set_up * f64::from(places)));
        }
    }
}

/// Gives up so many of what a line has in an area, or as many as there are; returns how many.
pub(super) fn give_up_places(world: &mut World, k: usize, area: u8, places: i32) -> i32 {
    let has = world.programmes.lines[k].has(|there| there == usize::from(area));
    let fewer = places.min(has);
    shrink(world, k, fewer, |there| there == usize::from(area));
    fewer
}

/// Closes the year: writes a row for each area in which a line has or did something, and one for money that no area was awarded.
/// Everybody must have been accrued.
pub fn close_year(world: &mut World) {
    let year = world.year();
    for k in 0..world.programmes.lines.len() {
        let (plan, line) = (&world.plan.programmes[k], &mut world.programmes.lines[k]);
        let buys = Bought::from_name(&plan.buys).map_or(0, |buys| buys as u8);
        let none = ProgrammeRow {
            year,
            programme: k as u8,
            area: u8::MAX,
            buys,
            awarded: 0,
            spent: 0,
            set_up: 0,
            unspent: 0,
            bought: 0,
            open: 0,
            taken: 0,
            moved: 0,
            released: 0,
            promised: 0,
            score: 0,
        };
        if plan.ordered {
            line.areas.iter_mut().for_each(|here| here.awarded = here.spent);
            line.money = line.awarded();
        }
        if !line.pots.is_empty() {
            line.money = line.pots.iter().map(|pot| pot.given).sum();
            line.pots.iter_mut().for_each(|pot| pot.given = 0);
        }
        let (mut awarded, mut spent) = (0, 0);
        for (area, here) in line.areas.iter_mut().enumerate() {
            (awarded, spent) = (awarded + here.awarded, spent + here.spent);
            let row = ProgrammeRow {
                area: area as u8,
                awarded: here.awarded,
                spent: here.spent,
                set_up: here.set_up,
                unspent: here.awarded - here.spent,
                bought: here.bought,
                open: here.open,
                taken: here.taken,
                moved: here.moved,
                released: here.released,
                promised: here.promised,
                score: here.score,
                ..none
            };
            // What was given up has a row too, in the year in which it was.
            if here.before > 0 || row != (ProgrammeRow { area: area as u8, ..none }) {
                world.log.programmes.push(row);
            }
            let (open, taken) = (here.open, here.taken);
            *here = crate::world::programmes::Here { open, taken, before: open, ..Default::default() };
        }
        let left = line.money - awarded;
        if left != 0 {
            world.log.programmes.push(ProgrammeRow { awarded: left, unspent: left, ..none });
        }
        line.carried = if plan.carried { line.money - spent } else { 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caseload::{Arrangement, Team};
    use crate::codes::{Contract, Legal, Place};
    use crate::ids::{CaseId, UnitId};
    use crate::plan::{ProgrammePlan, Reinvestment, YearMoney};
    use crate::transitions::{discharge, follow_up, readiness, wards};
    use crate::world::programmes::{Post, Programmes};

    /// A line that buys supported places with money of the first years [£].
    fn line(pounds: &[f64]) -> ProgrammePlan {
        let years = (2024..).zip(pounds);
        ProgrammePlan {
            name: "test".to_owned(),
            day: year_start(2024),
            buys: "supported places".to_owned(),
            payer: None,
            pounds: years.map(|(year, pounds)| YearMoney { year, pounds: *pounds }).collect(),
            from_wards: None,
            sharing: Sharing::Weight,
            weights: vec![3.0, 1.0],
            cash: false,
            carried: false,
            ordered: false,
        }
    }

    /// A small world with programmes, on the first day of 2024/25; what is bought is open in 100 days, and judged without noise.
    fn world(lines: Vec<ProgrammePlan>) -> World {
        let mut w = World::small();
        assert_eq!(w.today(), year_start(2024));
        let p = &mut w.p.money.programme;
        (p.place_days, p.team_days, p.place_cost, p.bid_noise) = (100.0, 100.0, 1000.0, 0.0);
        w.plan.programmes = lines;
        w.programmes = Programmes::new(&w.plan).expect("programmes");
        w
    }

    /// Money that keeps so many supported places open in 2024/25 [£].
    fn for_places(w: &World, places: f64) -> f64 {
        w.p.money.supported * 365.0 * places + 1.0
    }

    /// Lets days of the tenth phase go by.
    fn days(w: &mut World, n: i32) {
        for _ in 0..n {
            run(w);
            w.wards.refresh(&w.agents);
            w.programmes.open_in(&mut w.wards);
            w.pass(1);
        }
    }

    /// Somebody of an area who is ready to leave medium secure care and lacks a place.
    fn ready(w: &mut World, area: u8) -> CaseId {
        let i = w.put_with(Place::Medium, Legal::S3, |c| (c.area, c.stage) = (area, Stage::UnescortedLeave));
        readiness::make_ready(w, i, Reason::Place.into());
        i
    }

    /// Discharges somebody to a supported place and a forensic team that the collaborative or the aftercare funder pays for.
    fn leave(w: &mut World, i: CaseId, aftercare_pays: bool) {
        let area = w.case(i).area;
        let to = Arrangement { place: Place::Supported, area, team: Some(Team::Forensic), aftercare_pays };
        readiness::arrange(w, i, to);
        discharge::discharge(w, i, Purpose::Discharge);
    }

    fn bought(w: &World) -> Vec<i32> {
        w.programmes.lines[0].areas.iter().map(|here| here.bought).collect()
    }

    #[test]
    fn whole_things_are_divided_by_largest_remainder_and_none_is_lost() {
        assert_eq!(apportion(10, &[1.0, 1.0, 1.0]), [4, 3, 3]);
        assert_eq!(apportion(7, &[0.0, 2.0, 5.0]), [0, 2, 5]);
        assert_eq!(apportion(3, &[0.0, 0.0]), [0, 0]);
        for total in 0..50 {
            let parts = apportion(total, &[0.3, 0.0, 1.7, 0.2]);
            assert_eq!((parts.iter().sum::<i32>(), parts[1]), (total, 0));
        }
    }

    #[test]
    fn money_buys_whole_places_that_it_can_run_and_open_after_their_lead_time() {
        let mut w = world(vec![line(&[0.0, 0.0])]);
        let pounds = for_places(&w, 8.9);
        w.plan.programmes = vec![line(&[pounds, pounds])];
        days(&mut w, 1);
        assert_eq!(bought(&w), [6, 2]);
        assert_eq!(w.booked(Spend::SetUp), [(w.accounts.aftercare(0), 600_000), (w.accounts.aftercare(1), 200_000)]);
        let before = w.wards.open_in(Ward::Supported, 0);
        days(&mut w, 99);
        assert_eq!(w.wards.open_in(Ward::Supported, 0), before);
        days(&mut w, 1);
        assert_eq!(w.wards.open_in(Ward::Supported, 0), before + 6);
        days(&mut w, 264);
        assert_eq!(bought(&w), [6, 2], "the later quarters have no money for more");
        let line = &w.programmes.lines[0];
        assert!(line.awarded() <= line.money);
        w.must_hold();
    }

    /// Lets days go by, with what is due of wards.
    fn days_with_wards(w: &mut World, n: i32) {
        for _ in 0..n {
            wards::work(w);
            days(w, 1);
        }
    }

    #[test]
    fn a_ward_opens_in_a_unit_of_the_areas_collaborative_is_paid_for_and_closes_when_the_money_ends() {
        let mut w = world(vec![]);
        (w.p.money.ward.open_days, w.p.money.ward.open_cost) = (100.0, 1000.0);
        let bed = settlement::norm(&w.p.money, Place::Medium) * w.p.money.medium;
        let pounds = 15.0 * bed * 365.0;
        w.plan.programmes = vec![ProgrammePlan {
            buys: "medium secure wards".to_owned(),
            weights: vec![1.0, 0.0],
            ..line(&[pounds, pounds, 0.0])
        }];
        w.programmes = Programmes::new(&w.plan).expect("programmes");
        let unit = wards_and_posts::unit_for(&w, Place::Medium, 0).expect("there is one");
        days_with_wards(&mut w, 1);
        assert_eq!((bought(&w), w.units[unit].opening()), (vec![10, 0], 10), "one ward of ten, not fifteen beds");
        let given = |w: &World| w.accounts.income(0, Some(Spend::Programme));
        assert_eq!(given(&w), 1_000_000, "opening it is paid for at once");
        days_with_wards(&mut w, 100);
        assert_eq!((w.units[unit].beds, given(&w)), (20, 1_000_000 + pence(bed * 10.0)));
        let open = |w: &World| w.programmes.lines[0].areas[0].open;
        assert_eq!(open(&w), 10);
        // In its third year there is no money: the ward is ordered to close, and its notice is the collaborative's.
        days_with_wards(&mut w, 2 * 365 - 100);
        assert_eq!((open(&w), w.units[unit].closing), (0, 10));
        assert_eq!(w.accounts.unbalanced(), None);
        w.must_hold();
    }

    #[test]
    fn a_post_is_filled_after_its_time_paid_each_day_and_adds_to_its_teams_week() {
        for (buys, post) in [("in-reach posts", Post::InReach), ("assessment posts", Post::Assessment)] {
            let mut w = world(vec![]);
            let p = &w.p.money.programme;
            let (price, each, lead) = (p.post_day, [p.in_reach_week, p.assessment_week], p.post_days as i32);
            let pounds = 2.5 * price * 365.0;
            w.plan.programmes =
                vec![ProgrammePlan { buys: buys.to_owned(), weights: vec![0.0, 1.0], ..line(&[pounds, pounds]) }];
            w.programmes = Programmes::new(&w.plan).expect("programmes");
            let week = |w: &World, area: u8| wards_and_posts::extra_week(w, post, |there| there == area);
            days(&mut w, lead);
            assert_eq!((bought(&w), week(&w, 1)), (vec![0, 2], 0.0));
            days(&mut w, 11);
            assert_eq!((week(&w, 0), week(&w, 1)), (0.0, 2.0 * each[post as usize]));
            assert_eq!(w.booked(Spend::Staff), [(w.accounts.aftercare(1), 11 * pence(2.0 * price))]);
            assert_eq!(w.accounts.unbalanced(), None);
        }
    }

    #[test]
    fn cash_loses_its_value_from_the_first_year_on() {
        let w = world(vec![ProgrammePlan { cash: true, ..line(&[100.0, 100.0]) }]);
        let loses = 1.0 + w.p.money.programme.inflation;
        assert_eq!([2024, 2025, 2026].map(|year| money(&w, 0, year)), [10_000, pence(100.0 / loses), 0]);
    }

    #[test]
    fn nothing_is_bought_that_the_next_year_cannot_run() {
        let mut w = world(vec![]);
        let pounds = for_places(&w, 8.0);
        w.plan.programmes = vec![line(&[pounds])];
        w.programmes = Programmes::new(&w.plan).expect("programmes");
        w.p.money.programme.place_days = 366.0;
        days(&mut w, 1);
        assert_eq!(bought(&w), [0, 0]);
    }

    #[test]
    fn a_programme_pays_for_who_has_its_place_and_nobody_else_does() {
        for aftercare_pays in [true, false] {
            let mut w = world(vec![line(&[])]);
            w.programmes.lines[0].areas[0].open = 1;
            let (i, j) = (ready(&mut w, 0), ready(&mut w, 0));
            leave(&mut w, i, aftercare_pays);
            leave(&mut w, j, aftercare_pays);
            let team = i32::from(aftercare_pays);
            assert_eq!([Ward::Supported, Ward::Forensic].map(|ward| w.wards.funded_in(ward, 0)), [team, 2 * team]);
            w.pass(10);
            accrual::accrue_all(&mut w);
            assert_eq!([0, 1].map(|area| w.programmes.given(Ward::Supported, area)), [1, 0]);
            let here = w.programmes.lines[0].areas[0];
            let price = pence(w.p.money.supported * 11.0);
            assert_eq!((here.taken, here.moved, here.spent), (1, 1, price));
            assert_eq!(here.released, pence(w.p.money.medium * 11.0));
            assert_eq!(w.accounts.income(w.accounts.aftercare(0), Some(Spend::Programme)), price);
            assert_eq!(w.case(i).placement.payer, None);
            w.must_hold();
            follow_up::end(&mut w, i);
            crate::transitions::place::move_to(&mut w, i, Place::Home, crate::codes::Ending::Transfer, Purpose::None);
            assert_eq!(w.programmes.lines[0].areas[0].taken, 0);
            w.must_hold();
        }
    }

    #[test]
    fn what_is_arranged_and_given_up_is_free_again() {
        let mut w = world(vec![line(&[])]);
        w.programmes.lines[0].areas[0].open = 1;
        let i = ready(&mut w, 0);
        let to = Arrangement { place: Place::Supported, area: 0, team: None, aftercare_pays: true };
        readiness::arrange(&mut w, i, to);
        assert_eq!((w.programmes.room(Ward::Supported, 0), w.wards.funded_in(Ward::Supported, 0)), (None, 0));
        w.must_hold();
        readiness::unready(&mut w, i);
        w.wards.close_day();
        assert_eq!((w.programmes.room(Ward::Supported, 0), w.wards.funded_in(Ward::Supported, 0)), (Some(0), 0));
        w.must_hold();
    }

    #[test]
    fn when_the_money_ends_places_shut_and_who_is_in_one_stays_at_the_funders_cost() {
        for aftercare_pays in [true, false] {
            let mut w = world(vec![line(&[])]);
            w.plan.programmes.push(ProgrammePlan { buys: "forensic teams".to_owned(), ..line(&[]) });
            w.programmes = Programmes::new(&w.plan).expect("programmes");
            for line in &mut w.programmes.lines {
                line.areas[0].open = 2;
            }
            let i = ready(&mut w, 0);
            leave(&mut w, i, aftercare_pays);
            assert_eq!([Ward::Supported, Ward::Forensic].map(|ward| w.wards.funded_in(ward, 0)), [0, 0]);
            w.today = year_start(2025);
            w.case_mut(i).accrued = w.today - 10;
            run(&mut w);
            for line in &w.programmes.lines {
                let here = line.areas[0];
                assert_eq!((here.open, here.taken), (0, 0));
                assert!(here.spent > 0, "the days until then are the programme's");
            }
            assert_eq!((w.case(i).place, w.case(i).follow_up.team), (Place::Supported, Some(Team::Forensic)));
            let team = i32::from(aftercare_pays);
            assert_eq!([Ward::Supported, Ward::Forensic].map(|ward| w.wards.funded_in(ward, 0)), [1, team]);
            w.must_hold();
        }
    }

    #[test]
    fn need_is_what_is_shared_by_and_no_more_is_bought_than_is_needed() {
        let mut w = world(vec![]);
        let pounds = for_places(&w, 8.0);
        w.plan.programmes = vec![ProgrammePlan { sharing: Sharing::Need, ..line(&[pounds, pounds]) }];
        w.programmes = Programmes::new(&w.plan).expect("programmes");
        for area in [0, 1, 1] {
            ready(&mut w, area);
        }
        days(&mut w, 1);
        assert_eq!(bought(&w), [1, 2]);
        days(&mut w, 100);
        assert_eq!(bought(&w), [1, 2], "what is ordered is needed no more");
    }

    #[test]
    fn the_best_bids_have_the_places_and_promise_what_their_beds_cost() {
        let mut w = world(vec![]);
        let pounds = for_places(&w, 2.0);
        w.plan.programmes = vec![ProgrammePlan { sharing: Sharing::Bidding, ..line(&[pounds, pounds]) }];
        w.programmes = Programmes::new(&w.plan).expect("programmes");
        for area in [0, 1, 1, 1] {
            ready(&mut w, area);
        }
        days(&mut w, 1);
        assert_eq!(bought(&w), [0, 2]);
        let here = w.programmes.lines[0].areas[1];
        assert_eq!(here.promised, pence(w.p.money.medium * 365.0 * 2.0));
        assert!(here.score > 0);
    }

    #[test]
    fn a_year_leaves_a_row_for_each_area_and_one_for_what_nobody_was_awarded() {
        let mut w = world(vec![]);
        let pounds = for_places(&w, 8.9);
        w.plan.programmes = vec![ProgrammePlan { carried: true, ..line(&[pounds, 0.0]) }];
        w.programmes = Programmes::new(&w.plan).expect("programmes");
        days(&mut w, 1);
        w.today = year_start(2025) - 1;
        close_year(&mut w);
        let rows: Vec<ProgrammeRow> = (0..w.log.programmes.len()).map(|k| w.log.programmes.row(k)).collect();
        assert_eq!(rows.iter().map(|row| row.area).collect::<Vec<_>>(), [0, 1, u8::MAX]);
        assert_eq!(rows.iter().map(|row| row.awarded).sum::<i64>(), pence(pounds));
        assert!(rows.iter().all(|row| row.awarded - row.spent == row.unspent));
        assert_eq!(w.programmes.lines[0].carried, pence(pounds) - 800_000);
        w.today = year_start(2025);
        run(&mut w);
        assert_eq!(
            w.programmes.lines[0].areas.iter().map(|here| here.open).sum::<i32>(),
            8,
            "what is carried keeps them open"
        );
    }

    #[test]
    fn what_is_given_up_has_a_row_in_that_year_and_none_later() {
        let mut w = world(vec![line(&[])]);
        w.programmes.lines[0].areas[0].open = 2;
        for year in [2025, 2026, 2027] {
            w.today = year_start(year) - 1;
            close_year(&mut w);
            w.today = year_start(year);
            run(&mut w);
        }
        let rows = (0..w.log.programmes.len()).map(|k| w.log.programmes.row(k));
        assert_eq!(rows.map(|row| (row.year, row.area, row.open)).collect::<Vec<_>>(), [(2024, 0, 2), (2025, 0, 0)]);
    }

    #[test]
    fn what_a_closed_ward_releases_is_spent_where_it_was_released_and_later() {
        let mut w = world(vec![]);
        let from_wards = Some(Reinvestment { share: 0.5, days: 20 });
        w.plan.programmes = vec![ProgrammePlan { from_wards, ..line(&[]) }];
        w.programmes = Programmes::new(&w.plan).expect("programmes");
        w.accounts.agree(vec![Contract::Led; 3]);
        w.accounts.first_beds = w.units.all.iter().map(crate::world::capacity::Unit::standing).collect();
        (w.p.money.ward.notice, w.p.money.ward.moves_after, w.p.money.ward.close_cost) = (1.0, 0.0, 0.0);
        wards::order(&mut w, UnitId(2), -10);
        w.pass(1);
        wards::work(&mut w);
        assert_eq!(w.units[UnitId(2)].standing(), 0);
        days(&mut w, 90);
        assert_eq!(bought(&w), [0, 0], "not before the next quarter");
        let cash = w.programmes.lines[0].pots[0].cash;
        let daily = libm::round(pence(settlement::fixed_cost(&w.p.money, Place::Medium) * 10.0) as f64 * 0.5) as i64;
        assert_eq!(cash, daily * 70);
        days(&mut w, 1);
        let places = whole_places(daily, pence(w.p.money.supported));
        assert_eq!(bought(&w), [places, 0]);
        assert_eq!(w.accounts.spending(0, Some(Spend::Programme)), 100_000 * i64::from(places));
        w.must_hold();
    }
}
