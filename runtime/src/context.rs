//! The identity of a span, as it travels between threads, processes and servers.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};

use crate::baggage::Baggage;
use crate::tracer::Tracer;

/// Identifies a trace: 64 or 128 bits, never zero.
///
/// Shown as 16 or 32 lower-case hexadecimal digits, as Jaeger's clients write it.
///
/// ```
/// let id = fedtrace::TraceId::new(0xabc).unwrap();
/// assert_eq!(id.to_string(), "0000000000000abc");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(NonZeroU128);

impl TraceId {
    /// An id from its number, or `None` for zero, which is not an id.
    pub fn new(id: u128) -> Option<Self> {
        NonZeroU128::new(id).map(Self)
    }

    pub(crate) fn from_low(low: u64) -> Self {
        Self(NonZeroU128::new(u128::from(low)).unwrap_or(NonZeroU128::MIN))
    }

    /// The number.
    pub fn get(self) -> u128 {
        self.0.get()
    }

    /// The lower 64 bits, the part on which samplers decide.
    pub fn low(self) -> u64 {
        self.0.get() as u64
    }

    /// The upper 64 bits; zero in a 64-bit id.
    pub fn high(self) -> u64 {
        (self.0.get() >> 64) as u64
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.high() {
            0 => write!(f, "{:016x}", self.low()),
            high => write!(f, "{high:016x}{:016x}", self.low()),
        }
    }
}

impl fmt::LowerHex for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

/// Identifies a span in its trace: 64 bits, never zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(NonZeroU64);

impl SpanId {
    pub(crate) const MIN: Self = Self(NonZeroU64::MIN);

    /// An id from its number, or `None` for zero, which is not an id.
    pub fn new(id: u64) -> Option<Self> {
        NonZeroU64::new(id).map(Self)
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpanId({self})")
    }
}

/// The flags of a trace, one byte on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TraceFlags(u8);

impl TraceFlags {
    /// The trace is recorded.
    pub const SAMPLED: Self = Self(0x01);
    /// The trace was asked for and must not be thinned out further on; only meaningful with `SAMPLED`.
    pub const DEBUG: Self = Self(0x02);
    /// The trace must not be indexed.
    pub const FIREHOSE: Self = Self(0x08);
    /// What [`Span::force_tracing`](crate::Span::force_tracing) sets.
    pub const FORCED: Self = Self(0x03);

    pub(crate) const NONE: Self = Self(0);

    /// Flags from the byte on the wire.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The byte on the wire.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the trace is recorded.
    pub const fn is_sampled(self) -> bool {
        self.0 & Self::SAMPLED.0 != 0
    }

    /// Whether all of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags and `other`.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These flags as far as they are also in `mask`.
    pub const fn intersection(self, mask: Self) -> Self {
        Self(self.0 & mask.0)
    }

    /// These flags less `other`.
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl fmt::Debug for TraceFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceFlags({:#04x})", self.0)
    }
}

/// The part of a span that others may refer to: its ids, its flags and its baggage.
///
/// It is cheap to clone and can be sent anywhere, for example along with a message through a channel, so that
/// the receiver can start a span that follows from it.
#[derive(Clone)]
pub struct SpanContext {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) flags: TraceFlags,
    pub(crate) baggage: Baggage,
    pub(crate) remote: bool,
    /// The tracer of a span of this process: its children are that tracer's too.
    pub(crate) tracer: Option<Tracer>,
}

impl PartialEq for SpanContext {
    fn eq(&self, other: &Self) -> bool {
        let ids = |context: &Self| (context.trace_id, context.span_id, context.flags, context.remote);
        ids(self) == ids(other) && self.baggage == other.baggage
    }
}

impl Eq for SpanContext {}

impl SpanContext {
    /// A context of a span that this process did not start, without baggage.
    pub fn remote(trace_id: TraceId, span_id: SpanId, flags: TraceFlags) -> Self {
        Self {
            trace_id,
            span_id,
            flags,
            baggage: Baggage::default(),
            remote: true,
            tracer: None,
        }
    }

    /// The trace that the span belongs to.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The span.
    pub fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// The flags of the trace.
    pub fn flags(&self) -> TraceFlags {
        self.flags
    }

    /// Whether the trace is recorded.
    pub fn is_sampled(&self) -> bool {
        self.flags.is_sampled()
    }

    /// Whether the span was started by another process.
    pub fn is_remote(&self) -> bool {
        self.remote
    }

    /// What travels with the trace.
    pub fn baggage(&self) -> &Baggage {
        &self.baggage
    }

    /// Whether somebody forced this trace to be recorded, on this process or on another of our own.
    ///
    /// Synapse marks such traces with the baggage item `synapse-force-tracing`; baggage from other servers is
    /// never taken, so they cannot force anything here.
    #[doc(alias = "is_context_forced_tracing")]
    pub fn is_forced(&self) -> bool {
        self.baggage.get(crate::baggage::FORCE_TRACING).is_some()
    }
}

impl fmt::Debug for SpanContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanContext")
            .field("trace_id", &format_args!("{}", self.trace_id))
            .field("span_id", &format_args!("{}", self.span_id))
            .field("flags", &self.flags)
            .field("baggage", &self.baggage)
            .field("remote", &self.remote)
            .finish()
    }
}
