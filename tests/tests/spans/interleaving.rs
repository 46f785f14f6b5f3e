//! Tasks that share a thread, polled in any order: each of them sees its own open spans only.

use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;

use fedtrace::testing::TestTracer;
use fedtrace::{
    Destination, TraceFutureExt, Tracer, active_span, build_span, inject, start_active_span, trace,
};
use fedtrace_tests::{pause, poll_once};
use proptest::prelude::*;

#[derive(Debug, Clone, Copy)]
enum Step {
    Open,
    Close,
    /// Takes a handle of the active span, which is then kept in another way.
    Share,
    Pause,
}

/// The id of the active span, without taking a handle of it.
fn active() -> Option<u64> {
    let mut carrier = HashMap::new();
    inject(&mut carrier, Destination::Internal);
    let span_id = carrier.get("uber-trace-id")?.split(':').nth(1)?.to_owned();
    u64::from_str_radix(&span_id, 16).ok()
}

type Parents = Rc<RefCell<HashMap<u64, Option<u64>>>>;

async fn run(steps: Vec<Step>, parents: Parents) {
    let own = active().unwrap();
    let mut open = Vec::new();
    let mut expected = vec![own];
    parents.borrow_mut().insert(own, None);
    for step in steps {
        match step {
            Step::Open => {
                open.push(start_active_span("scope"));
                let id = active().unwrap();
                parents.borrow_mut().insert(id, expected.last().copied());
                expected.push(id);
            }
            Step::Close => {
                if open.pop().is_some() {
                    expected.pop();
                }
            }
            Step::Share => {
                active_span().unwrap().set_tag("shared", true);
            }
            Step::Pause => pause().await,
        }
        assert_eq!(active(), expected.last().copied());
    }
    while let Some(scope) = open.pop() {
        drop(scope);
    }
}

#[trace]
async fn traced(steps: Vec<Step>, parents: Parents) {
    run(steps, parents).await;
}

fn task(
    has_own_span: bool,
    steps: Vec<Step>,
    parents: Parents,
    tracer: &Tracer,
) -> Pin<Box<dyn Future<Output = ()>>> {
    if has_own_span {
        Box::pin(traced(steps, parents).with_tracer(tracer))
    } else {
        let span = build_span("given").tracer(tracer).start();
        Box::pin(run(steps, parents).in_span(span))
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => Just(Step::Open),
        2 => Just(Step::Close),
        1 => Just(Step::Share),
        3 => Just(Step::Pause),
    ];
    proptest::collection::vec(step, 0..16)
}

fn sorted(mut pairs: Vec<(u64, Option<u64>)>) -> Vec<(u64, Option<u64>)> {
    pairs.sort_unstable();
    pairs
}

proptest! {
    #[test]
    fn each_task_sees_its_own_spans_whatever_the_order_of_the_polls(
        scripts in proptest::collection::vec((any::<bool>(), steps()), 1..5),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let test = TestTracer::new();
        let parents = Parents::default();
        let given: Vec<_> = scripts.iter().map(|(has_own_span, _)| !has_own_span).collect();
        let mut tasks: Vec<_> = scripts
            .into_iter()
            .map(|(own, steps)| Some(task(own, steps, parents.clone(), test.tracer())))
            .collect();
        let mut polled = vec![false; tasks.len()];
        for index in order {
            let index = index.index(tasks.len());
            polled[index] = true;
            if tasks[index].as_mut().is_some_and(|task| poll_once(task.as_mut())) {
                tasks[index] = None;
            }
            prop_assert_eq!(active(), None);
        }
        let never_polled = (0..tasks.len()).filter(|index| given[*index] && !polled[*index]).count();
        let interrupted = (0..tasks.len()).filter(|index| tasks[*index].is_some() && polled[*index]);
        let cancelled = interrupted.count() + never_polled;
        // Those that are not done are dropped.
        drop(tasks);
        prop_assert_eq!(active(), None);

        let spans = test.finished_spans();
        let of_polled = spans
            .iter()
            .map(|span| (span.span_id.get(), span.parent_span_id.map(|id| id.get())))
            .filter(|(id, _)| parents.borrow().contains_key(id));
        let recorded = sorted(of_polled.collect());
        let expected = sorted(parents.borrow().iter().map(|(id, parent)| (*id, *parent)).collect());
        prop_assert_eq!(recorded, expected);
        prop_assert_eq!(spans.len(), parents.borrow().len() + never_polled);
        let marked = spans.iter().filter(|span| span.tag("cancelled").is_some()).count();
        prop_assert_eq!(marked, cancelled);
        let stats = test.tracer().stats();
        prop_assert_eq!(stats.leaked_scopes, 0);
        prop_assert_eq!(stats.abandoned_spans, 0);
    }
}
