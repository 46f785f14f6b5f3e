//! Events, which become log records.

use std::thread;

use fedtrace::{FinishedSpan, TagValue, tracing_layer};
use tracing::{Level, error, event, info, info_span, instrument, warn};

use super::{traced, traced_by};

/// The fields of a log record, as `key=value`.
fn fields(span: &FinishedSpan, log: usize) -> Vec<String> {
    let fields = span.logs[log].fields.iter();
    fields
        .map(|field| format!("{}={}", field.key, field.value))
        .collect()
}

#[test]
fn an_event_is_a_log_record_of_the_active_span() {
    let test = traced(|| {
        let _outer = info_span!("outer").entered();
        {
            let _inner = fedtrace::start_active_span("inner");
            info!(target: "sync", rooms = 3, ok = true, share = 0.5, large = u64::MAX, "{} done", 1);
        }
        warn!("outside");
    });
    assert_eq!(
        fields(&test.finished_span("inner"), 0),
        [
            "event=1 done",
            "level=INFO",
            "target=sync",
            "rooms=3",
            "ok=true",
            "share=0.5",
            "large=18446744073709551615",
        ]
    );
    let outer = test.finished_span("outer");
    assert_eq!(fields(&outer, 0)[..2], ["event=outside", "level=WARN"]);
    assert_eq!(outer.logs.len(), 1);
    let kinds = &test.finished_span("inner").logs[0].fields;
    assert_eq!(kinds[3].value, TagValue::Long(3));
    assert_eq!(kinds[4].value, TagValue::Bool(true));
    assert_eq!(kinds[5].value, TagValue::Double(0.5));
}

#[test]
fn an_event_with_a_parent_is_a_log_record_of_that_span_also_from_another_thread() {
    let test = traced(|| {
        let span = info_span!("span");
        let _other = info_span!("other").entered();
        info!(parent: &span, "here");
        let there = span.clone();
        let _entered = span.enter();
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        thread::spawn(move || {
            tracing::dispatcher::with_default(&dispatch, || error!(parent: &there, "there"));
        })
        .join()
        .unwrap();
        info!(parent: None, "nowhere");
    });
    let span = test.finished_span("span");
    assert_eq!(fields(&span, 0)[0], "event=here");
    assert_eq!(fields(&span, 1)[..2], ["event=there", "level=ERROR"]);
    assert_eq!(span.logs.len(), 2);
    assert_eq!(span.tag("error"), Some(&true.into()));
    assert!(test.finished_span("other").logs.is_empty());
}

#[test]
fn an_event_outside_of_spans_is_ignored_and_no_misuse() {
    let test = traced(|| info!("nowhere"));
    assert!(test.finished_spans().is_empty());
    assert_eq!(test.tracer().stats().missing_active_spans, 0);
}

#[test]
fn an_event_of_the_level_error_marks_its_span_as_failed() {
    let test = traced(|| {
        let _outer = info_span!("outer").entered();
        let _inner = info_span!("inner").entered();
        error!("broken");
    });
    assert_eq!(test.finished_span("inner").tag("error"), Some(&true.into()));
    assert_eq!(test.finished_span("outer").tag("error"), None);

    let layer = tracing_layer().with_error_events_to_status(false);
    let test = traced_by(layer, || {
        let _span = info_span!("span").entered();
        error!("broken");
    });
    assert_eq!(test.finished_span("span").tag("error"), None);
    assert_eq!(test.finished_span("span").logs.len(), 1);
}

#[test]
fn an_err_of_an_instrumented_function_is_a_failure() {
    #[instrument(err)]
    fn fail() -> Result<(), String> {
        Err("no such room".to_owned())
    }
    let test = traced(|| assert!(fail().is_err()));
    let span = test.finished_span("fail");
    assert_eq!(span.tag("error"), Some(&true.into()));
    let fields = fields(&span, 0);
    assert_eq!(fields[..2], ["event=error", "level=ERROR"]);
    assert_eq!(fields[3], "error=no such room");
}

#[test]
fn the_output_of_an_instrumented_function_is_a_log_record() {
    #[instrument(ret)]
    fn answer() -> u8 {
        42
    }
    let test = traced(|| {
        answer();
    });
    let fields = fields(&test.finished_span("answer"), 0);
    assert!(fields.contains(&"return=42".to_owned()), "{fields:?}");
}

#[test]
fn an_event_without_a_message_has_its_name() {
    let test = traced(|| {
        let _span = info_span!("span").entered();
        event!(name: "received", Level::INFO, bytes = 7);
    });
    let fields = fields(&test.finished_span("span"), 0);
    assert_eq!(fields[0], "event=received");
    assert_eq!(fields[3], "bytes=7");
}

#[test]
fn without_events_only_the_failure_remains() {
    let test = traced_by(tracing_layer().with_events(false), || {
        let _span = info_span!("span").entered();
        info!("received");
        error!("broken");
    });
    let span = test.finished_span("span");
    assert!(span.logs.is_empty());
    assert_eq!(span.tag("error"), Some(&true.into()));
}

#[test]
fn many_fields_are_all_kept() {
    let test = traced(|| {
        let _span = info_span!("span").entered();
        info!(
            a = 1,
            b = 1,
            c = 1,
            d = 1,
            e = 1,
            f = 1,
            g = 1,
            h = 1,
            i = 1,
            j = 1,
            k = 1,
            l = 1,
            m = 1,
            n = 1,
            o = 1,
            p = 1,
            q = 1,
            r = 1,
            s = 1,
            t = 1,
            u = 1,
            v = 1,
            w = 1,
            x = 1,
            y = 1,
            z = 1,
            aa = 1,
            bb = 1,
            "message"
        );
    });
    assert_eq!(fields(&test.finished_span("span"), 0).len(), 28 + 3);
}
