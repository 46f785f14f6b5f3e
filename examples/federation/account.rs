//! What came of the attack: what was refused, and to whom it is owed.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use fedtrace::tags;

use crate::events::lock;
use crate::homeserver::Homeserver;
use crate::hostile::{Attack, BAGGAGE, MALFORMED, Received, SAMPLED, edu_contexts};
use crate::report::{claim, spans_of, told_trace_id};
use crate::{HOSTILE, QUIET, STRANGER, Siege};

pub fn print(siege: &Siege) -> Result<(), String> {
    println!("\n{HOSTILE} is on the whitelist too, but it is malicious. It attacked");
    println!("{QUIET}, whose own sampler records nothing:");
    forced(&siege.quiet)?;
    unreadable(&siege.quiet)?;
    flood(&siege.quiet, &siege.attack)?;
    println!("\nThere Alice, one of `force_tracing_for_users`, sent a message to {HOSTILE}:");
    redirected(siege)
}

fn forced(quiet: &Homeserver) -> Result<(), String> {
    let (stats, spans) = (quiet.tracer.stats(), quiet.spans.finished_spans());
    claim(
        stats.dropped_baggage_items == BAGGAGE,
        format!("{BAGGAGE} items of baggage, with the mark of a forced trace: dropped"),
    )?;
    claim(
        stats.refused_debug_ids == 1 && spans.iter().all(|span| span.tag(tags::JAEGER_DEBUG_ID).is_none()),
        "a `jaeger-debug-id`: refused",
    )?;
    let named = spans
        .iter()
        .filter(|span| span.parent_span_id.map(|id| id.get()) == Some(1));
    claim(
        named.clone().count() > 0 && named.clone().all(|span| span.flags.bits() == 1),
        "a context with all flags: taken as \"sampled\" only",
    )
}

fn unreadable(quiet: &Homeserver) -> Result<(), String> {
    let stats = quiet.tracer.stats();
    let (headers, edus) = (MALFORMED.len() + 1, edu_contexts().len());
    claim(
        stats.span_context_decoding_errors == (headers + edus) as u64,
        format!(
            "{headers} malformed headers, {edus} EDUs with a context too long, nested or no text: not taken"
        ),
    )?;
    claim(
        stats.refused_contexts == 1,
        format!("a context in the name of {STRANGER}: not taken"),
    )
}

fn flood(quiet: &Homeserver, attack: &Attack) -> Result<(), String> {
    let spans = quiet.spans.finished_spans();
    let recorded: BTreeSet<_> = spans
        .iter()
        .filter(|span| span.operation_name == "incoming-federation-request")
        .map(|span| span.trace_id.get())
        .collect();
    let (sent, recorded) = (SAMPLED + 1, recorded.len() as u64);
    // Ten at once, ten in each second, and one in the second that has begun.
    let most = 10.0 * (attack.took.as_secs_f64() + 1.0) + 1.0;
    let over_budget = quiet.tracer.over_budget_origins();
    claim(
        (10.0..=most).contains(&(recorded as f64))
            && over_budget == [(Some(HOSTILE.to_owned()), sent - recorded)],
        format!(
            "{sent} contexts that say \"sampled\": {recorded} recorded, {} above the budget of its name",
            sent - recorded
        ),
    )?;
    claim(
        attack.answers.iter().all(|status| *status == StatusCode::OK),
        format!(
            "each of its {} requests still got an answer",
            attack.answers.len()
        ),
    )
}

fn redirected(siege: &Siege) -> Result<(), String> {
    let trace_id = told_trace_id(&siege.answer)?;
    let spans = spans_of(&siege.quiet, trace_id);
    claim(
        spans.iter().any(|span| span.operation_name == "send_message"),
        format!("her trace is recorded: {} spans", spans.len()),
    )?;
    claim(
        told(&siege.received).as_deref() == Some("1"),
        format!("{HOSTILE} was told its ids and \"sampled\", not that it is forced"),
    )?;
    claim(
        lock(&siege.stranger.received).len() == siege.strangers_requests
            && spans.iter().any(|span| {
                let status = span.tag(tags::HTTP_STATUS_CODE).map(ToString::to_string);
                status.as_deref() == Some("307")
            }),
        format!("it answered with a redirect to {STRANGER}, which was not followed"),
    )
}

/// The flags of the context in the only request that the hostile server got, if there is one and nothing else.
fn told(received: &Received) -> Option<String> {
    let received = lock(received);
    let [headers] = &received[..] else { return None };
    let is_more = |name: &str| name.starts_with("uberctx-") || name == "jaeger-debug-id";
    if headers.keys().any(|name| is_more(name.as_str())) {
        return None;
    }
    let context = headers.get("uber-trace-id")?.to_str().ok()?;
    context.rsplit(':').next().map(str::to_owned)
}
