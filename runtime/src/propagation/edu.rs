//! Contexts in EDUs, the messages of Matrix that carry no event: they may wait for hours before they are sent, so
//! the request that causes one is over when its transaction goes out.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::headers::{INCOMING_REQUEST, receiving_tracer};
use super::stored_context::{context_to_string, decode, encode};
use crate::span::active::active_span;
use crate::span::builder::build_span;
use crate::span::handle::Span;
use crate::span::scope::Scope;
use crate::tracer::span_context::SpanContext;
use crate::trust::parties::{Destination, Origin};

/// The key of the context in the content of an EDU, which Synapse writes too.
pub const EDU_CONTEXT: &str = "org.matrix.opentracing_context";

/// Makes the content of an EDU say what its destination may know of the active span.
///
/// First it removes the context that is there, also when tracing is off. Then it adds that of the active span
/// under [`EDU_CONTEXT`], as [`context_to_string`] writes it, if there is one and `destination` may have it.
///
/// An EDU that is stored until its transaction goes out is for [`Destination::Internal`];
/// [`start_send_transaction`] decides at sending what the other server may have of it. Never send it without.
///
/// ```
/// use fedtrace::{Destination, inject_edu};
///
/// let mut content = serde_json::Map::new();
/// content.insert("device_id".to_owned(), "JLAFKJWSCS".into());
/// inject_edu(&mut content, Destination::Internal);
/// ```
#[track_caller]
pub fn inject_edu(content: &mut Map<String, Value>, destination: Destination<'_>) {
    strip_edu(content);
    if let Some(text) = context_to_string(destination) {
        content.insert(EDU_CONTEXT.to_owned(), Value::String(text));
    }
}

/// Removes the context from the content of an EDU.
///
/// For what did not come from our own processes and is stored or passed on, such as the message of a client to a
/// device.
#[doc(alias = "strip_context")]
pub fn strip_edu(content: &mut Map<String, Value>) {
    content.remove(EDU_CONTEXT);
}

/// The span context in the content of an EDU, as far as we believe its [`Origin`].
///
/// It never fails: a context that is not text, longer than 4 KiB or nested is no context, and is counted in
/// [`Stats`](crate::Stats).
#[doc(alias = "get_context")]
#[cfg_attr(not(feature = "enable"), inline)]
pub fn extract_edu(content: &Map<String, Value>, origin: Origin<'_>) -> Option<SpanContext> {
    extract_for(content, origin, INCOMING_REQUEST)
}

fn extract_for(content: &Map<String, Value>, origin: Origin<'_>, operation: &str) -> Option<SpanContext> {
    let context = content.get(EDU_CONTEXT)?;
    decode(context.as_str(), origin, operation, &receiving_tracer()?)
}

/// Starts an active span for the handling of an EDU.
///
/// It is a child of the span in which the EDU was made, if its context can be read and believed, and follows from
/// the span that is active; else it is a child of the active span.
///
/// In async code, where a [`Scope`] must not be held across an `.await`, give the context of [`extract_edu`] to
/// [`build_span`](crate::build_span), and the span to [`TraceFutureExt::in_span`](crate::TraceFutureExt::in_span).
///
/// ```
/// use fedtrace::{Origin, start_active_span_from_edu};
///
/// fn on_direct_to_device_edu(origin: &str, content: &serde_json::Map<String, serde_json::Value>) {
///     let origin = Origin::AuthenticatedHomeserver(origin);
///     let _scope = start_active_span_from_edu(content, "on_direct_to_device_edu", origin);
/// }
/// ```
pub fn start_active_span_from_edu(
    content: &Map<String, Value>,
    op: impl Into<Cow<'static, str>>,
    origin: Origin<'_>,
) -> Scope {
    let op = op.into();
    let sender = extract_for(content, origin, &op);
    let builder = build_span(op);
    match sender {
        Some(sender) => builder
            .child_of(sender)
            .follows_from(active_span().and_then(|span| span.context())),
        None => builder,
    }
    .start_active()
}

/// Decides for a whole transaction what its destination may know, and starts the span `send_transaction`.
///
/// `edus` are the contents of all EDUs of the transaction, with the contexts that [`inject_edu`] stored in them
/// for [`Destination::Internal`]. Each context is decoded, judged for `destination` and written again, or removed
/// if the destination may not have it or it cannot be read. While tracing is off all of them are removed.
///
/// The span follows from all these contexts, and forces tracing if one of them was forced. It is a child of the
/// active span; without one, of the first context. Sign the transaction after this call: the signature covers its
/// content.
///
/// ```
/// use fedtrace::{Destination, TraceFutureExt, start_send_transaction};
///
/// # type Edu = serde_json::Map<String, serde_json::Value>;
/// async fn send_transaction(destination: &str, mut edus: Vec<Edu>) {
///     let span = start_send_transaction(&mut edus, Destination::Homeserver(destination));
///     async { /* sign and send */ }.in_span(span).await;
/// }
/// ```
#[must_use = "the span is over when its last handle is dropped"]
pub fn start_send_transaction<'a>(
    edus: impl IntoIterator<Item = &'a mut Map<String, Value>>,
    destination: Destination<'_>,
) -> Span {
    let tracer = receiving_tracer();
    let mut builder = build_span("send_transaction").inherit_force_tracing();
    for content in edus {
        let stored = content.remove(EDU_CONTEXT);
        let (Some(stored), Some(tracer)) = (stored, &tracer) else {
            continue;
        };
        let Some(context) = decode(stored.as_str(), Origin::Internal, "send_transaction", tracer) else {
            continue;
        };
        if let Some(text) = encode(&context, destination, tracer) {
            content.insert(EDU_CONTEXT.to_owned(), Value::String(text));
        }
        builder = builder.follows_from(context);
    }
    builder.start()
}
