//! Fields of spans.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::thread;

use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::{TagValue, Tracer, tracing_layer, with_tracer};
use tracing::field::{Empty, debug, display};
use tracing::{info_span, instrument};
use tracing_subscriber::layer::SubscriberExt as _;

use super::traced;

fn tag(test: &TestTracer, key: &str) -> Option<TagValue> {
    test.finished_span("span").tag(key).cloned()
}

#[test]
fn fields_are_tags_of_the_same_name_and_type() {
    #[derive(Debug)]
    struct Io;
    impl fmt::Display for Io {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("broken pipe")
        }
    }
    impl Error for Io {}
    let test = traced(|| {
        info_span!(
            "span",
            text = "text",
            integer = -7,
            large = u64::MAX,
            float = 0.5,
            flag = true,
            shown = %"shown",
            debugged = ?Some(1),
            some = Some("content"),
            none = None::<&str>,
            empty = Empty,
            dotted.name = 1,
            bytes = &b"\x01\x02"[..],
            cause = &Io as &dyn Error,
        );
    });
    let expected: [(&str, TagValue); 11] = [
        ("text", "text".into()),
        ("integer", (-7).into()),
        ("large", u64::MAX.into()),
        ("float", 0.5.into()),
        ("flag", true.into()),
        ("shown", "shown".into()),
        ("debugged", "Some(1)".into()),
        ("some", "content".into()),
        ("dotted.name", 1.into()),
        ("bytes", TagValue::Binary(vec![1, 2])),
        ("cause", "broken pipe".into()),
    ];
    for (key, value) in expected {
        assert_eq!(tag(&test, key), Some(value), "{key}");
    }
    assert_eq!(tag(&test, "none"), None);
    assert_eq!(tag(&test, "empty"), None);
}

#[test]
fn a_field_is_recorded_on_an_open_a_parked_and_an_elsewhere_entered_span() {
    let test = traced(|| {
        let span = info_span!("span", open = Empty, parked = Empty, elsewhere = Empty, again = 1);
        span.record("parked", 1);
        let entered = span.enter();
        span.record("open", 2);
        let there = span.clone();
        thread::spawn(move || {
            there.record("elsewhere", debug([3])).record("again", display(2));
        })
        .join()
        .unwrap();
        drop(entered);
    });
    let keys = ["open", "parked", "elsewhere", "again"];
    let [open, parked, elsewhere, again] = keys.map(|key| tag(&test, key));
    assert_eq!(open, Some(2.into()));
    assert_eq!(parked, Some(1.into()));
    assert_eq!(elsewhere, Some("[3]".into()));
    assert_eq!(again, Some("2".into()), "the last value counts");
}

#[test]
fn secrets_are_redacted_in_fields_of_spans_and_events() {
    let (tracer, reporter, guard) = {
        let reporter = fedtrace::reporter::MemoryReporter::new();
        let builder = Tracer::builder("test").redacted_arguments(["email"]);
        let (tracer, guard) = builder.reporter(reporter.clone()).build().unwrap();
        (tracer, reporter, guard)
    };
    with_tracer(&tracer, || {
        let subscriber = tracing_subscriber::registry().with(tracing_layer());
        tracing::subscriber::with_default(subscriber, || {
            let span = info_span!(
                "span",
                access_token = "syt_abc",
                http.request.header.authorization = ?"Bearer syt_abc",
                user_email = %"alice@example.org",
                token_count = 7,
                late.password = Empty,
            );
            let _entered = span.enter();
            span.record("late.password", "hunter2");
            tracing::info!(password = "hunter2", email = ?"alice@example.org", pin = 7, "login");
        });
    });
    guard.flush(std::time::Duration::from_secs(10)).unwrap();
    let spans = reporter.finished_spans();
    let shown = format!("{spans:?}");
    for secret in ["syt_abc", "hunter2", "alice@"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(spans[0].tag("access_token"), Some(&"<redacted>".into()));
    assert_eq!(spans[0].tag("token_count"), Some(&"<redacted>".into()));
    assert_eq!(spans[0].tag("late.password"), Some(&"<redacted>".into()));
}

#[test]
fn secrets_in_the_query_of_a_url_are_redacted() {
    let test = traced(|| {
        let url = "/sync?since=s1&access_token=syt_abc&x=1";
        let _entered = info_span!("span", uri = %url, http.url = url, note = "a?b").entered();
        tracing::info!(http.target = ?url, uri = url, "request");
    });
    let span = test.finished_span("span");
    assert!(!format!("{span:?}").contains("syt_abc"), "{span:?}");
    let shown = "/sync?since=s1&access_token=<redacted>&x=1";
    assert_eq!(span.tag("uri"), Some(&shown.into()));
    assert_eq!(span.tag("http.url"), Some(&shown.into()));
    assert_eq!(span.tag("note"), Some(&"a?b".into()));
}

/// Counts how often it is formatted, and how far.
struct Endless<'a>(&'a Cell<usize>);

impl fmt::Debug for Endless<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        loop {
            self.0.set(self.0.get() + 10);
            f.write_str("0123456789")?;
        }
    }
}

#[test]
fn values_are_cut_while_they_are_formatted() {
    let formatted = Cell::new(0);
    let test = traced(|| {
        let _entered = info_span!("span", endless = ?Endless(&formatted)).entered();
        tracing::info!(endless = ?Endless(&formatted), "event");
    });
    let limit = tag(&test, "endless").unwrap().as_str().unwrap().len();
    assert!(
        limit > 100 && formatted.get() <= 2 * (limit + 10),
        "{limit}, {formatted:?}"
    );
    let span = test.finished_span("span");
    let field = span.logs[0].fields.iter().find(|field| field.key == "endless");
    assert_eq!(field.unwrap().value.as_str().unwrap().len(), limit);
}

#[test]
fn a_value_that_panics_while_it_is_formatted_disturbs_nothing() {
    struct Panicking;
    impl fmt::Debug for Panicking {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("on purpose");
        }
    }
    let test = traced(|| {
        let _entered = info_span!("span", value = ?Panicking, next = 1).entered();
        tracing::info!(value = ?Panicking, "event");
    });
    assert_eq!(tag(&test, "value"), Some("<panicked while formatting>".into()));
    assert_eq!(tag(&test, "next"), Some(1.into()));
}

#[test]
fn nothing_is_formatted_for_a_span_that_is_not_recorded() {
    let test = TestTracer::with_sampler(ConstSampler::new(false));
    let formatted = Cell::new(0);
    with_tracer(test.tracer(), || {
        let subscriber = tracing_subscriber::registry().with(tracing_layer());
        tracing::subscriber::with_default(subscriber, || {
            let _root = info_span!("root").entered();
            let span = info_span!("child", endless = ?Endless(&formatted), late = Empty);
            let _entered = span.enter();
            span.record("late", debug(Endless(&formatted)));
            tracing::info!(endless = ?Endless(&formatted), "event");
        });
    });
    assert_eq!(formatted.get(), 0);
    assert!(test.finished_spans().is_empty());
}

#[test]
fn a_value_may_make_spans_and_events_while_it_is_formatted() {
    struct Busy;
    impl fmt::Debug for Busy {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            // `tracing` makes no spans and events in here; fedtrace does.
            let _none = info_span!("span of tracing").entered();
            let _scope = fedtrace::start_active_span("made while formatting");
            tracing::Span::current().record("nothing", 1);
            tracing::info!("event");
            f.write_str("busy")
        }
    }
    let test = traced(|| {
        let span = info_span!("span", early = ?Busy, late = Empty);
        let _entered = span.enter();
        span.record("late", debug(Busy));
        tracing::info!(busy = ?Busy, "event");
    });
    assert_eq!(tag(&test, "late"), Some("busy".into()));
    let names: Vec<_> = test
        .finished_spans()
        .iter()
        .map(|span| span.operation_name.to_string())
        .collect();
    assert_eq!(
        names
            .iter()
            .filter(|name| name.as_str() == "made while formatting")
            .count(),
        3
    );
}

#[derive(Debug)]
enum Kind {
    Server,
}

#[test]
fn conventions_of_opentelemetry_are_understood() {
    let test = traced(|| {
        let span = info_span!(
            "span",
            otel.name = Empty,
            otel.kind = ?Kind::Server,
            otel.status_code = Empty,
            otel.status_description = Empty,
        );
        span.record("otel.status_code", "ERROR");
        span.record("otel.status_description", "no such room");
        span.record("otel.name", display(format_args!("GET {}", "/sync")));
        info_span!("fine", error = Empty)
            .record("error", true)
            .record("otel.status_code", "unset");
        info_span!("ok", error = true, otel.status_code = "ok");
    });
    let span = test.finished_span("GET /sync");
    assert_eq!(span.tag("span.kind"), Some(&"server".into()));
    assert_eq!(span.tag("error"), Some(&true.into()));
    assert_eq!(span.tag("otel.status_description"), Some(&"no such room".into()));
    assert_eq!(span.tag("otel.name"), None);
    assert_eq!(test.finished_span("fine").tag("error"), Some(&true.into()));
    assert_eq!(test.finished_span("ok").tag("error"), Some(&false.into()));
}

#[test]
fn an_error_among_the_fields_of_a_span_is_a_failure_with_a_log_record() {
    let test = traced(|| {
        info_span!("span", error = %"no such room");
    });
    let span = test.finished_span("span");
    assert_eq!(span.tag("error"), Some(&true.into()));
    let fields: Vec<_> = span.logs[0]
        .fields
        .iter()
        .map(|field| format!("{}={}", field.key, field.value))
        .collect();
    assert_eq!(fields, ["event=error", "message=no such room"]);
}

#[test]
fn arguments_of_an_instrumented_function_are_tags() {
    #[instrument(skip(secretive), fields(sum = a + b, status))]
    fn add(a: u64, b: u64, secretive: &str) -> u64 {
        tracing::Span::current().record("status", "added");
        a + b + secretive.len() as u64
    }
    let test = traced(|| {
        add(1, 2, "");
    });
    test.tree().with_tags(["a", "b", "sum", "status"]).assert_eq(
        "
        add a=1 b=2 sum=3 status=added
    ",
    );
}
