//! What cases, units, people and commissioners are called by: each number has a type, so that none is taken for another.

use serde::{Deserialize, Serialize};

/// Declares an identifier: a number with a type of its own.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident($number:ty)) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $number);

        impl $name {
            /// Returns the place in a list.
            #[inline(always)]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$name> for $number {
            #[inline(always)]
            fn from(id: $name) -> $number {
                id.0
            }
        }
    };
}

id! {
    /// A row of the caseload; a row keeps its number for the whole run.
    CaseId(u32)
}
id! {
    /// A secure unit, by its place in the plan.
    UnitId(u16)
}
id! {
    /// A person's identity, the same in every table.
    PersonId(u64)
}
impl PersonId {
    /// Bits of the engine's identity that the published number leaves out: what is left fits a double, as R and JavaScript have it.
    const UNPUBLISHED: u32 = 11;
    /// The number after the greatest that is published.
    pub const NUMBERS: i64 = 1 << (u64::BITS - PersonId::UNPUBLISHED);

    /// Returns the number under which the person is published, unless somebody else on the pathway had it before.
    pub const fn number(self) -> i64 {
        (self.0 >> PersonId::UNPUBLISHED) as i64
    }

    /// Returns the identities that have a number: the first and the last.
    pub const fn sharing(number: i64) -> (PersonId, PersonId) {
        let first = (number as u64) << PersonId::UNPUBLISHED;
        (PersonId(first), PersonId(first | ((1 << PersonId::UNPUBLISHED) - 1)))
    }
}

id! {
    /// A commissioner, by its place in the plan; NHS England is the last.
    CommissionerId(u8)
}
id! {
    /// An organisation that runs units and wards on one site or several: the provider.
    ProviderId(u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_number_survives_a_double_and_names_its_identities() {
        for id in [0, 1, 2_047, 2_048, 1 << 53, u64::MAX / 3, u64::MAX - 1, u64::MAX].map(PersonId) {
            let number = id.number();
            assert!((0..PersonId::NUMBERS).contains(&number), "{number}");
            assert_eq!(number as f64 as i64, number);
            let (first, last) = PersonId::sharing(number);
            assert!(first <= id && id <= last && first.number() == last.number(), "{number}");
        }
        assert_eq!(PersonId::NUMBERS, 1 << 53);
    }
}
