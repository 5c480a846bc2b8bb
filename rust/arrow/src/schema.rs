//! The public schema: tables, columns, types, units and what they mean. Files, `stepdown schema` and the documentation all
//! read it from here.

use arrow_schema::{DataType, Field, Schema};
use stepdown_core::log;

use crate::words::{Vocabulary, is_wide};

/// Version of the format of the files.
pub const FORMAT: u32 = 1;

/// How the numbers of a column are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Number of a person: signed, and below 2^53, so that no reader loses or wraps it.
    Person,
    /// Number of a person, or nobody (−1).
    MaybePerson,
    /// A date.
    Date,
    /// A date, or nothing (−1).
    MaybeDate,
    /// Days [d].
    Days,
    /// Days [d], or nothing (−1).
    MaybeDays,
    /// Yes or no.
    Flag,
    /// A word.
    Word(Vocabulary),
    /// A word, or nothing (the greatest code).
    MaybeWord(Vocabulary),
    /// A number, with its unit.
    Number(&'static str),
}

impl Kind {
    /// Unit as the documentation names it.
    pub const fn unit(self) -> &'static str {
        match self {
            Kind::Person | Kind::MaybePerson => "identity",
            Kind::Date | Kind::MaybeDate => "date",
            Kind::Days | Kind::MaybeDays => "d",
            Kind::Flag => "yes or no",
            Kind::Word(_) | Kind::MaybeWord(_) => "word",
            Kind::Number(unit) => unit,
        }
    }

    /// Whether a row may have nothing here.
    pub const fn is_nullable(self) -> bool {
        matches!(self, Kind::MaybePerson | Kind::MaybeDate | Kind::MaybeDays | Kind::MaybeWord(_))
    }

    /// Vocabulary of a column of words.
    pub const fn vocabulary(self) -> Option<Vocabulary> {
        match self {
            Kind::Word(v) | Kind::MaybeWord(v) => Some(v),
            _ => None,
        }
    }
}

/// A column of the engine's log, as it lies in memory.
#[derive(Clone, Copy, Debug)]
pub enum Slice<'a> {
    /// Unsigned bytes: codes, never numbers.
    U8(&'a [u8]),
    /// Unsigned, two bytes: codes, never numbers.
    U16(&'a [u16]),
    /// Signed, four bytes.
    I32(&'a [i32]),
    /// Signed, eight bytes.
    I64(&'a [i64]),
}

/// A type that a column of the log can have.
pub trait Stored: Sized {
    /// Arrow's type of a plain number of this type.
    const TYPE: DataType;
    /// Returns the column with its type.
    fn slice(column: &[Self]) -> Slice<'_>;
}

/// Declares the types that a column of the log can have.
macro_rules! stored {
    ($($ty:ty: $variant:ident, $arrow:ident;)+) => {$(
        impl Stored for $ty {
            const TYPE: DataType = DataType::$arrow;
            fn slice(column: &[Self]) -> Slice<'_> { Slice::$variant(column) }
        }
    )+};
}

stored! { u8: U8, UInt8; u16: U16, UInt16; i32: I32, Int32; i64: I64, Int64; }

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Name.
    pub name: &'static str,
    /// What it means, one line.
    pub doc: &'static str,
    /// How its numbers are to be read.
    pub kind: Kind,
    /// Type of a plain number as the engine stores it.
    stored: DataType,
}

impl Column {
    /// Returns Arrow's type.
    pub fn data_type(&self) -> DataType {
        match self.kind {
            Kind::Person | Kind::MaybePerson => DataType::Int64,
            Kind::Date | Kind::MaybeDate => DataType::Date32,
            Kind::Days | Kind::MaybeDays => DataType::Int32,
            Kind::Flag => DataType::Boolean,
            Kind::Word(v) | Kind::MaybeWord(v) => {
                let index = if is_wide(v) { DataType::Int16 } else { DataType::Int8 };
                DataType::Dictionary(Box::new(index), Box::new(DataType::Utf8))
            }
            Kind::Number(_) => self.stored.clone(),
        }
    }

    /// Returns Arrow's type as the documentation names it.
    pub fn type_name(&self) -> String {
        match self.data_type() {
            DataType::Dictionary(index, words) => format!("dictionary<{index}, {words}>").to_lowercase(),
            plain => plain.to_string().to_lowercase(),
        }
    }

    /// Returns Arrow's field, with unit and meaning as metadata.
    pub fn field(&self) -> Field {
        Field::new(self.name, self.data_type(), self.kind.is_nullable())
            .with_metadata([("description", self.doc), ("unit", self.kind.unit())])
    }
}

/// A table of the log.
pub trait Table {
    /// Name of the table.
    fn name(&self) -> &'static str;
    /// What one row is.
    fn doc(&self) -> &'static str;
    /// Columns in order.
    fn columns(&self) -> Vec<Column>;
    /// What is in memory, in the same order.
    fn slices(&self) -> Vec<Slice<'_>>;
    /// Number of rows.
    fn rows(&self) -> usize;
    /// Returns Arrow's schema.
    fn schema(&self) -> Schema {
        let fields: Vec<Field> = self.columns().iter().map(Column::field).collect();
        Schema::new(fields).with_metadata([
            ("stepdown.description", self.doc().to_owned()),
            ("stepdown.format", FORMAT.to_string()),
            ("stepdown.table", self.name().to_owned()),
        ])
    }
}

/// Returns what a reader needs of a column's documentation: what stands before the engine's own note on storage.
fn public(doc: &'static str) -> &'static str {
    doc.split(" -- ").next().unwrap_or(doc)
}

/// Arrow's type of a plain number in a column.
fn stored_type<T: Stored>(_: &[T]) -> DataType {
    T::TYPE
}

/// Declares the public tables: of each column of a log, in order, how its numbers are to be read.
macro_rules! tables {
    ($($rows:ident, $name:literal, $doc:literal { $($field:ident: $kind:expr;)+ })+) => {
        $(impl Table for log::$rows {
            fn name(&self) -> &'static str { $name }
            fn doc(&self) -> &'static str { $doc }
            fn rows(&self) -> usize { self.len() }
            fn slices(&self) -> Vec<Slice<'_>> { vec![$(Stored::slice(&self.$field),)+] }
            fn columns(&self) -> Vec<Column> {
                #[allow(unused_imports, reason = "not every table has columns of every kind")]
                use {Kind::{Date, Days, Flag, MaybeDate, MaybeDays, MaybePerson, MaybeWord, Number, Person, Word}, Vocabulary as V};
                let kinds = [$((stringify!($field), $kind, stored_type(&self.$field)),)+];
                log::$rows::COLUMNS
                    .iter()
                    .zip(kinds)
                    .map(|((name, doc), (_, kind, stored))| Column { name, doc: public(doc), kind, stored })
                    .collect()
            }
        })+

        /// Returns an empty table of each kind, in the order of the output contract.
        pub fn tables() -> Vec<Box<dyn Table>> {
            vec![$(Box::new(log::$rows::default()),)+]
        }

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn every_column_of_the_log_has_its_public_face_in_order() {
                $({
                    let public = [$(stringify!($field),)+];
                    let logged: Vec<&str> = log::$rows::COLUMNS.iter().map(|(name, _)| *name).collect();
                    assert_eq!(public.as_slice(), logged.as_slice(), "{}", $name);
                })+
            }

            #[test]
            fn no_published_number_is_unsigned() {
                for table in tables() {
                    for column in table.columns() {
                        let kind = column.data_type();
                        assert!(!kind.is_unsigned_integer(), "{}.{}: {kind}", table.name(), column.name);
                    }
                }
            }

            #[test]
            fn every_column_is_explained_without_the_engines_codes() {
                for table in tables() {
                    for column in table.columns() {
                        assert!(column.doc.ends_with(['.', ']']), "{}.{}: {}", table.name(), column.name, column.doc);
                        assert!(!column.doc.contains("crate::"), "{}.{}: {}", table.name(), column.name, column.doc);
                    }
                }
            }
        }
    };
}

tables! {
    Events, "events", "One row per event on the pathway, in the order in which they happened." {
        person: Person;
        day: Date;
        event: Word(V::Event);
        from: Word(V::Label);
        to: Word(V::Label);
        unit: MaybeWord(V::Unit);
        area: Word(V::Area);
        decision: MaybeWord(V::Decision);
        cause: Word(V::Cause);
    }
    Spells, "spells", "One row per spell: a stay in one place and unit, written when it ends, or at the end of the run." {
        person: Person;
        place: Word(V::Place);
        unit: MaybeWord(V::Unit);
        area: Word(V::Area);
        commissioner: MaybeWord(V::Commissioner);
        legal: Word(V::Legal);
        legal_end: Word(V::Legal);
        start: Date;
        end: Date;
        ending: Word(V::Ending);
        destination: MaybeWord(V::Place);
        source: MaybeWord(V::Place);
        secure_start: MaybeDate;
        provider_start: MaybeDate;
        wait_clinical: MaybeDays;
        wait_ministry: MaybeDays;
        wait_statutory: MaybeDays;
        ready_days: Days;
        out_of_area: Flag;
        spot: Flag;
    }
    People, "people", "One row per person on the pathway, written at first contact." {
        person: Person;
        sex: Word(V::Sex);
        born: Date;
        ethnicity: Word(V::Ethnicity);
        deprivation: Number("fifth");
        area: Word(V::Area);
        diagnoses: Word(V::Diagnoses);
        primary: Word(V::Diagnosis);
        first_contact: Date;
        from_start: Flag;
    }
    Daily, "daily", "One row per day, commissioner, tier that it commissions and sex: beds, who is in them, who waits, what is missing." {
        day: Date;
        commissioner: Word(V::Commissioner);
        tier: Word(V::Place);
        sex: Word(V::Sex);
        beds: Number("beds");
        held: Number("beds");
        occupied: Number("beds");
        waiting: Number("people");
        ready: Number("people");
        no_place: Number("people");
        no_team: Number("people");
        no_consent: Number("people");
        no_funding: Number("people");
        no_bed: Number("people");
        no_prison: Number("people");
        held_up: Number("people");
        out_of_area: Number("people");
    }
    Areas, "areas", "One row per day and area: prisoners who wait for hospital, and the places and teams of the area, open and taken." {
        day: Date;
        area: Word(V::Area);
        waiting: Number("people");
        over14_need: Number("people");
        over28_need: Number("people");
        over14_referral: Number("people");
        over28_referral: Number("people");
        over14_request: Number("people");
        over28_request: Number("people");
        supported: Number("places");
        supported_taken: Number("places");
        picu: Number("beds");
        picu_taken: Number("beds");
        acute: Number("beds");
        acute_taken: Number("beds");
        open_rehabilitation: Number("beds");
        open_rehabilitation_taken: Number("beds");
        locked_rehabilitation: Number("beds");
        locked_rehabilitation_taken: Number("beds");
        forensic_team: Number("people");
        forensic_team_taken: Number("people");
        mainstream_team: Number("people");
        mainstream_team_taken: Number("people");
    }
    Ledger, "ledger", "One row per year, area, payer and kind: money and health." {
        year: Number("financial year");
        area: Word(V::Area);
        payer: Word(V::Payer);
        payer_kind: Word(V::PayerKind);
        spend: Word(V::Spend);
        pence: Number("pence");
        micro_qaly: Number("millionths of a QALY");
    }
    Accounting, "accounts", "One row per year, party, side, kind of money and kind of the other party: what each earned and spent." {
        year: Number("financial year");
        party: Word(V::Party);
        party_kind: Word(V::PartyKind);
        side: Word(V::Side);
        spend: Word(V::Spend);
        other_kind: Word(V::PartyKind);
        pence: Number("pence");
    }
    Contracts, "contracts", "One row per year and commissioner: what its contract paid for, cash released and notional savings, and what became of its money." {
        year: Number("financial year");
        commissioner: Word(V::Commissioner);
        contract: Word(V::Contract);
        open_days: Number("bed-days");
        occupied_days: Number("bed-days");
        paid: Number("pence");
        wards: Number("pence");
        cash_released: Number("pence");
        notional_saving: Number("pence");
        income: Number("pence");
        spending: Number("pence");
        handed_back: Number("pence");
        reserve: Number("pence");
    }
    Goals, "goals", "One row per year, unit and goal where a part of its income depended on it: what was measured, at risk and paid." {
        year: Number("financial year");
        unit: Word(V::Unit);
        commissioner: Word(V::Commissioner);
        tier: Word(V::Place);
        goal: Word(V::Goal);
        measured: Number("as the goal");
        of: Number("as the goal");
        at_risk: Number("pence");
        paid: Number("pence");
    }
    Gaming, "gaming", "One row per year, commissioner and tier where money moved decisions, or somebody moved on early: how many." {
        year: Number("financial year");
        commissioner: Word(V::Commissioner);
        tier: Word(V::Place);
        moved: Number("millionths");
        early: Number("millionths");
        refused: Number("millionths");
        coded_up: Number("millionths");
        left_early: Number("people");
        returned: Number("people");
    }
    WardEvents, "wards", "One row per order to open or close a ward, and per ward that opened or closed." {
        year: Number("financial year");
        day: Date;
        unit: Word(V::Unit);
        commissioner: Word(V::Commissioner);
        tier: Word(V::Place);
        sex: Word(V::Sex);
        event: Word(V::WardEvent);
        beds: Number("beds");
        moved: Number("people");
    }
    ProgrammeYears, "programmes", "One row per year, programme, thing that it buys and area: what it bought, spent and released." {
        year: Number("financial year");
        programme: Word(V::Programme);
        area: MaybeWord(V::Area);
        buys: Word(V::Bought);
        awarded: Number("pence");
        spent: Number("pence");
        set_up: Number("pence");
        unspent: Number("pence");
        bought: Number("places");
        open: Number("places");
        taken: Number("places");
        moved: Number("people");
        released: Number("pence");
        promised: Number("pence");
        score: Number("thousandths");
    }
    Budgeting, "budgets", "One row per quarter and payer with a budget: what it has, has spent and is committed to, and whether it had to refuse anything." {
        year: Number("financial year");
        day: Date;
        payer: Word(V::Payer);
        payer_kind: Word(V::PayerKind);
        budget: Number("pence");
        spent: Number("pence");
        forecast: Number("pence");
        reserve: Number("pence");
        refused: Number("refusals");
        bound: Flag;
    }
    Refusals, "refusals", "One row per person or ward and thing that a payer refused for want of money, on the day on which it first did." {
        year: Number("financial year");
        day: Date;
        payer: Word(V::Payer);
        payer_kind: Word(V::PayerKind);
        what: Word(V::Refusal);
        person: MaybePerson;
        area: MaybeWord(V::Area);
        unit: MaybeWord(V::Unit);
        cost: Number("pence a day");
        available: Number("pence a year");
    }
    Orders, "orders", "One row per order of a commissioner at the end of a quarter, or for ordering nothing: what, how much of it was done, and why." {
        year: Number("financial year");
        day: Date;
        commissioner: Word(V::Commissioner);
        what: Word(V::Order);
        unit: MaybeWord(V::Unit);
        area: MaybeWord(V::Area);
        wanted: Number("beds or people");
        done: Number("beds or people");
        cost: Number("pence a day");
        available: Number("pence a year");
        why: Word(V::OrderReason);
    }
    Tally, "population", "One row per year, area, sex and age band: the whole population, and what happened in the year." {
        year: Number("financial year");
        area: Word(V::Area);
        sex: Word(V::Sex);
        age_band: Word(V::AgeBand);
        alive: Number("people");
        ill: Number("people");
        remand: Number("people");
        sentenced: Number("people");
        deaths: Number("people");
        births: Number("people");
        arrived: Number("people");
        departed: Number("people");
        onsets: Number("people");
        charges: Number("charges");
        receptions: Number("receptions");
        person_days: Number("d");
    }
    Wellbeing, "wellbeing", "One row per year, area, sex and place where somebody on the pathway is: how they live on the last day of the year." {
        year: Number("financial year");
        area: Word(V::Area);
        sex: Word(V::Sex);
        place: Word(V::Place);
        people: Number("people");
        employed: Number("people");
        settled: Number("people");
        close: Number("people");
        metabolic: Number("people");
        hope: Number("millionths");
    }
}
