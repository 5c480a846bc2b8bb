//! Phase 5: reviews. The responsible clinician looks at each inpatient on the review day, on readings.

use crate::agents::{Kind, responsible_clinician};
use crate::calendar::NEVER;
use crate::caseload::agenda::Due;
use crate::caseload::{NO_ONE, Route};
use crate::codes::{Decision, Place, Reason, Stage};
use crate::decisions::ask::Docket;
use crate::law::{places, stages};
use crate::transitions::{leave, readiness, waiting};
use crate::world::World;
use crate::{law, readings, requests};

/// Phase 5.
pub fn review(world: &mut World) {
    let due = world.take_due(Due::Review);
    // Everyone is asked about the state at the start of the phase, on today's readings; consequences come after.
    let (mut patients, mut clinicians) = (Docket::new(Decision::Engagement), Docket::new(Decision::Review));
    for i in due {
        let c = world.case(i);
        if !places::secure(c.place) {
            continue;
        }
        let noise = world.agents.of(Kind::ResponsibleClinician).get(usize::from(c.unit), responsible_clinician::noise);
        readings::read(world, i, noise);
        if world.case(i).stage == Stage::Admission {
            world.set_stage(i, Stage::Treatment);
            world.case_mut(i).grade = Stage::Treatment;
        }
        // Employment support is for people in the community.
        patients.add(i, 0b0111);
        clinicians.add(i, lawful(world, i));
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
fn engage(world: &mut World, i: u32, answer: u8) {
    let step = world.p.clinical.engagement_step;
    let hope = world.p.clinical.hope_step;
    let k = &mut world.case_mut(i).clinical;
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
fn lawful(world: &World, i: u32) -> u32 {
    const STAY: u32 = 1;
    const MORE: u32 = 1 << 1;
    const LESS: u32 = 1 << 2;
    const UP: u32 = 1 << 3;
    const DOWN: u32 = 1 << 4;
    const READY: u32 = 1 << 5;
    const REMIT: u32 = 1 << 6;
    let c = world.case(i);
    let pending = c.asked != NO_ONE;
    let mut mask = STAY;
    match c.stage {
        Stage::Treatment | Stage::EscortedLeave | Stage::UnescortedLeave | Stage::Trial => {
            let waits_for_court = law::awaits_court(c.legal);
            if c.stage != Stage::Trial && !pending {
                mask |= MORE;
            }
            if stages::escorted(c.stage) {
                mask |= LESS;
            }
            if c.place != Place::High {
                mask |= UP;
            }
            if !pending && !waits_for_court {
                if places::below(c.place).is_some() {
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

fn apply(world: &mut World, i: u32, answer: u8) {
    let restricted = law::restricted(world.case(i).legal);
    match answer {
        1 if restricted => requests::ministry(world, i, requests::LEAVE),
        1 => leave::more_leave(world, i),
        2 => {
            let stage = if world.case(i).stage == Stage::Ready {
                readiness::unready(world, i);
                world.case(i).grade
            } else {
                match world.case(i).stage {
                    Stage::Trial => Stage::UnescortedLeave,
                    Stage::UnescortedLeave => Stage::EscortedLeave,
                    _ => Stage::Treatment,
                }
            };
            world.set_stage(i, stage);
            world.case_mut(i).grade = stage;
        }
        3 => step_up(world, i),
        4 => step_down(world, i),
        5 => {
            let consent = if restricted { readiness::lacks(Reason::Consent) } else { 0 };
            readiness::make_ready(
                world,
                i,
                readiness::lacks(Reason::Place)
                    | readiness::lacks(Reason::Team)
                    | readiness::lacks(Reason::Funding)
                    | consent,
            );
            let today = world.today();
            world.caseload.plan(i, Due::Discharge, today + 1);
        }
        6 => {
            let missing = if world.case(i).release == NEVER { Reason::Court } else { Reason::Prison };
            readiness::make_ready(world, i, readiness::lacks(missing) | readiness::lacks(Reason::Consent));
            requests::ministry(world, i, requests::REMISSION);
        }
        _ => {
            if world.case(i).stage == Stage::Ready {
                // Another quarter of waiting costs hope.
                let step = world.p.clinical.hope_step;
                let k = &mut world.case_mut(i).clinical;
                k.hope = (k.hope - step).max(0.0);
            }
        }
    }
}

fn step_down(world: &mut World, i: u32) {
    let Some(tier) = places::below(world.case(i).place) else { return };
    let restricted = law::restricted(world.case(i).legal);
    world.case_mut(i).route = Route::StepDown;
    readiness::make_ready(
        world,
        i,
        readiness::lacks(Reason::NextBed) | if restricted { readiness::lacks(Reason::Consent) } else { 0 },
    );
    waiting::ask_assessment(world, i, tier);
    if restricted {
        requests::ministry(world, i, requests::TRANSFER);
    }
}

fn step_up(world: &mut World, i: u32) {
    let Some(tier) = places::above(world.case(i).place) else { return };
    let today = world.today();
    let grade = world.case(i).stage;
    let c = world.case_mut(i);
    c.route = Route::StepUp;
    c.grade = grade;
    c.need = today;
    world.set_stage(i, Stage::Referred);
    waiting::ask_assessment(world, i, tier);
}
