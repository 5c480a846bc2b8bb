//! Who is stranded: a case that is present and has nothing due that could take it out of where it is.
//!
//! This reports whom it finds. It is not an invariant yet: the mechanisms that strand people are mended first.

use std::collections::BTreeSet;
use std::fmt;

use super::{World, rates};
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::codes::{Legal, Place, Stage};
use crate::hazards::Hazard;
use crate::ids::CaseId;
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
/// absconding. A report and no error, as long as some of the model's mechanisms strand people.
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
        let to_leave = !places::community(c.place) || law::detained(c.legal);
        let leaves = [
            Due::Court,
            Due::Review,
            Due::Refer,
            Due::Assessed,
            Due::Reports,
            Due::Admission,
            Due::Lapse,
            Due::Consent,
            Due::Remission,
            Due::WardEnd,
            Due::Discharge,
        ];
        // In hospital the end of a sentence changes the status, not the place.
        let released = places::prison(c.place) && self.is_released();
        let moves = self.may(Hazard::Return) || self.may(Hazard::Noticed);
        to_leave && !self.queued && !self.due(&leaves) && !released && !moves
    }

    /// Under a status that the law ends, by its term, a sentence or a court, with no end due.
    fn status_holds(&self) -> bool {
        match self.c.legal {
            Legal::S2
            | Legal::S3
            | Legal::S37
            | Legal::Notional37
            | Legal::Cto
            | Legal::Mhtr
            | Legal::Licence
            | Legal::Supervision => !self.due(&[Due::Expiry]),
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

    /// Waiting for a bed on which nobody works.
    fn wait_holds(&self) -> bool {
        let works: &[Due] = match self.c.stage {
            Stage::Identified => &[Due::Refer],
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
    use crate::phases::{courts, moves, tribunals};
    use crate::transitions::{discharge, offending, place, waiting};

    const PLACE: &str = "nothing is due that leads out of this place";
    const STATUS: &str = "nothing is due that ends this status";
    const CHARGE: &str = "charged, and no court is to sit";
    const WAIT: &str = "nobody works on what is waited for";

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
            assert_eq!(stranded(&w), [PLACE], "{} without a review", legal.name());
            w.schedule_in(i, Due::Review, Days::rounded_up(91.0));
            assert_eq!(nothing_due(&w), [], "{}", legal.name());
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
        assert_eq!(stranded(&w), [PLACE, WAIT]);
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
        w.schedule_in(i, Due::Apply, Days::rounded_up(1096.0));
        assert_eq!(stranded(&w), [PLACE]);
    }

    #[test]
    fn a_report_says_who_it_is_where_under_what_and_at_which_stage() {
        let (w, i) = under(Place::Picu, Legal::S3);
        let found = nothing_due(&w);
        let said = format!("person {} (PICU, s3, treatment): {PLACE}", w.case(i).number);
        assert_eq!(found.iter().map(Stranded::to_string).collect::<Vec<_>>(), [said]);
    }

    // Known strandings, brought about by the phases themselves. Where a mechanism is mended, its test here turns around.

    #[test]
    fn known_a_prisoner_who_is_well_on_a_picu_stays_there_when_the_sentence_ends_before_the_remission() {
        let (mut w, i) = under(Place::Picu, Legal::S47S49);
        w.pass(30);
        w.due_today(i, Due::WardEnd);
        moves::make(&mut w);
        assert_eq!(w.case(i).asked, Some(AskedFor::Remission));
        assert_eq!(nothing_due(&w), [], "the Ministry is to answer");
        w.due_today(i, Due::Release);
        courts::sit(&mut w);
        assert_eq!((w.case(i).place, w.case(i).legal), (Place::Picu, Legal::Notional37));
        assert_eq!(stranded(&w), [PLACE]);
    }

    #[test]
    fn known_a_prisoner_on_a_picu_whose_remission_is_refused_stays_there() {
        let (mut w, i) = under(Place::Picu, Legal::S47S49);
        w.case_mut(i).asked = Some(AskedFor::Remission);
        w.says(Warrant::Refuse);
        w.due_today(i, Due::Consent);
        tribunals::answer(&mut w);
        assert_eq!((w.case(i).place, w.case(i).stage), (Place::Picu, Stage::Treatment));
        assert_eq!(stranded(&w), [PLACE]);
    }

    #[test]
    fn known_a_treatment_requirement_and_a_supervision_order_never_end() {
        for legal in [Legal::Mhtr, Legal::Supervision] {
            let mut w = World::small();
            let i = w.put(Place::Home, Legal::None);
            w.set_legal(i, legal, Purpose::Disposal);
            assert_eq!(stranded(&w), [STATUS], "{}", legal.name());
        }
    }

    #[test]
    fn known_a_licence_that_begins_with_a_discharge_from_hospital_never_ends() {
        let (mut w, i) = under(Place::Medium, Legal::S47S49);
        discharge::discharge_in_law(&mut w, i, None, Purpose::Hearing);
        assert_eq!((w.case(i).place, w.case(i).legal), (Place::Home, Legal::Licence));
        assert_eq!(stranded(&w), [STATUS]);
    }

    #[test]
    fn known_a_licence_or_a_community_treatment_order_that_ends_in_hospital_never_ends() {
        for legal in [Legal::Licence, Legal::Cto] {
            let mut w = World::small();
            let i = w.put(Place::Acute, legal);
            w.schedule_in(i, Due::WardEnd, Days::rounded_up(30.0));
            w.due_today(i, Due::Expiry);
            courts::sit(&mut w);
            assert_eq!((w.case(i).legal, stranded(&w)), (legal, vec![STATUS]));
        }
    }

    #[test]
    fn who_is_charged_and_no_court_is_to_sit_is_stranded_wherever() {
        for (place, legal) in [(Place::Home, Legal::None), (Place::Medium, Legal::S37)] {
            let (mut w, i) = under(place, legal);
            w.schedule_in(i, Due::Review, Days::rounded_up(91.0));
            offending::reopen_charge(&mut w, i);
            assert_eq!(stranded(&w), [CHARGE]);
            w.schedule_in(i, Due::Court, Days::rounded_up(30.0));
            assert_eq!(nothing_due(&w), []);
        }
    }

    #[test]
    fn every_stage_of_a_wait_has_somebody_who_works_on_it() {
        let waits = [
            (Stage::Identified, Due::Refer),
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
