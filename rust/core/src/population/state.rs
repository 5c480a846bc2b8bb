//! The population's part of a snapshot.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

use crate::calendar::{Day, financial_year, year_start};
use crate::container::{Reader, Section, Writer};
use crate::error::SimError;
use crate::plan::Demography;

use super::columns::{Bits, Columns, Presence};
use super::inflow::Replay;
use super::inputs::Inputs;
use super::rates::{Bounds, Rates};
use super::tally::Counts;
use super::{Census, Population, period_end, period_of};

/// What is kept besides the columns; the period, its rates and its bounds follow from the plan and the day.
#[derive(Serialize, Deserialize)]
struct State {
    vacant: Vec<u32>,
    entered: Vec<(u32, u16, bool)>,
    counts: Counts,
    before: Census,
    /// What is known of the others, where only the people of a record live.
    replay: Option<Replay>,
}

impl Population {
    /// Writes the population.
    pub(crate) fn save<W: Write>(&self, out: &mut Writer<W>) -> Result<(), SimError> {
        let state = out.wire(&(&self.vacant, &self.entered, &self.counts, &self.before, &self.replay))?;
        out.bytes(Section::Population, &state)?;
        out.numbers(Section::Id, &self.columns.id)?;
        out.numbers(Section::Born, &self.columns.born)?;
        out.numbers(Section::Due, &self.columns.due)?;
        out.numbers(Section::Bits, &self.columns.bits)
    }

    /// Reads the population as it was at the start of `today`.
    pub(crate) fn restore<R: Read>(inputs: &Inputs, today: Day, from: &mut Reader<R>) -> Result<Population, SimError> {
        inputs.check()?;
        let rates = Rates::new(inputs);
        let bytes = from.bytes(Section::Population)?;
        let state: State = from.wire(Section::Population, &bytes)?;
        let rows = usize::try_from(from.head.rows).unwrap_or(usize::MAX);
        if rows > u32::MAX as usize {
            return Err(from.refuse("it has more people than a world can hold"));
        }
        let room = (state.before.start as usize).min(rows) + super::room(inputs);
        let columns = Columns {
            id: from.numbers(Section::Id, rows, room)?.into(),
            born: from.numbers(Section::Born, rows, room)?.into(),
            due: from.numbers(Section::Due, rows, room)?.into(),
            bits: from.numbers(Section::Bits, rows, room)?.into(),
        };
        let mut population = Population::of(inputs, rates, columns, state.replay);
        population.vacant = state.vacant;
        population.entered = state.entered;
        population.counts = state.counts;
        population.before = state.before;
        let calendar = inputs.calendar;
        if today > calendar.first {
            let begun = year_start(financial_year(today - 1)).max(calendar.first);
            population.period = period_of(inputs.mode, calendar.start, begun, period_end(begun, calendar.end));
            let ahead = !population.period.quiet || population.mode.demography == Demography::Frozen;
            population.rates.levels = population.levels(0);
            let greatest = population.greatest_levels();
            population.bounds = Some(Bounds::new(&population.rates, &population.period, ahead, &greatest));
        }
        population.sound(calendar.end).map_err(|what| from.refuse(what))?;
        Ok(population)
    }

    /// Checks every index and code of what was read.
    fn sound(&self, end: Day) -> Result<(), &'static str> {
        let mut vacant = 0;
        for bits in self.columns.bits.iter() {
            if !Bits(*bits).fits(self.areas) {
                return Err("somebody in it has an attribute that doesn't exist");
            }
            vacant += usize::from(Bits(*bits).presence() == Presence::Vacant as u32);
        }
        let rows = self.columns.id.len();
        let mut slots = self.vacant.clone();
        slots.sort_unstable();
        slots.dedup();
        let empty = |row: &u32| {
            let bits = self.columns.bits.get(*row as usize).map(|bits| Bits(*bits).presence());
            bits == Some(Presence::Vacant as u32)
        };
        if slots.len() != self.vacant.len() || slots.len() != vacant || !slots.iter().all(empty) {
            return Err("its vacant slots are not those without a person");
        }
        let period = self.period.from..self.period.to;
        if !self.entered.iter().all(|(row, day, _)| (*row as usize) < rows && period.contains(&Day::from(*day))) {
            return Err("somebody came in on a day that is not of the year");
        }
        if !self.counts.fits(self.areas) {
            return Err("its counts of the year are not those of its areas");
        }
        if self.replay.as_ref().is_some_and(|replay| !replay.fits(self.areas, end)) {
            return Err("its record of the inflow is not one of its areas up to the end of the run");
        }
        Ok(())
    }

    /// Whether a row holds this person, present, for the caseload.
    pub(crate) fn holds(&self, row: u32, person: u64) -> bool {
        let row = row as usize;
        self.columns.id.get(row) == Some(&person)
            && self.columns.bits.get(row).is_some_and(|bits| Bits(*bits).present() && Bits(*bits).on_caseload() == 1)
    }
}
