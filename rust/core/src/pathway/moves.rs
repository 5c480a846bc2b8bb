//! Phase 8: admissions, transfers, discharges, remissions, recalls. The only place where a person's place changes.

use serde::Deserialize;

use crate::agents::{Kind, commissioner};
use crate::calendar::{Day, NEVER};
use crate::caseload::agenda::Due;
use crate::caseload::{NO_ONE, NO_UNIT, Route};
use crate::codes::{Ending, Event, Label, Legal, Place, Reason, Stage};
use crate::draw::Purpose;
use crate::log::SpellRow;
use crate::pathway::beds::Ward;
use crate::pathway::{books, illness, law, queues, referrals, states};
use crate::sim::Sim;

/// Leaving hospital.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DischargeParams {
    /// Days after which funders look again at a patient who is ready [d].
    pub again: f64,
    /// Share of unrestricted patients discharged under a community treatment order [share].
    pub cto_share: f64,
    /// Share of conditional discharges that deprive of liberty, once lawful [share].
    pub dol_share: f64,
    /// Median days until prison or court takes a patient back [d].
    pub remit_days: f64,
    /// Spread of its logarithm [ln d].
    pub remit_sigma: f64,
    /// Median days on an acute ward [d].
    pub acute_days: f64,
    /// Median days on a PICU [d].
    pub picu_days: f64,
    /// Median days on a rehabilitation ward [d].
    pub rehab_days: f64,
    /// Spread of the logarithm of a ward stay [ln d].
    pub ward_sigma: f64,
    /// Days after which a person who was never in secure care, and has no order or charge, leaves the books [d].
    pub books_days: f64,
    /// Share of a rehabilitation ward's patients on a locked one [share].
    pub locked_share: f64,
}

/// Phase 8.
pub fn make(sim: &mut Sim) {
    for i in sim.take_due(Due::Lapse) {
        lapse(sim, i);
    }
    for i in sim.take_due(Due::Admission) {
        admit(sim, i);
    }
    for i in sim.take_due(Due::Remission) {
        remit(sim, i);
    }
    for i in sim.take_due(Due::WardEnd) {
        ward_end(sim, i);
    }
    let leaving = std::mem::take(&mut sim.queues.leaving);
    for i in leaving {
        if sim.case(i).arranged.is_some() && states::hospital(sim.case(i).place) {
            discharge(sim, i, Purpose::Discharge);
        }
    }
}

/// Days by which a prisoner's wait is past the limit that the commissioner answers for; 0 within it, or where there is none [d].
pub fn over_limit(sim: &Sim, i: u32) -> f64 {
    let c = sim.case(i);
    if c.route != Route::Prison || c.statutory < 0 {
        return 0.0;
    }
    let who = usize::from(sim.commissioner(c.area, c.target));
    let limit = sim.agents.of(Kind::Commissioner).get(who, commissioner::limit);
    if limit > 0.0 { (f64::from(sim.today() - c.statutory) - limit).max(0.0) } else { 0.0 }
}

/// Place of a case in the order of its queue, by how it came to wait [class].
pub fn class(sim: &Sim, i: u32) -> i32 {
    let (c, b) = (sim.case(i), &sim.p.beds);
    let class = match c.route {
        Route::Prison if over_limit(sim, i) > 0.0 => b.class_over_limit,
        Route::Prison => b.class_prison,
        Route::Court => b.class_court,
        Route::Recall => b.class_recall,
        Route::Civil => b.class_civil,
        Route::StepDown => b.class_step_down,
        Route::StepUp => b.class_step_up,
    };
    class as i32
}

/// Ends the present spell and writes its row.
fn close_spell(sim: &mut Sim, i: u32, ending: Ending, destination: u8) {
    let today = sim.today();
    let c = sim.case(i);
    let hospital = states::hospital(c.place);
    let row = SpellRow {
        person: c.person,
        place: c.place as u8,
        unit: c.unit,
        area: c.area,
        commissioner: c.payer,
        legal: c.spell_legal as u8,
        legal_end: c.legal as u8,
        start: c.spell_start,
        end: today,
        ending: ending as u8,
        destination,
        source: c.spell_source,
        secure_start: if states::secure(c.place) { c.secure_since } else { -1 },
        provider_start: if hospital { c.provider_since } else { -1 },
        wait_clinical: if hospital { c.waits[0] } else { -1 },
        wait_ministry: if hospital { c.waits[1] } else { -1 },
        wait_statutory: if hospital { c.waits[2] } else { -1 },
        ready_days: if c.ready >= 0 { today - c.ready } else { 0 },
        out_of_area: u8::from(c.out_of_area),
        spot: u8::from(c.spot),
    };
    if sim.reported() && sim.case(i).place != Place::Dead && sim.case(i).place != Place::Left {
        sim.log.spells.push(row);
    }
}

/// Writes the spells that are still open when the run ends.
pub fn close_open_spells(sim: &mut Sim) {
    for i in 0..sim.caseload.cases.len() as u32 {
        if sim.case(i).present() {
            close_spell(sim, i, Ending::Open, u8::MAX);
        }
    }
}

/// Moves a person to a place. For a secure tier, `unit` has been chosen with [`into_unit`].
pub fn to(sim: &mut Sim, i: u32, place: Place, ending: Ending, cause: Purpose) {
    let today = sim.today();
    let from = sim.case(i).place;
    books::accrue(sim, i);
    close_spell(sim, i, ending, place as u8);
    sim.event(i, Event::Move, Label::place(from), Label::place(place), None, cause);
    let absent = place == Place::Awol;
    if states::secure(from) {
        let unit = usize::from(sim.case(i).unit);
        sim.units.all[unit].occupied -= 1;
        if absent {
            // The bed is kept for the return.
            sim.units.all[unit].held += 1;
            let c = sim.case_mut(i);
            c.held = unit as u16;
            c.held_ward = false;
        }
    }
    if let Some(ward) = Ward::of(from) {
        sim.wards.give(ward, sim.case(i).ward_area);
    }
    if !states::community(place) && !absent {
        drop_teams(sim, i);
    }
    if states::hospital(from) && !absent && sim.case(i).stage == Stage::Ready {
        unready(sim, i);
    }
    let c = sim.case_mut(i);
    c.place = place;
    c.since = today;
    c.unit = NO_UNIT;
    c.ready = -1;
    c.spell_start = today;
    c.spell_source = from as u8;
    c.spell_legal = c.legal;
    c.payer = NO_ONE;
    c.out_of_area = false;
    c.spot = false;
    c.awaits_ward &= states::community(place);
    c.waits = [-1; 3];
    c.last_contact = today;
    // The stay on a ward ends with the move, whatever day it was meant to end on.
    c.due[Due::WardEnd as usize] = NEVER;
    if !states::hospital(place) && !absent {
        c.provider_since = -1;
        c.asked = NO_ONE;
        c.listed = false;
        for due in [Due::Review, Due::Hearing, Due::Consent, Due::Apply, Due::Discharge, Due::Remission] {
            c.due[due as usize] = NEVER;
        }
    }
    if !states::secure(place) && !absent {
        c.secure_since = -1;
    }
    match place {
        Place::Dead => {
            let (row, person) = (sim.case(i).row, sim.case(i).person);
            give_up_bed(sim, i);
            sim.population.die(row, today);
            sim.caseload.by_person.remove(&person);
        }
        Place::Left => {
            give_up_bed(sim, i);
        }
        _ => sim.sync_justice(i),
    }
    sim.touch(i);
}

/// Gives a held bed back.
pub fn give_up_bed(sim: &mut Sim, i: u32) {
    let held = sim.case(i).held;
    // The bed of somebody absent is kept for the return.
    if held != NO_UNIT && sim.case(i).place != Place::Awol {
        if sim.case(i).held_ward {
            sim.wards.give(Ward::Picu, held as u8);
        } else {
            sim.units.all[usize::from(held)].held -= 1;
        }
        sim.case_mut(i).held = NO_UNIT;
        sim.caseload.cancel(i, Due::Admission);
        if sim.case(i).awaits_ward {
            let today = sim.today();
            sim.caseload.plan(i, Due::Admission, today + 1);
        }
    }
    sim.caseload.cancel(i, Due::Lapse);
}

/// Ends a wait for hospital: nobody waits for this person any more.
pub fn withdraw(sim: &mut Sim, i: u32) {
    give_up_bed(sim, i);
    let c = sim.case_mut(i);
    c.need = -1;
    c.statutory = -1;
    c.ministry = -1;
    c.queued = -1;
    c.reports_in = false;
    c.refusals = 0;
    c.assessments = 0;
    c.assessor = NO_ONE;
    c.ordered = None;
    c.asked = NO_ONE;
    for due in [Due::Refer, Due::Assessed, Due::Reports, Due::Warrant, Due::Consent] {
        c.due[due as usize] = NEVER;
    }
    let stage = if states::hospital(c.place) {
        if c.grade == Stage::None { Stage::Treatment } else { c.grade }
    } else if c.charged {
        Stage::AwaitingCourt
    } else {
        Stage::None
    };
    sim.set_stage(i, stage);
}

/// Ends readiness: what was arranged is given up.
pub fn unready(sim: &mut Sim, i: u32) {
    give_up_arrangement(sim, i);
    let in_queue = sim.case(i).queued >= 0;
    if in_queue && sim.case(i).held != NO_UNIT {
        give_up_bed(sim, i);
    }
    let c = sim.case_mut(i);
    c.ready = -1;
    c.queued = -1;
    c.consent = false;
    c.assessor = NO_ONE;
    c.due[Due::Discharge as usize] = NEVER;
    c.due[Due::Remission as usize] = NEVER;
    blocked(sim, i, 0);
}

/// Gives an arranged place and team back.
fn give_up_arrangement(sim: &mut Sim, i: u32) {
    let c = sim.case(i);
    let (arranged, forensic, area, ward_area) = (c.arranged, c.arranged_forensic, c.area, c.ward_area_arranged);
    if let Some(place) = arranged {
        if let Some(ward) = Ward::of(place) {
            sim.wards.give(ward, ward_area);
        }
        if states::community(place) && sim.case(i).arranged_team {
            sim.wards.give(if forensic { Ward::Forensic } else { Ward::Mainstream }, area);
        }
        sim.case_mut(i).arranged = None;
    }
}

/// Logs what is missing, when it changes.
pub fn blocked(sim: &mut Sim, i: u32, missing: u8) {
    let before = sim.case(i).missing;
    if before != missing {
        sim.case_mut(i).missing = missing;
        sim.event(i, Event::Blocked, Label::reasons(before), Label::reasons(missing), None, Purpose::None);
    }
}

/// Makes a patient ready to leave, and logs what is missing.
pub fn make_ready(sim: &mut Sim, i: u32, missing: u8) {
    let today = sim.today();
    let c = sim.case_mut(i);
    if c.stage != Stage::Ready {
        c.grade = c.stage;
        c.ready = today;
    }
    sim.set_stage(i, Stage::Ready);
    blocked(sim, i, missing);
}

/// A bit of [`Case::missing`](crate::caseload::Case::missing).
pub const fn lacks(r: Reason) -> u8 {
    1 << r as u8
}

fn drop_teams(sim: &mut Sim, i: u32) {
    let (area, forensic, mainstream) = (sim.case(i).area, sim.case(i).forensic_team, sim.case(i).mainstream_team);
    if forensic {
        sim.wards.give(Ward::Forensic, area);
    }
    if mainstream {
        sim.wards.give(Ward::Mainstream, area);
    }
    let c = sim.case_mut(i);
    c.forensic_team = false;
    c.mainstream_team = false;
    c.due[Due::Contact as usize] = NEVER;
}

/// A warrant, or a court's time limit, has run out before admission.
fn lapse(sim: &mut Sim, i: u32) {
    let today = sim.today();
    if sim.case(i).ordered.is_some() {
        // Adjourned: no bed within the court's limit.
        let wait = sim.p.law.bed_within as Day;
        withdraw(sim, i);
        sim.case_mut(i).charged = true;
        sim.set_stage(i, Stage::AwaitingCourt);
        sim.caseload.plan(i, Due::Court, today + wait);
        sim.event(
            i,
            Event::Clock,
            Label::stage(Stage::Accepted),
            Label::stage(Stage::AwaitingCourt),
            None,
            Purpose::CourtDelay,
        );
    } else if sim.case(i).stage == Stage::Warranted {
        sim.set_stage(i, Stage::Reported);
        super::tribunals::ask(sim, i, super::tribunals::ADMISSION);
    }
}

/// Plans the admission to a held bed.
pub fn plan_admission(sim: &mut Sim, i: u32) {
    let (median, sigma) = (sim.p.beds.admission_days, sim.p.beds.admission_sigma);
    let days = illness::days(sim, i, Purpose::MoveDelay, median, sigma);
    let today = sim.today();
    sim.caseload.plan(i, Due::Admission, today + days);
}

/// Admits a person to the held bed, or to an acute ward that has been waited for.
fn admit(sim: &mut Sim, i: u32) {
    let held = sim.case(i).held;
    if held == NO_UNIT {
        if sim.case(i).awaits_ward {
            to_ward(sim, i, Place::Acute, Purpose::Relapse);
        }
        return;
    }
    let (route, today, ward) = (sim.case(i).route, sim.today(), sim.case(i).held_ward);
    let target = if ward { Place::Picu } else { sim.units.all[usize::from(held)].tier };
    let from = sim.case(i).place;
    let c = sim.case(i);
    let wait = |since: Day| if since < 0 { -1 } else { today - since };
    let waits = if matches!(route, Route::StepDown | Route::StepUp) {
        [-1; 3]
    } else {
        [wait(c.need), wait(c.ministry), wait(c.statutory)]
    };
    let (other, spot) = (c.held_other, c.held_spot);
    let ordered = c.ordered;
    sim.case_mut(i).held = NO_UNIT;
    let ending = if states::hospital(from) { Ending::Transfer } else { Ending::Admission };
    sim.case_mut(i).ordered = None;
    let unescorted =
        super::view::unescorted(if sim.case(i).stage == Stage::Ready { sim.case(i).grade } else { sim.case(i).stage });
    to(sim, i, target, ending, Purpose::MoveDelay);
    let site = if ward {
        sim.case_mut(i).ward_area = held as u8;
        None
    } else {
        let unit = usize::from(held);
        sim.units.all[unit].held -= 1;
        sim.units.all[unit].occupied += 1;
        Some(sim.units.all[unit].site)
    };
    let legal = admission_status(sim, i, route, ordered);
    if let Some(l) = legal {
        sim.set_legal(i, l, Purpose::MoveDelay);
    }
    let payer = if ward { NO_ONE } else { sim.commissioner(sim.case(i).area, target) };
    let kept = sim.p.clinical.programme_kept + sim.lever("standardised_treatment", sim.case(i).area);
    let secure = states::secure(target);
    let c = sim.case_mut(i);
    if site.is_some() {
        c.unit = held;
        c.ever_secure = true;
        sim.inpatients.push(i);
    }
    let c = sim.case_mut(i);
    if c.provider_since < 0 || from == Place::Home || !same_site(site, c.site) {
        c.provider_since = today;
    }
    c.site = site.unwrap_or(u16::MAX);
    if secure && c.secure_since < 0 {
        c.secure_since = today;
    }
    c.payer = payer;
    c.waits = waits;
    c.out_of_area = other;
    c.spot = spot;
    c.spell_legal = c.legal;
    c.need = -1;
    c.statutory = -1;
    c.ministry = -1;
    c.queued = -1;
    c.reports_in = false;
    c.refusals = 0;
    c.setbacks = 0;
    c.assessor = NO_ONE;
    c.consent = false;
    if route == Route::Recall {
        c.recalls = c.recalls.saturating_add(1);
    }
    if route == Route::StepDown {
        c.clinical.programme *= kept.clamp(0.0, 1.0);
    } else {
        c.clinical.programme = 0.0;
    }
    c.grade = if route == Route::StepDown && unescorted { Stage::EscortedLeave } else { Stage::Treatment };
    sim.caseload.cancel(i, Due::Lapse);
    if route == Route::StepDown {
        let grade = sim.case(i).grade;
        sim.set_stage(i, grade);
    } else {
        sim.set_stage(i, Stage::Admission);
    }
    if secure {
        super::reviews::plan_next(sim, i);
    } else {
        plan_ward_end(sim, i, target);
    }
    sim.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Admission), None, Purpose::MoveDelay);
}

fn same_site(site: Option<u16>, before: u16) -> bool {
    site == Some(before)
}

/// The status under which a person is admitted.
fn admission_status(sim: &Sim, i: u32, route: Route, ordered: Option<Legal>) -> Option<Legal> {
    let c = sim.case(i);
    match route {
        Route::Prison if c.release == NEVER => Some(Legal::S48S49),
        Route::Prison => Some(Legal::S47S49),
        Route::Court => ordered,
        Route::Recall => match c.legal {
            Legal::Cd | Legal::CdDol => Some(Legal::S37S41),
            l if law::detained(l) => None,
            _ => Some(Legal::S3),
        },
        Route::Civil | Route::StepDown | Route::StepUp => match c.legal {
            Legal::None | Legal::S2 | Legal::Cto if route == Route::Civil => Some(Legal::S3),
            _ => None,
        },
    }
}

/// Admits to an acute or PICU ward in the nearest area with a free bed; without one, tries again tomorrow.
pub fn to_ward(sim: &mut Sim, i: u32, place: Place, cause: Purpose) {
    let Some(ward) = Ward::of(place) else { return };
    let today = sim.today();
    match sim.wards.anywhere(ward, sim.case(i).area) {
        Some(area) => {
            sim.wards.take(ward, area);
            let ending = if states::hospital(sim.case(i).place) { Ending::Transfer } else { Ending::Admission };
            to(sim, i, place, ending, cause);
            let c = sim.case_mut(i);
            c.ward_area = area;
            c.provider_since = today;
            c.site = u16::MAX;
            c.awaits_ward = false;
            plan_ward_end(sim, i, place);
        }
        None => {
            sim.case_mut(i).awaits_ward = true;
            sim.caseload.plan(i, Due::Admission, today + 1);
        }
    }
}

/// Plans the end of a stay on a ward.
pub fn plan_ward_end(sim: &mut Sim, i: u32, place: Place) {
    let d = &sim.p.discharge;
    let median = match place {
        Place::Picu => d.picu_days,
        Place::Acute => d.acute_days,
        _ => d.rehab_days,
    };
    let sigma = d.ward_sigma;
    let days = illness::days(sim, i, Purpose::WardStay, median, sigma);
    let today = sim.today();
    sim.caseload.plan(i, Due::WardEnd, today + days);
}

/// A stay on a ward comes to its end: on to what was waited for, back to prison, or ready for discharge.
fn ward_end(sim: &mut Sim, i: u32) {
    let today = sim.today();
    let (legal, stage) = (sim.case(i).legal, sim.case(i).stage);
    if matches!(stage, Stage::Referred | Stage::Accepted | Stage::BedHeld | Stage::Identified) {
        let again = sim.p.discharge.again as Day;
        sim.caseload.plan(i, Due::WardEnd, today + again);
        return;
    }
    if law::transferred(legal) {
        if sim.case(i).clinical.unwell {
            // Still ill: a secure bed is needed.
            sim.case_mut(i).route = Route::Civil;
            sim.case_mut(i).need = today;
            sim.set_stage(i, Stage::Referred);
            referrals::ask_assessment(sim, i, Place::Medium);
            let again = sim.p.discharge.again as Day;
            sim.caseload.plan(i, Due::WardEnd, today + again);
        } else {
            super::tribunals::ask(sim, i, super::tribunals::REMISSION);
        }
        return;
    }
    if matches!(sim.case(i).place, Place::Acute | Place::Picu) {
        // An acute stay ends at home; what holds people up is the way out of secure and rehabilitation beds.
        discharge_in_law(sim, i, None, Purpose::WardStay);
        return;
    }
    make_ready(sim, i, lacks(Reason::Place) | lacks(Reason::Team) | lacks(Reason::Funding));
    sim.caseload.plan(i, Due::Discharge, today + 1);
}

/// Takes a patient back to prison, or to court.
fn remit(sim: &mut Sim, i: u32) {
    let c = sim.case(i);
    if !states::hospital(c.place) || !law::transferred(c.legal) {
        return;
    }
    let sentenced = c.release != NEVER;
    let place = if sentenced { Place::Prison } else { Place::Remand };
    to(sim, i, place, Ending::Remission, Purpose::RemitDelay);
    sim.set_legal(i, Legal::None, Purpose::RemitDelay);
    let c = sim.case_mut(i);
    c.grade = Stage::None;
    let stage = if c.charged { Stage::AwaitingCourt } else { Stage::None };
    c.spell_legal = Legal::None;
    sim.set_stage(i, stage);
}

/// Discharges a patient to what is arranged.
fn discharge(sim: &mut Sim, i: u32, cause: Purpose) {
    let today = sim.today();
    let Some(place) = sim.case(i).arranged else { return };
    let c = sim.case(i);
    let (legal, forensic, team, ward_area, from) =
        (c.legal, c.arranged_forensic, c.arranged_team, c.ward_area_arranged, c.place);
    // The arrangement is taken up, not given back.
    sim.case_mut(i).arranged = None;
    if matches!(place, Place::OpenRehab | Place::LockedRehab) {
        to(sim, i, place, Ending::Transfer, cause);
        let c = sim.case_mut(i);
        c.ward_area = ward_area;
        c.provider_since = today;
        c.site = u16::MAX;
        c.consent = false;
        sim.set_stage(i, Stage::Treatment);
        plan_ward_end(sim, i, place);
        return;
    }
    let status = status_after(sim, i, legal);
    to(sim, i, place, Ending::Discharge, cause);
    if let Some(l) = status {
        sim.set_legal(i, l, cause);
    }
    let months = sim.p.aftercare.contact_days as Day;
    let c = sim.case_mut(i);
    c.ward_area = ward_area;
    c.forensic_team = team && forensic;
    c.mainstream_team = team && !forensic;
    c.discharged = today;
    c.consent = false;
    c.spell_legal = c.legal;
    if c.ever_secure {
        c.secure_exit = today;
    }
    if states::secure(from) && from != Place::Low {
        c.discharged_secure = true;
    }
    sim.set_stage(i, if team { Stage::FollowUp } else { Stage::Settled });
    sim.caseload.plan(i, Due::Contact, today + months);
    plan_close(sim, i);
}

/// The status after a discharge to the community.
fn status_after(sim: &mut Sim, i: u32, legal: Legal) -> Option<Legal> {
    let key = sim.key;
    match legal {
        Legal::S37S41 | Legal::Cpia => {
            let lawful = f64::from(sim.today()) >= sim.p.law.dol_from;
            let share = sim.p.discharge.dol_share;
            let dol = sim.case_mut(i).draw(key, Purpose::Discharge) < share;
            Some(if lawful && dol { Legal::CdDol } else { Legal::Cd })
        }
        Legal::S3 | Legal::S37 | Legal::Notional37 => {
            let share = sim.p.discharge.cto_share;
            let cto = sim.case_mut(i).draw(key, Purpose::Discharge) < share;
            Some(if cto { Legal::Cto } else { Legal::None })
        }
        Legal::S45A | Legal::S47S49 | Legal::S47 => Some(Legal::Licence),
        // Detention ends with the stay; an order in the community that went on during it goes on.
        l if law::detained(l) => Some(Legal::None),
        _ => None,
    }
}

/// Discharges at once, as a tribunal or a court may: to what is arranged, else home with the team that has room.
pub fn discharge_in_law(sim: &mut Sim, i: u32, status: Option<Legal>, cause: Purpose) {
    let area = sim.case(i).area;
    if sim.case(i).arranged.is_none_or(|p| !states::community(p)) {
        give_up_arrangement(sim, i);
        let team = sim.wards.free(Ward::Mainstream, area);
        if team {
            sim.wards.take(Ward::Mainstream, area);
        }
        let c = sim.case_mut(i);
        c.arranged = Some(Place::Home);
        c.arranged_forensic = false;
        c.arranged_team = team;
    }
    if let Some(l) = status {
        sim.set_legal(i, l, cause);
    }
    discharge(sim, i, cause);
}

/// Plans the day on which the books may close on a person.
pub fn plan_close(sim: &mut Sim, i: u32) {
    if !sim.case(i).ever_secure {
        let days = sim.p.discharge.books_days as Day;
        let today = sim.today();
        sim.caseload.plan(i, Due::Close, today + days);
    }
}

/// The books close on a person, who goes on living in the population.
pub fn leave_books(sim: &mut Sim, i: u32) {
    let person = sim.case(i).person;
    sim.event(i, Event::Leave, Label::place(sim.case(i).place), Label::place(Place::Left), None, Purpose::None);
    to(sim, i, Place::Left, Ending::Left, Purpose::None);
    sim.caseload.by_person.remove(&person);
    sim.return_to_population(i);
}

/// Waiting people by commissioner, tier and sex, per bed: what tomorrow's decisions see of the queues.
pub fn count_waiting(sim: &mut Sim) {
    let n = sim.plan.commissioners.len();
    let mut waiting = vec![[[0.0; 2]; 4]; n];
    let mut beds = vec![[[0.0; 2]; 4]; n];
    // Where nothing runs out nobody queues: who still waits for consent weighs on nobody.
    for i in sim.queues.beds.iter().filter(|_| sim.limited()) {
        let c = sim.case(*i);
        waiting[usize::from(sim.commissioner(c.area, c.target))][queues::tier_index(c.target)][c.sex as usize] += 1.0;
    }
    for u in &sim.units.all {
        beds[usize::from(u.commissioner)][queues::tier_index(u.tier)][u.sex as usize] += f64::from(u.beds);
    }
    for (w, b) in waiting.iter_mut().flatten().flatten().zip(beds.iter().flatten().flatten()) {
        *w /= b.max(1.0);
    }
    sim.queues.waiting = waiting;
    // Inpatients of the day, and how many of them are in beds bought outside the contract.
    let mut inpatients = std::mem::take(&mut sim.inpatients);
    inpatients.retain(|i| states::secure(sim.case(*i).place));
    sim.queues.spot.fill(0);
    for i in &inpatients {
        let (spot, payer) = (sim.case(*i).spot, sim.case(*i).payer);
        if spot {
            sim.queues.spot[usize::from(payer)] += 1;
        }
    }
    sim.inpatients = inpatients;
}
