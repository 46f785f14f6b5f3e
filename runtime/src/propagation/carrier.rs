use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use http::{HeaderMap, HeaderName, HeaderValue};

/// How a carrier writes values. In both, the span context is `uber-trace-id` and an item of baggage is
/// `uberctx-` and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Text without restrictions; baggage is written as it is.
    #[doc(alias = "TEXT_MAP")]
    TextMap,
    /// HTTP headers; baggage is percent-encoded.
    #[doc(alias = "HTTP_HEADERS")]
    HttpHeaders,
}

/// What a carrier holds under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarrierValue<'a> {
    /// Nothing.
    Absent,
    /// One text.
    Text(&'a str),
    /// Several values, or one that is not text. Nothing of it is believed.
    Unreadable,
}

/// Something that span contexts travel in, such as HTTP headers.
///
/// Names are compared without regard to ASCII case.
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
///         self.remove(name);
///         self.0.push((name.to_owned(), value));
///     }
///
///     fn remove(&mut self, name: &str) {
///         self.0.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
///     }
///
///     fn for_each_name(&self, visit: &mut dyn FnMut(&str)) {
///         self.0.iter().for_each(|(key, _)| visit(key));
///     }
/// }
///
/// let mut properties = Properties(vec![("Uber-Trace-Id".into(), "1:2:0:1".into())]);
/// assert_eq!(properties.get("uber-trace-id"), CarrierValue::Text("1:2:0:1"));
/// properties.remove("uber-trace-id");
/// assert!(properties.0.is_empty());
/// ```
pub trait Carrier {
    /// How values are to be written.
    fn format(&self) -> Format;

    /// What is there under `name`.
    fn get(&self, name: &str) -> CarrierValue<'_>;

    /// Puts `value` under `name` in the place of whatever was there. A carrier leaves out what it cannot hold.
    fn set(&mut self, name: &str, value: String);

    /// Removes everything under `name`.
    fn remove(&mut self, name: &str);

    /// Calls `visit` with each name.
    fn for_each_name(&self, visit: &mut dyn FnMut(&str));
}

impl Carrier for HeaderMap {
    fn format(&self) -> Format {
        Format::HttpHeaders
    }

    fn get(&self, name: &str) -> CarrierValue<'_> {
        let mut values = self.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => CarrierValue::Absent,
            (Some(value), None) => value
                .to_str()
                .map_or(CarrierValue::Unreadable, CarrierValue::Text),
            (Some(_), Some(_)) => CarrierValue::Unreadable,
        }
    }

    fn set(&mut self, name: &str, value: String) {
        HeaderMap::remove(self, name);
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::try_from(value),
        ) {
            // `insert` would panic when the map is at its largest.
            let _ = self.try_insert(name, value);
        }
    }

    fn remove(&mut self, name: &str) {
        HeaderMap::remove(self, name);
    }

    fn for_each_name(&self, visit: &mut dyn FnMut(&str)) {
        self.keys().for_each(|name| visit(name.as_str()));
    }
}

macro_rules! text_map {
    ($map:ty $(, $hasher:ident)?) => {
        impl $(<$hasher: BuildHasher>)? Carrier for $map {
            fn format(&self) -> Format {
                Format::TextMap
            }

            fn get(&self, name: &str) -> CarrierValue<'_> {
                let mut values = self.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
                match (values.next(), values.next()) {
                    (None, _) => CarrierValue::Absent,
                    (Some((_, value)), None) => CarrierValue::Text(value),
                    (Some(_), Some(_)) => CarrierValue::Unreadable,
                }
            }

            fn set(&mut self, name: &str, value: String) {
                Carrier::remove(self, name);
                self.insert(name.to_owned(), value);
            }

            fn remove(&mut self, name: &str) {
                self.retain(|key, _| !key.eq_ignore_ascii_case(name));
            }

            fn for_each_name(&self, visit: &mut dyn FnMut(&str)) {
                self.keys().for_each(|name| visit(name));
            }
        }
    };
}

text_map!(HashMap<String, String, S>, S);
text_map!(BTreeMap<String, String>);
