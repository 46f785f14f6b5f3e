//! Spans on several threads.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use fedtrace::testing::TestTracer;
use fedtrace::{active_span, build_span, in_active_span, set_tag, start_active_span, trace_id, with_tracer};

#[test]
fn a_new_thread_starts_without_an_active_span() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("parent");
        let tracer = test.tracer().clone();
        thread::spawn(move || {
            assert!(active_span().is_none());
            with_tracer(&tracer, || drop(start_active_span("root of the thread")));
        })
        .join()
        .unwrap();
    });
    test.tree().assert_eq("parent\nroot of the thread");
}

#[test]
fn in_active_span_takes_the_active_span_to_another_thread() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("parent");
        let work = in_active_span(|| {
            set_tag("from", "the thread");
            let _child = start_active_span("child");
            drop(start_active_span("grandchild"));
            trace_id()
        });
        let seen = thread::spawn(work).join().unwrap();
        assert_eq!(seen, trace_id());
    });
    test.tree()
        .with_tags(["from"])
        .assert_eq("parent from=the thread\n  child\n    grandchild");
}

#[test]
fn in_active_span_takes_the_span_that_is_active_when_it_is_called_not_when_it_runs() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _bound = start_active_span("bound");
        let work = in_active_span(|| drop(start_active_span("child")));
        let _other = start_active_span("other");
        work();
        set_tag("back", true);
    });
    test.tree()
        .with_tags(["back"])
        .assert_eq("bound\n  other back=true\n  child");
}

#[test]
fn in_active_span_leaves_the_thread_as_it_was() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("parent");
        let work = in_active_span(|| {});
        thread::spawn(|| {
            work();
            assert!(active_span().is_none());
        })
        .join()
        .unwrap();
    });
    test.tree().assert_eq("parent");
}

#[test]
fn a_closure_bound_to_a_span_may_outlive_its_scope_and_does_not_end_it_again() {
    let test = TestTracer::new();
    let work = with_tracer(test.tracer(), || {
        let _scope = start_active_span("parent");
        in_active_span(|| drop(start_active_span("late child")))
    });
    assert_eq!(test.finished_spans().len(), 1);
    thread::spawn(work).join().unwrap();
    test.tree().assert_eq("parent\n  late child");
    let stats = test.tracer().stats();
    assert_eq!((stats.uses_after_finish, stats.abandoned_spans), (0, 0));
}

#[test]
fn in_active_span_without_an_active_span_only_runs_the_closure() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let answer = in_active_span(|| {
            assert!(active_span().is_none());
            42
        })();
        assert_eq!(answer, 42);
    });
    assert_eq!(test.finished_spans(), []);
}

#[test]
fn scoped_threads_borrow_and_are_children_of_the_spawner() {
    let test = TestTracer::new();
    let rooms = ["!a:example.org", "!b:example.org", "!c:example.org"];
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("all rooms");
        thread::scope(|threads| {
            let workers: Vec<_> = rooms
                .iter()
                .map(|room| {
                    threads.spawn(in_active_span(move || {
                        drop(build_span("room").tag("room", *room).start_active());
                    }))
                })
                .collect();
            workers.into_iter().for_each(|worker| worker.join().unwrap());
        });
    });
    let parent = test.finished_span("all rooms").span_id;
    let spans = test.finished_spans();
    let found: HashSet<_> = spans
        .iter()
        .filter(|span| span.parent_span_id == Some(parent))
        .map(|span| span.tag("room").unwrap().as_str().unwrap())
        .collect();
    assert_eq!(found, HashSet::from(rooms));
}

#[test]
fn a_panic_in_a_closure_bound_to_a_span_does_not_mark_the_span_that_goes_on() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("parent");
        let work = in_active_span(|| {
            let _child = start_active_span("child");
            panic!("on purpose");
        });
        assert!(thread::spawn(work).join().is_err());
    });
    test.tree()
        .with_tags(["error"])
        .assert_eq("parent\n  child error=true");
}

#[test]
fn spans_of_a_finished_thread_are_not_lost() {
    let test = TestTracer::new();
    for n in 0..20 {
        let tracer = test.tracer().clone();
        let thread = thread::spawn(move || {
            with_tracer(&tracer, || {
                let _root = start_active_span(format!("thread {n}"));
                drop(start_active_span("child"));
            });
        });
        thread.join().unwrap();
    }
    assert_eq!(test.finished_spans().len(), 40);
}

#[test]
fn a_thread_that_stays_in_its_outermost_span_hands_over_full_batches() {
    let test = TestTracer::new();
    let tracer = test.tracer().clone();
    let (tell, told) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        with_tracer(&tracer, || {
            let _root = start_active_span("root");
            for _ in 0..1000 {
                drop(start_active_span("child"));
            }
            tell.send(()).unwrap();
            released.recv().unwrap();
        });
    });
    told.recv().unwrap();
    assert!(
        test.finished_spans().len() >= 512,
        "{}",
        test.finished_spans().len()
    );
    release.send(()).unwrap();
    thread.join().unwrap();
    assert_eq!(test.finished_spans().len(), 1001);
}

#[test]
fn many_spans_of_many_threads_all_arrive_exactly_once_with_ids_of_their_own() {
    const THREADS: usize = 8;
    const ROOTS: usize = 250;
    const CHILDREN: usize = 4;
    let test = TestTracer::new();
    let barrier = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (tracer, barrier) = (test.tracer().clone(), Arc::clone(&barrier));
            thread::spawn(move || {
                barrier.wait();
                with_tracer(&tracer, || {
                    for root in 0..ROOTS {
                        let _root = start_active_span(format!("{thread}/{root}"));
                        for child in 0..CHILDREN {
                            let scope = build_span("child").tag("n", child).start_active();
                            if child % 2 == 0 {
                                scope.span().set_tag("held", true);
                            }
                        }
                    }
                });
            })
        })
        .collect();
    // The worker is at it meanwhile.
    while !threads.iter().all(|thread| thread.is_finished()) {
        test.finished_spans();
        thread::yield_now();
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());

    let spans = test.finished_spans();
    assert_eq!(spans.len(), THREADS * ROOTS * (1 + CHILDREN));
    let ids: HashSet<_> = spans.iter().map(|span| span.span_id).collect();
    assert_eq!(ids.len(), spans.len());
    let roots: HashMap<_, _> = spans
        .iter()
        .filter(|span| span.parent_span_id.is_none())
        .map(|span| (span.span_id, span))
        .collect();
    let traces: HashSet<_> = roots.values().map(|root| root.trace_id).collect();
    let names: HashSet<_> = roots.values().map(|root| &root.operation_name).collect();
    assert_eq!(
        (roots.len(), traces.len(), names.len()),
        (THREADS * ROOTS, THREADS * ROOTS, THREADS * ROOTS)
    );
    let mut children: HashMap<_, Vec<_>> = HashMap::new();
    for span in &spans {
        if let Some(parent) = span.parent_span_id {
            assert_eq!(span.trace_id, roots[&parent].trace_id);
            children.entry(parent).or_default().push(span);
        }
    }
    assert_eq!(children.len(), roots.len());
    for siblings in children.values() {
        let found: Vec<_> = siblings
            .iter()
            .filter_map(|span| span.tag("n").cloned())
            .collect();
        let expected: Vec<_> = (0..CHILDREN).map(fedtrace::TagValue::from).collect();
        assert_eq!(found, expected);
    }
    let stats = test.tracer().stats();
    assert_eq!(stats.reported_spans, spans.len() as u64);
    assert_eq!((stats.queue_full_spans, stats.after_close_spans), (0, 0));
}

#[test]
fn one_span_written_on_by_many_threads_keeps_everything() {
    const THREADS: usize = 8;
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("shared");
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                thread::spawn(in_active_span(move || {
                    for n in 0..50 {
                        fedtrace::log_kv([fedtrace::Tag::new("thread", thread), fedtrace::Tag::new("n", n)]);
                    }
                    set_tag(format!("thread {thread}"), true);
                }))
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    let span = test.finished_span("shared");
    assert_eq!(span.logs.len(), THREADS * 50);
    assert!((0..THREADS).all(|n| span.tag(&format!("thread {n}")).is_some()));
}
