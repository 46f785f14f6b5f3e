//! The span of a future on the stack, during one poll or the drop of the future.

use std::mem;
use std::sync::Arc;

use crate::delivery::details::End;
use crate::model::site::Site;
use crate::span::builder::SpanBuilder;
use crate::span::stack;
use crate::span::stack::aftermath::Aftermath;
use crate::span::stack::detached::{DetachedSlot, DetachedStack};
use crate::span::stack::shared_span::SharedSpan;
use crate::span::stack::slot::Opener;
use crate::span::start;
use crate::tracer::activity;
use crate::tracer::core::Tracer;
use crate::util::panic::PanicWatch;

/// A future's span while it is on the stack. It is removed when the poll ends, also by a panic.
pub(crate) struct EnteredSpan {
    watch: PanicWatch,
    detached: Option<Box<DetachedStack>>,
}

impl EnteredSpan {
    fn new(number: u64, detached: Option<Box<DetachedStack>>) -> Self {
        Self {
            watch: PanicWatch::new(number),
            detached,
        }
    }

    /// Starts the span of a future at its first poll. The tracer is for a span without a parent.
    pub(crate) fn open(site: &'static Site, tracer: Option<Tracer>) -> Self {
        let number = match stack::with(|local| local.push_child(site.name, Opener::Poll)) {
            Some(Some(number)) => number,
            Some(None) => start::root(site.name, Opener::Poll, tracer.as_ref()),
            None => 0,
        };
        Self::new(number, None)
    }

    /// Makes an existing span active.
    pub(crate) fn share(shared: &Arc<SharedSpan>, owned: bool) -> Self {
        activity::resume_if_forked();
        let detached = DetachedSlot::of(shared, Opener::Poll, owned);
        let pushed = stack::with(|local| local.push_detached(detached));
        Self::new(pushed.map_or(0, |_| shared.number()), None)
    }

    /// Starts the span that was described. `None` if there is no tracer for it.
    pub(crate) fn start(span: SpanBuilder) -> Option<Self> {
        let span = span.start();
        Some(Self::share(span.shared.as_ref()?, true))
    }

    pub(crate) fn resume(mut detached: Box<DetachedStack>) -> Self {
        activity::resume_if_forked();
        let number = stack::with(|local| local.resume(&mut detached)).flatten();
        Self::new(number.unwrap_or(0), Some(detached))
    }

    pub(crate) fn number(&self) -> u64 {
        self.watch.number()
    }

    /// Whether a panic has begun since.
    pub(crate) fn panicked(&self) -> bool {
        self.watch.panicked()
    }

    /// Takes the span off the stack until the next poll.
    pub(crate) fn leave(mut self) -> Option<Box<DetachedStack>> {
        let number = mem::replace(&mut self.watch, PanicWatch::NONE).number();
        let detached = self.detached.take();
        if number == 0 {
            detached
        } else {
            stack::with(|local| local.leave(number, detached)).flatten()
        }
    }

    pub(crate) fn close(&mut self, end: End) {
        let number = mem::replace(&mut self.watch, PanicWatch::NONE).number();
        let mut detached = self.detached.take();
        let aftermath = stack::with(|local| {
            if let Some(detached) = detached.take() {
                local.keep(detached);
            }
            local.close_poll(number, end)
        });
        if let Some(aftermath) = aftermath {
            aftermath.into_iter().for_each(Aftermath::settle);
        } else if let Some(detached) = detached {
            stack::end_detached(*detached, end);
        }
    }
}

impl Drop for EnteredSpan {
    fn drop(&mut self) {
        if self.number() != 0 || self.detached.is_some() {
            self.close(if self.panicked() { End::Panicked } else { End::Done });
        }
    }
}

/// The span of a future on the stack while the future is dropped. When this value is dropped after that, it
/// ends the span.
pub(crate) struct DropTurn {
    watch: PanicWatch,
}

impl DropTurn {
    pub(crate) fn new(mut detached: Box<DetachedStack>) -> Self {
        activity::resume_if_forked();
        let number = stack::with(|local| local.resume(&mut detached)).flatten();
        if number.is_some() {
            stack::with(|local| local.keep(detached));
        } else {
            stack::end_detached(*detached, End::Cancelled);
        }
        Self {
            watch: PanicWatch::new(number.unwrap_or(0)),
        }
    }
}

impl Drop for DropTurn {
    fn drop(&mut self) {
        let number = self.watch.number();
        if number == 0 {
            return;
        }
        let end = if self.watch.panicked() {
            End::Panicked
        } else {
            End::Cancelled
        };
        if let Some(Some(aftermath)) = stack::with(|local| local.close_poll(number, end)) {
            aftermath.settle();
        }
    }
}
