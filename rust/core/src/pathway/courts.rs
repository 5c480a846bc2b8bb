//! Phase 2: courts sit. Disposals for defendants with a disorder; remand, interim orders and sentences run out by law.

use serde::Deserialize;

use crate::asking::Docket;
use crate::calendar::{Day, NEVER};
use crate::caseload::agenda::Due;
use crate::caseload::{PSYCHOSIS, Route};
use crate::codes::{Decision, Ending, Event, Label, Legal, Offence, Place, Reason, Stage};
use crate::draw::{Purpose, normal};
use crate::pathway::{discharges, illness, law, moves, readiness, states};
use crate::sim::Sim;

/// Courts and sentences.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CourtParams {
    /// Share of defendants who are convicted [share].
    pub convicted: f64,
    /// Share of Crown Court defendants with an acute psychosis found unfit or insane [share].
    pub unfit: f64,
    /// Spread of the logarithm of the days until a court sits [ln d].
    pub delay_sigma: f64,
    /// Median days served of a magistrates' sentence [d].
    pub served_magistrates: f64,
    /// Median days served of a Crown Court sentence [d].
    pub served_crown: f64,
    /// Median days served for a grave offence [d].
    pub served_grave: f64,
    /// Spread of the logarithm of the days served [ln d].
    pub served_sigma: f64,
    /// Days served for murder [d].
    pub served_murder: f64,
    /// Days before release that a long sentence must last for licence to follow [d].
    pub licence_over: f64,
    /// Longest adjournment for a report [d].
    pub adjourned: f64,
    /// Days from the need until which a court waits for an assessment under way [d].
    pub waits_for_assessment: f64,
}

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
pub fn sit(sim: &mut Sim) {
    let mut docket = Docket::new(Decision::Disposal);
    let mut verdicts = Vec::new();
    for i in sim.take_due(Due::Court) {
        if sim.case(i).place == Place::Awol {
            // In absence nothing is decided: listed again.
            list(sim, i);
        } else if assessment_under_way(sim, i) {
            let (today, days) = (sim.today(), sim.p.court.adjourned as Day);
            sim.caseload.plan(i, Due::Court, today + days);
        } else if sim.case(i).charged && sim.case(i).ordered.is_none() {
            let verdict = hear(sim, i);
            if verdict.convicted {
                docket.add(i, lawful(sim, i, verdict.unfit));
            }
            verdicts.push((i, verdict));
        }
    }
    let mut answers = sim.ask(&docket).into_iter();
    for (i, verdict) in verdicts {
        if !verdict.convicted {
            acquit(sim, i);
        } else if let Some(answer) = answers.next() {
            dispose(sim, i, &verdict, answer);
        }
    }
    for i in sim.take_due(Due::Release) {
        release(sim, i);
    }
    for i in sim.take_due(Due::Expiry) {
        expire(sim, i);
    }
}

/// Lists a defendant before the court.
pub fn list(sim: &mut Sim, i: u32) {
    let (kind, at) = (crate::agents::Kind::CriminalCourt, sim.decider(crate::agents::Kind::CriminalCourt, i));
    let table = sim.agents.of(kind);
    let median = if sim.case(i).crown {
        table.get(at, crate::agents::criminal_court::crown_delay)
    } else {
        table.get(at, crate::agents::criminal_court::magistrates_delay)
    };
    let sigma = sim.p.court.delay_sigma;
    let days = illness::days(sim, i, Purpose::CourtDelay, median, sigma);
    let today = sim.today();
    sim.caseload.plan(i, Due::Court, today + days);
}

/// Whether a bed may yet be offered: a hospital order needs one, so the court adjourns for the report.
fn assessment_under_way(sim: &Sim, i: u32) -> bool {
    let c = sim.case(i);
    let waited = f64::from(sim.today() - c.need);
    c.charged
        && c.ordered.is_none()
        && matches!(c.stage, Stage::Identified | Stage::Referred)
        && waited < sim.p.court.waits_for_assessment
}

/// What the law lets the court do with a defendant.
fn lawful(sim: &Sim, i: u32, unfit: bool) -> u32 {
    let c = sim.case(i);
    let in_hospital = states::hospital(c.place);
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
fn hear(sim: &mut Sim, i: u32) -> Verdict {
    illness::advance(sim, i);
    let key = sim.key;
    let ordinal = sim.case_mut(i).next(Purpose::Sentence);
    let u = key.uniforms(sim.case(i).person, Purpose::Sentence, ordinal);
    let c = sim.case(i);
    let unfit = c.crown && c.has(PSYCHOSIS) && c.clinical.unwell && u[0] < sim.p.court.unfit;
    Verdict { convicted: unfit || u[1] < sim.p.court.convicted, unfit, length: u[2] }
}

/// Does what the court has decided.
fn dispose(sim: &mut Sim, i: u32, verdict: &Verdict, answer: u8) {
    let unfit = verdict.unfit;
    let hospital_remand = matches!(answer, 3 | 4);
    if !hospital_remand {
        if !unfit {
            reconvict(sim, i);
        }
        sim.case_mut(i).charged = answer == 5;
        let c = sim.case_mut(i);
        c.convictions = (c.convictions + 1).min(3);
    }
    match answer {
        0 | 1 => community(
            sim,
            i,
            if unfit {
                Legal::Supervision
            } else if answer == 1 {
                Legal::Mhtr
            } else {
                Legal::None
            },
        ),
        2 => custody(sim, i, verdict.length),
        3 => order(sim, i, Legal::S35, 0.0),
        4 => order(sim, i, Legal::S36, 0.0),
        5 => order(sim, i, Legal::S38, 0.0),
        6 => order(sim, i, Legal::S37, 0.0),
        7 => order(sim, i, if unfit { Legal::Cpia } else { Legal::S37S41 }, 0.0),
        _ => order(sim, i, Legal::S45A, verdict.length),
    }
}

/// Logs a reconviction after discharge from secure care.
fn reconvict(sim: &mut Sim, i: u32) {
    if sim.case(i).secure_exit >= 0 {
        let o = sim.case(i).offence;
        let event = if sim.case(i).grave { Event::Grave } else { Event::Reconviction };
        sim.event(i, event, Label::NONE, Label::offence(o), None, Purpose::Sentence);
        let (area, society, cost) = (sim.case(i).area, sim.books.society(), sim.p.money.crime);
        sim.books.pay(area, society, crate::codes::Spend::Crime, cost);
    }
}

/// Whether somebody is in prison for a charge alone: on remand, or past the end of a sentence.
fn held_for_charge(sim: &Sim, i: u32) -> bool {
    let c = sim.case(i);
    states::prison(c.place) && c.release == NEVER
}

/// The charge falls: whoever was held for it alone goes free, or stays as a civil patient.
fn acquit(sim: &mut Sim, i: u32) {
    sim.case_mut(i).charged = false;
    let (place, legal) = (sim.case(i).place, sim.case(i).legal);
    if held_for_charge(sim, i) {
        readiness::withdraw(sim, i);
        free(sim, i);
    } else if states::hospital(place) {
        if law::awaits_court(legal) {
            sim.set_legal(i, Legal::S3, Purpose::Sentence);
        }
    } else if sim.case(i).ordered.is_some() || sim.case(i).stage == Stage::AwaitingCourt {
        readiness::withdraw(sim, i);
    }
    sim.sync_justice(i);
    moves::plan_close(sim, i);
}

/// Lets a prisoner go.
fn free(sim: &mut Sim, i: u32) {
    let licence = sim.case(i).release != NEVER && sim.case(i).legal == Legal::None;
    sim.case_mut(i).release = NEVER;
    moves::to(sim, i, Place::Home, Ending::Release, Purpose::Sentence);
    if licence {
        sim.set_legal(i, Legal::Licence, Purpose::Sentence);
        let days = sim.p.court.licence_over as Day;
        let today = sim.today();
        sim.caseload.plan(i, Due::Expiry, today + days);
    }
    sim.set_stage(i, Stage::None);
    moves::plan_close(sim, i);
    sim.sync_justice(i);
}

fn community(sim: &mut Sim, i: u32, status: Legal) {
    let place = sim.case(i).place;
    if states::hospital(place) {
        if !law::awaits_court(sim.case(i).legal) {
            return;
        }
        if sim.case(i).clinical.unwell {
            // No order of the court, and still ill: detained as a civil patient.
            sim.set_legal(i, Legal::S3, Purpose::Disposal);
        } else {
            discharges::discharge_in_law(sim, i, Some(status), Purpose::Disposal);
        }
        return;
    }
    readiness::withdraw(sim, i);
    if held_for_charge(sim, i) {
        moves::to(sim, i, Place::Home, Ending::Release, Purpose::Disposal);
    }
    let legal = sim.case(i).legal;
    // What the Ministry or a hospital holds the person under goes on beside the sentence.
    if !matches!(legal, Legal::Cd | Legal::CdDol | Legal::Cto) && !law::detained(legal) {
        sim.set_legal(i, status, Purpose::Disposal);
    }
    sim.set_stage(i, Stage::None);
    moves::plan_close(sim, i);
    sim.sync_justice(i);
}

/// Draws the days that a sentence keeps somebody in custody from today on.
fn served(sim: &Sim, i: u32, u: f64) -> Day {
    let (c, p) = (sim.case(i), &sim.p.court);
    let median = match c.offence {
        Offence::Murder => return p.served_murder as Day,
        _ if c.grave => p.served_grave,
        _ if c.crown => p.served_crown,
        _ => p.served_magistrates,
    };
    (libm::ceil(median * libm::exp(p.served_sigma * normal(u))) as Day).max(1)
}

fn custody(sim: &mut Sim, i: u32, u: f64) {
    let today = sim.today();
    let days = served(sim, i, u);
    sim.case_mut(i).release = today + days;
    sim.caseload.plan(i, Due::Release, today + days);
    let (place, legal) = (sim.case(i).place, sim.case(i).legal);
    if states::hospital(place) {
        if legal == Legal::S48S49 {
            sim.set_legal(i, Legal::S47S49, Purpose::Disposal);
        } else if law::awaits_court(legal) {
            moves::to(sim, i, Place::Prison, Ending::Remission, Purpose::Disposal);
            sim.set_legal(i, Legal::None, Purpose::Disposal);
            sim.set_stage(i, Stage::None);
        }
    } else {
        // Somebody in the queue from remand stays in it, now as a sentenced prisoner.
        if sim.case(i).route == Route::Court {
            readiness::withdraw(sim, i);
        }
        if place != Place::Prison {
            let ending = if place == Place::Remand { Ending::Transfer } else { Ending::Custody };
            moves::to(sim, i, Place::Prison, ending, Purpose::Disposal);
        }
        if sim.case(i).held == crate::caseload::NO_UNIT {
            sim.caseload.cancel(i, Due::Admission);
        }
        if law::ends_in_custody(sim.case(i).legal) {
            sim.set_legal(i, Legal::None, Purpose::Disposal);
        }
        if sim.case(i).stage == Stage::AwaitingCourt {
            let stage = if sim.case(i).clinical.unwell { Stage::Unseen } else { Stage::None };
            sim.case_mut(i).route = Route::Prison;
            sim.set_stage(i, stage);
        }
    }
}

/// An order to hospital: in the bed where the person already is, or as soon as a bed is there, within the court's limit.
fn order(sim: &mut Sim, i: u32, status: Legal, u: f64) {
    let today = sim.today();
    if status == Legal::S45A {
        let days = served(sim, i, u);
        sim.case_mut(i).release = today + days;
        sim.caseload.plan(i, Due::Release, today + days);
    }
    if states::hospital(sim.case(i).place) {
        sim.set_legal(i, status, Purpose::Disposal);
        if status == Legal::S38 {
            let days = sim.p.law.interim_longest as Day;
            sim.caseload.plan(i, Due::Court, today + days);
        }
        return;
    }
    if law::detained(sim.case(i).legal) {
        // Was to be admitted to an acute ward: the court's order takes its place.
        sim.set_legal(i, Legal::None, Purpose::Disposal);
        sim.case_mut(i).awaits_ward = false;
        sim.caseload.cancel(i, Due::Admission);
    }
    let limit =
        if matches!(status, Legal::S35 | Legal::S36) { sim.p.law.remand_bed_within } else { sim.p.law.bed_within };
    let queued = sim.queues.beds.contains(&i);
    let c = sim.case_mut(i);
    c.ordered = Some(status);
    c.route = Route::Court;
    if c.need < 0 {
        c.need = today;
    }
    sim.set_stage(i, Stage::Accepted);
    if !queued {
        sim.queues.beds.push(i);
    }
    sim.caseload.plan(i, Due::Lapse, today + limit as Day);
}

/// A sentence reaches its release day.
fn release(sim: &mut Sim, i: u32) {
    let (place, legal) = (sim.case(i).place, sim.case(i).legal);
    if states::prison(place) {
        if sim.case(i).charged {
            // Held on a further charge.
            sim.case_mut(i).release = NEVER;
            return;
        }
        readiness::withdraw(sim, i);
        free(sim, i);
    } else if law::transferred(legal) {
        sim.case_mut(i).release = NEVER;
        if legal != Legal::S48S49 {
            // The restriction ends with the sentence: detained as if under a hospital order.
            sim.set_legal(i, Legal::Notional37, Purpose::Sentence);
            drop_restriction(sim, i);
        }
    } else {
        sim.case_mut(i).release = NEVER;
    }
}

/// Consent of the Ministry is no longer needed.
fn drop_restriction(sim: &mut Sim, i: u32) {
    sim.caseload.cancel(i, Due::Consent);
    sim.caseload.cancel(i, Due::Remission);
    sim.case_mut(i).asked = crate::caseload::NO_ONE;
    if sim.case(i).stage == Stage::Ready {
        let missing = sim.case(i).missing
            & !(readiness::lacks(Reason::Consent) | readiness::lacks(Reason::Prison) | readiness::lacks(Reason::Court));
        if missing == 0 {
            // Was to go back to prison, which no longer can be: reviewed afresh.
            readiness::unready(sim, i);
            sim.set_stage(i, Stage::Treatment);
        } else {
            readiness::blocked(sim, i, missing);
        }
    }
}

/// A status that ends by itself does so.
fn expire(sim: &mut Sim, i: u32) {
    let today = sim.today();
    let (legal, place) = (sim.case(i).legal, sim.case(i).place);
    match legal {
        Legal::S2 => sim.set_legal(i, Legal::S3, Purpose::None),
        Legal::S3 | Legal::S37 | Legal::Notional37 => {
            // Renewed by the clinician as long as the patient is kept: leaving is decided at reviews and hearings.
            let days = sim.p.law.s3_later as Day;
            sim.caseload.plan(i, Due::Expiry, today + days);
        }
        Legal::S35 | Legal::S36 | Legal::S38 => {
            sim.case_mut(i).charged = true;
            sim.caseload.plan(i, Due::Court, today + 1);
        }
        Legal::Cto if states::community(place) => {
            if sim.case(i).clinical.unwell {
                let days = sim.p.law.cto_days as Day;
                sim.caseload.plan(i, Due::Expiry, today + days);
            } else {
                sim.set_legal(i, Legal::None, Purpose::None);
            }
        }
        Legal::Licence if states::community(place) => {
            sim.set_legal(i, Legal::None, Purpose::None);
            sim.sync_justice(i);
        }
        _ => {}
    }
}
