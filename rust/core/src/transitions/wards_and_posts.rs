//! What programmes buy beside places and teams: wards of secure units, and posts in the teams that work referrals up and assess.
//!
//! A ward is opened in a unit of the area's collaborative, as if the collaborative had ordered it ([`super::wards`]); the programme
//! gives the collaborative what opening it costs, and from its opening on each day what its beds cost at the norm. When the programme
//! ends, the ward is ordered to close, and its months of notice are the collaborative's. A post is paid whether there is work or not,
//! through the area's aftercare funder; it adds to what its team can do in a week (`phases/referrals.rs`).

use crate::codes::{Place, Sex, Spend};
use crate::ids::UnitId;
use crate::law::places;
use crate::transitions::wards;
use crate::world::World;
use crate::world::programmes::{Post, Thing};

/// People who wait for a tier, by the area of their homes [persons].
pub fn waiting_for(world: &World, tier: Place) -> Vec<i32> {
    let mut found = vec![0; world.plan.areas.len()];
    for i in &world.queues.waits {
        let c = world.case(*i);
        found[usize::from(c.area)] += i32::from(c.target == tier);
    }
    found
}

/// Prisoners who wait for hospital, by the area of their homes [persons].
pub fn waiting_in_prison(world: &World) -> Vec<i32> {
    let mut found = vec![0; world.plan.areas.len()];
    for (_, c) in world.caseload.iter() {
        if c.present() && places::prison(c.place) && c.wait.is_some() {
            found[usize::from(c.area)] += 1;
        }
    }
    found
}

/// Beds of the largest ward of a tier [beds].
pub fn ward_of(world: &World, tier: Place) -> i32 {
    world.units.all.iter().filter(|u| u.tier == tier).map(|u| u.ward).max().unwrap_or(1).max(1)
}

/// The unit of an area's collaborative in which a ward of a tier opens: for the sex of which more wait there; in the area if there is one.
pub fn unit_for(world: &World, tier: Place, area: u8) -> Option<UnitId> {
    let who = world.collaborative(area);
    let queue = |sex: Sex| world.queues.pressure(who, tier, sex);
    let ids = (0..world.units.all.len() as u16).map(UnitId);
    let mine = ids.filter(|id| (world.units[*id].commissioner, world.units[*id].tier) == (who, tier));
    mine.min_by(|a, b| {
        let (x, y) = (&world.units[*a], &world.units[*b]);
        (queue(y.sex).total_cmp(&queue(x.sex))).then((x.area != area).cmp(&(y.area != area))).then(a.cmp(b))
    })
}

/// Opens a ward in a unit for a line; returns how many beds it has.
pub fn open_ward(world: &mut World, line: usize, area: u8, unit: UnitId, lead: i32) -> i32 {
    let (today, beds) = (world.today(), world.units[unit].ward.max(1));
    wards::order_opening(world, unit, beds, today + lead);
    world.programmes.lines[line].wards.push((area, unit, beds));
    beds
}

/// Orders wards of a line in an area to close, until so many of its beds are given up or none is left; returns how many are.
pub fn close_wards(world: &mut World, line: usize, area: u8, beds: i32) -> i32 {
    let mut closed = 0;
    while closed < beds {
        let wards = &mut world.programmes.lines[line].wards;
        let Some(k) = wards.iter().rposition(|(there, _, _)| *there == area) else { break };
        let (_, unit, of_ward) = wards.remove(k);
        wards::order_closing(world, unit, of_ward);
        closed += of_ward;
    }
    closed
}

/// Pays for the day of what lines have open of wards and posts.
pub fn pay(world: &mut World) {
    for k in 0..world.programmes.lines.len() {
        let thing = world.programmes.thing(k);
        if matches!(thing, Thing::Ward(_)) {
            continue;
        }
        let price = world.programmes.price(&world.p.money, k as u8);
        for area in 0..world.plan.areas.len() as u8 {
            let open = world.programmes.lines[k].areas[usize::from(area)].open;
            if open == 0 {
                continue;
            }
            let pounds = price * f64::from(open);
            let holder = match thing {
                Thing::Beds(_) | Thing::Ward(_) => world.collaborative(area).index(),
                Thing::Post(_) => world.accounts.aftercare(area),
            };
            let payer = world.programmes.payer(k as u8, area).unwrap_or(world.accounts.public());
            let spent = world.accounts.transfer(payer, holder, Spend::Programme, pounds);
            if matches!(thing, Thing::Post(_)) {
                let trust = world.units.trust(area);
                world.accounts.buy(area, holder, trust, Spend::Staff, pounds);
            }
            world.programmes.here_mut(k as u8, area).spent += spent;
        }
    }
}

/// What posts that programmes pay for add to a team's week: of an area, or of all areas of a collaborative [1/wk].
pub fn extra_week(world: &World, post: Post, within: impl Fn(u8) -> bool) -> f64 {
    let p = &world.p.money.programme;
    let each = match post {
        Post::InReach => p.in_reach_week,
        Post::Assessment => p.assessment_week,
    };
    f64::from(world.programmes.posts(post, within)) * each
}
