//! The handle to a span.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

#[cfg(feature = "tracing")]
use super::shown_ids::ShownIds;
use super::stack;
use super::stack::frame::EmptyFrame;
use super::stack::shared_span::SharedSpan;
use crate::delivery::entry::Key;
use crate::metrics::requests::Request;
use crate::model::into_tag::IntoTagValue;
use crate::model::log_fields::LogFields;
use crate::model::tag::tags;
#[cfg(feature = "tracing")]
use crate::model::value::Field;
use crate::model::value::Value;
use crate::tracer::span_context::SpanContext;

/// A handle to a span. It can be cloned, sent to other threads and stored.
///
/// A span with handles ends when its scope is closed, when [`finish`](Self::finish) is called on a handle, or
/// when the last handle is dropped. Later uses are ignored and counted, and logged at most once a minute.
///
/// When tracing is off, the handle is empty and its methods do nothing.
///
/// ```
/// use std::thread;
///
/// let span = fedtrace::build_span("store-event").tag("room", "!a:example.org").start();
/// thread::spawn(move || {
///     span.log_kv([("event", "stored")]);
///     span.finish();
/// });
/// ```
#[derive(Clone)]
pub struct Span {
    pub(crate) shared: Option<Arc<SharedSpan>>,
}

/// Shows the name and the context.
impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(shared) = &self.shared else {
            return f.write_str("Span(none)");
        };
        f.debug_struct("Span")
            .field("name", &shared.full_name())
            .field("context", &shared.shown_context())
            .finish()
    }
}

impl Span {
    pub(crate) const NONE: Self = Self { shared: None };

    pub(crate) fn of_slot(number: u64) -> Self {
        Self {
            shared: stack::with(|local| local.promote(number)).flatten(),
        }
    }

    /// Whether it is an incoming request. `None` if nothing says what it is.
    pub(crate) fn is_request(&self) -> Option<bool> {
        self.shared.as_ref()?.is_request()
    }

    /// Whether it is an incoming request that is not answered yet.
    #[cfg(feature = "tower")]
    pub(crate) fn is_open_request(&self) -> bool {
        let shared = self.shared.as_ref();
        shared.is_some_and(|shared| shared.is_open() && shared.is_request() == Some(true))
    }

    pub(crate) fn is_recorded(&self) -> bool {
        self.shared.as_ref().is_some_and(|shared| shared.is_recorded())
    }

    /// Marks it as not being a separate request.
    pub(crate) fn set_no_request(&self) {
        if let Some(shared) = &self.shared {
            shared.set_request(Request::default());
        }
    }

    /// Says that it is that of a request of another homeserver.
    pub(crate) fn answer_homeserver(&self) {
        if let Some(shared) = &self.shared {
            shared.answer_homeserver();
        }
    }

    /// The context, to which other spans can refer; `None` when tracing is off.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn context(&self) -> Option<SpanContext> {
        let shared = self.shared.as_ref()?;
        shared.notice_if_long_open();
        Some(shared.context())
    }

    /// Sets a tag. Setting it again replaces its value. A value that is `None` sets nothing. Long texts are cut, and
    /// tags beyond [`max_tags_per_span`](crate::TracerBuilder::max_tags_per_span) are left out.
    ///
    /// ```
    /// # let span = fedtrace::build_span("op").start();
    /// span.set_tag("room", "!a:example.org").set_tag("attempt", 2);
    /// ```
    ///
    /// The tag [`sampling.priority`](tags::SAMPLING_PRIORITY) decides again whether this span and its future
    /// children are recorded. As in Jaeger's clients, a value above zero records them and sets
    /// [`DEBUG`](crate::TraceFlags::DEBUG), and zero clears both. The value may be an integer, a float, a
    /// `bool` or digits; others are ignored. A value above zero is also ignored if the span already has
    /// `DEBUG` or if the [throttler](crate::throttler) refuses.
    pub fn set_tag(&self, key: impl Into<Cow<'static, str>>, value: impl IntoTagValue) -> &Self {
        let Some(shared) = &self.shared else { return self };
        let key = key.into();
        let is_priority = key == tags::SAMPLING_PRIORITY;
        if !(is_priority || shared.room().is_some() || shared.counts(&key)) {
            shared.notice("set_tag");
            return self;
        }
        match value.into_value() {
            Some(value) if is_priority => {
                if let Some(priority) = priority(&value) {
                    let _frame = EmptyFrame::for_throttler_of(&shared.tracer);
                    shared.set_priority(&value, priority > 0);
                }
            }
            Some(value) => shared.set_tag(Key::from(&key), &value),
            None => {}
        }
        self
    }

    /// Sets a tag that is not the priority.
    pub(crate) fn set_value(&self, key: Key<'_>, value: &Value<'_>) {
        if let Some(shared) = &self.shared {
            shared.set_tag(key, value);
        }
    }

    /// Its ids. It may still get another parent.
    #[cfg(feature = "tracing")]
    pub(crate) fn shown_ids(&self) -> Option<ShownIds> {
        let (trace_id, span_id) = self.shared.as_ref()?.shown_ids();
        Some(ShownIds { trace_id, span_id })
    }

    #[cfg(feature = "tracing")]
    pub(crate) fn rename(&self, name: Key<'_>) {
        if let Some(shared) = &self.shared {
            shared.set_operation_name(name);
        }
    }

    #[cfg(feature = "tracing")]
    pub(crate) fn log_fields(&self, fields: &[Option<Field<'_>>]) {
        if let Some(shared) = &self.shared {
            shared.change_details("log_kv", |details, room| details.log(fields, room));
        }
    }

    /// Adds a log record with the current time. By convention, one of its fields is `event`.
    ///
    /// ```
    /// # let span = fedtrace::build_span("op").start();
    /// span.log_kv([("event", "retry"), ("destination", "example.org")]);
    /// span.log_kv((("event", "retry"), ("attempt", 2))); // values of different types
    /// ```
    pub fn log_kv(&self, fields: impl LogFields) -> &Self {
        let Some(shared) = &self.shared else { return self };
        if shared.room().is_none() {
            shared.notice("log_kv");
            return self;
        }
        fields.with_fields(|fields| {
            if !fields.iter().all(Option::is_none) {
                shared.change_details("log_kv", |details, room| details.log(fields, room));
            }
        });
        self
    }

    /// Renames the span.
    pub fn set_operation_name(&self, name: impl Into<Cow<'static, str>>) -> &Self {
        if let Some(shared) = &self.shared {
            shared.set_operation_name(Key::from(&name.into()));
        }
        self
    }

    /// Records this span and its future children, here and in our other processes, whatever the sampler
    /// decided, unless the tracer has a [throttler](crate::throttler) that refuses.
    ///
    /// A span without a parent in this process also has the tags and logs that it was given before, up to 8 KiB of
    /// them.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn force_tracing(&self) {
        if let Some(shared) = &self.shared {
            let _frame = EmptyFrame::for_throttler_of(&shared.tracer);
            shared.force_tracing();
        }
    }

    /// Sets a baggage item: text that is passed to all children that start from now on, here and in our other
    /// processes. Other homeservers and clients never get it.
    ///
    /// As in Jaeger's clients, a recorded span gets a log record of it (`event=baggage`, `key`, `value`, and
    /// `override=true` if there was another value). An item is not set if its name is not a valid header name
    /// or if it exceeds a limit ([`Baggage::MAX_ITEMS`](crate::Baggage::MAX_ITEMS),
    /// [`Baggage::MAX_BYTES`](crate::Baggage::MAX_BYTES)); that is counted, and the log record says
    /// `invalid=true`.
    ///
    /// ```
    /// # fn main() -> Result<(), fedtrace::InitError> {
    /// # if !cfg!(feature = "enable") { return Ok(()); }
    /// let (tracer, _guard) = fedtrace::Tracer::builder("example.org main").build()?;
    /// let span = fedtrace::build_span("sync").tracer(&tracer).start();
    /// span.set_baggage_item("room-version", "11");
    /// assert_eq!(span.baggage_item("room-version").as_deref(), Some("11"));
    /// # Ok(())
    /// # }
    /// ```
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn set_baggage_item(&self, key: &str, value: &str) -> &Self {
        if let Some(shared) = &self.shared {
            shared.set_baggage_item(key, value);
        }
        self
    }

    /// The value of a baggage item of this span, which may be inherited.
    #[doc(alias = "get_baggage_item")]
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn baggage_item(&self, key: &str) -> Option<String> {
        let baggage = self.shared.as_ref()?.baggage();
        baggage.get(key).map(str::to_owned)
    }

    /// Adds a reference to a span that caused it and does not wait for it; see
    /// [`SpanBuilder::follows_from`](crate::SpanBuilder::follows_from). `None` has no effect.
    ///
    /// A span has 128 references, with those of its builder; further ones are left out and counted. A reference to the
    /// parent, or to itself, is left out.
    ///
    /// ```
    /// let cause = fedtrace::build_span("receive").start();
    /// let batch = fedtrace::build_span("process-batch").ignore_active_span().start();
    /// batch.follows_from(cause.context());
    /// ```
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn follows_from(&self, cause: impl Into<Option<SpanContext>>) -> &Self {
        if let (Some(shared), Some(cause)) = (&self.shared, cause.into()) {
            if cause.context.seed.is_none() {
                shared.follow(&cause.context);
            }
        }
        self
    }

    /// Makes it a child of another span, for a request whose origin is proven only after its span has started. Its trace id,
    /// flags and baggage are then those of the parent. Returns whether it is a child of that span now.
    ///
    /// That is possible once, and only while nobody knows the ids of this span: not after its first child has started, and not
    /// after its context was read ([`context`](Self::context), [`inject`](crate::inject),
    /// [`trace_id`](crate::trace_id())). It is refused, too, after the end, for a parent of another tracer, and for a context
    /// that names no span ([`SpanContext::debug_id`]). A span that is refused stays as it is.
    ///
    /// The context of another server comes from [`extract`](crate::extract), which has judged it. A span that was counted as
    /// the beginning of a trace stays counted so.
    ///
    /// ```
    /// use fedtrace::{Origin, build_span, extract};
    ///
    /// # let headers = http::HeaderMap::new();
    /// let span = build_span("incoming-request").ignore_active_span().start();
    /// // After the signature was checked:
    /// if let Some(remote) = extract(&headers, Origin::AuthenticatedHomeserver("matrix.org")) {
    ///     span.set_parent(remote);
    /// }
    /// ```
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn set_parent(&self, parent: SpanContext) -> bool {
        self.shared
            .as_ref()
            .is_some_and(|shared| shared.set_parent(&parent))
    }

    /// Ends the span now.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn finish(&self) {
        if let Some(shared) = &self.shared {
            shared.finish(None);
        }
    }

    /// Ends the span at a given time. A time before its start makes the duration zero.
    #[cfg_attr(not(feature = "enable"), inline)]
    pub fn finish_at(&self, time: SystemTime) {
        if let Some(shared) = &self.shared {
            shared.finish(Some(time));
        }
    }
}

/// Reads a sampling priority, if the value is one. Integers beyond 64 bits are text.
pub(crate) fn priority(value: &Value<'_>) -> Option<i128> {
    match value {
        Value::Long(value) => Some(i128::from(*value)),
        Value::Bool(value) => Some(i128::from(*value)),
        Value::Double(value) => value.is_finite().then_some(*value as i128),
        value => value.as_str().and_then(|value| value.trim().parse().ok()),
    }
}
