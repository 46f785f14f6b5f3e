//! What spans hold while the reporter is stuck stays within the bound of the queue.

use std::fs;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use fedtrace::reporter::{Process, Report, Reporter, Spans};
use fedtrace::sampler::ConstSampler;
use fedtrace::{
    Span, SpanContext, SpanId, Tag, TagValue, TraceFlags, TraceId, Tracer, build_span, log_kv,
    set_operation_name, set_tag, start_active_span, trace, with_tracer,
};
use fedtrace_tests::{alone, held_bytes};

const MIB: usize = 1 << 20;
const BOUND: usize = 8 * MIB;
/// What the allocator and the test itself may take besides.
const SPARE: usize = 16 * MIB;
const LONG: usize = 512 << 10;

struct Stuck(Receiver<()>);

impl Reporter for Stuck {
    fn report(&mut self, _: &Process, _: Spans<'_>) -> Report {
        let _ = self.0.recv();
        Report::default()
    }
}

/// By how many bytes more the process holds after `work` ran with so many numbers and a stuck reporter.
fn growth(sampled: bool, numbers: u32, work: impl FnMut(u32)) -> usize {
    growth_of(held_bytes, sampled, numbers, work)
}

fn growth_of(held: fn() -> usize, sampled: bool, numbers: u32, mut work: impl FnMut(u32)) -> usize {
    let (go_on, stuck) = channel();
    let (tracer, guard) = Tracer::builder("svc")
        .sampler(ConstSampler::new(sampled))
        .reporter(Stuck(stuck))
        .queue_bytes(BOUND)
        .build()
        .unwrap();
    with_tracer(&tracer, || {
        drop(start_active_span("warm up"));
        let before = held();
        (0..numbers).for_each(&mut work);
        let growth = held().saturating_sub(before);
        drop(go_on);
        let _ = guard.shutdown(Duration::from_secs(10));
        growth
    })
}

/// A way in which text comes into a span, and its name.
type Way<T> = (&'static str, fn(T));

/// Each way must stay within the bound by itself.
fn assert_bounded(numbers: u32, ways: &[Way<u32>]) {
    let mut found = Vec::new();
    for (name, way) in ways {
        found.push((*name, growth(true, numbers, way) / MIB));
    }
    let limit = (BOUND + SPARE) / MIB;
    assert!(found.iter().all(|(_, growth)| *growth < limit), "{found:?}");
}

fn long(number: u32) -> String {
    format!("{number}{}", "x".repeat(LONG))
}

fn roomy(number: u32) -> String {
    let mut text = long(number);
    text.truncate(10);
    text
}

fn ignore<T>(_: T) {}

fn span() -> Span {
    build_span("op").start()
}

#[trace]
fn fail(number: u32) -> Result<(), String> {
    Err(long(number))
}

#[test]
fn a_long_value_gives_back_its_memory_whichever_way_it_came_in() {
    alone(|| {
        assert_bounded(
            100,
            &[
                ("a tag of a handle", |n| ignore(span().set_tag("body", long(n)))),
                ("bytes of a handle", |n| {
                    ignore(span().set_tag("body", long(n).into_bytes()))
                }),
                ("a tag", |n| {
                    let _scope = start_active_span("op");
                    set_tag("body", long(n));
                }),
                ("a built tag", |n| {
                    drop(build_span("op").tag("body", long(n)).start())
                }),
                ("built tags", |n| {
                    drop(build_span("op").tags([("body", long(n))]).start_active())
                }),
                ("a log of a handle", |n| {
                    ignore(span().log_kv([("body", long(n))]))
                }),
                ("a log", |n| {
                    let _scope = start_active_span("op");
                    log_kv([("body", long(n))]);
                }),
                ("an error", |n| ignore(fail(n))),
            ],
        );
    });
}

#[test]
fn a_long_name_or_key_gives_back_its_memory_whichever_way_it_came_in() {
    alone(|| {
        assert_bounded(
            100,
            &[
                ("a name", |n| drop(build_span(long(n)).start())),
                ("the name of a scope", |n| drop(start_active_span(long(n)))),
                ("a later name", |n| {
                    let _scope = start_active_span("op");
                    set_operation_name(long(n));
                }),
                ("a key", |n| ignore(span().set_tag(long(n), 1))),
                ("the key of a scope", |n| {
                    let _scope = start_active_span("op");
                    set_tag(long(n), 1);
                }),
                ("a built key", |n| drop(build_span("op").tag(long(n), 1).start())),
                ("the key of a log", |n| ignore(span().log_kv([(long(n), 1)]))),
                ("baggage", |n| ignore(span().set_baggage_item("key", &long(n)))),
                ("the key of baggage", |n| {
                    ignore(span().set_baggage_item(&long(n), "value"))
                }),
            ],
        );
    });
}

#[test]
fn the_process_stays_as_small_as_what_it_holds() {
    let resident = || {
        let pages = fs::read_to_string("/proc/self/statm").unwrap();
        pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
    };
    alone(move || {
        let growth = growth_of(resident, true, 300, |number| {
            let span = build_span(long(number)).tag("built", long(number)).start();
            span.set_tag("body", long(number)).set_tag(long(number), 1);
            span.log_kv([("body", long(number))]);
            span.set_baggage_item("key", &long(number));
            let _ = fail(number);
        });
        assert!(growth < BOUND + SPARE, "{growth}");
    });
}

#[test]
fn a_short_text_with_spare_capacity_gives_it_back() {
    alone(|| {
        assert_bounded(
            100,
            &[
                ("a tag", |n| ignore(span().set_tag("body", roomy(n)))),
                ("bytes", |n| ignore(span().set_tag("body", roomy(n).into_bytes()))),
                ("a log", |n| ignore(span().log_kv([("body", roomy(n))]))),
                ("a key", |n| ignore(span().set_tag(roomy(n), 1))),
                ("a name", |n| drop(build_span(roomy(n)).start())),
                ("a later name", |n| ignore(span().set_operation_name(roomy(n)))),
                ("a list of fields", |n| {
                    let mut fields = vec![Tag::new("number", n); 10_000];
                    fields.truncate(1);
                    span().log_kv(fields);
                }),
            ],
        );
    });
}

#[test]
fn what_is_open_counts_as_well_as_what_waits() {
    fn text() -> TagValue {
        "x".repeat(1024).into()
    }
    fn tags(span: Span) {
        for key in 0..100 {
            span.set_tag(key.to_string(), text());
        }
    }
    fn logs(span: Span) {
        for _ in 0..100 {
            span.log_kv([("text", text())]);
        }
    }
    fn both(span: Span) {
        tags(span.clone());
        logs(span);
    }
    alone(|| {
        let ways: [Way<Span>; 3] = [("tags", tags), ("logs", logs), ("both", both)];
        let mut found = Vec::new();
        for sampled in [true, false] {
            for (name, way) in ways {
                let mut open = Vec::new();
                let growth = growth(sampled, 400, |_| {
                    let span = span();
                    way(span.clone());
                    open.push(span);
                });
                found.push((name, sampled, growth / MIB));
            }
        }
        let limit = (BOUND + SPARE) / MIB;
        assert!(found.iter().all(|(_, _, growth)| *growth < limit), "{found:?}");
    });
}

#[test]
fn the_last_value_of_a_key_that_was_set_often_is_all_that_is_held() {
    alone(|| {
        let mut open = Vec::new();
        let growth = growth(true, 10, |_| {
            let span = span();
            for number in 0..200 {
                span.set_tag("body", long(number));
            }
            open.push(span);
        });
        assert!(growth < SPARE, "{growth}");
    });
}

#[test]
fn references_of_open_spans_count_too() {
    alone(|| {
        let cause = |id: u64| {
            let ids = (TraceId::new(5).unwrap(), SpanId::new(id).unwrap());
            SpanContext::remote(ids.0, ids.1, TraceFlags::SAMPLED)
        };
        let mut open = Vec::new();
        let growth = growth(true, 10_000, |_| {
            let builder = (1..=128).fold(build_span("op"), |builder, id| builder.follows_from(cause(id)));
            open.push(builder.start());
        });
        assert!(growth < BOUND + SPARE, "{} MiB", growth / MIB);
    });
}
