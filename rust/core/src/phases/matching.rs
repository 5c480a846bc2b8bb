//! Phase 7: matching. Who gets which bed, place and team, in order of priority.
//!
//! Beds first ([`place_in_beds`]): commissioners rank the beds that are free for each person in the queue. Then the way out
//! ([`ask_funders`]): funders are asked of each patient who is ready which of the arrangements that are open they pay for.

use enumset::EnumSet;

use crate::agents::{Kind, aftercare_funder, commissioner, community_team};
use crate::calendar::{Day, Days};
use crate::caseload::agenda::Due;
use crate::caseload::{Arrangement, Bed, Case, HeldBed, Team};
use crate::choices::columns::OptionColumn;
use crate::choices::view::OptionRow;
use crate::codes::{
    Decision, Diagnosis, Discharge, Event, Label, Place, Placement, Purpose, Question, Reason, Refusal, Route, Stage,
};
use crate::decisions::queue::{DecisionQueue, FreeBed, FreeBeds};
use crate::ids::{CaseId, UnitId};
use crate::law::places::bed_tier;
use crate::law::{self, places};
use crate::levers::Lever;
use crate::requests;
use crate::transitions::{readiness, refusals, waiting};
use crate::world::accounts::pence;
use crate::world::capacity::Ward;
use crate::world::priority::{Queue, order};
use crate::world::settlement::{self, WEEKLY};
use crate::world::{World, priority};

/// Pounds of a thousand.
const THOUSAND: f64 = 1000.0;

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
    let moves = c.stage == Stage::Accepted || c.route == Route::StepDown;
    let needs_consent = law::restricted(c.legal) && places::hospital(c.place);
    queues(c) && moves && (!needs_consent || c.readiness.consent)
}

/// Since when somebody has a place in the list for beds: a bed is sought from the referral on, while units assess and reports are
/// written, and for whoever moves down a tier from the day of being ready [d].
fn listed(c: &Case) -> Day {
    let ready = c.readiness.since.filter(|_| c.route == Route::StepDown);
    c.requested().or(ready).or(c.queued()).unwrap_or(Day::MAX)
}

/// Those whose turn it is, in order of priority.
fn turn(world: &World, queue: &[CaseId]) -> Vec<CaseId> {
    let mut turn: Vec<CaseId> = queue.iter().copied().filter(|i| waits(world.case(*i))).collect();
    turn.sort_by_cached_key(|i| {
        let c = world.case(*i);
        let since = listed(c).saturating_sub(priority::put_forward(world, *i));
        order(world.key, Queue::Beds, priority::class(world, *i), since, c.person)
    });
    turn
}

/// Gives free beds to those who wait for one, in order of priority.
fn place_in_beds(world: &mut World) {
    let mut queue = std::mem::take(&mut world.queues.beds);
    queue.sort_unstable();
    queue.dedup();
    queue.retain(|i| queues(world.case(*i)));
    world.queues.claims = claims(world, &queue);
    let mut free = FreeBeds::default();
    for i in turn(world, &queue) {
        let c = world.case(i);
        let (target, sex, area) = (c.target, c.sex, c.area);
        if target == Place::Picu {
            if let Some(ward) = world.nearest(Ward::Picu, area) {
                world.wards.take(Ward::Picu, ward);
                let other = world.out_of_area(area, ward);
                hold(world, i, HeldBed { bed: Bed::Picu { area: ward }, other, spot: false });
            }
        } else if places::secure(target) && any_free(world, target, sex) {
            let offered = offers(world, i);
            for r in &offered.refused {
                let payer = world.commissioner(area, target).index();
                refusals::note(world, i, payer, r.what, Some(r.unit), r.cost, r.left);
            }
            if !offered.beds.is_empty() {
                free.add(i, offered.beds);
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
        let payer = world.commissioner(world.case(i).area, world.case(i).target);
        world.commit(payer, world.cost_of_moving(i, unit, answer == Placement::Spot));
        let said = Label::of(answer);
        world.event(i, Event::Decision, Label::NONE, said, Some(Decision::Placement), Purpose::Placement);
        let spot = answer == Placement::Spot;
        if spot {
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

/// Whether the case's commissioner has money for one more bed outside the contract, in what it has set aside for such beds and at all.
fn may_buy(world: &World, i: CaseId, unit: UnitId) -> bool {
    let c = world.case(i);
    let mine = world.commissioner(c.area, c.target);
    let aside = world.spot_left(mine, c.target) >= 0.0 || !world.limited();
    aside && world.affords(mine.index(), world.cost_of_moving(i, unit, true))
}

/// Whether the case's commissioner has money for a bed that another has bought. It is asked only where it has a unit of its own to
/// wait for; somebody recalled, and a prisoner past the transfer limit, has a bed wherever one is free.
fn may_send(world: &World, i: CaseId, unit: UnitId, no_own: bool) -> bool {
    let c = world.case(i);
    let mine = world.commissioner(c.area, c.target);
    let pressed = no_own || c.route == Route::Recall || priority::over_limit(world, i) > 0.0;
    pressed || world.affords(mine.index(), world.cost_of_moving(i, unit, false))
}

/// Whether nobody before the case has taken a place, or the money for it, today.
fn still_free(world: &World, i: CaseId, bed: &FreeBed) -> bool {
    let free = world.units[bed.unit].free() > 0 || !world.limited();
    let no_own = bed.row[OptionColumn::NoOwn as usize] > 0.0;
    free && match bed.answer {
        Placement::Spot => may_buy(world, i, bed.unit),
        Placement::Other => may_send(world, i, bed.unit, no_own),
        Placement::Wait | Placement::Own => true,
    }
}

/// A bed that there is no money for.
struct NoMoney {
    what: Refusal,
    unit: UnitId,
    /// [pence/d].
    cost: i64,
    /// What is left of the money set aside for such beds, if that is too little [pence/a].
    left: Option<i64>,
}

/// The beds that are free for a case, and the first of each kind that its commissioner has no money for.
struct Offered {
    beds: Vec<FreeBed>,
    refused: Vec<NoMoney>,
}

impl Offered {
    fn refuse(&mut self, world: &World, i: CaseId, what: Refusal, unit: UnitId) {
        if self.refused.iter().any(|r| r.what == what) {
            return;
        }
        let c = world.case(i);
        let spot = what == Refusal::Spot;
        let aside = world.spot_left(world.commissioner(c.area, c.target), c.target);
        let left = (spot && aside < 0.0).then(|| pence(aside));
        self.refused.push(NoMoney { what, unit, cost: world.cost_of_moving(i, unit, spot), left });
    }
}

/// People for whom each commissioner would rather keep a bed than sell it: those over the limit, where a day of that costs it more than a
/// day in the bed is sold for.
fn claims(world: &World, queue: &[CaseId]) -> Vec<[[i32; 2]; 4]> {
    let table = world.agents.of(Kind::Commissioner);
    let costs: Vec<f64> = (0..table.len()).map(|k| table.get(k, commissioner::breach_cost)).collect();
    if costs.iter().all(|cost| *cost <= 0.0) {
        return Vec::new();
    }
    let mut claims = vec![[[0; 2]; 4]; costs.len()];
    for i in queue.iter().filter(|i| waits(world.case(**i))) {
        let c = world.case(*i);
        let who = world.commissioner(c.area, c.target).index();
        if costs[who] > settlement::price(&world.p.money, c.target) && priority::over_limit(world, *i) > 0.0 {
            claims[who][bed_tier(c.target)][c.sex as usize] += 1;
        }
    }
    claims
}

/// Whether the commissioner of a unit keeps its free beds of that tier and sex for its own people.
fn keeps(world: &World, unit: UnitId) -> bool {
    let u = &world.units[unit];
    let claims = world.queues.claims.get(u.commissioner.index());
    let own = claims.map_or(0, |tiers| tiers[bed_tier(u.tier)][u.sex as usize]);
    if own == 0 {
        return false;
    }
    let pool = world.units.pool(u.tier, u.sex).iter().map(|id| &world.units[*id]);
    own >= pool.filter(|other| other.commissioner == u.commissioner).map(|other| other.free().max(0)).sum()
}

/// The free beds for a case, each with the answer that taking it would be, its price and its distance.
fn offers(world: &World, i: CaseId) -> Offered {
    let c = world.case(i);
    let p = &world.p.money;
    let mine = world.commissioner(c.area, c.target);
    let table = world.agents.of(Kind::Commissioner);
    let contract = settlement::contract(table.get(mine.index(), commissioner::contract));
    let reach = table.get(mine.index(), commissioner::clustering);
    let price = settlement::price(p, c.target);
    // Whatever bed it is, it spares what another week of waiting would cost.
    let spared = priority::breach(world, i) / THOUSAND;
    let pool = world.units.pool(c.target, c.sex);
    let no_own = !pool.iter().any(|id| world.units[*id].commissioner == mine);
    let mut out = Offered { beds: Vec::new(), refused: Vec::new() };
    for id in pool {
        let unit = &world.units[*id];
        if world.limited() && (unit.free() <= 0 || refuses(world, i, *id)) {
            continue;
        }
        if unit.commissioner != mine && keeps(world, *id) {
            continue;
        }
        let (answer, pounds) = if unit.commissioner == mine {
            let by_group = settlement::group_price(p, price, settlement::complex(c));
            (Placement::Own, settlement::clustered(reach, settlement::own_bed(p, contract, price), by_group))
        } else if unit.independent && may_buy(world, i, *id) {
            (Placement::Spot, settlement::spot(p, price))
        } else if may_send(world, i, *id, no_own) {
            (Placement::Other, price)
        } else {
            let what = if unit.independent { Refusal::Spot } else { Refusal::Elsewhere };
            out.refuse(world, i, what, *id);
            continue;
        };
        let mut row: OptionRow = [0.0; OptionColumn::COUNT];
        row[OptionColumn::Price as usize] = pounds * WEEKLY - spared;
        row[OptionColumn::Distance as usize] = distance(world, c, *id);
        row[OptionColumn::Free as usize] = 1.0;
        row[OptionColumn::NoOwn as usize] = f64::from(u8::from(no_own));
        out.beds.push(FreeBed { unit: *id, answer, row });
    }
    // Whoever may have a bed of one's own isn't refused one elsewhere.
    if out.beds.iter().any(|bed| bed.answer == Placement::Own) {
        out.refused.clear();
    }
    out
}

/// Whether a unit refuses a person in this round, for its mix of patients or want of staff: it may take the next in the list.
fn refuses(world: &World, i: CaseId, unit: UnitId) -> bool {
    let (c, p) = (world.case(i), &world.p.beds);
    let times = if c.primary == Diagnosis::Personality { p.refused_personality } else { 1.0 };
    let began = round_began(world.today(), listed(c), p.refused_days);
    world.draw_in_round(i, Purpose::UnitRefuses, unit.0, began) < p.refused * times
}

/// First day of the round of so many days in which today lies, of rounds that began on a day.
fn round_began(today: Day, first: Day, length: f64) -> Day {
    let length = Days::rounded_up(length).count();
    today - (today - first).rem_euclid(length)
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
fn offer(decided: Discharge, locked: bool) -> Option<Offer> {
    let of = |collaborative, place, team| Some(Offer { collaborative, place, team });
    let (forensic, mainstream) = (Some(Team::Forensic), Some(Team::Mainstream));
    match decided {
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
    let mut refused = Vec::new();
    for i in queue {
        if world.case(i).stage != Stage::Ready || !places::hospital(world.case(i).place) {
            continue;
        }
        let locked = world.draw(i, Purpose::Locked) < world.p.discharge.locked_share;
        let fundable = fundable(world, i, locked);
        asked.add_with(i, fundable.allowed, &fundable.offers);
        kinds.push((locked, fundable.missing));
        refused.extend(fundable.refused.into_iter().map(|(payer, what, cost)| (i, payer, what, cost)));
    }
    for (i, payer, what, cost) in refused {
        refusals::note(world, i, payer, what, None, cost, None);
    }
    let answers = world.ask(&asked);
    for ((i, (locked, missing)), answer) in asked.cases().iter().copied().zip(kinds).zip(answers) {
        match offer(answer, locked).map(|offer| arrangement(world.case(i), offer)) {
            None => {
                readiness::set_missing(world, i, missing);
                world.schedule_in(i, Due::Discharge, Days::rounded_up(world.p.discharge.again));
            }
            Some(to) if takeable(world, i, to) => arrange(world, i, to),
            // Somebody before has taken the last place or team, or the last of the money, today.
            Some(_) => world.schedule_in(i, Due::Discharge, Days::ONE),
        }
    }
}

/// What could be paid for: answers, what each is to its funder, and what is missing where none is taken.
struct Fundable {
    allowed: EnumSet<Discharge>,
    offers: [OptionRow; Discharge::ALL.len()],
    missing: EnumSet<Reason>,
    /// What could be had, but that the payer has no money for it: payer, what, what it would cost a day [pence/d].
    refused: Vec<(usize, Refusal, i64)>,
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
        refused: Vec::new(),
    };
    let (mut any_place, mut any_team, mut any_money) = (false, false, false);
    for answer in Discharge::ALL {
        let Some(o) = offer(*answer, locked) else { continue };
        let (ward, home) = (Ward::of(o.place), places::community(o.place));
        let place_free = ward.is_none_or(|w| world.wards.free(w, c.area));
        let team_free = o.team.is_none_or(|team| accepts(world, i, team));
        any_place |= place_free && home && ward.is_some();
        any_team |= team_free && home;
        let cost = price_of(world, c.area, o);
        let (payer, net) = commitment(world, i, o);
        let payable = (has_payer || !o.collaborative) && world.affords(payer, net);
        any_money |= payable && home;
        let possible = place_free && team_free && (home || rehabilitation) && (has_payer || !o.collaborative);
        let allowed = possible && payable;
        let what = refusal(o.place);
        if possible && !payable && !found.refused.iter().any(|r| (r.0, r.1) == (payer, what)) {
            found.refused.push((payer, what, net));
        }
        if allowed {
            found.allowed |= *answer;
        }
        // An aftercare funder releases a ward's own bed, or the collaborative's where budgets are pooled.
        let gains = if o.collaborative {
            released
        } else if has_payer {
            pooled * released
        } else {
            settlement::price(p, c.place)
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

/// Whether a patient may leave for a rehabilitation ward: from medium or low secure care, unless held for a prison or a court.
/// It is a transfer, to which the Ministry consents where a restriction keeps the patient in hospital; whom the tribunal has
/// discharged, on arrangements still to be made, goes to a home.
pub(crate) fn may_go_to_rehabilitation(c: &Case) -> bool {
    let discharged = law::restricted(c.legal) && c.readiness.consent;
    let held = c.sentenced() || law::awaits_court(c.legal) || discharged;
    matches!(c.place, Place::Medium | Place::Low) && !held
}

/// What the person's leaving releases to the commissioner of the bed [£/d].
fn released(world: &World, c: &Case) -> f64 {
    let p = &world.p.money;
    let who = world.commissioner(c.area, c.place).index();
    let table = world.agents.of(Kind::Commissioner);
    let contract = settlement::contract(table.get(who, commissioner::contract));
    let gain = table.get(who, commissioner::gain_share);
    let price = settlement::price(p, c.place);
    let release = settlement::release(p, contract, gain, price, c.placement.spot);
    let coded = c.placement.coded.unwrap_or(settlement::complex(c));
    let reach = if c.placement.spot { 0.0 } else { table.get(who, commissioner::clustering) };
    settlement::clustered(reach, release, settlement::group_price(p, price, coded))
}

/// Share of what a collaborative's bed releases that an area's aftercare funder has, where budgets are pooled [share].
fn pooled(world: &World, area: u8) -> f64 {
    world.agents.of(Kind::AftercareFunder).get(usize::from(area), aftercare_funder::pooled)
}

/// Whether a community team of the area has room for a person, takes people like that, and doesn't refuse this one for now.
fn accepts(world: &World, i: CaseId, team: Team) -> bool {
    let c = world.case(i);
    let excludes = world.agents.of(Kind::CommunityTeam).get(usize::from(c.area), community_team::excludes_pd) > 0.0
        && c.primary == Diagnosis::Personality
        && world.lever(Lever::PersonalityDisorderInclusion, c.area) <= 0.0;
    let takes = team == Team::Forensic || !excludes;
    world.wards.free(readiness::ward_of(team), c.area) && takes && !team_refuses(world, i, team)
}

/// Whether a team refuses a person in this round: it disputes that the person is its own to follow, or that it can.
fn team_refuses(world: &World, i: CaseId, team: Team) -> bool {
    let p = &world.p.aftercare;
    let share = match team {
        Team::Forensic => p.refused_forensic,
        Team::Mainstream => p.refused_mainstream,
    };
    let since = world.case(i).readiness.since.unwrap_or(world.today());
    let began = round_began(world.today(), since, p.refused_days);
    world.limited() && world.draw_in_round(i, Purpose::TeamRefuses, readiness::ward_of(team) as u16, began) < share
}

/// Who would pay for an offer, and how much more a day it would be to that payer [pence/d]: a collaborative no longer pays what the
/// bed that is left costs it beside its open ward; the aftercare budget is for aftercare only.
fn commitment(world: &World, i: CaseId, o: Offer) -> (usize, i64) {
    let c = world.case(i);
    let cost = pence(price_of(world, c.area, o));
    if o.collaborative {
        let payer = world.collaborative(c.area);
        (payer.index(), cost - world.cost_of_staying(i, payer))
    } else {
        (world.accounts.aftercare(c.area), cost)
    }
}

/// What an offer costs its payer a day [£/d]; what a programme has room for, it pays.
fn price_of(world: &World, area: u8, o: Offer) -> f64 {
    let p = &world.p.money;
    let paid = |ward: Ward| world.programmes.room(ward, area).is_some();
    let place = if Ward::of(o.place).is_some_and(paid) { 0.0 } else { settlement::price(p, o.place) };
    let team = o.team.filter(|team| !paid(readiness::ward_of(*team)));
    place + team.map_or(0.0, |team| settlement::team_price(p, team))
}

/// What a payer refuses that has no money for somebody's discharge to a place.
fn refusal(place: Place) -> Refusal {
    match Ward::of(place) {
        Some(Ward::Supported) => Refusal::Supported,
        Some(Ward::OpenRehab | Ward::LockedRehab) => Refusal::Rehabilitation,
        Some(Ward::Picu | Ward::Acute | Ward::Forensic | Ward::Mainstream) | None => Refusal::Team,
    }
}

/// What an offer arranges for a person, in the home area.
fn arrangement(c: &Case, offer: Offer) -> Arrangement {
    Arrangement { place: offer.place, area: c.area, team: offer.team, aftercare_pays: !offer.collaborative }
}

/// Whether place and team, and the money for them, are still there.
fn takeable(world: &World, i: CaseId, to: Arrangement) -> bool {
    let (payer, cost) = commitment(world, i, offered(to));
    readiness::wards(&to).into_iter().flatten().all(|w| world.wards.free(w, to.area)) && world.affords(payer, cost)
}

/// The offer that an arrangement takes up.
fn offered(to: Arrangement) -> Offer {
    Offer { collaborative: !to.aftercare_pays, place: to.place, team: to.team }
}

/// Takes place and team, and asks for what is still missing.
fn arrange(world: &mut World, i: CaseId, to: Arrangement) {
    if !to.aftercare_pays {
        let (_, cost) = commitment(world, i, offered(to));
        world.commit(world.collaborative(world.case(i).area), cost);
    }
    readiness::arrange(world, i, to);
    let c = world.case(i);
    let needs_consent = law::restricted(c.legal) && !c.readiness.consent && !c.sentenced();
    let missing = if needs_consent { EnumSet::only(Reason::Consent) } else { EnumSet::empty() };
    readiness::set_missing(world, i, missing);
    if !needs_consent {
        world.queues.leaving.push(i);
    } else if world.case(i).asked.is_none() {
        requests::consent_to(world, i, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::YEAR;
    use crate::caseload::Wait;
    use crate::codes::{AskedFor, Legal, Sex, Spend};
    use crate::ids::CommissionerId;
    use crate::plan::{Capacity, ScoreRow};

    /// Somebody on remand whom a tier has accepted so many days ago.
    fn accepted(w: &mut World, route: Route, target: Place, days: Day) -> CaseId {
        let since = w.today() - days;
        let i = w.put_with(Place::Remand, Legal::None, |c| {
            c.route = route;
            c.stage = Stage::Accepted;
            c.target = target;
            c.wait = Some(Wait { identified: Some(since), queued: Some(since), ..Wait::default() });
        });
        w.queues.beds.push(i);
        i
    }

    /// An inpatient who waits for a bed of the tier below.
    fn stepping_down(w: &mut World, legal: Legal) -> CaseId {
        let i = w.put_with(Place::Medium, legal, |c| c.route = Route::StepDown);
        let consent = if law::restricted(legal) { EnumSet::only(Reason::Consent) } else { EnumSet::empty() };
        readiness::make_ready(w, i, consent | Reason::NextBed);
        waiting::accept(w, i, Place::Low);
        i
    }

    /// An inpatient who is ready to leave since so many days, and whom the funders look at today.
    fn ready(w: &mut World, place: Place, legal: Legal, days: Day) -> CaseId {
        let i = w.put(place, legal);
        readiness::make_ready(w, i, readiness::to_leave());
        let since = w.today() - days;
        w.case_mut(i).readiness.since = Some(since);
        w.due_today(i, Due::Discharge);
        i
    }

    /// Leaves a tier so many beds for men, all of them in one unit.
    fn leave_beds(w: &mut World, tier: Place, unit: u16, beds: i32) {
        for id in w.units.pool(tier, Sex::Male).to_vec() {
            w.units[id].beds = if id.0 == unit { beds } else { 0 };
        }
    }

    /// Has commissioners score beds by rows: option, term, value.
    fn commissioners_score(w: &mut World, rows: &[(&str, &str, f64)]) {
        let given = w.plan.choices.get_mut("placement").expect("it is declared");
        given.rows = rows
            .iter()
            .map(|(option, term, value)| ScoreRow {
                option: (*option).to_owned(),
                term: (*term).to_owned(),
                parameter: "test".to_owned(),
                value: *value,
            })
            .collect();
        w.read_choices();
    }

    fn bed(w: &World, i: CaseId) -> Option<u16> {
        match w.case(i).held?.bed {
            Bed::Unit(unit) => Some(unit.0),
            Bed::Picu { .. } => None,
        }
    }

    fn missing(w: &World, i: CaseId) -> EnumSet<Reason> {
        w.case(i).readiness.missing
    }

    #[test]
    fn whoever_is_accepted_gets_a_bed_of_the_own_collaborative() {
        let mut w = World::small();
        w.says(Placement::Own);
        let i = accepted(&mut w, Route::Prison, Place::Medium, 0);
        place(&mut w);
        assert_eq!(w.case(i).held, Some(HeldBed { bed: Bed::Unit(UnitId(2)), other: false, spot: false }));
        assert_eq!(w.case(i).stage, Stage::BedHeld);
        assert!(w.queues.beds.is_empty());
        assert_eq!(w.logged(i, Event::Decision), [(Label::NONE, Label::of(Placement::Own))]);
        w.must_hold();
    }

    #[test]
    fn a_class_of_higher_priority_comes_before_a_longer_wait() {
        let mut w = World::small();
        w.says(Placement::Own);
        leave_beds(&mut w, Place::Medium, 2, 1);
        let prisoner = accepted(&mut w, Route::Prison, Place::Medium, 90);
        let recalled = accepted(&mut w, Route::Recall, Place::Medium, 1);
        place(&mut w);
        assert_eq!((bed(&w, prisoner), bed(&w, recalled)), (None, Some(2)));
        assert_eq!(w.queues.beds, [prisoner]);
        w.must_hold();
    }

    #[test]
    fn within_a_class_who_has_waited_longest_comes_first() {
        let mut w = World::small();
        w.says(Placement::Own);
        leave_beds(&mut w, Place::Medium, 2, 2);
        let all: Vec<CaseId> = [3, 9, 1, 8].map(|days| accepted(&mut w, Route::Prison, Place::Medium, days)).to_vec();
        place(&mut w);
        assert_eq!(all.iter().map(|i| bed(&w, *i).is_some()).collect::<Vec<_>>(), [false, true, false, true]);
    }

    #[test]
    fn a_prisoner_past_the_transfer_limit_comes_first() {
        let mut w = World::small();
        w.says(Placement::Own);
        w.p.beds.class_over_limit = 0.0;
        leave_beds(&mut w, Place::Medium, 2, 1);
        let [longer, over] = [60, 29].map(|days| accepted(&mut w, Route::Prison, Place::Medium, days));
        let today = w.today();
        for (i, requested) in [(longer, 28), (over, 29)] {
            w.case_mut(i).wait.as_mut().expect("a wait").requested = Some(today - requested);
        }
        place(&mut w);
        assert_eq!((bed(&w, longer), bed(&w, over)), (None, Some(2)));
    }

    #[test]
    fn nobody_gets_a_bed_of_another_sex() {
        let mut w = World::small();
        w.says(Placement::Own);
        leave_beds(&mut w, Place::Medium, 2, 0);
        let man = accepted(&mut w, Route::Prison, Place::Medium, 50);
        let woman = accepted(&mut w, Route::Prison, Place::Medium, 0);
        w.case_mut(woman).sex = Sex::Female;
        place(&mut w);
        assert_eq!((bed(&w, man), bed(&w, woman)), (None, Some(3)));
    }

    #[test]
    fn a_restricted_patient_without_consent_is_passed_over() {
        let mut w = World::small();
        w.says(Placement::Own);
        let restricted = stepping_down(&mut w, Legal::S37S41);
        let unrestricted = stepping_down(&mut w, Legal::S37);
        place(&mut w);
        assert_eq!((bed(&w, restricted), bed(&w, unrestricted)), (None, Some(4)));
        assert_eq!(w.queues.beds, [restricted]);
        readiness::agree(&mut w, restricted);
        place(&mut w);
        assert_eq!((bed(&w, restricted), missing(&w, restricted)), (Some(4), EnumSet::empty()));
        assert_eq!(w.case(restricted).stage, Stage::Ready);
        assert!(w.due_in(restricted, Due::Admission).is_some());
    }

    #[test]
    fn a_bed_that_fell_empty_today_is_given_out_tomorrow() {
        let mut w = World::small();
        w.says(Placement::Own);
        leave_beds(&mut w, Place::Medium, 2, 1);
        w.units[UnitId(2)].vacated = 1;
        let i = accepted(&mut w, Route::Prison, Place::Medium, 0);
        place(&mut w);
        assert_eq!(bed(&w, i), None);
        w.units[UnitId(2)].vacated = 0;
        place(&mut w);
        assert_eq!(bed(&w, i), Some(2));
    }

    #[test]
    fn where_nothing_runs_out_there_is_always_a_bed() {
        let mut w = World::small();
        w.says(Placement::Own);
        w.plan.mode.capacity = Capacity::Unlimited;
        leave_beds(&mut w, Place::Medium, 2, 0);
        let i = accepted(&mut w, Route::Prison, Place::Medium, 0);
        place(&mut w);
        assert_eq!(bed(&w, i), Some(2));
    }

    #[test]
    fn where_waiting_is_better_nobody_is_placed() {
        let mut w = World::small();
        w.says(Placement::Wait);
        let i = accepted(&mut w, Route::Prison, Place::Medium, 0);
        place(&mut w);
        assert_eq!((bed(&w, i), w.queues.beds.len()), (None, 1));
    }

    #[test]
    fn whoever_stands_in_the_queue_twice_takes_one_bed_and_who_no_longer_waits_none() {
        let mut w = World::small();
        w.says(Placement::Own);
        let twice = accepted(&mut w, Route::Prison, Place::Medium, 0);
        w.queues.beds.push(twice);
        let gone = accepted(&mut w, Route::Prison, Place::Medium, 0);
        waiting::withdraw(&mut w, gone);
        place(&mut w);
        assert_eq!(w.units[UnitId(2)].held, 1);
        assert!(w.queues.beds.is_empty());
        w.must_hold();
    }

    #[test]
    fn a_picu_bed_is_taken_at_home_else_in_the_nearest_area() {
        let mut w = World::small();
        w.agents.set("aftercare_funder", 0, "picu_beds", 1.0).expect("declared");
        w.agents.set("aftercare_funder", 1, "picu_beds", 1.0).expect("declared");
        w.wards.refresh(&w.agents);
        let all = [3, 2, 1].map(|days| accepted(&mut w, Route::Prison, Place::Picu, days));
        place(&mut w);
        let held = all.map(|i| w.case(i).held);
        let picu = |area, other| Some(HeldBed { bed: Bed::Picu { area }, other, spot: false });
        assert_eq!(held, [picu(0, false), picu(1, true), None]);
        assert_eq!(w.queues.beds, [all[2]]);
        assert_eq!((w.wards.used_in(Ward::Picu, 0), w.wards.used_in(Ward::Picu, 1)), (1, 1));
    }

    #[test]
    fn a_picu_bed_in_another_area_of_ones_own_collaborative_is_not_out_of_area() {
        for (collaborative, other) in [(0, false), (1, true)] {
            let mut w = World::small();
            w.plan.areas[1].collaborative = collaborative;
            w.agents.set("aftercare_funder", 0, "picu_beds", 0.0).expect("declared");
            w.agents.set("aftercare_funder", 1, "picu_beds", 1.0).expect("declared");
            w.wards.refresh(&w.agents);
            let i = accepted(&mut w, Route::Prison, Place::Picu, 1);
            place(&mut w);
            assert_eq!(w.case(i).held, Some(HeldBed { bed: Bed::Picu { area: 1 }, other, spot: false }));
        }
    }

    #[test]
    fn beds_are_bought_outside_the_contract_as_long_as_the_budget_lasts() {
        let mut w = World::small();
        w.says(Placement::Spot);
        leave_beds(&mut w, Place::Medium, 6, 5);
        w.units[UnitId(6)].independent = true;
        let bed_a_year = w.p.money.medium * w.p.money.spot_premium * YEAR;
        w.agents.set("commissioner", 0, "spot_budget", 2.5 * bed_a_year).expect("declared");
        let all: Vec<CaseId> = (0..4).map(|days| accepted(&mut w, Route::Prison, Place::Medium, days)).collect();
        place(&mut w);
        let held: Vec<HeldBed> = all.iter().filter_map(|i| w.case(*i).held).collect();
        assert_eq!(held, [HeldBed { bed: Bed::Unit(UnitId(6)), other: true, spot: true }; 2]);
        assert_eq!(w.queues.spot[0], 2);
    }

    #[test]
    fn without_a_budget_an_independent_bed_is_another_collaboratives() {
        let mut w = World::small();
        leave_beds(&mut w, Place::Medium, 6, 5);
        w.units[UnitId(6)].independent = true;
        let i = accepted(&mut w, Route::Prison, Place::Medium, 0);
        let answer = |w: &World| offers(w, i).beds.iter().map(|o| o.answer).collect::<Vec<_>>();
        assert_eq!(answer(&w), [Placement::Spot]);
        w.set_all(Kind::Commissioner, "spot_budget", 0.0);
        assert_eq!(answer(&w), [Placement::Other]);
    }

    #[test]
    fn each_bed_has_the_price_of_its_contract() {
        let mut w = World::small();
        w.units[UnitId(6)].independent = true;
        let i = accepted(&mut w, Route::Prison, Place::Medium, 0);
        let pounds =
            |w: &World| offers(w, i).beds.iter().map(|o| o.row[OptionColumn::Price as usize]).collect::<Vec<_>>();
        let price = w.p.money.medium * WEEKLY;
        assert_eq!(pounds(&w), [0.25 * w.p.money.medium * WEEKLY, 1.2 * w.p.money.medium * WEEKLY]);
        w.set_all(Kind::Commissioner, "contract", 0.0);
        w.set_all(Kind::Commissioner, "spot_budget", 0.0);
        assert_eq!(pounds(&w), [w.p.money.block_release * price, price]);
    }

    #[test]
    fn any_bed_is_cheaper_by_what_another_week_over_the_limit_would_cost() {
        let price = |days: Day, cost: f64| {
            let mut w = World::small();
            w.set_all(Kind::Commissioner, "limit", 28.0);
            w.set_all(Kind::Commissioner, "breach_cost", cost);
            let i = accepted(&mut w, Route::Prison, Place::Medium, 0);
            let since = w.today() - days;
            w.case_mut(i).wait.as_mut().expect("a wait").requested = Some(since);
            offers(&w, i).beds.iter().map(|o| o.row[OptionColumn::Price as usize]).collect::<Vec<_>>()
        };
        let free = price(40, 0.0);
        for (days, over) in [(21, 0.0), (24, 3.0), (28, 7.0), (40, 7.0)] {
            let spared: Vec<f64> = free.iter().zip(price(days, 500.0)).map(|(a, b)| a - b).collect();
            assert!(spared.iter().all(|k| (k - 0.5 * over).abs() < 1e-9), "{days}: {spared:?}");
        }
    }

    #[test]
    fn a_commissioner_keeps_its_beds_where_a_day_over_the_limit_costs_more_than_a_bed_is_sold_for() {
        let taken = |cost: f64, own: i32| {
            let mut w = World::small();
            w.says(Placement::Other);
            leave_beds(&mut w, Place::Medium, 6, 2);
            w.set_all(Kind::Commissioner, "limit", 28.0);
            w.set_all(Kind::Commissioner, "breach_cost", cost);
            let stranger = accepted(&mut w, Route::Prison, Place::Medium, 0);
            for days in 0..own {
                // People of the unit's own commissioner, who are over the limit and whom this unit doesn't take today.
                let i = accepted(&mut w, Route::Prison, Place::Medium, 0);
                let since = w.today() - 40 - days;
                w.case_mut(i).area = 1;
                w.case_mut(i).wait.as_mut().expect("a wait").requested = Some(since);
            }
            place(&mut w);
            bed(&w, stranger).is_some()
        };
        let price = World::small().p.money.medium;
        assert!(taken(price - 1.0, 2) && taken(price + 1.0, 1), "sold, or one bed more than is claimed");
        assert!(!taken(price + 1.0, 2));
    }

    #[test]
    fn a_bed_elsewhere_is_marked_where_the_commissioner_has_no_unit_of_the_kind() {
        let mut w = World::small();
        let i = accepted(&mut w, Route::Prison, Place::Medium, 0);
        let no_own =
            |w: &World| offers(w, i).beds.iter().map(|o| o.row[OptionColumn::NoOwn as usize]).collect::<Vec<_>>();
        assert_eq!(no_own(&w), [0.0, 0.0]);
        // A full unit of one's own is one all the same.
        w.units[UnitId(2)].held = w.units[UnitId(2)].beds;
        assert_eq!(no_own(&w), [0.0]);
        w.units[UnitId(2)].commissioner = CommissionerId(1);
        assert_eq!(no_own(&w), [1.0]);
    }

    #[test]
    fn distance_grows_from_the_own_area_over_collaborative_and_region_to_elsewhere() {
        let mut w = World::small();
        let i = accepted(&mut w, Route::Prison, Place::Medium, 0);
        let far = |w: &World, unit| distance(w, w.case(i), UnitId(unit));
        assert_eq!((far(&w, 2), far(&w, 6)), (0.0, w.p.beds.distance_elsewhere));
        w.units[UnitId(6)].region = 0;
        assert_eq!(far(&w, 6), w.p.beds.distance_region);
        w.units[UnitId(6)].commissioner = CommissionerId(0);
        assert_eq!(far(&w, 6), w.p.beds.distance_collaborative);
        // NHS England buys every high secure bed: its own, and yet far away.
        let c = w.case_mut(i);
        (c.target, c.area) = (Place::High, 1);
        assert_eq!(far(&w, 0), w.p.beds.distance_elsewhere);
    }

    #[test]
    fn of_two_beds_the_nearer_is_taken() {
        for (area, nearer) in [(0, 2), (1, 6)] {
            let mut w = World::small();
            let score = [("own unit", 5.0), ("other area", 5.0)];
            let rows = score.iter().flat_map(|(o, v)| [(*o, "1", *v), (*o, "option.distance", -1.0)]);
            let rows: Vec<(&str, &str, f64)> = rows.collect();
            commissioners_score(&mut w, &rows);
            let i = accepted(&mut w, Route::Prison, Place::Medium, 0);
            w.case_mut(i).area = area;
            place(&mut w);
            assert_eq!(bed(&w, i), Some(nearer));
        }
    }

    #[test]
    fn each_answer_of_the_funders_arranges_what_it_says() {
        let (forensic, mainstream) = (Some(Team::Forensic), Some(Team::Mainstream));
        for (answer, place_to, team, aftercare_pays) in [
            (Discharge::CollaborativeHomeForensic, Place::Home, forensic, false),
            (Discharge::CollaborativeSupportedForensic, Place::Supported, forensic, false),
            (Discharge::CollaborativeSupportedMainstream, Place::Supported, mainstream, false),
            (Discharge::AftercareHomeForensic, Place::Home, forensic, true),
            (Discharge::AftercareHomeMainstream, Place::Home, mainstream, true),
            (Discharge::AftercareSupportedForensic, Place::Supported, forensic, true),
            (Discharge::AftercareSupportedMainstream, Place::Supported, mainstream, true),
            (Discharge::AftercareRehabilitation, Place::OpenRehab, None, true),
        ] {
            let mut w = World::small();
            w.says(answer);
            w.p.discharge.locked_share = 0.0;
            let i = ready(&mut w, Place::Medium, Legal::S37, 5);
            place(&mut w);
            let expected = Arrangement { place: place_to, area: 0, team, aftercare_pays };
            assert_eq!(w.case(i).readiness.arranged, Some(expected), "{answer:?}");
            assert_eq!((missing(&w, i), w.queues.leaving.clone()), (EnumSet::empty(), vec![i]));
            for ward in readiness::wards(&expected).into_iter().flatten() {
                assert_eq!(w.wards.used_in(ward, 0), 1, "{answer:?}");
            }
            w.must_hold();
        }
    }

    #[test]
    fn a_rehabilitation_ward_is_a_locked_one_for_some() {
        let mut w = World::small();
        w.says(Discharge::AftercareRehabilitation);
        w.p.discharge.locked_share = 1.0;
        let i = ready(&mut w, Place::Low, Legal::S37, 0);
        place(&mut w);
        assert_eq!(w.case(i).readiness.arranged.map(|to| to.place), Some(Place::LockedRehab));
    }

    #[test]
    fn what_is_arranged_for_a_restricted_patient_waits_for_the_ministry() {
        let mut w = World::small();
        w.says(Discharge::CollaborativeHomeForensic);
        let asked = ready(&mut w, Place::Medium, Legal::S37S41, 0);
        let agreed = ready(&mut w, Place::Medium, Legal::S37S41, 0);
        readiness::agree(&mut w, agreed);
        place(&mut w);
        assert_eq!((missing(&w, asked), w.case(asked).asked), (Reason::Consent.into(), Some(AskedFor::Discharge)));
        assert!(w.due_in(asked, Due::Consent).is_some());
        assert_eq!((missing(&w, agreed), w.case(agreed).asked), (EnumSet::empty(), None));
        assert_eq!(w.queues.leaving, [agreed]);
    }

    #[test]
    fn a_ward_that_is_arranged_for_a_restricted_patient_is_a_transfer_to_the_ministry() {
        let mut w = World::small();
        w.says(Discharge::AftercareRehabilitation);
        let i = ready(&mut w, Place::Low, Legal::S37S41, 0);
        place(&mut w);
        assert_eq!((missing(&w, i), w.case(i).asked), (Reason::Consent.into(), Some(AskedFor::Transfer)));
        assert!(w.queues.leaving.is_empty());
    }

    #[test]
    fn the_ministry_is_not_asked_twice() {
        let mut w = World::small();
        w.says(Discharge::CollaborativeHomeForensic);
        let i = ready(&mut w, Place::Medium, Legal::S37S41, 0);
        w.case_mut(i).asked = Some(AskedFor::Leave);
        place(&mut w);
        assert_eq!((w.case(i).asked, w.due_in(i, Due::Consent)), (Some(AskedFor::Leave), None));
    }

    #[test]
    fn what_is_missing_is_said() {
        let said = |change: &dyn Fn(&mut World)| {
            let mut w = World::small();
            w.says(Discharge::NotYet);
            change(&mut w);
            let i = ready(&mut w, Place::Medium, Legal::S37, 0);
            place(&mut w);
            assert_eq!(w.due_in(i, Due::Discharge), Some(14));
            assert_eq!(w.case(i).readiness.arranged, None);
            missing(&w, i)
        };
        assert_eq!(said(&|_| {}), Reason::Funding);
        assert_eq!(said(&|w| w.set_all(Kind::AftercareFunder, "supported_places", 0.0)), Reason::Place);
        let no_teams = said(&|w| {
            w.set_all(Kind::CommunityTeam, "forensic_capacity", 0.0);
            w.set_all(Kind::CommunityTeam, "mainstream_capacity", 0.0);
        });
        assert_eq!(no_teams, Reason::Funding | Reason::Team);
    }

    #[test]
    fn without_money_for_any_home_funding_is_missing_beside_the_place() {
        let mut w = World::small();
        w.set_all(Kind::AftercareFunder, "supported_places", 0.0);
        w.set_all(Kind::AftercareFunder, "budget", 0.0);
        let medium = ready(&mut w, Place::Medium, Legal::S37, 0);
        // No collaborative pays for somebody who is on a rehabilitation ward.
        let ward = ready(&mut w, Place::OpenRehab, Legal::S37, 0);
        assert_eq!(fundable(&w, medium, false).missing, Reason::Place);
        assert_eq!(fundable(&w, ward, false).missing, Reason::Place | Reason::Funding);
        assert_eq!(fundable(&w, ward, false).allowed, Discharge::NotYet);
    }

    #[test]
    fn consent_is_missing_from_the_day_on_which_it_is_asked_for() {
        let mut w = World::small();
        w.says(Discharge::NotYet);
        let i = ready(&mut w, Place::Medium, Legal::S37S41, 0);
        place(&mut w);
        assert_eq!((missing(&w, i), w.case(i).asked), (Reason::Funding.into(), None));
        w.says(Discharge::CollaborativeSupportedForensic);
        w.due_today(i, Due::Discharge);
        place(&mut w);
        assert_eq!((missing(&w, i), w.case(i).asked), (Reason::Consent.into(), Some(AskedFor::Discharge)));
    }

    #[test]
    fn a_team_with_room_that_refuses_is_what_is_missing() {
        let mut w = World::small();
        w.says(Discharge::NotYet);
        let aftercare = &mut w.p.aftercare;
        (aftercare.refused_forensic, aftercare.refused_mainstream) = (1.0, 1.0);
        let i = ready(&mut w, Place::Medium, Legal::S37, 0);
        place(&mut w);
        assert!(missing(&w, i).contains(Reason::Team));
        w.p.aftercare.refused_forensic = 0.0;
        w.due_today(i, Due::Discharge);
        place(&mut w);
        assert!(!missing(&w, i).contains(Reason::Team));
    }

    #[test]
    fn a_team_that_refuses_looks_again_in_its_next_round() {
        let mut w = World::small();
        (w.p.aftercare.refused_forensic, w.p.aftercare.refused_days) = (0.5, 10.0);
        let i = ready(&mut w, Place::Medium, Legal::S37, 0);
        let mut days = Vec::new();
        for _ in 0..200 {
            days.push(team_refuses(&w, i, Team::Forensic));
            w.pass(1);
        }
        assert!(
            days.chunks(10).all(|round| round.iter().all(|day| *day == round[0])),
            "within a round it says the same"
        );
        let refused = days.chunks(10).filter(|round| round[0]).count();
        assert!((4..=16).contains(&refused), "{refused} of 20 rounds");
    }

    #[test]
    fn a_unit_that_refuses_somebody_takes_the_next_in_the_list() {
        let mut w = World::small();
        w.says(Placement::Own);
        leave_beds(&mut w, Place::Medium, 2, 1);
        w.p.beds.refused = 0.5;
        let all: Vec<CaseId> = (1..=8).map(|days| accepted(&mut w, Route::Prison, Place::Medium, days)).collect();
        let refused: Vec<bool> = all.iter().map(|i| refuses(&w, *i, UnitId(2))).collect();
        assert!(refused.contains(&true) && refused.contains(&false));
        place(&mut w);
        let taken = all.iter().rposition(|i| bed(&w, *i).is_some());
        assert_eq!(taken, refused.iter().rposition(|refused| !refused), "the longest known whom it doesn't refuse");
    }

    #[test]
    fn personality_disorder_is_refused_more_often() {
        let mut w = World::small();
        (w.p.beds.refused, w.p.beds.refused_personality) = (0.3, 2.0);
        let all: Vec<CaseId> = (0..300).map(|_| accepted(&mut w, Route::Prison, Place::Medium, 5)).collect();
        let refused = |w: &World| all.iter().filter(|i| refuses(w, **i, UnitId(2))).count();
        let others = refused(&w);
        for i in &all {
            w.case_mut(*i).primary = Diagnosis::Personality;
        }
        assert!((60..120).contains(&others) && refused(&w) > 140, "{others}, {}", refused(&w));
    }

    #[test]
    fn a_place_in_the_list_is_kept_while_units_assess() {
        let mut w = World::small();
        w.says(Placement::Own);
        leave_beds(&mut w, Place::Medium, 2, 1);
        let quick = accepted(&mut w, Route::Prison, Place::Medium, 20);
        let slow = accepted(&mut w, Route::Prison, Place::Medium, 2);
        let today = w.today();
        for (i, days) in [(quick, 25), (slow, 60)] {
            w.case_mut(i).wait.as_mut().expect("a wait").requested = Some(today - days);
        }
        place(&mut w);
        assert_eq!((bed(&w, quick), bed(&w, slow)), (None, Some(2)), "accepted later, but referred first");
    }

    #[test]
    fn an_urgent_case_is_put_forward() {
        let mut w = World::small();
        w.says(Placement::Own);
        leave_beds(&mut w, Place::Medium, 2, 1);
        (w.p.beds.urgent_above, w.p.beds.urgent_days) = (1.5, 30.0);
        let calm = accepted(&mut w, Route::Prison, Place::Medium, 40);
        let urgent = accepted(&mut w, Route::Prison, Place::Medium, 20);
        for (i, risk) in [(calm, 1.0), (urgent, 2.0)] {
            crate::readings::read(&mut w, i, 0.0);
            w.case_mut(i).clinical.reading.as_mut().expect("read").risk = risk;
        }
        place(&mut w);
        assert_eq!((bed(&w, calm), bed(&w, urgent)), (None, Some(2)));
    }

    #[test]
    fn a_prisoner_goes_before_others_by_the_days_that_the_transfer_limit_is_shorter_than_their_wait() {
        // A patient of an acute ward who has waited for 60 days, a prisoner for 20: 40 days and more have to be made up.
        for (others, limit, first) in
            [(0.0, 28.0, false), (60.0, 28.0, false), (60.0, 14.0, true), (85.0, 28.0, true), (85.0, 0.0, false)]
        {
            let mut w = World::small();
            w.says(Placement::Own);
            leave_beds(&mut w, Place::Medium, 2, 1);
            w.set_all(Kind::Commissioner, "limit", limit);
            w.pull(Lever::TransferPriority, others);
            w.p.beds.class_over_limit = w.p.beds.class_prison;
            let patient = accepted(&mut w, Route::Civil, Place::Medium, 60);
            let prisoner = accepted(&mut w, Route::Prison, Place::Medium, 20);
            place(&mut w);
            assert_eq!((bed(&w, prisoner), bed(&w, patient)), if first { (Some(2), None) } else { (None, Some(2)) });
        }
    }

    #[test]
    fn the_last_places_of_a_team_go_to_those_who_have_been_ready_longest() {
        for days in [[5, 50, 20, 3, 40, 1], [40, 3, 1, 50, 5, 20]] {
            let mut w = World::small();
            w.says(Discharge::CollaborativeHomeForensic);
            w.set_all(Kind::CommunityTeam, "forensic_capacity", 3.0);
            let all = days.map(|days| ready(&mut w, Place::Medium, Legal::S37, days));
            place(&mut w);
            let arranged = all.map(|i| w.case(i).readiness.arranged.is_some());
            assert_eq!(arranged, days.map(|days| days >= 20));
            let late = all.iter().zip(days).filter(|(_, days)| *days < 20);
            assert!(late.into_iter().all(|(i, _)| w.due_in(*i, Due::Discharge) == Some(1)));
            assert_eq!(w.wards.used_in(Ward::Forensic, 0), 3);
        }
    }

    #[test]
    fn funders_look_at_nobody_who_is_no_longer_ready_or_has_left() {
        let mut w = World::small();
        w.says(Discharge::CollaborativeHomeForensic);
        let i = ready(&mut w, Place::Medium, Legal::S37, 0);
        readiness::unready(&mut w, i);
        w.set_stage(i, Stage::Treatment);
        w.queues.ready.push(i);
        place(&mut w);
        assert_eq!((w.case(i).readiness.arranged, w.counts.decisions), (None, 0));
        assert!(w.queues.ready.is_empty());
    }

    #[test]
    fn a_mainstream_team_that_excludes_personality_disorder_takes_it_where_the_lever_says_so() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S37, |c| c.primary = Diagnosis::Personality);
        let takes = |w: &World| [Team::Mainstream, Team::Forensic].map(|team| accepts(w, i, team));
        assert_eq!(takes(&w), [true, true]);
        w.case_mut(i).area = 1;
        assert_eq!(takes(&w), [false, true]);
        w.pull(Lever::PersonalityDisorderInclusion, 1.0);
        assert_eq!(takes(&w), [true, true]);
        w.set_all(Kind::CommunityTeam, "mainstream_capacity", 0.0);
        assert_eq!(takes(&w), [false, true]);
    }

    #[test]
    fn an_exclusion_of_personality_disorder_excludes_nobody_else() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S37, |c| {
            c.area = 1;
            c.diagnoses |= Diagnosis::Personality;
        });
        assert!(accepts(&w, i, Team::Mainstream));
    }

    #[test]
    fn rehabilitation_wards_take_patients_of_medium_and_low_secure_care_but_none_held_for_prison_or_court() {
        let mut w = World::small();
        for (place, legal, may) in [
            (Place::Medium, Legal::S37, true),
            (Place::Low, Legal::S3, true),
            (Place::Low, Legal::S47S49, false),
            (Place::Low, Legal::S35, false),
            (Place::Low, Legal::S37S41, true),
            (Place::Medium, Legal::Cpia, true),
            (Place::High, Legal::S37, false),
            (Place::Acute, Legal::S3, false),
        ] {
            let i = w.put(place, legal);
            assert_eq!(may_go_to_rehabilitation(w.case(i)), may, "{} {}", place.name(), legal.name());
        }
        let i = w.put(Place::Low, Legal::S37S41);
        readiness::consent(&mut w, i);
        assert!(!may_go_to_rehabilitation(w.case(i)), "the tribunal has discharged to a home");
    }

    #[test]
    fn an_aftercare_funder_pays_up_to_its_budget_beside_what_is_taken_already() {
        let mut w = World::small();
        w.agents.set("aftercare_funder", 0, "budget", 100.0 * YEAR).expect("declared");
        let funder = w.accounts.aftercare(0);
        let may_fund = |w: &World, cost: f64| w.affords(funder, pence(cost));
        assert!(may_fund(&w, 100.0) && !may_fund(&w, 100.5));
        w.wards.take(Ward::Forensic, 0);
        let left = 100.0 - w.p.money.forensic;
        assert!(may_fund(&w, left) && !may_fund(&w, left + 0.5));
        // What a collaborative pays for costs the funder nothing.
        w.wards.take(Ward::Supported, 0);
        w.wards.commission(Ward::Supported, 0, true);
        assert!(may_fund(&w, left) && !may_fund(&w, left + 0.5));
        w.plan.mode.capacity = Capacity::Unlimited;
        assert!(may_fund(&w, 1e9));
    }

    /// Draws up budgets of so much, over what is committed now.
    fn fund(w: &mut World, funding: f64) {
        w.set_all(Kind::Commissioner, "funding", funding);
        if w.accounts.first_beds.is_empty() {
            w.reckon_commitments();
            crate::world::accrual::open_budgets(w);
        }
        w.grant_budgets();
    }

    fn refused(w: &World) -> Vec<(u8, Refusal, i64)> {
        let rows = (0..w.log.refusals.len()).map(|k| w.log.refusals.row(k));
        rows.map(|r| (r.payer, Refusal::from_code(r.what).expect("a refusal"), r.person)).collect()
    }

    #[test]
    fn a_collaborative_without_money_waits_for_its_own_beds_and_the_log_names_whom_it_refused() {
        let mut w = World::small();
        w.set_all(Kind::Commissioner, "spot_budget", 0.0);
        fund(&mut w, 0.0);
        w.says(Placement::Other);
        w.units[UnitId(6)].independent = false;
        leave_beds(&mut w, Place::Medium, 6, 5);
        let i = accepted(&mut w, Route::Prison, Place::Medium, 20);
        let number = w.case(i).number;
        for _ in 0..3 {
            place(&mut w);
            w.pass(1);
        }
        assert_eq!((bed(&w, i), refused(&w)), (None, vec![(0, Refusal::Elsewhere, number)]), "it is said once");
        assert_eq!(w.log.refusals.cost, [pence(w.p.money.medium)]);
        fund(&mut w, 100.0);
        place(&mut w);
        assert_eq!(bed(&w, i), Some(6), "money has come");
    }

    #[test]
    fn a_bed_of_its_own_and_a_recall_are_never_refused() {
        for (route, unit) in [(Route::Prison, 2), (Route::Recall, 6)] {
            let mut w = World::small();
            fund(&mut w, 0.0);
            w.says(if unit == 2 { Placement::Own } else { Placement::Other });
            w.units[UnitId(6)].independent = false;
            leave_beds(&mut w, Place::Medium, unit, 5);
            let i = accepted(&mut w, route, Place::Medium, 20);
            place(&mut w);
            assert_eq!((bed(&w, i), refused(&w)), (Some(unit), vec![]));
        }
    }

    #[test]
    fn a_collaborative_without_money_pays_for_no_discharge_that_costs_more_than_the_bed_did() {
        // Beside its open ward a bed costs a tenth of what supported accommodation and team do under block, and all of its price
        // under payment by results.
        for (contract, pays) in [(0.0, false), (1.0, true)] {
            let mut w = World::small();
            w.set_all(Kind::Commissioner, "contract", contract);
            let agreed = crate::world::accounts::Accounts::agreed(&w.agents);
            w.accounts.agree(agreed);
            w.set_all(Kind::AftercareFunder, "budget", 0.0);
            fund(&mut w, 0.0);
            w.says(Discharge::CollaborativeSupportedForensic);
            let i = ready(&mut w, Place::Medium, Legal::S37, 0);
            place(&mut w);
            let supported = (0, Refusal::Supported, w.case(i).number);
            assert_eq!((w.case(i).readiness.arranged.is_some(), refused(&w).contains(&supported)), (pays, !pays));
        }
    }

    #[test]
    fn an_aftercare_funder_without_money_leaves_its_patients_ready_and_the_log_says_for_want_of_what() {
        let mut w = World::small();
        w.set_all(Kind::AftercareFunder, "budget", 0.0);
        w.says(Discharge::AftercareSupportedForensic);
        let i = ready(&mut w, Place::Acute, Legal::S3, 0);
        place(&mut w);
        let (funder, number) = (w.accounts.aftercare(0) as u8, w.case(i).number);
        assert!(missing(&w, i).contains(Reason::Funding));
        assert_eq!(refused(&w), [(funder, Refusal::Team, number), (funder, Refusal::Supported, number)]);
        w.set_all(Kind::AftercareFunder, "budget", 1e6);
        w.due_today(i, Due::Discharge);
        place(&mut w);
        assert!(w.case(i).readiness.arranged.is_some());
    }

    #[test]
    fn the_last_of_the_money_goes_to_who_has_been_ready_longest() {
        let mut w = World::small();
        let each = w.p.money.supported + w.p.money.forensic;
        w.agents.set("aftercare_funder", 0, "budget", 2.5 * each * YEAR).expect("declared");
        w.says(Discharge::AftercareSupportedForensic);
        let all = [5, 50, 20].map(|days| ready(&mut w, Place::Medium, Legal::S37, days));
        place(&mut w);
        assert_eq!(all.map(|i| w.case(i).readiness.arranged.is_some()), [false, true, true]);
    }

    #[test]
    fn a_bed_releases_to_its_commissioner_what_the_contract_says_and_to_aftercare_what_is_pooled() {
        let mut w = World::small();
        let i = ready(&mut w, Place::Medium, Legal::S37, 0);
        let gains = |w: &World, answer: Discharge| {
            fundable(w, i, false).offers[usize::from(answer.code())][OptionColumn::Release as usize]
        };
        let (own, aftercare) = (Discharge::CollaborativeHomeForensic, Discharge::AftercareHomeForensic);
        // Provider-led: half of the quarter of the price that varies.
        let led = 0.5 * 0.25 * w.p.money.medium * WEEKLY;
        assert_eq!((gains(&w, own), gains(&w, aftercare)), (led, 0.0));
        w.set_all(Kind::AftercareFunder, "pooled", 0.4);
        assert!((gains(&w, aftercare) - 0.4 * led).abs() < 1e-12);
        w.set_all(Kind::Commissioner, "contract", 1.0);
        assert!((gains(&w, own) - w.p.money.medium * WEEKLY).abs() < 1e-12);
    }

    #[test]
    fn an_offer_costs_its_place_and_its_team() {
        let mut w = World::small();
        let i = ready(&mut w, Place::Medium, Legal::S37, 0);
        let offers = fundable(&w, i, false).offers;
        let cost = |answer: Discharge| offers[usize::from(answer.code())][OptionColumn::Cost as usize];
        let p = &w.p.money;
        assert_eq!(cost(Discharge::AftercareHomeMainstream), p.mainstream * WEEKLY);
        assert_eq!(cost(Discharge::AftercareSupportedForensic), (p.supported + p.forensic) * WEEKLY);
        assert_eq!(cost(Discharge::AftercareRehabilitation), p.rehab * WEEKLY);
        assert_eq!(offers[usize::from(Discharge::NotYet.code())], [0.0; OptionColumn::COUNT]);
    }

    #[test]
    fn matching_costs_nothing_until_somebody_moves() {
        let mut w = World::small();
        w.says(Placement::Own);
        accepted(&mut w, Route::Prison, Place::Medium, 0);
        ready(&mut w, Place::Medium, Legal::S37, 0);
        place(&mut w);
        assert_eq!((w.accounts.total, w.booked(Spend::MediumBed)), (0, vec![]));
    }
}
