//! Whether a tracer starts spans.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use super::activity::{tracer_closed, tracer_started};
use crate::util::lock::lock;

/// Whether a tracer starts spans, and its part in the number of tracers that do.
#[derive(Debug)]
pub(crate) struct Switch {
    on: AtomicBool,
    phase: Mutex<Phase>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The one of a tracer that does nothing stays there.
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

    /// Whether it was started and not closed, be it on or off.
    pub(crate) fn is_running(&self) -> bool {
        matches!(*self.phase(), Phase::On | Phase::Off)
    }

    pub(crate) fn start(&self) {
        let mut phase = self.phase();
        if *phase == Phase::NotStarted {
            self.enter(&mut phase, Phase::On);
        }
    }

    /// Turns a running tracer on or off. One that was never started, or is closed, stays as it is.
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
