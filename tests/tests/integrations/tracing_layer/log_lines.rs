//! Ids in the lines of a log.

use std::io;
use std::sync::{Arc, Mutex};

use fedtrace::testing::TestTracer;
use fedtrace::{trace_id, tracing_layer, with_trace_ids, with_trace_ids_in_json, with_tracer};
use tracing::{Dispatch, info, info_span};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;

#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Lines {
    fn all(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

/// Logs outside of a span, in a span and with an explicit parent. Returns the ids that the second and the third have to show.
fn log(dispatch: &Dispatch) -> [String; 2] {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        tracing::dispatcher::with_default(dispatch, || {
            info!("outside");
            let span = info_span!("span", room = "!a");
            span.in_scope(|| info!(rooms = 3, "inside"));
            info!(parent: &span, "explicit");
            let _scope = fedtrace::start_active_span("scope");
            info!("in a scope");
            assert!(trace_id().is_some());
        });
    });
    ["span", "scope"].map(|name| {
        let span = test.finished_span(name);
        format!("{} {}", span.trace_id, span.span_id)
    })
}

#[test]
fn text_lines_begin_with_the_ids_of_the_trace_and_the_span() {
    let lines = Lines::default();
    let layer = fmt::layer()
        .with_writer(lines.clone())
        .with_ansi(false)
        .event_format(with_trace_ids(fmt::format().without_time()));
    let subscriber = tracing_subscriber::registry().with(tracing_layer()).with(layer);
    let ids = log(&Dispatch::new(subscriber));
    let [span, scope] = ids.map(|ids| {
        let (trace, span) = ids.split_once(' ').unwrap();
        format!("trace_id={trace} span_id={span} ")
    });
    let target = module_path!();
    assert_eq!(
        lines.all(),
        [
            format!(" INFO {target}: outside"),
            format!("{span} INFO span{{room=\"!a\"}}: {target}: inside rooms=3"),
            format!("{span} INFO span{{room=\"!a\"}}: {target}: explicit"),
            format!("{scope} INFO {target}: in a scope"),
        ]
    );
}

#[test]
fn json_lines_have_the_ids_as_members() {
    let lines = Lines::default();
    let layer = fmt::layer()
        .json()
        .with_writer(lines.clone())
        .event_format(with_trace_ids_in_json(fmt::format().json()));
    // In the other order: it does not matter.
    let subscriber = tracing_subscriber::registry().with(layer).with(tracing_layer());
    let ids = log(&Dispatch::new(subscriber));
    let lines: Vec<serde_json::Value> = lines
        .all()
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let shown = |line: usize| {
        let [trace, span] = ["trace_id", "span_id"].map(|key| lines[line][key].as_str().unwrap());
        format!("{trace} {span}")
    };
    assert_eq!(lines[0].get("trace_id"), None);
    assert_eq!([shown(1), shown(3)], ids);
    assert_eq!(shown(2), ids[0]);
    assert_eq!(lines[1]["fields"]["rooms"], 3);
}

#[test]
fn ids_that_were_only_shown_do_not_keep_a_span_from_getting_another_parent() {
    use fedtrace::{SpanContext, SpanId, TraceFlags, TraceId, TracingSpanExt as _};

    let layer = fmt::layer()
        .with_writer(io::sink)
        .event_format(with_trace_ids(fmt::format()));
    let subscriber = tracing_subscriber::registry().with(tracing_layer()).with(layer);
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        tracing::subscriber::with_default(subscriber, || {
            let span = info_span!("span");
            let _entered = span.enter();
            info!("before the origin is known");
            let trace_id = TraceId::new(7).unwrap();
            let remote = SpanContext::remote(trace_id, SpanId::new(7).unwrap(), TraceFlags::SAMPLED);
            assert!(span.set_parent(remote));
        });
    });
}
