//! Phase 4: referrals and assessments, within the teams' capacity.
//!
//! In-reach teams, court liaison and wards are asked whether and where to refer; receiving units whether they accept, on what
//! [`allowed`] leaves them. What follows is done by [`refer`] and [`conclude`].

use enumset::EnumSet;

use crate::agents::{Kind, assessment_team, in_reach};
use crate::calendar::{Day, Days};
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::codes::{Assessment, Place, Purpose, Referral, Route, Spend, Stage};
use crate::decisions::queue::DecisionQueue;
use crate::ids::CaseId;
use crate::law;
use crate::law::places::bed_tier;
use crate::readings;
use crate::transitions::{waiting, wards_and_posts};
use crate::world::World;
use crate::world::priority::{self, Queue, order};
use crate::world::programmes::Post;

/// Phase 4.
pub fn work(world: &mut World) {
    for i in world.take_due(Due::Refer) {
        if world.case(i).stage == Stage::Identified {
            // Looked at again after a team has put it off: the need is identified today.
            waiting::need(world, i);
            let area = usize::from(world.case(i).area);
            world.queues.refer[area].push(i);
        } else if let Some(team) = awaits_assessment(world.case(i)) {
            world.queues.assess[team].push(i);
        }
    }
    let referrals = worked_up(world);
    let assessments = assessed(world);
    let (referred, accepted) = (world.ask(&referrals), world.ask(&assessments));
    for (i, answer) in referrals.cases().iter().zip(referred) {
        refer(world, *i, answer);
    }
    for (i, answer) in assessments.cases().iter().zip(accepted) {
        conclude(world, *i, answer);
    }
    begin_assessments(world);
    for i in world.take_due(Due::Reports) {
        waiting::reports_arrive(world, i);
    }
}

/// The team that has still to say yes, if one has: to a referral, or to an inpatient who is to move down a tier.
fn awaits_assessment(c: &Case) -> Option<usize> {
    let step_down = c.stage == Stage::Ready && c.route == Route::StepDown && c.queued().is_none();
    let waits = c.present() && (c.stage == Stage::Referred || step_down);
    c.assessor().filter(|_| waits).map(super::super::ids::CommissionerId::index)
}

/// Takes from a queue those whose turn it is: at most `n`, in order.
fn turn(world: &World, queue: &mut Vec<CaseId>, name: Queue, n: usize) -> Vec<CaseId> {
    let n = n.min(queue.len());
    if n == 0 {
        return Vec::new();
    }
    queue.sort_by_cached_key(|i| {
        let c = world.case(*i);
        let since = c.identified().map_or(Day::MIN, |day| day - priority::put_forward(world, *i));
        order(world.key, name, priority::class(world, *i), since, c.person)
    });
    queue.drain(..n).collect()
}

/// Those whose case the in-reach teams can work up today.
fn worked_up(world: &mut World) -> DecisionQueue<Referral> {
    let mut worked_up = DecisionQueue::new();
    for area in 0..world.queues.refer.len() {
        let mut queue = std::mem::take(&mut world.queues.refer[area]);
        queue.retain(|i| world.case(*i).present() && world.case(*i).stage == Stage::Identified);
        let weekly = world.agents.of(Kind::InReach).get(area, in_reach::capacity) * world.plan.mode.fraction;
        let weekly = weekly + wards_and_posts::extra_week(world, Post::InReach, |there| usize::from(there) == area);
        let mut n = world.queues.refer_credit[area].day(weekly);
        if !world.limited() {
            n = queue.len();
        }
        let taken = turn(world, &mut queue, Queue::Refer, n);
        world.queues.refer_credit[area].spend(taken.len().min(n));
        world.queues.refer[area] = queue;
        for i in taken {
            readings::read(world, i, world.p.clinical.reading_noise);
            worked_up.add(i, EnumSet::all());
        }
    }
    worked_up
}

/// Refers to a tier, or holds.
fn refer(world: &mut World, i: CaseId, decided: Referral) {
    match decided {
        // The ward keeps the patient: nothing more is asked for in this stay.
        Referral::Hold if world.case(i).place == Place::Acute => waiting::withdraw(world, i),
        // The time that is left of a sentence only grows shorter: treated in prison until the illness remits or the release
        // comes, when who is still ill is detained at the gate.
        Referral::Hold if serves_to_a_date(world.case(i)) => waiting::put_off(world, i),
        Referral::Hold => {
            waiting::put_off(world, i);
            world.schedule_in(i, Due::Refer, Days::rounded_up(world.p.referral.again));
        }
        Referral::High => waiting::refer(world, i, Place::High),
        Referral::Medium => waiting::refer(world, i, Place::Medium),
        Referral::Low => waiting::refer(world, i, Place::Low),
        Referral::Picu => waiting::refer(world, i, Place::Picu),
    }
}

/// Whether somebody serves a sentence that ends on a day.
fn serves_to_a_date(c: &Case) -> bool {
    c.place == Place::Prison && c.offending.release.is_some() && !c.offending.charged
}

/// Begins the assessments for which teams have time today.
fn begin_assessments(world: &mut World) {
    for team in 0..world.queues.assess.len() {
        let mut queue = std::mem::take(&mut world.queues.assess[team]);
        queue.retain(|i| awaits_assessment(world.case(*i)) == Some(team));
        let table = world.agents.of(Kind::AssessmentTeam);
        let weekly = table.get(team, assessment_team::capacity) * world.plan.mode.fraction;
        let mine = |area: u8| world.collaborative(area).index() == team;
        let weekly = weekly + wards_and_posts::extra_week(world, Post::Assessment, mine);
        let duration = table.get(team, assessment_team::duration);
        let mut n = world.queues.assess_credit[team].day(weekly);
        if !world.limited() {
            n = queue.len();
        }
        let taken = turn(world, &mut queue, Queue::Assess, n);
        world.queues.assess_credit[team].spend(taken.len().min(n));
        world.queues.assess[team] = queue;
        for i in taken {
            let days = world.delay(i, Purpose::AssessDelay, duration, world.p.referral.assessment_sigma);
            world.schedule_in(i, Due::Assessed, days);
        }
    }
}

/// Those whose assessment is done today.
fn assessed(world: &mut World) -> DecisionQueue<Assessment> {
    let mut assessed = DecisionQueue::new();
    for i in world.take_due(Due::Assessed) {
        let Some(team) = awaits_assessment(world.case(i)) else { continue };
        let noise = world.agents.of(Kind::AssessmentTeam).get(team, assessment_team::noise);
        readings::read(world, i, noise);
        waiting::count_assessment(world, i);
        let (area, cost) = (world.case(i).area, world.p.money.assessment);
        let trust = world.units.trust(area);
        world.accounts.buy(area, team, trust, Spend::Assessment, cost);
        let mut answers = allowed(world.case(i));
        if waiting::single_assessment(world, i) {
            answers.remove(Assessment::Another);
        }
        assessed.add(i, answers);
    }
    assessed
}

/// What the receiving unit can answer.
pub(crate) fn allowed(c: &Case) -> EnumSet<Assessment> {
    let any_tier = !EnumSet::only(Assessment::Picu);
    match c.route {
        // PICU is for the acutely ill from prison and wards.
        Route::Prison | Route::Civil if c.place != Place::Picu => EnumSet::all(),
        Route::Prison | Route::Civil | Route::Court | Route::Recall => any_tier,
        // Down a tier, up a tier: that tier or none.
        Route::StepDown | Route::StepUp => {
            // High security takes only those who are liable to be detained.
            let tier = [Assessment::High, Assessment::Medium, Assessment::Low].get(bed_tier(c.target)).copied();
            let tier = tier.filter(|tier| *tier != Assessment::High || law::detained(c.legal));
            tier.map_or(EnumSet::empty(), EnumSet::only) | Assessment::Refuse | Assessment::Another
        }
    }
}

/// Accepts at a tier, passes on to another, asks for another assessment, or refuses.
fn conclude(world: &mut World, i: CaseId, decided: Assessment) {
    match decided {
        Assessment::High => settle(world, i, Place::High),
        Assessment::Medium => settle(world, i, Place::Medium),
        Assessment::Low => settle(world, i, Place::Low),
        Assessment::Picu => settle(world, i, Place::Picu),
        Assessment::Another => {
            if let Some(team) = world.case(i).assessor() {
                world.queues.assess[team.index()].push(i);
            }
        }
        Assessment::Refuse => refuse(world, i),
    }
}

/// A unit finds that a tier is right. If it is its own, or the referral has been passed on often enough, the person is accepted;
/// else the referral goes on to a unit of that tier, which sees for itself.
fn settle(world: &mut World, i: CaseId, tier: Place) {
    let c = world.case(i);
    let passes = c.wait.map_or(0, |w| w.passes);
    let settled = f64::from(passes) >= world.p.referral.most_passes || waiting::single_assessment(world, i);
    if tier == c.target || settled {
        waiting::accept(world, i, tier);
    } else {
        waiting::pass_on(world, i, tier);
    }
}

/// Refuses: looked at again later, until the referral is given up.
fn refuse(world: &mut World, i: CaseId) {
    let given_up = f64::from(waiting::count_refusal(world, i)) >= world.p.referral.most_refusals;
    let again = Days::rounded_up(world.p.referral.again);
    match world.case(i).route {
        Route::StepDown => world.schedule_in(i, Due::Refer, again),
        Route::StepUp => waiting::withdraw(world, i),
        Route::Prison | Route::Court | Route::Recall | Route::Civil if given_up => waiting::withdraw(world, i),
        Route::Prison | Route::Court | Route::Recall | Route::Civil => {
            world.set_stage(i, Stage::Identified);
            world.schedule_in(i, Due::Refer, again);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caseload::Wait;
    use crate::codes::{Legal, Reason};
    use crate::ids::CommissionerId;
    use crate::levers::Lever;
    use crate::plan::Capacity;
    use crate::transitions::offending;

    /// A small world whose teams have time for seven a day.
    fn world() -> World {
        let mut w = World::small();
        w.set_all(Kind::InReach, "capacity", 49.0);
        w.set_all(Kind::AssessmentTeam, "capacity", 49.0);
        w
    }

    /// A prisoner whose need was identified so many days ago.
    fn identified(w: &mut World, days: Day) -> CaseId {
        let since = w.today() - days;
        let i = w.put_with(Place::Remand, Legal::None, |c| {
            c.stage = Stage::Identified;
            c.wait = Some(Wait { identified: Some(since), ..Wait::default() });
        });
        w.due_today(i, Due::Refer);
        i
    }

    /// Somebody who was referred to a tier and whose assessment is done today.
    fn assessed_today(w: &mut World, place: Place, route: Route, tier: Place) -> CaseId {
        let legal = if law::places::hospital(place) { Legal::S37 } else { Legal::None };
        let i = w.put_with(place, legal, |c| {
            c.route = route;
            c.stage = if route == Route::StepDown { Stage::Ready } else { Stage::Referred };
        });
        waiting::ask_assessment(w, i, tier);
        w.queues.assess.iter_mut().for_each(Vec::clear);
        w.due_today(i, Due::Assessed);
        i
    }

    #[test]
    fn each_answer_refers_to_its_tier_and_asks_the_team_of_that_tier() {
        for (answer, tier, team) in [
            (Referral::High, Place::High, 2),
            (Referral::Medium, Place::Medium, 0),
            (Referral::Low, Place::Low, 0),
            (Referral::Picu, Place::Picu, 0),
        ] {
            let mut w = world();
            let i = identified(&mut w, 3);
            w.says(answer);
            work(&mut w);
            let c = w.case(i);
            assert_eq!((c.stage, c.target, c.assessor()), (Stage::Referred, tier, Some(CommissionerId(team))));
            assert_eq!((c.identified(), c.requested()), (Some(w.today() - 3), Some(w.today())));
            assert!(c.clinical.reading.is_some_and(|r| r.day == w.today()));
            // The team begins on the day on which it is asked.
            assert!(w.due_in(i, Due::Assessed).is_some_and(|days| days > 0));
        }
    }

    #[test]
    fn whom_the_prison_holds_is_looked_at_again_later() {
        let mut w = world();
        let i = identified(&mut w, 0);
        let today = w.today();
        w.case_mut(i).wait.as_mut().expect("a wait").requested = Some(today);
        w.says(Referral::Hold);
        work(&mut w);
        assert_eq!((w.case(i).stage, w.due_in(i, Due::Refer)), (Stage::Identified, Some(14)));
        // The clock of the need has not begun: it does when the team comes to think otherwise.
        assert_eq!(w.case(i).identified(), None);
        assert_eq!(w.case(i).requested(), None, "nor that of a request before");
        w.says(Referral::Medium);
        w.pass(14);
        w.due_today(i, Due::Refer);
        work(&mut w);
        assert_eq!((w.case(i).stage, w.case(i).identified()), (Stage::Referred, Some(w.today())));
    }

    #[test]
    fn the_reports_are_asked_for_with_the_referral_and_once() {
        let mut w = world();
        let i = identified(&mut w, 3);
        w.says(Referral::Medium);
        work(&mut w);
        let days = w.due_in(i, Due::Reports).expect("they are being written while units assess");
        waiting::refer(&mut w, i, Place::Low);
        assert_eq!(w.due_in(i, Due::Reports), Some(days));
        w.pass(days);
        w.due_today(i, Due::Reports);
        work(&mut w);
        assert_eq!(w.case(i).wait.and_then(|wait| wait.reported), Some(w.today()));
        waiting::refer(&mut w, i, Place::Medium);
        waiting::accept(&mut w, i, Place::Medium);
        assert!(w.due_in(i, Due::Reports).is_none_or(|days| days <= 0), "they are there");
    }

    #[test]
    fn a_unit_that_finds_another_tier_right_passes_the_referral_on() {
        let mut w = world();
        w.p.referral.most_passes = 1.0;
        let i = assessed_today(&mut w, Place::Remand, Route::Prison, Place::High);
        w.says(Assessment::Medium);
        work(&mut w);
        let c = w.case(i);
        assert_eq!((c.stage, c.target, c.queued()), (Stage::Referred, Place::Medium, None));
        assert_eq!(c.assessor(), Some(CommissionerId(0)));
        assert!(w.due_in(i, Due::Assessed).is_some_and(|days| days > 0), "its own unit assesses in turn");
        // The second unit says low: passed on often enough, that settles it.
        w.says(Assessment::Low);
        w.due_today(i, Due::Assessed);
        work(&mut w);
        assert_eq!((w.case(i).stage, w.case(i).target), (Stage::Accepted, Place::Low));
    }

    #[test]
    fn one_assessment_that_holds_for_every_unit_leaves_no_second_look_and_no_passing_on() {
        for (reach, answer, again) in [
            (0.0, Assessment::Another, true),
            (1.0, Assessment::Another, false),
            (0.0, Assessment::Low, true),
            (1.0, Assessment::Low, false),
        ] {
            let mut w = world();
            w.p.referral.most_passes = 1.0;
            w.pull(Lever::SingleAssessment, reach);
            let i = assessed_today(&mut w, Place::Remand, Route::Prison, Place::High);
            w.says(answer);
            work(&mut w);
            // Referred still: somebody is to assess once more.
            assert_eq!(w.case(i).stage == Stage::Referred, again);
        }
    }

    #[test]
    fn reports_on_time_save_their_part_of_the_days() {
        let days = [0.0, 0.5].map(|saved| {
            let mut w = world();
            (w.p.referral.report_days, w.p.referral.report_sigma) = (20.0, 0.0);
            w.pull(Lever::ReportsOnTime, saved);
            let i = identified(&mut w, 3);
            w.says(Referral::Medium);
            work(&mut w);
            w.due_in(i, Due::Reports)
        });
        assert_eq!(days, [Some(20), Some(10)]);
    }

    #[test]
    fn a_single_gatekeeper_decides_for_every_tier() {
        let mut w = world();
        w.p.referral.most_passes = 0.0;
        let i = assessed_today(&mut w, Place::Remand, Route::Prison, Place::High);
        w.says(Assessment::Low);
        work(&mut w);
        assert_eq!((w.case(i).stage, w.case(i).target), (Stage::Accepted, Place::Low));
    }

    #[test]
    fn whom_the_prison_holds_for_the_rest_of_a_sentence_waits_for_the_release() {
        for (place, again) in [(Place::Prison, None), (Place::Remand, Some(14))] {
            let mut w = world();
            let i = w.put_with(place, Legal::None, |c| (c.stage, c.clinical.unwell) = (Stage::Identified, true));
            if let Some(day) = w.case(i).offending.release {
                offending::sentence_until(&mut w, i, day);
            }
            waiting::identify(&mut w, i);
            w.due_today(i, Due::Refer);
            w.says(Referral::Hold);
            work(&mut w);
            w.must_hold();
            assert_eq!((w.case(i).stage, w.due_in(i, Due::Refer)), (Stage::Identified, again), "{}", place.name());
        }
    }

    #[test]
    fn whom_the_acute_ward_holds_is_referred_no_more() {
        let mut w = world();
        let i = w.put_with(Place::Acute, Legal::S3, |c| c.stage = Stage::Identified);
        waiting::identify(&mut w, i);
        w.due_today(i, Due::Refer);
        w.says(Referral::Hold);
        work(&mut w);
        assert_eq!((w.case(i).stage, w.due_in(i, Due::Refer)), (Stage::Treatment, None));
        assert!(w.case(i).wait.is_none());
    }

    #[test]
    fn a_team_works_up_as_many_as_it_has_time_for_the_longest_known_first() {
        let mut w = world();
        w.set_all(Kind::InReach, "capacity", 14.0);
        let all: Vec<CaseId> = [2, 9, 5, 7, 1].into_iter().map(|days| identified(&mut w, days)).collect();
        w.says(Referral::Medium);
        let referred = |w: &World| all.iter().map(|i| w.case(*i).stage == Stage::Referred).collect::<Vec<bool>>();
        work(&mut w);
        assert_eq!(referred(&w), [false, true, false, true, false]);
        work(&mut w);
        assert_eq!(referred(&w), [true, true, true, true, false]);
        work(&mut w);
        assert_eq!(referred(&w), [true; 5]);
    }

    #[test]
    fn a_team_without_time_works_up_nobody_and_without_limits_everybody() {
        let mut w = world();
        w.set_all(Kind::InReach, "capacity", 0.0);
        let all: Vec<CaseId> = (0..20).map(|days| identified(&mut w, days)).collect();
        w.says(Referral::Low);
        work(&mut w);
        assert!(all.iter().all(|i| w.case(*i).stage == Stage::Identified));
        w.plan.mode.capacity = Capacity::Unlimited;
        work(&mut w);
        assert!(all.iter().all(|i| w.case(*i).stage == Stage::Referred));
    }

    #[test]
    fn a_team_begins_as_many_assessments_as_it_has_time_for() {
        let mut w = world();
        w.set_all(Kind::AssessmentTeam, "capacity", 7.0);
        let all: Vec<CaseId> = (0..3).map(|_| identified(&mut w, 0)).collect();
        w.says(Referral::Low);
        let begun = |w: &World| all.iter().filter(|i| w.due_in(**i, Due::Assessed).is_some()).count();
        for n in 1..4 {
            work(&mut w);
            assert_eq!(begun(&w), n);
        }
    }

    #[test]
    fn whoever_is_gone_by_then_is_neither_worked_up_nor_assessed() {
        let mut w = world();
        let i = identified(&mut w, 0);
        waiting::withdraw(&mut w, i);
        w.queues.refer[0].push(i);
        w.queues.assess[0].push(i);
        w.due_today(i, Due::Assessed);
        w.says(Referral::Low);
        work(&mut w);
        assert_eq!((w.counts.decisions, w.due_in(i, Due::Assessed)), (0, None));
        assert!(w.queues.refer[0].is_empty() && w.queues.assess[0].is_empty());
    }

    #[test]
    fn each_tier_that_accepts_puts_a_prisoner_in_its_bed_queue_and_asks_for_the_reports() {
        for (answer, tier) in [
            (Assessment::High, Place::High),
            (Assessment::Medium, Place::Medium),
            (Assessment::Low, Place::Low),
            (Assessment::Picu, Place::Picu),
        ] {
            let mut w = world();
            let i = assessed_today(&mut w, Place::Remand, Route::Prison, tier);
            w.says(answer);
            work(&mut w);
            let c = w.case(i);
            assert_eq!((c.stage, c.target, c.queued()), (Stage::Accepted, tier, Some(w.today())));
            assert_eq!(w.queues.beds, [i]);
            assert!(w.due_in(i, Due::Reports).is_some_and(|days| days > 0));
        }
    }

    #[test]
    fn an_assessment_is_counted_paid_for_and_read() {
        let mut w = world();
        let i = assessed_today(&mut w, Place::Remand, Route::Prison, Place::High);
        w.says(Assessment::Another);
        work(&mut w);
        assert_eq!(w.case(i).wait.map(|wait| wait.assessments), Some(1));
        assert_eq!(w.booked(Spend::Assessment), [(2, 150_000)]);
        assert!(w.case(i).clinical.reading.is_some());
    }

    #[test]
    fn another_assessment_is_begun_by_the_same_team() {
        let mut w = world();
        let i = assessed_today(&mut w, Place::Remand, Route::Prison, Place::Low);
        w.says(Assessment::Another);
        work(&mut w);
        assert_eq!((w.case(i).stage, w.case(i).assessor()), (Stage::Referred, Some(CommissionerId(0))));
        assert!(w.due_in(i, Due::Assessed).is_some_and(|days| days > 0));
    }

    #[test]
    fn a_prisoner_who_is_refused_is_looked_at_again_until_the_referral_is_given_up() {
        let mut w = world();
        w.says(Assessment::Refuse);
        let i = assessed_today(&mut w, Place::Remand, Route::Prison, Place::Low);
        for refusals in 1..3 {
            work(&mut w);
            let c = w.case(i);
            assert_eq!((c.stage, c.wait.map(|wait| wait.refusals)), (Stage::Identified, Some(refusals)));
            assert_eq!(w.due_in(i, Due::Refer), Some(14));
            w.set_stage(i, Stage::Referred);
            w.due_today(i, Due::Assessed);
        }
        work(&mut w);
        assert_eq!((w.case(i).stage, w.case(i).wait.is_none()), (Stage::AwaitingCourt, true));
        assert_eq!(w.due_in(i, Due::Refer), None);
    }

    #[test]
    fn a_step_down_that_is_refused_is_asked_for_again() {
        let mut w = world();
        w.says(Assessment::Refuse);
        let i = assessed_today(&mut w, Place::Medium, Route::StepDown, Place::Low);
        work(&mut w);
        assert_eq!((w.case(i).stage, w.due_in(i, Due::Refer)), (Stage::Ready, Some(14)));
        w.due_today(i, Due::Refer);
        work(&mut w);
        assert!(w.due_in(i, Due::Assessed).is_some());
    }

    #[test]
    fn a_step_up_that_is_refused_is_given_up() {
        let mut w = world();
        w.says(Assessment::Refuse);
        let i = assessed_today(&mut w, Place::Low, Route::StepUp, Place::Medium);
        w.case_mut(i).grade = Stage::EscortedLeave;
        work(&mut w);
        assert_eq!((w.case(i).stage, w.case(i).wait.is_none()), (Stage::EscortedLeave, true));
    }

    #[test]
    fn a_step_down_that_is_accepted_stays_ready_and_queues() {
        let mut w = world();
        w.says(Assessment::Low);
        let i = assessed_today(&mut w, Place::Medium, Route::StepDown, Place::Low);
        w.case_mut(i).readiness.missing = Reason::NextBed.into();
        work(&mut w);
        assert_eq!((w.case(i).stage, w.case(i).queued()), (Stage::Ready, Some(w.today())));
        assert_eq!(w.queues.beds, [i]);
    }

    #[test]
    fn a_unit_may_answer_what_the_way_there_allows() {
        let mut w = world();
        let mut of = |place, route, tier| {
            let i = assessed_today(&mut w, place, route, tier);
            allowed(w.case(i))
        };
        let secure = Assessment::High | Assessment::Medium | Assessment::Low | Assessment::Refuse | Assessment::Another;
        assert_eq!(of(Place::Remand, Route::Prison, Place::Low), EnumSet::all());
        assert_eq!(of(Place::Acute, Route::Civil, Place::Low), EnumSet::all());
        assert_eq!(of(Place::Picu, Route::Civil, Place::Low), secure);
        assert_eq!(of(Place::Home, Route::Court, Place::Low), secure);
        assert_eq!(of(Place::Acute, Route::Recall, Place::Low), secure);
        let one = |tier: Assessment| tier | Assessment::Refuse | Assessment::Another;
        assert_eq!(of(Place::High, Route::StepDown, Place::Medium), one(Assessment::Medium));
        assert_eq!(of(Place::Medium, Route::StepDown, Place::Low), one(Assessment::Low));
        assert_eq!(of(Place::Medium, Route::StepUp, Place::High), one(Assessment::High));
    }

    #[test]
    fn reports_that_arrive_are_noted() {
        let mut w = world();
        let i = assessed_today(&mut w, Place::Remand, Route::Prison, Place::Low);
        w.due_today(i, Due::Reports);
        work(&mut w);
        assert!(w.case(i).wait.is_some_and(|wait| wait.reported == Some(w.today())));
    }
}
