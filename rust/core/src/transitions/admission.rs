//! Admissions: to a held bed of a unit or a PICU, or to an acute ward.

use crate::calendar::Days;
use crate::caseload::agenda::Due;
use crate::caseload::{Bed, Case, HeldBed, Waits};
use crate::codes::{Ending, Event, Goal, Label, Legal, Place, Purpose, Route, Stage};
use crate::ids::CaseId;
use crate::law::{self, places, stages};
use crate::levers::Lever;
use crate::requests;
use crate::transitions::{leave, place, readiness, waiting};
use crate::world::World;
use crate::world::capacity::Ward;

/// Admits a person to the held bed, or to an acute ward that has been waited for.
pub fn admit(world: &mut World, i: CaseId) {
    match waiting::take_bed(world, i) {
        Some(held) => into_held_bed(world, i, held),
        None if world.case(i).awaits_ward => to_ward(world, i, Place::Acute, Purpose::Relapse),
        None => {}
    }
}

fn into_held_bed(world: &mut World, i: CaseId, held: HeldBed) {
    let c = world.case(i);
    let (route, from, leave) = (c.route, c.place, c.leave());
    let waits = waits(c, world.today());
    let accepted = c.queued();
    let status = admission_status(c);
    let (target, provider) = match held.bed {
        Bed::Unit(unit) => (world.units[unit].tier, world.units[unit].provider),
        Bed::Picu { area } => (Place::Picu, world.units.trust(area)),
    };
    place::move_to(world, i, target, ending(from), Purpose::MoveDelay);
    if let Some(legal) = status {
        world.set_legal(i, legal, Purpose::MoveDelay);
    }
    let same_provider = place::with_provider(world.case(i), provider);
    match held.bed {
        Bed::Unit(unit) => {
            let payer = world.commissioner(world.case(i).area, target);
            place::occupy_unit(world, i, unit, payer, held.other);
            if let Some(day) = accepted {
                let days = world.today() - day;
                world.accounts.incentives.count(unit, Goal::Wait, i64::from(days), 1);
            }
            world.retain(i);
        }
        Bed::Picu { area } => place::occupy_ward(world, i, area),
    }
    place::note_admission(world, i, waits, held, same_provider);
    waiting::end(world, i);
    readiness::end(world, i);
    world.caseload.cancel(i, Due::Lapse);
    begin_treatment(world, i, route, leave);
    if places::secure(target) {
        requests::review(world, i);
    } else {
        requests::ward_end(world, i, target);
    }
    world.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Admission), None, Purpose::MoveDelay);
}

/// The waits that end with an admission today; a move between tiers ends none.
fn waits(c: &Case, today: i32) -> Waits {
    let wait = c.wait.filter(|_| !matches!(c.route, Route::StepDown | Route::StepUp)).unwrap_or_default();
    let days = |since: Option<i32>| since.map(|day| today - day);
    Waits { clinical: days(wait.identified), ministry: days(wait.at_ministry), statutory: days(wait.requested) }
}

/// How a spell ends with an admission, by where the person comes from.
fn ending(from: Place) -> Ending {
    if places::hospital(from) { Ending::Transfer } else { Ending::Admission }
}

/// Begins treatment in a new place: after a step down some of it counts again, and some leave is kept.
fn begin_treatment(world: &mut World, i: CaseId, route: Route, held: Stage) {
    let kept = world.p.clinical.programme_kept + world.lever(Lever::StandardisedTreatment, world.case(i).area);
    let step_down = route == Route::StepDown;
    let c = world.case_mut(i);
    if route == Route::Recall {
        c.past.recalls = c.past.recalls.saturating_add(1);
    }
    c.clinical.programme *= if step_down { kept.clamp(0.0, 1.0) } else { 0.0 };
    let grade = if step_down && stages::unescorted(held) { Stage::EscortedLeave } else { Stage::Treatment };
    leave::begin(world, i, grade);
    world.set_stage(i, if step_down { grade } else { Stage::Admission });
}

/// The status under which a person is admitted, where it is another than before.
fn admission_status(c: &Case) -> Option<Legal> {
    match c.route {
        Route::Prison if c.sentenced() => Some(Legal::S47S49),
        Route::Prison => Some(Legal::S48S49),
        Route::Court => c.ordered(),
        // Secure care takes only those who are liable to be detained: recalled to the order from before, or under s3.
        Route::Recall | Route::Civil if !law::detained(c.legal) || c.legal == Legal::S2 => {
            Some(law::recalled(c.legal, c.legal_under))
        }
        Route::Recall | Route::Civil | Route::StepDown | Route::StepUp => None,
    }
}

/// Admits to an acute or PICU ward in the nearest area with a free bed; without one, tries again tomorrow.
pub fn to_ward(world: &mut World, i: CaseId, to: Place, cause: Purpose) {
    let Some(ward) = Ward::of(to) else { return };
    if let Some(area) = world.nearest(ward, world.case(i).area) {
        world.wards.take(ward, area);
        let from = world.case(i).place;
        place::move_to(world, i, to, ending(from), cause);
        place::occupy_ward(world, i, area);
        place::await_ward(world, i, false);
        requests::ward_end(world, i, to);
    } else {
        place::await_ward(world, i, true);
        world.schedule_in(i, Due::Admission, Days::ONE);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::caseload::Wait;

    /// The status under which a person would be after an admission.
    pub(crate) fn status_after(c: &Case) -> Legal {
        admission_status(c).unwrap_or(c.legal)
    }

    /// Somebody in a place waits for a bed by a route, with days of waiting behind.
    fn waiting_for(w: &mut World, place: Place, legal: Legal, route: Route) -> CaseId {
        let today = w.today();
        w.put_with(place, legal, |c| {
            (c.route, c.target, c.stage) = (route, Place::Medium, Stage::BedHeld);
            c.wait = Some(Wait {
                identified: Some(today - 50),
                requested: Some(today - 40),
                at_ministry: Some(today - 10),
                queued: Some(today - 30),
                ..Wait::default()
            });
        })
    }

    /// Admits somebody from a place by a route to a held bed of a tier.
    fn admitted(place: Place, legal: Legal, route: Route, tier: Place) -> (World, CaseId) {
        let mut w = World::small();
        let i = waiting_for(&mut w, place, legal, route);
        w.hold_bed(i, tier);
        admit(&mut w, i);
        w.must_hold();
        (w, i)
    }

    #[test]
    fn the_route_says_under_which_status_a_person_is_admitted() {
        for (place, before, route, after) in [
            (Place::Prison, Legal::None, Route::Prison, Legal::S47S49),
            (Place::Prison, Legal::Cd, Route::Prison, Legal::S47S49),
            (Place::Remand, Legal::None, Route::Prison, Legal::S48S49),
            (Place::Home, Legal::Cd, Route::Recall, Legal::S37S41),
            (Place::Home, Legal::CdDol, Route::Recall, Legal::S37S41),
            (Place::Acute, Legal::None, Route::Recall, Legal::S3),
            (Place::Acute, Legal::Licence, Route::Recall, Legal::S3),
            (Place::Acute, Legal::S37, Route::Recall, Legal::S37),
            (Place::Acute, Legal::S2, Route::Civil, Legal::S3),
            (Place::Acute, Legal::Cto, Route::Civil, Legal::S3),
            (Place::Acute, Legal::S3, Route::Civil, Legal::S3),
            (Place::Picu, Legal::S47S49, Route::Civil, Legal::S47S49),
            (Place::Low, Legal::S37S41, Route::StepUp, Legal::S37S41),
            (Place::High, Legal::S47S49, Route::StepDown, Legal::S47S49),
        ] {
            let (w, i) = admitted(place, before, route, Place::Medium);
            assert_eq!(w.case(i).legal, after, "{}, {}", route.name(), before.name());
        }
    }

    #[test]
    fn a_court_admits_under_what_it_has_ordered() {
        for legal in [Legal::S35, Legal::S36, Legal::S38, Legal::S37, Legal::S37S41, Legal::Cpia, Legal::S45A] {
            let mut w = World::small();
            let i = waiting_for(&mut w, Place::Remand, Legal::None, Route::Court);
            w.case_mut(i).wait = Some(Wait { ordered: Some(legal), ..Wait::default() });
            w.hold_bed(i, Place::Medium);
            admit(&mut w, i);
            assert_eq!((w.case(i).place, w.case(i).legal), (Place::Medium, legal));
            w.must_hold();
        }
    }

    #[test]
    fn who_is_admitted_lies_in_the_held_bed_and_waits_no_more() {
        let mut w = World::small();
        let i = waiting_for(&mut w, Place::Prison, Legal::None, Route::Prison);
        let unit = w.hold_bed(i, Place::Medium);
        w.schedule_in(i, Due::Lapse, Days::rounded_up(9.0));
        admit(&mut w, i);
        w.must_hold();
        let c = w.case(i);
        assert_eq!((c.place, c.placement.unit, c.stage), (Place::Medium, Some(unit), Stage::Admission));
        assert!(c.held.is_none() && c.wait.is_none());
        assert_eq!((w.units[unit].occupied, w.units[unit].held), (1, 0));
        assert_eq!(w.due_in(i, Due::Lapse), None);
        assert!(w.due_in(i, Due::Review).is_some(), "and is reviewed");
        assert!(c.past.ever_secure, "and stays on the books for life");
        assert_eq!(c.placement.payer, Some(w.collaborative(c.area)));
    }

    #[test]
    fn nobody_is_admitted_without_a_bed() {
        let mut w = World::small();
        let i = waiting_for(&mut w, Place::Prison, Legal::None, Route::Prison);
        admit(&mut w, i);
        assert_eq!((w.case(i).place, w.case(i).stage), (Place::Prison, Stage::BedHeld));
    }

    #[test]
    fn the_spell_says_how_long_each_wait_was() {
        let (w, i) = admitted(Place::Prison, Legal::None, Route::Prison, Place::Medium);
        let waits = Waits { clinical: Some(50), ministry: Some(10), statutory: Some(40) };
        assert_eq!(w.case(i).spell.waits, waits);
        assert_eq!((w.case(i).spell.legal, w.case(i).spell.source), (Legal::S47S49, Some(Place::Prison)));
    }

    #[test]
    fn a_move_between_tiers_ends_no_wait_for_hospital() {
        for (from, route) in [(Place::High, Route::StepDown), (Place::Low, Route::StepUp)] {
            let (w, i) = admitted(from, Legal::S3, route, Place::Medium);
            assert_eq!(w.case(i).spell.waits, Waits::default(), "{}", route.name());
        }
    }

    #[test]
    fn a_step_down_keeps_part_of_the_programme_and_a_grade_of_the_leave() {
        for (leave, kept) in [
            (Stage::Treatment, Stage::Treatment),
            (Stage::EscortedLeave, Stage::Treatment),
            (Stage::UnescortedLeave, Stage::EscortedLeave),
            (Stage::Trial, Stage::EscortedLeave),
        ] {
            let mut w = World::small();
            let i = w.put_with(Place::Medium, Legal::S3, |c| {
                (c.stage, c.clinical.programme, c.setbacks) = (leave, 0.5, 2);
            });
            w.case_mut(i).route = Route::StepDown;
            readiness::make_ready(&mut w, i, enumset::EnumSet::empty());
            w.hold_bed(i, Place::Low);
            admit(&mut w, i);
            w.must_hold();
            let c = w.case(i);
            assert_eq!((c.place, c.stage, c.grade), (Place::Low, kept, kept), "{}", leave.name());
            assert!((c.clinical.programme - 0.5 * w.p.clinical.programme_kept).abs() < 1e-12);
            assert_eq!((c.setbacks, c.readiness.since), (0, None));
        }
    }

    #[test]
    fn any_other_admission_begins_the_programme_and_the_way_out_anew() {
        let mut w = World::small();
        let i = waiting_for(&mut w, Place::Low, Legal::S3, Route::StepUp);
        w.case_mut(i).clinical.programme = 0.5;
        w.case_mut(i).grade = Stage::UnescortedLeave;
        w.hold_bed(i, Place::Medium);
        admit(&mut w, i);
        let c = w.case(i);
        assert_eq!((c.stage, c.grade, c.clinical.programme), (Stage::Admission, Stage::Treatment, 0.0));
    }

    #[test]
    fn a_recall_is_counted_and_no_other_admission_is() {
        for (route, recalls) in [(Route::Recall, 1), (Route::Civil, 0)] {
            let (w, i) = admitted(Place::Acute, Legal::S3, route, Place::Medium);
            assert_eq!(w.case(i).past.recalls, recalls, "{}", route.name());
        }
    }

    #[test]
    fn who_moves_within_a_provider_stays_with_it_and_secure_care_is_unbroken() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S3);
        let (since, provider) = (w.today(), w.case(i).placement.provider);
        w.pass(100);
        w.case_mut(i).route = Route::StepDown;
        w.hold_bed(i, Place::Low);
        admit(&mut w, i);
        let p = &w.case(i).placement;
        assert_eq!(p.provider, provider, "the small world's first area has one provider");
        assert_eq!((p.provider_since, p.secure_since, p.since), (Some(since), Some(since), w.today()));
    }

    #[test]
    fn the_sites_and_wards_of_an_organisation_are_one_provider_and_those_of_another_are_not() {
        for (area, same) in [(0, true), (1, false)] {
            let mut w = World::small();
            let i = w.put(Place::Medium, Legal::S3);
            let since = w.today();
            w.pass(50);
            // To the PICU of an area, from there to its acute ward, and back to a secure bed at home.
            w.wards.take(Ward::Picu, area);
            w.case_mut(i).held = Some(HeldBed { bed: Bed::Picu { area }, other: false, spot: false });
            admit(&mut w, i);
            let picu = w.today();
            let expected = if same { since } else { picu };
            assert_eq!(w.case(i).placement.provider_since, Some(expected));
            w.pass(10);
            place::move_to(&mut w, i, Place::Acute, Ending::Transfer, Purpose::None);
            place::occupy_ward(&mut w, i, area);
            assert_eq!(w.case(i).placement.provider_since, Some(expected));
            w.pass(10);
            w.case_mut(i).route = Route::StepUp;
            w.hold_bed(i, Place::Low);
            admit(&mut w, i);
            assert_eq!(w.case(i).placement.provider_since, Some(if same { since } else { w.today() }));
        }
    }

    #[test]
    fn who_was_at_home_in_between_begins_anew_with_the_same_provider() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S3);
        let provider = w.case(i).placement.provider;
        w.pass(50);
        place::move_to(&mut w, i, Place::Home, Ending::Discharge, Purpose::None);
        w.pass(5);
        to_ward(&mut w, i, Place::Acute, Purpose::None);
        let p = &w.case(i).placement;
        assert_eq!((p.provider, p.provider_since), (provider, Some(w.today())));
    }

    #[test]
    fn who_comes_from_outside_begins_with_a_provider_and_secure_care_today() {
        let (w, i) = admitted(Place::Prison, Legal::None, Route::Prison, Place::Medium);
        let p = &w.case(i).placement;
        assert_eq!((p.provider_since, p.secure_since), (Some(w.today()), Some(w.today())));
    }

    #[test]
    fn an_admission_to_a_picu_has_an_end_of_stay_and_no_review() {
        let mut w = World::small();
        let i = waiting_for(&mut w, Place::Prison, Legal::None, Route::Prison);
        let area = w.case(i).area;
        w.wards.take(Ward::Picu, area);
        w.case_mut(i).held = Some(HeldBed { bed: Bed::Picu { area }, other: false, spot: false });
        admit(&mut w, i);
        w.must_hold();
        assert_eq!((w.case(i).place, w.case(i).placement.ward_area), (Place::Picu, area));
        assert!(w.due_in(i, Due::WardEnd).is_some());
        assert_eq!(w.due_in(i, Due::Review), None);
        assert!(!w.case(i).past.ever_secure);
    }

    #[test]
    fn an_acute_ward_admits_in_the_home_area_if_it_can() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::S3);
        to_ward(&mut w, i, Place::Acute, Purpose::Relapse);
        w.must_hold();
        let (c, area) = (w.case(i), w.case(i).area);
        assert_eq!((c.place, c.placement.ward_area, c.awaits_ward), (Place::Acute, area, false));
        assert_eq!(w.wards.used_in(Ward::Acute, area), 1);
        assert!(w.due_in(i, Due::WardEnd).is_some());
    }

    /// Takes every acute bed of an area.
    fn fill(w: &mut World, area: u8) {
        while w.wards.free(Ward::Acute, area) {
            w.wards.take(Ward::Acute, area);
        }
    }

    #[test]
    fn a_full_acute_ward_sends_on_to_the_next_area() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::S3);
        let area = w.case(i).area;
        fill(&mut w, area);
        to_ward(&mut w, i, Place::Acute, Purpose::Relapse);
        assert_eq!((w.case(i).place, w.case(i).placement.ward_area), (Place::Acute, 1 - area));
    }

    #[test]
    fn who_finds_no_acute_bed_waits_at_home_and_tries_again_tomorrow() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::S3);
        (0..2).for_each(|area| fill(&mut w, area));
        to_ward(&mut w, i, Place::Acute, Purpose::Relapse);
        assert_eq!((w.case(i).place, w.case(i).awaits_ward), (Place::Home, true));
        assert_eq!(w.due_in(i, Due::Admission), Some(1));
        let area = w.case(i).area;
        w.wards.give(Ward::Acute, area);
        w.wards.close_day();
        w.pass(1);
        admit(&mut w, i);
        assert_eq!((w.case(i).place, w.case(i).awaits_ward), (Place::Acute, false));
    }

    #[test]
    fn nobody_waits_for_a_place_that_is_no_ward() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::S3);
        to_ward(&mut w, i, Place::Medium, Purpose::Relapse);
        assert_eq!((w.case(i).place, w.due_in(i, Due::Admission)), (Place::Home, None));
    }
}
