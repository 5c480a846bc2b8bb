//! Which columns of a case have no value: a set that a whole queue can be asked about quickly.

use super::columns::{CaseColumn, CaseRow};

/// A set of those columns of a case that can be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nulls(u64);

/// How many columns can be null.
const COUNT: usize = {
    let (mut count, mut column) = (0, 0);
    while column < CaseColumn::COUNT {
        count += CaseColumn::ALL[column].nullable() as usize;
        column += 1;
    }
    count
};

/// The columns that can be null; the place of each is its bit in a set.
const COLUMNS: [CaseColumn; COUNT] = {
    let mut out = [CaseColumn::ALL[0]; COUNT];
    let (mut found, mut column) = (0, 0);
    while column < CaseColumn::COUNT {
        if CaseColumn::ALL[column].nullable() {
            out[found] = CaseColumn::ALL[column];
            found += 1;
        }
        column += 1;
    }
    out
};

impl Nulls {
    /// No column.
    pub(super) const NONE: Nulls = Nulls(0);

    /// Returns the set of one column: no column, if it always has a value.
    pub(super) fn column(column: CaseColumn) -> Nulls {
        COLUMNS.iter().position(|c| *c == column).map_or(Nulls::NONE, |bit| Nulls(1 << bit))
    }

    /// Returns the columns that are null in a case.
    #[inline]
    pub(super) fn of(case: &CaseRow) -> Nulls {
        let null = COLUMNS.iter().enumerate().map(|(bit, column)| u64::from(case[*column as usize].is_nan()) << bit);
        Nulls(null.fold(0, |all, one| all | one))
    }

    /// Returns the columns of both sets.
    pub(super) const fn union(self, other: Nulls) -> Nulls {
        Nulls(self.0 | other.0)
    }

    /// Whether the sets have a column in common.
    #[inline]
    pub(super) const fn overlaps(self, other: Nulls) -> bool {
        self.0 & other.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nulls_of_a_case_are_those_of_its_columns_that_have_no_value() {
        for column in CaseColumn::ALL {
            let mut case = [0.0; CaseColumn::COUNT];
            assert_eq!(Nulls::of(&case), Nulls::NONE);
            case[*column as usize] = f64::NAN;
            assert_eq!(Nulls::of(&case), Nulls::column(*column));
            assert_eq!(Nulls::column(*column) != Nulls::NONE, column.nullable(), "{}", column.name());
        }
    }

    #[test]
    fn columns_are_kept_apart() {
        let (reading, security) = (Nulls::column(CaseColumn::Reading), Nulls::column(CaseColumn::Security));
        assert!(!reading.overlaps(security));
        assert!(reading.union(security).overlaps(security));
    }
}
