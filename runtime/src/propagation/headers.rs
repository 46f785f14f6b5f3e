//! Contexts in the headers of requests and responses.

use std::sync::atomic::Ordering;

use http::HeaderMap;

use crate::codec::carrier::Carrier;
use crate::metrics::stats::Counters;
use crate::model::flags::TraceFlags;
use crate::model::id_generator;
use crate::model::trace_context::TraceContext;
use crate::span::active::missing;
use crate::span::enclosing::{answer_homeserver, answers_homeserver};
#[cfg(feature = "tower")]
use crate::span::handle::Span;
use crate::span::stack::active::{active_context, active_tracer};
use crate::span::stack::frame::EmptyFrame;
use crate::tracer::core::{Tracer, TracerInner};
use crate::tracer::global;
use crate::tracer::span_context::SpanContext;
use crate::trust::budget::Spending;
use crate::trust::extract::{ExtractedContext, extract_context};
use crate::trust::inject::{inject_context, inject_trace_id_header};
use crate::trust::parties::{Destination, Origin};
use crate::trust::rejection::Rejection;
use crate::trust::rules::PropagationRules;

/// Writes the context of the active span into the headers of an outgoing request (or another carrier), as far
/// as its destination may have it.
///
/// First it removes all trace headers, even when tracing is off, because a forwarded request may contain
/// headers of another system. Then it adds the context of the active span, if there is an active span and
/// `destination` may have its context; see [`Destination`].
///
/// For `Homeserver` and `Internal`, a call without an active span is counted, and logged with its location at
/// most once a minute.
///
/// ```
/// use fedtrace::whitelist::Whitelist;
/// use fedtrace::{Destination, Tracer, inject, start_active_span, with_tracer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # if !cfg!(feature = "enable") { return Ok(()); }
/// let (tracer, _guard) = Tracer::builder("example.com")
///     .homeserver_whitelist(Whitelist::new(["mytrustedhomeserver.org"])?)
///     .build()?;
/// with_tracer(&tracer, || {
///     let _scope = start_active_span("send_transaction");
///     let mut headers = http::HeaderMap::new();
///     inject(&mut headers, Destination::Homeserver("mytrustedhomeserver.org"));
///     assert!(headers.contains_key("uber-trace-id"));
///     inject(&mut headers, Destination::Homeserver("elsewhere.example"));
///     assert!(headers.is_empty());
/// });
/// # Ok(())
/// # }
/// ```
#[doc(alias = "inject_header_dict")]
#[doc(alias = "inject_active_span_byte_dict")]
#[track_caller]
pub fn inject<C: Carrier + ?Sized>(carrier: &mut C, destination: Destination<'_>) {
    let active = active_context();
    with_rules(active.as_ref(), |rules| {
        inject_context(
            carrier,
            active.as_ref().map(|(context, _)| &context.context),
            destination,
            rules,
        );
    });
    if global::is_on() && active.is_none() && is_expected(destination) {
        missing("inject a span context");
    }
}

/// Writes the trace id of the active span into the headers of a response (`Synapse-Trace-Id`), if its
/// destination may know it: our own processes, and clients if that is configured.
///
/// Like [`inject`], it first removes all trace headers.
///
/// [`Destination::Client`] is no client in a request whose handler has looked for the context of an
/// [authenticated homeserver](Origin::AuthenticatedHomeserver): then the headers get nothing.
#[doc(alias = "inject_trace_id")]
pub fn inject_response_headers(headers: &mut HeaderMap, destination: Destination<'_>) {
    let destination = match destination {
        Destination::Client if answers_homeserver() => Destination::ThirdParty,
        other => other,
    };
    let active = active_context();
    let trace_id = active.as_ref().map(|(context, _)| context.trace_id());
    with_rules(active.as_ref(), |rules| {
        inject_trace_id_header(headers, trace_id, destination, rules);
    });
}

/// The same for the span of a request that is answered.
#[cfg(feature = "tower")]
pub(crate) fn inject_trace_id_of(span: &Span, headers: &mut HeaderMap, destination: Destination<'_>) {
    let Some(shared) = &span.shared else {
        return inject_response_headers(headers, destination);
    };
    let trace_id = global::is_on().then(|| {
        // Whoever has the answer may know it.
        shared.make_known();
        shared.identity().trace_id
    });
    inject_trace_id_header(headers, trace_id, destination, &shared.tracer.propagation_rules());
}

/// The span context in the headers of an incoming request (or another carrier), as far as its [`Origin`] is
/// trusted.
///
/// It never fails: a context that is unreadable or not trusted is ignored and counted in
/// [`Stats`](crate::Stats).
///
/// The flag "sampled" of a homeserver on the whitelist is honoured at most
/// [`max_remote_sampled_traces_per_second`](crate::TracerBuilder::max_remote_sampled_traces_per_second) times
/// per second. Beyond that our own sampler decides, and the ids are kept.
///
/// From our own processes it also accepts headers that people write: `jaeger-debug-id: id` requests a trace
/// that is recorded whatever the sampler decides and whose root has the id as a tag, and
/// `jaeger-baggage: key=value, key=value` sets baggage. Without a span to continue, the first
/// [`child_of`](crate::SpanBuilder::child_of) the context is that root.
///
/// ```
/// use fedtrace::{Origin, build_span, extract};
///
/// let headers = http::HeaderMap::new();
/// // After the signature of the request was checked:
/// let remote = extract(&headers, Origin::AuthenticatedHomeserver("matrix.org"));
/// let _scope = build_span("incoming-federation-request").child_of(remote).start_active();
/// ```
#[doc(alias = "span_context_from_request")]
pub fn extract<C: Carrier + ?Sized>(carrier: &C, origin: Origin<'_>) -> Option<SpanContext> {
    note_origin(origin);
    let tracer = receiving_tracer()?;
    accept(&tracer, origin, INCOMING_REQUEST, |rules, rejected| {
        extract_context(carrier, origin, rules, rejected)
    })
}

/// Remembers whom the request around this is answered to. Every function that receives begins with it, because a homeserver is
/// not told our trace id either if its message has no context.
pub(super) fn note_origin(origin: Origin<'_>) {
    if let Origin::AuthenticatedHomeserver(_) = origin {
        answer_homeserver();
    }
}

/// The operation of an incoming context whose span is not known yet.
pub(super) const INCOMING_REQUEST: &str = "incoming-federation-request";

/// Accepts the context that `read` finds, as far as the budget of its origin allows. Every incoming context
/// passes through here, whatever its carrier.
pub(super) fn accept(
    tracer: &Tracer,
    origin: Origin<'_>,
    operation: &str,
    read: impl FnOnce(&PropagationRules, &dyn Fn(Rejection)) -> Option<ExtractedContext>,
) -> Option<SpanContext> {
    let (inner, rules) = (tracer.inner(), tracer.propagation_rules());
    let extracted = read(&rules, &|rejection| count(&inner.stats, rejection))?;
    let ExtractedContext {
        mut context,
        is_deferred,
    } = extracted;
    if context.seed.is_some() && inner.limits.generate_128bit_trace_id {
        context.trace_id = id_generator::new_trace_id(true);
    }
    let _frame = EmptyFrame::above_spans_of(tracer);
    if is_deferred {
        match origin {
            // All our processes must make the same decision, and each for the operation of its own span.
            Origin::Internal => context.is_undecided = true,
            Origin::AuthenticatedHomeserver(_) | Origin::Unauthenticated => {
                decide(inner, operation, &mut context);
            }
        }
    } else if let (Origin::AuthenticatedHomeserver(name), true) = (origin, context.flags.is_sampled()) {
        spend_budget(inner, name, operation, &mut context);
    }
    Some(context.into())
}

/// Makes the sampling decision that another server left to us, and not for the id that it chose.
fn decide(inner: &TracerInner, operation: &str, context: &mut TraceContext) {
    let id = inner.remote_budget.id_for_our_sampler(context.trace_id);
    let decision = inner.sample(id, operation);
    context.flags = match decision.is_some_and(|decision| decision.is_sampled()) {
        true => TraceFlags::SAMPLED,
        false => TraceFlags::NONE,
    };
}

/// Spends the homeserver's budget. When it is spent, our own sampler decides.
fn spend_budget(inner: &TracerInner, homeserver: &str, operation: &str, context: &mut TraceContext) {
    let spending = inner.remote_budget.spend(homeserver);
    if spending == Spending::OverBudget {
        count(&inner.stats, Rejection::OverBudget);
    }
    if spending != Spending::Honoured {
        decide(inner, operation, context);
    }
}

/// Whether the tracer of the active span, else the scoped or the global one, has this homeserver on its
/// whitelist.
pub fn whitelisted_homeserver(server_name: &str) -> bool {
    active_tracer().is_some_and(|tracer| tracer.is_whitelisted(server_name))
}

/// Whether a message to this destination should have a context.
pub(super) fn is_expected(destination: Destination<'_>) -> bool {
    matches!(destination, Destination::Homeserver(_) | Destination::Internal)
}

/// The tracer whose rules apply to incoming messages, if tracing is on.
pub(super) fn receiving_tracer() -> Option<Tracer> {
    if !global::is_on() {
        return None;
    }
    active_tracer().filter(Tracer::starts_spans)
}

/// Runs `use_them` with the rules of the active span's tracer, else of the receiving tracer, else with the
/// default rules.
fn with_rules(active: Option<&(SpanContext, Tracer)>, use_them: impl FnOnce(&PropagationRules)) {
    let tracer = active.map(|(_, tracer)| tracer.clone()).or_else(active_tracer);
    match tracer {
        Some(tracer) => use_them(&tracer.propagation_rules()),
        None => use_them(&PropagationRules::default()),
    }
}

/// Counts a context that could not be read, for the receiving tracer.
#[cfg(feature = "rustracing")]
pub(crate) fn count_decoding_error() {
    if let Some(tracer) = receiving_tracer() {
        count(&tracer.inner().stats, Rejection::DecodingError);
    }
}

pub(super) fn count(stats: &Counters, rejection: Rejection) {
    let (counter, number) = match rejection {
        Rejection::DecodingError => (&stats.span_context_decoding_errors, 1),
        Rejection::UnlistedOrigin | Rejection::Unauthenticated => (&stats.refused_contexts, 1),
        Rejection::OverBudget => (&stats.over_budget_contexts, 1),
        Rejection::DebugId => (&stats.refused_debug_ids, 1),
        Rejection::Baggage(items) => (&stats.dropped_baggage_items, items),
    };
    counter.fetch_add(number as u64, Ordering::Relaxed);
}
