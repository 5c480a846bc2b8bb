//! Phase 3: illness and risk. Deaths too, so that nobody acts who has died today.

use crate::calendar::Days;
use crate::caseload::agenda::Due;
use crate::codes::{Ending, Event, Label, Place, Purpose, Route, Stage};
use crate::hazards::Hazard;
use crate::ids::CaseId;
use crate::law::places;
use crate::readings;
use crate::transitions::{leave, place, waiting};
use crate::world::{World, accrual};

/// Phase 3.
pub fn evolve(world: &mut World) {
    for (hazard, event) in [(Hazard::Death, Event::Death), (Hazard::Suicide, Event::Suicide)] {
        for i in world.take_hazard(hazard) {
            die(world, i, event, hazard.purpose());
        }
    }
    for i in world.take_hazard(Hazard::Relapse) {
        relapse(world, i);
    }
    for i in world.take_hazard(Hazard::Recovery) {
        recover(world, i);
    }
    for i in world.take_hazard(Hazard::Assault) {
        world.event(i, Event::Assault, Label::NONE, Label::NONE, None, Purpose::Assault);
        leave::setback(world, i);
    }
    for i in world.take_hazard(Hazard::Noticed) {
        // Whom the court has let go, or who has recovered, on this very day is no longer looked for.
        if world.case(i).stage == Stage::Unseen {
            notice(world, i);
        }
    }
}

fn die(world: &mut World, i: CaseId, event: Event, cause: Purpose) {
    world.event(i, event, Label::place(world.case(i).place), Label::place(Place::Dead), None, cause);
    place::move_to(world, i, Place::Dead, Ending::Death, cause);
}

/// The illness becomes acute.
fn relapse(world: &mut World, i: CaseId) {
    readings::advance(world, i);
    accrual::accrue(world, i);
    world.case_mut(i).clinical.unwell = true;
    world.event(i, Event::Unwell, Label::NONE, Label::NONE, None, Purpose::Relapse);
    let place = world.case(i).place;
    if places::prison(place) {
        if matches!(world.case(i).stage, Stage::None | Stage::AwaitingCourt) {
            world.set_route(i, Route::Prison);
            world.set_stage(i, Stage::Unseen);
        }
    } else if places::hospital(place) {
        leave::setback(world, i);
    } else if places::community(place) {
        // The team sees it soon: a contact out of turn.
        world.schedule_in(i, Due::Contact, Days::ONE);
    }
    world.mark_rates_stale(i);
}

/// The acute illness remits.
fn recover(world: &mut World, i: CaseId) {
    readings::advance(world, i);
    accrual::accrue(world, i);
    world.case_mut(i).clinical.unwell = false;
    world.event(i, Event::Recovered, Label::NONE, Label::NONE, None, Purpose::Recovery);
    let c = world.case(i);
    // Treated in prison before a bed was found: the referral is withdrawn, a held bed is not.
    let waiting = matches!(c.stage, Stage::Unseen | Stage::Identified | Stage::Referred | Stage::Accepted);
    if places::prison(c.place) && waiting && c.ordered().is_none() {
        waiting::withdraw(world, i);
    }
    world.mark_rates_stale(i);
}

/// The need for hospital is identified; some are referred late.
fn notice(world: &mut World, i: CaseId) {
    waiting::identify(world, i);
    world.set_stage(i, Stage::Identified);
    world.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Identified), None, Purpose::Noticed);
    let late = world.draw(i, Purpose::Late) < world.p.referral.late_share;
    let wait = if late {
        Days::ONE + world.delay(i, Purpose::ReferralDelay, world.p.referral.late_days, world.p.referral.late_sigma)
    } else {
        Days::ONE
    };
    world.schedule_in(i, Due::Refer, wait);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caseload::{Team, Wait};
    use crate::codes::Legal;
    use crate::law;
    use crate::transitions::follow_up;
    use crate::world::capacity::Ward;

    fn after(w: &mut World, i: CaseId, hazard: Hazard) {
        w.happens_today(i, hazard);
        evolve(w);
    }

    /// A prisoner at a stage of the way to hospital.
    fn prisoner(w: &mut World, stage: Stage) -> CaseId {
        let today = w.today();
        w.put_with(Place::Remand, Legal::None, |c| {
            c.stage = stage;
            c.clinical.unwell = true;
            c.wait = Some(Wait { identified: Some(today), ..Wait::default() });
        })
    }

    #[test]
    fn death_frees_the_bed_for_tomorrow() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37);
        let unit = w.case(i).placement.unit.expect("a bed");
        after(&mut w, i, Hazard::Death);
        assert_eq!((w.units[unit].occupied, w.units[unit].vacated), (0, 1));
        assert_eq!(w.case(i).place, Place::Dead);
        assert!(w.caseload.by_person.is_empty());
        assert_eq!(w.logged(i, Event::Death), [(Label::place(Place::Medium), Label::place(Place::Dead))]);
        w.settle_in();
        w.live_tomorrow();
        assert_eq!(w.units[unit].free(), w.units[unit].beds);
    }

    #[test]
    fn death_frees_the_place_and_the_team() {
        let mut w = World::small();
        let i = w.put(Place::Supported, Legal::None);
        follow_up::take_on(&mut w, i, Team::Forensic);
        after(&mut w, i, Hazard::Suicide);
        w.wards.close_day();
        assert_eq!((w.wards.used(Ward::Supported), w.wards.used(Ward::Forensic)), (0, 0));
        assert_eq!((w.logged(i, Event::Suicide).len(), w.logged(i, Event::Death).len()), (1, 0));
        w.must_hold();
    }

    #[test]
    fn nobody_acts_who_has_died_today() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        w.happens_today(i, Hazard::Relapse);
        after(&mut w, i, Hazard::Death);
        assert!(!w.case(i).clinical.unwell && w.logged(i, Event::Unwell).is_empty());
    }

    #[test]
    fn a_relapse_in_prison_is_still_to_be_seen() {
        let mut w = World::small();
        for place in [Place::Remand, Place::Prison] {
            let i = w.put_with(place, Legal::None, |c| c.route = Route::Recall);
            after(&mut w, i, Hazard::Relapse);
            let c = w.case(i);
            assert_eq!((c.stage, c.route, c.clinical.unwell), (Stage::Unseen, Route::Prison, true), "{}", place.name());
        }
    }

    #[test]
    fn a_relapse_leaves_a_prisoner_who_is_referred_already_in_the_queue() {
        let mut w = World::small();
        let i = prisoner(&mut w, Stage::Referred);
        w.unwell(i, false);
        after(&mut w, i, Hazard::Relapse);
        assert_eq!(w.case(i).stage, Stage::Referred);
    }

    #[test]
    fn a_relapse_in_hospital_costs_the_leave() {
        let mut w = World::small();
        let i = w.put_with(Place::Low, Legal::S37, |c| c.stage = Stage::UnescortedLeave);
        after(&mut w, i, Hazard::Relapse);
        let c = w.case(i);
        assert_eq!((c.stage, c.grade, c.setbacks), (Stage::Treatment, Stage::Treatment, 1));
    }

    #[test]
    fn a_relapse_in_the_community_brings_the_team_tomorrow() {
        let mut w = World::small();
        for place in [Place::Home, Place::Supported] {
            let i = w.put(place, Legal::None);
            after(&mut w, i, Hazard::Relapse);
            assert_eq!(w.due_in(i, Due::Contact), Some(1), "{}", place.name());
        }
    }

    #[test]
    fn a_prisoner_who_recovers_is_no_longer_referred() {
        for stage in [Stage::Unseen, Stage::Identified, Stage::Referred, Stage::Accepted] {
            let mut w = World::small();
            let i = prisoner(&mut w, stage);
            after(&mut w, i, Hazard::Recovery);
            let c = w.case(i);
            assert_eq!((c.stage, c.wait.is_none(), c.clinical.unwell), (Stage::AwaitingCourt, true, false));
        }
    }

    #[test]
    fn a_bed_that_is_held_and_a_bed_that_is_ordered_outlast_a_recovery() {
        let mut w = World::small();
        let held = prisoner(&mut w, Stage::BedHeld);
        let ordered = prisoner(&mut w, Stage::Accepted);
        w.case_mut(ordered).wait = Some(Wait { ordered: Some(Legal::S37), ..Wait::default() });
        w.happens_today(ordered, Hazard::Recovery);
        after(&mut w, held, Hazard::Recovery);
        assert_eq!((w.case(held).stage, w.case(ordered).stage), (Stage::BedHeld, Stage::Accepted));
        assert!(w.case(held).wait.is_some() && w.case(ordered).wait.is_some());
    }

    #[test]
    fn recovery_outside_prison_withdraws_nothing() {
        let mut w = World::small();
        let i = w.put_with(Place::Acute, Legal::S3, |c| c.stage = Stage::Referred);
        w.unwell(i, true);
        after(&mut w, i, Hazard::Recovery);
        assert_eq!((w.case(i).stage, w.case(i).clinical.unwell), (Stage::Referred, false));
    }

    #[test]
    fn an_assault_costs_the_leave_and_is_logged() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S37, |c| c.stage = Stage::EscortedLeave);
        after(&mut w, i, Hazard::Assault);
        assert_eq!((w.case(i).stage, w.case(i).setbacks), (Stage::Treatment, 1));
        assert_eq!(w.logged(i, Event::Assault).len(), 1);
    }

    #[test]
    fn a_need_that_is_noticed_is_identified_and_referred_tomorrow_or_late() {
        for late in [0.0, 1.0] {
            let mut w = World::small();
            w.p.referral.late_share = late;
            let i = prisoner(&mut w, Stage::Unseen);
            w.case_mut(i).wait = None;
            after(&mut w, i, Hazard::Noticed);
            assert_eq!((w.case(i).stage, w.case(i).identified()), (Stage::Identified, Some(w.today())));
            let days = w.due_in(i, Due::Refer).expect("to be referred");
            assert!(if late > 0.0 { days > 1 } else { days == 1 }, "{days}");
            assert_eq!(w.logged(i, Event::Clock), [(Label::NONE, Label::stage(Stage::Identified))]);
        }
    }

    #[test]
    fn nobody_is_noticed_who_is_no_longer_looked_for() {
        let mut w = World::small();
        let i = prisoner(&mut w, Stage::AwaitingCourt);
        after(&mut w, i, Hazard::Noticed);
        assert_eq!((w.case(i).stage, w.due_in(i, Due::Refer)), (Stage::AwaitingCourt, None));
    }

    #[test]
    fn every_hazard_of_the_phase_can_strike_anybody_anywhere() {
        for hazard in Hazard::ALL.into_iter().filter(|h| h.phase() == "illness") {
            let mut w = World::small();
            let places = Place::ALL.iter().filter(|p| !matches!(p, Place::Dead | Place::Left | Place::Awol));
            for place in places {
                let legal = if places::hospital(*place) { Legal::S3 } else { Legal::None };
                let i = w.put(*place, legal);
                w.happens_today(i, hazard);
                assert!(law::detained(legal) == places::hospital(*place));
            }
            evolve(&mut w);
            w.settle_in();
            w.live_tomorrow();
        }
    }
}
