//! Operations on the active span of this thread.

use std::borrow::Cow;
use std::panic::Location;

use super::handle::Span;
use super::recording::{ANY, Active, requests_count, set_plain};
use super::stack;
use super::stack::active::{active_context, active_tracer};
use super::stack::ambient;
use crate::model::id::TraceId;
use crate::model::into_tag::IntoTagValue;
use crate::model::log_fields::LogFields;
use crate::model::tag::tags;
use crate::model::value::Value;
use crate::tracer::core::Tracer;
use crate::tracer::global;
use crate::util::counter::count;
use crate::util::diagnostics;

/// A handle to the active span of this thread, if there is one.
#[cfg_attr(not(feature = "enable"), inline)]
pub fn active_span() -> Option<Span> {
    if !global::is_on() {
        return None;
    }
    let shared = stack::with(|local| {
        let number = local.active()?.span.number;
        local.promote(number)
    });
    let shared = shared.flatten().or_else(ambient::find)?;
    Some(Span { shared: Some(shared) })
}

/// The id of the active span's trace, if there is an active span.
#[cfg_attr(not(feature = "enable"), inline)]
pub fn trace_id() -> Option<TraceId> {
    active_context().map(|(context, _)| context.trace_id())
}

/// Sets a tag on the active span; see [`Span::set_tag`].
///
/// A call without an active span is counted, and logged with its location at most once a minute: usually a
/// context was lost there.
#[track_caller]
#[inline]
pub fn set_tag<V: IntoTagValue>(key: impl Into<Cow<'static, str>>, value: V) {
    if !global::is_on() {
        return;
    }
    let key = key.into();
    if key == tags::SAMPLING_PRIORITY {
        return with_active("set a tag", |span| {
            span.set_tag(key, value);
        });
    }
    // Only where a conversion runs no code of the program: for such a value it does not matter whether it is needed.
    if V::IS_PLAIN {
        let Some(value) = value.into_value() else { return };
        let is_set = match &key {
            Cow::Borrowed(key) => set_plain(ANY, key, &value),
            Cow::Owned(_) => false,
        };
        if !is_set {
            set_value(key, value);
        }
    } else {
        set_by_kind(key, value);
    }
}

#[track_caller]
#[cold]
fn set_value(key: Cow<'static, str>, value: Value<'_>) {
    set_by_kind(key, value);
}

#[track_caller]
fn set_by_kind(key: Cow<'static, str>, value: impl IntoTagValue) {
    match Active::get() {
        Active::Recorded(recording) | Active::Kept(recording) => {
            if let Some(value) = value.into_value() {
                recording.set_tag((&key).into(), &value);
            }
        }
        Active::NotRecorded if requests_count(&key) => {
            with_active("set a tag", |span| {
                span.set_tag(key, value);
            });
        }
        Active::NotRecorded => {}
        Active::Missing => match ambient::find() {
            Some(shared) => {
                let shared = Some(shared);
                Span { shared }.set_tag(key, value);
            }
            None => missing("set a tag"),
        },
    }
}

/// Adds a log record to the active span; see [`Span::log_kv`].
///
/// A call without an active span is counted, and logged with its location at most once a minute.
#[track_caller]
pub fn log_kv(fields: impl LogFields) {
    if !global::is_on() {
        return;
    }
    match Active::get() {
        Active::Recorded(recording) | Active::Kept(recording) => {
            fields.with_fields(|fields| recording.log(fields));
        }
        Active::NotRecorded => {}
        Active::Missing => match ambient::find() {
            Some(shared) => {
                let shared = Some(shared);
                Span { shared }.log_kv(fields);
            }
            None => missing("log"),
        },
    }
}

/// Renames the active span.
///
/// A call without an active span is counted, and logged with its location at most once a minute.
#[track_caller]
pub fn set_operation_name(name: impl Into<Cow<'static, str>>) {
    if global::is_on() {
        with_active("set an operation name", |span| {
            span.set_operation_name(name);
        });
    }
}

/// Records the active span and its future children, whatever the sampler decided; see
/// [`Span::force_tracing`].
///
/// A call without an active span is counted, and logged with its location at most once a minute.
#[track_caller]
#[cfg_attr(not(feature = "enable"), inline)]
pub fn force_tracing() {
    if global::is_on() {
        with_active("force tracing", |span| span.force_tracing());
    }
}

/// Forces tracing for the active span if the user is one of those that the configuration lists in
/// `force_tracing_for_users`. Returns whether the user is one of them, even if a [throttler](crate::throttler) refuses.
///
/// Call it when the user of a request is known, while the span of the request is active. A span that was
/// opened inside it before, for example for authentication, keeps its decision.
///
/// ```
/// # fn main() -> Result<(), fedtrace::InitError> {
/// # if !cfg!(feature = "enable") { return Ok(()); }
/// use fedtrace::{Tracer, force_tracing_for_user, start_active_span, with_tracer};
///
/// let (tracer, _guard) = Tracer::builder("example.org")
///     .force_tracing_for_users(["@alice:example.org"])
///     .build()?;
/// with_tracer(&tracer, || {
///     let _scope = start_active_span("incoming-request");
///     assert!(force_tracing_for_user("@alice:example.org"));
///     assert!(!force_tracing_for_user("@bob:example.org"));
/// });
/// # Ok(())
/// # }
/// ```
#[track_caller]
#[cfg_attr(not(feature = "enable"), inline)]
pub fn force_tracing_for_user(user_id: &str) -> bool {
    if !global::is_on() {
        return false;
    }
    let is_listed = active_tracer().is_some_and(|tracer| tracer.is_forced_user(user_id));
    if is_listed {
        force_tracing();
    }
    is_listed
}

#[track_caller]
fn with_active(what: &str, use_it: impl FnOnce(&Span)) {
    match active_span() {
        Some(span) => use_it(&span),
        None => missing(what),
    }
}

/// Counts and logs that there is no active span, at the location of the caller's caller.
#[track_caller]
pub(crate) fn missing(what: &str) {
    if let Some(tracer) = global::current_tracer().filter(Tracer::starts_spans) {
        count(&tracer.inner().stats.missing_active_spans);
        diagnostics::no_active_span(what, Location::caller());
    }
}
