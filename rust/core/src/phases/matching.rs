//! Phase 7: matching. Who gets which bed, place and team, in order of priority.
//!
//! Beds first ([`place_in_beds`]): commissioners rank the beds that are free for each person in the queue. Then the way out
//! ([`ask_funders`]): funders are asked of each patient who is ready which of the arrangements that are open they pay for.

use enumset::EnumSet;

use crate::agents::{Kind, aftercare_funder, commissioner, community_team};
use crate::calendar::{Day, Days, YEAR};
use crate::caseload::agenda::Due;
use crate::caseload::{Arrangement, Bed, Case, HeldBed, Team};
use crate::choices::columns::OptionColumn;
use crate::choices::view::OptionRow;
use crate::codes::{
    AskedFor, Decision, Diagnosis, Discharge, Event, Label, Legal, Place, Placement, Purpose, Question, Reason, Route,
    Stage,
};
use crate::decisions::queue::{DecisionQueue, FreeBed, FreeBeds};
use crate::ids::{CaseId, UnitId};
use crate::law::{self, places};
use crate::levers::Lever;
use crate::requests;
use crate::transitions::{readiness, waiting};
use crate::world::accounts::WEEKLY;
use crate::world::capacity::Ward;
use crate::world::priority::{Queue, order};
use crate::world::{World, accounts, priority};

/// Phase 7.
pub fn place(world: &mut World) {
    place_in_beds(world);
    ask_funders(world);
}

/// Whether a case is in the queue for a bed, though its turn may not have come.
fn queues(c: &Case) -> bool {
    c.present() && c.held.is_none() && c.queued().is_some() && matches!(c.stage, Stage::Accepted | Stage::Ready)
}

/// Whether a case in the queue may have a bed today: somebody whose consent is still to come is passed over.
fn waits(c: &Case) -> bool {
    let step_down = c.route == Route::StepDown && (!law::restricted(c.legal) || c.readiness.consent);
    queues(c) && (c.stage == Stage::Accepted || step_down)
}

/// Those whose turn it is, in order of priority.
fn turn(world: &World, queue: &[CaseId]) -> Vec<CaseId> {
    let mut turn: Vec<CaseId> = queue.iter().copied().filter(|i| waits(world.case(*i))).collect();
    turn.sort_by_cached_key(|i| {
        let c = world.case(*i);
        order(world.key, Queue::Beds, priority::class(world, *i), c.queued().unwrap_or(Day::MAX), c.person)
    });
    turn
}

/// Gives free beds to those who wait for one, in order of priority.
fn place_in_beds(world: &mut World) {
    let mut queue = std::mem::take(&mut world.queues.beds);
    queue.sort_unstable();
    queue.dedup();
    queue.retain(|i| queues(world.case(*i)));
    let mut free = FreeBeds::default();
    for i in turn(world, &queue) {
        let c = world.case(i);
        let (target, sex, area) = (c.target, c.sex, c.area);
        if target == Place::Picu {
            if let Some(ward) = world.wards.anywhere(Ward::Picu, area) {
                world.wards.take(Ward::Picu, ward);
                hold(world, i, HeldBed { bed: Bed::Picu { area: ward }, other: ward != area, spot: false });
            }
        } else if places::secure(target) && any_free(world, target, sex) {
            let beds = offers(world, i);
            if !beds.is_empty() {
                free.add(i, beds);
            }
        }
    }
    give_out(world, &free);
    queue.retain(|i| world.case(*i).held.is_none() && world.case(*i).queued().is_some());
    world.queues.beds = queue;
}

/// Whether any unit of a tier and sex has a free bed.
fn any_free(world: &World, tier: Place, sex: crate::codes::Sex) -> bool {
    !world.limited() || world.units.pool(tier, sex).iter().any(|u| world.units[*u].free() > 0)
}

/// Gives each the best bed that nobody before has taken, if any is better than waiting.
fn give_out(world: &mut World, free: &FreeBeds) {
    let scores = world.rank(free);
    for (k, i) in free.cases().iter().copied().enumerate() {
        let Some(FreeBed { unit, answer, .. }) = free.best(k, &scores, |bed| still_free(world, i, bed)) else {
            continue;
        };
        world.units[unit].held += 1;
        let said = Label::of(answer);
        world.event(i, Event::Decision, Label::NONE, said, Some(Decision::Placement), Purpose::Placement);
        let spot = answer == Placement::Spot;
        if spot {
            let payer = world.commissioner(world.case(i).area, world.case(i).target);
            world.queues.spot[payer.index()] += 1;
        }
        hold(world, i, HeldBed { bed: Bed::Unit(unit), other: answer != Placement::Own, spot });
    }
}

/// Offers and holds a bed.
fn hold(world: &mut World, i: CaseId, held: HeldBed) {
    if world.case(i).stage == Stage::Ready {
        readiness::set_missing(world, i, EnumSet::empty());
    }
    waiting::hold(world, i, held);
}

/// Whether the case's commissioner has money for one more bed outside the contract.
fn may_buy(world: &World, i: CaseId) -> bool {
    let c = world.case(i);
    let mine = world.commissioner(c.area, c.target).index();
    let budget = world.agents.of(Kind::Commissioner).get(mine, commissioner::spot_budget) * world.plan.mode.fraction;
    let price = accounts::price(&world.p.money, c.target) * world.p.money.spot_premium;
    (f64::from(world.queues.spot[mine]) + 1.0) * price * YEAR <= budget || !world.limited()
}

/// Whether nobody before the case has taken a place, or the money for it, today.
fn still_free(world: &World, i: CaseId, bed: &FreeBed) -> bool {
    let free = world.units[bed.unit].free() > 0 || !world.limited();
    free && (bed.answer != Placement::Spot || may_buy(world, i))
}

/// The free beds for a case, each with the answer that taking it would be, its price and its distance.
fn offers(world: &World, i: CaseId) -> Vec<FreeBed> {
    let c = world.case(i);
    let p = &world.p.money;
    let mine = world.commissioner(c.area, c.target);
    let table = world.agents.of(Kind::Commissioner);
    let contract = accounts::contract(table.get(mine.index(), commissioner::contract));
    let price = accounts::price(p, c.target);
    let may_buy = may_buy(world, i);
    let mut out = Vec::new();
    for id in world.units.pool(c.target, c.sex) {
        let unit = &world.units[*id];
        if world.limited() && unit.free() <= 0 {
            continue;
        }
        let (answer, pounds) = if unit.commissioner == mine {
            (Placement::Own, accounts::own_bed(p, contract, price))
        } else if unit.independent && may_buy {
            (Placement::Spot, price * p.spot_premium)
        } else {
            (Placement::Other, price)
        };
        let mut row: OptionRow = [0.0; OptionColumn::COUNT];
        row[OptionColumn::Price as usize] = pounds * WEEKLY;
        row[OptionColumn::Distance as usize] = distance(world, c, *id);
        row[OptionColumn::Free as usize] = 1.0;
        out.push(FreeBed { unit: *id, answer, row });
    }
    out
}

/// How far a unit is from a person's home area [share].
fn distance(world: &World, c: &Case, unit: UnitId) -> f64 {
    let (u, p) = (&world.units[unit], &world.p.beds);
    let mine = world.commissioner(c.area, c.target);
    if u.area == c.area {
        0.0
    } else if u.commissioner == mine && c.target != Place::High {
        p.distance_collaborative
    } else if u.region == world.plan.areas[usize::from(c.area)].region {
        p.distance_region
    } else {
        p.distance_elsewhere
    }
}

/// What an answer to `discharge` arranges: who pays, where, with which team.
#[derive(Clone, Copy)]
struct Offer {
    collaborative: bool,
    place: Place,
    team: Option<Team>,
}

/// What each answer to `discharge` arranges; a rehabilitation ward is a locked one for some.
fn offer(answer: Discharge, locked: bool) -> Option<Offer> {
    let of = |collaborative, place, team| Some(Offer { collaborative, place, team });
    let (forensic, mainstream) = (Some(Team::Forensic), Some(Team::Mainstream));
    match answer {
        Discharge::NotYet => None,
        Discharge::CollaborativeHomeForensic => of(true, Place::Home, forensic),
        Discharge::CollaborativeSupportedForensic => of(true, Place::Supported, forensic),
        Discharge::CollaborativeSupportedMainstream => of(true, Place::Supported, mainstream),
        Discharge::AftercareHomeForensic => of(false, Place::Home, forensic),
        Discharge::AftercareHomeMainstream => of(false, Place::Home, mainstream),
        Discharge::AftercareSupportedForensic => of(false, Place::Supported, forensic),
        Discharge::AftercareSupportedMainstream => of(false, Place::Supported, mainstream),
        Discharge::AftercareRehabilitation if locked => of(false, Place::LockedRehab, None),
        Discharge::AftercareRehabilitation => of(false, Place::OpenRehab, None),
    }
}

/// Funders look at those who are ready: who pays for which place and which team, or not yet.
fn ask_funders(world: &mut World) {
    for i in world.take_due(Due::Discharge) {
        if world.case(i).stage == Stage::Ready && world.case(i).readiness.arranged.is_none() {
            world.queues.ready.push(i);
        }
    }
    let mut queue = std::mem::take(&mut world.queues.ready);
    queue.sort_by_cached_key(|i| {
        let c = world.case(*i);
        order(world.key, Queue::Ready, 0, c.readiness.since.unwrap_or(-1), c.person)
    });
    let mut asked = DecisionQueue::new();
    let mut kinds = Vec::new();
    for i in queue {
        if world.case(i).stage != Stage::Ready || !places::hospital(world.case(i).place) {
            continue;
        }
        let locked = world.draw(i, Purpose::Locked) < world.p.discharge.locked_share;
        let fundable = fundable(world, i, locked);
        asked.add_with(i, fundable.allowed, &fundable.offers);
        kinds.push((locked, fundable.missing));
    }
    let answers = world.ask(&asked);
    for ((i, (locked, missing)), answer) in asked.cases().iter().copied().zip(kinds).zip(answers) {
        match offer(answer, locked).map(|offer| arrangement(world.case(i), offer)) {
            None => {
                let consent = world.case(i).readiness.missing & EnumSet::only(Reason::Consent);
                readiness::set_missing(world, i, consent | missing);
                world.schedule_in(i, Due::Discharge, Days::rounded_up(world.p.discharge.again));
            }
            Some(to) if takeable(world, &to) => arrange(world, i, to),
            // Somebody before has taken the last place or team today.
            Some(_) => world.schedule_in(i, Due::Discharge, Days::ONE),
        }
    }
}

/// What could be paid for: answers, what each is to its funder, and what is missing where none is taken.
struct Fundable {
    allowed: EnumSet<Discharge>,
    offers: [OptionRow; Discharge::ALL.len()],
    missing: EnumSet<Reason>,
}

/// Looks at each arrangement: whether there is a place, a team and money for it, and what it gains and costs its funder.
fn fundable(world: &World, i: CaseId, locked: bool) -> Fundable {
    let (c, p) = (world.case(i), &world.p.money);
    let rehabilitation = may_go_to_rehabilitation(c);
    let has_payer = places::secure(c.place);
    let (released, pooled) = (released(world, c), pooled(world, c.area));
    let mut found = Fundable {
        allowed: EnumSet::only(Discharge::NotYet),
        offers: [[0.0; OptionColumn::COUNT]; Discharge::ALL.len()],
        missing: EnumSet::empty(),
    };
    let (mut any_place, mut any_team, mut any_money) = (false, false, false);
    for answer in Discharge::ALL {
        let Some(o) = offer(*answer, locked) else { continue };
        let (ward, home) = (Ward::of(o.place), places::community(o.place));
        let place_free = ward.is_none_or(|w| world.wards.free(w, c.area));
        let team_free = o.team.is_none_or(|team| accepts(world, c, team));
        any_place |= place_free && home && ward.is_some();
        any_team |= team_free && home;
        let cost = accounts::price(p, o.place) + o.team.map_or(0.0, |team| accounts::team_price(p, team));
        let payable = if o.collaborative { has_payer } else { may_fund(world, c.area, cost) };
        any_money |= payable && home;
        let allowed = place_free && team_free && payable && (home || rehabilitation);
        if allowed {
            found.allowed |= *answer;
        }
        // An aftercare funder releases a ward's own bed, or the collaborative's where budgets are pooled.
        let gains = if o.collaborative {
            released
        } else if has_payer {
            pooled * released
        } else {
            accounts::price(p, c.place)
        };
        let row = &mut found.offers[usize::from(answer.code())];
        row[OptionColumn::Release as usize] = gains * WEEKLY;
        row[OptionColumn::Cost as usize] = cost * WEEKLY;
        row[OptionColumn::Free as usize] = f64::from(u8::from(allowed));
    }
    // Whoever isn't sent to a home of their own waits for a supported one: where there is none, that; where there is, who pays.
    found.missing |= if any_place { Reason::Funding } else { Reason::Place };
    if !any_money {
        found.missing |= Reason::Funding;
    }
    if !any_team {
        found.missing |= Reason::Team;
    }
    found
}

/// Whether a patient may leave for a rehabilitation ward: from medium or low secure care, unless the order restricts it.
pub(crate) fn may_go_to_rehabilitation(c: &Case) -> bool {
    let restricted = matches!(c.legal, Legal::S37S41 | Legal::Cpia);
    let open = places::properties(Place::OpenRehab).restricted;
    matches!(c.place, Place::Medium | Place::Low) && (open || !restricted)
}

/// What the person's leaving releases to the commissioner of the bed [£/d].
fn released(world: &World, c: &Case) -> f64 {
    let p = &world.p.money;
    let who = world.commissioner(c.area, c.place).index();
    let table = world.agents.of(Kind::Commissioner);
    let contract = accounts::contract(table.get(who, commissioner::contract));
    let gain = table.get(who, commissioner::gain_share);
    accounts::release(p, contract, gain, accounts::price(p, c.place), c.placement.spot)
}

/// Share of what a collaborative's bed releases that an area's aftercare funder has, where budgets are pooled [share].
fn pooled(world: &World, area: u8) -> f64 {
    world.agents.of(Kind::AftercareFunder).get(usize::from(area), aftercare_funder::pooled)
}

/// Whether a community team of the area has room for a person, and takes people like that.
fn accepts(world: &World, c: &Case, team: Team) -> bool {
    let excludes = world.agents.of(Kind::CommunityTeam).get(usize::from(c.area), community_team::excludes_pd) > 0.0
        && c.primary == Diagnosis::Personality
        && world.lever(Lever::PersonalityDisorderInclusion, c.area) <= 0.0;
    world.wards.free(readiness::ward_of(team), c.area) && (team == Team::Forensic || !excludes)
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

/// What an offer arranges for a person, in the home area.
fn arrangement(c: &Case, offer: Offer) -> Arrangement {
    Arrangement { place: offer.place, area: c.area, team: offer.team, aftercare_pays: !offer.collaborative }
}

/// Whether place and team are still there.
fn takeable(world: &World, to: &Arrangement) -> bool {
    readiness::wards(to).into_iter().flatten().all(|w| world.wards.free(w, to.area))
}

/// Takes place and team, and asks for what is still missing.
fn arrange(world: &mut World, i: CaseId, to: Arrangement) {
    readiness::arrange(world, i, to);
    let c = world.case(i);
    let needs_consent = law::restricted(c.legal) && !c.readiness.consent && !c.sentenced();
    let missing = if needs_consent { EnumSet::only(Reason::Consent) } else { EnumSet::empty() };
    readiness::set_missing(world, i, missing);
    if !needs_consent {
        world.queues.leaving.push(i);
    } else if world.case(i).asked.is_none() {
        requests::ministry(world, i, AskedFor::Discharge);
    }
}
