//! The carriers of span contexts: HTTP headers, text maps and the trait for others.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::copies::one_of_copies;

/// How a carrier writes values. In both formats, the key of a baggage item is `uberctx-` and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Text without restrictions; baggage is written unchanged.
    #[doc(alias = "TEXT_MAP")]
    TextMap,
    /// HTTP headers; baggage is percent-encoded.
    #[doc(alias = "HTTP_HEADERS")]
    HttpHeaders,
}

/// The value that a carrier holds under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarrierValue<'a> {
    /// Nothing.
    Absent,
    /// One text.
    Text(&'a str),
    /// Several values that differ, or one that is not text. It is not trusted.
    Unreadable,
}

impl CarrierValue<'_> {
    /// The value of a name that may be there several times. Equal values are one.
    fn of(mut values: impl Iterator<Item = Self>) -> Self {
        let Some(mut first) = values.next() else {
            return Self::Absent;
        };
        for value in values {
            if value == first {
                continue;
            }
            first = match (first.without_copies(), value.without_copies()) {
                (Self::Text(one), Self::Text(other)) if one.trim() == other.trim() => Self::Text(one),
                _ => return Self::Unreadable,
            };
        }
        first
    }

    /// One text instead of equal ones with commas between them.
    fn without_copies(self) -> Self {
        match self {
            Self::Text(text) => one_of_copies(text).map_or(Self::Unreadable, Self::Text),
            other => other,
        }
    }
}

/// The value of a name that has one context at most.
pub(crate) fn single<'a, C: Carrier + ?Sized>(carrier: &'a C, name: &str) -> CarrierValue<'a> {
    carrier.get(name).without_copies()
}

/// A medium that carries span contexts, such as HTTP headers.
///
/// Names are case-insensitive (ASCII).
///
/// ```
/// use fedtrace::Carrier;
/// use fedtrace::propagation::{CarrierValue, Format};
///
/// /// The string properties of a message in a queue.
/// struct Properties(Vec<(String, String)>);
///
/// impl Carrier for Properties {
///     fn format(&self) -> Format {
///         Format::TextMap
///     }
///
///     fn get(&self, name: &str) -> CarrierValue<'_> {
///         let mut found = self.0.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
///         match (found.next(), found.next()) {
///             (None, _) => CarrierValue::Absent,
///             (Some((_, value)), None) => CarrierValue::Text(value),
///             (Some(_), Some(_)) => CarrierValue::Unreadable,
///         }
///     }
///
///     fn set(&mut self, name: &str, value: String) {
///         self.0.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
///         self.0.push((name.to_owned(), value));
///     }
///
///     fn remove_if(&mut self, unwanted: &mut dyn FnMut(&str) -> bool) {
///         self.0.retain(|(key, _)| !unwanted(key));
///     }
///
///     fn for_each(&self, visit: &mut dyn FnMut(&str, CarrierValue<'_>)) {
///         self.0.iter().for_each(|(key, value)| visit(key, CarrierValue::Text(value)));
///     }
/// }
///
/// let mut properties = Properties(vec![("Uber-Trace-Id".into(), "1:2:0:1".into())]);
/// assert_eq!(properties.get("uber-trace-id"), CarrierValue::Text("1:2:0:1"));
/// properties.remove_if(&mut |name| name.eq_ignore_ascii_case("uber-trace-id"));
/// assert!(properties.0.is_empty());
/// ```
pub trait Carrier {
    /// How this carrier writes values.
    fn format(&self) -> Format;

    /// Returns the value under `name`. Several equal values may be returned as one.
    fn get(&self, name: &str) -> CarrierValue<'_>;

    /// Returns the values under `name` as one comma-separated list. `None` if there is no value, or one that
    /// is not text. The default implementation reads a single value only.
    fn get_list(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.get(name) {
            CarrierValue::Text(text) => Some(Cow::Borrowed(text)),
            CarrierValue::Absent | CarrierValue::Unreadable => None,
        }
    }

    /// Sets `name` to `value`, replacing every earlier value. A carrier skips a value that it cannot hold.
    fn set(&mut self, name: &str, value: String);

    /// Removes every entry for whose name `unwanted` returns `true`.
    fn remove_if(&mut self, unwanted: &mut dyn FnMut(&str) -> bool);

    /// Calls `visit` with each name and its value.
    fn for_each(&self, visit: &mut dyn FnMut(&str, CarrierValue<'_>));
}

impl Carrier for HeaderMap {
    fn format(&self) -> Format {
        Format::HttpHeaders
    }

    fn get(&self, name: &str) -> CarrierValue<'_> {
        let values = self.get_all(name).iter();
        CarrierValue::of(values.map(|value| {
            value
                .to_str()
                .map_or(CarrierValue::Unreadable, CarrierValue::Text)
        }))
    }

    fn get_list(&self, name: &str) -> Option<Cow<'_, str>> {
        let values = self.get_all(name).iter().map(HeaderValue::to_str);
        let texts: Vec<&str> = values.collect::<Result<_, _>>().ok()?;
        match texts.as_slice() {
            [] => None,
            [text] => Some(Cow::Borrowed(text)),
            texts => Some(Cow::Owned(texts.join(","))),
        }
    }

    fn set(&mut self, name: &str, value: String) {
        HeaderMap::remove(self, name);
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::try_from(value),
        ) {
            // `insert` would panic when the map is at its maximum size.
            let _ = self.try_insert(name, value);
        }
    }

    fn remove_if(&mut self, unwanted: &mut dyn FnMut(&str) -> bool) {
        let names: Vec<HeaderName> = self
            .keys()
            .filter(|name| unwanted(name.as_str()))
            .cloned()
            .collect();
        for name in names {
            HeaderMap::remove(self, name);
        }
    }

    fn for_each(&self, visit: &mut dyn FnMut(&str, CarrierValue<'_>)) {
        self.keys()
            .for_each(|name| visit(name.as_str(), Carrier::get(self, name.as_str())));
    }
}

macro_rules! text_map {
    ($map:ty $(, $hasher:ident)?) => {
        impl $(<$hasher: BuildHasher>)? Carrier for $map {
            fn format(&self) -> Format {
                Format::TextMap
            }

            fn get(&self, name: &str) -> CarrierValue<'_> {
                let values = self.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
                CarrierValue::of(values.map(|(_, value)| CarrierValue::Text(value)))
            }

            fn set(&mut self, name: &str, value: String) {
                self.retain(|key, _| !key.eq_ignore_ascii_case(name));
                self.insert(name.to_owned(), value);
            }

            fn remove_if(&mut self, unwanted: &mut dyn FnMut(&str) -> bool) {
                self.retain(|key, _| !unwanted(key));
            }

            fn for_each(&self, visit: &mut dyn FnMut(&str, CarrierValue<'_>)) {
                self.iter().for_each(|(key, value)| visit(key, CarrierValue::Text(value)));
            }
        }
    };
}

text_map!(HashMap<String, String, S>, S);
text_map!(BTreeMap<String, String>);
