//! What is asked of a later day: a court, a review, a hearing, the Ministry, an admission, the end of a stay.
//!
//! Each function draws how long it takes and puts it on the case's agenda; the phase that answers takes it from there.

use crate::agents::{Kind, criminal_court, ministry, responsible_clinician};
use crate::calendar::{Days, YEAR};
use crate::caseload::Arrangement;
use crate::caseload::agenda::Due;
use crate::codes::{AskedFor, Decision, Legal, Place, Purpose};
use crate::decisions::ask;
use crate::ids::CaseId;
use crate::law::{self, places};
use crate::world::World;

/// Lists a defendant before the court.
pub fn court_sitting(world: &mut World, i: CaseId) {
    let table = world.agents.of(Kind::CriminalCourt);
    let at = ask::decider(world, Kind::CriminalCourt, i);
    let median = if world.case(i).offending.crown {
        table.get(at, criminal_court::crown_delay)
    } else {
        table.get(at, criminal_court::magistrates_delay)
    };
    let days = world.delay(i, Purpose::CourtDelay, median, world.p.court.delay_sigma);
    world.schedule_in(i, Due::Court, days);
}

/// Schedules the next review of an inpatient.
pub fn review(world: &mut World, i: CaseId) {
    let at = ask::decider(world, Kind::ResponsibleClinician, i);
    let every = world.agents.of(Kind::ResponsibleClinician).get(at, responsible_clinician::interval);
    let jitter = world.p.inpatient.review_jitter;
    let u = world.draw(i, Purpose::ReviewDay);
    let days = Days::rounded_up(every * (1.0 + jitter * (2.0 * u - 1.0)));
    world.schedule_in(i, Due::Review, days);
}

/// Asks the Ministry; it answers when its time and capacity allow.
pub fn ministry(world: &mut World, i: CaseId, what: AskedFor) {
    world.case_mut(i).asked = Some(what);
    let (decision, purpose) = match what {
        AskedFor::Admission | AskedFor::Remission => (Decision::Warrant, Purpose::WarrantDelay),
        AskedFor::Leave | AskedFor::Transfer | AskedFor::Discharge | AskedFor::AbsoluteDischarge => {
            (Decision::Consent, Purpose::ConsentDelay)
        }
    };
    let days = ask::answer_days(world, decision, i, purpose);
    let least = Days::rounded_up(world.agents.of(Kind::Ministry).get(0, ministry::minimum));
    world.schedule_in(i, Due::Consent, days.max(least));
}

/// Asks the Ministry for consent to what is arranged: to a ward it is a transfer, to a home a discharge.
pub fn consent_to(world: &mut World, i: CaseId, to: Arrangement) {
    let what = if places::hospital(to.place) { AskedFor::Transfer } else { AskedFor::Discharge };
    ministry(world, i, what);
}

/// Nothing is asked of the Ministry any more: it has answered, or there is nothing left to answer.
pub fn ministry_done(world: &mut World, i: CaseId) {
    world.case_mut(i).asked = None;
    world.caseload.cancel(i, Due::Consent);
}

/// Lists a hearing before the tribunal so many days from now, applied for in a period or by reference.
pub fn hearing(world: &mut World, i: CaseId, applied_in: Option<u8>, days: Days) {
    let hearing = &mut world.case_mut(i).hearing;
    hearing.listed = true;
    hearing.applied = applied_in.is_some();
    hearing.applied_in = applied_in.or(hearing.applied_in);
    world.schedule_in(i, Due::Hearing, days);
}

/// Takes a hearing off the list: it opens, or the patient has left hospital.
pub fn unlist(world: &mut World, i: CaseId) {
    world.case_mut(i).hearing.listed = false;
}

/// Schedules the next automatic reference to the tribunal, after a hearing or a reference.
pub fn reference(world: &mut World, i: CaseId) {
    let t = &world.p.tribunal;
    let after = if law::restricted(world.case(i).legal) { t.reference_restricted } else { t.reference_other };
    world.schedule_in(i, Due::Apply, Days::rounded_up(after));
}

/// Schedules the first reference under a status: within a month of a recall (s75(1)), after six months of a civil section
/// (s68(2)), and as ever for the others, whose first six months are no matter of a reference (s71(2), Sch 1 Pt I para 10).
pub fn first_reference(world: &mut World, i: CaseId, recalled: bool) {
    let t = &world.p.tribunal;
    let legal = world.case(i).legal;
    if recalled && law::restricted(legal) && !law::transferred(legal) {
        world.schedule_in(i, Due::Apply, Days::rounded_up(t.reference_recall));
    } else if matches!(legal, Legal::S2 | Legal::S3) {
        world.schedule_in(i, Due::Apply, Days::rounded_up(t.reference_first));
    } else {
        reference(world, i);
    }
}

/// Notes that the tribunal has told the Ministry that a transferred prisoner would be entitled to be discharged (s74(1)).
pub fn notify(world: &mut World, i: CaseId) {
    world.case_mut(i).hearing.notified = true;
}

/// Begins anew with a status: neither applications nor notices under the one before count.
pub fn hearings_anew(world: &mut World, i: CaseId) {
    let hearing = &mut world.case_mut(i).hearing;
    hearing.notified = false;
    hearing.applied_in = None;
}

/// Schedules the admission to a held bed.
pub fn admission(world: &mut World, i: CaseId) {
    let days = world.delay(i, Purpose::MoveDelay, world.p.beds.admission_days, world.p.beds.admission_sigma);
    world.schedule_in(i, Due::Admission, days);
}

/// Schedules the end of a stay on a ward.
pub fn ward_end(world: &mut World, i: CaseId, place: Place) {
    let d = &world.p.discharge;
    let median = if place == Place::Picu && law::transferred(world.case(i).legal) {
        d.picu_prisoner_days
    } else if place == Place::Picu {
        d.picu_days
    } else if place == Place::Acute {
        d.acute_days
    } else {
        d.rehab_days
    };
    let days = world.delay(i, Purpose::WardStay, median, d.ward_sigma);
    world.schedule_in(i, Due::WardEnd, days);
}

/// Schedules the day on which the books may close on a person who has just come to live in the community: of somebody who
/// was in secure care, the day from which that no longer matters.
pub fn closing(world: &mut World, i: CaseId) {
    let known = world.case(i).past.ever_secure;
    let days = if known { world.p.aftercare.known_years * YEAR } else { world.p.discharge.books_days };
    world.schedule_in(i, Due::Close, Days::rounded_up(days));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Legal;
    use crate::plan::{DelayPlan, DelayRow};

    /// How many numbers have been drawn for a purpose about a case.
    fn drawn(w: &World, i: CaseId, purpose: Purpose) -> u64 {
        w.case(i).clone().questions.next(purpose).number()
    }

    #[test]
    fn a_defendant_is_listed_by_the_delay_of_the_court_that_tries() {
        let mut w = World::small();
        w.p.court.delay_sigma = 0.0;
        for (crown, days) in [(false, 45), (true, 200)] {
            let i = w.put_with(Place::Home, Legal::None, |c| c.offending.crown = crown);
            court_sitting(&mut w, i);
            assert_eq!((w.due_in(i, Due::Court), drawn(&w, i, Purpose::CourtDelay)), (Some(days), 1));
        }
    }

    #[test]
    fn reviews_come_about_every_interval_of_the_unit() {
        let mut w = World::small();
        w.agents.set("responsible_clinician", 2, "interval", 40.0).expect("declared");
        let i = w.put(Place::Medium, Legal::S37);
        let days: Vec<i32> = (0..200)
            .map(|_| {
                review(&mut w, i);
                w.due_in(i, Due::Review).expect("a review")
            })
            .collect();
        // Give or take 15%, rounded up.
        assert!(days.iter().all(|d| (34..=46).contains(d)));
        assert!(days.contains(&35) && days.contains(&46));
    }

    #[test]
    fn a_review_is_never_today() {
        let mut w = World::small();
        w.set_all(Kind::ResponsibleClinician, "interval", 0.0);
        let i = w.put(Place::Medium, Legal::S37);
        review(&mut w, i);
        assert_eq!(w.due_in(i, Due::Review), Some(1));
    }

    #[test]
    fn the_ministry_is_asked_one_thing_and_draws_for_warrants_apart() {
        use AskedFor::*;
        for what in [Leave, Transfer, Discharge, AbsoluteDischarge, Admission, Remission] {
            let mut w = World::small();
            let i = w.put(Place::Medium, Legal::S37S41);
            ministry(&mut w, i, what);
            let warrant = matches!(what, Admission | Remission);
            assert_eq!((w.case(i).asked, w.due_in(i, Due::Consent)), (Some(what), Some(1)));
            let draws = [Purpose::WarrantDelay, Purpose::ConsentDelay].map(|p| drawn(&w, i, p));
            assert_eq!(draws, [u64::from(warrant), u64::from(!warrant)]);
        }
    }

    #[test]
    fn the_ministry_takes_its_declared_time_and_no_less_than_its_minimum() {
        let mut w = World::small();
        let row = DelayRow { term: "1".to_owned(), parameter: "test".to_owned(), value: libm::log(30.0) };
        w.plan.choices.get_mut("consent").expect("declared").delay = Some(DelayPlan { rows: vec![row], sigma: 0.0 });
        w.read_choices();
        let i = w.put(Place::Medium, Legal::S37S41);
        ministry(&mut w, i, AskedFor::Leave);
        let days = w.due_in(i, Due::Consent).expect("an answer");
        assert!((30..=31).contains(&days), "{days}");
        w.set_all(Kind::Ministry, "minimum", 44.0);
        ministry(&mut w, i, AskedFor::Leave);
        assert_eq!(w.due_in(i, Due::Consent), Some(44));
    }

    #[test]
    fn a_case_is_referred_to_the_tribunal_by_its_status() {
        let mut w = World::small();
        (w.p.tribunal.reference_restricted, w.p.tribunal.reference_other) = (700.0, 300.0);
        for (legal, days) in [(Legal::S37S41, 700), (Legal::S47S49, 700), (Legal::S37, 300), (Legal::S3, 300)] {
            let i = w.put(Place::Medium, legal);
            reference(&mut w, i);
            assert_eq!(w.due_in(i, Due::Apply), Some(days), "{}", legal.name());
        }
    }

    #[test]
    fn an_admission_takes_days_that_are_drawn() {
        let mut w = World::small();
        w.p.beds.admission_sigma = 0.0;
        let i = w.put(Place::Home, Legal::Cd);
        admission(&mut w, i);
        assert_eq!((w.due_in(i, Due::Admission), drawn(&w, i, Purpose::MoveDelay)), (Some(7), 1));
    }

    #[test]
    fn each_kind_of_ward_has_its_own_length_of_stay() {
        let mut w = World::small();
        w.p.discharge.ward_sigma = 0.0;
        let stays = [(Place::Picu, 30), (Place::Acute, 28), (Place::OpenRehab, 330), (Place::LockedRehab, 330)];
        for (place, days) in stays {
            let i = w.put(place, Legal::S3);
            ward_end(&mut w, i, place);
            assert_eq!((w.due_in(i, Due::WardEnd), drawn(&w, i, Purpose::WardStay)), (Some(days), 1));
        }
    }

    #[test]
    fn a_transferred_prisoner_stays_longer_on_a_picu_than_others() {
        let mut w = World::small();
        w.p.discharge.ward_sigma = 0.0;
        for (legal, days) in [(Legal::S3, 30), (Legal::S37S41, 30), (Legal::S47S49, 59), (Legal::S48S49, 59)] {
            let i = w.put(Place::Picu, legal);
            ward_end(&mut w, i, Place::Picu);
            assert_eq!(w.due_in(i, Due::WardEnd), Some(days), "{}", legal.name());
        }
    }

    #[test]
    fn the_books_close_after_a_year_or_after_the_years_for_which_secure_care_matters() {
        let mut w = World::small();
        for (ever, days) in [(false, Some(365)), (true, Some(7305))] {
            let i = w.put_with(Place::Home, Legal::None, |c| c.past.ever_secure = ever);
            closing(&mut w, i);
            assert_eq!(w.due_in(i, Due::Close), days);
        }
    }

    #[test]
    fn what_is_asked_for_again_takes_the_place_of_the_first_and_draws_afresh() {
        let mut w = World::small();
        let i = w.put(Place::Home, Legal::None);
        let days: Vec<Option<i32>> = (0..5)
            .map(|_| {
                court_sitting(&mut w, i);
                w.due_in(i, Due::Court)
            })
            .collect();
        assert!(days.windows(2).any(|d| d[0] != d[1]));
        assert_eq!(drawn(&w, i, Purpose::CourtDelay), 5);
    }
}
