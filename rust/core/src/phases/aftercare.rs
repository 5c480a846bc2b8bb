//! Phase 9: after discharge. Follow-up, relapse, recall, absconding, reoffending, work.
//!
//! A community team is asked of everyone it meets today who is unwell or rising in risk; what it may answer is [`concern`],
//! what follows is done by [`bring_back`].

use enumset::EnumSet;

use crate::agents::{Kind, community_team};
use crate::calendar::{Days, YEAR};
use crate::caseload::agenda::Due;
use crate::caseload::{Bed, Case, Team};
use crate::codes::{
    Decision, Ending, Engagement, Event, Label, Legal, Offence, Place, Purpose, Recall, Route, Spend, Stage,
};
use crate::decisions::queue::DecisionQueue;
use crate::hazards::Hazard;
use crate::ids::CaseId;
use crate::law::{self, places};
use crate::levers::Lever;
use crate::population::CaseloadReport;
use crate::transitions::readiness::ward_of;
use crate::transitions::{admission, follow_up, leave, offending, place, waiting};
use crate::world::{World, accrual, rates};
use crate::{readings, requests};

/// Phase 9.
pub fn follow(world: &mut World) {
    for i in world.take_hazard(Hazard::Abscond) {
        abscond(world, i);
    }
    for i in world.take_hazard(Hazard::Return) {
        come_back(world, i);
    }
    for i in world.take_hazard(Hazard::Reoffence) {
        offend(world, i);
    }
    for i in world.take_hazard(Hazard::Licence) {
        licence_recall(world, i);
    }
    for i in world.take_hazard(Hazard::Fading) {
        offending::fade(world, i);
    }
    for i in world.take_hazard(Hazard::Work) {
        accrual::accrue(world, i);
        let now = !world.case(i).work.employed;
        world.case_mut(i).work.employed = now;
        world.event(i, Event::Employment, Label::NONE, Label::NONE, None, Purpose::Work);
    }
    contacts(world);
    for i in world.take_due(Due::Close) {
        close(world, i);
    }
}

/// The day's contacts: teams look at those who are unwell or rising in risk, patients at the work that they are offered.
fn contacts(world: &mut World) {
    let (mut teams, mut patients) = (DecisionQueue::new(), DecisionQueue::new());
    let mut met = world.take_due(Due::Contact);
    met.retain(|i| places::community(world.case(*i).place));
    for i in &met {
        contact(world, *i);
        if let Some(allowed) = concern(world.case(*i), world.p.aftercare.concern) {
            teams.add(*i, allowed);
        }
        let c = world.case(*i);
        if !c.work.employed && !c.work.supported && world.lever(Lever::EmploymentSupport, c.area) > 0.0 {
            // Nobody is anxious about a discharge that is over.
            patients.add(*i, !EnumSet::only(Engagement::Anxious));
        }
    }
    let (brought_back, taken_up) = (world.ask(&teams), world.ask(&patients));
    for (i, answer) in teams.cases().iter().zip(brought_back) {
        bring_back(world, *i, answer);
    }
    let mut offers = patients.cases().iter().zip(taken_up).peekable();
    for i in met {
        let answer = offers.next_if(|(asked, _)| **asked == i).map(|(_, answer)| answer);
        if places::community(world.case(i).place) {
            live_on(world, i, answer == Some(Engagement::Work));
        }
    }
}

/// Meets somebody, and plans the next time.
fn contact(world: &mut World, i: CaseId) {
    let today = world.today();
    readings::read(world, i, world.p.clinical.reading_noise);
    let interval = interval(world, i);
    if watched(world.case(i)) {
        world.schedule_in(i, Due::Contact, interval);
    }
    world.case_mut(i).past.last_contact = today;
}

/// Whether anybody looks in: a team, those who run the home, or because of an order or an acute illness. Who has settled
/// is met again after a relapse.
fn watched(c: &Case) -> bool {
    c.follow_up.team.is_some() || c.clinical.unwell || c.place == Place::Supported || on_order(c)
}

/// Whether an order of the Mental Health Act holds in the community.
fn on_order(c: &Case) -> bool {
    c.conditional() || c.legal == Legal::Cto
}

/// Days between two contacts.
fn interval(world: &World, i: CaseId) -> Days {
    let area = usize::from(world.case(i).area);
    Days::rounded_up(world.agents.of(Kind::CommunityTeam).get(area, community_team::interval))
}

/// Whether a secure bed is queued for or held: wanted by a hospital already.
fn expected(c: &Case) -> bool {
    matches!(c.stage, Stage::Accepted | Stage::BedHeld)
}

/// A relapse, a charge or a reading above the team's concern: what it may do about it, if there is anything to decide.
pub(crate) fn concern(c: &Case, concern: f64) -> Option<EnumSet<Recall>> {
    let unwell = c.clinical.unwell;
    let rising = unwell || c.offending.charged || c.clinical.reading.is_some_and(|r| r.risk > concern);
    let waiting = expected(c) || c.awaits_ward;
    if !rising || waiting || (!unwell && !on_order(c)) {
        return None;
    }
    let mut allowed = EnumSet::only(Recall::Watch);
    if c.conditional() {
        allowed |= Recall::Ask;
    }
    if c.legal == Legal::Cto {
        allowed |= Recall::Cto;
    }
    if unwell {
        allowed |= Recall::Voluntary;
    }
    Some(allowed)
}

/// Watches, or brings back.
fn bring_back(world: &mut World, i: CaseId, answer: Recall) {
    match answer {
        Recall::Watch => {}
        Recall::Ask => recall(world, i),
        Recall::Cto => {
            log_recall(world, i, Legal::S3);
            // Recalled for up to 72 hours, then the order is revoked: detained again under s3.
            world.set_legal(i, Legal::S3, Purpose::Recall);
            to_acute(world, i);
        }
        Recall::Voluntary => {
            if !on_order(world.case(i)) && world.case(i).legal != Legal::Licence {
                world.set_legal(i, Legal::S2, Purpose::Recall);
            }
            to_acute(world, i);
        }
    }
}

/// Logs a recall to hospital, to the status that it restores.
fn log_recall(world: &mut World, i: CaseId, to: Legal) {
    let from = Label::legal(world.case(i).legal);
    world.event(i, Event::Recall, from, Label::legal(to), Some(Decision::Recall), Purpose::Recall);
}

/// Admits to an acute ward; somebody who was in secure care, and isn't old, is looked at for more security.
fn to_acute(world: &mut World, i: CaseId) {
    let once = world.case(i).past.ever_secure && world.age(i) < world.p.aftercare.secure_until;
    world.case_mut(i).route = if once { Route::Recall } else { Route::Civil };
    admission::to_ward(world, i, Place::Acute, Purpose::Recall);
    world.case_mut(i).grade = Stage::None;
    world.set_stage(i, if once { Stage::Unseen } else { Stage::Treatment });
}

/// The Ministry recalls a conditionally discharged patient: to a secure bed as soon as there is one.
fn recall(world: &mut World, i: CaseId) {
    log_recall(world, i, Legal::S37S41);
    let medium = world.draw(i, Purpose::RecallTier) < world.p.aftercare.recall_medium;
    world.case_mut(i).route = Route::Recall;
    waiting::identify(world, i);
    waiting::accept(world, i, if medium { Place::Medium } else { Place::Low });
}

/// Home, team and work, between two contacts.
fn live_on(world: &mut World, i: CaseId, takes_up_support: bool) {
    let years = f64::from(interval(world, i).count()) / YEAR;
    if world.case(i).place == Place::Supported {
        let stays = libm::exp(-world.p.aftercare.move_on * years);
        if world.draw(i, Purpose::Accommodation) > stays && !world.case(i).clinical.unwell {
            place::move_to(world, i, Place::Home, Ending::Transfer, Purpose::Accommodation);
        }
    }
    accrual::accrue(world, i);
    hand_over(world, i);
    if takes_up_support {
        let area = world.case(i).area;
        let payer = world.accounts.aftercare(area);
        world.accounts.pay(area, payer, Spend::Employment, world.p.money.employment);
        world.case_mut(i).work.supported = true;
    }
    world.mark_rates_stale(i);
}

/// Which team goes on: a forensic team hands over after some years, a mainstream one closes the case of somebody without an
/// order, and who was discharged in law without a team is taken on as soon as there is room.
fn hand_over(world: &mut World, i: CaseId) {
    let (c, p) = (world.case(i), &world.p.aftercare);
    let out = rates::years_out(c, world.today());
    let room = world.wards.free(ward_of(Team::Mainstream), c.area);
    let ordered = on_order(c);
    match c.follow_up.team {
        Some(Team::Forensic) if out > p.forensic_years && room => {
            follow_up::end(world, i);
            follow_up::take_on(world, i, Team::Mainstream);
        }
        Some(Team::Mainstream) if !ordered && out > p.mainstream_years => {
            follow_up::end(world, i);
            world.set_stage(i, Stage::Settled);
        }
        None if ordered && room => {
            follow_up::take_on(world, i, Team::Mainstream);
            world.set_stage(i, Stage::FollowUp);
        }
        Some(Team::Forensic | Team::Mainstream) | None => {}
    }
}

/// Absconds from a secure ward; the bed is kept.
fn abscond(world: &mut World, i: CaseId) {
    let today = world.today();
    let from = world.case(i).place;
    if !places::secure(from) || world.case(i).held.is_some() {
        return;
    }
    world.event(i, Event::Abscond, Label::place(from), Label::place(Place::Awol), None, Purpose::Abscond);
    if matches!(world.case(i).stage, Stage::Referred | Stage::Accepted) {
        waiting::withdraw(world, i);
    }
    leave::setback(world, i);
    let absence = &mut world.case_mut(i).absence;
    absence.from = Some(from);
    absence.last = Some(today);
    place::move_to(world, i, Place::Awol, Ending::Abscond, Purpose::Abscond);
    world.caseload.cancel(i, Due::Review);
    if world.draw(i, Purpose::AbsentOffence) < world.p.abscond.offend {
        charge(world, i);
    }
}

/// An absent patient returns to the bed that was kept.
fn come_back(world: &mut World, i: CaseId) {
    let c = world.case(i);
    let (Some(Bed::Unit(unit)), Some(place), Place::Awol) = (c.held.map(|h| h.bed), c.absence.from, c.place) else {
        return;
    };
    let payer = world.commissioner(c.area, place);
    let out_of_area = world.units[unit].commissioner != payer;
    place::move_to(world, i, place, Ending::Transfer, Purpose::Return);
    waiting::take_bed(world, i);
    place::occupy_unit(world, i, unit, payer, out_of_area);
    world.event(i, Event::Return, Label::place(Place::Awol), Label::place(place), None, Purpose::Return);
    requests::review(world, i);
}

/// Draws the offence of a charge.
fn charge(world: &mut World, i: CaseId) {
    let u = world.draw_four(i, Purpose::Outcome);
    let p = &world.p.reoffence;
    let violent = u[0] < p.violent;
    let grave = violent && u[1] < p.grave;
    let crown = grave || u[2] < p.crown;
    let offence = if violent { Offence::Violence } else { Offence::Theft };
    offending::charge(world, i, offence, grave, crown);
    let (row, today) = (world.case(i).row, world.today());
    world.population.report(row, CaseloadReport::Charge, today);
    world.event(i, Event::Charge, Label::NONE, Label::offence(offence), None, Purpose::Reoffence);
    requests::court_sitting(world, i);
}

/// A charge in the community: custody or bail until the court sits.
fn offend(world: &mut World, i: CaseId) {
    if !places::community(world.case(i).place) || world.case(i).offending.charged {
        return;
    }
    charge(world, i);
    let u = world.draw(i, Purpose::Remand);
    if expected(world.case(i)) {
        // Recall goes before remand: the person is wanted by a hospital already.
        return;
    }
    if world.case(i).offending.grave || u < world.p.reoffence.remanded {
        remand(world, i);
    } else {
        world.sync_justice(i);
        world.schedule_in(i, Due::Contact, Days::ONE);
    }
}

/// Takes somebody who is charged into custody.
fn remand(world: &mut World, i: CaseId) {
    let (row, today) = (world.case(i).row, world.today());
    world.population.report(row, CaseloadReport::Reception, today);
    world.caseload.cancel(i, Due::Admission);
    if law::ends_in_custody(world.case(i).legal) {
        world.set_legal(i, Legal::None, Purpose::Reoffence);
    }
    place::move_to(world, i, Place::Remand, Ending::Custody, Purpose::Reoffence);
    into_custody(world, i, Stage::AwaitingCourt);
}

/// In prison: an acutely ill person is still to be seen.
fn into_custody(world: &mut World, i: CaseId, well: Stage) {
    let stage = if world.case(i).clinical.unwell { Stage::Unseen } else { well };
    world.case_mut(i).route = Route::Prison;
    world.set_stage(i, stage);
}

/// Recalled to prison on licence.
fn licence_recall(world: &mut World, i: CaseId) {
    if world.case(i).legal != Legal::Licence || !places::community(world.case(i).place) {
        return;
    }
    let days = world.delay(i, Purpose::LicenceTime, world.p.licence.recall_days, world.p.licence.recall_sigma);
    let (from, to) = (Label::legal(Legal::Licence), Label::place(Place::Prison));
    world.event(i, Event::Recall, from, to, None, Purpose::LicenceRecall);
    place::move_to(world, i, Place::Prison, Ending::Custody, Purpose::LicenceRecall);
    world.set_legal(i, Legal::None, Purpose::LicenceRecall);
    offending::sentence(world, i, days);
    into_custody(world, i, Stage::None);
}

/// The books close on somebody long without contact, who returns to the population.
fn close(world: &mut World, i: CaseId) {
    let c = world.case(i);
    if c.past.ever_secure {
        return;
    }
    let days = world.p.discharge.books_days;
    let quiet = f64::from(world.today() - c.past.last_contact) >= days;
    let held = c.offending.charged
        || c.sentenced()
        || !places::community(c.place)
        || law::detained(c.legal)
        || c.legal == Legal::Cto;
    if held || !quiet {
        world.schedule_in(i, Due::Close, Days::rounded_up(days));
    } else {
        place::leave_books(world, i);
    }
}
