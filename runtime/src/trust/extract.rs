//! Reading of incoming contexts, as far as their origin is trusted.

use std::borrow::Cow;

use super::parties::Origin;
use super::rejection::Rejection;
use super::rules::{PropagationRules, Writing};
use crate::codec::carrier::{Carrier, CarrierValue, Format};
use crate::codec::decoded_context::{DecodedContext, Reading};
use crate::codec::header_names::{JAEGER_BAGGAGE, baggage_key};
use crate::codec::propagation::Propagation;
use crate::codec::{jaeger, w3c};
use crate::model::baggage::Baggage;
use crate::model::flags::TraceFlags;
use crate::model::id::TraceId;
use crate::model::trace_context::{TraceContext, TraceSeed};
use crate::util::percent;

/// An incoming context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExtractedContext {
    pub(crate) context: TraceContext,
    /// Whether the sender left the sampling decision to us. Then no flags are set.
    pub(crate) is_deferred: bool,
}

impl ExtractedContext {
    fn new(decoded: DecodedContext, mask: TraceFlags) -> Self {
        let flags = decoded.flags.unwrap_or(TraceFlags::NONE);
        Self {
            context: TraceContext::remote(decoded.trace_id, decoded.span_id, flags.intersection(mask)),
            is_deferred: decoded.flags.is_none(),
        }
    }

    fn of_seed(seed: TraceSeed) -> Self {
        Self {
            context: TraceContext::of_seed(seed),
            is_deferred: false,
        }
    }
}

/// The context in the carrier, as far as its origin is trusted. Calls `rejected` once for each reason why
/// something was not accepted. This never fails: unreadable input yields no context.
pub(crate) fn extract_context<C: Carrier + ?Sized>(
    carrier: &C,
    origin: Origin<'_>,
    rules: &PropagationRules,
    rejected: &dyn Fn(Rejection),
) -> Option<ExtractedContext> {
    Reader::new(carrier, rules.writing(), rejected).extract(origin, rules)
}

/// The same for stored text, which is always in Jaeger's format.
#[cfg(feature = "json")]
pub(crate) fn extract_stored_context<C: Carrier + ?Sized>(
    carrier: &C,
    origin: Origin<'_>,
    rules: &PropagationRules,
    rejected: &dyn Fn(Rejection),
) -> Option<ExtractedContext> {
    Reader::new(carrier, Writing::STORED, rejected).extract(origin, rules)
}

/// A value that is no text.
struct Malformed;

struct Reader<'a, C: ?Sized> {
    carrier: &'a C,
    writing: Writing<'a>,
    rejected: &'a dyn Fn(Rejection),
}

impl<'a, C: Carrier + ?Sized> Reader<'a, C> {
    fn new(carrier: &'a C, writing: Writing<'a>, rejected: &'a dyn Fn(Rejection)) -> Self {
        Self {
            carrier,
            writing,
            rejected,
        }
    }

    fn extract(&self, origin: Origin<'_>, rules: &PropagationRules) -> Option<ExtractedContext> {
        if origin == Origin::Internal {
            // Without a format, what belongs to every format is not accepted either.
            return match self.writing.propagation {
                [] => None,
                [..] => self.internal(),
            };
        }
        if self.written_debug_id() != CarrierValue::Absent {
            (self.rejected)(Rejection::DebugId);
        }
        let (reading, others_are_wrong) = self.first();
        if reading == Reading::Absent {
            self.drop_baggage();
            return None;
        }
        let trusted_flags = match rules.flags_trusted_from(origin) {
            Ok(flags) => flags,
            Err(rejection) => {
                (self.rejected)(rejection);
                return None;
            }
        };
        let extracted = match reading {
            Reading::Found(decoded) => ExtractedContext::new(decoded, trusted_flags),
            Reading::Decision(flags) => {
                ExtractedContext::of_seed(TraceSeed::Decided(flags.intersection(trusted_flags)))
            }
            Reading::Absent | Reading::Malformed => {
                (self.rejected)(Rejection::DecodingError);
                return None;
            }
        };
        if others_are_wrong {
            (self.rejected)(Rejection::DecodingError);
        }
        self.drop_baggage();
        Some(extracted)
    }

    /// The first readable context, else the first decision without ids, and whether one before it was malformed.
    /// `Malformed` if nothing is readable.
    fn first(&self) -> (Reading, bool) {
        let (mut decision, mut is_malformed) = (None, false);
        for propagation in self.writing.propagation {
            match propagation.read(self.carrier, self.writing.names) {
                found @ Reading::Found(_) => return (found, is_malformed),
                found @ Reading::Decision(_) => decision = decision.or(Some(found)),
                Reading::Malformed => is_malformed = true,
                Reading::Absent => {}
            }
        }
        match decision {
            Some(decision) => (decision, is_malformed),
            None if is_malformed => (Reading::Malformed, false),
            None => (Reading::Absent, false),
        }
    }

    /// Everything in the carrier. Without a span to continue, a debug id, a decision or baggage requests a new trace.
    fn internal(&self) -> Option<ExtractedContext> {
        let (reading, others_are_wrong) = self.first();
        let debug_id = match reading {
            Reading::Found(_) => Ok(None),
            Reading::Absent | Reading::Malformed | Reading::Decision(_) => self.debug_id(),
        };
        if others_are_wrong || reading == Reading::Malformed || debug_id.is_err() {
            (self.rejected)(Rejection::DecodingError);
        }
        let debug_id = debug_id.ok().flatten();
        if reading == Reading::Malformed {
            debug_id.as_ref()?;
        }
        let (mut baggage, mut dropped) = self.baggage();
        if let Reading::Found(decoded) = reading {
            dropped += usize::from(!self.read_tracestate(decoded.trace_id, &mut baggage));
        }
        if dropped > 0 {
            (self.rejected)(Rejection::Baggage(dropped));
        }
        let mut extracted = match (reading, debug_id) {
            (Reading::Found(decoded), _) => ExtractedContext::new(decoded, jaeger::KNOWN_FLAGS),
            (_, Some(debug_id)) => ExtractedContext::of_seed(TraceSeed::Debug(debug_id.into())),
            (Reading::Decision(flags), None) => ExtractedContext::of_seed(TraceSeed::Decided(flags)),
            (_, None) if baggage.is_empty() => return None,
            (_, None) => ExtractedContext::of_seed(TraceSeed::Baggage),
        };
        extracted.context.baggage = baggage;
        Some(extracted)
    }

    /// Reads the `tracestate` of this trace, if there is one. Returns `false` if it is invalid.
    fn read_tracestate(&self, trace_id: TraceId, baggage: &mut Baggage) -> bool {
        let is_there = || self.carrier.get(w3c::TRACESTATE) != CarrierValue::Absent;
        if !self.writing.propagation.contains(&Propagation::W3c) || !is_there() {
            return true;
        }
        let is_of_this_trace = matches!(
            Propagation::W3c.read(self.carrier, self.writing.names),
            Reading::Found(decoded) if decoded.trace_id == trace_id
        );
        let state = self.carrier.get_list(w3c::TRACESTATE);
        let state = state.filter(|_| is_of_this_trace);
        let Some(state) = state.and_then(|state| w3c::tracestate(&state)) else {
            return false;
        };
        baggage.set_tracestate(state);
        true
    }

    fn written_debug_id(&self) -> CarrierValue<'_> {
        match self.writing.has_debug_ids {
            true => self.carrier.get(&self.writing.names.debug_id),
            false => CarrierValue::Absent,
        }
    }

    /// The debug id, if there is one that is not empty.
    fn debug_id(&self) -> Result<Option<Cow<'_, str>>, Malformed> {
        match self.written_debug_id() {
            CarrierValue::Absent => Ok(None),
            CarrierValue::Unreadable => Err(Malformed),
            CarrierValue::Text(text) => {
                let id = self.unescaped(text).ok_or(Malformed)?;
                Ok(Some(id).filter(|id| !id.is_empty()))
            }
        }
    }

    fn unescaped<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        match self.carrier.format() {
            Format::HttpHeaders => percent::decode(text),
            Format::TextMap => Some(Cow::Borrowed(text)),
        }
    }

    /// The baggage in the carrier, and the number of items that were dropped.
    fn baggage(&self) -> (Baggage, usize) {
        let mut baggage = Baggage::default();
        let mut dropped = 0;
        self.carrier.for_each(&mut |name, value| {
            let Some(key) = baggage_key(name, &self.writing.names.baggage_prefix) else {
                return;
            };
            let taken = match value {
                CarrierValue::Text(text) => self
                    .unescaped(text)
                    .is_some_and(|value| baggage.insert(key, &value)),
                CarrierValue::Absent | CarrierValue::Unreadable => false,
            };
            dropped += usize::from(!taken);
        });
        let by_hand = match self.carrier.get(JAEGER_BAGGAGE) {
            CarrierValue::Absent => return (baggage, dropped),
            CarrierValue::Text(text) => self.unescaped(text),
            CarrierValue::Unreadable => None,
        };
        let Some(by_hand) = by_hand else {
            return (baggage, dropped + 1);
        };
        for item in by_hand.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let taken = match item.split_once('=') {
                Some((key, value)) if !value.contains('=') => baggage.insert(key.trim(), value.trim()),
                _ => false,
            };
            dropped += usize::from(!taken);
        }
        (baggage, dropped)
    }

    /// Ignores the baggage in the carrier, and counts its items.
    fn drop_baggage(&self) {
        let mut count = 0;
        let takes_tracestate = self.writing.propagation.contains(&Propagation::W3c);
        self.carrier.for_each(&mut |name, _| {
            let is_baggage = baggage_key(name, &self.writing.names.baggage_prefix).is_some()
                || name.eq_ignore_ascii_case(JAEGER_BAGGAGE)
                || (takes_tracestate && name.eq_ignore_ascii_case(w3c::TRACESTATE));
            count += usize::from(is_baggage);
        });
        if count > 0 {
            (self.rejected)(Rejection::Baggage(count));
        }
    }
}
