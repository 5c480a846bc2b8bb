//! Yearly counts by area, sex and five-year age band: of what happened ([`Counts`]), of who is present at the end
//! ([`Standing`]), and both together ([`Balance`]).

use serde::{Deserialize, Serialize};

use super::columns::{Bits, Person, Presence};
use super::period::Period;
use crate::calendar::Day;
use crate::codes::{Disorder, Justice};
use crate::log;

/// Age bands of everybody by birth day: at the start of a period and at its end.
pub(super) struct Bands {
    /// The band at the end; [`Bands::MOVED`] on top, if it was another at the start.
    last: Vec<u8>,
}

impl Bands {
    /// The band was another at the start of the period.
    const MOVED: u8 = 1 << 7;

    /// Prepares to count on `day`, the end of the period.
    pub(super) fn new(period: &Period, day: Day) -> Bands {
        let last = (0..=u16::MAX).map(|born| {
            let age = period.age(born);
            let (first, last) = (age_band(age), age_band(age + usize::from(period.birthday(born) <= day)));
            last as u8 | if first == last { 0 } else { Bands::MOVED }
        });
        Bands { last: last.collect() }
    }
}

/// Areas times sexes, as the lowest bits of [`Bits`] tell them apart.
const PLACES: usize = 1 << 7;
/// Room for the age bands of a place.
const WIDTH: usize = 32;

/// Age bands: 0 is 0-4, 18 is 90 and over.
pub(super) const AGE_BANDS: usize = 19;

/// What is counted as it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// Deaths.
    Deaths,
    /// Births.
    Births,
    /// People who arrived.
    Arrived,
    /// People who left.
    Departed,
    /// First onsets of severe mental illness.
    Onsets,
    /// Charges.
    Charges,
    /// First receptions into prison.
    Receptions,
}

/// Number of things counted.
pub(super) const COUNTS: usize = 7;

/// Number of ways to stand at the end of a period.
pub(super) const STANDINGS: usize = 4;

/// Counts of one period by area, sex and age band. Integers, so the order of adding never matters.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Counts {
    /// Events by [`Count`].
    events: Vec<[u32; COUNTS]>,
    /// Person-days to add to a full period for everyone present at its end [d].
    days: Vec<i64>,
}

/// Returns the age band of an age.
#[inline]
pub(super) fn age_band(age: usize) -> usize {
    (age / 5).min(AGE_BANDS - 1)
}

/// Place of somebody's area, sex and age among the cells.
#[inline]
fn cell(bits: Bits, age: usize) -> usize {
    in_band(bits, age_band(age))
}

/// Place of somebody's area and sex, and an age band, among the cells.
#[inline]
fn in_band(bits: Bits, band: usize) -> usize {
    (bits.area() as usize * 2 + bits.sex() as usize) * AGE_BANDS + band
}

impl Counts {
    /// Starts at nothing.
    pub(super) fn new(areas: usize) -> Counts {
        let cells = areas * 2 * AGE_BANDS;
        Counts { events: vec![[0; COUNTS]; cells], days: vec![0; cells] }
    }

    /// Whether there is a cell for each of so many areas.
    pub(super) fn fits(&self, areas: usize) -> bool {
        let cells = areas * 2 * AGE_BANDS;
        self.events.len() == cells && self.days.len() == cells
    }

    /// Counts one event.
    pub(super) fn add(&mut self, what: Count, bits: Bits, age: usize) {
        self.events[cell(bits, age)][what as usize] += 1;
    }

    /// Counts an exit: the event, and the days lived before it.
    pub(super) fn exit(&mut self, period: &Period, person: &Person, how: Presence, day: Day) {
        let what = if how == Presence::Dead { Count::Deaths } else { Count::Departed };
        self.add(what, person.bits, period.age_on(person.born, day));
        self.live(period, person, day, 1);
    }

    /// Counts an entry: the event, and takes off the days of the period before it.
    pub(super) fn enter(&mut self, period: &Period, person: &Person, what: Count, day: Day) {
        self.add(what, person.bits, period.age_on(person.born, day));
        self.live(period, person, day, -1);
    }

    /// Adds (`sign` 1) or takes off (-1) the days of the period before `day`, in the age bands in which they were lived.
    fn live(&mut self, period: &Period, person: &Person, day: Day, sign: i64) {
        let birthday = period.birthday(person.born).clamp(period.from, day);
        let age = period.age(person.born);
        self.days[cell(person.bits, age)] += sign * i64::from(birthday - period.from);
        self.days[cell(person.bits, age + 1)] += sign * i64::from(day - birthday);
    }

    /// Adds another count.
    pub(super) fn merge(&mut self, other: &Counts) {
        for (a, b) in self.events.iter_mut().zip(&other.events) {
            for (x, y) in a.iter_mut().zip(b) {
                *x += y;
            }
        }
        for (a, b) in self.days.iter_mut().zip(&other.days) {
            *a += b;
        }
    }

    /// Sum of one event over all cells.
    pub(super) fn total(&self, what: Count) -> u64 {
        self.events.iter().map(|e| u64::from(e[what as usize])).sum()
    }
}

/// Who is present at the end of a period.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// Alive, ill, on remand, sentenced or recalled.
    cells: Vec<[u32; STANDINGS]>,
    /// Person-days that were lived in another age band than the last [d].
    days: Vec<i64>,
    /// Length of the period [d].
    length: Day,
}

impl Standing {
    /// Starts at nobody.
    pub(super) fn new(areas: usize, length: Day) -> Standing {
        let cells = areas * 2 * AGE_BANDS;
        Standing { cells: vec![[0; STANDINGS]; cells], days: vec![0; cells], length }
    }

    /// Counts a stretch of rows, at the end of the period.
    pub(super) fn count(&mut self, period: &Period, bands: &Bands, born: &[u16], bits: &[u32]) {
        // Everybody is counted in as few steps as can be; whatever is rare comes on top.
        let mut alive = vec![0u32; PLACES * WIDTH];
        for (born, bits) in born.iter().zip(bits) {
            let bits = Bits(*bits);
            if !bits.present() {
                continue;
            }
            let band = bands.last[usize::from(*born)];
            let place = bits.0 as usize % PLACES;
            alive[place * WIDTH + usize::from(band) % WIDTH] += 1;
            if band >= Bands::MOVED || bits.troubled() {
                self.remark(period, bits, *born, usize::from(band) % WIDTH);
            }
        }
        for (place, counts) in alive.chunks(WIDTH).enumerate() {
            for (band, count) in counts[..AGE_BANDS].iter().enumerate().filter(|(_, count)| **count > 0) {
                self.cells[in_band(Bits(place as u32), band)][0] += count;
            }
        }
    }

    /// Counts what is rare about somebody present: illness, prison, a change of age band.
    fn remark(&mut self, period: &Period, bits: Bits, born: u16, band: usize) {
        let last = in_band(bits, band);
        let counts = &mut self.cells[last];
        if bits.disorder() == Disorder::Psychosis as u32 {
            counts[1] += 1;
        }
        if bits.in_custody() {
            let unsentenced = bits.justice() == Justice::Remand as u32;
            counts[if unsentenced { 2 } else { 3 }] += 1;
        }
        // Everyone counts for the whole period where they end it; who changed band moves the days before.
        let first = cell(bits, period.age(born));
        if first != last {
            let before = i64::from(period.birthday(born) - period.from);
            self.days[first] += before;
            self.days[last] -= before;
        }
    }

    /// Adds another count.
    pub(super) fn merge(&mut self, other: &Standing) {
        for (a, b) in self.cells.iter_mut().zip(&other.cells) {
            for (x, y) in a.iter_mut().zip(b) {
                *x += y;
            }
        }
        for (a, b) in self.days.iter_mut().zip(&other.days) {
            *a += b;
        }
    }

    /// Closes the books of a period: who is there at its end, and what happened in it.
    pub(super) fn close(self, counts: &Counts) -> Balance {
        let length = i64::from(self.length);
        let days = self.cells.iter().zip(&self.days).zip(&counts.days);
        Balance {
            days: days.map(|((cell, moved), lived)| i64::from(cell[0]) * length + moved + lived).collect(),
            standing: self.cells,
            events: counts.events.clone(),
        }
    }
}

/// A closed period by area, sex and age band.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Balance {
    /// Alive, ill, on remand, sentenced or recalled, at the end.
    pub standing: Vec<[u32; STANDINGS]>,
    /// Events by [`Count`].
    pub events: Vec<[u32; COUNTS]>,
    /// Person-days. Of some of the people alone, less than none where they came before they moved [d].
    pub days: Vec<i64>,
}

impl Balance {
    /// Whether there is a cell for each of so many areas.
    pub(super) fn fits(&self, areas: usize) -> bool {
        let cells = areas * 2 * AGE_BANDS;
        [self.standing.len(), self.events.len(), self.days.len()] == [cells; 3]
    }

    /// Adds the balance of other people.
    pub(super) fn add(&mut self, other: &Balance) {
        for (a, b) in self.standing.as_flattened_mut().iter_mut().zip(other.standing.as_flattened()) {
            *a += b;
        }
        for (a, b) in self.events.as_flattened_mut().iter_mut().zip(other.events.as_flattened()) {
            *a += b;
        }
        for (a, b) in self.days.iter_mut().zip(&other.days) {
            *a += b;
        }
    }

    /// Takes off the balance of some of the people; nothing if they weren't among them.
    pub(super) fn less(mut self, some: &Balance) -> Option<Balance> {
        for (a, b) in self.standing.as_flattened_mut().iter_mut().zip(some.standing.as_flattened()) {
            *a = a.checked_sub(*b)?;
        }
        for (a, b) in self.events.as_flattened_mut().iter_mut().zip(some.events.as_flattened()) {
            *a = a.checked_sub(*b)?;
        }
        for (a, b) in self.days.iter_mut().zip(&some.days) {
            *a -= b;
        }
        Some(self)
    }

    /// Makes the rows of the year's tally.
    pub(super) fn rows(&self, year: i32) -> log::Tally {
        let mut out = log::Tally::default();
        for (i, ((standing, events), days)) in self.standing.iter().zip(&self.events).zip(&self.days).enumerate() {
            let of = |what: Count| i64::from(events[what as usize]);
            out.push(log::TallyRow {
                year,
                area: (i / (2 * AGE_BANDS)) as u8,
                sex: (i / AGE_BANDS % 2) as u8,
                age_band: (i % AGE_BANDS) as u8,
                alive: i64::from(standing[0]),
                ill: i64::from(standing[1]),
                remand: i64::from(standing[2]),
                sentenced: i64::from(standing[3]),
                deaths: of(Count::Deaths),
                births: of(Count::Births),
                arrived: of(Count::Arrived),
                departed: of(Count::Departed),
                onsets: of(Count::Onsets),
                charges: of(Count::Charges),
                receptions: of(Count::Receptions),
                person_days: (*days).max(0),
            });
        }
        out
    }
}
