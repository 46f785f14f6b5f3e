//! Ids as text for serde.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use super::id::{SpanId, TraceId};

impl Serialize for TraceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TraceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(IdVisitor(PhantomData))
    }
}

impl Serialize for SpanId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SpanId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(IdVisitor(PhantomData))
    }
}

struct IdVisitor<T>(PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for IdVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id in hexadecimal digits")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_serialized_as_the_text_that_it_prints() {
        let ids = (TraceId::new(1 << 64).unwrap(), SpanId::new(0xabc).unwrap());
        let text = serde_json::to_string(&ids).unwrap();
        assert_eq!(text, r#"["00000000000000010000000000000000","0000000000000abc"]"#);
        assert_eq!(serde_json::from_str::<(TraceId, SpanId)>(&text).unwrap(), ids);
    }

    #[test]
    fn a_number_and_zero_are_not_deserialized_as_an_id() {
        let error = |json| serde_json::from_str::<TraceId>(json).unwrap_err().to_string();
        assert!(error("1").contains("expected an id in hexadecimal digits"));
        assert!(error("\"0\"").contains("zero is not an id"));
    }
}
