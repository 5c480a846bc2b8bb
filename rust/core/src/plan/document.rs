//! Reads a JSON document into typed structures, and says where in it a fault is: `parameters.court.unfit`, `areas[3].region`.
//!
//! What a structure holds is serde's to say. Here is only the way through the document, with little code per type: a plan
//! has some fifty structures, and whatever reads them is compiled anew for each.

use std::cell::RefCell;
use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, Expected, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde_json::{Error, Map, Value};

/// Reads a document.
///
/// # Errors
///
/// One sentence: where the fault is, what was found and what was expected.
pub(super) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, String> {
    let document: Document = serde_json::from_slice(json).map_err(|e| e.to_string())?;
    let path = Path::default();
    T::deserialize(Node { value: &document.0, path: &path, depth: 0 }).map_err(|e| format!("{path}: {e}"))
}

/// A document in which no key stands twice: of a [`Value`] read by itself the last one would win without a word.
struct Document(Value);

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Whole).map(Document)
    }
}

/// Takes any value of JSON.
struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, found: bool) -> Result<Value, E> {
        Ok(found.into())
    }

    fn visit_i64<E>(self, found: i64) -> Result<Value, E> {
        Ok(found.into())
    }

    fn visit_u64<E>(self, found: u64) -> Result<Value, E> {
        Ok(found.into())
    }

    fn visit_f64<E>(self, found: f64) -> Result<Value, E> {
        Ok(found.into())
    }

    fn visit_str<E>(self, found: &str) -> Result<Value, E> {
        Ok(found.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Document(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
            }
            let Document(value) = entries.next_value()?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// A step from a value to one inside it.
enum Step<'de> {
    /// Into a structure or a table, by its key.
    Key(&'de str),
    /// Into a list, by the place from 0.
    Index(usize),
}

/// The way to the value that is being read; after a fault, to where it is.
#[derive(Default)]
struct Path<'de>(RefCell<Vec<Step<'de>>>);

impl<'de> Path<'de> {
    /// Goes back to a value, by how deep it is, and on into it if there is a step.
    fn turn(&self, depth: usize, on: Option<Step<'de>>) {
        let mut steps = self.0.borrow_mut();
        steps.truncate(depth);
        steps.extend(on);
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = self.0.borrow();
        if steps.is_empty() {
            return f.write_str(".");
        }
        for (k, step) in steps.iter().enumerate() {
            match step {
                Step::Key(key) => write!(f, "{}{key}", if k > 0 { "." } else { "" })?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A value of the document.
#[derive(Clone, Copy)]
struct Node<'de, 'p> {
    /// The value.
    value: &'de Value,
    /// The way to the value that is being read.
    path: &'p Path<'de>,
    /// How many steps lead to it.
    depth: usize,
}

impl<'de, 'p> Node<'de, 'p> {
    /// Goes to a value inside this one.
    fn go(self, step: Step<'de>, value: &'de Value) -> Node<'de, 'p> {
        self.path.turn(self.depth, Some(step));
        Node { value, path: self.path, depth: self.depth + 1 }
    }

    /// Comes back from a value inside this one.
    fn back(self) {
        self.path.turn(self.depth, None);
    }

    /// What is in a structure or a table.
    fn entries(self) -> Option<Entries<'de, 'p>> {
        Some(Entries { of: self, rest: self.value.as_object()?.iter(), next: None })
    }

    /// What is in a list.
    fn elements(self) -> Option<Elements<'de, 'p>> {
        Some(Elements { of: self, rest: self.value.as_array()?.iter().enumerate() })
    }
}

/// The values of a structure or a table, each reached by its key.
struct Entries<'de, 'p> {
    /// What they are in.
    of: Node<'de, 'p>,
    /// Those still to read.
    rest: serde_json::map::Iter<'de>,
    /// The one whose key was read.
    next: Option<Node<'de, 'p>>,
}

impl<'de, 'p> Entries<'de, 'p> {
    /// Goes to the next value; its key.
    fn advance(&mut self) -> Option<&'de str> {
        let (key, value) = self.rest.next()?;
        self.next = Some(self.of.go(Step::Key(key), value));
        Some(key)
    }

    /// The value of the key that was read.
    fn value(&mut self) -> Result<Node<'de, 'p>, Error> {
        self.next.take().ok_or_else(|| Error::custom("a value was asked for before its key"))
    }
}

impl<'de> MapAccess<'de> for Entries<'de, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.advance().map(|key| seed.deserialize(BorrowedStrDeserializer::new(key))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let value = seed.deserialize(self.value()?)?;
        self.of.back();
        Ok(value)
    }
}

/// The values of a list, each reached by its place.
struct Elements<'de, 'p> {
    /// What they are in.
    of: Node<'de, 'p>,
    /// Those still to read.
    rest: std::iter::Enumerate<std::slice::Iter<'de, Value>>,
}

impl<'de, 'p> Elements<'de, 'p> {
    /// Goes to the next value.
    fn advance(&mut self) -> Option<Node<'de, 'p>> {
        let (index, value) = self.rest.next()?;
        Some(self.of.go(Step::Index(index), value))
    }

    /// Refuses a list that holds more than what it is read into.
    fn end(self) -> Result<(), Error> {
        let more = self.rest.len();
        if more == 0 {
            return Ok(());
        }
        let of = self.of.value.as_array().map_or(0, Vec::len);
        let taken = of - more;
        Err(Error::invalid_length(of, &format!("{taken} elements in sequence").as_str()))
    }
}

impl<'de> SeqAccess<'de> for Elements<'de, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(node) = self.advance() else { return Ok(None) };
        let value = seed.deserialize(node)?;
        self.of.back();
        Ok(Some(value))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// Hands to `serde_json` what holds no further values.
macro_rules! scalars {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.value.$method(visitor)
        })+
    };
}

impl<'de> Deserializer<'de> for Node<'de, '_> {
    type Error = Error;

    scalars! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_identifier
        deserialize_ignored_any
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.entries() {
            Some(entries) => visitor.visit_map(entries),
            None => Err(wrong(self.value, &visitor)),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Some(mut elements) = self.elements() else { return Err(wrong(self.value, &visitor)) };
        let value = visitor.visit_seq(&mut elements)?;
        elements.end().map(|()| value)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.value.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.value.deserialize_enum(name, variants, visitor)
    }
}

/// Says that a value is of another type than expected, in serde's words.
fn wrong(value: &Value, expected: &dyn Expected) -> Error {
    let found = match value {
        Value::Null => Unexpected::Other("null"),
        Value::Bool(found) => Unexpected::Bool(*found),
        Value::Number(found) => match (found.as_u64(), found.as_f64()) {
            (Some(whole), _) => Unexpected::Unsigned(whole),
            (None, Some(number)) => Unexpected::Float(number),
            (None, None) => Unexpected::Other("number"),
        },
        Value::String(found) => Unexpected::Str(found),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    };
    Error::invalid_type(found, expected)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        share: f64,
        areas: Vec<Inner>,
        tables: BTreeMap<String, [u8; 2]>,
        #[serde(default)]
        until: Option<i32>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        region: u8,
        kind: Kind,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Rural,
        Urban,
    }

    #[test]
    fn a_document_is_read_as_serde_json_reads_it() {
        let text = r#"{"share": 0.1, "areas": [{"region": 3, "kind": "urban"}, {"kind": "rural", "region": 4}],
            "tables": {"a": [1, 2], "b": [255, 0]}, "until": -7}"#;
        let read: Outer = read(text.as_bytes()).expect("readable");
        assert_eq!(read, serde_json::from_str(text).expect("readable"));
        assert_eq!((read.share, read.areas[1].region, read.until), (0.1, 4, Some(-7)));
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        let good = r#"{"share": 1, "areas": [{"region": 3, "kind": "urban"}, {"region": 4, "kind": "rural"}], "tables": {"a": [1, 2]}}"#;
        assert!(read::<Outer>(good.as_bytes()).is_ok());
        for (was, is, told) in [
            ("\"share\": 1", "\"share\": \"x\"", "share: invalid type: string \"x\", expected f64"),
            ("\"share\": 1, ", "", ".: missing field `share`"),
            (
                "\"share\": 1",
                "\"shore\": 1",
                "shore: unknown field `shore`, expected one of `share`, `areas`, `tables`, `until`",
            ),
            ("4", "400", "areas[1].region: invalid value: integer `400`, expected u8"),
            ("\"region\": 4, ", "", "areas[1]: missing field `region`"),
            ("rural", "moor", "areas[1].kind: unknown variant `moor`, expected `rural` or `urban`"),
            ("[1, 2]", "[1]", "tables.a: invalid length 1, expected an array of length 2"),
            ("[1, 2]", "[1, 2, 3]", "tables.a: invalid length 3, expected 2 elements in sequence"),
            ("[1, 2]", "[1, null]", "tables.a[1]: invalid type: null, expected u8"),
            ("{\"a\": [1, 2]}", "null", "tables: invalid type: null, expected a map"),
            ("{\"a\": [1, 2]}", "7", "tables: invalid type: integer `7`, expected a map"),
        ] {
            let text = good.replacen(was, is, 1);
            assert_eq!(read::<Outer>(text.as_bytes()).expect_err(&text), told, "{text}");
        }
        for (text, told) in [
            (&b"{"[..], "EOF while parsing an object at line 1 column 1"),
            (b"{\"share\": 1, \"share\": 2}", "duplicate field `share` at line 1 column 20"),
            (b"{\"tables\": {\"a\": 1, \"a\": 1}}", "duplicate field `a` at line 1 column 23"),
        ] {
            assert_eq!(read::<Outer>(text).expect_err(told), told);
        }
    }
}
