//! What a decision may look at: the row of columns of a case, drawn up from its state and its readings.

use crate::agents::{Kind, commissioner};
use crate::calendar::{Day, YEAR};
use crate::choices::columns::CaseColumn as C;
use crate::codes::{Diagnosis, Ethnicity, Offence, Place, Reason, Sex, Stage};
use crate::ids::CaseId;
use crate::law::{self, places, stages};
use crate::world::{World, accounts, priority};

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

/// Draws up the row.
pub fn columns(world: &World, i: CaseId) -> [f64; C::COUNT] {
    let c = world.case(i);
    let wait = c.wait.unwrap_or_default();
    let today = world.today();
    let mut v = [0.0; C::COUNT];
    let mut set = |column: C, value: f64| v[column as usize] = value;
    set(C::Age, world.age(i));
    set(C::Female, flag(c.sex == Sex::Female));
    set(C::Black, flag(c.ethnicity == Ethnicity::Black));
    set(C::White, flag(c.ethnicity == Ethnicity::White));
    set(C::Psychosis, flag(c.has(Diagnosis::Psychosis)));
    set(C::PersonalityDisorder, flag(c.has(Diagnosis::Personality)));
    set(C::Disability, flag(c.has(Diagnosis::Disability)));
    set(C::Substance, flag(c.has(Diagnosis::Substance)));
    set(C::PrimaryPd, flag(c.primary == Diagnosis::Personality));
    set(C::PrimaryId, flag(c.primary == Diagnosis::Disability));
    set(C::Place, f64::from(c.place as u8));
    set(C::Legal, f64::from(c.legal as u8));
    set(C::Offence, f64::from(c.offending.offence as u8));
    set(
        C::Violent,
        flag(matches!(c.offending.offence, Offence::Murder | Offence::Violence | Offence::Sexual | Offence::Robbery)),
    );
    set(C::Grave, flag(c.offending.grave));
    set(C::Murder, flag(c.offending.offence == Offence::Murder));
    set(C::Crown, flag(c.offending.crown));
    set(C::Remanded, flag(c.place == Place::Remand));
    set(C::Sentenced, flag(c.sentenced()));
    set(C::SentenceLeft, or_null(c.offending.release.map(|day| f64::from(day - today))));
    set(C::Report, flag(c.offending.report));
    let in_hospital = places::hospital(c.place);
    set(C::BedPromised, flag(in_hospital || matches!(c.stage, Stage::Accepted | Stage::BedHeld)));
    set(C::FailedTreatmentHere, flag(in_hospital));
    set(C::Restricted, flag(law::restricted(c.legal)));
    let k = &c.clinical;
    set(C::Reading, or_null(k.reading.map(|r| r.risk)));
    set(C::ReadingAge, or_null(k.reading.map(|r| f64::from(today - r.day))));
    set(C::SymptomReading, or_null(k.reading.map(|r| r.symptoms)));
    set(C::Security, or_null(k.reading.map(|r| r.security)));
    set(C::EngagementReading, or_null(k.reading.map(|r| r.engagement)));
    set(C::ProgrammeReading, k.programme);
    set(C::TierDays, f64::from(today - c.placement.since));
    set(C::SecureDays, since(c.placement.secure_since, today));
    set(C::ReadyDays, since(c.readiness.since, today));
    set(C::WaitDays, since(wait.identified, today));
    set(C::MinistryDays, since(wait.at_ministry, today));
    set(C::StatutoryDays, since(wait.requested, today));
    set(C::Assessments, f64::from(wait.assessments));
    set(C::Refusals, f64::from(wait.refusals));
    set(C::Target, f64::from(c.target as u8));
    set(C::Stage, f64::from(c.stage as u8));
    set(C::EscortedLeave, flag(stages::escorted(c.leave())));
    set(C::UnescortedLeave, flag(stages::unescorted(c.leave())));
    set(C::Setbacks, f64::from(c.setbacks));
    set(C::Absconded, flag(c.absence.last.is_some_and(|day| f64::from(today - day) < YEAR)));
    set(C::Recalls, f64::from(c.past.recalls));
    set(C::Convictions, f64::from(c.offending.convictions));
    let lacks = |r: Reason| c.readiness.missing.contains(r);
    set(C::NoPlace, flag(lacks(Reason::Place)));
    set(C::NoTeam, flag(lacks(Reason::Team)));
    set(C::NoConsent, flag(lacks(Reason::Consent)));
    set(C::Arranged, flag(c.readiness.arranged.is_some()));
    set(C::AskedFor, c.asked.map_or(0.0, |what| f64::from(what as u8)));
    set(C::CommunityDays, or_null(c.past.discharged.map(|day| f64::from(today - day))));
    set(C::Forensic, flag(c.follow_up.forensic()));
    set(C::Supported, flag(c.place == Place::Supported));
    set(C::Unwell, flag(k.unwell));
    set(C::Charged, flag(c.offending.charged));
    set(C::Employed, flag(c.work.employed));
    set(C::WorkOffered, flag(c.work.supported));
    set(C::DischargeNear, flag(c.stage == Stage::Ready || c.stage == Stage::Trial || c.hearing.listed));
    let tier = if c.placement.unit.is_some() { c.place } else { c.target };
    let who = world.commissioner(c.area, tier);
    let table = world.agents.of(Kind::Commissioner);
    let contract = accounts::contract(table.get(who.index(), commissioner::contract));
    let gain = table.get(who.index(), commissioner::gain_share);
    let price = accounts::price(&world.p.money, tier);
    let complex = c.primary == Diagnosis::Personality || c.primary == Diagnosis::Disability;
    let (dearer, costlier) =
        if complex { (world.p.money.cluster_price, world.p.money.cluster_cost) } else { (1.0, 1.0) };
    set(C::Margin, accounts::margin(&world.p.money, contract, gain, price) * accounts::WEEKLY);
    set(C::PriceMinusCost, price * (dearer - costlier) * accounts::WEEKLY);
    set(C::Queue, world.queues.pressure(who, tier, c.sex));
    set(C::OtherArea, flag(c.placement.out_of_area));
    set(C::Remitted, flag(k.reading.is_some_and(|r| r.symptoms < world.p.inpatient.recovered_below)));
    set(C::Applied, flag(c.hearing.applied));
    set(C::OverLimit, priority::over_limit(world, i));
    v
}
