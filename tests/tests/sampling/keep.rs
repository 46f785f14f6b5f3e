//! Traces that the sampler rejected, and that are kept because they were slow or failed.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, SystemTime};

use fedtrace::propagation::{MaxRemoteSampledTraces, Propagation};
use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::ConstSampler;
use fedtrace::testing::SpanTree;
use fedtrace::whitelist::Whitelist;
use fedtrace::{
    Destination, FinishedSpan, Keep, Origin, Scope, Stats, TraceFlags, Tracer, TracerGuard, active_span,
    build_span, extract, force_tracing, in_active_span_once, inject, set_tag, start_active_span, tags,
    with_tracer,
};

const SECOND: Duration = Duration::from_secs(1);

/// A tracer whose sampler rejects everything.
struct Keeping {
    tracer: Tracer,
    guard: TracerGuard,
    memory: MemoryReporter,
}

impl Keeping {
    fn new(keep: Keep) -> Self {
        let memory = MemoryReporter::new();
        let (tracer, guard) = Tracer::builder("test")
            .sampler(ConstSampler::new(false))
            .keep(keep)
            .reporter(memory.clone())
            .flush_interval(3600 * SECOND)
            .queue_size(1_000_000)
            .build()
            .unwrap();
        Self {
            tracer,
            guard,
            memory,
        }
    }

    fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        with_tracer(&self.tracer, work)
    }

    fn stats(&self) -> Stats {
        self.guard.flush(10 * SECOND).unwrap();
        self.tracer.stats()
    }

    fn reported(&self) -> Vec<FinishedSpan> {
        self.guard.flush(10 * SECOND).unwrap();
        self.memory.take()
    }

    fn tree(&self) -> SpanTree {
        SpanTree::new(self.reported())
    }
}

/// Opens a span that began so long ago.
fn since(name: &'static str, ago: Duration) -> Scope {
    build_span(name)
        .start_time(SystemTime::now() - ago)
        .start_active()
}

fn slower_than_two_seconds() -> Keep {
    Keep::new().slower_than(2 * SECOND).max_per_second(1000.0)
}

fn assert_all_accounted_for(stats: &Stats) {
    let gone = stats.reported_spans + stats.lost_spans() + stats.discarded_spans;
    assert_eq!(stats.started_sampled_spans, gone, "{stats:?}");
    assert_eq!((stats.queued_spans, stats.held_bytes), (0, 0), "{stats:?}");
}

#[test]
fn a_slow_trace_is_kept_whole_and_a_quick_one_is_not() {
    let test = Keeping::new(slower_than_two_seconds());
    test.run(|| {
        let _root = since("GET /slow", 3 * SECOND);
        set_tag("user", "@alice:example.org");
        let _child = start_active_span("query");
        drop(start_active_span("decode"));
    });
    test.run(|| {
        let _root = since("GET /quick", SECOND);
        drop(start_active_span("query"));
    });
    test.tree()
        .with_tags([tags::SAMPLER_TYPE, tags::SAMPLER_PARAM, "user"])
        .assert_eq(
            "
            GET /slow sampler.type=keep sampler.param=slow user=@alice:example.org
              query
                decode
            ",
        );
    let stats = test.stats();
    assert_eq!(
        (stats.kept_traces, stats.kept_spans, stats.discarded_spans),
        (1, 3, 2)
    );
    assert_all_accounted_for(&stats);
}

#[test]
fn an_operation_has_a_limit_of_its_own() {
    let test = Keeping::new(slower_than_two_seconds().operation("GET /sync", 35 * SECOND));
    test.run(|| drop(since("GET /sync", 30 * SECOND)));
    assert_eq!(test.reported(), []);
    test.run(|| drop(since("GET /sync", 40 * SECOND)));
    assert_eq!(test.reported().len(), 1);
}

#[test]
fn a_trace_whose_root_failed_is_kept_but_not_one_that_only_met_an_error() {
    let test = Keeping::new(Keep::new());
    test.run(|| {
        let _root = start_active_span("recovers");
        let _child = start_active_span("fails");
        set_tag(tags::ERROR, true);
    });
    assert_eq!(test.reported(), []);
    test.run(|| {
        let _root = start_active_span("failed");
        drop(start_active_span("child"));
        set_tag(tags::ERROR, true);
    });
    test.tree().with_tags([tags::SAMPLER_PARAM]).assert_eq(
        "
        failed sampler.param=failed
          child
        ",
    );
}

#[test]
fn nobody_is_told_that_a_trace_may_be_kept() {
    let test = Keeping::new(slower_than_two_seconds());
    test.run(|| {
        let _root = since("root", 3 * SECOND);
        let context = active_span().unwrap().context().unwrap();
        assert!(!context.is_sampled());
        assert_eq!(context.flags(), TraceFlags::NONE);
        let mut headers = HashMap::new();
        inject(&mut headers, Destination::Internal);
        assert!(headers["uber-trace-id"].ends_with(":0"), "{headers:?}");
    });
    assert_eq!(test.reported()[0].flags, TraceFlags::NONE);
}

#[test]
fn a_part_of_a_trace_of_another_process_is_kept_under_its_ids() {
    let test = Keeping::new(slower_than_two_seconds());
    for (flags, ago, kept) in [
        ("0", 3 * SECOND, 1),
        ("0", SECOND, 0),
        ("80", SECOND, 0),
        ("1", SECOND, 1),
    ] {
        let headers = HashMap::from([("uber-trace-id".to_owned(), format!("abc:def:0:{flags}"))]);
        test.run(|| {
            let caller = extract(&headers, Origin::Internal);
            let start = SystemTime::now() - ago;
            drop(
                build_span("worker")
                    .child_of(caller)
                    .start_time(start)
                    .start_active(),
            );
        });
        let reported = test.reported();
        assert_eq!(reported.len(), kept, "flags {flags}, {ago:?}");
        for span in reported {
            assert_eq!(span.trace_id.to_string(), "0000000000000abc");
        }
    }
}

#[test]
fn a_trace_of_a_listed_server_without_a_budget_may_be_kept_too() {
    let memory = MemoryReporter::new();
    let none = MaxRemoteSampledTraces {
        per_origin: 0.0,
        total: 0.0,
    };
    let (tracer, guard) = Tracer::builder("test")
        .sampler(ConstSampler::new(false))
        .keep(slower_than_two_seconds())
        .homeserver_whitelist(Whitelist::new(["trusted.example"]).unwrap())
        .max_remote_sampled_traces_per_second(none)
        .propagation([Propagation::B3])
        .reporter(memory.clone())
        .build()
        .unwrap();
    // The second one asks for a trace that begins here.
    for b3 in ["80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1", "1"] {
        let headers = HashMap::from([("b3".to_owned(), b3.to_owned())]);
        with_tracer(&tracer, || {
            let sender = extract(&headers, Origin::AuthenticatedHomeserver("trusted.example"));
            let start = SystemTime::now() - 3 * SECOND;
            drop(build_span(b3).child_of(sender).start_time(start).start_active());
        });
    }
    guard.flush(10 * SECOND).unwrap();
    assert_eq!(memory.take().len(), 2);
}

#[test]
fn children_on_other_threads_belong_to_the_root_even_if_they_end_after_it() {
    let test = Keeping::new(slower_than_two_seconds());
    let [kept, thrown_away] = ["kept", "thrown away"].map(|name| {
        test.run(|| {
            let ago = if name == "kept" { 3 * SECOND } else { SECOND };
            let _root = since(name, ago);
            let early = in_active_span_once(|()| drop(start_active_span("early")));
            thread::spawn(move || early(())).join().unwrap();
            in_active_span_once(|()| drop(start_active_span("late")))
        })
    });
    test.tree().assert_eq("kept\n  early\n");
    thread::spawn(move || kept(())).join().unwrap();
    thread::spawn(move || thrown_away(())).join().unwrap();
    test.tree().assert_eq("late\n");
    let stats = test.stats();
    assert_eq!((stats.kept_spans, stats.discarded_spans), (3, 3));
    assert_all_accounted_for(&stats);
}

#[test]
fn two_requests_of_one_trace_are_judged_alone() {
    let test = Keeping::new(slower_than_two_seconds());
    let headers = HashMap::from([("uber-trace-id".to_owned(), "abc:def:0:0".to_owned())]);
    test.run(|| {
        let caller = || extract(&headers, Origin::Internal);
        let start = SystemTime::now() - 3 * SECOND;
        let slow = build_span("slow").child_of(caller()).start_time(start).start();
        drop(build_span("below slow").child_of(slow.context()).start());
        let quick = build_span("quick").child_of(caller()).start();
        drop(build_span("below quick").child_of(quick.context()).start());
        quick.finish();
        assert_eq!(test.reported(), []);
        drop(build_span("later below slow").child_of(slow.context()).start());
        slow.finish();
    });
    test.tree().assert_eq(
        "
        slow
          below slow
          later below slow
        ",
    );
}

#[test]
fn a_trace_that_is_forced_after_it_began_has_its_first_spans_too() {
    let test = Keeping::new(slower_than_two_seconds());
    test.run(|| {
        let _root = start_active_span("root");
        drop(start_active_span("before"));
        force_tracing();
        drop(start_active_span("after"));
    });
    test.tree().assert_eq("root\n  before\n  after\n");
    assert_all_accounted_for(&test.stats());
}

#[test]
fn a_span_that_must_not_be_recorded_is_not_kept() {
    let test = Keeping::new(slower_than_two_seconds());
    test.run(|| {
        let _root = since("root", 3 * SECOND);
        set_tag(tags::SAMPLING_PRIORITY, 0);
    });
    assert_eq!(test.reported(), []);
}

#[test]
fn no_more_traces_are_kept_per_second_than_allowed() {
    let test = Keeping::new(Keep::new().slower_than(SECOND).max_per_second(5.0));
    for _ in 0..20 {
        test.run(|| {
            let _root = since("root", 3 * SECOND);
            drop(start_active_span("child"));
        });
    }
    let stats = test.stats();
    assert!((5..=7).contains(&stats.kept_traces), "{stats:?}");
    assert_eq!(stats.over_rate_traces, 20 - stats.kept_traces);
    assert_all_accounted_for(&stats);
}

#[test]
fn a_long_trace_keeps_its_first_and_its_slowest_spans_and_says_how_many_are_missing() {
    let test = Keeping::new(slower_than_two_seconds());
    test.run(|| {
        let _root = since("root", 3 * SECOND);
        for _ in 0..20 {
            drop(start_active_span("first"));
        }
        for number in 0..10_000 {
            if number == 5_000 {
                let start = SystemTime::now() - SECOND;
                let slow = build_span("slow").start_time(start).start_active();
                thread::sleep(Duration::from_millis(5));
                drop(slow);
            }
            drop(start_active_span("child"));
        }
    });
    let spans = test.reported();
    assert!((500..=2_049).contains(&spans.len()), "{}", spans.len());
    let of = |name: &str| spans.iter().filter(|span| span.operation_name == name).count();
    assert_eq!((of("root"), of("first"), of("slow")), (1, 20, 1));
    let root = spans.iter().find(|span| span.operation_name == "root").unwrap();
    let missing = 10_022 - spans.len() as i64;
    assert_eq!(root.tag("keep.missing_spans"), Some(&missing.into()));
    assert_all_accounted_for(&test.stats());
}

#[test]
fn held_spans_take_no_more_memory_than_allowed_and_what_is_not_held_is_counted() {
    let test = Keeping::new(slower_than_two_seconds().max_bytes(256 * 1024));
    let roots: Vec<_> = (0..2_000)
        .map(|_| {
            test.run(|| {
                let root = build_span("root").start();
                for _ in 0..3 {
                    drop(build_span("child").child_of(root.context()).start());
                }
                root
            })
        })
        .collect();
    let stats = test.stats();
    assert!((128 * 1024..300 * 1024).contains(&stats.held_bytes), "{stats:?}");
    assert!(stats.over_memory_traces > 1_000, "{stats:?}");
    roots.iter().for_each(|root| root.finish());
    assert_all_accounted_for(&test.stats());
    // There is room again.
    test.run(|| drop(since("slow", 3 * SECOND)));
    test.tree().assert_eq("slow\n");
}

#[test]
fn what_is_held_at_the_shutdown_is_counted() {
    let test = Keeping::new(slower_than_two_seconds());
    let root = test.run(|| build_span("root").start());
    drop(build_span("child").child_of(root.context()).start());
    let tracer = test.tracer.clone();
    let left = test.guard.shutdown(SECOND / 10).unwrap_err();
    assert_eq!(left.open_spans(), 1);
    let stats = tracer.stats();
    assert_eq!((stats.discarded_spans, stats.held_bytes), (1, 0));
}

#[test]
fn three_slow_and_two_failed_of_ten_thousand_requests_are_kept_whole() {
    let test = Keeping::new(slower_than_two_seconds());
    let handles: Vec<_> = (0..4)
        .map(|thread| {
            let tracer = test.tracer.clone();
            let work = move || with_tracer(&tracer, || (0..2_500).for_each(|n| handle(4 * n + thread)));
            thread::spawn(work)
        })
        .collect();
    handles.into_iter().for_each(|handle| handle.join().unwrap());
    let spans = test.reported();
    assert_eq!(spans.len(), 5 * 6);
    let mut reasons: Vec<_> = spans
        .iter()
        .filter_map(|span| span.tag(tags::SAMPLER_PARAM))
        .collect();
    reasons.sort_by_key(ToString::to_string);
    let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
    assert_eq!(reasons, ["failed", "failed", "slow", "slow", "slow"]);
    let stats = test.stats();
    assert_eq!(stats.discarded_spans, 9_995 * 6);
    assert_all_accounted_for(&stats);
}

/// A request with five spans below its own.
fn handle(number: usize) {
    let ago = if [100, 5_001, 9_002].contains(&number) {
        3
    } else {
        0
    };
    let _root = since("GET /", ago * SECOND);
    for _ in 0..5 {
        drop(start_active_span("child"));
    }
    if [777, 8_888].contains(&number) {
        set_tag(tags::ERROR, true);
    }
}

#[test]
fn a_span_that_is_open_for_long_is_kept_before_it_ends() {
    let memory = MemoryReporter::new();
    let (tracer, guard) = Tracer::builder("test")
        .sampler(ConstSampler::new(false))
        .keep(Keep::new().slower_than(Duration::from_millis(20)))
        .long_open_after(Duration::from_millis(30))
        .reporter(memory.clone())
        .flush_interval(Duration::from_millis(1))
        .build()
        .unwrap();
    with_tracer(&tracer, || {
        let root = build_span("stuck").start();
        drop(build_span("child").child_of(root.context()).start());
        while memory.is_empty() {
            // Asking for the context is what lets the span be noticed.
            root.context();
            thread::sleep(Duration::from_millis(1));
        }
        SpanTree::new(memory.take())
            .with_tags([tags::UNFINISHED, tags::SAMPLER_PARAM])
            .assert_eq(
                "
                stuck unfinished=true sampler.param=slow
                  child
                ",
            );
        root.finish();
    });
    guard.flush(10 * SECOND).unwrap();
    assert_eq!(memory.take()[0].operation_name, "stuck");
}

#[test]
fn many_open_roots_whose_children_grow_take_no_more_memory_than_allowed() {
    let most = 1 << 20;
    let test = Keeping::new(slower_than_two_seconds().max_bytes(most));
    let roots: Vec<_> = test.run(|| (0..200).map(|_| build_span("root").start()).collect());
    for length in 0..100 {
        for root in &roots {
            let text = "x".repeat(8 * length);
            drop(
                build_span("child")
                    .child_of(root.context())
                    .tag("text", text)
                    .start(),
            );
        }
        let held = test.stats().held_bytes;
        assert!(
            held <= most as u64 * 5 / 4,
            "{held} bytes after {length} children"
        );
    }
}

#[test]
fn roots_that_are_not_recorded_any_more_and_long_ones_leave_room_for_others() {
    let test = Keeping::new(slower_than_two_seconds().max_bytes(256 * 1024));
    // Connections that last.
    let _open: Vec<_> = test.run(|| {
        let opened = (0..9).map(|_| {
            let root = build_span("connection").start();
            for _ in 0..2_500 {
                drop(
                    build_span("message")
                        .child_of(root.context())
                        .tag("text", "x".repeat(500))
                        .start(),
                );
            }
            root
        });
        opened.collect()
    });
    // Requests that nobody wants, as it turned out.
    for _ in 0..3_000 {
        test.run(|| {
            let _root = start_active_span("health");
            drop(start_active_span("child"));
            set_tag(tags::SAMPLING_PRIORITY, 0);
        });
    }
    assert_eq!(test.reported(), []);
    test.run(|| {
        let _root = since("slow", 3 * SECOND);
        drop(start_active_span("child"));
    });
    test.tree().assert_eq("slow\n  child\n");
}

#[test]
fn a_kept_trace_goes_on_for_a_bounded_number_of_spans() {
    let test = Keeping::new(slower_than_two_seconds());
    let root = test.run(|| {
        build_span("root")
            .start_time(SystemTime::now() - 3 * SECOND)
            .start()
    });
    root.finish();
    assert_eq!(test.reported().len(), 1);
    for _ in 0..5_000 {
        drop(build_span("late").child_of(root.context()).start());
    }
    assert_eq!(test.reported().len(), 2_048);
    assert_all_accounted_for(&test.stats());
}

#[test]
fn the_reason_is_on_the_span_that_ended_and_not_on_what_was_reported_while_it_was_open() {
    let memory = MemoryReporter::new();
    let (tracer, guard) = Tracer::builder("test")
        .sampler(ConstSampler::new(false))
        .keep(Keep::new())
        .long_open_after(Duration::from_millis(20))
        .reporter(memory.clone())
        .flush_interval(Duration::from_millis(1))
        .build()
        .unwrap();
    with_tracer(&tracer, || {
        let root = build_span("root").start();
        while tracer.stats().unfinished_reports == 0 {
            root.context();
            thread::sleep(Duration::from_millis(1));
        }
        guard.flush(10 * SECOND).unwrap();
        root.set_tag(tags::ERROR, true);
        root.finish();
    });
    guard.flush(10 * SECOND).unwrap();
    let spans = memory.take();
    let [root] = &spans[..] else { panic!("{spans:#?}") };
    assert_eq!(root.tag(tags::UNFINISHED), None);
    assert_eq!(root.tag(tags::SAMPLER_PARAM), Some(&"failed".into()));
}
