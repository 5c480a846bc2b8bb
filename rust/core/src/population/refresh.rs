//! The yearly refresh: everybody lives a period, in fixed chunks of rows shared by threads.
//!
//! One block a person and four years says which of them are quiet ([`Bounds`]); the others are lived exactly
//! ([`super::life`]). How many quiet years are still known is kept with the person, and forgotten when anything changes.
//! What comes out is joined in order of rows and sorted by (day, person), so neither threads nor chunks can be seen in it.

use std::sync::Mutex;

use crate::calendar::Day;
use crate::draw::{Key, Purpose};
use crate::plan::Exact;

use super::Contact;
use super::columns::{Bits, Columns, Person, Presence};
use super::life::{Entrant, Outcome, Walk};
use super::rates::{Bounds, Period, Rates, YEARS_A_BLOCK, year_lanes};
use super::start::newcomer;
use super::tally::{Count, Standing};

/// People whose blocks are drawn together.
const TOGETHER: usize = 4;

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
    pub fn residents(&self, columns: &mut Columns, bounds: &Bounds) -> Outcome {
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
            (base, self.stretch(stretch, bounds))
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

    fn stretch(&self, mut stretch: Stretch, bounds: &Bounds) -> Outcome {
        let mut out = Outcome::new(self.areas);
        let end = self.period.to;
        let mut waiting = [0; TOGETHER];
        let mut count = 0;
        for row in 0..stretch.id.len() {
            let bits = Bits(stretch.bits[row]);
            if bits.calm_resident() && Day::from(stretch.due[row]) >= end {
                stretch.bits[row] = bits.0 - Bits::ONE_CALM_YEAR;
            } else if bits.resident() {
                waiting[count] = row;
                count += 1;
                if count == TOGETHER {
                    self.rows(&mut stretch, &waiting, bounds, &mut out);
                    count = 0;
                }
            } else if !bits.present() && bits.presence() != Presence::Vacant as u32 {
                stretch.bits[row] = Bits::VACANT;
                out.vacated.push(row as u32);
            }
        }
        self.rows(&mut stretch, &waiting[..count], bounds, &mut out);
        out
    }

    /// Lives some rows whose year isn't known to be quiet.
    #[inline]
    fn rows(&self, stretch: &mut Stretch, rows: &[usize], bounds: &Bounds, out: &mut Outcome) {
        let year = self.period.year;
        let ordinal = year / YEARS_A_BLOCK;
        let asked = std::array::from_fn(|k| (rows.get(k).map_or(0, |row| stretch.id[*row]), ordinal));
        let blocks: [[u64; 4]; TOGETHER] = self.key.blocks(asked, Purpose::Year);
        for (row, block) in rows.iter().zip(blocks) {
            let row = *row;
            let bits = Bits(stretch.bits[row]);
            let mut person = Person { id: stretch.id[row], born: stretch.born[row], due: stretch.due[row], bits };
            let quiet = bounds.quiet_years(bits, self.period.age(person.born), block, year);
            if self.exact == Exact::Events && quiet > 0 && Day::from(person.due) >= self.period.to {
                person.bits.set_calm(quiet - 1);
                stretch.bits[row] = person.bits.0;
                continue;
            }
            let coarse = block[(year % YEARS_A_BLOCK) as usize];
            if let Some((day, contact)) = self.year(&mut person, coarse, self.period.from, bounds, out) {
                out.handed.push((row as u32, day, contact));
            }
            stretch.due[row] = person.due;
            stretch.bits[row] = person.bits.0;
        }
    }

    /// Lives what is left of a person's year from `day` on.
    fn year(
        &self,
        p: &mut Person,
        coarse: u64,
        day: Day,
        bounds: &Bounds,
        out: &mut Outcome,
    ) -> Option<(Day, Contact)> {
        let walk = self.walk();
        p.bits.set_calm(0);
        let handed = match self.exact {
            Exact::Daily => walk.walk(p, day, out),
            Exact::Events => {
                let lanes = year_lanes(self.key, p.id, self.period.year, coarse);
                let stirs = bounds.stirs(p.bits, self.period.age(p.born), &lanes);
                if !stirs && Day::from(p.due) >= self.period.to {
                    return None;
                }
                walk.live(p, lanes, day, out)
            }
        };
        if handed.is_some() {
            p.bits.set_on_caseload(1);
        }
        handed
    }

    /// Lets newcomers in and lives what is left of their first period. Their own births are in the outcome.
    pub fn newcomers(&self, entrants: &[Entrant], bounds: &Bounds) -> Newcomers {
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
                    let year = self.period.year;
                    let block = self.key.block(person.id, Purpose::Year, year / YEARS_A_BLOCK);
                    let quiet = bounds.quiet_years(person.bits, self.period.age(person.born), block, year);
                    if self.exact == Exact::Events && quiet > 0 {
                        person.bits.set_calm(quiet - 1);
                        return (person, day);
                    }
                    let coarse = block[(year % YEARS_A_BLOCK) as usize];
                    if let Some((day, contact)) = self.year(&mut person, coarse, day, bounds, &mut out) {
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
            let mut standing = Standing::new(self.areas, day - self.period.from);
            standing.count(self.period, day, born, bits);
            standing
        });
        let mut all = Standing::new(self.areas, day - self.period.from);
        for standing in &done {
            all.merge(standing);
        }
        all
    }
}

/// Why a person is handed over, with the row.
pub(super) type Handed = (u32, Day, Contact);
