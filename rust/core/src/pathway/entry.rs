//! Phase 1: the population's events. Births, deaths, moves and what never touches the pathway are lived there;
//! whoever comes to the pathway's notice gets a case.

use std::sync::atomic::AtomicBool;

use crate::agents::{Kind, court_liaison};
use crate::calendar::year_start;
use crate::caseload::Route;
use crate::caseload::agenda::Due;
use crate::codes::{Event, Label, Legal, Offence, Place, Spend, Stage};
use crate::draw::Purpose;
use crate::error::SimError;
use crate::pathway::{admissions, courts};
use crate::population::{Arrival, Contact, Note, Resident, period_end};
use crate::sim::Sim;
use crate::start::{case_of, enter_prison};

/// Phase 1.
pub fn population(sim: &mut Sim, stop: &AtomicBool) -> Result<(), SimError> {
    let today = sim.today();
    if today == sim.plan.calendar.start {
        for i in 0..sim.caseload.cases.len() as u32 {
            if sim.case(i).present() {
                sim.log_person(i, true);
            }
        }
    }
    let opens = today == sim.plan.calendar.first || today == year_start(sim.year());
    if opens {
        let to = period_end(today, sim.plan.calendar.end);
        sim.live_population(today, to, stop)?;
    }
    let mut arrivals = sim.arrivals.remove(&today).unwrap_or_default();
    arrivals.sort_unstable_by_key(|a| a.person);
    for a in &arrivals {
        arrive(sim, a);
    }
    Ok(())
}

fn arrive(sim: &mut Sim, a: &Arrival) {
    let r = sim.population.resident(a.row);
    match a.contact {
        Contact::Charge { offence, crown, remanded } => charged(sim, &r, a.row, (offence, crown, remanded)),
        Contact::Custody { justice, until, fell_ill } => {
            let i = enter_prison(sim, &r, a.row, justice, until);
            sim.case_mut(i).fell_ill = fell_ill;
        }
        Contact::Civil => civil(sim, &r, a.row),
    }
}

/// A person with a disorder is charged.
fn charged(sim: &mut Sim, r: &Resident, row: u32, (offence, crown, remanded): (Offence, bool, bool)) {
    let key = sim.key;
    if remanded {
        let today = sim.today();
        sim.population.note(row, Note::Reception, today);
    }
    let ordinal = u64::from(r.contacts);
    let u = key.uniforms(r.person, Purpose::Outcome, ordinal);
    let grave = crown && u[0] < sim.p.reoffence.grave;
    let mut c = case_of(sim, r, row, grave);
    c.offence = offence;
    c.crown = crown || grave;
    c.charged = true;
    c.clinical.unwell = u[1] < sim.p.start.unwell_charged;
    let region = usize::from(sim.plan.areas[usize::from(r.area)].region);
    let table = sim.agents.of(Kind::CourtLiaison);
    let (coverage, quality) = (table.get(region, court_liaison::coverage), table.get(region, court_liaison::quality));
    let seen = u[2] < coverage;
    c.report = seen && u[3] < quality;
    c.place = if remanded { Place::Remand } else { Place::Home };
    c.route = if remanded { Route::Prison } else { Route::Court };
    c.stage = if c.clinical.unwell && remanded { Stage::Unseen } else { Stage::AwaitingCourt };
    let refer = c.report && c.clinical.unwell && c.crown && !remanded;
    let i = sim.open(c);
    sim.event(i, Event::Charge, Label::NONE, Label::offence(offence), None, Purpose::Offence);
    if seen {
        let justice = sim.books.justice();
        sim.books.pay(r.area, justice, Spend::Liaison, sim.p.money.liaison);
    }
    if refer {
        // Liaison and diversion refers from court: the report asks for a bed.
        let today = sim.today();
        sim.case_mut(i).need = today;
        sim.set_stage(i, Stage::Identified);
        sim.caseload.plan(i, Due::Refer, today + 1);
    }
    courts::list(sim, i);
    sim.sync_justice(i);
}

/// An ill resident comes to need more than an acute ward can give.
fn civil(sim: &mut Sim, r: &Resident, row: u32) {
    let mut c = case_of(sim, r, row, false);
    c.clinical.unwell = true;
    c.route = Route::Civil;
    c.stage = Stage::None;
    let i = sim.open(c);
    sim.set_legal(i, Legal::S3, Purpose::CivilNeed);
    admissions::to_ward(sim, i, Place::Acute, Purpose::CivilNeed);
    sim.set_stage(i, Stage::Unseen);
}
