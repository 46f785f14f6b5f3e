//! The resident memory of the process.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// By so much it should grow at most once it has settled. That is printed: a busy machine may settle later.
const GOAL: f64 = 1.05;
/// More than this is a leak.
const GROWTH: f64 = 1.15;
const INTERVAL: Duration = Duration::from_secs(10);

pub(crate) struct Memory {
    settled_after: Duration,
    settled: Option<u64>,
    /// The most that was seen afterwards.
    largest: u64,
}

impl Memory {
    pub(crate) fn new(settled_after: Duration) -> Self {
        Self {
            settled_after,
            settled: None,
            largest: 0,
        }
    }

    /// Looks at it each second for so long, and prints it each ten, with what `spans` says.
    pub(crate) fn watch(&mut self, time: Duration, spans: impl Fn() -> u64) {
        let start = Instant::now();
        let mut next_print = INTERVAL;
        while start.elapsed() < time {
            thread::sleep(Duration::from_secs(1).min(time.saturating_sub(start.elapsed())));
            let resident = resident_kib();
            if start.elapsed() >= self.settled_after {
                self.settled.get_or_insert(resident);
                self.largest = self.largest.max(resident);
            }
            if start.elapsed() >= next_print {
                println!(
                    "second {:3}: {resident} KiB resident, {} spans started",
                    start.elapsed().as_secs(),
                    spans()
                );
                next_print += INTERVAL;
            }
        }
    }

    /// A run that ends before it has settled says nothing.
    pub(crate) fn assert_settled(&self) {
        let Some(settled) = self.settled else { return };
        let growth = self.largest as f64 / settled as f64;
        println!(
            "{settled} KiB once settled, {} KiB at most: {growth:.3} times, goal {GOAL}: {}",
            self.largest,
            if growth <= GOAL { "met" } else { "missed" }
        );
        assert!(growth <= GROWTH, "{growth:.3} times");
    }
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.unwrap().trim().trim_end_matches(" kB").parse().unwrap()
}
