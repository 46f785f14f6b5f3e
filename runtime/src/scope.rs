//! The guard that closes an active span.

use std::marker::PhantomData;
use std::mem;
use std::thread;

use crate::details::End;
use crate::span::Span;
use crate::stack;
use crate::stack::slot::Stay;

/// The reason why a [`Scope`] cannot be sent to another thread.
///
/// A scope belongs to the stack of the thread that opened it. A task that holds one across an `.await` may go
/// on on another thread, so a future that does is not `Send`. Annotate the function with `#[trace]`, or use
/// [`FutureExt::in_span`](crate::FutureExt::in_span): both keep their span to the right task.
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
    /// Twice the number of the span, which is zero if tracing is off, and one more if a panic was unwinding already.
    /// One word keeps what is compiled for each annotated function small.
    key: u64,
    /// A pointer to the reason, since errors name the pointer and not what it is in.
    _not_send: PhantomData<*const DoNotHoldAScopeAcrossAwait>,
}

impl Scope {
    #[inline]
    pub(crate) fn new(number: u64) -> Self {
        Self {
            key: number << 1 | u64::from(thread::panicking()),
            _not_send: PhantomData,
        }
    }

    #[inline]
    pub(crate) const fn none() -> Self {
        Self {
            key: 0,
            _not_send: PhantomData,
        }
    }

    /// A handle of the span, for everywhere.
    #[inline]
    pub fn span(&self) -> Span {
        match self.number() {
            0 => Span::NONE,
            number => Span::of_slot(number),
        }
    }

    /// Closes the scope, as dropping it does: the span that was active before is active again, and this one is
    /// finished unless the builder was told otherwise.
    #[inline]
    pub fn close(self) {}

    #[inline]
    pub(crate) fn number(&self) -> u64 {
        self.key >> 1
    }

    /// Takes the span off the stack, for a future. What was opened inside it stays.
    #[inline]
    pub(crate) fn carry(mut self) -> Option<Box<Stay>> {
        match mem::take(&mut self.key) >> 1 {
            0 => None,
            number => stack::with(|local| local.carry(number)).flatten(),
        }
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        if self.key > 1 {
            close(self.key);
        }
    }
}

fn close(key: u64) {
    let (number, was_unwinding) = (key >> 1, key & 1 == 1);
    let end = if thread::panicking() && !was_unwinding {
        End::Panicked
    } else {
        End::Done
    };
    if let Some(Some(aftermath)) = stack::with(|local| local.close(number, end)) {
        aftermath.settle();
    }
}
