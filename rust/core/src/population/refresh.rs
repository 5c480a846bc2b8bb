//! The yearly refresh: everybody lives a period, in fixed chunks of rows shared by threads.
//!
//! One block a person and year says who has a quiet period ([`Bounds`]); the others are lived exactly ([`super::life`]).
//! What comes out is joined in order of rows and sorted by (day, person), so neither threads nor chunks can be seen in it.

use std::sync::Mutex;

use crate::calendar::Day;
use crate::draw::{Key, Purpose};
use crate::plan::Exact;

use super::Contact;
use super::columns::{Bits, Columns, Person, Presence};
use super::life::{Entrant, Outcome, Walk};
use super::rates::{Bounds, Period, Rates, lanes};
use super::start::newcomer;
use super::tally::{Count, Standing};

/// Shared by all threads of a refresh.
pub(super) struct Refresh<'a> {
    pub rates: &'a Rates,
    pub period: &'a Period,
    pub key: Key,
    pub exact: Exact,
    pub threads: usize,
    /// Rows that a thread takes at a time.
    pub chunk: usize,
    pub areas: usize,
}

/// A chunk of rows.
struct Stretch<'c> {
    base: usize,
    id: &'c [u64],
    born: &'c [u16],
    due: &'c mut [u16],
    bits: &'c mut [u32],
}

/// Runs `work` over items on some threads; returns the results in the order of the items.
pub(super) fn share<I: Send, O: Send>(threads: usize, items: Vec<I>, work: impl Fn(I) -> O + Sync) -> Vec<O> {
    if threads <= 1 || items.len() <= 1 {
        return items.into_iter().map(work).collect();
    }
    let queue = Mutex::new(items.into_iter().enumerate());
    let take = || queue.lock().map_or(None, |mut q| q.next());
    let mut done: Vec<(usize, O)> = std::thread::scope(|scope| {
        let run = || {
            let mut mine = Vec::new();
            while let Some((i, item)) = take() {
                mine.push((i, work(item)));
            }
            mine
        };
        let handles: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut all = run();
        for handle in handles {
            match handle.join() {
                Ok(more) => all.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, o)| o).collect()
}

/// What the newcomers of a period became.
pub(super) struct Newcomers {
    /// The people, in order of the entrants.
    pub people: Vec<(Person, Day)>,
    /// What their first period left behind.
    pub outcome: Outcome,
}

impl Refresh<'_> {
    fn walk(&self) -> Walk<'_> {
        Walk { rates: self.rates, period: self.period, key: self.key }
    }

    /// Lives every resident row through the period.
    pub fn residents(&self, columns: &mut Columns) -> Outcome {
        let bounds = Bounds::new(self.rates, self.period);
        let chunk = self.chunk;
        let stretches: Vec<Stretch> = columns
            .id
            .chunks(chunk)
            .zip(columns.born.chunks(chunk))
            .zip(columns.due.chunks_mut(chunk))
            .zip(columns.bits.chunks_mut(chunk))
            .enumerate()
            .map(|(i, (((id, born), due), bits))| Stretch { base: i * chunk, id, born, due, bits })
            .collect();
        let done = share(self.threads, stretches, |stretch| {
            let base = stretch.base;
            (base, self.stretch(stretch, &bounds))
        });
        self.join(done)
    }

    fn join(&self, done: Vec<(usize, Outcome)>) -> Outcome {
        let mut all = Outcome::new(self.areas);
        for (base, out) in done {
            all.births.extend(out.births);
            all.handed.extend(out.handed.into_iter().map(|(i, day, contact)| (i + base as u32, day, contact)));
            all.vacated.extend(out.vacated.into_iter().map(|i| i + base as u32));
            all.counts.merge(&out.counts);
        }
        all
    }

    fn stretch(&self, stretch: Stretch, bounds: &Bounds) -> Outcome {
        let mut out = Outcome::new(self.areas);
        let walk = self.walk();
        let year = self.period.year;
        let Stretch { id, born, due, bits, .. } = stretch;
        let rows = id.len();
        let last_due = self.period.to;
        let mut row = 0;
        while row < rows {
            // Four blocks at a time: a block alone waits for its multiplications.
            let block = if row + 4 <= rows {
                std::array::from_fn(|k| self.key.block(id[row + k], Purpose::Year, year))
            } else {
                std::array::from_fn(|k| self.key.block(id[(row + k).min(rows - 1)], Purpose::Year, year))
            };
            let block: [[u64; 4]; 4] = block;
            for (i, block) in (row..rows.min(row + 4)).zip(block) {
                let of = Bits(bits[i]);
                if !of.resident() {
                    if of.presence() == Presence::Dead as u32 || of.presence() == Presence::Left as u32 {
                        out.vacated.push(i as u32);
                        bits[i] = (Presence::Vacant as u32) << 30;
                    }
                    continue;
                }
                let lanes = lanes(block);
                let stirs = bounds.stirs(of.0, self.period.age(born[i]), &lanes);
                if self.exact == Exact::Events && !stirs && Day::from(due[i]) >= last_due {
                    continue;
                }
                let mut person = Person { id: id[i], born: born[i], due: due[i], bits: of };
                let handed = match self.exact {
                    Exact::Events => walk.live(&mut person, lanes, self.period.from, &mut out),
                    Exact::Daily => walk.walk(&mut person, self.period.from, &mut out),
                };
                if let Some((day, contact)) = handed {
                    person.bits.set_on_caseload(1);
                    out.handed.push((i as u32, day, contact));
                }
                due[i] = person.due;
                bits[i] = person.bits.0;
            }
            row += 4;
        }
        out
    }

    /// Lets newcomers in and lives what is left of their first period. Their own births are in the outcome.
    pub fn newcomers(&self, entrants: &[Entrant]) -> Newcomers {
        let chunks: Vec<(usize, &[Entrant])> =
            entrants.chunks(self.chunk).enumerate().map(|(i, c)| (i * self.chunk, c)).collect();
        let done = share(self.threads, chunks, |(base, chunk)| {
            let mut out = Outcome::new(self.areas);
            let people: Vec<(Person, Day)> = chunk
                .iter()
                .enumerate()
                .map(|(i, entrant)| {
                    let (day, what) = match *entrant {
                        Entrant::Born { day, .. } => (day, Count::Births),
                        Entrant::Arrived { day, .. } => (day, Count::Arrived),
                    };
                    let mut person = newcomer(self.rates, self.key, *entrant);
                    out.counts.enter(self.period, person.bits, person.born, what, day);
                    let walk = self.walk();
                    let handed = match self.exact {
                        Exact::Events => {
                            let lanes = lanes(self.key.block(person.id, Purpose::Year, self.period.year));
                            walk.live(&mut person, lanes, day, &mut out)
                        }
                        Exact::Daily => walk.walk(&mut person, day, &mut out),
                    };
                    if let Some((day, contact)) = handed {
                        person.bits.set_on_caseload(1);
                        out.handed.push((i as u32, day, contact));
                    }
                    (person, day)
                })
                .collect();
            (base, people, out)
        });
        let mut people = Vec::with_capacity(entrants.len());
        let mut outcomes = Vec::with_capacity(done.len());
        for (base, some, out) in done {
            people.extend(some);
            outcomes.push((base, out));
        }
        Newcomers { people, outcome: self.join(outcomes) }
    }

    /// Counts everyone present on `day`, the end of the period.
    pub fn standing(&self, columns: &Columns, day: Day) -> Standing {
        let rows: Vec<_> = columns.born.chunks(self.chunk).zip(columns.bits.chunks(self.chunk)).collect();
        let done = share(self.threads, rows, |(born, bits)| {
            let mut standing = Standing::new(self.areas);
            standing.count(self.period, day, born, bits);
            standing
        });
        let mut all = Standing::new(self.areas);
        for standing in &done {
            all.merge(standing);
        }
        all
    }
}

/// Why a person is handed over, with the row.
pub(super) type Handed = (u32, Day, Contact);
