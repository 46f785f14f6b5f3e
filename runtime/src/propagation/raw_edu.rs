//! Contexts in EDUs that are held as JSON text. Nothing is copied, and nothing below the first level is parsed, where there is
//! no context.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::edu::{EDU_CONTEXT, send_transaction, span_from};
use super::headers::{INCOMING_REQUEST, note_origin, receiving_tracer};
use super::stored_context::{context_to_string, decode};
use crate::codec::raw_object::{Member, members};
use crate::span::handle::Span;
use crate::span::scope::Scope;
use crate::tracer::span_context::SpanContext;
use crate::trust::parties::{Destination, Origin};

/// JSON as servers hold it: `str`, bytes, or serde's [`RawValue`] (in ruma's `Raw<T>`, by `Raw::json`).
pub trait RawJson {
    /// The text; `None` if it is not UTF-8.
    #[doc(hidden)]
    fn text(&self) -> Option<&str>;
}

impl RawJson for str {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl RawJson for String {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl RawJson for [u8] {
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(self).ok()
    }
}

impl RawJson for Vec<u8> {
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(self).ok()
    }
}

impl RawJson for RawValue {
    fn text(&self) -> Option<&str> {
        Some(self.get())
    }
}

/// Like [`inject_edu`](crate::inject_edu), for the content of an EDU as text. It is borrowed if nothing changes, and also if it
/// is not a JSON object. Bytes that are not UTF-8 are no JSON: then it is empty.
///
/// ```
/// use fedtrace::{Destination, inject_raw_edu};
///
/// let content = r#"{"device_id":"JLAFKJWSCS"}"#;
/// let stored: String = inject_raw_edu(content, Destination::Internal).into_owned();
/// ```
#[track_caller]
pub fn inject_raw_edu<'a, J: RawJson + ?Sized>(content: &'a J, destination: Destination<'_>) -> Cow<'a, str> {
    let stripped = strip_raw_edu(content);
    match context_to_string(destination) {
        Some(context) if members(&stripped).is_some() => Cow::Owned(with_context(&stripped, &context)),
        _ => stripped,
    }
}

/// Like [`strip_edu`](crate::strip_edu), for the content of an EDU as text. It is borrowed if there was no context.
pub fn strip_raw_edu<J: RawJson + ?Sized>(content: &J) -> Cow<'_, str> {
    let text = content.text().unwrap_or_default();
    let members = members(text).unwrap_or_default();
    if members.iter().all(|member| member.key != EDU_CONTEXT) {
        return Cow::Borrowed(text);
    }
    let kept = members.iter().filter(|member| member.key != EDU_CONTEXT);
    let kept: Vec<_> = kept.filter_map(|member| text.get(member.all.clone())).collect();
    Cow::Owned(format!("{{{}}}", kept.join(",")))
}

/// Like [`extract_edu`](crate::extract_edu), for the content of an EDU as text. If there are several contexts, the last one
/// counts, as for readers that make a map of it.
pub fn extract_raw_edu<J: RawJson + ?Sized>(content: &J, origin: Origin<'_>) -> Option<SpanContext> {
    extract_for(content, origin, INCOMING_REQUEST)
}

fn extract_for<J: RawJson + ?Sized>(content: &J, origin: Origin<'_>, operation: &str) -> Option<SpanContext> {
    note_origin(origin);
    let stored = stored_context(content.text()?, &members(content.text()?)?)?;
    decode(stored.as_deref(), origin, operation, &receiving_tracer()?)
}

/// The text of the context. `Some(None)` if the context is not text.
fn stored_context(text: &str, members: &[Member<'_>]) -> Option<Option<String>> {
    let context = members.iter().rfind(|member| member.key == EDU_CONTEXT)?;
    let value = text.get(context.value.clone()).unwrap_or_default();
    Some(serde_json::from_str(value).ok())
}

/// The object with this context, which it does not have yet.
fn with_context(object: &str, context: &str) -> String {
    let object = object.trim_end();
    let rest = object.strip_suffix('}').unwrap_or(object).trim_end();
    let comma = if rest.trim_start() == "{" { "" } else { "," };
    let context = serde_json::Value::from(context);
    format!(r#"{rest}{comma}"{EDU_CONTEXT}":{context}}}"#)
}

/// Like [`start_active_span_from_edu`](crate::start_active_span_from_edu), for the content of an EDU as text.
pub fn start_active_span_from_raw_edu<J: RawJson + ?Sized>(
    content: &J,
    op: impl Into<Cow<'static, str>>,
    origin: Origin<'_>,
) -> Scope {
    span_from(op, |op| extract_for(content, origin, op)).start_active()
}

/// Like [`start_span_from_edu`](crate::start_span_from_edu), for the content of an EDU as text.
pub fn start_span_from_raw_edu<J: RawJson + ?Sized>(
    content: &J,
    op: impl Into<Cow<'static, str>>,
    origin: Origin<'_>,
) -> Span {
    span_from(op, |op| extract_for(content, origin, op)).start()
}

/// Like [`start_send_transaction`](crate::start_send_transaction), for whole EDUs as text, with their `content` in them. EDUs
/// without a context stay as they are.
///
/// ```
/// use fedtrace::{Destination, TraceFutureExt as _, start_send_raw_transaction};
/// use serde_json::value::RawValue;
///
/// async fn send_transaction(destination: &str, mut edus: Vec<Box<RawValue>>) {
///     let span = start_send_raw_transaction(&mut edus, Destination::Homeserver(destination));
///     async { /* sign and send */ }.in_span(span).await;
/// }
/// ```
#[must_use = "the span ends when its last handle is dropped"]
pub fn start_send_raw_transaction<'a>(
    edus: impl IntoIterator<Item = &'a mut Box<RawValue>>,
    destination: Destination<'_>,
) -> Span {
    let mut transaction = send_transaction(destination);
    for edu in edus {
        let filtered = filtered(edu.get(), |stored| transaction.filter(stored));
        if let Some(raw) = filtered.and_then(|text| RawValue::from_string(text).ok()) {
            *edu = raw;
        }
    }
    transaction.start()
}

/// The EDU with what `filter` makes of the context in its content. `None` if it stays as it is. If there are several contents, the
/// last one counts, and the others lose their contexts.
fn filtered(edu: &str, filter: impl FnOnce(Option<&str>) -> Option<String>) -> Option<String> {
    let members_of_edu = members(edu)?;
    let mut filter = Some(filter);
    let mut written: Option<String> = None;
    // From the end, so that the places of those before stay as they are.
    for member in members_of_edu
        .iter()
        .rev()
        .filter(|member| member.key == "content")
    {
        let filter = filter.take();
        let content = edu.get(member.value.clone())?;
        let Some(stored) = members(content).and_then(|members| stored_context(content, &members)) else {
            continue;
        };
        let stripped = strip_raw_edu(content);
        let content = match filter.and_then(|filter| filter(stored.as_deref())) {
            Some(context) => with_context(&stripped, &context),
            None => stripped.into_owned(),
        };
        let text = written.get_or_insert_with(|| edu.to_owned());
        text.replace_range(member.value.clone(), &content);
    }
    written
}
