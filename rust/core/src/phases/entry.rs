//! Phase 1: the population's events. Births, deaths, moves and what never touches the pathway are lived there;
//! whoever comes to the pathway's notice gets a case.

use std::sync::atomic::AtomicBool;

use crate::agents::{Kind, court_liaison};
use crate::calendar::year_start;
use crate::caseload::agenda::Due;
use crate::codes::{Event, Label, Legal, Offence, Place, Purpose, Route, Spend, Stage};
use crate::error::SimError;
use crate::ids::PersonId;
use crate::population::{Arrival, CaseloadReport, Contact, Resident, period_end};
use crate::requests;
use crate::transitions::{admission, entry, waiting};
use crate::world::World;

/// Phase 1.
pub fn population(world: &mut World, stop: &AtomicBool) -> Result<(), SimError> {
    let today = world.today();
    if today == world.plan.calendar.start {
        for i in world.caseload.on_books() {
            world.log_person(i, true);
        }
    }
    let opens = today == world.plan.calendar.first || today == year_start(world.year());
    if opens {
        let to = period_end(today, world.plan.calendar.end);
        world.live_population(today, to, stop)?;
    }
    let mut arrivals = world.arrivals.remove(&today).unwrap_or_default();
    arrivals.sort_unstable_by_key(|a| a.person);
    for a in &arrivals {
        arrive(world, a);
    }
    Ok(())
}

fn arrive(world: &mut World, a: &Arrival) {
    let r = world.population.resident(a.row);
    match a.contact {
        Contact::Charge { offence, crown, remanded } => charged(world, &r, a.row, (offence, crown, remanded)),
        Contact::Custody { justice, until, fell_ill } => {
            let i = entry::enter_prison(world, &r, a.row, justice, until);
            world.case_mut(i).fell_ill = fell_ill;
        }
        Contact::Civil => civil(world, &r, a.row),
    }
}

/// A person with a disorder is charged.
fn charged(world: &mut World, r: &Resident, row: u32, (offence, crown, remanded): (Offence, bool, bool)) {
    if remanded {
        let today = world.today();
        world.population.report(row, CaseloadReport::Reception, today);
    }
    let u = world.draw_on_entry(PersonId(r.person), Purpose::Charged);
    let grave = crown && u[0] < world.p.reoffence.grave;
    let mut c = entry::case_of(world, r, row, grave);
    c.offending.offence = offence;
    c.offending.crown = crown || grave;
    c.offending.charged = true;
    c.clinical.unwell = u[1] < world.p.start.unwell_charged;
    let region = usize::from(world.plan.areas[usize::from(r.area)].region);
    let table = world.agents.of(Kind::CourtLiaison);
    let (coverage, quality) = (table.get(region, court_liaison::coverage), table.get(region, court_liaison::quality));
    let seen = u[2] < coverage;
    c.offending.report = seen && u[3] < quality;
    c.place = if remanded { Place::Remand } else { Place::Home };
    c.route = if remanded { Route::Prison } else { Route::Court };
    c.stage = if c.clinical.unwell && remanded { Stage::Unseen } else { Stage::AwaitingCourt };
    let refer = c.offending.report && c.clinical.unwell && c.offending.crown && !remanded;
    let i = world.open(c);
    world.event(i, Event::Charge, Label::NONE, Label::offence(offence), None, Purpose::Offence);
    if seen {
        let justice = world.accounts.justice();
        world.accounts.pay(r.area, justice, Spend::Liaison, world.p.money.liaison);
    }
    if refer {
        // Liaison and diversion refers from court: the report asks for a bed.
        let today = world.today();
        waiting::identify(world, i);
        world.set_stage(i, Stage::Identified);
        world.caseload.schedule(i, Due::Refer, today + 1);
    }
    requests::court_sitting(world, i);
    world.sync_justice(i);
}

/// An ill resident comes to need more than an acute ward can give.
fn civil(world: &mut World, r: &Resident, row: u32) {
    let mut c = entry::case_of(world, r, row, false);
    c.clinical.unwell = true;
    c.route = Route::Civil;
    c.stage = Stage::None;
    let i = world.open(c);
    world.set_legal(i, Legal::S3, Purpose::CivilNeed);
    admission::to_ward(world, i, Place::Acute, Purpose::CivilNeed);
    world.set_stage(i, Stage::Unseen);
}
