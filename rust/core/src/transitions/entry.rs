//! How a person comes onto the caseload: traits that last, the state on the first day, and prison.

use enumset::EnumSet;

use crate::calendar::Day;
use crate::caseload::Case;
use crate::caseload::agenda::Due;
use crate::codes::{Diagnosis, Justice, Offence, Place, Purpose, Stage};
use crate::draw::{Ordinal, normal};
use crate::ids::{CaseId, PersonId};
use crate::population::{Disorder, Resident};
use crate::transitions::offending;
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
    k.lasting = p.level + p.spread * normal(t[0]) + if grave { p.grave_shift } else { 0.0 };
    k.pace = libm::exp(p.pace_spread * normal(t[1]));
    k.frailty = lognormal(t[2], world.p.reoffence.frailty);
    k.flight = lognormal(t[3], world.p.abscond.spread);
    let v = key.uniforms(r.person, Purpose::FirstState, Ordinal::ONCE);
    k.engagement = (p.engagement_mean + p.engagement_step * normal(v[0])).clamp(0.0, 1.0);
    k.hope = (p.hope_mean + p.hope_step * normal(v[1])).clamp(0.0, 1.0);
    k.physical = p.physical_mean;
    k.relationships = p.relationships_mean;
    k.at = today;
    k.risk = k.lasting + p.ageing(age) + p.volatility / libm::sqrt(2.0 * p.reversion) * normal(v[2]);
    c
}

/// Opens the case of somebody who is in prison and has, or has just got, a disorder.
pub fn enter_prison(world: &mut World, r: &Resident, row: u32, justice: Justice, due: Option<Day>) -> CaseId {
    let today = world.today();
    let u = world.draw_on_entry(PersonId(r.person), Purpose::PrisonEntry);
    let mut c = case_of(world, r, row, u[0] < world.p.reoffence.violent * world.p.reoffence.grave);
    c.clinical.unwell = u[1] < world.p.start.unwell_prison;
    c.offending.offence = if u[2] < world.p.reoffence.violent { Offence::Violence } else { Offence::Other };
    c.offending.crown = c.offending.grave || u[3] < world.p.reoffence.crown;
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
    if remand {
        world.caseload.schedule(i, Due::Court, until);
    } else {
        offending::sentence_until(world, i, until);
    }
    i
}
