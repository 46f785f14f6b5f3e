//! Many spans: what the tracer counted is what the server has.

use std::fs;
use std::time::{Duration, Instant};

use fedtrace::{Stats, TraceId, Tracer, build_span, start_active_span};

use crate::route::{PATIENCE, Route, Transport};

const TRACES: usize = 100;
const SPANS_OF_A_TRACE: usize = 1_000;
const SENT: u64 = (TRACES * SPANS_OF_A_TRACE) as u64;

pub(crate) fn of_100_000_spans_each_is_stored_or_counted_as_lost(route: &Route) {
    let (tracer, guard) = route.tracer("volume");
    let dropped_before = dropped_by_the_system(route);
    let mut trace_ids = Vec::new();
    for _ in 0..TRACES {
        trace_ids.push(trace(&tracer));
        guard.flush(PATIENCE).expect("the spans are sent in time");
        wait_for_the_agent(route);
    }
    guard.shutdown(PATIENCE).expect("the spans are sent in time");

    let stats = tracer.stats();
    assert_eq!(stats.reported_spans + lost(&stats), SENT, "{stats:?}");
    let dropped = dropped_by_the_system(route) - dropped_before;
    let stored = stored(route, &trace_ids, &stats, dropped > 0);
    if dropped == 0 {
        assert_eq!(stored, stats.reported_spans, "{stats:?}");
    } else {
        assert!(stored < stats.reported_spans, "{dropped} datagrams were dropped");
    }
}

pub(crate) fn what_a_full_queue_loses_is_what_is_missing(route: &Route) {
    let builder = route.builder("full queue").queue_size(5_000);
    let (tracer, guard) = builder.build().expect("a tracer");
    let trace_ids: Vec<_> = (0..TRACES).map(|_| trace(&tracer)).collect();
    guard.shutdown(PATIENCE).expect("the spans are sent in time");

    let stats = tracer.stats();
    assert!(stats.queue_full_spans > 0, "{stats:?}");
    assert_eq!(stats.reported_spans + lost(&stats), SENT, "{stats:?}");
    let stored = stored(route, &trace_ids, &stats, false);
    assert_eq!(stored + lost(&stats), SENT, "{stats:?}");
}

fn trace(tracer: &Tracer) -> TraceId {
    let root = build_span("root").tracer(tracer).start_active();
    for _ in 1..SPANS_OF_A_TRACE {
        start_active_span("child").close();
    }
    root.span().context().expect("a context").trace_id()
}

fn lost(stats: &Stats) -> u64 {
    stats.queue_full_spans + stats.too_large_spans + stats.send_failure_spans + stats.after_close_spans
}

/// How many spans are there, when those that are awaited have come or no more come.
fn stored(route: &Route, trace_ids: &[TraceId], stats: &Stats, some_are_missing: bool) -> u64 {
    let patience = if some_are_missing { PATIENCE / 5 } else { PATIENCE };
    let mut changed = Instant::now();
    let mut stored = vec![0; trace_ids.len()];
    loop {
        let before = stored.clone();
        route.count(trace_ids, &mut stored, SPANS_OF_A_TRACE);
        let all: usize = stored.iter().sum();
        if stored != before {
            changed = Instant::now();
        }
        if all as u64 >= stats.reported_spans || changed.elapsed() > patience {
            return all as u64;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// So that its socket does not have to hold more than one trace at a time.
fn wait_for_the_agent(route: &Route) {
    let deadline = Instant::now() + PATIENCE;
    while socket(route).is_some_and(|socket| socket.waiting_bytes > 0) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn dropped_by_the_system(route: &Route) -> u64 {
    socket(route).map_or(0, |socket| socket.dropped)
}

/// What the system says about the socket of an agent.
struct Socket {
    waiting_bytes: u64,
    dropped: u64,
}

/// `None` where it says nothing, as everywhere but on Linux.
fn socket(route: &Route) -> Option<Socket> {
    if matches!(route.transport, Transport::Http | Transport::Otlp) {
        return None;
    }
    let table = fs::read_to_string("/proc/net/udp").ok()?;
    let address = format!("0100007F:{:04X}", route.udp_port());
    let mut lines = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let columns = lines.rfind(|columns| columns.get(1) == Some(&&*address))?;
    let (_, waiting) = columns.get(4)?.split_once(':')?;
    Some(Socket {
        waiting_bytes: u64::from_str_radix(waiting, 16).ok()?,
        dropped: columns.last()?.parse().ok()?,
    })
}
