//! Waiting for a bed: identified, referred, assessed, accepted, a bed held, withdrawn. The only writer of a case's wait and of
//! the bed that is held for it.

use crate::calendar::Days;
use crate::caseload::agenda::Due;
use crate::caseload::{Bed, Case, HeldBed, Wait};
use crate::codes::{AskedFor, Event, Label, Legal, Place, Purpose, Route, Stage};
use crate::ids::CaseId;
use crate::law::places;
use crate::levers::Lever;
use crate::requests;
use crate::world::World;
use crate::world::capacity::Ward;

/// The wait of a case, which begins here if there is none.
fn wait(world: &mut World, i: CaseId) -> &mut Wait {
    if world.case(i).wait.is_none() {
        world.queues.waits.push(i);
    }
    world.case_mut(i).wait.get_or_insert_default()
}

/// Notes that the need for a bed is identified today: the clinical clock starts.
pub fn identify(world: &mut World, i: CaseId) {
    let today = world.today();
    wait(world, i).identified = Some(today);
}

/// Notes that a bed is needed from today on, unless that was known before.
pub fn need(world: &mut World, i: CaseId) {
    let today = world.today();
    wait(world, i).identified.get_or_insert(today);
}

/// Notes that a team doesn't think hospital is needed, for now: no clock runs, nor does that of a referral that was refused.
pub fn put_off(world: &mut World, i: CaseId) {
    let w = wait(world, i);
    (w.identified, w.referred, w.requested) = (None, None, None);
}

/// Refers to a tier: the statutory clock starts, the team of the tier is asked for an assessment, and the medical reports on a
/// prisoner are asked for.
pub fn refer(world: &mut World, i: CaseId, tier: Place) {
    let today = world.today();
    let w = wait(world, i);
    w.referred = Some(today);
    w.requested.get_or_insert(today);
    w.passes = 0;
    world.set_stage(i, Stage::Referred);
    ask_assessment(world, i, tier);
    ask_reports(world, i);
}

/// Passes a referral on to a unit of another tier, which assesses in its turn.
pub fn pass_on(world: &mut World, i: CaseId, tier: Place) {
    let w = wait(world, i);
    w.passes = w.passes.saturating_add(1);
    ask_assessment(world, i, tier);
}

/// Whether one assessment of this referral holds for every unit and tier: no second look, and no passing on.
pub fn single_assessment(world: &World, i: CaseId) -> bool {
    let c = world.case(i);
    let reach = world.lever(Lever::SingleAssessment, c.area);
    let referred = c.requested().or(c.readiness.since).or(c.identified()).unwrap_or_default();
    reach > 0.0 && world.draw_in_round(i, Purpose::SingleAssessment, 0, referred) < reach
}

/// Whether admission needs a warrant, and the warrant both medical reports: a prisoner's, unless a court has made its order.
fn needs_warrant(c: &Case) -> bool {
    c.route == Route::Prison && places::prison(c.place) && c.ordered().is_none()
}

/// Asks for the two medical reports where a warrant needs them, unless they are there or being written.
fn ask_reports(world: &mut World, i: CaseId) {
    let (c, today) = (world.case(i), world.today());
    let written = c.wait.is_some_and(|w| w.reported.is_some());
    let under_way = c.due.get(Due::Reports).is_some_and(|day| day > today);
    if needs_warrant(c) && !written && !under_way {
        let saved = world.lever(Lever::ReportsOnTime, c.area);
        let median = world.p.referral.report_days * (1.0 - saved);
        let days = world.delay(i, Purpose::ReportDelay, median, world.p.referral.report_sigma);
        world.schedule_in(i, Due::Reports, days);
    }
}

/// Whether both reports are there, and young enough for the Ministry.
fn reports_stand(world: &World, i: CaseId) -> bool {
    let valid = world.p.referral.reports_valid;
    world.case(i).wait.and_then(|w| w.reported).is_some_and(|day| f64::from(world.today() - day) <= valid)
}

/// Asks the team of a tier for an assessment.
pub fn ask_assessment(world: &mut World, i: CaseId, tier: Place) {
    let assessor = world.commissioner(world.case(i).area, tier);
    world.case_mut(i).target = tier;
    let w = wait(world, i);
    w.assessor = Some(assessor);
    w.assessments = 0;
    w.queued = None;
    world.queues.assess[assessor.index()].push(i);
}

/// Counts an assessment that was made.
pub fn count_assessment(world: &mut World, i: CaseId) {
    let w = wait(world, i);
    w.assessments = w.assessments.saturating_add(1);
}

/// Counts a refusal, and returns how many there were in this referral.
pub fn count_refusal(world: &mut World, i: CaseId) -> u8 {
    let w = wait(world, i);
    w.refusals = w.refusals.saturating_add(1);
    w.refusals
}

/// Accepts a person at a tier: the bed queue, and for prisoners the two medical reports, where nobody has asked for them yet.
pub fn accept(world: &mut World, i: CaseId, tier: Place) {
    let today = world.today();
    world.case_mut(i).target = tier;
    let w = wait(world, i);
    w.queued = Some(today);
    w.identified.get_or_insert(today);
    let route = world.case(i).route;
    if route != Route::StepDown {
        world.set_stage(i, Stage::Accepted);
    }
    ask_reports(world, i);
    world.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Accepted), None, Purpose::Assessment);
    // A defendant on bail or remand whose bed waits for the court's order joins the queue when it is made.
    if route != Route::Court || world.case(i).ordered().is_some() {
        world.queues.beds.push(i);
    }
}

/// Notes a court's order to hospital: admitted as soon as there is a bed, within so many days.
pub fn order(world: &mut World, i: CaseId, status: Legal, within: Days) {
    let today = world.today();
    let w = wait(world, i);
    w.ordered = Some(status);
    w.identified.get_or_insert(today);
    world.set_route(i, Route::Court);
    world.set_stage(i, Stage::Accepted);
    if !world.queues.beds.contains(&i) {
        world.queues.beds.push(i);
    }
    // The order needs no warrant, nor the reports for one.
    world.caseload.cancel(i, Due::Reports);
    if world.case(i).asked == Some(AskedFor::Admission) {
        requests::ministry_done(world, i);
    }
    world.schedule_in(i, Due::Lapse, within);
}

/// Notes that both medical reports are in; where a bed is held already, the Ministry is asked for a warrant.
pub fn reports_arrive(world: &mut World, i: CaseId) {
    let today = world.today();
    wait(world, i).reported = Some(today);
    if world.case(i).stage == Stage::BedHeld {
        apply_for_warrant(world, i);
    }
}

/// Holds a bed for a case: the admission is scheduled, or first a warrant asked for. Reports that have lapsed meanwhile are made
/// anew, while the bed stands empty.
pub fn hold(world: &mut World, i: CaseId, held: HeldBed) {
    let c = world.case_mut(i);
    c.held = Some(held);
    if c.stage == Stage::Ready {
        requests::admission(world, i);
        return;
    }
    let warrant = needs_warrant(c);
    world.set_stage(i, Stage::BedHeld);
    if !warrant {
        requests::admission(world, i);
    } else if reports_stand(world, i) {
        apply_for_warrant(world, i);
    } else {
        wait(world, i).reported = None;
        ask_reports(world, i);
    }
}

/// Both reports are in and a bed is held: the Ministry's clock starts.
fn apply_for_warrant(world: &mut World, i: CaseId) {
    let today = world.today();
    wait(world, i).at_ministry.get_or_insert(today);
    world.set_stage(i, Stage::Reported);
    world.event(i, Event::Clock, Label::NONE, Label::stage(Stage::Reported), None, Purpose::ReportDelay);
    requests::ministry(world, i, AskedFor::Admission);
}

/// Ends a wait for hospital: nobody waits for this person any more.
pub fn withdraw(world: &mut World, i: CaseId) {
    give_up_bed(world, i);
    requests::ministry_done(world, i);
    let c = world.case_mut(i);
    c.wait = None;
    for due in [Due::Refer, Due::Assessed, Due::Reports, Due::Consent] {
        c.due.set(due, None);
    }
    world.rest(i);
}

/// Ends the wait of an inpatient for the next tier: leaves the queue, and gives a held bed back.
pub fn leave_queue(world: &mut World, i: CaseId) {
    let c = world.case(i);
    if c.queued().is_some() && c.held.is_some() {
        give_up_bed(world, i);
    }
    end(world, i);
}

/// Gives a held bed back.
pub fn give_up_bed(world: &mut World, i: CaseId) {
    // The bed of somebody absent is kept for the return.
    if let Some(held) = world.case(i).held.filter(|_| world.case(i).place != Place::Awol) {
        match held.bed {
            Bed::Unit(unit) => world.units[unit].held -= 1,
            Bed::Picu { area } => world.wards.give(Ward::Picu, area),
        }
        world.case_mut(i).held = None;
        world.caseload.cancel(i, Due::Admission);
        if world.case(i).awaits_ward {
            world.schedule_in(i, Due::Admission, Days::ONE);
        }
    }
    world.caseload.cancel(i, Due::Lapse);
}

/// Keeps the bed of somebody who is absent without leave, on the terms on which it is paid for.
pub fn keep_bed(world: &mut World, i: CaseId, bed: Bed) {
    let c = world.case_mut(i);
    c.held = Some(HeldBed { bed, other: c.placement.out_of_area, spot: c.placement.spot });
}

/// Takes up the held bed: the wait is over.
pub fn take_bed(world: &mut World, i: CaseId) -> Option<HeldBed> {
    world.case_mut(i).held.take()
}

/// Ends the wait with an admission.
pub fn end(world: &mut World, i: CaseId) {
    world.case_mut(i).wait = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{Diagnosis, Reason};
    use crate::ids::{CommissionerId, UnitId};
    use crate::transitions::readiness;

    fn prisoner(w: &mut World) -> CaseId {
        w.put_with(Place::Remand, Legal::None, |c| {
            c.stage = Stage::Unseen;
            c.clinical.unwell = true;
            c.diagnoses |= Diagnosis::Psychosis;
        })
    }

    fn held(unit: u16) -> HeldBed {
        HeldBed { bed: Bed::Unit(UnitId(unit)), other: false, spot: false }
    }

    /// Holds a bed of the first medium secure unit for men.
    fn hold_medium(w: &mut World, i: CaseId) {
        w.units[UnitId(2)].held += 1;
        hold(w, i, held(2));
    }

    #[test]
    fn a_need_is_identified_anew_and_needed_since_the_first_time() {
        let mut w = World::small();
        let i = prisoner(&mut w);
        let first = w.today();
        need(&mut w, i);
        w.pass(5);
        need(&mut w, i);
        assert_eq!(w.case(i).identified(), Some(first));
        identify(&mut w, i);
        assert_eq!(w.case(i).identified(), Some(first + 5));
    }

    #[test]
    fn the_statutory_clock_starts_with_the_first_referral() {
        let mut w = World::small();
        let i = prisoner(&mut w);
        let first = w.today();
        refer(&mut w, i, Place::Medium);
        w.pass(9);
        refer(&mut w, i, Place::High);
        let c = w.case(i);
        assert_eq!((c.stage, c.target, c.requested()), (Stage::Referred, Place::High, Some(first)));
        assert_eq!(c.assessor(), Some(CommissionerId(2)));
        assert_eq!((w.queues.assess[0].clone(), w.queues.assess[2].clone()), (vec![i], vec![i]));
    }

    #[test]
    fn another_referral_counts_its_assessments_afresh_and_its_refusals_on() {
        let mut w = World::small();
        let i = prisoner(&mut w);
        refer(&mut w, i, Place::Medium);
        count_assessment(&mut w, i);
        assert_eq!(count_refusal(&mut w, i), 1);
        assert_eq!(w.case(i).wait.map(|wait| (wait.assessments, wait.refusals)), Some((1, 1)));
        refer(&mut w, i, Place::Low);
        assert_eq!(w.case(i).wait.map(|wait| (wait.assessments, wait.refusals)), Some((0, 1)));
        assert_eq!(count_refusal(&mut w, i), 2);
    }

    #[test]
    fn a_prisoner_who_is_accepted_queues_while_the_reports_are_written() {
        let mut w = World::small();
        let i = prisoner(&mut w);
        accept(&mut w, i, Place::Medium);
        let c = w.case(i);
        assert_eq!(
            (c.stage, c.target, c.queued(), c.identified()),
            (Stage::Accepted, Place::Medium, Some(w.today()), Some(w.today()))
        );
        assert!(w.due_in(i, Due::Reports).is_some_and(|days| days > 0));
        assert_eq!(w.queues.beds, [i]);
        assert_eq!(w.logged(i, Event::Clock), [(Label::NONE, Label::stage(Stage::Accepted))]);
    }

    #[test]
    fn who_steps_down_stays_ready_and_needs_no_reports() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S37, |c| (c.stage, c.route) = (Stage::Ready, Route::StepDown));
        accept(&mut w, i, Place::Low);
        assert_eq!((w.case(i).stage, w.due_in(i, Due::Reports)), (Stage::Ready, None));
        assert_eq!(w.queues.beds, [i]);
    }

    #[test]
    fn a_defendant_who_is_accepted_joins_the_queue_when_the_court_has_ordered() {
        let mut w = World::small();
        let i = w.put_with(Place::Home, Legal::None, |c| (c.route, c.offending.charged) = (Route::Court, true));
        accept(&mut w, i, Place::Medium);
        assert!(w.queues.beds.is_empty() && w.case(i).stage == Stage::Accepted);
        order(&mut w, i, Legal::S37, Days::rounded_up(28.0));
        assert_eq!((w.queues.beds.clone(), w.case(i).ordered()), (vec![i], Some(Legal::S37)));
        assert_eq!(w.due_in(i, Due::Lapse), Some(28));
        accept(&mut w, i, Place::Low);
        assert_eq!(w.queues.beds, [i, i]);
    }

    #[test]
    fn an_order_makes_a_prisoner_who_queues_already_a_case_of_the_court() {
        let mut w = World::small();
        let i = prisoner(&mut w);
        accept(&mut w, i, Place::Medium);
        w.pass(3);
        order(&mut w, i, Legal::S38, Days::rounded_up(7.0));
        assert_eq!((w.case(i).route, w.queues.beds.clone()), (Route::Court, vec![i]));
        assert_eq!(w.case(i).identified(), Some(w.today() - 3));
    }

    #[test]
    fn an_order_needs_neither_the_reports_nor_the_warrant_of_a_transfer() {
        let mut w = World::small();
        let i = prisoner(&mut w);
        accept(&mut w, i, Place::Medium);
        assert!(w.due_in(i, Due::Reports).is_some());
        order(&mut w, i, Legal::S37, Days::rounded_up(28.0));
        assert_eq!(w.due_in(i, Due::Reports), None);
        hold_medium(&mut w, i);
        assert_eq!((w.case(i).stage, w.case(i).asked), (Stage::BedHeld, None));
        assert!(w.due_in(i, Due::Admission).is_some());
    }

    #[test]
    fn a_prisoner_needs_a_bed_both_reports_and_a_warrant_in_any_order() {
        for reports_first in [true, false] {
            let mut w = World::small();
            let i = prisoner(&mut w);
            accept(&mut w, i, Place::Medium);
            if reports_first {
                reports_arrive(&mut w, i);
                assert_eq!(w.case(i).stage, Stage::Accepted);
                hold_medium(&mut w, i);
            } else {
                hold_medium(&mut w, i);
                assert_eq!((w.case(i).stage, w.case(i).asked), (Stage::BedHeld, None));
                reports_arrive(&mut w, i);
            }
            let c = w.case(i);
            assert_eq!((c.stage, c.asked), (Stage::Reported, Some(AskedFor::Admission)));
            assert_eq!(c.wait.and_then(|wait| wait.at_ministry), Some(w.today()));
            assert!(w.due_in(i, Due::Consent).is_some() && w.due_in(i, Due::Admission).is_none());
        }
    }

    #[test]
    fn reports_that_have_lapsed_are_made_anew_before_the_ministry_is_asked() {
        for (valid, asked) in [(60.0, Some(AskedFor::Admission)), (59.0, None)] {
            let mut w = World::small();
            w.p.referral.reports_valid = valid;
            let i = prisoner(&mut w);
            refer(&mut w, i, Place::Medium);
            reports_arrive(&mut w, i);
            w.pass(60);
            accept(&mut w, i, Place::Medium);
            hold_medium(&mut w, i);
            assert_eq!(w.case(i).asked, asked, "valid for {valid} days");
            if asked.is_none() {
                assert!(w.case(i).stage == Stage::BedHeld && w.due_in(i, Due::Reports).is_some_and(|days| days > 0));
                reports_arrive(&mut w, i);
                assert_eq!((w.case(i).stage, w.case(i).asked), (Stage::Reported, Some(AskedFor::Admission)));
            }
        }
    }

    #[test]
    fn whoever_needs_no_warrant_is_admitted_to_the_held_bed() {
        let mut w = World::small();
        let recalled = w.put_with(Place::Home, Legal::Cd, |c| c.route = Route::Recall);
        accept(&mut w, recalled, Place::Medium);
        let ordered = prisoner(&mut w);
        order(&mut w, ordered, Legal::S37, Days::rounded_up(28.0));
        // However the person came to need a bed, the court's order needs no warrant.
        w.case_mut(ordered).route = Route::Prison;
        let down = w.put_with(Place::Medium, Legal::S37, |c| (c.stage, c.route) = (Stage::Ready, Route::StepDown));
        for (i, stage) in [(recalled, Stage::BedHeld), (ordered, Stage::BedHeld), (down, Stage::Ready)] {
            hold_medium(&mut w, i);
            assert_eq!((w.case(i).stage, w.case(i).held), (stage, Some(held(2))));
            assert!(w.due_in(i, Due::Admission).is_some() && w.case(i).asked.is_none());
        }
    }

    #[test]
    fn who_is_withdrawn_gives_the_bed_back_and_waits_for_nothing() {
        let mut w = World::small();
        let i = prisoner(&mut w);
        accept(&mut w, i, Place::Medium);
        reports_arrive(&mut w, i);
        hold_medium(&mut w, i);
        w.schedule_in(i, Due::Lapse, Days::rounded_up(9.0));
        withdraw(&mut w, i);
        let c = w.case(i);
        assert_eq!((c.stage, c.asked, c.held), (Stage::Unseen, None, None), "ill still, and to be noticed again");
        assert!(c.wait.is_none());
        assert_eq!(w.units[UnitId(2)].held, 0);
        for due in [Due::Refer, Due::Assessed, Due::Reports, Due::Consent, Due::Admission, Due::Lapse] {
            assert_eq!(w.due_in(i, due), None, "{}", due.name());
        }
        w.must_hold();
    }

    #[test]
    fn where_a_withdrawn_person_stands_depends_on_place_and_charge() {
        let mut w = World::small();
        let stages = [
            (w.put_with(Place::Prison, Legal::None, |c| c.stage = Stage::Referred), Stage::None),
            (w.put_with(Place::Home, Legal::None, |c| c.offending.charged = true), Stage::AwaitingCourt),
            (w.put_with(Place::Low, Legal::S37, |c| c.grade = Stage::UnescortedLeave), Stage::UnescortedLeave),
            (w.put_with(Place::Acute, Legal::S3, |c| c.grade = Stage::None), Stage::Treatment),
        ];
        for (i, stage) in stages {
            refer(&mut w, i, Place::Medium);
            withdraw(&mut w, i);
            assert_eq!(w.case(i).stage, stage);
        }
    }

    #[test]
    fn who_leaves_the_queue_waits_no_more_and_gives_the_bed_back() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S37, |c| c.route = Route::StepDown);
        readiness::make_ready(&mut w, i, Reason::NextBed.into());
        ask_assessment(&mut w, i, Place::Low);
        accept(&mut w, i, Place::Low);
        w.units[UnitId(4)].held += 1;
        hold(&mut w, i, held(4));
        leave_queue(&mut w, i);
        let c = w.case(i);
        assert_eq!((c.queued(), c.assessor(), c.held), (None, None, None));
        assert!(c.wait.is_none());
        assert_eq!((w.units[UnitId(4)].held, w.due_in(i, Due::Admission)), (0, None));
    }

    #[test]
    fn a_held_picu_bed_is_given_back_to_its_area() {
        let mut w = World::small();
        let i = prisoner(&mut w);
        w.wards.take(Ward::Picu, 1);
        hold(&mut w, i, HeldBed { bed: Bed::Picu { area: 1 }, other: true, spot: false });
        give_up_bed(&mut w, i);
        w.wards.close_day();
        assert_eq!((w.wards.used(Ward::Picu), w.case(i).held), (0, None));
        give_up_bed(&mut w, i);
        w.wards.close_day();
        w.must_hold();
    }

    #[test]
    fn who_also_waits_for_an_acute_ward_goes_on_waiting_for_it() {
        let mut w = World::small();
        let i = w.put_with(Place::Home, Legal::Cd, |c| (c.route, c.awaits_ward) = (Route::Recall, true));
        hold_medium(&mut w, i);
        give_up_bed(&mut w, i);
        assert_eq!(w.due_in(i, Due::Admission), Some(1));
    }

    #[test]
    fn the_bed_of_somebody_absent_is_not_given_up() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::S37);
        w.case_mut(i).place = Place::Awol;
        w.units[UnitId(2)].held += 1;
        keep_bed(&mut w, i, Bed::Unit(UnitId(2)));
        give_up_bed(&mut w, i);
        assert_eq!((w.case(i).held, w.units[UnitId(2)].held), (Some(held(2)), 1));
        w.must_hold();
    }

    #[test]
    fn a_bed_is_taken_up_once_and_the_wait_ends() {
        let mut w = World::small();
        let i = prisoner(&mut w);
        accept(&mut w, i, Place::Medium);
        hold_medium(&mut w, i);
        assert_eq!(take_bed(&mut w, i), Some(held(2)));
        assert_eq!(take_bed(&mut w, i), None);
        end(&mut w, i);
        assert!(w.case(i).wait.is_none());
    }
}
