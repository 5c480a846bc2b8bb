//! Phase 6: tribunal hearings, and answers of the Ministry of Justice.
//!
//! The tribunal is asked of each hearing that is held today ([`allowed`] says what it may decide), the Ministry of each request
//! whose day has come. What the tribunal settles is no longer asked of the Ministry.

use enumset::EnumSet;

use crate::agents::{Kind, ministry, tribunal};
use crate::calendar::{Day, NEVER};
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::codes::{
    AskedFor, Consent, Decision, Event, Hearing, Label, Legal, Purpose, Question, Reason, Spend, Stage, Warrant,
};
use crate::decisions::queue::DecisionQueue;
use crate::hazards::Hazard;
use crate::ids::CaseId;
use crate::law::{self, places};
use crate::levers::Lever;
use crate::transitions::{discharge, leave, readiness, waiting};
use crate::world::World;
use crate::world::priority::{Queue, order};
use crate::{readings, requests};

/// Phase 6.
pub fn answer(world: &mut World) {
    for i in world.take_hazard(Hazard::Application) {
        apply(world, i);
    }
    for i in world.take_due(Due::Apply) {
        if !world.case(i).hearing.listed && places::hospital(world.case(i).place) {
            list(world, i, false);
        }
        requests::reference(world, i);
    }
    for i in world.take_hazard(Hazard::Absolute) {
        requests::ministry(world, i, AskedFor::AbsoluteDischarge);
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
    let (of_warrants, of_consents) = (asked(world, &warrants), asked(world, &consents));
    for (i, answer) in hearings.cases().iter().zip(heard) {
        conclude(world, *i, answer);
    }
    // What the tribunal has just settled is no longer asked of the Ministry.
    for ((i, what), answer) in of_warrants.into_iter().zip(warranted) {
        if world.case(i).asked == Some(what) {
            warrant(world, i, what, answer);
        }
    }
    for ((i, what), answer) in of_consents.into_iter().zip(agreed) {
        if world.case(i).asked == Some(what) {
            consent(world, i, what, answer);
        }
    }
}

/// What the Ministry is asked of each case on a queue.
fn asked<Q: Question>(world: &World, queue: &DecisionQueue<Q>) -> Vec<(CaseId, AskedFor)> {
    queue.cases().iter().filter_map(|i| world.case(*i).asked.map(|what| (*i, what))).collect()
}

/// A patient applies to the tribunal, once the first right to do so has come.
fn apply(world: &mut World, i: CaseId) {
    let (c, t) = (world.case(i), &world.p.tribunal);
    let (first, since) = if c.legal == Legal::S37S41 {
        (t.first_right, c.placement.since)
    } else if c.conditional() {
        (t.first_right_conditional, c.past.discharged.unwrap_or(c.placement.since))
    } else {
        (0.0, c.placement.since)
    };
    if !c.hearing.listed && f64::from(world.today() - since) >= first {
        list(world, i, true);
    }
}

/// Lists a hearing.
fn list(world: &mut World, i: CaseId, applied: bool) {
    let (c, t) = (world.case(i), &world.p.tribunal);
    let median = if c.past.recalls > 0 && c.stage == Stage::Admission {
        t.wait_recall
    } else if law::restricted(c.legal) {
        t.wait_restricted
    } else {
        t.wait_other
    };
    let days = world.delay(i, Purpose::HearingDelay, median, world.p.tribunal.wait_sigma);
    let c = world.case_mut(i);
    c.hearing.listed = true;
    c.hearing.applied = applied;
    world.schedule_in(i, Due::Hearing, days);
    world.event(i, Event::Hearing, Label::NONE, Label::NONE, None, Purpose::Application);
    world.mark_rates_stale(i);
}

/// Whether a tribunal can discharge from detention.
fn detained(c: &Case) -> bool {
    places::hospital(c.place) && law::detained(c.legal)
}

/// Whether a tribunal can end a conditional discharge.
fn conditional(c: &Case) -> bool {
    places::community(c.place) && c.conditional()
}

/// What the law lets the tribunal decide about a patient.
pub(crate) fn allowed(c: &Case) -> EnumSet<Hearing> {
    if conditional(c) {
        Hearing::NoDischarge | Hearing::Absolute
    } else if law::transferred(c.legal) {
        // For a transferred prisoner it only tells the Ministry what it would have decided.
        Hearing::NotEntitled | Hearing::Entitled
    } else if law::restricted(c.legal) {
        Hearing::NoDischarge | Hearing::Conditional | Hearing::Deferred | Hearing::Absolute
    } else {
        Hearing::NoDischarge | Hearing::Discharge
    }
}

/// The hearings that are held today, within the tribunal's capacity.
fn hearings(world: &mut World) -> DecisionQueue<Hearing> {
    let mut queue = std::mem::take(&mut world.queues.hearings);
    queue.retain(|i| world.case(*i).hearing.listed && (detained(world.case(*i)) || conditional(world.case(*i))));
    let weekly = world.agents.of(Kind::Tribunal).get(0, tribunal::capacity) * world.plan.mode.fraction;
    let mut n = world.queues.hearing_credit.day(weekly).min(queue.len());
    if !world.limited() {
        n = queue.len();
    }
    queue.sort_by_cached_key(|i| {
        let c = world.case(*i);
        order(world.key, Queue::Hearings, 0, c.due.get(Due::Hearing).unwrap_or(NEVER), c.person)
    });
    let taken: Vec<CaseId> = queue.drain(..n).collect();
    world.queues.hearing_credit.spend(n);
    world.queues.hearings = queue;
    let mut held = DecisionQueue::new();
    for i in taken {
        if opens(world, i) {
            held.add(i, allowed(world.case(i)));
        }
    }
    held
}

/// Opens a hearing, unless the application is withdrawn.
fn opens(world: &mut World, i: CaseId) -> bool {
    world.case_mut(i).hearing.listed = false;
    world.mark_rates_stale(i);
    let withdrawable = world.case(i).hearing.applied && law::restricted(world.case(i).legal);
    if withdrawable && world.draw(i, Purpose::Withdraw) < world.p.tribunal.withdrawn {
        world.event(i, Event::Hearing, Label::NONE, Label::NONE, None, Purpose::Withdraw);
        return false;
    }
    if detained(world.case(i)) {
        requests::reference(world, i);
    }
    readings::read(world, i, world.p.clinical.reading_noise);
    let (area, justice, cost) = (world.case(i).area, world.accounts.justice(), world.p.money.hearing);
    world.accounts.pay(area, justice, Spend::Tribunal, cost);
    true
}

/// Does what the tribunal has decided.
fn conclude(world: &mut World, i: CaseId, answer: Hearing) {
    world.event(i, Event::Hearing, Label::NONE, Label::of(answer), Some(Decision::Hearing), Purpose::Tribunal);
    match answer {
        Hearing::NoDischarge | Hearing::NotEntitled => {}
        Hearing::Conditional => discharge::discharge_in_law(world, i, None, Purpose::Tribunal),
        Hearing::Deferred => defer(world, i),
        Hearing::Absolute if conditional(world.case(i)) => {
            world.set_legal(i, Legal::AbsoluteDischarge, Purpose::Tribunal);
        }
        Hearing::Absolute => {
            discharge::discharge_in_law(world, i, Some(Legal::AbsoluteDischarge), Purpose::Tribunal);
        }
        Hearing::Discharge => discharge::discharge_in_law(world, i, Some(Legal::None), Purpose::Tribunal),
        Hearing::Entitled => remit(world, i),
    }
}

/// A conditional discharge deferred until place and team are there; heard again if that takes long.
fn defer(world: &mut World, i: CaseId) {
    readiness::consent(world, i);
    let arranged = world.case(i).readiness.arranged.is_some();
    if arranged {
        world.queues.leaving.push(i);
    }
    if world.case(i).stage != Stage::Ready || world.case(i).queued().is_some() {
        readiness::unready(world, i);
        readiness::consent(world, i);
    }
    let missing = Reason::Place | Reason::Team | Reason::Funding;
    readiness::make_ready(world, i, if arranged { EnumSet::empty() } else { missing });
    world.schedule_in(i, Due::Discharge, 1);
    world.schedule_in(i, Due::Apply, world.p.tribunal.deferred_again as Day);
}

/// A transferred prisoner who would be discharged: the Ministry is asked to remit, unless it is asked something already.
fn remit(world: &mut World, i: CaseId) {
    let c = world.case(i);
    if (c.sentenced() || c.offending.charged) && c.asked.is_none() {
        let missing = if c.sentenced() { Reason::Prison } else { Reason::Court };
        readiness::make_ready(world, i, missing | Reason::Consent);
        requests::ministry(world, i, AskedFor::Remission);
    }
}

/// The warrants and the other consents on which the Ministry answers today.
fn answers(world: &mut World) -> (DecisionQueue<Warrant>, DecisionQueue<Consent>) {
    let mut queue = std::mem::take(&mut world.queues.ministry);
    queue.retain(|i| world.case(*i).present() && world.case(*i).asked.is_some());
    let weekly = world.agents.of(Kind::Ministry).get(0, ministry::capacity) * 7.0 * world.plan.mode.fraction;
    queue.sort_by_cached_key(|i| {
        let c = world.case(*i);
        // Warrants for the acutely ill first.
        let class = i32::from(c.asked != Some(AskedFor::Admission));
        order(world.key, Queue::Ministry, class, c.due.get(Due::Consent).unwrap_or(NEVER), c.person)
    });
    // Asked anew before the last request was answered: one answer.
    queue.dedup();
    let mut n = world.queues.ministry_credit.day(weekly).min(queue.len());
    if !world.limited() {
        n = queue.len();
    }
    let taken: Vec<CaseId> = queue.drain(..n).collect();
    world.queues.ministry_credit.spend(n);
    world.queues.ministry = queue;
    let (mut warrants, mut consents) = (DecisionQueue::new(), DecisionQueue::new());
    for i in taken {
        match world.case(i).asked {
            Some(AskedFor::Admission | AskedFor::Remission) => warrants.add(i, EnumSet::all()),
            Some(AskedFor::Leave | AskedFor::Transfer | AskedFor::Discharge | AskedFor::AbsoluteDischarge) => {
                consents.add(i, EnumSet::all());
            }
            None => {}
        }
    }
    (warrants, consents)
}

/// Does what the Ministry has answered to a request for a warrant.
fn warrant(world: &mut World, i: CaseId, what: AskedFor, answer: Warrant) {
    world.case_mut(i).asked = None;
    let admission = what == AskedFor::Admission;
    let reported = world.case(i).stage == Stage::Reported;
    match answer {
        Warrant::Query => {
            world.case_mut(i).asked = Some(what);
            world.schedule_in(i, Due::Consent, world.p.referral.query_days as Day);
        }
        Warrant::Grant if admission && reported => {
            world.set_stage(i, Stage::Warranted);
            requests::admission(world, i);
            world.schedule_in(i, Due::Lapse, world.p.law.warrant_lapses as Day + 1);
        }
        Warrant::Refuse if admission && reported => waiting::withdraw(world, i),
        Warrant::Grant if !admission => {
            readiness::no_longer_missing(world, i, EnumSet::only(Reason::Consent));
            let slower = 1.0 - world.lever(Lever::RemissionSpeed, world.case(i).area);
            let median = world.p.discharge.remit_days * slower.max(0.0);
            let days = world.delay(i, Purpose::RemitDelay, median, world.p.discharge.remit_sigma);
            world.schedule_in(i, Due::Remission, days);
        }
        Warrant::Refuse if !admission => readiness::back_to_leave(world, i),
        // The bed for which the warrant was asked is gone.
        Warrant::Grant | Warrant::Refuse => {}
    }
}

/// Does what the Ministry has answered about a restricted patient.
fn consent(world: &mut World, i: CaseId, what: AskedFor, answer: Consent) {
    world.case_mut(i).asked = None;
    let granted = answer == Consent::Grant;
    let ready = world.case(i).stage == Stage::Ready;
    match what {
        AskedFor::Leave if granted => leave::more_leave(world, i),
        AskedFor::Transfer if ready && granted => readiness::agree(world, i),
        AskedFor::Transfer if ready => readiness::back_to_leave(world, i),
        AskedFor::Discharge if ready && granted => {
            readiness::agree(world, i);
            if world.case(i).readiness.arranged.is_some() {
                world.queues.leaving.push(i);
            }
        }
        AskedFor::AbsoluteDischarge if granted && world.case(i).conditional() => {
            world.set_legal(i, Legal::AbsoluteDischarge, Purpose::AbsoluteEnd);
        }
        AskedFor::Leave
        | AskedFor::Transfer
        | AskedFor::Discharge
        | AskedFor::AbsoluteDischarge
        | AskedFor::Admission
        | AskedFor::Remission => {}
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Whether a hearing that is listed is held: what [`hearings`] asks of a case.
    pub(crate) fn is_heard(c: &Case) -> bool {
        detained(c) || conditional(c)
    }

    /// What the Ministry may answer to the request of a case: a warrant or a consent.
    pub(crate) fn ministry_may_answer(
        world: &mut World,
        i: CaseId,
    ) -> (Option<EnumSet<Warrant>>, Option<EnumSet<Consent>>) {
        world.queues.ministry = vec![i];
        world.queues.ministry_credit = crate::world::queues::Credit::default();
        let (warrants, consents) = answers(world);
        let warrants = (!warrants.cases().is_empty()).then(|| warrants.allowed(0));
        let consents = (!consents.cases().is_empty()).then(|| consents.allowed(0));
        (warrants, consents)
    }
}
