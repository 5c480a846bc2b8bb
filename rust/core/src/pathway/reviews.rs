//! Phase 5: reviews. The responsible clinician looks at each inpatient on the review day, on readings.

use serde::Deserialize;

use crate::agents::{Kind, responsible_clinician};
use crate::asking::Docket;
use crate::calendar::{Day, NEVER};
use crate::caseload::agenda::Due;
use crate::caseload::{NO_ONE, Route};
use crate::codes::{Decision, Place, Reason, Stage};
use crate::draw::Purpose;
use crate::pathway::{illness, law, readiness, referrals, states, tribunals, view};
use crate::sim::Sim;

/// Inpatient care.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InpatientParams {
    /// Reading of symptoms below which a transferred prisoner counts as treated [SD].
    pub recovered_below: f64,
    /// Spread of review days round the interval, as a share of it [share].
    pub review_jitter: f64,
}

/// Phase 5.
pub fn review(sim: &mut Sim) {
    let due = sim.take_due(Due::Review);
    // Everyone is asked about the state at the start of the phase, on today's readings; consequences come after.
    let (mut patients, mut clinicians) = (Docket::new(Decision::Engagement), Docket::new(Decision::Review));
    for i in due {
        let c = sim.case(i);
        if !states::secure(c.place) {
            continue;
        }
        let noise = sim.agents.of(Kind::ResponsibleClinician).get(usize::from(c.unit), responsible_clinician::noise);
        illness::read(sim, i, noise);
        if sim.case(i).stage == Stage::Admission {
            sim.set_stage(i, Stage::Treatment);
            sim.case_mut(i).grade = Stage::Treatment;
        }
        // Employment support is for people in the community.
        patients.add(i, 0b0111);
        clinicians.add(i, lawful(sim, i));
        plan_next(sim, i);
    }
    let met = sim.ask(&patients);
    let answers = sim.ask(&clinicians);
    for (i, answer) in patients.cases().iter().zip(met) {
        engage(sim, *i, answer);
    }
    for (i, answer) in clinicians.cases().iter().zip(answers) {
        apply(sim, *i, answer);
    }
}

/// Plans the next review.
pub fn plan_next(sim: &mut Sim, i: u32) {
    let unit = usize::from(sim.case(i).unit);
    let every = sim.agents.of(Kind::ResponsibleClinician).get(unit, responsible_clinician::interval);
    let (key, jitter) = (sim.key, sim.p.inpatient.review_jitter);
    let u = sim.case_mut(i).draw(key, Purpose::Reading);
    let days = libm::ceil(every * (1.0 + jitter * (2.0 * u - 1.0))) as Day;
    let today = sim.today();
    sim.caseload.plan(i, Due::Review, today + days.max(1));
}

/// What the patient's own answer to treatment does.
fn engage(sim: &mut Sim, i: u32, answer: u8) {
    let step = sim.p.clinical.engagement_step;
    let hope = sim.p.clinical.hope_step;
    let k = &mut sim.case_mut(i).clinical;
    match answer {
        1 => k.engagement = (k.engagement - step).max(0.0),
        2 => {
            k.engagement = (k.engagement - step).max(0.0);
            k.hope = (k.hope - hope).max(0.0);
        }
        _ => k.engagement = (k.engagement + step).min(1.0),
    }
}

/// What the law, and the patient's state, lets the clinician answer.
fn lawful(sim: &Sim, i: u32) -> u32 {
    const STAY: u32 = 1;
    const MORE: u32 = 1 << 1;
    const LESS: u32 = 1 << 2;
    const UP: u32 = 1 << 3;
    const DOWN: u32 = 1 << 4;
    const READY: u32 = 1 << 5;
    const REMIT: u32 = 1 << 6;
    let c = sim.case(i);
    let pending = c.asked != NO_ONE;
    let mut mask = STAY;
    match c.stage {
        Stage::Treatment | Stage::EscortedLeave | Stage::UnescortedLeave | Stage::Trial => {
            let waits_for_court = law::awaits_court(c.legal);
            if c.stage != Stage::Trial && !pending {
                mask |= MORE;
            }
            if view::escorted(c.stage) {
                mask |= LESS;
            }
            if c.place != Place::High {
                mask |= UP;
            }
            if !pending && !waits_for_court {
                if states::below(c.place).is_some() {
                    mask |= DOWN;
                }
                // A serving prisoner can't be discharged to the community before release.
                if c.release == NEVER {
                    mask |= READY;
                }
            }
            if law::transferred(c.legal) && (c.release != NEVER || c.charged) && !pending {
                mask |= REMIT;
            }
        }
        Stage::Ready => mask |= LESS,
        _ => {}
    }
    mask
}

fn apply(sim: &mut Sim, i: u32, answer: u8) {
    let restricted = law::restricted(sim.case(i).legal);
    match answer {
        1 if restricted => tribunals::ask(sim, i, tribunals::LEAVE),
        1 => more_leave(sim, i),
        2 => {
            let stage = if sim.case(i).stage == Stage::Ready {
                readiness::unready(sim, i);
                sim.case(i).grade
            } else {
                match sim.case(i).stage {
                    Stage::Trial => Stage::UnescortedLeave,
                    Stage::UnescortedLeave => Stage::EscortedLeave,
                    _ => Stage::Treatment,
                }
            };
            sim.set_stage(i, stage);
            sim.case_mut(i).grade = stage;
        }
        3 => step_up(sim, i),
        4 => step_down(sim, i),
        5 => {
            let consent = if restricted { readiness::lacks(Reason::Consent) } else { 0 };
            readiness::make_ready(
                sim,
                i,
                readiness::lacks(Reason::Place)
                    | readiness::lacks(Reason::Team)
                    | readiness::lacks(Reason::Funding)
                    | consent,
            );
            let today = sim.today();
            sim.caseload.plan(i, Due::Discharge, today + 1);
        }
        6 => {
            let missing = if sim.case(i).release == NEVER { Reason::Court } else { Reason::Prison };
            readiness::make_ready(sim, i, readiness::lacks(missing) | readiness::lacks(Reason::Consent));
            tribunals::ask(sim, i, tribunals::REMISSION);
        }
        _ => {
            if sim.case(i).stage == Stage::Ready {
                // Another quarter of waiting costs hope.
                let step = sim.p.clinical.hope_step;
                let k = &mut sim.case_mut(i).clinical;
                k.hope = (k.hope - step).max(0.0);
            }
        }
    }
}

/// Gives the next grade of leave.
pub fn more_leave(sim: &mut Sim, i: u32) {
    let next = match sim.case(i).stage {
        Stage::Treatment => Stage::EscortedLeave,
        Stage::EscortedLeave => Stage::UnescortedLeave,
        Stage::UnescortedLeave => Stage::Trial,
        _ => return,
    };
    sim.set_stage(i, next);
    let step = sim.p.clinical.hope_step;
    let c = sim.case_mut(i);
    c.grade = next;
    c.clinical.hope = (c.clinical.hope + step).min(1.0);
}

fn step_down(sim: &mut Sim, i: u32) {
    let Some(tier) = states::below(sim.case(i).place) else { return };
    let restricted = law::restricted(sim.case(i).legal);
    sim.case_mut(i).route = Route::StepDown;
    readiness::make_ready(
        sim,
        i,
        readiness::lacks(Reason::NextBed) | if restricted { readiness::lacks(Reason::Consent) } else { 0 },
    );
    referrals::ask_assessment(sim, i, tier);
    if restricted {
        tribunals::ask(sim, i, tribunals::TRANSFER);
    }
}

fn step_up(sim: &mut Sim, i: u32) {
    let Some(tier) = states::above(sim.case(i).place) else { return };
    let today = sim.today();
    let grade = sim.case(i).stage;
    let c = sim.case_mut(i);
    c.route = Route::StepUp;
    c.grade = grade;
    c.need = today;
    sim.set_stage(i, Stage::Referred);
    referrals::ask_assessment(sim, i, tier);
}
