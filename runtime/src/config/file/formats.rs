//! Reading values from any self-describing format.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::config::value::node::Node;

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a configuration")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Node, E> {
        Ok(Node::Integer(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Node, D::Error> {
        Node::deserialize(inner)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Node, D::Error> {
        Node::deserialize(inner)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some((key, value)) = entries.next_entry::<Node, Node>()? {
            let key = match key {
                Node::Text(key) => key,
                other => other.to_string(),
            };
            map.push((key, value));
        }
        // toml's dates and serde_json's numbers of arbitrary precision come as a map of one such key.
        match map.as_slice() {
            [(key, Node::Text(text))] if key == NUMBER => {
                number(text).ok_or_else(|| Error::custom(format_args!("number out of range: {text}")))
            }
            [(key, Node::Text(text))]
                if key.starts_with("$__toml_private_") || key.starts_with("$serde_json::private::") =>
            {
                Ok(Node::Text(text.clone()))
            }
            _ => Ok(Node::Map(map)),
        }
    }
}

/// The key of a number of serde_json, if any crate of the program turns on its feature `arbitrary_precision`.
const NUMBER: &str = "$serde_json::private::Number";

fn number(text: &str) -> Option<Node> {
    if let Ok(integer) = text.parse() {
        return Some(Node::Integer(integer));
    }
    let float = text.parse().ok().filter(|float: &f64| float.is_finite());
    float.map(Node::Float)
}

#[cfg(test)]
mod tests {
    use serde::de::value::{Error, MapDeserializer};

    use super::*;

    fn read(text: &str) -> Result<Node, Error> {
        let entries = [("$serde_json::private::Number", text)];
        Node::deserialize(MapDeserializer::new(entries.into_iter()))
    }

    #[test]
    fn a_number_of_arbitrary_precision_is_a_number() {
        for (text, expected) in [
            ("7", Node::Integer(7)),
            ("-7", Node::Integer(-7)),
            ("0.5", Node::Float(0.5)),
            ("1e3", Node::Float(1000.0)),
            ("1.0", Node::Float(1.0)),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
        for text in ["1e999", "seven"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
