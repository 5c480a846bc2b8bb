//! Phase 5: reviews. The responsible clinician looks at each inpatient on the review day, on readings; the patient answers to
//! treatment. What the clinician may answer is [`allowed`], what follows is done by [`apply`].

use enumset::EnumSet;

use crate::agents::{Kind, responsible_clinician};
use crate::calendar::Days;
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::codes::{AskedFor, Engagement, Place, Reason, Review, Route, Stage};
use crate::decisions::queue::DecisionQueue;
use crate::ids::CaseId;
use crate::law::{self, places, stages};
use crate::transitions::{leave, readiness, waiting};
use crate::world::World;
use crate::{readings, requests};

/// Phase 5.
pub fn review(world: &mut World) {
    // Everyone is asked about the state at the start of the phase, on today's readings; consequences come after.
    let (mut patients, mut clinicians) = (DecisionQueue::new(), DecisionQueue::new());
    for i in world.take_due(Due::Review) {
        let Some(unit) = world.case(i).placement.unit else { continue };
        let noise = world.agents.of(Kind::ResponsibleClinician).get(unit.index(), responsible_clinician::noise);
        readings::read(world, i, noise);
        if world.case(i).stage == Stage::Admission {
            world.set_stage(i, Stage::Treatment);
            world.case_mut(i).grade = Stage::Treatment;
        }
        // Employment support is for people in the community.
        patients.add(i, !EnumSet::only(Engagement::Work));
        clinicians.add(i, allowed(world.case(i)));
        requests::review(world, i);
    }
    let met = world.ask(&patients);
    let answers = world.ask(&clinicians);
    for (i, answer) in patients.cases().iter().zip(met) {
        engage(world, *i, answer);
    }
    for (i, answer) in clinicians.cases().iter().zip(answers) {
        apply(world, *i, answer);
    }
}

/// What the patient's own answer to treatment does.
fn engage(world: &mut World, i: CaseId, answer: Engagement) {
    let (step, hope) = (world.p.clinical.engagement_step, world.p.clinical.hope_step);
    let k = &mut world.case_mut(i).clinical;
    match answer {
        Engagement::Engage | Engagement::Work => k.engagement = (k.engagement + step).min(1.0),
        Engagement::Withhold => k.engagement = (k.engagement - step).max(0.0),
        Engagement::Anxious => {
            k.engagement = (k.engagement - step).max(0.0);
            k.hope = (k.hope - hope).max(0.0);
        }
    }
}

/// What the law, and the patient's state, lets the clinician answer.
pub(crate) fn allowed(c: &Case) -> EnumSet<Review> {
    let mut allowed = EnumSet::only(Review::Stay);
    if c.stage == Stage::Ready {
        return allowed | Review::LessLeave;
    }
    if !stages::in_treatment(c.stage) {
        return allowed;
    }
    let pending = c.asked.is_some();
    if c.stage != Stage::Trial && !pending {
        allowed |= Review::MoreLeave;
    }
    if stages::escorted(c.stage) {
        allowed |= Review::LessLeave;
    }
    if c.place != Place::High {
        allowed |= Review::StepUp;
    }
    if !pending && !law::awaits_court(c.legal) {
        if places::below(c.place).is_some() {
            allowed |= Review::StepDown;
        }
        // A serving prisoner can't be discharged to the community before release.
        if !c.sentenced() {
            allowed |= Review::Ready;
        }
    }
    if !pending && law::transferred(c.legal) && (c.sentenced() || c.offending.charged) {
        allowed |= Review::Remit;
    }
    allowed
}

/// Does what the clinician has answered.
fn apply(world: &mut World, i: CaseId, answer: Review) {
    let legal = world.case(i).legal;
    match answer {
        Review::Stay => stay(world, i),
        Review::MoreLeave if law::restricted(legal) => requests::ministry(world, i, AskedFor::Leave),
        Review::MoreLeave => leave::more_leave(world, i),
        Review::LessLeave => leave::less_leave(world, i),
        Review::StepUp => step_up(world, i),
        Review::StepDown => step_down(world, i),
        Review::Ready => {
            readiness::make_ready(world, i, readiness::to_leave(legal));
            world.schedule_in(i, Due::Discharge, Days::ONE);
        }
        Review::Remit => {
            let missing = if world.case(i).sentenced() { Reason::Prison } else { Reason::Court };
            readiness::make_ready(world, i, missing | Reason::Consent);
            requests::ministry(world, i, AskedFor::Remission);
        }
    }
}

/// Another quarter of waiting costs hope, for a patient who is ready.
fn stay(world: &mut World, i: CaseId) {
    if world.case(i).stage == Stage::Ready {
        let step = world.p.clinical.hope_step;
        let k = &mut world.case_mut(i).clinical;
        k.hope = (k.hope - step).max(0.0);
    }
}

/// Refers to the tier below; a restricted patient needs the Ministry's consent to the transfer.
fn step_down(world: &mut World, i: CaseId) {
    let Some(tier) = places::below(world.case(i).place) else { return };
    let restricted = law::restricted(world.case(i).legal);
    world.case_mut(i).route = Route::StepDown;
    let consent = if restricted { EnumSet::only(Reason::Consent) } else { EnumSet::empty() };
    readiness::make_ready(world, i, consent | Reason::NextBed);
    waiting::ask_assessment(world, i, tier);
    if restricted {
        requests::ministry(world, i, AskedFor::Transfer);
    }
}

/// Refers to the tier above.
fn step_up(world: &mut World, i: CaseId) {
    let Some(tier) = places::above(world.case(i).place) else { return };
    let c = world.case_mut(i);
    c.route = Route::StepUp;
    c.grade = c.stage;
    waiting::identify(world, i);
    world.set_stage(i, Stage::Referred);
    waiting::ask_assessment(world, i, tier);
}
