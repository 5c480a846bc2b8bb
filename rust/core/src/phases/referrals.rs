//! Phase 4: referrals and assessments, within the teams' capacity.

use crate::agents::{Kind, assessment_team, in_reach};
use crate::calendar::Day;
use crate::caseload::agenda::Due;
use crate::caseload::{NO_ONE, Route};
use crate::codes::{Decision, Place, Spend, Stage};
use crate::decisions::ask::Docket;
use crate::draw::Purpose;
use crate::readings;
use crate::transitions::waiting;
use crate::world::priority::{Queue, order};
use crate::world::{World, priority};

/// Phase 4.
pub fn work(world: &mut World) {
    for i in world.take_due(Due::Refer) {
        if world.case(i).stage == Stage::Identified {
            let area = usize::from(world.case(i).area);
            world.queues.refer[area].push(i);
        } else if awaits_assessment(world, i) {
            let team = usize::from(world.case(i).assessor);
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
        world.case_mut(i).reports_in = true;
        if world.case(i).stage == Stage::BedHeld {
            waiting::apply_for_warrant(world, i);
        }
    }
}

/// Whether a receiving unit has still to say yes: to a referral, or to an inpatient who is to move down a tier.
pub fn awaits_assessment(world: &World, i: u32) -> bool {
    let c = world.case(i);
    c.present()
        && c.assessor != NO_ONE
        && (c.stage == Stage::Referred || (c.stage == Stage::Ready && c.route == Route::StepDown && c.queued < 0))
}

/// Takes from a queue those whose turn it is: at most `n`, in order.
fn turn(world: &World, queue: &mut Vec<u32>, name: Queue, n: usize) -> Vec<u32> {
    let n = n.min(queue.len());
    if n == 0 {
        return Vec::new();
    }
    queue.sort_by_cached_key(|i| {
        let c = world.case(*i);
        order(world.key, name, priority::class(world, *i), c.need, c.person)
    });
    queue.drain(..n).collect()
}

/// Those whose case the in-reach teams can work up today.
fn worked_up(world: &mut World) -> Docket {
    let mut docket = Docket::new(Decision::Referral);
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
            docket.add(i, u32::MAX);
        }
    }
    docket
}

/// Refers to a tier, or holds.
fn refer(world: &mut World, i: u32, answer: u8) {
    let today = world.today();
    let target = match answer {
        1 => Place::High,
        2 => Place::Medium,
        3 => Place::Low,
        4 => Place::Picu,
        _ if world.case(i).place == Place::Acute => {
            // The ward keeps the patient: nothing more is asked for in this stay.
            waiting::withdraw(world, i);
            return;
        }
        _ => {
            let again = world.p.referral.again as Day;
            world.caseload.plan(i, Due::Refer, today + again);
            return;
        }
    };
    if world.case(i).statutory < 0 {
        world.case_mut(i).statutory = today;
    }
    world.set_stage(i, Stage::Referred);
    waiting::ask_assessment(world, i, target);
}

fn begin_assessments(world: &mut World) {
    for team in 0..world.queues.assess.len() {
        let mut queue = std::mem::take(&mut world.queues.assess[team]);
        queue.retain(|i| awaits_assessment(world, *i) && usize::from(world.case(*i).assessor) == team);
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
            let sigma = world.p.referral.assessment_sigma;
            let days = world.delay(i, Purpose::AssessDelay, duration, sigma);
            let today = world.today();
            world.caseload.plan(i, Due::Assessed, today + days);
        }
    }
}

/// Those whose assessment is done today.
fn assessed(world: &mut World) -> Docket {
    let mut docket = Docket::new(Decision::Assessment);
    for i in world.take_due(Due::Assessed) {
        if !awaits_assessment(world, i) {
            continue;
        }
        let team = usize::from(world.case(i).assessor);
        let noise = world.agents.of(Kind::AssessmentTeam).get(team, assessment_team::noise);
        readings::read(world, i, noise);
        let c = world.case_mut(i);
        c.assessments = c.assessments.saturating_add(1);
        let (area, cost) = (world.case(i).area, world.p.money.assessment);
        world.books.pay(area, team, Spend::Assessment, cost);
        docket.add(i, lawful(world, i));
    }
    docket
}

/// What the receiving unit can answer.
fn lawful(world: &World, i: u32) -> u32 {
    match world.case(i).route {
        // PICU is for the acutely ill from prison and wards.
        Route::Prison | Route::Civil if world.case(i).place != Place::Picu => 0b11_1111,
        Route::Prison | Route::Civil => 0b10_1111,
        Route::Court | Route::Recall => 0b10_1111,
        // Down a tier, up a tier: that tier or none.
        Route::StepDown | Route::StepUp => {
            0b10_0001
                | 1 << [Place::High, Place::Medium, Place::Low]
                    .iter()
                    .position(|t| *t == world.case(i).target)
                    .map_or(5, |k| k + 1)
        }
    }
}

/// Accepts at a tier, asks for another assessment, or refuses.
fn conclude(world: &mut World, i: u32, answer: u8) {
    let (team, today) = (usize::from(world.case(i).assessor), world.today());
    match answer {
        1..=4 => {
            let tier = [Place::High, Place::Medium, Place::Low, Place::Picu][usize::from(answer) - 1];
            waiting::accept(world, i, tier);
        }
        5 => world.queues.assess[team].push(i),
        _ => {
            let c = world.case_mut(i);
            c.refusals = c.refusals.saturating_add(1);
            let given_up = f64::from(c.refusals) >= world.p.referral.most_refusals;
            let again = world.p.referral.again as Day;
            match world.case(i).route {
                Route::StepDown => world.caseload.plan(i, Due::Refer, today + again),
                Route::StepUp => waiting::withdraw(world, i),
                _ if given_up => waiting::withdraw(world, i),
                _ => {
                    world.set_stage(i, Stage::Identified);
                    world.caseload.plan(i, Due::Refer, today + again);
                }
            }
        }
    }
}
