//! The choices: what a declared decision costs, for each of the eleven that the engine evaluates.
//!
//! `cargo run --release -p stepdown-bench --bin choices -- plan.json`; `benches/README.md` says how a plan is written.

#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::hint::black_box;
use std::time::Instant;

use stepdown_core::choices::choice::Choice;
use stepdown_core::choices::columns::{CaseColumn, OptionColumn};
use stepdown_core::choices::options::Options;
use stepdown_core::choices::view::{OptionRow, View};
use stepdown_core::codes::Decision;
use stepdown_core::draw::{Key, Ordinal};
use stepdown_core::plan::Plan;

/// Decisions of each kind.
const CASES: u64 = 200_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("the path of a plan is missing")?;
    let plan = Plan::read(&std::fs::read(path)?)?;
    let levers: Vec<String> = plan.levers.keys().cloned().collect();
    for decision in Decision::ALL {
        let Some(given) = plan.choices.get(decision.name()) else { continue };
        let agent = plan.agents.get(&given.agent);
        let (names, row) = agent.map_or((Vec::new(), Vec::new()), |a| (a.columns.clone(), a.values[0].clone()));
        let choice = Choice::new(*decision, given, &names, &levers)?;
        let (case, lever) = ([1.0; CaseColumn::COUNT], vec![0.0; levers.len()]);
        let offers: Vec<OptionRow> = vec![[1.0; OptionColumn::COUNT]; decision.options().len()];
        let view = View { case: &case, agent: &row, lever: &lever, option: &offers };
        let (all, key) = (Options::all(*decision), Key { seed: 1, replicate: 0 });
        let clock = Instant::now();
        for person in 0..CASES {
            black_box(choice.choose(black_box(&view), all, key, person, Ordinal::ONCE));
        }
        let each = clock.elapsed().as_nanos() as f64 / CASES as f64;
        println!("{:12}{:4} rows{:8.0} ns", decision.name(), given.rows.len(), each);
    }
    Ok(())
}
