//! Phase 7: matching. Who gets which bed, place and team, in order of priority.

use crate::agents::{Kind, aftercare_funder, commissioner, community_team};
use crate::calendar::{Day, NEVER, YEAR};
use crate::caseload::agenda::Due;
use crate::caseload::{NO_ONE, NO_UNIT, PERSONALITY, Route};
use crate::choices::choice::OptionRow;
use crate::choices::columns::OptionColumn;
use crate::codes::{Decision, Event, Label, Legal, Place, Reason, Stage};
use crate::decisions::ask::{Docket, FreeBed, FreeBeds};
use crate::draw::Purpose;
use crate::law::places;
use crate::levers::Lever;
use crate::transitions::readiness::lacks;
use crate::transitions::{readiness, waiting};
use crate::world::accounts::{Contract, WEEKLY};
use crate::world::capacity::Ward;
use crate::world::priority::{Queue, order};
use crate::world::{World, accounts, priority};
use crate::{law, requests};

/// Answers of `placement`.
const OWN: u8 = 1;
const OTHER: u8 = 2;
const SPOT: u8 = 3;

/// Phase 7.
pub fn place(world: &mut World) {
    beds(world);
    funders(world);
}

/// Whether a case still waits for a bed.
fn waits(world: &World, i: u32) -> bool {
    let c = world.case(i);
    if !c.present() || c.held != NO_UNIT || c.queued < 0 {
        return false;
    }
    match c.stage {
        Stage::Accepted => true,
        Stage::Ready => c.route == Route::StepDown && (!law::restricted(c.legal) || c.consent),
        _ => false,
    }
}

fn beds(world: &mut World) {
    let mut queue = std::mem::take(&mut world.queues.beds);
    queue.sort_unstable();
    queue.dedup();
    // Somebody whose consent is still to come keeps the place in the queue, but is passed over.
    queue.retain(|i| {
        let c = world.case(*i);
        c.present() && c.held == NO_UNIT && c.queued >= 0 && matches!(c.stage, Stage::Accepted | Stage::Ready)
    });
    let mut turn: Vec<u32> = queue.iter().copied().filter(|i| waits(world, *i)).collect();
    turn.sort_by_cached_key(|i| {
        let c = world.case(*i);
        order(world.key, Queue::Beds, priority::class(world, *i), c.queued, c.person)
    });
    let mut free = FreeBeds::default();
    for i in turn {
        let (target, sex) = (world.case(i).target, world.case(i).sex);
        if target == Place::Picu {
            if let Some(area) = world.wards.anywhere(Ward::Picu, world.case(i).area) {
                world.wards.take(Ward::Picu, area);
                hold(world, i, u16::from(area), area != world.case(i).area, false);
            }
            continue;
        }
        if !places::secure(target) {
            continue;
        }
        if world.limited() && world.units.pool(target, sex).iter().all(|u| world.units.all[usize::from(*u)].free() <= 0)
        {
            continue;
        }
        let beds = offers(world, i);
        if !beds.is_empty() {
            free.add(i, beds);
        }
    }
    let scores = world.rank(&free);
    for (k, i) in free.cases().iter().copied().enumerate() {
        let best = free.best(k, &scores, |bed| still_free(world, i, bed));
        if let Some(FreeBed { unit, answer, .. }) = best {
            world.units.all[usize::from(unit)].held += 1;
            world.event(
                i,
                Event::Decision,
                Label::NONE,
                Label::answer(Decision::Placement, answer),
                Some(Decision::Placement),
                Purpose::Placement,
            );
            if answer == SPOT {
                let payer = usize::from(world.commissioner(world.case(i).area, world.case(i).target));
                world.queues.spot[payer] += 1;
            }
            hold(world, i, unit, answer != OWN, answer == SPOT);
        }
    }
    queue.retain(|i| world.case(*i).held == NO_UNIT && world.case(*i).queued >= 0);
    world.queues.beds = queue;
}

/// Whether the case's commissioner has money for one more bed outside the contract.
fn may_buy(world: &World, i: u32) -> bool {
    let c = world.case(i);
    let mine = usize::from(world.commissioner(c.area, c.target));
    let budget = world.agents.of(Kind::Commissioner).get(mine, commissioner::spot_budget) * world.plan.mode.fraction;
    let price = accounts::price(&world.p.money, c.target) * world.p.money.spot_premium;
    (f64::from(world.queues.spot[mine]) + 1.0) * price * YEAR <= budget || !world.limited()
}

/// Whether nobody before the case has taken a place, or the money for it, today.
fn still_free(world: &World, i: u32, bed: &FreeBed) -> bool {
    let free = world.units.all[usize::from(bed.unit)].free() > 0 || !world.limited();
    free && (bed.answer != SPOT || may_buy(world, i))
}

/// The free beds for a case, each with the answer that taking it would be, its price and its distance.
fn offers(world: &World, i: u32) -> Vec<FreeBed> {
    let c = world.case(i);
    let (p, b) = (&world.p.money, &world.p.beds);
    let mine = world.commissioner(c.area, c.target);
    let table = world.agents.of(Kind::Commissioner);
    let contract = Contract::of(table.get(usize::from(mine), commissioner::contract));
    let price = accounts::price(p, c.target);
    let may_buy = may_buy(world, i);
    let region = world.plan.areas[usize::from(c.area)].region;
    let mut out = Vec::new();
    for u in world.units.pool(c.target, c.sex) {
        let unit = &world.units.all[usize::from(*u)];
        if world.limited() && unit.free() <= 0 {
            continue;
        }
        let (answer, pounds) = if unit.commissioner == mine {
            (OWN, accounts::own_bed(p, contract, price))
        } else if unit.independent && may_buy {
            (SPOT, price * p.spot_premium)
        } else {
            (OTHER, price)
        };
        let distance = if unit.area == c.area {
            0.0
        } else if unit.commissioner == mine && c.target != Place::High {
            b.distance_collaborative
        } else if unit.region == region {
            b.distance_region
        } else {
            b.distance_elsewhere
        };
        let mut row: OptionRow = [0.0; OptionColumn::COUNT];
        row[OptionColumn::Price as usize] = pounds * WEEKLY;
        row[OptionColumn::Distance as usize] = distance;
        row[OptionColumn::Free as usize] = 1.0;
        out.push(FreeBed { unit: *u, answer, row });
    }
    out
}

/// Offers and holds a bed.
fn hold(world: &mut World, i: u32, bed: u16, other: bool, spot: bool) {
    let c = world.case_mut(i);
    c.held = bed;
    c.held_ward = c.target == Place::Picu;
    c.held_other = other;
    c.held_spot = spot;
    if c.stage == Stage::Ready {
        readiness::blocked(world, i, 0);
        requests::admission(world, i);
        return;
    }
    let warrant = c.route == Route::Prison && places::prison(c.place) && c.ordered.is_none();
    world.set_stage(i, Stage::BedHeld);
    if !warrant {
        requests::admission(world, i);
    } else if world.case(i).reports_in {
        waiting::apply_for_warrant(world, i);
    }
}

/// What an answer to `discharge` arranges: who pays, where, with which team.
struct Offer {
    collaborative: bool,
    place: Place,
    forensic: bool,
}

/// The answers to `discharge`, in order of option; the first is "not yet".
fn arrangement(option: usize, locked: bool) -> Option<Offer> {
    let offer = |collaborative, place, forensic| Some(Offer { collaborative, place, forensic });
    match option {
        1 => offer(true, Place::Home, true),
        2 => offer(true, Place::Supported, true),
        3 => offer(true, Place::Supported, false),
        4 => offer(false, Place::Home, true),
        5 => offer(false, Place::Home, false),
        6 => offer(false, Place::Supported, true),
        7 => offer(false, Place::Supported, false),
        8 => offer(false, if locked { Place::LockedRehab } else { Place::OpenRehab }, false),
        _ => None,
    }
}

/// Funders look at those who are ready: who pays for which place and which team, or not yet.
fn funders(world: &mut World) {
    let today = world.today();
    let again = world.p.discharge.again as Day;
    for i in world.take_due(Due::Discharge) {
        if world.case(i).stage == Stage::Ready && world.case(i).arranged.is_none() {
            world.queues.ready.push(i);
        }
    }
    let mut queue = std::mem::take(&mut world.queues.ready);
    queue.sort_by_cached_key(|i| {
        let c = world.case(*i);
        order(world.key, Queue::Ready, 0, c.ready, c.person)
    });
    let mut docket = Docket::new(Decision::Discharge);
    let mut kinds = Vec::new();
    for i in queue {
        if world.case(i).stage != Stage::Ready || !places::hospital(world.case(i).place) {
            continue;
        }
        let (key, share) = (world.key, world.p.discharge.locked_share);
        let locked = world.case_mut(i).draw(key, Purpose::Accommodation) < share;
        let fundable = fundable(world, i, locked);
        docket.add_with(i, fundable.mask, &fundable.offers);
        kinds.push((locked, fundable.missing));
    }
    let answers = world.ask(&docket);
    for ((i, (locked, missing)), answer) in docket.cases().iter().copied().zip(kinds).zip(answers) {
        match arrangement(usize::from(answer), locked) {
            None => {
                let consent = world.case(i).missing & lacks(Reason::Consent);
                readiness::blocked(world, i, consent | missing);
                world.caseload.plan(i, Due::Discharge, today + again);
            }
            Some(offer) if takeable(world, i, &offer) => arrange(world, i, &offer),
            // Somebody before has taken the last place or team today.
            Some(_) => world.caseload.plan(i, Due::Discharge, today + 1),
        }
    }
}

/// What could be paid for: options, what each is to its funder, and what is missing where none is taken.
struct Fundable {
    mask: u32,
    offers: [OptionRow; 9],
    missing: u8,
}

fn fundable(world: &World, i: u32, locked: bool) -> Fundable {
    let c = world.case(i);
    let (area, from, spot) = (c.area, c.place, c.spot);
    let excludes = world.agents.of(Kind::CommunityTeam).get(usize::from(area), community_team::excludes_pd) > 0.0
        && c.primary == PERSONALITY
        && world.lever(Lever::PersonalityDisorderInclusion, area) <= 0.0;
    let rehab = matches!(from, Place::Medium | Place::Low) && !matches!(c.legal, Legal::S37S41 | Legal::Cpia);
    let has_payer = places::secure(from);
    let p = &world.p.money;
    let who = usize::from(world.commissioner(area, from));
    let table = world.agents.of(Kind::Commissioner);
    let contract = Contract::of(table.get(who, commissioner::contract));
    let gain = table.get(who, commissioner::gain_share);
    let released = accounts::release(p, contract, gain, accounts::price(p, from), spot);
    let pooled = world.agents.of(Kind::AftercareFunder).get(usize::from(area), aftercare_funder::pooled);
    let mut mask = 1u32;
    let mut offers = [[0.0; OptionColumn::COUNT]; 9];
    let (mut any_place, mut any_team, mut any_money) = (false, false, false);
    for (option, row) in offers.iter_mut().enumerate() {
        let Some(o) = arrangement(option, locked) else { continue };
        let ward = Ward::of(o.place);
        let place_free = ward.is_none_or(|w| world.wards.free(w, area));
        let needs_team = places::community(o.place);
        let team = if o.forensic { Ward::Forensic } else { Ward::Mainstream };
        let team_free = !needs_team || (world.wards.free(team, area) && (o.forensic || !excludes));
        any_place |= place_free && needs_team && ward.is_some();
        any_team |= team_free && needs_team;
        let cost = accounts::price(p, o.place)
            + if !needs_team {
                0.0
            } else if o.forensic {
                p.forensic
            } else {
                p.mainstream
            };
        let payable = if o.collaborative { has_payer } else { may_fund(world, area, cost) };
        any_money |= payable && needs_team;
        let allowed = place_free && team_free && payable && (needs_team || rehab);
        if allowed {
            mask |= 1 << option;
        }
        // An aftercare funder releases a ward's own bed, or the collaborative's where budgets are pooled.
        let gains = if o.collaborative {
            released
        } else if has_payer {
            pooled * released
        } else {
            accounts::price(p, from)
        };
        row[OptionColumn::Release as usize] = gains * WEEKLY;
        row[OptionColumn::Cost as usize] = cost * WEEKLY;
        row[OptionColumn::Free as usize] = f64::from(u8::from(allowed));
    }
    // Whoever isn't sent to a home of their own waits for a supported one: where there is none, that; where there is, who pays.
    let mut missing = if any_place { lacks(Reason::Funding) } else { lacks(Reason::Place) };
    if !any_money {
        missing |= lacks(Reason::Funding);
    }
    if !any_team {
        missing |= lacks(Reason::Team);
    }
    Fundable { mask, offers, missing }
}

/// Whether an area's aftercare funder has money for `cost` [£/d] beside the places and teams that are taken there.
fn may_fund(world: &World, area: u8, cost: f64) -> bool {
    let p = &world.p.money;
    let prices = [
        (Ward::Supported, p.supported),
        (Ward::OpenRehab, p.rehab),
        (Ward::LockedRehab, p.rehab),
        (Ward::Forensic, p.forensic),
        (Ward::Mainstream, p.mainstream),
    ];
    let taken: f64 = prices.iter().map(|(ward, price)| f64::from(world.wards.used_in(*ward, area)) * price).sum();
    let budget = world.agents.of(Kind::AftercareFunder).get(usize::from(area), aftercare_funder::budget);
    (taken + cost) * YEAR <= budget * world.plan.mode.fraction || !world.limited()
}

/// The team that an arrangement needs, if it needs one.
fn team(offer: &Offer) -> Option<Ward> {
    let kind = if offer.forensic { Ward::Forensic } else { Ward::Mainstream };
    places::community(offer.place).then_some(kind)
}

/// Whether place and team are still there.
fn takeable(world: &World, i: u32, offer: &Offer) -> bool {
    let wards = [Ward::of(offer.place), team(offer)];
    wards.into_iter().flatten().all(|w| world.wards.free(w, world.case(i).area))
}

/// Takes place and team, and asks for what is still missing.
fn arrange(world: &mut World, i: u32, offer: &Offer) {
    let area = world.case(i).area;
    for ward in [Ward::of(offer.place), team(offer)].into_iter().flatten() {
        world.wards.take(ward, area);
    }
    let c = world.case_mut(i);
    c.arranged = Some(offer.place);
    c.arranged_forensic = offer.forensic;
    c.arranged_team = team(offer).is_some();
    c.ward_area_arranged = area;
    c.aftercare_payer = !offer.collaborative;
    let needs_consent = law::restricted(c.legal) && !c.consent && c.release == NEVER;
    readiness::blocked(world, i, if needs_consent { lacks(Reason::Consent) } else { 0 });
    if !needs_consent {
        world.queues.leaving.push(i);
    } else if world.case(i).asked == NO_ONE {
        requests::ministry(world, i, requests::DISCHARGE);
    }
}
