//! Contexts in EDUs, Matrix messages without an event. An EDU may wait for hours, so the request that causes
//! it has usually ended when its transaction is sent.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::headers::{INCOMING_REQUEST, note_origin, receiving_tracer};
use super::stored_context::{context_to_string, decode, encode};
use crate::span::active::active_span;
use crate::span::builder::{SpanBuilder, build_span};
use crate::span::handle::Span;
use crate::span::scope::Scope;
use crate::tracer::core::Tracer;
use crate::tracer::span_context::SpanContext;
use crate::trust::parties::{Destination, Origin};

/// The key of the context in the content of an EDU. Synapse uses the same key.
pub const EDU_CONTEXT: &str = "org.matrix.opentracing_context";

/// Writes the context of the active span into the content of an EDU, as far as its destination may have it.
///
/// First it removes an existing context, even when tracing is off. Then it adds the context of the active
/// span under [`EDU_CONTEXT`], in the format of [`context_to_string`], if there is an active span and
/// `destination` may have its context.
///
/// For an EDU that is stored until its transaction is sent, pass [`Destination::Internal`].
/// [`start_send_transaction`] then decides what the other server may have; never send the EDU without calling
/// it.
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
/// Use it for content that did not come from our own processes and is stored or forwarded, such as a
/// to-device message of a client.
#[doc(alias = "strip_context")]
pub fn strip_edu(content: &mut Map<String, Value>) {
    content.remove(EDU_CONTEXT);
}

/// The span context in the content of an EDU, as far as its [`Origin`] is trusted.
///
/// It never fails: a context that is not text, is longer than 4 KiB or is nested is ignored and counted in
/// [`Stats`](crate::Stats).
#[doc(alias = "get_context")]
#[cfg_attr(not(feature = "enable"), inline)]
pub fn extract_edu(content: &Map<String, Value>, origin: Origin<'_>) -> Option<SpanContext> {
    extract_for(content, origin, INCOMING_REQUEST)
}

fn extract_for(content: &Map<String, Value>, origin: Origin<'_>, operation: &str) -> Option<SpanContext> {
    note_origin(origin);
    let context = content.get(EDU_CONTEXT)?;
    decode(context.as_str(), origin, operation, &receiving_tracer()?)
}

/// Starts an active span for the handling of an EDU.
///
/// If the context of the EDU is readable and trusted, the span is a child of the span in which the EDU was
/// made, and follows from the active span. Otherwise it is a child of the active span.
///
/// In async code, where a [`Scope`] must not be held across an `.await`, use [`start_span_from_edu`].
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
    span_from(op, |op| extract_for(content, origin, op)).start_active()
}

/// Like [`start_active_span_from_edu`], for async code: the span is not active yet.
///
/// ```
/// use fedtrace::{Origin, TraceFutureExt as _, start_span_from_edu};
///
/// type Content = serde_json::Map<String, serde_json::Value>;
///
/// async fn on_direct_to_device_edu(origin: &str, content: Content) {
///     let origin = Origin::AuthenticatedHomeserver(origin);
///     let span = start_span_from_edu(&content, "on_direct_to_device_edu", origin);
///     async { /* store the messages */ }.in_span(span).await;
/// }
/// ```
pub fn start_span_from_edu(
    content: &Map<String, Value>,
    op: impl Into<Cow<'static, str>>,
    origin: Origin<'_>,
) -> Span {
    span_from(op, |op| extract_for(content, origin, op)).start()
}

/// The span of the handling of an EDU. `extract` has its context, for this operation, if the sender is trusted.
pub(super) fn span_from(
    op: impl Into<Cow<'static, str>>,
    extract: impl FnOnce(&str) -> Option<SpanContext>,
) -> SpanBuilder {
    let op = op.into();
    let sender = extract(&op);
    let builder = build_span(op);
    match sender {
        Some(sender) => builder
            .child_of(sender)
            .follows_from(active_span().and_then(|span| span.context())),
        None => builder,
    }
}

/// Filters the contexts in a transaction for its destination, and starts the span `send_transaction`.
///
/// `edus` are the contents of all EDUs of the transaction, with the contexts that [`inject_edu`] stored in
/// them for [`Destination::Internal`]. Each context is decoded, filtered for `destination` and written again.
/// It is removed if the destination may not have it or if it cannot be read. While tracing is off, all
/// contexts are removed.
///
/// The span follows from all these contexts, and is forced if one of them was. It is a child of the active
/// span, or of the first context if there is no active span. Sign the transaction after this call, because
/// the signature covers its content.
///
/// ```
/// use fedtrace::{Destination, TraceFutureExt as _, start_send_transaction};
///
/// # type Edu = serde_json::Map<String, serde_json::Value>;
/// async fn send_transaction(destination: &str, mut edus: Vec<Edu>) {
///     let span = start_send_transaction(&mut edus, Destination::Homeserver(destination));
///     async { /* sign and send */ }.in_span(span).await;
/// }
/// ```
#[must_use = "the span ends when its last handle is dropped"]
pub fn start_send_transaction<'a>(
    edus: impl IntoIterator<Item = &'a mut Map<String, Value>>,
    destination: Destination<'_>,
) -> Span {
    let mut transaction = send_transaction(destination);
    for content in edus {
        let Some(stored) = content.remove(EDU_CONTEXT) else {
            continue;
        };
        if let Some(text) = transaction.filter(stored.as_str()) {
            content.insert(EDU_CONTEXT.to_owned(), Value::String(text));
        }
    }
    transaction.start()
}

/// A transaction whose contexts are filtered one by one.
pub(super) struct Transaction<'a> {
    destination: Destination<'a>,
    tracer: Option<Tracer>,
    causes: Vec<SpanContext>,
}

pub(super) fn send_transaction(destination: Destination<'_>) -> Transaction<'_> {
    Transaction {
        destination,
        tracer: receiving_tracer(),
        causes: Vec::new(),
    }
}

impl Transaction<'_> {
    /// What the destination may have of a stored context.
    pub(super) fn filter(&mut self, stored: Option<&str>) -> Option<String> {
        let tracer = self.tracer.as_ref()?;
        let context = decode(stored, Origin::Internal, SEND_TRANSACTION, tracer)?;
        let text = encode(&context, self.destination, tracer);
        self.causes.push(context);
        text
    }

    pub(super) fn start(self) -> Span {
        let builder = build_span(SEND_TRANSACTION).inherit_force_tracing();
        let causes = self.causes.into_iter();
        causes.fold(builder, SpanBuilder::follows_from).start()
    }
}

const SEND_TRANSACTION: &str = "send_transaction";
