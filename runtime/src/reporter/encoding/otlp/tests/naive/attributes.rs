//! Attributes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};

use crate::model::tag::{Tag, TagValue};

#[derive(Debug)]
pub(super) struct Attributes(Vec<KeyValue>);

impl Attributes {
    /// Of several tags with one key, the last value counts, at the position of the first.
    pub(super) fn new(tags: &[Tag]) -> Self {
        let mut places = HashMap::with_capacity(tags.len());
        let mut attributes: Vec<KeyValue> = Vec::with_capacity(tags.len());
        for tag in tags {
            match places.entry(tag.key.as_ref()) {
                Entry::Vacant(place) => {
                    place.insert(attributes.len());
                    attributes.push(attribute(&tag.key, value(&tag.value)));
                }
                Entry::Occupied(place) => {
                    if let Some(attribute) = attributes.get_mut(*place.get()) {
                        attribute.value = Some(AnyValue {
                            value: Some(value(&tag.value)),
                        });
                    }
                }
            }
        }
        Self(attributes)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        let attribute = self.0.iter().find(|attribute| attribute.key == key)?;
        attribute.value.as_ref()?.value.as_ref()
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::StringValue(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn put(&mut self, key: &str, value: Value) {
        self.remove(key);
        self.0.push(attribute(key, value));
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Value> {
        let index = self.0.iter().position(|attribute| attribute.key == key)?;
        self.0.remove(index).value?.value
    }

    /// Removes an attribute and returns it, if it is text.
    pub(super) fn remove_text(&mut self, key: &str) -> Option<String> {
        let text = self.text(key)?.to_owned();
        self.remove(key);
        Some(text)
    }

    pub(super) fn into_inner(self) -> Vec<KeyValue> {
        self.0
    }
}

pub(super) fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

fn value(value: &TagValue) -> Value {
    match value {
        TagValue::String(text) => Value::StringValue(text.to_string()),
        TagValue::Bool(value) => Value::BoolValue(*value),
        TagValue::Long(value) => Value::IntValue(*value),
        TagValue::Double(value) if value.is_finite() => Value::DoubleValue(*value),
        // As in Thrift: JSON has no such number, and Jaeger cannot show a trace that contains one.
        TagValue::Double(value) => Value::StringValue(value.to_string()),
        TagValue::Binary(bytes) => Value::BytesValue(bytes.clone()),
    }
}
