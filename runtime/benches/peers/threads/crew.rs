//! Threads that make spans at the same time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::contender::Case;

/// How many traces all threads make in a turn, and how many spans are below each root. They are fewer than what makes
/// fedtrace's worker start by itself, and take a core from a thread. The first trace of each thread warms it up.
const TRACES: usize = 16;
const SPANS: u64 = 240;

/// What a turn of one thread took.
struct Turn {
    start: Instant,
    end: Instant,
    cpu: Duration,
}

/// What a turn of all threads took, for each span.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// By the clock on the wall, from the first that began to the last that was done.
    pub(crate) spans_per_second: f64,
    /// By the clocks of the threads, which do not run while other programs do.
    pub(crate) cpu_nanos: f64,
}

pub(crate) struct Crew {
    orders: Vec<Sender<Case>>,
    turns: Mutex<Receiver<Turn>>,
    threads: Vec<JoinHandle<()>>,
}

impl Crew {
    /// Of at most eight threads, so that each has a trace that is measured.
    pub(crate) fn new(size: usize) -> Self {
        let line = Arc::new(AtomicUsize::new(0));
        let (done, turns) = channel();
        let mut crew = Self {
            orders: Vec::new(),
            turns: Mutex::new(turns),
            threads: Vec::new(),
        };
        for member in 0..size {
            let (order, orders) = channel();
            let (line, done) = (line.clone(), done.clone());
            crew.orders.push(order);
            crew.threads.push(thread::spawn(move || {
                stay_on_core(member);
                for (number, case) in orders.iter().enumerate() {
                    case(SPANS);
                    wait_for_all(&line, (number + 1) * size);
                    done.send(turn(case, TRACES / size - 1)).expect("the crew waits");
                }
            }));
        }
        crew
    }

    pub(crate) fn size(&self) -> usize {
        self.orders.len()
    }

    /// Runs the same on all threads at once.
    pub(crate) fn run(&self, case: Case) -> Pace {
        for order in &self.orders {
            order.send(case).expect("the thread waits");
        }
        let turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let turns: Vec<Turn> = turns.iter().take(self.size()).collect();
        let start = turns.iter().map(|turn| turn.start).min().expect("a turn");
        let end = turns.iter().map(|turn| turn.end).max().expect("a turn");
        let cpu: Duration = turns.iter().map(|turn| turn.cpu).sum();
        let spans = (TRACES - self.size()) as f64 * SPANS as f64;
        Pace {
            spans_per_second: spans / (end - start).as_secs_f64(),
            cpu_nanos: cpu.as_nanos() as f64 / spans,
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.orders.clear();
        for thread in self.threads.drain(..) {
            thread.join().expect("no thread panics");
        }
    }
}

/// Turns are so short that the kernel would leave threads on the core on which they were woken.
#[cfg(target_os = "linux")]
fn stay_on_core(member: usize) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let allowed = sched_getaffinity(None).expect("the cores of this program");
    let cores: Vec<usize> = (0..CpuSet::MAX_CPU)
        .filter(|core| allowed.is_set(*core))
        .collect();
    let mut own = CpuSet::new();
    own.set(cores[member % cores.len()]);
    sched_setaffinity(None, &own).expect("one of these cores");
}

#[cfg(not(target_os = "linux"))]
fn stay_on_core(_: usize) {}

/// A thread that sleeps until the last one comes would start too late, so it does not sleep.
fn wait_for_all(line: &AtomicUsize, all: usize) {
    line.fetch_add(1, Ordering::AcqRel);
    while line.load(Ordering::Acquire) < all {
        thread::yield_now();
    }
}

fn turn(case: Case, traces: usize) -> Turn {
    let (start, cpu) = (Instant::now(), cpu_time());
    for _ in 0..traces {
        case(SPANS);
    }
    let cpu = cpu_time() - cpu;
    Turn {
        start,
        end: Instant::now(),
        cpu,
    }
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
