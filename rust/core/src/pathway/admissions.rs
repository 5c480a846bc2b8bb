//! Admissions: to a held bed, to a ward, and what follows when a warrant or a stay runs out.

use crate::calendar::{Day, NEVER};
use crate::caseload::agenda::Due;
use crate::caseload::{NO_ONE, NO_UNIT, Route};
use crate::codes::{Ending, Event, Label, Legal, Place, Reason, Stage};
use crate::draw::Purpose;
use crate::pathway::beds::Ward;
use crate::pathway::{discharges, illness, law, moves, readiness, referrals, reviews, states, tribunals, view};
use crate::sim::Sim;

/// Plans the admission to a held bed.
pub fn plan_admission(sim: &mut Sim, i: u32) {
    let (median, sigma) = (sim.p.beds.admission_days, sim.p.beds.admission_sigma);
    let days = illness::days(sim, i, Purpose::MoveDelay, median, sigma);
    let today = sim.today();
    sim.caseload.plan(i, Due::Admission, today + days);
}

/// Admits a person to the held bed, or to an acute ward that has been waited for.
pub fn admit(sim: &mut Sim, i: u32) {
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
        view::unescorted(if sim.case(i).stage == Stage::Ready { sim.case(i).grade } else { sim.case(i).stage });
    moves::to(sim, i, target, ending, Purpose::MoveDelay);
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
        sim.know_for_life(i);
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
        reviews::plan_next(sim, i);
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

/// A warrant, or a court's time limit, has run out before admission.
pub fn lapse(sim: &mut Sim, i: u32) {
    let today = sim.today();
    if sim.case(i).ordered.is_some() {
        // Adjourned: no bed within the court's limit.
        let wait = sim.p.law.bed_within as Day;
        readiness::withdraw(sim, i);
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
        tribunals::ask(sim, i, tribunals::ADMISSION);
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
            moves::to(sim, i, place, ending, cause);
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
pub fn ward_end(sim: &mut Sim, i: u32) {
    let today = sim.today();
    if sim.case(i).since == today {
        // Moved on this very day: that stay is over.
        return;
    }
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
            tribunals::ask(sim, i, tribunals::REMISSION);
        }
        return;
    }
    if matches!(sim.case(i).place, Place::Acute | Place::Picu) {
        // An acute stay ends at home; what holds people up is the way out of secure and rehabilitation beds.
        discharges::discharge_in_law(sim, i, None, Purpose::WardStay);
        return;
    }
    readiness::make_ready(
        sim,
        i,
        readiness::lacks(Reason::Place) | readiness::lacks(Reason::Team) | readiness::lacks(Reason::Funding),
    );
    sim.caseload.plan(i, Due::Discharge, today + 1);
}
