//! What the layer knows of a span of `tracing`.

use std::time::Instant;

use crate::span::handle::Span;
use crate::span::seat::Seat;
use crate::span::stack::aftermath::Aftermath;
use crate::span::stack::entering::Entry;
use crate::util::panic::PanicWatch;
use crate::util::thread_number;
use crate::util::tick::Tick;

/// A span of `tracing`, kept among the extensions of the registry.
#[derive(Debug)]
pub(super) struct TracedSpan {
    pub(super) span: Span,
    seat: Seat,
    visit: Option<Visit>,
    /// Those of other threads that are inside at the same time.
    further: Vec<Visit>,
    times: Option<Times>,
    /// When it was left last.
    left: Option<Tick>,
}

/// A thread inside the span. It may have entered several times: only the last exit counts, as in `tracing`.
#[derive(Debug)]
struct Visit {
    thread: u64,
    depth: u32,
    /// `None` if it found no place on the stack.
    entry: Option<Entry>,
    watch: PanicWatch,
}

/// What remains to be done after an exit, without the lock of the extensions.
#[derive(Debug)]
pub(super) struct Exit {
    aftermath: Option<Aftermath>,
    /// The span, if a panic has left it.
    pub(super) panicked: Option<Span>,
}

impl Exit {
    pub(super) fn settle(self) {
        if let Some(aftermath) = self.aftermath {
            aftermath.settle();
        }
        if let Some(span) = self.panicked {
            span.mark_panicked();
        }
    }
}

impl TracedSpan {
    pub(super) fn new(span: Span, seat: Seat, times: Option<Times>) -> Self {
        Self {
            span,
            seat,
            visit: None,
            further: Vec::new(),
            times,
            left: None,
        }
    }

    /// Makes the span active on this thread, unless it is already.
    pub(super) fn enter(&mut self) {
        let thread = thread_number::current();
        if let Some(times) = &mut self.times {
            times.enter();
        }
        if let Some(visit) = self.visit_of(thread) {
            visit.depth += 1;
            return;
        }
        let Some(shared) = &self.span.shared else { return };
        let entry = self.seat.enter_mut(shared);
        let visit = Visit {
            thread,
            depth: 1,
            entry,
            watch: entry.map_or(PanicWatch::NONE, |entry| PanicWatch::new(entry.number)),
        };
        match self.visit {
            None => self.visit = Some(visit),
            Some(_) => self.further.push(visit),
        }
    }

    fn visit_of(&mut self, thread: u64) -> Option<&mut Visit> {
        self.visit
            .iter_mut()
            .chain(&mut self.further)
            .find(|visit| visit.thread == thread)
    }

    /// Takes the span off the stack of this thread, if this is the last exit.
    pub(super) fn exit(&mut self) -> Option<Exit> {
        let thread = thread_number::current();
        if let Some(times) = &mut self.times {
            times.exit();
        }
        let visit = self.visit_of(thread)?;
        visit.depth -= 1;
        if visit.depth > 0 {
            return None;
        }
        let visit = self.remove_visit(thread)?;
        self.left = Some(Tick::now());
        let panicked = visit.watch.panicked();
        let aftermath = visit.entry.and_then(|entry| self.seat.exit_mut(entry));
        (panicked || aftermath.is_some()).then(|| Exit {
            aftermath,
            panicked: panicked.then(|| self.span.clone()),
        })
    }

    fn remove_visit(&mut self, thread: u64) -> Option<Visit> {
        if let Some(visit) = self.visit.take_if(|visit| visit.thread == thread) {
            self.visit = self.further.pop();
            return Some(visit);
        }
        let place = self.further.iter().position(|visit| visit.thread == thread)?;
        Some(self.further.swap_remove(place))
    }

    /// Ends the span, at the time at which it was left last: `tracing` closes a span after all of its children, however
    /// long they outlive it.
    pub(super) fn close(self) {
        let Some(shared) = &self.span.shared else { return };
        if let Some((busy, idle)) = self.times.map(Times::totals) {
            self.span.set_tag("busy_ns", busy).set_tag("idle_ns", idle);
        }
        shared.finish_unless_done(self.left.unwrap_or_else(Tick::now));
    }
}

/// How long a span was entered, and how long it was not.
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

    fn enter(&mut self) {
        if self.entered == 0 {
            self.turn();
        }
        self.entered += 1;
    }

    fn exit(&mut self) {
        if self.entered == 1 {
            self.turn();
        }
        self.entered = self.entered.saturating_sub(1);
    }

    fn totals(mut self) -> (u64, u64) {
        self.turn();
        (self.busy, self.idle)
    }
}
