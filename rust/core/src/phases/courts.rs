//! Phase 2: courts sit. Disposals for defendants with a disorder; remand, interim orders and sentences run out by law.
//!
//! The court is asked of each defendant who is listed today and convicted; what it may answer is [`allowed`], what it has
//! answered is done by [`dispose`].

use enumset::EnumSet;

use crate::calendar::Days;
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::codes::{
    Diagnosis, Disposal, Ending, Event, Label, Legal, Offence, Place, Purpose, Reason, Route, Spend, Stage,
};
use crate::decisions::queue::DecisionQueue;
use crate::draw::normal;
use crate::ids::CaseId;
use crate::law::{self, places};
use crate::plan::CourtParams;
use crate::transitions::{discharge, offending, place, readiness, waiting};
use crate::world::World;
use crate::{readings, requests};

/// Phase 2.
pub fn sit(world: &mut World) {
    let mut queue = DecisionQueue::new();
    let mut verdicts = Vec::new();
    for i in world.take_due(Due::Court) {
        if world.case(i).place == Place::Awol {
            // In absence nothing is decided: listed again.
            requests::court_sitting(world, i);
        } else if assessment_under_way(world, i) {
            world.schedule_in(i, Due::Court, Days::rounded_up(world.p.court.adjourned));
        } else if world.case(i).offending.charged && world.case(i).ordered().is_none() {
            let verdict = hear(world, i);
            if verdict.convicted {
                queue.add(i, allowed(world.case(i), verdict.unfit));
            }
            verdicts.push((i, verdict));
        }
    }
    let mut answers = world.ask(&queue).into_iter();
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
fn assessment_under_way(world: &World, i: CaseId) -> bool {
    let c = world.case(i);
    let waited = c.identified().map(|day| f64::from(world.today() - day));
    c.offending.charged
        && c.ordered().is_none()
        && matches!(c.stage, Stage::Identified | Stage::Referred)
        && waited.is_some_and(|days| days < world.p.court.waits_for_assessment)
}

/// What the law lets the court do with a defendant who was convicted, or found unfit to plead or insane.
pub(crate) fn allowed(c: &Case, unfit: bool) -> EnumSet<Disposal> {
    let o = &c.offending;
    let crown = |orders: EnumSet<Disposal>| if o.crown { orders } else { EnumSet::empty() };
    let in_hospital = places::hospital(c.place);
    let bed = in_hospital || c.stage == Stage::Accepted;
    if in_hospital && !law::awaits_court(c.legal) {
        // A detained patient stays one, whatever the sentence; an unrestricted one may come under a hospital order.
        let movable = matches!(c.legal, Legal::S3 | Legal::None | Legal::Cto);
        return if movable && law::hospital_order_lawful(o.offence) {
            Disposal::Community | Disposal::S37 | crown(Disposal::S37S41.into())
        } else {
            Disposal::Community.into()
        };
    }
    if unfit {
        // Special verdict: hospital order with restriction (Crown Court), supervision or absolute discharge.
        return if bed { Disposal::Community | Disposal::S37S41 } else { Disposal::Community.into() };
    }
    if !law::hospital_order_lawful(o.offence) {
        return Disposal::Custody.into();
    }
    let mut allowed = Disposal::Community | Disposal::Treatment | Disposal::Custody;
    if bed {
        allowed |= Disposal::S37 | crown(Disposal::S37S41 | Disposal::S45A);
        if c.legal != Legal::S38 {
            allowed |= Disposal::S38;
        }
        if !in_hospital {
            allowed |= Disposal::S35;
            if c.place == Place::Remand {
                allowed |= crown(Disposal::S36.into());
            }
        }
    }
    if c.conditional() {
        // Under restrictions already: a new restricted order, or none.
        allowed &= Disposal::Community | Disposal::Custody | Disposal::S37S41;
    }
    allowed
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
fn hear(world: &mut World, i: CaseId) -> Verdict {
    readings::advance(world, i);
    let u = world.draw_four(i, Purpose::Sentence);
    let c = world.case(i);
    let unfit = c.offending.crown && c.has(Diagnosis::Psychosis) && c.clinical.unwell && u[0] < world.p.court.unfit;
    Verdict { convicted: unfit || u[1] < world.p.court.convicted, unfit, length: u[2] }
}

/// Does what the court has decided.
fn dispose(world: &mut World, i: CaseId, verdict: &Verdict, answer: Disposal) {
    let unfit = verdict.unfit;
    // A remand to hospital disposes of nothing yet, an interim order not for good.
    if !matches!(answer, Disposal::S35 | Disposal::S36) {
        if !unfit {
            reconvict(world, i);
        }
        offending::convict(world, i, answer == Disposal::S38);
    }
    match answer {
        Disposal::Community | Disposal::Treatment if unfit => community(world, i, Legal::Supervision),
        Disposal::Community => community(world, i, Legal::None),
        Disposal::Treatment => community(world, i, Legal::Mhtr),
        Disposal::Custody => custody(world, i, verdict.length),
        Disposal::S35 => order(world, i, Legal::S35),
        Disposal::S36 => order(world, i, Legal::S36),
        Disposal::S38 => order(world, i, Legal::S38),
        Disposal::S37 => order(world, i, Legal::S37),
        Disposal::S37S41 => order(world, i, if unfit { Legal::Cpia } else { Legal::S37S41 }),
        Disposal::S45A => {
            let days = served(&world.p.court, world.case(i), verdict.length);
            offending::sentence(world, i, days);
            order(world, i, Legal::S45A);
        }
    }
}

/// Logs a reconviction after discharge from secure care, and what the crime costs.
fn reconvict(world: &mut World, i: CaseId) {
    let c = world.case(i);
    if c.past.secure_exit.is_some() {
        let (offence, area) = (c.offending.offence, c.area);
        let event = if c.offending.grave { Event::Grave } else { Event::Reconviction };
        world.event(i, event, Label::NONE, Label::offence(offence), None, Purpose::Sentence);
        let society = world.accounts.society();
        world.accounts.pay(area, society, Spend::Crime, world.p.money.crime);
    }
}

/// Whether somebody is in prison for a charge alone: on remand, or past the end of a sentence.
fn held_for_charge(c: &Case) -> bool {
    places::prison(c.place) && !c.sentenced()
}

/// The charge falls: whoever was held for it alone goes free, or stays as a civil patient.
fn acquit(world: &mut World, i: CaseId) {
    offending::drop_charge(world, i);
    let c = world.case(i);
    if held_for_charge(c) {
        waiting::withdraw(world, i);
        free(world, i);
    } else if places::hospital(c.place) {
        if law::awaits_court(c.legal) {
            world.set_legal(i, Legal::S3, Purpose::Sentence);
        }
    } else if c.ordered().is_some() || c.stage == Stage::AwaitingCourt {
        waiting::withdraw(world, i);
    }
    world.sync_justice(i);
    requests::closing(world, i);
}

/// Lets a prisoner go.
fn free(world: &mut World, i: CaseId) {
    let licence = world.case(i).sentenced() && world.case(i).legal == Legal::None;
    offending::end_sentence(world, i);
    place::move_to(world, i, Place::Home, Ending::Release, Purpose::Sentence);
    if licence {
        world.set_legal(i, Legal::Licence, Purpose::Sentence);
        world.schedule_in(i, Due::Expiry, Days::rounded_up(world.p.court.licence_over));
    }
    world.set_stage(i, Stage::None);
    requests::closing(world, i);
    world.sync_justice(i);
}

/// A sentence in the community, or none.
fn community(world: &mut World, i: CaseId, status: Legal) {
    let c = world.case(i);
    if places::hospital(c.place) {
        if !law::awaits_court(c.legal) {
            return;
        }
        if c.clinical.unwell {
            // No order of the court, and still ill: detained as a civil patient.
            world.set_legal(i, Legal::S3, Purpose::Disposal);
        } else {
            discharge::discharge_in_law(world, i, Some(status), Purpose::Disposal);
        }
        return;
    }
    waiting::withdraw(world, i);
    if held_for_charge(world.case(i)) {
        place::move_to(world, i, Place::Home, Ending::Release, Purpose::Disposal);
    }
    // What the Ministry or a hospital holds the person under goes on beside the sentence.
    let c = world.case(i);
    if !c.conditional() && c.legal != Legal::Cto && !law::detained(c.legal) {
        world.set_legal(i, status, Purpose::Disposal);
    }
    world.set_stage(i, Stage::None);
    requests::closing(world, i);
    world.sync_justice(i);
}

/// Days that a sentence keeps somebody in custody from today on, by a uniform number.
fn served(p: &CourtParams, c: &Case, u: f64) -> Days {
    let o = &c.offending;
    let median = if o.offence == Offence::Murder {
        return Days::rounded_up(p.served_murder);
    } else if o.grave {
        p.served_grave
    } else if o.crown {
        p.served_crown
    } else {
        p.served_magistrates
    };
    Days::rounded_up(median * libm::exp(p.served_sigma * normal(u)))
}

/// A prison sentence.
fn custody(world: &mut World, i: CaseId, u: f64) {
    let days = served(&world.p.court, world.case(i), u);
    offending::sentence(world, i, days);
    let (place, legal) = (world.case(i).place, world.case(i).legal);
    if !places::hospital(place) {
        imprison(world, i);
    } else if legal == Legal::S48S49 {
        world.set_legal(i, Legal::S47S49, Purpose::Disposal);
    } else if law::awaits_court(legal) {
        place::move_to(world, i, Place::Prison, Ending::Remission, Purpose::Disposal);
        world.set_legal(i, Legal::None, Purpose::Disposal);
        world.set_stage(i, Stage::None);
    }
}

/// Takes a defendant who is sentenced to prison; somebody in the queue from remand stays in it, now as a sentenced prisoner.
fn imprison(world: &mut World, i: CaseId) {
    let place = world.case(i).place;
    if world.case(i).route == Route::Court {
        waiting::withdraw(world, i);
    }
    if place != Place::Prison {
        let ending = if place == Place::Remand { Ending::Transfer } else { Ending::Custody };
        place::move_to(world, i, Place::Prison, ending, Purpose::Disposal);
    }
    if world.case(i).held.is_none() {
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

/// An order to hospital: in the bed where the person already is, or as soon as a bed is there, within the court's limit.
fn order(world: &mut World, i: CaseId, status: Legal) {
    if places::hospital(world.case(i).place) {
        world.set_legal(i, status, Purpose::Disposal);
        if status == Legal::S38 {
            world.schedule_in(i, Due::Court, Days::rounded_up(world.p.law.interim_longest));
        }
        return;
    }
    if law::detained(world.case(i).legal) {
        // Was to be admitted to an acute ward: the court's order takes its place.
        world.set_legal(i, Legal::None, Purpose::Disposal);
        place::await_ward(world, i, false);
        world.caseload.cancel(i, Due::Admission);
    }
    let p = &world.p.law;
    let within = if matches!(status, Legal::S35 | Legal::S36) { p.remand_bed_within } else { p.bed_within };
    waiting::order(world, i, status, Days::rounded_up(within));
}

/// A sentence reaches its release day.
fn release(world: &mut World, i: CaseId) {
    let (place, legal) = (world.case(i).place, world.case(i).legal);
    if places::prison(place) && !world.case(i).offending.charged {
        waiting::withdraw(world, i);
        free(world, i);
        return;
    }
    // In prison still: held on a further charge.
    offending::end_sentence(world, i);
    if !places::prison(place) && law::transferred(legal) && legal != Legal::S48S49 {
        // The restriction ends with the sentence: detained as if under a hospital order.
        world.set_legal(i, Legal::Notional37, Purpose::Sentence);
        drop_restriction(world, i);
    }
}

/// Consent of the Ministry is no longer needed.
fn drop_restriction(world: &mut World, i: CaseId) {
    world.caseload.cancel(i, Due::Consent);
    world.caseload.cancel(i, Due::Remission);
    world.case_mut(i).asked = None;
    if world.case(i).stage == Stage::Ready {
        let missing = world.case(i).readiness.missing - (Reason::Consent | Reason::Prison | Reason::Court);
        if missing.is_empty() {
            // Was to go back to prison, which no longer can be: reviewed afresh.
            readiness::unready(world, i);
            world.set_stage(i, Stage::Treatment);
        } else {
            readiness::set_missing(world, i, missing);
        }
    }
}

/// A status that ends by itself does so.
fn expire(world: &mut World, i: CaseId) {
    let outside = places::community(world.case(i).place);
    match world.case(i).legal {
        Legal::S2 => world.set_legal(i, Legal::S3, Purpose::None),
        Legal::S3 | Legal::S37 | Legal::Notional37 => {
            // Renewed by the clinician as long as the patient is kept: leaving is decided at reviews and hearings.
            world.schedule_in(i, Due::Expiry, Days::rounded_up(world.p.law.s3_later));
        }
        Legal::S35 | Legal::S36 | Legal::S38 => {
            offending::reopen_charge(world, i);
            world.schedule_in(i, Due::Court, Days::ONE);
        }
        Legal::Cto if outside => {
            if world.case(i).clinical.unwell {
                world.schedule_in(i, Due::Expiry, Days::rounded_up(world.p.law.cto_days));
            } else {
                world.set_legal(i, Legal::None, Purpose::None);
            }
        }
        Legal::Licence if outside => {
            world.set_legal(i, Legal::None, Purpose::None);
            world.sync_justice(i);
        }
        Legal::None
        | Legal::S37S41
        | Legal::Cpia
        | Legal::S45A
        | Legal::S47S49
        | Legal::S47
        | Legal::S48S49
        | Legal::Cd
        | Legal::CdDol
        | Legal::Cto
        | Legal::Mhtr
        | Legal::Licence
        | Legal::AbsoluteDischarge
        | Legal::Supervision => {}
    }
}
