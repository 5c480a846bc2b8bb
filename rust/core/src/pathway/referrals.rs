//! Phase 4: referrals and assessments, within the teams' capacity.

use crate::agents::{Kind, assessment_team, in_reach};
use crate::asking::Docket;
use crate::calendar::Day;
use crate::caseload::agenda::Due;
use crate::caseload::{NO_ONE, Route};
use crate::codes::{Decision, Event, Label, Place, Spend, Stage};
use crate::draw::Purpose;
use crate::pathway::queues::{Queue, order};
use crate::pathway::{illness, queues, readiness, states, tribunals};
use crate::sim::Sim;

/// Phase 4.
pub fn work(sim: &mut Sim) {
    for i in sim.take_due(Due::Refer) {
        if sim.case(i).stage == Stage::Identified {
            let area = usize::from(sim.case(i).area);
            sim.queues.refer[area].push(i);
        } else if awaits_assessment(sim, i) {
            let team = usize::from(sim.case(i).assessor);
            sim.queues.assess[team].push(i);
        }
    }
    let referrals = worked_up(sim);
    let assessments = assessed(sim);
    let (referred, accepted) = (sim.ask(&referrals), sim.ask(&assessments));
    for (i, answer) in referrals.cases().iter().zip(referred) {
        refer(sim, *i, answer);
    }
    for (i, answer) in assessments.cases().iter().zip(accepted) {
        conclude(sim, *i, answer);
    }
    begin_assessments(sim);
    for i in sim.take_due(Due::Reports) {
        sim.case_mut(i).reports_in = true;
        if sim.case(i).stage == Stage::BedHeld {
            tribunals::apply_for_warrant(sim, i);
        }
    }
}

/// Whether a receiving unit has still to say yes: to a referral, or to an inpatient who is to move down a tier.
pub fn awaits_assessment(sim: &Sim, i: u32) -> bool {
    let c = sim.case(i);
    c.present()
        && c.assessor != NO_ONE
        && (c.stage == Stage::Referred || (c.stage == Stage::Ready && c.route == Route::StepDown && c.queued < 0))
}

/// Asks the team of the tier for an assessment.
pub fn ask_assessment(sim: &mut Sim, i: u32, tier: Place) {
    let assessor = sim.commissioner(sim.case(i).area, tier);
    let c = sim.case_mut(i);
    c.target = tier;
    c.assessor = assessor;
    c.assessments = 0;
    c.queued = -1;
    sim.queues.assess[usize::from(assessor)].push(i);
}

/// Takes from a queue those whose turn it is: at most `n`, in order.
fn turn(sim: &Sim, queue: &mut Vec<u32>, name: Queue, n: usize) -> Vec<u32> {
    let n = n.min(queue.len());
    if n == 0 {
        return Vec::new();
    }
    queue.sort_by_cached_key(|i| {
        let c = sim.case(*i);
        order(sim.key, name, queues::class(sim, *i), c.need, c.person)
    });
    queue.drain(..n).collect()
}

/// Those whose case the in-reach teams can work up today.
fn worked_up(sim: &mut Sim) -> Docket {
    let mut docket = Docket::new(Decision::Referral);
    for area in 0..sim.queues.refer.len() {
        let mut queue = std::mem::take(&mut sim.queues.refer[area]);
        queue.retain(|i| sim.case(*i).present() && sim.case(*i).stage == Stage::Identified);
        let weekly = sim.agents.of(Kind::InReach).get(area, in_reach::capacity) * sim.plan.mode.fraction;
        let mut n = sim.queues.refer_credit[area].day(weekly);
        if !sim.limited() {
            n = queue.len();
        }
        let taken = turn(sim, &mut queue, Queue::Refer, n);
        sim.queues.refer_credit[area].spend(taken.len().min(n));
        sim.queues.refer[area] = queue;
        for i in taken {
            illness::read(sim, i, sim.p.clinical.reading_noise);
            docket.add(i, u32::MAX);
        }
    }
    docket
}

/// Refers to a tier, or holds.
fn refer(sim: &mut Sim, i: u32, answer: u8) {
    let today = sim.today();
    let target = match answer {
        1 => Place::High,
        2 => Place::Medium,
        3 => Place::Low,
        4 => Place::Picu,
        _ if sim.case(i).place == Place::Acute => {
            // The ward keeps the patient: nothing more is asked for in this stay.
            readiness::withdraw(sim, i);
            return;
        }
        _ => {
            let again = sim.p.referral.again as Day;
            sim.caseload.plan(i, Due::Refer, today + again);
            return;
        }
    };
    if sim.case(i).statutory < 0 {
        sim.case_mut(i).statutory = today;
    }
    sim.set_stage(i, Stage::Referred);
    ask_assessment(sim, i, target);
}

fn begin_assessments(sim: &mut Sim) {
    for team in 0..sim.queues.assess.len() {
        let mut queue = std::mem::take(&mut sim.queues.assess[team]);
        queue.retain(|i| awaits_assessment(sim, *i) && usize::from(sim.case(*i).assessor) == team);
        let table = sim.agents.of(Kind::AssessmentTeam);
        let weekly = table.get(team, assessment_team::capacity) * sim.plan.mode.fraction;
        let duration = table.get(team, assessment_team::duration);
        let mut n = sim.queues.assess_credit[team].day(weekly);
        if !sim.limited() {
            n = queue.len();
        }
        let taken = turn(sim, &mut queue, Queue::Assess, n);
        sim.queues.assess_credit[team].spend(taken.len().min(n));
        sim.queues.assess[team] = queue;
        for i in taken {
            let sigma = sim.p.referral.assessment_sigma;
            let days = illness::days(sim, i, Purpose::AssessDelay, duration, sigma);
            let today = sim.today();
            sim.caseload.plan(i, Due::Assessed, today + days);
        }
    }
}

/// Those whose assessment is done today.
fn assessed(sim: &mut Sim) -> Docket {
    let mut docket = Docket::new(Decision::Assessment);
    for i in sim.take_due(Due::Assessed) {
        if !awaits_assessment(sim, i) {
            continue;
        }
        let team = usize::from(sim.case(i).assessor);
        let noise = sim.agents.of(Kind::AssessmentTeam).get(team, assessment_team::noise);
        illness::read(sim, i, noise);
        let c = sim.case_mut(i);
        c.assessments = c.assessments.saturating_add(1);
        let (area, cost) = (sim.case(i).area, sim.p.money.assessment);
        sim.books.pay(area, team, Spend::Assessment, cost);
        docket.add(i, lawful(sim, i));
    }
    docket
}

/// What the receiving unit can answer.
fn lawful(sim: &Sim, i: u32) -> u32 {
    match sim.case(i).route {
        // PICU is for the acutely ill from prison and wards.
        Route::Prison | Route::Civil if sim.case(i).place != Place::Picu => 0b11_1111,
        Route::Prison | Route::Civil => 0b10_1111,
        Route::Court | Route::Recall => 0b10_1111,
        // Down a tier, up a tier: that tier or none.
        Route::StepDown | Route::StepUp => {
            0b10_0001
                | 1 << [Place::High, Place::Medium, Place::Low]
                    .iter()
                    .position(|t| *t == sim.case(i).target)
                    .map_or(5, |k| k + 1)
        }
    }
}

/// Accepts at a tier, asks for another assessment, or refuses.
fn conclude(sim: &mut Sim, i: u32, answer: u8) {
    let (team, today) = (usize::from(sim.case(i).assessor), sim.today());
    match answer {
        1..=4 => {
            let tier = [Place::High, Place::Medium, Place::Low, Place::Picu][usize::from(answer) - 1];
            accept(sim, i, tier);
        }
        5 => sim.queues.assess[team].push(i),
        _ => {
            let c = sim.case_mut(i);
            c.refusals = c.refusals.saturating_add(1);
            let given_up = f64::from(c.refusals) >= sim.p.referral.most_refusals;
            let again = sim.p.referral.again as Day;
            match sim.case(i).route {
                Route::StepDown => sim.caseload.plan(i, Due::Refer, today + again),
                Route::StepUp => readiness::withdraw(sim, i),
                _ if given_up => readiness::withdraw(sim, i),
                _ => {
                    sim.set_stage(i, Stage::Identified);
                    sim.caseload.plan(i, Due::Refer, today + again);
                }
            }
        }
    }
}

/// Accepts a person at a tier: the bed queue, and for prisoners the two medical reports.
pub fn accept(sim: &mut Sim, i: u32, tier: Place) {
    let today = sim.today();
    let c = sim.case_mut(i);
    c.target = tier;
    c.queued = today;
    if c.need < 0 {
        c.need = today;
    }
    if sim.case(i).route != Route::StepDown {
        sim.set_stage(i, Stage::Accepted);
    }
    if states::prison(sim.case(i).place) && sim.case(i).route == Route::Prison {
        let (median, sigma) = (sim.p.referral.report_days, sim.p.referral.report_sigma);
        let days = illness::days(sim, i, Purpose::ReportDelay, median, sigma);
        sim.caseload.plan(i, Due::Reports, today + days);
    }
    sim.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Accepted), None, Purpose::Assessment);
    // A defendant on bail or remand whose bed waits for the court's order joins the queue when it is made.
    if sim.case(i).route != Route::Court || sim.case(i).ordered.is_some() {
        sim.queues.beds.push(i);
    }
}
