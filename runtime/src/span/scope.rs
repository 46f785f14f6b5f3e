//! The guard that closes an active span.

use std::marker::PhantomData;
use std::mem;

use super::handle::Span;
use super::stack;
use super::stack::detached::DetachedStack;
use super::stack::slot::Opener;
use crate::delivery::details::End;
use crate::util::panic::PanicWatch;

/// The reason why a [`Scope`] cannot be sent to another thread, for the compiler's message.
///
/// A scope belongs to the stack of the thread that opened it. A task that holds one across an `.await` may
/// resume on another thread, so its future is not `Send`. Annotate the function with `#[trace]`, or use
/// [`TraceFutureExt::in_span`](crate::TraceFutureExt::in_span): both keep the span with the task.
#[derive(Debug)]
pub struct DoNotHoldAScopeAcrossAwait(());

/// An active span; dropping it closes the span.
///
/// ```
/// let scope = fedtrace::start_active_span("read-file");
/// scope.span().set_tag("path", "/etc/hostname");
/// drop(scope);
/// ```
///
/// It cannot be held across an `.await` of a future that is spawned; see [`DoNotHoldAScopeAcrossAwait`].
#[must_use = "dropping the scope at once closes the span at once; bind it to a variable"]
#[derive(Debug)]
pub struct Scope {
    /// The number of the span is zero if tracing is off.
    watch: PanicWatch,
    /// A raw pointer, so that the compiler's message names the reason.
    _not_send: PhantomData<*const DoNotHoldAScopeAcrossAwait>,
}

impl Scope {
    #[inline]
    pub(crate) fn new(number: u64) -> Self {
        Self {
            watch: PanicWatch::new(number),
            _not_send: PhantomData,
        }
    }

    #[inline]
    pub(crate) const fn none() -> Self {
        Self {
            watch: PanicWatch::NONE,
            _not_send: PhantomData,
        }
    }

    /// A handle to the span, which can be sent to other threads.
    #[inline]
    pub fn span(&self) -> Span {
        match self.number() {
            0 => Span::NONE,
            number => Span::of_slot(number),
        }
    }

    /// Closes the scope, as dropping it does: the previously active span is active again, and this one ends,
    /// unless it was built with [`finish_on_close(false)`](crate::SpanBuilder::finish_on_close).
    #[inline]
    pub fn close(self) {}

    #[inline]
    pub(crate) fn number(&self) -> u64 {
        self.watch.number()
    }

    /// Takes the span off the stack, for a future. Spans that were opened inside it stay.
    #[inline]
    pub(crate) fn carry(mut self) -> Option<Box<DetachedStack>> {
        match mem::replace(&mut self.watch, PanicWatch::NONE).number() {
            0 => None,
            number => stack::with(|local| local.carry(number)).flatten(),
        }
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        if self.number() != 0 {
            close(self.watch);
        }
    }
}

fn close(watch: PanicWatch) {
    if watch.panicked() {
        close_unusual(watch.number(), End::Panicked);
    } else if stack::with(|local| local.finish_at_once(watch.number(), Opener::Scope)) != Some(true) {
        close_after_all(watch.number());
    }
}

#[inline(never)]
fn close_after_all(number: u64) {
    if stack::with(|local| local.finish_plainly(number, Opener::Scope, End::Done)) != Some(true) {
        close_unusual(number, End::Done);
    }
}

#[cold]
fn close_unusual(number: u64, end: End) {
    if let Some(aftermath) = stack::with(|local| local.close(number, end)) {
        aftermath.settle();
    }
}
