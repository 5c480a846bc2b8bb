//! What a decision may look at: the row of columns of a case, drawn up from its state and its readings.

use crate::agents::{Kind, commissioner};
use crate::calendar::{Day, YEAR};
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::caseload::case::Life;
use crate::choices::columns::{CaseColumn as C, CaseRow};
use crate::codes::{Decision, Diagnosis, Ethnicity, Offence, Place, Reason, Sex, Stage};
use crate::ids::CaseId;
use crate::law::{self, places, stages};
use crate::world::{World, incentives, priority, settlement};

/// Days since a day; 0 where there was none.
fn since(day: Option<Day>, today: Day) -> f64 {
    day.map_or(0.0, |day| f64::from(today - day))
}

/// A number, or null.
fn or_null(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}

fn flag(b: bool) -> f64 {
    f64::from(u8::from(b))
}

/// Pounds of a thousand.
const THOUSAND: f64 = 1000.0;

/// The row while it is drawn up.
struct Row([f64; C::COUNT]);

impl Row {
    fn set(&mut self, column: C, value: f64) {
        self.0[column as usize] = value;
    }
}

/// Draws up the row.
pub fn columns(world: &World, i: CaseId) -> [f64; C::COUNT] {
    let (c, today) = (world.case(i), world.today());
    let mut v = Row([0.0; C::COUNT]);
    v.set(C::Age, world.age(i));
    person(&mut v, c);
    offending(&mut v, c, today);
    stay(&mut v, c, today);
    reading(&mut v, world, c);
    waiting(&mut v, c, today);
    way_out(&mut v, c);
    community(&mut v, c, today);
    money(&mut v, world, i);
    v.set(C::OverLimit, priority::over_limit(world, i));
    v.0
}

/// Who the person is.
fn person(v: &mut Row, c: &Case) {
    v.set(C::Female, flag(c.sex == Sex::Female));
    v.set(C::Black, flag(c.ethnicity == Ethnicity::Black));
    v.set(C::White, flag(c.ethnicity == Ethnicity::White));
    v.set(C::Psychosis, flag(c.has(Diagnosis::Psychosis)));
    v.set(C::PersonalityDisorder, flag(c.has(Diagnosis::Personality)));
    v.set(C::Disability, flag(c.has(Diagnosis::Disability)));
    v.set(C::Substance, flag(c.has(Diagnosis::Substance)));
    v.set(C::PrimaryPd, flag(c.primary == Diagnosis::Personality));
    v.set(C::PrimaryId, flag(c.primary == Diagnosis::Disability));
}

/// Offence, charge and sentence.
fn offending(v: &mut Row, c: &Case, today: Day) {
    v.set(C::Offence, f64::from(c.offending.offence as u8));
    v.set(
        C::Violent,
        flag(matches!(c.offending.offence, Offence::Murder | Offence::Violence | Offence::Sexual | Offence::Robbery)),
    );
    v.set(C::Grave, flag(c.offending.grave));
    v.set(C::Murder, flag(c.offending.offence == Offence::Murder));
    v.set(C::Crown, flag(c.offending.crown));
    v.set(C::Remanded, flag(c.place == Place::Remand));
    v.set(C::Sentenced, flag(c.sentenced()));
    let board = c.due.get(Due::Release).filter(|_| c.offending.life == Life::Serving);
    let ends = c.offending.release.or(board);
    v.set(C::SentenceLeft, or_null(ends.map(|day| f64::from(day - today))));
    v.set(C::Report, flag(c.offending.report));
    v.set(C::Charged, flag(c.offending.charged));
    v.set(C::Convictions, f64::from(c.offending.convictions));
}

/// Where the person is, and under which status.
fn stay(v: &mut Row, c: &Case, today: Day) {
    v.set(C::Place, f64::from(c.place as u8));
    v.set(C::Legal, f64::from(c.legal as u8));
    let in_hospital = places::hospital(c.place);
    v.set(C::BedPromised, flag(in_hospital || matches!(c.stage, Stage::Accepted | Stage::BedHeld)));
    v.set(C::FailedTreatmentHere, flag(in_hospital));
    v.set(C::Restricted, flag(law::restricted(c.legal)));
    v.set(C::TierDays, f64::from(today - c.placement.since));
    v.set(C::SecureDays, since(c.placement.secure_since, today));
    v.set(C::OtherArea, flag(c.placement.out_of_area));
    v.set(C::Absconded, flag(c.absence.last.is_some_and(|day| f64::from(today - day) < YEAR)));
    v.set(C::Recalls, f64::from(c.past.recalls));
}

/// What a team sees of illness and risk.
fn reading(v: &mut Row, world: &World, c: &Case) {
    let (k, today) = (&c.clinical, world.today());
    v.set(C::Reading, or_null(k.reading.map(|r| r.risk)));
    v.set(C::ReadingAge, or_null(k.reading.map(|r| f64::from(today - r.day))));
    v.set(C::SymptomReading, or_null(k.reading.map(|r| r.symptoms)));
    v.set(C::Security, or_null(k.reading.map(|r| r.security)));
    v.set(C::EngagementReading, or_null(k.reading.map(|r| r.engagement)));
    v.set(C::ProgrammeReading, k.programme);
    v.set(C::Unwell, flag(k.unwell));
    v.set(C::Remitted, flag(k.reading.is_some_and(|r| r.symptoms < world.p.inpatient.recovered_below)));
}

/// How long the person waits, and for what.
fn waiting(v: &mut Row, c: &Case, today: Day) {
    let wait = c.wait.unwrap_or_default();
    v.set(C::ReadyDays, since(c.readiness.since, today));
    v.set(C::WaitDays, since(wait.identified, today));
    v.set(C::MinistryDays, since(wait.at_ministry, today));
    v.set(C::StatutoryDays, since(wait.requested, today));
    v.set(C::Assessments, f64::from(wait.assessments));
    v.set(C::Refusals, f64::from(wait.refusals));
    v.set(C::Target, f64::from(c.target as u8));
    v.set(C::AskedFor, c.asked.map_or(0.0, |what| f64::from(what as u8)));
}

/// How near the way out is: leave, and what is missing.
fn way_out(v: &mut Row, c: &Case) {
    v.set(C::Stage, f64::from(c.stage as u8));
    v.set(C::EscortedLeave, flag(stages::escorted(c.leave())));
    v.set(C::UnescortedLeave, flag(stages::unescorted(c.leave())));
    v.set(C::Setbacks, f64::from(c.setbacks));
    let lacks = |r: Reason| c.readiness.missing.contains(r);
    v.set(C::NoPlace, flag(lacks(Reason::Place)));
    v.set(C::NoTeam, flag(lacks(Reason::Team)));
    v.set(C::NoConsent, flag(lacks(Reason::Consent)));
    v.set(C::Arranged, flag(c.readiness.arranged.is_some()));
    v.set(C::DischargeNear, flag(c.stage == Stage::Ready || c.stage == Stage::Trial || c.hearing.listed));
    v.set(C::Applied, flag(c.hearing.applied));
}

/// Life in the community.
fn community(v: &mut Row, c: &Case, today: Day) {
    v.set(C::CommunityDays, or_null(c.past.discharged.map(|day| f64::from(today - day))));
    v.set(C::Breach, flag(c.follow_up.breach));
    v.set(C::Forensic, flag(c.follow_up.forensic()));
    v.set(C::Supported, flag(c.place == Place::Supported));
    v.set(C::Employed, flag(c.work.employed));
    v.set(C::Settled, flag(places::community(c.place) && c.wellbeing.settled));
    v.set(C::CloseRelationship, flag(c.wellbeing.close));
    v.set(C::MetabolicSyndrome, flag(c.wellbeing.metabolic));
    v.set(C::HopeReported, or_null(c.wellbeing.hope.map(f64::from)));
    v.set(C::WorkOffered, flag(c.work.supported));
}

/// What the commissioner's contract, and the queue, make worth while.
fn money(v: &mut Row, world: &World, i: CaseId) {
    let c = world.case(i);
    let tier = if c.placement.unit.is_some() { c.place } else { c.target };
    let who = world.commissioner(c.area, tier);
    let table = world.agents.of(Kind::Commissioner);
    let contract = settlement::contract(table.get(who.index(), commissioner::contract));
    let gain = table.get(who.index(), commissioner::gain_share);
    let price = settlement::price(&world.p.money, tier);
    let p = &world.p.money;
    let (reach, complex) = (table.get(who.index(), commissioner::clustering), settlement::complex(c));
    let by_group = |coded| settlement::group_price(p, price, coded) - settlement::variable_cost(p, price, complex);
    let day = settlement::price_minus_cost(p, contract, price, complex);
    let day = settlement::clustered(reach, day, by_group(complex));
    let pays = if places::secure(tier) { day } else { 0.0 };
    let margin = settlement::margin(p, contract, gain, price);
    let margin = settlement::clustered(reach, margin, by_group(c.placement.coded.unwrap_or(complex)));
    v.set(C::Margin, margin * settlement::WEEKLY + incentives::week(world, i) / THOUSAND);
    let gains = reach * (settlement::group_price(p, price, true) - settlement::group_price(p, price, false));
    v.set(C::CodeGain, gains * settlement::WEEKLY);
    v.set(C::PriceMinusCost, pays * settlement::WEEKLY + incentives::bed_week(world, i, who) / THOUSAND);
    v.set(C::Queue, world.queues.pressure(who, tier, c.sex));
}

/// The row as it would be without the money that the count of what money does leaves out: for a review what depends on goals, for an
/// assessment all that the person's day pays more than it costs, or less. Nothing where there is no such money.
pub fn without_money(world: &World, i: CaseId, decision: Decision, row: &CaseRow) -> Option<CaseRow> {
    let mut without = *row;
    match decision {
        Decision::Review => without[C::Margin as usize] -= incentives::week(world, i) / THOUSAND,
        Decision::Assessment => without[C::PriceMinusCost as usize] = 0.0,
        Decision::Coding => without[C::CodeGain as usize] = 0.0,
        Decision::Disposal
        | Decision::Referral
        | Decision::Warrant
        | Decision::Placement
        | Decision::Consent
        | Decision::Hearing
        | Decision::Discharge
        | Decision::Recall
        | Decision::Engagement
        | Decision::Commissioning => return None,
    }
    let moved = |c: C| row[c as usize].to_bits() != without[c as usize].to_bits();
    [C::Margin, C::PriceMinusCost, C::CodeGain].into_iter().any(moved).then_some(without)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caseload::Wait;
    use crate::caseload::clinical::Reading;
    use crate::codes::Legal;
    use crate::transitions::readiness;

    fn seen(change: impl FnOnce(&mut Case), column: C) -> f64 {
        let mut w = World::small();
        let i = w.put_with(Place::Medium, Legal::S37S41, change);
        columns(&w, i)[column as usize]
    }

    #[test]
    fn what_nobody_knows_yet_is_null_and_nothing_else_is() {
        let mut w = World::small();
        for place in [Place::Home, Place::Remand, Place::Medium, Place::Acute] {
            let i = w.put(place, Legal::None);
            let row = columns(&w, i);
            let null: Vec<&str> = C::ALL.iter().filter(|c| row[**c as usize].is_nan()).map(|c| c.name()).collect();
            let nullable: Vec<&str> = C::ALL.iter().filter(|c| c.nullable()).map(|c| c.name()).collect();
            assert_eq!(null, nullable, "{}", place.name());
        }
    }

    #[test]
    fn what_is_known_is_no_longer_null() {
        let mut w = World::small();
        let today = w.today();
        let i = w.put_with(Place::Home, Legal::Cd, |c| {
            c.offending.release = Some(today + 9);
            c.past.discharged = Some(today - 30);
            c.wellbeing.hope = Some(0.5);
            let day = today - 4;
            c.clinical.reading = Some(Reading { risk: 1.5, symptoms: 0.2, engagement: 0.6, security: 2.5, day });
        });
        let row = columns(&w, i);
        let read = [
            C::SentenceLeft,
            C::CommunityDays,
            C::Reading,
            C::ReadingAge,
            C::SymptomReading,
            C::Security,
            C::EngagementReading,
            C::HopeReported,
        ];
        assert_eq!(read.map(|c| row[c as usize]), [9.0, 30.0, 1.5, 4.0, 0.2, 2.5, 0.6, 0.5]);
        assert!(row.iter().all(|v| !v.is_nan()));
    }

    #[test]
    fn a_decision_never_sees_the_latent_state() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37);
        let before = columns(&w, i);
        let k = &mut w.case_mut(i).clinical;
        (k.risk, k.lasting, k.hope, k.engagement, k.frailty, k.flight) = (9.0, 9.0, 0.9, 0.9, 9.0, 9.0);
        let same = |a: f64, b: f64| a.to_bits() == b.to_bits();
        assert!(columns(&w, i).iter().zip(before).all(|(a, b)| same(*a, b)));
    }

    #[test]
    fn while_ready_the_leave_that_was_held_before_is_seen() {
        let leave = |stage, grade| {
            let row = |c| seen(|case| (case.stage, case.grade) = (stage, grade), c);
            [row(C::EscortedLeave), row(C::UnescortedLeave)]
        };
        assert_eq!(leave(Stage::Ready, Stage::UnescortedLeave), [1.0, 1.0]);
        assert_eq!(leave(Stage::Ready, Stage::EscortedLeave), [1.0, 0.0]);
        assert_eq!(leave(Stage::EscortedLeave, Stage::Treatment), [1.0, 0.0]);
        assert_eq!(leave(Stage::Treatment, Stage::UnescortedLeave), [0.0, 0.0]);
    }

    #[test]
    fn days_are_counted_from_each_clock_and_none_where_it_has_not_begun() {
        let mut w = World::small();
        let start = w.today();
        let i = w.put(Place::Medium, Legal::S37);
        let days = |w: &World| {
            let row = columns(w, i);
            [C::TierDays, C::SecureDays, C::ReadyDays, C::WaitDays, C::MinistryDays, C::StatutoryDays]
                .map(|c| row[c as usize])
        };
        w.pass(10);
        assert_eq!(days(&w), [10.0, 10.0, 0.0, 0.0, 0.0, 0.0]);
        readiness::make_ready(&mut w, i, Reason::Place.into());
        let wait = Wait {
            identified: Some(start),
            at_ministry: Some(start + 4),
            requested: Some(start + 2),
            ..Wait::default()
        };
        w.case_mut(i).wait = Some(wait);
        w.pass(1);
        assert_eq!(days(&w), [11.0, 11.0, 1.0, 11.0, 7.0, 9.0]);
    }

    #[test]
    fn the_queue_is_that_of_the_own_commissioner_tier_and_sex() {
        let mut w = World::small();
        w.queues.waiting[0][1][0] = 0.7;
        w.queues.waiting[2][0][0] = 0.9;
        let inside = w.put_with(Place::Medium, Legal::S37, |c| c.target = Place::High);
        let outside = w.put_with(Place::Remand, Legal::None, |c| c.target = Place::Medium);
        let high = w.put_with(Place::Remand, Legal::None, |c| c.target = Place::High);
        let away = w.put_with(Place::Remand, Legal::None, |c| (c.target, c.area) = (Place::Medium, 1));
        let queue = [inside, outside, high, away].map(|i| columns(&w, i)[C::Queue as usize]);
        assert_eq!(queue, [0.7, 0.7, 0.9, 0.0]);
    }

    #[test]
    fn what_is_missing_and_arranged_is_seen() {
        let lacks = |missing: enumset::EnumSet<Reason>| {
            [C::NoPlace, C::NoTeam, C::NoConsent].map(|c| seen(|case| case.readiness.missing = missing, c))
        };
        assert_eq!(lacks(Reason::Place | Reason::Consent), [1.0, 0.0, 1.0]);
        assert_eq!(lacks(Reason::Team | Reason::Funding), [0.0, 1.0, 0.0]);
        assert_eq!(seen(|_| {}, C::Arranged), 0.0);
    }

    #[test]
    fn discharge_is_near_for_who_is_ready_on_trial_leave_or_listed() {
        let near = |change: fn(&mut Case)| seen(change, C::DischargeNear);
        assert_eq!(near(|c| c.stage = Stage::Ready), 1.0);
        assert_eq!(near(|c| c.stage = Stage::Trial), 1.0);
        assert_eq!(near(|c| c.hearing.listed = true), 1.0);
        assert_eq!(near(|c| c.stage = Stage::UnescortedLeave), 0.0);
    }

    #[test]
    fn an_absconding_is_remembered_for_a_year() {
        for (days, seen) in [(0, 1.0), (365, 1.0), (366, 0.0)] {
            let mut w = World::small();
            let last = w.today() - days;
            let i = w.put_with(Place::Medium, Legal::S37, |c| c.absence.last = Some(last));
            assert_eq!(columns(&w, i)[C::Absconded as usize], seen, "{days}");
        }
    }

    #[test]
    fn offences_and_statuses_are_seen_as_they_are() {
        for (offence, violent) in [
            (Offence::Murder, 1.0),
            (Offence::Violence, 1.0),
            (Offence::Sexual, 1.0),
            (Offence::Robbery, 1.0),
            (Offence::Theft, 0.0),
            (Offence::Arson, 0.0),
        ] {
            assert_eq!(seen(|c| c.offending.offence = offence, C::Violent), violent, "{}", offence.name());
        }
        assert_eq!(seen(|c| c.offending.offence = Offence::Murder, C::Murder), 1.0);
        assert_eq!(seen(|_| {}, C::Restricted), 1.0);
        assert_eq!(seen(|c| c.legal = Legal::S37, C::Restricted), 0.0);
        assert_eq!(seen(|_| {}, C::Legal), f64::from(Legal::S37S41 as u8));
        assert_eq!(seen(|c| c.target = Place::Low, C::Target), f64::from(Place::Low as u8));
    }

    #[test]
    fn a_day_pays_what_the_contract_says_less_what_the_person_costs() {
        let found = |contract: f64, primary| {
            let mut w = World::small();
            w.set_all(Kind::Commissioner, "contract", contract);
            let i = w.put_with(Place::Medium, Legal::S37, |c| c.primary = primary);
            columns(&w, i)[C::PriceMinusCost as usize] / (w.p.money.medium * settlement::WEEKLY)
        };
        for (primary, cost, price) in [
            (Diagnosis::Psychosis, 1.0, 1.0),
            (Diagnosis::Personality, 1.15, 1.05),
            (Diagnosis::Disability, 1.15, 1.05),
        ] {
            for (contract, paid) in [(0.0, 0.05), (1.0, price), (3.0, 0.25 * cost)] {
                let difference = found(contract, primary) - (paid - 0.25 * cost);
                assert!(difference.abs() < 1e-9, "{}, contract {contract}", primary.name());
            }
        }
    }

    #[test]
    fn a_week_that_is_long_or_keeps_somebody_waiting_earns_less_by_what_depends_on_it() {
        use crate::codes::Goal;
        use crate::ids::UnitId;
        let margin = |share: f64, days: i32, queue: f64| {
            let mut w = World::small();
            w.set_all(Kind::Commissioner, "cquin", share);
            w.accounts.incentives.count(UnitId(2), Goal::Stay, 250_000, 1_000_000);
            w.accounts.incentives.count(UnitId(2), Goal::Wait, 900, 10);
            w.accounts.incentives.turn();
            w.queues.waiting[0][1][0] = queue;
            let i = w.put_with(Place::Medium, Legal::S37, |c| c.placement.since -= days);
            columns(&w, i)[C::Margin as usize]
        };
        assert_eq!(margin(0.1, 10, 0.0), margin(0.0, 3000, 1.0), "nothing depends on it");
        let (long, wait) = (margin(0.1, 3000, 0.0), margin(0.1, 10, 1.0));
        let none = margin(0.0, 10, 0.0);
        assert!(long < none && wait < none);
        let both = margin(0.1, 3000, 1.0);
        assert!((both - none - (long - none) - (wait - none)).abs() < 1e-9, "they add up");
        assert!((margin(0.2, 3000, 0.0) - none - 2.0 * (long - none)).abs() < 1e-9, "in proportion to the share");
    }

    #[test]
    fn a_providers_margin_is_that_of_its_contract() {
        let mut w = World::small();
        let i = w.put(Place::Medium, Legal::S37);
        let margin = |w: &World| columns(w, i)[C::Margin as usize];
        let varying = 0.25 * w.p.money.medium * settlement::WEEKLY;
        assert!((margin(&w) + 0.5 * varying).abs() < 1e-9);
        w.set_all(Kind::Commissioner, "contract", 1.0);
        assert!((margin(&w) - 3.0 * varying).abs() < 1e-9);
    }

    #[test]
    fn a_patient_whose_symptoms_are_low_has_recovered_on_the_latest_reading() {
        let recovered = |symptoms: f64| {
            let reading = Reading { risk: 0.0, symptoms, engagement: 0.5, security: 1.0, day: 45_000 };
            seen(|c| c.clinical.reading = Some(reading), C::Remitted)
        };
        assert_eq!((recovered(0.79), recovered(0.8), seen(|_| {}, C::Remitted)), (1.0, 0.0, 0.0));
    }
}
