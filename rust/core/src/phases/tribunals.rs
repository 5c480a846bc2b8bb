//! Phase 6: tribunal hearings, and answers of the Ministry of Justice.

use crate::agents::{Kind, ministry, tribunal};
use crate::calendar::{Day, NEVER};
use crate::caseload::agenda::Due;
use crate::caseload::{Case, NO_ONE};
use crate::codes::{Decision, Event, Label, Legal, Reason, Spend, Stage};
use crate::decisions::ask::Docket;
use crate::draw::Purpose;
use crate::hazards::Hazard;
use crate::law::places;
use crate::levers::Lever;
use crate::transitions::{discharge, leave, readiness, waiting};
use crate::world::World;
use crate::world::priority::{Queue, order};
use crate::{law, readings, requests};

/// Phase 6.
pub fn answer(world: &mut World) {
    for i in world.take_hazard(Hazard::Application) {
        let c = world.case(i);
        let (first, since) = match c.legal {
            Legal::S37S41 => (world.p.tribunal.first_right, c.since),
            Legal::Cd | Legal::CdDol => (world.p.tribunal.first_right_conditional, c.discharged),
            _ => (0.0, c.since),
        };
        if !c.listed && f64::from(world.today() - since) >= first {
            list(world, i, true);
        }
    }
    for i in world.take_due(Due::Apply) {
        if !world.case(i).listed && places::hospital(world.case(i).place) {
            list(world, i, false);
        }
        world.plan_reference(i);
    }
    for i in world.take_hazard(Hazard::Absolute) {
        requests::ministry(world, i, requests::ABSOLUTE);
    }
    for i in world.take_due(Due::Hearing) {
        world.queues.hearings.push(i);
    }
    let hearings = hearings(world);
    for i in world.take_due(Due::Consent) {
        world.queues.ministry.push(i);
    }
    let (warrants, consents) = answers(world);
    let (heard, warranted, agreed) = (world.ask(&hearings), world.ask(&warrants), world.ask(&consents));
    let asked =
        |world: &World, docket: &Docket| -> Vec<u8> { docket.cases().iter().map(|i| world.case(*i).asked).collect() };
    let (of_warrants, of_consents) = (asked(world, &warrants), asked(world, &consents));
    for (i, answer) in hearings.cases().iter().zip(heard) {
        conclude(world, *i, answer);
    }
    // What the tribunal has just settled is no longer asked of the Ministry.
    for ((i, what), answer) in warrants.cases().iter().zip(of_warrants).zip(warranted) {
        if world.case(*i).asked == what {
            warrant(world, *i, what, answer);
        }
    }
    for ((i, what), answer) in consents.cases().iter().zip(of_consents).zip(agreed) {
        if world.case(*i).asked == what {
            consent(world, *i, what, answer);
        }
    }
}

/// Lists a hearing.
fn list(world: &mut World, i: u32, applied: bool) {
    let t = &world.p.tribunal;
    let recalled = world.case(i).recalls > 0 && world.case(i).stage == Stage::Admission;
    let (median, sigma) = if recalled {
        (t.wait_recall, t.wait_sigma)
    } else if law::restricted(world.case(i).legal) {
        (t.wait_restricted, t.wait_sigma)
    } else {
        (t.wait_other, t.wait_sigma)
    };
    let days = world.delay(i, Purpose::HearingDelay, median, sigma);
    let today = world.today();
    let c = world.case_mut(i);
    c.listed = true;
    c.applied = applied;
    world.caseload.plan(i, Due::Hearing, today + days);
    world.event(i, Event::Hearing, Label::NONE, Label::NONE, None, Purpose::Application);
    world.touch(i);
}

/// Whether a tribunal can discharge from detention.
fn detained(c: &Case) -> bool {
    places::hospital(c.place) && law::detained(c.legal)
}

/// Whether a tribunal can end a conditional discharge.
fn conditional(c: &Case) -> bool {
    places::community(c.place) && matches!(c.legal, Legal::Cd | Legal::CdDol)
}

/// The hearings that are held today.
fn hearings(world: &mut World) -> Docket {
    let mut queue = std::mem::take(&mut world.queues.hearings);
    queue.retain(|i| world.case(*i).listed && (detained(world.case(*i)) || conditional(world.case(*i))));
    let weekly = world.agents.of(Kind::Tribunal).get(0, tribunal::capacity) * world.plan.mode.fraction;
    let mut n = world.queues.hearing_credit.day(weekly).min(queue.len());
    if !world.limited() {
        n = queue.len();
    }
    queue.sort_by_cached_key(|i| {
        let c = world.case(*i);
        order(world.key, Queue::Hearings, 0, c.due[Due::Hearing as usize], c.person)
    });
    let taken: Vec<u32> = queue.drain(..n).collect();
    world.queues.hearing_credit.spend(n);
    world.queues.hearings = queue;
    let mut docket = Docket::new(Decision::Hearing);
    for i in taken {
        if opens(world, i) {
            let legal = world.case(i).legal;
            let mask = if conditional(world.case(i)) {
                0b000_1001
            } else if law::transferred(legal) {
                0b110_0000
            } else if law::restricted(legal) {
                0b000_1111
            } else {
                0b001_0001
            };
            docket.add(i, mask);
        }
    }
    docket
}

/// Opens a hearing, unless the application is withdrawn.
fn opens(world: &mut World, i: u32) -> bool {
    let key = world.key;
    world.case_mut(i).listed = false;
    world.touch(i);
    if world.case(i).applied && law::restricted(world.case(i).legal) {
        let u = world.case_mut(i).draw(key, Purpose::Withdraw);
        if u < world.p.tribunal.withdrawn {
            world.event(i, Event::Hearing, Label::NONE, Label::NONE, None, Purpose::Withdraw);
            return false;
        }
    }
    if detained(world.case(i)) {
        world.plan_reference(i);
    }
    readings::read(world, i, world.p.clinical.reading_noise);
    let (area, justice, cost) = (world.case(i).area, world.books.justice(), world.p.money.hearing);
    world.books.pay(area, justice, Spend::Tribunal, cost);
    true
}

/// Does what the tribunal has decided.
fn conclude(world: &mut World, i: u32, answer: u8) {
    world.event(
        i,
        Event::Hearing,
        Label::NONE,
        Label::answer(Decision::Hearing, answer),
        Some(Decision::Hearing),
        Purpose::Tribunal,
    );
    let today = world.today();
    match answer {
        1 => discharge::discharge_in_law(world, i, None, Purpose::Tribunal),
        2 => {
            // Deferred until place and team are there; heard again if that takes long.
            world.case_mut(i).consent = true;
            let mut missing =
                readiness::lacks(Reason::Place) | readiness::lacks(Reason::Team) | readiness::lacks(Reason::Funding);
            if world.case(i).arranged.is_some() {
                missing = 0;
                world.queues.leaving.push(i);
            }
            if world.case(i).stage != Stage::Ready || world.case(i).queued >= 0 {
                readiness::unready(world, i);
                world.case_mut(i).consent = true;
            }
            readiness::make_ready(world, i, missing);
            world.caseload.plan(i, Due::Discharge, today + 1);
            let again = world.p.tribunal.deferred_again as Day;
            world.caseload.plan(i, Due::Apply, today + again);
        }
        3 if conditional(world.case(i)) => world.set_legal(i, Legal::AbsoluteDischarge, Purpose::Tribunal),
        3 => discharge::discharge_in_law(world, i, Some(Legal::AbsoluteDischarge), Purpose::Tribunal),
        4 => discharge::discharge_in_law(world, i, Some(Legal::None), Purpose::Tribunal),
        6 if (world.case(i).release != NEVER || world.case(i).charged) && world.case(i).asked == NO_ONE => {
            let missing = if world.case(i).release == NEVER { Reason::Court } else { Reason::Prison };
            readiness::make_ready(world, i, readiness::lacks(missing) | readiness::lacks(Reason::Consent));
            requests::ministry(world, i, requests::REMISSION);
        }
        _ => {}
    }
}

/// The warrants and the other consents on which the Ministry answers today.
fn answers(world: &mut World) -> (Docket, Docket) {
    let mut queue = std::mem::take(&mut world.queues.ministry);
    queue.retain(|i| world.case(*i).present() && world.case(*i).asked != NO_ONE);
    let weekly = world.agents.of(Kind::Ministry).get(0, ministry::capacity) * 7.0 * world.plan.mode.fraction;
    queue.sort_by_cached_key(|i| {
        let c = world.case(*i);
        // Warrants for the acutely ill first.
        let class = i32::from(c.asked != requests::ADMISSION);
        order(world.key, Queue::Ministry, class, c.due[Due::Consent as usize], c.person)
    });
    // Asked anew before the last request was answered: one answer.
    queue.dedup();
    let mut n = world.queues.ministry_credit.day(weekly).min(queue.len());
    if !world.limited() {
        n = queue.len();
    }
    let taken: Vec<u32> = queue.drain(..n).collect();
    world.queues.ministry_credit.spend(n);
    world.queues.ministry = queue;
    let (mut warrants, mut consents) = (Docket::new(Decision::Warrant), Docket::new(Decision::Consent));
    for i in taken {
        let docket = if matches!(world.case(i).asked, requests::ADMISSION | requests::REMISSION) {
            &mut warrants
        } else {
            &mut consents
        };
        docket.add(i, u32::MAX);
    }
    (warrants, consents)
}

fn warrant(world: &mut World, i: u32, what: u8, answer: u8) {
    world.case_mut(i).asked = NO_ONE;
    let today = world.today();
    match (what, answer) {
        (requests::ADMISSION, 1) if world.case(i).stage == Stage::Reported => {
            world.set_stage(i, Stage::Warranted);
            let days = world.p.law.warrant_lapses as Day;
            requests::admission(world, i);
            world.caseload.plan(i, Due::Lapse, today + days + 1);
        }
        (requests::ADMISSION, 2) if world.case(i).stage == Stage::Reported => waiting::withdraw(world, i),
        (requests::REMISSION, 1) => {
            readiness::blocked(world, i, world.case(i).missing & !readiness::lacks(Reason::Consent));
            let (median, sigma) = (world.p.discharge.remit_days, world.p.discharge.remit_sigma);
            let slower = 1.0 - world.lever(Lever::RemissionSpeed, world.case(i).area);
            let days = world.delay(i, Purpose::RemitDelay, median * slower.max(0.0), sigma);
            world.caseload.plan(i, Due::Remission, today + days);
        }
        (requests::REMISSION, 2) => {
            readiness::unready(world, i);
            let grade = world.case(i).grade;
            world.set_stage(i, if grade == Stage::None { Stage::Treatment } else { grade });
        }
        (_, 0) => {
            let wait = world.p.referral.query_days as Day;
            world.case_mut(i).asked = what;
            world.caseload.plan(i, Due::Consent, today + wait);
        }
        _ => {}
    }
}

fn consent(world: &mut World, i: u32, what: u8, answer: u8) {
    world.case_mut(i).asked = NO_ONE;
    let granted = answer == 1;
    let ready = world.case(i).stage == Stage::Ready;
    match what {
        requests::LEAVE if granted => leave::more_leave(world, i),
        requests::TRANSFER if granted && ready => {
            world.case_mut(i).consent = true;
            readiness::blocked(world, i, world.case(i).missing & !readiness::lacks(Reason::Consent));
        }
        requests::TRANSFER if ready => {
            readiness::unready(world, i);
            let grade = world.case(i).grade;
            world.set_stage(i, grade);
        }
        requests::DISCHARGE if granted && ready => {
            world.case_mut(i).consent = true;
            let missing = world.case(i).missing & !readiness::lacks(Reason::Consent);
            readiness::blocked(world, i, missing);
            if world.case(i).arranged.is_some() {
                world.queues.leaving.push(i);
            }
        }
        requests::ABSOLUTE if granted && matches!(world.case(i).legal, Legal::Cd | Legal::CdDol) => {
            world.set_legal(i, Legal::AbsoluteDischarge, Purpose::AbsoluteEnd);
        }
        _ => {}
    }
}
