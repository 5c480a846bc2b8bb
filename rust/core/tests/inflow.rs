//! Recorded inflow: the people of a record meet the pathway as they do among everyone, and nobody is counted twice.

use std::sync::atomic::AtomicBool;

use serde::Deserialize;

use stepdown_core::calendar::day;
use stepdown_core::codes::Justice as Standing;
use stepdown_core::draw::Key;
use stepdown_core::error::SimError;
use stepdown_core::log::Tally;
use stepdown_core::plan::{Calendar, Capacity, Demography, Exact, Illness, Justice, Mode, People, PopulationPlan};
use stepdown_core::population::{Arrival, CaseloadReport, Inflow, Inputs, Population, period_end};

/// The baseline, as `stepdown.evidence` compiles it.
#[derive(Clone, Deserialize)]
struct Baseline {
    population: PopulationPlan,
    people: People,
    illness: Illness,
    justice: Justice,
}

const START: i32 = 2024;

/// Nobody stops these runs.
static NEVER_STOP: AtomicBool = AtomicBool::new(false);

impl Baseline {
    fn read() -> Baseline {
        serde_json::from_str(include_str!("data/population.json")).expect("the baseline is readable")
    }

    fn inputs(&self, years: i32, demography: Demography) -> Inputs<'_> {
        Inputs {
            tables: &self.population,
            people: &self.people,
            illness: &self.illness,
            justice: &self.justice,
            calendar: Calendar { first: day(START - 1, 4, 1), start: day(START, 4, 1), end: day(START + years, 4, 1) },
            mode: Mode { exact: Exact::Events, capacity: Capacity::Limited, fraction: 0.001, demography },
            key: Key { seed: 3, replicate: 0 },
        }
    }
}

fn record(inputs: &Inputs) -> Inflow {
    Inflow::record(inputs, 2, &NEVER_STOP, |_| {}).expect("nobody stops it")
}

fn reason<T>(refused: Result<T, SimError>) -> String {
    refused.err().expect("it is refused").to_string()
}

/// Lives a run with a caseload that keeps people for a while, charges some again and lets some die.
fn live(mut population: Population, inputs: &Inputs, patience: i32) -> (Vec<Tally>, Vec<Arrival>) {
    let (mut tallies, mut seen) = (Vec::new(), Vec::new());
    for (k, row) in population.ill_rows().into_iter().enumerate() {
        if k % 50 == patience as usize % 50 {
            population.take(row);
        }
    }
    let mut from = inputs.calendar.first;
    while from < inputs.calendar.end {
        let to = period_end(from, inputs.calendar.end);
        let mut arrivals = population.live(from, to, 2, &NEVER_STOP).expect("nobody stops it");
        while let Some(a) = arrivals.pop() {
            seen.push(Arrival { row: 0, ..a });
            let back = a.day + patience;
            if back >= to {
                continue;
            }
            if a.person % 11 == 0 {
                population.die(a.row, back);
                arrivals.extend(population.replace_with_equal(a.row, back, false));
                continue;
            }
            if a.person % 3 == 0 {
                population.report(a.row, CaseloadReport::Charge, back);
            }
            population.set_justice(a.row, Standing::None);
            arrivals.extend(population.give_back(a.row, back, None, false));
        }
        assert!(population.census(to - 1).balances(), "{:?}", population.census(to - 1));
        tallies.push(population.tally(from, to, 2));
        from = to;
    }
    seen.sort_by_key(|a| (a.day, a.person));
    (tallies, seen)
}

#[test]
fn a_replay_gives_what_everyone_gives_whatever_the_pathway_does() {
    let base = Baseline::read();
    for demography in [Demography::Moving, Demography::Frozen] {
        let inputs = base.inputs(14, demography);
        let inflow = record(&inputs);
        for patience in [1, 40, 200] {
            let everyone = Population::start(&inputs, 2, &NEVER_STOP).expect("complete");
            let some = Population::replay(&inputs, &inflow).expect("the same population");
            assert_eq!(some.started(), everyone.started());
            assert!(some.rows() * 10 < everyone.rows(), "{} of {}", some.rows(), everyone.rows());
            assert!(live(some, &inputs, patience) == live(everyone, &inputs, patience), "{demography:?} {patience}");
        }
        let (founders, newcomers) = inflow.people();
        assert!(founders > 0 && (newcomers > 0) == (demography == Demography::Moving), "{founders} {newcomers}");
    }
}

#[test]
fn day_by_day_a_replay_gives_what_everyone_gives() {
    let base = Baseline::read();
    let mut inputs = base.inputs(2, Demography::Moving);
    inputs.mode.exact = Exact::Daily;
    inputs.mode.fraction = 0.0002;
    let inflow = record(&inputs);
    let everyone = Population::start(&inputs, 2, &NEVER_STOP).expect("complete");
    let some = Population::replay(&inputs, &inflow).expect("the same population");
    assert!(live(some, &inputs, 30) == live(everyone, &inputs, 30));
}

#[test]
fn a_record_is_the_same_for_any_number_of_threads_and_after_reading() {
    let base = Baseline::read();
    let inputs = base.inputs(2, Demography::Moving);
    let bytes = record(&inputs).to_bytes();
    let alone = Inflow::record(&inputs, 1, &NEVER_STOP, |_| {}).expect("nobody stops it");
    assert!(alone.to_bytes() == bytes);
    let read = Inflow::from_bytes(&bytes).expect("it was just written");
    assert!(read == alone);
}

#[test]
fn a_shorter_run_is_let_in_and_a_longer_one_refused() {
    let base = Baseline::read();
    let inflow = record(&base.inputs(3, Demography::Moving));
    let shorter = base.inputs(2, Demography::Moving);
    let everyone = Population::start(&shorter, 2, &NEVER_STOP).expect("complete");
    let some = Population::replay(&shorter, &inflow).expect("a shorter run");
    assert!(live(some, &shorter, 40) == live(everyone, &shorter, 40));
    let why = reason(inflow.check(&base.inputs(4, Demography::Moving)));
    assert!(why.contains("end: 2028-04-01, and the record ends on 2027-04-01"), "{why}");
}

#[test]
fn whatever_the_population_reads_is_held_against_the_record() {
    let base = Baseline::read();
    let inflow = record(&base.inputs(1, Demography::Moving));
    let refused = |change: &dyn Fn(&mut Baseline), also: &dyn Fn(&mut Inputs)| {
        let mut other = base.clone();
        change(&mut other);
        let mut inputs = other.inputs(1, Demography::Moving);
        also(&mut inputs);
        reason(inflow.check(&inputs))
    };
    let nothing: &dyn Fn(&mut Inputs) = &|_| {};
    let same: &dyn Fn(&mut Baseline) = &|_| {};
    for (why, key) in [
        (refused(&|b| b.illness.incidence *= 2.0, nothing), "illness.incidence: 0.000928, and the record has 0.000464"),
        (refused(&|b| b.justice.remand.crown = 0.0, nothing), "justice.remand.crown: 0.0, and"),
        (refused(&|b| b.people.births += 1.0, nothing), "people.births: "),
        (refused(&|b| b.population.mortality[1][50] *= 1.1, nothing), "tables.mortality: another table"),
        (refused(same, &|i| i.key.seed = 4), "seed: 4, and the record has 3"),
        (refused(same, &|i| i.key.replicate = 1), "replicate: 1, and the record has 0"),
        (refused(same, &|i| i.mode.fraction = 0.004), "population: 0.004, and the record has 0.001"),
        (refused(same, &|i| i.mode.demography = Demography::Frozen), "demography: \"frozen\", and"),
        (refused(same, &|i| i.mode.exact = Exact::Daily), "exact: \"daily\", and"),
        (refused(same, &|i| i.calendar.first -= 365), "settling: \"2022-04-01\", and"),
    ] {
        assert!(why.starts_with(&format!("recorded inflow: {key}")), "{why}");
    }
    let mut open = base.inputs(1, Demography::Moving);
    open.mode.capacity = Capacity::Unlimited;
    inflow.check(&open).expect("whether places run out is the pathway's business");
}

#[test]
fn bytes_that_are_not_a_whole_record_are_told_from_one() {
    let base = Baseline::read();
    let mut inputs = base.inputs(1, Demography::Moving);
    inputs.mode.fraction = 0.0001;
    let bytes = record(&inputs).to_bytes();
    for length in (0..bytes.len()).step_by(997).chain([bytes.len() - 1]) {
        assert!(matches!(Inflow::from_bytes(&bytes[..length]), Err(SimError::Corrupt(_))), "{length}");
    }
    for at in (0..bytes.len()).step_by(1009) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        assert!(matches!(Inflow::from_bytes(&flipped), Err(SimError::Corrupt(_))), "{at}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(matches!(Inflow::from_bytes(&longer), Err(SimError::Corrupt(_))));
}
