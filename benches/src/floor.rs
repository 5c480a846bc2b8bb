//! The floor: what the population alone costs, year after year, without anybody on the caseload.
//!
//! `cargo run --release -p stepdown-bench --bin floor -- [fraction [years [threads]]]`, from the project's folder.
//! Whoever is handed over is given back on the last day of the year.

#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use serde::Deserialize;

use stepdown_core::calendar::{YEAR, day};
use stepdown_core::codes::Justice as Standing;
use stepdown_core::draw::Key;
use stepdown_core::plan::{Calendar, Capacity, Demography, Exact, Illness, Justice, Mode, People, PopulationPlan};
use stepdown_core::population::{Inputs, Population};

#[derive(Deserialize)]
struct Baseline {
    population: PopulationPlan,
    people: People,
    illness: Illness,
    justice: Justice,
}

/// Returns an argument, or what stands for it if it is absent.
fn argument<T: std::str::FromStr>(n: usize, otherwise: T) -> T {
    std::env::args().nth(n).and_then(|a| a.parse().ok()).unwrap_or(otherwise)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (fraction, years, threads) = (argument(1, 0.1), argument(2, 5), argument(3, 2));
    let text = std::fs::read_to_string("rust/core/tests/data/population.json")?;
    let base: Baseline = serde_json::from_str(&text)?;
    let start = 2024;
    let inputs = Inputs {
        tables: &base.population,
        people: &base.people,
        illness: &base.illness,
        justice: &base.justice,
        calendar: Calendar { first: day(start, 4, 1), start: day(start, 4, 1), end: day(start + years, 4, 1) },
        mode: Mode { exact: Exact::Events, capacity: Capacity::Unlimited, fraction, demography: Demography::Moving },
        key: Key { seed: 1, replicate: 0 },
    };

    let go = AtomicBool::new(false);
    let clock = Instant::now();
    let mut population = Population::start(&inputs, threads, &go)?;
    let people = population.rows();
    println!("start: {people} people in {:.2} s, {} MB", clock.elapsed().as_secs_f64(), population.bytes() / 1_000_000);

    let (mut lived, mut tallied, mut days) = (0.0, 0.0, 0);
    for year in start..start + years {
        let clock = Instant::now();
        let handed = population.live(day(year, 4, 1), day(year + 1, 4, 1), threads, &go)?;
        lived += clock.elapsed().as_secs_f64();
        for arrival in &handed {
            population.set_justice(arrival.row, Standing::None);
            population.give_back(arrival.row, day(year + 1, 3, 31), None, false);
        }
        let clock = Instant::now();
        days += population.tally(year, day(year + 1, 4, 1), threads).person_days.iter().sum::<i64>() as u64;
        tallied += clock.elapsed().as_secs_f64();
    }
    let person_years = days as f64 / YEAR;
    println!(
        "{years} years on {threads} threads: lived in {lived:.2} s ({:.1} ns a person-year), counted in {tallied:.2} s \
         ({:.1} ns), {:.1} G person-days/s; {} MB",
        lived * 1e9 / person_years,
        tallied * 1e9 / person_years,
        days as f64 / (lived + tallied) / 1e9,
        population.bytes() / 1_000_000,
    );
    Ok(())
}
