//! The bytes of a recorded inflow, written and read. `docs/inflow.md` describes the format.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Inflow;
use crate::calendar::Day;
use crate::codes::{Ethnicity, Justice};
use crate::error::SimError;
use crate::population::columns::{Bits, Columns, Presence};
use crate::population::outcome::Entrant;
use crate::population::replay::Replay;
use crate::population::tally::{AGE_BANDS, Balance, COUNTS, STANDINGS};

/// What a record begins with.
const MAGIC: &[u8; 16] = b"stepdown inflow\n";
/// Version of the form.
const FORMAT: u32 = 1;
/// Length of the SHA-256 at the end [bytes].
const HASH: usize = 32;

/// How long the columns are.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// Everyone at the start [persons].
    started: u64,
    /// People of the start.
    founders: usize,
    /// Newcomers.
    newcomers: usize,
    /// Areas.
    areas: usize,
    /// Days on which the periods end.
    ends: Vec<Day>,
}

/// An error of a record that is none.
fn corrupt(what: &str) -> SimError {
    SimError::Corrupt(format!("it is not a recorded inflow: {what}"))
}

/// Bytes that are still to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Takes so many bytes.
    fn take(&mut self, length: usize) -> Result<&'a [u8], SimError> {
        let (taken, left) = self.0.split_at_checked(length).ok_or_else(|| corrupt("it ends too early"))?;
        self.0 = left;
        Ok(taken)
    }

    /// Takes a text behind its length.
    fn text(&mut self) -> Result<&'a str, SimError> {
        let length = self.column(1, u64::from_le_bytes)?[0];
        let length = usize::try_from(length).map_err(|_| corrupt("a text is too long"))?;
        std::str::from_utf8(self.take(length)?).map_err(|_| corrupt("a text is not UTF-8"))
    }

    /// Takes a column of so many rows.
    fn column<T, const N: usize>(&mut self, rows: usize, read: impl Fn([u8; N]) -> T) -> Result<Vec<T>, SimError> {
        let bytes = self.take(rows.checked_mul(N).ok_or_else(|| corrupt("a column is too long"))?)?;
        let (words, _) = bytes.as_chunks::<N>();
        Ok(words.iter().map(|word| read(*word)).collect())
    }
}

/// Appends a column.
fn put<T: Copy, const N: usize>(out: &mut Vec<u8>, column: impl IntoIterator<Item = T>, write: impl Fn(T) -> [u8; N]) {
    for value in column {
        out.extend_from_slice(&write(value));
    }
}

/// Appends a text behind its length.
fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&(text.len() as u64).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// A newcomer in five numbers: mother (0 for somebody who arrives), day, number, bits (of the mother, or the area), born.
fn flat(entrant: &Entrant) -> (u64, u16, u32, u32, u8) {
    match *entrant {
        Entrant::Born { mother, before, day, bits } => (mother, day as u16, u32::from(before), bits.0, 1),
        Entrant::Arrived { area, day, number } => (0, day as u16, number, u32::from(area), 0),
    }
}

/// Whether codes and indices are such as a resident can have.
fn sound(bits: Bits, areas: usize) -> bool {
    (bits.area() as usize) < areas
        && (bits.ethnicity() as usize) < Ethnicity::ALL.len()
        && (1..=5).contains(&bits.deprivation())
        && (bits.justice() as usize) < Justice::ALL.len()
        && bits.presence() == Presence::Present as u32
}

impl Inflow {
    /// Returns the record as bytes: the same record, the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Replay { started, newcomers, others } = &self.replay;
        let cells = others.first().map_or(0, |(_, balance)| balance.days.len());
        let header = Header {
            started: *started,
            founders: self.founders.id.len(),
            newcomers: newcomers.len(),
            areas: cells / (2 * AGE_BANDS),
            ends: others.iter().map(|(to, _)| *to).collect(),
        };
        let mut out = Vec::new();
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&FORMAT.to_le_bytes());
        put_text(&mut out, &serde_json::to_string(&header).unwrap_or_default());
        put_text(&mut out, &self.upstream);
        put(&mut out, self.founders.id.iter().copied(), u64::to_le_bytes);
        put(&mut out, self.founders.born.iter().copied(), u16::to_le_bytes);
        put(&mut out, self.founders.due.iter().copied(), u16::to_le_bytes);
        put(&mut out, self.founders.bits.iter().copied(), u32::to_le_bytes);
        put(&mut out, newcomers.iter().map(|e| flat(e).0), u64::to_le_bytes);
        put(&mut out, newcomers.iter().map(|e| flat(e).1), u16::to_le_bytes);
        put(&mut out, newcomers.iter().map(|e| flat(e).2), u32::to_le_bytes);
        put(&mut out, newcomers.iter().map(|e| flat(e).3), u32::to_le_bytes);
        put(&mut out, newcomers.iter().map(|e| flat(e).4), u8::to_le_bytes);
        for (_, balance) in others {
            put(&mut out, balance.standing.as_flattened().iter().copied(), u32::to_le_bytes);
            put(&mut out, balance.events.as_flattened().iter().copied(), u32::to_le_bytes);
            put(&mut out, balance.days.iter().copied(), i64::to_le_bytes);
        }
        let hash = Sha256::digest(&out);
        out.extend_from_slice(&hash);
        out
    }

    /// Reads a record.
    ///
    /// # Errors
    ///
    /// [`SimError::Corrupt`] if the bytes are not those of a record, or not all of it; [`SimError::Usage`] if they are
    /// in another version's form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Inflow, SimError> {
        let mut reader = Reader(bytes);
        if reader.take(MAGIC.len()).ok() != Some(MAGIC) {
            return Err(corrupt("it begins otherwise"));
        }
        let format = reader.column(1, u32::from_le_bytes)?[0];
        let held = bytes.len().checked_sub(HASH).filter(|held| *held >= bytes.len() - reader.0.len());
        let (all, hash) = bytes.split_at(held.ok_or_else(|| corrupt("it ends too early"))?);
        if Sha256::digest(all).as_slice() != hash {
            return Err(SimError::Corrupt("its SHA-256 is not that of what it holds".to_owned()));
        }
        if format != FORMAT {
            return Err(SimError::Usage(format!("it is in form {format} of recorded inflow; allowed: {FORMAT}")));
        }
        reader.0 = &reader.0[..reader.0.len() - HASH];
        let header: Header = serde_json::from_str(reader.text()?).map_err(|fault| corrupt(&fault.to_string()))?;
        let upstream = reader.text()?.to_owned();
        let rows = header.founders;
        let founders = Columns {
            id: reader.column(rows, u64::from_le_bytes)?.into(),
            born: reader.column(rows, u16::from_le_bytes)?.into(),
            due: reader.column(rows, u16::from_le_bytes)?.into(),
            bits: reader.column(rows, u32::from_le_bytes)?.into(),
        };
        let newcomers = Self::read_newcomers(&mut reader, &header)?;
        if !founders.bits.iter().all(|bits| sound(Bits(*bits), header.areas)) {
            return Err(corrupt("somebody has a code that nothing stands for"));
        }
        let cells = header.areas.checked_mul(2 * AGE_BANDS).ok_or_else(|| corrupt("it has too many areas"))?;
        let too_many = || corrupt("it has too many areas");
        let mut others = Vec::new();
        for to in &header.ends {
            let standing = reader.column(cells.checked_mul(STANDINGS).ok_or_else(too_many)?, u32::from_le_bytes)?;
            let events = reader.column(cells.checked_mul(COUNTS).ok_or_else(too_many)?, u32::from_le_bytes)?;
            let balance = Balance {
                standing: standing.as_chunks().0.to_vec(),
                events: events.as_chunks().0.to_vec(),
                days: reader.column(cells, i64::from_le_bytes)?,
            };
            others.push((*to, balance));
        }
        if !reader.0.is_empty() {
            return Err(corrupt("more follows than it says"));
        }
        Ok(Inflow { upstream, founders, replay: Replay { started: header.started, newcomers, others } })
    }

    /// Reads the newcomers, column by column.
    fn read_newcomers(reader: &mut Reader, header: &Header) -> Result<Vec<Entrant>, SimError> {
        let rows = header.newcomers;
        let mother = reader.column(rows, u64::from_le_bytes)?;
        let day = reader.column(rows, u16::from_le_bytes)?;
        let number = reader.column(rows, u32::from_le_bytes)?;
        let bits = reader.column(rows, u32::from_le_bytes)?;
        let born = reader.column(rows, u8::from_le_bytes)?;
        let one = |k: usize| {
            let (day, bits) = (Day::from(day[k]), Bits(bits[k]));
            let known = if born[k] == 1 { sound(bits, header.areas) } else { (bits.0 as usize) < header.areas };
            known.then_some(if born[k] == 1 {
                Entrant::Born { mother: mother[k], before: number[k] as u8, day, bits }
            } else {
                Entrant::Arrived { area: bits.0 as u8, day, number: number[k] }
            })
        };
        let found: Option<Vec<Entrant>> = (0..rows).map(one).collect();
        found.ok_or_else(|| corrupt("a newcomer has a code that nothing stands for"))
    }
}
