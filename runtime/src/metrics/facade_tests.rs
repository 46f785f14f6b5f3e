//! Tests of the metrics that the recorder of the crate `metrics` gets.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use metrics::with_local_recorder;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use super::facade::Publication;
use crate::model::tag::tags;
use crate::reporter::memory::MemoryReporter;
use crate::span::builder::{build_span, start_active_span};
use crate::tracer::core::Tracer;
use crate::tracer::global::with_tracer;
use crate::worker::guard::TracerGuard;

const TIMEOUT: Duration = Duration::from_secs(20);

fn tracer(service: &str) -> (Tracer, TracerGuard) {
    Tracer::builder(service)
        .reporter(MemoryReporter::new())
        // The worker only works on request.
        .flush_interval(Duration::MAX)
        .rpc_metrics(true)
        .build()
        .unwrap()
}

/// Makes `traces` traces of one span each.
fn work(tracer: &Tracer, traces: usize) {
    with_tracer(tracer, || {
        (0..traces).for_each(|_| start_active_span("work").close());
    });
}

fn request(tracer: &Tracer, milliseconds: u64) {
    let start = SystemTime::now();
    let span = build_span("/sync")
        .tracer(tracer)
        .tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER)
        .start_time(start)
        .start();
    span.finish_at(start + Duration::from_millis(milliseconds));
}

/// The values that were published for a service since the last call, by name and label values.
fn told(snapshotter: &Snapshotter, service: &str) -> BTreeMap<String, DebugValue> {
    let all = snapshotter.snapshot().into_vec().into_iter();
    all.filter_map(|(key, _, _, value)| {
        let mut labels = key.key().labels();
        let is_ours = labels.next()?.value() == service;
        let labels: Vec<_> = labels.map(|label| label.value()).collect();
        is_ours.then(|| (format!("{} {}", key.key().name(), labels.join(" ")), value))
    })
    .collect()
}

#[test]
fn the_workers_give_what_the_tracers_of_a_service_counted_to_the_recorder() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install().expect("no other recorder");
    let service = "published";
    let ((over, over_guard), (running, guard)) = (tracer(service), tracer(service));
    work(&over, 3);
    request(&over, 70);
    over_guard.shutdown(TIMEOUT).unwrap();
    for traces in [1, 2] {
        work(&running, traces);
        request(&running, 400);
        guard.flush(TIMEOUT).unwrap();
    }
    let told = told(&snapshotter, service);
    for (name, expected) in [
        ("jaeger_tracer_reporter_spans_total ok", 9),
        ("jaeger_tracer_traces_total started y", 9),
        ("jaeger_rpc_requests_total /sync false", 3),
        ("jaeger_rpc_requests_total /sync true", 0),
    ] {
        assert_eq!(told[name], DebugValue::Counter(expected), "{name}");
    }
    assert_eq!(
        told["jaeger_rpc_request_latency /sync false"],
        DebugValue::Histogram(vec![0.07.into(), 0.4.into(), 0.4.into()])
    );
}

#[test]
fn counters_never_go_back_when_a_tracer_of_the_service_is_over_and_gauges_are_of_those_that_run() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let service = "one of two is over";
    let publish = |publication: &mut Publication, tracer: &Tracer, is_last| {
        with_local_recorder(&recorder, || publication.publish(&tracer.counted(), is_last));
        let told = told(&snapshotter, service);
        let [DebugValue::Counter(traces), DebugValue::Gauge(queued)] = [
            &told["jaeger_tracer_traces_total started y"],
            &told["jaeger_tracer_reporter_queue_length "],
        ] else {
            panic!("{told:?}");
        };
        (*traces, queued.into_inner())
    };
    let ((one, _guard), (two, _other_guard)) = (tracer(service), tracer(service));
    let (mut first, mut second, mut third) = (Publication::new(1), Publication::new(2), Publication::new(3));
    work(&one, 5);
    work(&two, 2);
    assert_eq!(publish(&mut first, &one, false), (5, 5.0));
    assert_eq!(publish(&mut second, &two, false), (7, 7.0));
    work(&two, 1);
    assert_eq!(publish(&mut first, &one, true), (7, 2.0));
    assert_eq!(publish(&mut second, &two, false), (8, 3.0));
    assert_eq!(publish(&mut second, &two, true), (8, 0.0));
    let (three, _last_guard) = tracer(service);
    work(&three, 1);
    assert_eq!(publish(&mut third, &three, false), (9, 1.0));
}

#[test]
fn a_recorder_that_comes_late_gets_all_that_was_counted() {
    let recorder = DebuggingRecorder::new();
    let (tracer, _guard) = tracer("counted before");
    let mut publication = Publication::new(1);
    work(&tracer, 4);
    publication.publish(&tracer.counted(), false);
    with_local_recorder(&recorder, || publication.publish(&tracer.counted(), false));
    let told = told(&recorder.snapshotter(), "counted before");
    assert_eq!(
        told["jaeger_tracer_traces_total started y"],
        DebugValue::Counter(4)
    );
}

#[test]
fn what_was_counted_before_a_fork_stays_in_the_sum_of_the_child() {
    let recorder = DebuggingRecorder::new();
    let service = "forked";
    let ((tracer_before, _guard), (tracer_after, _other_guard)) = (tracer(service), tracer(service));
    work(&tracer_before, 6);
    work(&tracer_after, 1);
    with_local_recorder(&recorder, || {
        Publication::of_parent(1).publish(&tracer_before.counted(), false);
        Publication::new(1).publish(&tracer_after.counted(), false);
    });
    let told = told(&recorder.snapshotter(), service);
    assert_eq!(
        told["jaeger_tracer_traces_total started y"],
        DebugValue::Counter(7)
    );
    assert_eq!(
        told["jaeger_tracer_reporter_queue_length "],
        DebugValue::Gauge(1.0.into())
    );
}

#[test]
fn requests_of_one_bucket_come_with_their_mean_and_none_twice() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let service = "histogram";
    let (tracer, _guard) = tracer(service);
    let mut publication = Publication::new(1);
    let mut publish = || {
        with_local_recorder(&recorder, || publication.publish(&tracer.counted(), false));
        told(&snapshotter, service).remove("jaeger_rpc_request_latency /sync false")
    };
    for milliseconds in [300, 400, 20_000] {
        request(&tracer, milliseconds);
    }
    let expected = vec![0.35.into(), 0.35.into(), 20.0.into()];
    assert_eq!(publish(), Some(DebugValue::Histogram(expected)));
    assert_eq!(publish(), Some(DebugValue::Histogram(Vec::new())));
    request(&tracer, 500);
    assert_eq!(publish(), Some(DebugValue::Histogram(vec![0.5.into()])));
}

#[test]
fn what_a_restored_process_counted_before_stays_in_the_sum_and_its_gauges_do_not() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let service = "restored";
    // Two tracers, and what they are after the counts have begun again.
    let [before, after, other_before, other_after] = [(); 4].map(|()| tracer(service));
    let [mut old, mut new] = [(); 2].map(|()| Publication::new(1));
    let [mut other_old, mut other_new] = [(); 2].map(|()| Publication::new(2));
    work(&before.0, 5);
    work(&other_before.0, 20);
    work(&after.0, 1);
    work(&other_after.0, 2);
    let publish = |publication: &mut Publication, (tracer, _): &(Tracer, TracerGuard)| {
        with_local_recorder(&recorder, || publication.publish(&tracer.counted(), false));
        let told = told(&snapshotter, service);
        let [DebugValue::Counter(traces), DebugValue::Gauge(queued)] = [
            &told["jaeger_tracer_traces_total started y"],
            &told["jaeger_tracer_reporter_queue_length "],
        ] else {
            panic!("{told:?}");
        };
        (*traces, queued.into_inner())
    };
    assert_eq!(publish(&mut old, &before), (5, 5.0));
    assert_eq!(publish(&mut other_old, &other_before), (25, 25.0));
    assert_eq!(publish(&mut new, &after), (26, 21.0));
    assert_eq!(publish(&mut other_new, &other_after), (28, 3.0));
    assert_eq!(publish(&mut new, &after), (28, 3.0));
    // A worker that was replaced while it was about to publish.
    assert_eq!(publish(&mut old, &before), (28, 3.0));
}
