//! What came of it. A claim that does not hold is an error.

use std::collections::BTreeSet;
use std::env;

use axum::http::{HeaderMap, StatusCode};
use fedtrace::propagation::EDU_CONTEXT;
use fedtrace::reporter::{ConsoleReporter, Process, Reporter};
use fedtrace::{FinishedSpan, Tag, TraceId, tags};

use crate::auth::ALICES_TOKEN;
use crate::events::lock;
use crate::homeserver::{CONFIG, Homeserver};
use crate::{FORGED_TRACE_ID, Story};

pub fn print(story: &Story) -> Result<(), String> {
    let (ours, trusted, stranger) = (&story.ours.name, &story.trusted.name, &story.stranger.name);
    println!("Each homeserver has this configuration:\n");
    CONFIG.lines().for_each(|line| println!("    {line}"));
    println!("\nSo {ours} shares its traces");
    claim(
        story.ours.tracer.is_whitelisted(trusted),
        format!("with {trusted}"),
    )?;
    claim(
        !story.ours.tracer.is_whitelisted(stranger),
        format!("not with {stranger}"),
    )?;

    let trace_id = told_trace_id(&story.answer)?;
    println!("\nAlice sent a message through {ours}, which told the other two.");
    println!("The answer to her client has the header `Synapse-Trace-Id: {trace_id:x}`. That is:\n");
    joined_trace(story, trace_id)?;
    println!("\n{stranger} got requests of the same kind:");
    left_out(story, trace_id)?;
    println!("\nA client without authorization sent a forged span context to {ours}:");
    not_believed(story)?;
    Ok(())
}

pub fn print_where_to_look(story: &Story) -> Result<(), String> {
    let trace_id = told_trace_id(&story.answer)?;
    println!();
    where_to_look(story, trace_id);
    println!("\ntrace id: {trace_id}");
    Ok(())
}

pub fn claim(holds: bool, text: impl AsRef<str>) -> Result<(), String> {
    let text = text.as_ref();
    match holds {
        true => println!("  ✓ {text}"),
        false => return Err(format!("this should be true and is not: {text}")),
    }
    Ok(())
}

pub fn told_trace_id(answer: &HeaderMap) -> Result<TraceId, String> {
    let digits = answer
        .get("synapse-trace-id")
        .and_then(|value| value.to_str().ok());
    let id = digits.and_then(|digits| u128::from_str_radix(digits, 16).ok());
    id.and_then(TraceId::new)
        .ok_or_else(|| "the answer to the client names no trace".to_owned())
}

fn joined_trace(story: &Story, trace_id: TraceId) -> Result<(), String> {
    let ours = spans_of(&story.ours, trace_id);
    let theirs = spans_of(&story.trusted, trace_id);
    let mut console = ConsoleReporter::stdout().whole_traces();
    // The top of the tree is ours, and it is printed when the top comes.
    for (server, spans) in [(&story.trusted, &theirs), (&story.ours, &ours)] {
        let process = Process::new(server.name.clone(), Vec::new());
        console.report(
            &process,
            (&spans.iter().map(shortened).collect::<Vec<_>>()).into(),
        );
    }
    drop(console);

    let all = || ours.iter().chain(&theirs);
    let ids: BTreeSet<_> = all().map(|span| span.span_id.get()).collect();
    let tops = all().filter(|span| span.parent_span_id.is_none_or(|id| !ids.contains(&id.get())));
    claim(
        tops.count() == 1 && !ours.is_empty() && !theirs.is_empty(),
        format!(
            "one tree: {} spans of {}, {} of {}",
            ours.len(),
            service_name(&story.ours),
            theirs.len(),
            service_name(&story.trusted)
        ),
    )?;
    claim(
        theirs
            .iter()
            .any(|span| span.operation_name == "on_event" && span.tag(tags::ERROR).is_some()),
        "an `Err` is recorded by the attribute of the function that returns it",
    )?;
    claim(
        edu_contexts(&story.trusted) == Some(1) && theirs.iter().any(|span| span.operation_name == "on_edu"),
        "the EDU in the transaction took the trace along",
    )?;
    let background = story.trusted.spans.finished_spans();
    claim(
        background.iter().any(|span| {
            span.operation_name == "bgproc_child.handle_edus"
                && span.trace_id != trace_id
                && span
                    .references
                    .iter()
                    .any(|reference| reference.trace_id == trace_id)
        }),
        "the background process `handle_edus` has a separate trace, which refers to this one",
    )?;
    claim(
        story
            .servers()
            .all(|server| !format!("{:?}", server.spans.finished_spans()).contains(ALICES_TOKEN)),
        "Alice's access token is in no span",
    )
}

fn left_out(story: &Story, trace_id: TraceId) -> Result<(), String> {
    let (theirs, strangers) = (
        headers_received(&story.trusted),
        headers_received(&story.stranger),
    );
    claim(
        theirs.difference(&strangers).eq(["uber-trace-id"]) && strangers.is_subset(&theirs),
        format!(
            "without `uber-trace-id`, only with {}",
            Vec::from_iter(strangers).join(", ")
        ),
    )?;
    claim(
        edu_contexts(&story.stranger) == Some(0),
        "with an EDU from which the context was removed",
    )?;
    let spans = story.stranger.spans.finished_spans();
    let own: BTreeSet<_> = spans.iter().map(|span| span.trace_id.get()).collect();
    claim(
        !own.is_empty() && !own.contains(&trace_id.get()),
        format!(
            "it began {} separate traces, and has no part in the one above",
            own.len()
        ),
    )?;
    claim(
        story.ours.tracer.stats().refused_contexts == 1,
        format!("the context that it sent to {} was not taken", story.ours.name),
    )
}

fn not_believed(story: &Story) -> Result<(), String> {
    claim(
        story.forged == StatusCode::UNAUTHORIZED,
        format!("the answer was {}", story.forged),
    )?;
    let spans = || story.servers().flat_map(|server| server.spans.finished_spans());
    claim(
        spans().all(|span| span.trace_id.get() != FORGED_TRACE_ID),
        "no span is in the trace that it named",
    )
}

fn where_to_look(story: &Story, trace_id: TraceId) {
    let variable = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    let host = variable("JAEGER_AGENT_HOST", "localhost");
    let port = variable("JAEGER_AGENT_PORT", "6831");
    let all: usize = story.servers().map(|server| server.spans.len()).sum();
    let sent: u64 = story
        .servers()
        .map(|server| server.tracer.stats().reported_spans)
        .sum();
    if sent == all as u64 {
        println!("{sent} spans went to the Jaeger agent at {host}:{port}. Look at the trace in Jaeger:\n");
        println!("    http://{host}:16686/trace/{trace_id}");
    } else {
        println!("{sent} of {all} spans could be sent: no Jaeger agent listens at {host}:{port}.");
        println!("To look at the trace in Jaeger, start one and run this again:\n");
        println!("    docker run --rm -p 6831:6831/udp -p 16686:16686 jaegertracing/all-in-one:1.62.0");
    }
}

pub fn spans_of(server: &Homeserver, trace_id: TraceId) -> Vec<FinishedSpan> {
    let mut spans = server.spans.finished_spans();
    spans.retain(|span| span.trace_id == trace_id);
    spans
}

fn service_name(server: &Homeserver) -> String {
    server
        .spans
        .process()
        .map(|process| process.service_name)
        .unwrap_or_default()
}

/// A span with so many of its tags that a line has room for them. Jaeger shows all.
fn shortened(span: &FinishedSpan) -> FinishedSpan {
    let mut span = span.clone();
    let shown = |tag: &Tag| match &*tag.key {
        "ARG.destination" => span.operation_name == "deliver",
        // The span of the sender has it too.
        tags::HTTP_STATUS_CODE => span.operation_name != "incoming-federation-request",
        key => ["ARG.access_token", "ARG.event_id", tags::ERROR].contains(&key),
    };
    span.tags.retain(shown);
    // What is left are errors, not where heads and bodies of requests begin and end.
    span.logs
        .retain(|log| log.fields.iter().any(|field| field.key == "message"));
    for log in &mut span.logs {
        log.fields.retain(|field| field.key != "error.kind");
    }
    span.references.clear();
    span
}

/// How many of the EDUs that came from other homeservers have a context; `None` if no EDU came.
fn edu_contexts(server: &Homeserver) -> Option<usize> {
    let edus = lock(&server.received_edus);
    let contexts = edus.iter().filter(|edu| edu.content.contains_key(EDU_CONTEXT));
    (!edus.is_empty()).then(|| contexts.count())
}

/// The names of the headers in the requests of other homeservers.
fn headers_received(server: &Homeserver) -> BTreeSet<String> {
    let names = |headers: &HeaderMap| headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    lock(&server.received).iter().flat_map(names).collect()
}
