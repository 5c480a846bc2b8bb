//! Who the residents are, as columns: 16 bytes each, in no meaningful order.
//!
//! A [`Person`] is one row gathered from the columns, [`Bits`] its attributes in one word, a [`Resident`] the same as others
//! see it.

use serde::{Deserialize, Serialize};

use crate::calendar::{Day, date, day, financial_year, year_start};
use crate::codes::{Disorder, Ethnicity, Justice, Sex};
use crate::plan::AGES;
use crate::shared::Shared;

/// Whether somebody is in England.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::VariantArray)]
pub(super) enum Presence {
    /// Alive and in England.
    Present = 0,
    /// Died; `due` is the day.
    Dead = 1,
    /// Left England; `due` is the day.
    Left = 2,
    /// Nobody: the slot waits for a newcomer.
    Vacant = 3,
}

impl Presence {
    /// Every code, in order.
    pub(super) const ALL: &'static [Presence] = <Presence as strum::VariantArray>::VARIANTS;
}

/// No day is due.
pub(super) const NOTHING_DUE: u16 = u16::MAX;

/// Everything about a resident that fits a few bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Bits(pub u32);

/// Declares a field of [`Bits`]: getter, setter, first bit and width.
macro_rules! field {
    ($(#[$only:meta])? $get:ident, $set:ident, $shift:literal, $width:literal, $doc:literal) => {
        $(#[$only])?
        #[doc = concat!("Returns ", $doc, ".")]
        #[inline(always)]
        pub(super) const fn $get(self) -> u32 {
            (self.0 >> $shift) & ((1 << $width) - 1)
        }
        #[doc = concat!("Sets ", $doc, ".")]
        #[inline(always)]
        pub(super) const fn $set(&mut self, value: u32) {
            let mask = ((1 << $width) - 1) << $shift;
            self.0 = (self.0 & !mask) | ((value << $shift) & mask);
        }
    };
}

impl Bits {
    field!(area, set_area, 0, 6, "the area, an index");
    field!(sex, set_sex, 6, 1, "the sex, a code");
    field!(ethnicity, set_ethnicity, 7, 3, "the ethnic group, a code");
    field!(deprivation, set_deprivation, 10, 3, "the fifth of deprivation, 1 (most deprived) to 5");
    field!(disorder, set_disorder, 13, 2, "the disorder, a code of [`Disorder`]");
    field!(history, set_history, 15, 2, "the history of offending: 0 none, 1 some, 2 repeated, 3 prolific");
    field!(justice, set_justice, 17, 3, "where the person stands with justice, a code");
    field!(serious, set_serious, 20, 1, "1 for a defendant at the Crown Court, or anyone with a long sentence");
    field!(parity, set_parity, 21, 3, "the births in this run, at most 7");
    field!(contacts, set_contacts, 24, 3, "how often the person was given back by the caseload, at most 7");
    field!(
        #[cfg(test)]
        quiet_years,
        set_quiet_years,
        27,
        2,
        "how many more years are known to be quiet, as long as nothing changes"
    );
    field!(on_caseload, set_on_caseload, 29, 1, "1 while the caseload owns the person's clocks");
    field!(presence, set_presence, 30, 2, "whether the person is in England, a code of [`Presence`]");

    /// What one more quiet year adds.
    pub(super) const ONE_QUIET_YEAR: u32 = 1 << 27;
    /// The bits of a slot that waits for a newcomer.
    pub(super) const VACANT: u32 = (Presence::Vacant as u32) << 30;

    /// Whether every code is known, and the area one of so many.
    pub(super) const fn fits(self, areas: usize) -> bool {
        (self.area() as usize) < areas
            && self.ethnicity() < Ethnicity::ALL.len() as u32
            && self.justice() < Justice::ALL.len() as u32
            && self.deprivation() <= 5
    }

    /// Whether the population lives this person: present and not on the caseload.
    #[inline(always)]
    pub(super) const fn resident(self) -> bool {
        self.0 >> 29 == 0
    }

    /// Whether the person is in prison.
    #[inline(always)]
    pub(super) const fn in_custody(self) -> bool {
        const MASK: u32 = 1 << Justice::Remand as u32
            | 1 << Justice::Sentenced as u32
            | 1 << Justice::Recalled as u32
            | 1 << Justice::Life as u32;
        MASK >> self.justice() & 1 == 1
    }

    /// Whether the person is present and in England.
    #[inline(always)]
    pub(super) const fn present(self) -> bool {
        self.presence() == Presence::Present as u32
    }

    /// Whether nothing can happen in the coming year but what is due: a resident with years known to be quiet.
    #[inline(always)]
    pub(super) const fn has_quiet_year(self) -> bool {
        (self.0 >> 27).wrapping_sub(1) < 3
    }

    /// Whether the person has a disorder, or business with justice.
    #[inline(always)]
    pub(super) const fn troubled(self) -> bool {
        const DISORDER_AND_JUSTICE: u32 = 3 << 13 | 7 << 17;
        self.0 & DISORDER_AND_JUSTICE != 0
    }

    /// Whether a resident with these bits has the same hazards: only the area and the births may differ, the last but one.
    #[inline(always)]
    pub(super) const fn same_rates(self, other: Bits) -> bool {
        const AREA_AND_BIRTHS: u32 = 0x3F | 7 << 21;
        (self.0 ^ other.0) & !AREA_AND_BIRTHS == 0 && (self.parity() < 7 || other.parity() == 7)
    }

    /// Adds a charge to the history.
    pub(super) const fn raise_history(&mut self) {
        let history = self.history();
        self.set_history(if history < 3 { history + 1 } else { 3 });
    }
}

/// One resident, gathered from the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Person {
    /// Identity.
    pub id: u64,
    /// Birth day [d since 1900].
    pub born: u16,
    /// Day on which the justice stage ends, or of the exit [d since 1900].
    pub due: u16,
    /// Everything else.
    pub bits: Bits,
}

impl Person {
    /// Where the person stands with justice.
    #[inline]
    pub(super) fn justice(&self) -> Justice {
        Justice::ALL[self.bits.justice() as usize]
    }

    /// Day on which the stage of justice ends, if one is set.
    #[inline]
    pub(super) fn due_day(&self) -> Option<Day> {
        (self.due != NOTHING_DUE).then_some(Day::from(self.due))
    }

    /// Sets the day on which the stage of justice ends.
    #[inline]
    pub(super) fn set_due_day(&mut self, until: Option<Day>) {
        self.due = until.map_or(NOTHING_DUE, |day| day.min(Day::from(NOTHING_DUE - 1)) as u16);
    }

    /// Begins a stage of justice.
    #[inline]
    pub(super) fn begin(&mut self, justice: Justice, serious: bool, until: Option<Day>) {
        self.bits.set_justice(justice as u32);
        self.bits.set_serious(u32::from(serious));
        self.set_due_day(until);
    }

    /// Ends the person's time in England: dead, or left.
    #[inline]
    pub(super) fn leave(&mut self, how: Presence, day: Day) {
        self.bits.set_presence(how as u32);
        self.due = day as u16;
    }
}

/// All residents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// Identity.
    pub id: Shared<u64>,
    /// Birth day [d since 1900].
    pub born: Shared<u16>,
    /// Day on which the justice stage ends, or of the exit [d since 1900]; [`NOTHING_DUE`].
    pub due: Shared<u16>,
    /// Everything else, [`Bits`].
    pub bits: Shared<u32>,
}

impl Columns {
    /// Makes room for `most` people in all, so that memory never doubles.
    pub(super) fn reserve(&mut self, most: usize) {
        let more = most.saturating_sub(self.id.len());
        self.id.reserve_exact(more);
        self.born.reserve_exact(more);
        self.due.reserve_exact(more);
        self.bits.reserve_exact(more);
    }

    /// Returns the person in a row.
    pub(super) fn get(&self, row: usize) -> Person {
        Person { id: self.id[row], born: self.born[row], due: self.due[row], bits: Bits(self.bits[row]) }
    }

    /// Writes what can change of the person in a row: who it is and when they were born stay.
    pub(super) fn update(&mut self, row: usize, person: Person) {
        self.due[row] = person.due;
        self.bits[row] = person.bits.0;
    }

    /// Appends other people.
    pub(super) fn extend(&mut self, others: &Columns) {
        self.id.extend_from_slice(&others.id);
        self.born.extend_from_slice(&others.born);
        self.due.extend_from_slice(&others.due);
        self.bits.extend_from_slice(&others.bits);
    }

    /// Opens the columns for many writes, so that it is asked only once whether somebody looks at them.
    pub(super) fn open(&mut self) -> Open<'_> {
        Open { id: &mut self.id, born: &mut self.born, due: &mut self.due, bits: &mut self.bits }
    }
}

/// The columns, open for writing.
pub(super) struct Open<'a> {
    /// Identity.
    id: &'a mut Vec<u64>,
    /// Birth day [d since 1900].
    born: &'a mut Vec<u16>,
    /// Day on which the justice stage ends, or of the exit [d since 1900].
    due: &'a mut Vec<u16>,
    /// Everything else.
    bits: &'a mut Vec<u32>,
}

impl Open<'_> {
    /// Writes a person into a row.
    pub(super) fn set(&mut self, row: usize, person: Person) {
        self.id[row] = person.id;
        self.born[row] = person.born;
        self.due[row] = person.due;
        self.bits[row] = person.bits.0;
    }

    /// Appends a person and returns the row.
    pub(super) fn push(&mut self, person: Person) -> usize {
        self.id.push(person.id);
        self.born.push(person.born);
        self.due.push(person.due);
        self.bits.push(person.bits.0);
        self.id.len() - 1
    }
}

/// A resident as others see one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resident {
    /// Identity.
    pub person: u64,
    /// Birth day.
    pub born: Day,
    /// Sex.
    pub sex: Sex,
    /// Area, an index.
    pub area: u8,
    /// Ethnic group.
    pub ethnicity: Ethnicity,
    /// Fifth of deprivation, 1 (most deprived) to 5.
    pub deprivation: u8,
    /// Disorder.
    pub disorder: Disorder,
    /// History of offending, 0 (none) to 3 (prolific).
    pub history: u8,
    /// Where the person stands with justice.
    pub justice: Justice,
    /// Bound for the Crown Court, or with a long sentence.
    pub serious: bool,
    /// Day on which that ends (release, court, end of supervision), if one is set.
    pub due: Option<Day>,
    /// How often the caseload gave the person back, at most 7.
    pub contacts: u8,
    /// Whether the person is alive and in England.
    pub present: bool,
    /// Whether the caseload owns the person's clocks.
    pub on_caseload: bool,
}

impl From<Person> for Resident {
    fn from(p: Person) -> Resident {
        let bits = p.bits;
        let present = bits.present();
        Resident {
            person: p.id,
            born: Day::from(p.born),
            sex: Sex::ALL[bits.sex() as usize],
            area: bits.area() as u8,
            ethnicity: Ethnicity::ALL[bits.ethnicity() as usize],
            deprivation: bits.deprivation() as u8,
            disorder: Disorder::ALL[bits.disorder() as usize],
            history: bits.history() as u8,
            justice: p.justice(),
            serious: bits.serious() == 1,
            due: p.due_day().filter(|_| present),
            contacts: bits.contacts() as u8,
            present,
            on_caseload: bits.on_caseload() == 1,
        }
    }
}

/// Returns the first birth day of somebody who is `age` today.
pub(super) const fn first_birth_day(age: usize, today: Day) -> Day {
    let (y, m, d) = date(today);
    day(y - age as i32 - 1, m, d) + 1
}

/// The days between which a run may report: the first 1 April on which the birth day of the oldest is still a day of the
/// calendar, and the last day that a resident's `due` can be.
pub const REPORTED: (Day, Day) = (earliest(), NOTHING_DUE as Day - 1);

/// Returns the first 1 April on which everybody's birth day can be held.
const fn earliest() -> Day {
    let mut year = financial_year(u16::MIN as Day);
    while first_birth_day(AGES - 1, year_start(year)) < u16::MIN as Day {
        year += 1;
    }
    year_start(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resident_takes_16_bytes() {
        assert_eq!(size_of::<u64>() + 2 * size_of::<u16>() + size_of::<Bits>(), 16);
    }

    #[test]
    fn fields_keep_apart() {
        let mut bits = Bits::default();
        bits.set_area(41);
        bits.set_justice(Justice::Recalled as u32);
        bits.set_parity(7);
        bits.set_contacts(5);
        bits.set_on_caseload(1);
        bits.set_presence(Presence::Left as u32);
        assert_eq!((bits.area(), bits.justice(), bits.parity(), bits.contacts()), (41, 5, 7, 5));
        assert_eq!((bits.sex(), bits.ethnicity(), bits.history(), bits.serious(), bits.quiet_years()), (0, 0, 0, 0, 0));
        assert!(!bits.resident() && bits.in_custody() && !bits.present());
    }

    #[test]
    fn the_first_start_is_the_first_on_which_the_oldest_have_a_birth_day() {
        let (first, last) = REPORTED;
        let (year, month, of) = date(first);
        assert_eq!((month, of), (4, 1));
        assert!(first_birth_day(AGES - 1, first) >= 0);
        assert!(first_birth_day(AGES - 1, year_start(year - 1)) < 0);
        // The youngest of the last day fits, and so does what is due on it.
        assert!(u16::try_from(last).is_ok_and(|day| day != NOTHING_DUE));
        assert_eq!(Day::from(NOTHING_DUE) - 1, last);
    }
}
