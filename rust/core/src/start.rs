//! The synthetic cross-section: who is on the pathway when the settling period begins, and since when.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::agents::{Kind, community_team};
use crate::calendar::{Day, NEVER, YEAR};
use crate::caseload::agenda::Due;
use crate::caseload::clinical::ClinicalParams;
use crate::caseload::{Case, DISABILITY, PERSONALITY, PSYCHOSIS, SUBSTANCE};
use crate::codes::{Ethnicity, Justice, Legal, Offence, Place, Reason, Sex, Stage};
use crate::draw::{Purpose, exponential, normal};
use crate::error::SimError;
use crate::pathway::beds::Ward;
use crate::pathway::{courts, law, readiness, reviews};
use crate::population::{Disorder, Resident};
use crate::sim::Sim;

/// Who is in a tier at the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierStart {
    /// Share of beds occupied [share].
    pub occupancy: f64,
    /// Lasting risk of its patients above that of all who enter the pathway [SD].
    pub risk: f64,
    /// Mean age [a].
    pub age: f64,
    /// Standard deviation of age [a].
    pub age_sd: f64,
    /// Mean of the logarithm of a whole stay in years [ln a].
    pub stay_mu: f64,
    /// Standard deviation of that logarithm [ln a].
    pub stay_sigma: f64,
    /// Personality disorder primary [share].
    pub personality: f64,
    /// Intellectual disability or autism primary [share].
    pub disability: f64,
    /// Black ethnic groups [share].
    pub black: f64,
    /// Asian [share].
    pub asian: f64,
    /// Mixed [share].
    pub mixed: f64,
    /// Under s37/41, including findings of unfitness or insanity [share].
    pub s37_41: f64,
    /// Under s47/49 [share].
    pub s47_49: f64,
    /// Under s48/49 [share].
    pub s48_49: f64,
    /// Under s45A [share].
    pub s45a: f64,
    /// Under s37 or notional s37 [share].
    pub s37: f64,
    /// From outside the collaborative [share].
    pub out_of_area: f64,
    /// Share of the stay after which escorted leave is held [share].
    pub escorted_after: f64,
    /// Share of the stay after which unescorted leave is held [share].
    pub unescorted_after: f64,
    /// Ready to leave, and waiting [share].
    pub ready: f64,
}

/// The cross-section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartParams {
    /// High secure.
    pub high: TierStart,
    /// Medium secure.
    pub medium: TierStart,
    /// Low secure.
    pub low: TierStart,
    /// Conditionally discharged in the community, England [persons].
    pub conditional: f64,
    /// Others discharged from secure care whom the pathway still knows [persons].
    pub discharged: f64,
    /// Of those, under a community treatment order [share].
    pub cto: f64,
    /// Lasting risk of the discharged above that of all who enter the pathway [SD].
    pub discharged_risk: f64,
    /// Mean age at discharge of the discharged [a].
    pub discharged_age: f64,
    /// Standard deviation of that age [a].
    pub discharged_age_sd: f64,
    /// Women among the discharged [share].
    pub women: f64,
    /// Mean time since discharge of the conditionally discharged [a].
    pub since_conditional: f64,
    /// Mean time since discharge of the others [a].
    pub since_discharged: f64,
    /// In supported accommodation among the discharged [share].
    pub supported: f64,
    /// Sentenced prisoners with a disorder who are there for a grave offence [share].
    pub prisoners_grave: f64,
    /// Prisoners with a disorder who were in secure care before [share].
    pub prisoners_known: f64,
    /// Acutely ill among prisoners with a severe mental illness [share].
    pub unwell_prison: f64,
    /// Acutely ill among secure patients early in their stay [share].
    pub unwell_hospital: f64,
    /// Share of the stay that is early [share].
    pub unwell_until: f64,
    /// Acutely ill among defendants with a disorder when they are charged [share].
    pub unwell_charged: f64,
    /// Grave offence among secure patients [share].
    pub grave: f64,
    /// Lasting risk of secure patients, per standard deviation of the logarithm of their whole stay [SD].
    pub risk_by_stay: f64,
    /// Widest difference of age when a person is looked for [a].
    pub age_window: f64,
    /// Least age at admission of secure patients [a].
    pub age_inpatient: f64,
    /// Least age of the discharged [a].
    pub age_discharged: f64,
}

/// Draws a resident's diagnoses, lasting traits and present state; the person need not be at the start of the run.
pub fn case_of(sim: &Sim, r: &Resident, row: u32, grave: bool) -> Case {
    let (key, today, p) = (sim.key, sim.today(), &sim.p.clinical);
    let mut c = Case::new(r.person, row, sim.born(r.born), r.sex, today);
    c.ethnicity = r.ethnicity;
    c.area = r.area;
    c.deprivation = r.deprivation;
    c.contacts = r.contacts;
    c.convictions = r.history;
    c.history = r.history;
    c.grave = grave;
    // Lasting traits belong to the person: the same each time that the pathway meets them.
    let u = key.uniforms(r.person, Purpose::Disorder, 0);
    c.primary = match r.disorder {
        Disorder::Personality => PERSONALITY,
        Disorder::Disability => DISABILITY,
        _ => PSYCHOSIS,
    };
    c.diagnoses = c.primary;
    if u[0] < p.substance_share {
        c.diagnoses |= SUBSTANCE;
    }
    if u[1] < p.personality_share {
        c.diagnoses |= PERSONALITY;
    }
    let t = key.uniforms(r.person, Purpose::Frailty, 0);
    let lognormal = |u: f64, variance: f64| {
        let s2 = libm::log1p(variance);
        libm::exp(libm::sqrt(s2) * normal(u) - 0.5 * s2)
    };
    let age = c.age(today);
    let k = &mut c.clinical;
    k.lasting = p.level + p.spread * normal(t[0]) + if grave { p.grave_shift } else { 0.0 };
    k.pace = libm::exp(p.pace_spread * normal(t[1]));
    k.frailty = lognormal(t[2], sim.p.reoffence.frailty);
    k.flight = lognormal(t[3], sim.p.abscond.spread);
    let v = key.uniforms(r.person, Purpose::Frailty, 1);
    k.engagement = (p.engagement_mean + p.engagement_step * normal(v[0])).clamp(0.0, 1.0);
    k.hope = (p.hope_mean + p.hope_step * normal(v[1])).clamp(0.0, 1.0);
    k.physical = p.physical_mean;
    k.relationships = p.relationships_mean;
    k.at = today;
    k.risk = k.lasting + p.ageing(age) + p.volatility / libm::sqrt(2.0 * p.reversion) * normal(v[2]);
    k.reading = f64::NAN;
    k.symptom_reading = f64::NAN;
    k.engagement_reading = f64::NAN;
    k.security = f64::NAN;
    c
}

/// People with a disorder whom nobody has taken yet, by area, sex and ethnic group, in order of a keyed hash.
struct Candidates {
    people: Vec<u64>,
    cells: BTreeMap<Cell, Vec<Candidate>>,
}

/// Area, sex, ethnic group.
type Cell = (u8, u8, u8);

/// Hash, row, birth day.
type Candidate = (u64, u32, Day);

impl Candidates {
    fn new(sim: &Sim) -> Candidates {
        let mut cells: BTreeMap<Cell, Vec<Candidate>> = BTreeMap::new();
        for row in sim.population.ill_rows() {
            let r = sim.population.resident(row);
            if r.justice == Justice::None {
                let hash = sim.key.hash(r.person, Purpose::Start, 0);
                cells.entry((r.area, r.sex as u8, r.ethnicity as u8)).or_default().push((hash, row, sim.born(r.born)));
            }
        }
        for list in cells.values_mut() {
            list.sort_unstable();
        }
        let count = |area: &[Vec<u32>; 2]| area.iter().flatten().map(|n| u64::from(*n)).sum();
        Candidates { people: sim.plan.population.persons.iter().map(count).collect(), cells }
    }

    /// Takes the first person of the cell whose birth day lies within the window, widening it, then leaving the ethnic group open.
    fn take(&mut self, area: u8, sex: Sex, ethnicity: Ethnicity, born: Day, window: Day) -> Option<u32> {
        for factor in [1, 4] {
            for e in std::iter::once(ethnicity).chain(Ethnicity::ALL.iter().copied()) {
                if let Some(list) = self.cells.get_mut(&(area, sex as u8, e as u8))
                    && let Some(at) = list.iter().position(|(_, _, b)| (b - born).abs() <= window * factor)
                {
                    return Some(list.remove(at).1);
                }
            }
        }
        None
    }
}

/// Draws an ethnic group by the shares of a tier.
fn ethnic_group(t: &TierStart, u: f64) -> Ethnicity {
    if u < t.black {
        Ethnicity::Black
    } else if u < t.black + t.asian {
        Ethnicity::Asian
    } else if u < t.black + t.asian + t.mixed {
        Ethnicity::Mixed
    } else {
        Ethnicity::White
    }
}

/// Ordinals of the draws of a prisoner's sentence, and of secure care before it.
const SENTENCE: u64 = 16;
const BEFORE: u64 = 17;

/// Gives somebody a discharge from secure care so many years ago, at the end of treatment.
fn left_secure_care(c: &mut Case, clinical: &ClinicalParams, s: &StartParams, years: f64) {
    let out = c.clinical.at - (years * YEAR) as Day;
    c.discharged = out;
    c.secure_exit = out;
    c.discharged_secure = true;
    c.ever_secure = true;
    let k = &mut c.clinical;
    k.lasting += s.discharged_risk;
    k.risk += s.discharged_risk;
    k.programme = 1.0;
    k.risk += clinical.programme + clinical.engagement * k.engagement;
}

/// Identity of a slot at the start, for draws that belong to no person yet.
fn slot(kind: u64, a: u64, b: u64) -> u64 {
    kind << 56 | a << 28 | b
}

/// Fills the pathway.
pub fn cross_section(sim: &mut Sim) -> Result<(), SimError> {
    let mut candidates = Candidates::new(sim);
    let s = sim.p.start.clone();
    for unit in 0..sim.units.all.len() {
        let t = match sim.units.all[unit].tier {
            Place::High => &s.high,
            Place::Medium => &s.medium,
            _ => &s.low,
        };
        let n = libm::round(f64::from(sim.units.all[unit].beds) * t.occupancy) as u64;
        for k in 0..n {
            inpatient(sim, &mut candidates, t, unit, slot(1, unit as u64, k));
        }
    }
    let fraction = sim.plan.mode.fraction;
    for k in 0..libm::round(s.conditional * fraction) as u64 {
        discharged(sim, &mut candidates, true, slot(2, 0, k));
    }
    for k in 0..libm::round(s.discharged * fraction) as u64 {
        discharged(sim, &mut candidates, false, slot(3, 0, k));
    }
    prisoners(sim);
    sim.reset_clocks();
    Ok(())
}

/// Weighted choice of an area among those of a commissioner, or of all, by the number of people.
fn area_of(sim: &Sim, people: &[u64], commissioner: Option<u8>, u: f64) -> u8 {
    let weights: Vec<(u8, u64)> = sim
        .plan
        .areas
        .iter()
        .enumerate()
        .filter(|(_, a)| commissioner.is_none_or(|c| a.collaborative == c))
        .map(|(k, _)| (k as u8, people[k]))
        .collect();
    let total: u64 = weights.iter().map(|(_, w)| w).sum();
    let mut left = u * total as f64;
    for (area, w) in &weights {
        left -= *w as f64;
        if left < 0.0 {
            return *area;
        }
    }
    weights.last().map_or(0, |(a, _)| *a)
}

/// Draws the time already spent in a stay [d], by length-biased sampling: `length` says how long the whole of it is, in
/// standard deviations of its logarithm, and `share` how much of it is over.
fn elapsed(t: &TierStart, length: f64, share: f64) -> Day {
    let years = libm::exp(t.stay_mu + t.stay_sigma * t.stay_sigma + t.stay_sigma * length);
    (years * share * YEAR) as Day
}

fn inpatient(sim: &mut Sim, candidates: &mut Candidates, t: &TierStart, unit: usize, id: u64) {
    let key = sim.key;
    let today = sim.today();
    let (a, b, d) =
        (key.uniforms(id, Purpose::Start, 0), key.uniforms(id, Purpose::Start, 1), key.uniforms(id, Purpose::Start, 2));
    let u = &sim.units.all[unit];
    let (tier, sex) = (u.tier, u.sex);
    let local = tier != Place::High && a[0] >= t.out_of_area;
    let area = area_of(sim, &candidates.people, local.then_some(u.commissioner), a[1]);
    let born = today - ((t.age + t.age_sd * normal(a[2])) * YEAR) as Day;
    let window = (sim.p.start.age_window * YEAR) as Day;
    let Some(row) = candidates.take(area, sex, ethnic_group(t, a[3]), born, window) else { return };
    let (length, share) = (normal(b[0]), b[1]);
    let stay = elapsed(t, length, share);
    let grave = b[2] < sim.p.start.grave;
    let mut r = sim.population.resident(row);
    sim.population.take(row);
    r.disorder = if d[2] < t.personality {
        Disorder::Personality
    } else if d[2] < t.personality + t.disability {
        Disorder::Disability
    } else {
        Disorder::Psychosis
    };
    let mut c = case_of(sim, &r, row, grave);
    let risk = t.risk + sim.p.start.risk_by_stay * length;
    c.clinical.lasting += risk;
    c.clinical.risk += risk;
    let legal = legal_at_start(t, d[0]);
    let since = today - stay.min(today - c.born - (YEAR * sim.p.start.age_inpatient) as Day).max(0);
    c.place = tier;
    c.unit = unit as u16;
    c.site = u16::MAX;
    c.legal = legal;
    c.since = since;
    c.spell_start = since;
    c.spell_legal = legal;
    c.provider_since = since;
    c.secure_since = since;
    c.ever_secure = true;
    c.payer = sim.commissioner(area, tier);
    c.out_of_area = tier != Place::High && sim.units.all[unit].commissioner != sim.collaborative(area);
    c.offence = if grave { Offence::Violence } else { Offence::Other };
    c.crown = true;
    let p = &sim.p.clinical;
    let pace = c.clinical.pace * (p.pace_unengaged + c.clinical.engagement) / p.programme_years;
    c.clinical.programme = (f64::from(today - since) / YEAR * pace).min(1.0);
    c.clinical.risk += p.programme * c.clinical.programme + p.engagement * c.clinical.engagement;
    c.clinical.unwell = share < sim.p.start.unwell_until && d[1] < sim.p.start.unwell_hospital;
    c.stage = if share < t.escorted_after {
        Stage::Treatment
    } else if share < t.unescorted_after {
        Stage::EscortedLeave
    } else {
        Stage::UnescortedLeave
    };
    c.grade = c.stage;
    let site = sim.units.all[unit].site;
    c.site = site;
    let i = sim.open(c);
    sim.units.all[unit].occupied += 1;
    sim.inpatients.push(i);
    if legal == Legal::S48S49 {
        sim.case_mut(i).charged = true;
        courts::list(sim, i);
    }
    if matches!(legal, Legal::S47S49 | Legal::S45A) {
        let days = exponential(d[3]) * sim.p.court.served_crown;
        let release = today + (days as Day).max(1);
        sim.case_mut(i).release = release;
        sim.caseload.plan(i, Due::Release, release);
    }
    let law = sim.p.law.clone();
    let expiry = law::expires(&law, legal, today);
    sim.caseload.plan(i, Due::Expiry, expiry);
    sim.plan_reference(i);
    reviews::plan_next(sim, i);
    // Reviews are spread over the interval.
    let due = sim.case(i).due[Due::Review as usize];
    let spread = today + 1 + (f64::from(due - today) * b[3]) as Day;
    sim.caseload.plan(i, Due::Review, spread);
    sim.sync_justice(i);
    if share > 1.0 - t.ready && sim.case(i).release == NEVER && !law::awaits_court(legal) {
        let consent = if law::restricted(legal) { readiness::lacks(Reason::Consent) } else { 0 };
        readiness::make_ready(
            sim,
            i,
            readiness::lacks(Reason::Place)
                | readiness::lacks(Reason::Team)
                | readiness::lacks(Reason::Funding)
                | consent,
        );
        let look = today + 1 + (sim.p.discharge.again * b[3]) as Day;
        sim.caseload.plan(i, Due::Discharge, look);
    }
}

fn legal_at_start(t: &TierStart, u: f64) -> Legal {
    let mut left = u;
    for (share, legal) in [
        (t.s37_41, Legal::S37S41),
        (t.s47_49, Legal::S47S49),
        (t.s48_49, Legal::S48S49),
        (t.s45a, Legal::S45A),
        (t.s37, Legal::S37),
    ] {
        left -= share;
        if left < 0.0 {
            return legal;
        }
    }
    Legal::S3
}

fn discharged(sim: &mut Sim, candidates: &mut Candidates, conditional: bool, id: u64) {
    let (key, today) = (sim.key, sim.today());
    let (a, b) = (key.uniforms(id, Purpose::Start, 0), key.uniforms(id, Purpose::Start, 1));
    let s = sim.p.start.clone();
    let area = area_of(sim, &candidates.people, None, a[0]);
    let years = exponential(a[1]) * if conditional { s.since_conditional } else { s.since_discharged };
    let born =
        today - ((s.discharged_age + years + s.discharged_age_sd * normal(a[2])).max(s.age_discharged) * YEAR) as Day;
    let sex = if a[3] < s.women { Sex::Female } else { Sex::Male };
    let window = (s.age_window * YEAR) as Day;
    let Some(row) = candidates.take(area, sex, ethnic_group(&s.medium, b[0]), born, window) else { return };
    let r = sim.population.resident(row);
    sim.population.take(row);
    let mut c = case_of(sim, &r, row, false);
    left_secure_care(&mut c, &sim.p.clinical, &s, years);
    let out = c.discharged;
    c.legal = if conditional {
        Legal::Cd
    } else if b[1] < s.cto {
        Legal::Cto
    } else {
        Legal::None
    };
    c.since = out;
    c.spell_start = out;
    c.spell_legal = c.legal;
    c.ward_area = area;
    if b[2] < s.supported && sim.wards.free(Ward::Supported, area) {
        c.place = Place::Supported;
        sim.wards.take(Ward::Supported, area);
    }
    let watched = conditional || c.legal == Legal::Cto || years < sim.p.aftercare.mainstream_years;
    if watched && years < sim.p.aftercare.forensic_years && sim.wards.free(Ward::Forensic, area) {
        c.forensic_team = true;
        sim.wards.take(Ward::Forensic, area);
    } else if watched && sim.wards.free(Ward::Mainstream, area) {
        c.mainstream_team = true;
        sim.wards.take(Ward::Mainstream, area);
    }
    c.stage = if c.forensic_team || c.mainstream_team { Stage::FollowUp } else { Stage::Settled };
    let i = sim.open(c);
    let every = sim.agents.of(Kind::CommunityTeam).get(usize::from(area), community_team::interval);
    sim.caseload.plan(i, Due::Contact, today + 1 + (every * b[3]) as Day);
    let law = sim.p.law.clone();
    let expiry = law::expires(&law, sim.case(i).legal, today);
    sim.caseload.plan(i, Due::Expiry, expiry);
}

/// Prisoners with a disorder, with the time that they have left.
fn prisoners(sim: &mut Sim) {
    for row in sim.population.ill_prisoners() {
        let r = sim.population.resident(row);
        sim.population.take(row);
        let i = enter_prison(sim, &r, row, r.justice, r.due);
        history(sim, i);
    }
}

/// What lies behind a prisoner of the first day: a grave offence, with what is left of its sentence, and secure care.
fn history(sim: &mut Sim, i: u32) {
    let (today, s, court) = (sim.today(), sim.p.start.clone(), sim.p.court.clone());
    let clinical = sim.p.clinical.clone();
    let person = sim.case(i).person;
    let (a, b) = (sim.key.uniforms(person, Purpose::Start, SENTENCE), sim.key.uniforms(person, Purpose::Start, BEFORE));
    let sentenced = sim.case(i).release != NEVER;
    let c = sim.case_mut(i);
    if sentenced && !c.grave && a[0] < s.prisoners_grave {
        c.grave = true;
        c.crown = true;
        c.offence = Offence::Violence;
        c.clinical.lasting += clinical.grave_shift;
        c.clinical.risk += clinical.grave_shift;
    }
    if b[0] < s.prisoners_known {
        left_secure_care(c, &clinical, &s, exponential(b[1]) * s.since_discharged);
    }
    if sentenced && c.grave {
        // Longer sentences are met more often, each at any time of it.
        let days = libm::exp(court.served_sigma * (court.served_sigma + normal(a[1]))) * court.served_grave * a[2];
        let release = today + (days as Day).max(1);
        c.release = release;
        sim.caseload.plan(i, Due::Release, release);
    }
}

/// Opens the case of somebody who is in prison and has, or has just got, a disorder.
pub fn enter_prison(sim: &mut Sim, r: &Resident, row: u32, justice: Justice, due: Option<Day>) -> u32 {
    let (key, today) = (sim.key, sim.today());
    let u = key.uniforms(r.person, Purpose::Start, 1 + u64::from(r.contacts));
    let mut c = case_of(sim, r, row, u[0] < sim.p.reoffence.violent * sim.p.reoffence.grave);
    c.clinical.unwell = u[1] < sim.p.start.unwell_prison;
    c.offence = if u[2] < sim.p.reoffence.violent { Offence::Violence } else { Offence::Other };
    c.crown = c.grave || u[3] < sim.p.reoffence.crown;
    let remand = justice == Justice::Remand;
    c.place = if remand { Place::Remand } else { Place::Prison };
    c.charged = remand;
    c.stage = match (c.clinical.unwell, remand) {
        (true, _) => Stage::Unseen,
        (false, true) => Stage::AwaitingCourt,
        _ => Stage::None,
    };
    let until = due.filter(|d| *d > today).unwrap_or(today + 1);
    let i = sim.open(c);
    if remand {
        sim.caseload.plan(i, Due::Court, until);
    } else {
        sim.case_mut(i).release = until;
        sim.caseload.plan(i, Due::Release, until);
    }
    i
}
