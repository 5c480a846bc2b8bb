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
use stepdown_core::sim::Sim;

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
    let mut sim = match arguments.next() {
        None => Sim::new(plan, key, threads, false, &go)?,
        Some(file) => Sim::replaying(plan, key, threads, false, &Inflow::from_bytes(&std::fs::read(file)?)?)?,
    };
    println!("started in {:.2} s, {:.2} s of them the population", clock.elapsed().as_secs_f64(), sim.timings.start);
    let clock = Instant::now();
    // Two builds that agree on the sum most likely agree on everything.
    let (mut rows, mut sum) = (0, 0u64);
    while sim.today() < end {
        sim.step(&go)?;
        if sim.closes_year() {
            rows += sim.log.events.len() + sim.log.spells.len() + sim.log.people.len() + sim.log.daily.len();
            for (person, day) in sim.log.events.person.iter().zip(&sim.log.events.day) {
                sum = sum.rotate_left(5).wrapping_add(*person ^ *day as u64);
            }
            for alive in &sim.log.tally.alive {
                sum = sum.rotate_left(5).wrapping_add(u64::from(*alive));
            }
            for pence in &sim.log.ledger.pence {
                sum = sum.rotate_left(5).wrapping_add(*pence as u64);
            }
            sim.log.clear();
        }
    }
    println!("lived in {:.2} s; {rows} rows, sum {sum:016x}; {:?}", clock.elapsed().as_secs_f64(), sim.counts);
    for (phase, seconds) in PHASES.iter().zip(&sim.timings.phases) {
        println!("{:14}{seconds:8.2} s", phase.name);
    }
    println!(
        "{} cases of {} bytes; population {} MB",
        sim.caseload.cases.len(),
        size_of_val(&sim.caseload.cases[0]),
        sim.population.bytes() / 1_000_000
    );
    Ok(())
}
