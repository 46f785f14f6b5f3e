//! Futures with a span, from their first poll or from the call of the function that made them.

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::poll::{DropTurn, EnteredSpan};
use crate::delivery::details::End;
use crate::model::site::Site;
use crate::span::builder::SpanBuilder;
use crate::span::place::{Kind, Place};
use crate::span::recording::EndingPoll;
use crate::span::scope::Scope;
use crate::span::stack::detached::DetachedStack;
use crate::tracer::core::Tracer;
use crate::tracer::global;

/// Inspects the output of a future while its span is still active.
pub trait Hook<T> {
    /// Inspects `output`, with which `span` ends.
    fn look(&self, output: &T, span: EndingPoll);
}

/// Inspects nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoHook;

impl<T> Hook<T> for NoHook {
    #[inline]
    fn look(&self, _: &T, _: EndingPoll) {}
}

impl<T, F: Fn(&T, EndingPoll)> Hook<T> for F {
    #[inline]
    fn look(&self, output: &T, span: EndingPoll) {
        self(output, span);
    }
}

pin_project! {
    /// A future with a span that lasts until the future completes or is dropped.
    #[must_use = "futures do nothing unless they are awaited or polled"]
    pub struct TracedFuture<F, H = NoHook> {
        // Before the future, so that rustc proves the state `Send` before it descends into a chain of
        // futures, where its recursion limit is near.
        first: PhantomData<State>,
        hook: H,
        #[pin]
        future: F,
        // After the future, so that the span of a cancelled future ends after the future was dropped. An
        // `Option` around the future would do too, but brings rustc nearer to its recursion limit.
        state: State,
    }

    impl<F, H> PinnedDrop for TracedFuture<F, H> {
        fn drop(this: Pin<&mut Self>) {
            this.project().state.begin_drop_turn();
        }
    }
}

enum State {
    New(&'static Site),
    /// Not started, with the tracer for a span without a parent; boxed to keep other futures small.
    NewWithTracer(Box<(&'static Site, Tracer)>),
    /// Not started, at a place that options say.
    NewAt(Box<(&'static Site, SpanBuilder)>),
    Parked(Box<DetachedStack>),
    /// Without a span, because tracing was off when it would have started, or the level of the span was.
    Off,
    /// The future is being dropped.
    Last {
        _turn: DropTurn,
    },
    Over,
}

// The turns hold everything that does not depend on the future, so that it is compiled once and not for each
// annotated function.

impl State {
    /// Makes the span active for a poll.
    fn turn(&mut self) -> PollTurn<'_> {
        let entered = match mem::replace(self, Self::Over) {
            Self::New(site) if global::is_on() => Some(EnteredSpan::open(site, None)),
            Self::NewWithTracer(start) if global::is_on() => {
                let (site, tracer) = *start;
                Some(EnteredSpan::open(site, Some(tracer)))
            }
            Self::NewAt(start) if global::is_on() => {
                let (site, span) = *start;
                EnteredSpan::start(span.named(site.name))
            }
            Self::Parked(detached) => Some(EnteredSpan::resume(detached)),
            Self::New(_) | Self::NewWithTracer(_) | Self::NewAt(_) | Self::Off => {
                *self = Self::Off;
                None
            }
            Self::Last { .. } | Self::Over => None,
        };
        PollTurn {
            state: self,
            entered,
            end: None,
        }
    }

    /// Makes the span active while the future is dropped, if there is one.
    fn begin_drop_turn(&mut self) {
        if let Self::Parked(_) = self {
            if let Self::Parked(detached) = mem::replace(self, Self::Over) {
                *self = Self::Last {
                    _turn: DropTurn::new(detached),
                };
            }
        }
    }
}

/// The span of a future during a poll. When it is dropped, it detaches the span, or ends it if the future is
/// done.
struct PollTurn<'a> {
    state: &'a mut State,
    entered: Option<EnteredSpan>,
    end: Option<End>,
}

impl PollTurn<'_> {
    fn span(&self) -> EndingPoll {
        EndingPoll(self.entered.as_ref().map_or(0, EnteredSpan::number))
    }
}

impl Drop for PollTurn<'_> {
    #[inline(never)]
    fn drop(&mut self) {
        let Some(mut entered) = self.entered.take() else {
            return;
        };
        match self.end {
            _ if entered.panicked() => entered.close(End::Panicked),
            Some(end) => entered.close(end),
            None => *self.state = entered.leave().map_or(State::Off, State::Parked),
        }
    }
}

impl<F, H> fmt::Debug for TracedFuture<F, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedFuture").finish_non_exhaustive()
    }
}

impl<F, H> TracedFuture<F, H> {
    #[inline]
    fn new(state: State, future: F, hook: H) -> Self {
        Self {
            first: PhantomData,
            hook,
            future,
            state,
        }
    }

    /// Makes the span belong to this tracer if it begins a trace.
    pub fn with_root_tracer(mut self, tracer: Option<Tracer>) -> Self {
        if let (State::New(site), Some(tracer)) = (&self.state, tracer) {
            self.state = State::NewWithTracer(Box::new((site, tracer)));
        }
        self
    }
}

impl<F, H> TracedFuture<F, H> {
    /// Puts the span at this place.
    pub fn at(mut self, Place(place): Place) -> Self {
        if let State::New(site) = &self.state {
            self.state = match place {
                Kind::Nowhere => State::Off,
                Kind::BelowActive => State::New(site),
                Kind::Given(span) => State::NewAt(Box::new((site, *span))),
            };
        }
        self
    }
}

/// A future with a span, for the code of the attributes.
#[inline]
pub fn traced<F: Future>(site: &'static Site, future: F) -> TracedFuture<F> {
    TracedFuture::new(State::New(site), future, NoHook)
}

/// A future with a span and a hook that inspects its output, for the code of the attributes.
// The bound is written with `Fn` so that the types of a closure's parameters are inferred from it.
#[inline]
pub fn traced_then<F, H>(site: &'static Site, future: F, hook: H) -> TracedFuture<F, H>
where
    F: Future,
    H: Fn(&F::Output, EndingPoll),
{
    TracedFuture::new(State::New(site), future, hook)
}

/// A future that takes over the span of a scope, for the code of the attributes. Until the first poll, the
/// span is not on a stack.
// Without a bound, so that a wrong type is reported only once, at the return type of the function.
#[inline]
pub fn carry<F>(scope: Scope, future: F) -> TracedFuture<F> {
    TracedFuture::new(State::carried(scope), future, NoHook)
}

/// Like [`carry`], with a hook that inspects the output.
#[inline]
pub fn carry_then<F, H>(scope: Scope, future: F, hook: H) -> TracedFuture<F, H>
where
    F: Future,
    H: Fn(&F::Output, EndingPoll),
{
    TracedFuture::new(State::carried(scope), future, hook)
}

impl State {
    #[inline]
    fn carried(scope: Scope) -> Self {
        scope.carry().map_or(Self::Off, Self::Parked)
    }
}

/// The tracer for a span without a parent, chosen before its future is made.
pub fn some_tracer(tracer: &Tracer) -> Option<Tracer> {
    Some(tracer.clone())
}

/// The value instead of [`some_tracer`] when tracing is off.
#[inline]
pub fn no_tracer() -> Option<Tracer> {
    None
}

impl<F: Future, H: Hook<F::Output>> Future for TracedFuture<F, H> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut turn = this.state.turn();
        let poll = this.future.poll(cx);
        if let Poll::Ready(output) = &poll {
            this.hook.look(output, turn.span());
            turn.end = Some(End::Done);
        }
        poll
    }
}
