//! The empty frame of a future on the stack, during one poll or the drop of the future.

use std::mem;

use crate::delivery::details::End;
use crate::span::stack;
use crate::span::stack::detached::DetachedStack;
use crate::tracer::activity;

/// A future's empty frame while it is on the stack, with the spans that are open in the future. It is removed when the
/// poll ends, also by a panic.
pub(crate) struct EnteredFrame {
    /// Zero if it is not on the stack.
    number: u64,
    detached: Option<Box<DetachedStack>>,
}

impl EnteredFrame {
    pub(crate) fn resume(mut detached: Option<Box<DetachedStack>>) -> Self {
        activity::resume_if_forked();
        let number = stack::with(|local| local.resume_frame(detached.as_deref_mut()));
        Self {
            number: number.unwrap_or(0),
            detached,
        }
    }

    /// Takes the frame off the stack until the next poll. Returns what is still open.
    pub(crate) fn leave(mut self) -> Option<Box<DetachedStack>> {
        let mut detached = self.detached.take();
        match mem::take(&mut self.number) {
            0 => detached,
            number => stack::with(|local| local.leave_frame(number, detached.take())).flatten(),
        }
    }
}

impl Drop for EnteredFrame {
    fn drop(&mut self) {
        let mut detached = self.detached.take();
        let number = mem::take(&mut self.number);
        let closed = stack::with(|local| {
            if let Some(detached) = detached.take_if(|detached| !detached.has_inner()) {
                local.keep(detached);
            }
            local.close_frame(number)
        });
        if let Some(aftermath) = closed {
            aftermath.settle();
        }
        if let Some(detached) = detached {
            stack::end_detached(*detached, End::Done);
        }
    }
}
