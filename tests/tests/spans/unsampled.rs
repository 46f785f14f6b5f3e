//! Spans that the sampler left out, and how one of them is recorded after all.

use std::thread;

use fedtrace::Baggage;
use fedtrace::sampler::ConstSampler;
use fedtrace::testing::TestTracer;
use fedtrace::{
    Destination, IntoTagValue, Origin, TagValue, TraceFlags, active_span, build_span, extract, force_tracing,
    inject, log_kv, set_tag, start_active_span, tags, with_tracer,
};

fn never() -> TestTracer {
    TestTracer::with_sampler(ConstSampler::new(false))
}

fn injected() -> String {
    let mut headers = http::HeaderMap::new();
    inject(&mut headers, Destination::Internal);
    headers["uber-trace-id"].to_str().unwrap().to_owned()
}

#[test]
fn an_unsampled_span_has_a_context_and_is_propagated_with_the_flag_clear() {
    let test = never();
    with_tracer(test.tracer(), || {
        let root = start_active_span("root");
        let child = start_active_span("child");
        let (root, context) = (root.span().context().unwrap(), child.span().context().unwrap());
        assert_eq!(context.trace_id(), root.trace_id());
        assert_ne!(context.span_id(), root.span_id());
        assert!(!context.is_sampled());
        assert_eq!(
            injected(),
            format!("{}:{}:0:0", context.trace_id(), context.span_id())
        );
    });
    assert_eq!(test.finished_spans(), []);
}

#[test]
fn an_unsampled_child_records_nothing_until_it_is_forced() {
    let test = never();
    with_tracer(test.tracer(), || {
        let _root = start_active_span("root");
        let scope = build_span("op").tag("built", 1).start_active();
        set_tag("set", 2);
        log_kv([("event", "nothing")]);
        scope.span().set_tag("handle", 3);
        scope.span().log_kv([("event", "nothing")]);
        force_tracing();
    });
    let span = test.finished_span("op");
    let keys: Vec<_> = span.tags.iter().map(|tag| tag.key.as_ref()).collect();
    assert_eq!(keys, [tags::SAMPLING_PRIORITY]);
    assert_eq!(span.logs, []);
}

#[test]
fn an_unsampled_span_counts_as_active() {
    let test = never();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("op");
        set_tag("key", 1);
        log_kv([("event", "nothing")]);
    });
    assert_eq!(test.tracer().stats().missing_active_spans, 0);
}

#[test]
fn force_tracing_records_the_active_span_with_its_name_and_start() {
    let test = never();
    with_tracer(test.tracer(), || {
        let outer = start_active_span("outer");
        drop(start_active_span("earlier"));
        {
            let _forced = start_active_span(format!("made at {}", "run time"));
            drop(start_active_span("earlier sibling"));
            force_tracing();
            set_tag("after", true);
            assert!(injected().ends_with(":0:3"), "{}", injected());
            drop(start_active_span("later child"));
        }
        drop(start_active_span("outside"));
        drop(outer);
    });
    test.tree()
        .with_tags(["sampling.priority", "after"])
        .assert_eq("made at run time sampling.priority=1 after=true\n  later child");
    let forced = test.finished_span("made at run time");
    let child = test.finished_span("later child");
    assert_eq!(
        (forced.flags, child.flags),
        (TraceFlags::FORCED, TraceFlags::FORCED)
    );
    assert!(forced.start_time <= child.start_time && forced.duration >= child.duration);
}

#[test]
fn force_tracing_on_a_handle_holds_for_children_on_all_threads() {
    let test = never();
    let span = with_tracer(test.tracer(), || build_span("root").start());
    build_span("earlier").child_of(span.context()).start().finish();
    span.force_tracing();
    assert_eq!(span.context().unwrap().flags(), TraceFlags::FORCED);
    let clone = span.clone();
    thread::spawn(move || build_span("later").child_of(clone.context()).start().finish())
        .join()
        .unwrap();
    span.finish();
    test.tree().assert_eq("root\n  later");
}

#[test]
fn force_tracing_travels_to_our_other_processes() {
    let test = never();
    with_tracer(test.tracer(), || {
        let _root = start_active_span("root");
        assert!(!active_span().unwrap().context().unwrap().is_forced());
        force_tracing();
        let _child = start_active_span("child");
        assert!(active_span().unwrap().context().unwrap().is_forced());
        let mut headers = http::HeaderMap::new();
        inject(&mut headers, Destination::Internal);
        assert_eq!(headers["uberctx-synapse-force-tracing"], "1");
    });
}

#[test]
fn the_baggage_item_of_a_forced_trace_is_counted_and_that_there_was_no_room_for_it() {
    let test = never();
    let mut full = http::HeaderMap::new();
    full.insert("uber-trace-id", "1:2:0:0".parse().unwrap());
    full.insert(
        "uberctx-full",
        "v".repeat(Baggage::MAX_BYTES - 10).parse().unwrap(),
    );
    with_tracer(test.tracer(), || {
        drop(build_span("not forced").start());
        drop(
            build_span("set by its tag")
                .tag(tags::SAMPLING_PRIORITY, 1)
                .start(),
        );
        build_span("forced").start().force_tracing();
        let parent = extract(&full, Origin::Internal);
        build_span("full").child_of(parent).start().force_tracing();
    });
    let stats = test.tracer().stats();
    assert_eq!((stats.baggage_updates, stats.failed_baggage_updates), (1, 1));
    assert_eq!(test.finished_span("full").flags, TraceFlags::FORCED);
}

#[test]
fn force_tracing_on_a_sampled_span_sets_debug_and_spares_earlier_children() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _root = start_active_span("root");
        drop(start_active_span("earlier"));
        force_tracing();
        drop(start_active_span("later"));
    });
    let flags = |name| test.finished_span(name).flags;
    assert_eq!(flags("earlier"), TraceFlags::SAMPLED);
    assert_eq!(
        (flags("root"), flags("later")),
        (TraceFlags::FORCED, TraceFlags::FORCED)
    );
}

/// What a span's flags and tag are after its priority was set to this, sampled before or not.
fn after_priority(sampled: bool, value: impl IntoTagValue) -> (u8, Option<TagValue>) {
    let test = TestTracer::with_sampler(ConstSampler::new(sampled));
    let span = with_tracer(test.tracer(), || build_span("op").start());
    span.set_tag(tags::SAMPLING_PRIORITY, value);
    let flags = span.context().unwrap().flags();
    span.finish();
    let reported = test.finished_spans();
    assert_eq!(reported.len(), usize::from(flags.is_sampled()));
    let tag = reported
        .first()
        .and_then(|span| span.tag(tags::SAMPLING_PRIORITY).cloned());
    (flags.bits(), tag)
}

#[test]
fn a_sampling_priority_above_zero_forces_and_is_recorded() {
    for sampled in [false, true] {
        assert_eq!(after_priority(sampled, 1), (3, Some(1.into())));
        assert_eq!(after_priority(sampled, 7), (3, Some(7.into())));
        assert_eq!(after_priority(sampled, u64::MAX), (3, Some(u64::MAX.into())));
    }
}

#[test]
fn a_sampling_priority_of_zero_clears_both_flags_and_is_not_recorded() {
    for sampled in [false, true] {
        assert_eq!(after_priority(sampled, 0), (0, None));
    }
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("op");
        force_tracing();
        set_tag(tags::SAMPLING_PRIORITY, 0);
        drop(start_active_span("child"));
        assert!(injected().ends_with(":0:0"));
    });
    assert_eq!(test.finished_spans(), []);
}

#[test]
fn a_sampling_priority_is_whatever_is_a_whole_number_once_its_fraction_is_cut_off() {
    assert_eq!(after_priority(false, true), (3, Some(true.into())));
    assert_eq!(after_priority(true, false), (0, None));
    assert_eq!(after_priority(false, 1.9), (3, Some(1.9.into())));
    assert_eq!(after_priority(true, 0.9), (0, None));
    assert_eq!(after_priority(false, " 1 "), (3, Some(" 1 ".into())));
    assert_eq!(after_priority(true, "0"), (0, None));
}

#[test]
fn a_sampling_priority_that_is_no_number_is_ignored() {
    for value in ["", "high", "1.5", "0x1"] {
        assert_eq!(after_priority(false, value), (0, None), "{value}");
        assert_eq!(after_priority(true, value), (1, None), "{value}");
    }
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(after_priority(false, value), (0, None), "{value}");
        assert_eq!(after_priority(true, value), (1, None), "{value}");
    }
    assert_eq!(after_priority(true, vec![1_u8]), (1, None));
}

#[test]
fn a_sampling_priority_on_a_span_already_forced_is_ignored() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _root = build_span("root").tag(tags::SAMPLING_PRIORITY, 1).start_active();
        set_tag(tags::SAMPLING_PRIORITY, 5);
        let _child = start_active_span("child");
        set_tag(tags::SAMPLING_PRIORITY, 1);
    });
    test.tree()
        .with_tags([tags::SAMPLING_PRIORITY])
        .assert_eq("root sampling.priority=1\n  child");
}

#[test]
fn a_sampling_priority_holds_for_the_active_span_and_the_children_that_it_will_have() {
    let test = never();
    with_tracer(test.tracer(), || {
        let _root = start_active_span("root");
        drop(start_active_span("earlier"));
        set_tag(tags::SAMPLING_PRIORITY, 1);
        drop(start_active_span("recorded"));
        set_tag(tags::SAMPLING_PRIORITY, 0);
        drop(start_active_span("not recorded"));
        set_tag(tags::SAMPLING_PRIORITY, 1);
    });
    test.tree().assert_eq("root\n  recorded");
}

#[test]
fn a_sampling_priority_among_the_start_tags_decides_for_the_span_from_its_start() {
    let test = never();
    with_tracer(test.tracer(), || {
        let _scope = build_span("active")
            .tag("before", 1)
            .tag(tags::SAMPLING_PRIORITY, 1)
            .tag("after", 2)
            .start_active();
        drop(start_active_span("child"));
        build_span("handle").start().finish();
    });
    test.tree()
        .with_tags(["before", "sampling.priority", "after"])
        .assert_eq("active before=1 sampling.priority=1 after=2\n  child\n  handle");
    assert_eq!(test.finished_span("child").flags, TraceFlags::FORCED);

    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let _root = start_active_span("root");
        let _quiet = build_span("quiet").tag(tags::SAMPLING_PRIORITY, 0).start_active();
        drop(start_active_span("child"));
    });
    test.tree().assert_eq("root");
}

#[test]
fn of_several_sampling_priorities_among_the_start_tags_the_last_decides() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || {
        let builder = || build_span("op").tag(tags::SAMPLING_PRIORITY, "no number");
        builder()
            .tag(tags::SAMPLING_PRIORITY, 0)
            .tag(tags::SAMPLING_PRIORITY, 2)
            .start()
            .finish();
        builder()
            .tag(tags::SAMPLING_PRIORITY, 2)
            .tag(tags::SAMPLING_PRIORITY, 0)
            .start()
            .finish();
    });
    let span = test.finished_span("op");
    assert_eq!(span.tag(tags::SAMPLING_PRIORITY), Some(&2.into()));
    assert_eq!(span.flags, TraceFlags::FORCED);
}
