//! Tags: keys and values that describe a span, a log record or a process.

use std::borrow::Cow;
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8, NonZeroU16,
    NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize,
};
use std::sync::Arc;

use crate::util::text::cut;

/// The value of a [`Tag`], in the types that Jaeger stores.
///
/// Integers, floats, `bool`, strings and bytes convert into it. Integers that do not fit into 64 signed bits
/// become text, because Jaeger has no wider type and a client that sends one loses the whole batch.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum TagValue {
    /// Text.
    String(Cow<'static, str>),
    /// A boolean.
    Bool(bool),
    /// A signed 64-bit integer.
    Long(i64),
    /// A floating point number.
    Double(f64),
    /// Bytes; Jaeger shows them in base64.
    Binary(Vec<u8>),
}

impl TagValue {
    /// A text that needs no allocation, unlike the conversion from `&str`, which copies.
    ///
    /// ```
    /// use fedtrace::{TagValue, set_tag};
    ///
    /// const OUTCOME: TagValue = TagValue::from_static("accepted");
    /// set_tag("outcome", OUTCOME);
    /// ```
    pub const fn from_static(text: &'static str) -> Self {
        Self::String(Cow::Borrowed(text))
    }

    /// The text, if this is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Cuts text and bytes to at most `limit` bytes, and gives back the memory beyond; text is cut at a character
    /// boundary.
    #[inline]
    pub(crate) fn truncate(&mut self, limit: usize) {
        match self {
            Self::String(text) => cut(text, limit),
            Self::Binary(bytes) if bytes.capacity() > limit => {
                *bytes = bytes.get(..limit).unwrap_or(bytes).to_vec();
            }
            _ => {}
        }
    }
}

impl std::fmt::Display for TagValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::String(text) => f.write_str(text),
            Self::Bool(value) => value.fmt(f),
            Self::Long(value) => value.fmt(f),
            Self::Double(value) => value.fmt(f),
            Self::Binary(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

/// Passes the types to a macro whose values Jaeger has too, as an integer, a float or a `bool`.
macro_rules! each_number {
    ($each:ident) => {
        $each!(
            bool,
            f32,
            f64,
            i8,
            i16,
            i32,
            i64,
            i128,
            isize,
            u8,
            u16,
            u32,
            u64,
            u128,
            usize,
            std::num::NonZeroI8,
            std::num::NonZeroI16,
            std::num::NonZeroI32,
            std::num::NonZeroI64,
            std::num::NonZeroI128,
            std::num::NonZeroIsize,
            std::num::NonZeroU8,
            std::num::NonZeroU16,
            std::num::NonZeroU32,
            std::num::NonZeroU64,
            std::num::NonZeroU128,
            std::num::NonZeroUsize
        );
    };
}
pub(crate) use each_number;

macro_rules! from_small_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for TagValue {
            fn from(value: $integer) -> Self {
                Self::Long(i64::from(value))
            }
        }
    )*};
}
from_small_integers!(i8, i16, i32, i64, u8, u16, u32);

macro_rules! from_wide_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for TagValue {
            fn from(value: $integer) -> Self {
                i64::try_from(value).map_or_else(|_| Self::String(value.to_string().into()), Self::Long)
            }
        }
    )*};
}
from_wide_integers!(u64, i128, u128, isize, usize);

macro_rules! from_nonzero_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for TagValue {
            fn from(value: $integer) -> Self {
                value.get().into()
            }
        }
    )*};
}
from_nonzero_integers!(
    NonZeroI8,
    NonZeroI16,
    NonZeroI32,
    NonZeroI64,
    NonZeroI128,
    NonZeroIsize
);
from_nonzero_integers!(
    NonZeroU8,
    NonZeroU16,
    NonZeroU32,
    NonZeroU64,
    NonZeroU128,
    NonZeroUsize
);

impl From<bool> for TagValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f32> for TagValue {
    fn from(value: f32) -> Self {
        Self::Double(f64::from(value))
    }
}

impl From<f64> for TagValue {
    fn from(value: f64) -> Self {
        Self::Double(value)
    }
}

impl From<char> for TagValue {
    fn from(value: char) -> Self {
        Self::String(value.to_string().into())
    }
}

impl From<&str> for TagValue {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned().into())
    }
}

impl From<&String> for TagValue {
    fn from(value: &String) -> Self {
        Self::String(value.clone().into())
    }
}

impl From<String> for TagValue {
    fn from(value: String) -> Self {
        Self::String(value.into())
    }
}

impl From<Box<str>> for TagValue {
    fn from(value: Box<str>) -> Self {
        value.into_string().into()
    }
}

impl From<Arc<str>> for TagValue {
    fn from(value: Arc<str>) -> Self {
        value.as_ref().into()
    }
}

impl From<Cow<'static, str>> for TagValue {
    fn from(value: Cow<'static, str>) -> Self {
        Self::String(value)
    }
}

impl From<&[u8]> for TagValue {
    fn from(value: &[u8]) -> Self {
        Self::Binary(value.to_vec())
    }
}

impl From<Vec<u8>> for TagValue {
    fn from(value: Vec<u8>) -> Self {
        Self::Binary(value)
    }
}

/// A key and a value on a span, a log record or a process.
///
/// ```
/// let tag = fedtrace::Tag::new(fedtrace::tags::HTTP_STATUS_CODE, 404);
/// assert_eq!(tag.value, fedtrace::TagValue::Long(404));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// The key, for example one of [`tags`](crate::tags).
    pub key: Cow<'static, str>,
    /// The value.
    pub value: TagValue,
}

impl Tag {
    /// A tag with this key and value.
    pub fn new(key: impl Into<Cow<'static, str>>, value: impl Into<TagValue>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
        }
    }
}

impl<K: Into<Cow<'static, str>>, V: Into<TagValue>> From<(K, V)> for Tag {
    fn from((key, value): (K, V)) -> Self {
        Self::new(key, value)
    }
}

/// Tag names that other tools know: OpenTracing's semantic conventions and Synapse's names.
pub mod tags {
    /// The component that produced the span, for example the name of a library.
    pub const COMPONENT: &str = "component";
    /// `true` on a span that failed.
    pub const ERROR: &str = "error";
    /// Method of an HTTP request.
    pub const HTTP_METHOD: &str = "http.method";
    /// Status code of an HTTP response, a number.
    pub const HTTP_STATUS_CODE: &str = "http.status_code";
    /// URL of an HTTP request. Never put one with an access token here.
    pub const HTTP_URL: &str = "http.url";
    /// Address of the other side. On `outgoing-federation-request` it is the name of the homeserver, as in Synapse.
    pub const PEER_ADDRESS: &str = "peer.address";
    /// IPv4 address of the other side.
    pub const PEER_IPV4: &str = "peer.ipv4";
    /// IPv6 address of the other side.
    pub const PEER_IPV6: &str = "peer.ipv6";
    /// Port of the other side, a number.
    pub const PEER_PORT: &str = "peer.port";
    /// Name of the service on the other side.
    pub const PEER_SERVICE: &str = "peer.service";
    /// A number: above 0 asks for the trace to be recorded, 0 asks for it not to be.
    pub const SAMPLING_PRIORITY: &str = "sampling.priority";
    /// [`SPAN_KIND_CLIENT`] or [`SPAN_KIND_SERVER`].
    pub const SPAN_KIND: &str = "span.kind";
    /// The side that sends a request.
    pub const SPAN_KIND_CLIENT: &str = "client";
    /// The side that answers a request.
    pub const SPAN_KIND_SERVER: &str = "server";

    /// A stack trace, in a log record. It may be longer than other texts: see
    /// [`max_traceback_length`](crate::TracerBuilder::max_traceback_length).
    pub const STACK: &str = "stack";

    /// Synapse's identifier of a request.
    pub const REQUEST_ID: &str = "request_id";
    /// Who has proven to be the sender of a request, in Synapse: the name of a homeserver, or the id of a user.
    /// [`incoming_federation_request`](crate::incoming_federation_request) sets it for homeservers.
    pub const AUTHENTICATED_ENTITY: &str = "authenticated_entity";
    /// The user for whom a request is handled, in Synapse. fedtrace sets it nowhere: who may be named in spans is the server's choice.
    pub const USER_ID: &str = "user_id";
    /// Name of the process that a server is split into, as Synapse tags it.
    pub const INSTANCE_NAME: &str = "instance_name";
    /// The `jaeger-debug-id` with which this trace was requested, on its root.
    pub const JAEGER_DEBUG_ID: &str = "jaeger-debug-id";
    /// The sampler that decided about this trace, on the span at which it decided.
    pub const SAMPLER_TYPE: &str = "sampler.type";
    /// The parameter of the sampler that decided about this trace.
    pub const SAMPLER_PARAM: &str = "sampler.param";
    /// `true` on the report of a span that was still open; see
    /// [`TracerBuilder::long_open_after`](crate::TracerBuilder::long_open_after).
    pub const UNFINISHED: &str = "unfinished";
    /// `true` on the span of a future that was dropped before it completed.
    pub const CANCELLED: &str = "cancelled";
}
