//! The population's part of a snapshot: columns and counts. Rates, period and bounds follow from the plan and the day.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

use super::census::Census;
use super::columns::{Bits, Columns, Presence};
use super::inputs::Inputs;
use super::period::period_end;
use super::rates::Rates;
use super::register::Entry;
use super::replay::Replay;
use super::residents::{Population, room};
use super::tally::Counts;
use crate::calendar::{Day, financial_year, year_start};
use crate::container::{Reader, Section, Writer};
use crate::error::SimError;

/// What is kept besides the columns; the period, its rates and its bounds follow from the plan and the day.
#[derive(Serialize, Deserialize)]
struct State {
    /// Rows without anybody.
    vacant: Vec<u32>,
    /// Who came in this period.
    entered: Vec<Entry>,
    /// Counts of the period.
    counts: Counts,
    /// Totals up to its start.
    before: Census,
    /// What is known of the others, where only the people of a record live.
    replay: Option<Replay>,
}

impl Population {
    /// Writes the population.
    pub(crate) fn save<W: Write>(&self, out: &mut Writer<W>) -> Result<(), SimError> {
        let register = &self.register;
        let state = out.wire(&(&register.vacant, &register.entered, &self.counts, &self.before, &self.replay))?;
        out.bytes(Section::Population, &state)?;
        out.numbers(Section::Id, &self.register.columns.id)?;
        out.numbers(Section::Born, &self.register.columns.born)?;
        out.numbers(Section::Due, &self.register.columns.due)?;
        out.numbers(Section::Bits, &self.register.columns.bits)
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
        let room = (state.before.start as usize).min(rows) + room(inputs);
        let columns = Columns {
            id: from.numbers(Section::Id, rows, room)?.into(),
            born: from.numbers(Section::Born, rows, room)?.into(),
            due: from.numbers(Section::Due, rows, room)?.into(),
            bits: from.numbers(Section::Bits, rows, room)?.into(),
        };
        let mut population = Population::of(inputs, rates, columns, state.replay);
        population.register.vacant = state.vacant;
        population.register.entered = state.entered;
        population.counts = state.counts;
        population.before = state.before;
        let calendar = inputs.calendar;
        if today > calendar.first {
            let begun = year_start(financial_year(today - 1)).max(calendar.first);
            population.enter_period(begun, period_end(begun, calendar.end));
            population.bounds = Some(population.bounds_of_period());
        }
        population.sound(calendar.end).map_err(|what| from.refuse(what))?;
        Ok(population)
    }

    /// Checks every index and code of what was read.
    fn sound(&self, end: Day) -> Result<(), &'static str> {
        let mut vacant = 0;
        for bits in self.register.columns.bits.iter() {
            if !Bits(*bits).fits(self.living.areas) {
                return Err("somebody in it has an attribute that doesn't exist");
            }
            vacant += usize::from(Bits(*bits).presence() == Presence::Vacant as u32);
        }
        let rows = self.rows();
        let mut slots = self.register.vacant.clone();
        slots.sort_unstable();
        slots.dedup();
        let empty = |row: &u32| {
            let bits = self.register.columns.bits.get(*row as usize).map(|bits| Bits(*bits).presence());
            bits == Some(Presence::Vacant as u32)
        };
        if slots.len() != self.register.vacant.len() || slots.len() != vacant || !slots.iter().all(empty) {
            return Err("its vacant slots are not those without a person");
        }
        let period = self.living.period.from..self.living.period.to;
        let known = |entry: &Entry| (entry.row as usize) < rows && period.contains(&Day::from(entry.day));
        if !self.register.entered.iter().all(known) {
            return Err("somebody came in on a day that is not of the year");
        }
        if !self.counts.fits(self.living.areas) {
            return Err("its counts of the year are not those of its areas");
        }
        if self.replay.as_ref().is_some_and(|replay| !replay.fits(self.living.areas, end)) {
            return Err("its record of the inflow is not one of its areas up to the end of the run");
        }
        Ok(())
    }
}
