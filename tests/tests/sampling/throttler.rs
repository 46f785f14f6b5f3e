//! Who may force a trace.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::ConstSampler;
use fedtrace::throttler::{Throttler, ThrottlerStats};
use fedtrace::{
    Destination, FinishedSpan, Origin, Span, Tracer, TracerBuilder, TracerGuard, active_span, build_span,
    extract, force_tracing, force_tracing_for_user, inject, inject_edu, set_tag, start_active_span,
    start_send_transaction, tags, with_tracer,
};
use http::{HeaderMap, HeaderName};

/// Keeps what it is asked.
#[derive(Default)]
struct Asked {
    allows: AtomicBool,
    operations: Mutex<Vec<String>>,
    client_id: Mutex<Option<String>>,
}

impl Throttler for Asked {
    fn is_allowed(&self, operation: &str) -> bool {
        assert!(self.client_id.lock().unwrap().is_some(), "it was told before");
        self.operations.lock().unwrap().push(operation.to_owned());
        self.allows.load(Ordering::Relaxed)
    }

    fn set_client_id(&self, client_id: &str) {
        *self.client_id.lock().unwrap() = Some(client_id.to_owned());
    }
}

struct Test {
    throttler: Arc<Asked>,
    tracer: Tracer,
    guard: TracerGuard,
    memory: MemoryReporter,
}

impl Test {
    fn new(sampled: bool, allows: bool) -> Self {
        let throttler = Arc::new(Asked::default());
        throttler.allows.store(allows, Ordering::Relaxed);
        let (tracer, guard, memory) = start(sampled, Arc::clone(&throttler), |builder| builder);
        Self {
            throttler,
            tracer,
            guard,
            memory,
        }
    }

    fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        with_tracer(&self.tracer, work)
    }

    /// The operations that it was asked about, and how many it refused.
    fn asked(&self) -> (Vec<String>, u64) {
        let operations = self.throttler.operations.lock().unwrap().clone();
        (operations, self.tracer.stats().throttled_debug_spans)
    }

    fn finished(&self) -> Vec<FinishedSpan> {
        self.guard.flush(Duration::from_secs(10)).unwrap();
        self.memory.finished_spans()
    }
}

fn start(
    sampled: bool,
    throttler: impl Throttler + 'static,
    customize: impl FnOnce(TracerBuilder) -> TracerBuilder,
) -> (Tracer, TracerGuard, MemoryReporter) {
    let memory = MemoryReporter::new();
    let builder = Tracer::builder("test")
        .sampler(ConstSampler::new(sampled))
        .force_tracing_for_users(["@alice:example.org"])
        .reporter(memory.clone())
        .throttler(throttler);
    let (tracer, guard) = customize(builder).build().unwrap();
    (tracer, guard, memory)
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn internal(pairs: &[(&'static str, &str)]) -> Option<fedtrace::SpanContext> {
    let headers: HeaderMap = pairs
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
        .collect();
    extract(&headers, Origin::Internal)
}

#[test]
fn an_allowed_debug_id_is_asked_about_once_and_not_for_the_children() {
    let test = Test::new(false, true);
    test.run(|| {
        let _root = build_span("root")
            .child_of(internal(&[("jaeger-debug-id", "x")]))
            .start_active();
        drop(start_active_span("child"));
        force_tracing();
        set_tag(tags::SAMPLING_PRIORITY, 1);
    });
    let spans = test.finished();
    assert_eq!(
        spans.iter().map(|span| span.flags.bits()).collect::<Vec<_>>(),
        [3, 3]
    );
    assert!(spans[1].tag("jaeger-debug-id").is_some());
    assert_eq!(test.asked(), (names(&["root"]), 0));
}

#[test]
fn a_refused_debug_id_is_as_if_it_were_not_there_and_the_sampler_decides() {
    for sampled in [true, false] {
        let test = Test::new(sampled, false);
        test.run(|| {
            let by_hand = [("jaeger-debug-id", "x"), ("jaeger-baggage", "k=v")];
            let root = build_span("root").child_of(internal(&by_hand)).start();
            let context = root.context().unwrap();
            assert_eq!(context.flags().bits(), u8::from(sampled));
            assert_eq!(context.baggage().get("k"), Some("v"));
        });
        let spans = test.finished();
        assert_eq!(spans.len(), usize::from(sampled));
        for root in spans {
            assert!(root.tag("jaeger-debug-id").is_none() && root.tag("sampler.type").is_some());
            assert_eq!(root.parent_span_id, None);
        }
        assert_eq!(test.asked(), (names(&["root"]), 1));
        let stats = test.tracer.stats();
        let traces = (stats.started_sampled_traces, stats.started_unsampled_traces);
        assert_eq!(traces, (u64::from(sampled), u64::from(!sampled)));
    }
}

#[test]
fn a_refused_sampling_priority_changes_nothing_and_is_no_tag() {
    for sampled in [true, false] {
        let test = Test::new(sampled, false);
        test.run(|| {
            let first = build_span("first").tag(tags::SAMPLING_PRIORITY, 1).start();
            let second = build_span("second").start();
            second.set_tag(tags::SAMPLING_PRIORITY, true);
            let third = build_span("third").tag(tags::SAMPLING_PRIORITY, 7).start_active();
            set_tag(tags::SAMPLING_PRIORITY, "1");
            for span in [first, second, third.span()] {
                assert_eq!(span.context().unwrap().flags().bits(), u8::from(sampled));
            }
        });
        let spans = test.finished();
        assert_eq!(spans.len(), 3 * usize::from(sampled));
        assert!(
            spans
                .iter()
                .all(|span| span.tag(tags::SAMPLING_PRIORITY).is_none())
        );
        assert_eq!(test.asked(), (names(&["first", "second", "third", "third"]), 4));
    }
}

#[test]
fn an_allowed_sampling_priority_forces_the_span_and_keeps_its_tags() {
    let test = Test::new(false, true);
    test.run(|| {
        let _span = build_span("op")
            .tag("a", 1)
            .tag(tags::SAMPLING_PRIORITY, 1)
            .start_active();
    });
    let spans = test.finished();
    assert_eq!(spans[0].flags.bits(), 3);
    assert!(spans[0].tag("a").is_some() && spans[0].tag(tags::SAMPLING_PRIORITY).is_some());
    assert_eq!(test.asked(), (names(&["op"]), 0));
}

#[test]
fn nobody_is_asked_about_a_priority_of_zero_or_one_that_is_no_number() {
    let test = Test::new(true, false);
    test.run(|| {
        let span = build_span("op").tag(tags::SAMPLING_PRIORITY, "much").start();
        span.set_tag(tags::SAMPLING_PRIORITY, 0);
        assert!(!span.context().unwrap().is_sampled());
    });
    assert_eq!(test.asked(), (Vec::new(), 0));
}

#[test]
fn a_refused_force_tracing_leaves_flags_and_baggage_as_they_are() {
    let test = Test::new(false, false);
    test.run(|| {
        let scope = start_active_span("op");
        force_tracing();
        scope.span().force_tracing();
        assert!(force_tracing_for_user("@alice:example.org"), "she is listed");
        assert!(!force_tracing_for_user("@bob:example.org"));
        let context = scope.span().context().unwrap();
        assert_eq!((context.flags().bits(), context.is_forced()), (0, false));
        let mut headers = HeaderMap::new();
        inject(&mut headers, Destination::Internal);
        assert_eq!(headers.keys().collect::<Vec<_>>(), ["uber-trace-id"]);
    });
    assert!(test.finished().is_empty());
    assert_eq!(test.asked(), (names(&["op", "op", "op"]), 3));
}

#[test]
fn a_force_that_is_inherited_is_asked_about_too() {
    for allows in [true, false] {
        let test = Test::new(false, true);
        test.run(|| {
            let mut edu = serde_json::Map::new();
            let cause = build_span("cause").start_active();
            force_tracing();
            inject_edu(&mut edu, Destination::Internal);
            test.throttler.allows.store(allows, Ordering::Relaxed);
            let context = cause.span().context().unwrap();
            drop(cause);
            let ignoring = build_span("ignoring")
                .follows_from(context.clone())
                .ignore_active_span();
            drop(
                ignoring
                    .child_of(internal(&[("uber-trace-id", "a:b:0:0")]))
                    .inherit_force_tracing()
                    .start(),
            );
            // The trace goes on here with the flags that it has.
            drop(start_send_transaction([&mut edu], Destination::Internal));
        });
        assert_eq!(test.asked(), (names(&["cause", "ignoring"]), u64::from(!allows)));
        let recorded = test
            .finished()
            .iter()
            .any(|span| span.operation_name == "ignoring");
        assert_eq!(recorded, allows);
    }
}

#[test]
fn a_span_that_is_forced_already_costs_nothing() {
    let test = Test::new(false, true);
    test.run(|| {
        let span = build_span("op").start();
        for _ in 0..3 {
            span.force_tracing();
            span.set_tag(tags::SAMPLING_PRIORITY, 1);
        }
        let elsewhere = internal(&[("uber-trace-id", "a:b:0:3")]);
        let other = build_span("continued").child_of(elsewhere).start();
        other.force_tracing();
        assert!(other.context().unwrap().is_forced());
    });
    assert_eq!(test.asked(), (names(&["op"]), 0));
}

#[test]
fn a_span_that_is_over_costs_nothing_and_the_misuse_is_counted() {
    let test = Test::new(true, true);
    test.run(|| {
        let span = build_span("op").start();
        span.finish();
        span.force_tracing();
        span.set_tag(tags::SAMPLING_PRIORITY, 1);
    });
    assert_eq!(test.asked(), (Vec::new(), 0));
    assert_eq!(test.tracer.stats().uses_after_finish, 2);
}

#[test]
fn it_is_asked_about_the_name_that_the_span_has_now() {
    let test = Test::new(false, true);
    test.run(|| {
        let span = build_span("before").start();
        span.set_operation_name(String::from("after"));
        span.force_tracing();
    });
    assert_eq!(test.asked(), (names(&["after"]), 0));
}

#[test]
fn it_is_told_the_client_uuid_of_the_process() {
    let throttler = Arc::new(Asked::default());
    let _running = start(true, Arc::clone(&throttler), |builder| {
        builder.process_tag("client-uuid", 77)
    });
    assert_eq!(throttler.client_id.lock().unwrap().as_deref(), Some("77"));
    let uuid = Test::new(true, true).throttler.client_id.lock().unwrap().clone();
    assert_eq!(uuid.unwrap().len(), 16);
}

/// Works with the span that it is asked about.
#[derive(Default)]
struct Busy(Arc<Mutex<Option<Span>>>);

impl Throttler for Busy {
    fn is_allowed(&self, _: &str) -> bool {
        let asked = self.0.lock().unwrap().clone().unwrap();
        asked.set_tag("asked", true);
        asked.force_tracing();
        assert!(!asked.context().unwrap().is_forced(), "not by itself");
        let _scope = start_active_span("throttling");
        force_tracing();
        assert!(active_span().is_none(), "it is not traced");
        drop(
            build_span("debug")
                .child_of(internal(&[("jaeger-debug-id", "x")]))
                .start(),
        );
        true
    }
}

#[test]
fn it_may_use_the_span_that_it_is_asked_about_and_what_it_forces_itself_is_refused() {
    let throttler = Busy::default();
    let asked = Arc::clone(&throttler.0);
    let (tracer, _guard, _) = start(true, throttler, |builder| builder);
    with_tracer(&tracer, || {
        let scope = start_active_span("op");
        *asked.lock().unwrap() = Some(scope.span());
        force_tracing();
        assert_eq!(scope.span().context().unwrap().flags().bits(), 3);
    });
    *asked.lock().unwrap() = None;
    let stats = tracer.stats();
    assert_eq!((stats.throttled_debug_spans, stats.contained_panics), (1, 0));
}

struct Panicking;

impl Throttler for Panicking {
    fn is_allowed(&self, _: &str) -> bool {
        panic!("is_allowed")
    }

    fn set_client_id(&self, _: &str) {
        panic!("set_client_id")
    }

    fn stats(&self) -> ThrottlerStats {
        panic!("stats")
    }
}

impl Drop for Panicking {
    fn drop(&mut self) {
        panic!("drop")
    }
}

#[test]
fn one_that_panics_refuses_and_the_panics_are_counted() {
    let (tracer, guard, memory) = start(false, Panicking, |builder| builder);
    with_tracer(&tracer, || {
        for _ in 0..2 {
            let span = build_span("op").start();
            span.force_tracing();
            assert!(!span.context().unwrap().is_sampled());
        }
    });
    let stats = tracer.stats();
    assert_eq!(stats.throttled_debug_spans, 2);
    assert!(stats.contained_panics >= 3, "{stats:?}");
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert!(memory.finished_spans().is_empty());
}

struct Counting(Arc<AtomicBool>);

impl Throttler for Counting {
    fn is_allowed(&self, _: &str) -> bool {
        true
    }

    fn stats(&self) -> ThrottlerStats {
        let mut stats = ThrottlerStats::default();
        stats.throttler_updates = 7;
        stats.failed_throttler_updates = 5;
        stats
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn it_is_dropped_at_the_shutdown_and_its_counts_stay() {
    let dropped = Arc::new(AtomicBool::new(false));
    let (tracer, guard, _) = start(true, Counting(Arc::clone(&dropped)), |builder| builder);
    let open = with_tracer(&tracer, || build_span("open").start());
    let error = guard.shutdown(Duration::from_millis(100)).unwrap_err();
    assert_eq!(error.open_spans(), 1);
    // In time or not, the worker ends.
    while !dropped.load(Ordering::Acquire) {
        std::thread::yield_now();
    }
    let stats = tracer.stats();
    assert_eq!((stats.throttler_updates, stats.failed_throttler_updates), (7, 5));
    open.force_tracing();
    assert!(!open.context().unwrap().is_forced(), "nobody is left to allow it");
}
