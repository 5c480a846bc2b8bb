//! Phase 7: matching. Who gets which bed, place and team, in order of priority.

use crate::agents::{Kind, aftercare_funder, commissioner, community_team};
use crate::asking::{Docket, FreeBed, FreeBeds};
use crate::calendar::{Day, NEVER, YEAR};
use crate::caseload::agenda::Due;
use crate::caseload::{NO_UNIT, PERSONALITY, Route};
use crate::choice::OptionRow;
use crate::codes::{Decision, Event, Label, Place, Reason, Stage};
use crate::columns::OptionColumn;
use crate::draw::Purpose;
use crate::pathway::beds::Ward;
use crate::pathway::money::{self, Contract, WEEKLY};
use crate::pathway::queues::{Queue, order};
use crate::pathway::readiness::lacks;
use crate::pathway::{admissions, law, queues, readiness, states, tribunals};
use crate::sim::Sim;

/// Answers of `placement`.
const OWN: u8 = 1;
const OTHER: u8 = 2;
const SPOT: u8 = 3;

/// Phase 7.
pub fn place(sim: &mut Sim) {
    beds(sim);
    funders(sim);
}

/// Whether a case still waits for a bed.
fn waits(sim: &Sim, i: u32) -> bool {
    let c = sim.case(i);
    if !c.present() || c.held != NO_UNIT || c.queued < 0 {
        return false;
    }
    match c.stage {
        Stage::Accepted => true,
        Stage::Ready => c.route == Route::StepDown && (!law::restricted(c.legal) || c.consent),
        _ => false,
    }
}

fn beds(sim: &mut Sim) {
    let mut queue = std::mem::take(&mut sim.queues.beds);
    queue.sort_unstable();
    queue.dedup();
    // Somebody whose consent is still to come keeps the place in the queue, but is passed over.
    queue.retain(|i| {
        let c = sim.case(*i);
        c.present() && c.held == NO_UNIT && c.queued >= 0 && matches!(c.stage, Stage::Accepted | Stage::Ready)
    });
    let mut turn: Vec<u32> = queue.iter().copied().filter(|i| waits(sim, *i)).collect();
    turn.sort_by_cached_key(|i| {
        let c = sim.case(*i);
        order(sim.key, Queue::Beds, queues::class(sim, *i), c.queued, c.person)
    });
    let mut free = FreeBeds::default();
    for i in turn {
        let (target, sex) = (sim.case(i).target, sim.case(i).sex);
        if target == Place::Picu {
            if let Some(area) = sim.wards.anywhere(Ward::Picu, sim.case(i).area) {
                sim.wards.take(Ward::Picu, area);
                hold(sim, i, u16::from(area), area != sim.case(i).area, false);
            }
            continue;
        }
        if !states::secure(target) {
            continue;
        }
        if sim.limited() && sim.units.pool(target, sex).iter().all(|u| sim.units.all[usize::from(*u)].free() <= 0) {
            continue;
        }
        let beds = offers(sim, i);
        if !beds.is_empty() {
            free.add(i, beds);
        }
    }
    let scores = sim.rank(&free);
    for (k, i) in free.cases().iter().copied().enumerate() {
        let best = free.best(k, &scores, |bed| still_free(sim, i, bed));
        if let Some(FreeBed { unit, answer, .. }) = best {
            sim.units.all[usize::from(unit)].held += 1;
            sim.event(
                i,
                Event::Decision,
                Label::NONE,
                Label::answer(Decision::Placement, answer),
                Some(Decision::Placement),
                Purpose::Placement,
            );
            if answer == SPOT {
                let payer = usize::from(sim.commissioner(sim.case(i).area, sim.case(i).target));
                sim.queues.spot[payer] += 1;
            }
            hold(sim, i, unit, answer != OWN, answer == SPOT);
        }
    }
    queue.retain(|i| sim.case(*i).held == NO_UNIT && sim.case(*i).queued >= 0);
    sim.queues.beds = queue;
}

/// Whether the case's commissioner has money for one more bed outside the contract.
fn may_buy(sim: &Sim, i: u32) -> bool {
    let c = sim.case(i);
    let mine = usize::from(sim.commissioner(c.area, c.target));
    let budget = sim.agents.of(Kind::Commissioner).get(mine, commissioner::spot_budget) * sim.plan.mode.fraction;
    let price = money::price(&sim.p.money, c.target) * sim.p.money.spot_premium;
    (f64::from(sim.queues.spot[mine]) + 1.0) * price * YEAR <= budget || !sim.limited()
}

/// Whether nobody before the case has taken a place, or the money for it, today.
fn still_free(sim: &Sim, i: u32, bed: &FreeBed) -> bool {
    let free = sim.units.all[usize::from(bed.unit)].free() > 0 || !sim.limited();
    free && (bed.answer != SPOT || may_buy(sim, i))
}

/// The free beds for a case, each with the answer that taking it would be, its price and its distance.
fn offers(sim: &Sim, i: u32) -> Vec<FreeBed> {
    let c = sim.case(i);
    let (p, b) = (&sim.p.money, &sim.p.beds);
    let mine = sim.commissioner(c.area, c.target);
    let table = sim.agents.of(Kind::Commissioner);
    let contract = Contract::of(table.get(usize::from(mine), commissioner::contract));
    let price = money::price(p, c.target);
    let may_buy = may_buy(sim, i);
    let region = sim.plan.areas[usize::from(c.area)].region;
    let mut out = Vec::new();
    for u in sim.units.pool(c.target, c.sex) {
        let unit = &sim.units.all[usize::from(*u)];
        if sim.limited() && unit.free() <= 0 {
            continue;
        }
        let (answer, pounds) = if unit.commissioner == mine {
            (OWN, money::own_bed(p, contract, price))
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
fn hold(sim: &mut Sim, i: u32, bed: u16, other: bool, spot: bool) {
    let c = sim.case_mut(i);
    c.held = bed;
    c.held_ward = c.target == Place::Picu;
    c.held_other = other;
    c.held_spot = spot;
    if c.stage == Stage::Ready {
        readiness::blocked(sim, i, 0);
        admissions::plan_admission(sim, i);
        return;
    }
    let warrant = c.route == Route::Prison && states::prison(c.place) && c.ordered.is_none();
    sim.set_stage(i, Stage::BedHeld);
    if !warrant {
        admissions::plan_admission(sim, i);
    } else if sim.case(i).reports_in {
        tribunals::apply_for_warrant(sim, i);
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
fn funders(sim: &mut Sim) {
    let today = sim.today();
    let again = sim.p.discharge.again as Day;
    for i in sim.take_due(Due::Discharge) {
        if sim.case(i).stage == Stage::Ready && sim.case(i).arranged.is_none() {
            sim.queues.ready.push(i);
        }
    }
    let mut queue = std::mem::take(&mut sim.queues.ready);
    queue.sort_by_cached_key(|i| {
        let c = sim.case(*i);
        order(sim.key, Queue::Ready, 0, c.ready, c.person)
    });
    let mut docket = Docket::new(Decision::Discharge);
    let mut kinds = Vec::new();
    for i in queue {
        if sim.case(i).stage != Stage::Ready || !states::hospital(sim.case(i).place) {
            continue;
        }
        let (key, share) = (sim.key, sim.p.discharge.locked_share);
        let locked = sim.case_mut(i).draw(key, Purpose::Accommodation) < share;
        let fundable = fundable(sim, i, locked);
        docket.add_with(i, fundable.mask, &fundable.offers);
        kinds.push((locked, fundable.missing));
    }
    let answers = sim.ask(&docket);
    for ((i, (locked, missing)), answer) in docket.cases().iter().copied().zip(kinds).zip(answers) {
        match arrangement(usize::from(answer), locked) {
            None => {
                let consent = sim.case(i).missing & lacks(Reason::Consent);
                readiness::blocked(sim, i, consent | missing);
                sim.caseload.plan(i, Due::Discharge, today + again);
            }
            Some(offer) if takeable(sim, i, &offer) => arrange(sim, i, &offer),
            // Somebody before has taken the last place or team today.
            Some(_) => sim.caseload.plan(i, Due::Discharge, today + 1),
        }
    }
}

/// What could be paid for: options, what each is to its funder, and what is missing where none is taken.
struct Fundable {
    mask: u32,
    offers: [OptionRow; 9],
    missing: u8,
}

fn fundable(sim: &Sim, i: u32, locked: bool) -> Fundable {
    let c = sim.case(i);
    let (area, from, spot) = (c.area, c.place, c.spot);
    let excludes = sim.agents.of(Kind::CommunityTeam).get(usize::from(area), community_team::excludes_pd) > 0.0
        && c.primary == PERSONALITY
        && sim.lever("personality_disorder_inclusion", area) <= 0.0;
    let rehab = matches!(from, Place::Medium | Place::Low)
        && !matches!(c.legal, crate::codes::Legal::S37S41 | crate::codes::Legal::Cpia);
    let has_payer = states::secure(from);
    let p = &sim.p.money;
    let who = usize::from(sim.commissioner(area, from));
    let table = sim.agents.of(Kind::Commissioner);
    let contract = Contract::of(table.get(who, commissioner::contract));
    let gain = table.get(who, commissioner::gain_share);
    let released = money::release(p, contract, gain, money::price(p, from), spot);
    let pooled = sim.agents.of(Kind::AftercareFunder).get(usize::from(area), aftercare_funder::pooled);
    let mut mask = 1u32;
    let mut offers = [[0.0; OptionColumn::COUNT]; 9];
    let (mut any_place, mut any_team, mut any_money) = (false, false, false);
    for (option, row) in offers.iter_mut().enumerate() {
        let Some(o) = arrangement(option, locked) else { continue };
        let ward = Ward::of(o.place);
        let place_free = ward.is_none_or(|w| sim.wards.free(w, area));
        let needs_team = states::community(o.place);
        let team = if o.forensic { Ward::Forensic } else { Ward::Mainstream };
        let team_free = !needs_team || (sim.wards.free(team, area) && (o.forensic || !excludes));
        any_place |= place_free && needs_team && ward.is_some();
        any_team |= team_free && needs_team;
        let cost = money::price(p, o.place)
            + if !needs_team {
                0.0
            } else if o.forensic {
                p.forensic
            } else {
                p.mainstream
            };
        let payable = if o.collaborative { has_payer } else { may_fund(sim, area, cost) };
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
            money::price(p, from)
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
fn may_fund(sim: &Sim, area: u8, cost: f64) -> bool {
    let p = &sim.p.money;
    let prices = [
        (Ward::Supported, p.supported),
        (Ward::OpenRehab, p.rehab),
        (Ward::LockedRehab, p.rehab),
        (Ward::Forensic, p.forensic),
        (Ward::Mainstream, p.mainstream),
    ];
    let taken: f64 = prices.iter().map(|(ward, price)| f64::from(sim.wards.used_in(*ward, area)) * price).sum();
    let budget = sim.agents.of(Kind::AftercareFunder).get(usize::from(area), aftercare_funder::budget);
    (taken + cost) * YEAR <= budget * sim.plan.mode.fraction || !sim.limited()
}

/// The team that an arrangement needs, if it needs one.
fn team(offer: &Offer) -> Option<Ward> {
    let kind = if offer.forensic { Ward::Forensic } else { Ward::Mainstream };
    states::community(offer.place).then_some(kind)
}

/// Whether place and team are still there.
fn takeable(sim: &Sim, i: u32, offer: &Offer) -> bool {
    let wards = [Ward::of(offer.place), team(offer)];
    wards.into_iter().flatten().all(|w| sim.wards.free(w, sim.case(i).area))
}

/// Takes place and team, and asks for what is still missing.
fn arrange(sim: &mut Sim, i: u32, offer: &Offer) {
    let area = sim.case(i).area;
    for ward in [Ward::of(offer.place), team(offer)].into_iter().flatten() {
        sim.wards.take(ward, area);
    }
    let c = sim.case_mut(i);
    c.arranged = Some(offer.place);
    c.arranged_forensic = offer.forensic;
    c.arranged_team = team(offer).is_some();
    c.ward_area_arranged = area;
    c.aftercare_payer = !offer.collaborative;
    let needs_consent = law::restricted(c.legal) && !c.consent && c.release == NEVER;
    readiness::blocked(sim, i, if needs_consent { lacks(Reason::Consent) } else { 0 });
    if !needs_consent {
        sim.queues.leaving.push(i);
    } else if sim.case(i).asked == crate::caseload::NO_ONE {
        tribunals::ask(sim, i, tribunals::DISCHARGE);
    }
}
