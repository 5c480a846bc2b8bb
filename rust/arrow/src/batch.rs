//! The engine's columns as record batches.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::types::{ArrowDictionaryKeyType, Int8Type, Int16Type};
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Int32Array, Int64Array, PrimitiveArray, RecordBatch,
    UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, SchemaRef};
use stepdown_core::calendar::UNIX_EPOCH;

use crate::error::OutputError;
use crate::schema::{Column, Kind, Slice, Table};
use crate::words::{Dictionary, Vocabulary};

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
            let values = ScalarBuffer::from_iter(dates(&days[rows]));
            Arc::new(Date32Array::try_new(values, Some(known)).map_err(arrow)?)
        }
        (Kind::MaybeDays, Slice::I32(days)) => {
            let known = days[rows.clone()].iter().map(|d| *d != -1).collect::<NullBuffer>();
            Arc::new(Int32Array::try_new(days[rows].to_vec().into(), Some(known)).map_err(arrow)?)
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
            if v.is_wide() {
                words::<Int16Type>(indices, nothing, dictionary, v).map_err(arrow)?
            } else {
                words::<Int8Type>(indices, nothing, dictionary, v).map_err(arrow)?
            }
        }
        (Kind::Days, Slice::I32(v)) | (Kind::Number(_), Slice::I32(v)) => Arc::new(Int32Array::from(v[rows].to_vec())),
        (Kind::Person | Kind::Number(_), Slice::U64(v)) => Arc::new(UInt64Array::from(v[rows].to_vec())),
        (Kind::Number(_), Slice::U8(v)) => Arc::new(UInt8Array::from(v[rows].to_vec())),
        (Kind::Number(_), Slice::U16(v)) => Arc::new(UInt16Array::from(v[rows].to_vec())),
        (Kind::Number(_), Slice::U32(v)) => Arc::new(UInt32Array::from(v[rows].to_vec())),
        (Kind::Number(_), Slice::I64(v)) => Arc::new(Int64Array::from(v[rows].to_vec())),
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
    indices: Vec<i16>,
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
