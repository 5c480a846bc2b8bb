//! Phase 8: admissions, transfers, discharges, remissions, recalls. The only place where a person's place changes.

use crate::calendar::{Day, NEVER};
use crate::caseload::agenda::Due;
use crate::caseload::{NO_ONE, NO_UNIT};
use crate::codes::{Ending, Event, Label, Place, Stage};
use crate::draw::Purpose;
use crate::log::SpellRow;
use crate::pathway::beds::Ward;
use crate::pathway::{admissions, books, discharges, readiness, states};
use crate::sim::Sim;

/// Phase 8.
pub fn make(sim: &mut Sim) {
    for i in sim.take_due(Due::Lapse) {
        admissions::lapse(sim, i);
    }
    for i in sim.take_due(Due::Admission) {
        admissions::admit(sim, i);
    }
    for i in sim.take_due(Due::Remission) {
        discharges::remit(sim, i);
    }
    for i in sim.take_due(Due::WardEnd) {
        admissions::ward_end(sim, i);
    }
    let leaving = std::mem::take(&mut sim.queues.leaving);
    for i in leaving {
        if sim.case(i).arranged.is_some() && states::hospital(sim.case(i).place) {
            discharges::discharge(sim, i, Purpose::Discharge);
        }
    }
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
        sim.units.all[unit].vacated += i32::from(!absent);
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
        readiness::unready(sim, i);
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
            let person = sim.case(i).person;
            give_up_bed(sim, i);
            sim.caseload.by_person.remove(&person);
            sim.die(i);
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
