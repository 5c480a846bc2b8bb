//! Being ready to leave: what is missing, what is arranged, and how readiness ends without a move. The only writer of a
//! case's readiness.

use enumset::EnumSet;

use crate::caseload::agenda::Due;
use crate::caseload::{Arrangement, Team};
use crate::codes::{AskedFor, Event, Label, Place, Purpose, Reason, Route, Stage};
use crate::ids::CaseId;
use crate::law;
use crate::law::places;
use crate::requests;
use crate::transitions::{grants, refusals, waiting};
use crate::world::World;
use crate::world::capacity::Ward;

/// What somebody who is to leave hospital lacks at first. A restricted patient lacks the Ministry's consent only from the day on
/// which place and team are arranged and it is asked: until then nobody waits for it.
pub fn to_leave() -> EnumSet<Reason> {
    Reason::Place | Reason::Team | Reason::Funding
}

/// Makes a patient ready to leave, and logs what is missing.
pub fn make_ready(world: &mut World, i: CaseId, missing: EnumSet<Reason>) {
    let today = world.today();
    let held = world.case(i).stage;
    if held != Stage::Ready {
        world.set_grade(i, held);
    }
    world.case_mut(i).readiness.since.get_or_insert(today);
    world.set_stage(i, Stage::Ready);
    set_missing(world, i, missing);
}

/// Refers to the tier below; a restricted patient needs the Ministry's consent to the transfer.
pub fn step_down(world: &mut World, i: CaseId) {
    let Some(tier) = places::below(world.case(i).place) else { return };
    let restricted = law::restricted(world.case(i).legal);
    world.set_route(i, Route::StepDown);
    let consent = if restricted { EnumSet::only(Reason::Consent) } else { EnumSet::empty() };
    make_ready(world, i, consent | Reason::NextBed);
    waiting::ask_assessment(world, i, tier);
    if restricted {
        requests::ministry(world, i, AskedFor::Transfer);
    }
}

/// Refers an inpatient to another tier; the move of a restricted patient needs a consent of its own (s41(3)(c)(ii)).
pub fn refer_inpatient(world: &mut World, i: CaseId, route: Route, tier: Place) {
    end(world, i);
    world.set_route(i, route);
    waiting::identify(world, i);
    world.set_stage(i, Stage::Referred);
    waiting::ask_assessment(world, i, tier);
    if law::restricted(world.case(i).legal) {
        requests::ministry(world, i, AskedFor::Transfer);
    }
}

/// Ends readiness: what was arranged is given up.
pub fn unready(world: &mut World, i: CaseId) {
    give_up_arrangement(world, i);
    waiting::leave_queue(world, i);
    refusals::forget(world, i);
    let c = world.case_mut(i);
    c.readiness.since = None;
    c.readiness.consent = false;
    c.due.set(Due::Discharge, None);
    c.due.set(Due::Remission, None);
    set_missing(world, i, EnumSet::empty());
}

/// Ends readiness because consent or a warrant was refused: back to the leave that was held.
pub fn back_to_leave(world: &mut World, i: CaseId) {
    unready(world, i);
    let grade = world.case(i).grade;
    world.set_stage(i, if grade == Stage::None { Stage::Treatment } else { grade });
}

/// Notes that the tribunal has agreed, to take effect when place and team are there.
pub fn consent(world: &mut World, i: CaseId) {
    world.case_mut(i).readiness.consent = true;
}

/// Notes that the Ministry has agreed: consent is no longer missing.
pub fn agree(world: &mut World, i: CaseId) {
    consent(world, i);
    no_longer_missing(world, i, EnumSet::only(Reason::Consent));
}

/// Takes what is arranged, place and team, out of what is free.
pub fn arrange(world: &mut World, i: CaseId, arrangement: Arrangement) {
    for (which, ward) in wards(&arrangement).into_iter().enumerate() {
        let Some(ward) = ward else { continue };
        world.wards.take(ward, arrangement.area);
        let granted = grants::arrange(world, i, which, ward);
        if !arrangement.aftercare_pays && !granted {
            world.wards.commission(ward, arrangement.area, true);
        }
    }
    world.case_mut(i).readiness.arranged = Some(arrangement);
}

/// What an arrangement takes up of the places and teams that are counted by area.
pub fn wards(arrangement: &Arrangement) -> [Option<Ward>; 2] {
    [Ward::of(arrangement.place), arrangement.team.map(ward_of)]
}

/// The caseload of a community team, as it is counted by area.
pub const fn ward_of(team: Team) -> Ward {
    match team {
        Team::Forensic => Ward::Forensic,
        Team::Mainstream => Ward::Mainstream,
    }
}

/// Gives an arranged place and team back.
pub fn give_up_arrangement(world: &mut World, i: CaseId) {
    if let Some(arrangement) = take_up(world, i) {
        for (which, ward) in wards(&arrangement).into_iter().enumerate() {
            let Some(ward) = ward else { continue };
            world.wards.give(ward, arrangement.area);
            let granted = grants::give_up(world, i, which, ward);
            if !arrangement.aftercare_pays && !granted {
                world.wards.commission(ward, arrangement.area, false);
            }
        }
    }
}

/// Takes up what is arranged: it is no longer only arranged.
pub fn take_up(world: &mut World, i: CaseId) -> Option<Arrangement> {
    world.case_mut(i).readiness.arranged.take()
}

/// Ends readiness with the move: what it rested on is used up.
pub fn end(world: &mut World, i: CaseId) {
    world.case_mut(i).readiness.consent = false;
}

/// Forgets since when a person is ready: the move ends it.
pub fn forget_since(world: &mut World, i: CaseId) {
    world.case_mut(i).readiness.since = None;
}

/// Takes reasons off what is missing.
pub fn no_longer_missing(world: &mut World, i: CaseId, reasons: EnumSet<Reason>) {
    set_missing(world, i, world.case(i).readiness.missing - reasons);
}

/// Sets what is missing, and logs it when it changes.
pub fn set_missing(world: &mut World, i: CaseId, missing: EnumSet<Reason>) {
    let before = world.case(i).readiness.missing;
    if before != missing {
        world.case_mut(i).readiness.missing = missing;
        world.event(i, Event::Blocked, Label::reasons(before), Label::reasons(missing), None, Purpose::None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Days;
    use crate::caseload::{Bed, HeldBed};
    use crate::codes::{Legal, Place, Route};
    use crate::ids::UnitId;

    fn supported() -> Arrangement {
        Arrangement { place: Place::Supported, area: 1, team: Some(Team::Forensic), aftercare_pays: true }
    }

    fn patient(w: &mut World) -> CaseId {
        w.put_with(Place::Medium, Legal::S37, |c| c.stage = Stage::UnescortedLeave)
    }

    fn taken(w: &mut World) -> [i32; 2] {
        w.wards.close_day();
        [Ward::Supported, Ward::Forensic].map(|ward| w.wards.used_in(ward, 1))
    }

    #[test]
    fn who_is_made_ready_is_ready_since_the_first_time_and_keeps_the_leave() {
        let mut w = World::small();
        let i = patient(&mut w);
        let first = w.today();
        make_ready(&mut w, i, Reason::Place.into());
        w.pass(20);
        make_ready(&mut w, i, Reason::Funding.into());
        let c = w.case(i);
        assert_eq!((c.stage, c.grade, c.readiness.since), (Stage::Ready, Stage::UnescortedLeave, Some(first)));
        assert_eq!(c.readiness.missing, Reason::Funding);
    }

    #[test]
    fn what_is_missing_is_logged_when_it_changes_and_not_before() {
        let mut w = World::small();
        let i = patient(&mut w);
        let (place, none) = (EnumSet::only(Reason::Place), EnumSet::empty());
        set_missing(&mut w, i, none);
        set_missing(&mut w, i, place);
        set_missing(&mut w, i, place);
        no_longer_missing(&mut w, i, Reason::Team.into());
        no_longer_missing(&mut w, i, Reason::Place | Reason::Team);
        let (nothing, a_place) = (Label::reasons(none), Label::reasons(place));
        assert_eq!(w.logged(i, Event::Blocked), [(nothing, a_place), (a_place, nothing)]);
    }

    #[test]
    fn an_arrangement_takes_a_place_and_a_team_and_giving_it_up_gives_both_back() {
        let mut w = World::small();
        let i = patient(&mut w);
        arrange(&mut w, i, supported());
        assert_eq!((taken(&mut w), w.case(i).readiness.arranged), ([1, 1], Some(supported())));
        give_up_arrangement(&mut w, i);
        assert_eq!((taken(&mut w), w.case(i).readiness.arranged), ([0, 0], None));
        give_up_arrangement(&mut w, i);
        assert_eq!(taken(&mut w), [0, 0]);
    }

    #[test]
    fn what_is_taken_up_is_not_given_back() {
        let mut w = World::small();
        let i = patient(&mut w);
        arrange(&mut w, i, supported());
        assert_eq!(take_up(&mut w, i), Some(supported()));
        assert_eq!((taken(&mut w), take_up(&mut w, i)), ([1, 1], None));
    }

    #[test]
    fn an_arrangement_takes_up_what_is_counted_of_it() {
        let of = |place, team| wards(&Arrangement { place, area: 0, team, aftercare_pays: false });
        assert_eq!(of(Place::Home, None), [None, None]);
        assert_eq!(of(Place::Home, Some(Team::Mainstream)), [None, Some(Ward::Mainstream)]);
        assert_eq!(of(Place::LockedRehab, None), [Some(Ward::LockedRehab), None]);
        assert_eq!(of(Place::Supported, Some(Team::Forensic)), [Some(Ward::Supported), Some(Ward::Forensic)]);
    }

    #[test]
    fn who_is_no_longer_ready_has_nothing_arranged_agreed_or_due() {
        let mut w = World::small();
        let i = patient(&mut w);
        make_ready(&mut w, i, Reason::Consent.into());
        arrange(&mut w, i, supported());
        consent(&mut w, i);
        w.schedule_in(i, Due::Discharge, Days::rounded_up(3.0));
        w.schedule_in(i, Due::Remission, Days::rounded_up(3.0));
        unready(&mut w, i);
        let r = w.case(i).readiness;
        assert_eq!((r.since, r.consent, r.arranged, r.missing), (None, false, None, EnumSet::empty()));
        assert_eq!((w.due_in(i, Due::Discharge), w.due_in(i, Due::Remission)), (None, None));
        assert_eq!(taken(&mut w), [0, 0]);
    }

    #[test]
    fn who_is_no_longer_ready_gives_the_bed_below_back() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S37, |c| c.route = Route::StepDown);
        make_ready(&mut w, i, Reason::NextBed.into());
        waiting::accept(&mut w, i, Place::Low);
        w.units[UnitId(4)].held += 1;
        waiting::hold(&mut w, i, HeldBed { bed: Bed::Unit(UnitId(4)), other: false, spot: false });
        unready(&mut w, i);
        assert_eq!((w.units[UnitId(4)].held, w.case(i).held, w.case(i).queued()), (0, None, None));
        w.must_hold();
    }

    #[test]
    fn who_is_refused_goes_back_to_the_leave_that_was_held() {
        let mut w = World::small();
        for (grade, stage) in [(Stage::EscortedLeave, Stage::EscortedLeave), (Stage::None, Stage::Treatment)] {
            let i = patient(&mut w);
            make_ready(&mut w, i, Reason::Consent.into());
            w.case_mut(i).grade = grade;
            back_to_leave(&mut w, i);
            assert_eq!((w.case(i).stage, w.case(i).readiness.since), (stage, None));
        }
    }

    #[test]
    fn agreement_takes_consent_off_what_is_missing_and_nothing_else() {
        let mut w = World::small();
        let i = patient(&mut w);
        make_ready(&mut w, i, Reason::Consent | Reason::Place);
        agree(&mut w, i);
        let r = w.case(i).readiness;
        assert_eq!((r.consent, r.missing), (true, Reason::Place.into()));
        end(&mut w, i);
        assert!(!w.case(i).readiness.consent);
        forget_since(&mut w, i);
        assert_eq!(w.case(i).readiness.since, None);
    }
}
