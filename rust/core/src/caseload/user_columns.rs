//! Columns that a researcher attaches to people on the caseload: typed, with a default, part of the run's state.
//!
//! A case has the default until something is written; somebody who comes back to the caseload begins with it again.

use serde::{Deserialize, Serialize};

use crate::error::SimError;

/// Values of one type: a row that lies beyond what was written has the default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filled<T> {
    default: T,
    values: Vec<T>,
}

impl<T: Copy> Filled<T> {
    /// A column in which every row has the default.
    pub fn new(default: T) -> Filled<T> {
        Filled { default, values: Vec::new() }
    }

    /// Value of a row.
    #[inline]
    pub fn get(&self, row: u32) -> T {
        self.values.get(row as usize).copied().unwrap_or(self.default)
    }

    /// Writes a row.
    pub fn set(&mut self, row: u32, value: T) {
        let row = row as usize;
        if self.values.len() <= row {
            self.values.resize(row + 1, self.default);
        }
        self.values[row] = value;
    }
}

/// The values of an own column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UserValues {
    /// Real numbers.
    Real(Filled<f64>),
    /// Whole numbers.
    Whole(Filled<i64>),
    /// Yes or no.
    Flag(Filled<bool>),
}

impl UserValues {
    /// Name of the type.
    pub const fn type_name(&self) -> &'static str {
        match self {
            UserValues::Real(_) => "float",
            UserValues::Whole(_) => "int",
            UserValues::Flag(_) => "bool",
        }
    }

    /// Value of a row as a number: 0 or 1 for no and yes.
    pub fn number(&self, row: u32) -> f64 {
        match self {
            UserValues::Real(v) => v.get(row),
            UserValues::Whole(v) => v.get(row) as f64,
            UserValues::Flag(v) => f64::from(u8::from(v.get(row))),
        }
    }

    /// Whether both have the same type and default.
    fn agrees(&self, other: &UserValues) -> bool {
        match (self, other) {
            (UserValues::Real(a), UserValues::Real(b)) => a.default.to_bits() == b.default.to_bits(),
            (UserValues::Whole(a), UserValues::Whole(b)) => a.default == b.default,
            (UserValues::Flag(a), UserValues::Flag(b)) => a.default == b.default,
            _ => false,
        }
    }
}

/// A column that a researcher has attached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserColumn {
    /// Name.
    pub name: String,
    /// Values by case.
    pub values: UserValues,
}

/// What is written into an own column: one value for each row.
#[derive(Clone, Copy, Debug)]
pub enum GivenValues<'a> {
    /// Real numbers.
    Real(&'a [f64]),
    /// Whole numbers.
    Whole(&'a [i64]),
    /// Yes or no.
    Flag(&'a [bool]),
}

/// All columns that a researcher has attached, in the order in which they were declared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserColumns(Vec<UserColumn>);

impl UserColumns {
    /// The columns.
    pub fn all(&self) -> &[UserColumn] {
        &self.0
    }

    /// Finds a column by name.
    pub fn find(&self, name: &str) -> Option<&UserColumn> {
        self.0.iter().find(|c| c.name == name)
    }

    /// Whether these can be columns of so many cases.
    pub fn fits(&self, cases: usize) -> bool {
        self.0.iter().all(|c| match &c.values {
            UserValues::Real(v) => {
                v.values.len() <= cases && v.values.iter().chain([&v.default]).all(|x| x.is_finite())
            }
            UserValues::Whole(v) => v.values.len() <= cases,
            UserValues::Flag(v) => v.values.len() <= cases,
        })
    }

    /// Attaches a column. One that is there already, after a snapshot, keeps its values if type and default agree.
    ///
    /// # Errors
    /// [`SimError::Usage`] if one of this name and another type or default is there, or the default isn't finite.
    pub fn declare(&mut self, name: &str, values: UserValues) -> Result<(), SimError> {
        if let UserValues::Real(v) = &values {
            finite(name, v.default)?;
        }
        match self.find(name) {
            None => self.0.push(UserColumn { name: name.to_owned(), values }),
            Some(known) if known.values.agrees(&values) => {}
            Some(known) => {
                return Err(SimError::Usage(format!(
                    "own column {name}: it is there already, with another type or default; allowed: {} with its default",
                    known.values.type_name()
                )));
            }
        }
        Ok(())
    }

    /// Writes one number for each of some rows, as the column's type has it: whole, or 0 and 1 for no and yes.
    ///
    /// # Errors
    /// As [`UserColumns::write`].
    pub fn write_numbers(&mut self, name: &str, rows: &[u32], given: &[f64]) -> Result<(), SimError> {
        let odd = |allowed: &str| {
            SimError::Usage(format!("own column {name}: a value is no {allowed}; allowed: one for each row"))
        };
        match self.find(name).map(|c| &c.values) {
            Some(UserValues::Whole(_)) => {
                if given.iter().any(|v| *v != libm::trunc(*v)) {
                    return Err(odd("whole number"));
                }
                let whole: Vec<i64> = given.iter().map(|v| *v as i64).collect();
                self.write(name, rows, GivenValues::Whole(&whole))
            }
            Some(UserValues::Flag(_)) => {
                if given.iter().any(|v| *v != 0.0 && *v != 1.0) {
                    return Err(odd("flag, 0 or 1"));
                }
                let flags: Vec<bool> = given.iter().map(|v| *v == 1.0).collect();
                self.write(name, rows, GivenValues::Flag(&flags))
            }
            _ => self.write(name, rows, GivenValues::Real(given)),
        }
    }

    /// Writes one value for each of some rows; nothing is written if one of them can't be.
    ///
    /// # Errors
    /// [`SimError::Unknown`] if the column is not there, [`SimError::Usage`] if it has another type or another length, or a number isn't finite.
    pub fn write(&mut self, name: &str, rows: &[u32], given: GivenValues<'_>) -> Result<(), SimError> {
        let allowed = self.0.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
        let Some(column) = self.0.iter_mut().find(|c| c.name == name) else {
            return Err(SimError::Unknown { what: "own column", found: name.to_owned(), allowed });
        };
        match (&mut column.values, given) {
            (UserValues::Real(v), GivenValues::Real(given)) => {
                given.iter().try_for_each(|x| finite(name, *x))?;
                fill(name, v, rows, given)
            }
            (UserValues::Whole(v), GivenValues::Whole(given)) => fill(name, v, rows, given),
            (UserValues::Flag(v), GivenValues::Flag(given)) => fill(name, v, rows, given),
            (values, given) => {
                let found = match given {
                    GivenValues::Real(_) => "float",
                    GivenValues::Whole(_) => "int",
                    GivenValues::Flag(_) => "bool",
                };
                let holds = values.type_name();
                Err(SimError::Usage(format!("own column {name}: values of type {found}; allowed: {holds}")))
            }
        }
    }
}

fn finite(name: &str, value: f64) -> Result<(), SimError> {
    if value.is_finite() {
        return Ok(());
    }
    Err(SimError::Usage(format!("own column {name}: {value}; allowed: finite numbers")))
}

fn fill<T: Copy>(name: &str, column: &mut Filled<T>, rows: &[u32], given: &[T]) -> Result<(), SimError> {
    if rows.len() != given.len() {
        let (found, rows) = (given.len(), rows.len());
        return Err(SimError::Usage(format!(
            "own column {name}: {found} values for {rows} rows; allowed: one for each"
        )));
    }
    for (row, value) in rows.iter().zip(given) {
        column.set(*row, *value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust() -> UserColumns {
        let mut own = UserColumns::default();
        own.declare("trust", UserValues::Real(Filled::new(0.5))).expect("a finite default");
        own
    }

    #[test]
    fn a_row_has_the_default_until_something_is_written() {
        let mut own = trust();
        own.write("trust", &[3], GivenValues::Real(&[0.9])).expect("it is declared");
        let values = &own.find("trust").expect("it is declared").values;
        assert_eq!([0, 3, 4, 1_000_000].map(|row| values.number(row)), [0.5, 0.9, 0.5, 0.5]);
    }

    #[test]
    fn a_column_declared_again_keeps_its_values_and_another_of_its_name_is_refused() {
        let mut own = trust();
        own.write("trust", &[0], GivenValues::Real(&[0.9])).expect("it is declared");
        own.declare("trust", UserValues::Real(Filled::new(0.5))).expect("the same");
        assert_eq!(own.find("trust").expect("it is declared").values.number(0), 0.9);
        assert!(own.declare("trust", UserValues::Whole(Filled::new(1))).is_err());
        assert!(own.declare("trust", UserValues::Real(Filled::new(0.6))).is_err());
    }

    #[test]
    fn nothing_is_written_that_does_not_fit() {
        let mut own = trust();
        let before = own.clone();
        assert!(own.write("trust", &[0, 1], GivenValues::Real(&[0.1, f64::NAN])).is_err());
        assert!(own.write("trust", &[0, 1], GivenValues::Real(&[0.1])).is_err());
        assert!(own.write("trust", &[0], GivenValues::Flag(&[true])).is_err());
        assert!(own.write("faith", &[0], GivenValues::Real(&[0.1])).is_err());
        assert!(own.declare("hope", UserValues::Real(Filled::new(f64::INFINITY))).is_err());
        assert_eq!(own, before);
    }
}
