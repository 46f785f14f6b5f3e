//! Whether a tracer starts spans.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use super::activity::{tracer_closed, tracer_started};
use crate::util::lock::lock;

/// Whether a tracer starts spans. It also counts the tracer as running or not.
#[derive(Debug)]
pub(crate) struct Switch {
    /// A copy of `phase == On` for readers that must not lock, written only under the lock of `phase`.
    ///
    /// The store releases and the load acquires, so a thread that finds the switch on also sees everything
    /// that was set up before it was turned on, such as the worker. A thread that sees an old value starts
    /// one span too many or too few; a span of a closed tracer is caught by `Backlog::is_closed`.
    on: AtomicBool,
    phase: Mutex<Phase>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The initial phase, in which a no-op tracer stays.
    NotStarted,
    On,
    Off,
    Closed,
}

impl Switch {
    pub(crate) fn new() -> Self {
        Self {
            on: AtomicBool::new(false),
            phase: Mutex::new(Phase::NotStarted),
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.on.load(Ordering::Acquire)
    }

    /// Whether it was started and not closed, whether on or off.
    pub(crate) fn is_running(&self) -> bool {
        matches!(*self.phase(), Phase::On | Phase::Off)
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

    pub(crate) fn close(&self) {
        let mut phase = self.phase();
        self.enter(&mut phase, Phase::Closed);
    }

    fn enter(&self, phase: &mut Phase, next: Phase) {
        match (*phase == Phase::On, next == Phase::On) {
            (false, true) => tracer_started(),
            (true, false) => tracer_closed(),
            _ => {}
        }
        *phase = next;
        self.on.store(next == Phase::On, Ordering::Release);
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        lock(&self.phase)
    }
}
