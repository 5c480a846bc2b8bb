//! Phase 4: referrals and assessments, within the teams' capacity.
//!
//! In-reach teams, court liaison and wards are asked whether and where to refer; receiving units whether they accept, on what
//! [`allowed`] leaves them. What follows is done by [`refer`] and [`conclude`].

use enumset::EnumSet;

use crate::agents::{Kind, assessment_team, in_reach};
use crate::calendar::{Day, Days};
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::codes::{Assessment, Place, Purpose, Referral, Route, Spend, Stage};
use crate::decisions::queue::DecisionQueue;
use crate::ids::CaseId;
use crate::law::places::bed_tier;
use crate::readings;
use crate::transitions::waiting;
use crate::world::World;
use crate::world::priority::{self, Queue, order};

/// Phase 4.
pub fn work(world: &mut World) {
    for i in world.take_due(Due::Refer) {
        if world.case(i).stage == Stage::Identified {
            let area = usize::from(world.case(i).area);
            world.queues.refer[area].push(i);
        } else if let Some(team) = awaits_assessment(world.case(i)) {
            world.queues.assess[team].push(i);
        }
    }
    let referrals = worked_up(world);
    let assessments = assessed(world);
    let (referred, accepted) = (world.ask(&referrals), world.ask(&assessments));
    for (i, answer) in referrals.cases().iter().zip(referred) {
        refer(world, *i, answer);
    }
    for (i, answer) in assessments.cases().iter().zip(accepted) {
        conclude(world, *i, answer);
    }
    begin_assessments(world);
    for i in world.take_due(Due::Reports) {
        waiting::reports_arrive(world, i);
    }
}

/// The team that has still to say yes, if one has: to a referral, or to an inpatient who is to move down a tier.
fn awaits_assessment(c: &Case) -> Option<usize> {
    let step_down = c.stage == Stage::Ready && c.route == Route::StepDown && c.queued().is_none();
    let waits = c.present() && (c.stage == Stage::Referred || step_down);
    c.assessor().filter(|_| waits).map(|team| team.index())
}

/// Takes from a queue those whose turn it is: at most `n`, in order.
fn turn(world: &World, queue: &mut Vec<CaseId>, name: Queue, n: usize) -> Vec<CaseId> {
    let n = n.min(queue.len());
    if n == 0 {
        return Vec::new();
    }
    queue.sort_by_cached_key(|i| {
        let c = world.case(*i);
        order(world.key, name, priority::class(world, *i), c.identified().unwrap_or(Day::MIN), c.person)
    });
    queue.drain(..n).collect()
}

/// Those whose case the in-reach teams can work up today.
fn worked_up(world: &mut World) -> DecisionQueue<Referral> {
    let mut worked_up = DecisionQueue::new();
    for area in 0..world.queues.refer.len() {
        let mut queue = std::mem::take(&mut world.queues.refer[area]);
        queue.retain(|i| world.case(*i).present() && world.case(*i).stage == Stage::Identified);
        let weekly = world.agents.of(Kind::InReach).get(area, in_reach::capacity) * world.plan.mode.fraction;
        let mut n = world.queues.refer_credit[area].day(weekly);
        if !world.limited() {
            n = queue.len();
        }
        let taken = turn(world, &mut queue, Queue::Refer, n);
        world.queues.refer_credit[area].spend(taken.len().min(n));
        world.queues.refer[area] = queue;
        for i in taken {
            readings::read(world, i, world.p.clinical.reading_noise);
            worked_up.add(i, EnumSet::all());
        }
    }
    worked_up
}

/// Refers to a tier, or holds.
fn refer(world: &mut World, i: CaseId, answer: Referral) {
    match answer {
        // The ward keeps the patient: nothing more is asked for in this stay.
        Referral::Hold if world.case(i).place == Place::Acute => waiting::withdraw(world, i),
        Referral::Hold => world.schedule_in(i, Due::Refer, Days::rounded_up(world.p.referral.again)),
        Referral::High => waiting::refer(world, i, Place::High),
        Referral::Medium => waiting::refer(world, i, Place::Medium),
        Referral::Low => waiting::refer(world, i, Place::Low),
        Referral::Picu => waiting::refer(world, i, Place::Picu),
    }
}

/// Begins the assessments for which teams have time today.
fn begin_assessments(world: &mut World) {
    for team in 0..world.queues.assess.len() {
        let mut queue = std::mem::take(&mut world.queues.assess[team]);
        queue.retain(|i| awaits_assessment(world.case(*i)) == Some(team));
        let table = world.agents.of(Kind::AssessmentTeam);
        let weekly = table.get(team, assessment_team::capacity) * world.plan.mode.fraction;
        let duration = table.get(team, assessment_team::duration);
        let mut n = world.queues.assess_credit[team].day(weekly);
        if !world.limited() {
            n = queue.len();
        }
        let taken = turn(world, &mut queue, Queue::Assess, n);
        world.queues.assess_credit[team].spend(taken.len().min(n));
        world.queues.assess[team] = queue;
        for i in taken {
            let days = world.delay(i, Purpose::AssessDelay, duration, world.p.referral.assessment_sigma);
            world.schedule_in(i, Due::Assessed, days);
        }
    }
}

/// Those whose assessment is done today.
fn assessed(world: &mut World) -> DecisionQueue<Assessment> {
    let mut assessed = DecisionQueue::new();
    for i in world.take_due(Due::Assessed) {
        let Some(team) = awaits_assessment(world.case(i)) else { continue };
        let noise = world.agents.of(Kind::AssessmentTeam).get(team, assessment_team::noise);
        readings::read(world, i, noise);
        waiting::count_assessment(world, i);
        let (area, cost) = (world.case(i).area, world.p.money.assessment);
        world.accounts.pay(area, team, Spend::Assessment, cost);
        assessed.add(i, allowed(world.case(i)));
    }
    assessed
}

/// What the receiving unit can answer.
pub(crate) fn allowed(c: &Case) -> EnumSet<Assessment> {
    let any_tier = !EnumSet::only(Assessment::Picu);
    match c.route {
        // PICU is for the acutely ill from prison and wards.
        Route::Prison | Route::Civil if c.place != Place::Picu => EnumSet::all(),
        Route::Prison | Route::Civil | Route::Court | Route::Recall => any_tier,
        // Down a tier, up a tier: that tier or none.
        Route::StepDown | Route::StepUp => {
            let tier = [Assessment::High, Assessment::Medium, Assessment::Low].get(bed_tier(c.target)).copied();
            tier.map_or(EnumSet::empty(), EnumSet::only) | Assessment::Refuse | Assessment::Another
        }
    }
}

/// Accepts at a tier, asks for another assessment, or refuses.
fn conclude(world: &mut World, i: CaseId, answer: Assessment) {
    match answer {
        Assessment::High => waiting::accept(world, i, Place::High),
        Assessment::Medium => waiting::accept(world, i, Place::Medium),
        Assessment::Low => waiting::accept(world, i, Place::Low),
        Assessment::Picu => waiting::accept(world, i, Place::Picu),
        Assessment::Another => {
            if let Some(team) = world.case(i).assessor() {
                world.queues.assess[team.index()].push(i);
            }
        }
        Assessment::Refuse => refuse(world, i),
    }
}

/// Refuses: looked at again later, until the referral is given up.
fn refuse(world: &mut World, i: CaseId) {
    let given_up = f64::from(waiting::count_refusal(world, i)) >= world.p.referral.most_refusals;
    let again = Days::rounded_up(world.p.referral.again);
    match world.case(i).route {
        Route::StepDown => world.schedule_in(i, Due::Refer, again),
        Route::StepUp => waiting::withdraw(world, i),
        Route::Prison | Route::Court | Route::Recall | Route::Civil if given_up => waiting::withdraw(world, i),
        Route::Prison | Route::Court | Route::Recall | Route::Civil => {
            world.set_stage(i, Stage::Identified);
            world.schedule_in(i, Due::Refer, again);
        }
    }
}
