//! What a decision may look at: the row of columns of a case, drawn up from its state and its readings.

use crate::agents::{Kind, commissioner};
use crate::calendar::{Day, NEVER, YEAR};
use crate::caseload::{DISABILITY, NO_ONE, NO_UNIT, PERSONALITY, PSYCHOSIS, SUBSTANCE};
use crate::choices::columns::CaseColumn as C;
use crate::codes::{Ethnicity, Offence, Place, Reason, Sex, Stage};
use crate::law;
use crate::law::places;
use crate::law::stages;
use crate::world::{World, accounts, priority};

fn since(day: Day, today: Day) -> f64 {
    if day < 0 { 0.0 } else { f64::from(today - day) }
}

fn flag(b: bool) -> f64 {
    f64::from(u8::from(b))
}

/// Draws up the row.
pub fn columns(world: &World, i: u32) -> [f64; C::COUNT] {
    let c = world.case(i);
    let today = world.today();
    let mut v = [0.0; C::COUNT];
    let mut set = |column: C, value: f64| v[column as usize] = value;
    set(C::Age, world.age(i));
    set(C::Female, flag(c.sex == Sex::Female));
    set(C::Black, flag(c.ethnicity == Ethnicity::Black));
    set(C::White, flag(c.ethnicity == Ethnicity::White));
    set(C::Psychosis, flag(c.has(PSYCHOSIS)));
    set(C::PersonalityDisorder, flag(c.has(PERSONALITY)));
    set(C::Disability, flag(c.has(DISABILITY)));
    set(C::Substance, flag(c.has(SUBSTANCE)));
    set(C::PrimaryPd, flag(c.primary == PERSONALITY));
    set(C::PrimaryId, flag(c.primary == DISABILITY));
    set(C::Place, f64::from(c.place as u8));
    set(C::Legal, f64::from(c.legal as u8));
    set(C::Offence, f64::from(c.offence as u8));
    set(
        C::Violent,
        flag(matches!(c.offence, Offence::Murder | Offence::Violence | Offence::Sexual | Offence::Robbery)),
    );
    set(C::Grave, flag(c.grave));
    set(C::Murder, flag(c.offence == Offence::Murder));
    set(C::Crown, flag(c.crown));
    set(C::Remanded, flag(c.place == Place::Remand));
    set(C::Sentenced, flag(c.release != NEVER));
    set(C::SentenceLeft, if c.release == NEVER { f64::NAN } else { f64::from(c.release - today) });
    set(C::Report, flag(c.report));
    let in_hospital = places::hospital(c.place);
    set(C::BedPromised, flag(in_hospital || matches!(c.stage, Stage::Accepted | Stage::BedHeld)));
    set(C::FailedTreatmentHere, flag(in_hospital));
    set(C::Restricted, flag(law::restricted(c.legal)));
    let k = &c.clinical;
    set(C::Reading, k.reading);
    set(C::ReadingAge, if k.reading.is_nan() { f64::NAN } else { f64::from(today - k.read_on) });
    set(C::SymptomReading, k.symptom_reading);
    set(C::Security, k.security);
    set(C::EngagementReading, k.engagement_reading);
    set(C::ProgrammeReading, k.programme);
    set(C::TierDays, since(c.since, today));
    set(C::SecureDays, since(c.secure_since, today));
    set(C::ReadyDays, since(c.ready, today));
    set(C::WaitDays, since(c.need, today));
    set(C::MinistryDays, since(c.ministry, today));
    set(C::StatutoryDays, since(c.statutory, today));
    set(C::Assessments, f64::from(c.assessments));
    set(C::Refusals, f64::from(c.refusals));
    set(C::Target, f64::from(c.target as u8));
    set(C::Stage, f64::from(c.stage as u8));
    let grade = if c.stage == Stage::Ready { c.grade } else { c.stage };
    set(C::EscortedLeave, flag(stages::escorted(grade)));
    set(C::UnescortedLeave, flag(stages::unescorted(grade)));
    set(C::Setbacks, f64::from(c.setbacks));
    set(C::Absconded, flag(c.absconded >= 0 && f64::from(today - c.absconded) < YEAR));
    set(C::Recalls, f64::from(c.recalls));
    set(C::Convictions, f64::from(c.convictions));
    let lacks = |r: Reason| c.missing & (1 << r as u8) != 0;
    set(C::NoPlace, flag(lacks(Reason::Place)));
    set(C::NoTeam, flag(lacks(Reason::Team)));
    set(C::NoConsent, flag(lacks(Reason::Consent)));
    set(C::Arranged, flag(c.arranged.is_some()));
    set(C::AskedFor, if c.asked == NO_ONE { 0.0 } else { f64::from(c.asked) });
    set(C::CommunityDays, if c.discharged < 0 { f64::NAN } else { f64::from(today - c.discharged) });
    set(C::Forensic, flag(c.forensic_team));
    set(C::Supported, flag(c.place == Place::Supported));
    set(C::Unwell, flag(k.unwell));
    set(C::Charged, flag(c.charged));
    set(C::Employed, flag(c.employed));
    set(C::WorkOffered, flag(c.work_offered));
    set(C::DischargeNear, flag(c.stage == Stage::Ready || c.stage == Stage::Trial || c.listed));
    let tier = if c.unit == NO_UNIT { c.target } else { c.place };
    let who = usize::from(world.commissioner(c.area, tier));
    let table = world.agents.of(Kind::Commissioner);
    let contract = accounts::Contract::of(table.get(who, commissioner::contract));
    let gain = table.get(who, commissioner::gain_share);
    let price = accounts::price(&world.p.money, tier);
    let complex = c.primary == PERSONALITY || c.primary == DISABILITY;
    let (dearer, costlier) =
        if complex { (world.p.money.cluster_price, world.p.money.cluster_cost) } else { (1.0, 1.0) };
    set(C::Margin, accounts::margin(&world.p.money, contract, gain, price) * accounts::WEEKLY);
    set(C::PriceMinusCost, price * (dearer - costlier) * accounts::WEEKLY);
    set(C::Queue, world.queues.pressure(who, tier, c.sex));
    set(C::OtherArea, flag(c.out_of_area));
    set(C::Remitted, flag(!k.symptom_reading.is_nan() && k.symptom_reading < world.p.inpatient.recovered_below));
    set(C::Applied, flag(c.applied));
    set(C::OverLimit, priority::over_limit(world, i));
    v
}
