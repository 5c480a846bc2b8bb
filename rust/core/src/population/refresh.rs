//! The yearly refresh: everybody lives a period, in fixed chunks of rows that threads share.
//!
//! One block of draws for each person and four years tells whose years are quiet ([`Bounds`]); the others live theirs exactly
//! ([`super::life`]). The number of further quiet years is kept with the person and forgotten when anything changes. Results
//! are joined in the order of the rows and sorted by (day, person), so that neither threads nor chunks can be seen in them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::bounds::Bounds;
use super::columns::{Bits, Columns, Person, Presence};
use super::events::Walk;
use super::inputs::Inputs;
use super::lanes::{YEARS_A_BLOCK, coarse_blocks, year_lanes};
use super::outcome::{Entrant, Outcome};
use super::period::Period;
use super::rates::{Hazard, Rates};
use super::start::{TOGETHER, newcomers, together};
use super::tally::{Bands, Count, Standing};
use crate::calendar::Day;
use crate::draw::Key;
use crate::plan::{Exact, Mode};

/// Rows that are looked through before the blocks of the unquiet among them are drawn.
const SLICE: usize = 1024;

/// Rows that a thread takes at a time, if nothing else is said.
const CHUNK: usize = 1 << 16;

/// How a population lives: its rates, the period that it lives, and the key of its draws.
pub(super) struct Living {
    /// Rates of the run, at the levels of the period.
    pub rates: Rates,
    /// The period.
    pub period: Period,
    /// Key of the run.
    pub key: Key,
    /// Switches of the run.
    pub mode: Mode,
    /// Number of areas.
    pub areas: usize,
    /// Rows that a thread takes at a time.
    pub chunk: usize,
}

impl Living {
    /// Begins a run.
    pub(super) fn new(inputs: &Inputs, rates: Rates, period: Period) -> Living {
        let areas = inputs.tables.persons.len();
        Living { rates, period, key: inputs.key, mode: inputs.mode, areas, chunk: CHUNK }
    }

    /// What living one person's period needs.
    pub(super) fn walk(&self) -> Walk<'_> {
        Walk { rates: &self.rates, period: &self.period, key: self.key }
    }

    /// What living everybody's period needs.
    pub(super) fn refresh<'a>(&'a self, threads: usize, stop: &'a AtomicBool) -> Refresh<'a> {
        Refresh { walk: self.walk(), exact: self.mode.exact, areas: self.areas, chunk: self.chunk, threads, stop }
    }
}

/// Shared by all threads of a refresh.
pub(super) struct Refresh<'a> {
    /// What living one person's period needs.
    walk: Walk<'a>,
    /// From event to event, or day by day.
    exact: Exact,
    /// Number of areas.
    areas: usize,
    /// Rows that a thread takes at a time.
    chunk: usize,
    /// Threads.
    threads: usize,
    /// Raised when the caller wants to stop.
    stop: &'a AtomicBool,
}

/// A chunk of rows.
struct Stretch<'c> {
    /// Row of the first.
    base: usize,
    /// Identities.
    id: &'c [u64],
    /// Birth days [d since 1900].
    born: &'c [u16],
    /// Days on which the stage of justice ends, or of the exit [d since 1900].
    due: &'c mut [u16],
    /// Everything else.
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

    /// Returns the person in a row.
    fn person(&self, row: u32) -> Person {
        let row = row as usize;
        Person { id: self.id[row], born: self.born[row], due: self.due[row], bits: Bits(self.bits[row]) }
    }

    /// Writes what can change of the person in a row.
    fn set(&mut self, row: u32, person: Person) {
        self.due[row as usize] = person.due;
        self.bits[row as usize] = person.bits.0;
    }
}

/// Runs `work` over items on some threads, or on fewer if the machine has no more; returns the results in the order of the items,
/// not all of them if `stop` is raised meanwhile.
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
        let handles: Vec<_> =
            (1..threads).map_while(|_| std::thread::Builder::new().spawn_scoped(scope, run).ok()).collect();
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
    /// Lives every resident row through the period.
    pub(super) fn residents(&self, columns: &mut Columns, bounds: &Bounds) -> Outcome {
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

    /// Joins what the chunks left behind; indices become rows.
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

    /// Lives a chunk of rows through the period.
    fn stretch(&self, mut stretch: Stretch, bounds: &Bounds) -> Outcome {
        let mut out = Outcome::new(self.areas);
        let (mut found, mut to_draw, mut eventful) = ([0; SLICE], Vec::new(), Vec::new());
        let rows = stretch.id.len();
        for first in (0..rows).step_by(SLICE) {
            let count = stretch.pass(first, rows.min(first + SLICE), self.walk.period.to, &mut found);
            to_draw.clear();
            for row in &found[..count] {
                let bits = Bits(stretch.bits[*row as usize]);
                if bits.resident() {
                    to_draw.push(*row);
                } else if !bits.present() && bits.presence() != Presence::Vacant as u32 {
                    stretch.bits[*row as usize] = Bits::VACANT;
                    out.vacated.push(*row);
                }
            }
            match self.exact {
                Exact::Daily => {
                    for row in &to_draw {
                        let mut person = stretch.person(*row);
                        self.daily(&mut person, (*row, self.walk.period.from), &mut out);
                        stretch.set(*row, person);
                    }
                }
                Exact::Events => {
                    self.draw_years(&mut stretch, &to_draw, bounds, &mut eventful);
                    self.live_eventful(&mut stretch, &eventful, bounds, &mut out);
                }
            }
        }
        out
    }

    /// Draws the years of some rows; notes those whose year may not be quiet, with its coarse draws.
    fn draw_years(&self, stretch: &mut Stretch, to_draw: &[u32], bounds: &Bounds, eventful: &mut Vec<(u32, u64)>) {
        eventful.clear();
        for rows in to_draw.chunks(TOGETHER) {
            let people = together(rows, |row| stretch.person(*row));
            for ((row, mut person), (quiet, coarse)) in rows.iter().zip(people).zip(self.quiet_years(people, bounds)) {
                if quiet > 0 && Day::from(person.due) >= self.walk.period.to {
                    person.bits.set_quiet_years(quiet - 1);
                    stretch.bits[*row as usize] = person.bits.0;
                } else {
                    eventful.push((*row, coarse));
                }
            }
        }
    }

    /// Lives the year of rows in which something may happen.
    fn live_eventful(&self, stretch: &mut Stretch, eventful: &[(u32, u64)], bounds: &Bounds, out: &mut Outcome) {
        for some in eventful.chunks(TOGETHER) {
            let drawn = together(some, |(row, coarse)| (stretch.id[*row as usize], *coarse));
            let lanes = year_lanes(self.walk.key, drawn, self.walk.period.year);
            for ((row, _), lanes) in some.iter().zip(lanes) {
                let mut person = stretch.person(*row);
                self.events(&mut person, lanes, (*row, self.walk.period.from), bounds, out);
                stretch.set(*row, person);
            }
        }
    }

    /// Returns how many years from this one on are quiet, and this year's coarse draws.
    #[inline(always)]
    fn quiet_years(&self, people: [Person; TOGETHER], bounds: &Bounds) -> [(u32, u64); TOGETHER] {
        let Walk { period, key, .. } = self.walk;
        let blocks = coarse_blocks(key, people.map(|p| p.id), period.year);
        let mut years = [(0, 0); TOGETHER];
        for ((person, block), years) in people.into_iter().zip(blocks).zip(&mut years) {
            let quiet = bounds.quiet_years(person.bits, period.age(person.born), block, period.year);
            *years = (quiet, block[(period.year % YEARS_A_BLOCK) as usize]);
        }
        years
    }

    /// Lives what is left of a person's year from a day on, from event to event; `at` is the index and that day.
    #[inline]
    fn events(&self, p: &mut Person, lanes: [u32; Hazard::COUNT], at: (u32, Day), bounds: &Bounds, out: &mut Outcome) {
        p.bits.set_quiet_years(0);
        let may_have_event = bounds.may_have_event(p.bits, self.walk.period.age(p.born), &lanes);
        if may_have_event || Day::from(p.due) < self.walk.period.to {
            let handed = self.walk.live(p, lanes, at.1, out);
            out.hand_over(p, at.0, handed);
        }
    }

    /// Lives what is left of a person's year from a day on, day by day.
    fn daily(&self, p: &mut Person, at: (u32, Day), out: &mut Outcome) {
        p.bits.set_quiet_years(0);
        let handed = self.walk.walk(p, at.1, out);
        out.hand_over(p, at.0, handed);
    }

    /// Lets newcomers in and lives what is left of their first period. Their own births are in the outcome.
    pub(super) fn newcomers(&self, entrants: &[Entrant], bounds: &Bounds) -> Newcomers {
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
    pub(super) fn let_in(&self, entrants: &[Entrant], bounds: &Bounds, out: &mut Outcome) -> Vec<(Person, Day)> {
        let mut people: Vec<(Person, Day)> = Vec::with_capacity(entrants.len());
        let mut eventful = Vec::new();
        for some in entrants.chunks(TOGETHER) {
            let made = newcomers(self.walk.rates, self.walk.key, together(some, |entrant| *entrant));
            for ((entrant, mut person), (quiet, coarse)) in some.iter().zip(made).zip(self.quiet_years(made, bounds)) {
                let (day, what) = match *entrant {
                    Entrant::Born { day, .. } => (day, Count::Births),
                    Entrant::Arrived { day, .. } => (day, Count::Arrived),
                };
                out.counts.enter(self.walk.period, &person, what, day);
                let index = people.len() as u32;
                match self.exact {
                    Exact::Daily => self.daily(&mut person, (index, day), out),
                    Exact::Events if quiet > 0 => person.bits.set_quiet_years(quiet - 1),
                    Exact::Events => eventful.push((index, coarse)),
                }
                people.push((person, day));
            }
        }
        for some in eventful.chunks(TOGETHER) {
            let drawn = together(some, |(index, coarse)| (people[*index as usize].0.id, *coarse));
            for ((index, _), lanes) in some.iter().zip(year_lanes(self.walk.key, drawn, self.walk.period.year)) {
                let (person, day) = &mut people[*index as usize];
                self.events(person, lanes, (*index, *day), bounds, out);
            }
        }
        people
    }

    /// Counts everyone present on `day`, the end of the period.
    pub(super) fn standing(&self, columns: &Columns, day: Day) -> Standing {
        let rows: Vec<_> = columns.born.chunks(self.chunk).zip(columns.bits.chunks(self.chunk)).collect();
        let bands = Bands::new(self.walk.period, day);
        let done = share(self.threads, rows, self.stop, |(born, bits)| {
            let mut standing = Standing::new(self.areas, day - self.walk.period.from);
            standing.count(self.walk.period, &bands, born, bits);
            standing
        });
        let mut all = Standing::new(self.areas, day - self.walk.period.from);
        for standing in &done {
            all.merge(standing);
        }
        all
    }
}
