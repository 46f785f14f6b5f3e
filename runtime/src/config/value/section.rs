//! A section of a file: keys with their path, read one by one.

use std::time::Duration;

use super::nearest::nearest;
use super::node::Node;
use crate::codec::propagation::Propagation;
use crate::model::error::config::ConfigError;
use crate::model::tag::{Tag, TagValue};

pub(crate) const PORT_RANGE: &str = "is not a port; write a number from 1 to 65535";
const COUNT: &str = "is not a count; write a whole number from 1 to 4294967295";
/// A day, in seconds.
const LONGEST_INTERVAL: f64 = 86_400.0;
pub(crate) const NO_SECTION: &str = "is not a section; write its keys below it";
/// The key with which YAML merges a section into another. Its parser leaves it in the section.
const MERGE_KEY: &str = "<<";
const MERGED: &str = "is a merge key, which has to be resolved before the section is read (`Value::apply_merge` of the \
                      YAML crate); or write its keys here";
pub(crate) const NOT_TEXT: &str = "is not text; put it in quotes, also in a variable";

#[cfg(test)]
thread_local! {
    /// The keys of all sections that this thread has read, for the test of their documentation.
    pub(crate) static KEYS_SEEN: std::cell::RefCell<std::collections::BTreeSet<String>> = const {
        std::cell::RefCell::new(std::collections::BTreeSet::new())
    };
}

/// A key with its path, and its value in the file.
pub(crate) struct Value {
    pub(crate) path: String,
    pub(crate) node: Node,
}

/// The values of a section that were not read yet, and the keys that exist. A key exists if somebody reads it.
pub(crate) struct Section {
    path: String,
    values: Vec<(String, Node)>,
    known: Vec<&'static str>,
}

impl Value {
    pub(crate) fn wrong(&self, problem: &str) -> ConfigError {
        ConfigError::value(&self.path, &self.node, problem)
    }

    /// The section here; an empty one for `null`.
    pub(crate) fn section(&self) -> Result<Section, ConfigError> {
        let values = match &self.node {
            Node::Null => Vec::new(),
            Node::Map(values) => values.clone(),
            _ => return Err(self.wrong(NO_SECTION)),
        };
        for (index, (key, _)) in values.iter().enumerate() {
            if key == MERGE_KEY {
                return Err(ConfigError::key(format!("{}.{key}", self.path), MERGED));
            }
            if values.iter().take(index).any(|(earlier, _)| earlier == key) {
                return Err(ConfigError::key(
                    format!("{}.{key}", self.path),
                    "is there twice; keep one",
                ));
            }
        }
        Ok(Section {
            path: self.path.clone(),
            values,
            known: Vec::new(),
        })
    }

    pub(crate) fn text(&self) -> Result<String, ConfigError> {
        match &self.node {
            Node::Text(text) => Ok(text.clone()),
            _ => Err(self.wrong(NOT_TEXT)),
        }
    }

    /// A boolean. Besides `true` and `false`, the numbers 1 and 0 and the words of older YAML are accepted.
    pub(crate) fn boolean(&self) -> Result<bool, ConfigError> {
        self.as_boolean()
            .ok_or_else(|| self.wrong("is not a truth value; write true or false"))
    }

    fn as_boolean(&self) -> Option<bool> {
        match &self.node {
            Node::Bool(value) => Some(*value),
            Node::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Some(true),
                "false" | "0" | "no" | "off" | "none" => Some(false),
                _ => None,
            },
            Node::Integer(0) => Some(false),
            Node::Integer(1) => Some(true),
            Node::Float(0.0) => Some(false),
            Node::Float(1.0) => Some(true),
            _ => None,
        }
    }

    /// The parameter of a constant sampler: a boolean, or the number 0 or 1, which may be text.
    pub(crate) fn constant(&self) -> Result<bool, ConfigError> {
        self.as_boolean()
            .or_else(|| match self.number() {
                Some(0.0) => Some(false),
                Some(1.0) => Some(true),
                _ => None,
            })
            .ok_or_else(|| self.wrong("is not 0 or 1; write 1 to record every trace or 0 to record none"))
    }

    /// A whole number from `low` to `high`.
    pub(crate) fn integer(&self, low: u32, high: u32, problem: &str) -> Result<u32, ConfigError> {
        self.number()
            .filter(|number| number.fract() == 0.0 && (f64::from(low)..=f64::from(high)).contains(number))
            .map(|number| number as u32)
            .ok_or_else(|| self.wrong(problem))
    }

    /// A whole number from 1 to the largest of 32 bits.
    pub(crate) fn count(&self) -> Result<usize, ConfigError> {
        Ok(self.integer(1, u32::MAX, COUNT)? as usize)
    }

    pub(crate) fn port(&self) -> Result<u16, ConfigError> {
        Ok(self.integer(1, u16::MAX.into(), PORT_RANGE)? as u16)
    }

    /// Seconds as an interval above zero.
    pub(crate) fn seconds(&self) -> Result<Duration, ConfigError> {
        self.number()
            .filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST_INTERVAL)
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .filter(|interval| !interval.is_zero())
            .ok_or_else(|| self.wrong("is not an interval; write seconds, above 0 and at most 86400"))
    }

    /// Seconds as an interval, or zero for none.
    #[cfg(feature = "serde")]
    pub(crate) fn interval_or_zero(&self) -> Result<Duration, ConfigError> {
        match self.number() {
            Some(0.0) => Ok(Duration::ZERO),
            _ => self
                .seconds()
                .map_err(|_| self.wrong("is not an interval; write seconds, at most 86400, or 0 for none")),
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match &self.node {
            Node::Integer(number) => Some(*number as f64),
            Node::Float(number) => Some(*number),
            Node::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A number. `true` is 1 and `false` is 0.
    pub(crate) fn lenient_number(&self) -> Option<f64> {
        match self.node {
            Node::Bool(value) => Some(f64::from(u8::from(value))),
            _ => self.number(),
        }
    }

    pub(crate) fn probability(&self) -> Result<f64, ConfigError> {
        self.lenient_number()
            .filter(|number| (0.0..=1.0).contains(number))
            .ok_or_else(|| self.wrong("is not a probability; write a number from 0 to 1"))
    }

    pub(crate) fn rate(&self) -> Result<f64, ConfigError> {
        self.lenient_number()
            .filter(|rate| rate.is_finite() && *rate >= 0.0)
            .ok_or_else(|| self.wrong("is not a rate; write how many traces in a second, at least 0"))
    }

    pub(crate) fn texts(&self) -> Result<Vec<String>, ConfigError> {
        self.list()?.iter().map(Self::text).collect()
    }

    pub(crate) fn list(&self) -> Result<Vec<Self>, ConfigError> {
        match &self.node {
            Node::Null => Ok(Vec::new()),
            Node::List(items) => Ok(items
                .iter()
                .enumerate()
                .map(|(index, node)| Self {
                    path: format!("{}[{index}]", self.path),
                    node: node.clone(),
                })
                .collect()),
            _ => Err(self.wrong("is not a list; write one, even if it has one entry")),
        }
    }

    /// Names with commas between them.
    pub(crate) fn propagation(&self) -> Result<Vec<Propagation>, ConfigError> {
        let names = match &self.node {
            Node::Text(text) => text.split(',').map(Propagation::parse).collect(),
            _ => None,
        };
        names.ok_or_else(|| self.wrong("is not a propagation; write jaeger, b3 or w3c"))
    }

    /// The keys of a section as tags; integers that fit, floats and booleans keep their type.
    pub(crate) fn tags(&self) -> Result<Vec<Tag>, ConfigError> {
        let values = self.section()?.into_values();
        values
            .map(|(key, value)| {
                let value = match value.node {
                    Node::Bool(value) => TagValue::from(value),
                    Node::Integer(value) => TagValue::from(value),
                    Node::Float(value) => TagValue::from(value),
                    Node::Text(value) => TagValue::from(value),
                    Node::Null | Node::List(_) | Node::Map(_) => {
                        return Err(value.wrong("is not text, a number or a truth value"));
                    }
                };
                Ok(Tag::new(key, value))
            })
            .collect()
    }
}

impl Section {
    /// Reads the value of a key; `None` if it is not there or `null`.
    pub(crate) fn read<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Value) -> Result<T, ConfigError>,
    ) -> Result<Option<T>, ConfigError> {
        self.take(key).as_ref().map(read).transpose()
    }

    /// Removes the value of a key and returns it; `None` if it is missing or `null`.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Value> {
        self.known.push(key);
        let index = self.values.iter().position(|(known, _)| known == key)?;
        let (key, node) = self.values.remove(index);
        let path = format!("{}.{key}", self.path);
        (node != Node::Null).then_some(Value { path, node })
    }

    /// All keys that are not `null`, for a section whose keys the user names.
    pub(crate) fn into_values(self) -> impl Iterator<Item = (String, Value)> {
        let path = self.path;
        let values = self.values.into_iter().filter(|(_, node)| *node != Node::Null);
        values.map(move |(key, node)| {
            let path = format!("{path}.{key}");
            (key, Value { path, node })
        })
    }

    /// Refuses a key that nobody read.
    pub(crate) fn finish(self) -> Result<(), ConfigError> {
        let Self { path, values, known } = self;
        #[cfg(test)]
        KEYS_SEEN.with_borrow_mut(|keys| keys.extend(known.iter().map(|key| format!("{path}.{key}"))));
        let Some((key, _)) = values.first() else {
            return Ok(());
        };
        let path = format!("{path}.{key}");
        if path == "opentracing.opentracing" {
            return Err(ConfigError::key(
                path,
                "this is the content of the section `opentracing`; read the whole file into a struct with a field \
                 of that name",
            ));
        }
        Err(ConfigError::key(
            path,
            match nearest(key, &known) {
                Some(near) => format!("there is no such key; did you mean {near}?"),
                None => format!("there is no such key; write one of {}", known.join(", ")),
            },
        ))
    }
}
