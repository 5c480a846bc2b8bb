//! Phase 6: tribunal hearings, and answers of the Ministry of Justice.
//!
//! The tribunal is asked of each hearing that is held today ([`allowed`] says what it may decide), the Ministry of each request
//! whose day has come. What the tribunal settles is no longer asked of the Ministry.

use enumset::EnumSet;

use crate::agents::{Kind, ministry, tribunal};
use crate::calendar::{Days, NEVER};
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::codes::{
    AskedFor, Consent, Decision, Event, Hearing, Label, Legal, Purpose, Question, Reason, Spend, Stage, Warrant,
};
use crate::decisions::queue::DecisionQueue;
use crate::hazards::Hazard;
use crate::hazards::application::TribunalParams;
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
        if !world.case(i).hearing.listed && detained(world.case(i)) {
            list(world, i, None);
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
    let c = world.case(i);
    let period = right(&world.p.tribunal, c.legal).period(world.today() - c.legal_since);
    // One application in each period (s77(2)).
    let unused = period.is_some() && period > c.hearing.applied_in;
    if !c.hearing.listed && unused {
        list(world, i, period);
    }
}

/// When a patient may apply: periods with one application in each, counted from the day on which the status began.
#[derive(Clone, Copy, Debug)]
struct Right {
    /// First day of the first period [d].
    first: f64,
    /// Length of each of the first periods [d].
    early: f64,
    /// How many of those there are [count].
    early_periods: u8,
    /// Length of each later one [d]; 0 where there is none.
    later: f64,
}

impl Right {
    /// Returns which period is under way so many days after the status began, from 0, if one is.
    fn period(self, held: i32) -> Option<u8> {
        let mut left = f64::from(held) - self.first;
        if left < 0.0 {
            return None;
        }
        for number in 0..u8::MAX {
            let length = if number < self.early_periods { self.early } else { self.later };
            if left < length {
                return Some(number);
            }
            if length <= 0.0 {
                return None;
            }
            left -= length;
        }
        None
    }
}

/// When a patient may apply, by status (ss66(2), 69, 70 and 75(2), Sch 1 Pt I paras 2 and 9).
fn right(t: &TribunalParams, legal: Legal) -> Right {
    match legal {
        Legal::S2 => Right { first: 0.0, early: t.right_assessment, early_periods: 1, later: 0.0 },
        // A hospital order is a court's: the first six months have no right of application.
        Legal::S37 | Legal::S37S41 | Legal::Cpia => {
            Right { first: t.first_right, early: t.first_right, early_periods: 1, later: t.right_later }
        }
        Legal::Cd | Legal::CdDol => {
            let (first, early) = (t.first_right_conditional, t.right_conditional_first);
            Right { first, early, early_periods: 1, later: t.right_conditional }
        }
        // Detained for treatment, or transferred from prison: once in each six months of the first year, then yearly.
        Legal::None
        | Legal::S3
        | Legal::S35
        | Legal::S36
        | Legal::Notional37
        | Legal::S38
        | Legal::S45A
        | Legal::S47S49
        | Legal::S47
        | Legal::S48S49
        | Legal::Cto
        | Legal::Mhtr
        | Legal::Licence
        | Legal::AbsoluteDischarge
        | Legal::Supervision => Right { first: 0.0, early: t.first_right, early_periods: 2, later: t.right_later },
    }
}

/// Lists a hearing.
fn list(world: &mut World, i: CaseId, applied_in: Option<u8>) {
    let (c, t) = (world.case(i), &world.p.tribunal);
    let median = if c.past.recalls > 0 && c.stage == Stage::Admission {
        t.wait_recall
    } else if law::restricted(c.legal) {
        t.wait_restricted
    } else {
        t.wait_other
    };
    let days = world.delay(i, Purpose::HearingDelay, median, world.p.tribunal.wait_sigma);
    requests::hearing(world, i, applied_in, days);
    world.event(i, Event::Hearing, Label::NONE, Label::NONE, None, Purpose::Application);
    world.mark_rates_stale(i);
}

/// Whether a tribunal can discharge from detention.
fn detained(c: &Case) -> bool {
    places::hospital(c.place) && law::detained(c.legal) && !law::by_court_alone(c.legal)
}

/// Whether a tribunal can end a conditional discharge.
fn conditional(c: &Case) -> bool {
    places::community(c.place) && c.conditional()
}

/// What the law lets the tribunal decide about a patient.
pub(crate) fn allowed(c: &Case) -> EnumSet<Hearing> {
    if conditional(c) {
        Hearing::NoDischarge | Hearing::Absolute
    } else if law::transferred(c.legal) && law::restricted(c.legal) {
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
    requests::unlist(world, i);
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
    let (area, justice, courts) = (world.case(i).area, world.accounts.justice(), world.accounts.courts());
    world.accounts.pay(area, justice, courts, Spend::Tribunal, world.p.money.hearing);
    true
}

/// Does what the tribunal has decided.
fn conclude(world: &mut World, i: CaseId, decided: Hearing) {
    world.event(i, Event::Hearing, Label::NONE, Label::of(decided), Some(Decision::Hearing), Purpose::Hearing);
    match decided {
        Hearing::NoDischarge | Hearing::NotEntitled => {}
        Hearing::Conditional => discharge::discharge_in_law(world, i, None, Purpose::Hearing),
        Hearing::Deferred => defer(world, i),
        Hearing::Absolute if conditional(world.case(i)) => {
            world.set_legal(i, Legal::AbsoluteDischarge, Purpose::Hearing);
        }
        Hearing::Absolute => {
            discharge::discharge_in_law(world, i, Some(Legal::AbsoluteDischarge), Purpose::Hearing);
        }
        Hearing::Discharge => discharge::discharge_in_law(world, i, Some(Legal::None), Purpose::Hearing),
        Hearing::Entitled => remit(world, i),
    }
}

/// A conditional discharge deferred until place and team are there; heard again if that takes long.
fn defer(world: &mut World, i: CaseId) {
    // What the tribunal settles is no longer asked of the Ministry.
    requests::ministry_done(world, i);
    readiness::consent(world, i);
    // A ward is no discharge: what is arranged there is given up for a home.
    if world.case(i).readiness.arranged.is_some_and(|to| places::hospital(to.place)) {
        readiness::give_up_arrangement(world, i);
    }
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
    world.schedule_in(i, Due::Discharge, Days::ONE);
    world.schedule_in(i, Due::Apply, Days::rounded_up(world.p.tribunal.deferred_again));
}

/// A transferred prisoner who would be discharged: the Ministry is asked to remit, unless it is asked something already.
fn remit(world: &mut World, i: CaseId) {
    requests::notify(world, i);
    let c = world.case(i);
    if c.remittable() && c.asked.is_none() {
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
            // Told by the tribunal, the Ministry must send the prisoner back (s74(3), (4)).
            Some(AskedFor::Remission) if world.case(i).hearing.notified => warrants.add(i, Warrant::Grant),
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
fn warrant(world: &mut World, i: CaseId, what: AskedFor, decided: Warrant) {
    if decided != Warrant::Query {
        requests::ministry_done(world, i);
    }
    let admission = what == AskedFor::Admission;
    let reported = world.case(i).stage == Stage::Reported;
    match decided {
        Warrant::Query => {
            world.schedule_in(i, Due::Consent, Days::rounded_up(world.p.referral.query_days));
        }
        Warrant::Grant if admission && reported => {
            world.set_stage(i, Stage::Warranted);
            requests::admission(world, i);
            world.schedule_in(i, Due::Lapse, Days::rounded_up(world.p.law.warrant_lapses) + Days::ONE);
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
    requests::ministry_done(world, i);
    let granted = answer == Consent::Grant;
    let ready = world.case(i).stage == Stage::Ready;
    let arranged = world.case(i).readiness.arranged.is_some();
    match what {
        AskedFor::Leave if granted => leave::more_leave(world, i),
        AskedFor::Transfer | AskedFor::Discharge if ready && granted => {
            readiness::agree(world, i);
            if arranged {
                world.queues.leaving.push(i);
            }
        }
        AskedFor::Transfer if granted => readiness::agree(world, i),
        // What was arranged is given back: somebody else may have it.
        AskedFor::Transfer | AskedFor::Discharge if ready => readiness::back_to_leave(world, i),
        AskedFor::Transfer => waiting::withdraw(world, i),
        AskedFor::AbsoluteDischarge if granted && world.case(i).conditional() => {
            world.set_legal(i, Legal::AbsoluteDischarge, Purpose::AbsoluteEnd);
        }
        AskedFor::Leave
        | AskedFor::Discharge
        | AskedFor::AbsoluteDischarge
        | AskedFor::Admission
        | AskedFor::Remission => {}
    }
    // What could not be asked while this was open: the consent to a discharge for which all is arranged.
    let c = world.case(i);
    let waits = c.stage == Stage::Ready && c.asked.is_none() && c.readiness.missing.contains(Reason::Consent);
    if let Some(to) = c.readiness.arranged.filter(|_| waits) {
        requests::consent_to(world, i, to);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::calendar::Day;
    use crate::caseload::{Arrangement, Team, Wait};
    use crate::codes::{Place, Route};
    use crate::world::capacity::Ward;

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

    /// A patient of a medium secure unit for whom a hearing is listed and held today with this decision.
    fn decided(legal: Legal, answer: Hearing) -> (World, CaseId) {
        let mut w = World::small();
        let i = w.put(Place::Medium, legal);
        hear(&mut w, i, answer);
        (w, i)
    }

    /// A listed hearing is held today with this decision.
    fn hear(w: &mut World, i: CaseId, decision: Hearing) {
        w.case_mut(i).hearing.listed = true;
        w.says(decision);
        w.due_today(i, Due::Hearing);
        answer(w);
        w.must_hold();
    }

    /// The decisions of the tribunal about a case, and its other events: hearings listed, held or withdrawn.
    fn hearings_of(w: &World, i: CaseId) -> Vec<Label> {
        w.logged(i, Event::Hearing).into_iter().map(|(_, to)| to).collect()
    }

    /// A patient whose own application falls today.
    fn applies(place: Place, legal: Legal, days: Day) -> (World, CaseId) {
        let mut w = World::small();
        let i = w.put(place, legal);
        w.pass(days);
        w.happens_today(i, Hazard::Application);
        answer(&mut w);
        w.must_hold();
        (w, i)
    }

    #[test]
    fn the_first_right_of_a_restricted_patient_to_apply_comes_after_six_months() {
        for (days, listed) in [(182, false), (183, true)] {
            let (w, i) = applies(Place::Medium, Legal::S37S41, days);
            assert_eq!(w.case(i).hearing.listed, listed, "after {days} days");
            assert_eq!(w.due_in(i, Due::Hearing).is_some(), listed, "after {days} days");
        }
    }

    #[test]
    fn the_first_right_of_a_conditionally_discharged_person_comes_after_a_year() {
        for (days, listed) in [(364, false), (365, true)] {
            let (w, i) = applies(Place::Home, Legal::Cd, days);
            assert_eq!(w.case(i).hearing.listed, listed, "after {days} days");
        }
    }

    #[test]
    fn an_unrestricted_patient_may_apply_at_once() {
        let (w, i) = applies(Place::Medium, Legal::S3, 1);
        assert!(w.case(i).hearing.listed && w.case(i).hearing.applied);
        assert_eq!(hearings_of(&w, i), [Label::NONE], "listed");
    }

    #[test]
    fn nobody_is_listed_twice() {
        let (mut w, i) = applies(Place::Medium, Legal::S3, 1);
        let day = w.case(i).due.get(Due::Hearing);
        w.pass(1);
        w.happens_today(i, Hazard::Application);
        w.due_today(i, Due::Apply);
        answer(&mut w);
        assert_eq!(w.case(i).due.get(Due::Hearing), day);
        assert_eq!(hearings_of(&w, i).len(), 1);
    }

    #[test]
    fn a_reference_lists_an_inpatient_and_the_next_comes_after_three_years() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37S41);
        w.due_today(i, Due::Apply);
        answer(&mut w);
        assert!(w.case(i).hearing.listed && !w.case(i).hearing.applied);
        assert_eq!(w.due_in(i, Due::Apply), Some(1096));
    }

    #[test]
    fn restricted_hearings_come_later_than_others_and_those_after_a_recall_sooner() {
        let days = |legal: Legal, recalls: u8| {
            let mut w = World::small();
            w.p.tribunal.wait_sigma = 0.0;
            let i = w.put_with(Place::Medium, legal, |c| {
                (c.stage, c.past.recalls) = (Stage::Admission, recalls);
            });
            w.due_today(i, Due::Apply);
            answer(&mut w);
            w.due_in(i, Due::Hearing).expect("listed")
        };
        let (restricted, other, recalled) = (days(Legal::S37S41, 0), days(Legal::S3, 0), days(Legal::S37S41, 1));
        assert!(restricted > other && other > recalled, "{restricted}, {other}, {recalled}");
    }

    #[test]
    fn an_application_of_a_restricted_patient_can_be_withdrawn_and_then_costs_nothing() {
        let mut w = World::small();
        w.p.tribunal.withdrawn = 1.0;
        let i = w.put_with(Place::Medium, Legal::S37S41, |c| c.hearing.applied = true);
        hear(&mut w, i, Hearing::Absolute);
        assert_eq!((w.case(i).place, w.case(i).hearing.listed), (Place::Medium, false));
        assert_eq!(hearings_of(&w, i), [Label::NONE], "withdrawn");
        assert_eq!(w.accounts.total, 0);
    }

    #[test]
    fn nobody_withdraws_a_reference_or_an_unrestricted_application() {
        for (legal, applied) in [(Legal::S37S41, false), (Legal::S3, true)] {
            let mut w = World::small();
            w.p.tribunal.withdrawn = 1.0;
            let i = w.put_with(Place::Medium, legal, |c| c.hearing.applied = applied);
            hear(&mut w, i, Hearing::NoDischarge);
            assert_eq!(hearings_of(&w, i), [Label::of(Hearing::NoDischarge)], "{}", legal.name());
        }
    }

    #[test]
    fn a_hearing_costs_justice_and_puts_the_next_reference_off() {
        let (w, i) = decided(Legal::S3, Hearing::NoDischarge);
        assert_eq!(w.accounts.total as f64, 100.0 * w.p.money.hearing, "pence");
        assert_eq!(w.due_in(i, Due::Apply), Some(1096));
        assert!(!w.case(i).hearing.listed);
        assert!(w.case(i).clinical.reading.is_some(), "the tribunal sees a reading");
    }

    #[test]
    fn without_a_discharge_everything_stays_as_it_is() {
        for (legal, answer) in [(Legal::S3, Hearing::NoDischarge), (Legal::S47S49, Hearing::NotEntitled)] {
            let (w, i) = decided(legal, answer);
            let c = w.case(i);
            assert_eq!((c.place, c.legal, c.stage, c.asked), (Place::Medium, legal, Stage::Treatment, None));
        }
    }

    #[test]
    fn an_unrestricted_patient_is_discharged_from_detention_and_goes_home() {
        for legal in [Legal::S2, Legal::S3, Legal::S37, Legal::Notional37] {
            let (w, i) = decided(legal, Hearing::Discharge);
            assert_eq!((w.case(i).place, w.case(i).legal), (Place::Home, Legal::None), "{}", legal.name());
        }
    }

    #[test]
    fn a_restricted_patient_is_discharged_on_conditions_or_absolutely_and_goes_home() {
        for (answer, legal) in [(Hearing::Conditional, Legal::Cd), (Hearing::Absolute, Legal::AbsoluteDischarge)] {
            for before in [Legal::S37S41, Legal::Cpia] {
                let (w, i) = decided(before, answer);
                assert_eq!((w.case(i).place, w.case(i).legal), (Place::Home, legal), "{}", before.name());
                assert_eq!(w.case(i).past.discharged, Some(w.today()));
            }
        }
    }

    #[test]
    fn a_conditionally_discharged_person_may_be_discharged_absolutely_and_stays_at_home() {
        for legal in [Legal::Cd, Legal::CdDol] {
            let mut w = World::small();
            let i = w.put(Place::Supported, legal);
            hear(&mut w, i, Hearing::Absolute);
            assert_eq!((w.case(i).place, w.case(i).legal), (Place::Supported, Legal::AbsoluteDischarge));
        }
    }

    #[test]
    fn a_deferred_discharge_waits_for_place_and_team_and_needs_no_other_consent() {
        let (w, i) = decided(Legal::S37S41, Hearing::Deferred);
        let c = w.case(i);
        assert_eq!((c.place, c.legal, c.stage), (Place::Medium, Legal::S37S41, Stage::Ready));
        assert!(c.readiness.consent);
        assert_eq!(c.readiness.missing, Reason::Place | Reason::Team | Reason::Funding);
        assert_eq!(w.due_in(i, Due::Discharge), Some(1));
        assert_eq!(w.due_in(i, Due::Apply), Some(120), "heard again if that takes long");
    }

    #[test]
    fn a_deferred_discharge_ends_a_wait_for_the_next_tier() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37S41);
        w.case_mut(i).route = Route::StepDown;
        readiness::make_ready(&mut w, i, Reason::NextBed | Reason::Consent);
        waiting::accept(&mut w, i, Place::Low);
        hear(&mut w, i, Hearing::Deferred);
        assert_eq!(w.case(i).queued(), None);
        assert_eq!(w.case(i).readiness.missing, Reason::Place | Reason::Team | Reason::Funding);
        assert!(w.case(i).readiness.consent);
    }

    /// Has place and team arranged for a patient who is ready.
    fn arrange(w: &mut World, i: CaseId) {
        let area = w.case(i).area;
        readiness::make_ready(w, i, EnumSet::only(Reason::Consent));
        let to = Arrangement { place: Place::Supported, area, team: Some(Team::Forensic), aftercare_pays: true };
        readiness::arrange(w, i, to);
    }

    #[test]
    fn a_deferred_discharge_for_which_all_is_arranged_takes_place_today() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37S41);
        arrange(&mut w, i);
        hear(&mut w, i, Hearing::Deferred);
        assert_eq!(w.queues.leaving, [i]);
        assert!(w.case(i).readiness.missing.is_empty());
    }

    #[test]
    fn the_ministry_is_asked_to_remit_a_prisoner_who_would_be_discharged() {
        let remitted = [(Legal::S47S49, Reason::Prison), (Legal::S45A, Reason::Prison), (Legal::S48S49, Reason::Court)];
        for (legal, reason) in remitted {
            let (w, i) = decided(legal, Hearing::Entitled);
            let c = w.case(i);
            assert_eq!((c.place, c.stage, c.asked), (Place::Medium, Stage::Ready, Some(AskedFor::Remission)));
            assert_eq!(c.readiness.missing, reason | Reason::Consent, "{}", legal.name());
            assert!(w.due_in(i, Due::Consent).is_some(), "{}", legal.name());
        }
    }

    #[test]
    fn the_ministry_is_asked_one_thing_at_a_time() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S47S49, |c| c.asked = Some(AskedFor::Leave));
        hear(&mut w, i, Hearing::Entitled);
        assert_eq!((w.case(i).asked, w.case(i).stage), (Some(AskedFor::Leave), Stage::Treatment));
    }

    #[test]
    fn what_the_tribunal_settles_is_no_longer_asked_of_the_ministry() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S37S41, |c| c.asked = Some(AskedFor::Leave));
        w.says(Consent::Grant);
        w.due_today(i, Due::Consent);
        hear(&mut w, i, Hearing::Absolute);
        assert_eq!((w.case(i).place, w.case(i).asked), (Place::Home, None));
        assert_ne!(w.case(i).stage, Stage::EscortedLeave, "leave isn't granted to somebody who has left");
    }

    #[test]
    fn a_hearing_of_somebody_who_is_no_longer_detained_isnt_held() {
        for (place, legal) in [(Place::Home, Legal::None), (Place::Home, Legal::Cto), (Place::Acute, Legal::None)] {
            let mut w = World::small();
            let i = w.put(place, legal);
            hear(&mut w, i, Hearing::Discharge);
            assert!(hearings_of(&w, i).is_empty(), "{} in {}", legal.name(), place.name());
        }
    }

    #[test]
    fn a_hearing_that_was_taken_off_the_list_isnt_held() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S3);
        w.says(Hearing::Discharge);
        w.due_today(i, Due::Hearing);
        answer(&mut w);
        assert_eq!(w.case(i).place, Place::Medium);
    }

    #[test]
    fn a_tribunal_hears_only_as_many_as_it_can_the_longest_listed_first() {
        let mut w = World::small();
        w.agents.set("tribunal", 0, "capacity", 7.0).expect("the tribunal has a capacity");
        let cases: Vec<CaseId> = (0..3).map(|_| w.put(Place::Medium, Legal::S3)).collect();
        w.pass(10);
        w.says(Hearing::NoDischarge);
        // The last was listed for the earliest day.
        for (i, days) in cases.iter().zip([-1, -2, -3]) {
            w.case_mut(*i).hearing.listed = true;
            let day = w.today() + days;
            w.caseload.schedule(*i, Due::Hearing, day);
            w.due_today(*i, Due::Hearing);
        }
        for left in [2, 1, 0] {
            answer(&mut w);
            let heard: Vec<bool> = cases.iter().map(|i| !hearings_of(&w, *i).is_empty()).collect();
            assert_eq!(heard, [left < 1, left < 2, left < 3]);
            assert_eq!(w.queues.hearings.len(), left, "who isn't heard today waits on");
        }
    }

    /// The Ministry answers today on what is asked of a case.
    fn answered<Q: Question>(w: &mut World, i: CaseId, what: AskedFor, said: Q) {
        w.case_mut(i).asked = Some(what);
        w.says(said);
        w.due_today(i, Due::Consent);
        answer(w);
        w.must_hold();
    }

    #[test]
    fn leave_is_granted_by_a_grade_or_refused() {
        for (said, stage) in [(Consent::Grant, Stage::EscortedLeave), (Consent::Refuse, Stage::Treatment)] {
            let mut w = World::small();
            let i = w.put(Place::Medium, Legal::S37S41);
            answered(&mut w, i, AskedFor::Leave, said);
            assert_eq!((w.case(i).stage, w.case(i).asked), (stage, None));
        }
    }

    #[test]
    fn a_transfer_that_is_granted_waits_for_the_bed_alone() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37S41);
        readiness::make_ready(&mut w, i, Reason::NextBed | Reason::Consent);
        answered(&mut w, i, AskedFor::Transfer, Consent::Grant);
        let c = w.case(i);
        assert_eq!((c.stage, c.readiness.missing), (Stage::Ready, EnumSet::only(Reason::NextBed)));
        assert!(c.readiness.consent);
    }

    #[test]
    fn a_transfer_to_a_ward_that_is_arranged_takes_place_or_gives_the_bed_back() {
        for (said, taken) in [(Consent::Grant, 1), (Consent::Refuse, 0)] {
            let mut w = World::small();
            let i = w.put_with(Place::Low, Legal::S37S41, |c| c.stage = Stage::UnescortedLeave);
            to_ward(&mut w, i);
            answered(&mut w, i, AskedFor::Transfer, said);
            assert_eq!(w.queues.leaving.len(), taken);
            w.wards.close_day();
            assert_eq!(w.wards.used(Ward::OpenRehab), taken as i64);
        }
    }

    /// A bed on a rehabilitation ward is arranged for a patient who is ready.
    fn to_ward(w: &mut World, i: CaseId) {
        readiness::make_ready(w, i, EnumSet::only(Reason::Consent));
        let area = w.case(i).area;
        let to = Arrangement { place: Place::OpenRehab, area, team: None, aftercare_pays: true };
        readiness::arrange(w, i, to);
    }

    #[test]
    fn a_deferred_discharge_is_not_made_to_a_ward() {
        let mut w = World::small();
        let i = w.put(Place::Low, Legal::S37S41);
        to_ward(&mut w, i);
        hear(&mut w, i, Hearing::Deferred);
        let c = w.case(i);
        assert_eq!((c.readiness.arranged, c.readiness.consent), (None, true));
        assert_eq!(c.readiness.missing, Reason::Place | Reason::Team | Reason::Funding);
        assert!(w.queues.leaving.is_empty());
    }

    #[test]
    fn who_is_refused_a_transfer_goes_back_to_the_leave_that_was_held() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S37S41, |c| c.stage = Stage::UnescortedLeave);
        readiness::make_ready(&mut w, i, Reason::NextBed | Reason::Consent);
        answered(&mut w, i, AskedFor::Transfer, Consent::Refuse);
        let c = w.case(i);
        assert_eq!((c.stage, c.readiness.since), (Stage::UnescortedLeave, None));
        assert!(c.readiness.missing.is_empty() && !c.readiness.consent);
    }

    #[test]
    fn a_discharge_that_is_granted_takes_place_today_if_all_is_arranged() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37S41);
        arrange(&mut w, i);
        answered(&mut w, i, AskedFor::Discharge, Consent::Grant);
        assert_eq!(w.queues.leaving, [i]);
        assert!(w.case(i).readiness.consent && w.case(i).readiness.missing.is_empty());
    }

    #[test]
    fn a_discharge_that_is_granted_when_the_place_is_gone_is_agreed_to_all_the_same() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37S41);
        readiness::make_ready(&mut w, i, Reason::Place | Reason::Consent);
        answered(&mut w, i, AskedFor::Discharge, Consent::Grant);
        assert!(w.queues.leaving.is_empty());
        assert_eq!(w.case(i).readiness.missing, EnumSet::only(Reason::Place));
    }

    #[test]
    fn a_discharge_that_is_refused_gives_place_and_team_back() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37S41);
        arrange(&mut w, i);
        answered(&mut w, i, AskedFor::Discharge, Consent::Refuse);
        assert!(w.queues.leaving.is_empty());
        let c = w.case(i);
        assert_eq!((c.place, c.stage, c.readiness.consent), (Place::Medium, Stage::Treatment, false));
        assert!(c.readiness.missing.is_empty() && c.readiness.arranged.is_none());
        w.wards.close_day();
        assert_eq!((w.wards.used(Ward::Supported), w.wards.used(Ward::Forensic)), (0, 0));
    }

    #[test]
    fn the_ministry_ends_a_conditional_discharge_or_doesnt() {
        for (said, legal) in [(Consent::Grant, Legal::AbsoluteDischarge), (Consent::Refuse, Legal::Cd)] {
            let mut w = World::small();
            let i = w.put(Place::Home, Legal::Cd);
            answered(&mut w, i, AskedFor::AbsoluteDischarge, said);
            assert_eq!((w.case(i).legal, w.case(i).place), (legal, Place::Home));
        }
    }

    #[test]
    fn the_ministry_considers_a_conditional_discharge_when_its_time_has_come() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::Cd);
        w.happens_today(i, Hazard::Absolute);
        answer(&mut w);
        assert_eq!(w.case(i).asked, Some(AskedFor::AbsoluteDischarge));
        assert!(w.due_in(i, Due::Consent).is_some());
    }

    /// A prisoner with both reports in and a bed held.
    fn reported(w: &mut World) -> CaseId {
        let i = w.put_with(Place::Prison, Legal::None, |c| {
            (c.stage, c.target) = (Stage::Reported, Place::Medium);
            c.wait =
                Some(Wait { reported: Some(c.placement.since), queued: Some(c.placement.since), ..Wait::default() });
        });
        w.hold_bed(i, Place::Medium);
        i
    }

    #[test]
    fn a_warrant_leads_to_the_held_bed_and_lapses_when_fourteen_days_are_over() {
        let mut w = World::small();
        let i = reported(&mut w);
        answered(&mut w, i, AskedFor::Admission, Warrant::Grant);
        assert_eq!((w.case(i).stage, w.case(i).asked), (Stage::Warranted, None));
        assert!(w.due_in(i, Due::Admission).is_some_and(|days| days > 0));
        assert_eq!(w.due_in(i, Due::Lapse), Some(15));
    }

    #[test]
    fn the_ministry_answers_a_query_of_its_own_after_a_week() {
        let mut w = World::small();
        let i = reported(&mut w);
        answered(&mut w, i, AskedFor::Admission, Warrant::Query);
        assert_eq!((w.case(i).stage, w.case(i).asked), (Stage::Reported, Some(AskedFor::Admission)));
        assert_eq!(w.due_in(i, Due::Consent), Some(7));
    }

    #[test]
    fn a_warrant_that_is_refused_ends_the_wait_and_frees_the_bed() {
        let mut w = World::small();
        let i = reported(&mut w);
        answered(&mut w, i, AskedFor::Admission, Warrant::Refuse);
        let c = w.case(i);
        assert_eq!((c.stage, c.wait.is_none(), c.held), (Stage::None, true, None));
    }

    #[test]
    fn a_warrant_for_a_bed_that_is_gone_changes_nothing() {
        for said in [Warrant::Grant, Warrant::Refuse] {
            let mut w = World::small();
            let i = w.put_with(Place::Prison, Legal::None, |c| {
                c.stage = Stage::Accepted;
                c.wait = Some(Wait { queued: Some(c.placement.since), ..Wait::default() });
            });
            answered(&mut w, i, AskedFor::Admission, said);
            assert_eq!((w.case(i).stage, w.case(i).queued()), (Stage::Accepted, Some(w.today())));
            assert_eq!((w.due_in(i, Due::Admission), w.due_in(i, Due::Lapse)), (None, None));
        }
    }

    #[test]
    fn a_remission_that_is_granted_waits_for_the_prison() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S47S49);
        readiness::make_ready(&mut w, i, Reason::Prison | Reason::Consent);
        answered(&mut w, i, AskedFor::Remission, Warrant::Grant);
        assert_eq!((w.case(i).place, w.case(i).stage), (Place::Medium, Stage::Ready));
        assert_eq!(w.case(i).readiness.missing, EnumSet::only(Reason::Prison));
        assert!(w.due_in(i, Due::Remission).is_some_and(|days| days > 0));
    }

    #[test]
    fn who_is_refused_remission_goes_back_to_the_leave_that_was_held() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S47S49, |c| c.stage = Stage::EscortedLeave);
        readiness::make_ready(&mut w, i, Reason::Prison | Reason::Consent);
        answered(&mut w, i, AskedFor::Remission, Warrant::Refuse);
        assert_eq!((w.case(i).stage, w.due_in(i, Due::Remission)), (Stage::EscortedLeave, None));
        assert!(w.case(i).readiness.missing.is_empty());
    }

    #[test]
    fn a_busy_ministry_answers_warrants_for_the_acutely_ill_first() {
        let mut w = World::small();
        w.agents.set("ministry", 0, "capacity", 1.0).expect("the Ministry has a capacity");
        w.says(Consent::Grant);
        w.says(Warrant::Grant);
        let patient = w.put_with(Place::Medium, Legal::S37S41, |c| c.asked = Some(AskedFor::Leave));
        let prisoner = reported(&mut w);
        w.case_mut(prisoner).asked = Some(AskedFor::Admission);
        w.due_today(patient, Due::Consent);
        w.due_today(prisoner, Due::Consent);
        answer(&mut w);
        assert_eq!((w.case(prisoner).stage, w.case(patient).stage), (Stage::Warranted, Stage::Treatment));
        assert_eq!(w.queues.ministry, [patient]);
        answer(&mut w);
        assert_eq!(w.case(patient).stage, Stage::EscortedLeave);
    }

    #[test]
    fn who_asks_anew_before_the_answer_is_answered_once() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37S41);
        w.queues.ministry.push(i);
        answered(&mut w, i, AskedFor::Leave, Consent::Grant);
        assert_eq!(w.case(i).stage, Stage::EscortedLeave, "one grade");
        assert_eq!(w.logged(i, Event::Decision).len(), 1);
    }

    #[test]
    fn the_ministry_answers_nothing_that_is_no_longer_asked() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37S41);
        w.says(Consent::Grant);
        w.due_today(i, Due::Consent);
        answer(&mut w);
        assert_eq!(w.case(i).stage, Stage::Treatment);
        assert!(w.logged(i, Event::Decision).is_empty());
    }

    #[test]
    fn a_patient_applies_once_in_each_period_of_the_act() {
        let t = World::small().p.tribunal;
        for (legal, days) in [
            (Legal::S2, &[(0, Some(0)), (13, Some(0)), (14, None)][..]),
            (Legal::S3, &[(0, Some(0)), (183, Some(1)), (366, Some(2)), (730, Some(2)), (731, Some(3))][..]),
            (Legal::S37, &[(0, None), (182, None), (183, Some(0)), (366, Some(1)), (731, Some(2))][..]),
            (Legal::Cpia, &[(182, None), (183, Some(0))][..]),
            (Legal::S47S49, &[(0, Some(0)), (183, Some(1)), (366, Some(2))][..]),
            (Legal::Cd, &[(364, None), (365, Some(0)), (730, Some(1)), (1459, Some(1)), (1460, Some(2))][..]),
        ] {
            for (held, period) in days {
                assert_eq!(right(&t, legal).period(*held), *period, "{} after {held} days", legal.name());
            }
        }
    }

    #[test]
    fn a_right_that_is_used_comes_back_with_the_next_period_or_a_new_status() {
        let (mut w, i) = applies(Place::Medium, Legal::S3, 10);
        let again = |w: &mut World, i| {
            w.case_mut(i).hearing.listed = false;
            w.happens_today(i, Hazard::Application);
            answer(w);
            w.case(i).hearing.listed
        };
        w.pass(20);
        assert!(!again(&mut w, i), "in the same six months");
        w.pass(160);
        assert!(again(&mut w, i), "in the next");
        w.set_legal(i, Legal::S37, Purpose::None);
        w.pass(190);
        assert!(again(&mut w, i), "under another order");
    }

    #[test]
    fn references_come_when_the_act_says() {
        let after = |from, to| {
            let mut w = World::small();
            let i = w.put(Place::Medium, from);
            w.set_legal(i, to, Purpose::None);
            w.due_in(i, Due::Apply)
        };
        assert_eq!(after(Legal::Cd, Legal::S37S41), Some(30), "a recall");
        assert_eq!(after(Legal::None, Legal::S3), Some(183), "a civil section");
        assert_eq!(after(Legal::None, Legal::S37), Some(1096), "a hospital order");
        for legal in [Legal::S35, Legal::S36, Legal::S38] {
            assert_eq!(after(Legal::None, legal), None, "{}: the court alone", legal.name());
        }
    }

    #[test]
    fn a_hearing_of_a_remand_or_an_interim_order_isnt_held() {
        for legal in [Legal::S35, Legal::S36, Legal::S38] {
            let (w, i) = decided(legal, Hearing::Discharge);
            assert!(hearings_of(&w, i).is_empty(), "{}", legal.name());
        }
    }

    #[test]
    fn a_prisoner_of_whom_the_ministry_was_notified_is_sent_back() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S47S49, |c| c.hearing.notified = true);
        answered(&mut w, i, AskedFor::Remission, Warrant::Refuse);
        assert!(w.due_in(i, Due::Remission).is_some());
    }

    #[test]
    fn the_transfer_of_a_restricted_patient_to_more_security_needs_consent() {
        for (said, consent) in [(Consent::Grant, true), (Consent::Refuse, false)] {
            let mut w = World::small();
            let i = w.put(Place::Low, Legal::S37S41);
            readiness::refer_inpatient(&mut w, i, Route::StepUp, Place::Medium);
            assert_eq!(w.case(i).asked, Some(AskedFor::Transfer));
            answered(&mut w, i, AskedFor::Transfer, said);
            let c = w.case(i);
            assert_eq!((c.readiness.consent, c.wait.is_some()), (consent, consent));
            assert_eq!(c.stage, if consent { Stage::Referred } else { Stage::Treatment });
        }
    }

    #[test]
    fn the_consent_that_could_not_be_asked_for_is_asked_for_next() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37S41);
        arrange(&mut w, i);
        answered(&mut w, i, AskedFor::Leave, Consent::Refuse);
        assert_eq!(w.case(i).asked, Some(AskedFor::Discharge));
    }
}
