//! Tests of the names and values of metrics.

use std::time::Duration;

use crate::propagation::headers::{extract, inject};
use crate::reporter::memory::MemoryReporter;
use crate::sampling::sampler::constant::ConstSampler;
#[cfg(feature = "prometheus")]
use crate::sampling::throttler::permission::Throttler;
#[cfg(feature = "prometheus")]
use crate::sampling::throttler::stats::ThrottlerStats;
use crate::span::builder::start_active_span;
use crate::tracer::core::Tracer;
use crate::tracer::global::with_tracer;
use crate::trust::parties::{Destination, Origin};
use crate::worker::guard::TracerGuard;

fn tracer(service: &str, sampled: bool) -> (Tracer, TracerGuard) {
    Tracer::builder(service)
        .sampler(ConstSampler::new(sampled))
        .reporter(MemoryReporter::new())
        .build()
        .unwrap()
}

/// Makes a trace of three spans, one of which is the server side of a call, and a span that was started by
/// name.
fn work(tracer: &Tracer) {
    with_tracer(tracer, || {
        let _root = start_active_span("root");
        let _child = start_active_span("child");
        let mut headers = http::HeaderMap::new();
        inject(&mut headers, Destination::Internal);
        let parent = extract(&headers, Origin::Internal).unwrap();
        drop(
            crate::span::builder::build_span("other side")
                .child_of(parent)
                .start_active(),
        );
    });
}

#[test]
fn traces_and_spans_are_counted_when_the_outermost_span_is_over() {
    let (recorded, guard) = tracer("recorded", true);
    let (unrecorded, _guard) = tracer("unrecorded", false);
    work(&recorded);
    work(&unrecorded);
    guard.flush(Duration::from_secs(20)).unwrap();
    let stats = recorded.stats();
    assert_eq!(
        (stats.started_sampled_traces, stats.joined_sampled_traces),
        (1, 1)
    );
    assert_eq!(
        (stats.started_sampled_spans, stats.finished_sampled_spans),
        (3, 3)
    );
    assert_eq!(
        (stats.started_unsampled_traces, stats.started_unsampled_spans),
        (0, 0)
    );
    assert_eq!(
        (stats.reported_spans, stats.queued_spans, stats.queued_bytes),
        (3, 0, 0)
    );
    let stats = unrecorded.stats();
    assert_eq!(
        (stats.started_unsampled_traces, stats.joined_unsampled_traces),
        (1, 1)
    );
    assert_eq!(
        (stats.started_unsampled_spans, stats.finished_unsampled_spans),
        (3, 3)
    );
    assert_eq!(stats.finished_sampled_spans, 0);
    assert_eq!(
        (stats.started_sampled_traces, stats.started_sampled_spans),
        (0, 0)
    );
}

#[cfg(feature = "prometheus")]
#[test]
fn the_text_for_prometheus_describes_each_metric_once_for_all_tracers() {
    let (one, guard) = tracer("one", true);
    let (two, _guard) = tracer("t\"w\\o\n", false);
    work(&one);
    work(&two);
    guard.flush(Duration::from_secs(20)).unwrap();
    let text = crate::tracer::metrics::prometheus_text([&one, &two]);
    for line in [
        "jaeger_tracer_traces_total{service=\"one\",state=\"started\",sampled=\"y\"} 1",
        "jaeger_tracer_traces_total{service=\"t\\\"w\\\\o\\n\",state=\"joined\",sampled=\"n\"} 1",
        "jaeger_tracer_started_spans_total{service=\"one\",sampled=\"y\"} 3",
        "jaeger_tracer_finished_spans_total{service=\"one\",sampled=\"y\"} 3",
        "jaeger_tracer_finished_spans_total{service=\"one\",sampled=\"n\"} 0",
        "jaeger_tracer_reporter_spans_total{service=\"one\",result=\"ok\"} 3",
        "jaeger_tracer_reporter_queue_length{service=\"one\"} 0",
        "# TYPE jaeger_tracer_reporter_queue_length gauge",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let described: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    assert!(described.len() > 10);
    for name in &described {
        assert_eq!(
            described.iter().filter(|other| *other == name).count(),
            1,
            "{name}"
        );
        assert!(text.contains(&format!("# HELP {name} ")), "{name}");
        assert!(
            text.lines()
                .any(|line| line.starts_with(&format!("{name}{{service="))),
            "{name}"
        );
    }
}

#[cfg(feature = "prometheus")]
#[test]
fn tracers_of_one_service_are_one_series_with_their_sum() {
    let (one, guard) = tracer("same", true);
    let (two, other_guard) = tracer("same", true);
    for tracer in [&one, &one, &two] {
        work(tracer);
    }
    guard.flush(Duration::from_secs(20)).unwrap();
    other_guard.flush(Duration::from_secs(20)).unwrap();
    let text = crate::tracer::metrics::prometheus_text([&one, &two]);
    let name = "jaeger_tracer_started_spans_total{service=\"same\",sampled=\"y\"}";
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with(name)).collect();
    assert_eq!(lines, [format!("{name} 9")]);
}

#[cfg(feature = "prometheus")]
#[test]
fn what_a_throttler_refused_and_how_its_server_answered_is_counted() {
    struct Refusing;
    impl Throttler for Refusing {
        fn is_allowed(&self, _: &str) -> bool {
            false
        }

        fn stats(&self) -> ThrottlerStats {
            ThrottlerStats {
                throttler_updates: 7,
                failed_throttler_updates: 5,
            }
        }
    }
    let (tracer, _guard) = Tracer::builder("throttled")
        .throttler(Refusing)
        .reporter(MemoryReporter::new())
        .build()
        .unwrap();
    with_tracer(&tracer, || start_active_span("op").span().force_tracing());
    let text = crate::tracer::metrics::prometheus_text([&tracer]);
    for line in [
        "jaeger_tracer_throttled_debug_spans_total{service=\"throttled\"} 1",
        "jaeger_tracer_throttler_updates_total{service=\"throttled\",result=\"ok\"} 7",
        "jaeger_tracer_throttler_updates_total{service=\"throttled\",result=\"err\"} 5",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} in:\n{text}");
    }
}
