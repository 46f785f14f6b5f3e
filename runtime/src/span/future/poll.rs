//! The span of a future on the stack, for as long as one poll or the drop of the future takes.

use std::mem;
use std::sync::Arc;

use crate::delivery::details::End;
use crate::model::site::Site;
use crate::span::stack;
use crate::span::stack::shared::Shared;
use crate::span::stack::slot::{Opener, Parked, Stay};
use crate::span::start::Plan;
use crate::tracer::core::Tracer;
use crate::util::panic::PanicWatch;

/// A future's span while it is on the stack. However the poll ends, also by a panic, it is taken off again.
pub(crate) struct Entered {
    watch: PanicWatch,
    stay: Option<Box<Stay>>,
}

impl Entered {
    fn new(number: u64, stay: Option<Box<Stay>>) -> Self {
        Self {
            watch: PanicWatch::new(number),
            stay,
        }
    }

    /// Starts the span of a future at its first poll. The tracer is for a span without a parent.
    pub(crate) fn open(site: &'static Site, tracer: Option<Tracer>) -> Self {
        let number = match stack::with(|local| local.push_child(site.name, Opener::Poll)) {
            Some(Some(number)) => number,
            Some(None) => open_root(site.name, tracer),
            None => 0,
        };
        Self::new(number, None)
    }

    /// Makes a span active that exists already.
    pub(crate) fn share(shared: &Arc<Shared>, owned: bool) -> Self {
        let parked = Parked::of(shared, Opener::Poll, owned);
        let pushed = stack::with(|local| local.push_parked(parked));
        Self::new(pushed.map_or(0, |_| shared.number()), None)
    }

    pub(crate) fn resume(mut stay: Box<Stay>) -> Self {
        let number = stack::with(|local| local.resume(&mut stay)).flatten();
        Self::new(number.unwrap_or(0), Some(stay))
    }

    pub(crate) fn number(&self) -> u64 {
        self.watch.number()
    }

    /// Whether a panic began since.
    pub(crate) fn panicked(&self) -> bool {
        self.watch.panicked()
    }

    /// Takes the span off the stack until the next poll.
    pub(crate) fn leave(mut self) -> Option<Box<Stay>> {
        let number = mem::replace(&mut self.watch, PanicWatch::NONE).number();
        let stay = self.stay.take();
        if number == 0 {
            stay
        } else {
            stack::with(|local| local.leave(number, stay)).flatten()
        }
    }

    pub(crate) fn close(&mut self, end: End) {
        let number = mem::replace(&mut self.watch, PanicWatch::NONE).number();
        let mut stay = self.stay.take();
        let aftermath = stack::with(|local| {
            if let Some(stay) = stay.take() {
                local.keep(stay);
            }
            local.close_poll(number, end)
        });
        if let Some(aftermath) = aftermath {
            aftermath.settle();
        } else if let Some(stay) = stay {
            stack::end_stay(*stay, end);
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if self.number() != 0 || self.stay.is_some() {
            self.close(if self.panicked() { End::Panicked } else { End::Done });
        }
    }
}

/// The span of a future on the stack while the future is dropped. It ends the span when it is dropped after that.
pub(crate) struct LastTurn {
    watch: PanicWatch,
}

impl LastTurn {
    pub(crate) fn new(mut stay: Box<Stay>) -> Self {
        let number = stack::with(|local| local.resume(&mut stay)).flatten();
        if number.is_some() {
            stack::with(|local| local.keep(stay));
        } else {
            stack::end_stay(*stay, End::Cancelled);
        }
        Self {
            watch: PanicWatch::new(number.unwrap_or(0)),
        }
    }
}

impl Drop for LastTurn {
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
        if let Some(aftermath) = stack::with(|local| local.close_poll(number, end)) {
            aftermath.settle();
        }
    }
}

#[cold]
fn open_root(name: &'static str, tracer: Option<Tracer>) -> u64 {
    let plan = Plan {
        name: name.into(),
        tracer,
        finish_on_close: true,
        opener: Some(Opener::Poll),
        ..Plan::default()
    };
    let Some(parked) = plan.start() else { return 0 };
    let number = parked.slot.span.number;
    stack::with(|local| local.push_parked(parked)).map_or(0, |_| number)
}
