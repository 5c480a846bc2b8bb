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
    /// Module of `phases/` and function that live it, as `module::function`.
    pub function: &'static str,
    run: fn(&mut World, &AtomicBool) -> Result<(), SimError>,
}

/// Declares a phase whose function can't fail.
macro_rules! phase {
    ($name:literal, $what:literal, $f:path) => {
        Phase {
            name: $name,
            what: $what,
            function: stringify!($f),
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
        function: "entry::population",
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
    phase!(
        "commissioning",
        "commissioners: programmes that ramp; wards that open and close",
        commissioning::programmes
    ),
    phase!("books", "the books: occupancy, waits, breaches, costs, QALYs, by who pays", accounts::keep),
    phase!("close", "close: events are logged, clocks are reset, the day is counted", close::day),
];

/// Lives the present day.
///
/// # Errors
/// [`SimError::Stopped`] if `stop` was raised while the population lived its year.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Days;
    use crate::caseload::agenda::Due;
    use crate::codes::{Legal, Place};
    use crate::hazards::Hazard;

    /// Each phase's file and source.
    const SOURCES: [(&str, &str); timing::PHASES] = [
        ("entry", include_str!("phases/entry.rs")),
        ("courts", include_str!("phases/courts.rs")),
        ("illness", include_str!("phases/illness.rs")),
        ("referrals", include_str!("phases/referrals.rs")),
        ("reviews", include_str!("phases/reviews.rs")),
        ("tribunals", include_str!("phases/tribunals.rs")),
        ("matching", include_str!("phases/matching.rs")),
        ("moves", include_str!("phases/moves.rs")),
        ("aftercare", include_str!("phases/aftercare.rs")),
        ("commissioning", include_str!("phases/commissioning.rs")),
        ("accounts", include_str!("phases/accounts.rs")),
        ("close", include_str!("phases/close.rs")),
    ];

    /// The phases whose source, but for its tests, has a piece of text: each as often as it has it.
    fn with(text: &str) -> Vec<&'static str> {
        let count = |(name, source): &(&'static str, &'static str)| {
            let source = source.split("#[cfg(test)]").next().unwrap_or_default();
            let words = source.match_indices(text);
            // `Hazard::Return` is not `Hazard::Returning`.
            let whole = words.filter(|(at, _)| !source[at + text.len()..].starts_with(char::is_alphanumeric));
            vec![*name; whole.count()]
        };
        SOURCES.iter().flat_map(count).collect()
    }

    #[test]
    fn every_phase_of_the_list_has_a_file_of_its_own() {
        let declared = include_str!("phases/mod.rs").matches("pub mod ").count();
        assert_eq!((declared, PHASES.len()), (SOURCES.len(), SOURCES.len()));
        for (name, _) in SOURCES {
            assert!(include_str!("phases/mod.rs").contains(&format!("pub mod {name};")), "{name}");
            assert!(include_str!("day.rs").contains(&format!("{name}::")), "{name}");
        }
    }

    #[test]
    fn every_hazard_is_taken_by_the_phase_that_its_line_names_and_by_no_other() {
        for hazard in Hazard::ALL {
            assert_eq!(with(&format!("Hazard::{hazard:?}")), [hazard.phase()], "{hazard:?}");
        }
    }

    #[test]
    fn everything_that_falls_due_but_hazards_is_taken_once() {
        for due in Due::ALL.iter().filter(|due| **due != Due::Hazard) {
            assert_eq!(with(&format!("take_due(Due::{due:?})")).len(), 1, "{}", due.name());
        }
        assert!(with("take_due(Due::Hazard)").is_empty());
        assert_eq!(with("take_due").len(), Due::ALL.len() - 1);
    }

    #[test]
    fn each_phase_has_a_name_of_its_own_and_says_what_happens_in_it() {
        let mut names: Vec<&str> = PHASES.iter().map(|p| p.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), timing::PHASES);
        assert!(PHASES.iter().all(|p| p.what.len() > 10));
    }

    #[test]
    fn a_day_ends_with_the_next() {
        let mut w = World::small();
        w.pass(1);
        let today = w.today();
        live(&mut w, &AtomicBool::new(false)).expect("nobody stops it");
        assert_eq!(w.today(), today + 1);
        assert!(w.timings.phases.iter().all(|seconds| *seconds >= 0.0));
        assert!(w.timings.phases.iter().sum::<f64>() > 0.0);
    }

    #[test]
    fn a_day_that_is_stopped_is_not_over() {
        let mut w = World::of_plan(World::small_plan());
        let today = w.today();
        assert!(live(&mut w, &AtomicBool::new(true)).is_err());
        assert_eq!(w.today(), today);
    }

    #[test]
    fn a_bed_that_falls_empty_in_a_day_is_given_out_on_the_next() {
        use crate::codes::{Placement, Route};
        use crate::transitions::waiting;
        let mut w = World::small();
        w.says(Placement::Own);
        for id in w.units.pool(Place::Medium, crate::codes::Sex::Male).to_vec() {
            w.units[id].beds = i32::from(id.0 == 2);
        }
        let patient = w.put_with(Place::Medium, Legal::S48S49, |c| c.offending.charged = true);
        let waits = w.put_with(Place::Home, Legal::Cd, |c| c.route = Route::Recall);
        waiting::accept(&mut w, waits, Place::Medium);
        w.schedule_in(patient, Due::Remission, Days::rounded_up(1.0));
        w.settle_in();
        w.live_tomorrow();
        assert_eq!((w.case(patient).place, w.case(waits).held), (Place::Remand, None));
        live(&mut w, &AtomicBool::new(false)).expect("nobody stops it");
        assert!(w.case(waits).held.is_some());
        w.must_hold();
    }

    #[test]
    fn people_of_every_place_and_status_live_a_month_together() {
        let mut w = World::small();
        let statuses = |place| {
            let inside = [Legal::S2, Legal::S3, Legal::S37, Legal::Notional37, Legal::S37S41, Legal::Cpia, Legal::S45A];
            let outside = [Legal::None, Legal::Cd, Legal::CdDol, Legal::Cto, Legal::Mhtr, Legal::Licence];
            if crate::law::places::hospital(place) { inside.to_vec() } else { outside.to_vec() }
        };
        for place in Place::ALL.iter().copied() {
            if matches!(place, Place::Awol | Place::Dead | Place::Left | Place::Remand | Place::Prison) {
                w.put(if place == Place::Prison { place } else { Place::Remand }, Legal::None);
                continue;
            }
            for legal in statuses(place) {
                w.put_with(place, legal, |c| c.clinical.unwell = (legal as u8).is_multiple_of(2));
            }
        }
        for i in w.caseload.ids().collect::<Vec<_>>() {
            let c = w.case(i);
            if c.placement.unit.is_some() {
                w.schedule_in(i, Due::Review, Days::rounded_up(f64::from(2 + i.0 % 7)));
            } else if crate::law::places::hospital(c.place) {
                w.schedule_in(i, Due::WardEnd, Days::rounded_up(f64::from(2 + i.0 % 7)));
            } else if crate::law::places::prison(c.place) {
                w.schedule_in(i, Due::Court, Days::rounded_up(f64::from(2 + i.0 % 7)));
            } else {
                w.schedule_in(i, Due::Contact, Days::rounded_up(f64::from(2 + i.0 % 7)));
            }
        }
        w.settle_in();
        w.live_tomorrow();
        for _ in 0..30 {
            live(&mut w, &AtomicBool::new(false)).expect("nobody stops it");
            w.must_hold();
        }
        assert!(w.counts.decisions > 50, "{}", w.counts.decisions);
    }
}
