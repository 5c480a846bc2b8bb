//! What a researcher sees of the population: birth without a copy, the rest unpacked on request.
//!
//! On 1 April everybody whom the caseload doesn't hold lives the whole year, so a state that can change is the one at the
//! end of that year. Who is in England is known for every day.

use std::sync::Arc;

use super::columns::{Bits, Presence};
use super::residents::Population;
use crate::calendar::Day;
use crate::codes::Vocabulary;
use crate::ids::PersonId;

/// A column of the population.
pub struct Column {
    /// Name.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// What it means, one line.
    pub doc: &'static str,
    /// Words of its codes, if it has any.
    pub words: Option<Vocabulary>,
    /// Where its values are.
    field: Field,
}

/// Where the values of a column are.
#[derive(Clone, Copy)]
enum Field {
    /// The identities.
    Person,
    /// The birth days.
    Born,
    /// Who is present.
    Present,
    /// Whom the caseload holds.
    Held,
    /// A field of the bits.
    Bits(fn(Bits) -> u32),
}

/// A column's values.
pub enum Values {
    /// Numbers of people.
    Person(Vec<i64>),
    /// Days, without a copy.
    Day(Arc<Vec<u16>>),
    /// Yes or no.
    Flag(Vec<bool>),
    /// Codes and small numbers.
    Code(Vec<i8>),
}

/// Declares the columns.
macro_rules! columns {
    ($($name:literal, $unit:literal, $words:expr, $field:expr, $doc:literal;)+) => {
        /// Every column, in order.
        pub static COLUMNS: &[Column] =
            &[$(Column { name: $name, unit: $unit, doc: $doc, words: $words, field: $field }),+];
    };
}

columns! {
    "person", "identity", None, Field::Person, "Number of the person, as in the output.";
    "born", "date", None, Field::Born, "Birth day.";
    "present", "flag", None, Field::Present, "Alive and in England at the close of the last day.";
    "sex", "word", Some(Vocabulary::Sex), Field::Bits(Bits::sex), "Sex, as recorded at birth.";
    "ethnicity", "word", Some(Vocabulary::Ethnicity), Field::Bits(Bits::ethnicity), "Ethnic group.";
    "deprivation", "fifth", None, Field::Bits(Bits::deprivation), "Fifth of deprivation, 1 (most deprived) to 5.";
    "area", "word", Some(Vocabulary::Area), Field::Bits(Bits::area), "Home area at the end of the lived year.";
    "disorder", "word", Some(Vocabulary::Disorder), Field::Bits(Bits::disorder), "Severe mental disorder at the end of the lived year.";
    "history", "band", None, Field::Bits(Bits::history), "History of offending at the end of the lived year: 0 none, 1 some, 2 repeated, 3 prolific.";
    "justice", "word", Some(Vocabulary::Justice), Field::Bits(Bits::justice), "Where the person stands with justice at the end of the lived year.";
    "contacts", "count", None, Field::Bits(Bits::contacts), "Times on the caseload before, at most 7.";
    "held", "flag", None, Field::Held, "On the caseload, or coming to it before the end of the lived year: the states are those of that day.";
}

impl Column {
    /// Finds a column by name.
    pub fn find(name: &str) -> Option<&'static Column> {
        COLUMNS.iter().find(|c| c.name == name)
    }
}

impl Population {
    /// Returns a column of everybody who has a row, at the close of `day`; rows of nobody are not `present`.
    pub fn column(&self, column: &Column, day: Day) -> Values {
        let bits = || self.register.columns.bits.iter().map(|b| Bits(*b));
        match column.field {
            Field::Person => Values::Person(self.register.columns.id.iter().map(|id| PersonId(*id).number()).collect()),
            Field::Born => Values::Day(self.register.columns.born.view()),
            Field::Held => Values::Flag(bits().map(|b| b.present() && b.on_caseload() == 1).collect()),
            Field::Bits(of) => Values::Code(bits().map(|b| of(b) as i8).collect()),
            Field::Present => {
                let due = self.register.columns.due.iter().map(|d| Day::from(*d));
                let mut present: Vec<bool> = bits()
                    .zip(due)
                    .map(|(bits, due)| match Presence::ALL[bits.presence() as usize] {
                        Presence::Present => true,
                        Presence::Vacant => false,
                        Presence::Dead | Presence::Left => due > day,
                    })
                    .collect();
                for entry in &self.register.entered {
                    present[entry.row as usize] &= Day::from(entry.day) <= day;
                }
                Values::Flag(present)
            }
        }
    }
}
