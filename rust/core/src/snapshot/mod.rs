//! Snapshots: the whole state of a run between two days, from which the same run, or another policy, goes on.
//!
//! What the plan says is not kept but compiled again, and the agenda is drawn up again from the cases. Everything else is: the
//! population's columns as they are, the rest in postcard's wire format. A snapshot is read only by the engine that wrote
//! it (the digest of its source is in the head), so that nothing can be misread; and after its hashes have been checked,
//! every index in it is.

use std::borrow::Cow;
use std::io::{Read, Write};

use crate::calendar::date;
use crate::caseload::Case;
use crate::container::{Head, Reader, Section, Writer, sha256};
use crate::draw::Key;
use crate::error::SimError;
use crate::log::Log;
use crate::plan::Plan;
use crate::population::Population;
use crate::world::World;

mod check;
mod past;
mod pathway;

pub use past::{parting, past};

use pathway::Pathway;

/// Cases of one block.
const CASES: usize = 1024;

impl World {
    /// Writes the state between two days; files may be carried along before the writer is told to finish. `path` is for
    /// messages, `source` the digest of the engine's source.
    ///
    /// # Errors
    /// [`SimError::Io`] if it can't be written.
    pub fn save<W: Write>(&self, out: W, path: &str, source: &str) -> Result<Writer<W>, SimError> {
        let (y, m, d) = date(self.today());
        let head = Head {
            stepdown: Head::STEPDOWN.to_owned(),
            source: source.to_owned(),
            seed: self.key.seed,
            replicate: self.key.replicate,
            day: self.today(),
            date: format!("{y}-{m:02}-{d:02}"),
            since: self.since,
            plan: sha256(&self.plan.document),
            rows: self.population.rows() as u64,
            cases: self.caseload.cases.len() as u64,
        };
        let mut writer = Writer::new(out, path, &head)?;
        writer.bytes(Section::Plan, &self.plan.document)?;
        self.population.save(&mut writer)?;
        for some in self.caseload.cases.chunks(CASES) {
            let block = writer.wire(some)?;
            writer.block(Section::Cases, &block)?;
        }
        let pathway = Pathway {
            agents: Cow::Borrowed(&self.agents),
            units: Cow::Borrowed(&self.units.all),
            wards: Cow::Borrowed(&self.wards),
            queues: Cow::Borrowed(&self.queues),
            accounts: Cow::Borrowed(&self.accounts),
            programmes: Cow::Borrowed(&self.programmes.lines),
            budgets: Cow::Borrowed(&self.budgets),
            counts: self.counts,
            arrivals: Cow::Borrowed(&self.arrivals),
            inpatients: Cow::Borrowed(&self.inpatients),
            own: Cow::Borrowed(&self.caseload.own),
            stale: Cow::Borrowed(&self.stale),
            described: Cow::Borrowed(&self.described),
            visits: Cow::Borrowed(&self.visits),
            renumbered: Cow::Borrowed(&self.caseload.renumbered),
            closed: Cow::Borrowed(&self.closed),
            closed_areas: Cow::Borrowed(&self.closed_areas),
        };
        let block = writer.wire(&pathway)?;
        writer.bytes(Section::Pathway, &block)?;
        let block = writer.wire(&self.log)?;
        writer.bytes(Section::Log, &block)?;
        Ok(writer)
    }

    /// Reads the state of a run, to go on with the plan that it carries, or with `policy`, a plan that shares its past. The
    /// reader is left before the files that are carried along: call its `finish` before the state is used.
    ///
    /// # Errors
    /// [`SimError::Corrupt`] if the snapshot is damaged, [`SimError::Plan`] if `policy` contradicts itself or its past.
    pub fn restore<R: Read>(
        reader: &mut Reader<R>,
        policy: Option<Plan>,
        threads: usize,
        check: bool,
    ) -> Result<World, SimError> {
        let head = reader.head.clone();
        let plan = read_plan(reader, policy)?;
        let key = Key { seed: head.seed, replicate: head.replicate };
        let mut world =
            World::around(plan, key, threads, check, |inputs| Population::restore(inputs, head.day, reader))?;
        if head.cases.saturating_mul(100) > reader.left() {
            return Err(reader.refuse("it is damaged: it is cut short"));
        }
        let cases = read_cases(reader)?;
        let block = reader.bytes(Section::Pathway)?;
        let pathway: Pathway<'static> = reader.wire(Section::Pathway, &block)?;
        let block = reader.bytes(Section::Log)?;
        let log: Log = reader.wire(Section::Log, &block)?;
        check::fits(&world, &head, &pathway, &cases, &log).map_err(|what| reader.refuse(what))?;
        world.resume(&head, cases, pathway.own.into_owned());
        world.agents = pathway.agents.into_owned();
        world.units.all = pathway.units.into_owned();
        world.wards = pathway.wards.into_owned();
        world.queues = pathway.queues.into_owned();
        world.accounts = pathway.accounts.into_owned();
        world.programmes.resume(pathway.programmes.into_owned());
        world.budgets = pathway.budgets.into_owned();
        world.counts = pathway.counts;
        world.arrivals = pathway.arrivals.into_owned();
        world.inpatients = pathway.inpatients.into_owned();
        world.stale = pathway.stale.into_owned();
        world.described = pathway.described.into_owned();
        world.visits = pathway.visits.into_owned();
        world.caseload.renumbered = pathway.renumbered.into_owned();
        world.closed = pathway.closed.into_owned();
        world.closed_areas = pathway.closed_areas.into_owned();
        world.log = log;
        check::holds(&world).map_err(|what| reader.refuse(what))?;
        Ok(world)
    }
}

/// Reads the plan of a snapshot; `policy`, if given, takes its place, and may differ from it only from the snapshot's day on.
fn read_plan<R: Read>(reader: &mut Reader<R>, policy: Option<Plan>) -> Result<Plan, SimError> {
    let head = reader.head.clone();
    let document = reader.bytes(Section::Plan)?;
    if sha256(&document) != head.plan {
        return Err(reader.refuse("its plan is not the one that its head names"));
    }
    let plan = Plan::read(&document).map_err(|e| reader.refuse(e))?;
    plan.validate().map_err(|e| reader.refuse(e))?;
    let within = |plan: &Plan| (plan.calendar.first..=plan.calendar.end).contains(&head.day);
    if !within(&plan) {
        return Err(reader.refuse("its day is not one of its plan"));
    }
    let Some(policy) = policy else { return Ok(plan) };
    let what = if within(&policy) {
        parting(&past(&document, head.day)?, &past(&policy.document, head.day)?, head.day)
    } else {
        Some(format!("its day, {}, is not one of the scenario", head.date))
    };
    if let Some(what) = what {
        let from = reader.refuse(what).to_string();
        return Err(SimError::Plan(format!("it can't go on from {from}")));
    }
    Ok(policy)
}

/// Reads the cases of a snapshot, as many as its head says.
fn read_cases<R: Read>(reader: &mut Reader<R>) -> Result<Vec<Case>, SimError> {
    let expected = reader.head.cases;
    let mut cases: Vec<Case> = Vec::with_capacity(expected as usize);
    while let Some(block) = reader.one(Section::Cases)? {
        let block = block.to_vec();
        cases.extend(reader.wire::<Vec<Case>>(Section::Cases, &block)?);
        if cases.len() as u64 > expected {
            break;
        }
    }
    if cases.len() as u64 != expected {
        return Err(reader.refuse(format!("its section cases has not {expected} rows")));
    }
    Ok(cases)
}
