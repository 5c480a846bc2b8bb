//! Phase 9: after discharge. Follow-up, relapse, recall, absconding, reoffending, work.

use serde::Deserialize;

use crate::agents::{Kind, community_team};
use crate::asking::Docket;
use crate::calendar::{Day, NEVER, YEAR};
use crate::caseload::agenda::Due;
use crate::caseload::{Case, NO_UNIT, Route};
use crate::codes::{Decision, Ending, Event, Label, Legal, Offence, Place, Spend, Stage};
use crate::draw::Purpose;
use crate::pathway::beds::Ward;
use crate::pathway::hazards::Hazard;
use crate::pathway::{admissions, books, courts, illness, law, moves, rates, readiness, referrals, reviews, states};
use crate::population::Note;
use crate::sim::Sim;

/// Life after discharge.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AftercareParams {
    /// Days from discharge to the first contact [d].
    pub contact_days: f64,
    /// Reading of risk at which a team considers recall of somebody who is well [SD].
    pub concern: f64,
    /// Rate of moving on from supported accommodation to one's own home [1/a].
    pub move_on: f64,
    /// Years after which a forensic team hands over to a mainstream one [a].
    pub forensic_years: f64,
    /// Years after which a mainstream team closes the case of somebody without an order [a].
    pub mainstream_years: f64,
    /// Share of restricted recalls that need medium rather than low security [share].
    pub recall_medium: f64,
    /// Age from which other services than secure care take who falls ill again [a].
    pub secure_until: f64,
}

/// Phase 9.
pub fn follow(sim: &mut Sim) {
    for i in sim.take_hazard(Hazard::Abscond) {
        abscond(sim, i);
    }
    for i in sim.take_hazard(Hazard::Return) {
        come_back(sim, i);
    }
    for i in sim.take_hazard(Hazard::Reoffence) {
        offend(sim, i);
    }
    for i in sim.take_hazard(Hazard::Licence) {
        licence_recall(sim, i);
    }
    for i in sim.take_hazard(Hazard::Fading) {
        let row = sim.case(i).row;
        sim.case_mut(i).history -= 1;
        sim.population.fade(row);
        sim.touch(i);
    }
    for i in sim.take_hazard(Hazard::Work) {
        books::accrue(sim, i);
        let now = !sim.case(i).employed;
        sim.case_mut(i).employed = now;
        sim.event(i, Event::Employment, Label::NONE, Label::NONE, None, Purpose::Work);
    }
    contacts(sim);
    for i in sim.take_due(Due::Close) {
        close(sim, i);
    }
}

/// The day's contacts: teams look at those who are unwell or rising in risk, patients at the work that they are offered.
fn contacts(sim: &mut Sim) {
    let (mut teams, mut patients) = (Docket::new(Decision::Recall), Docket::new(Decision::Engagement));
    let mut met = sim.take_due(Due::Contact);
    met.retain(|i| states::community(sim.case(*i).place));
    for i in &met {
        contact(sim, *i);
        if let Some(mask) = concern(sim, *i) {
            teams.add(*i, mask);
        }
        let c = sim.case(*i);
        if !c.employed && !c.work_offered && sim.lever("employment_support", c.area) > 0.0 {
            patients.add(*i, 0b1011);
        }
    }
    let (brought_back, taken_up) = (sim.ask(&teams), sim.ask(&patients));
    for (i, answer) in teams.cases().iter().zip(brought_back) {
        bring_back(sim, *i, answer);
    }
    let mut offers = patients.cases().iter().zip(taken_up).peekable();
    for i in met {
        let answer = offers.next_if(|(asked, _)| **asked == i).map(|(_, answer)| answer);
        if states::community(sim.case(i).place) {
            live_on(sim, i, answer == Some(3));
        }
    }
}

/// Meets somebody, and plans the next time.
fn contact(sim: &mut Sim, i: u32) {
    let today = sim.today();
    illness::read(sim, i, sim.p.clinical.reading_noise);
    let interval = interval(sim, i);
    if watched(sim.case(i)) {
        sim.caseload.plan(i, Due::Contact, today + interval.max(1));
    }
    sim.case_mut(i).last_contact = today;
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
fn interval(sim: &Sim, i: u32) -> Day {
    sim.agents.of(Kind::CommunityTeam).get(usize::from(sim.case(i).area), community_team::interval) as Day
}

/// Whether a secure bed is queued for or held: wanted by a hospital already.
fn expected(c: &Case) -> bool {
    matches!(c.stage, Stage::Accepted | Stage::BedHeld)
}

/// A relapse, a charge or a rising reading: what a team may do about it, if there is anything to decide.
fn concern(sim: &Sim, i: u32) -> Option<u32> {
    let c = sim.case(i);
    let (legal, unwell) = (c.legal, c.clinical.unwell);
    let rising = unwell || c.charged || c.clinical.reading > sim.p.aftercare.concern;
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
fn bring_back(sim: &mut Sim, i: u32, answer: u8) {
    let legal = sim.case(i).legal;
    match answer {
        1 => recall(sim, i),
        2 => {
            sim.event(
                i,
                Event::Recall,
                Label::legal(legal),
                Label::legal(Legal::S3),
                Some(Decision::Recall),
                Purpose::Recall,
            );
            // Recalled for up to 72 hours, then the order is revoked: detained again under s3.
            sim.set_legal(i, Legal::S3, Purpose::Recall);
            to_acute(sim, i);
        }
        3 => {
            if !matches!(legal, Legal::Cd | Legal::CdDol | Legal::Cto | Legal::Licence) {
                sim.set_legal(i, Legal::S2, Purpose::Recall);
            }
            to_acute(sim, i);
        }
        _ => {}
    }
}

/// Admits to an acute ward; somebody who was in secure care, and isn't old, is looked at for more security.
fn to_acute(sim: &mut Sim, i: u32) {
    let once = sim.case(i).ever_secure && sim.age(i) < sim.p.aftercare.secure_until;
    sim.case_mut(i).route = if once { Route::Recall } else { Route::Civil };
    admissions::to_ward(sim, i, Place::Acute, Purpose::Recall);
    sim.case_mut(i).grade = Stage::None;
    sim.set_stage(i, if once { Stage::Unseen } else { Stage::Treatment });
}

/// The Ministry recalls a conditionally discharged patient: to a secure bed as soon as there is one.
fn recall(sim: &mut Sim, i: u32) {
    let (key, share, today) = (sim.key, sim.p.aftercare.recall_medium, sim.today());
    let legal = sim.case(i).legal;
    sim.event(
        i,
        Event::Recall,
        Label::legal(legal),
        Label::legal(Legal::S37S41),
        Some(Decision::Recall),
        Purpose::Recall,
    );
    let medium = sim.case_mut(i).draw(key, Purpose::LicenceRecall) < share;
    let c = sim.case_mut(i);
    c.route = Route::Recall;
    c.need = today;
    referrals::accept(sim, i, if medium { Place::Medium } else { Place::Low });
}

/// Home, team and work, between two contacts.
fn live_on(sim: &mut Sim, i: u32, takes_up_support: bool) {
    let key = sim.key;
    let years = f64::from(interval(sim, i)) / YEAR;
    let out = rates::years_out(sim.case(i), sim.today());
    if sim.case(i).place == Place::Supported {
        let stays = libm::exp(-sim.p.aftercare.move_on * years);
        if sim.case_mut(i).draw(key, Purpose::Accommodation) > stays && !sim.case(i).clinical.unwell {
            let (forensic, mainstream, next) = {
                let c = sim.case(i);
                (c.forensic_team, c.mainstream_team, c.due[Due::Contact as usize])
            };
            moves::to(sim, i, Place::Home, Ending::Transfer, Purpose::Accommodation);
            let c = sim.case_mut(i);
            c.forensic_team = forensic;
            c.mainstream_team = mainstream;
            sim.caseload.plan(i, Due::Contact, next);
        }
    }
    let area = sim.case(i).area;
    let ordered = matches!(sim.case(i).legal, Legal::Cd | Legal::CdDol | Legal::Cto);
    books::accrue(sim, i);
    if sim.case(i).forensic_team && out > sim.p.aftercare.forensic_years && sim.wards.free(Ward::Mainstream, area) {
        sim.wards.give(Ward::Forensic, area);
        sim.wards.take(Ward::Mainstream, area);
        let c = sim.case_mut(i);
        c.forensic_team = false;
        c.mainstream_team = true;
    } else if sim.case(i).mainstream_team && !ordered && out > sim.p.aftercare.mainstream_years {
        sim.wards.give(Ward::Mainstream, area);
        sim.case_mut(i).mainstream_team = false;
        sim.set_stage(i, Stage::Settled);
    } else if !sim.case(i).mainstream_team
        && !sim.case(i).forensic_team
        && ordered
        && sim.wards.free(Ward::Mainstream, area)
    {
        // Discharged in law without a team: taken on as soon as there is room.
        sim.wards.take(Ward::Mainstream, area);
        sim.case_mut(i).mainstream_team = true;
        sim.set_stage(i, Stage::FollowUp);
    }
    if takes_up_support {
        let payer = sim.books.aftercare(area);
        sim.books.pay(area, payer, Spend::Employment, sim.p.money.employment);
        sim.case_mut(i).work_offered = true;
    }
    sim.touch(i);
}

fn abscond(sim: &mut Sim, i: u32) {
    let today = sim.today();
    let c = sim.case(i);
    if !states::secure(c.place) || c.held != NO_UNIT {
        return;
    }
    let from = c.place;
    sim.event(i, Event::Abscond, Label::place(from), Label::place(Place::Awol), None, Purpose::Abscond);
    if matches!(sim.case(i).stage, Stage::Referred | Stage::Accepted) {
        readiness::withdraw(sim, i);
    }
    illness::setback(sim, i, Stage::Treatment);
    let c = sim.case_mut(i);
    c.awol_from = from;
    c.absconded = today;
    moves::to(sim, i, Place::Awol, Ending::Abscond, Purpose::Abscond);
    sim.caseload.cancel(i, Due::Review);
    let (key, share) = (sim.key, sim.p.abscond.offend);
    if sim.case_mut(i).draw(key, Purpose::Cluster) < share {
        charge(sim, i);
    }
}

/// An absent patient returns to the bed that was kept.
fn come_back(sim: &mut Sim, i: u32) {
    let (held, place) = (sim.case(i).held, sim.case(i).awol_from);
    if sim.case(i).place != Place::Awol {
        return;
    }
    let (payer, site) = (sim.commissioner(sim.case(i).area, place), sim.units.all[usize::from(held)].site);
    let other = sim.units.all[usize::from(held)].commissioner != payer;
    moves::to(sim, i, place, Ending::Transfer, Purpose::Return);
    let unit = usize::from(held);
    sim.units.all[unit].held -= 1;
    sim.units.all[unit].occupied += 1;
    let c = sim.case_mut(i);
    c.held = NO_UNIT;
    c.unit = held;
    c.site = site;
    c.payer = payer;
    c.out_of_area = other;
    sim.inpatients.push(i);
    sim.event(i, Event::Return, Label::place(Place::Awol), Label::place(place), None, Purpose::Return);
    reviews::plan_next(sim, i);
}

/// Draws the offence of a charge.
fn charge(sim: &mut Sim, i: u32) {
    let key = sim.key;
    let ordinal = sim.case_mut(i).next(Purpose::Outcome);
    let u = key.uniforms(sim.case(i).person, Purpose::Outcome, ordinal);
    let p = &sim.p.reoffence;
    let violent = u[0] < p.violent;
    let grave = violent && u[1] < p.grave;
    let crown = grave || u[2] < p.crown;
    let c = sim.case_mut(i);
    c.offence = if violent { Offence::Violence } else { Offence::Theft };
    c.grave = grave;
    c.crown = crown;
    c.charged = true;
    c.history = (c.history + 1).min(3);
    let (row, o) = (sim.case(i).row, sim.case(i).offence);
    let today = sim.today();
    sim.population.note(row, Note::Charge, today);
    sim.event(i, Event::Charge, Label::NONE, Label::offence(o), None, Purpose::Reoffence);
    courts::list(sim, i);
}

/// A charge in the community: custody or bail until the court sits.
fn offend(sim: &mut Sim, i: u32) {
    if !states::community(sim.case(i).place) || sim.case(i).charged {
        return;
    }
    charge(sim, i);
    let key = sim.key;
    let ordinal = sim.case_mut(i).next(Purpose::Offence);
    let u = key.uniforms(sim.case(i).person, Purpose::Offence, ordinal);
    let grave = sim.case(i).grave;
    if expected(sim.case(i)) {
        // Recall goes before remand: the person is wanted by a hospital already.
        return;
    }
    if grave || u[0] < sim.p.reoffence.remanded {
        let row = sim.case(i).row;
        let today = sim.today();
        sim.population.note(row, Note::Reception, today);
        sim.caseload.cancel(i, Due::Admission);
        if law::ends_in_custody(sim.case(i).legal) {
            sim.set_legal(i, Legal::None, Purpose::Reoffence);
        }
        moves::to(sim, i, Place::Remand, Ending::Custody, Purpose::Reoffence);
        let unwell = sim.case(i).clinical.unwell;
        sim.case_mut(i).route = Route::Prison;
        sim.set_stage(i, if unwell { Stage::Unseen } else { Stage::AwaitingCourt });
    } else {
        sim.sync_justice(i);
        let today = sim.today();
        sim.caseload.plan(i, Due::Contact, today + 1);
    }
}

fn licence_recall(sim: &mut Sim, i: u32) {
    let (median, sigma) = (sim.p.licence.recall_days, sim.p.licence.recall_sigma);
    if sim.case(i).legal != Legal::Licence || !states::community(sim.case(i).place) {
        return;
    }
    let today = sim.today();
    let days = illness::days(sim, i, Purpose::LicenceRecall, median, sigma);
    sim.event(
        i,
        Event::Recall,
        Label::legal(Legal::Licence),
        Label::place(Place::Prison),
        None,
        Purpose::LicenceRecall,
    );
    moves::to(sim, i, Place::Prison, Ending::Custody, Purpose::LicenceRecall);
    sim.set_legal(i, Legal::None, Purpose::LicenceRecall);
    sim.case_mut(i).release = today + days;
    sim.caseload.plan(i, Due::Release, today + days);
    let unwell = sim.case(i).clinical.unwell;
    sim.case_mut(i).route = Route::Prison;
    sim.set_stage(i, if unwell { Stage::Unseen } else { Stage::None });
}

/// The books close on somebody long without contact, who returns to the population.
fn close(sim: &mut Sim, i: u32) {
    let today = sim.today();
    let c = sim.case(i);
    if c.ever_secure {
        return;
    }
    let days = sim.p.discharge.books_days as Day;
    let quiet = f64::from(today - c.last_contact) >= sim.p.discharge.books_days;
    let held = c.charged
        || c.release != NEVER
        || !states::community(c.place)
        || law::detained(c.legal)
        || c.legal == Legal::Cto;
    if held || !quiet {
        sim.caseload.plan(i, Due::Close, today + days);
        return;
    }
    moves::leave_books(sim, i);
}
