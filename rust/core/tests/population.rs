//! The population as a whole: who is there, how they live, and that nothing but the key decides it.

use std::sync::atomic::AtomicBool;

use serde::Deserialize;

use stepdown_core::calendar::{Day, day};
use stepdown_core::codes::{Justice as Standing, Sex};
use stepdown_core::draw::Key;
use stepdown_core::error::SimError;
use stepdown_core::log::Tally;
use stepdown_core::plan::{
    Calendar, Capacity, Demography, Exact, Illness, Justice, Levels, Mode, People, PopulationPlan, Sexes,
};
use stepdown_core::population::readout::{Column, Values};
use stepdown_core::population::{Arrival, CaseloadReport, Contact, Disorder, Inputs, Population, Resident};

/// The baseline, as `stepdown.evidence` compiles it (`tests/evidence/test_population.py` keeps it up to date).
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

/// Published period expectation of life at birth, England 2018-2020: male, female [a].
const EXPECTATION: [f64; 2] = [79.33, 83.12];

impl Baseline {
    fn read() -> Baseline {
        serde_json::from_str(include_str!("data/population.json")).expect("the baseline is readable")
    }

    /// The baseline without any disorder: everybody's life stays in the population.
    fn well() -> Baseline {
        let mut base = Baseline::read();
        base.illness.register = 0.0;
        base.illness.incidence = 0.0;
        base.illness.custody_share = Sexes { men: 0.0, women: 0.0 };
        base.illness.personality = 0.0;
        base.illness.disability = 0.0;
        base
    }

    fn inputs(&self, fraction: f64, years: i32) -> Inputs<'_> {
        Inputs {
            tables: &self.population,
            people: &self.people,
            illness: &self.illness,
            justice: &self.justice,
            calendar: Calendar { first: day(START - 1, 4, 1), start: day(START, 4, 1), end: day(START + years, 4, 1) },
            mode: Mode {
                exact: Exact::Events,
                capacity: Capacity::Unlimited,
                fraction,
                demography: Demography::Moving,
            },
            key: Key { seed: 1, replicate: 0 },
        }
    }
}

/// Lives years from the start, after a settling year, and tallies each; whoever is handed over stays on the caseload.
fn live(inputs: &Inputs, years: i32, threads: usize) -> (Population, Vec<Tally>, Vec<Arrival>) {
    let mut population = Population::start(inputs, threads, &NEVER_STOP).expect("the baseline is complete");
    let mut arrivals =
        population.live(day(START - 1, 4, 1), day(START, 4, 1), threads, &NEVER_STOP).expect("nobody stops it");
    let mut tallies = Vec::new();
    for year in START..START + years {
        arrivals.extend(
            population.live(day(year, 4, 1), day(year + 1, 4, 1), threads, &NEVER_STOP).expect("nobody stops it"),
        );
        tallies.push(population.tally(year, day(year + 1, 4, 1), threads));
    }
    (population, tallies, arrivals)
}

fn sum(column: &[i64]) -> f64 {
    column.iter().sum::<i64>() as f64
}

fn within(found: f64, wanted: f64, share: f64, what: &str) {
    let off = found / wanted - 1.0;
    assert!(
        off.abs() <= share,
        "{what}: found {found}, wanted {wanted} ± {}%, off by {:.2}%",
        share * 100.0,
        off * 100.0
    );
}

/// Everyone present, by identity: what mustn't depend on how the work was shared.
fn everyone(population: &Population) -> Vec<Resident> {
    let mut all: Vec<Resident> = (0..population.rows() as u32).map(|row| population.resident(row)).collect();
    all.retain(|r| r.present);
    all.sort_by_key(|r| r.person);
    all
}

/// What the caseload sees of an arrival; the row is where somebody happens to be kept.
fn seen(arrivals: &[Arrival]) -> Vec<Arrival> {
    arrivals.iter().map(|a| Arrival { row: 0, ..*a }).collect()
}

#[test]
fn the_population_starts_at_the_published_size() {
    let base = Baseline::read();
    let population = Population::start(&base.inputs(0.02, 1), 2, &NEVER_STOP).expect("complete");
    // Between mid-2023 (57,690,323) and mid-2024 (58,620,101).
    within(population.rows() as f64 / 0.02, 58_388_926.0, 0.0001, "residents on 1 April 2024");
    within(
        population.bytes() as f64 / population.rows() as f64,
        16.0,
        0.08,
        "bytes a resident, room for growth included",
    );
}

#[test]
fn deaths_follow_the_life_table_by_sex_and_age() {
    let base = Baseline::read();
    let (_, tallies, _) = live(&base.inputs(0.04, 3), 3, 2);
    for sex in 0..2 {
        let (mut ages, mut life) = ([(0.0, 0.0); 19], 0.0);
        for tally in &tallies {
            for i in (0..tally.len()).filter(|i| tally.sex[*i] == sex) {
                let cell = &mut ages[usize::from(tally.age_band[i])];
                cell.0 += tally.deaths[i] as f64;
                cell.1 += tally.person_days[i] as f64 / 365.25;
            }
        }
        // Deaths against the life table's own rates, weighed by the residents of each single age at the start.
        for (band, (deaths, lived)) in ages.iter().enumerate().take(18) {
            let ages = band * 5..band * 5 + 5;
            let people =
                |age: usize| base.population.persons.iter().map(|a| f64::from(a[sex as usize][age])).sum::<f64>();
            let (persons, dying) = ages.fold((0.0, 0.0), |(p, d), age| {
                (p + people(age), d + people(age) * base.population.mortality[sex as usize][age])
            });
            let expected = lived * dying / persons;
            let z = (deaths - expected) / expected.max(1.0).sqrt();
            // Ages shift within their band in three years: one per cent on top of chance.
            assert!(
                (deaths - expected).abs() < 3.5 * expected.sqrt() + 0.015 * expected,
                "{sex} {band}: {deaths} {expected} z {z}"
            );
        }
        // Period expectation of life at birth from the simulated rates: infancy by itself, then bands of five.
        let mut survivors = 1.0;
        for (band, (deaths, lived)) in ages.iter().enumerate() {
            let rate = deaths / lived;
            if band == 18 {
                life += survivors / rate;
            } else {
                let left = survivors * libm::exp(-5.0 * rate);
                life += (survivors - left) / rate;
                survivors = left;
            }
        }
        assert!((life - EXPECTATION[sex as usize]).abs() < 0.3, "expectation of life {sex}: {life}");
    }
}

#[test]
fn births_and_migration_stay_on_their_inputs() {
    let base = Baseline::read();
    let fraction = 0.03;
    let (_, tallies, _) = live(&base.inputs(fraction, 2), 2, 2);
    for tally in &tallies {
        within(sum(&tally.births), base.people.births * fraction, 0.02, "births");
        within(sum(&tally.arrived), base.people.immigration * fraction, 0.005, "arrivals");
        within(sum(&tally.departed), base.people.emigration * fraction, 0.035, "departures");
    }
    let mid_2025 = sum(&tallies[0].alive) + (sum(&tallies[1].alive) - sum(&tallies[0].alive)) / 4.0;
    within(mid_2025 / fraction, 58_834_812.0, 0.005, "residents at mid-2025");
}

#[test]
fn a_year_with_levels_of_its_own_has_as_many_more_and_the_years_before_are_as_they_were() {
    let base = Baseline::well();
    let mut changed = base.clone();
    let (year, fraction) = (START + 1, 0.02);
    changed.population.years = vec![Levels {
        year,
        immigration: 2.0,
        emigration: 3.0,
        fertility: 0.5,
        arrests: 2.0,
        custody: 0.5,
        sentences: 1.0,
    }];
    let (_, before, _) = live(&base.inputs(fraction, 2), 2, 2);
    let (_, after, _) = live(&changed.inputs(fraction, 2), 2, 2);
    assert!(before[0] == after[0], "the year before");
    let ratio = |of: fn(&Tally) -> &Vec<i64>| sum(of(&after[1])) / sum(of(&before[1]));
    within(ratio(|t| &t.arrived), 2.0, 0.001, "people who arrive");
    within(ratio(|t| &t.departed), 3.0, 0.05, "people who leave");
    within(ratio(|t| &t.births), 0.5, 0.05, "births");
    // More charges make more of a history within the year, and more are in prison part of it.
    within(ratio(|t| &t.charges), 2.1, 0.1, "charges");
    within(ratio(|t| &t.receptions), 1.1, 0.15, "receptions");
}

#[test]
fn prisons_hold_and_receive_as_many_as_published_for_twenty_years() {
    let base = Baseline::well();
    let fraction = 0.04;
    let (_, tallies, _) = live(&base.inputs(fraction, 20), 20, 2);
    // England: 0.95 of England and Wales. Remand 17,023, all 87,726 (June 2024); first receptions 73,717 (2024).
    for tally in tallies.chunks(5) {
        let mean = |column: fn(&Tally) -> &Vec<i64>| tally.iter().map(|t| sum(column(t))).sum::<f64>() / 5.0 / fraction;
        // Newcomers have no history yet: prisons grow about half as fast as the country.
        let growth = 0.5 + 0.5 * mean(|t| &t.alive) / 58_388_926.0;
        within(mean(|t| &t.remand), 16_200.0 * growth, 0.05, "remand");
        within(mean(|t| &t.sentenced), 66_600.0 * growth, 0.05, "sentenced and recalled");
        within(mean(|t| &t.receptions), 70_000.0 * growth, 0.05, "first receptions");
    }
}

#[test]
fn women_are_as_few_in_prison_as_published_and_more_often_ill() {
    let mut base = Baseline::read();
    let population = Population::start(&base.inputs(0.1, 1), 2, &NEVER_STOP).expect("complete");
    let held = everyone(&population)
        .into_iter()
        .filter(|r| matches!(r.justice, Standing::Remand | Standing::Sentenced | Standing::Recalled | Standing::Life));
    let (mut all, mut ill) = ([0.0; 2], [0.0; 2]);
    for r in held {
        all[r.sex as usize] += 1.0;
        ill[r.sex as usize] += f64::from(u8::from(r.disorder == Disorder::Psychosis));
    }
    // 3,612 of 87,891 in December 2023.
    within(all[1] / (all[0] + all[1]), 0.0411, 0.12, "women among prisoners at the start");
    within(ill[0] / all[0], base.illness.custody_share.men, 0.1, "ill men in prison");
    within(ill[1] / all[1], base.illness.custody_share.women, 0.2, "ill women in prison");

    // The flows keep it up, and bring the ill of both sexes in these shares.
    base.illness.personality = 0.0;
    base.illness.disability = 0.0;
    let (_, tallies, arrivals) = live(&base.inputs(0.1, 10), 10, 2);
    let last = tallies.last().expect("ten years");
    let prisoners = |sex: Sex| {
        let of = last.sex.iter().zip(last.remand.iter().zip(&last.sentenced));
        of.filter(|(s, _)| **s == sex as u8).map(|(_, (remand, sentenced))| (remand + sentenced) as f64).sum::<f64>()
    };
    within(
        prisoners(Sex::Female) / (prisoners(Sex::Male) + prisoners(Sex::Female)),
        0.0411,
        0.2,
        "women among well prisoners after ten years",
    );
    let ill_in_custody = |sex: Sex| {
        let held = |c: &Contact| matches!(c, Contact::Custody { .. } | Contact::Charge { remanded: true, .. });
        arrivals.iter().filter(|a| a.sex == sex && held(&a.contact)).count() as f64
    };
    let (women, men) = (ill_in_custody(Sex::Female), ill_in_custody(Sex::Male));
    within(women / (women + men), 0.08, 0.25, "women among the ill who come to be held");
}

#[test]
fn the_ill_are_as_many_as_on_the_register_and_reach_the_caseload() {
    let base = Baseline::read();
    let fraction = 0.04;
    let population = Population::start(&base.inputs(fraction, 1), 2, &NEVER_STOP).expect("complete");
    let residents: Vec<Resident> = population.ill_rows().into_iter().map(|row| population.resident(row)).collect();
    assert!(residents.is_sorted_by_key(|r| r.person));
    let ill = residents.iter().filter(|r| r.disorder == Disorder::Psychosis).count() as f64;
    within(ill / fraction, base.illness.register, 0.02, "register");
    let prisoners = population.ill_prisoners().into_iter().map(|row| population.resident(row));
    let prisoners = prisoners.filter(|r| r.disorder == Disorder::Psychosis).count() as f64 / fraction;
    assert!((0.04..0.065).contains(&(prisoners / 83_000.0)), "ill prisoners {prisoners}");

    // A caseload that gives everybody back at once: what the population sends it in a year.
    let mut population = population;
    for a in population.live(day(START - 1, 4, 1), day(START, 4, 1), 2, &NEVER_STOP).expect("nobody stops it") {
        population.set_justice(a.row, Standing::None);
        population.give_back(a.row, day(START, 3, 31), None, false);
    }
    let arrivals = population.live(day(START, 4, 1), day(START + 1, 4, 1), 2, &NEVER_STOP).expect("nobody stops it");
    let of_year = arrivals.iter();
    let count = |wanted: fn(&Arrival) -> bool| of_year.clone().filter(|a| wanted(a)).count() as f64 / fraction;
    let charges = count(|a| a.disorder == Disorder::Psychosis && matches!(a.contact, Contact::Charge { .. }));
    assert!((15_000.0..25_000.0).contains(&charges), "charges of the ill {charges}");
    within(count(|a| a.contact == Contact::Civil), 640.0, 0.35, "civil need");
    assert!(arrivals.iter().all(|a| a.disorder != Disorder::None));
}

#[test]
fn reoffending_depends_on_history() {
    let base = Baseline::well();
    let (mut population, _, _) = live(&base.inputs(0.02, 2), 1, 2);
    let before: Vec<Resident> = everyone(&population);
    population.live(day(START + 1, 4, 1), day(START + 2, 4, 1), 2, &NEVER_STOP).expect("nobody stops it");
    let after = everyone(&population);
    let mut rate = [(0.0, 0.0); 4];
    let mut later = after.iter().peekable();
    for r in before.iter().filter(|r| r.justice == Standing::None) {
        while later.next_if(|a| a.person < r.person).is_some() {}
        let Some(a) = later.peek().filter(|a| a.person == r.person) else { continue };
        let cell = &mut rate[usize::from(r.history)];
        cell.0 += f64::from(u8::from(a.history > r.history || a.justice != Standing::None));
        cell.1 += 1.0;
    }
    let share = rate.map(|(n, of)| n / of);
    assert!(share[0] < 0.02 && share[1] > 4.0 * share[0] && share[2] > share[1], "{share:?}");
}

#[test]
fn threads_and_chunks_leave_no_trace() {
    let base = Baseline::read();
    let world = |threads: usize, chunk: usize| {
        let mut population = Population::start(&base.inputs(0.002, 3), threads, &NEVER_STOP).expect("complete");
        population.set_chunk(chunk);
        let mut arrivals =
            population.live(day(START - 1, 4, 1), day(START, 4, 1), threads, &NEVER_STOP).expect("nobody stops it");
        let mut tallies = Vec::new();
        for year in START..START + 3 {
            arrivals.extend(
                population.live(day(year, 4, 1), day(year + 1, 4, 1), threads, &NEVER_STOP).expect("nobody stops it"),
            );
            tallies.push(population.tally(year, day(year + 1, 4, 1), threads));
        }
        (everyone(&population), seen(&arrivals), tallies)
    };
    let one = world(1, 1 << 16);
    for (threads, chunk) in [(2, 1 << 16), (7, 997), (2, 64)] {
        assert!(world(threads, chunk) == one, "{threads} threads, chunks of {chunk}");
    }
}

#[test]
fn one_more_person_changes_nobody_else() {
    let base = Baseline::read();
    let inputs = base.inputs(0.002, 3);
    let world = |more: bool| {
        let mut population = Population::start(&inputs, 1, &NEVER_STOP).expect("complete");
        let row = more.then(|| population.insert(&inputs, 3, Sex::Female, 25));
        let extra = row.map(|row| population.resident(row).person);
        let mut arrivals = Vec::new();
        for year in START - 1..START + 3 {
            arrivals.extend(
                population.live(day(year, 4, 1), day(year + 1, 4, 1), 1, &NEVER_STOP).expect("nobody stops it"),
            );
        }
        (everyone(&population), seen(&arrivals), extra)
    };
    let (without, arrivals, _) = world(false);
    let (mut with, mut arrivals_with, extra) = world(true);
    // The woman herself, and her children if she had any, are the only difference.
    let known: std::collections::BTreeSet<u64> = without.iter().map(|r| r.person).collect();
    with.retain(|r| known.contains(&r.person));
    arrivals_with.retain(|a| Some(a.person) != extra);
    assert_eq!(with, without);
    assert_eq!(arrivals_with, arrivals);
}

#[test]
fn a_population_that_stands_still_keeps_its_people_and_its_ill_whoever_dies_or_falls_ill_in_prison() {
    let base = Baseline::read();
    let mut inputs = base.inputs(0.005, 6);
    inputs.mode.demography = Demography::Frozen;
    let mut population = Population::start(&inputs, 1, &NEVER_STOP).expect("complete");
    let (people, ill) = (population.census(day(START - 1, 4, 1)).present, population.ill_rows().len());
    let mut fell_ill_in_all = 0;
    for year in START - 1..START + 6 {
        let (from, to) = (day(year, 4, 1), day(year + 1, 4, 1));
        let mut arrivals = population.live(from, to, 1, &NEVER_STOP).expect("nobody stops it");
        while let Some(a) = arrivals.pop() {
            let fell_ill = matches!(a.contact, Contact::Custody { fell_ill: true, .. });
            fell_ill_in_all += usize::from(fell_ill);
            // Some die, the others are given back; in either case their place is taken in the same year.
            let back = (a.day + 1).min(to - 1);
            if a.person % 3 == 0 {
                population.die(a.row, back);
                arrivals.extend(population.replace_with_equal(a.row, back, fell_ill));
            } else {
                population.set_justice(a.row, Standing::None);
                arrivals.extend(population.give_back(a.row, back, None, fell_ill));
            }
        }
        assert_eq!(population.census(to - 1).present, people);
        assert!(population.census(to - 1).balances());
    }
    assert!(fell_ill_in_all > 0, "nobody fell ill: this tells nothing");
    assert_eq!(population.ill_rows().len(), ill);
}

#[test]
fn another_seed_is_another_world() {
    let base = Baseline::read();
    let mut inputs = base.inputs(0.001, 1);
    let one = everyone(&live(&inputs, 1, 1).0);
    inputs.key.seed = 2;
    assert!(one != everyone(&live(&inputs, 1, 1).0));
}

#[test]
fn nobody_is_lost_or_doubled_on_any_day() {
    let base = Baseline::read();
    let mut population = Population::start(&base.inputs(0.002, 2), 1, &NEVER_STOP).expect("complete");
    let mut given: Vec<(Day, u32)> = Vec::new();
    for year in START - 1..START + 2 {
        let mut arrivals =
            population.live(day(year, 4, 1), day(year + 1, 4, 1), 1, &NEVER_STOP).expect("nobody stops it");
        let end = day(year + 1, 4, 1);
        for today in day(year, 4, 1)..end {
            let mut again = Vec::new();
            for a in arrivals.iter().filter(|a| a.day == today) {
                if a.person % 4 == 0 {
                    population.die(a.row, today);
                    again.extend(population.replace_with_equal(a.row, today, false));
                } else {
                    given.push((today + 40, a.row));
                }
            }
            let due: Vec<u32> = given.iter().filter(|(when, _)| *when == today).map(|(_, row)| *row).collect();
            given.retain(|(when, _)| *when != today);
            again.extend(due.into_iter().filter_map(|row| {
                population.report(row, CaseloadReport::Charge, today);
                population.set_justice(row, Standing::None);
                population.give_back(row, today, None, false)
            }));
            assert!(again.iter().all(|a| a.day >= today));
            arrivals.extend(again);
            let census = population.census(today);
            assert!(census.balances(), "{today}: {census:?}");
        }
        let tally = population.tally(year, end, 1);
        assert_eq!(sum(&tally.alive) as u64, population.census(end - 1).present);
        let days: u64 = (day(year, 4, 1)..end).map(|d| population.census(d).present).sum();
        assert_eq!(tally.person_days.iter().sum::<i64>(), days as i64);
    }
}

#[test]
fn the_column_of_those_present_is_the_census_of_its_day() {
    let base = Baseline::read();
    let (population, ..) = live(&base.inputs(0.0005, 2), 2, 1);
    let present = Column::find("present").expect("it is a column");
    let (mut today, end) = (day(START + 1, 3, 31), day(START + 2, 4, 1));
    while today < end {
        let Values::Flag(there) = population.column(present, today) else { panic!("present is a flag") };
        assert_eq!(there.iter().filter(|p| **p).count() as u64, population.census(today).present, "{today}");
        today += 1;
    }
}

#[test]
fn a_view_of_the_population_stays_as_it_was_while_years_are_lived() {
    let base = Baseline::read();
    let inputs = base.inputs(0.0005, 2);
    let mut population = Population::start(&inputs, 1, &NEVER_STOP).expect("the baseline is complete");
    let (person, born) = (Column::find("person").expect("a column"), Column::find("born").expect("a column"));
    let look = |population: &Population| match (population.column(person, 0), population.column(born, 0)) {
        (Values::Person(ids), Values::Day(days)) => (ids, days),
        _ => panic!("identities and days"),
    };
    let (ids, days) = look(&population);
    let before = (ids.as_ptr(), ids.clone(), days.as_ptr(), days.to_vec());
    for year in START - 1..START + 2 {
        population.live(day(year, 4, 1), day(year + 1, 4, 1), 1, &NEVER_STOP).expect("nobody stops it");
    }
    assert!(before == (ids.as_ptr(), ids.clone(), days.as_ptr(), days.to_vec()));
    assert!(*look(&population).0 != *ids, "others have been born and have come since");
}

#[test]
fn living_day_by_day_agrees_with_living_from_event_to_event() {
    let base = Baseline::read();
    let seeds = 20;
    // Deaths, births, departed, onsets, charges, receptions; ill, remand, sentenced: sums and squares by seed and age group.
    let world = |exact: Exact, seed: u64| {
        let mut inputs = base.inputs(0.0004, 2);
        inputs.mode.exact = exact;
        inputs.key.seed = seed;
        // Both begin with the same people, so that neither has to settle first: every year that is lived is compared.
        inputs.calendar.first = inputs.calendar.start;
        let mut population = Population::start(&inputs, 2, &NEVER_STOP).expect("the baseline is complete");
        let (mut out, mut arrivals) = (Vec::new(), Vec::new());
        for year in START..START + 2 {
            let (from, to) = (day(year, 4, 1), day(year + 1, 4, 1));
            arrivals.extend(population.live(from, to, 2, &NEVER_STOP).expect("nobody stops it"));
            let tally = population.tally(year, to, 2);
            let columns = [
                &tally.deaths,
                &tally.births,
                &tally.departed,
                &tally.onsets,
                &tally.charges,
                &tally.receptions,
                &tally.ill,
                &tally.remand,
                &tally.sentenced,
            ];
            for column in columns {
                for group in [0..4, 4..7, 7..13, 13..19] {
                    let of = column.iter().zip(&tally.age_band).filter(|(_, b)| group.contains(&usize::from(**b)));
                    out.push(of.map(|(n, _)| *n as f64).sum::<f64>());
                }
            }
        }
        out.push(arrivals.iter().filter(|a| matches!(a.contact, Contact::Charge { .. })).count() as f64);
        out.push(arrivals.iter().filter(|a| matches!(a.contact, Contact::Custody { .. })).count() as f64);
        out
    };
    let runs = |exact: Exact| -> Vec<Vec<f64>> { (0..seeds).map(|seed| world(exact, 100 + seed)).collect() };
    let (events, daily) = (runs(Exact::Events), runs(Exact::Daily));
    let n = seeds as f64;
    let moments = |runs: &[Vec<f64>], i: usize| {
        let mean = runs.iter().map(|r| r[i]).sum::<f64>() / n;
        (mean, runs.iter().map(|r| (r[i] - mean) * (r[i] - mean)).sum::<f64>() / (n - 1.0))
    };
    let mut squares = 0.0;
    let mut compared = 0.0;
    for i in 0..events[0].len() {
        let ((a, va), (b, vb)) = (moments(&events, i), moments(&daily, i));
        if a + b < 1.0 {
            continue;
        }
        // People are the same in both worlds, so levels are compared by the scatter between seeds, at least Poisson's.
        let z = (a - b) / ((va.max(a) + vb.max(b)) / n).sqrt();
        assert!(z.abs() < 4.0, "count {i}: {a} by budgets, {b} by days, z {z}");
        squares += z * z;
        compared += 1.0;
    }
    assert!(
        compared > 40.0 && squares / compared < 1.5,
        "mean square of z {} over {compared} counts",
        squares / compared
    );
}

/// Lives a frozen world under a caseload that does nothing: whom it gets, it gives back at the end of the year.
fn live_frozen(base: &Baseline, years: i32) -> Vec<(Tally, f64)> {
    let mut inputs = base.inputs(0.03, years);
    inputs.mode.demography = Demography::Frozen;
    let mut population = Population::start(&inputs, 2, &NEVER_STOP).expect("complete");
    let mut out = Vec::new();
    for year in START - 1..START + years {
        let arrivals = population.live(day(year, 4, 1), day(year + 1, 4, 1), 2, &NEVER_STOP).expect("nobody stops it");
        out.push((population.tally(year, day(year + 1, 4, 1), 2), arrivals.len() as f64));
        for a in arrivals {
            population.set_justice(a.row, Standing::None);
            population.give_back(a.row, day(year + 1, 3, 31), None, false);
        }
    }
    out.split_off(1)
}

#[test]
fn a_frozen_world_stands_still() {
    let years = 12;
    let steady = |found: &[(Tally, f64)], of: fn(&(Tally, f64)) -> f64, share: f64, what: &str| {
        let (first, second) = found.split_at(found.len() / 2);
        let mean = |half: &[(Tally, f64)]| half.iter().map(of).sum::<f64>() / half.len() as f64;
        within(mean(second), mean(first), share, what);
    };
    let found = live_frozen(&Baseline::read(), years);
    steady(&found, |y| sum(&y.0.alive), 0.0, "alive");
    steady(&found, |y| sum(&y.0.ill), 0.01, "ill");
    steady(&found, |y| sum(&y.0.charges), 0.02, "charges");
    // Nobody goes to prison from this caseload, so the ill come back to it a little more often than in the balance.
    steady(&found, |y| y.1, 0.08, "handed over");
    assert!(found.iter().all(|(t, _)| sum(&t.deaths) + sum(&t.births) + sum(&t.arrived) + sum(&t.departed) == 0.0));
    // Everybody well: all prisoners live here.
    let found = live_frozen(&Baseline::well(), years);
    steady(&found, |y| sum(&y.0.remand), 0.05, "remand");
    steady(&found, |y| sum(&y.0.sentenced), 0.05, "sentenced");
    steady(&found, |y| sum(&y.0.receptions), 0.03, "receptions");
}

#[test]
fn whoever_asks_to_stop_is_heard_at_the_start_and_within_a_year() {
    let base = Baseline::read();
    let inputs = base.inputs(0.002, 1);
    let stop = AtomicBool::new(true);
    assert!(matches!(Population::start(&inputs, 2, &stop), Err(SimError::Stopped)));
    let mut population = Population::start(&inputs, 2, &NEVER_STOP).expect("complete");
    let asked = population.live(day(START - 1, 4, 1), day(START, 4, 1), 2, &stop);
    assert!(matches!(asked, Err(SimError::Stopped)));
}

#[test]
fn a_closed_cohort_survives_as_the_life_table_says() {
    let mut base = Baseline::well();
    base.people.emigration = 0.0;
    let (fraction, years) = (0.03, 20);
    let inputs = base.inputs(fraction, years);
    let mut population = Population::start(&inputs, 2, &NEVER_STOP).expect("the baseline is complete");
    let first = day(START - 1, 4, 1);
    // By sex and age of ten years at the start: how many, how many must be alive in the end, and its variance.
    let mut cohorts = [[(0.0, 0.0, 0.0, 0.0); 8]; 2];
    let age = |born: Day| (f64::from(first - born) / 365.25) as usize;
    let here = everyone(&population);
    for r in here.iter().filter(|r| age(r.born) < 80) {
        // The first year of age is the rest of it, the last what was lived of it.
        let (old, mortality) = (f64::from(first - r.born) / 365.25, &base.population.mortality[r.sex as usize]);
        let whole: f64 = (0..=years as usize).map(|k| mortality[(old as usize + k).min(100)]).sum();
        let hazard =
            whole + old.fract() * (mortality[(old as usize + years as usize + 1).min(100)] - mortality[old as usize]);
        let survival = libm::exp(-hazard);
        let cohort = &mut cohorts[r.sex as usize][age(r.born) / 10];
        cohort.0 += 1.0;
        cohort.1 += survival;
        cohort.2 += survival * (1.0 - survival);
    }
    for year in START - 1..START + years {
        population.live(day(year, 4, 1), day(year + 1, 4, 1), 2, &NEVER_STOP).expect("nobody stops it");
    }
    let alive: std::collections::BTreeSet<u64> = everyone(&population).iter().map(|r| r.person).collect();
    for r in here.iter().filter(|r| age(r.born) < 80 && alive.contains(&r.person)) {
        cohorts[r.sex as usize][age(r.born) / 10].3 += 1.0;
    }
    for (sex, ages) in cohorts.iter().enumerate() {
        for (ten, (people, expected, variance, found)) in ages.iter().enumerate() {
            assert!(*people > 1000.0, "{sex} {ten}: {people} are too few to say anything");
            // Birthdays are days of the calendar, ages here are in years of 365.25 days.
            assert!(
                (found - expected).abs() < 4.0 * variance.sqrt() + 0.001 * expected,
                "{sex} {ten}: {found} of {people} survived, the life table says {expected}"
            );
        }
    }
}
