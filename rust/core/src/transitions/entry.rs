//! How a person comes onto the caseload: traits that last, the state on the first day, and prison.

use enumset::EnumSet;

use crate::calendar::{Day, YEAR};
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::codes::{Diagnosis, Justice, Place, Purpose, Sex, Stage};
use crate::draw::{Ordinal, normal};
use crate::ids::{CaseId, PersonId};
use crate::population::{Disorder, Held, Resident};
use crate::transitions::{offending, wellbeing};
use crate::world::World;

/// Draws a resident's diagnoses, lasting traits and present state; the person need not be at the start of the run.
pub fn case_of(world: &World, r: &Resident, row: u32, grave: bool) -> Case {
    let (key, today, p) = (world.key, world.today(), &world.p.clinical);
    let mut c = Case::new(PersonId(r.person), row, world.born(r.born), r.sex, today);
    c.ethnicity = r.ethnicity;
    c.area = r.area;
    c.deprivation = r.deprivation;
    c.offending.convictions = r.history;
    c.offending.history = r.history;
    c.offending.grave = grave;
    // Lasting traits belong to the person: the same each time that the pathway meets them.
    let u = key.uniforms(r.person, Purpose::Disorder, Ordinal::ONCE);
    c.primary = match r.disorder {
        Disorder::Personality => Diagnosis::Personality,
        Disorder::Disability => Diagnosis::Disability,
        Disorder::Psychosis | Disorder::None => Diagnosis::Psychosis,
    };
    c.diagnoses = EnumSet::only(c.primary);
    if u[0] < p.substance_share {
        c.diagnoses |= Diagnosis::Substance;
    }
    if u[1] < p.personality_share {
        c.diagnoses |= Diagnosis::Personality;
    }
    let t = key.uniforms(r.person, Purpose::Frailty, Ordinal::ONCE);
    let lognormal = |u: f64, variance: f64| {
        let s2 = libm::log1p(variance);
        libm::exp(libm::sqrt(s2) * normal(u) - 0.5 * s2)
    };
    let age = c.age(today);
    let k = &mut c.clinical;
    let women = if r.sex == Sex::Female { p.women } else { 0.0 };
    k.lasting = p.level + women + p.spread * normal(t[0]) + if grave { p.grave_shift } else { 0.0 };
    k.pace = libm::exp(p.pace_spread * normal(t[1]));
    k.resistant = c.primary == Diagnosis::Psychosis && u[2] < p.resistant_share;
    k.frailty = lognormal(t[2], world.p.reoffence.frailty);
    k.flight = lognormal(t[3], world.p.abscond.spread);
    let v = key.uniforms(r.person, Purpose::FirstState, Ordinal::ONCE);
    k.engagement = (p.engagement_mean + p.engagement_step * normal(v[0])).clamp(0.0, 1.0);
    k.hope = (p.hope_mean + p.hope_step * normal(v[1])).clamp(0.0, 1.0);
    k.at = today;
    k.risk = k.lasting + p.ageing(age) + p.volatility / libm::sqrt(2.0 * p.reversion) * normal(v[2]);
    c
}

/// Opens the case of somebody who is in prison and has, or has just got, a disorder. `everybody`: one of all who are there,
/// not of those who came there today.
pub fn enter_prison(
    world: &mut World,
    r: &Resident,
    row: u32,
    (justice, due): (Justice, Option<Day>),
    everybody: bool,
) -> CaseId {
    let today = world.today();
    let u = world.draw_on_entry(PersonId(r.person), Purpose::PrisonEntry);
    let age = f64::from(today - world.born(r.born)) / YEAR;
    let held = Held::of(justice, r.serious);
    let (offence, crown, grave) = world.population.offence_of_prisoner((r.sex, age), held, everybody, [u[2], u[0]]);
    let mut c = case_of(world, r, row, grave);
    c.clinical.unwell = u[1] < world.p.start.unwell_prison * world.p.relapse.by_age(age);
    c.offending.offence = offence;
    c.offending.crown = crown;
    let remand = justice == Justice::Remand;
    c.place = if remand { Place::Remand } else { Place::Prison };
    c.offending.charged = remand;
    c.stage = match (c.clinical.unwell, remand) {
        (true, _) => Stage::Unseen,
        (false, true) => Stage::AwaitingCourt,
        (false, false) => Stage::None,
    };
    let until = due.filter(|d| *d > today).unwrap_or(today + 1);
    let i = world.open(c);
    wellbeing::advance(world, i, today);
    if remand {
        world.caseload.schedule(i, Due::Court, until);
    } else if justice == Justice::Life {
        offending::life_until(world, i, until);
    } else {
        offending::sentence_until(world, i, until);
    }
    i
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caseload::case::Life;
    use crate::codes::Sex;

    fn resident(w: &World, row: u32) -> Resident {
        w.population.resident(row)
    }

    #[test]
    fn traits_last_from_one_contact_to_the_next() {
        let mut w = World::small();
        let r = resident(&w, 3);
        let first = case_of(&w, &r, 3, false);
        w.pass(2000);
        let again = case_of(&w, &Resident { contacts: 2, ..r }, 3, false);
        let lasting = |c: &Case| {
            let k = &c.clinical;
            (k.lasting, k.pace, k.resistant, k.frailty, k.flight, c.diagnoses)
        };
        assert_eq!(lasting(&first), lasting(&again));
        assert_eq!((again.clinical.at, again.accrued), (w.today(), w.today()));
    }

    #[test]
    fn who_has_done_something_grave_is_the_same_person_at_a_higher_risk() {
        let w = World::small();
        let r = resident(&w, 3);
        let (grave, other) = (case_of(&w, &r, 3, true), case_of(&w, &r, 3, false));
        let shift = w.p.clinical.grave_shift;
        assert!((grave.clinical.lasting - other.clinical.lasting - shift).abs() < 1e-12);
        assert!((grave.clinical.risk - other.clinical.risk - shift).abs() < 1e-12);
        assert_eq!((grave.clinical.pace, grave.offending.grave), (other.clinical.pace, true));
    }

    #[test]
    fn a_case_carries_what_the_population_knows_of_a_person() {
        let w = World::small();
        let r = Resident { history: 2, disorder: Disorder::Disability, sex: Sex::Female, area: 1, ..resident(&w, 5) };
        let c = case_of(&w, &r, 5, false);
        assert_eq!((c.person, c.row, c.sex, c.area), (PersonId(r.person), 5, Sex::Female, 1));
        assert_eq!((c.offending.history, c.offending.convictions), (2, 2));
        assert_eq!((c.primary, c.has(Diagnosis::Disability)), (Diagnosis::Disability, true));
        assert_eq!((c.ethnicity, c.deprivation, c.born), (r.ethnicity, r.deprivation, r.born));
    }

    #[test]
    fn diagnoses_come_in_their_shares() {
        let w = World::small();
        let all: Vec<Case> =
            (0..w.population.rows() as u32).map(|row| case_of(&w, &resident(&w, row), row, false)).collect();
        for (diagnosis, share) in [
            (Diagnosis::Substance, w.p.clinical.substance_share),
            (Diagnosis::Personality, w.p.clinical.personality_share),
        ] {
            let (n, found) = (all.len() as f64, all.iter().filter(|c| c.has(diagnosis)).count() as f64);
            let sd = libm::sqrt(n * share * (1.0 - share));
            assert!((found - n * share).abs() < 4.0 * sd, "{found} of {n} with {}", diagnosis.name());
        }
        assert!(
            all.iter().all(|c| (0.0..=1.0).contains(&c.clinical.engagement) && (0.0..=1.0).contains(&c.clinical.hope))
        );
    }

    #[test]
    fn frailty_and_flight_have_a_mean_of_one() {
        let w = World::small();
        let r = resident(&w, 0);
        let n = 20_000;
        let all = (0..n).map(|person| case_of(&w, &Resident { person, ..r }, 0, false).clinical);
        let (frailty, flight) = all.fold((0.0, 0.0), |(a, b), k| (a + k.frailty, b + k.flight));
        for (sum, variance) in [(frailty, w.p.reoffence.frailty), (flight, w.p.abscond.spread)] {
            let mean = sum / n as f64;
            assert!((mean - 1.0).abs() < 5.0 * libm::sqrt(variance / n as f64), "{mean}");
        }
    }

    #[test]
    fn prisoners_enter_on_remand_until_the_court_or_in_prison_until_release() {
        let mut w = World::small();
        let until = w.today() + 50;
        for (row, justice, due) in [(0, Justice::Remand, Due::Court), (1, Justice::Sentenced, Due::Release)] {
            let r = resident(&w, row);
            w.population.take(row);
            let i = enter_prison(&mut w, &r, row, (justice, Some(until)), true);
            let remand = justice == Justice::Remand;
            let c = w.case(i);
            assert_eq!(c.place, if remand { Place::Remand } else { Place::Prison });
            assert_eq!((c.offending.charged, c.offending.release), (remand, (!remand).then_some(until)));
            assert_eq!(c.due.get(due), Some(until));
        }
        w.must_hold();
    }

    #[test]
    fn a_lifer_enters_without_a_release_date_and_a_thief_with_one() {
        let mut w = World::small();
        for (row, justice, life) in [(0, Justice::Life, Life::Serving), (1, Justice::Sentenced, Life::No)] {
            let r = resident(&w, row);
            let until = w.today() + 500;
            let i = enter_prison(&mut w, &r, row, (justice, Some(until)), true);
            let o = w.case(i).offending;
            assert_eq!((o.life, o.release), (life, (life == Life::No).then_some(until)));
            assert_eq!(w.due_in(i, Due::Release), Some(500));
        }
        w.must_hold();
    }

    #[test]
    fn a_day_that_is_past_or_unknown_is_tomorrow() {
        let mut w = World::small();
        for (row, due) in [(0, None), (1, Some(w.today())), (2, Some(w.today() - 9))] {
            let r = resident(&w, row);
            let i = enter_prison(&mut w, &r, row, (Justice::Recalled, due), false);
            assert_eq!(w.due_in(i, Due::Release), Some(1));
        }
    }

    #[test]
    fn an_ill_prisoner_is_still_to_be_seen_and_a_well_one_waits_for_the_court_or_for_nothing() {
        for (ill, remand, sentenced) in [(1.0, Stage::Unseen, Stage::Unseen), (0.0, Stage::AwaitingCourt, Stage::None)]
        {
            let mut w = World::small();
            w.p.start.unwell_prison = ill;
            for (row, justice, stage) in [(0, Justice::Remand, remand), (1, Justice::Sentenced, sentenced)] {
                let r = resident(&w, row);
                let i = enter_prison(&mut w, &r, row, (justice, None), true);
                assert_eq!((w.case(i).stage, w.case(i).clinical.unwell), (stage, ill > 0.0));
            }
        }
    }
}
