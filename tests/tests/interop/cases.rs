//! The contexts that every test sends: each trace id with each decision and each baggage.

use std::collections::BTreeMap;
use std::fmt;

use fedtrace::SpanContext;
use serde_json::{Value, json};

const TRACE_IDS: [u128; 6] = [
    0xabc,
    0x0463_ac35_c9f6_413a,
    u64::MAX as u128,
    1 << 64,
    0x0463_ac35_c9f6_413a_d485_a395_3bb6_1240,
    u128::MAX,
];

const BAGGAGE: [&[(&str, &str)]; 19] = [
    &[],
    &[("user", "alice")],
    &[("first", "1"), ("second-item", "2"), ("third.item", "3")],
    &[("k", "")],
    &[("k", "two words")],
    &[("k", " spaces around ")],
    &[("k", "100%")],
    &[("k", "%41%2B")],
    &[("k", "%41%zz%2B")],
    &[("k", "a+b")],
    &[("k", "a,b;c")],
    &[("k", "k=v=w")],
    &[("k", "/?#&:@!$'()*~")],
    &[("k", "\"quoted\" \\ {json}")],
    &[("k", "žluťoučký kůň 🦀")],
    &[("k", "line\nbreak\ttab\r")],
    &[("k", "\u{7f}\u{80}\u{a0}\u{feff}")],
    &[("k", "1"), ("l", "%"), ("m", "ü")],
    &[("!#$&'*+-.^`|~9z", "every sign that a key may have")],
];

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Decision {
    Unsampled,
    Sampled,
    /// By a sampling priority.
    Debug,
    /// As Synapse forces tracing: by a sampling priority and baggage that tells workers so.
    Forced,
}

impl Decision {
    pub(crate) const ALL: [Self; 4] = [Self::Unsampled, Self::Sampled, Self::Debug, Self::Forced];

    pub(crate) fn is_sampled(self) -> bool {
        self != Self::Unsampled
    }

    pub(crate) fn flags(self) -> u8 {
        match self {
            Self::Unsampled => 0,
            Self::Sampled => 1,
            Self::Debug | Self::Forced => 3,
        }
    }

    /// What the peers call it.
    pub(crate) fn priority(self) -> Value {
        match self {
            Self::Unsampled | Self::Sampled => Value::Null,
            Self::Debug => json!("debug"),
            Self::Forced => json!("forced"),
        }
    }
}

/// Its text names the row in a failure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) trace_id: u128,
    pub(crate) decision: Decision,
    pub(crate) baggage: &'static [(&'static str, &'static str)],
}

impl Case {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        TRACE_IDS.into_iter().flat_map(|trace_id| {
            Said::all().map(move |said| Self {
                trace_id,
                decision: said.decision,
                baggage: said.baggage,
            })
        })
    }
}

/// A case for a trace whose id is made by the peer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    pub(crate) decision: Decision,
    pub(crate) baggage: &'static [(&'static str, &'static str)],
}

impl Said {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Decision::ALL
            .into_iter()
            .flat_map(|decision| BAGGAGE.into_iter().map(move |baggage| Self { decision, baggage }))
    }

    pub(crate) fn baggage(self) -> BTreeMap<&'static str, &'static str> {
        self.baggage.iter().copied().collect()
    }
}

/// A context in words that both sides can say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) trace_id: u128,
    pub(crate) span_id: u64,
    pub(crate) flags: u64,
    pub(crate) baggage: BTreeMap<String, String>,
}

impl Seen {
    /// What a peer says about a context. `None` if it has none.
    pub(crate) fn by_peer(context: &Value) -> Option<Self> {
        let id = |key: &str| {
            let digits = context.get(key)?.as_str()?;
            Some(u128::from_str_radix(digits, 16).expect("hexadecimal digits"))
        };
        let baggage = context.get("baggage")?.as_object()?.iter();
        Some(Self {
            trace_id: id("trace_id")?,
            span_id: id("span_id")?.try_into().expect("64 bits"),
            flags: context.get("flags")?.as_u64()?,
            baggage: baggage
                .map(|(key, value)| (key.clone(), value.as_str().expect("a text").to_owned()))
                .collect(),
        })
    }

    pub(crate) fn by_us(context: &SpanContext) -> Self {
        let baggage = context.baggage().iter();
        Self {
            trace_id: context.trace_id().get(),
            span_id: context.span_id().get(),
            flags: context.flags().bits().into(),
            baggage: baggage
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    /// As much of it as passes between different servers.
    pub(crate) fn between_servers(self) -> Self {
        Self {
            flags: self.flags & 1,
            baggage: BTreeMap::new(),
            ..self
        }
    }
}

/// How many rows a test had; printed at its end.
#[derive(Debug)]
pub(crate) struct Rows {
    what: &'static str,
    count: usize,
}

impl Rows {
    pub(crate) fn of(what: &'static str) -> Self {
        Self { what, count: 0 }
    }

    #[track_caller]
    pub(crate) fn assert_eq<T: PartialEq + fmt::Debug>(&mut self, row: impl fmt::Debug, left: T, right: T) {
        self.count += 1;
        assert!(
            left == right,
            "row {row:?}\n  found:    {left:?}\n  expected: {right:?}"
        );
    }

    /// Prints the number of rows, of which there must be some.
    pub(crate) fn finish(self) {
        assert!(self.count > 0, "{} has no rows", self.what);
        println!("interop: {:5} rows, {}", self.count, self.what);
    }
}
