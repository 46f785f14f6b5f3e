//! Tags, logs, errors and arguments allocate nothing on the calling thread in steady state, up to the limits of a span. See
//! [`no_allocation`](super::no_allocation) for the steady state.

use std::fmt;
use std::hint::black_box;
use std::pin::pin;
use std::str;
use std::task::{Context, Waker};

use fedtrace::{log_kv, set_tag, start_active_span, tag_args, trace};

use super::no_allocation::{Once, allocations_in_steady_state, allocations_of_few};

/// The limits that a tracer has by default.
const TAGS: usize = 128;
const RECORDS: usize = 1024;
const LENGTH: usize = 1024;

/// Literals, so that the keys need no memory.
static KEYS: [&str; TAGS] = {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\
                           abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    let mut keys = [""; TAGS];
    let mut key = 0;
    while key < TAGS {
        // Each is one letter longer than the one before.
        keys[key] = match str::from_utf8(LETTERS.as_bytes().split_at(key + 1).0) {
            Ok(key) => key,
            Err(_) => panic!("only ASCII"),
        };
        key += 1;
    }
    keys
};

fn in_root(times: u64, span: fn(u64)) {
    let _root = start_active_span("root");
    (0..times).for_each(span);
}

fn tagged(input: u64) {
    let _span = start_active_span("tagged");
    set_tag("destination", "example.org");
    set_tag("limit", input);
    set_tag("ratio", 0.5);
    set_tag("force", true);
    set_tag("missing", None::<&str>);
    set_tag("limit", input + 1);
}

fn tagged_to_the_limit(_: u64) {
    let _span = start_active_span("full");
    let long = black_box([b'x'; LENGTH]);
    let long = str::from_utf8(&long).expect("ASCII");
    for key in KEYS {
        set_tag(key, long);
    }
    set_tag("one too many", long);
}

fn logged(input: u64) {
    let _span = start_active_span("logged");
    log_kv([("event", "retry"), ("destination", "example.org")]);
    log_kv((("event", "retry"), ("attempt", input), ("error", None::<&str>)));
}

fn logged_to_the_limit(input: u64) {
    let _span = start_active_span("full");
    for _ in 0..RECORDS + 1 {
        log_kv((("event", "retry"), ("attempt", input)));
    }
}

/// Its text is formatted.
#[derive(Debug)]
struct Shown(u64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shown {}", self.0)
    }
}

#[trace]
fn failing(input: u64) -> Result<u64, Shown> {
    Err(Shown(input))
}

#[trace]
#[tag_args]
fn with_arguments(destination: &str, limit: u64, shown: Shown, path: Option<&str>) -> u64 {
    black_box((destination, shown, path));
    limit
}

#[trace]
#[tag_args]
async fn future_with_arguments(destination: &str, limit: u64) -> Result<u64, Shown> {
    Once(false).await;
    black_box(destination);
    Err(Shown(limit))
}

fn poll_twice(input: u64) {
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(future_with_arguments("example.org", input));
    assert!(future.as_mut().poll(&mut context).is_pending());
    assert!(future.poll(&mut context).is_ready());
}

#[test]
fn tags_allocate_nothing() {
    assert_eq!(
        allocations_in_steady_state(true, |times| in_root(times, tagged)),
        0
    );
    assert_eq!(
        allocations_in_steady_state(true, |times| (0..times).for_each(tagged)),
        0
    );
    assert_eq!(
        allocations_in_steady_state(false, |times| (0..times).for_each(tagged)),
        0
    );
}

#[test]
fn as_many_and_as_long_tags_as_a_span_may_have_allocate_nothing() {
    let few = |times: u64| in_root(times / 30, tagged_to_the_limit);
    assert_eq!(allocations_of_few(few), 0);
}

#[test]
fn logs_allocate_nothing() {
    assert_eq!(
        allocations_in_steady_state(true, |times| in_root(times, logged)),
        0
    );
}

#[test]
fn more_log_records_than_a_span_may_have_allocate_nothing() {
    let few = |times: u64| in_root(times / 30, logged_to_the_limit);
    assert_eq!(allocations_of_few(few), 0);
}

#[test]
fn an_error_allocates_nothing() {
    let fail = |times| in_root(times, |input| drop(failing(input)));
    assert_eq!(allocations_in_steady_state(true, fail), 0);
}

#[test]
fn arguments_allocate_nothing() {
    let call = |times| {
        in_root(times, |input| {
            with_arguments("example.org", input, Shown(input), Some("/sync"));
        });
    };
    assert_eq!(allocations_in_steady_state(true, call), 0);
}

#[test]
fn a_future_with_arguments_and_an_error_allocates_nothing() {
    assert_eq!(
        allocations_in_steady_state(true, |times| in_root(times, poll_twice)),
        0
    );
}
