//! Scopes that are closed in another order than the reverse of their opening, elsewhere, or never.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem;
use std::thread;

use fedtrace::testing::TestTracer;
use fedtrace::{
    FinishedSpan, Scope, Span, active_span, build_span, set_tag, start_active_span, trace, with_tracer,
};
use fedtrace_tests::{LogLines, alone};
use proptest::prelude::*;

/// Shows which span is active, in the tree of the end.
fn mark_active(mark: &str) {
    set_tag(mark.to_owned(), true);
}

#[test]
fn closing_the_outer_scope_first_leaves_the_inner_active() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let outer = start_active_span("outer");
        let inner = start_active_span("inner");
        drop(outer);
        mark_active("then");
        drop(start_active_span("child of inner"));
        drop(inner);
        assert!(active_span().is_none());
    });
    test.tree()
        .with_tags(["then"])
        .assert_eq("outer\n  inner then=true\n    child of inner");
}

#[test]
fn closing_the_middle_scope_removes_that_one_and_goes_back_to_the_right_one() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _bottom = start_active_span("bottom");
        let middle = start_active_span("middle");
        let top = start_active_span("top");
        drop(middle);
        mark_active("with middle closed");
        drop(top);
        mark_active("with top closed");
    });
    test.tree()
        .with_tags(["with middle closed", "with top closed"])
        .assert_eq(
            "
            bottom with top closed=true
              middle
                top with middle closed=true
            ",
        );
}

#[test]
fn a_scope_opened_in_the_place_of_one_closed_early_is_not_closed_by_the_others() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let a = start_active_span("a");
        let b = start_active_span("b");
        drop(a);
        // It stands where b once stood.
        let c = start_active_span("c");
        drop(b);
        mark_active("open");
        drop(c);
        assert!(active_span().is_none());
    });
    test.tree()
        .with_tags(["open"])
        .assert_eq("a\n  b\n    c open=true");
}

#[test]
fn closing_out_of_order_is_counted_and_logged_and_in_order_is_not() {
    alone(|| {
        let log = LogLines::install();
        let test = TestTracer::new();
        with_tracer(test.tracer(), || {
            let a = start_active_span("a");
            let b = start_active_span("b");
            drop(b);
            drop(a);
            assert_eq!(test.tracer().stats().out_of_order_closes, 0);

            let (a, b, c) = (
                start_active_span("a"),
                start_active_span("b"),
                start_active_span("c"),
            );
            drop(a);
            assert_eq!(test.tracer().stats().out_of_order_closes, 1);
            drop(b);
            assert_eq!(test.tracer().stats().out_of_order_closes, 2);
            drop(c);
        });
        assert_eq!(test.tracer().stats().out_of_order_closes, 2);
        let warnings = log.containing("was closed before one that was opened inside it");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
    });
}

#[test]
fn scopes_with_handles_and_of_several_tracers_are_closed_in_any_order_too() {
    let (ours, theirs) = (TestTracer::new(), TestTracer::new());
    let a = with_tracer(ours.tracer(), || start_active_span("a"));
    let handle = a.span();
    let b = with_tracer(theirs.tracer(), || {
        build_span("b").ignore_active_span().start_active()
    });
    let c = start_active_span("c");
    drop(a);
    handle.set_tag("late", true);
    drop(b);
    mark_active("last");
    drop(c);
    ours.tree().with_tags(["late"]).assert_eq("a");
    theirs.tree().with_tags(["last"]).assert_eq("b\n  c last=true");
    assert_eq!(ours.tracer().stats().out_of_order_closes, 1);
    assert_eq!(theirs.tracer().stats().out_of_order_closes, 1);
}

thread_local! {
    static KEPT: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

#[test]
fn a_scope_moved_elsewhere_on_its_thread_is_closed_there() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        fn open_and_keep() {
            let scope = start_active_span("kept");
            KEPT.with(|kept| *kept.borrow_mut() = Some(scope));
        }
        let _root = start_active_span("root");
        open_and_keep();
        mark_active("returned");
        let boxed: Box<dyn std::any::Any> = Box::new(start_active_span("boxed"));
        drop(KEPT.with(|kept| kept.borrow_mut().take()));
        mark_active("kept closed");
        drop(boxed);
        mark_active("boxed closed");
    });
    test.tree()
        .with_tags(["returned", "kept closed", "boxed closed"])
        .assert_eq(
            "
            root boxed closed=true
              kept returned=true
                boxed kept closed=true
            ",
        );
}

#[test]
fn a_forgotten_scope_ends_with_its_thread_and_is_counted() {
    let test = TestTracer::new();
    let tracer = test.tracer().clone();
    thread::spawn(move || {
        with_tracer(&tracer, || {
            let _root = start_active_span("root");
            mem::forget(start_active_span("forgotten"));
        });
    })
    .join()
    .unwrap();
    test.tree().assert_eq("root\n  forgotten");
    assert_eq!(test.tracer().stats().leaked_scopes, 1);
}

#[test]
fn a_forgotten_scope_with_a_handle_elsewhere_ends_with_its_thread_too() {
    let test = TestTracer::new();
    let tracer = test.tracer().clone();
    let handle = thread::spawn(move || {
        with_tracer(&tracer, || {
            let scope = start_active_span("forgotten");
            let handle = scope.span();
            mem::forget(scope);
            handle
        })
    })
    .join()
    .unwrap();
    test.tree().assert_eq("forgotten");
    let stats = test.tracer().stats();
    assert_eq!((stats.leaked_scopes, stats.abandoned_spans), (1, 0));
    drop(handle);
    assert_eq!(test.finished_spans().len(), 1);
    assert_eq!(test.tracer().stats().abandoned_spans, 0);
}

#[test]
fn a_forgotten_scope_that_does_not_finish_its_span_leaves_it_to_the_handle() {
    let test = TestTracer::new();
    let tracer = test.tracer().clone();
    let handle = thread::spawn(move || {
        with_tracer(&tracer, || {
            let scope = build_span("op").finish_on_close(false).start_active();
            let handle = scope.span();
            mem::forget(scope);
            handle
        })
    })
    .join()
    .unwrap();
    assert_eq!(test.finished_spans(), []);
    handle.set_tag("still", "open");
    handle.finish();
    test.tree().with_tags(["still"]).assert_eq("op still=open");
    let stats = test.tracer().stats();
    assert_eq!((stats.leaked_scopes, stats.uses_after_finish), (1, 0));
}

#[test]
fn a_scope_forgotten_in_a_future_ends_with_it_but_its_span_only_if_it_is_to_finish_on_close() {
    #[trace]
    async fn work() -> Span {
        let scope = build_span("kept").finish_on_close(false).start_active();
        let handle = scope.span();
        mem::forget(scope);
        mem::forget(start_active_span("forgotten"));
        handle
    }
    let test = TestTracer::new();
    let handle = with_tracer(test.tracer(), || {
        let handle = futures::executor::block_on(work());
        assert!(active_span().is_none());
        handle
    });
    test.tree().assert_eq("work\nforgotten");
    assert_eq!(test.tracer().stats().leaked_scopes, 2);
    handle.set_tag("still", "open");
    handle.finish();
    test.tree()
        .with_tags(["still"])
        .assert_eq("work\n  kept still=open\n    forgotten");
}

#[test]
fn beyond_the_depth_limit_spans_are_not_started_but_counted() {
    const LIMIT: usize = 16 * 1024;
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let mut scopes: Vec<Scope> = (0..LIMIT).map(|_| start_active_span("deep")).collect();
        assert_eq!(test.tracer().stats().depth_limited_spans, 0);
        {
            let plain = start_active_span("too deep");
            let root = build_span("too deep").ignore_active_span().start_active();
            assert!(plain.span().context().is_none() && root.span().context().is_none());
            assert_eq!(test.tracer().stats().depth_limited_spans, 2);
        }
        scopes.pop();
        drop(start_active_span("deep enough"));
        while scopes.pop().is_some() {}
        assert!(active_span().is_none());
    });
    let spans = test.finished_spans();
    assert_eq!(spans.len(), LIMIT + 1);
    assert!(spans.iter().all(|span| span.operation_name != "too deep"));
    let stats = test.tracer().stats();
    assert_eq!((stats.depth_limited_spans, stats.out_of_order_closes), (2, 0));
}

/// Where they are watched, each span has a record from its start.
#[test]
fn beyond_the_depth_limit_spans_are_counted_as_that_only_also_where_open_spans_are_watched() {
    const LIMIT: u64 = 16 * 1024;
    let test = TestTracer::builder().build();
    let described = || build_span("described".to_owned()).tag("key", "value");
    with_tracer(test.tracer(), || {
        let root = start_active_span("root");
        let mut scopes: Vec<Scope> = (1..LIMIT).map(|_| described().start_active()).collect();
        for _ in 0..10 {
            drop(described().start_active());
            drop(described().finish_on_close(false).start_active());
            drop(described().ignore_active_span().start_active());
        }
        let stats = test.tracer().stats();
        assert_eq!((stats.finished_sampled_spans, stats.open_spans), (0, LIMIT));
        while scopes.pop().is_some() {}
        drop(root);
    });
    assert_eq!(test.finished_spans().len() as u64, LIMIT);
    let stats = test.tracer().stats();
    let counts = [
        stats.started_sampled_spans,
        stats.finished_sampled_spans,
        stats.depth_limited_spans,
        stats.abandoned_spans,
    ];
    assert_eq!(counts, [LIMIT, LIMIT, 30, 0]);
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Open,
    OpenRoot,
    /// A handle of one of the open spans, which takes it out of the plain path.
    Hold(usize),
    Close(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Open),
        1 => Just(Step::OpenRoot),
        1 => any::<usize>().prop_map(Step::Hold),
        4 => any::<usize>().prop_map(Step::Close),
    ]
}

/// What should come out of it: the spans by number with their parents, and the closes out of order.
#[derive(Default)]
struct Model {
    parents: HashMap<usize, Option<usize>>,
    open: Vec<usize>,
    out_of_order: u64,
}

fn run(steps: &[Step], model: &mut Model) {
    let mut scopes: Vec<(usize, Scope)> = Vec::new();
    let mut handles = Vec::new();
    for step in steps {
        match *step {
            Step::Open | Step::OpenRoot => {
                let number = model.parents.len();
                let builder = build_span(number.to_string());
                let (scope, parent) = match step {
                    Step::OpenRoot => (builder.ignore_active_span().start_active(), None),
                    _ => (start_active_span(NAMES[number]), model.open.last().copied()),
                };
                model.parents.insert(number, parent);
                model.open.push(number);
                scopes.push((number, scope));
            }
            Step::Hold(which) if !scopes.is_empty() => {
                handles.push(scopes[which % scopes.len()].1.span());
            }
            Step::Close(which) if !scopes.is_empty() => {
                let (number, scope) = scopes.remove(which % scopes.len());
                drop(scope);
                if model.open.last() != Some(&number) {
                    model.out_of_order += 1;
                }
                model.open.retain(|open| *open != number);
            }
            Step::Hold(_) | Step::Close(_) => {}
        }
        match model.open.last() {
            Some(number) => set_tag(format!("was active {number}"), true),
            None => assert!(active_span().is_none()),
        }
    }
    while let Some((number, scope)) = scopes.pop() {
        drop(scope);
        model.open.retain(|open| *open != number);
    }
    assert!(active_span().is_none());
}

const NAMES: [&str; 24] = [
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18",
    "19", "20", "21", "22", "23",
];

fn check(model: &Model, spans: &[FinishedSpan]) {
    let ids: HashMap<_, usize> = spans
        .iter()
        .map(|span| (span.span_id, span.operation_name.parse().unwrap()))
        .collect();
    let found: HashMap<usize, Option<usize>> = spans
        .iter()
        .map(|span| {
            let number = span.operation_name.parse().unwrap();
            (number, span.parent_span_id.map(|parent| ids[&parent]))
        })
        .collect();
    assert_eq!(found.len(), spans.len());
    assert_eq!(found, model.parents);
    for span in spans {
        for tag in span.tags.iter().filter(|tag| tag.key.starts_with("was active")) {
            assert_eq!(tag.key, format!("was active {}", span.operation_name));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_the_order_each_span_has_the_parent_that_was_active_and_arrives_once(
        steps in proptest::collection::vec(step(), 0..NAMES.len()),
    ) {
        let test = TestTracer::new();
        let mut model = Model::default();
        with_tracer(test.tracer(), || run(&steps, &mut model));
        check(&model, &test.finished_spans());
        prop_assert_eq!(test.tracer().stats().out_of_order_closes, model.out_of_order);
        prop_assert_eq!(test.tracer().stats().abandoned_spans, 0);
    }
}
