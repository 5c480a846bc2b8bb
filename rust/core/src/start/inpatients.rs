//! Patients of secure units on the first day: where in the stay, how ill, under which status, with how much leave.

use crate::calendar::{Day, Days, YEAR, elapsed};
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::caseload::case::Placement;
use crate::codes::{Diagnosis, Legal, Place, Sex, Stage};
use crate::draw::normal;
use crate::ids::{CaseId, UnitId};
use crate::law;
use crate::plan::{StartParams, TierStart};
use crate::population::{Disorder, Resident, Term};
use crate::requests;
use crate::transitions::{entry, offending, readiness, wellbeing};
use crate::world::World;

use super::candidates::{Candidates, area_of, ethnic_group};
use super::status::{convicted_at_start, legal_at_start, offence_at_start, schedule_expiry, status_after};

/// Draws the time already spent in a stay [d], by length-biased sampling: `length` says how long the whole of it is, in
/// standard deviations of its logarithm, and `share` how much of it is over.
pub(super) fn stay_so_far(t: &TierStart, length: f64, share: f64) -> Day {
    let years = libm::exp(t.stay_mu + t.stay_sigma * t.stay_sigma + t.stay_sigma * length);
    elapsed(years * share * YEAR)
}

/// Numbers of a slot for an inpatient: four for each of five questions.
struct Draws {
    /// Whether from outside, from which area, age, ethnic group.
    who: [f64; 4],
    /// Length of the stay, how much of it is over, offence, days until things fall due.
    stay: [f64; 4],
    /// Legal status, acute illness, disorder, whether the offence is grave.
    state: [f64; 4],
    /// Band of a sentence that is served, its length, how much of it is left, whether it has a release date.
    serving: [f64; 4],
    /// Whether the illness responds to treatment, whether it is acute although it doesn't, leave and
    /// readiness, setbacks.
    response: [f64; 4],
    /// Convictions before, whether an order is notional, whether the next move is down.
    past: [f64; 4],
}

/// Puts a patient into a bed of a unit: one of the people who are left, as old as admission and stay make.
pub(super) fn inpatient(world: &mut World, candidates: &mut Candidates, t: &TierStart, unit: UnitId, id: u64) {
    let mut draw = |n: u64| world.draw_for_slot(id, n);
    let u = Draws { who: draw(0), stay: draw(1), state: draw(2), serving: draw(3), response: draw(4), past: draw(5) };
    let today = world.today();
    let (tier, sex, commissioner) = (world.units[unit].tier, world.units[unit].sex, world.units[unit].commissioner);
    let elsewhere = if sex == Sex::Female { world.p.start.out_of_area_women } else { t.out_of_area };
    let local = tier != Place::High && u.who[0] >= elsewhere;
    let area = area_of(world, &candidates.people, local.then_some(commissioner), u.who[1]);
    let age = (t.age + t.age_sd * normal(u.who[2])).max(world.p.start.age_inpatient);
    let born = today - stay_so_far(t, normal(u.stay[0]), u.stay[1]) - elapsed(age * YEAR);
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
    wellbeing::advance(world, i, today);
    world.units[unit].occupied += 1;
    world.inpatients.push(i);
    schedule_inpatient(world, i, t, &u);
}

/// Draws up the case of an inpatient: where in the stay, how ill, under which status, with how much leave.
fn inpatient_case(world: &World, r: &Resident, row: u32, t: &TierStart, unit: UnitId, u: &Draws) -> Case {
    let (today, here, s) = (world.today(), &world.units[unit], &world.p.start);
    let tier = here.tier;
    let (length, share) = (normal(u.stay[0]), u.stay[1]);
    let so_far = f64::from(stay_so_far(t, length, share)) / YEAR;
    let legal = legal_at_start(t, s, [u.state[0], u.past[1]]);
    let legal = status_after(legal, s, so_far, u.serving[3] < s.life);
    let (offence, grave) = offence_at_start(s, r.sex, legal, [u.stay[2], u.state[3]]);
    let mut c = entry::case_of(world, r, row, grave);
    let risk = t.risk + s.risk_by_stay * length;
    c.clinical.lasting += risk;
    c.clinical.risk += risk;
    let longest = today - c.born - elapsed(YEAR * s.age_inpatient);
    let since = today - stay_so_far(t, length, share).min(longest).max(0);
    c.place = tier;
    c.legal = legal;
    c.placement = Placement {
        since,
        unit: Some(unit),
        provider: Some(here.provider),
        provider_since: Some(since),
        secure_since: Some(since),
        payer: Some(world.commissioner(r.area, tier)),
        out_of_area: tier != Place::High && here.commissioner != world.collaborative(r.area),
        ..c.placement
    };
    c.spell.start = since;
    c.legal_since = since;
    c.spell.legal = c.legal;
    c.past.ever_secure = true;
    c.offending.offence = offence;
    c.offending.crown = law::restricted(legal);
    convicted_at_start(&mut c, s, u.past[0]);
    c.setbacks = setbacks_at_start(s, f64::from(today - since) / YEAR, u.response[3]);
    let p = &world.p.clinical;
    // Whose illness doesn't respond stays longer, and is more often among those who have long been there.
    let against = (1.0 - t.resistant) / t.resistant * libm::exp(-s.resistant_by_stay * length);
    c.clinical.resistant = c.primary == Diagnosis::Psychosis && u.response[0] < 1.0 / (1.0 + against);
    c.clinical.programme = (f64::from(today - since) / YEAR * c.clinical.pace_now(p)).min(1.0);
    c.clinical.risk += p.programme * c.clinical.programme + p.engagement * c.clinical.engagement;
    let (relapse, recovery) = (world.p.relapse.hospital * world.p.relapse.resistant, world.p.recovery.hospital);
    c.clinical.unwell = share < s.unwell_until && u.state[1] < s.unwell_hospital
        || c.clinical.resistant && u.response[1] < relapse / (relapse + recovery);
    // Leave comes and goes with setbacks: who has long been there holds no more of it than others.
    let leave = u.response[2];
    c.stage = if c.clinical.unwell || leave >= t.escorted {
        Stage::Treatment
    } else if leave >= t.unescorted {
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
        let (c, v) = (world.case(i), u.serving);
        let mut serving =
            world.population.sentence_left(c.sex, c.offending.offence, c.offending.grave, [v[0], v[1], v[2]]);
        if v[3] < world.p.start.life {
            serving.term = Term::Life;
        }
        offending::sentence(world, i, serving);
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
    let c = world.case(i);
    if u.response[2] >= t.ready || c.clinical.unwell || c.sentenced() || law::awaits_court(legal) {
        return;
    }
    if u.past[2] < t.step_down {
        readiness::step_down(world, i);
    } else {
        readiness::make_ready(world, i, readiness::to_leave());
        world.schedule_in(i, Due::Discharge, Days::rounded_up(world.p.discharge.again * u.stay[3]));
    }
}

/// Draws the setbacks of a stay of so many years, by a uniform number: Poisson counts, more of them soon after admission.
pub(super) fn setbacks_at_start(s: &StartParams, years: f64, u: f64) -> u8 {
    let mean = s.setbacks_soon + s.setbacks * years;
    let (mut count, mut chance) = (0, libm::exp(-mean));
    let mut below = chance;
    while u >= below && count < u8::MAX {
        count += 1;
        chance *= mean / f64::from(count);
        below += chance;
    }
    count
}
