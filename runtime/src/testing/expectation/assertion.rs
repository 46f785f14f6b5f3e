//! The assertion that `assert_trace!` makes.

use super::difference::Difference;
use super::matching::are_as_expected;
use super::report::report;
use super::spans::ExpectedSpans;
use crate::model::finished_span::FinishedSpan;
use crate::testing::forest::Forest;
use crate::testing::open_span::OpenSpan;
use crate::testing::tracer::TestTracer;
use crate::testing::tree::{SpanTree, hint_without_spans};

/// What [`assert_trace!`](crate::testing::assert_trace) can look at: a [`TestTracer`], a [`SpanTree`], or finished spans.
pub trait TraceSource {
    /// The finished spans. Those that started at the same time are in the order of their starts.
    #[track_caller]
    fn spans_to_assert(&self) -> Vec<FinishedSpan>;

    /// The names of spans that are still open, as far as they are known.
    fn open_names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl TraceSource for TestTracer {
    #[track_caller]
    fn spans_to_assert(&self) -> Vec<FinishedSpan> {
        self.tree().into_spans()
    }

    fn open_names(&self) -> Vec<String> {
        let open = OpenSpan::of(self.tracer()).into_iter();
        open.map(|span| span.operation_name).collect()
    }
}

impl TraceSource for SpanTree {
    fn spans_to_assert(&self) -> Vec<FinishedSpan> {
        self.clone().into_spans()
    }
}

impl TraceSource for [FinishedSpan] {
    fn spans_to_assert(&self) -> Vec<FinishedSpan> {
        self.to_vec()
    }
}

impl TraceSource for Vec<FinishedSpan> {
    fn spans_to_assert(&self) -> Vec<FinishedSpan> {
        self.clone()
    }
}

impl<T: TraceSource + ?Sized> TraceSource for &T {
    #[track_caller]
    fn spans_to_assert(&self) -> Vec<FinishedSpan> {
        (**self).spans_to_assert()
    }

    fn open_names(&self) -> Vec<String> {
        (**self).open_names()
    }
}

/// Panics with the difference, if there is one.
#[track_caller]
#[allow(clippy::panic)]
pub fn assert_trace(source: &(impl TraceSource + ?Sized), expected: &ExpectedSpans) {
    let spans = source.spans_to_assert();
    let forest = Forest::new(&spans);
    if are_as_expected(expected, &forest.tops, &forest) {
        return;
    }
    let open = source.open_names();
    let difference = report(&Difference::new(expected, &forest, &open), &open);
    // A span that is open did reach the tracer.
    let hint = if open.is_empty() {
        hint_without_spans(&spans)
    } else {
        ""
    };
    panic!("{difference}{hint}");
}
