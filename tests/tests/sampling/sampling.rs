//! Whether a trace is recorded: decided once, at its root, and again only by a sampling priority.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use fedtrace::sampler::{
    ConstSampler, Decision, ProbabilisticSampler, RateLimitingSampler, Sampler, SamplerStats,
};
use fedtrace::testing::TestTracer;
use fedtrace::{
    Destination, FinishedSpan, Origin, Tag, TagValue, TraceFlags, TraceId, Tracer, build_span, extract,
    inject, set_operation_name, set_tag, start_active_span, tags, with_tracer,
};

/// Counts how often it is asked.
#[derive(Clone, Default)]
struct Asked {
    times: Arc<AtomicUsize>,
    sampled: bool,
}

impl Sampler for Asked {
    fn sample(&self, _: TraceId, _: &str) -> Decision {
        self.times.fetch_add(1, Ordering::Relaxed);
        match self.sampled {
            true => Decision::record(),
            false => Decision::drop(),
        }
    }
}

fn header(value: &str) -> HashMap<String, String> {
    HashMap::from([("uber-trace-id".to_owned(), value.to_owned())])
}

fn sampler_tags(span: &FinishedSpan) -> Vec<Tag> {
    let tags = span.tags.iter();
    tags.filter(|tag| tag.key.starts_with("sampler."))
        .cloned()
        .collect()
}

#[test]
fn the_sampler_is_asked_once_for_a_trace_and_its_children_inherit_the_decision() {
    for sampled in [true, false] {
        let asked = Asked {
            sampled,
            ..Asked::default()
        };
        let test = TestTracer::with_sampler(asked.clone());
        with_tracer(test.tracer(), || {
            let root = start_active_span("root");
            drop(start_active_span("child"));
            build_span("started")
                .child_of(root.span().context())
                .start()
                .finish();
            set_operation_name("renamed");
        });
        assert_eq!(asked.times.load(Ordering::Relaxed), 1);
        assert_eq!(test.finished_spans().len(), if sampled { 3 } else { 0 });
    }
}

#[test]
fn a_trace_that_comes_over_the_wire_is_decided_already() {
    for (flags, sampled) in [("1", true), ("0", false), ("8", false)] {
        let asked = Asked {
            sampled: !sampled,
            ..Asked::default()
        };
        let test = TestTracer::with_sampler(asked.clone());
        with_tracer(test.tracer(), || {
            let remote = extract(&header(&format!("abc:def:0:{flags}")), Origin::Internal);
            let _scope = build_span("op").child_of(remote).start_active();
            let mut headers = HashMap::<String, String>::new();
            inject(&mut headers, Destination::Internal);
            assert!(
                headers["uber-trace-id"].ends_with(&format!(":{flags}")),
                "{headers:?}"
            );
        });
        assert_eq!(asked.times.load(Ordering::Relaxed), 0);
        assert_eq!(test.finished_spans().len(), usize::from(sampled), "{flags}");
    }
}

#[test]
fn baggage_without_a_trace_does_not_keep_a_trace_from_being_sampled() {
    let test = TestTracer::with_sampler(ProbabilisticSampler::new(1.0));
    with_tracer(test.tracer(), || {
        let carrier = HashMap::from([("jaeger-baggage".to_owned(), "k=v".to_owned())]);
        let remote = extract(&carrier, Origin::Internal);
        assert!(remote.is_some());
        drop(build_span("op").child_of(remote).start_active());
    });
    assert_eq!(test.finished_span("op").flags, TraceFlags::SAMPLED);
}

#[test]
fn only_the_root_of_a_sampled_trace_tells_the_sampler_and_the_types_are_jaegers() {
    let told = |sampler: Box<dyn Sampler>| {
        let test = TestTracer::with_sampler(sampler);
        with_tracer(test.tracer(), || {
            let _root = start_active_span("root");
            drop(start_active_span("child"));
        });
        assert_eq!(sampler_tags(&test.finished_span("child")), []);
        sampler_tags(&test.finished_span("root"))
    };
    let expected = |kind: &'static str, param: TagValue| {
        [Tag::new("sampler.type", kind), Tag::new("sampler.param", param)]
    };
    assert_eq!(
        told(Box::new(ConstSampler::new(true))),
        expected("const", TagValue::Bool(true))
    );
    assert_eq!(
        told(Box::new(ProbabilisticSampler::new(1.0))),
        expected("probabilistic", TagValue::Double(1.0))
    );
    assert_eq!(
        told(Box::new(RateLimitingSampler::new(3.0))),
        expected("ratelimiting", TagValue::Double(3.0))
    );
}

#[test]
fn a_remote_parent_means_no_tags_of_a_sampler() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let remote = extract(&header("abc:def:0:1"), Origin::Internal);
        drop(build_span("op").child_of(remote).start_active());
    });
    assert_eq!(sampler_tags(&test.finished_span("op")), []);
}

#[test]
fn a_probability_takes_about_its_share_of_our_own_ids() {
    let test = TestTracer::with_sampler(ProbabilisticSampler::new(0.25));
    with_tracer(test.tracer(), || {
        for _ in 0..20_000 {
            drop(start_active_span("op"));
        }
    });
    let spans = test.finished_spans();
    // More than ten standard deviations.
    assert!((4_300..5_700).contains(&spans.len()), "{}", spans.len());
    assert!(spans.iter().all(|span| span.trace_id.low() < 1 << 62));
}

#[test]
fn a_sampling_priority_decides_anew_at_any_time() {
    for (sampled, priority, expected) in [(false, 1, &["op", "later"][..]), (true, 0, &["earlier"])] {
        let test = TestTracer::with_sampler(ConstSampler::new(sampled));
        with_tracer(test.tracer(), || {
            let _scope = start_active_span("op");
            drop(start_active_span("earlier"));
            set_tag(tags::SAMPLING_PRIORITY, priority);
            drop(start_active_span("later"));
        });
        let mut names: Vec<_> = test
            .finished_spans()
            .iter()
            .map(|span| span.operation_name.to_string())
            .collect();
        names.sort_by_key(|name| expected.iter().position(|known| known == name));
        assert_eq!(names, expected);
    }
}

#[test]
fn a_new_sampler_decides_about_new_traces_and_open_ones_go_on() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let root = start_active_span("sampled");
        test.tracer().set_sampler(ConstSampler::new(false));
        drop(start_active_span("child"));
        drop(root);
        let root = start_active_span("unsampled");
        test.tracer().set_sampler(ProbabilisticSampler::new(1.0));
        drop(start_active_span("unsampled child"));
        drop(root);
        drop(start_active_span("sampled again"));
    });
    test.tree().assert_eq("sampled\n  child\nsampled again");
    let tag = sampler_tags(&test.finished_span("sampled again"));
    assert_eq!(tag[0], Tag::new("sampler.type", "probabilistic"));
}

/// Panics where it can, and is counted when it goes.
struct Bad(Arc<AtomicUsize>);

impl Sampler for Bad {
    fn sample(&self, _: TraceId, _: &str) -> Decision {
        panic!("sample")
    }

    fn stats(&self) -> SamplerStats {
        panic!("stats")
    }
}

impl Drop for Bad {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("drop");
    }
}

#[test]
fn a_sampler_that_panics_also_when_it_is_dropped_harms_nobody() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let test = TestTracer::with_sampler(Bad(Arc::clone(&dropped)));
    with_tracer(test.tracer(), || drop(start_active_span("lost")));
    test.tracer().set_sampler(ConstSampler::new(true));
    with_tracer(test.tracer(), || drop(start_active_span("recorded")));
    test.tree().assert_eq("recorded");
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
    assert_eq!(test.tracer().stats().contained_panics, 2);
    let (tracer, guard) = fedtrace::Tracer::builder("test").build().unwrap();
    guard.shutdown(std::time::Duration::from_secs(10)).unwrap();
    tracer.set_sampler(Bad(Arc::clone(&dropped)));
    assert_eq!(dropped.load(Ordering::Relaxed), 2);
}

/// Has itself replaced once it is asked what it counted.
#[derive(Clone, Default)]
struct Leaving(Arc<Mutex<Option<Tracer>>>);

impl Sampler for Leaving {
    fn sample(&self, _: TraceId, _: &str) -> Decision {
        Decision::drop()
    }

    fn stats(&self) -> SamplerStats {
        let tracer = self.0.lock().unwrap().take();
        if let Some(tracer) = tracer {
            tracer.set_sampler(ConstSampler::new(true));
        }
        SamplerStats::default()
    }
}

#[test]
fn a_sampler_may_be_replaced_while_it_tells_what_it_counted() {
    let sampler = Leaving::default();
    let test = TestTracer::with_sampler(sampler.clone());
    *sampler.0.lock().unwrap() = Some(test.tracer().clone());
    assert_eq!(test.tracer().stats().contained_panics, 0);
    with_tracer(test.tracer(), || drop(start_active_span("recorded")));
    test.tree().assert_eq("recorded");
}

/// Counts when it goes.
struct Held(Arc<AtomicUsize>);

impl Sampler for Held {
    fn sample(&self, _: TraceId, _: &str) -> Decision {
        Decision::drop()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_tracer_lets_go_of_its_sampler_at_its_shutdown_and_takes_no_other_then() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let (tracer, guard) = fedtrace::Tracer::builder("test")
        .sampler(Held(Arc::clone(&dropped)))
        .reporter(fedtrace::reporter::MemoryReporter::new())
        .build()
        .unwrap();
    guard.shutdown(std::time::Duration::from_secs(10)).unwrap();
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
    tracer.set_sampler(Held(Arc::clone(&dropped)));
    assert_eq!(dropped.load(Ordering::Relaxed), 2);
}
