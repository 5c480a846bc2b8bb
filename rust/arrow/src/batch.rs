//! Rows of the engine's log as record batches: codes become words, days dates, sentinels nulls.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::types::{ArrowDictionaryKeyType, Int8Type, Int16Type};
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Int32Array, Int64Array, PrimitiveArray, RecordBatch,
};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, SchemaRef};
use stepdown_core::calendar::UNIX_EPOCH;

use crate::error::OutputError;
use crate::schema::{Column, Kind, Slice, Table};
use crate::words::{Dictionary, Vocabulary, is_wide};

/// Rows of one record batch: what is held twice in memory while a year is written.
pub const ROWS: usize = 1 << 17;

/// Returns the rows of a table as record batches of at most [`ROWS`], one at a time.
pub fn batches<'a>(
    table: &'a dyn Table,
    dictionary: &'a Dictionary,
) -> impl Iterator<Item = Result<RecordBatch, OutputError>> + 'a {
    let schema: SchemaRef = Arc::new(table.schema());
    let columns = table.columns();
    (0..table.rows()).step_by(ROWS).map(move |from| {
        let rows = from..(from + ROWS).min(table.rows());
        let arrays = columns
            .iter()
            .zip(table.slices())
            .map(|(column, slice)| array(table.name(), column, slice, rows.clone(), dictionary))
            .collect::<Result<Vec<ArrayRef>, OutputError>>()?;
        RecordBatch::try_new(schema.clone(), arrays)
            .map_err(|source| OutputError::Arrow { table: table.name(), source })
    })
}

/// Returns rows of one column as an Arrow array.
fn array(
    table: &'static str,
    column: &Column,
    slice: Slice<'_>,
    rows: Range<usize>,
    dictionary: &Dictionary,
) -> Result<ArrayRef, OutputError> {
    let arrow = |source: ArrowError| OutputError::Arrow { table, source };
    let mismatch = || arrow(ArrowError::SchemaError(format!("{}: stored as {slice:.0?}", column.name)));
    Ok(match (column.kind, slice) {
        (Kind::Date, Slice::I32(days)) => Arc::new(Date32Array::from_iter_values(dates(&days[rows]))),
        (Kind::MaybeDate, Slice::I32(days)) => {
            let known = days[rows.clone()].iter().map(|d| *d != -1).collect::<NullBuffer>();
            let values: ScalarBuffer<i32> = dates(&days[rows]).collect();
            Arc::new(Date32Array::try_new(values, Some(known)).map_err(arrow)?)
        }
        (Kind::MaybeDays, Slice::I32(days)) => {
            let known = days[rows.clone()].iter().map(|d| *d != -1).collect::<NullBuffer>();
            Arc::new(Int32Array::try_new(days[rows].to_vec().into(), Some(known)).map_err(arrow)?)
        }
        (Kind::MaybePerson, Slice::I64(people)) => {
            let known = people[rows.clone()].iter().map(|p| *p != -1).collect::<NullBuffer>();
            Arc::new(Int64Array::try_new(people[rows].to_vec().into(), Some(known)).map_err(arrow)?)
        }
        (Kind::Flag, Slice::U8(flags)) => Arc::new(flags[rows].iter().map(|f| Some(*f != 0)).collect::<BooleanArray>()),
        (Kind::Word(v) | Kind::MaybeWord(v), slice) => {
            let first = rows.start;
            let missing = |row: usize, code: i64| OutputError::Code {
                table,
                column: column.name,
                row: first + row,
                code,
                vocabulary: v.name(),
            };
            let nothing = column.kind.is_nullable();
            let position = &dictionary.words(v).position;
            let indices = match slice {
                Slice::U8(codes) => indices(&codes[rows], position, nothing.then_some(u8::MAX)),
                Slice::U16(codes) => indices(&codes[rows], position, nothing.then_some(u16::MAX)),
                _ => return Err(mismatch()),
            }
            .map_err(|(row, code)| missing(row, code))?;
            if is_wide(v) {
                words::<Int16Type>(&indices, nothing, dictionary, v).map_err(arrow)?
            } else {
                words::<Int8Type>(&indices, nothing, dictionary, v).map_err(arrow)?
            }
        }
        (Kind::Days | Kind::Number(_), Slice::I32(v)) => Arc::new(Int32Array::from(v[rows].to_vec())),
        (Kind::Person | Kind::Number(_), Slice::I64(v)) => Arc::new(Int64Array::from(v[rows].to_vec())),
        _ => return Err(mismatch()),
    })
}

/// Turns the engine's days into Arrow's.
fn dates(days: &[i32]) -> impl Iterator<Item = i32> + '_ {
    days.iter().map(|d| d - UNIX_EPOCH)
}

/// Returns the position of each code among the words, −1 for nothing; or the first (row, code) without a word.
fn indices<C>(codes: &[C], position: &[i16], nothing: Option<C>) -> Result<Vec<i16>, (usize, i64)>
where
    C: Copy + PartialEq + Into<usize> + Into<i64>,
{
    codes
        .iter()
        .enumerate()
        .map(|(row, code)| {
            let index: usize = (*code).into();
            match position.get(index) {
                _ if Some(*code) == nothing => Ok(-1),
                Some(p) if *p >= 0 => Ok(*p),
                _ => Err((row, (*code).into())),
            }
        })
        .collect()
}

/// Returns a column of words.
fn words<K: ArrowDictionaryKeyType>(
    indices: &[i16],
    nothing: bool,
    dictionary: &Dictionary,
    vocabulary: Vocabulary,
) -> Result<ArrayRef, ArrowError>
where
    K::Native: TryFrom<i16>,
{
    let known = nothing.then(|| indices.iter().map(|i| *i >= 0).collect::<NullBuffer>());
    let keys = indices
        .iter()
        .map(|i| K::Native::try_from((*i).max(0)))
        .collect::<Result<Vec<K::Native>, _>>()
        .map_err(|_| ArrowError::DictionaryKeyOverflowError)?;
    let values = dictionary.words(vocabulary).values.clone();
    // Nothing has key 0: Arrow checks the keys of known rows only.
    let keys = PrimitiveArray::<K>::try_new(keys.into(), known)?;
    Ok(Arc::new(DictionaryArray::try_new(keys, values)?))
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Date32Type, Int32Type};
    use arrow_array::{Array, StringArray};
    use stepdown_core::codes::{Decision, Event, Label, Place};
    use stepdown_core::log::{EventRow, Events, SpellRow, Spells};

    use super::*;
    use crate::words::Names;

    fn dictionary() -> Dictionary {
        let names = |prefix: &str, n: usize| (0..n).map(|k| format!("{prefix} {k}")).collect();
        Dictionary::new(&Names {
            areas: names("area", 42),
            units: names("unit", 200),
            commissioners: names("commissioner", 16),
            providers: names("provider", 90),
            programmes: names("programme", 2),
        })
    }

    fn event(unit: u16, decision: u8) -> EventRow {
        EventRow {
            person: 1 << 52,
            day: UNIX_EPOCH + 1,
            event: Event::Decision as u8,
            from: 0,
            to: Label::answer(Decision::Consent, 1).0,
            unit,
            area: 41,
            decision,
            cause: 0,
        }
    }

    fn spell() -> SpellRow {
        SpellRow {
            person: 7,
            place: Place::Medium as u8,
            unit: 3,
            area: 0,
            commissioner: 255,
            legal: 5,
            legal_end: 5,
            start: UNIX_EPOCH,
            end: UNIX_EPOCH + 10,
            ending: 0,
            destination: 255,
            source: 3,
            secure_start: -1,
            provider_start: UNIX_EPOCH,
            wait_clinical: -1,
            wait_ministry: 0,
            wait_statutory: 12,
            ready_days: 0,
            out_of_area: 1,
            spot: 0,
        }
    }

    fn only(table: &dyn Table) -> RecordBatch {
        let all: Vec<RecordBatch> = batches(table, &dictionary()).collect::<Result<_, _>>().unwrap();
        assert_eq!(all.len(), 1);
        all[0].clone()
    }

    fn word(batch: &RecordBatch, column: &str, row: usize) -> Option<String> {
        let column = batch.column_by_name(column).unwrap();
        let dictionary = column.as_any_dictionary();
        let words = dictionary.values().as_any().downcast_ref::<StringArray>().unwrap();
        column.is_valid(row).then(|| words.value(dictionary.normalized_keys()[row]).to_owned())
    }

    #[test]
    fn codes_become_words_and_the_greatest_code_nothing() {
        let mut events = Events::default();
        events.push(event(199, Decision::Consent as u8));
        events.push(event(u16::MAX, u8::MAX));
        let batch = only(&events);
        assert_eq!(word(&batch, "event", 0).as_deref(), Some("decision"));
        assert_eq!(word(&batch, "to", 0).as_deref(), Some("grant"));
        assert_eq!(word(&batch, "unit", 0).as_deref(), Some("unit 199"));
        assert_eq!(word(&batch, "area", 0).as_deref(), Some("area 41"));
        assert_eq!(word(&batch, "decision", 0).as_deref(), Some("consent"));
        assert_eq!(word(&batch, "unit", 1), None);
        assert_eq!(word(&batch, "decision", 1), None);
    }

    #[test]
    fn days_become_dates_and_minus_one_nothing() {
        let mut spells = Spells::default();
        spells.push(spell());
        let batch = only(&spells);
        let dates = |name: &str| batch.column_by_name(name).unwrap().as_primitive::<Date32Type>().clone();
        let days = |name: &str| batch.column_by_name(name).unwrap().as_primitive::<Int32Type>().clone();
        assert_eq!((dates("start").value(0), dates("end").value(0)), (0, 10));
        assert!(dates("secure_start").is_null(0));
        assert_eq!(dates("provider_start").value(0), 0);
        assert!(days("wait_clinical").is_null(0));
        assert_eq!((days("wait_ministry").value(0), days("wait_statutory").value(0)), (0, 12));
        assert!(batch.column_by_name("out_of_area").unwrap().as_boolean().value(0));
    }

    #[test]
    fn a_code_without_a_word_is_a_fault_that_names_its_row() {
        let mut events = Events::default();
        events.push(event(0, 0));
        events.push(event(200, 0));
        let fault = batches(&events, &dictionary()).next().unwrap().unwrap_err();
        assert_eq!(fault.to_string(), "events.unit, row 1: code 200 is not in the vocabulary 'unit'");
        events.unit[1] = 0;
        events.event[0] = u8::MAX;
        let fault = batches(&events, &dictionary()).next().unwrap().unwrap_err();
        assert_eq!(fault.to_string(), "events.event, row 0: code 255 is not in the vocabulary 'event'");
    }

    #[test]
    fn batches_hold_every_row_once_and_no_more_than_their_size() {
        let mut events = Events::default();
        for k in 0..ROWS + 5 {
            events.push(EventRow { person: k as i64, ..event(0, 0) });
        }
        let sizes: Vec<usize> = batches(&events, &dictionary()).map(|b| b.unwrap().num_rows()).collect();
        assert_eq!(sizes, [ROWS, 5]);
        assert_eq!(batches(&Events::default(), &dictionary()).count(), 0);
    }
}
