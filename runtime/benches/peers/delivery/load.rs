//! What every contender delivers, and how fast.

use std::fmt;
use std::str::FromStr;
use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

pub(crate) const DESTINATION: &str = "matrix.example.org";
pub(crate) const ROOM: &str = "!ngrWkJQtUWNCrZdSaz:example.org";

/// Below the root of each trace. Each span has three tags.
pub(crate) const CHILDREN: u64 = 10;

/// How often finished spans are sent, with all contenders.
pub(crate) const INTERVAL: Duration = Duration::from_millis(50);

/// The spans of many bursts fit into everybody's queue.
const TRACES_PER_BURST: u64 = 100;
const PAUSE: Duration = Duration::from_millis(20);
const WARM_UP: u64 = 10;

pub(crate) struct Load {
    bursts: u64,
}

/// What a sender says of its work.
pub(crate) struct Sent {
    /// All spans, with those of the warm-up.
    pub(crate) all: u64,
    pub(crate) measured: u64,
    /// The CPU time of the whole process for the measured spans, in user and in system mode.
    pub(crate) cpu: Duration,
}

impl Load {
    pub(crate) fn new(bursts: u64) -> Self {
        Self { bursts }
    }

    /// Makes traces at an even pace, and measures until `flush` has sent the last of them.
    pub(crate) fn run(&self, trace: impl Fn(), flush: impl Fn()) -> Sent {
        let warm_up = send(WARM_UP, &trace, &flush);
        let start = cpu_time();
        let measured = send(self.bursts, &trace, &flush);
        Sent {
            all: warm_up + measured,
            measured,
            cpu: cpu_time() - start,
        }
    }
}

fn send(bursts: u64, trace: &impl Fn(), flush: &impl Fn()) -> u64 {
    let mut next = Instant::now();
    for _ in 0..bursts {
        for _ in 0..TRACES_PER_BURST {
            trace();
        }
        next += PAUSE;
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    // Whoever is slow gets the time to send what waits.
    thread::sleep(INTERVAL);
    flush();
    bursts * TRACES_PER_BURST * (CHILDREN + 1)
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.all, self.measured, self.cpu.as_nanos())
    }
}

impl FromStr for Sent {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let numbers: Result<Vec<u64>, _> = line.split_whitespace().map(str::parse).collect();
        match numbers.as_deref() {
            Ok(&[all, measured, cpu]) => Ok(Self {
                all,
                measured,
                cpu: Duration::from_nanos(cpu),
            }),
            _ => Err(format!("not what a sender says: {line}")),
        }
    }
}
