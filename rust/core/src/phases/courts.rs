//! Phase 2: courts sit. Disposals for defendants with a disorder; remand, interim orders and sentences run out by law.

use crate::calendar::{Day, NEVER};
use crate::caseload::agenda::Due;
use crate::caseload::{NO_ONE, NO_UNIT, PSYCHOSIS, Route};
use crate::codes::{Decision, Ending, Event, Label, Legal, Offence, Place, Reason, Spend, Stage};
use crate::decisions::ask::Docket;
use crate::draw::{Purpose, normal};
use crate::law::places;
use crate::transitions::{discharge, place, readiness, waiting};
use crate::world::World;
use crate::{law, readings, requests};

const COMMUNITY: u32 = 1;
const MHTR: u32 = 1 << 1;
const CUSTODY: u32 = 1 << 2;
const S35: u32 = 1 << 3;
const S36: u32 = 1 << 4;
const S38: u32 = 1 << 5;
const S37: u32 = 1 << 6;
const S37S41: u32 = 1 << 7;
const S45A: u32 = 1 << 8;

/// Phase 2.
pub fn sit(world: &mut World) {
    let mut docket = Docket::new(Decision::Disposal);
    let mut verdicts = Vec::new();
    for i in world.take_due(Due::Court) {
        if world.case(i).place == Place::Awol {
            // In absence nothing is decided: listed again.
            requests::court_sitting(world, i);
        } else if assessment_under_way(world, i) {
            let (today, days) = (world.today(), world.p.court.adjourned as Day);
            world.caseload.plan(i, Due::Court, today + days);
        } else if world.case(i).charged && world.case(i).ordered.is_none() {
            let verdict = hear(world, i);
            if verdict.convicted {
                docket.add(i, lawful(world, i, verdict.unfit));
            }
            verdicts.push((i, verdict));
        }
    }
    let mut answers = world.ask(&docket).into_iter();
    for (i, verdict) in verdicts {
        if !verdict.convicted {
            acquit(world, i);
        } else if let Some(answer) = answers.next() {
            dispose(world, i, &verdict, answer);
        }
    }
    for i in world.take_due(Due::Release) {
        release(world, i);
    }
    for i in world.take_due(Due::Expiry) {
        expire(world, i);
    }
}

/// Whether a bed may yet be offered: a hospital order needs one, so the court adjourns for the report.
fn assessment_under_way(world: &World, i: u32) -> bool {
    let c = world.case(i);
    let waited = f64::from(world.today() - c.need);
    c.charged
        && c.ordered.is_none()
        && matches!(c.stage, Stage::Identified | Stage::Referred)
        && waited < world.p.court.waits_for_assessment
}

/// What the law lets the court do with a defendant.
fn lawful(world: &World, i: u32, unfit: bool) -> u32 {
    let c = world.case(i);
    let in_hospital = places::hospital(c.place);
    let bed = in_hospital || c.stage == Stage::Accepted;
    if in_hospital && !law::awaits_court(c.legal) {
        // A detained patient stays one, whatever the sentence; an unrestricted one may come under a hospital order.
        let orders = if c.crown { S37 | S37S41 } else { S37 };
        let movable = matches!(c.legal, Legal::S3 | Legal::None | Legal::Cto);
        return COMMUNITY | if movable && law::hospital_order_lawful(c.offence) { orders } else { 0 };
    }
    if unfit {
        // Special verdict: hospital order with restriction (Crown Court), supervision or absolute discharge.
        return COMMUNITY | if bed { S37S41 } else { 0 };
    }
    if !law::hospital_order_lawful(c.offence) {
        return CUSTODY;
    }
    let mut mask = COMMUNITY | MHTR | CUSTODY;
    if bed {
        mask |= S37;
        if c.crown {
            mask |= S37S41 | S45A;
        }
        if !matches!(c.legal, Legal::S38) {
            mask |= S38;
        }
        if !in_hospital {
            mask |= S35;
            if c.crown && c.place == Place::Remand {
                mask |= S36;
            }
        }
    }
    if matches!(c.legal, Legal::Cd | Legal::CdDol) {
        // Under restrictions already: a new restricted order, or none.
        mask &= COMMUNITY | CUSTODY | S37S41;
    }
    mask
}

/// What the court finds before it disposes.
struct Verdict {
    convicted: bool,
    /// Unfit to plead, or insane.
    unfit: bool,
    /// Uniform number of the sentence's length.
    length: f64,
}

/// Hears a case.
fn hear(world: &mut World, i: u32) -> Verdict {
    readings::advance(world, i);
    let key = world.key;
    let ordinal = world.case_mut(i).next(Purpose::Sentence);
    let u = key.uniforms(world.case(i).person, Purpose::Sentence, ordinal);
    let c = world.case(i);
    let unfit = c.crown && c.has(PSYCHOSIS) && c.clinical.unwell && u[0] < world.p.court.unfit;
    Verdict { convicted: unfit || u[1] < world.p.court.convicted, unfit, length: u[2] }
}

/// Does what the court has decided.
fn dispose(world: &mut World, i: u32, verdict: &Verdict, answer: u8) {
    let unfit = verdict.unfit;
    let hospital_remand = matches!(answer, 3 | 4);
    if !hospital_remand {
        if !unfit {
            reconvict(world, i);
        }
        world.case_mut(i).charged = answer == 5;
        let c = world.case_mut(i);
        c.convictions = (c.convictions + 1).min(3);
    }
    match answer {
        0 | 1 => community(
            world,
            i,
            if unfit {
                Legal::Supervision
            } else if answer == 1 {
                Legal::Mhtr
            } else {
                Legal::None
            },
        ),
        2 => custody(world, i, verdict.length),
        3 => order(world, i, Legal::S35, 0.0),
        4 => order(world, i, Legal::S36, 0.0),
        5 => order(world, i, Legal::S38, 0.0),
        6 => order(world, i, Legal::S37, 0.0),
        7 => order(world, i, if unfit { Legal::Cpia } else { Legal::S37S41 }, 0.0),
        _ => order(world, i, Legal::S45A, verdict.length),
    }
}

/// Logs a reconviction after discharge from secure care.
fn reconvict(world: &mut World, i: u32) {
    if world.case(i).secure_exit >= 0 {
        let o = world.case(i).offence;
        let event = if world.case(i).grave { Event::Grave } else { Event::Reconviction };
        world.event(i, event, Label::NONE, Label::offence(o), None, Purpose::Sentence);
        let (area, society, cost) = (world.case(i).area, world.books.society(), world.p.money.crime);
        world.books.pay(area, society, Spend::Crime, cost);
    }
}

/// Whether somebody is in prison for a charge alone: on remand, or past the end of a sentence.
fn held_for_charge(world: &World, i: u32) -> bool {
    let c = world.case(i);
    places::prison(c.place) && c.release == NEVER
}

/// The charge falls: whoever was held for it alone goes free, or stays as a civil patient.
fn acquit(world: &mut World, i: u32) {
    world.case_mut(i).charged = false;
    let (place, legal) = (world.case(i).place, world.case(i).legal);
    if held_for_charge(world, i) {
        waiting::withdraw(world, i);
        free(world, i);
    } else if places::hospital(place) {
        if law::awaits_court(legal) {
            world.set_legal(i, Legal::S3, Purpose::Sentence);
        }
    } else if world.case(i).ordered.is_some() || world.case(i).stage == Stage::AwaitingCourt {
        waiting::withdraw(world, i);
    }
    world.sync_justice(i);
    requests::closing(world, i);
}

/// Lets a prisoner go.
fn free(world: &mut World, i: u32) {
    let licence = world.case(i).release != NEVER && world.case(i).legal == Legal::None;
    world.case_mut(i).release = NEVER;
    place::move_to(world, i, Place::Home, Ending::Release, Purpose::Sentence);
    if licence {
        world.set_legal(i, Legal::Licence, Purpose::Sentence);
        let days = world.p.court.licence_over as Day;
        let today = world.today();
        world.caseload.plan(i, Due::Expiry, today + days);
    }
    world.set_stage(i, Stage::None);
    requests::closing(world, i);
    world.sync_justice(i);
}

fn community(world: &mut World, i: u32, status: Legal) {
    let place = world.case(i).place;
    if places::hospital(place) {
        if !law::awaits_court(world.case(i).legal) {
            return;
        }
        if world.case(i).clinical.unwell {
            // No order of the court, and still ill: detained as a civil patient.
            world.set_legal(i, Legal::S3, Purpose::Disposal);
        } else {
            discharge::discharge_in_law(world, i, Some(status), Purpose::Disposal);
        }
        return;
    }
    waiting::withdraw(world, i);
    if held_for_charge(world, i) {
        place::move_to(world, i, Place::Home, Ending::Release, Purpose::Disposal);
    }
    let legal = world.case(i).legal;
    // What the Ministry or a hospital holds the person under goes on beside the sentence.
    if !matches!(legal, Legal::Cd | Legal::CdDol | Legal::Cto) && !law::detained(legal) {
        world.set_legal(i, status, Purpose::Disposal);
    }
    world.set_stage(i, Stage::None);
    requests::closing(world, i);
    world.sync_justice(i);
}

/// Draws the days that a sentence keeps somebody in custody from today on.
fn served(world: &World, i: u32, u: f64) -> Day {
    let (c, p) = (world.case(i), &world.p.court);
    let median = match c.offence {
        Offence::Murder => return p.served_murder as Day,
        _ if c.grave => p.served_grave,
        _ if c.crown => p.served_crown,
        _ => p.served_magistrates,
    };
    (libm::ceil(median * libm::exp(p.served_sigma * normal(u))) as Day).max(1)
}

fn custody(world: &mut World, i: u32, u: f64) {
    let today = world.today();
    let days = served(world, i, u);
    world.case_mut(i).release = today + days;
    world.caseload.plan(i, Due::Release, today + days);
    let (place, legal) = (world.case(i).place, world.case(i).legal);
    if places::hospital(place) {
        if legal == Legal::S48S49 {
            world.set_legal(i, Legal::S47S49, Purpose::Disposal);
        } else if law::awaits_court(legal) {
            place::move_to(world, i, Place::Prison, Ending::Remission, Purpose::Disposal);
            world.set_legal(i, Legal::None, Purpose::Disposal);
            world.set_stage(i, Stage::None);
        }
    } else {
        // Somebody in the queue from remand stays in it, now as a sentenced prisoner.
        if world.case(i).route == Route::Court {
            waiting::withdraw(world, i);
        }
        if place != Place::Prison {
            let ending = if place == Place::Remand { Ending::Transfer } else { Ending::Custody };
            place::move_to(world, i, Place::Prison, ending, Purpose::Disposal);
        }
        if world.case(i).held == NO_UNIT {
            world.caseload.cancel(i, Due::Admission);
        }
        if law::ends_in_custody(world.case(i).legal) {
            world.set_legal(i, Legal::None, Purpose::Disposal);
        }
        if world.case(i).stage == Stage::AwaitingCourt {
            let stage = if world.case(i).clinical.unwell { Stage::Unseen } else { Stage::None };
            world.case_mut(i).route = Route::Prison;
            world.set_stage(i, stage);
        }
    }
}

/// An order to hospital: in the bed where the person already is, or as soon as a bed is there, within the court's limit.
fn order(world: &mut World, i: u32, status: Legal, u: f64) {
    let today = world.today();
    if status == Legal::S45A {
        let days = served(world, i, u);
        world.case_mut(i).release = today + days;
        world.caseload.plan(i, Due::Release, today + days);
    }
    if places::hospital(world.case(i).place) {
        world.set_legal(i, status, Purpose::Disposal);
        if status == Legal::S38 {
            let days = world.p.law.interim_longest as Day;
            world.caseload.plan(i, Due::Court, today + days);
        }
        return;
    }
    if law::detained(world.case(i).legal) {
        // Was to be admitted to an acute ward: the court's order takes its place.
        world.set_legal(i, Legal::None, Purpose::Disposal);
        world.case_mut(i).awaits_ward = false;
        world.caseload.cancel(i, Due::Admission);
    }
    let limit =
        if matches!(status, Legal::S35 | Legal::S36) { world.p.law.remand_bed_within } else { world.p.law.bed_within };
    let queued = world.queues.beds.contains(&i);
    let c = world.case_mut(i);
    c.ordered = Some(status);
    c.route = Route::Court;
    if c.need < 0 {
        c.need = today;
    }
    world.set_stage(i, Stage::Accepted);
    if !queued {
        world.queues.beds.push(i);
    }
    world.caseload.plan(i, Due::Lapse, today + limit as Day);
}

/// A sentence reaches its release day.
fn release(world: &mut World, i: u32) {
    let (place, legal) = (world.case(i).place, world.case(i).legal);
    if places::prison(place) {
        if world.case(i).charged {
            // Held on a further charge.
            world.case_mut(i).release = NEVER;
            return;
        }
        waiting::withdraw(world, i);
        free(world, i);
    } else if law::transferred(legal) {
        world.case_mut(i).release = NEVER;
        if legal != Legal::S48S49 {
            // The restriction ends with the sentence: detained as if under a hospital order.
            world.set_legal(i, Legal::Notional37, Purpose::Sentence);
            drop_restriction(world, i);
        }
    } else {
        world.case_mut(i).release = NEVER;
    }
}

/// Consent of the Ministry is no longer needed.
fn drop_restriction(world: &mut World, i: u32) {
    world.caseload.cancel(i, Due::Consent);
    world.caseload.cancel(i, Due::Remission);
    world.case_mut(i).asked = NO_ONE;
    if world.case(i).stage == Stage::Ready {
        let missing = world.case(i).missing
            & !(readiness::lacks(Reason::Consent) | readiness::lacks(Reason::Prison) | readiness::lacks(Reason::Court));
        if missing == 0 {
            // Was to go back to prison, which no longer can be: reviewed afresh.
            readiness::unready(world, i);
            world.set_stage(i, Stage::Treatment);
        } else {
            readiness::blocked(world, i, missing);
        }
    }
}

/// A status that ends by itself does so.
fn expire(world: &mut World, i: u32) {
    let today = world.today();
    let (legal, place) = (world.case(i).legal, world.case(i).place);
    match legal {
        Legal::S2 => world.set_legal(i, Legal::S3, Purpose::None),
        Legal::S3 | Legal::S37 | Legal::Notional37 => {
            // Renewed by the clinician as long as the patient is kept: leaving is decided at reviews and hearings.
            let days = world.p.law.s3_later as Day;
            world.caseload.plan(i, Due::Expiry, today + days);
        }
        Legal::S35 | Legal::S36 | Legal::S38 => {
            world.case_mut(i).charged = true;
            world.caseload.plan(i, Due::Court, today + 1);
        }
        Legal::Cto if places::community(place) => {
            if world.case(i).clinical.unwell {
                let days = world.p.law.cto_days as Day;
                world.caseload.plan(i, Due::Expiry, today + days);
            } else {
                world.set_legal(i, Legal::None, Purpose::None);
            }
        }
        Legal::Licence if places::community(place) => {
            world.set_legal(i, Legal::None, Purpose::None);
            world.sync_justice(i);
        }
        _ => {}
    }
}
