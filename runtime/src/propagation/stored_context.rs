//! Contexts as text: the text map as a JSON object, as Synapse stores it in databases, queues and EDUs.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::headers::{INCOMING_REQUEST, accept, count, is_expected, note_origin, receiving_tracer};
use crate::model::baggage::{Baggage, FORCE_TRACING};
use crate::span::active::missing;
use crate::span::stack::active::active_context;
use crate::tracer::core::Tracer;
use crate::tracer::span_context::SpanContext;
use crate::trust::extract::extract_stored_context;
use crate::trust::inject::inject_stored_context;
use crate::trust::parties::{Destination, Origin};
use crate::trust::rejection::Rejection;

/// The most bytes of a context as text, in both directions.
pub(super) const MAX_BYTES: usize = 4 * 1024;

/// The context of the active span as text, for a database or a queue, as far as `destination` may have it.
/// `None` if there is no active span or `destination` may not have its context.
///
/// The text is a JSON object such as `{"uber-trace-id":"1a2b:3c:0:1"}`, of at most 4 KiB. It does not depend
/// on [`propagation`](crate::TracerBuilder::propagation), because stored text outlives a change of the
/// configuration. Baggage beyond 4 KiB is left out and counted; the mark of a forced trace is kept.
///
/// For text that is stored to be sent later, pass [`Destination::Internal`], because its receiver is not
/// known yet. It must not leave unchanged: [`start_send_transaction`](crate::start_send_transaction) filters
/// it when it is sent.
///
/// For `Homeserver` and `Internal`, a call without an active span is counted, and logged with its location at
/// most once a minute.
///
/// ```
/// use fedtrace::{Destination, Origin, Tracer, context_from_string, context_to_string};
///
/// # fn main() -> Result<(), fedtrace::InitError> {
/// let (tracer, _guard) = Tracer::builder("example.com").build()?;
/// fedtrace::with_tracer(&tracer, || {
///     let _scope = fedtrace::start_active_span("add_device_change");
///     let column: Option<String> = context_to_string(Destination::Internal);
///     let context = column.and_then(|text| context_from_string(&text, Origin::Internal));
///     assert_eq!(context.map(|context| context.trace_id()), fedtrace::trace_id());
/// });
/// # Ok(())
/// # }
/// ```
#[doc(alias = "active_span_context_as_string")]
#[track_caller]
#[cfg_attr(not(feature = "enable"), inline)]
pub fn context_to_string(destination: Destination<'_>) -> Option<String> {
    let active = active_context();
    if active.is_none() && is_expected(destination) {
        missing("write a span context");
    }
    active.and_then(|(context, tracer)| encode(&context, destination, &tracer))
}

/// The span context in a text that [`context_to_string`] or Synapse wrote, as far as its [`Origin`] is
/// trusted.
///
/// It never fails: a text that is longer than 4 KiB or is not a flat JSON object of strings is ignored and
/// counted in [`Stats`](crate::Stats).
#[doc(alias = "span_context_from_string")]
#[cfg_attr(not(feature = "enable"), inline)]
pub fn context_from_string(text: &str, origin: Origin<'_>) -> Option<SpanContext> {
    note_origin(origin);
    decode(Some(text), origin, INCOMING_REQUEST, &receiving_tracer()?)
}

/// The text of a context, as far as its destination may have it.
pub(super) fn encode(context: &SpanContext, destination: Destination<'_>, tracer: &Tracer) -> Option<String> {
    let text = write(context, destination, tracer)?;
    if text.len() <= MAX_BYTES {
        return Some(text);
    }
    let mut shorter = context.clone();
    shorter.context.baggage = Baggage::default();
    if context.is_forced() {
        shorter.context.baggage.insert(FORCE_TRACING, "1");
    }
    let left_out = context.baggage().iter().count() - shorter.baggage().iter().count();
    count(&tracer.inner().stats, Rejection::Baggage(left_out));
    write(&shorter, destination, tracer)
}

fn write(context: &SpanContext, destination: Destination<'_>, tracer: &Tracer) -> Option<String> {
    let mut map = BTreeMap::new();
    inject_stored_context(
        &mut map,
        &context.context,
        destination,
        &tracer.propagation_rules(),
    );
    if map.is_empty() {
        return None;
    }
    serde_json::to_string(&map).ok()
}

/// The context in a text, as far as its origin is trusted. `None` as the text stands for a value that is not
/// text.
pub(super) fn decode(
    text: Option<&str>,
    origin: Origin<'_>,
    operation: &str,
    tracer: &Tracer,
) -> Option<SpanContext> {
    accept(tracer, origin, operation, |rules, rejected| {
        let Some(map) = text.and_then(read) else {
            let rejection = rules.flags_trusted_from(origin).err();
            rejected(rejection.unwrap_or(Rejection::DecodingError));
            return None;
        };
        extract_stored_context(&map, origin, rules, rejected)
    })
}

fn read(text: &str) -> Option<BTreeMap<String, String>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    serde_json::from_str(text).ok().map(|Flat(map)| map)
}

/// A map that rejects duplicate names, because readers disagree on which of the two counts.
struct Flat(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Flat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FlatVisitor)
    }
}

struct FlatVisitor;

impl<'de> Visitor<'de> for FlatVisitor {
    type Value = Flat;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a flat object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Flat, A::Error> {
        let mut map = BTreeMap::new();
        while let Some((name, value)) = entries.next_entry::<String, String>()? {
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("a name is there twice"));
            }
        }
        Ok(Flat(map))
    }
}
