//! Whether a tracer starts spans.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard};

use super::activity::{tracer_closed, tracer_started};
use crate::util::lock::lock;

/// Whether a tracer starts spans. It also counts the tracer as running or not.
#[derive(Debug)]
pub(crate) struct Switch {
    /// What may start in `phase`, for readers that must not lock. It is written only under the lock of `phase`.
    ///
    /// The store releases and the load acquires, so a thread that finds the switch on also sees everything
    /// that was set up before it was turned on, such as the worker. A thread that sees an old value starts
    /// one span too many or too few; a span of a closed tracer is caught by `Backlog::is_closed`.
    starts: AtomicU8,
    phase: Mutex<Phase>,
}

const NOTHING: u8 = 0;
/// Spans below open ones of this process.
const CHILDREN: u8 = 1;
/// Spans of any kind.
const TRACES: u8 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The initial phase, in which a no-op tracer stays.
    NotStarted,
    On,
    Off,
    /// It was on, and ends once its open spans have ended.
    Ending,
    Closed,
}

impl Phase {
    fn starts(self) -> u8 {
        match self {
            Self::On => TRACES,
            Self::Ending => CHILDREN,
            Self::NotStarted | Self::Off | Self::Closed => NOTHING,
        }
    }
}

impl Switch {
    pub(crate) fn new() -> Self {
        Self {
            starts: AtomicU8::new(NOTHING),
            phase: Mutex::new(Phase::NotStarted),
        }
    }

    /// Whether traces begin and are joined.
    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        self.starts.load(Ordering::Acquire) == TRACES
    }

    /// Whether spans start below open ones.
    #[inline]
    pub(crate) fn continues_traces(&self) -> bool {
        self.starts.load(Ordering::Acquire) != NOTHING
    }

    /// Whether it was started and not closed, whether on or off.
    pub(crate) fn is_running(&self) -> bool {
        matches!(*self.phase(), Phase::On | Phase::Off | Phase::Ending)
    }

    pub(crate) fn start(&self) {
        let mut phase = self.phase();
        if *phase == Phase::NotStarted {
            self.enter(&mut phase, Phase::On);
        }
    }

    /// Turns a running tracer on or off. It has no effect before the start and after the end.
    pub(crate) fn turn(&self, on: bool) {
        let mut phase = self.phase();
        match (*phase, on) {
            (Phase::Off, true) => self.enter(&mut phase, Phase::On),
            (Phase::On, false) => self.enter(&mut phase, Phase::Off),
            _ => {}
        }
    }

    /// Begins no more traces. Those that are open go on, if the tracer is on.
    pub(crate) fn begin_end(&self) {
        let mut phase = self.phase();
        if *phase == Phase::On {
            self.enter(&mut phase, Phase::Ending);
        }
    }

    pub(crate) fn close(&self) {
        let mut phase = self.phase();
        self.enter(&mut phase, Phase::Closed);
    }

    fn enter(&self, phase: &mut Phase, next: Phase) {
        match (phase.starts() != NOTHING, next.starts() != NOTHING) {
            (false, true) => tracer_started(),
            (true, false) => tracer_closed(),
            _ => {}
        }
        *phase = next;
        self.starts.store(next.starts(), Ordering::Release);
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        lock(&self.phase)
    }
}
