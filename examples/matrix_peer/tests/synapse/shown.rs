//! What Jaeger shows.

use std::time::{Duration, Instant};
use std::{env, thread};

use fedtrace::TraceId;
use fedtrace_tests::jaeger_query::{JaegerQuery, JaegerReference, JaegerSpan, JaegerTrace};

/// How long spans may take to get there. Both clients send once a second.
const ARRIVAL: Duration = Duration::from_secs(60);

/// The Jaeger to which all servers send.
#[derive(Debug)]
pub(crate) struct Jaeger(JaegerQuery);

impl Jaeger {
    pub(crate) fn new() -> Self {
        Self(JaegerQuery::new(
            env::var("FEDTRACE_JAEGER_V1_QUERY").expect("`.ci/synapse run` sets it"),
        ))
    }

    /// The trace, once it has a span of this name from each of these services.
    pub(crate) fn trace(&self, id: TraceId, spans: &[(&str, &str)]) -> JaegerTrace {
        wait_for(&format!("{spans:?} in trace {id}"), || {
            let trace = self.0.find(id)?;
            let has = |(service, name): &(&str, &str)| !spans_of(&trace, service, name).is_empty();
            spans.iter().all(has).then_some(trace)
        })
    }

    /// The trace that has a span of this service, with this name and this tag.
    pub(crate) fn search(&self, service: &str, name: &str, tag: (&str, &str)) -> JaegerTrace {
        wait_for(&format!("{name} of {service} with {tag:?}"), || {
            self.0.search(service, name, tag).into_iter().next()
        })
    }

    /// The trace as it is now.
    pub(crate) fn now(&self, id: TraceId) -> Option<JaegerTrace> {
        self.0.find(id)
    }
}

fn wait_for<T>(what: &str, find: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + ARRIVAL;
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "after {ARRIVAL:?} Jaeger has no {what}"
        );
        thread::sleep(Duration::from_millis(100));
    }
}

/// The spans of a service with this name.
pub(crate) fn spans_of<'a>(trace: &'a JaegerTrace, service: &str, name: &str) -> Vec<&'a JaegerSpan> {
    let spans = trace.spans.iter();
    spans
        .filter(|span| span.operation_name == name && trace.process(span).service_name == service)
        .collect()
}

/// The only one.
pub(crate) fn span_of<'a>(trace: &'a JaegerTrace, service: &str, name: &str) -> &'a JaegerSpan {
    match spans_of(trace, service, name)[..] {
        [span] => span,
        _ => panic!("not one {name} of {service}: {:?}", trace.names()),
    }
}

/// Whether a service has spans in the trace.
pub(crate) fn has(trace: &JaegerTrace, service: &str) -> bool {
    trace
        .spans
        .iter()
        .any(|span| trace.process(span).service_name == service)
}

/// The value of a tag as text; empty if there is none.
pub(crate) fn text(span: &JaegerSpan, key: &str) -> String {
    let value = span.tag(key).map(|(_, value)| value.clone());
    let value = value.unwrap_or_default();
    value.as_str().map_or_else(
        || {
            if value.is_null() {
                String::new()
            } else {
                value.to_string()
            }
        },
        str::to_owned,
    )
}

/// What a span follows from.
pub(crate) fn cause(span: &JaegerSpan) -> &JaegerReference {
    let mut causes = span
        .references
        .iter()
        .filter(|reference| reference.ref_type == "FOLLOWS_FROM");
    match (causes.next(), causes.next()) {
        (Some(cause), None) => cause,
        _ => panic!("not one cause: {span:?}"),
    }
}

/// The names of the spans from a span up to the root.
pub(crate) fn ancestry<'a>(trace: &'a JaegerTrace, span: &'a JaegerSpan) -> Vec<&'a str> {
    std::iter::successors(Some(span), |span| trace.parent(span))
        .map(|span| &*span.operation_name)
        .collect()
}
