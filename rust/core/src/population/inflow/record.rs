//! Recording an inflow: everybody lives once as if there were no pathway, and the origin of whoever would have come to its
//! notice is found again.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use super::{Inflow, iso, upstream};
use crate::calendar::{Day, age};
use crate::error::SimError;
use crate::plan::{Calendar, Levels};
use crate::population::arrival::Arrival;
use crate::population::columns::{Columns, Person};
use crate::population::inputs::Inputs;
use crate::population::outcome::Entrant;
use crate::population::period::{Period, period_end};
use crate::population::replay::Replay;
use crate::population::residents::Population;
use crate::population::start::{Founder, TOGETHER, arrivals, cells, identities, together};
use crate::population::tally::Balance;

/// A set of identities, most of which aren't in it.
struct Identities {
    /// One bit for each of the numbers that the upper bits of an identity can make.
    filter: Vec<u64>,
    /// All of them.
    known: BTreeSet<u64>,
}

impl Identities {
    /// Upper bits of an identity, which is a hash, that the filter goes by.
    const BITS: u32 = 26;

    /// Starts with nobody.
    fn new() -> Identities {
        Identities { filter: vec![0; 1 << (Self::BITS - 6)], known: BTreeSet::new() }
    }

    /// Adds somebody.
    fn insert(&mut self, person: u64) {
        let bit = person >> (64 - Self::BITS);
        self.filter[(bit >> 6) as usize] |= 1 << (bit & 63);
        self.known.insert(person);
    }

    /// Whether somebody is in it.
    #[inline]
    fn contains(&self, person: u64) -> bool {
        let bit = person >> (64 - Self::BITS);
        self.filter[(bit >> 6) as usize] >> (bit & 63) & 1 == 1 && self.known.contains(&person)
    }
}

/// What a population did without a pathway.
struct Walked {
    /// Who came to the pathway's notice.
    met: Vec<Arrival>,
    /// The balance of each period, by the day on which it ended.
    balances: Vec<(Day, Balance)>,
}

/// Days on which the periods of a run begin and end.
fn periods(calendar: Calendar) -> impl Iterator<Item = (Day, Day)> {
    let next = move |from: Day| (from < calendar.end).then(|| (from, period_end(from, calendar.end)));
    std::iter::successors(next(calendar.first), move |(_, to)| next(*to))
}

/// Lets a population live its days without a pathway: who comes to its notice stays where they are.
fn walk(
    population: &mut Population,
    calendar: Calendar,
    threads: usize,
    stop: &AtomicBool,
    mut observe: impl FnMut(&Entrant),
    mut each: impl FnMut(Day),
) -> Result<Walked, SimError> {
    let mut walked = Walked { met: Vec::new(), balances: Vec::new() };
    for (from, to) in periods(calendar) {
        walked.met.extend(population.live_observing(from, to, threads, stop, &mut observe)?);
        walked.balances.push((to, population.balance(to, threads)));
        each(to);
    }
    Ok(walked)
}

impl Inflow {
    /// Records the inflow of a run: its population lives once, without the pathway. Calls `each` with the end of each period.
    ///
    /// # Errors
    ///
    /// As [`Population::start`] and [`Population::live`]; [`SimError::Invariant`] if the people of the record alone don't
    /// come to the pathway's notice as they did among everyone.
    pub fn record(
        inputs: &Inputs,
        threads: usize,
        stop: &AtomicBool,
        each: impl FnMut(Day),
    ) -> Result<Inflow, SimError> {
        let calendar = inputs.calendar;
        let mut everyone = Population::start(inputs, threads, stop)?;
        let mut origins = Origins::of_the_ill(&everyone);
        let started = everyone.started();
        let youngest = everyone.living.rates.youngest();
        // Who is too young to meet the pathway before the end, and has no children by then, needn't be remembered.
        let mut births = Vec::new();
        let observe = |entrant: &Entrant| {
            if let Entrant::Born { day, .. } = entrant
                && age(*day, calendar.end) >= youngest
            {
                births.push(*entrant);
            }
        };
        let walked = walk(&mut everyone, calendar, threads, stop, observe, each)?;
        // The rates go on; the columns, which take most of the memory, don't.
        let mut rates = everyone.living.rates;

        origins.find_founders(inputs, &Founder::new(inputs, &rates), &walked.met);
        for (from, to) in periods(calendar) {
            let period = Period::of_run(inputs.mode, calendar.start, from, to);
            if period.renews {
                rates.levels = Levels::of(&inputs.tables.years, period.year as i32);
                origins.find_newcomers(inputs, &arrivals(&rates, &period));
            }
        }
        origins.find_newcomers(inputs, &births);
        let (founders, newcomers) = origins.found();

        let replay = Replay { started, newcomers, others: Vec::new() };
        let mut alone = Population::of(inputs, rates, founders.clone(), Some(replay.clone()));
        let again = walk(&mut alone, calendar, threads, stop, |_| {}, |_| {})?;
        let broken = || SimError::Invariant {
            date: iso(calendar.end),
            what: "the people of the recorded inflow live otherwise alone than among everyone".to_owned(),
        };
        let seen = |a: &Arrival| Arrival { row: 0, ..*a };
        if !walked.met.iter().map(seen).eq(again.met.iter().map(seen)) {
            return Err(broken());
        }
        let others = walked.balances.into_iter().zip(&again.balances);
        let others = others.map(|((to, all), (_, some))| Some((to, all.less(some)?)));
        let others = others.collect::<Option<Vec<_>>>().ok_or_else(broken)?;
        Ok(Inflow { upstream: upstream(inputs), founders, replay: Replay { others, ..replay } })
    }
}

/// Where the people of a record come from.
struct Origins {
    /// Who is in the record, or is born again to somebody in it.
    covered: Identities,
    /// Who met the pathway and has still to be found among the newcomers.
    sought: Identities,
    /// People of the start in the record, by row.
    founders: Vec<(u32, Person)>,
    /// Newcomers in the record.
    newcomers: Vec<Entrant>,
}

impl Origins {
    /// Begins with everybody who has a disorder on the first day.
    fn of_the_ill(everyone: &Population) -> Origins {
        let mut origins = Origins {
            covered: Identities::new(),
            sought: Identities::new(),
            founders: Vec::new(),
            newcomers: Vec::new(),
        };
        for row in everyone.ill_rows() {
            origins.add_founder(row, everyone.register.columns.get(row as usize));
        }
        origins
    }

    /// Puts somebody of the start into the record.
    fn add_founder(&mut self, row: u32, person: Person) {
        self.covered.insert(person.id);
        self.founders.push((row, person));
    }

    /// Makes those again who were there at the start; the others are sought.
    fn find_founders(&mut self, inputs: &Inputs, founder: &Founder, met: &[Arrival]) {
        let mut sum = 0;
        let until: Vec<u32> = cells(inputs)
            .into_iter()
            .map(|count| {
                sum += count;
                sum
            })
            .collect();
        for a in met {
            if self.covered.contains(a.person) {
                continue;
            }
            // A row may have passed to a newcomer.
            match (a.row < sum).then(|| founder.again(&until, a.row)).filter(|person| person.id == a.person) {
                Some(person) => self.add_founder(a.row, person),
                None => self.sought.insert(a.person),
            }
        }
    }

    /// Looks through newcomers, mothers before their children.
    fn find_newcomers(&mut self, inputs: &Inputs, entrants: &[Entrant]) {
        for some in entrants.chunks(TOGETHER) {
            let identities = identities(inputs.key, together(some, |entrant| *entrant));
            for (entrant, person) in some.iter().zip(identities) {
                let born_again = matches!(entrant, Entrant::Born { mother, .. } if self.covered.contains(*mother));
                if born_again {
                    self.covered.insert(person);
                } else if self.sought.contains(person) {
                    self.covered.insert(person);
                    self.newcomers.push(*entrant);
                }
            }
        }
    }

    /// The people in order of their rows, and the newcomers in order of their day.
    fn found(mut self) -> (Columns, Vec<Entrant>) {
        self.founders.sort_unstable_by_key(|(row, _)| *row);
        self.newcomers.sort_by_key(Entrant::day);
        let mut columns = Columns::default();
        columns.reserve(self.founders.len());
        let mut open = columns.open();
        for (_, person) in self.founders {
            open.push(person);
        }
        (columns, self.newcomers)
    }
}
