//! Phase 9: after discharge. Follow-up, relapse, recall, absconding, reoffending, work.

use crate::agents::{Kind, community_team};
use crate::calendar::{Day, NEVER, YEAR};
use crate::caseload::agenda::Due;
use crate::caseload::{Case, NO_UNIT, Route};
use crate::codes::{Decision, Ending, Event, Label, Legal, Offence, Place, Spend, Stage};
use crate::decisions::ask::Docket;
use crate::draw::Purpose;
use crate::hazards::Hazard;
use crate::law::places;
use crate::levers::Lever;
use crate::population::CaseloadReport;
use crate::transitions::{admission, leave, place, waiting};
use crate::world::capacity::Ward;
use crate::world::{World, accrual, rates};
use crate::{law, readings, requests};

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
        let row = world.case(i).row;
        world.case_mut(i).history -= 1;
        world.population.fade(row);
        world.touch(i);
    }
    for i in world.take_hazard(Hazard::Work) {
        accrual::accrue(world, i);
        let now = !world.case(i).employed;
        world.case_mut(i).employed = now;
        world.event(i, Event::Employment, Label::NONE, Label::NONE, None, Purpose::Work);
    }
    contacts(world);
    for i in world.take_due(Due::Close) {
        close(world, i);
    }
}

/// The day's contacts: teams look at those who are unwell or rising in risk, patients at the work that they are offered.
fn contacts(world: &mut World) {
    let (mut teams, mut patients) = (Docket::new(Decision::Recall), Docket::new(Decision::Engagement));
    let mut met = world.take_due(Due::Contact);
    met.retain(|i| places::community(world.case(*i).place));
    for i in &met {
        contact(world, *i);
        if let Some(mask) = concern(world, *i) {
            teams.add(*i, mask);
        }
        let c = world.case(*i);
        if !c.employed && !c.work_offered && world.lever(Lever::EmploymentSupport, c.area) > 0.0 {
            patients.add(*i, 0b1011);
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
            live_on(world, i, answer == Some(3));
        }
    }
}

/// Meets somebody, and plans the next time.
fn contact(world: &mut World, i: u32) {
    let today = world.today();
    readings::read(world, i, world.p.clinical.reading_noise);
    let interval = interval(world, i);
    if watched(world.case(i)) {
        world.caseload.plan(i, Due::Contact, today + interval.max(1));
    }
    world.case_mut(i).last_contact = today;
}

/// Whether anybody looks in: a team, those who run the home, or because of an order or an acute illness. Who has settled
/// is met again after a relapse.
fn watched(c: &Case) -> bool {
    c.forensic_team
        || c.mainstream_team
        || c.clinical.unwell
        || c.place == Place::Supported
        || matches!(c.legal, Legal::Cd | Legal::CdDol | Legal::Cto)
}

/// Days between two contacts.
fn interval(world: &World, i: u32) -> Day {
    world.agents.of(Kind::CommunityTeam).get(usize::from(world.case(i).area), community_team::interval) as Day
}

/// Whether a secure bed is queued for or held: wanted by a hospital already.
fn expected(c: &Case) -> bool {
    matches!(c.stage, Stage::Accepted | Stage::BedHeld)
}

/// A relapse, a charge or a rising reading: what a team may do about it, if there is anything to decide.
fn concern(world: &World, i: u32) -> Option<u32> {
    let c = world.case(i);
    let (legal, unwell) = (c.legal, c.clinical.unwell);
    let rising = unwell || c.charged || c.clinical.reading > world.p.aftercare.concern;
    let waiting = expected(c) || c.awaits_ward;
    if !rising || waiting || (!unwell && !matches!(legal, Legal::Cd | Legal::CdDol | Legal::Cto)) {
        return None;
    }
    let mut mask = 1u32;
    if matches!(legal, Legal::Cd | Legal::CdDol) {
        mask |= 1 << 1;
    }
    if legal == Legal::Cto {
        mask |= 1 << 2;
    }
    if unwell {
        mask |= 1 << 3;
    }
    Some(mask)
}

/// Watches, or brings back.
fn bring_back(world: &mut World, i: u32, answer: u8) {
    let legal = world.case(i).legal;
    match answer {
        1 => recall(world, i),
        2 => {
            world.event(
                i,
                Event::Recall,
                Label::legal(legal),
                Label::legal(Legal::S3),
                Some(Decision::Recall),
                Purpose::Recall,
            );
            // Recalled for up to 72 hours, then the order is revoked: detained again under s3.
            world.set_legal(i, Legal::S3, Purpose::Recall);
            to_acute(world, i);
        }
        3 => {
            if !matches!(legal, Legal::Cd | Legal::CdDol | Legal::Cto | Legal::Licence) {
                world.set_legal(i, Legal::S2, Purpose::Recall);
            }
            to_acute(world, i);
        }
        _ => {}
    }
}

/// Admits to an acute ward; somebody who was in secure care, and isn't old, is looked at for more security.
fn to_acute(world: &mut World, i: u32) {
    let once = world.case(i).ever_secure && world.age(i) < world.p.aftercare.secure_until;
    world.case_mut(i).route = if once { Route::Recall } else { Route::Civil };
    admission::to_ward(world, i, Place::Acute, Purpose::Recall);
    world.case_mut(i).grade = Stage::None;
    world.set_stage(i, if once { Stage::Unseen } else { Stage::Treatment });
}

/// The Ministry recalls a conditionally discharged patient: to a secure bed as soon as there is one.
fn recall(world: &mut World, i: u32) {
    let (key, share, today) = (world.key, world.p.aftercare.recall_medium, world.today());
    let legal = world.case(i).legal;
    world.event(
        i,
        Event::Recall,
        Label::legal(legal),
        Label::legal(Legal::S37S41),
        Some(Decision::Recall),
        Purpose::Recall,
    );
    let medium = world.case_mut(i).draw(key, Purpose::LicenceRecall) < share;
    let c = world.case_mut(i);
    c.route = Route::Recall;
    c.need = today;
    waiting::accept(world, i, if medium { Place::Medium } else { Place::Low });
}

/// Home, team and work, between two contacts.
fn live_on(world: &mut World, i: u32, takes_up_support: bool) {
    let key = world.key;
    let years = f64::from(interval(world, i)) / YEAR;
    let out = rates::years_out(world.case(i), world.today());
    if world.case(i).place == Place::Supported {
        let stays = libm::exp(-world.p.aftercare.move_on * years);
        if world.case_mut(i).draw(key, Purpose::Accommodation) > stays && !world.case(i).clinical.unwell {
            let (forensic, mainstream, next) = {
                let c = world.case(i);
                (c.forensic_team, c.mainstream_team, c.due[Due::Contact as usize])
            };
            place::move_to(world, i, Place::Home, Ending::Transfer, Purpose::Accommodation);
            let c = world.case_mut(i);
            c.forensic_team = forensic;
            c.mainstream_team = mainstream;
            world.caseload.plan(i, Due::Contact, next);
        }
    }
    let area = world.case(i).area;
    let ordered = matches!(world.case(i).legal, Legal::Cd | Legal::CdDol | Legal::Cto);
    accrual::accrue(world, i);
    if world.case(i).forensic_team && out > world.p.aftercare.forensic_years && world.wards.free(Ward::Mainstream, area)
    {
        world.wards.give(Ward::Forensic, area);
        world.wards.take(Ward::Mainstream, area);
        let c = world.case_mut(i);
        c.forensic_team = false;
        c.mainstream_team = true;
    } else if world.case(i).mainstream_team && !ordered && out > world.p.aftercare.mainstream_years {
        world.wards.give(Ward::Mainstream, area);
        world.case_mut(i).mainstream_team = false;
        world.set_stage(i, Stage::Settled);
    } else if !world.case(i).mainstream_team
        && !world.case(i).forensic_team
        && ordered
        && world.wards.free(Ward::Mainstream, area)
    {
        // Discharged in law without a team: taken on as soon as there is room.
        world.wards.take(Ward::Mainstream, area);
        world.case_mut(i).mainstream_team = true;
        world.set_stage(i, Stage::FollowUp);
    }
    if takes_up_support {
        let payer = world.books.aftercare(area);
        world.books.pay(area, payer, Spend::Employment, world.p.money.employment);
        world.case_mut(i).work_offered = true;
    }
    world.touch(i);
}

fn abscond(world: &mut World, i: u32) {
    let today = world.today();
    let c = world.case(i);
    if !places::secure(c.place) || c.held != NO_UNIT {
        return;
    }
    let from = c.place;
    world.event(i, Event::Abscond, Label::place(from), Label::place(Place::Awol), None, Purpose::Abscond);
    if matches!(world.case(i).stage, Stage::Referred | Stage::Accepted) {
        waiting::withdraw(world, i);
    }
    leave::setback(world, i, Stage::Treatment);
    let c = world.case_mut(i);
    c.awol_from = from;
    c.absconded = today;
    place::move_to(world, i, Place::Awol, Ending::Abscond, Purpose::Abscond);
    world.caseload.cancel(i, Due::Review);
    let (key, share) = (world.key, world.p.abscond.offend);
    if world.case_mut(i).draw(key, Purpose::Cluster) < share {
        charge(world, i);
    }
}

/// An absent patient returns to the bed that was kept.
fn come_back(world: &mut World, i: u32) {
    let (held, place) = (world.case(i).held, world.case(i).awol_from);
    if world.case(i).place != Place::Awol {
        return;
    }
    let (payer, site) = (world.commissioner(world.case(i).area, place), world.units.all[usize::from(held)].site);
    let other = world.units.all[usize::from(held)].commissioner != payer;
    place::move_to(world, i, place, Ending::Transfer, Purpose::Return);
    let unit = usize::from(held);
    world.units.all[unit].held -= 1;
    world.units.all[unit].occupied += 1;
    let c = world.case_mut(i);
    c.held = NO_UNIT;
    c.unit = held;
    c.site = site;
    c.payer = payer;
    c.out_of_area = other;
    world.inpatients.push(i);
    world.event(i, Event::Return, Label::place(Place::Awol), Label::place(place), None, Purpose::Return);
    requests::review(world, i);
}

/// Draws the offence of a charge.
fn charge(world: &mut World, i: u32) {
    let key = world.key;
    let ordinal = world.case_mut(i).next(Purpose::Outcome);
    let u = key.uniforms(world.case(i).person, Purpose::Outcome, ordinal);
    let p = &world.p.reoffence;
    let violent = u[0] < p.violent;
    let grave = violent && u[1] < p.grave;
    let crown = grave || u[2] < p.crown;
    let c = world.case_mut(i);
    c.offence = if violent { Offence::Violence } else { Offence::Theft };
    c.grave = grave;
    c.crown = crown;
    c.charged = true;
    c.history = (c.history + 1).min(3);
    let (row, o) = (world.case(i).row, world.case(i).offence);
    let today = world.today();
    world.population.report(row, CaseloadReport::Charge, today);
    world.event(i, Event::Charge, Label::NONE, Label::offence(o), None, Purpose::Reoffence);
    requests::court_sitting(world, i);
}

/// A charge in the community: custody or bail until the court sits.
fn offend(world: &mut World, i: u32) {
    if !places::community(world.case(i).place) || world.case(i).charged {
        return;
    }
    charge(world, i);
    let key = world.key;
    let ordinal = world.case_mut(i).next(Purpose::Offence);
    let u = key.uniforms(world.case(i).person, Purpose::Offence, ordinal);
    let grave = world.case(i).grave;
    if expected(world.case(i)) {
        // Recall goes before remand: the person is wanted by a hospital already.
        return;
    }
    if grave || u[0] < world.p.reoffence.remanded {
        let row = world.case(i).row;
        let today = world.today();
        world.population.report(row, CaseloadReport::Reception, today);
        world.caseload.cancel(i, Due::Admission);
        if law::ends_in_custody(world.case(i).legal) {
            world.set_legal(i, Legal::None, Purpose::Reoffence);
        }
        place::move_to(world, i, Place::Remand, Ending::Custody, Purpose::Reoffence);
        let unwell = world.case(i).clinical.unwell;
        world.case_mut(i).route = Route::Prison;
        world.set_stage(i, if unwell { Stage::Unseen } else { Stage::AwaitingCourt });
    } else {
        world.sync_justice(i);
        let today = world.today();
        world.caseload.plan(i, Due::Contact, today + 1);
    }
}

fn licence_recall(world: &mut World, i: u32) {
    let (median, sigma) = (world.p.licence.recall_days, world.p.licence.recall_sigma);
    if world.case(i).legal != Legal::Licence || !places::community(world.case(i).place) {
        return;
    }
    let today = world.today();
    let days = world.delay(i, Purpose::LicenceRecall, median, sigma);
    world.event(
        i,
        Event::Recall,
        Label::legal(Legal::Licence),
        Label::place(Place::Prison),
        None,
        Purpose::LicenceRecall,
    );
    place::move_to(world, i, Place::Prison, Ending::Custody, Purpose::LicenceRecall);
    world.set_legal(i, Legal::None, Purpose::LicenceRecall);
    world.case_mut(i).release = today + days;
    world.caseload.plan(i, Due::Release, today + days);
    let unwell = world.case(i).clinical.unwell;
    world.case_mut(i).route = Route::Prison;
    world.set_stage(i, if unwell { Stage::Unseen } else { Stage::None });
}

/// The books close on somebody long without contact, who returns to the population.
fn close(world: &mut World, i: u32) {
    let today = world.today();
    let c = world.case(i);
    if c.ever_secure {
        return;
    }
    let days = world.p.discharge.books_days as Day;
    let quiet = f64::from(today - c.last_contact) >= world.p.discharge.books_days;
    let held = c.charged
        || c.release != NEVER
        || !places::community(c.place)
        || law::detained(c.legal)
        || c.legal == Legal::Cto;
    if held || !quiet {
        world.caseload.plan(i, Due::Close, today + days);
        return;
    }
    place::leave_books(world, i);
}
