//! The days: what a run costs without Python and without output, phase by phase.
//!
//! `cargo run --release -p stepdown-bench --bin days -- plan.json [threads [years [inflow]]]`; `benches/README.md` says how a plan is
//! written; with the file of a recorded inflow, the days are lived from it. The sum over what was logged tells two builds or thread counts apart.

#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use stepdown_core::day::PHASES;
use stepdown_core::draw::Key;
use stepdown_core::plan::Plan;
use stepdown_core::population::Inflow;
use stepdown_core::world::World;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("the path of a plan is missing")?;
    let threads: usize = arguments.next().map_or(Ok(2), |a| a.parse())?;
    let years: i32 = arguments.next().map_or(Ok(100), |a| a.parse())?;
    let plan = Plan::read(&std::fs::read(path)?)?;
    let end = plan.calendar.end.min(plan.calendar.first + 366 * years);
    let go = AtomicBool::new(false);

    let clock = Instant::now();
    let key = Key { seed: 1, replicate: 0 };
    let mut world = match arguments.next() {
        None => World::new(plan, key, threads, false, &go)?,
        Some(file) => World::replaying(plan, key, threads, false, &Inflow::from_bytes(&std::fs::read(file)?)?)?,
    };
    println!("started in {:.2} s, {:.2} s of them the population", clock.elapsed().as_secs_f64(), world.timings.start);
    let clock = Instant::now();
    // Two builds that agree on the sum most likely agree on everything.
    let (mut rows, mut sum) = (0, 0u64);
    while world.today() < end {
        world.step(&go)?;
        if world.closes_year() {
            rows += world.log.events.len() + world.log.spells.len() + world.log.people.len() + world.log.daily.len();
            for (person, day) in world.log.events.person.iter().zip(&world.log.events.day) {
                sum = sum.rotate_left(5).wrapping_add(*person as u64 ^ *day as u64);
            }
            for alive in &world.log.tally.alive {
                sum = sum.rotate_left(5).wrapping_add(*alive as u64);
            }
            for pence in &world.log.ledger.pence {
                sum = sum.rotate_left(5).wrapping_add(*pence as u64);
            }
            world.log.clear();
        }
    }
    println!("lived in {:.2} s; {rows} rows, sum {sum:016x}; {:?}", clock.elapsed().as_secs_f64(), world.counts);
    for (phase, seconds) in PHASES.iter().zip(&world.timings.phases) {
        println!("{:14}{seconds:8.2} s", phase.name);
    }
    println!(
        "{} cases of {} bytes; population {} MB",
        world.caseload.cases.len(),
        size_of_val(&world.caseload.cases[0]),
        world.population.bytes() / 1_000_000
    );
    Ok(())
}
