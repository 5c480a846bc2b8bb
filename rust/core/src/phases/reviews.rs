//! Phase 5: reviews. The responsible clinician looks at each inpatient on the review day, on readings; the patient answers to
//! treatment. What the clinician may answer is [`allowed`], what follows is done by [`apply`].

use enumset::EnumSet;

use crate::agents::{Kind, responsible_clinician};
use crate::calendar::Days;
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::codes::{AskedFor, Coding, Engagement, Place, Reason, Review, Route, Stage};
use crate::decisions::queue::DecisionQueue;
use crate::ids::CaseId;
use crate::law::{self, places, stages};
use crate::transitions::{leave, place, readiness};
use crate::world::World;
use crate::{readings, requests};

/// Phase 5.
pub fn review(world: &mut World) {
    // Everyone is asked about the state at the start of the phase, on today's readings; consequences come after.
    let (mut patients, mut clinicians, mut coders) =
        (DecisionQueue::new(), DecisionQueue::new(), DecisionQueue::<Coding>::new());
    for i in world.take_due(Due::Review) {
        let Some(unit) = world.case(i).placement.unit else { continue };
        let noise = world.agents.of(Kind::ResponsibleClinician).get(unit.index(), responsible_clinician::noise);
        readings::read(world, i, noise);
        if world.case(i).stage == Stage::Admission {
            world.set_stage(i, Stage::Treatment);
            world.set_grade(i, Stage::Treatment);
        }
        // Employment support is for people in the community.
        patients.add(i, !EnumSet::only(Engagement::Work));
        clinicians.add(i, allowed(world.case(i)));
        if to_code(world, i) {
            coders.add(i, EnumSet::all());
        }
        requests::review(world, i);
    }
    let met = world.ask(&patients);
    let answers = world.ask(&clinicians);
    let codes = world.ask(&coders);
    for (i, code) in coders.cases().iter().zip(codes) {
        place::code(world, *i, code == Coding::Complex);
    }
    for (i, answer) in patients.cases().iter().zip(met) {
        engage(world, *i, answer);
    }
    for (i, answer) in clinicians.cases().iter().zip(answers) {
        apply(world, *i, answer);
    }
}

/// Whether a patient is still to be coded: once a stay, at the first review under a contract that pays by need group.
fn to_code(world: &World, i: CaseId) -> bool {
    let c = world.case(i);
    let host = c.placement.unit.map(|unit| world.units[unit].commissioner);
    c.placement.coded.is_none() && host.is_some_and(|host| world.accounts.reach(host) > 0.0)
}

/// What the patient's own answer to treatment does.
fn engage(world: &mut World, i: CaseId, decided: Engagement) {
    let (step, hope) = (world.p.clinical.engagement_step, world.p.clinical.hope_step);
    let k = &mut world.case_mut(i).clinical;
    match decided {
        Engagement::Engage | Engagement::Work => k.engagement = (k.engagement + step).min(1.0),
        Engagement::Withhold => k.engagement = (k.engagement - step).max(0.0),
        Engagement::Anxious => {
            k.engagement = (k.engagement - step).max(0.0);
            k.change_hope(-hope);
        }
    }
}

/// What the law, and the patient's state, lets the clinician answer.
pub(crate) fn allowed(c: &Case) -> EnumSet<Review> {
    let mut allowed = EnumSet::only(Review::Stay);
    // The court alone moves, and gives leave from, a remand or an interim order.
    if law::by_court_alone(c.legal) {
        return allowed;
    }
    if c.stage == Stage::Ready {
        return allowed | Review::LessLeave;
    }
    if !stages::in_treatment(c.stage) {
        return allowed;
    }
    let pending = c.asked.is_some();
    if c.stage != Stage::Trial && !pending {
        allowed |= Review::MoreLeave;
    }
    if stages::escorted(c.stage) {
        allowed |= Review::LessLeave;
    }
    // High security takes only those who are liable to be detained.
    if places::above(c.place).is_some_and(|tier| tier != Place::High || law::detained(c.legal)) {
        allowed |= Review::StepUp;
    }
    if !pending && !law::awaits_court(c.legal) {
        if places::below(c.place).is_some() {
            allowed |= Review::StepDown;
        }
        // A serving prisoner can't be discharged to the community before release.
        if !c.sentenced() {
            allowed |= Review::Ready;
        }
    }
    if !pending && c.remittable() {
        allowed |= Review::Remit;
    }
    allowed
}

/// Does what the clinician has answered.
fn apply(world: &mut World, i: CaseId, decided: Review) {
    let legal = world.case(i).legal;
    match decided {
        Review::Stay => stay(world, i),
        Review::MoreLeave if law::restricted(legal) => requests::ministry(world, i, AskedFor::Leave),
        Review::MoreLeave => leave::more_leave(world, i),
        Review::LessLeave => leave::less_leave(world, i),
        Review::StepUp => step_up(world, i),
        Review::StepDown => readiness::step_down(world, i),
        Review::Ready => {
            readiness::make_ready(world, i, readiness::to_leave());
            world.schedule_in(i, Due::Discharge, Days::ONE);
        }
        Review::Remit => {
            let missing = if world.case(i).sentenced() { Reason::Prison } else { Reason::Court };
            readiness::make_ready(world, i, missing | Reason::Consent);
            requests::ministry(world, i, AskedFor::Remission);
        }
    }
}

/// Another quarter of waiting costs hope, for a patient who is ready.
fn stay(world: &mut World, i: CaseId) {
    if world.case(i).stage == Stage::Ready {
        let step = world.p.clinical.hope_step;
        world.case_mut(i).clinical.change_hope(-step);
    }
}

/// Refers to the tier above.
fn step_up(world: &mut World, i: CaseId) {
    let Some(tier) = places::above(world.case(i).place) else { return };
    let held = world.case(i).stage;
    world.set_grade(i, held);
    readiness::refer_inpatient(world, i, Route::StepUp, tier);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caseload::{Arrangement, Team};
    use crate::codes::{Decision, Event, Label, Legal};
    use crate::world::capacity::Ward;

    /// Days between two reviews, and by what share of them they vary.
    const EVERY: (f64, f64) = (91.0, 0.15);

    /// A patient of a medium secure unit at a stage of treatment, who is reviewed today with this answer.
    fn answered(legal: Legal, stage: Stage, answer: Review) -> (World, CaseId) {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, legal, |c| (c.stage, c.grade) = (stage, stage));
        reviewed(&mut w, i, answer);
        (w, i)
    }

    /// A case is reviewed today with this answer, and the patient takes part.
    fn reviewed(w: &mut World, i: CaseId, answer: Review) {
        w.says(answer);
        w.says(Engagement::Engage);
        w.due_today(i, Due::Review);
        review(w);
        w.must_hold();
    }

    #[test]
    fn who_is_reviewed_is_reviewed_again_after_about_a_quarter() {
        let (w, i) = answered(Legal::S3, Stage::Treatment, Review::Stay);
        let days = w.due_in(i, Due::Review).expect("a review is planned");
        assert!((f64::from(days) - EVERY.0).abs() <= EVERY.0 * EVERY.1 + 1.0, "{days}");
    }

    #[test]
    fn a_clinician_sees_a_reading_of_today() {
        let (w, i) = answered(Legal::S3, Stage::Treatment, Review::Stay);
        assert!(w.case(i).clinical.reading.is_some());
    }

    #[test]
    fn a_patient_is_coded_once_and_only_where_the_contract_pays_by_need_group() {
        let coded = |reach: f64, answer: Coding| {
            let mut w = World::small();
            w.accounts.cluster(vec![reach; 3]);
            w.says(answer);
            let i = w.put(Place::Medium, Legal::S3);
            reviewed(&mut w, i, Review::Stay);
            w.says(Coding::Standard);
            w.due_today(i, Due::Review);
            review(&mut w);
            w.case(i).placement.coded
        };
        assert_eq!(coded(0.0, Coding::Complex), None);
        assert_eq!([Coding::Complex, Coding::Standard].map(|c| coded(1.0, c)), [Some(true), Some(false)]);
    }

    #[test]
    fn who_is_just_admitted_is_in_treatment_from_the_first_review_on() {
        let (w, i) = answered(Legal::S3, Stage::Admission, Review::Stay);
        assert_eq!((w.case(i).stage, w.case(i).grade), (Stage::Treatment, Stage::Treatment));
    }

    #[test]
    fn nobody_is_reviewed_outside_a_secure_unit() {
        let mut w = World::small();
        let i = w.put(Place::Acute, Legal::S3);
        reviewed(&mut w, i, Review::MoreLeave);
        assert!(w.logged(i, Event::Decision).is_empty());
        assert_eq!(w.due_in(i, Due::Review), None);
    }

    #[test]
    fn an_unrestricted_patient_gains_leave_and_hope_at_once() {
        let (w, i) = answered(Legal::S3, Stage::Treatment, Review::MoreLeave);
        let c = w.case(i);
        assert_eq!((c.stage, c.grade, c.asked), (Stage::EscortedLeave, Stage::EscortedLeave, None));
        let (stayed, j) = answered(Legal::S3, Stage::Treatment, Review::Stay);
        let gained = c.clinical.hope - stayed.case(j).clinical.hope;
        assert!((gained - w.p.clinical.hope_step).abs() < 1e-12, "{gained}");
    }

    #[test]
    fn the_ministry_is_asked_for_the_leave_of_a_restricted_patient() {
        for legal in [Legal::S37S41, Legal::Cpia, Legal::S45A, Legal::S47S49] {
            let (w, i) = answered(legal, Stage::Treatment, Review::MoreLeave);
            assert_eq!((w.case(i).stage, w.case(i).asked), (Stage::Treatment, Some(AskedFor::Leave)));
            assert!(w.due_in(i, Due::Consent).is_some_and(|days| days > 0), "{}", legal.name());
        }
    }

    #[test]
    fn leave_is_taken_away_by_a_grade_without_asking_anybody() {
        for legal in [Legal::S3, Legal::S37S41] {
            let (w, i) = answered(legal, Stage::UnescortedLeave, Review::LessLeave);
            assert_eq!((w.case(i).stage, w.case(i).grade), (Stage::EscortedLeave, Stage::EscortedLeave));
            assert_eq!(w.case(i).asked, None, "{}", legal.name());
        }
    }

    #[test]
    fn who_is_ready_no_longer_is_keeps_the_leave_and_gives_the_place_back() {
        let mut w = World::small();
        let i = w.put_with(Place::Low, Legal::S3, |c| c.stage = Stage::UnescortedLeave);
        readiness::make_ready(&mut w, i, EnumSet::empty());
        let area = w.case(i).area;
        let to = Arrangement { place: Place::Supported, area, team: Some(Team::Mainstream), aftercare_pays: true };
        readiness::arrange(&mut w, i, to);
        reviewed(&mut w, i, Review::LessLeave);
        let c = w.case(i);
        assert_eq!((c.stage, c.readiness.since, c.readiness.arranged), (Stage::UnescortedLeave, None, None));
        w.wards.close_day();
        assert_eq!((w.wards.used_in(Ward::Supported, area), w.wards.used_in(Ward::Mainstream, area)), (0, 0));
    }

    #[test]
    fn a_step_up_is_a_referral_to_the_tier_above_which_keeps_the_leave() {
        let (w, i) = answered(Legal::S3, Stage::EscortedLeave, Review::StepUp);
        let c = w.case(i);
        assert_eq!((c.stage, c.route, c.target), (Stage::Referred, Route::StepUp, Place::High));
        assert_eq!((c.grade, c.identified()), (Stage::EscortedLeave, Some(w.today())));
        assert!(w.queues.assess[w.national().index()].contains(&i), "the national team is to assess");
    }

    #[test]
    fn a_step_down_of_an_unrestricted_patient_lacks_only_the_bed() {
        let (w, i) = answered(Legal::S3, Stage::UnescortedLeave, Review::StepDown);
        let c = w.case(i);
        assert_eq!((c.stage, c.route, c.target), (Stage::Ready, Route::StepDown, Place::Low));
        assert_eq!((c.readiness.missing, c.asked), (EnumSet::only(Reason::NextBed), None));
        assert_eq!((c.grade, c.readiness.since), (Stage::UnescortedLeave, Some(w.today())));
        assert!(w.queues.assess[w.collaborative(c.area).index()].contains(&i));
    }

    #[test]
    fn a_step_down_of_a_restricted_patient_lacks_consent_too() {
        let (w, i) = answered(Legal::S37S41, Stage::UnescortedLeave, Review::StepDown);
        assert_eq!(w.case(i).readiness.missing, Reason::NextBed | Reason::Consent);
        assert_eq!(w.case(i).asked, Some(AskedFor::Transfer));
    }

    #[test]
    fn who_is_ready_lacks_place_team_and_money_and_funders_look_tomorrow() {
        let lacks = Reason::Place | Reason::Team | Reason::Funding;
        // Nobody waits for a consent that isn't asked for yet.
        for (legal, missing) in [(Legal::S3, lacks), (Legal::S37S41, lacks)] {
            let (w, i) = answered(legal, Stage::UnescortedLeave, Review::Ready);
            assert_eq!((w.case(i).stage, w.case(i).readiness.missing), (Stage::Ready, missing));
            assert_eq!(w.due_in(i, Due::Discharge), Some(1), "{}", legal.name());
            assert_eq!(w.case(i).asked, None, "the Ministry is asked when a place is there: {}", legal.name());
            let change = (Label::reasons(EnumSet::empty()), Label::reasons(missing));
            assert_eq!(w.logged(i, Event::Blocked), [change], "{}", legal.name());
        }
    }

    #[test]
    fn a_remission_waits_for_consent_and_for_the_prison_or_the_court() {
        let reasons = [(Legal::S47S49, Reason::Prison), (Legal::S45A, Reason::Prison), (Legal::S48S49, Reason::Court)];
        for (legal, reason) in reasons {
            let (w, i) = answered(legal, Stage::Treatment, Review::Remit);
            let c = w.case(i);
            assert_eq!((c.stage, c.readiness.missing), (Stage::Ready, reason | Reason::Consent), "{}", legal.name());
            assert_eq!(c.asked, Some(AskedFor::Remission), "{}", legal.name());
        }
    }

    #[test]
    fn another_quarter_of_waiting_costs_the_ready_hope_and_nobody_else() {
        let lost = |stage: Stage| {
            let mut w = World::small();
            let i = w.put_with(Place::Medium, Legal::S3, |c| (c.stage, c.clinical.hope) = (stage, 0.5));
            reviewed(&mut w, i, Review::Stay);
            assert_eq!(w.case(i).stage, stage);
            0.5 - w.case(i).clinical.hope
        };
        assert!((lost(Stage::Ready) - World::small().p.clinical.hope_step).abs() < 1e-12);
        assert_eq!(lost(Stage::Treatment), 0.0);
    }

    #[test]
    fn hope_doesnt_fall_below_nothing() {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S3, |c| {
            (c.stage, c.clinical.hope) = (Stage::Ready, 0.0);
        });
        reviewed(&mut w, i, Review::Stay);
        assert_eq!(w.case(i).clinical.hope, 0.0);
    }

    #[test]
    fn a_patient_engages_more_or_less_by_a_step_and_anxiety_costs_hope() {
        let after = |answer: Engagement| {
            let mut w = World::small();
            let i = w.put_with(Place::Medium, Legal::S3, |c| (c.clinical.engagement, c.clinical.hope) = (0.5, 0.5));
            engage(&mut w, i, answer);
            let k = &w.case(i).clinical;
            let (step, hope) = (w.p.clinical.engagement_step, w.p.clinical.hope_step);
            (((k.engagement - 0.5) / step).round() as i32, ((k.hope - 0.5) / hope).round() as i32)
        };
        assert_eq!(after(Engagement::Engage), (1, 0));
        assert_eq!(after(Engagement::Withhold), (-1, 0));
        assert_eq!(after(Engagement::Anxious), (-1, -1));
    }

    #[test]
    fn engagement_stays_a_share() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S3);
        for answer in [Engagement::Engage, Engagement::Withhold, Engagement::Anxious] {
            (0..100).for_each(|_| engage(&mut w, i, answer));
            let k = &w.case(i).clinical;
            assert!((0.0..=1.0).contains(&k.engagement) && (0.0..=1.0).contains(&k.hope), "{}", answer.name());
        }
    }

    #[test]
    fn an_inpatient_isnt_offered_employment_support() {
        let mut w = World::small();
        w.says(Engagement::Work);
        let i = w.put(Place::Medium, Legal::S3);
        w.due_today(i, Due::Review);
        review(&mut w);
        let work = Label::answer(Decision::Engagement, Engagement::Work as u8);
        assert!(w.logged(i, Event::Decision).iter().all(|(_, answer)| *answer != work));
    }

    fn may(legal: Legal, place: Place, change: impl FnOnce(&mut Case)) -> EnumSet<Review> {
        let mut c = Case::new(crate::ids::PersonId(1), 0, 0, crate::codes::Sex::Male, 0);
        (c.legal, c.place, c.stage) = (legal, place, Stage::EscortedLeave);
        change(&mut c);
        allowed(&c)
    }

    #[test]
    fn while_the_ministry_is_asked_something_nothing_more_is_asked_of_it() {
        let open = may(Legal::S47S49, Place::Medium, |c| {
            (c.asked, c.offending.release) = (Some(AskedFor::Leave), Some(100));
        });
        assert_eq!(open, Review::Stay | Review::LessLeave | Review::StepUp);
    }

    #[test]
    fn who_waits_for_another_bed_just_stays() {
        for stage in [Stage::Referred, Stage::Accepted, Stage::BedHeld, Stage::Identified] {
            assert_eq!(may(Legal::S3, Place::Medium, |c| c.stage = stage), EnumSet::only(Review::Stay));
        }
    }

    #[test]
    fn who_is_ready_stays_ready_or_is_so_no_longer() {
        assert_eq!(may(Legal::S3, Place::Medium, |c| c.stage = Stage::Ready), Review::Stay | Review::LessLeave);
    }

    #[test]
    fn nobody_steps_below_low_or_above_high_security() {
        assert!(!may(Legal::S3, Place::Low, |_| {}).contains(Review::StepDown));
        assert!(!may(Legal::S3, Place::High, |_| {}).contains(Review::StepUp));
    }

    #[test]
    fn nobody_gains_leave_beyond_trial_leave_or_loses_what_isnt_held() {
        assert!(!may(Legal::S3, Place::Medium, |c| c.stage = Stage::Trial).contains(Review::MoreLeave));
        assert!(!may(Legal::S3, Place::Medium, |c| c.stage = Stage::Treatment).contains(Review::LessLeave));
    }

    #[test]
    fn a_serving_prisoner_isnt_ready_for_the_community() {
        let open = may(Legal::S47S49, Place::Medium, |c| c.offending.release = Some(100));
        assert!(!open.contains(Review::Ready) && open.contains(Review::Remit));
    }

    #[test]
    fn who_awaits_a_court_neither_steps_down_nor_is_ready() {
        for legal in [Legal::S35, Legal::S36, Legal::S38, Legal::S48S49] {
            let open = may(legal, Place::Medium, |c| c.offending.charged = true);
            assert!(!open.contains(Review::StepDown) && !open.contains(Review::Ready), "{}", legal.name());
        }
    }
}
