//! Copy-on-write column: readers hold an immutable snapshot while the engine keeps writing.
//!
//! [`Shared::view`] hands out the memory itself. As long as nobody holds a view, the engine writes in place; otherwise it
//! copies the column once and goes on with the copy. So memory that a reader holds never moves and never changes.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A column: read it as a `Vec`, write through [`DerefMut`], or once for many rows through `&mut Vec`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared<T>(Arc<Vec<T>>);

impl<T> Shared<T> {
    /// Returns the column as it is now, without a copy.
    pub fn view(&self) -> Arc<Vec<T>> {
        self.0.clone()
    }
}

impl<T> From<Vec<T>> for Shared<T> {
    fn from(column: Vec<T>) -> Shared<T> {
        Shared(Arc::new(column))
    }
}

impl<T> Deref for Shared<T> {
    type Target = Vec<T>;

    #[inline]
    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        if Arc::get_mut(&mut self.0).is_none() {
            // A clone would have no room for newcomers, and double when the first one comes.
            let mut own = Vec::with_capacity(self.0.capacity());
            own.extend_from_slice(&self.0);
            self.0 = Arc::new(own);
        }
        Arc::make_mut(&mut self.0)
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (*self.0).serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Shared<T>, D::Error> {
        Vec::deserialize(deserializer).map(Shared::from)
    }
}

/// An array of any length, as its elements one after the other.
pub(crate) mod array {
    use serde::de::{Error, SeqAccess, Visitor};
    use serde::ser::SerializeTuple;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes the elements.
    pub(crate) fn serialize<S: Serializer, T: Serialize, const N: usize>(
        array: &[T; N],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let mut tuple = to.serialize_tuple(N)?;
        array.iter().try_for_each(|value| tuple.serialize_element(value))?;
        tuple.end()
    }

    /// Reads the elements.
    struct Elements<T, const N: usize>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de> + Copy + Default, const N: usize> Visitor<'de> for Elements<T, N> {
        type Value = [T; N];

        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            write!(f, "{N} elements")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<[T; N], A::Error> {
            let mut array = [T::default(); N];
            for (at, value) in array.iter_mut().enumerate() {
                *value = sequence.next_element()?.ok_or_else(|| A::Error::invalid_length(at, &self))?;
            }
            Ok(array)
        }
    }

    /// Reads the elements.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de> + Copy + Default, const N: usize>(
        from: D,
    ) -> Result<[T; N], D::Error> {
        from.deserialize_tuple(N, Elements(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column() -> Shared<u16> {
        let mut column = Shared::default();
        column.reserve_exact(100);
        column.extend([1, 2, 3]);
        column
    }

    #[test]
    fn what_nobody_looks_at_is_written_in_place() {
        let mut c = column();
        let before = c.as_ptr();
        c[1] = 7;
        assert_eq!((c.as_ptr(), c.as_slice()), (before, &[1, 7, 3][..]));
    }

    #[test]
    fn a_view_stays_as_it_was_and_where_it_was() {
        let mut c = column();
        let view = c.view();
        let at = view.as_ptr();
        c[0] = 9;
        c.push(4);
        assert_eq!((view.as_ptr(), view.as_slice()), (at, &[1, 2, 3][..]));
        assert_eq!(c.as_slice(), &[9, 2, 3, 4]);
        assert!(c.capacity() >= 100, "the room for newcomers is kept");
    }

    #[test]
    fn a_copy_is_made_once() {
        let mut c = column();
        let view = c.view();
        c[0] = 9;
        let at = c.as_ptr();
        c[1] = 9;
        assert_eq!(c.as_ptr(), at);
        drop(view);
    }
}
