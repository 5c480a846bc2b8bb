//! Phase 2: courts sit. Disposals for defendants with a disorder; remand, interim orders and sentences run out by law.
//!
//! The court is asked of each defendant who is listed today and convicted; what it may answer is [`allowed`], what it has
//! answered is done by [`dispose`].

use enumset::EnumSet;

use crate::calendar::Days;
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::caseload::case::Life;
use crate::codes::{
    AskedFor, Diagnosis, Disposal, Ending, Event, Label, Legal, Offence, Place, Purpose, Reason, Route, Spend, Stage,
};
use crate::decisions::queue::DecisionQueue;
use crate::ids::CaseId;
use crate::law::{self, places};
use crate::plan::CrimeParams;
use crate::population::Sentence;
use crate::transitions::{admission, discharge, offending, place, readiness, requirement, waiting};
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
        } else if assessment_under_way(world, i) || treatment_under_way(world, i) {
            world.schedule_in(i, Due::Court, Days::rounded_up(world.p.court.adjourned));
        } else if world.case(i).offending.charged && world.case(i).ordered().is_none() {
            let verdict = hear(world, i);
            if verdict.convicted {
                queue.add(i, allowed(world.case(i), verdict.unfit, requirement::available(world, i)));
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
        if world.case(i).offending.life == Life::No { release(world, i) } else { parole(world, i) }
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

/// Whether the hospital has still to report on a prisoner who was transferred for urgent treatment before the trial, or to
/// treat somebody who can't yet follow it: the court adjourns.
fn treatment_under_way(world: &World, i: CaseId) -> bool {
    let (c, p) = (world.case(i), &world.p.court);
    let treated_for = f64::from(world.today() - c.legal_since);
    let until = if c.clinical.unwell { p.waits_for_treatment } else { p.waits_for_assessment };
    places::hospital(c.place) && c.legal == Legal::S48S49 && c.offending.charged && treated_for < until
}

/// What the law lets the court do with a defendant who was convicted, or found unfit to plead or insane, and for whom treatment
/// in the community can be arranged or not.
pub(crate) fn allowed(c: &Case, unfit: bool, treatable: bool) -> EnumSet<Disposal> {
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
    let mut allowed = Disposal::Community | Disposal::Custody;
    if treatable {
        allowed |= Disposal::Treatment;
    }
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
    /// Uniform numbers of a sentence's band, and its length in it.
    sentence: [f64; 2],
}

/// Hears a case.
fn hear(world: &mut World, i: CaseId) -> Verdict {
    readings::advance(world, i);
    let u = world.draw_four(i, Purpose::Sentence);
    let unfit = u[0] < unfitness(world, i);
    let c = world.case(i);
    let breach = c.offending.breach;
    // An interim order follows a conviction, and a breach one from before: what is left is the sentence.
    let convicted = unfit || breach || c.legal == Legal::S38 || u[1] < world.p.court.convicted;
    Verdict { convicted, unfit: unfit && c.legal != Legal::S38, sentence: [u[3], u[2]] }
}

/// The chance that the Crown Court finds a defendant unfit to plead, or insane at the time: one whose psychosis is acute, more
/// often where months of treatment have not helped, or one with an intellectual disability.
fn unfitness(world: &World, i: CaseId) -> f64 {
    let (c, p) = (world.case(i), &world.p.court);
    let acute = c.has(Diagnosis::Psychosis) && c.clinical.unwell;
    if c.offending.breach || !c.offending.crown || !(acute || c.has(Diagnosis::Disability)) {
        0.0
    } else if acute && c.legal == Legal::S48S49 {
        // The court has waited: see [`treatment_under_way`].
        p.unfit_treated
    } else {
        p.unfit
    }
}

/// Does what the court has decided.
fn dispose(world: &mut World, i: CaseId, verdict: &Verdict, decided: Disposal) {
    let (unfit, breach) = (verdict.unfit, world.case(i).offending.breach);
    // A remand to hospital disposes of nothing yet, an interim order not for good.
    if !matches!(decided, Disposal::S35 | Disposal::S36) {
        // A finding of unfitness or insanity is no conviction, and what an interim order follows has been counted.
        if !unfit && !breach && world.case(i).legal != Legal::S38 {
            reconvict(world, i);
            offending::convict(world, i);
        }
        offending::settle(world, i, decided == Disposal::S38);
    }
    match decided {
        Disposal::Community | Disposal::Treatment if unfit => community(world, i, Legal::Supervision),
        Disposal::Community => community(world, i, Legal::None),
        Disposal::Treatment => community(world, i, Legal::Mhtr),
        Disposal::Custody => {
            if breach && world.case(i).legal == Legal::Mhtr {
                // Sentenced anew for the offence of the order, which is revoked (Sentencing Act 2020, Sch 10 paras 10 and 11).
                world.set_legal(i, Legal::None, Purpose::Disposal);
            }
            custody(world, i, verdict.sentence);
        }
        Disposal::S35 => order(world, i, Legal::S35),
        Disposal::S36 => order(world, i, Legal::S36),
        Disposal::S38 => order(world, i, Legal::S38),
        Disposal::S37 => order(world, i, Legal::S37),
        Disposal::S37S41 => order(world, i, if unfit { Legal::Cpia } else { Legal::S37S41 }),
        Disposal::S45A => {
            let passed = passed(world, world.case(i), verdict.sentence);
            offending::sentence(world, i, passed);
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
        let cost = cost_of_crime(&world.p.money.crime, offence, c.offending.grave);
        let victims = world.p.money.crime.victims * cost;
        world.event(i, event, Label::NONE, Label::offence(offence), None, Purpose::Sentence);
        // A burden, and no payment: nobody earns it.
        let (society, crime) = (world.accounts.society(), world.accounts.crime());
        world.accounts.pay(area, society, crime, Spend::Crime, cost - victims);
        world.accounts.pay(area, society, crime, Spend::Victims, victims);
    }
}

/// What society bears for a conviction [£]: the offence itself, and those that went with it unconvicted.
fn cost_of_crime(p: &CrimeParams, offence: Offence, grave: bool) -> f64 {
    let one = match (offence, grave) {
        (Offence::Murder, _) => return p.murder,
        (Offence::Violence, false) => p.violence,
        (Offence::Violence, true) => p.wounding,
        (Offence::Sexual, false) => p.sexual,
        (Offence::Sexual, true) => p.rape,
        (Offence::Robbery, _) => p.robbery,
        (Offence::Theft, _) => p.theft,
        (Offence::Arson, false) => p.damage,
        (Offence::Arson, true) => p.arson,
        (Offence::None | Offence::Drugs | Offence::Weapons | Offence::PublicOrder | Offence::Other, _) => p.other,
    };
    one * p.offences
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
            let_go(world, i, Legal::None, Purpose::Sentence);
        }
    } else if waits_for_court(c) {
        waiting::withdraw(world, i);
    }
    world.sync_justice(i);
    requests::closing(world, i);
}

/// Whether what somebody outside hospital waits for is the court, or a bed for its order: without a charge there is neither.
fn waits_for_court(c: &Case) -> bool {
    let bed = matches!(c.stage, Stage::Identified | Stage::Referred | Stage::Accepted | Stage::BedHeld);
    c.stage == Stage::AwaitingCourt || c.route == Route::Court && bed
}

/// A patient whom the court detains no longer: who is still ill stays, under the order that lay under the charge or a civil
/// section; who is well leaves, under what the court has decided.
fn let_go(world: &mut World, i: CaseId, status: Legal, cause: Purpose) {
    let c = world.case(i);
    let under = c.legal_under;
    if c.clinical.unwell {
        world.set_legal(i, under.unwrap_or(Legal::S3), cause);
        no_longer_to_be_remitted(world, i);
    } else {
        // A conditional discharge from before the charge revives (s41(4)).
        let status = if under.is_some() { Legal::Cd } else { status };
        discharge::discharge_in_law(world, i, Some(status), cause);
    }
}

/// Lets a prisoner go.
fn free(world: &mut World, i: CaseId) {
    let licence = world.case(i).sentenced() && world.case(i).legal == Legal::None;
    offending::end_sentence(world, i);
    place::move_to(world, i, Place::Home, Ending::Release, Purpose::Sentence);
    if licence {
        world.set_legal(i, Legal::Licence, Purpose::Sentence);
    }
    world.rest(i);
    requests::closing(world, i);
    world.sync_justice(i);
}

/// A sentence in the community, or none.
fn community(world: &mut World, i: CaseId, status: Legal) {
    let c = world.case(i);
    if places::hospital(c.place) {
        if law::awaits_court(c.legal) {
            let_go(world, i, status, Purpose::Disposal);
        }
        return;
    }
    waiting::withdraw(world, i);
    if held_for_charge(world.case(i)) {
        place::move_to(world, i, Place::Home, Ending::Release, Purpose::Disposal);
    }
    // What the Ministry, a hospital or probation holds the person under goes on beside the sentence.
    let c = world.case(i);
    let licence = c.legal == Legal::Licence && status == Legal::None;
    if !c.conditional() && c.legal != Legal::Cto && !law::detained(c.legal) && !licence {
        world.set_legal(i, status, Purpose::Disposal);
    }
    world.rest(i);
    requests::closing(world, i);
    world.sync_justice(i);
}

/// The sentence that a court passes, by offence, court and two uniform numbers: from the same table as in everybody else.
fn passed(world: &World, c: &Case, u: [f64; 2]) -> Sentence {
    let o = &c.offending;
    world.population.sentence(c.sex, o.offence, (o.crown, o.grave), u)
}

/// A prison sentence.
fn custody(world: &mut World, i: CaseId, u: [f64; 2]) {
    let passed = passed(world, world.case(i), u);
    offending::sentence(world, i, passed);
    let (place, legal) = (world.case(i).place, world.case(i).legal);
    if !places::hospital(place) {
        imprison(world, i);
    } else if legal == Legal::S48S49 {
        world.set_legal(i, Legal::S47S49, Purpose::Disposal);
    } else if law::awaits_court(legal) {
        place::move_to(world, i, Place::Prison, Ending::Remission, Purpose::Disposal);
        discharge::end_transfer(world, i, Purpose::Disposal);
        world.rest(i);
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
    if matches!(world.case(i).stage, Stage::AwaitingCourt | Stage::None | Stage::FollowUp | Stage::Settled) {
        world.set_route(i, Route::Prison);
        world.rest(i);
    }
}

/// An order to hospital: in the bed where the person already is, or as soon as a bed is there, within the court's limit.
fn order(world: &mut World, i: CaseId, status: Legal) {
    if places::hospital(world.case(i).place) {
        let awaited = law::awaits_court(world.case(i).legal);
        world.set_legal(i, status, Purpose::Disposal);
        if awaited {
            no_longer_to_be_remitted(world, i);
        }
        // Whoever waits for a bed elsewhere needs the Ministry's consent to the transfer from now on.
        let c = world.case(i);
        let waits = matches!(c.stage, Stage::Identified | Stage::Referred | Stage::Accepted);
        if law::restricted(status) && waits && !c.readiness.consent && c.asked.is_none() {
            requests::ministry(world, i, AskedFor::Transfer);
        }
        return;
    }
    if law::detained(world.case(i).legal) {
        // Was to be admitted to an acute ward: the court's order takes its place.
        world.set_legal(i, Legal::None, Purpose::Disposal);
    }
    if world.case(i).awaits_ward {
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
        let needed = needs_hospital(world.case(i));
        waiting::withdraw(world, i);
        free(world, i);
        if needed && !world.case(i).conditional() {
            detain_at_release(world, i);
        } else if needed {
            // Recall is for the team to ask and the Ministry to grant.
            world.schedule_in(i, Due::Contact, Days::ONE);
        }
        return;
    }
    let leaves = leaves_on_licence(world.case(i));
    // In prison still: held on a further charge.
    offending::end_sentence(world, i);
    if places::prison(place) && world.case(i).stage == Stage::Identified {
        // What was to wait for the release is looked at again.
        world.schedule_in(i, Due::Refer, Days::ONE);
    }
    if leaves {
        requests::ministry_done(world, i);
        world.caseload.cancel(i, Due::Remission);
        discharge::discharge_in_law(world, i, Some(Legal::Licence), Purpose::Sentence);
    } else if !places::prison(place) && law::transferred(legal) && legal != Legal::S48S49 {
        // The restriction of the sentence ends with it: detained as if under a hospital order, or under the restriction
        // order that lay under the sentence (s41(4), s42(3)).
        let under = world.case(i).legal_under.unwrap_or(Legal::Notional37);
        world.set_legal(i, under, Purpose::Sentence);
        no_longer_to_be_remitted(world, i);
    }
}

/// Whether in-reach knows of a prisoner who is acutely ill and needs a hospital.
fn needs_hospital(c: &Case) -> bool {
    c.clinical.unwell && c.identified().is_some()
}

/// Admits somebody to a ward on the day of release, whose transfer was not to be made, or did not come, before the end of the
/// sentence: detained under a civil section at the gate.
fn detain_at_release(world: &mut World, i: CaseId) {
    world.set_legal(i, Legal::S3, Purpose::Sentence);
    world.set_route(i, Route::Civil);
    admission::to_ward(world, i, Place::Acute, Purpose::Sentence);
    world.set_stage(i, Stage::Unseen);
}

/// Whether the hospital lets a sentenced prisoner go on the day of release, who then goes home on licence: who is treated, out
/// on unescorted leave or waiting to go back, and under no order from before. Whoever isn't stays, as if under a hospital order.
fn leaves_on_licence(c: &Case) -> bool {
    let sentenced = law::transferred(c.legal) && c.legal != Legal::S48S49;
    let treated = matches!(c.stage, Stage::Ready | Stage::UnescortedLeave | Stage::Trial) && !c.clinical.unwell;
    places::hospital(c.place) && sentenced && treated && c.legal_under.is_none() && !c.offending.charged
}

/// The Parole Board looks at somebody under a sentence without a release date. It directs the release, on licence for life, of
/// whoever is in prison and not acutely ill; a transferred prisoner stays until the tribunal has said that hospital is no
/// longer needed, and a remand keeps whoever is charged.
fn parole(world: &mut World, i: CaseId) {
    let c = world.case(i);
    if c.place == Place::Prison && !c.offending.charged && !c.clinical.unwell {
        waiting::withdraw(world, i);
        free(world, i);
    } else {
        offending::parole_again(world, i);
    }
}

/// Nobody waits any more to take the patient back, and without a restriction there is no consent to be had.
fn no_longer_to_be_remitted(world: &mut World, i: CaseId) {
    let c = world.case(i);
    let back = !c.readiness.missing.is_disjoint(Reason::Prison | Reason::Court) || c.asked == Some(AskedFor::Remission);
    let restricted = law::restricted(c.legal);
    if !restricted || back {
        requests::ministry_done(world, i);
    }
    if world.case(i).stage == Stage::Ready && back {
        // Reviewed afresh.
        readiness::back_to_leave(world, i);
    } else if !restricted {
        readiness::no_longer_missing(world, i, EnumSet::only(Reason::Consent));
        if world.case(i).readiness.arranged.is_some() {
            world.queues.leaving.push(i);
        }
    }
    world.caseload.cancel(i, Due::Remission);
}

/// A status that ends by itself does so.
fn expire(world: &mut World, i: CaseId) {
    let (unwell, legal) = (world.case(i).clinical.unwell, world.case(i).legal);
    match legal {
        // An application for treatment needs an illness that makes it appropriate; without one the patient is informal.
        Legal::S2 => world.set_legal(i, if unwell { Legal::S3 } else { Legal::None }, Purpose::None),
        // Renewed by the clinician as long as the patient is kept: leaving is decided at reviews and hearings.
        Legal::S3 | Legal::S37 | Legal::Notional37 | Legal::S47 => {
            world.renew(i);
        }
        // Renewed while the treatment that it tries is under way, as long as the Act allows; then the court sits again.
        Legal::S38 if unwell && world.renew(i) => {}
        Legal::S35 | Legal::S36 | Legal::S38 => {
            offending::reopen_charge(world, i);
            world.schedule_in(i, Due::Court, Days::ONE);
        }
        Legal::Cto if unwell => {
            world.renew(i);
        }
        Legal::Cto | Legal::Licence | Legal::Mhtr | Legal::Supervision => {
            world.set_legal(i, Legal::None, Purpose::None);
            world.sync_justice(i);
        }
        Legal::None
        | Legal::S37S41
        | Legal::Cpia
        | Legal::S45A
        | Legal::S47S49
        | Legal::S48S49
        | Legal::Cd
        | Legal::CdDol
        | Legal::AbsoluteDischarge => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Day;
    use crate::caseload::Wait;
    use crate::caseload::case::Offending;
    use crate::codes::{AskedFor, Offence};
    use crate::world::capacity::Ward;

    /// A world whose courts convict whoever comes before them, and find nobody unfit.
    fn convicting() -> World {
        let mut w = World::small();
        (w.p.court.convicted, w.p.court.unfit, w.p.court.unfit_treated) = (1.0, 0.0, 0.0);
        w
    }

    /// A world whose courts acquit.
    fn acquitting() -> World {
        let mut w = World::small();
        (w.p.court.convicted, w.p.court.unfit, w.p.court.unfit_treated) = (0.0, 0.0, 0.0);
        w
    }

    /// A world whose courts find unfit to plead whoever is ill before the Crown Court.
    fn finding_unfit() -> World {
        let mut w = World::small();
        (w.p.court.convicted, w.p.court.unfit, w.p.court.unfit_treated) = (0.0, 1.0, 1.0);
        w
    }

    /// Charged with violence before the Crown Court.
    fn charge(c: &mut Case) {
        c.offending = Offending { offence: Offence::Violence, crown: true, charged: true, ..c.offending };
    }

    /// The same, with a bed promised.
    fn accepted(c: &mut Case) {
        charge(c);
        (c.route, c.target, c.stage) = (Route::Court, Place::Medium, Stage::Accepted);
        c.wait = Some(Wait { queued: Some(c.placement.since), ..Wait::default() });
    }

    /// The same, and acutely ill.
    fn accepted_ill(c: &mut Case) {
        accepted(c);
        c.clinical.unwell = true;
    }

    /// The court sits on a case today.
    fn sit_on(w: &mut World, i: CaseId) {
        w.due_today(i, Due::Court);
        sit(w);
        w.must_hold();
    }

    /// A defendant on remand, with a bed promised, who is convicted and given this answer.
    fn disposed(answer: Disposal) -> (World, CaseId) {
        let mut w = convicting();
        let i = w.put_with(Place::Remand, Legal::None, accepted);
        w.says(answer);
        sit_on(&mut w, i);
        (w, i)
    }

    /// Something of a case falls due today, and the courts' phase is lived.
    fn ends(w: &mut World, i: CaseId, due: Due) {
        w.due_today(i, due);
        sit(w);
        w.must_hold();
    }

    #[test]
    fn a_court_adjourns_while_an_assessment_is_under_way() {
        for stage in [Stage::Identified, Stage::Referred] {
            let mut w = convicting();
            let today = w.today();
            let i = w.put_with(Place::Remand, Legal::None, |c| {
                c.stage = stage;
                c.wait = Some(Wait { identified: Some(today), ..Wait::default() });
            });
            sit_on(&mut w, i);
            assert_eq!(w.due_in(i, Due::Court), Some(28), "{}", stage.name());
            assert!(w.case(i).offending.charged, "{}", stage.name());
            assert!(w.logged(i, Event::Decision).is_empty(), "nothing is decided: {}", stage.name());
        }
    }

    #[test]
    fn a_court_waits_twelve_weeks_for_an_assessment_and_no_longer() {
        let decided_after = |days: Day| {
            let mut w = convicting();
            let since = w.today() - days;
            let i = w.put_with(Place::Remand, Legal::None, |c| {
                c.stage = Stage::Referred;
                c.wait = Some(Wait { identified: Some(since), ..Wait::default() });
            });
            sit_on(&mut w, i);
            !w.logged(i, Event::Decision).is_empty()
        };
        assert!(!decided_after(83));
        assert!(decided_after(84));
    }

    #[test]
    fn a_court_waits_for_the_report_on_a_transferred_defendant_and_for_half_a_year_while_the_treatment_goes_on() {
        for (ill, days, legal, decided) in [
            (true, 181, Legal::S48S49, false),
            (true, 182, Legal::S48S49, true),
            (false, 83, Legal::S48S49, false),
            (false, 84, Legal::S48S49, true),
            (true, 1, Legal::S3, true),
        ] {
            let mut w = convicting();
            let i = w.put_with(Place::Medium, legal, |c| {
                charge(c);
                c.clinical.unwell = ill;
                c.legal_since -= days;
            });
            sit_on(&mut w, i);
            assert_eq!(!w.logged(i, Event::Decision).is_empty(), decided, "{} after {days} days", legal.name());
            assert!(decided || w.due_in(i, Due::Court) == Some(28));
        }
    }

    /// Transferred long enough ago that the court waits no longer.
    fn treated(c: &mut Case) {
        charge(c);
        c.legal_since -= 200;
    }

    #[test]
    fn who_is_still_ill_after_months_of_treatment_is_unfit_by_a_share_of_its_own() {
        for (ill, legal, share) in
            [(true, Legal::S48S49, 0.7), (true, Legal::None, 0.2), (true, Legal::S3, 0.2), (false, Legal::S48S49, 0.0)]
        {
            let mut w = World::small();
            (w.p.court.unfit, w.p.court.unfit_treated) = (0.2, 0.7);
            let place = if legal == Legal::None { Place::Remand } else { Place::Medium };
            let i = w.put_with(place, legal, |c| {
                charge(c);
                c.clinical.unwell = ill;
            });
            assert_eq!(unfitness(&w, i), share, "{}", legal.name());
        }
    }

    #[test]
    fn an_intellectual_disability_can_make_unfit_without_an_acute_illness_before_the_crown_court_alone() {
        for (crown, share) in [(true, 0.2), (false, 0.0)] {
            let mut w = World::small();
            w.p.court.unfit = 0.2;
            let i = w.put_with(Place::Remand, Legal::None, |c| {
                charge(c);
                c.offending.crown = crown;
                c.diagnoses = EnumSet::only(Diagnosis::Disability);
            });
            assert_eq!(unfitness(&w, i), share);
        }
    }

    #[test]
    fn a_defendant_who_is_absent_without_leave_is_listed_again() {
        let mut w = convicting();
        let i = w.put_with(Place::Medium, Legal::S3, charge);
        place::move_to(&mut w, i, Place::Awol, Ending::Abscond, Purpose::Abscond);
        sit_on(&mut w, i);
        assert!(w.case(i).offending.charged);
        assert!(w.due_in(i, Due::Court).is_some_and(|days| days > 0));
        assert!(w.logged(i, Event::Decision).is_empty());
    }

    #[test]
    fn a_court_that_sits_on_somebody_who_is_no_longer_charged_decides_nothing() {
        let mut w = convicting();
        let i = w.put(Place::Home, Legal::None);
        sit_on(&mut w, i);
        assert!(w.logged(i, Event::Decision).is_empty());
        assert_eq!(w.case(i).offending.convictions, 0);
    }

    #[test]
    fn a_court_that_has_made_its_order_does_not_sit_again_before_the_admission() {
        let (mut w, i) = disposed(Disposal::S38);
        sit_on(&mut w, i);
        assert_eq!(w.logged(i, Event::Decision).len(), 1);
        assert_eq!(w.case(i).ordered(), Some(Legal::S38));
    }

    #[test]
    fn who_is_held_for_the_charge_alone_goes_free_with_an_acquittal() {
        let mut w = acquitting();
        let i = w.put_with(Place::Remand, Legal::None, accepted_ill);
        w.hold_bed(i, Place::Medium);
        sit_on(&mut w, i);
        let c = w.case(i);
        assert_eq!((c.place, c.legal, c.stage), (Place::Home, Legal::None, Stage::None));
        assert!(!c.offending.charged);
        assert!(c.wait.is_none() && c.held.is_none(), "nobody waits for this person any more");
        assert_eq!(c.offending.convictions, 0);
    }

    #[test]
    fn a_prisoner_who_is_acquitted_of_a_further_charge_serves_the_sentence() {
        let mut w = acquitting();
        let i = w.put_with(Place::Prison, Legal::None, charge);
        let release = w.case(i).offending.release;
        sit_on(&mut w, i);
        assert_eq!(w.case(i).place, Place::Prison);
        assert_eq!(w.case(i).offending.release, release);
    }

    #[test]
    fn who_awaited_the_court_in_hospital_leaves_after_an_acquittal_unless_still_ill() {
        for legal in [Legal::S35, Legal::S36, Legal::S48S49] {
            let mut w = acquitting();
            let i = w.put_with(Place::Medium, legal, treated);
            sit_on(&mut w, i);
            assert_eq!((w.case(i).place, w.case(i).legal), (Place::Home, Legal::None), "{}", legal.name());
            let mut w = acquitting();
            let i = w.put_with(Place::Medium, legal, treated);
            w.unwell(i, true);
            let unit = w.case(i).placement.unit;
            sit_on(&mut w, i);
            assert_eq!((w.case(i).place, w.case(i).legal), (Place::Medium, Legal::S3), "{}", legal.name());
            assert_eq!(w.case(i).placement.unit, unit, "{}", legal.name());
            assert_eq!(w.due_in(i, Due::Expiry), Some(183), "{}", legal.name());
        }
    }

    #[test]
    fn nobody_is_acquitted_after_an_interim_order_or_convicted_twice() {
        let mut w = acquitting();
        let i = w.put_with(Place::Medium, Legal::S38, charge);
        w.says(Disposal::S37);
        let before = w.case(i).offending.convictions;
        sit_on(&mut w, i);
        assert_eq!((w.case(i).legal, w.case(i).offending.convictions), (Legal::S37, before));
    }

    #[test]
    fn a_finding_of_unfitness_is_no_conviction() {
        for (answer, legal) in [(Disposal::S37S41, Legal::Cpia), (Disposal::Community, Legal::S3)] {
            let mut w = convicting();
            w.p.court.unfit_treated = 1.0;
            let i = w.put_with(Place::Medium, Legal::S48S49, |c| {
                treated(c);
                c.offending.crown = true;
            });
            w.unwell(i, true);
            w.says(answer);
            let before = w.case(i).offending.convictions;
            sit_on(&mut w, i);
            let o = &w.case(i).offending;
            assert_eq!((w.case(i).legal, o.charged, o.convictions), (legal, false, before));
        }
    }

    #[test]
    fn a_restriction_order_lies_under_a_sentence_and_comes_back_with_its_end() {
        for order in [Legal::S37S41, Legal::Cpia] {
            let mut w = World::small();
            let i = w.put(Place::Medium, order);
            for next in [Legal::Cd, Legal::S48S49, Legal::S47S49] {
                w.set_legal(i, next, Purpose::None);
            }
            w.case_mut(i).offending.release = Some(w.today);
            ends(&mut w, i, Due::Release);
            assert_eq!(w.case(i).legal, order);
            assert!(w.fault.is_none());
        }
    }

    #[test]
    fn who_awaits_the_court_in_vain_no_longer_waits_for_its_order() {
        for stage in [Stage::Identified, Stage::Accepted] {
            let mut w = acquitting();
            let i = w.put_with(Place::Home, Legal::None, |c| {
                charge(c);
                (c.route, c.stage) = (Route::Court, stage);
                c.wait = Some(Wait::default());
            });
            sit_on(&mut w, i);
            assert_eq!((w.case(i).stage, w.case(i).wait.is_none()), (Stage::None, true));
        }
    }

    #[test]
    fn an_acquittal_leaves_what_else_detains_a_patient() {
        for legal in [Legal::S37, Legal::S37S41, Legal::S47S49] {
            let mut w = acquitting();
            let i = w.put_with(Place::Medium, legal, charge);
            sit_on(&mut w, i);
            assert_eq!((w.case(i).place, w.case(i).legal), (Place::Medium, legal));
        }
    }

    #[test]
    fn a_defendant_on_bail_who_is_acquitted_waits_for_nothing() {
        let mut w = acquitting();
        let i = w.put_with(Place::Home, Legal::None, |c| {
            charge(c);
            c.stage = Stage::AwaitingCourt;
        });
        sit_on(&mut w, i);
        assert_eq!((w.case(i).stage, w.case(i).offending.charged), (Stage::None, false));
        assert_eq!(w.due_in(i, Due::Close), Some(365), "the books may close after a year");
    }

    #[test]
    fn a_sentence_in_the_community_ends_remand_and_the_wait_for_a_bed() {
        let (w, i) = disposed(Disposal::Community);
        let c = w.case(i);
        assert_eq!((c.place, c.legal, c.stage), (Place::Home, Legal::None, Stage::None));
        assert!(!c.offending.charged && c.wait.is_none());
        assert_eq!(c.offending.convictions, 1);
    }

    #[test]
    fn a_treatment_requirement_is_served_at_home() {
        let (w, i) = disposed(Disposal::Treatment);
        assert_eq!((w.case(i).place, w.case(i).legal), (Place::Home, Legal::Mhtr));
    }

    /// Somebody under a treatment requirement who has broken it, as the court hears and answers.
    fn broken(answer: Disposal) -> (World, CaseId) {
        let mut w = World::small();
        (w.p.court.convicted, w.p.court.unfit) = (0.0, 1.0);
        let i = w.put_with(Place::Home, Legal::Mhtr, |c| c.offending.crown = true);
        offending::breach(&mut w, i);
        w.says(answer);
        sit_on(&mut w, i);
        (w, i)
    }

    #[test]
    fn a_broken_requirement_goes_on_is_revoked_or_makes_way_for_prison_and_is_no_conviction() {
        for (answer, place, legal) in [
            (Disposal::Treatment, Place::Home, Legal::Mhtr),
            (Disposal::Community, Place::Home, Legal::None),
            (Disposal::Custody, Place::Prison, Legal::None),
        ] {
            let (w, i) = broken(answer);
            let c = w.case(i);
            assert_eq!((c.place, c.legal), (place, legal));
            assert!(!c.offending.charged && !c.offending.breach);
            assert_eq!((c.offending.convictions, c.offending.history), (0, 0));
        }
    }

    #[test]
    fn without_a_team_that_has_room_the_court_makes_no_requirement() {
        for (full, legal) in [(false, Legal::Mhtr), (true, Legal::None)] {
            let mut w = convicting();
            let i = w.put_with(Place::Home, Legal::None, charge);
            while full && w.wards.free(Ward::Mainstream, 0) {
                w.wards.take(Ward::Mainstream, 0);
            }
            w.says(Disposal::Treatment);
            sit_on(&mut w, i);
            assert_eq!(w.case(i).legal, legal);
        }
    }

    #[test]
    fn after_a_finding_of_unfitness_the_community_means_supervision() {
        let mut w = finding_unfit();
        let i = w.put_with(Place::Remand, Legal::None, accepted_ill);
        w.says(Disposal::Community);
        sit_on(&mut w, i);
        assert_eq!((w.case(i).place, w.case(i).legal), (Place::Home, Legal::Supervision));
    }

    #[test]
    fn after_a_finding_of_unfitness_a_restricted_order_is_that_of_the_insanity_act() {
        let mut w = finding_unfit();
        let i = w.put_with(Place::Remand, Legal::None, accepted_ill);
        w.says(Disposal::S37S41);
        sit_on(&mut w, i);
        assert_eq!(w.case(i).ordered(), Some(Legal::Cpia));
    }

    #[test]
    fn only_the_crown_court_finds_unfit_and_only_an_ill_defendant() {
        let decided = |change: fn(&mut Case)| {
            let mut w = finding_unfit();
            let i = w.put_with(Place::Remand, Legal::None, |c| {
                accepted_ill(c);
                change(c);
            });
            sit_on(&mut w, i);
            !w.logged(i, Event::Decision).is_empty()
        };
        assert!(decided(|_| {}));
        assert!(!decided(|c| c.offending.crown = false));
        assert!(!decided(|c| c.clinical.unwell = false));
    }

    #[test]
    fn what_the_ministry_or_a_hospital_holds_a_person_under_goes_on_beside_a_sentence_in_the_community() {
        for legal in [Legal::Cd, Legal::CdDol, Legal::Cto, Legal::Licence] {
            let mut w = convicting();
            let i = w.put_with(Place::Home, legal, charge);
            w.says(Disposal::Community);
            sit_on(&mut w, i);
            assert_eq!((w.case(i).place, w.case(i).legal), (Place::Home, legal));
        }
    }

    #[test]
    fn a_sentence_in_the_community_takes_the_place_of_an_older_one() {
        let mut w = convicting();
        let i = w.put_with(Place::Home, Legal::Mhtr, charge);
        w.says(Disposal::Community);
        sit_on(&mut w, i);
        assert_eq!(w.case(i).legal, Legal::None);
    }

    #[test]
    fn a_transferred_defendant_who_is_still_ill_is_detained_under_s3_when_the_court_lets_go() {
        let mut w = convicting();
        let i = w.put_with(Place::Medium, Legal::S48S49, |c| {
            treated(c);
            c.clinical.unwell = true;
        });
        w.says(Disposal::Community);
        sit_on(&mut w, i);
        assert_eq!((w.case(i).place, w.case(i).legal), (Place::Medium, Legal::S3));
    }

    #[test]
    fn a_transferred_defendant_who_is_well_goes_home_under_what_the_court_says() {
        for (answer, legal) in [(Disposal::Community, Legal::None), (Disposal::Treatment, Legal::Mhtr)] {
            let mut w = convicting();
            let i = w.put_with(Place::Medium, Legal::S48S49, treated);
            w.says(answer);
            sit_on(&mut w, i);
            assert_eq!((w.case(i).place, w.case(i).legal), (Place::Home, legal));
            assert!(w.case(i).follow_up.mainstream(), "the team that has room");
        }
    }

    #[test]
    fn a_detained_patient_stays_one_whatever_the_sentence() {
        for legal in [Legal::S37, Legal::Notional37, Legal::S37S41, Legal::S45A, Legal::S47S49] {
            let mut w = convicting();
            let i = w.put_with(Place::Medium, legal, charge);
            sit_on(&mut w, i);
            assert_eq!((w.case(i).place, w.case(i).legal), (Place::Medium, legal));
            assert!(!w.case(i).offending.charged, "{}", legal.name());
        }
    }

    #[test]
    fn a_prison_sentence_begins_today_and_has_its_day_of_release() {
        let (w, i) = disposed(Disposal::Custody);
        let c = w.case(i);
        assert_eq!((c.place, c.legal, c.offending.charged), (Place::Prison, Legal::None, false));
        assert!(c.offending.release.is_some_and(|day| day > w.today()));
        assert_eq!(c.due.get(Due::Release), c.offending.release);
        assert!(c.wait.is_none(), "the court's bed is no longer waited for");
    }

    #[test]
    fn a_prisoner_in_the_queue_from_remand_stays_in_it_after_the_sentence() {
        let mut w = convicting();
        let i = w.put_with(Place::Remand, Legal::None, |c| {
            accepted(c);
            c.route = Route::Prison;
        });
        w.says(Disposal::Custody);
        sit_on(&mut w, i);
        assert_eq!((w.case(i).place, w.case(i).stage), (Place::Prison, Stage::Accepted));
        assert_eq!(w.case(i).queued(), Some(w.today()));
    }

    #[test]
    fn a_sentenced_prisoner_who_is_ill_is_still_to_be_seen_and_who_is_well_is_not() {
        for (unwell, stage) in [(true, Stage::Unseen), (false, Stage::None)] {
            let mut w = convicting();
            let i = w.put_with(Place::Home, Legal::None, |c| {
                charge(c);
                (c.stage, c.clinical.unwell) = (Stage::AwaitingCourt, unwell);
            });
            w.says(Disposal::Custody);
            sit_on(&mut w, i);
            assert_eq!((w.case(i).place, w.case(i).route, w.case(i).stage), (Place::Prison, Route::Prison, stage));
        }
    }

    #[test]
    fn custody_ends_a_community_treatment_order_and_no_conditional_discharge() {
        for (before, after) in [(Legal::Cto, Legal::None), (Legal::Cd, Legal::Cd), (Legal::CdDol, Legal::CdDol)] {
            let mut w = convicting();
            let i = w.put_with(Place::Home, before, charge);
            w.says(Disposal::Custody);
            sit_on(&mut w, i);
            assert_eq!((w.case(i).place, w.case(i).legal), (Place::Prison, after), "{}", before.name());
        }
    }

    #[test]
    fn a_transferred_defendant_who_is_sentenced_stays_in_the_bed_under_s47() {
        let mut w = convicting();
        let i = w.put_with(Place::Medium, Legal::S48S49, treated);
        w.says(Disposal::Custody);
        sit_on(&mut w, i);
        assert_eq!((w.case(i).place, w.case(i).legal), (Place::Medium, Legal::S47S49));
        assert!(w.case(i).sentenced() && w.due_in(i, Due::Release).is_some());
    }

    #[test]
    fn a_remanded_patient_who_is_sentenced_goes_to_prison() {
        for legal in [Legal::S35, Legal::S36, Legal::S38] {
            let mut w = convicting();
            let i = w.put_with(Place::Medium, legal, charge);
            w.says(Disposal::Custody);
            sit_on(&mut w, i);
            assert_eq!((w.case(i).place, w.case(i).legal), (Place::Prison, Legal::None), "{}", legal.name());
        }
    }

    #[test]
    fn a_sentence_is_that_of_the_offence_and_the_court() {
        let mean = |offence: Offence, crown: bool| {
            let w = World::small();
            let mut c = Case::new(crate::ids::PersonId(1), 0, 0, crate::codes::Sex::Male, 0);
            (c.offending.offence, c.offending.crown) = (offence, crown);
            let n = 50;
            let days =
                (0..n).map(|k| f64::from(passed(&w, &c, [(f64::from(k) + 0.5) / f64::from(n), 0.5]).days.count()));
            days.sum::<f64>() / f64::from(n)
        };
        assert!(mean(Offence::Sexual, true) > 2.0 * mean(Offence::Theft, true));
        assert!(mean(Offence::Theft, true) > 2.0 * mean(Offence::Theft, false));
    }

    #[test]
    fn who_is_treated_when_the_sentence_ends_goes_home_on_licence_and_who_is_not_stays() {
        let cases = [
            (Stage::UnescortedLeave, false, Place::Home, Legal::Licence),
            (Stage::UnescortedLeave, true, Place::Medium, Legal::Notional37),
            (Stage::Treatment, false, Place::Medium, Legal::Notional37),
        ];
        for (stage, unwell, place, legal) in cases {
            let mut w = World::small();
            let i = w.put_with(Place::Medium, Legal::S47S49, |c| {
                (c.stage, c.grade, c.clinical.unwell) = (stage, stage, unwell);
            });
            ends(&mut w, i, Due::Release);
            assert_eq!((w.case(i).place, w.case(i).legal, w.case(i).sentenced()), (place, legal, false));
        }
    }

    #[test]
    fn who_waits_to_go_back_to_prison_when_the_sentence_ends_leaves_on_licence_with_nothing_asked() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S47S49);
        readiness::make_ready(&mut w, i, Reason::Prison | Reason::Consent);
        requests::ministry(&mut w, i, AskedFor::Remission);
        w.schedule_in(i, Due::Remission, Days::rounded_up(20.0));
        ends(&mut w, i, Due::Release);
        let c = w.case(i);
        assert_eq!((c.place, c.legal, c.asked), (Place::Home, Legal::Licence, None));
        assert_eq!((w.due_in(i, Due::Remission), w.due_in(i, Due::Consent)), (None, None));
        assert_eq!(w.due_in(i, Due::Expiry), Some(365));
    }

    #[test]
    fn a_murderer_is_never_released_by_a_date() {
        let mut w = convicting();
        let i = w.put_with(Place::Remand, Legal::None, |c| {
            charge(c);
            c.offending.offence = Offence::Murder;
        });
        sit_on(&mut w, i);
        let c = w.case(i);
        assert_eq!((c.place, c.offending.release, c.offending.life), (Place::Prison, None, Life::Serving));
        assert!(w.due_in(i, Due::Release).is_some_and(|days| days > 3000));
    }

    /// Somebody under a life sentence whom the Parole Board looks at today.
    fn before_the_board(place: Place, legal: Legal, change: impl FnOnce(&mut Case)) -> (World, CaseId) {
        let mut w = World::small();
        let i = w.put_with(place, legal, |c| {
            (c.offending.life, c.offending.release) = (Life::Serving, None);
            change(c);
        });
        ends(&mut w, i, Due::Release);
        (w, i)
    }

    #[test]
    fn the_parole_board_releases_a_prisoner_on_a_licence_without_end() {
        let (w, i) = before_the_board(Place::Prison, Legal::None, |_| {});
        let c = w.case(i);
        assert_eq!((c.place, c.legal, c.offending.life), (Place::Home, Legal::Licence, Life::Licence));
        assert_eq!(w.due_in(i, Due::Expiry), None);
        assert!(!c.sentenced());
    }

    #[test]
    fn the_parole_board_looks_again_at_whom_it_cannot_release() {
        let kept = [
            (Place::Prison, Legal::None, false),
            (Place::Prison, Legal::None, true),
            (Place::Medium, Legal::S47S49, false),
            (Place::Medium, Legal::S45A, false),
        ];
        for (place, legal, charged) in kept {
            let (w, i) = before_the_board(place, legal, |c| {
                (c.offending.charged, c.clinical.unwell) = (charged, !charged);
            });
            let c = w.case(i);
            assert_eq!((c.place, c.legal, c.offending.life), (place, legal, Life::Serving), "{}", legal.name());
            assert_eq!(w.due_in(i, Due::Release), Some(730));
        }
    }

    #[test]
    fn a_hospital_order_waits_four_weeks_for_a_bed_and_a_remand_one() {
        let orders = [
            (Disposal::S35, Legal::S35, 7),
            (Disposal::S36, Legal::S36, 7),
            (Disposal::S38, Legal::S38, 28),
            (Disposal::S37, Legal::S37, 28),
            (Disposal::S37S41, Legal::S37S41, 28),
            (Disposal::S45A, Legal::S45A, 28),
        ];
        for (answer, legal, days) in orders {
            let (w, i) = disposed(answer);
            let c = w.case(i);
            assert_eq!((c.place, c.legal, c.stage), (Place::Remand, Legal::None, Stage::Accepted), "{}", legal.name());
            assert_eq!(c.ordered(), Some(legal));
            assert_eq!(w.due_in(i, Due::Lapse), Some(days), "{}", legal.name());
            assert!(w.queues.beds.contains(&i), "{}", legal.name());
        }
    }

    #[test]
    fn a_remand_or_interim_order_leaves_the_charge_open_and_the_others_close_it() {
        for answer in [Disposal::S35, Disposal::S36, Disposal::S38, Disposal::S37, Disposal::S37S41, Disposal::S45A] {
            let (w, i) = disposed(answer);
            let open = matches!(answer, Disposal::S35 | Disposal::S36 | Disposal::S38);
            assert_eq!(w.case(i).offending.charged, open, "{}", answer.name());
            let remanded = matches!(answer, Disposal::S35 | Disposal::S36);
            assert_eq!(w.case(i).offending.convictions, u8::from(!remanded), "{}", answer.name());
        }
    }

    #[test]
    fn a_hospital_direction_comes_with_a_sentence() {
        let (w, i) = disposed(Disposal::S45A);
        assert!(w.case(i).offending.release.is_some_and(|day| day > w.today()));
        let (w, i) = disposed(Disposal::S37);
        assert_eq!(w.case(i).offending.release, None);
    }

    #[test]
    fn an_order_on_an_inpatient_takes_effect_in_the_bed() {
        for (answer, legal) in [(Disposal::S37, Legal::S37), (Disposal::S37S41, Legal::S37S41)] {
            let mut w = convicting();
            let i = w.put_with(Place::Medium, Legal::S48S49, treated);
            let unit = w.case(i).placement.unit;
            w.says(answer);
            sit_on(&mut w, i);
            assert_eq!((w.case(i).legal, w.case(i).ordered()), (legal, None));
            assert_eq!(w.case(i).placement.unit, unit);
            assert_eq!(w.due_in(i, Due::Lapse), None);
        }
    }

    #[test]
    fn an_interim_order_lasts_twelve_weeks_and_is_renewed_for_the_ill_by_28_days_up_to_a_year() {
        let mut w = convicting();
        let i = w.put_with(Place::Medium, Legal::S48S49, treated);
        w.says(Disposal::S38);
        sit_on(&mut w, i);
        assert_eq!(w.case(i).legal, Legal::S38);
        let mut held = w.due_in(i, Due::Expiry).expect("an end");
        assert_eq!(held, 84);
        w.unwell(i, true);
        w.pass(held);
        loop {
            ends(&mut w, i, Due::Expiry);
            if w.due_in(i, Due::Court) == Some(1) {
                break;
            }
            assert_eq!(w.due_in(i, Due::Expiry), Some(28));
            held += 28;
            w.pass(28);
        }
        assert!(held <= 365 && held + 28 > 365, "{held}");
    }

    #[test]
    fn a_courts_order_takes_the_place_of_an_admission_to_an_acute_ward() {
        let mut w = convicting();
        let i = w.put_with(Place::Home, Legal::S3, |c| {
            accepted(c);
            c.awaits_ward = true;
        });
        w.schedule_in(i, Due::Admission, Days::rounded_up(1.0));
        w.says(Disposal::S37);
        sit_on(&mut w, i);
        let c = w.case(i);
        assert_eq!((c.legal, c.ordered(), c.awaits_ward), (Legal::None, Some(Legal::S37), false));
        assert_eq!(w.due_in(i, Due::Admission), None);
    }

    #[test]
    fn a_reconviction_after_secure_care_is_logged_and_costs_society_the_crime() {
        for (grave, event) in [(false, Event::Reconviction), (true, Event::Grave)] {
            let mut w = convicting();
            let today = w.today();
            let i = w.put_with(Place::Home, Legal::None, |c| {
                charge(c);
                c.offending.grave = grave;
                c.past.secure_exit = Some(today - 400);
            });
            let before = w.accounts.total;
            w.says(Disposal::Community);
            sit_on(&mut w, i);
            assert_eq!(w.logged(i, event), [(Label::NONE, Label::offence(Offence::Violence))]);
            assert_eq!(
                (w.accounts.total - before) as f64,
                (100.0 * cost_of_crime(&w.p.money.crime, Offence::Violence, grave)).round(),
                "pence"
            );
        }
    }

    #[test]
    fn a_crime_costs_by_what_it_was_and_its_victims_bear_their_part() {
        let mut w = convicting();
        let today = w.today();
        let i = w.put_with(Place::Home, Legal::None, |c| {
            charge(c);
            c.past.secure_exit = Some(today - 400);
        });
        w.says(Disposal::Community);
        sit_on(&mut w, i);
        let (crime, victims) = (w.booked(Spend::Crime), w.booked(Spend::Victims));
        let sum = |rows: &[(usize, i64)]| rows.iter().map(|r| r.1).sum::<i64>() as f64;
        let share = w.p.money.crime.victims;
        assert!((sum(&victims) * (1.0 - share) - sum(&crime) * share).abs() < 100.0);
        let p = &w.p.money.crime;
        let of = |o: Offence, grave: bool| cost_of_crime(p, o, grave);
        assert!(of(Offence::Murder, true) == p.murder && of(Offence::Sexual, true) > of(Offence::Sexual, false));
        let falling =
            [Offence::Murder, Offence::Robbery, Offence::Violence, Offence::Sexual, Offence::Theft, Offence::Drugs];
        assert!(falling.map(|o| of(o, false)).is_sorted_by(|a, b| a > b));
    }

    #[test]
    fn nobody_is_reconvicted_who_was_never_in_secure_care_or_is_only_remanded() {
        let logged = |exit: Option<Day>, answer: Disposal| {
            let mut w = convicting();
            let i = w.put_with(Place::Home, Legal::None, |c| {
                accepted(c);
                c.past.secure_exit = exit;
            });
            w.says(answer);
            sit_on(&mut w, i);
            w.logged(i, Event::Reconviction).len()
        };
        assert_eq!(logged(Some(45_000), Disposal::S37), 1);
        assert_eq!(logged(None, Disposal::S37), 0);
        assert_eq!(logged(Some(45_000), Disposal::S35), 0);
    }

    #[test]
    fn a_finding_of_unfitness_is_no_reconviction() {
        let mut w = finding_unfit();
        let i = w.put_with(Place::Remand, Legal::None, |c| {
            accepted_ill(c);
            c.past.secure_exit = Some(45_000);
        });
        w.says(Disposal::S37S41);
        sit_on(&mut w, i);
        assert!(w.logged(i, Event::Reconviction).is_empty());
    }

    #[test]
    fn a_released_prisoner_is_on_licence_for_a_year() {
        let mut w = World::small();
        let i = w.put(Place::Prison, Legal::None);
        ends(&mut w, i, Due::Release);
        let c = w.case(i);
        assert_eq!((c.place, c.legal, c.offending.release), (Place::Home, Legal::Licence, None));
        assert_eq!(w.due_in(i, Due::Expiry), Some(365));
        assert_eq!(w.due_in(i, Due::Close), Some(365));
    }

    #[test]
    fn a_prisoner_who_is_released_waits_for_no_bed_any_more() {
        let mut w = World::small();
        let i = w.put_with(Place::Prison, Legal::None, |c| {
            accepted(c);
            (c.route, c.offending.charged) = (Route::Prison, false);
        });
        let unit = w.hold_bed(i, Place::Medium);
        ends(&mut w, i, Due::Release);
        assert!(w.case(i).wait.is_none() && w.case(i).held.is_none());
        assert_eq!(w.units[unit].held, 0);
    }

    #[test]
    fn who_is_known_to_need_a_hospital_on_the_day_of_release_is_detained_at_the_gate() {
        let released = |legal: Legal, ill: bool, known: bool| {
            let mut w = World::small();
            let i = w.put_with(Place::Prison, legal, |c| {
                c.clinical.unwell = ill;
                let wait = Wait { identified: Some(c.placement.since), ..Wait::default() };
                (c.stage, c.wait) = if known { (Stage::Referred, Some(wait)) } else { (Stage::Unseen, None) };
            });
            ends(&mut w, i, Due::Release);
            let c = w.case(i);
            assert!(!c.sentenced() && c.identified().is_none());
            (c.place, c.legal, c.route, w.due_in(i, Due::Contact))
        };
        assert_eq!(released(Legal::None, true, true), (Place::Acute, Legal::S3, Route::Civil, None));
        assert_eq!(released(Legal::None, false, true).0, Place::Home);
        assert_eq!(released(Legal::None, true, false).0, Place::Home);
        // A conditionally discharged patient is recalled, if the team asks for it.
        let (place, legal, _, met) = released(Legal::Cd, true, true);
        assert_eq!((place, legal, met), (Place::Home, Legal::Cd, Some(1)));
    }

    #[test]
    fn a_conditionally_discharged_prisoner_is_released_on_the_conditions() {
        let mut w = World::small();
        let i = w.put(Place::Prison, Legal::Cd);
        ends(&mut w, i, Due::Release);
        assert_eq!((w.case(i).place, w.case(i).legal), (Place::Home, Legal::Cd));
    }

    #[test]
    fn a_sentence_that_ends_with_a_further_charge_open_leaves_the_prisoner_in_prison_unsentenced() {
        let mut w = World::small();
        let i = w.put_with(Place::Prison, Legal::None, charge);
        ends(&mut w, i, Due::Release);
        let c = w.case(i);
        assert_eq!((c.place, c.legal, c.sentenced()), (Place::Prison, Legal::None, false));
        assert!(c.offending.charged);
    }

    #[test]
    fn what_was_to_wait_for_a_release_that_a_charge_prevents_is_looked_at_again() {
        let mut w = World::small();
        let i = w.put_with(Place::Prison, Legal::None, |c| {
            charge(c);
            (c.stage, c.clinical.unwell) = (Stage::Identified, true);
        });
        ends(&mut w, i, Due::Release);
        assert_eq!((w.case(i).place, w.due_in(i, Due::Refer)), (Place::Prison, Some(1)));
    }

    #[test]
    fn the_restriction_ends_with_the_sentence() {
        for legal in [Legal::S45A, Legal::S47S49, Legal::S47] {
            let mut w = World::small();
            let i = w.put(Place::Medium, legal);
            ends(&mut w, i, Due::Release);
            assert_eq!((w.case(i).place, w.case(i).legal), (Place::Medium, Legal::Notional37), "{}", legal.name());
            assert!(!w.case(i).sentenced(), "{}", legal.name());
            assert_eq!(w.due_in(i, Due::Expiry), Some(183), "{}", legal.name());
        }
    }

    #[test]
    fn a_sentence_that_ends_during_a_transfer_from_remand_leaves_the_transfer() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S48S49, |c| c.offending.release = Some(c.placement.since));
        ends(&mut w, i, Due::Release);
        assert_eq!((w.case(i).legal, w.case(i).sentenced()), (Legal::S48S49, false));
    }

    #[test]
    fn who_was_to_go_back_to_prison_and_falls_ill_is_in_treatment_again_when_the_sentence_ends() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S47S49);
        w.unwell(i, true);
        readiness::make_ready(&mut w, i, Reason::Prison | Reason::Consent);
        requests::ministry(&mut w, i, AskedFor::Remission);
        w.schedule_in(i, Due::Remission, Days::rounded_up(20.0));
        ends(&mut w, i, Due::Release);
        let c = w.case(i);
        assert_eq!((c.stage, c.asked, c.readiness.since), (Stage::Treatment, None, None));
        assert!(c.readiness.missing.is_empty());
        assert_eq!((w.due_in(i, Due::Remission), w.due_in(i, Due::Consent)), (None, None));
    }

    #[test]
    fn who_was_to_move_down_a_tier_lacks_only_the_bed_when_the_restriction_ends() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S47S49);
        w.unwell(i, true);
        readiness::make_ready(&mut w, i, Reason::NextBed | Reason::Consent);
        requests::ministry(&mut w, i, AskedFor::Transfer);
        ends(&mut w, i, Due::Release);
        let c = w.case(i);
        assert_eq!((c.stage, c.asked), (Stage::Ready, None));
        assert_eq!(c.readiness.missing, EnumSet::only(Reason::NextBed));
    }

    #[test]
    fn detention_for_assessment_becomes_detention_for_treatment_of_the_ill_and_ends_for_the_well() {
        let mut w = World::small();
        let well = w.put(Place::Acute, Legal::S2);
        ends(&mut w, well, Due::Expiry);
        assert_eq!((w.case(well).place, w.case(well).legal), (Place::Acute, Legal::None));
        let i = w.put(Place::Acute, Legal::S2);
        w.unwell(i, true);
        ends(&mut w, i, Due::Expiry);
        assert_eq!(w.case(i).legal, Legal::S3);
        assert_eq!(w.due_in(i, Due::Expiry), Some(183));
    }

    #[test]
    fn detention_for_treatment_is_renewed_for_six_months_and_then_for_a_year() {
        for legal in [Legal::S3, Legal::S37, Legal::Notional37] {
            let mut w = World::small();
            let i = w.put(Place::Medium, legal);
            for (days, next) in [(183, 183), (183, 365), (365, 365)] {
                w.pass(days);
                ends(&mut w, i, Due::Expiry);
                assert_eq!((w.case(i).legal, w.due_in(i, Due::Expiry)), (legal, Some(next)));
            }
        }
    }

    #[test]
    fn a_remand_or_interim_order_that_runs_out_brings_the_case_back_to_court() {
        for legal in [Legal::S35, Legal::S36, Legal::S38] {
            let mut w = World::small();
            let i = w.put_with(Place::Medium, legal, |c| c.offending.charged = false);
            ends(&mut w, i, Due::Expiry);
            assert!(w.case(i).offending.charged, "{}", legal.name());
            assert_eq!(w.due_in(i, Due::Court), Some(1), "{}", legal.name());
        }
    }

    #[test]
    fn a_community_treatment_order_ends_for_the_well_and_is_renewed_for_the_unwell() {
        for (unwell, legal, due) in [(false, Legal::None, None), (true, Legal::Cto, Some(183))] {
            let mut w = World::small();
            let i = w.put(Place::Home, Legal::Cto);
            w.unwell(i, unwell);
            ends(&mut w, i, Due::Expiry);
            assert_eq!((w.case(i).legal, w.due_in(i, Due::Expiry)), (legal, due));
        }
    }

    #[test]
    fn a_licence_ends_outside() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::Licence);
        ends(&mut w, i, Due::Expiry);
        assert_eq!(w.case(i).legal, Legal::None);
    }
}
