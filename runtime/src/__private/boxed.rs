//! Boxed futures that take over the span of a scope.
//!
//! `BoxFuture` is the name of an alias in some crates and of a type in others, so the action is chosen by the
//! type of the value.

use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use crate::span::future::traced::{carry, carry_then};
use crate::span::recording::EndingPoll;
use crate::span::scope::Scope;

type SendFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Boxes a future.
#[inline]
pub fn pin<F>(future: F) -> Pin<Box<F>> {
    Box::pin(future)
}

/// The way to carry the span of a future of this type.
#[derive(Debug)]
pub struct Carriage<F>(PhantomData<fn() -> F>, Nothing);

/// Carries the span in another box, which is `Send`.
#[derive(Debug)]
pub struct SendBox;

/// Carries the span in another box.
#[derive(Debug)]
pub struct LocalBox;

/// Does not carry the span, which ends with the call.
#[derive(Debug)]
pub struct Nothing;

impl<F> Carriage<F> {
    /// The way to carry the span of this future.
    #[inline]
    pub fn of(_: &F) -> Self {
        Self(PhantomData, Nothing)
    }
}

impl<T> Carriage<SendFuture<'_, T>> {
    /// The choice.
    #[inline]
    pub fn fedtrace_choice(&self) -> SendBox {
        SendBox
    }
}

impl<T> Carriage<LocalFuture<'_, T>> {
    /// The choice.
    #[inline]
    pub fn fedtrace_choice(&self) -> LocalBox {
        LocalBox
    }
}

impl<F> Deref for Carriage<F> {
    type Target = Nothing;

    fn deref(&self) -> &Nothing {
        &self.1
    }
}

impl SendBox {
    /// Moves the span into the future.
    pub fn fedtrace_carry<'a, T: 'a>(self, scope: Scope, future: SendFuture<'a, T>) -> SendFuture<'a, T> {
        Box::pin(carry(scope, future))
    }

    /// Moves the span into the future, with a hook that inspects its output.
    pub fn fedtrace_carry_then<'a, T: 'a>(
        self,
        scope: Scope,
        future: SendFuture<'a, T>,
        hook: impl Fn(&T, EndingPoll) + Send + 'a,
    ) -> SendFuture<'a, T> {
        Box::pin(carry_then(scope, future, hook))
    }
}

impl LocalBox {
    /// Moves the span into the future.
    pub fn fedtrace_carry<'a, T: 'a>(self, scope: Scope, future: LocalFuture<'a, T>) -> LocalFuture<'a, T> {
        Box::pin(carry(scope, future))
    }

    /// Moves the span into the future, with a hook that inspects its output.
    pub fn fedtrace_carry_then<'a, T: 'a>(
        self,
        scope: Scope,
        future: LocalFuture<'a, T>,
        hook: impl Fn(&T, EndingPoll) + 'a,
    ) -> LocalFuture<'a, T> {
        Box::pin(carry_then(scope, future, hook))
    }
}

impl Nothing {
    /// The choice.
    #[inline]
    pub fn fedtrace_choice(&self) -> Self {
        Self
    }

    /// Closes the scope.
    pub fn fedtrace_carry<F>(self, scope: Scope, future: F) -> F {
        scope.close();
        future
    }

    /// Closes the scope. There is no output to inspect.
    pub fn fedtrace_carry_then<F>(self, scope: Scope, future: F, _: impl Fn(&(), EndingPoll)) -> F {
        scope.close();
        future
    }
}
