//! Spans at the end of a thread, and spans started where fedtrace itself calls code of its users.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use fedtrace::reporter::{MemoryReporter, Process, Report, Reporter, Spans};
use fedtrace::sampler::{Decision, Sampler};
use fedtrace::testing::TestTracer;
use fedtrace::{
    IntoTagValue, Span, TagValue, TraceId, Tracer, active_span, build_span, log_kv, set_tag,
    start_active_span, tag_args, trace, with_tracer,
};

const PATIENCE: Duration = Duration::from_secs(10);

/// Uses everything when it is dropped, as the last thing on its thread.
struct LastWords(RefCell<Option<(Tracer, Span)>>);

impl Drop for LastWords {
    fn drop(&mut self) {
        let Some((tracer, parent)) = self.0.take() else {
            return;
        };
        with_tracer(&tracer, || {
            let scope = build_span("last scope").tracer(&tracer).start_active();
            drop(start_active_span("child of last scope"));
            set_tag("key", 1);
            log_kv([("event", "last")]);
            let _ = (active_span(), fedtrace::trace_id());
            fedtrace::force_tracing();
            drop(scope);
        });
        let span = build_span("last span").child_of(parent.context()).start();
        span.set_tag("said", "last words");
        span.finish();
        parent.finish();
    }
}

thread_local! {
    static LAST_WORDS: LastWords = const { LastWords(RefCell::new(None)) };
}

/// Uses spans and the thread-local that will have last words, in this order or the other.
fn thread_with_last_words(test: &TestTracer, spans_first: bool) {
    let tracer = test.tracer().clone();
    thread::spawn(move || {
        let register = || LAST_WORDS.with(|_| {});
        if !spans_first {
            register();
        }
        let parent = with_tracer(&tracer, || {
            drop(start_active_span("first scope"));
            build_span("parent").start()
        });
        LAST_WORDS.with(|words| *words.0.borrow_mut() = Some((tracer, parent)));
    })
    .join()
    .unwrap();
}

#[test]
fn a_thread_local_dropped_before_our_stack_uses_spans_as_ever() {
    let test = TestTracer::new();
    thread_with_last_words(&test, true);
    test.tree().with_tags(["said"]).assert_eq(
        "
        first scope
        parent
          last span said=last words
        last scope
          child of last scope
        ",
    );
}

#[test]
fn a_thread_local_dropped_after_our_stack_loses_scopes_but_no_handles_and_does_not_panic() {
    let test = TestTracer::new();
    thread_with_last_words(&test, false);
    test.tree().with_tags(["said"]).assert_eq(
        "
        first scope
        parent
          last span said=last words
        ",
    );
}

#[test]
fn a_thread_that_uses_spans_only_while_it_ends_loses_none() {
    let test = TestTracer::new();
    let tracer = test.tracer().clone();
    let parent = with_tracer(&tracer, || build_span("parent").start());
    thread::spawn(move || LAST_WORDS.with(|words| *words.0.borrow_mut() = Some((tracer, parent))))
        .join()
        .unwrap();
    test.tree()
        .assert_eq("parent\n  last span\nlast scope\n  child of last scope");
}

thread_local! {
    static HELD: RefCell<Option<(fedtrace::Scope, Span)>> = const { RefCell::new(None) };
}

#[test]
fn a_scope_in_a_thread_local_is_closed_at_the_end_of_its_thread_and_its_span_arrives() {
    for held_first in [false, true] {
        let test = TestTracer::new();
        let tracer = test.tracer().clone();
        thread::spawn(move || {
            if held_first {
                HELD.with(|_| {});
            }
            with_tracer(&tracer, || {
                let scope = start_active_span("held");
                let span = build_span("handle").start();
                HELD.with(|held| *held.borrow_mut() = Some((scope, span)));
            });
        })
        .join()
        .unwrap();
        test.tree().assert_eq("held\n  handle");
        let stats = test.tracer().stats();
        assert_eq!(stats.abandoned_spans, 1, "the handle, in either order");
    }
}

struct SpanInDrop(&'static str);

impl Drop for SpanInDrop {
    fn drop(&mut self) {
        drop(start_active_span(self.0));
    }
}

#[test]
fn a_span_started_in_drop_is_a_child_of_what_is_active_then() {
    #[trace]
    fn work(value: SpanInDrop) {
        let _local = SpanInDrop("drop of a local");
        drop(start_active_span("work itself"));
        drop(value);
    }
    let test = TestTracer::new();
    with_tracer(test.tracer(), || work(SpanInDrop("drop of an argument")));
    test.tree()
        .assert_eq("work\n  work itself\n  drop of an argument\n  drop of a local");
}

/// Traces its own formatting, and changes the stack and the span that is being tagged while at it.
struct Traced;

impl fmt::Debug for Traced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string())
    }
}

impl fmt::Display for Traced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        set_tag("formatted", true);
        let _scope = start_active_span("formatting");
        active_span().unwrap().set_tag("inner", true);
        f.write_str("formatted")
    }
}

#[derive(Debug)]
struct OnlyDebug(#[allow(dead_code)] Traced);

#[test]
fn spans_started_in_debug_and_display_of_arguments_are_children_and_the_tag_is_set() {
    #[trace]
    #[tag_args]
    fn shown(value: &Traced) {
        let _ = value;
        drop(start_active_span("body"));
    }
    #[trace]
    #[tag_args]
    fn debugged(value: &OnlyDebug) {
        let _ = value;
        drop(start_active_span("body"));
    }
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        shown(&Traced);
        debugged(&OnlyDebug(Traced));
    });
    test.tree()
        .with_tags(["ARG.value", "formatted", "inner"])
        .assert_eq(
            "
            shown ARG.value=formatted formatted=true
              formatting inner=true
              body
            debugged ARG.value=OnlyDebug(formatted) formatted=true
              formatting inner=true
              body
            ",
        );
}

impl IntoTagValue for Traced {
    fn into_tag_value(self) -> Option<TagValue> {
        Some(self.to_string().into())
    }
}

#[test]
fn spans_started_while_a_value_becomes_a_tag_leave_stack_and_tag_whole() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let scope = build_span("op").tag("built", ClosesScope).start_active();
        set_tag("active", Traced);
        scope.span().set_tag("handle", Traced);
        log_kv([("field", Traced)]);
        scope.span().log_kv([("field", Traced)]);
        fedtrace::set_operation_name("renamed");
    });
    test.tree()
        .with_tags(["built", "active", "handle", "formatted"])
        .assert_eq(
            "
            renamed built=closed active=formatted handle=formatted formatted=true
              formatting
              formatting
              formatting
              formatting
            ",
        );
    assert_eq!(test.finished_span("renamed").logs.len(), 2);
}

/// Closes a scope that the test left for it while it becomes a tag.
struct ClosesScope;

impl IntoTagValue for ClosesScope {
    fn into_tag_value(self) -> Option<TagValue> {
        KEPT.with(|kept| drop(kept.take()));
        Some("closed".into())
    }
}

thread_local! {
    static KEPT: Cell<Option<fedtrace::Scope>> = const { Cell::new(None) };
}

#[test]
fn a_span_closed_while_a_value_becomes_its_tag_does_not_pass_the_tag_to_another() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _outer = start_active_span("outer");
        KEPT.with(|kept| kept.set(Some(start_active_span("inner"))));
        set_tag("whose", ClosesScope);
    });
    test.tree().with_tags(["whose"]).assert_eq("outer\n  inner");
}

/// Tries to trace its own work with the tracer that it reports for.
struct TracedReporter {
    tracer: Arc<OnceLock<Tracer>>,
    kept: MemoryReporter,
}

impl Reporter for TracedReporter {
    fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
        let tracer = self.tracer.get().unwrap();
        with_tracer(tracer, || {
            let scope = start_active_span("report");
            scope.span().set_tag("spans", spans.len());
            drop(start_active_span("send"));
        });
        self.kept.report(process, spans)
    }
}

#[test]
fn a_reporter_that_traces_its_own_work_with_the_same_tracer_adds_no_spans() {
    let (slot, kept) = (Arc::new(OnceLock::new()), MemoryReporter::new());
    let reporter = TracedReporter {
        tracer: Arc::clone(&slot),
        kept: kept.clone(),
    };
    let (tracer, guard) = Tracer::builder("test")
        .reporter(reporter)
        .flush_interval(Duration::from_secs(3600))
        .build()
        .unwrap();
    slot.set(tracer.clone()).unwrap();
    with_tracer(&tracer, || drop(start_active_span("op")));
    guard.flush(PATIENCE).unwrap();
    guard.flush(PATIENCE).unwrap();
    let names: Vec<_> = kept.take().into_iter().map(|span| span.operation_name).collect();
    assert_eq!(names, ["op"]);

    with_tracer(&tracer, || drop(start_active_span("op")));
    guard.shutdown(PATIENCE).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(tracer.stats().reported_spans, 2);
}

/// Starts spans while it decides, with the tracer that it decides for.
struct TracedSampler(AtomicUsize);

impl Sampler for TracedSampler {
    fn sample(&self, _: TraceId, _: &str) -> Decision {
        let _scope = start_active_span("deciding");
        drop(start_active_span("thinking"));
        set_tag("key", 1);
        build_span("handle").ignore_active_span().start().finish();
        self.0.fetch_add(1, Ordering::SeqCst);
        Decision::record()
    }
}

#[test]
fn a_sampler_that_starts_spans_is_not_asked_about_them_and_they_are_not_recorded() {
    let sampler = Arc::new(TracedSampler(AtomicUsize::new(0)));
    let test = TestTracer::with_sampler(Arc::clone(&sampler));
    with_tracer(test.tracer(), || {
        let root = start_active_span("root");
        drop(start_active_span("child"));
        drop(root);
        assert!(active_span().is_none());
        drop(build_span("second").start());
    });
    test.tree().assert_eq("root\n  child\nsecond");
    assert_eq!(sampler.0.load(Ordering::SeqCst), 2);
}

/// Starts spans when it goes.
struct SpansInDrop(Arc<AtomicUsize>, Tracer);

impl Sampler for SpansInDrop {
    fn sample(&self, _: TraceId, _: &str) -> Decision {
        Decision::drop()
    }
}

impl Drop for SpansInDrop {
    fn drop(&mut self) {
        with_tracer(&self.1, || drop(start_active_span("drop of the sampler")));
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_sampler_may_start_spans_of_another_tracer_when_it_is_dropped() {
    let other = TestTracer::new();
    let dropped = Arc::new(AtomicUsize::new(0));
    with_tracer(other.tracer(), || {
        for _ in 0..3 {
            let test = TestTracer::with_sampler(SpansInDrop(Arc::clone(&dropped), other.tracer().clone()));
            with_tracer(test.tracer(), || {
                drop(build_span("op").ignore_active_span().start_active())
            });
        }
        // This thread has no use for the last of them any more.
        drop(start_active_span("after"));
    });
    let spans = other.finished_spans();
    assert_eq!(dropped.load(Ordering::SeqCst), 3);
    let drops = spans
        .iter()
        .filter(|span| span.operation_name == "drop of the sampler");
    assert_eq!(drops.count(), 3);
}

/// Starts a span when it is dropped, and has a tag for it.
struct StartsLate(Tracer);

impl Drop for StartsLate {
    fn drop(&mut self) {
        let builder = build_span("late").tracer(&self.0).tag("late", true);
        drop(builder.start_active());
    }
}

thread_local! {
    static LATE: RefCell<Vec<StartsLate>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn an_active_span_after_the_end_of_its_thread_s_stack_is_not_started() {
    let test = TestTracer::new();
    let tracer = test.tracer().clone();
    let work = move || {
        LATE.with_borrow_mut(|late| late.push(StartsLate(tracer.clone())));
        with_tracer(&tracer, || drop(start_active_span("early")));
    };
    thread::spawn(work).join().unwrap();
    assert_eq!(test.finished_spans().len(), 1);
    let stats = test.tracer().stats();
    assert_eq!(
        (stats.started_sampled_spans, stats.finished_sampled_spans),
        (1, 1)
    );
}

#[test]
fn a_scope_that_is_leaked_with_a_tag_and_outlived_by_a_handle_takes_no_place_in_the_queue() {
    let test = TestTracer::new();
    for _ in 0..20 {
        let tracer = test.tracer().clone();
        let leak = move || {
            with_tracer(&tracer, || {
                let scope = start_active_span("leaked");
                set_tag("key", "value");
                let handle = scope.span();
                std::mem::forget(scope);
                drop(handle);
            });
        };
        thread::spawn(leak).join().unwrap();
    }
    assert_eq!(test.finished_spans().len(), 20);
    let stats = test.tracer().stats();
    assert_eq!(
        (stats.queued_spans, stats.queued_bytes, stats.open_bytes),
        (0, 0, 0)
    );
}
