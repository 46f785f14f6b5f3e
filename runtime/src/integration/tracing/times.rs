//! How long a span was entered, and how long it was not.

use std::time::Instant;

#[derive(Debug)]
pub(super) struct Times {
    last: Instant,
    entered: u32,
    busy: u64,
    idle: u64,
}

impl Times {
    pub(super) fn start() -> Self {
        Self {
            last: Instant::now(),
            entered: 0,
            busy: 0,
            idle: 0,
        }
    }

    /// Adds the time since the last change to one of both.
    fn turn(&mut self) {
        let now = Instant::now();
        let passed = now.saturating_duration_since(self.last).as_nanos();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        self.last = now;
        let total = match self.entered {
            0 => &mut self.idle,
            _ => &mut self.busy,
        };
        *total = total.saturating_add(passed);
    }

    pub(super) fn enter(&mut self) {
        if self.entered == 0 {
            self.turn();
        }
        self.entered += 1;
    }

    pub(super) fn exit(&mut self) {
        if self.entered == 1 {
            self.turn();
        }
        self.entered = self.entered.saturating_sub(1);
    }

    /// The nanoseconds in which it was entered by anybody, and in which it was not.
    pub(super) fn totals(&mut self) -> (u64, u64) {
        self.turn();
        (self.busy, self.idle)
    }
}
