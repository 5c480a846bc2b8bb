//! The yearly refresh: everybody lives a period, in fixed chunks of rows shared by threads.
//!
//! One block a person and four years says which of them are quiet ([`Bounds`]); the others are lived exactly
//! ([`super::life`]). How many quiet years are still known is kept with the person, and forgotten when anything changes.
//! What comes out is joined in order of rows and sorted by (day, person), so neither threads nor chunks can be seen in it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::calendar::Day;
use crate::draw::{Key, Ordinal, Purpose};
use crate::plan::Exact;

use super::Contact;
use super::columns::{Bits, Columns, Person, Presence};
use super::life::{Entrant, Outcome, Walk};
use super::rates::{Bounds, Hazard, Period, Rates, YEARS_A_BLOCK, year_lanes};
use super::start::{TOGETHER, newcomers};
use super::tally::{Bands, Count, Standing};

/// Rows that are looked through before the blocks of the unquiet among them are drawn.
const SLICE: usize = 1024;

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
    /// Raised when the caller wants to stop.
    pub stop: &'a AtomicBool,
}

/// A chunk of rows.
struct Stretch<'c> {
    base: usize,
    id: &'c [u64],
    born: &'c [u16],
    due: &'c mut [u16],
    bits: &'c mut [u32],
}

impl Stretch<'_> {
    /// Lets pass a year of those from `first` to `last` who are known to have a quiet one; notes the others in `found`,
    /// and returns how many they are. Nothing that is drawn decides on a branch.
    #[inline]
    fn pass(&mut self, first: usize, last: usize, end: Day, found: &mut [u32; SLICE]) -> usize {
        let mut count = 0;
        for (row, (bits, due)) in (first..).zip(self.bits[first..last].iter_mut().zip(&self.due[first..last])) {
            let quiet = Bits(*bits).has_quiet_year() & (Day::from(*due) >= end);
            *bits -= u32::from(quiet) * Bits::ONE_QUIET_YEAR;
            found[count] = row as u32;
            count += usize::from(!quiet);
        }
        count
    }

    fn person(&self, row: u32) -> Person {
        let row = row as usize;
        Person { id: self.id[row], born: self.born[row], due: self.due[row], bits: Bits(self.bits[row]) }
    }

    fn set(&mut self, row: u32, person: Person) {
        self.due[row as usize] = person.due;
        self.bits[row as usize] = person.bits.0;
    }
}

/// Runs `work` over items on some threads; returns the results in the order of the items, not all of them if `stop` is
/// raised meanwhile.
pub(super) fn share<I: Send, O: Send>(
    threads: usize,
    items: Vec<I>,
    stop: &AtomicBool,
    work: impl Fn(I) -> O + Sync,
) -> Vec<O> {
    let threads = threads.min(items.len());
    let queue = Mutex::new(items.into_iter().enumerate());
    let take = || queue.lock().map_or(None, |mut q| q.next()).filter(|_| !stop.load(Ordering::Relaxed));
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
        let done = share(self.threads, stretches, self.stop, |stretch| {
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
        let (mut found, mut asked, mut restless) = ([0; SLICE], Vec::new(), Vec::new());
        let rows = stretch.id.len();
        for first in (0..rows).step_by(SLICE) {
            let count = stretch.pass(first, rows.min(first + SLICE), self.period.to, &mut found);
            asked.clear();
            for row in &found[..count] {
                let bits = Bits(stretch.bits[*row as usize]);
                if bits.resident() {
                    asked.push(*row);
                } else if !bits.present() && bits.presence() != Presence::Vacant as u32 {
                    stretch.bits[*row as usize] = Bits::VACANT;
                    out.vacated.push(*row);
                }
            }
            match self.exact {
                Exact::Daily => {
                    for row in &asked {
                        let mut person = stretch.person(*row);
                        self.daily(&mut person, (*row, self.period.from), &mut out);
                        stretch.set(*row, person);
                    }
                }
                Exact::Events => {
                    self.ask(&mut stretch, &asked, bounds, &mut restless);
                    self.live(&mut stretch, &restless, bounds, &mut out);
                }
            }
        }
        out
    }

    /// Draws the years of some rows; notes those whose year may not be quiet, with its coarse draws.
    fn ask(&self, stretch: &mut Stretch, asked: &[u32], bounds: &Bounds, restless: &mut Vec<(u32, u64)>) {
        restless.clear();
        for rows in asked.chunks(TOGETHER) {
            let people = together(rows, |row| stretch.person(*row));
            for ((row, mut person), (quiet, coarse)) in rows.iter().zip(people).zip(self.years(people, bounds)) {
                if quiet > 0 && Day::from(person.due) >= self.period.to {
                    person.bits.set_quiet_years(quiet - 1);
                    stretch.bits[*row as usize] = person.bits.0;
                } else {
                    restless.push((*row, coarse));
                }
            }
        }
    }

    /// Lives the year of rows in which something may happen.
    fn live(&self, stretch: &mut Stretch, restless: &[(u32, u64)], bounds: &Bounds, out: &mut Outcome) {
        for some in restless.chunks(TOGETHER) {
            let drawn = together(some, |(row, coarse)| (stretch.id[*row as usize], *coarse));
            let lanes = year_lanes(self.key, drawn, self.period.year);
            for ((row, _), lanes) in some.iter().zip(lanes) {
                let mut person = stretch.person(*row);
                self.events(&mut person, lanes, (*row, self.period.from), bounds, out);
                stretch.set(*row, person);
            }
        }
    }

    /// Returns how many years from this one on are quiet, and this year's coarse draws.
    #[inline(always)]
    fn years(&self, people: [Person; TOGETHER], bounds: &Bounds) -> [(u32, u64); TOGETHER] {
        let year = self.period.year;
        let blocks = self.key.blocks(people.map(|p| (p.id, Purpose::Year, Ordinal::counted(year / YEARS_A_BLOCK))));
        std::array::from_fn(|k| {
            let (person, block) = (people[k], blocks[k]);
            let quiet = bounds.quiet_years(person.bits, self.period.age(person.born), block, year);
            (quiet, block[(year % YEARS_A_BLOCK) as usize])
        })
    }

    /// Lives what is left of a person's year from a day on, from event to event; `at` is the index and that day.
    #[inline]
    fn events(&self, p: &mut Person, lanes: [u32; Hazard::COUNT], at: (u32, Day), bounds: &Bounds, out: &mut Outcome) {
        p.bits.set_quiet_years(0);
        let may_have_event = bounds.may_have_event(p.bits, self.period.age(p.born), &lanes);
        if may_have_event || Day::from(p.due) < self.period.to {
            let handed = self.walk().live(p, lanes, at.1, out);
            self.hand(p, at.0, handed, out);
        }
    }

    /// Lives what is left of a person's year from a day on, day by day.
    fn daily(&self, p: &mut Person, at: (u32, Day), out: &mut Outcome) {
        p.bits.set_quiet_years(0);
        let handed = self.walk().walk(p, at.1, out);
        self.hand(p, at.0, handed, out);
    }

    #[inline]
    fn hand(&self, p: &mut Person, index: u32, handed: Option<(Day, Contact)>, out: &mut Outcome) {
        if let Some((day, contact)) = handed {
            p.bits.set_on_caseload(1);
            out.handed.push((index, day, contact));
        }
    }

    /// Lets newcomers in and lives what is left of their first period. Their own births are in the outcome.
    pub fn newcomers(&self, entrants: &[Entrant], bounds: &Bounds) -> Newcomers {
        let chunks: Vec<(usize, &[Entrant])> =
            entrants.chunks(self.chunk).enumerate().map(|(i, c)| (i * self.chunk, c)).collect();
        let done = share(self.threads, chunks, self.stop, |(base, chunk)| {
            let mut out = Outcome::new(self.areas);
            (base, self.let_in(chunk, bounds, &mut out), out)
        });
        let mut people = Vec::with_capacity(entrants.len());
        let mut outcomes = Vec::with_capacity(done.len());
        for (base, some, out) in done {
            people.extend(some);
            outcomes.push((base, out));
        }
        Newcomers { people, outcome: self.join(outcomes) }
    }

    /// Lets in some newcomers; indices in the outcome are theirs.
    pub fn let_in(&self, entrants: &[Entrant], bounds: &Bounds, out: &mut Outcome) -> Vec<(Person, Day)> {
        let mut people: Vec<(Person, Day)> = Vec::with_capacity(entrants.len());
        let mut restless = Vec::new();
        for some in entrants.chunks(TOGETHER) {
            let made = newcomers(self.rates, self.key, together(some, |entrant| *entrant));
            for ((entrant, mut person), (quiet, coarse)) in some.iter().zip(made).zip(self.years(made, bounds)) {
                let (day, what) = match *entrant {
                    Entrant::Born { day, .. } => (day, Count::Births),
                    Entrant::Arrived { day, .. } => (day, Count::Arrived),
                };
                out.counts.enter(self.period, person.bits, person.born, what, day);
                let index = people.len() as u32;
                match self.exact {
                    Exact::Daily => self.daily(&mut person, (index, day), out),
                    Exact::Events if quiet > 0 => person.bits.set_quiet_years(quiet - 1),
                    Exact::Events => restless.push((index, coarse)),
                }
                people.push((person, day));
            }
        }
        for some in restless.chunks(TOGETHER) {
            let drawn = together(some, |(index, coarse)| (people[*index as usize].0.id, *coarse));
            for ((index, _), lanes) in some.iter().zip(year_lanes(self.key, drawn, self.period.year)) {
                let (person, day) = &mut people[*index as usize];
                self.events(person, lanes, (*index, *day), bounds, out);
            }
        }
        people
    }

    /// Counts everyone present on `day`, the end of the period.
    pub fn standing(&self, columns: &Columns, day: Day) -> Standing {
        let rows: Vec<_> = columns.born.chunks(self.chunk).zip(columns.bits.chunks(self.chunk)).collect();
        let bands = Bands::new(self.period, day);
        let done = share(self.threads, rows, self.stop, |(born, bits)| {
            let mut standing = Standing::new(self.areas, day - self.period.from);
            standing.count(self.period, &bands, born, bits);
            standing
        });
        let mut all = Standing::new(self.areas, day - self.period.from);
        for standing in &done {
            all.merge(standing);
        }
        all
    }
}

/// Returns what is asked of the first few of some; where they are fewer, of the last one again.
#[inline(always)]
pub(super) fn together<T, O>(some: &[T], of: impl Fn(&T) -> O) -> [O; TOGETHER] {
    std::array::from_fn(|k| of(&some[k.min(some.len() - 1)]))
}

/// Why a person is handed over, with the row.
pub(super) type Handover = (u32, Day, Contact);
