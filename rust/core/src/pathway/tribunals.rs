//! Phase 6: tribunal hearings, and answers of the Ministry of Justice.

use crate::agents::{Kind, ministry, tribunal};
use crate::asking::Docket;
use crate::calendar::{Day, NEVER};
use crate::caseload::agenda::Due;
use crate::caseload::{Case, NO_ONE};
use crate::codes::{Decision, Event, Label, Legal, Reason, Spend, Stage};
use crate::draw::Purpose;
use crate::pathway::hazards::Hazard;
use crate::pathway::queues::{Queue, order};
use crate::pathway::{admissions, discharges, illness, law, readiness, reviews, states};
use crate::sim::Sim;

/// Asked for leave.
pub const LEAVE: u8 = 0;
/// Asked for a transfer to another hospital.
pub const TRANSFER: u8 = 1;
/// Asked for a conditional discharge.
pub const DISCHARGE: u8 = 2;
/// Asked for an absolute discharge.
pub const ABSOLUTE: u8 = 3;
/// Asked for a warrant of transfer from prison.
pub const ADMISSION: u8 = 4;
/// Asked for a warrant of remission.
pub const REMISSION: u8 = 5;

/// Phase 6.
pub fn answer(sim: &mut Sim) {
    for i in sim.take_hazard(Hazard::Application) {
        let c = sim.case(i);
        let (first, since) = match c.legal {
            Legal::S37S41 => (sim.p.tribunal.first_right, c.since),
            Legal::Cd | Legal::CdDol => (sim.p.tribunal.first_right_conditional, c.discharged),
            _ => (0.0, c.since),
        };
        if !c.listed && f64::from(sim.today() - since) >= first {
            list(sim, i, true);
        }
    }
    for i in sim.take_due(Due::Apply) {
        if !sim.case(i).listed && states::hospital(sim.case(i).place) {
            list(sim, i, false);
        }
        sim.plan_reference(i);
    }
    for i in sim.take_hazard(Hazard::Absolute) {
        ask(sim, i, ABSOLUTE);
    }
    for i in sim.take_due(Due::Hearing) {
        sim.queues.hearings.push(i);
    }
    let hearings = hearings(sim);
    for i in sim.take_due(Due::Consent) {
        sim.queues.ministry.push(i);
    }
    let (warrants, consents) = answers(sim);
    let (heard, warranted, agreed) = (sim.ask(&hearings), sim.ask(&warrants), sim.ask(&consents));
    let asked = |sim: &Sim, docket: &Docket| -> Vec<u8> { docket.cases().iter().map(|i| sim.case(*i).asked).collect() };
    let (of_warrants, of_consents) = (asked(sim, &warrants), asked(sim, &consents));
    for (i, answer) in hearings.cases().iter().zip(heard) {
        conclude(sim, *i, answer);
    }
    // What the tribunal has just settled is no longer asked of the Ministry.
    for ((i, what), answer) in warrants.cases().iter().zip(of_warrants).zip(warranted) {
        if sim.case(*i).asked == what {
            warrant(sim, *i, what, answer);
        }
    }
    for ((i, what), answer) in consents.cases().iter().zip(of_consents).zip(agreed) {
        if sim.case(*i).asked == what {
            consent(sim, *i, what, answer);
        }
    }
}

/// Lists a hearing.
fn list(sim: &mut Sim, i: u32, applied: bool) {
    let t = &sim.p.tribunal;
    let recalled = sim.case(i).recalls > 0 && sim.case(i).stage == Stage::Admission;
    let (median, sigma) = if recalled {
        (t.wait_recall, t.wait_sigma)
    } else if law::restricted(sim.case(i).legal) {
        (t.wait_restricted, t.wait_sigma)
    } else {
        (t.wait_other, t.wait_sigma)
    };
    let days = illness::days(sim, i, Purpose::HearingDelay, median, sigma);
    let today = sim.today();
    let c = sim.case_mut(i);
    c.listed = true;
    c.applied = applied;
    sim.caseload.plan(i, Due::Hearing, today + days);
    sim.event(i, Event::Hearing, Label::NONE, Label::NONE, None, Purpose::Application);
    sim.touch(i);
}

/// Whether a tribunal can discharge from detention.
fn detained(c: &Case) -> bool {
    states::hospital(c.place) && law::detained(c.legal)
}

/// Whether a tribunal can end a conditional discharge.
fn conditional(c: &Case) -> bool {
    states::community(c.place) && matches!(c.legal, Legal::Cd | Legal::CdDol)
}

/// The hearings that are held today.
fn hearings(sim: &mut Sim) -> Docket {
    let mut queue = std::mem::take(&mut sim.queues.hearings);
    queue.retain(|i| sim.case(*i).listed && (detained(sim.case(*i)) || conditional(sim.case(*i))));
    let weekly = sim.agents.of(Kind::Tribunal).get(0, tribunal::capacity) * sim.plan.mode.fraction;
    let mut n = sim.queues.hearing_credit.day(weekly).min(queue.len());
    if !sim.limited() {
        n = queue.len();
    }
    queue.sort_by_cached_key(|i| {
        let c = sim.case(*i);
        order(sim.key, Queue::Hearings, 0, c.due[Due::Hearing as usize], c.person)
    });
    let taken: Vec<u32> = queue.drain(..n).collect();
    sim.queues.hearing_credit.spend(n);
    sim.queues.hearings = queue;
    let mut docket = Docket::new(Decision::Tribunal);
    for i in taken {
        if opens(sim, i) {
            let legal = sim.case(i).legal;
            let mask = if conditional(sim.case(i)) {
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
fn opens(sim: &mut Sim, i: u32) -> bool {
    let key = sim.key;
    sim.case_mut(i).listed = false;
    sim.touch(i);
    if sim.case(i).applied && law::restricted(sim.case(i).legal) {
        let u = sim.case_mut(i).draw(key, Purpose::Withdraw);
        if u < sim.p.tribunal.withdrawn {
            sim.event(i, Event::Hearing, Label::NONE, Label::NONE, None, Purpose::Withdraw);
            return false;
        }
    }
    if detained(sim.case(i)) {
        sim.plan_reference(i);
    }
    illness::read(sim, i, sim.p.clinical.reading_noise);
    let (area, justice, cost) = (sim.case(i).area, sim.books.justice(), sim.p.money.hearing);
    sim.books.pay(area, justice, Spend::Tribunal, cost);
    true
}

/// Does what the tribunal has decided.
fn conclude(sim: &mut Sim, i: u32, answer: u8) {
    sim.event(
        i,
        Event::Hearing,
        Label::NONE,
        Label::answer(Decision::Tribunal, answer),
        Some(Decision::Tribunal),
        Purpose::Tribunal,
    );
    let today = sim.today();
    match answer {
        1 => discharges::discharge_in_law(sim, i, None, Purpose::Tribunal),
        2 => {
            // Deferred until place and team are there; heard again if that takes long.
            sim.case_mut(i).consent = true;
            let mut missing =
                readiness::lacks(Reason::Place) | readiness::lacks(Reason::Team) | readiness::lacks(Reason::Funding);
            if sim.case(i).arranged.is_some() {
                missing = 0;
                sim.queues.leaving.push(i);
            }
            if sim.case(i).stage != Stage::Ready || sim.case(i).queued >= 0 {
                readiness::unready(sim, i);
                sim.case_mut(i).consent = true;
            }
            readiness::make_ready(sim, i, missing);
            sim.caseload.plan(i, Due::Discharge, today + 1);
            let again = sim.p.tribunal.deferred_again as Day;
            sim.caseload.plan(i, Due::Apply, today + again);
        }
        3 if conditional(sim.case(i)) => sim.set_legal(i, Legal::AbsoluteDischarge, Purpose::Tribunal),
        3 => discharges::discharge_in_law(sim, i, Some(Legal::AbsoluteDischarge), Purpose::Tribunal),
        4 => discharges::discharge_in_law(sim, i, Some(Legal::None), Purpose::Tribunal),
        6 if (sim.case(i).release != NEVER || sim.case(i).charged) && sim.case(i).asked == NO_ONE => {
            let missing = if sim.case(i).release == NEVER { Reason::Court } else { Reason::Prison };
            readiness::make_ready(sim, i, readiness::lacks(missing) | readiness::lacks(Reason::Consent));
            ask(sim, i, REMISSION);
        }
        _ => {}
    }
}

/// Asks the Ministry; it answers when its time and capacity allow.
pub fn ask(sim: &mut Sim, i: u32, what: u8) {
    sim.case_mut(i).asked = what;
    let warrant = matches!(what, ADMISSION | REMISSION);
    let days = if warrant {
        sim.answer_days(Decision::Warrant, i, Purpose::WarrantDelay)
    } else {
        sim.answer_days(Decision::Consent, i, Purpose::ConsentDelay)
    };
    let least = sim.agents.of(Kind::Ministry).get(0, ministry::minimum) as Day;
    let today = sim.today();
    sim.caseload.plan(i, Due::Consent, today + days.max(least).max(1));
}

/// Both reports are in and a bed is held: the Ministry's clock starts.
pub fn apply_for_warrant(sim: &mut Sim, i: u32) {
    let today = sim.today();
    if sim.case(i).ministry < 0 {
        sim.case_mut(i).ministry = today;
    }
    sim.set_stage(i, Stage::Reported);
    sim.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Reported), None, Purpose::ReportDelay);
    ask(sim, i, ADMISSION);
}

/// The warrants and the other consents on which the Ministry answers today.
fn answers(sim: &mut Sim) -> (Docket, Docket) {
    let mut queue = std::mem::take(&mut sim.queues.ministry);
    queue.retain(|i| sim.case(*i).present() && sim.case(*i).asked != NO_ONE);
    let weekly = sim.agents.of(Kind::Ministry).get(0, ministry::capacity) * 7.0 * sim.plan.mode.fraction;
    queue.sort_by_cached_key(|i| {
        let c = sim.case(*i);
        // Warrants for the acutely ill first.
        let class = i32::from(c.asked != ADMISSION);
        order(sim.key, Queue::Ministry, class, c.due[Due::Consent as usize], c.person)
    });
    // Asked anew before the last request was answered: one answer.
    queue.dedup();
    let mut n = sim.queues.ministry_credit.day(weekly).min(queue.len());
    if !sim.limited() {
        n = queue.len();
    }
    let taken: Vec<u32> = queue.drain(..n).collect();
    sim.queues.ministry_credit.spend(n);
    sim.queues.ministry = queue;
    let (mut warrants, mut consents) = (Docket::new(Decision::Warrant), Docket::new(Decision::Consent));
    for i in taken {
        let docket = if matches!(sim.case(i).asked, ADMISSION | REMISSION) { &mut warrants } else { &mut consents };
        docket.add(i, u32::MAX);
    }
    (warrants, consents)
}

fn warrant(sim: &mut Sim, i: u32, what: u8, answer: u8) {
    sim.case_mut(i).asked = NO_ONE;
    let today = sim.today();
    match (what, answer) {
        (ADMISSION, 1) if sim.case(i).stage == Stage::Reported => {
            sim.set_stage(i, Stage::Warranted);
            let days = sim.p.law.warrant_lapses as Day;
            admissions::plan_admission(sim, i);
            sim.caseload.plan(i, Due::Lapse, today + days + 1);
        }
        (ADMISSION, 2) if sim.case(i).stage == Stage::Reported => readiness::withdraw(sim, i),
        (REMISSION, 1) => {
            readiness::blocked(sim, i, sim.case(i).missing & !readiness::lacks(Reason::Consent));
            let (median, sigma) = (sim.p.discharge.remit_days, sim.p.discharge.remit_sigma);
            let slower = 1.0 - sim.lever("remission_speed", sim.case(i).area);
            let days = illness::days(sim, i, Purpose::RemitDelay, median * slower.max(0.0), sigma);
            sim.caseload.plan(i, Due::Remission, today + days);
        }
        (REMISSION, 2) => {
            readiness::unready(sim, i);
            let grade = sim.case(i).grade;
            sim.set_stage(i, if grade == Stage::None { Stage::Treatment } else { grade });
        }
        (_, 0) => {
            let wait = sim.p.referral.query_days as Day;
            sim.case_mut(i).asked = what;
            sim.caseload.plan(i, Due::Consent, today + wait);
        }
        _ => {}
    }
}

fn consent(sim: &mut Sim, i: u32, what: u8, answer: u8) {
    sim.case_mut(i).asked = NO_ONE;
    let granted = answer == 1;
    let ready = sim.case(i).stage == Stage::Ready;
    match what {
        LEAVE if granted => reviews::more_leave(sim, i),
        TRANSFER if granted && ready => {
            sim.case_mut(i).consent = true;
            readiness::blocked(sim, i, sim.case(i).missing & !readiness::lacks(Reason::Consent));
        }
        TRANSFER if ready => {
            readiness::unready(sim, i);
            let grade = sim.case(i).grade;
            sim.set_stage(i, grade);
        }
        DISCHARGE if granted && ready => {
            sim.case_mut(i).consent = true;
            let missing = sim.case(i).missing & !readiness::lacks(Reason::Consent);
            readiness::blocked(sim, i, missing);
            if sim.case(i).arranged.is_some() {
                sim.queues.leaving.push(i);
            }
        }
        ABSOLUTE if granted && matches!(sim.case(i).legal, Legal::Cd | Legal::CdDol) => {
            sim.set_legal(i, Legal::AbsoluteDischarge, Purpose::AbsoluteEnd);
        }
        _ => {}
    }
}
