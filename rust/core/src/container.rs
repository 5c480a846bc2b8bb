//! The file of a snapshot: a head, then blocks, each preceded by its hash. Nothing of a block is used before its hash has been
//! checked.
//!
//! A [`Writer`] writes the sections in order, a [`Reader`] reads them in the same order; what the sections hold is known only
//! to those who fill them. `docs/snapshots.md` describes the format byte by byte.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::calendar::Day;
use crate::codes::codes;
use crate::error::SimError;

/// The first bytes of every snapshot.
pub const MAGIC: [u8; 8] = *b"STEPDOWN";
/// The version of the format that is written and read.
pub const FORMAT: u32 = 1;
/// Most bytes of one block.
pub const BLOCK: usize = 1 << 22;
/// Most bytes of a head.
const HEAD: usize = 1 << 16;

codes! {
    /// What a block holds.
    Section {
        End = 0, "end", "Nothing: the snapshot is whole.";
        Plan = 1, "plan", "The plan that was lived so far, JSON.";
        Population = 2, "population", "Slots, newcomers and counts of the year, postcard.";
        Id = 3, "id", "Identities, u64.";
        Born = 4, "born", "Birth days, u16.";
        Due = 5, "due", "Days that are due, u16.";
        Bits = 6, "bits", "Attributes, u32.";
        Cases = 7, "cases", "Some cases of the caseload, postcard; each block for itself.";
        Pathway = 8, "pathway", "Institutions, queues, books, people expected, postcard.";
        Log = 9, "log", "Rows that no file has yet, postcard.";
        Name = 10, "name", "Name of a file that is carried along, UTF-8.";
        Content = 11, "content", "Bytes of that file.";
    }
}

/// What a snapshot says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Version of stepdown that wrote it.
    pub stepdown: String,
    /// Digest of the source of the engine that wrote it.
    pub source: String,
    /// Seed of the run.
    pub seed: u64,
    /// Replicate under that seed.
    pub replicate: u64,
    /// The day that the next step will live [d].
    pub day: Day,
    /// That day, as YYYY-MM-DD.
    pub date: String,
    /// First day whose rows are in the snapshot, not in a file [d].
    pub since: Day,
    /// SHA-256 of the plan.
    pub plan: String,
    /// Rows of the population [rows].
    pub rows: u64,
    /// Cases [rows].
    pub cases: u64,
}

impl Head {
    /// Version of this build.
    pub const STEPDOWN: &'static str = env!("CARGO_PKG_VERSION");
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])).collect()
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A number of a column.
pub(crate) trait Number: Copy {
    /// Bytes of one.
    const SIZE: usize;
    /// Appends numbers as bytes.
    fn put(values: &[Self], into: &mut Vec<u8>);
    /// Appends the numbers that bytes are.
    fn take(bytes: &[u8], into: &mut Vec<Self>);
}

/// Declares the numbers that a column can have: little-endian.
macro_rules! numbers {
    ($($type:ident)+) => {$(
        impl Number for $type {
            const SIZE: usize = size_of::<$type>();
            fn put(values: &[$type], into: &mut Vec<u8>) {
                for value in values {
                    into.extend_from_slice(&value.to_le_bytes());
                }
            }
            fn take(bytes: &[u8], into: &mut Vec<$type>) {
                into.extend(bytes.as_chunks().0.iter().map(|value| $type::from_le_bytes(*value)));
            }
        }
    )+};
}
numbers! { u16 u32 u64 }

/// The hash of a block: of the hash before it, and of everything that the block says.
fn link(before: &[u8; 32], section: u8, payload: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update([section]);
    hash.update((payload.len() as u32).to_le_bytes());
    hash.update(payload);
    hash.finalize().into()
}

/// Writes a snapshot, block by block.
pub struct Writer<W> {
    /// Where it goes.
    out: W,
    /// Its file, for messages.
    path: String,
    /// Hash of the block before.
    chain: [u8; 32],
    /// Memory for the block that is being made.
    buffer: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins a snapshot; `path` is for messages.
    pub(crate) fn new(out: W, path: &str, head: &Head) -> Result<Writer<W>, SimError> {
        let mut writer = Writer { out, path: path.to_owned(), chain: [0; 32], buffer: Vec::new() };
        let head = serde_json::to_vec(head).map_err(|e| writer.fault(e.into()))?;
        let mut prelude = MAGIC.to_vec();
        prelude.extend(FORMAT.to_le_bytes());
        prelude.extend((head.len() as u32).to_le_bytes());
        prelude.extend(head);
        writer.chain = Sha256::digest(&prelude).into();
        writer.put(&prelude)?;
        let chain = writer.chain;
        writer.put(&chain)?;
        Ok(writer)
    }

    /// An error of the system.
    fn fault(&self, source: io::Error) -> SimError {
        SimError::Io { path: self.path.clone(), source }
    }

    /// Writes bytes.
    fn put(&mut self, bytes: &[u8]) -> Result<(), SimError> {
        self.out.write_all(bytes).map_err(|e| self.fault(e))
    }

    /// Writes one block.
    pub(crate) fn block(&mut self, section: Section, payload: &[u8]) -> Result<(), SimError> {
        if payload.len() > BLOCK {
            return Err(self.fault(io::Error::other("a block of a snapshot is too long")));
        }
        self.chain = link(&self.chain, section as u8, payload);
        let mut start = [0; 37];
        start[0] = section as u8;
        start[1..5].copy_from_slice(&(payload.len() as u32).to_le_bytes());
        start[5..].copy_from_slice(&self.chain);
        self.put(&start)?;
        self.put(payload)
    }

    /// Writes a section of bytes, in as many blocks as it takes.
    pub(crate) fn bytes(&mut self, section: Section, bytes: &[u8]) -> Result<(), SimError> {
        if bytes.is_empty() {
            return self.block(section, bytes);
        }
        bytes.chunks(BLOCK).try_for_each(|some| self.block(section, some))
    }

    /// Writes a section of numbers.
    pub(crate) fn numbers<T: Number>(&mut self, section: Section, values: &[T]) -> Result<(), SimError> {
        for some in values.chunks(BLOCK / T::SIZE) {
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.clear();
            T::put(some, &mut buffer);
            let done = self.block(section, &buffer);
            self.buffer = buffer;
            done?;
        }
        Ok(())
    }

    /// Returns a value in the wire format.
    pub(crate) fn wire<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>, SimError> {
        postcard::to_stdvec(value).map_err(|e| self.fault(io::Error::other(e)))
    }

    /// Carries a file along.
    ///
    /// # Errors
    /// [`SimError::Io`] if either can't be read or written.
    pub fn attach(&mut self, name: &str, mut file: impl Read) -> Result<(), SimError> {
        self.block(Section::Name, name.as_bytes())?;
        let mut buffer = vec![0; BLOCK];
        loop {
            let mut length = 0;
            while length < BLOCK {
                match file.read(&mut buffer[length..]) {
                    Ok(0) => break,
                    Ok(n) => length += n,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(source) => return Err(SimError::Io { path: name.to_owned(), source }),
                }
            }
            if length == 0 {
                return Ok(());
            }
            self.block(Section::Content, &buffer[..length])?;
        }
    }

    /// Ends the snapshot, and gives back what it was written to.
    ///
    /// # Errors
    /// [`SimError::Io`] if it can't be written.
    pub fn finish(mut self) -> Result<W, SimError> {
        self.block(Section::End, &[])?;
        self.out.flush().map_err(|e| self.fault(e))?;
        Ok(self.out)
    }
}

/// Reads a snapshot, block by block.
pub struct Reader<R> {
    /// Where it comes from.
    from: R,
    /// Its file, for messages.
    path: String,
    /// Bytes of the file that are not read yet.
    left: u64,
    /// Hash of the block before.
    chain: [u8; 32],
    /// The next block's section, length and hash.
    next: (Section, usize, [u8; 32]),
    /// Content of the block that was read last.
    buffer: Vec<u8>,
    /// What the snapshot says of itself.
    pub head: Head,
}

impl<R: Read> Reader<R> {
    /// Opens a snapshot of `length` bytes, if the engine built from `source` wrote it; `path` is for messages.
    ///
    /// # Errors
    /// [`SimError::Corrupt`] if it is none, of another version, or damaged.
    pub fn open(from: R, length: u64, path: &str, source: &str) -> Result<Reader<R>, SimError> {
        let refuse = |what: &str| SimError::Corrupt(format!("{path}: {what}"));
        let head = Head {
            stepdown: String::new(),
            source: String::new(),
            seed: 0,
            replicate: 0,
            day: 0,
            date: String::new(),
            since: 0,
            plan: String::new(),
            rows: 0,
            cases: 0,
        };
        let next = (Section::End, 0, [0; 32]);
        let (path, left) = (path.to_owned(), length);
        let mut reader = Reader { from, path: path.clone(), left, chain: [0; 32], next, buffer: Vec::new(), head };
        let start: [u8; 16] = reader.array()?;
        let (magic, rest) = start.split_at(8);
        if *magic != MAGIC {
            return Err(refuse("it is not a snapshot"));
        }
        let word = |at: usize| u32::from_le_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
        if word(0) != FORMAT {
            return Err(refuse(&format!("its format is {}; this version reads format {FORMAT}", word(0))));
        }
        let length = word(4) as usize;
        if length > HEAD {
            return Err(refuse("it is damaged: its head is too long"));
        }
        let mut prelude = start.to_vec();
        reader.append(length, &mut prelude)?;
        let hash: [u8; 32] = reader.array()?;
        if Sha256::digest(&prelude)[..] != hash {
            return Err(refuse("it is damaged: the hash of its head doesn't fit"));
        }
        reader.chain = hash;
        reader.head = serde_json::from_slice(&prelude[16..]).map_err(|e| refuse(&format!("its head: {e}")))?;
        let (by, of) = (&reader.head.stepdown, &reader.head.source);
        if by != Head::STEPDOWN || of != source {
            let short = |digest: &str| digest.chars().take(8).collect::<String>();
            return Err(refuse(&format!(
                "stepdown {by} (source {}) wrote it, this is stepdown {} (source {}): go on with that one, or run anew",
                short(of),
                Head::STEPDOWN,
                short(source),
            )));
        }
        reader.turn()?;
        Ok(reader)
    }

    /// An error of this snapshot.
    pub(crate) fn refuse(&self, what: impl std::fmt::Display) -> SimError {
        SimError::Corrupt(format!("{}: {what}", self.path))
    }

    /// Reads so many bytes and appends them.
    fn append(&mut self, length: usize, into: &mut Vec<u8>) -> Result<(), SimError> {
        let from = into.len();
        if self.left < length as u64 {
            return Err(self.refuse("it is damaged: it is cut short"));
        }
        into.resize(from + length, 0);
        match self.from.read_exact(&mut into[from..]) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(self.refuse("it is damaged: it is cut short"));
            }
            Err(source) => return Err(SimError::Io { path: self.path.clone(), source }),
        }
        self.left -= length as u64;
        Ok(())
    }

    /// Reads so many bytes.
    fn array<const N: usize>(&mut self) -> Result<[u8; N], SimError> {
        let mut bytes = Vec::with_capacity(N);
        self.append(N, &mut bytes)?;
        bytes.try_into().map_err(|_| self.refuse("it is damaged: it is cut short"))
    }

    /// Reads the start of the next block.
    fn turn(&mut self) -> Result<(), SimError> {
        let start: [u8; 37] = self.array()?;
        let section = Section::from_code(start[0]);
        let section = section.ok_or_else(|| self.refuse("it is damaged: it has a block of an unknown kind"))?;
        let length = u32::from_le_bytes([start[1], start[2], start[3], start[4]]) as usize;
        if length > BLOCK {
            return Err(self.refuse("it is damaged: it has a block that is too long"));
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(&start[5..]);
        self.next = (section, length, hash);
        Ok(())
    }

    /// Reads the next block into the buffer, if it is of this section and its hash fits; then the start of the one after.
    fn block(&mut self, section: Section) -> Result<bool, SimError> {
        let (found, length, hash) = self.next;
        if found != section {
            return Ok(false);
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        self.append(length, &mut buffer)?;
        if link(&self.chain, section as u8, &buffer) != hash {
            return Err(self.refuse(format!("it is damaged: a hash in its section {} doesn't fit", section.name())));
        }
        self.chain = hash;
        self.buffer = buffer;
        if section != Section::End {
            self.turn()?;
        }
        Ok(true)
    }

    /// Reads one block of a section; nothing if there is no more.
    pub(crate) fn one(&mut self, section: Section) -> Result<Option<&[u8]>, SimError> {
        Ok(if self.block(section)? { Some(&self.buffer) } else { None })
    }

    /// Reads a section of bytes.
    pub(crate) fn bytes(&mut self, section: Section) -> Result<Vec<u8>, SimError> {
        let mut all = Vec::new();
        while self.block(section)? {
            all.extend_from_slice(&self.buffer);
        }
        Ok(all)
    }

    /// Reads a section of `rows` numbers into memory with room for more.
    pub(crate) fn numbers<T: Number>(
        &mut self,
        section: Section,
        rows: usize,
        room: usize,
    ) -> Result<Vec<T>, SimError> {
        if (rows as u64).saturating_mul(T::SIZE as u64) > self.left {
            return Err(self.refuse("it is damaged: it is cut short"));
        }
        let mut all = Vec::new();
        all.reserve_exact(rows.max(room));
        while self.block(section)? {
            if !self.buffer.len().is_multiple_of(T::SIZE) || all.len() + self.buffer.len() / T::SIZE > rows {
                break;
            }
            T::take(&self.buffer, &mut all);
        }
        if all.len() == rows {
            Ok(all)
        } else {
            Err(self.refuse(format!("its section {} has not {rows} rows", section.name())))
        }
    }

    /// Reads a value in the wire format.
    pub(crate) fn wire<T: DeserializeOwned>(&self, section: Section, bytes: &[u8]) -> Result<T, SimError> {
        match postcard::take_from_bytes(bytes) {
            Ok((value, [])) => Ok(value),
            Ok(_) => Err(self.refuse(format!("its section {} is too long", section.name()))),
            Err(e) => Err(self.refuse(format!("its section {} can't be read ({e})", section.name()))),
        }
    }

    /// Bytes of the file that are not read yet.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    /// Reads the files that are carried along, each into what `open` gives for its name, and checks that nothing is missing.
    ///
    /// # Errors
    /// [`SimError::Corrupt`] if the snapshot is damaged, [`SimError::Io`] if a file can't be written.
    pub fn finish<W: Write>(mut self, mut open: impl FnMut(&str) -> Result<W, SimError>) -> Result<(), SimError> {
        while self.block(Section::Name)? {
            let name = std::str::from_utf8(&self.buffer).unwrap_or_default().to_owned();
            let plain = |part: &str| {
                let known = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
                !part.is_empty() && !part.starts_with('.') && part.chars().all(known)
            };
            if !name.split('/').all(plain) {
                return Err(self.refuse("it carries a file whose name is not allowed"));
            }
            let mut out = open(&name)?;
            while self.block(Section::Content)? {
                out.write_all(&self.buffer).map_err(|source| SimError::Io { path: name.clone(), source })?;
            }
            out.flush().map_err(|source| SimError::Io { path: name.clone(), source })?;
        }
        if !self.block(Section::End)? {
            return Err(self.refuse(format!("its section {} is not expected there", self.next.0.name())));
        }
        if self.left > 0 { Err(self.refuse("it is damaged: something follows its end")) } else { Ok(()) }
    }
}
