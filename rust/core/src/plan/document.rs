//! Reads a JSON document into typed structures, and says where in it a fault is: `parameters.court.unfit`, `areas[3].region`.
//!
//! What a structure holds is serde's to say. Here is only the way through the document, with little code per type: a plan
//! has some fifty structures, and whatever reads them is compiled anew for each.

use std::cell::RefCell;
use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, Expected, IntoDeserializer, Unexpected, Visitor};
use serde_json::{Error, Value};

/// Reads a document.
///
/// # Errors
///
/// One sentence: where the fault is, what was found and what was expected.
pub(super) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, String> {
    let document: Value = serde_json::from_slice(json).map_err(|e| e.to_string())?;
    let path = Path::default();
    T::deserialize(Node { value: &document, path: &path, depth: 0 }).map_err(|e| format!("{path}: {e}"))
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

    /// Comes back from the values inside this one.
    fn back(self) {
        self.path.turn(self.depth, None);
    }
}

impl<'de> IntoDeserializer<'de, Error> for Node<'de, '_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The values of a structure or a table, each reached by its key.
struct Entries<'de, 'p> {
    /// What they are in.
    of: Node<'de, 'p>,
    /// Those still to read.
    rest: serde_json::map::Iter<'de>,
}

impl<'de, 'p> Iterator for Entries<'de, 'p> {
    type Item = (&'de str, Node<'de, 'p>);

    fn next(&mut self) -> Option<Self::Item> {
        let Some((key, value)) = self.rest.next() else {
            self.of.back();
            return None;
        };
        Some((key, self.of.go(Step::Key(key), value)))
    }
}

/// The values of a list, each reached by its place.
struct Elements<'de, 'p> {
    /// What they are in.
    of: Node<'de, 'p>,
    /// Those still to read.
    rest: std::iter::Enumerate<std::slice::Iter<'de, Value>>,
}

impl<'de, 'p> Iterator for Elements<'de, 'p> {
    type Item = Node<'de, 'p>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some((index, value)) = self.rest.next() else {
            self.of.back();
            return None;
        };
        Some(self.of.go(Step::Index(index), value))
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
        let map = self.value.as_object().ok_or_else(|| wrong(self.value, &visitor))?;
        visitor.visit_map(MapDeserializer::new(Entries { of: self, rest: map.iter() }))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let list = self.value.as_array().ok_or_else(|| wrong(self.value, &visitor))?;
        let mut elements = SeqDeserializer::new(Elements { of: self, rest: list.iter().enumerate() });
        let value = visitor.visit_seq(&mut elements)?;
        self.back();
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
        assert_eq!(read::<Outer>(b"{").expect_err("cut short"), "EOF while parsing an object at line 1 column 1");
    }
}
