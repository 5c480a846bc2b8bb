//! Known answers: what the parts of the caseload do where the theory of queues and chains says what they must.

use stepdown_core::calendar::{Day, NEVER};
use stepdown_core::codes::{Place, Sex};
use stepdown_core::draw::{Key, Ordinal, Purpose};
use stepdown_core::hazards::clock::Clock;
use stepdown_core::ids::{CommissionerId, ProviderId};
use stepdown_core::world::capacity::Unit;
use stepdown_core::world::priority::{Queue, order};

/// A unit with nobody in it.
fn unit(beds: i32) -> Unit {
    Unit {
        commissioner: CommissionerId(0),
        area: 0,
        region: 0,
        tier: Place::Medium,
        sex: Sex::Male,
        independent: false,
        provider: ProviderId(0),
        beds,
        ward: 12,
        occupied: 0,
        held: 0,
        closing: 0,
        wards: Vec::new(),
        works: Vec::new(),
        vacated: 0,
    }
}

/// Mean wait and share who wait at all, where arrivals and stays are exponential: Erlang's formula.
fn erlang(servers: i32, arrivals: f64, stay: f64) -> (f64, f64) {
    let load = arrivals * stay;
    let mut blocked = 1.0;
    for n in 1..=servers {
        blocked = load * blocked / (f64::from(n) + load * blocked);
    }
    let busy = load / f64::from(servers);
    let waits = blocked / (1.0 - busy * (1.0 - blocked));
    (waits * stay / (f64::from(servers) - load), waits)
}

/// Mean wait [d] and mean number in beds of a single queue before one unit.
///
/// Of the engine this uses the clock (arrivals and stays), the free beds of a unit, and the order of a queue. The day is
/// the engine's: who leaves makes room for tomorrow, so every stay keeps its bed for the rest of its last day.
fn queue(seed: u64, beds: i32, gap: f64, stay: f64, days: Day, settle: Day) -> (f64, f64) {
    let key = Key { seed, replicate: 0 };
    let mut unit = unit(beds);
    // An arrival has an identity of its own; several sources keep the arrivals of a day Poisson, not at most one.
    let sources = 16u64;
    let mut next: Vec<(Clock, u64)> = Vec::new();
    for source in 0..sources {
        let mut clock = Clock::wind(key, source, Purpose::CivilNeed, Ordinal::ONCE, 0);
        clock.set(1.0 / (gap * sources as f64), 0);
        next.push((clock, 0));
    }
    let mut waiting: Vec<(u64, Day)> = Vec::new();
    let mut inside: Vec<Clock> = Vec::new();
    let (mut people, mut waited, mut admitted, mut bed_days) = (0u64, 0.0, 0.0, 0.0);
    for today in 1..=days {
        let free = unit.free();
        let before = inside.len();
        inside.retain(|clock| clock.due() > today);
        unit.occupied -= (before - inside.len()) as i32;
        for (source, (clock, count)) in next.iter_mut().enumerate() {
            if clock.due() == today {
                *count += 1;
                *clock = Clock::wind(key, source as u64, Purpose::CivilNeed, Ordinal::counted(*count), today);
                clock.set(1.0 / (gap * sources as f64), today);
                people += 1;
                waiting.push((people, today));
            }
        }
        waiting.sort_by_key(|(person, since)| order(key, Queue::Beds, 0, *since, *person));
        let taken = waiting.len().min(free.max(0) as usize);
        for (person, since) in waiting.drain(..taken) {
            let mut clock = Clock::wind(key, person, Purpose::WardStay, Ordinal::ONCE, today);
            assert!(clock.set(1.0 / stay, today) < NEVER);
            inside.push(clock);
            unit.occupied += 1;
            if since > settle {
                waited += f64::from(today - since);
                admitted += 1.0;
            }
        }
        if today > settle {
            bed_days += f64::from(unit.occupied);
        }
        assert!(unit.free() >= 0);
    }
    (waited / admitted, bed_days / f64::from(days - settle))
}

#[test]
fn a_single_queue_waits_as_erlang_says() {
    for (beds, gap, stay) in [(1, 150.0, 100.0), (5, 25.0, 100.0), (12, 50.0, 510.0)] {
        let runs: Vec<(f64, f64)> = (0..12).map(|seed| queue(seed, beds, gap, stay, 1_500_000, 50_000)).collect();
        let n = runs.len() as f64;
        let mean = runs.iter().map(|r| r.0).sum::<f64>() / n;
        let error = (runs.iter().map(|r| (r.0 - mean) * (r.0 - mean)).sum::<f64>() / (n - 1.0) / n).sqrt();
        // A stay is known by its day: on average half a day is added to it, and the rest of the last day to the bed's.
        let (expected, _) = erlang(beds, 1.0 / gap, stay + 1.5);
        assert!(error < 0.04 * expected, "{beds} beds: the error {error} of {mean} is too wide to say anything");
        assert!(
            (mean - expected).abs() < 4.0 * error + 0.01 * expected,
            "{beds} beds: waited {mean} ± {error} d, Erlang says {expected} d"
        );
        let occupied = runs.iter().map(|r| r.1).sum::<f64>() / n;
        let load = (stay + 0.5) / gap;
        assert!((occupied - load).abs() < 0.01 * load, "{beds} beds: {occupied} occupied, Little says {load}");
    }
}

/// Rates of a small chain of places [1/d]: inside, on leave, out, dead. Of two events on one day the first in order is the one.
const RATES: [[f64; 4]; 4] =
    [[0.0, 0.012, 0.001, 0.0004], [0.02, 0.0, 0.015, 0.0004], [0.003, 0.0, 0.0, 0.0008], [0.0; 4]];

#[test]
fn a_small_chain_of_places_follows_the_powers_of_its_matrix() {
    let key = Key { seed: 11, replicate: 0 };
    let (people, days) = (40_000u64, 400);
    let mut found = [[0u32; 4]; 4];
    for person in 0..people {
        let (mut place, mut ordinals) = (0, [0u64; 4]);
        let purposes = [Purpose::Return, Purpose::Abscond, Purpose::Relapse, Purpose::Death];
        let mut clocks: [Clock; 4] = std::array::from_fn(|to| {
            let mut clock = Clock::wind(key, person, purposes[to], Ordinal::ONCE, 0);
            clock.set(RATES[place][to], 0);
            clock
        });
        for today in 1..=days {
            if let Some(to) = (0..4).find(|to| clocks[*to].due() == today) {
                place = to;
                // Whose clock ran out winds it anew; the others keep what is left of their budget at the new rates.
                for k in 0..4 {
                    if clocks[k].due() == today {
                        ordinals[k] += 1;
                        clocks[k] = Clock::wind(key, person, purposes[k], Ordinal::counted(ordinals[k]), today);
                    }
                    clocks[k].set(RATES[place][k], today);
                }
            }
            if today % 100 == 0 {
                found[today as usize / 100 - 1][place] += 1;
            }
        }
    }
    let mut daily = [[0.0; 4]; 4];
    for (from, row) in RATES.iter().enumerate() {
        let mut none = 1.0;
        for (to, rate) in row.iter().enumerate() {
            daily[from][to] = none * -libm::expm1(-rate);
            none *= libm::exp(-rate);
        }
        daily[from][from] += none;
    }
    let mut share = [1.0, 0.0, 0.0, 0.0];
    for today in 1..=days as usize {
        share = std::array::from_fn(|to| (0..4).map(|from| share[from] * daily[from][to]).sum());
        if today % 100 == 0 {
            for (place, share) in share.iter().enumerate() {
                let (n, seen) = (people as f64, f64::from(found[today / 100 - 1][place]));
                let z = (seen - n * share) / (n * share * (1.0 - share)).sqrt();
                assert!(z.abs() < 4.0, "day {today}, place {place}: {seen} people, expected {}, z {z}", n * share);
            }
        }
    }
}
