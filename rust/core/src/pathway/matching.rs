//! Phase 7: matching. Who gets which bed, place and team, in order of priority.

use crate::agents::{Kind, commissioner, community_team};
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
        let offers = offers(sim, i);
        let best = rank(sim, i, &offers);
        if let Some((unit, answer)) = best {
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
                let payer = usize::from(sim.commissioner(sim.case(i).area, target));
                sim.queues.spot[payer] += 1;
            }
            hold(sim, i, unit, answer != OWN, answer == SPOT);
        }
    }
    queue.retain(|i| sim.case(*i).held == NO_UNIT && sim.case(*i).queued >= 0);
    sim.queues.beds = queue;
}

/// The free beds for a case, each with the answer that taking it would be, its price and its distance.
fn offers(sim: &Sim, i: u32) -> Vec<(u16, u8, OptionRow)> {
    let c = sim.case(i);
    let (p, b) = (&sim.p.money, &sim.p.beds);
    let mine = sim.commissioner(c.area, c.target);
    let table = sim.agents.of(Kind::Commissioner);
    let contract = Contract::of(table.get(usize::from(mine), commissioner::contract));
    let price = money::price(p, c.target);
    let budget = table.get(usize::from(mine), commissioner::spot_budget) * sim.plan.mode.fraction;
    let committed = (f64::from(sim.queues.spot[usize::from(mine)]) + 1.0) * price * p.spot_premium * YEAR;
    let may_buy = committed <= budget || !sim.limited();
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
        out.push((*u, answer, row));
    }
    out
}

/// The best of the offers for the case's commissioner, if any is better than waiting.
fn rank(sim: &mut Sim, i: u32, offers: &[(u16, u8, OptionRow)]) -> Option<(u16, u8)> {
    if offers.is_empty() {
        return None;
    }
    let rows: Vec<(u8, OptionRow)> = offers.iter().map(|(_, a, r)| (*a, *r)).collect();
    let columns = sim.columns(i);
    let (area, tier) = (sim.case(i).area, sim.case(i).target);
    let who = usize::from(sim.commissioner(area, tier));
    sim.rank_placement(i, who, &columns, &rows).map(|k| (offers[k].0, offers[k].1))
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
    for i in queue {
        if sim.case(i).stage != Stage::Ready || !states::hospital(sim.case(i).place) {
            continue;
        }
        fund(sim, i);
        if sim.case(i).arranged.is_none() {
            sim.caseload.plan(i, Due::Discharge, today + again);
        }
    }
}

fn fund(sim: &mut Sim, i: u32) {
    let locked = {
        let (key, share) = (sim.key, sim.p.discharge.locked_share);
        sim.case_mut(i).draw(key, Purpose::Accommodation) < share
    };
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
    let pooled = sim.agents.of(Kind::AftercareFunder).get(usize::from(area), crate::agents::aftercare_funder::pooled);
    let mut mask = 1u32;
    let mut offers = [[0.0; OptionColumn::COUNT]; 9];
    let (mut any_place, mut any_team) = (false, false);
    for (option, row) in offers.iter_mut().enumerate() {
        let Some(o) = arrangement(option, locked) else { continue };
        let ward = Ward::of(o.place);
        let place_free = ward.is_none_or(|w| sim.wards.free(w, area));
        let needs_team = states::community(o.place);
        let team = if o.forensic { Ward::Forensic } else { Ward::Mainstream };
        let team_free = !needs_team || (sim.wards.free(team, area) && (o.forensic || !excludes));
        any_place |= place_free && needs_team;
        any_team |= team_free && needs_team;
        let allowed = place_free && team_free && (has_payer || !o.collaborative) && (needs_team || rehab);
        if allowed {
            mask |= 1 << option;
        }
        let cost = money::price(p, o.place)
            + if !needs_team {
                0.0
            } else if o.forensic {
                p.forensic
            } else {
                p.mainstream
            };
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
    let answer = sim.decide(Decision::Discharge, i, mask, &offers);
    let consent = sim.case(i).missing & readiness::lacks(Reason::Consent);
    match arrangement(usize::from(answer), locked) {
        None => {
            let mut missing = consent | readiness::lacks(Reason::Funding);
            if !any_place {
                missing |= readiness::lacks(Reason::Place);
            }
            if !any_team {
                missing |= readiness::lacks(Reason::Team);
            }
            readiness::blocked(sim, i, missing);
        }
        Some(o) => {
            let team = states::community(o.place);
            if let Some(w) = Ward::of(o.place) {
                sim.wards.take(w, area);
            }
            if team {
                sim.wards.take(if o.forensic { Ward::Forensic } else { Ward::Mainstream }, area);
            }
            let c = sim.case_mut(i);
            c.arranged = Some(o.place);
            c.arranged_forensic = o.forensic;
            c.arranged_team = team;
            c.ward_area_arranged = area;
            c.aftercare_payer = !o.collaborative;
            let needs_consent = law::restricted(c.legal) && !c.consent && c.release == NEVER;
            readiness::blocked(sim, i, if needs_consent { readiness::lacks(Reason::Consent) } else { 0 });
            if !needs_consent {
                sim.queues.leaving.push(i);
            } else if sim.case(i).asked == crate::caseload::NO_ONE {
                tribunals::ask(sim, i, tribunals::DISCHARGE);
            }
        }
    }
}
