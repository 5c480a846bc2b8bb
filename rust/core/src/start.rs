//! The synthetic cross-section: who is on the pathway when the settling period begins, and since when.

use std::collections::BTreeMap;

use crate::agents::{Kind, community_team};
use crate::calendar::{Day, Days, YEAR, elapsed};
use crate::caseload::agenda::Due;
use crate::caseload::case::Placement;
use crate::caseload::clinical::ClinicalParams;
use crate::caseload::{Case, Team};
use crate::codes::{Ethnicity, Justice, Legal, Offence, Place, Purpose, Sex, Stage};
use crate::draw::{Ordinal, exponential, normal};
use crate::error::SimError;
use crate::ids::{CaseId, CommissionerId, UnitId};
use crate::law;
use crate::plan::{StartParams, TierStart};
use crate::population::{Disorder, Resident};
use crate::requests;
use crate::transitions::{entry, offending, readiness};
use crate::world::World;
use crate::world::capacity::Ward;

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
    fn new(world: &World) -> Candidates {
        let mut cells: BTreeMap<Cell, Vec<Candidate>> = BTreeMap::new();
        for row in world.population.ill_rows() {
            let r = world.population.resident(row);
            if r.justice == Justice::None {
                let hash = world.key.hash(r.person, Purpose::Start, Ordinal::ONCE);
                cells.entry((r.area, r.sex as u8, r.ethnicity as u8)).or_default().push((
                    hash,
                    row,
                    world.born(r.born),
                ));
            }
        }
        for list in cells.values_mut() {
            list.sort_unstable();
        }
        let count = |area: &[Vec<u32>; 2]| area.iter().flatten().map(|n| u64::from(*n)).sum();
        Candidates { people: world.plan.population.persons.iter().map(count).collect(), cells }
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

/// Gives somebody a discharge from secure care so many years ago, at the end of treatment.
fn left_secure_care(c: &mut Case, clinical: &ClinicalParams, s: &StartParams, years: f64) {
    let out = c.clinical.at - elapsed(years * YEAR);
    c.past.discharged = Some(out);
    c.past.secure_exit = Some(out);
    c.past.ever_secure = true;
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
pub fn cross_section(world: &mut World) -> Result<(), SimError> {
    let mut candidates = Candidates::new(world);
    let s = world.p.start.clone();
    for unit in (0..world.units.all.len()).map(|k| UnitId(k as u16)) {
        let tier = world.units[unit].tier;
        let t = if tier == Place::High {
            &s.high
        } else if tier == Place::Medium {
            &s.medium
        } else {
            &s.low
        };
        let n = libm::round(f64::from(world.units[unit].beds) * t.occupancy) as u64;
        for k in 0..n {
            inpatient(world, &mut candidates, t, unit, slot(1, u64::from(unit.0), k));
        }
    }
    let fraction = world.plan.mode.fraction;
    for k in 0..libm::round(s.conditional * fraction) as u64 {
        discharged(world, &mut candidates, true, slot(2, 0, k));
    }
    for k in 0..libm::round(s.discharged * fraction) as u64 {
        discharged(world, &mut candidates, false, slot(3, 0, k));
    }
    prisoners(world);
    world.reset_clocks();
    Ok(())
}

/// Weighted choice of an area among those of a commissioner, or of all, by the number of people.
fn area_of(world: &World, people: &[u64], commissioner: Option<CommissionerId>, u: f64) -> u8 {
    let weights: Vec<(u8, u64)> = world
        .plan
        .areas
        .iter()
        .enumerate()
        .filter(|(_, a)| commissioner.is_none_or(|c| CommissionerId(a.collaborative) == c))
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
fn stay_so_far(t: &TierStart, length: f64, share: f64) -> Day {
    let years = libm::exp(t.stay_mu + t.stay_sigma * t.stay_sigma + t.stay_sigma * length);
    elapsed(years * share * YEAR)
}

/// Numbers of a slot for an inpatient: four for each of three questions.
struct Draws {
    /// Whether from outside, from which area, age, ethnic group.
    who: [f64; 4],
    /// Length of the stay, how much of it is over, offence, days until things fall due.
    stay: [f64; 4],
    /// Legal status, acute illness, disorder, sentence.
    state: [f64; 4],
}

fn inpatient(world: &mut World, candidates: &mut Candidates, t: &TierStart, unit: UnitId, id: u64) {
    let u =
        Draws { who: world.draw_for_slot(id, 0), stay: world.draw_for_slot(id, 1), state: world.draw_for_slot(id, 2) };
    let today = world.today();
    let (tier, sex, commissioner) = (world.units[unit].tier, world.units[unit].sex, world.units[unit].commissioner);
    let local = tier != Place::High && u.who[0] >= t.out_of_area;
    let area = area_of(world, &candidates.people, local.then_some(commissioner), u.who[1]);
    let born = today - elapsed((t.age + t.age_sd * normal(u.who[2])) * YEAR);
    let window = elapsed(world.p.start.age_window * YEAR);
    let Some(row) = candidates.take(area, sex, ethnic_group(t, u.who[3]), born, window) else { return };
    let mut r = world.population.resident(row);
    world.population.take(row);
    r.disorder = if u.state[2] < t.personality {
        Disorder::Personality
    } else if u.state[2] < t.personality + t.disability {
        Disorder::Disability
    } else {
        Disorder::Psychosis
    };
    let c = inpatient_case(world, &r, row, t, unit, &u);
    let i = world.open(c);
    world.units[unit].occupied += 1;
    world.inpatients.push(i);
    schedule_inpatient(world, i, t, &u);
}

/// Draws up the case of an inpatient: where in the stay, how ill, under which status, with how much leave.
fn inpatient_case(world: &World, r: &Resident, row: u32, t: &TierStart, unit: UnitId, u: &Draws) -> Case {
    let (today, here, s) = (world.today(), &world.units[unit], &world.p.start);
    let tier = here.tier;
    let (length, share) = (normal(u.stay[0]), u.stay[1]);
    let grave = u.stay[2] < s.grave;
    let mut c = entry::case_of(world, r, row, grave);
    let risk = t.risk + s.risk_by_stay * length;
    c.clinical.lasting += risk;
    c.clinical.risk += risk;
    let longest = today - c.born - elapsed(YEAR * s.age_inpatient);
    let since = today - stay_so_far(t, length, share).min(longest).max(0);
    c.place = tier;
    c.legal = legal_at_start(t, u.state[0]);
    c.placement = Placement {
        since,
        unit: Some(unit),
        site: Some(here.site),
        provider_since: Some(since),
        secure_since: Some(since),
        payer: Some(world.commissioner(r.area, tier)),
        out_of_area: tier != Place::High && here.commissioner != world.collaborative(r.area),
        ..c.placement
    };
    c.spell.start = since;
    c.spell.legal = c.legal;
    c.past.ever_secure = true;
    c.offending.offence = if grave { Offence::Violence } else { Offence::Other };
    c.offending.crown = true;
    let p = &world.p.clinical;
    let pace = c.clinical.pace * (p.pace_unengaged + c.clinical.engagement) / p.programme_years;
    c.clinical.programme = (f64::from(today - since) / YEAR * pace).min(1.0);
    c.clinical.risk += p.programme * c.clinical.programme + p.engagement * c.clinical.engagement;
    c.clinical.unwell = share < s.unwell_until && u.state[1] < s.unwell_hospital;
    c.stage = if share < t.escorted_after {
        Stage::Treatment
    } else if share < t.unescorted_after {
        Stage::EscortedLeave
    } else {
        Stage::UnescortedLeave
    };
    c.grade = c.stage;
    c
}

/// Schedules what falls due for an inpatient of the first day: court, release, review, and for some the way out.
fn schedule_inpatient(world: &mut World, i: CaseId, t: &TierStart, u: &Draws) {
    let (today, legal) = (world.today(), world.case(i).legal);
    if legal == Legal::S48S49 {
        offending::reopen_charge(world, i);
        requests::court_sitting(world, i);
    }
    if matches!(legal, Legal::S47S49 | Legal::S45A) {
        let days = exponential(u.state[3]) * world.p.court.served_crown;
        offending::sentence(world, i, Days::rounded_up(days));
    }
    schedule_expiry(world, i);
    requests::reference(world, i);
    requests::review(world, i);
    // Reviews are spread over the interval.
    if let Some(due) = world.case(i).due.get(Due::Review) {
        let spread = Days::rounded_up(f64::from(due - today) * u.stay[3]);
        world.schedule_in(i, Due::Review, spread);
    }
    world.sync_justice(i);
    if u.stay[1] > 1.0 - t.ready && !world.case(i).sentenced() && !law::awaits_court(legal) {
        readiness::make_ready(world, i, readiness::to_leave(legal));
        world.schedule_in(i, Due::Discharge, Days::rounded_up(world.p.discharge.again * u.stay[3]));
    }
}

/// Schedules the day on which the legal status ends by itself, if it does.
fn schedule_expiry(world: &mut World, i: CaseId) {
    if let Some(day) = law::expires(&world.p.law, world.case(i).legal, world.today()) {
        world.caseload.schedule(i, Due::Expiry, day);
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

fn discharged(world: &mut World, candidates: &mut Candidates, conditional: bool, id: u64) {
    let today = world.today();
    let (a, b) = (world.draw_for_slot(id, 0), world.draw_for_slot(id, 1));
    let s = world.p.start.clone();
    let area = area_of(world, &candidates.people, None, a[0]);
    let years = exponential(a[1]) * if conditional { s.since_conditional } else { s.since_discharged };
    let born =
        today - elapsed((s.discharged_age + years + s.discharged_age_sd * normal(a[2])).max(s.age_discharged) * YEAR);
    let sex = if a[3] < s.women { Sex::Female } else { Sex::Male };
    let window = elapsed(s.age_window * YEAR);
    let Some(row) = candidates.take(area, sex, ethnic_group(&s.medium, b[0]), born, window) else { return };
    let r = world.population.resident(row);
    world.population.take(row);
    let mut c = entry::case_of(world, &r, row, false);
    left_secure_care(&mut c, &world.p.clinical, &s, years);
    let out = c.past.discharged.unwrap_or(today);
    c.legal = if conditional {
        Legal::Cd
    } else if b[1] < s.cto {
        Legal::Cto
    } else {
        Legal::None
    };
    c.placement.since = out;
    c.placement.ward_area = area;
    c.spell.start = out;
    c.spell.legal = c.legal;
    if b[2] < s.supported && world.wards.free(Ward::Supported, area) {
        c.place = Place::Supported;
        world.wards.take(Ward::Supported, area);
    }
    let watched = conditional || c.legal == Legal::Cto || years < world.p.aftercare.mainstream_years;
    let forensic = years < world.p.aftercare.forensic_years;
    let team = [Team::Forensic, Team::Mainstream].into_iter().find(|team| {
        watched && (forensic || *team != Team::Forensic) && world.wards.free(readiness::ward_of(*team), area)
    });
    if let Some(team) = team {
        world.wards.take(readiness::ward_of(team), area);
    }
    c.follow_up.team = team;
    c.stage = if team.is_some() { Stage::FollowUp } else { Stage::Settled };
    let i = world.open(c);
    let every = world.agents.of(Kind::CommunityTeam).get(usize::from(area), community_team::interval);
    world.schedule_in(i, Due::Contact, Days::rounded_up(every * b[3]));
    schedule_expiry(world, i);
}

/// Prisoners with a disorder, with the time that they have left.
fn prisoners(world: &mut World) {
    for row in world.population.ill_prisoners() {
        let r = world.population.resident(row);
        world.population.take(row);
        let i = entry::enter_prison(world, &r, row, r.justice, r.due);
        history(world, i);
    }
}

/// What lies behind a prisoner of the first day: a grave offence, with what is left of its sentence, and secure care.
fn history(world: &mut World, i: CaseId) {
    let (s, court) = (world.p.start.clone(), world.p.court.clone());
    let clinical = world.p.clinical.clone();
    let person = world.case(i).person;
    let (a, b) =
        (world.draw_on_entry(person, Purpose::StartSentence), world.draw_on_entry(person, Purpose::StartKnown));
    let sentenced = world.case(i).sentenced();
    let c = world.case_mut(i);
    if sentenced && !c.offending.grave && a[0] < s.prisoners_grave {
        c.offending.grave = true;
        c.offending.crown = true;
        c.offending.offence = Offence::Violence;
        c.clinical.lasting += clinical.grave_shift;
        c.clinical.risk += clinical.grave_shift;
    }
    if b[0] < s.prisoners_known {
        left_secure_care(c, &clinical, &s, exponential(b[1]) * s.since_discharged);
    }
    if sentenced && c.offending.grave {
        // Longer sentences are met more often, each at any time of it.
        let days = libm::exp(court.served_sigma * (court.served_sigma + normal(a[1]))) * court.served_grave * a[2];
        offending::sentence(world, i, Days::rounded_up(days));
    }
}
