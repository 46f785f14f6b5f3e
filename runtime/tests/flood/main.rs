//! Four threads that finish spans as fast as they can: nothing is lost without a count, and memory stays as it is.
//!
//! The long run is `cargo test --profile bench -p fedtrace --test flood -- --ignored --nocapture`. It takes a minute, or
//! as many seconds as `FEDTRACE_FLOOD_SECONDS` says.
#![cfg(target_os = "linux")]

mod accounting;
mod flood;
mod memory;
mod sink;

use std::env;
use std::time::Duration;

use flood::Flood;
use memory::Memory;

/// Buffers and queues have their size by then.
const SETTLED: Duration = Duration::from_secs(10);

#[test]
fn each_span_of_a_short_flood_is_reported_or_counted_as_lost() {
    let flood = Flood::start();
    std::thread::sleep(Duration::from_secs(3));
    flood.stop().assert_complete();
}

#[test]
#[ignore = "takes a minute"]
fn memory_stays_as_it_is_in_a_long_flood_and_each_span_is_counted() {
    let seconds = env::var("FEDTRACE_FLOOD_SECONDS").map_or(60, |text| text.parse().unwrap());
    let mut memory = Memory::new(SETTLED);
    let flood = Flood::start();
    memory.watch(Duration::from_secs(seconds), || flood.started());
    flood.stop().assert_complete();
    memory.assert_settled();
}
