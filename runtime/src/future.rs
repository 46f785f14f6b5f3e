//! Futures with a span of their own, from their first poll on.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::details::End;
use crate::global;
use crate::poll::Entered;
use crate::recording::{Recording, recording};
use crate::site::Site;
use crate::slot::Stay;
use crate::tracer::Tracer;

/// Looks at what a future gave, while its span is still active, if it is recorded.
pub trait Hook<T> {
    /// Looks at `output`.
    fn look(&self, output: &T, recording: &Recording);
}

/// Does not look.
#[derive(Debug, Clone, Copy)]
pub struct NoHook;

impl<T> Hook<T> for NoHook {
    #[inline]
    fn look(&self, _: &T, _: &Recording) {}
}

impl<T, F: Fn(&T, &Recording)> Hook<T> for F {
    #[inline]
    fn look(&self, output: &T, recording: &Recording) {
        self(output, recording);
    }
}

pin_project! {
    /// A future with a span from its first poll until it is done or dropped.
    #[must_use = "futures do nothing unless they are awaited or polled"]
    pub struct Traced<F, H = NoHook> {
        #[pin]
        future: Option<F>,
        hook: H,
        state: State,
    }

    impl<F, H> PinnedDrop for Traced<F, H> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let State::Parked(stay) = mem::replace(this.state, State::Over) {
                let mut entered = Entered::resume(stay);
                this.future.set(None);
                entered.close(End::Cancelled);
            }
        }
    }
}

enum State {
    New(&'static Site),
    /// With the tracer for a span without a parent, in a box to keep other futures small.
    NewWithTracer(Box<(&'static Site, Tracer)>),
    Parked(Box<Stay>),
    /// Without a span, since tracing was off at the first poll.
    Off,
    Over,
}

impl<F, H> fmt::Debug for Traced<F, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traced").finish_non_exhaustive()
    }
}

/// A future with a span, for the code of the attributes.
#[inline]
pub fn traced<F: Future>(site: &'static Site, future: F) -> Traced<F> {
    Traced {
        future: Some(future),
        hook: NoHook,
        state: State::New(site),
    }
}

/// A future with a span and a look at its output, for the code of the attributes.
// The bound is written with `Fn` so that the types of a closure's parameters are inferred from it.
#[inline]
pub fn traced_then<F, H>(site: &'static Site, future: F, hook: H) -> Traced<F, H>
where
    F: Future,
    H: Fn(&F::Output, &Recording),
{
    Traced {
        future: Some(future),
        hook,
        state: State::New(site),
    }
}

impl<F, H> Traced<F, H> {
    /// Gives the span to this tracer if it begins a trace.
    pub fn with_root_tracer(mut self, tracer: Option<Tracer>) -> Self {
        if let (State::New(site), Some(tracer)) = (&self.state, tracer) {
            self.state = State::NewWithTracer(Box::new((site, tracer)));
        }
        self
    }
}

/// The tracer for a span without a parent, chosen before the future that has the span is made.
pub fn some_tracer(tracer: &Tracer) -> Option<Tracer> {
    Some(tracer.clone())
}

/// What stands for it when tracing is off.
#[inline]
pub fn no_tracer() -> Option<Tracer> {
    None
}

impl<F: Future, H: Hook<F::Output>> Future for Traced<F, H> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else {
            return Poll::Pending;
        };
        let mut entered = match mem::replace(this.state, State::Over) {
            State::New(site) if global::is_on() => Entered::open(site, None),
            State::NewWithTracer(start) if global::is_on() => {
                let (site, tracer) = *start;
                Entered::open(site, Some(tracer))
            }
            State::Parked(stay) => Entered::resume(stay),
            State::New(_) | State::NewWithTracer(_) | State::Off => {
                *this.state = State::Off;
                return future.poll(cx);
            }
            State::Over => return future.poll(cx),
        };
        let poll = future.poll(cx);
        match &poll {
            Poll::Pending => *this.state = entered.leave().map_or(State::Off, State::Parked),
            Poll::Ready(output) => {
                if let Some(recording) = recording() {
                    this.hook.look(output, &recording);
                }
                entered.close(End::Done);
            }
        }
        poll
    }
}
