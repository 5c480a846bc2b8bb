//! The place where a person is: the only writer of it, of the bed or ward there, and of the spell that is lived.

use crate::caseload::agenda::Due;
use crate::caseload::{Bed, Case, Granted, HeldBed, Waits};
use crate::codes::{Ending, Event, Goal, Label, Place, Purpose, Stage};
use crate::ids::{CaseId, CommissionerId, ProviderId, UnitId};
use crate::law::places::{self, PlaceKind, bed_tier};
use crate::log::SpellRow;
use crate::requests;
use crate::transitions::{follow_up, grants, readiness, refusals, waiting, wellbeing};
use crate::world::capacity::Ward;
use crate::world::{World, accrual, incentives};

/// Moves a person to a place. Into a secure tier [`occupy_unit`] follows, onto a ward [`occupy_ward`].
pub fn move_to(world: &mut World, i: CaseId, place: Place, ending: Ending, cause: Purpose) {
    let from = world.case(i).place;
    let absent = place == Place::Awol;
    accrual::accrue(world, i);
    let today = world.today();
    wellbeing::advance(world, i, today);
    close_spell(world, i, ending, Some(place));
    world.event(i, Event::Move, Label::place(from), Label::place(place), None, cause);
    count_move(world, i, place);
    vacate(world, i, absent);
    if !places::community(place) && !absent {
        follow_up::end(world, i);
        world.caseload.cancel(i, Due::Contact);
    }
    if places::hospital(from) && !absent && world.case(i).stage == Stage::Ready {
        readiness::unready(world, i);
    }
    readiness::forget_since(world, i);
    refusals::forget(world, i);
    begin_spell(world, i, place);
    wellbeing::moved(world, i, from);
    // From remand to prison, or from one home to another, what was asked and listed goes on.
    let same_kind = places::properties(from).kind == places::properties(place).kind;
    if !places::hospital(place) && !absent && !same_kind {
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

/// Counts a move for the goals of the unit that is left for a lower tier or the community, or that somebody comes back from soon: to
/// hospital, for a bed of that tier or a higher one, or in a crisis.
fn count_move(world: &mut World, i: CaseId, place: Place) {
    let c = world.case(i);
    let (today, from) = (world.today(), c.place);
    let lower = places::secure(place) && bed_tier(place) > bed_tier(from);
    let on = places::community(place) || lower || matches!(place, Place::OpenRehab | Place::LockedRehab);
    let soon = world.p.money.goal.soon;
    if let Some((unit, day, early)) = c.past.moved_on {
        let crisis = matches!(place, Place::Acute | Place::Picu);
        let up = places::secure(place) && bed_tier(place) <= bed_tier(world.units[unit].tier);
        let back = from != Place::Awol && (crisis || up);
        if back && f64::from(today - day) <= soon {
            world.accounts.incentives.count(unit, Goal::Readmission, 1, 0);
            if early {
                let (who, tier) = (world.units[unit].commissioner, world.units[unit].tier);
                world.accounts.incentives.gaming_mut(who, tier).returned += 1;
            }
        }
        if back || f64::from(today - day) > soon {
            world.case_mut(i).past.moved_on = None;
        }
    }
    let c = world.case(i);
    if let Some(unit) = c.placement.unit.filter(|_| on) {
        let below = world.p.inpatient.recovered_below;
        let recovered = c.clinical.reading.is_some_and(|r| r.symptoms < below);
        world.accounts.incentives.count(unit, Goal::Readmission, 0, 1);
        world.accounts.incentives.count(unit, Goal::Recovery, i64::from(recovered), 1);
        let early = incentives::too_early(world, i, unit);
        if early {
            let (who, tier) = (world.units[unit].commissioner, world.units[unit].tier);
            world.accounts.incentives.gaming_mut(who, tier).left_early += 1;
        }
        world.case_mut(i).past.moved_on = Some((unit, today, early));
    }
}

/// Frees the bed or place that is left; who is absent without leave keeps it.
fn vacate(world: &mut World, i: CaseId, absent: bool) {
    let c = world.case(i);
    let (from, ward_area, commissioned) = (c.place, c.placement.ward_area, c.placement.payer.is_some());
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
        if commissioned {
            world.wards.commission(ward, ward_area, false);
        }
        grants::end(world, i, Granted::PLACE, ward);
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
    c.placement.coded = None;
    c.awaits_ward &= places::community(place);
    // The stay on a ward ends with the move, whatever day it was meant to end on.
    c.due.set(Due::WardEnd, None);
    seen(world, i);
}

/// Notes that a person was seen today.
pub fn seen(world: &mut World, i: CaseId) {
    let today = world.today();
    world.case_mut(i).past.last_contact = today;
}

/// Ends what belongs to a stay in hospital: the provider, requests to the Ministry, hearings, reviews.
fn leave_hospital(world: &mut World, i: CaseId) {
    let c = world.case_mut(i);
    c.placement.provider_since = None;
    for due in [Due::Review, Due::Hearing, Due::Consent, Due::Apply, Due::Discharge, Due::Remission] {
        c.due.set(due, None);
    }
    requests::ministry_done(world, i);
    requests::unlist(world, i);
}

/// Puts a person who has moved to a secure tier into a bed of a unit that was held.
pub fn occupy_unit(world: &mut World, i: CaseId, unit: UnitId, payer: CommissionerId, out_of_area: bool) {
    world.units[unit].held -= 1;
    world.units[unit].occupied += 1;
    let provider = world.units[unit].provider;
    let c = world.case_mut(i);
    c.placement.unit = Some(unit);
    c.placement.provider = Some(provider);
    c.placement.payer = Some(payer);
    c.placement.out_of_area = out_of_area;
    world.inpatients.push(i);
}

/// Moves an inpatient to a bed of another unit of the same tier and sex, because the ward closes: stage, leave, readiness, and
/// whatever was asked or listed go on; a bed that was bought outside the contract is one of the commissioner's that now has it.
pub fn relocate(world: &mut World, i: CaseId, to: UnitId) {
    accrual::accrue(world, i);
    close_spell(world, i, Ending::WardClosed, Some(world.case(i).place));
    let today = world.today();
    let (commissioner, provider) = (world.units[to].commissioner, world.units[to].provider);
    if let Some(from) = world.case(i).placement.unit {
        world.units[from].occupied -= 1;
    }
    world.units[to].occupied += 1;
    let mine = world.commissioner(world.case(i).area, world.case(i).place);
    let same = with_provider(world.case(i), provider);
    let c = world.case_mut(i);
    c.spell.start = today;
    c.spell.source = Some(c.place);
    c.spell.legal = c.legal;
    c.spell.waits = Waits::default();
    c.placement.since = today;
    c.placement.unit = Some(to);
    c.placement.provider = Some(provider);
    c.placement.out_of_area = commissioner != mine;
    c.placement.spot = false;
    if !same {
        c.placement.provider_since = Some(today);
    }
    let tier = Label::place(world.case(i).place);
    world.event(i, Event::WardClosed, tier, tier, None, Purpose::None);
}

/// Codes an inpatient's need group, by which days are paid from now on.
pub fn code(world: &mut World, i: CaseId, complex: bool) {
    accrual::accrue(world, i);
    world.case_mut(i).placement.coded = Some(complex);
}

/// Notes whether the bed is bought outside the contract.
pub fn buy(world: &mut World, i: CaseId, spot: bool) {
    world.case_mut(i).placement.spot = spot;
}

/// Puts a person who has moved to a ward outside secure care into a bed of an area, with the trust that runs its wards.
pub fn occupy_ward(world: &mut World, i: CaseId, area: u8) {
    let (today, trust) = (world.today(), world.units.trust(area));
    let same = with_provider(world.case(i), trust);
    let c = world.case_mut(i);
    c.placement.ward_area = area;
    c.placement.provider = Some(trust);
    if !same {
        c.placement.provider_since = Some(today);
    }
}

/// Whether a person's unbroken time in hospital is with this provider.
pub fn with_provider(c: &Case, provider: ProviderId) -> bool {
    c.placement.provider_since.is_some() && c.placement.provider == Some(provider)
}

/// Puts a person who has moved to the community into the place of an area; a supported place may be paid by the collaborative.
pub fn occupy_home(world: &mut World, i: CaseId, area: u8, payer: Option<CommissionerId>) {
    let c = world.case_mut(i);
    c.placement.ward_area = area;
    c.placement.payer = payer.filter(|_| Ward::of(c.place).is_some());
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
        person: c.number,
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
        // Who is moved to another ward goes on being ready.
        ready_days: c.readiness.since.filter(|_| ending != Ending::WardClosed).map_or(0, |since| today - since),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Days;
    use crate::caseload::{Arrangement, Case, Team};
    use crate::codes::{AskedFor, Legal, Reason};
    use crate::law;

    const WHY: Purpose = Purpose::None;

    fn units(w: &World, unit: u16) -> (i32, i32, i32) {
        let u = &w.units[UnitId(unit)];
        (u.occupied, u.held, u.vacated)
    }

    fn spell(w: &World, k: usize) -> SpellRow {
        w.log.spells.row(k)
    }

    #[test]
    fn a_move_frees_the_secure_bed_from_tomorrow_on() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37);
        assert_eq!(units(&w, 2), (1, 0, 0));
        move_to(&mut w, i, Place::Home, Ending::Discharge, WHY);
        assert_eq!(units(&w, 2), (0, 0, 1));
        let c = w.case(i);
        assert_eq!(
            (c.place, c.placement.unit, c.placement.payer, c.placement.secure_since),
            (Place::Home, None, None, None)
        );
        let moved = [(Label::place(Place::Medium), Label::place(Place::Home))];
        assert_eq!(w.logged(i, Event::Move), moved);
    }

    #[test]
    fn who_moves_on_too_early_is_counted_and_once_more_on_coming_back_soon() {
        for (unwell, days, counted) in [(true, 30, (1, 1)), (true, 400, (1, 0)), (false, 30, (0, 0))] {
            let mut w = World::small();
            let i = w.put_with(Place::Medium, Legal::S37, |c| {
                (c.clinical.unwell, c.clinical.risk) = (unwell, -9.0);
            });
            let unit = w.case(i).placement.unit.expect("a bed");
            move_to(&mut w, i, Place::Home, Ending::Discharge, Purpose::None);
            w.pass(days);
            move_to(&mut w, i, Place::Acute, Ending::Transfer, Purpose::None);
            let who = w.units[unit].commissioner;
            let gaming = *w.accounts.incentives.gaming_mut(who, Place::Medium);
            assert_eq!((gaming.left_early, gaming.returned), counted, "{unwell}, {days} days");
        }
    }

    #[test]
    fn a_move_gives_the_ward_of_its_area_back() {
        let mut w = World::small();
        for place in [Place::Supported, Place::Picu, Place::Acute, Place::OpenRehab, Place::LockedRehab] {
            let ward = Ward::of(place).expect("counted");
            let i = w.put_with(place, Legal::None, |c| c.area = 1);
            assert_eq!(w.wards.used_in(ward, 1), 1, "{}", place.name());
            move_to(&mut w, i, Place::Home, Ending::Transfer, WHY);
            w.wards.close_day();
            assert_eq!(w.wards.used_in(ward, 1), 0, "{}", place.name());
        }
    }

    #[test]
    fn a_team_goes_along_between_homes_and_ends_with_any_other_move() {
        for (to, team) in
            [(Place::Home, Some(Team::Forensic)), (Place::Acute, None), (Place::Prison, None), (Place::Dead, None)]
        {
            let mut w = World::small();
            let i = w.put(Place::Supported, Legal::None);
            follow_up::take_on(&mut w, i, Team::Forensic);
            w.schedule_in(i, Due::Contact, Days::rounded_up(5.0));
            move_to(&mut w, i, to, Ending::Transfer, WHY);
            w.wards.close_day();
            assert_eq!(w.case(i).follow_up.team, team, "{}", to.name());
            assert_eq!(w.wards.used(Ward::Forensic), i64::from(team.is_some()));
            assert_eq!(w.due_in(i, Due::Contact).is_some(), team.is_some());
        }
    }

    #[test]
    fn the_row_of_a_spell_says_where_when_under_which_status_and_how_it_ended() {
        let mut w = World::small();
        let start = w.today();
        let i = w.put(Place::Low, Legal::S3);
        w.pass(10);
        w.case_mut(i).legal = Legal::None;
        move_to(&mut w, i, Place::Home, Ending::Discharge, WHY);
        let expected = SpellRow {
            person: w.case(i).number,
            place: Place::Low as u8,
            unit: 4,
            area: 0,
            commissioner: 0,
            legal: Legal::S3 as u8,
            legal_end: Legal::None as u8,
            start,
            end: start + 10,
            ending: Ending::Discharge as u8,
            destination: Place::Home as u8,
            source: u8::MAX,
            secure_start: start,
            provider_start: start,
            wait_clinical: -1,
            wait_ministry: -1,
            wait_statutory: -1,
            ready_days: 0,
            out_of_area: 0,
            spot: 0,
        };
        assert_eq!(spell(&w, 0), expected);
        w.pass(5);
        move_to(&mut w, i, Place::Remand, Ending::Custody, WHY);
        let next = spell(&w, 1);
        assert_eq!(
            (next.place, next.source, next.start, next.end),
            (Place::Home as u8, Place::Low as u8, start + 10, start + 15)
        );
        assert_eq!((next.unit, next.commissioner, next.secure_start, next.provider_start), (u16::MAX, u8::MAX, -1, -1));
    }

    #[test]
    fn the_row_of_a_spell_has_the_days_for_which_a_patient_was_ready() {
        let mut w = World::small();
        let i = w.put(Place::Low, Legal::S3);
        w.pass(10);
        readiness::make_ready(&mut w, i, Reason::Place.into());
        w.pass(7);
        move_to(&mut w, i, Place::Dead, Ending::Death, WHY);
        assert_eq!(spell(&w, 0).ready_days, 7);
        assert_eq!(w.case(i).readiness.since, None);
    }

    #[test]
    fn who_absconds_is_ready_since_no_day_any_more() {
        let mut w = World::small();
        let i = w.put(Place::Low, Legal::S3);
        readiness::make_ready(&mut w, i, Reason::Place.into());
        w.pass(3);
        move_to(&mut w, i, Place::Awol, Ending::Abscond, WHY);
        assert_eq!((spell(&w, 0).ready_days, w.case(i).readiness.since), (3, None));
    }

    #[test]
    fn days_before_a_move_are_paid_in_the_place_that_is_left() {
        let mut w = World::small();
        let i = w.put(Place::Supported, Legal::None);
        w.pass(10);
        move_to(&mut w, i, Place::Home, Ending::Transfer, WHY);
        w.pass(10);
        accrual::accrue(&mut w, i);
        assert_eq!(w.booked(crate::codes::Spend::Supported), [(w.accounts.aftercare(0), 143_000)]);
    }

    #[test]
    fn the_waits_of_an_admission_are_written_with_the_spell_that_follows() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S48S49);
        w.case_mut(i).offending.charged = true;
        let waits = Waits { clinical: Some(40), ministry: Some(3), statutory: Some(30) };
        let held = HeldBed { bed: Bed::Unit(UnitId(2)), other: true, spot: true };
        note_admission(&mut w, i, waits, held, true);
        move_to(&mut w, i, Place::Remand, Ending::Remission, WHY);
        let row = spell(&w, 0);
        assert_eq!((row.wait_clinical, row.wait_ministry, row.wait_statutory), (40, 3, 30));
        assert_eq!((row.out_of_area, row.spot, row.legal), (1, 1, Legal::S48S49 as u8));
    }

    #[test]
    fn the_settling_period_has_no_spells_and_the_dead_begin_none() {
        let mut w = World::small();
        w.pass(-3);
        let i = w.put(Place::Acute, Legal::S3);
        move_to(&mut w, i, Place::Home, Ending::Discharge, WHY);
        assert!(w.log.spells.is_empty());
        w.pass(3);
        move_to(&mut w, i, Place::Dead, Ending::Death, WHY);
        close_open_spells(&mut w);
        assert_eq!(w.log.spells.len(), 1);
    }

    #[test]
    fn who_is_still_there_at_the_end_has_an_open_spell() {
        let mut w = World::small();
        w.put(Place::Medium, Legal::S37);
        w.put(Place::Home, Legal::Cd);
        close_open_spells(&mut w);
        assert_eq!(w.log.spells.ending, [Ending::Open as u8; 2]);
        assert_eq!(w.log.spells.destination, [u8::MAX; 2]);
    }

    #[test]
    fn who_is_absent_keeps_bed_provider_and_unbroken_secure_care() {
        let mut w = World::small();
        let start = w.today();
        let i = w.put(Place::Low, Legal::S37);
        w.case_mut(i).asked = Some(AskedFor::Leave);
        w.case_mut(i).hearing.listed = true;
        w.pass(4);
        move_to(&mut w, i, Place::Awol, Ending::Abscond, WHY);
        assert_eq!(units(&w, 4), (0, 1, 0));
        let c = w.case(i);
        assert_eq!(c.held, Some(HeldBed { bed: Bed::Unit(UnitId(4)), other: false, spot: false }));
        assert_eq!((c.placement.secure_since, c.placement.provider_since), (Some(start), Some(start)));
        assert!(c.asked.is_some() && c.hearing.listed);
    }

    #[test]
    fn who_dies_while_absent_gives_the_kept_bed_back() {
        let mut w = World::small();
        let i = w.put(Place::Low, Legal::S37);
        move_to(&mut w, i, Place::Awol, Ending::Abscond, WHY);
        move_to(&mut w, i, Place::Dead, Ending::Death, WHY);
        assert_eq!((units(&w, 4), w.case(i).held), ((0, 0, 0), None));
        w.settle_in();
        w.live_tomorrow();
    }

    #[test]
    fn leaving_hospital_ends_what_belongs_to_the_stay() {
        let mut w = World::small();
        let i = w.put(Place::Low, Legal::S37);
        let of_a_stay =
            [Due::Review, Due::Hearing, Due::Consent, Due::Apply, Due::Discharge, Due::Remission, Due::WardEnd];
        for due in of_a_stay {
            w.schedule_in(i, due, Days::rounded_up(9.0));
        }
        w.schedule_in(i, Due::Court, Days::rounded_up(9.0));
        let c = w.case_mut(i);
        (c.asked, c.hearing.listed) = (Some(AskedFor::Leave), true);
        move_to(&mut w, i, Place::Home, Ending::Discharge, WHY);
        let c = w.case(i);
        assert_eq!((c.asked, c.hearing.listed, c.placement.provider_since), (None, false, None));
        assert!(of_a_stay.iter().all(|due| w.due_in(i, *due).is_none()));
        assert_eq!(w.due_in(i, Due::Court), Some(9));
    }

    #[test]
    fn between_hospitals_the_stay_goes_on() {
        let mut w = World::small();
        let i = w.put(Place::Low, Legal::S37);
        let since = w.case(i).placement.provider_since;
        w.case_mut(i).asked = Some(AskedFor::Discharge);
        w.pass(30);
        move_to(&mut w, i, Place::Medium, Ending::Transfer, WHY);
        let c = w.case(i);
        assert_eq!((c.asked, c.placement.provider_since), (Some(AskedFor::Discharge), since));
        assert_eq!((c.placement.secure_since, c.placement.since), (since, w.today()));
    }

    #[test]
    fn what_was_arranged_is_given_up_by_any_other_move_out_of_hospital() {
        let mut w = World::small();
        let i = w.put(Place::Low, Legal::S37);
        readiness::make_ready(&mut w, i, Reason::Consent.into());
        let to = Arrangement { place: Place::Supported, area: 0, team: Some(Team::Forensic), aftercare_pays: true };
        readiness::arrange(&mut w, i, to);
        move_to(&mut w, i, Place::Prison, Ending::Remission, WHY);
        w.wards.close_day();
        assert_eq!((w.wards.used(Ward::Supported), w.wards.used(Ward::Forensic)), (0, 0));
        assert_eq!(w.case(i).readiness.arranged, None);
    }

    #[test]
    fn a_new_provider_begins_a_new_time_and_the_same_goes_on() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37);
        let start = w.today();
        w.pass(100);
        let held = HeldBed { bed: Bed::Unit(UnitId(2)), other: false, spot: false };
        note_admission(&mut w, i, Waits::default(), held, true);
        assert_eq!(w.case(i).placement.provider_since, Some(start));
        note_admission(&mut w, i, Waits::default(), held, false);
        let p = w.case(i).placement;
        assert_eq!((p.provider_since, p.secure_since), (Some(start + 100), Some(start)));
    }

    #[test]
    fn a_unit_is_occupied_from_the_bed_that_was_held() {
        let mut w = World::small();
        let i = w.put(Place::Remand, Legal::None);
        w.units[UnitId(2)].held = 1;
        let payer = w.collaborative(0);
        move_to(&mut w, i, Place::Medium, Ending::Admission, WHY);
        occupy_unit(&mut w, i, UnitId(2), payer, true);
        let p = w.case(i).placement;
        assert_eq!(
            (p.unit, p.provider, p.payer, p.out_of_area),
            (Some(UnitId(2)), Some(w.units[UnitId(2)].provider), Some(payer), true)
        );
        assert_eq!((units(&w, 2), w.inpatients.clone()), ((1, 0, 0), vec![i]));
        w.must_hold();
    }

    #[test]
    fn a_ward_of_another_trust_is_another_provider_and_a_home_keeps_its_status() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37);
        w.pass(9);
        move_to(&mut w, i, Place::OpenRehab, Ending::Transfer, WHY);
        occupy_ward(&mut w, i, 1);
        let p = w.case(i).placement;
        let trust = w.units.trust(1);
        assert_eq!(
            (p.ward_area, p.provider, p.provider_since, p.secure_since),
            (1, Some(trust), Some(w.today()), None)
        );
        w.case_mut(i).legal = Legal::Cto;
        occupy_home(&mut w, i, 0, None);
        assert_eq!((w.case(i).placement.ward_area, w.case(i).spell.legal), (0, Legal::Cto));
        w.case_mut(i).legal = Legal::None;
        note_status(&mut w, i);
        assert_eq!(w.case(i).spell.legal, Legal::None);
    }

    #[test]
    fn who_waits_for_a_ward_waits_at_home_only() {
        let mut w = World::small();
        for (to, waits) in [(Place::Supported, true), (Place::Remand, false), (Place::Acute, false)] {
            let i = w.put(Place::Home, Legal::S3);
            await_ward(&mut w, i, true);
            move_to(&mut w, i, to, Ending::Transfer, WHY);
            assert_eq!(w.case(i).awaits_ward, waits, "{}", to.name());
        }
    }

    #[test]
    fn the_dead_are_no_longer_on_the_books_nor_in_the_population() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        let before = w.population.census(w.today());
        move_to(&mut w, i, Place::Dead, Ending::Death, WHY);
        let after = w.population.census(w.today());
        assert!(w.caseload.by_person.is_empty() && after.balances());
        assert_eq!((after.present, after.dead), (before.present - 1, before.dead + 1));
    }

    #[test]
    fn who_leaves_the_books_lives_on_in_the_population() {
        let mut w = World::of_plan(World::small_plan());
        w.today = w.plan.calendar.start;
        let (from, to) = (w.today, w.today + 365);
        w.population.live(from, to, 1, &std::sync::atomic::AtomicBool::new(false)).expect("nobody stops it");
        let i = w.put(Place::Home, Legal::None);
        let before = w.population.census(w.today());
        leave_books(&mut w, i);
        let row = w.case(i).row;
        assert_eq!(w.population.census(w.today()), before);
        assert_eq!((w.case(i).place, w.population.resident(row).contacts), (Place::Left, 1));
        assert!(w.caseload.by_person.is_empty());
        assert_eq!(w.logged(i, Event::Leave), [(Label::place(Place::Home), Label::place(Place::Left))]);
        assert_eq!(spell(&w, 0).ending, Ending::Left as u8);
    }

    /// Puts somebody who has moved to a place into a bed there.
    fn settle(w: &mut World, i: CaseId, to: Place) {
        if places::secure(to) {
            let unit = w.units.pool(to, w.case(i).sex)[0];
            w.units[unit].held += 1;
            let payer = w.commissioner(0, to);
            occupy_unit(w, i, unit, payer, false);
        } else if let Some(ward) = Ward::of(to) {
            w.wards.take(ward, 1);
            occupy_ward(w, i, 1);
        }
    }

    #[test]
    fn from_any_place_to_any_other_nothing_is_lost() {
        let here = |p: &Place| !matches!(p, Place::Dead | Place::Left | Place::Awol);
        let charged = |c: &mut Case| c.offending.charged = true;
        for from in Place::ALL.iter().copied().filter(here) {
            let mut w = World::small();
            for to in Place::ALL.iter().copied().filter(|to| *to != Place::Left) {
                if to == Place::Awol && !places::secure(from) {
                    continue;
                }
                let legal = if places::hospital(from) { Legal::S3 } else { Legal::None };
                let i = w.put_with(from, legal, charged);
                assert!(!law::restricted(legal));
                move_to(&mut w, i, to, Ending::Transfer, WHY);
                settle(&mut w, i, to);
                w.inpatients = w.caseload.iter().filter(|(_, c)| places::secure(c.place)).map(|(i, _)| i).collect();
                w.must_hold();
            }
            w.wards.close_day();
            w.must_hold();
            assert_eq!(w.log.spells.len(), w.caseload.cases.len());
        }
    }
}
