//! What must hold of a snapshot whose hashes fit, before a day is lived from it.
//!
//! Hashes tell accidents; a file that somebody made up can have the right ones. No index, code or day of such a file may
//! lead outside the world of its plan.

use crate::calendar::{Day, NEVER, financial_year, year_start};
use crate::caseload::{Bed, Case};
use crate::codes::Diagnosis;
use crate::container::Head;
use crate::ids::{CaseId, CommissionerId, PersonId, UnitId};
use crate::log::Log;
use crate::population::Arrival;
use crate::world::capacity::Ward;
use crate::world::{World, invariants};

use super::pathway::Pathway;

type Check = Result<(), String>;

fn ensure(holds: bool, what: &str) -> Check {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

/// Whether a day lies within a few centuries, or never.
fn is_day(day: Day) -> bool {
    day == NEVER || (-200_000..200_000).contains(&day)
}

/// Checks what was read against the world of the plan, before it takes its place in it.
pub(super) fn fits(world: &World, head: &Head, state: &Pathway, cases: &[Case], log: &Log) -> Check {
    let (areas, commissioners, count) = (world.plan.areas.len(), world.plan.commissioners.len(), cases.len());
    ensure(state.agents.fits(&world.agents), "its agents are not those of its plan")?;
    let units = &world.units.all;
    let same = state.units.len() == units.len() && state.units.iter().zip(units).all(|(a, b)| a.fits(b));
    ensure(same, "its units are not those of its plan")?;
    ensure(state.wards.fits(&world.wards), "its wards and teams are not those of its plan")?;
    ensure(state.accounts.fits(&world.accounts), "its books are not those of its plan")?;
    ensure(world.programmes.fits(&state.programmes), "its programmes are not those of its plan")?;
    ensure(state.budgets.fits(&world.budgets), "its budgets are not those of its plan")?;
    ensure(state.queues.fits(areas, commissioners, count), "its queues are not those of its plan")?;
    ensure(log.is_whole() && state.closed.is_whole() && state.closed_areas.is_whole(), "its rows are not whole")?;
    let known = |list: &[CaseId]| list.iter().all(|i| i.index() < count);
    ensure(known(&state.inpatients) && known(&state.stale), "it lists a case that doesn't exist")?;
    ensure(state.own.fits(count), "its own columns are not those of its cases")?;
    let start = world.plan.calendar.start;
    ensure((start..=head.day.max(start)).contains(&head.since), "its rows begin on a day that is not of the run")?;
    cases.iter().try_for_each(|c| case(world, c))?;
    let end = year_start(financial_year((head.day - 1).max(world.plan.calendar.first)) + 1);
    for (day, expected) in state.arrivals.iter() {
        let within = (head.day..end).contains(day);
        let sound = expected.iter().all(|a| a.day == *day && arrival(world, a));
        ensure(within && sound, "it expects somebody who can't come")?;
    }
    let mut rows: Vec<u32> = cases.iter().filter(|c| c.present()).map(|c| c.row).collect();
    rows.extend(state.arrivals.values().flatten().map(|a| a.row));
    rows.sort_unstable();
    ensure(rows.windows(2).all(|two| two[0] != two[1]), "somebody is in two places")
}

/// Checks one case.
fn case(world: &World, c: &Case) -> Check {
    let (areas, commissioners, units) = (world.plan.areas.len(), world.plan.commissioners.len(), world.units.all.len());
    let is_area = |area: u8| usize::from(area) < areas;
    let pays = |who: Option<CommissionerId>| who.is_none_or(|who| who.index() < commissioners);
    let is_unit = |unit: UnitId| unit.index() < units;
    let is_bed = |bed: Bed| match bed {
        Bed::Unit(unit) => is_unit(unit),
        Bed::Picu { area } => is_area(area),
    };
    let indices = is_area(c.area)
        && is_area(c.placement.ward_area)
        && c.readiness.arranged.is_none_or(|to| is_area(to.area))
        && pays(c.assessor())
        && pays(c.placement.payer)
        && c.placement.unit.is_none_or(is_unit)
        && c.past.moved_on.is_none_or(|(unit, ..)| is_unit(unit))
        && c.held.is_none_or(|held| is_bed(held.bed))
        && c.granted
            .now
            .iter()
            .chain(&c.granted.arranged)
            .flatten()
            .all(|g| usize::from(g.line) < world.plan.programmes.len())
        && (1..=5).contains(&c.deprivation)
        && (0..PersonId::NUMBERS).contains(&c.number)
        && c.primary != Diagnosis::Substance;
    ensure(indices, "a case in it points outside its plan")?;
    ensure(days(c).into_iter().all(is_day), "a case in it has a day that can't be")?;
    let k = &c.clinical;
    let latent = [k.lasting, k.risk, k.engagement, k.hope, k.programme, k.pace, k.frailty, k.flight];
    let rest = [c.wellbeing.hope.map_or(0.0, f64::from)];
    let read = k.reading.map_or([0.0; 4], |r| [r.risk, r.symptoms, r.engagement, r.security]);
    let sound = latent.iter().chain(&rest).chain(&read).all(|x| x.is_finite())
        && c.clocks.iter().all(super::super::hazards::clock::Clock::is_sound);
    ensure(sound, "a case in it has a number that can't be")?;
    ensure(!c.present() || world.population.holds(c.row, c.person.0), "a case in it is not its row's person")
}

/// Every day that a case names, and the days that its waits took.
fn days(c: &Case) -> Vec<Day> {
    let (wait, waits) = (c.wait.unwrap_or_default(), &c.spell.waits);
    let known = [
        c.offending.release,
        wait.identified,
        wait.referred,
        wait.requested,
        wait.at_ministry,
        wait.queued,
        wait.reported,
        c.placement.provider_since,
        c.placement.secure_since,
        c.readiness.since,
        c.absence.last,
        c.past.discharged,
        c.past.secure_exit,
        c.past.moved_on.map(|(_, day, _)| day),
        c.clinical.reading.map(|r| r.day),
        c.wellbeing.at,
        waits.clinical,
        waits.ministry,
        waits.statutory,
    ];
    let always =
        [c.born, c.placement.since, c.past.last_contact, c.accrued, c.spell.start, c.scheduled_until, c.clinical.at];
    known.into_iter().flatten().chain(always).chain(c.due.all().map(|(_, day)| day)).collect()
}

/// Checks somebody who is expected.
fn arrival(world: &World, a: &Arrival) -> bool {
    usize::from(a.area) < world.plan.areas.len()
        && (1..=5).contains(&a.deprivation)
        && a.history < 4
        && world.population.holds(a.row, a.person)
}

/// Checks what must hold at the close of every day.
pub(super) fn holds(world: &World) -> Check {
    let evening = (world.today() - 1).max(world.plan.calendar.first);
    let places: i64 = [Ward::Supported, Ward::Picu, Ward::Acute].iter().map(|w| world.wards.used(*w)).sum();
    ensure(places <= world.caseload.cases.len() as i64, "more places are taken than there are people")?;
    match invariants::broken(world, evening) {
        Some(what) => Err(what),
        None => Ok(()),
    }
}
