//! The way of a finished span to the reporter: when it arrives, what waits for it, what is lost and counted.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use fedtrace::reporter::{ClientStats, CompositeReporter, MemoryReporter, Process, Report, Reporter, Spans};
use fedtrace::{
    FinishedSpan, SpanContext, Stats, TraceFutureExt, Tracer, TracerBuilder, TracerGuard, build_span, log_kv,
    set_tag, start_active_span, with_tracer,
};
use fedtrace_tests::{pause, poll_once};

/// Far more than anything here takes; reaching it is a failure.
const PATIENCE: Duration = Duration::from_secs(20);
/// So long that nothing arrives by it.
const NEVER: Duration = Duration::from_secs(3600);

/// Tells of each span, and waits for a word before each report if there is somebody to give it.
struct Gate {
    arrived: Sender<FinishedSpan>,
    word: Option<Receiver<()>>,
}

impl Reporter for Gate {
    fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
        for span in spans {
            let _ = self.arrived.send(span.to_finished_span());
        }
        if let Some(word) = &self.word {
            let _ = word.recv();
        }
        Report::sent(spans.len() as u64)
    }
}

/// A tracer whose spans are kept by the reporter.
fn keeping(builder: TracerBuilder) -> (Tracer, TracerGuard, MemoryReporter) {
    let memory = MemoryReporter::new();
    let (tracer, guard) = builder.reporter(memory.clone()).build().unwrap();
    (tracer, guard, memory)
}

/// A tracer whose spans arrive at the receiver at once.
fn open_gate(builder: TracerBuilder) -> (Tracer, TracerGuard, Receiver<FinishedSpan>) {
    let (arrived, arrivals) = mpsc::channel();
    let (tracer, guard) = builder.reporter(Gate { arrived, word: None }).build().unwrap();
    (tracer, guard, arrivals)
}

/// A tracer whose reporter is stuck with a span called "first" until it gets a word.
fn stuck(builder: TracerBuilder) -> (Tracer, TracerGuard, Receiver<FinishedSpan>, Sender<()>) {
    let (arrived, arrivals) = mpsc::channel();
    let (go_on, word) = mpsc::channel();
    let word = Some(word);
    let (tracer, guard) = builder
        .flush_interval(Duration::from_millis(1))
        .reporter(Gate { arrived, word })
        .build()
        .unwrap();
    span(&tracer, "first");
    assert_eq!(next(&arrivals), "first");
    (tracer, guard, arrivals, go_on)
}

fn builder() -> TracerBuilder {
    Tracer::builder("delivery")
}

fn span(tracer: &Tracer, name: &'static str) {
    with_tracer(tracer, || drop(start_active_span(name)));
}

fn next(arrivals: &Receiver<FinishedSpan>) -> String {
    arrivals
        .recv_timeout(PATIENCE)
        .unwrap()
        .operation_name
        .into_owned()
}

fn lost(stats: &Stats) -> u64 {
    stats.queue_full_spans + stats.after_close_spans + stats.send_failure_spans + stats.too_large_spans
}

#[test]
fn a_span_arrives_by_itself_once_its_thread_has_left_its_outermost_scope() {
    let (tracer, _guard, arrivals) = open_gate(builder().flush_interval(Duration::from_millis(20)));
    with_tracer(&tracer, || {
        let outer = start_active_span("outer");
        drop(start_active_span("inner"));
        drop(outer);
        assert_eq!(next(&arrivals), "inner");
        assert_eq!(next(&arrivals), "outer");
    });
}

#[test]
fn a_span_arrives_by_itself_after_the_poll_in_which_it_ended() {
    let (tracer, _guard, arrivals) = open_gate(builder().flush_interval(Duration::from_millis(20)));
    let task = async {
        drop(start_active_span("in the first poll"));
        pause().await;
    };
    let mut task: Pin<Box<_>> = Box::pin(task.in_span(build_span("task").tracer(&tracer).start()));
    assert!(!poll_once(task.as_mut()));
    assert_eq!(next(&arrivals), "in the first poll");
    assert!(poll_once(task.as_mut()));
    assert_eq!(next(&arrivals), "task");
}

#[test]
fn a_span_that_is_finished_through_a_handle_arrives_by_itself() {
    let (tracer, _guard, arrivals) = open_gate(builder().flush_interval(Duration::from_millis(20)));
    let span = build_span("handle").tracer(&tracer).start();
    thread::spawn(move || span.finish()).join().unwrap();
    assert_eq!(next(&arrivals), "handle");
}

#[test]
fn a_full_batch_arrives_while_its_thread_stays_in_its_outermost_scope() {
    let (tracer, guard, arrivals) = open_gate(builder().flush_interval(Duration::from_millis(20)));
    with_tracer(&tracer, || {
        let _outer = start_active_span("outer");
        for _ in 0..1000 {
            drop(start_active_span("inner"));
        }
        assert_eq!(next(&arrivals), "inner");
    });
    guard.shutdown(PATIENCE).unwrap();
}

#[test]
fn the_spans_of_a_thread_that_is_over_arrive() {
    let (tracer, guard, arrivals) = open_gate(builder().flush_interval(NEVER));
    let of_thread = tracer.clone();
    let thread = thread::spawn(move || {
        with_tracer(&of_thread, || {
            let outer = start_active_span("outer");
            drop(start_active_span("inner"));
            std::mem::forget(outer);
        });
    });
    thread.join().unwrap();
    guard.flush(PATIENCE).unwrap();
    assert_eq!(next(&arrivals), "inner");
    assert_eq!(next(&arrivals), "outer");
    assert_eq!(tracer.stats().leaked_scopes, 1);
}

#[test]
fn the_spans_of_all_threads_are_reported_in_the_order_in_which_they_finished() {
    let (tracer, guard, arrivals) = open_gate(builder().flush_interval(NEVER));
    let (turn, is_turn) = mpsc::channel();
    let (done, is_done) = mpsc::channel();
    let of_thread = tracer.clone();
    let thread = thread::spawn(move || {
        for name in is_turn {
            span(&of_thread, name);
            done.send(()).unwrap();
        }
    });
    for (mine, theirs) in [("first", "second"), ("third", "fourth")] {
        span(&tracer, mine);
        turn.send(theirs).unwrap();
        is_done.recv().unwrap();
    }
    drop(turn);
    thread.join().unwrap();
    guard.shutdown(PATIENCE).unwrap();
    let names: Vec<_> = arrivals.iter().map(|span| span.operation_name).collect();
    assert_eq!(names, ["first", "second", "third", "fourth"]);
}

#[test]
fn flush_reports_what_is_finished_also_inside_an_open_scope_of_the_caller() {
    let (tracer, guard, memory) = keeping(builder().flush_interval(NEVER));
    with_tracer(&tracer, || {
        let _outer = start_active_span("outer");
        drop(start_active_span("inner"));
        guard.flush(PATIENCE).unwrap();
        assert_eq!(memory.len(), 1);
        drop(start_active_span("inner"));
        guard.flush(PATIENCE).unwrap();
        assert_eq!(memory.len(), 2);
    });
    guard.flush(PATIENCE).unwrap();
    let spans = memory.finished_spans();
    assert_eq!(spans.len(), 3);
    assert_eq!(
        spans
            .iter()
            .map(|span| span.trace_id)
            .collect::<HashSet<_>>()
            .len(),
        1
    );
    assert_eq!(spans[0].parent_span_id, Some(spans[2].span_id));
    assert_eq!(spans[1].parent_span_id, Some(spans[2].span_id));
}

#[test]
fn any_flush_interval_will_do() {
    for interval in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
        let (tracer, guard, arrivals) = open_gate(builder().flush_interval(interval));
        span(&tracer, "span");
        guard.flush(PATIENCE).unwrap();
        assert_eq!(next(&arrivals), "span");
        guard.shutdown(PATIENCE).unwrap();
    }
}

#[test]
fn flush_gives_up_in_time_when_the_reporter_is_slow_and_the_spans_still_arrive() {
    let (tracer, guard, arrivals, go_on) = stuck(builder());
    span(&tracer, "second");
    let before = Instant::now();
    assert!(guard.flush(Duration::from_millis(30)).is_err());
    assert!(guard.flush(Duration::ZERO).is_err());
    let waited = before.elapsed();
    assert!(
        waited >= Duration::from_millis(30) && waited < PATIENCE,
        "{waited:?}"
    );
    drop(go_on);
    guard.flush(PATIENCE).unwrap();
    assert_eq!(next(&arrivals), "second");
    assert_eq!(tracer.stats().reported_spans, 2);
}

#[test]
fn shutdown_gives_up_in_time_when_the_reporter_is_slow_and_the_worker_ends_later() {
    let (tracer, guard, arrivals, go_on) = stuck(builder());
    span(&tracer, "second");
    let error = guard.shutdown(Duration::from_millis(30)).unwrap_err();
    assert_eq!(error.to_string(), "spans were not reported in time: 2");
    assert_eq!(format!("{error:?}"), error.to_string());
    span(&tracer, "too late");
    drop(go_on);
    assert_eq!(next(&arrivals), "second");
    // The worker drops the reporter, and with it the sender, when it ends.
    assert!(
        arrivals
            .recv_timeout(PATIENCE)
            .is_err_and(|error| error == mpsc::RecvTimeoutError::Disconnected)
    );
}

#[test]
fn spans_are_finished_without_waiting_for_a_reporter_that_is_stuck() {
    let (tracer, guard, _arrivals, go_on) = stuck(builder());
    let threads = [(); 4].map(|()| {
        let tracer = tracer.clone();
        thread::spawn(move || (0..10_000).for_each(|_| span(&tracer, "span")))
    });
    // They end only because none of them waits.
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(tracer.stats().reported_spans, 0);
    drop(go_on);
    guard.shutdown(PATIENCE).unwrap();
    assert_eq!(tracer.stats().reported_spans, 40_001);
}

#[test]
fn dropping_the_guard_reports_what_is_finished_and_stops_the_tracer() {
    let (tracer, guard, memory) = keeping(builder().flush_interval(NEVER));
    span(&tracer, "in time");
    drop(guard);
    assert_eq!(memory.len(), 1);
    with_tracer(&tracer, || {
        assert!(start_active_span("late").span().context().is_none())
    });
}

#[test]
fn clones_of_a_tracer_do_not_keep_it_running() {
    let (tracer, guard, arrivals) = open_gate(builder());
    let clones = [tracer.clone(), tracer];
    guard.shutdown(PATIENCE).unwrap();
    let ended = arrivals.recv_timeout(PATIENCE);
    assert_eq!(ended, Err(mpsc::RecvTimeoutError::Disconnected));
    with_tracer(&clones[0], || assert_eq!(fedtrace::trace_id(), None));
}

#[test]
fn a_queue_that_is_full_by_count_keeps_the_oldest_spans_and_counts_the_others() {
    let (tracer, guard, arrivals, go_on) = stuck(builder().queue_size(10));
    with_tracer(&tracer, || {
        for number in 0..15 {
            drop(start_active_span(format!("alone {number}")));
        }
        let _outer = start_active_span("outer");
        for _ in 0..5 {
            drop(start_active_span("inner"));
        }
    });
    assert_eq!(
        tracer.stats().queue_full_spans,
        12,
        "nine find room beside the first"
    );
    drop(go_on);
    guard.flush(PATIENCE).unwrap();
    let kept: Vec<_> = arrivals.try_iter().map(|span| span.operation_name).collect();
    assert_eq!(
        kept,
        (0..9).map(|number| format!("alone {number}")).collect::<Vec<_>>()
    );
    span(&tracer, "there is room again");
    guard.shutdown(PATIENCE).unwrap();
    let stats = tracer.stats();
    assert_eq!((stats.reported_spans, lost(&stats)), (11, 12));
}

#[test]
fn a_batch_that_does_not_fit_whole_keeps_its_oldest_spans() {
    let (tracer, guard, arrivals, go_on) = stuck(builder().queue_size(4));
    with_tracer(&tracer, || {
        let _outer = start_active_span("outer");
        for number in 0..5 {
            drop(start_active_span(format!("inner {number}")));
        }
    });
    drop(go_on);
    guard.shutdown(PATIENCE).unwrap();
    let kept: Vec<_> = arrivals.try_iter().map(|span| span.operation_name).collect();
    assert_eq!(kept, ["inner 0", "inner 1", "inner 2"]);
    assert_eq!(tracer.stats().queue_full_spans, 3);
}

#[test]
fn a_queue_that_is_full_by_bytes_keeps_the_oldest_spans_and_counts_the_others() {
    let tagged = |tracer: &Tracer, name: &'static str| {
        let text = "x".repeat(900);
        drop(build_span(name).tracer(tracer).tag("text", text).start_active());
    };
    let (tracer, guard, arrivals, go_on) = stuck(builder().queue_bytes(8 * 1024));
    for _ in 0..20 {
        tagged(&tracer, "large");
    }
    let stats = tracer.stats();
    assert!((13..20).contains(&stats.queue_full_spans), "{stats:?}");
    drop(go_on);
    guard.flush(PATIENCE).unwrap();
    let kept = arrivals.try_iter().count() as u64;
    assert_eq!(kept + stats.queue_full_spans, 20);
    for _ in 0..20 {
        tagged(&tracer, "large");
        guard.flush(PATIENCE).unwrap();
    }
    let stats = tracer.stats();
    assert_eq!(
        stats.reported_spans,
        1 + kept + 20,
        "room is given back to the last byte"
    );
    guard.shutdown(PATIENCE).unwrap();
}

#[test]
fn what_finishes_after_the_shutdown_is_counted() {
    let (tracer, guard, arrivals) = open_gate(builder());
    // Another tracer, so that tracing as a whole stays on.
    let (_other, _other_guard, _) = open_gate(builder());
    let handle = build_span("handle").tracer(&tracer).start();
    with_tracer(&tracer, || {
        let _scope = start_active_span("scope");
        let error = guard.shutdown(Duration::from_millis(100)).unwrap_err();
        assert_eq!(error.open_spans(), 2);
        drop(start_active_span("child"));
        thread::spawn(move || handle.finish()).join().unwrap();
    });
    assert_eq!(tracer.stats().after_close_spans, 3);
    assert_eq!(arrivals.iter().count(), 0);
}

#[test]
fn every_span_that_was_started_is_reported_or_counted_as_lost() {
    const THREADS: u64 = 4;
    const ROOTS: u64 = 500;
    // One that starts while the tracer shuts down may not be sampled any more.
    let recorded = |context: Option<SpanContext>| context.is_some_and(|context| context.is_sampled());
    let frequent = Duration::from_millis(1);
    let (tracer, guard, memory) = keeping(builder().queue_size(300).flush_interval(frequent));
    let (half_done, is_half_done) = mpsc::channel();
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (tracer, half_done) = (tracer.clone(), half_done.clone());
            thread::spawn(move || {
                let mut started = 0;
                for root in 0..ROOTS {
                    let scope = build_span("root").tracer(&tracer).start_active();
                    started += u64::from(recorded(scope.span().context()));
                    let child = build_span("child").child_of(scope.span().context()).start();
                    started += u64::from(recorded(child.context()));
                    drop(scope);
                    child.finish();
                    if root == ROOTS / 2 {
                        half_done.send(()).unwrap();
                    }
                }
                started
            })
        })
        .collect();
    is_half_done.recv().unwrap();
    guard.shutdown(PATIENCE).unwrap();
    let started: u64 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    let stats = tracer.stats();
    assert_eq!(stats.reported_spans, memory.len() as u64);
    assert_eq!(started, stats.reported_spans + lost(&stats), "{stats:?}");
    assert!(started >= ROOTS, "{started}");
}

#[test]
fn a_reporter_that_panics_loses_the_spans_of_that_call_only_and_they_are_counted() {
    struct Panics(MemoryReporter);
    impl Reporter for Panics {
        fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
            assert!(spans.get(0).unwrap().operation_name() != "bad", "on purpose");
            self.0.report(process, spans)
        }
    }
    let memory = MemoryReporter::new();
    let (tracer, guard) = builder().reporter(Panics(memory.clone())).build().unwrap();
    for name in ["good", "bad", "good"] {
        span(&tracer, name);
        guard.flush(PATIENCE).unwrap();
    }
    assert_eq!(memory.len(), 2);
    let stats = tracer.stats();
    assert_eq!((stats.reported_spans, stats.send_failure_spans), (2, 1));
    assert_eq!(stats.contained_panics, 1);
    guard.shutdown(PATIENCE).unwrap();
}

#[test]
fn a_reporter_that_panics_when_it_is_told_the_losses_loses_no_spans() {
    struct Panics(MemoryReporter);
    impl Reporter for Panics {
        fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
            self.0.report(process, spans)
        }
        fn set_client_stats(&mut self, _: ClientStats) {
            panic!("on purpose");
        }
    }
    let [alone, first, second] = [(); 3].map(|()| MemoryReporter::new());
    let both = CompositeReporter::new()
        .with(Panics(first.clone()))
        .with(second.clone());
    let reporters: [Box<dyn Reporter>; 2] = [Box::new(Panics(alone.clone())), Box::new(both)];
    for reporter in reporters {
        let (tracer, guard) = builder().reporter(reporter).build().unwrap();
        span(&tracer, "span");
        guard.flush(PATIENCE).unwrap();
        let stats = tracer.stats();
        assert_eq!((stats.reported_spans, stats.send_failure_spans), (1, 0));
        assert_eq!(stats.contained_panics, 1);
    }
    assert_eq!([alone, first, second].map(|memory| memory.len()), [1, 1, 1]);
}

/// Notes what it is asked for, and panics in a flush if it is told to.
struct Notes(Arc<Mutex<Vec<String>>>, bool);

impl Reporter for Notes {
    fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
        let names = spans.iter().map(|span| span.operation_name().to_owned());
        self.0.lock().unwrap().extend(names);
        Report::default()
    }

    fn flush(&mut self) {
        let thread = thread::current().name().unwrap_or_default().to_owned();
        self.0.lock().unwrap().push(format!("flush on {thread}"));
        assert!(!self.1, "on purpose");
    }
}

#[test]
fn a_flush_of_the_guard_and_the_shutdown_flush_the_reporter_after_the_spans() {
    let notes = Arc::new(Mutex::new(Vec::new()));
    let reporter = Notes(Arc::clone(&notes), false);
    // Between the two, the worker reports without anybody having asked for it.
    let (tracer, guard) = builder()
        .reporter(reporter)
        .flush_interval(Duration::from_millis(1))
        .build()
        .unwrap();
    span(&tracer, "a");
    fedtrace_tests::until("the span is reported", || !notes.lock().unwrap().is_empty());
    assert_eq!(*notes.lock().unwrap(), ["a"]);
    span(&tracer, "b");
    guard.flush(PATIENCE).unwrap();
    guard.flush(PATIENCE).unwrap();
    span(&tracer, "c");
    guard.shutdown(PATIENCE).unwrap();
    let flush = "flush on fedtrace-worker";
    assert_eq!(*notes.lock().unwrap(), ["a", "b", flush, flush, "c", flush]);
}

#[test]
fn a_panic_of_a_reporter_in_a_flush_is_contained_and_counted() {
    let notes = Arc::new(Mutex::new(Vec::new()));
    let (tracer, guard) = builder()
        .reporter(Notes(Arc::clone(&notes), true))
        .build()
        .unwrap();
    guard.flush(PATIENCE).unwrap();
    assert_eq!(tracer.stats().contained_panics, 1);
    span(&tracer, "still reported");
    guard.shutdown(PATIENCE).unwrap();
    assert_eq!(tracer.stats().contained_panics, 2);
    assert_eq!(notes.lock().unwrap()[1], "still reported");
}

#[test]
fn a_reporter_may_start_spans() {
    struct Starts(Tracer, MemoryReporter);
    impl Reporter for Starts {
        fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
            if spans.get(0).unwrap().operation_name() == "first" {
                span(&self.0, "by the reporter");
            }
            self.1.report(process, spans)
        }
    }
    let (other, other_guard, memory) = keeping(builder());
    let reporter = Starts(other, MemoryReporter::new());
    let (tracer, guard) = builder().reporter(reporter).build().unwrap();
    span(&tracer, "first");
    guard.shutdown(PATIENCE).unwrap();
    other_guard.shutdown(PATIENCE).unwrap();
    assert_eq!(memory.finished_spans()[0].operation_name, "by the reporter");
}

#[test]
fn times_are_those_of_the_system_clock_and_durations_are_never_negative() {
    let (tracer, guard, memory) = keeping(builder());
    let before = SystemTime::now();
    for _ in 0..1000 {
        span(&tracer, "span");
    }
    let start = SystemTime::now();
    let span = build_span("ends before it starts")
        .tracer(&tracer)
        .start_time(start)
        .start();
    span.finish_at(start - Duration::from_secs(60));
    let later = start + Duration::from_secs(60);
    drop(
        build_span("starts later")
            .tracer(&tracer)
            .start_time(later)
            .start_active(),
    );
    let after = SystemTime::now();
    guard.shutdown(PATIENCE).unwrap();

    let spans = memory.finished_spans();
    let (measured, given) = spans.split_at(1000);
    let slack = Duration::from_millis(5);
    for span in measured {
        let end = span.start_time + span.duration;
        assert!(span.start_time + slack >= before, "{span:?} {before:?}");
        assert!(end <= after + slack, "{span:?} {after:?}");
    }
    assert!(
        given.iter().all(|span| span.duration == Duration::ZERO),
        "{given:?}"
    );
    assert_eq!(given[0].start_time, start);
    assert_eq!(given[1].start_time, later);
}

#[test]
fn the_end_of_a_span_is_not_before_the_end_of_its_children() {
    let (tracer, guard, memory) = keeping(builder());
    with_tracer(&tracer, || {
        for _ in 0..500 {
            let _outer = start_active_span("outer");
            drop(start_active_span("inner"));
        }
    });
    guard.shutdown(PATIENCE).unwrap();
    let spans = memory.finished_spans();
    assert_eq!(spans.len(), 1000);
    for pair in spans.chunks(2) {
        let (inner, outer) = (&pair[0], &pair[1]);
        assert_eq!(inner.parent_span_id, Some(outer.span_id));
        assert!(inner.start_time >= outer.start_time);
        assert!(inner.start_time + inner.duration <= outer.start_time + outer.duration);
    }
}

#[test]
fn a_reporter_gets_no_more_spans_at_a_time_than_a_batch_has_and_gets_them_once_so_many_wait() {
    struct Sizes(Sender<usize>);

    impl Reporter for Sizes {
        fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
            let _ = self.0.send(spans.len());
            Report::sent(spans.len() as u64)
        }
    }

    let (size, sizes) = mpsc::channel();
    let (tracer, guard) = Tracer::builder("batches")
        .batch_size(10)
        .flush_interval(NEVER)
        .reporter(Sizes(size))
        .build()
        .unwrap();
    for _ in 0..10 {
        span(&tracer, "one of ten");
    }
    let mut arrived = 0;
    while arrived < 10 {
        let size = sizes.recv_timeout(PATIENCE).expect("a full batch");
        assert!(size <= 10);
        arrived += size;
    }
    with_tracer(&tracer, || {
        let _outer = start_active_span("outer");
        for _ in 0..24 {
            drop(start_active_span("inner"));
        }
    });
    guard.shutdown(PATIENCE).unwrap();
    let sizes: Vec<usize> = sizes.try_iter().collect();
    assert_eq!(sizes.iter().sum::<usize>(), 25);
    assert!(sizes.iter().all(|size| *size <= 10), "{sizes:?}");
    assert_eq!(tracer.stats().reported_spans, 35);
}

#[test]
fn a_full_batch_that_came_during_a_report_does_not_wait_for_the_interval() {
    for (queue_size, batch) in [(3, 1), (1000, 10)] {
        let ((arrived, arrivals), (go_on, word)) = (mpsc::channel(), mpsc::channel());
        let word = Some(word);
        let (tracer, _guard) = builder()
            .flush_interval(NEVER)
            .queue_size(queue_size)
            .batch_size(10)
            .reporter(Gate { arrived, word })
            .build()
            .unwrap();
        (0..batch).for_each(|_| span(&tracer, "first"));
        assert_eq!(next(&arrivals), "first");
        (0..2 * batch).for_each(|_| span(&tracer, "second"));
        drop(go_on);
        while next(&arrivals) != "second" {}
    }
}

#[test]
fn what_an_open_span_has_said_stays_with_it_when_finished_ones_are_flushed() {
    let (tracer, guard, memory) = keeping(Tracer::builder("svc"));
    with_tracer(&tracer, || {
        let _open = start_active_span("open");
        set_tag("before", "x".repeat(10));
        log_kv([("event", "begun")]);
        drop(start_active_span("child"));
        guard.flush(PATIENCE).unwrap();
        let child = start_active_span("next child");
        set_tag("of the child", "y".repeat(20));
        drop(child);
        set_tag("after", 1);
    });
    guard.shutdown(PATIENCE).unwrap();
    let open = memory.finished_spans().pop().unwrap();
    assert_eq!(open.operation_name, "open");
    assert_eq!(open.tag("before"), Some(&"x".repeat(10).into()));
    assert_eq!(open.tag("after"), Some(&1.into()));
    assert_eq!(open.tag("of the child"), None);
    assert_eq!(open.logs[0].fields[0].value, "begun".into());
}
