//! The place where a person is: the only writer of it, and of the spell that is lived there.

use crate::calendar::NEVER;
use crate::caseload::agenda::Due;
use crate::caseload::{NO_ONE, NO_UNIT};
use crate::codes::{Ending, Event, Label, Place, Stage};
use crate::draw::Purpose;
use crate::law::places;
use crate::log::SpellRow;
use crate::transitions::{readiness, waiting};
use crate::world::capacity::Ward;
use crate::world::{World, accrual};

/// Moves a person to a place. For a secure tier, `unit` has been chosen with [`into_unit`].
pub fn move_to(world: &mut World, i: u32, place: Place, ending: Ending, cause: Purpose) {
    let today = world.today();
    let from = world.case(i).place;
    accrual::accrue(world, i);
    close_spell(world, i, ending, place as u8);
    world.event(i, Event::Move, Label::place(from), Label::place(place), None, cause);
    let absent = place == Place::Awol;
    if places::secure(from) {
        let unit = usize::from(world.case(i).unit);
        world.units.all[unit].occupied -= 1;
        world.units.all[unit].vacated += i32::from(!absent);
        if absent {
            // The bed is kept for the return.
            world.units.all[unit].held += 1;
            let c = world.case_mut(i);
            c.held = unit as u16;
            c.held_ward = false;
        }
    }
    if let Some(ward) = Ward::of(from) {
        world.wards.give(ward, world.case(i).ward_area);
    }
    if !places::community(place) && !absent {
        drop_teams(world, i);
    }
    if places::hospital(from) && !absent && world.case(i).stage == Stage::Ready {
        readiness::unready(world, i);
    }
    let c = world.case_mut(i);
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
    c.awaits_ward &= places::community(place);
    c.waits = [-1; 3];
    c.last_contact = today;
    // The stay on a ward ends with the move, whatever day it was meant to end on.
    c.due[Due::WardEnd as usize] = NEVER;
    if !places::hospital(place) && !absent {
        c.provider_since = -1;
        c.asked = NO_ONE;
        c.listed = false;
        for due in [Due::Review, Due::Hearing, Due::Consent, Due::Apply, Due::Discharge, Due::Remission] {
            c.due[due as usize] = NEVER;
        }
    }
    if !places::secure(place) && !absent {
        c.secure_since = -1;
    }
    match place {
        Place::Dead => {
            let person = world.case(i).person;
            waiting::give_up_bed(world, i);
            world.caseload.by_person.remove(&person);
            world.die(i);
        }
        Place::Left => {
            waiting::give_up_bed(world, i);
        }
        _ => world.sync_justice(i),
    }
    world.touch(i);
}

/// Ends the present spell and writes its row.
fn close_spell(world: &mut World, i: u32, ending: Ending, destination: u8) {
    let today = world.today();
    let c = world.case(i);
    let hospital = places::hospital(c.place);
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
        secure_start: if places::secure(c.place) { c.secure_since } else { -1 },
        provider_start: if hospital { c.provider_since } else { -1 },
        wait_clinical: if hospital { c.waits[0] } else { -1 },
        wait_ministry: if hospital { c.waits[1] } else { -1 },
        wait_statutory: if hospital { c.waits[2] } else { -1 },
        ready_days: if c.ready >= 0 { today - c.ready } else { 0 },
        out_of_area: u8::from(c.out_of_area),
        spot: u8::from(c.spot),
    };
    if world.reported() && world.case(i).place != Place::Dead && world.case(i).place != Place::Left {
        world.log.spells.push(row);
    }
}

/// Writes the spells that are still open when the run ends.
pub fn close_open_spells(world: &mut World) {
    for i in 0..world.caseload.cases.len() as u32 {
        if world.case(i).present() {
            close_spell(world, i, Ending::Open, u8::MAX);
        }
    }
}

fn drop_teams(world: &mut World, i: u32) {
    let (area, forensic, mainstream) = (world.case(i).area, world.case(i).forensic_team, world.case(i).mainstream_team);
    if forensic {
        world.wards.give(Ward::Forensic, area);
    }
    if mainstream {
        world.wards.give(Ward::Mainstream, area);
    }
    let c = world.case_mut(i);
    c.forensic_team = false;
    c.mainstream_team = false;
    c.due[Due::Contact as usize] = NEVER;
}

/// The books close on a person, who goes on living in the population.
pub fn leave_books(world: &mut World, i: u32) {
    let person = world.case(i).person;
    world.event(i, Event::Leave, Label::place(world.case(i).place), Label::place(Place::Left), None, Purpose::None);
    move_to(world, i, Place::Left, Ending::Left, Purpose::None);
    world.caseload.by_person.remove(&person);
    world.return_to_population(i);
}
