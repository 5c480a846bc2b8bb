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
id! {
    /// A commissioner, by its place in the plan; NHS England is the last.
    CommissionerId(u8)
}
id! {
    /// A site of one or more units: the provider.
    SiteId(u16)
}
