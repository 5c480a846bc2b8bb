//! Snapshots: the whole state of a run between two days, from which the same run, or another policy, goes on.
//!
//! What the plan says is not kept but compiled again, and the agenda is drawn up again from the cases. Everything else is: the
//! population's columns as they are, the rest in postcard's wire format. A snapshot is read only by the engine that wrote
//! it (the digest of its source is in the head), so that nothing can be misread; and after its hashes have been checked,
//! every index in it is.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

use crate::agents::Agents;
use crate::calendar::{Day, date};
use crate::caseload::Case;
use crate::caseload::own::OwnColumns;
use crate::draw::Key;
use crate::error::SimError;
use crate::log::{Daily, Log};
use crate::pathway::beds::{Unit, Wards};
use crate::pathway::money::Books;
use crate::pathway::queues::Queues;
use crate::plan::Plan;
use crate::population::{Arrival, Population};
use crate::sim::{Counts, Sim};

mod check;
mod container;
mod past;

pub use container::{BLOCK, FORMAT, Head, MAGIC, Reader, Section, Writer, sha256};
pub use past::{parting, past};

/// Cases of one block.
const CASES: usize = 1024;

/// What a day leaves behind besides people, cases and rows.
#[derive(Serialize, Deserialize)]
struct Pathway<'a> {
    agents: Cow<'a, Agents>,
    units: Cow<'a, [Unit]>,
    wards: Cow<'a, Wards>,
    queues: Cow<'a, Queues>,
    books: Cow<'a, Books>,
    counts: Counts,
    /// Who will come to the pathway's notice, by day.
    arrivals: Cow<'a, BTreeMap<Day, Vec<Arrival>>>,
    inpatients: Cow<'a, [u32]>,
    own: Cow<'a, OwnColumns>,
    touched: Cow<'a, [u32]>,
    /// Who has a row among the people.
    described: Cow<'a, BTreeSet<u64>>,
    /// Daily figures of the last day that a file has.
    closed: Cow<'a, Daily>,
}

impl Sim {
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
            books: Cow::Borrowed(&self.books),
            counts: self.counts,
            arrivals: Cow::Borrowed(&self.arrivals),
            inpatients: Cow::Borrowed(&self.inpatients),
            own: Cow::Borrowed(&self.caseload.own),
            touched: Cow::Borrowed(&self.touched),
            described: Cow::Borrowed(&self.described),
            closed: Cow::Borrowed(&self.closed),
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
    ) -> Result<Sim, SimError> {
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
        let plan = match policy {
            None => plan,
            Some(policy) => {
                let what = if within(&policy) {
                    parting(&past(&document, head.day)?, &past(&policy.document, head.day)?, head.day)
                } else {
                    Some(format!("its day, {}, is not one of the scenario", head.date))
                };
                if let Some(what) = what {
                    let from = reader.refuse(what).to_string();
                    return Err(SimError::Plan(format!("it can't go on from {from}")));
                }
                policy
            }
        };
        let key = Key { seed: head.seed, replicate: head.replicate };
        let mut sim = Sim::around(plan, key, threads, check, |inputs| Population::restore(inputs, head.day, reader))?;
        if head.cases.saturating_mul(100) > reader.left() {
            return Err(reader.refuse("it is damaged: it is cut short"));
        }
        let mut cases: Vec<Case> = Vec::with_capacity(head.cases as usize);
        while let Some(block) = reader.one(Section::Cases)? {
            let block = block.to_vec();
            cases.extend(reader.wire::<Vec<Case>>(Section::Cases, &block)?);
            if cases.len() as u64 > head.cases {
                break;
            }
        }
        if cases.len() as u64 != head.cases {
            return Err(reader.refuse(format!("its section cases has not {} rows", head.cases)));
        }
        let block = reader.bytes(Section::Pathway)?;
        let pathway: Pathway<'static> = reader.wire(Section::Pathway, &block)?;
        let block = reader.bytes(Section::Log)?;
        let log: Log = reader.wire(Section::Log, &block)?;
        check::fits(&sim, &head, &pathway, &cases, &log).map_err(|what| reader.refuse(what))?;
        sim.resume(&head, cases, pathway.own.into_owned());
        sim.agents = pathway.agents.into_owned();
        sim.units.all = pathway.units.into_owned();
        sim.wards = pathway.wards.into_owned();
        sim.queues = pathway.queues.into_owned();
        sim.books = pathway.books.into_owned();
        sim.counts = pathway.counts;
        sim.arrivals = pathway.arrivals.into_owned();
        sim.inpatients = pathway.inpatients.into_owned();
        sim.touched = pathway.touched.into_owned();
        sim.described = pathway.described.into_owned();
        sim.closed = pathway.closed.into_owned();
        sim.log = log;
        check::holds(&sim).map_err(|what| reader.refuse(what))?;
        Ok(sim)
    }
}

/// An array of any length, as its elements one after the other.
pub(crate) mod array {
    use serde::de::{Error, SeqAccess, Visitor};
    use serde::ser::SerializeTuple;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer, T: Serialize, const N: usize>(array: &[T; N], to: S) -> Result<S::Ok, S::Error> {
        let mut tuple = to.serialize_tuple(N)?;
        array.iter().try_for_each(|value| tuple.serialize_element(value))?;
        tuple.end()
    }

    struct Elements<T, const N: usize>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de> + Copy + Default, const N: usize> Visitor<'de> for Elements<T, N> {
        type Value = [T; N];

        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            write!(f, "{N} elements")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<[T; N], A::Error> {
            let mut array = [T::default(); N];
            for (at, value) in array.iter_mut().enumerate() {
                *value = sequence.next_element()?.ok_or_else(|| A::Error::invalid_length(at, &self))?;
            }
            Ok(array)
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de> + Copy + Default, const N: usize>(
        from: D,
    ) -> Result<[T; N], D::Error> {
        from.deserialize_tuple(N, Elements(std::marker::PhantomData))
    }
}
