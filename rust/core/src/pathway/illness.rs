//! Phase 3: illness and risk. Deaths too, so that nobody acts who has died today.

use serde::Deserialize;

use crate::calendar::Day;
use crate::caseload::agenda::Due;
use crate::caseload::clinical::Setting;
use crate::caseload::{Route, SUBSTANCE};
use crate::codes::{Ending, Event, Label, Place, Stage};
use crate::draw::{Purpose, normal};
use crate::pathway::hazards::Hazard;
use crate::pathway::{books, moves, readiness, states};
use crate::sim::Sim;

/// Referral of those who are noticed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferralParams {
    /// Share of cases not referred on the day on which the need is identified [share].
    pub late_share: f64,
    /// Median days until such a case is referred [d].
    pub late_days: f64,
    /// Spread of its logarithm [ln d].
    pub late_sigma: f64,
    /// Days after which a person who was held, or refused, is looked at again [d].
    pub again: f64,
    /// Refusals after which a referral is given up [count].
    pub most_refusals: f64,
    /// Median days until both medical reports are in [d].
    pub report_days: f64,
    /// Spread of its logarithm [ln d].
    pub report_sigma: f64,
    /// Spread of the logarithm of the time an assessment takes [ln d].
    pub assessment_sigma: f64,
    /// Days after the Ministry's query or a lapsed warrant until it is asked again [d].
    pub query_days: f64,
}

/// Brings a case's clinical state forward to today.
pub fn advance(sim: &mut Sim, i: u32) {
    let (key, today) = (sim.key, sim.today());
    let age = sim.age(i);
    let c = sim.case_mut(i);
    if c.clinical.at >= today {
        return;
    }
    let setting = Setting {
        prison: states::prison(c.place),
        hospital: states::hospital(c.place),
        substance_outside: states::community(c.place) && c.has(SUBSTANCE),
        age,
    };
    let before = c.clinical.programme;
    let ordinal = c.next(Purpose::Drift);
    let u = key.uniforms(c.person, Purpose::Drift, ordinal);
    let mut k = c.clinical;
    k.advance(&sim.p.clinical, today, setting, u);
    let done = before < 1.0 && k.programme >= 1.0;
    sim.case_mut(i).clinical = k;
    if done {
        sim.event(i, Event::Programme, Label::NONE, Label::NONE, None, Purpose::Programme);
        let training = sim.lever("recovery_training", sim.case(i).area);
        let lift = sim.p.clinical.hope_training * training;
        let k = &mut sim.case_mut(i).clinical;
        k.hope = (k.hope + lift).min(1.0);
    }
    sim.touch(i);
}

/// Takes readings of a case with noise [SD].
pub fn read(sim: &mut Sim, i: u32, noise: f64) {
    advance(sim, i);
    let (key, today) = (sim.key, sim.today());
    let ordinal = sim.case_mut(i).next(Purpose::Reading);
    let person = sim.case(i).person;
    let mut k = sim.case(i).clinical;
    k.read(&sim.p.clinical, key, person, ordinal, noise, today);
    sim.case_mut(i).clinical = k;
}

/// Days of a lognormal delay with a median [d] and spread of the logarithm [ln d]; at least one.
pub fn days(sim: &mut Sim, i: u32, purpose: Purpose, median: f64, sigma: f64) -> Day {
    let key = sim.key;
    let u = sim.case_mut(i).draw(key, purpose);
    (libm::ceil(median * libm::exp(sigma * normal(u))) as Day).max(1)
}

/// Phase 3.
pub fn evolve(sim: &mut Sim) {
    for (hazard, event) in [(Hazard::Death, Event::Death), (Hazard::Suicide, Event::Suicide)] {
        for i in sim.take_hazard(hazard) {
            die(sim, i, event, hazard.purpose());
        }
    }
    for i in sim.take_hazard(Hazard::Relapse) {
        relapse(sim, i);
    }
    for i in sim.take_hazard(Hazard::Recovery) {
        recover(sim, i);
    }
    for i in sim.take_hazard(Hazard::Assault) {
        sim.event(i, Event::Assault, Label::NONE, Label::NONE, None, Purpose::Assault);
        setback(sim, i, Stage::Treatment);
    }
    for i in sim.take_hazard(Hazard::Noticed) {
        // Whom the court has let go, or who has recovered, on this very day is no longer looked for.
        if sim.case(i).stage == Stage::Unseen {
            notice(sim, i);
        }
    }
}

fn die(sim: &mut Sim, i: u32, event: Event, cause: Purpose) {
    sim.event(i, event, Label::place(sim.case(i).place), Label::place(Place::Dead), None, cause);
    moves::to(sim, i, Place::Dead, Ending::Death, cause);
}

fn relapse(sim: &mut Sim, i: u32) {
    advance(sim, i);
    books::accrue(sim, i);
    sim.case_mut(i).clinical.unwell = true;
    sim.event(i, Event::Unwell, Label::NONE, Label::NONE, None, Purpose::Relapse);
    let place = sim.case(i).place;
    if states::prison(place) {
        if matches!(sim.case(i).stage, Stage::None | Stage::AwaitingCourt) {
            sim.case_mut(i).route = Route::Prison;
            sim.set_stage(i, Stage::Unseen);
        }
    } else if states::hospital(place) {
        setback(sim, i, Stage::Treatment);
    } else if states::community(place) {
        // The team sees it soon: a contact out of turn.
        let today = sim.today();
        sim.caseload.plan(i, Due::Contact, today + 1);
    }
    sim.touch(i);
}

/// Takes leave away and starts the way out again, for a patient in treatment.
pub fn setback(sim: &mut Sim, i: u32, to: Stage) {
    let c = sim.case_mut(i);
    if !matches!(
        c.stage,
        Stage::Treatment | Stage::EscortedLeave | Stage::UnescortedLeave | Stage::Trial | Stage::Ready
    ) {
        return;
    }
    c.setbacks = c.setbacks.saturating_add(1);
    if c.stage == Stage::Ready {
        readiness::unready(sim, i);
    }
    sim.set_stage(i, to);
    sim.case_mut(i).grade = to;
}

fn recover(sim: &mut Sim, i: u32) {
    advance(sim, i);
    books::accrue(sim, i);
    sim.case_mut(i).clinical.unwell = false;
    sim.event(i, Event::Recovered, Label::NONE, Label::NONE, None, Purpose::Recovery);
    if states::prison(sim.case(i).place) {
        // Treated in prison before a bed was found: the referral is withdrawn, a held bed is not.
        let waiting =
            matches!(sim.case(i).stage, Stage::Unseen | Stage::Identified | Stage::Referred | Stage::Accepted);
        if waiting && sim.case(i).ordered.is_none() {
            readiness::withdraw(sim, i);
        }
    }
    sim.touch(i);
}

fn notice(sim: &mut Sim, i: u32) {
    let today = sim.today();
    sim.case_mut(i).need = today;
    sim.set_stage(i, Stage::Identified);
    sim.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Identified), None, Purpose::Noticed);
    let (key, share) = (sim.key, sim.p.referral.late_share);
    let late = sim.case_mut(i).draw(key, Purpose::Noticed) < share;
    let wait = if late {
        let (median, sigma) = (sim.p.referral.late_days, sim.p.referral.late_sigma);
        1 + days(sim, i, Purpose::AssessDelay, median, sigma)
    } else {
        1
    };
    sim.caseload.plan(i, Due::Refer, today + wait);
}
