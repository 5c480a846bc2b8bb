//! Phase 8: admissions, transfers, discharges, remissions. Who has a bed, a warrant or a place moves today.

use crate::calendar::Days;
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::codes::{AskedFor, Event, Label, Place, Purpose, Route, Stage};
use crate::ids::CaseId;
use crate::law::{self, places};
use crate::requests;
use crate::transitions::{admission, discharge, offending, readiness, waiting};
use crate::world::World;

/// Phase 8.
pub fn make(world: &mut World) {
    for i in world.take_due(Due::Lapse) {
        lapse(world, i);
    }
    for i in world.take_due(Due::Admission) {
        admission::admit(world, i);
    }
    for i in world.take_due(Due::Remission) {
        discharge::remit(world, i);
    }
    for i in world.take_due(Due::WardEnd) {
        ward_end(world, i);
    }
    for i in std::mem::take(&mut world.queues.leaving) {
        if world.case(i).readiness.arranged.is_some() && places::hospital(world.case(i).place) {
            discharge::discharge(world, i, Purpose::Discharge);
        }
    }
}

/// A warrant, or a court's time limit, has run out before admission.
fn lapse(world: &mut World, i: CaseId) {
    if world.case(i).ordered().is_some() {
        // Adjourned: no bed within the court's limit.
        offending::reopen_charge(world, i);
        waiting::withdraw(world, i);
        world.schedule_in(i, Due::Court, Days::rounded_up(world.p.law.bed_within));
        let (from, to) = (Label::stage(Stage::Accepted), Label::stage(Stage::AwaitingCourt));
        world.event(i, Event::Clock, from, to, None, Purpose::CourtDelay);
    } else if world.case(i).stage == Stage::Warranted {
        world.set_stage(i, Stage::Reported);
        requests::ministry(world, i, AskedFor::Admission);
    }
}

/// A stay on a ward comes to its end: on to a secure bed, back to prison, home, or ready for discharge.
fn ward_end(world: &mut World, i: CaseId) {
    if world.case(i).placement.since == world.today() {
        // Moved on this very day: that stay is over.
        return;
    }
    // Whatever is decided may fall through, so the ward looks again until the patient has moved.
    world.schedule_in(i, Due::WardEnd, Days::rounded_up(world.p.discharge.again));
    let c = world.case(i);
    let transferred = law::transferred(c.legal) && law::restricted(c.legal);
    let restricted = law::restricted(c.legal);
    let rehabilitation = matches!(c.place, Place::OpenRehab | Place::LockedRehab);
    if is_settled(world, c) {
        // Somebody else is to act.
    } else if restricted && !rehabilitation && (c.clinical.unwell || !transferred) {
        // Still ill, or under an order that no ward ends: a secure bed is needed.
        readiness::refer_inpatient(world, i, Route::Civil, Place::Medium);
    } else if transferred {
        requests::ministry(world, i, AskedFor::Remission);
    } else if c.clinical.unwell {
        // Kept until the illness has remitted.
    } else if matches!(c.place, Place::Acute | Place::Picu) {
        // An acute stay ends at home; what holds people up is the way out of secure and rehabilitation beds.
        discharge::discharge_in_law(world, i, None, Purpose::WardStay);
    } else if c.stage != Stage::Ready {
        readiness::make_ready(world, i, readiness::to_leave());
        world.schedule_in(i, Due::Discharge, Days::ONE);
    }
}

/// Whether what becomes of a patient of a ward is with somebody else: a unit that is asked for a bed, the Ministry, the prison
/// that is to take the patient back, or the court.
fn is_settled(world: &World, c: &Case) -> bool {
    let waits = matches!(c.stage, Stage::Referred | Stage::Accepted | Stage::BedHeld | Stage::Identified);
    let remitted = c.due.get(Due::Remission).is_some_and(|day| day > world.today());
    let before_court = law::awaits_court(c.legal) && !c.remittable();
    // Place and team are sought for a discharge that the tribunal has deferred.
    let leaving = c.stage == Stage::Ready && c.readiness.consent;
    waits
        || leaving
        || c.asked.is_some()
        || remitted
        || before_court && !(law::restricted(c.legal) && c.clinical.unwell)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caseload::{Arrangement, Case, Team, Wait};
    use crate::codes::{Legal, Reason, Sex};
    use crate::world::capacity::Ward;

    /// Something of a case falls due today, and the moves of the day are made.
    fn due(w: &mut World, i: CaseId, due: Due) {
        w.due_today(i, due);
        make(w);
        w.must_hold();
    }

    /// A patient of a ward whose stay, begun a month ago, ends today.
    fn stay_ends(place: Place, legal: Legal, change: impl FnOnce(&mut Case)) -> (World, CaseId) {
        let mut w = World::small();
        let i = w.put_with(place, legal, change);
        w.pass(30);
        due(&mut w, i, Due::WardEnd);
        (w, i)
    }

    /// Waits for a bed by a court's order.
    fn ordered(c: &mut Case) {
        (c.route, c.target, c.stage) = (Route::Court, Place::Medium, Stage::Accepted);
        c.offending.charged = false;
        c.wait = Some(Wait { queued: Some(c.placement.since), ordered: Some(Legal::S37), ..Wait::default() });
    }

    #[test]
    fn an_order_without_a_bed_in_time_brings_the_case_back_to_court() {
        let mut w = World::small();
        let i = w.put_with(Place::Remand, Legal::None, ordered);
        due(&mut w, i, Due::Lapse);
        let c = w.case(i);
        assert_eq!((c.stage, c.wait.is_none(), c.offending.charged), (Stage::AwaitingCourt, true, true));
        assert_eq!(w.due_in(i, Due::Court), Some(28));
        let logged = (Label::stage(Stage::Accepted), Label::stage(Stage::AwaitingCourt));
        assert_eq!(w.logged(i, Event::Clock), [logged]);
    }

    #[test]
    fn a_ward_refers_nobody_on_whose_discharge_the_tribunal_has_deferred() {
        let (w, i) = stay_ends(Place::Acute, Legal::S37S41, |c| {
            (c.stage, c.readiness.consent, c.readiness.missing) = (Stage::Ready, true, Reason::Place.into());
            c.readiness.since = Some(c.placement.since);
        });
        assert_eq!((w.case(i).stage, w.case(i).readiness.consent), (Stage::Ready, true));
        assert_eq!(w.due_in(i, Due::WardEnd), Some(14));
    }

    #[test]
    fn an_order_that_lapses_gives_the_held_bed_back() {
        let mut w = World::small();
        let i = w.put_with(Place::Remand, Legal::None, |c| {
            ordered(c);
            c.stage = Stage::BedHeld;
        });
        let unit = w.hold_bed(i, Place::Medium);
        w.schedule_in(i, Due::Admission, Days::rounded_up(3.0));
        due(&mut w, i, Due::Lapse);
        assert_eq!((w.case(i).held, w.units[unit].held, w.due_in(i, Due::Admission)), (None, 0, None));
    }

    #[test]
    fn a_warrant_that_lapses_is_asked_for_again_while_the_bed_is_held() {
        let mut w = World::small();
        let i = w.put_with(Place::Prison, Legal::None, |c| {
            c.stage = Stage::Warranted;
            c.wait =
                Some(Wait { reported: Some(c.placement.since), queued: Some(c.placement.since), ..Wait::default() });
        });
        w.hold_bed(i, Place::Medium);
        due(&mut w, i, Due::Lapse);
        let c = w.case(i);
        assert_eq!((c.stage, c.asked), (Stage::Reported, Some(AskedFor::Admission)));
        assert!(c.held.is_some());
        assert!(w.due_in(i, Due::Consent).is_some());
    }

    #[test]
    fn nothing_lapses_of_somebody_with_neither_an_order_nor_a_warrant() {
        let mut w = World::small();
        let i = w.put_with(Place::Prison, Legal::None, |c| c.stage = Stage::Reported);
        due(&mut w, i, Due::Lapse);
        assert_eq!((w.case(i).stage, w.case(i).asked), (Stage::Reported, None));
    }

    #[test]
    fn a_warrant_or_order_that_lapses_today_keeps_the_person_out_of_the_bed() {
        let mut w = World::small();
        let i = w.put_with(Place::Remand, Legal::None, ordered);
        w.hold_bed(i, Place::Medium);
        w.due_today(i, Due::Admission);
        due(&mut w, i, Due::Lapse);
        assert_eq!(w.case(i).place, Place::Remand);
    }

    #[test]
    fn a_person_is_admitted_to_the_held_bed_on_the_day() {
        let mut w = World::small();
        let i = w.put_with(Place::Remand, Legal::None, ordered);
        let unit = w.hold_bed(i, Place::Medium);
        due(&mut w, i, Due::Admission);
        assert_eq!((w.case(i).place, w.case(i).placement.unit), (Place::Medium, Some(unit)));
        assert_eq!(w.case(i).legal, Legal::S37);
    }

    #[test]
    fn a_prisoner_is_taken_back_on_the_day() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S47S49);
        due(&mut w, i, Due::Remission);
        assert_eq!((w.case(i).place, w.case(i).legal), (Place::Prison, Legal::None));
    }

    /// A patient of low secure care who is ready, with a place in supported accommodation arranged.
    fn leaving() -> (World, CaseId) {
        let mut w = World::small();
        let i = w.put_with(Place::Low, Legal::S3, |c| c.stage = Stage::UnescortedLeave);
        readiness::make_ready(&mut w, i, enumset::EnumSet::empty());
        let area = w.case(i).area;
        let to = Arrangement { place: Place::Supported, area, team: Some(Team::Mainstream), aftercare_pays: true };
        readiness::arrange(&mut w, i, to);
        w.queues.leaving.push(i);
        (w, i)
    }

    #[test]
    fn who_lacks_nothing_leaves_for_what_is_arranged() {
        let (mut w, i) = leaving();
        make(&mut w);
        w.must_hold();
        assert_eq!((w.case(i).place, w.case(i).stage), (Place::Supported, Stage::FollowUp));
        assert!(w.queues.leaving.is_empty());
    }

    #[test]
    fn who_was_to_leave_stays_when_the_arrangement_is_given_up() {
        let (mut w, i) = leaving();
        readiness::give_up_arrangement(&mut w, i);
        make(&mut w);
        w.must_hold();
        assert_eq!(w.case(i).place, Place::Low);
    }

    #[test]
    fn a_stay_that_began_today_doesnt_end_today() {
        let mut w = World::small();
        let i = w.put(Place::Acute, Legal::S3);
        due(&mut w, i, Due::WardEnd);
        assert_eq!(w.case(i).place, Place::Acute);
    }

    #[test]
    fn an_acute_or_picu_stay_ends_at_home() {
        for place in [Place::Acute, Place::Picu] {
            let (w, i) = stay_ends(place, Legal::S3, |_| {});
            assert_eq!(w.case(i).place, Place::Home, "{}", place.name());
            assert!(!law::detained(w.case(i).legal), "{}", place.name());
            assert!(w.case(i).follow_up.mainstream(), "{}", place.name());
        }
    }

    #[test]
    fn a_rehabilitation_stay_ends_in_readiness() {
        for place in [Place::OpenRehab, Place::LockedRehab] {
            let (w, i) = stay_ends(place, Legal::S3, |_| {});
            let c = w.case(i);
            assert_eq!((c.place, c.stage), (place, Stage::Ready));
            assert_eq!(c.readiness.missing, Reason::Place | Reason::Team | Reason::Funding);
            assert_eq!(w.due_in(i, Due::Discharge), Some(1));
        }
    }

    #[test]
    fn a_restricted_patient_leaves_rehabilitation_with_the_ministrys_consent_and_needs_no_more_security() {
        for place in [Place::OpenRehab, Place::LockedRehab] {
            for legal in [Legal::S37S41, Legal::Cpia] {
                let (w, i) = stay_ends(place, legal, |_| {});
                let c = w.case(i);
                assert_eq!((c.place, c.stage, c.asked), (place, Stage::Ready, None));
                assert_eq!(c.readiness.missing, readiness::to_leave());
                assert_eq!(w.due_in(i, Due::Discharge), Some(1));
            }
        }
    }

    #[test]
    fn a_stay_is_prolonged_while_a_secure_bed_is_waited_for() {
        for stage in [Stage::Identified, Stage::Referred, Stage::Accepted, Stage::BedHeld] {
            let (w, i) = stay_ends(Place::Acute, Legal::S3, |c| c.stage = stage);
            assert_eq!((w.case(i).place, w.case(i).stage), (Place::Acute, stage));
            assert_eq!(w.due_in(i, Due::WardEnd), Some(14), "{}", stage.name());
        }
    }

    #[test]
    fn a_prisoner_on_a_ward_who_is_still_ill_is_referred_to_medium_secure_care() {
        let (w, i) = stay_ends(Place::Picu, Legal::S47S49, |c| c.clinical.unwell = true);
        let c = w.case(i);
        assert_eq!((c.place, c.stage, c.route), (Place::Picu, Stage::Referred, Route::Civil));
        assert_eq!((c.target, c.identified()), (Place::Medium, Some(w.today())));
        assert_eq!(w.due_in(i, Due::WardEnd), Some(14));
    }

    #[test]
    fn a_prisoner_on_a_ward_who_is_well_is_to_go_back() {
        for legal in [Legal::S47S49, Legal::S45A, Legal::S48S49] {
            let (w, i) = stay_ends(Place::Picu, legal, |_| {});
            assert_eq!((w.case(i).place, w.case(i).asked), (Place::Picu, Some(AskedFor::Remission)));
            assert!(w.due_in(i, Due::Consent).is_some(), "{}", legal.name());
        }
    }

    #[test]
    fn a_defendant_of_a_magistrates_court_waits_on_the_ward_for_the_court() {
        let (w, i) = stay_ends(Place::Picu, Legal::S48S49, |c| c.offending.crown = false);
        assert_eq!((w.case(i).place, w.case(i).asked, w.due_in(i, Due::WardEnd)), (Place::Picu, None, Some(14)));
    }

    #[test]
    fn nobody_leaves_a_ward_who_is_ill_or_restricted_or_awaits_the_court() {
        for place in [Place::Picu, Place::Acute, Place::OpenRehab, Place::LockedRehab] {
            for legal in Legal::ALL.iter().copied() {
                for unwell in [false, true] {
                    let (w, i) = stay_ends(place, legal, |c| c.clinical.unwell = unwell);
                    let kept = unwell || law::restricted(legal) || law::awaits_court(legal);
                    let c = w.case(i);
                    assert!(!kept || c.place == place, "{} on {}", legal.name(), place.name());
                    let moves = law::restricted(legal) && c.stage == Stage::Referred;
                    assert_eq!(moves, c.asked == Some(AskedFor::Transfer), "{} on {}", legal.name(), place.name());
                    assert!(c.place != place || w.due_in(i, Due::WardEnd).is_some());
                }
            }
        }
    }

    #[test]
    fn a_stay_that_ends_frees_the_bed_for_tomorrow() {
        let mut w = World::small();
        let i = w.put_with(Place::Acute, Legal::S3, |c| c.sex = Sex::Female);
        let area = w.case(i).area;
        w.pass(30);
        due(&mut w, i, Due::WardEnd);
        assert_eq!(w.wards.used_in(Ward::Acute, area), 1, "today it is still made up");
        w.wards.close_day();
        assert_eq!(w.wards.used_in(Ward::Acute, area), 0);
    }
}
