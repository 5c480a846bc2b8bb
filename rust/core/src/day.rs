//! The order of the day: one list, the only caller of everything below.

use std::sync::atomic::AtomicBool;

use crate::error::SimError;
use crate::phases::{
    accounts, aftercare, close, commissioning, courts, entry, illness, matching, moves, referrals, reviews, tribunals,
};
use crate::timing::{self, timed};
use crate::world::World;

/// A phase of the day: its name, what it does, and the function that does it.
pub struct Phase {
    /// Name.
    pub name: &'static str,
    /// What happens in it.
    pub what: &'static str,
    run: fn(&mut World, &AtomicBool) -> Result<(), SimError>,
}

/// Declares a phase whose function can't fail.
macro_rules! phase {
    ($name:literal, $what:literal, $f:path) => {
        Phase {
            name: $name,
            what: $what,
            run: |world, _| {
                $f(world);
                Ok(())
            },
        }
    };
}

/// The twelve phases, in order. Within a phase everyone sees the state at its start.
pub const PHASES: [Phase; timing::PHASES] = [
    Phase {
        name: "population",
        what: "births, deaths, moves, onset of illness, arrests and charges, releases",
        run: entry::population,
    },
    phase!(
        "courts",
        "courts sit: disposals for defendants with a disorder; remand and interim orders run out",
        courts::sit
    ),
    phase!("illness", "illness and risk: relapse, worsening while waiting, recovery, programmes", illness::evolve),
    phase!("referrals", "referrals and assessments, within the teams' capacity", referrals::work),
    phase!("reviews", "reviews: leave, step up, step down, ready", reviews::review),
    phase!("tribunals", "tribunal hearings and Ministry of Justice answers due today", tribunals::answer),
    phase!("matching", "matching: who gets which bed, place and team, in priority order", matching::place),
    phase!("moves", "admissions, transfers, discharges, remissions, recalls", moves::make),
    phase!(
        "aftercare",
        "after discharge: follow-up, relapse, recall, absconding, reoffending, work",
        aftercare::follow
    ),
    phase!("commissioning", "commissioners: programmes that ramp; beds that open and close", commissioning::programmes),
    phase!("books", "the books: occupancy, waits, breaches, costs, QALYs, by who pays", accounts::keep),
    phase!("close", "close: events are logged, clocks are reset, the day is counted", close::day),
];

/// Lives the present day.
pub fn live(world: &mut World, stop: &AtomicBool) -> Result<(), SimError> {
    world.open_agenda();
    for (k, phase) in PHASES.iter().enumerate() {
        let (done, seconds) = timed(|| (phase.run)(world, stop));
        world.timings.phases[k] += seconds;
        done?;
    }
    world.today += 1;
    Ok(())
}
