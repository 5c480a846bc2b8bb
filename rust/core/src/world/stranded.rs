//! Who is stranded: a case that is present and has nothing due that could take it out of where it is.
//!
//! An invariant of every day's close ([`super::invariants`]): whatever else happens on the way, every status and every place
//! has an end or a review.

use std::collections::BTreeSet;
use std::fmt;

use super::{World, rates};
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::caseload::case::Life;
use crate::codes::{Legal, Place, Stage};
use crate::hazards::Hazard;
use crate::ids::CaseId;
use crate::law::places::PlaceKind;
use crate::law::{self, places};

/// Somebody with whom nothing is to happen any more, in one respect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranded {
    /// Who.
    pub person: i64,
    /// Where.
    pub place: Place,
    /// Under which status.
    pub legal: Legal,
    /// At which stage.
    pub stage: Stage,
    /// What has no next event.
    pub what: &'static str,
}

impl fmt::Display for Stranded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, legal, stage) = (self.place.name(), self.legal.name(), self.stage.name());
        write!(f, "person {} ({place}, {legal}, {stage}): {}", self.person, self.what)
    }
}

/// Returns who is stranded at the close of a day: in a place that people are to leave, under a status that is to end, charged,
/// or waiting, and with nothing due that could bring it about. Asked after the day's phases; today's agenda has been lived.
///
/// What counts is on the schedule, in a queue, or a hazard with a positive rate that ends that very thing. Death doesn't count,
/// nor does what may befall anybody anywhere; the tribunal doesn't, which every detained patient may ask and few need; nor does
/// absconding.
pub fn nothing_due(world: &World) -> Vec<Stranded> {
    let queued = queued(world);
    let mut found = Vec::new();
    for (i, c) in world.caseload.iter().filter(|(_, c)| c.present()) {
        let facts = Facts { world, i, c, queued: queued.contains(&i) };
        let lacks = [
            (facts.place_holds(), "nothing is due that leads out of this place"),
            (facts.status_holds(), "nothing is due that ends this status"),
            (facts.charge_holds(), "charged, and no court is to sit"),
            (facts.wait_holds(), "nobody works on what is waited for"),
            (facts.way_out_holds(), "ready to leave, and nobody is to act"),
            (facts.prison_holds_the_ill(), "acutely ill in prison, and nobody is to see it"),
        ];
        let of = |what| Stranded { person: c.number, place: c.place, legal: c.legal, stage: c.stage, what };
        found.extend(lacks.into_iter().filter(|(holds, _)| *holds).map(|(_, what)| of(what)));
    }
    found
}

/// Everybody in a queue in which somebody else decides on a next place; not those whose hearing is to be held.
fn queued(world: &World) -> BTreeSet<CaseId> {
    let q = &world.queues;
    let lists = [&q.beds, &q.ready, &q.ministry, &q.leaving];
    lists.into_iter().chain(&q.refer).chain(&q.assess).flatten().copied().collect()
}

/// What may still happen to a case.
struct Facts<'a> {
    world: &'a World,
    i: CaseId,
    c: &'a Case,
    queued: bool,
}

impl Facts<'_> {
    /// Whether one of these is due on a later day.
    fn due(&self, any: &[Due]) -> bool {
        any.iter().any(|due| self.c.due.get(*due).is_some_and(|day| day > self.world.today()))
    }

    /// Whether a hazard can come true.
    fn may(&self, hazard: Hazard) -> bool {
        rates::rates(self.world, self.i)[hazard as usize] > 0.0
    }

    /// Whether a sentence holds whose end is due.
    fn is_released(&self) -> bool {
        self.c.sentenced() && self.due(&[Due::Release])
    }

    /// In a place that people are to leave, with no way out of it. At home, and in supported accommodation, people live on.
    fn place_holds(&self) -> bool {
        let c = self.c;
        match places::properties(c.place).kind {
            // What a review, or the end of a stay, decides may fall through: there is always a next one.
            PlaceKind::Secure => !self.due(&[Due::Review]),
            PlaceKind::Ward => !self.due(&[Due::WardEnd]),
            PlaceKind::Prison => {
                let leaves = [Due::Court, Due::Admission, Due::Lapse];
                !self.due(&leaves) && !self.queued && !self.is_released()
            }
            PlaceKind::Absent => !self.may(Hazard::Return),
            PlaceKind::Community => law::detained(c.legal) && !self.due(&[Due::Admission]) && !self.queued,
            PlaceKind::Gone => false,
        }
    }

    /// Under a status that the law ends, by its term, a sentence or a court, with no end due.
    fn status_holds(&self) -> bool {
        match self.c.legal {
            Legal::S2 | Legal::S3 | Legal::S37 | Legal::Notional37 | Legal::Cto | Legal::Mhtr | Legal::Supervision => {
                !self.due(&[Due::Expiry])
            }
            // That of a sentence without a release date is for life.
            Legal::Licence => self.c.offending.life == Life::No && !self.due(&[Due::Expiry]),
            Legal::S35 | Legal::S36 | Legal::S38 => !self.due(&[Due::Expiry, Due::Court]),
            Legal::S48S49 => !self.due(&[Due::Court]),
            Legal::S45A | Legal::S47S49 | Legal::S47 => !self.is_released(),
            // As long as the restriction, or over already.
            Legal::None | Legal::S37S41 | Legal::Cpia | Legal::Cd | Legal::CdDol | Legal::AbsoluteDischarge => false,
        }
    }

    /// Charged, while no court is to sit, and no order waits for a bed.
    fn charge_holds(&self) -> bool {
        let c = self.c;
        // A remand or an interim order that runs out brings the case back.
        let back = law::awaits_court(c.legal) && self.due(&[Due::Expiry]);
        c.offending.charged && c.ordered().is_none() && !self.due(&[Due::Court]) && !back
    }

    /// Ready to leave, while neither a funder, the Ministry, a unit nor a prison is to act.
    fn way_out_holds(&self) -> bool {
        let acts = [Due::Discharge, Due::Consent, Due::Remission, Due::Admission, Due::Assessed, Due::Refer];
        self.c.stage == Stage::Ready && !self.queued && !self.due(&acts)
    }

    /// Acutely ill in prison, and neither referred nor to be noticed.
    fn prison_holds_the_ill(&self) -> bool {
        let c = self.c;
        let overlooked = matches!(c.stage, Stage::None | Stage::AwaitingCourt | Stage::FollowUp | Stage::Settled);
        places::prison(c.place) && c.clinical.unwell && overlooked
    }

    /// Waiting for a bed on which nobody works.
    fn wait_holds(&self) -> bool {
        let c = self.c;
        let transfer = places::hospital(c.place) && law::restricted(c.legal) && c.held.is_none();
        if transfer && matches!(c.stage, Stage::Referred | Stage::Accepted) && !c.readiness.consent && c.asked.is_none()
        {
            return true;
        }
        let works: &[Due] = match c.stage {
            // Who is held for the rest of a sentence waits for the release.
            Stage::Identified => &[Due::Refer, Due::Release],
            Stage::Referred => &[Due::Assessed, Due::Refer],
            // A defendant who is accepted joins the queue when the court has made its order.
            Stage::Accepted => &[Due::Court],
            Stage::BedHeld => &[Due::Reports, Due::Admission],
            Stage::Reported => &[Due::Consent],
            Stage::Warranted => &[Due::Admission, Due::Lapse],
            Stage::None
            | Stage::AwaitingCourt
            | Stage::Unseen
            | Stage::Admission
            | Stage::Treatment
            | Stage::EscortedLeave
            | Stage::UnescortedLeave
            | Stage::Trial
            | Stage::Ready
            | Stage::FollowUp
            | Stage::Settled => return false,
        };
        !self.queued && !self.due(works)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Days;
    use crate::codes::{AskedFor, Ending, Purpose, Warrant};
    use crate::phases::{aftercare, courts, moves, reviews, tribunals};
    use crate::requests;
    use crate::transitions::{discharge, offending, place, waiting};

    const PLACE: &str = "nothing is due that leads out of this place";
    const CHARGE: &str = "charged, and no court is to sit";
    const WAIT: &str = "nobody works on what is waited for";
    const WAY_OUT: &str = "ready to leave, and nobody is to act";
    const OVERLOOKED: &str = "acutely ill in prison, and nobody is to see it";

    /// What is stranded of whom.
    fn stranded(w: &World) -> Vec<&'static str> {
        nothing_due(w).into_iter().map(|found| found.what).collect()
    }

    /// Somebody in a place under a status, the term of which has begun.
    fn under(place: Place, legal: Legal) -> (World, CaseId) {
        let mut w = World::small();
        let i = w.put(place, legal);
        if let Some(day) = law::expires(&w.p.law, legal, w.today()) {
            w.caseload.schedule(i, Due::Expiry, day);
        }
        if let Some(day) = w.case(i).offending.release {
            offending::sentence_until(&mut w, i, day);
        }
        if places::secure(place) {
            requests::review(&mut w, i);
        } else if places::hospital(place) {
            requests::ward_end(&mut w, i, place);
        }
        (w, i)
    }

    #[test]
    fn who_lives_at_home_under_no_order_or_for_good_is_not_stranded() {
        for place in [Place::Home, Place::Supported] {
            for legal in [Legal::None, Legal::Cd, Legal::CdDol, Legal::AbsoluteDischarge, Legal::Cto] {
                let (w, _) = under(place, legal);
                assert_eq!(nothing_due(&w), [], "{}", legal.name());
            }
        }
    }

    #[test]
    fn the_dead_are_not_stranded() {
        let (mut w, i) = under(Place::Picu, Legal::S3);
        place::move_to(&mut w, i, Place::Dead, Ending::Death, Purpose::Death);
        assert_eq!(nothing_due(&w), []);
    }

    #[test]
    fn a_secure_patient_who_is_to_be_reviewed_is_not_stranded() {
        for legal in [Legal::S3, Legal::S37, Legal::Notional37, Legal::S37S41, Legal::Cpia, Legal::S47S49, Legal::S45A]
        {
            let (mut w, i) = under(Place::Medium, legal);
            assert_eq!(nothing_due(&w), [], "{}", legal.name());
            w.caseload.cancel(i, Due::Review);
            assert_eq!(stranded(&w), [PLACE], "{} without a review", legal.name());
        }
    }

    #[test]
    fn a_prisoner_with_a_day_of_release_and_a_defendant_with_a_court_are_not_stranded() {
        let (w, _) = under(Place::Prison, Legal::None);
        assert_eq!(nothing_due(&w), []);
        let (mut w, i) = under(Place::Remand, Legal::None);
        assert_eq!(stranded(&w), [PLACE, CHARGE]);
        w.schedule_in(i, Due::Court, Days::rounded_up(30.0));
        assert_eq!(nothing_due(&w), []);
    }

    #[test]
    fn what_was_due_today_or_before_is_over() {
        let (mut w, i) = under(Place::Remand, Legal::None);
        let today = w.today();
        w.caseload.schedule(i, Due::Court, today);
        assert_eq!(stranded(&w), [PLACE, CHARGE]);
    }

    #[test]
    fn who_is_absent_without_leave_may_come_back_and_is_not_stranded() {
        let (mut w, i) = under(Place::Medium, Legal::S3);
        place::move_to(&mut w, i, Place::Awol, Ending::Abscond, Purpose::Abscond);
        assert_eq!(nothing_due(&w), []);
    }

    #[test]
    fn an_ill_patient_whom_the_ward_may_notice_is_not_stranded() {
        let (mut w, i) = under(Place::Acute, Legal::S3);
        w.case_mut(i).clinical.unwell = true;
        w.set_stage(i, Stage::Unseen);
        assert_eq!(nothing_due(&w), []);
    }

    #[test]
    fn who_stands_in_a_queue_is_not_stranded() {
        let (mut w, i) = under(Place::Acute, Legal::S3);
        waiting::identify(&mut w, i);
        w.set_stage(i, Stage::Referred);
        assert_eq!(stranded(&w), [WAIT]);
        waiting::ask_assessment(&mut w, i, Place::Medium);
        assert_eq!(nothing_due(&w), []);
    }

    #[test]
    fn who_waits_at_home_for_an_acute_ward_is_not_stranded() {
        let (mut w, i) = under(Place::Home, Legal::S3);
        assert_eq!(stranded(&w), [PLACE], "detained, and at home");
        w.schedule_in(i, Due::Admission, Days::rounded_up(1.0));
        assert_eq!(nothing_due(&w), []);
    }

    #[test]
    fn the_tribunal_alone_is_no_way_out_of_a_ward() {
        let (mut w, i) = under(Place::Acute, Legal::S3);
        w.caseload.cancel(i, Due::WardEnd);
        w.schedule_in(i, Due::Apply, Days::rounded_up(1096.0));
        assert_eq!(stranded(&w), [PLACE]);
    }

    #[test]
    fn a_report_says_who_it_is_where_under_what_and_at_which_stage() {
        let (mut w, i) = under(Place::Picu, Legal::S3);
        w.caseload.cancel(i, Due::WardEnd);
        let found = nothing_due(&w);
        let said = format!("person {} (PICU, s3, treatment): {PLACE}", w.case(i).number);
        assert_eq!(found.iter().map(Stranded::to_string).collect::<Vec<_>>(), [said]);
    }

    #[test]
    fn who_is_ready_to_leave_has_somebody_who_acts() {
        let (mut w, i) = under(Place::Medium, Legal::S37);
        w.set_stage(i, Stage::Ready);
        assert_eq!(stranded(&w), [WAY_OUT]);
        w.schedule_in(i, Due::Discharge, Days::ONE);
        assert_eq!(nothing_due(&w), []);
    }

    #[test]
    fn an_acutely_ill_prisoner_is_to_be_noticed_or_waits_for_a_bed() {
        let (mut w, i) = under(Place::Prison, Legal::None);
        w.unwell(i, true);
        assert_eq!(stranded(&w), [OVERLOOKED]);
        w.rest(i);
        assert_eq!((w.case(i).stage, nothing_due(&w)), (Stage::Unseen, vec![]));
    }

    #[test]
    fn a_prisoner_whose_sentence_ends_on_a_picu_before_the_remission_leaves_it() {
        let (mut w, i) = under(Place::Picu, Legal::S47S49);
        w.pass(30);
        w.due_today(i, Due::WardEnd);
        moves::make(&mut w);
        assert_eq!(w.case(i).asked, Some(AskedFor::Remission));
        w.due_today(i, Due::Release);
        courts::sit(&mut w);
        assert_eq!((w.case(i).place, w.case(i).legal, w.case(i).asked), (Place::Picu, Legal::Notional37, None));
        assert_eq!(nothing_due(&w), []);
        w.pass(14);
        w.due_today(i, Due::WardEnd);
        moves::make(&mut w);
        assert_eq!(w.case(i).place, Place::Home);
    }

    #[test]
    fn a_remission_from_a_picu_that_is_refused_is_asked_for_again() {
        let (mut w, i) = under(Place::Picu, Legal::S47S49);
        w.case_mut(i).asked = Some(AskedFor::Remission);
        w.says(Warrant::Refuse);
        w.due_today(i, Due::Consent);
        tribunals::answer(&mut w);
        assert_eq!((w.case(i).stage, nothing_due(&w)), (Stage::Treatment, vec![]));
        w.pass(14);
        w.due_today(i, Due::WardEnd);
        moves::make(&mut w);
        assert_eq!(w.case(i).asked, Some(AskedFor::Remission));
    }

    #[test]
    fn orders_in_the_community_end_within_the_limits_of_the_act() {
        let limits = [(Legal::Mhtr, 1095), (Legal::Supervision, 730), (Legal::Licence, 365), (Legal::Cto, 183)];
        for (legal, limit) in limits {
            for place in [Place::Home, Place::Acute] {
                let mut w = World::small();
                let from = if legal == Legal::Cto { Legal::S3 } else { Legal::None };
                let i = w.put(place, from);
                if place == Place::Acute {
                    requests::ward_end(&mut w, i, place);
                }
                w.set_legal(i, legal, Purpose::Disposal);
                assert_eq!(nothing_due(&w), [], "{}", legal.name());
                let days = w.due_in(i, Due::Expiry).expect("an end");
                assert!((1..=limit).contains(&days), "{}: {days}", legal.name());
                w.pass(days);
                w.due_today(i, Due::Expiry);
                courts::sit(&mut w);
                assert_eq!(w.case(i).legal, Legal::None, "{} in {}", legal.name(), place.name());
            }
        }
    }

    #[test]
    fn a_licence_that_begins_with_a_discharge_from_hospital_ends() {
        let (mut w, i) = under(Place::Medium, Legal::S47S49);
        discharge::discharge_in_law(&mut w, i, None, Purpose::Hearing);
        assert_eq!((w.case(i).place, w.case(i).legal, w.case(i).sentenced()), (Place::Home, Legal::Licence, false));
        assert_eq!(nothing_due(&w), []);
    }

    /// Who can be in hospital: under each status, well or ill, with a request to the Ministry that can be made, or none.
    fn inpatients() -> impl Iterator<Item = (Legal, bool, Option<AskedFor>)> {
        let asked = [None, Some(AskedFor::Remission), Some(AskedFor::Transfer), Some(AskedFor::Discharge)];
        let each = Legal::ALL.iter().flat_map(move |legal| asked.map(|asked| (*legal, asked)));
        let can = |(legal, asked): &(Legal, Option<AskedFor>)| match asked {
            None => true,
            Some(AskedFor::Remission) => law::transferred(*legal) && law::restricted(*legal),
            Some(_) => law::restricted(*legal) && !law::transferred(*legal),
        };
        each.filter(can).flat_map(|(legal, asked)| [false, true].map(|unwell| (legal, unwell, asked)))
    }

    #[test]
    fn whatever_falls_due_in_hospital_strands_nobody() {
        let all = [Due::Review, Due::WardEnd, Due::Release, Due::Expiry, Due::Court, Due::Consent, Due::Remission];
        for (place, due) in Place::ALL.iter().flat_map(|place| all.map(|due| (*place, due))) {
            if !places::hospital(place) || due == Due::WardEnd && places::secure(place) {
                continue;
            }
            let mut w = World::small();
            for (legal, unwell, asked) in inpatients() {
                let i = w.put(place, legal);
                w.unwell(i, unwell);
                if let Some(asked) = asked {
                    requests::ministry(&mut w, i, asked);
                }
            }
            w.settle_in();
            w.pass(20);
            for i in w.caseload.ids().collect::<Vec<_>>() {
                if w.case(i).due.get(due).is_some()
                    || due == Due::Remission && w.case(i).asked == Some(AskedFor::Remission)
                {
                    w.case_mut(i).due.set(due, None);
                    w.due_today(i, due);
                }
            }
            courts::sit(&mut w);
            reviews::review(&mut w);
            tribunals::answer(&mut w);
            moves::make(&mut w);
            aftercare::follow(&mut w);
            assert_eq!(nothing_due(&w), [], "{} in {}", due.name(), place.name());
            assert!(w.fault.is_none(), "{} in {}: {:?}", due.name(), place.name(), w.fault);
        }
    }

    #[test]
    fn who_is_charged_and_no_court_is_to_sit_is_stranded_wherever() {
        for (place, legal) in [(Place::Home, Legal::None), (Place::Medium, Legal::S37)] {
            let (mut w, i) = under(place, legal);
            offending::reopen_charge(&mut w, i);
            assert_eq!(stranded(&w), [CHARGE]);
            w.schedule_in(i, Due::Court, Days::rounded_up(30.0));
            assert_eq!(nothing_due(&w), []);
        }
    }

    #[test]
    fn an_identified_need_waits_for_the_referral_or_for_the_release() {
        let (mut w, i) = under(Place::Remand, Legal::None);
        w.schedule_in(i, Due::Court, Days::rounded_up(50.0));
        w.set_stage(i, Stage::Identified);
        assert_eq!(stranded(&w), [WAIT]);
        w.schedule_in(i, Due::Refer, Days::rounded_up(10.0));
        assert_eq!(nothing_due(&w), []);
        let (mut w, i) = under(Place::Prison, Legal::None);
        w.set_stage(i, Stage::Identified);
        assert_eq!(nothing_due(&w), []);
    }

    #[test]
    fn every_stage_of_a_wait_has_somebody_who_works_on_it() {
        let waits = [
            (Stage::Referred, Due::Assessed),
            (Stage::Accepted, Due::Court),
            (Stage::BedHeld, Due::Reports),
            (Stage::BedHeld, Due::Admission),
            (Stage::Reported, Due::Consent),
            (Stage::Warranted, Due::Admission),
        ];
        for (stage, works) in waits {
            let (mut w, i) = under(Place::Prison, Legal::None);
            w.set_stage(i, stage);
            assert_eq!(stranded(&w), [WAIT], "{}", stage.name());
            w.schedule_in(i, works, Days::rounded_up(10.0));
            assert_eq!(nothing_due(&w), [], "{}", stage.name());
        }
    }
}
