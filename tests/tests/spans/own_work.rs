//! What a sampler, a throttler or a reporter does is not traced by the tracer that it serves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fedtrace::propagation::Propagation;
use fedtrace::reporter::{CompositeReporter, MemoryReporter, Process, Report, Reporter, Spans};
use fedtrace::sampler::{ConstSampler, Decision, Sampler};
use fedtrace::testing::TestTracer;
use fedtrace::throttler::Throttler;
use fedtrace::{
    Origin, Span, TraceId, Tracer, build_span, extract, set_global_tracer, set_tag, start_active_span, trace,
    with_tracer,
};
use fedtrace_tests::alone;

#[trace]
fn served() {
    set_tag("lost", true);
}

/// The tracer that is served, set after it was built, and another one.
type Tracers = Arc<Mutex<Option<(Tracer, Tracer)>>>;

/// Work with spans of the tracer that is served, in several ways, and with one of another tracer.
fn work(tracers: &Tracers) {
    let Some((own, other)) = tracers.lock().unwrap().clone() else {
        return;
    };
    served();
    with_tracer(&own, served);
    drop(build_span("served").tracer(&own).start());
    with_tracer(&other, served);
}

struct Traced(Tracers);

impl Sampler for Traced {
    fn sample(&self, _: TraceId, _: &str) -> Decision {
        work(&self.0);
        Decision::record()
    }
}

impl Throttler for Traced {
    fn is_allowed(&self, _: &str) -> bool {
        work(&self.0);
        true
    }
}

impl Reporter for Traced {
    fn report(&mut self, _: &Process, spans: Spans<'_>) -> Report {
        work(&self.0);
        Report::sent(spans.len() as u64)
    }

    fn flush(&mut self) {
        work(&self.0);
    }
}

#[test]
fn a_decision_of_a_sampler_is_traced_by_another_tracer_only() {
    let (tracers, other) = (Tracers::default(), TestTracer::new());
    let test = TestTracer::with_sampler(Traced(Arc::clone(&tracers)));
    *tracers.lock().unwrap() = Some((test.tracer().clone(), other.tracer().clone()));
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("root");
        drop(build_span("another root").ignore_active_span().start_active());
    });
    test.tree().with_tags(["lost"]).assert_eq("root\nanother root");
    assert_eq!(test.tracer().stats().missing_active_spans, 0);
    assert_eq!(other.finished_spans().len(), 2, "{}", other.tree());
}

#[test]
fn a_decision_of_a_throttler_is_traced_by_another_tracer_only() {
    let (tracers, other, memory) = (Tracers::default(), TestTracer::new(), MemoryReporter::new());
    let (tracer, guard) = Tracer::builder("test")
        .sampler(ConstSampler::new(true))
        .throttler(Traced(Arc::clone(&tracers)))
        .reporter(memory.clone())
        .build()
        .unwrap();
    *tracers.lock().unwrap() = Some((tracer.clone(), other.tracer().clone()));
    with_tracer(&tracer, || {
        let scope = start_active_span("root");
        scope.span().force_tracing();
        let other: Span = build_span("other").ignore_active_span().start();
        other.set_tag(fedtrace::tags::SAMPLING_PRIORITY, 1);
    });
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let mut names: Vec<_> = memory
        .finished_spans()
        .iter()
        .map(|span| span.operation_name.to_string())
        .collect();
    names.sort();
    assert_eq!(names, ["other", "root"]);
    assert_eq!(other.finished_spans().len(), 2, "{}", other.tree());
}

#[test]
fn a_report_is_traced_by_another_tracer_only() {
    alone(|| {
        let (tracers, other, memory) = (Tracers::default(), TestTracer::new(), MemoryReporter::new());
        let (tracer, guard) = Tracer::builder("test")
            .sampler(ConstSampler::new(true))
            .reporter(
                CompositeReporter::new()
                    .with(memory.clone())
                    .with(Traced(Arc::clone(&tracers))),
            )
            .build()
            .unwrap();
        set_global_tracer(tracer.clone()).unwrap();
        *tracers.lock().unwrap() = Some((tracer.clone(), other.tracer().clone()));
        drop(start_active_span("request"));
        for _ in 0..10 {
            guard.flush(Duration::from_secs(10)).unwrap();
        }
        let names: Vec<_> = memory
            .finished_spans()
            .iter()
            .map(|span| span.operation_name.to_string())
            .collect();
        assert_eq!(names, ["request"]);
        let stats = tracer.stats();
        assert_eq!((stats.missing_active_spans, stats.reported_spans), (0, 1));
        assert!(other.finished_spans().len() >= 11);
    });
}

/// Asks for a decision of the tracer that it decides for, by an incoming context.
struct Extracts(Tracers);

impl Sampler for Extracts {
    fn sample(&self, _: TraceId, _: &str) -> Decision {
        if let Some((own, _)) = self.0.lock().unwrap().clone() {
            let undecided = HashMap::from([("b3".to_owned(), "abc-de".to_owned())]);
            assert_eq!(with_tracer(&own, || extract(&undecided, Origin::Internal)), None);
        }
        Decision::record()
    }
}

#[test]
fn a_sampler_that_reads_a_context_is_not_asked_about_it() {
    let (tracers, memory) = (Tracers::default(), MemoryReporter::new());
    let (tracer, _guard) = Tracer::builder("test")
        .sampler(Extracts(Arc::clone(&tracers)))
        .propagation([Propagation::B3])
        .reporter(memory.clone())
        .build()
        .unwrap();
    *tracers.lock().unwrap() = Some((tracer.clone(), tracer.clone()));
    with_tracer(&tracer, || drop(start_active_span("root")));
    assert_eq!(tracer.stats().contained_panics, 0);
}
