//! The place where a person is: the only writer of it, of the bed or ward there, and of the spell that is lived.

use crate::caseload::agenda::Due;
use crate::caseload::{Bed, HeldBed, Waits};
use crate::codes::{Ending, Event, Label, Place, Purpose, Stage};
use crate::ids::{CaseId, CommissionerId, UnitId};
use crate::law::places::{self, PlaceKind};
use crate::log::SpellRow;
use crate::transitions::{follow_up, readiness, waiting};
use crate::world::capacity::Ward;
use crate::world::{World, accrual};

/// Moves a person to a place. Into a secure tier [`occupy_unit`] follows, onto a ward [`occupy_ward`].
pub fn move_to(world: &mut World, i: CaseId, place: Place, ending: Ending, cause: Purpose) {
    let from = world.case(i).place;
    let absent = place == Place::Awol;
    accrual::accrue(world, i);
    close_spell(world, i, ending, Some(place));
    world.event(i, Event::Move, Label::place(from), Label::place(place), None, cause);
    vacate(world, i, absent);
    if !places::community(place) && !absent {
        follow_up::end(world, i);
        world.caseload.cancel(i, Due::Contact);
    }
    if places::hospital(from) && !absent && world.case(i).stage == Stage::Ready {
        readiness::unready(world, i);
    }
    readiness::forget_since(world, i);
    begin_spell(world, i, place);
    if !places::hospital(place) && !absent {
        leave_hospital(world, i);
    }
    if !places::secure(place) && !absent {
        world.case_mut(i).placement.secure_since = None;
    }
    match places::properties(place).kind {
        PlaceKind::Gone => {
            waiting::give_up_bed(world, i);
            if place == Place::Dead {
                let person = world.case(i).person;
                world.caseload.by_person.remove(&person);
                world.die(i);
            }
        }
        PlaceKind::Community | PlaceKind::Prison | PlaceKind::Secure | PlaceKind::Ward | PlaceKind::Absent => {
            world.sync_justice(i);
        }
    }
    world.mark_rates_stale(i);
}

/// Frees the bed or place that is left; who is absent without leave keeps it.
fn vacate(world: &mut World, i: CaseId, absent: bool) {
    let c = world.case(i);
    let (from, ward_area) = (c.place, c.placement.ward_area);
    if let Some(unit) = c.placement.unit {
        world.units[unit].occupied -= 1;
        world.units[unit].vacated += i32::from(!absent);
        if absent {
            world.units[unit].held += 1;
            waiting::keep_bed(world, i, Bed::Unit(unit));
        }
    }
    if let Some(ward) = Ward::of(from) {
        world.wards.give(ward, ward_area);
    }
}

/// Begins a spell in a place.
fn begin_spell(world: &mut World, i: CaseId, place: Place) {
    let today = world.today();
    let c = world.case_mut(i);
    c.spell.start = today;
    c.spell.source = Some(c.place);
    c.spell.legal = c.legal;
    c.spell.waits = Waits::default();
    c.place = place;
    c.placement.since = today;
    c.placement.unit = None;
    c.placement.payer = None;
    c.placement.out_of_area = false;
    c.placement.spot = false;
    c.awaits_ward &= places::community(place);
    c.past.last_contact = today;
    // The stay on a ward ends with the move, whatever day it was meant to end on.
    c.due.set(Due::WardEnd, None);
}

/// Ends what belongs to a stay in hospital: the provider, requests to the Ministry, hearings, reviews.
fn leave_hospital(world: &mut World, i: CaseId) {
    let c = world.case_mut(i);
    c.placement.provider_since = None;
    c.asked = None;
    c.hearing.listed = false;
    for due in [Due::Review, Due::Hearing, Due::Consent, Due::Apply, Due::Discharge, Due::Remission] {
        c.due.set(due, None);
    }
}

/// Puts a person who has moved to a secure tier into a bed of a unit that was held.
pub fn occupy_unit(world: &mut World, i: CaseId, unit: UnitId, payer: CommissionerId, out_of_area: bool) {
    world.units[unit].held -= 1;
    world.units[unit].occupied += 1;
    let site = world.units[unit].site;
    let c = world.case_mut(i);
    c.placement.unit = Some(unit);
    c.placement.site = Some(site);
    c.placement.payer = Some(payer);
    c.placement.out_of_area = out_of_area;
    world.inpatients.push(i);
}

/// Puts a person who has moved to a ward outside secure care into a bed of an area.
pub fn occupy_ward(world: &mut World, i: CaseId, area: u8) {
    let today = world.today();
    let c = world.case_mut(i);
    c.placement.ward_area = area;
    c.placement.provider_since = Some(today);
    c.placement.site = None;
}

/// Puts a person who has moved to the community into the place of an area.
pub fn occupy_home(world: &mut World, i: CaseId, area: u8) {
    let c = world.case_mut(i);
    c.placement.ward_area = area;
    c.spell.legal = c.legal;
}

/// Notes how an admission came about: the waits that ended with it, and whether the bed is bought outside the contract.
pub fn note_admission(world: &mut World, i: CaseId, waits: Waits, held: HeldBed, same_provider: bool) {
    let today = world.today();
    let c = world.case_mut(i);
    if !same_provider {
        c.placement.provider_since = Some(today);
    }
    if places::secure(c.place) {
        c.placement.secure_since.get_or_insert(today);
    }
    c.placement.out_of_area = held.other;
    c.placement.spot = held.spot;
    c.spell.waits = waits;
    c.spell.legal = c.legal;
}

/// Notes the legal status with which a spell in prison begins, after a remission.
pub fn note_status(world: &mut World, i: CaseId) {
    let c = world.case_mut(i);
    c.spell.legal = c.legal;
}

/// Has a person wait at home for a bed on an acute ward, or no longer.
pub fn await_ward(world: &mut World, i: CaseId, awaits: bool) {
    world.case_mut(i).awaits_ward = awaits;
}

/// Ends the present spell and writes its row.
fn close_spell(world: &mut World, i: CaseId, ending: Ending, destination: Option<Place>) {
    if !world.reported() || !world.case(i).present() {
        return;
    }
    let today = world.today();
    let c = world.case(i);
    let hospital = places::hospital(c.place);
    // In the log nothing is the greatest number of a code, and -1 of a day.
    let code = |place: Option<Place>| place.map_or(u8::MAX, |p| p as u8);
    let here = |day: Option<i32>| day.filter(|_| hospital).unwrap_or(-1);
    let row = SpellRow {
        person: c.person.0,
        place: c.place as u8,
        unit: c.placement.unit.map_or(u16::MAX, |u| u.0),
        area: c.area,
        commissioner: c.placement.payer.map_or(u8::MAX, |p| p.0),
        legal: c.spell.legal as u8,
        legal_end: c.legal as u8,
        start: c.spell.start,
        end: today,
        ending: ending as u8,
        destination: code(destination),
        source: code(c.spell.source),
        secure_start: c.placement.secure_since.filter(|_| places::secure(c.place)).unwrap_or(-1),
        provider_start: here(c.placement.provider_since),
        wait_clinical: here(c.spell.waits.clinical),
        wait_ministry: here(c.spell.waits.ministry),
        wait_statutory: here(c.spell.waits.statutory),
        ready_days: c.readiness.since.map_or(0, |since| today - since),
        out_of_area: u8::from(c.placement.out_of_area),
        spot: u8::from(c.placement.spot),
    };
    world.log.spells.push(row);
}

/// Writes the spells that are still open when the run ends.
pub fn close_open_spells(world: &mut World) {
    for i in world.caseload.ids() {
        close_spell(world, i, Ending::Open, None);
    }
}

/// The books close on a person, who goes on living in the population.
pub fn leave_books(world: &mut World, i: CaseId) {
    let person = world.case(i).person;
    world.event(i, Event::Leave, Label::place(world.case(i).place), Label::place(Place::Left), None, Purpose::None);
    move_to(world, i, Place::Left, Ending::Left, Purpose::None);
    world.caseload.by_person.remove(&person);
    world.return_to_population(i);
}
