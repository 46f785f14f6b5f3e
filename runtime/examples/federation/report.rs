//! What came of it. A claim that does not hold is an error.

use std::collections::BTreeSet;
use std::env;

use axum::http::{HeaderMap, StatusCode};
use fedtrace::reporter::{ConsoleReporter, Reporter};
use fedtrace::{FinishedSpan, TraceId, tags};

use crate::auth::ALICES_TOKEN;
use crate::events::lock;
use crate::homeserver::{CONFIG, Homeserver};
use crate::{FORGED_TRACE_ID, Story};

/// The tags that are shown here. Jaeger shows all.
const SHOWN_TAGS: [&str; 4] = [
    "ARG.access_token",
    "ARG.event_id",
    tags::HTTP_STATUS_CODE,
    tags::ERROR,
];

pub fn print(story: &Story) -> Result<(), String> {
    let Story {
        ours,
        trusted,
        stranger,
        ..
    } = story;
    println!("Three homeservers have this configuration:\n");
    CONFIG.lines().for_each(|line| println!("    {line}"));
    println!("\nSo {} may share a trace", ours.name);
    for other in [trusted, stranger] {
        let word = match ours.tracer.whitelisted_homeserver(&other.name) {
            true => "with   ",
            false => "but not",
        };
        println!("    {word} {}", other.name);
    }

    let trace_id = told_trace_id(story)?;
    println!("\nAlice sent a message. The answer of her server says `Synapse-Trace-Id: {trace_id:x}`:\n");
    joined_trace(trace_id, ours, trusted)?;
    println!();
    left_out(trace_id, ours, trusted, stranger)?;
    println!();
    not_believed(story)?;
    println!();
    where_to_look(trace_id, story);
    println!("\ntrace id: {trace_id}");
    Ok(())
}

fn claim(holds: bool, text: &str) -> Result<(), String> {
    match holds {
        true => println!("  ✓ {text}"),
        false => return Err(format!("this is not true: {text}")),
    }
    Ok(())
}

/// The trace that the answer to Alice's client names.
fn told_trace_id(story: &Story) -> Result<TraceId, String> {
    let told = story
        .answer
        .get("synapse-trace-id")
        .and_then(|value| value.to_str().ok());
    told.and_then(|digits| u128::from_str_radix(digits, 16).ok())
        .and_then(TraceId::new)
        .ok_or_else(|| "the answer to the client names no trace".to_owned())
}

fn joined_trace(trace_id: TraceId, ours: &Homeserver, trusted: &Homeserver) -> Result<(), String> {
    let (our_spans, their_spans) = (spans_of(ours, trace_id), spans_of(trusted, trace_id));
    // Ours last, since the tree is printed when its top comes.
    let mut console = ConsoleReporter::stdout().whole_traces();
    for (server, spans) in [(trusted, &their_spans), (ours, &our_spans)] {
        let spans: Vec<_> = spans.iter().map(only_shown_tags).collect();
        if let Some(process) = server.spans.process() {
            console.report(&process, &spans);
        }
    }
    drop(console);

    let joined = || our_spans.iter().chain(&their_spans);
    let ids: BTreeSet<_> = joined().map(|span| span.span_id.get()).collect();
    let tops = joined().filter(|span| span.parent_span_id.is_none_or(|id| !ids.contains(&id.get())));
    claim(
        tops.count() == 1 && !our_spans.is_empty() && !their_spans.is_empty(),
        &format!(
            "one tree: {} spans of {}, {} of {}",
            our_spans.len(),
            ours.name,
            their_spans.len(),
            trusted.name
        ),
    )?;
    claim(
        joined().any(|span| span.operation_name == "on_event" && span.tag(tags::ERROR).is_some()),
        "the `Err` of `on_event` is on its span, without a line of code",
    )
}

fn left_out(
    trace_id: TraceId,
    ours: &Homeserver,
    trusted: &Homeserver,
    stranger: &Homeserver,
) -> Result<(), String> {
    let (theirs, strangers) = (headers_received(trusted), headers_received(stranger));
    println!(
        "{} got the same requests, with these headers only:",
        stranger.name
    );
    println!("    {}", strangers.iter().cloned().collect::<Vec<_>>().join(", "));
    let more: Vec<_> = theirs.difference(&strangers).map(String::as_str).collect();
    claim(
        more == ["uber-trace-id"],
        &format!("all that {} got beyond these is `uber-trace-id`", trusted.name),
    )?;
    let own: BTreeSet<_> = stranger
        .spans
        .finished_spans()
        .iter()
        .map(|span| span.trace_id.get())
        .collect();
    claim(
        !own.is_empty() && !own.contains(&trace_id.get()),
        &format!(
            "it began {} traces of its own, and none of its spans is in the one above",
            own.len()
        ),
    )?;
    let refused = ours.tracer.stats().refused_contexts;
    claim(
        refused > 0 && !headers_received(ours).is_empty(),
        &format!(
            "it sent {refused} span context to {}, which did not take it",
            ours.name
        ),
    )
}

fn not_believed(story: &Story) -> Result<(), String> {
    let spans: Vec<_> = story
        .servers()
        .flat_map(|server| server.spans.finished_spans())
        .collect();
    println!("Somebody without authorization sent a span context of their own invention:");
    claim(
        story.forged == StatusCode::UNAUTHORIZED,
        &format!("the answer was {}", story.forged),
    )?;
    claim(
        spans.iter().all(|span| span.trace_id.get() != FORGED_TRACE_ID),
        "no span went into that trace",
    )?;
    claim(
        !format!("{spans:?}").contains(ALICES_TOKEN),
        "and Alice's access token is in no span at all",
    )
}

fn where_to_look(trace_id: TraceId, story: &Story) {
    let variable = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    let host = variable("JAEGER_AGENT_HOST", "localhost");
    let port = variable("JAEGER_AGENT_PORT", "6831");
    let stats = || story.servers().map(|server| server.tracer.stats());
    let sent: u64 = stats().map(|stats| stats.reported_spans).sum();
    let failed: u64 = stats().map(|stats| stats.send_failure_spans).sum();
    if failed == 0 {
        println!("{sent} spans were sent to the Jaeger agent at {host}:{port}. Look at the trace in Jaeger:");
    } else {
        println!(
            "Nothing listens at {host}:{port}, so {failed} of {} spans were lost.",
            sent + failed
        );
        println!("To look at the trace, start Jaeger, run this again and open the page of the new trace:");
        println!("    docker run --rm -p 6831:6831/udp -p 16686:16686 jaegertracing/all-in-one:1");
    }
    println!("    http://{host}:16686/trace/{trace_id}");
}

fn spans_of(server: &Homeserver, trace_id: TraceId) -> Vec<FinishedSpan> {
    let mut spans = server.spans.finished_spans();
    spans.retain(|span| span.trace_id == trace_id);
    spans
}

fn only_shown_tags(span: &FinishedSpan) -> FinishedSpan {
    let mut span = span.clone();
    span.tags.retain(|tag| SHOWN_TAGS.contains(&&*tag.key));
    span
}

/// The names of the headers of all requests that other homeservers sent.
fn headers_received(server: &Homeserver) -> BTreeSet<String> {
    let names = |headers: &HeaderMap| headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    lock(&server.received).iter().flat_map(names).collect()
}
